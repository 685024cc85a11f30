//! Tales: one small story a text, in which a name, a thing and a hearer come again sixty letters later.

use super::paths::Paths;
use crate::flow::sequence::{Automaton, AutomatonError};

/// The symbols, in the order of their tokens; `#` fills what is left after the end.
pub(super) const SYMBOLS: &str = "abcdefghijklmnopqrstuvwxyz.,!: #";

/// Names, and how they are spoken of.
const NAMES: [(&str, &str); 8] = [
    ("anna", "she"),
    ("ben", "he"),
    ("clara", "she"),
    ("david", "he"),
    ("emma", "she"),
    ("felix", "he"),
    ("greta", "she"),
    ("hugo", "he"),
];
const VERBS: [&str; 4] = ["found", "saw", "lost", "hid"];
const THINGS: [&str; 10] = ["key", "lamp", "shell", "drum", "coin", "kite", "mask", "bell", "map", "violin"];
const PLACES: [&str; 8] = [
    "in the wood",
    "by the lake",
    "on a roof",
    "at school",
    "near a mill",
    "under a tree",
    "in town",
    "at the sea",
];
const KINDS: [&str; 8] = ["fine", "heavy", "tiny", "golden", "strange", "lovely", "dusty", "round"];
const ENDS: [&str; 6] = ["smiled", "ran home", "said no more", "wept", "laughed", "fell asleep"];

/// What must be remembered: how far the tale is, what it is about, and the letters since the last choice.
type Memory = (usize, Option<usize>, Option<usize>, String);

/// `{name} {found} a {thing} {place}. {he} told {hearer}. {hearer} said: what a {kind} {thing}! {name} {ended}.` and then
/// `#` to the end; all choices alike, the hearer another one than the name.
///
/// # Errors
/// Never: the automaton is one.
pub fn tales() -> Result<Automaton, AutomatonError> {
    let at = |stage, name, thing| -> Memory { (stage, name, thing, String::new()) };
    let mut paths = Paths::new(at(0, None, None));
    for (n, (name, _)) in NAMES.iter().enumerate() {
        choice(&mut paths, at(0, None, None), &format!("{name} "), at(1, Some(n), None));
        for verb in VERBS {
            choice(&mut paths, at(1, Some(n), None), &format!("{verb} a "), at(2, Some(n), None));
        }
        for (t, thing) in THINGS.iter().enumerate() {
            tale_of(&mut paths, (n, t), thing, at);
        }
    }
    for end in ENDS {
        choice(&mut paths, at(6, None, None), &format!("{end}."), at(7, None, None));
    }
    choice(&mut paths, at(7, None, None), "#", at(7, None, None));
    paths.automaton(SYMBOLS.len())
}

/// Everything after the name has met the thing.
fn tale_of(
    paths: &mut Paths<Memory>,
    (n, t): (usize, usize),
    thing: &str,
    at: impl Fn(usize, Option<usize>, Option<usize>) -> Memory,
) {
    let (name, pronoun) = NAMES[n];
    let both = |stage| at(stage, Some(n), Some(t));
    choice(paths, at(2, Some(n), None), &format!("{thing} "), both(3));
    for place in PLACES {
        choice(paths, both(3), &format!("{place}. {pronoun} told "), both(4));
    }
    for (_, (hearer, _)) in NAMES.iter().enumerate().filter(|(other, _)| *other != n) {
        choice(paths, both(4), &format!("{hearer}. {hearer} said: what a "), both(5));
    }
    for kind in KINDS {
        choice(paths, both(5), &format!("{kind} {thing}! {name} "), at(6, None, None));
    }
}

/// Adds one of the ways that a tale may go on in; no way begins with another one whole.
fn choice(paths: &mut Paths<Memory>, from: Memory, text: &str, to: Memory) {
    let (stage, name, thing, _) = from.clone();
    let mut before = from;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        let after = match end == text.len() {
            true => to.clone(),
            false => (stage, name, thing, text[..end].to_owned()),
        };
        // Every letter is one of the symbols.
        let label = SYMBOLS.find(letter).unwrap_or_default() as u16;
        paths.edge(before, label, after.clone(), 1.0);
        before = after;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Alphabet;
    use super::*;
    use crate::random::{Purpose, stream};
    use rand::RngExt as _;

    #[test]
    fn tales_have_the_entropy_of_their_choices_and_fit() {
        let tales = tales().expect("an automaton");
        assert!(tales.is_deterministic() && tales.is_stochastic());
        // 8 names, 4 verbs, 10 things, 8 places, 7 hearers, 8 kinds, 6 ends.
        let choices: f64 = [8.0, 4.0, 10.0, 8.0, 7.0, 8.0, 6.0].iter().map(|n: &f64| n.ln()).sum();
        assert!((tales.entropy(112).expect("one path") - choices).abs() < 1e-9);
        assert!((choices / std::f64::consts::LN_2 / 112.0 - 0.1760).abs() < 5e-5);
    }

    #[test]
    fn tales_remember() {
        let tales = tales().expect("an automaton");
        let alphabet = Alphabet::of_letters(SYMBOLS.chars()).expect("an alphabet");
        let mut rng = stream(2, Purpose::Shapes, 0);
        for _ in 0..100 {
            let text = alphabet.write(&tales.sample(112, || rng.random()).expect("a text"));
            let words: Vec<&str> = text.trim_end_matches('#').split(' ').collect();
            assert!(text.ends_with(".#") || text.ends_with("##"), "{text}");
            let thing = words[3];
            assert!(text.contains(&format!("{thing}! {} ", words[0])), "{text}");
            let hearer =
                text.split(" told ").nth(1).and_then(|rest| rest.split('.').next()).expect("a hearer");
            assert!(hearer != words[0] && text.contains(&format!(". {hearer} said: ")), "{text}");
        }
    }
}
