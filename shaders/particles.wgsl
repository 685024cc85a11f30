// A cloud of particles: `splat` counts the dots on every pixel, `fs_cloud` turns counts into opacity, so that density
// stays readable with a million of them and no order of drawing matters.
//
// CPU twins, same names: `splat`, `place` and `opacity` in src/figure/particles.rs. Places are integers: the counts of
// both are the same, bit for bit.

struct Cloud {
    // Width and height of the picture, px.
    size: vec2<u32>,
    // How many particles.
    count: u32,
    // V, the number of tokens an axis has.
    tokens: u32,
    // Top left corner of the picture in the target, px; may lie outside of it.
    origin: vec2<f32>,
    // Diameter of a dot, px.
    dot: u32,
    // −ln(1 − opacity) of a single dot.
    strength: f32,
    color: vec4<f32>,
}

// 2³² over the plastic number and over its square: a sequence that fills the unit square evenly.
const SPREAD = vec2<u32>(3242174889u, 2447445413u);
// Bits of a particle's offset within its cell.
const OFFSET_BITS = 13u;
// Bits of a pixel's fraction.
const FRACTION_BITS = 4u;

@group(0) @binding(0) var<uniform> cloud: Cloud;
// A particle's token 1 in the low and token 2 in the high 16 bits.
@group(0) @binding(1) var<storage, read> states: array<u32>;
// [V]: where token 1 = index begins, to the right, and how long it is; then token 2, from the top, growing upward.
// 1/16 px.
@group(0) @binding(2) var<storage, read> spans: array<vec4<i32>>;
// [height, width] dots on each pixel.
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;
// The same once they are complete.
@group(0) @binding(4) var<storage, read> counted: array<u32>;

@compute @workgroup_size(256)
fn splat(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = id.x;
    if n >= cloud.count {
        return;
    }
    let state = states[n];
    let token_1 = state & 0xffffu;
    let token_2 = state >> 16u;
    if token_1 >= cloud.tokens || token_2 >= cloud.tokens {
        return;
    }
    let side = i32(cloud.dot);
    let half = (side - 1) * (1 << (FRACTION_BITS - 1u));
    let first = (place(n, spans[token_1].xy, spans[token_2].zw) - half) >> vec2<u32>(FRACTION_BITS);
    let size = vec2<i32>(cloud.size);
    for (var j = 0; j < side; j++) {
        for (var i = 0; i < side; i++) {
            // Twice the distance from the dot's centre.
            let away = 2 * vec2<i32>(i, j) - (side - 1);
            let at = first + vec2<i32>(i, j);
            if away.x * away.x + away.y * away.y <= side * side && all(at >= vec2<i32>(0)) && all(at < size) {
                atomicAdd(&counts[u32(at.y) * cloud.size.x + u32(at.x)], 1u);
            }
        }
    }
}

// Particle n's place in 1/16 px: its cell, and an offset of its own within it.
fn place(n: u32, column: vec2<i32>, row: vec2<i32>) -> vec2<i32> {
    let offset = (n * SPREAD) >> vec2<u32>(32u - OFFSET_BITS);
    let within = (offset * vec2<u32>(u32(column.y), u32(row.y))) >> vec2<u32>(OFFSET_BITS);
    return vec2<i32>(column.x + i32(within.x), row.x - i32(within.y));
}

// One triangle over the whole viewport.
@vertex
fn vs_cloud(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs_cloud(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(floor(position.xy - cloud.origin));
    if any(at < vec2<i32>(0)) || any(at >= vec2<i32>(cloud.size)) {
        return vec4<f32>(0.0);
    }
    let dots = counted[u32(at.y) * cloud.size.x + u32(at.x)];
    return cloud.color * opacity(dots);
}

// What many dots over each other cover, whatever their order.
fn opacity(dots: u32) -> f32 {
    return 1.0 - exp(-f32(dots) * cloud.strength);
}
