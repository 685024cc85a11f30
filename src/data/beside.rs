//! Files that a figure names: where they are now.

use std::path::{Path, PathBuf};

/// The file that a `figure` names `file`: where it says, or else beside the figure, by its whole relative path or by its
/// name alone, since both may have been moved together. Where it is nowhere, what the figure says.
pub fn beside(file: &Path, figure: &Path) -> PathBuf {
    if file.as_os_str().is_empty() {
        return file.to_owned();
    }
    let folder = figure.parent().unwrap_or(Path::new(""));
    // An absolute path replaces the folder it is joined to.
    let places =
        [Some(file.to_owned()), Some(folder.join(file)), file.file_name().map(|name| folder.join(name))];
    places.into_iter().flatten().find(|place| place.exists()).unwrap_or_else(|| file.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_looked_for_beside_the_figure() {
        let desk = tempfile::tempdir().expect("a folder");
        let at = |name: &str| desk.path().join(name);
        std::fs::create_dir(at("data")).expect("a folder");
        for name in ["data/a.npy", "b.npy", "data/c.npy", "c.npy"] {
            std::fs::write(at(name), "").expect("written");
        }
        let figure = at("figure.png");
        let of = |file: &str| beside(Path::new(file), &figure);
        assert_eq!(of("data/a.npy"), at("data/a.npy"));
        assert_eq!(of("elsewhere/b.npy"), at("b.npy"));
        assert_eq!(of("/no/such/folder/b.npy"), at("b.npy"));
        assert_eq!(of("data/c.npy"), at("data/c.npy"), "the whole path before the name alone");
        let there = at("data/c.npy");
        assert_eq!(beside(&there, &figure), there, "where the figure says");
        for nowhere in ["none.npy", "/none.npy", ""] {
            assert_eq!(of(nowhere), Path::new(nowhere));
        }
    }
}
