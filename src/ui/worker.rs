//! A thread that answers the newest question.

use crate::latest::{Latest, panic_message};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Owns the thread; dropping it ends the thread.
pub struct Worker<Q, A> {
    questions: Arc<Latest<Q>>,
    answer: Arc<Mutex<Option<Result<A, String>>>>,
    busy: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl<Q: Send + 'static, A: Send + 'static> Worker<Q, A> {
    /// Starts the thread. `work` is told by its second argument whether to go on: not once there is a newer question.
    /// `wake` is called after every answer.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        name: &str,
        wake: impl Fn() + Send + 'static,
        mut work: impl FnMut(Q, &dyn Fn() -> bool) -> Result<A, String> + Send + 'static,
    ) -> std::io::Result<Self> {
        let questions = Arc::new(Latest::new());
        let (answer, busy) = (Arc::new(Mutex::new(None)), Arc::new(AtomicBool::new(false)));
        let (inbox, outbox, working) = (questions.clone(), answer.clone(), busy.clone());
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some(question) = inbox.wait() {
                let found = catch_unwind(AssertUnwindSafe(|| work(question, &|| !inbox.is_pending())));
                let found = found.unwrap_or_else(|panic| {
                    Err(format!("the computation stopped unexpectedly: {}", panic_message(&*panic)))
                });
                if !inbox.is_pending() {
                    *outbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
                    working.store(false, Ordering::Release);
                }
                wake();
            }
        })?;
        Ok(Self { questions, answer, busy, thread: Some(thread) })
    }

    /// Asks; a question that waits or is worked on is given up for it.
    pub fn ask(&self, question: Q) {
        self.busy.store(true, Ordering::Release);
        self.questions.put(question);
    }

    /// The newest answer, once.
    pub fn take(&self) -> Option<Result<A, String>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether an answer is still to come or to be taken.
    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Acquire)
            || self.answer.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

impl<Q, A> Drop for Worker<Q, A> {
    fn drop(&mut self) {
        self.questions.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latest::testing::eventually;

    #[test]
    fn the_newest_question_is_answered_and_a_panic_is_no_end() {
        let worker = Worker::start(
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
        assert!(failed.contains("three"), "{failed}");
        worker.ask(1);
        worker.ask(4);
        let last = eventually("the last answer", || worker.take().filter(|answer| *answer == Ok(8)));
        assert_eq!(last, Ok(8));
        eventually("rest", || (!worker.is_busy()).then_some(()));
    }
}
