//! Products of matrices on the CPU, in 32-bit numbers: blocked for registers and the first-level cache.

use crate::flow::vectors::with_vectors;
use pulp::{Simd, WithSimd};
use std::cell::RefCell;

/// Columns that are packed side by side.
const PANEL: usize = 32;
/// Vectors of a row that are held in registers.
const VECTORS: usize = 2;

/// A right factor \[k, n\], its columns in panels so that a product reads it from end to end.
#[derive(Default)]
pub struct Packed {
    k: usize,
    n: usize,
    /// \[panels, k, [`PANEL`]\], filled up with zeros.
    data: Vec<f32>,
}

/// A left factor \[m, k\].
#[derive(Clone, Copy)]
pub enum Left<'a> {
    /// Row after row.
    Rows(&'a [f32]),
    /// Column after column, i.e. the transpose of a \[k, m\] array.
    Columns(&'a [f32]),
}

/// What a product is added to.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// Nothing.
    Zero,
    /// What is there.
    Present,
    /// This row \[n\], in every row.
    Row(&'a [f32]),
    /// What is there, and this row.
    PresentAndRow(&'a [f32]),
}

impl Packed {
    /// Takes over a \[k, n\] array.
    pub fn pack(&mut self, values: &[f32], k: usize, n: usize) -> &Self {
        self.resize(k, n);
        for (panel, to) in self.data.chunks_exact_mut((k * PANEL).max(1)).enumerate() {
            let first = panel * PANEL;
            let width = PANEL.min(n - first);
            for (to, from) in to.chunks_exact_mut(PANEL).zip(values.chunks_exact(n)) {
                to[..width].copy_from_slice(&from[first..][..width]);
                to[width..].fill(0.0);
            }
        }
        self
    }

    /// Takes over the transpose of an \[n, k\] array.
    pub fn pack_transposed(&mut self, values: &[f32], k: usize, n: usize) -> &Self {
        self.resize(k, n);
        self.data.fill(0.0);
        for (row, from) in values.chunks_exact(k).enumerate() {
            let to = &mut self.data[row / PANEL * k * PANEL + row % PANEL..];
            for (to, from) in to.iter_mut().step_by(PANEL).zip(from) {
                *to = *from;
            }
        }
        self
    }

    /// Numbers that a \[k, n\] array becomes.
    pub fn room(k: usize, n: usize) -> usize {
        n.div_ceil(PANEL) * k * PANEL
    }

    fn resize(&mut self, k: usize, n: usize) {
        (self.k, self.n) = (k, n);
        self.data.resize(Self::room(k, n), 0.0);
    }
}

/// c \[m, n\] = start + a · b. Every entry is summed in the same order whatever m and n are.
pub fn multiply(a: Left<'_>, b: &Packed, start: Start<'_>, c: &mut [f32]) {
    let mut strips = STRIPS.take();
    strips.resize(strips.len().max(BLOCK * b.k), 0.0);
    with_vectors(Product { a, b, start, c, strips: &mut strips });
    STRIPS.set(strips);
}

struct Product<'a, 'b> {
    a: Left<'a>,
    b: &'a Packed,
    start: Start<'a>,
    c: &'b mut [f32],
    /// Room for [`BLOCK`] rows of the left factor.
    strips: &'b mut [f32],
}

impl WithSimd for Product<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { a, b, start, c, strips } = self;
        let m = c.len() / b.n.max(1);
        // Twelve rows fill the registers of AVX-512, six those of the others.
        if S::F32_LANES == 16 {
            rows::<S, 12>(simd, a, m, (b, start), strips, c);
        } else {
            rows::<S, 6>(simd, a, m, (b, start), strips, c);
        }
    }
}

/// Rows of the left factor at a time: with a panel of the right one they fit the second-level cache.
const BLOCK: usize = 96;

thread_local! {
    /// Kept from product to product.
    static STRIPS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// All `m` rows of the product, R at a time, and what is left one by one.
#[inline(always)]
fn rows<S: Simd, const R: usize>(
    simd: S,
    a: Left<'_>,
    m: usize,
    (b, start): (&Packed, Start<'_>),
    strips: &mut [f32],
    c: &mut [f32],
) {
    for first in (0..m).step_by(BLOCK) {
        let rows = BLOCK.min(m - first);
        let whole = rows / R * R;
        if let Left::Columns(_) = a {
            for (n, strip) in strips.chunks_exact_mut(R * b.k).take(rows / R).enumerate() {
                pack::<R>(a, first + n * R, m, strip);
            }
        }
        // A panel is read by all rows while it is near.
        for panel in 0..b.n.div_ceil(PANEL) {
            for n in 0..rows / R {
                let left = match a {
                    Left::Rows(a) => Strip::<R>::of_rows(a, first + n * R, b.k),
                    Left::Columns(_) => Strip::Packed(strips[n * R * b.k..][..R * b.k].as_chunks().0),
                };
                multiply_panel::<S, R>(simd, left, first + n * R, panel, (b, start), c);
            }
        }
        for row in first + whole..first + rows {
            let strip = &mut strips[..b.k];
            pack::<1>(a, row, m, strip);
            for panel in 0..b.n.div_ceil(PANEL) {
                let left = Strip::<1>::Packed(strip.as_chunks().0);
                multiply_panel::<S, 1>(simd, left, row, panel, (b, start), c);
            }
        }
    }
}

/// R rows of the left factor.
#[derive(Clone, Copy)]
enum Strip<'a, const R: usize> {
    /// As they are, each \[k\].
    Rows([&'a [f32]; R]),
    /// What each step of the sum multiplies with side by side, \[k, R\].
    Packed(&'a [[f32; R]]),
}

impl<'a, const R: usize> Strip<'a, R> {
    #[inline(always)]
    fn of_rows(a: &'a [f32], first: usize, k: usize) -> Self {
        Self::Rows(std::array::from_fn(|r| &a[(first + r) * k..][..k]))
    }
}

/// Rows of the left factor, what each step of the sum multiplies with side by side: \[k, R\].
#[inline(always)]
fn pack<const R: usize>(a: Left<'_>, first: usize, m: usize, strip: &mut [f32]) {
    let k = strip.len() / R;
    let strip = strip.as_chunks_mut::<R>().0;
    match a {
        Left::Rows(a) => {
            for r in 0..R {
                let row = &a[(first + r) * k..][..k];
                strip.iter_mut().zip(row).for_each(|(to, x)| to[r] = *x);
            }
        }
        Left::Columns(a) => {
            for (to, row) in strip.iter_mut().zip(a.chunks_exact(m)) {
                to.copy_from_slice(&row[first..][..R]);
            }
        }
    }
}

/// R rows of one panel of the product, from row `first`.
#[inline(always)]
fn multiply_panel<S: Simd, const R: usize>(
    simd: S,
    left: Strip<'_, R>,
    first: usize,
    panel: usize,
    (b, start): (&Packed, Start<'_>),
    c: &mut [f32],
) {
    let width_of_part = VECTORS * S::F32_LANES;
    let columns = b.data[panel * b.k * PANEL..][..b.k * PANEL].as_chunks::<PANEL>().0;
    for part in 0..PANEL / width_of_part {
        let column = panel * PANEL + part * width_of_part;
        if column >= b.n {
            break;
        }
        let sums = match left {
            Strip::Rows(rows) => kernel_of_rows::<S, R>(simd, rows, columns, part),
            Strip::Packed(strip) => kernel::<S, R>(simd, strip, columns, part),
        };
        let width = width_of_part.min(b.n - column);
        for (r, sums) in sums.iter().enumerate() {
            let sums: &[f32] = bytemuck::cast_slice(sums);
            let c = &mut c[(first + r) * b.n + column..][..width];
            match start {
                Start::Zero => c.copy_from_slice(&sums[..width]),
                Start::Present => c.iter_mut().zip(sums).for_each(|(c, sum)| *c += sum),
                Start::Row(row) => {
                    let row = &row[column..][..width];
                    c.iter_mut().zip(sums).zip(row).for_each(|((c, sum), start)| *c = start + sum);
                }
                Start::PresentAndRow(row) => {
                    let row = &row[column..][..width];
                    c.iter_mut().zip(sums).zip(row).for_each(|((c, sum), start)| *c = (*c + start) + sum);
                }
            }
        }
    }
}

/// Σ_l left\[l\] · columns\[l, part\].
#[inline(always)]
fn kernel<S: Simd, const R: usize>(
    simd: S,
    left: &[[f32; R]],
    columns: &[[f32; PANEL]],
    part: usize,
) -> [[S::f32s; VECTORS]; R] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; R];
    for (right, left) in columns.iter().zip(left) {
        add_product(simd, &mut sums, right, part, |r| left[r]);
    }
    sums
}

/// The same of rows.
#[inline(always)]
fn kernel_of_rows<S: Simd, const R: usize>(
    simd: S,
    rows: [&[f32]; R],
    columns: &[[f32; PANEL]],
    part: usize,
) -> [[S::f32s; VECTORS]; R] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; R];
    // So that no index has to be checked.
    let rows = rows.map(|row| &row[..columns.len()]);
    for (l, right) in columns.iter().enumerate() {
        add_product(simd, &mut sums, right, part, |r| rows[r][l]);
    }
    sums
}

/// One step of the sums.
#[inline(always)]
fn add_product<S: Simd, const R: usize>(
    simd: S,
    sums: &mut [[S::f32s; VECTORS]; R],
    right: &[f32; PANEL],
    part: usize,
    left: impl Fn(usize) -> f32,
) {
    let right: &[S::f32s] = S::as_simd_f32s(right).0;
    let right: [S::f32s; VECTORS] = std::array::from_fn(|v| right[part * VECTORS + v]);
    for (r, sums) in sums.iter_mut().enumerate() {
        let left = simd.splat_f32s(left(r));
        for (sum, right) in sums.iter_mut().zip(right) {
            *sum = simd.mul_add_e_f32s(left, right, *sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wavy(n: usize, step: f32) -> Vec<f32> {
        (0..n).map(|j| (j as f32 * step).sin()).collect()
    }

    #[test]
    fn products_of_any_size_are_right() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 2), (8, 16, 32), (13, 7, 33), (128, 128, 128), (41, 19, 70)] {
            let (a, b) = (wavy(m * k, 0.7), wavy(k * n, 1.3));
            let row = wavy(n, 0.2);
            let exact = |i: usize, j: usize| -> f64 {
                (0..k).map(|l| f64::from(a[i * k + l]) * f64::from(b[l * n + j])).sum()
            };
            let turned = |x: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..columns).flat_map(|j| (0..rows).map(move |i| x[i * columns + j])).collect()
            };
            let (columns, turned_b) = (turned(&a, m, k), turned(&b, k, n));
            let (mut plain, mut transposed) = (Packed::default(), Packed::default());
            plain.pack(&b, k, n);
            // A used buffer may hold anything.
            transposed.pack(&wavy(50 * 50, 0.3), 50, 50);
            transposed.pack_transposed(&turned_b, k, n);
            let mut found = Vec::new();
            for left in [Left::Rows(&a), Left::Columns(&columns)] {
                for right in [&plain, &transposed] {
                    let mut c = vec![7.0; m * n];
                    multiply(left, right, Start::Row(&row), &mut c);
                    found.push(c.clone());
                    multiply(left, right, Start::Zero, &mut c);
                    multiply(left, right, Start::Present, &mut c);
                    for (at, c) in c.iter().enumerate() {
                        let exact = 2.0 * exact(at / n, at % n);
                        assert!((f64::from(*c) - exact).abs() < 1e-4, "{m} {k} {n}");
                    }
                }
            }
            assert!(found.iter().all(|c| *c == found[0]), "the same order of sums");
            for (at, c) in found[0].iter().enumerate() {
                let exact = f64::from(row[at % n]) + exact(at / n, at % n);
                assert!((f64::from(*c) - exact).abs() < 1e-4, "{m} {k} {n}");
            }
        }
    }
}
