// A heat map: each pixel takes the colour of the cell under its centre, token 1 to the right, token 2 upward.
//
// CPU twin, same name and same arithmetic: `cell_at` in src/figure/raster.rs.
// Lengths are physical pixels of the target ("px") or cells, as in `CellLayout`.

struct Pane {
    // Top left corner in the target, px; may lie outside of it.
    origin: vec2<f32>,
    // Width and height, px.
    size: vec2<f32>,
    cells_per_px: vec2<f32>,
    // The bottom left corner of what is shown, cells.
    window: vec2<f32>,
    // K, the number of data tokens.
    data: f32,
    // The mask margin [start, end) in cells; empty without a mask.
    margin_start: f32,
    margin_end: f32,
    // Colour of the gap before the mask margin.
    background: vec4<f32>,
}

const NO_TOKEN: i32 = -1;

@group(0) @binding(0) var<uniform> pane: Pane;
// [V, V] colours, in the space that the target expects. Row = token 1, column = token 2.
@group(0) @binding(1) var colors: texture_2d<f32>;

// One triangle over the whole viewport.
@vertex
fn vs_main(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let local = position.xy - pane.origin;
    let token_1 = cell_at(pane.window.x + local.x * pane.cells_per_px.x);
    let token_2 = cell_at(pane.window.y + (pane.size.y - local.y) * pane.cells_per_px.y);
    if token_1 == NO_TOKEN || token_2 == NO_TOKEN {
        return pane.background;
    }
    return textureLoad(colors, vec2<i32>(token_2, token_1), 0);
}

// The token at coordinate `x` in cells; NO_TOKEN in the gap and outside.
fn cell_at(x: f32) -> i32 {
    if x >= 0.0 && x < pane.data {
        return i32(x);
    }
    if x >= pane.margin_start && x < pane.margin_end {
        return i32(pane.data);
    }
    return NO_TOKEN;
}
