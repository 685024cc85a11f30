//! What is given, and of which picture.

use super::Action;
use crate::experiment::images::Base;
use crate::experiment::images::Region;
use crate::ui::icons;
use crate::ui::labs::images::infill::Infill;
use crate::ui::theme;
use crate::ui::widgets::SliderRange;
use crate::ui::widgets::Tone;
use crate::ui::widgets::icon_button;
use crate::ui::widgets::notice;
use crate::ui::widgets::segmented;
use crate::ui::widgets::setting;
use crate::ui::widgets::slider;
use egui::Button;
use egui::RichText;
use egui::Ui;

pub(super) fn infilling(ui: &mut Ui, infill: &mut Infill, action: &mut Option<Action>) {
    setting(
        ui,
        "given",
        "Tokens that are given stay at every step; the others are free and are filled in.",
        |ui| {
            let choices = [
                (false, "nothing", "Everything is sampled."),
                (true, "a part", "A part of a picture is given: paint which."),
            ];
            segmented(ui, "infill", &mut infill.on, choices);
        },
    );
    if !infill.on {
        return;
    }
    setting(ui, "picture", "What a part is given of.", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let mut index = if let Base::Data(index) = infill.base { index } else { 0 };
        let drag = ui.add(egui::DragValue::new(&mut index).range(0..=9_999).prefix("no. ").speed(0.1));
        if drag
            .on_hover_text(
                "An image held out of the model’s data, by its number; beyond the last it starts over.",
            )
            .changed()
        {
            *action = Some(Action::TakeBase(Base::Data(index)));
        }
        if icon_button(ui, icons::NEXT, "The next image of the data", false).clicked() {
            *action = Some(Action::TakeBase(Base::Data(index + 1)));
        }
        if icon_button(ui, icons::FOLDER, "A picture in a file …", false).clicked() {
            *action = Some(Action::OpenPicture);
        }
        if icon_button(ui, icons::COPY, "The sample that is shown large, as it is at the end", false)
            .clicked()
        {
            *action = Some(Action::TakeBase(Base::Sample));
        }
    });
    let about = match &infill.base {
        Base::Data(index) => format!("image {index} of those held out"),
        Base::File(file) => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        Base::Sample => "a finished sample".to_owned(),
    };
    notice(ui, Tone::Plain, &about);
    setting(ui, "give", "Regions at once.", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding.x = 3.0;
        for (region, label, about) in [
            (Region::Left, "left", "The left half is given."),
            (Region::Top, "top", "The upper half is given."),
            (Region::Frame, "frame", "A box in the middle is free, all around it is given."),
            (Region::Inverse, "invert", "What is given becomes free, and what is free given."),
        ] {
            let text = RichText::new(label).font(theme::small());
            if ui.add(Button::new(text)).on_hover_text(about).clicked() {
                infill.give(region);
            }
        }
    });
    setting(ui, "or", "Regions at once.", |ui| {
        for (region, label, about) in [
            (Region::All, "all", "Everything is given: paint what should be free."),
            (Region::Nothing, "nothing", "Everything is free: paint what should be given."),
        ] {
            let text = RichText::new(label).font(theme::small());
            if ui.add(Button::new(text)).on_hover_text(about).clicked() {
                infill.give(region);
            }
        }
    });
    setting(
        ui,
        "brush",
        "What a stroke on the picture makes of its tokens; the other mouse button does the opposite.",
        |ui| {
            let choices = [
                (false, "given", "What is painted is given: it stays."),
                (true, "free", "What is painted is free: it is filled in."),
            ];
            segmented(ui, "brush", &mut infill.opens, choices);
        },
    );
    let range = SliderRange::linear(0.5..=12.0);
    slider(ui, "radius", "Radius of the brush in pixels, 0.5 to 12.", &mut infill.brush, range);
}
