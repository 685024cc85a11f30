//! The command that is kept inside a file, so that it can be made again.

use crate::cli::grid::export::job::Job;
use crate::cli::grid::export::values::{ScaleArg, Theme};
use crate::experiment::grid::DenoiserSpec;
use crate::figure::Page;
use crate::sampler::grid::Method;
use crate::view::grid::{Flow, Recipe, ScaleMode, Style, Subject};

impl Job<'_> {
    pub(super) fn style(&self) -> Style {
        let recipe = self.recipe();
        Style {
            scale: recipe.scale,
            ends: recipe.ends,
            marks: recipe.marks,
            caption: recipe.caption.then(|| recipe.settings()),
            recipe: recipe.command(&self.args.out.display().to_string()),
        }
    }

    pub(super) fn page(&self) -> Page {
        Page { size: self.args.size, dark: self.args.theme == Theme::Dark }
    }

    /// The flags of the sampler, or of what remains of it.
    fn sampler_flags(&self) -> String {
        let args = self.args;
        let methods = self.methods();
        let config = args.stepping.config(methods[0], args.steps.first().copied().unwrap_or(1));
        if self.is_run() {
            return config.to_string();
        }
        if args.view == Subject::Curve {
            return self.curve_flags();
        }
        if config.corrector.is_on() { format!("--corrector {}", config.corrector) } else { String::new() }
    }

    fn curve_flags(&self) -> String {
        let args = self.args;
        let mut flags = Vec::new();
        if args.mark.is_none() || !args.method.is_empty() {
            let names = self.methods().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            flags.push(format!("--method {names}"));
        }
        let schedulers = self.schedulers.iter().filter(|_| !args.schedulers.is_empty());
        flags.extend(schedulers.map(|scheduler| format!("--schedulers {scheduler}")));
        let steps = self.curve_steps().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        flags.push(format!("--steps {steps}"));
        // The first method that has a corrector says what all have in common.
        let all = self.methods().into_iter().chain([Method::Exact]);
        let method = all.into_iter().find(|method| method.takes_corrector()).unwrap_or_default();
        let one = args.stepping.config(method, 1).to_string();
        flags.extend(one.split_once("--steps 1 ").map(|(_, more)| more.to_owned()));
        flags.extend(args.correctors.iter().map(|corrector| format!("--correctors {corrector}")));
        flags.extend(args.mark.map(|mark| format!("--mark {}:{}", mark.method, mark.steps)));
        flags.join(" ")
    }

    fn recipe(&self) -> Recipe {
        let args = self.args;
        let curve = args.view == Subject::Curve;
        let framed = matches!(args.view, Subject::Strip(_) | Subject::Timeline(_));
        Recipe {
            subject: args.view,
            flow: Flow { said: self.spec.to_string(), whole: self.spec.whole_flags() },
            t: self.t(),
            denoiser: args.denoiser.clone().or(curve.then(DenoiserSpec::default)).map(|d| d.to_string()),
            sampler: self.sampler_flags(),
            particles: (self.particles(), self.global.seed()),
            part: self.args.part(),
            scale: if args.scale == ScaleArg::Auto { ScaleMode::PerFrame } else { ScaleMode::Fixed },
            ends: match args.scale {
                ScaleArg::Ends(ends) => Some(ends),
                _ => None,
            },
            marks: args.marks(),
            noise: args.noise_posterior,
            frames: framed.then(|| self.times().len()),
            seconds: args.seconds,
            page: self.page(),
            caption: !args.no_caption,
        }
    }
}
