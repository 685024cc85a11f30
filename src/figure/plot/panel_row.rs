//! Heat maps side by side under one title, with an optional line of progress: a figure of several
//! fields, or one frame of an animation.

use super::heat_panel::HeatPanel;
use super::parts::{Caption, MARGIN, TITLE};
use crate::figure::error::FigureError;
use crate::figure::png::svg_to_image;
use crate::figure::svg::{Canvas, TextStyle};

/// Space between two panels.
const GAP: f64 = 24.0;
/// Thickness of the line of progress.
const BAR: f64 = 4.0;
const HEADING: TextStyle = TextStyle { size: 16.0, ..TITLE };

/// Panels side by side.
///
/// As frames of an animation, all rows need the same layouts, units and scales; titles may differ
/// (a long one is set smaller, it never widens the row), so that every frame has the same size.
#[derive(Clone, Debug, PartialEq)]
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

    /// The row as a complete SVG document.
    pub fn to_svg(&self) -> String {
        let sizes: Vec<_> = self.panels.iter().map(HeatPanel::size).collect();
        let most = |f: fn(&super::heat_panel::PanelSize) -> f64| sizes.iter().map(f).fold(0.0, f64::max);
        let (top, side, bottom) = (most(|s| s.top), most(|s| s.side), most(|s| s.bottom));
        let gaps = GAP * sizes.len().saturating_sub(1) as f64;
        let content = (sizes.iter().map(|s| s.width()).sum::<f64>() + gaps).max(160.0);
        let title_room = if self.title.is_empty() { 0.0 } else { HEADING.size + 8.0 };
        let bar_room = if self.progress.is_some() { BAR + 12.0 } else { 0.0 };
        let caption = Caption::new(&self.caption, content);

        let map_top = MARGIN + title_room + bar_room + top;
        let below = map_top + side + bottom;
        let height = below + caption.height() + MARGIN;
        let mut canvas = Canvas::new(content + 2.0 * MARGIN, height, &self.title);

        let heading = HEADING.fitted(&self.title, content);
        canvas.text(MARGIN, MARGIN + 0.85 * HEADING.size, &self.title, &heading);
        if let Some(progress) = self.progress {
            let done = if progress.is_finite() { progress.clamp(0.0, 1.0) } else { 0.0 };
            let y = MARGIN + title_room;
            canvas.rect(MARGIN, y, content, BAR, "#e3e3e3");
            canvas.rect(MARGIN, y, content * done, BAR, "#4d4d4d");
        }
        let mut x = MARGIN;
        for (panel, size) in self.panels.iter().zip(&sizes) {
            // Smaller maps stand on the same line as the largest.
            panel.draw(&mut canvas, x + size.left, map_top + side - size.side);
            x += size.width() + GAP;
        }
        caption.draw(&mut canvas, MARGIN, below);
        canvas.finish()
    }

    /// The row as pixels, for a frame of [`crate::figure::encode_gif`].
    ///
    /// # Errors
    /// Those of [`svg_to_image`].
    pub fn to_image(&self, scale: f32) -> Result<image::RgbaImage, FigureError> {
        svg_to_image(&self.to_svg(), scale)
    }
}
