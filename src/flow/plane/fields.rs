//! What is known of a flow at many points at once, one array a quantity.

/// Exact values at n points: every array has length n. Rates are per unit of the path's own t.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    /// p_t(x).
    pub density: Vec<f64>,
    /// u_t(x) by coordinate.
    pub velocity: [Vec<f64>; 2],
    /// ∇ ln p_t(x).
    pub score: [Vec<f64>; 2],
    /// div u.
    pub divergence: Vec<f64>,
    /// ∂p/∂t = −div(pu).
    pub slope: Vec<f64>,
    /// x̂₁ = E\[x₁ | x_t = x\].
    pub one: [Vec<f64>; 2],
    /// x̂₀ = E\[x₀ | x_t = x\], the predicted noise.
    pub zero: [Vec<f64>; 2],
    /// tr Cov\[x₁ | x_t = x\].
    pub trace_cov: Vec<f64>,
}

/// The same at one point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PointFields {
    /// p_t(x).
    pub density: f64,
    /// u_t(x).
    pub velocity: [f64; 2],
    /// ∇ ln p_t(x).
    pub score: [f64; 2],
    /// div u.
    pub divergence: f64,
    /// ∂p/∂t.
    pub slope: f64,
    /// x̂₁.
    pub one: [f64; 2],
    /// x̂₀.
    pub zero: [f64; 2],
    /// tr Cov\[x₁ | x_t = x\].
    pub trace_cov: f64,
}

impl Fields {
    /// Of `n` points, all 0.
    pub fn zeros(n: usize) -> Self {
        let mut fields = Self::default();
        fields.resize(n);
        fields
    }

    /// Gives every array `n` entries. What was there before is of no meaning after.
    pub fn resize(&mut self, n: usize) {
        self.arrays().into_iter().for_each(|array| array.resize(n, 0.0));
    }

    /// How many points.
    pub fn len(&self) -> usize {
        self.density.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.density.is_empty()
    }

    fn arrays(&mut self) -> [&mut Vec<f64>; 12] {
        let Self { density, velocity, score, divergence, slope, one, zero, trace_cov } = self;
        let ([u1, u2], [s1, s2], [a1, a2], [b1, b2]) = (velocity, score, one, zero);
        [density, u1, u2, s1, s2, divergence, slope, a1, a2, b1, b2, trace_cov]
    }

    /// Those of point `n`.
    pub fn at(&self, n: usize) -> PointFields {
        let pair = |two: &[Vec<f64>; 2]| [two[0][n], two[1][n]];
        PointFields {
            density: self.density[n],
            velocity: pair(&self.velocity),
            score: pair(&self.score),
            divergence: self.divergence[n],
            slope: self.slope[n],
            one: pair(&self.one),
            zero: pair(&self.zero),
            trace_cov: self.trace_cov[n],
        }
    }

    /// Puts those of point `n`.
    pub fn set(&mut self, n: usize, values: &PointFields) {
        let put = |two: &mut [Vec<f64>; 2], value: [f64; 2]| {
            two[0][n] = value[0];
            two[1][n] = value[1];
        };
        put(&mut self.velocity, values.velocity);
        put(&mut self.score, values.score);
        put(&mut self.one, values.one);
        put(&mut self.zero, values.zero);
        self.density[n] = values.density;
        self.divergence[n] = values.divergence;
        self.slope[n] = values.slope;
        self.trace_cov[n] = values.trace_cov;
    }
}
