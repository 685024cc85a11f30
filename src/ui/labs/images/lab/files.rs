//! Files that come into the lab.

use super::ImageLab;
use crate::data::images::ImageSource;
use crate::experiment::images::Base;
use crate::experiment::images::{ImageModelSpec, Images};
use crate::ui::files::{PICTURES, Purpose};
use crate::ui::widgets::Tone;
use std::path::PathBuf;

impl ImageLab {
    /// Files from dialogs.
    pub(super) fn take_files(&mut self) {
        while let Some(file) = self.picker.next() {
            match file {
                Ok((Purpose::Figure(_), file)) => self.export.write(file),
                Ok((Purpose::Save, file)) => self.trainer.save(file, false),
                Ok((Purpose::Folder, folder)) => self.use_chosen_folder(folder),
                Ok((_, file)) => self.use_file(file),
                Err(why) => self.say(Tone::Error, why),
            }
        }
    }

    /// A checkpoint answers, a picture is given in part, a folder is a set of images.
    pub fn use_file(&mut self, file: PathBuf) {
        let ending = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        if file.is_dir() {
            self.use_folder(file);
        } else if ending == "safetensors" {
            self.settings.model = ImageModelSpec::Checkpoint(file);
            self.settings.trained = false;
        } else if PICTURES.contains(&ending.as_str()) {
            self.infill.on = true;
            self.infill.base = Base::File(file);
        } else {
            let expected = "expected a checkpoint (.safetensors), a picture (.png, .jpg, .webp, .gif) or a folder of \
                            pictures";
            self.say(Tone::Error, format!("{}: {expected}", file.display()));
        }
    }

    /// Of the dialog: for what it was asked for.
    pub(super) fn use_chosen_folder(&mut self, folder: PathBuf) {
        if std::mem::take(&mut self.folder_for_training) {
            let training = &mut self.settings.training;
            let before = std::mem::replace(&mut training.data, ImageSource::in_folder(folder));
            training.follow_data(&before);
        } else {
            self.use_folder(folder);
        }
    }

    fn use_folder(&mut self, folder: PathBuf) {
        let images = Images { source: ImageSource::in_folder(folder), count: None };
        let before = self.settings.model.images().map(|images| images.source.clone());
        self.settings.model = match &self.settings.model {
            ImageModelSpec::Independent(_) => ImageModelSpec::Independent(images),
            _ => ImageModelSpec::Empirical(images),
        };
        if let Some(before) = before {
            self.settings.follow_data(&before);
        }
    }
}
