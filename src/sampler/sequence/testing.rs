//! The exact posterior of a grid as a denoiser of sequences of two tokens, so that both samplers can be compared.

use crate::denoiser::sequence::{SequenceAnswer, SequenceDenoiser, check_batch};
use crate::flow::categorical::sharpened_index_at;
use crate::flow::{Axis, GridPath, Kappa, SequenceSource};
use std::sync::Arc;

/// A grid path with the mask or the uniform source.
pub(super) struct OnGrid {
    pub path: Arc<GridPath>,
}

impl OnGrid {
    pub fn new(path: GridPath) -> Self {
        Self { path: Arc::new(path) }
    }
}

struct Answer {
    path: Arc<GridPath>,
    states: Vec<u16>,
    kappas: Vec<Kappa>,
}

impl SequenceDenoiser for OnGrid {
    fn tokens(&self) -> usize {
        2
    }

    fn values(&self) -> usize {
        self.path.data_tokens()
    }

    fn source(&self) -> SequenceSource {
        if self.path.has_mask() { SequenceSource::Mask } else { SequenceSource::Uniform }
    }

    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
        check_batch(self, states, kappas)?;
        Ok(Box::new(Answer { path: self.path.clone(), states: states.to_vec(), kappas: kappas.to_vec() }))
    }
}

impl SequenceAnswer for Answer {
    fn draw(&self, sequence: usize, token: usize, temperature: f64, u: f64) -> u16 {
        let mut p = vec![0.0; self.path.data_tokens()];
        self.distribution(sequence, token, &mut p);
        sharpened_index_at(&mut p, temperature, u) as u16
    }

    fn log_probability(&self, sequence: usize, token: usize, value: u16) -> f64 {
        let mut p = vec![0.0; self.path.data_tokens()];
        self.distribution(sequence, token, &mut p);
        p[usize::from(value)].ln()
    }

    fn distribution(&self, sequence: usize, token: usize, out: &mut [f64]) {
        let z = [0, 1].map(|i| usize::from(self.states[2 * sequence + i]));
        let kappa = if self.path.has_mask() { Kappa::new(0.5) } else { self.kappas[sequence] };
        let p = self.path.posterior_at(Axis::BOTH[token], z, kappa);
        out.iter_mut().zip(p).for_each(|(out, p)| *out = p);
    }
}
