//! One text on the screen: its cells in the colours of the theme.

use super::letters::Marks;
use crate::figure::ColorMap;
use crate::gpu::cells::InkedCell;
use crate::ui::theme::Palette;
use crate::view::sequence::{Cell, Mark, SeenCell, Shade, Tone};
use egui::{Color32, Pos2, Rect, Vec2, lerp};
use std::collections::HashMap;

/// A colour without its opacity.
pub fn rgb(color: Color32) -> [u8; 3] {
    [color.r(), color.g(), color.b()]
}

/// Where a cell is, from the corner of its text.
pub fn place(cell: &Cell, size: Vec2) -> Rect {
    let min = Pos2::new(cell.column as f32 * size.x, cell.line as f32 * size.y);
    Rect::from_min_size(min, Vec2::new(cell.wide as f32 * size.x, size.y))
}

/// A share of the way from one colour to another.
fn mixed(from: Color32, to: Color32, share: f32) -> Color32 {
    let of = |a: u8, b: u8| lerp(f32::from(a)..=f32::from(b), share.clamp(0.0, 1.0)).round() as u8;
    Color32::from_rgb(of(from.r(), to.r()), of(from.g(), to.g()), of(from.b(), to.b()))
}

/// The colour behind a cell.
pub fn shade_color(palette: &Palette, shade: Shade) -> Color32 {
    match shade {
        Shade::Doubt(doubt) => mixed(palette.panel, palette.accent, 0.13 + 0.24 * doubt),
        Shade::Gap(gap) => mixed(palette.panel, palette.series[1], 0.8 * gap),
        Shade::Entropy(entropy) => {
            let [r, g, b] = ColorMap::Viridis.color(f64::from(entropy));
            Color32::from_rgb(r, g, b)
        }
    }
}

/// Of what the last step revealed, and of what it changed.
pub fn mark_color(palette: &Palette, mark: Mark) -> Color32 {
    match mark {
        Mark::Revealed => palette.series[2],
        Mark::Changed => palette.series[1],
        Mark::Masked(_) => palette.warning,
    }
}

fn ink_color(palette: &Palette, seen: &SeenCell<'_>, ground: Color32) -> Color32 {
    let color = match seen.tone {
        Tone::Plain => palette.text,
        Tone::Given => palette.weak,
        Tone::Made => palette.accent,
        Tone::Pale => mixed(ground, palette.weak, 0.85),
    };
    match seen.shade {
        // On any colour of the map.
        Some(Shade::Entropy(entropy)) => {
            if entropy > 0.55 {
                Color32::from_black_alpha(170)
            } else {
                Color32::from_white_alpha(190)
            }
        }
        _ => mixed(ground, color, seen.strength),
    }
}

/// What happened to a cell, and whether it is wrong.
fn marked(marks: &mut Marks, seen: &SeenCell<'_>, rect: Rect, cell: Vec2, palette: &Palette) {
    // Thinner than a pixel, an edge may fall between two.
    let thin = (0.09 * cell.x).min(1.4).max(marks.pixel);
    if let Some(mark) = seen.mark {
        let color = mark_color(palette, mark);
        match mark {
            Mark::Masked(_) => {
                let line = Rect::from_center_size(rect.center(), Vec2::new(rect.width(), 1.3 * thin));
                marks.fill(line, color);
            }
            _ => marks.frame(rect.shrink2(Vec2::new(0.0, 0.05 * cell.y)), thin, color),
        }
    }
    if seen.wrong > 0.05 {
        let line = Rect::from_min_max(
            Pos2::new(rect.left() + 0.06 * cell.x, rect.bottom() - 0.13 * cell.y),
            Pos2::new(rect.right() - 0.06 * cell.x, rect.bottom() - 0.13 * cell.y + 1.7 * thin),
        );
        marks.fill(line, mixed(palette.background, palette.error, 0.25 + 0.75 * seen.wrong));
    }
}

/// Sets a text, whose cells as they are seen are `seen`, into `cells` \[lines, width\] on `background`; `numbers` are those of the
/// letters. What happened to its cells is drawn on `marks`, whose cells have that `size`, from `corner` on.
pub fn set(
    seen: &[SeenCell<'_>],
    (width, cells): (usize, &mut [InkedCell]),
    numbers: &HashMap<char, u16>,
    (marks, corner, size): (&mut Marks, Vec2, Vec2),
    (palette, background): (&Palette, Color32),
) {
    for seen in seen {
        let ground = seen.shade.map_or(background, |shade| shade_color(palette, shade));
        let ink = ground.blend(ink_color(palette, seen, ground));
        let mut letters = seen.text.chars();
        for n in 0..seen.cell.wide.max(1) {
            let letter = letters.next().and_then(|c| numbers.get(&c)).copied().unwrap_or_default();
            let column = seen.cell.column + n;
            // What is only likely may be longer than what comes: it is cut, and not carried on below.
            if let Some(cell) = cells.get_mut(seen.cell.line * width + column).filter(|_| column < width) {
                *cell = InkedCell::new(rgb(ground), rgb(ink), letter);
            }
        }
        marked(marks, seen, place(&seen.cell, size).translate(corner), size, palette);
    }
}
