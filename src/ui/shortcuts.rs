//! Keyboard shortcuts: one table that both the keys and the help sheet are made from.

use super::theme::{self, space};
use egui::{Context, Grid, Id, Key, KeyboardShortcut, Modal, ModifierNames, Modifiers, RichText, Ui};

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
    /// In words.
    pub what: &'static str,
}

/// A group of the help sheet.
pub struct Group {
    /// Its title.
    pub title: &'static str,
    /// Its lines.
    pub shortcuts: &'static [Shortcut],
}

impl Shortcut {
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

const fn shortcut(command: Command, keys: &'static [KeyboardShortcut], what: &'static str) -> Shortcut {
    Shortcut { command, keys, what }
}

/// All of them.
pub const GROUPS: &[Group] = &[
    Group {
        title: "Time",
        shortcuts: &[
            shortcut(Command::Play, &[plain(Key::Space)], "play or pause"),
            shortcut(Command::StepForward, &[plain(Key::ArrowRight)], "one sampler step forward"),
            shortcut(Command::StepBack, &[plain(Key::ArrowLeft)], "one sampler step back"),
            shortcut(Command::Start, &[plain(Key::Home)], "to the start"),
            shortcut(Command::End, &[plain(Key::End)], "to the end"),
        ],
    },
    Group {
        title: "Views",
        shortcuts: &[
            shortcut(Command::Views(1), &[plain(Key::Num1)], "one view"),
            shortcut(Command::Views(2), &[plain(Key::Num2)], "two views"),
            shortcut(Command::Views(3), &[plain(Key::Num3)], "three views"),
            shortcut(Command::Views(4), &[plain(Key::Num4)], "four views"),
            shortcut(Command::ZoomIn, &[plain(Key::Plus), plain(Key::Equals)], "magnify"),
            shortcut(Command::ZoomOut, &[plain(Key::Minus)], "magnify less"),
            shortcut(Command::ZoomWhole, &[plain(Key::Num0)], "show the whole grid"),
            shortcut(Command::OtherLab, &[plain(Key::G)], "grid lab or image lab"),
            shortcut(Command::Theme, &[plain(Key::L)], "light or dark theme"),
        ],
    },
    Group {
        title: "A pinned cell",
        shortcuts: &[
            shortcut(Command::CellUp, &[plain(Key::ArrowUp)], "up; left and right arrow: sideways"),
            shortcut(Command::CellDown, &[plain(Key::ArrowDown)], "down"),
            shortcut(Command::ReleaseCell, &[plain(Key::Escape)], "let go"),
        ],
    },
    Group {
        title: "Experiment",
        shortcuts: &[
            shortcut(Command::Undo, &[command(Key::Z)], "undo"),
            shortcut(Command::Redo, &[command_shift(Key::Z), command(Key::Y)], "redo"),
            shortcut(Command::Train, &[plain(Key::T)], "train, pause or continue"),
            shortcut(Command::Presets, &[plain(Key::P)], "presets"),
            shortcut(Command::SavePreset, &[command(Key::S)], "save the settings as a preset"),
            shortcut(Command::OpenFile, &[command(Key::O)], "open a file"),
        ],
    },
    Group {
        title: "A and B",
        shortcuts: &[
            shortcut(Command::Compare, &[plain(Key::B)], "A|B: two experiments, or one again"),
            shortcut(Command::OtherSide, &[plain(Key::X)], "set the other one"),
        ],
    },
    Group {
        title: "Help",
        shortcuts: &[shortcut(Command::Help, &[plain(Key::F1), plain(Key::Questionmark)], "this sheet")],
    },
];

/// What the keys pressed since the last picture ask for. While a text field is edited the keys are its own; while
/// another control is focused it keeps the keys that move or press it.
/// Commands of which `is_taken` holds belong to something else now, which sees their keys.
pub fn pressed(ctx: &Context, is_taken: impl Fn(Command) -> bool) -> Vec<Command> {
    if ctx.text_edit_focused() {
        return Vec::new();
    }
    let focused = ctx.memory(|memory| memory.focused().is_some());
    let all = GROUPS.iter().flat_map(|group| group.shortcuts).filter(|line| !is_taken(line.command));
    ctx.input_mut(|input| {
        let mut is_pressed = |keys: &KeyboardShortcut| {
            let key = keys.logical_key;
            if focused && belongs_to_controls(key) {
                return false;
            }
            let mut modifiers = input.modifiers;
            if matches!(key, Key::Questionmark | Key::Plus) {
                // On many keyboards they are shifted keys.
                modifiers.shift = false;
            }
            modifiers.matches_exact(keys.modifiers) && input.consume_key(input.modifiers, key)
        };
        all.filter(|line| line.keys.iter().any(&mut is_pressed)).map(|line| line.command).collect()
    })
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

/// Draws the help sheet over the window while `open`.
pub fn sheet(ctx: &Context, open: &mut bool) {
    if !*open {
        return;
    }
    let shown = Modal::new(Id::unique("shortcuts")).show(ctx, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        ui.label(RichText::new("Keyboard").font(theme::heading()));
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * space::L;
            let (left, right) = GROUPS.split_at(3);
            for groups in [left, right] {
                ui.vertical(|ui| {
                    ui.set_min_width(240.0);
                    for group in groups {
                        group_ui(ui, group);
                    }
                });
            }
        });
        let note = "While a text field is edited or a dialog is open, its keys are its own. Undo and redo cover every \
                    setting, the choice of views and the zoom; the theme, reduced motion, folded sections, the tools of \
                    the target editor and the play-head stay as they are.";
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

fn group_ui(ui: &mut Ui, group: &Group) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(group.title).color(palette.accent));
    Grid::new(group.title).num_columns(2).min_col_width(96.0).spacing([space::S, space::XS]).show(ui, |ui| {
        for line in group.shortcuts {
            ui.label(RichText::new(in_words(line)).color(palette.text));
            ui.label(RichText::new(line.what).color(palette.weak));
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
}
