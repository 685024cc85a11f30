//! Comments cite the mathematics by section, math.md and plane.md: every section that is cited is there.

use crate::source::{files, root};
use std::collections::BTreeSet;
use std::fs;

/// The number that a text begins with: `5`, `5b`, `3.4`.
fn number(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(text.len());
    let word = text[..end].trim_end_matches('.');
    word.starts_with(|c: char| c.is_ascii_digit()).then_some(word)
}

/// The sections that the headings of such a file begin with.
fn sections(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with("##"));
    headings.filter_map(|line| Some(number(line.trim_start_matches('#').trim())?.to_owned())).collect()
}

/// The sections that the script announces: `section("3./4. …")` are two.
fn announced(script: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for title in script.split("\nsection(\"").skip(1) {
        let numbers = title.split(' ').next().unwrap_or_default();
        found.extend(numbers.split('/').filter_map(number).map(str::to_owned));
    }
    found
}

/// The sections that a text cites after `name`: `math.md 3.4, 5.2`, `math.md 1 and 2`, `check_math.py, section 5c`.
fn cited(text: &str, name: &str) -> Vec<String> {
    // A citation may be broken into two lines of a comment.
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '!', '#']).trim());
    let text = lines.collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for after in text.split(name).skip(1) {
        let mut rest = after.trim_start_matches(',').trim_start();
        rest = rest.strip_prefix("section ").unwrap_or(rest);
        while let Some(section) = number(rest) {
            found.push(section.to_owned());
            rest = &rest[section.len()..];
            let Some(more) = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(" and ")) else { break };
            rest = more;
        }
    }
    found
}

/// Every file that may cite, but this one, whose citations are examples.
fn citing() -> Vec<(String, String)> {
    let all =
        [("src", "rs"), ("tests", "rs"), ("shaders", "wgsl")].map(|(folder, ending)| files(folder, ending));
    let all = all.into_iter().flatten().filter(|path| !path.ends_with("house/citations.rs"));
    all.map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("a file"))).collect()
}

#[test]
fn cited_sections_are_there() {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect(path);
    let (math, script) = (sections(&read("src/flow/math.md")), announced(&read("tests/math/check_math.py")));
    let plane = sections(&read("src/flow/plane/plane.md"));
    assert!(math.len() > 30 && math.contains("3.2") && math.contains("13"), "{math:?}");
    assert!(script.len() > 10 && script.contains("5c") && script.contains("4"), "{script:?}");
    assert!(plane.len() > 15 && plane.contains("3.1") && plane.contains("13"), "{plane:?}");
    let mut counts = [0; 3];
    for (path, text) in citing() {
        let cited_here = [("math.md", &math), ("check_math.py", &script), ("plane.md", &plane)];
        for (n, (name, there)) in cited_here.iter().enumerate() {
            for section in cited(&text, name) {
                assert!(there.contains(&section), "{path} cites {name} {section}, which is not there");
                counts[n] += 1;
            }
        }
    }
    assert!(counts[0] > 80 && counts[1] > 8 && counts[2] > 40, "only {counts:?} citations are seen");
}

#[test]
fn citations_are_seen() {
    let text = "//! A (math.md 3.4, 5.2). B (math.md 1 and 2): c\n/// math.md 6) d math.md 3.1,\n    /// 13; math.md itself";
    assert_eq!(cited(text, "math.md"), ["3.4", "5.2", "1", "2", "6", "3.1", "13"]);
    let text = "// check_math.py, section 5c: 3. check_math.py 5b, t = 0.6, check_math.py: 40%";
    assert_eq!(cited(text, "check_math.py"), ["5c", "5b"]);
    assert_eq!(number("3./4. x"), Some("3"));
}
