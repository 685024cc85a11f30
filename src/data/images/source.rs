//! Which images a model learns, by name, and what they are: some to train on, some held out.

use super::super::error::DataError;
use super::super::folders::cifar10_folder;
use super::cifar10::{OtherVersion, files_in, files_of, is_binary_archive, read_cifar10};
use super::digits::digits;
use super::folder::{Skipped, pictures_in, read_folder};
use super::set::{ImageSet, check_side};
use super::shapes::Shapes;
use crate::flow::serde_as_text;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What images may be, for messages and help.
pub const EXPECTED: &str = "digits, shapes, cifar10, cifar10:FOLDER or a FOLDER of pictures";
/// Images of [`Shapes`] that are held out; those to train on begin after them.
pub const HELD_OUT_SHAPES: u64 = 10_000;
/// Every how many pictures of a folder one is held out.
const HELD_OUT_EVERY: usize = 10;

/// Images as they are named on the command line and in files; [`Self::load`] reads or makes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ImageSource {
    /// Procedural shapes without end.
    #[default]
    Shapes,
    /// Handwritten digits, which come with the program.
    Digits,
    /// CIFAR-10 in a folder or archive, or without one in the user's data folder.
    Cifar10(Option<PathBuf>),
    /// Pictures in a folder.
    Folder(PathBuf),
}

impl FromStr for ImageSource {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        match text {
            "shapes" => Ok(Self::Shapes),
            "digits" => Ok(Self::Digits),
            "cifar10" => Ok(Self::Cifar10(None)),
            _ => match text.strip_prefix("cifar10:") {
                Some("") => Err(DataError::images(format!("cifar10: names no folder: expected {EXPECTED}"))),
                Some(folder) => Ok(Self::Cifar10(Some(folder.into()))),
                None if text.is_empty() => Err(DataError::images(format!("no name: expected {EXPECTED}"))),
                None => Ok(Self::Folder(text.into())),
            },
        }
    }
}

serde_as_text!(ImageSource, DataError);

impl fmt::Display for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shapes => f.write_str("shapes"),
            Self::Digits => f.write_str("digits"),
            Self::Cifar10(None) => f.write_str("cifar10"),
            Self::Cifar10(Some(folder)) => write!(f, "cifar10:{}", folder.display()),
            Self::Folder(folder) => write!(f, "{}", folder.display()),
        }
    }
}

/// Images to train on and images held out, all of one side.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageData {
    /// What they are.
    pub source: ImageSource,
    /// The names of the classes by label; empty where there are none.
    pub classes: Vec<String>,
    /// To train on.
    pub train: Part,
    /// Held out: shares no image with the others.
    pub held_out: Part,
    /// Pictures that could not be read.
    pub skipped: Vec<Skipped>,
}

/// Images in memory, or made when they are asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A set.
    Stored(ImageSet),
    /// Shapes from index `first` on.
    Drawn {
        /// The set they are from.
        shapes: Shapes,
        /// The index of the first.
        first: u64,
        /// How many; `None` is without end.
        count: Option<u64>,
    },
}

impl ImageSource {
    /// What is in a folder: CIFAR-10, or else pictures.
    pub fn in_folder(folder: PathBuf) -> Self {
        if files_in(&folder).is_ok() { Self::Cifar10(Some(folder)) } else { Self::Folder(folder) }
    }

    /// What kind of set it is, wherever its files lie.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Shapes => "shapes",
            Self::Digits => "digits",
            Self::Cifar10(_) => "cifar10",
            Self::Folder(_) => "a folder of pictures",
        }
    }

    /// The set without the place of its files, which is nobody else's business; of a folder the name is left.
    #[must_use]
    pub fn anywhere(&self) -> Self {
        match self {
            Self::Shapes => Self::Shapes,
            Self::Digits => Self::Digits,
            Self::Cifar10(_) => Self::Cifar10(None),
            Self::Folder(folder) => Self::Folder(folder.file_name().map_or("pictures".into(), PathBuf::from)),
        }
    }

    /// The files that it reads, as far as they are there.
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Shapes | Self::Digits => Vec::new(),
            Self::Cifar10(place) => {
                place.clone().or_else(cifar10_folder).map_or_else(Vec::new, |place| files_of(&place))
            }
            Self::Folder(folder) => pictures_in(folder),
        }
    }

    /// Reads or makes the images with `side` pixels a side. `seed` is that of the shapes; held out are the test set of
    /// CIFAR-10, the first 10,000 shapes, the last 297 digits, and of a folder every tenth picture by name.
    ///
    /// # Errors
    /// [`DataError`] naming the file or folder, and for CIFAR-10 how to get it.
    pub fn load(&self, side: usize, seed: u64) -> Result<ImageData, DataError> {
        check_side(side)?;
        let source = self.clone();
        match self {
            Self::Shapes => {
                let shapes = Shapes::new(seed, side);
                Ok(ImageData {
                    source,
                    classes: Shapes::classes(),
                    train: Part::Drawn { shapes, first: HELD_OUT_SHAPES, count: None },
                    held_out: Part::Drawn { shapes, first: 0, count: Some(HELD_OUT_SHAPES) },
                    skipped: Vec::new(),
                })
            }
            Self::Digits => {
                let [train, held_out] = digits(side)?;
                Ok(ImageData {
                    source,
                    classes: train.classes().to_vec(),
                    train: Part::Stored(train),
                    held_out: Part::Stored(held_out),
                    skipped: Vec::new(),
                })
            }
            Self::Cifar10(folder) => {
                let set = match folder {
                    Some(folder) => read_cifar10(folder)?,
                    None => read_cifar10(&installed()?)?,
                };
                Ok(ImageData {
                    source,
                    classes: set.train.classes().to_vec(),
                    train: Part::Stored(at_side(set.train, side)?),
                    held_out: Part::Stored(at_side(set.test, side)?),
                    skipped: Vec::new(),
                })
            }
            Self::Folder(folder) => {
                let (set, skipped) = read_folder(folder, side).map_err(|error| hint(folder, error))?;
                if set.len() < 2 {
                    let why =
                        "has one picture that can be read: expected two or more, of which one is held out";
                    return Err(DataError::content("the folder of pictures", folder, why));
                }
                let held_out = |i: &usize| i.is_multiple_of(HELD_OUT_EVERY);
                Ok(ImageData {
                    source,
                    classes: set.classes().to_vec(),
                    train: Part::Stored(set.select((0..set.len()).filter(|i| !held_out(i)))),
                    held_out: Part::Stored(set.select((0..set.len()).filter(held_out))),
                    skipped,
                })
            }
        }
    }
}

impl ImageData {
    /// Whether a mirrored image is as good a one, as far as can be told: photographs are. Shapes are without end and lit
    /// from one side more often, and a mirrored digit is none. Folders are taken for photographs, unless each of their classes has a name of one
    /// character, as those of digits and letters have.
    pub fn may_be_mirrored(&self) -> bool {
        match self.source {
            ImageSource::Shapes | ImageSource::Digits => false,
            ImageSource::Cifar10(_) => true,
            ImageSource::Folder(_) => {
                self.classes.is_empty() || !self.classes.iter().all(|name| name.chars().count() == 1)
            }
        }
    }
}

/// The images with `side` pixels a side; those that have it are not copied.
fn at_side(set: ImageSet, side: usize) -> Result<ImageSet, DataError> {
    if set.side() == side { Ok(set) } else { set.resized(side) }
}

/// Where `dfm-explorer data cifar10` puts the files, if it has.
fn installed() -> Result<PathBuf, DataError> {
    let how = "get it with: dfm-explorer data cifar10, or name a folder that has it: cifar10:FOLDER";
    match cifar10_folder() {
        Some(folder) if folder.is_dir() => Ok(folder),
        Some(folder) => {
            Err(DataError::images(format!("there is no CIFAR-10 in {}; {how}", folder.display())))
        }
        None => Err(DataError::images(format!("there is no home folder, and so no CIFAR-10; {how}"))),
    }
}

/// A name that is no folder may be a misspelt one, and a folder or archive without pictures CIFAR-10.
fn hint(folder: &Path, error: DataError) -> DataError {
    let what = "the folder of pictures";
    if files_in(folder).is_ok() || is_binary_archive(folder) {
        let why = format!("is CIFAR-10: name it cifar10:{}", folder.display());
        return DataError::content(what, folder, why);
    }
    if let Some(other) = OtherVersion::in_folder(folder).or_else(|| OtherVersion::in_archive(folder)) {
        return DataError::content(what, folder, other.why());
    }
    match error {
        DataError::Read { what, path, why } if path == folder => {
            DataError::Read { what, path, why: format!("{why}: expected {EXPECTED}") }
        }
        other => other,
    }
}

impl Part {
    /// The number of images; `None` is without end (2⁵⁶ shapes).
    pub fn len(&self) -> Option<u64> {
        match self {
            Self::Stored(set) => Some(set.len() as u64),
            Self::Drawn { count, .. } => *count,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Pixels a side.
    pub fn side(&self) -> usize {
        match self {
            Self::Stored(set) => set.side(),
            Self::Drawn { shapes, .. } => shapes.side(),
        }
    }

    /// Puts image `index` < `len` into `pixels` \[side, side, 3\]; its label, where there are labels. The same every time.
    pub fn image(&self, index: u64, pixels: &mut [u8]) -> Option<u8> {
        match self {
            Self::Stored(set) => {
                let index = index as usize;
                pixels.copy_from_slice(set.image(index));
                set.label(index)
            }
            Self::Drawn { shapes, first, .. } => Some(shapes.paint(first + index, pixels)),
        }
    }

    /// The first `count` images, or as many as there are, as a set.
    #[must_use]
    pub fn first(&self, count: usize) -> ImageSet {
        match self {
            Self::Stored(set) => set.select(0..count.min(set.len())),
            Self::Drawn { shapes, first, count: own } => {
                let count = own.map_or(count, |own| count.min(usize::try_from(own).unwrap_or(usize::MAX)));
                shapes.set(*first..first + count as u64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_anywhere_says_nothing_of_a_place() {
        for (name, expected) in [
            ("cifar10:/home/me/data", "cifar10"),
            ("/home/me/cats", "cats"),
            ("..", "pictures"),
            ("shapes", "shapes"),
        ] {
            let source: ImageSource = name.parse().expect("a name");
            assert_eq!(
                (source.anywhere().to_string(), source.anywhere().kind()),
                (expected.to_owned(), source.kind())
            );
        }
    }

    #[test]
    fn names_come_back_and_nonsense_is_refused() {
        for name in [
            "shapes",
            "digits",
            "cifar10",
            "cifar10:some/folder",
            "cifar10:a:b",
            "pictures",
            "./shapes",
            "a b",
        ] {
            assert_eq!(name.parse::<ImageSource>().map(|s| s.to_string()), Ok(name.to_owned()));
        }
        assert_eq!("shapes".parse(), Ok(ImageSource::Shapes));
        assert_eq!("./shapes".parse(), Ok(ImageSource::Folder("./shapes".into())));
        for bad in ["", "cifar10:"] {
            assert!(bad.parse::<ImageSource>().expect_err(bad).to_string().contains(EXPECTED), "{bad}");
        }
        let json = serde_json::to_string(&ImageSource::Cifar10(Some("x".into()))).expect("JSON");
        assert_eq!(json, "\"cifar10:x\"");
    }

    #[test]
    fn shapes_to_train_on_are_none_that_are_held_out() {
        let data = ImageSource::Shapes.load(8, 5).expect("shapes");
        assert_eq!((data.train.len(), data.held_out.len()), (None, Some(HELD_OUT_SHAPES)));
        let shapes = Shapes::new(5, 8);
        let mut pixels = vec![0; 8 * 8 * 3];
        let label = data.train.image(3, &mut pixels);
        assert_eq!(
            (pixels.clone(), label),
            (shapes.image(HELD_OUT_SHAPES + 3).0, Some(shapes.image(HELD_OUT_SHAPES + 3).1))
        );
        let held_out = data.held_out.first(20_000);
        assert_eq!(held_out.len() as u64, HELD_OUT_SHAPES);
        assert_eq!(held_out.image(77), shapes.image(77).0);
        assert_eq!(data.train.first(4).image(3), pixels);
        assert!(ImageSource::Shapes.load(0, 5).is_err());
    }

    #[test]
    fn a_tenth_of_a_folder_is_held_out() {
        let desk = tempfile::tempdir().expect("a folder");
        let source = ImageSource::Folder(desk.path().to_owned());
        let write = |i: u8| {
            let path = desk.path().join(format!("{i:03}.png"));
            image::RgbImage::from_pixel(3, 3, image::Rgb([i; 3])).save(path).expect("written");
        };
        write(0);
        let why = source.load(4, 0).expect_err("one picture").to_string();
        assert!(why.contains("has one picture"), "{why}");
        (1..25).for_each(write);
        std::fs::write(desk.path().join("bad.png"), "no picture").expect("written");
        let data = source.load(4, 0).expect("a set");
        let greys = |part: &Part| -> Vec<u8> {
            let set = part.first(usize::MAX);
            (0..set.len()).map(|i| set.image(i)[0]).collect()
        };
        assert_eq!(greys(&data.held_out), [0, 10, 20]);
        assert_eq!(greys(&data.train).len(), 22);
        assert!(!greys(&data.train).contains(&10));
        assert_eq!(data.skipped.len(), 1);
    }

    #[test]
    fn digits_and_letters_are_not_mirrored_and_photographs_are() {
        let desk = tempfile::tempdir().expect("a folder");
        let of = |names: [&str; 2]| {
            let folder = desk.path().join(names.concat());
            for name in names {
                let class = folder.join(name);
                std::fs::create_dir_all(&class).expect("a folder");
                image::RgbImage::new(3, 3).save(class.join("1.png")).expect("written");
            }
            ImageSource::Folder(folder).load(4, 0).expect("a set").may_be_mirrored()
        };
        assert_eq!(
            [of(["0", "1"]), of(["a", "ю"]), of(["cats", "b"]), of(["0", "10"])],
            [false, false, true, true]
        );
        for own in [ImageSource::Shapes, ImageSource::Digits] {
            assert!(!own.load(8, 0).expect("a set").may_be_mirrored(), "{own}");
        }
    }

    #[test]
    fn cifar10_named_as_a_folder_of_pictures_is_told_so() {
        let desk = tempfile::tempdir().expect("a folder");
        let why =
            || ImageSource::Folder(desk.path().to_owned()).load(8, 0).expect_err("no pictures").to_string();
        std::fs::write(desk.path().join("data_batch_1"), "").expect("written");
        assert!(why().contains("the Python version of CIFAR-10"), "{}", why());
        for batch in super::super::cifar10::BATCHES {
            let file = std::fs::File::create(desk.path().join(batch.name)).expect("a file");
            file.set_len(batch.bytes() as u64).expect("a sparse file");
        }
        assert!(
            why().contains(&format!("is CIFAR-10: name it cifar10:{}", desk.path().display())),
            "{}",
            why()
        );
    }

    #[test]
    fn a_misspelt_name_is_met_with_what_was_expected() {
        let why = "no/such-folder".parse::<ImageSource>().expect("a folder").load(8, 0).expect_err("none");
        let why = why.to_string();
        assert!(why.contains("no/such-folder") && why.contains(EXPECTED), "{why}");
    }
}
