//! The rules of the house that a compiler does not check: who may know whom, and where things lie.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file without comments and without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let product = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    product.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Every `crate::name` and external crate of interest that a module mentions.
fn mentions(module: &str) -> BTreeMap<String, PathBuf> {
    let folder = root().join("src").join(module);
    let mut found = BTreeMap::new();
    for path in sources(&folder) {
        if path.file_stem().is_some_and(|name| name == "testing" || name == "tests") {
            continue;
        }
        let code = code(&path);
        for part in code.split("crate::").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.insert(name, path.clone());
        }
        for external in ["burn", "egui", "eframe", "wgpu", "rayon", "clap"] {
            let used = code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            if used.into_iter().any(|word| word.starts_with(&format!("{external}::"))) {
                found.insert(external.to_owned(), path.clone());
            }
        }
        for system in ["std::fs", "std::thread", "std::net"] {
            if code.contains(system) {
                found.insert(system.to_owned(), path.clone());
            }
        }
    }
    found
}

#[test]
fn modules_know_only_what_they_may() {
    let rules = [
        ("flow", ""),
        ("denoiser", "flow rayon"),
        ("sampler", "flow denoiser random rayon"),
        ("data", "flow assets random rayon std::fs"),
        ("figure", "assets"),
        ("view", "flow denoiser sampler data figure"),
        ("model", "flow denoiser data sampler random assets burn rayon"),
        ("train", "flow denoiser data sampler model random latest burn rayon std::thread"),
        ("gpu", "figure flow random sampler burn wgpu egui eframe std::thread"),
        ("experiment", "flow denoiser sampler data model train figure view assets"),
        (
            "cli",
            "flow denoiser sampler data model train figure view experiment gpu ui burn clap std::fs std::thread",
        ),
    ];
    for (module, allowed) in rules {
        for (name, path) in mentions(module) {
            assert!(
                name == module || allowed.split(' ').any(|known| known == name),
                "{} mentions {name}, which `{module}` may not know",
                path.display()
            );
        }
    }
}

#[test]
fn the_rule_test_sees_what_it_should() {
    // A rule that finds nothing would pass for ever.
    assert!(mentions("train").contains_key("burn"));
    assert!(mentions("gpu").contains_key("wgpu"));
    assert!(mentions("sampler").contains_key("flow"));
    assert!(mentions("data").contains_key("std::fs"));
}

#[test]
fn every_source_file_says_what_it_is_for() {
    for path in sources(&root().join("src")).iter().chain(&sources(&root().join("tests"))) {
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
