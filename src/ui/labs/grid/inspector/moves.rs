//! Moves between states as arrows along rows and columns: out of one cell, or out of every cell of a small grid.

use crate::experiment::grid::Moves;
use crate::figure::scale::format_value;
use crate::figure::scale::round_down;
use crate::flow::Axis;
use crate::sampler::grid::Outgoing;
use crate::ui::cell_square::Square;
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::theme;
use crate::ui::widgets::COLOR_BAR_WIDTH;
pub use crate::view::grid::MOST_TOKENS;
use egui::{Align2, Color32, Mesh, Pos2, Shape, Ui, Vec2};

/// Straight pieces of one arrow's curve.
const PIECES: usize = 14;
/// Arrows below this share of the largest are left out.
const SMALLEST: f64 = 2e-3;

/// Distance within which the pointer is on an arrow, points.
const NEAR: f32 = 5.0;

/// A move of one state: token `axis` takes the value `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// From where.
    pub z: [usize; 2],
    /// Which token changes.
    pub axis: Axis,
    /// Its new value.
    pub y: usize,
}

impl Move {
    /// The move of `z` to another state; none where both tokens differ, or neither.
    pub fn between(z: [usize; 2], to: [usize; 2]) -> Option<Self> {
        let mut changed = Axis::BOTH.into_iter().filter(|axis| z[axis.index()] != to[axis.index()]);
        let (axis, None) = (changed.next()?, changed.next()) else { return None };
        Some(Self { z, axis, y: to[axis.index()] })
    }

    /// Where it leads.
    pub fn to(&self) -> [usize; 2] {
        let mut to = self.z;
        to[self.axis.index()] = self.y;
        to
    }
}

/// A move with the rate or flux that its arrow is drawn for.
struct Weighed {
    of: Move,
    value: f64,
}

/// From where an arrow starts, how it bends, and where it ends.
type Curve = (Pos2, Pos2, Pos2);

/// Whether the settings ask for the arrows of all states and the grid is small enough for them.
pub fn shows_all(scene: SideScene<'_>) -> bool {
    scene.settings.moves != Moves::Off && scene.path.data_tokens() <= MOST_TOKENS
}

/// The rates u(y, z) out of `z`, as arcs on the side of the square that has more room. Returns the move whose arrow
/// or target the pointer `at` is on.
pub fn draw_from(
    ui: &Ui,
    square: &Square,
    scene: SideScene<'_>,
    z: [usize; 2],
    at: Option<Pos2>,
) -> Option<Move> {
    let moves = moves_of(scene, z, false);
    let side = square.cell_side();
    let center = |z: [usize; 2]| center(square, z);
    let inward = |z: [usize; 2], axis: Axis| {
        // Rows bend away from the nearer horizontal edge, columns from the nearer vertical one.
        let at = center(z) - square.rect.center();
        match axis {
            Axis::First => Vec2::new(0.0, if at.y > 0.0 { -1.0 } else { 1.0 }),
            Axis::Second => Vec2::new(if at.x > 0.0 { -1.0 } else { 1.0 }, 0.0),
        }
    };
    let pointer = at.map(|at| (at, target(square, z, at)));
    draw(ui, square, &moves, ["jump rate u, 1 / time", "u"], pointer, |arrow| {
        let (from, to) = (center(arrow.z), center(arrow.to()));
        let normal = inward(arrow.z, arrow.axis);
        // The arrow ends at the near edge of its cell, and starts outside of the marked one.
        let along = (to - from).normalized() * (0.5 * side).min(3.0);
        (from + along, from.lerp(to, 0.5) + normal * (0.36 * from.distance(to)), to - along * 0.3)
    })
}

/// The rates or fluxes out of every state. Opposite moves bend to opposite sides, longer ones further.
/// With a `chosen` state all others step back. Returns the move whose arrow the pointer `at` is on, or whose
/// target, out of the chosen state.
pub fn draw_all(
    ui: &Ui,
    square: &Square,
    scene: SideScene<'_>,
    chosen: Option<[usize; 2]>,
    at: Option<Pos2>,
) -> Option<Move> {
    let v = scene.path.vocabulary();
    let fluxes = scene.settings.moves == Moves::Fluxes;
    let states = (0..v * v).map(|i| [i / v, i % v]);
    let moves: Vec<Weighed> = states
        .filter(|z| chosen.is_none_or(|chosen| chosen == *z))
        .flat_map(|z| moves_of(scene, z, fluxes))
        .collect();
    let unit = if fluxes { ["flux p u, mass / time", "p u"] } else { ["jump rate u, 1 / time", "u"] };
    let pointer = at.map(|at| (at, chosen.and_then(|z| target(square, z, at))));
    let side = square.cell_side();
    draw(ui, square, &moves, unit, pointer, |arrow| {
        let (from, to) = (center(square, arrow.z), center(square, arrow.to()));
        let along = (to - from).normalized();
        let left = Vec2::new(along.y, -along.x);
        let steps = arrow.z[arrow.axis.index()].abs_diff(arrow.y);
        // Within half a cell to either side: neighbouring rows do not touch.
        let bulge = side * 0.44 * steps as f32 / (v - 1) as f32;
        let (start, end) = (from + along * (0.24 * side), to - along * (0.24 * side));
        let lane = left * (0.07 * side);
        // The control point of a parabola lies twice as far out as its top.
        (
            start + lane,
            start.lerp(end, 0.5) + lane + left * (2.0 * (bulge - 0.07 * side).max(0.0)),
            end + lane,
        )
    })
}

fn center(square: &Square, z: [usize; 2]) -> Pos2 {
    let middle = z.map(|token| {
        let span = square.layout.span_of(token);
        0.5 * (span.start + span.end)
    });
    square.position(middle)
}

/// The move of `z` to the cell that the pointer is in.
fn target(square: &Square, z: [usize; 2], at: Pos2) -> Option<Move> {
    Move::between(z, square.state_at(at)?)
}

/// All moves out of one state; none where it has no rates, which the panel of the cell explains.
fn moves_of(scene: SideScene<'_>, z: [usize; 2], fluxes: bool) -> Vec<Weighed> {
    let corrector = scene.settings.effective_sampler().corrector;
    let Ok(out) = Outgoing::new(scene.path, scene.scheduler(), corrector, scene.t, z) else {
        return Vec::new();
    };
    let weight = if fluxes { out.mass } else { 1.0 };
    let of_axis = |axis: Axis| {
        let values = out.rates[axis.index()].iter().enumerate();
        values.map(move |(y, &u)| Weighed { of: Move { z, axis, y }, value: weight * u })
    };
    Axis::BOTH.into_iter().flat_map(of_axis).collect()
}

/// Draws moves along the curves `place` gives, strong ones over weak ones, and the legend. The one that the `pointer` is
/// on stands out, or else the one that it stands for, and is returned.
fn draw(
    ui: &Ui,
    square: &Square,
    moves: &[Weighed],
    unit: [&str; 2],
    pointer: Option<(Pos2, Option<Move>)>,
    place: impl Fn(&Move) -> Curve,
) -> Option<Move> {
    let largest = moves.iter().fold(0.0f64, |m, arrow| m.max(arrow.value));
    if !(largest > 0.0 && largest.is_finite()) {
        return pointer.and_then(|(_, target)| target);
    }
    let mut shown: Vec<&Weighed> = moves.iter().filter(|m| m.value > SMALLEST * largest).collect();
    shown.sort_by(|a, b| a.value.total_cmp(&b.value));
    let palette = theme::palette(ui);
    let head = (0.3 * square.cell_side()).clamp(2.5, 8.0);
    // Many arrows in small cells are fine lines without a halo: they would run into each other.
    let thin = (square.cell_side() / 9.0).clamp(0.4, 1.0);
    let pointed = pointer.and_then(|(at, target)| {
        let distances = shown.iter().map(|arrow| (arrow.of, distance(place(&arrow.of), at)));
        let near = distances.filter(|(_, distance)| *distance <= NEAR).min_by(|a, b| a.1.total_cmp(&b.1));
        near.map(|(of, _)| of).or(target)
    });
    let stands_out = pointed.filter(|pointed| shown.iter().any(|arrow| arrow.of == *pointed));
    let mut mesh = Mesh::default();
    for arrow in shown {
        let share = (arrow.value / largest) as f32;
        let curve = place(&arrow.of);
        if thin == 1.0 {
            add_arc(&mut mesh, curve, width(share) + 1.6, head + 1.2, halo(palette.background, share));
        }
        add_arc(&mut mesh, curve, thin * width(share), head, color(palette.mark, share));
    }
    if let Some(pointed) = stands_out {
        let curve = place(&pointed);
        add_arc(&mut mesh, curve, width(1.0) + 3.0, head + 3.0, palette.background);
        add_arc(&mut mesh, curve, width(1.0), head + 1.0, palette.accent);
    }
    ui.painter().with_clip_rect(square.rect).add(Shape::mesh(mesh));
    legend(ui, square, largest, unit);
    pointed
}

/// How far `at` is from a curve, points.
fn distance((start, control, end): Curve, at: Pos2) -> f32 {
    let point = |piece: usize| {
        let u = piece as f32 / PIECES as f32;
        start.lerp(control, u).lerp(control.lerp(end, u), u)
    };
    let to_piece = |piece: usize| {
        let (a, b) = (point(piece), point(piece + 1));
        let along = (at - a).dot(b - a) / (b - a).length_sq().max(f32::MIN_POSITIVE);
        at.distance(a.lerp(b, along.clamp(0.0, 1.0)))
    };
    (0..PIECES).map(to_piece).fold(f32::INFINITY, f32::min)
}

fn width(share: f32) -> f32 {
    0.8 + 1.6 * share
}

fn color(mark: Color32, share: f32) -> Color32 {
    mark.gamma_multiply(0.3 + 0.7 * share)
}

fn halo(ground: Color32, share: f32) -> Color32 {
    ground.gamma_multiply(0.25 + 0.45 * share)
}

/// Two round values with their arrows, right-aligned below the square.
fn legend(ui: &Ui, square: &Square, largest: f64, [unit, short]: [&str; 2]) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let y = square.rect.bottom() + 23.0;
    let mut right = square.rect.right() + COLOR_BAR_WIDTH + 8.0;
    let text = |right: f32, text: String| {
        painter.text(Pos2::new(right, y), Align2::RIGHT_CENTER, text, theme::small(), palette.weak).left()
    };
    // The name of token 1 is in the middle of the same line.
    let room = 0.5 * square.rect.width() + COLOR_BAR_WIDTH - 24.0;
    let whole = room > 225.0;
    if whole {
        right = text(right, unit.to_owned()) - 8.0;
    }
    let round = round_down(largest);
    for value in [0.2 * round, round] {
        right = text(right, format_value(value)) - 4.0;
        let share = (value / largest) as f32;
        let (from, to) = (Pos2::new(right - 22.0, y), Pos2::new(right, y));
        let mut mesh = Mesh::default();
        add_arc(&mut mesh, (from, from.lerp(to, 0.5), to), width(share), 6.0, color(palette.mark, share));
        painter.add(Shape::mesh(mesh));
        right -= 32.0;
    }
    if !whole {
        text(right + 4.0, short.to_owned());
    }
}

/// A curve from start to end with a head at the end.
fn add_arc(mesh: &mut Mesh, (start, control, end): Curve, width: f32, head: f32, color: Color32) {
    let last = (end - control).normalized();
    if !last.is_finite() || last == Vec2::ZERO {
        return;
    }
    let neck = end - last * head;
    let at = |u: f32| {
        let (a, b) = (start.lerp(control, u), control.lerp(neck, u));
        (a.lerp(b, u), (b - a).normalized())
    };
    let base = mesh.vertices.len() as u32;
    for piece in 0..=PIECES {
        let (place, along) = at(piece as f32 / PIECES as f32);
        let side = Vec2::new(-along.y, along.x) * (0.5 * width);
        mesh.colored_vertex(place - side, color);
        mesh.colored_vertex(place + side, color);
        if piece > 0 {
            let here = base + 2 * piece as u32;
            mesh.add_triangle(here - 2, here - 1, here);
            mesh.add_triangle(here - 1, here + 1, here);
        }
    }
    let wing = Vec2::new(-last.y, last.x) * (0.42 * head).max(0.8 * width);
    let tip = mesh.vertices.len() as u32;
    for place in [neck - wing, neck + wing, end] {
        mesh.colored_vertex(place, color);
    }
    mesh.add_triangle(tip, tip + 1, tip + 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_changes_one_token() {
        let first = Move { z: [1, 2], axis: Axis::First, y: 3 };
        assert_eq!((Move::between([1, 2], [3, 2]), first.to()), (Some(first), [3, 2]));
        let second = Move::between([1, 2], [1, 0]).expect("a move");
        assert_eq!((second.axis, second.y, second.to()), (Axis::Second, 0, [1, 0]));
        assert_eq!((Move::between([1, 2], [1, 2]), Move::between([1, 2], [0, 0])), (None, None));
    }

    #[test]
    fn a_curve_is_as_far_as_its_nearest_point() {
        // A parabola whose top lies half as high as its control point.
        let curve = (Pos2::ZERO, Pos2::new(50.0, 40.0), Pos2::new(100.0, 0.0));
        assert!(distance(curve, Pos2::new(50.0, 20.0)) < 0.1);
        assert!((distance(curve, Pos2::new(50.0, 27.0)) - 7.0).abs() < 0.1);
        assert!((distance(curve, Pos2::new(-3.0, -4.0)) - 5.0).abs() < 1e-4, "beyond its end");
    }
}
