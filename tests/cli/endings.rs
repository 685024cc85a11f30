//! Ends that somebody asks for: no half file is left, and a run that outlives its terminal goes on.

use crate::desk::{Desk, stderr};
use crate::small::TINY_GRID;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Starts the program, sends it a signal as soon as `now` says so, and returns how it ended.
#[cfg(unix)]
fn interrupted(desk: &Desk, arguments: &str, signal: &str, now: impl Fn() -> bool) -> std::process::Output {
    let mut command = desk.command(arguments);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let start = Instant::now();
    while !now() && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(1));
    }
    Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    child.wait_with_output().expect("it ends")
}

#[cfg(unix)]
fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[cfg(unix)]
#[test]
fn an_end_from_outside_leaves_no_half_file() {
    for signal in ["-INT", "-TERM"] {
        // A large array takes a while to write; a disk that is too quick for the signal has another try.
        let stopped = (0..5).any(|_| {
            let desk = Desk::new();
            let array = "sample grid --k 2 --denoiser oracle --method exact --steps 1 --particles 10000000 --out big.npy";
            let output = interrupted(&desk, array, signal, || !names_in(desk.0.path()).is_empty());
            let names = names_in(desk.0.path());
            let whole = names == ["big.npy"];
            assert!(whole || names.is_empty(), "{names:?} is left");
            if !whole {
                assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
                assert!(stderr(&output).contains("error: interrupted"), "{}", stderr(&output));
            }
            !whole
        });
        assert!(stopped, "never in time");
    }
}

#[cfg(unix)]
#[test]
fn a_demo_that_is_broken_off_leaves_no_folder() {
    let desk = Desk::new();
    let start = Instant::now();
    let output = interrupted(&desk, "--quiet", "-INT", || start.elapsed() > Duration::from_secs(3));
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(names_in(desk.0.path()), Vec::<String>::new());
    // Nor one that can't write.
    desk.write("dfm-explorer-demo", "a file in its place");
    let mut command = desk.command("--quiet");
    let output = command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().expect("starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot make the folder dfm-explorer-demo"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn an_interrupted_classifier_says_so_and_keeps_what_it_has() {
    let desk = Desk::new();
    let train = "train classifier --data shapes --minutes 60 --out c.safetensors";
    // On a busy machine the first try may come before the training begins.
    let training = [3, 10, 40].into_iter().any(|seconds| {
        let start = Instant::now();
        let output = interrupted(&desk, train, "-INT", || start.elapsed() > Duration::from_secs(seconds));
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("interrupted") && output.stdout.is_empty(), "{message}");
        message.contains("interrupted after")
    });
    assert!(training);
    assert!(
        dfm_explorer::model::sequence::ClassifierFile::read(&desk.0.path().join("c.safetensors")).is_ok()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_outlives_its_terminal_goes_on_and_can_be_ended() {
    for (signal, seconds, status, said) in [("-HUP", 3, 0, ""), ("-TERM", 600, 1, "interrupted at step")] {
        let desk = Desk::new();
        let mut command = Command::new("nohup");
        command.arg(env!("CARGO_BIN_EXE_dfm-explorer")).current_dir(desk.0.path());
        let train = format!("{TINY_GRID} --out net.safetensors")
            .replace("--steps 1", &format!("--seconds {seconds}"));
        command.args(train.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("starts");
        while !desk.exists("net.safetensors") {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(
            Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill").success()
        );
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(status), "{signal}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}
