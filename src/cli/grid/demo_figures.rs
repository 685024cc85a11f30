//! The figures of the headless experiment: exact against learned over time, and the gap over training.

use crate::cli::grid::demo::Film;
use crate::figure::scale::format_value;
use crate::figure::{
    CellLayout, Drawing, Figure, FigureError, HeatPanel, LinePlot, PanelRow, Scale, Series, Strip,
    StripFrame, StripRow, encode_gif,
};
use crate::flow::{GridPath, Scheduler};
use crate::train::grid::Gap;

/// Frames of the strip.
const STRIP: usize = 6;
/// Milliseconds a frame of the animation is shown.
const DELAY: u32 = 80;
/// How often the last frame is repeated, so that the end is seen before it starts again.
const HOLD: usize = 12;

/// Two runs over the same times, of the same length.
pub struct DemoScene<'a> {
    pub path: &'a GridPath,
    pub scheduler: Scheduler,
    pub exact: &'a Film,
    pub learned: &'a Film,
    pub caption: String,
}

impl DemoScene<'_> {
    /// One scale for every frame, and the caption. A learned pmf has single cells far above the rest: they may saturate,
    /// so that the rest can be compared.
    fn scale(&self) -> (Scale, String) {
        let most = |film: &Film| {
            film.iter().map(|(_, pmf)| Scale::from_values_sequential(pmf).max).fold(0.0, f64::max)
        };
        let (exact, learned) = (most(self.exact), most(self.learned));
        let top = learned.clamp(exact, 1.5 * exact);
        let cut = if learned > top {
            format!("; single learned values go to {}", format_value(learned))
        } else {
            String::new()
        };
        (Scale::sequential(top), format!("{}{cut}", self.caption))
    }

    fn layout(&self) -> CellLayout {
        CellLayout::new(self.path.data_tokens(), self.path.has_mask())
    }

    fn title(&self, t: f64) -> String {
        format!("t = {t:.2}, κ = {:.2}", self.scheduler.kappa(t))
    }

    /// Exact above learned at evenly spread times, as SVG.
    pub fn strip(&self) -> Figure {
        let last = self.exact.len().saturating_sub(1);
        let row = |label: &str, film: &Film| {
            let frames = (0..STRIP).filter_map(|i| film.get(i * last / (STRIP - 1)));
            let panels = frames.map(|(t, pmf)| StripFrame::new(self.title(*t), pmf.clone())).collect();
            StripRow { label: label.to_owned(), panels }
        };
        let rows = vec![row("exact", self.exact), row("learned", self.learned)];
        let (scale, caption) = self.scale();
        let mut strip = Strip::new(rows, self.layout(), scale);
        strip.title = "exact and learned flow".to_owned();
        strip.unit = "probability".to_owned();
        strip.caption = caption;
        Figure { drawing: Drawing::Strip(strip), recipe: String::new() }
    }

    /// Exact beside learned, as a GIF.
    ///
    /// # Errors
    /// If the frames can't be drawn.
    pub fn animation(&self) -> Result<Vec<u8>, FigureError> {
        let layout = self.layout();
        let (scale, caption) = self.scale();
        let frame = |((t, exact), (_, learned)): (&(f64, _), &(f64, _))| {
            let panels =
                [("exact", exact), ("learned", learned)].map(|(title, pmf): (_, &ndarray::Array2<f64>)| {
                    let mut panel = HeatPanel::new(title, pmf.clone(), layout, scale);
                    panel.unit = "probability".to_owned();
                    panel
                });
            let mut row = PanelRow::new(self.title(*t), panels.into());
            row.progress = Some(*t);
            row.caption = caption.clone();
            row.to_image(1.0)
        };
        let mut frames =
            self.exact.iter().zip(self.learned).map(frame).collect::<Result<Vec<_>, FigureError>>()?;
        if let Some(last) = frames.last().cloned() {
            frames.extend(std::iter::repeat_n(last, HOLD));
        }
        encode_gif(&frames, &vec![DELAY; frames.len()])
    }
}

/// The gap over seconds of training.
pub fn gap_curve(gaps: &[(f64, Gap)], caption: &str) -> Figure {
    let points = gaps.iter().map(|(seconds, gap)| [*seconds, gap.gap]).collect();
    let plot = LinePlot {
        title: "gap above the closed-form floor".to_owned(),
        x_label: "training time in seconds".to_owned(),
        y_label: "gap in nats per token".to_owned(),
        series: vec![Series::new("", points)],
        log_y: true,
        caption: caption.to_owned(),
        ..LinePlot::default()
    };
    Figure { drawing: Drawing::Plot(plot), recipe: String::new() }
}
