//! What a network sees of an image in which tokens are missing.
//!
//! Besides a pixel and its neighbours, each with a flag for what is known: averages of the known tokens around it at
//! several sizes, and how many there are. A layer of weights can't divide, and so could not make them; with them the first
//! guess of a missing token is right there.

use super::ImageNetConfig;
use crate::flow::Kappa;

/// Pixels on either side of the windows that averages are taken over.
pub(super) const REACHES: [usize; 3] = [1, 3, 7];
/// Numbers that κ becomes.
pub(super) const KAPPA_FEATURES: usize = 8;

/// Numbers a pixel.
pub(super) fn features(config: &ImageNetConfig) -> usize {
    let (d, t) = (config.coordinates, config.channels);
    (9 + REACHES.len()) * (d + t) + d
}

/// Room for the features of one image.
#[derive(Default)]
pub(super) struct Features {
    /// \[R², F\]
    pub rows: Vec<f32>,
    /// \[R², D\]: the average of the known around each pixel, over the smallest window that has any; 0 if nothing is known.
    pub base: Vec<f32>,
    /// \[R², D\]: coordinates, 0 where unknown.
    values: Vec<f32>,
    /// \[R², T\]: 1 where known.
    known: Vec<f32>,
    /// Running sums \[R + 1, R + 1\] of one of those times a flag, and of the flag.
    sums: [Vec<f32>; 2],
}

impl Features {
    /// Fills in those of `tokens` \[N\], of which K is the mask; `coordinates` \[K, D/T\] are those of a token's values.
    pub fn fill(&mut self, config: &ImageNetConfig, coordinates: &[f32], tokens: &[u16]) {
        let (r, d, t, f) = (config.side, config.coordinates, config.channels, features(config));
        let each = d / t;
        self.values.clear();
        self.known.clear();
        for &token in tokens {
            match coordinates.chunks_exact(each).nth(usize::from(token)) {
                Some(at) => {
                    self.values.extend_from_slice(at);
                    self.known.push(1.0);
                }
                None => {
                    self.values.extend(std::iter::repeat_n(0.0, each));
                    self.known.push(0.0);
                }
            }
        }
        self.rows.clear();
        self.rows.resize(r * r * f, 0.0);
        self.base.clear();
        self.base.resize(r * r * d, 0.0);
        self.neighbours(r, d, t, f);
        let averages = 9 * (d + t);
        for coordinate in 0..d {
            self.averages(r, d, t, f, coordinate, averages);
        }
        // How far the known ones are from their surroundings.
        let (values, known) = (self.values.chunks_exact(d), self.known.chunks_exact(t));
        let rest = self.rows.chunks_exact_mut(f).zip(self.base.chunks_exact(d));
        for ((row, base), (values, known)) in rest.zip(values.zip(known)) {
            for (n, out) in row[f - d..].iter_mut().enumerate() {
                *out = (values[n] - base[n]) * known[n / each];
            }
        }
    }

    /// A pixel and the eight around it: coordinates and flags.
    fn neighbours(&mut self, r: usize, d: usize, t: usize, f: usize) {
        for (pixel, row) in self.rows.chunks_exact_mut(f).enumerate() {
            let (y, x) = (pixel / r, pixel % r);
            for (n, to) in row[..9 * (d + t)].chunks_exact_mut(d + t).enumerate() {
                let (y, x) = ((y + n / 3).wrapping_sub(1), (x + n % 3).wrapping_sub(1));
                if y < r && x < r {
                    let from = y * r + x;
                    to[..d].copy_from_slice(&self.values[from * d..][..d]);
                    to[d..].copy_from_slice(&self.known[from * t..][..t]);
                }
            }
        }
    }

    /// The averages of one coordinate, from column `first` on.
    fn averages(&mut self, r: usize, d: usize, t: usize, f: usize, coordinate: usize, first: usize) {
        let token = coordinate * t / d;
        let [sums, counts] = &mut self.sums;
        for sums in [&mut *sums, &mut *counts] {
            sums.clear();
            sums.resize((r + 1) * (r + 1), 0.0);
        }
        for y in 0..r {
            let mut along = [0.0f32; 2];
            for x in 0..r {
                let pixel = y * r + x;
                along[0] += self.values[pixel * d + coordinate];
                along[1] += self.known[pixel * t + token];
                let at = (y + 1) * (r + 1) + x + 1;
                sums[at] = sums[at - r - 1] + along[0];
                counts[at] = counts[at - r - 1] + along[1];
            }
        }
        let within = |sums: &[f32], y: [usize; 2], x: [usize; 2]| {
            let at = |y: usize, x: usize| sums[y * (r + 1) + x];
            at(y[1], x[1]) - at(y[0], x[1]) - at(y[1], x[0]) + at(y[0], x[0])
        };
        let all = within(counts, [0, r], [0, r]);
        let of_all = if all > 0.5 { within(sums, [0, r], [0, r]) / all } else { 0.0 };
        for (pixel, row) in self.rows.chunks_exact_mut(f).enumerate() {
            let (y, x) = (pixel / r, pixel % r);
            let mut average = of_all;
            // From the largest window to the smallest: one that knows nothing takes over what the larger one says.
            for (n, reach) in REACHES.iter().enumerate().rev() {
                let ends = |at: usize| [at.saturating_sub(*reach), (at + reach + 1).min(r)];
                let (y, x) = (ends(y), ends(x));
                let count = within(counts, y, x);
                if count > 0.5 {
                    average = within(sums, y, x) / count;
                }
                let to = &mut row[first + n * (d + t)..][..d + t];
                to[coordinate] = average;
                to[d + token] = count / ((y[1] - y[0]) * (x[1] - x[0])) as f32;
            }
            self.base[pixel * d + coordinate] = average;
        }
    }
}

/// κ as a network is told it.
pub(super) fn kappa_features(kappa: Kappa) -> [f32; KAPPA_FEATURES] {
    let (k, c) = (kappa.value as f32, kappa.complement as f32);
    // Logarithms tell the ends apart, where posteriors change fastest.
    let log = |x: f32| 0.2 * (x + 1e-3).ln();
    let turn = std::f32::consts::PI * k;
    [k, c, log(k), log(c), turn.cos(), (2.0 * turn).cos(), (3.0 * turn).cos(), (4.0 * turn).cos()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::{TokenSpec, Tokenizer};
    use crate::flow::SequenceSource;

    #[test]
    fn averages_are_of_the_known_alone() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(5), 8, None).expect("a tokenizer");
        let config = ImageNetConfig::for_tokens(&tokenizer, 0, SequenceSource::Mask);
        let coordinates = [-1.0, -0.5, 0.0, 0.5, 1.0];
        let tokens: Vec<u16> = (0..192u16).map(|n| if n % 7 < 4 { 5 } else { (n * n / 3) % 5 }).collect();
        let mut found = Features::default();
        found.fill(&config, &coordinates, &tokens);
        let f = features(&config);
        assert_eq!((f, found.rows.len()), (75, 64 * 75));
        let at = |y: usize, x: usize, c: usize| tokens[(y * 8 + x) * 3 + c];
        for (y, x, c) in [(0, 0, 0), (3, 4, 1), (7, 2, 2)] {
            let mut before = None;
            for (n, reach) in REACHES.into_iter().enumerate().rev() {
                let near = |a: usize, b: usize| a.abs_diff(b) <= reach;
                let all: Vec<u16> = (0..64)
                    .filter(|p| near(p / 8, y) && near(p % 8, x))
                    .map(|p| at(p / 8, p % 8, c))
                    .collect();
                let known: Vec<f32> =
                    all.iter().filter(|v| **v < 5).map(|v| coordinates[usize::from(*v)]).collect();
                let row = &found.rows[(y * 8 + x) * f + 54 + n * 6..];
                let mean = known.iter().sum::<f32>() / known.len() as f32;
                if !known.is_empty() {
                    before = Some(mean);
                }
                assert!((row[c] - before.expect("something is known")).abs() < 1e-5);
                assert!((row[3 + c] - known.len() as f32 / all.len() as f32).abs() < 1e-5);
            }
            let base = found.base[(y * 8 + x) * 3 + c];
            assert!((base - before.expect("something is known")).abs() < 1e-5);
            let value = at(y, x, c);
            let expected = if value < 5 { coordinates[usize::from(value)] - base } else { 0.0 };
            assert!((found.rows[(y * 8 + x) * f + 72 + c] - expected).abs() < 1e-5);
        }
        // The neighbour above the first row is not there, the one to the right is.
        assert!(found.rows[..18].iter().all(|x| *x == 0.0));
        let right = &found.rows[5 * 6..6 * 6];
        assert_eq!(right[3], f32::from(u8::from(at(0, 1, 0) < 5)));
        found.fill(&config, &coordinates, &[5; 192]);
        assert!(found.rows.iter().chain(&found.base).all(|x| *x == 0.0), "nothing is known");
    }
}
