//! The target editor as a user meets it.

use super::*;
use crate::data::{Drawing, TARGET_FILES, TargetSpec, load_target};

/// The editor, open on the small lab's checkerboard.
fn editor() -> Harness<'static, GridLab> {
    let mut harness = lab(small());
    until(&mut harness, "rest", |lab| lab.is_settled());
    harness.get_by_label("Edit target").click();
    harness.step();
    harness.step();
    assert!(harness.query_by_label("Target editor").is_some());
    harness
}

fn press(harness: &mut Harness<'_, GridLab>, label: &str) {
    harness.get_by_label(label).click();
    harness.step();
    harness.step();
}

/// The canvas is the first of the pictures.
fn canvas_rect(harness: &Harness<'_, GridLab>) -> Rect {
    let wide = |rect: &Rect| rect.width() as i32;
    harness.get_all_by_label("states").map(|node| node.rect()).max_by_key(wide).expect("a canvas")
}

/// Paints from one cell of the 8 × 8 canvas to another.
fn paint(harness: &mut Harness<'_, GridLab>, from: [f32; 2], to: [f32; 2]) {
    let rect = canvas_rect(harness);
    let at =
        |[x, y]: [f32; 2]| rect.left_bottom() + Vec2::new((x + 0.5) / 8.0, -(y + 0.5) / 8.0) * rect.width();
    drag(harness, at(from), at(to));
    harness.step();
}

fn target(harness: &Harness<'_, GridLab>) -> TargetSpec {
    harness.state().here().settings.flow.target.clone()
}

fn drawn(harness: &Harness<'_, GridLab>) -> Drawing {
    harness.state().editor.as_ref().expect("an editor").drawing().clone()
}

fn brush<'a>(harness: &'a mut Harness<'_, GridLab>) -> &'a mut crate::data::Brush {
    let brush = &mut harness.state_mut().editor.as_mut().expect("an editor").brush;
    (brush.size, brush.softness, brush.strength) = (1.0, 0.0, 1.0);
    brush
}

/// Waits until the flow is that of the canvas, and compares them.
fn the_flow_follows(harness: &mut Harness<'_, GridLab>) {
    until(harness, "the drawn flow", |lab| {
        lab.here().path_spec == lab.here().settings.path_spec() && lab.is_settled()
    });
    let path = harness.state().here().path.clone();
    assert_eq!(*path.target(), drawn(harness).pmf().expect("a pmf"));
}

#[test]
fn each_side_is_drawn_on_its_own_canvas() {
    let mut b = small();
    b.flow.target = TargetSpec::Moons;
    let mut harness = lab(Document::from(Sides::new(small(), [b])));
    until(&mut harness, "rest", |lab| lab.is_settled());
    press(&mut harness, "Edit target");
    press(&mut harness, "clear");
    brush(&mut harness);
    paint(&mut harness, [1.0, 2.0], [1.0, 5.0]);
    let of_a = target(&harness);
    assert!(matches!(of_a, TargetSpec::Drawn { .. }));
    harness.state_mut().command(Command::OtherSide);
    harness.run_steps(3);
    assert_eq!(target(&harness), TargetSpec::Moons);
    let editor = |harness: &Harness<'_, GridLab>| {
        let editor = harness.state().editor.as_ref().expect("an editor");
        (editor.can_undo(), editor.can_redo(), editor.brush.size)
    };
    assert_eq!(
        editor(&harness),
        (false, false, 1.0),
        "nothing of A can be undone here, but the brush is the same"
    );
    press(&mut harness, "clear");
    paint(&mut harness, [6.0, 1.0], [6.0, 1.0]);
    let of_b = target(&harness);
    assert!(matches!(of_b, TargetSpec::Drawn { .. }) && of_b != of_a);
    // Back on A its own steps are there.
    harness.state_mut().command(Command::OtherSide);
    harness.run_steps(3);
    assert_eq!(target(&harness), of_a);
    let undo = |harness: &mut Harness<'_, GridLab>| {
        let lab = harness.state_mut();
        let mut editor = lab.editor.take().expect("an editor");
        editor.undo(lab.here_mut());
        lab.editor = Some(editor);
        harness.run_steps(3);
    };
    undo(&mut harness);
    undo(&mut harness);
    let targets = [0, 1].map(|side| harness.state().sides.of(side).settings.flow.target.clone());
    assert_eq!(targets, [TargetSpec::Checkerboard, of_b]);
}

#[test]
fn strokes_change_the_flow_and_undo_brings_the_preset_back() {
    let mut harness = editor();
    assert_eq!(target(&harness), TargetSpec::Checkerboard, "opening it changes nothing");
    press(&mut harness, "clear");
    assert!(drawn(&harness).is_empty());
    assert!(harness.query_all_by_label_contains("The canvas is empty").count() > 0);
    assert_eq!(target(&harness), TargetSpec::Checkerboard, "the last good target stays");
    assert!(harness.state().here().flow_error(&harness.state().here().sampler.status()).is_none());
    brush(&mut harness);
    paint(&mut harness, [1.0, 2.0], [1.0, 5.0]);
    let full = |drawing: &Drawing| {
        (0..64).map(|c| [c / 8, c % 8]).filter(|cell| drawing.share(*cell) == 1.0).collect::<Vec<_>>()
    };
    assert_eq!(full(&drawn(&harness)), [[1, 2], [1, 3], [1, 4], [1, 5]]);
    assert_eq!(target(&harness), TargetSpec::drawn(drawn(&harness)));
    the_flow_follows(&mut harness);
    press(&mut harness, "↔");
    paint(&mut harness, [0.0, 7.0], [0.0, 7.0]);
    assert!(drawn(&harness).share([0, 7]) == 1.0 && drawn(&harness).share([7, 7]) == 1.0);
    press(&mut harness, "eraser");
    paint(&mut harness, [0.0, 7.0], [0.0, 7.0]);
    assert_eq!(full(&drawn(&harness)).len(), 4);
    the_flow_follows(&mut harness);
    for _ in 0..3 {
        press(&mut harness, "Undo the last stroke  (Ctrl+Z)");
    }
    assert!(drawn(&harness).is_empty());
    until(&mut harness, "the flow before", |lab| lab.is_settled());
    assert!(drawn(&harness).is_empty(), "its flow does not come back onto the canvas");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    harness.step();
    harness.step();
    assert_eq!(target(&harness), TargetSpec::Checkerboard, "with its name, not as a drawing of it");
    assert!(!drawn(&harness).is_empty());
    for _ in 0..2 {
        press(&mut harness, "Redo  (Ctrl+Shift+Z)");
    }
    assert_eq!(full(&drawn(&harness)).len(), 4);
    the_flow_follows(&mut harness);
    press(&mut harness, "Done");
    assert!(harness.query_by_label("Target editor").is_none());
    assert!(matches!(target(&harness), TargetSpec::Drawn { .. }), "the target stays");
}

#[test]
fn fill_invert_and_k_work_on_the_whole_canvas() {
    let mut harness = editor();
    press(&mut harness, "clear");
    brush(&mut harness);
    paint(&mut harness, [4.0, 0.0], [4.0, 7.0]);
    press(&mut harness, "fill");
    paint(&mut harness, [1.0, 1.0], [1.0, 1.0]);
    let area = |harness: &Harness<'_, GridLab>| drawn(harness).shares().sum();
    assert_eq!(area(&harness), 40.0);
    press(&mut harness, "invert");
    assert_eq!(area(&harness), 24.0);
    the_flow_follows(&mut harness);
    // Coarser and back again: what was drawn keeps its own resolution.
    let before = drawn(&harness);
    for k in [5, 8] {
        harness.state_mut().here_mut().settings.flow.k = Some(k);
        until(&mut harness, "another K", |lab| lab.here().path.data_tokens() == k);
        harness.step();
        assert_eq!(drawn(&harness).k(), k);
    }
    assert_eq!(drawn(&harness), before);
    the_flow_follows(&mut harness);
    // A preset chosen meanwhile comes onto the canvas, and can be undone.
    press(&mut harness, "Moons");
    until(&mut harness, "moons", |lab| lab.here().path_spec.target == TargetSpec::Moons);
    harness.step();
    assert_ne!(drawn(&harness), before);
    press(&mut harness, "Undo the last stroke  (Ctrl+Z)");
    assert_eq!(target(&harness), TargetSpec::drawn(before));
}

#[test]
fn drawings_are_saved_and_files_come_back_onto_the_canvas() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = editor();
    press(&mut harness, "clear");
    *brush(&mut harness) =
        crate::data::Brush { size: 4.0, strength: 0.6, softness: 1.0, ..Default::default() };
    paint(&mut harness, [1.0, 2.0], [6.0, 5.0]);
    for kind in TARGET_FILES {
        let pmf = drawn(&harness).pmf().expect("a pmf");
        let file = folder.path().join(format!("drawing.{kind}"));
        harness.state_mut().use_file(Ok((Purpose::SaveTarget(kind), file.clone())), &Context::default());
        until(&mut harness, "the file", |lab| {
            lab.messages
                .last()
                .is_some_and(|(tone, text)| tone == Tone::Plain && text.contains(&format!(".{kind}")))
        });
        let read = load_target(&TargetSpec::File(file.clone()), Some(8), false).expect("a target");
        let error = (&read - &pmf).iter().fold(0.0f64, |m, d| m.max(d.abs()));
        assert!(if kind == "png" { error < 1e-3 } else { error == 0.0 }, "{kind}: {error}");
        // Dropped on the window while the canvas is open.
        press(&mut harness, "Rings");
        harness.state_mut().here_mut().settings.flow.k = Some(8);
        until(&mut harness, "rings", |lab| lab.here().path_spec.target == TargetSpec::Rings);
        harness.state_mut().use_file(dropped_file(file.clone()), &Context::default());
        until(&mut harness, "the file's flow", |lab| {
            lab.here().path_spec.target == TargetSpec::File(file.clone())
        });
        harness.step();
        let error =
            (&drawn(&harness).pmf().expect("a pmf") - &read).iter().fold(0.0f64, |m, d| m.max(d.abs()));
        assert!(error < 1e-5, "{kind}: {error}");
    }
    harness.state_mut().use_file(
        Ok((Purpose::SaveTarget("npy"), folder.path().join("none").join("a.npy"))),
        &Context::default(),
    );
    until(&mut harness, "a refusal", |lab| {
        lab.messages.last().is_some_and(|(tone, text)| tone == Tone::Error && text.contains("a.npy"))
    });
}

#[test]
fn a_drawn_target_is_trained_on_and_comes_back_with_the_checkpoint() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("drawn.safetensors");
    let mut harness = editor();
    press(&mut harness, "clear");
    brush(&mut harness);
    paint(&mut harness, [1.0, 1.0], [6.0, 6.0]);
    the_flow_follows(&mut harness);
    let drawing = target(&harness);
    press(&mut harness, "Done");
    harness.state_mut().train();
    until(&mut harness, "a few steps", |lab| lab.training().step > 5);
    harness.state_mut().pause_training();
    until(&mut harness, "a pause", |lab| lab.training().state == TrainState::Paused);
    harness.state_mut().use_file(Ok((Purpose::Save, file.clone())), &Context::default());
    until(&mut harness, "the file", |_| file.exists());
    harness.state_mut().apply("small", small().into());
    harness.state_mut().trainer.reset();
    until(&mut harness, "a reset", |lab| lab.training().state == TrainState::Idle);
    until(&mut harness, "the checkerboard", |lab| lab.here().path_spec.target == TargetSpec::Checkerboard);
    harness.state_mut().use_file(dropped_file(file), &Context::default());
    until(&mut harness, "the network on its own flow", |lab| {
        lab.here().path_spec.target == drawing && lab.training().network.is_some() && lab.is_settled()
    });
    assert!(harness.query_by_label_contains("trained on another flow").is_none());
    assert!(harness.query_by_label("8 × 8 cells, no name").is_some(), "the panel names it");
}

fn call(harness: &mut Harness<'_, GridLab>, name: &str) {
    harness.get_by_label("Name of the target").focus();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.get_by_label("Name of the target").type_text(name);
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(2);
}

#[test]
fn a_drawn_target_is_called_what_its_painter_says() {
    let mut harness = editor();
    let name = |harness: &Harness<'_, GridLab>| target(harness).drawn_name().map(str::to_owned);
    call(&mut harness, "two hearts");
    assert_eq!(name(&harness).as_deref(), Some("two hearts"));
    the_flow_follows(&mut harness);
    // It stays through strokes, and is a step that can be undone.
    brush(&mut harness);
    paint(&mut harness, [1.0, 2.0], [1.0, 5.0]);
    assert_eq!(name(&harness).as_deref(), Some("two hearts"));
    // That of a file would be taken for one on a command line.
    call(&mut harness, "hearts.npy");
    assert_eq!(name(&harness).as_deref(), Some("two hearts"));
    for _ in 0..2 {
        press(&mut harness, "Undo the last stroke  (Ctrl+Z)");
    }
    assert_eq!(target(&harness), TargetSpec::Checkerboard);
}

#[test]
fn a_kept_target_is_chosen_from_the_list_by_its_name() {
    use crate::data::TARGET_FILES;
    use crate::ui::saved_targets::SavedTargets;
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = editor();
    harness.state_mut().saved = SavedTargets::open(Some(folder.path().to_owned()), &TARGET_FILES);
    call(&mut harness, "two hearts");
    assert!(harness.query_by_label("saved targets").is_none(), "there is none yet");
    press(&mut harness, "keep in the list");
    until(&mut harness, "the file", |lab| lab.saved.files().len() == 1);
    press(&mut harness, "Done");
    press(&mut harness, "Moons");
    press(&mut harness, "saved targets");
    press(&mut harness, "two hearts");
    assert_eq!(target(&harness), TargetSpec::File(folder.path().join("two hearts.npy")));
}
