//! The colours that tell curves and groups apart, on light ground and on dark.

/// Okabe and Ito's colours for all kinds of colour vision, without the yellow that print loses; a violet and an olive more,
/// as there are nine methods to be told apart. The window's light theme has each of them in a shade that suits its ground.
pub const COLORS: [&str; 9] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#6a3d9a", "#7a7a1a"];

/// The same in shades that are seen on dark ground, in figures and in the window.
pub const DARK_COLORS: [&str; COLORS.len()] =
    ["#4aa3f0", "#f5793a", "#3dc9a0", "#db8cc4", "#f2c14e", "#a6dcff", "#e1e5ec", "#b58cff", "#bdbd50"];

/// One of [`COLORS`], which repeat, on light ground or on dark.
pub(super) fn series_color(index: usize, dark: bool) -> &'static str {
    let colors = if dark { DARK_COLORS } else { COLORS };
    colors[index % colors.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Ground, LinePlot, Series};

    /// Relative luminance of #rrggbb (WCAG 2).
    fn luminance(color: &str) -> f64 {
        let part = |n: usize| f64::from(u8::from_str_radix(&color[n..n + 2], 16).expect("a colour")) / 255.0;
        let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        0.2126 * linear(part(1)) + 0.7152 * linear(part(3)) + 0.0722 * linear(part(5))
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn curves_are_seen_on_dark_ground_and_printed_ones_keep_their_colours() {
        let curve = |n: usize| Series::new(format!("{n}"), vec![[0.0, n as f64], [1.0, 1.0]]);
        let plot = LinePlot { series: (0..COLORS.len()).map(curve).collect(), ..LinePlot::default() };
        // Those of curves alone are paths with round ends.
        let drawn = |dark: bool| {
            let svg = plot.natural(Ground::opaque(dark)).finish();
            let curves = svg.lines().filter(|line| line.contains("stroke-linejoin"));
            let color = |line: &str| line.split("stroke=\"").nth(1).map(|rest| rest[..7].to_owned());
            curves.filter_map(color).collect::<Vec<_>>()
        };
        assert_eq!(drawn(false), COLORS);
        let dark = drawn(true);
        assert_eq!(dark.len(), COLORS.len());
        for color in dark {
            assert!(contrast(&color, "#15171b") >= 4.5, "{color}: {}", contrast(&color, "#15171b"));
        }
    }
}
