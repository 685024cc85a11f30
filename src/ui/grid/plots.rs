//! The right panel: scheduler curves, read-outs, distances along the run, and the training gap.

use super::fields::Scene;
use super::settings::Show;
use crate::figure::scale::format_value;
use crate::figure::ticks::{nice_ticks, power_of_ten};
use crate::flow::Axis;
use crate::flow::metrics::entropy;
use crate::sampler;
use crate::train::{TrainState, TrainStatus};
use crate::ui::theme::{self, Palette, space};
use egui::{Color32, Grid, RichText, ScrollArea, Ui};
use egui_plot::{GridMark, HLine, Line, LineStyle, Plot, PlotPoints, Points, VLine};

/// Height of one plot, points.
const HEIGHT: f32 = 77.0;
/// The jump rate is drawn up to here; it is infinite at t = 1.
const HIGHEST_RATE: f64 = 12.0;

/// The gap plot's ends, powers of ten of nats per token; the lower one gives way to smaller gaps.
const LEAST_GAP: f64 = -2.2;
const MOST_GAP: f64 = 0.4;
/// A gap below rounding is drawn here.
const NO_GAP: f64 = 1e-9;

/// Draws the panel; `problem` is why nothing could be sampled.
pub fn plots(ui: &mut Ui, scene: Scene<'_>, training: &TrainStatus, problem: Option<&str>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        kappa(ui, scene);
        rates(ui, scene);
        read_outs(ui, scene);
        distances(ui, scene, problem);
        gap(ui, training);
    });
}

fn title(ui: &mut Ui, text: &str, tooltip: &str) {
    ui.add_space(2.0);
    ui.label(RichText::new(text).font(theme::heading())).on_hover_text(tooltip);
}

fn frame<'a>(id: &'a str, palette: &Palette) -> Plot<'a> {
    Plot::new(id)
        .height(HEIGHT)
        .show_background(false)
        .grid_color(palette.line)
        .grid_fade(0.0)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .y_axis_min_width(32.0)
        .set_margin_fraction(egui::Vec2::new(0.0, 0.06))
}

/// A plot over the path: t from 0 to 1 with a tick every quarter, and from 0 to `top` upward.
fn over_time<'a>(id: &'a str, top: f64, palette: &Palette) -> Plot<'a> {
    frame(id, palette)
        .auto_bounds([false, false])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(-0.03 * top, 1.06 * top)
        // A plot remembers its bounds; these change with what is drawn.
        .reset()
        .x_grid_spacer(|_| (0..=4).map(|j| GridMark { value: f64::from(j) / 4.0, step_size: 0.5 }).collect())
        .x_axis_formatter(|mark, _| match mark.value {
            0.0 => "0".to_owned(),
            0.5 => "0.5".to_owned(),
            1.0 => "1".to_owned(),
            _ => String::new(),
        })
        // The step size says how prominent a tick is; these few always are.
        .y_grid_spacer(move |_| {
            let ticks = nice_ticks(0.0, top, 3).into_iter().filter(|tick| *tick <= 1.06 * top);
            ticks.map(|value| GridMark { value, step_size: top }).collect()
        })
        .y_axis_formatter(|mark, _| format_value(mark.value))
}

fn line(name: &str, points: Vec<[f64; 2]>, color: Color32) -> Line<'static> {
    Line::new(name.to_owned(), PlotPoints::from(points)).color(color).width(1.8)
}

fn play_head(t: f64, color: Color32) -> VLine {
    VLine::new("", t).color(color).width(1.0)
}

fn kappa(ui: &mut Ui, scene: Scene<'_>) {
    let palette = theme::palette(ui);
    let scheduler = scene.scheduler();
    title(ui, "κ(t)", "The scheduler: probability that a token already comes from the data.");
    let points = (0..=100).map(|j| f64::from(j) / 100.0).map(|t| [t, scheduler.kappa(t)]).collect();
    over_time("kappa", 1.0, palette).show(ui, |plot| {
        plot.line(line("κ", points, palette.series[0]));
        plot.vline(play_head(scene.t, palette.accent));
    });
}

fn rates(ui: &mut Ui, scene: Scene<'_>) {
    let palette = theme::palette(ui);
    let scheduler = scene.scheduler();
    let on = scene.settings.corrector_on && scene.settings.corrector.is_on();
    let corrector = scene.settings.effective_sampler().corrector;
    let (name, tooltip) = if on {
        (
            "rates  α κ′/(1−κ)  and  β κ′/κ",
            "How often a token is drawn from the data posterior and how often it is re-noised, per unit time.",
        )
    } else {
        ("jump rate  κ′/(1−κ)", "How often a token is drawn from the data posterior, per unit time.")
    };
    title(ui, name, tooltip);
    let curve = |f: &dyn Fn(f64) -> f64| -> Vec<[f64; 2]> {
        (0..=200)
            .map(|j| f64::from(j) / 200.0)
            .map(|t| [t, f(t)])
            .filter(|p| p[1] <= 1.06 * HIGHEST_RATE)
            .collect()
    };
    let rate = |t: f64| sampler::rates(corrector, scene.path, scheduler, t);
    let (forward, backward) = (curve(&|t| rate(t).0), curve(&|t| rate(t).1));
    over_time("rates", HIGHEST_RATE, palette).show(ui, |plot| {
        plot.line(line("forward", forward, palette.series[0]));
        if on {
            plot.line(line("backward", backward, palette.series[1]));
        }
        plot.vline(play_head(scene.t, palette.accent));
    });
}

fn read_outs(ui: &mut Ui, scene: Scene<'_>) {
    title(ui, "Now", "Exact numbers of the present moment.");
    let (scheduler, kappa) = (scene.scheduler(), scene.kappa());
    let p = scene.path.pmf(kappa);
    let slope = scheduler.derivative(scene.t);
    let divergence: f64 = Axis::BOTH.map(|axis| scene.path.net_inflow(axis, kappa).sum()).iter().sum();
    let corrector = scene.settings.effective_sampler().corrector;
    let (alpha, beta) = (corrector.alpha(scene.t), corrector.beta(scene.t));
    let traffic = scene.path.traffic(kappa, alpha, beta).sum() * slope;
    let rate = scheduler.jump_rate(scene.t);
    let per_time = |x: f64| if x.is_finite() { format_value(x) } else { "∞".to_owned() };
    let rows = vec![
        row("Σ p", "Total mass: conserved.", format!("{:.12}", p.sum())),
        row("Σ div", "Total divergence per unit of κ: nothing is made or lost.", small(divergence)),
        row("entropy", "−Σ p ln p in nats.", format!("{:.4} nats", entropy(&p))),
        row("traffic", "All flux together, moves that cancel included, per unit time.", per_time(traffic)),
        row("jump rate", "κ′/(1−κ) now.", per_time(rate)),
    ];
    table(ui, "now", rows);
    let residual = scene.path.source_residual();
    if residual > 1e-9 {
        let text = format!("Sinkhorn left the source off by TV {}", format_value(residual));
        ui.label(RichText::new(text).font(theme::small()).color(theme::palette(ui).warning));
    }
}

/// Nats per token; what rounding leaves of 0 is 0.
fn nats(x: f64) -> String {
    match x {
        x if x.abs() < NO_GAP => "0 nats".to_owned(),
        x if x.abs() < 0.01 => format!("{} nats", format_value(x)),
        x => format!("{x:.4} nats"),
    }
}

/// A number that should be 0: rounding shown as such.
fn small(x: f64) -> String {
    if x == 0.0 { "0".to_owned() } else { format!("{x:+.0e}").replace('-', "−") }
}

/// A row of a read-out table.
struct Row {
    name: &'static str,
    tooltip: &'static str,
    value: String,
    /// The curve it belongs to: its colour, and whether it is dashed.
    curve: Option<(Color32, bool)>,
}

fn row(name: &'static str, tooltip: &'static str, value: String) -> Row {
    Row { name, tooltip, value, curve: None }
}

fn table(ui: &mut Ui, id: &str, rows: Vec<Row>) {
    let palette = theme::palette(ui);
    ui.spacing_mut().interact_size.y = 15.0;
    Grid::new(id).num_columns(2).spacing([space::S, 1.0]).min_col_width(96.0).show(ui, |ui| {
        for Row { name, tooltip, value, curve } in rows {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                if let Some((color, dashed)) = curve {
                    swatch(ui, color, dashed);
                }
                ui.label(RichText::new(name).font(theme::small()).color(palette.weak)).on_hover_text(tooltip);
            });
            ui.label(RichText::new(value).font(theme::small()));
            ui.end_row();
        }
    });
}

/// A short piece of a curve: the legend.
fn swatch(ui: &mut Ui, color: Color32, dashed: bool) {
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::new(14.0, 10.0), egui::Sense::hover());
    let stroke = egui::Stroke::new(2.0, color);
    let y = rect.center().y;
    if dashed {
        for x in [rect.left(), rect.left() + 5.0, rect.left() + 10.0] {
            ui.painter().hline(x..=x + 3.0, y, stroke);
        }
    } else {
        ui.painter().hline(rect.x_range(), y, stroke);
    }
}

fn distances(ui: &mut Ui, scene: Scene<'_>, problem: Option<&str>) {
    let palette = theme::palette(ui);
    title(
        ui,
        "TV to pₜ",
        "Total variation between the sampler and the exact pₜ along the run. Particles cannot fall below the noise floor.",
    );
    let Some(result) = scene.result else {
        let text = if problem.is_some() { "nothing sampled: see the views" } else { "sampling …" };
        ui.label(RichText::new(text).color(palette.weak));
        return;
    };
    let curve = |f: &dyn Fn(&super::sampler_thread::FrameStats) -> f64| -> Vec<[f64; 2]> {
        result.stats.iter().map(|s| [s.t, f(s)]).collect()
    };
    let top = result.stats.iter().flat_map(|s| [s.particles, s.floor, s.pushed]).fold(1e-3, f64::max);
    over_time("distances", top, palette).show(ui, |plot| {
        plot.line(line("particles", curve(&|s| s.particles), palette.series[1]));
        plot.line(
            line("noise floor", curve(&|s| s.floor), palette.series[1]).style(LineStyle::dashed_dense()),
        );
        plot.line(line("whole pmf", curve(&|s| s.pushed), palette.series[2]));
        plot.vline(play_head(scene.t, palette.accent));
    });
    let now = result.trace.at(scene.t).and_then(|index| result.stats.get(index));
    let value = |x: Option<f64>| x.map_or("–".to_owned(), |x| format!("{x:.4}"));
    let name = match result.request.show {
        Show::Learned => "learned pmf",
        Show::Exact if scene.settings.is_perfect() => "step bias",
        Show::Exact => "sampler’s error",
    };
    let mut rows = vec![
        Row {
            curve: Some((palette.series[1], false)),
            ..row("particles", "TV of the particles now.", value(now.map(|s| s.particles)))
        },
        Row {
            curve: Some((palette.series[1], true)),
            ..row("noise floor", "What as many perfect samples would show.", value(now.map(|s| s.floor)))
        },
        Row {
            curve: Some((palette.series[2], false)),
            ..row(
                name,
                "TV of the sampler’s whole pmf now: no Monte-Carlo noise.",
                value(now.map(|s| s.pushed)),
            )
        },
    ];
    if let Some(d) = &result.final_distances {
        rows.push(row("at t = 1", "TV of the sampler’s pmf to the target.", format!("{:.4}", d.tv)));
        rows.push(row("off support", "Mass where the target has none.", format!("{:.4}", d.off_support)));
    }
    if let Some(summary) = &result.summary {
        rows.push(row("NFE", "Denoiser evaluations of the run.", summary.nfe.to_string()));
        if summary.clipped_steps > 0 {
            rows.push(row(
                "cut off",
                "Steps whose jump probability was above 1.",
                summary.clipped_steps.to_string(),
            ));
        }
    }
    table(ui, "distances table", rows);
}

fn gap(ui: &mut Ui, training: &TrainStatus) {
    let palette = theme::palette(ui);
    title(
        ui,
        "Gap to Bayes",
        "Mean KL between the exact posterior and the network, nats per token: the loss above its closed-form floor. \
         An exact expectation, not a mini-batch.",
    );
    if training.history.is_empty() {
        let text = if training.state == TrainState::Running { "measuring …" } else { "no network yet" };
        ui.label(RichText::new(text).color(palette.weak));
        return;
    }
    let points: Vec<[f64; 2]> =
        training.history.iter().map(|p| [p.seconds, p.gap.gap.max(NO_GAP).log10()]).collect();
    let least = points.iter().map(|p| p[1] - 0.3).fold(LEAST_GAP, f64::min);
    let latest = training.seconds.max(1.0);
    let power = |mark: GridMark, _: &std::ops::RangeInclusive<f64>| {
        let exponent = mark.value.round();
        if (mark.value - exponent).abs() < 1e-6 { power_of_ten(exponent as i32) } else { String::new() }
    };
    frame("gap", palette)
        .y_axis_formatter(power)
        .y_grid_spacer(|input| {
            let (low, high) = (input.bounds.0.ceil() as i32, input.bounds.1.floor() as i32);
            (low..=high).map(|e| GridMark { value: f64::from(e), step_size: 2.0 }).collect()
        })
        .auto_bounds([false, false])
        .default_y_bounds(least, MOST_GAP)
        .default_x_bounds(0.0, latest)
        .reset()
        .x_grid_spacer(move |_| {
            let ticks = nice_ticks(0.0, latest, 2).into_iter().filter(|t| *t <= latest);
            ticks.map(|value| GridMark { value, step_size: latest }).collect()
        })
        .x_axis_formatter(|mark, _| format!("{} s", format_value(mark.value)))
        .show(ui, |plot| {
            plot.hline(HLine::new("0.1", -1.0).color(palette.line));
            if points.len() == 1 {
                plot.points(Points::new("", points.clone()).color(palette.series[3]).radius(3.0));
            }
            plot.line(line("gap", points, palette.series[3]));
        });
    let Some(last) = training.history.last() else { return };
    let rows = vec![
        row("gap", "Above the floor, nats per token.", nats(last.gap.gap)),
        row("floor", "The least the loss can be: that of the exact posterior.", nats(last.gap.floor)),
        row("loss", "Exact expectation under the present scheduler.", nats(last.gap.loss)),
    ];
    table(ui, "gap table", rows);
}
