//! `sample images --compare`: the same images by several settings, in one figure.

use crate::cli::CliError;
use crate::cli::apart::apart as flags;
use crate::cli::said::SaidFlags;
use crate::cli::sequence_args::SequenceArgs;
use clap::{Args, Parser};

/// What of a sampler another side can have apart.
#[derive(Parser, Clone, Debug)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Apart {
    #[command(flatten)]
    said: SaidFlags,
    #[command(flatten)]
    sampler: SequenceArgs,
    #[command(flatten)]
    of: ClassArgs,
}

/// Which images are asked for.
#[derive(Args, Clone, Debug, Default)]
pub struct ClassArgs {
    /// Only images of a class.
    #[arg(long)]
    pub class: Option<String>,
    /// Classifier-free guidance.
    #[arg(long)]
    pub guidance: Option<f64>,
}

/// The flags of a side: those of A but for what `said`, such as “--method maskgit --steps 8”, has apart.
///
/// # Errors
/// Names --compare and the flag that can't be read.
pub fn apart(said: &str, a: (&SequenceArgs, &ClassArgs)) -> Result<(SequenceArgs, ClassArgs), CliError> {
    let own = flags::<Apart>(said, "flags of the sampler, --class or --guidance")?;
    let of = ClassArgs {
        class: own.of.class.or_else(|| a.1.class.clone()),
        guidance: own.of.guidance.or(a.1.guidance),
    };
    Ok((a.0.clone().with(own.sampler, |name| own.said.has(name)), of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Scheduler, SequenceSource};
    use crate::sampler::sequence::SequenceMethod;

    #[test]
    fn a_side_has_what_it_says_apart_and_else_what_a_has() {
        let a =
            Apart::try_parse_from(["--steps", "16", "--scheduler", "linear", "--class", "ring"]).expect("A");
        let side = |said: &str| apart(said, (&a.sampler, &a.of));
        let config = |sampler: &SequenceArgs| sampler.config(0, SequenceSource::Mask).expect("a sampler");
        let (sampler, of) = side("--scheduler cubic --guidance 4").expect("B");
        let cubic = config(&sampler);
        assert_eq!((cubic.scheduler, cubic.steps), (Scheduler::Cubic, 16));
        assert_eq!((of.class.as_deref(), of.guidance), (Some("ring"), Some(4.0)));
        let (sampler, _) = side("--method maskgit --steps 8").expect("C");
        let maskgit = config(&sampler);
        assert_eq!(
            (maskgit.method, maskgit.steps),
            (SequenceMethod::MaskGit, 8),
            "it has no scheduler of A's"
        );
        for (said, named) in
            [("--steps 0", "steps"), ("--colour red", "--colour"), ("", "expected"), ("'", "quote")]
        {
            let why = side(said).expect_err(said).to_string();
            assert!(why.contains("--compare") && why.contains(named), "{why}");
        }
    }
}
