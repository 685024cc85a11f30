//! OKLab (B. Ottosson, A perceptual color space for image processing, 2020): equal distances look equally far apart.
//!
//! Computed with `libm`, so that palettes and pictures are the same on every machine.

use std::sync::LazyLock;

/// Lightness from 0 (black) to 1 (white), then green–red and blue–yellow, each within ±0.4 for colours of a screen.
pub type Lab = [f32; 3];

/// The linear light of each sRGB byte, in \[0, 1\] (IEC 61966-2-1).
static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        let value = byte as f64 / 255.0;
        let linear = if value <= 0.04045 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) };
        linear as f32
    })
});

/// Steps of [`BYTES`]: fine enough that each byte comes back from its own light.
const STEPS: usize = 1 << 13;

/// The sRGB byte of linear light, by the square root of the light: the steps are then fine where the dark is.
static BYTES: LazyLock<[u8; STEPS + 1]> = LazyLock::new(|| {
    std::array::from_fn(|step| {
        let linear = (step as f64 / STEPS as f64).powi(2);
        let value =
            if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055 };
        (255.0 * value).round() as u8
    })
});

/// An sRGB colour in OKLab.
pub fn oklab(color: [u8; 3]) -> Lab {
    let [r, g, b] = color.map(|byte| LINEAR[usize::from(byte)]);
    let l = libm::cbrtf(0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b);
    let m = libm::cbrtf(0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b);
    let s = libm::cbrtf(0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b);
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

/// The linear light of a colour in OKLab, red, green, blue: outside \[0, 1\] where no screen can show it.
pub fn linear_light([lightness, a, b]: Lab) -> [f32; 3] {
    let l = lightness + 0.396_337_78 * a + 0.215_803_76 * b;
    let m = lightness - 0.105_561_346 * a - 0.063_854_17 * b;
    let s = lightness - 0.089_484_18 * a - 1.291_485_5 * b;
    let [l, m, s] = [l, m, s].map(|cone| cone * cone * cone);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
}

/// The sRGB byte of linear light, which is cut off at 0 and 1: what a screen does with light it can't show.
pub fn srgb_byte(linear: f32) -> u8 {
    BYTES[(linear.clamp(0.0, 1.0).sqrt() * STEPS as f32 + 0.5) as usize]
}

/// The square of the distance of two colours.
pub fn distance_squared(a: Lab, b: Lab) -> f32 {
    let [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    x * x + y * y + z * z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_have_their_known_places() {
        // The values of the CSS Color 4 test suite.
        for (color, expected) in [
            ([255, 255, 255], [1.0, 0.0, 0.0]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 0, 0], [0.62796, 0.22486, 0.12585]),
            ([0, 255, 0], [0.86644, -0.23389, 0.17950]),
            ([0, 0, 255], [0.45201, -0.03246, -0.31153]),
        ] {
            let found = oklab(color);
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 2e-5, "{color:?}: {found} for {expected}");
            }
        }
    }

    #[test]
    fn every_byte_comes_back_from_its_light() {
        for byte in 0..=255 {
            assert_eq!(srgb_byte(LINEAR[usize::from(byte)]), byte);
        }
        assert_eq!((srgb_byte(-3.0), srgb_byte(7.0)), (0, 255));
    }

    #[test]
    fn colours_come_back_from_oklab() {
        for r in (0..256).step_by(15) {
            for g in (0..256).step_by(15) {
                for b in (0..256).step_by(15) {
                    let color = [r as u8, g as u8, b as u8];
                    assert_eq!(linear_light(oklab(color)).map(srgb_byte), color);
                }
            }
        }
    }
}
