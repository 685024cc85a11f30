//! One experiment, or A and B: two with the same views, clock and seed, and everything else apart.

use super::fields::SideScene;
use super::live::LiveSide;
use super::sampler_thread::SamplerStatus;
use crate::experiment::grid::{Document, Side};
use crate::experiment::{along, time_at};
use crate::gpu::DeviceStepper;
use crate::train::grid::TrainStatus;
use crate::ui::lab::Wake;

/// The experiments on the screen.
pub struct Pair {
    /// The first, which is always there.
    pub a: LiveSide,
    /// The second.
    pub b: Option<LiveSide>,
    side: Side,
    /// Where particles are stepped, if not on the CPU: a later B needs it too.
    stepper: Option<DeviceStepper>,
    wake: Wake,
}

/// What the sampler threads of the experiments last said.
pub struct Statuses {
    /// Of A.
    pub a: SamplerStatus,
    /// Of B, if there is one.
    pub b: Option<SamplerStatus>,
}

impl Statuses {
    /// Of one side; A's where there is no B.
    pub fn of(&self, side: Side) -> &SamplerStatus {
        self.b.as_ref().filter(|_| side == Side::B).unwrap_or(&self.a)
    }
}

impl Pair {
    /// The experiments of a document.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(wake: &Wake, document: Document) -> anyhow::Result<Self> {
        let b = document.b.map(|settings| LiveSide::new(wake, settings)).transpose()?;
        Ok(Self {
            a: LiveSide::new(wake, document.a)?,
            b,
            side: document.side,
            stepper: None,
            wake: wake.clone(),
        })
    }

    /// Particles of both are stepped there instead of on the CPU.
    pub fn step_on(&mut self, stepper: DeviceStepper) {
        for experiment in std::iter::once(&mut self.a).chain(&mut self.b) {
            experiment.stepper = Some(stepper.clone());
        }
        self.stepper = Some(stepper);
    }

    /// Which one is being set.
    pub fn side(&self) -> Side {
        if self.b.is_some() { self.side } else { Side::A }
    }

    /// Sets the other one from now on.
    pub fn select(&mut self, side: Side) {
        self.side = side;
    }

    /// One of them; A where there is no B.
    pub fn of(&self, side: Side) -> &LiveSide {
        self.b.as_ref().filter(|_| side == Side::B).unwrap_or(&self.a)
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, side: Side) -> &mut LiveSide {
        match (&mut self.b, side) {
            (Some(b), Side::B) => b,
            _ => &mut self.a,
        }
    }

    /// The one being set.
    pub fn here(&self) -> &LiveSide {
        self.of(self.side)
    }

    /// The same, to be changed.
    pub fn here_mut(&mut self) -> &mut LiveSide {
        self.of_mut(self.side)
    }

    /// All that is set, but for the zoom, which is the window's.
    pub fn document(&self) -> Document {
        let b = self.b.as_ref().map(|b| b.settings.clone());
        Document { a: self.a.settings.clone(), b, side: self.side(), ..Document::default() }
    }

    /// All that is set, as it can be read again: see [`LiveSide::storable`].
    pub fn storable(&self) -> Document {
        let b = self.b.as_ref().map(LiveSide::storable);
        Document { a: self.a.storable(), b, side: self.side(), ..Document::default() }
    }

    /// Takes over a whole document.
    ///
    /// # Errors
    /// If B needs a thread that the system does not give; nothing has changed then.
    pub fn restore(&mut self, document: Document) -> anyhow::Result<()> {
        match (document.b, &mut self.b) {
            (Some(settings), Some(b)) => b.set(settings),
            (Some(settings), none) => {
                let mut b = LiveSide::new(&self.wake, settings)?;
                b.stepper.clone_from(&self.stepper);
                *none = Some(b);
            }
            (None, b) => {
                // Its thread ends within a step, which the window does not wait for.
                if let Some(gone) = b.take() {
                    let end = std::thread::Builder::new().name("end of B".to_owned());
                    _ = end.spawn(move || drop(gone));
                }
            }
        }
        self.a.set(document.a);
        self.side = document.side;
        Ok(())
    }

    /// Gives the other one what both have in common.
    pub fn share(&mut self) {
        let Some(b) = &mut self.b else { return };
        let (from, to) = if self.side == Side::A { (&self.a, b) } else { (&*b, &mut self.a) };
        let shared = to.settings.clone().sharing(&from.settings);
        if shared != to.settings {
            to.settings = shared;
        }
    }

    /// The play-head of one side where A's is at `t`: the same t, or where the timeline runs along κ the same κ.
    pub fn time_of(&self, side: Side, t: f64) -> f64 {
        self.translated(t, Side::A, side)
    }

    /// A's play-head where that of `side` is at `t`.
    pub fn time_of_a(&self, side: Side, t: f64) -> f64 {
        self.translated(t, side, Side::A)
    }

    /// What the views of one side are made from where A's play-head is at `t`. While a run is on its way its last step is
    /// shown, and the other side's run may have got further: both show what both have, so that one moment is beside the same
    /// moment.
    pub fn scene<'a>(&'a self, side: Side, statuses: &'a Statuses, t: f64) -> SideScene<'a> {
        let scene = |side| self.of(side).scene(statuses.of(side), self.time_of(side, t));
        let got_to = |of| {
            let scene = scene(of);
            let run = scene.of_views().run.filter(|_| scene.result.is_some_and(|r| r.summary.is_none()))?;
            Some(self.translated(run.trace.frames.last()?.t, of, side))
        };
        let sides = if self.b.is_some() { [Side::A, Side::B].as_slice() } else { &[] };
        let shown_to = sides.iter().filter_map(|of| got_to(*of)).fold(1.0, f64::min);
        SideScene { shown_to, ..scene(side) }
    }

    fn translated(&self, t: f64, from: Side, to: Side) -> f64 {
        let scheduler = |side| self.of(side).settings.flow.scheduler;
        if scheduler(from) == scheduler(to) {
            return t;
        }
        let axis = self.a.settings.axis;
        time_at(axis, scheduler(to), along(axis, scheduler(from), t))
    }

    /// What the threads last said.
    pub fn statuses(&self) -> Statuses {
        Statuses { a: self.a.sampler.status(), b: self.b.as_ref().map(|b| b.sampler.status()) }
    }

    /// Takes what the threads have made.
    pub fn adopt(&mut self, statuses: &Statuses) {
        self.a.adopt(&statuses.a);
        if let (Some(b), Some(status)) = (&mut self.b, &statuses.b) {
            b.adopt(status);
        }
    }

    /// Asks the threads for what has changed.
    pub fn request(&mut self, statuses: &Statuses, training: &TrainStatus) {
        let runs = if self.b.is_some() { 2 } else { 1 };
        self.a.request(&statuses.a, training, runs);
        if let Some(b) = &mut self.b {
            // One that was opened just now has not said anything yet.
            b.request(statuses.b.as_ref().unwrap_or(&SamplerStatus::default()), training, runs);
        }
    }

    /// Both, or the one there is.
    pub fn all(&self) -> impl Iterator<Item = &LiveSide> {
        std::iter::once(&self.a).chain(&self.b)
    }

    /// Both, or the one there is, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut LiveSide> {
        std::iter::once(&mut self.a).chain(&mut self.b)
    }
}
