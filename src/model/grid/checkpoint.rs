//! Checkpoints: one safetensors file with weights, optimiser moments and, in its header, the recipe that made them.

use super::{GridMlp, GridMlpConfig};
use crate::data::{DataError, read_limited};
use crate::model::container::{self, Content};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Raised when old files can no longer be read.
const VERSION: u32 = 1;
/// No file of this program comes near it; a larger one is refused before it is read.
const MOST_BYTES: u64 = 1 << 30;

/// Everything but numbers that a checkpoint knows.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Recipe {
    /// Format of the file.
    pub version: u32,
    /// Sizes of the network.
    pub network: GridMlpConfig,
    /// What it was trained on and how, as the training module wrote it.
    pub training: serde_json::Value,
}

impl Recipe {
    /// Of the present version.
    pub fn new(network: GridMlpConfig, training: serde_json::Value) -> Self {
        Self { version: VERSION, network, training }
    }
}

/// A file in memory.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Sizes and training settings.
    pub recipe: Recipe,
    /// All arrays by name: `net.…` are weights; the training module adds its own.
    pub tensors: BTreeMap<String, TensorData>,
}

/// Why a checkpoint could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file could not be opened or read.
    #[error(transparent)]
    Read(#[from] DataError),
    /// The file is not what it should be.
    #[error("{path} is not a usable checkpoint: {why}")]
    Unusable {
        /// The file.
        path: String,
        /// What was wrong and what was expected.
        why: String,
    },
}

impl Checkpoint {
    /// Of a network, its arrays by their names in the module, with further arrays.
    pub fn new(
        recipe: Recipe,
        net: impl IntoIterator<Item = (String, TensorData)>,
        extra: impl IntoIterator<Item = (String, TensorData)>,
    ) -> Self {
        let mut tensors: BTreeMap<_, _> =
            net.into_iter().map(|(name, data)| (format!("net.{name}"), data)).collect();
        tensors.extend(extra);
        Self { recipe, tensors }
    }

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
        let recipe = serde_json::to_string(&self.recipe).map_err(|e| e.to_string())?;
        let header = HashMap::from([(Content::Grid.key().to_owned(), recipe)]);
        let views: Vec<_> = self
            .tensors
            .iter()
            .map(|(name, data)| {
                let values = data.as_slice::<f32>().map_err(|e| format!("{name}: {e:?}"))?;
                if let Some(bad) = values.iter().find(|x| !x.is_finite()) {
                    return Err(format!("the array {name} holds {bad}: try a smaller learning rate"));
                }
                let bytes: &[u8] = bytemuck::cast_slice(values);
                let view = TensorView::new(Dtype::F32, data.shape().to_vec(), bytes);
                Ok((name, view.map_err(|e| format!("{name}: {e}"))?))
            })
            .collect::<Result<_, String>>()?;
        safetensors::serialize(views, Some(header)).map_err(|e| e.to_string())
    }

    /// Reads a file, checking everything that is used later: format, version, sizes, shapes, finite numbers.
    ///
    /// # Errors
    /// If it can't be read or is damaged, truncated, of another program or of a newer version.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = read_limited(path, MOST_BYTES, "checkpoint")?;
        let unusable = |why: String| CheckpointError::Unusable { path: path.display().to_string(), why };
        Self::from_bytes(&bytes).map_err(unusable)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let recipe = container::entry(bytes, Content::Grid)?;
        let recipe: Recipe =
            serde_json::from_str(&recipe).map_err(|e| format!("its dfm-explorer header entry: {e}"))?;
        if recipe.version != VERSION {
            return Err(format!("it has format version {}, expected {VERSION}", recipe.version));
        }
        if !recipe.network.is_valid() {
            return Err(format!("its network sizes are out of range: {:?}", recipe.network));
        }
        let file = container::arrays(bytes)?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(format!("array {name} is {:?}, expected F32", view.dtype()));
            }
            // The file gives no alignment, so the numbers are copied out byte by byte.
            let values: Vec<f32> =
                view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
            if let Some(bad) = values.iter().find(|x| !x.is_finite()) {
                return Err(format!("array {name} holds {bad}"));
            }
            tensors.insert(name.to_owned(), TensorData::new(values, view.shape().to_vec()));
        }
        let checkpoint = Self { recipe, tensors };
        checkpoint.network(&Device::flex())?;
        Ok(checkpoint)
    }
}

/// Copies of all parameters by their path in the module.
pub fn named_tensors(module: &impl Module) -> Vec<(String, TensorData)> {
    struct Collect {
        path: Vec<String>,
        all: Vec<(String, TensorData)>,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.all.push((self.path.join("."), param.val().into_data()));
        }
    }
    let mut collect = Collect { path: Vec::new(), all: Vec::new() };
    module.visit(&mut collect);
    collect.all
}

/// Replaces every parameter by the array of its name.
///
/// # Errors
/// If one is missing or has another shape.
pub fn load_tensors<M: Module>(
    module: M,
    device: &Device,
    find: impl Fn(&str) -> Option<TensorData>,
) -> Result<M, String> {
    struct Load<'a, F> {
        path: Vec<String>,
        device: &'a Device,
        find: F,
        problem: Option<String>,
    }
    impl<F: Fn(&str) -> Option<TensorData>> ModuleMapper for Load<'_, F> {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let name = self.path.join(".");
            let expected = param.val().dims();
            match (self.find)(&name) {
                Some(data) if data.shape().to_vec() == expected => {
                    return Param::from_tensor(Tensor::from_data(data, self.device));
                }
                Some(data) => {
                    self.problem = Some(format!(
                        "array {name} has shape {:?}, expected {expected:?}",
                        data.shape().to_vec()
                    ));
                }
                None => self.problem = Some(format!("array {name} is missing")),
            }
            param
        }
    }
    let mut load = Load { path: Vec::new(), device, find, problem: None };
    let module = module.map(&mut load);
    load.problem.map_or(Ok(module), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn example() -> Checkpoint {
        let config = GridMlpConfig { k: 4, mask: false, hidden: 3 };
        let net = config.init(5, &Device::flex());
        let extra = ("adam.x".to_owned(), TensorData::new(vec![1.0f32, 2.0], [2]));
        Checkpoint::new(Recipe::new(config, serde_json::json!({"step": 7})), named_tensors(&net), [extra])
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
