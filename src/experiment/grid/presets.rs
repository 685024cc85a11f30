//! Experiments to start from, by name.

use super::{Document, Look, Moves, Settings};
use crate::data::{FlowSpec, SourceSpec, TargetSpec};
use crate::experiment::{Preset, Sides, TimeAxis};
use crate::flow::{ConditionalPath, Coupling, Metric, Scheduler};
use crate::sampler::grid::Sweeps;
use crate::view::grid::{Show, View};

/// All presets; the first is what the window opens with.
pub const PRESETS: &[Preset<Document, Look>] = &[
    Preset {
        name: "checkerboard",
        title: "Checkerboard from uniform noise",
        about: "The reference example: mass, divergence, currents and particles of an exact flow.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: Document::default,
    },
    Preset {
        name: "training",
        title: "Checkerboard, learned",
        about: "Press Train: the learned mass beside the exact one, and their difference.",
        still_at: 1.0,
        train_for: Some(12.0),
        opens: None,
        make: || {
            Settings {
                views: [View::Mass, View::Sampled, View::Particles, View::Difference],
                ..Settings::default()
            }
            .into()
        },
    },
    Preset {
        name: "mask",
        title: "Moons from masks",
        about: "Every token starts masked; mass enters the grid from the margin.",
        still_at: 0.55,
        train_for: None,
        opens: None,
        make: || with(TargetSpec::Moons, SourceSpec::Mask, Coupling::Independent, Scheduler::Linear).into(),
    },
    Preset {
        name: "transport",
        title: "Eight gaussians by optimal transport",
        about: "Pairs chosen by entropic transport: shorter currents than the independent coupling.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || {
            let coupling = Coupling::OptimalTransport(0.02);
            with(TargetSpec::Gaussians, SourceSpec::Uniform, coupling, Scheduler::Linear).into()
        },
    },
    Preset {
        name: "metric",
        title: "Spiral along a metric path",
        about: "Tokens move through ever closer values instead of jumping: the kinetic-optimal velocity of softmax(−β d).",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: || {
            let metric = Metric { power: 1.0, c: 30.0, a: 1.0 };
            let mut settings =
                with(TargetSpec::Spiral, SourceSpec::Uniform, Coupling::Independent, Scheduler::Linear);
            settings.flow.conditional = ConditionalPath::Metric(metric);
            settings.into()
        },
    },
    Preset {
        name: "three-way",
        title: "Rings from masks by way of noise",
        about: "A three-way path: between mask and datum a token may be anything, so revealed tokens still change.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || {
            let mut settings =
                with(TargetSpec::Rings, SourceSpec::Mask, Coupling::Independent, Scheduler::Linear);
            settings.flow.conditional = ConditionalPath::ThreeWay(1.0);
            settings.into()
        },
    },
    Preset {
        name: "keep",
        title: "Pinwheel, 30% of the tokens kept",
        about: "The C-coupling: the path starts with the fraction ρ of the tokens in place.",
        still_at: 0.4,
        train_for: None,
        opens: None,
        make: || {
            let coupling = Coupling::Keep(0.3);
            with(TargetSpec::Pinwheel, SourceSpec::Uniform, coupling, Scheduler::Cosine).into()
        },
    },
    Preset {
        name: "corrector",
        title: "A wrong denoiser and a corrector",
        about: "A denoiser that errs while all is masked: the corrector re-masks and mends. Switch it off and watch the TV.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let mut settings = Settings {
                epsilon: 0.6,
                early_error: true,
                corrector_on: true,
                views: [View::Mass, View::Sampled, View::Particles, View::Difference],
                ..with(TargetSpec::Rings, SourceSpec::Mask, Coupling::Independent, Scheduler::Linear)
            };
            settings.sampler.steps = 256;
            settings.into()
        },
    },
    Preset {
        name: "sweeps",
        title: "Corrector iterations at a held time",
        about: "One token at a time pₜ is stationary, both at once it drifts to a bias: drag the share and watch it halve.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: || {
            let mut settings = Settings {
                views: [View::Mass, View::Sampled, View::Particles, View::Difference],
                ..with(TargetSpec::Rings, SourceSpec::Uniform, Coupling::Independent, Scheduler::Linear)
            };
            settings.flow.k = Some(32);
            settings.sampler.sweeps = Sweeps { count: 5, parallel: true, share: 1.0 };
            settings.into()
        },
    },
    Preset {
        name: "steps",
        title: "Too few steps",
        about: "Eight steps of the exact denoiser: what is left is the sampler’s own bias.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let mut settings = Settings {
                views: [View::Mass, View::Sampled, View::Particles, View::Difference],
                ..with(TargetSpec::Spiral, SourceSpec::Uniform, Coupling::Independent, Scheduler::Quadratic)
            };
            settings.sampler.steps = 8;
            settings.into()
        },
    },
    Preset {
        name: "hermite",
        title: "Shape κ by hand",
        about: "Drag the two handles on the κ curve: the path stays, only the walk along it changes.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || {
            let scheduler = Scheduler::Hermite { a: 0.4, b: 0.8 };
            with(TargetSpec::Moons, SourceSpec::Uniform, Coupling::Independent, scheduler).into()
        },
    },
    Preset {
        name: "4x4",
        title: "4 × 4, every state and every move",
        about: "All 16 states with their probabilities and all rates u(y, z), on the way to a 4 × 4 checkerboard. \
                Switch to fluxes, or pin a cell to see its own.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || {
            let mut settings =
                with(TargetSpec::Checkerboard, SourceSpec::Uniform, Coupling::Independent, Scheduler::Linear);
            settings.flow.k = Some(4);
            (settings.panes, settings.moves) = (1, Moves::Rates);
            settings.into()
        },
    },
    Preset {
        name: "cell",
        title: "One cell under the glass",
        about: "A pinned cell: its exact posteriors, those of a denoiser with an error, and its rates as arrows.",
        still_at: 0.5,
        train_for: None,
        opens: Some(Look::Cell([22, 36])),
        make: || {
            Settings {
                epsilon: 0.3,
                ..with(
                    TargetSpec::Checkerboard,
                    SourceSpec::Uniform,
                    Coupling::Independent,
                    Scheduler::Linear,
                )
            }
            .into()
        },
    },
    Preset {
        name: "particle",
        title: "One particle and its jumps",
        about: "The whole way of one particle from a masked start, with a log of its jumps.",
        still_at: 0.9,
        train_for: None,
        opens: Some(Look::Particle(7)),
        make: || {
            let mut settings = Settings {
                corrector_on: true,
                panes: 2,
                views: [View::Particles, View::Mass, View::Divergence, View::Currents],
                ..with(TargetSpec::Rings, SourceSpec::Mask, Coupling::Independent, Scheduler::Linear)
            };
            settings.particles = 400;
            settings.into()
        },
    },
    Preset {
        name: "draw",
        title: "Draw your own target",
        about: "The target on a canvas: the flow follows every stroke.",
        still_at: 0.7,
        train_for: None,
        opens: Some(Look::Editor),
        make: || {
            with(TargetSpec::Pinwheel, SourceSpec::Uniform, Coupling::Independent, Scheduler::Linear).into()
        },
    },
    Preset {
        name: "schedulers",
        title: "A|B: linear against cubic",
        about: "Eight steps along t and along t³: the same path, another bias. The timeline runs along κ.",
        still_at: 0.8,
        train_for: None,
        opens: None,
        make: || {
            let mut settings = Settings {
                views: [View::Mass, View::Difference, View::Particles, View::Sampled],
                axis: TimeAxis::Kappa,
                ..with(TargetSpec::Pinwheel, SourceSpec::Uniform, Coupling::Independent, Scheduler::Linear)
            };
            settings.sampler.steps = 8;
            compared(settings, |b| b.flow.scheduler = Scheduler::Cubic)
        },
    },
    Preset {
        name: "couplings",
        title: "A|B: independent against transport",
        about: "The same source and target, paired at random and by entropic transport: compare the currents.",
        still_at: 0.4,
        train_for: None,
        opens: None,
        make: || {
            let a = Settings {
                views: [View::Currents, View::Particles, View::Mass, View::Divergence],
                ..with(TargetSpec::Gaussians, SourceSpec::Uniform, Coupling::Independent, Scheduler::Linear)
            };
            compared(a, |b| b.flow.coupling = Coupling::OptimalTransport(0.02))
        },
    },
    Preset {
        name: "correctors",
        title: "A|B: corrector off against on",
        about: "A denoiser that errs while all is masked: what is drawn wrong stays in A; in B the corrector masks it anew.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let mut settings = Settings {
                epsilon: 0.6,
                early_error: true,
                views: [View::Sampled, View::Difference, View::Particles, View::Mass],
                ..with(TargetSpec::Rings, SourceSpec::Mask, Coupling::Independent, Scheduler::Linear)
            };
            settings.sampler.steps = 256;
            compared(settings, |b| b.corrector_on = true)
        },
    },
    Preset {
        name: "sources",
        title: "A|B: mask against uniform",
        about: "The same target from masks and from noise: mass enters from the margin, or lies everywhere from the start.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: || {
            let settings = Settings {
                views: [View::Mass, View::Particles, View::Divergence, View::Currents],
                ..with(TargetSpec::Moons, SourceSpec::Mask, Coupling::Independent, Scheduler::Linear)
            };
            compared(settings, |b| b.flow.source = SourceSpec::Uniform)
        },
    },
    Preset {
        name: "budgets",
        title: "A|B: 256 steps against 8",
        about: "One exact denoiser, two numbers of steps: what A and B differ in is the sampler’s own bias.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let mut settings = Settings {
                views: [View::Sampled, View::Difference, View::Particles, View::Mass],
                ..with(TargetSpec::Spiral, SourceSpec::Uniform, Coupling::Independent, Scheduler::Quadratic)
            };
            settings.sampler.steps = 256;
            compared(settings, |b| b.sampler.steps = 8)
        },
    },
    Preset {
        name: "learned",
        title: "A|B: exact against learned",
        about: "Press Train: B is sampled with the network, A with the exact denoiser of the same flow.",
        still_at: 1.0,
        train_for: Some(12.0),
        opens: None,
        make: || {
            let settings = Settings {
                views: [View::Sampled, View::Difference, View::Particles, View::Mass],
                ..Settings::default()
            };
            compared(settings, |b| b.show = Show::Learned)
        },
    },
    Preset {
        name: "word",
        title: "A word",
        about: "Any word of up to 12 letters is a target.",
        still_at: 0.75,
        train_for: None,
        opens: None,
        make: || {
            Settings {
                panes: 2,
                views: [View::Mass, View::Particles, View::Divergence, View::Currents],
                ..with(
                    TargetSpec::Text("DFM".to_owned()),
                    SourceSpec::Uniform,
                    Coupling::Independent,
                    Scheduler::Cubic,
                )
            }
            .into()
        },
    },
    Preset {
        name: "single",
        title: "One large view",
        about: "The spiral’s mass alone.",
        still_at: 0.7,
        train_for: None,
        opens: None,
        make: || {
            Settings {
                panes: 1,
                ..with(TargetSpec::Spiral, SourceSpec::Uniform, Coupling::Independent, Scheduler::Linear)
            }
            .into()
        },
    },
];

/// An experiment, and beside it the same with something changed, which is the one that is set.
fn compared(a: Settings, change: fn(&mut Settings)) -> Document {
    let mut b = a.clone();
    change(&mut b);
    Sides::new(a, [b]).set_at(1).into()
}

fn with(target: TargetSpec, source: SourceSpec, coupling: Coupling, scheduler: Scheduler) -> Settings {
    Settings {
        flow: FlowSpec { target, k: Some(64), source, coupling, scheduler, ..FlowSpec::default() },
        ..Settings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Settings as _;

    #[test]
    fn every_preset_can_be_built_and_has_its_own_name() {
        let mut names = std::collections::HashSet::new();
        for preset in PRESETS {
            let sides = preset.settings(3).checked().expect(preset.name).sides;
            assert!(names.insert(preset.name));
            for side in sides.iter() {
                assert!(side.seed == 3 && side.flow.path().is_ok(), "{}", preset.name);
                assert!(side.effective_sampler().validated().is_ok(), "{}", preset.name);
            }
            let said = preset.settings(3).labels();
            assert!(
                said.iter().all(|label| label.is_empty() != sides.is_compared()),
                "{}: {said:?}",
                preset.name
            );
            assert!((0.0..=1.0).contains(&preset.still_at));
        }
    }

    #[test]
    fn the_corrector_preset_shows_a_corrector_that_helps() {
        use crate::denoiser::grid::Noisy;
        use crate::flow::metrics::tv;
        use crate::sampler::grid::{PmfCarrier, Setup, run};
        use std::sync::Arc;
        let preset = PRESETS.iter().find(|p| p.name == "corrector").expect("the preset");
        let tv_with = |corrector_on| {
            let settings = Settings { corrector_on, ..preset.settings(0).sides[0].clone() };
            let path = Arc::new(settings.flow.path().expect("path"));
            let denoiser = Noisy::new(path.clone(), settings.epsilon).expect("epsilon").early();
            let mut carrier = PmfCarrier::new(&path);
            let config = settings.effective_sampler();
            let setup = Setup { path: &path, scheduler: settings.flow.scheduler, config };
            run(setup, &denoiser, &mut carrier, |_, _| std::ops::ControlFlow::Continue(())).expect("run");
            tv(&carrier.pmf, path.target())
        };
        let (off, on) = (tv_with(false), tv_with(true));
        assert!(on < 0.8 * off, "off {off}, on {on}");
    }
}
