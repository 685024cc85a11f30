//! The whole density of a sampler, without particles: mass on fine cells, scattered to where a step's mean leads and blurred
//! by its noise (plane.md 7).

use super::linear::LinearStep;
use crate::denoiser::plane::Denoiser;
use crate::flow::plane::normal::between;
use crate::flow::vectorized;
use crate::sampler::SamplerError;
use ndarray::Array2;
use rayon::prelude::*;

/// Cells with less mass are carried along no further.
const EMPTY: f64 = 1e-13;

/// Cells that one thread works on at least.
const CELLS_AT_ONCE: usize = 4096;

/// Mass on n × n cells of \[−L, L\]², axis 0 first.
#[derive(Clone, Debug)]
pub struct MassRaster {
    side: usize,
    half_width: f64,
    mass: Vec<f64>,
    /// Σ\[Δ²/6 − s²\]₊ over the steps: the variance that scattering has added and no noise has covered. Refine until it is
    /// small beside the target's.
    pub added_variance: f64,
}

impl MassRaster {
    /// N(0, sd² I).
    pub fn normal(side: usize, half_width: f64, sd: f64) -> Self {
        let edge = |i: usize| half_width * (2.0 * i as f64 / side as f64 - 1.0) / sd;
        let line: Vec<f64> = (0..side).map(|i| between(edge(i), edge(i + 1))).collect();
        let mass = line.iter().flat_map(|a| line.iter().map(move |b| a * b)).collect();
        Self { side, half_width, mass, added_variance: 0.0 }
    }

    /// The width of a cell.
    pub fn width(&self) -> f64 {
        2.0 * self.half_width / self.side as f64
    }

    /// All mass that has not left the raster.
    pub fn total(&self) -> f64 {
        self.mass.iter().sum()
    }

    /// Mass on `bins` × `bins` equal cells of the same square; `bins` divides the raster's side.
    pub fn coarse(&self, bins: usize) -> Array2<f64> {
        let each = self.side / bins;
        let mut coarse = Array2::zeros((bins, bins));
        for (i, row) in self.mass.chunks(self.side).enumerate() {
            for (j, mass) in row.iter().enumerate() {
                coarse[[(i / each).min(bins - 1), (j / each).min(bins - 1)]] += mass;
            }
        }
        coarse
    }

    /// One step of everything.
    ///
    /// # Errors
    /// If the denoiser fails.
    pub fn step(&mut self, denoiser: &dyn Denoiser, step: &LinearStep) -> Result<(), SamplerError> {
        let (n, width) = (self.side, self.width());
        let centre = |i: usize| -self.half_width + width * (i as f64 + 0.5);
        let at = denoiser.at(step.t_star).map_err(SamplerError::Denoiser)?;
        // Where the mass of every cell goes, some rows at a time, only those that have any.
        let together = (CELLS_AT_ONCE / n).max(1);
        let parts: Result<Vec<_>, _> = self
            .mass
            .par_chunks(n * together)
            .enumerate()
            .map(|(part, cells)| {
                let (mut masses, mut x, mut y) = (Vec::new(), Vec::new(), Vec::new());
                for (row, cells) in cells.chunks(n).enumerate() {
                    let across = centre(part * together + row);
                    for (column, mass) in cells.iter().enumerate().filter(|(_, mass)| **mass > EMPTY) {
                        masses.push(*mass);
                        x.push(across * step.scale);
                        y.push(centre(column) * step.scale);
                    }
                }
                let (mut v1, mut v2) = (vec![0.0; x.len()], vec![0.0; x.len()]);
                if !x.is_empty() {
                    at.velocity([&x, &y], [&mut v1, &mut v2])?;
                }
                let keep = step.keep / step.scale;
                for (x, v) in [(&mut x, &v1), (&mut y, &v2)] {
                    x.iter_mut().zip(v).for_each(|(x, v)| *x = keep * *x + step.push * v);
                }
                anyhow::Ok((masses, x, y))
            })
            .collect();
        let parts = parts.map_err(SamplerError::Denoiser)?;
        let mut mass = vec![0.0; n * n];
        let landed = parts.iter().flat_map(|(masses, x, y)| masses.iter().zip(x.iter().zip(y)));
        for (p, (x, y)) in landed {
            // Cloud in cell: shares of the four centres around.
            let place = |x: f64| ((x + self.half_width) / width - 0.5).max(0.0).min(n as f64 - 1.000_001);
            let (u, v) = (place(*x), place(*y));
            let (i, j) = (u as usize, v as usize);
            let (fu, fv) = (u - i as f64, v - j as f64);
            let k = i * n + j;
            mass[k] += p * (1.0 - fu) * (1.0 - fv);
            mass[k + 1] += p * (1.0 - fu) * fv;
            mass[k + n] += p * fu * (1.0 - fv);
            mass[k + n + 1] += p * fu * fv;
        }
        // Scattering has blurred by Δ²/6 an axis already.
        let variance = step.noise * step.noise - width * width / 6.0;
        self.added_variance += (-variance).max(0.0);
        self.mass = if variance > 0.0 { blurred(&mass, n, variance / (width * width)) } else { mass };
        Ok(())
    }
}

/// Convolved with a normal law of this variance in cells², on both axes.
fn blurred(mass: &[f64], n: usize, variance: f64) -> Vec<f64> {
    let radius = ((6.5 * variance.sqrt()).ceil() as usize).clamp(1, n);
    let mut kernel: Vec<f64> = (0..=radius).map(|k| (-0.5 * (k * k) as f64 / variance).exp()).collect();
    let total = kernel[0] + 2.0 * kernel[1..].iter().sum::<f64>();
    kernel.iter_mut().for_each(|k| *k /= total);
    // Rows without mass stay so.
    let is_full: Vec<bool> = mass.chunks(n).map(|row| row.iter().any(|m| *m > EMPTY)).collect();
    let mut along = vec![0.0; n * n];
    let rows = along.par_chunks_mut(n).zip(mass.par_chunks(n)).zip(&is_full);
    rows.with_min_len(CELLS_AT_ONCE / n + 1).for_each(|((out, row), is_full)| {
        if *is_full {
            vectorized!({
                axpy(out, row, kernel[0]);
                for (k, weight) in kernel.iter().enumerate().skip(1).take(n - 1) {
                    axpy(&mut out[k..], &row[..n - k], *weight);
                    axpy(&mut out[..n - k], &row[k..], *weight);
                }
            });
        }
    });
    let mut across = vec![0.0; n * n];
    let rows = across.par_chunks_mut(n).enumerate();
    rows.with_min_len(CELLS_AT_ONCE / n + 1).for_each(|(i, out)| {
        vectorized!(for from in i.saturating_sub(radius)..(i + radius + 1).min(n) {
            if is_full[from] {
                axpy(out, &along[from * n..][..n], kernel[from.abs_diff(i)]);
            }
        });
    });
    across
}

/// out += weight · row.
#[inline(always)]
fn axpy(out: &mut [f64], row: &[f64], weight: f64) {
    for (out, x) in out.iter_mut().zip(row) {
        *out += weight * x;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::flow_of;
    use super::super::{PlaneMethod, PlaneSampler};
    use super::*;
    use crate::denoiser::plane::Oracle;
    use crate::flow::plane::Mixture;

    #[test]
    fn a_blur_adds_its_variance_and_keeps_the_mass() {
        let mut mass = vec![0.0; 64 * 64];
        mass[32 * 64 + 30] = 1.0;
        for variance in [0.3, 4.0, 16.0] {
            let out = blurred(&mass, 64, variance);
            assert!((out.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let moment = |f: fn(usize, usize) -> f64| {
                out.iter().enumerate().map(|(k, m)| m * f(k / 64, k % 64)).sum::<f64>()
            };
            assert!(
                (moment(|i, _| i as f64) - 32.0).abs() < 1e-9
                    && (moment(|_, j| j as f64) - 30.0).abs() < 1e-9
            );
            let found = moment(|i, _| (i as f64 - 32.0).powi(2));
            assert!((found - variance).abs() < 0.15 * variance.max(0.1), "{found} {variance}");
        }
    }

    #[test]
    fn masses_stay_on_the_raster() {
        let flow = flow_of(Mixture::ring());
        let oracle = Oracle::new(&flow).expect("an oracle");
        let steps =
            PlaneSampler::usual(PlaneMethod::Ddpm { tilde: true }, 10).linear_steps().expect("linear");
        let mut raster = MassRaster::normal(128, 5.5, 1.0);
        for step in &steps {
            raster.step(&oracle, step).expect("a step");
        }
        assert!((raster.total() - 1.0).abs() < 1e-4 && raster.coarse(32).sum() > 0.999);
        assert!(raster.added_variance > 0.0);
    }
}
