//! Files that come in by dialogs and by being dropped, and the target that goes out.

use super::GridLab;
use crate::data::{TargetSpec, load_target, save_target};
use crate::train::grid::TrainJob;
use crate::ui::files::Purpose;
use crate::ui::labs::grid::live::LiveSide;
use crate::ui::saved_targets::keep;
use crate::ui::widgets::Tone;
use egui::Context;
use std::path::{Path, PathBuf};

impl GridLab {
    /// Files from dialogs.
    pub(super) fn take_files(&mut self, ctx: &Context) {
        while let Some(file) = self.picker.next() {
            self.use_file(file, ctx);
        }
        while let Some(outcome) = self.picker.next_written() {
            self.messages.tell(self.picker.take_place(), outcome);
            self.saved.refresh();
        }
    }

    /// Opens a file for what it was chosen for.
    pub fn use_file(&mut self, file: Result<(Purpose, PathBuf), String>, ctx: &Context) {
        match file {
            Ok((Purpose::SaveTarget(_), file)) => self.save_target(file, ctx),
            // A target that can't be read does not take the place of one that can.
            Ok((Purpose::Target, file)) => match load_target(&TargetSpec::File(file.clone()), None, false) {
                Ok(_) => self.here_mut().use_target(file),
                Err(why) => self.say(Tone::Error, why.to_string()),
            },
            Ok((Purpose::Source, file)) => self.here_mut().use_source(file),
            Ok((Purpose::Open, file)) => self.trainer.train(TrainJob::File(file)),
            Ok((Purpose::Save, file)) => self.trainer.save(file, false),
            Ok((Purpose::Figure(_), file)) => self.export_to(file),
            // These are asked for by the image lab and by the window.
            Ok((Purpose::Picture | Purpose::Folder | Purpose::Any, _)) => {}
            Err(message) => self.say(Tone::Error, message),
        }
    }

    /// Writes the target that is being drawn.
    pub(super) fn save_target(&mut self, file: PathBuf, ctx: &Context) {
        let Some(pmf) = self.editor.as_ref().map(|editor| editor.drawing().pmf()) else { return };
        let write = move |file: &Path| {
            let pmf = pmf.map_err(|error| error.to_string())?;
            save_target(file, &pmf).map_err(|error| error.to_string())
        };
        self.picker.write(ctx, move || keep(&file, write));
    }

    /// Writes it to the folder of saved targets, under its own name.
    pub(super) fn keep_target(&mut self, ctx: &Context) {
        let Some(editor) = &self.editor else { return };
        match self.saved.free_file(editor.name::<LiveSide>()) {
            Ok(file) => self.save_target(file, ctx),
            Err(why) => self.say(Tone::Error, format!("The target can't be saved: {why}.")),
        }
    }
}
