//! How the window is opened, and what it finds.

use super::place::{DEFAULT_SIZE, arrangement, opened, with_text};
use super::{App, Keeping};
use crate::data::folders;
use crate::experiment::State;
use crate::gpu::{
    AdapterKind, AdapterSummary, DeviceChoice, adapters, drawing_limits, largest_window, redraw,
    survive_errors,
};
use crate::train::note_out_of_memory;
use crate::ui::state::StateFile;
use eframe::egui_wgpu;
use egui::Vec2;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the toolkit logs the error that it returns to [`open_window`] as well.
pub const RETURNED_TOO: &str = "eframe::native::run";

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The display that the environment names does not answer.
    #[error("the display can't be used: {0}")]
    NoDisplay(String),
    /// There is nothing to draw with: what was found, and why it does not do, if anything was.
    #[error(
        "no graphics adapter that can draw a window was found{0}; install a Vulkan driver (on Debian: apt install \
         mesa-vulkan-drivers, which draws on the CPU where there is no GPU). All commands but the window and shot \
         work without: see dfm-explorer --help"
    )]
    NoAdapter(String),
    /// Anything else.
    #[error("the window could not be opened: {0}")]
    Failed(String),
}

/// The toolkit has taken an adapter that our shaders can't be run on.
#[derive(Debug, thiserror::Error)]
#[error("{0} has OpenGL alone")]
struct OnlyOpenGl(String);

/// The adapters that were found, and why they do not do; nothing where there are none.
fn refused(why: &egui_wgpu::WgpuError) -> String {
    let names: Vec<_> = adapters().into_iter().map(|adapter| adapter.name).collect();
    if names.is_empty() { String::new() } else { format!(" ({} can’t: {why})", names.join(", ")) }
}

/// Opens the window and returns when it is closed. `seed` is that of all random numbers, where it is not the kept
/// one. Unless it should `keep`, what the window keeps between starts is neither read nor written. `file` is opened as if it
/// had been dropped.
///
/// # Errors
/// If no display or no graphics device can be had.
pub fn open_window(
    choice: DeviceChoice,
    seed: Option<u64>,
    keep: bool,
    file: Option<PathBuf>,
) -> Result<(), WindowError> {
    let shared = choice.shared.is_some();
    match run_window(choice.clone(), seed, keep, file.clone()) {
        Err(why @ (WindowError::Failed(_) | WindowError::NoAdapter(_))) if shared => {
            // On some machines the GPU that computes can't show a window: then it draws with a device of its own.
            tracing::warn!("drawing with a second device: {why}");
            run_window(DeviceChoice { shared: None, ..choice }, seed, keep, file)
        }
        done => done,
    }
}

/// The display the environment names.
fn display_name() -> String {
    let named =
        |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty()).map(|v| format!("{name} = {v}"));
    let all: Vec<_> = ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().filter_map(named).collect();
    format!("{} does not answer", all.join(", "))
}

/// The spiral as the window's icon: the program draws its own.
fn icon() -> egui::IconData {
    let side = 64;
    let picture = crate::data::load_target(&crate::data::TargetSpec::Spiral, Some(32), false).map(|target| {
        let scale = crate::figure::Scale::from_values_sequential(&target);
        let layout = crate::figure::CellLayout::new(32, false);
        crate::figure::rasterize(&target, &layout, &scale, side).into_raw()
    });
    // Without a picture the window has the system's own icon.
    egui::IconData { rgba: picture.unwrap_or_default(), width: side, height: side }
}

/// What was kept, and where to keep it from now on.
pub(super) fn kept(keep: bool) -> (State, Keeping) {
    let mut keeping = Keeping { presets: folders::preset_folder(), ..Keeping::default() };
    if !keep {
        return (State::default(), keeping);
    }
    // Without a folder of the user's nothing is kept.
    keeping.runs = folders::data_folder();
    let Some(file) = folders::state_file() else { return (State::default(), keeping) };
    let found = StateFile::open(file);
    (keeping.state, keeping.message) = (found.file, found.message);
    (found.kept.unwrap_or_default(), keeping)
}

/// The monitors of the desktop, the main one first, points of text of the usual size.
fn monitors(created: &eframe::CreationContext<'_>) -> Vec<egui::Rect> {
    let Some(window) = created.winit_window() else { return Vec::new() };
    let scale = window.scale_factor() as f32;
    window
        .primary_monitor()
        .into_iter()
        .chain(window.available_monitors())
        .map(|monitor| {
            let (at, size) = (monitor.position(), monitor.size());
            let at = egui::pos2(at.x as f32, at.y as f32);
            egui::Rect::from_min_size(at, egui::vec2(size.width as f32, size.height as f32)) / scale
        })
        // A desktop that tells no sizes has none to fit into.
        .filter(|monitor| monitor.is_positive())
        .collect()
}

fn run_window(
    choice: DeviceChoice,
    seed: Option<u64>,
    keep: bool,
    file: Option<PathBuf>,
) -> Result<(), WindowError> {
    let (kept, keeping) = kept(keep);
    let mut wgpu_options = egui_wgpu::WgpuConfiguration::default();
    let largest = match &choice.shared {
        Some(setup) => setup.device.limits().max_texture_dimension_2d as f32,
        None => largest_window(),
    };
    if let Some(setup) = choice.shared.clone() {
        // One device for tensors and pictures: burn has made it, the window draws with it.
        wgpu_options.wgpu_setup = egui_wgpu::WgpuSetup::Existing(egui_wgpu::WgpuSetupExisting {
            instance: setup.instance,
            adapter: setup.adapter,
            device: setup.device,
            queue: setup.queue,
        });
    }
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("DFM Explorer")
        .with_app_id("dfm-explorer")
        .with_inner_size(opened(DEFAULT_SIZE, largest))
        .with_icon(icon());
    if let Some(place) = kept.window {
        let size = Vec2::from(place.size);
        // One that fills the screen may be larger than can be drawn as well: then it does so once it is open.
        let maximized = place.maximized && opened(size, largest) == size;
        viewport = viewport.with_inner_size(opened(size, largest)).with_maximized(maximized);
        if let Some(position) = place.position {
            viewport = viewport.with_position(position);
        }
    }
    if let egui_wgpu::WgpuSetup::CreateNew(new) = &mut wgpu_options.wgpu_setup {
        // The toolkit asks for 8192 pixels: adapters that have less would not start, and where they have more a window that
        // is larger would not be drawn.
        let usual = new.device_descriptor.clone();
        new.device_descriptor = Arc::new(move |adapter| {
            let mut descriptor = usual(adapter);
            descriptor.required_limits = drawing_limits(&adapter.limits());
            descriptor
        });
    }
    // All gradients are pictures with their own colours; noise on them costs a driver on the CPU a third of a frame.
    let dithering = false;
    let options =
        eframe::NativeOptions { viewport, wgpu_options, dithering, ..eframe::NativeOptions::default() };
    let opened = eframe::run_native(
        "dfm-explorer",
        options,
        Box::new(move |created| {
            let window = created.wgpu_render_state.as_ref().ok_or("the window has no wgpu device")?;
            survive_errors(&window.device, note_out_of_memory);
            let scale = created.winit_window().map_or(1.0, |window| window.scale_factor() as f32);
            for command in arrangement(kept.window, &monitors(created), (largest, scale)) {
                created.egui_ctx.send_viewport_cmd(with_text(command, kept.text_size.factor()));
            }
            let info = window.adapter.get_info();
            if info.backend == egui_wgpu::wgpu::Backend::Gl {
                return Err(OnlyOpenGl(info.name).into());
            }
            let adapter = AdapterSummary::from(&info);
            let render = match adapter.kind {
                AdapterKind::Hardware => window.clone(),
                AdapterKind::Software => {
                    let options = egui_wgpu::RendererOptions { dithering, ..Default::default() };
                    redraw::install(&created.egui_ctx, window, options)?
                }
            };
            let mut app = App::new(&created.egui_ctx, &render, &choice, (kept, seed), keeping)?;
            if let Some(file) = file {
                app.open(file);
            }
            Ok(Box::new(app))
        }),
    );
    opened.map_err(|error| match error {
        eframe::Error::WinitEventLoop(_) | eframe::Error::Winit(_) => {
            tracing::debug!("{error}");
            WindowError::NoDisplay(display_name())
        }
        eframe::Error::AppCreation(why) if why.is::<OnlyOpenGl>() => {
            WindowError::NoAdapter(format!(" ({why})"))
        }
        eframe::Error::Wgpu(why) => WindowError::NoAdapter(refused(&why)),
        _ => WindowError::Failed(error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_without_an_adapter_is_true_and_plain() {
        let gl = OnlyOpenGl("llvmpipe".to_owned());
        for (found, said) in [
            (String::new(), "no graphics adapter that can draw a window was found; install a Vulkan driver"),
            (format!(" ({gl})"), "a window was found (llvmpipe has OpenGL alone); install a Vulkan driver"),
        ] {
            let words = WindowError::NoAdapter(found).to_string();
            assert!(words.contains(said) && !words.contains(['\n', '\u{1b}']), "{words}");
        }
    }
}
