//! The jumps of one particle.

use super::over_time;
use crate::figure::{Look, Series};
use crate::flow::{GridPath, Scheduler, counted};
use crate::sampler::grid::{Jump, Trace};
use crate::view::{Chart, Table};

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
    Some(Chart { plot, numbers, notes, ..Chart::default() })
}
