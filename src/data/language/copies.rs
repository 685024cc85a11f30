//! What a text has copied: its longest piece that stands in another one as it is.

/// A piece of a text that stands in another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextCopy {
    /// Letters.
    pub length: usize,
    /// Where it begins in the text.
    pub at: usize,
    /// Where it stands in the other one, first.
    pub from: usize,
}

/// No such state.
const NONE: u32 = u32::MAX;

/// All pieces of a text as paths of an automaton (Blumer et al., The smallest automaton recognizing the subwords of a text,
/// 1985): fewer than two states a letter.
struct Pieces {
    values: usize,
    /// By state and letter, \[S, K\].
    next: Vec<u32>,
    /// The state of the longest end of a state's pieces that is another state's.
    link: Vec<u32>,
    /// Letters of the longest piece of a state.
    length: Vec<u32>,
    /// Where that ends first, past its last letter.
    end: Vec<u32>,
}

impl Pieces {
    fn of(text: &[u8]) -> Self {
        let values = text.iter().map(|&letter| usize::from(letter) + 1).max().unwrap_or(0);
        let mut pieces =
            Self { values, next: vec![NONE; values], link: vec![NONE], length: vec![0], end: vec![0] };
        let mut last = 0;
        for &letter in text {
            last = pieces.longer(last, letter);
        }
        pieces
    }

    fn state(&mut self, length: u32, end: u32) -> u32 {
        self.next.extend(std::iter::repeat_n(NONE, self.values));
        self.link.push(0);
        self.length.push(length);
        self.end.push(end);
        self.length.len() as u32 - 1
    }

    /// The edge of a state with a letter.
    fn edge(&mut self, state: u32, letter: u8) -> &mut u32 {
        &mut self.next[state as usize * self.values + usize::from(letter)]
    }

    /// With a letter more after the whole text, which is the state `last`.
    fn longer(&mut self, last: u32, letter: u8) -> u32 {
        let length = self.length[last as usize] + 1;
        let new = self.state(length, length);
        let mut at = last;
        while at != NONE && *self.edge(at, letter) == NONE {
            *self.edge(at, letter) = new;
            at = self.link[at as usize];
        }
        if at == NONE {
            return new;
        }
        let into = *self.edge(at, letter);
        if self.length[at as usize] + 1 == self.length[into as usize] {
            self.link[new as usize] = into;
            return new;
        }
        let part = self.state(self.length[at as usize] + 1, self.end[into as usize]);
        let [from, to] = [into, part].map(|state| state as usize * self.values);
        self.next.copy_within(from..from + self.values, to);
        self.link[part as usize] = self.link[into as usize];
        while at != NONE && *self.edge(at, letter) == into {
            *self.edge(at, letter) = part;
            at = self.link[at as usize];
        }
        self.link[into as usize] = part;
        self.link[new as usize] = part;
        new
    }
}

/// The longest piece of `text` that stands in `other`; the first of several in `other`. Time proportional to their lengths.
pub fn longest_copy(text: &[u8], other: &[u8]) -> TextCopy {
    let pieces = Pieces::of(text);
    let mut found = TextCopy::default();
    let (mut state, mut length) = (0_u32, 0);
    for (n, &letter) in other.iter().enumerate() {
        if usize::from(letter) >= pieces.values {
            (state, length) = (0, 0);
            continue;
        }
        loop {
            let next = pieces.next[state as usize * pieces.values + usize::from(letter)];
            if next != NONE {
                (state, length) = (next, length + 1);
                break;
            }
            match pieces.link[state as usize] {
                NONE => break,
                link => (state, length) = (link, pieces.length[link as usize] as usize),
            }
        }
        if length > found.length {
            let at = pieces.end[state as usize] as usize - length;
            found = TextCopy { length, at, from: n + 1 - length };
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_longest_piece_is_found_where_it_stands() {
        let found = longest_copy(b"to be, or not to be", b"he wants to be or not");
        assert_eq!(found, TextCopy { length: 7, at: 6, from: 14 });
        assert_eq!(longest_copy(b"", b"abc"), TextCopy::default());
        assert_eq!(longest_copy(b"abc", b"xyz").length, 0);
        assert_eq!(longest_copy(b"aaaa", b"aaaaaaaaa"), TextCopy { length: 4, at: 0, from: 0 });
    }

    proptest! {
        #[test]
        fn it_is_that_of_a_search(text in proptest::collection::vec(0u8..3, 0..30), other in proptest::collection::vec(0u8..4, 0..60)) {
            let found = longest_copy(&text, &other);
            let stands = |length: usize| text.windows(length.max(1)).any(|piece| other.windows(length.max(1)).any(|own| own == piece));
            prop_assert!(found.length == 0 || stands(found.length));
            prop_assert!(!stands(found.length + 1));
            prop_assert_eq!(&text[found.at..found.at + found.length], &other[found.from..found.from + found.length]);
        }
    }
}
