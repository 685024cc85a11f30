//! One pane: which view it shows, and the view itself.

use super::hand::{self, Gesture, Hand};
use super::marks::{self, Cloud};
use super::questions::{Heat, ViewAnswer};
use super::square::Square;
use super::training::{Missing, offer};
use crate::experiment::NAMES;
use crate::experiment::plane::{Sampled, Sketch};
use crate::figure::scale::format_value;
use crate::figure::{CellLayout, ColorMap, Scale, veil};
use crate::gpu::heatmap::{self, Heatmap};
use crate::ui::icons;
use crate::ui::shortcuts::{Command, hint};
use crate::ui::texture::ground;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, notice};
use crate::view::plane::{LATTICE, NO_NETWORK, PlaneView, PlaneWindow, Shown, longest};
use egui::{ComboBox, Frame, Margin, RichText, Stroke, Ui, Vec2};
use std::sync::Arc;

/// Points that a pane is higher than wide where there is room for one more line: what stands over and below the square.
const TALLER: f32 = 90.0;

/// What a pane shows.
pub struct PaneScene<'a> {
    /// Its number on the screen.
    pub slot: usize,
    /// The view.
    pub view: PlaneView,
    /// Of which side, where there are several, and what sets it apart.
    pub side: Option<(usize, &'a str)>,
    /// What was computed for it last.
    pub answer: Option<&'a ViewAnswer>,
    /// The run, and the time of this side.
    pub run: Option<&'a Arc<Sampled>>,
    /// Time of this side now.
    pub t: f64,
    /// What is seen.
    pub window: PlaneWindow,
    /// What there is to be seen.
    pub whole: PlaneWindow,
    /// Whether that is all.
    pub magnified: bool,
    /// Colours that others share, and the longest arrow.
    pub scale: Option<Scale>,
    /// See `scale`.
    pub longest: Option<f64>,
    /// The point that is looked at.
    pub point: [f64; 2],
    /// The sample that is followed.
    pub sample: usize,
    /// Why there is nothing to show.
    pub problem: Option<&'a str>,
    /// Why there are no samples.
    pub run_problem: Option<&'a str>,
    /// What can be done about its network, where that is missing.
    pub missing: Option<Missing>,
    /// The hand that draws the target, and what it has drawn.
    pub hand: Option<(&'a Hand, &'a Sketch)>,
}

/// What a hand did in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PaneChanges {
    /// Another view.
    pub view: Option<PlaneView>,
    /// The part of the plane that is seen now.
    pub window: Option<PlaneWindow>,
    /// All of it again.
    pub whole: bool,
    /// A point that was clicked.
    pub point: Option<[f64; 2]>,
    /// Whether it is to be exported.
    pub export: bool,
    /// Whether its network is to be trained.
    pub train: bool,
    /// What it draws.
    pub hand: Option<Gesture>,
}

/// Draws a pane into all of `ui`.
pub fn pane(ui: &mut Ui, scene: &PaneScene<'_>, cloud: &mut Cloud) -> PaneChanges {
    let palette = theme::palette(ui);
    let mut changes = PaneChanges::default();
    // Inside the line around it, whose corners are round.
    ground(ui.painter(), 1 + scene.slot as u64, ui.max_rect().shrink(1.0), palette.panel);
    let frame = Frame::new()
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::corners(ui) - 1)
        .inner_margin(Margin { left: 10, right: 10, top: 6, bottom: 6 });
    frame.show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        header(ui, scene, &mut changes);
        body(ui, scene, cloud, &mut changes);
    });
    changes
}

/// The name of the side, the menu of views, and what can be done with this one. What sets the side apart stands below it where
/// the pane is higher than its square needs, so that it has the whole width.
fn header(ui: &mut Ui, scene: &PaneScene<'_>, changes: &mut PaneChanges) {
    let is_tall = ui.available_height() > ui.available_width() + TALLER;
    let size = Vec2::new(ui.available_width(), 24.0);
    ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        if let Some((side, _)) = scene.side {
            let color = theme::palette(ui).series[side];
            ui.label(RichText::new(NAMES[side]).font(theme::heading()).color(color));
        }
        ui.scope(|ui| view_menu(ui, scene, changes));
        if let Some((side, label)) = scene.side.filter(|_| !is_tall) {
            let room = ui.available_width() - if scene.magnified { 74.0 } else { 30.0 };
            if room > 30.0 && !label.is_empty() {
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    apart(ui, side, label);
                });
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = "Export this view";
            let label = RichText::new(icons::EXPORT).font(theme::icon(14.0));
            let response = ui.add(egui::Button::new(label).small().frame_when_inactive(false));
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
            let about = "Export this view: a figure for print, an animation, or the numbers";
            changes.export = response.on_hover_text(about).clicked();
            if scene.magnified {
                let factor = scene.whole.half / scene.window.half;
                let label = RichText::new(format!("{factor:.1}×")).font(theme::small());
                let about =
                    hint("Magnified. Click to show all again, or double click the view", Command::ZoomWhole);
                changes.whole |= ui.add(egui::Button::new(label).small()).on_hover_text(about).clicked();
            }
        });
    });
    if let Some((side, label)) = scene.side.filter(|_| is_tall) {
        apart(ui, side, label);
    }
}

/// What sets a side apart, in its colour.
fn apart(ui: &mut Ui, side: usize, label: &str) {
    let color = theme::palette(ui).series[side];
    let text = RichText::new(label).font(theme::small()).color(color);
    ui.add(egui::Label::new(text).truncate()).on_hover_text(label);
}

fn view_menu(ui: &mut Ui, scene: &PaneScene<'_>, changes: &mut PaneChanges) {
    let view = scene.view;
    let title = RichText::new(view.title()).font(theme::heading());
    let width = ui.available_width().min(188.0);
    ui.set_max_width(width);
    let menu =
        ComboBox::from_id_salt(("plane view", scene.slot)).selected_text(title).width(width).truncate();
    menu.show_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (heading, views) in PlaneView::GROUPS {
            ui.label(RichText::new(heading).font(theme::small()).color(theme::palette(ui).weak));
            for &other in views {
                let flow = scene.answer.map(|answer| &answer.of.built.flow);
                let why = flow.and_then(|flow| other.without_score(flow));
                let entry = egui::Button::selectable(other == view, other.title());
                let entry =
                    ui.add_enabled(why.is_none(), entry).on_disabled_hover_text(why.unwrap_or_default());
                if entry.clicked() && other != view {
                    changes.view = Some(other);
                }
            }
        }
    })
    .response
    .on_hover_text(view.meaning());
}

fn body(ui: &mut Ui, scene: &PaneScene<'_>, cloud: &mut Cloud, changes: &mut PaneChanges) {
    let view = scene.view;
    if let Some(why) = scene.problem {
        return notice(ui, Tone::Error, why);
    }
    let Some(answer) = scene.answer else {
        return notice(ui, Tone::Plain, "the picture is on its way");
    };
    if view.is_of_board()
        && let Err(why) = &answer.of.built.board
    {
        return notice(ui, Tone::Plain, why);
    }
    let asks_network = answer.of.shows_network && view.is_answered();
    let is_shown = if asks_network { answer.arrows(view).is_some() } else { answer.heat(view).is_some() };
    if !view.needs_run() && (view.needs_network() || asks_network) && !is_shown {
        notice(ui, Tone::Plain, NO_NETWORK);
        changes.train = offer(ui, scene.missing, "Train");
        return;
    }
    if let Some(why) = view.without_score(&answer.of.built.flow) {
        return notice(ui, Tone::Plain, why);
    }
    if view.needs_run()
        && let Some(why) = scene.run_problem
    {
        // That nothing was trained yet is no fault.
        let tone = if why == NO_NETWORK { Tone::Plain } else { Tone::Error };
        notice(ui, tone, why);
        changes.train = answer.of.shows_network && offer(ui, scene.missing, "Train");
        return;
    }
    let (square, response) = Square::allocate(ui, scene.window);
    let drawing = scene.hand.filter(|_| !view.is_of_board());
    changes.hand = drawing.and_then(|hand| hand::gesture(ui, &square, &response, hand, scene.slot));
    if response.double_clicked() && drawing.is_none() {
        changes.whole = true;
    } else if drawing.is_none() || (changes.hand.is_none() && !response.dragged()) {
        changes.window = square.moved(ui, &response);
    }
    let mut legend = String::new();
    let heat = answer.heat(view);
    if let Some(heat) = heat {
        draw_heat(ui, scene, &square, answer, heat);
    }
    if let (Some(heat), false) = (heat, view.shown() == Shown::Arrows) {
        let scale = colors(ui, scene, heat);
        square.color_bar(ui, &scale, view.ground().unit(), heat.beyond(scale));
    }
    match view {
        _ if view.shown() == Shown::Arrows || view == PlaneView::Miss => {
            if let Some(arrows) = answer.arrows(view) {
                let most = scene.longest.unwrap_or_else(|| longest(&arrows.all));
                // The colours of a heat map say how long its arrows are.
                let unit = (view.shown() == Shown::Arrows).then_some(view.unit());
                marks::draw_arrows(ui, scene.slot, &square, arrows, most, unit);
                if let (PlaneView::Velocity, Some(fan)) = (view, &answer.fan) {
                    marks::draw_pointed(ui, &square, scene.point, fan.fields.velocity, most);
                }
            }
        }
        PlaneView::BoardRates => {
            if let (Some(bars), Some(board)) = (&answer.bars, answer.of.built.board()) {
                marks::draw_bars(ui, &square, board, bars);
                legend = format!("rates {}", bars.scale());
            }
        }
        PlaneView::Rates => {
            if let Some(cell) = answer.cell {
                marks::draw_cell(ui, &square, cell);
            }
        }
        _ if view.needs_run() => match scene.run.and_then(|run| Some((run, run.tracks.frame_at(scene.t)?))) {
            Some((run, frame)) if view == PlaneView::Particles => {
                marks::draw_cloud(ui, scene.slot, &square, (run, frame), scene.whole, cloud);
                legend = when(run, frame, scene.t);
            }
            Some((run, frame)) => {
                let palette = theme::palette(ui);
                let color = scene.side.map_or(palette.particle, |(side, _)| palette.series[side]);
                marks::draw_tracks(ui, &square, &run.tracks, (view, frame, scene.t), (scene.sample, color));
                legend = when(run, frame, scene.t);
            }
            None => legend = "sampling …".to_owned(),
        },
        PlaneView::Fan => {
            if let Some(fan) = &answer.fan {
                marks::draw_fan(ui, &square, fan);
            }
        }
        _ => {}
    }
    match drawing {
        Some(hand) => hand::draw(ui, &square, &response, hand),
        None => marks::draw_point(ui, &square, scene.point),
    }
    square.axes(ui);
    let at = response.hover_pos().filter(|at| square.rect.contains(*at));
    if let Some(at) = at {
        let x = square.point(at);
        let value = heat.and_then(|heat| heat.value(cell(answer.of.window.in_cells(x, LATTICE))?));
        legend = describe(view, x, value);
    }
    square.read_out(ui, &legend);
    let clicked = response.clicked() && drawing.is_none();
    changes.point = response.interact_pointer_pos().filter(|_| clicked).map(|at| square.point(at));
}

/// Which step of a run is seen.
fn when(run: &Sampled, frame: usize, t: f64) -> String {
    let of = run.tracks.times.get(frame).copied().unwrap_or(t);
    if (of - t).abs() < 5e-4 { String::new() } else { format!("after the step to t = {of:.3}") }
}

fn cell(at: [f32; 2]) -> Option<[usize; 2]> {
    let inside = at.iter().all(|x| (0.0..LATTICE as f32).contains(x));
    inside.then(|| at.map(|x| x as usize))
}

fn draw_heat(ui: &Ui, scene: &PaneScene<'_>, square: &Square, answer: &ViewAnswer, heat: &Heat) {
    let palette = theme::palette(ui);
    let layout = CellLayout::new(LATTICE, false);
    let heatmap = Heatmap {
        slot: marks::slot(scene.slot),
        values: heat.values.clone(),
        version: heat.version,
        layout,
        // What was computed may be of a part that was seen a moment ago.
        window: answer.of.window.section(&square.window, LATTICE),
        scale: colors(ui, scene, heat),
        background: [palette.panel.r(), palette.panel.g(), palette.panel.b()],
    };
    heatmap::paint(ui.painter(), square.rect, heatmap);
    if scene.view.is_veiled() && ui.visuals().dark_mode {
        // The mass steps back behind arrows and samples.
        ui.painter().rect_filled(square.rect, 0.0, palette.background.gamma_multiply(veil(true) as f32));
    }
}

/// The colours of a heat map: pale ones behind arrows and samples on light ground.
fn colors(ui: &Ui, scene: &PaneScene<'_>, heat: &Heat) -> Scale {
    let scale = scene.scale.unwrap_or(heat.scale);
    let is_pale = scene.view.is_veiled() && !ui.visuals().dark_mode;
    Scale { map: if is_pale { ColorMap::Pale } else { scale.map }, ..scale }
}

/// What is under the pointer.
fn describe(view: PlaneView, [x, y]: [f64; 2], value: Option<f32>) -> String {
    let place = format!("({x:.2}, {y:.2})").replace('-', "−");
    match value {
        Some(value) if value.is_finite() => {
            format!("{place}   {} {}", format_value(f64::from(value)), view.ground().unit())
        }
        _ => place,
    }
}
