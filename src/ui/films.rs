//! What the labs of sequences show alike of their runs: which film is on, its curves, tables of numbers, and heads of sides.

use super::chart::ChartUi;
use super::icons;
use super::kept::{Same, kept};
use super::reel::Recording;
use super::theme::{self, space};
use super::widgets::{icon_button, title};
use crate::experiment::{NAMES, TimeAxis};
use crate::view::sequence::{LoggedRun, RunCurve, runs_chart};
use egui::{Align, CornerRadius, Grid, Label, Layout, Rect, RichText, Ui, UiBuilder, Vec2};
use std::ops::Deref;
use std::sync::Arc;

/// Whether a newer `film` is to be shown at a position of an axis instead of the one that is: once it has come there, or was
/// `waited` for.
pub fn comes<F: Deref<Target = Recording>>(
    shown: Option<&Arc<F>>,
    film: &Arc<F>,
    waited: bool,
    (axis, position): (TimeAxis, f64),
) -> bool {
    shown.is_none_or(|shown| {
        !Arc::ptr_eq(shown, film)
            && (shown.model != film.model
                || shown.count != film.count
                || waited
                || film.lock().reaches(axis, position))
    })
}

/// What happened along a film of a side, under a name; made anew when there are more steps.
pub fn logged<F: Deref<Target = Recording>>(
    known: &mut Option<(Arc<F>, Arc<LoggedRun>)>,
    film: &Arc<F>,
    (side, name): (usize, &str),
) -> Arc<LoggedRun> {
    let steps = film.lock().trace().records().len();
    let same = |run: &LoggedRun| run.records.len() == steps && run.label == name && run.place == side;
    match known {
        Some((of, run)) if Arc::ptr_eq(of, film) && same(run) => run.clone(),
        _ => {
            let run = Arc::new(film.as_run(name.to_owned(), side));
            *known = Some((film.clone(), run.clone()));
            run
        }
    }
}

/// Draws the curves of runs, each with its tooltip in `about`; `now` are t and κ of each side, `one` is a sequence. Which one is
/// to be exported.
pub fn run_curves<F: Deref<Target = Recording>>(
    ui: &mut Ui,
    runs: &[(usize, Arc<LoggedRun>, Arc<F>)],
    now: &[[f64; 2]],
    one: &str,
    about: [(RunCurve, &str); 3],
) -> Option<RunCurve> {
    let mut wish = None;
    let has_masks = runs.iter().any(|(_, run, _)| run.records.iter().any(|at| at.revealed.is_some()));
    let shown = about.into_iter().filter(|(curve, _)| has_masks || *curve != RunCurve::Revealed);
    for (index, (curve, about)) in shown.enumerate() {
        ui.horizontal(|ui| {
            title(ui, curve.title(), about);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = format!("Export {} …", curve.title());
                if icon_button(ui, icons::EXPORT, &name, false).clicked() {
                    wish = Some(curve);
                }
            });
        });
        let key: Vec<_> = runs.iter().map(|(_, run, _)| Same::of(run)).collect();
        let chart = kept(ui.ctx(), curve.title(), key, || {
            let count = runs.first().map_or(1, |(_, _, film)| film.count);
            let runs: Vec<&LoggedRun> = runs.iter().map(|(_, run, _)| &**run).collect();
            runs_chart(curve, &runs, (count, one))
        });
        // Shares of tokens are drawn over κ.
        let axis = usize::from(curve == RunCurve::Revealed);
        let drawn = match now {
            [alone] => ChartUi::new(curve.title(), &chart).over_path(alone[axis]),
            several => ChartUi::new(curve.title(), &chart)
                .over_paths(several.iter().map(|now| now[axis]), theme::palette(ui)),
        };
        // The others have the same colours.
        drawn.axis_names().legend(index == 0).show(ui);
    }
    wish
}

/// A line of a table of numbers: its name, what it is, and what it is on a side.
pub type Row<V> = (&'static str, &'static str, Box<dyn Fn(&V) -> Option<String>>);

/// Draws a table of numbers with one column a side; a dash where one is not known.
pub fn numbers_table<V>(ui: &mut Ui, id: &str, rows: Vec<Row<V>>, views: &[V]) {
    let palette = theme::palette(ui);
    let small = |text: String| RichText::new(text).font(theme::small());
    ui.spacing_mut().interact_size.y = 15.0;
    Grid::new(id).num_columns(1 + views.len()).spacing([space::S, 1.0]).show(ui, |ui| {
        if views.len() > 1 {
            ui.label("");
            for (side, name) in NAMES.iter().enumerate().take(views.len()) {
                ui.label(small((*name).to_owned()).color(palette.series[side]));
            }
            ui.end_row();
        }
        for (name, about, cell) in rows {
            ui.label(small(name.to_owned()).color(palette.weak)).on_hover_text(about);
            for view in views {
                ui.label(small(cell(view).unwrap_or_else(|| "–".to_owned())));
            }
            ui.end_row();
        }
    });
}

/// Draws what a side is called and its numbers, in two lines at the top of `rect`; with a line above of the one of `sides` that
/// is `chosen`.
pub fn head(
    ui: &mut Ui,
    rect: Rect,
    (side, sides, chosen): (usize, usize, usize),
    called: &str,
    numbers: String,
) {
    let palette = theme::palette(ui);
    let several = sides > 1;
    let color = if several { palette.series[side] } else { palette.text };
    if several && chosen == side {
        let line = Rect::from_min_size(rect.min, Vec2::new(rect.width(), 2.0));
        ui.painter().rect_filled(line, CornerRadius::ZERO, color);
    }
    // Long words end in dots, and are whole under the pointer.
    let mut line = |top: f32, text: RichText| {
        let place = Rect::from_min_size(rect.min + Vec2::new(0.0, top), Vec2::new(rect.width(), 18.0));
        let layout = Layout::left_to_right(Align::Min);
        let mut child = ui.new_child(UiBuilder::new().max_rect(place).layout(layout));
        child.add(Label::new(text).truncate());
    };
    line(4.0, RichText::new(called).font(theme::heading()).color(color));
    line(23.0, RichText::new(numbers).font(theme::small()).color(palette.weak));
}

/// Beside each other, with room between them.
pub fn columns(area: Rect, count: usize) -> Vec<Rect> {
    let gap = space::L;
    let width = (area.width() - gap * (count as f32 - 1.0)) / count as f32;
    let left = |n: usize| area.left() + n as f32 * (width + gap);
    (0..count)
        .map(|n| Rect::from_min_size(egui::pos2(left(n), area.top()), Vec2::new(width, area.height())))
        .collect()
}
