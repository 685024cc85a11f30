//! wgpu's errors as results: without a scope wgpu panics.

/// Runs `build` and gives its first validation or memory error, if there is one. What `build` made is dropped then.
pub(super) fn caught<T>(device: &wgpu::Device, build: impl FnOnce() -> T) -> Result<T, wgpu::Error> {
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let built = build();
    // Outside a browser both are ready at once.
    let errors = [pollster::block_on(validation.pop()), pollster::block_on(memory.pop())];
    errors.into_iter().flatten().next().map_or(Ok(built), Err)
}
