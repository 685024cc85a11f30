//! What is known of the tokens of one state, as bars.

use crate::figure::scale::format_value;
use crate::figure::{LinePlot, Look, Series};
use crate::flow::{Axis, GridPath, Kappa, Scheduler};
use crate::view::{Chart, Entry, Table};

/// What is known of the tokens of one state: a distribution of each, exactly and by the denoiser that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct CellBars {
    /// The state.
    pub z: [usize; 2],
    /// Whether it is p(x₀ | x_t) in place of p(x₁ | x_t).
    pub noise: bool,
    /// Of token 1 and token 2, \[V\] each.
    pub exact: [Vec<f64>; 2],
    /// By the denoiser, and its name.
    pub other: Option<([Vec<f64>; 2], String)>,
}

impl CellBars {
    /// The exact posteriors of the state `z` at κ: of x₀ if `noise`, else of x₁.
    pub fn exact(path: &GridPath, kappa: Kappa, z: [usize; 2], noise: bool) -> Self {
        let exact = Axis::BOTH.map(|axis| {
            let row = if noise {
                path.noise_posterior_at(axis, z, kappa)
            } else {
                path.posterior_at(axis, z, kappa)
            };
            row.to_vec()
        });
        Self { z, noise, exact, other: None }
    }
}

/// Share of a value's room that the two bars of a value take together.
const BARS: f64 = 0.84;

impl CellBars {
    /// Where the plot of `tokens` ends, if a token's own value is so likely, as staying often is, that all else would be
    /// flat: its bar is cut off there.
    fn cut(&self, tokens: &[usize]) -> Option<f64> {
        let rows = || {
            let both = std::iter::once(&self.exact).chain(self.other.iter().map(|(rows, _)| rows));
            both.flat_map(|rows| tokens.iter().map(|token| (&rows[*token], self.z[*token])))
        };
        let most = |counts: fn(usize, usize) -> bool| {
            let kept =
                rows().flat_map(|(row, own)| row.iter().enumerate().filter(move |(y, _)| counts(*y, own)));
            kept.fold(0.0f64, |most, (_, p)| most.max(*p))
        };
        let (own, others) = (most(|y, own| y == own), most(|y, own| y != own));
        (others > 0.0 && own > 3.0 * others).then_some(1.3 * others)
    }

    /// The bars of one token, between the `ends` of each value and up to `top`.
    fn bars(&self, token: usize, label: String, top: f64, ends: impl Fn(usize) -> [f64; 2]) -> Series {
        let values = self.exact[token].iter().enumerate();
        let points = values.flat_map(|(y, p)| ends(y).map(|x| [x, p.min(top)])).collect();
        let look = Some(Look { color: [5, 4][token], bars: true, ..Look::default() });
        Series { look, ..Series::new(label, points) }
    }

    /// What the denoiser says of one token: a stroke over each bar.
    fn strokes(
        &self,
        token: usize,
        label: impl Fn(&str) -> String,
        top: f64,
        ends: impl Fn(usize) -> [f64; 2],
    ) -> Option<Series> {
        let (rows, name) = self.other.as_ref()?;
        // A gap after every stroke.
        let stroke = |(y, p): (usize, &f64)| {
            let [left, right] = ends(y);
            let p = if *p <= top { *p } else { f64::NAN };
            [[left, p], [right, p], [f64::NAN, f64::NAN]]
        };
        let points = rows[token].iter().enumerate().flat_map(stroke).collect();
        let look = Some(Look { color: [0, 1][token], ..Look::default() });
        Some(Series { look, dashed: true, ..Series::new(label(name), points) })
    }

    /// The distributions of `tokens` as columns of these names.
    fn numbers(&self, tokens: &[usize], names: [&str; 2]) -> Table {
        let mut numbers = Table::new(&["value"]);
        let both = [(Some(&self.exact), names[0]), (self.other.as_ref().map(|(rows, _)| rows), names[1])];
        let columns: Vec<_> = both
            .into_iter()
            .filter_map(|(rows, name)| Some((rows?, name)))
            .flat_map(|(rows, name)| tokens.iter().map(move |t| (&rows[*t], format!("{name}_{}", t + 1))))
            .collect();
        numbers.names.extend(columns.iter().map(|(_, name)| name.clone()));
        for y in 0..self.exact[0].len() {
            let values = columns.iter().map(|(row, _)| row.get(y).copied().into());
            numbers.rows.push(std::iter::once(Entry::from(y)).chain(values).collect());
        }
        numbers
    }

    /// What it is about.
    fn what(&self) -> &'static str {
        if self.noise { "x₀" } else { "x₁" }
    }
}

/// The posterior of one token of a state, where there is room for a plot of each.
pub fn token_chart(cell: &CellBars, token: usize) -> Chart {
    let ends = |y: usize| [y as f64 - 0.5 * BARS, y as f64 + 0.5 * BARS];
    let cut = cell.cut(&[token]);
    let top = cut.unwrap_or(f64::INFINITY);
    let bars = cell.bars(token, "exact".to_owned(), top, ends);
    let plot = LinePlot {
        title: format!("posterior of {}, token {}", cell.what(), token + 1),
        x_label: format!("value of {}", cell.what()),
        y_label: "probability".to_owned(),
        series: std::iter::once(bars).chain(cell.strokes(token, str::to_owned, top, ends)).collect(),
        ..LinePlot::default()
    };
    let own = || format_value(cell.exact[token][cell.z[token]]);
    let notes = cut.map(|_| format!("cut off: the bar of the token’s own value goes to {}", own()));
    let numbers = cell.numbers(&[token], ["token", "denoiser"]);
    Chart { plot, numbers, notes: notes.into_iter().collect(), ..Chart::default() }
}

/// The posteriors of one state at t: two bars a value, token 1 left and token 2 right.
pub fn cell_chart(path: &GridPath, scheduler: Scheduler, t: f64, cell: &CellBars) -> Chart {
    let what = cell.what();
    let ends = |token: usize| {
        move |y: usize| {
            let (middle, half) = (y as f64, 0.5 * BARS);
            if token == 0 { [middle - half, middle] } else { [middle, middle + half] }
        }
    };
    let cut = cell.cut(&[0, 1]);
    let top = cut.unwrap_or(f64::INFINITY);
    let bars = |token| cell.bars(token, format!("token {}", token + 1), top, ends(token));
    let strokes =
        |token| cell.strokes(token, |name| format!("token {}, {name}", token + 1), top, ends(token));
    let series = [0, 1].map(bars).into_iter().chain([0, 1].into_iter().filter_map(strokes)).collect();
    let name = |z: usize| if z == path.data_tokens() { "m".to_owned() } else { z.to_string() };
    let [first, second] = cell.z.map(name);
    let plot = LinePlot {
        title: format!(
            "p({what} | xₜ = ({first}, {second})) at t = {}, κ = {}",
            format_value(t),
            format_value(scheduler.kappa(t))
        ),
        x_label: format!("value of {what}"),
        y_label: "probability".to_owned(),
        series,
        ..LinePlot::default()
    };
    let numbers = cell.numbers(&[0, 1], ["token", "denoiser"]);
    let p = path.pmf_at(cell.z, scheduler.at(t));
    let mut notes = vec![if p > 0.0 {
        format!("pₜ = {}", format_value(p))
    } else {
        "impossible now (pₜ = 0): what samplers fall back on".to_owned()
    }];
    if cut.is_some() {
        let own = cell.exact.iter().zip(cell.z).map(|(row, own)| format_value(row[own])).collect::<Vec<_>>();
        notes.push(format!("cut off: the bars of the tokens’ own values go to {}", own.join(" and ")));
    }
    Chart { plot, numbers, notes, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;
    use crate::view::grid::charts::testing::column;

    #[test]
    fn bars_of_a_cell_are_its_posteriors() {
        let path = FlowSpec { k: Some(4), ..FlowSpec::default() }.path().expect("path");
        let z = [1, 2];
        let kappa = Scheduler::Linear.at(0.5);
        let exact = crate::flow::Axis::BOTH.map(|axis| path.posterior_at(axis, z, kappa).to_vec());
        let bars = CellBars { z, noise: false, exact: exact.clone(), other: None };
        let chart = cell_chart(&path, Scheduler::Linear, 0.5, &bars);
        for token in 0..2 {
            assert_eq!(column(&chart.numbers, ["token_1", "token_2"][token]), exact[token]);
            let tops = &chart.plot.series[token].points;
            assert_eq!(tops.len(), 8);
            assert!(
                tops.chunks(2).zip(&exact[token]).all(|(top, p)| top[0][1] == *p && top[0][0] < top[1][0])
            );
        }
        let rights: Vec<f64> = chart.plot.series[0].points.chunks(2).map(|top| top[1][0]).collect();
        let lefts: Vec<f64> = chart.plot.series[1].points.chunks(2).map(|top| top[0][0]).collect();
        assert_eq!(rights, lefts, "beside each other");

        // Staying is far likelier than anything else: its bar is cut, and the caption says how far it goes.
        let likely = CellBars { exact: [vec![0.05, 0.9, 0.03, 0.02], vec![0.02, 0.03, 0.9, 0.05]], ..bars };
        let chart = cell_chart(&path, Scheduler::Linear, 0.5, &likely);
        let highest = chart.plot.series.iter().flat_map(|s| &s.points).map(|p| p[1]).fold(0.0, f64::max);
        assert_eq!(highest, 1.3 * 0.05);
        assert!(chart.notes.concat().contains("go to 0.9 and 0.9"), "{:?}", chart.notes);
        assert_eq!(column(&chart.numbers, "token_1"), likely.exact[0], "the numbers are whole");
    }

    #[test]
    fn a_token_alone_is_cut_by_its_own_values_and_read_at_its_bars() {
        let exact = [vec![0.9, 0.06, 0.04], vec![0.5, 0.3, 0.2]];
        let cell = CellBars { z: [0, 0], noise: false, exact: exact.clone(), other: None };
        assert_eq!([0, 1].map(|token| cell.cut(&[token])), [Some(1.3 * 0.06), None]);
        let elsewhere = CellBars { z: [1, 0], ..cell.clone() };
        assert_eq!(elsewhere.cut(&[0]), None, "only the token’s own value");
        let alone = CellBars { exact: [vec![1.0, 0.0, 0.0], exact[1].clone()], ..cell.clone() };
        assert_eq!(alone.cut(&[0]), None, "there is nothing else");

        let learned = ([vec![0.2, 0.4, 0.4], vec![0.4, 0.3, 0.3]], "learned".to_owned());
        let cell = CellBars { other: Some(learned), ..cell };
        assert_eq!(cell.cut(&[0]), None, "the denoiser’s bars are high enough");
        let chart = token_chart(&cell, 1);
        let read: Vec<_> = chart.read(1.3).iter().map(|reading| reading.at).collect();
        assert_eq!(read, [[1.0, 0.3], [1.0, 0.3]]);
        assert_eq!(chart.numbers.names, ["value", "token_2", "denoiser_2"]);
    }
}
