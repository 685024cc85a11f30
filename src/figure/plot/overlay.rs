//! What lies over a heat map: arrows with their legend, or points with trails.

use super::cell_marks::MARK;
use super::heat_map::HeatMap;
use super::parts::{LABEL, LABEL_PAD, TICK, label_room};
use super::series_colors::{COLORS, series_color};
use crate::figure::colormap::ColorMap;
use crate::figure::particles::{Cloud, opacity, place_in_cells, splat};
use crate::figure::scale::{Scale, format_value, round_down};
use crate::figure::svg::{Canvas, Stroke, number};
use image::{Rgba, RgbaImage};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// How much of the ground covers a map that steps back behind something: less of a dark one, on which the map is dark itself.
pub fn veil(dark: bool) -> f64 {
    if dark { 0.45 } else { 0.7 }
}

/// In place of one of [`COLORS`] that of what is pointed out, as the window has it.
pub const POINTED: usize = usize::MAX;

/// One of [`COLORS`], or that of what is pointed out.
fn color_of(color: usize, dark: bool) -> &'static str {
    if color == POINTED { MARK[usize::from(dark)] } else { series_color(color, dark) }
}

/// Radius of a ring, in px.
const RING: f64 = 4.0;
/// More points than this are drawn as pixels: a vector file of them would be slow to open and no sharper.
const MOST_VECTORS: usize = 20_000;
/// Overlapping points add up to so many times their opacity.
const LAYERS: usize = 6;
/// Points are this colour on light ground, and that on dark.
const POINTS: [&str; 2] = ["#c23b00", "#ffd166"];
const POINTS_RGB: [[u8; 3]; 2] = [[0xc2, 0x3b, 0x00], [0xff, 0xd1, 0x66]];

/// How a map steps back behind what lies over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behind {
    /// Under a veil.
    #[default]
    Veil,
    /// On light ground in pale colours, whose zero is the paper; on dark ground under a veil.
    Pale,
    /// Not at all.
    Clear,
}

impl Behind {
    /// The colours of a map behind something.
    pub(super) fn scale(self, scale: Scale, dark: bool) -> Scale {
        let is_pale = self == Self::Pale && !dark && scale.map == ColorMap::Viridis;
        Scale { map: if is_pale { ColorMap::Pale } else { scale.map }, ..scale }
    }

    fn is_veiled(self, dark: bool) -> bool {
        self == Self::Veil || (self == Self::Pale && dark)
    }
}

/// Something over a heat map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlay {
    /// A vector field.
    Arrows(Arrows),
    /// A cloud.
    Points(Points),
    /// Lines with a dot at each one's end.
    Lines(Lines),
}

/// Arrows on a grid of blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrows {
    /// Middle in cells and vector, in `unit`: `[x, y, along x, along y]`.
    pub arrows: Vec<[f64; 4]>,
    /// The magnitude that gets the longest arrow.
    pub longest: f64,
    /// Cells from one arrow to the next.
    pub block: f64,
    /// Unit of the magnitudes.
    pub unit: String,
    /// One that is pointed out: longer than the others, on their scale, from a ring around where it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointed: Option<[f64; 4]>,
}

/// Points and the jumps that brought them there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// The states of the particles.
    pub states: Vec<[u16; 2]>,
    /// Jumps `[x from, y from, x to, y to]` and how fresh they are, in \[0, 1\].
    pub trails: Vec<([f32; 4], f32)>,
    /// Which of [`COLORS`] each particle has; they repeat. Empty where all have the usual one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub colors: Vec<usize>,
}

/// Lines over a map that is no grid of tokens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// From where each begins to where it ends now.
    pub lines: Vec<Line>,
    /// Points in cells that have a ring around them, and which of [`COLORS`] it has, or [`POINTED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rings: Vec<([f32; 2], usize)>,
    /// Words with their middle in cells; those that would be cut off or lie on others are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<([f32; 2], String)>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Points in cells.
    pub points: Vec<[f32; 2]>,
    /// Which of [`COLORS`], which repeat, or [`POINTED`].
    pub color: usize,
    /// Its width in px.
    pub width: f64,
    /// Whether its end has a dot.
    pub dot: bool,
    /// Whether it is the rim of an area in its colour, in place of a line.
    #[serde(default)]
    pub filled: bool,
}

impl Lines {
    fn draw(&self, canvas: &mut Canvas, map: &HeatMap<'_>) {
        let place = |point: &[f32; 2]| map.position(point.map(f64::from));
        let dark = canvas.is_dark();
        let color = |line: &Line| color_of(line.color, dark);
        for line in &self.lines {
            let points: Vec<[f64; 2]> = line.points.iter().map(place).collect();
            if line.filled {
                let corners = points.iter().map(|[x, y]| format!("{} {}", number(*x), number(*y)));
                let rim = format!("M{}z", corners.collect::<Vec<_>>().join("L"));
                canvas.shape(&rim, color(line), 1.0);
                continue;
            }
            canvas.polyline(&points, Stroke::solid(color(line), line.width));
        }
        for line in self.lines.iter().filter(|line| line.dot) {
            if let Some(end) = line.points.last() {
                canvas.marker(place(end), 2.2, color(line));
            }
        }
        for (at, color) in &self.rings {
            canvas.ring(place(at), RING, Stroke::solid(color_of(*color, dark), 1.5));
        }
        let (frame, style) = ([map.x, map.y, map.x + map.side(), map.y + map.side()], TICK.middle());
        for (at, words) in &self.words {
            let [x, y] = place(at);
            canvas.text_where_free([x, y + style.half_height()], words, &style, frame);
        }
    }
}

impl Overlay {
    /// Draws it, and what makes the map step back.
    pub(super) fn draw(&self, canvas: &mut Canvas, map: &HeatMap<'_>, behind: Behind) {
        let side = number(map.side());
        let square = format!("M{} {}h{side}v{side}h-{side}z", number(map.x), number(map.y));
        if behind.is_veiled(canvas.is_dark()) {
            canvas.shape(&square, "#ffffff", veil(canvas.is_dark()));
        }
        // What is cut off by a section ends at its frame.
        let rim = if map.section.is_some() { 0.0 } else { 2.0 };
        map.clipped(canvas, rim, |canvas| match self {
            Self::Arrows(arrows) => arrows.draw(canvas, map),
            Self::Points(points) => points.draw(canvas, map),
            Self::Lines(lines) => lines.draw(canvas, map),
        });
    }
}

impl Arrows {
    const GAP: f64 = 14.0;
    /// Between the values of the legend.
    const LINE: f64 = 34.0;
    /// Shorter shares would be dots.
    const SHORTEST: f64 = 0.004;
    /// No legend arrow is longer than this, in px.
    const LONGEST: f64 = 40.0;

    /// Length in px of the longest arrow.
    fn reach(&self, map: &HeatMap<'_>) -> f64 {
        self.block * map.cell * 1.35
    }

    /// Weak arrows are drawn longer than their share, so that they are seen; the legend has the same rule.
    fn length(reach: f64, share: f64) -> f64 {
        reach * share.powf(0.4)
    }

    /// How many times longer one is that is pointed out.
    const POINTED: f64 = 2.2;

    /// The end of viridis away from the ground.
    fn color(share: f64, dark: bool) -> String {
        let share = share.min(1.0);
        let [r, g, b] = ColorMap::Viridis.color(if dark { 0.6 + 0.4 * share } else { 0.6 * (1.0 - share) });
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    fn draw(&self, canvas: &mut Canvas, map: &HeatMap<'_>) {
        let reach = self.reach(map);
        for [x, y, dx, dy] in &self.arrows {
            let magnitude = dx.hypot(*dy);
            // What is learned may be longer than anything exact.
            let share = (magnitude / self.longest).min(1.5);
            if share.is_nan() || share <= Self::SHORTEST {
                continue;
            }
            let length = Self::length(reach, share);
            let along = [dx / magnitude * length, -dy / magnitude * length];
            let [x, y] = map.position([*x, *y]);
            let from = [x - 0.5 * along[0], y - 0.5 * along[1]];
            canvas.shape(&arrow(from, along), &Self::color(share, canvas.is_dark()), 1.0);
        }
        if let Some([x, y, dx, dy]) = self.pointed {
            let (at, mark) = (map.position([x, y]), color_of(POINTED, canvas.is_dark()));
            let magnitude = dx.hypot(dy);
            let length = Self::POINTED * Self::length(reach, (magnitude / self.longest).min(1.5));
            if length.is_finite() && magnitude > 0.0 {
                canvas.shape(&arrow(at, [dx / magnitude * length, -dy / magnitude * length]), mark, 1.0);
            }
            canvas.ring(at, RING, Stroke::solid(mark, 1.5));
        }
    }

    /// Three round values; none where nothing moves.
    fn legend(&self) -> Vec<f64> {
        let most = round_down(self.longest);
        if most > 0.0 { [1.0, 0.5, 0.1].map(|part| part * most).to_vec() } else { Vec::new() }
    }

    /// Room right of the map.
    pub(super) fn legend_room(&self, map: &HeatMap<'_>) -> f64 {
        let values = self.legend();
        let labels = values.iter().map(|v| TICK.width(&format_value(*v))).fold(0.0, f64::max);
        Self::GAP + labels.max(self.reach(map).min(Self::LONGEST)) + label_room(&self.unit)
    }

    /// Draws the values beside the map.
    pub(super) fn draw_legend(&self, canvas: &mut Canvas, map: &HeatMap<'_>) {
        let left = map.x + map.side() + Self::GAP;
        let line = Self::LINE.min(map.side() / 3.0);
        let reach = self.reach(map).min(Self::LONGEST);
        for (row, value) in self.legend().into_iter().enumerate() {
            let share = value / self.longest;
            let y = map.y + 5.0 + line * row as f64;
            let along = [Self::length(reach, share), 0.0];
            canvas.shape(&arrow([left, y], along), &Self::color(share, canvas.is_dark()), 1.0);
            canvas.text(left, y + 4.0 + TICK.height(), &format_value(value), &TICK);
        }
        let end = map.x + map.side() + self.legend_room(map) - label_room(&self.unit);
        let style = LABEL.upward().fitted(&self.unit, map.side());
        let baseline = end + LABEL_PAD + 2.0 * LABEL.half_height();
        canvas.text(baseline, map.y + 0.5 * map.side(), &self.unit, &style);
    }
}

/// A tapered arrow from `from` along `along`, as a path.
fn arrow(from: [f64; 2], along: [f64; 2]) -> String {
    let length = along[0].hypot(along[1]);
    if length.is_nan() || length <= 0.0 {
        return String::new();
    }
    let (ahead, side) = (along.map(|x| x / length), [-along[1] / length, along[0] / length]);
    let head = (length * 0.45).clamp(2.0, 7.0).min(length);
    let (half, wing) = ((length * 0.06).clamp(0.5, 1.3), (head * 0.5).max(1.2));
    let at = |forward: f64, sideways: f64| {
        [0, 1].map(|i| number(from[i] + ahead[i] * forward + side[i] * sideways)).join(" ")
    };
    let neck = length - head;
    let outline = [
        at(0.0, -half),
        at(neck, -half),
        at(neck, -wing),
        at(length, 0.0),
        at(neck, wing),
        at(neck, half),
        at(0.0, half),
    ];
    format!("M{}z", outline.join("L"))
}

impl Points {
    fn draw(&self, canvas: &mut Canvas, map: &HeatMap<'_>) {
        let place = |[x, y]: [f32; 2]| map.position([f64::from(x), f64::from(y)]);
        for ([x0, y0, x1, y1], fresh) in &self.trails {
            let stroke = Stroke::solid("#1a1a1a", 0.8);
            canvas.faint_segment(place([*x0, *y0]), place([*x1, *y1]), stroke, 0.5 * f64::from(*fresh));
        }
        let theme = usize::from(canvas.is_dark());
        if self.colors.is_empty() {
            return self.cloud(canvas, map, &self.states, (POINTS[theme], POINTS_RGB[theme]));
        }
        for n in 0..COLORS.len() {
            let color = series_color(n, canvas.is_dark());
            let own = self.states.iter().zip(&self.colors).filter(|(_, of)| **of % COLORS.len() == n);
            let own: Vec<[u16; 2]> = own.map(|(state, _)| *state).collect();
            if !own.is_empty() {
                self.cloud(canvas, map, &own, (color, rgb(color)));
            }
        }
    }

    /// Dots in one colour, which is given twice.
    fn cloud(
        &self,
        canvas: &mut Canvas,
        map: &HeatMap<'_>,
        states: &[[u16; 2]],
        (color, color_rgb): (&str, [u8; 3]),
    ) {
        let place = |[x, y]: [f32; 2]| map.position([f64::from(x), f64::from(y)]);
        let side = (map.side() * map.device).ceil().max(1.0) as u32;
        let window = map.window();
        let px_per_point = map.device as f32;
        // Dots as the window draws them.
        let cloud = Cloud::new(self.states.len(), map.layout, window, [side; 2], px_per_point, color_rgb);
        if self.states.len() > MOST_VECTORS {
            let [r, g, b] = color_rgb;
            let counts = splat(states, &cloud);
            let image = RgbaImage::from_fn(side, side, |px, py| {
                let covered = opacity(counts[(py * side + px) as usize], cloud.strength);
                Rgba([r, g, b, (255.0 * covered).round() as u8])
            });
            canvas.image(map.x, map.y, map.side(), map.side(), &image);
            return;
        }
        let radius = 0.5 * f64::from(cloud.dot) / map.device;
        let [size, across] = [radius, 2.0 * radius].map(number);
        for layer in 0..LAYERS {
            let mut path = String::new();
            for (n, state) in states.iter().enumerate().skip(layer).step_by(LAYERS) {
                let [x, y] = place(place_in_cells(n, *state, map.layout, map.cell as f32));
                // A disc of two arcs; writing into a String cannot fail.
                _ = write!(
                    path,
                    "M{} {}a{size} {size} 0 1 0 {across} 0a{size} {size} 0 1 0 -{across} 0z",
                    number(x - radius),
                    number(y)
                );
            }
            if !path.is_empty() {
                canvas.shape(&path, color, f64::from(opacity(1, cloud.strength)));
            }
        }
    }
}

/// The parts of a colour that is written as #rrggbb.
fn rgb(color: &str) -> [u8; 3] {
    let part = |n: usize| color.get(2 * n + 1..2 * n + 3).and_then(|two| u8::from_str_radix(two, 16).ok());
    [0, 1, 2].map(|n| part(n).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{CellLayout, Figure, HeatPanel, Page, PageSize, Scale};
    use ndarray::Array2;

    fn panel(overlay: Overlay) -> HeatPanel {
        let mut panel =
            HeatPanel::new("p", Array2::zeros((8, 8)), CellLayout::new(8, false), Scale::sequential(1.0));
        panel.overlay = Some(overlay);
        panel
    }

    #[test]
    fn arrows_point_where_they_should_and_weak_ones_are_left_out() {
        let arrows = vec![[4.0, 4.0, 1.0, 0.0], [2.0, 2.0, 0.0, 0.5], [6.0, 6.0, 1e-6, 0.0]];
        let longest = 1.0;
        let unit = "mass / time".to_owned();
        let svg =
            panel(Overlay::Arrows(Arrows { arrows, longest, block: 1.0, unit, pointed: None })).to_svg();
        // The veil, two arrows, three of the legend.
        assert_eq!(svg.matches("<path").count(), 6);
        let (arrows, unit) = (vec![[4.0, 4.0, 1.0, 0.0]], String::new());
        let pointed = Some([3.0, 3.0, 0.0, 1.0]);
        let svg = panel(Overlay::Arrows(Arrows { arrows, longest, block: 1.0, unit, pointed })).to_svg();
        assert_eq!(svg.matches(MARK[0]).count(), 2, "the one that is pointed out, and its ring");
        let tip = arrow([10.0, 10.0], [0.0, -8.0]);
        assert!(tip.contains("L10 2L"), "up is up: {tip}");
        assert_eq!(arrow([1.0, 1.0], [0.0, 0.0]), "");
    }

    #[test]
    fn points_have_the_colours_of_their_groups() {
        let points =
            Points { states: vec![[1, 6], [2, 2], [5, 5]], trails: Vec::new(), colors: vec![0, 2, 11] };
        let svg = panel(Overlay::Points(points)).to_svg();
        let count = |color: &str| svg.matches(&format!("\"{color}\"")).count();
        assert_eq!([COLORS[0], COLORS[2], POINTS[0]].map(count), [1, 2, 0], "{svg}");
        assert_eq!(rgb("#c23b00"), POINTS_RGB[0]);
    }

    #[test]
    fn behind_something_a_map_is_pale_on_paper_veiled_on_dark_ground_or_as_it_is() {
        let counted = |behind, dark| {
            let panel = HeatPanel { behind, ..panel(Overlay::Lines(Lines::default())) };
            let image = Figure::heat(panel).to_image(Page::usual(dark)).expect("renders");
            let of = |map: ColorMap| image.pixels().filter(|p| p.0[..3] == map.color(0.0)).count();
            [of(ColorMap::Pale), of(ColorMap::Viridis)].map(|count| count > 10_000)
        };
        assert_eq!([false, true].map(|dark| counted(Behind::Pale, dark)), [[true, false], [false, false]]);
        assert_eq!([false, true].map(|dark| counted(Behind::Veil, dark)), [[false, false]; 2]);
        assert_eq!([false, true].map(|dark| counted(Behind::Clear, dark)), [[false, true]; 2]);
    }

    #[test]
    fn words_that_lie_on_others_or_beyond_the_map_are_left_out() {
        let words = [([4.0, 4.0], "12 %"), ([4.1, 4.0], "13 %"), ([0.0, 6.0], "14 %"), ([4.0, 6.0], "15 %")];
        let words = words.map(|(at, words)| (at, words.to_owned())).to_vec();
        let lines = Lines { words, rings: vec![([2.0, 2.0], 3)], ..Lines::default() };
        let svg = panel(Overlay::Lines(lines)).to_svg();
        let shown = ["12 %", "13 %", "14 %", "15 %"].map(|words| svg.contains(words));
        assert_eq!(shown, [true, false, false, true], "{svg}");
        assert_eq!(svg.matches("fill=\"none\"").count(), 1, "a ring: {svg}");
    }

    #[test]
    fn many_points_are_pixels_in_the_places_of_the_vectors() {
        let cloud = |n: usize| {
            let states = vec![[1, 6]; n];
            let figure = Figure::heat(panel(Overlay::Points(Points {
                states,
                trails: Vec::new(),
                colors: Vec::new(),
            })));
            let page = Page { size: PageSize::new(600, 600), ..Page::default() };
            let svg = figure.to_svg(page).expect("fits");
            (svg.matches("<image").count(), figure.to_image(page).expect("renders"))
        };
        let (few, many) = (cloud(100), cloud(MOST_VECTORS + 1));
        assert_eq!(many.0, few.0 + 1);
        let red = |image: &RgbaImage| {
            let hot = image.enumerate_pixels().filter(|(_, _, p)| p[0] > 150 && p[1] < 100 && p[2] < 60);
            let sum =
                hot.fold([0u64; 3], |[n, x, y], (px, py, _)| [n + 1, x + u64::from(px), y + u64::from(py)]);
            assert!(sum[0] > 0, "no point is drawn");
            [sum[1] / sum[0], sum[2] / sum[0]]
        };
        let (a, b) = (red(&few.1), red(&many.1));
        assert!(a[0].abs_diff(b[0]) <= 3 && a[1].abs_diff(b[1]) <= 3, "{a:?} {b:?}");
    }
}
