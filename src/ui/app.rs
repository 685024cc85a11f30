//! The application: top bar, the lab, and how the window is opened.

use super::grid::{GridLab, Settings};
use super::presets::PRESETS;
use super::widgets::icon_button;
use super::{icons, theme};
use crate::data::folders;
use crate::gpu::{
    AdapterKind, AdapterSummary, DeviceChoice, DeviceStepper, adapters, arrows, heatmap, particles, trails,
};
use eframe::egui_wgpu;
use egui::{ComboBox, Context, CornerRadius, Frame, Margin, Panel, RichText, Stroke, Ui};
use std::path::PathBuf;
use std::time::Duration;

/// Thirty pictures a second are enough for a driver that computes them on the CPU.
const SOFTWARE_FRAME: Duration = Duration::from_millis(33);

/// Everything in the window.
pub struct App {
    lab: GridLab,
    training_device: String,
    why_device: String,
    drawn_by: AdapterSummary,
}

impl App {
    /// With its fonts, both themes and the passes of the views installed. Training is kept in `autosave`.
    ///
    /// # Errors
    /// If a pass is refused, or the lab can't be built.
    pub fn new(
        ctx: &Context,
        render: &egui_wgpu::RenderState,
        choice: &DeviceChoice,
        autosave: Option<PathBuf>,
        settings: Settings,
    ) -> anyhow::Result<Self> {
        theme::install(ctx);
        heatmap::install(render)?;
        particles::install(render)?;
        trails::install(render)?;
        arrows::install(render)?;
        let drawn_by = AdapterSummary::from(&render.adapter.get_info());
        let mut lab = GridLab::new(ctx, choice.device.clone(), autosave, settings)?;
        match drawn_by.kind {
            // Stepping particles on it would take the CPU longer than doing so itself.
            AdapterKind::Software => lab.set_frame_interval(SOFTWARE_FRAME),
            AdapterKind::Hardware => match DeviceStepper::new(&render.device, &render.queue) {
                Ok(stepper) => lab.step_on(stepper),
                Err(why) => tracing::warn!("particles are stepped on the CPU: {why}"),
            },
        }
        Ok(Self { lab, training_device: choice.label.clone(), why_device: choice.why.clone(), drawn_by })
    }

    /// The lab.
    pub fn lab(&mut self) -> &mut GridLab {
        &mut self.lab
    }

    /// Draws everything.
    pub fn draw(&mut self, ui: &mut Ui) {
        let palette = theme::palette(ui);
        Panel::top("top")
            .exact_size(theme::TOP_HEIGHT)
            .frame(Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| self.top(ui));
        self.lab.ui(ui);
    }

    fn top(&mut self, ui: &mut Ui) {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = theme::space::XS;
            let palette = theme::palette(ui);
            ui.label(RichText::new("DFM Explorer").font(theme::heading()).color(palette.text));
            ui.add_space(theme::space::S);
            ui.label(RichText::new("Grid").font(theme::heading()).color(palette.accent));
            ui.add_space(theme::space::L);
            ComboBox::from_id_salt("preset")
                .selected_text("presets")
                .width(120.0)
                .show_ui(ui, |ui| {
                    for preset in PRESETS {
                        if ui.selectable_label(false, preset.title).on_hover_text(preset.about).clicked() {
                            self.lab.apply(preset.settings());
                            self.lab.look_at(preset.look);
                        }
                    }
                })
                .response
                .on_hover_text("Experiments to start from.");
            ui.add_space(theme::space::S);
            for (panes, icon, name) in [
                (1, icons::ONE, "One view"),
                (2, icons::TWO, "Two views"),
                (3, icons::THREE, "Three views"),
                (4, icons::FOUR, "Four views"),
            ] {
                if icon_button(ui, icon, name, self.lab.here().settings.panes == panes).clicked() {
                    self.lab.here_mut().settings.panes = panes;
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                self.badge(ui);
                let dark = ui.visuals().dark_mode;
                let (icon, name) =
                    if dark { (icons::SUN, "Light theme") } else { (icons::MOON, "Dark theme") };
                if icon_button(ui, icon, name, false).clicked() {
                    let next = if dark { egui::Theme::Light } else { egui::Theme::Dark };
                    ui.ctx().set_theme(next);
                }
            });
        });
    }

    /// Which device trains and which draws.
    fn badge(&self, ui: &mut Ui) {
        let palette = theme::palette(ui);
        let software = self.drawn_by.kind == AdapterKind::Software;
        let color = if software { palette.warning } else { palette.weak };
        let lost = self.lab.training().device_lost;
        let trains_on = if lost { "CPU after a lost GPU".to_owned() } else { self.training_device.clone() };
        let short = |name: &str| name.split(['(', ',']).next().unwrap_or_default().trim().to_owned();
        let kind = if software { " (software)" } else { "" };
        let text = format!("{} · drawn by {}{kind}", short(&trains_on), short(&self.drawn_by.name));
        Frame::new()
            .stroke(Stroke::new(1.0, palette.line))
            .corner_radius(CornerRadius::same(10))
            .inner_margin(Margin::symmetric(8, 2))
            .show(ui, |ui| ui.label(RichText::new(text).font(theme::small()).color(color)))
            .response
            .on_hover_text(format!(
                "Training: {} ({}).\nDrawing: {} · {} · {}.{}",
                trains_on,
                self.why_device,
                self.drawn_by.name,
                self.drawn_by.backend,
                self.drawn_by.driver,
                if software {
                    "\nNo hardware GPU is used: drawing works, but large windows may be slow."
                } else {
                    ""
                }
            ));
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The display that the environment names does not answer.
    #[error("the display can't be used: {0}")]
    NoDisplay(String),
    /// There is nothing to draw with.
    #[error(
        "no graphics adapter was found, so no window can be drawn; install a Vulkan driver (on Debian: apt install \
         mesa-vulkan-drivers, which draws on the CPU where there is no GPU). All commands but the window and shot \
         work without: see dfm-explorer --help"
    )]
    NoAdapter,
    /// Anything else.
    #[error("the window could not be opened: {0}")]
    Failed(String),
}

/// Opens the window and returns when it is closed. `seed` is that of particles and training.
///
/// # Errors
/// If no display or no graphics device can be had.
pub fn open_window(choice: DeviceChoice, seed: u64) -> Result<(), WindowError> {
    let shared = choice.shared.is_some();
    match run_window(choice.clone(), seed) {
        Err(WindowError::Failed(why)) if shared => {
            // On some machines the GPU that computes can't show a window: then it draws with a device of its own.
            tracing::warn!("drawing with a second device: {why}");
            run_window(DeviceChoice { shared: None, ..choice }, seed)
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

/// Where the window keeps its training, in the user's data folder; without one nothing is kept.
fn autosave_file() -> Option<PathBuf> {
    let folder = folders::checkpoint_folder()?;
    if let Err(error) = std::fs::create_dir_all(&folder) {
        tracing::error!("training will not be kept: {}: {error}", folder.display());
        return None;
    }
    Some(folder.join("last.safetensors"))
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

fn run_window(choice: DeviceChoice, seed: u64) -> Result<(), WindowError> {
    let mut wgpu_options = egui_wgpu::WgpuConfiguration::default();
    if let Some(setup) = choice.shared.clone() {
        // One device for tensors and pictures: burn has made it, the window draws with it.
        wgpu_options.wgpu_setup = egui_wgpu::WgpuSetup::Existing(egui_wgpu::WgpuSetupExisting {
            instance: setup.instance,
            adapter: setup.adapter,
            device: setup.device,
            queue: setup.queue,
        });
    }
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("DFM Explorer")
            .with_app_id("dfm-explorer")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([1040.0, 640.0])
            .with_icon(icon()),
        wgpu_options,
        ..eframe::NativeOptions::default()
    };
    let opened = eframe::run_native(
        "dfm-explorer",
        options,
        Box::new(move |created| {
            let render = created.wgpu_render_state.as_ref().ok_or("the window has no wgpu device")?;
            created.egui_ctx.set_theme(egui::Theme::Dark);
            let settings = Settings { seed, ..Settings::default() };
            Ok(Box::new(App::new(&created.egui_ctx, render, &choice, autosave_file(), settings)?))
        }),
    );
    opened.map_err(|error| match error {
        eframe::Error::WinitEventLoop(_) | eframe::Error::Winit(_) => {
            tracing::debug!("{error}");
            WindowError::NoDisplay(display_name())
        }
        _ if adapters().is_empty() => WindowError::NoAdapter,
        _ => WindowError::Failed(error.to_string()),
    })
}
