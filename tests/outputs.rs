//! Files that commands write: never over what is read or kept, never half, and as long or as crisp as was asked for.

mod desk;

use desk::{Desk, stderr};
use image::AnimationDecoder;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TINY_GRID: &str = "train grid --k 4 --hidden 4 --batch 8 --steps 1 --device cpu";
const TINY_IMAGES: &str =
    "train images --data shapes --tokens gray:4 --size 8 --width 16 --batch 2 --minutes 0.0001";
const SAMPLE: &str =
    "sample images --denoiser independent:shapes@30 --tokens gray:16 --size 8 --n 1 --steps 4";

fn picture(side: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let bright = image::GrayImage::from_pixel(side, side, image::Luma([200]));
    image::DynamicImage::from(bright).write_to(&mut bytes, image::ImageFormat::Png).expect("PNG");
    bytes.into_inner()
}

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
fn a_curve_of_nothing_is_a_failure_and_says_so_when_quiet_too() {
    let desk = Desk::new();
    // One step of the trapezoidal rule looks at nothing ahead and is quick; four are too many terms.
    let curve = "curve --k 70 --methods trapezoidal --steps 1,4 --out c.csv";
    for quiet in ["", " --quiet"] {
        desk.refuse(1, &format!("{curve}{quiet}"), &["nothing was measured", "trapezoidal", "V = 70"]);
    }
    desk.succeed("curve --k 70 --methods trapezoidal,exact --steps 1,4 --out c.csv");
}

#[test]
fn how_far_the_trapezoidal_rule_is_pushed_is_said_and_done() {
    let desk = Desk::new();
    let push = |k: usize, source: &str| {
        format!(
            "sample grid --k {k} --source {source} --denoiser oracle --method trapezoidal --steps 2 --push --out p.npy"
        )
    };
    let help = desk.succeed("sample grid --help").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("refused beyond V = 65, from masks beyond V = 129"), "{help}");
    desk.succeed(&push(128, "mask"));
    assert!((desk.read::<f64>("p.npy").sum() - 1.0).abs() < 1e-9);
    let more = push(200, "mask").replace("p.npy", "no.npy");
    desk.refuse(2, &more, &["V = 201", "from masks", "up to V = 129", "particles"]);
    desk.refuse(2, &push(66, "uniform").replace("p.npy", "no.npy"), &["V = 66", "particles"]);
}

/// How long the frames of a GIF are shown, in ms.
fn delays(desk: &Desk, name: &str) -> Vec<u32> {
    let bytes = std::fs::read(desk.0.path().join(name)).expect("a file");
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(bytes)).expect("a GIF");
    let frames = decoder.into_frames().collect_frames().expect("frames");
    frames.iter().map(|frame| frame.delay().numer_denom_ms()).map(|(ms, one)| ms / one).collect()
}

#[test]
fn animations_take_as_long_as_was_asked_for() {
    let desk = Desk::new();
    let wall = SAMPLE.replace("--steps 4", "--steps 200");
    for (seconds, lasts) in [("0.5", 500), ("2.9", 2_900), ("6", 6_000)] {
        desk.succeed(&format!("{wall} --seconds {seconds} --out wall.gif"));
        let all = delays(&desk, "wall.gif");
        assert!(all.iter().all(|delay| *delay >= 20), "{all:?}");
        // Then the end is shown for a third of that.
        let whole: u32 = all.iter().sum();
        assert!(whole.abs_diff(lasts * 4 / 3) <= 20, "{seconds} s: {whole} ms");
        desk.succeed(&format!(
            "export --view timeline --k 4 --size 200x160 --no-caption --seconds {seconds} --out t.gif"
        ));
        let all = delays(&desk, "t.gif");
        let moving = if lasts == 500 { 25 } else { 48 };
        assert_eq!(all[..moving].iter().sum::<u32>(), lasts, "{seconds} s: {all:?}");
        assert!(all.iter().all(|delay| *delay >= 20));
    }
    // As long as ever where nothing is said.
    desk.succeed("export --view timeline --k 4 --size 200x160 --frames 5 --out t.gif");
    assert_eq!(delays(&desk, "t.gif"), [80; 17]);
    let report =
        desk.json("export --view timeline --k 4 --size 200x160 --frames 5 --seconds 1.5 --out t.gif");
    assert!(report["command"].as_str().is_some_and(|command| command.contains("--seconds 1.5")), "{report}");
    let timeline = "export --view timeline --k 4 --out no.gif";
    desk.refuse(
        2,
        &format!("{timeline} --frames 100 --seconds 1"),
        &["--seconds", "100 frames", "20 ms", "50"],
    );
    desk.refuse(2, "export --view mass --seconds 1 --out no.png", &["--seconds", "animation"]);
    desk.refuse(2, &format!("{SAMPLE} --seconds 1 --out no.png"), &["--seconds", ".gif"]);
}

#[test]
fn cells_of_a_figure_are_crisp_whatever_a_converter_does() {
    let desk = Desk::new();
    let svg = |k: usize, more: &str| {
        desk.succeed(&format!("export --view mass --k {k} {more} --t 0.5 --out f.svg"));
        std::fs::read_to_string(desk.0.path().join("f.svg")).expect("a figure")
    };
    for k in [2, 8, 63] {
        for more in ["", "--source mask", "--theme dark"] {
            let figure = svg(k, more);
            assert!(!figure.contains("<image") && figure.contains("crispEdges"), "K = {k} {more}");
            assert!(figure.len() < 250_000, "K = {k}: {} bytes", figure.len());
        }
    }
    for k in [64, 200] {
        let figure = svg(k, "");
        let data = figure.split("data:image/png;base64,").nth(1).and_then(|rest| rest.split('"').next());
        let width = png_width(data.expect("a picture"));
        assert!(width >= 1000 && (width as usize).is_multiple_of(k), "K = {k}: {width} pixels");
        assert!(figure.len() < 400_000, "K = {k}: {} bytes", figure.len());
    }
}

/// The width that the header of a PNG in base64 says: bytes 16 to 19.
fn png_width(base64: &str) -> u32 {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let bits = base64.bytes().take(32).fold(Vec::new(), |mut bits, c| {
        bits.extend((0..6).rev().map(|n| u32::from(value(c) >> n & 1)));
        bits
    });
    bits[128..160].iter().fold(0, |number, bit| 2 * number + bit)
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
fn a_mistyped_command_is_named() {
    let desk = Desk::new();
    for words in ["epxort", "epxort --view mass", "trian grid"] {
        let word = words.split(' ').next().unwrap_or_default();
        desk.refuse(2, words, &[word, "there is no such command and no such file"]);
    }
}
