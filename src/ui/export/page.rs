//! The page of a figure as the dialog lets one choose it.

use super::{CHOICES, Format, small};
use crate::figure::{Dpi, FontSize, Ground, Page, PageSize, Unit};
use crate::ui::theme::space;
use crate::ui::widgets::{Tone, notice, segmented};
use egui::{DragValue, Ui};

/// Points that a text has when it is first chosen, and dots per inch of the usual size and of one in cm.
const POINTS: f64 = 9.0;
const DOTS: [u32; 2] = [192, 300];

/// How a figure lies on its page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageOptions {
    /// What it is drawn on.
    pub paper: Page,
    /// All settings in small print below it.
    pub caption: bool,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self { paper: Page::default(), caption: true }
    }
}

impl PageOptions {
    /// For a file of this kind.
    pub fn page(self, format: Format) -> Page {
        let Page { size, dpi, ground, .. } = self.paper;
        let in_pixels = size.is_some_and(|size| size.unit() == Unit::Px);
        Page {
            dpi: dpi.filter(|_| !in_pixels),
            // An animation has a ground.
            ground: Ground { transparent: ground.transparent && format != Format::Gif, ..ground },
            ..self.paper
        }
    }
}

/// Size, text, ground and caption; `text` is a size being typed.
pub fn page_choices(ui: &mut Ui, page: &mut PageOptions, text: &mut String, format: Format) {
    ui.label(small("Size"));
    sizes(ui, &mut page.paper.size, text);
    fine_print(ui, &mut page.paper, format);
    ui.add_space(space::XS);
    ui.label(small("Background"));
    let grounds = [(false, "light", "For print."), (true, "dark", "For a dark slide or page.")];
    segmented(ui, "export ground", &mut page.paper.ground.dark, grounds);
    ui.add_space(space::XS);
    let transparent = egui::Checkbox::new(&mut page.paper.ground.transparent, "Transparent");
    ui.add_enabled(format != Format::Gif, transparent)
        .on_hover_text("Nothing behind the figure: the ink of this background, on whatever it is laid on.")
        .on_disabled_hover_text("An animation has a background.");
    ui.checkbox(&mut page.caption, "Settings as a caption")
        .on_hover_text("All flags that make this figure, in small print below it.");
}

/// Dots per inch and the size of the text.
fn fine_print(ui: &mut Ui, paper: &mut Page, format: Format) {
    ui.horizontal(|ui| {
        let unit = paper.size.map(PageSize::unit);
        let has_dots = unit != Some(Unit::Px) && matches!(format, Format::Png | Format::Gif);
        let mut dots = paper.dpi.map_or(DOTS[usize::from(unit.is_some())], Dpi::count);
        let value = DragValue::new(&mut dots).range(36..=2400).suffix(" dpi").speed(1.0);
        let about = "Pixels of an inch of the figure.";
        let none = "A size in pixels says how many there are, and a drawing has none.";
        if ui.add_enabled(has_dots, value).on_hover_text(about).on_disabled_hover_text(none).changed() {
            paper.dpi = Dpi::new(dots);
        }
        ui.add_space(space::S);
        let mut own = paper.font_size.is_some();
        let about = "The size of the axes’ labels in points; titles, ticks and captions go with it. Else it suits the size.";
        if ui.checkbox(&mut own, "Text of").on_hover_text(about).changed() {
            paper.font_size = own.then(|| FontSize::new(POINTS)).flatten();
        }
        let mut points = paper.font_size.map_or(POINTS, FontSize::points);
        let value = DragValue::new(&mut points).range(4.0..=72.0).suffix(" pt").speed(0.1).max_decimals(1);
        if ui.add_enabled(own, value).on_hover_text(about).changed() {
            paper.font_size = FontSize::new(points);
        }
    });
}

/// Sizes with a name, pixels.
const SIZES: [(&str, u32, u32); 3] = [("small", 900, 800), ("wide", 1600, 900), ("large", 2400, 2000)];

/// A size as it is typed; nothing of one with a name.
pub fn typed(size: Option<PageSize>) -> String {
    let is_named = SIZES.iter().any(|&(_, width, height)| PageSize::new(width, height) == size);
    size.filter(|_| !is_named).map(|size| size.to_string()).unwrap_or_default()
}

/// Usual sizes, and one's own.
fn sizes(ui: &mut Ui, size: &mut Option<PageSize>, text: &mut String) {
    let usual = SIZES.map(|(name, width, height)| {
        (PageSize::new(width, height), name, format!("{width} × {height} pixels"))
    });
    // None of them while another one is typed.
    let mut chosen = text.is_empty().then_some(*size);
    let mut choices = vec![(Some(None), "usual", "The size that suits the figure.")];
    choices.extend(usual.iter().map(|(size, name, tooltip)| (Some(*size), *name, tooltip.as_str())));
    if segmented(ui, "export size", &mut chosen, choices)
        && let Some(chosen) = chosen
    {
        *size = chosen;
        text.clear();
    }
    let hint = egui::TextEdit::singleline(text)
        .hint_text("or 1200x700, 8.5cm, 8.5cmx6cm")
        .desired_width(CHOICES - 8.0);
    let about = "Width and height in pixels, or in cm as for a column of a paper; with a width alone the figure is as high \
                 as it needs to be.";
    if ui.add(hint).on_hover_text(about).changed() {
        *size = text.trim().parse().ok();
    }
    if let Err(why) = text.trim().parse::<PageSize>()
        && !text.is_empty()
    {
        notice(ui, Tone::Error, &why);
    }
}
