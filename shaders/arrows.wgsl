// Arrows: a shaft and a triangular head, with smooth edges at any size.
//
// CPU twin, same name and arithmetic: `arrow_coverage` in src/figure/arrows.rs.

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

struct Arrow {
    // Where its middle lies, cells.
    @location(0) middle_cell: vec2<f32>,
    // From tail to tip, cells.
    @location(1) along_cell: vec2<f32>,
    // Premultiplied.
    @location(2) color: vec4<f32>,
}

struct Corner {
    @builtin(position) position: vec4<f32>,
    // px of the target.
    @location(0) @interpolate(flat) tail: vec2<f32>,
    @location(1) @interpolate(flat) along: vec2<f32>,
    @location(2) @interpolate(flat) color: vec4<f32>,
}

// The head's length is this share of the arrow, within these limits in points.
const HEAD_SHARE: f32 = 0.45;
const HEAD_LIMITS: vec2<f32> = vec2<f32>(2.0, 7.0);
// Half the head's width: this share of its length, at least so many points.
const WING_SHARE: f32 = 0.5;
const LEAST_WING: f32 = 1.2;
// Half the shaft's width: this share of the arrow, within these limits in points.
const SHAFT_SHARE: f32 = 0.06;
const SHAFT_LIMITS: vec2<f32> = vec2<f32>(0.5, 1.3);

@group(0) @binding(0) var<uniform> stage: Stage;

// A quad an arrow, as two triangles, larger than the arrow by as much as its smooth edge and its tip reach.
@vertex
fn vs_main(@builtin(vertex_index) index: u32, arrow: Arrow) -> Corner {
    let along = vec2<f32>(arrow.along_cell.x, -arrow.along_cell.y) * stage.px_per_cell;
    let tail = to_px(arrow.middle_cell) - 0.5 * along;
    let length = max(length(along), 1e-6);
    let ahead = along / length;
    let aside = vec2<f32>(-ahead.y, ahead.x);
    let reach = max(HEAD_LIMITS.y * WING_SHARE, LEAST_WING) * stage.px_per_point + 1.0;
    let corner = vec2<f32>(select(0.0, 1.0, index == 1u || index == 2u || index == 4u), select(-1.0, 1.0, index >= 2u && index <= 4u));
    let at = tail + ahead * mix(-2.0, length + 2.0, corner.x) + aside * reach * corner.y;
    return Corner(to_clip(at), tail, along, arrow.color);
}

@fragment
fn fs_main(corner: Corner) -> @location(0) vec4<f32> {
    return corner.color * arrow_coverage(corner.position.xy - corner.tail, corner.along, stage.px_per_point);
}

// How much of the pixel at `from_tail` the arrow along `along` covers; px. Nothing of one shorter than half a point.
fn arrow_coverage(from_tail: vec2<f32>, along: vec2<f32>, px_per_point: f32) -> f32 {
    let length = length(along);
    if length < 0.5 * px_per_point {
        return 0.0;
    }
    let ahead = along / length;
    let forward = dot(from_tail, ahead);
    let aside = abs(from_tail.x * -ahead.y + from_tail.y * ahead.x);
    let head = min(clamp(length * HEAD_SHARE, HEAD_LIMITS.x * px_per_point, HEAD_LIMITS.y * px_per_point), length);
    let wing = max(head * WING_SHARE, LEAST_WING * px_per_point);
    let shaft = clamp(length * SHAFT_SHARE, SHAFT_LIMITS.x * px_per_point, SHAFT_LIMITS.y * px_per_point);
    let neck = length - head;
    // Signed distances, negative inside; the shaft reaches into the head, so that no seam shows.
    let to_shaft = max(max(-forward, forward - (neck + 0.5 * head)), aside - shaft);
    let slant = ((forward - length) * wing + aside * head) / sqrt(wing * wing + head * head);
    let to_head = max(neck - forward, slant);
    return clamp(0.5 - min(to_shaft, to_head), 0.0, 1.0);
}

fn to_px(cell: vec2<f32>) -> vec2<f32> {
    let moved = (cell - stage.min) * stage.px_per_cell;
    return vec2<f32>(stage.origin.x + moved.x, stage.origin.y - moved.y);
}

fn to_clip(px: vec2<f32>) -> vec4<f32> {
    let unit = (px - stage.viewport.xy) / stage.viewport.zw;
    return vec4<f32>(unit.x * 2.0 - 1.0, 1.0 - unit.y * 2.0, 0.0, 1.0);
}
