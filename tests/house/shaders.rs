//! Every shader parses, keeps to what WebGPU has everywhere, and can be put into other languages, on machines without an
//! adapter too.

use naga::back::{hlsl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ShaderStage};
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

#[test]
fn no_shader_needs_more_than_the_defaults_of_webgpu() {
    let limits = wgpu::Limits::default();
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
