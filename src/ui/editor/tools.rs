//! The editor's tools, in place of the plots while the canvas is open.

use super::{Editor, Subject, Tool};
use crate::data::{Drawing, Symmetry, TARGET_FILES};
use crate::ui::files::OTHER_WAYS;
use crate::ui::focus::scrolled;
use crate::ui::icons;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{SliderRange, Tone, icon_button, notice, section, segmented, slider, target_name};
use egui::{Button, Key, Modifiers, RichText, Ui, Vec2};

/// Something the tools ask the lab to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditorAction {
    /// Close the editor.
    Close,
    /// Open a target file.
    Import,
    /// Save the target among those of the user’s own.
    Keep,
    /// Save the target as a file with this extension.
    Save(&'static str),
}

/// Draws the tools; returns what else is asked for.
pub fn tools<S: Subject>(
    ui: &mut Ui,
    editor: &mut Editor<S::Target>,
    subject: &mut S,
) -> Option<EditorAction> {
    let mut action = None;
    keys(ui, editor, subject);
    scrolled(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.add_space(space::XS);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Target editor").font(theme::heading()));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let done = Button::new(RichText::new("Done").color(theme::palette(ui).on_accent))
                    .fill(theme::palette(ui).accent);
                if ui.add(done).on_hover_text("Close the editor; the target stays.").clicked() {
                    action = Some(EditorAction::Close);
                }
            });
        });
        if let Some(why) = editor.notice() {
            notice(ui, Tone::Warning, why);
        }
        name(ui, editor, subject);
        section(ui, "Tool", |ui| tool(ui, editor));
        section(ui, "Canvas", |ui| whole(ui, editor, subject));
        section(ui, "Files", |ui| action = files(ui, editor).or(action));
    });
    action
}

/// Undo and redo of strokes; taken before anything else sees them.
fn keys<S: Subject>(ui: &Ui, editor: &mut Editor<S::Target>, subject: &mut S) {
    if ui.ctx().text_edit_focused() {
        return;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    // The longer one first: a key with fewer modifiers would take it.
    if pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) || pressed(Modifiers::COMMAND, Key::Y) {
        editor.redo(subject);
    } else if pressed(Modifiers::COMMAND, Key::Z) {
        editor.undo(subject);
    }
}

/// What the target is called.
fn name<S: Subject>(ui: &mut Ui, editor: &mut Editor<S::Target>, subject: &mut S) {
    let empty = editor.drawing().is_empty();
    let mut typed = editor.typed.take();
    let name = target_name(ui, &mut typed, editor.name::<S>(), !empty);
    editor.typed = typed;
    if let Some(name) = name {
        editor.call(&name, subject);
    }
}

fn tool<T: Clone + PartialEq>(ui: &mut Ui, editor: &mut Editor<T>) {
    let choices = [
        (Tool::Brush, "brush", "Adds mass along a stroke."),
        (Tool::Eraser, "eraser", "Takes mass away along a stroke."),
        (
            Tool::Fill,
            "fill",
            "Adds mass to all cells of one level that hang together; with Alt takes it away.",
        ),
    ];
    segmented(ui, "tool", &mut editor.tool, choices);
    let most = editor.drawing().k() as f64;
    let strokes = editor.tool != Tool::Fill;
    let brush = &mut editor.brush;
    brush.size = brush.size.clamp(1.0, most);
    ui.add_enabled_ui(strokes, |ui| {
        let why = if strokes { "" } else { " A fill has no edge." };
        let tooltip = format!("Diameter in cells, 1 to K.{why}");
        slider(ui, "size", &tooltip, &mut brush.size, SliderRange::counts(1.0..=most));
        let tooltip = format!("The part of the radius over which the brush falls off, 0 to 1.{why}");
        slider(ui, "softness", &tooltip, &mut brush.softness, SliderRange::linear(0.0..=1.0));
    });
    let tooltip =
        "How far one stroke takes a cell towards full, or the eraser towards empty: (0, 1]. Strokes add up.";
    slider(ui, "strength", tooltip, &mut brush.strength, SliderRange::linear(0.01..=1.0));
    ui.label(RichText::new("symmetry").color(theme::palette(ui).weak));
    let choices = [
        (Symmetry::None, "none", "Strokes are not repeated."),
        (Symmetry::LeftRight, "↔", "Left–right: mirrored along token 1."),
        (Symmetry::UpDown, "↕", "Up–down: mirrored along token 2."),
        (Symmetry::Both, "both", "Left–right and up–down: four times."),
        (Symmetry::Diagonal, "diag.", "Diagonal: the tokens exchanged."),
    ];
    segmented(ui, "symmetry", &mut brush.symmetry, choices);
}

fn whole<S: Subject>(ui: &mut Ui, editor: &mut Editor<S::Target>, subject: &mut S) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let undo = ui.add_enabled_ui(editor.can_undo(), |ui| {
            icon_button(ui, icons::UNDO, "Undo the last stroke  (Ctrl+Z)", false)
        });
        if undo.inner.clicked() {
            editor.undo(subject);
        }
        let redo = ui.add_enabled_ui(editor.can_redo(), |ui| {
            icon_button(ui, icons::REDO, "Redo  (Ctrl+Shift+Z)", false)
        });
        if redo.inner.clicked() {
            editor.redo(subject);
        }
        let clear =
            ui.button("clear").on_hover_text("An empty canvas. The last target stays until there is mass.");
        if let (true, Ok(empty)) = (clear.clicked(), Drawing::empty(editor.drawing().k())) {
            editor.replace(empty, subject);
        }
        let invert =
            ui.button("invert").on_hover_text("Full cells become empty and empty ones full: 1 − share.");
        if invert.clicked() {
            editor.replace(editor.drawing().inverted(), subject);
        }
    });
    let mut k = editor.drawing().k() as f64;
    let most = S::MOST_CELLS;
    let tooltip = format!(
        "K: the drawing is averaged down or up, and comes back whole until the next stroke. 2 to {most}."
    );
    if slider(ui, "tokens K", &tooltip, &mut k, SliderRange::counts(2.0..=most as f64)) {
        resize(editor, subject, k as usize);
    }
}

/// The flow takes another K, and the canvas follows it; a pmf from a file has one K only, and is drawn anew. An empty
/// canvas has no flow to follow.
fn resize<S: Subject>(editor: &mut Editor<S::Target>, subject: &mut S, k: usize) {
    let drawing = editor.drawing();
    let resampled = if drawing.is_empty() { Drawing::empty(k) } else { drawing.resampled(k) };
    if (drawing.is_empty() || !subject.resize(k))
        && let Ok(resampled) = resampled
    {
        editor.replace(resampled, subject);
    }
}

fn files<T: Clone + PartialEq>(ui: &mut Ui, editor: &Editor<T>) -> Option<EditorAction> {
    let mut action = None;
    let tooltip = format!("Open a pmf (.npy, .csv) or a picture (.png) on the canvas. {OTHER_WAYS}");
    if ui.button("import …").on_hover_text(tooltip).clicked() {
        action = Some(EditorAction::Import);
    }
    let about = "Saves it under its name among the targets of one’s own, which are listed beside the target.";
    let keep = ui.add_enabled(!editor.drawing().is_empty(), Button::new("keep in the list"));
    if keep.on_hover_text(about).on_disabled_hover_text(super::EMPTY).clicked() {
        action = Some(EditorAction::Keep);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(RichText::new("save as").color(theme::palette(ui).weak));
        for extension in TARGET_FILES {
            let tooltip = match extension {
                "png" => "K × K pixels, dark = mass. 256 levels: every mass is rounded to 1/255 of the heaviest cell.",
                "csv" => "The pmf, row = token 1, every digit: reading it gives the same pmf.",
                _ => "The pmf as float64, axis 0 = token 1: reading it gives the same pmf.",
            };
            let button = Button::new(format!(".{extension}")).min_size(Vec2::new(48.0, 22.0));
            let response = ui.add_enabled(!editor.drawing().is_empty(), button);
            if response.on_hover_text(tooltip).on_disabled_hover_text(super::EMPTY).clicked() {
                action = Some(EditorAction::Save(extension));
            }
        }
    });
    notice(ui, Tone::Plain, ".npy and .csv keep every digit; .png has 256 levels.");
    action
}
