//! Where this program keeps files that the user did not name.

use std::path::PathBuf;

/// Names another folder for [`data_folder`].
pub const DATA_FOLDER_VARIABLE: &str = "DFM_EXPLORER_DATA";

/// Data of the program for this user: what the environment's [`DATA_FOLDER_VARIABLE`] names, else as the system has
/// it; `None` without a home folder.
pub fn data_folder() -> Option<PathBuf> {
    let named = std::env::var_os(DATA_FOLDER_VARIABLE).filter(|folder| !folder.is_empty());
    if let Some(folder) = named {
        return Some(PathBuf::from(folder));
    }
    directories::ProjectDirs::from("", "", "dfm-explorer").map(|dirs| dirs.data_dir().to_owned())
}

/// Drawn targets inside the [`data_folder`].
pub fn target_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("targets"))
}

/// Targets drawn on the plane inside the [`data_folder`].
pub fn drawing_folder() -> Option<PathBuf> {
    target_folder().map(|folder| folder.join("plane"))
}

/// The user's presets inside the [`data_folder`].
pub fn preset_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("presets"))
}

/// What the window keeps between starts, inside the [`data_folder`].
pub fn state_file() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("state.json"))
}

/// Checkpoints inside the [`data_folder`].
pub fn checkpoint_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("checkpoints"))
}

/// The training runs that the window keeps, inside the [`data_folder`].
pub fn run_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("runs"))
}

/// The training runs on images that the window keeps, inside the [`data_folder`].
pub fn image_run_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("image-runs"))
}

/// CIFAR-10 inside the [`data_folder`].
pub fn cifar10_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("cifar10"))
}

/// Figures inside the [`data_folder`].
pub fn figure_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("figures"))
}
