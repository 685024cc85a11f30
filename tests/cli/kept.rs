//! What is read and what is kept is never written over.

use crate::desk::{Desk, stderr};
use crate::small::{SAMPLE, TINY_GRID, TINY_IMAGES, picture};

/// Another name of the same file.
#[cfg(unix)]
fn hard_link(desk: &Desk, file: &str, name: &str) {
    std::fs::hard_link(desk.0.path().join(file), desk.0.path().join(name)).expect("linked");
}

#[cfg(unix)]
#[test]
fn no_command_writes_over_what_it_reads() {
    let desk = Desk::new();
    let at = |name: &str| desk.0.path().join(name);
    desk.write("q.csv", "1,2\n3,4\n");
    desk.succeed("field --target q.csv --t 1 --quantity pmf --out q.npy");
    desk.succeed(&format!("{TINY_GRID} --out net.safetensors"));
    desk.succeed(&format!("{TINY_IMAGES} --out images.safetensors --give given.safetensors"));
    desk.succeed("train classifier --data shapes --minutes 0.0001 --out classifier.safetensors");
    desk.write("photo.png", picture(8));
    desk.write("mask.png", picture(8));
    std::fs::create_dir(at("cats")).expect("a folder");
    for name in ["cats/a.png", "cats/b.png"] {
        desk.write(name, picture(8));
    }
    // By an ending that may be written, and by a link.
    hard_link(&desk, "net.safetensors", "net.npy");
    hard_link(&desk, "net.safetensors", "net.csv");
    hard_link(&desk, "images.safetensors", "images.npy");
    hard_link(&desk, "images.safetensors", "images.csv");
    hard_link(&desk, "classifier.safetensors", "classifier.csv");
    std::os::unix::fs::symlink(at("mask.png"), at("link.png")).expect("linked");
    std::os::unix::fs::symlink(at("q.csv"), at("link.csv")).expect("linked");
    let read = || -> Vec<(String, Vec<u8>)> {
        let names = ["q.csv", "q.npy", "net.safetensors", "images.safetensors", "classifier.safetensors"];
        let pictures = ["photo.png", "mask.png", "cats/a.png"];
        names
            .iter()
            .chain(&pictures)
            .map(|name| (name.to_string(), std::fs::read(at(name)).expect("a file")))
            .collect()
    };
    let before = read();
    let grid = "--denoiser net.safetensors --k 4 --device cpu";
    for (command, flags) in [
        ("field --target q.csv --t 0.5 --quantity pmf --out ./q.csv", ["--out ./q.csv", "--target"]),
        ("field --source q.csv --k 2 --t 0.5 --quantity pmf --out link.csv", ["--out link.csv", "--source"]),
        ("export --view mass --target q.csv --out q.csv", ["--out q.csv", "--target"]),
        (
            &format!("export --view divergence {grid} --steps 2 --out net.csv"),
            ["--out net.csv", "--denoiser"],
        ),
        (&format!("curve {grid} --steps 1 --out net.csv"), ["--out net.csv", "--denoiser"]),
        (&format!("sweeps {grid} --t 0.5 --sweeps 1 --out net.csv"), ["--out net.csv", "--denoiser"]),
        (
            &format!("sample grid {grid} --method exact --steps 1 --push --out net.npy"),
            ["--out net.npy", "--denoiser"],
        ),
        (
            &format!("{SAMPLE} --given photo.png --mask mask.png --out photo.png"),
            ["--out photo.png", "--given"],
        ),
        (&format!("{SAMPLE} --given photo.png --mask mask.png --out link.png"), ["--out link.png", "--mask"]),
        ("sample images --denoiser images.safetensors --out images.npy", ["--out images.npy", "--denoiser"]),
        (
            "sample images --denoiser empirical:cats --tokens gray:4 --size 8 --n 1 --steps 1 --out cats/a.png",
            ["--out cats/a.png", "--denoiser"],
        ),
        (
            &format!("{TINY_IMAGES} --out run.safetensors --give ./run.safetensors"),
            ["--give ./run.safetensors", "--out"],
        ),
        (
            "train images --resume images.safetensors --minutes 0.0001 --out run.safetensors --give images.safetensors",
            ["--give images.safetensors", "--resume"],
        ),
        (
            "eval nfe --denoiser images.safetensors --data shapes --out images.csv",
            ["--out images.csv", "--denoiser"],
        ),
        (
            "eval nfe --denoiser network:shapes --data shapes --classifier classifier.safetensors --out classifier.csv",
            ["--out classifier.csv", "--classifier"],
        ),
        (
            "eval matrix --data shapes --classifier classifier.safetensors --out classifier.csv",
            ["--out classifier.csv", "--classifier"],
        ),
    ] {
        desk.refuse(2, command, &flags);
        assert!(read() == before, "{command}: a file has changed");
    }
    // What only has a name in common is none of them.
    desk.succeed("field --target q.csv --t 0.5 --quantity pmf --out cats/q.csv");
    desk.succeed(&format!("{SAMPLE} --given photo.png --mask mask.png --out cats/photo.png"));
}

#[test]
fn inputs_are_not_written_over() {
    let desk = Desk::new();
    desk.write("in.csv", "1,2\n3,4\n");
    for (command, flags) in [
        ("field", "--t 0.5 --quantity pmf"),
        ("sample grid", "--denoiser oracle --method exact --steps 2 --push"),
    ] {
        let out = if command == "field" { "in.csv" } else { "in.npy" };
        if command == "sample grid" {
            desk.succeed("field --target in.csv --t 1 --quantity pmf --out in.npy");
        }
        desk.refuse(2, &format!("{command} --target {out} {flags} --out ./{out}"), &["--out", "--target"]);
    }
    assert_eq!(std::fs::read_to_string(desk.0.path().join("in.csv")).expect("the file"), "1,2\n3,4\n");
}

#[test]
fn a_network_is_written_over_only_where_that_is_said() {
    let desk = Desk::new();
    let bytes = |name: &str| std::fs::read(desk.0.path().join(name)).expect("a file");
    for (command, name, goes_on) in [
        (TINY_GRID, "grid.safetensors", true),
        (TINY_IMAGES, "images.safetensors", true),
        ("train classifier --data shapes --minutes 0.0001", "classifier.safetensors", false),
    ] {
        desk.succeed(&format!("{command} --out {name}"));
        let before = bytes(name);
        let out = format!("--out {name}");
        let resume = format!("--resume {name}");
        let mut words = vec![out.as_str(), "--overwrite"];
        words.extend(goes_on.then_some(resume.as_str()));
        let refused = desk.run(&format!("{command} --seed 1 --out {name}"));
        assert_eq!(stderr(&refused).contains("--resume"), goes_on, "{}", stderr(&refused));
        desk.refuse(2, &format!("{command} --seed 1 --out {name}"), &words);
        assert!(bytes(name) == before, "{name} is as it was");
        desk.succeed(&format!("{command} --seed 1 --out {name} --overwrite"));
        assert!(bytes(name) != before, "{name} is another one");
        if goes_on {
            desk.succeed(&format!(
                "{} {resume} --out {name}",
                command.split(" --").next().expect("words").to_owned()
                    + if command == TINY_GRID { " --steps 2 --device cpu" } else { " --minutes 0.0001" }
            ));
        }
    }
    // Any other file is asked about, too; an empty one has nothing to lose, and a device keeps nothing.
    desk.write("notes.safetensors", "notes");
    desk.refuse(
        2,
        &format!("{TINY_GRID} --out notes.safetensors"),
        &["there is a file already", "--overwrite"],
    );
    desk.write("empty.safetensors", "");
    desk.succeed(&format!("{TINY_GRID} --out empty.safetensors"));
    desk.succeed(&format!("{TINY_IMAGES} --out a.safetensors --give b.safetensors"));
    let give = format!("{TINY_IMAGES} --out c.safetensors --give b.safetensors");
    desk.refuse(2, &give, &["--give b.safetensors", "--overwrite"]);
}

#[test]
fn a_run_that_goes_on_writes_over_its_own_file_alone() {
    let desk = Desk::new();
    for name in ["a", "b"] {
        desk.succeed(&format!("{TINY_GRID} --out {name}.safetensors"));
    }
    let more = format!("{} --resume a.safetensors --out", TINY_GRID.replace("--steps 1", "--steps 2"));
    desk.refuse(2, &format!("{more} b.safetensors"), &["--out b.safetensors", "--overwrite"]);
    desk.succeed(&format!("{more} ./a.safetensors"));
    desk.succeed(&format!("{more} b.safetensors --overwrite"));
}

#[test]
fn output_files_are_checked_before_anything_is_computed() {
    let desk = Desk::new();
    // The target does not exist: only a check of --out that comes first does not mention it.
    let field = |out: &str| format!("field --target no.npy --t 0.5 --quantity pmf --out {out}");
    desk.refuse(2, &field("out.txt"), &["--out out.txt", ".npy, .csv, .png, .svg or .pdf"]);
    desk.refuse(2, &field("out"), &["--out out", ".npy"]);
    desk.refuse(2, &field("no/such/out.npy"), &["--out no/such/out.npy", "there is no folder no/such"]);
    desk.write("file", "");
    desk.refuse(2, &field("file/out.npy"), &["--out file/out.npy", "there is no folder"]);
    std::fs::create_dir(desk.0.path().join("folder.npy")).expect("a folder");
    desk.refuse(2, &field("folder.npy"), &["--out folder.npy", "it is a folder"]);
    desk.write("fixed.npy", "");
    let fixed = desk.0.path().join("fixed.npy");
    let mut permissions = std::fs::metadata(&fixed).expect("metadata").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&fixed, permissions).expect("set");
    desk.refuse(2, &field("fixed.npy"), &["--out fixed.npy", "read-only"]);
    if cfg!(target_os = "linux") {
        // Not even root can make a file there.
        desk.refuse(
            2,
            &field("/proc/out.npy"),
            &["--out /proc/out.npy", "cannot write into the folder /proc"],
        );
    }
    let sample = "sample grid --target no.npy --denoiser oracle --method exact --steps 2 --push --out";
    desk.refuse(2, &format!("{sample} out.csv"), &["--out out.csv", ".npy"]);
    desk.refuse(2, "train grid --target no.npy --steps 1 --out out.bin", &["--out out.bin", ".safetensors"]);
    desk.refuse(2, "shot --out out.svg", &["--out out.svg", ".png"]);
}
