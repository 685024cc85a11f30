//! What lies over the density: arrows, samples, their ways, and the fan of a point.

use super::questions::Arrows;
use super::square::Square;
use crate::experiment::plane::Sampled;
use crate::figure::{ArrowMark, CellLayout, CellWindow, Trail};
use crate::flow::plane::MOST_CODES;
use crate::gpu::particles::{self, Particles};
use crate::gpu::{arrows as arrow_pass, trails};
use crate::ui::chart::series_color;
use crate::ui::theme;
use crate::ui::widgets::{ArrowScale, LONGEST_IN_LEGEND, arrow_color, drawn_share};
use crate::view::plane::{ARROWS_A_SIDE, Bars, Board, Fan, PlaneArrow, PlaneView, PlaneWindow, Tracks, WAYS};
use egui::{Align2, Color32, Painter, Rect, Shape, Stroke, StrokeKind, Ui};
use std::sync::Arc;

/// The passes keep what they drew by a number; those of other labs are smaller.
const SLOTS: u64 = 1 << 40;
/// The slots of the legends come after those of the views.
const LEGENDS: u64 = SLOTS + (1 << 20);
/// Those of samples with codes after these.
const CODES: u64 = SLOTS + (2 << 20);
/// Cells along a side that samples lie in: finer than a pixel.
const FINE: usize = 8192;
/// Arrows shorter than this share of the longest are left out: they would be dots.
const SHORTEST: f64 = 0.004;
/// Trails are drawn for this many samples, over so many past steps.
const TRAILS: usize = 260;
const TRAIL_FRAMES: usize = 4;

/// The slot of a pane.
pub fn slot(pane: usize) -> u64 {
    SLOTS + pane as u64
}

/// Draws arrows, the longest of them `longest`.
pub fn draw_arrows(
    ui: &Ui,
    pane: usize,
    square: &Square,
    arrows: &Arrows,
    longest: f64,
    unit: Option<&'static str>,
) {
    if longest <= 0.0 {
        return;
    }
    let layout = CellLayout::new(ARROWS_A_SIDE, false);
    let dark = ui.visuals().dark_mode;
    let reach = REACH * (ARROWS_A_SIDE as f64 / arrows.across) as f32;
    let mark = |arrow: &PlaneArrow| {
        let share = (arrow.length() / longest).min(1.5);
        let length = reach * drawn_share(share);
        let along = arrow.vector.map(|x| (x / arrow.length()) as f32 * length);
        let middle = square.window.in_cells(arrow.at, ARROWS_A_SIDE);
        ArrowMark { middle, along, color: arrow_color(share.min(1.0), dark) }
    };
    let marks = arrows.all.iter().filter(|a| a.length() > SHORTEST * longest).map(mark).collect();
    let window = CellWindow::whole(&layout);
    arrow_pass::paint(ui.painter(), [square.rect; 2], slot(pane), window, Arc::new(marks));
    let reach = (reach * square.rect.width() / ARROWS_A_SIDE as f32).min(LONGEST_IN_LEGEND);
    let Some(unit) = unit else { return };
    let legend = ArrowScale { unit, longest, reach, dark };
    match square.is_above {
        true => legend.draw_row(ui, LEGENDS + pane as u64, square.legend_below()),
        false => legend.draw(ui, LEGENDS + pane as u64, square.rect),
    }
}

/// The longest arrow in units of the distance from one to the next.
const REACH: f32 = 1.35;

/// Fine cells that samples lie in.
type Cells = Arc<Vec<[u16; 2]>>;

/// The samples of a frame in fine cells over a part of the plane, those of every code together; kept from picture to picture,
/// so that they are uploaded once.
#[derive(Default)]
pub struct Cloud {
    key: Option<(usize, usize, PlaneWindow)>,
    groups: Vec<(Option<usize>, Cells)>,
}

impl Cloud {
    fn update(&mut self, run: &Arc<Sampled>, frame: usize, over: PlaneWindow) {
        let key = Some((Arc::as_ptr(run) as usize, frame, over));
        if self.key == key {
            return;
        }
        self.key = key;
        let place = |x: &[f32; 2]| {
            let cell = over.in_cells(x.map(f64::from), FINE);
            let fits = cell.iter().all(|x| (0.0..FINE as f32).contains(x));
            if fits { cell.map(|x| x as u16) } else { [u16::MAX; 2] }
        };
        let (all, codes) = (&run.tracks.frames[frame], &run.tracks.codes);
        if codes.is_empty() {
            self.groups = vec![(None, Arc::new(all.iter().map(place).collect()))];
            return;
        }
        let mut groups = vec![Vec::new(); codes.iter().max().map_or(0, |most| most + 1)];
        for (x, code) in all.iter().zip(codes) {
            groups[*code].push(place(x));
        }
        let all = groups.into_iter().enumerate().filter(|(_, group)| !group.is_empty());
        self.groups = all.map(|(code, group)| (Some(code), Arc::new(group))).collect();
    }
}

/// The colour of a sample that is told this code; `usual` for one that is told none.
fn color_of(palette: &theme::Palette, code: Option<usize>, usual: Color32) -> Color32 {
    code.map_or(usual, |code| series_color(palette, code))
}

/// Draws the cloud of a frame with trails; `whole` is the part of the plane that holds all of it.
pub fn draw_cloud(
    ui: &Ui,
    pane: usize,
    square: &Square,
    (run, frame): (&Arc<Sampled>, usize),
    whole: PlaneWindow,
    cloud: &mut Cloud,
) {
    let palette = theme::palette(ui);
    let over = PlaneWindow { half: 2.0 * whole.half, ..whole };
    let shown = over.section(&square.window, FINE);
    let place = |x: [f32; 2]| over.in_cells(x.map(f64::from), FINE);
    let (frames, codes) = (&run.tracks.frames, &run.tracks.codes);
    let mut lines = Vec::new();
    for age in (0..TRAIL_FRAMES.min(frame)).rev() {
        let [before, after] = [&frames[frame - age - 1], &frames[frame - age]];
        let opacity = 0.55 * (1.0 - age as f32 / TRAIL_FRAMES as f32);
        for (n, (from, to)) in before.iter().zip(after).take(TRAILS).enumerate() {
            let [r, g, b, _] = color_of(palette, codes.get(n).copied(), palette.text).to_array();
            lines.push(Trail { from: place(*from), to: place(*to), color: [r, g, b], opacity });
        }
    }
    trails::paint(ui.painter(), square.rect, slot(pane), shown, Arc::new(lines));
    cloud.update(run, frame, over);
    for (code, states) in &cloud.groups {
        let [r, g, b, _] = color_of(palette, *code, palette.particle).to_array();
        let particles = Particles {
            slot: code.map_or(slot(pane), |code| CODES + (pane * MOST_CODES + code) as u64),
            states: states.clone(),
            layout: CellLayout::new(FINE, false),
            window: shown,
            color: [r, g, b],
        };
        particles::paint(ui.painter(), square.rect, particles);
    }
}

/// Draws what a view shows of samples on their way, up to a frame and its time.
pub fn draw_tracks(
    ui: &Ui,
    square: &Square,
    tracks: &Tracks,
    (view, frame, t): (PlaneView, usize, f64),
    (sample, color): (usize, Color32),
) {
    let palette = theme::palette(ui);
    let painter = clipped(ui, square);
    let way = |way: Vec<[f64; 2]>, width: f32, color: Color32| {
        let points: Vec<_> = way.into_iter().map(|x| square.position(x)).collect();
        let Some(end) = points.last().copied() else { return };
        painter.add(Shape::line(points, Stroke::new(width, color.gamma_multiply(0.85))));
        painter.circle_filled(end, 2.0 + width.min(2.5), color);
    };
    let alone = |path: Vec<[f64; 2]>| {
        // Over colours of all kinds.
        way(path.clone(), 4.0, palette.background);
        way(path, 2.0, palette.mark);
    };
    match view {
        PlaneView::Slide => alone(tracks.way(sample, frame)),
        PlaneView::BoardJump => {
            if let Some(jumping) = tracks.jumping.get(sample % tracks.jumping.len().max(1)) {
                alone(jumping.way(t));
            }
        }
        PlaneView::BoardPaths => tracks.jumping.iter().for_each(|jumping| way(jumping.way(t), 1.0, color)),
        _ => {
            if view == PlaneView::Pairs {
                let stroke = Stroke::new(0.8, palette.weak.gamma_multiply(0.75));
                for pair in &tracks.pairs {
                    painter.line_segment(pair.map(|x| square.position(x)), stroke);
                }
            }
            for (n, points) in tracks.ways(WAYS, frame).enumerate() {
                way(points, 1.0, color_of(palette, tracks.codes.get(n).copied(), color));
            }
        }
    }
}

/// Draws the velocity at the point that is looked at, on the scale of the other arrows.
pub fn draw_pointed(ui: &Ui, square: &Square, point: [f64; 2], vector: [f64; 2], longest: f64) {
    let length = vector[0].hypot(vector[1]);
    if !(length > 0.0 && longest > 0.0) {
        return;
    }
    // Longer than those beside it, so that it is seen.
    let reach =
        2.2 * REACH * square.rect.width() / ARROWS_A_SIDE as f32 * drawn_share((length / longest).min(1.5));
    let along = egui::Vec2::new((vector[0] / length) as f32, -(vector[1] / length) as f32) * reach;
    let color = theme::palette(ui).mark;
    clipped(ui, square).arrow(square.position(point), along, Stroke::new(2.5, color));
}

/// Draws the rates out of a cell of the grid as bars in the cells that they lead to.
pub fn draw_bars(ui: &Ui, square: &Square, board: &Board, bars: &Bars) {
    let palette = theme::palette(ui);
    let painter = clipped(ui, square);
    let rect = |cell: [usize; 2], low: [f64; 2], high: [f64; 2]| {
        Rect::from_two_pos(
            square.position(board.point_in(cell, low)),
            square.position(board.point_in(cell, high)),
        )
    };
    for (cell, rate) in &bars.to {
        let [low, high] = bars.bar(*rate);
        let bar = rect(*cell, low, high);
        painter.rect_filled(bar, 1.0, palette.particle);
        if bar.width() > 18.0 {
            painter.text(
                bar.center_top(),
                Align2::CENTER_BOTTOM,
                Bars::words(*rate),
                theme::small(),
                palette.text,
            );
        }
    }
    let frame = rect(bars.from, [0.0; 2], [1.0; 2]);
    painter.rect_stroke(frame, 0.0, Stroke::new(2.5, palette.mark), StrokeKind::Inside);
}

/// Draws the frame of a cell of which two opposite corners are given.
pub fn draw_cell(ui: &Ui, square: &Square, corners: [[f64; 2]; 2]) {
    let [a, b] = corners.map(|x| square.position(x));
    let stroke = Stroke::new(2.0, theme::palette(ui).mark);
    clipped(ui, square).rect_stroke(Rect::from_two_pos(a, b), 0.0, stroke, StrokeKind::Outside);
}

/// Draws the rays of a point, as wide as their probability.
pub fn draw_fan(ui: &Ui, square: &Square, fan: &Fan) {
    let palette = theme::palette(ui);
    let painter = clipped(ui, square);
    let from = square.position(fan.at);
    for ray in fan.rays.iter().rev() {
        let to = square.position(ray.to);
        let color = palette.particle.gamma_multiply(0.45 + 0.55 * ray.share as f32);
        painter.line_segment([from, to], Stroke::new((9.0 * ray.share).max(0.6) as f32, color));
        painter.circle_filled(to, 3.0, color);
        if let Some(words) = ray.words() {
            let outward = (to - from).normalized() * 18.0;
            painter.text(to + outward, Align2::CENTER_CENTER, words, theme::small(), palette.text);
        }
    }
    let mean = square.position(fan.fields.one);
    painter.line_segment([from, mean], Stroke::new(1.5, palette.mark));
    painter.circle_filled(mean, 3.5, palette.mark);
}

/// Draws the point that is looked at.
pub fn draw_point(ui: &Ui, square: &Square, point: [f64; 2]) {
    let palette = theme::palette(ui);
    let painter = clipped(ui, square);
    let at = square.position(point);
    painter.circle_stroke(at, 5.0, Stroke::new(2.0, palette.mark));
}

fn clipped(ui: &Ui, square: &Square) -> Painter {
    ui.painter().with_clip_rect(square.rect.intersect(ui.clip_rect()))
}
