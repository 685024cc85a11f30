//! The application: top bar and the labs.

mod controls;
mod intake;
mod opening;
mod place;

use super::files::{FilePicker, Purpose};
use super::labs::grid::GridLab;
use super::labs::images::{IMAGE_PRESETS, ImageLab};
use super::library::Experiment;
use super::preset_menu::{BuiltIn, Chosen, PresetMenu};
use super::presets::PRESETS;
use super::shortcuts::{self, Command, hint};
use super::state::{Kept, StateFile, Tab};
use super::widgets::{Tone, icon_button, sections, set_sections};
use super::{icons, theme};
use crate::gpu::{
    AdapterKind, AdapterSummary, DeviceChoice, DeviceStepper, arrows, fill, heatmap, particles, picture,
    trails,
};
use crate::train::RunKeeping;
use eframe::egui_wgpu;
use egui::{Button, Context, Frame, Margin, Panel, Popup, RichText, Stroke, Ui, Vec2};
use intake::OPENED;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use controls::controls;
pub use opening::{RETURNED_TOO, WindowError, open_window};

/// Thirty pictures a second are enough for a driver that computes them on the CPU: the network is trained there as well.
const SOFTWARE_FRAME: Duration = Duration::from_millis(33);

/// Walls of images are drawn by shaders of ours that cost such a driver little: at least thirty pictures a second.
const IMAGE_FRAME: Duration = Duration::from_millis(16);

/// A frame that takes us longer than this is felt by the hand on a slider: `RUST_LOG=dfm_explorer=debug` tells of it.
const LONGEST_FRAME: Duration = Duration::from_millis(50);

/// In a window narrower than this the name of the driver would lie on the buttons beside it, points.
const ROOM_FOR_DRIVER: f32 = 1060.0;

/// Everything in the window.
pub struct App {
    lab: GridLab,
    images: ImageLab,
    tab: Tab,
    presets: PresetMenu,
    /// Whether the sheet of keyboard shortcuts is open.
    sheet: bool,
    state: Option<StateFile>,
    /// What is to be kept, as of the last picture.
    kept: Kept,
    training_device: String,
    why_device: String,
    drawn_by: AdapterSummary,
    /// The longest side of a window that can be drawn, and the size of one that had to be made smaller; pixels.
    largest: f32,
    too_large: Option<Vec2>,
    /// Files that were chosen with *Open …*.
    picker: FilePicker,
    /// A picture that may be meant as the target.
    asked: Option<PathBuf>,
}

/// Where the window keeps things. By default nowhere: a picture of it must not touch what a person has.
#[derive(Debug, Default)]
pub struct Keeping {
    /// For training runs.
    pub runs: Option<RunKeeping>,
    /// The folder for training runs on images.
    pub image_runs: Option<PathBuf>,
    /// For everything that is set.
    pub state: Option<StateFile>,
    /// The folder of the user's presets.
    pub presets: Option<PathBuf>,
    /// What became of a state that could not be used.
    pub message: Option<String>,
}

impl App {
    /// With its fonts, both themes and the passes of the views installed, as it was kept.
    ///
    /// # Errors
    /// If a pass is refused, or the lab can't be built.
    pub fn new(
        ctx: &Context,
        render: &egui_wgpu::RenderState,
        choice: &DeviceChoice,
        kept: Kept,
        keeping: Keeping,
    ) -> anyhow::Result<Self> {
        heatmap::install(render)?;
        picture::install(render)?;
        fill::install(render)?;
        particles::install(render)?;
        trails::install(render)?;
        arrows::install(render)?;
        let drawn_by = AdapterSummary::from(&render.adapter.get_info());
        // Stepping particles on a software adapter would take the CPU longer than doing so itself.
        let is_hardware = drawn_by.kind == AdapterKind::Hardware;
        let mut app = Self::drawn_by(drawn_by, ctx, choice, kept, keeping)?;
        if is_hardware {
            match DeviceStepper::new(&render.device, &render.queue) {
                Ok(stepper) => app.lab.step_on(stepper),
                Err(why) => tracing::warn!("particles are stepped on the CPU: {why}"),
            }
        }
        app.largest = render.device.limits().max_texture_dimension_2d as f32;
        Ok(app)
    }

    fn drawn_by(
        drawn_by: AdapterSummary,
        ctx: &Context,
        choice: &DeviceChoice,
        kept: Kept,
        keeping: Keeping,
    ) -> anyhow::Result<Self> {
        theme::install(ctx);
        ctx.set_theme(if kept.light { egui::Theme::Light } else { egui::Theme::Dark });
        set_sections(ctx, kept.sections.clone());
        let mut lab = GridLab::new(ctx, choice.device.clone(), keeping.runs, kept.experiment.clone())?;
        lab.set_time(kept.t, kept.playing);
        let mut images = ImageLab::new(ctx, kept.images.clone(), keeping.image_runs.clone())?;
        images.set_time(kept.t, kept.playing);
        for clock in [&mut lab.clock, &mut images.clock] {
            clock.reduce_motion = kept.reduce_motion;
        }
        if drawn_by.kind == AdapterKind::Software {
            (lab.clock.frame_interval, images.clock.frame_interval) = (SOFTWARE_FRAME, IMAGE_FRAME);
        }
        let mut app = Self {
            lab,
            images,
            tab: kept.tab,
            presets: PresetMenu::new(keeping.presets),
            sheet: false,
            state: keeping.state,
            kept,
            training_device: choice.label.clone(),
            why_device: choice.why.clone(),
            drawn_by,
            largest: f32::INFINITY,
            too_large: None,
            picker: FilePicker::default(),
            asked: None,
        };
        if let Some(message) = keeping.message {
            app.say(Tone::Warning, message);
        }
        app.set_motion(ctx);
        Ok(app)
    }

    /// The lab.
    pub fn lab(&mut self) -> &mut GridLab {
        &mut self.lab
    }

    /// The image lab.
    pub fn images(&mut self) -> &mut ImageLab {
        &mut self.images
    }

    /// Draws everything.
    pub fn draw(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.keys(&ctx);
        self.take_files(&ctx);
        Panel::top("top")
            .exact_size(theme::TOP_HEIGHT)
            .frame(Frame::new().inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| self.top(ui));
        match self.tab {
            Tab::Grid => self.lab.ui(ui),
            Tab::Images => self.images.ui(ui),
        }
        let (lab, images, tab) = (&self.lab, &self.images, self.tab);
        self.presets.dialogs(&ctx, || match tab {
            Tab::Grid => Experiment::Grid(Box::new(lab.storable())),
            Tab::Images => Experiment::Images(Box::new(images.storable())),
        });
        self.ask_target(&ctx);
        shortcuts::sheet(&ctx, self.tab, &mut self.sheet);
        self.keep(&ctx);
    }

    /// Carries out the keys pressed. While something is asked, only the help sheet answers, to be closed again.
    fn keys(&mut self, ctx: &Context) {
        let labs_ask = self.lab.is_asking() || self.images.is_asking();
        let asked = self.presets.is_asking() || labs_ask || self.asked.is_some();
        let (sheet, drawing) = (self.sheet, self.tab == Tab::Grid && self.lab.is_drawing());
        let menu = Popup::is_any_open(ctx);
        let is_taken = |command| match command {
            // Dialogs are closed by keys of their own.
            Command::Help => asked,
            _ if asked || sheet => true,
            // While a target is drawn, its strokes are what is undone.
            Command::Undo | Command::Redo => drawing,
            // An open menu is closed by it.
            Command::ReleaseCell => menu,
            _ => false,
        };
        for command in shortcuts::pressed(ctx, self.tab, is_taken) {
            match command {
                Command::Help => self.sheet = !self.sheet,
                command => self.command(command, ctx),
            }
        }
    }

    fn command(&mut self, command: Command, ctx: &Context) {
        match command {
            Command::Help => self.sheet = true,
            Command::Theme => {
                let dark = ctx.theme() == egui::Theme::Dark;
                ctx.set_theme(if dark { egui::Theme::Light } else { egui::Theme::Dark });
            }
            Command::Presets => self.presets.open(ctx),
            Command::SavePreset => self.presets.save_as(),
            Command::OpenFile => self.picker.ask(Purpose::Any, ctx),
            Command::OtherLab => self.tab = if self.tab == Tab::Grid { Tab::Images } else { Tab::Grid },
            command => match self.tab {
                Tab::Grid => self.lab.command(command),
                Tab::Images => self.images.command(command),
            },
        }
    }

    /// Applies a preset of the user's, in the lab that it is of.
    fn take_over(&mut self, name: &str, experiment: Experiment) {
        match experiment {
            Experiment::Grid(document) => {
                self.tab = Tab::Grid;
                self.lab.apply(name, *document);
            }
            Experiment::Images(settings) => {
                self.tab = Tab::Images;
                self.images.take_over(format!("preset “{name}”"), *settings);
            }
        }
    }

    /// Says something in the lab that is open.
    fn say(&mut self, tone: Tone, message: String) {
        match self.tab {
            Tab::Grid => self.lab.say(tone, message),
            Tab::Images => self.images.say(tone, message),
        }
    }

    /// Remembers how everything is, and writes it from time to time.
    fn keep(&mut self, ctx: &Context) {
        let (t, playing) = match self.tab {
            Tab::Grid => self.lab.time(),
            Tab::Images => self.images.time(),
        };
        self.kept = Kept {
            window: place::place(ctx, self.kept.window),
            light: ctx.theme() == egui::Theme::Light,
            reduce_motion: self.lab.clock.reduce_motion,
            sections: sections(ctx),
            tab: self.tab,
            images: self.images.storable(),
            experiment: self.lab.storable(),
            t,
            playing,
        };
        let Some(state) = &mut self.state else { return };
        let (wait, complaint) = state.keep(&self.kept);
        if let Some(wait) = wait {
            ctx.request_repaint_after(wait);
        }
        if let Some(complaint) = complaint {
            self.say(Tone::Error, complaint);
        }
    }

    /// Makes a window smaller that is larger than can be drawn: until then it shows what it showed before.
    fn keep_drawable(&mut self, ctx: &Context) {
        let px = ctx.content_rect().size() * ctx.pixels_per_point();
        let drawable = place::drawable(px, self.largest, ctx.pixels_per_point());
        let size = drawable.map(|_| px);
        // A desktop that insists on the size is asked once.
        if let Some(smaller) = drawable.filter(|_| self.too_large != size) {
            ctx.send_viewport_cmd(egui::ViewportCommand::InnerSize(smaller));
            let largest = self.largest;
            self.say(Tone::Warning, format!("The window can have {largest} pixels a side at most here."));
        }
        self.too_large = size;
    }

    /// Whether controls glide is up to the toolkit; it glides as the timeline does.
    fn set_motion(&mut self, ctx: &Context) {
        let seconds = if self.lab.clock.reduce_motion { 0.0 } else { theme::ANIMATION_SECONDS };
        ctx.all_styles_mut(|style| style.animation_time = seconds);
    }

    fn top(&mut self, ui: &mut Ui) {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = theme::space::XS;
            let palette = theme::palette(ui);
            ui.label(RichText::new("DFM Explorer").font(theme::heading()).color(palette.text));
            ui.add_space(theme::space::S);
            for (tab, name, about) in [
                (Tab::Grid, "Grid", "Flows on K × K states, exactly"),
                (Tab::Images, "Images", "Flows of images, token by token"),
            ] {
                let color = if self.tab == tab { palette.accent } else { palette.weak };
                let text = RichText::new(name).font(theme::heading()).color(color);
                let button = Button::new(text).frame_when_inactive(false);
                if ui.add(button).on_hover_text(hint(about, Command::OtherLab)).clicked() {
                    self.tab = tab;
                }
            }
            ui.add_space(theme::space::L);
            self.preset_menu(ui);
            let open = hint(&format!("Open a file: {OPENED}"), Command::OpenFile);
            if icon_button(ui, icons::FOLDER, &open, false).clicked() {
                self.command(Command::OpenFile, ui.ctx());
            }
            self.steps(ui);
            if self.tab == Tab::Grid {
                ui.add_space(theme::space::S);
                self.layout(ui);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                self.badge(ui);
                self.preferences(ui);
                let name = hint("Keyboard shortcuts", Command::Help);
                if icon_button(ui, icons::KEYBOARD, &name, self.sheet).clicked() {
                    self.sheet = true;
                }
                let dark = ui.visuals().dark_mode;
                let (icon, name) =
                    if dark { (icons::SUN, "Light theme") } else { (icons::MOON, "Dark theme") };
                if icon_button(ui, icon, &hint(name, Command::Theme), false).clicked() {
                    self.command(Command::Theme, ui.ctx());
                }
            });
        });
    }

    /// Experiments to start from, those of the lab that is open.
    fn preset_menu(&mut self, ui: &mut Ui) {
        let built_in: Vec<BuiltIn> = match self.tab {
            Tab::Grid => PRESETS.iter().map(|p| BuiltIn { title: p.title, about: p.about }).collect(),
            Tab::Images => IMAGE_PRESETS.iter().map(|p| BuiltIn { title: p.title, about: p.about }).collect(),
        };
        match (self.presets.ui(ui, self.tab, &built_in), self.tab) {
            (Some(Chosen::BuiltIn(n)), Tab::Grid) => {
                let preset = &PRESETS[n];
                self.lab.apply(preset.title, preset.document(self.lab.document().a.seed));
                self.lab.look_at(preset.look);
            }
            (Some(Chosen::BuiltIn(n)), Tab::Images) => self.images.apply(&IMAGE_PRESETS[n]),
            (Some(Chosen::Own(name, experiment)), _) => self.take_over(&name, experiment),
            (None, _) => {}
        }
    }

    /// Undo and redo, each with what it would do.
    fn steps(&mut self, ui: &mut Ui) {
        let [undo, redo] = match self.tab {
            Tab::Grid => [self.lab.undoable(), self.lab.redoable()].map(|what| what.map(str::to_owned)),
            Tab::Images => {
                [self.images.undoable(), self.images.redoable()].map(|what| what.map(str::to_owned))
            }
        };
        for (command, icon, verb, what) in
            [(Command::Undo, icons::UNDO, "Undo", undo), (Command::Redo, icons::REDO, "Redo", redo)]
        {
            let name = match &what {
                Some(what) => format!("{verb}: {what}"),
                None => format!("Nothing to {}", verb.to_lowercase()),
            };
            ui.add_enabled_ui(what.is_some(), |ui| {
                if icon_button(ui, icon, &hint(&name, command), false).clicked() {
                    self.command(command, ui.ctx());
                }
            });
        }
    }

    /// How many views, and A|B.
    fn layout(&mut self, ui: &mut Ui) {
        let comparing = self.lab.is_comparing();
        let panes = self.lab.here().settings.panes;
        // With A and B every view is there twice.
        let shown = if comparing { 2 * panes.div_ceil(2) } else { panes };
        for (count, icon, name) in [
            (1, icons::ONE, "One view"),
            (2, icons::TWO, "Two views"),
            (3, icons::THREE, "Three views"),
            (4, icons::FOUR, "Four views"),
        ] {
            let odd = comparing && count % 2 == 1;
            let name = match (odd, comparing) {
                (true, _) => format!("{name}: not with A|B, which shows every view twice"),
                (false, true) => {
                    hint(&format!("{name}, half of them of A and half of B"), Command::Views(count))
                }
                (false, false) => hint(name, Command::Views(count)),
            };
            ui.add_enabled_ui(!odd, |ui| {
                if icon_button(ui, icon, &name, shown == count).clicked() {
                    self.lab.command(Command::Views(count));
                }
            });
        }
        ui.add_space(theme::space::S);
        let about = "Two experiments beside each other: same views, seed and clock, all else apart";
        let button =
            Button::selectable(comparing, "A|B").frame_when_inactive(true).min_size(Vec2::new(40.0, 24.0));
        if ui.add(button).on_hover_text(hint(about, Command::Compare)).clicked() {
            self.lab.compare();
        }
    }

    /// How the window itself behaves.
    fn preferences(&mut self, ui: &mut Ui) {
        let button = icon_button(ui, icons::GEAR, "Preferences", false);
        Popup::menu(&button).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            let about = "The timeline steps through 16 positions instead of gliding, and menus open at once.";
            if ui.checkbox(&mut self.lab.clock.reduce_motion, "Reduce motion").on_hover_text(about).changed()
            {
                self.images.clock.reduce_motion = self.lab.clock.reduce_motion;
                self.set_motion(ui.ctx());
            }
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
        let mut text = short(&trains_on);
        if ui.ctx().content_rect().width() >= ROOM_FOR_DRIVER {
            text += &format!(" · drawn by {}{kind}", short(&self.drawn_by.name));
        }
        Frame::new()
            .stroke(Stroke::new(1.0, palette.line))
            .corner_radius(ui.visuals().window_corner_radius)
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
        let (start, worked) = (Instant::now(), thread_work());
        self.keep_drawable(ui.ctx());
        self.draw(ui);
        let took = start.elapsed();
        if took > LONGEST_FRAME {
            let worked = thread_work().zip(worked).map(|(now, then)| now.saturating_sub(then).as_millis());
            tracing::debug!("a frame took {} ms, of which our own work {worked:?} ms", took.as_millis());
        } else {
            tracing::trace!("a frame took {} ms", took.as_millis());
        }
    }

    fn on_exit(&mut self) {
        if let Some(state) = &mut self.state {
            state.finish(&self.kept);
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

/// How long this thread has run on a processor, where the system says so and somebody reads the log; other programs and threads that have it in
/// between do not count.
fn thread_work() -> Option<Duration> {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return None;
    }
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests;
