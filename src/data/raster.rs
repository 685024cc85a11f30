//! Averages a picture down (or up) to the K×K grid with exact area weights.

use ndarray::Array2;

/// The mean of a `width`×`height` picture over each cell of the K×K grid laid over it, shape `[k, k]`.
///
/// The picture is stretched to the square. Its column goes to axis 0, and its row 0, the top, to the highest
/// index of axis 1. A pixel that lies on several cells counts in each by the area they share, so any size is
/// exact, larger or smaller than the grid. `row(y, values)` fills `values` (length `width`) with the
/// picture's row `y`; it is called once a row, from the top. Zeros stay exactly zero. `width`, `height` and
/// `k` are positive.
pub(super) fn area_average(
    width: usize,
    height: usize,
    k: usize,
    mut row: impl FnMut(usize, &mut [f64]),
) -> Array2<f64> {
    let mut grid = Array2::zeros((k, k));
    let mut values = vec![0.0; width];
    let mut cells = vec![0.0; k];
    for y in 0..height {
        row(y, &mut values);
        cells.fill(0.0);
        for (x, &value) in values.iter().enumerate() {
            if value != 0.0 {
                for (i, share) in overlaps(x, width, k) {
                    cells[i] += share * value;
                }
            }
        }
        for (j, share) in overlaps(y, height, k) {
            for (i, &cell) in cells.iter().enumerate() {
                grid[[i, k - 1 - j]] += share * cell;
            }
        }
    }
    // Shares are in units of 1/k of a pixel; a cell is width × height of those units.
    grid / (width as f64 * height as f64)
}

/// The cells that pixel `p` of `n` overlaps on an axis of `k` cells, and by how much, with a pixel `k` long
/// and a cell `n` long.
fn overlaps(p: usize, n: usize, k: usize) -> impl Iterator<Item = (usize, f64)> {
    let (start, end) = (p * k, (p + 1) * k);
    (start / n..end.div_ceil(n)).map(move |cell| {
        let share = end.min((cell + 1) * n) - start.max(cell * n);
        (cell, share as f64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    fn average(picture: &[Vec<f64>], k: usize) -> Array2<f64> {
        area_average(picture[0].len(), picture.len(), k, |y, values| {
            values.copy_from_slice(&picture[y]);
        })
    }

    #[test]
    fn columns_go_right_and_the_top_row_goes_up() {
        let grid = average(&[vec![1.0, 2.0], vec![3.0, 4.0]], 2);
        // Bottom left is (0, 0), top left (0, 1), bottom right (1, 0).
        assert_eq!(grid, array![[3.0, 1.0], [4.0, 2.0]]);
    }

    #[test]
    fn fractional_overlaps_count_by_area() {
        // Three columns on two cells: the middle one is shared half and half.
        let grid = average(&[vec![3.0, 6.0, 9.0]], 2);
        assert_eq!(grid, array![[4.0, 4.0], [8.0, 8.0]]);
        // One pixel fills any grid; two rows on three cells share the middle one.
        assert_eq!(average(&[vec![0.5]], 3), Array2::from_elem((3, 3), 0.5));
        let grid = average(&[vec![8.0], vec![2.0]], 3);
        assert_eq!(grid.row(0).to_vec(), vec![2.0, 5.0, 8.0]);
    }

    proptest! {
        #[test]
        fn the_mean_is_kept(
            (width, height, k) in (1usize..23, 1usize..23, 2usize..19),
            seed in proptest::collection::vec(0.0..1.0f64, 22 * 22),
        ) {
            let picture: Vec<Vec<f64>> = (0..height).map(|y| seed[y * 22..y * 22 + width].to_vec()).collect();
            let mean = picture.iter().flatten().sum::<f64>() / (width * height) as f64;
            let grid = average(&picture, k);
            prop_assert!((grid.mean().expect("cells") - mean).abs() < 1e-12);
        }
    }
}
