//! A titled group of controls that can be folded away.

use crate::ui::icons;
use crate::ui::theme::{self, space};
use egui::{Context, Id, Sense, Ui, Vec2};
use std::collections::BTreeMap;

/// Sections that were opened or folded, by title.
pub type Sections = BTreeMap<String, bool>;

fn sections_id() -> Id {
    Id::unique("opened and folded sections")
}

fn marks_id() -> Id {
    Id::unique("marked sections")
}

/// What was opened and folded so far.
pub fn sections(ctx: &Context) -> Sections {
    ctx.data(|data| data.get_temp(sections_id())).unwrap_or_default()
}

/// Opens and folds as it was before.
pub fn set_sections(ctx: &Context, sections: Sections) {
    ctx.data_mut(|data| data.insert_temp(sections_id(), sections));
}

/// Whether the section `title` is open.
pub fn is_section_open(ctx: &Context, title: &str, at_first: bool) -> bool {
    let known = |sections: &mut Sections| sections.get(title).copied();
    ctx.data_mut(|data| known(data.get_temp_mut_or_default(sections_id()))).unwrap_or(at_first)
}

/// Opens or folds the section `title`.
pub fn set_section_open(ctx: &Context, title: &str, open: bool) {
    ctx.data_mut(|data| {
        let sections: &mut Sections = data.get_temp_mut_or_default(sections_id());
        sections.insert(title.to_owned(), open);
    });
}

/// Marks sections, by title, with what there is to know; all others are unmarked.
pub fn mark_sections(ctx: &Context, marks: impl Iterator<Item = (&'static str, String)>) {
    let mut all: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for (title, what) in marks {
        all.entry(title).or_default().push(what);
    }
    ctx.data_mut(|data| data.insert_temp(marks_id(), all));
}

fn mark_of(ui: &Ui, title: &str) -> Option<String> {
    let all: BTreeMap<&'static str, Vec<String>> = ui.data(|data| data.get_temp(marks_id()))?;
    all.get(title).map(|what| what.join("\n"))
}

/// Shows `content` under `title`; a click on the title folds it. The state is kept by title.
pub fn section(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) {
    let mut open = is_section_open(ui.ctx(), title, true);
    let palette = theme::palette(ui);
    let (rect, mut response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 24.0), Sense::click());
    response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::DisclosureTriangle, true, open, title));
    if response.clicked() {
        open = !open;
        set_section_open(ui.ctx(), title, open);
    }
    let color = if response.hovered() { palette.accent } else { palette.text };
    let painter = ui.painter();
    let icon = if open { icons::OPEN } else { icons::FOLDED };
    let middle = rect.left_center();
    painter.text(middle, egui::Align2::LEFT_CENTER, icon, theme::icon(11.0), palette.weak);
    let start = middle + Vec2::new(space::L, 0.0);
    let name = painter.text(start, egui::Align2::LEFT_CENTER, title, theme::heading(), color);
    if let Some(mark) = mark_of(ui, title) {
        ui.painter().circle_filled(name.right_center() + Vec2::new(space::S, 0.0), 3.5, palette.accent);
        response.on_hover_text(mark);
    }
    if open {
        content(ui);
        ui.add_space(space::XS);
    }
    let below = ui.cursor().top();
    ui.painter().hline(rect.x_range(), below, egui::Stroke::new(1.0, palette.line));
    ui.add_space(space::XS);
}
