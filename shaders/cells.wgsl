// Letters in cells of one size, many texts side by side: every pixel looks up its cell, and the cell its letter.
//
// CPU twin, same arithmetic: `color_at` in src/gpu/cells.rs.

struct Frame {
    // Top left corner in the target, px; may lie outside of it.
    origin: vec2<f32>,
    // From text to text, and the size of a cell, whole px.
    step: vec2<f32>,
    cell: vec2<f32>,
    // Letters a line, lines of a text.
    size: vec2<f32>,
    // Texts side by side, and in all.
    columns: f32,
    texts: f32,
    // Pixels above and below the shade of a cell.
    gap: f32,
    unused: f32,
    // Colour beside the texts.
    background: vec4<f32>,
}

@group(0) @binding(0) var<uniform> frame: Frame;
// Two texels a cell: the colour behind it and the low byte of its letter's number, the letter's colour and the high byte.
@group(0) @binding(1) var cells: texture_2d<f32>;
// How much of a pixel each letter covers; the letters side by side.
@group(0) @binding(2) var letters: texture_2d<f32>;

// Cells in a row of their texture, and letters in one of theirs.
const CELLS_A_ROW: u32 = 512u;
const LETTERS_A_ROW: u32 = 16u;

// One triangle over the whole viewport.
@vertex
fn vs_main(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    // At the middles of pixels no quotient is a whole number: rounding errors move nothing to the next cell.
    let local = position.xy - frame.origin;
    let text = floor(local / frame.step);
    let within = local - text * frame.step;
    let cell = floor(within / frame.cell);
    let number = text.y * frame.columns + text.x;
    if text.x >= frame.columns || number >= frame.texts || any(cell >= frame.size) {
        return frame.background;
    }
    let index = u32((number * frame.size.y + cell.y) * frame.size.x + cell.x);
    let place = vec2<u32>(2u * (index % CELLS_A_ROW), index / CELLS_A_ROW);
    let ground = textureLoad(cells, place, 0);
    let ink = textureLoad(cells, place + vec2<u32>(1u, 0u), 0);
    let inside = within - cell * frame.cell;
    let letter = u32(ground.a * 255.0 + 0.5) + 256u * u32(ink.a * 255.0 + 0.5);
    let corner = vec2<u32>(letter % LETTERS_A_ROW, letter / LETTERS_A_ROW) * vec2<u32>(frame.cell);
    let coverage = textureLoad(letters, corner + vec2<u32>(inside), 0).r;
    let is_shaded = inside.y >= frame.gap && inside.y < frame.cell.y - frame.gap;
    let behind = select(frame.background.rgb, ground.rgb, is_shaded);
    return vec4<f32>(mix(behind, ink.rgb, coverage), 1.0);
}
