//! Early samples of a training run: what the walls showed of its first networks, and of the newest.

use super::walls::weak;
use crate::flow::counted;
use crate::ui::texture::Texture;
use crate::ui::theme;
use crate::ui::widgets::title;
use egui::{Sense, Ui, Vec2};
use image::RgbaImage;

/// Rows at most.
const MOST: usize = 8;
/// Images of a row at most: the first ones of the wall, which begin with the same noise every time.
pub const IN_ROW: usize = 6;

/// Samples of networks of one run, in the order of what these had seen.
#[derive(Default)]
pub struct EarlySamples {
    rows: Vec<Row>,
}

struct Row {
    /// Which network of the window.
    version: u64,
    /// Images that it had seen.
    images: u64,
    picture: RgbaImage,
    texture: Texture<u64>,
}

impl EarlySamples {
    /// Another run begins.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Whether samples of this network are there.
    pub fn has(&self, version: u64) -> bool {
        self.rows.last().is_some_and(|row| row.version == version)
    }

    /// Takes samples of a newer network that had seen so many `images`. The newest are always kept; of those before one each
    /// time that twice as many images had been seen.
    pub fn take(&mut self, version: u64, images: u64, picture: RgbaImage) {
        // One that has seen less is of another run.
        if self.rows.last().is_some_and(|last| images < last.images) {
            self.clear();
        }
        if let [.., before, last] = &self.rows[..]
            && last.images < 2 * before.images
        {
            self.rows.pop();
        }
        if self.rows.len() == MOST {
            // The very first ones stay.
            self.rows.remove(1);
        }
        self.rows.push(Row { version, images, picture, texture: Texture::default() });
    }

    /// Draws them.
    pub fn show(&mut self, ui: &mut Ui) {
        if self.rows.is_empty() {
            return;
        }
        title(
            ui,
            "Early samples",
            "The first images of the wall each time that twice as many images had been seen, and now. They begin with the same \
             noise, and are taken while the walls are sampled from the run, with the sampler that is set then.",
        );
        let ground = theme::palette(ui).panel;
        for row in &mut self.rows {
            let [width, height] = [row.picture.width(), row.picture.height()].map(|n| n as f32);
            let shown = ui.available_width().floor();
            let (rect, response) =
                ui.allocate_exact_size(Vec2::new(shown, shown * height / width), Sense::hover());
            row.texture.paint(ui.painter(), rect, row.version, ground, || row.picture.clone());
            let words = format!("{} seen", counted(row.images, "image"));
            response.on_hover_text(&words);
            ui.label(weak(ui, words));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_kept_at_doublings_and_the_newest_always() {
        let mut early = EarlySamples::default();
        let images = |early: &EarlySamples| early.rows.iter().map(|row| row.images).collect::<Vec<_>>();
        for (version, seen) in [100, 150, 199, 210, 390, 450, 500].into_iter().enumerate() {
            early.take(version as u64, seen, RgbaImage::new(1, 1));
            assert!(early.has(version as u64) && !early.has(version as u64 + 1));
        }
        assert_eq!(images(&early), [100, 210, 450, 500]);
        for doubling in 1..12 {
            early.take(100 + doubling, 500 << doubling, RgbaImage::new(1, 1));
        }
        assert_eq!((early.rows.len(), early.rows[0].images), (MOST, 100));
        early.take(200, 64, RgbaImage::new(1, 1));
        assert_eq!(images(&early), [64], "another run");
    }
}
