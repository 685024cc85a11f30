//! Adding a lab is its settings, its folder and a line of the table: shown by one of a single slider.

use super::*;
use crate::experiment::Settings as _;
use crate::ui::lab::{BuiltIn, Claim, Make, NumberEntry};
use crate::ui::timeline::{Clock, Playback};
use egui::Slider;
use serde::{Deserialize, Serialize};

/// What can be set: what `src/experiment` holds of a lab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct ToySettings {
    level: f64,
}

impl crate::experiment::Settings for ToySettings {
    const LAB: &'static str = "toy";

    fn seeded(self, _: u64) -> Self {
        self
    }

    fn checked(self) -> Result<Self, String> {
        let fits = (0.0..=1.0).contains(&self.level);
        if fits { Ok(self) } else { Err(format!("level = {}: expected a number from 0 to 1", self.level)) }
    }

    fn found_beside(self, _: &Path) -> Self {
        self
    }
}

/// What is drawn: what a folder of `src/ui/labs` holds.
#[derive(Default)]
struct Toy {
    settings: ToySettings,
    clock: Clock,
    playback: Playback,
    said: Option<String>,
    pictures: usize,
}

const NEW: Make = |_, kept| {
    let settings = kept.map(|recipe| recipe.settings(&ToySettings::default())).transpose();
    let settings = settings.map_err(anyhow::Error::msg)?.unwrap_or_default();
    Ok(Box::new(Toy { settings, ..Toy::default() }))
};

/// Its line in the table.
const TOY: LabEntry = LabEntry {
    name: ToySettings::LAB,
    title: "Toy",
    about: "One slider",
    new: NEW,
    check: |recipe| {
        recipe.settings(&ToySettings::default())?;
        Ok(recipe)
    },
    presets: || {
        vec![BuiltIn { name: "toy", title: "Full", about: "To the right", still_at: 0.5, train_for: None }]
    },
    claims: |file| if file.extension().is_some_and(|e| e == "toy") { Claim::Yes } else { Claim::No },
    opens: "a toy (.toy)",
    does: |command, usual| (command == Command::Play).then_some(usual),
    numbers: &[
        NumberEntry { name: "level", about: "What the slider says." },
        NumberEntry { name: "t", about: "Time." },
        NumberEntry { name: "height", about: "The same." },
    ],
    note: "Nothing is undone.",
};

const WITH_TOY: &[LabEntry] = &[crate::ui::labs::grid::ENTRY, crate::ui::labs::images::ENTRY, TOY];

impl Lab for Toy {
    fn ui(&mut self, ui: &mut Ui) {
        self.pictures += 1;
        ui.add(Slider::new(&mut self.settings.level, 0.0..=1.0).text("level"));
        if let Some(said) = &self.said {
            ui.label(said);
        }
    }

    fn command(&mut self, command: Command) -> bool {
        let own = command == Command::Play;
        if own {
            self.playback.toggle();
        }
        own
    }

    fn recipe(&self) -> Recipe {
        Recipe::new(&self.settings).at(self.playback.t)
    }

    fn take(&mut self, recipe: &Recipe, _: From<'_>) -> Result<Option<String>, String> {
        self.settings = recipe.settings(&self.settings)?;
        Ok(None)
    }

    fn start(&mut self, _: usize) {
        self.settings.level = 1.0;
    }

    fn open(&mut self, file: PathBuf, _: &Context) {
        self.said = Some(format!("{} is here", file.display()));
    }

    fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }

    fn playback(&mut self) -> &mut Playback {
        &mut self.playback
    }

    fn undoable(&self) -> Option<&str> {
        None
    }

    fn redoable(&self) -> Option<&str> {
        None
    }

    fn is_asking(&self) -> bool {
        false
    }

    fn number(&self, name: &str) -> Vec<String> {
        vec![format!("{name} {}", self.settings.level)]
    }

    fn is_settled(&self) -> bool {
        true
    }

    fn problem(&self) -> Option<String> {
        None
    }
}

/// What the window has said last.
fn said(harness: &Harness<'_, App>) -> String {
    harness.state().surroundings.messages.last().expect("a message").1
}

fn toy<'a>(harness: &'a Harness<'_, App>) -> &'a Toy {
    known(harness.state())
}

#[test]
fn a_lab_of_one_slider_has_everything_that_the_window_gives() {
    let folder = tempfile::tempdir().expect("a folder");
    let keeping =
        |state| Keeping { presets: Some(folder.path().join("presets")), state, ..Keeping::default() };
    let path = folder.path().join("state.json");
    let found = StateFile::open(path.clone());
    let mut harness = window_of(WITH_TOY, small_state().into(), keeping(found.file));
    let of_grid = grid(&harness).document();
    assert!(harness.state().labs.iter().all(|slot| slot.hidden.is_none()), "no other lab has been made yet");
    // It has a tab, its own buttons alone, and its own keys.
    click(&mut harness, "Toy");
    assert_eq!(open(&harness), "toy");
    assert!(harness.query_by_label("A|B").is_none() && harness.query_all_by_label("level").count() > 0);
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert!(toy(&harness).playback.playing);
    press(&mut harness, Modifiers::NONE, Key::B);
    press(&mut harness, Modifiers::NONE, Key::F1);
    assert!(harness.query_by_label("play or pause").is_some() && harness.query_by_label("undo").is_none());
    press(&mut harness, Modifiers::NONE, Key::F1);
    // Presets of the program, and one's own.
    click(&mut harness, "presets");
    click(&mut harness, "Full");
    assert_eq!(toy(&harness).settings.level, 1.0);
    save_as(&mut harness, "mine");
    // Its numbers in a presentation.
    press(&mut harness, Modifiers::NONE, Key::F5);
    assert!(harness.query_by_label("level 1").is_some() && harness.query_by_label("t 1").is_some());
    press(&mut harness, Modifiers::NONE, Key::F5);
    // A hidden lab is not drawn.
    press(&mut harness, Modifiers::NONE, Key::G);
    assert_eq!(open(&harness), "grid");
    let pictures = toy(&harness).pictures;
    steps(&mut harness, 3);
    assert_eq!((toy(&harness).pictures, grid(&harness).document()), (pictures, of_grid.clone()));
    click(&mut harness, "presets");
    assert!(harness.query_by_label("mine").is_none(), "the grid has presets of its own");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    // Figures and files find it from elsewhere.
    let figure = folder.path().join("figure.svg");
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>";
    let recipe = |level| Recipe::new(&ToySettings { level });
    std::fs::write(&figure, crate::figure::recipe::into_svg(svg, &recipe(0.25).text())).expect("written");
    drop_file(&mut harness, &figure);
    assert_eq!((open(&harness), toy(&harness).settings.level), ("toy", 0.25));
    std::fs::write(&figure, crate::figure::recipe::into_svg(svg, &recipe(7.0).text())).expect("written");
    drop_file(&mut harness, &figure);
    assert!(said(&harness).contains("level = 7"), "{}", said(&harness));
    assert_eq!(toy(&harness).settings.level, 0.25, "what can't be used changes nothing");
    press(&mut harness, Modifiers::NONE, Key::G);
    let own = folder.path().join("a.toy");
    std::fs::write(&own, "a toy").expect("written");
    drop_file(&mut harness, &own);
    assert_eq!(open(&harness), "toy");
    // It is kept, and what is wrong with it costs the others nothing.
    eframe::App::on_exit(harness.state_mut());
    drop(harness);
    let reopened = |level: Option<f64>| {
        if let Some(level) = level {
            let text = std::fs::read_to_string(&path).expect("a state");
            std::fs::write(&path, text.replace("\"level\": 0.25", &format!("\"level\": {level}")))
                .expect("written");
        }
        let found = StateFile::open(path.clone());
        assert_eq!(found.message, None);
        window_of(WITH_TOY, found.kept.expect("a state"), keeping(found.file))
    };
    let harness = reopened(None);
    assert_eq!((open(&harness), toy(&harness).settings.level), ("toy", 0.25));
    drop(harness);
    let mut harness = reopened(Some(9.0));
    let said = said(&harness);
    assert!(said.contains("level = 9") && said.contains("state.damaged-1.json"), "{said}");
    assert_eq!(toy(&harness).settings, ToySettings::default());
    press(&mut harness, Modifiers::NONE, Key::G);
    assert_eq!(grid(&harness).document(), of_grid, "the grid is as it was kept");
}

#[test]
fn a_lab_that_is_gone_is_kept_for_the_day_it_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    let mut state: State = small_state().into();
    state.keep(Recipe::new(&ToySettings { level: 0.5 }));
    state.lab = "toy".to_owned();
    let keeping = Keeping { state: StateFile::open(path.clone()).file, ..Keeping::default() };
    let mut harness = window(state, keeping);
    assert_eq!(open(&harness), "grid", "the first one opens in its place");
    eframe::App::on_exit(harness.state_mut());
    let kept = StateFile::open(path).kept.expect("a state");
    let toy = kept.recipe("toy").expect("kept").expect("readable");
    assert_eq!(toy.settings(&ToySettings::default()), Ok(ToySettings { level: 0.5 }));
}
