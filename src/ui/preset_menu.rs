//! The presets menu: experiments to start from, and the user's own.

use super::icons;
use super::lab::{BuiltIn, LabEntry};
use super::library::{Entry, Library};
use super::shortcuts::{Command, hint};
use super::theme::{self, space};
use super::widgets::{Tone, icon_button, notice};
use crate::experiment::Recipe;
use egui::{Button, Context, Id, Key, Modal, Popup, Pos2, RichText, ScrollArea, TextEdit, Ui, Vec2};
use std::path::PathBuf;

/// Width of the menu and of its dialogs, points.
const WIDTH: f32 = 300.0;
/// The user's own presets scroll beyond this height, points.
const YOURS_HEIGHT: f32 = 180.0;
/// The bar above the menu and the room below it, points.
const BAR: f32 = 64.0;

/// What was chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Chosen {
    /// Which of the program's own.
    BuiltIn(usize),
    /// One of the user's, with its name.
    Own(String, Recipe),
}

/// What is asked in a dialog.
#[derive(Clone, Debug)]
enum Dialog {
    /// For the name of a new preset; `replaces` once it is known to be taken.
    Save { name: String, replaces: bool },
    /// For another name.
    Rename { file: PathBuf, old: String, name: String },
    /// Whether to delete.
    Delete { file: PathBuf, name: String },
}

/// The menu, its dialogs and the user's presets.
pub struct PresetMenu {
    library: Library,
    dialog: Option<(Dialog, Option<String>)>,
    popup: Option<Id>,
    /// Below its button.
    place: Option<Pos2>,
    button: Option<Id>,
}

impl PresetMenu {
    /// With the user's presets of these labs in `folder`.
    pub fn new(labs: &'static [LabEntry], folder: Option<PathBuf>) -> Self {
        Self { library: Library::open(labs, folder), dialog: None, popup: None, place: None, button: None }
    }

    /// Where what became of a preset is said.
    pub fn place(&self) -> Option<Pos2> {
        self.place
    }

    /// Whether a dialog has the keyboard.
    pub fn is_asking(&self) -> bool {
        self.dialog.is_some()
    }

    /// Opens the menu.
    pub fn open(&mut self, ctx: &Context) {
        if let Some(popup) = self.popup {
            self.library.refresh();
            // So that the arrows begin here, and it has the keyboard again when the menu is closed.
            if let Some(button) = self.button {
                ctx.memory_mut(|memory| memory.request_focus(button));
            }
            Popup::toggle_id(ctx, popup);
        }
    }

    /// Asks for a name to save the present settings under.
    pub fn save_as(&mut self) {
        self.dialog = Some((Dialog::Save { name: String::new(), replaces: false }, None));
    }

    /// Takes over a preset from the bytes of a `file` that was dropped on the window: its name here and its settings.
    ///
    /// # Errors
    /// Says why it is none, or can't be kept.
    pub fn import(&mut self, file: &std::path::Path, bytes: &[u8]) -> Result<(String, Recipe), String> {
        self.library.import(file, bytes)
    }

    /// The button in the top bar with its menu, for a `lab`; what was chosen.
    pub fn ui(&mut self, ui: &mut Ui, lab: &LabEntry) -> Option<Chosen> {
        let response = ui.add(Button::new("presets").min_size(Vec2::new(72.0, 24.0)));
        let popup = Popup::menu(&response);
        self.popup = Some(popup.get_id());
        self.place = Some(response.rect.center_bottom());
        self.button = Some(response.id);
        if response.clicked() {
            // Another window may have saved one.
            self.library.refresh();
        }
        let shown = popup.width(WIDTH).show(|ui| {
            ui.set_width(WIDTH);
            // A menu is no higher than most menus unless it is told so.
            ui.set_max_height(ui.ctx().content_rect().height() - BAR);
            ui.spacing_mut().item_spacing.y = 2.0;
            self.menu(ui, lab)
        });
        response.on_hover_text(hint("Experiments to start from, and your own", Command::Presets));
        shown.and_then(|shown| shown.inner)
    }

    fn menu(&mut self, ui: &mut Ui, lab: &LabEntry) -> Option<Chosen> {
        let palette = theme::palette(ui);
        let mut chosen = None;
        let heading = |ui: &mut Ui, text: &str| {
            ui.label(RichText::new(text).font(theme::small()).color(palette.weak));
        };
        if ui
            .button("Save the present settings …")
            .on_hover_text(hint("As a preset", Command::SavePreset))
            .clicked()
        {
            self.save_as();
        }
        ui.separator();
        heading(ui, "Yours");
        // Those of another lab are in its own menu; a damaged one says nothing of whose it is.
        let is_here = |entry: &Entry| entry.content.as_ref().map_or(true, |recipe| recipe.lab == lab.name);
        let yours: Vec<Entry> =
            self.library.entries().iter().filter(|entry| is_here(entry)).cloned().collect();
        if yours.is_empty() {
            ui.label(RichText::new("none yet").color(palette.weak));
        }
        if let Some(problem) = self.library.problem() {
            notice(ui, Tone::Error, problem);
        }
        ScrollArea::vertical().id_salt("yours").max_height(YOURS_HEIGHT).show(ui, |ui| {
            for entry in &yours {
                chosen = chosen.take().or(self.entry(ui, entry));
            }
        });
        ui.separator();
        heading(ui, "Built in");
        // One's own come first, and stay in sight however many there are of these.
        ScrollArea::vertical().id_salt("built in").show(ui, |ui| {
            for (n, BuiltIn { title, about, .. }) in (lab.presets)().into_iter().enumerate() {
                if ui.selectable_label(false, title).on_hover_text(about).clicked() {
                    chosen = Some(Chosen::BuiltIn(n));
                }
            }
        });
        chosen
    }

    fn entry(&mut self, ui: &mut Ui, entry: &Entry) -> Option<Chosen> {
        let palette = theme::palette(ui);
        let mut chosen = None;
        let size = Vec2::new(ui.available_width(), 26.0);
        ui.allocate_ui_with_layout(size, egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let name = entry.name.clone();
            if icon_button(ui, icons::TRASH, &format!("Delete “{name}”"), false).clicked() {
                self.dialog = Some((Dialog::Delete { file: entry.file.clone(), name: name.clone() }, None));
            }
            let readable = entry.content.is_ok();
            ui.add_enabled_ui(readable, |ui| {
                if icon_button(ui, icons::PENCIL, &format!("Rename “{name}”"), false).clicked() {
                    let (file, old) = (entry.file.clone(), name.clone());
                    self.dialog = Some((Dialog::Rename { file, old, name: name.clone() }, None));
                }
            });
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| match &entry.content {
                Ok(recipe) => {
                    // All of the row, as of the built-in ones.
                    let row = Button::selectable(false, &name).truncate().min_size(ui.available_size());
                    if ui.add(row).clicked() {
                        chosen = Some(Chosen::Own(name, recipe.clone()));
                    }
                }
                Err(why) => {
                    ui.label(RichText::new(icons::WARNING).font(theme::icon(13.0)).color(palette.error));
                    ui.add(egui::Label::new(RichText::new(&name).color(palette.error)).truncate())
                        .on_hover_text(why);
                }
            });
        });
        chosen
    }

    /// Draws what is asked, if anything is; what was saved. `recipe` is what would be.
    pub fn dialogs(&mut self, ctx: &Context, recipe: impl FnOnce() -> Recipe) -> Option<String> {
        let (mut dialog, problem) = self.dialog.take()?;
        let shown = Modal::new(Id::unique("preset dialog")).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = space::S;
            let answer = dialog_ui(ui, &mut dialog);
            if let Some(problem) = &problem {
                notice(ui, Tone::Error, problem);
            }
            answer
        });
        match shown.inner {
            _ if shown.should_close() => {}
            Some(false) => {}
            None => self.dialog = Some((dialog, problem)),
            Some(true) => match self.carry_out(dialog, recipe) {
                Ok(done) => return done,
                Err((dialog, problem)) => self.dialog = Some((dialog, problem)),
            },
        }
        None
    }

    /// Does what was asked for, or gives the dialog back with what is wrong or still to be asked.
    fn carry_out(
        &mut self,
        dialog: Dialog,
        recipe: impl FnOnce() -> Recipe,
    ) -> Result<Option<String>, (Dialog, Option<String>)> {
        let said = match &dialog {
            Dialog::Save { name, .. } => Some(format!("Saved as the preset “{}”", name.trim())),
            _ => None,
        };
        let done = match &dialog {
            Dialog::Save { name, replaces: false } if self.library.find(name.trim()).is_some() => {
                return Err((Dialog::Save { name: name.clone(), replaces: true }, None));
            }
            Dialog::Save { name, .. } => self.library.save(name, recipe()),
            Dialog::Rename { file, name, .. } => self.library.rename(file, name),
            Dialog::Delete { file, .. } => self.library.delete(file),
        };
        done.map(|()| said).map_err(|why| (dialog, Some(why)))
    }
}

/// One dialog: whether it was agreed to or called off.
fn dialog_ui(ui: &mut Ui, dialog: &mut Dialog) -> Option<bool> {
    let heading = |ui: &mut Ui, text: &str| ui.label(RichText::new(text).font(theme::heading()));
    let mut agreed = false;
    let action = match dialog {
        Dialog::Save { name, replaces } => {
            heading(ui, "Save the settings as a preset");
            let before = name.clone();
            agreed = name_field(ui, name);
            *replaces &= *name == before;
            if *replaces {
                notice(ui, Tone::Warning, &format!("There is a preset “{}” already.", name.trim()));
            }
            if *replaces { "Replace it" } else { "Save" }
        }
        Dialog::Rename { old, name, .. } => {
            heading(ui, &format!("Rename “{old}”"));
            agreed = name_field(ui, name);
            "Rename"
        }
        Dialog::Delete { name, .. } => {
            heading(ui, &format!("Delete “{name}”?"));
            ui.label("The file is deleted and can’t be brought back.");
            "Delete"
        }
    };
    ui.horizontal(|ui| {
        let palette = theme::palette(ui);
        let text = RichText::new(action).color(palette.on_accent);
        agreed |= ui.add(Button::new(text).fill(palette.accent).min_size(Vec2::new(80.0, 26.0))).clicked();
        let cancelled = ui.add(Button::new("Cancel").min_size(Vec2::new(80.0, 26.0))).clicked();
        if agreed || cancelled { Some(agreed) } else { None }
    })
    .inner
}

/// A name, ready to be typed; true when it was ended with Enter.
fn name_field(ui: &mut Ui, name: &mut String) -> bool {
    let field = ui.add(TextEdit::singleline(name).hint_text("name").desired_width(WIDTH));
    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "preset name"));
    let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    if !field.has_focus() && !entered && ui.memory(|memory| memory.focused().is_none()) {
        field.request_focus();
    }
    entered
}
