//! What the shown denoiser says about one cell, asked on a thread of its own: a network may take its time.

use crate::flow::{Axis, GridPath, Kappa};
use crate::latest::{Latest, panic_message};
use crate::ui::labs::grid::sampler_thread::SampleRequest;
use ndarray::Array1;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// p(x₁ | x_t = z) of both tokens, \[V\] each, by the denoiser of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// The state.
    pub z: [usize; 2],
    /// The run whose denoiser was asked.
    pub run: u64,
    /// κ it was asked at.
    pub kappa: f64,
    /// Its answer, or why there is none.
    pub rows: Result<[Array1<f64>; 2], String>,
}

struct Question {
    request: SampleRequest,
    path: Arc<GridPath>,
    z: [usize; 2],
    kappa: Kappa,
}

/// Owns the thread; dropping it ends the thread.
pub struct OpinionThread {
    questions: Arc<Latest<Question>>,
    answer: Arc<Mutex<Option<Opinion>>>,
    asked: Cell<Option<(u64, [usize; 2], u64)>>,
    thread: Option<JoinHandle<()>>,
}

impl OpinionThread {
    /// Starts the thread; `wake` is called after every answer.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let questions = Arc::new(Latest::<Question>::new());
        let answer = Arc::new(Mutex::new(None));
        let (inbox, outbox) = (questions.clone(), answer.clone());
        let thread = std::thread::Builder::new().name("cell inspector".to_owned()).spawn(move || {
            while let Some(question) = inbox.wait() {
                let opinion = question.answered();
                *outbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(opinion);
                wake();
            }
        })?;
        Ok(Self { questions, answer, asked: Cell::new(None), thread: Some(thread) })
    }

    /// Asks the denoiser of `request` about `z`, unless this is what was asked last. Returns the newest answer about
    /// this state by this run's denoiser; while time moves it may be of the moment before.
    pub fn ask(
        &self,
        request: &SampleRequest,
        path: &Arc<GridPath>,
        z: [usize; 2],
        kappa: Kappa,
    ) -> Option<Opinion> {
        let question = (request.id, z, kappa.value.to_bits());
        if self.asked.replace(Some(question)) != Some(question) {
            self.questions.put(Question { request: request.clone(), path: path.clone(), z, kappa });
        }
        self.newest().filter(|opinion| (opinion.run, opinion.z) == (request.id, z))
    }

    /// Whether the last question was answered.
    pub fn is_settled(&self) -> bool {
        let newest = self.newest().map(|o| (o.run, o.z, o.kappa.to_bits()));
        self.asked.get().is_none() || newest == self.asked.get()
    }

    fn newest(&self) -> Option<Opinion> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for OpinionThread {
    fn drop(&mut self) {
        self.questions.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Question {
    fn answered(&self) -> Opinion {
        let ask = || {
            let SampleRequest { denoiser, network, .. } = &self.request;
            let denoiser = denoiser.on(&self.path, network.as_deref())?;
            let state = [self.z.map(|token| token as u16)];
            let row = |axis| {
                let rows = denoiser.posterior_rows(axis, &state, &[self.kappa]).map_err(|e| e.to_string())?;
                Ok::<_, String>(rows.row(0).to_owned())
            };
            Ok([row(Axis::First)?, row(Axis::Second)?])
        };
        let rows = catch_unwind(AssertUnwindSafe(ask))
            .unwrap_or_else(|panic| Err(format!("the denoiser failed: {}", panic_message(&*panic))));
        Opinion { z: self.z, run: self.request.id, kappa: self.kappa.value, rows }
    }
}
