// One step of many particles: every token stays or is drawn anew, both given the state before.
//
// CPU twins, same names: `step_particles` and its parts in src/sampler/stepping.rs, `philox` in src/random.rs. Only integers:
// the states of both are the same, bit for bit.

struct Draw {
    // Low word first.
    seed: vec2<u32>,
    step: u32,
    purpose: u32,
    // How many particles.
    count: u32,
    // V, the number of tokens an axis has.
    tokens: u32,
    // Whether every state has a distribution of its own, for token 1 and token 2.
    by_state: vec2<u32>,
    // How many distributions a token may be drawn from.
    parts: vec2<u32>,
    // Where the tables of token 2 begin.
    thresholds_2: u32,
    columns_2: u32,
}

const NONE = 0xffffffffu;

@group(0) @binding(0) var<uniform> draw_of: Draw;
// A particle's token 1 in the low and token 2 in the high 16 bits.
@group(0) @binding(1) var<storage, read_write> states: array<u32>;
// For each token [V, V, parts]: the probability of staying, of staying or part 0, …; 2⁻³¹.
@group(0) @binding(2) var<storage, read> thresholds: array<u32>;
// Running sums over y, [parts, V, V] = part, other token, y, or by state [V, V, V] = token 1, token 2, y; 2⁻³¹.
@group(0) @binding(3) var<storage, read> columns: array<u32>;

@compute @workgroup_size(256)
fn step_particles(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = id.x;
    if n >= draw_of.count {
        return;
    }
    let z = vec2<u32>(states[n] & 0xffffu, states[n] >> 16u);
    let pair = philox(vec4<u32>(n / 2u, draw_of.step, draw_of.purpose, 0u), draw_of.seed);
    let decisions = select(pair.xy, pair.zw, n % 2u == 1u);
    let line_1 = line_of(z, 0u, 0u, decisions.x);
    let line_2 = line_of(z, 1u, draw_of.thresholds_2, decisions.y);
    if line_1 == NONE && line_2 == NONE {
        return;
    }
    let words = philox(vec4<u32>(n, draw_of.step, draw_of.purpose, 1u), draw_of.seed);
    var next = z;
    if line_1 != NONE {
        next.x = draw(0u, line_1, words.x);
    }
    if line_2 != NONE {
        next.y = draw(draw_of.columns_2, line_2, words.y);
    }
    states[n] = next.x | (next.y << 16u);
}

// The line of `columns` from which token i of state z is drawn; NONE if it stays. Its thresholds begin at `start`.
fn line_of(z: vec2<u32>, i: u32, start: u32, word: u32) -> u32 {
    let state = z.x * draw_of.tokens + z.y;
    if draw_of.by_state[i] != 0u {
        return state;
    }
    let parts = draw_of.parts[i];
    let at = start + state * parts;
    let uniform_number = word >> 1u;
    if uniform_number < thresholds[at] {
        return NONE;
    }
    var part = 0u;
    while part + 1u < parts && uniform_number >= thresholds[at + part + 1u] {
        part++;
    }
    return part * draw_of.tokens + z[1u - i];
}

// A value from a line of the columns that begin at `start`.
fn draw(start: u32, line: u32, word: u32) -> u32 {
    let uniform_number = word >> 1u;
    let sums = start + line * draw_of.tokens;
    var low = 0u;
    var high = draw_of.tokens;
    while low < high {
        let middle = (low + high) / 2u;
        if columns[sums + middle] <= uniform_number {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

// Philox4x32-10.
fn philox(counter_in: vec4<u32>, key_in: vec2<u32>) -> vec4<u32> {
    var counter = counter_in;
    var key = key_in;
    for (var round = 0; round < 10; round++) {
        let a = wide(0xd2511f53u, counter.x);
        let b = wide(0xcd9e8d57u, counter.z);
        counter = vec4<u32>(b.x ^ counter.y ^ key.x, b.y, a.x ^ counter.w ^ key.y, a.y);
        key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return counter;
}

// The high and the low word of a product: WGSL has no 64-bit integers.
fn wide(a: u32, b: u32) -> vec2<u32> {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let low = a_low * b_low;
    let middle = a_high * b_low + (low >> 16u);
    let other = a_low * b_high + (middle & 0xffffu);
    return vec2<u32>(a_high * b_high + (middle >> 16u) + (other >> 16u), a * b);
}
