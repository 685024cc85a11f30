//! One pane: which view it shows, and the view itself.

use super::fields::{FieldCache, HeatField, Scene};
use super::settings::{DivergencePart, ScaleMode, Settings, View};
use super::square::Square;
use super::zoom::Zoom;
use super::{currents, particles};
use crate::figure::scale::format_value;
use crate::gpu::heatmap::{self, Heatmap};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, notice};
use egui::{ComboBox, CornerRadius, Frame, Margin, RichText, Stroke, Ui};

/// What a pane may change.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PaneChanges {
    /// Another view.
    pub view: Option<View>,
    /// Another part of the divergence.
    pub divergence: Option<DivergencePart>,
    /// Another colour scale.
    pub scale: Option<ScaleMode>,
}

/// Draws pane `index` into all of `ui`; `problem` replaces the picture of a sampled view. `zoom` is that of all panes.
pub fn pane(
    ui: &mut Ui,
    index: usize,
    scene: Scene<'_>,
    cache: &mut FieldCache,
    zoom: &mut Zoom,
    problem: Option<&str>,
) -> PaneChanges {
    let palette = theme::palette(ui);
    let mut changes = PaneChanges::default();
    let frame = Frame::new()
        .fill(palette.panel)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin { left: 10, right: 10, top: 6, bottom: 6 });
    frame.show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        header(ui, index, scene.settings, zoom, &mut changes);
        body(ui, index, scene, cache, zoom, problem);
    });
    changes
}

fn header(ui: &mut Ui, index: usize, settings: &Settings, zoom: &mut Zoom, changes: &mut PaneChanges) {
    let view = settings.views[index];
    let size = egui::Vec2::new(ui.available_width(), 24.0);
    // From the right, so that the title gets what is left and gives way in a narrow pane.
    ui.allocate_ui_with_layout(size, egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        if view != View::Particles {
            scale_button(ui, settings.scale, changes);
        }
        if view == View::Divergence {
            part_buttons(ui, settings.divergence, changes);
        }
        if !zoom.is_whole() {
            let label = RichText::new(format!("{:.1}×", zoom.factor())).font(theme::small());
            let button = ui.add(egui::Button::new(label).small());
            if button.on_hover_text("Magnified. Click to show all again  (0, or double click)").clicked() {
                *zoom = Zoom::default();
            }
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            view_menu(ui, index, settings, changes);
        });
    });
}

fn scale_button(ui: &mut Ui, scale: ScaleMode, changes: &mut PaneChanges) {
    let (label, other) = match scale {
        ScaleMode::PerFrame => ("auto", ScaleMode::Fixed),
        ScaleMode::Fixed => ("fixed", ScaleMode::PerFrame),
    };
    let tooltip = "Colour scale. fixed: one scale for the whole path, so that times can be compared.\n\
                   auto: every moment uses the whole scale.";
    let button = egui::Button::new(RichText::new(label).font(theme::small())).small();
    if ui.add(button).on_hover_text(tooltip).clicked() {
        changes.scale = Some(other);
    }
}

fn part_buttons(ui: &mut Ui, current: DivergencePart, changes: &mut PaneChanges) {
    for (part, label, tooltip) in [
        (DivergencePart::Second, "2", "Only moves of token 2."),
        (DivergencePart::First, "1", "Only moves of token 1."),
        (DivergencePart::Total, "1+2", "Moves of both tokens: −dp/dt."),
    ] {
        let chosen = current == part;
        let label = RichText::new(label).font(theme::small());
        if ui.selectable_label(chosen, label).on_hover_text(tooltip).clicked() && !chosen {
            changes.divergence = Some(part);
        }
    }
}

fn view_menu(ui: &mut Ui, index: usize, settings: &Settings, changes: &mut PaneChanges) {
    let view = settings.views[index];
    let title = RichText::new(view.title(settings.show)).font(theme::heading());
    let width = ui.available_width().min(168.0);
    ui.set_max_width(width);
    let menu = ComboBox::from_id_salt(("view", index)).selected_text(title).width(width).truncate();
    menu.show_ui(ui, |ui| {
        for other in View::ALL {
            if ui.selectable_label(other == view, other.title(settings.show)).clicked() && other != view {
                changes.view = Some(other);
            }
        }
    })
    .response
    .on_hover_text(view.meaning(settings.show));
}

fn body(
    ui: &mut Ui,
    index: usize,
    scene: Scene<'_>,
    cache: &mut FieldCache,
    zoom: &mut Zoom,
    problem: Option<&str>,
) {
    let view = scene.settings.views[index];
    if let Some(problem) = problem.filter(|_| view.needs_run(scene.settings.show)) {
        notice(ui, Tone::Error, problem);
        return;
    }
    let field = match cache.heat(index, view, scene) {
        Ok(field) => field,
        Err(message) => {
            notice(ui, Tone::Plain, &message);
            return;
        }
    };
    let (square, response) = Square::allocate(ui, scene.of_views().layout(), *zoom);
    zoom.follow_pointer(ui, &square, &response);
    let backdrop = view.arrows().is_some() || view == View::Particles;
    draw_heat(ui, index, &square, &field, backdrop);
    square.axes(ui);
    let mut legend = String::new();
    match (view, view.arrows()) {
        (_, Some(kind)) => legend = currents::draw(ui, index, &square, scene, kind, cache),
        (View::Particles, _) => {
            square.color_bar(ui, &field.scale, field.unit, field.beyond);
            legend = particles::draw(ui, index, &square, scene, cache);
        }
        _ => square.color_bar(ui, &field.scale, field.unit, field.beyond),
    }
    if let Some(state) = response.hover_pos().and_then(|at| square.state_at(at)) {
        legend = describe(scene, &field, state);
        if view == View::Particles
            && let Some((_, states)) = cache.states(scene)
        {
            let here = state.map(|token| token as u16);
            let count = states.iter().filter(|at| **at == here).count();
            legend += &format!("   {} of {}", particles::grouped(count), particles::grouped(states.len()));
        }
    } else if legend.is_empty() && field.t != scene.t {
        // Between two steps a sampler has no state: the last one is shown, and says so.
        legend = format!("state after the step at t = {:.3}", field.t);
    }
    square.read_out(ui, &legend);
}

fn draw_heat(ui: &Ui, index: usize, square: &Square, field: &HeatField, backdrop: bool) {
    let palette = theme::palette(ui);
    let heatmap = Heatmap {
        slot: index as u64,
        values: field.values.clone(),
        version: field.version,
        layout: square.layout,
        window: square.window,
        scale: field.scale,
        background: [palette.panel.r(), palette.panel.g(), palette.panel.b()],
    };
    heatmap::paint(ui.painter(), square.rect, heatmap);
    if backdrop {
        // The mass steps back behind arrows and particles.
        let veil = palette.background.gamma_multiply(if ui.visuals().dark_mode { 0.45 } else { 0.7 });
        ui.painter().rect_filled(square.rect, 0.0, veil);
    }
}

/// What is under the pointer.
fn describe(scene: Scene<'_>, field: &HeatField, state: [usize; 2]) -> String {
    let v = scene.path.vocabulary();
    let value = f64::from(field.values[state[0] * v + state[1]]);
    let name =
        |token: usize| if token == scene.path.data_tokens() { "m".to_owned() } else { token.to_string() };
    format!("({}, {})   {}", name(state[0]), name(state[1]), format_value(value))
}
