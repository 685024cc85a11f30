//! Everything a user can set in the plane lab.

use super::choice::SamplerChoice;
use super::learned::PlaneAnswer;
use super::target::{GRID_HALF, PlaneSourceSpec, half_of, half_view};
use super::told::{Draws, MOST_GUIDANCE, Told};
use crate::data::plane::{PlaneTargetSize, PlaneTargetSpec};
use crate::data::{TargetSpec, beside};
use crate::experiment::{self, Pace, Sides, TimeAxis};
use crate::flow::FlowError;
use crate::flow::counted;
use crate::flow::plane::{AffinePath, Blend, FURTHEST, PlaneTarget};
use crate::sampler::plane::{MOST_PAIRS, PlaneCoupling, PlaneMethod, PlaneSampler, PlaneTimes};
use crate::train::plane::PlaneTrainConfig;
use crate::view::plane::{PlaneView, PlaneWindow};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Samples of a run.
const MOST_PARTICLES: usize = 200_000;

/// A flow and how it is sampled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneSide {
    /// Where the flow ends.
    pub target: PlaneTargetSpec,
    /// The standard deviation that every point of a file of points gets.
    pub width: f64,
    /// Half the side that shows a target from a file, once it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<f64>,
    /// Half the side of the square that a board or a pattern of the grid fills, and an even source beside a target of Gaussians.
    #[serde(skip_serializing_if = "is_grid_half")]
    pub half_width: f64,
    /// Where it starts.
    pub source: PlaneSourceSpec,
    /// Which noise goes to which datum.
    pub coupling: PlaneCoupling,
    /// How many pairs a coupling has that is not independent.
    #[serde(skip_serializing_if = "is_usual_pairs")]
    pub pairs: usize,
    /// How noise and data are mixed.
    pub path: AffinePath,
    /// How a sampler steps.
    pub method: PlaneMethod,
    /// When.
    pub times: PlaneTimes,
    /// How often.
    pub steps: usize,
    /// Who says where samples go.
    #[serde(skip_serializing_if = "is_exact")]
    pub answer: PlaneAnswer,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_grid_half(half_width: &f64) -> bool {
    *half_width == GRID_HALF
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_usual_pairs(pairs: &usize) -> bool {
    *pairs == PlaneSide::PAIRS
}

fn is_exact(answer: &PlaneAnswer) -> bool {
    *answer == PlaneAnswer::Exact
}

impl Default for PlaneSide {
    fn default() -> Self {
        Self {
            target: PlaneTargetSpec::Ring,
            width: 0.1,
            reach: None,
            half_width: GRID_HALF,
            source: PlaneSourceSpec::Normal,
            coupling: PlaneCoupling::Independent,
            pairs: Self::PAIRS,
            path: AffinePath::CondOt,
            method: PlaneMethod::Euler,
            times: PlaneTimes::Own,
            steps: 64,
            answer: PlaneAnswer::Exact,
        }
    }
}

impl PlaneSide {
    /// Pairs of a coupling where nothing else is said: every value is a sum over all of them.
    pub const PAIRS: usize = 512;

    /// Whether two settings have the same flow, whatever samples it.
    pub fn is_of_one_flow(&self, other: &Self) -> bool {
        let is_of_points = matches!(self.target, PlaneTargetSpec::Points(_));
        (&self.target, self.source, self.coupling, self.path, self.half_width, self.pairs)
            == (&other.target, other.source, other.coupling, other.path, other.half_width, other.pairs)
            && (!is_of_points || self.width == other.width)
    }

    /// The target, read from its file if it has one.
    ///
    /// # Errors
    /// Says what is wrong with the file, or why a pattern of the grid can't be drawn.
    pub fn load_target(&self) -> Result<PlaneTarget, String> {
        let size = PlaneTargetSize { k: None, half_width: self.half_width, bandwidth: self.width };
        self.target.load(size).map_err(|why| why.to_string())
    }

    /// With this target, which comes from a file.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn with_file(self, target: PlaneTargetSpec) -> Result<Self, String> {
        let side = Self { target, ..self };
        let reach = Some(half_of(&side.load_target()?));
        Ok(Self { reach, ..side })
    }

    /// What the sampler is told.
    pub fn sampler(&self) -> PlaneSampler {
        PlaneSampler { method: self.method, path: self.path, times: self.times, steps: self.steps }
    }

    /// The generator that the sampler follows at a time of this side's path.
    pub fn blend_at(&self, t: f64) -> Blend {
        self.method.blend(self.path.at(t))
    }

    /// Position on the timeline's axis of a time of this side's path: t, or t*.
    pub fn along(&self, axis: TimeAxis, t: f64) -> f64 {
        match axis {
            TimeAxis::T => t,
            TimeAxis::Kappa => self.path.at(t).t_star(),
        }
    }

    /// The time of a position.
    pub fn time_at(&self, axis: TimeAxis, at: f64) -> f64 {
        match axis {
            TimeAxis::T => at.clamp(0.0, 1.0),
            TimeAxis::Kappa => self.path.time_of(at),
        }
    }
}

/// The lab's settings. A file may lack fields that came later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneSettings {
    /// One to three settings beside each other.
    pub sides: Sides<PlaneSide>,
    /// What the panes show.
    pub views: [PlaneView; 4],
    /// How many panes there are.
    pub panes: usize,
    /// How many samples there are.
    pub particles: usize,
    /// The part of the plane that is shown; where nobody has chosen one, what target and source need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<PlaneWindow>,
    /// The point that is looked at.
    pub point: [f64; 2],
    /// The sample that is followed, counted from 0.
    pub sample: usize,
    /// Of all random numbers.
    pub seed: u64,
    /// How the timeline plays.
    pub pace: Pace,
    /// How the next network is trained.
    #[serde(skip_serializing_if = "is_usual")]
    pub train: PlaneTrainConfig,
    /// w D(z) + (1−w) D(∅) where samples have codes.
    #[serde(skip_serializing_if = "is_one")]
    pub guidance: f64,
    /// The code that all samples are told, counted from 1; without it each draws its own from the prior.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<usize>,
    /// Which samplers are compared, and by what.
    #[serde(skip_serializing_if = "is_usual_choice")]
    pub compared: SamplerChoice,
}

fn is_usual_choice(compared: &SamplerChoice) -> bool {
    *compared == SamplerChoice::default()
}

fn is_usual(train: &PlaneTrainConfig) -> bool {
    *train == PlaneTrainConfig::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(guidance: &f64) -> bool {
    *guidance == 1.0
}

impl Default for PlaneSettings {
    fn default() -> Self {
        Self {
            sides: Sides::default(),
            views: [PlaneView::Density, PlaneView::Velocity, PlaneView::Outflow, PlaneView::Particles],
            panes: 4,
            particles: 4000,
            window: None,
            point: [1.0, 0.5],
            sample: 0,
            seed: 0,
            pace: Pace::default(),
            train: PlaneTrainConfig::default(),
            guidance: 1.0,
            code: None,
            compared: SamplerChoice::default(),
        }
    }
}

impl PlaneSettings {
    /// The views that are shown: one a pane, or with several sides one a row.
    pub fn shown(&self) -> &[PlaneView] {
        let rows = if self.sides.is_compared() { self.panes.div_ceil(2) } else { self.panes };
        &self.views[..rows.clamp(1, self.views.len())]
    }

    /// What samples are told by a network with codes.
    pub fn told(&self) -> Told {
        Told { guidance: self.guidance, code: self.code }
    }

    /// What the samples of a run are.
    pub fn draws(&self) -> Draws {
        Draws { samples: self.particles, seed: self.seed, told: self.told() }
    }

    /// The part of the plane that needs no magnifying: all of target and source, of all sides.
    pub fn whole(&self) -> PlaneWindow {
        let halves =
            self.sides.iter().map(|side| half_view(&side.target, side.source, side.half_width, side.reach));
        PlaneWindow::around_origin(halves.fold(0.0, f64::max))
    }

    /// The part of the plane that is shown on a side at its time `t`: along VE all of it is spread out and gathers.
    pub fn window_at(&self, side: &PlaneSide, t: f64) -> PlaneWindow {
        let window = self.window.unwrap_or_else(|| self.whole());
        match side.path {
            AffinePath::Ve { .. } => window.scaled(side.path.at(t).scale()),
            _ => window,
        }
    }

    /// Checks every range, for settings that come from a file.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        let expect = |what, given: f64, holds: bool, expected| {
            if holds { Ok(()) } else { Err(FlowError::Range { what, given, expected }) }
        };
        let particles = (1..=MOST_PARTICLES).contains(&self.particles);
        expect("particles", self.particles as f64, particles, "a whole number from 1 to 200000")?;
        expect("panes", self.panes as f64, (1..=4).contains(&self.panes), "1 to 4")?;
        let speed = self.pace.speed > 0.0 && self.pace.speed <= 100.0;
        expect("speed", self.pace.speed, speed, "a number above 0 and at most 100")?;
        if self.sample >= self.particles {
            let (last, all) = (self.particles - 1, counted(self.particles, "sample"));
            return Err(FlowError::Unsupported(format!(
                "sample = {}: expected a whole number from 0 to {last}, as there are {all}",
                self.sample
            )));
        }
        for x in self.point {
            expect("point", x, x.abs() <= 1e6, "a number from -1e6 to 1e6")?;
        }
        let guidance = (0.0..=MOST_GUIDANCE).contains(&self.guidance);
        expect("guidance", self.guidance, guidance, "a number from 0 to 10")?;
        let code = self.code.unwrap_or(1);
        expect(
            "code",
            code as f64,
            (1..=PlaneTrainConfig::MOST_CODES).contains(&code),
            "a whole number from 1 to 16",
        )?;
        self.train.validated()?;
        let compared = self.compared.validated()?;
        let window = self.window.map(PlaneWindow::validated).transpose()?;
        let sides = self.sides.validated(|side: PlaneSide| -> Result<_, FlowError> {
            side.sampler().validated()?;
            let width = (0.0..=100.0).contains(&side.width);
            expect("the width of points", side.width, width, "a number from 0 to 100")?;
            let half = (1e-3..=FURTHEST).contains(&side.half_width);
            expect("half the side of the square", side.half_width, half, "a number from 0.001 to 1e6")?;
            let pairs = (1..=MOST_PAIRS).contains(&side.pairs);
            expect("the number of pairs", side.pairs as f64, pairs, "a whole number from 1 to 20000")?;
            let reach = side.reach.unwrap_or(1.0);
            expect(
                "half the side of a target",
                reach,
                (1e-3..=1e7).contains(&reach),
                "a number from 0.001 to 1e7",
            )?;
            Ok(side)
        })?;
        Ok(Self { sides, window, compared, ..self })
    }
}

impl experiment::Settings for PlaneSettings {
    const LAB: &'static str = "plane";

    fn checked(self) -> Result<Self, String> {
        self.validated().map_err(|why| why.to_string())
    }

    fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    fn found_beside(self, figure: &Path) -> Self {
        let found = |side: PlaneSide| {
            let at = |file: &Path| beside(file, figure);
            let target = match &side.target {
                PlaneTargetSpec::Mixture(file) => PlaneTargetSpec::Mixture(at(file)),
                PlaneTargetSpec::Points(file) => PlaneTargetSpec::Points(at(file)),
                PlaneTargetSpec::Grid(target, k) => match &**target {
                    TargetSpec::File(file) => PlaneTargetSpec::Grid(Box::new(TargetSpec::File(at(file))), *k),
                    _ => return side,
                },
                _ => return side,
            };
            PlaneSide { target, ..side }
        };
        Self { sides: self.sides.map(found), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_json_and_what_is_out_of_range_is_named() {
        let diffusion = PlaneSide {
            target: "grid:rings@8".parse().expect("a target"),
            path: AffinePath::VP,
            method: "ddpm:beta".parse().expect("a method"),
            pairs: 40,
            half_width: 2.5,
            ..PlaneSide::default()
        };
        let settings = PlaneSettings {
            sides: Sides::new(PlaneSide::default(), [diffusion]).set_at(1),
            window: Some(PlaneWindow::around_origin(2.5)),
            compared: SamplerChoice { own: true, ..SamplerChoice::default() },
            ..PlaneSettings::default()
        };
        let text = serde_json::to_string(&settings).expect("text");
        assert_eq!(serde_json::from_str::<PlaneSettings>(&text).expect("the same"), settings);
        assert_eq!(serde_json::from_str::<PlaneSettings>("{}").expect("usual"), PlaneSettings::default());
        assert!(settings.clone().validated().is_ok());
        for (spoil, name) in [
            ((|s| s.particles = 0) as fn(&mut PlaneSettings), "particles"),
            (|s| s.sides[0].width = -1.0, "the width"),
            (|s| s.sides[0].half_width = 0.0, "half the side of the square"),
            (|s| s.sides[1].pairs = 20_001, "the number of pairs"),
            (|s| s.sides[0].reach = Some(f64::NAN), "half the side of a target"),
            (|s| s.sample = 4000, "sample = 4000: expected a whole number from 0 to 3999"),
            (|s| s.panes = 5, "panes"),
            (|s| s.code = Some(17), "code"),
            (|s| s.compared.methods = s.compared.methods.repeat(4), "the number of compared samplers"),
            (|s| s.sides[1].steps = 0, "steps"),
            (|s| s.point[1] = f64::NAN, "point"),
            (|s| s.pace.speed = 0.0, "speed"),
            (|s| s.window = Some(PlaneWindow::around_origin(0.0)), "half the side"),
        ] {
            let mut bad = settings.clone();
            spoil(&mut bad);
            let error = bad.validated().expect_err("out of range").to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn sides_go_along_together_in_t_star() {
        let vp = PlaneSide { path: AffinePath::VP, ..PlaneSide::default() };
        let at = vp.along(TimeAxis::Kappa, 0.7);
        assert!((at - 0.447_597).abs() < 1e-6 && (vp.time_at(TimeAxis::Kappa, at) - 0.7).abs() < 1e-9);
        assert_eq!((vp.along(TimeAxis::T, 0.7), vp.time_at(TimeAxis::T, 1.5)), (0.7, 1.0));
    }
}
