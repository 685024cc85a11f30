//! What a state says of each token: how likely it is from every value of the datum (math.md 15.1).

use crate::flow::{Kappa, SequenceSource};

/// e_i(v) = P(X_tⁱ = zⁱ | X₁ⁱ = v), \[N, K\], each row up to a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Emissions {
    values: usize,
    table: Vec<f64>,
}

impl Emissions {
    /// Any, \[N, K\] with K = `values`: a metric path's, a three-way path's.
    pub fn new(table: Vec<f64>, values: usize) -> Self {
        Self { values, table }
    }

    /// Of a `state` \[N\] on the mixture path at κ: from a mask source \[v = zⁱ\] where a token is seen and 1 where it is
    /// not, whatever κ is; from a uniform one (1−κ)/K + κ \[v = zⁱ\]. A `given` token is its value for certain.
    pub fn of(
        state: &[u16],
        given: Option<&[Option<u16>]>,
        source: SequenceSource,
        values: usize,
        kappa: Kappa,
    ) -> Self {
        let uniform = vec![1.0 / values as f64; values];
        let noise = match source {
            SequenceSource::Mask => None,
            SequenceSource::Uniform => Some(uniform.as_slice()),
        };
        Self::from_noise(state, given, noise, values, kappa)
    }

    /// The same from a source that is any `noise` p₀ \[K\], the same for every token, or the mask where there is none.
    pub fn from_noise(
        state: &[u16],
        given: Option<&[Option<u16>]>,
        noise: Option<&[f64]>,
        values: usize,
        kappa: Kappa,
    ) -> Self {
        let mut table = Vec::with_capacity(state.len() * values);
        for (i, &z) in state.iter().enumerate() {
            let given = given.and_then(|given| given[i]);
            let z = usize::from(given.unwrap_or(z));
            table.extend((0..values).map(|v| match (given, noise) {
                (None, None) if z >= values => 1.0,
                (None, Some(noise)) => kappa.complement * noise[z] + if v == z { kappa.value } else { 0.0 },
                _ => f64::from(v == z),
            }));
        }
        Self { values, table }
    }

    /// K.
    pub fn values(&self) -> usize {
        self.values
    }

    /// N.
    pub fn tokens(&self) -> usize {
        self.table.len() / self.values
    }

    /// e of a token, \[K\].
    pub fn of_token(&self, token: usize) -> &[f64] {
        &self.table[token * self.values..][..self.values]
    }
}
