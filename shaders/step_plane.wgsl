// One linear step of many particles on the plane with the exact velocity of a mixture: x ← keep x + push v(x · scale) + noise z.
//
// CPU twin: `step_linear` in src/sampler/plane/stepper.rs; `philox` in src/random.rs. Both in single precision, and so alike to
// its last places, not to the bit: a device has an exponential of its own.

struct Draw {
    // Low word first.
    seed: vec2<u32>,
    step: u32,
    purpose: u32,
    // How many particles.
    count: u32,
    // How many components the mixture has, and where those of this step begin.
    components: u32,
    first: u32,
    unused: u32,
    scale: f32,
    keep: f32,
    push: f32,
    noise: f32,
}

// A component at the time of a step: logarithm of its weight, 1/2v, centre, and v(x) = a + growth x.
struct Component {
    ln: f32,
    half: f32,
    mean: vec2<f32>,
    a: vec2<f32>,
    growth: f32,
    unused: f32,
}

const TAU = 6.2831853;

@group(0) @binding(0) var<uniform> draw_of: Draw;
@group(0) @binding(1) var<storage, read_write> places: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> components: array<Component>;

@compute @workgroup_size(256)
fn step_plane(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = id.x;
    if n >= draw_of.count {
        return;
    }
    let x = places[n];
    var next = draw_of.keep * x + draw_of.push * velocity(x * draw_of.scale);
    if draw_of.noise > 0.0 {
        next += draw_of.noise * normals(n);
    }
    places[n] = next;
}

// The mean of a + growth x over the components, each as likely as it is at x.
fn velocity(x: vec2<f32>) -> vec2<f32> {
    var most = -3.4e38;
    for (var j = 0u; j < draw_of.components; j++) {
        most = max(most, log_weight(components[draw_of.first + j], x));
    }
    var total = 0.0;
    var growth = 0.0;
    var sum = vec2<f32>(0.0);
    for (var j = 0u; j < draw_of.components; j++) {
        let c = components[draw_of.first + j];
        let r = exp(log_weight(c, x) - most);
        total += r;
        growth += r * c.growth;
        sum += r * c.a;
    }
    return (sum + growth * x) / total;
}

fn log_weight(c: Component, x: vec2<f32>) -> f32 {
    let e = x - c.mean;
    return c.ln - c.half * dot(e, e);
}

// Two standard normal numbers of a particle and a step, by Box and Muller.
fn normals(n: u32) -> vec2<f32> {
    let words = philox(vec4<u32>(n, draw_of.step, 0u, draw_of.purpose), draw_of.seed);
    let radius = sqrt(-2.0 * log(unit(words.x)));
    let angle = TAU * unit(words.z);
    return radius * vec2<f32>(cos(angle), sin(angle));
}

// A number in (0, 1].
fn unit(word: u32) -> f32 {
    return (f32(word >> 8u) + 0.5) * 5.9604645e-8;
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
