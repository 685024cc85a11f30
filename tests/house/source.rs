//! The sources as the rules read them: what a file of `src` mentions, without its comments and its tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates of others that not every folder may know.
const CRATES: [&str; 7] = ["burn", "clap", "eframe", "egui", "egui_plot", "rayon", "wgpu"];

/// Parts of the system that not every folder may touch.
const SYSTEM: [&str; 3] = ["std::fs", "std::net", "std::thread"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the repository whose name has this ending, in order.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                below(&path, ending, found);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    below(&root().join(folder), ending, &mut found);
    found.sort();
    found
}

/// The folders directly below one of `src`.
pub fn folders(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("src").join(folder)).expect("a folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    paths.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
}

/// A file of the program.
pub struct Source {
    /// Below `src`, with slashes: `flow/grid/mod.rs`.
    pub path: String,
    /// Its text without comments and tests.
    pub code: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        // Tests are the last thing in a file that holds them.
        let parts = text.match_indices("#[cfg(test)]\n");
        let is_tests =
            |at: &usize| text[*at..].lines().nth(1).is_some_and(|line| line.ends_with("mod tests {"));
        let end = parts.map(|(at, _)| at).find(is_tests).unwrap_or(text.len());
        let lines = text[..end].lines().map(|line| line.split("//").next().unwrap_or_default());
        Self { path: path.to_owned(), code: lines.collect::<Vec<_>>().join("\n") }
    }

    /// The folder or file directly in `src` that it belongs to.
    pub fn module(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// Whether it lies in a folder of `src`, or is that file.
    pub fn is_in(&self, place: &str) -> bool {
        self.path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Every path of the program that it names, from the root on: `flow::grid`, `ui::labs`. Names in braces are one each.
    pub fn paths(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for part in self.code.split("crate::").skip(1) {
            expand("", part, &mut found);
        }
        // `super::super::x` is counted from here upwards.
        let here = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let here: Vec<&str> = here.split('/').collect();
        let mut rest = self.code.as_str();
        while let Some(at) = rest.find("super::") {
            rest = &rest[at..];
            let mut above = here.as_slice();
            while let Some(more) = rest.strip_prefix("super::") {
                rest = more;
                above = above.split_last().map_or(&[][..], |(_, above)| above);
            }
            expand(&above.join("::"), rest, &mut found);
        }
        found
    }

    /// The modules of the program, the crates and the parts of the system that it mentions.
    pub fn mentions(&self) -> BTreeSet<String> {
        let first = |path: &String| path.split("::").next().unwrap_or_default().to_owned();
        let mut found: BTreeSet<String> = self.paths().iter().map(first).collect();
        for word in self.code.split(|c: char| !(is_of_name(c) || c == ':')) {
            let crates = CRATES.iter().filter(|name| word.starts_with(&format!("{name}::")));
            found.extend(crates.map(ToString::to_string));
            let system =
                SYSTEM.iter().filter(|name| word == **name || word.starts_with(&format!("{name}::")));
            found.extend(system.map(ToString::to_string));
        }
        found
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Adds the paths at the beginning of `text` to `found`, each below `prefix`; returns what is left of the text.
fn expand<'a>(prefix: &str, text: &'a str, found: &mut BTreeSet<String>) -> &'a str {
    let join = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}::{name}") };
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = expand(prefix, rest.trim_start(), found).trim_start();
            // `a as b` is `a`.
            let end = rest.find([',', '}']).unwrap_or(rest.len());
            rest = &rest[end..];
            match rest.strip_prefix(',') {
                Some(more) if !more.trim_start().starts_with('}') => rest = more,
                Some(more) => return more.trim_start().get(1..).unwrap_or_default(),
                None => return rest.get(1..).unwrap_or_default(),
            }
        }
    }
    let name = text.split(|c: char| !is_of_name(c)).next().unwrap_or_default();
    let rest = &text[name.len()..];
    if name.is_empty() {
        return rest;
    }
    match rest.strip_prefix("::") {
        Some(more) if more.starts_with(is_of_name) || more.starts_with('{') => {
            expand(&join(name), more, found)
        }
        _ => {
            found.insert(join(name));
            rest
        }
    }
}

/// Every file of the program but its root, and none that only tests use.
pub fn program() -> Vec<Source> {
    let src = root().join("src");
    let mut found = Vec::new();
    for file in files("src", "rs") {
        let path = file.strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/");
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let is_test =
            stem == "testing" || stem == "tests" || stem.ends_with("_tests") || path.contains("/tests/");
        if !is_test && path != "lib.rs" && path != "main.rs" {
            found.push(Source::new(&path, &fs::read_to_string(&file).expect("a source file")));
        }
    }
    found
}

#[test]
fn what_a_file_mentions_is_seen() {
    let text = "\
//! Knows crate::ui in words only.
use crate::{data::{FlowSpec, images as pictures}, gpu, view::{self, grid::{Scene, Show}}};
use crate::flow::GridPath; // crate::cli
fn f() -> eframe::egui::Ui { std::fs::read(crate::figure::raster(x)); let y: burn::tensor::Device; sunburn::x() }
#[cfg(test)]
pub(super) mod tests {
    use crate::train::x;
}
";
    let source = Source::new("model/grid/x.rs", text);
    let mentions: Vec<_> = source.mentions().into_iter().collect();
    assert_eq!(mentions, ["burn", "data", "eframe", "figure", "flow", "gpu", "std::fs", "view"]);
    let paths: Vec<_> = source.paths().into_iter().collect();
    assert_eq!(
        paths,
        [
            "data::FlowSpec",
            "data::images",
            "figure::raster",
            "flow::GridPath",
            "gpu",
            "view::grid::Scene",
            "view::grid::Show",
            "view::self"
        ]
    );
    let inner =
        Source::new("ui/labs/a/lab.rs", "use super::{x, b::Y}; pub(super) fn z(w: super::super::c::W)");
    let paths: Vec<_> = inner.paths().into_iter().collect();
    assert_eq!(paths, ["ui::labs::a::b::Y", "ui::labs::a::x", "ui::labs::c::W"]);
    assert_eq!(source.module(), "model");
    assert!(source.is_in("model/grid") && source.is_in("model") && !source.is_in("model/gri"));
}

#[test]
fn the_program_is_found_without_its_tests() {
    let all = program();
    let has = |path: &str| all.iter().any(|source| source.path == path);
    assert!(has("flow/grid/mod.rs") && has("random.rs") && has("ui/app.rs"));
    assert!(!has("lib.rs") && !has("ui/app/tests.rs") && !has("flow/grid/testing.rs"));
    assert!(all.len() > 200, "only {} files", all.len());
}
