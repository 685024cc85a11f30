//! A plot, described once: the window draws it and a figure holds it.

use super::grid::Style;
use super::grid::picture::{caption, finished};
use super::{Entry, Table};
use crate::figure::{Dash, Drawing, Figure, LinePlot, Look, Marker, Series};

/// A plot and all of its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What is drawn, without caption.
    pub plot: LinePlot,
    /// The numbers with every digit, also those that the plot cuts off.
    pub numbers: Table,
    /// What the caption must say about it.
    pub notes: Vec<String>,
    /// What colours, patterns and marks mean, where many curves are told apart by them and there is no room for the names
    /// of all. Empty where every curve is named on its own.
    pub keys: Vec<Key>,
}

/// What a trait of curves means.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// All curves of a colour.
    Color(usize, String),
    /// All of a pattern.
    Dash(Dash, String),
    /// All with a mark.
    Marker(Marker, String),
}

/// What one curve says at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Which of the plot's curves.
    pub series: usize,
    /// Where on it, `[x, y]`: at the place asked for, or at the curve's nearest point if it is known at its points alone.
    pub at: [f64; 2],
}

impl Chart {
    /// The figure.
    pub fn figure(&self, style: &Style) -> Figure {
        let plot = LinePlot { caption: caption(style, self.notes.clone()), ..self.plot.clone() };
        finished(Drawing::Plot(plot), style)
    }

    /// What is drawn, with what must be said about it and then `caption` below it.
    pub fn captioned(self, caption: String) -> LinePlot {
        let all: Vec<String> =
            self.notes.into_iter().chain([caption]).filter(|note| !note.is_empty()).collect();
        LinePlot { caption: all.join("; "), ..self.plot }
    }

    /// The charts of several sides in one: a colour a side, a pattern a curve of it. The numbers say of which side they are.
    pub fn compared(sides: Vec<(String, Self)>) -> Self {
        let mut all = Self::default();
        let mut notes: Vec<String> = Vec::new();
        let mut before: Vec<(String, Vec<Series>)> = Vec::new();
        for (color, (heading, chart)) in sides.into_iter().enumerate() {
            let Self { plot, numbers, notes: own, .. } = chart;
            // A curve that hides another says so.
            let under = before.iter().find(|(_, series)| lie_on_each_other(series, &plot.series));
            let on = under.map_or_else(String::new, |(name, _)| format!(" (lies on {name})"));
            let letter = heading.split(' ').next().unwrap_or_default().to_owned();
            before.push((letter, plot.series.clone()));
            let count = plot.series.len();
            let dash_of = |index: usize| Dash::ALL[(count - 1 - index) % Dash::ALL.len()];
            all.keys.insert(color, Key::Color(color, heading.clone() + &on));
            if count > 1 {
                let names = plot.series.iter().enumerate();
                let keys = names.map(|(index, series)| Key::Dash(dash_of(index), series.label.clone()));
                let new: Vec<_> = keys.filter(|key| !all.keys.contains(key)).collect();
                all.keys.extend(new);
            }
            all.plot.series.extend(plot.series.into_iter().enumerate().map(|(index, series)| {
                // The last curve of each is the one that has no noise.
                let dash = dash_of(index);
                let look = Look { color, dash, ..series.look.unwrap_or_default() };
                let label = [heading.as_str(), &series.label].map(str::trim).join(": ");
                Series {
                    look: Some(look),
                    dashed: true,
                    label: label.trim_end_matches(": ").to_owned(),
                    ..series
                }
            }));
            let side = || std::iter::once(Entry::from(heading.clone()));
            all.numbers
                .rows
                .extend(numbers.rows.into_iter().map(|row| side().chain(row).collect::<Vec<_>>()));
            if color == 0 {
                all.numbers.names = std::iter::once("side".to_owned()).chain(numbers.names).collect();
                all.plot = LinePlot { series: std::mem::take(&mut all.plot.series), ..plot };
            } else if all.plot.title != plot.title {
                all.plot.title = format!("{} | {}", all.plot.title, plot.title);
            }
            notes.extend(own.into_iter().filter(|note| !notes.contains(note)).collect::<Vec<_>>());
        }
        Self { notes, ..all }
    }

    /// What every curve that is there says at `x`, in the order of the curves.
    ///
    /// A line is straight between its points, as it is drawn. Of marked points and of bars it is the nearest one's own
    /// value: between them there is nothing.
    pub fn read(&self, x: f64) -> Vec<Reading> {
        let bars = self.plot.series.iter().find(|series| series.is_bars());
        // Strokes over bars are read where their bar is.
        let x = bars.and_then(|bars| self.nearest(bar_tops(bars), x)).map_or(x, |[middle, _]| middle);
        let of = |(series, curve): (usize, &Series)| {
            let at = if curve.is_bars() {
                self.nearest(bar_tops(curve), x)
            } else if curve.marked() {
                self.nearest(curve.points.iter().copied(), x)
            } else {
                self.on_line(&curve.points, x)
            };
            at.map(|at| Reading { series, at })
        };
        self.plot.series.iter().enumerate().filter_map(of).collect()
    }

    /// The point that is nearest along the axis.
    fn nearest(&self, points: impl Iterator<Item = [f64; 2]>, x: f64) -> Option<[f64; 2]> {
        let along = |x: f64| if self.plot.log_x { x.ln() } else { x };
        let distance = |p: &[f64; 2]| (along(p[0]) - along(x)).abs();
        points.filter(|p| self.plot.drawable(*p)).min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// The point of a line at `x`, if the line gets there.
    fn on_line(&self, points: &[[f64; 2]], x: f64) -> Option<[f64; 2]> {
        let plot = &self.plot;
        let [scale_x, scale_y] =
            [plot.log_x, plot.log_y].map(|log| move |v: f64| if log { v.ln() } else { v });
        let reaches = |pair: &&[[f64; 2]]| {
            let (a, b) = (pair[0], pair[1]);
            plot.drawable(a) && plot.drawable(b) && (a[0]..=b[0]).contains(&x)
        };
        let pair = points.windows(2).find(reaches)?;
        let (a, b) = (pair[0], pair[1]);
        if a[0] == b[0] {
            return Some(b);
        }
        let share = (scale_x(x) - scale_x(a[0])) / (scale_x(b[0]) - scale_x(a[0]));
        let y = scale_y(a[1]) + share * (scale_y(b[1]) - scale_y(a[1]));
        Some([x, if plot.log_y { y.exp() } else { y }])
    }
}

/// Two curves closer than this share of the largest value can't be told apart.
const APART: f64 = 0.005;

/// Whether all curves of one side are hidden by those of another.
fn lie_on_each_other(a: &[Series], b: &[Series]) -> bool {
    let near = |(a, b): (&Series, &Series)| {
        let most = a.points.iter().map(|p| p[1].abs()).filter(|y| y.is_finite()).fold(0.0, f64::max);
        let same = |(p, q): (&[f64; 2], &[f64; 2])| p[0] == q[0] && (p[1] - q[1]).abs() <= APART * most;
        !a.points.is_empty() && a.points.len() == b.points.len() && a.points.iter().zip(&b.points).all(same)
    };
    !a.is_empty() && a.len() == b.len() && a.iter().zip(b).all(near)
}

/// The middles of the tops of bars.
fn bar_tops(bars: &Series) -> impl Iterator<Item = [f64; 2]> {
    bars.points.chunks_exact(2).map(|top| [0.5 * (top[0][0] + top[1][0]), top[0][1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(series: Vec<Series>, log: bool) -> Chart {
        Chart { plot: LinePlot { series, log_x: log, log_y: log, ..LinePlot::default() }, ..Chart::default() }
    }

    fn line(points: Vec<[f64; 2]>) -> Series {
        Series { dashed: true, ..Series::new("line", points) }
    }

    #[test]
    fn a_line_is_read_where_it_is_asked_and_not_where_it_has_a_gap() {
        let points = vec![[0.0, 1.0], [1.0, 3.0], [2.0, f64::NAN], [3.0, 5.0], [4.0, 5.0]];
        let chart = chart(vec![line(points), line(vec![[0.0, 0.0], [4.0, 8.0]])], false);
        let read = |x| chart.read(x);
        assert_eq!(read(0.25)[0], Reading { series: 0, at: [0.25, 1.5] });
        assert_eq!(read(0.25)[1], Reading { series: 1, at: [0.25, 0.5] });
        assert_eq!(read(1.5), [Reading { series: 1, at: [1.5, 3.0] }], "the first one has a gap here");
        assert_eq!(read(3.5)[0].at, [3.5, 5.0]);
        assert!(read(4.5).is_empty() && read(-0.1).is_empty());
    }

    #[test]
    fn charts_of_sides_are_one_with_a_colour_a_side_and_a_pattern_a_curve() {
        let one = |title: &str, labels: &[&str]| {
            let series = labels.iter().map(|label| Series::new(*label, vec![[0.0, 1.0]])).collect();
            let plot = LinePlot { title: title.to_owned(), series, ..LinePlot::default() };
            let numbers = Table::of_numbers(&["t", "tv"], [vec![0.0, 1.0]]);
            Chart { plot, numbers, notes: vec!["cut".to_owned()], ..Chart::default() }
        };
        let of = |title, labels: &[&str]| one(title, labels);
        let both = Chart::compared(vec![
            ("A linear".to_owned(), of("TV", &["particles", "pmf"])),
            ("B cubic".to_owned(), of("TV", &[""])),
        ]);
        let look = |index: usize| both.plot.series[index].look.expect("a look");
        assert_eq!(
            both.plot.series.iter().map(|s| s.label.as_str()).collect::<Vec<_>>(),
            ["A linear: particles", "A linear: pmf", "B cubic"]
        );
        assert_eq!([0, 1, 2].map(|index| look(index).color), [0, 0, 1]);
        assert_eq!((look(1).dash, look(2).dash), (Dash::Solid, Dash::Solid));
        assert_ne!(look(0).dash, Dash::Solid);
        let named = |key: &Key| matches!(key, Key::Color(1, name) if name == "B cubic");
        assert!(
            both.keys.len() == 4 && both.keys.iter().any(named),
            "two sides and two patterns: {:?}",
            both.keys
        );
        assert_eq!(both.numbers.names, ["side", "t", "tv"]);
        assert_eq!(both.numbers.rows[1][0], Entry::from("B cubic".to_owned()));
        assert_eq!((both.plot.title.as_str(), both.notes.len()), ("TV", 1));
    }

    #[test]
    fn a_side_whose_curves_hide_another_s_says_so() {
        let side =
            |name: &str, y: f64| (name.to_owned(), chart(vec![line(vec![[0.0, 0.0], [1.0, y]])], false));
        let all = Chart::compared(vec![side("A linear", 1.0), side("B cubic", 2.0), side("C linear", 1.001)]);
        let names: Vec<_> = all
            .keys
            .iter()
            .filter_map(|key| match key {
                Key::Color(_, name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(names, ["A linear", "B cubic", "C linear (lies on A)"]);
    }

    #[test]
    fn on_logarithmic_axes_a_line_is_straight_as_drawn() {
        // y = 1 / x
        let chart = chart(vec![line(vec![[1.0, 1.0], [100.0, 0.01]])], true);
        assert!((chart.read(10.0)[0].at[1] - 0.1).abs() < 1e-12);
    }

    #[test]
    fn marked_points_and_bars_are_read_at_the_nearest_one() {
        let marked = chart(vec![Series::new("", vec![[1.0, 0.5], [64.0, 0.1]])], true);
        assert_eq!(marked.read(7.0)[0].at, [1.0, 0.5], "8 lies half-way on this axis");
        assert_eq!(marked.read(9.0)[0].at, [64.0, 0.1]);

        let look = Some(Look { bars: true, ..Look::default() });
        let tops = vec![[-0.4, 0.2], [0.4, 0.2], [0.6, 0.7], [1.4, 0.7]];
        let strokes = vec![[-0.4, 0.3], [0.4, 0.3], [f64::NAN; 2], [0.6, 0.6], [1.4, 0.6]];
        let bars = chart(vec![Series { look, ..Series::new("", tops) }, line(strokes)], false);
        for x in [0.55, 0.97, 1.9] {
            let at: Vec<_> = bars.read(x).iter().map(|reading| reading.at).collect();
            assert_eq!(at, [[1.0, 0.7], [1.0, 0.6]], "at {x}");
        }
    }
}
