//! The shader that steps particles on the plane against its CPU twin.

use dfm_explorer::flow::plane::{AffinePath, Mixture, PlaneFlow, PlaneSource, PlaneTarget};
use dfm_explorer::gpu::{Offscreen, PlaneStepper};
use dfm_explorer::sampler::plane::{LinearRun, LinearStepper as _, PlaneSampler, draw_source, step_linear};

pub const TESTS: crate::Tests = &[
    ("particles_on_the_plane_are_the_twins", particles_on_the_plane_are_the_twins),
    ("a_run_on_the_plane_can_be_stopped", a_run_on_the_plane_can_be_stopped),
];

fn stepper() -> PlaneStepper {
    let offscreen = Offscreen::new(None).expect("an adapter that starts");
    let state = offscreen.render_state();
    PlaneStepper::new(&state.device, &state.queue).expect("the pipeline")
}

fn run(method: &str, steps: usize) -> (PlaneSampler, LinearRun) {
    let target = PlaneTarget::Mixture(Mixture::spiral());
    let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
    let sampler = PlaneSampler::usual(method.parse().expect(method), steps);
    (sampler, LinearRun::of(sampler, &flow, 0x0123_4567_89ab).expect("linear on a mixture"))
}

fn particles_on_the_plane_are_the_twins() {
    let mut stepper = stepper();
    for method in ["euler", "tame:1", "ddpm"] {
        let (sampler, run) = run(method, 9);
        let [x, y] = draw_source(&PlaneSource::Normal, 3000, 5);
        let starts = run.starts(&sampler, [&x, &y]);
        let frames = stepper.frames(&run, starts.clone(), 2, &|| true).expect("a run").expect("all of it");
        // The start, after 2, 4, 6, 8 steps, and the end.
        assert_eq!(frames.len(), 6);
        assert_eq!(frames[0], starts);
        let mut twin = starts;
        for step in 0..run.steps.len() {
            step_linear(&mut twin, &run, step);
            let shown = match step + 1 {
                9 => 5,
                number if number % 2 == 0 => number / 2,
                _ => continue,
            };
            let off = |(a, b): (&[f32; 2], &[f32; 2])| (a[0] - b[0]).hypot(a[1] - b[1]);
            let far = frames[shown].iter().zip(&twin).map(off).filter(|off| *off > 2e-3).count();
            // A few are between two components, where the last place decides which they go to.
            assert!(far < 15, "{method} after step {}: {far} of 3000 differ", step + 1);
        }
    }
}

fn a_run_on_the_plane_can_be_stopped() {
    let (sampler, run) = run("euler", 4);
    let starts = run.starts(&sampler, [&[0.5], &[0.5]]);
    let mut stepper = stepper();
    assert_eq!(stepper.frames(&run, starts.clone(), 1, &|| false), Ok(None));
    assert_eq!(stepper.frames(&run, Vec::new(), 1, &|| true), Ok(Some(vec![Vec::new(); 5])));
    assert!(
        stepper
            .frames(&run, starts, 1, &|| true)
            .is_ok_and(|frames| frames.is_some_and(|all| all.len() == 5))
    );
}
