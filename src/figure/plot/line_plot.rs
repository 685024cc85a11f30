//! Curves with axes, grid and legend.

use super::axis::Axis;
use super::parts::{
    AXIS, Caption, GRID, INK, LABEL, LABEL_PAD, MARGIN, MUTED, TICK, TICK_LENGTH, TICK_PAD, TITLE,
    label_room, times_power,
};
use super::series_colors::series_color;
use crate::figure::paper::Ground;
use crate::figure::svg::{Canvas, Dash, Marker, Sheet, Stroke, TextStyle, number};
use serde::{Deserialize, Serialize};

/// Size that suits the area between the axes, in px.
const PLOT: [f64; 2] = [380.0, 236.0];
/// Solid series of at most this many points get a marker at each.
const MARKED_POINTS: usize = 24;

/// One curve.
///
/// Colours go by position and repeat after nine, unless a [`Look`] says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name in the legend; an empty one is left out there.
    pub label: String,
    /// Points `[x, y]` in order. A point that cannot be drawn (not finite, or not positive on a
    /// logarithmic axis) interrupts the line.
    pub points: Vec<[f64; 2]>,
    /// Dashed, as for a bound or a reference.
    pub dashed: bool,
    /// The standard error of each point, drawn as a bar over and under it; as many as points, or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<f64>,
    /// How it is drawn, where many curves are told apart by more than their colours.
    #[serde(default)]
    pub look: Option<Look>,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Which of the colours of curves ([`SERIES_COLORS`](crate::figure::SERIES_COLORS)); they repeat.
    pub color: usize,
    /// Pattern of the line.
    pub dash: Dash,
    /// Shape of the marks at its points, where they are few.
    pub marker: Marker,
    /// Twice as thick as the others.
    pub thick: bool,
    /// Bars from 0 up, in place of a line; `points` are then the ends of their tops, two a bar.
    pub bars: bool,
}

/// A point that is pointed out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    /// `[x, y]`.
    pub at: [f64; 2],
    /// What it is, for the legend.
    pub label: String,
}

impl Series {
    /// A solid curve, coloured by its position.
    pub fn new(label: impl Into<String>, points: Vec<[f64; 2]>) -> Self {
        Self { label: label.into(), points, ..Self::default() }
    }

    /// How it is drawn at its position among the curves of a plot.
    pub fn look_at(&self, position: usize) -> Look {
        let dash = if self.dashed { Dash::Dashed } else { Dash::Solid };
        self.look.unwrap_or(Look { color: position, dash, ..Look::default() })
    }

    /// Whether each of its points has a mark.
    pub fn marked(&self) -> bool {
        self.points.len() <= MARKED_POINTS && !self.dashed && !self.is_bars()
    }

    /// The lower and the upper end of the bar of every point that has an error.
    pub fn error_bars(&self) -> impl Iterator<Item = [[f64; 2]; 2]> {
        let all = self.points.iter().zip(&self.errors).filter(|(_, error)| **error > 0.0);
        all.map(|([x, y], error)| [[*x, y - error], [*x, y + error]])
    }

    /// Whether it is bars.
    pub fn is_bars(&self) -> bool {
        self.look.is_some_and(|look| look.bars)
    }
}

impl Look {
    fn stroke(self, dark: bool) -> Stroke {
        let width = if self.thick { 3.0 } else { 1.75 };
        Stroke { color: series_color(self.color, dark), width, dash: self.dash }
    }
}

/// A plot of curves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinePlot {
    /// Title; may be empty.
    pub title: String,
    /// Label of the horizontal axis, with its unit.
    pub x_label: String,
    /// Label of the vertical axis, with its unit.
    pub y_label: String,
    /// The curves.
    pub series: Vec<Series>,
    /// Logarithmic horizontal axis.
    pub log_x: bool,
    /// Logarithmic vertical axis.
    pub log_y: bool,
    /// The vertical axis is of shares: it goes from 0 to 1, whatever is drawn.
    #[serde(default)]
    pub shares: bool,
    /// Points that are pointed out.
    #[serde(default)]
    pub rings: Vec<Ring>,
    /// Settings in small print below; may be empty.
    pub caption: String,
}

impl LinePlot {
    /// The plot as a complete SVG document, in the size that suits it.
    pub fn to_svg(&self) -> String {
        self.natural(Ground::default()).finish()
    }

    /// The same drawing on another ground.
    pub(in crate::figure) fn natural(&self, ground: Ground) -> Canvas {
        let frame = self.frame(PLOT);
        let width = (frame.left + PLOT[0] + frame.right).ceil();
        let caption = Caption::new(&self.caption, width - 2.0 * MARGIN);
        let height = (frame.below() + caption.height() + MARGIN).ceil();
        self.set(&Sheet::natural(width, height, ground), &frame, &caption)
    }

    /// How high a sheet of this width has to be for an area of the usual shape.
    pub(in crate::figure) fn height_on(&self, width: f64) -> f64 {
        let caption = Caption::new(&self.caption, width - 2.0 * MARGIN);
        let mut size = PLOT;
        for _ in 0..3 {
            let frame = self.frame(size);
            let across = (width - frame.left - frame.right).max(1.0);
            size = [across, across * PLOT[1] / PLOT[0]];
        }
        self.frame(size).below() + caption.height() + MARGIN
    }

    /// The plot on a sheet, filling it; `None` where the area between the axes would be too small.
    pub(in crate::figure) fn fitted(&self, sheet: &Sheet) -> Option<String> {
        let caption = Caption::new(&self.caption, sheet.width - 2.0 * MARGIN);
        let mut size = [sheet.width, sheet.height];
        // The room around the area depends on its ticks, and on how the legend breaks.
        for _ in 0..4 {
            let frame = self.frame(size);
            let room = [
                sheet.width - frame.left - frame.right,
                sheet.height - (frame.below() - size[1]) - caption.height() - MARGIN,
            ];
            if room[0] < (0.4 * sheet.width).max(90.0) || room[1] < (0.3 * sheet.height).max(56.0) {
                return None;
            }
            if size[0] <= room[0] && size[1] <= room[1] {
                return self.set(sheet, &frame, &caption).finish_if_clear();
            }
            size = room;
        }
        None
    }

    /// Both axes of an area of `size` px: as wide as what is drawn and the values `over` of the horizontal one, with as many
    /// ticks as have room.
    pub fn axes(&self, size: [f64; 2], over: &[f64]) -> [Axis; 2] {
        let marked = self.series.iter().any(Series::marked);
        // Markers at the ends of the range stand free of the axes.
        let x_axis = Axis::new(
            self.values(0).chain(over.iter().copied()),
            self.log_x,
            size[0] / 60.0,
            if marked { 0.03 } else { 0.0 },
        );
        let y_room = if self.log_y { 26.0 } else { 34.0 };
        let whole = [0.0, 1.0].into_iter().filter(|_| self.shares);
        [x_axis, Axis::new(self.values(1).chain(whole), self.log_y, size[1] / y_room, 0.05)]
    }

    fn frame(&self, size: [f64; 2]) -> Frame<'_> {
        let [x_axis, y_axis] = self.axes(size, &[]);
        let y_tick_room = y_axis.labels.iter().map(|l| TICK.width(l)).fold(0.0, f64::max);
        let left = MARGIN + label_room(&self.y_label) + (y_tick_room + TICK_PAD + TICK_LENGTH).ceil();
        let legend = self.legend(size[0]);
        let title_room = if self.title.is_empty() { 0.0 } else { TITLE.size + 8.0 };
        let legend_room = legend.len() as f64 * LEGEND_LINE + if legend.is_empty() { 0.0 } else { 4.0 };
        let power_room = if y_axis.exponent.is_some() { TICK.line_height() } else { 0.0 };
        let top = MARGIN + title_room + legend_room + power_room + 4.0;
        // The last tick label is centred on the right end.
        let overhang = x_axis.labels.last().map_or(0.0, |label| 0.5 * TICK.width(label));
        let right = overhang.max(8.0) + MARGIN;
        let bottom = TICK_LENGTH + TICK_PAD + TICK.height() + label_room(&self.x_label);
        let legend_top = MARGIN + title_room;
        let area = Area { x: left, y: top, width: size[0], height: size[1] };
        Frame { x_axis, y_axis, legend, legend_top, left, right, bottom, area }
    }

    fn set(&self, sheet: &Sheet, frame: &Frame<'_>, caption: &Caption) -> Canvas {
        let Frame { x_axis, y_axis, area, left, .. } = frame;
        let (below, [width, height]) = (frame.below(), [area.width, area.height]);
        let mut canvas = Canvas::on(sheet, &self.title);
        let title = TITLE.fitted(&self.title, sheet.width - left - MARGIN);
        canvas.text(*left, MARGIN + 0.85 * TITLE.size, &self.title, &title);
        draw_legend(&mut canvas, &frame.legend, *left, frame.legend_top);

        area.draw_axes(&mut canvas, x_axis, y_axis);
        let x_style = LABEL.middle().fitted(&self.x_label, width);
        canvas.text(left + 0.5 * width, below - 2.0, &self.x_label, &x_style);
        let y_style = LABEL.upward().fitted(&self.y_label, height);
        canvas.text(MARGIN + 0.8 * LABEL.size, area.y + 0.5 * height, &self.y_label, &y_style);

        if self.values(1).next().is_none() {
            let style = TextStyle { color: MUTED, ..LABEL.middle() };
            canvas.text(left + 0.5 * width, area.y + 0.5 * height, "no values to show", &style);
        }
        for (i, series) in self.series.iter().enumerate() {
            self.draw_series(&mut canvas, series, series.look_at(i), area, x_axis, y_axis);
        }
        for ring in self.rings.iter().filter(|ring| self.drawable(ring.at)) {
            canvas.ring(area.at(x_axis.unit(ring.at[0]), y_axis.unit(ring.at[1])), RING, RING_STROKE);
        }
        caption.draw(&mut canvas, MARGIN, below);
        canvas
    }

    /// Whether a point lies on the axes.
    pub fn drawable(&self, [x, y]: [f64; 2]) -> bool {
        x.is_finite() && y.is_finite() && !(self.log_x && x <= 0.0) && !(self.log_y && y <= 0.0)
    }

    /// One coordinate of all points that can be drawn.
    fn values(&self, coordinate: usize) -> impl Iterator<Item = f64> {
        let rings = self.rings.iter().map(|ring| ring.at);
        // Bars stand on 0.
        let foot = self.series.iter().filter(|s| s.is_bars()).flat_map(|s| &s.points).map(|p| [p[0], 0.0]);
        let errors = self.series.iter().flat_map(Series::error_bars).flatten();
        let points =
            self.series.iter().flat_map(|s| &s.points).copied().chain(rings).chain(foot).chain(errors);
        points.filter(|p| self.drawable(*p)).map(move |p| p[coordinate])
    }

    fn draw_series(
        &self,
        canvas: &mut Canvas,
        series: &Series,
        look: Look,
        area: &Area,
        x_axis: &Axis,
        y_axis: &Axis,
    ) {
        let stroke = look.stroke(canvas.is_dark());
        if look.bars {
            return self.draw_bars(canvas, series, stroke.color, area, x_axis, y_axis);
        }
        for ends in series.error_bars().filter(|ends| ends.iter().all(|p| self.drawable(*p))) {
            let [from, to] = ends.map(|p| area.at(x_axis.unit(p[0]), y_axis.unit(p[1])));
            canvas.segment(from, to, Stroke { width: 1.0, dash: Dash::Solid, ..stroke });
        }
        for run in series.points.split(|p| !self.drawable(*p)) {
            let points: Vec<[f64; 2]> =
                run.iter().map(|p| area.at(x_axis.unit(p[0]), y_axis.unit(p[1]))).collect();
            canvas.polyline(&points, stroke);
            // A single point between gaps would be invisible without a marker.
            if points.len() == 1 || series.marked() {
                for point in points {
                    canvas.symbol(point, 3.25, stroke.color, look.marker);
                }
            }
        }
    }

    fn draw_bars(
        &self,
        canvas: &mut Canvas,
        series: &Series,
        color: &'static str,
        area: &Area,
        x_axis: &Axis,
        y_axis: &Axis,
    ) {
        let tops: Vec<&[[f64; 2]]> = series.points.chunks_exact(2).collect();
        let drawn = |top: &&[[f64; 2]]| top.iter().all(|p| self.drawable(*p));
        // Bars that touch are one surface: between two rectangles a seam is seen.
        for bars in tops.split(|top| !drawn(top)).flat_map(|some| some.chunk_by(|a, b| a[1][0] == b[0][0])) {
            let foot = area.at(0.0, y_axis.unit(0.0))[1];
            let of = |top: &[f64; 2]| area.at(x_axis.unit(top[0]), y_axis.unit(top[1]));
            if let [alone] = bars {
                let ([left, y], [right, _]) = (of(&alone[0]), of(&alone[1]));
                canvas.rect(left, y.min(foot), (right - left).max(0.3), (foot - y).abs(), color);
                continue;
            }
            let corners: Vec<[f64; 2]> = bars.iter().flat_map(|top| [of(&top[0]), of(&top[1])]).collect();
            let (first, last) = (corners[0][0], corners[corners.len() - 1][0]);
            let place = |[x, y]: &[f64; 2]| format!("{},{}", number(*x), number(*y));
            let over: Vec<String> = corners.iter().map(place).collect();
            let [first, last, foot] = [first, last, foot].map(number);
            canvas.shape(&format!("M{first},{foot}L{}L{last},{foot}Z", over.join("L")), color, 1.0);
        }
    }

    /// The legend, broken into lines.
    fn legend(&self, room: f64) -> Vec<Vec<LegendEntry<'_>>> {
        let mut lines: Vec<Vec<LegendEntry>> = Vec::new();
        let mut x = f64::INFINITY;
        let series = self.series.iter().enumerate();
        let of_series = series.map(|(i, s)| (s.label.as_str(), Key::Curve(s.look_at(i), s.marked())));
        let of_rings = self.rings.iter().map(|ring| (ring.label.as_str(), Key::Ring));
        for (label, key) in of_series.chain(of_rings).filter(|(label, _)| !label.is_empty()) {
            let style = TICK.fitted(label, room - LEGEND_KEY - 6.0);
            let width = LEGEND_KEY + 6.0 + style.width(label);
            if x + width > room {
                lines.push(Vec::new());
                x = 0.0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(LegendEntry { label, style, key, x });
            }
            x += width + 16.0;
        }
        lines
    }
}

const LEGEND_LINE: f64 = 16.0;
/// Length of the piece of line beside a name.
const LEGEND_KEY: f64 = 22.0;

/// Radius of a ring, and its line.
const RING: f64 = 6.0;
const RING_STROKE: Stroke = Stroke::solid(INK, 1.75);

struct LegendEntry<'a> {
    label: &'a str,
    style: TextStyle,
    key: Key,
    /// Offset in px.
    x: f64,
}

/// What stands before a name in the legend.
enum Key {
    /// A piece of a curve, and whether its points are marked.
    Curve(Look, bool),
    Ring,
}

fn draw_legend(canvas: &mut Canvas, lines: &[Vec<LegendEntry>], left: f64, top: f64) {
    let dark = canvas.is_dark();
    for (row, line) in lines.iter().enumerate() {
        let y = top + (row as f64 + 0.5) * LEGEND_LINE;
        for entry in line {
            let x = left + entry.x;
            let middle = [x + 0.5 * LEGEND_KEY, y];
            match entry.key {
                Key::Ring => canvas.ring(middle, RING - 1.0, RING_STROKE),
                Key::Curve(look, _) if look.bars => {
                    canvas.rect(x + 6.0, y - 5.0, LEGEND_KEY - 6.0, 10.0, look.stroke(dark).color);
                }
                Key::Curve(look, marked) => {
                    canvas.segment([x, y], [x + LEGEND_KEY, y], look.stroke(dark));
                    if marked {
                        canvas.symbol(middle, 3.25, look.stroke(dark).color, look.marker);
                    }
                }
            }
            canvas.text(x + LEGEND_KEY + 6.0, y + entry.style.half_height(), entry.label, &entry.style);
        }
    }
}

/// Everything around the area between the axes, in px.
struct Frame<'a> {
    x_axis: Axis,
    y_axis: Axis,
    legend: Vec<Vec<LegendEntry<'a>>>,
    legend_top: f64,
    /// Room left of the area, and right of it.
    left: f64,
    right: f64,
    /// Room below it, without the caption.
    bottom: f64,
    area: Area,
}

impl Frame<'_> {
    /// Where the caption begins.
    fn below(&self) -> f64 {
        (self.area.y + self.area.height + self.bottom).ceil()
    }
}

/// The area between the axes, its top left corner and its size.
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Area {
    /// Position of a point given along both axes in [0, 1].
    fn at(&self, x: f64, y: f64) -> [f64; 2] {
        [self.x + x * self.width, self.y + (1.0 - y) * self.height]
    }

    fn draw_axes(&self, canvas: &mut Canvas, x_axis: &Axis, y_axis: &Axis) {
        let (right, bottom) = (self.x + self.width, self.y + self.height);
        for tick in &y_axis.ticks {
            let y = self.at(0.0, y_axis.unit(*tick))[1];
            canvas.segment([self.x, y], [right, y], GRID);
        }
        for tick in &x_axis.ticks {
            let x = self.at(x_axis.unit(*tick), 0.0)[0];
            canvas.segment([x, self.y], [x, bottom], GRID);
        }
        for (tick, label) in y_axis.ticks.iter().zip(&y_axis.labels) {
            let y = self.at(0.0, y_axis.unit(*tick))[1];
            canvas.segment([self.x - TICK_LENGTH, y], [self.x, y], AXIS);
            let x = self.x - TICK_LENGTH - TICK_PAD;
            canvas.text(x, y + TICK.half_height(), label, &TICK.end());
        }
        for (tick, label) in x_axis.ticks.iter().zip(&x_axis.labels) {
            let x = self.at(x_axis.unit(*tick), 0.0)[0];
            canvas.segment([x, bottom], [x, bottom + TICK_LENGTH], AXIS);
            let baseline = bottom + TICK_LENGTH + TICK_PAD + 2.0 * TICK.half_height();
            canvas.text(x, baseline, label, &TICK.middle());
        }
        let minor = Stroke { width: 0.75, ..AXIS };
        for tick in &y_axis.minor {
            let y = self.at(0.0, y_axis.unit(*tick))[1];
            canvas.segment([self.x - 0.5 * TICK_LENGTH, y], [self.x, y], minor);
        }
        for tick in &x_axis.minor {
            let x = self.at(x_axis.unit(*tick), 0.0)[0];
            canvas.segment([x, bottom], [x, bottom + 0.5 * TICK_LENGTH], minor);
        }
        if let Some(e) = y_axis.exponent {
            canvas.text(self.x, self.y - 6.0, &times_power(e), &TICK);
        }
        if let Some(e) = x_axis.exponent {
            let baseline = bottom + TICK_LENGTH + TICK_PAD + LABEL_PAD + 2.0 * TICK.height();
            canvas.text(right, baseline, &times_power(e), &TICK.end());
        }
        canvas.segment([self.x, self.y], [self.x, bottom], AXIS);
        canvas.segment([self.x, bottom], [right, bottom], AXIS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::png::svg_to_image;
    use proptest::prelude::*;

    fn plot(points: Vec<[f64; 2]>, log_y: bool) -> LinePlot {
        let series = vec![Series::new("a", points)];
        LinePlot { series, log_y, ..LinePlot::default() }
    }

    #[test]
    fn points_that_cannot_be_drawn_interrupt_the_line() {
        let points = vec![[0.0, 1.0], [1.0, 2.0], [2.0, 0.0], [3.0, 4.0], [4.0, f64::NAN], [5.0, 1.0]];
        let paths = |log| plot(points.clone(), log).to_svg().matches("<path").count();
        // On the logarithmic axis 0 is left out and [3, 4] stands alone.
        assert_eq!((paths(false), paths(true)), (1, 1));
        let markers = |log| plot(points.clone(), log).to_svg().matches("<circle").count();
        assert_eq!((markers(false), markers(true)), (6, 5));
    }

    #[test]
    fn the_curve_has_the_first_colour_where_it_should() {
        let flat = (0..50).map(|i| [f64::from(i), 1.0]).collect();
        let image = svg_to_image(&plot(flat, false).to_svg(), 1.0).expect("renders");
        let blue: Vec<u32> = image
            .enumerate_pixels()
            .filter(|(x, _, p)| *x == image.width() / 2 && p.0 == [0x00, 0x72, 0xb2, 255])
            .map(|(_, y, _)| y)
            .collect();
        assert_eq!(blue.len(), 1, "a flat line is one solid pixel thick: {blue:?}");
    }

    #[test]
    fn a_ring_is_in_range_in_the_legend_and_bars_stand_on_zero() {
        let mut ringed = plot(vec![[1.0, 0.5], [2.0, 0.6]], false);
        ringed.rings = vec![Ring { at: [900.0, 0.1], label: "here".to_owned() }];
        let svg = ringed.to_svg();
        assert!(svg.contains(">here<"));
        assert_eq!(
            svg.matches(r#"r="6" fill="none""#).count(),
            1,
            "far from the curve, and still on the plot"
        );
        let axis = ringed.frame(PLOT).x_axis;
        assert!(axis.unit(900.0) <= 1.0);

        let tops = vec![[0.0, 0.2], [0.5, 0.2], [1.0, 0.4], [1.5, 0.4]];
        let look = Some(Look { bars: true, ..Look::default() });
        let bars =
            LinePlot { series: vec![Series { look, ..Series::new("p", tops) }], ..LinePlot::default() };
        let frame = bars.frame(PLOT);
        assert!(frame.y_axis.unit(0.0) < 1e-9, "the axis begins at the foot of the bars");
        // Two bars and the key of the legend.
        assert_eq!(bars.to_svg().matches(r##"fill="#0072b2""##).count(), 3);
    }

    #[test]
    fn curves_can_be_told_apart_by_pattern_and_marker() {
        let looks = Dash::ALL.into_iter().zip(Marker::ALL).map(|(dash, marker)| Look {
            dash,
            marker,
            ..Look::default()
        });
        let series =
            looks.map(|look| Series { look: Some(look), ..Series::new("", vec![[0.0, 1.0], [1.0, 2.0]]) });
        let svg = LinePlot { series: series.collect(), ..LinePlot::default() }.to_svg();
        assert_eq!(svg.matches("stroke-dasharray").count(), 3, "all but the solid one");
        let discs = svg.matches("<circle").count();
        let outlines = svg.matches(r#"z" fill="#).count();
        assert_eq!((discs, outlines), (2, 6), "two points a curve, in four shapes");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_points_give_a_drawing(
            points in proptest::collection::vec(any::<[f64; 2]>(), 0..6),
            log_x in any::<bool>(),
            log_y in any::<bool>(),
        ) {
            let plot = LinePlot { log_x, ..plot(points, log_y) };
            let svg = plot.to_svg();
            prop_assert!(!svg.contains("NaN\" ") && !svg.contains("inf"));
            prop_assert!(svg_to_image(&svg, 0.5).is_ok());
        }
    }
}
