//! Particles on the plane stepped on a graphics adapter.
//!
//! [`crate::sampler::plane::step_linear`] is the CPU twin; tests/gpu/plane.rs holds both against each other.

use super::errors::caught;
use super::make::{self, UNIFORM, storage};
use super::pass::PassError;
use super::read_back::TIMEOUT;
use crate::sampler::plane::{LinearRun, LinearStepper, NOISE, step_linear};
use std::sync::mpsc;

/// For messages of the device.
const LABEL: &str = "step particles on the plane";
/// Threads of a workgroup.
const WORKGROUP: usize = 256;

/// `Draw` of shaders/step_plane.wgsl, with its layout.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Draw {
    seed: [u32; 2],
    step: u32,
    purpose: u32,
    count: u32,
    components: u32,
    first: u32,
    unused: u32,
    scale: f32,
    keep: f32,
    push: f32,
    noise: f32,
}

/// Steps particles on a device. Cheap to clone.
#[derive(Clone)]
pub struct PlaneStepper {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    bind_group_layout: wgpu::BindGroupLayout,
}

impl PlaneStepper {
    /// On the given device.
    ///
    /// # Errors
    /// When it refuses the shader or the pipeline.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<Self, PassError> {
        let built = caught(device, || {
            let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/step_plane.wgsl"));
            let bindings = [(0, UNIFORM), (1, storage(false)), (2, storage(true))];
            let bind_group_layout = make::group_layout(device, LABEL, wgpu::ShaderStages::COMPUTE, &bindings);
            let pipeline = make::compute_pipeline(device, LABEL, (&module, "step_plane"), &bind_group_layout);
            (pipeline, bind_group_layout)
        });
        let (pipeline, bind_group_layout) = built.map_err(|error| PassError {
            pass: "stepping particles on the plane",
            reason: error.to_string(),
        })?;
        Ok(Self { device: device.clone(), queue: queue.clone(), pipeline, bind_group_layout })
    }

    /// Whether the device takes a run of so many particles.
    fn takes(&self, run: &LinearRun, count: usize) -> bool {
        let limits = self.device.limits();
        let largest = (8 * count).max(32 * run.components.len()) as u64;
        count > 0
            && count.div_ceil(WORKGROUP) <= limits.max_compute_workgroups_per_dimension as usize
            && largest <= limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }

    fn on_device(
        &self,
        run: &LinearRun,
        starts: &[[f32; 2]],
        every: usize,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<Vec<[f32; 2]>>>, String> {
        let (device, queue) = (&self.device, &self.queue);
        let bytes = 8 * starts.len() as u64;
        let made = caught(device, || {
            let buffer = |size: u64, usage| make::buffer(device, LABEL, size, usage);
            let draw = buffer(size_of::<Draw>() as u64, wgpu::BufferUsages::UNIFORM);
            let places = buffer(bytes, wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC);
            let components = buffer(32 * run.components.len().max(1) as u64, wgpu::BufferUsages::STORAGE);
            let read_back = buffer(bytes, wgpu::BufferUsages::MAP_READ);
            queue.write_buffer(&places, 0, bytemuck::cast_slice(starts));
            queue.write_buffer(&components, 0, bytemuck::cast_slice(&run.components));
            let resources = (0..).zip([&draw, &places, &components].map(wgpu::Buffer::as_entire_binding));
            let group = make::group(device, LABEL, &self.bind_group_layout, resources);
            (draw, places, read_back, group)
        });
        let (draw, places, read_back, group) = made.map_err(|error| error.to_string())?;
        let mut frames = vec![starts.to_vec()];
        for (number, step) in run.steps.iter().enumerate() {
            if !go_on() {
                return Ok(None);
            }
            let told = Draw {
                seed: [run.seed as u32, (run.seed >> 32) as u32],
                step: number as u32,
                purpose: NOISE,
                count: starts.len() as u32,
                components: run.each as u32,
                first: (number * run.each) as u32,
                unused: 0,
                scale: step.scale as f32,
                keep: step.keep as f32,
                push: step.push as f32,
                noise: step.noise as f32,
            };
            let is_shown = (number + 1) % every == 0 || number + 1 == run.steps.len();
            let submitted = caught(device, || {
                queue.write_buffer(&draw, 0, bytemuck::bytes_of(&told));
                let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                pass.set_pipeline(&self.pipeline);
                pass.set_bind_group(0, &group, &[]);
                pass.dispatch_workgroups(starts.len().div_ceil(WORKGROUP) as u32, 1, 1);
                drop(pass);
                if is_shown {
                    encoder.copy_buffer_to_buffer(&places, 0, &read_back, 0, bytes);
                }
                let submission = queue.submit([encoder.finish()]);
                let (sender, receiver) = mpsc::channel();
                if is_shown {
                    read_back.map_async(wgpu::MapMode::Read, ..bytes, move |result| _ = sender.send(result));
                }
                (submission, receiver)
            });
            let (submission, receiver) = submitted.map_err(|error| error.to_string())?;
            if !is_shown {
                continue;
            }
            device
                .poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: Some(TIMEOUT) })
                .map_err(|error| error.to_string())?;
            receiver.recv().map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
            let mapped = read_back.get_mapped_range(..bytes).map_err(|error| error.to_string())?;
            let mut frame = vec![[0.0; 2]; starts.len()];
            bytemuck::cast_slice_mut(&mut frame).copy_from_slice(&mapped);
            drop(mapped);
            read_back.unmap();
            frames.push(frame);
        }
        Ok(Some(frames))
    }
}

impl LinearStepper for PlaneStepper {
    fn frames(
        &mut self,
        run: &LinearRun,
        starts: Vec<[f32; 2]>,
        every: usize,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<Vec<[f32; 2]>>>, String> {
        if self.takes(run, starts.len()) {
            return self.on_device(run, &starts, every, go_on);
        }
        let mut places = starts;
        let mut frames = vec![places.clone()];
        for number in 0..run.steps.len() {
            if !go_on() {
                return Ok(None);
            }
            step_linear(&mut places, run, number);
            if (number + 1) % every == 0 || number + 1 == run.steps.len() {
                frames.push(places.clone());
            }
        }
        Ok(Some(frames))
    }
}
