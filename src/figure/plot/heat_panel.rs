//! One heat map with axes, title and colour bar.

use ndarray::Array2;

use super::cell_marks::CellMarks;
use super::color_bar::ColorBar;
use super::heat_map::{HeatMap, bottom_tick_room, cell_side, cells_shown, fitting_cell, left_tick_room};
use super::overlay::{Arrows, Behind, Overlay};
use super::parts::{Caption, LABEL, MARGIN, TITLE, X_LABEL, Y_LABEL, label_room};
use crate::figure::paper::Ground;
use crate::figure::png::DEFAULT_SCALE;
use crate::figure::raster::CellLayout;
use crate::figure::scale::Scale;
use crate::figure::svg::{Canvas, Sheet};
use crate::figure::window::CellWindow;
use serde::{Deserialize, Serialize};

/// Side of the data cells in px, before rounding to whole half px a cell.
const SIDE: f64 = 320.0;

/// A field over pairs of tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatPanel {
    /// Title above the map; may be empty.
    pub title: String,
    /// `[V, V]`: axis 0 = token 1, to the right; axis 1 = token 2, upward.
    #[serde(with = "crate::figure::table")]
    pub values: Array2<f64>,
    /// Number of tokens and placement of a mask margin.
    pub layout: CellLayout,
    /// Values to colours.
    pub scale: Scale,
    /// What the colour bar shows, with its unit.
    pub unit: String,
    /// Label of the axis of token 1.
    pub x_label: String,
    /// Label of the axis of token 2.
    pub y_label: String,
    /// Arrows, points or lines over the map.
    pub overlay: Option<Overlay>,
    /// How the map steps back behind them.
    #[serde(default)]
    pub behind: Behind,
    /// Marks over single cells.
    #[serde(default)]
    pub marks: CellMarks,
    /// The part of the cells that is shown, where it is not all of them.
    #[serde(default)]
    pub section: Option<CellWindow>,
    /// Where the axes begin and end, to the right and upward, where they are not of tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranges: Option<[[f64; 2]; 2]>,
    /// Whether only whole numbers are written there: those of things that are counted.
    #[serde(default)]
    pub whole: bool,
    /// Settings in small print below the panel; may be empty. Drawn by [`HeatPanel::to_svg`] only.
    pub caption: String,
}

/// The room a panel takes around its map, in px.
#[derive(Clone, Copy, Debug)]
pub(super) struct PanelSize {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub side: f64,
    cell: f64,
    device: f64,
}

impl PanelSize {
    pub fn width(&self) -> f64 {
        self.left + self.side + self.right
    }
}

impl HeatPanel {
    /// A panel with the axes "token 1" and "token 2", without unit and caption.
    pub fn new(title: impl Into<String>, values: Array2<f64>, layout: CellLayout, scale: Scale) -> Self {
        Self {
            title: title.into(),
            values,
            layout,
            scale,
            unit: String::new(),
            x_label: X_LABEL.to_owned(),
            y_label: Y_LABEL.to_owned(),
            overlay: None,
            behind: Behind::default(),
            marks: CellMarks::default(),
            section: None,
            ranges: None,
            whole: false,
            caption: String::new(),
        }
    }

    /// The panel as a complete SVG document, in the size that suits it.
    pub fn to_svg(&self) -> String {
        self.natural(Ground::default()).finish()
    }

    /// The same drawing on another ground.
    pub(in crate::figure) fn natural(&self, ground: Ground) -> Canvas {
        let size = self.size();
        let width = MARGIN + size.width() + MARGIN;
        let caption = Caption::new(&self.caption, size.width());
        let height = MARGIN + size.top + size.side + size.bottom + caption.height() + MARGIN;
        let (width, height) = (width.ceil(), height.ceil());
        self.set(&Sheet::natural(width, height, ground), size, &caption)
    }

    /// How high a sheet of this width has to be, with a map as large as the width lets it be.
    pub(in crate::figure) fn height_on(&self, width: f64, device: f64) -> f64 {
        let caption = Caption::new(&self.caption, width - 2.0 * MARGIN);
        let (mut side, mut height) = (width, 0.0);
        // The room around a map depends a little on its size: ticks of the colour bar.
        for _ in 0..4 {
            let size = self.size_in(side.max(1.0), device);
            side = width - 2.0 * MARGIN - size.left - size.right;
            height = 2.0 * MARGIN + size.top + size.side + size.bottom + caption.height();
            if size.side <= side {
                break;
            }
        }
        height
    }

    /// The panel on a sheet, with the largest map that it holds; `None` where that would be a poor one.
    pub(in crate::figure) fn fitted(&self, sheet: &Sheet) -> Option<String> {
        let caption = Caption::new(&self.caption, sheet.width - 2.0 * MARGIN);
        let least = (0.42 * sheet.width.min(sheet.height)).max(48.0);
        let mut side = sheet.width.min(sheet.height);
        // The room around a map depends a little on its size: ticks of the colour bar.
        for _ in 0..4 {
            let size = self.size_in(side, sheet.device);
            let room = [
                sheet.width - 2.0 * MARGIN - size.left - size.right,
                sheet.height - 2.0 * MARGIN - size.top - size.bottom - caption.height(),
            ];
            let most = room[0].min(room[1]);
            if most < least {
                return None;
            }
            if size.side <= most {
                return self.set(sheet, size, &caption).finish_if_clear();
            }
            side = most;
        }
        None
    }

    fn set(&self, sheet: &Sheet, size: PanelSize, caption: &Caption) -> Canvas {
        let mut canvas = Canvas::on(sheet, &self.title);
        let height = size.top + size.side + size.bottom + caption.height();
        let slack = [sheet.width - 2.0 * MARGIN - size.width(), sheet.height - 2.0 * MARGIN - height];
        let [right, down] = slack.map(|s| (0.5 * s.max(0.0) * sheet.device).floor() / sheet.device);
        let (x, y) = (MARGIN + right + size.left, MARGIN + down + size.top);
        self.draw_sized(&mut canvas, x, y, size);
        caption.draw(&mut canvas, MARGIN, y + size.side + size.bottom);
        canvas
    }

    fn color_bar(&self, side: f64) -> ColorBar<'_> {
        ColorBar { scale: &self.scale, unit: &self.unit, height: side }
    }

    /// Arrows that say themselves what they mean: over a map that is seen clearly its colours say it.
    fn arrows_with_legend(&self) -> Option<&Arrows> {
        match &self.overlay {
            Some(Overlay::Arrows(arrows)) if self.behind != Behind::Clear => Some(arrows),
            _ => None,
        }
    }

    pub(super) fn size(&self) -> PanelSize {
        self.size_of(cell_side(&self.layout, self.section, SIDE), f64::from(DEFAULT_SCALE))
    }

    fn size_of(&self, cell: f64, device: f64) -> PanelSize {
        let (layout, section, ranges, whole) = (&self.layout, self.section, self.ranges, self.whole);
        let map = HeatMap { layout, section, ranges, whole, x: 0.0, y: 0.0, cell, device };
        let side = map.side();
        let right = match self.arrows_with_legend() {
            Some(arrows) => arrows.legend_room(&map),
            None => self.color_bar(side).room(),
        };
        PanelSize {
            left: (left_tick_room(&self.layout, self.ranges) + label_room(&self.y_label)).ceil(),
            right: right.ceil(),
            // Also without a title: the power of ten above the colour bar needs a line.
            top: TITLE.height() + 8.0 + self.marks.legend_room(),
            bottom: bottom_tick_room() + label_room(&self.x_label),
            side,
            cell,
            device,
        }
    }

    /// The same with a map of at most `side` px.
    pub(super) fn size_in(&self, side: f64, device: f64) -> PanelSize {
        self.size_of(fitting_cell(cells_shown(&self.layout, self.section), side, device), device)
    }

    /// Draws the panel with the top left corner of its map at (`x`, `y`).
    pub(super) fn draw_sized(&self, canvas: &mut Canvas, x: f64, y: f64, size: PanelSize) {
        let (layout, section, ranges, whole) = (&self.layout, self.section, self.ranges, self.whole);
        let map = HeatMap { layout, section, ranges, whole, x, y, cell: size.cell, device: size.device };
        let scale = match &self.overlay {
            Some(_) => self.behind.scale(self.scale, canvas.is_dark()),
            None => self.scale,
        };
        map.draw(canvas, &self.values, &scale);
        if let Some(overlay) = &self.overlay {
            overlay.draw(canvas, &map, self.behind);
        }
        self.marks.draw(canvas, &map, &self.values);
        map.bottom_ticks(canvas);
        map.left_ticks(canvas);
        match self.arrows_with_legend() {
            Some(arrows) => arrows.draw_legend(canvas, &map),
            None => ColorBar { scale: &scale, ..self.color_bar(size.side) }.draw(canvas, x + size.side, y),
        }

        // A title that is wider than its map begins as far left as it may.
        let title = TITLE.fitted(&self.title, size.left + size.side);
        let over = (title.width(&self.title) - size.side).clamp(0.0, size.left);
        canvas.text(x - over, y - 8.0 - self.marks.legend_room(), &self.title, &title);
        let (x_style, y_style) = (
            LABEL.middle().fitted(&self.x_label, size.side),
            LABEL.upward().fitted(&self.y_label, size.side),
        );
        let middle = 0.5 * size.side;
        // The descender hangs below the baseline by about a fifth of the size.
        canvas.text(x + middle, y + size.side + size.bottom - 2.0, &self.x_label, &x_style);
        canvas.text(x - size.left + 0.8 * LABEL.size, y + middle, &self.y_label, &y_style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::colormap::{ColorMap, MISSING};
    use crate::figure::png::{svg_to_image, svg_to_png};
    use image::Rgba;

    #[test]
    fn png_has_the_size_of_the_svg_and_cells_their_colours() {
        let k = 8;
        let mut values = Array2::zeros((k + 1, k + 1));
        values[[k - 1, 0]] = 1.0;
        values[[0, k - 1]] = f64::NAN;
        values[[k, k]] = 0.5;
        let layout = CellLayout::new(k, true);
        let panel = HeatPanel::new("p <&\"", values, layout, Scale::sequential(1.0));
        let svg = panel.to_svg();
        let tree = resvg::usvg::Tree::from_str(&svg, &Default::default()).expect("parses");
        let png = svg_to_png(&svg, 2.0).expect("renders");
        let image = image::load_from_memory(&png).expect("decodes").to_rgba8();
        assert_eq!(image.width() as f32, 2.0 * tree.size().width());
        assert_eq!(image.height() as f32, 2.0 * tree.size().height());

        let size = panel.size();
        let cell = cell_side(&layout, None, SIDE);
        let colour_at = |i: f64, j: f64| {
            let x = MARGIN + size.left + cell * i;
            let y = MARGIN + size.top + size.side - cell * j;
            let Rgba([r, g, b, _]) = *image.get_pixel((2.0 * x) as u32, (2.0 * y) as u32);
            [r, g, b]
        };
        let last = k as f64 - 0.5;
        assert_eq!(colour_at(last, 0.5), ColorMap::Viridis.color(1.0));
        assert_eq!(colour_at(0.5, 0.5), ColorMap::Viridis.color(0.0));
        assert_eq!(colour_at(0.5, last), MISSING);
        let mask = f64::from(layout.extent()) - 0.5;
        assert_eq!(colour_at(mask, mask), ColorMap::Viridis.color(0.5));
        assert_eq!(colour_at(k as f64 + 0.125, 3.0), [255; 3]);
    }

    #[test]
    fn degenerate_panels_still_make_an_image() {
        for (k, scale) in [
            (0, Scale::sequential(1.0)),
            (1, Scale::diverging(f64::NAN)),
            (3, Scale { min: f64::NAN, max: f64::INFINITY, map: ColorMap::Viridis }),
        ] {
            let values = Array2::from_elem((k, k), f64::NEG_INFINITY);
            let panel = HeatPanel::new("", values, CellLayout::new(k, k == 1), scale);
            assert!(svg_to_image(&panel.to_svg(), 1.0).is_ok());
        }
    }
}
