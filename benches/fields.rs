//! What the window recomputes while a slider is dragged: the exact fields at one time, and curves of TV against NFE.

use dfm_explorer::data::FlowSpec;
use dfm_explorer::denoiser::Oracle;
use dfm_explorer::flow::metrics::tv;
use dfm_explorer::flow::{Axis, GridPath, Scheduler};
use dfm_explorer::sampler::{Method, PmfCarrier, SamplerConfig, Setup, run};
use divan::Bencher;
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn path(k: usize) -> Arc<GridPath> {
    let spec = FlowSpec { k: Some(k), ..FlowSpec::default() };
    Arc::new(spec.path().expect("the checkerboard"))
}

/// p_t, dp/dt, the divergence of each axis and both edge currents at K = 128.
#[divan::bench]
fn slider_tick(bencher: Bencher) {
    let path = path(128);
    let mut t = 0.0f64;
    bencher.bench_local(|| {
        t = (t + 0.37).fract();
        let kappa = Scheduler::Quadratic.at(t);
        let net = Axis::BOTH.map(|axis| path.net_inflow(axis, kappa));
        let currents = path.edge_current_of(&net);
        (path.pmf(kappa), path.pmf_slope(kappa), net, currents)
    });
}

/// The curves of the default screen, nine of nine points at K = 64: 4599 steps of a whole pmf.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn curves(bencher: Bencher) {
    let path = path(64);
    let oracle = Oracle::new(path.clone());
    let mut runs = Vec::new();
    for steps in (0..9).rev().map(|n| 1usize << n) {
        for scheduler in [Scheduler::Quadratic, Scheduler::Linear, Scheduler::Cubic] {
            for method in [Method::Exact, Method::Euler, Method::Tau] {
                runs.push((scheduler, SamplerConfig { method, steps, ..SamplerConfig::default() }));
            }
        }
    }
    bencher.bench_local(|| {
        let points: Vec<f64> = runs
            .par_iter()
            .map(|&(scheduler, config)| {
                let mut carrier = PmfCarrier::new(&path);
                let setup = Setup { path: &path, scheduler, config };
                run(setup, &oracle, &mut carrier, |_, _| ControlFlow::Continue(())).expect("a run");
                tv(&carrier.pmf, path.target())
            })
            .collect();
        points
    });
}
