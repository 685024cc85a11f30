//! wgpu's errors as results: without a scope wgpu panics.

use std::sync::{Arc, Mutex, PoisonError};

/// Runs `build` and gives its first validation or memory error, if there is one. What `build` made is dropped then.
pub(super) fn caught<T>(device: &wgpu::Device, build: impl FnOnce() -> T) -> Result<T, wgpu::Error> {
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let built = build();
    // Outside a browser both are ready at once.
    let errors = [pollster::block_on(validation.pop()), pollster::block_on(memory.pop())];
    errors.into_iter().flatten().next().map_or(Ok(built), Err)
}

/// From now on a picture that `device` can't draw is said in the log, once, instead of ending the program with all that is
/// not saved in it. Only for the thread that calls: others have their own ways to give up what they do, as with
/// [`watch_memory`].
pub fn survive_errors(device: &wgpu::Device, ran_out: fn()) {
    let own = std::thread::current().id();
    let said = Mutex::new(Vec::new());
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        if std::thread::current().id() != own {
            give_up(&error, ran_out);
        }
        let text = error.to_string();
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if !said.contains(&text) && said.len() < MOST_SAID {
            tracing::error!("the window is not drawn as it should be: {text}");
            said.push(text);
        }
    }));
}

/// From now on `ran_out` is told when `device` has no memory left for an array. burn's thread of the device ends what it does
/// with a panic then, as with any other error, and what waits for it learns that an array is not there, but not why.
pub(super) fn watch_memory(device: &wgpu::Device, ran_out: fn()) {
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| give_up(&error, ran_out)));
}

fn give_up(error: &wgpu::Error, ran_out: fn()) -> ! {
    if matches!(error, wgpu::Error::OutOfMemory { .. }) {
        ran_out();
    }
    panic!("wgpu error: {error}")
}

/// So many different errors are said.
const MOST_SAID: usize = 8;
