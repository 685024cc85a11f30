//! A network as a denoiser: of the straight path, and with its codes of y + T n.

use super::PlaneNetwork;
use crate::denoiser::plane::{Denoiser, DenoiserAt, LatentDenoiser};

struct At<'a> {
    network: &'a PlaneNetwork,
    t_star: f64,
}

impl Denoiser for PlaneNetwork {
    /// Of a network with codes: told none.
    fn at(&self, t_star: f64) -> anyhow::Result<Box<dyn DenoiserAt + '_>> {
        Ok(Box::new(At { network: self, t_star }))
    }
}

impl DenoiserAt for At<'_> {
    fn velocity(&self, x: [&[f64]; 2], v: [&mut [f64]; 2]) -> anyhow::Result<()> {
        self.network.velocity_at(self.t_star, None, x, v);
        Ok(())
    }
}

impl LatentDenoiser for PlaneNetwork {
    fn codes(&self) -> usize {
        self.net().config().codes
    }

    /// x̃ = x/(1+T) and t* = 1/(1+T); D = x̂₁ = x̃ + (1−t*)v (plane.md 3.1).
    fn denoised(&self, level: f64, code: Option<usize>, x: [&[f64]; 2], d: [&mut [f64]; 2]) {
        let t_star = 1.0 / (1.0 + level);
        let [first, second] = x.map(|x| x.iter().map(|x| x * t_star).collect::<Vec<f64>>());
        let [d1, d2] = d;
        self.velocity_at(t_star, code, [&first, &second], [&mut *d1, &mut *d2]);
        for (d, x) in [(d1, &first), (d2, &second)] {
            d.iter_mut().zip(x).for_each(|(d, x)| *d = x + (1.0 - t_star) * *d);
        }
    }
}
