//! A worker with progress: a thread that works on the newest question, and says on the way what it has found.
//!
//! Whatever takes more than a moment is done by one: dragging a slider never queues work, a panic becomes an error that is
//! shown, and the window never waits.

use crate::latest::{Latest, panic_message};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long dropping a worker waits for its present step. One that takes longer ends by itself: nobody waits for it.
const GRACE: Duration = Duration::from_millis(150);

/// What a worker last said.
#[derive(Clone, Debug, Default)]
pub struct Status<S> {
    /// What it has found.
    pub said: S,
    /// Whether a question waits or is worked on.
    pub busy: bool,
    /// Why the newest question has no answer, if it was given up for no newer one.
    pub error: Option<String>,
}

/// What was found is what one reads a status for.
impl<S> Deref for Status<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.said
    }
}

/// What worker and owner share.
struct Shared<Q, S> {
    questions: Latest<Q>,
    /// The present question is given up, with no newer one in its place.
    stopped: AtomicBool,
    status: Mutex<Status<S>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl<Q, S> Shared<Q, S> {
    /// What is said is changed in one go, so a panic elsewhere leaves no half of it behind.
    fn lock(&self) -> MutexGuard<'_, Status<S>> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, name: &str, work: impl FnOnce() -> Result<(), String>) {
        let outcome = guarded(name, work);
        let mut status = self.lock();
        // A question is put while the status is locked: it is either seen here or makes the worker busy again.
        status.busy = self.questions.is_pending();
        if !status.busy {
            status.error = outcome.err();
        }
        drop(status);
        (self.wake)();
    }
}

/// What a worker has at hand while it works on a question.
pub struct Progress<'a, Q, S>(&'a Shared<Q, S>);

impl<Q, S> Progress<'_, Q, S> {
    /// Whether the question still counts: to be asked between two steps.
    pub fn goes_on(&self) -> bool {
        !self.0.questions.is_pending() && !self.0.stopped.load(Ordering::Relaxed)
    }

    /// The same, but of newer questions only one for which `matters` holds is a reason to stop.
    pub fn goes_on_unless(&self, matters: impl FnOnce(&Q) -> bool) -> bool {
        let questions = &self.0.questions;
        !questions.is_closed()
            && !self.0.stopped.load(Ordering::Relaxed)
            && !questions.is_pending_and(matters)
    }

    /// Says something: whoever draws is woken.
    pub fn say(&self, change: impl FnOnce(&mut S)) {
        change(&mut self.0.lock().said);
        (self.0.wake)();
    }

    /// Takes back the error of the question before: this one has got beyond it.
    pub fn clear_error(&self) {
        self.0.lock().error = None;
    }

    /// Wakes whoever draws: what it shares with the worker otherwise has changed.
    pub fn wake(&self) {
        (self.0.wake)();
    }

    /// Looks at what was said so far.
    pub fn look<T>(&self, at: impl FnOnce(&S) -> T) -> T {
        at(&self.0.lock().said)
    }
}

/// Owns the thread. Dropping it asks the thread to stop, and waits no longer than a short step takes.
pub struct Job<Q, S> {
    shared: Arc<Shared<Q, S>>,
    thread: Option<JoinHandle<()>>,
    /// The last question of [`Self::ask_anew`].
    asked: Mutex<Option<Q>>,
}

impl<Q: Send + 'static, S: Send + 'static> Job<Q, S> {
    /// Starts the thread `name`, which does `work` on every question and says at first that it has found `nothing`. `wake`
    /// is called after everything it says and at the end of every question; an error ends a question alone.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        name: &'static str,
        nothing: S,
        wake: impl Fn() + Send + Sync + 'static,
        mut work: impl FnMut(Q, &Progress<'_, Q, S>) -> Result<(), String> + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            questions: Latest::new(),
            stopped: AtomicBool::new(false),
            status: Mutex::new(Status { said: nothing, busy: false, error: None }),
            wake: Box::new(wake),
        });
        let own = shared.clone();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some(question) = own.questions.wait() {
                own.serve(name, || work(question, &Progress(&own)));
            }
        })?;
        Ok(Self { shared, thread: Some(thread), asked: Mutex::new(None) })
    }

    /// Asks; a question that waits or is worked on is given up for it.
    pub fn ask(&self, question: Q) {
        let mut status = self.shared.lock();
        status.busy = true;
        self.shared.stopped.store(false, Ordering::Relaxed);
        self.shared.questions.put(question);
    }

    /// Asks, unless this was asked last; whether it was.
    pub fn ask_anew(&self, question: Q) -> bool
    where
        Q: Clone + PartialEq,
    {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let anew = asked.as_ref() != Some(&question);
        if anew {
            *asked = Some(question.clone());
            self.ask(question);
        }
        anew
    }

    /// Gives the present question up.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether a question waits or is worked on.
    pub fn is_busy(&self) -> bool {
        self.shared.lock().busy
    }

    /// What the worker last said.
    pub fn status(&self) -> Status<S>
    where
        S: Clone,
    {
        self.shared.lock().clone()
    }

    /// Looks at it without a copy, or takes something of it.
    pub fn look<T>(&self, at: impl FnOnce(&mut Status<S>) -> T) -> T {
        at(&mut self.shared.lock())
    }
}

impl<Q, S> Drop for Job<Q, S> {
    fn drop(&mut self) {
        self.shared.questions.close();
        let Some(thread) = self.thread.take() else { return };
        let asked = Instant::now();
        // The standard library has no joining with a limit.
        while !thread.is_finished() && asked.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(1));
        }
        if thread.is_finished() {
            // A panic in `work` has been caught: there is nothing to learn from it.
            let _ = thread.join();
        }
    }
}

/// A worker that says nothing before its answer, which is taken once.
pub type Worker<Q, A> = Job<Q, Option<A>>;

impl<Q: Send + 'static, A: Send + 'static> Worker<Q, A> {
    /// Starts the thread `name`. `answer` is told by its second argument whether to go on.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn answering(
        name: &'static str,
        wake: impl Fn() + Send + Sync + 'static,
        mut answer: impl FnMut(Q, &(dyn Fn() -> bool + Sync)) -> Result<A, String> + Send + 'static,
    ) -> std::io::Result<Self> {
        Self::start(name, None, wake, move |question, progress| {
            let found = answer(question, &|| progress.goes_on())?;
            // What was given up is no answer.
            if progress.goes_on() {
                progress.say(|said| *said = Some(found));
            }
            Ok(())
        })
    }

    /// The newest answer, or why there is none, once.
    pub fn take(&self) -> Option<Result<A, String>> {
        self.look(|status| {
            let answer = status.said.take();
            status.error.take().map(Err).or(answer.map(Ok))
        })
    }

    /// Whether an answer is still to come or to be taken.
    pub fn has_more(&self) -> bool {
        self.look(|status| status.busy || status.said.is_some() || status.error.is_some())
    }
}

/// Does `work` of which a panic is an error that names `whose` it is.
///
/// # Errors
/// Those of `work`, or what its panic said.
pub fn guarded<T>(whose: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        Err(format!("the thread “{whose}” stopped unexpectedly: {}", panic_message(&*panic)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latest::testing::eventually;
    use std::sync::mpsc::channel;

    #[test]
    fn the_newest_question_is_answered_and_a_panic_is_no_end() {
        let worker = Worker::answering(
            "test",
            || {},
            |n: u32, _| {
                assert_ne!(n, 3, "three");
                Ok(2 * n)
            },
        )
        .expect("a thread");
        worker.ask(3);
        let failed = eventually("a message", || worker.take()).expect_err("a panic");
        assert!(failed.contains("three") && failed.contains("test"), "{failed}");
        worker.ask(1);
        worker.ask(4);
        let last = eventually("the last answer", || worker.take().filter(|answer| *answer == Ok(8)));
        assert_eq!(last, Ok(8));
        eventually("rest", || (!worker.has_more()).then_some(()));
    }

    /// Counts steps of a millisecond until it is told to stop.
    fn counter() -> Job<u32, Vec<u32>> {
        Job::start(
            "steps",
            Vec::new(),
            || {},
            |question, progress| {
                progress.say(Vec::clear);
                while progress.goes_on_unless(|next| *next != question) {
                    std::thread::sleep(Duration::from_millis(1));
                    progress.say(|said| said.push(question));
                }
                Ok(())
            },
        )
        .expect("a thread")
    }

    #[test]
    fn partial_results_are_seen_and_only_a_question_that_matters_interrupts() {
        let job = counter();
        job.ask(7);
        eventually("steps", || (job.look(|status| status.said.len()) > 3).then_some(()));
        assert!(job.status().busy);
        let before = job.look(|status| status.said.len());
        job.ask(7);
        eventually("more steps", || (job.look(|status| status.said.len()) > before + 3).then_some(()));
        job.ask(8);
        eventually("the other question", || job.look(|status| status.said.contains(&8)).then_some(()));
        assert!(!job.look(|status| status.said.contains(&7)));
    }

    #[test]
    fn what_is_stopped_ends_within_a_step_and_can_be_asked_again() {
        let job = counter();
        job.ask(1);
        eventually("a step", || job.look(|status| !status.said.is_empty()).then_some(()));
        job.stop();
        let stopped = Instant::now();
        eventually("rest", || (!job.is_busy()).then_some(()));
        assert!(stopped.elapsed() < Duration::from_secs(1) && job.status().error.is_none());
        job.ask(2);
        eventually("steps", || job.look(|status| status.said.contains(&2)).then_some(()));
    }

    #[test]
    fn a_question_that_was_asked_last_is_not_asked_again() {
        let (sender, asked) = channel();
        let job = Job::start(
            "once",
            (),
            || {},
            move |question: u32, _| sender.send(question).map_err(|why| why.to_string()),
        )
        .expect("a thread");
        assert!(job.ask_anew(1) && !job.ask_anew(1));
        eventually("rest", || (!job.is_busy()).then_some(()));
        assert!(!job.ask_anew(1) && job.ask_anew(2));
        eventually("rest", || (!job.is_busy()).then_some(()));
        assert_eq!(asked.try_iter().collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn an_error_is_said_until_the_next_question_is_answered() {
        let job = Job::start(
            "picky",
            0,
            || {},
            |n: u32, progress| {
                progress.say(|said| *said = n);
                if n == 0 { Err("nothing".to_owned()) } else { Ok(()) }
            },
        )
        .expect("a thread");
        job.ask(0);
        let status = eventually("an error", || Some(job.status()).filter(|status| !status.busy));
        assert_eq!(status.error.as_deref(), Some("nothing"));
        job.ask(5);
        let status = eventually("an answer", || Some(job.status()).filter(|status| !status.busy));
        assert_eq!((*status, status.error), (5, None));
    }

    #[test]
    fn dropping_it_does_not_wait_for_a_step_that_takes_long() {
        let (begun, has_begun) = channel();
        let (end, ends) = channel::<()>();
        let job = Job::start(
            "slow",
            (),
            || {},
            move |(), _: &Progress<'_, (), ()>| {
                begun.send(()).map_err(|why| why.to_string())?;
                // Until the test is over.
                let _ = ends.recv_timeout(Duration::from_secs(60));
                Ok(())
            },
        )
        .expect("a thread");
        job.ask(());
        has_begun.recv_timeout(Duration::from_secs(60)).expect("it begins");
        let dropped = Instant::now();
        drop(job);
        assert!(dropped.elapsed() < Duration::from_secs(5));
        drop(end);
        // One that is at rest is ended at once.
        let job = counter();
        let dropped = Instant::now();
        drop(job);
        assert!(dropped.elapsed() < Duration::from_secs(5));
    }
}
