//! What a figure is drawn on: its size in pixels or centimetres, its text, its ground.

use super::png::DEFAULT_SCALE;
use std::fmt;
use std::str::FromStr;

/// Px of the drawing (CSS px, 1/96 inch) of a centimetre, and of a point.
const PX_A_CM: f64 = 96.0 / 2.54;
const PX_A_POINT: f64 = 96.0 / 72.0;
/// Dots per inch of a size in centimetres, where nothing else is said: what journals ask for.
const DPI: u32 = 300;

/// What a figure is drawn on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Page {
    /// Width, and height; `None` for the size that suits the figure.
    pub size: Option<PageSize>,
    /// Pixels of a picture, of a size that is not in pixels itself.
    pub dpi: Option<Dpi>,
    /// Of the labels of axes; titles, ticks and captions go with it. `None` for what suits the size.
    pub font_size: Option<FontSize>,
    /// What lies behind it, and the ink that goes with it.
    pub ground: Ground,
}

/// What lies behind a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// Light on dark; print is dark on light.
    pub dark: bool,
    /// Nothing: what it is laid on is seen.
    pub transparent: bool,
}

impl Ground {
    /// Dark, or light, and nothing shines through.
    pub fn opaque(dark: bool) -> Self {
        Self { dark, transparent: false }
    }
}

/// Units of a size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Pixels.
    #[default]
    Px,
    /// Centimetres.
    Cm,
}

/// A width or a height: 160 (120) to 16384 pixels, or 2 to 100 cm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Pixels, or hundredths of a centimetre.
    count: u32,
    unit: Unit,
}

impl Length {
    fn px(self) -> f64 {
        match self.unit {
            Unit::Px => f64::from(self.count),
            Unit::Cm => f64::from(self.count) / 100.0 * PX_A_CM,
        }
    }
}

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            "expected pixels, such as 1200, up to 16384, or centimetres, such as 8.5cm, from 2cm to 100cm"
                .to_owned()
        };
        let count = match text.strip_suffix("cm") {
            None => text.strip_suffix("px").unwrap_or(text).parse().ok().filter(|n| (1..=16_384).contains(n)),
            Some(number) => {
                let number: Option<f64> = number.trim().parse().ok();
                number
                    .map(|cm| (100.0 * cm).round())
                    .filter(|n| (200.0..=10_000.0).contains(n))
                    .map(|n| n as u32)
            }
        };
        let unit = if text.ends_with("cm") { Unit::Cm } else { Unit::Px };
        count.map(|count| Self { count, unit }).ok_or_else(expected)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Unit::Px => write!(f, "{}", self.count),
            Unit::Cm => write!(f, "{}cm", f64::from(self.count) / 100.0),
        }
    }
}

/// Width and height of a page: in pixels 160 × 120 to 16384 × 16384 and at most 100 million in all, or in centimetres.
/// Without a height it is as high as the figure needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize {
    width: Length,
    height: Option<Length>,
}

/// Pixels that a picture has at most.
pub(super) const MOST_PIXELS: f64 = 100_000_000.0;

impl PageSize {
    /// So many pixels, if a figure can have them.
    pub fn new(width: u32, height: u32) -> Option<Self> {
        let [width, height] = [width, height].map(|count| Length { count, unit: Unit::Px });
        Self::of(width, Some(height)).ok()
    }

    /// Of this width, and this height.
    ///
    /// # Errors
    /// If one is in pixels and the other in centimetres, or a figure can't have that size.
    pub fn of(width: Length, height: Option<Length>) -> Result<Self, String> {
        if let Some(height) = height
            && height.unit != width.unit
        {
            return Err(format!("{width} and {height}: expected both in pixels, or both in cm"));
        }
        let fits = width.unit == Unit::Cm
            || width.count >= 160
                && height.is_none_or(|height| {
                    height.count >= 120 && f64::from(width.count) * f64::from(height.count) <= MOST_PIXELS
                });
        let refused = || {
            "expected WIDTHxHEIGHT in pixels, such as 1200x900: from 160x120 to 16384x16384, at most 100 million pixels; \
             or in cm, such as 8.5cm or 8.5cmx6cm"
                .to_owned()
        };
        fits.then_some(Self { width, height }).ok_or_else(refused)
    }

    /// Both sides in pixels, where it has both in pixels.
    pub fn pixels(self) -> Option<[u32; 2]> {
        (self.unit() == Unit::Px).then_some([self.width.count, self.height?.count])
    }

    /// In what it is said.
    pub fn unit(self) -> Unit {
        self.width.unit
    }

    /// Px of the drawing.
    pub(super) fn px(self) -> (f64, Option<f64>) {
        (self.width.px(), self.height.map(Length::px))
    }
}

impl FromStr for PageSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = |_: String| {
            "expected WIDTHxHEIGHT in pixels, such as 1200x900: from 160x120 to 16384x16384, at most 100 million pixels; \
             or in cm, from 2cm to 100cm, such as 8.5cm or 8.5cmx6cm; without a height it is as high as the figure needs"
                .to_owned()
        };
        // The x of px does not divide.
        let (width, height) = match text.replace("px", "").split_once('x') {
            Some((width, height)) => (width.parse(), Some(height.parse()).transpose()),
            None => (text.parse(), Ok(None)),
        };
        let (width, height) = (width.map_err(refused)?, height.map_err(refused)?);
        Self::of(width, height).map_err(refused)
    }
}

impl fmt::Display for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height } = self;
        match height {
            None => write!(f, "{width}"),
            Some(height) => write!(f, "{width}x{height}"),
        }
    }
}

/// Dots per inch, 36 to 2400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dpi(u32);

impl Dpi {
    /// So many.
    pub fn new(count: u32) -> Option<Self> {
        (36..=2400).contains(&count).then_some(Self(count))
    }

    /// How many.
    pub fn count(self) -> u32 {
        self.0
    }
}

impl FromStr for Dpi {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let count = text.parse().ok().and_then(Self::new);
        count.ok_or_else(|| "expected dots per inch, a whole number from 36 to 2400, such as 300".to_owned())
    }
}

/// A size of text in points, 4 to 72 in tenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FontSize(u32);

impl FontSize {
    /// So many points.
    pub fn new(points: f64) -> Option<Self> {
        let tenths = (10.0 * points).round();
        (40.0..=720.0).contains(&tenths).then_some(Self(tenths as u32))
    }

    /// In points.
    pub fn points(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    pub(super) fn px(self) -> f64 {
        self.points() * PX_A_POINT
    }
}

impl FromStr for FontSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let points = text.strip_suffix("pt").unwrap_or(text).trim().parse().ok().and_then(Self::new);
        points.ok_or_else(|| "expected points from 4 to 72, such as 9 or 10.5".to_owned())
    }
}

impl fmt::Display for FontSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.points())
    }
}

impl Page {
    /// The usual size on this ground.
    pub fn usual(dark: bool) -> Self {
        Self { ground: Ground::opaque(dark), ..Self::default() }
    }

    /// Dots per inch that are written into a picture: where it has a size on paper.
    pub(super) fn dots(self) -> Option<u32> {
        match self.size.map(PageSize::unit) {
            Some(Unit::Px) => None,
            Some(Unit::Cm) => Some(self.dpi.map_or(DPI, Dpi::count)),
            None => self.dpi.map(Dpi::count),
        }
    }

    /// Pixels of a picture for each px of the drawing.
    pub(super) fn fineness(self) -> f64 {
        let usual = if self.size.is_some() { 1.0 } else { f64::from(DEFAULT_SCALE) };
        self.dots().map_or(usual, |dpi| f64::from(dpi) / 96.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_round_trip_and_others_are_refused() {
        for good in ["160x120", "16384x6000", "1200x900", "8.5cm", "8.5cmx6cm", "1200", "100cm"] {
            assert_eq!(good.parse::<PageSize>().map(|s| s.to_string()), Ok(good.to_owned()));
        }
        for (text, same) in
            [("1200px", "1200"), ("1200pxx900px", "1200x900"), ("8.50cm", "8.5cm"), ("12cm", "12cm")]
        {
            assert_eq!(text.parse::<PageSize>().map(|s| s.to_string()), Ok(same.to_owned()));
        }
        for bad in [
            "",
            "100x100",
            "159x120",
            "16384x16384",
            "axb",
            "-5x200",
            "1e3x900",
            "200x200x3",
            "1cm",
            "101cm",
            "8.5cmx600",
            "8.5x6cm",
            "NaNcm",
            "infcm",
            "8.5mm",
            "x",
            "cm",
            "0",
            "159",
            "20000",
        ] {
            assert!(bad.parse::<PageSize>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_size_on_paper_has_so_many_dots() {
        let page = |size: &str, dpi| Page { size: size.parse().ok(), dpi: Dpi::new(dpi), ..Page::default() };
        assert_eq!(page("8.5cm", 600).dots(), Some(600));
        assert_eq!(page("8.5cm", 0).dots(), Some(300));
        assert_eq!(page("1200x900", 600).dots(), None);
        // 2.54 cm are 96 px, an inch.
        let (width, _) = "2.54cm".parse::<PageSize>().expect("a size").px();
        assert!((width - 96.0).abs() < 1e-9);
        assert!((page("2.54cm", 300).fineness() * width - 300.0).abs() < 1e-9);
        assert_eq!("9pt".parse::<FontSize>().map(|size| size.px()), Ok(12.0));
        for bad in ["3", "2401", "x", "", "NaN", "inf"] {
            assert!(bad.parse::<FontSize>().is_err(), "{bad}");
            assert!(bad.parse::<Dpi>().is_err(), "{bad}");
        }
    }
}
