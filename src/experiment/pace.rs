//! How the timeline of a lab plays.

use crate::flow::Scheduler;
use serde::{Deserialize, Serialize};

/// What the timeline runs along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeAxis {
    /// Time.
    #[default]
    T,
    /// κ: every scheduler then walks at the same speed.
    Kappa,
}

/// How the timeline plays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// The timeline's axis.
    pub axis: TimeAxis,
    /// Times the normal speed.
    pub speed: f64,
    /// Start over at the end.
    pub looped: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { axis: TimeAxis::T, speed: 1.0, looped: true }
    }
}

/// Position on the axis of a time.
pub fn along(axis: TimeAxis, scheduler: Scheduler, t: f64) -> f64 {
    match axis {
        TimeAxis::T => t,
        TimeAxis::Kappa => scheduler.kappa(t),
    }
}

/// Time of a position on the axis.
pub fn time_at(axis: TimeAxis, scheduler: Scheduler, at: f64) -> f64 {
    match axis {
        TimeAxis::T => at.clamp(0.0, 1.0),
        TimeAxis::Kappa => scheduler.inverse(at.clamp(0.0, 1.0)).clamp(0.0, 1.0),
    }
}
