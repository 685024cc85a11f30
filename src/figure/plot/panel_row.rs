//! Heat maps side by side under one title, with an optional line of progress: a figure of several
//! fields, or one frame of an animation.

use super::heat_panel::{HeatPanel, PanelSize};
use super::parts::{Caption, MARGIN, TITLE};
use crate::figure::error::FigureError;
use crate::figure::paper::Ground;
use crate::figure::png::svg_to_image;
use crate::figure::svg::{Canvas, Sheet, TextStyle};
use serde::{Deserialize, Serialize};

/// Space between two panels.
const GAP: f64 = 24.0;
/// Thickness of the line of progress.
const BAR: f64 = 4.0;
/// Smaller maps have no room for their titles.
const LEAST_SIDE: f64 = 132.0;
const HEADING: TextStyle = TextStyle { size: 16.0, ..TITLE };

/// Panels side by side.
///
/// As frames of an animation, all rows need the same layouts, units and scales; titles may differ
/// (a long one is set smaller, it never widens the row), so that every frame has the same size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelRow {
    /// Title over all panels, such as the time; may be empty.
    pub title: String,
    /// The panels from left to right; their own captions are not drawn.
    pub panels: Vec<HeatPanel>,
    /// How far the animation is, in [0, 1]; `None` draws no line of progress.
    pub progress: Option<f64>,
    /// Settings in small print below; may be empty.
    pub caption: String,
}

impl PanelRow {
    /// A row without progress and caption.
    pub fn new(title: impl Into<String>, panels: Vec<HeatPanel>) -> Self {
        Self { title: title.into(), panels, progress: None, caption: String::new() }
    }

    /// The row as a complete SVG document, in the size that suits it.
    pub fn to_svg(&self) -> String {
        self.natural(Ground::default()).finish()
    }

    /// The same drawing on another ground.
    pub(in crate::figure) fn natural(&self, ground: Ground) -> Canvas {
        let room = self.room(self.panels.iter().map(HeatPanel::size).collect());
        let caption = Caption::new(&self.caption, room.content);
        let (width, height) = (room.content + 2.0 * MARGIN, room.below() + caption.height() + MARGIN);
        let sheet = Sheet::natural(width.ceil(), height.ceil(), ground);
        self.set(&sheet, &room, &caption)
    }

    /// How high a sheet of this width has to be, with maps as large as the width lets them be.
    pub(in crate::figure) fn height_on(&self, width: f64, device: f64) -> f64 {
        let caption = Caption::new(&self.caption, width - 2.0 * MARGIN);
        let (mut side, mut below) = (width, 0.0);
        for _ in 0..5 {
            let room = self.room(self.panels.iter().map(|panel| panel.size_in(side, device)).collect());
            below = room.below();
            let over = room.needed - (width - 2.0 * MARGIN);
            if over <= 0.0 {
                break;
            }
            side = (side - over / self.panels.len().max(1) as f64).floor().max(1.0);
        }
        below + caption.height() + MARGIN
    }

    /// The row on a sheet, with the largest maps that it holds, all of the same size; `None` where they would be too
    /// small to see.
    pub(in crate::figure) fn fitted(&self, sheet: &Sheet) -> Option<String> {
        let caption = Caption::new(&self.caption, sheet.width - 2.0 * MARGIN);
        let mut side = sheet.width.min(sheet.height);
        // The room around a map depends a little on its size: ticks of the colour bar.
        for _ in 0..5 {
            let sizes = self.panels.iter().map(|panel| panel.size_in(side, sheet.device)).collect();
            let room = self.room(sizes);
            let wide = sheet.width - 2.0 * MARGIN - room.content.max(room.needed);
            let high = sheet.height - room.below() - caption.height() - MARGIN;
            if wide >= 0.0 && high >= 0.0 {
                return self.set(sheet, &room, &caption).finish_if_clear();
            }
            let over = (-wide / self.panels.len().max(1) as f64).max(-high);
            side = (side - over).floor();
            // Titles keep to their maps, at the smallest size that they have.
            if side < (0.2 * sheet.width.min(sheet.height)).max(LEAST_SIDE) {
                return None;
            }
        }
        None
    }

    fn room(&self, sizes: Vec<PanelSize>) -> Room {
        let most = |f: fn(&PanelSize) -> f64| sizes.iter().map(f).fold(0.0, f64::max);
        let (top, side, bottom) = (most(|s| s.top), most(|s| s.side), most(|s| s.bottom));
        let gaps = GAP * sizes.len().saturating_sub(1) as f64;
        let needed = sizes.iter().map(PanelSize::width).sum::<f64>() + gaps;
        let title = if self.title.is_empty() { 0.0 } else { HEADING.size + 8.0 };
        let bar = if self.progress.is_some() { BAR + 12.0 } else { 0.0 };
        Room {
            needed,
            content: needed.max(160.0),
            title,
            map_top: MARGIN + title + bar + top,
            side,
            bottom,
            sizes,
        }
    }

    fn set(&self, sheet: &Sheet, room: &Room, caption: &Caption) -> Canvas {
        let mut canvas = Canvas::on(sheet, &self.title);
        let slack = [
            sheet.width - 2.0 * MARGIN - room.content,
            sheet.height - room.below() - caption.height() - MARGIN,
        ];
        let [right, down] = slack.map(|s| (0.5 * s.max(0.0) * sheet.device).floor() / sheet.device);
        let left = MARGIN + right;
        let heading = HEADING.fitted(&self.title, room.content);
        canvas.text(left, down + MARGIN + 0.85 * HEADING.size, &self.title, &heading);
        if let Some(progress) = self.progress {
            let done = if progress.is_finite() { progress.clamp(0.0, 1.0) } else { 0.0 };
            let y = down + MARGIN + room.title;
            canvas.rect(left, y, room.content, BAR, "#e3e3e3");
            canvas.rect(left, y, room.content * done, BAR, "#4d4d4d");
        }
        let mut x = left;
        for (panel, size) in self.panels.iter().zip(&room.sizes) {
            // Smaller maps stand on the same line as the largest.
            panel.draw_sized(&mut canvas, x + size.left, down + room.map_top + room.side - size.side, *size);
            x += size.width() + GAP;
        }
        caption.draw(&mut canvas, MARGIN, down + room.below());
        canvas
    }

    /// The row as pixels, for a frame of [`crate::figure::encode_gif`].
    ///
    /// # Errors
    /// Those of [`svg_to_image`].
    pub fn to_image(&self, scale: f32) -> Result<image::RgbaImage, FigureError> {
        svg_to_image(&self.to_svg(), scale)
    }
}

/// What a row takes, in px.
struct Room {
    /// Width of the panels, and of everything between the margins.
    needed: f64,
    content: f64,
    /// Height of the title.
    title: f64,
    /// Top edge of the largest maps, and their side.
    map_top: f64,
    side: f64,
    /// Below the maps.
    bottom: f64,
    sizes: Vec<PanelSize>,
}

impl Room {
    /// Where the caption begins.
    fn below(&self) -> f64 {
        self.map_top + self.side + self.bottom
    }
}
