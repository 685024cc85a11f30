//! Which device trains and which one draws.

use crate::flow::FlowError;
use burn::tensor::Device;
use burn::tensor::wgpu::WgpuSetup;
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
    /// Any graphics adapter, a software one included.
    Gpu,
}

impl FromStr for DevicePreference {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            _ => Err(FlowError::Unreadable {
                what: "device",
                given: text.to_owned(),
                expected: "auto, cpu or gpu",
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
    found.sort_by_key(|adapter| AdapterSummary::from(&adapter.get_info()).kind == AdapterKind::Software);
    (instance, found)
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
    /// `--device gpu` on a machine without any adapter.
    #[error(
        "--device gpu: no graphics adapter that can compute was found; install a Vulkan driver (on Debian: apt install \
         mesa-vulkan-drivers) or use --device cpu"
    )]
    NoAdapter,
    /// The adapter is there but would not start.
    #[error("--device gpu: {0}; use --device cpu")]
    Start(String),
}

/// Chooses the training device. A software adapter is for drawing only unless it is asked for: the same step takes
/// it many times as long as the CPU backend.
///
/// # Errors
/// Only for [`DevicePreference::Gpu`]: when there is no adapter or it does not start. Once a process: burn keeps
/// the device it has started.
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
    let found = adapters();
    let first = found.first();
    let hardware = first.is_some_and(|adapter| adapter.kind == AdapterKind::Hardware);
    let adapter = match (preference, first) {
        (DevicePreference::Auto, _) if !hardware => {
            let why = match first {
                Some(software) => format!("the only graphics adapter, {}, is a software one", software.name),
                None => "no graphics adapter that can compute was found".to_owned(),
            };
            return Ok(cpu(why));
        }
        (_, Some(adapter)) => adapter,
        (_, None) => return Err(DeviceError::NoAdapter),
    };
    if !hardware {
        let name = &adapter.name;
        tracing::warn!(
            "{name} is a software adapter: training on it is many times slower than with --device cpu"
        );
    }
    let reason =
        if preference == DevicePreference::Gpu { "a GPU was asked for" } else { "it is a hardware GPU" };
    match Device::wgpu_options().init_with_setup() {
        Ok((device, setup)) => Ok(DeviceChoice {
            device,
            label: AdapterSummary::from(&setup.adapter.get_info()).name,
            why: reason.to_owned(),
            shared: Some(setup),
        }),
        Err(error) if preference == DevicePreference::Gpu => Err(DeviceError::Start(error.to_string())),
        Err(error) => Ok(cpu(format!("{} did not start: {error}", adapter.name))),
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
        assert!("cuda".parse::<DevicePreference>().is_err());
    }
}
