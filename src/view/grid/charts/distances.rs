//! How far a run is from the path, over the path.

use super::over_time;
use crate::figure::{Dash, Look, Series};
use crate::flow::Scheduler;
use crate::sampler::grid::DistancesAt;
use crate::view::{Chart, Entry, Table};

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
    Chart { plot: over_time("TV to pₜ along the run", "TV", all), numbers, notes, ..Chart::default() }
}
