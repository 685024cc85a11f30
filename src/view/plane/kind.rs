//! The views of the plane: what each shows, in which unit, and what it means.

use crate::flow::plane::PlaneFlow;
use serde::{Deserialize, Serialize};

/// What a pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaneView {
    /// p_t.
    #[default]
    Density,
    /// u as arrows.
    Velocity,
    /// −∂p/∂t = div(p u).
    Outflow,
    /// div u.
    Divergence,
    /// Learned − exact velocity.
    Miss,
    /// ∇ ln p as arrows.
    Score,
    /// tr Cov\[x₁ | x\].
    Spread,
    /// λ of jumps on the plane.
    JumpRate,
    /// J, where jumps on the plane land.
    Landing,
    /// Rates out of one cell, of the generator that the sampler follows.
    Rates,
    /// How well that generator solves the Kolmogorov forward equation.
    Residual,
    /// Samples where they are now.
    Particles,
    /// The ways of a few samples.
    Paths,
    /// The same over the straight pairs that the flow was made of.
    Pairs,
    /// One sample on its way.
    Slide,
    /// What a point may become.
    Fan,
    /// Mass of the cells of the grid that reads the target as tokens.
    BoardMass,
    /// −dp/dt of its cells.
    BoardOutflow,
    /// One particle that jumps between them.
    BoardJump,
    /// The ways of a few.
    BoardPaths,
    /// Rates out of one cell, as bars.
    BoardRates,
    /// The forward velocity as arrows.
    BoardForward,
    /// The backward velocity as arrows.
    BoardBackward,
}

/// How a view is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A heat map from 0 up.
    Heat,
    /// A heat map of both signs.
    Signed,
    /// Arrows over the density.
    Arrows,
    /// Something else over the density.
    Over,
}

impl PlaneView {
    /// All of them as a menu lists them.
    pub const GROUPS: [(&'static str, &'static [Self]); 5] = [
        ("Mass", &[Self::Density, Self::Outflow, Self::Spread]),
        ("Movement", &[Self::Velocity, Self::Score, Self::Divergence, Self::Miss]),
        ("Samples", &[Self::Particles, Self::Paths, Self::Pairs, Self::Slide, Self::Fan]),
        ("Generators", &[Self::JumpRate, Self::Landing, Self::Rates, Self::Residual]),
        (
            "The same on a grid",
            &[
                Self::BoardMass,
                Self::BoardOutflow,
                Self::BoardJump,
                Self::BoardPaths,
                Self::BoardRates,
                Self::BoardForward,
                Self::BoardBackward,
            ],
        ),
    ];

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Density => "density pₜ",
            Self::Velocity => "velocity u",
            Self::Outflow => "−∂p/∂t",
            Self::Divergence => "div u",
            Self::Miss => "learned − exact u",
            Self::Score => "score ∇ ln pₜ",
            Self::Spread => "doubt tr Cov[x₁|x]",
            Self::JumpRate => "jump rate λ",
            Self::Landing => "landing J",
            Self::Rates => "rates out of a cell",
            Self::Residual => "KFE residual",
            Self::Particles => "particles",
            Self::Paths => "trajectories",
            Self::Pairs => "pairs, trajectories",
            Self::Slide => "a particle slides",
            Self::Fan => "fan of a point",
            Self::BoardMass => "grid: mass pₜ",
            Self::BoardOutflow => "grid: −dp/dt",
            Self::BoardJump => "grid: a particle jumps",
            Self::BoardPaths => "grid: trajectories",
            Self::BoardRates => "grid: rates of a cell",
            Self::BoardForward => "grid: forward field",
            Self::BoardBackward => "grid: backward field",
        }
    }

    /// What it means.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Density => "The exact density of xₜ = α x₁ + σ x₀, probability per unit of area.",
            Self::Velocity => {
                "u(x) = E[α′x₁ + σ′x₀ | xₜ = x], where the flow carries a particle; over the density."
            }
            Self::Outflow => {
                "−∂p/∂t = div(p u): red where mass leaves, blue where it arrives, per unit of area and time. Its integral is 0."
            }
            Self::Divergence => {
                "div u, by which a small area grows per unit of time: blue where the flow gathers, red where it spreads."
            }
            Self::Miss => {
                "v − u, what a network’s velocity misses the exact one by: arrows, and their length as colour. Where there is hardly any \
                 mass it has seen nothing, and nothing is shown."
            }
            Self::Score => {
                "∇ ln pₜ, where the density rises steepest; over the density. An SDE adds it to its drift."
            }
            Self::Spread => {
                "tr Cov[x₁ | xₜ = x]: how far apart the data still are that this point may come from. ∇u and the least loss \
                 of a network follow from it."
            }
            Self::JumpRate => {
                "λ = [−∂p/∂t]₊/p, at which particles leave by jumps on the plane; they land where the density rises, blue in \
                 −∂p/∂t."
            }
            Self::Landing => {
                "J(y) = [∂p/∂t]₊ / ∫[∂p/∂t]₊, where particles land that jump on the plane, wherever they come from. The integral is \
                 how many jump per unit of time, the fewest that any jump process can make."
            }
            Self::Rates => {
                "Rates from the cell of the clicked point to every other one, of the generator that the sampler follows, on 24 × 24 \
                 cells: flow leads to one or two neighbours, noise to all four, jumps far away. Click to choose the cell."
            }
            Self::Residual => {
                "A P − dP/dt on 64 × 64 cells, as a share of the largest |dP/dt|, of the generator that the sampler follows: what the \
                 Kolmogorov forward equation says is 0. It is, to rounding, for flow, noise, jumps and all their mixtures."
            }
            Self::Pairs => {
                "The straight pairs of noise x₀ and datum x₁ that the flow is made of, which cross, and the ways of its first samples, \
                 which can not."
            }
            Self::Slide => {
                "One sample on its way over the density; its number is set on the right under one sample."
            }
            Self::Particles => {
                "Samples of the sampler that is set, from the same starts on all sides, over the density."
            }
            Self::Paths => "The ways of the first samples from x₀ on, up to now, over the density.",
            Self::Fan => {
                "Where the clicked point may come from: a ray to each component of the target, as wide as its probability \
                 P(component | x), and the mean x̂₁ of all of them, to which the velocity points. Click to choose the point."
            }
            Self::BoardMass => {
                "The same target and source read as two tokens: the mass of every state z on the discrete path with κ = t."
            }
            Self::BoardOutflow => {
                "−dp/dt of every state, the divergence of the discrete flow, on the same colours as the continuous one: mass \
                 of a cell per unit of time. Particles jump along a row or a column here, and slide there."
            }
            Self::BoardJump => {
                "One particle from the same start as the sample that slides, by the grid’s exact rates κ′/(1−κ)(p(x₁|z) − δ) with κ = t: \
                 it jumps along a row or a column, and keeps its place within the cells."
            }
            Self::BoardPaths => {
                "The ways of the first particles, from the same starts as the samples that slide: rows and columns."
            }
            Self::BoardRates => {
                "The rates out of the cell of the clicked point, as bars: along its row and its column, where the continuous flow has \
                 one arrow. Both grow like κ′/(1−κ). Click to choose the cell."
            }
            Self::BoardForward => {
                "How far κ′/(1−κ)(p(x₁|z) − δ) carries a particle of every cell on average. Forward and backward are two fields here, \
                 with one divergence; the continuous ones are one and the same."
            }
            Self::BoardBackward => {
                "How far κ′/κ(δ − p(x₀|z)) carries a particle of every cell on average: another field than the forward one, with the \
                 same divergence."
            }
        }
    }

    /// The unit of its values.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Density => "1 / area",
            Self::Velocity => "length / time",
            Self::Outflow => "1 / area / time",
            Self::Divergence | Self::JumpRate => "1 / time",
            Self::Score => "1 / length",
            Self::Spread => "length²",
            Self::Rates => "1 / time",
            Self::Residual => "of max |dP/dt|",
            Self::Landing => "1 / area",
            Self::Particles | Self::Paths | Self::Pairs | Self::Slide | Self::Fan => "1 / area",
            Self::BoardMass | Self::BoardJump | Self::BoardPaths | Self::BoardRates => "mass / area",
            Self::BoardForward | Self::BoardBackward | Self::Miss => "length / time",
            Self::BoardOutflow => "mass / area / time",
        }
    }

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Density => "density",
            Self::Velocity => "velocity",
            Self::Outflow => "outflow",
            Self::Divergence => "divergence",
            Self::Miss => "miss",
            Self::Score => "score",
            Self::Spread => "spread",
            Self::JumpRate => "jump-rate",
            Self::Landing => "landing",
            Self::Rates => "rates",
            Self::Residual => "residual",
            Self::Particles => "particles",
            Self::Paths => "paths",
            Self::Pairs => "pairs",
            Self::Slide => "slide",
            Self::Fan => "fan",
            Self::BoardMass => "board-mass",
            Self::BoardOutflow => "board-outflow",
            Self::BoardJump => "board-jump",
            Self::BoardPaths => "board-paths",
            Self::BoardRates => "board-rates",
            Self::BoardForward => "board-forward",
            Self::BoardBackward => "board-backward",
        }
    }

    /// How it is drawn.
    pub fn shown(self) -> Shown {
        match self {
            Self::Density
            | Self::Spread
            | Self::JumpRate
            | Self::Landing
            | Self::Rates
            | Self::Miss
            | Self::BoardMass => Shown::Heat,
            Self::Outflow | Self::Divergence | Self::Residual | Self::BoardOutflow => Shown::Signed,
            Self::Velocity | Self::Score | Self::BoardForward | Self::BoardBackward => Shown::Arrows,
            Self::Particles
            | Self::Paths
            | Self::Pairs
            | Self::Slide
            | Self::Fan
            | Self::BoardJump
            | Self::BoardPaths
            | Self::BoardRates => Shown::Over,
        }
    }

    /// Whether what lies below steps back: not below a single particle, which is shown where mass is.
    pub fn is_veiled(self) -> bool {
        matches!(self.shown(), Shown::Arrows | Shown::Over) && !matches!(self, Self::Slide | Self::BoardJump)
    }

    /// Whether it needs the flow to have a reading on a grid.
    pub fn is_of_board(self) -> bool {
        matches!(
            self,
            Self::BoardMass
                | Self::BoardOutflow
                | Self::BoardJump
                | Self::BoardPaths
                | Self::BoardRates
                | Self::BoardForward
                | Self::BoardBackward
        )
    }

    /// Why a flow has no such view, where the velocity of its pairs gives none (plane.md 3.3).
    pub fn without_score(self, flow: &PlaneFlow) -> Option<&'static str> {
        (self == Self::Score && !flow.is_independent()).then_some(
            "Pairs that are not independent have no score that the velocity gives: (tu − x)/(1−t) is that of independent ones \
             alone.",
        )
    }

    /// Whether it shows rates between cells.
    pub fn is_of_cells(self) -> bool {
        matches!(self, Self::Rates | Self::Residual)
    }

    /// Whether it depends on the generator that the sampler follows, not on the flow alone.
    pub fn is_of_generator(self) -> bool {
        self.is_of_cells()
    }

    /// Whether it shows what a network says beside the exact values.
    pub fn needs_network(self) -> bool {
        self == Self::Miss
    }

    /// Whether who answers makes its arrows: the exact flow or a network.
    pub fn is_answered(self) -> bool {
        matches!(self, Self::Velocity | Self::Score)
    }

    /// Whether it shows samples.
    pub fn needs_run(self) -> bool {
        matches!(
            self,
            Self::Particles | Self::Paths | Self::Pairs | Self::Slide | Self::BoardJump | Self::BoardPaths
        )
    }

    /// The one whose heat map it lies over, or is.
    pub fn ground(self) -> Self {
        match self.shown() {
            Shown::Arrows | Shown::Over if self.is_of_board() => Self::BoardMass,
            Shown::Arrows | Shown::Over => Self::Density,
            _ => self,
        }
    }

    /// Whether all sides have one scale: not where what is looked at differs by orders of magnitude between them.
    pub fn is_shared(self) -> bool {
        !self.is_of_cells()
    }

    /// Views whose colours mean the same, so that several of them on the screen share one scale.
    pub fn is_on_one_scale_with(self, other: Self) -> bool {
        let class = |view: Self| match view.ground() {
            Self::BoardMass => Self::Density,
            Self::BoardOutflow => Self::Outflow,
            view => view,
        };
        class(self) == class(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_is_in_the_menu_once_and_has_its_name() {
        let all: Vec<PlaneView> =
            PlaneView::GROUPS.iter().flat_map(|(_, views)| views.iter().copied()).collect();
        assert_eq!(all.len(), 23);
        for view in &all {
            let text = serde_json::to_string(view).expect("text");
            assert_eq!(text.trim_matches('"'), view.name());
            assert_eq!(all.iter().filter(|other| *other == view).count(), 1);
            assert!(view.ground().is_on_one_scale_with(*view));
        }
        assert!(PlaneView::Outflow.is_on_one_scale_with(PlaneView::BoardOutflow));
        assert!(!PlaneView::Outflow.is_on_one_scale_with(PlaneView::Divergence));
    }
}
