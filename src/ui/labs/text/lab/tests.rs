//! The text lab as a user meets it: driven by labels, keys and the pointer.

use super::*;
use crate::experiment::text::{Coupling, TEXT_PRESETS, TextSide};
use crate::flow::SequenceSource;
use crate::latest::testing::eventually;
use crate::ui::export::{Exported as _, Format};
use crate::ui::lab::Lab as _;
use crate::ui::labs::text::exporting::{Export, ExportOptions};
use crate::ui::run_card::RunWish;
use crate::ui::sequence_runs::RunsWish;
use crate::ui::theme;
use egui::Vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

fn small() -> TextSettings {
    let mut side = TextSide::default();
    side.sampler.steps = 8;
    TextSettings { tokens: Some(24), texts: 4, sides: side.into(), ..TextSettings::default() }
}

fn lab(settings: TextSettings) -> Harness<'static, TextLab> {
    lab_with(settings, None)
}

/// The same with a folder for its runs.
fn lab_with(settings: TextSettings, runs: Option<PathBuf>) -> Harness<'static, TextLab> {
    let mut lab = TextLab::new(&Surroundings::of_a_test(), settings, runs).expect("a lab");
    lab.set_time(1.0, false);
    let mut harness = Harness::builder()
        .with_accessibility_check(false)
        .with_size(Vec2::new(1280.0, 1500.0))
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, lab: &mut TextLab| {
                lab.ui(ui);
                // As the window does.
                lab.messages.show(ui.ctx());
            },
            lab,
        );
    settle(&mut harness);
    harness
}

fn settle(harness: &mut Harness<'_, TextLab>) {
    eventually("rest", || {
        harness.step();
        harness.state().is_settled().then_some(())
    });
    harness.step();
}

fn click(harness: &mut Harness<'_, TextLab>, label: &str) {
    harness.get_all_by_label(label).next().expect("a control").click();
    harness.run_steps(2);
    settle(harness);
}

fn truth(harness: &Harness<'_, TextLab>, side: usize) -> (usize, usize) {
    let film = harness.state().views()[side].film.clone().expect("a film");
    let last = film.lock().end().expect("an end").summary.steps;
    let truth = film.truth_at(last).expect("a truth");
    (truth.right, truth.all)
}

#[test]
fn it_opens_with_sums_and_says_what_is_true() {
    let mut harness = lab(small());
    let (right, all) = truth(&harness, 0);
    assert!(all > 4 && right <= all);
    click(&mut harness, "whole texts");
    let (right, all) = truth(&harness, 0);
    assert_eq!(right, all, "a perfect step has no error");
    let undoable = harness.state().undoable().map(str::to_owned);
    assert_eq!(undoable.as_deref(), Some("denoiser exact to joint"));
    harness.state_mut().command(Command::Undo);
    settle(&mut harness);
    assert_eq!(harness.state().settings(), &small());
}

#[test]
fn what_is_given_is_kept_and_what_contradicts_is_said() {
    let mut settings = small();
    (settings.coupling, settings.prompt) = (Coupling::Given, "12+?=19 ".to_owned());
    let mut harness = lab(settings);
    let text = harness.state().finished(0).expect("a text");
    let lexicon = harness.state().views()[0].film.clone().expect("a film").lexicon.clone();
    assert_eq!(lexicon.language.alphabet.write(&text[..8]), "12+7=19 ");
    harness.state_mut().settings.prompt = "12+7=18 ".to_owned();
    settle(&mut harness);
    let why = harness.state().problem().expect("a reason");
    assert!(why.contains("no text of this language fits"), "{why}");
    // What was sampled before is still there to be painted on, but no run of what is set.
    assert!(harness.state().views()[0].film.is_some() && harness.state().views()[0].is_of_before);
    let ctx = harness.ctx.clone();
    harness.state_mut().export(Export::Page, &ctx);
    assert!(!harness.state().export.is_open());
    assert!(harness.state_mut().curves_of(&["A".to_owned()]).is_empty());
    harness.state_mut().settings.prompt = "1".to_owned();
    settle(&mut harness);
    assert_eq!(harness.state().problem(), None);
    harness.state_mut().give_all_but(|at, n| at >= n / 3 && at < 2 * n / 3);
    settle(&mut harness);
    let prompt = harness.state().settings().prompt.clone();
    assert_eq!((prompt.chars().filter(|c| *c == '?').count(), prompt.chars().count()), (8, 24), "{prompt}");
}

#[test]
fn another_language_has_its_own_letters() {
    let mut harness = lab(small());
    for language in [LanguageSpec::Tales, LanguageSpec::Words(None), LanguageSpec::Programs] {
        let settings = &mut harness.state_mut().settings;
        let before = std::mem::replace(&mut settings.language, language.clone());
        settings.follow_language(&before);
        settle(&mut harness);
        let view = &harness.state().views()[0];
        let writing = view.film.as_ref().expect("a film").lexicon.writing.clone();
        let symbols = (0..writing.values()).flat_map(|symbol| writing.shown(symbol as u16).chars());
        let missing: String = symbols.filter(|c| !view.can_write(*c)).collect();
        assert_eq!(missing, "", "{language}");
    }
}

#[test]
fn pages_stand_beside_each_other_and_the_best_grid_is_found() {
    let mut harness = lab(small());
    harness.state_mut().command(Command::Compare);
    harness.state_mut().settings.sides[1].source = SequenceSource::Uniform;
    settle(&mut harness);
    assert_eq!(harness.state().views().len(), 2);
    assert!(truth(&harness, 1).1 > 0);
    harness.state_mut().settings.sides[1] = TextSide { best: true, ..harness.state().settings.sides[0] };
    settle(&mut harness);
    let film = harness.state().views()[1].film.clone().expect("a film");
    assert!(matches!(film.scheduler, Scheduler::Table(_)), "{}", film.scheduler);
    for tab in ["areas", "truth", "now"] {
        click(&mut harness, tab);
        assert_eq!(harness.state().problem(), None);
    }
    assert_eq!(harness.state().known_truths().len(), crate::experiment::text::truth_ways().len() + 1);
    // Of other settings nothing is shown, exported or measured.
    harness.state_mut().settings.texts += 1;
    assert!(harness.state().known_truths().is_empty());
}

#[test]
fn a_token_shows_its_bars_and_every_export_is_written() {
    let mut settings = small();
    settings.token = Some(3);
    let mut harness = lab(settings);
    harness.state_mut().set_time(0.4, false);
    settle(&mut harness);
    let answer = harness.state().cell_answers[0].clone().expect("an answer");
    assert!((answer.p[3 * 14..4 * 14].iter().sum::<f64>() - 1.0).abs() < 1e-9);
    click(&mut harness, "truth");
    let ctx = harness.ctx.clone();
    let content = Arc::new(harness.state_mut().content(&ctx));
    let all = [Export::Page, Export::Text, Export::Strip, Export::Animation, Export::Areas, Export::Truth]
        .into_iter()
        .chain(crate::view::sequence::RunCurve::ALL.map(Export::Curve));
    for what in all {
        let export = TextExport { what, content: content.clone() };
        for format in what.formats() {
            let options =
                export.fitting(ExportOptions { format: *format, seconds: 0.5, ..ExportOptions::default() });
            let bytes =
                export.bytes(&options, "x", &mut |_| true).unwrap_or_else(|why| panic!("{what:?}: {why}"));
            let bytes = bytes.expect("a file");
            assert!(!bytes.is_empty());
            if matches!(format, Format::Svg) && what == Export::Page {
                let svg = String::from_utf8(bytes).expect("an SVG");
                assert!(svg.contains("<text") && !svg.contains("<image"), "text stays text");
            } else if *format == Format::Txt {
                let text = String::from_utf8(bytes).expect("UTF-8");
                assert!(text.contains('▒') && text.lines().count() >= 1, "{text}");
            }
        }
        assert!(export.preview(&ExportOptions::default()).is_ok(), "{what:?}");
    }
}

#[test]
fn every_preset_but_the_slow_one_runs() {
    let mut harness = lab(small());
    for preset in TEXT_PRESETS.iter().filter(|preset| preset.name != "text-shakespeare") {
        let mut settings = preset.settings(0);
        settings.texts = settings.texts.min(3);
        harness.state_mut().take_over("test", settings);
        harness.state_mut().set_time(preset.still_at, false);
        settle(&mut harness);
        assert_eq!(harness.state().problem(), None, "{}", preset.name);
        for view in harness.state().views() {
            assert!(view.film.as_ref().is_some_and(|film| film.lock().end().is_some()), "{}", preset.name);
        }
    }
}

#[test]
fn runs_stand_beside_each_other_with_their_names_and_come_back_at_the_next_start() {
    let home = tempfile::tempdir().expect("a folder");
    let words = TextSettings { language: LanguageSpec::Words(None), texts: 2, ..small() };
    let words = TextSettings { tokens: None, ..words };
    let start = || lab_with(words.clone(), Some(home.path().join("runs")));
    let names = |lab: &TextLab| lab.run_log.losses().into_iter().map(|run| run.name).collect::<Vec<_>>();
    let mut harness = start();
    click(&mut harness, "train");
    assert!(harness.query_by_label("Text runs").is_none(), "there is none yet");
    harness.get_by_label("Train").click();
    eventually("the first run", || {
        harness.step();
        (harness.state().training.seen > 32).then_some(())
    });
    harness.state_mut().settings.training.causal = true;
    harness.get_by_label("New run with the settings below; this one is kept").click();
    eventually("the second run", || {
        harness.step();
        let training = &harness.state().training;
        (training.run == 2 && !training.losses.is_empty() && !training.own.early.is_empty()).then_some(())
    });
    harness.get_by_label("Pause").click();
    settle(&mut harness);
    assert_eq!(names(harness.state()), ["run 1: mask source", "run 2: left to right"]);
    assert!(harness.query_by_label("Name of run 1").is_some());
    let csv = |harness: &mut Harness<'_, TextLab>| {
        let ctx = harness.ctx.clone();
        let content = Arc::new(harness.state_mut().content(&ctx));
        let options = ExportOptions { format: Format::Csv, ..ExportOptions::default() };
        let export = TextExport { what: Export::Losses, content };
        let bytes = export.bytes(&options, "", &mut |_| true).expect("written").expect("all of it");
        String::from_utf8(bytes).expect("text")
    };
    let both = csv(&mut harness);
    assert!(
        both.starts_with("run,of,texts,bits_per_token\n") && both.contains("\nrun 2: left to right,"),
        "{both}"
    );
    harness.state_mut().grant(RunsWish::Of(RunWish::Show(1)));
    assert!(csv(&mut harness).starts_with("of,texts,bits_per_token\nbatches,"));
    harness.state_mut().grant(RunsWish::Name(1, "denoiser".to_owned()));
    harness.run_steps(2);
    drop(harness);
    let mut harness = start();
    eventually("the kept runs", || {
        harness.step();
        (!harness.state().run_log.is_empty()).then_some(())
    });
    assert_eq!(names(harness.state()), ["denoiser", "run 2: left to right"]);
    let wrote = harness.state_mut().run_log.get_mut(2).map(|run| run.early.len());
    assert!(wrote.is_some_and(|samples| samples > 0), "with what it wrote");
    click(&mut harness, "train");
    assert!(harness.query_by_label("Continue run 2: left to right").is_some());
    harness.state_mut().grant(RunsWish::Of(RunWish::Forget(1)));
    harness.run_steps(2);
    assert_eq!(names(harness.state()), ["run 2"]);
    drop(harness);
    assert!(!home.path().join("runs/run-0001.safetensors").exists());
}

#[test]
fn a_network_that_is_asked_about_what_it_never_met_says_so_and_a_race_shows_how_far_each_is() {
    let mut settings = crate::experiment::text::TEXT_PRESETS
        .iter()
        .find(|preset| preset.name == "text-code-network")
        .expect("a preset")
        .settings(0);
    settings.texts = 2;
    let mut harness = lab(settings);
    let unmet = |harness: &Harness<'_, TextLab>| {
        harness.state().views()[1].film.as_ref().expect("a film").answering.unmet.clone()
    };
    assert_eq!(unmet(&harness), None, "docstring and examples are given");
    harness.state_mut().settings.coupling = Coupling::Free;
    settle(&mut harness);
    assert!(unmet(&harness).is_some_and(|why| why.contains("docstring")));
    // Race of 4 steps against 8: after as many evaluations each is where it is.
    let mut race = small();
    race.race = true;
    race.sides.compare();
    race.sides[0].sampler.steps = 4;
    let mut harness = lab(race);
    harness.state_mut().set_time(0.5, false);
    settle(&mut harness);
    let now = harness.state().now();
    assert!(now[0][1] > now[1][1], "{now:?}");
    assert_eq!(now[0], harness.state().views()[0].now());
    let places = harness.state().places(&now);
    let crate::ui::timeline::Places::Apart("NFE", _, each) = places else { panic!("a race") };
    assert!(each.len() == 2 && each[0] != each[1] && each[0].starts_with("κ "), "{each:?}");
}
