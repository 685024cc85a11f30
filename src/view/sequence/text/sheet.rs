//! One text as it is seen: what is written in every cell, in which tone, on which shade.

use super::{Cell, Ink, TextNotes, Writing};
use crate::figure::{ColorMap, SheetCell, SheetInk, SheetText};
use crate::flow::SequenceSource;
use crate::sampler::sequence::TokenChange;
use serde::{Deserialize, Serialize};

/// What is shown of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextLayer {
    /// The tokens as they are; what is not known pale, on a shade of how little is known.
    #[default]
    Tokens,
    /// The likeliest symbol everywhere.
    Guess,
    /// The entropy of p(x₁ⁱ | x_t).
    Entropy,
    /// How far a network is from exact.
    Gap,
}

impl TextLayer {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Tokens, Self::Guess, Self::Entropy, Self::Gap];

    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Guess => "guess",
            Self::Entropy => "entropy",
            Self::Gap => "exact − net",
        }
    }

    /// What is seen.
    pub fn about(self) -> &'static str {
        match self {
            Self::Tokens => {
                "The tokens. A mask shows its likeliest letter, pale, on a shade of the entropy of p(x₁ⁱ | xₜ); with a uniform \
                 source the shade is 1 − ρ, how little a letter is data yet. Framed: what the last step revealed or changed; \
                 struck: what it masked again. Underlined: wrong, if as few letters as possible are."
            }
            Self::Guess => "The likeliest letter of p(x₁ⁱ | xₜ) everywhere, the paler the less is known.",
            Self::Entropy => "The entropy of p(x₁ⁱ | xₜ), from 0, dark, to log₂ K bits.",
            Self::Gap => {
                "KL(exact ‖ network) of p(x₁ⁱ | xₜ), from 0 to 2 bits and more: what the network does not know yet."
            }
        }
    }
}

/// In which tone a cell is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A token where nothing is given.
    Plain,
    /// A given token.
    Given,
    /// A token beside given ones.
    Made,
    /// What is only likely, and what carries no meaning.
    Pale,
}

/// What the last step did to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It was a mask.
    Revealed,
    /// It was another one.
    Changed,
    /// It is a mask again; the symbol that it was.
    Masked(u16),
}

/// What is behind a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shade {
    /// How little is known, 0 to 1.
    Doubt(f32),
    /// The entropy, of log₂ K.
    Entropy(f32),
    /// How far a network is from exact, of the most that is drawn.
    Gap(f32),
}

/// A cell as it is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeenCell<'a> {
    /// Where it is.
    pub cell: Cell,
    /// What is written in it.
    pub text: &'a str,
    /// In which tone.
    pub tone: Tone,
    /// How strongly, 0 to 1.
    pub strength: f32,
    /// What is behind it.
    pub shade: Option<Shade>,
    /// What happened to it.
    pub mark: Option<Mark>,
    /// How surely it is wrong, 0 to 1.
    pub wrong: f32,
}

/// One text of a frame.
#[derive(Clone, Copy)]
pub struct TextTile<'a> {
    /// How it is written.
    pub writing: &'a Writing,
    /// Where its flow starts.
    pub source: SequenceSource,
    /// Its tokens, \[N\].
    pub state: &'a [u16],
    /// Which number it has among the texts of the notes.
    pub number: usize,
    /// What is known of all texts, if that was noted.
    pub notes: Option<&'a TextNotes>,
    /// What the last step changed in it, by token; nothing where none is to be marked.
    pub changes: &'a [TokenChange],
    /// Which of its tokens are given, \[N\]; empty where none is.
    pub given: &'a [bool],
    /// What is shown.
    pub layer: TextLayer,
    /// How it will be finished, where that is known: its words and lines are where they will be.
    pub finished: Option<&'a [u16]>,
}

impl<'a> TextTile<'a> {
    fn note(&self, of: fn(&TextNotes) -> &Vec<u8>, token: usize) -> f32 {
        let all = self.notes.map(of);
        let at = self.number * self.state.len() + token;
        all.and_then(|all| all.get(at)).map_or(0.0, |byte| f32::from(*byte) / 255.0)
    }

    /// The symbol that is taken for a token where it is not known.
    fn likeliest(&self, token: usize) -> u16 {
        let at = self.number * self.state.len() + token;
        let noted = self.notes.and_then(|notes| notes.likeliest.get(at)).copied();
        noted.unwrap_or(self.state[token])
    }

    /// Its cells, in lines of so many letters; `breaks` where new lines are lines.
    pub fn cells(&self, width: usize, breaks: bool) -> Vec<SeenCell<'a>> {
        let k = self.writing.values();
        let likeliest: Vec<u16> = (0..self.state.len()).map(|token| self.likeliest(token)).collect();
        let of = |token: usize| {
            let x = self.state[token];
            let guesses = usize::from(x) >= k || self.layer == TextLayer::Guess;
            if guesses { likeliest[token] } else { x }
        };
        let known: Vec<u16> = (0..self.state.len()).map(of).collect();
        let cells = self.writing.cells(&known, self.state, self.finished, (width, breaks));
        let has_given = !self.given.is_empty();
        cells.into_iter().map(|cell| self.cell(cell, &known, has_given)).collect()
    }

    fn cell(&self, cell: Cell, known: &[u16], has_given: bool) -> SeenCell<'a> {
        let token = match cell.ink {
            Ink::Form(text) => {
                let (tone, strength) = (Tone::Pale, 1.0);
                return SeenCell { cell, text, tone, strength, shade: None, mark: None, wrong: 0.0 };
            }
            Ink::Token(token) => token,
        };
        let is_mask = usize::from(self.state[token]) >= self.writing.values();
        let doubt = self.note(|notes| &notes.entropy, token);
        let is_given = self.given.get(token).copied().unwrap_or(false);
        let symbol = known[token];
        let open = match self.source {
            SequenceSource::Mask => is_mask,
            SequenceSource::Uniform => false,
        };
        let mut tone = match () {
            () if is_given => Tone::Given,
            () if has_given => Tone::Made,
            () => Tone::Plain,
        };
        let is_guess = open || self.layer == TextLayer::Guess;
        let is_quiet = self.writing.is_quiet(symbol);
        if open && self.layer != TextLayer::Guess || is_quiet && tone != Tone::Made {
            tone = Tone::Pale;
        }
        let strength = match () {
            // Of a mask of which nothing is known a letter says nothing.
            () if is_guess => (1.0 - doubt).powi(2).max(0.12),
            () if is_quiet && tone == Tone::Made => 0.6,
            () => 1.0,
        };
        let shade = match (self.layer, self.source) {
            (TextLayer::Guess, _) => None,
            (TextLayer::Entropy, _) => Some(Shade::Entropy(doubt)),
            (TextLayer::Gap, _) => Some(Shade::Gap(self.note(|notes| &notes.gap, token))),
            (TextLayer::Tokens, SequenceSource::Mask) => open.then_some(Shade::Doubt(doubt)),
            (TextLayer::Tokens, SequenceSource::Uniform) => {
                let noise = 1.0 - self.note(|notes| &notes.data, token);
                (!is_given && self.notes.is_some() && noise > 0.01).then_some(Shade::Doubt(noise))
            }
        };
        // Where a step changes most of a text, frames around all of it say nothing.
        let few = 3 * self.changes.len() <= self.state.len();
        let changed = self.changes.iter().filter(|_| few).find(|change| change.token == token);
        let mark = changed.filter(|_| self.layer == TextLayer::Tokens).map(|change| {
            let masked = |x: u16| usize::from(x) >= self.writing.values();
            match (masked(change.from), masked(change.to)) {
                (_, true) => Mark::Masked(change.from),
                (true, false) => Mark::Revealed,
                (false, false) => Mark::Changed,
            }
        });
        let text = match mark {
            Some(Mark::Masked(before)) => self.writing.shown(before),
            _ => self.writing.shown(symbol),
        };
        let wrong =
            if self.layer == TextLayer::Tokens { self.note(|notes| &notes.wrong, token) } else { 0.0 };
        SeenCell { cell, text, tone, strength, shade, mark, wrong }
    }
}

/// A share of the way from one colour to another.
fn mixed(from: [u8; 3], to: [u8; 3], share: f32) -> [u8; 3] {
    let share = share.clamp(0.0, 1.0);
    [0, 1, 2].map(|n| {
        let (a, b) = (f32::from(from[n]), f32::from(to[n]));
        (a + share * (b - a)).round() as u8
    })
}

/// A text in a figure, on light or dark ground.
pub fn sheet_of(tile: &TextTile<'_>, label: String, [width, lines]: [usize; 2], dark: bool) -> SheetText {
    let ground = if dark { [0x15, 0x17, 0x1b] } else { [255, 255, 255] };
    let tint = if dark { [0x3c, 0x5a, 0x80] } else { [0xb4, 0xcc, 0xe8] };
    let cells: Vec<SheetCell> = tile
        .cells(width, tile.writing.is_code())
        .into_iter()
        .map(|seen| SheetCell {
            at: [seen.cell.column, seen.cell.line],
            wide: seen.cell.wide,
            text: seen.text.to_owned(),
            ink: match seen.tone {
                Tone::Plain => SheetInk::Plain,
                Tone::Given => SheetInk::Given,
                Tone::Made => SheetInk::Made,
                Tone::Pale => SheetInk::Pale,
            },
            shade: seen.shade.map(|shade| match shade {
                Shade::Doubt(doubt) => mixed(ground, tint, 0.35 + 0.65 * doubt),
                Shade::Gap(gap) => mixed(ground, [0xd5, 0x5e, 0x00], 0.75 * gap),
                Shade::Entropy(entropy) => mixed(ground, ColorMap::Viridis.color(f64::from(entropy)), 0.75),
            }),
            frame: match seen.mark {
                Some(Mark::Revealed) => Some([0x00, 0x85, 0x62]),
                Some(Mark::Changed) => Some([0xd5, 0x5e, 0x00]),
                _ => None,
            },
            struck: matches!(seen.mark, Some(Mark::Masked(_))),
            wrong: seen.wrong,
        })
        .collect();
    let lines = cells.iter().map(|cell| cell.at[1] + 1).max().unwrap_or(1).max(lines);
    let width = cells.iter().map(|cell| cell.at[0] + cell.wide).max().unwrap_or(1);
    SheetText { label, size: [width, lines], cells }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::language::LanguageSpec;

    #[test]
    fn cells_say_what_is_known_and_what_happened() {
        let language = "sums".parse::<LanguageSpec>().and_then(|spec| spec.load(Some(8))).expect("sums");
        let writing = Writing::of(&language);
        let state = [1, 14, 10, 7, 12, 1, 9, 14];
        let mut notes = TextNotes {
            likeliest: vec![1, 2, 10, 7, 12, 1, 9, 13],
            entropy: vec![0, 0, 0, 0, 0, 0, 0, 255],
            data: vec![255; 8],
            gap: Vec::new(),
            wrong: vec![0; 8],
            distance: vec![0],
        };
        notes.wrong[3] = 255;
        let change = |token, from, to| TokenChange { sequence: 0, token, from, to };
        let changes = [change(6, 14, 9), change(7, 4, 14)];
        let given = [true, false, false, false, false, false, false, false];
        let tile = TextTile {
            writing: &writing,
            source: SequenceSource::Mask,
            state: &state,
            number: 0,
            notes: Some(&notes),
            changes: &changes,
            given: &given,
            layer: TextLayer::Tokens,
            finished: None,
        };
        let cells = tile.cells(4, true);
        assert_eq!(cells.iter().map(|cell| cell.text).collect::<String>(), "12+7=194");
        assert_eq!((cells[0].tone, cells[1].tone, cells[2].tone), (Tone::Given, Tone::Pale, Tone::Made));
        assert_eq!((cells[1].shade, cells[2].shade), (Some(Shade::Doubt(0.0)), None));
        assert_eq!((cells[6].mark, cells[7].mark), (Some(Mark::Revealed), Some(Mark::Masked(4))));
        assert_eq!((cells[3].wrong, cells[7].strength, cells[1].strength), (1.0, 0.12, 1.0));
        let sheet = sheet_of(&tile, "A".to_owned(), [4, 1], false);
        assert_eq!((sheet.size, sheet.cells[7].struck), ([4, 2], true));
        let guess = TextTile { layer: TextLayer::Guess, ..tile }.cells(8, true);
        assert_eq!(guess.iter().map(|cell| cell.text).collect::<String>(), "12+7=19 ");
        assert!(guess.iter().all(|cell| cell.mark.is_none() && cell.shade.is_none()));
    }
}
