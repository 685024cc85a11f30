//! The thread that trains: it steps while it may, says how far it is, and keeps the run. What is trained is a lab's.

mod work;

use super::inbox::Inbox;
use super::keeper::{Keeper, Mark};
use super::{RunKeeping, TrainError, TrainState};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
pub(super) use work::{Work, unexpected};

/// What one lab trains: the thread asks it to make runs and to step them. What it says it writes on its [`Board`].
pub trait TrainingLab: Sized + Send + 'static {
    /// The thread's name.
    const THREAD: &'static str;
    /// What can be ordered to be trained.
    type Job: Send + 'static;
    /// What else can be ordered.
    type Order: Send + 'static;
    /// What is said of a run besides what is said of every one.
    type News: Clone + Default + Send + 'static;
    /// A network on its way.
    type Run;

    /// Where the run of a job comes from.
    fn origin(job: &Self::Job, keeper: &Keeper) -> Origin;

    /// Whether the run of a job goes on at once, and does not wait to be told to.
    fn runs_at_once(_job: &Self::Job) -> bool {
        true
    }

    /// Looks for the runs that were kept when the program last ended. Returns what the user should know of them.
    fn find_kept(&mut self, keeper: &mut Keeper, news: &mut Self::News) -> Vec<String>;

    /// Makes the run of a job; the present one is still there.
    ///
    /// # Errors
    /// Says why it can't be trained.
    fn make(&mut self, job: &Self::Job, keeper: &Keeper) -> Result<Self::Run, String>;

    /// The run takes the place of the one before, under this number. `news` is what lasts of those before; returns those
    /// of the run, and what the user is told of it.
    fn begin(&mut self, run: &mut Self::Run, number: u64, news: Self::News) -> (Self::News, Option<String>);

    /// There is no run any more. What lasts of its news.
    fn lasting(news: &Self::News) -> Self::News;

    /// Nothing is trained from now on.
    fn rest(&mut self) {}

    /// The run goes on.
    fn goes_on(&mut self, run: &mut Self::Run);

    /// It pauses.
    fn pauses(&mut self, run: &mut Self::Run);

    /// What is left of two orders that have not been carried out: the newer one, if it says all.
    fn merged(_older: Self::Order, newer: Self::Order) -> Self::Order {
        newer
    }

    /// Carries out an order of its own, about the present run, if there is one, or about one that is kept.
    fn obey(&mut self, order: Self::Order, run: Option<&mut Self::Run>, keeper: &Keeper);

    /// One step.
    ///
    /// # Errors
    /// If the run can't go on.
    fn step(&mut self, run: &mut Self::Run) -> Result<(), Trouble>;

    /// Whether the run came to its end with that step, and what is said then: it pauses.
    fn ended(_run: &Self::Run) -> Option<String> {
        None
    }

    /// How long [`Self::show`] will take now: the run is kept before.
    fn ahead(&self, _run: &Self::Run) -> Duration {
        Duration::ZERO
    }

    /// Shows and measures what is due, unless `go_on` says that there are orders. After every step, and, not `running`,
    /// after orders.
    ///
    /// # Errors
    /// If the run can't go on.
    fn show(&mut self, run: &mut Self::Run, running: bool, go_on: &dyn Fn() -> bool) -> Result<(), Trouble>;

    /// How far the run is.
    fn mark(run: &Self::Run, news: &Self::News) -> Mark;

    /// The bytes of its file; in `half` precision, where there is such a form, the network alone.
    ///
    /// # Errors
    /// If there are numbers that no file may hold.
    fn bytes(run: &Self::Run, news: &Self::News, half: bool) -> Result<Vec<u8>, String>;

    /// Whether the run is on a device that has been given up: then nothing of it can be kept.
    fn is_lost(&self, _run: &Self::Run) -> bool {
        false
    }

    /// Makes the run again on another device, where there is one, after the present one failed.
    ///
    /// # Errors
    /// `problem`, or why the other device can't take over.
    fn recover(&mut self, _run: &Self::Run, problem: String) -> Result<Self::Run, String> {
        Err(problem)
    }
}

/// Where a run comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is new.
    Fresh,
    /// Of somebody's file, which is not touched.
    File,
    /// It was kept under this number, and goes on in its own file.
    Kept(u64),
}

/// What stopped a run.
#[derive(Debug)]
pub enum Trouble {
    /// The device failed: another one may go on.
    Device(String),
    /// Anything else.
    Other(String),
}

impl From<TrainError> for Trouble {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Device(_) => Self::Device(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Self::Other(message)
    }
}

/// What a thread last said of any run; the news of its lab can be read as if they were part of it.
#[derive(Clone, Default)]
pub struct Status<N> {
    /// Running, paused, ….
    pub state: TrainState,
    /// A run was ordered and is not there yet.
    pub starting: bool,
    /// The number of the run, from 1; one that was kept goes on under its own.
    pub run: u64,
    /// Where the run is kept, if it is.
    pub file: Option<PathBuf>,
    /// How many runs of files were opened.
    pub opened: u64,
    /// What the user should know, and how often there was something.
    pub report: (u64, Option<Result<String, String>>),
    /// What its lab says of the run.
    pub news: N,
}

impl<N> Status<N> {
    /// Whether there is a run that steps or could go on.
    pub fn has_run(&self) -> bool {
        matches!(self.state, TrainState::Running | TrainState::Paused)
    }
}

impl<N> Deref for Status<N> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.news
    }
}

impl<N> DerefMut for Status<N> {
    fn deref_mut(&mut self) -> &mut N {
        &mut self.news
    }
}

/// Where the thread says how far it is.
pub struct Board<N> {
    status: Mutex<Status<N>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl<N: Clone + Default> Board<N> {
    /// Nothing is said yet; `wake` is called after what is said.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { status: Mutex::default(), wake: Box::new(wake) }
    }

    /// What was last said.
    pub fn read(&self) -> Status<N> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says something that nobody need be woken for.
    pub fn note<R>(&self, change: impl FnOnce(&mut Status<N>) -> R) -> R {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says something.
    pub fn say(&self, change: impl FnOnce(&mut Status<N>)) {
        self.note(change);
        (self.wake)();
    }

    /// Tells the user something.
    pub fn report(&self, outcome: Result<String, String>) {
        self.say(|status| status.report = (status.report.0 + 1, Some(outcome)));
    }
}

/// Orders that have not been carried out yet. A newer one replaces an older one of its kind, so that nothing queues
/// however fast they come, and none is lost.
pub(super) struct Orders<T: TrainingLab> {
    start: Option<T::Job>,
    run: Option<bool>,
    reset: bool,
    special: Option<T::Order>,
    save: Option<(PathBuf, bool)>,
    /// Runs whose files are to be deleted.
    forget: Vec<u64>,
    quit: bool,
}

impl<T: TrainingLab> Default for Orders<T> {
    fn default() -> Self {
        let (start, special, save) = (None, None, None);
        Self { start, run: None, reset: false, special, save, forget: Vec::new(), quit: false }
    }
}

impl<T: TrainingLab> super::inbox::Orders for Orders<T> {
    fn is_empty(&self) -> bool {
        let Self { start, run, reset, special, save, forget, quit } = self;
        let nothing_set = start.is_none() && run.is_none() && special.is_none() && save.is_none();
        nothing_set && forget.is_empty() && !reset && !quit
    }
}

/// Owns the thread; dropping it keeps the run and ends the thread.
pub struct TrainingThread<T: TrainingLab> {
    inbox: Arc<Inbox<Orders<T>>>,
    board: Arc<Board<T::News>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: TrainingLab> TrainingThread<T> {
    /// Starts the thread of a lab, idle. `wake` is called after every change of the status. Runs are kept as `keeping`
    /// says, if it does: each in its own file from time to time, before another one takes its place, at every pause and
    /// at the end.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn launch(
        keeping: Option<RunKeeping>,
        wake: impl Fn() + Send + Sync + 'static,
        lab: impl FnOnce(&Arc<Board<T::News>>) -> std::io::Result<T>,
    ) -> std::io::Result<Self> {
        let (inbox, board) = (Arc::new(Inbox::default()), Arc::new(Board::new(wake)));
        let (lab, keeper) = (lab(&board)?, Keeper::new(keeping));
        let (orders, shared) = (inbox.clone(), board.clone());
        let thread = std::thread::Builder::new()
            .name(T::THREAD.to_owned())
            .spawn(move || Work::new(lab, keeper, orders, shared).serve())?;
        Ok(Self { inbox, board, thread: Some(thread) })
    }

    /// Starts a run. The present one ends only once the new one is ready.
    pub fn train(&self, job: T::Job) {
        self.board.note(|status| status.starting = true);
        self.inbox.put(|orders| {
            orders.run = Some(T::runs_at_once(&job));
            orders.start = Some(job);
        });
    }

    /// Goes on, or stops stepping; everything is kept.
    pub fn run(&self, run: bool) {
        self.inbox.put(|orders| orders.run = Some(run));
    }

    /// Stops stepping; everything is kept.
    pub fn pause(&self) {
        self.run(false);
    }

    /// Goes on after a pause.
    pub fn go(&self) {
        self.run(true);
    }

    /// Puts the network away. Where runs are kept its file stays.
    pub fn reset(&self) {
        self.inbox.put(|orders| {
            let (forget, special) = (std::mem::take(&mut orders.forget), orders.special.take());
            *orders = Orders { reset: true, quit: orders.quit, forget, special, ..Orders::default() };
        });
    }

    /// Orders something that only its lab knows.
    pub fn order(&self, order: T::Order) {
        self.inbox.put(|orders| {
            orders.special = Some(match orders.special.take() {
                Some(older) => T::merged(older, order),
                None => order,
            });
        });
    }

    /// Writes the run to a file, or in `half` precision, where there is such a form, the network alone. What became of it is
    /// in [`Status::report`].
    pub fn save(&self, file: PathBuf, half: bool) {
        self.inbox.put(|orders| orders.save = Some((file, half)));
    }

    /// Deletes the file of a run that was kept, unless it is the present one.
    pub fn forget(&self, run: u64) {
        self.inbox.put(|orders| orders.forget.push(run));
    }

    /// Whether something that was ordered has not been begun yet.
    pub fn has_orders(&self) -> bool {
        self.inbox.is_pending()
    }

    /// What the thread last said.
    pub fn status(&self) -> Status<T::News> {
        self.board.read()
    }
}

impl<T: TrainingLab> Drop for TrainingThread<T> {
    fn drop(&mut self) {
        self.inbox.put(|orders| orders.quit = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
