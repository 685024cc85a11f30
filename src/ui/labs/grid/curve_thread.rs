//! The curve thread: exact distance to the target against evaluations, for several samplers, always the newest request.

use crate::experiment::grid::{DenoiserSpec, Sampler};
use crate::flow::GridPath;
use crate::latest::{Latest, panic_message};
use crate::model::grid::NetworkDenoiser;
use crate::sampler::grid::{CurvePoint, Method, SamplerConfig, curve_point, too_slow_to_push};
use crate::view::grid::Show;
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Steps of the points of a curve: 1, 2, 4, ….
pub const MOST_STEPS: usize = 256;
/// The same for a network, whose answers are tables.
const MOST_NETWORK_STEPS: usize = 64;
/// The same for a path whose own posteriors are tables, O(V⁴) a step, beyond this many values a token.
const MOST_TABLE_STEPS: usize = 32;
const QUICK_TABLES: usize = 33;
/// The same for the trapezoidal rule, of whose exact pmf a step takes some tens of milliseconds.
const MOST_TRAPEZOIDAL_STEPS: usize = 64;
/// Beyond this many a step takes seconds and most of a gigabyte: there are no curves of tables.
const MOST_TABLES: usize = 129;
/// Curves that are remembered, so that a choice taken back costs nothing.
const REMEMBERED: usize = 64;

/// What to compute.
#[derive(Clone)]
pub struct CurveRequest {
    /// The path.
    pub path: Arc<GridPath>,
    /// Which denoiser.
    pub denoiser: DenoiserSpec,
    /// The network that is shown and its version, if one is.
    pub network: Option<(Arc<NetworkDenoiser>, u64)>,
    /// The curves.
    pub samplers: Vec<Sampler>,
}

impl CurveRequest {
    /// Whether a curve of the one is a curve of the other.
    fn same_denoiser(&self, other: &Self) -> bool {
        let version = |r: &Self| r.network.as_ref().map(|(_, version)| *version);
        Arc::ptr_eq(&self.path, &other.path)
            && self.denoiser == other.denoiser
            && version(self) == version(other)
    }

    /// Whether a step costs tens of milliseconds: kernels are tables for a network, for a path whose own posteriors are
    /// tables, and at another temperature than 1.
    pub fn is_slow(path: &GridPath, show: Show, temperature: f64) -> bool {
        let tables = !path.renoises_from_marginals() || temperature != 1.0;
        show == Show::Learned || (tables && path.vocabulary() > QUICK_TABLES)
    }

    fn slow(&self) -> bool {
        let temperature = self.samplers.first().map_or(1.0, |present| present.config.temperature);
        Self::is_slow(&self.path, self.denoiser.show(), temperature)
    }

    /// Steps of the last point of every curve.
    fn most_steps(&self) -> usize {
        match (self.denoiser.show(), self.slow()) {
            (Show::Learned, _) => MOST_NETWORK_STEPS,
            (_, true) => MOST_TABLE_STEPS,
            _ => MOST_STEPS,
        }
    }

    /// Whether both ask for the same.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self.same_denoiser(other) && self.samplers == other.samplers
    }
}

/// A curve as far as it is.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Of what.
    pub sampler: Sampler,
    /// In the order of steps.
    pub points: Vec<CurvePoint>,
    /// Why there are no more of them.
    pub error: Option<String>,
}

impl Curve {
    fn new(sampler: Sampler) -> Self {
        Self { sampler, points: Vec::new(), error: None }
    }
}

/// What the thread last said.
#[derive(Clone, Default)]
pub struct CurveStatus {
    /// The curves of the newest request that are there, of its path and denoiser alone.
    pub curves: Arc<Vec<Curve>>,
    /// Whether more are on the way.
    pub busy: bool,
    /// Why a curve could not be computed.
    pub error: Option<String>,
}

fn most_steps_of(method: Method) -> usize {
    if method == Method::Trapezoidal { MOST_TRAPEZOIDAL_STEPS } else { usize::MAX }
}

/// Owns the thread; dropping it ends the thread.
pub struct CurveThread {
    requests: Arc<Latest<CurveRequest>>,
    status: Arc<Mutex<CurveStatus>>,
    thread: Option<JoinHandle<()>>,
    asked: Option<CurveRequest>,
}

impl CurveThread {
    /// Starts the thread. `wake` is called after every change of the status.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let requests = Arc::new(Latest::<CurveRequest>::new());
        let status = Arc::new(Mutex::new(CurveStatus::default()));
        let (inbox, shared) = (requests.clone(), status.clone());
        let thread = std::thread::Builder::new().name("curves".to_owned()).spawn(move || {
            let mut work =
                Work { requests: inbox, status: shared, wake: Box::new(wake), known: Vec::new(), of: None };
            while let Some(request) = work.requests.wait() {
                work.serve(request);
            }
        })?;
        Ok(Self { requests, status, thread: Some(thread), asked: None })
    }

    /// Asks for curves if they are not those asked for last.
    pub fn request(&mut self, request: CurveRequest) {
        if self.asked.as_ref().is_some_and(|asked| asked.asks_the_same(&request)) {
            return;
        }
        self.status.lock().unwrap_or_else(PoisonError::into_inner).busy = true;
        self.asked = Some(request.clone());
        self.requests.put(request);
    }

    /// What the thread last said.
    pub fn status(&self) -> CurveStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for CurveThread {
    fn drop(&mut self) {
        self.requests.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    requests: Arc<Latest<CurveRequest>>,
    status: Arc<Mutex<CurveStatus>>,
    wake: Box<dyn Fn() + Send>,
    /// Whole curves of the denoiser of `of`, the newest last.
    known: Vec<Curve>,
    of: Option<CurveRequest>,
}

impl Work {
    fn serve(&mut self, request: CurveRequest) {
        if !self.of.as_ref().is_some_and(|of| of.same_denoiser(&request)) {
            self.known.clear();
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| self.compute(&request)));
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(panic) => Err(format!("the curves stopped unexpectedly: {}", panic_message(&*panic))),
        };
        self.of = Some(request);
        let more = self.requests.is_pending();
        self.say(|s| {
            s.busy = more;
            // Without curves of its own a request is not answered by those of another one.
            if outcome.is_err() {
                s.curves = Arc::default();
            }
            s.error = outcome.unwrap_or_else(Some);
        });
    }

    /// Fills the curves from few steps to many, all of them in parallel: a request that changes while a slider is
    /// dragged shows the short runs at once. Says which curve had to be left out, if one was.
    fn compute(&mut self, request: &CurveRequest) -> Result<Option<String>, String> {
        if request.slow() && request.path.vocabulary() > MOST_TABLES {
            return Err(format!("left out beyond V = {MOST_TABLES}: a step of this sampler takes seconds"));
        }
        let most = request.most_steps();
        let mut curves: Vec<Curve> = request
            .samplers
            .iter()
            .map(|sampler| {
                let known = self.known.iter().find(|curve| curve.sampler == *sampler);
                known.cloned().unwrap_or_else(|| Curve {
                    error: too_slow_to_push(sampler.config.method, &request.path),
                    ..Curve::new(*sampler)
                })
            })
            .collect();
        let network = request.network.as_ref().map(|(network, _)| &**network);
        let denoiser = request.denoiser.on(&request.path, network)?;
        // Whether the point is there, or never will be: a sampler that can't be run spoils no other's curve.
        let ask = |curve: &mut Curve, steps: usize| -> bool {
            let known = curve.points.last().is_some_and(|last| last.steps >= steps);
            let Sampler { scheduler, config } = curve.sampler;
            if known || curve.error.is_some() || steps > most_steps_of(config.method) {
                return true;
            }
            let config = SamplerConfig { steps, ..config };
            let go_on = || !self.requests.is_pending();
            match curve_point(&request.path, &*denoiser, scheduler, config, go_on) {
                Ok(point) => {
                    curve.points.extend(point);
                    point.is_some()
                }
                Err(error) => {
                    curve.error = Some(error.to_string());
                    true
                }
            }
        };
        let doublings = std::iter::successors(Some(1usize), |n| Some(2 * n)).take_while(|n| *n <= most);
        for steps in doublings {
            let whole = match request.denoiser.show() {
                // One after the other: a network's evaluation already uses all cores.
                Show::Learned => curves.iter_mut().fold(true, |all, curve| all & ask(curve, steps)),
                Show::Exact => {
                    curves.par_iter_mut().map(|curve| ask(curve, steps)).reduce(|| true, |a, b| a & b)
                }
            };
            if !whole {
                return Ok(None);
            }
            self.say(|s| s.curves = Arc::new(curves.clone()));
        }
        let failed = curves.iter().find_map(|curve| {
            let why = curve.error.as_ref()?;
            Some(format!("{} is left out: {why}", curve.sampler.config.method))
        });
        self.known.retain(|known| !curves.iter().any(|curve| curve.sampler == known.sampler));
        self.known.extend(curves.into_iter().filter(|curve| curve.error.is_none()));
        let surplus = self.known.len().saturating_sub(REMEMBERED);
        self.known.drain(..surplus);
        Ok(failed)
    }

    fn say(&self, change: impl FnOnce(&mut CurveStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
        (self.wake)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::Oracle;
    use crate::experiment::grid::{CurveChoice, Settings};
    use crate::flow::Scheduler;
    use crate::latest::testing::eventually;

    fn request(settings: &Settings, path: &Arc<GridPath>) -> CurveRequest {
        CurveRequest {
            path: path.clone(),
            denoiser: settings.denoiser(),
            network: None,
            samplers: settings.curves.samplers(settings, |method| method != Method::MaskGit),
        }
    }

    #[test]
    fn curves_are_what_a_run_measures_and_follow_the_newest_request() {
        let mut settings = Settings::default();
        settings.flow.k = Some(8);
        let path = Arc::new(settings.flow.path().expect("path"));
        let mut thread = CurveThread::start(|| {}).expect("a thread");
        thread.request(request(&settings, &path));
        settings.flow.scheduler = Scheduler::Cosine;
        settings.curves = CurveChoice { methods: vec![Method::Ctmc, Method::MaskGit], ..CurveChoice::none() };
        thread.request(request(&settings, &path));
        let whole = eventually("curves", || {
            let status = thread.status();
            (!status.busy && status.curves.len() == 2).then_some(status)
        });
        assert_eq!(whole.error, None);
        let present = &whole.curves[0];
        assert_eq!(present.sampler.scheduler, Scheduler::Cosine);
        assert_eq!(present.points.len(), 9);
        let config = SamplerConfig { steps: 16, ..present.sampler.config };
        let alone = curve_point(&path, &Oracle::new(path.clone()), Scheduler::Cosine, config, || true);
        assert_eq!(Some(present.points[4]), alone.expect("a run"));
        let [first, .., last] = &present.points[..] else { panic!("points") };
        assert!(last.distances.tv < 0.1 * first.distances.tv);
        // No steps, no step error, for any number of looks.
        assert!(whole.curves[1].points.iter().all(|p| p.distances.tv < 1e-4 && p.nfe == 24));
    }

    #[test]
    fn tables_that_would_take_minutes_are_left_out_and_said() {
        let mut settings = Settings::default();
        settings.flow.k = Some(140);
        settings.sampler.temperature = 0.5;
        let path = Arc::new(settings.flow.path().expect("path"));
        let mut thread = CurveThread::start(|| {}).expect("a thread");
        thread.request(request(&settings, &path));
        let status = eventually("an answer", || Some(thread.status()).filter(|s| !s.busy));
        assert!(status.curves.is_empty() && status.error.is_some_and(|why| why.contains("V = 129")));
    }

    #[test]
    fn a_sampler_that_cannot_be_run_spoils_no_other_curve() {
        let mut settings = Settings::default();
        settings.flow.k = Some(20);
        settings.sampler.method = Method::MaskGit;
        let path = Arc::new(settings.flow.path().expect("path"));
        let mut thread = CurveThread::start(|| {}).expect("a thread");
        // MaskGIT needs a mask source; the others do not.
        thread.request(request(&settings, &path));
        let status = eventually("an answer", || Some(thread.status()).filter(|s| !s.busy));
        assert!(status.error.is_some_and(|why| why.contains("maskgit")));
        assert!(status.curves[0].points.is_empty() && status.curves.len() == 10);
        assert!(status.curves[1..].iter().all(|curve| curve.points.len() == 9));
    }

    #[test]
    fn two_stage_rules_are_drawn_where_their_exact_pmf_can_be_had() {
        let mut settings = Settings::default();
        settings.flow.k = Some(40);
        settings.sampler.method = Method::Trapezoidal;
        settings.curves =
            CurveChoice { methods: vec![Method::Exact, Method::Midpoint], ..CurveChoice::none() };
        let path = Arc::new(settings.flow.path().expect("path"));
        let mut thread = CurveThread::start(|| {}).expect("a thread");
        thread.request(request(&settings, &path));
        let status = eventually("an answer", || Some(thread.status()).filter(|s| !s.busy));
        let points: Vec<_> = status.curves.iter().map(|curve| curve.points.len()).collect();
        assert_eq!(points, [0, 9, 9], "the present sampler has none, and stays the first");
        assert!(status.error.is_some_and(|why| why.contains("trapezoidal") && why.contains("V = 40")));
        // Two evaluations a step, and better for it: the midpoint rule's exact pmf at any K.
        let [exact, midpoint] = [1, 2].map(|n| status.curves[n].points[5]);
        let better = midpoint.distances.tv < 0.95 * exact.distances.tv;
        assert!(midpoint.nfe == 63 && better, "{midpoint:?} {exact:?}");
    }
}
