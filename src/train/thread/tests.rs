//! Orders to the trainer thread, and what becomes of them.

use super::*;
use crate::flow::grid::testing::small_target;
use crate::flow::{Coupling, Source};
use crate::latest::testing::eventually;
use crate::train::LossKind;

fn job(learning_rate: f64) -> TrainJob {
    let path = GridPath::new(&small_target(6), &Source::Uniform, Coupling::Independent).expect("path");
    let config = TrainConfig { batch: 32, hidden: 8, learning_rate, ..TrainConfig::default() };
    TrainJob::Fresh { path: Arc::new(path), flow: FlowSpec::default(), config }
}

/// A job whose flow can be built again from its spec.
fn small_job() -> TrainJob {
    let flow = FlowSpec { k: Some(6), ..FlowSpec::default() };
    let config = TrainConfig { batch: 32, hidden: 8, ..TrainConfig::default() };
    TrainJob::Fresh { path: Arc::new(flow.path().expect("path")), flow, config }
}

fn thread(autosave: Option<PathBuf>) -> TrainerThread {
    TrainerThread::start(Device::flex(), autosave, || {}).expect("thread")
}

fn wait_for(thread: &TrainerThread, what: &str, wanted: impl Fn(&TrainStatus) -> bool) -> TrainStatus {
    eventually(what, || Some(thread.status()).filter(&wanted))
}

#[test]
fn trains_pauses_goes_on_and_resets() {
    let thread = thread(None);
    assert_eq!(thread.status().state, TrainState::Idle);
    thread.train(job(1e-3));
    wait_for(&thread, "steps", |s| s.step > 20 && s.history.len() > 1 && s.network.is_some());
    thread.pause();
    let paused = wait_for(&thread, "a pause", |s| s.state == TrainState::Paused);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(thread.status().step, paused.step, "it stepped while paused");
    thread.go();
    wait_for(&thread, "more steps", |s| s.step > paused.step);
    thread.reset();
    let reset = wait_for(&thread, "a reset", |s| s.state == TrainState::Idle);
    assert!(reset.network.is_none() && reset.step == 0);
}

#[test]
fn no_order_is_lost_however_many_there_are() {
    let thread = thread(None);
    thread.train(job(1e-3));
    for j in 0..1000 {
        thread.set_scheduler(Scheduler::Power(1.0 + f64::from(j) / 1000.0));
        if j == 700 {
            thread.pause();
        }
    }
    thread.set_scheduler(Scheduler::Cubic);
    // In the end it is paused, and the gap is that of the last scheduler.
    let path = GridPath::new(&small_target(6), &Source::Uniform, Coupling::Independent).expect("path");
    let floors = super::super::Floors::new(Arc::new(path), Scheduler::Cubic);
    wait_for(&thread, "a pause under the last scheduler", |s| {
        let (Some(network), Some(last)) = (&s.network, s.history.last()) else { return false };
        let gap = floors.gap(network, LossKind::Ce).expect("gap");
        s.state == TrainState::Paused && (gap.gap - last.gap.gap).abs() < 1e-9
    });
}

#[test]
fn a_saved_run_can_be_opened_and_a_bad_file_costs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.safetensors");
    let thread = thread(None);
    thread.train(small_job());
    wait_for(&thread, "steps", |s| s.step > 5);
    thread.pause();
    let paused = wait_for(&thread, "a pause", |s| s.state == TrainState::Paused);
    thread.save(file.clone());
    wait_for(&thread, "the file", |s| matches!(&s.report, (1, Some(Ok(_)))));
    thread.reset();
    wait_for(&thread, "a reset", |s| s.state == TrainState::Idle);
    thread.train(TrainJob::File(file.clone()));
    let opened = wait_for(&thread, "the run", |s| s.opened == 1 && s.network.is_some());
    assert_eq!((opened.step, opened.state), (paused.step, TrainState::Paused));
    assert_eq!(opened.flow.and_then(|f| f.k), Some(6));

    // A file that only looks like a checkpoint: its weights are there, the optimiser's state is not.
    let whole = Checkpoint::read(&file).expect("the file");
    let mut stripped = whole.clone();
    stripped.tensors.retain(|name, _| name.starts_with("net."));
    let bad = folder.path().join("bad.safetensors");
    std::fs::write(&bad, stripped.to_bytes().expect("bytes")).expect("write");
    thread.go();
    let running = wait_for(&thread, "steps", |s| s.step > paused.step);
    thread.train(TrainJob::File(bad));
    let refused = wait_for(&thread, "a refusal", |s| matches!(&s.report, (_, Some(Err(_)))));
    let Some(Err(message)) = refused.report.1 else { unreachable!() };
    assert!(message.contains("bad.safetensors") && message.contains("missing"), "{message}");
    assert!(refused.network.is_some() && refused.step >= running.step, "the old run is still there");
}

#[test]
fn a_run_is_kept_when_it_pauses_and_when_the_program_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("last.safetensors");
    let kept = || Checkpoint::read(&file).ok().and_then(|c| TrainingRecord::of(&c).ok()).map(|r| r.step);
    let thread = thread(Some(file.clone()));
    thread.train(small_job());
    wait_for(&thread, "steps", |s| s.step > 5);
    thread.pause();
    let at_pause = eventually("the file", kept);
    assert!(at_pause > 5);
    thread.go();
    wait_for(&thread, "more steps", |s| s.step > at_pause + 5);
    drop(thread);
    assert!(kept().is_some_and(|step| step > at_pause + 5));
}

#[test]
fn a_run_that_fails_says_why_and_the_next_one_works() {
    let thread = thread(None);
    thread.train(job(2.0));
    let refused = wait_for(&thread, "a refusal", |s| s.report.1.is_some());
    let Some(Err(message)) = refused.report.1 else { panic!("it was accepted") };
    assert!(message.contains("learning rate") && message.contains('2'), "{message}");
    thread.train(job(1e-3));
    wait_for(&thread, "steps", |s| s.step > 2);
}

#[test]
fn the_curve_stays_short() {
    let gap = Gap { loss: 1.0, floor: 0.5, gap: 0.5 };
    let mut history = Vec::new();
    for step in 0..10_000 {
        add_point(&mut history, GapPoint { step, seconds: step as f64, gap });
    }
    assert!(history.len() <= MOST_POINTS && history.len() > MOST_POINTS / 4);
    assert_eq!((history[0].step, history.last().map(|p| p.step)), (0, Some(9_999)));
}

#[test]
fn a_lost_device_is_replaced_by_the_cpu_from_the_last_copy() {
    // The work of the thread by hand: a run that says it is on a device that can be lost.
    let mut work = Work {
        inbox: Arc::default(),
        status: Arc::default(),
        wake: Box::new(|| {}),
        device: Device::flex(),
        autosave: None,
        trainer: None,
        running: false,
        gap_cost: Duration::ZERO,
        gap_is_owed: false,
        measured: Instant::now(),
        published: Instant::now(),
        saved: (Instant::now(), 0),
        on_cpu: false,
        spare: None,
        spared: Instant::now(),
    };
    assert!(work.begin(small_job()).is_ok());
    work.running = true;
    let steps = |work: &mut Work, n: usize| (0..n).for_each(|_| assert!(work.step().is_ok()));
    steps(&mut work, 7);
    work.spare = work.trainer.as_ref().map(|t| t.checkpoint().expect("a copy"));
    steps(&mut work, 3);
    assert!(work.recover("the device is gone").is_ok());
    let status = work.status.lock().expect("no panic").clone();
    assert_eq!((status.step, status.device_lost, work.on_cpu), (7, true, true));
    assert!(status.history.iter().all(|p| p.step <= 7));
    let said = status.report.1.expect("a report").expect_err("a warning");
    assert!(
        said.contains("the device is gone") && said.contains("CPU from step 7 (it had reached 10)"),
        "{said}"
    );
    // It goes on as if nothing had happened: the same weights as an undisturbed run.
    steps(&mut work, 3);
    let mut whole = {
        let TrainJob::Fresh { path, flow, config } = small_job() else { unreachable!() };
        Trainer::new(path, flow, config, &Device::flex()).expect("a trainer")
    };
    for _ in 0..10 {
        whole.train_step().expect("a step");
    }
    let bytes = |t: &Trainer| t.checkpoint().expect("a copy").tensors;
    assert!(bytes(work.trainer.as_ref().expect("a run")) == bytes(&whole));
    // The CPU itself can't be replaced.
    assert!(work.recover("again").is_err());
}
