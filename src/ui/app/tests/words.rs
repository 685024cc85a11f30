//! Every word of the window in one file to be read, `words.txt` beside this one: a change of a word is seen there before a
//! user sees it.

mod sources;

use super::*;
use crate::experiment::grid::Look;
use crate::experiment::plane::{PLANE_PRESETS, PlaneSettings, PlaneSide};
use crate::experiment::text::TextSettings;
use crate::flow::{ConditionalPath, Corrector, Coupling, Metric, Scheduler};
use crate::view::grid::{Show, View};
use crate::view::plane::PlaneView;
use crate::view::sequence::{Layer, TextLayer};
use egui::accesskit::Role;
use egui::{Pos2, Rect};
use egui_kittest::kittest::NodeT as _;
use std::collections::BTreeSet;
use std::fs;

/// Written anew, instead of compared, where this is set.
const RENEW: &str = "DFM_EXPLORER_RENEW_WORDS";
/// The file, from the repository.
const FILE: &str = "src/ui/app/tests/words.txt";
/// Rows of the left panel have their labels in its first points, and are no longer than the others.
const LABELS: f32 = 30.0;
const LEFT_PANEL: f32 = 260.0;

/// What was said so far.
#[derive(Default)]
struct Words {
    said: BTreeSet<String>,
    /// What the pointer has rested on in this lab.
    pointed: BTreeSet<String>,
}

impl Words {
    /// What stands in the window, and what it says where the pointer rests on something for the first time.
    fn look(&mut self, harness: &mut Harness<'_, App>) {
        rest(harness);
        self.said.extend(lines(harness));
        for (text, at) in shown(harness) {
            // A control whose label is beside it has no text of its own: it is another one at another place.
            let known =
                text.and_then(|text| line(&text)).unwrap_or_else(|| format!("{:?}", at.center().round()));
            if !at.is_finite() || at.width() <= 0.0 || !self.pointed.insert(known) {
                continue;
            }
            let label = Pos2::new(LABELS, at.center().y);
            for place in [at.center(), label].into_iter().take(if at.left() < LEFT_PANEL { 2 } else { 1 }) {
                harness.hover_at(place);
                // One tooltip goes before the next one comes.
                steps(harness, 3);
                self.said.extend(lines(harness));
            }
        }
        harness.remove_cursor();
        steps(harness, 2);
    }

    /// [`Self::look`] at what a click opens and Esc closes.
    fn open(&mut self, harness: &mut Harness<'_, App>, label: &str) {
        click_first(harness, label);
        self.look(harness);
        press(harness, Modifiers::NONE, Key::Escape);
        steps(harness, 2);
    }

    /// The sheet of keys.
    fn sheet(&mut self, harness: &mut Harness<'_, App>) {
        press(harness, Modifiers::NONE, Key::F1);
        self.look(harness);
        press(harness, Modifiers::NONE, Key::Escape);
    }
}

fn click_first(harness: &mut Harness<'_, App>, label: &str) {
    rest(harness);
    harness.get_all_by_label(label).next().expect("something to click").click();
    steps(harness, 3);
}

/// Until no thread is at work: what is said meanwhile comes and goes.
fn rest(harness: &mut Harness<'_, App>) {
    eventually("rest", || {
        harness.step();
        harness.state().here.is_settled().then_some(())
    });
    steps(harness, 4);
}

/// All that has a place, with its text where it has one.
fn shown(harness: &Harness<'_, App>) -> Vec<(Option<String>, Rect)> {
    let placed = |node: egui_kittest::Node<'_>| {
        let access = node.accesskit_node();
        let value = || access.value().filter(|_| access.role() == Role::Label);
        let at = access.bounding_box()?;
        let [left, top, right, bottom] = [at.x0, at.y0, at.x1, at.y1].map(|side| side as f32);
        let at = Rect::from_min_max(Pos2::new(left, top), Pos2::new(right, bottom));
        Some((access.label().or_else(value), at))
    };
    harness.root().children_recursive().filter_map(placed).collect()
}

fn lines(harness: &Harness<'_, App>) -> Vec<String> {
    shown(harness).into_iter().filter_map(|(text, _)| line(&text?)).collect()
}

/// A text in one line, with measured numbers as signs: those of all texts but sentences. None of what has no word, or says
/// what a step of the walk has changed.
fn line(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_sentence = text.ends_with('.');
    let mut line = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' | '.' if !is_sentence && line.ends_with('#') => {}
            '0'..='9' if !is_sentence => line.push('#'),
            c => line.push(c),
        }
    }
    // A number may have another unit on a slower machine.
    let least = if line.starts_with('#') { 3 } else { 2 };
    let is_word = line.chars().filter(|c| c.is_alphabetic()).count() >= least;
    (is_word && !line.starts_with("Undo: ") && !line.starts_with("Redo: ")).then_some(line)
}

fn of_the_grid(words: &mut Words) {
    words.pointed.clear();
    let mut state = State::from(small_state());
    state.sections.insert("training settings".to_owned(), true);
    let mut harness = window(state, Keeping::default());
    prepare(&mut harness);
    words.look(&mut harness);
    for menu in ["presets", "Preferences", "Messages", "scheduler"] {
        words.open(&mut harness, menu);
    }
    words.sheet(&mut harness);
    words.open(&mut harness, "Export this view");
    words.open(&mut harness, "Export κ(t)");

    let settings = &mut grid_mut(&mut harness).here_mut().settings;
    (settings.epsilon, settings.corrector_on, settings.corrector) = (0.3, true, Corrector::IMAGES);
    (settings.sampler.sweeps.count, settings.flow.coupling) = (1, Coupling::Keep(0.3));
    settings.flow.source = crate::data::SourceSpec::Mask;
    settings.flow.scheduler = Scheduler::Hermite { a: 0.5, b: 2.0 };
    words.look(&mut harness);

    let settings = &mut grid_mut(&mut harness).here_mut().settings;
    *settings = small();
    settings.flow.conditional = ConditionalPath::Metric(Metric::default());
    words.look(&mut harness);

    grid_mut(&mut harness).here_mut().settings = small();
    grid_mut(&mut harness).look_at(Some(Look::Cell([2, 3])));
    words.look(&mut harness);
    for tab in ["particle", "runs", "plots"] {
        click(&mut harness, tab);
        words.look(&mut harness);
    }
    press(&mut harness, Modifiers::NONE, Key::B);
    grid_mut(&mut harness).here_mut().settings.flow.scheduler = Scheduler::Linear;
    words.look(&mut harness);
    words.open(&mut harness, "Export this view");
    press(&mut harness, Modifiers::NONE, Key::B);
    click(&mut harness, "Edit target");
    words.look(&mut harness);
    click(&mut harness, "Done");
    press(&mut harness, Modifiers::NONE, Key::F5);
    words.look(&mut harness);
}

fn of_the_images(words: &mut Words) {
    words.pointed.clear();
    let mut kept = Kept { lab: "images", t: 0.5, ..Kept::default() };
    let images = "independent:shapes@20".parse().expect("a model");
    kept.images = ImageSettings { model: images, side: 8, images: 4, ..ImageSettings::default() };
    kept.images.tokens = crate::data::codec::image::TokenSpec::Gray(8);
    let mut harness = window(kept, Keeping::default());
    prepare(&mut harness);
    words.look(&mut harness);
    words.open(&mut harness, "presets");
    words.sheet(&mut harness);
    for export in ["Wall …", "Denoising strip …", "Timeline of the wall …"] {
        click_first(&mut harness, "export …");
        words.open(&mut harness, export);
    }
    for tab in ["training", "measured", "plots"] {
        click(&mut harness, tab);
        words.look(&mut harness);
    }
    click(&mut harness, "a part");
    words.look(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::B);
    words.look(&mut harness);
}

fn of_the_plane(words: &mut Words) {
    words.pointed.clear();
    let mut settings = PlaneSettings { particles: 100, ..PLANE_PRESETS[1].settings(0) };
    let mut state = State::from(Kept { lab: "plane", ..Kept::default() });
    state.keep(Recipe::new(&settings).at(0.5));
    let mut harness = window(state, Keeping::default());
    prepare(&mut harness);
    words.look(&mut harness);
    words.open(&mut harness, "presets");
    words.sheet(&mut harness);
    words.open(&mut harness, "plane method");
    words.open(&mut harness, "Export this view");
    for method in ["superposition:0.5,0.3", "tame:1", "sde:0.5", "ddim:0", "dopri5"] {
        settings.sides =
            PlaneSide { method: method.parse().expect("a method"), ..PlaneSide::default() }.into();
        let recipe = Recipe::new(&settings);
        harness.state_mut().here.take(&recipe, From::Preset("test")).expect("settings");
        harness.state_mut().here.playback().playing = false;
        words.look(&mut harness);
    }
    press(&mut harness, Modifiers::NONE, Key::B);
    words.look(&mut harness);
}

fn of_the_texts(words: &mut Words) {
    words.pointed.clear();
    let mut settings = TextSettings { tokens: Some(16), texts: 2, ..TextSettings::default() };
    settings.sides[0].sampler.steps = 4;
    let mut state = State::from(Kept { lab: "text", ..Kept::default() });
    state.keep(Recipe::new(&settings).at(0.5));
    let mut harness = window(state, Keeping::default());
    prepare(&mut harness);
    words.look(&mut harness);
    words.open(&mut harness, "presets");
    words.sheet(&mut harness);
    words.open(&mut harness, "language");
    for export in ["Page of texts …", "Text over κ …", "Timeline of the page …"] {
        click_first(&mut harness, "export …");
        words.open(&mut harness, export);
    }
    for tab in ["areas", "truth", "train", "judge", "now"] {
        click(&mut harness, tab);
        words.look(&mut harness);
    }
    (settings.coupling, settings.token) = (crate::experiment::text::Coupling::Given, Some(1));
    for method in crate::sampler::sequence::SequenceMethod::ALL {
        settings.sides[0].sampler.method = method;
        let recipe = Recipe::new(&settings);
        harness.state_mut().here.take(&recipe, From::Preset("test")).expect("settings");
        harness.state_mut().here.playback().playing = false;
        words.look(&mut harness);
    }
    press(&mut harness, Modifiers::NONE, Key::B);
    words.look(&mut harness);
}

/// All of the panels is in sight, and tooltips come at once.
fn prepare(harness: &mut Harness<'_, App>) {
    harness.set_size(Vec2::new(1280.0, 2800.0));
    harness.ctx.all_styles_mut(|style| {
        style.interaction.tooltip_delay = 0.0;
        style.interaction.show_tooltips_only_when_still = false;
    });
}

/// What is said in too many states to walk through all of them.
fn of_tables() -> Vec<String> {
    let named = |name: &str, about: &str| format!("{name}: {about}");
    let mut all = Vec::new();
    for entry in LABS {
        all.extend(entry.numbers.iter().map(|number| named(number.name, number.about)));
        all.extend((entry.presets)().iter().map(|preset| named(preset.title, preset.about)));
    }
    for show in [Show::Exact, Show::Learned] {
        all.extend(View::ALL.iter().map(|view| named(view.title(show), view.meaning(show))));
    }
    let planes = PlaneView::GROUPS.iter().flat_map(|(_, views)| views.iter());
    all.extend(planes.map(|view| named(view.title(), view.meaning())));
    all.extend(Layer::ALL.iter().map(|layer| named(layer.name(), layer.about())));
    all.extend(TextLayer::ALL.iter().map(|layer| named(layer.name(), layer.about())));
    all
}

#[test]
fn what_the_window_says_is_what_was_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut words = Words { said: of_tables().into_iter().collect(), ..Words::default() };
    of_the_grid(&mut words);
    of_the_images(&mut words);
    of_the_plane(&mut words);
    of_the_texts(&mut words);
    let met = words.said.iter().fold(String::new(), |all, line| all + line + "\n");
    let others = sources::texts(root).into_iter().filter(|text| !met.contains(text.as_str()));
    let others = others.fold(String::new(), |all, line| all + &line + "\n");
    let found = format!(
        "What the window says, to be read; written by src/ui/app/tests/words.rs.\nWhere it has changed: read what is new, then \
         {RENEW}=1 cargo test --release --lib words writes this file anew.\n\n## Met on a walk through all labs; numbers that are \
         measured as #\n\n{met}\n## Not met: texts of the sources, {{}} where something is filled in\n\n{others}"
    );
    if std::env::var_os(RENEW).is_some() {
        fs::write(root.join(FILE), &found).expect("the file is written");
    }
    let read = fs::read_to_string(root.join(FILE)).unwrap_or_default();
    let [read_lines, found_lines] = [&read, &found].map(|text| text.lines().collect::<BTreeSet<_>>());
    let gone: Vec<_> = read_lines.difference(&found_lines).collect();
    let new: Vec<_> = found_lines.difference(&read_lines).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "{FILE} is not what the window says: read what is new, then write it anew with {RENEW}=1\nno longer said: \
         {gone:#?}\nnew: {new:#?}"
    );
}
