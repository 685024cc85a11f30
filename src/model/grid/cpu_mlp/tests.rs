//! The network for the CPU against the module in burn and against finite differences.

use super::*;
use burn::tensor::TensorData;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor};

const CONFIGS: [GridMlpConfig; 3] = [
    GridMlpConfig { k: 5, mask: false, hidden: 8 },
    GridMlpConfig { k: 7, mask: true, hidden: 19 },
    GridMlpConfig { k: 33, mask: false, hidden: 64 },
];

/// States and κ of `n` examples.
fn examples(config: &GridMlpConfig, n: usize) -> (Vec<[u16; 2]>, Vec<f32>) {
    let v = config.vocabulary();
    let tokens = (0..n).map(|j| [(7 * j + 1) % v, (j * j + 3 * j) % v].map(|x| x as u16)).collect();
    (tokens, (0..n).map(|j| (j as f32 + 0.5) / n as f32).collect())
}

fn tensors(tokens: &[[u16; 2]], kappas: &[f32], device: &Device) -> (Tensor<2, Int>, Tensor<2>) {
    let n = tokens.len();
    let flat: Vec<i32> = tokens.as_flattened().iter().map(|&x| i32::from(x)).collect();
    let tokens = Tensor::from_data(TensorData::new(flat, [n, 2]), device);
    (tokens, Tensor::from_data(TensorData::new(kappas.to_vec(), [n, 1]), device))
}

/// Σ logit² weighted by a number of its own each: every logit and every example counts differently.
fn weighted(n: usize, j: usize) -> f32 {
    ((n * 31 + j * 17) as f32).sin()
}

fn squares(width: usize, start: usize, logits: &mut [f32]) -> f64 {
    let mut loss = 0.0;
    for (n, row) in logits.chunks_exact_mut(width).enumerate() {
        for (j, x) in row.iter_mut().enumerate() {
            let w = weighted(start + n, j);
            loss += f64::from(w * *x * *x);
            *x *= 2.0 * w;
        }
    }
    loss
}

#[test]
fn log_posteriors_are_those_of_the_module() {
    for config in CONFIGS {
        let device = Device::flex();
        let module = config.init(4, &device);
        let net = CpuMlp::from_module(config, &module).expect("the same sizes");
        // More than one group, the last one not full.
        let (tokens, kappas) = examples(&config, 300);
        let (t, k) = tensors(&tokens, &kappas, &device);
        let truth = log_softmax(module.forward(t, k), 2).into_data().try_to_vec::<f32>().expect("f32");
        let found = net.log_posteriors(&tokens, &kappas);
        assert_eq!(found.len(), truth.len());
        for (a, b) in found.iter().zip(&truth) {
            assert!((a - b).abs() < 2e-5, "{config:?}: {a} {b}");
        }
    }
}

#[test]
fn gradients_are_those_of_burn() {
    for config in CONFIGS {
        let device = Device::flex().autodiff();
        let module = config.init(4, &device);
        let net = CpuMlp::from_module(config, &module).expect("the same sizes");
        let (tokens, kappas) = examples(&config, 1500);
        let (t, k) = tensors(&tokens, &kappas, &device);
        let weights: Vec<f32> =
            (0..1500).flat_map(|n| (0..2 * config.k).map(move |j| weighted(n, j))).collect();
        let weights = Tensor::<3>::from_data(TensorData::new(weights, [1500, 2, config.k]), &device);
        let loss = (module.forward(t, k).powi_scalar(2) * weights).sum();
        let truth = f64::from(loss.clone().into_scalar::<f32>());
        let grads = loss.backward();
        let mut exact = Vec::new();
        let mut put = |grad: Option<TensorData>| {
            exact.extend(grad.expect("a gradient").try_to_vec::<f32>().expect("f32"))
        };
        let linear = |l: &burn::nn::Linear| {
            let bias = l.bias.as_ref().and_then(|b| b.val().grad(&grads)).map(Tensor::into_data);
            [l.weight.val().grad(&grads).map(Tensor::into_data), bias]
        };
        linear(&module.kappa).into_iter().for_each(&mut put);
        put(module.token.weight.val().grad(&grads).map(Tensor::into_data));
        module.body.iter().chain([&module.head]).flat_map(linear).for_each(&mut put);

        let mut workspace = Workspace::default();
        for _ in 0..2 {
            // Twice: nothing may be left over in the workspace.
            let (loss, gradient) =
                net.gradient(&tokens, &kappas, &mut workspace, |n, x| squares(2 * config.k, n, x));
            assert!((loss - truth).abs() < 1e-4 * truth.abs().max(1.0), "{config:?}: {loss} {truth}");
            assert_eq!(gradient.len(), exact.len());
            let scale = exact.iter().fold(0.0f32, |m, x| m.max(x.abs()));
            for (n, (a, b)) in gradient.iter().zip(&exact).enumerate() {
                assert!((a - b).abs() < 2e-5 * scale, "{config:?} parameter {n}: {a} {b}");
            }
        }
    }
}

#[test]
fn gradients_are_finite_differences() {
    let config = CONFIGS[0];
    let net = CpuMlp::from_module(config, &config.init(1, &Device::flex())).expect("the same sizes");
    let (tokens, kappas) = examples(&config, 40);
    let mut workspace = Workspace::default();
    let gradient =
        net.gradient(&tokens, &kappas, &mut workspace, |n, x| squares(2 * config.k, n, x)).1.to_vec();
    for n in (0..net.values().len()).step_by(3) {
        let at = |by: f32| {
            let mut moved = net.clone();
            moved.values_mut()[n] += by;
            moved.gradient(&tokens, &kappas, &mut Workspace::default(), |n, x| squares(2 * config.k, n, x)).0
        };
        let slope = (at(3e-3) - at(-3e-3)) / 6e-3;
        assert!(
            (slope - f64::from(gradient[n])).abs() < 3e-3 * (1.0 + slope.abs()),
            "{n}: {slope} {}",
            gradient[n]
        );
    }
}

#[test]
fn any_number_of_threads_gives_the_same_numbers() {
    let config = CONFIGS[2];
    let net = CpuMlp::from_module(config, &config.init(1, &Device::flex())).expect("the same sizes");
    let (tokens, kappas) = examples(&config, 2000);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let mut workspace = Workspace::default();
            let (loss, gradient) =
                net.gradient(&tokens, &kappas, &mut workspace, |n, x| squares(2 * config.k, n, x));
            (loss, gradient.to_vec(), net.log_posteriors(&tokens, &kappas))
        })
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn arrays_of_another_size_are_refused() {
    let config = CONFIGS[0];
    let module = config.init(1, &Device::flex());
    let wider = GridMlpConfig { hidden: 9, ..config };
    assert!(CpuMlp::from_module(wider, &module).expect_err("another size").contains("shape"));
    let none = CpuMlp::from_arrays(config, &Arrays::new(), "net").expect_err("nothing there");
    assert!(none.contains("kappa.weight"), "{none}");
}
