//! The application: top bar and the labs.

mod controls;
mod intake;
mod opening;
mod place;
mod preferences;
mod presentation;

use super::export::{exports, set_exports};
use super::files::{FilePicker, Purpose};
use super::focus;
use super::intake_reader::IntakeReader;
use super::lab::{From, Lab, LabEntry, Surroundings, Wake};
use super::labs::LABS;
use super::panels::{self, PanelSide};
use super::preset_menu::{Chosen, PresetMenu};
use super::shortcuts::{self, Command, hint};
use super::state::StateFile;
use super::widgets::{Tone, icon_button, sections, set_sections};
use super::{icons, theme};
use crate::experiment::{Recipe, State, TextSize};
use crate::gpu::{
    AdapterKind, AdapterSummary, DeviceChoice, DeviceStepper, PlaneStepper, arrows, cells, fill, heatmap,
    particles, picture, trails,
};
use eframe::egui_wgpu;
use egui::{Button, Context, Frame, Key, Margin, Modifiers, Panel, Popup, RichText, Stroke, Ui, Vec2};
use intake::Question;
use preferences::full_screen;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use controls::controls;
pub use opening::{RETURNED_TOO, WindowError, open_window};

/// A frame that takes us longer than this is felt by the hand on a slider: `RUST_LOG=dfm_explorer=debug` tells of it.
const LONGEST_FRAME: Duration = Duration::from_millis(50);

/// In a window narrower than these what is named would lie on the buttons beside it, points.
const ROOM_FOR_DRIVER: f32 = 1150.0;
const ROOM_FOR_NAME: f32 = 1010.0;
const ROOM_FOR_BADGE: f32 = 900.0;
/// What has a key as well.
const ROOM_FOR_KEYS: f32 = 780.0;
const ROOM_FOR_STEPS: f32 = 720.0;

/// Everything in the window.
pub struct App {
    /// The lab on the screen.
    here: Box<dyn Lab>,
    /// Which line of the table it is.
    open: usize,
    /// The table, with the other labs that were opened.
    labs: Vec<Slot>,
    surroundings: Surroundings,
    presets: PresetMenu,
    /// Whether the sheet of keyboard shortcuts is open.
    sheet: bool,
    file: Option<StateFile>,
    /// What is to be kept, as of the last look.
    state: State,
    training_device: String,
    why_device: String,
    drawn_by: AdapterSummary,
    /// The longest side of a window that can be drawn, and the size of one that had to be made smaller; pixels.
    largest: f32,
    too_large: Option<Vec2>,
    /// Files that were chosen with *Open …*.
    picker: FilePicker,
    /// Sees what they are, and those that were dropped.
    reader: IntakeReader,
    /// What is asked about a file.
    asked: Option<Question>,
    /// Whether nothing but views, timeline and a few numbers is shown.
    presenting: bool,
}

/// A line of the table.
struct Slot {
    entry: &'static LabEntry,
    /// The lab, if it was opened and is not on the screen now.
    hidden: Option<Box<dyn Lab>>,
    wake: Wake,
}

impl Slot {
    /// The lab as it was kept, and what there is to be said where that can't be used.
    fn make(
        &self,
        surroundings: &Surroundings,
        state: &State,
        file: Option<&StateFile>,
    ) -> anyhow::Result<(Box<dyn Lab>, Option<String>)> {
        let Self { entry, wake, .. } = self;
        let kept = state.recipe(entry.name).map(|recipe| recipe.and_then(entry.check));
        let (kept, complaint) = match kept.transpose() {
            Ok(kept) => (kept, None),
            Err(why) => {
                // What is set in it from now on takes its place in the file.
                let aside = match file.map(StateFile::copy_aside) {
                    Some(Ok(name)) => format!("; the state was copied to {name}"),
                    Some(Err(error)) => format!("; the state can't be copied out of the way: {error}"),
                    None => String::new(),
                };
                let message =
                    format!("What was kept of the lab {} {why}. It starts afresh{aside}.", entry.title);
                (None, Some(message))
            }
        };
        let surroundings = Surroundings { wake: wake.clone(), ..surroundings.clone() };
        let mut lab = (entry.new)(&surroundings, kept.as_ref())?;
        lab.clock().reduce_motion = state.reduce_motion;
        Ok((lab, complaint))
    }
}

/// Where the window keeps things. By default nowhere: a picture of it must not touch what a person has.
#[derive(Debug, Default)]
pub struct Keeping {
    /// The folder for training runs.
    pub runs: Option<PathBuf>,
    /// For everything that is set.
    pub state: Option<StateFile>,
    /// The folder of the user's presets.
    pub presets: Option<PathBuf>,
    /// What became of a state that could not be used.
    pub message: Option<String>,
}

impl App {
    /// With its fonts, both themes and the passes of the views installed, as it was kept; `seed` is that of all random
    /// numbers, where it is not the kept one.
    ///
    /// # Errors
    /// If a pass is refused, or the lab that is open can't be built.
    pub fn new(
        ctx: &Context,
        render: &egui_wgpu::RenderState,
        choice: &DeviceChoice,
        (state, seed): (State, Option<u64>),
        keeping: Keeping,
    ) -> anyhow::Result<Self> {
        heatmap::install(render)?;
        picture::install(render)?;
        cells::install(render)?;
        fill::install(render)?;
        particles::install(render)?;
        trails::install(render)?;
        arrows::install(render)?;
        let drawn_by = AdapterSummary::from(&render.adapter.get_info());
        let mut surroundings = Surroundings::new(ctx, choice, drawn_by.kind == AdapterKind::Software);
        (surroundings.seed, surroundings.runs) = (seed, keeping.runs.clone());
        // Stepping particles on a software adapter would take the CPU longer than doing so itself.
        if drawn_by.kind == AdapterKind::Hardware {
            match DeviceStepper::new(&render.device, &render.queue) {
                Ok(stepper) => surroundings.stepper = Some(stepper),
                Err(why) => tracing::warn!("particles are stepped on the CPU: {why}"),
            }
            match PlaneStepper::new(&render.device, &render.queue) {
                Ok(stepper) => surroundings.plane_stepper = Some(stepper),
                Err(why) => tracing::warn!("particles on the plane are stepped on the CPU: {why}"),
            }
        }
        let mut app = Self::drawn_by(LABS, drawn_by, choice, surroundings, state, keeping)?;
        app.largest = render.device.limits().max_texture_dimension_2d as f32;
        Ok(app)
    }

    fn drawn_by(
        table: &'static [LabEntry],
        drawn_by: AdapterSummary,
        choice: &DeviceChoice,
        surroundings: Surroundings,
        state: State,
        keeping: Keeping,
    ) -> anyhow::Result<Self> {
        let ctx = surroundings.ctx.clone();
        theme::install(&ctx);
        ctx.set_theme(if state.light { egui::Theme::Light } else { egui::Theme::Dark });
        set_sections(&ctx, state.sections.clone());
        panels::set_panels(&ctx, state.panels);
        set_exports(&ctx, state.export.clone());
        // Keys that make text larger are commands like all others, and the size is kept.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        ctx.set_zoom_factor(state.text_size.factor());
        let slot = |entry| Slot { entry, hidden: None, wake: Wake::new(&ctx) };
        let labs: Vec<Slot> = table.iter().map(slot).collect();
        let open = table.iter().position(|entry| entry.name == state.lab).unwrap_or(0);
        let (here, complaint) = labs[open].make(&surroundings, &state, keeping.state.as_ref())?;
        labs[open].wake.set_shown(true);
        let waker = ctx.clone();
        let mut app = Self {
            here,
            open,
            labs,
            surroundings,
            presets: PresetMenu::new(table, keeping.presets),
            sheet: false,
            file: keeping.state,
            state,
            training_device: choice.label.clone(),
            why_device: choice.why.clone(),
            drawn_by,
            largest: f32::INFINITY,
            too_large: None,
            picker: FilePicker::default(),
            reader: IntakeReader::start(move || waker.request_repaint())?,
            asked: None,
            presenting: false,
        };
        for message in keeping.message.into_iter().chain(complaint) {
            app.say(Tone::Warning, message);
        }
        app.set_motion(&ctx);
        Ok(app)
    }

    /// Shows a lab of the table, which is made if it was not open yet; where it can't be, the present one stays and says why.
    fn show(&mut self, lab: usize) -> bool {
        if lab == self.open {
            return true;
        }
        let slot = &mut self.labs[lab];
        let (next, complaint) = match slot.hidden.take() {
            Some(lab) => (lab, None),
            None => match slot.make(&self.surroundings, &self.state, self.file.as_ref()) {
                Ok(made) => made,
                Err(why) => {
                    let message = format!("The lab {} can't be opened: {why:#}", slot.entry.title);
                    self.say(Tone::Error, message);
                    return false;
                }
            },
        };
        slot.wake.set_shown(true);
        let before = &mut self.labs[self.open];
        before.wake.set_shown(false);
        before.hidden = Some(std::mem::replace(&mut self.here, next));
        self.open = lab;
        self.here.clock().reduce_motion = self.state.reduce_motion;
        if let Some(complaint) = complaint {
            self.say(Tone::Warning, complaint);
        }
        true
    }

    /// The line of the lab on the screen.
    fn entry(&self) -> &'static LabEntry {
        self.labs[self.open].entry
    }

    /// The lab on the screen.
    pub fn lab(&mut self) -> &mut dyn Lab {
        &mut *self.here
    }

    /// Which lab of the table has this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.labs.iter().position(|slot| slot.entry.name == name)
    }

    /// Draws everything.
    pub fn draw(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        // What it was last drawn on is asked for its theme at the end.
        self.surroundings.ctx.clone_from(&ctx);
        self.keys(&ctx);
        self.take_files(&ctx);
        self.set_text_size(&ctx);
        if self.presenting {
            self.presented(ui);
        } else {
            Panel::top("top")
                .exact_size(theme::TOP_HEIGHT)
                .frame(Frame::new().inner_margin(Margin::symmetric(12, 4)))
                .show(ui, |ui| self.top(ui));
        }
        self.here.ui(ui);
        let here = &self.here;
        if let Some(done) = self.presets.dialogs(&ctx, || here.recipe()) {
            self.surroundings.messages.say_at(self.presets.place(), Tone::Plain, done);
        }
        self.ask(&ctx);
        shortcuts::sheet(&ctx, self.entry(), &mut self.sheet);
        self.surroundings.messages.show(&ctx);
        focus::menus(&ctx);
        focus::ring(&ctx);
        self.keep(&ctx);
    }

    /// Says something over the views.
    fn say(&self, tone: Tone, message: String) {
        self.surroundings.messages.say(tone, message);
    }

    /// Carries out the keys pressed. While something is asked, only the help sheet answers, to be closed again.
    fn keys(&mut self, ctx: &Context) {
        let asked = self.presets.is_asking() || self.here.is_asking() || self.asked.is_some();
        let (sheet, menu) = (self.sheet, Popup::is_any_open(ctx));
        let ends = self.presenting && !asked && !sheet && !menu;
        if ends && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            self.set_presenting(false, ctx);
        }
        let here = &self.here;
        let is_taken = |command| match command {
            // Dialogs are closed by keys of their own.
            Command::Help => asked,
            _ if asked || sheet => true,
            // An open menu is closed or used by them.
            Command::ReleaseCell | Command::PinCell => menu,
            command => here.holds(command),
        };
        for command in shortcuts::pressed(ctx, self.entry(), is_taken) {
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
            Command::LeftPanel => self.switch_panel(PanelSide::Left, ctx),
            Command::RightPanel => self.switch_panel(PanelSide::Right, ctx),
            Command::FullScreen => full_screen(ctx),
            Command::Present => self.set_presenting(!self.presenting, ctx),
            Command::LargerText | Command::SmallerText => {
                let next = self.state.text_size.next(command == Command::LargerText);
                self.state.text_size = next.unwrap_or(self.state.text_size);
            }
            Command::UsualText => self.state.text_size = TextSize::default(),
            // The button is not there.
            Command::Presets if self.presenting => {}
            Command::Presets => self.presets.open(ctx),
            Command::SavePreset => self.presets.save_as(),
            Command::OpenFile => self.picker.ask(Purpose::Any, ctx),
            Command::OtherLab => _ = self.show((self.open + 1) % self.labs.len()),
            command => _ = self.here.command(command),
        }
    }

    /// Takes over settings in the lab that they are of; whether they could be used.
    fn take(&mut self, recipe: &Recipe, from: From<'_>) -> Result<Option<String>, String> {
        let Some(lab) = self.find(&recipe.lab) else {
            return Err(format!("is of a lab that is not here: \"{}\"", recipe.lab));
        };
        if self.show(lab) { self.here.take(recipe, from) } else { Ok(None) }
    }

    /// Remembers how everything is, and writes it from time to time.
    fn keep(&mut self, ctx: &Context) {
        self.state.window = place::place(ctx, self.state.window);
        let Some(file) = &mut self.file else { return };
        if let Some(rest) = file.rest() {
            // What this picture has changed is looked at then, even if there is no other one before.
            return ctx.request_repaint_after(rest);
        }
        self.gather(ctx);
        let Some(file) = &mut self.file else { return };
        let complaint = file.keep(&self.state);
        if let Some(rest) = file.rest().filter(|_| file.is_behind()) {
            ctx.request_repaint_after(rest);
        }
        if let Some(complaint) = complaint {
            self.say(Tone::Error, complaint);
        }
    }

    /// All that is to be kept, as it is now.
    fn gather(&mut self, ctx: &Context) {
        self.state.light = ctx.theme() == egui::Theme::Light;
        self.state.sections = sections(ctx);
        self.state.panels = panels::panels(ctx);
        self.state.export = exports(ctx);
        self.entry().name.clone_into(&mut self.state.lab);
        for lab in self.labs.iter().filter_map(|slot| slot.hidden.as_ref()).chain([&self.here]) {
            self.state.keep(lab.recipe());
        }
    }

    /// Makes a window smaller that is larger than can be drawn: until then it shows what it showed before.
    fn keep_drawable(&mut self, ctx: &Context) {
        let px = ctx.content_rect().size() * ctx.pixels_per_point();
        let drawable = place::drawable(px, self.largest, ctx.pixels_per_point());
        let size = drawable.map(|_| px);
        // A desktop that insists on the size is asked once.
        if let Some(smaller) = drawable.filter(|_| self.too_large != size) {
            let viewport = ctx.input(|input| input.viewport().clone());
            if viewport.fullscreen == Some(true) {
                ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(false));
            }
            if viewport.maximized == Some(true) {
                ctx.send_viewport_cmd(egui::ViewportCommand::Maximized(false));
            }
            ctx.send_viewport_cmd(egui::ViewportCommand::InnerSize(smaller));
            let largest = self.largest;
            self.say(Tone::Warning, format!("The window can have {largest} pixels a side at most here."));
        }
        self.too_large = size;
    }

    /// Whether controls glide is up to the toolkit; it glides as the timeline does.
    fn set_motion(&mut self, ctx: &Context) {
        let seconds = if self.state.reduce_motion { 0.0 } else { theme::ANIMATION_SECONDS };
        ctx.all_styles_mut(|style| style.animation_time = seconds);
    }

    fn top(&mut self, ui: &mut Ui) {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = theme::space::XS;
            let palette = theme::palette(ui);
            self.panel_button(ui, PanelSide::Left);
            let width = ui.ctx().content_rect().width();
            if width >= ROOM_FOR_NAME {
                ui.label(RichText::new("DFM Explorer").font(theme::heading()).color(palette.text));
                ui.add_space(theme::space::S);
            }
            for lab in 0..self.labs.len() {
                let LabEntry { title, about, .. } = self.labs[lab].entry;
                let color = if self.open == lab { palette.accent } else { palette.weak };
                let text = RichText::new(*title).font(theme::heading()).color(color);
                let button = Button::new(text).frame_when_inactive(false);
                if ui.add(button).on_hover_text(hint(about, Command::OtherLab)).clicked() {
                    self.show(lab);
                }
            }
            ui.add_space(theme::space::L);
            self.preset_menu(ui);
            let open = hint(&format!("Open a file: {}", self.opened()), Command::OpenFile);
            if width >= ROOM_FOR_STEPS {
                if icon_button(ui, icons::FOLDER, &open, false).clicked() {
                    self.command(Command::OpenFile, ui.ctx());
                }
                self.steps(ui);
            }
            self.here.bar(ui);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                self.panel_button(ui, PanelSide::Right);
                if width >= ROOM_FOR_BADGE {
                    self.badge(ui);
                }
                self.preferences(ui);
                self.surroundings.messages.menu(ui);
                if width < ROOM_FOR_KEYS {
                    return;
                }
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
        match self.presets.ui(ui, self.entry()) {
            Some(Chosen::BuiltIn(n)) => self.here.start(n),
            Some(Chosen::Own(name, recipe)) => {
                if let Err(why) = self.take(&recipe, From::Preset(&name)) {
                    self.say(Tone::Error, format!("The preset “{name}” {why}"));
                }
            }
            None => {}
        }
    }

    /// Undo and redo, each with what it would do.
    fn steps(&mut self, ui: &mut Ui) {
        let [undo, redo] = [self.here.undoable(), self.here.redoable()].map(|what| what.map(str::to_owned));
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

    /// Which device trains and which draws.
    fn badge(&self, ui: &mut Ui) {
        let palette = theme::palette(ui);
        let software = self.drawn_by.kind == AdapterKind::Software;
        let color = if software { palette.warning } else { palette.weak };
        let trains_on = self.here.badge().unwrap_or_else(|| self.training_device.clone());
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
        let ctx = self.surroundings.ctx.clone();
        self.gather(&ctx);
        if let Some(file) = &mut self.file {
            file.finish(&self.state);
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
