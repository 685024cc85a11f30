//! The fuzzer's seeds and everything it has found, tried once by the readers it feeds (`tests/fuzz/`).

#[path = "../fuzz/src/readers.rs"]
mod readers;

use std::collections::BTreeSet;
use std::path::Path;

fn seeds(reader: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(reader);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found: Vec<_> = files
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("a seed"))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn good_seeds_are_accepted_and_bad_ones_refused_without_a_panic() {
    let mut wrong = Vec::new();
    for (name, reader) in readers::READERS {
        let mut kinds = BTreeSet::new();
        for (seed, bytes) in seeds(name) {
            let accepted = reader(&bytes);
            let kind = seed.split('-').next().unwrap_or_default().to_owned();
            match kind.as_str() {
                "good" | "bad" if accepted == (kind == "good") => {}
                // An input that once broke the reader: coming back is all that is asked.
                "found" => {}
                "good" | "bad" => wrong.push(format!("{name}/{seed}: accepted = {accepted}")),
                _ => wrong.push(format!("{name}/{seed}: a seed is called good-…, bad-… or found-…")),
            }
            kinds.insert(kind);
        }
        assert!(kinds.contains("good") && kinds.contains("bad"), "{name} has only {kinds:?}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_folder_of_seeds_has_a_reader() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
    let mut folders: Vec<_> = std::fs::read_dir(folder)
        .expect("the seeds")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let mut known = readers::READERS.map(|(name, _)| name.to_owned());
    folders.sort();
    known.sort();
    assert_eq!(folders, known);
}
