//! The export of a pane or a plot: a dialog with a preview, and the file it writes.

mod options;
mod plot;
mod reopen;
mod snapshot;
mod work;

pub use plot::{Plot, PlotContent, asked, exact_bars, export_button};
pub use reopen::{Reopened, reopened};
pub use snapshot::{Content, Experiment, Snapshot};

use super::settings::Show;
use crate::figure::PageSize;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Choice, Tone, notice, segmented};
use egui::{Align2, ColorImage, Context, Key, Modal, RichText, TextureHandle, TextureOptions, Ui, Vec2};
use options::{Format, Options, Over};
use snapshot::NETWORK;
use std::path::PathBuf;
use work::{PreviewThread, Writing};

/// Room of the preview, points.
const PREVIEW: Vec2 = Vec2::new(460.0, 400.0);
/// Width of the choices beside it.
const CHOICES: f32 = 248.0;

/// What the dialog asks of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A file's name with this ending.
    Name(&'static str),
}

/// The dialog; nothing is drawn while it is closed.
#[derive(Default)]
pub struct ExportDialog {
    open: Option<Open>,
    /// Kept from one export to the next.
    options: Options,
    size_text: String,
    previews: Option<PreviewThread>,
    writing: Option<Writing>,
    /// What became of the last file.
    report: Option<(Tone, String)>,
}

struct Open {
    snapshot: Snapshot,
    ctx: Context,
    /// The options that were last asked for.
    asked: Option<Options>,
    shown: Option<Result<TextureHandle, String>>,
}

impl ExportDialog {
    /// Opens it for a view.
    pub fn open(&mut self, snapshot: Snapshot, ctx: &Context) {
        if self.previews.is_none() {
            let waker = ctx.clone();
            match PreviewThread::start(move || waker.request_repaint()) {
                Ok(thread) => self.previews = Some(thread),
                Err(why) => {
                    self.report = Some((Tone::Error, format!("no preview: {why}")));
                    return;
                }
            }
        }
        if snapshot.view().is_none() {
            self.options.over = Over::Now;
        }
        self.options = self.options.consistent();
        self.open = Some(Open { snapshot, ctx: ctx.clone(), asked: None, shown: None });
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether it has nothing to do.
    pub fn is_settled(&self) -> bool {
        self.writing.is_none() && self.open.as_ref().is_none_or(|open| open.shown.is_some())
    }

    /// What became of a file, once.
    pub fn report(&mut self) -> Option<(Tone, String)> {
        self.report.take()
    }

    /// Writes what is shown to `file`.
    pub fn write(&mut self, file: PathBuf) {
        let Some(open) = &self.open else { return };
        let waker = open.ctx.clone();
        let started =
            Writing::start(open.snapshot.clone(), self.options, file, move || waker.request_repaint());
        match started {
            Ok(writing) => self.writing = Some(writing),
            Err(why) => self.report = Some((Tone::Error, format!("the figure could not be written: {why}"))),
        }
    }

    /// Draws the dialog if it is open; returns what it wants.
    pub fn ui(&mut self, ctx: &Context) -> Option<Wish> {
        self.finish();
        let mut open = self.open.take()?;
        self.preview(&mut open, ctx);
        let mut wish = None;
        let mut close = false;
        let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(space::L);
        let modal = Modal::new(egui::Id::unique("export")).frame(frame).show(ctx, |ui| {
            ui.label(RichText::new("Export").font(theme::heading()));
            ui.add_space(space::XS);
            ui.horizontal_top(|ui| {
                picture(ui, open.shown.as_ref(), self.options);
                ui.add_space(space::S);
                ui.vertical(|ui| {
                    ui.set_width(CHOICES);
                    self.choices(ui, &open.snapshot);
                    ui.add_space(space::S);
                    (wish, close) = self.buttons(ui, open.shown.as_ref());
                });
            });
        });
        let escaped = modal.should_close() || ctx.input(|i| i.key_pressed(Key::Escape));
        if !(close || escaped && self.writing.is_none()) {
            self.open = Some(open);
        }
        wish
    }

    /// Takes the end of a file.
    fn finish(&mut self) {
        let Some(outcome) = self.writing.as_mut().and_then(Writing::outcome) else { return };
        let file = self.writing.take().map_or_else(String::new, |w| w.file.display().to_string());
        match outcome {
            Ok(true) => {
                self.report = Some((Tone::Plain, format!("saved {file}")));
                self.open = None;
            }
            Ok(false) => {}
            Err(why) => {
                self.report = Some((Tone::Error, format!("{file}: {why}")));
                self.open = None;
            }
        }
    }

    /// Asks for a preview when the options have changed, and takes what was drawn.
    fn preview(&self, open: &mut Open, ctx: &Context) {
        let Some(previews) = &self.previews else { return };
        // The format changes nothing that a picture shows.
        let wanted = Options { format: Format::Png, ..self.options };
        if open.asked != Some(wanted) {
            open.asked = Some(wanted);
            previews.ask(open.snapshot.clone(), wanted);
        }
        if let Some((of, drawn)) = previews.take()
            && open.asked == Some(of)
        {
            open.shown = Some(drawn.map(|image| {
                let size = [image.width() as usize, image.height() as usize];
                let image = ColorImage::from_rgba_unmultiplied(size, image.as_raw());
                ctx.load_texture("export preview", image, TextureOptions::LINEAR)
            }));
        }
    }

    fn choices(&mut self, ui: &mut Ui, snapshot: &Snapshot) {
        let options = &mut self.options;
        if snapshot.view().is_some() {
            time(ui, options);
        }
        ui.add_space(space::XS);
        ui.label(small("Format"));
        let csv = (Format::Csv, "CSV", "The numbers with every digit.");
        if options.over == Over::Timeline {
            segmented(ui, "export format", &mut options.format, [(Format::Gif, "GIF", "An animation."), csv]);
        } else {
            let png = (Format::Png, "PNG", "Pixels. The command that makes the figure is kept inside.");
            let svg = (Format::Svg, "SVG", "A drawing. The command that makes the figure is kept inside.");
            segmented(ui, "export format", &mut options.format, [png, svg, csv]);
        }
        ui.add_space(space::XS);
        let picture = options.format != Format::Csv;
        ui.add_enabled_ui(picture, |ui| {
            ui.label(small("Size in pixels"));
            sizes(ui, &mut options.size, &mut self.size_text);
            ui.add_space(space::XS);
            ui.label(small("Ground"));
            let grounds = [(false, "light", "For print."), (true, "dark", "For a dark slide or page.")];
            segmented(ui, "export ground", &mut options.dark, grounds);
            ui.add_space(space::XS);
            ui.checkbox(&mut options.caption, "Settings as a caption")
                .on_hover_text("All flags that make this figure, in small print below it.");
            as_on_the_screen(ui, options, snapshot);
        });
        for line in made_again(snapshot) {
            ui.add_space(space::XS);
            ui.label(small(&line));
        }
    }

    /// Save, cancel and how far it is: what is wished, and whether to close.
    fn buttons(
        &mut self,
        ui: &mut Ui,
        shown: Option<&Result<TextureHandle, String>>,
    ) -> (Option<Wish>, bool) {
        if let Some(writing) = &self.writing {
            ui.add(egui::ProgressBar::new(writing.share()).desired_width(CHOICES).show_percentage());
            if ui.button("Stop").on_hover_text("Nothing is written.").clicked() {
                writing.stop();
            }
            return (None, false);
        }
        let size_is_wrong = !self.size_text.is_empty() && self.options.size.is_none();
        let mut answer = (None, false);
        ui.horizontal(|ui| {
            let ready = matches!(shown, Some(Ok(_))) && !size_is_wrong;
            let palette = theme::palette(ui);
            let label = format!("Save as {} …", self.options.format.ending().to_uppercase());
            let save = egui::Button::new(RichText::new(label).color(palette.on_accent)).fill(palette.accent);
            if ui.add_enabled(ready, save).clicked() {
                answer.0 = Some(Wish::Name(self.options.format.ending()));
            }
            answer.1 = ui.button("Cancel").clicked();
        });
        answer
    }
}

fn small(text: &str) -> RichText {
    RichText::new(text).font(theme::small())
}

/// Now, several times, or all of them.
fn time(ui: &mut Ui, options: &mut Options) {
    ui.label(small("Time"));
    let times = [
        Choice::from((Over::Now, "now", "The moment the button was pressed.")),
        (Over::Strip, "strip", "Several times beside each other.").into(),
        (Over::Timeline, "animation", "The whole path.").into(),
    ];
    segmented(ui, "export time", &mut options.over, times);
    *options = options.consistent();
    if options.over != Over::Now {
        ui.horizontal(|ui| {
            ui.label(small("Frames"));
            let (frames, range) = match options.over {
                Over::Strip => (&mut options.strip_frames, 1..=1000),
                _ => (&mut options.timeline_frames, 2..=1000),
            };
            ui.add(egui::DragValue::new(frames).range(range).speed(0.2));
        });
    }
    ui.add_space(space::XS);
}

/// What of the screen the figure takes over.
fn as_on_the_screen(ui: &mut Ui, options: &mut Options, snapshot: &Snapshot) {
    if snapshot.other.is_some() && snapshot.view().is_some() && options.over == Over::Now {
        ui.checkbox(&mut options.both, "A and B beside each other").on_hover_text(
            "Both on the same colours; else the one whose button was pressed, on these colours, too.",
        );
    }
    if snapshot.is_marked() && options.over != Over::Strip {
        ui.checkbox(&mut options.marks, "Marks as on the screen").on_hover_text(
            "Arrows of the moves, the pinned cell with its rates, and the way of the followed particle.",
        );
    }
    if snapshot.section.is_some() {
        ui.checkbox(&mut options.section, "Magnified as on the screen")
            .on_hover_text("Only the part of the cells that the views show; else all of them.");
    }
}

/// What is needed to make the figure again by its command.
fn made_again(snapshot: &Snapshot) -> Vec<String> {
    let show = snapshot.here.settings.show;
    let (network, none) = match &snapshot.content {
        Content::View(view) => (show == Show::Learned && view.needs_run(show), false),
        Content::Plot(PlotContent::Gaps(..) | PlotContent::Early(..)) => (false, true),
        Content::Plot(PlotContent::Sweeps(..)) => (false, false),
        Content::Plot(plot) => (plot.needs_network(show), false),
    };
    let mut lines = Vec::new();
    if network {
        lines.push(format!("To make this figure again by its command, save the checkpoint as {NETWORK}."));
    }
    if none {
        lines.push("No command makes this figure again: the window alone keeps its runs.".to_owned());
    }
    if snapshot.here.flow().whole.len() > LONGEST_ARGUMENT {
        lines.push(
            "The drawn target is too large for a command line: save it in the editor and give its file as --target, or \
             drop the figure on the window."
                .to_owned(),
        );
    }
    lines
}

/// Longer arguments are refused by Linux (128 KiB).
const LONGEST_ARGUMENT: usize = 130_000;

/// Usual sizes, and one's own.
fn sizes(ui: &mut Ui, size: &mut Option<PageSize>, text: &mut String) {
    let usual = [("small", 900, 800), ("wide", 1600, 900), ("large", 2400, 2000)]
        .map(|(name, width, height)| (PageSize::new(width, height), name, format!("{width} × {height}")));
    let mut chosen = if text.is_empty() { *size } else { None };
    let mut choices = vec![(None, "usual", "The size that suits the figure.")];
    choices.extend(usual.iter().map(|(size, name, tooltip)| (*size, *name, tooltip.as_str())));
    if segmented(ui, "export size", &mut chosen, choices) {
        *size = chosen;
        text.clear();
    }
    let hint =
        egui::TextEdit::singleline(text).hint_text("or WxH, such as 1200x700").desired_width(CHOICES - 8.0);
    if ui.add(hint).changed() {
        *size = text.trim().parse().ok();
    }
    if let Err(why) = text.trim().parse::<PageSize>()
        && !text.is_empty()
    {
        notice(ui, Tone::Error, &why);
    }
}

/// The preview in its frame.
fn picture(ui: &mut Ui, shown: Option<&Result<TextureHandle, String>>, options: Options) {
    let palette = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(PREVIEW, egui::Sense::hover());
    ui.painter().rect_filled(rect, 4.0, palette.background);
    let say = |text: &str, color| {
        let galley = ui.painter().layout(text.to_owned(), theme::small(), color, rect.width() - 40.0);
        let place = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size());
        ui.painter().galley(place.min, galley, color);
    };
    match shown {
        None => say("drawing …", palette.weak),
        Some(Err(why)) => say(why, palette.warning),
        Some(Ok(texture)) => {
            let full = texture.size_vec2();
            let room = rect.shrink(6.0).size();
            let size = full * (room.x / full.x).min(room.y / full.y);
            let place = Align2::CENTER_CENTER.anchor_size(rect.center(), size);
            let whole = egui::Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
            let tint = if options.format == Format::Csv { 0.35 } else { 1.0 };
            ui.painter().image(texture.id(), place, whole, egui::Color32::WHITE.gamma_multiply(tint));
            if options.format == Format::Csv {
                say("the numbers of this figure, as text", palette.text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
