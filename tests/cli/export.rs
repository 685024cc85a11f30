//! Figures, animations and numbers from the command line: the real program and the files it leaves.

use crate::desk::Desk;
use dfm_explorer::experiment::Recipe;
use image::AnimationDecoder as _;

/// A small flow and what a run on it needs.
const FLOW: &str = "--target moons --k 8";
const RUN: &str = "--denoiser noisy:0.2 --method euler --steps 8";

/// Files as numbers.
trait Tables {
    fn bytes(&self, name: &str) -> Vec<u8>;
    fn grid(&self, name: &str) -> Vec<Vec<f64>>;
    fn table(&self, name: &str, titles: &str) -> Vec<Vec<f64>>;
}

impl Tables for Desk {
    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).expect("the file")
    }

    /// The numbers of a CSV file without titles.
    fn grid(&self, name: &str) -> Vec<Vec<f64>> {
        let text = String::from_utf8(self.bytes(name)).expect("text");
        text.lines().map(|line| line.split(',').map(|x| x.parse().expect("a number")).collect()).collect()
    }

    /// The numbers of a CSV file below its titles.
    fn table(&self, name: &str, titles: &str) -> Vec<Vec<f64>> {
        let text = String::from_utf8(self.bytes(name)).expect("text");
        let (first, rest) = text.split_once('\n').expect("titles");
        assert_eq!(first.trim(), titles, "{name}");
        self.write("rest.csv", rest);
        self.grid("rest.csv")
    }
}

/// Every subject but animations, with the flags it needs.
fn subjects() -> Vec<(&'static str, String)> {
    let plain = ["mass", "divergence", "currents", "displacement", "traffic", "kappa", "rates", "strip"];
    let of_run = ["particles", "sampled", "difference", "strip:sampled"];
    let mut all: Vec<_> = plain.map(|name| (name, String::new())).into();
    all.extend(of_run.map(|name| (name, RUN.to_owned())));
    all.push(("posterior-error", "--denoiser noisy:0.2".to_owned()));
    all.push(("strip:posterior-error", "--denoiser noisy:0.2".to_owned()));
    all.extend(["distances", "strip:particles"].map(|name| (name, RUN.to_owned())));
    all.extend([
        ("strip:currents", ""),
        ("curve", "--method exact,tau"),
        ("curve", "--method exact,tau --schedulers linear,cubic --schedulers hermite:0,2 --correctors 4,1,1 --steps 1,3 --mark euler:5"),
        ("curve", "--mark exact:2 --corrector 4,1,1 --steps 2,4"),
        ("cell", "--cell 3,4 --t 0.7 --denoiser noisy:0.2"),
        ("cell", "--cell 3,4 --noise-posterior"),
        ("mass", "--cell 2,3 --corrector 1,1,1 --section 1,1,4.5"),
        ("mass", "--scale 0.5"),
        ("currents", "--scale 0.1,0.2"),
        ("rates", "--corrector 4,1,1"),
        ("rates", "--path three-way:1 --corrector 4,1,1"),
        ("rates", "--path metric:1,30,1"),
    ].map(|(name, flags)| (name, flags.to_owned())));
    all.push(("log", format!("{RUN} --particles 9 --follow 2")));
    all.push(("particles", format!("{RUN} --particles 50 --follow 49 --section 0,2,6")));
    all
}

/// What a figure carries.
fn carried(figure: &[u8]) -> Recipe {
    Recipe::in_figure(figure).expect("a recipe").expect("readable")
}

#[test]
fn every_view_is_written_in_every_format_and_its_recipe_makes_the_same_file() {
    let desk = Desk::new();
    for (subject, flags) in subjects() {
        let export = format!("export --view {subject} {FLOW} {flags}");
        for (name, flags) in
            [("f.png", "--size 420x330"), ("f.svg", "--size 420x330 --theme dark"), ("f.csv", "")]
        {
            let report = desk.json(&format!("{export} {flags} --out {name}"));
            assert_eq!((&report["view"], &report["out"]), (&subject.into(), &name.into()));
            let command = report["command"].as_str().expect("a command").to_owned();
            let bytes = desk.bytes(name);
            if name == "f.csv" {
                // At t = 1 most states have no posterior.
                let holes = bytes.windows(3).any(|w| w == b"NaN");
                assert!(bytes.len() > 60 && (!holes || subject == "strip:posterior-error"), "{subject}");
                continue;
            }
            assert_eq!((&report["width"], &report["height"]), (&420.into(), &330.into()), "{subject}");
            assert_eq!(carried(&bytes).command.as_deref(), Some(command.as_str()), "{subject}");
            if name == "f.png" {
                let image = image::load_from_memory(&bytes).expect("a picture").to_rgb8();
                assert_eq!(image.dimensions(), (420, 330));
                let colours: std::collections::HashSet<_> = image.pixels().collect();
                assert!(colours.len() > 20, "{subject}: nothing is drawn");
            }
            std::fs::remove_file(desk.0.path().join(name)).expect("removed");
            desk.json(command.strip_prefix("dfm-explorer ").expect("a command of this program"));
            assert_eq!(desk.bytes(name), bytes, "{subject}: {command}");
        }
    }
}

#[test]
fn numbers_are_those_of_field_and_sample() {
    let desk = Desk::new();
    for (view, quantity) in [
        ("mass", "pmf"),
        ("divergence", "divergence"),
        ("divergence --part 1", "divergence-1"),
        ("divergence --part 2", "divergence-2"),
        ("traffic", "traffic"),
    ] {
        for flow in [FLOW, "--target rings --k 6 --source mask --scheduler cubic"] {
            desk.json(&format!("export --view {view} {flow} --t 0.3 --out view.csv"));
            desk.json(&format!("field {flow} --t 0.3 --quantity {quantity} --out field.csv"));
            // −0 of one is 0 of the other.
            let (view, field) = (desk.grid("view.csv").concat(), desk.grid("field.csv").concat());
            assert_eq!(view.len(), field.len());
            let worst = view.iter().zip(&field);
            let worst = worst.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-15, "{quantity} {flow}: {worst:e}");
        }
    }
    desk.json(&format!("export --view sampled {FLOW} {RUN} --t 1 --out view.csv"));
    let sampled = desk.json(&format!("sample grid {FLOW} {RUN} --push --out pmf.npy"));
    desk.json(&format!("export --view difference {FLOW} {RUN} --t 1 --out difference.csv"));
    let total: f64 = desk.grid("view.csv").concat().iter().sum();
    let tv: f64 = 0.5 * desk.grid("difference.csv").concat().iter().map(|x| x.abs()).sum::<f64>();
    assert!((total - 1.0).abs() < 1e-12 && (tv - sampled["tv"].as_f64().expect("TV")).abs() < 1e-12);

    // An arrow's parts are the means of the cuts on both sides of its cell.
    desk.json(&format!("export --view currents {FLOW} --t 0.3 --out arrows.csv"));
    desk.json(&format!("field {FLOW} --t 0.3 --quantity current-1 --out cuts.csv"));
    let cuts = desk.grid("cuts.csv");
    let arrows = desk.table("arrows.csv", "token_1,token_2,along_1,along_2");
    assert_eq!(arrows.len(), 64);
    for arrow in arrows {
        let (x, y) = (arrow[0] as usize, arrow[1] as usize);
        assert!((arrow[2] - 0.5 * (cuts[x][y] + cuts[x + 1][y])).abs() < 1e-12, "{arrow:?}");
    }

    // A strip is the field at its times; particles are those of `sample`.
    desk.json(&format!("export --view strip {FLOW} --frames 3 --out strip.csv"));
    desk.json(&format!("field {FLOW} --t 0.5 --quantity pmf --out field.csv"));
    let strip = desk.table("strip.csv", "t,kappa,token_1,token_2,value");
    let middle: Vec<f64> = strip.iter().filter(|row| row[0] == 0.5).map(|row| row[4]).collect();
    assert_eq!((strip.len(), middle), (3 * 64, desk.grid("field.csv").concat()));
    desk.json(&format!(
        "export --view particles {FLOW} {RUN} --particles 500 --t 1 --seed 4 --out cloud.csv"
    ));
    desk.json(&format!("sample grid {FLOW} {RUN} --particles 500 --seed 4 --out cloud.npy"));
    let bytes = desk.bytes("cloud.npy");
    let states: Vec<i64> = npyz::NpyFile::new(&bytes[..]).expect("npy").into_vec().expect("states");
    let cloud = desk.table("cloud.csv", "token_1,token_2").concat();
    assert_eq!(cloud, states.iter().map(|&x| x as f64).collect::<Vec<_>>());

    // A run has states at its steps alone, and its numbers say so.
    let coarse = "--denoiser oracle --steps 4 --scheduler quadratic";
    desk.json(&format!("export --view strip:sampled {FLOW} {coarse} --frames 6 --out steps.csv"));
    let mut times: Vec<[f64; 2]> =
        desk.table("steps.csv", "t,kappa,token_1,token_2,value").iter().map(|row| [row[0], row[1]]).collect();
    times.dedup();
    assert_eq!(times, [0.0, 0.25, 0.5, 0.75, 1.0].map(|t: f64| [t, t * t]));
    let report = desk.json(&format!("export --view sampled {FLOW} {coarse} --t 0.6 --out one.csv"));
    assert_eq!((report["t"].as_f64(), report["kappa"].as_f64()), (Some(0.5), Some(0.25)));

    // The last distance of a run is what `sample` measures; curves are those of `curve`.
    desk.json(&format!("export --view distances {FLOW} {RUN} --out run.csv"));
    let run = desk.table("run.csv", "t,kappa,tv_particles,noise_floor,tv_pmf");
    let last = run.last().expect("a step");
    assert!(
        run.len() == 9 && last[0] == 1.0 && (last[4] - sampled["tv"].as_f64().expect("TV")).abs() < 1e-12
    );
    assert!(run.iter().all(|row| row[2] > 0.3 * row[3]), "particles are about as far off as the noise floor");
    let curve = "--schedulers linear --steps 2,5";
    desk.json(&format!("export --view curve {FLOW} --method euler {curve} --out a.csv"));
    desk.json(&format!("curve {FLOW} --methods euler {curve} --out b.csv"));
    let tvs = |name: &str, column: usize| {
        let text = String::from_utf8(desk.bytes(name)).expect("text");
        let rows = text.lines().skip(1).map(|line| line.split(',').nth(column).expect("a TV").to_owned());
        rows.collect::<Vec<_>>()
    };
    assert_eq!((tvs("a.csv", 6).len(), tvs("a.csv", 6)), (2, tvs("b.csv", 4)));
    // The bars of a cell are those of `field`.
    desk.json(&format!("export --view cell {FLOW} --cell 3,4 --t 0.3 --out cell.csv"));
    desk.json(&format!("field {FLOW} --t 0.3 --quantity posterior:2,3,4 --out field.csv"));
    let bars = desk.table("cell.csv", "value,token_1,token_2");
    assert_eq!(bars.iter().map(|row| row[2]).collect::<Vec<_>>(), desk.grid("field.csv").concat());

    desk.json(&format!("export --view posterior-error {FLOW} --denoiser oracle --out error.csv"));
    assert!(desk.grid("error.csv").concat().iter().all(|x| *x == 0.0), "an oracle does not err");
}

#[test]
fn a_timeline_is_an_animation_with_its_recipe() {
    let desk = Desk::new();
    for (view, flags) in [("timeline", ""), ("timeline:currents", ""), ("timeline:particles", RUN)] {
        let report =
            desk.json(&format!("export --view {view} {FLOW} {flags} --frames 5 --size 260x220 --out t.gif"));
        assert_eq!((&report["frames"], &report["width"]), (&5.into(), &260.into()));
        let gif = desk.bytes("t.gif");
        assert_eq!(carried(&gif).command.as_deref(), report["command"].as_str());
        let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(&gif)).expect("a GIF");
        let frames = decoder.into_frames().collect_frames().expect("frames");
        // The last one is held.
        assert!(frames.len() > 5, "{view}: {} frames", frames.len());
        assert!(frames.iter().all(|frame| frame.buffer().dimensions() == (260, 220)), "{view}");
        assert_ne!(frames[0].buffer(), frames[4].buffer(), "{view}: nothing moves");
        assert_eq!(frames[4].buffer(), frames[5].buffer(), "{view}: the end is held");
    }
}

#[test]
fn what_cannot_be_exported_is_said() {
    let desk = Desk::new();
    let refuse =
        |arguments: &str, words: &[&str]| desk.refuse(2, &format!("export {FLOW} {arguments}"), words);
    refuse("--view pmf --out f.png", &["--view", "'pmf'", "posterior-error", "strip"]);
    refuse("--view strip:kappa --out f.png", &["--view", "'strip:kappa'"]);
    refuse("--view mass --out f.eps", &["--out f.eps", ".png, .svg, .pdf or .csv"]);
    refuse("--view mass --out f.gif", &["--out f.gif", ".png"]);
    refuse("--view timeline --out f.png", &["--out f.png", ".gif", "strip"]);
    refuse("--view mass --out none/f.png", &["none"]);
    for size in ["0x0", "100", "159x300", "20000x300", "16000x16000", "axb", "-5x300"] {
        refuse(&format!("--view mass --size {size} --out f.png"), &["--size", "WIDTHxHEIGHT"]);
    }
    refuse("--view strip --frames 64 --size 160x120 --out f.png", &["--size", "160x120", "fewer frames"]);
    for view in ["sampled", "difference", "particles"] {
        refuse(&format!("--view {view} --out f.png"), &[view, "--steps"]);
        refuse(&format!("--view {view} --denoiser oracle --out f.png"), &[view, "--steps"]);
    }
    refuse("--view posterior-error --out f.png", &["--denoiser"]);
    refuse("--view posterior-error --denoiser oracle --steps 4 --out f.png", &["--steps"]);
    refuse("--view mass --denoiser oracle --out f.png", &["no denoiser"]);
    refuse("--view divergence --denoiser oracle --steps 8 --out f.png", &["exact", "oracle"]);
    refuse("--view mass --steps 8 --out f.png", &["no run", "--steps"]);
    refuse("--view mass --method euler --out f.png", &["--method"]);
    refuse("--view mass --corrector 1,1,1 --out f.png", &["--corrector"]);
    refuse("--view mass --particles 5 --out f.png", &["--particles"]);
    refuse("--view mass --part 1 --out f.png", &["--part"]);
    refuse("--view mass --frames 3 --out f.png", &["--frames"]);
    refuse("--view strip --frames 1001 --out f.png", &["--frames", "1001", "1 to 1000"]);
    desk.refuse(
        2,
        "export --view strip --target moons --k 256 --frames 400 --out f.png",
        &["--frames: 400 frames", "at most 381"],
    );
    for view in ["rates", "traffic", "mass --cell 1,1"] {
        refuse(
            &format!("--view {view} --path metric:1,30,1 --corrector 1,1,1 --out f.png"),
            &["corrector", "mixture", "metric:1,30,1"],
        );
    }
    refuse("--view cell --out f.png", &["--cell"]);
    refuse("--view cell --cell 3,8 --out f.png", &["--cell", "Z2 = 8", "0 to 7"]);
    refuse("--view cell --cell 3 --out f.png", &["--cell", "Z1,Z2"]);
    refuse("--view kappa --cell 3,3 --out f.png", &["--cell"]);
    refuse("--view cell --cell 3,3 --noise-posterior --path metric:1,30,1 --out f.png", &["x₀"]);
    refuse(&format!("--view log {RUN} --out f.png"), &["--follow"]);
    refuse("--view log --follow 3 --out f.png", &["--steps"]);
    refuse(&format!("--view log {RUN} --particles 3 --follow 3 --out f.png"), &["--follow 3", "3 particles"]);
    refuse(&format!("--view strip:particles {RUN} --follow 3 --out f.png"), &["--follow"]);
    refuse("--view mass --moves rates --out f.png", &["--moves", "--k 6"]);
    refuse("--view divergence --moves rates --out f.png", &["only the mass"]);
    for section in ["5,5,4", "0,0,9", "-1,0,2", "0,0,0.5", "0,0", "0,0,nan"] {
        refuse(&format!("--view mass --section {section} --out f.png"), &["--section"]);
    }
    refuse("--view kappa --section 0,0,2 --out f.png", &["--section"]);
    for scale in ["0", "-1", "x", "1,0", "1,2,3"] {
        refuse(&format!("--view currents --scale {scale} --out f.png"), &["--scale", "MAX"]);
    }
    refuse("--view mass --scale 1,2 --out f.png", &["--scale", "no arrows"]);
    refuse("--view kappa --scale auto --out f.png", &["--scale"]);
    refuse("--view mass --mark exact:3 --out f.png", &["--mark"]);
    refuse("--view curve --mark exact --out f.png", &["--mark", "METHOD:STEPS"]);
    refuse("--view timeline --frames 1 --out f.gif", &["--frames 1", "2 to 1000"]);
    refuse(
        "--view timeline --frames 1000 --size 2000x2000 --out f.gif",
        &["--frames: 1000 frames", "2000x2000"],
    );
    refuse("--view strip --t 0.5 --out f.png", &["--t"]);
    refuse("--view mass --t 1.5 --out f.png", &["--t", "0 to 1"]);
    refuse("--view divergence --scheduler power:0.5 --t 0 --out f.png", &["power:0.5", "infinite"]);
    refuse("--view mass --size 300x300 --out f.csv", &["--size"]);
    refuse("--view sampled --denoiser none.safetensors --steps 4 --out f.png", &["none.safetensors"]);
    desk.write("q.csv", "1,2\n3,4\n");
    desk.refuse(2, "export --view mass --target q.csv --out q.csv", &["--out q.csv", "--target"]);
    assert_eq!(desk.bytes("q.csv"), b"1,2\n3,4\n", "the input is as it was");
}

#[test]
fn a_small_grid_shows_every_state_and_every_move() {
    let desk = Desk::new();
    desk.json("export --view mass --target checkerboard --k 4 --t 0.5 --scheduler linear --moves rates --out four.svg");
    let svg = String::from_utf8(desk.bytes("four.svg")).expect("text");
    // Six moves out of each of 16 states, each with its halo, and two in the legend.
    assert_eq!(svg.matches("stroke-opacity").count(), 2 * 96 + 2);
    assert!(svg.contains("rate u, 1 / time"));
    let written = svg.matches("fill-opacity=\"0.78\"").count();
    assert_eq!(written, 16, "the probability of every state stands in its cell");
}
