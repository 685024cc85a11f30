//! The command that is kept inside a file, so that it can be made again.

use crate::cli::CliError;
use crate::cli::grid::export::job::Job;
use crate::cli::grid::export::values::ScaleArg;
use crate::cli::page_args::page_of;
use crate::data::shell;
use crate::experiment::grid::{DenoiserSpec, Document, GridFigure, Sampling, carried, command};
use crate::figure::Page;
use crate::flow::Scheduler;
use crate::sampler::grid::{Method, Sampler};
use crate::view::grid::{ScaleMode, Style, Subject};

impl Job<'_> {
    pub(super) fn style(&self) -> Result<Style, CliError> {
        self.style_of(&[self])
    }

    /// The style of a figure of several sides, each of which has a caption of its own.
    pub(super) fn style_of(&self, sides: &[&Self]) -> Result<Style, CliError> {
        let figure = self.figure()?;
        Ok(Style {
            scale: figure.scale,
            ends: figure.ends,
            marks: figure.marks,
            caption: figure.caption.then(|| figure.words()),
            recipe: Self::carried(sides)?,
        })
    }

    /// The command that makes the file again.
    pub(super) fn command(&self) -> Result<String, CliError> {
        Ok(self.figure()?.command(&self.args.out.display().to_string()))
    }

    /// What the file carries: the settings that its command stands for, the others as usual.
    fn carried(sides: &[&Self]) -> Result<String, CliError> {
        let figures = sides.iter().map(|side| side.figure()).collect::<Result<Vec<_>, _>>()?;
        let out = sides.first().map_or_else(String::new, |side| side.args.out.display().to_string());
        let commands: Vec<_> = figures.iter().map(|figure| figure.command(&out)).collect();
        Ok(match command::read(&commands.join(" && "), &Document::default()) {
            Ok(read) => carried(&read.document, &figures.iter().collect::<Vec<_>>(), &out),
            Err(why) => {
                tracing::warn!("the file carries no experiment: {why}");
                String::new()
            }
        })
    }

    pub(super) fn page(&self) -> Result<Page, CliError> {
        page_of(&self.args.page.kept()?)
    }

    /// The sampler, or what remains of it.
    fn sampling(&self) -> Sampling {
        let args = self.args;
        let config = args.stepping.config(self.methods()[0], args.steps.first().copied().unwrap_or(1));
        match args.view {
            _ if self.is_run() => Sampling::Run(config),
            Subject::Curve => Sampling::Several(self.curve_flags(), self.schedulers_drawn()),
            _ => Sampling::Corrector(config.corrector),
        }
    }

    /// The schedulers of the curves, each once.
    fn schedulers_drawn(&self) -> Vec<Scheduler> {
        let mut all: Vec<Scheduler> = Vec::new();
        for Sampler { scheduler, .. } in self.samplers() {
            if !all.contains(&scheduler) {
                all.push(scheduler);
            }
        }
        all
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
        if !args.denoisers.is_empty() {
            let names = self.denoisers().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            flags.push(shell::flag("denoisers", &names));
        }
        flags.extend(args.mark.map(|mark| format!("--mark {}:{}", mark.method, mark.steps)));
        flags.join(" ")
    }

    pub(super) fn figure(&self) -> Result<GridFigure, CliError> {
        let args = self.args;
        // Several are said by the flags of the curves.
        let usual = (args.view == Subject::Curve && args.denoisers.is_empty()).then(DenoiserSpec::default);
        let framed = matches!(args.view, Subject::Strip(_) | Subject::Timeline(_));
        Ok(GridFigure {
            subject: args.view,
            flow: self.spec.clone(),
            t: self.t(),
            denoiser: self.denoiser.clone().or(usual).map(|d| d.to_string()),
            sampling: self.sampling(),
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
            page: self.page()?,
            caption: !args.page.kept()?.bare,
        })
    }
}
