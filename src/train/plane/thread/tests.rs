//! The thread as the window uses it.

use super::*;
use crate::flow::plane::{AffinePath, Mixture, PlaneFlow, PlaneSource, PlaneTarget};
use crate::latest::testing::eventually;
use crate::train::TrainState;
use crate::train::plane::PlaneTrainConfig;

fn task(codes: usize) -> Box<PlaneTask> {
    let target = PlaneTarget::Mixture(Mixture::ring());
    let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
    let config = PlaneTrainConfig { width: 8, layers: 1, batch: 32, codes, ..PlaneTrainConfig::default() };
    Box::new(PlaneTask::new("ring".to_owned(), &flow, config).expect("a task"))
}

fn start(folder: &std::path::Path) -> PlaneTrainerThread {
    let keeping = RunKeeping::in_folder(folder.to_owned());
    PlaneTrainerThread::start(Device::flex(), Some(keeping), || ()).expect("a thread")
}

#[test]
fn a_run_is_measured_paused_kept_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let step = {
        let thread = start(folder.path());
        thread.train(PlaneTrainJob::Fresh(task(0)));
        eventually("three points", || (thread.status().history.len() > 2).then_some(()));
        thread.pause();
        let status = eventually("a pause", || {
            let status = thread.status();
            (status.state == TrainState::Paused && !thread.has_orders()).then_some(status)
        });
        assert!(status.network.is_some() && status.latents.is_none());
        let points = &status.history;
        assert!(points.iter().all(|point| point.gap.is_some_and(|gap| gap > 0.0)));
        assert!(points.last().expect("a point").gap < points[0].gap, "{points:?}");
        status.step
    };
    let thread = start(folder.path());
    let kept = eventually("runs", || thread.status().knows_kept.then(|| thread.status().kept.clone()));
    assert_eq!((kept.len(), kept[0].record.step, kept[0].record.name.as_str()), (1, step, "ring"));
    assert!(kept[0].record.history.len() > 2);
    thread.train(PlaneTrainJob::Kept(kept[0].number));
    eventually("it goes on", || (thread.status().step > step).then_some(()));
    // Another lab's file is refused, and the run goes on.
    let other = folder.path().join("other.safetensors");
    std::fs::write(&other, "no network").expect("written");
    thread.train(PlaneTrainJob::File(other));
    let report = eventually("a refusal", || thread.status().report.1.and_then(Result::err));
    assert!(report.contains("other.safetensors"), "{report}");
}

#[test]
fn a_network_with_codes_shows_its_table() {
    let thread = PlaneTrainerThread::start(Device::flex(), None, || ()).expect("a thread");
    thread.train(PlaneTrainJob::Fresh(task(4)));
    let latents = eventually("a table", || thread.status().latents.clone());
    assert_eq!(latents.encoder().dim(), (8, 4));
}
