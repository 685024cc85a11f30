//! Where the texts of walls lie: in columns that fill the width, with the same room on all sides.

use super::letters::LINE;
use super::side_view::SideView;
use egui::Vec2;
use std::cmp::Ordering::Equal;

/// Largest width of a letter, points.
pub const TILE_MOST: f32 = 15.0;
/// Letters this much smaller are as good where they fill the width.
const HARDLY: f32 = 0.85;
/// Between two texts of a wall, in widths of a letter and heights of a line.
pub const GAP: [f32; 2] = [2.0, 0.75];

/// How the texts of a wall lie in `size` px: columns, letters a line and lines, and the whole pixels that a letter is wide, at
/// least 1 and at most `most`: large letters, and of such as are hardly smaller than the largest that fit those that use most of
/// the room across, without a last row of a single text.
pub fn arranged(size: Vec2, most: f32, texts: usize, shapes: &[[usize; 2]]) -> (usize, [usize; 2], u32) {
    let mut all = Vec::new();
    for &shape in shapes {
        let [width, lines] = shape.map(|n| n as f32);
        for columns in 1..=texts {
            let rows = texts.div_ceil(columns) as f32;
            let wide = columns as f32 * (width + GAP[0]) - GAP[0];
            let down = size.y / ((rows * (lines + GAP[1]) - GAP[1]) * LINE);
            let letter = (size.x / wide).min(down).min(most).floor().max(1.0);
            // Of the width, and of the places in the rows; in twentieths: a hair's breadth is worth no smaller letters.
            let taken = texts as f32 / (rows * columns as f32);
            let used = (20.0 * taken * wide * letter / size.x).round();
            all.push((columns, shape, letter, [used, letter, taken]));
        }
    }
    let largest = all.iter().map(|(.., letter, _)| *letter).fold(0.0, f32::max);
    let large = all.into_iter().filter(|(.., letter, _)| *letter >= HARDLY * largest);
    let best = large.max_by(|(.., a), (.., b)| a.partial_cmp(b).unwrap_or(Equal));
    best.map_or((1, [1, 1], 1), |(columns, shape, letter, _)| (columns, shape, letter as u32))
}

/// Gives the texts of all walls the same room, so that they can be compared.
pub fn lay_out(views: &mut [SideView]) {
    let Some(writing) = views.iter().find_map(|view| Some(view.film.as_ref()?.lexicon.writing.clone()))
    else {
        return;
    };
    let is_its = |view: &&SideView| view.film.as_ref().is_some_and(|film| film.lexicon.writing == writing);
    let finished = views.iter().filter(is_its).filter_map(|view| view.finished.as_deref());
    let shapes = writing.shapes(&finished.flatten().copied().collect::<Vec<u16>>());
    for view in views {
        let Some(film) = &view.film else { continue };
        let own = || film.lexicon.writing.shapes(&[]);
        view.shapes = if film.lexicon.writing == writing { shapes.clone() } else { own() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_wall_fill_the_room_and_never_leave_it() {
        let shapes: Vec<[usize; 2]> = (1..=12).map(|lines| [64_usize.div_ceil(lines), lines]).collect();
        for (size, texts) in [
            (Vec2::new(720.0, 400.0), 16),
            (Vec2::new(720.0, 400.0), 64),
            (Vec2::new(340.0, 300.0), 12),
            (Vec2::new(1200.0, 700.0), 1),
        ] {
            let (columns, [width, lines], letter) = arranged(size, TILE_MOST, texts, &shapes);
            let letter = letter as f32;
            let rows = texts.div_ceil(columns);
            let across = columns as f32 * (width as f32 + GAP[0]) - GAP[0];
            let down = (rows as f32 * (lines as f32 + GAP[1]) - GAP[1]) * LINE;
            assert!(letter > 2.0 && across * letter <= size.x + 0.1 && down * letter <= size.y + 0.1);
        }
        // Six programs: two columns fill the room, one of hardly larger letters leaves half of it empty.
        assert_eq!(arranged(Vec2::new(364.0, 400.0), TILE_MOST, 6, &[[38, 6]]).0, 2);
        assert_eq!(arranged(Vec2::new(364.0, 400.0), TILE_MOST, 6, &[]), (1, [1, 1], 1));
        // Sixty-four words stand in eight rows of eight, and not in nines with one left over.
        assert_eq!(arranged(Vec2::new(744.0, 432.0), TILE_MOST, 64, &[[5, 1]]).0, 8);
    }
}
