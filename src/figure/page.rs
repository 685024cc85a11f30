//! A figure as data, and the same as SVG, PDF or pixels of any size.

use super::paper::{Ground, MOST_PIXELS, Page, Unit};
use super::plot::{HeatPanel, LABEL_SIZE, LinePlot, PanelRow, Pictures, Strip, TextSheet};
use super::png::{rgba_png, svg_size, svg_to_image, svg_to_preview};
use super::svg::{Canvas, Sheet};
use super::{FigureError, pdf, recipe};
use image::RgbaImage;
use serde::{Deserialize, Serialize};

/// Pixels of a preview along its longer side.
const PREVIEW: f32 = 1000.0;

/// A drawing with the command that makes it again. It serialises, so that it can be kept, changed and drawn anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What is drawn.
    pub drawing: Drawing,
    /// A command line, carried inside the file; may be empty. For two pictures beside each other it is two of them.
    pub recipe: String,
}

/// The kinds of drawings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drawing {
    /// A heat map.
    Heat(Box<HeatPanel>),
    /// Heat maps beside each other.
    Row(PanelRow),
    /// Heat maps over time.
    Strip(Strip),
    /// Pictures in rows.
    Pictures(Pictures),
    /// Texts, letter by letter.
    Texts(TextSheet),
    /// Curves.
    Plot(LinePlot),
}

impl Drawing {
    /// With these words in small print below it.
    pub fn captioned(mut self, words: String) -> Self {
        let caption = match &mut self {
            Self::Heat(panel) => &mut panel.caption,
            Self::Row(row) => &mut row.caption,
            Self::Strip(strip) => &mut strip.caption,
            Self::Pictures(pictures) => &mut pictures.caption,
            Self::Texts(sheet) => &mut sheet.caption,
            Self::Plot(plot) => &mut plot.caption,
        };
        *caption = words;
        self
    }
}

impl Figure {
    /// Of a heat map, without recipe.
    pub fn heat(panel: HeatPanel) -> Self {
        Self { drawing: Drawing::Heat(Box::new(panel)), recipe: String::new() }
    }

    /// As a complete SVG document. Texts keep a readable size and the map or plot takes the rest of the page; only where
    /// that leaves too little, everything gets smaller together: nothing is cut off and nothing overlaps.
    ///
    /// # Errors
    /// [`FigureError::PageTooSmall`] where not even that helps.
    pub fn to_svg(&self, page: Page) -> Result<String, FigureError> {
        let svg = self.drawn(page)?;
        Ok(if self.recipe.is_empty() { svg } else { recipe::into_svg(&svg, &self.recipe) })
    }

    /// As the bytes of a PDF document of one page, which has the size of the SVG.
    ///
    /// # Errors
    /// Those of [`Self::to_svg`] and of [`pdf::svg_to_pdf`].
    pub fn to_pdf(&self, page: Page) -> Result<Vec<u8>, FigureError> {
        pdf::svg_to_pdf(&self.drawn(page)?, &self.recipe)
    }

    /// As pixels.
    ///
    /// # Errors
    /// Those of [`Self::to_svg`] and [`svg_to_image`], and [`FigureError::TooFine`].
    pub fn to_image(&self, page: Page) -> Result<RgbaImage, FigureError> {
        let (svg, fineness) = (self.drawn(page)?, page.fineness());
        if let Some(size) = page.size
            && let (width, Some(height)) = size.px()
            && width * height * fineness * fineness > MOST_PIXELS
        {
            return Err(FigureError::TooFine(size.to_string()));
        }
        svg_to_image(&svg, fineness as f32)
    }

    /// How many pixels that are, to the right and down.
    ///
    /// # Errors
    /// Those of [`Self::to_svg`].
    pub fn pixels(&self, page: Page) -> Result<[u32; 2], FigureError> {
        let side = |px: f32| (f64::from(px) * page.fineness()).round().max(1.0) as u32;
        Ok(svg_size(&self.drawn(page)?)?.map(side))
    }

    /// As pixels that are quick to draw, laid out as on the page.
    ///
    /// # Errors
    /// Those of [`Self::to_svg`] and [`svg_to_image`].
    pub fn to_preview(&self, page: Page) -> Result<RgbaImage, FigureError> {
        svg_to_preview(&self.drawn(page)?, PREVIEW)
    }

    /// As the bytes of a PNG file.
    ///
    /// # Errors
    /// Those of [`Self::to_image`].
    pub fn to_png(&self, page: Page) -> Result<Vec<u8>, FigureError> {
        let png = rgba_png(&self.to_image(page)?)?;
        let png = if self.recipe.is_empty() { png } else { recipe::into_png(png, &self.recipe) };
        Ok(match page.dots() {
            Some(dots) => recipe::with_dots(png, dots),
            None => png,
        })
    }

    fn drawn(&self, page: Page) -> Result<String, FigureError> {
        if (page.size, page.font_size) == (None, None) {
            return Ok(self.drawing.natural(page.ground).finish());
        }
        let (width, height, unit) = match page.size {
            Some(size) => {
                let (width, height) = size.px();
                (width, height, size.unit())
            }
            None => (self.drawing.natural(page.ground).width(), None, Unit::Px),
        };
        let devices: Vec<f64> = match page.font_size {
            Some(size) => vec![size.px() / LABEL_SIZE],
            None => {
                let [usual_width, usual_height] = self.drawing.usual_page();
                // Large pages are the usual one enlarged; small ones keep their texts readable as long as they can.
                let most =
                    (width / usual_width).min(height.map_or(f64::INFINITY, |h| h / usual_height)).max(1.0);
                (0..60).map(|step| most * 0.95f64.powi(step)).take_while(|device| *device > 0.3).collect()
            }
        };
        let fineness = page.fineness();
        let fitted = devices.into_iter().map(|shown| {
            let (width, device) = (width / shown, shown * fineness);
            let height = height.map_or_else(
                || (self.drawing.height_on(width, device) * shown).ceil() / shown,
                |height| height / shown,
            );
            Sheet { width, height, device, shown, unit, ground: page.ground }
        });
        fitted.into_iter().find_map(|sheet| self.drawing.fitted(&sheet)).ok_or_else(|| {
            FigureError::PageTooSmall {
                size: page.size.map_or_else(|| "the usual size".to_owned(), |size| size.to_string()),
                font: page.font_size.map_or_else(String::new, |size| format!(" with text of {size} pt")),
            }
        })
    }
}

impl Drawing {
    fn natural(&self, ground: Ground) -> Canvas {
        match self {
            Self::Heat(panel) => panel.natural(ground),
            Self::Row(row) => row.natural(ground),
            Self::Strip(strip) => strip.natural(ground),
            Self::Pictures(pictures) => pictures.natural(ground),
            Self::Texts(texts) => texts.natural(ground),
            Self::Plot(plot) => plot.natural(ground),
        }
    }

    /// The settings in small print below it.
    pub fn caption_mut(&mut self) -> &mut String {
        match self {
            Self::Heat(panel) => &mut panel.caption,
            Self::Row(row) => &mut row.caption,
            Self::Strip(strip) => &mut strip.caption,
            Self::Pictures(pictures) => &mut pictures.caption,
            Self::Texts(texts) => &mut texts.caption,
            Self::Plot(plot) => &mut plot.caption,
        }
    }

    fn fitted(&self, sheet: &Sheet) -> Option<String> {
        match self {
            Self::Heat(panel) => panel.fitted(sheet),
            Self::Row(row) => row.fitted(sheet),
            Self::Strip(strip) => strip.fitted(sheet),
            Self::Pictures(pictures) => pictures.fitted(sheet),
            Self::Texts(texts) => texts.fitted(sheet),
            Self::Plot(plot) => plot.fitted(sheet),
        }
    }

    /// How high a sheet of this width has to be for it, in px.
    fn height_on(&self, width: f64, device: f64) -> f64 {
        match self {
            Self::Heat(panel) => panel.height_on(width, device),
            Self::Row(row) => row.height_on(width, device),
            Self::Strip(strip) => strip.height_on(width, device),
            Self::Pictures(pictures) => pictures.height_on(width),
            Self::Texts(texts) => texts.height_on(width),
            Self::Plot(plot) => plot.height_on(width),
        }
    }

    /// About what it takes in its usual size, in px.
    fn usual_page(&self) -> [f64; 2] {
        match self {
            Self::Heat(_) | Self::Plot(_) => [460.0, 420.0],
            Self::Row(_) => [900.0, 460.0],
            Self::Strip(_) | Self::Pictures(_) | Self::Texts(_) => [720.0, 240.0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::PageSize;
    use crate::figure::{
        Arrows, CellLayout, CellMarks, CellWindow, Move, Moves, Overlay, ParticleWay, Points, Ring, Scale,
        Series, StripFrame, StripRow,
    };
    use ndarray::Array2;

    const CAPTION: &str = "--target checkerboard --k 64 --source uniform --coupling independent --scheduler quadratic; \
                           t = 0.5, κ = 0.250000; exact sampler with 64 steps, seed 0";

    fn heat(k: usize, mask: bool) -> HeatPanel {
        let v = k + usize::from(mask);
        let values = Array2::from_shape_fn((v, v), |(i, j)| 1e-4 * (i * j) as f64);
        let layout = CellLayout::new(k, mask);
        let mut panel =
            HeatPanel::new("probability mass pₜ at t = 0.500", values, layout, Scale::sequential(2e-4));
        panel.unit = "mass / time".to_owned();
        panel.caption = CAPTION.to_owned();
        panel
    }

    fn figures() -> Vec<(&'static str, Figure)> {
        let mut arrows = heat(16, false);
        let along = (0..64).map(|i| [f64::from(i % 8) * 2.0 + 1.0, f64::from(i / 8) * 2.0 + 1.0, 0.01, 0.02]);
        arrows.overlay = Some(Overlay::Arrows(Arrows {
            arrows: along.collect(),
            longest: 0.03,
            block: 2.0,
            unit: "mass · values / time".to_owned(),
            pointed: None,
        }));
        let mut points = heat(64, true);
        points.overlay = Some(Overlay::Points(Points {
            states: (0..300).map(|i| [i % 60, i % 31]).collect(),
            trails: vec![([1.0, 2.0, 30.0, 2.0], 0.8)],
            colors: Vec::new(),
        }));
        let frames = (0..12)
            .map(|i| StripFrame::new(format!("t = 0.{i:02}"), Array2::from_elem((8, 8), f64::from(i))));
        let row = StripRow { label: String::new(), panels: frames.collect() };
        let mut strip = Strip::new(vec![row], CellLayout::new(8, false), Scale::sequential(12.0));
        (strip.title, strip.unit, strip.caption) = ("p over time".into(), "mass".into(), CAPTION.into());
        let names = [
            "exact, linear",
            "euler, linear",
            "exponential, linear",
            "tau",
            "noise floor of as many perfect samples",
        ];
        let series = names.into_iter().enumerate().map(|(n, name)| Series {
            label: name.to_owned(),
            points: (0..9).map(|i| [2f64.powi(i), 0.3 / (1.0 + n as f64) / 2f64.powi(i)]).collect(),
            dashed: n == 4,
            ..Series::default()
        });
        let plot = LinePlot {
            title: "TV to the target".into(),
            x_label: "denoiser evaluations (NFE)".into(),
            y_label: "TV".into(),
            series: series.collect(),
            log_x: true,
            log_y: true,
            shares: false,
            rings: vec![Ring {
                at: [64.0, 1e-3],
                label: "present setting: TV 0.291 at 64 evaluations".into(),
            }],
            caption: CAPTION.into(),
        };
        let mut moves = heat(4, false);
        let to = [[1, 0], [3, 0], [0, 2]].map(|to| Move { from: [0, 0], to, value: 1.0 + to[0] as f64 });
        let (unit, from_one) = ("flux p u, mass / time".to_owned(), false);
        moves.marks = CellMarks {
            numbers: true,
            moves: Some(Moves { moves: to.into(), unit, from_one }),
            way: Some(ParticleWay { particle: 3, states: vec![[0, 0], [2, 0], [2, 1]] }),
            cell: Some([0, 0]),
        };
        let mut zoomed = heat(64, true);
        zoomed.section = Some(CellWindow { min: [40.3, 50.0], size: [17.0; 2] });
        let mut long = strip.clone();
        let again = long.rows[0].panels.clone();
        long.rows[0].panels.extend(again);
        let arrow_frames = long.rows[0].panels.iter_mut();
        arrow_frames.for_each(|frame| frame.overlay.clone_from(&arrows.overlay));
        let mut row = PanelRow::new("A and B", vec![heat(64, true), heat(32, false)]);
        row.caption = CAPTION.to_owned();
        let of = |drawing| Figure { drawing, recipe: "dfm-explorer export".to_owned() };
        vec![
            ("heat", of(Drawing::Heat(Box::new(heat(64, false))))),
            ("masked", of(Drawing::Heat(Box::new(heat(256, true))))),
            ("two tokens", of(Drawing::Heat(Box::new(heat(2, true))))),
            ("arrows", of(Drawing::Heat(Box::new(arrows)))),
            ("points", of(Drawing::Heat(Box::new(points)))),
            ("strip", of(Drawing::Strip(strip))),
            ("plot", of(Drawing::Plot(plot))),
            ("moves", of(Drawing::Heat(Box::new(moves)))),
            ("zoomed", of(Drawing::Heat(Box::new(zoomed)))),
            ("strip of arrows", of(Drawing::Strip(long))),
            ("row", of(Drawing::Row(row))),
        ]
    }

    /// Whether two boxes overlap by more than rounding, or touch side by side.
    fn overlap(a: &resvg::usvg::Rect, b: &resvg::usvg::Rect) -> bool {
        let slack = 0.6;
        a.left() < b.right() + 0.5
            && b.left() < a.right() + 0.5
            && a.top() + slack < b.bottom()
            && b.top() + slack < a.bottom()
    }

    fn texts(group: &resvg::usvg::Group, found: &mut Vec<(String, resvg::usvg::Rect)>) {
        for node in group.children() {
            match node {
                resvg::usvg::Node::Group(group) => texts(group, found),
                resvg::usvg::Node::Text(text) => {
                    let words = text.chunks().iter().map(|chunk| chunk.text()).collect::<Vec<_>>().join(" ");
                    found.push((words, text.flattened().abs_bounding_box()));
                }
                _ => {}
            }
        }
    }

    fn without_caption(mut figure: Figure) -> Figure {
        figure.drawing.caption_mut().clear();
        figure
    }

    #[test]
    fn no_text_is_cut_off_or_overlaps_another_at_any_size() {
        let sizes = [
            (160, 120),
            (160, 160),
            (200, 120),
            (200, 200),
            (240, 480),
            (320, 240),
            (640, 480),
            (1200, 400),
            (900, 1400),
        ];
        let options = crate::figure::fonts::options();
        let bare = figures().into_iter().map(|(name, figure)| (name, without_caption(figure)));
        for (name, figure) in figures().into_iter().chain(bare) {
            let pixels = sizes.iter().map(|(width, height)| PageSize::new(*width, *height));
            // With a width alone every figure fits: it is as high as it needs to be.
            let widths = ["8.5cm", "17cm", "12cmx9cm", "700"].map(|size| size.parse().ok());
            for size in pixels.chain(widths).chain([None]) {
                let svg = match figure.to_svg(Page { size, ..Page::default() }) {
                    // Two panels, many frames or all moves are too much for a stamp, and it is said.
                    Err(FigureError::PageTooSmall { .. })
                        if ["moves", "strip of arrows", "row"].contains(&name)
                            && size.and_then(PageSize::pixels).is_some_and(|[_, height]| height <= 160) =>
                    {
                        continue;
                    }
                    svg => svg.expect("fits"),
                };
                let tree = resvg::usvg::Tree::from_str(&svg, &options).expect("parses");
                let [width, height] = [tree.size().width(), tree.size().height()];
                if let Some(pixels) = size.and_then(PageSize::pixels) {
                    assert_eq!([width as u32, height as u32], pixels, "{name}");
                } else if let Some(size) = size {
                    let asked = size.px().0 as f32;
                    assert!((width - asked).abs() < 0.1, "{name} at {size}: {width} and not {asked}");
                }
                let mut found = Vec::new();
                texts(tree.root(), &mut found);
                assert!(found.len() > 4, "{name}: {} texts", found.len());
                for (i, (text, place)) in found.iter().enumerate() {
                    let inside = place.left() >= -0.5
                        && place.top() >= -0.5
                        && place.right() <= width + 0.5
                        && place.bottom() <= height + 0.5;
                    assert!(inside, "{name} at {size:?}: {text:?} lies at {place:?} of {width} x {height}");
                    for (other, its) in &found[..i] {
                        assert!(
                            !overlap(place, its),
                            "{name} at {size:?}: {text:?} {place:?} over {other:?} {its:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_figure_survives_json_and_is_drawn_the_same() {
        for (name, mut figure) in figures() {
            if let Drawing::Heat(panel) = &mut figure.drawing {
                panel.values[[0, 0]] = f64::NAN;
            }
            let text = serde_json::to_string(&figure).expect("json");
            let read: Figure = serde_json::from_str(&text).expect("a figure");
            let page = Page::default();
            assert_eq!(read.to_svg(page).expect("draws"), figure.to_svg(page).expect("draws"), "{name}");
        }
    }

    #[test]
    fn pixels_have_the_size_that_was_asked_for_and_the_theme_its_ground() {
        for (name, figure) in figures() {
            for (dark, ground) in [(false, [255, 255, 255]), (true, [0x15, 0x17, 0x1b])] {
                let page = Page { size: PageSize::new(333, 257), ..Page::usual(dark) };
                let image = figure.to_image(page).expect("renders");
                assert_eq!(image.dimensions(), (333, 257), "{name}");
                assert_eq!(image.get_pixel(1, 1).0[..3], ground, "{name}");
                assert_eq!(image.get_pixel(331, 255).0[..3], ground, "{name}");
            }
        }
    }
}
