//! Which flags of `export text` change nothing of a view: they are refused.

use crate::cli::CliError;
use crate::cli::output::Kind;
use crate::cli::text::args::{OF_STEPS, TextDenoiser};
use crate::cli::text::export::{ExportTextArgs, name_of};
use crate::cli::text::figure::NO_STAIRCASE;
use crate::experiment::text::{TextSettings, TextSubject};
use crate::flow::SequenceSource;
use crate::sampler::sequence::SequenceMethod;

/// Refuses what was said and has nothing to do with what is drawn, as a file of that `kind`.
///
/// # Errors
/// [`CliError::Input`] naming the flag.
pub(super) fn refuse_idle(args: &ExportTextArgs, kind: Kind) -> Result<(), CliError> {
    use TextSubject::{Page, Strip, Text, Timeline};
    let (view, moves) = (args.view, kind == Kind::Gif);
    let is = |of: &[TextSubject]| of.contains(&view);
    for (flag, acts, what) in [
        ("t", is(&[Page, Text, Timeline]) && !moves, "the time of a page or a text that stands still"),
        ("show", is(&[Page, Text, Strip, Timeline]), "what is shown of texts"),
        ("picked", is(&[Text, Strip]), "the text of --view text or strip"),
        ("columns", is(&[Strip]), "how many κ --view strip has"),
        ("seconds", moves, "how long an animation takes, as --out FILE.gif is one"),
    ] {
        if !acts {
            let why = format!("it is {what}; this is --view {}", name_of(view));
            args.said.refuse(&[flag], &why)?;
        }
    }
    if args.picked >= args.n {
        return Err(CliError::Input(format!(
            "--picked {}: there are {} texts (--n), counted from 0; expected a whole number from 0 to {}",
            args.picked,
            args.n,
            args.n - 1
        )));
    }
    match view {
        TextSubject::Areas => of_areas(args),
        TextSubject::Truth => of_truth(args),
        _ => Ok(()),
    }
}

/// The information curve is that of the whole language.
fn of_areas(args: &ExportTextArgs) -> Result<(), CliError> {
    let refuse = |flag: String| Err(CliError::Input(format!("{flag}: {NO_STAIRCASE}; leave it out")));
    let (who, sampler) = (&args.sampler.denoiser, &args.sampler);
    if matches!(who, TextDenoiser::Joint | TextDenoiser::Ar(_)) {
        return refuse(format!("--denoiser {who}"));
    }
    if sampler.source == Some(SequenceSource::Uniform) {
        return refuse("--source uniform".to_owned());
    }
    if sampler.method() != SequenceMethod::Exact {
        return refuse(format!("--method {}", sampler.method()));
    }
    args.said.refuse(&["corrector", "corrector_by"], NO_STAIRCASE)?;
    args.said
        .refuse(&["given"], "the information curve is that of whole texts, of which nothing is given")?;
    args.said.refuse(&["n", "temperature"], "no texts are drawn for --view areas")?;
    match args.said.has("best") {
        // Its grid is looked for with numbers of the seed.
        true => Ok(()),
        false => args
            .said
            .refuse(&["seed"], "the information curve is looked at with the same numbers as in the window"),
    }
}

/// The samplers that are compared are always the same.
fn of_truth(args: &ExportTextArgs) -> Result<(), CliError> {
    let who = &args.sampler.denoiser;
    if *who != TextDenoiser::Exact {
        let why = format!("--denoiser {who}: --view truth is of the exact denoiser; leave it out");
        return Err(CliError::Input(why));
    }
    let why = "--view truth compares samplers of its own by 1 to 64 steps";
    args.said.refuse(&["temperature"], why)?;
    args.said.refuse(&OF_STEPS, why)
}

/// Refuses areas of a network that answers otherwise than by steps out of masks, which its file says.
///
/// # Errors
/// [`CliError::Input`] naming the flag.
pub(super) fn refuse_without_curve(args: &ExportTextArgs, settings: &TextSettings) -> Result<(), CliError> {
    match args.view {
        TextSubject::Areas if !settings.sides.iter().all(|side| side.steps_on_curve()) => {
            let who = &args.sampler.denoiser;
            Err(CliError::Input(format!("--denoiser {who}: {NO_STAIRCASE}; expected another one")))
        }
        _ => Ok(()),
    }
}
