//! The lab as a user meets it: driven by the labels on the screen.

use super::*;
use crate::experiment::NAMES;
use crate::experiment::plane::{PLANE_PRESETS, PlaneTargetSpec};
use crate::latest::testing::eventually;
use crate::ui::lab::Lab as _;
use crate::ui::labs::plane::hand::BESIDE_DATA;
use crate::ui::theme;
use crate::view::plane::PlaneView;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

fn lab(settings: PlaneSettings) -> Harness<'static, PlaneLab> {
    let lab = PlaneLab::new(&Surroundings::of_a_test(), settings).expect("a lab");
    let mut harness = Harness::builder()
        .with_size(egui::Vec2::new(1280.0, 760.0))
        .with_context_setup(theme::install)
        .build_ui_state(|ui, lab: &mut PlaneLab| lab.ui(ui), lab);
    harness.state_mut().set_time(0.5, false);
    harness.run_steps(2);
    harness
}

fn settle(harness: &mut Harness<'_, PlaneLab>) {
    eventually("rest", || {
        harness.step();
        harness.state().is_settled().then_some(())
    });
    harness.run_steps(2);
}

fn click(harness: &mut Harness<'_, PlaneLab>, label: &str) {
    harness.get_all_by_label(label).next().expect(label).click();
    harness.run_steps(2);
}

#[test]
fn every_preset_comes_to_rest_without_a_problem() {
    for preset in PLANE_PRESETS.iter().filter(|preset| preset.train_for.is_none()) {
        let mut harness = lab(PlaneSettings { particles: 300, ..preset.settings(1) });
        settle(&mut harness);
        assert_eq!(harness.state().problem(), None, "{}", preset.name);
        let sides = harness.state().settings().sides.len();
        for side in 0..sides {
            let lab = harness.state();
            let answer = lab.answer(side).expect("an answer");
            assert!(
                answer.of.t == lab.now(side)[0]
                    && answer.conserved.is_some_and(|numbers| numbers.residual < 1e-3)
            );
            assert!(lab.run(side).is_some_and(|run| run.tracks.samples() == 300), "{}", preset.name);
        }
    }
}

#[test]
fn three_sides_say_what_sets_them_apart() {
    let preset = PLANE_PRESETS.iter().find(|preset| preset.name == "plane-straighter").expect("a preset");
    let mut harness = lab(PlaneSettings { particles: 100, ..preset.settings(1) });
    settle(&mut harness);
    let words = crate::experiment::plane::called(&harness.state().settings().sides);
    assert_eq!(words.len(), 3);
    for (name, words) in NAMES.iter().zip(&words) {
        let label = words.trim_start_matches(name).trim();
        assert!(harness.get_all_by_label(label).count() > 0, "{label}");
    }
    // It has more than one line of small letters.
    assert!(harness.get_by_label_contains("coupling: ").rect().height() > 20.0);
}

#[test]
fn what_is_set_is_sampled_shown_and_undone() {
    let mut harness = lab(PlaneSettings { particles: 300, ..PlaneSettings::default() });
    settle(&mut harness);
    let before = harness.state().settings().clone();
    click(&mut harness, "Spiral");
    settle(&mut harness);
    assert!(harness.state().settings() != &before);
    let flow = |harness: &Harness<'_, PlaneLab>| {
        harness.state().answer(0).map(|answer| answer.of.built.flow.clone())
    };
    let spiral = flow(&harness).expect("a flow");
    harness.state_mut().command(Command::Undo);
    settle(&mut harness);
    assert_eq!(harness.state().settings(), &before);
    assert!(flow(&harness).is_some_and(|flow| *flow != *spiral));
    // A sampler that can't run says so, in place of samples alone.
    click(&mut harness, "ring");
    harness.state_mut().settings.sides[0].method = "tame:1".parse().expect("a method");
    settle(&mut harness);
    let why = harness.state().problem().expect("a reason");
    assert!(why.contains("N(0, I)") && harness.state().answer(0).is_some(), "{why}");
}

#[test]
fn sides_have_one_scale_and_a_click_chooses_point_and_side() {
    let preset = PLANE_PRESETS.iter().find(|preset| preset.name == "plane-paths").expect("a preset");
    let mut harness = lab(PlaneSettings { particles: 100, ..preset.settings(1) });
    settle(&mut harness);
    let lab = harness.state();
    let [first, second] = [0, 1].map(|side| lab.now(side));
    assert!((first[1] - second[1]).abs() < 1e-9 && first[0] != second[0], "along t*: {first:?} {second:?}");
    let place = harness.get_all_by_label("plane").nth(1).expect("the view of B").rect().center();
    harness.hover_at(place);
    harness.run_steps(1);
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
        harness.event(egui::Event::PointerButton { pos: place, button, pressed, modifiers });
        harness.run_steps(1);
    }
    settle(&mut harness);
    let settings = harness.state().settings();
    assert_eq!(settings.sides.chosen(), 1);
    assert!(settings.point.iter().all(|x| x.abs() < 0.1), "{:?}", settings.point);
    harness.state_mut().command(Command::ZoomIn);
    settle(&mut harness);
    let window = harness.state().answer(0).expect("an answer").of.window;
    assert!(window.half < harness.state().settings().whole().half);
}

#[test]
fn the_grid_stands_beside_the_plane_and_says_why_where_it_can_not() {
    let preset = PLANE_PRESETS.iter().find(|preset| preset.name == "plane-grid").expect("a preset");
    let mut harness = lab(PlaneSettings { particles: 100, ..preset.settings(1) });
    settle(&mut harness);
    assert!(harness.query_by_label("On the grid").is_some());
    let answer = harness.state().answer(0).expect("an answer");
    assert!(answer.heat(PlaneView::BoardOutflow).is_some());
    assert!((answer.of.built.between_paths(0.5).expect("a grid") - 0.333).abs() < 1e-3);
    click(&mut harness, "Ring");
    settle(&mut harness);
    assert!(harness.query_by_label("On the grid").is_none());
    assert!(harness.query_all_by_label_contains("Needs a target of cells").count() == 2);
}

#[test]
fn a_network_is_trained_asked_and_compared_with_the_exact_velocity() {
    let views = [PlaneView::Velocity, PlaneView::Miss, PlaneView::Particles, PlaneView::Density];
    let train = PlaneTrainConfig { width: 12, layers: 1, batch: 32, ..PlaneTrainConfig::default() };
    let mut harness = lab(PlaneSettings { particles: 50, views, train, ..PlaneSettings::default() });
    settle(&mut harness);
    assert_eq!(harness.query_all_by_label_contains("Needs a network").count(), 1);
    click(&mut harness, "train");
    click(&mut harness, "Train");
    assert_eq!(harness.state().settings().sides[0].answer, PlaneAnswer::Network);
    eventually("two points", || {
        harness.step();
        (harness.state().training.status().history.len() > 1).then_some(())
    });
    click(&mut harness, "Pause");
    settle(&mut harness);
    assert_eq!(harness.state().problem(), None);
    let lab = harness.state();
    let answer = lab.answer(0).expect("an answer");
    let miss = answer.heat(PlaneView::Miss).expect("a heat map");
    // Where there is no mass it says nothing.
    assert!(
        miss.values.iter().all(|miss| miss.is_nan() || *miss >= 0.0) && miss.ends[1] > 0.1,
        "{:?}",
        miss.ends
    );
    assert!(lab.run(0).is_some_and(|run| run.tracks.samples() == 50));
    assert!(harness.query_by_label("Continue").is_some() && harness.query_by_label("run 1").is_some());
    // How straight it goes stands beside the exact flow.
    click(&mut harness, "straight");
    settle(&mut harness);
    assert!(harness.query_by_label("1: independent").is_some());
    // A velocity does not say where to jump, and another target is another flow.
    harness.state_mut().settings.sides[0].method = "jump:B".parse().expect("a method");
    settle(&mut harness);
    assert!(harness.state().problem().expect("a reason").contains("jump:B"));
    harness.state_mut().settings.sides[0].method = "euler".parse().expect("a method");
    click(&mut harness, "Three");
    settle(&mut harness);
    let why = harness.state().problem().expect("a reason");
    assert!(why.contains("none of this flow"), "{why}");
}

#[test]
fn codes_are_shown_exactly_and_as_they_are_learned() {
    let train = PlaneTrainConfig { width: 12, layers: 1, batch: 32, codes: 3, ..PlaneTrainConfig::default() };
    let mut harness = lab(PlaneSettings { particles: 50, train, ..PlaneSettings::default() });
    click(&mut harness, "codes");
    settle(&mut harness);
    let study = |harness: &Harness<'_, PlaneLab>| match harness.state().studied(0) {
        Ok(Some(Study::Codes(study))) => study.clone(),
        other => panic!("{other:?}"),
    };
    let exact = study(&harness);
    assert!(!exact.is_learned && exact.latents.encoder().dim() == (8, 3));
    harness.state_mut().command(Command::Train);
    eventually("a table", || {
        harness.step();
        harness.state().training.status().latents.is_some().then_some(())
    });
    harness.state_mut().command(Command::Train);
    settle(&mut harness);
    let learned = study(&harness);
    assert!(learned.is_learned && learned.latents != exact.latents);
    assert!(harness.query_by_label("Modes × codes").is_some());
    // The samples of the views are told codes, all the same one where one is chosen.
    let codes = |harness: &Harness<'_, PlaneLab>| harness.state().run(0).expect("a run").tracks.codes.clone();
    assert_eq!(codes(&harness).len(), 50);
    click(&mut harness, "code of the samples");
    click(&mut harness, "2");
    settle(&mut harness);
    assert_eq!((codes(&harness), harness.state().settings().code), (vec![1; 50], Some(2)));
    assert!(study(&harness).tracks.codes.iter().all(|code| *code == 1));
    assert!(harness.query_by_label("codes in use").is_some());
    assert!(harness.state().undoable().is_some_and(|what| what.contains("code")));
}

#[test]
fn a_preset_opens_what_it_is_about_and_its_network_is_one_press_away() {
    let mut harness = lab(PlaneSettings::default());
    let starts = |harness: &mut Harness<'_, PlaneLab>, name: &str| {
        let number = PLANE_PRESETS.iter().position(|preset| preset.name == name).expect(name);
        harness.state_mut().start(number);
        assert_eq!(harness.state().topic, PLANE_PRESETS[number].opens, "{name}");
        let settings = &mut harness.state_mut().settings;
        settings.particles = 50;
        (settings.train.width, settings.train.layers, settings.train.batch) = (12, 1, 32);
        harness.state_mut().set_time(0.5, false);
        settle(harness);
    };
    starts(&mut harness, "plane-few-steps");
    let shared = match harness.state().studied(1) {
        Ok(Some(Study::Curves(all))) => all.iter().map(|shared| shared.sides.clone()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(shared, [vec![0, 1]], "both are asked of one flow");
    // Of DDPM’s curve, and of the sides.
    for name in ["T", "α_T"] {
        assert_eq!(harness.query_all_by_label(name).count(), 2, "{name}");
    }
    starts(&mut harness, "plane-jumps");
    assert!(harness.query_by_label("λ by axes").is_some());
    let rates = harness.state().answer(0).and_then(|answer| answer.jumps).expect("rates");
    assert!(rates.1.is_some_and(|by_axes| by_axes.mean > rates.0.mean), "{rates:?}");
    starts(&mut harness, "plane-learned");
    // Three of the four views ask a network, and so does the panel.
    assert_eq!(harness.query_all_by_label("Train").count(), 4);
    harness.get_all_by_label("Train").last().expect("a press").click();
    harness.run_steps(2);
    eventually("a network", || {
        harness.step();
        harness.state().training.learned().is_some().then_some(())
    });
    assert_eq!(harness.query_all_by_label("Train").count(), 0);
    click(&mut harness, "Pause");
    settle(&mut harness);
    assert!(harness.state().missing(0).is_none() && harness.state().problem().is_none());
    // It has no codes: one with codes is another press away.
    starts(&mut harness, "plane-codes-four");
    click(&mut harness, "Train 4 codes");
    eventually("codes", || {
        harness.step();
        harness.state().training.learned().is_some_and(|learned| learned.latents.is_some()).then_some(())
    });
    harness.state_mut().command(Command::Train);
    settle(&mut harness);
    assert_eq!(harness.state().missing_codes(0), None);
}

fn pointer(harness: &mut Harness<'_, PlaneLab>, at: egui::Pos2, button: egui::PointerButton, pressed: bool) {
    let modifiers = egui::Modifiers::NONE;
    harness.event(egui::Event::PointerMoved(at));
    harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
    harness.run_steps(1);
}

fn drawn(harness: &Harness<'_, PlaneLab>) -> Vec<crate::flow::plane::Component> {
    match &harness.state().settings().sides[0].target {
        PlaneTargetSpec::Drawn(sketch) => sketch.components().to_vec(),
        other => panic!("{other} is not drawn"),
    }
}

#[test]
fn a_target_is_drawn_on_a_view_the_flow_follows_and_it_is_undone() {
    use egui::PointerButton::{Primary, Secondary};
    let mut harness = lab(PlaneSettings { particles: 50, ..PlaneSettings::default() });
    settle(&mut harness);
    click(&mut harness, "Gaussians …");
    assert!(harness.state().is_drawing() && harness.state().time() == (BESIDE_DATA, false));
    let before = harness.state().settings().clone();
    let view = harness.get_all_by_label("plane").next().expect("a view").rect();
    // One more in the middle of the ring, dragged to the right while it is held.
    pointer(&mut harness, view.center(), Primary, true);
    let placed = drawn(&harness);
    assert_eq!((placed.len(), placed[8].sd), (9, 0.2));
    assert!(placed[8].mean.iter().all(|x| x.abs() < 0.05) && placed[8].weight == 1.0, "{placed:?}");
    pointer(&mut harness, view.center(), Primary, false);
    pointer(&mut harness, view.center(), Primary, true);
    let aside = view.center() + egui::Vec2::new(0.1 * view.width(), 0.0);
    harness.event(egui::Event::PointerMoved(aside));
    harness.run_steps(1);
    pointer(&mut harness, aside, Primary, false);
    let moved = drawn(&harness);
    assert!(moved.len() == 9 && moved[8].mean[0] > 0.5 && moved[8].mean[1].abs() < 0.05, "{moved:?}");
    let follows = |harness: &Harness<'_, PlaneLab>| {
        let answer = harness.state().answer(0)?;
        let crate::flow::plane::PlaneTarget::Mixture(mixture) = answer.of.built.flow.target() else {
            return None;
        };
        (mixture.means().len() == 9 && mixture.means()[8] == moved[8].mean).then_some(())
    };
    eventually("the flow", || {
        harness.step();
        follows(&harness)
    });
    settle(&mut harness);
    assert_eq!(harness.state().problem(), None);
    // The one that is marked is taken away by a key, another one by the right button.
    harness.key_press(egui::Key::Delete);
    harness.run_steps(2);
    assert_eq!(drawn(&harness).len(), 8);
    let window = harness.state().settings().whole();
    let right = view.center() + egui::Vec2::new(3.0 / window.half as f32 * 0.5 * view.width(), 0.0);
    pointer(&mut harness, right, Secondary, true);
    pointer(&mut harness, right, Secondary, false);
    harness.run_steps(1);
    assert!(drawn(&harness).len() == 7 && drawn(&harness).iter().all(|c| c.mean[0] < 2.9));
    assert!(harness.state().undoable().is_some_and(|what| what.contains("drawn Gaussians")));
    while harness.state().undoable().is_some() {
        harness.state_mut().command(Command::Undo);
        harness.run_steps(1);
    }
    assert_eq!(harness.state().settings().sides, before.sides);
    click(&mut harness, "done");
    assert!(!harness.state().is_drawing());
}

#[test]
fn a_drawing_is_kept_in_the_list_and_comes_back_under_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let target: PlaneTargetSpec = "drawn:two hearts:1,-1,0,0.25/2,1,0.5,0".parse().expect("a target");
    let side = PlaneSide { target: target.clone(), ..PlaneSide::default() };
    let mut harness = lab(PlaneSettings { particles: 20, sides: side.into(), ..PlaneSettings::default() });
    harness.state_mut().saved = SavedTargets::open(Some(folder.path().to_owned()), &["csv"]);
    harness.state_mut().draw();
    harness.run_steps(2);
    click(&mut harness, "keep");
    eventually("the file", || {
        harness.step();
        (harness.state().saved.files().len() == 1).then_some(())
    });
    click(&mut harness, "done");
    click(&mut harness, "Ring");
    click(&mut harness, "saved targets");
    click(&mut harness, "two hearts");
    // Weights are taken beside the largest one.
    let again: PlaneTargetSpec = "drawn:two hearts:0.5,-1,0,0.25/1,1,0.5,0".parse().expect("a target");
    assert_eq!(harness.state().settings().sides[0].target, again);
    settle(&mut harness);
    assert_eq!(harness.state().problem(), None);
    let flow = harness.state().flow(0).expect("a flow");
    assert_eq!(Ok(flow.target().clone()), side_target(&target));
}

fn side_target(target: &PlaneTargetSpec) -> Result<crate::flow::plane::PlaneTarget, String> {
    PlaneSide { target: target.clone(), ..PlaneSide::default() }.load_target()
}

#[test]
fn cells_are_drawn_on_a_canvas_and_the_flow_follows() {
    let mut harness = lab(PlaneSettings { particles: 20, ..PlaneSettings::default() });
    click(&mut harness, "Board");
    settle(&mut harness);
    click(&mut harness, "cells …");
    assert!(harness.query_by_label("Target editor").is_some() && harness.state().is_editing());
    let before = harness.state().settings().clone();
    let canvas = harness.get_all_by_label("states").next().expect("a canvas").rect();
    // One stroke over the lowest left cell of four by four, which is empty.
    let corner = canvas.left_bottom() + egui::Vec2::new(0.1, -0.1) * canvas.width();
    let primary = egui::PointerButton::Primary;
    pointer(&mut harness, corner, primary, true);
    harness.event(egui::Event::PointerMoved(corner + egui::Vec2::splat(2.0)));
    harness.run_steps(1);
    pointer(&mut harness, corner, primary, false);
    let target = harness.state().settings().sides[0].target.clone();
    assert!(crate::experiment::plane::is_drawn(&target), "{target}");
    eventually("the flow", || {
        harness.step();
        let answer = harness.state().answer(0)?;
        let crate::flow::plane::PlaneTarget::Boxes(boxes) = answer.of.built.flow.target() else {
            return None;
        };
        (boxes.pmf()[[0, 0]] > 0.0 && boxes.side() == 4).then_some(())
    });
    settle(&mut harness);
    assert_eq!(harness.state().problem(), None);
    click(&mut harness, "Undo the last stroke  (Ctrl+Z)");
    assert_eq!(harness.state().settings().sides, before.sides);
    click(&mut harness, "Done");
    assert!(!harness.state().is_editing() && harness.query_by_label("Target editor").is_none());
}
