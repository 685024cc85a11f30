//! Where the views of a lab lie in the middle of the window.

use crate::ui::theme::space;
use egui::{Rect, Vec2};

/// The least that a view is drawn in, points: text as large as a projector asks for takes its room from the number of views.
const LEAST: Vec2 = Vec2::new(190.0, 170.0);

/// The first arrangement in which every view has room, or the one in which the smallest has most.
pub fn fitting(all: impl IntoIterator<Item = Vec<Rect>>) -> Vec<Rect> {
    let mut best = (f32::NEG_INFINITY, Vec::new());
    for rects in all {
        let room = |rect: &Rect| (rect.width() - LEAST.x).min(rect.height() - LEAST.y);
        let least = rects.iter().map(room).fold(f32::INFINITY, f32::min);
        if least >= 0.0 {
            return rects;
        }
        if least > best.0 {
            best = (least, rects);
        }
    }
    best.1
}

/// Rectangles row by row.
pub fn rows(area: Rect, rows: usize, columns: usize) -> Vec<Rect> {
    let gap = space::S;
    let count = Vec2::new(columns as f32, rows as f32);
    let size = (area.size() + Vec2::splat(gap)) / count - Vec2::splat(gap);
    let place = |slot: usize| Vec2::new((slot % columns) as f32, (slot / columns) as f32);
    let min = |slot: usize| area.min + place(slot) * (size + Vec2::splat(gap));
    (0..rows * columns).map(|slot| Rect::from_min_size(min(slot), size)).collect()
}

/// Rectangles of one to four panes: one, two beside each other, one beside two, two by two.
pub fn pane_rects(area: Rect, count: usize) -> Vec<Rect> {
    let gap = space::S;
    let half = (area.size() - Vec2::splat(gap)) * 0.5;
    let cell = |column: f32, row: f32, size: Vec2| {
        Rect::from_min_size(area.min + Vec2::new(column * (half.x + gap), row * (half.y + gap)), size)
    };
    let tall = Vec2::new(half.x, area.height());
    match count {
        1 => vec![area],
        2 => vec![cell(0.0, 0.0, tall), cell(1.0, 0.0, tall)],
        3 => vec![cell(0.0, 0.0, tall), cell(1.0, 0.0, half), cell(1.0, 1.0, half)],
        _ => [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].map(|(x, y)| cell(x, y, half)).into(),
    }
}

/// The canvas on the left; on the right the first view of each side, or the first two of the only one.
pub fn editing_rects(area: Rect, sides: usize) -> (Rect, Vec<Rect>) {
    let (left, right) = area.split_left_right_at_fraction(0.6);
    let half = Vec2::new(0.5 * space::S, 0.0);
    let right = Rect::from_min_max(right.min + half, right.max);
    (Rect::from_min_max(left.min, left.max - half), rows(right, sides.max(2), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_views_are_drawn_where_they_would_have_no_room() {
        let count = |size: Vec2| {
            let whole = Rect::from_min_size(egui::Pos2::ZERO, size);
            fitting([pane_rects(whole, 4), rows(whole, 2, 1), vec![whole]]).len()
        };
        assert_eq!(
            [(760.0, 690.0), (330.0, 400.0), (160.0, 200.0)].map(|(x, y)| count(Vec2::new(x, y))),
            [4, 2, 1]
        );
        // Three beside each other are a little narrow here, two rows or one below the other far too low.
        let low = Rect::from_min_size(egui::Pos2::ZERO, Vec2::new(540.0, 300.0));
        let beside = fitting([rows(low, 2, 3), rows(low, 1, 3), rows(low, 3, 1)]);
        assert!(beside.len() == 3 && beside[0].height() == 300.0);
    }
}
