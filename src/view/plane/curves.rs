//! Curves of a path over its time.

use crate::figure::{LinePlot, Series};
use crate::flow::plane::AffinePath;
use crate::view::{Chart, Table};

/// Points of a curve.
const POINTS: usize = 200;

/// α, σ/(largest σ) and t* over t.
pub fn path_chart(path: AffinePath) -> Chart {
    let most = path.at(0.0).sigma.max(1.0);
    let times = || (0..=POINTS).map(|n| n as f64 / POINTS as f64);
    let curve = |of: &dyn Fn(f64) -> f64| times().map(|t| [t, of(t)]).collect::<Vec<_>>();
    let sigma = if most > 1.0 { format!("σ / {most}") } else { "σ".to_owned() };
    let series = vec![
        Series::new("α", curve(&|t| path.at(t).alpha)),
        Series::new(sigma, curve(&|t| path.at(t).sigma / most)),
        Series { dashed: true, ..Series::new("t* = α/(α+σ)", curve(&|t| path.at(t).t_star())) },
    ];
    let rows = times().map(|t| {
        let point = path.at(t);
        vec![t, point.alpha, point.sigma, point.t_star()]
    });
    let numbers = Table::of_numbers(&["t", "alpha", "sigma", "t_star"], rows);
    let plot = LinePlot {
        title: format!("path {path}"),
        x_label: "t".to_owned(),
        y_label: "share".to_owned(),
        series,
        ..LinePlot::default()
    };
    Chart { plot, numbers, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_end_where_the_path_does() {
        for path in AffinePath::ALL {
            let chart = path_chart(path);
            let ends = chart.plot.series.iter().map(|series| series.points[POINTS][1]).collect::<Vec<_>>();
            assert_eq!(ends, [1.0, 0.0, 1.0], "{path}");
            assert_eq!(chart.numbers.rows.len(), POINTS + 1);
        }
    }
}
