//! The sweep thread: corrector iterations while the play-head stands, always those of the newest request.

use super::fields::Scene;
use crate::flow::{GridPath, Kappa};
use crate::latest::{Latest, panic_message};
use crate::sampler::grid::{HeldSweeps, SweepBias, Sweeps, sweep_bias};
use ndarray::Array2;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Sweeps that are shown.
pub const SHOWN: usize = 100;

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
    pub fn fits(&self, scene: &Scene<'_>, share: f64) -> bool {
        self.asks_the_same(&Self { path: scene.path.clone(), kappa: scene.kappa(), share })
    }

    /// Whether both ask for the same.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.path, &other.path) && (self.kappa, self.share) == (other.kappa, other.share)
    }
}

/// TV to p_t after 0, 1, … sweeps, up to [`SHOWN`].
#[derive(Clone, Debug, Default)]
pub struct SweepCurves {
    /// Both tokens at once, from p_t: how the bias builds up.
    pub parallel: Vec<f64>,
    /// The same from the source: a wrong pmf is drawn towards p_t, as far as the bias.
    pub parallel_from_source: Vec<f64>,
    /// One token at a time from the source.
    pub in_turn_from_source: Vec<f64>,
    /// What one sweep of one token at a time changes p_t by: rounding.
    pub in_turn: f64,
    /// Where parallel sweeps end, once found.
    pub bias: Option<SweepBias>,
}

/// What the thread last said.
#[derive(Clone, Default)]
pub struct SweepStatus {
    /// The newest curves, and what they are of.
    pub curves: Option<(SweepRequest, Arc<SweepCurves>)>,
    /// Whether more are on the way.
    pub busy: bool,
    /// Why there are none.
    pub error: Option<String>,
}

/// Owns the thread; dropping it ends the thread.
pub struct SweepThread {
    requests: Arc<Latest<SweepRequest>>,
    status: Arc<Mutex<SweepStatus>>,
    thread: Option<JoinHandle<()>>,
    asked: Option<SweepRequest>,
}

impl SweepThread {
    /// Starts the thread. `wake` is called after every change of the status.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let requests = Arc::new(Latest::<SweepRequest>::new());
        let status = Arc::new(Mutex::new(SweepStatus::default()));
        let (inbox, shared) = (requests.clone(), status.clone());
        let thread = std::thread::Builder::new().name("sweeps".to_owned()).spawn(move || {
            let work = Work { requests: inbox, status: shared, wake: Box::new(wake) };
            while let Some(request) = work.requests.wait() {
                work.serve(&request);
            }
        })?;
        Ok(Self { requests, status, thread: Some(thread), asked: None })
    }

    /// Asks for sweeps if they are not those asked for last.
    pub fn request(&mut self, request: SweepRequest) {
        if self.asked.as_ref().is_some_and(|asked| asked.asks_the_same(&request)) {
            return;
        }
        self.status.lock().unwrap_or_else(PoisonError::into_inner).busy = true;
        self.asked = Some(request.clone());
        self.requests.put(request);
    }

    /// What the thread last said.
    pub fn status(&self) -> SweepStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for SweepThread {
    fn drop(&mut self) {
        self.requests.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    requests: Arc<Latest<SweepRequest>>,
    status: Arc<Mutex<SweepStatus>>,
    wake: Box<dyn Fn() + Send>,
}

impl Work {
    fn serve(&self, request: &SweepRequest) {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.compute(request)));
        let error = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(message)) => Some(message),
            Err(panic) => Some(format!("the sweeps stopped unexpectedly: {}", panic_message(&*panic))),
        };
        let more = self.requests.is_pending();
        self.say(|s| {
            s.busy = more;
            s.error = error;
        });
    }

    /// The curves first: the bias may take some hundred sweeps more.
    fn compute(&self, request: &SweepRequest) -> Result<(), String> {
        let SweepRequest { path, kappa, share } = request;
        let posterior = path.posterior(*kappa);
        let sweeps = |parallel| Sweeps { count: SHOWN, parallel, share: *share };
        let go_on = || !self.requests.is_pending();
        let held = |parallel, from: Array2<f64>| {
            HeldSweeps::new(path, &posterior, *kappa, sweeps(parallel), from).map_err(|e| e.to_string())
        };
        let curve = |mut held: HeldSweeps| -> Option<Vec<f64>> {
            let mut tv = vec![held.tv()];
            for _ in 0..SHOWN {
                if !go_on() {
                    return None;
                }
                held.sweep();
                tv.push(held.tv());
            }
            Some(tv)
        };
        let source = || path.start().clone();
        let Some(parallel) = curve(held(true, path.pmf(*kappa))?) else { return Ok(()) };
        let Some(parallel_from_source) = curve(held(true, source())?) else { return Ok(()) };
        let Some(in_turn_from_source) = curve(held(false, source())?) else { return Ok(()) };
        let in_turn = held(false, path.pmf(*kappa))?.sweep();
        let curves = SweepCurves { parallel, parallel_from_source, in_turn_from_source, in_turn, bias: None };
        self.say(|s| s.curves = Some((request.clone(), Arc::new(curves.clone()))));
        let bias = sweep_bias(path, *kappa, sweeps(true), go_on).map_err(|e| e.to_string())?;
        if bias.is_some() {
            self.say(|s| s.curves = Some((request.clone(), Arc::new(SweepCurves { bias, ..curves }))));
        }
        Ok(())
    }

    fn say(&self, change: impl FnOnce(&mut SweepStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
        (self.wake)();
    }
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
        let mut thread = SweepThread::start(|| {}).expect("a thread");
        let request =
            |t: f64, share| SweepRequest { path: path.clone(), kappa: Scheduler::Linear.at(t), share };
        thread.request(request(0.3, 1.0));
        thread.request(request(0.6, 0.5));
        let (of, curves) = eventually("sweeps", || {
            let status = thread.status();
            status.curves.filter(|(_, curves)| !status.busy && curves.bias.is_some())
        });
        assert!(of.asks_the_same(&request(0.6, 0.5)));
        let bias = curves.bias.expect("waited for");
        assert!(bias.settled && bias.tv > 1e-3, "{bias:?}");
        for parallel in [&curves.parallel, &curves.parallel_from_source] {
            assert_eq!(parallel.len(), SHOWN + 1);
            assert!((parallel[SHOWN] - bias.tv).abs() < 0.01 * bias.tv, "{} {bias:?}", parallel[SHOWN]);
        }
        assert!(curves.parallel[0] == 0.0 && curves.in_turn < 1e-13);
        assert!(curves.in_turn_from_source[SHOWN] < 1e-6 && curves.in_turn_from_source[0] > 0.1);
    }
}
