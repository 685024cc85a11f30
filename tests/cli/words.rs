//! Messages as they are printed: on which stream, how many lines, in which words.

use crate::desk::{Desk, stderr};
use crate::numbers::number;
use crate::small::{SAMPLE, TINY_GRID, picture};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[test]
fn standard_output_is_for_results_only() {
    let desk = Desk::new();
    let field = "field --k 4 --t 0.5 --quantity pmf --out out.npy";
    assert!(desk.succeed(field).contains("out.npy"));
    assert!(desk.succeed(&format!("{field} --quiet")).is_empty());
    assert!(
        desk.succeed(&format!("--quiet {field}")).is_empty(),
        "flags of every command may stand in front"
    );
    desk.json(&format!("{field} --quiet"));
    let doctor = desk.json("doctor");
    assert_eq!(doctor["version"], env!("CARGO_PKG_VERSION"));
    assert!(
        doctor["adapters"].is_array() && doctor["display"].is_boolean() && number(&doctor, "threads") >= 1.0
    );
    for part in ["training", "drawing"] {
        assert!(doctor[part]["why"].as_str().is_some_and(|why| !why.is_empty()), "{part}");
    }
    assert!(desk.succeed("doctor").contains("training"));
    for help in [
        "--help",
        "field --help",
        "sample grid --help",
        "train grid --help",
        "eval grid --help",
        "shot --help",
    ] {
        let text = desk.succeed(help);
        assert!(text.contains("Usage: ") && text.contains("--seed"), "{help}");
    }
    assert!(desk.succeed("--version").contains(env!("CARGO_PKG_VERSION")));
    // A reader that goes away is no failure, and never a panic.
    for arguments in [format!("{field} --json"), "doctor".to_owned(), "--help".to_owned()] {
        let mut child =
            desk.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("ends");
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"), "{arguments}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn words_that_can_not_be_written_are_a_failure_and_a_reader_that_has_seen_enough_is_none() {
    let desk = Desk::new();
    let field = "field --k 2 --t 0.5 --quantity pmf --out f.npy --json";
    for arguments in ["--help", "--version", "field --help", "doctor --json", "doctor", field] {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a full device");
        let output = desk.command(arguments).stdout(full).stderr(Stdio::piped()).output().expect("starts");
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        let why = stderr(&output);
        assert!(
            why.contains("error: standard output") && why.contains("No space left"),
            "{arguments}: {why}"
        );
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = desk.command(arguments).stdout(writer).stderr(Stdio::piped()).output().expect("starts");
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", stderr(&output));
        assert!(!stderr(&output).contains("internal fault"), "{arguments}: {}", stderr(&output));
    }
    assert_eq!(desk.run("field --no-such-flag").status.code(), Some(2));
}

#[test]
fn one_is_singular_and_what_is_missing_is_said_in_one_way() {
    let desk = Desk::new();
    for (command, words) in [
        (format!("{TINY_GRID} --out one.safetensors"), "one.safetensors: 1 step,"),
        (
            SAMPLE.replace("--steps 4", "--steps 1") + " --out one.npy",
            "one.npy: 1 image of 64 tokens in 1 step,",
        ),
        ("curve --k 4 --steps 1 --out one.csv".to_owned(), "one.csv: 1 run,"),
        ("sweeps --k 4 --t 0.5 --sweeps 1 --out one.csv".to_owned(), "one.csv: 1 sweep at"),
        (
            "sample grid --k 4 --denoiser oracle --method exact --steps 1 --push --out one.npy".to_owned(),
            "one.npy: 1 denoiser evaluation in",
        ),
        ("export --view strip --k 4 --frames 1 --out one.png".to_owned(), "one.png: strip, 1 frame,"),
        (
            "eval images --denoiser independent:shapes@30 --tokens gray:16 --size 8 --data shapes --n 1 --strata 1".to_owned(),
            "1 image of shapes",
        ),
    ] {
        let said = desk.succeed(&command);
        assert!(said.contains(words), "{command}: {said}");
    }
    let missing = ": No such file or directory";
    for command in [
        "field --target none.npy --t 0.5 --quantity pmf --out no.npy",
        "field --target none.csv --t 0.5 --quantity pmf --out no.npy",
        "field --target none.png --t 0.5 --quantity pmf --out no.npy",
        "field --source none.npy --t 0.5 --quantity pmf --out no.npy",
        "curve --denoiser none.safetensors --out no.csv",
        "train grid --resume none.safetensors --out no.safetensors",
        "train images --resume none.safetensors --out no.safetensors",
        "train images --data none --out no.safetensors",
        "sample images --denoiser none.safetensors --out no.png",
        "sample images --denoiser empirical:none --out no.png",
        "sample images --denoiser independent:cifar10:none --out no.png",
        "eval images --denoiser network:shapes --data shapes --frechet 2 --n 1 --strata 1 --steps 1 --classifier none.x",
        "data cifar10 --from none",
    ] {
        desk.refuse(2, command, &["none", missing]);
    }
    desk.write("photo.png", picture(8));
    desk.refuse(
        2,
        &format!("{SAMPLE} --given none.png --mask photo.png --out no.png"),
        &["--given none.png", missing],
    );
    desk.refuse(
        2,
        &format!("{SAMPLE} --given photo.png --mask none.png --out no.png"),
        &["--mask none.png", missing],
    );
}

/// The program in a folder of its own.
fn run(folder: &Path, arguments: &[impl AsRef<OsStr>], environment: &[(&str, &str)]) -> Output {
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
    // A display that is never asked: the device is chosen before the window is opened.
    let with_display = [no_driver[0], no_driver[1], ("DISPLAY", ":7777")];
    let images = "sample images --denoiser network:digits --n 1 --steps 1 --out";
    let words = |command: &str| command.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let made = run(folder.path(), &words(&format!("{images} wall.png")), &no_driver);
    assert!(made.status.success(), "the CPU is there all the same: {}", said(&made));
    let none = "--device gpu: no graphics adapter that can compute was found; install a Vulkan driver";
    for (command, status, expected) in [
        ("shot --out x.png".to_owned(), 1, "no graphics adapter that can draw the window was found"),
        ("train grid --device gpu --steps 1 --out x.safetensors".to_owned(), 2, none),
        ("train images --device gpu --minutes 0.01 --out x.safetensors".to_owned(), 2, none),
        (
            "train classifier --data digits --device gpu --minutes 0.01 --out x.safetensors".to_owned(),
            2,
            none,
        ),
        (format!("{images} x.png --device gpu"), 2, none),
        ("figure wall.png --out x.png --device gpu".to_owned(), 2, none),
        ("eval images --denoiser network:digits --data digits --n 1 --device gpu".to_owned(), 2, none),
        ("--device gpu".to_owned(), 2, none),
    ] {
        let output = run(folder.path(), &words(&command), &with_display);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(status), "{command}: {said}");
        assert!(said.starts_with("error: ") && said.lines().count() == 1, "{command}: {said}");
        assert!(said.contains(expected) && !said.contains('\u{1b}'), "{command}: {said}");
        assert!(!folder.path().join("x.png").exists() && !folder.path().join("x.safetensors").exists());
    }
    // Who asks for more gets more, in a pipe without colours.
    let output = run(folder.path(), &["doctor"], &[("RUST_LOG", "trace"), no_driver[0], no_driver[1]]);
    let said = said(&output);
    assert!(said.contains("TRACE") || said.contains("DEBUG"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
}
