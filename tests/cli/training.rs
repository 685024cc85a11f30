//! Training of networks for the grid: taken up again, measured, interrupted, killed and diverged.

use crate::desk::{Desk, stderr};
use crate::numbers::number;
use crate::small::TINY_GRID;
use dfm_explorer::model::grid::Checkpoint;
use std::path::Path;
use std::process::{Command, Stdio};

const TINY: &str = "--target rings --k 8";

#[test]
fn training_resumes_and_is_measured() {
    let desk = Desk::new();
    let first = desk.json(&format!(
        "train grid {TINY} --steps 40 --batch 64 --hidden 8 --lr 0.01 --device cpu --out a.safetensors"
    ));
    assert_eq!(first["steps"], 40);
    let second = desk.json(&format!(
        "train grid {TINY} --steps 100 --hidden 8 --device cpu --resume a.safetensors --out b.safetensors"
    ));
    assert_eq!(second["steps"], 100);
    let whole = desk.json(&format!(
        "train grid {TINY} --steps 100 --batch 64 --hidden 8 --lr 0.01 --device cpu --out c.safetensors"
    ));
    for name in ["loss", "floor", "gap"] {
        assert_eq!(second[name], whole[name], "an interrupted run ends where a whole one does");
    }
    assert!(number(&second, "gap") < number(&first, "gap"));
    assert!((number(&whole, "loss") - number(&whole, "floor") - number(&whole, "gap")).abs() < 1e-12);
    assert!(number(&whole, "steps_per_second") > 0.0 && number(&whole, "seconds") > 0.0);
    let eval = desk.json(&format!("eval grid {TINY} --denoiser c.safetensors --device cpu"));
    for name in ["loss", "floor", "gap"] {
        assert!((number(&eval, name) - number(&whole, name)).abs() < 1e-6, "{name}");
    }
    let sample = desk.json(&format!(
        "sample grid {TINY} --denoiser c.safetensors --device cpu --method exact --steps 64 --push --out p.npy"
    ));
    for name in ["tv", "kl", "js", "off_support", "nfe"] {
        assert_eq!(eval[name], sample[name], "{name}");
    }
    // A finished run is asked for again: nothing to do, and nothing lost.
    let again = desk.json(&format!(
        "train grid {TINY} --steps 100 --device cpu --resume b.safetensors --out b.safetensors"
    ));
    assert_eq!((&again["steps"], &again["gap"]), (&whole["steps"], &whole["gap"]));
    let by_time = desk.json(&format!(
        "train grid {TINY} --seconds 0.05 --device cpu --resume b.safetensors --out b.safetensors"
    ));
    assert!(number(&by_time, "steps") > 100.0);
    desk.succeed(&format!(
        "train grid {TINY} --loss gkl --hidden 4 --steps 2 --device cpu --out g.safetensors"
    ));

    // What does not fit is refused, with both sides named.
    for (flag, given, own) in [
        ("--hidden", "9", "8"),
        ("--batch", "65", "64"),
        ("--lr", "0.02", "0.01"),
        ("--loss", "gkl", "ce"),
        ("--seed", "5", "0"),
    ] {
        let flags = format!(
            "train grid {TINY} --steps 200 --resume a.safetensors {flag} {given} --out d.safetensors"
        );
        desk.refuse(2, &flags, &[flag, given, own, "a.safetensors"]);
    }
    let resume = "--steps 200 --resume a.safetensors --out d.safetensors";
    desk.refuse(2, &format!("train grid --k 9 {resume}"), &["a.safetensors", "--k 9", "8"]);
    desk.refuse(2, &format!("train grid {TINY} --source mask {resume}"), &["--source mask", "uniform"]);
    desk.refuse(
        2,
        &format!("train grid {TINY} --steps 39 --resume a.safetensors --out d.safetensors"),
        &["--steps 39", "40", "a.safetensors"],
    );
    let sample = "--denoiser a.safetensors --method exact --steps 2 --push --out p2.npy";
    desk.refuse(2, &format!("sample grid --k 9 {sample}"), &["--denoiser a.safetensors", "K = 8", "K = 9"]);
    desk.refuse(
        2,
        "eval grid --k 9 --denoiser a.safetensors",
        &["--denoiser a.safetensors", "K = 8", "K = 9"],
    );
}

#[test]
fn a_resumed_run_keeps_its_flow() {
    let desk = Desk::new();
    desk.succeed(
        "train grid --target rings --k 8 --source mask --hidden 4 --steps 2 --device cpu --out r.safetensors",
    );
    let resume = "train grid --hidden 4 --steps 4 --device cpu --resume r.safetensors --out s.safetensors";
    // Left out, the flow is the recorded one; the scheduler that measures may be another.
    assert_eq!(desk.json(&format!("{resume} --scheduler cosine"))["steps"], 4);
    for (flag, own) in
        [("--target moons", "rings"), ("--source uniform", "mask"), ("--coupling keep:0.2", "independent")]
    {
        let resume = resume.replace("s.safe", "t.safe");
        desk.refuse(2, &format!("{resume} {flag}"), &[flag, own, "r.safetensors"]);
    }
}

#[test]
fn a_killed_training_leaves_a_whole_checkpoint_or_none() {
    let desk = Desk::new();
    let read = || Checkpoint::read(&desk.0.path().join("k.safetensors"));
    for milliseconds in [60, 4000] {
        let mut command = desk.command(
            "train grid --k 8 --hidden 8 --batch 32 --seconds 600 --device cpu --quiet --out k.safetensors",
        );
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().expect("killed");
        child.wait().expect("gone");
        assert!(!desk.exists("k.safetensors") || read().is_ok());
    }
    // The second kill came after the first checkpoint was due.
    assert!(desk.exists("k.safetensors"));
    {
        let flags = "--k 8 --seconds 0.01 --device cpu --resume k.safetensors --out k.safetensors";
        assert!(number(&desk.json(&format!("train grid {flags}")), "steps") > 1.0);
    }
}

#[test]
fn an_interrupted_training_saves_and_says_how_to_go_on() {
    let desk = Desk::new();
    let mut command =
        desk.command("train grid --k 8 --hidden 8 --batch 32 --seconds 600 --device cpu --out k.safetensors");
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    while !desk.exists("k.safetensors") {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let first =
        std::fs::metadata(desk.0.path().join("k.safetensors")).and_then(|m| m.modified()).expect("a file");
    std::thread::sleep(std::time::Duration::from_millis(50));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    assert!(
        message.contains("interrupted at step") && message.contains("--resume k.safetensors"),
        "{message}"
    );
    let last =
        std::fs::metadata(desk.0.path().join("k.safetensors")).and_then(|m| m.modified()).expect("a file");
    assert!(last > first && Checkpoint::read(&desk.0.path().join("k.safetensors")).is_ok());
}

#[test]
fn a_diverged_training_fails_and_keeps_the_last_good_checkpoint() {
    let desk = Desk::new();
    desk.succeed("train grid --k 4 --hidden 4 --batch 8 --steps 1 --device cpu --out good.safetensors");
    let path = |name: &str| desk.0.path().join(name);
    let mut broken = Checkpoint::read(&path("good.safetensors")).expect("readable");
    for (name, data) in &mut broken.tensors {
        if name.starts_with("raw.body") {
            let huge = data.as_slice::<f32>().expect("f32").iter().map(|x| 1e30 * x).collect::<Vec<_>>();
            *data = burn::tensor::TensorData::new(huge, data.shape().to_vec());
        }
    }
    desk.write("huge.safetensors", broken.to_bytes().expect("bytes"));
    let before = std::fs::read(path("good.safetensors")).expect("the file");
    let flags = "train grid --k 4 --steps 50 --device cpu --resume huge.safetensors --out good.safetensors --overwrite";
    desk.refuse(1, flags, &["the loss became", "learning rate", "good.safetensors is kept"]);
    assert_eq!(std::fs::read(path("good.safetensors")).expect("the file"), before);
}

#[test]
fn checkpoints_that_are_none_are_refused() {
    let desk = Desk::new();
    desk.succeed("train grid --k 4 --hidden 4 --batch 8 --steps 1 --device cpu --out good.safetensors");
    let good = std::fs::read(desk.0.path().join("good.safetensors")).expect("the file");
    desk.write("half.safetensors", &good[..good.len() / 2]);
    desk.write("text.safetensors", "not a checkpoint");
    desk.write("none.safetensors", "");
    std::fs::create_dir(desk.0.path().join("folder.safetensors")).expect("a folder");
    for file in ["half.safetensors", "text.safetensors", "none.safetensors", "folder.safetensors"] {
        desk.refuse(2, &format!("eval grid --k 4 --denoiser {file}"), &["--denoiser", file]);
        let sample =
            format!("sample grid --k 4 --denoiser {file} --method exact --steps 2 --push --out o.npy");
        desk.refuse(2, &sample, &["--denoiser", file]);
        let train = format!("train grid --k 4 --steps 3 --resume {file} --out o.safetensors");
        desk.refuse(2, &train, &["--resume", file]);
    }
    desk.refuse(2, "eval grid --k 4 --denoiser oracle", &["--denoiser oracle", "FILE.safetensors"]);
}

#[test]
fn the_gap_of_another_loss_is_named() {
    let desk = Desk::new();
    let trained = desk.succeed(&format!("{TINY_GRID} --loss gkl --out gkl.safetensors"));
    assert!(trained.contains("(gkl)") && trained.contains("gap in cross-entropy"), "{trained}");
    let said = desk.succeed("eval grid --k 4 --denoiser gkl.safetensors --device cpu");
    assert!(said.contains("gap in cross-entropy"), "{said}");
    let plain = desk.succeed(&format!("{TINY_GRID} --out ce.safetensors"));
    assert!(plain.contains("(ce)") && !plain.contains("gap in cross-entropy"), "{plain}");
}

#[test]
fn the_headless_experiment_writes_its_files() {
    let desk = Desk::new();
    let folder = desk.0.path().join("demo");
    dfm_explorer::cli::grid::demo::run_demo(&folder, 1.0, 3, true).expect("runs");
    let starts = |name: &str, magic: &[u8]| {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(bytes.starts_with(magic), "{name}");
    };
    starts("strip.png", b"\x89PNG");
    starts("gap.png", b"\x89PNG");
    starts("flow.gif", b"GIF89a");
    let checkpoint = Checkpoint::read(&folder.join("checkpoint.safetensors")).expect("readable");
    assert_eq!(checkpoint.recipe.network.k, 64);
    assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 4, "nothing temporary is left");
    desk.write("file", "");
    let inside_a_file = Path::new(desk.0.path()).join("file").join("demo");
    let message = dfm_explorer::cli::grid::demo::run_demo(&inside_a_file, 1.0, 0, true)
        .expect_err("no folder")
        .to_string();
    assert!(message.contains("cannot make the folder"), "{message}");
}
