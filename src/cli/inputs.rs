//! The files that a command reads, each with the flag that names it: none of them is ever written over.

use crate::cli::CliError;
use crate::data::images::ImageSource;
use crate::experiment::images::ImageModelSpec;
use std::path::{Path, PathBuf};

/// What a command reads.
#[derive(Clone, Debug, Default)]
pub struct Inputs<'a>(Vec<(&'static str, Input<'a>)>);

#[derive(Clone, Copy, Debug)]
enum Input<'a> {
    File(&'a Path),
    /// A folder of pictures, or the files of a data set.
    Images(&'a ImageSource),
}

impl<'a> Inputs<'a> {
    /// And a file that `flag` names, if it does.
    #[must_use]
    pub fn file(mut self, flag: &'static str, file: Option<&'a Path>) -> Self {
        self.0.extend(file.map(|file| (flag, Input::File(file))));
        self
    }

    /// And the images that `flag` names.
    #[must_use]
    pub fn images(mut self, flag: &'static str, source: &'a ImageSource) -> Self {
        self.0.push((flag, Input::Images(source)));
        self
    }

    /// And what a denoiser of images that `flag` names is made from.
    #[must_use]
    pub fn image_model(self, flag: &'static str, model: &'a ImageModelSpec) -> Self {
        match model {
            ImageModelSpec::Network(_) => self,
            ImageModelSpec::Checkpoint(file) => self.file(flag, Some(file)),
            ImageModelSpec::Empirical(images) | ImageModelSpec::Independent(images) => {
                self.images(flag, &images.source)
            }
        }
    }

    /// Refuses an output that is one of these files, whatever it is called: another spelling, a link, a hard link.
    ///
    /// # Errors
    /// [`CliError::Input`] naming both flags.
    pub fn refuse(&self, flag: &str, out: &Path) -> Result<(), CliError> {
        // What is not there yet is no input. A folder of pictures need not be looked through for it.
        let Some(place) = Place::of_file(out) else { return Ok(()) };
        let is_it = |file: &Path| Place::of_file(file).as_ref() == Some(&place);
        let refused = |what: String| {
            Err(CliError::Input(format!(
                "{flag} {}: it is {what} reads; write to another one",
                out.display()
            )))
        };
        for (reader, input) in &self.0 {
            match input {
                Input::File(file) if is_it(file) => return refused(format!("the file that {reader}")),
                Input::Images(source) if source.files().iter().any(|file| is_it(file)) => {
                    return refused(format!("one of the files that {reader}"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether two paths lead to the same file that is there.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    Place::of_file(a).is_some_and(|place| Place::of_file(b) == Some(place))
}

/// Refuses two outputs of one name.
///
/// # Errors
/// [`CliError::Input`] naming both flags.
pub fn refuse_twice(flag: &str, file: &Path, other: &str, its: &Path) -> Result<(), CliError> {
    let same = Place::of(file).is_some_and(|place| Place::of(its) == Some(place));
    if !same {
        return Ok(());
    }
    Err(CliError::Input(format!(
        "{flag} {}: it is the file that {other} writes; name another one",
        file.display()
    )))
}

/// Which file a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Device and number of a file that is there: the same through links and hard links.
    #[cfg(unix)]
    Node(u64, u64),
    /// A name without links.
    Name(PathBuf),
}

impl Place {
    /// Of a file that is there; none of a device or pipe, which keeps nothing.
    fn of_file(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Some(Self::Node(meta.dev(), meta.ino()))
        }
        #[cfg(not(unix))]
        {
            _ = meta;
            path.canonicalize().ok().map(Self::Name)
        }
    }

    /// The same, or that of a file to come.
    fn of(path: &Path) -> Option<Self> {
        if path.exists() {
            return Self::of_file(path);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(Self::Name(folder.canonicalize().ok()?.join(path.file_name()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_known_by_every_name() {
        let desk = tempfile::tempdir().expect("a folder");
        let at = |name: &str| desk.path().join(name);
        std::fs::write(at("in"), "1").expect("written");
        std::fs::write(at("same"), "1").expect("written");
        std::fs::create_dir(at("sub")).expect("a folder");
        let file = at("in");
        let inputs = Inputs::default().file("--mask", None).file("--given", Some(&file));
        let refused = |name: &str| inputs.refuse("--out", &at(name)).err().map(|error| error.to_string());
        for name in ["in", "./in", "sub/../in"] {
            let why = refused(name).unwrap_or_default();
            assert!(why.starts_with("--out ") && why.contains("--given") && !why.contains("--mask"), "{why}");
        }
        assert_eq!((refused("same"), refused("new")), (None, None), "the same words in another file");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("in"), at("link")).expect("linked");
            std::fs::hard_link(at("in"), at("hard")).expect("linked");
            assert!(refused("link").is_some() && refused("hard").is_some());
            let device = Path::new("/dev/null");
            assert_eq!(Inputs::default().file("--given", Some(device)).refuse("--out", device), Ok(()));
        }
    }

    #[test]
    fn a_picture_of_a_folder_is_an_input_and_another_file_in_it_is_none() {
        let desk = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(desk.path().join("cats")).expect("a folder");
        for name in ["cats/a.png", "net.safetensors"] {
            std::fs::write(desk.path().join(name), "x").expect("written");
        }
        let source = ImageSource::Folder(desk.path().to_owned());
        let model = ImageModelSpec::Empirical(crate::experiment::images::Images { source, count: None });
        let inputs = Inputs::default().image_model("--denoiser", &model);
        let why = inputs.refuse("--out", &desk.path().join("cats/a.png")).expect_err("a picture").to_string();
        assert!(why.contains("one of the files that --denoiser reads"), "{why}");
        for other in ["net.safetensors", "cats/new.png"] {
            assert_eq!(inputs.refuse("--out", &desk.path().join(other)), Ok(()));
        }
    }

    #[test]
    fn two_outputs_are_two_files() {
        let desk = tempfile::tempdir().expect("a folder");
        let at = |name: &str| desk.path().join(name);
        // Neither is there.
        let why = refuse_twice("--give", &at("./a"), "--out", &at("a")).expect_err("one file").to_string();
        assert!(why.starts_with("--give ") && why.contains("--out"), "{why}");
        assert_eq!(refuse_twice("--give", &at("b"), "--out", &at("a")), Ok(()));
    }
}
