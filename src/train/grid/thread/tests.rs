//! Orders to the trainer thread, and what becomes of them.

use super::*;
use crate::flow::grid::testing::small_target;
use crate::flow::{Coupling, Source};
use crate::latest::testing::eventually;
use crate::model::grid::Checkpoint;
use crate::train::grid::{EARLY_SECONDS, Floors, LossKind, Trainer, TrainingRecord, early_sample};
use crate::train::history::add_point;
use crate::train::thread::{Board, Trouble, Work};
use crate::train::{Keeper, TrainState};
use std::path::Path;
use std::time::Duration;

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

fn thread(keeping: Option<RunKeeping>) -> TrainerThread {
    TrainerThread::start(Device::flex(), keeping, || {}).expect("thread")
}

/// A thread that keeps its runs in `folder`, but not while they go on.
fn keeping(folder: &Path) -> TrainerThread {
    thread(Some(RunKeeping { folder: folder.to_owned(), every: Duration::from_secs(1000) }))
}

/// What is kept of a run.
fn kept(folder: &Path, run: u64) -> Option<TrainingRecord> {
    let checkpoint = Checkpoint::read(&folder.join(format!("run-{run:04}.safetensors"))).ok()?;
    TrainingRecord::of(&checkpoint).ok()
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
    let floors = Floors::new(Arc::new(path), Scheduler::Cubic);
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
    thread.save(file.clone(), false);
    wait_for(&thread, "the file", |s| matches!(&s.report, (1, Some(Ok(_)))));
    thread.reset();
    wait_for(&thread, "a reset", |s| s.state == TrainState::Idle);
    thread.train(TrainJob::File(file.clone()));
    let opened = wait_for(&thread, "the run", |s| s.opened == 1 && s.network.is_some());
    assert_eq!((opened.step, &opened.state), (paused.step, &TrainState::Paused));
    assert_eq!(opened.flow.as_ref().and_then(|f| f.k), Some(6));

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
    let Some(Err(message)) = &refused.report.1 else { unreachable!() };
    assert!(message.contains("bad.safetensors") && message.contains("missing"), "{message}");
    assert!(refused.network.is_some() && refused.step >= running.step, "the old run is still there");
}

#[test]
fn a_run_is_kept_when_it_pauses_and_when_the_program_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let step = || kept(folder.path(), 1).map(|record| record.step);
    let thread = keeping(folder.path());
    thread.train(small_job());
    wait_for(&thread, "steps", |s| s.step > 5);
    thread.pause();
    let at_pause = eventually("the file", || step().filter(|step| *step > 5));
    thread.go();
    wait_for(&thread, "more steps", |s| s.step > at_pause + 5);
    drop(thread);
    assert!(step().is_some_and(|step| step > at_pause + 5));
    // With its gap, that of the last pause included.
    assert!(kept(folder.path(), 1).is_some_and(|record| !record.history.is_empty()));
}

#[test]
fn a_run_that_goes_on_is_kept_from_time_to_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let every = Duration::from_millis(50);
    let thread = thread(Some(RunKeeping { folder: folder.path().to_owned(), every }));
    thread.train(small_job());
    // What is on disk is what a killed program would find.
    let mut last = 0;
    for _ in 0..4 {
        let (record, status) = eventually("a later file", || {
            let record = kept(folder.path(), 1).filter(|record| record.step > last)?;
            Some((record, thread.status()))
        });
        assert_eq!(status.state, TrainState::Running, "it was not stopped for it");
        last = record.step;
    }
    assert_eq!(thread.status().file, Some(folder.path().join("run-0001.safetensors")));
}

#[test]
fn a_kept_run_goes_on_at_the_next_start_as_if_nothing_had_happened() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = keeping(folder.path());
    first.train(small_job());
    wait_for(&first, "a gap", |s| s.step > 20 && !s.history.is_empty());
    drop(first);
    let stopped = kept(folder.path(), 1).expect("the run");

    let second = keeping(folder.path());
    let found = wait_for(&second, "the run", |s| s.knows_kept).news.kept;
    assert_eq!((found.len(), found[0].number, &found[0].record), (1, 1, &stopped));
    assert_eq!(found[0].file, folder.path().join("run-0001.safetensors"));
    second.train(TrainJob::Kept(1));
    let on = wait_for(&second, "more steps", |s| s.step > stopped.step + 20);
    assert_eq!((on.run, on.opened, &on.state), (1, 1, &TrainState::Running));
    assert!(on.history.starts_with(&stopped.history), "its curve goes on");
    // Ordered again while it runs, nothing happens to it.
    second.train(TrainJob::Kept(1));
    wait_for(&second, "more steps", |s| !s.starting && s.step > on.step);
    drop(second);
    let resumed = Checkpoint::read(&folder.path().join("run-0001.safetensors")).expect("the file");
    let steps = TrainingRecord::of(&resumed).expect("a record").step;
    let mut whole = {
        let TrainJob::Fresh { path, flow, config } = small_job() else { unreachable!() };
        Trainer::new(path, flow, config, &Device::flex()).expect("a trainer")
    };
    for _ in 0..steps {
        whole.train_step().expect("a step");
    }
    let expected = whole.checkpoint().expect("a copy").tensors;
    assert!(expected.iter().all(|(name, data)| resumed.tensors.get(name) == Some(data)));
}

#[test]
fn a_run_is_kept_before_another_one_takes_its_place_or_it_is_reset() {
    let folder = tempfile::tempdir().expect("a folder");
    let thread = keeping(folder.path());
    for run in 1..=2 {
        thread.train(small_job());
        wait_for(&thread, "steps", |s| s.run == run && s.step > 5);
    }
    assert!(kept(folder.path(), 1).is_some_and(|record| record.step > 5), "replaced");
    assert!(kept(folder.path(), 2).is_some(), "its number is taken at once");
    thread.reset();
    wait_for(&thread, "a reset", |s| s.state == TrainState::Idle);
    assert!(kept(folder.path(), 2).is_some_and(|record| record.step > 5), "reset");
    thread.forget(1);
    eventually("it is gone", || kept(folder.path(), 1).is_none().then_some(()));
}

#[test]
fn damaged_runs_are_set_aside_and_said_and_others_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = keeping(folder.path());
    first.train(small_job());
    wait_for(&first, "steps", |s| s.step > 5);
    drop(first);
    let damaged = folder.path().join("run-0007.safetensors");
    std::fs::write(&damaged, "half a fi").expect("write");
    let second = keeping(folder.path());
    let status = wait_for(&second, "a message", |s| s.report.1.is_some());
    let Some(Err(said)) = &status.report.1 else { panic!("no message") };
    assert!(
        said.contains("run-0007.safetensors") && said.contains("run-0007.damaged-1.safetensors"),
        "{said}"
    );
    assert_eq!(status.kept.iter().map(|run| run.number).collect::<Vec<_>>(), [1]);
    assert_eq!(
        std::fs::read(folder.path().join("run-0007.damaged-1.safetensors")).expect("the file"),
        b"half a fi"
    );
    second.train(TrainJob::Kept(7));
    let refused = wait_for(&second, "a refusal", |s| s.report.0 > 1);
    assert!(!refused.starting && refused.network.is_none());
}

#[test]
fn early_samples_are_taken_by_a_fixed_sampler_at_fixed_times() {
    let thread = thread(None);
    thread.train(small_job());
    let status = wait_for(&thread, "a sample", |s| !s.early.is_empty());
    thread.pause();
    let sample = &status.early[0];
    assert!((EARLY_SECONDS[0]..EARLY_SECONDS[0] + 0.5).contains(&sample.at.seconds), "{:?}", sample.at);
    // The same network, made again.
    let TrainJob::Fresh { path, flow, config } = small_job() else { unreachable!() };
    let mut again = Trainer::new(path.clone(), flow, config, &Device::flex()).expect("a trainer");
    for _ in 0..sample.at.step {
        again.train_step().expect("a step");
    }
    let expected = early_sample(&path, &again.denoiser(), || true).expect("a sample").expect("a pmf");
    assert_eq!(*sample.pmf, expected);
}

#[test]
fn another_scheduler_is_that_of_the_run_from_then_on() {
    let thread = thread(None);
    thread.train(small_job());
    wait_for(&thread, "a run", |s| s.flow.is_some());
    thread.set_scheduler(Scheduler::Cosine);
    wait_for(&thread, "the scheduler", |s| s.flow.as_ref().is_some_and(|f| f.scheduler == Scheduler::Cosine));
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

/// The work of the thread by hand.
fn by_hand() -> Work<GridLab> {
    let board = Arc::new(Board::new(|| {}));
    let lab = GridLab::new(Device::flex(), board.clone()).expect("a thread");
    Work::new(lab, Keeper::new(None), Arc::default(), board)
}

#[test]
fn a_run_that_can_not_begin_on_its_device_begins_on_the_cpu() {
    let mut work = by_hand();
    work.lab.on.on_cpu = false;
    assert!(work.begin(&small_job()));
    let calls = std::cell::Cell::new(0);
    let made = work.lab.on_a_device(|device| {
        calls.set(calls.get() + 1);
        assert!(calls.get() > 1, "the device is gone");
        Ok(*device == Device::flex())
    });
    assert_eq!((made, calls.get(), work.lab.on.on_cpu), (Ok(true), 2, true));
    let said = work.board.read().report.1.clone().expect("a report").expect_err("a warning");
    assert!(said.contains("the device is gone") && said.contains("starts on the CPU"), "{said}");
    // On the CPU itself it is an error, and what was there before is still there.
    let failed: Result<(), _> = work.lab.on_a_device(|_| panic!("a fault"));
    assert!(failed.expect_err("an error").contains("a fault") && work.run.is_some());
}

#[test]
fn whatever_goes_wrong_at_the_start_a_run_is_no_longer_starting() {
    let mut work = by_hand();
    work.board.note(|status| status.starting = true);
    work.stumble(Trouble::Device("a fault".to_owned()));
    let status = work.board.read();
    assert_eq!((status.starting, status.state), (false, TrainState::Failed("a fault".to_owned())));
}

#[test]
fn a_lost_device_is_replaced_by_the_cpu_from_the_last_copy() {
    let mut work = by_hand();
    work.lab.on.on_cpu = false;
    assert!(work.begin(&small_job()));
    work.running = true;
    let steps = |work: &mut Work<GridLab>, n: usize| (0..n).for_each(|_| assert!(work.step().is_ok()));
    steps(&mut work, 7);
    let run = work.run.as_mut().expect("a run");
    run.spare = Some(run.trainer.checkpoint().expect("a copy"));
    steps(&mut work, 3);
    work.stumble(Trouble::Device("the device is gone".to_owned()));
    assert!(work.run.is_some());
    let status = work.board.read();
    assert_eq!((status.step, status.device_lost, work.lab.on.on_cpu), (7, true, true));
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
    assert!(bytes(&work.run.as_ref().expect("a run").trainer) == bytes(&whole));
    // The CPU itself can't be replaced.
    work.stumble(Trouble::Device("again".to_owned()));
    assert!(work.run.is_none());
}
