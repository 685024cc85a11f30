//! How often programs are right, as curves: Pass@k, and Pass@1 by the share of the body that is masked.

use crate::data::language::MeanError;
use crate::figure::{Dash, LinePlot, Look, Series};
use crate::view::{Chart, Table};

/// What one who writes programs has come to with some tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Solved {
    /// Who.
    pub name: String,
    /// The share of the body that was masked.
    pub masked_share: f64,
    /// Tasks, and samples of each.
    pub tasks: [usize; 2],
    /// Programs that run, of single samples.
    pub compiles: MeanError,
    /// Programs that do what is shown, of single samples.
    pub shown: MeanError,
    /// Pass@k for k from 1 on.
    pub pass: Vec<MeanError>,
}

/// Pass@k over k: a curve each.
pub fn pass_chart(all: &[Solved]) -> Chart {
    let curve = |(color, solved): (usize, &Solved)| {
        let points = (1..).zip(&solved.pass).map(|(k, pass)| [f64::from(k), pass.mean]).collect();
        Series {
            look: Some(Look { color, ..Look::default() }),
            dashed: true,
            ..Series::new(&solved.name, points)
        }
    };
    let mut numbers = Table::new(&["denoiser", "masked_share", "k", "pass", "error"]);
    for solved in all {
        let rows = (1_usize..).zip(&solved.pass).map(|(k, pass)| {
            vec![
                solved.name.clone().into(),
                solved.masked_share.into(),
                k.into(),
                pass.mean.into(),
                known(pass.error),
            ]
        });
        numbers.rows.extend(rows);
    }
    let plot = LinePlot {
        title: "programs that pass all ten tests".to_owned(),
        x_label: "samples of a task, k".to_owned(),
        y_label: "Pass@k".to_owned(),
        shares: true,
        series: all.iter().enumerate().map(curve).collect(),
        ..LinePlot::default()
    };
    Chart { plot, numbers, notes: all.first().map(told).into_iter().collect(), ..Chart::default() }
}

/// Pass@1 and the share that compiles, over the share of the body that is masked (the paper's figure 4): a colour each.
pub fn infill_chart(all: &[Solved]) -> Chart {
    let mut names: Vec<&str> = Vec::new();
    for solved in all {
        if !names.contains(&solved.name.as_str()) {
            names.push(&solved.name);
        }
    }
    let curve = |color: usize, name: &str, compiles: bool| {
        let of = all.iter().filter(|solved| solved.name == name);
        let value = |solved: &Solved| if compiles { solved.compiles.mean } else { first(solved).mean };
        let points = of.map(|solved| [solved.masked_share, value(solved)]).collect();
        let (what, dash) = if compiles { ("compiles@1", Dash::Dashed) } else { ("Pass@1", Dash::Solid) };
        let look = Some(Look { color, dash, ..Look::default() });
        Series { look, dashed: compiles, ..Series::new(format!("{name}: {what}"), points) }
    };
    let both = |(color, name): (usize, &&str)| [curve(color, name, false), curve(color, name, true)];
    let mut numbers =
        Table::new(&["denoiser", "masked_share", "k", "pass", "error", "compiles", "compiles_error"]);
    for solved in all {
        numbers.rows.extend((1_usize..).zip(&solved.pass).map(|(k, pass)| {
            // Whether a program compiles is said of single samples.
            let compiles = Some(solved.compiles).filter(|_| k == 1);
            vec![
                solved.name.clone().into(),
                solved.masked_share.into(),
                k.into(),
                pass.mean.into(),
                known(pass.error),
                compiles.map(|of| of.mean).into(),
                known(compiles.map_or(f64::INFINITY, |of| of.error)),
            ]
        }));
    }
    let plot = LinePlot {
        title: "programs filled in".to_owned(),
        x_label: "share of the body that is masked".to_owned(),
        y_label: "share of the programs".to_owned(),
        shares: true,
        series: names.iter().enumerate().flat_map(both).collect(),
        ..LinePlot::default()
    };
    Chart { plot, numbers, notes: all.first().map(told).into_iter().collect(), ..Chart::default() }
}

fn first(solved: &Solved) -> MeanError {
    solved.pass.first().copied().unwrap_or(MeanError { mean: 0.0, error: f64::INFINITY })
}

fn known(error: f64) -> crate::view::Entry {
    error.is_finite().then_some(error).into()
}

fn told(solved: &Solved) -> String {
    let [tasks, samples] = solved.tasks;
    format!("{tasks} tasks, {samples} samples of each")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_one_has_a_curve() {
        let of = |mean: f64| MeanError { mean, error: 0.01 };
        let solved = |name: &str, masked_share: f64| Solved {
            name: name.to_owned(),
            masked_share,
            tasks: [100, 2],
            compiles: of(0.9),
            shown: of(0.6),
            pass: vec![of(0.4), of(0.5)],
        };
        let all = [solved("exact", 0.5), solved("exact", 1.0), solved("network", 1.0)];
        let pass = pass_chart(&all[1..]);
        assert_eq!(pass.plot.series[0].points, [[1.0, 0.4], [2.0, 0.5]]);
        assert_eq!((pass.plot.series.len(), pass.numbers.rows.len()), (2, 4));
        assert_eq!(pass.notes, ["100 tasks, 2 samples of each"]);
        let infill = infill_chart(&all);
        assert_eq!(infill.plot.series.len(), 4);
        assert_eq!(infill.plot.series[1].points, [[0.5, 0.9], [1.0, 0.9]]);
        assert_eq!(infill.plot.series[0].label, "exact: Pass@1");
        let numbers = infill.numbers.to_csv();
        let rows = "exact,0.5,1,0.4,0.01,0.9,0.01\nexact,0.5,2,0.5,0.01,,\nexact,1,1,";
        assert!(numbers.starts_with("denoiser,masked_share,k,") && numbers.contains(rows), "{numbers}");
    }
}
