//! The curve thread: exact distance to the target against evaluations, for several samplers, always the newest request.

use crate::experiment::grid::DenoiserSpec;
use crate::flow::GridPath;
use crate::model::grid::NetworkDenoiser;
use crate::sampler::grid::{Curve, CurveCost, Sampler, extend_curves};
use crate::ui::job::{Job, Progress, Status, guarded};
use crate::view::grid::Show;
use std::sync::Arc;

/// Curves that are remembered, so that a choice taken back costs nothing.
const REMEMBERED: usize = 64;
/// Of the thread.
const NAME: &str = "curves";

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

    fn cost(&self) -> CurveCost<'_> {
        let temperature = self.samplers.first().map_or(1.0, |present| present.config.temperature);
        CurveCost { path: &self.path, network: self.denoiser.show() == Show::Learned, temperature }
    }
}

impl PartialEq for CurveRequest {
    fn eq(&self, other: &Self) -> bool {
        self.same_denoiser(other) && self.samplers == other.samplers
    }
}

/// The curves of the newest request that are there, of its path and denoiser alone.
#[derive(Clone, Default)]
pub struct Curves {
    /// The present setting's first.
    pub curves: Arc<Vec<Curve>>,
}

/// What the thread last said; its error may be of one curve alone.
pub type CurveStatus = Status<Curves>;

/// Computes curves.
pub type CurveThread = Job<CurveRequest, Curves>;

impl CurveThread {
    /// Starts the thread. `wake` is called after every change of the status.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn of_samplers(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let mut work = Work::default();
        Self::start(NAME, Curves::default(), wake, move |request, progress| work.serve(request, progress))
    }
}

#[derive(Default)]
struct Work {
    /// Whole curves of the denoiser of `of`, the newest last.
    known: Vec<Curve>,
    of: Option<CurveRequest>,
}

impl Work {
    fn serve(
        &mut self,
        request: CurveRequest,
        progress: &Progress<'_, CurveRequest, Curves>,
    ) -> Result<(), String> {
        if !self.of.as_ref().is_some_and(|of| of.same_denoiser(&request)) {
            self.known.clear();
        }
        let outcome = guarded(NAME, || self.compute(&request, progress));
        self.of = Some(request);
        match outcome {
            Ok(None) => Ok(()),
            Ok(Some(left_out)) => Err(left_out),
            Err(why) => {
                // Without curves of its own a request is not answered by those of another one.
                progress.say(|said| said.curves = Arc::default());
                Err(why)
            }
        }
    }

    /// Says which curve had to be left out, if one was.
    fn compute(
        &mut self,
        request: &CurveRequest,
        progress: &Progress<'_, CurveRequest, Curves>,
    ) -> Result<Option<String>, String> {
        let (path, cost) = (&request.path, request.cost());
        let most = cost.most_steps().map_err(|why| why.to_string())?;
        let network = request.network.as_ref().map(|(network, _)| &**network);
        let denoiser = request.denoiser.on(path, network)?;
        let known = |sampler: &Sampler| self.known.iter().find(|curve| curve.sampler == *sampler).cloned();
        let curve = |sampler| known(sampler).unwrap_or_else(|| Curve::new(*sampler, path));
        let mut curves: Vec<Curve> = request.samplers.iter().map(curve).collect();
        // A network's evaluation already uses all cores.
        let extent = (most, cost.network);
        let show = |curves: &[Curve]| progress.say(|said| said.curves = Arc::new(curves.to_vec()));
        if !extend_curves(&mut curves, (path, &*denoiser), extent, &|| progress.goes_on(), show) {
            return Ok(None);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::Oracle;
    use crate::experiment::grid::{CurveChoice, Settings};
    use crate::flow::Scheduler;
    use crate::latest::testing::eventually;
    use crate::sampler::grid::{Method, SamplerConfig, curve_point};

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
        let thread = CurveThread::of_samplers(|| {}).expect("a thread");
        thread.ask_anew(request(&settings, &path));
        settings.flow.scheduler = Scheduler::Cosine;
        settings.curves = CurveChoice { methods: vec![Method::Ctmc, Method::MaskGit], ..CurveChoice::none() };
        thread.ask_anew(request(&settings, &path));
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
        let thread = CurveThread::of_samplers(|| {}).expect("a thread");
        thread.ask_anew(request(&settings, &path));
        let status = eventually("an answer", || Some(thread.status()).filter(|s| !s.busy));
        assert!(status.curves.is_empty() && status.error.is_some_and(|why| why.contains("V = 129")));
    }

    #[test]
    fn a_sampler_that_cannot_be_run_spoils_no_other_curve() {
        let mut settings = Settings::default();
        settings.flow.k = Some(20);
        settings.sampler.method = Method::MaskGit;
        let path = Arc::new(settings.flow.path().expect("path"));
        let thread = CurveThread::of_samplers(|| {}).expect("a thread");
        // MaskGIT needs a mask source; the others do not.
        thread.ask_anew(request(&settings, &path));
        let status = eventually("an answer", || Some(thread.status()).filter(|s| !s.busy));
        assert!(status.error.as_ref().is_some_and(|why| why.contains("maskgit")));
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
        let thread = CurveThread::of_samplers(|| {}).expect("a thread");
        thread.ask_anew(request(&settings, &path));
        let status = eventually("an answer", || Some(thread.status()).filter(|s| !s.busy));
        let points: Vec<_> = status.curves.iter().map(|curve| curve.points.len()).collect();
        assert_eq!(points, [0, 9, 9], "the present sampler has none, and stays the first");
        let why = status.error.as_deref().expect("why");
        assert!(why.contains("trapezoidal") && why.contains("V = 40"), "{why}");
        // Two evaluations a step, and better for it: the midpoint rule's exact pmf at any K.
        let [exact, midpoint] = [1, 2].map(|n| status.curves[n].points[5]);
        let better = midpoint.distances.tv < 0.95 * exact.distances.tv;
        assert!(midpoint.nfe == 63 && better, "{midpoint:?} {exact:?}");
    }
}
