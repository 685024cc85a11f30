//! Every shader parses, keeps to what WebGPU has everywhere, and can be put into other languages, on machines without an
//! adapter too.

use naga::back::{hlsl, msl, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Binding, EntryPoint, Module, ShaderStage, StorageAccess, TypeInner};
use std::path::Path;

/// All shaders by name, and what they are.
fn shaders() -> Vec<(String, Module, ModuleInfo)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let mut shaders = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the folder of shaders") {
        let path = entry.expect("an entry of the folder").path();
        if path.extension().is_none_or(|extension| extension != "wgsl") {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a shader");
        let name = path.display().to_string();
        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&source)));
        // No capability beyond what every adapter has.
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&source)));
        shaders.push((name, module, info));
    }
    assert!(!shaders.is_empty(), "no shader in {}", folder.display());
    shaders
}

#[test]
fn every_shader_can_be_put_into_other_languages() {
    for (name, module, info) in shaders() {
        let words = spv::write_vec(&module, &info, &spv::Options::default(), None)
            .unwrap_or_else(|error| panic!("{name} as SPIR-V: {error}"));
        assert!(words.len() > 5, "{name} as SPIR-V is empty");
        let mut text = String::new();
        let (options, pipeline) = (hlsl::Options::default(), hlsl::PipelineOptions::default());
        let written = hlsl::Writer::new(&mut text, &options, &pipeline)
            .write(&module, &info, None)
            .unwrap_or_else(|error| panic!("{name} as HLSL: {error}"));
        assert_eq!(written.entry_point_names.len(), module.entry_points.len(), "{name}");
        for entry in written.entry_point_names {
            let entry = entry.unwrap_or_else(|error| panic!("{name} as HLSL: {error}"));
            assert!(text.contains(&entry), "{name} as HLSL has no {entry}");
        }
    }
}

/// Where Metal is given what an entry point uses, as wgpu numbers it: buffers, textures and samplers each from 0, in the
/// order of the bindings, and last a buffer with the lengths of arrays.
fn metal_slots(module: &Module, info: &ModuleInfo, entry: usize) -> msl::EntryPointResources {
    let (stage, used) = (module.entry_points[entry].stage, info.get_entry_point(entry));
    let globals = module.global_variables.iter().filter(|(handle, _)| !used[*handle].is_empty());
    let mut bound: Vec<_> = globals.filter_map(|(_, global)| Some((global.binding?, global))).collect();
    bound.sort_by_key(|(binding, _)| (binding.group, binding.binding));
    let mut slots = msl::EntryPointResources::default();
    let [mut buffers, mut textures, mut samplers] = [0; 3];
    let next = |count: &mut u8| {
        *count += 1;
        Some(*count - 1)
    };
    let mut has_arrays = false;
    for (binding, global) in bound {
        let mut target = msl::BindTarget::default();
        match (global.space, &module.types[global.ty].inner) {
            (AddressSpace::Storage { access }, _) => {
                target.buffer = next(&mut buffers);
                target.mutable = access.contains(StorageAccess::STORE);
                has_arrays = true;
            }
            (AddressSpace::Uniform, _) => target.buffer = next(&mut buffers),
            (_, TypeInner::Image { .. }) => target.texture = next(&mut textures),
            (_, TypeInner::Sampler { .. }) => {
                target.sampler = next(&mut samplers).map(msl::BindSamplerTarget::Resource);
            }
            (space, inner) => panic!("{binding:?}: nothing is known of {inner:?} in {space:?}"),
        }
        slots.resources.insert(binding, target);
    }
    if has_arrays || stage == ShaderStage::Vertex {
        slots.sizes_buffer = next(&mut buffers);
    }
    slots
}

/// The buffer that a vertex shader reads its instances from: all that it is given by location.
fn instances(module: &Module, entry: &EntryPoint) -> Option<msl::VertexBufferMapping> {
    let given = entry.function.arguments.iter().flat_map(|argument| match &module.types[argument.ty].inner {
        TypeInner::Struct { members, .. } => members.iter().map(|m| (m.binding.as_ref(), m.ty)).collect(),
        _ => vec![(argument.binding.as_ref(), argument.ty)],
    });
    let (mut stride, mut attributes) = (0, Vec::new());
    for (binding, ty) in given.filter(|_| entry.stage == ShaderStage::Vertex) {
        let Some(Binding::Location { location, .. }) = binding else { continue };
        let size = module.types[ty].inner.size(module.to_ctx());
        let format = match size {
            8 => wgpu::VertexFormat::Float32x2,
            16 => wgpu::VertexFormat::Float32x4,
            size => panic!("{}: an attribute of {size} bytes", entry.name),
        };
        attributes.push(msl::AttributeMapping { shader_location: *location, offset: stride, format });
        stride += size;
    }
    let step_mode = msl::VertexBufferStepMode::ByInstance;
    (stride > 0).then_some(msl::VertexBufferMapping { id: 0, stride, step_mode, attributes })
}

#[test]
fn every_entry_point_can_be_put_into_metals_language() {
    // Buffers that Metal has for a stage.
    const BUFFERS: u8 = 31;
    // As wgpu asks for it, unless it is told not to check what shaders do.
    let checked = BoundsCheckPolicies {
        index: BoundsCheckPolicy::Restrict,
        buffer: BoundsCheckPolicy::Restrict,
        image_load: BoundsCheckPolicy::Restrict,
        binding_array: BoundsCheckPolicy::Unchecked,
    };
    let mut with_instances = 0;
    for (name, module, info) in shaders() {
        for (index, entry) in module.entry_points.iter().enumerate() {
            let about = format!("{name}, {} as MSL", entry.name);
            let slots = metal_slots(&module, &info, index);
            let vertex_buffers = Vec::from_iter(instances(&module, entry));
            let (last, more) = (slots.sizes_buffer, vertex_buffers.len() as u8);
            with_instances += more;
            assert!(last.is_none_or(|last| last + 1 + more <= BUFFERS), "{about}: buffers up to {last:?}");
            // The oldest that wgpu speaks, one between, and the newest.
            for lang_version in [(1, 0), (2, 3), (4, 0)] {
                let options = msl::Options {
                    lang_version,
                    per_entry_point_map: [(entry.name.clone(), slots.clone())].into(),
                    fake_missing_bindings: false,
                    spirv_cross_compatibility: false,
                    bounds_check_policies: checked,
                    zero_initialize_workgroup_memory: true,
                    force_loop_bounding: true,
                    ..msl::Options::default()
                };
                let pipeline = msl::PipelineOptions {
                    entry_point: Some((entry.stage, entry.name.clone())),
                    vertex_pulling_transform: true,
                    vertex_buffer_mappings: vertex_buffers.clone(),
                    ..msl::PipelineOptions::default()
                };
                let (text, written) = msl::write_string(&module, &info, &options, &pipeline)
                    .unwrap_or_else(|error| panic!("{about} {lang_version:?}: {error}"));
                let [Ok(called)] = &written.entry_point_names[..] else {
                    panic!("{about}: {:?}", written.entry_point_names)
                };
                let kind = match entry.stage {
                    ShaderStage::Compute => "kernel void",
                    ShaderStage::Vertex => "vertex",
                    _ => "fragment",
                };
                let is_head = |line: &str| line.contains(kind) && line.contains(&format!(" {called}("));
                assert!(text.lines().any(is_head), "{about} has no {kind} {called}:\n{text}");
                // All that it is given is where wgpu puts it.
                for target in slots.resources.values() {
                    let place = match (target.buffer, target.texture) {
                        (Some(slot), _) => format!("[[buffer({slot})]]"),
                        (_, Some(slot)) => format!("[[texture({slot})]]"),
                        _ => continue,
                    };
                    assert!(text.contains(&place), "{about}: nothing at {place}:\n{text}");
                }
                // An instance beyond the last is none.
                let reads = vertex_buffers.is_empty() || text.contains("buffer_size0");
                assert!(reads, "{about}: no length of its instances:\n{text}");
            }
        }
    }
    assert_eq!(with_instances, 2, "arrows and trails are drawn an instance each");
}

#[test]
fn no_shader_needs_more_than_small_adapters_have() {
    // No more than these are asked for: see src/gpu/limits.rs.
    let limits = wgpu::Limits::downlevel_defaults();
    for (name, module, info) in shaders() {
        for (index, entry) in module.entry_points.iter().enumerate() {
            let used = info.get_entry_point(index);
            let (mut stored, mut told, mut shared) = (0, 0, 0);
            for (handle, global) in module.global_variables.iter() {
                if used[handle].is_empty() {
                    continue;
                }
                match global.space {
                    AddressSpace::Storage { .. } => stored += 1,
                    AddressSpace::Uniform => told += 1,
                    AddressSpace::WorkGroup => shared += module.types[global.ty].inner.size(module.to_ctx()),
                    _ => {}
                }
                let group = global.binding.map_or(0, |binding| binding.group);
                assert!(group < limits.max_bind_groups, "{name}, {}: group {group}", entry.name);
            }
            let about = format!("{name}, {}", entry.name);
            assert!(stored <= limits.max_storage_buffers_per_shader_stage, "{about}: {stored} arrays");
            assert!(told <= limits.max_uniform_buffers_per_shader_stage, "{about}: {told} uniforms");
            assert!(shared <= limits.max_compute_workgroup_storage_size, "{about}: {shared} bytes shared");
            // Some adapters have none there.
            assert!(entry.stage != ShaderStage::Vertex || stored == 0, "{about}: arrays in a vertex shader");
            let threads: u32 = entry.workgroup_size.iter().product();
            assert!(threads <= limits.max_compute_invocations_per_workgroup, "{about}: {threads} threads");
        }
    }
}
