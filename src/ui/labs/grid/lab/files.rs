//! Files that come in by dialogs and by being dropped, and the target that goes out.

use super::GridLab;
use crate::data::save_target;
use crate::train::grid::TrainJob;
use crate::ui::files::Purpose;
use crate::ui::labs::grid::export;
use crate::ui::widgets::Tone;
use egui::Context;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

impl GridLab {
    /// Files from dialogs.
    pub(super) fn take_files(&mut self, ctx: &Context) {
        while let Some(file) = self.picker.next() {
            self.use_file(file, ctx);
        }
        while let Some(outcome) = self.picker.next_written() {
            self.message = Some(match outcome {
                Ok(text) => (Tone::Plain, text),
                Err(text) => (Tone::Error, text),
            });
        }
    }

    /// Takes the experiment out of a figure, and says so; `None` if the file is none.
    ///
    /// # Errors
    /// Why it can't be read.
    pub fn reopen(&mut self, file: &Path) -> Option<Result<String, String>> {
        let is_picture =
            |e: &OsStr| ["png", "svg", "gif"].iter().any(|ending| e.eq_ignore_ascii_case(ending));
        if !file.extension().is_some_and(is_picture) {
            return None;
        }
        let opened = export::reopened(file, &self.document())?;
        Some(opened.map(|export::Reopened { document, t, look, missing }| {
            self.take_over("experiment of a figure".to_owned(), document);
            self.look_at(look);
            if let Some(t) = t {
                self.hold_at(t);
            }
            let said = format!("The experiment of {} is back.", file.display());
            missing.map_or(said.clone(), |missing| format!("{said} {missing}"))
        }))
    }

    /// Opens a file for what it was chosen for.
    pub fn use_file(&mut self, file: Result<(Purpose, PathBuf), String>, ctx: &Context) {
        match file {
            Ok((Purpose::SaveTarget(_), file)) => self.save_target(file, ctx),
            Ok((Purpose::Target, file)) => self.here_mut().use_target(file),
            Ok((Purpose::Source, file)) => self.here_mut().use_source(file),
            Ok((Purpose::Open, file)) => self.trainer.train(TrainJob::File(file)),
            Ok((Purpose::Save, file)) => self.trainer.save(file, false),
            Ok((Purpose::Figure(_), file)) => self.export_to(file),
            // These are asked for by the image lab and by the window.
            Ok((Purpose::Picture | Purpose::Folder | Purpose::Any, _)) => {}
            Err(message) => self.message = Some((Tone::Error, message)),
        }
    }

    /// Writes the target that is being drawn.
    pub(super) fn save_target(&mut self, file: PathBuf, ctx: &Context) {
        let Some(pmf) = self.editor.as_ref().map(|editor| editor.drawing().pmf()) else { return };
        self.picker.write(ctx, move || {
            let pmf = pmf.map_err(|error| error.to_string())?;
            save_target(&file, &pmf).map_err(|error| error.to_string())?;
            Ok(format!("The target was saved to {}.", file.display()))
        });
    }
}
