//! What is asked of an adapter for drawing: no more than it has.

/// What all that is drawn and stepped here can do with; tests/house/shaders.rs holds the shaders to it.
const LEAST: wgpu::Limits = wgpu::Limits::downlevel_defaults();

/// The limits to start a device with that draws: those of [`LEAST`], with textures and arrays as large as the adapter has
/// them.
pub fn drawing_limits(adapter: &wgpu::Limits) -> wgpu::Limits {
    wgpu::Limits {
        max_buffer_size: adapter.max_buffer_size,
        max_storage_buffer_binding_size: adapter.max_storage_buffer_binding_size,
        ..LEAST.using_resolution(adapter.clone())
    }
}

/// What an adapter has too little of to draw the window: each in the words of WebGPU, with what is needed and what there is.
pub(super) fn lacking(adapter: &wgpu::Limits) -> Vec<String> {
    let mut lacking = Vec::new();
    LEAST.check_limits_with_fail_fn(adapter, false, |limit, needed, has| {
        lacking.push(format!("{limit} is {has}, not {needed}"));
    });
    lacking
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_asked_for_than_there_is() {
        let large = wgpu::Limits { max_texture_dimension_2d: 16_384, ..wgpu::Limits::defaults() };
        let modest = wgpu::Limits { max_texture_dimension_2d: 4_096, ..wgpu::Limits::downlevel_defaults() };
        for adapter in [large, modest, wgpu::Limits::downlevel_defaults()] {
            let asked = drawing_limits(&adapter);
            assert!(asked.check_limits(&adapter), "{asked:?}");
            assert_eq!(asked.max_texture_dimension_2d, adapter.max_texture_dimension_2d);
            assert!(lacking(&adapter).is_empty());
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let words = lacking(&wgpu::Limits::downlevel_webgl2_defaults()).join("; ");
        assert!(words.contains("max_storage_buffers_per_shader_stage is 0, not 4"), "{words}");
    }
}
