//! Settings beside each other: A, B and C, which of them is being set, and what was closed.

use super::difference::{Change, Difference, Setting};
use crate::flow::FlowError;
use serde::{Deserialize, Serialize};
use std::ops::{Deref, DerefMut};

/// Settings that can stand beside each other.
pub const MOST_SIDES: usize = 3;
/// What they are called.
pub const NAMES: [&str; MOST_SIDES] = ["A", "B", "C"];

/// One to three settings of a kind, in the order A, B, C; as a slice it is those that are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written<S>")]
#[serde(bound(deserialize = "S: Deserialize<'de> + Default"))]
pub struct Sides<S> {
    shown: Vec<S>,
    here: usize,
    /// They come back in this order when sides are opened again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    closed: Vec<S>,
}

/// As a file may say it: with less than all, or with too much.
#[derive(Deserialize)]
#[serde(default, bound(deserialize = "S: Deserialize<'de>"))]
struct Written<S> {
    shown: Vec<S>,
    here: usize,
    closed: Vec<S>,
}

impl<S> Default for Written<S> {
    fn default() -> Self {
        Self { shown: Vec::new(), here: 0, closed: Vec::new() }
    }
}

impl<S: Default> From<Written<S>> for Sides<S> {
    fn from(written: Written<S>) -> Self {
        let Written { shown, here, closed } = written;
        // There is always one; numbers that can't be are refused by `validated`.
        Self { shown: if shown.is_empty() { vec![S::default()] } else { shown }, here, closed }
    }
}

impl<S: Default> Default for Sides<S> {
    fn default() -> Self {
        Self::from(S::default())
    }
}

impl<S> From<S> for Sides<S> {
    fn from(one: S) -> Self {
        Self { shown: vec![one], here: 0, closed: Vec::new() }
    }
}

impl<S> Deref for Sides<S> {
    type Target = [S];

    fn deref(&self) -> &[S] {
        &self.shown
    }
}

impl<S> DerefMut for Sides<S> {
    fn deref_mut(&mut self) -> &mut [S] {
        &mut self.shown
    }
}

impl<S> Sides<S> {
    /// A and those beside it; the first one that `others` leave no room for and all after it are left out.
    pub fn new(a: S, others: impl IntoIterator<Item = S>) -> Self {
        let shown = std::iter::once(a).chain(others).take(MOST_SIDES).collect();
        Self { shown, here: 0, closed: Vec::new() }
    }

    /// The same with other contents: one for each that is shown, and for each that is closed.
    pub fn map<T>(self, change: impl FnMut(S) -> T) -> Sides<T> {
        let mut change = change;
        let shown = self.shown.into_iter().map(&mut change).collect();
        Sides { shown, here: self.here, closed: self.closed.into_iter().map(change).collect() }
    }

    /// With the number of the one that is being set; the last one where there are not so many.
    #[must_use]
    pub fn set_at(self, side: usize) -> Self {
        let here = side.min(self.shown.len() - 1);
        Self { here, ..self }
    }

    /// Without what was closed.
    #[must_use]
    pub fn shown_alone(self) -> Self {
        Self { closed: Vec::new(), ..self }
    }

    /// Which one is being set.
    pub fn chosen(&self) -> usize {
        self.here.min(self.shown.len() - 1)
    }

    /// Sets that one from now on.
    pub fn choose(&mut self, side: usize) {
        self.here = side.min(self.shown.len() - 1);
    }

    /// The one after the one that is being set.
    pub fn next(&self) -> usize {
        (self.chosen() + 1) % self.shown.len()
    }

    /// The one that is being set.
    pub fn here(&self) -> &S {
        &self.shown[self.chosen()]
    }

    /// The same, to be changed.
    pub fn here_mut(&mut self) -> &mut S {
        let here = self.chosen();
        &mut self.shown[here]
    }

    /// The one of that number; A where there are not so many.
    pub fn side(&self, side: usize) -> &S {
        self.shown.get(side).unwrap_or(&self.shown[0])
    }

    /// Whether there are several.
    pub fn is_compared(&self) -> bool {
        self.shown.len() > 1
    }

    /// Those that are closed.
    pub fn closed(&self) -> &[S] {
        &self.closed
    }

    /// Closes one, if another one stays.
    pub fn close(&mut self, side: usize) {
        if self.is_compared() && side < self.shown.len() {
            let gone = self.shown.remove(side);
            self.closed.insert(0, gone);
            self.closed.truncate(MOST_SIDES - 1);
            self.here = if side < self.here { self.here - 1 } else { self.here.min(self.shown.len() - 1) };
        }
    }

    /// Exchanges the one that is being set with the one before it, A with B.
    pub fn swap(&mut self) {
        let here = self.chosen();
        if self.is_compared() {
            let other = if here == 0 { 1 } else { here - 1 };
            self.shown.swap(here, other);
            self.here = other;
        }
    }

    /// Checks the numbers, and each of the settings.
    ///
    /// # Errors
    /// Names the first one that is out of range.
    pub fn validated<E: From<FlowError>>(self, mut check: impl FnMut(S) -> Result<S, E>) -> Result<Self, E> {
        let expect = |what, given: usize, holds: bool, expected| {
            let error = FlowError::Range { what, given: given as f64, expected };
            if holds { Ok(()) } else { Err(E::from(error)) }
        };
        let Self { shown, here, closed } = self;
        expect("sides", shown.len(), (1..=MOST_SIDES).contains(&shown.len()), "1 to 3 settings")?;
        expect("here", here, here < shown.len(), "one of the sides")?;
        expect("closed sides", closed.len(), closed.len() < MOST_SIDES, "at most 2 settings")?;
        let mut all = |sides: Vec<S>| sides.into_iter().map(&mut check).collect::<Result<Vec<S>, E>>();
        Ok(Self { shown: all(shown)?, here, closed: all(closed)? })
    }
}

impl<S: Clone> Sides<S> {
    /// One more, which is set from now on: the one that was closed last, or a copy of the one that is being set.
    pub fn add(&mut self) {
        if self.shown.len() < MOST_SIDES {
            let new = if self.closed.is_empty() { self.here().clone() } else { self.closed.remove(0) };
            self.shown.push(new);
            self.here = self.shown.len() - 1;
        }
    }

    /// A alone, or again all that stood beside it.
    pub fn compare(&mut self) {
        if self.is_compared() {
            self.closed = self.shown.split_off(1);
            self.here = 0;
        } else if self.closed.is_empty() {
            self.add();
        } else {
            self.shown.append(&mut self.closed);
            self.here = 1;
        }
    }

    /// Makes all the same as the one that is being set.
    pub fn copy_to_all(&mut self) {
        let here = self.here().clone();
        self.shown.fill(here);
    }
}

/// What leads from some sides to others, each with whose it is, such as “ of B”; what changes in the same way on several is
/// said once, of the first.
///
/// # Errors
/// Another number of sides is a step of its own.
pub fn changes<S: PartialEq>(
    before: &[S],
    after: &[S],
    of_one: impl Fn(&S, &S) -> Vec<Difference>,
) -> Result<Vec<(String, Difference)>, Change> {
    let named = |name: String| Change { fields: vec!["sides".to_owned()], name };
    let place =
        |fewer: &[S], more: &[S]| fewer.iter().zip(more).take_while(|(one, other)| one == other).count();
    let name = |side: usize| NAMES.get(side).copied().unwrap_or_default();
    match (before.len(), after.len()) {
        (1, more) if more > 1 => return Err(named("A|B".to_owned())),
        (fewer, more) if fewer < more => return Err(named(format!("{} beside the others", name(more - 1)))),
        (more, 1) if more > 2 => return Err(named("A|B".to_owned())),
        (more, fewer) if more > fewer => {
            return Err(named(format!("closing of {}", name(place(after, before)))));
        }
        _ => {}
    }
    let mut found: Vec<(String, Difference)> = Vec::new();
    for (side, (one, other)) in before.iter().zip(after).enumerate() {
        let of = if before.len() == 1 { String::new() } else { format!(" of {}", name(side)) };
        for change in of_one(one, other) {
            if !found.iter().any(|(_, known)| *known == change) {
                found.push((of.clone(), change));
            }
        }
    }
    Ok(found)
}

/// A setting that is not the same on all sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contrast {
    /// Where it is stored, such as `sampler.steps`.
    pub field: String,
    /// What it is called on the screen.
    pub name: String,
    /// Its value on each side; empty where it has no effect.
    pub values: Vec<String>,
}

impl Contrast {
    /// One of its values where nothing else says what it is of: “cubic”, “8 steps”, “corrector on”, “guidance 4”.
    fn said(&self, value: &str) -> String {
        let name = &self.name;
        let is_number = value.chars().all(|c| c.is_ascii_digit() || ".e−-".contains(c));
        match value {
            _ if is_number && value.parse::<u64>().is_ok() && name.ends_with('s') => {
                format!("{value} {name}")
            }
            "on" | "off" | "–" => format!("{name} {value}"),
            _ if is_number => format!("{name} {value}"),
            _ => value.to_owned(),
        }
    }
}

/// All settings that are not the same on all sides, in the order in which they are stored.
pub fn contrasts<S>(sides: &[S], of_one: impl Fn(&S, &S) -> Vec<Difference>) -> Vec<Contrast> {
    let Some((first, others)) = sides.split_first() else { return Vec::new() };
    let mut found: Vec<Contrast> = Vec::new();
    for (side, other) in others.iter().enumerate() {
        for Difference { field, name, first, second } in of_one(first, other) {
            let known = match found.iter_mut().position(|known| known.field == field) {
                Some(known) => known,
                None => {
                    found.push(Contrast { field, name, values: vec![first; sides.len()] });
                    found.len() - 1
                }
            };
            found[known].values[side + 1] = second;
        }
    }
    found
}

/// The same of sides on which not every setting has an effect: `of_one` are those of a side that have one.
pub fn effective_contrasts<S>(sides: &[S], of_one: impl Fn(&S) -> Vec<Setting>) -> Vec<Contrast> {
    let mut found: Vec<Contrast> = Vec::new();
    for (side, one) in sides.iter().enumerate() {
        for Setting { field, name, value } in of_one(one) {
            let known = match found.iter_mut().position(|known| known.field == field) {
                Some(known) => known,
                None => {
                    found.push(Contrast { field, name, values: vec![String::new(); sides.len()] });
                    found.len() - 1
                }
            };
            found[known].values[side] = value;
        }
    }
    // What only one side has says nothing of the others, and what all that have it have alike tells none apart.
    found.retain(|one| {
        let mut values = one.values.iter().filter(|value| !value.is_empty());
        let first = values.next();
        values.any(|value| Some(value) != first)
    });
    found
}

/// What sets each of `count` sides apart from the others, in a few words such as “cubic” or “8 steps, corrector on”; empty
/// where all are the same.
pub fn labels(count: usize, contrasts: &[Contrast]) -> Vec<String> {
    let of = |side: usize| {
        let has_effect = contrasts.iter().filter(move |one| !one.values[side].is_empty());
        has_effect.map(move |one| one.said(&one.values[side]))
    };
    (0..count).map(|side| of(side).collect::<Vec<_>>().join(", ")).collect()
}

/// What each side is called: its settings in `words` where it is alone, else its letter and what sets it apart.
pub fn sides_called<S>(
    sides: &[S],
    words: impl Fn(&S) -> String,
    of_one: impl Fn(&S, &S) -> Vec<Difference>,
) -> Vec<String> {
    sides_named(sides, words, &contrasts(sides, of_one))
}

/// The same of sides whose contrasts are known.
pub fn sides_named<S>(sides: &[S], words: impl Fn(&S) -> String, contrasts: &[Contrast]) -> Vec<String> {
    if let [alone] = sides {
        return vec![words(alone)];
    }
    let labels = labels(sides.len(), contrasts);
    let named = NAMES.iter().zip(sides.iter().zip(labels));
    named
        .map(|(name, (side, label))| {
            let label = if label.is_empty() { words(side) } else { label };
            format!("{name} {label}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_effect_on_a_side_says_nothing_of_it() {
        let of = |all: &[(&str, &str)]| -> Vec<Setting> {
            let one = |(field, value): &(&str, &str)| Setting {
                field: (*field).to_owned(),
                name: (*field).to_owned(),
                value: (*value).to_owned(),
            };
            all.iter().map(one).collect()
        };
        let sides = [
            of(&[("method", "exact"), ("scheduler", "linear"), ("steps", "8")]),
            of(&[("method", "exact"), ("scheduler", "cubic"), ("steps", "8")]),
            of(&[("method", "MaskGIT"), ("noise", "4"), ("steps", "8")]),
        ];
        let found = effective_contrasts(&sides, Clone::clone);
        let values = |n: usize| found[n].values.iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!((found.len(), values(0)), (2, vec!["exact", "exact", "MaskGIT"]));
        assert_eq!(values(1), ["linear", "cubic", ""], "one without a scheduler has none");
        assert_eq!(labels(3, &found), ["exact, linear", "exact, cubic", "MaskGIT"]);
    }

    #[test]
    fn what_was_beside_a_comes_back_as_it_was() {
        let mut sides = Sides::from(1);
        sides.compare();
        assert_eq!((&*sides, sides.chosen()), ([1, 1].as_slice(), 1));
        *sides.here_mut() = 2;
        sides.add();
        *sides.here_mut() = 3;
        sides.add();
        assert_eq!(&*sides, [1, 2, 3], "there is no fourth");
        sides.compare();
        assert_eq!((&*sides, *sides.here()), ([1].as_slice(), 1));
        sides.compare();
        assert_eq!((&*sides, *sides.here()), ([1, 2, 3].as_slice(), 2));
    }

    #[test]
    fn closing_one_leaves_the_others_and_the_one_that_is_set() {
        let mut sides = Sides::new(1, [2, 3]).set_at(2);
        sides.close(0);
        assert_eq!((&*sides, *sides.here(), sides.closed()), ([2, 3].as_slice(), 3, [1].as_slice()));
        sides.close(1);
        assert_eq!((&*sides, *sides.here()), ([2].as_slice(), 2));
        sides.close(0);
        assert_eq!(&*sides, [2], "one stays");
        sides.add();
        assert_eq!(&*sides, [2, 3]);
    }

    #[test]
    fn swapping_takes_along_which_one_is_set() {
        let mut sides = Sides::new(1, [2, 3]);
        sides.swap();
        assert_eq!((&*sides, *sides.here()), ([2, 1, 3].as_slice(), 1));
        sides.choose(2);
        sides.swap();
        assert_eq!((&*sides, *sides.here()), ([2, 3, 1].as_slice(), 3));
    }

    #[test]
    fn what_differs_is_said_of_each() {
        let value = |steps: i32, scheduler: &str| serde_json::json!({"steps": steps, "scheduler": scheduler, "on": steps > 8});
        let of_one = |a: &serde_json::Value, b: &serde_json::Value| {
            crate::experiment::between(a, b, &[("on", "corrector")])
        };
        let said = |sides: &[serde_json::Value]| labels(sides.len(), &contrasts(sides, of_one));
        assert_eq!(said(&[value(8, "linear"), value(8, "cubic")]), ["linear", "cubic"]);
        assert_eq!(said(&[value(8, "cubic"), value(8, "cubic")]), ["", ""]);
        assert_eq!(
            said(&[value(8, "linear"), value(8, "cubic"), value(9, "linear")]),
            [
                "linear, corrector off, 8 steps",
                "cubic, corrector off, 8 steps",
                "linear, corrector on, 9 steps"
            ]
        );
        let changed =
            changes(&[value(8, "linear")], &[value(9, "linear")], of_one).expect("of the same number");
        assert_eq!((changed.len(), changed[0].0.as_str()), (2, ""));
        let both = changes(&[value(1, "a"), value(1, "a")], &[value(2, "a"), value(2, "a")], of_one)
            .expect("of both");
        assert_eq!((both.len(), both[0].0.as_str()), (1, " of A"), "what is shared is said once");
        for (before, after, name) in [
            (&[1][..], &[1, 2][..], "A|B"),
            (&[1, 2], &[1, 2, 2], "C beside the others"),
            (&[1, 2], &[2], "closing of A"),
            (&[1, 2, 3], &[1, 3], "closing of B"),
            (&[1, 2, 3], &[1], "A|B"),
        ] {
            let step = changes(before, after, |_, _| Vec::new()).expect_err("another number");
            assert_eq!(step.name, name);
        }
    }

    #[test]
    fn files_are_read_and_nonsense_is_refused() {
        let read = |text: &str| serde_json::from_str::<Sides<i32>>(text).expect("its form");
        let check = |sides: Sides<i32>| sides.validated(Ok::<i32, FlowError>).map_err(|why| why.to_string());
        assert_eq!(&*read("{}"), [0]);
        let whole = Sides::new(1, [2]).set_at(1);
        let text = serde_json::to_string(&whole).expect("text");
        assert_eq!(text, r#"{"shown":[1,2],"here":1}"#);
        assert_eq!(check(read(&text)), Ok(whole));
        for (text, name) in [
            (r#"{"shown": [1, 2, 3, 4]}"#, "sides"),
            (r#"{"shown": [1], "here": 1}"#, "here"),
            (r#"{"shown": [1], "closed": [1, 2, 3]}"#, "closed sides"),
        ] {
            let error = check(read(text)).expect_err(text);
            assert!(error.starts_with(name), "{error}");
        }
    }
}
