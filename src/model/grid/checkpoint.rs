//! Checkpoints: one safetensors file with weights, optimiser moments and, in its header, the recipe that made them.

use super::{GridMlp, GridMlpConfig, load_tensors};
use crate::model::ModelFileError;
use crate::model::file::{self, Arrays, Content, Header, Precision, VERSION};
use burn::tensor::Device;
use std::path::Path;

/// Everything but numbers that a checkpoint knows.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GridRecipe {
    /// Format of the file.
    pub version: u32,
    /// Sizes of the network.
    pub network: GridMlpConfig,
    /// What it was trained on and how, as the training module wrote it.
    pub training: serde_json::Value,
}

impl GridRecipe {
    /// Of the present version.
    pub fn new(network: GridMlpConfig, training: serde_json::Value) -> Self {
        Self { version: VERSION, network, training }
    }
}

/// A file in memory.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Sizes and training settings.
    pub recipe: GridRecipe,
    /// All arrays by name: `net.…` are weights; the training module adds its own.
    pub tensors: Arrays,
}

impl Header for GridRecipe {
    const CONTENT: Content = Content::Grid;

    fn version(&self) -> u32 {
        self.version
    }

    fn check(&self) -> Result<(), String> {
        if self.network.is_valid() {
            return Ok(());
        }
        Err(format!("its network sizes are out of range: {:?}", self.network))
    }
}

impl Checkpoint {
    /// The network, on `device`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape than the recipe says.
    pub fn network(&self, device: &Device) -> Result<GridMlp, String> {
        let net = self.recipe.network.init(0, device);
        load_tensors(net, device, |name| self.tensors.get(&format!("net.{name}")).cloned())
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// If an array is not 32-bit floating point, or holds a number that is not finite: such a file could not be read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let shapes: Vec<_> = self.tensors.values().map(|data| data.shape().to_vec()).collect();
        let arrays = self.tensors.iter().zip(&shapes).map(|((name, data), shape)| {
            let values = data.as_slice::<f32>().map_err(|e| format!("{name}: {e:?}"))?;
            Ok((name.clone(), &shape[..], values, Precision::Single))
        });
        file::encode(&self.recipe, arrays.collect::<Result<Vec<_>, String>>()?)
    }

    /// Reads a file, checking everything that is used later: format, version, sizes, shapes, finite numbers.
    ///
    /// # Errors
    /// If it can't be read or is damaged, truncated, of another program or of a newer version.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        file::read(path, Content::Grid, Self::from_bytes)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (recipe, tensors) = file::decode::<GridRecipe>(bytes)?;
        let checkpoint = Self { recipe, tensors };
        checkpoint.network(&Device::flex())?;
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::grid::named_tensors;
    use burn::tensor::TensorData;
    use proptest::prelude::*;

    fn example() -> Checkpoint {
        let config = GridMlpConfig { k: 4, mask: false, hidden: 3 };
        let net = config.init(5, &Device::flex());
        let extra = ("adam.x".to_owned(), TensorData::new(vec![1.0f32, 2.0], [2]));
        let net = named_tensors(&net).into_iter().map(|(name, data)| (format!("net.{name}"), data));
        let recipe = GridRecipe::new(config, serde_json::json!({"step": 7}));
        Checkpoint { recipe, tensors: net.chain([extra]).collect() }
    }

    #[test]
    fn bytes_round_trip() {
        let before = example();
        let after = Checkpoint::from_bytes(&before.to_bytes().expect("bytes")).expect("read back");
        assert_eq!(before.recipe, after.recipe);
        assert_eq!(before.tensors.len(), after.tensors.len());
        for (name, data) in &before.tensors {
            assert_eq!(data, &after.tensors[name], "{name}");
        }
    }

    #[test]
    fn other_shapes_versions_and_values_are_refused() {
        let refused = |change: &dyn Fn(&mut Checkpoint)| {
            let mut c = example();
            change(&mut c);
            Checkpoint::from_bytes(&c.to_bytes().expect("bytes")).expect_err("a damaged checkpoint was taken")
        };
        let wider = refused(&|c| c.recipe.network.hidden = 4);
        assert!(wider.contains("expected [4") || wider.contains(", 4]"), "{wider}");
        assert!(refused(&|c| c.recipe.network.k = 100_000).contains("out of range"));
        assert!(refused(&|c| c.recipe.version = 99).contains("version 99"));
        assert!(
            refused(&|c| {
                c.tensors.remove("net.head.bias");
            })
            .contains("head.bias")
        );
        let mut bytes = example().to_bytes().expect("bytes");
        let last = bytes.len() - 4;
        bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(Checkpoint::from_bytes(&bytes).expect_err("not a number").contains("NaN"));
        let mut c = example();
        c.tensors.insert("net.head.bias".into(), TensorData::new(vec![f32::NAN; 8], [8]));
        assert!(c.to_bytes().expect_err("it could not be read again").contains("net.head.bias"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Checkpoint::from_bytes(&bytes).is_err());
        }

        #[test]
        fn truncated_or_flipped_files_never_panic(cut in 0.0f64..1.0, at in 0.0f64..1.0, flip in 1u8..) {
            let whole = example().to_bytes().expect("bytes");
            let length = (cut * whole.len() as f64) as usize;
            prop_assert!(Checkpoint::from_bytes(&whole[..length]).is_err());
            let mut flipped = whole.clone();
            let place = (at * whole.len() as f64) as usize;
            flipped[place] ^= flip;
            // A flipped mantissa bit is another valid number; anything else must be noticed without a panic.
            let _ = Checkpoint::from_bytes(&flipped);
        }
    }
}
