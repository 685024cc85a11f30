//! The runs beside each other: one plot of their gaps, and a card for each.

use super::{RunCard, RunLog};
use crate::experiment::grid::flow_words;
use crate::figure::scale::format_value;
use crate::flow::counted;
use crate::train::MOST_RUNS;
use crate::train::grid::{EARLY_STEPS, TrainStatus};
use crate::ui::chart::ChartUi;
use crate::ui::focus::scrolled;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::grid::export::Plot;
use crate::ui::labs::grid::plots::exportable_title;
use crate::ui::run_card::{RunButtons, RunWish, swatch};
use crate::ui::theme::{self, Palette, space};
use crate::view::grid::gap_chart;
use egui::{RichText, Ui, Vec2};

/// Height of the gap plot, points.
const HEIGHT: f32 = 170.0;

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
        ui.add_space(space::XS);
        let asked = ui.horizontal(|ui| {
            swatch(ui, run.color());
            ui.label(RichText::new(format!("run {}", run.id)).font(theme::heading()));
            let hint = "Shows this run’s network in the views in place of the present one’s.";
            let shown = (!self.present && run.network.is_some()).then_some((self.shown, hint));
            let (id, present, file) = (run.id, self.present, run.file.as_deref());
            RunButtons { id, present, file, shown }.ui(ui)
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
        asked.inner
    }
}
