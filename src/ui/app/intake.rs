//! Files that come into the window: dropped on it, chosen with *Open …*, or named on the command line.

use super::App;
use crate::ui::files::dropped_file;
use crate::ui::labs::images::Shown;
use crate::ui::state::Tab;
use crate::ui::theme::{self, space};
use crate::ui::widgets::Tone;
use egui::{Button, Context, Id, Modal, RichText, Vec2};
use std::path::{Path, PathBuf};

/// What can be opened, for tooltips.
pub(super) const OPENED: &str = "a figure of this program, a preset, a network, a pmf, a picture or, dropped, a folder of \
                                 pictures. Files can be dropped on the window too, but not under Wayland; there and \
                                 everywhere else dfm-explorer FILE opens one at the start.";

/// Width of the question, points.
const WIDTH: f32 = 360.0;

impl App {
    /// Opens what was dropped and what was chosen since the last picture.
    pub(super) fn take_files(&mut self, ctx: &Context) {
        let dropped = ctx.input_mut(|input| std::mem::take(&mut input.raw.dropped_files));
        for file in dropped {
            self.open(file.path().to_owned(), ctx);
        }
        while let Some(picked) = self.picker.next() {
            match picked {
                Ok((_, file)) => self.open(file, ctx),
                Err(why) => self.say(Tone::Error, why),
            }
        }
    }

    /// Opens a file in the lab that it is of; a pmf, a picture, a network or a folder in the lab that is open.
    pub fn open(&mut self, file: PathBuf, ctx: &Context) {
        if let Some(shown) = Shown::in_figure(&file) {
            match shown {
                Ok(Shown { images, t }) => {
                    self.tab = Tab::Images;
                    self.images.take_over("experiment of a figure", images);
                    self.images.set_time(t, false);
                    self.say(Tone::Plain, format!("The experiment of {} is back.", file.display()));
                }
                Err(why) => self.say(Tone::Error, why),
            }
        } else if has_ending(&file, "json") {
            match self.presets.import(&file) {
                Ok((name, experiment)) => {
                    let said = format!("The preset “{name}” is now among yours.");
                    self.take_over(&name, experiment);
                    self.say(Tone::Plain, said);
                }
                Err(why) => self.say(Tone::Error, why),
            }
        } else if let Some(opened) = self.lab.reopen(&file) {
            match opened {
                Ok(said) => {
                    self.tab = Tab::Grid;
                    self.say(Tone::Plain, said);
                }
                Err(why) => self.say(Tone::Error, why),
            }
        } else if self.tab == Tab::Images || file.is_dir() {
            self.tab = Tab::Images;
            self.images.use_file(file);
        } else if has_ending(&file, "png") {
            // A figure that lost its text looks like any picture: what is set would be gone for it.
            self.asked = Some(file);
        } else {
            self.lab.use_file(dropped_file(file), ctx);
        }
    }

    /// Asks whether a picture is meant as the target.
    pub(super) fn ask_target(&mut self, ctx: &Context) {
        let Some(file) = self.asked.take() else { return };
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let shown = Modal::new(Id::unique("picture as target")).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = space::S;
            ui.label(RichText::new("Use the picture as target?").font(theme::heading()));
            ui.label(format!(
                "{name} holds no experiment. As a figure of this program it would: other programs leave it out when they \
                 save a picture anew."
            ));
            ui.horizontal(|ui| {
                let palette = theme::palette(ui);
                let text = RichText::new("Use as target").color(palette.on_accent);
                let agreed =
                    ui.add(Button::new(text).fill(palette.accent).min_size(Vec2::new(110.0, 26.0))).clicked();
                let cancelled = ui.add(Button::new("Cancel").min_size(Vec2::new(80.0, 26.0))).clicked();
                (agreed || cancelled).then_some(agreed)
            })
            .inner
        });
        match shown.inner {
            _ if shown.should_close() => {}
            Some(false) => {}
            Some(true) => self.lab.use_file(dropped_file(file), ctx),
            None => self.asked = Some(file),
        }
    }
}

fn has_ending(file: &Path, ending: &str) -> bool {
    file.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}
