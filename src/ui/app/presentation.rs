//! What a presentation shows above the views: two numbers of one's choice, to be read from the last row.

use super::App;
use crate::ui::icons;
use crate::ui::lab::NumberEntry;
use crate::ui::shortcuts::{Command, hint};
use crate::ui::theme::{self, space};
use crate::ui::widgets::icon_button;
use egui::{Button, FontId, Frame, Margin, Panel, Popup, RichText, Ui, Vec2, WidgetInfo};

/// Height of the strip, points.
const HEIGHT: f32 = 46.0;
/// Text size of the numbers, points.
const NUMBER: f32 = 28.0;
/// How many there are.
const COUNT: usize = 2;
/// What a number is given at least, points: what is beside it must not move while it changes.
const WIDTH: f32 = 124.0;

impl App {
    /// Draws the strip.
    pub(super) fn presented(&mut self, ui: &mut Ui) {
        let frame = Frame::new().inner_margin(Margin::symmetric(12, 2));
        Panel::top("presented numbers").exact_size(HEIGHT).frame(frame).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = space::L;
                let chosen = chosen(self.entry().numbers, self.state.presented.get(self.entry().name));
                for (place, entry) in chosen.iter().enumerate() {
                    if let Some(other) = self.number(ui, place, entry) {
                        let mut names: Vec<String> =
                            chosen.iter().map(|entry| entry.name.to_owned()).collect();
                        other.name.clone_into(&mut names[place]);
                        self.state.presented.insert(self.entry().name.to_owned(), names);
                    }
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let name = hint("End the presentation", Command::Present);
                    if icon_button(ui, icons::CLOSE, &name, false).clicked() {
                        self.set_presenting(false, ui.ctx());
                    }
                });
            });
        });
    }

    /// One number, whose name is a menu of all; another one that was chosen.
    fn number(&self, ui: &mut Ui, place: usize, entry: &NumberEntry) -> Option<NumberEntry> {
        let palette = theme::palette(ui);
        ui.spacing_mut().item_spacing.x = space::S;
        let name = Button::new(RichText::new(entry.name).font(theme::heading()).color(palette.weak));
        let button = ui.add(name.frame_when_inactive(false));
        let about = format!("{}\nClick to show another number.", entry.about);
        let label = format!("number {}: {}", place + 1, entry.name);
        button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
        let mut other = None;
        Popup::menu(&button).show(|ui| {
            for choice in self.entry().numbers {
                let row = ui.selectable_label(choice == entry, choice.name).on_hover_text(choice.about);
                if row.clicked() {
                    other = Some(*choice);
                }
            }
        });
        button.on_hover_text(about);
        let values = self.here.number(entry.name);
        let several = values.len() > 1;
        for (side, value) in values.into_iter().enumerate() {
            let color = if several { palette.series[side % palette.series.len()] } else { palette.text };
            let text = ui.painter().layout_no_wrap(value, FontId::proportional(NUMBER), color);
            let size = Vec2::new(text.size().x.max(if several { 0.7 * WIDTH } else { WIDTH }), text.size().y);
            let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text.text()));
            ui.painter().galley(rect.left_center() - Vec2::new(0.0, 0.5 * text.size().y), text, color);
        }
        ui.add_space(space::L);
        other
    }
}

/// Those that are shown: the ones that were chosen, where the lab has them, else the first.
fn chosen(all: &'static [NumberEntry], kept: Option<&Vec<String>>) -> Vec<NumberEntry> {
    let usual = all.iter().take(COUNT);
    let known = |place: usize| {
        let name = kept?.get(place)?;
        all.iter().find(|entry| entry.name == name)
    };
    usual.enumerate().map(|(place, usual)| *known(place).unwrap_or(usual)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_a_lab_does_not_have_are_replaced() {
        const fn entry(name: &'static str) -> NumberEntry {
            NumberEntry { name, about: "" }
        }
        const ALL: &[NumberEntry] = &[entry("t"), entry("κ"), entry("TV")];
        let names = |kept: &[&str]| {
            let kept = kept.iter().map(|name| (*name).to_owned()).collect();
            chosen(ALL, Some(&kept)).into_iter().map(|entry| entry.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&["TV", "t"]), ["TV", "t"]);
        assert_eq!(names(&["gone", "TV"]), ["t", "TV"]);
        assert_eq!(names(&[]), ["t", "κ"]);
        assert!(chosen(&[], None).is_empty());
    }
}
