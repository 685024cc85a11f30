//! What a view is computed from, and its values.

use super::kind::{DivergencePart, Show, View};
use crate::figure::CellLayout;
use crate::flow::{Axis, Corrector, GridPath, Kappa, Scheduler};
use crate::sampler::grid::{Frame, FrameExtras, Trace};
use ndarray::Array2;

/// A run of the denoiser that is shown, as far as it has got.
#[derive(Clone, Copy, Debug)]
pub struct SampledRun<'a> {
    /// Its frames.
    pub trace: &'a Trace,
    /// The scheduler it ran with, which the present one may have left behind.
    pub scheduler: Scheduler,
    /// Of how many particles its pmf is the histogram, where the exact one would take too long.
    pub estimated_from: Option<usize>,
    /// No later time of it is shown: 1, or beside another run that has not got as far, that run's time.
    pub shown_to: f64,
}

impl<'a> SampledRun<'a> {
    /// Index of its frame that is shown at `t`: the last one at or before it.
    pub fn at(&self, t: f64) -> Option<usize> {
        self.trace.at(t.min(self.shown_to))
    }
}

/// What views are computed from.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The path.
    pub path: &'a GridPath,
    /// The scheduler.
    pub scheduler: Scheduler,
    /// The present time.
    pub t: f64,
    /// Which denoiser is shown.
    pub show: Show,
    /// The corrector, which the traffic counts.
    pub corrector: Corrector,
    /// Which part of the divergence.
    pub part: DivergencePart,
    /// The run, if there is one.
    pub run: Option<SampledRun<'a>>,
}

/// Why a view can't be shown.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ViewError {
    /// Its run has not reached the present time.
    #[error("sampling …")]
    NotYet,
    /// Sides that are to share a strip have other states.
    #[error("they have not the same states, such as a mask: they can't share a strip")]
    OtherStates,
    /// Rates are infinite.
    #[error("rates are infinite at t = 0 for {0}: move on a little")]
    InfiniteSlope(Scheduler),
    /// A strip would take too much memory.
    #[error("{frames} frames of {v} × {v} states are more than a strip holds: at most {most}")]
    TooLarge {
        /// Frames asked for.
        frames: usize,
        /// States along a side.
        v: usize,
        /// The most there can be.
        most: usize,
    },
}

/// Values and the time they belong to: the present one, or that of the run's last step before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment<T> {
    /// What was asked for.
    pub values: T,
    /// Their time.
    pub t: f64,
}

impl<'a> Scene<'a> {
    /// κ now.
    pub fn kappa(&self) -> Kappa {
        self.scheduler.at(self.t)
    }

    /// Where cells lie.
    pub fn layout(&self) -> CellLayout {
        CellLayout::new(self.path.data_tokens(), self.path.has_mask())
    }

    /// The run and its frame at or before now.
    ///
    /// # Errors
    /// If it has not got there, or there is none.
    pub fn frame(&self) -> Result<(SampledRun<'a>, &'a Frame), ViewError> {
        let (run, index) = self.frame_index()?;
        Ok((run, &run.trace.frames[index]))
    }

    /// The same with the number of the frame.
    pub(super) fn frame_index(&self) -> Result<(SampledRun<'a>, usize), ViewError> {
        let run = self.run.ok_or(ViewError::NotYet)?;
        Ok((run, run.at(self.t).ok_or(ViewError::NotYet)?))
    }

    /// The values of `view` on all states, \[V, V\]: what its colours show, or what lies behind its arrows or particles.
    ///
    /// # Errors
    /// If the run has not got there, or rates are infinite.
    pub fn values(&self, view: View) -> Result<Moment<Array2<f64>>, ViewError> {
        let now = |values| Moment { values, t: self.t };
        let learned = self.show == Show::Learned;
        match view {
            View::Mass => Ok(now(self.path.pmf(self.kappa()))),
            // Behind the particles lies the mass of their own time, not of the play-head's.
            View::Particles if !learned => {
                let (run, frame) = self.frame()?;
                Ok(Moment { values: self.path.pmf(run.scheduler.at(frame.t)), t: frame.t })
            }
            View::Currents | View::Displacement if !learned => Ok(now(self.path.pmf(self.kappa()))),
            View::Currents | View::Displacement | View::Particles | View::Sampled => {
                let (_, frame) = self.frame()?;
                Ok(Moment { values: frame.pmf.clone(), t: frame.t })
            }
            View::Difference => {
                let (run, frame) = self.frame()?;
                // The run may be of the scheduler before the present one: its time is its own scheduler's.
                Ok(Moment { values: &frame.pmf - &self.path.pmf(run.scheduler.at(frame.t)), t: frame.t })
            }
            View::Traffic => {
                let slope = self.finite_slope(self.scheduler, self.t)?;
                let (alpha, beta) = (self.corrector.alpha(self.t), self.corrector.beta(self.t));
                Ok(now(self.path.traffic(self.kappa(), alpha, beta) * slope))
            }
            View::PosteriorError => {
                let (frame, error) = self.extra(|extras| extras.posterior_error.as_ref())?;
                Ok(Moment { values: error.values.clone(), t: frame.t })
            }
            View::Divergence => {
                let Moment { values: PerAxis { axes, slope }, t } = self.inflow()?;
                let net = match self.part {
                    DivergencePart::Total => &axes[0] + &axes[1],
                    DivergencePart::First => axes[0].clone(),
                    DivergencePart::Second => axes[1].clone(),
                };
                Ok(Moment { values: net * -slope, t })
            }
        }
    }

    /// dp_t(z)/dt of one state now, exactly: inflow less outflow, infinite where κ' is.
    pub fn inflow_at(&self, z: [usize; 2]) -> f64 {
        let net: f64 = Axis::BOTH.iter().map(|axis| self.path.net_inflow_at(*axis, z, self.kappa())).sum();
        // Nothing times an infinite speed is still nothing.
        if net == 0.0 { 0.0 } else { net * self.scheduler.derivative(self.t) }
    }

    /// All flux now, moves that cancel and the corrector's included, per unit time; infinite where rates are.
    pub fn total_traffic(&self) -> f64 {
        self.values(View::Traffic).map_or(f64::INFINITY, |moment| moment.values.sum())
    }

    /// κ', where the rates are finite.
    fn finite_slope(&self, scheduler: Scheduler, t: f64) -> Result<f64, ViewError> {
        let slope = scheduler.derivative(t);
        let finite = slope.is_finite() && self.path.has_finite_slope(scheduler.at(t));
        if finite { Ok(slope) } else { Err(ViewError::InfiniteSlope(scheduler)) }
    }

    /// Something that the frames of the run hold if asked, of the last one at or before now that has it: a denoiser is
    /// not asked at t = 1.
    fn extra<T>(&self, pick: impl Fn(&'a FrameExtras) -> Option<T>) -> Result<(&'a Frame, T), ViewError> {
        let run = self.run.ok_or(ViewError::NotYet)?;
        let upto = run.at(self.t).map_or(0, |index| index + 1);
        let found =
            run.trace.frames[..upto].iter().rev().find_map(|frame| Some((&**frame, pick(&frame.extras)?)));
        found.ok_or(ViewError::NotYet)
    }

    /// Mean displacement per axis and unit of κ, exact or under the learned velocity, with κ'.
    pub(super) fn displacement(&self) -> Result<Moment<PerAxis>, ViewError> {
        if self.show == Show::Exact {
            let axes = Axis::BOTH.map(|axis| self.path.displacement(axis, self.kappa()));
            let slope = self.finite_slope(self.scheduler, self.t)?;
            return Ok(Moment { values: PerAxis { axes, slope }, t: self.t });
        }
        let scheduler = self.run.ok_or(ViewError::NotYet)?.scheduler;
        let (frame, arrows) = self.extra(|extras| extras.displacement.as_ref())?;
        let slope = self.finite_slope(scheduler, frame.t)?;
        Ok(Moment { values: PerAxis { axes: arrows.clone(), slope }, t: frame.t })
    }

    /// Net inflow per axis, exact or under the learned velocity.
    pub(super) fn inflow(&self) -> Result<Moment<PerAxis>, ViewError> {
        if self.show == Show::Exact {
            let axes = Axis::BOTH.map(|axis| self.path.net_inflow(axis, self.kappa()));
            let slope = self.finite_slope(self.scheduler, self.t)?;
            return Ok(Moment { values: PerAxis { axes, slope }, t: self.t });
        }
        let (run, frame) = self.frame()?;
        let slope = self.finite_slope(run.scheduler, frame.t)?;
        let net = frame.extras.net.as_ref().ok_or(ViewError::NotYet)?;
        Ok(Moment { values: PerAxis { axes: net.clone(), slope }, t: frame.t })
    }

    /// Edge currents per axis, exact or under the learned velocity.
    pub(super) fn currents(&self) -> Result<Moment<PerAxis>, ViewError> {
        if self.show == Show::Exact {
            let axes = Axis::BOTH.map(|axis| self.path.edge_current(axis, self.kappa()));
            let slope = self.finite_slope(self.scheduler, self.t)?;
            return Ok(Moment { values: PerAxis { axes, slope }, t: self.t });
        }
        let Moment { values: PerAxis { axes, slope }, t } = self.inflow()?;
        Ok(Moment { values: PerAxis { axes: self.path.edge_current_of(&axes), slope }, t })
    }
}

/// A field per axis and unit of κ, \[V, V\] each, with κ'.
pub(super) struct PerAxis {
    pub axes: [Array2<f64>; 2],
    pub slope: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;

    #[test]
    fn inflow_of_a_state_is_the_slope_of_its_mass_and_infinite_rates_are_said() {
        let spec = FlowSpec { k: Some(5), scheduler: Scheduler::Cubic, ..FlowSpec::default() };
        let path = spec.path().expect("path");
        let scene = |scheduler, t| Scene {
            path: &path,
            scheduler,
            t,
            show: Show::Exact,
            corrector: Corrector::OFF,
            part: DivergencePart::Total,
            run: None,
        };
        let (t, h) = (0.6, 1e-5);
        let mass = |t: f64| path.pmf(Scheduler::Cubic.at(t));
        let slope = (mass(t + h) - mass(t - h)) / (2.0 * h);
        for z in [[0, 0], [2, 3], [4, 1]] {
            assert!((scene(Scheduler::Cubic, t).inflow_at(z) - slope[z]).abs() < 1e-8, "{z:?}");
        }
        // Half of what is lost and won moves at least.
        let total = scene(Scheduler::Cubic, t).total_traffic();
        assert!(total.is_finite() && total >= 0.5 * slope.iter().map(|d| d.abs()).sum::<f64>());
        assert_eq!(scene(Scheduler::Power(0.5), 0.0).total_traffic(), f64::INFINITY);
    }
}
