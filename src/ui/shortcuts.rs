//! Keyboard shortcuts: one table that both the keys and the help sheet of each lab are made from.

use super::state::Tab;
use super::theme::{self, space};
use egui::{
    Context, Event, Grid, Id, Key, KeyboardShortcut, Modal, ModifierNames, Modifiers, RichText, ScrollArea,
    Ui,
};

/// What a key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Start or stop the timeline.
    Play,
    /// One sampler step on; a pinned cell to the right.
    StepForward,
    /// One sampler step back; a pinned cell to the left.
    StepBack,
    /// A pinned cell upward.
    CellUp,
    /// A pinned cell downward.
    CellDown,
    /// Let go of the pinned cell.
    ReleaseCell,
    /// To t = 0.
    Start,
    /// To t = 1.
    End,
    /// Undo the last change.
    Undo,
    /// Do it again.
    Redo,
    /// Start, pause or continue training.
    Train,
    /// That many views.
    Views(usize),
    /// Larger views, around the middle.
    ZoomIn,
    /// Smaller ones.
    ZoomOut,
    /// The whole state space.
    ZoomWhole,
    /// The grid lab or the image lab.
    OtherLab,
    /// Open a file of any kind.
    OpenFile,
    /// The other theme.
    Theme,
    /// The presets menu.
    Presets,
    /// Save a preset.
    SavePreset,
    /// A and B, or A alone.
    Compare,
    /// Set the other one of A and B.
    OtherSide,
    /// The help sheet.
    Help,
}

/// A line of the help sheet.
pub struct Shortcut {
    /// What it does.
    pub command: Command,
    /// The keys, any of them.
    keys: &'static [KeyboardShortcut],
    /// In words, in the grid lab and in the image lab, where they have it.
    what: [Option<&'static str>; 2],
}

/// A group of the help sheet.
pub struct Group {
    /// Its title.
    pub title: &'static str,
    /// Its lines.
    pub shortcuts: &'static [Shortcut],
}

impl Shortcut {
    /// What it does in a lab, in words; `None` where it does nothing.
    pub fn what(&self, tab: Tab) -> Option<&'static str> {
        match tab {
            Tab::Grid => self.what[0],
            Tab::Images => self.what[1],
        }
    }

    /// The keys, any of them.
    #[cfg(test)]
    pub fn keys(&self) -> &'static [KeyboardShortcut] {
        self.keys
    }
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn command(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn command_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// In both labs.
const fn both(command: Command, keys: &'static [KeyboardShortcut], what: &'static str) -> Shortcut {
    Shortcut { command, keys, what: [Some(what); 2] }
}

/// In the grid lab alone.
const fn grid(command: Command, keys: &'static [KeyboardShortcut], what: &'static str) -> Shortcut {
    Shortcut { command, keys, what: [Some(what), None] }
}

/// In the grid lab and in the image lab, in other words.
const fn each(command: Command, keys: &'static [KeyboardShortcut], what: [&'static str; 2]) -> Shortcut {
    Shortcut { command, keys, what: [Some(what[0]), Some(what[1])] }
}

/// All of them.
pub const GROUPS: &[Group] = &[
    Group {
        title: "Time",
        shortcuts: &[
            both(Command::Play, &[plain(Key::Space)], "play or pause"),
            both(Command::StepForward, &[plain(Key::ArrowRight)], "one sampler step forward"),
            both(Command::StepBack, &[plain(Key::ArrowLeft)], "one sampler step back"),
            both(Command::Start, &[plain(Key::Home)], "to the start"),
            both(Command::End, &[plain(Key::End)], "to the end"),
        ],
    },
    Group {
        title: "Views",
        shortcuts: &[
            grid(Command::Views(1), &[plain(Key::Num1)], "one view"),
            grid(Command::Views(2), &[plain(Key::Num2)], "two views"),
            grid(Command::Views(3), &[plain(Key::Num3)], "three views"),
            grid(Command::Views(4), &[plain(Key::Num4)], "four views"),
            grid(Command::ZoomIn, &[plain(Key::Plus), plain(Key::Equals)], "magnify"),
            grid(Command::ZoomOut, &[plain(Key::Minus)], "magnify less"),
            grid(Command::ZoomWhole, &[plain(Key::Num0)], "show the whole grid"),
            both(Command::OtherLab, &[plain(Key::G)], "grid lab or image lab"),
            both(Command::Theme, &[plain(Key::L)], "light or dark theme"),
        ],
    },
    Group {
        title: "A pinned cell",
        shortcuts: &[
            grid(Command::CellUp, &[plain(Key::ArrowUp)], "up; left and right arrow: sideways"),
            grid(Command::CellDown, &[plain(Key::ArrowDown)], "down"),
            grid(Command::ReleaseCell, &[plain(Key::Escape)], "let go"),
        ],
    },
    Group {
        title: "Experiment",
        shortcuts: &[
            both(Command::Undo, &[command(Key::Z)], "undo"),
            both(Command::Redo, &[command_shift(Key::Z), command(Key::Y)], "redo"),
            both(Command::Train, &[plain(Key::T)], "train, pause or continue"),
            both(Command::Presets, &[plain(Key::P)], "presets"),
            both(Command::SavePreset, &[command(Key::S)], "save the settings as a preset"),
            both(Command::OpenFile, &[command(Key::O)], "open a file"),
        ],
    },
    Group {
        title: "Beside each other",
        shortcuts: &[
            each(
                Command::Compare,
                &[plain(Key::B)],
                ["A|B: two experiments, or one again", "another wall, or one again"],
            ),
            each(Command::OtherSide, &[plain(Key::X)], ["set the other one", "set the next wall"]),
        ],
    },
    Group {
        title: "Help",
        shortcuts: &[both(Command::Help, &[plain(Key::F1), plain(Key::Questionmark)], "this sheet")],
    },
];

/// What the keys pressed since the last picture ask for in the lab `tab`. While a text field is edited the keys are its own;
/// while another control is focused it keeps the keys that move or press it.
/// Commands of which `is_taken` holds belong to something else now, which sees their keys.
pub fn pressed(ctx: &Context, tab: Tab, is_taken: impl Fn(Command) -> bool) -> Vec<Command> {
    if ctx.text_edit_focused() {
        return Vec::new();
    }
    let focused = ctx.memory(|memory| memory.focused().is_some());
    let all = || GROUPS.iter().flat_map(|group| group.shortcuts).filter(|line| line.what(tab).is_some());
    let mut commands = Vec::new();
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            let &Event::Key { key, physical_key, pressed: true, modifiers, .. } = event else { return true };
            let (key, shift_counts) = meant(key, physical_key);
            let modifiers = Modifiers { shift: modifiers.shift && shift_counts, ..modifiers };
            let fits =
                |keys: &KeyboardShortcut| keys.logical_key == key && modifiers.matches_exact(keys.modifiers);
            let line = all().find(|line| line.keys.iter().any(fits) && !is_taken(line.command));
            let Some(line) = line.filter(|_| !(focused && belongs_to_controls(key))) else { return true };
            // A key that repeats while a picture is drawn counts once.
            if !commands.contains(&line.command) {
                commands.push(line.command);
            }
            false
        });
    });
    commands
}

/// The key of the table that a pressed one stands for, and whether shift makes a difference to it. Letters and signs are
/// what is printed on the key, wherever it lies. A digit is the key that bears it: on French and Czech keyboards digits are
/// shifted and the same keys give & é " ' ( without, and there and elsewhere a shifted digit gives a sign.
fn meant(key: Key, physical: Option<Key>) -> (Key, bool) {
    if is_digit(key) {
        return (key, false);
    }
    // The digits of a numeric keypad may mean arrows, Home or End: those are no signs.
    if let Some(digit) =
        physical.filter(|physical| is_sign(key) && is_digit(*physical) && has_command(*physical))
    {
        return (digit, false);
    }
    // On many keyboards these are shifted keys.
    (key, !matches!(key, Key::Questionmark | Key::Plus))
}

fn has_command(key: Key) -> bool {
    let mut keys = GROUPS.iter().flat_map(|group| group.shortcuts).flat_map(|line| line.keys);
    keys.any(|keys| *keys == plain(key))
}

fn is_digit(key: Key) -> bool {
    use Key::{Num0, Num1, Num2, Num3, Num4, Num5, Num6, Num7, Num8, Num9};
    matches!(key, Num0 | Num1 | Num2 | Num3 | Num4 | Num5 | Num6 | Num7 | Num8 | Num9)
}

/// Signs that a key of a digit bears on some keyboard.
fn is_sign(key: Key) -> bool {
    use Key::{
        Backslash, Backtick, CloseBracket, CloseCurlyBracket, Colon, Comma, Equals, Exclamationmark, Minus,
        OpenBracket, OpenCurlyBracket, Period, Pipe, Plus, Questionmark, Quote, Semicolon, Slash,
    };
    let brackets = matches!(key, OpenBracket | CloseBracket | OpenCurlyBracket | CloseCurlyBracket);
    let stops =
        matches!(key, Colon | Comma | Period | Semicolon | Questionmark | Exclamationmark | Quote | Backtick);
    brackets || stops || matches!(key, Minus | Plus | Equals | Slash | Backslash | Pipe)
}

/// Keys with which a focused control is used.
fn belongs_to_controls(key: Key) -> bool {
    matches!(
        key,
        Key::Space
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::ArrowUp
            | Key::ArrowDown
            | Key::Home
            | Key::End
            | Key::Escape
    )
}

/// The keys of a command, for its tooltip.
pub fn keys_of(command: Command) -> String {
    let all = GROUPS.iter().flat_map(|group| group.shortcuts);
    all.filter(|line| line.command == command).map(in_words).collect()
}

/// `text` with the keys of a command, for a tooltip.
pub fn hint(text: &str, command: Command) -> String {
    format!("{text}  ({})", keys_of(command))
}

fn in_words(shortcut: &Shortcut) -> String {
    let names = ModifierNames::NAMES;
    let word = |keys: &KeyboardShortcut| match (keys.logical_key, keys.modifiers.is_none()) {
        (Key::Space, true) => "space".to_owned(),
        (Key::ArrowLeft, true) => "left arrow".to_owned(),
        (Key::ArrowRight, true) => "right arrow".to_owned(),
        (Key::ArrowUp, true) => "up arrow".to_owned(),
        (Key::ArrowDown, true) => "down arrow".to_owned(),
        (Key::Questionmark, true) => "?".to_owned(),
        (Key::Plus, true) => "+".to_owned(),
        (Key::Minus, true) => "−".to_owned(),
        (Key::Equals, true) => "=".to_owned(),
        _ => keys.format(&names, cfg!(target_os = "macos")),
    };
    shortcut.keys.iter().map(word).collect::<Vec<_>>().join(" or ")
}

/// Height of what is above and below the keys in the sheet, and of the window around it, points.
const AROUND_SHEET: f32 = 210.0;

/// Draws the help sheet of the lab `tab` over the window while `open`.
pub fn sheet(ctx: &Context, tab: Tab, open: &mut bool) {
    if !*open {
        return;
    }
    let shown = Modal::new(Id::unique("shortcuts")).show(ctx, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        ui.label(RichText::new("Keyboard").font(theme::heading()));
        // The title, the note and the button are always there.
        let room = (ctx.content_rect().height() - AROUND_SHEET).max(80.0);
        ScrollArea::vertical().max_height(room).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0 * space::L;
                let (left, right) = GROUPS.split_at(3);
                for groups in [left, right] {
                    ui.vertical(|ui| {
                        ui.set_min_width(240.0);
                        for group in groups {
                            group_ui(ui, group, tab);
                        }
                    });
                }
            });
        });
        let own = match tab {
            Tab::Grid => {
                "A digit is the key that bears it, shifted or not. Undo and redo cover every setting, the choice of views \
                 and the zoom; the theme, reduced motion, folded sections, the tools of the target editor and the \
                 play-head stay as they are."
            }
            Tab::Images => {
                "Undo and redo cover every setting, the layer that is shown and what is given; the theme, reduced motion, \
                 folded sections, the brush, the image that is shown large and the play-head stay as they are."
            }
        };
        let note = format!(
            "Letters and signs are as printed on the keys. While a text field is edited or a dialog is open, its keys are \
             its own. {own}"
        );
        let note = RichText::new(note).font(theme::small()).color(theme::palette(ui).weak);
        ui.scope(|ui| {
            // As wide as the two columns.
            ui.set_max_width(600.0);
            ui.add(egui::Label::new(note).wrap());
        });
        ui.button("Close").clicked()
    });
    if shown.inner || shown.should_close() {
        *open = false;
    }
}

fn group_ui(ui: &mut Ui, group: &Group, tab: Tab) {
    let palette = theme::palette(ui);
    let lines: Vec<_> =
        group.shortcuts.iter().filter_map(|line| line.what(tab).map(|what| (line, what))).collect();
    if lines.is_empty() {
        return;
    }
    ui.label(RichText::new(group.title).color(palette.accent));
    Grid::new(group.title).num_columns(2).min_col_width(96.0).spacing([space::S, space::XS]).show(ui, |ui| {
        for (line, what) in lines {
            ui.label(RichText::new(in_words(line)).color(palette.text));
            ui.label(RichText::new(what).color(palette.weak));
            ui.end_row();
        }
    });
    ui.add_space(space::S);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_commands_share_a_key() {
        let mut seen = HashSet::new();
        for line in GROUPS.iter().flat_map(|group| group.shortcuts) {
            assert!(!line.keys.is_empty() && line.what.iter().flatten().all(|what| !what.is_empty()));
            for keys in line.keys {
                assert!(seen.insert(format!("{keys:?}")), "{keys:?} has two meanings");
            }
        }
    }

    #[test]
    fn keys_are_named() {
        assert_eq!(keys_of(Command::Play), "space");
        assert_eq!(keys_of(Command::Help), "F1 or ?");
        assert!(keys_of(Command::Redo).ends_with('Y') && keys_of(Command::Redo).contains(" or "));
    }

    /// What a key event as the window gets it asks for in the grid lab.
    fn asked(key: Key, physical_key: Option<Key>, modifiers: Modifiers) -> Vec<Command> {
        let ctx = Context::default();
        let event = Event::Key { key, physical_key, pressed: true, repeat: false, modifiers };
        let input = egui::RawInput { events: vec![event], ..egui::RawInput::default() };
        let mut found = Vec::new();
        _ = ctx.run_ui(input, |ui| found.extend(pressed(ui.ctx(), Tab::Grid, |_| false)));
        found
    }

    #[test]
    fn a_digit_is_its_key_on_every_keyboard() {
        use Command::{End, Views, ZoomIn, ZoomOut, ZoomWhole};
        let (none, shift) = (Modifiers::NONE, Modifiers::SHIFT);
        // The pairs of keys are what egui-winit makes of the keyboards: the sign where it has a name, else the physical key.
        for (keyboard, key, physical, modifiers, wanted) in [
            ("US 1", Key::Num1, Key::Num1, none, Some(Views(1))),
            ("US shift 1: !", Key::Exclamationmark, Key::Num1, shift, Some(Views(1))),
            ("US =", Key::Equals, Key::Equals, none, Some(ZoomIn)),
            ("US shift =: +", Key::Plus, Key::Equals, shift, Some(ZoomIn)),
            ("US -", Key::Minus, Key::Minus, none, Some(ZoomOut)),
            ("French &", Key::Num1, Key::Num1, none, Some(Views(1))),
            ("French shift &: 1", Key::Num1, Key::Num1, shift, Some(Views(1))),
            ("French é", Key::Num2, Key::Num2, none, Some(Views(2))),
            ("French '", Key::Quote, Key::Num4, none, Some(Views(4))),
            ("French shift ': 4", Key::Num4, Key::Num4, shift, Some(Views(4))),
            ("French à", Key::Num0, Key::Num0, none, Some(ZoomWhole)),
            ("French shift à: 0", Key::Num0, Key::Num0, shift, Some(ZoomWhole)),
            ("French - on the key of 6", Key::Minus, Key::Num6, none, Some(ZoomOut)),
            ("French =", Key::Equals, Key::Equals, none, Some(ZoomIn)),
            ("French shift =: +", Key::Plus, Key::Equals, shift, Some(ZoomIn)),
            ("Czech + on the key of 1", Key::Plus, Key::Num1, none, Some(Views(1))),
            ("German shift 0: =", Key::Equals, Key::Num0, shift, Some(ZoomWhole)),
            ("German +", Key::Plus, Key::CloseBracket, none, Some(ZoomIn)),
            ("German -", Key::Minus, Key::Slash, none, Some(ZoomOut)),
            ("keypad 1", Key::Num1, Key::Num1, none, Some(Views(1))),
            ("keypad 1 without num lock", Key::End, Key::Num1, none, Some(End)),
            ("keypad 2 without num lock", Key::ArrowDown, Key::Num2, none, Some(Command::CellDown)),
            ("keypad +", Key::Plus, Key::Plus, none, Some(ZoomIn)),
            ("Dvorak l on the key of p", Key::L, Key::P, none, Some(Command::Theme)),
            ("shift l", Key::L, Key::L, shift, None),
            ("Ctrl 1", Key::Num1, Key::Num1, Modifiers::COMMAND, None),
            ("German shift ß: ?", Key::Questionmark, Key::Minus, shift, Some(Command::Help)),
        ] {
            assert_eq!(asked(key, Some(physical), modifiers), Vec::from_iter(wanted), "{keyboard}");
        }
    }

    #[test]
    fn keys_of_the_other_lab_are_left_alone() {
        let ctx = Context::default();
        let key = |key| Event::Key {
            key,
            physical_key: Some(key),
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        let input = egui::RawInput { events: vec![key(Key::Num1), key(Key::B)], ..egui::RawInput::default() };
        _ = ctx.run_ui(input, |ui| {
            assert_eq!(pressed(ui.ctx(), Tab::Images, |_| false), [Command::Compare]);
            assert!(ui.input(|input| input.key_pressed(Key::Num1) && !input.key_pressed(Key::B)));
        });
    }
}
