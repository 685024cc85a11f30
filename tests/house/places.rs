//! Where things lie.

use crate::source::{files, folders, root};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn every_source_file_says_what_it_is_for() {
    for path in files("src", "rs").iter().chain(&files("tests", "rs")) {
        let text = fs::read_to_string(path).expect("a source file");
        assert!(
            text.starts_with("//! "),
            "{} does not begin with a line that says what it is for",
            path.display()
        );
    }
}

#[test]
fn the_top_level_holds_only_what_was_agreed() {
    let agreed = ["Cargo.toml", "Cargo.lock", "README.md", "src", "assets", "shaders", "tests", "target"];
    let made_by_use = ["runs", "dfm-explorer-demo"];
    for entry in fs::read_dir(root()).expect("the repository") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(
            name.starts_with('.')
                || name.starts_with("LICENSE")
                || agreed.contains(&name.as_str())
                || made_by_use.contains(&name.as_str()),
            "{name} lies on the top level"
        );
    }
}

#[test]
fn main_only_parses_and_starts() {
    let text = fs::read_to_string(root().join("src/main.rs")).expect("main.rs");
    assert!(text.lines().count() < 60);
}

#[test]
fn the_state_space_names_a_folder() {
    let spaces: BTreeSet<String> = ["grid", "plane", "sequence"].map(str::to_owned).into();
    for place in ["flow", "denoiser", "sampler", "train", "view", "model"] {
        let own = folders(place);
        assert!(!own.is_disjoint(&spaces), "src/{place} has a folder for no state space, only {own:?}");
    }
}

/// Labs that can be used from the command line and have no tab yet; such a name fails once it has.
const WITHOUT_A_WINDOW: [&str; 0] = [];

#[test]
fn every_lab_has_its_folder_in_both_faces_and_what_can_be_set_in_it() {
    let mut labs = folders("ui/labs");
    assert!(labs.contains("grid") && labs.contains("images"), "{labs:?}");
    for early in WITHOUT_A_WINDOW {
        assert!(labs.insert(early.to_owned()), "{early} has its window: take it off the list");
    }
    assert_eq!(folders("cli"), labs, "a folder a lab in src/cli");
    let (folders, experiment) = (folders("experiment"), root().join("src/experiment"));
    for lab in &labs {
        let is_there = folders.contains(lab) || experiment.join(format!("{lab}.rs")).is_file();
        assert!(is_there, "src/experiment does not say what can be set in the lab {lab}");
    }
}
