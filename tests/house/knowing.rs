//! Who may know whom. A rule is about the files of a place in `src`; what it forbids and is there all the same stands in its
//! list of exceptions, and an exception that is no longer needed fails, so that the list only ever gets shorter.

use crate::source::{Source, folders, program, root};
use std::collections::BTreeSet;

/// What the files of one folder may mention of the program, of [`crate::source::CRATES`] and of the system.
struct Rule {
    folder: &'static str,
    may: &'static str,
    /// What is there for certain: a rule that sees nothing would pass for ever.
    sees: &'static str,
    /// Files that mention what they may not.
    exceptions: &'static [(&'static str, &'static str)],
}

const RULES: [Rule; 12] = [
    Rule { folder: "flow", may: "", sees: "flow", exceptions: &[] },
    Rule { folder: "denoiser", may: "flow rayon", sees: "flow", exceptions: &[] },
    Rule { folder: "sampler", may: "flow denoiser random rayon", sees: "denoiser flow", exceptions: &[] },
    Rule { folder: "data", may: "flow assets random rayon std::fs", sees: "flow std::fs", exceptions: &[] },
    Rule { folder: "figure", may: "assets", sees: "assets", exceptions: &[] },
    Rule {
        folder: "view",
        may: "flow denoiser sampler data figure rayon",
        sees: "flow sampler figure",
        exceptions: &[],
    },
    Rule {
        folder: "model",
        may: "flow denoiser data sampler random assets burn rayon",
        sees: "burn denoiser",
        exceptions: &[],
    },
    Rule {
        folder: "train",
        may: "flow denoiser data sampler model random latest burn rayon std::thread",
        sees: "burn model std::thread",
        exceptions: &[],
    },
    Rule {
        folder: "experiment",
        may: "assets flow denoiser sampler data model train view figure random",
        sees: "flow sampler view",
        exceptions: &[],
    },
    Rule {
        folder: "gpu",
        may: "figure flow random sampler burn wgpu egui eframe std::thread std::net",
        sees: "burn wgpu sampler",
        exceptions: &[],
    },
    Rule {
        folder: "cli",
        may: "experiment flow denoiser sampler data model train figure view gpu latest clap std::fs std::thread",
        sees: "clap sampler view",
        // To open the window and to take its picture; the address to listen on.
        exceptions: &[
            ("cli/window.rs", "ui"),
            ("cli/shot.rs", "ui"),
            ("cli/mod.rs", "ui"),
            ("cli/serve.rs", "std::net"),
        ],
    },
    Rule {
        folder: "ui",
        may: "assets experiment flow denoiser sampler data model train figure view gpu latest egui eframe egui_plot wgpu \
              rayon std::fs std::thread",
        sees: "egui experiment view",
        exceptions: &[],
    },
];

/// What the sources do against a rule, and what of its exceptions is not needed.
fn faults(rule: &Rule, sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut needed = BTreeSet::new();
    for source in sources.iter().filter(|source| source.module() == rule.folder) {
        for name in source.mentions() {
            if name == rule.folder || rule.may.split_whitespace().any(|known| known == name) {
                continue;
            }
            match rule.exceptions.iter().position(|(file, known)| *file == source.path && *known == name) {
                Some(n) => _ = needed.insert(n),
                None => faults.push(format!(
                    "src/{} mentions {name}, which `{}` may not know",
                    source.path, rule.folder
                )),
            }
        }
    }
    for (n, (file, name)) in rule.exceptions.iter().enumerate() {
        if !needed.contains(&n) {
            faults.push(format!("src/{file} mentions {name} no longer: take it off the exceptions"));
        }
    }
    faults
}

#[test]
fn folders_know_only_what_they_may() {
    let sources = program();
    let faults: Vec<String> = RULES.iter().flat_map(|rule| faults(rule, &sources)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_rule_sees_what_it_should() {
    let sources = program();
    for rule in &RULES {
        let own = sources.iter().filter(|source| source.module() == rule.folder);
        let seen: BTreeSet<String> = own.flat_map(Source::mentions).collect();
        for name in rule.sees.split_whitespace() {
            assert!(seen.contains(name), "`{}` is not seen to mention {name}", rule.folder);
        }
    }
    // What a rule is against is seen, and so is an exception without a cause.
    let rule = Rule { folder: "view", may: "flow", sees: "", exceptions: &[("view/b.rs", "burn")] };
    let [a, b, c] = [
        ("view/a.rs", "use crate::{flow::Axis, ui};"),
        ("view/b.rs", "burn::x()"),
        ("viewer.rs", "use crate::ui::App;"),
    ]
    .map(|(path, text)| Source::new(path, text));
    assert_eq!(faults(&rule, &[a, b, c]), ["src/view/a.rs mentions ui, which `view` may not know"]);
    assert_eq!(faults(&rule, &[]), ["src/view/b.rs mentions burn no longer: take it off the exceptions"]);
}

#[test]
fn every_folder_has_its_rule() {
    let ruled: BTreeSet<String> = RULES.iter().map(|rule| rule.folder.to_owned()).collect();
    assert_eq!(folders(""), ruled);
}

/// Files of `place` that name the same place with another folder below it, for places with a folder an idea each: labs, or
/// state spaces. `named` is how a path into such a folder begins.
fn strangers(sources: &[Source], place: &str, named: &str) -> Vec<String> {
    let mut found = Vec::new();
    let names: BTreeSet<&str> = sources
        .iter()
        .filter_map(|source| source.path.strip_prefix(place)?.strip_prefix('/')?.split_once('/'))
        .map(|(folder, _)| folder)
        .collect();
    for source in sources {
        let Some((own, _)) = source.path.strip_prefix(place).and_then(|rest| rest[1..].split_once('/'))
        else {
            continue;
        };
        for path in source.paths() {
            let other = path.strip_prefix(named).and_then(|rest| rest.strip_prefix("::"));
            let other = other.and_then(|rest| rest.split("::").next()).unwrap_or_default();
            if other != own && names.contains(other) {
                found.push(format!("src/{} knows {place}/{other}", source.path));
            }
        }
    }
    found
}

#[test]
fn no_lab_and_no_state_space_knows_another() {
    let sources = program();
    let mut found = strangers(&sources, "ui/labs", "ui::labs");
    found.extend(["cli", "experiment"].iter().flat_map(|place| strangers(&sources, place, place)));
    for place in ["flow", "denoiser", "sampler", "model", "train", "view"] {
        let by_space: Vec<Source> =
            program().into_iter().filter(|source| is_by_space(source, place)).collect();
        found.extend(strangers(&by_space, place, place));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whether it lies in the folder of a state space.
fn is_by_space(source: &Source, place: &str) -> bool {
    ["grid", "sequence", "plane"].iter().any(|space| source.is_in(&format!("{place}/{space}")))
}

#[test]
fn strangers_are_seen() {
    let sources = [
        ("ui/labs/a/x.rs", "use crate::ui::labs::{a::y, b::Z};"),
        ("ui/labs/b/x.rs", "use crate::ui::labs::b::Z;"),
        ("ui/labs/mod.rs", "use crate::ui::labs::b::Z;"),
    ]
    .map(|(path, text)| Source::new(path, text));
    assert_eq!(strangers(&sources, "ui/labs", "ui::labs"), ["src/ui/labs/a/x.rs knows ui/labs/b"]);
    // The folders it goes through are there.
    for (place, own) in [("ui/labs", "grid"), ("cli", "images"), ("sampler", "sequence"), ("view", "grid")] {
        assert!(root().join("src").join(place).join(own).is_dir(), "{place}/{own}");
    }
}
