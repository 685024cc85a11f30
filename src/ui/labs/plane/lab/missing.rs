//! A network that something needs and that is not there: what can be done about it.

use super::PlaneLab;
use crate::experiment::plane::Learned;
use crate::sampler::plane::PlaneCoupling;
use crate::ui::labs::plane::training::Missing;

impl PlaneLab {
    /// What can be done about the network of a side; nothing where there is one of its flow, or no flow to learn.
    pub fn missing(&self, side: usize) -> Option<Missing> {
        let flow = self.flow(side)?;
        let known = self.training.learned().is_some_and(|learned| learned.fits(&flow).is_ok());
        (!known).then(|| self.training.missing(&flow, 0))
    }

    /// The same of one with codes.
    pub(super) fn missing_codes(&self, side: usize) -> Option<Missing> {
        let flow = self.flow(side)?;
        let fits = |learned: &Learned| learned.latents.is_some() && learned.fits(&flow).is_ok();
        let known = self.training.learned().is_some_and(|learned| fits(&learned));
        (!known).then(|| self.training.missing(&flow, self.codes_to_learn()))
    }

    /// Begins to train on the flow of a side, as is set.
    pub(super) fn train_on(&mut self, side: usize) {
        self.settings.sides.choose(side);
        self.new_run();
    }

    /// The same with codes.
    pub(super) fn train_codes_on(&mut self, side: usize) {
        self.settings.train.codes = self.codes_to_learn();
        self.settings.train.coupling = PlaneCoupling::Independent;
        self.train_on(side);
    }
}
