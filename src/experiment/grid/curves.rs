//! Which curves of TV against NFE are drawn.

use super::Settings;
use crate::flow::{Corrector, Scheduler};
use crate::sampler::grid::{Method, Sampler, SamplerConfig};
use serde::{Deserialize, Serialize};

/// Which curves are drawn besides the present setting's: every method with every scheduler and every corrector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CurveChoice {
    /// Methods.
    pub methods: Vec<Method>,
    /// Schedulers besides the present one.
    pub schedulers: Vec<Scheduler>,
    /// Correctors besides the present one.
    pub correctors: Vec<Corrector>,
}

impl Default for CurveChoice {
    fn default() -> Self {
        Self {
            methods: vec![Method::Exact, Method::Euler, Method::Tau],
            schedulers: vec![Scheduler::Linear, Scheduler::Cubic],
            correctors: Vec::new(),
        }
    }
}

impl CurveChoice {
    /// Nothing but the present setting.
    pub fn none() -> Self {
        Self { methods: Vec::new(), schedulers: Vec::new(), correctors: Vec::new() }
    }

    /// The samplers whose curves are drawn, the present setting first; `usable` says which methods the flow has.
    pub fn samplers(&self, settings: &Settings, usable: impl Fn(Method) -> bool) -> Vec<Sampler> {
        let present = Sampler {
            scheduler: settings.flow.scheduler,
            config: SamplerConfig { steps: 1, ..settings.effective_sampler() },
        };
        let mut all = vec![present];
        let schedulers = || std::iter::once(&present.scheduler).chain(&self.schedulers);
        let correctors = || std::iter::once(&present.config.corrector).chain(&self.correctors);
        for &method in self.methods.iter().filter(|m| usable(**m)) {
            for &scheduler in schedulers() {
                for &corrector in correctors() {
                    let config = SamplerConfig { method, corrector, ..present.config }.effective();
                    let sampler = Sampler { scheduler, config };
                    if !all.contains(&sampler) {
                        all.push(sampler);
                    }
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_drawn_once() {
        let mut settings = Settings::default();
        let curves = settings.curves.samplers(&settings, |_| true);
        // Three methods with three schedulers; the present setting is one of them.
        assert_eq!(curves.len(), 9);
        settings.corrector_on = true;
        settings.curves.correctors = vec![Corrector::OFF];
        assert_eq!(settings.curves.samplers(&settings, |_| true).len(), 18);
        assert_eq!(settings.curves.samplers(&settings, |m| m == Method::Exact).len(), 6);
    }
}
