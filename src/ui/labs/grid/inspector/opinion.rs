//! What the shown denoiser says about one cell, asked on a thread of its own: a network may take its time.

use crate::flow::{Axis, GridPath, Kappa};
use crate::ui::job::{Job, guarded};
use crate::ui::labs::grid::sampler_thread::SampleRequest;
use ndarray::Array1;
use std::sync::Arc;

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

/// What is asked.
#[derive(Clone)]
pub struct Question {
    request: SampleRequest,
    path: Arc<GridPath>,
    z: [usize; 2],
    kappa: Kappa,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        let key = |q: &Self| (q.request.id, q.z, q.kappa.value.to_bits());
        key(self) == key(other)
    }
}

/// Asks denoisers.
pub type OpinionThread = Job<Question, Option<Opinion>>;

impl OpinionThread {
    /// Starts the thread; `wake` is called after every answer.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn of_cells(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        Self::start("cell inspector", None, wake, |question, progress| {
            let opinion = question.answered();
            progress.say(|newest| *newest = Some(opinion));
            Ok(())
        })
    }

    /// Asks the denoiser of `request` about `z`, unless this is what was asked last. Returns the newest answer about
    /// this state by this run's denoiser; while time moves it may be of the moment before.
    pub fn about(
        &self,
        request: &SampleRequest,
        path: &Arc<GridPath>,
        z: [usize; 2],
        kappa: Kappa,
    ) -> Option<Opinion> {
        self.ask_anew(Question { request: request.clone(), path: path.clone(), z, kappa });
        self.status().said.filter(|opinion| (opinion.run, opinion.z) == (request.id, z))
    }
}

impl Question {
    fn answered(&self) -> Opinion {
        let rows = guarded("cell inspector", || {
            let SampleRequest { denoiser, network, .. } = &self.request;
            let denoiser = denoiser.on(&self.path, network.as_deref())?;
            let state = [self.z.map(|token| token as u16)];
            let row = |axis| {
                let rows = denoiser.posterior_rows(axis, &state, &[self.kappa]).map_err(|e| e.to_string())?;
                Ok::<_, String>(rows.row(0).to_owned())
            };
            Ok([row(Axis::First)?, row(Axis::Second)?])
        });
        Opinion { z: self.z, run: self.request.id, kappa: self.kappa.value, rows }
    }
}
