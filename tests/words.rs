//! Names in every script, and messages as they are printed: the program as one calls it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program in a folder of its own.
fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dfm-explorer"));
    command.args(arguments).current_dir(folder).env_remove("RUST_LOG").env("DFM_EXPLORER_DATA", folder);
    command.envs(environment.iter().copied()).output().expect("the program")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A target of 8 × 8 numbers under a name.
fn target(folder: &Path, name: &str) -> PathBuf {
    let rows: Vec<String> =
        (1..=8).map(|row| (0..8).map(|n| (row + n).to_string()).collect::<Vec<_>>().join(",")).collect();
    let file = folder.join(name);
    std::fs::write(&file, rows.join("\n")).expect("written");
    file
}

#[test]
fn captions_have_the_letters_of_every_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = |name: &str| {
        target(folder.path(), name);
        let out = folder.path().join("x.png");
        let output =
            run(folder.path(), &["export", "--target", name, "--view", "mass", "--out", "x.png"], &[]);
        assert!(output.status.success(), "{}", said(&output));
        image::open(&out).expect("a picture").to_rgb8()
    };
    // Two letters of one width each: as boxes the pictures would be the same.
    for [one, other] in
        [["流.csv", "動.csv"], ["데.csv", "흐.csv"], ["か.csv", "き.csv"], ["profi流.csv", "profi動.csv"]]
    {
        assert_ne!(picture(one), picture(other), "{one} {other}");
    }
    // What the figure carries brings the name back.
    let output =
        run(folder.path(), &["export", "--target", "動.csv", "--view", "mass", "--out", "x.svg"], &[]);
    assert!(output.status.success(), "{}", said(&output));
    let drawn = std::fs::read_to_string(folder.path().join("x.svg")).expect("a drawing");
    assert!(drawn.contains(">動</tspan>") && drawn.contains("--target 動.csv"), "{drawn}");
}

#[test]
#[cfg(target_os = "linux")]
fn without_an_adapter_there_is_one_plain_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let no_driver = [("VK_ICD_FILENAMES", "/nonexistent"), ("VK_DRIVER_FILES", "/nonexistent")];
    for (arguments, status, words) in [
        (&["shot", "--out", "x.png"][..], 1, "no graphics adapter that can draw the window was found"),
        (
            &["train", "grid", "--device", "gpu", "--steps", "1", "--out", "x.safetensors"],
            2,
            "--device gpu: no graphics adapter that can compute was found",
        ),
    ] {
        let output = run(folder.path(), arguments, &no_driver);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(said.starts_with("error: ") && said.lines().count() == 1, "{said}");
        assert!(said.contains(words) && !said.contains('\u{1b}'), "{said}");
    }
    // Who asks for more gets more, in a pipe without colours.
    let output = run(folder.path(), &["doctor"], &[("RUST_LOG", "trace"), no_driver[0], no_driver[1]]);
    let said = said(&output);
    assert!(said.contains("TRACE") || said.contains("DEBUG"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
}
