//! Early samples of a training run: what the walls showed of its first networks, and of the newest.

use super::walls::weak;
use crate::data::images::decode_whole;
use crate::flow::counted;
use crate::train::sequence::{EarlyRow, MOST_EARLY};
use crate::ui::texture::Texture;
use crate::ui::theme;
use crate::ui::widgets::title;
use egui::{Sense, Ui, Vec2};
use image::{ImageFormat, RgbaImage};
use std::io::Cursor;
use std::sync::Arc;

/// Images of a row at most: the first ones of the wall, which begin with the same noise every time.
pub const IN_ROW: usize = 6;

/// Samples of networks of one run, in the order of what these had seen.
#[derive(Default)]
pub struct EarlySamples {
    rows: Vec<Row>,
}

struct Row {
    /// Which network of the window; none of a run that was kept.
    version: Option<u64>,
    /// As the run keeps it.
    kept: EarlyRow,
    picture: RgbaImage,
    texture: Texture<()>,
}

impl EarlySamples {
    /// Those that a run kept. What is no picture is left out.
    pub fn of(rows: &[EarlyRow]) -> Self {
        let row = |kept: &EarlyRow| {
            let picture = is_row(&kept.png).then(|| decode_whole(&kept.png).ok()).flatten()?;
            Some(Row { version: None, kept: kept.clone(), picture, texture: Texture::default() })
        };
        Self { rows: rows.iter().filter_map(row).collect() }
    }

    /// As a run keeps them.
    pub fn rows(&self) -> Vec<EarlyRow> {
        self.rows.iter().map(|row| row.kept.clone()).collect()
    }

    /// Whether samples of this network are there.
    pub fn has(&self, version: u64) -> bool {
        self.rows.last().is_some_and(|row| row.version == Some(version))
    }

    /// Takes samples of a newer network that had seen so many `images`. The newest are always kept; of those before one each
    /// time that twice as many images had been seen.
    pub fn take(&mut self, version: u64, images: u64, picture: RgbaImage) {
        let mut png = Cursor::new(Vec::new());
        if picture.write_to(&mut png, ImageFormat::Png).is_err() {
            return;
        }
        // A run that was taken up again may have lost the last half minute.
        self.rows.retain(|row| row.kept.images < images);
        if let [.., before, last] = &self.rows[..]
            && last.kept.images < 2 * before.kept.images
        {
            self.rows.pop();
        }
        if self.rows.len() == MOST_EARLY {
            // The very first ones stay.
            self.rows.remove(1);
        }
        let kept = EarlyRow { images, png: Arc::from(png.into_inner()) };
        self.rows.push(Row { version: Some(version), kept, picture, texture: Texture::default() });
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
        self.rows.iter_mut().for_each(|row| row.show(ui));
    }

    /// Draws the newest ones alone.
    pub fn show_last(&mut self, ui: &mut Ui) {
        if let Some(row) = self.rows.last_mut() {
            row.show(ui);
        }
    }
}

/// Whether the header of a PNG claims no more pixels than a row of small images has.
fn is_row(png: &[u8]) -> bool {
    const MOST: u32 = 1024;
    let number = |at: usize| png.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    // Signature, and length and name of the header, come before both.
    [16, 20].into_iter().all(|at| number(at).is_some_and(|pixels| (1..=MOST).contains(&pixels)))
}

impl Row {
    fn show(&mut self, ui: &mut Ui) {
        let ground = theme::palette(ui).panel;
        let [width, height] = [self.picture.width(), self.picture.height()].map(|n| n as f32);
        let shown = ui.available_width().floor();
        let (rect, response) =
            ui.allocate_exact_size(Vec2::new(shown, shown * height / width), Sense::hover());
        self.texture.paint(ui.painter(), rect, (), ground, || self.picture.clone());
        let words = format!("{} seen", counted(self.kept.images, "image"));
        response.on_hover_text(&words);
        ui.label(weak(ui, words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_kept_at_doublings_and_the_newest_always() {
        let mut early = EarlySamples::default();
        let images = |early: &EarlySamples| early.rows.iter().map(|row| row.kept.images).collect::<Vec<_>>();
        for (version, seen) in [100, 150, 199, 210, 390, 450, 500].into_iter().enumerate() {
            early.take(version as u64, seen, RgbaImage::new(1, 1));
            assert!(early.has(version as u64) && !early.has(version as u64 + 1));
        }
        assert_eq!(images(&early), [100, 210, 450, 500]);
        for doubling in 1..12 {
            early.take(100 + doubling, 500 << doubling, RgbaImage::new(1, 1));
        }
        assert_eq!((early.rows.len(), early.rows[0].kept.images), (MOST_EARLY, 100));
        // As the run keeps them, and goes on.
        let mut again = EarlySamples::of(&early.rows());
        assert_eq!((again.rows(), again.has(111)), (early.rows(), false));
        assert_eq!(again.rows[1].picture, early.rows[1].picture);
        again.take(7, 500 << 11, RgbaImage::new(1, 1));
        assert_eq!((again.rows.len(), again.has(7)), (MOST_EARLY, true), "the last was lost, and made anew");
        let spoilt = EarlyRow { images: 9, png: Arc::from(*b"no picture") };
        assert!(EarlySamples::of(&[spoilt]).rows().is_empty());
        // A picture that would fill the memory is not looked at.
        let mut huge = early.rows()[0].png.to_vec();
        huge[16] = 1;
        assert!(!is_row(&huge) && is_row(&early.rows()[0].png));
    }
}
