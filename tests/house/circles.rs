//! The folders of `src` know each other in one direction only: read in some order, each knows none that comes later.

use crate::source::{Source, program, root};
use std::collections::{BTreeMap, BTreeSet};

type Graph = BTreeMap<String, BTreeSet<String>>;

/// Who knows whom though it closes a circle; such a line fails once it is not needed.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// Which folders, and files directly in `src`, each of them mentions.
fn graph(sources: &[Source]) -> Graph {
    let modules: BTreeSet<&str> = sources.iter().map(Source::module).collect();
    let mut graph = Graph::new();
    for source in sources {
        let known = source.mentions().into_iter().filter(|name| modules.contains(name.as_str()));
        graph
            .entry(source.module().to_owned())
            .or_default()
            .extend(known.filter(|name| name != source.module()));
    }
    graph
}

/// What is left once everything that knows nothing of the rest is taken away, again and again: circles, and what knows them.
fn circles(mut graph: Graph) -> Graph {
    while let Some(last) = graph.iter().find(|(_, known)| known.is_empty()).map(|(name, _)| name.clone()) {
        graph.remove(&last);
        graph.values_mut().for_each(|known| _ = known.remove(&last));
    }
    graph
}

#[test]
fn no_folders_know_each_other_in_a_circle() {
    let whole = graph(&program());
    let mut open = whole.clone();
    for (knows, known) in EXCEPTIONS {
        let there = open.get_mut(knows).is_some_and(|all| all.remove(known));
        assert!(there, "{knows} knows {known} no longer: take it off the exceptions");
    }
    let left = circles(open);
    assert!(left.is_empty(), "each of these knows another of them: {left:#?}");
}

#[test]
fn the_crate_lists_its_modules_in_reading_order() {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs");
    let order: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let graph = graph(&program());
    assert_eq!(order.len(), graph.len(), "{order:?}");
    for (at, module) in order.iter().enumerate() {
        for known in &graph[*module] {
            let is_before = order[..at].contains(&known.as_str());
            // It opens the window.
            assert!(
                is_before || (*module, known.as_str()) == ("cli", "ui"),
                "{module} knows {known}, which comes later"
            );
        }
    }
}

#[test]
fn circles_are_seen() {
    let known = |all: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (knows, known) in all {
            graph.entry(knows.to_string()).or_default().insert(known.to_string());
            graph.entry(known.to_string()).or_default();
        }
        graph
    };
    assert!(circles(known(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    let left = circles(known(&[("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")]));
    assert_eq!(left.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    // And what the folders know of each other is seen.
    let graph = graph(&program());
    for (knows, known) in [("ui", "view"), ("cli", "train"), ("train", "model"), ("sampler", "denoiser")] {
        assert!(graph[knows].contains(known), "{knows} is not seen to know {known}");
    }
    assert!(graph["flow"].is_empty() && graph.len() > 10, "{graph:?}");
}
