// Trails of jumps: thin lines that fade toward where the particle came from.
//
// CPU twin, same name and arithmetic: `trail_coverage` in src/figure/trails.rs.

struct Stage {
    // The viewport in the target, px: left, top, width, height.
    viewport: vec4<f32>,
    // Where the window's bottom left corner lies in the target, px.
    origin: vec2<f32>,
    // Its bottom left corner, cells.
    min: vec2<f32>,
    px_per_cell: vec2<f32>,
    px_per_point: f32,
    padding: f32,
}

struct Trail {
    // Cells.
    @location(0) from_cell: vec2<f32>,
    @location(1) to_cell: vec2<f32>,
    // Premultiplied colour at the near end.
    @location(2) color: vec4<f32>,
}

struct Corner {
    @builtin(position) position: vec4<f32>,
    // px of the target.
    @location(0) @interpolate(flat) start: vec2<f32>,
    @location(1) @interpolate(flat) along: vec2<f32>,
    @location(2) @interpolate(flat) color: vec4<f32>,
}

// Half the width of a line, points.
const HALF_WIDTH: f32 = 0.5;
// What is left of the colour at the far end.
const TAIL: f32 = 0.15;
// Shorter ones are not seen, px².
const SHORTEST_SQUARED: f32 = 1e-4;

@group(0) @binding(0) var<uniform> stage: Stage;

// A quad a trail, as two triangles, one pixel larger than the line.
@vertex
fn vs_main(@builtin(vertex_index) index: u32, trail: Trail) -> Corner {
    let start = to_px(trail.from_cell);
    let along = to_px(trail.to_cell) - start;
    let length = max(length(along), 1e-6);
    let ahead = along / length;
    let aside = vec2<f32>(-ahead.y, ahead.x);
    let reach = HALF_WIDTH * stage.px_per_point + 1.0;
    let corner = vec2<f32>(select(0.0, 1.0, index == 1u || index == 2u || index == 4u), select(-1.0, 1.0, index >= 2u && index <= 4u));
    let at = start + ahead * mix(-reach, length + reach, corner.x) + aside * reach * corner.y;
    return Corner(to_clip(at), start, along, trail.color);
}

@fragment
fn fs_main(corner: Corner) -> @location(0) vec4<f32> {
    return corner.color * trail_coverage(corner.position.xy - corner.start, corner.along, stage.px_per_point);
}

// How much of the pixel at `from_start` the line along `along` covers, faded toward its start; px. Nothing of one
// without length.
fn trail_coverage(from_start: vec2<f32>, along: vec2<f32>, px_per_point: f32) -> f32 {
    let squared = dot(along, along);
    if squared < SHORTEST_SQUARED {
        return 0.0;
    }
    let share = clamp(dot(from_start, along) / squared, 0.0, 1.0);
    let beside = length(from_start - along * share);
    let covered = clamp(HALF_WIDTH * px_per_point + 0.5 - beside, 0.0, 1.0);
    return covered * (TAIL + (1.0 - TAIL) * share);
}

fn to_px(cell: vec2<f32>) -> vec2<f32> {
    let moved = (cell - stage.min) * stage.px_per_cell;
    return vec2<f32>(stage.origin.x + moved.x, stage.origin.y - moved.y);
}

fn to_clip(px: vec2<f32>) -> vec4<f32> {
    let unit = (px - stage.viewport.xy) / stage.viewport.zw;
    return vec4<f32>(unit.x * 2.0 - 1.0, 1.0 - unit.y * 2.0, 0.0, 1.0);
}
