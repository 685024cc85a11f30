//! The runs beside each other: one plot of their gaps, and a card for each.

use super::{RunCard, RunLog};
use crate::experiment::grid::flow_words;
use crate::figure::scale::format_value;
use crate::flow::counted;
use crate::train::MOST_RUNS;
use crate::train::grid::{EARLY_STEPS, TrainStatus};
use crate::ui::chart::{ChartUi, series_color};
use crate::ui::focus::scrolled;
use crate::ui::icons;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::grid::export::Plot;
use crate::ui::labs::grid::plots::exportable_title;
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::icon_button;
use crate::view::grid::gap_chart;
use egui::{RichText, Ui, Vec2};

/// Height of the gap plot, points.
const HEIGHT: f32 = 170.0;

/// What is asked of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunWish {
    /// Show its network in the views, or no longer.
    Show(u64),
    /// Delete it.
    Forget(u64),
    /// Train it further.
    Continue(u64),
}

/// Draws all runs; what is asked of one.
pub fn runs_panel(ui: &mut Ui, log: &RunLog, training: &TrainStatus) -> Option<RunWish> {
    let palette = theme::palette(ui);
    exportable_title(
        ui,
        Plot::Runs,
        "Gaps of all runs",
        "Mean KL between the exact posterior and the network over seconds of training, nats per token. Each is \
         measured under its flow’s own scheduler; losses of different flows are not comparable, gaps are.",
    );
    if log.runs.is_empty() {
        let text = "No run yet: press Train. A run that is reset or replaced by a new one stays here to be compared.";
        ui.add(egui::Label::new(RichText::new(text).color(palette.weak)).wrap());
        return None;
    }
    plot(ui, log);
    if log.runs.iter().any(|run| !run.samples.is_empty()) {
        exportable_title(
            ui,
            Plot::Early,
            "Runs and early samples",
            "What each network made after 1, 3, 10, 30 and 100 seconds, always by the same sampler.",
        );
    }
    let mut wish = None;
    scrolled(ui, |ui| {
        for run in log.runs.iter().rev() {
            let present = run.id == training.run && training.has_run();
            let card = Card { run, present, shown: log.shown == Some(run.id), palette };
            wish = wish.or(card.show(ui));
        }
        ui.add_space(space::S);
        let text = format!(
            "The last {MOST_RUNS} runs are kept, between starts too. Save a checkpoint of one that should stay for good."
        );
        let text = RichText::new(text).font(theme::small()).color(palette.weak);
        ui.add(egui::Label::new(text).wrap());
    });
    wish
}

/// The gaps of all runs.
fn plot(ui: &mut Ui, log: &RunLog) {
    let key: Vec<_> = log.runs.iter().map(|run| (run.id, Same::of(&run.history))).collect();
    let chart = kept(ui.ctx(), "runs", key, || gap_chart(&log.gaps(|run| format!("run {}", run.id))));
    ChartUi::new("runs", &chart).height(HEIGHT).axis_names().show(ui);
}

struct Card<'a> {
    run: &'a RunCard,
    /// Whether it is the trainer's own.
    present: bool,
    shown: bool,
    palette: &'a Palette,
}

impl Card<'_> {
    fn show(&self, ui: &mut Ui) -> Option<RunWish> {
        let Self { run, palette, .. } = self;
        let mut wish = None;
        ui.add_space(space::XS);
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(12.0, 12.0), egui::Sense::hover());
            ui.painter().rect_filled(rect, 2.0, series_color(palette, run.color()));
            ui.label(RichText::new(format!("run {}", run.id)).font(theme::heading()));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if self.present {
                    let label = ui.label(RichText::new("present").font(theme::small()).color(palette.accent));
                    if let Some(file) = &run.file {
                        label.on_hover_text(format!("It is kept in {}.", file.display()));
                    }
                    return;
                }
                if icon_button(ui, icons::RESET, &format!("Forget run {}", run.id), false).clicked() {
                    wish = Some(RunWish::Forget(run.id));
                }
                if let Some(file) = &run.file {
                    let hint = format!("Trains this run further. It is kept in {}.", file.display());
                    let button = egui::Button::new(RichText::new("continue").font(theme::small()));
                    if ui.add(button).on_hover_text(hint).clicked() {
                        wish = Some(RunWish::Continue(run.id));
                    }
                }
                let label = if self.shown { "shown" } else { "show" };
                let hint = "Shows this run’s network in the views in place of the present one’s.";
                let button = egui::Button::selectable(self.shown, RichText::new(label).font(theme::small()));
                if ui.add_enabled(run.network.is_some(), button).on_hover_text(hint).clicked() {
                    wish = Some(RunWish::Show(run.id));
                }
            });
        });
        let small = |text: String| RichText::new(text).font(theme::small()).color(palette.weak);
        let c = &run.config;
        ui.label(small(format!(
            "learning rate {}, width {}, batch {}, {}",
            format_value(c.learning_rate),
            c.hidden,
            c.batch,
            c.loss
        )));
        ui.add(egui::Label::new(small(flow_words(&run.flow))).truncate())
            .on_hover_text(flow_words(&run.flow));
        let gap = run.history.last().map_or("measuring …".to_owned(), |p| format!("{:.4} nats", p.gap.gap));
        ui.label(small(format!("gap {gap} after {:.0} s, {}", run.seconds, counted(run.step, "step"))));
        if !run.samples.is_empty() {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                let side = (ui.available_width() / 5.0 - space::XS).min(96.0);
                for sample in &run.samples {
                    ui.vertical(|ui| {
                        let picture = egui::Image::new(&sample.picture).fit_to_exact_size(Vec2::splat(side));
                        ui.add(picture).on_hover_text(format!(
                            "The whole pmf that the network made after {:.1} s, on the target’s colours: by the exact \
                             method in {EARLY_STEPS} equal steps of κ, whatever sampler is set.",
                            sample.seconds
                        ));
                        ui.label(small(format!("{:.0} s", sample.seconds)));
                    });
                }
            });
        }
        wish
    }
}
