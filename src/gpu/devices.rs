//! Which device trains and which one draws.

use super::errors::watch_memory;
use super::limits::lacking;
use super::remote::{RemoteAddress, Token, number};
use crate::flow::FlowError;
use burn::tensor::wgpu::{WgpuBackend, WgpuSetup};
use burn::tensor::{Device, DeviceKind, FloatDType};
use std::fmt;
use std::str::FromStr;

/// What the user wants to train on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// A device that another process or machine serves, and what that asks for.
    Remote(RemoteAddress, Option<Token>),
    /// More than one of those before, each named by number or address.
    Several(Vec<Self>),
}

impl DevicePreference {
    /// Whether a graphics adapter was asked for by name, so that the CPU is no answer.
    pub fn is_gpu(&self) -> bool {
        matches!(self, Self::Gpu | Self::Number(_))
    }

    /// The same, with the token that a server asks for.
    #[must_use]
    pub fn with_token(self, token: Token) -> Self {
        match self {
            Self::Remote(address, _) => Self::Remote(address, Some(token)),
            Self::Several(all) => {
                Self::Several(all.into_iter().map(|one| one.with_token(token.clone())).collect())
            }
            other => other,
        }
    }
}

impl fmt::Display for DevicePreference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu => f.write_str("gpu"),
            Self::Number(number) => write!(f, "gpu:{number}"),
            Self::Remote(address, _) => address.fmt(f),
            Self::Several(all) => {
                let names: Vec<_> = all.iter().map(Self::to_string).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

impl FromStr for DevicePreference {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        if text.contains(',') {
            let all = text.split(',').map(str::parse).collect::<Result<Vec<Self>, _>>()?;
            // Each has a name of its own: a device that is asked twice would only wait for itself.
            let are_distinct = (1..all.len()).all(|i| !all[..i].contains(&all[i]));
            let are_named = all.iter().all(|one| matches!(one, Self::Number(_) | Self::Remote(..)));
            return if are_distinct && are_named {
                Ok(Self::Several(all))
            } else {
                Err(FlowError::Unreadable {
                    what: "device",
                    given: text.to_owned(),
                    expected: "several as gpu:0,gpu:1 or remote:…,remote:…, each once",
                })
            };
        }
        if let Some(address) = text.strip_prefix("remote:") {
            return Ok(Self::Remote(address.parse()?, None));
        }
        let number = text.strip_prefix("gpu:").and_then(number);
        match (text, number) {
            ("auto", _) => Ok(Self::Auto),
            ("cpu", _) => Ok(Self::Cpu),
            ("gpu", _) => Ok(Self::Gpu),
            (_, Some(number)) => Ok(Self::Number(number)),
            _ => Err(FlowError::Unreadable {
                what: "device",
                given: text.to_owned(),
                expected: "auto, cpu or gpu, one of several as gpu:0, by the numbers of dfm-explorer doctor, or one that is \
                           served, as remote:ws://HOST:PORT",
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

/// All hardware GPUs, by number.
#[cfg(feature = "remote")]
pub(super) fn hardware() -> Vec<DevicePreference> {
    let found = adapters();
    let is_hardware = |(_, adapter): &(usize, &AdapterSummary)| adapter.kind == AdapterKind::Hardware;
    found.iter().enumerate().filter(is_hardware).map(|(number, _)| DevicePreference::Number(number)).collect()
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

/// The label of the CPU.
pub const CPU: &str = "CPU flex";

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

impl DeviceChoice {
    /// From now on `ran_out` is told when there is no memory left on it.
    pub fn watch_memory(&self, ran_out: fn()) {
        if let Some(setup) = &self.shared {
            watch_memory(&setup.device, ran_out);
        }
    }

    /// Whether networks can be trained with products in half precision there. Those of the CPU are written out in single.
    pub fn has_half(&self) -> bool {
        self.device != Device::flex() && self.device.supports_dtype(FloatDType::F16)
    }

    /// Bytes of the largest array on it, and whether it computes in the memory of the machine, as a software driver does;
    /// none of the CPU itself. A server does not say how much it has.
    pub fn arrays(&self) -> Option<(u64, bool)> {
        let Some(setup) = self.shared.as_ref() else {
            return (self.device != Device::flex()).then_some((u64::MAX, false));
        };
        let limits = setup.device.limits();
        let software = AdapterSummary::from(&setup.adapter.get_info()).kind == AdapterKind::Software;
        Some((limits.max_storage_buffer_binding_size.min(limits.max_buffer_size), software))
    }
}

/// Why a device could not be had.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// A GPU on a machine without any adapter.
    #[error(
        "--device {0}: no graphics adapter that can compute was found; install a Vulkan driver (on Debian: apt install \
         mesa-vulkan-drivers) or use --device cpu"
    )]
    NoAdapter(String),
    /// A number that no adapter has: what was asked for, and what there is.
    #[error("--device {0}: there is no such adapter, only {1}; dfm-explorer doctor lists them all")]
    NoSuchAdapter(String, String),
    /// The adapter is there but would not start: what was asked for, its name, and why.
    #[error("--device {0}: {1} did not start: {2}; use --device cpu")]
    Start(String, String, String),
    /// A device of a server, and why it can't be had.
    #[error("--device {0}: {1}")]
    Remote(String, String),
    /// A device of a server, by a program that can't reach any.
    #[error(
        "--device {0}: this program was built without devices of other machines; cargo run --release --features remote \
         builds one with them"
    )]
    NoRemote(String),
    /// More than one device for what runs on one.
    #[error("--device {0}: only train images uses several devices, expected one")]
    Several(String),
}

/// All devices that were asked for, as [`choose`] finds each.
///
/// # Errors
/// As there.
pub fn choose_all(preference: &DevicePreference) -> Result<Vec<DeviceChoice>, DeviceError> {
    match preference {
        DevicePreference::Several(all) => all.iter().map(choose).collect(),
        one => Ok(vec![choose(one)?]),
    }
}

/// Chooses the training device. A software adapter is for drawing only unless it is asked for: the same step takes
/// it many times as long as the CPU backend.
///
/// # Errors
/// Only where a GPU is asked for: when there is none, none of this number, or it does not start; or a served device that
/// can't be had. Once a process: burn keeps the device it has started.
pub fn choose(preference: &DevicePreference) -> Result<DeviceChoice, DeviceError> {
    let cpu = |why: String| DeviceChoice { device: Device::flex(), label: CPU.to_owned(), why, shared: None };
    if *preference == DevicePreference::Cpu {
        return Ok(cpu("the CPU was asked for".to_owned()));
    }
    match preference {
        DevicePreference::Remote(address, token) => return remote(preference, address, token.as_ref()),
        DevicePreference::Several(_) => return Err(DeviceError::Several(preference.to_string())),
        _ => {}
    }
    let found: Vec<wgpu::AdapterInfo> = primary_adapters().1.iter().map(wgpu::Adapter::get_info).collect();
    let number = if let DevicePreference::Number(number) = preference { *number } else { 0 };
    let Some(info) = found.get(number) else {
        let names = (0..).zip(&found).map(|(n, info)| format!("gpu:{n} ({})", info.name));
        return match preference {
            DevicePreference::Auto => Ok(cpu("no graphics adapter that can compute was found".to_owned())),
            _ if found.is_empty() => Err(DeviceError::NoAdapter(preference.to_string())),
            _ => {
                Err(DeviceError::NoSuchAdapter(preference.to_string(), names.collect::<Vec<_>>().join(", ")))
            }
        };
    };
    let AdapterSummary { name, kind, .. } = AdapterSummary::from(info);
    if kind == AdapterKind::Software {
        if *preference == DevicePreference::Auto {
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
        Err(why) if preference.is_gpu() => Err(DeviceError::Start(preference.to_string(), name, why)),
        Err(why) => Ok(cpu(format!("{name} did not start: {why}"))),
    }
}

/// The device that a server has.
#[cfg(feature = "remote")]
fn remote(
    preference: &DevicePreference,
    address: &RemoteAddress,
    token: Option<&Token>,
) -> Result<DeviceChoice, DeviceError> {
    let device =
        super::remote::way(address, token).map_err(|why| DeviceError::Remote(preference.to_string(), why))?;
    let (label, why) = (preference.to_string(), format!("{preference} was asked for"));
    Ok(DeviceChoice { device, label, why, shared: None })
}

/// No device: burn's remote backend is not part of this program.
#[cfg(not(feature = "remote"))]
fn remote(
    preference: &DevicePreference,
    _address: &RemoteAddress,
    _token: Option<&Token>,
) -> Result<DeviceChoice, DeviceError> {
    Err(DeviceError::NoRemote(preference.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_can_always_be_had() {
        let choice = choose(&DevicePreference::Cpu).expect("the CPU");
        assert_eq!((choice.label.as_str(), choice.shared.is_none()), (CPU, true));
    }

    #[test]
    fn hardware_comes_first() {
        let kinds: Vec<_> = adapters().iter().map(|a| a.kind).collect();
        assert!(kinds.is_sorted_by_key(|k| *k == AdapterKind::Software), "{kinds:?}");
    }

    #[test]
    fn names_are_read() {
        assert_eq!("auto".parse(), Ok(DevicePreference::Auto));
        for wrong in [
            "cuda",
            "gpu:",
            "gpu:-1",
            "gpu:+1",
            "gpu:1x",
            "GPU:1",
            "gpu:99999999999999999999999",
            "remote:",
            "remote:gpu",
        ] {
            assert!(wrong.parse::<DevicePreference>().is_err(), "{wrong}");
        }
        for right in [
            "auto",
            "cpu",
            "gpu",
            "gpu:0",
            "gpu:17",
            "remote:ws://h:3000/1",
            "gpu:0,gpu:1",
            "remote:ws://h:1,remote:ws://h:1/1",
        ] {
            let device = right.parse::<DevicePreference>().expect("a device");
            assert_eq!(
                (device.to_string().as_str(), device.is_gpu()),
                (right, right.starts_with("gpu") && !right.contains(','))
            );
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
        let Err(error) = choose(&DevicePreference::Number(4096)) else { panic!("4097 adapters") };
        let words = error.to_string();
        assert!(words.starts_with("--device gpu:4096: "), "{words}");
        for (number, adapter) in there_are.iter().enumerate() {
            assert!(words.contains(&format!("gpu:{number} ({})", adapter.name)), "{words}");
        }
        assert!(words.contains(if there_are.is_empty() { "--device cpu" } else { "doctor" }), "{words}");
    }
}
