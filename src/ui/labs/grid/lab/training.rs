//! Training as the lab asks for it: runs, their start and pause.

use super::GridLab;
use crate::data::FlowSpec;
use crate::train::TrainState;
use crate::train::grid::{TrainConfig, TrainJob, TrainStatus};
use crate::ui::labs::grid::live::LiveSide;
use crate::ui::widgets::Tone;
use crate::view::grid::{Show, View};

impl GridLab {
    /// The trainer's last word.
    pub fn training(&self) -> TrainStatus {
        self.trainer.status()
    }

    /// Starts training on the flow that is being set, or goes on after a pause.
    pub fn train(&mut self) {
        if self.trainer.status().state == TrainState::Paused {
            self.trainer.go();
            return;
        }
        self.new_run();
    }

    /// Starts another run; what became of the present one stays in the list of runs.
    pub fn new_run(&mut self) {
        let here = self.sides.here();
        if let Some(why) = here.flow_error(&here.sampler.status()) {
            return self.say(Tone::Error, format!("There is nothing to train on: {why}"));
        }
        let LiveSide { settings, path, path_spec, .. } = self.sides.here();
        self.trainer.train(TrainJob::Fresh {
            path: path.clone(),
            flow: FlowSpec { scheduler: settings.flow.scheduler, ..path_spec.clone() },
            config: TrainConfig { seed: settings.seed, ..settings.train },
        });
        self.trained = self.sides.chosen();
        self.show_learned();
    }

    /// Takes up a run that was kept, where it was; it brings its flow to the side that is being set.
    pub fn continue_run(&mut self, run: u64) {
        self.trainer.train(TrainJob::Kept(run));
    }

    /// Stops training; the network stays.
    pub fn pause_training(&mut self) {
        self.trainer.pause();
    }

    /// What is being learned should be on the screen from the first step on.
    pub(super) fn show_learned(&mut self) {
        let comparing = self.is_comparing();
        let settings = &mut self.sides.here_mut().settings;
        settings.show = Show::Learned;
        let shown = if comparing { settings.panes.div_ceil(2) } else { settings.panes };
        if !settings.views[..shown].contains(&View::Sampled) {
            settings.views = [View::Mass, View::Sampled, View::Particles, View::Difference];
            if shown == 1 {
                settings.views[0] = View::Sampled;
            }
        }
    }
}
