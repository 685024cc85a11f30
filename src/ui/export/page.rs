//! The page of a figure as the dialog lets one choose it.

use super::{CHOICES, small};
use crate::figure::{Page, PageSize};
use crate::ui::theme::space;
use crate::ui::widgets::{Tone, notice, segmented};
use egui::Ui;

/// How a figure lies on its page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageOptions {
    /// Pixels; `None` for the size that suits the figure.
    pub size: Option<PageSize>,
    /// Light on dark.
    pub dark: bool,
    /// All settings in small print below it.
    pub caption: bool,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self { size: None, dark: false, caption: true }
    }
}

impl PageOptions {
    /// For the file.
    pub fn page(self) -> Page {
        Page { size: self.size, dark: self.dark }
    }

    /// A page of the same shape that is quick to draw: a figure is laid out the same on both.
    pub fn for_preview(self) -> Page {
        let smaller = |size: PageSize| {
            let share = (1000.0 / f64::from(size.width().max(size.height()))).min(1.0);
            let [width, height] =
                [size.width(), size.height()].map(|side| (f64::from(side) * share).round() as u32);
            PageSize::new(width, height).unwrap_or(size)
        };
        Page { size: self.size.map(smaller), dark: self.dark }
    }
}

/// Size, ground and caption; `text` is a size being typed.
pub fn page_choices(ui: &mut Ui, page: &mut PageOptions, text: &mut String) {
    ui.label(small("Size in pixels"));
    sizes(ui, &mut page.size, text);
    ui.add_space(space::XS);
    ui.label(small("Ground"));
    let grounds = [(false, "light", "For print."), (true, "dark", "For a dark slide or page.")];
    segmented(ui, "export ground", &mut page.dark, grounds);
    ui.add_space(space::XS);
    ui.checkbox(&mut page.caption, "Settings as a caption")
        .on_hover_text("All flags that make this figure, in small print below it.");
}

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
