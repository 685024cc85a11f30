//! Denoisers on the plane: anything that answers v(x̃, t*) of the straight path, from which all predictions follow
//! (plane.md 3.1).

mod latents;
mod oracle;

pub use oracle::Oracle;

/// Answers in the coordinates of the one map: x̃ = x/(α+σ) and t* = α/(α+σ), never t, so that one network serves every path
/// and every sampler. x̂₁ = x̃ + (1−t*)v, x̂₀ = x̃ − t*v.
pub trait Denoiser: Sync {
    /// What it knows at t* in \[0, 1\]: asked once for many points.
    ///
    /// # Errors
    /// If there is no answer at this t*, for example at t* = 1 for points without width, or the computation fails.
    fn at(&self, t_star: f64) -> anyhow::Result<Box<dyn DenoiserAt + '_>>;

    /// Whether there is an answer at t* = 1. Where there is none, the last step of every method is Euler's, which lands on
    /// x̂₁.
    fn ends(&self) -> bool {
        true
    }
}

/// One that several ask.
impl<D: Denoiser + Send> Denoiser for std::sync::Arc<D> {
    fn at(&self, t_star: f64) -> anyhow::Result<Box<dyn DenoiserAt + '_>> {
        (**self).at(t_star)
    }

    fn ends(&self) -> bool {
        (**self).ends()
    }
}

/// A [`Denoiser`] at one t*.
pub trait DenoiserAt: Sync {
    /// v at the points (x̃, ỹ) into `v`; all slices have the same length.
    ///
    /// # Errors
    /// If the computation fails, for example on a lost device.
    fn velocity(&self, x: [&[f64]; 2], v: [&mut [f64]; 2]) -> anyhow::Result<()>;

    /// The same for the particles of a run, of which these are those from number `first` on: the answer may depend on who
    /// asks.
    ///
    /// # Errors
    /// As those of [`Self::velocity`].
    fn velocity_from(&self, first: usize, x: [&[f64]; 2], v: [&mut [f64]; 2]) -> anyhow::Result<()> {
        let _ = first;
        self.velocity(x, v)
    }
}

/// Answers D(x, T, z) of x = y + T n for a latent code z, or without one (plane.md 6).
pub trait LatentDenoiser: Sync {
    /// How many codes there are.
    fn codes(&self) -> usize;

    /// D at the points (x, y) and the noise level T > 0 into `d`; all slices have the same length.
    fn denoised(&self, level: f64, code: Option<usize>, x: [&[f64]; 2], d: [&mut [f64]; 2]);

    /// v of the straight path at the points x̃ into `v`, for t* in (0, 1), or up to 1 where there is an answer at its end. D is
    /// x̂₁ = x̃ + (1−t*)v at x = x̃/t* and T = (1−t*)/t* (plane.md 3.1).
    fn velocity(&self, t_star: f64, code: Option<usize>, x: [&[f64]; 2], v: [&mut [f64]; 2]) {
        let there = x.map(|x| x.iter().map(|x| x / t_star).collect::<Vec<f64>>());
        let [v1, v2] = v;
        self.denoised((1.0 - t_star) / t_star, code, [&there[0], &there[1]], [&mut *v1, &mut *v2]);
        for (v, x) in [v1, v2].into_iter().zip(x) {
            v.iter_mut().zip(x).for_each(|(v, x)| *v = (*v - x) / (1.0 - t_star));
        }
    }

    /// Whether there is a velocity at t* = 1, where D says nothing of it ([`Denoiser::ends`]).
    fn ends(&self) -> bool {
        false
    }
}
