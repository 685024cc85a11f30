//! What the window recomputes while a slider is dragged: the exact fields at one time, and curves of TV against NFE.

use dfm_explorer::data::FlowSpec;
use dfm_explorer::denoiser::grid::Oracle;
use dfm_explorer::denoiser::plane;
use dfm_explorer::experiment::plane::{BuiltSide, PlaneSettings};
use dfm_explorer::flow::metrics::tv;
use dfm_explorer::flow::{Axis, Corrector, GridPath, Scheduler};
use dfm_explorer::sampler::grid::{Method, PmfCarrier, SamplerConfig, Setup, rates, run};
use dfm_explorer::sampler::plane::{CurveSetup, Measure, PlaneSampler, Precision, plane_curves};
use dfm_explorer::view::grid::{ArrowKind, DivergencePart, Scene, Show, View, longest_arrow};
use dfm_explorer::view::plane as planes;
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

/// What a tick of a metric path's slider costs besides, at K = 128: the hazard plot, and the fixed scales of divergence,
/// traffic and both kinds of arrows.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn metric_scales(bencher: Bencher) {
    let path = path(128);
    let path =
        GridPath::clone(&path).along("metric:1,30,1".parse().expect("a path")).expect("an even source");
    let scheduler = Scheduler::Quadratic;
    // A copy remembers nothing.
    bencher.with_inputs(|| path.clone()).bench_local_refs(|path| {
        let (show, part, corrector) = (Show::Exact, DivergencePart::Total, Corrector::OFF);
        let scene = Scene { path, scheduler, t: 0.4, show, corrector, part, run: None };
        let rate = |j: u32| rates(corrector, path, scheduler, f64::from(j) / 40.0).0;
        let hazard: Vec<f64> = (0..40).map(rate).collect();
        let scales = [View::Divergence, View::Traffic].map(|view| view.fixed_scale(&scene));
        let arrows =
            [ArrowKind::Current, ArrowKind::Displacement].map(|kind| longest_arrow(path, scheduler, kind, 4));
        (hazard, scales, arrows)
    });
}

/// The midpoint rule's exact pmf at K = 64, 64 steps.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn midpoint_run(bencher: Bencher) {
    let path = path(64);
    let oracle = Oracle::new(path.clone());
    let config = SamplerConfig { method: Method::Midpoint, steps: 64, ..SamplerConfig::default() };
    let setup = Setup { path: &path, scheduler: Scheduler::Linear, config };
    bencher.bench_local(|| {
        let mut carrier = PmfCarrier::new(&path);
        run(setup, &oracle, &mut carrier, |_, _| ControlFlow::Continue(())).expect("a run");
        carrier.pmf
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

/// Nine curves of total variation against evaluations on the plane, six points each, as finely as the window takes them.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn plane_nine_curves(bencher: Bencher) {
    let side = BuiltSide::of(&PlaneSettings::default().sides[0]).expect("the ring");
    let oracle = plane::Oracle::new(&side.flow).expect("an oracle");
    let methods = ["euler", "midpoint", "heun", "rk4", "tame:1", "ddim:0", "ddpm", "ddpm:beta", "sde:1"];
    let samplers = methods.map(|method| PlaneSampler::usual(method.parse().expect("a method"), 1));
    let setup = CurveSetup {
        flow: &side.flow,
        denoiser: &oracle,
        parts: &[],
        measure: Measure::Tv,
        precision: Precision::LIVE,
        exact: None,
        seed: 0,
    };
    bencher
        .bench_local(|| plane_curves(setup, &samplers, &[4, 8, 16, 32, 64, 128], || true).expect("curves"));
}

/// All that the default views of the plane show at one moment, 256 × 256 cells: density, arrows, −∂p/∂t, the fan of the
/// point, and what is conserved.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn plane_frame(bencher: Bencher) {
    let settings = PlaneSettings::default();
    let side = BuiltSide::of(&settings.sides[0]).expect("the ring");
    let whole = settings.whole();
    let mut t = 0.0f64;
    bencher.bench_local(|| {
        t = (t + 0.37).fract();
        let scene = planes::Scene { point: settings.point, ..planes::Scene::new(&side.flow, None, t, whole) };
        let views = [planes::PlaneView::Density, planes::PlaneView::Outflow];
        let maps = planes::fields(&scene, &views, planes::LATTICE).expect("maps");
        let arrows = planes::arrows(&scene, planes::PlaneView::Velocity).expect("arrows");
        (maps, arrows, planes::fan(&scene, settings.point), planes::conserved(&scene))
    });
}
