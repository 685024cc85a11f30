//! Which target the flow should reach: a preset, a drawn word or a file, and how each becomes a pmf.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ndarray::Array2;

use super::drawing::Drawing;
use super::error::DataError;
use super::pmf::{K_DEFAULT, check_k, normalise};
use super::{csv, npy, png, preset, text};

/// What a target may be, for messages and help.
pub const EXPECTED: &str = "checkerboard, moons, rings, spiral, pinwheel, gaussians, text:WORD, \
    or a file FILE.npy, FILE.csv or FILE.png";

/// The presets in the order a menu shows them, each with its title. A preset's name on the command line is
/// its `Display`.
pub const PRESETS: [(&str, TargetSpec); 6] = [
    ("Checkerboard", TargetSpec::Checkerboard),
    ("Moons", TargetSpec::Moons),
    ("Rings", TargetSpec::Rings),
    ("Spiral", TargetSpec::Spiral),
    ("Pinwheel", TargetSpec::Pinwheel),
    ("Gaussians", TargetSpec::Gaussians),
];

/// A target as it is named on the command line and in an experiment file; [`load_target`] makes the pmf.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum TargetSpec {
    /// The 4×4 checkerboard.
    #[default]
    Checkerboard,
    /// Two half circles that hook into each other.
    Moons,
    /// Three concentric rings.
    Rings,
    /// Two arms that wind out of the middle.
    Spiral,
    /// Five bent arms.
    Pinwheel,
    /// Eight Gaussians on a circle.
    Gaussians,
    /// A word, drawn across the square.
    Text(String),
    /// A `.npy`, `.csv` or `.png` file.
    File(PathBuf),
    /// Drawn in the window.
    Drawn {
        /// What was drawn.
        drawing: Drawing,
        /// What it was called by who drew it; empty if nothing.
        name: String,
    },
}

/// What the stored text of a drawing begins with.
const PREFIX: &str = "drawn:";
/// What the name of a drawing on the command line begins with.
const DRAWN: &str = "drawn-";
/// Characters that the name of a drawing may have.
pub const MOST_NAME: usize = 40;

impl TargetSpec {
    /// A drawing without a name.
    pub fn drawn(drawing: Drawing) -> Self {
        Self::Drawn { drawing, name: String::new() }
    }

    /// What a drawing was called, if it was.
    pub fn drawn_name(&self) -> Option<&str> {
        match self {
            Self::Drawn { name, .. } if !name.is_empty() => Some(name),
            _ => None,
        }
    }

    /// The same without the name of a drawing: what the pmf depends on.
    #[must_use]
    pub fn unnamed(self) -> Self {
        match self {
            Self::Drawn { drawing, .. } => Self::drawn(drawing),
            named => named,
        }
    }
}

/// Whether a drawing may be called this; an empty name is none.
///
/// # Errors
/// [`DataError::Drawing`]: too long, with characters that can't be seen, or like that of a file.
pub fn check_drawn_name(name: &str) -> Result<(), DataError> {
    let refuse = |why: String| Err(DataError::Drawing { why });
    if name.chars().count() > MOST_NAME {
        return refuse(format!("its name is longer than {MOST_NAME} characters"));
    }
    if name.chars().any(char::is_control) || name.trim() != name {
        return refuse("its name has control characters, or spaces around it".to_owned());
    }
    match FileKind::of(Path::new(name)) {
        Some(_) => refuse(format!("its name “{name}” is like that of a file")),
        None => Ok(()),
    }
}

/// Reads what a drawing was stored as: drawn:PICTURE, or drawn:NAME:PICTURE. A picture has no colon.
fn read_drawn(text: &str) -> Result<TargetSpec, DataError> {
    let (name, picture) = text.rsplit_once(':').unwrap_or(("", text));
    check_drawn_name(name)?;
    Ok(TargetSpec::Drawn { drawing: Drawing::from_text(picture)?, name: name.to_owned() })
}

/// The kinds of file a pmf can come from, by extension.
#[derive(Clone, Copy, Debug, PartialEq)]
enum FileKind {
    Npy,
    Csv,
    Png,
}

impl FileKind {
    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "npy" => Some(Self::Npy),
            "csv" => Some(Self::Csv),
            "png" => Some(Self::Png),
            _ => None,
        }
    }
}

impl FromStr for TargetSpec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        if let Some(word) = text.strip_prefix("text:") {
            text::check_word(word)?;
            return Ok(Self::Text(word.to_owned()));
        }
        if let Some(drawn) = text.strip_prefix(PREFIX) {
            return read_drawn(drawn);
        }
        if text.starts_with(DRAWN) && FileKind::of(Path::new(text)).is_none() {
            let why = "it is given by its name alone; take the whole of it from a figure’s recipe (drawn:…), or save it \
                       to a file in the window’s editor and give that";
            return Err(DataError::Drawing { why: why.to_owned() });
        }
        if let Some((_, preset)) = PRESETS.into_iter().find(|(_, p)| p.to_string().eq_ignore_ascii_case(text))
        {
            return Ok(preset);
        }
        match FileKind::of(Path::new(text)) {
            Some(_) => Ok(Self::File(PathBuf::from(text))),
            None => Err(DataError::UnknownTarget { text: text.to_owned() }),
        }
    }
}

/// For files: the text of the command line, and all of a drawing.
impl From<TargetSpec> for String {
    fn from(spec: TargetSpec) -> Self {
        match spec {
            TargetSpec::Drawn { drawing, name } if name.is_empty() => {
                format!("{PREFIX}{}", drawing.to_text())
            }
            TargetSpec::Drawn { drawing, name } => format!("{PREFIX}{name}:{}", drawing.to_text()),
            named => named.to_string(),
        }
    }
}

impl TryFrom<String> for TargetSpec {
    type Error = DataError;

    fn try_from(text: String) -> Result<Self, DataError> {
        text.parse()
    }
}

impl fmt::Display for TargetSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkerboard => f.write_str("checkerboard"),
            Self::Moons => f.write_str("moons"),
            Self::Rings => f.write_str("rings"),
            Self::Spiral => f.write_str("spiral"),
            Self::Pinwheel => f.write_str("pinwheel"),
            Self::Gaussians => f.write_str("gaussians"),
            Self::Text(word) => write!(f, "text:{word}"),
            Self::File(path) => {
                let name = path.display().to_string();
                // A file may have a name that would be read as a word or a drawing.
                let taken = name.starts_with("text:") || name.starts_with(PREFIX);
                write!(f, "{}{name}", if taken { "./" } else { "" })
            }
            Self::Drawn { drawing, name } if name.is_empty() => write!(f, "{drawing}"),
            Self::Drawn { name, .. } => write!(f, "{DRAWN}{name}"),
        }
    }
}

/// The pmf of a target, shape `[K, K]`, axis 0 = token 1, axis 1 = token 2, entries >= 0 with sum 1 to
/// rounding.
///
/// `k` `None` means [`K_DEFAULT`] for presets, text and pictures, and the array's own size for `.npy`, `.csv` and
/// drawings; a drawing is averaged down or up to another K. `invert` makes the bright parts of a picture the mass.
///
/// # Errors
/// [`DataError`]: `k` outside its range or other than the array's, `invert` without a picture, or a word, a
/// file or values that are refused.
pub fn load_target(spec: &TargetSpec, k: Option<usize>, invert: bool) -> Result<Array2<f64>, DataError> {
    let is_picture = matches!(spec, TargetSpec::File(path) if FileKind::of(path) == Some(FileKind::Png));
    if invert && !is_picture {
        return Err(DataError::Invert { target: spec.to_string() });
    }
    let size = check_k(k.unwrap_or(K_DEFAULT))?;
    let weights = match spec {
        TargetSpec::Checkerboard => preset::checkerboard(size),
        TargetSpec::Moons => preset::moons(size),
        TargetSpec::Rings => preset::rings(size),
        TargetSpec::Spiral => preset::spiral(size),
        TargetSpec::Pinwheel => preset::pinwheel(size),
        TargetSpec::Gaussians => preset::gaussians(size),
        TargetSpec::Text(word) => text::draw_word(word, size)?,
        TargetSpec::File(path) if is_picture => png::read_png(path, size, invert, "target")?,
        TargetSpec::File(path) => return load_pmf_file(path, k, "target"),
        TargetSpec::Drawn { drawing, .. } => return drawing.resampled(k.unwrap_or(drawing.k()))?.pmf(),
    };
    normalise(weights, &format!("target {spec}"))
}

/// Extensions of the files that [`save_target`] writes.
pub const TARGET_FILES: [&str; 3] = ["npy", "csv", "png"];

/// Writes a pmf \[K, K\] to a file of the kind its extension says, atomically. Reading an `.npy` or `.csv` file again
/// gives the same pmf to the last digit; a `.png` has 256 levels, dark = mass, the heaviest cell black.
///
/// # Errors
/// [`DataError::Write`] naming `path`: another extension, or it can't be written.
pub fn save_target(path: &Path, pmf: &Array2<f64>) -> Result<(), DataError> {
    match FileKind::of(path) {
        Some(FileKind::Npy) => {
            let values: Vec<f64> = pmf.iter().copied().collect();
            npy::write_npy_f64(path, &[pmf.nrows(), pmf.ncols()], &values)
        }
        Some(FileKind::Csv) => csv::write_csv(path, pmf),
        Some(FileKind::Png) => png::write_png(path, pmf),
        None => Err(DataError::write(path, "expected a name that ends in .npy, .csv or .png")),
    }
}

/// The pmf in a K×K `.npy` or `.csv` file, normalised, shape `[K, K]`. `what` is its role in messages, such
/// as `source`.
///
/// # Errors
/// [`DataError`] naming `what` and `path`: another kind of file, a size other than `k`, or what the readers
/// and [`normalise`] refuse.
pub fn load_pmf_file(path: &Path, k: Option<usize>, what: &str) -> Result<Array2<f64>, DataError> {
    if let Some(asked) = k {
        check_k(asked)?;
    }
    let weights = match FileKind::of(path) {
        Some(FileKind::Npy) => npy::read_npy(path, what)?,
        Some(FileKind::Csv) => csv::read_csv(path, what)?,
        _ => {
            let why = "is neither an .npy nor a .csv file: expected a K×K array in one of these";
            return Err(DataError::content(what, path, why));
        }
    };
    let own = weights.nrows();
    match k {
        Some(asked) if asked != own => {
            Err(DataError::KMismatch { what: what.to_owned(), path: path.to_owned(), own, asked })
        }
        _ => normalise(weights, &format!("{what} {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::pmf::assert_pmf;
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_and_written() {
        for (title, preset) in PRESETS {
            let name = preset.to_string();
            assert_eq!(name, title.to_lowercase());
            assert_eq!(name.parse(), Ok(preset.clone()));
            assert_eq!(title.parse(), Ok(preset));
        }
        assert_eq!("text:Flow".parse(), Ok(TargetSpec::Text("Flow".into())));
        assert_eq!("text:a.npy".parse(), Ok(TargetSpec::Text("a.npy".into())));
        for file in
            ["a.npy", "dir/b.CSV", "/abs/c d.Png", "moons.npy", "drawn-by-hand.npy", "--x.npy", "a\nb.npy"]
        {
            assert_eq!(file.parse(), Ok(TargetSpec::File(file.into())));
        }
        for file in ["text:a.npy", "drawn:a.csv"] {
            let name = TargetSpec::File(file.into()).to_string();
            assert_eq!(name.parse(), Ok(TargetSpec::File(format!("./{file}").into())), "{name}");
        }
        assert_eq!(TargetSpec::default(), TargetSpec::Checkerboard);
    }

    #[test]
    fn unknown_names_say_what_was_expected() {
        for text in ["", "moon", "a.jpg", ".npy", "a.npy.gz", "text", "TEXT:a", "npy", "a."] {
            let error = text.parse::<TargetSpec>().expect_err(text).to_string();
            assert!(error.contains(&format!("\"{text}\"")), "{error}");
            for part in ["checkerboard", "pinwheel", "text:WORD", "FILE.npy", "FILE.csv", "FILE.png"] {
                assert!(error.contains(part), "{error}");
            }
        }
        assert!("text:".parse::<TargetSpec>().is_err());
    }

    #[test]
    fn presets_and_text_take_64_or_the_k_that_is_asked_for() {
        let text = TargetSpec::Text("κ".into());
        for spec in PRESETS.into_iter().map(|(_, p)| p).chain([text]) {
            assert_pmf(&load_target(&spec, None, false).expect("a pmf"), 64);
            assert_pmf(&load_target(&spec, Some(7), false).expect("a pmf"), 7);
            for k in [0, 1, 257] {
                assert_eq!(load_target(&spec, Some(k), false), Err(DataError::K { k }));
            }
        }
    }

    #[test]
    fn a_file_fixes_k() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.npy");
        npy::write_npy_f64(&path, &[2, 2], &[1.0, 2.0, 3.0, 4.0]).expect("written");
        let spec = TargetSpec::File(path.clone());
        let expected = array![[0.1, 0.2], [0.3, 0.4]];
        assert_eq!(load_target(&spec, None, false), Ok(expected.clone()));
        assert_eq!(load_target(&spec, Some(2), false), Ok(expected.clone()));
        let error = load_target(&spec, Some(64), false).expect_err("another K").to_string();
        assert!(error.contains("a.npy is 2×2, but K = 64 was asked for"), "{error}");
        assert_eq!(load_target(&spec, Some(1), false), Err(DataError::K { k: 1 }));
        let path = dir.path().join("A.CSV");
        std::fs::write(&path, "1,2\n3,4\n").expect("written");
        assert_eq!(load_pmf_file(&path, None, "source"), Ok(expected));
        let error = load_pmf_file(&path, Some(3), "source").expect_err("another K").to_string();
        assert!(error.starts_with("source ") && error.contains("A.CSV is 2×2, but K = 3"), "{error}");
    }

    #[test]
    fn values_that_are_no_pmf_are_refused_by_file_and_place() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.csv");
        for (text, part) in [
            ("0,0\n0,0", "a.csv is all zero"),
            ("0,1\n-3,1", "a.csv has the negative value -3e0 at (1, 0)"),
            ("0,nan\n1,1", "a.csv has NaN (not a number) at (0, 1)"),
            ("0,1\n1,inf", "a.csv has an infinite value at (1, 1)"),
            ("0,1\n1,1e999", "a.csv has an infinite value at (1, 1)"),
        ] {
            std::fs::write(&path, text).expect("written");
            let error = load_pmf_file(&path, None, "target").expect_err(text).to_string();
            assert!(error.starts_with("target ") && error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_picture_takes_k_and_invert() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.PNG");
        let picture = image::GrayImage::from_fn(10, 10, |x, _| image::Luma([if x < 5 { 0 } else { 255 }]));
        picture.save_with_format(&path, image::ImageFormat::Png).expect("written");
        let spec: TargetSpec = path.to_str().expect("UTF-8").parse().expect("a file");
        assert_pmf(&load_target(&spec, None, false).expect("a pmf"), 64);
        let dark = load_target(&spec, Some(4), false).expect("a pmf");
        let bright = load_target(&spec, Some(4), true).expect("a pmf");
        assert_eq!(dark.column(0).to_vec(), vec![0.125, 0.125, 0.0, 0.0]);
        assert_eq!(bright.column(0).to_vec(), vec![0.0, 0.0, 0.125, 0.125]);
        assert!(load_pmf_file(&path, None, "source").expect_err("a picture").to_string().contains("neither"));
    }

    #[test]
    fn invert_needs_a_picture() {
        for spec in [TargetSpec::Moons, TargetSpec::Text("a".into()), TargetSpec::File("a.npy".into())] {
            let error = load_target(&spec, None, true).expect_err("no picture").to_string();
            assert!(error.contains("--invert") && error.contains(&spec.to_string()), "{error}");
        }
    }

    #[test]
    fn a_drawing_is_stored_whole_and_named_honestly() {
        let weights = Array2::from_shape_fn((6, 6), |(i, j)| if i < j { (i + j) as f64 } else { 0.0 });
        let spec = TargetSpec::drawn(Drawing::from_weights(&weights).expect("a drawing"));
        let stored = serde_json::to_string(&spec).expect("json");
        assert_eq!(serde_json::from_str::<TargetSpec>(&stored).expect("a target"), spec);
        let name = spec.to_string();
        assert!(name.starts_with("drawn-6x6-") && name.len() < 24, "{name}");
        let error = name.parse::<TargetSpec>().expect_err("no drawing").to_string();
        assert!(error.contains("save it to a file"), "{error}");
        for bad in ["drawn:AAAA", "drawn::AAAA", "drawn:a"] {
            assert!(serde_json::from_str::<TargetSpec>(&format!("\"{bad}\"")).is_err(), "{bad}");
        }
        // A name is kept with it, whatever it has in it, and stands for it where it is shown.
        let TargetSpec::Drawn { drawing, .. } = &spec else { panic!("it is drawn") };
        for name in ["two hearts", "a:b", "moons", "κ→1"] {
            let named = TargetSpec::Drawn { drawing: drawing.clone(), name: name.to_owned() };
            let stored = serde_json::to_string(&named).expect("json");
            assert_eq!(serde_json::from_str::<TargetSpec>(&stored).expect("a target"), named);
            assert_eq!(named.to_string(), format!("drawn-{name}"));
            let error = named.to_string().parse::<TargetSpec>().expect_err("no drawing").to_string();
            assert!(error.contains("save it to a file"), "{error}");
            assert_eq!(named.drawn_name(), Some(name));
            assert_eq!(named.unnamed(), spec);
        }
        for name in ["a.npy", " a", "a\nb", &"a".repeat(MOST_NAME + 1)] {
            assert!(check_drawn_name(name).is_err(), "{name}");
        }
        let own = load_target(&spec, None, false).expect("a pmf");
        assert_pmf(&own, 6);
        assert_eq!(load_target(&spec, Some(6), false), Ok(own.clone()));
        assert_pmf(&load_target(&spec, Some(3), false).expect("coarser"), 3);
        assert_pmf(&load_target(&spec, Some(64), false).expect("finer"), 64);
        assert!(load_target(&spec, None, true).is_err(), "it is no picture");
    }

    #[test]
    fn a_saved_target_is_read_again_as_it_was() {
        let dir = tempfile::tempdir().expect("a directory");
        let weights = Array2::from_shape_fn((7, 7), |(i, j)| ((3 * i + 5 * j) % 11) as f64);
        let pmf = normalise(weights, "x").expect("a pmf");
        for extension in TARGET_FILES {
            let path = dir.path().join(format!("a.{extension}"));
            save_target(&path, &pmf).expect("written");
            let read = load_target(&TargetSpec::File(path), Some(7), false).expect("read");
            if extension == "png" {
                let most = pmf.iter().fold(0.0f64, |m, p| m.max(*p));
                let (total, own): (f64, Vec<f64>) = {
                    let rounded: Vec<f64> = pmf.iter().map(|p| (255.0 * p / most).round()).collect();
                    (rounded.iter().sum(), rounded)
                };
                for (read, rounded) in read.iter().zip(own) {
                    assert!((read - rounded / total).abs() < 1e-12, "{read} {rounded}");
                }
            } else {
                assert_eq!(read, pmf, "{extension}");
            }
        }
        let error = save_target(&dir.path().join("a.txt"), &pmf).expect_err("no kind").to_string();
        assert!(error.contains("a.txt") && error.contains(".npy"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        for file in ["none.npy", "none.csv", "none.png"] {
            let error =
                load_target(&TargetSpec::File(file.into()), None, false).expect_err("missing").to_string();
            assert_eq!(error, format!("cannot read target {file}: No such file or directory"));
        }
    }

    proptest! {
        #[test]
        fn whatever_parses_is_written_as_it_was_read(text in ".{0,20}|text:.{0,13}|[a-z./]{0,9}\\.(npy|CSV|png)") {
            if let Ok(spec) = text.parse::<TargetSpec>() {
                prop_assert_eq!(spec.to_string().parse(), Ok(spec));
            }
        }
    }
}
