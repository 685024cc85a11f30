//! Targets and sources of flows on the plane, by name and from files: mixtures (`weight,x,y,sd`, or with covariances
//! `weight,x,y,sxx,sxy,syy`) and points (`x,y`), as `.csv` or `.npy`; or drawn by hand.

mod sketch;

pub use sketch::{MOST_DRAWN, Sketch};

use super::csv::utf8;
use super::error::DataError;
use super::pmf::{K_MAX, K_MIN, check_k};
use super::read::read_limited;
use super::sniff::mistaken;
use super::target::{TargetSpec, load_target};
use crate::flow::FlowError;
use crate::flow::plane::{
    Boxes, Covariance, FURTHEST, Gaussian, MOST_COMPONENTS, Mixture, PlaneSource, PlaneTarget,
};
use ndarray::{Array2, ArrayView1};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Largest file of points or components.
const MOST_BYTES: u64 = 64 << 20;
/// Cells along a side of a pattern of the grid where nobody says otherwise.
const CELLS: usize = 32;
/// Characters of a bad cell that a message quotes.
const QUOTED: usize = 24;
/// The columns of round components, of those with covariances, and of points.
const ROUND: [&str; 4] = ["weight", "x", "y", "sd"];
const OBLONG: [&str; 6] = ["weight", "x", "y", "sxx", "sxy", "syy"];
const POINTS: [&str; 2] = ["x", "y"];
/// What the text of a drawing begins with.
const DRAWN: &str = "drawn:";

/// Where a flow on the plane ends, by name.
#[derive(Clone, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PlaneTargetSpec {
    /// Eight Gaussians on a circle.
    #[default]
    Ring,
    /// Three unlike Gaussians.
    Three,
    /// Two half moons.
    Moons,
    /// Two arms.
    Spiral,
    /// The 4 × 4 checkerboard, even within its cells.
    Checkerboard,
    /// A 4 × 4 board with one cell twice as likely as the others: small enough to see every number on the grid.
    Board,
    /// Rows `weight,x,y,sd` or `weight,x,y,sxx,sxy,syy` of a `.csv` or `.npy`.
    Mixture(PathBuf),
    /// Rows `x,y` of a `.csv` or `.npy`.
    Points(PathBuf),
    /// A target of the grid, its cells even patches, and the number of cells along a side where it is said.
    Grid(Box<TargetSpec>, Option<usize>),
    /// Drawn by hand.
    Drawn(Sketch),
}

/// How a named target is made, where that leaves anything open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneTargetSize {
    /// Cells an axis of a grid's target, where its name does not say.
    pub k: Option<usize>,
    /// Half the side of the square that a grid's target fills.
    pub half_width: f64,
    /// Standard deviation that points get; 0 leaves them points.
    pub bandwidth: f64,
}

impl Default for PlaneTargetSize {
    fn default() -> Self {
        Self { k: None, half_width: 3.0, bandwidth: 0.0 }
    }
}

impl PlaneTargetSpec {
    const NAMED: [(&str, Self); 6] = [
        ("ring", Self::Ring),
        ("three", Self::Three),
        ("moons", Self::Moons),
        ("spiral", Self::Spiral),
        ("checkerboard", Self::Checkerboard),
        ("board", Self::Board),
    ];

    /// The file it is read from.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Mixture(file) | Self::Points(file) => Some(file),
            Self::Grid(target, _) => match &**target {
                TargetSpec::File(file) => Some(file),
                _ => None,
            },
            _ => None,
        }
    }

    /// The target.
    ///
    /// # Errors
    /// [`DataError`] naming the file, the row and what was expected.
    pub fn load(&self, size: PlaneTargetSize) -> Result<PlaneTarget, DataError> {
        let mixture = |mixture| Ok(PlaneTarget::Mixture(mixture));
        let boxes = |pmf: Array2<f64>, half: f64| {
            let boxes = Boxes::new(pmf, half);
            boxes.map(PlaneTarget::Boxes).map_err(|why| DataError::Plane { why: why.to_string() })
        };
        match self {
            Self::Ring => mixture(Mixture::ring()),
            Self::Three => mixture(Mixture::three()),
            Self::Moons => mixture(Mixture::moons()),
            Self::Spiral => mixture(Mixture::spiral()),
            Self::Checkerboard => Ok(PlaneTarget::Boxes(Boxes::checkerboard())),
            Self::Board => boxes(board(), size.half_width),
            Self::Mixture(file) => mixture(read_mixture(file, "target")?),
            Self::Drawn(sketch) => mixture(sketch.mixture()?),
            Self::Points(file) => {
                let points = read_points(file, "target", MOST_COMPONENTS)?;
                let made = Mixture::of_points(&points, size.bandwidth);
                mixture(made.map_err(|why| of_flow("target", file, &why))?)
            }
            Self::Grid(target, k) => {
                let usual = || (!is_array(target)).then_some(CELLS);
                boxes(load_target(target, k.or(size.k).or_else(usual), false)?, size.half_width)
            }
        }
    }
}

/// Whether a target of the grid has a size of its own.
fn is_array(target: &TargetSpec) -> bool {
    match target {
        TargetSpec::File(file) => file.extension().is_some_and(|end| !end.eq_ignore_ascii_case("png")),
        TargetSpec::Drawn { .. } => true,
        _ => false,
    }
}

impl fmt::Display for PlaneTargetSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mixture(file) => write!(f, "mixture:{}", file.display()),
            Self::Points(file) => write!(f, "points:{}", file.display()),
            Self::Grid(target, None) => write!(f, "grid:{target}"),
            Self::Grid(target, Some(k)) => write!(f, "grid:{target}@{k}"),
            Self::Drawn(sketch) => write!(f, "{DRAWN}{sketch}"),
            named => {
                let name = Self::NAMED.into_iter().find(|(_, target)| target == named);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

impl FromStr for PlaneTargetSpec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        if let Some((_, named)) = Self::NAMED.into_iter().find(|(name, _)| *name == text) {
            return Ok(named);
        }
        if let Some(drawn) = text.strip_prefix(DRAWN) {
            return Sketch::read(drawn).map(Self::Drawn);
        }
        match text.split_once(':') {
            Some(("mixture", file)) if !file.is_empty() => Ok(Self::Mixture(file.into())),
            Some(("points", file)) if !file.is_empty() => Ok(Self::Points(file.into())),
            Some(("grid", target)) => grid(target),
            _ => Err(DataError::Plane {
                why: format!(
                    "unknown target \"{text}\" of the plane: expected ring, three, moons, spiral, checkerboard, \
                     board, mixture:FILE.csv (rows weight,x,y,sd or weight,x,y,sxx,sxy,syy), points:FILE (rows x,y), drawn:ROWS (weight,x,y,sd/…) or \
                     grid:TARGET, of K × K cells grid:TARGET@K with K from {K_MIN} to {K_MAX}"
                ),
            }),
        }
    }
}

/// For files: the text of the command line, and all of a drawing.
impl From<PlaneTargetSpec> for String {
    fn from(spec: PlaneTargetSpec) -> Self {
        let PlaneTargetSpec::Grid(target, k) = spec else { return spec.to_string() };
        let end = k.map_or_else(Self::new, |k| format!("@{k}"));
        format!("grid:{}{end}", Self::from(*target))
    }
}

/// A target of the grid: NAME, or NAME@K.
fn grid(text: &str) -> Result<PlaneTargetSpec, DataError> {
    let (name, k) = match text.rsplit_once('@').map(|(name, k)| (name, k.parse::<usize>())) {
        Some((name, Ok(k))) => (name, Some(check_k(k)?)),
        _ => (text, None),
    };
    Ok(PlaneTargetSpec::Grid(Box::new(name.parse()?), k))
}

/// The pmf of [`PlaneTargetSpec::Board`].
fn board() -> Array2<f64> {
    let mut pmf = Array2::from_shape_fn((4, 4), |(i, j)| f64::from(u8::from((i + j) % 2 == 1)));
    pmf[[0, 1]] = 2.0;
    let total = pmf.sum();
    pmf / total
}

impl TryFrom<String> for PlaneTargetSpec {
    type Error = DataError;

    fn try_from(text: String) -> Result<Self, DataError> {
        text.parse()
    }
}

/// Where a flow on the plane starts, by name.
#[derive(Clone, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PlaneSourceSpec {
    /// N(0, I).
    #[default]
    Normal,
    /// Even on \[−L, L\]²; where L is not said on the square of a target of cells, or on one whose size is said elsewhere.
    Square(Option<f64>),
    /// Eight Gaussians on a circle.
    Ring,
    /// Rows `weight,x,y,sd` or `weight,x,y,sxx,sxy,syy` of a `.csv` or `.npy`.
    Mixture(PathBuf),
}

impl PlaneSourceSpec {
    /// The file it is read from.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Mixture(file) => Some(file),
            _ => None,
        }
    }

    /// The source beside a target; `half_width` is that of a square whose L nobody says, beside a target without cells.
    ///
    /// # Errors
    /// As [`PlaneTargetSpec::load`]'s.
    pub fn load(&self, target: &PlaneTarget, half_width: f64) -> Result<PlaneSource, DataError> {
        match self {
            Self::Normal => Ok(PlaneSource::Normal),
            Self::Square(half) => Ok(PlaneSource::Square(half.unwrap_or(half_beside(target, half_width)))),
            Self::Ring => Ok(PlaneSource::Mixture(Mixture::ring())),
            Self::Mixture(file) => read_mixture(file, "source").map(PlaneSource::Mixture),
        }
    }
}

/// Half the side of an even source beside a target: that of a target of cells, or else `half_width`.
pub fn half_beside(target: &PlaneTarget, half_width: f64) -> f64 {
    match target {
        PlaneTarget::Boxes(boxes) => boxes.half_width(),
        PlaneTarget::Mixture(_) => half_width,
    }
}

impl fmt::Display for PlaneSourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => f.write_str("normal"),
            Self::Square(None) => f.write_str("square"),
            Self::Square(Some(half)) => write!(f, "square:{half}"),
            Self::Ring => f.write_str("ring"),
            Self::Mixture(file) => write!(f, "mixture:{}", file.display()),
        }
    }
}

impl FromStr for PlaneSourceSpec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let unknown = || DataError::Plane {
            why: format!(
                "unknown source \"{text}\" of the plane: expected normal, ring, square, square:L or mixture:FILE.csv (rows weight,x,y,sd or weight,x,y,sxx,sxy,syy)"
            ),
        };
        let named = [("normal", Self::Normal), ("square", Self::Square(None)), ("ring", Self::Ring)];
        if let Some((_, named)) = named.into_iter().find(|(name, _)| *name == text) {
            return Ok(named);
        }
        match text.split_once(':') {
            Some(("square", half)) => {
                let half = half.trim().parse().ok().filter(|half| (1e-3..=FURTHEST).contains(half));
                let out_of_range = || DataError::Plane {
                    why: format!("source \"{text}\": expected square:L with L above 0, from 0.001 to 1e6"),
                };
                half.map(|half| Self::Square(Some(half))).ok_or_else(out_of_range)
            }
            Some(("mixture", file)) if !file.is_empty() => Ok(Self::Mixture(file.into())),
            _ => Err(unknown()),
        }
    }
}

impl From<PlaneSourceSpec> for String {
    fn from(spec: PlaneSourceSpec) -> Self {
        spec.to_string()
    }
}

impl TryFrom<String> for PlaneSourceSpec {
    type Error = DataError;

    fn try_from(text: String) -> Result<Self, DataError> {
        text.parse()
    }
}

/// Why a file is no target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoTarget {
    /// Says what is wrong with the file, and names it.
    pub why: String,
    /// Whether its rows are as long as those of points or of a mixture, so that it is one that can't be taken.
    is_of_plane: bool,
}

/// What a file of a target is by its shape: rows `weight,x,y,sd`, rows `x,y`, a pmf of the grid, or else rows
/// `weight,x,y,sxx,sxy,syy`: six rows of six numbers that a pmf could have are one, unless a line of names says otherwise.
///
/// # Errors
/// Says what is wrong with the file, or that it is none of these.
pub fn target_of_file(file: &Path) -> Result<PlaneTargetSpec, NoTarget> {
    let too_large = |why: DataError| NoTarget { why: why.to_string(), is_of_plane: true };
    let (bytes, is_npy) = read_bytes(file, "target").map_err(too_large)?;
    let rows = |columns: &[&str]| {
        let rows = decode_rows(&bytes, is_npy, &[columns], MOST_COMPONENTS).map(|_| ());
        rows.map_err(|why| DataError::content("target", file, why).to_string())
    };
    let pmf = TargetSpec::File(file.to_owned());
    let is_pmf = || match load_target(&pmf, None, false) {
        Ok(_) => Ok(()),
        Err(why) => Err(why.to_string()),
    };
    let mixture = || PlaneTargetSpec::Mixture(file.to_owned());
    let mut kinds = vec![
        (rows(&ROUND), mixture()),
        (rows(&POINTS), PlaneTargetSpec::Points(file.to_owned())),
        (is_pmf(), PlaneTargetSpec::Grid(Box::new(pmf.clone()), None)),
        (rows(&OBLONG), mixture()),
    ];
    if names_covariances(&bytes) {
        kinds.rotate_right(1);
    }
    let mut whys = Vec::new();
    for (found, target) in kinds {
        let is_grid = matches!(target, PlaneTargetSpec::Grid(..));
        match found {
            Ok(()) => return Ok(target),
            Err(why) if !is_grid => whys.push(why),
            Err(_) => {}
        }
    }
    // What is wrong with its rows, if they are as long as one of these has them.
    let is_of_length = |why: &String| !why.contains(" cells in line ") && !why.contains(" is of shape ");
    let of_plane = whys.into_iter().find(is_of_length);
    let is_of_plane = of_plane.is_some();
    let why = of_plane.unwrap_or_else(|| {
        format!(
            "target {} has neither rows x,y (points), nor rows weight,x,y,sd or weight,x,y,sxx,sxy,syy (a mixture), nor the \
             K × K weights of a grid",
            file.display()
        )
    });
    Err(NoTarget { why, is_of_plane })
}

/// Whether the first line of a text names the columns of covariances.
fn names_covariances(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.into_iter().find(|line| !line.is_empty() && !line.starts_with(b"#"));
    first.is_some_and(|line| line.to_ascii_lowercase().windows(3).any(|name| name == b"sxx"))
}

/// Whether a file holds points or a mixture, be they too many to be taken, and no pmf of the grid.
pub fn is_of_plane_alone(file: &Path) -> bool {
    let is_of_plane = || match target_of_file(file) {
        Ok(target) => matches!(target, PlaneTargetSpec::Mixture(_) | PlaneTargetSpec::Points(_)),
        Err(refused) => refused.is_of_plane,
    };
    let is_named = || read_bytes(file, "target").is_ok_and(|(bytes, _)| names_covariances(&bytes));
    let is_pmf = || load_target(&TargetSpec::File(file.to_owned()), None, false).is_ok();
    (is_named() || !is_pmf()) && is_of_plane()
}

fn of_flow(what: &str, path: &Path, why: &FlowError) -> DataError {
    DataError::content(what, path, format!("can't be taken: {why}"))
}

/// A mixture from a file of rows `weight,x,y,sd` or `weight,x,y,sxx,sxy,syy`.
///
/// # Errors
/// [`DataError`] naming `what`, the file, and the row or component that is wrong.
pub fn read_mixture(path: &Path, what: &str) -> Result<Mixture, DataError> {
    let (bytes, is_npy) = read_bytes(path, what)?;
    decode_mixture(&bytes, is_npy).map_err(|why| DataError::content(what, path, why))
}

/// A mixture from rows `weight,x,y,sd`, or `weight,x,y,sxx,sxy,syy` with the covariance of each component, of an array of NumPy
/// or of text. The error continues a sentence that starts with the file's name.
///
/// # Errors
/// Names the row or the component, and what was expected.
pub fn decode_mixture(bytes: &[u8], is_npy: bool) -> Result<Mixture, String> {
    let rows = decode_rows(bytes, is_npy, &[&ROUND, &OBLONG], MOST_COMPONENTS)?;
    mixture_of(&rows).map_err(|why| format!("can't be taken: {why}"))
}

/// A mixture from rows of four or of six columns.
fn mixture_of(rows: &Array2<f64>) -> Result<Mixture, FlowError> {
    let component = |(n, row): (usize, ArrayView1<'_, f64>)| {
        let (weight, mean) = (row[0], [row[1], row[2]]);
        let covariance = match row.len() {
            4 => Covariance::round(row[3]),
            _ => Covariance::new([row[3], row[4], row[5]])
                .map_err(|why| FlowError::Unsupported(format!("component {}: {why}", n + 1)))?,
        };
        Ok(Gaussian { weight, mean, covariance })
    };
    let components = rows.rows().into_iter().enumerate().map(component).collect::<Result<Vec<_>, _>>()?;
    Mixture::new(&components)
}

/// At most `most` points from a file of rows `x,y`.
///
/// # Errors
/// As [`read_mixture`]'s; a coordinate that is not finite or beyond 10⁶ too.
pub fn read_points(path: &Path, what: &str, most: usize) -> Result<Vec<[f64; 2]>, DataError> {
    let (bytes, is_npy) = read_bytes(path, what)?;
    decode_points(&bytes, is_npy, most).map_err(|why| DataError::content(what, path, why))
}

/// At most `most` points from rows `x,y`, as [`decode_mixture`] reads them.
///
/// # Errors
/// Names the row and what was expected.
pub fn decode_points(bytes: &[u8], is_npy: bool, most: usize) -> Result<Vec<[f64; 2]>, String> {
    let rows = decode_rows(bytes, is_npy, &[&POINTS], most)?;
    for (n, row) in rows.rows().into_iter().enumerate() {
        if let Some(x) = row.iter().find(|x| !(-FURTHEST..=FURTHEST).contains(*x)) {
            return Err(format!("has {x} in row {}: expected a number from -1e6 to 1e6", n + 1));
        }
    }
    Ok(rows.rows().into_iter().map(|row| [row[0], row[1]]).collect())
}

/// The content of a file, and whether its name says that it is an array of NumPy.
fn read_bytes(path: &Path, what: &str) -> Result<(Vec<u8>, bool), DataError> {
    let is_npy = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("npy"));
    Ok((read_limited(path, MOST_BYTES, what)?, is_npy))
}

/// Rows of one of several layouts: the columns of each.
type Layouts<'a> = &'a [&'a [&'a str]];

fn decode_rows(bytes: &[u8], is_npy: bool, layouts: Layouts<'_>, most: usize) -> Result<Array2<f64>, String> {
    if is_npy { npy_rows(bytes, layouts, most) } else { csv_rows(bytes, layouts, most) }
}

/// “4, weight, x, y, sd, or 6, …”.
fn counted_columns(layouts: Layouts<'_>) -> String {
    let each = layouts.iter().map(|columns| format!("{}, {}", columns.len(), columns.join(", ")));
    each.collect::<Vec<_>>().join(", or ")
}

/// “rows of weight, x, y, sd, or of …”.
fn rows_of(layouts: Layouts<'_>) -> String {
    let each = layouts.iter().map(|columns| columns.join(", "));
    format!("rows of {}", each.collect::<Vec<_>>().join(", or of "))
}

fn too_many(rows: usize, most: usize) -> String {
    format!("has {rows} rows: expected at most {most}, for every exact value is a sum over all")
}

fn npy_rows(bytes: &[u8], layouts: Layouts<'_>, most: usize) -> Result<Array2<f64>, String> {
    let array = super::npy::decode_any(bytes)?;
    let shape = array.shape().to_vec();
    match shape[..] {
        [rows, found] if layouts.iter().any(|columns| columns.len() == found) && rows > 0 => {
            if rows > most {
                return Err(too_many(rows, most));
            }
            array.into_dimensionality().map_err(|why| format!("has data of the wrong size: {why}"))
        }
        _ => {
            let expected = counted_columns(layouts).replacen(", ", " columns, ", 1);
            Err(format!("is of shape {shape:?}: expected rows of {expected}"))
        }
    }
}

/// The numbers of a text of rows: separated by semicolons, tabs, commas or blanks; blank lines, lines that start with `#` and
/// a first line of names are passed over. The error continues a sentence that starts with the file's name.
fn csv_rows(bytes: &[u8], layouts: Layouts<'_>, most: usize) -> Result<Array2<f64>, String> {
    if let Some(why) = mistaken(bytes, "CSV text") {
        return Err(why);
    }
    let text = utf8(bytes)?;
    let quoted = |text: &str| text.chars().take(QUOTED).collect::<String>();
    let is_passed_over = |line: &str| line.is_empty() || line.starts_with('#');
    let mut values = Vec::new();
    let mut rows = 0;
    let mut is_first = true;
    let mut names = None;
    // The first row says which layout it is.
    let mut layouts = layouts;
    for (line, content) in text.lines().enumerate() {
        let (line, content) = (line + 1, content.trim());
        if is_passed_over(content) {
            continue;
        }
        let separator = [';', '\t', ','].into_iter().find(|separator| content.contains(*separator));
        let cells: Vec<&str> = match separator {
            Some(separator) => content.split(separator).map(|cell| cell.trim().trim_matches('"')).collect(),
            None => content.split_whitespace().collect(),
        };
        let number = |cell: &&str| match separator {
            Some(';' | '\t') => cell.replace(',', ".").parse::<f64>(),
            _ => cell.parse(),
        };
        // Names of columns; a row with a number is none.
        if std::mem::take(&mut is_first) && cells.iter().all(|cell| !cell.is_empty() && number(cell).is_err())
        {
            names = Some((line, content));
            continue;
        }
        let Some(layout) = layouts.iter().position(|columns| columns.len() == cells.len()) else {
            let (found, expected) = (cells.len(), counted_columns(layouts));
            return Err(format!("has {found} cells in line {line}: expected {expected}"));
        };
        layouts = &layouts[layout..=layout];
        rows += 1;
        if rows > most {
            let all = text.lines().filter(|line| !is_passed_over(line.trim())).count();
            return Err(too_many(all - usize::from(names.is_some()), most));
        }
        for (cell, column) in cells.iter().zip(layouts[0]) {
            let value = number(cell).map_err(|_| {
                format!("has \"{}\", not a number, for {column} in line {line}", quoted(cell))
            })?;
            values.push(value);
        }
    }
    match (rows, names) {
        (0, None) => Err(format!("is empty: expected {}", rows_of(layouts))),
        (0, Some((line, names))) => Err(format!(
            "has no numbers, only the names \"{}\" in line {line}: expected {} below them",
            quoted(names),
            rows_of(layouts)
        )),
        _ => Array2::from_shape_vec((rows, layouts[0].len()), values)
            .map_err(|why| format!("has data of the wrong size: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIXTURE: Layouts<'_> = &[&ROUND, &OBLONG];

    fn rows(text: &str) -> Result<Array2<f64>, String> {
        csv_rows(text.as_bytes(), MIXTURE, 5)
    }

    #[test]
    fn rows_are_read_however_they_are_separated() {
        let expected = ndarray::array![[1.0, 0.5, -2.0, 0.25], [3.0, 1e-3, 4.0, 0.0]];
        for text in [
            "1,0.5,-2,0.25\n3,1e-3,4,0\n",
            "weight,x,y,sd\n1,0.5,-2,0.25\n\n# more\n3,1e-3,4,0",
            "1;0,5;-2;0,25\r\n3;0,001;4;0",
            "1\t.5\t-2\t.25\n3\t1e-3\t4\t0\n",
            "\u{feff}\"1\", 0.5 ,-2,0.25\n 3 1e-3 4 0 ",
        ] {
            assert_eq!(rows(text), Ok(expected.clone()), "{text:?}");
        }
    }

    #[test]
    fn nonsense_is_named_by_its_line() {
        for (text, words) in [
            ("", &["is empty", "weight, x, y, sd"][..]),
            ("weight,x,y,sd\n", &["only the names \"weight,x,y,sd\" in line 1", "weight, x, y, sd"]),
            ("# mine\nhello,world\n\n", &["\"hello,world\" in line 2", "weight, x, y, sxx, sxy, syy"]),
            ("1,2,3\n", &["3 cells in line 1", "expected 4, weight, x, y, sd, or 6"]),
            ("1,2,3,4,5\n", &["5 cells in line 1", "expected 4"]),
            ("1,2,3,4\n1,2,3,1,0,1\n", &["6 cells in line 2", "expected 4, weight, x, y, sd"]),
            ("1,2,3,1,0,1\n1,2,3,4\n", &["4 cells in line 2", "expected 6, weight, x, y, sxx, sxy, syy"]),
            ("1,2,3,1,a,1\n", &["\"a\"", "for sxy in line 1"]),
            ("1,2,3,4\n1,2,x,4", &["\"x\"", "for y in line 2"]),
            ("1,2,3,4\na,b,c,d", &["\"a\"", "line 2"]),
            ("1,2,3,\n", &["\"\"", "for sd in line 1"]),
            ("1,2,3,4\n1,2,3,4\n1,2,3,4\n1,2,3,4\n1,2,3,4\n1,2,3,4", &["has 6 rows", "at most 5"]),
            (
                "weight,x,y,sd\n1,2,3,4\n\n1,2,3,4\n1,2,3,4\n# more\n1,2,3,4\n1,2,3,4\n1,2,3,4\n1,x,3\n",
                &["has 7 rows"],
            ),
        ] {
            let why = rows(text).expect_err(text);
            assert!(words.iter().all(|word| why.contains(word)), "{text:?}: {why}");
        }
        for bytes in [&b"\x93NUMPY\x01\x00"[..], b"PK\x03\x04", b"1,2,3,\xff", b"1\x00,\x002\x00"] {
            assert!(csv_rows(bytes, MIXTURE, 5).is_err());
        }
    }

    #[test]
    fn files_become_targets_or_are_refused_in_words() {
        let desk = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            let path = desk.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        };
        let size = PlaneTargetSize::default();
        let load = |path: PathBuf| PlaneTargetSpec::Mixture(path).load(size);
        let good = load(file("good.csv", "2,0,0,1\n6,1,2,0.5\n")).expect("a mixture");
        let PlaneTarget::Mixture(good) = good else { panic!("a mixture") };
        assert_eq!(good.weights(), [0.25, 0.75]);
        let oblong = "weight,x,y,sxx,sxy,syy\n1,0,0,1,0.5,2\n3,2,1,0.04,0,0.04\n1,1,1,0,0,0\n";
        let PlaneTarget::Mixture(oblong) = load(file("oblong.csv", oblong)).expect("a mixture") else {
            panic!("a mixture")
        };
        let covariances = oblong.covariances();
        assert_eq!(covariances[0].entries(), [1.0, 0.5, 2.0]);
        assert_eq!([1, 2].map(|n| covariances[n].sd()), [Some(0.2), Some(0.0)]);
        for (text, words) in [
            ("1,0,0,-1\n", &["bad.csv", "component 1", "standard deviation"][..]),
            ("1,0,0,1\n1,nan,0,1\n", &["component 2", "centre"]),
            ("1,0,0,1e9\n", &["component 1", "1000"]),
            ("-1,0,0,1\n", &["weight -1"]),
            ("0,0,0,1\n", &["no component"]),
            ("inf,0,0,1\n", &["weight inf"]),
            ("1,0,0,1,0,1\n1,0,0,1,2,1\n", &["component 2", "positive definite", "sxx·syy"]),
            ("1,0,0,1,0,-1\n", &["component 1", "positive definite"]),
            ("1,0,0,1,nan,1\n", &["component 1", "covariance"]),
            ("1,0,0,1e9,0,1\n", &["component 1", "1000"]),
        ] {
            let why = load(file("bad.csv", text)).expect_err(text).to_string();
            assert!(words.iter().all(|word| why.contains(word)), "{text:?}: {why}");
        }
        let points = file("points.csv", "x,y\n1,2\n1,2\n");
        assert!(PlaneTargetSpec::Points(points).load(size).is_ok());
        let many = file("many.csv", &"1,2\n".repeat(MOST_COMPONENTS + 1));
        let why = PlaneTargetSpec::Points(many).load(size).expect_err("too many").to_string();
        assert!(why.contains("20001 rows") && why.contains("at most 20000"), "{why}");
        let is_alone = |name: &str, text: &str| is_of_plane_alone(&file(name, text));
        assert!(is_alone("many.csv", &"1,2\n".repeat(MOST_COMPONENTS + 1)), "as many as can't be taken");
        assert!(!is_alone("three.csv", "1,2,3\n4,x,6\n7,8,9\n"), "a pmf with a slip");
        let array = desk.path().join("points.npy");
        crate::data::write_npy_f64(&array, &[3, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).expect("written");
        assert_eq!(read_points(&array, "target", 9).expect("points"), [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]);
        assert!(read_mixture(&array, "target").is_err());
        assert!(read_points(&array, "target", 2).is_err());
        assert!(read_points(&desk.path().join("none.csv"), "target", 2).is_err());
        for (name, text, expected) in [
            ("a.csv", "1,0,0,1\n", "mixture"),
            ("b.csv", "x,y\n1,2\n3,4\n5,6\n", "points"),
            ("c.csv", "1,2,3\n4,5,6\n7,8,9\n", "grid"),
            ("e.csv", "1,0,0,1,0.5,2\n", "mixture"),
            ("f.csv", "1,1,1,1,0,1\n".repeat(6).as_str(), "grid"),
            ("g.csv", format!("weight,x,y,sxx,sxy,syy\n{}", "1,1,1,1,0,1\n".repeat(6)).as_str(), "mixture"),
        ] {
            let found = target_of_file(&file(name, text)).expect(expected).to_string();
            assert!(found.starts_with(expected), "{found}");
        }
        for (text, words) in [
            ("1,2,3\n4,5,6\n", "neither rows x,y"),
            ("1,2\n3,x\n", "\"x\", not a number, for y in line 2"),
            ("", "is empty"),
            ("hello,world\n", "only the names \"hello,world\" in line 1"),
        ] {
            let why = target_of_file(&file("d.csv", text)).expect_err(text).why;
            assert!(why.contains(words) && why.contains("d.csv"), "{why}");
        }
        let grid: PlaneTargetSpec = "grid:moons".parse().expect("a target");
        let PlaneTarget::Boxes(boxes) = grid.load(size).expect("boxes") else { panic!("boxes") };
        assert_eq!((boxes.side(), boxes.half_width()), (32, 3.0));
    }

    #[test]
    fn names_are_read_back_and_others_refused() {
        for text in [
            "ring",
            "three",
            "moons",
            "spiral",
            "checkerboard",
            "mixture:a.csv",
            "points:b/c.npy",
            "board",
            "grid:moons",
            "grid:rings@8",
            "grid:text:DFM@24",
            "grid:text:DFM",
            "drawn:1,0,-1,0.2/2,1.5,0,0",
            "drawn:two hearts:1,0,-1,0.2",
        ] {
            assert_eq!(text.parse::<PlaneTargetSpec>().expect(text).to_string(), text);
        }
        for text in [
            "",
            "Ring",
            "mixture:",
            "points:",
            "grid:",
            "grid:nothing",
            "grid:moons@1",
            "grid:moons@x",
            "grid:moons@257",
            "a.csv",
            "ring:1",
            "drawn:",
            "drawn:1,2,3",
        ] {
            assert!(text.parse::<PlaneTargetSpec>().is_err(), "{text}");
        }
        for text in ["normal", "square", "square:2.5", "ring", "mixture:a.csv"] {
            assert_eq!(text.parse::<PlaneSourceSpec>().expect(text).to_string(), text);
        }
        for text in ["", "square:", "square:0", "square:nan", "square:-1", "uniform"] {
            let why = text.parse::<PlaneSourceSpec>().expect_err(text).to_string();
            assert_eq!(why.contains("L above 0"), text.starts_with("square"), "{why}");
        }
        let [ring, board] = ["ring", "board"].map(|text| {
            let spec: PlaneTargetSpec = text.parse().expect("a target");
            spec.load(PlaneTargetSize::default()).expect("a target")
        });
        let even = PlaneSourceSpec::Square(None);
        let halves =
            [(&ring, 2.0), (&board, 2.0)].map(|(target, half)| even.load(target, half).expect("a source"));
        assert_eq!(halves, [PlaneSource::Square(2.0), PlaneSource::Square(3.0)], "the square of the cells");
    }

    proptest! {
        #[test]
        fn any_bytes_are_rows_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(rows) = csv_rows(&bytes, MIXTURE, 50) {
                prop_assert!([4, 6].contains(&rows.ncols()) && (1..=50).contains(&rows.nrows()));
            }
            _ = npy_rows(&bytes, MIXTURE, 50);
        }

        #[test]
        fn any_text_of_csv_is_rows_or_refused(text in "[0-9.,;e\\-\n\t #nainf\"]{0,120}") {
            if let Ok(rows) = csv_rows(text.as_bytes(), MIXTURE, 50)
                && let Ok(mixture) = mixture_of(&rows)
            {
                prop_assert!((mixture.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9);
            }
        }
    }
}
