//! The image lab as a user meets it: driven by labels, keys and the pointer.

use super::*;
use crate::data::codec::image::TokenSpec;
use crate::experiment::Recipe;
use crate::experiment::images::SideSettings;
use crate::experiment::images::{ImageModelSpec, Images};
use crate::flow::Scheduler;
use crate::latest::testing::eventually;
use crate::ui::export::{Exported as _, Format};
use crate::ui::lab::{Lab as _, Surroundings};
use crate::ui::labs::images::exporting::{Export, ExportContent, ExportOptions};
use crate::ui::run_card::RunWish;
use crate::ui::sequence_runs::RunsWish;
use crate::ui::theme;
use crate::view::sequence::{Layer, RunCurve};
use egui::Vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

fn small() -> ImageSettings {
    let images = Images { source: crate::data::images::ImageSource::Shapes, count: Some(20) };
    let mut side = SideSettings::default();
    side.sampler.steps = 8;
    let mut settings = ImageSettings {
        model: ImageModelSpec::Empirical(images),
        tokens: TokenSpec::Gray(8),
        side: 8,
        images: 4,
        sides: side.into(),
        ..ImageSettings::default()
    };
    (settings.training.side, settings.training.tokens, settings.training.width) = (8, TokenSpec::Gray(8), 16);
    settings.training.config.batch = 8;
    settings
}

fn lab(settings: ImageSettings) -> Harness<'static, ImageLab> {
    lab_with(settings, None)
}

/// The lab with its runs in a folder.
fn lab_with(settings: ImageSettings, runs: Option<PathBuf>) -> Harness<'static, ImageLab> {
    let mut lab = ImageLab::new(&Surroundings::of_a_test(), settings, runs).expect("a lab");
    lab.set_time(0.5, false);
    let mut harness = Harness::builder()
        .with_accessibility_check(false)
        .with_size(Vec2::new(1280.0, 1500.0))
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, lab: &mut ImageLab| {
                lab.ui(ui);
                // As the window does.
                lab.messages.show(ui.ctx());
            },
            lab,
        );
    settle(&mut harness);
    harness
}

fn content(harness: &mut Harness<'_, ImageLab>) -> ExportContent {
    let ctx = harness.ctx.clone();
    harness.state_mut().content(&ctx)
}

fn settle(harness: &mut Harness<'_, ImageLab>) {
    eventually("rest", || {
        harness.step();
        harness.state().is_settled().then_some(())
    });
    harness.run_steps(3);
}

fn click(harness: &mut Harness<'_, ImageLab>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
    settle(harness);
}

#[test]
fn a_wall_is_sampled_played_and_looked_at_closely() {
    // Independent tokens stay undecided to the end.
    let mut settings = small();
    settings.model = "independent:shapes@20".parse().expect("a model");
    let mut harness = lab(settings);
    let lab = harness.state();
    assert_eq!(lab.problem(), None);
    let view = &lab.views[0];
    // Eight cubic steps: half-way is the fourth.
    assert_eq!((view.step, view.shown.frame), (4, Some(4)));
    let masked = |states: &[u16]| states.iter().filter(|token| **token == 8).count();
    assert!(masked(&view.shown.states) > 100);
    let thought = lab.layers[0].thought.clone().expect("a thought");
    assert_eq!(thought.still.state, view.shown.states[..64]);
    assert!(thought.insight.entropy.iter().any(|bits| *bits > 0.1));
    harness.state_mut().command(Command::End);
    settle(&mut harness);
    assert_eq!(masked(&harness.state().views[0].shown.states), 0);
    harness.state_mut().command(Command::StepBack);
    settle(&mut harness);
    assert_eq!(harness.state().views[0].step, 7);
    // The second image of the wall, then none.
    let wall = harness.get_by_label("wall 1").rect();
    let second = wall.min + Vec2::new(0.75 * wall.width(), 0.25 * wall.height());
    for expected in [Some(1), None] {
        harness.hover_at(second);
        harness.step();
        for pressed in [true, false] {
            let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
            harness.event(egui::Event::PointerButton { pos: second, button, pressed, modifiers });
            harness.step();
        }
        settle(&mut harness);
        assert_eq!(harness.state().settings.picked, expected);
        assert_eq!(harness.state().layers[0].thought.is_some(), expected.is_some());
    }
}

#[test]
fn settings_beside_each_other_share_seed_and_model_and_nothing_else() {
    let mut harness = lab(small());
    harness.state_mut().command(Command::Compare);
    harness.run_steps(2);
    assert_eq!(harness.state().settings.sides.len(), 2);
    harness.state_mut().settings.sides.here_mut().sampler.scheduler = Scheduler::Linear;
    harness.run_steps(2);
    settle(&mut harness);
    let lab = harness.state();
    let films: Vec<_> = lab.views.iter().map(|view| view.film.clone().expect("a film")).collect();
    assert_eq!([films[0].scheduler, films[1].scheduler], [Scheduler::Cubic, Scheduler::Linear]);
    assert_eq!(films[0].model, films[1].model);
    let shares: Vec<_> = films
        .iter()
        .zip(&lab.views)
        .map(|(film, view)| film.lock().trace().records()[view.step].revealed.expect("masks"))
        .collect();
    assert!(shares[1] > shares[0] + 0.2, "linear is ahead at t = 0.5: {shares:?}");
    // Along κ both are as far.
    harness.state_mut().settings.pace.axis = crate::experiment::TimeAxis::Kappa;
    harness.state_mut().set_time(0.8, false);
    settle(&mut harness);
    let kappas: Vec<_> = harness
        .state()
        .views
        .iter()
        .map(|view| view.film.as_ref().expect("a film").lock().trace().records()[view.step].kappa)
        .collect();
    assert!(kappas.iter().all(|kappa| *kappa <= 0.512 + 1e-9 && *kappa > 0.3), "{kappas:?}");
    click(&mut harness, "Close B");
    assert_eq!(harness.state().settings.sides.len(), 1);
}

#[test]
fn what_is_given_is_kept_and_a_stroke_changes_it() {
    let mut harness = lab(small());
    click(&mut harness, "a part");
    let pixels = harness.state().infill.pixels().expect("a picture").to_vec();
    let tokenizer = harness.state().views[0].film.as_ref().expect("a film").tokenizer.clone();
    let tokens = tokenizer.encode(&pixels);
    let kept = |lab: &ImageLab| {
        let states = &lab.views[0].shown.states;
        (0..64).filter(|at| (0..4).all(|image| states[64 * image + at] == tokens[*at])).collect::<Vec<_>>()
    };
    harness.state_mut().command(Command::Start);
    settle(&mut harness);
    let left: Vec<usize> = (0..64).filter(|at| at % 8 < 4).collect();
    assert_eq!(kept(harness.state()), left);
    // A stroke down the left edge opens it.
    harness.state_mut().infill.brush = 0.5;
    let canvas = harness.get_by_label("what is given").rect();
    let at = |y: f32| canvas.min + Vec2::new(canvas.width() / 16.0, y * canvas.height());
    let button = |pressed, pos| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    harness.hover_at(at(0.05));
    harness.step();
    harness.event(button(true, at(0.05)));
    harness.step();
    harness.hover_at(at(0.95));
    harness.step();
    harness.event(button(false, at(0.95)));
    harness.run_steps(2);
    settle(&mut harness);
    let opened: Vec<usize> = left.iter().copied().filter(|at| at % 8 != 0).collect();
    assert_eq!(kept(harness.state()), opened);
    // The whole stroke is one step, and so is each of the others.
    assert_eq!(harness.state().undoable(), Some("mask 32 to 24 pixels given"));
    harness.state_mut().command(Command::Undo);
    settle(&mut harness);
    assert_eq!(kept(harness.state()), left);
    harness.state_mut().command(Command::Redo);
    settle(&mut harness);
    assert_eq!(kept(harness.state()), opened);
    click(&mut harness, "invert");
    assert_eq!(kept(harness.state()).len(), 64 - opened.len());
    harness.state_mut().command(Command::Undo);
    settle(&mut harness);
    assert_eq!(kept(harness.state()), opened);
    harness.state_mut().command(Command::Redo);
    settle(&mut harness);
    assert_eq!(kept(harness.state()).len(), 64 - opened.len());
    // Another picture and back, then that nothing is given: each is had again as it was.
    click(&mut harness, "The next image of the data");
    let other = harness.state().infill.pixels().expect("a picture").to_vec();
    assert_ne!(other, pixels);
    harness.state_mut().command(Command::Undo);
    settle(&mut harness);
    assert_eq!(harness.state().infill.pixels(), Some(pixels.as_slice()));
    harness.state_mut().command(Command::Redo);
    settle(&mut harness);
    assert_eq!(harness.state().infill.pixels(), Some(other.as_slice()));
    harness.state_mut().infill.on = false;
    harness.run_steps(2);
    settle(&mut harness);
    assert_eq!(harness.state().undoable(), Some("given a part to nothing"));
    harness.state_mut().command(Command::Undo);
    settle(&mut harness);
    assert!(harness.state().infill.on && harness.state().infill.pixels() == Some(other.as_slice()));
    // A sample of another size than the images have by now is none, and nothing waits for it.
    harness.state_mut().command(Command::End);
    settle(&mut harness);
    harness.state_mut().infill.base = Base::Sample;
    settle(&mut harness);
    assert_eq!(harness.state().problem(), None);
    harness.state_mut().settings.side = 16;
    harness.run_steps(2);
    let why = eventually("a message", || {
        harness.step();
        harness.state().problem()
    });
    assert!(why.contains("another size"), "{why}");
    settle(&mut harness);
    assert_eq!(harness.state().views[0].shown.states.len(), 4 * 256);
}

#[test]
fn a_sample_that_was_given_comes_back_as_it_was() {
    let mut harness = lab(small());
    click(&mut harness, "a part");
    harness.state_mut().command(Command::End);
    settle(&mut harness);
    click(&mut harness, "The sample that is shown large, as it is at the end");
    let sample = harness.state().infill.pixels().expect("a sample").to_vec();
    click(&mut harness, "The next image of the data");
    assert_ne!(harness.state().infill.pixels(), Some(sample.as_slice()));
    harness.state_mut().settings.seed = 77;
    settle(&mut harness);
    for _ in 0..2 {
        harness.state_mut().command(Command::Undo);
        settle(&mut harness);
    }
    assert_eq!(harness.state().infill.base, Base::Sample);
    assert_eq!(harness.state().infill.pixels(), Some(sample.as_slice()));
    assert_eq!(harness.state().problem(), None);
}

#[test]
fn every_key_on_the_sheet_does_something_here_and_no_other_does() {
    use crate::ui::labs::images::ENTRY;
    use crate::ui::shortcuts::GROUPS;
    let mut harness = lab(small());
    harness.state_mut().settings.images = 3;
    harness.run_steps(2);
    harness.state_mut().settings.images = 2;
    settle(&mut harness);
    harness.state_mut().command(Command::Undo);
    harness.state_mut().command(Command::Compare);
    settle(&mut harness);
    // Something can be undone, and then done again; two walls, half-way.
    assert!(harness.state().undoable().is_some() && harness.state().settings.sides.len() == 2);
    let everything = |lab: &ImageLab| {
        let training = lab.trainer.status();
        format!(
            "{:?} {:?} {:?} {}",
            lab.settings,
            lab.infill,
            lab.playback,
            training.starting || training.seen > 0
        )
    };
    // What can be redone would be gone after any other change: it comes first, the training, which goes on, last.
    let mut lines: Vec<_> = GROUPS.iter().flat_map(|group| group.shortcuts).collect();
    lines.retain(|line| !line.command.is_of_the_window());
    lines.sort_by_key(|line| match line.command {
        Command::Undo => 0,
        Command::Redo => 1,
        // It leaves one wall.
        Command::Compare => 3,
        Command::Train => 4,
        _ => 2,
    });
    for line in lines {
        harness.state_mut().set_time(0.5, false);
        let before = everything(harness.state());
        harness.state_mut().command(line.command);
        let changed = everything(harness.state()) != before;
        assert_eq!(changed, line.what(&ENTRY).is_some(), "{:?}", line.command);
        harness.run_steps(2);
    }
}

#[test]
fn a_network_is_trained_and_sampled_from_as_it_learns() {
    let mut harness = lab(small());
    click(&mut harness, "training");
    harness.get_by_label("Train").click();
    eventually("a network", || {
        harness.step();
        let lab = harness.state();
        (lab.training.seen > 100 && lab.training.version > 0).then_some(())
    });
    harness.get_by_label("Pause").click();
    settle(&mut harness);
    let lab = harness.state();
    assert_eq!(lab.training.state, TrainState::Paused);
    assert!(lab.settings.trained && lab.problem().is_none());
    assert!(harness.query_by_label("sample from it").is_some());
    // What was sampled from it stays, and its losses are written; no file gives the network back but its own.
    harness.run_steps(2);
    assert!(harness.state().trained_images > 100);
    // The pause may bring a last network, whose wall comes after that of the one before.
    eventually("samples of the last network", || {
        harness.step();
        let lab = harness.state_mut();
        let version = lab.training.version;
        let card = lab.run_log.get_mut(lab.training.run).expect("its card");
        card.early.has(version).then_some(())
    });
    assert!(harness.query_all_by_label_contains(" images seen").count() > 0);
    for &format in Export::Losses.formats() {
        let export = ImageExport { what: Export::Losses, content: Arc::new(content(&mut harness)) };
        let options = ExportOptions { format, ..ExportOptions::default() };
        let bytes = export.bytes(&options, "", &mut |_| true).expect("drawn").expect("all of it");
        assert!(Recipe::in_figure(&bytes).is_none());
        let text = String::from_utf8_lossy(&bytes);
        match format.ending() {
            "csv" => {
                let news = &harness.state().training;
                assert_eq!(text.lines().count(), 1 + news.losses.len() + news.own.held_out.len());
            }
            "svg" => assert!(text.contains(" source"), "what is trained stands below it"),
            _ => {}
        }
    }
    harness.get_by_label("Let go of this run; its file is kept").click();
    settle(&mut harness);
    assert!(!harness.state().settings.trained);
}

#[test]
fn a_second_run_is_trained_beside_the_first_and_both_come_back_at_the_next_start() {
    let home = tempfile::tempdir().expect("a folder");
    let start = || lab_with(small(), Some(home.path().join("runs")));
    let rows =
        |lab: &mut ImageLab, run: u64| lab.run_log.get_mut(run).map_or(0, |run| run.early.rows().len());
    let names = |lab: &ImageLab| lab.run_log.losses().into_iter().map(|run| run.name).collect::<Vec<_>>();
    let mut harness = start();
    click(&mut harness, "training");
    assert!(harness.query_by_label("Image runs").is_none(), "there is none yet");
    harness.get_by_label("Train").click();
    eventually("early samples", || {
        harness.step();
        (harness.state().training.seen > 100 && rows(harness.state_mut(), 1) > 0).then_some(())
    });
    harness.state_mut().settings.training.width = 32;
    harness.get_by_label("New run with the settings below; this one is kept").click();
    eventually("the second run", || {
        harness.step();
        (harness.state().training.run == 2 && !harness.state().training.losses.is_empty()).then_some(())
    });
    harness.get_by_label("Pause").click();
    settle(&mut harness);
    assert_eq!(names(harness.state()), ["run 1: width 16", "run 2: width 32"]);
    assert!(harness.query_by_label("Name of run 1").is_some());
    // Both are on the plot and in what is exported, until one is hidden.
    let csv = |harness: &mut Harness<'_, ImageLab>| {
        let content = Arc::new(self::content(harness));
        let options = ExportOptions { format: Format::Csv, ..ExportOptions::default() };
        let export = ImageExport { what: Export::Losses, content };
        let bytes = export.bytes(&options, "", &mut |_| true).expect("written").expect("all of it");
        String::from_utf8(bytes).expect("text")
    };
    let both = csv(&mut harness);
    assert!(both.starts_with("run,of,images,bits_per_token\nrun 1: width 16,batches,"), "{both}");
    assert!(both.contains("\nrun 2: width 32,batches,"), "{both}");
    harness.state_mut().grant(RunsWish::Of(RunWish::Show(1)));
    assert!(csv(&mut harness).starts_with("of,images,bits_per_token\nbatches,"));
    harness.state_mut().grant(RunsWish::Name(1, "narrow".to_owned()));
    harness.state_mut().grant(RunsWish::Name(2, "wide".to_owned()));
    harness.run_steps(2);
    drop(harness);
    let mut harness = start();
    eventually("the kept runs", || {
        harness.step();
        (!harness.state().run_log.is_empty()).then_some(())
    });
    assert_eq!(names(harness.state()), ["narrow", "wide"]);
    assert!(rows(harness.state_mut(), 1) > 0, "with its early samples");
    click(&mut harness, "training");
    assert!(harness.query_by_label("Continue wide").is_some());
    let before = rows(harness.state_mut(), 1);
    harness.state_mut().grant(RunsWish::Of(RunWish::Continue(1)));
    eventually("it goes on", || {
        harness.step();
        let training = &harness.state().training;
        (training.run == 1 && training.state == TrainState::Running).then_some(())
    });
    harness.get_by_label("Pause").click();
    settle(&mut harness);
    assert!(rows(harness.state_mut(), 1) >= before);
    assert_eq!(names(harness.state()), ["wide", "narrow"], "the one used last at the end");
    harness.state_mut().grant(RunsWish::Of(RunWish::Forget(2)));
    harness.run_steps(2);
    assert_eq!(names(harness.state()), ["narrow"]);
    drop(harness);
    assert!(!home.path().join("runs/run-0002.safetensors").exists());
}

#[test]
fn what_is_trained_on_and_whether_mirrored_is_chosen() {
    use crate::train::sequence::Mirror;
    let mut harness = lab(small());
    click(&mut harness, "training");
    click(&mut harness, "no");
    assert_eq!(harness.state().settings.training.mirror, Mirror::No);
    // A folder is for what it was asked for.
    let model = harness.state().settings.model.clone();
    let lab = harness.state_mut();
    lab.folder_for_training = true;
    lab.use_chosen_folder("cats".into());
    let folder = crate::data::images::ImageSource::Folder("cats".into());
    assert_eq!((&lab.settings.training.data, &lab.settings.model), (&folder, &model));
    lab.use_chosen_folder("dogs".into());
    assert_eq!(lab.settings.model.to_string(), "empirical:dogs");
    assert_eq!(lab.settings.training.data, folder);
}

#[test]
fn the_network_and_its_course_are_chosen_and_can_be_undone() {
    let mut harness = lab(small());
    click(&mut harness, "training");
    assert!(harness.query_by_label("width").is_some());
    assert!(harness.query_by_label_contains("0.1 million parameters, about").is_some());
    click(&mut harness, "medium");
    assert!(harness.query_by_label("width").is_none(), "its width is its own");
    assert!(harness.query_by_label_contains("8.5 million parameters, about").is_some());
    click(&mut harness, "fixed");
    click(&mut harness, "clipped");
    harness.state_mut().settings.training.config.dropout = 0.2;
    settle(&mut harness);
    let own = harness.state().settings.training.clone();
    assert_eq!(own.net.to_string(), "medium");
    let config = own.config;
    assert_eq!((config.images, config.clip, config.dropout), (100_000, Some(1.0), 0.2));
    // All of that is written down and read again.
    let text = serde_json::to_string(&harness.state().storable()).expect("JSON");
    assert_eq!(serde_json::from_str::<ImageSettings>(&text).expect("settings").training, own);
    for undone in ["dropout", "longest gradient", "length", "network"] {
        let step = harness.state().undoable().unwrap_or_default().to_owned();
        assert!(step.starts_with(undone) && step.contains("of the next run"), "{step}");
        harness.state_mut().command(Command::Undo);
        settle(&mut harness);
    }
    assert_eq!(harness.state().settings.training, small().training);
}

#[test]
fn everything_can_be_written_and_read_by_others() {
    let mut settings = small();
    settings.sides.add();
    settings.sides[1].corrector_on = true;
    let mut harness = lab(settings);
    let curves = [RunCurve::Revealed, RunCurve::Entropy, RunCurve::Passes].map(Export::Curve);
    let all = [Export::Wall, Export::Layers, Export::Strip, Export::Animation].into_iter().chain(curves);
    for what in all {
        for &format in what.formats() {
            let ending = format.ending();
            let export = ImageExport { what, content: Arc::new(content(&mut harness)) };
            let options = ExportOptions { format, ..ExportOptions::default() };
            let bytes = export.bytes(&options, ending, &mut |_| true).expect("drawn").expect("all of it");
            match ending {
                "pdf" => assert!(bytes.starts_with(b"%PDF-")),
                "svg" => assert!(String::from_utf8_lossy(&bytes).contains("empirical:shapes@20")),
                "csv" => assert_eq!(String::from_utf8_lossy(&bytes).lines().count(), 1 + 2 * 9),
                _ => assert!(image::load_from_memory(&bytes).is_ok_and(|picture| picture.width() > 30)),
            }
            let shown = Recipe::new(&harness.state().storable()).at(0.5);
            let carried =
                Recipe::in_figure(&bytes).map(|read| Recipe { view: None, ..read.expect("readable") });
            assert_eq!(carried, (ending != "csv").then_some(shown), "{what:?} as {ending}");
        }
    }
    let export = ImageExport { what: Export::Wall, content: Arc::new(content(&mut harness)) };
    assert_eq!(export.file_stem(&ExportOptions::default()), "wall_A-corrector-off_B-corrector-on");
    let timeline = ImageExport { what: Export::Animation, ..export };
    let options = ExportOptions { format: Format::Gif, ..ExportOptions::default() };
    assert_eq!(timeline.bytes(&options, "t.gif", &mut |share| share < 0.5), Ok(None), "it is stopped");
}

#[test]
fn the_walls_show_what_the_denoiser_thinks_of_all_images() {
    use crate::view::sequence::Aspect;
    let mut settings = small();
    settings.sides.add();
    settings.sides[1].sampler.steps = 5;
    let mut harness = lab(settings);
    click(&mut harness, "guess E[x₁ | xₜ]");
    settle(&mut harness);
    assert_eq!(harness.state().settings.shows, Aspect::Guess);
    for position in [0.3, 0.7] {
        harness.state_mut().set_time(position, false);
        settle(&mut harness);
        let lab = harness.state();
        // The image that is shown large is the same in its layer and on the wall.
        for (view, layers) in lab.views.iter().zip(&lab.layers) {
            let look = view.look.as_ref().expect("a wall");
            let (film, thought) =
                (view.film.as_ref().expect("a film"), layers.thought.as_ref().expect("one"));
            assert!(!view.waits && Arc::ptr_eq(&look.of.film, film) && look.of.step == view.step);
            let (first, side) = (thought.question.image as u32, 8);
            assert_eq!(first, 0, "in the corner");
            let layer = &thought.insight.guess;
            for (at, color) in (0u32..).zip(layer.as_chunks::<3>().0) {
                assert_eq!(look.pixels.get_pixel(at % side, at / side).0[..3], *color);
            }
        }
    }
    // It is a step that can be undone, and part of what is written.
    harness.state_mut().settings.shows = Aspect::Entropy;
    settle(&mut harness);
    assert_eq!(harness.state().views[1].look.as_ref().map(|look| look.of.aspect), Some(Aspect::Entropy));
    let recipe = Recipe::new(&harness.state().storable());
    let read: ImageSettings = recipe.settings(&ImageSettings::default()).expect("settings");
    assert_eq!(read.shows, Aspect::Entropy);
    harness.state_mut().command(Command::Undo);
    settle(&mut harness);
    assert_eq!(harness.state().settings.shows, Aspect::Guess);
    // While it plays nothing passes for what it is not.
    harness.state_mut().set_time(0.0, true);
    for _ in 0..20 {
        harness.step();
        for view in &harness.state().views {
            assert!(view.waits || view.look.as_ref().is_some_and(|look| look.of.step == view.step));
        }
    }
    harness.state_mut().set_time(0.5, false);
    harness.state_mut().settings.shows = Aspect::Tokens;
    settle(&mut harness);
    assert!(harness.state().views.iter().all(|view| view.look.is_none() && !view.waits));
}

#[test]
fn a_file_is_seen_before_it_is_saved() {
    let mut harness = lab(small());
    let folder = tempfile::tempdir().expect("a folder");
    harness.get_by_label("export …").click();
    harness.run_steps(2);
    harness.get_by_label("Denoising strip …").click();
    harness.run_steps(2);
    assert!(harness.state().is_asking());
    settle(&mut harness);
    harness.get_by_label("SVG").click();
    harness.get_by_label("Settings as a caption").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Save as SVG …").is_some());
    let file = folder.path().join("strip.svg");
    harness.state_mut().export.write(file.clone());
    settle(&mut harness);
    let lab = harness.state();
    assert!(!lab.is_asking(), "it is closed");
    assert!(lab.messages.last().is_some_and(|(_, said)| said.contains("strip.svg")));
    let drawn = std::fs::read_to_string(&file).expect("a drawing");
    let (shown, inside) = drawn.split_once("<image").expect("pictures");
    assert!(!shown.contains(">--denoiser") && inside.matches("<image").count() == 9 * 4 - 1);
}

#[test]
fn files_of_all_kinds_are_taken_or_refused_by_name() {
    let mut harness = lab(small());
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("net.safetensors");
    std::fs::write(&bad, "no network").expect("written");
    harness.state_mut().use_file(bad);
    harness.run_steps(2);
    eventually("a message", || {
        harness.step();
        harness.state().problem().filter(|why| why.contains("net.safetensors"))
    });
    harness.state_mut().settings = small();
    settle(&mut harness);
    assert_eq!(harness.state().problem(), None);
    let picture = folder.path().join("hat.png");
    image::RgbImage::from_pixel(40, 30, image::Rgb([250, 10, 10])).save(&picture).expect("written");
    harness.state_mut().use_file(picture);
    settle(&mut harness);
    let pixels = harness.state().infill.pixels().expect("a picture");
    assert!(pixels.as_chunks::<3>().0.iter().all(|pixel| *pixel == [250, 10, 10]));
    harness.state_mut().use_file(folder.path().join("notes.txt"));
    let (tone, said) = harness.state().messages.last().expect("a message");
    assert!(tone == Tone::Error && said.contains("notes.txt") && said.contains("folder"));
}

#[test]
fn neighbours_of_a_copy_are_at_distance_nothing() {
    let mut harness = lab(small());
    harness.state_mut().command(Command::End);
    settle(&mut harness);
    harness.get_by_label("find").click();
    eventually("neighbours", || {
        harness.step();
        harness.state().neighbours.is_some().then_some(())
    });
    let Some(Ok(SetAnswer::Nearest(Some(answer)))) = &harness.state().neighbours else {
        panic!("no neighbours")
    };
    let found = &answer.samples[0].found;
    // Eight steps with the exact denoiser may leave a token or two of another image.
    assert!(found[0].distance < 40.0 && found[0].distance <= found[1].distance, "{}", found[0].distance);
    assert!(harness.query_by_label_contains("of 4096 images").is_some());
    assert!(
        harness.query_by_label_contains("of 4096 pairs").is_some()
            || harness.query_by_label_contains("% of pairs").is_some()
    );
    // Every image of the wall, which stays while one after another is looked at.
    click(&mut harness, "whole wall");
    eventually("all neighbours", || {
        harness.step();
        let answer = harness.state().neighbours.as_ref();
        answer
            .is_some_and(|answer| matches!(answer, Ok(SetAnswer::Nearest(Some(of))) if of.samples.len() > 1))
            .then_some(())
    });
    harness.run_steps(2);
    let images = harness.state().settings.images;
    assert!(harness.query_by_label_contains(&format!("{images} held out")).is_some());
    // One layer alone, and all again.
    click(&mut harness, "layer entropy");
    assert_eq!(harness.state().settings.layer, Some(Layer::Entropy));
    click(&mut harness, "layer entropy");
    assert_eq!(harness.state().settings.layer, None);
}
