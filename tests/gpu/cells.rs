//! The shader of letters in cells against its CPU twin.

use dfm_explorer::gpu::Offscreen;
use dfm_explorer::gpu::cells::{self, CellGrid, Cells, Glyphs, InkedCell, color_at};
use eframe::egui::{self, Rect, pos2};
use std::sync::Arc;

const BACKGROUND: [u8; 3] = [10, 20, 30];

pub const TESTS: crate::Tests =
    &[("every_pixel_is_the_twins", every_pixel_is_the_twins), ("new_letters_are_seen", new_letters_are_seen)];

fn scrambled(n: usize, seed: u32) -> [u8; 4] {
    (n as u32 + 77 * seed).wrapping_mul(2_654_435_761).rotate_left(11).to_le_bytes()
}

fn glyphs(count: usize, cell: [u32; 2], seed: u32) -> Arc<Glyphs> {
    let pixels = count * (cell[0] * cell[1]) as usize;
    Arc::new(Glyphs { cell, coverage: (0..pixels).map(|n| scrambled(n, seed)[0]).collect() })
}

fn inked(grid: &CellGrid, letters: u16, seed: u32) -> Arc<Vec<InkedCell>> {
    let cells = grid.texts * grid.size[0] * grid.size[1];
    let cell = |n| {
        let ([a, b, c, d], [e, f, g, _]) = (scrambled(n, seed), scrambled(n, seed + 1));
        InkedCell::new([a, b, c], [d, e, f], u16::from_le_bytes([g, a]) % letters)
    };
    Arc::new((0..cells).map(cell).collect())
}

/// Draws them at `left`, `top` px and compares every pixel.
fn compare(offscreen: &mut Offscreen, of: &Cells, [left, top]: [i32; 2], size: [u32; 2]) {
    let context = egui::Context::default();
    // Off by less than half a pixel.
    let min = pos2(left as f32 + 0.3, top as f32 - 0.2);
    let rect = Rect::from_min_size(min, egui::vec2(size[0] as f32, size[1] as f32));
    let image = offscreen
        .render(&context, [160, 120], 1.0, 1, |ui| cells::paint(ui.painter(), rect, of.clone()))
        .expect("a picture");
    let mut inside = 0;
    for (x, y, pixel) in image.enumerate_pixels() {
        let local = [x as i32 - left, y as i32 - top];
        if (0..2).all(|axis| (0..size[axis] as i32).contains(&local[axis])) {
            let expected = color_at(of, local.map(|v| v as u32));
            let near = (0..3).all(|n| pixel[n].abs_diff(expected[n]) <= 1);
            assert!(near, "{:?}, not {expected:?} at {x}, {y} of {:?}", pixel.0, of.grid);
            inside += 1;
        }
    }
    assert!(inside > 0);
}

fn every_pixel_is_the_twins() {
    let mut offscreen = Offscreen::new(None).expect("an adapter that starts");
    cells::install(offscreen.render_state()).expect("the pipeline");
    for (slot, (cell, columns, texts, size, step, gap, at)) in [
        ([5, 9], 3, 7, [8, 2], [45, 21], 1, [3, 4]),
        ([1, 1], 2, 4, [30, 20], [31, 25], 0, [0, 0]),
        ([7, 14], 1, 1, [40, 20], [280, 280], 2, [-20, -30]),
        // A cell's row of the texture and more, and more letters than a byte counts.
        ([3, 4], 4, 12, [11, 6], [40, 30], 1, [100, 60]),
    ]
    .into_iter()
    .enumerate()
    {
        let grid = CellGrid { columns, texts, size, step, gap };
        let letters = 300;
        let (glyphs, cells) = (glyphs(letters, cell, 5), inked(&grid, letters as u16, 9));
        let rows = texts.div_ceil(columns) as u32;
        let size = [columns as u32 * step[0], rows * step[1]];
        let of = Cells { slot: slot as u64, grid, glyphs, cells, background: BACKGROUND };
        compare(&mut offscreen, &of, at, size);
    }
}

fn new_letters_are_seen() {
    let mut offscreen = Offscreen::new(None).expect("an adapter that starts");
    cells::install(offscreen.render_state()).expect("the pipeline");
    let grid = CellGrid { columns: 2, texts: 4, size: [6, 3], step: [50, 40], gap: 1 };
    let first = Cells {
        slot: 1,
        grid,
        glyphs: glyphs(20, [7, 11], 1),
        cells: inked(&grid, 20, 1),
        background: BACKGROUND,
    };
    let others = Cells { cells: inked(&grid, 20, 2), ..first.clone() };
    let larger = Cells { glyphs: glyphs(20, [8, 12], 3), ..others.clone() };
    for of in [first, others, larger] {
        compare(&mut offscreen, &of, [10, 5], [100, 80]);
    }
}
