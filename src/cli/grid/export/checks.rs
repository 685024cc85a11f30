//! What `export` refuses: a flag that would be ignored would be a wrong answer, and one that is missing is named.

use crate::cli::CliError;
use crate::cli::grid::export::args::ExportArgs;
use crate::cli::grid::export::job::Job;
use crate::cli::grid::export::values::ScaleArg;
use crate::cli::output::Kind;
use crate::experiment::grid::DenoiserSpec;

use crate::flow::counted;
use crate::sampler::grid::Method;
use crate::view::grid::{MOST_TOKENS, Subject, View};

/// Frames of a strip or an animation, at most.
pub const MOST_FRAMES: usize = 1000;

impl Job<'_> {
    /// Refuses what has no meaning for the view.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the view and the flag.
    pub(super) fn refuse_foreign_settings(&self) -> Result<(), CliError> {
        self.check_run()?;
        self.check_sampler()?;
        self.check_marks()?;
        self.check_time()?;
        self.check_paper()
    }

    fn refuse(&self, why: impl AsRef<str>) -> Result<(), CliError> {
        Err(CliError::Input(format!("--view {}: {}", self.args.view, why.as_ref())))
    }

    /// The denoiser and its run.
    fn check_run(&self) -> Result<(), CliError> {
        let args = self.args;
        let (view, curve) = (args.view.view(), args.view == Subject::Curve);
        let learnable = matches!(view, Some(View::Divergence | View::Currents | View::Displacement));
        let asks = view == Some(View::PosteriorError) || args.view == Subject::Cell;
        if args.steps.is_empty() && self.is_run() {
            return self.refuse("it shows a run of a sampler: give --steps");
        }
        if !args.denoisers.is_empty() && !curve {
            return self.refuse("it shows a single denoiser: leave out --denoisers, or take --denoiser");
        }
        match &args.denoiser {
            None if view == Some(View::PosteriorError) => {
                return self.refuse("it shows the error of a denoiser: give --denoiser");
            }
            Some(DenoiserSpec::Checkpoint(_)) if learnable => {}
            Some(denoiser) if learnable && !self.is_run() => {
                return self.refuse(format!(
                    "it is the exact one without --denoiser, and the network's with a checkpoint; {denoiser} is neither"
                ));
            }
            Some(denoiser) if !self.is_run() && !asks && !curve => {
                return self.refuse(format!("it depends on no denoiser: leave out --denoiser {denoiser}"));
            }
            _ => {}
        }
        if !args.steps.is_empty() && !self.is_run() && !curve {
            return self.refuse("it shows no run: leave out --steps");
        }
        if args.steps.len() > 1 && !curve {
            return self.refuse("one --steps makes one run; several are for --view curve");
        }
        let particles = view == Some(View::Particles)
            || args.follow.is_some()
            || matches!(args.view, Subject::Distances | Subject::Log);
        if args.particles.is_some() && !particles {
            return self.refuse("it shows no particles: leave out --particles");
        }
        Ok(())
    }

    /// The sampler and its corrector.
    fn check_sampler(&self) -> Result<(), CliError> {
        let args = self.args;
        let curve = args.view == Subject::Curve;
        if self.is_run() {
            args.stepping.check(&self.methods())?;
            args.stepping.check_on(&self.path)?;
        } else if curve {
            // Of several methods each has the corrector only if it takes one; which do not is said.
            args.stepping.check_some(&self.methods())?;
            args.stepping.check_on(&self.path)?;
        }
        if !args.method.is_empty() && !self.is_run() && !curve {
            return self.refuse("it shows no run: leave out --method");
        }
        if args.method.len() > 1 && !curve {
            return self.refuse("one --method makes one run; several are for --view curve");
        }
        let several = !args.schedulers.is_empty() || !args.correctors.is_empty() || args.mark.is_some();
        if several && !curve {
            return self
                .refuse("leave out --schedulers, --correctors and --mark, which are for --view curve");
        }
        let corrected = args.view == Subject::Rates
            || args.view.view() == Some(View::Traffic)
            || args.cell.is_some() && args.view != Subject::Cell
            || args.moves.is_some();
        if corrected && !self.is_run() {
            if !args.stepping.are_only_corrector() {
                return self.refuse("of these flags it depends on --corrector alone");
            }
            // A corrector that the path can't have would show rates that no sampler has.
            args.stepping.config(Method::Exact, 1).checked_on(&self.path)?;
        }
        if !args.stepping.are_default() && !self.is_run() && !curve && !corrected {
            return self.refuse("it shows no run: leave out --corrector, --time-grid and --temperature");
        }
        Ok(())
    }

    /// What is marked over the picture.
    fn check_marks(&self) -> Result<(), CliError> {
        let ExportArgs { view, cell, follow, moves, section, .. } = self.args;
        let (picture, v) = (matches!(view, Subject::View(_) | Subject::Timeline(_)), self.path.vocabulary());
        match (cell, follow) {
            (None, _) if *view == Subject::Cell => return self.refuse("which one? Give --cell Z1,Z2"),
            (_, None) if *view == Subject::Log => return self.refuse("of which particle? Give --follow N"),
            (Some(_), _) if !picture && *view != Subject::Cell => {
                return self.refuse("it shows no single cell: leave out --cell");
            }
            (_, Some(_)) if !picture && *view != Subject::Log => {
                return self.refuse("it shows no single particle: leave out --follow");
            }
            _ => {}
        }
        if follow.is_some() && view.view() == Some(View::PosteriorError) {
            return self.refuse("it depends on no run: leave out --follow");
        }
        if let Some(cell) = cell
            && let Some(i) = (0..2).find(|&i| cell.0[i] >= v)
        {
            let (given, last) = (cell.0[i], v - 1);
            return self.refuse(format!("--cell: Z{} = {given}: token values are 0 to {last}", i + 1));
        }
        if let Some(n) = follow.filter(|n| *n >= self.particles()) {
            let (count, is) = (self.particles(), if self.particles() == 1 { "is" } else { "are" });
            return self
                .refuse(format!("--follow {n}: there {is} {}, numbered from 0", counted(count, "particle")));
        }
        if moves.is_some() && (!picture || view.view() != Some(View::Mass)) {
            return self.refuse("only the mass shows all moves: leave out --moves");
        }
        if moves.is_some() && self.path.data_tokens() > MOST_TOKENS {
            return self.refuse(format!("--moves: they can be told apart up to --k {MOST_TOKENS}"));
        }
        if self.args.noise_posterior && *view != Subject::Cell {
            return self.refuse("only a cell has a --noise-posterior");
        }
        if self.args.noise_posterior && self.path.metric().is_some() {
            let conditional = self.path.conditional();
            return self.refuse(format!(
                "on the path {conditional} a state does not contain x₀: no --noise-posterior"
            ));
        }
        if self.args.noise_posterior && self.args.denoiser.is_some() {
            return self.refuse("a denoiser knows x₁ alone: leave out --denoiser or --noise-posterior");
        }
        let Some(section) = section else { return Ok(()) };
        if view.view().is_none() {
            return self.refuse("it has no cells: leave out --section");
        }
        let extent = self.scene(None).layout().extent();
        let fits = section.0.min.iter().all(|min| min + section.0.size[0] <= extent * 1.0001);
        if !fits {
            return self.refuse(format!("--section: it leaves the {extent} cells along a side"));
        }
        Ok(())
    }

    fn check_time(&self) -> Result<(), CliError> {
        let args = self.args;
        if args.part.is_some() && args.view.view() != Some(View::Divergence) {
            return self.refuse("only the divergence has parts: leave out --part");
        }
        if args.t.is_some() && !matches!(args.view, Subject::View(_) | Subject::Cell) {
            return self.refuse("it shows no single time: leave out --t");
        }
        if args.seconds.is_some() && self.kind != Kind::Gif {
            return self.refuse("only an animation (.gif of a timeline) takes time: leave out --seconds");
        }
        match (args.view, args.frames) {
            (Subject::Timeline(_), Some(n)) if n < 2 => {
                self.refuse(format!("--frames {n}: expected 2 to {MOST_FRAMES} for a timeline"))
            }
            (Subject::Strip(_) | Subject::Timeline(_), _) | (_, None) => Ok(()),
            _ => self.refuse("it has no frames: leave out --frames"),
        }
    }

    fn check_paper(&self) -> Result<(), CliError> {
        let args = self.args;
        args.page.refuse_for(self.kind)?;
        if args.scale != ScaleArg::Fixed && args.view.view().is_none() {
            return self.refuse("it has no colours: leave out --scale");
        }
        if let ScaleArg::Ends(ends) = args.scale
            && ends.arrow.is_some()
            && args.view.view().is_some_and(|view| view.arrows().is_none())
        {
            return self.refuse("it has no arrows: give --scale one number");
        }
        Ok(())
    }
}
