//! What a network of images costs while it learns.

use crate::figure::{LinePlot, Look, Series};
use crate::view::{Chart, Entry, Table};

/// The loss of the batches and the bound on images held out, bits a token, over images seen.
pub fn losses_chart(batches: &[[f64; 2]], held_out: &[[f64; 2]]) -> Chart {
    let series = |label: &str, color, points: &[[f64; 2]]| Series {
        look: Some(Look { color, ..Look::default() }),
        ..Series::new(label, points.to_vec())
    };
    // Batches are too many to be marked, and a line from the first of them on.
    let batches_line = Series { dashed: true, ..series("batches", 0, batches) };
    let mut numbers = Table::new(&["of", "images", "bits_per_token"]);
    for (of, points) in [("batches", batches), ("held out", held_out)] {
        let row =
            |[images, bits]: &[f64; 2]| vec![of.to_owned().into(), (*images).into(), Entry::from(*bits)];
        numbers.rows.extend(points.iter().map(row));
    }
    let plot = LinePlot {
        title: "loss".to_owned(),
        x_label: "images seen".to_owned(),
        y_label: "bits a token".to_owned(),
        series: vec![batches_line, series("held out", 1, held_out)],
        ..LinePlot::default()
    };
    Chart { plot, numbers, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_a_line_and_bounds_are_marked() {
        let chart = losses_chart(&[[64.0, 6.0], [128.0, 5.0]], &[[100.0, 5.5]]);
        let [batches, held_out] = &chart.plot.series[..] else { panic!("two curves") };
        assert!(!batches.marked() && held_out.marked());
        assert_eq!(chart.read(96.0).iter().map(|r| r.at).collect::<Vec<_>>(), [[96.0, 5.5], [100.0, 5.5]]);
        assert_eq!(chart.numbers.to_csv().lines().last(), Some("held out,100,5.5"));
    }
}
