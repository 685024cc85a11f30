//! The pixels of a texture, brought to the CPU.

use std::sync::mpsc;
use std::time::Duration;

use image::RgbaImage;

use super::errors::caught;

/// After this the device counts as lost.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// Waits for all work on `texture` (four bytes a pixel, `COPY_SRC`) and gives its bytes as RGBA.
pub(super) fn read_back(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    texture: &wgpu::Texture,
) -> Result<RgbaImage, String> {
    let (width, height) = (texture.width(), texture.height());
    let row_bytes = 4 * width;
    let padded_row_bytes = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let copied = caught(device, || {
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read back"),
            size: u64::from(padded_row_bytes) * u64::from(height),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(padded_row_bytes),
            rows_per_image: None,
        };
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let destination = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
        encoder.copy_texture_to_buffer(texture.as_image_copy(), destination, texture.size());
        let submission = queue.submit([encoder.finish()]);
        let (sender, receiver) = mpsc::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| _ = sender.send(result));
        (buffer, submission, receiver)
    });
    let (buffer, submission, receiver) = copied.map_err(|error| error.to_string())?;
    device
        .poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: Some(TIMEOUT) })
        .map_err(|error| error.to_string())?;
    receiver.recv().map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let mapped = buffer.get_mapped_range(..).map_err(|error| error.to_string())?;
    let mut bytes = Vec::with_capacity(row_bytes as usize * height as usize);
    for row in mapped.chunks_exact(padded_row_bytes as usize) {
        bytes.extend_from_slice(&row[..row_bytes as usize]);
    }
    RgbaImage::from_raw(width, height, bytes).ok_or_else(|| "too few bytes came back".to_owned())
}
