//! Particles stepped on a graphics adapter.
//!
//! [`crate::sampler::grid::step_particles`] is the CPU twin; tests/gpu/step.rs holds both against each other.

use std::sync::mpsc;

use super::errors::caught;
use super::make::{self, UNIFORM, storage};
use super::pass::PassError;
use super::read_back::TIMEOUT;
use crate::random::Purpose;
use crate::sampler::grid::{Key, StepTables, Stepper, step_particles};

/// For messages of the device.
const LABEL: &str = "step particles";
/// Threads of a workgroup.
const WORKGROUP: usize = 256;
/// Larger tables, and more particles than the device takes at once, are left to the twin: to upload such tables would
/// take longer than the step itself.
const MOST_TABLE_BYTES: usize = 64 << 20;

/// `Draw` of shaders/step_particles.wgsl, with its layout.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Draw {
    seed: [u32; 2],
    step: u32,
    purpose: u32,
    count: u32,
    tokens: u32,
    by_state: [u32; 2],
    parts: [u32; 2],
    thresholds_2: u32,
    columns_2: u32,
}

/// Steps particles on a device. Cheap to clone; every clone has buffers of its own.
pub struct DeviceStepper {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    bind_group_layout: wgpu::BindGroupLayout,
    buffers: Option<Buffers>,
}

impl Clone for DeviceStepper {
    fn clone(&self) -> Self {
        Self {
            device: self.device.clone(),
            queue: self.queue.clone(),
            pipeline: self.pipeline.clone(),
            bind_group_layout: self.bind_group_layout.clone(),
            buffers: None,
        }
    }
}

/// Grown when more room is needed.
struct Buffers {
    draw: wgpu::Buffer,
    states: wgpu::Buffer,
    thresholds: wgpu::Buffer,
    columns: wgpu::Buffer,
    read_back: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
}

impl DeviceStepper {
    /// On the given device.
    ///
    /// # Errors
    /// When it refuses the shader or the pipeline.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<Self, PassError> {
        let built = caught(device, || {
            let module =
                device.create_shader_module(wgpu::include_wgsl!("../../shaders/step_particles.wgsl"));
            let bindings = [(0, UNIFORM), (1, storage(false)), (2, storage(true)), (3, storage(true))];
            let bind_group_layout = make::group_layout(device, LABEL, wgpu::ShaderStages::COMPUTE, &bindings);
            let shader = (&module, "step_particles");
            let pipeline = make::compute_pipeline(device, LABEL, shader, &bind_group_layout);
            (pipeline, bind_group_layout)
        });
        let (pipeline, bind_group_layout) =
            built.map_err(|error| PassError { pass: "stepping particles", reason: error.to_string() })?;
        Ok(Self { device: device.clone(), queue: queue.clone(), pipeline, bind_group_layout, buffers: None })
    }

    /// Buffers with room for the given numbers of words.
    fn buffers(&mut self, states: usize, thresholds: usize, columns: usize) -> Result<&Buffers, wgpu::Error> {
        let bytes = |words: usize| 4 * words.max(4) as u64;
        let fits = self.buffers.as_ref().is_some_and(|buffers| {
            let rooms = [&buffers.states, &buffers.thresholds, &buffers.columns].map(wgpu::Buffer::size);
            rooms.into_iter().zip([states, thresholds, columns]).all(|(room, words)| room >= bytes(words))
        });
        if !fits {
            self.buffers = None;
            let made = caught(&self.device, || {
                let buffer = |size, usage| make::buffer(&self.device, LABEL, size, usage);
                let storage = wgpu::BufferUsages::STORAGE;
                let draw = buffer(size_of::<Draw>() as u64, wgpu::BufferUsages::UNIFORM);
                let room = [states, thresholds, columns].map(bytes);
                let all = [
                    buffer(room[0], storage | wgpu::BufferUsages::COPY_SRC),
                    buffer(room[1], storage),
                    buffer(room[2], storage),
                ];
                let resources =
                    (0..).zip(std::iter::once(&draw).chain(&all).map(wgpu::Buffer::as_entire_binding));
                let bind_group = make::group(&self.device, LABEL, &self.bind_group_layout, resources);
                let read_back = buffer(room[0], wgpu::BufferUsages::MAP_READ);
                let [states, thresholds, columns] = all;
                Buffers { draw, states, thresholds, columns, read_back, bind_group }
            })?;
            self.buffers = Some(made);
        }
        self.buffers.as_ref().ok_or_else(|| unreachable!("made above"))
    }

    fn run(&mut self, states: &mut [[u16; 2]], tables: &StepTables, key: Key) -> Result<(), String> {
        let [one, two] = &tables.axes;
        let thresholds = one.thresholds.len() + two.thresholds.len();
        let columns = one.columns.len() + two.columns.len();
        let draw = Draw {
            seed: key.seed_words(),
            step: key.step,
            purpose: Purpose::Particles as u32,
            count: states.len() as u32,
            tokens: tables.tokens as u32,
            by_state: [one, two].map(|axis| u32::from(axis.by_state)),
            parts: [one, two].map(|axis| axis.parts as u32),
            thresholds_2: one.thresholds.len() as u32,
            columns_2: one.columns.len() as u32,
        };
        let (device, queue, pipeline) = (self.device.clone(), self.queue.clone(), self.pipeline.clone());
        let buffers = self.buffers(states.len(), thresholds, columns).map_err(|error| error.to_string())?;
        let bytes = 4 * states.len() as u64;
        let submitted = caught(&device, || {
            queue.write_buffer(&buffers.draw, 0, bytemuck::bytes_of(&draw));
            queue.write_buffer(&buffers.states, 0, bytemuck::cast_slice(states));
            for (buffer, first, second) in [
                (&buffers.thresholds, &one.thresholds, &two.thresholds),
                (&buffers.columns, &one.columns, &two.columns),
            ] {
                queue.write_buffer(buffer, 0, bytemuck::cast_slice(first));
                queue.write_buffer(buffer, 4 * first.len() as u64, bytemuck::cast_slice(second));
            }
            let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &buffers.bind_group, &[]);
            pass.dispatch_workgroups(states.len().div_ceil(WORKGROUP) as u32, 1, 1);
            drop(pass);
            encoder.copy_buffer_to_buffer(&buffers.states, 0, &buffers.read_back, 0, bytes);
            let submission = queue.submit([encoder.finish()]);
            let (sender, receiver) = mpsc::channel();
            buffers.read_back.map_async(wgpu::MapMode::Read, ..bytes, move |result| _ = sender.send(result));
            (submission, receiver)
        });
        let (submission, receiver) = submitted.map_err(|error| error.to_string())?;
        device
            .poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: Some(TIMEOUT) })
            .map_err(|error| error.to_string())?;
        receiver.recv().map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let mapped = buffers.read_back.get_mapped_range(..bytes).map_err(|error| error.to_string())?;
        bytemuck::cast_slice_mut(states).copy_from_slice(&mapped);
        drop(mapped);
        buffers.read_back.unmap();
        Ok(())
    }
}

impl Stepper for DeviceStepper {
    fn step_particles(
        &mut self,
        states: &mut [[u16; 2]],
        tables: &StepTables,
        key: Key,
    ) -> Result<(), String> {
        let limits = self.device.limits();
        let largest = 4 * states.len().max(tables.bytes() / 4) as u64;
        if states.is_empty()
            || tables.bytes() > MOST_TABLE_BYTES
            || states.len().div_ceil(WORKGROUP) > limits.max_compute_workgroups_per_dimension as usize
            || largest > limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
        {
            step_particles(states, tables, key);
            return Ok(());
        }
        let outcome = self.run(states, tables, key);
        if outcome.is_err() {
            // A buffer may be left mapped.
            self.buffers = None;
        }
        outcome
    }
}
