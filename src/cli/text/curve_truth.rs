//! `curve text --of truth`: how true texts are by steps, of several samplers with the exact denoiser.

use crate::cli::console::Console;
use crate::cli::text::args::of_text;
use crate::cli::text::curve::CurveTextArgs;
use crate::cli::text::drawn::Drawn;
use crate::cli::{CliError, GlobalArgs};
use crate::experiment::text::{
    Coupling, LanguageCurve, Lexicon, Reading, TRUTH_STEPS, TruthCurve, truth_by_steps, truth_chart,
    truth_ways, truth_words,
};
use crate::flow::counted;
use crate::sampler::sequence::Closeness;
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    counted: &'static str,
    texts: usize,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    sampler: String,
    steps: usize,
    nfe: f64,
    right: usize,
    of: usize,
    share: Option<f64>,
    error: Option<f64>,
}

pub(super) fn run(
    args: &CurveTextArgs,
    drawn: &Drawn<'_>,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let spec = args.language.known()?;
    let reading = Reading {
        language: spec.clone(),
        tokens: args.language.tokens,
        coupling: Coupling::Free,
        prompt: String::new(),
        texts: args.texts,
        seed: global.seed(),
    };
    let busy = console.busy("looking at the language");
    let lexicon = Lexicon::load(&reading).map_err(|why| of_text("--language", &why))?;
    let of = (&*lexicon.judge, &lexicon.language);
    let closeness = (args.texts, Closeness { masks: args.masks, seed: 0 });
    let curve = LanguageCurve::of(of, None, closeness, &|| true).map_err(CliError::Failed)?;
    drop(busy);
    let bar = console.bar(TRUTH_STEPS.len() as u64, "{bar:40} {pos} of {len} numbers of steps  {eta} left");
    let mut curves: Vec<TruthCurve> = Vec::new();
    truth_by_steps(&lexicon, curve.as_ref(), &mut |so_far| {
        bar.inc(1);
        curves = so_far.to_vec();
        true
    })
    .map_err(CliError::Failed)?;
    bar.finish_and_clear();
    let (what, _) = truth_words(spec);
    let texts = counted(args.texts, "text");
    drawn.write(&truth_chart(&curves, what), format!("{spec}, exact denoiser, {texts} a point"))?;
    let points = |curve: &TruthCurve| {
        let of = |(steps, nfe, truth): &(usize, f64, crate::experiment::text::Truth)| Point {
            sampler: curve.name.clone(),
            steps: *steps,
            nfe: *nfe,
            right: truth.right,
            of: truth.all,
            share: truth.share(),
            error: truth.error(),
        };
        curve.points.iter().map(of).collect::<Vec<_>>()
    };
    let report =
        Report { counted: what, texts: args.texts, points: curves.iter().flat_map(points).collect() };
    console.result(&report, || {
        let mut text = format!("share of {what}, {texts} a point, by steps:");
        for (n, curve) in curves.iter().enumerate() {
            let share = |truth: &crate::experiment::text::Truth| {
                truth.share().map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"))
            };
            let is_reference = n >= truth_ways().len();
            let each = curve.points.iter().map(|(steps, _, truth)| match is_reference {
                true => share(truth),
                false => format!("{steps}:{}", share(truth)),
            });
            let each: Vec<String> = each.take(if is_reference { 1 } else { usize::MAX }).collect();
            text += &format!("\n  {:<29} {}", curve.name, each.join("  "));
        }
        text
    })
}
