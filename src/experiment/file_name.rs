//! What the file of a figure is called as long as nobody gives it another name.

/// A system takes names of 255 bytes; a number and an ending come after this.
const MOST_BYTES: usize = 180;

/// What is shown, and each of `sides` by its name and what sets it apart: “mass_A-linear_B-cubic”.
///
/// It has nothing but letters, digits and signs that every system takes in a name, and no space, on which a command line or
/// LaTeX would stumble.
pub fn file_stem<'a>(subject: &str, sides: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let sides = sides.into_iter().map(|(name, label)| safe(&format!("{name} {label}")));
    let whole = std::iter::once(safe(subject)).chain(sides).collect::<Vec<_>>().join("_");
    let end = (0..=MOST_BYTES.min(whole.len())).rev().find(|end| whole.is_char_boundary(*end));
    whole[..end.unwrap_or_default()].trim_end_matches(JOINTS).to_owned()
}

/// What no name begins or ends with.
const JOINTS: [char; 3] = ['-', '_', '.'];

/// The words of a text, joined by hyphens.
fn safe(text: &str) -> String {
    let is_kept = |c: char| c.is_alphanumeric() || ['.', '+', '='].contains(&c);
    let words = text.split(|c: char| !is_kept(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").trim_matches(JOINTS).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_differs_and_every_system_takes_it() {
        assert_eq!(file_stem("mass", []), "mass");
        assert_eq!(file_stem("mass", [("A", "linear"), ("B", "cubic")]), "mass_A-linear_B-cubic");
        assert_eq!(
            file_stem("strip:mass", [("A", "8 steps, corrector off"), ("B", "ε = 0.3")]),
            "strip-mass_A-8-steps-corrector-off_B-ε-=-0.3"
        );
        let odd = file_stem("wall", [("A", "../a|b?<c>:\"d\"*\n\\e."), ("B", "")]);
        assert_eq!(odd, "wall_A-..-a-b-c-d-e_B");
        let long = file_stem("wall", [("A", "ε".repeat(300).as_str())]);
        assert!(long.len() <= MOST_BYTES && long.starts_with("wall_A-ε"), "{long}");
    }
}
