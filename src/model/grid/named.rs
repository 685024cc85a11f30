//! The parameters of a module by their path in it.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// What is done with every parameter.
pub trait ByName {
    /// The parameter of this path, as it is to be from now on.
    fn map<const D: usize>(&mut self, name: &str, param: Param<Tensor<D>>) -> Param<Tensor<D>>;
}

/// Does it with every parameter of `module`.
pub fn map_by_name<M: Module>(module: M, by: &mut impl ByName) -> M {
    module.map(&mut Walk { path: Vec::new(), by })
}

struct Walk<'a, B> {
    path: Vec<String>,
    by: &'a mut B,
}

impl<B: ByName> ModuleMapper for Walk<'_, B> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.by.map(&self.path.join("."), param)
    }
}

/// Copies of all parameters by their path in the module.
pub fn named_tensors(module: &impl Module) -> Vec<(String, TensorData)> {
    struct Collect(Vec<(String, TensorData)>);
    impl ByName for Collect {
        fn map<const D: usize>(&mut self, name: &str, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            self.0.push((name.to_owned(), param.val().into_data()));
            param
        }
    }
    let mut collect = Collect(Vec::new());
    map_by_name(module.clone(), &mut collect);
    collect.0
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
        device: &'a Device,
        find: F,
        problem: Option<String>,
    }
    impl<F: Fn(&str) -> Option<TensorData>> ByName for Load<'_, F> {
        fn map<const D: usize>(&mut self, name: &str, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let expected = param.val().dims();
            self.problem = match (self.find)(name) {
                Some(data) if data.shape().to_vec() == expected => {
                    return Param::from_tensor(Tensor::from_data(data, self.device));
                }
                Some(data) => {
                    let given = data.shape().to_vec();
                    Some(format!("array {name} has shape {given:?}, expected {expected:?}"))
                }
                None => Some(format!("array {name} is missing")),
            };
            param
        }
    }
    let mut load = Load { device, find, problem: None };
    let module = map_by_name(module, &mut load);
    load.problem.map_or(Ok(module), Err)
}
