//! Draws any [`Chart`]: every plot of every lab is drawn here, as the figure of it is, in the colours of the theme.
//!
//! Range, ticks and labels of the axes come from the figure's own; the toolkit sets the frame, the grid and the labels on a
//! square from 0 to 1, and the curves lie over it.

mod growing;
mod ink;
mod legend;
mod read_out;

pub use growing::growing;
pub use ink::color as series_color;
pub use legend::curve_key;

use crate::figure::PlotAxis;
use crate::figure::ticks::power_of_ten;
use crate::ui::theme::{self, Palette};
use crate::view::Chart;
use egui::{
    Align, Align2, Color32, Layout, Painter, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, Ui, Vec2,
    WidgetInfo,
};
use egui_plot::{AxisHints, GridMark, Plot};

/// Height of a plot where there is room for no more, points.
const HEIGHT: f32 = 77.0;
/// Left of the area between the axes, and below it.
const LEFT: f32 = 34.0;
const BELOW: f32 = 16.0;
/// Right of it at least: the last label of the horizontal axis is centred on its end.
const RIGHT: f32 = 6.0;
/// So much less room a tick takes on the screen than on paper, along and across: labels are smaller and lie closer.
const DENSER: [f32; 2] = [1.5, 1.8];
/// What lies on the edge of the area is still seen.
const EDGE: f32 = 2.0;

/// A chart to be drawn, and what else is shown on it.
pub struct ChartUi<'a> {
    id: &'a str,
    chart: &'a Chart,
    height: f32,
    heads: Vec<(f64, Color32)>,
    head: Option<f64>,
    own: Option<f64>,
    over: &'a [f64],
    legend: bool,
    names: bool,
}

impl<'a> ChartUi<'a> {
    /// A chart; `id` tells it from others of the panel.
    pub fn new(id: &'a str, chart: &'a Chart) -> Self {
        Self {
            id,
            chart,
            height: HEIGHT,
            heads: Vec::new(),
            head: None,
            own: None,
            over: &[],
            legend: false,
            names: false,
        }
    }

    /// Higher or lower than usual where there is no room for more, points.
    pub fn height(self, height: f32) -> Self {
        Self { height, ..self }
    }

    /// A line where the present setting is on the horizontal axis.
    pub fn head(self, x: f64) -> Self {
        Self { head: Some(x), ..self }
    }

    /// Over the whole path, with a line in each side's colour where its play-head is.
    pub fn over_paths(self, ts: impl IntoIterator<Item = f64>, palette: &Palette) -> Self {
        let heads = ts.into_iter().enumerate().map(|(side, t)| (t, palette.series[side])).collect();
        Self { over: &[0.0, 1.0], heads, ..self }
    }

    /// A mark at a value of the horizontal axis that is looked at.
    pub fn own(self, x: f64) -> Self {
        Self { own: Some(x), ..self }
    }

    /// Over the whole path from t = 0 to t = 1, however far the curves go, with a line where the timeline is.
    pub fn over_path(self, t: f64) -> Self {
        Self { over: &[0.0, 1.0], ..self.head(t) }
    }

    /// With the names of its curves below, if `shown`.
    pub fn legend(self, shown: bool) -> Self {
        Self { legend: shown, ..self }
    }

    /// With the names of its axes: the vertical one’s above, the horizontal one’s below.
    pub fn axis_names(self) -> Self {
        Self { names: true, ..self }
    }

    /// Draws it over the available width, and reads out what is under the pointer.
    pub fn show(self, ui: &mut Ui) -> ChartArea {
        let palette = theme::palette(ui);
        let height = growing::height_of(ui, self.height);
        let name = |text: &str| RichText::new(text).font(theme::small()).color(palette.weak);
        if self.names {
            ui.label(name(&self.chart.plot.y_label));
        }
        let area = self.frame(ui, palette, height);
        if self.names {
            ui.with_layout(Layout::top_down(Align::Max), |ui| ui.label(name(&self.chart.plot.x_label)));
        }
        let painter = area.painter(ui, EDGE);
        self.curves(&area, &painter, palette);
        if let Some(at) = self.head.and_then(|x| area.across(x)) {
            painter.vline(at, area.rect.y_range(), Stroke::new(1.0, palette.accent));
        }
        for (x, color) in &self.heads {
            if let Some(at) = area.across(*x) {
                painter.vline(at, area.rect.y_range(), Stroke::new(1.0, *color));
            }
        }
        if let Some(at) = self.own.and_then(|x| area.across(x)) {
            let tip = Pos2::new(at, area.rect.top() + 6.0);
            let corners = vec![tip, tip + Vec2::new(-4.0, -6.0), tip + Vec2::new(4.0, -6.0)];
            painter.add(Shape::convex_polygon(corners, palette.mark, Stroke::NONE));
        }
        area.powers(&painter, palette);
        read_out::read_out(ui, self.chart, &area, &painter);
        if self.legend {
            legend::legend(ui, self.chart);
        }
        area
    }

    /// Axes and grid.
    fn frame(&self, ui: &mut Ui, palette: &Palette, height: f32) -> ChartArea {
        let plot = &self.chart.plot;
        let axes_in = |width: f32| {
            let size = [DENSER[0] * (width - LEFT), DENSER[1] * (height - BELOW)];
            plot.axes(size.map(f64::from), self.over)
        };
        let (mut width, right) = (ui.available_width() - RIGHT, ui.available_width() - LEFT);
        let mut axes = axes_in(width);
        let beyond = beyond(ui, &axes[0], right);
        if beyond > RIGHT {
            // A long label would be cut off by the end of the panel.
            width += RIGHT - beyond;
            axes = axes_in(width);
        }
        let marks = axes.each_ref().map(|axis| {
            let units: Vec<f64> = axis.ticks.iter().map(|tick| axis.unit(*tick)).collect();
            // The step says how prominent a tick is; these few always are.
            move |_| units.iter().map(|&value| GridMark { value, step_size: 1.0 }).collect::<Vec<_>>()
        });
        let [x_marks, y_marks] = marks;
        let [x_hints, y_hints] = [(AxisHints::new_x(), &axes[0]), (AxisHints::new_y(), &axes[1])].map(
            |(hints, axis): (AxisHints<'_>, &PlotAxis)| {
                let axis = axis.clone();
                let label = move |mark: GridMark, _: &_| {
                    let here = axis.ticks.iter().position(|tick| axis.unit(*tick) == mark.value);
                    here.map_or_else(String::new, |here| match axis.ticks[here] {
                        // Where the axes meet there is no room for more than this.
                        0.0 => "0".to_owned(),
                        _ => axis.labels[here].clone(),
                    })
                };
                hints.formatter(label).tick_label_font(theme::small()).tick_label_color(palette.weak)
            },
        );
        let shown = Plot::new(self.id)
            .width(width)
            .height(height)
            .sense(Sense::hover())
            .show_background(false)
            .show_crosshair(false)
            .grid_color(palette.line)
            .grid_fade(0.0)
            .allow_zoom(false)
            .allow_drag(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_axis_zoom_drag(false)
            .allow_double_click_reset(false)
            .custom_x_axes(vec![x_hints])
            .custom_y_axes(vec![y_hints.min_thickness(LEFT)])
            .x_grid_spacer(x_marks)
            .y_grid_spacer(y_marks)
            .auto_bounds([false, false])
            .default_x_bounds(0.0, 1.0)
            .default_y_bounds(0.0, 1.0)
            // A plot remembers its bounds; the size of its labels changes with what is drawn.
            .reset()
            .show(ui, |_| ());
        let name = &plot.title;
        shown.response.widget_info(|| WidgetInfo::labeled(egui::Role::GraphicsObject, true, name));
        ChartArea { rect: *shown.transform.frame(), response: shown.response, axes }
    }

    fn curves(&self, area: &ChartArea, painter: &Painter, palette: &Palette) {
        let plot = &self.chart.plot;
        if plot.series.iter().all(|series| series.points.is_empty()) {
            let at = area.rect.center();
            painter.text(at, Align2::CENTER_CENTER, "no values to show", theme::small(), palette.weak);
        }
        let many = plot.series.len() > 4;
        let mut shapes = Vec::new();
        let looks = || plot.series.iter().enumerate().map(|(i, series)| (series, series.look_at(i)));
        // A thick curve is the one to look at: it lies over the others.
        for thick in [false, true] {
            for (series, look) in looks().filter(|(_, look)| look.thick == thick) {
                let color = ink::color(palette, look.color);
                if look.bars {
                    shapes.push(ink::bars(series, area, color));
                    continue;
                }
                let stroke = Stroke::new(ink::width(look, many), color);
                for ends in series.error_bars().filter(|ends| ends.iter().all(|p| plot.drawable(*p))) {
                    let ends = ends.map(|p| area.position(p));
                    shapes.push(Shape::line_segment(ends, Stroke::new(1.0, color)));
                }
                for run in series.points.split(|p| !plot.drawable(*p)) {
                    let points: Vec<Pos2> = run.iter().map(|p| area.position(*p)).collect();
                    let marked = series.marked().then_some(points.clone());
                    // A single point between gaps would be invisible without a mark.
                    let single = || (points.len() == 1).then(|| points.clone());
                    let marks = marked.or_else(single).unwrap_or_default();
                    ink::line(&mut shapes, points, stroke, look.dash);
                    let radius = if many { 2.0 } else { 2.6 };
                    shapes.extend(
                        marks.into_iter().map(|at| ink::mark(at, radius, color, palette, look.marker)),
                    );
                }
            }
        }
        for ring in plot.rings.iter().filter(|ring| plot.drawable(ring.at)) {
            shapes.push(Shape::circle_stroke(area.position(ring.at), 5.0, Stroke::new(1.75, palette.text)));
        }
        painter.extend(shapes);
    }
}

/// How far the last label of a horizontal axis that is `across` points long reaches beyond its end.
fn beyond(ui: &Ui, axis: &PlotAxis, across: f32) -> f32 {
    let Some((tick, label)) = axis.ticks.last().zip(axis.labels.last()) else { return 0.0 };
    let font = theme::small();
    let text = ui.painter().layout_no_wrap(label.clone(), font, egui::Color32::PLACEHOLDER).size().x;
    0.5 * text + 1.0 - (1.0 - axis.unit(*tick) as f32) * across
}

/// A chart as it lies on the screen.
pub struct ChartArea {
    /// Of the pointer over it.
    pub response: Response,
    /// Between the axes.
    pub rect: Rect,
    axes: [PlotAxis; 2],
}

impl ChartArea {
    /// Where a point of the chart is.
    pub fn position(&self, [x, y]: [f64; 2]) -> Pos2 {
        let [x, y] = [self.axes[0].unit(x), self.axes[1].unit(y)].map(|unit| unit as f32);
        Pos2::new(self.rect.left() + x * self.rect.width(), self.rect.bottom() - y * self.rect.height())
    }

    /// What is there.
    pub fn value(&self, at: Pos2) -> [f64; 2] {
        let x = (at.x - self.rect.left()) / self.rect.width();
        let y = (self.rect.bottom() - at.y) / self.rect.height();
        [self.axes[0].value(f64::from(x)), self.axes[1].value(f64::from(y))]
    }

    /// Paints on it, and `edge` points around it.
    pub fn painter(&self, ui: &Ui, edge: f32) -> Painter {
        ui.painter().with_clip_rect(self.rect.expand(edge).intersect(ui.clip_rect()))
    }

    /// The place of a value of the horizontal axis, if it is on it.
    fn across(&self, x: f64) -> Option<f32> {
        let at = self.position([x, 0.0]).x;
        self.rect.x_range().expand(0.5).contains(at).then_some(at)
    }

    /// Powers of ten that labels are to be multiplied with.
    fn powers(&self, painter: &Painter, palette: &Palette) {
        // Beside the axis's own labels, not on them.
        let top = self.rect.left_top() + Vec2::new(5.0, 1.0);
        let ends = [(Align2::RIGHT_BOTTOM, self.rect.right_bottom()), (Align2::LEFT_TOP, top)];
        for (axis, (align, at)) in self.axes.iter().zip(ends) {
            if let Some(exponent) = axis.exponent {
                let text = format!("×{}", power_of_ten(exponent));
                let text = painter.layout_no_wrap(text, theme::small(), palette.weak);
                let place = align.anchor_size(at, text.size());
                // A curve may pass there.
                painter.rect_filled(place, 2.0, palette.panel.gamma_multiply(0.85));
                painter.galley(place.min, text, palette.weak);
            }
        }
    }
}
