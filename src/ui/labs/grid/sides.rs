//! One experiment, or several beside each other: with the same views, clock and seed, and everything else apart.

use super::fields::SideScene;
use super::live::LiveSide;
use super::sampler_thread::SamplerStatus;
use crate::experiment::grid::Settings;
use crate::experiment::{Sides, along, time_at};
use crate::gpu::DeviceStepper;
use crate::train::grid::TrainStatus;
use crate::ui::lab::Wake;

/// The experiments on the screen.
pub struct LiveSides {
    /// In the order A, B, C.
    live: Vec<LiveSide>,
    /// What is written of them; only which one is set and what was closed is kept up to date in it.
    written: Sides<Settings>,
    /// Where particles are stepped, if not on the CPU: one that is opened later needs it too.
    stepper: Option<DeviceStepper>,
    wake: Wake,
}

/// What the sampler threads of the experiments last said.
pub struct Statuses(pub(super) Vec<SamplerStatus>);

impl Statuses {
    /// Of one side; A's where there are not so many.
    pub fn of(&self, side: usize) -> &SamplerStatus {
        self.0.get(side).unwrap_or(&self.0[0])
    }
}

impl LiveSides {
    /// The experiments of a document.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(wake: &Wake, sides: Sides<Settings>) -> anyhow::Result<Self> {
        let live = sides.iter().map(|side| LiveSide::new(wake, side.clone())).collect::<Result<_, _>>()?;
        Ok(Self { live, written: sides, stepper: None, wake: wake.clone() })
    }

    /// Particles of all are stepped there instead of on the CPU.
    pub fn step_on(&mut self, stepper: DeviceStepper) {
        for experiment in &mut self.live {
            experiment.stepper = Some(stepper.clone());
        }
        self.stepper = Some(stepper);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.live.len()
    }

    /// Which one is being set.
    pub fn chosen(&self) -> usize {
        self.written.chosen()
    }

    /// Sets that one from now on.
    pub fn choose(&mut self, side: usize) {
        self.written.choose(side);
    }

    /// One of them; A where there are not so many.
    pub fn of(&self, side: usize) -> &LiveSide {
        self.live.get(side).unwrap_or(&self.live[0])
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, side: usize) -> &mut LiveSide {
        let side = if side < self.live.len() { side } else { 0 };
        &mut self.live[side]
    }

    /// The one being set.
    pub fn here(&self) -> &LiveSide {
        self.of(self.chosen())
    }

    /// The same, to be changed.
    pub fn here_mut(&mut self) -> &mut LiveSide {
        self.of_mut(self.chosen())
    }

    /// All that is set.
    pub fn settings(&self) -> Sides<Settings> {
        self.each(|side| side.settings.clone())
    }

    /// All that is set, as it can be read again: see [`LiveSide::storable`].
    pub fn storable(&self) -> Sides<Settings> {
        self.each(LiveSide::storable)
    }

    fn each(&self, of: impl Fn(&LiveSide) -> Settings) -> Sides<Settings> {
        let mut sides = self.written.clone();
        sides.iter_mut().zip(&self.live).for_each(|(side, live)| *side = of(live));
        sides
    }

    /// Takes over all that is set.
    ///
    /// # Errors
    /// If one more needs a thread that the system does not give; nothing has changed then.
    pub fn restore(&mut self, sides: Sides<Settings>) -> anyhow::Result<()> {
        let more = sides.iter().skip(self.live.len()).map(|side| LiveSide::new(&self.wake, side.clone()));
        let mut more = more.collect::<Result<Vec<_>, _>>()?;
        more.iter_mut().for_each(|side| side.stepper.clone_from(&self.stepper));
        self.live.append(&mut more);
        let gone = self.live.split_off(sides.len());
        if !gone.is_empty() {
            // Their threads end within a step, which the window does not wait for.
            let end = std::thread::Builder::new().name("end of a side".to_owned());
            _ = end.spawn(move || drop(gone));
        }
        self.live.iter_mut().zip(sides.iter()).for_each(|(live, side)| live.set(side.clone()));
        self.written = sides;
        Ok(())
    }

    /// Gives the others what all have in common.
    pub fn share(&mut self) {
        let here = self.chosen();
        let from = self.here().settings.clone();
        for (_, other) in self.live.iter_mut().enumerate().filter(|(side, _)| *side != here) {
            let shared = other.settings.clone().sharing(&from);
            if shared != other.settings {
                other.settings = shared;
            }
        }
    }

    /// The play-head of one side where A's is at `t`: the same t, or where the timeline runs along κ the same κ.
    pub fn time_of(&self, side: usize, t: f64) -> f64 {
        self.translated(t, 0, side)
    }

    /// A's play-head where that of `side` is at `t`.
    pub fn time_of_a(&self, side: usize, t: f64) -> f64 {
        self.translated(t, side, 0)
    }

    /// What the views of one side are made from where A's play-head is at `t`. While a run is on its way its last step is
    /// shown, and another side's run may have got further: all show what all have, so that one moment is beside the same
    /// moment.
    pub fn scene<'a>(&'a self, side: usize, statuses: &'a Statuses, t: f64) -> SideScene<'a> {
        let scene = |side| self.of(side).scene(statuses.of(side), self.time_of(side, t));
        let got_to = |of| {
            let scene = scene(of);
            let run = scene.of_views().run.filter(|_| scene.result.is_some_and(|r| r.summary.is_none()))?;
            Some(self.translated(run.trace.frames.last()?.t, of, side))
        };
        let compared = if self.live.len() > 1 { self.live.len() } else { 0 };
        let shown_to = (0..compared).filter_map(got_to).fold(1.0, f64::min);
        SideScene { shown_to, ..scene(side) }
    }

    fn translated(&self, t: f64, from: usize, to: usize) -> f64 {
        let scheduler = |side| self.of(side).settings.flow.scheduler;
        if scheduler(from) == scheduler(to) {
            return t;
        }
        let axis = self.live[0].settings.axis;
        time_at(axis, scheduler(to), along(axis, scheduler(from), t))
    }

    /// What the threads last said.
    pub fn statuses(&self) -> Statuses {
        Statuses(self.live.iter().map(|side| side.sampler.status()).collect())
    }

    /// Takes what the threads have made.
    pub fn adopt(&mut self, statuses: &Statuses) {
        self.live.iter_mut().zip(&statuses.0).for_each(|(side, status)| side.adopt(status));
    }

    /// Asks the threads for what has changed.
    pub fn request(&mut self, statuses: &Statuses, training: &TrainStatus) {
        let runs = self.live.len();
        // One that was opened just now has not said anything yet.
        let nothing = SamplerStatus::default();
        for (side, live) in self.live.iter_mut().enumerate() {
            live.request(statuses.0.get(side).unwrap_or(&nothing), training, runs);
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &LiveSide> {
        self.live.iter()
    }

    /// All of them, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut LiveSide> {
        self.live.iter_mut()
    }
}
