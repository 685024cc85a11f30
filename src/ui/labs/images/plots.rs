//! The right panel: what happened along the runs, what they cost, and which images a sample is like.

use super::exporting::Export;
use super::films::Film;
use super::questions::SetAnswer;
use super::walls::{SideView, weak};
use crate::figure::scale::format_value;
use crate::ui::chart::ChartUi;
use crate::ui::icons;
use crate::ui::kept::{Same, kept};
use crate::ui::texture::{Texture, square};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, icon_button, notice, title};
use crate::view::sequence::{ImageRun, RunCurve, runs_chart};
use egui::{Align, Grid, Layout, RichText, Sense, Ui, Vec2};
use std::f64::consts::LN_2;
use std::sync::Arc;

/// What the panel is drawn from.
pub struct PlotContext<'a> {
    /// The runs, in the order of the sides.
    pub runs: &'a [(usize, Arc<ImageRun>, Arc<Film>)],
    /// The walls.
    pub views: &'a [SideView],
    /// Where the timeline is, in the time of the first side, and κ there.
    pub t: f64,
    /// κ there.
    pub kappa: f64,
}

/// Side of a picture among the nearest that can be told from others, and the largest one, points.
const NEAREST: f32 = 64.0;
const MOST_NEAREST: f32 = 110.0;

/// What the panel asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlotWish {
    /// An export.
    Export(Export),
    /// To look for the images that the large sample is like.
    FindNearest,
}

/// Draws curves and numbers.
pub fn plots(ui: &mut Ui, context: &PlotContext<'_>, wish: &mut Option<PlotWish>) {
    ui.spacing_mut().item_spacing.y = 3.0;
    let has_masks = context.runs.iter().any(|(_, run, _)| run.records.iter().any(|at| at.revealed.is_some()));
    let curves = [
        (
            RunCurve::Revealed,
            "Share of the tokens not given that are revealed, over κ. Without parallel mistakes it is κ itself, but for \
             chance.",
            context.kappa,
        ),
        (
            RunCurve::Entropy,
            "Mean entropy of p(x₁ⁱ | xₜ) over tokens that are not decided yet, in bits: by how much the denoiser does not know \
             them. From at most 512 of them a step.",
            context.t,
        ),
        (
            RunCurve::Passes,
            "Passes of the denoiser an image so far: NFE. Steps in which nothing is drawn in an image cost it none.",
            context.t,
        ),
    ];
    let shown = curves.into_iter().skip(usize::from(!has_masks));
    for (index, (curve, about, now)) in shown.enumerate() {
        heading(ui, curve, about, wish);
        let key: Vec<_> = context.runs.iter().map(|(_, run, _)| Same::of(run)).collect();
        let chart = kept(ui.ctx(), curve.title(), key, || {
            let runs: Vec<&ImageRun> = context.runs.iter().map(|(_, run, _)| &**run).collect();
            runs_chart(curve, &runs, context.runs.first().map_or(1, |(_, _, film)| film.images))
        });
        // The others have the same colours.
        ChartUi::new(curve.title(), &chart).over_path(now).legend(index == 0).show(ui);
    }
    numbers(ui, context);
}

fn heading(ui: &mut Ui, curve: RunCurve, about: &str, wish: &mut Option<PlotWish>) {
    ui.horizontal(|ui| {
        title(ui, curve.title(), about);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Export {} …", curve.title());
            if icon_button(ui, icons::EXPORT, &name, false).clicked() {
                *wish = Some(PlotWish::Export(Export::Curve(curve)));
            }
        });
    });
}

/// One column a side.
fn numbers(ui: &mut Ui, context: &PlotContext<'_>) {
    let palette = theme::palette(ui);
    title(ui, "Numbers", "What the runs did and cost.");
    type Cell = Box<dyn Fn(&SideView) -> Option<String>>;
    let now = |of: fn(&crate::sampler::sequence::StepRecord) -> String| -> Cell {
        Box::new(move |view| {
            let film = view.film.as_ref()?;
            film.lock().trace().records().get(view.step).map(of)
        })
    };
    let end = |of: fn(&super::films::End) -> String| -> Cell {
        Box::new(move |view| view.film.as_ref()?.lock().end().as_ref().map(of))
    };
    // Three columns have no room for more.
    let alone = context.views.len() == 1;
    let ms = |seconds: f64| {
        if seconds < 1.0 {
            format!("{} ms", format_value(1000.0 * seconds))
        } else {
            format!("{seconds:.2} s")
        }
    };
    let rows: Vec<(&str, &str, Cell)> = vec![
        ("drawn now", "Tokens drawn from the denoiser in the step shown.", now(|at| at.drawn.to_string())),
        ("re-noised", "Tokens drawn from the source in the step shown.", now(|at| at.renoised.to_string())),
        (
            "entropy, bits",
            "Mean entropy of p(x₁ⁱ | xₜ) over undecided tokens in the step shown, with its standard error: the bits by \
             which the denoiser does not know a token yet. 0: it is sure.",
            Box::new(move |view| {
                let film = view.film.as_ref()?;
                let doubt = film.lock().doubts().get(view.step).copied().flatten()?;
                Some(if alone {
                    format!("{:.3} ± {:.3}", doubt.bits, doubt.error)
                } else {
                    format!("{:.2}", doubt.bits)
                })
            }),
        ),
        (
            "step time",
            "Seconds of the step shown, all images together.",
            Box::new(move |view| {
                let film = view.film.as_ref()?;
                (view.step > 0).then(|| ms(film.lock().seconds_of(view.step)))
            }),
        ),
        (
            "NFE",
            "Passes of the denoiser an image, in the whole run.",
            end(|end| format!("{:.1}", end.summary.mean_passes())),
        ),
        ("passes", "Passes of the denoiser over all images.", end(|end| end.summary.passes.to_string())),
        (
            "redrawn",
            "Tokens that took a draw from the source, on their way back, in the whole run.",
            end(|end| end.summary.renoised.to_string()),
        ),
        (
            "bits in an image",
            "Entropy of the token values within one finished image, in bits, averaged over the images: 0 where all tokens are \
             alike, more the more values there are.",
            end(|end| format!("{:.3}", end.sequence_entropy / LN_2)),
        ),
        (
            "off support",
            "Questions about images that no image of the set can have led to: what parallel draws do. Where the denoiser \
             can tell.",
            end(|end| end.summary.off_support.to_string()),
        ),
        (
            "run time",
            "Seconds of all steps, the entropy included.",
            end(|end| format!("{:.2} s", end.seconds)),
        ),
    ];
    ui.spacing_mut().interact_size.y = 15.0;
    Grid::new("image numbers").num_columns(1 + context.views.len()).spacing([space::S, 1.0]).show(ui, |ui| {
        if context.views.len() > 1 {
            ui.label("");
            for side in 0..context.views.len() {
                let name = ["A", "B", "C"][side.min(2)];
                ui.label(RichText::new(name).font(theme::small()).color(palette.series[side]));
            }
            ui.end_row();
        }
        for (name, about, cell) in rows {
            ui.label(weak(ui, name)).on_hover_text(about);
            for view in context.views {
                ui.label(RichText::new(cell(view).unwrap_or_else(|| "–".to_owned())).font(theme::small()));
            }
            ui.end_row();
        }
    });
}

/// In how many columns `count` pictures lie in a panel `width` points wide, and the side of each: all in a row where they
/// are large enough then, else three.
fn nearest_places(width: f32, count: usize) -> (usize, f32) {
    let side = |columns: usize| ((width - (columns - 1) as f32 * space::XS) / columns as f32).floor();
    let columns = if side(count.max(1)) >= NEAREST { count.max(1) } else { count.clamp(1, 3) };
    (columns, side(columns).min(MOST_NEAREST))
}

/// The images to train on that are most like the sample shown large.
pub fn nearest(
    ui: &mut Ui,
    answer: Option<&SetAnswer>,
    problem: Option<&str>,
    (busy, can_ask): (bool, bool),
    textures: &mut Vec<Texture<Vec<u8>>>,
    wish: &mut Option<PlotWish>,
) {
    title(
        ui,
        "Nearest training images",
        "Is the sample a copy? Compared are the images as their tokens show them.",
    );
    ui.horizontal(|ui| {
        ui.add_enabled_ui(can_ask && !busy, |ui| {
            let about =
                "Looks through the images that the model was trained on. The sample must be finished.";
            if ui.button("find").on_hover_text(about).on_disabled_hover_text(about).clicked() {
                *wish = Some(PlotWish::FindNearest);
            }
        });
        if busy {
            ui.label(weak(ui, "looking …"));
        }
    });
    if let Some(why) = problem {
        notice(ui, Tone::Error, why);
    }
    let Some(SetAnswer::Nearest { of, found, among, classes }) = answer else { return };
    textures.resize_with(found.len() + 1, Texture::default);
    let (columns, side) = nearest_places(ui.available_width(), found.len() + 1);
    let sample = std::iter::once((of, "sample".to_owned(), "The finished sample.".to_owned()));
    let all: Vec<_> = sample
        .chain(found.iter().map(|near| {
            let class = near.label.and_then(|label| classes.get(usize::from(label)));
            let class = class.map_or(String::new(), |name| format!(", {name}"));
            let about = format!(
                "image {}{class}: {:.1} levels of 255 apart (root mean square)",
                near.index, near.distance
            );
            (&near.pixels, format!("{:.1}", near.distance), about)
        }))
        .collect();
    for (row, textures) in all.chunks(columns).zip(textures.chunks_mut(columns)) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            for ((pixels, name, about), texture) in row.iter().zip(textures) {
                ui.vertical(|ui| {
                    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
                    let ground = theme::palette(ui).panel;
                    texture.paint(ui.painter(), rect, (*pixels).clone(), ground, || square(pixels));
                    response.on_hover_text(about);
                    ui.label(weak(ui, name));
                });
            }
        });
    }
    ui.label(weak(ui, format!("of {among} images; distance in levels of 255")))
        .on_hover_text("Root of the mean squared difference of the sRGB values. 0 is a copy.");
}
