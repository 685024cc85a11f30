//! The sweep thread: corrector iterations while the play-head stands, always those of the newest request.

use super::fields::SideScene;
use crate::flow::{GridPath, Kappa};
use crate::sampler::grid::{SHOWN_SWEEPS, SweepCurves, Sweeps, sweep_bias};
use crate::ui::job::{Job, Progress, Status};
use std::sync::Arc;

/// What to sweep, with a perfect denoiser.
#[derive(Clone)]
pub struct SweepRequest {
    /// The path, not a metric one.
    pub path: Arc<GridPath>,
    /// The point of it that is held.
    pub kappa: Kappa,
    /// Step of a sweep in units of the largest.
    pub share: f64,
}

impl SweepRequest {
    /// Whether it is of what is shown.
    pub fn fits(&self, scene: &SideScene<'_>, share: f64) -> bool {
        *self == Self { path: scene.path.clone(), kappa: scene.kappa(), share }
    }
}

impl PartialEq for SweepRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.path, &other.path) && (self.kappa, self.share) == (other.kappa, other.share)
    }
}

/// What was found of sweeps.
#[derive(Clone, Default)]
pub struct Swept {
    /// The newest curves, and what they are of.
    pub curves: Option<(SweepRequest, Arc<SweepCurves>)>,
}

/// What the thread last said.
pub type SweepStatus = Status<Swept>;

/// Sweeps.
pub type SweepThread = Job<SweepRequest, Swept>;

impl SweepThread {
    /// Starts the thread. `wake` is called after every change of the status.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn of_paths(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        Self::start("sweeps", Swept::default(), wake, |request, progress| compute(&request, progress))
    }
}

/// The curves first: the bias may take some hundred sweeps more.
fn compute(request: &SweepRequest, progress: &Progress<'_, SweepRequest, Swept>) -> Result<(), String> {
    let SweepRequest { path, kappa, share } = request;
    let go_on = || progress.goes_on();
    let found = SweepCurves::new(path, *kappa, *share, go_on).map_err(|why| why.to_string())?;
    let Some(curves) = found else { return Ok(()) };
    let show = |curves| progress.say(|said| said.curves = Some((request.clone(), Arc::new(curves))));
    show(curves.clone());
    let sweeps = Sweeps { count: SHOWN_SWEEPS, parallel: true, share: *share };
    let bias = sweep_bias(path, *kappa, sweeps, go_on).map_err(|why| why.to_string())?;
    if bias.is_some() {
        show(SweepCurves { bias, ..curves });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::grid::Settings;
    use crate::flow::Scheduler;
    use crate::latest::testing::eventually;

    #[test]
    fn sweeps_follow_the_newest_request_and_say_their_bias() {
        let mut settings = Settings::default();
        settings.flow.k = Some(8);
        let path = Arc::new(settings.flow.path().expect("path"));
        let thread = SweepThread::of_paths(|| {}).expect("a thread");
        let request =
            |t: f64, share| SweepRequest { path: path.clone(), kappa: Scheduler::Linear.at(t), share };
        thread.ask_anew(request(0.3, 1.0));
        thread.ask_anew(request(0.6, 0.5));
        let (of, curves) = eventually("sweeps", || {
            let status = thread.status();
            let busy = status.busy;
            status.said.curves.filter(|(_, curves)| !busy && curves.bias.is_some())
        });
        assert!(of == request(0.6, 0.5));
        let bias = curves.bias.expect("waited for");
        assert!(bias.settled && bias.tv > 1e-3, "{bias:?}");
        for parallel in [&curves.parallel, &curves.parallel_from_source] {
            assert_eq!(parallel.len(), SHOWN_SWEEPS + 1);
            assert!(
                (parallel[SHOWN_SWEEPS] - bias.tv).abs() < 0.01 * bias.tv,
                "{} {bias:?}",
                parallel[SHOWN_SWEEPS]
            );
        }
        assert!(curves.parallel[0] == 0.0 && curves.in_turn < 1e-13);
        assert!(curves.in_turn_from_source[SHOWN_SWEEPS] < 1e-6 && curves.in_turn_from_source[0] > 0.1);
    }
}
