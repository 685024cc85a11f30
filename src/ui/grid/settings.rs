//! Everything a user can set in the grid lab.

use crate::data::{FlowSpec, SourceSpec};
use crate::flow::{Corrector, Coupling, Scheduler};
use crate::sampler::SamplerConfig;
use crate::train::TrainConfig;
pub use crate::view::{DivergencePart, ScaleMode, Show, View};

/// What the timeline runs along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeAxis {
    /// Time.
    #[default]
    T,
    /// κ: every scheduler then walks at the same speed.
    Kappa,
}

/// The lab's settings.
#[derive(Clone, Debug, PartialEq)]
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
            axis: TimeAxis::T,
            speed: 1.0,
            looped: true,
        }
    }
}

impl Settings {
    /// The sampler with the corrector as it is switched.
    pub fn effective_sampler(&self) -> SamplerConfig {
        let corrector = if self.corrector_on { self.corrector } else { Corrector::OFF };
        SamplerConfig { corrector, ..self.sampler }
    }

    /// Whether the denoiser that is shown is the path's own posterior: then all that is left is the sampler's bias.
    pub fn is_perfect(&self) -> bool {
        self.show == Show::Exact && self.epsilon == 0.0 && self.sampler.temperature == 1.0
    }

    /// The flow without its scheduler: what the path depends on.
    pub fn path_spec(&self) -> FlowSpec {
        FlowSpec { scheduler: Scheduler::default(), ..self.flow.clone() }
    }

    /// Puts settings right that contradict each other after a change: optimal transport has no meaning for a mask.
    pub fn reconcile(&mut self) {
        if self.flow.source == SourceSpec::Mask && matches!(self.flow.coupling, Coupling::OptimalTransport(_))
        {
            self.flow.coupling = Coupling::Independent;
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
    fn the_path_does_not_depend_on_the_scheduler() {
        let mut settings = Settings::default();
        let before = settings.path_spec();
        settings.flow.scheduler = Scheduler::Cosine;
        assert_eq!(settings.path_spec(), before);
    }
}
