//! Every label, tooltip and notice that the window says in some states, in one file to be read: `words.txt` beside this
//! one. A change of a word is seen there before a user sees it.

use super::*;
use crate::flow::{Corrector, Coupling, Metric, Scheduler};
use crate::view::grid::{Show, View};
use crate::view::sequence::Layer;
use egui::accesskit::Role;
use egui::{Pos2, Rect};
use egui_kittest::kittest::NodeT as _;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

/// Written anew, instead of compared, where this is set.
const RENEW: &str = "DFM_EXPLORER_RENEW_WORDS";
/// Where rows of the panels have their labels, points from the left.
const LABELS: f32 = 30.0;

/// Headings, and below each what was not said before.
#[derive(Default)]
struct Words {
    said: BTreeSet<String>,
    text: String,
}

impl Words {
    fn add(&mut self, heading: &str, found: impl IntoIterator<Item = String>) {
        let new: BTreeSet<String> = found.into_iter().filter(|line| !self.said.contains(line)).collect();
        let _ = writeln!(self.text, "\n## {heading}\n");
        for line in &new {
            let _ = writeln!(self.text, "{line}");
        }
        self.said.extend(new);
    }

    /// What stands in the window, and what it says where the pointer rests on something.
    fn look(&mut self, heading: &str, harness: &mut Harness<'_, App>) {
        rest(harness);
        let places: BTreeSet<[i32; 2]> = shown(harness)
            .into_iter()
            .filter(|(_, at)| at.is_finite() && at.width() > 0.0)
            .flat_map(|(_, at)| [at.center(), Pos2::new(LABELS, at.center().y)])
            .map(|at| [at.x as i32, at.y as i32])
            .collect();
        let mut found = lines(harness);
        for [x, y] in places {
            harness.hover_at(Pos2::new(x as f32, y as f32));
            steps(harness, 2);
            found.extend(lines(harness));
        }
        harness.remove_cursor();
        steps(harness, 2);
        self.add(heading, found);
    }
}

/// Until no thread is at work: what is said meanwhile comes and goes.
fn rest(harness: &mut Harness<'_, App>) {
    eventually("rest", || {
        harness.step();
        harness.state().here.is_settled().then_some(())
    });
    steps(harness, 4);
}

/// All texts, and where they are.
fn shown(harness: &Harness<'_, App>) -> Vec<(String, Rect)> {
    let with_text = |node: egui_kittest::Node<'_>| {
        let access = node.accesskit_node();
        let value = || access.value().filter(|_| access.role() == Role::Label);
        let at = access.bounding_box()?;
        let [left, top, right, bottom] = [at.x0, at.y0, at.x1, at.y1].map(|side| side as f32);
        let at = Rect::from_min_max(Pos2::new(left, top), Pos2::new(right, bottom));
        Some((access.label().or_else(value)?, at))
    };
    harness.root().children_recursive().filter_map(with_text).collect()
}

fn lines(harness: &Harness<'_, App>) -> Vec<String> {
    shown(harness).into_iter().filter_map(|(text, _)| line(&text)).collect()
}

/// A text in one line; numbers that are measured, which are those of short texts, as signs. None of what has no word.
fn line(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_sentence = text.ends_with('.') || text.contains(". ") || text.contains(": ");
    let mut line = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' | '.' if !is_sentence && line.ends_with('#') => {}
            '0'..='9' if !is_sentence => line.push('#'),
            c => line.push(c),
        }
    }
    (line.chars().filter(|c| c.is_alphabetic()).count() > 1).then_some(line)
}

fn all_sections(state: &mut State) {
    state.sections.insert("training settings".to_owned(), true);
}

fn of_the_grid(words: &mut Words) {
    let mut state = State::from(small_state());
    all_sections(&mut state);
    let mut harness = window(state, Keeping::default());
    prepare(&mut harness);
    words.look("the grid", &mut harness);

    let settings = &mut grid_mut(&mut harness).here_mut().settings;
    (settings.epsilon, settings.corrector_on, settings.corrector) = (0.3, true, Corrector::IMAGES);
    (settings.sampler.sweeps.count, settings.flow.coupling) = (1, Coupling::Keep(0.3));
    settings.flow.source = crate::data::SourceSpec::Mask;
    settings.flow.scheduler = Scheduler::Hermite { a: 0.5, b: 2.0 };
    words.look("with an error, a corrector and masks", &mut harness);

    let settings = &mut grid_mut(&mut harness).here_mut().settings;
    *settings = small();
    settings.flow.conditional = crate::flow::ConditionalPath::Metric(Metric::default());
    words.look("along a metric path", &mut harness);

    grid_mut(&mut harness).here_mut().settings = small();
    grid_mut(&mut harness).look_at(Some(crate::experiment::grid::Look::Cell([2, 3])));
    words.look("with a cell", &mut harness);
    for tab in ["particle", "runs"] {
        click(&mut harness, tab);
        words.look(&format!("the tab {tab}"), &mut harness);
    }
    click(&mut harness, "plots");
    press(&mut harness, Modifiers::NONE, Key::B);
    words.look("beside each other", &mut harness);
    press(&mut harness, Modifiers::NONE, Key::B);
    click(&mut harness, "Edit target");
    words.look("the target editor", &mut harness);
    click(&mut harness, "Done");
    press(&mut harness, Modifiers::NONE, Key::F1);
    words.look("the sheet of keys", &mut harness);
}

fn of_the_images(words: &mut Words) {
    let mut kept = Kept { lab: "images", t: 0.5, ..Kept::default() };
    let images = "independent:shapes@20".parse().expect("a model");
    kept.images = ImageSettings { model: images, side: 8, images: 4, ..ImageSettings::default() };
    kept.images.tokens = crate::data::codec::image::TokenSpec::Gray(8);
    let mut harness = window(kept, Keeping::default());
    prepare(&mut harness);
    words.look("the images", &mut harness);
    for tab in ["training", "measured"] {
        click(&mut harness, tab);
        words.look(&format!("the tab {tab} of the images"), &mut harness);
    }
    click(&mut harness, "plots");
    click(&mut harness, "a part");
    words.look("infilling", &mut harness);
    press(&mut harness, Modifiers::NONE, Key::B);
    words.look("walls beside each other", &mut harness);
}

/// All of the panels is in sight, and tooltips come at once.
fn prepare(harness: &mut Harness<'_, App>) {
    harness.set_size(Vec2::new(1280.0, 2800.0));
    harness.ctx.all_styles_mut(|style| {
        style.interaction.tooltip_delay = 0.0;
        style.interaction.show_tooltips_only_when_still = false;
    });
}

/// What is said in no state of these, or in too many.
fn of_tables(words: &mut Words) {
    for entry in LABS {
        let numbers = entry.numbers.iter().map(|number| format!("{}: {}", number.name, number.about));
        words.add(&format!("numbers of {} in a presentation", entry.title), numbers);
        let presets =
            (entry.presets)().into_iter().map(|preset| format!("{}: {}", preset.title, preset.about));
        words.add(&format!("presets of {}", entry.title), presets);
    }
    let views = [Show::Exact, Show::Learned].into_iter().flat_map(|show| {
        View::ALL.into_iter().map(move |view| format!("{}: {}", view.title(show), view.meaning(show)))
    });
    words.add("views", views);
    words.add("layers", Layer::ALL.into_iter().map(|layer| format!("{}: {}", layer.name(), layer.about())));
}

#[test]
fn what_the_window_says_is_what_was_read() {
    let mut words = Words::default();
    of_tables(&mut words);
    of_the_grid(&mut words);
    of_the_images(&mut words);
    let found = format!(
        "What the window says, for reading: labels, tooltips and notices, each where it comes first. Numbers of short texts \
         are signs.\nWritten by src/ui/app/tests/words.rs; set {RENEW}=1 and run that test to write it anew.\n{}",
        words.text
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui/app/tests/words.txt");
    if std::env::var_os(RENEW).is_some() {
        fs::write(&file, &found).expect("the file is written");
    }
    let read = fs::read_to_string(&file).unwrap_or_default();
    let [read_lines, found_lines] =
        [&read, &found].map(|text| text.lines().map(str::to_owned).collect::<BTreeSet<_>>());
    let gone: Vec<_> = read_lines.difference(&found_lines).collect();
    let new: Vec<_> = found_lines.difference(&read_lines).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "{} is not what the window says: read what is new, then write it anew with {RENEW}=1\nno longer said: {gone:#?}\nnew: \
         {new:#?}",
        file.display()
    );
}
