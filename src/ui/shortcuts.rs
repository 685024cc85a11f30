//! Keyboard shortcuts: one table that both the keys and the help sheet of each lab are made from.

use super::lab::LabEntry;
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
    /// Pin the cell under the pointer, or the middle one.
    PinCell,
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
    /// The next lab.
    OtherLab,
    /// Open a file of any kind.
    OpenFile,
    /// The other theme.
    Theme,
    /// Hide or show the left panel.
    LeftPanel,
    /// Hide or show the right panel.
    RightPanel,
    /// The whole screen, or a window again.
    FullScreen,
    /// Views, timeline and a few numbers alone; or everything again.
    Present,
    /// Larger text and controls.
    LargerText,
    /// Smaller ones.
    SmallerText,
    /// Those of the usual size.
    UsualText,
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

impl Command {
    /// Whether it is carried out by the window, whichever lab is open.
    pub fn is_of_the_window(self) -> bool {
        matches!(
            self,
            Self::OtherLab
                | Self::OpenFile
                | Self::Theme
                | Self::LeftPanel
                | Self::RightPanel
                | Self::FullScreen
                | Self::Present
                | Self::LargerText
                | Self::SmallerText
                | Self::UsualText
                | Self::Presets
                | Self::SavePreset
                | Self::Help
        )
    }
}

/// A line of the help sheet.
pub struct Shortcut {
    /// What it does.
    pub command: Command,
    /// The keys, any of them.
    keys: &'static [KeyboardShortcut],
    /// In words; a lab may have others.
    what: &'static str,
}

/// A group of the help sheet.
pub struct Group {
    /// Its title.
    pub title: &'static str,
    /// Its lines.
    pub shortcuts: &'static [Shortcut],
    /// Keys of the toolkit, and what they do.
    notes: &'static [(&'static str, &'static str)],
}

impl Shortcut {
    /// What it does while a lab is open, in words; `None` where it does nothing.
    pub fn what(&self, lab: &LabEntry) -> Option<&'static str> {
        if self.command.is_of_the_window() { Some(self.what) } else { (lab.does)(self.command, self.what) }
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

const fn line(command: Command, keys: &'static [KeyboardShortcut], what: &'static str) -> Shortcut {
    Shortcut { command, keys, what }
}

/// All of them.
pub const GROUPS: &[Group] = &[
    Group {
        title: "Time",
        shortcuts: &[
            line(Command::Play, &[plain(Key::Space)], "play or pause"),
            line(Command::StepForward, &[plain(Key::ArrowRight)], "one sampler step forward"),
            line(Command::StepBack, &[plain(Key::ArrowLeft)], "one sampler step back"),
            line(Command::Start, &[plain(Key::Home)], "to the start"),
            line(Command::End, &[plain(Key::End)], "to the end"),
        ],
        notes: &[],
    },
    Group {
        title: "Views",
        shortcuts: &[
            line(Command::Views(1), &[plain(Key::Num1)], "one view"),
            line(Command::Views(2), &[plain(Key::Num2)], "two views"),
            line(Command::Views(3), &[plain(Key::Num3)], "three views"),
            line(Command::Views(4), &[plain(Key::Num4)], "four views"),
            line(Command::ZoomIn, &[plain(Key::Plus), plain(Key::Equals)], "magnify"),
            line(Command::ZoomOut, &[plain(Key::Minus)], "magnify less"),
            line(Command::ZoomWhole, &[plain(Key::Num0)], "show the whole grid"),
        ],
        notes: &[],
    },
    Group {
        title: "A pinned cell",
        shortcuts: &[
            line(Command::PinCell, &[plain(Key::Enter)], "pin the one under the pointer, or the middle"),
            line(Command::CellUp, &[plain(Key::ArrowUp)], "up; left and right arrow: sideways"),
            line(Command::CellDown, &[plain(Key::ArrowDown)], "down"),
            line(Command::ReleaseCell, &[plain(Key::Escape)], "let go"),
        ],
        notes: &[],
    },
    Group {
        title: "Experiment",
        shortcuts: &[
            line(Command::Undo, &[command(Key::Z)], "undo"),
            line(Command::Redo, &[command_shift(Key::Z), command(Key::Y)], "redo"),
            line(Command::Train, &[plain(Key::T)], "train, pause or continue"),
            line(Command::Presets, &[plain(Key::P)], "presets"),
            line(Command::SavePreset, &[command(Key::S)], "save the settings as a preset"),
            line(Command::OpenFile, &[command(Key::O)], "open a file"),
        ],
        notes: &[],
    },
    Group {
        title: "Beside each other",
        shortcuts: &[
            line(Command::Compare, &[plain(Key::B)], "A|B: two experiments, or one again"),
            line(Command::OtherSide, &[plain(Key::X)], "set the other one"),
        ],
        notes: &[],
    },
    Group {
        title: "Window",
        shortcuts: &[
            line(Command::OtherLab, &[plain(Key::G)], "the next lab"),
            line(Command::Present, &[plain(Key::F5)], "presentation; Esc ends it"),
            line(Command::LeftPanel, &[plain(Key::F7)], "hide or show the left panel"),
            line(Command::RightPanel, &[plain(Key::F8)], "hide or show the right panel"),
            line(Command::FullScreen, &[plain(Key::F11)], "full screen"),
            line(Command::LargerText, &[command(Key::Plus), command(Key::Equals)], "larger text"),
            line(Command::SmallerText, &[command(Key::Minus)], "smaller text"),
            line(Command::UsualText, &[command(Key::Num0)], "text of the usual size"),
            line(Command::Theme, &[plain(Key::L)], "light or dark theme"),
            line(Command::Help, &[plain(Key::F1), plain(Key::Questionmark)], "this sheet"),
        ],
        notes: &[],
    },
    Group {
        title: "Controls",
        shortcuts: &[],
        notes: &[
            ("Tab", "the next control; with shift the one before"),
            ("space or Enter", "press it"),
            ("arrows", "move a slider, a choice or the timeline"),
            ("Esc", "close a menu or a dialog; leave a control"),
        ],
    },
];

/// What the keys pressed since the last picture ask for while `lab` is open. While a text field is edited the keys are its own;
/// while another control is focused it keeps the keys that move or press it.
/// Commands of which `is_taken` holds belong to something else now, which sees their keys.
pub fn pressed(ctx: &Context, lab: &LabEntry, is_taken: impl Fn(Command) -> bool) -> Vec<Command> {
    if ctx.text_edit_focused() {
        return Vec::new();
    }
    let focused = ctx.memory(|memory| memory.focused().is_some());
    let all = || GROUPS.iter().flat_map(|group| group.shortcuts).filter(|line| line.what(lab).is_some());
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
            | Key::Enter
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
        (Key::Plus | Key::Equals | Key::Minus, false) => {
            let sign = if keys.logical_key == Key::Minus { "−" } else { keys.logical_key.symbol_or_name() };
            format!("{} {sign}", ModifierNames::NAMES.format(&keys.modifiers, cfg!(target_os = "macos")))
        }
        _ => keys.format(&names, cfg!(target_os = "macos")),
    };
    shortcut.keys.iter().map(word).collect::<Vec<_>>().join(" or ")
}

/// Height of what is above and below the keys in the sheet, and of the window around it, points.
const AROUND_SHEET: f32 = 210.0;

/// Width of a column of the sheet at least, points.
const COLUMN: f32 = 250.0;

/// Draws the help sheet of a `lab` over the window while `open`.
pub fn sheet(ctx: &Context, lab: &LabEntry, open: &mut bool) {
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
                // Three columns, where they have room.
                let wide = ctx.content_rect().width() > 3.0 * COLUMN + 160.0;
                let (left, right) = GROUPS.split_at(if wide { 2 } else { 4 });
                let (middle, right) = if wide { right.split_at(3) } else { (right, &[][..]) };
                for groups in [left, middle, right].into_iter().filter(|groups| !groups.is_empty()) {
                    ui.vertical(|ui| {
                        ui.set_min_width(COLUMN);
                        for group in groups {
                            group_ui(ui, group, lab);
                        }
                    });
                }
            });
        });
        let own = lab.note;
        let note = format!(
            "Letters and signs are as printed on the keys. While a text field is edited or a dialog is open, its keys are \
             its own. {own}"
        );
        let note = RichText::new(note).font(theme::small()).color(theme::palette(ui).weak);
        ui.scope(|ui| {
            // As wide as two columns.
            ui.set_max_width(600.0);
            ui.add(egui::Label::new(note).wrap());
        });
        ui.button("Close").clicked()
    });
    if shown.inner || shown.should_close() {
        *open = false;
    }
}

fn group_ui(ui: &mut Ui, group: &Group, lab: &LabEntry) {
    let palette = theme::palette(ui);
    let lines: Vec<_> =
        group.shortcuts.iter().filter_map(|line| line.what(lab).map(|what| (line, what))).collect();
    if lines.is_empty() && group.notes.is_empty() {
        return;
    }
    ui.label(RichText::new(group.title).color(palette.accent));
    Grid::new(group.title).num_columns(2).min_col_width(96.0).spacing([space::S, space::XS]).show(ui, |ui| {
        for (line, what) in lines {
            ui.label(RichText::new(in_words(line)).color(palette.text));
            ui.label(RichText::new(what).color(palette.weak));
            ui.end_row();
        }
        for (keys, what) in group.notes {
            ui.label(RichText::new(*keys).color(palette.text));
            ui.label(RichText::new(*what).color(palette.weak));
            ui.end_row();
        }
    });
    ui.add_space(space::S);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::labs::LABS;
    use std::collections::HashSet;

    #[test]
    fn no_two_commands_share_a_key() {
        let mut seen = HashSet::new();
        for line in GROUPS.iter().flat_map(|group| group.shortcuts) {
            assert!(!line.keys.is_empty() && !line.what.is_empty());
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
        _ = ctx.run_ui(input, |ui| found.extend(pressed(ui.ctx(), &LABS[0], |_| false)));
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
            assert_eq!(pressed(ui.ctx(), &LABS[1], |_| false), [Command::Compare]);
            assert!(ui.input(|input| input.key_pressed(Key::Num1) && !input.key_pressed(Key::B)));
        });
    }
}
