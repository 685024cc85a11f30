//! Files of networks on the plane: the network, what its run needs to go on, and in the header the recipe of both.

use super::{PlaneNet, PlaneNetConfig};
use crate::model::ModelFileError;
use crate::model::file::{self, Arrays, Content, Header, Precision, VERSION, gather, parts};
use burn::tensor::TensorData;
use std::path::Path;

/// Everything but numbers that a file knows.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlaneRecipe {
    /// Format of the file.
    pub version: u32,
    /// Sizes of the network.
    pub network: PlaneNetConfig,
    /// What it was trained on and how, as the training module wrote it.
    pub training: serde_json::Value,
}

/// A file in memory.
#[derive(Clone, Debug)]
pub struct PlaneFile {
    /// Sizes and training settings.
    pub recipe: PlaneRecipe,
    /// All arrays by name, in groups: `net.…` are the network's weights; the training module adds its own.
    arrays: Arrays,
}

impl Header for PlaneRecipe {
    const CONTENT: Content = Content::Plane;

    fn version(&self) -> u32 {
        self.version
    }

    fn check(&self) -> Result<(), String> {
        match self.network.is_valid() {
            true => Ok(()),
            false => Err(format!("its network sizes are out of range: {:?}", self.network)),
        }
    }
}

impl PlaneFile {
    /// Of groups of arrays, each laid out as a network's parameters; the group `net` is the network itself.
    pub fn new<'a>(
        network: PlaneNetConfig,
        training: serde_json::Value,
        groups: impl IntoIterator<Item = (&'a str, PlaneNetConfig, &'a [f32])>,
    ) -> Self {
        let mut arrays = Arrays::new();
        for (group, config, values) in groups {
            let shapes = config.shapes();
            let all = parts(&shapes, values, group);
            arrays.extend(
                all.map(|(name, shape, values)| (name, TensorData::new(values.to_vec(), shape.to_vec()))),
            );
        }
        Self { recipe: PlaneRecipe { version: VERSION, network, training }, arrays }
    }

    /// The arrays of a group one after the other, of a network of these sizes.
    ///
    /// # Errors
    /// If one is missing or of another shape.
    pub fn group(&self, group: &str, config: PlaneNetConfig) -> Result<Vec<f32>, String> {
        gather(&config.shapes(), &self.arrays, group)
    }

    /// Whether there is such a group.
    pub fn has(&self, group: &str) -> bool {
        self.arrays.contains_key(&format!("{group}.denoiser.0.weight"))
    }

    /// The network.
    ///
    /// # Errors
    /// If an array is missing or of another shape than the recipe says.
    pub fn network(&self) -> Result<PlaneNet, String> {
        let config = self.recipe.network;
        PlaneNet::from_values(config, self.group("net", config)?)
    }

    /// The best network of its run, if that was measured; else the network.
    ///
    /// # Errors
    /// As [`Self::network`].
    pub fn best_network(&self) -> Result<PlaneNet, String> {
        if !self.has("best") {
            return self.network();
        }
        let config = self.recipe.network;
        PlaneNet::from_values(config, self.group("best", config)?)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// If an array holds a number that is not finite: such a file could not be read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let shapes: Vec<_> = self.arrays.values().map(|data| data.shape().to_vec()).collect();
        let arrays = self.arrays.iter().zip(&shapes).map(|((name, data), shape)| {
            let values = data.as_slice::<f32>().map_err(|e| format!("{name}: {e:?}"))?;
            Ok((name.clone(), &shape[..], values, Precision::Single))
        });
        file::encode(&self.recipe, arrays.collect::<Result<Vec<_>, String>>()?)
    }

    /// Reads a file, checking everything that is used later: format, version, sizes, shapes, finite numbers.
    ///
    /// # Errors
    /// If it can't be read or is damaged, truncated, of another lab or program or of a newer version.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        file::read(path, Content::Plane, Self::from_bytes)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (recipe, arrays) = file::decode::<PlaneRecipe>(bytes)?;
        let file = Self { recipe, arrays };
        file.network()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn example() -> PlaneFile {
        let config = PlaneNetConfig { width: 3, layers: 2, codes: 2 };
        let net = config.init(5);
        PlaneFile::new(
            config,
            serde_json::json!({"step": 7}),
            [("net", config, net.values()), ("raw", config, net.values())],
        )
    }

    #[test]
    fn bytes_round_trip_and_other_files_are_refused() {
        let before = example();
        let bytes = before.to_bytes().expect("bytes");
        let after = PlaneFile::from_bytes(&bytes).expect("read back");
        assert_eq!(before.recipe, after.recipe);
        assert_eq!(before.network(), after.network());
        assert!(after.has("raw") && !after.has("best"));
        let mut wider = before.clone();
        wider.recipe.network.width = 4;
        let why = PlaneFile::from_bytes(&wider.to_bytes().expect("bytes")).expect_err("too wide");
        assert!(why.contains("shape"), "{why}");
        wider.recipe.network.width = 4000;
        let why = PlaneFile::from_bytes(&wider.to_bytes().expect("bytes")).expect_err("out of range");
        assert!(why.contains("out of range"), "{why}");
        wider.recipe.version = 99;
        let why = PlaneFile::from_bytes(&wider.to_bytes().expect("bytes")).expect_err("of the future");
        assert!(why.contains("version 99"), "{why}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn arbitrary_and_damaged_bytes_never_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            cut in 0.0f64..1.0, at in 0.0f64..1.0, flip in 1u8..,
        ) {
            prop_assert!(PlaneFile::from_bytes(&bytes).is_err());
            let whole = example().to_bytes().expect("bytes");
            prop_assert!(PlaneFile::from_bytes(&whole[..(cut * whole.len() as f64) as usize]).is_err());
            let mut flipped = whole.clone();
            flipped[(at * whole.len() as f64) as usize] ^= flip;
            let _ = PlaneFile::from_bytes(&flipped);
        }
    }
}
