//! The window as a user meets it: driven by labels and keys.

mod toy;
mod words;

use super::*;
use crate::experiment::grid::{Document, Settings};
use crate::experiment::images::ImageSettings;
use crate::latest::testing::eventually;
use crate::ui::labs::grid::GridLab;
use crate::ui::labs::images::ImageLab;
use crate::ui::shortcuts::GROUPS;
use burn::tensor::Device;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::any::Any;
use std::path::Path;

fn small() -> Settings {
    let mut settings = Settings { particles: 200, ..Settings::default() };
    settings.flow.k = Some(8);
    settings.sampler.steps = 8;
    (settings.train.batch, settings.train.hidden) = (64, 8);
    settings
}

/// What a test keeps of both labs.
#[derive(Clone, Default)]
struct Kept {
    experiment: Document,
    images: ImageSettings,
    lab: &'static str,
    t: f64,
}

impl std::convert::From<Kept> for State {
    fn from(kept: Kept) -> Self {
        let mut state = Self { lab: kept.lab.to_owned(), ..Self::default() };
        state.keep(Recipe::new(&kept.experiment).at(kept.t));
        state.keep(Recipe::new(&kept.images).at(kept.t));
        state
    }
}

fn small_state() -> Kept {
    Kept { experiment: Document::from(small()), t: 0.5, ..Kept::default() }
}

fn window(kept: impl Into<State>, keeping: Keeping) -> Harness<'static, App> {
    window_of(LABS, kept.into(), keeping)
}

fn window_of(labs: &'static [LabEntry], kept: State, keeping: Keeping) -> Harness<'static, App> {
    let adapter = AdapterSummary {
        name: "none".to_owned(),
        kind: AdapterKind::Software,
        backend: String::new(),
        driver: String::new(),
    };
    let choice = DeviceChoice {
        device: Device::flex(),
        label: "CPU".to_owned(),
        why: "a test".to_owned(),
        shared: None,
    };
    let (light, sections, panels, export) =
        (kept.light, kept.sections.clone(), kept.panels, kept.export.clone());
    let surroundings = Surroundings::new(&Context::default(), &choice, true);
    let app = App::drawn_by(labs, adapter, &choice, surroundings, kept, keeping).expect("a window");
    let mut harness = Harness::builder()
        // One test of its own sees to the names.
        .with_accessibility_check(false)
        .with_size(Vec2::new(1280.0, 1400.0))
        .with_theme(if light { egui::Theme::Light } else { egui::Theme::Dark })
        .with_context_setup(move |ctx| {
            theme::install(ctx);
            set_sections(ctx, sections.clone());
            panels::set_panels(ctx, panels);
            set_exports(ctx, export.clone());
        })
        .build_ui_state(|ui, app: &mut App| app.draw(ui), app);
    steps(&mut harness, 3);
    harness
}

fn steps(harness: &mut Harness<'_, App>, count: usize) {
    for _ in 0..count {
        harness.step();
    }
}

fn press(harness: &mut Harness<'_, App>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    steps(harness, 2);
}

fn click(harness: &mut Harness<'_, App>, label: &str) {
    // What a thread of the other labs brings in the middle of a click moves the button away.
    eventually("rest", || {
        let app = harness.state();
        let rests = open(harness) == "grid" || app.here.is_settled();
        if !rests {
            harness.step();
        }
        rests.then_some(())
    });
    harness.get_by_label(label).click();
    steps(harness, 3);
}

/// The grid lab, on the screen or not.
fn grid<'a>(harness: &'a Harness<'_, App>) -> &'a GridLab {
    known(harness.state())
}

fn grid_mut<'a>(harness: &'a mut Harness<'_, App>) -> &'a mut GridLab {
    let here: &mut dyn Any = &mut *harness.state_mut().here;
    here.downcast_mut().expect("the grid lab")
}

fn images<'a>(harness: &'a Harness<'_, App>) -> &'a ImageLab {
    known(harness.state())
}

/// A lab that was opened.
fn known<L: Lab>(app: &App) -> &L {
    let all = std::iter::once(&app.here).chain(app.labs.iter().filter_map(|slot| slot.hidden.as_ref()));
    all.map(|lab| -> &dyn Lab { &**lab })
        .find_map(|lab| {
            let lab: &dyn Any = lab;
            lab.downcast_ref()
        })
        .expect("it was opened")
}

/// The name of the lab on the screen.
fn open<'a>(harness: &'a Harness<'_, App>) -> &'a str {
    harness.state().entry().name
}

fn settings<'a>(harness: &'a Harness<'_, App>) -> &'a Settings {
    &grid(harness).here().settings
}

#[test]
fn every_control_has_a_name_for_screen_readers() {
    let mut harness = window(small_state(), Keeping::default());
    click(&mut harness, "A|B");
    harness.check_accessibility();
}

#[test]
fn changes_are_undone_and_redone_by_buttons_and_by_keys() {
    let mut harness = window(small_state(), Keeping::default());
    let before = grid(&harness).document();
    assert!(harness.query_by_label("Nothing to undo  (Ctrl+Z)").is_some());
    click(&mut harness, "mask");
    let after = grid(&harness).document();
    assert_ne!(before, after);
    click(&mut harness, "Undo: source uniform to mask  (Ctrl+Z)");
    assert_eq!(grid(&harness).document(), before);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(grid(&harness).document(), after);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(grid(&harness).document(), before);
    press(&mut harness, Modifiers::COMMAND, Key::Y);
    assert_eq!(grid(&harness).document(), after);
    // The layout of the views too, and the zoom.
    press(&mut harness, Modifiers::NONE, Key::Num2);
    assert_eq!(settings(&harness).panes, 2);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(grid(&harness).document(), after);
    press(&mut harness, Modifiers::NONE, Key::Plus);
    assert_ne!(grid(&harness).document().zoom, after.zoom);
    click(&mut harness, "Undo: zoom  (Ctrl+Z)");
    assert_eq!(grid(&harness).document(), after);
}

#[test]
fn a_kinetic_scheduler_follows_the_source_and_is_undone_with_it() {
    use crate::flow::Scheduler;
    let mut state = small_state();
    state.experiment.sides[0].flow.scheduler = Scheduler::Kinetic(1.0 / 8.0);
    let mut harness = window(state, Keeping::default());
    let settle = |harness: &mut Harness<'_, App>| {
        eventually("rest", || {
            harness.step();
            let lab = grid(harness);
            let arrived = lab.here().path_spec == lab.here().settings.path_spec();
            (arrived && lab.is_settled()).then_some(())
        });
        steps(harness, 2);
    };
    settle(&mut harness);
    let before = grid(&harness).document();
    click(&mut harness, "mask");
    settle(&mut harness);
    assert_eq!(settings(&harness).flow.scheduler, Scheduler::Kinetic(0.0), "a mask is never the datum");
    click(&mut harness, "Undo: source uniform to mask  (Ctrl+Z)");
    settle(&mut harness);
    assert_eq!(grid(&harness).document(), before);
    assert!(grid(&harness).undoable().is_none());
    press(&mut harness, Modifiers::COMMAND, Key::Y);
    settle(&mut harness);
    assert_eq!(settings(&harness).flow.scheduler, Scheduler::Kinetic(0.0));
    assert!(grid(&harness).redoable().is_none() && grid(&harness).undoable().is_some());
}

#[test]
fn no_key_acts_behind_the_export_dialog_and_escape_closes_it_alone() {
    let mut harness = window(small_state(), Keeping::default());
    grid_mut(&mut harness).look_at(Some(crate::experiment::grid::Look::Cell([2, 3])));
    steps(&mut harness, 2);
    harness.get_all_by_label("Export this view").next().expect("a button").click();
    steps(&mut harness, 3);
    assert!(grid(&harness).is_asking());
    let set = grid(&harness).document();
    let clock = grid(&harness).time();
    for line in GROUPS.iter().flat_map(|group| group.shortcuts) {
        for keys in line.keys().iter().filter(|keys| keys.logical_key != Key::Escape) {
            press(&mut harness, keys.modifiers, keys.logical_key);
        }
    }
    let app = harness.state();
    assert_eq!((grid(&harness).document(), grid(&harness).time()), (set, clock));
    assert!(!app.sheet && !app.presets.is_asking() && app.here.is_asking());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!grid(&harness).is_asking(), "it is closed");
    assert!(harness.query_by_label("z = (2, 3)").is_some(), "the cell stays pinned");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("z = (2, 3)").is_none());
}

#[test]
fn a_page_that_was_chosen_is_that_of_the_next_export_in_every_lab() {
    let mut state = State::from(Kept { lab: "images", ..small_state() });
    state.export.format = Some("pdf".to_owned());
    state.export.page.size = Some("8.5cm".to_owned());
    let mut harness = window(state, Keeping::default());
    click(&mut harness, "Grid");
    harness.get_all_by_label("Export this view").next().expect("a button").click();
    steps(&mut harness, 3);
    assert!(harness.query_by_label("Save as PDF …").is_some());
    assert!(harness.get_all_by_value("8.5cm").next().is_some(), "the size is typed");
    for label in ["SVG", "dark", "Transparent"] {
        harness.get_by_label(label).click();
        steps(&mut harness, 2);
    }
    press(&mut harness, Modifiers::NONE, Key::Escape);
    let ctx = harness.ctx.clone();
    harness.state_mut().gather(&ctx);
    let kept = &harness.state().state.export;
    assert_eq!(kept.format.as_deref(), Some("svg"));
    let page = &kept.page;
    assert_eq!((page.size.as_deref(), page.dark, page.transparent), (Some("8.5cm"), true, true));
}

#[test]
fn a_large_seed_is_not_cut_off() {
    let mut state = small_state();
    state.experiment.sides[0].seed = u64::MAX - 1;
    let mut harness = window(state, Keeping::default());
    assert_eq!(settings(&harness).seed, u64::MAX - 1);
    click(&mut harness, "Next seed");
    assert_eq!(settings(&harness).seed, u64::MAX);
    click(&mut harness, "Next seed");
    assert_eq!(settings(&harness).seed, 0);
}

#[test]
fn a_fresh_window_keeps_nothing_and_finds_nothing() {
    let (found, keeping) = super::opening::kept(false);
    assert_eq!(found, State::default());
    assert!(keeping.runs.is_none() && keeping.state.is_none());
}

#[test]
fn a_slider_drag_is_one_step_and_a_preset_another() {
    let mut harness = window(small_state(), Keeping::default());
    let before = grid(&harness).document();
    let rail = harness.get_by_label("temperature").rect();
    let at = |share: f32| rail.left_center() + Vec2::new(share * rail.width(), 0.0);
    harness.hover_at(at(0.3));
    harness.step();
    harness.drag_at(at(0.3));
    harness.step();
    for share in [0.35, 0.4, 0.5, 0.6] {
        harness.hover_at(at(share));
        harness.step();
    }
    harness.drop_at(at(0.6));
    steps(&mut harness, 3);
    let dragged = grid(&harness).document();
    assert_ne!(dragged.sides[0].sampler.temperature, before.sides[0].sampler.temperature);
    click(&mut harness, "presets");
    click(&mut harness, "Moons from masks");
    assert_eq!(settings(&harness).flow.source, crate::data::SourceSpec::Mask);
    click(&mut harness, "Undo: preset “Moons from masks”  (Ctrl+Z)");
    assert_eq!(grid(&harness).document(), dragged);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(grid(&harness).document(), before);
    assert!(grid(&harness).undoable().is_none());
}

#[test]
fn no_key_acts_while_a_text_field_is_edited() {
    let mut harness = window(small_state(), Keeping::default());
    click(&mut harness, "mask");
    let set = grid(&harness).document();
    let clock = grid(&harness).time();
    for line in GROUPS.iter().flat_map(|group| group.shortcuts) {
        for keys in line.keys() {
            // Some keys, such as Escape, end the editing: the next ones meet it again.
            harness.get_all_by_role(egui::accesskit::Role::TextInput).next().expect("a text field").click();
            steps(&mut harness, 3);
            assert!(harness.ctx.text_edit_focused());
            press(&mut harness, keys.modifiers, keys.logical_key);
        }
    }
    let app = harness.state();
    assert_eq!((grid(&harness).document(), grid(&harness).time()), (set, clock));
    assert!(!app.sheet && !app.presets.is_asking() && harness.ctx.theme() == egui::Theme::Dark);
}

#[test]
fn every_key_does_what_the_sheet_says() {
    let mut harness = window(small_state(), Keeping::default());
    press(&mut harness, Modifiers::NONE, Key::F1);
    for line in GROUPS.iter().flat_map(|group| group.shortcuts) {
        let what = line.what(&LABS[0]).expect("the grid lab has all of them");
        assert!(harness.query_all_by_label(what).count() > 0, "{what} is on the sheet");
    }
    let set = grid(&harness).document();
    press(&mut harness, Modifiers::NONE, Key::Num1);
    assert_eq!(grid(&harness).document(), set, "the sheet has the keyboard");
    press(&mut harness, Modifiers::SHIFT, Key::Questionmark);
    assert!(!harness.state().sheet);

    press(&mut harness, Modifiers::NONE, Key::End);
    assert_eq!(grid(&harness).time(), (1.0, false));
    press(&mut harness, Modifiers::NONE, Key::Home);
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(grid(&harness).time(), (0.125, false));
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert!(grid(&harness).time().1);
    press(&mut harness, Modifiers::NONE, Key::Space);
    for (key, count) in [(Key::Num1, 1), (Key::Num2, 2), (Key::Num3, 3), (Key::Num4, 4)] {
        press(&mut harness, Modifiers::NONE, key);
        assert_eq!(settings(&harness).panes, count);
    }
    press(&mut harness, Modifiers::NONE, Key::L);
    assert_eq!(harness.ctx.theme(), egui::Theme::Light);
    press(&mut harness, Modifiers::NONE, Key::B);
    assert!(grid(&harness).is_comparing());
    let side = grid(&harness).document().sides.chosen();
    press(&mut harness, Modifiers::NONE, Key::X);
    assert_ne!(grid(&harness).document().sides.chosen(), side);
    press(&mut harness, Modifiers::NONE, Key::B);
    assert!(!grid(&harness).is_comparing());
    press(&mut harness, Modifiers::NONE, Key::T);
    eventually("training", || {
        harness.step();
        (grid(&harness).training().step > 0).then_some(())
    });
    press(&mut harness, Modifiers::NONE, Key::T);
    eventually("a pause", || {
        harness.step();
        (grid(&harness).training().state == crate::train::TrainState::Paused).then_some(())
    });
    press(&mut harness, Modifiers::NONE, Key::P);
    assert!(harness.query_by_label("Save the present settings …").is_some());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    assert!(harness.state().presets.is_asking());
}

fn save_as(harness: &mut Harness<'_, App>, name: &str) {
    press(harness, Modifiers::COMMAND, Key::S);
    steps(harness, 2);
    harness.get_by_label("preset name").type_text(name);
    steps(harness, 2);
    click(harness, "Save");
}

#[test]
fn presets_are_saved_asked_about_renamed_deleted_and_imported() {
    let folder = tempfile::tempdir().expect("a folder");
    let keeping = Keeping { presets: Some(folder.path().join("presets")), ..Keeping::default() };
    let mut harness = window(small_state(), keeping);
    save_as(&mut harness, "mine");
    assert!(!harness.state().presets.is_asking(), "it is saved");
    click(&mut harness, "mask");
    let changed = grid(&harness).document();
    // The name is taken: it asks, and keeps what is there if it is called off.
    save_as(&mut harness, "mine");
    assert!(harness.query_by_label_contains("There is a preset “mine” already").is_some());
    click(&mut harness, "Cancel");
    click(&mut harness, "presets");
    click(&mut harness, "mine");
    assert_eq!(grid(&harness).document(), small_state().experiment);
    // And replaces it if it is agreed to.
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    save_as(&mut harness, "mine");
    click(&mut harness, "Replace it");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    click(&mut harness, "presets");
    click(&mut harness, "mine");
    assert_eq!(grid(&harness).document(), changed);
    click(&mut harness, "presets");
    click(&mut harness, "Rename “mine”");
    harness.get_by_label("preset name").type_text(" too");
    steps(&mut harness, 2);
    click(&mut harness, "Rename");
    click(&mut harness, "presets");
    click(&mut harness, "Delete “mine too”");
    click(&mut harness, "Cancel");
    let file = folder.path().join("presets").join("mine.json");
    assert!(file.exists());
    // A preset dropped on the window is taken over and applied; a damaged one is reported and listed.
    let elsewhere = folder.path().join("elsewhere.json");
    std::fs::rename(&file, &elsewhere).expect("moved");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    drop_file(&mut harness, &elsewhere);
    assert!(harness.query_by_label_contains("The preset “mine too” is now among yours").is_some());
    assert_eq!(grid(&harness).document(), changed);
    std::fs::write(&elsewhere, "{").expect("write");
    drop_file(&mut harness, &elsewhere);
    assert!(harness.query_by_label_contains("elsewhere.json is no JSON").is_some());
    std::fs::write(folder.path().join("presets").join("bad.json"), "{").expect("write");
    click(&mut harness, "presets");
    assert!(harness.query_by_label("bad").is_some(), "a damaged one is listed");
    click(&mut harness, "Delete “bad”");
    click(&mut harness, "Delete");
    assert!(!folder.path().join("presets").join("bad.json").exists());
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_file(harness: &mut Harness<'_, App>, file: &Path) {
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(file.to_owned())));
    steps(harness, 1);
    eventually("its content", || {
        harness.step();
        harness.state().reader.is_settled().then_some(())
    });
    steps(harness, 3);
}

#[test]
fn everything_is_kept_and_a_damaged_state_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    let open = || {
        let found = StateFile::open(path.clone());
        let keeping = Keeping { state: found.file, message: found.message, ..Keeping::default() };
        window(found.kept.unwrap_or_else(|| small_state().into()), keeping)
    };
    let mut harness = open();
    click(&mut harness, "mask");
    click(&mut harness, "Sampler");
    press(&mut harness, Modifiers::NONE, Key::L);
    press(&mut harness, Modifiers::NONE, Key::B);
    harness.state_mut().state.reduce_motion = true;
    grid_mut(&mut harness).set_time(0.25, false);
    press(&mut harness, Modifiers::NONE, Key::Plus);
    let document = grid(&harness).document();
    eframe::App::on_exit(harness.state_mut());
    drop(harness);
    let mut harness = open();
    assert_eq!(grid(&harness).document(), document);
    assert_eq!(grid(&harness).time(), (0.25, false));
    assert!(grid(&harness).clock.reduce_motion && harness.state().state.light);
    assert!(harness.query_by_label("temperature").is_none(), "the section is still folded");
    click(&mut harness, "Sampler");
    assert!(harness.query_by_label("temperature").is_some());
    drop(harness);
    std::fs::write(&path, "{\"format\"").expect("write");
    let harness = open();
    assert!(harness.query_by_label_contains("set aside as state.damaged-1.json").is_some());
    assert_eq!(grid(&harness).document(), small_state().experiment);
}

#[test]
fn the_state_is_written_while_the_window_is_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    let found = StateFile::open(path.clone());
    let mut harness = window(small_state(), Keeping { state: found.file, ..Keeping::default() });
    eventually("the file", || {
        harness.step();
        path.exists().then_some(())
    });
    let kept = StateFile::open(path).kept.expect("a state");
    let recipe = kept.recipe("grid").expect("kept").expect("readable");
    assert_eq!(recipe.settings(&Document::default()), Ok(small_state().experiment));
}

#[test]
fn a_and_b_are_set_apart_shown_beside_each_other_and_undone() {
    let mut harness = window(small_state(), Keeping::default());
    let alone = grid(&harness).document();
    click(&mut harness, "A|B");
    assert!(harness.query_by_label_contains("A and B are the same").is_some());
    // B is being set now.
    click(&mut harness, "mask");
    assert!(harness.query_by_label("source: uniform | mask").is_some());
    let document = grid(&harness).document();
    assert_eq!(document.sides[0], alone.sides[0]);
    assert_eq!(document.sides[1].flow.source, crate::data::SourceSpec::Mask);
    // What both have in common stays so, whichever is set.
    press(&mut harness, Modifiers::NONE, Key::Num2);
    let document = grid(&harness).document();
    assert!(document.sides.iter().all(|side| side.panes == 2));
    eventually("both runs", || {
        harness.step();
        grid(&harness).is_settled().then_some(())
    });
    steps(&mut harness, 2);
    let unlike = harness.query_all_by_label("other states").count();
    assert_eq!(unlike, 2, "a mask adds a state: no TV between them");
    click(&mut harness, "Swap A and B");
    let swapped = grid(&harness).document();
    assert_eq!([&swapped.sides[0], &swapped.sides[1]], [&document.sides[1], &document.sides[0]]);
    assert_eq!(swapped.sides.chosen(), 0, "the same one is set");
    click(&mut harness, "Undo: swap of A and B  (Ctrl+Z)");
    click(&mut harness, "Copy B to A");
    let copied = grid(&harness).document();
    assert_eq!(copied.sides[0], copied.sides[1]);
    click(&mut harness, "Undo: copy of B to A  (Ctrl+Z)");
    assert_eq!(grid(&harness).document().sides[0], document.sides[0]);
    // Two rows of three.
    press(&mut harness, Modifiers::NONE, Key::Num4);
    click(&mut harness, "C beside the others");
    assert_eq!(grid(&harness).document().sides.len(), 3);
    eventually("all three runs", || {
        harness.step();
        grid(&harness).is_settled().then_some(())
    });
    click(&mut harness, "Close C");
    click(&mut harness, "Close B");
    assert!(!grid(&harness).is_comparing());
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(grid(&harness).document().sides[1].flow, document.sides[1].flow, "B comes back as it was");
    // Off and on again, it is there as well.
    for _ in 0..2 {
        click(&mut harness, "A|B");
    }
    assert_eq!(grid(&harness).document().sides[1].flow, document.sides[1].flow);
}

#[test]
fn the_image_lab_is_a_key_away_and_undoes_its_own_changes() {
    let mut kept = small_state();
    kept.images.model = "empirical:shapes@10".parse().expect("a model");
    (kept.images.side, kept.images.tokens) = (8, crate::data::codec::image::TokenSpec::Gray(8));
    let mut harness = window(kept, Keeping::default());
    let of_grid = grid(&harness).document();
    press(&mut harness, Modifiers::NONE, Key::G);
    assert_eq!(open(&harness), "images");
    // The sheet is that of this lab.
    press(&mut harness, Modifiers::NONE, Key::F1);
    for line in GROUPS.iter().flat_map(|group| group.shortcuts) {
        let Some(what) = line.what(&LABS[1]) else {
            let what = line.what(&LABS[0]).expect("words");
            assert_eq!(harness.query_all_by_label(what).count(), 0, "{what} is not on the sheet");
            continue;
        };
        assert!(harness.query_all_by_label(what).count() > 0, "{what} is on the sheet");
    }
    press(&mut harness, Modifiers::NONE, Key::F1);
    assert!(harness.query_by_label("Model").is_some());
    harness.check_accessibility();
    click(&mut harness, "MaskGIT");
    let with = images(&harness).storable();
    click(&mut harness, "Undo: method exact to MaskGIT  (Ctrl+Z)");
    let without = images(&harness).storable();
    assert!(with != without);
    press(&mut harness, Modifiers::COMMAND, Key::Y);
    assert_eq!(images(&harness).storable(), with);
    press(&mut harness, Modifiers::NONE, Key::B);
    assert_eq!(images(&harness).storable().sides.len(), 2);
    click(&mut harness, "presets");
    click(&mut harness, "A|B: linear against cubic");
    assert_eq!(images(&harness).storable().sides.len(), 2);
    for lab in ["plane", "text", "grid"] {
        press(&mut harness, Modifiers::NONE, Key::G);
        assert_eq!(open(&harness), lab);
    }
    assert_eq!(grid(&harness).document(), of_grid);
}

#[test]
fn presets_and_figures_of_images_bring_their_experiment_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let keeping = Keeping { presets: Some(folder.path().join("presets")), ..Keeping::default() };
    let mut kept = small_state();
    kept.lab = "images";
    kept.images.model = "empirical:shapes@10".parse().expect("a model");
    (kept.images.side, kept.images.tokens) = (8, crate::data::codec::image::TokenSpec::Gray(8));
    let mut harness = window(kept, keeping);
    // What is given is among it.
    click(&mut harness, "a part");
    click(&mut harness, "invert");
    save_as(&mut harness, "wall");
    let saved = images(&harness).storable();
    assert!(saved.given.is_some());
    click(&mut harness, "presets");
    click(&mut harness, "A|B: linear against cubic");
    let other = images(&harness).storable();
    assert!(other != saved && other.given.is_none());
    click(&mut harness, "presets");
    click(&mut harness, "wall");
    assert_eq!(images(&harness).storable(), saved);
    // The grid lab has its own list, and a preset dropped there goes to the lab it is of.
    click(&mut harness, "Grid");
    let of_grid = grid(&harness).document();
    click(&mut harness, "presets");
    assert!(harness.query_by_label("wall").is_none());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    drop_file(&mut harness, &folder.path().join("presets").join("wall.json"));
    assert_eq!((open(&harness), grid(&harness).document()), ("images", of_grid));
    let figure = folder.path().join("wall.png");
    let shown = Recipe::new(&other).at(0.3).text();
    let mut png = Vec::new();
    let picture = image::RgbaImage::new(2, 2);
    picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).expect("a png");
    std::fs::write(&figure, crate::figure::recipe::into_png(png, &shown)).expect("written");
    press(&mut harness, Modifiers::NONE, Key::G);
    drop_file(&mut harness, &figure);
    assert_eq!((open(&harness), images(&harness).storable()), ("images", other));
    assert_eq!(images(&harness).time(), (0.3, false));
    assert!(harness.query_by_label_contains("wall.png is back").is_some());
}

#[test]
fn a_picture_without_an_experiment_is_no_target_unless_somebody_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("photo.png");
    image::GrayImage::from_fn(8, 8, |x, y| image::Luma([(9 * x + y) as u8])).save(&file).expect("written");
    let mut harness = window(small_state(), Keeping::default());
    let before = grid(&harness).document();
    drop_file(&mut harness, &file);
    assert!(harness.query_by_label_contains("photo.png holds no experiment").is_some());
    // While it is asked no key does anything.
    press(&mut harness, Modifiers::NONE, Key::Num1);
    assert_eq!(grid(&harness).document(), before);
    click(&mut harness, "Cancel");
    assert_eq!(grid(&harness).document(), before);
    drop_file(&mut harness, &file);
    click(&mut harness, "Use as target");
    assert_eq!(settings(&harness).flow.target, crate::data::TargetSpec::File(file));
    // A folder of pictures is the image lab's, whichever is open.
    drop_file(&mut harness, folder.path());
    assert_eq!(open(&harness), "images");
    assert!(images(&harness).storable().model.to_string().starts_with("empirical:"));
}

#[test]
fn what_no_lab_can_take_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("written");
        file
    };
    let many = file("many.csv", &"0.5,-0.25\n".repeat(20_001));
    let slip = file("slip.csv", "1,2,3\n4,x,6\n7,8,9\n");
    let mut harness = window(small_state(), Keeping::default());
    let before = grid(&harness).document();
    for (file, said) in [(many, "20001 rows: expected at most 20000"), (slip, "slip.csv")] {
        drop_file(&mut harness, &file);
        assert!(harness.query_by_label_contains(said).is_some(), "{said}");
        assert_eq!((open(&harness), grid(&harness).document()), ("grid", before.clone()), "{said}");
    }
}

#[test]
fn panels_text_and_a_presentation_are_keys_away_and_what_is_set_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    let open_it = || {
        let found = StateFile::open(path.clone());
        let keeping = Keeping { state: found.file, ..Keeping::default() };
        window(found.kept.unwrap_or_else(|| small_state().into()), keeping)
    };
    let mut harness = open_it();
    // "Scheduler" is on the left, "TV against NFE" on the right.
    let shown = |harness: &Harness<'_, App>| {
        ["Scheduler", "TV against NFE", "presets"].map(|label| harness.query_all_by_label(label).count() > 0)
    };
    assert_eq!(shown(&harness), [true, true, true]);
    press(&mut harness, Modifiers::NONE, Key::F7);
    assert_eq!(shown(&harness), [false, true, true]);
    press(&mut harness, Modifiers::NONE, Key::F8);
    assert_eq!(shown(&harness), [false, false, true]);
    click(&mut harness, "Show the right panel  (F8)");
    assert_eq!(shown(&harness), [false, true, true]);
    // What is drawn on a canvas needs its tools.
    press(&mut harness, Modifiers::NONE, Key::F8);
    grid_mut(&mut harness).look_at(Some(crate::experiment::grid::Look::Editor));
    steps(&mut harness, 2);
    assert!(harness.query_by_label("clear").is_some());
    grid_mut(&mut harness).look_at(None);
    // Nothing but views, timeline and two numbers; another number is chosen.
    press(&mut harness, Modifiers::NONE, Key::F5);
    steps(&mut harness, 2);
    assert_eq!(shown(&harness), [false, false, false]);
    assert!(harness.ctx.zoom_factor() > 1.2, "text is large");
    assert!(harness.query_all_by_label("timeline").count() > 0);
    assert!(harness.query_by_label("number 1: entropy, bits").is_some());
    click(&mut harness, "number 1: entropy, bits");
    click(&mut harness, "TV at t = 1");
    assert!(harness.query_by_label("number 1: TV at t = 1").is_some());
    assert!(harness.query_by_label("number 2: jump rate").is_some());
    // Keys go on working, and Esc ends it.
    press(&mut harness, Modifiers::NONE, Key::End);
    assert_eq!(grid(&harness).time(), (1.0, false));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    steps(&mut harness, 2);
    assert_eq!((shown(&harness), harness.ctx.zoom_factor()), ([false, false, true], 1.0));
    press(&mut harness, Modifiers::COMMAND, Key::Plus);
    press(&mut harness, Modifiers::COMMAND, Key::Equals);
    press(&mut harness, Modifiers::COMMAND, Key::Minus);
    steps(&mut harness, 2);
    assert_eq!(harness.ctx.zoom_factor(), 1.1);
    eframe::App::on_exit(harness.state_mut());
    drop(harness);
    let mut harness = open_it();
    steps(&mut harness, 2);
    assert_eq!((shown(&harness), harness.ctx.zoom_factor()), ([false, false, true], 1.1));
    press(&mut harness, Modifiers::COMMAND, Key::Num0);
    press(&mut harness, Modifiers::NONE, Key::F5);
    steps(&mut harness, 2);
    assert!(harness.query_by_label("number 1: TV at t = 1").is_some(), "the choice is kept");
}

#[test]
fn text_is_no_smaller_and_no_larger_than_can_be_read() {
    let mut harness = window(small_state(), Keeping::default());
    for (key, last) in [(Key::Minus, 0.8), (Key::Plus, 2.0)] {
        for _ in 0..15 {
            press(&mut harness, Modifiers::COMMAND, key);
        }
        assert_eq!(harness.ctx.zoom_factor(), last);
    }
}

#[test]
fn escape_closes_every_menu_and_nothing_else() {
    let mut harness = window(small_state(), Keeping::default());
    grid_mut(&mut harness).look_at(Some(crate::experiment::grid::Look::Cell([2, 3])));
    steps(&mut harness, 2);
    for (menu, entry) in [
        ("presets", "Save the present settings …"),
        ("Preferences", "Reduce motion"),
        ("Messages", "Nothing was said yet."),
        ("scheduler", "the cubic with κ′(0)"),
    ] {
        let entry = |harness: &Harness<'_, App>| harness.query_all_by_label_contains(entry).count() > 0;
        click(&mut harness, menu);
        assert!(entry(&harness), "{menu} is open");
        press(&mut harness, Modifiers::NONE, Key::Escape);
        steps(&mut harness, 2);
        assert!(!entry(&harness), "{menu} is closed");
        assert!(harness.query_by_label("unpin").is_some(), "the cell is still pinned");
    }
}
