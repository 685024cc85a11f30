//! The plane on the command line: the numbers of its note, files of mixtures and points, samplers and their curves.

use crate::desk::{Desk, stderr};
use crate::numbers::number;
use serde_json::Value;

/// The mixture of the note that is called three.
const THREE: &str = "weight,x,y,sd\n5,2,0,0.4\n2,-1,1.7,0.25\n3,0.3,-1.9,0.6\n";

fn near(value: &Value, expected: f64) {
    let found = value.as_f64().unwrap_or(f64::NAN);
    assert!((found - expected).abs() < 6e-10 * expected.abs().max(1.0), "{found}, expected {expected}");
}

#[test]
fn a_field_is_the_notes() {
    let desk = Desk::new();
    desk.write("three.csv", THREE);
    let ring = desk.json("field plane --target ring --path cond-ot --t 0.5 --at 1,0.5");
    let keys: Vec<&str> = ring.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut expected = ["density", "velocity", "score", "divergence", "dpdt", "x1", "x0", "trace_cov"];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    near(&ring["density"], 0.073_116_907_1);
    near(&ring["velocity"][0], 2.816_485_308);
    near(&ring["score"][1], 0.482_960_914);
    near(&ring["divergence"], 2.062_494_023);
    near(&ring["dpdt"], -0.371_311_421);
    near(&ring["trace_cov"], 1.515_623_506);
    for target in ["three", "mixture:three.csv"] {
        let three = desk.json(&format!("field plane --target {target} --t 0.5 --at -0.4,2"));
        near(&three["density"], 0.009_765_628_1);
        near(&three["velocity"][1], -0.332_007_990);
        near(&three["score"][1], -4.332_007_990);
    }
    let vp = desk.json("field plane --target ring --path vp --t 0.7 --at 1,0.5");
    near(&vp["velocity"][0], 5.043_777_199);
    near(&vp["divergence"], 4.804_882_545);
    assert!(desk.succeed("field plane --t 0.5 --at 1,0.5").contains("velocity"));
}

#[test]
fn covariances_are_read_and_turn_with_their_target() {
    let desk = Desk::new();
    // The note's three with its standard deviations as covariances, then stretched along the diagonal.
    desk.write("round.csv", "5,2,0,0.16,0,0.16\n2,-1,1.7,0.0625,0,0.0625\n3,0.3,-1.9,0.36,0,0.36\n");
    let three = desk.json("field plane --target mixture:round.csv --t 0.5 --at -0.4,2");
    near(&three["density"], 0.009_765_628_1);
    near(&three["velocity"][1], -0.332_007_990);
    desk.write("one.csv", "weight,x,y,sxx,sxy,syy\n1,0,0,1.25,0.75,1.25\n");
    let at = |x: &str| desk.json(&format!("field plane --target mixture:one.csv --t 1 --at {x}"));
    // Variances 2 and ½ along and across it: det C = 1.
    near(&at("1,1")["density"], (-0.5f64).exp() / std::f64::consts::TAU);
    near(&at("1,-1")["density"], (-2f64).exp() / std::f64::consts::TAU);
    near(&at("1,-1")["score"][0], -2.0);
    let found = desk.json("sample plane --target mixture:one.csv --method rk4 --steps 30 --push --out m.npy");
    assert!(number(&found, "tv") < 0.01, "{found}");
    let particles =
        "sample plane --target mixture:one.csv --method tame:1 --particles 2000 --out p.npy --seed 2";
    let found = desk.json(particles);
    assert!(number(&found, "mmd2").abs() < 4.0 * number(&found, "mmd_sd"), "{found}");
    desk.succeed("export --lab plane --target mixture:one.csv --view density,fan,residual --size 900x320 --out one.svg");
    let train = "train plane --target mixture:one.csv --width 8 --layers 1 --steps 3 --device cpu --out one.safetensors";
    desk.json(train);
    // The file holds the covariance, without the target's file.
    std::fs::remove_file(desk.0.path().join("one.csv")).expect("removed");
    let eval = desk.json("eval plane --checkpoint one.safetensors --methods euler --nfe 2");
    assert!(number(&eval, "floor") > 0.0, "{eval}");
}

#[test]
fn a_file_of_points_gives_a_list_in_order() {
    let desk = Desk::new();
    desk.write("at.csv", "x,y\n1,0.5\n-0.4,2\n1e5,-1e5\n");
    let text = desk.succeed("field plane --target ring --t 0.5 --at at.csv --out all.npy --json");
    let list: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(3));
    near(&list[0]["density"], 0.073_116_907_1);
    near(&list[1]["density"], 0.041_072_865_0);
    assert!(number(&list[2], "density") == 0.0 && list[2]["velocity"][0].is_number());
    let all = desk.read::<f64>("all.npy");
    assert_eq!(all.shape(), [3, 12]);
    assert_eq!(all[[1, 0]], number(&list[1], "density"));
    desk.succeed("field plane --target grid:moons --source square:3 --t 0.5 --at at.csv --out all.csv");
    let text = std::fs::read_to_string(desk.0.path().join("all.csv")).expect("text");
    assert!(text.starts_with("density,velocity_x") && text.lines().count() == 4);
    // Nothing is there: null, and no nonsense.
    let text = desk.succeed("field plane --target grid:moons --source square:3 --t 0.5 --at at.csv --json");
    let list: Value = serde_json::from_str(&text).expect("JSON");
    assert!(list[2]["velocity"][0].is_null() && number(&list[2], "density") == 0.0);
    // A square has the size of the cells where nobody says another one.
    let from = |source: &str| {
        desk.json(&format!("field plane --target board --source {source} --t 0.5 --at 0.4,0.2"))
    };
    assert_eq!(from("square"), from("square:3"));
    assert_ne!(from("ring"), from("square"));
}

#[test]
fn a_coupling_has_no_score() {
    let desk = Desk::new();
    let found = desk.json("field plane --coupling minibatch-ot:32 --pairs 200 --t 0.5 --at 1,0.5");
    assert!(found["score"].is_null() && found["velocity"][0].is_number());
    desk.refuse(
        2,
        "sample plane --coupling reflow:1 --pairs 50 --method sde:1 --out x.npy",
        &["sde:1", "score", "coupling"],
    );
}

#[test]
fn nonsense_is_refused_in_words() {
    let desk = Desk::new();
    for (name, text) in [
        ("negative.csv", "1,0,0,-0.5\n"),
        ("nan.csv", "1,0,0,1\n1,nan,0,1\n"),
        ("huge.csv", "1,0,0,1e12\n"),
        ("short.csv", "1,0,0\n"),
        ("empty.csv", "weight,x,y,sd\n"),
        ("names.csv", "# mine\nhello,world\n"),
        ("flat.csv", "weight,x,y,sxx,sxy,syy\n1,0,0,1,1,1\n"),
        ("oblong.csv", "1,0,0,1,0.5,2\n"),
        ("five.csv", "1,0,0,1,0\n"),
        ("points.csv", "1,2\n1,2\n"),
        ("words.csv", "1,2\nhere,there\n"),
    ] {
        desk.write(name, text);
    }
    desk.write("many.csv", "1,2\n".repeat(30_000));
    let field = "field plane --t 0.5 --at 1,2 --target";
    for (arguments, words) in [
        (format!("{field} mixture:negative.csv"), &["negative.csv", "component 1", "standard deviation"][..]),
        (format!("{field} mixture:nan.csv"), &["nan.csv", "component 2"]),
        (format!("{field} mixture:huge.csv"), &["huge.csv", "1000"]),
        (format!("{field} mixture:short.csv"), &["short.csv", "line 1", "weight, x, y, sd"]),
        (
            format!("{field} mixture:empty.csv"),
            &["empty.csv", "only the names", "line 1", "weight, x, y, sd"],
        ),
        (
            format!("{field} mixture:names.csv"),
            &["names.csv", "\"hello,world\"", "line 2", "weight, x, y, sd"],
        ),
        (format!("{field} mixture:flat.csv"), &["flat.csv", "component 1", "positive definite"]),
        (format!("{field} mixture:five.csv"), &["five.csv", "5 cells in line 1", "sxx, sxy, syy"]),
        (format!("{field} mixture:oblong.csv --source square:3"), &["sxy = 0"]),
        (
            "sample plane --target mixture:oblong.csv --method jump:A --out x.npy".to_owned(),
            &["jump:A", "not round"],
        ),
        (format!("{field} mixture:none.csv"), &["none.csv", "No such file"]),
        (format!("{field} points:many.csv"), &["many.csv", "20000"]),
        (format!("{field} points:words.csv"), &["words.csv", "\"here\"", "line 2"]),
        (format!("{field} nothing"), &["--target", "mixture:FILE.csv"]),
        ("field plane --t 1 --at 1,2 --target points:points.csv".to_owned(), &["--t", "t = 1", "bandwidth"]),
        ("field plane --t 1.5 --at 1,2".to_owned(), &["--t", "0 to 1"]),
        ("field plane --t nan --at 1,2".to_owned(), &["--t"]),
        ("field plane --t 0.5 --at 1".to_owned(), &["--at", "X,Y"]),
        ("field plane --t 0.5 --at inf,1".to_owned(), &["--at"]),
        ("field plane --t 0.5 --at words.csv".to_owned(), &["words.csv", "line 2"]),
        ("field plane --t 0.5 --at points.csv --out points.csv".to_owned(), &["--at reads"]),
        ("field plane --path vp:2,1 --t 0.5 --at 1,2".to_owned(), &["--path"]),
        ("field plane --k 8 --t 0.5 --at 1,2".to_owned(), &["--k", "ring"]),
        ("field plane --pairs 8 --t 0.5 --at 1,2".to_owned(), &["--pairs", "--coupling", "not independent"]),
        ("sample plane --bandwidth 0.1 --out x.npy".to_owned(), &["--bandwidth", "points:FILE", "not ring"]),
        ("field plane --half-width 2 --t 0.5 --at 1,2".to_owned(), &["--half-width", "not ring"]),
        ("field plane --at 1,2".to_owned(), &["--t"]),
        ("sample plane --method sde:2 --out x.npy".to_owned(), &["--method", "0 to 1"]),
        ("sample plane --method superposition:0.5,-1 --out x.npy".to_owned(), &["--method", "g"]),
        ("sample plane --steps 0 --out x.npy".to_owned(), &["--steps"]),
        ("sample plane --particles 0 --out x.npy".to_owned(), &["--particles"]),
        ("sample plane --out x.png".to_owned(), &["--out", ".npy"]),
        ("curve plane --methods ddpm --out x.csv".to_owned(), &["end-point", "none of the methods"]),
        ("curve plane --methods nothing --out x.csv".to_owned(), &["--methods", "superposition"]),
    ] {
        desk.refuse(2, &arguments, words);
    }
    // Identical points and a single one are targets like others.
    desk.json("field plane --target points:points.csv --t 0.9 --at 1,2");
    // The grid's commands ask for what they always did.
    desk.refuse(2, "field", &["--t"]);
    desk.refuse(2, "curve", &["--out"]);
}

#[test]
fn samples_and_their_distances() {
    let desk = Desk::new();
    let found = desk
        .json("sample plane --target ring --method euler --steps 16 --particles 2000 --out a.npy --seed 3");
    assert_eq!(desk.read::<f64>("a.npy").shape(), [2000, 2]);
    assert_eq!((number(&found, "nfe"), number(&found, "steps")), (16.0, 16.0));
    assert!(number(&found, "tv") > number(&found, "noise_floor") && number(&found, "mmd_sd") > 0.0);
    assert!(number(&found, "sliced_w2_floor") > 0.05 && number(&found, "sliced_w2") > 0.0);
    // TV .095 without noise (plane.md 3.4).
    let pushed = desk.json("sample plane --target ring --method euler --steps 16 --push --out masses.npy");
    assert!((number(&pushed, "tv") - 0.095).abs() < 2e-3 && number(&pushed, "noise_floor") < 0.006);
    assert!((desk.read::<f64>("masses.npy").sum() - 1.0).abs() < 1e-9);
    let adaptive = desk.json("sample plane --target three --method dopri5 --particles 500 --out a.csv");
    let attempts = number(&adaptive, "steps") + number(&adaptive, "rejected");
    assert_eq!(number(&adaptive, "nfe"), 1.0 + 6.0 * attempts);
    let text = std::fs::read_to_string(desk.0.path().join("a.csv")).expect("text");
    assert_eq!(text.lines().count(), 500);
    let jumps =
        desk.json("sample plane --target three --method jump:B --particles 500 --steps 50 --out a.npy");
    assert!(number(&jumps, "jumps") > 0.8 && number(&jumps, "jumps") < 2.0);
    for method in ["ddpm", "tame:1", "superposition:0.5,0.3", "jump:A"] {
        desk.json(&format!(
            "sample plane --target moons --method {method} --steps 8 --particles 100 --out b.npy"
        ));
    }
}

#[test]
fn curves_of_any_samplers() {
    let desk = Desk::new();
    let arguments = "curve plane --quick --methods euler,rk4,dopri5,ddpm --nfe 8,16 --out c.csv";
    let found = desk.json(arguments);
    let points = found["points"].as_array().expect("points");
    assert_eq!(points.len(), 6);
    assert!(found["left_out"][0].as_str().is_some_and(|why| why.contains("ddpm")));
    assert!(number(&points[1], "value") < number(&points[0], "value"));
    let text = std::fs::read_to_string(desk.0.path().join("c.csv")).expect("text");
    assert!(
        text.starts_with("method,path,times,steps,nfe,end-point,floor\neuler,cond-ot,own,8,8,"),
        "{text}"
    );
    let arguments = "curve plane --quick --measure tv --methods superposition:0.5,0.3 --methods euler@vp,sde:1 --nfe 16 --out c.csv";
    let found = desk.json(arguments);
    assert_eq!(found["points"].as_array().map(Vec::len), Some(3));
    // One tolerance is one point; DDPM says where it begins (plane.md 3.2).
    let arguments = "curve plane --quick --methods dopri5:0.003,ddim:0 --nfe 4,8 --out c.csv";
    let found = desk.json(arguments);
    assert_eq!(found["points"].as_array().map(Vec::len), Some(3));
    assert!(number(&found["points"][0], "tol") == 0.003 && found["points"][0]["alpha_T"].is_null());
    assert_eq!(number(&found["points"][1], "T"), 1000.0);
    assert!((number(&found["points"][1], "alpha_T") - 4.035_829_765_4e-5f64.sqrt()).abs() < 1e-9);
    // Also where it is the usual one, and each has a line of its own.
    let arguments = "curve plane --quick --methods dopri5:1e-3,dopri5:1e-4,dopri5:1e-2 --nfe 4,8 --out c.csv";
    let found = desk.json(arguments);
    let tolerances: Vec<f64> =
        found["points"].as_array().expect("points").iter().map(|point| number(point, "tol")).collect();
    assert_eq!(tolerances, [1e-3, 1e-4, 1e-2]);
    let said = desk.succeed(arguments);
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("dopri5:")).collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[1].starts_with("dopri5:0.0001 on cond-ot  ") && lines[1].ends_with("(0.0001)"), "{said}");
    let all = desk.json("curve plane --quick --methods dopri5 --nfe 4,8 --out c.csv");
    assert_eq!(all["points"][0]["method"], "dopri5:0.1");
    assert_eq!(all["points"].as_array().map(Vec::len), Some(2));
    assert!(desk.succeed("field plane --help").contains("Examples:"));
    for help in ["sample plane --help", "curve plane --help"] {
        assert!(desk.succeed(help).contains("Examples:"), "{help}");
    }
}

#[test]
fn what_the_window_shows_is_exported_and_drawn_anew() {
    let desk = Desk::new();
    desk.write("points.csv", "x,y\n0,0\n1,1\n-1,0.5\n");
    let small = "--size 420x320 --particles 60";
    for (flags, views) in [
        ("--view density,velocity --t 0.4", 2),
        ("--target board --source square --view slide,board-jump,board-rates,board-backward", 4),
        ("--target three --method jump:B --view jump-rate,landing,rates,residual --point 0.2,0.9", 4),
        ("--target points:points.csv --bandwidth 0.2 --view fan --t 1", 1),
        ("--view one-sample --sample 7 --compare '--method tame:1'", 1),
        ("--view predictions", 1),
    ] {
        let found =
            desk.json(&format!("export --lab plane {flags} --size 1200x320 --particles 60 --out a.svg"));
        assert_eq!(found["views"].as_array().map(Vec::len), Some(views), "{flags}");
        desk.succeed("figure a.svg --out again.svg");
        let text = |name: &str| std::fs::read_to_string(desk.0.path().join(name)).expect("text");
        assert_eq!(text("a.svg"), text("again.svg"), "{flags}");
    }
    let json =
        desk.json(&format!("export plane --view paths --t 1 --compare '--method ddpm' {small} --out b.png"));
    assert_eq!(number(&json, "sides"), 2.0);
    desk.succeed("export plane --view board-paths --target board --source square --particles 9 --out c.csv");
    let text = std::fs::read_to_string(desk.0.path().join("c.csv")).expect("text");
    assert!(text.starts_with("sample,t,x,y\n0,0,"), "{text}");
    desk.succeed(&format!("export plane --view density --seconds 1 {small} --out d.gif"));
    for (flags, words) in [
        ("--view mass --out a.png", &["--view", "--help"][..]),
        ("--view density,path --out a.png", &["--view", "not both"]),
        ("--view path,samplers --out a.png", &["--view", "one plot"]),
        ("--view density,velocity --out a.csv", &["--view", "one view"]),
        ("--view path --out a.gif", &["--out", ".png"]),
        ("--view board-mass --out a.png", &["--view", "target of cells"]),
        ("--view density --t 0.5 --out a.gif", &["--t", "all times"]),
        ("--view density --seconds 3 --out a.png", &["--seconds", "animation"]),
        ("--view density --point 1 --out a.png", &["--point", "X,Y"]),
        ("--view density --window 0,0,-1 --out a.png", &["--window", "half the side"]),
        ("--view density --target points:none.csv --out a.png", &["--target", "none.csv"]),
        ("--view paths --source square --compare '--method ddpm' --out a.png", &["ddpm", "N(0, I)"]),
        ("--view density --compare '--nfe 3' --out a.png", &["--compare", "--nfe"]),
        ("--view slide --sample 99999 --out a.csv", &["sample = 99999", "0 to 3999"]),
        ("--view one-sample --sample 60 --particles 60 --out a.svg", &["sample = 60", "0 to 59"]),
        (
            "--view density --source mixture:points.csv --out a.png",
            &["--source", "sample, curve and field plane"],
        ),
        ("--view density --bandwidth -1 --out a.png", &["--bandwidth", "0 to 100"]),
    ] {
        desk.refuse(2, &format!("export --lab plane {flags}"), words);
    }
    assert!(desk.succeed("export plane --help").contains("Examples:"));
}

#[test]
fn any_samplers_are_compared_by_any_measure() {
    let desk = Desk::new();
    let text = |name: &str| std::fs::read_to_string(desk.0.path().join(name)).expect("text");
    // What needs a score is left out and named where there is none; Euler's method needs none.
    let export = "export plane --view samplers";
    for (flow, measure) in
        [("--coupling minibatch-ot:16 --pairs 20", "tv"), ("--source square --target three", "end-point")]
    {
        let arguments =
            format!("{export} {flow} --methods euler,ddpm,tame:1 --measure {measure} --out c.csv");
        let found = desk.json(&arguments);
        let left_out = found["left_out"].as_array().expect("left out");
        assert!(left_out.len() == 2 && left_out[0].as_str().is_some_and(|why| why.starts_with("ddpm: ")));
        assert!(found.get("diffusion").is_none(), "DDPM is not drawn: {found}");
        let numbers = text("c.csv");
        let header = format!("sampler,steps,nfe,{measure},floor\nFM Euler,4,4,");
        assert!(numbers.starts_with(&header), "{numbers}");
        assert!(!numbers.contains("DDPM"));
        let output = desk.run(&arguments);
        assert!(stderr(&output).contains("ddpm: it needs a score"), "{}", stderr(&output));
    }
    // The choice is part of the experiment that the file holds.
    let ends = "--methods heun,rk4@trig --measure end-point --size 420x320";
    let found = desk.json(&format!("{export} {ends} --out a.svg"));
    assert!(found.get("left_out").is_none());
    desk.succeed("figure a.svg --out again.svg");
    assert_eq!(text("a.svg"), text("again.svg"));
    desk.succeed(&format!("{export} --target three --methods heun,euler --measure kl --out k.csv"));
    assert!(text("k.csv").starts_with("sampler,steps,nfe,kl,floor\nFM Heun,"), "{}", text("k.csv"));
    for (flags, words) in [
        ("--view density --methods euler --out z.png", &["--methods", "--view samplers", "leave it out"][..]),
        ("--view path --measure tv --out z.png", &["--measure", "--view samplers"]),
        ("--view samplers --methods nothing --out z.png", &["--methods", "superposition"]),
        ("--view samplers --measure mmd --out z.png", &["--measure", "end-point, tv or kl"]),
        (
            "--view samplers --methods ddpm,sde:1 --source square --out z.csv",
            &["ddpm, sde:1: it needs a score"],
        ),
        ("--view samplers --methods tame:1 --measure kl --out z.csv", &["by kl", "deterministic"]),
        (
            "--view samplers --target three --methods ddpm --measure end-point --out z.csv",
            &["end-point", "many ends"],
        ),
    ] {
        desk.refuse(2, &format!("export plane {flags}"), words);
    }
}
