//! Adam's rule for networks that are written out for the CPU (Kingma and Ba 2015).

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// Adam's rule in one step.
#[derive(Clone, Copy)]
pub(super) struct AdamRule {
    rate: f32,
    epsilon: f32,
}

impl AdamRule {
    /// Of step `number` ≥ 1, the corrections for the moments' start at 0 folded in.
    pub fn at(number: u64, learning_rate: f64) -> Self {
        let n = i32::try_from(number).unwrap_or(i32::MAX);
        let second = (1.0 - f64::from(BETA_2).powi(n)).sqrt();
        let rate = learning_rate * second / (1.0 - f64::from(BETA_1).powi(n));
        Self { rate: rate as f32, epsilon: (f64::from(EPSILON) * second) as f32 }
    }

    /// Moves the moments and returns what to subtract.
    #[inline(always)]
    pub fn update(self, first: &mut f32, second: &mut f32, gradient: f32) -> f32 {
        *first = BETA_1 * *first + (1.0 - BETA_1) * gradient;
        *second = BETA_2 * *second + (1.0 - BETA_2) * gradient * gradient;
        self.rate * *first / (second.sqrt() + self.epsilon)
    }
}
