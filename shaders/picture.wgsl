// A picture whose pixels stay sharp: each pixel of the target takes the texel under its centre.
//
// CPU twin, same name and same arithmetic: `texel_at` in src/gpu/picture.rs.

struct Frame {
    // Top left corner in the target, px; may lie outside of it.
    origin: vec2<f32>,
    texels_per_px: vec2<f32>,
    // Colour under transparent texels.
    background: vec4<f32>,
}

@group(0) @binding(0) var<uniform> frame: Frame;
@group(0) @binding(1) var texels: texture_2d<f32>;

// One triangle over the whole viewport.
@vertex
fn vs_main(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let texel = textureLoad(texels, texel_at(position.xy - frame.origin), 0);
    return mix(frame.background, vec4<f32>(texel.rgb, 1.0), texel.a);
}

// The texel under a place in px from the top left corner.
fn texel_at(local: vec2<f32>) -> vec2<i32> {
    let last = vec2<i32>(textureDimensions(texels)) - 1;
    return clamp(vec2<i32>(floor(local * frame.texels_per_px)), vec2<i32>(0), last);
}
