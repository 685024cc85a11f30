//! The whole density of a sampler, without particles: mass on fine cells, scattered to where a step's mean leads and blurred
//! by its noise (plane.md 7; scattering keeps mean and variance here, which the note's spreads by Δ²/6).

use super::linear::LinearStep;
use crate::denoiser::plane::Denoiser;
use crate::flow::plane::normal::between;
use crate::flow::vectorized;
use crate::sampler::SamplerError;
use ndarray::Array2;
use rayon::prelude::*;

/// Cells with less mass are carried along no further.
const EMPTY: f64 = 1e-10;

/// Cells that one thread works on at least.
const CELLS_AT_ONCE: usize = 4096;

/// Mass on n × n cells of \[−L, L\]², axis 0 first.
#[derive(Clone, Debug)]
pub struct MassRaster {
    side: usize,
    half_width: f64,
    mass: Vec<f64>,
}

impl MassRaster {
    /// N(0, sd² I).
    pub fn normal(side: usize, half_width: f64, sd: f64) -> Self {
        let edge = |i: usize| half_width * (2.0 * i as f64 / side as f64 - 1.0) / sd;
        let line: Vec<f64> = (0..side).map(|i| between(edge(i), edge(i + 1))).collect();
        let mass = line.iter().flat_map(|a| line.iter().map(move |b| a * b)).collect();
        Self { side, half_width, mass }
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

    /// The same mass on cells of half the width, smooth between the old ones; mass, mean and variance stay.
    pub fn halved(&self) -> Self {
        let n = self.side;
        // New centres lie a quarter of an old cell to the left or to the right of the old ones.
        let parts = [(shares(0.75), 2), (shares(0.25), 1)];
        let old = |new: usize| {
            let (shares, back) = parts[new % 2];
            let at = move |k: usize| (new / 2 + k).checked_sub(back).filter(|at| *at < n);
            (0..4).filter_map(move |k| Some((at(k)?, 0.5 * shares[k])))
        };
        let mut along = vec![0.0; 2 * n * n];
        for (row, out) in self.mass.chunks(n).zip(along.chunks_mut(2 * n)) {
            for (j, out) in out.iter_mut().enumerate() {
                *out = old(j).map(|(at, share)| share * row[at]).sum();
            }
        }
        let mut mass = vec![0.0; 4 * n * n];
        for (i, out) in mass.chunks_mut(2 * n).enumerate() {
            old(i).for_each(|(at, share)| axpy(out, &along[at * 2 * n..][..2 * n], share));
        }
        Self { side: 2 * n, half_width: self.half_width, mass }
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
                    for (column, mass) in cells.iter().enumerate().filter(|(_, mass)| mass.abs() > EMPTY) {
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
        let (half_width, per_cell) = (self.half_width, 1.0 / width);
        for (masses, x, y) in &parts {
            vectorized!(land(&mut mass, n, masses, [x, y], (half_width, per_cell)));
        }
        let variance = step.noise * step.noise / (width * width);
        self.mass = if variance > 0.0 { blurred(&mass, n, variance) } else { mass };
        Ok(())
    }
}

/// Adds masses where they land, in shares of the sixteen centres around.
#[inline(always)]
fn land(mass: &mut [f64], n: usize, masses: &[f64], [x, y]: [&[f64]; 2], (half_width, per_cell): (f64, f64)) {
    let most = n as f64 - 2.000_001;
    for (p, (x, y)) in masses.iter().zip(x.iter().zip(y)) {
        let [u, v] = [x, y].map(|x| ((x + half_width) * per_cell - 0.5).max(1.0).min(most));
        let (i, j) = (u as usize, v as usize);
        let (across, up) = (shares(u - i as f64), shares(v - j as f64));
        for (row, share) in across.into_iter().enumerate() {
            // Within the raster: both are at least one cell from its rim.
            if let Some(four) = mass[(i + row - 1) * n + j - 1..].first_chunk_mut::<4>() {
                let share = p * share;
                for k in 0..4 {
                    four[k] += share * up[k];
                }
            }
        }
    }
}

/// Below this variance, in cells², a normal law between three cells has its variance better than its values at their centres.
const NARROW: f64 = 0.5;

/// Half of a normal law on cells, from its middle on.
fn kernel(n: usize, variance: f64) -> Vec<f64> {
    if variance < NARROW {
        return vec![1.0 - variance, 0.5 * variance];
    }
    let radius = ((6.5 * variance.sqrt()).ceil() as usize).clamp(1, n);
    let mut kernel: Vec<f64> = (0..=radius).map(|k| (-0.5 * (k * k) as f64 / variance).exp()).collect();
    let total = kernel[0] + 2.0 * kernel[1..].iter().sum::<f64>();
    kernel.iter_mut().for_each(|k| *k /= total);
    kernel
}

/// Shares of the four centres around a point, `f` of the way from the second to the third: Monaghan's M4', which keeps mass,
/// mean and variance. Two of them are below 0.
#[inline(always)]
fn shares(f: f64) -> [f64; 4] {
    let near = |q: f64| 1.0 + q * q * (1.5 * q - 2.5);
    let far = |q: f64| 0.5 * (2.0 - q) * (2.0 - q) * (1.0 - q);
    [far(1.0 + f), near(f), near(1.0 - f), far(2.0 - f)]
}

/// Convolved with a normal law of this variance in cells², on both axes.
fn blurred(mass: &[f64], n: usize, variance: f64) -> Vec<f64> {
    let kernel = kernel(n, variance);
    let radius = kernel.len() - 1;
    // Rows without mass stay so.
    let is_full: Vec<bool> = mass.chunks(n).map(|row| row.iter().any(|m| m.abs() > EMPTY)).collect();
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
    fn shares_keep_mass_mean_and_variance() {
        for f in [0.0, 0.1, 0.37, 0.5, 0.9] {
            let shares = shares(f);
            let moment = |power: i32| {
                let of = |(k, share): (usize, &f64)| share * (k as f64 - 1.0 - f).powi(power);
                shares.iter().enumerate().map(of).sum::<f64>()
            };
            assert!((moment(0) - 1.0).abs() < 1e-14 && moment(1).abs() < 1e-14 && moment(2).abs() < 1e-14);
        }
    }

    #[test]
    fn a_halved_raster_is_the_same_law() {
        let coarse = MassRaster::normal(32, 4.0, 0.7);
        let halved = coarse.halved();
        let moments = |raster: &MassRaster| {
            let place = |i: usize| raster.width() * (i as f64 + 0.5) - raster.half_width;
            let all = |f: &dyn Fn(f64, f64) -> f64| {
                let cells = raster.mass.iter().enumerate();
                cells.map(|(k, m)| m * f(place(k / raster.side), place(k % raster.side))).sum::<f64>()
            };
            [all(&|_, _| 1.0), all(&|x, _| x), all(&|x, _| x * x), all(&|x, y| x * y)]
        };
        for (a, b) in moments(&coarse).into_iter().zip(moments(&halved)) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
        // And nearly what is exact on the finer cells.
        let exact = MassRaster::normal(64, 4.0, 0.7);
        let off: f64 = exact.mass.iter().zip(&halved.mass).map(|(a, b)| (a - b).abs()).sum();
        assert!(0.5 * off < 0.01, "{off}");
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
        // Shares below 0 are made up for by their neighbours.
        assert!(raster.mass.iter().all(|mass| *mass > -1e-4));
    }
}
