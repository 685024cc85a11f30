//! The panel of one particle: which one, and the log of its jumps.

use super::{Inspector, token_name};
use crate::figure::scale::format_value;
use crate::flow::counted;
use crate::sampler::grid::Jump;
use crate::ui::focus::scrolled;
use crate::ui::icons;
use crate::ui::labs::grid::export::{Plot, export_button};
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, icon_button, notice, title};
use egui::{Button, DragValue, Grid, RichText, Ui, Vec2};

/// Draws the panel and changes which particle is followed; returns the time of a jump that was clicked.
pub fn particle_panel(ui: &mut Ui, scene: SideScene<'_>, inspector: &mut Inspector) -> Option<f64> {
    let count = scene.result.map_or(0, |result| result.trace.particles.count());
    if count == 0 {
        notice(ui, Tone::Plain, "sampling …");
        return None;
    }
    ui.add_space(space::XS);
    chooser(ui, &mut inspector.followed, count);
    let (followed, trace) = (inspector.way()?, &scene.result?.trace);
    let now = scene.frame()?;
    let jumps = &followed.way.jumps;
    let states = followed.way.until(now);
    if let Some(state) = states.last() {
        let [a, b] = state.map(|token| token_name(scene.path, usize::from(token)));
        ui.horizontal(|ui| {
            title(ui, &format!("({a}, {b})"), "Where the particle is now: token 1 and token 2.");
            export_button(ui, Plot::Log);
        });
    }
    let said = format!(
        "{} of {} until now. Click on one to go there.",
        states.len() - 1,
        counted(jumps.len(), "jump")
    );
    notice(ui, Tone::Plain, &said);
    let strided = trace.frames.windows(2).any(|pair| pair[1].step > pair[0].step + 1);
    if strided {
        notice(
            ui,
            Tone::Plain,
            "Of this long run some steps only are kept: a row may stand for several jumps.",
        );
    }
    log(ui, scene, jumps, now)
}

fn chooser(ui: &mut Ui, followed: &mut Option<usize>, count: usize) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let last = count - 1;
        if icon_button(ui, icons::PREVIOUS, "Previous particle", false).clicked() {
            *followed = Some(followed.map_or(last, |n| n.checked_sub(1).unwrap_or(last)));
        }
        // −1 is none: the number of a particle that is not followed is not shown.
        let mut n = followed.map_or(-1, |n| n as i64);
        let words = |n: f64, _| if n < 0.0 { "no particle".to_owned() } else { format!("particle {n}") };
        let number = |text: &str| text.trim().trim_start_matches("particle").trim().parse().ok();
        let drag =
            DragValue::new(&mut n).range(-1..=last as i64).custom_formatter(words).custom_parser(number);
        let response = ui.add_sized(Vec2::new(100.0, 22.0), drag);
        if response.on_hover_text("Which particle is followed. Drag or type.").changed() {
            *followed = usize::try_from(n).ok();
        }
        if icon_button(ui, icons::NEXT, "Next particle", false).clicked() {
            *followed = Some(followed.map_or(0, |n| if n == last { 0 } else { n + 1 }));
        }
        if ui.add_enabled(followed.is_some(), Button::new("none").small()).clicked() {
            *followed = None;
        }
    });
    if followed.is_none() {
        notice(ui, Tone::Plain, "Click in any view to follow the nearest particle, or choose one here.");
    }
}

/// The rows of the log; jumps that lie ahead of the play-head step back.
fn log(ui: &mut Ui, scene: SideScene<'_>, jumps: &[Jump], now: usize) -> Option<f64> {
    let palette = theme::palette(ui);
    let result = scene.result?;
    let small = |text: &str, color| RichText::new(text).font(theme::small()).color(color);
    let mut chosen = None;
    ui.add_space(space::XS);
    scrolled(ui, |ui| {
        ui.spacing_mut().interact_size.y = 17.0;
        Grid::new("jumps").num_columns(5).striped(true).spacing([space::S, 2.0]).show(ui, |ui| {
            for name in ["step", "t", "κ", "token", "from → to"] {
                ui.label(small(name, palette.weak));
            }
            ui.end_row();
            for jump in jumps {
                let frame = &result.trace.frames[jump.frame];
                let color = if jump.frame <= now { palette.text } else { palette.weak };
                let token = jump.axis.index() + 1;
                let [from, to] = [jump.from, jump.to].map(|x| token_name(scene.path, usize::from(x)));
                let row = Button::new(small(&frame.step.to_string(), color)).small();
                let response = ui.add(row).on_hover_text("Go to this step.");
                response.widget_info(|| {
                    let name = format!("jump at step {}, token {token}", frame.step);
                    egui::WidgetInfo::labeled(egui::Role::Button, true, name)
                });
                if response.clicked() {
                    chosen = Some(frame.t);
                }
                let kappa = result.request.scheduler.kappa(frame.t);
                let cells = [
                    format!("{:.3}", frame.t),
                    format_value(kappa),
                    token.to_string(),
                    format!("{from} → {to}"),
                ];
                for text in cells {
                    ui.label(small(&text, color));
                }
                ui.end_row();
            }
        });
    });
    chosen
}
