//! A folder of pictures as a set of images; its subfolders are classes.

use super::super::error::{DataError, io_reason};
use super::super::read::read_limited;
use super::picture::{EXTENSIONS, MOST_PICTURE_BYTES, decode_picture};
use super::set::{ImageSet, check_side};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Most pictures of a folder: 3 GB at 32 pixels a side.
const MAX_PICTURES: usize = 1_000_000;
/// How far below the folder pictures are looked for.
const MAX_DEPTH: usize = 8;
/// Most classes: a label is a byte.
const MAX_CLASSES: usize = 256;
/// The role of the folder in messages.
const WHAT: &str = "the folder of pictures";

/// A picture that was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Skipped {
    /// Its file.
    pub path: PathBuf,
    /// What is wrong with it, whole: it names the file.
    pub why: String,
}

/// The pictures below `folder`, by their path, each as the middle square with `side` pixels a side; and those that can't
/// be read, which are left out, since one bad file of thousands is no reason to stop.
///
/// Files are known by their extension (png, jpg, jpeg, webp, gif), others and hidden ones are passed over. Where every
/// picture lies in a subfolder, the first subfolders are the classes; otherwise there are none.
///
/// # Errors
/// [`DataError`] naming the folder: it can't be read, has no picture that can, has over a million of them or over 256
/// classes.
pub(super) fn read_folder(folder: &Path, side: usize) -> Result<(ImageSet, Vec<Skipped>), DataError> {
    check_side(side)?;
    let mut paths = Vec::new();
    collect(folder, 0, &mut BTreeSet::new(), &mut paths)?;
    paths.sort();
    let refused = |why: String| Err(DataError::content(WHAT, folder, why));
    if paths.is_empty() {
        return refused(format!(
            "has no pictures: expected files {}",
            EXTENSIONS.map(|e| format!(".{e}")).join(", ")
        ));
    }
    let read: Vec<Result<Vec<u8>, Skipped>> = paths.par_iter().map(|path| read_picture(path, side)).collect();
    let (mut pixels, mut kept, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for (path, read) in paths.iter().zip(read) {
        match read {
            Ok(picture) => {
                pixels.extend(picture);
                kept.push(path.as_path());
            }
            Err(bad) => skipped.push(bad),
        }
    }
    if kept.is_empty() {
        let first = skipped.first().map_or("", |bad| &bad.why);
        return refused(format!("has no picture that can be read: {first}"));
    }
    let (labels, classes) = classes_of(folder, &kept);
    if classes.len() > MAX_CLASSES {
        return refused(format!(
            "has {} subfolders with pictures: at most {MAX_CLASSES} classes",
            classes.len()
        ));
    }
    let labels = labels.into_iter().map(|label| label as u8).collect();
    Ok((ImageSet::new(side, pixels, labels, classes)?, skipped))
}

/// The picture files below `folder`, as far as they can be found.
pub(super) fn pictures_in(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    // What can't be read is refused where the pictures are read.
    _ = collect(folder, 0, &mut BTreeSet::new(), &mut paths);
    paths
}

fn read_picture(path: &Path, side: usize) -> Result<Vec<u8>, Skipped> {
    let picture = read_limited(path, MOST_PICTURE_BYTES, "picture").and_then(|bytes| {
        decode_picture(&bytes, side).map_err(|why| DataError::content("picture", path, why))
    });
    picture.map_err(|error| Skipped { path: path.to_owned(), why: error.to_string() })
}

/// Adds the picture files in `folder` and below; a folder that was `seen`, by a link, is not entered twice.
fn collect(
    folder: &Path,
    depth: usize,
    seen: &mut BTreeSet<PathBuf>,
    paths: &mut Vec<PathBuf>,
) -> Result<(), DataError> {
    let refused = |e: std::io::Error| DataError::read(WHAT, folder, io_reason(&e));
    if !seen.insert(folder.canonicalize().map_err(refused)?) {
        return Ok(());
    }
    // Sorted, so that it does not depend on the file system by which of two names a folder is entered.
    let entries = std::fs::read_dir(folder).map_err(refused)?;
    let entries: BTreeSet<PathBuf> =
        entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>().map_err(refused)?;
    for path in entries {
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        if path.is_dir() {
            if depth < MAX_DEPTH {
                collect(&path, depth + 1, seen, paths)?;
            }
        } else if is_picture(&path) {
            if paths.len() == MAX_PICTURES {
                let why = format!("has over {MAX_PICTURES} pictures");
                return Err(DataError::content(WHAT, folder, why));
            }
            paths.push(path);
        }
    }
    Ok(())
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

/// The label of each path and the names of the classes; nothing of both where a picture lies beside the subfolders.
fn classes_of(folder: &Path, paths: &[&Path]) -> (Vec<usize>, Vec<String>) {
    let class = |path: &Path| {
        let mut inside = path.strip_prefix(folder).ok()?.components();
        let first = inside.next()?.as_os_str().to_string_lossy().into_owned();
        inside.next().map(|_| first)
    };
    let Some(names) = paths.iter().map(|path| class(path)).collect::<Option<Vec<String>>>() else {
        return (Vec::new(), Vec::new());
    };
    let classes: BTreeSet<&String> = names.iter().collect();
    let classes: Vec<String> = classes.into_iter().cloned().collect();
    // Every name is in the list: it was made of them.
    let label = |name: &String| classes.binary_search(name).unwrap_or(0);
    (names.iter().map(label).collect(), classes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn picture(folder: &Path, name: &str, grey: u8) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        image::RgbImage::from_pixel(5, 4, image::Rgb([grey; 3])).save(path).expect("written");
    }

    fn greys(set: &ImageSet) -> Vec<u8> {
        (0..set.len()).map(|i| set.image(i)[0]).collect()
    }

    fn desk() -> TempDir {
        tempfile::tempdir().expect("a folder")
    }

    #[test]
    fn pictures_come_by_name_and_bad_ones_are_reported() {
        let desk = desk();
        for (name, grey) in [("b.png", 20), ("a.PNG", 10), (".hidden.png", 99), ("c.png", 30)] {
            picture(desk.path(), name, grey);
        }
        std::fs::write(desk.path().join("notes.txt"), "no picture").expect("written");
        std::fs::write(desk.path().join("bad.png"), "no picture").expect("written");
        std::fs::write(desk.path().join("empty.jpg"), "").expect("written");
        let (set, skipped) = read_folder(desk.path(), 4).expect("a set");
        assert_eq!((greys(&set), set.side()), (vec![10, 20, 30], 4));
        assert!(set.labels().is_empty() && set.classes().is_empty());
        assert_eq!(skipped.len(), 2);
        assert!(skipped[0].why.contains("bad.png is no picture"), "{}", skipped[0].why);
        assert!(skipped[1].why.contains("empty.jpg is empty"), "{}", skipped[1].why);
    }

    #[test]
    fn subfolders_are_classes_where_every_picture_is_in_one() {
        let desk = desk();
        for (name, grey) in [("dogs/a.png", 10), ("cats/b.png", 20), ("cats/wild/c.png", 30)] {
            picture(desk.path(), name, grey);
        }
        std::fs::create_dir(desk.path().join("birds")).expect("a folder without pictures");
        let (set, _) = read_folder(desk.path(), 2).expect("a set");
        assert_eq!(set.classes(), ["cats", "dogs"]);
        assert_eq!((greys(&set), set.labels()), (vec![20, 30, 10], &[0, 0, 1][..]));
        picture(desk.path(), "z.png", 40);
        let (set, _) = read_folder(desk.path(), 2).expect("a set");
        assert_eq!((set.len(), set.labels().len(), set.classes().len()), (4, 0, 0));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end() {
        let desk = desk();
        picture(desk.path(), "a/x.png", 10);
        std::os::unix::fs::symlink(desk.path(), desk.path().join("a/up")).expect("linked");
        std::os::unix::fs::symlink(desk.path().join("a"), desk.path().join("b")).expect("linked");
        let (set, _) = read_folder(desk.path(), 2).expect("a set");
        assert_eq!(set.len(), 1);
    }

    #[test]
    fn folders_without_pictures_are_named() {
        let desk = desk();
        let why = |folder: &Path| read_folder(folder, 2).expect_err("no set").to_string();
        let name = desk.path().display().to_string();
        assert!(
            why(desk.path()).contains(&name)
                && why(desk.path()).contains("has no pictures: expected files .png")
        );
        assert!(why(&desk.path().join("none")).ends_with("none: No such file or directory"));
        std::fs::write(desk.path().join("bad.png"), "no picture").expect("written");
        assert!(why(desk.path()).contains("no picture that can be read: picture "), "{}", why(desk.path()));
    }
}
