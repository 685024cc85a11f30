//! Where a picture of the window differs from the one before.

use eframe::egui::epaint::{ClippedShape, TextShape};
use eframe::egui::{Rect, Shape};

/// So many shapes may be inserted and removed at one place before the two lists are taken to go on side by side.
const LOOK_AHEAD: usize = 24;

/// What smooth edges and underlines reach beyond the bounds a shape tells of, points.
const MARGIN: f32 = 2.0;

/// Rectangles (points) outside of which `new` looks as `old` did; no two of them overlap. None where nothing changed.
///
/// Both lists are in the order of drawing. Shapes found in both, in the same order, are left alone, and the bounds of all
/// others are damaged: at any other place the same shapes are drawn one after the other as before.
pub(super) fn damage(old: &[ClippedShape], new: &[ClippedShape]) -> Vec<Rect> {
    let mut rects = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        let (removed, inserted) = skipped(&old[i..], &new[j..]);
        rects.extend(old[i..i + removed].iter().chain(&new[j..j + inserted]).filter_map(bounds));
        (i, j) = (i + removed, j + inserted);
        if removed + inserted == 0 {
            (i, j) = (i + 1, j + 1);
        }
    }
    rects.extend(old[i..].iter().chain(&new[j..]).filter_map(bounds));
    joined(rects)
}

/// What of a shape can be seen, points.
pub(super) fn bounds(clipped: &ClippedShape) -> Option<Rect> {
    let drawn = clipped.transform_after_tessellation * clipped.shape.visual_bounding_rect();
    let visible = drawn.expand(MARGIN).intersect(clipped.clip_rect);
    visible.is_positive().then_some(visible)
}

/// How many shapes have to go at the beginning of each list until they go on alike; (0, 0) where they do so at once.
fn skipped(old: &[ClippedShape], new: &[ClippedShape]) -> (usize, usize) {
    for both in 0..=LOOK_AHEAD {
        for removed in 0..=both {
            let inserted = both - removed;
            if let (Some(a), Some(b)) = (old.get(removed), new.get(inserted))
                && a.clip_rect == b.clip_rect
                && a.transform_after_tessellation == b.transform_after_tessellation
                && same(&a.shape, &b.shape)
            {
                return (removed, inserted);
            }
        }
    }
    (1, 1)
}

/// Whether two shapes look alike. Texts do if they were laid out at once: egui keeps what it laid out while it is drawn, and
/// to compare the glyphs takes long.
fn same(a: &Shape, b: &Shape) -> bool {
    match (a, b) {
        (Shape::Vec(a), Shape::Vec(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Shape::Text(a), Shape::Text(b)) => {
            let TextShape {
                pos,
                galley,
                underline,
                fallback_color,
                override_text_color,
                opacity_factor,
                angle,
            } = a;
            std::sync::Arc::ptr_eq(galley, &b.galley)
                && (*pos, *underline, *fallback_color) == (b.pos, b.underline, b.fallback_color)
                && (*override_text_color, *opacity_factor, *angle)
                    == (b.override_text_color, b.opacity_factor, b.angle)
        }
        _ => a == b,
    }
}

/// The same places in rectangles that do not overlap.
fn joined(rects: Vec<Rect>) -> Vec<Rect> {
    let mut apart: Vec<Rect> = Vec::new();
    for mut rect in rects {
        // A rectangle that grew may reach others that it did not reach before.
        while let Some(at) = apart.iter().position(|other| are_one(*other, rect)) {
            rect |= apart.swap_remove(at);
        }
        apart.push(rect);
    }
    apart
}

fn are_one(a: Rect, b: Rect) -> bool {
    // Borders are rounded outwards to whole pixels later on.
    a.expand(1.0).intersects(b.expand(1.0)) || (a | b).area() <= a.area() + b.area()
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Align2, Color32, Context, FontId, RawInput, pos2, vec2};

    fn block(x: f32, color: Color32) -> ClippedShape {
        let rect = Rect::from_min_size(pos2(x, 0.0), vec2(10.0, 10.0));
        ClippedShape::new(Rect::EVERYTHING, Shape::rect_filled(rect, 0.0, color))
    }

    fn row(places: impl IntoIterator<Item = u16>) -> Vec<ClippedShape> {
        places.into_iter().map(|place| block(100.0 * f32::from(place), Color32::RED)).collect()
    }

    fn around(x: f32) -> Rect {
        Rect::from_min_size(pos2(x, 0.0), vec2(10.0, 10.0)).expand(MARGIN)
    }

    #[test]
    fn what_stays_is_left_alone() {
        assert_eq!(damage(&row(0..50), &row(0..50)), []);
        assert_eq!(damage(&[], &[]), []);
    }

    #[test]
    fn a_shape_that_changes_comes_or_goes_damages_its_own_place_alone() {
        let mut changed = row(0..50);
        changed[7] = block(700.0, Color32::BLUE);
        assert_eq!(damage(&row(0..50), &changed), [around(700.0)]);
        let without: Vec<u16> = (0..50).filter(|place| *place != 9).collect();
        assert_eq!(damage(&row(without.clone()), &row(0..50)), [around(900.0)]);
        assert_eq!(damage(&row(0..50), &row(without)), [around(900.0)]);
        assert_eq!(damage(&row(0..50), &row(0..49)), [around(4900.0)]);
        // Moved: both where it was and where it is.
        changed[7] = block(5000.0, Color32::RED);
        let mut places = damage(&row(0..50), &changed);
        places.sort_by(|a, b| a.min.x.total_cmp(&b.min.x));
        assert_eq!(places, [around(700.0), around(5000.0)]);
    }

    #[test]
    fn another_order_is_a_change_and_a_hidden_one_is_none() {
        let (a, b) = (block(0.0, Color32::RED), block(5.0, Color32::BLUE));
        let places = damage(&[a.clone(), b.clone()], &[b.clone(), a.clone()]);
        assert!(
            places.iter().any(|place| place.contains_rect(around(0.0).intersect(around(5.0)))),
            "{places:?}"
        );
        let hidden = |color| ClippedShape { clip_rect: Rect::NOTHING, ..block(0.0, color) };
        assert_eq!(damage(&[hidden(Color32::RED)], &[hidden(Color32::BLUE)]), []);
        // A shape of which more is seen.
        let half = ClippedShape { clip_rect: Rect::everything_left_of(5.0), ..a.clone() };
        assert_eq!(damage(&[half], &[a]), [around(0.0)]);
    }

    #[test]
    fn lists_with_nothing_in_common_are_damaged_as_a_whole() {
        let places = damage(&row(0..200), &row(1000..1200));
        let covered = |x: f32| places.iter().any(|place| place.contains_rect(around(x)));
        assert!((0..200).chain(1000..1200).all(|place| covered(100.0 * place as f32)));
        for (at, a) in places.iter().enumerate() {
            assert!(places[at + 1..].iter().all(|b| !a.intersects(*b)));
        }
    }

    #[test]
    fn texts_are_compared_by_what_was_laid_out() {
        let ctx = Context::default();
        let mut texts = Vec::new();
        for text in ["0.50", "0.50", "0.51"] {
            let mut output = ctx.run_ui(RawInput::default(), |ui| {
                let font = FontId::default();
                ui.painter().text(pos2(9.0, 9.0), Align2::LEFT_TOP, text, font, Color32::RED);
            });
            texts.push(std::mem::take(&mut output.shapes));
            output.drop_without_applying_deltas();
        }
        assert_eq!(damage(&texts[0], &texts[1]), []);
        assert_eq!(damage(&texts[1], &texts[2]).len(), 1);
    }
}
