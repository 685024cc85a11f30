//! What lies over single cells of a map, which stays as it is: numbers, moves between states, one particle's way.

use super::heat_map::HeatMap;
use super::parts::TICK;
use crate::figure::particles::place_in_cells;
use crate::figure::scale::{format_value, round_down};
use crate::figure::svg::{Canvas, Dash, Stroke, TextStyle, Weight, number};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Marks over cells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CellMarks {
    /// Whether the values are written into their cells, where these have room.
    pub numbers: bool,
    /// Moves between states.
    pub moves: Option<Moves>,
    /// The way of a particle.
    pub way: Option<ParticleWay>,
    /// A state in a frame of its own.
    pub cell: Option<[usize; 2]>,
}

/// The stations of a particle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParticleWay {
    /// Its number, which says where in a cell it is drawn.
    pub particle: usize,
    /// Its states, from the start to where it is.
    pub states: Vec<[u16; 2]>,
}

/// Moves between states as arrows along rows and columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moves {
    /// The moves.
    pub moves: Vec<Move>,
    /// What their strength is, with its unit.
    pub unit: String,
    /// Whether all start at one state: then they bend away from the border instead of keeping to their lanes.
    pub from_one: bool,
}

/// One token of a state changing its value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// The state before.
    pub from: [usize; 2],
    /// The state after.
    pub to: [usize; 2],
    /// Rate or flux.
    pub value: f64,
}

/// The colours of marks on light ground and on dark.
pub(super) const MARK: [&str; 2] = ["#c40a8a", "#ff6ed0"];
/// What keeps a mark apart from the map below it: paper, on either ground.
const HALO: &str = "#ffffff";
/// Moves below this share of the strongest are left out.
const SMALLEST: f64 = 2e-3;
/// Height of the legend of the moves.
const LEGEND: f64 = 16.0;
/// Numbers are never smaller than this, in px.
const LEAST_TEXT: f64 = 6.5;

impl CellMarks {
    /// Room above the map.
    pub(super) fn legend_room(&self) -> f64 {
        if self.moves.as_ref().is_some_and(|moves| moves.strongest().is_some()) { LEGEND } else { 0.0 }
    }

    /// Draws everything, and the legend of the moves above the map.
    pub(super) fn draw(&self, canvas: &mut Canvas, map: &HeatMap<'_>, values: &Array2<f64>) {
        let mark = MARK[usize::from(canvas.is_dark())];
        map.clipped(canvas, if map.section.is_some() { 0.0 } else { 4.0 }, |canvas| {
            if let Some(moves) = &self.moves {
                moves.draw(canvas, map, mark);
            }
            if self.numbers {
                write_values(canvas, map, values);
            }
            if let Some(cell) = self.cell {
                frame(canvas, map, cell, mark);
            }
            if let Some(way) = &self.way {
                way.draw(canvas, map, mark);
            }
        });
        if let Some(moves) = &self.moves {
            moves.draw_legend(canvas, map, mark);
        }
    }
}

impl ParticleWay {
    /// As the window draws it: every jump, where it began, and where it is.
    fn draw(&self, canvas: &mut Canvas, map: &HeatMap<'_>, mark: &'static str) {
        let place = |state| place_in_cells(self.particle, state, map.layout, map.cell as f32);
        let way: Vec<_> =
            self.states.iter().map(|state| map.position(place(*state).map(f64::from))).collect();
        let ([start, ..], [.., here]) = (&way[..], &way[..]) else { return };
        canvas.polyline(&way, Stroke::solid(HALO, 4.0));
        canvas.polyline(&way, Stroke::solid(mark, 1.75));
        for corner in &way[..way.len() - 1] {
            canvas.marker(*corner, 2.2, mark);
        }
        canvas.marker(*start, 3.75, HALO);
        canvas.ring(*start, 3.5, Stroke::solid(mark, 1.75));
        canvas.marker(*here, 5.0, mark);
    }
}

/// The values of a small grid in the middle of their cells.
fn write_values(canvas: &mut Canvas, map: &HeatMap<'_>, values: &Array2<f64>) {
    let inside = |at: [f64; 2]| {
        (map.x..=map.x + map.side()).contains(&at[0]) && (map.y..=map.y + map.side()).contains(&at[1])
    };
    for ((i, j), value) in values.indexed_iter().filter(|(_, value)| value.is_finite()) {
        let ([left, right], [bottom, top]) = (map.across(i), map.upward(j));
        let text = format_value(*value);
        let usual = TextStyle { weight: Weight::Medium, ..TICK.middle() };
        let style = usual.fitted(&text, 0.5 * (right - left));
        let middle = [0.5 * (left + right), 0.5 * (bottom + top)];
        if style.size < LEAST_TEXT || 3.0 * style.size > bottom - top || !inside(middle) {
            continue;
        }
        let (wide, high) = (style.width(&text) + 4.0, style.size + 3.0);
        let [x, y] = [middle[0] - 0.5 * wide, middle[1] - 0.5 * high].map(number);
        let [wide, high] = [wide, high].map(number);
        canvas.shape(&format!("M{x} {y}h{wide}v{high}h-{wide}z"), HALO, 0.78);
        canvas.text(middle[0], middle[1] + style.half_height(), &text, &style);
    }
}

/// A frame around a cell, which may be smaller than the frame's line.
fn frame(canvas: &mut Canvas, map: &HeatMap<'_>, [i, j]: [usize; 2], mark: &'static str) {
    let ([left, right], [bottom, top]) = (map.across(i), map.upward(j));
    let square = |by: f64| {
        [[left - by, top - by], [right + by, top - by], [right + by, bottom + by], [left - by, bottom + by]]
    };
    for (by, stroke) in [(1.5, Stroke::solid(HALO, 3.5)), (1.0, Stroke::solid(mark, 1.75))] {
        let corners = square(by);
        for (n, corner) in corners.iter().enumerate() {
            canvas.polyline(&[*corner, corners[(n + 1) % 4]], stroke);
        }
    }
}

impl Moves {
    /// The strongest move, if any can be drawn.
    fn strongest(&self) -> Option<f64> {
        let most = self.moves.iter().fold(0.0f64, |most, m| most.max(m.value));
        (most > 0.0 && most.is_finite()).then_some(most)
    }

    fn draw(&self, canvas: &mut Canvas, map: &HeatMap<'_>, mark: &'static str) {
        let Some(most) = self.strongest() else { return };
        let mut shown: Vec<_> = self.moves.iter().filter(|m| m.value > SMALLEST * most).collect();
        shown.sort_by(|a, b| a.value.total_cmp(&b.value));
        let head = (0.3 * map.cell).clamp(2.0, 7.0);
        // Many arrows in small cells are fine lines without a halo: they would run into each other.
        let thin = (map.cell / 9.0).clamp(0.4, 1.0);
        for m in shown {
            let share = m.value / most;
            let curve = if self.from_one { outward(map, m) } else { in_its_lane(map, m) };
            if thin == 1.0 {
                draw_arrow(canvas, curve, thin * width(share) + 1.6, head + 1.2, HALO, 0.25 + 0.45 * share);
            }
            draw_arrow(canvas, curve, thin * width(share), head, mark, 0.3 + 0.7 * share);
        }
    }

    /// Two round values with their arrows and the unit, in a line above the map.
    fn draw_legend(&self, canvas: &mut Canvas, map: &HeatMap<'_>, mark: &'static str) {
        let Some(most) = self.strongest() else { return };
        let (y, mut x) = (map.y - 11.0, map.x);
        let round = round_down(most);
        let entry = |value: f64| 34.0 + TICK.width(&format_value(value));
        let mut values = vec![round, 0.2 * round];
        let room = |values: &[f64]| map.side() - values.iter().map(|value| entry(*value)).sum::<f64>();
        // The unit comes first: a small map has room for few values.
        while !values.is_empty() && room(&values) < 0.5 * TICK.width(&self.unit) {
            values.pop();
        }
        let style = TICK.fitted(&self.unit, room(&values));
        for value in values {
            let share = value / most;
            let curve = [[x, y], [x + 10.0, y], [x + 20.0, y]];
            draw_arrow(canvas, curve, width(share), 6.0, mark, 0.3 + 0.7 * share);
            canvas.text(x + 24.0, y + TICK.half_height(), &format_value(value), &TICK);
            x += entry(value);
        }
        canvas.text(x, y + TICK.half_height(), &self.unit, &style);
    }
}

fn width(share: f64) -> f64 {
    0.8 + 1.6 * share
}

/// The middle of a state's cell.
fn centre(map: &HeatMap<'_>, [i, j]: [usize; 2]) -> [f64; 2] {
    let ([left, right], [bottom, top]) = (map.across(i), map.upward(j));
    [0.5 * (left + right), 0.5 * (bottom + top)]
}

/// Which token a move changes.
fn axis_of(m: &Move) -> usize {
    usize::from(m.from[0] == m.to[0])
}

/// Start, control point and end of one of many moves: opposite ones bend to opposite sides, longer ones further, all
/// within half a cell to either side, so that neighbouring rows do not touch.
fn in_its_lane(map: &HeatMap<'_>, m: &Move) -> [[f64; 2]; 3] {
    let (from, to) = (centre(map, m.from), centre(map, m.to));
    let axis = axis_of(m);
    let distance = (to[0] - from[0]).hypot(to[1] - from[1]).max(1e-9);
    let along = [0, 1].map(|i| (to[i] - from[i]) / distance);
    let left = [along[1], -along[0]];
    let steps = m.from[axis].abs_diff(m.to[axis]) as f64;
    let others = (map.layout.tokens().max(2) - 1) as f64;
    let lane = 0.07 * map.cell;
    // The control point of a parabola lies twice as far out as its top.
    let bulge = 2.0 * (0.44 * map.cell * steps / others - lane).max(0.0);
    let at = |point: [f64; 2], forward: f64, sideways: f64| {
        [0, 1].map(|i| point[i] + along[i] * forward + left[i] * sideways)
    };
    let middle = [0, 1].map(|i| 0.5 * (from[i] + to[i]));
    [at(from, 0.24 * map.cell, lane), at(middle, 0.0, lane + bulge), at(to, -0.24 * map.cell, lane)]
}

/// The same for the moves out of a single state, which bend to the side with more room.
fn outward(map: &HeatMap<'_>, m: &Move) -> [[f64; 2]; 3] {
    let (from, to) = (centre(map, m.from), centre(map, m.to));
    let axis = axis_of(m);
    let distance = (to[0] - from[0]).hypot(to[1] - from[1]).max(1e-9);
    let along = [0, 1].map(|i| (to[i] - from[i]) / distance);
    let middle_of_map = [map.x, map.y][1 - axis] + 0.5 * map.side();
    let inward = if from[1 - axis] > middle_of_map { -1.0 } else { 1.0 };
    let mut control = [0, 1].map(|i| 0.5 * (from[i] + to[i]));
    control[1 - axis] += 0.36 * distance * inward;
    // The arrow ends at the near edge of its cell, and starts outside of the marked one.
    let free = (0.5 * map.cell).min(3.0);
    let at = |point: [f64; 2], forward: f64| [0, 1].map(|i| point[i] + along[i] * forward);
    [at(from, free), control, at(to, -0.3 * free)]
}

/// A curve with a head at its end.
fn draw_arrow(
    canvas: &mut Canvas,
    [start, control, end]: [[f64; 2]; 3],
    width: f64,
    head: f64,
    color: &'static str,
    opacity: f64,
) {
    let last = [end[0] - control[0], end[1] - control[1]];
    let length = last[0].hypot(last[1]);
    if length.is_nan() || length <= 0.0 {
        return;
    }
    let last = last.map(|x| x / length);
    let neck = [0, 1].map(|i| end[i] - last[i] * head);
    canvas.arc([start, control, neck], Stroke { color, width, dash: Dash::Solid }, opacity);
    let wing = (0.42 * head).max(0.8 * width);
    let side = [-last[1] * wing, last[0] * wing];
    let at = |x: f64, y: f64| format!("{} {}", number(x), number(y));
    let outline = [
        at(neck[0] - side[0], neck[1] - side[1]),
        at(neck[0] + side[0], neck[1] + side[1]),
        at(end[0], end[1]),
    ];
    canvas.shape(&format!("M{}z", outline.join("L")), color, opacity);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{CellLayout, CellWindow, HeatPanel, Scale};

    fn panel(k: usize, marks: CellMarks) -> HeatPanel {
        let values = Array2::from_shape_fn((k, k), |(i, j)| (i * k + j) as f64);
        let mut panel =
            HeatPanel::new("p", values, CellLayout::new(k, false), Scale::sequential((k * k) as f64));
        panel.marks = marks;
        panel
    }

    fn every_move(k: usize) -> Moves {
        let mut moves = Vec::new();
        for (i, j) in (0..k * k).map(|n| (n / k, n % k)) {
            let others = (0..k).flat_map(|y| [[y, j], [i, y]]).filter(|to| *to != [i, j]);
            moves.extend(others.map(|to| Move { from: [i, j], to, value: 1.0 + (to[0] + to[1]) as f64 }));
        }
        Moves { moves, unit: "rate u, 1 / time".to_owned(), from_one: false }
    }

    #[test]
    fn every_state_and_every_move_of_a_small_grid_is_there() {
        let moves = every_move(4);
        assert_eq!(moves.moves.len(), 16 * 6);
        let svg = panel(4, CellMarks { numbers: true, moves: Some(moves), ..CellMarks::default() }).to_svg();
        // Each with its halo, and two in the legend.
        assert_eq!(svg.matches("stroke-opacity").count(), 2 * 96 + 2);
        for value in 0..16 {
            assert!(svg.contains(&format!(">{value}</text>")), "{value}");
        }
        assert!(svg.contains(">rate u, 1 / time<"));
    }

    #[test]
    fn numbers_need_room_and_nothing_marked_is_nothing_drawn() {
        let numbers = || CellMarks { numbers: true, ..CellMarks::default() };
        let texts = |k| panel(k, numbers()).to_svg().matches("fill-opacity=\"0.78\"").count();
        assert_eq!((texts(4), texts(64)), (16, 0));
        let nothing = Moves { moves: Vec::new(), unit: String::new(), from_one: true };
        let marks = CellMarks { moves: Some(nothing), ..CellMarks::default() };
        assert!(!panel(8, marks).to_svg().contains("stroke-opacity"));
    }

    #[test]
    fn opposite_moves_bend_to_opposite_sides_and_ways_have_their_stations() {
        let layout = CellLayout::new(4, false);
        let map = HeatMap {
            layout: &layout,
            section: None,
            ranges: None,
            whole: false,
            x: 0.0,
            y: 0.0,
            cell: 40.0,
            device: 1.0,
        };
        let there = in_its_lane(&map, &Move { from: [0, 1], to: [3, 1], value: 1.0 });
        let back = in_its_lane(&map, &Move { from: [3, 1], to: [0, 1], value: 1.0 });
        let row = centre(&map, [0, 1])[1];
        assert!((there[1][1] - row) * (back[1][1] - row) < 0.0);
        assert!((there[1][1] - row).abs() < 40.0, "the top of the curve stays within half a cell");
        let way = Some(ParticleWay { particle: 7, states: vec![[0, 0], [2, 0], [2, 3]] });
        let svg = panel(4, CellMarks { way, cell: Some([2, 3]), ..CellMarks::default() }).to_svg();
        // Two corners, over the first one the start (ground and ring), and the end.
        assert_eq!(svg.matches("<circle").count(), 5);
    }

    #[test]
    fn a_section_shows_its_cells_alone() {
        let mut zoomed = panel(8, CellMarks { numbers: true, ..CellMarks::default() });
        zoomed.section = Some(CellWindow { min: [2.0, 4.0], size: [2.0; 2] });
        let svg = zoomed.to_svg();
        for (value, seen) in [(2 * 8 + 4, true), (3 * 8 + 5, true), (8 + 4, false), (63, false)] {
            assert_eq!(svg.contains(&format!(">{value}</text>")), seen, "{value}");
        }
        assert!(crate::figure::svg_to_png(&svg, 1.0).is_ok());
    }
}
