//! A mixture drawn by hand on the plane: Gaussians and points, and the line of text that is all of it.

use super::super::error::DataError;
use super::super::target::check_drawn_name;
use crate::flow::counted;
use crate::flow::plane::{Component, Mixture};
use std::fmt;

/// Most components of a drawing: all of them stand on one line.
pub const MOST_DRAWN: usize = 1000;
/// What stands between two components.
const BETWEEN: char = '/';
/// Digits after the point that a hand can mean.
const DIGITS: i32 = 4;
/// Characters of a bad component that a message quotes.
const QUOTED: usize = 40;

/// Components placed by hand, in the order in which they were, and what they are called together; empty if nothing. A
/// component with standard deviation 0 is a point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sketch {
    name: String,
    components: Vec<Component>,
}

impl Sketch {
    /// Of a mixture; coordinates and widths rounded to 1e-4, weights to four digits of the largest.
    ///
    /// # Errors
    /// [`DataError::Drawing`]: more than [`MOST_DRAWN`] components, one that is not round, or rounding leaves one no weight.
    pub fn of(mixture: &Mixture, name: &str) -> Result<Self, DataError> {
        let most = mixture.weights().iter().copied().fold(0.0, f64::max);
        let of = |c: Component| Component {
            weight: rounded(c.weight / most),
            mean: c.mean.map(rounded),
            sd: if c.sd > 0.0 { rounded(c.sd).max(0.1f64.powi(DIGITS)) } else { 0.0 },
        };
        check_drawn_name(name)?;
        Self { name: name.to_owned(), components: round(mixture)?.into_iter().map(of).collect() }.checked()
    }

    /// The same to the last digit.
    ///
    /// # Errors
    /// [`DataError::Drawing`]: more than [`MOST_DRAWN`] components, one that is not round, or a name that a drawing can't have.
    pub fn exactly(mixture: &Mixture, name: &str) -> Result<Self, DataError> {
        check_drawn_name(name)?;
        Self { name: name.to_owned(), components: round(mixture)? }.checked()
    }

    /// What it is called; empty if nothing.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All components.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// Whether nothing was placed: then it is no target.
    pub fn is_empty(&self) -> bool {
        self.components.is_empty()
    }

    /// Whether there is no room for another one.
    pub fn is_full(&self) -> bool {
        self.components.len() >= MOST_DRAWN
    }

    /// The largest coordinate of a centre, without its sign.
    pub fn reach(&self) -> f64 {
        self.components.iter().flat_map(|c| c.mean).fold(0.0, |most, x| x.abs().max(most))
    }

    /// Under another name.
    #[must_use]
    pub fn called(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// With one more, as heavy as the others are on average; the same where it is full.
    #[must_use]
    pub fn with(mut self, mean: [f64; 2], sd: f64) -> Self {
        let others: f64 = self.components.iter().map(|c| c.weight).sum();
        let weight = if self.is_empty() { 1.0 } else { rounded(others / self.components.len() as f64) };
        if !self.is_full() {
            let weight = weight.max(0.1f64.powi(DIGITS));
            self.components.push(Component { weight, mean: mean.map(rounded), sd: rounded(sd) });
        }
        self
    }

    /// With one component changed, its numbers rounded; the same where there is none of that number.
    #[must_use]
    pub fn with_changed(mut self, number: usize, change: impl FnOnce(Component) -> Component) -> Self {
        if let Some(component) = self.components.get_mut(number) {
            let Component { weight, mean, sd } = change(*component);
            *component = Component { weight: rounded(weight), mean: mean.map(rounded), sd: rounded(sd) };
        }
        self
    }

    /// Without one.
    #[must_use]
    pub fn without(mut self, number: usize) -> Self {
        if number < self.components.len() {
            self.components.remove(number);
        }
        self
    }

    /// The mixture.
    ///
    /// # Errors
    /// [`DataError::Drawing`] for an empty one.
    pub fn mixture(&self) -> Result<Mixture, DataError> {
        let refused = |why: &dyn fmt::Display| DataError::Drawing { why: why.to_string() };
        Mixture::new(&self.components).map_err(|why| refused(&why))
    }

    /// Rows `weight,x,y,sd` under a line of names, as files have them.
    pub fn csv(&self) -> String {
        let rows = self.components.iter().map(|c| format!("{}\n", row(c)));
        std::iter::once("weight,x,y,sd\n".to_owned()).chain(rows).collect()
    }

    /// In words: its name, or how many there are.
    pub fn words(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let are_points = self.components.iter().all(|c| c.sd == 0.0);
        counted(self.components.len(), if are_points { "drawn point" } else { "drawn Gaussian" })
    }

    /// Reads what [`Self`] is displayed as: ROWS, or NAME:ROWS.
    ///
    /// # Errors
    /// [`DataError::Drawing`] naming the component and what was expected.
    pub(super) fn read(text: &str) -> Result<Self, DataError> {
        let (name, rows) = text.rsplit_once(':').unwrap_or(("", text));
        check_drawn_name(name)?;
        let component = |(n, row): (usize, &str)| {
            let numbers: Vec<f64> = row.split(',').map_while(|word| word.trim().parse().ok()).collect();
            match numbers[..] {
                [weight, x, y, sd] if row.split(',').count() == 4 => {
                    Ok(Component { weight, mean: [x, y], sd })
                }
                _ => {
                    let quoted: String = row.chars().take(QUOTED).collect();
                    let why = format!("component {} is “{quoted}”: expected weight,x,y,sd", n + 1);
                    Err(DataError::Drawing { why })
                }
            }
        };
        // One more than fits says that there are too many.
        let rows = rows.split(BETWEEN).take(MOST_DRAWN + 1).enumerate();
        let components = rows.map(component).collect::<Result<_, _>>()?;
        Self { name: name.to_owned(), components }.checked()
    }

    fn checked(self) -> Result<Self, DataError> {
        let refused = |why: String| Err(DataError::Drawing { why });
        if self.components.len() > MOST_DRAWN {
            return refused(format!("it has more than {MOST_DRAWN} components"));
        }
        if let Some(n) = self.components.iter().position(|c| c.weight == 0.0) {
            return refused(format!("component {} has no weight: expected a number above 0", n + 1));
        }
        self.mixture()?;
        Ok(self)
    }
}

/// All of it: `1,0,0,0.2/1,2,1,0.3`, after its name where it has one.
impl fmt::Display for Sketch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.name.is_empty() {
            write!(f, "{}:", self.name)?;
        }
        for (n, component) in self.components.iter().enumerate() {
            let between = if n > 0 { BETWEEN.to_string() } else { String::new() };
            write!(f, "{between}{}", row(component))?;
        }
        Ok(())
    }
}

/// The components that a hand can have drawn.
fn round(mixture: &Mixture) -> Result<Vec<Component>, DataError> {
    mixture.round_components().ok_or_else(|| {
        let why = "a component is not round: what is drawn by hand has one width, and no covariance";
        DataError::Drawing { why: why.to_owned() }
    })
}

fn row(c: &Component) -> String {
    format!("{},{},{},{}", c.weight, c.mean[0], c.mean[1], c.sd)
}

/// What a hand means: without the digits that a pointer makes up.
fn rounded(x: f64) -> f64 {
    let scale = 10f64.powi(DIGITS);
    let x = (x * scale).round() / scale;
    // Without −0.
    x + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_drawn_is_one_line_that_gives_it_back() {
        let sketch = Sketch::default().with([-1.5, 0.123_456], 0.2).with([2.0, -0.000_01], 0.0);
        assert_eq!(sketch.to_string(), "1,-1.5,0.1235,0.2/1,2,0,0");
        let named = sketch.clone().called("two: hearts").with_changed(0, |c| Component { weight: 3.0, ..c });
        assert_eq!(named.to_string(), "two: hearts:3,-1.5,0.1235,0.2/1,2,0,0");
        for sketch in [sketch, named.clone()] {
            assert_eq!(Sketch::read(&sketch.to_string()), Ok(sketch));
        }
        assert_eq!(named.mixture().expect("a mixture").weights(), [0.75, 0.25]);
        assert_eq!((named.words().as_str(), named.reach()), ("two: hearts", 2.0));
        // One more is as heavy as those before are on average.
        assert_eq!(named.with([0.0; 2], 0.3).components()[2].weight, 2.0);
        let csv = Sketch::default().with([1.0, 2.0], 0.5).csv();
        assert_eq!(csv, "weight,x,y,sd\n1,1,2,0.5\n");
    }

    #[test]
    fn mixtures_are_taken_over_and_changed_one_by_one() {
        let ring = Sketch::of(&Mixture::ring(), "").expect("a drawing");
        assert_eq!((ring.components().len(), ring.words().as_str()), (8, "8 drawn Gaussians"));
        assert!(ring.to_string().starts_with("1,3,0,0.2/1,2.1213,2.1213,0.2/"), "{ring}");
        let rest = (0..7).fold(ring.clone(), |left, _| left.without(0)).without(9);
        assert_eq!(rest.components(), &ring.components()[7..]);
        assert!(rest.without(0).mixture().is_err());
        let points = (0..MOST_DRAWN + 5).fold(Sketch::default(), |all, n| all.with([n as f64, 0.0], 0.0));
        assert!(points.is_full() && points.words() == "1000 drawn points");
        let widened = ring.with_changed(1, |c| Component { sd: 0.123_44, ..c });
        assert_eq!(widened.components()[1].sd, 0.1234);
    }

    #[test]
    fn nonsense_is_named_by_its_component() {
        let many = "1,0,0,1/".repeat(MOST_DRAWN) + "1,0,0,1";
        for (text, words) in [
            ("", "component 1 is “”"),
            ("1,0,0", "expected weight,x,y,sd"),
            ("1,0,0,1/1,2", "component 2 is “1,2”"),
            ("1,0,0,1,5", "component 1"),
            ("1,0,x,1", "“1,0,x,1”"),
            ("1,0,0,-1", "standard deviation -1"),
            ("1,nan,0,1", "centre at NaN"),
            ("0,0,0,1", "component 1 has no weight"),
            ("a.csv:1,0,0,1", "like that of a file"),
            (&many, "more than 1000"),
        ] {
            let why = Sketch::read(text).expect_err(text).to_string();
            assert!(why.contains("drawn target") && why.contains(words), "{why}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_drawing_or_refused(text in "[0-9.,/:e\\- ninfa]{0,60}") {
            if let Ok(sketch) = Sketch::read(&text) {
                prop_assert!(sketch.mixture().is_ok());
                prop_assert_eq!(Sketch::read(&sketch.to_string()), Ok(sketch));
            }
        }
    }
}
