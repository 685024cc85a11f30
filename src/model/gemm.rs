//! Products of matrices on the CPU, in 32-bit numbers: blocked for registers and the first-level cache.

use pulp::{Simd, WithSimd};

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

    fn resize(&mut self, k: usize, n: usize) {
        (self.k, self.n) = (k, n);
        self.data.resize(n.div_ceil(PANEL) * k * PANEL, 0.0);
    }
}

/// c \[m, n\] = start + a · b. Every entry is summed in the same order whatever m and n are.
pub fn multiply(a: Left<'_>, b: &Packed, start: Start<'_>, c: &mut [f32]) {
    let arch = pulp::Arch::new();
    let product = Product { a, b, start, c };
    #[cfg(target_arch = "x86_64")]
    if let (pulp::Arch::Scalar, Some(avx2)) = (arch, pulp::x86::V3::try_new()) {
        return Simd::vectorize(avx2, product);
    }
    arch.dispatch(product);
}

struct Product<'a, 'b> {
    a: Left<'a>,
    b: &'a Packed,
    start: Start<'a>,
    c: &'b mut [f32],
}

impl WithSimd for Product<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { a, b, start, c } = self;
        let (k, n) = (b.k, b.n);
        let m = c.len() / n.max(1);
        match start {
            Start::Zero => c.fill(0.0),
            Start::Present => {}
            Start::Row(row) => c.chunks_exact_mut(n).for_each(|c| c.copy_from_slice(row)),
        }
        let mut strip = vec![0.0; 8 * k];
        let mut first = 0;
        // Eight rows fill the registers of AVX-512, four those of the others.
        if S::F32_LANES == 16 {
            while first + 8 <= m {
                rows::<S, 8>(simd, a, first, m, b, &mut strip, c);
                first += 8;
            }
        }
        while first + 4 <= m {
            rows::<S, 4>(simd, a, first, m, b, &mut strip, c);
            first += 4;
        }
        while first < m {
            rows::<S, 1>(simd, a, first, m, b, &mut strip, c);
            first += 1;
        }
    }
}

/// R rows of the product, from row `first` of `m`; `strip` is room for 8 k numbers.
#[inline(always)]
fn rows<S: Simd, const R: usize>(
    simd: S,
    a: Left<'_>,
    first: usize,
    m: usize,
    b: &Packed,
    strip: &mut [f32],
    c: &mut [f32],
) {
    let k = b.k;
    match a {
        Left::Rows(a) => {
            let rows: [&[f32]; R] = std::array::from_fn(|r| &a[(first + r) * k..][..k]);
            panels::<S, R>(simd, |l| std::array::from_fn(|r| rows[r][l]), first, b, c);
        }
        Left::Columns(a) => {
            // The columns lie apart; copied together they are read once for all panels.
            let strip = &mut strip.as_chunks_mut::<R>().0[..k];
            for (to, row) in strip.iter_mut().zip(a.chunks_exact(m)) {
                to.copy_from_slice(&row[first..][..R]);
            }
            panels::<S, R>(simd, |l| strip[l], first, b, c);
        }
    }
}

/// R rows given as what step `l` of the sum multiplies them with.
#[inline(always)]
fn panels<S: Simd, const R: usize>(
    simd: S,
    left: impl Fn(usize) -> [f32; R],
    first: usize,
    b: &Packed,
    c: &mut [f32],
) {
    let block = VECTORS * S::F32_LANES;
    for (panel, columns) in b.data.chunks_exact((b.k * PANEL).max(1)).enumerate() {
        for part in 0..PANEL / block {
            let start = panel * PANEL + part * block;
            if start >= b.n {
                break;
            }
            let sums = kernel(simd, &left, &columns.as_chunks::<PANEL>().0[..b.k], part);
            let width = block.min(b.n - start);
            for (r, sums) in sums.iter().enumerate() {
                let sums: &[f32] = bytemuck::cast_slice(sums);
                let c = &mut c[(first + r) * b.n + start..][..width];
                c.iter_mut().zip(sums).for_each(|(c, sum)| *c += sum);
            }
        }
    }
}

/// Σ_l left(l) · columns\[l, part\].
#[inline(always)]
fn kernel<S: Simd, const R: usize>(
    simd: S,
    left: &impl Fn(usize) -> [f32; R],
    columns: &[[f32; PANEL]],
    part: usize,
) -> [[S::f32s; VECTORS]; R] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; R];
    for (l, right) in columns.iter().enumerate() {
        let right: &[S::f32s] = S::as_simd_f32s(right).0;
        let right: [S::f32s; VECTORS] = std::array::from_fn(|v| right[part * VECTORS + v]);
        for (sums, left) in sums.iter_mut().zip(left(l)) {
            let left = simd.splat_f32s(left);
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = simd.mul_add_e_f32s(left, right, *sum);
            }
        }
    }
    sums
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
