//! One pane: which view it shows, and the view itself.

use super::fields::{FieldCache, HeatField, SideScene};
use super::inspector::{self, Marks, Picked};
use super::zoom::follow_pointer;
use super::{currents, particles};
use crate::experiment::NAMES;
use crate::experiment::grid::Zoom;
use crate::experiment::grid::{Moves, Settings};
use crate::figure::scale::format_value;
use crate::figure::{Scale, veil};
use crate::gpu::heatmap::{self, Heatmap};
use crate::ui::cell_square::Square;
use crate::ui::icons;
use crate::ui::shortcuts::{Command, hint};
use crate::ui::texture::ground;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, notice};
use crate::view::grid::{DivergencePart, ScaleMode, View};
use egui::{ComboBox, Frame, Margin, RichText, Stroke, Ui, UiBuilder};

/// What a pane may change.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PaneChanges {
    /// Another view.
    pub view: Option<View>,
    /// Another part of the divergence.
    pub divergence: Option<DivergencePart>,
    /// Another colour scale.
    pub scale: Option<ScaleMode>,
    /// Other arrows.
    pub moves: Option<Moves>,
    /// The state under the pointer.
    pub hovered: Option<[usize; 2]>,
    /// What was clicked.
    pub picked: Option<Picked>,
    /// Whether it is to be exported.
    pub export: bool,
}

/// Which pane it is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Its number on the screen.
    pub slot: usize,
    /// Which of the settings' views it shows.
    pub view: usize,
    /// Of which experiment, where there are several, what sets it apart, and why it is the same as A if it is.
    pub side: Option<(usize, &'a str, Option<&'static str>)>,
    /// Colours that hold for all experiments.
    pub shared: Shared,
}

/// Scales that two panes have in common, so that they can be compared: the larger ones of both.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shared {
    /// Of the heat map.
    pub scale: Option<Scale>,
    /// The longest arrow.
    pub arrow: Option<f64>,
}

/// Why there is nothing to show.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// In words.
    pub why: &'a str,
    /// Whether only what the sampler found is missing; else no view shows the flow that is set.
    pub of_run_alone: bool,
}

/// A pane so many times as wide as high has its head beside the view, at most so wide, points.
const WIDE: f32 = 1.75;
const MOST_HEAD: f32 = 260.0;

/// Draws a pane into all of `ui`; `problem` replaces the picture. `zoom` is that of
/// all panes.
pub fn pane(
    ui: &mut Ui,
    place: Place<'_>,
    scene: SideScene<'_>,
    cache: &mut FieldCache,
    zoom: &mut Zoom,
    problem: Option<Problem<'_>>,
    marks: &Marks,
) -> PaneChanges {
    let palette = theme::palette(ui);
    let mut changes = PaneChanges::default();
    // Inside the line around it, whose corners are round.
    ground(ui.painter(), 1 + place.slot as u64, ui.max_rect().shrink(1.0), palette.panel);
    let frame = Frame::new()
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::corners(ui) - 1)
        .inner_margin(Margin { left: 10, right: 10, top: 6, bottom: 6 });
    frame.show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let room = ui.available_rect_before_wrap();
        // Beside a view that is much wider than high there is room for its head, above it there is not.
        let ui = &mut if room.width() > WIDE * room.height() {
            let spare = room.width() - 1.2 * room.height();
            let (head, rest) = room.split_left_right_at_x(room.left() + spare.min(MOST_HEAD));
            let child = |ui: &mut Ui, rect| ui.new_child(UiBuilder::new().max_rect(rect));
            header(&mut child(ui, head), place, scene, zoom, &mut changes);
            child(ui, rest)
        } else {
            header(ui, place, scene, zoom, &mut changes);
            ui.new_child(UiBuilder::new().max_rect(ui.available_rect_before_wrap()))
        };
        if let Some((square, response)) = body(ui, place, scene, cache, zoom, problem) {
            let view = scene.settings.views[place.view];
            marked(ui, &square, &response, scene, view, marks);
            point(&square, &response, scene, (view, marks.takes_particles), cache, &mut changes);
        }
    });
    changes
}

/// What is inspected, over the picture, and what the move is that the pointer is on.
fn marked(
    ui: &Ui,
    square: &Square,
    response: &egui::Response,
    scene: SideScene<'_>,
    view: View,
    marks: &Marks,
) {
    let all = view == View::Mass && inspector::shows_all_moves(scene);
    // Not while the view is dragged.
    let at = response.hover_pos().filter(|_| !ui.ctx().egui_is_using_pointer());
    let marked = marks.cell.map(|(z, _)| z);
    let pointed = match marked {
        _ if all => inspector::draw_all_moves(ui, square, scene, marked, at),
        Some(z) => inspector::draw_moves_from(ui, square, scene, z, at),
        None => None,
    };
    if let Some(pointed) = pointed {
        inspector::read_out_move(ui, response, scene, pointed);
    }
    if let Some((z, pinned)) = marks.cell {
        inspector::draw_mark(ui, square, z, pinned);
    }
    if let Some(followed) = &marks.particle {
        inspector::draw_trail(ui, square, scene, followed);
    }
}

/// Distance within which a click counts for a particle, points.
const NEAR: f32 = 8.0;

/// What the pointer is on, and what it clicks.
fn point(
    square: &Square,
    response: &egui::Response,
    scene: SideScene<'_>,
    (view, takes_particles): (View, bool),
    cache: &mut FieldCache,
    changes: &mut PaneChanges,
) {
    changes.hovered = response.hover_pos().and_then(|at| square.state_at(at));
    let Some(at) = response.interact_pointer_pos().filter(|_| response.clicked()) else { return };
    let reach = match view {
        _ if takes_particles => Some(f32::INFINITY),
        View::Particles => Some(NEAR),
        _ => None,
    };
    let particle = reach.and_then(|reach| particles::nearest(square, scene, cache, at, reach));
    let cell = || square.state_at(at).filter(|_| !takes_particles);
    changes.picked = particle.map(Picked::Particle).or_else(|| cell().map(Picked::Cell));
}

/// The name of the side, the menu of views, and what can be done with this one: in one row, or in two where that would
/// leave the menu no room for the name of the view.
fn header(ui: &mut Ui, place: Place<'_>, scene: SideScene<'_>, zoom: &mut Zoom, changes: &mut PaneChanges) {
    let settings = scene.settings;
    let view = settings.views[place.view];
    let size = egui::Vec2::new(ui.available_width(), 24.0);
    let has_moves = scene.path.data_tokens() <= inspector::MOST_TOKENS;
    let in_one_row = needed(ui, place, settings, has_moves, zoom) <= size.x;
    let from_the_left = egui::Layout::left_to_right(egui::Align::Center);
    let from_the_right = egui::Layout::right_to_left(egui::Align::Center);
    // The menu comes first for the keyboard, too; what stands at the right has its room.
    let right = if in_one_row { switches_width(view, has_moves, zoom) } else { 0.0 } + EXPORT;
    ui.allocate_ui_with_layout(size, from_the_left, |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.scope(|ui| {
            ui.set_max_width(size.x - right);
            if let Some(side) = place.side {
                side_name(ui, side.0);
                if in_one_row && !side.1.is_empty() {
                    let room = ui.available_width() - menu_width(ui, view, settings);
                    ui.scope(|ui| {
                        ui.set_max_width(room);
                        side_label(ui, side);
                    });
                }
            }
            // In a scope of its own: it narrows its space from the left, over what is already there.
            ui.scope(|ui| view_menu(ui, place, settings, changes));
        });
        ui.with_layout(from_the_right, |ui| {
            changes.export = export_button(ui);
            if in_one_row {
                buttons(ui, place, settings, has_moves, zoom, changes);
            }
        });
    });
    if !in_one_row {
        ui.allocate_ui_with_layout(size, from_the_right, |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            buttons(ui, place, settings, has_moves, zoom, changes);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                if let Some(side) = place.side {
                    side_label(ui, side);
                }
            });
        });
    }
}

/// What of a view can be switched, from the right.
fn buttons(
    ui: &mut Ui,
    place: Place<'_>,
    settings: &Settings,
    has_moves: bool,
    zoom: &mut Zoom,
    changes: &mut PaneChanges,
) {
    let view = settings.views[place.view];
    if view != View::Particles {
        scale_button(ui, settings.scale, changes);
    }
    if view == View::Divergence {
        part_buttons(ui, settings.divergence, changes);
    }
    if view == View::Mass && has_moves {
        moves_buttons(ui, settings.moves, changes);
    }
    if !zoom.is_whole() {
        let label = RichText::new(format!("{:.1}×", zoom.factor())).font(theme::small());
        let button = ui.add(egui::Button::new(label).small());
        let about = hint("Magnified. Click to show all again, or double click the view", Command::ZoomWhole);
        if button.on_hover_text(about).clicked() {
            *zoom = Zoom::default();
        }
    }
}

/// What the export button of a head takes with the space before it, points.
const EXPORT: f32 = 30.0;

/// What else stands at the right of a head takes, points.
fn switches_width(view: View, has_moves: bool, zoom: &Zoom) -> f32 {
    // Each with the space before it.
    let parts = [
        (view != View::Particles, 46.0),
        (view == View::Divergence, 98.0),
        (view == View::Mass && has_moves, 104.0),
        (!zoom.is_whole(), 44.0),
    ];
    parts.iter().filter(|(is_there, _)| *is_there).map(|(_, width)| width).sum()
}

/// The width that the head of a pane needs in one row, points: with the whole name of the view, and with what sets a side
/// apart at least begun.
fn needed(ui: &Ui, place: Place<'_>, settings: &Settings, has_moves: bool, zoom: &Zoom) -> f32 {
    const NAME: f32 = 22.0;
    const LABEL: f32 = 60.0;
    let view = settings.views[place.view];
    let side = place.side.map_or(0.0, |(_, label, _)| NAME + if label.is_empty() { 0.0 } else { LABEL });
    EXPORT + switches_width(view, has_moves, zoom) + menu_width(ui, view, settings) + side
}

/// What a side is called, in its colour.
fn side_name(ui: &mut Ui, side: usize) {
    let color = theme::palette(ui).series[side];
    ui.label(RichText::new(NAMES[side]).font(theme::heading()).color(color));
}

/// What sets a side apart, and why it is the same as A if it is.
fn side_label(ui: &mut Ui, (side, label, same): (usize, &str, Option<&str>)) {
    if label.is_empty() {
        return;
    }
    let shown = same.map_or_else(|| label.to_owned(), |_| format!("= A, {label}"));
    let text = RichText::new(shown).font(theme::small()).color(theme::palette(ui).series[side]);
    let tooltip = same.map_or_else(|| label.to_owned(), |why| format!("{label}\nThe same as A: {why}"));
    ui.add(egui::Label::new(text).truncate()).on_hover_text(tooltip);
}

fn export_button(ui: &mut Ui) -> bool {
    let name = "Export this view";
    let label = RichText::new(icons::EXPORT).font(theme::icon(14.0));
    let response = ui.add(egui::Button::new(label).small().frame_when_inactive(false));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    response.on_hover_text("Export this view: a figure for print, an animation, or the numbers").clicked()
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

fn moves_buttons(ui: &mut Ui, current: Moves, changes: &mut PaneChanges) {
    for (moves, label, tooltip) in [
        (
            Moves::Fluxes,
            "fluxes",
            "Arrows for every move of every state: the flux pₜ(z) u(y, z), mass per unit time.",
        ),
        (Moves::Rates, "rates", "Arrows for every move of every state: the rate u(y, z), per unit time."),
    ] {
        let chosen = current == moves;
        let label = RichText::new(label).font(theme::small());
        if ui.selectable_label(chosen, label).on_hover_text(tooltip).clicked() {
            changes.moves = Some(if chosen { Moves::Off } else { moves });
        }
    }
}

/// The width of the menu of views with the whole name of this one, points.
fn menu_width(ui: &Ui, view: View, settings: &Settings) -> f32 {
    // Around the name.
    const MENU: f32 = 42.0;
    let title = view.title(settings.show).to_owned();
    let color = theme::palette(ui).text;
    MENU + ui.painter().layout_no_wrap(title, theme::heading(), color).size().x
}

fn view_menu(ui: &mut Ui, place: Place<'_>, settings: &Settings, changes: &mut PaneChanges) {
    let view = settings.views[place.view];
    let title = RichText::new(view.title(settings.show)).font(theme::heading());
    let width = ui.available_width().min(168.0);
    ui.set_max_width(width);
    let menu = ComboBox::from_id_salt(("view", place.slot)).selected_text(title).width(width).truncate();
    menu.show_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (heading, views) in View::GROUPS {
            ui.label(RichText::new(heading).font(theme::small()).color(theme::palette(ui).weak));
            for &other in views {
                if ui.selectable_label(other == view, other.title(settings.show)).clicked() && other != view {
                    changes.view = Some(other);
                }
            }
        }
    })
    .response
    .on_hover_text(view.meaning(settings.show));
}

fn body(
    ui: &mut Ui,
    place: Place<'_>,
    scene: SideScene<'_>,
    cache: &mut FieldCache,
    zoom: &mut Zoom,
    problem: Option<Problem<'_>>,
) -> Option<(Square, egui::Response)> {
    let view = scene.settings.views[place.view];
    let hides = |problem: &Problem<'_>| !problem.of_run_alone || view.needs_run(scene.settings.show);
    if let Some(Problem { why: problem, .. }) = problem.filter(hides) {
        notice(ui, Tone::Error, problem);
        return None;
    }
    let field = match cache.heat(place.view, view, scene) {
        Ok(field) => field.on(place.shared.scale),
        Err(message) => {
            notice(ui, Tone::Plain, &message);
            return None;
        }
    };
    let (square, response) = Square::allocate(ui, scene.of_views().layout(), *zoom);
    follow_pointer(zoom, ui, &square, &response);
    let backdrop = view.arrows().is_some() || view == View::Particles;
    draw_heat(ui, place.slot, &square, &field, backdrop);
    square.axes(ui);
    let under = response.hover_pos().and_then(|at| square.state_at(at));
    let mut legend = String::new();
    let mut pointed = None;
    match (view, view.arrows()) {
        (_, Some(kind)) => {
            let wanted = currents::Wanted { kind, longest: place.shared.arrow, under };
            let words = currents::draw(ui, place.slot, &square, scene, wanted, cache);
            (legend, pointed) = (words.legend, words.pointed);
        }
        (View::Particles, _) => {
            square.color_bar(ui, &field.scale, field.unit, field.beyond);
            legend = particles::draw(ui, place.slot, &square, scene, cache);
        }
        (View::Mass, _) => {
            square.color_bar(ui, &field.scale, field.unit, field.beyond);
            if scene.path.data_tokens() <= inspector::MOST_TOKENS {
                numbers(ui, &square, scene);
            }
        }
        _ => square.color_bar(ui, &field.scale, field.unit, field.beyond),
    }
    if let Some(state) = under {
        legend = pointed.unwrap_or_else(|| describe(scene, &field, state));
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
    Some((square, response))
}

/// The probabilities of a small grid as text in its cells, where they have room.
fn numbers(ui: &Ui, square: &Square, scene: SideScene<'_>) {
    let side = square.cell_side();
    if side < 34.0 {
        return;
    }
    let palette = theme::palette(ui);
    let font = egui::FontId::proportional(if side < 70.0 { theme::text::SMALL } else { theme::text::BODY });
    let painter = ui.painter().with_clip_rect(square.rect);
    for (z, &p) in scene.path.pmf(scene.kappa()).indexed_iter() {
        let [x, y] = [z.0, z.1].map(|token| square.layout.span_of(token));
        let middle = square.position([0.5 * (x.start + x.end), 0.5 * (y.start + y.end)]);
        let galley = painter.layout_no_wrap(format_value(p), font.clone(), palette.text);
        let rect = egui::Align2::CENTER_CENTER.anchor_size(middle, galley.size());
        let ground = rect.expand2(egui::Vec2::new(3.0, 1.0));
        painter.rect_filled(ground, 3.0, palette.panel.gamma_multiply(0.75));
        painter.galley(rect.min, galley, palette.text);
    }
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
        let veil = palette.background.gamma_multiply(veil(ui.visuals().dark_mode) as f32);
        ui.painter().rect_filled(square.rect, 0.0, veil);
    }
}

/// What is under the pointer.
fn describe(scene: SideScene<'_>, field: &HeatField, state: [usize; 2]) -> String {
    let v = scene.path.vocabulary();
    let value = f64::from(field.values[state[0] * v + state[1]]);
    let [first, second] = state.map(|token| inspector::token_name(scene.path, token));
    format!("({first}, {second})   {} {}", format_value(value), field.unit)
}
