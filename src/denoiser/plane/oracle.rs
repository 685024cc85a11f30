//! The exact velocity of a flow as a denoiser.

use super::{Denoiser, DenoiserAt};
use crate::flow::FlowError;
use crate::flow::plane::{AffinePath, PlaneAt, PlaneFlow};

/// The perfect denoiser of a flow, whatever path that is on.
#[derive(Clone, Debug, PartialEq)]
pub struct Oracle {
    straight: PlaneFlow,
    ends: bool,
}

impl Oracle {
    /// Of `flow`.
    ///
    /// # Errors
    /// If the flow can't be put on the straight path: it can.
    pub fn new(flow: &PlaneFlow) -> Result<Self, FlowError> {
        let straight = flow.on(AffinePath::CondOt)?;
        let ends = straight.at(1.0).is_ok();
        Ok(Self { straight, ends })
    }

    /// The same flow on the straight path.
    pub fn straight(&self) -> &PlaneFlow {
        &self.straight
    }
}

impl Denoiser for Oracle {
    fn at(&self, t_star: f64) -> anyhow::Result<Box<dyn DenoiserAt + '_>> {
        Ok(Box::new(self.straight.at(t_star)?))
    }

    fn ends(&self) -> bool {
        self.ends
    }
}

impl DenoiserAt for PlaneAt<'_> {
    fn velocity(&self, x: [&[f64]; 2], v: [&mut [f64]; 2]) -> anyhow::Result<()> {
        PlaneAt::velocity(self, x, v);
        Ok(())
    }
}
