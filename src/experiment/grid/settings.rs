//! Everything a user can set in the grid lab.

use super::{CurveChoice, DenoiserSpec, NETWORK_FILE};
use crate::data::{FlowSpec, SourceSpec, SpecError};
use crate::experiment::{Pace, TimeAxis};
use crate::flow::{ConditionalPath, Corrector, Coupling, FlowError, Scheduler};
use crate::sampler::grid::{Extras, SamplerConfig, Sweeps};
use crate::train::grid::TrainConfig;
use crate::view::grid::{DivergencePart, ScaleMode, Show, View};
use serde::{Deserialize, Serialize};

/// Which arrows the mass view of a small grid shows for every state at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moves {
    /// None.
    #[default]
    Off,
    /// Rates u(y, z).
    Rates,
    /// Fluxes p_t(z) u(y, z).
    Fluxes,
}

/// The lab's settings.
///
/// A and B have apart what [`Settings::sharing`] names: a new field that makes the experiment itself belongs there.
/// They are kept between starts: a file may lack fields that came later, and may have fields that are gone, so every
/// new field needs its `Default`; a range belongs into [`Settings::validated`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Target, source, coupling, scheduler.
    pub flow: FlowSpec,
    /// The sampler, its corrector included.
    pub sampler: SamplerConfig,
    /// Whether the corrector is on; its numbers are kept while it is off.
    pub corrector_on: bool,
    /// The corrector's numbers.
    pub corrector: Corrector,
    /// Denoiser of the sampled views.
    pub show: Show,
    /// Error of the exact denoiser.
    pub epsilon: f64,
    /// Whether it errs only while both tokens are masked.
    pub early_error: bool,
    /// How many particles.
    pub particles: usize,
    /// Seed of particles and training.
    pub seed: u64,
    /// Training.
    pub train: TrainConfig,
    /// What the panes show.
    pub views: [View; 4],
    /// How many panes, 1..=4.
    pub panes: usize,
    /// Part of the divergence.
    pub divergence: DivergencePart,
    /// Colour scales.
    pub scale: ScaleMode,
    /// Arrows of every state, for a small K.
    pub moves: Moves,
    /// Which curves of TV against NFE are drawn.
    pub curves: CurveChoice,
    /// The timeline's axis.
    pub axis: TimeAxis,
    /// Times the normal speed.
    pub speed: f64,
    /// Start over at the end.
    pub looped: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            flow: FlowSpec { k: Some(64), ..FlowSpec::default() },
            sampler: SamplerConfig::default(),
            corrector_on: false,
            corrector: Corrector::IMAGES,
            show: Show::Exact,
            epsilon: 0.0,
            early_error: false,
            particles: 3000,
            seed: 0,
            train: TrainConfig::default(),
            views: [View::Mass, View::Divergence, View::Currents, View::Particles],
            panes: 4,
            divergence: DivergencePart::Total,
            scale: ScaleMode::Fixed,
            moves: Moves::Off,
            curves: CurveChoice::default(),
            axis: TimeAxis::T,
            speed: 1.0,
            looped: true,
        }
    }
}

impl Settings {
    /// How the timeline plays.
    pub fn pace(&self) -> Pace {
        Pace { axis: self.axis, speed: self.speed, looped: self.looped }
    }

    /// Lets the timeline play so.
    pub fn set_pace(&mut self, pace: Pace) {
        (self.axis, self.speed, self.looped) = (pace.axis, pace.speed, pace.looped);
    }

    /// Checks every range, for settings that come from a file.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, SpecError> {
        let range = |what, given: f64, fits, expected| {
            if fits { Ok(()) } else { Err(FlowError::Range { what, given, expected }) }
        };
        let (epsilon, speed, particles, panes) = (self.epsilon, self.speed, self.particles, self.panes);
        self.flow.clone().validated()?;
        self.sampler.validated()?;
        self.corrector.validated()?;
        self.train.validated()?;
        for scheduler in &self.curves.schedulers {
            scheduler.validated()?;
        }
        for corrector in &self.curves.correctors {
            corrector.validated()?;
        }
        let curves = [self.curves.methods.len(), self.curves.schedulers.len(), self.curves.correctors.len()];
        let most = curves.into_iter().max().unwrap_or(0);
        range("compared curves", most as f64, most <= 16, "at most 16 methods, schedulers or correctors")?;
        range("error epsilon", epsilon, (0.0..=1.0).contains(&epsilon), "a number from 0 to 1")?;
        range("speed", speed, (0.01..=100.0).contains(&speed), "a number from 0.01 to 100")?;
        let some = (1..=10_000_000).contains(&particles);
        range("particles", particles as f64, some, "a whole number from 1 to 10000000")?;
        range("panes", panes as f64, (1..=4).contains(&panes), "a whole number from 1 to 4")?;
        Ok(self)
    }

    /// The sampler with the corrector as it is switched, and without what its method or the path has no use for.
    pub fn effective_sampler(&self) -> SamplerConfig {
        let corrector = if self.corrector_on { self.corrector } else { Corrector::OFF };
        let config = SamplerConfig { corrector, ..self.sampler }.effective();
        match self.flow.conditional {
            ConditionalPath::Metric(_) => {
                SamplerConfig { corrector: Corrector::OFF, sweeps: Sweeps::default(), ..config }
            }
            _ => config,
        }
    }

    /// The denoiser that is shown.
    pub fn denoiser(&self) -> DenoiserSpec {
        match self.show {
            Show::Learned => DenoiserSpec::Checkpoint(NETWORK_FILE.into()),
            Show::Exact => self.exact_denoiser(),
        }
    }

    /// The exact denoiser with the error that is set, whichever is shown. Where nothing is revealed no error is early.
    pub fn exact_denoiser(&self) -> DenoiserSpec {
        match self.epsilon {
            0.0 => DenoiserSpec::Oracle,
            epsilon if self.early_error && self.reveals() => DenoiserSpec::NoisyEarly(epsilon),
            epsilon => DenoiserSpec::Noisy(epsilon),
        }
    }

    /// What the frames of a run must hold for the views that are shown.
    pub fn extras(&self) -> Extras {
        self.views[..self.panes].iter().fold(Extras::default(), |all, view| {
            let more = view.extras(self.show);
            Extras {
                net: all.net || more.net,
                displacement: all.displacement || more.displacement,
                posterior_error: all.posterior_error || more.posterior_error,
            }
        })
    }

    /// These settings beside others on the same screen: only what makes the experiment itself is kept, and all that both
    /// have in common (views, scales, clock, particles, seed, training) is taken from `other`.
    pub fn sharing(self, other: &Self) -> Self {
        let Self { flow, sampler, corrector_on, corrector, show, epsilon, early_error, .. } = self;
        Self { flow, sampler, corrector_on, corrector, show, epsilon, early_error, ..other.clone() }
    }

    /// Whether a token that is not the mask is known to be the datum's: then an error can be made early.
    pub fn reveals(&self) -> bool {
        self.flow.source == SourceSpec::Mask && self.flow.conditional == ConditionalPath::Mixture
    }

    /// Whether the flow can be trained with the generalised KL.
    pub fn takes_gkl(&self) -> bool {
        self.flow.conditional == ConditionalPath::Mixture
    }

    /// Whether the denoiser that is shown is the path's own posterior: then all that is left is the sampler's bias.
    pub fn is_perfect(&self) -> bool {
        self.show == Show::Exact && self.epsilon == 0.0 && self.sampler.temperature == 1.0
    }

    /// Whether all that a user sets is the same: the number of a kinetic-optimal scheduler follows from the source.
    pub fn is_set_as(&self, other: &Self) -> bool {
        let kinetic = |settings: &Self| matches!(settings.flow.scheduler, Scheduler::Kinetic(_));
        if self.flow.scheduler == other.flow.scheduler || !(kinetic(self) && kinetic(other)) {
            return self == other;
        }
        let mut same = self.clone();
        same.flow.scheduler = other.flow.scheduler;
        same == *other
    }

    /// The flow without its scheduler: what the path depends on.
    pub fn path_spec(&self) -> FlowSpec {
        FlowSpec { scheduler: Scheduler::default(), ..self.flow.clone() }
    }

    /// Puts settings right that contradict each other after a change: optimal transport has no meaning for a mask, nor a
    /// path but the mixture for some sources and couplings.
    pub fn reconcile(&mut self) {
        if self.flow.source == SourceSpec::Mask && matches!(self.flow.coupling, Coupling::OptimalTransport(_))
        {
            self.flow.coupling = Coupling::Independent;
        }
        let metric = matches!(self.flow.conditional, ConditionalPath::Metric(_));
        if self.flow.coupling != Coupling::Independent || (metric && self.flow.source != SourceSpec::Uniform)
        {
            self.flow.conditional = ConditionalPath::Mixture;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_source_drops_optimal_transport_and_nothing_else() {
        let mut settings = Settings::default();
        settings.flow.coupling = Coupling::OptimalTransport(0.05);
        settings.reconcile();
        assert_eq!(settings.flow.coupling, Coupling::OptimalTransport(0.05));
        settings.flow.source = SourceSpec::Mask;
        settings.reconcile();
        assert_eq!(settings.flow.coupling, Coupling::Independent);
        settings.flow.coupling = Coupling::Keep(0.3);
        settings.reconcile();
        assert_eq!(settings.flow.coupling, Coupling::Keep(0.3));
    }

    #[test]
    fn settings_survive_json_with_fields_missing_and_unknown_ones_ignored() {
        let mut settings = Settings { epsilon: 0.25, panes: 2, ..Settings::default() };
        settings.flow.scheduler = Scheduler::Hermite { a: 0.1, b: 2.7 };
        settings.flow.coupling = Coupling::Keep(0.3);
        let text = serde_json::to_string(&settings).expect("json");
        assert_eq!(serde_json::from_str::<Settings>(&text).expect("settings"), settings);
        let old = r#"{"panes": 3, "sampler": {"steps": 12}, "gone": {"since": 2}}"#;
        let read: Settings = serde_json::from_str(old).expect("settings");
        let mut expected = Settings { panes: 3, ..Settings::default() };
        expected.sampler.steps = 12;
        assert_eq!(read, expected);
    }

    #[test]
    fn values_out_of_range_are_refused_by_name() {
        for (bad, named) in [
            (r#"{"flow": {"k": 1000}}"#, "K = 1000"),
            (r#"{"flow": {"scheduler": "power:-1"}}"#, "power n = -1"),
            (r#"{"flow": {"coupling": "keep:2"}}"#, "rho = 2"),
            (r#"{"sampler": {"steps": 0}}"#, "steps = 0"),
            (r#"{"sampler": {"temperature": 9}}"#, "temperature = 9"),
            (r#"{"corrector": {"amplitude": -3}}"#, "corrector A = -3"),
            (r#"{"train": {"batch": 0}}"#, "batch = 0"),
            (r#"{"epsilon": 1.5}"#, "epsilon = 1.5"),
            (r#"{"speed": 0}"#, "speed = 0"),
            (r#"{"particles": 0}"#, "particles = 0"),
            (r#"{"panes": 5}"#, "panes = 5"),
        ] {
            let read = serde_json::from_str::<Settings>(bad).map_err(|e| e.to_string());
            let refused = read.and_then(|s| s.validated().map_err(|e| e.to_string())).expect_err(bad);
            assert!(refused.contains(named), "{bad}: {refused}");
        }
        assert!(Settings::default().validated().is_ok());
    }

    #[test]
    fn the_path_does_not_depend_on_the_scheduler() {
        let mut settings = Settings::default();
        let before = settings.path_spec();
        settings.flow.scheduler = Scheduler::Cosine;
        assert_eq!(settings.path_spec(), before);
    }
}
