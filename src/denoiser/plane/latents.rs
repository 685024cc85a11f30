//! The best denoiser of an encoder's table.

use super::LatentDenoiser;
use crate::flow::plane::Latents;

impl LatentDenoiser for Latents {
    fn codes(&self) -> usize {
        self.encoder().ncols()
    }

    fn denoised(&self, level: f64, code: Option<usize>, x: [&[f64]; 2], [d1, d2]: [&mut [f64]; 2]) {
        let points = x[0].iter().zip(x[1]);
        for ((x, y), (d1, d2)) in points.zip(d1.iter_mut().zip(d2)) {
            [*d1, *d2] = Latents::denoised(self, [*x, *y], level, code);
        }
    }
}
