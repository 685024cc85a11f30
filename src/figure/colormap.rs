//! The colour maps of the program, as tables that the CPU and the shaders share.

use std::sync::LazyLock;

/// Number of entries of a colour table.
pub const LUT_LEN: usize = 256;

/// A table of sRGB colours, from position 0 to position 1.
pub type Lut = [[u8; 3]; LUT_LEN];

/// The colour of a value that is not a number: mid grey, in neither map.
pub const MISSING: [u8; 3] = [128, 128, 128];

static VIRIDIS: LazyLock<Lut> = LazyLock::new(viridis);
static DIVERGING: LazyLock<Lut> = LazyLock::new(diverging);
static PALE: LazyLock<Lut> = LazyLock::new(pale);

/// A colour map, safe for colour-blind eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColorMap {
    /// Sequential, dark violet → green → yellow with steadily rising lightness.
    Viridis,
    /// Diverging, blue (negative) → white (zero) → red (positive).
    Diverging,
    /// Sequential, white → blue, for what lies behind something else on light ground.
    Pale,
}

impl ColorMap {
    /// The table of 256 sRGB colours. In [`ColorMap::Diverging`] the middle lies between the
    /// entries 127 and 128, and both are pure white.
    pub fn lut(self) -> &'static Lut {
        match self {
            Self::Viridis => &VIRIDIS,
            Self::Diverging => &DIVERGING,
            Self::Pale => &PALE,
        }
    }

    /// The colour at position `u`: entry `floor(u · 255 + 0.5)`, limited to 0..=255.
    ///
    /// No interpolation. NaN gives [`MISSING`]; positions outside [0, 1] take the nearer end.
    pub fn color(self, u: f64) -> [u8; 3] {
        if u.is_nan() {
            return MISSING;
        }
        // The cast saturates, so that no finite or infinite `u` leaves the table.
        let index = (u * 255.0 + 0.5).floor().clamp(0.0, 255.0) as usize;
        self.lut()[index]
    }
}

fn viridis() -> Lut {
    std::array::from_fn(|i| colorous::VIRIDIS.eval_rational(i, LUT_LEN).as_array())
}

/// As far up ColorBrewer's Blues as what lies over it can still be seen.
const PALE_END: usize = 420;

fn pale() -> Lut {
    std::array::from_fn(|i| colorous::BLUES.eval_rational(i, PALE_END).as_array())
}

/// The innermost share of each side that runs straight to white.
const WHITE_SHARE: f64 = 0.2;

/// ColorBrewer's RdBu, turned round (blue = negative), with a middle of pure white instead of its off-white, so that
/// "exactly zero" has the colour of the paper. Pale colours lie on a straight line to white: they keep their hue.
fn diverging() -> Lut {
    std::array::from_fn(|i| {
        let offset = i as f64 - 127.5;
        // 0 for the two entries next to the middle, 1 at the ends.
        let distance = (offset.abs() - 0.5) / 127.0;
        let side = |distance: f64| {
            colorous::RED_BLUE.eval_continuous(0.5 - 0.5 * distance * offset.signum()).as_array()
        };
        if distance >= WHITE_SHARE {
            return side(distance);
        }
        let share = distance / WHITE_SHARE;
        side(WHITE_SHARE).map(|channel| (255.0 + share * (f64::from(channel) - 255.0)).round() as u8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of an sRGB colour (WCAG 2).
    fn luminance(rgb: [u8; 3]) -> f64 {
        let linear = rgb.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn viridis_has_its_published_ends_and_rises_in_luminance() {
        let lut = ColorMap::Viridis.lut();
        assert_eq!(lut[0], [68, 1, 84]);
        assert_eq!(lut[255], [253, 231, 37]);
        // Rounding to 8 bits makes single steps of the published table stand still.
        for i in 2..LUT_LEN {
            assert!(luminance(lut[i]) > luminance(lut[i - 2]), "entry {i}");
        }
    }

    #[test]
    fn diverging_is_white_in_the_middle_and_equally_dark_on_both_sides() {
        let lut = ColorMap::Diverging.lut();
        assert_eq!([lut[127], lut[128]], [[255; 3]; 2]);
        for k in 0..128 {
            let (negative, positive) = (lut[127 - k], lut[128 + k]);
            let difference = luminance(negative) - luminance(positive);
            assert!(difference.abs() < 0.12, "step {k}: {difference}");
            if k > 2 {
                assert!(negative[2] > negative[0], "step {k}: negative is blue");
                assert!(positive[0] > positive[2], "step {k}: positive is red");
            }
            if k > 0 {
                assert!(luminance(negative) <= luminance(lut[128 - k]), "step {k}");
                assert!(luminance(positive) <= luminance(lut[127 + k]), "step {k}");
            }
        }
    }

    #[test]
    fn index_rule_rounds_half_up_and_stays_in_the_table() {
        let map = ColorMap::Viridis;
        assert_eq!(map.color(0.0), map.lut()[0]);
        assert_eq!(map.color(0.499 / 255.0), map.lut()[0]);
        assert_eq!(map.color(0.501 / 255.0), map.lut()[1]);
        assert_eq!(map.color(1.0), map.lut()[255]);
        assert_eq!(map.color(-1e300), map.lut()[0]);
        assert_eq!(map.color(f64::INFINITY), map.lut()[255]);
        assert_eq!(map.color(f64::NAN), MISSING);
    }
}
