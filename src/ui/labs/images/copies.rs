//! Whether samples are copies, as the window asks and shows it: of one of them, or of each of a wall.

use super::plots::PlotWish;
use super::questions::SetAnswer;
use super::walls::weak;
use crate::data::images::{Neighbour, Spread};
use crate::flow::counted;
use crate::ui::side_tabs::whose;
use crate::ui::texture::{Texture, square};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, notice, title};
use crate::view::sequence::{Compared, Copies};
use egui::{RichText, Sense, Ui, Vec2};

/// Side of a picture among the nearest of one sample that can be told from others, and the largest one, points.
const NEAREST: f32 = 64.0;
const MOST_NEAREST: f32 = 110.0;
/// Side of a picture in the list of a wall at least, points.
const IN_LIST: f32 = 40.0;

/// What is going on, and what can be asked.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// Something is looked for.
    pub busy: bool,
    /// The sample shown large is finished.
    pub of_one: bool,
    /// The wall is finished.
    pub of_wall: bool,
}

/// Draws the check and what it found; `of` is whose samples these were, where there are several walls.
pub fn copies(
    ui: &mut Ui,
    answer: Option<&SetAnswer>,
    of: Option<(usize, &str)>,
    problem: Option<&str>,
    search: Search,
    textures: &mut Vec<Texture<Vec<u8>>>,
    wish: &mut Option<PlotWish>,
) {
    title(
        ui,
        "Nearest training images",
        "Is the sample a copy? Compared are the images as their tokens show them.",
    );
    ui.horizontal(|ui| {
        for (name, about, whole_wall, can) in [
            (
                "find",
                "Looks through the images that the model was trained on. The sample shown large must be finished.",
                false,
                search.of_one,
            ),
            (
                "whole wall",
                "The nearest one of every image of this wall, which must be finished, and of as many images held out.",
                true,
                search.of_wall,
            ),
        ] {
            let button = ui.add_enabled(can && !search.busy, egui::Button::new(name));
            if button.on_hover_text(about).on_disabled_hover_text(about).clicked() {
                *wish = Some(PlotWish::FindNearest { whole_wall });
            }
        }
        if search.busy {
            ui.label(weak(ui, "looking …"));
            if ui.button("stop").on_hover_text("Looks no further.").clicked() {
                *wish = Some(PlotWish::StopSearch);
            }
        }
    });
    if let Some(why) = problem {
        notice(ui, Tone::Error, why);
    }
    let Some(SetAnswer::Nearest(Some(answer))) = answer else { return };
    if let Some((side, name)) = of {
        whose(ui, side, name);
    }
    match &answer.samples[..] {
        [] => {}
        [one] => of_one(ui, one, answer, textures),
        all => of_wall(ui, all, answer, textures),
    }
    ui.label(weak(ui, format!("of {} images; distance in levels of 255", answer.among)))
        .on_hover_text("Root of the mean squared difference of the sRGB values. 0 is a copy.");
}

/// What the words of [`Copies::judged`] are about.
fn about_pairs(spread: &Spread) -> String {
    let median =
        spread.median().map_or_else(String::new, |median| format!(", half of which are below {median:.1}"));
    format!(
        "Of the distances between {} of images to train on, drawn by chance{median}. The nearest of many images is closer \
         than most pairs without being a copy: images held out say how close it comes.",
        counted(spread.pairs(), "pair")
    )
}

/// A neighbour in words.
fn about(near: &Neighbour, answer: &Copies) -> String {
    let class = answer.class(near).map_or(String::new(), |name| format!(", {name}"));
    format!("image {}{class}: {:.1} levels of 255 apart (root mean square)", near.index, near.distance)
}

fn of_one(ui: &mut Ui, one: &Compared, answer: &Copies, textures: &mut Vec<Texture<Vec<u8>>>) {
    textures.resize_with(one.found.len() + 1, Texture::default);
    let (columns, side) = nearest_places(ui.available_width(), one.found.len() + 1);
    let sample = std::iter::once((&one.pixels, "sample".to_owned(), "The finished sample.".to_owned()));
    let found = one.found.iter();
    let found = found.map(|near| (&near.pixels, format!("{:.1}", near.distance), about(near, answer)));
    let all: Vec<_> = sample.chain(found).collect();
    for (row, textures) in all.chunks(columns).zip(textures.chunks_mut(columns)) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            for ((pixels, name, about), texture) in row.iter().zip(textures) {
                ui.vertical(|ui| {
                    picture(ui, pixels, side, texture).on_hover_text(about);
                    ui.label(weak(ui, name));
                });
            }
        });
    }
    if let Some(judged) = answer.judged(one.distance()) {
        let words = RichText::new(judged).font(theme::small());
        ui.label(words).on_hover_text(about_pairs(&answer.spread));
    }
}

fn of_wall(ui: &mut Ui, all: &[Compared], answer: &Copies, textures: &mut Vec<Texture<Vec<u8>>>) {
    let mut order: Vec<&Compared> = all.iter().collect();
    order.sort_by(|a, b| a.distance().total_cmp(&b.distance()));
    summary(ui, answer);
    textures.resize_with(2 * order.len(), Texture::default);
    // The nearest first, each beside the image that it is like.
    let gap = space::S;
    let width = ui.available_width();
    let columns = (((width + gap) / (2.0 * IN_LIST + 1.0 + gap)).floor() as usize).max(1);
    let side = ((((width + gap) / columns as f32) - gap - 1.0) * 0.5).floor().min(NEAREST);
    for (row, textures) in order.chunks(columns).zip(textures.chunks_mut(2 * columns)) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for (one, textures) in row.iter().zip(textures.chunks_mut(2)) {
                ui.vertical(|ui| {
                    ui.set_width(2.0 * side + 1.0);
                    let near = &one.found[0];
                    ui.horizontal(|ui| {
                        ui.spacing_mut().item_spacing.x = 1.0;
                        let sample = format!("image {} of the wall", one.image);
                        picture(ui, &one.pixels, side, &mut textures[0]).on_hover_text(sample);
                        picture(ui, &near.pixels, side, &mut textures[1]).on_hover_text(about(near, answer));
                    });
                    let judged = answer.judged(near.distance).unwrap_or_default();
                    ui.label(weak(ui, format!("no. {}: {:.1}", one.image, near.distance)))
                        .on_hover_text(format!("{}\n{judged}", about(near, answer)));
                });
            }
        });
    }
}

/// Copies among the samples, and whether they are nearer than others would be.
fn summary(ui: &mut Ui, answer: &Copies) {
    let small = |text: String| RichText::new(text).font(theme::small());
    ui.label(small(answer.verdict()));
    if let Some(words) = answer.medians() {
        ui.label(small(words)).on_hover_text(
            "To the nearest image to train on, of the samples, and of as many images held out, which are no copies. Samples \
             that are clearly nearer remember.",
        );
    }
    if let Some(judged) = answer.nearest().and_then(|nearest| answer.judged(nearest.distance())) {
        ui.label(small(format!("the nearest: {judged}"))).on_hover_text(about_pairs(&answer.spread));
    }
}

fn picture(ui: &mut Ui, pixels: &[u8], side: f32, texture: &mut Texture<Vec<u8>>) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    let ground = theme::palette(ui).panel;
    texture.paint(ui.painter(), rect, pixels.to_vec(), ground, || square(pixels));
    response
}

/// In how many columns `count` pictures lie in a panel `width` points wide, and the side of each: all in a row where they
/// are large enough then, else three.
fn nearest_places(width: f32, count: usize) -> (usize, f32) {
    let side = |columns: usize| ((width - (columns - 1) as f32 * space::XS) / columns as f32).floor();
    let columns = if side(count.max(1)) >= NEAREST { count.max(1) } else { count.clamp(1, 3) };
    (columns, side(columns).min(MOST_NEAREST))
}
