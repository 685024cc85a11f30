//! Particles through the exact sampler, with a perfect denoiser and with a network: token-steps a second.

use dfm_explorer::data::FlowSpec;
use dfm_explorer::denoiser::grid::{Denoiser, Oracle};
use dfm_explorer::flow::GridPath;
use dfm_explorer::model::grid::{GridMlpConfig, NetworkDenoiser};
use dfm_explorer::sampler::grid::{Particles, SamplerConfig, Setup, run};
use divan::Bencher;
use divan::counter::ItemsCount;
use std::ops::ControlFlow;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PARTICLES: usize = 1_000_000;
const STEPS: usize = 64;

fn main() {
    divan::main();
}

fn path() -> Arc<GridPath> {
    let spec = FlowSpec { k: Some(128), ..FlowSpec::default() };
    Arc::new(spec.path().expect("the checkerboard"))
}

/// 10⁶ particles × 64 steps at K = 128; an item is one token in one step.
fn sample(bencher: Bencher, path: &Arc<GridPath>, denoiser: &dyn Denoiser) {
    let config = SamplerConfig { steps: STEPS, ..SamplerConfig::default() };
    let setup = Setup { path, scheduler: FlowSpec::default().scheduler, config };
    bencher.counter(ItemsCount::new(2 * PARTICLES * STEPS)).bench_local(|| {
        let mut particles = Particles::new(path, PARTICLES, 0);
        run(setup, denoiser, &mut particles, |_, _| ControlFlow::Continue(())).expect("a run");
        particles
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn oracle(bencher: Bencher) {
    let path = path();
    sample(bencher, &path, &Oracle::new(path.clone()));
}

#[divan::bench(sample_count = 2, sample_size = 1)]
fn network(bencher: Bencher) {
    let path = path();
    let config = GridMlpConfig { k: 128, mask: false, hidden: 128 };
    let net = config.init(0, &burn::tensor::Device::flex());
    sample(bencher, &path, &NetworkDenoiser::new(config, &net, 0.0));
}
