//! Texts letter by letter, each in a cell: with what is known of it as a shade, and what happened to it as a mark.

use super::parts::{Caption, LABEL, MARGIN, TITLE};
use crate::figure::paper::Ground;
use crate::figure::svg::{Canvas, Sheet, Stroke, TextStyle, Weight};
use serde::{Deserialize, Serialize};

/// Width of a letter where nothing else is asked for, px.
const LETTER: f64 = 8.0;
/// The narrowest that is drawn.
const NARROWEST: f64 = 2.0;
/// Height of a line and size of the text, in widths of a letter.
const LINE: f64 = 2.0;
const SIZE: f64 = 1.6;
/// Between texts, in letters across and lines down.
const GAP: [f64; 2] = [2.5, 0.8];
/// Above a text that has a name, px.
const HEAD: f64 = 16.0;

/// What a letter is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SheetInk {
    /// As text is.
    #[default]
    Plain,
    /// What was given.
    Given,
    /// What was made where something was given.
    Made,
    /// What is only likely.
    Pale,
}

impl SheetInk {
    fn color(self) -> &'static str {
        match self {
            Self::Plain => "#1a1a1a",
            Self::Given => "#8a8f98",
            Self::Made => "#0b65c2",
            Self::Pale => "#a9adb5",
        }
    }
}

/// A cell of a text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SheetCell {
    /// Letters from the left and lines from the top.
    pub at: [usize; 2],
    /// How many letters wide.
    pub wide: usize,
    /// What is written in it.
    pub text: String,
    /// In which ink.
    pub ink: SheetInk,
    /// A shade behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shade: Option<[u8; 3]>,
    /// A frame around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<[u8; 3]>,
    /// Struck through: it is gone.
    #[serde(default)]
    pub struck: bool,
    /// Underlined as wrong, this surely, 0 to 1.
    #[serde(default)]
    pub wrong: f32,
}

/// A text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SheetText {
    /// Above it; may be empty.
    pub label: String,
    /// Letters a line, and lines.
    pub size: [usize; 2],
    /// What stands in it.
    pub cells: Vec<SheetCell>,
}

/// Texts in columns, of one size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextSheet {
    /// Over all; may be empty.
    pub title: String,
    /// How many beside each other.
    pub columns: usize,
    /// Row by row.
    pub texts: Vec<SheetText>,
    /// Settings in small print below; may be empty.
    pub caption: String,
}

impl TextSheet {
    pub(in crate::figure) fn natural(&self, ground: Ground) -> Canvas {
        let width = 2.0 * MARGIN + self.across() * LETTER;
        let sheet = Sheet::natural(width.ceil(), self.down(LETTER, width).ceil(), ground);
        self.set(&sheet, LETTER)
    }

    pub(in crate::figure) fn fitted(&self, sheet: &Sheet) -> Option<String> {
        let wide = (sheet.width - 2.0 * MARGIN) / self.across().max(1.0);
        let fixed = self.down(0.0, sheet.width);
        let lines = (self.down(1.0, sheet.width) - fixed).max(1e-9);
        let letter = wide.min((sheet.height - fixed) / lines);
        if letter < NARROWEST { None } else { self.set(sheet, letter).finish_if_clear() }
    }

    /// How high a sheet of this width has to be.
    pub(in crate::figure) fn height_on(&self, width: f64) -> f64 {
        self.down(((width - 2.0 * MARGIN) / self.across().max(1.0)).max(0.0), width)
    }

    fn columns(&self) -> usize {
        self.columns.clamp(1, self.texts.len().max(1))
    }

    /// Letters and lines of the largest text.
    fn size(&self) -> [f64; 2] {
        [0, 1].map(|axis| self.texts.iter().map(|text| text.size[axis]).max().unwrap_or(1).max(1) as f64)
    }

    /// In letters.
    fn across(&self) -> f64 {
        self.columns() as f64 * (self.size()[0] + GAP[0]) - GAP[0]
    }

    fn head(&self) -> f64 {
        if self.texts.iter().any(|text| !text.label.is_empty()) { HEAD } else { 0.0 }
    }

    fn top(&self) -> f64 {
        MARGIN + if self.title.is_empty() { 0.0 } else { TITLE.size + 10.0 }
    }

    /// From the top of a row of texts to that of the next.
    fn row(&self, letter: f64) -> f64 {
        (self.size()[1] + GAP[1]) * LINE * letter + self.head()
    }

    fn bottom(&self, letter: f64) -> f64 {
        let rows = self.texts.len().div_ceil(self.columns()) as f64;
        self.top() + rows * self.row(letter) - GAP[1] * LINE * letter
    }

    fn down(&self, letter: f64, width: f64) -> f64 {
        self.bottom(letter) + Caption::new(&self.caption, width - 2.0 * MARGIN).height() + MARGIN
    }

    fn set(&self, sheet: &Sheet, letter: f64) -> Canvas {
        let mut canvas = Canvas::on(sheet, &self.title);
        let title = TITLE.fitted(&self.title, sheet.width - 2.0 * MARGIN);
        canvas.text(MARGIN, MARGIN + 0.85 * TITLE.size, &self.title, &title);
        let wide = self.size()[0] * letter;
        for (n, text) in self.texts.iter().enumerate() {
            let (column, row) = (n % self.columns(), n / self.columns());
            let x = MARGIN + column as f64 * (self.size()[0] + GAP[0]) * letter;
            let y = self.top() + row as f64 * self.row(letter);
            let label = LABEL.fitted(&text.label, wide + 0.5 * GAP[0] * letter);
            canvas.text(x, y + 0.8 * LABEL.size, &text.label, &label);
            text.draw(&mut canvas, [x, y + self.head()], letter);
        }
        Caption::new(&self.caption, sheet.width - 2.0 * MARGIN).draw(
            &mut canvas,
            MARGIN,
            self.bottom(letter),
        );
        canvas
    }
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

impl SheetText {
    fn draw(&self, canvas: &mut Canvas, [left, top]: [f64; 2], letter: f64) {
        let line = LINE * letter;
        let place = |cell: &SheetCell| {
            [left + cell.at[0] as f64 * letter, top + cell.at[1] as f64 * line, cell.wide as f64 * letter]
        };
        for cell in &self.cells {
            let [x, y, width] = place(cell);
            if let Some(shade) = cell.shade {
                canvas.rect(
                    x + 0.03 * letter,
                    y + 0.06 * line,
                    width - 0.06 * letter,
                    0.88 * line,
                    &hex(shade),
                );
            }
            if let Some(frame) = cell.frame {
                let edges = [x, y + 0.05 * line, width, 0.9 * line];
                canvas.frame(edges, (0.11 * letter).max(0.5), &hex(frame));
            }
        }
        // What stands together in one ink is one text, so that it can be marked and copied.
        let mut run: Vec<(f64, f64, SheetInk, char)> = Vec::new();
        let flush = |canvas: &mut Canvas, run: &mut Vec<(f64, f64, SheetInk, char)>| {
            if let Some(&(_, y, ink, _)) = run.first() {
                let places: Vec<f64> = run.iter().map(|(x, ..)| *x).collect();
                let words: String = run.iter().map(|(.., c)| *c).collect();
                let style =
                    TextStyle { size: SIZE * letter, color: ink.color(), weight: Weight::Regular, ..LABEL };
                canvas.letters(&places, y, &words, &style.middle());
            }
            run.clear();
        };
        for cell in &self.cells {
            let [x, y, _] = place(cell);
            let base = y + 0.5 * line + 0.36 * SIZE * letter;
            for (n, c) in cell.text.chars().take(cell.wide.max(1)).enumerate() {
                let at = x + (n as f64 + 0.5) * letter;
                let goes_on = run.last().is_some_and(|&(before, line, ink, _)| {
                    (at - before - letter).abs() < 1e-6 && line == base && ink == cell.ink
                });
                if !goes_on {
                    flush(canvas, &mut run);
                }
                run.push((at, base, cell.ink, c));
            }
        }
        flush(canvas, &mut run);
        for cell in &self.cells {
            let [x, y, width] = place(cell);
            let stroke = Stroke::solid("#c4302b", (0.16 * letter).max(0.6));
            let across = |share: f64| {
                [[x + 0.05 * letter, y + share * line], [x + width - 0.05 * letter, y + share * line]]
            };
            if cell.wrong > 0.0 {
                let [from, to] = across(0.93);
                canvas.faint_segment(from, to, stroke, f64::from(cell.wrong.clamp(0.15, 1.0)));
            }
            if cell.struck {
                let [from, to] = across(0.5);
                canvas.segment(from, to, Stroke::solid("#1a1a1a", (0.12 * letter).max(0.5)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::png::svg_to_image;

    fn sheet() -> TextSheet {
        let cell =
            |n: usize, c: char| SheetCell { at: [n, 0], wide: 1, text: c.into(), ..SheetCell::default() };
        let mut cells: Vec<SheetCell> = "12+7=18 ".chars().enumerate().map(|(n, c)| cell(n, c)).collect();
        (cells[6].wrong, cells[6].ink, cells[2].shade) = (1.0, SheetInk::Made, Some([200, 10, 10]));
        (cells[3].shade, cells[3].frame) = (Some([10, 10, 200]), Some([10, 200, 10]));
        let text = SheetText { label: "κ = 0.5".to_owned(), size: [8, 1], cells };
        TextSheet { title: "sums".to_owned(), columns: 2, texts: vec![text; 3], caption: "seed 0".to_owned() }
    }

    #[test]
    fn text_stays_text_and_shades_are_where_they_belong() {
        let svg = sheet().natural(Ground::default()).finish();
        let words: String = svg.split('<').filter_map(|tag| Some(tag.split_once('>')?.1)).collect();
        let words = words.replace('\n', "");
        assert_eq!((words.matches("12+7=18 ").count(), words.matches("κ = 0.5").count()), (3, 3), "{svg}");
        let image = svg_to_image(&svg, 2.0).expect("renders");
        let at = |letters: f64, lines: f64| {
            let (x, y) = (MARGIN + letters * LETTER, sheet().top() + HEAD + lines * LINE * LETTER);
            image.get_pixel((2.0 * x) as u32, (2.0 * y) as u32).0
        };
        // A corner of the shaded cell; within a frame its shade is seen, and its edge around it.
        assert_eq!(at(2.1, 0.12), [200, 10, 10, 255]);
        assert_eq!(at(3.25, 0.15), [10, 10, 200, 255]);
        assert_eq!(at(3.05, 0.5), [10, 200, 10, 255]);
    }

    #[test]
    fn a_page_is_filled_and_too_small_a_one_is_refused() {
        let sheet = sheet();
        let page = |width: f64, height: f64| Sheet::natural(width, height, Ground::opaque(true));
        let svg = sheet.fitted(&page(700.0, 300.0)).expect("fits");
        assert_eq!(svg_to_image(&svg, 1.0).expect("renders").dimensions(), (700, 300));
        assert!(sheet.fitted(&page(50.0, 50.0)).is_none());
    }
}
