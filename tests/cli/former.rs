//! What a former version wrote still opens: its state, presets, figures, checkpoints and command lines, kept in
//! `tests/data/before`.

use crate::desk::{Desk, stderr};
use clap::Parser as _;
use dfm_explorer::cli::Cli;
use dfm_explorer::data::shell::words;
use dfm_explorer::experiment::Recipe;
use dfm_explorer::experiment::grid::Document;
use dfm_explorer::experiment::images::ImageSettings;
use dfm_explorer::flow::Scheduler;
use dfm_explorer::sampler::sequence::SequenceMethod;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/before")
}

/// A folder with copies of all of it.
fn desk() -> Desk {
    let desk = Desk::new();
    for entry in std::fs::read_dir(folder()).expect("the files") {
        let file = entry.expect("a file").path();
        if file.is_file() {
            std::fs::copy(&file, desk.0.path().join(file.file_name().expect("a name"))).expect("copied");
        }
    }
    desk
}

#[test]
fn a_state_has_both_labs_as_they_were() {
    let recipes = Recipe::all_in(&folder().join("state.json")).expect("a state");
    let [images, grid] = &recipes[..] else { panic!("{recipes:?}") };
    for recipe in [images, grid] {
        assert_eq!((recipe.t, recipe.playing), (Some(0.4), Some(false)));
    }
    let document: Document = grid.settings(&Document::default()).expect("settings");
    let [a, b] = &document.sides[..] else { panic!("A and B") };
    assert_eq!((a.flow.scheduler, b.flow.scheduler), (Scheduler::Quadratic, Scheduler::Cubic));
    assert!(a.corrector_on && !document.zoom.is_whole() && a.panes == 3);
    let settings: ImageSettings = images.settings(&ImageSettings::default()).expect("settings");
    let methods = settings.sides.iter().map(|side| side.sampler.method).collect::<Vec<_>>();
    assert_eq!(methods, [SequenceMethod::MaskGit, SequenceMethod::Exact]);
    assert!(
        settings.sides.iter().all(|side| side.wanted_class() == Some((3, 2.0))) && settings.given.is_some()
    );
    // A next run that only had a width is one of a small network without end.
    let training = &settings.training;
    assert_eq!((training.net.to_string().as_str(), training.config.images), ("small", 0));
}

#[test]
fn presets_of_either_lab_are_read() {
    for (name, lab) in [("preset-grid.json", "grid"), ("preset-images.json", "images")] {
        let desk = desk();
        let text = desk.succeed(&format!("recipe {name}"));
        let recipe = Recipe::read(text.as_bytes()).expect("the printed recipe");
        assert_eq!(recipe.lab, lab);
        assert!(recipe.name.as_ref().is_some_and(|name| !name.is_empty()));
        match lab {
            "grid" => {
                assert!(
                    recipe.settings(&Document::default()).is_ok_and(|document| document.sides.is_compared())
                )
            }
            _ => assert!(
                recipe.settings(&ImageSettings::default()).is_ok_and(|images| images.sides.len() == 3)
            ),
        }
    }
}

#[test]
fn figures_give_their_experiment_back_and_are_drawn_anew() {
    let desk = desk();
    let mut figures: Vec<String> = std::fs::read_dir(folder())
        .expect("the files")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("figure-") && !name.ends_with(".csv"))
        .collect();
    figures.sort();
    assert!(figures.len() >= 14, "{figures:?}");
    for name in figures {
        let printed = desk.succeed(&format!("recipe {name}"));
        let before = Recipe::read(printed.as_bytes()).unwrap_or_else(|why| panic!("{name} {why}"));
        let ending = name.rsplit('.').next().expect("an ending");
        let again = format!("again-{name}");
        desk.succeed(&format!("figure {name} --out {again} --quiet"));
        // A drawing of the new version says the same, in the new form.
        let after =
            Recipe::all_in(&desk.0.path().join(&again)).unwrap_or_else(|why| panic!("{why}")).remove(0);
        assert_eq!((&after.lab, after.t), (&before.lab, before.t), "{name}");
        match before.lab.as_str() {
            "grid" => {
                let of = |recipe: &Recipe| recipe.settings(&Document::default()).expect("settings");
                let (one, other) = (of(&before), of(&after));
                assert_eq!(one.sides.len(), other.sides.len(), "{name}");
                let (one, other) = (&one.sides[0], &other.sides[0]);
                assert_eq!(one.path_spec().target, other.path_spec().target, "{name}");
                assert_eq!(one.effective_sampler(), other.effective_sampler(), "{name}");
                assert_eq!((one.seed, one.particles), (other.seed, other.particles), "{name}");
            }
            _ => {
                let of = |recipe: &Recipe| recipe.settings(&ImageSettings::default()).expect("settings");
                let (one, other) = (of(&before), of(&after));
                assert_eq!(
                    (one.model, one.sides, one.seed),
                    (other.model, other.sides, other.seed),
                    "{name}"
                );
            }
        }
        assert!(desk.exists(&again) && ["png", "svg", "gif"].contains(&ending), "{name}");
    }
}

#[test]
fn a_figure_is_drawn_as_any_kind_of_file() {
    let desk = desk();
    for (name, out) in [
        ("figure-mass.svg", "m.png"),
        ("figure-mass.svg", "m.csv"),
        ("figure-mass.svg", "m.gif"),
        ("figure-currents.gif", "c.svg"),
        ("figure-ab.svg", "ab.png"),
        ("figure-ab.svg", "ab.csv"),
        ("figure-images-wall.png", "w.gif"),
        ("figure-images-wall.png", "w.csv"),
        ("figure-images-wall.png", "w.svg"),
        ("preset-grid.json", "p.svg"),
        ("state.json", "s.png"),
    ] {
        desk.succeed(&format!("figure {name} --out {out} --quiet"));
        assert!(desk.exists(out), "{name} as {out}");
    }
    desk.succeed("figure state.json --lab grid --t 0.7 --out g.csv --quiet");
    // B stands at A's κ, where the timeline ran along κ.
    desk.succeed("figure figure-ab.png --out k.csv --quiet");
    let csv = std::fs::read_to_string(desk.0.path().join("k.csv")).expect("numbers");
    let kappas: Vec<f64> = ["A,", "B,"]
        .map(|side| {
            let line = csv.lines().find(|line| line.starts_with(side)).expect("a row of each");
            line.split(',').nth(2).and_then(|kappa| kappa.parse().ok()).expect("κ")
        })
        .to_vec();
    assert!((kappas[0] - kappas[1]).abs() < 1e-4, "{kappas:?}");
    // Of a state the side that is being set, and nothing of the other.
    desk.succeed("figure state.json --lab grid --out side.svg --quiet");
    let of = |name: &str| Recipe::all_in(&desk.0.path().join(name)).expect("a recipe");
    let set: Document = of("state.json")[1].settings(&Document::default()).expect("settings");
    let drawn: Document = of("side.svg")[0].settings(&Document::default()).expect("settings");
    assert_eq!(
        (&drawn.sides[0].flow.target, drawn.sides[0].flow.scheduler),
        (&set.sides.here().flow.target, set.sides.here().flow.scheduler)
    );
    desk.refuse(2, "figure figure-images-given.svg --out given.png", &["--out given.png", "given picture"]);
    desk.refuse(2, "figure figure-kappa.png --t 0.3 --out k.svg", &["--t", "figure-kappa.png"]);
    for out in ["ab.gif", "ab-frames.csv"] {
        desk.succeed(&format!("figure figure-ab.png --out {out} --quiet"));
        assert!(desk.exists(out));
    }
    desk.refuse(2, "figure given.png --out x.png", &["given.png", "has no experiment inside"]);
    desk.refuse(2, "figure none.png --out x.png", &["none.png"]);
    desk.refuse(2, "figure figure-mass.svg --out figure-mass.svg", &["figure-mass.svg"]);
    desk.refuse(2, "recipe state.json --lab sphere", &["--lab sphere", "images and grid"]);
    desk.refuse(2, "recipe commands.txt", &["commands.txt", "has no experiment inside"]);
}

#[test]
fn command_lines_are_understood_and_networks_answer() {
    let commands = std::fs::read_to_string(folder().join("commands.txt")).expect("the commands");
    let lines = commands.lines().filter(|line| !line.starts_with('#') && !line.ends_with("--help"));
    let mut count = 0;
    for line in lines.filter(|line| !line.ends_with("--version")) {
        let words = words(line).expect("words");
        Cli::try_parse_from(words).unwrap_or_else(|why| panic!("{line}: {why}"));
        count += 1;
    }
    assert!(count > 40, "{count}");
    let desk = desk();
    for command in [
        "eval grid --denoiser network-grid.safetensors --target rings --k 8 --source mask --scheduler cosine",
        "train grid --resume network-grid.safetensors --steps 41 --out on.safetensors",
        "sample images --denoiser network-images.safetensors --n 2 --steps 3 --out a.png",
        "sample images --denoiser network-images-half.safetensors --n 2 --steps 3 --out b.png",
    ] {
        let output = desk.run(&format!("{command} --quiet"));
        assert!(output.status.success(), "{command}: {}", stderr(&output));
    }
}
