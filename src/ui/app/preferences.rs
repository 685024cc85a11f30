//! How the window itself is: panels, text size, the whole screen, and the menu in which all that is set.

use super::App;
use crate::ui::panels::{self, PanelSide};
use crate::ui::shortcuts::{Command, hint, keys_of};
use crate::ui::theme::{self, space};
use crate::ui::widgets::icon_button;
use crate::ui::{focus, icons};
use egui::{
    Button, Context, Popup, PopupCloseBehavior, Rect, RichText, Stroke, StrokeKind, Ui, Vec2,
    ViewportCommand, WidgetInfo,
};

/// A presentation is laid out as in a window of so many points from top to bottom, or with text this much larger.
const PRESENTED_HEIGHT: f32 = 760.0;
const PRESENTED_LARGER: std::ops::RangeInclusive<f32> = 1.25..=1.7;
/// Under so many points from top to bottom views would have no room: text is no larger than leaves them.
const LEAST_HEIGHT: f32 = 400.0;
/// Text grows in such steps, so that letters are not made anew for every pixel of a window that is dragged.
const STEP: f32 = 0.05;

/// The whole screen, or a window again.
pub(super) fn full_screen(ctx: &Context) {
    let is_full = ctx.input(|input| input.viewport().fullscreen == Some(true));
    ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!is_full));
}

/// What everything is multiplied with in a window `height` points high before that, where text is set to `size`.
fn zoom_factor(size: f32, presenting: bool, height: f32) -> f32 {
    if !presenting {
        return size;
    }
    let (least, most) = PRESENTED_LARGER.into_inner();
    let larger = size * (height / PRESENTED_HEIGHT).clamp(least, most);
    ((larger.min(height / LEAST_HEIGHT) / STEP).round() * STEP).max(size.min(1.0))
}

impl App {
    /// Text and controls as large as they are set, and larger in a presentation.
    pub(super) fn set_text_size(&self, ctx: &Context) {
        let height = ctx.content_rect().height() * ctx.zoom_factor();
        ctx.set_zoom_factor(zoom_factor(self.state.text_size.factor(), self.presenting, height));
    }

    /// Begins or ends a presentation.
    pub(super) fn set_presenting(&mut self, presenting: bool, ctx: &Context) {
        self.presenting = presenting;
        panels::set_presenting(ctx, presenting);
        ctx.request_repaint();
    }

    /// Hides a panel, or shows it again.
    pub(super) fn switch_panel(&self, side: PanelSide, ctx: &Context) {
        let mut all = panels::panels(ctx);
        let panel = side.of(&mut all);
        panel.hidden = !panel.hidden;
        panels::set_panels(ctx, all);
        ctx.request_repaint();
    }

    /// The button that does so.
    pub(super) fn panel_button(&self, ui: &mut Ui, side: PanelSide) {
        let room = panels::has_room(ui.ctx(), side);
        let shown = room && !side.of(&mut panels::panels(ui.ctx())).hidden;
        let (command, verb) = match side {
            PanelSide::Left => (Command::LeftPanel, if shown { "Hide" } else { "Show" }),
            PanelSide::Right => (Command::RightPanel, if shown { "Hide" } else { "Show" }),
        };
        let name = hint(&format!("{verb} the {}", side.name()), command);
        let button = ui.add(Button::new("").frame_when_inactive(false).min_size(Vec2::splat(26.0)));
        button.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, shown, &name));
        picture(ui, button.rect, side, shown);
        if !room {
            button.on_hover_text("There is no room for the right panel beside the left one, which F7 hides");
            return;
        }
        if button.on_hover_text(name).clicked() {
            self.switch_panel(side, ui.ctx());
        }
    }

    /// The menu of all that.
    pub(super) fn preferences(&mut self, ui: &mut Ui) {
        let button = icon_button(ui, icons::GEAR, "Preferences", false);
        let menu = Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        menu.show(|ui| {
            focus::stay_open(ui.ctx());
            ui.set_width(236.0);
            self.text_size_row(ui);
            let about = "The timeline steps through 16 positions instead of gliding, and menus open at once.";
            if ui.checkbox(&mut self.state.reduce_motion, "Reduce motion").on_hover_text(about).changed() {
                self.here.clock().reduce_motion = self.state.reduce_motion;
                self.set_motion(ui.ctx());
            }
            ui.separator();
            let panels = panels::panels(ui.ctx());
            let verb = |hidden| if hidden { "Show" } else { "Hide" };
            let left = format!("{} the left panel", verb(panels.left.hidden));
            let right = format!("{} the right panel", verb(panels.right.hidden));
            for (name, command, about) in [
                (
                    left.as_str(),
                    Command::LeftPanel,
                    "Its edge can be dragged; a double click there sets the usual width.",
                ),
                (
                    &right,
                    Command::RightPanel,
                    "Its edge can be dragged; a double click there sets the usual width.",
                ),
                ("Full screen", Command::FullScreen, "The whole screen, or a window again."),
                (
                    "Presentation",
                    Command::Present,
                    "Views, timeline and two numbers alone, with large text. Esc ends it.",
                ),
            ] {
                let row = Button::new(name).shortcut_text(keys_of(command)).frame_when_inactive(false);
                if ui.add(row.min_size(Vec2::new(ui.available_width(), 24.0))).on_hover_text(about).clicked()
                {
                    self.command(command, ui.ctx());
                    ui.close();
                }
            }
        });
    }

    fn text_size_row(&mut self, ui: &mut Ui) {
        let size = self.state.text_size;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            ui.label("Text size");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                for (text, command, name) in [
                    ("+", Command::LargerText, "Larger text"),
                    ("", Command::UsualText, "Text of the usual size"),
                    ("−", Command::SmallerText, "Smaller text"),
                ] {
                    let percent = format!("{} %", size.percent());
                    let (text, width) = if text.is_empty() { (percent.as_str(), 54.0) } else { (text, 26.0) };
                    let can = match command {
                        Command::UsualText => true,
                        command => size.next(command == Command::LargerText).is_some(),
                    };
                    let button = Button::new(RichText::new(text)).min_size(Vec2::new(width, 24.0));
                    let button = ui.add_enabled(can, button);
                    let name = hint(name, command);
                    button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, can, &name));
                    if button.on_hover_text(name).clicked() {
                        self.command(command, ui.ctx());
                    }
                }
            });
        });
    }
}

/// A window with a panel at a side; filled where it is shown.
fn picture(ui: &Ui, button: Rect, side: PanelSide, shown: bool) {
    let palette = theme::palette(ui);
    let frame = Rect::from_center_size(button.center(), Vec2::new(15.0, 12.0));
    let line = Stroke::new(1.2, palette.text);
    let painter = ui.painter();
    let panel = match side {
        PanelSide::Left => frame.split_left_right_at_fraction(0.36).0,
        PanelSide::Right => frame.split_left_right_at_fraction(0.64).1,
    };
    if shown {
        painter.rect_filled(panel, 1.0, palette.accent.gamma_multiply(0.55));
    }
    painter.rect_stroke(frame, 2.0, line, StrokeKind::Middle);
    let edge = if side == PanelSide::Left { panel.right() } else { panel.left() };
    painter.vline(edge, frame.y_range(), line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presentation_has_large_text_and_room_for_views() {
        assert_eq!(zoom_factor(1.3, false, 1080.0), 1.3);
        let near = |a: f32, b: f32| assert!((a - b).abs() < 0.01, "{a} is not {b}");
        near(zoom_factor(1.0, true, 720.0), 1.25);
        near(zoom_factor(1.0, true, 1080.0), 1.4);
        near(zoom_factor(1.0, true, 2160.0), 1.7);
        // Twice the size in a low window would leave nothing of the views.
        near(zoom_factor(2.0, true, 720.0), 1.8);
    }
}
