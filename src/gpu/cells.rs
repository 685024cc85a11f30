//! Letters in cells of one size, many texts side by side, inside an egui picture: two of the toolkit's rectangles a letter
//! cost a driver on the CPU many times as much.

use std::sync::Arc;

use super::color::target_color;
use super::make::{self, MAIN, TEXTURE, UNIFORM, Uniform};
use super::pass::{self, Pass, PassError, Place};
use super::same_shape::same_shape;
use eframe::egui::{self, Id, Rect};
use eframe::egui_wgpu::RenderState;

/// Cells in a row of their texture, as in shaders/cells.wgsl.
const CELLS_A_ROW: usize = 512;
/// Letters in a row of theirs.
const LETTERS_A_ROW: usize = 16;

/// Pictures of letters, all of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct Glyphs {
    /// Width and height of a cell, px, at least 1.
    pub cell: [u32; 2],
    /// How much of each pixel is covered, \[letters, height, width\].
    pub coverage: Vec<u8>,
}

/// A cell: a letter on a shade.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct InkedCell {
    ground: [u8; 3],
    low: u8,
    ink: [u8; 3],
    high: u8,
}

impl InkedCell {
    /// Letter number `letter` in the sRGB colour `ink` on `ground`.
    pub fn new(ground: [u8; 3], ink: [u8; 3], letter: u16) -> Self {
        let [low, high] = letter.to_le_bytes();
        Self { ground, low, ink, high }
    }
}

/// How texts lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellGrid {
    /// Texts side by side, and in all.
    pub columns: usize,
    /// See `columns`.
    pub texts: usize,
    /// Letters a line, and lines of a text.
    pub size: [usize; 2],
    /// From the corner of a text to that of the next one, px: at least what a text takes.
    pub step: [u32; 2],
    /// Pixels above and below the shade of a cell that are left free.
    pub gap: u32,
}

/// What is shown in one place.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Which place: its textures are kept from frame to frame. One rectangle a slot and frame.
    pub slot: u64,
    /// How the texts lie.
    pub grid: CellGrid,
    /// The letters.
    pub glyphs: Arc<Glyphs>,
    /// \[texts, lines, letters a line\].
    pub cells: Arc<Vec<InkedCell>>,
    /// sRGB colour beside the texts.
    pub background: [u8; 3],
}

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(render_state: &RenderState) -> Result<(), PassError> {
    pass::install::<Walls>(render_state)
}

/// Draws `cells` over all of `rect` (points), the first text at its corner, rounded to whole pixels.
pub fn paint(painter: &egui::Painter, rect: Rect, cells: Cells) {
    let Cells { grid, background, .. } = cells;
    let key = (rect, grid, background, Same(cells.glyphs.clone()), Same(cells.cells.clone()));
    let shape = same_shape(painter.ctx(), Id::unique(("cells", cells.slot)), key, || {
        pass::shape::<Walls>(rect, cells.slot, cells)
    });
    painter.add(shape);
}

/// The same allocation, kept so that no other one takes its place.
#[derive(Clone, Debug)]
struct Same<T>(Arc<T>);

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The sRGB colour of a pixel, counted from the corner of the first text.
pub fn color_at(of: &Cells, pixel: [u32; 2]) -> [u8; 3] {
    let Cells { grid, glyphs, cells, background, .. } = of;
    let split = |axis: usize| {
        let (text, within) = (pixel[axis] / grid.step[axis], pixel[axis] % grid.step[axis]);
        let [cell, inside] = [within / glyphs.cell[axis], within % glyphs.cell[axis]];
        [text as usize, cell as usize, inside as usize]
    };
    let [[left, column, x], [above, line, y]] = [split(0), split(1)];
    let text = above * grid.columns + left;
    let [width, lines] = grid.size;
    if left >= grid.columns || text >= grid.texts || column >= width || line >= lines {
        return *background;
    }
    let cell = cells[(text * lines + line) * width + column];
    let letter = usize::from(u16::from_le_bytes([cell.low, cell.high]));
    let [wide, high] = glyphs.cell.map(|side| side as usize);
    let coverage = f32::from(glyphs.coverage[(letter * high + y) * wide + x]) / 255.0;
    let is_shaded = y >= grid.gap as usize && y + (grid.gap as usize) < high;
    let behind = if is_shaded { cell.ground } else { *background };
    [0, 1, 2].map(|n| {
        let (from, to) = (f32::from(behind[n]), f32::from(cell.ink[n]));
        (from + coverage * (to - from)).round() as u8
    })
}

/// `Frame` of shaders/cells.wgsl, with its layout.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
struct Frame {
    origin: [f32; 2],
    step: [f32; 2],
    cell: [f32; 2],
    size: [f32; 2],
    columns: f32,
    texts: f32,
    gap: f32,
    unused: f32,
    background: [f32; 4],
}

/// The pass.
struct Walls {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    target_is_srgb: bool,
}

/// What one place keeps from frame to frame.
struct Slot {
    cells: wgpu::Texture,
    letters: wgpu::Texture,
    frame: Uniform<Frame>,
    group: wgpu::BindGroup,
    uploaded: Option<(Same<Glyphs>, Same<Vec<InkedCell>>)>,
}

/// Sizes of the textures for the cells and for the letters.
fn sizes(of: &Cells) -> [[u32; 2]; 2] {
    let rows = of.cells.len().div_ceil(CELLS_A_ROW).max(1);
    let [width, height] = of.glyphs.cell;
    let letters = of.glyphs.coverage.len() / (width * height) as usize;
    let down = letters.div_ceil(LETTERS_A_ROW).max(1) as u32;
    [[2 * CELLS_A_ROW as u32, rows as u32], [LETTERS_A_ROW as u32 * width, down * height]]
}

/// The letters side by side in rows of [`LETTERS_A_ROW`], as their texture has them.
fn side_by_side(glyphs: &Glyphs, [width, height]: [u32; 2]) -> Vec<u8> {
    let [wide, high] = glyphs.cell.map(|side| side as usize);
    let mut texels = vec![0; (width * height) as usize];
    for (n, row) in glyphs.coverage.chunks_exact(wide).enumerate() {
        let (letter, y) = (n / high, n % high);
        let top = letter / LETTERS_A_ROW * high + y;
        let at = top * width as usize + letter % LETTERS_A_ROW * wide;
        texels[at..at + wide].copy_from_slice(row);
    }
    texels
}

impl Pass for Walls {
    const NAME: &'static str = "letters";
    type Content = Cells;
    type Frame<'a> = (&'a Cells, Frame);
    type Slot = Slot;

    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/cells.wgsl"));
        let bindings = [(0, UNIFORM), (1, TEXTURE), (2, TEXTURE)];
        let layout = make::group_layout(device, "cells", wgpu::ShaderStages::FRAGMENT, &bindings);
        let shader = (&module, MAIN);
        let pipeline = make::render_pipeline(device, "cells", shader, &[&layout], None, target.into());
        Self { pipeline, layout, target_is_srgb: target.is_srgb() }
    }

    fn frame<'a>(&self, of: &'a Cells, place: Place<'_>) -> (&'a Cells, Frame) {
        let (grid, (origin, _)) = (&of.grid, place.pixels());
        let frame = Frame {
            origin,
            step: grid.step.map(|px| px as f32),
            cell: of.glyphs.cell.map(|px| px as f32),
            size: grid.size.map(|count| count as f32),
            columns: grid.columns as f32,
            texts: grid.texts as f32,
            gap: grid.gap as f32,
            unused: 0.0,
            background: target_color(of.background, self.target_is_srgb),
        };
        (of, frame)
    }

    fn fits(slot: &Slot, (of, _): &(&Cells, Frame)) -> bool {
        [&slot.cells, &slot.letters].map(|texture| [texture.width(), texture.height()]) == sizes(of)
    }

    fn new_slot(&self, device: &wgpu::Device, (of, _): &(&Cells, Frame)) -> Slot {
        let [of_cells, of_letters] = sizes(of);
        let format = make::color_format(self.target_is_srgb);
        let cells = make::texture(device, "cells", of_cells, format);
        let letters = make::texture(device, "letters", of_letters, wgpu::TextureFormat::R8Unorm);
        let frame = Uniform::new(device, "cells frame");
        let [of_cells, of_letters] =
            [&cells, &letters].map(|texture| texture.create_view(&wgpu::TextureViewDescriptor::default()));
        let resources = [
            (0, frame.buffer.as_entire_binding()),
            (1, wgpu::BindingResource::TextureView(&of_cells)),
            (2, wgpu::BindingResource::TextureView(&of_letters)),
        ];
        let group = make::group(device, "cells", &self.layout, resources);
        Slot { cells, letters, frame, group, uploaded: None }
    }

    fn write(
        &self,
        slot: &mut Slot,
        queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        (of, frame): (&Cells, Frame),
    ) {
        let now = (Same(of.glyphs.clone()), Same(of.cells.clone()));
        let (same_glyphs, same_cells) =
            slot.uploaded.as_ref().map_or((false, false), |last| (last.0 == now.0, last.1 == now.1));
        if !same_glyphs {
            let size = [slot.letters.width(), slot.letters.height()];
            make::fill_texture(queue, &slot.letters, &side_by_side(&of.glyphs, size));
        }
        if !same_cells {
            let mut cells = Vec::clone(&of.cells);
            cells.resize(CELLS_A_ROW * slot.cells.height() as usize, InkedCell::default());
            make::fill_texture(queue, &slot.cells, bytemuck::cast_slice(&cells));
        }
        slot.uploaded = Some(now);
        slot.frame.write(queue, frame);
    }

    fn draw(&self, pass: &mut wgpu::RenderPass<'static>, slot: &Slot, _of: &Cells) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &slot.group, &[]);
        pass.draw(0..3, 0..1);
    }
}
