//! The plots that `export` writes besides the views.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::grid::export::job::Job;
use crate::cli::grid::export::runs::{Followed, distances};
use crate::cli::grid::measured_curves::measured_curves;
use crate::denoiser::grid::Denoiser;
use crate::experiment::grid::DenoiserSpec;
use crate::flow::{Axis, Corrector};
use crate::sampler::SamplerError;
use crate::sampler::grid::{Method, Sampler, SamplerConfig, curve_point};
use crate::view::Chart;
use crate::view::grid::{
    CellBars, Subject, cell_chart, curves_chart, distances_chart, kappa_chart, log_chart, rates_chart,
};

/// Steps of the points on a curve.
pub const CURVE_STEPS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

impl Job<'_> {
    /// The plot of a subject that is no view.
    ///
    /// # Errors
    /// Of settings and of the denoiser.
    pub(super) fn chart(&self, console: &Console) -> Result<Chart, CliError> {
        let scheduler = self.spec.scheduler;
        match self.args.view {
            Subject::Kappa => Ok(kappa_chart(scheduler)),
            Subject::Rates => Ok(rates_chart(&self.path, scheduler, self.scene(None).corrector)),
            Subject::Curve => self.curves(console),
            Subject::Cell => self.cell(),
            Subject::Distances => {
                let (denoiser, settings) = (self.denoiser()?, self.run_settings());
                let run = distances(&self.path, scheduler, denoiser.as_ref(), &settings, console)?;
                Ok(distances_chart(&run, scheduler))
            }
            _ => {
                let trace = self.trace(console, Followed::Whole)?;
                let particle = self.args.follow.unwrap_or(0);
                let chart = trace.and_then(|(trace, _)| log_chart(&self.path, &trace, scheduler, particle));
                chart.ok_or_else(|| {
                    CliError::Failed(format!("--follow {particle}: its run has no such particle"))
                })
            }
        }
    }

    fn denoiser(&self) -> Result<Box<dyn Denoiser>, CliError> {
        self.denoiser.clone().unwrap_or_default().build(&self.path, self.global)
    }

    fn cell(&self) -> Result<Chart, CliError> {
        let z = self.args.cell.as_ref().map_or([0, 0], |cell| cell.0);
        let (t, kappa) = (self.t(), self.spec.scheduler.at(self.t()));
        let mut bars = CellBars::exact(&self.path, kappa, z, self.args.noise_posterior);
        if let Some(spec) = self.denoiser.as_ref().filter(|spec| **spec != DenoiserSpec::Oracle) {
            let denoiser = self.denoiser()?;
            let state = [z.map(|token| token as u16)];
            let row = |axis| denoiser.posterior_rows(axis, &state, &[kappa]).map_err(SamplerError::Denoiser);
            let rows = [row(Axis::First)?.row(0).to_vec(), row(Axis::Second)?.row(0).to_vec()];
            bars.other = Some((rows, spec.to_string()));
        }
        Ok(cell_chart(&self.path, self.spec.scheduler, t, &bars))
    }

    /// Every sampler whose curve is drawn, the marked one first if none of the lists has it.
    pub(super) fn samplers(&self) -> Vec<Sampler> {
        let args = self.args;
        let present = args.stepping.config(Method::Exact, 1).corrector;
        let correctors: Vec<Corrector> =
            std::iter::once(present).chain(args.correctors.iter().copied()).collect();
        let mut all = Vec::new();
        let mut add = |method, scheduler, corrector| {
            let config = SamplerConfig { corrector, ..args.stepping.config(method, 1) }.effective();
            if !all.contains(&Sampler { scheduler, config }) {
                all.push(Sampler { scheduler, config });
            }
        };
        if let Some(mark) = args.mark {
            add(mark.method, self.spec.scheduler, present);
        }
        for &method in &self.curve_methods() {
            for &scheduler in &self.schedulers {
                for &corrector in &correctors {
                    add(method, scheduler, corrector);
                }
            }
        }
        all
    }

    /// The methods that are compared: with a mark alone, none.
    fn curve_methods(&self) -> Vec<Method> {
        if self.args.mark.is_some() { self.args.method.clone() } else { self.methods() }
    }

    pub(super) fn curve_steps(&self) -> Vec<usize> {
        let given = &self.args.steps;
        if given.is_empty() { CURVE_STEPS.to_vec() } else { given.clone() }
    }

    /// TV to the target of every sampler at every number of steps, without Monte-Carlo noise. One that the flow can't
    /// have is left out and named, unless it is the only one.
    fn curves(&self, console: &Console) -> Result<Chart, CliError> {
        let (samplers, steps) = (self.samplers(), self.curve_steps());
        for lacking in self.args.stepping.check_some(&self.methods())? {
            console.warn(&format!("{lacking}: it is measured without"));
        }
        let specs = self.denoisers();
        let (curves, left_out) =
            measured_curves(&self.path, (&specs, self.global), (&samplers, &steps), console)?;
        // What is pointed out is of the first denoiser.
        let present = match self.args.mark {
            Some(mark) => {
                let (scheduler, config) =
                    (self.spec.scheduler, self.args.stepping.config(mark.method, 1).effective());
                let own = curves.iter().position(|c| c.sampler == Sampler { scheduler, config });
                let denoiser = specs[0].build(&self.path, self.global)?;
                let marked = SamplerConfig { steps: mark.steps, ..config };
                let at = curve_point(&self.path, denoiser.as_ref(), scheduler, marked, || true)?;
                at.map(|at| (own, [at.nfe as f64, at.distances.tv]))
            }
            None => None,
        };
        let mut chart = curves_chart(&curves, present);
        chart.notes.extend(left_out);
        Ok(chart)
    }
}
