//! Which device trains and which one draws.

use super::limits::lacking;
use crate::flow::FlowError;
use burn::tensor::wgpu::{WgpuBackend, WgpuSetup};
use burn::tensor::{Device, DeviceKind};
use std::fmt;
use std::str::FromStr;

/// What the user wants to train on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DevicePreference {
    /// A hardware GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The first graphics adapter, a software one included.
    Gpu,
    /// The graphics adapter of this number, as [`adapters`] lists them and `doctor` shows them.
    Number(usize),
}

impl DevicePreference {
    /// Whether a graphics adapter was asked for by name, so that the CPU is no answer.
    pub fn is_gpu(self) -> bool {
        matches!(self, Self::Gpu | Self::Number(_))
    }
}

impl fmt::Display for DevicePreference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu => f.write_str("gpu"),
            Self::Number(number) => write!(f, "gpu:{number}"),
        }
    }
}

impl FromStr for DevicePreference {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        // Digits alone: a number may be read with a sign otherwise.
        let number = text.strip_prefix("gpu:").filter(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
        match (text, number.and_then(|number| number.parse().ok())) {
            ("auto", _) => Ok(Self::Auto),
            ("cpu", _) => Ok(Self::Cpu),
            ("gpu", _) => Ok(Self::Gpu),
            (_, Some(number)) => Ok(Self::Number(number)),
            _ => Err(FlowError::Unreadable {
                what: "device",
                given: text.to_owned(),
                expected: "auto, cpu or gpu, or one of several as gpu:0, by the numbers of dfm-explorer doctor",
            }),
        }
    }
}

/// What an adapter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A GPU, discrete, integrated or virtual.
    Hardware,
    /// A driver that computes on the CPU, e.g. lavapipe.
    Software,
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hardware => "hardware",
            Self::Software => "software",
        })
    }
}

/// One graphics adapter of this machine.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AdapterSummary {
    /// As the driver calls it.
    pub name: String,
    /// Hardware or software.
    pub kind: AdapterKind,
    /// Vulkan, Metal or Dx12.
    pub backend: String,
    /// Driver and its version.
    pub driver: String,
}

impl From<&wgpu::AdapterInfo> for AdapterSummary {
    fn from(info: &wgpu::AdapterInfo) -> Self {
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu
            | wgpu::DeviceType::IntegratedGpu
            | wgpu::DeviceType::VirtualGpu => AdapterKind::Hardware,
            wgpu::DeviceType::Cpu | wgpu::DeviceType::Other => AdapterKind::Software,
        };
        Self {
            name: info.name.clone(),
            kind,
            backend: format!("{:?}", info.backend),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        }
    }
}

/// One graphics adapter as `doctor` lists it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ListedAdapter {
    /// What `--device` calls it: gpu:0, gpu:1, …
    pub device: String,
    /// What it is.
    #[serde(flatten)]
    pub summary: AdapterSummary,
    /// Bytes of the largest buffer.
    pub max_buffer_bytes: u64,
    /// Bytes of the largest array that a shader is given.
    pub max_binding_bytes: u64,
    /// Pixels of the longest side of a picture.
    pub max_texture_side: u32,
    /// What it has too little of to draw the window; nothing, as a rule.
    pub lacking: Vec<String>,
}

/// [`adapters`] by number, with what they can hold.
pub fn listed_adapters() -> Vec<ListedAdapter> {
    let listed = |(number, adapter): (usize, &wgpu::Adapter)| {
        let limits = adapter.limits();
        ListedAdapter {
            device: DevicePreference::Number(number).to_string(),
            summary: AdapterSummary::from(&adapter.get_info()),
            max_buffer_bytes: limits.max_buffer_size,
            max_binding_bytes: limits.max_storage_buffer_binding_size,
            max_texture_side: limits.max_texture_dimension_2d,
            lacking: lacking(&limits),
        }
    };
    primary_adapters().1.iter().enumerate().map(listed).collect()
}

/// What [`DevicePreference::Auto`] takes of these.
pub fn auto_takes(found: &[ListedAdapter]) -> DevicePreference {
    match found.first() {
        Some(first) if first.summary.kind == AdapterKind::Hardware => DevicePreference::Number(0),
        _ => DevicePreference::Cpu,
    }
}

/// Pixels of the longest side of a window that any of the adapters can draw; infinite where there are none.
pub fn largest_window() -> f32 {
    let (_, adapters) = primary_adapters();
    let sides = adapters.iter().map(|adapter| adapter.limits().max_texture_dimension_2d as f32);
    sides.fold(f32::INFINITY, f32::min)
}

/// All adapters that can compute and draw, hardware first.
pub fn adapters() -> Vec<AdapterSummary> {
    primary_adapters().1.iter().map(|adapter| AdapterSummary::from(&adapter.get_info())).collect()
}

/// The same adapters, to be started, and the instance they belong to.
pub(super) fn primary_adapters() -> (wgpu::Instance, Vec<wgpu::Adapter>) {
    let backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut found = pollster::block_on(instance.enumerate_adapters(backends));
    found.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    (instance, found)
}

/// Smaller for what is quicker, as a rule.
fn rank(kind: wgpu::DeviceType) -> usize {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Cpu | wgpu::DeviceType::Other => 3,
    }
}

/// How burn calls the adapter of a number: by its interface, its kind and the number within both. None of one that burn
/// has no name for.
fn burn_name(found: &[wgpu::AdapterInfo], number: usize) -> Option<(WgpuBackend, DeviceKind)> {
    let own = found.get(number)?;
    let alike =
        |other: &&wgpu::AdapterInfo| (other.backend, other.device_type) == (own.backend, own.device_type);
    let within = found[..number].iter().filter(alike).count();
    let backend = match own.backend {
        wgpu::Backend::Vulkan => WgpuBackend::Vulkan,
        wgpu::Backend::Metal => WgpuBackend::Metal,
        wgpu::Backend::Dx12 => WgpuBackend::Dx12,
        _ => return None,
    };
    let kind = match own.device_type {
        wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(within),
        wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(within),
        wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(within),
        wgpu::DeviceType::Cpu if within == 0 => DeviceKind::Cpu,
        _ => return None,
    };
    Some((backend, kind))
}

/// The device that trains.
#[derive(Clone)]
pub struct DeviceChoice {
    /// For tensors.
    pub device: Device,
    /// Short, for the badge: "CPU flex" or the adapter's name.
    pub label: String,
    /// Why it was chosen, in a sentence.
    pub why: String,
    /// Its wgpu handles when it is a GPU: the window draws with the same ones.
    pub shared: Option<WgpuSetup>,
}

/// Why a device could not be had.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// A GPU on a machine without any adapter.
    #[error(
        "--device {0}: no graphics adapter that can compute was found; install a Vulkan driver (on Debian: apt install \
         mesa-vulkan-drivers) or use --device cpu"
    )]
    NoAdapter(DevicePreference),
    /// A number that no adapter has: what was asked for, and what there is.
    #[error("--device {0}: there is no such adapter, only {1}; dfm-explorer doctor lists them all")]
    NoSuchAdapter(DevicePreference, String),
    /// The adapter is there but would not start: what was asked for, its name, and why.
    #[error("--device {0}: {1} did not start: {2}; use --device cpu")]
    Start(DevicePreference, String, String),
}

/// Chooses the training device. A software adapter is for drawing only unless it is asked for: the same step takes
/// it many times as long as the CPU backend.
///
/// # Errors
/// Only where a GPU is asked for: when there is none, none of this number, or it does not start. Once a process: burn
/// keeps the device it has started.
pub fn choose(preference: DevicePreference) -> Result<DeviceChoice, DeviceError> {
    let cpu = |why: String| DeviceChoice {
        device: Device::flex(),
        label: "CPU flex".to_owned(),
        why,
        shared: None,
    };
    if preference == DevicePreference::Cpu {
        return Ok(cpu("the CPU was asked for".to_owned()));
    }
    let found: Vec<wgpu::AdapterInfo> = primary_adapters().1.iter().map(wgpu::Adapter::get_info).collect();
    let number = if let DevicePreference::Number(number) = preference { number } else { 0 };
    let Some(info) = found.get(number) else {
        let names = (0..).zip(&found).map(|(n, info)| format!("gpu:{n} ({})", info.name));
        return match preference {
            DevicePreference::Auto => Ok(cpu("no graphics adapter that can compute was found".to_owned())),
            _ if found.is_empty() => Err(DeviceError::NoAdapter(preference)),
            _ => Err(DeviceError::NoSuchAdapter(preference, names.collect::<Vec<_>>().join(", "))),
        };
    };
    let AdapterSummary { name, kind, .. } = AdapterSummary::from(info);
    if kind == AdapterKind::Software {
        if preference == DevicePreference::Auto {
            return Ok(cpu(format!("the only graphics adapter, {name}, is a software one")));
        }
        tracing::warn!(
            "{name} is a software adapter: training on it is many times slower than with --device cpu"
        );
    }
    let started = match burn_name(&found, number) {
        Some((backend, kind)) => Device::wgpu_options()
            .graphics_api(backend)
            .device_kind(kind)
            .init_with_setup()
            .map_err(|error| error.to_string()),
        None => Err("tensors can't be computed on an adapter of its kind".to_owned()),
    };
    match started {
        Ok((device, setup)) => Ok(DeviceChoice {
            device,
            label: AdapterSummary::from(&setup.adapter.get_info()).name,
            why: match preference {
                DevicePreference::Number(_) => format!("{preference} was asked for"),
                DevicePreference::Gpu => "a GPU was asked for".to_owned(),
                _ => "it is a hardware GPU".to_owned(),
            },
            shared: Some(setup),
        }),
        Err(why) if preference.is_gpu() => Err(DeviceError::Start(preference, name, why)),
        Err(why) => Ok(cpu(format!("{name} did not start: {why}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_can_always_be_had() {
        let choice = choose(DevicePreference::Cpu).expect("the CPU");
        assert_eq!((choice.label.as_str(), choice.shared.is_none()), ("CPU flex", true));
    }

    #[test]
    fn hardware_comes_first() {
        let kinds: Vec<_> = adapters().iter().map(|a| a.kind).collect();
        assert!(kinds.is_sorted_by_key(|k| *k == AdapterKind::Software), "{kinds:?}");
    }

    #[test]
    fn names_are_read() {
        assert_eq!("auto".parse(), Ok(DevicePreference::Auto));
        for wrong in ["cuda", "gpu:", "gpu:-1", "gpu:+1", "gpu:1x", "GPU:1", "gpu:99999999999999999999999"] {
            assert!(wrong.parse::<DevicePreference>().is_err(), "{wrong}");
        }
        for right in ["auto", "cpu", "gpu", "gpu:0", "gpu:17"] {
            let device = right.parse::<DevicePreference>().expect("a device");
            assert_eq!((device.to_string().as_str(), device.is_gpu()), (right, right.starts_with("gpu")));
        }
    }

    #[test]
    fn burn_counts_adapters_of_a_kind_where_we_count_all() {
        use wgpu::{Backend, DeviceType};
        let info = |(kind, backend)| wgpu::AdapterInfo::new(kind, backend);
        let found = [
            (DeviceType::DiscreteGpu, Backend::Vulkan),
            (DeviceType::DiscreteGpu, Backend::Dx12),
            (DeviceType::DiscreteGpu, Backend::Vulkan),
            (DeviceType::IntegratedGpu, Backend::Vulkan),
            (DeviceType::Cpu, Backend::Vulkan),
            (DeviceType::Cpu, Backend::Vulkan),
        ]
        .map(info);
        let names: Vec<_> = (0..7).map(|number| burn_name(&found, number)).collect();
        assert_eq!(
            names,
            [
                Some((WgpuBackend::Vulkan, DeviceKind::DiscreteGpu(0))),
                Some((WgpuBackend::Dx12, DeviceKind::DiscreteGpu(0))),
                Some((WgpuBackend::Vulkan, DeviceKind::DiscreteGpu(1))),
                Some((WgpuBackend::Vulkan, DeviceKind::IntegratedGpu(0))),
                Some((WgpuBackend::Vulkan, DeviceKind::Cpu)),
                None,
                None,
            ]
        );
    }

    #[test]
    fn a_number_that_no_adapter_has_is_refused_with_those_there_are() {
        let there_are = adapters();
        let Err(error) = choose(DevicePreference::Number(4096)) else { panic!("4097 adapters") };
        let words = error.to_string();
        assert!(words.starts_with("--device gpu:4096: "), "{words}");
        for (number, adapter) in there_are.iter().enumerate() {
            assert!(words.contains(&format!("gpu:{number} ({})", adapter.name)), "{words}");
        }
        assert!(words.contains(if there_are.is_empty() { "--device cpu" } else { "doctor" }), "{words}");
    }
}
