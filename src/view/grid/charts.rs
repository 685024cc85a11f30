//! The plots beside the views, as figures and numbers: scheduler, rates, distances, curves, gaps, one cell.

use crate::figure::scale::format_value;
use crate::figure::{Dash, LinePlot, Look, Marker, Ring, Series};
use crate::flow::{Axis, ConditionalPath, Corrector, Count, GridPath, Kappa, Scheduler, counted};
use crate::sampler::grid::{CurvePoint, DistancesAt, Jump, Method, SamplerConfig, Trace};
use crate::sampler::{self};
use crate::view::{Chart, Entry, Table};

/// Rates are drawn at least up to here; most are infinite at t = 1.
const USUAL_RATE: f64 = 12.0;
/// Up to this t, rates are worth seeing whole.
const MOST_OF_PATH: f64 = 0.7;

/// κ over t.
pub fn kappa_chart(scheduler: Scheduler) -> Chart {
    let points: Vec<_> = (0..=200).map(|j| f64::from(j) / 200.0).map(|t| [t, scheduler.kappa(t)]).collect();
    let numbers = Table::of_numbers(&["t", "kappa"], points.iter().map(|p| p.to_vec()));
    let series = vec![Series::new("", points)];
    Chart { plot: over_time("scheduler", "κ", series), numbers, notes: Vec::new() }
}

/// The rates of jumps over t; with a corrector in both directions. Off the mixture path there is no κ′/(1−κ): then they
/// are hazards, the largest that any token has.
pub fn rates_chart(path: &GridPath, scheduler: Scheduler, corrector: Corrector) -> Chart {
    let (conditional, corrected) = (path.conditional(), corrector.is_on());
    let mixture = conditional == ConditionalPath::Mixture;
    // The hazard of a metric path is found among K³ numbers.
    let looks = if path.metric().is_some() { 60 } else { 400 };
    let times = (0..=looks).map(|j| f64::from(j) / f64::from(looks));
    let rates: Vec<_> = times.map(|t| (t, sampler::grid::rates(corrector, path, scheduler, t))).collect();
    let series: Vec<(&str, Vec<[f64; 2]>)> = if corrected {
        let names = if mixture {
            ["α κ′/(1−κ), data", "β κ′/κ, noise"]
        } else {
            ["forward, data", "backward, noise"]
        };
        vec![
            (names[0], rates.iter().map(|(t, (forward, _))| [*t, *forward]).collect()),
            (names[1], rates.iter().map(|(t, (_, backward))| [*t, *backward]).collect()),
        ]
    } else {
        vec![("", rates.iter().map(|(t, (forward, _))| [*t, *forward]).collect())]
    };
    let seen = series.iter().flat_map(|(_, points)| points);
    let top = seen.filter(|p| (0.02..=MOST_OF_PATH).contains(&p[0]) && p[1].is_finite());
    let top = top.map(|p| 1.3 * p[1]).fold(USUAL_RATE, f64::max);
    let title = match (conditional, corrected) {
        (ConditionalPath::Mixture, false) => "jump rate κ′/(1−κ)",
        (ConditionalPath::Mixture, true) => "rates with corrector",
        (ConditionalPath::Metric(_), _) => "hazard: largest rate of leaving a value",
        (_, false) => "hazard: rate of being drawn anew",
        (_, true) => "rates of being drawn anew, with corrector",
    };
    let cut = series.iter().flat_map(|(_, points)| points).any(|p| p[1] > top);
    let names: &[&str] = if corrected { &["t", "forward", "backward"] } else { &["t", "rate"] };
    let numbers = Table::of_numbers(
        names,
        rates.iter().map(
            |(t, (forward, backward))| {
                if corrected { vec![*t, *forward, *backward] } else { vec![*t, *forward] }
            },
        ),
    );
    let series = series.into_iter().enumerate().map(|(color, (name, points))| {
        // What is cut off interrupts the line.
        let kept = points.into_iter().map(|[t, rate]| [t, if rate <= top { rate } else { f64::NAN }]);
        Series { look: Some(Look { color, ..Look::default() }), ..Series::new(name, kept.collect()) }
    });
    let notes =
        if cut { vec![format!("rates above {} are not drawn", format_value(top))] } else { Vec::new() };
    Chart { plot: over_time(title, "1 / time", series.collect()), numbers, notes }
}

fn over_time(title: &str, y_label: &str, series: Vec<Series>) -> LinePlot {
    LinePlot {
        title: title.to_owned(),
        x_label: "t".to_owned(),
        y_label: y_label.to_owned(),
        series,
        ..LinePlot::default()
    }
}

/// TV to p_t along a run that was made with `scheduler`.
pub fn distances_chart(run: &[DistancesAt], scheduler: Scheduler) -> Chart {
    let curve = |f: fn(&DistancesAt) -> f64| run.iter().map(|at| [at.t, f(at)]).collect::<Vec<_>>();
    // Dashed or not, a run's steps are too many to be marked.
    let series = |label: &str, color, dash, points| Series {
        look: Some(Look { color, dash, ..Look::default() }),
        dashed: true,
        ..Series::new(label, points)
    };
    let all = vec![
        series("particles", 1, Dash::Solid, curve(|at| at.particles)),
        series("noise floor of as many perfect samples", 1, Dash::Dashed, curve(|at| at.floor)),
        series("whole pmf", 0, Dash::Solid, run.iter().filter_map(|at| Some([at.t, at.pushed?])).collect()),
    ];
    let mut numbers = Table::new(&["t", "kappa", "tv_particles", "noise_floor", "tv_pmf"]);
    numbers.rows.extend(run.iter().map(|at| {
        let exact = [at.t, scheduler.kappa(at.t), at.particles, at.floor].map(Entry::from);
        exact.into_iter().chain([at.pushed.into()]).collect()
    }));
    let mut notes = Vec::new();
    if run.iter().any(|at| at.pushed.is_none()) {
        notes.push("the exact pmf takes too long here: particles alone".to_owned());
    }
    Chart { plot: over_time("TV to pₜ along the run", "TV", all), numbers, notes }
}

/// The curve of one sampler.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplerCurve {
    /// The scheduler.
    pub scheduler: Scheduler,
    /// Everything but the number of steps.
    pub config: SamplerConfig,
    /// In the order of steps.
    pub points: Vec<CurvePoint>,
}

impl SamplerCurve {
    /// Its name in a legend: what sets it apart from others.
    pub fn name(&self) -> String {
        let SamplerConfig { method, corrector, sweeps, .. } = self.config;
        let mut name = format!("{method}, {}", self.scheduler);
        if corrector.is_on() {
            name.push_str(&format!(", corrector {corrector}"));
        }
        if sweeps.count > 0 {
            name.push_str(&format!(", sweeps {sweeps}"));
        }
        name
    }
}

/// The different values of something, in the order in which they come, and which of them each has.
fn numbered<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<usize> {
    let mut seen: Vec<T> = Vec::new();
    let place = |value: T| {
        seen.iter().position(|known| *known == value).unwrap_or_else(|| {
            seen.push(value);
            seen.len() - 1
        })
    };
    all.map(place).collect()
}

/// How every curve is drawn: one colour a method, one pattern a scheduler, one marker a corrector.
fn looks(curves: &[SamplerCurve]) -> Vec<Look> {
    let methods = curves.iter().map(|c| Method::ALL.iter().position(|m| *m == c.config.method).unwrap_or(0));
    let schedulers = numbered(curves.iter().map(|c| c.scheduler));
    let correctors = numbered(curves.iter().map(|c| (c.config.corrector, c.config.sweeps)));
    let styles = methods.zip(schedulers).zip(correctors);
    let look = |((color, dash), marker): ((usize, usize), usize)| Look {
        color,
        dash: Dash::ALL[dash % Dash::ALL.len()],
        marker: Marker::ALL[marker % Marker::ALL.len()],
        ..Look::default()
    };
    styles.map(look).collect()
}

/// TV to the target against evaluations. `present` is the setting that is pointed out: which curve is its own, if one
/// is, and its evaluations and TV.
pub fn curves_chart(curves: &[SamplerCurve], present: Option<(Option<usize>, [f64; 2])>) -> Chart {
    let own = present.and_then(|(own, _)| own);
    let drawn = curves.iter().zip(looks(curves)).enumerate();
    let series = drawn.map(|(index, (curve, look))| Series {
        look: Some(Look { thick: own == Some(index), ..look }),
        ..Series::new(curve.name(), curve.points.iter().map(|p| [p.nfe as f64, p.distances.tv]).collect())
    });
    let ring = |at: [f64; 2]| Ring {
        at,
        label: format!(
            "present setting: TV {} at {}",
            format_value(at[1]),
            counted(Count::written(at[0]), "evaluation")
        ),
    };
    let plot = LinePlot {
        title: "TV to the target, exactly".to_owned(),
        x_label: "denoiser evaluations (NFE)".to_owned(),
        y_label: "TV".to_owned(),
        series: series.collect(),
        log_x: true,
        log_y: true,
        rings: present.map(|(_, at)| ring(at)).into_iter().collect(),
        ..LinePlot::default()
    };
    let mut numbers = Table::new(&[
        "scheduler",
        "method",
        "corrector",
        "sweeps",
        "steps",
        "nfe",
        "tv",
        "kl",
        "js",
        "off_support",
        "clipped_steps",
    ]);
    for curve in curves {
        let SamplerConfig { method, corrector, sweeps, .. } = curve.config;
        for point in &curve.points {
            let corrector = if corrector.is_on() { corrector.to_string().into() } else { Entry::Empty };
            let d = point.distances;
            let names = [
                curve.scheduler.to_string().into(),
                method.to_string().into(),
                corrector,
                sweeps.to_string().into(),
            ];
            let counts = [point.steps, point.nfe].map(Entry::from);
            let values = [d.tv, d.kl, d.js, d.off_support].map(Entry::from);
            let row = names.into_iter().chain(counts).chain(values).chain([point.clipped_steps.into()]);
            numbers.rows.push(row.collect());
        }
    }
    let notes = vec!["no Monte-Carlo noise: the whole pmf is pushed".to_owned()];
    Chart { plot, numbers, notes }
}

/// TV to p_t after 0, 1, … corrector iterations at a held time: one named curve each.
pub fn sweeps_chart(curves: &[(&str, Vec<f64>)]) -> Chart {
    let dashes = [Dash::Solid, Dash::Dashed, Dash::Dashed];
    let drawn = curves.iter().zip([1, 1, 2].into_iter().zip(dashes));
    let series = drawn.map(|((name, tv), (color, dash))| Series {
        look: Some(Look { color, dash, ..Look::default() }),
        dashed: true,
        ..Series::new(*name, (0u32..).zip(tv).map(|(n, tv)| [f64::from(n), *tv]).collect())
    });
    let plot = LinePlot {
        title: "sweeps at held t".to_owned(),
        x_label: "corrector iterations".to_owned(),
        y_label: "TV to pₜ".to_owned(),
        series: series.collect(),
        log_y: true,
        ..LinePlot::default()
    };
    let mut numbers = Table::new(&["sweeps"]);
    numbers.names.extend(curves.iter().map(|(name, _)| (*name).to_owned()));
    let longest = curves.iter().map(|(_, tv)| tv.len()).max().unwrap_or(0);
    let row = |n: usize| {
        let values = curves.iter().map(|(_, tv)| tv.get(n).copied().into());
        std::iter::once(Entry::from(n)).chain(values).collect()
    };
    numbers.rows = (0..longest).map(row).collect();
    Chart { plot, numbers, notes: vec!["a perfect denoiser, no Monte-Carlo noise".to_owned()] }
}

/// The gap of one training run over its time.
#[derive(Clone, Debug, PartialEq)]
pub struct RunGaps {
    /// Its name in the legend.
    pub name: String,
    /// After which step, after how many seconds, and loss, floor and gap in nats per token.
    pub points: Vec<(u64, f64, [f64; 3])>,
}

/// Gaps to the Bayes floor over seconds of training.
pub fn gap_chart(runs: &[RunGaps]) -> Chart {
    let series = runs.iter().map(|run| {
        let points = run.points.iter().map(|(_, seconds, [.., gap])| [*seconds, *gap]);
        Series::new(run.name.clone(), points.collect())
    });
    let mut numbers = Table::new(&["run", "step", "seconds", "loss", "floor", "gap"]);
    for run in runs {
        for (step, seconds, losses) in &run.points {
            let [loss, floor, gap] = losses.map(Entry::from);
            numbers.rows.push(vec![
                run.name.clone().into(),
                (*step as usize).into(),
                (*seconds).into(),
                loss,
                floor,
                gap,
            ]);
        }
    }
    let plot = LinePlot {
        title: "gap to Bayes over training".to_owned(),
        x_label: "training time in seconds".to_owned(),
        y_label: "gap in nats per token".to_owned(),
        series: series.collect(),
        log_y: true,
        ..LinePlot::default()
    };
    let notes = vec!["exact expectations, each under its flow’s own scheduler".to_owned()];
    Chart { plot, numbers, notes }
}

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
    /// Where the plot ends, if a token's own value is so likely, as staying often is, that all else would be flat: its
    /// bar is cut off there.
    fn cut(&self) -> Option<f64> {
        let rows = || {
            self.exact
                .iter()
                .zip(self.z)
                .chain(self.other.iter().flat_map(|(rows, _)| rows.iter().zip(self.z)))
        };
        let most = |counts: fn(usize, usize) -> bool| {
            let kept =
                rows().flat_map(|(row, own)| row.iter().enumerate().filter(move |(y, _)| counts(*y, own)));
            kept.fold(0.0f64, |most, (_, p)| most.max(*p))
        };
        let (own, others) = (most(|y, own| y == own), most(|y, own| y != own));
        (others > 0.0 && own > 3.0 * others).then_some(1.3 * others)
    }
}

/// The posteriors of one state at t: two bars a value, token 1 left and token 2 right.
pub fn cell_chart(path: &GridPath, scheduler: Scheduler, t: f64, cell: &CellBars) -> Chart {
    let what = if cell.noise { "x₀" } else { "x₁" };
    let ends = |token: usize, y: usize| {
        let (middle, half) = (y as f64, 0.5 * BARS);
        if token == 0 { [middle - half, middle] } else { [middle, middle + half] }
    };
    let cut = cell.cut();
    let end = cut.unwrap_or(f64::INFINITY);
    let tops = |token: usize, p: &[f64]| -> Vec<[f64; 2]> {
        p.iter().enumerate().flat_map(|(y, p)| ends(token, y).map(|x| [x, p.min(end)])).collect()
    };
    // A gap after every step: single strokes over the bars.
    let strokes = |token: usize, p: &[f64]| -> Vec<[f64; 2]> {
        let top = |(y, p): (usize, &f64)| {
            let [left, right] = ends(token, y);
            let p = if *p <= end { *p } else { f64::NAN };
            [[left, p], [right, p], [f64::NAN, f64::NAN]]
        };
        p.iter().enumerate().flat_map(top).collect()
    };
    let mut series = Vec::new();
    for (token, p) in cell.exact.iter().enumerate() {
        let look = Some(Look { color: [5, 4][token], bars: true, ..Look::default() });
        series.push(Series { look, ..Series::new(format!("token {}", token + 1), tops(token, p)) });
    }
    if let Some((rows, name)) = &cell.other {
        for (token, p) in rows.iter().enumerate() {
            let look = Some(Look { color: [0, 1][token], ..Look::default() });
            let label = format!("token {}, {name}", token + 1);
            series.push(Series { look, dashed: true, ..Series::new(label, strokes(token, p)) });
        }
    }
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
    let mut numbers = Table::new(&["value", "token_1", "token_2"]);
    if cell.other.is_some() {
        numbers.names.extend(["denoiser_1", "denoiser_2"].map(str::to_owned));
    }
    for y in 0..path.vocabulary() {
        let rows = cell.exact.iter().chain(cell.other.iter().flat_map(|(rows, _)| rows));
        let values = rows.map(|row| row.get(y).copied().into());
        numbers.rows.push(std::iter::once(Entry::from(y)).chain(values).collect());
    }
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
    Chart { plot, numbers, notes }
}

/// The jumps of one particle: values of both tokens over t, and the log as numbers.
pub fn log_chart(path: &GridPath, trace: &Trace, scheduler: Scheduler, particle: usize) -> Option<Chart> {
    let way = trace.way(particle)?;
    let time = |frame: usize| trace.frames.get(frame).map_or(1.0, |frame| frame.t);
    let end = trace.frames.last().map_or(1.0, |frame| frame.t);
    let stairs = |token: usize| {
        let mut points = vec![[time(0), f64::from(way.start[token])]];
        for Jump { frame, from, to, .. } in way.jumps.iter().filter(|jump| jump.axis.index() == token) {
            points.extend([[time(*frame), f64::from(*from)], [time(*frame), f64::from(*to)]]);
        }
        let last = points.last().map_or(0.0, |p| p[1]);
        points.push([end, last]);
        points
    };
    let series = [0, 1].map(|token| Series {
        look: Some(Look { color: token, ..Look::default() }),
        // Stairs need no marks.
        dashed: true,
        ..Series::new(format!("token {}", token + 1), stairs(token))
    });
    let mut numbers = Table::new(&["step", "t", "kappa", "token", "from", "to"]);
    for jump in &way.jumps {
        let (t, step) = (time(jump.frame), trace.frames.get(jump.frame).map_or(0, |frame| frame.step));
        numbers.rows.push(vec![
            step.into(),
            t.into(),
            scheduler.kappa(t).into(),
            (jump.axis.index() + 1).into(),
            usize::from(jump.from).into(),
            usize::from(jump.to).into(),
        ]);
    }
    let strided = trace.frames.windows(2).any(|pair| pair[1].step > pair[0].step + 1);
    let mut notes = vec![counted(way.jumps.len(), "jump")];
    if strided {
        notes.push("of this long run some steps only are kept: a jump may stand for several".to_owned());
    }
    let value = match path.has_mask() {
        true => format!("token value ({} is the mask)", path.data_tokens()),
        false => "token value".to_owned(),
    };
    let plot = over_time(&format!("particle {particle} and its jumps"), &value, series.into());
    Some(Chart { plot, numbers, notes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;
    use crate::flow::Metric;
    use crate::flow::metrics::Distances;

    fn column(table: &Table, name: &str) -> Vec<f64> {
        let index = table.names.iter().position(|n| n == name).expect("a column");
        let number = |row: &Vec<Entry>| match row[index] {
            Entry::Number(x) => x,
            _ => f64::NAN,
        };
        table.rows.iter().map(number).collect()
    }

    #[test]
    fn rates_are_named_for_their_path_and_none_is_lost_from_the_numbers() {
        let path =
            |conditional| FlowSpec { k: Some(8), conditional, ..FlowSpec::default() }.path().expect("path");
        let linear = rates_chart(&path(ConditionalPath::Mixture), Scheduler::Linear, Corrector::OFF);
        assert_eq!(linear.plot.title, "jump rate κ′/(1−κ)");
        let rates = column(&linear.numbers, "rate");
        // 1/(1−t) at t = 0.975, far above what is drawn.
        assert!((rates[390] - 40.0).abs() < 1e-9 && rates.len() == 401);
        assert!(linear.plot.series[0].points.iter().all(|p| p[1].is_nan() || p[1] <= 12.0));
        assert!(linear.notes.concat().contains("above 12"));

        let metric = ConditionalPath::Metric(Metric { power: 1.0, c: 30.0, a: 1.0 });
        let metric = rates_chart(&path(metric), Scheduler::Linear, Corrector::OFF);
        assert!(metric.plot.title.starts_with("hazard") && !metric.plot.title.contains('κ'));
        let (all, drawn) = (column(&metric.numbers, "rate"), &metric.plot.series[0].points);
        let most_of_path = all.iter().zip(drawn).filter(|(_, p)| p[0] <= 0.7 && p[0] > 0.02);
        assert!(most_of_path.into_iter().all(|(rate, p)| *rate == p[1]), "most of it is drawn");
        assert!(all.iter().any(|rate| *rate > 12.0), "it does leave the usual range");

        let three = rates_chart(&path(ConditionalPath::ThreeWay(1.0)), Scheduler::Linear, Corrector::IMAGES);
        assert!(!three.plot.title.contains('κ') && three.plot.series[0].label == "forward, data");
        assert_eq!(three.numbers.names, ["t", "forward", "backward"]);
    }

    #[test]
    fn curves_differ_in_colour_pattern_or_marker_and_the_present_one_is_pointed_out() {
        let point = |steps, tv| CurvePoint {
            steps,
            nfe: steps,
            distances: Distances { tv, kl: 0.0, js: 0.0, off_support: 0.0 },
            clipped_steps: 0,
        };
        let mut curves = Vec::new();
        for method in [Method::Exact, Method::Euler, Method::Tau] {
            for scheduler in [Scheduler::Quadratic, Scheduler::Linear, Scheduler::Hermite { a: 0.0, b: 2.0 }]
            {
                for corrector in [Corrector::OFF, Corrector::IMAGES] {
                    let config = SamplerConfig { method, corrector, steps: 1, ..SamplerConfig::default() };
                    curves.push(SamplerCurve {
                        scheduler,
                        config,
                        points: vec![point(4, 0.1), point(8, 0.05)],
                    });
                }
            }
        }
        let looks = looks(&curves);
        for (i, look) in looks.iter().enumerate() {
            assert!(!looks[..i].contains(look), "{}", curves[i].name());
        }
        let chart = curves_chart(&curves, Some((Some(1), [6.0, 0.08])));
        let thick: Vec<_> = chart.plot.series.iter().map(|s| s.look.is_some_and(|l| l.thick)).collect();
        assert_eq!(thick.iter().filter(|t| **t).count(), 1);
        assert!(thick[1] && chart.plot.rings[0].at == [6.0, 0.08]);
        assert_eq!(chart.numbers.rows.len(), 36);
        assert!(chart.numbers.to_csv().contains("\"hermite:0,2\",exact,\"12,2,0.25\",0,4,4,0.1,"));
    }

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
}
