//! Where this program keeps files that the user did not name.

use std::path::PathBuf;

/// Data of the program for this user, as the system has it; `None` without a home folder.
pub fn data_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "dfm-explorer").map(|dirs| dirs.data_dir().to_owned())
}

/// Drawn targets inside the [`data_folder`].
pub fn target_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("targets"))
}

/// Checkpoints inside the [`data_folder`].
pub fn checkpoint_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("checkpoints"))
}

/// Figures inside the [`data_folder`].
pub fn figure_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("figures"))
}
