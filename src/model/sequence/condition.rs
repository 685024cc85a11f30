//! What a network is told besides its tokens, κ and a class, on its way into the blocks and back.

use super::features::kappa_features;
use super::layout::{CONDITION, ConditionAt};
use crate::flow::Kappa;
use crate::flow::vectors::single::silu;

/// What κ and a class became.
#[derive(Default)]
pub(super) struct Condition {
    /// SiLU of it, \[[`CONDITION`]\], and its slope; empty where there is none.
    value: Vec<f32>,
    slope: Vec<f32>,
    gradient: Vec<f32>,
}

impl Condition {
    /// Takes in the row of a class in its table, and κ, by the parameters `values`.
    pub fn take(&mut self, values: &[f32], at: Option<&ConditionAt>, (row, kappa): (usize, Kappa)) {
        self.value.clear();
        let Some(ConditionAt { classes, kappa: at_kappa }) = at else { return };
        self.value.resize(CONDITION, 0.0);
        self.slope.resize(CONDITION, 0.0);
        if let Some(classes) = classes {
            self.value.copy_from_slice(&values[classes.clone()][row * CONDITION..][..CONDITION]);
        }
        if let Some(at) = at_kappa {
            add_to(&mut self.value, &values[at.bias.clone()], 1.0);
            let rows = values[at.weight.clone()].chunks_exact(CONDITION);
            rows.zip(kappa_features(kappa)).for_each(|(row, x)| add_to(&mut self.value, row, x));
        }
        for (x, slope) in self.value.iter_mut().zip(&mut self.slope) {
            (*x, *slope) = silu(*x);
        }
    }

    /// What blocks are told; none where there is nothing.
    pub fn value(&self) -> Option<&[f32]> {
        (!self.value.is_empty()).then_some(&self.value[..])
    }

    /// The same, empty where there is nothing, and the gradient by it, 0 yet.
    pub fn for_gradient(&mut self) -> (&[f32], &mut [f32]) {
        self.gradient.clear();
        self.gradient.resize(self.value.len(), 0.0);
        (&self.value, &mut self.gradient)
    }

    /// Adds the gradient by the parameters, from that by what blocks were told.
    pub fn give_back(&self, at: Option<&ConditionAt>, (row, kappa): (usize, Kappa), gradient: &mut [f32]) {
        let Some(ConditionAt { classes, kappa: at_kappa }) = at else { return };
        let slopes: Vec<f32> = self.gradient.iter().zip(&self.slope).map(|(g, s)| g * s).collect();
        if let Some(classes) = classes {
            add_to(&mut gradient[classes.clone()][row * CONDITION..][..CONDITION], &slopes, 1.0);
        }
        if let Some(at) = at_kappa {
            add_to(&mut gradient[at.bias.clone()], &slopes, 1.0);
            let rows = gradient[at.weight.clone()].chunks_exact_mut(CONDITION);
            rows.zip(kappa_features(kappa)).for_each(|(row, x)| add_to(row, &slopes, x));
        }
    }
}

fn add_to(to: &mut [f32], from: &[f32], times: f32) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += times * from);
}
