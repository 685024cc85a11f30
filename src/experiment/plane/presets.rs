//! Experiments on the plane to start from, by name.

use super::learned::PlaneAnswer;
use super::settings::{PlaneSettings, PlaneSide};
use super::target::PlaneSourceSpec;
use super::topic::Topic;
use crate::data::plane::PlaneTargetSpec;
use crate::experiment::{Pace, Preset, Sides, TimeAxis};
use crate::flow::plane::AffinePath;
use crate::sampler::plane::{Noise, PlaneCoupling, PlaneMethod, PlaneTimes};
use crate::train::plane::PlaneTrainConfig;
use crate::view::plane::PlaneView;

fn of(target: PlaneTargetSpec) -> PlaneSide {
    PlaneSide { target, ..PlaneSide::default() }
}

fn with(method: PlaneMethod, steps: usize) -> PlaneSide {
    PlaneSide { method, steps, ..PlaneSide::default() }
}

fn alone(side: PlaneSide, views: &[PlaneView]) -> PlaneSettings {
    let usual = PlaneSettings::default();
    let mut all = usual.views;
    all[..views.len()].copy_from_slice(views);
    PlaneSettings { sides: side.into(), views: all, panes: views.len(), ..usual }
}

/// One or two views of each side.
fn beside(sides: Sides<PlaneSide>, views: &[PlaneView]) -> PlaneSettings {
    PlaneSettings { sides, panes: 2 * views.len(), ..alone(PlaneSide::default(), views) }
}

/// A network that learns codes on the ring.
fn codes(codes: usize) -> PlaneSettings {
    let side = PlaneSide { answer: PlaneAnswer::Network, ..PlaneSide::default() };
    let train = PlaneTrainConfig { codes, ..PlaneTrainConfig::default() };
    PlaneSettings { train, ..alone(side, &[PlaneView::Particles, PlaneView::Paths]) }
}

/// All of them, each with what it opens beside the views; the first is what the lab opens with.
pub const PLANE_PRESETS: &[Preset<PlaneSettings, Topic>] = &[
    Preset {
        name: "plane",
        title: "Flow matching: noise becomes a ring",
        about: "The exact density, velocity, its divergence and samples of the straight path from N(0, I) to eight Gaussians.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: PlaneSettings::default,
    },
    Preset {
        name: "plane-grid",
        title: "Side by side with the grid",
        about: "One target read twice: as a density on the plane, where a particle slides, and as two tokens, where it jumps. Mass \
                and divergence of both are on one scale: both conserve mass, begin and end alike, and differ in between.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || {
            let side = PlaneSide { source: PlaneSourceSpec::Square, ..of(PlaneTargetSpec::Board) };
            let views = [PlaneView::Slide, PlaneView::BoardJump, PlaneView::Outflow, PlaneView::BoardOutflow];
            alone(side, &views)
        },
    },
    Preset {
        name: "plane-grid-fields",
        title: "Grid: an arrow there, bars here",
        about: "At the clicked point the continuous flow has one arrow and the discrete one rates along a row and a column. Its \
                forward and backward velocities are two fields with one divergence; the continuous ones are one.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || {
            let side = PlaneSide { source: PlaneSourceSpec::Square, ..of(PlaneTargetSpec::Board) };
            let views = [
                PlaneView::Velocity,
                PlaneView::BoardRates,
                PlaneView::BoardForward,
                PlaneView::BoardBackward,
            ];
            PlaneSettings { point: [-0.7, 0.8], ..alone(side, &views) }
        },
    },
    Preset {
        name: "plane-ode-sde",
        title: "A|B: ODE and SDE from the same starts",
        about: "The smooth ways of the flow, and the rough ones of the SDE with noise: the density is the same at every time.",
        still_at: 1.0,
        train_for: None,
        opens: Some(Topic::Sample),
        make: || {
            let sde = with(PlaneMethod::Sde(Noise::Tame(1.0)), 128);
            beside(
                Sides::new(with(PlaneMethod::Euler, 128), [sde]),
                &[PlaneView::Paths, PlaneView::Particles],
            )
        },
    },
    Preset {
        name: "plane-noise",
        title: "A|B|C: noise from none to memoryless",
        about: "g² = 0, half of, and all of the noise that makes x₀ and x₁ independent, on the variance-preserving path.",
        still_at: 1.0,
        train_for: None,
        opens: Some(Topic::Sample),
        make: || {
            let side = |part: f64| PlaneSide {
                path: AffinePath::VP,
                ..with(PlaneMethod::Sde(Noise::Memoryless(part)), 200)
            };
            beside(Sides::new(side(0.0), [side(0.5), side(1.0)]), &[PlaneView::Paths])
        },
    },
    Preset {
        name: "plane-few-steps",
        title: "A|B: flow matching or DDPM, 16 steps",
        about: "Euler on the straight path beside ancestral sampling of DDPM, the same exact velocity and starts, 16 \
                evaluations each; on the right stands how far both end from the ring, and how far others do.",
        still_at: 1.0,
        train_for: None,
        opens: Some(Topic::Samplers),
        make: || {
            let ddpm = PlaneSide {
                path: AffinePath::VP,
                times: PlaneTimes::Ddpm,
                ..with(PlaneMethod::Ddpm { tilde: true }, 16)
            };
            let pace = Pace { axis: TimeAxis::Kappa, ..Pace::default() };
            let settings = beside(
                Sides::new(with(PlaneMethod::Euler, 16), [ddpm]),
                &[PlaneView::Particles, PlaneView::Paths],
            );
            PlaneSettings { pace, ..settings }
        },
    },
    Preset {
        name: "plane-paths",
        title: "A|B: straight and variance preserving",
        about: "Two paths along t*, in which both are one path in other units: the same densities, seen at other sizes.",
        still_at: 0.5,
        train_for: None,
        opens: Some(Topic::Sample),
        make: || {
            let vp = PlaneSide { path: AffinePath::VP, ..PlaneSide::default() };
            let pace = Pace { axis: TimeAxis::Kappa, ..Pace::default() };
            let sides = Sides::new(PlaneSide::default(), [vp]);
            PlaneSettings { pace, ..beside(sides, &[PlaneView::Density, PlaneView::Velocity]) }
        },
    },
    Preset {
        name: "plane-fan",
        title: "Where a point may come from",
        about: "Rays from the clicked point to every component, as wide as its probability, and the doubt that is left.",
        still_at: 0.4,
        train_for: None,
        opens: None,
        make: || {
            let settings = alone(of(PlaneTargetSpec::Ring), &[PlaneView::Fan, PlaneView::Spread]);
            PlaneSettings { point: [0.4, 0.3], ..settings }
        },
    },
    Preset {
        name: "plane-generators",
        title: "A|B|C: flow, noise, jumps",
        about: "Three generators with one density: particles slide, shake, or jump. Drag the point of the triangle to mix them.",
        still_at: 0.9,
        train_for: None,
        opens: Some(Topic::Sample),
        make: || {
            let side = |w: f64, g: f64| PlaneSide {
                target: PlaneTargetSpec::Three,
                ..with(PlaneMethod::Superposition { w, g }, 200)
            };
            let sides = Sides::new(side(0.0, 0.0), [side(0.0, 1.0), side(1.0, 0.0)]);
            beside(sides, &[PlaneView::Paths, PlaneView::Particles])
        },
    },
    Preset {
        name: "plane-rates",
        title: "A|B|C: rates out of one cell",
        about: "Flow leads to the next cell, noise to all around, jumps far away; each solves the Kolmogorov forward equation, whose \
                residual below is 0 to rounding.",
        still_at: 0.45,
        train_for: None,
        opens: None,
        make: || {
            let side = |w: f64, g: f64| PlaneSide {
                target: PlaneTargetSpec::Three,
                ..with(PlaneMethod::Superposition { w, g }, 200)
            };
            let sides = Sides::new(side(0.0, 0.0), [side(0.0, 1.0), side(1.0, 0.0)]);
            let settings = beside(sides, &[PlaneView::Rates, PlaneView::Residual]);
            PlaneSettings { point: [0.2, 0.9], ..settings }
        },
    },
    Preset {
        name: "plane-jumps",
        title: "Jumps: where they leave and land",
        about: "λ = [−∂p/∂t]₊/p, at which particles leave, and J, where all of them land: together the fewest jumps that any process \
                can make.",
        still_at: 0.45,
        train_for: None,
        opens: None,
        make: || {
            let side = PlaneSide { target: PlaneTargetSpec::Three, ..with(PlaneMethod::PlaneJump, 200) };
            let views = [PlaneView::JumpRate, PlaneView::Landing, PlaneView::Outflow, PlaneView::Paths];
            alone(side, &views)
        },
    },
    Preset {
        name: "plane-straighter",
        title: "A|B|C: straighter",
        about: "The straight pairs, which cross, and the trajectories, which can not: of independent pairs, of minibatch optimal \
                transport, and after one reflow, where few steps do. How straight each is stands on the right.",
        still_at: 1.0,
        train_for: None,
        opens: Some(Topic::Straight),
        make: || {
            let side = |coupling| PlaneSide { coupling, ..with(PlaneMethod::Euler, 64) };
            let others = [PlaneCoupling::MinibatchOt(256), PlaneCoupling::Reflow(1)].map(side);
            beside(Sides::new(side(PlaneCoupling::Independent), others), &[PlaneView::Pairs])
        },
    },
    Preset {
        name: "plane-score",
        title: "Velocity and score",
        about: "Where the flow carries a particle, and where the density rises: an SDE adds the one to the other.",
        still_at: 0.7,
        train_for: None,
        opens: None,
        make: || alone(of(PlaneTargetSpec::Three), &[PlaneView::Velocity, PlaneView::Score]),
    },
    Preset {
        name: "plane-moons",
        title: "Eight Gaussians become moons",
        about: "A source that is not normal: from a ring to two moons, with the velocity that is exact for it.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: || {
            let side = PlaneSide { source: PlaneSourceSpec::Ring, ..of(PlaneTargetSpec::Moons) };
            let views = [PlaneView::Density, PlaneView::Velocity, PlaneView::Paths, PlaneView::Divergence];
            alone(side, &views)
        },
    },
    Preset {
        name: "plane-spiral",
        title: "A spiral of eighty Gaussians",
        about: "Doubt, divergence and samples of a target with many components.",
        still_at: 0.75,
        train_for: None,
        opens: None,
        make: || {
            let views = [PlaneView::Density, PlaneView::Spread, PlaneView::Divergence, PlaneView::Particles];
            alone(of(PlaneTargetSpec::Spiral), &views)
        },
    },
    Preset {
        name: "plane-checkerboard",
        title: "The checkerboard",
        about: "Cells that are even inside: eight of the board on which flow matching is often shown, in closed form.",
        still_at: 0.8,
        train_for: None,
        opens: None,
        make: || {
            let views = [PlaneView::Density, PlaneView::Velocity, PlaneView::Outflow, PlaneView::Particles];
            alone(of(PlaneTargetSpec::Checkerboard), &views)
        },
    },
    Preset {
        name: "plane-learned",
        title: "A network learns the ring",
        about: "Trained live: samples of the network, its velocity, and by how much it misses the exact one, while loss, floor \
                and gap run on the right.",
        still_at: 0.6,
        train_for: Some(8.0),
        opens: Some(Topic::Training),
        make: || {
            let side = PlaneSide { answer: PlaneAnswer::Network, ..PlaneSide::default() };
            let views = [PlaneView::Velocity, PlaneView::Miss, PlaneView::Particles, PlaneView::Density];
            alone(side, &views)
        },
    },
    Preset {
        name: "plane-network-diffusion",
        title: "A|B: one network, flow or DDPM",
        about: "The same network and starts, 16 evaluations each: Euler on the straight path beside ancestral sampling. Curves \
                of both stand on the right under samplers.",
        still_at: 1.0,
        train_for: Some(10.0),
        opens: Some(Topic::Samplers),
        make: || {
            let learned = |side: PlaneSide| PlaneSide { answer: PlaneAnswer::Network, ..side };
            let ddpm = PlaneSide {
                path: AffinePath::VP,
                times: PlaneTimes::Ddpm,
                ..with(PlaneMethod::Ddpm { tilde: true }, 16)
            };
            let pace = Pace { axis: TimeAxis::Kappa, ..Pace::default() };
            let settings = beside(
                Sides::new(learned(with(PlaneMethod::Euler, 16)), [learned(ddpm)]),
                &[PlaneView::Particles, PlaneView::Paths],
            );
            PlaneSettings { pace, ..settings }
        },
    },
    Preset {
        name: "plane-reflow",
        title: "Reflow, learned: straighter in rounds",
        about: "A network learns the trajectories of the exact flow, then its own: few steps do. How straight each round is \
                stands on the right under straight.",
        still_at: 1.0,
        train_for: Some(8.0),
        opens: Some(Topic::Straight),
        make: || {
            let side = PlaneSide { answer: PlaneAnswer::Network, ..with(PlaneMethod::Euler, 2) };
            let train = PlaneTrainConfig {
                coupling: PlaneCoupling::Reflow(2),
                round_steps: 2000,
                ..PlaneTrainConfig::default()
            };
            let views = [PlaneView::Particles, PlaneView::Paths];
            PlaneSettings { train, ..alone(side, &views) }
        },
    },
    Preset {
        name: "plane-codes",
        title: "Discrete latents: eight codes",
        about: "An encoder learns which code a datum has while the network learns to use it; each sample is told one, whose colour it has. How many \
                codes are in use stands on the right, after some 6000 steps all eight; there are samples by code, loss and curvature, too.",
        still_at: 1.0,
        train_for: Some(20.0),
        opens: Some(Topic::Codes),
        make: || codes(8),
    },
    Preset {
        name: "plane-codes-four",
        title: "Discrete latents: four codes",
        about: "Fewer codes than modes: modes share codes, and the paths of a code bend where it has two.",
        still_at: 1.0,
        train_for: Some(20.0),
        opens: Some(Topic::Codes),
        make: || {
            let mut settings = codes(4);
            (settings.train.temperature, settings.train.relaxed_steps) = (0.5, 3000);
            settings
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid_and_has_its_own_name() {
        let mut names = std::collections::HashSet::new();
        for preset in PLANE_PRESETS {
            assert!(names.insert(preset.name));
            let settings = preset.settings(7).validated().expect(preset.name);
            assert_eq!(settings.seed, 7);
            assert!((0.0..=1.0).contains(&preset.still_at));
        }
    }
}
