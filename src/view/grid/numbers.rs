//! A view as numbers.

use super::arrows::arrows;
use super::{Moment, Scene, View, ViewError};
use crate::view::{Entry, Numbers, Table};

impl Scene<'_> {
    /// The numbers behind [`Self::figure`], with the time they belong to: values of states, arrows of single cells, or
    /// states of particles.
    ///
    /// # Errors
    /// Those of [`Self::values`].
    pub fn numbers(&self, view: View) -> Result<Moment<Numbers>, ViewError> {
        if let Some(kind) = view.arrows() {
            let Moment { values: all, t } = arrows(self, kind, 1)?;
            let rows = all.iter().map(|arrow| {
                let [x, y] = arrow.at.map(|c| f64::from(c) - 0.5);
                vec![x, y, arrow.vector[0], arrow.vector[1]]
            });
            let table = Table::of_numbers(&["token_1", "token_2", "along_1", "along_2"], rows);
            return Ok(Moment { values: Numbers::Table(table), t });
        }
        if view == View::Particles {
            let (run, index) = self.frame_index()?;
            let states = run.trace.particles.states(index, usize::MAX);
            let rows = states.iter().map(|state| state.map(f64::from).to_vec());
            let table = Table::of_numbers(&["token_1", "token_2"], rows);
            return Ok(Moment { values: Numbers::Table(table), t: run.trace.frames[index].t });
        }
        let Moment { values, t } = self.values(view)?;
        Ok(Moment { values: Numbers::Grid(values), t })
    }

    /// The numbers behind [`Self::strip`] and an animation, one row a time and state. Where a run is shown, `t` and
    /// `kappa` are those of its step, as the figure's titles say them.
    ///
    /// # Errors
    /// Those of [`Self::values`].
    pub fn numbers_over(&self, view: View, times: &[f64]) -> Result<Numbers, ViewError> {
        let mut all = Table::new(&["t", "kappa"]);
        for &t in times {
            let Moment { values, t } = Scene { t, ..*self }.numbers(view)?;
            let at = [t, self.kappa_of(view, t)].map(Entry::from);
            all.names.truncate(2);
            let prefixed = |row: Vec<Entry>| at.iter().cloned().chain(row).collect();
            match values {
                Numbers::Grid(values) => {
                    all.names.extend(["token_1", "token_2", "value"].map(str::to_owned));
                    let row = |((z1, z2), value): ((usize, usize), &f64)| {
                        vec![Entry::from(z1), Entry::from(z2), Entry::from(*value)]
                    };
                    all.rows.extend(values.indexed_iter().map(row).map(prefixed));
                }
                Numbers::Table(table) => {
                    all.names.extend(table.names);
                    all.rows.extend(table.rows.into_iter().map(prefixed));
                }
            }
        }
        Ok(Numbers::Table(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;
    use crate::denoiser::grid::Oracle;
    use crate::flow::{Corrector, Scheduler};
    use crate::sampler::grid::{
        Extras, Particles, PmfCarrier, SamplerConfig, Setup, TraceRecorder, run as walk,
    };
    use crate::view::grid::{DivergencePart, SampledRun, Show, Style, times};
    use std::ops::ControlFlow;
    use std::sync::Arc;

    #[test]
    fn numbers_and_titles_of_a_run_carry_the_times_of_its_steps() {
        let spec = FlowSpec { k: Some(4), scheduler: Scheduler::Quadratic, ..FlowSpec::default() };
        let path = Arc::new(spec.path().expect("path"));
        let config = SamplerConfig { steps: 4, ..SamplerConfig::default() };
        let mut recorder = TraceRecorder::new(&path, spec.scheduler, 100).with(Extras::default());
        let mut carrier = (PmfCarrier::new(&path), Particles::new(&path, 10, 0));
        let setup = Setup { path: &path, scheduler: spec.scheduler, config };
        walk(setup, &Oracle::new(path.clone()), &mut carrier, |carrier, moment| {
            recorder.record(carrier, moment);
            ControlFlow::Continue(())
        })
        .expect("a run");
        let trace = recorder.trace;
        let scene = Scene {
            path: &path,
            // The run was made with another one, which has been left behind.
            scheduler: Scheduler::Linear,
            t: 0.6,
            show: Show::Exact,
            corrector: Corrector::OFF,
            part: DivergencePart::Total,
            run: Some(SampledRun {
                trace: &trace,
                scheduler: Scheduler::Quadratic,
                estimated_from: None,
                shown_to: 1.0,
            }),
        };
        let first = |view| {
            let Numbers::Table(table) = scene.numbers_over(view, &times(6)).expect("numbers") else {
                panic!("a table")
            };
            let mut found: Vec<(String, String)> = Vec::new();
            for row in &table.rows {
                let at = (format!("{:?}", row[0]), format!("{:?}", row[1]));
                if found.last() != Some(&at) {
                    found.push(at);
                }
            }
            found
        };
        let at =
            |t: f64, kappa: f64| (format!("{:?}", Entry::Number(t)), format!("{:?}", Entry::Number(kappa)));
        // Asked for 0, 0.2, …, 1; there are states at 0, 0.25, 0.5, 0.75 and 1 alone.
        let steps = [(0.0, 0.0), (0.25, 0.0625), (0.5, 0.25), (0.75, 0.5625), (1.0, 1.0)];
        assert_eq!(first(View::Sampled), steps.map(|(t, kappa)| at(t, kappa)));
        assert_eq!(first(View::Particles), steps.map(|(t, kappa)| at(t, kappa)));
        // The exact mass is that of the present scheduler at the very time.
        assert_eq!(first(View::Mass), times(6).into_iter().map(|t| at(t, t)).collect::<Vec<_>>());
        assert_eq!(scene.numbers(View::Sampled).expect("numbers").t, 0.5);
        let frame = scene.frame_figure(View::Sampled, 0.2, &times(6), &Style::default()).expect("a frame");
        let svg = frame.to_svg(crate::figure::Page::default()).expect("draws");
        assert!(svg.contains("t = 0.000, κ = 0.000"), "what is shown at 0.2 is the start");
    }
}
