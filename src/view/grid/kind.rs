//! The views by name, and the few choices that change what they show.

use super::arrows::ArrowKind;
use crate::sampler::grid::Extras;
use serde::{Deserialize, Serialize};

/// Which denoiser moves the particles and makes the sampled fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Show {
    /// The closed form, with a dialled-in error.
    #[default]
    Exact,
    /// The trained network.
    Learned,
}

/// A picture of the state space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// p_t, exactly.
    Mass,
    /// −dp/dt.
    Divergence,
    /// Edge currents as arrows.
    Currents,
    /// Mean displacement by the flux, as arrows.
    Displacement,
    /// All flux out of a state.
    Traffic,
    /// Samples with trails.
    Particles,
    /// The pmf the sampler makes with the chosen denoiser.
    Sampled,
    /// That minus p_t.
    Difference,
    /// KL from the exact posterior to the denoiser's.
    PosteriorError,
}

impl View {
    /// All views in the order of the menu.
    pub const ALL: [Self; 9] = [
        Self::Mass,
        Self::Divergence,
        Self::Currents,
        Self::Displacement,
        Self::Traffic,
        Self::Particles,
        Self::Sampled,
        Self::Difference,
        Self::PosteriorError,
    ];

    /// Those of a menu under their headings, which say what they are about.
    pub const GROUPS: [(&'static str, &'static [Self]); 3] = [
        ("Fields", &[Self::Mass, Self::Divergence, Self::Currents, Self::Displacement, Self::Traffic]),
        ("Samples", &[Self::Particles, Self::Sampled]),
        ("Errors", &[Self::Difference, Self::PosteriorError]),
    ];

    /// The title, which says what moves the sampler.
    pub fn title(self, show: Show) -> &'static str {
        match (self, show) {
            (Self::Mass, _) => "probability mass pₜ",
            (Self::Divergence, _) => "divergence −dp/dt",
            (Self::Currents, _) => "currents",
            (Self::Displacement, _) => "mean displacement",
            (Self::Traffic, _) => "traffic",
            (Self::Particles, _) => "particles",
            (Self::Sampled, Show::Exact) => "sampler’s mass",
            (Self::Sampled, Show::Learned) => "learned mass",
            (Self::Difference, Show::Exact) => "sampler − exact",
            (Self::Difference, Show::Learned) => "learned − exact",
            (Self::PosteriorError, _) => "posterior error",
        }
    }

    /// What the values are, with their formula.
    pub fn meaning(self, show: Show) -> &'static str {
        match (self, show) {
            (Self::Mass, _) => {
                "pₜ(z) = (1−κ)² M₀₀ + κ(1−κ)(M₁₀ + M₀₁) + κ² M₁₁: exact, whatever denoiser is shown."
            }
            (Self::Divergence, Show::Exact) => {
                "Outflow minus inflow of the flux pₜ u, which is −dpₜ/dt. Exact."
            }
            (Self::Divergence, Show::Learned) => {
                "Outflow minus inflow under the network’s velocity at the sampler’s own mass."
            }
            (Self::Currents, _) => {
                "Net mass across the edges between neighbouring token values, per unit time (mean of a block of \
                 cells)."
            }
            (Self::Displacement, _) => {
                "A(z) = Σ (y − z) F(z→y): how far, in token values, and where the flux out of a state moves its mass \
                 (mean of a block of cells). All arrows together are d/dt E[X]."
            }
            (Self::Traffic, _) => {
                "Σ F(z→y): all flux out of a state per unit time, moves that cancel and the corrector’s included. \
                 Exact, whatever denoiser is shown."
            }
            (Self::Particles, _) => {
                "Independent samples and their last jumps. Each jump changes one token or both."
            }
            (Self::Sampled, Show::Exact) => {
                "The pmf this sampler produces with the exact denoiser, its error ε and temperature included: no \
                 Monte-Carlo noise."
            }
            (Self::Sampled, Show::Learned) => {
                "The pmf this sampler produces with the network: no Monte-Carlo noise."
            }
            (Self::Difference, Show::Exact) => {
                "Sampler’s mass minus pₜ: the bias of the steps, and of ε and temperature where they are set."
            }
            (Self::Difference, Show::Learned) => {
                "Learned mass minus pₜ: the network’s error and the steps’ bias."
            }
            (Self::PosteriorError, Show::Exact) => {
                "KL(exact posterior ‖ denoiser) in every state, nats, both tokens together: 0 unless an error ε is \
                 dialled in. Grey: pₜ = 0, there is no posterior."
            }
            (Self::PosteriorError, Show::Learned) => {
                "KL(exact posterior ‖ network) in every state, nats, both tokens together. Grey: pₜ = 0, there is no \
                 posterior."
            }
        }
    }

    /// Unit of the values, beside a colour bar.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Divergence => "1 / time",
            Self::Traffic => "mass / time",
            Self::PosteriorError => "nats",
            _ => "mass",
        }
    }

    /// Whether the values come from a run of the sampler. With the network shown all but the exact mass do.
    pub fn needs_run(self, show: Show) -> bool {
        matches!(self, Self::Sampled | Self::Difference | Self::Particles | Self::PosteriorError)
            || (show == Show::Learned && !matches!(self, Self::Mass | Self::Traffic))
    }

    /// What its arrows are, if it has arrows.
    pub fn arrows(self) -> Option<ArrowKind> {
        match self {
            Self::Currents => Some(ArrowKind::Current),
            Self::Displacement => Some(ArrowKind::Displacement),
            _ => None,
        }
    }

    /// What the frames of its run must hold.
    pub fn extras(self, show: Show) -> Extras {
        Extras {
            net: show == Show::Learned,
            displacement: self == Self::Displacement && show == Show::Learned,
            posterior_error: self == Self::PosteriorError,
        }
    }
}

/// Which part of the divergence is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DivergencePart {
    /// Both axes.
    #[default]
    Total,
    /// Moves of token 1 only.
    First,
    /// Moves of token 2 only.
    Second,
}

/// Whether colour scales hold still while time runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleMode {
    /// One scale for the whole path: frames can be compared.
    #[default]
    Fixed,
    /// Each frame uses the whole scale.
    PerFrame,
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn the_groups_hold_every_view_once_in_its_order() {
        let grouped: Vec<View> = View::GROUPS.iter().flat_map(|(_, views)| views.iter().copied()).collect();
        assert_eq!(grouped, View::ALL);
    }
}
