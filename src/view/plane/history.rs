//! One sample over time: smooth, rough, or in steps, and what it is taken for on its way.

use super::Tracks;
use crate::figure::{LinePlot, Look, Series};
use crate::flow::plane::{AffinePath, PlaneFlow};
use crate::view::{Chart, Entry, Table};

/// More moments of a sample than this are not looked up: a flow of many components takes a while for each.
const MOMENTS: usize = 160;

/// A run of one side.
#[derive(Clone, Copy)]
pub struct History<'a> {
    /// What the side is called.
    pub name: &'a str,
    /// Where its samples were.
    pub tracks: &'a Tracks,
    /// The path that they were on.
    pub path: AffinePath,
}

/// Time and place where all paths are one: t*, and x/(α+σ) (plane.md 3.1).
fn in_common(path: AffinePath, t: f64, x: [f64; 2]) -> (f64, [f64; 2]) {
    let point = path.at(t);
    (point.t_star(), x.map(|x| x / point.scale()))
}

/// Columns for time and place.
fn names(common: bool) -> [&'static str; 3] {
    if common { ["t_star", "x_scaled", "y_scaled"] } else { ["t", "x", "y"] }
}

/// The first coordinate of one sample of every side; along t, or where all paths are one, so that those of two paths lie on
/// each other.
pub fn history_chart(sides: &[History<'_>], sample: usize, common: bool) -> Chart {
    let [time, x, y] = names(common);
    let mut numbers = Table::new(&["side", time, x, y]);
    let mut series = Vec::new();
    for (n, History { name, tracks, path }) in sides.iter().enumerate() {
        let frames = tracks.times.iter().zip(&tracks.frames);
        let places = frames.filter_map(|(t, frame)| {
            let x = frame.get(sample)?.map(f64::from);
            Some(if common { in_common(*path, *t, x) } else { (*t, x) })
        });
        let places: Vec<(f64, [f64; 2])> = places.collect();
        numbers.rows.extend(places.iter().map(|(t, [x, y])| {
            std::iter::once(Entry::from((*name).to_owned())).chain([*t, *x, *y].map(Entry::from)).collect()
        }));
        let points = places.iter().map(|(t, [x, _])| [*t, *x]).collect();
        let look = Some(Look { color: n, ..Look::default() });
        series.push(Series { look, dashed: true, ..Series::new(*name, points) });
    }
    let [x_label, y_label] =
        if common { ["t*", "first coordinate / (α+σ)"] } else { ["t", "first coordinate"] };
    let plot = LinePlot {
        title: format!("sample {sample}"),
        x_label: x_label.to_owned(),
        y_label: y_label.to_owned(),
        series,
        ..LinePlot::default()
    };
    Chart { plot, numbers, ..Chart::default() }
}

/// x̂₁ and x̂₀ = ε̂ of one sample along its way, both coordinates; along t, or along t*. They are the same on all paths.
pub fn predictions_chart(flow: &PlaneFlow, tracks: &Tracks, sample: usize, common: bool) -> Chart {
    let [time, x, y] = names(common);
    let mut numbers = Table::new(&[time, x, y, "x1_x", "x1_y", "x0_x", "x0_y"]);
    let every = tracks.times.len().div_ceil(MOMENTS).max(1);
    let last = tracks.times.len().saturating_sub(1);
    let mut points: [Vec<[f64; 2]>; 4] = Default::default();
    for (n, (t, frame)) in tracks.times.iter().zip(&tracks.frames).enumerate() {
        let (Some(x), true) = (frame.get(sample), n % every == 0 || n == last) else { continue };
        let x = x.map(f64::from);
        // Points without width have no more to say at their end.
        let Ok(at) = flow.at(*t) else { continue };
        let known = at.point(x);
        let all = [known.one[0], known.one[1], known.zero[0], known.zero[1]];
        let (t, x) = if common { in_common(flow.path(), *t, x) } else { (*t, x) };
        points.iter_mut().zip(all).for_each(|(points, value)| points.push([t, value]));
        numbers.rows.push([t, x[0], x[1]].into_iter().chain(all).map(Entry::from).collect());
    }
    let names = ["x̂₁, first coordinate", "x̂₁, second", "x̂₀ = ε̂, first coordinate", "x̂₀ = ε̂, second"];
    let series = names.into_iter().zip(points).enumerate().map(|(n, (name, points))| {
        let dash = if n % 2 == 1 { crate::figure::Dash::Dashed } else { crate::figure::Dash::Solid };
        Series {
            look: Some(Look { color: n / 2, dash, ..Look::default() }),
            dashed: true,
            ..Series::new(name, points)
        }
    });
    let plot = LinePlot {
        title: format!("what sample {sample} is taken for"),
        x_label: if common { "t*" } else { "t" }.to_owned(),
        y_label: "prediction".to_owned(),
        series: series.collect(),
        ..LinePlot::default()
    };
    Chart { plot, numbers, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{Mixture, PlaneSource, PlaneTarget};

    fn tracks() -> Tracks {
        let frames = vec![vec![[1.0, 2.0]; 2], vec![[3.0, 4.0]; 2]];
        Tracks { times: vec![0.0, 1.0], frames, ..Tracks::default() }
    }

    #[test]
    fn a_history_is_that_of_one_sample_of_every_side() {
        let tracks = tracks();
        let of = |name| History { name, tracks: &tracks, path: AffinePath::CondOt };
        let chart = history_chart(&[of("A"), of("B")], 1, false);
        assert_eq!(chart.plot.series[1].points, [[0.0, 1.0], [1.0, 3.0]]);
        assert_eq!((chart.plot.series.len(), chart.numbers.rows.len()), (2, 4));
        assert!(history_chart(&[of("A")], 2, false).plot.series[0].points.is_empty());
    }

    #[test]
    fn one_sample_on_two_paths_has_one_history_where_they_are_one() {
        // x/(α+σ) over t* does not know which path it was.
        let along = |path: AffinePath| {
            let times = vec![path.time_of(0.2), path.time_of(0.7)];
            let frames = times.iter().map(|t| vec![[(0.8 * path.at(*t).scale()) as f32, 0.0]]).collect();
            Tracks { times, frames, ..Tracks::default() }
        };
        let [a, b] = [AffinePath::CondOt, AffinePath::VP].map(along);
        let sides = [
            History { name: "A", tracks: &a, path: AffinePath::CondOt },
            History { name: "B", tracks: &b, path: AffinePath::VP },
        ];
        let chart = history_chart(&sides, 0, true);
        for (a, b) in chart.plot.series[0].points.iter().zip(&chart.plot.series[1].points) {
            assert!((0..2).all(|i| (a[i] - b[i]).abs() < 1e-6), "{a:?} {b:?}");
        }
    }

    #[test]
    fn predictions_mix_to_where_the_sample_is() {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::Trig).expect("a flow");
        let tracks = Tracks {
            times: vec![0.0, 0.4, 1.0],
            frames: vec![vec![[0.3, -0.2]], vec![[1.0, 0.5]], vec![[2.9, 0.1]]],
            ..Tracks::default()
        };
        let chart = predictions_chart(&flow, &tracks, 0, false);
        assert_eq!(chart.plot.series.len(), 4);
        for (n, t) in tracks.times.iter().enumerate() {
            let point = AffinePath::Trig.at(*t);
            let values = chart.plot.series.iter().map(|series| series.points[n][1]).collect::<Vec<_>>();
            let x = tracks.frames[n][0].map(f64::from);
            for i in [0, 1] {
                assert!((point.alpha * values[i] + point.sigma * values[2 + i] - x[i]).abs() < 1e-9);
            }
        }
        assert!(predictions_chart(&flow, &tracks, 5, false).numbers.rows.is_empty());
        // Along t* the same is said at other places.
        let along = predictions_chart(&flow, &tracks, 0, true);
        let star = AffinePath::Trig.at(0.4).t_star();
        for (a, b) in along.plot.series.iter().zip(&chart.plot.series) {
            assert_eq!(a.points[1], [star, b.points[1][1]]);
        }
        assert_eq!((along.plot.x_label.as_str(), along.numbers.names[0].as_str()), ("t*", "t_star"));
    }
}
