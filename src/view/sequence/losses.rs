//! What a network of images costs while it learns.

use crate::figure::{Dash, LinePlot, Look, Series};
use crate::view::{Chart, Key, Table};
use std::sync::Arc;

/// What a training run cost, over images seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunLosses {
    /// Its name.
    pub name: String,
    /// Its colour, which it keeps when others are hidden or gone.
    pub color: usize,
    /// Of the batches, bits a token.
    pub batches: Arc<Vec<[f64; 2]>>,
    /// The bound on images held out, bits a token.
    pub held_out: Vec<[f64; 2]>,
}

/// The loss of the batches and the bound on images held out, bits a token, over images seen: of one run in two colours, of
/// several in a colour each. `what` is seen: images, texts.
pub fn losses_chart(runs: &[RunLosses], what: &str) -> Chart {
    let several = runs.len() > 1;
    let (mut series, mut keys) = (Vec::new(), Vec::new());
    let columns: &[&str] = &["run", "of", what, "bits_per_token"];
    let mut numbers = Table::new(&columns[usize::from(!several)..]);
    for run in runs {
        let colors = if several { [run.color; 2] } else { [0, 1] };
        // Batches are too many to be marked, and a line from the first of them on.
        let curves = [("batches", &**run.batches, true), ("held out", &run.held_out, false)];
        for ((of, points, dashed), color) in curves.into_iter().zip(colors) {
            let dash = if several && dashed { Dash::Dotted } else { Dash::Solid };
            let label = if several { format!("{}: {of}", run.name) } else { of.to_owned() };
            let look = Some(Look { color, dash, ..Look::default() });
            series.push(Series { look, dashed, ..Series::new(label, points.to_vec()) });
            let name = several.then(|| run.name.clone().into());
            let row = |[images, bits]: &[f64; 2]| {
                name.clone()
                    .into_iter()
                    .chain([of.to_owned().into(), (*images).into(), (*bits).into()])
                    .collect()
            };
            numbers.rows.extend(points.iter().map(row));
        }
        keys.extend(several.then(|| Key::Color(run.color, run.name.clone())));
    }
    if several {
        keys.push(Key::Dash(Dash::Solid, "held out".to_owned()));
        keys.push(Key::Dash(Dash::Dotted, "batches".to_owned()));
    }
    let plot = LinePlot {
        title: "loss".to_owned(),
        x_label: format!("{what} seen"),
        y_label: "bits a token".to_owned(),
        series,
        ..LinePlot::default()
    };
    Chart { plot, numbers, keys, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, color: usize, batches: &[[f64; 2]], held_out: &[[f64; 2]]) -> RunLosses {
        let (name, batches) = (name.to_owned(), Arc::new(batches.to_vec()));
        RunLosses { name, color, batches, held_out: held_out.to_vec() }
    }

    #[test]
    fn losses_are_a_line_and_bounds_are_marked() {
        let chart = losses_chart(&[run("", 4, &[[64.0, 6.0], [128.0, 5.0]], &[[100.0, 5.5]])], "images");
        let [batches, held_out] = &chart.plot.series[..] else { panic!("two curves") };
        assert!(!batches.marked() && held_out.marked() && chart.keys.is_empty());
        assert_eq!(chart.read(96.0).iter().map(|r| r.at).collect::<Vec<_>>(), [[96.0, 5.5], [100.0, 5.5]]);
        assert_eq!(chart.numbers.to_csv().lines().last(), Some("held out,100,5.5"));
    }

    #[test]
    fn runs_beside_each_other_have_a_colour_and_a_name_each() {
        let narrow = run("width 16, slow", 1, &[[64.0, 6.0]], &[[100.0, 5.5]]);
        let chart = losses_chart(&[run("usual", 3, &[[64.0, 5.0]], &[]), narrow], "images");
        let of = |n: usize| (chart.plot.series[n].label.as_str(), chart.plot.series[n].look_at(n).color);
        assert_eq!([of(0), of(1)], [("usual: batches", 3), ("usual: held out", 3)]);
        assert_eq!([of(2), of(3)], [("width 16, slow: batches", 1), ("width 16, slow: held out", 1)]);
        assert!(chart.plot.series[3].marked() && !chart.plot.series[2].marked());
        assert_eq!(chart.keys.len(), 4);
        assert_eq!(
            chart.numbers.to_csv(),
            "run,of,images,bits_per_token\nusual,batches,64,5\n\"width 16, slow\",batches,64,6\n\
             \"width 16, slow\",held out,100,5.5\n"
        );
    }
}
