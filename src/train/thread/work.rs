//! What the thread does: carries out orders, steps, and keeps the run.

use super::{Board, Keeper, Mark, Orders, Origin, Status, TrainState, TrainingLab, Trouble};
use crate::data::atomic_write;
use crate::latest::panic_message;
use crate::train::inbox::Inbox;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

/// A lab, its run, and where both are written down.
pub(in crate::train) struct Work<T: TrainingLab> {
    pub lab: T,
    pub run: Option<T::Run>,
    pub running: bool,
    pub board: Arc<Board<T::News>>,
    inbox: Arc<Inbox<Orders<T>>>,
    keeper: Keeper,
}

impl<T: TrainingLab> Work<T> {
    /// Without a run.
    pub fn new(lab: T, keeper: Keeper, inbox: Arc<Inbox<Orders<T>>>, board: Arc<Board<T::News>>) -> Self {
        Self { lab, run: None, running: false, board, inbox, keeper }
    }

    pub fn serve(&mut self) {
        let mut news = self.board.read().news;
        let messages = self.lab.find_kept(&mut self.keeper, &mut news);
        self.board.say(|status| status.news = news);
        if !messages.is_empty() {
            self.board.report(Err(messages.join(" ")));
        }
        loop {
            let orders = self.inbox.take(!self.running);
            if orders.quit {
                self.forget(orders.forget);
                if let Some(order) = orders.special {
                    self.lab.obey(order, self.run.as_mut(), &self.keeper);
                }
                return self.keep();
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                self.obey(orders)?;
                if self.running { self.step() } else { self.show() }
            }));
            let trouble = match outcome {
                Ok(Ok(())) => continue,
                Ok(Err(trouble)) => trouble,
                // A lost device shows as a panic in the middle of a tensor operation.
                Err(panic) => Trouble::Device(unexpected(&*panic)),
            };
            self.stumble(trouble);
        }
    }

    /// Goes on after trouble if it can, else gives the run up.
    pub fn stumble(&mut self, trouble: Trouble) {
        let problem = match trouble {
            Trouble::Device(problem) => match &self.run {
                None => problem,
                Some(run) => match self.lab.recover(run, problem) {
                    Ok(run) => {
                        self.run = Some(run);
                        return;
                    }
                    Err(problem) => problem,
                },
            },
            Trouble::Other(problem) => {
                // What can still be written can be taken up again.
                if let (Some(mark), Ok(bytes)) = (self.news_mark(), self.bytes(false)) {
                    self.keeper.write(mark, || Ok(bytes));
                }
                problem
            }
        };
        self.give_up();
        self.board.say(|status| (status.state, status.starting) = (TrainState::Failed(problem), false));
    }

    fn forget(&self, runs: Vec<u64>) {
        for run in runs {
            if let Err(why) = self.keeper.forget(run) {
                self.board.report(Err(format!("run {run} could not be forgotten: {why}")));
            }
        }
    }

    fn give_up(&mut self) {
        (self.running, self.run) = (false, None);
        self.keeper.let_go();
    }

    fn obey(&mut self, orders: Orders<T>) -> Result<(), Trouble> {
        if orders.reset {
            // The run can be taken up again.
            self.keep();
            self.give_up();
            self.lab.rest();
            self.board.say(|status| *status = between::<T>(status));
        }
        self.forget(orders.forget);
        let mut go_on = orders.run;
        if let Some(job) = orders.start
            && !self.begin(&job)
        {
            // The run that is still there does not go on in place of one that can't be.
            go_on = go_on.filter(|go_on| !go_on);
        }
        if let Some(order) = orders.special {
            self.lab.obey(order, self.run.as_mut(), &self.keeper);
        }
        let Some(run) = &mut self.run else { return self.save(orders.save) };
        match go_on {
            Some(true) if !self.running => {
                self.running = true;
                self.lab.goes_on(run);
                self.board.say(|status| status.state = TrainState::Running);
            }
            Some(false) if self.running => self.pause(),
            _ => {}
        }
        self.save(orders.save)
    }

    /// Makes the new run before the old one is given up: a job that can't be done costs nothing. Whether the run is there.
    pub fn begin(&mut self, job: &T::Job) -> bool {
        let origin = T::origin(job, &self.keeper);
        if self.run.is_some()
            && matches!(origin, Origin::Kept(number) if self.board.note(|s| s.run == number))
        {
            self.board.say(|status| status.starting = false);
            return true;
        }
        let made = catch_unwind(AssertUnwindSafe(|| self.lab.make(job, &self.keeper)));
        let mut run = match made.unwrap_or_else(|panic| Err(unexpected(&*panic))) {
            Ok(run) => run,
            Err(why) => {
                self.board.note(|status| {
                    status.starting = false;
                    if self.run.is_none() {
                        status.state = TrainState::Failed(why.clone());
                    }
                });
                self.board.report(Err(why));
                return false;
            }
        };
        // What it replaces can be taken up again later.
        self.keep();
        self.running = false;
        let number = match origin {
            Origin::Kept(number) => number,
            Origin::Fresh | Origin::File => self.keeper.new_number(),
        };
        let (news, greeting) = self.lab.begin(&mut run, number, T::lasting(&self.board.read().news));
        // Only what is trained further is worth a file of its own.
        let written = (origin != Origin::Fresh).then(|| T::mark(&run, &news));
        self.keeper.follow(number, written);
        let file = self.keeper.file(number);
        self.run = Some(run);
        self.board.say(|status| {
            *status = Status {
                run: number,
                file,
                state: TrainState::Paused,
                opened: status.opened + u64::from(origin != Origin::Fresh),
                news,
                ..between::<T>(status)
            };
        });
        // At once, so that another window does not take the same file.
        self.keep();
        if let Err(why) = self.keeper.prune() {
            self.board.report(Err(format!("an old run could not be deleted: {why}")));
        }
        if let Some(text) = greeting {
            self.board.report(Ok(text));
        }
        true
    }

    /// The run rests, and is kept as it is.
    fn pause(&mut self) {
        self.running = false;
        self.board.say(|status| status.state = TrainState::Paused);
        if let Some(run) = &mut self.run {
            self.lab.pauses(run);
        }
        self.keep();
    }

    pub fn step(&mut self) -> Result<(), Trouble> {
        let Some(run) = &mut self.run else { return Ok(()) };
        self.lab.step(run)?;
        if let Some(words) = T::ended(run) {
            self.pause();
            self.board.report(Ok(words));
            return self.show();
        }
        // Before what takes long, not after it.
        let ahead = self.lab.ahead(run);
        if self.news_mark().is_some_and(|mark| self.keeper.is_due(mark, ahead)) {
            self.keep();
        }
        self.show()
    }

    fn show(&mut self) -> Result<(), Trouble> {
        let Some(run) = &mut self.run else { return Ok(()) };
        self.lab.show(run, self.running, &|| !self.inbox.is_pending())
    }

    fn save(&self, order: Option<(PathBuf, bool)>) -> Result<(), Trouble> {
        let Some((file, half)) = order else { return Ok(()) };
        let write =
            |bytes: Vec<u8>| atomic_write(&file, |out| out.write_all(&bytes)).map_err(|e| e.to_string());
        let saved = self.bytes(half).and_then(write);
        self.board.report(saved.map(|()| format!("saved {}", file.display())));
        Ok(())
    }

    /// How far the run is, if that is not on disk.
    fn news_mark(&self) -> Option<Mark> {
        let run = self.run.as_ref().filter(|run| !self.lab.is_lost(run))?;
        let mark = self.board.note(|status| T::mark(run, &status.news));
        self.keeper.has_news(mark).then_some(mark)
    }

    /// The bytes of its file. A device that is lost has nothing to give; it must not end the thread.
    fn bytes(&self, half: bool) -> Result<Vec<u8>, String> {
        let run = self.run.as_ref().ok_or("there is no network to save")?;
        let news = self.board.read().news;
        let bytes = catch_unwind(AssertUnwindSafe(|| T::bytes(run, &news, half)));
        bytes.unwrap_or_else(|panic| Err(unexpected(&*panic)))
    }

    /// Writes the file of the run if there is anything new to keep.
    fn keep(&mut self) {
        let Some(mark) = self.news_mark() else { return };
        let bytes = self.bytes(false);
        if let Some(outcome) = self.keeper.write(mark, || bytes) {
            self.board.report(outcome);
        }
    }
}

/// What a status keeps from one run to the next.
fn between<T: TrainingLab>(status: &Status<T::News>) -> Status<T::News> {
    Status {
        run: status.run,
        opened: status.opened,
        report: status.report.clone(),
        news: T::lasting(&status.news),
        ..Status::default()
    }
}

pub(in crate::train) fn unexpected(panic: &(dyn std::any::Any + Send)) -> String {
    format!("the trainer stopped unexpectedly: {}", panic_message(panic))
}
