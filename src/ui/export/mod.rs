//! The export of what is on the screen: a dialog with a preview, and the file it writes.

mod page;
mod remembered;
mod work;

pub use page::PageOptions;
pub use remembered::{exports, set_exports};

use crate::figure::{Figure, FigureError, Ground, Page};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, segmented};
use egui::{
    Align2, ColorImage, Context, DragValue, Key, Modal, RichText, TextureHandle, TextureOptions, Ui, Vec2,
};
use image::RgbaImage;
use page::page_choices;
use std::path::PathBuf;
use work::{Copied, Goal, PreviewThread, Writing, previews};

/// Room of the preview, points.
const PREVIEW: Vec2 = Vec2::new(460.0, 400.0);
/// Width of the choices beside it.
const CHOICES: f32 = 248.0;

/// A kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Png,
    Svg,
    Pdf,
    Csv,
    Gif,
    Txt,
    Json,
}

impl Format {
    const ALL: [Self; 7] = [Self::Png, Self::Svg, Self::Pdf, Self::Csv, Self::Gif, Self::Txt, Self::Json];

    /// Of its file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Csv => "csv",
            Self::Gif => "gif",
            Self::Txt => "txt",
            Self::Json => "json",
        }
    }

    /// A figure as the bytes of such a file.
    ///
    /// # Errors
    /// Why it can't be drawn.
    pub fn of_figure(self, figure: &Figure, page: Page) -> Result<Vec<u8>, FigureError> {
        match self {
            Self::Svg => figure.to_svg(page).map(String::into_bytes),
            Self::Pdf => figure.to_pdf(page),
            _ => figure.to_png(page),
        }
    }

    /// Whether the clipboard takes it.
    fn can_be_copied(self) -> bool {
        matches!(self, Self::Png | Self::Svg | Self::Csv | Self::Txt | Self::Json)
    }

    /// As a choice: value, label and tooltip.
    pub fn choice(self) -> (Self, &'static str, &'static str) {
        let (label, about) = match self {
            Self::Png => ("PNG", "Pixels. What makes the figure again is kept inside."),
            Self::Svg => ("SVG", "A drawing. What makes the figure again is kept inside."),
            Self::Pdf => (
                "PDF",
                "A page for LaTeX and print: shapes and text, its fonts embedded. What makes the figure again is kept inside.",
            ),
            Self::Csv => ("CSV", "The numbers with every digit."),
            Self::Gif => ("GIF", "An animation."),
            Self::Txt => ("TXT", "The texts alone, in UTF-8, masks as ▒."),
            Self::Json => ("JSON", "The texts with the settings that made them."),
        };
        (self, label, about)
    }
}

/// Something that can be exported, as it was when its button was pressed.
pub trait Exported: Clone + Send + 'static {
    /// What can be chosen of its file; kept from one export to the next.
    type Options: Copy + PartialEq + Default + Send + 'static;

    /// Options that go with this, and with each other.
    fn fitting(&self, options: Self::Options) -> Self::Options;

    /// Options without what changes nothing that a picture shows.
    fn seen(options: Self::Options) -> Self::Options;

    /// The kind of file and the page, whether this has one or not: what all exports have in common.
    fn common(options: &mut Self::Options) -> (&mut Format, &mut PageOptions);

    /// The kind of file.
    fn format(options: &Self::Options) -> Format {
        *Self::common(&mut options.clone()).0
    }

    /// Its page, where it has one.
    fn page<'a>(&self, options: &'a mut Self::Options) -> Option<&'a mut PageOptions>;

    /// The choices above those of the page: what, and as which kind of file.
    fn choices(&self, ui: &mut Ui, options: &mut Self::Options);

    /// The choices below those of the page; they do not matter to numbers.
    fn more_choices(&self, _: &mut Ui, _: &mut Self::Options) {}

    /// What the file is called unless another name is typed: what it shows, and what sets its sides apart.
    fn file_stem(&self, options: &Self::Options) -> String;

    /// What is to be known about the file.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// The figure as pixels, no larger than a preview needs; of an animation the present frame.
    ///
    /// # Errors
    /// Why there is nothing to show.
    fn preview(&self, options: &Self::Options) -> Result<RgbaImage, String>;

    /// The bytes of the file, to be called `name`; tells which share is done, and stops where the answer is false: then
    /// there are none.
    ///
    /// # Errors
    /// Why it could not be made.
    fn bytes(
        &self,
        options: &Self::Options,
        name: &str,
        go_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Vec<u8>>, String>;
}

/// A file that waits for its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name, unless another one is typed.
    pub stem: String,
    /// How it ends.
    pub ending: &'static str,
}

/// The dialog; nothing is drawn while it is closed.
pub struct ExportDialog<S: Exported> {
    open: Option<Open<S>>,
    options: S::Options,
    size_text: String,
    previews: Option<PreviewThread<S>>,
    writing: Option<Writing<S>>,
    /// What became of the last file.
    report: Option<(Tone, String)>,
}

struct Open<S: Exported> {
    what: S,
    ctx: Context,
    /// The options that were last asked for.
    asked: Option<S::Options>,
    shown: Option<Result<TextureHandle, String>>,
}

impl<S: Exported> Default for ExportDialog<S> {
    fn default() -> Self {
        let (options, size_text) = (S::Options::default(), String::new());
        Self { open: None, options, size_text, previews: None, writing: None, report: None }
    }
}

impl<S: Exported> ExportDialog<S> {
    /// Opens it, with the kind of file and the page that were last chosen anywhere.
    pub fn open(&mut self, what: S, ctx: &Context) {
        if self.previews.is_none() {
            let waker = ctx.clone();
            match previews(move || waker.request_repaint()) {
                Ok(thread) => self.previews = Some(thread),
                Err(why) => {
                    self.report = Some((Tone::Error, format!("no preview: {why}")));
                    return;
                }
            }
        }
        let (format, page) = S::common(&mut self.options);
        remembered::recall(ctx, format, page);
        self.size_text = page::typed(page.paper.size);
        self.options = what.fitting(self.options);
        self.open = Some(Open { what, ctx: ctx.clone(), asked: None, shown: None });
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
        self.start(Goal::File(file));
    }

    fn start(&mut self, goal: Goal) {
        let Some(open) = &self.open else { return };
        let waker = open.ctx.clone();
        let started = Writing::start(open.what.clone(), self.options, goal, move || waker.request_repaint());
        match started {
            Ok(writing) => self.writing = Some(writing),
            Err(why) => self.report = Some((Tone::Error, format!("the figure could not be written: {why}"))),
        }
    }

    /// Draws the dialog if it is open; returns the file that is to be written.
    pub fn ui(&mut self, ctx: &Context) -> Option<Wanted> {
        self.finish(ctx);
        let mut open = self.open.take()?;
        self.preview(&mut open, ctx);
        let mut wish = None;
        let (mut close, mut copy) = (false, false);
        let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(space::L);
        let modal = Modal::new(egui::Id::unique("export")).frame(frame).show(ctx, |ui| {
            ui.label(RichText::new("Export").font(theme::heading()));
            ui.add_space(space::XS);
            ui.horizontal_top(|ui| {
                let numbers = S::format(&self.options) == Format::Csv;
                let ground =
                    open.what.page(&mut self.options).map_or(Ground::default(), |page| page.paper.ground);
                picture(ui, open.shown.as_ref(), ground, numbers);
                ui.add_space(space::S);
                ui.vertical(|ui| {
                    ui.set_width(CHOICES);
                    self.choices(ui, &open.what);
                    ui.add_space(space::S);
                    (wish, close, copy) = self.buttons(ui, &open.what, open.shown.as_ref());
                });
            });
        });
        let escaped = modal.should_close() || ctx.input(|i| i.key_pressed(Key::Escape));
        if close || escaped && self.writing.is_none() {
            tracing::debug!("the export is closed");
        } else {
            self.open = Some(open);
        }
        if copy {
            self.start(Goal::Clipboard);
        }
        wish
    }

    /// Takes the end of a file, or what is to be copied.
    fn finish(&mut self, ctx: &Context) {
        let Some(outcome) = self.writing.as_ref().and_then(Writing::outcome) else { return };
        let Some(writing) = self.writing.take() else { return };
        let (done, named) = match &writing.goal {
            Goal::File(file) => (format!("saved {}", file.display()), file.display().to_string()),
            Goal::Clipboard => {
                let format = S::format(&self.options).ending().to_uppercase();
                (format!("copied as {format}"), "the clipboard".to_owned())
            }
        };
        match writing.copied() {
            Some(Copied::Picture(picture)) => {
                let size = [picture.width() as usize, picture.height() as usize];
                ctx.copy_image(ColorImage::from_rgba_unmultiplied(size, picture.as_raw()));
            }
            Some(Copied::Text(text)) => ctx.copy_text(text),
            None => {}
        }
        match outcome {
            Ok(true) => self.report = Some((Tone::Plain, done)),
            Ok(false) => return,
            Err(why) => self.report = Some((Tone::Error, format!("{named}: {why}"))),
        }
        self.open = None;
    }

    /// Asks for a preview when the options have changed, and takes what was drawn.
    fn preview(&self, open: &mut Open<S>, ctx: &Context) {
        let Some(previews) = &self.previews else { return };
        let wanted = S::seen(self.options);
        if open.asked != Some(wanted) {
            open.asked = Some(wanted);
            previews.ask((open.what.clone(), wanted));
        }
        // A panic while drawing is part of the preview: the thread itself has no errors.
        if let Some(Ok((of, drawn))) = previews.take()
            && open.asked == Some(of)
        {
            open.shown = Some(drawn.map(|image| {
                let size = [image.width() as usize, image.height() as usize];
                let image = ColorImage::from_rgba_unmultiplied(size, image.as_raw());
                tracing::debug!("a preview is shown");
                ctx.load_texture("export preview", image, TextureOptions::LINEAR)
            }));
        }
    }

    fn choices(&mut self, ui: &mut Ui, what: &S) {
        let options = &mut self.options;
        let before = *options;
        what.choices(ui, options);
        *options = what.fitting(*options);
        ui.add_space(space::XS);
        let format = S::format(options);
        let picture = format != Format::Csv;
        ui.add_enabled_ui(picture, |ui| {
            if let Some(page) = what.page(options) {
                page_choices(ui, page, &mut self.size_text, format);
            }
            what.more_choices(ui, options);
        });
        let mut before = before;
        let ((format, page), before) = (S::common(options), S::common(&mut before));
        remembered::remember(ui.ctx(), (*before.0, *before.1), (*format, *page));
        for line in what.notes() {
            ui.add_space(space::XS);
            ui.label(small(&line));
        }
    }

    /// Save, copy, cancel and how far it is: what is wished, whether to close, and whether to copy.
    fn buttons(
        &mut self,
        ui: &mut Ui,
        what: &S,
        shown: Option<&Result<TextureHandle, String>>,
    ) -> (Option<Wanted>, bool, bool) {
        if let Some(writing) = &self.writing {
            ui.add(egui::ProgressBar::new(writing.share()).desired_width(CHOICES).show_percentage());
            if ui.button("Stop").on_hover_text("Nothing is written.").clicked() {
                writing.stop();
            }
            return (None, false, false);
        }
        let page = what.page(&mut self.options);
        let size_is_wrong = !self.size_text.is_empty() && page.is_some_and(|page| page.paper.size.is_none());
        let ending = S::format(&self.options).ending();
        let mut answer = (None, false, false);
        ui.horizontal(|ui| {
            let ready = matches!(shown, Some(Ok(_))) && !size_is_wrong;
            let palette = theme::palette(ui);
            let label = format!("Save as {} …", ending.to_uppercase());
            let save = egui::Button::new(RichText::new(label).color(palette.on_accent)).fill(palette.accent);
            if ui.add_enabled(ready, save).clicked() {
                answer.0 = Some(Wanted { stem: what.file_stem(&self.options), ending });
            }
            let format = S::format(&self.options);
            answer.2 = ui
                .add_enabled(ready && format.can_be_copied(), egui::Button::new("Copy"))
                .on_hover_text(if format == Format::Png {
                    "The picture, to be pasted into a document or a slide."
                } else {
                    "The text of the file, to be pasted into an editor or a sheet."
                })
                .on_disabled_hover_text(
                    "A picture, a drawing and numbers can be copied: choose PNG, SVG or CSV.",
                )
                .clicked();
            answer.1 = ui.button("Cancel").clicked();
        });
        answer
    }
}

/// Draws a number with its name.
pub fn number_row(ui: &mut Ui, name: &str, about: &str, value: DragValue<'_>) {
    ui.horizontal(|ui| {
        ui.label(small(name)).on_hover_text(about);
        ui.add(value);
    });
}

/// Draws how long an animation takes.
pub fn seconds_row(ui: &mut Ui, seconds: &mut f64) {
    let lasts = DragValue::new(seconds).range(0.5..=60.0).suffix(" s").speed(0.05);
    number_row(ui, "Takes", "From noise to data; then it shows the end for a third of that.", lasts);
}

/// Draws the choice of the kind of file.
pub fn format_row(ui: &mut Ui, format: &mut Format, formats: &[Format]) {
    ui.label(small("Format"));
    segmented(ui, "export format", format, formats.iter().map(|format| format.choice()));
}

/// Small print.
pub fn small(text: &str) -> RichText {
    RichText::new(text).font(theme::small())
}

/// The preview in its frame.
fn picture(ui: &mut Ui, shown: Option<&Result<TextureHandle, String>>, ground: Ground, numbers: bool) {
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
            let tint = if numbers { 0.35 } else { 1.0 };
            if ground.transparent {
                see_through(ui.painter(), place, ground.dark);
            }
            ui.painter().image(texture.id(), place, whole, egui::Color32::WHITE.gamma_multiply(tint));
            if numbers {
                say("the numbers of this figure, as text", palette.text);
            }
        }
    }
}

/// Squares that say that nothing lies behind a figure, in shades that its ink is seen on.
fn see_through(painter: &egui::Painter, place: egui::Rect, dark: bool) {
    const SQUARE: f32 = 8.0;
    let [even, odd] = if dark { [28, 44] } else { [255, 232] }.map(egui::Color32::from_gray);
    painter.rect_filled(place, 0.0, even);
    let [columns, rows] = [place.width(), place.height()].map(|side| (side / SQUARE).ceil() as u32);
    for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))).filter(|(x, y)| (x + y) % 2 == 1)
    {
        let corner = place.min + Vec2::new(x as f32, y as f32) * SQUARE;
        let square = egui::Rect::from_min_size(corner, Vec2::splat(SQUARE)).intersect(place);
        painter.rect_filled(square, 0.0, odd);
    }
}
