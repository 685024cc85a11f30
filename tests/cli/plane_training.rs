//! Networks of the plane on the command line: trained, taken up again, measured, and asked in place of the exact velocity.

use crate::desk::Desk;
use serde_json::Value;

fn number(of: &Value, key: &str) -> f64 {
    of[key].as_f64().unwrap_or_else(|| panic!("{key} of {of}"))
}

const SMALL: &str = "train plane --width 24 --layers 2 --batch 128 --device cpu";

#[test]
fn a_network_is_trained_taken_up_measured_and_asked() {
    let desk = Desk::new();
    let first = desk.json(&format!("{SMALL} --target three --steps 150 --out net.safetensors"));
    assert_eq!(number(&first, "steps"), 150.0);
    assert!(number(&first, "gap") < 2.0 && number(&first, "energy_share") < 0.7, "{first}");
    let more =
        desk.json("train plane --steps 400 --resume net.safetensors --out net.safetensors --device cpu");
    assert!(number(&more, "gap") < number(&first, "gap") && number(&more, "best_gap") > 0.0, "{more}");
    let found =
        desk.json("eval plane --checkpoint net.safetensors --methods euler,jump:A --nfe 1,8 --device cpu");
    assert_eq!((&found["target"], &found["coupling"]), (&"three".into(), &"independent".into()));
    let sum = number(&found, "gap") + number(&found, "floor");
    assert!((number(&found, "loss") - sum).abs() < 1e-9);
    let energy = number(&found, "transport") + number(&found, "straightness");
    assert!((number(&found, "path_energy") / energy - 1.0).abs() < 0.02, "{found}");
    assert_eq!(found["tv"].as_array().map(Vec::len), Some(2), "jumps are left out");
    // Its velocity is near the exact one, and its predictions are views of it.
    let asked = desk.json("field plane --checkpoint net.safetensors --t 0.5 --at 0.5,0.5");
    let exact = desk.json("field plane --target three --t 0.5 --at 0.5,0.5");
    for i in [0, 1] {
        let [a, b] = [&asked, &exact].map(|of| of["velocity"][i].as_f64().expect("a number"));
        assert!((a - b).abs() < 2.0, "{asked} {exact}");
        let [one, zero] = ["x1", "x0"].map(|key| asked[key][i].as_f64().expect("a number"));
        assert!((one - zero - a).abs() < 1e-9 && (0.5 * (one + zero) - 0.5).abs() < 1e-9);
    }
    assert!(asked["dpdt"].is_null() && asked["density"] == exact["density"]);
    for method in ["ddpm", "ddim:0", "rk4"] {
        let sample =
            "sample plane --checkpoint net.safetensors --steps 8 --particles 300 --out a.npy --method";
        assert!(number(&desk.json(&format!("{sample} {method}")), "tv") < 0.9);
    }
    let curve =
        "curve plane --quick --checkpoint net.safetensors --methods euler,jump:B --nfe 2,4 --out c.csv";
    let found = desk.json(curve);
    assert_eq!(found["points"].as_array().map(Vec::len), Some(2));
    assert!(found["left_out"][0].as_str().is_some_and(|why| why.contains("jump:B")), "{found}");
}

#[test]
fn pairs_codes_and_what_does_not_go_together() {
    let desk = Desk::new();
    let ot = desk.json(&format!("{SMALL} --coupling minibatch-ot:64 --steps 30 --out ot.safetensors"));
    assert!(ot["gap"].is_null() && number(&ot, "loss") > 0.0);
    let found = desk.json("eval plane --checkpoint ot.safetensors --methods euler --nfe 4");
    assert!(found["gap"].is_null() && found["end_point"].is_null() && number(&found, "one_step") > 0.0);
    let reflow = "--coupling reflow:2 --round-steps 20 --steps 30 --out reflow.safetensors";
    assert_eq!(number(&desk.json(&format!("{SMALL} {reflow}")), "steps"), 30.0);
    let codes = desk.json(&format!("{SMALL} --codes 4 --steps 60 --out codes.safetensors"));
    assert!((1.0..=4.0).contains(&number(&codes, "effective_codes")));
    let found = desk.json("eval plane --checkpoint codes.safetensors --methods euler --nfe 2");
    let table = found["table"].as_array().expect("a table");
    assert!(table.len() == 8 && table.iter().all(|row| row.as_array().map(Vec::len) == Some(4)));
    // It is measured as it is sampled: with codes from the prior, a chosen one, or none.
    assert!(number(&found, "guidance") == 1.0 && found["code"].is_null() && found["end_point"].is_null());
    let eval = "eval plane --checkpoint codes.safetensors --methods euler --nfe 2";
    let untold = desk.json(&format!("{eval} --guidance 0"));
    let third = desk.json(&format!("{eval} --code 3"));
    assert!(number(&untold, "end_point") > 0.0 && number(&third, "code") == 3.0);
    let tv = |of: &Value| number(&of["tv"][0], "network");
    assert!(tv(&found) != tv(&untold) && tv(&found) != tv(&third), "{found} {untold} {third}");
    assert!(number(&found, "transport") != number(&third, "transport") && found["gap"] == third["gap"]);
    let curve = "curve plane --quick --checkpoint codes.safetensors --methods euler --nfe 2 --out c.csv";
    let [all, none, by_tv] = ["", "--guidance 0", "--measure tv --code 2"].map(|told| {
        let found = desk.json(&format!("{curve} {told}"));
        (found["code"].clone(), number(&found["points"][0], "value"))
    });
    assert!(all != none && all.0.is_null() && by_tv.0 == 2);
    // Samples are told codes: each its own, or all the same one, and guidance weighs them.
    let told = |flags: &str| {
        let sample = "sample plane --checkpoint codes.safetensors --steps 4 --particles 40 --out c.csv";
        let report = desk.json(&format!("{sample} {flags}"));
        (report, std::fs::read_to_string(desk.0.path().join("c.csv")).expect("samples"))
    };
    let (report, free) = told("");
    assert!(number(&report, "guidance") == 1.0 && report["code"].is_null(), "{report}");
    let (report, third) = told("--guidance 1.5 --code 3");
    assert_eq!((number(&report, "guidance"), number(&report, "code")), (1.5, 3.0));
    let ((_, untold), (_, third_untold)) = (told("--guidance 0"), told("--guidance 0 --code 3"));
    assert!(free != third && free != untold && untold == third_untold);
    let push = "sample plane --checkpoint codes.safetensors --steps 4 --push --out m.npy";
    let [all, third] = ["", " --code 3"].map(|code| number(&desk.json(&format!("{push}{code}")), "tv"));
    assert!(all > 0.0 && all != third);
    // What it has learned beside the exact flow, and its samples with their codes.
    let figure = "export plane --checkpoint codes.safetensors";
    desk.succeed(&format!("{figure} --view miss,velocity --t 0.5 --out miss.png"));
    // A figure holds no network, and draws no exact velocity in its place.
    desk.refuse(2, "figure miss.png --out again.png", &["miss.png", "network", "--checkpoint"]);
    let recipe = desk.succeed("recipe miss.png");
    assert!(recipe.contains("\"answer\": \"network\"") && recipe.contains("\"ring\""), "{recipe}");
    let lines = |out: &str| std::fs::read_to_string(desk.0.path().join(out)).expect("numbers");
    desk.succeed(&format!("{figure} --view miss --out miss.csv"));
    assert!(lines("miss.csv").starts_with("x,y,miss\n"));
    desk.succeed(&format!("{figure} --view particles --particles 9 --t 1 --code 2 --out told.csv"));
    let rows = lines("told.csv");
    assert!(
        rows.starts_with("sample,t,x,y,code\n") && rows.lines().skip(1).all(|row| row.ends_with(",2")),
        "{rows}"
    );
    desk.succeed(&format!("{figure} --view paths --compare '--answer exact' --particles 9 --out both.svg"));
    desk.succeed("train grid --k 4 --steps 2 --hidden 4 --out grid.safetensors --device cpu");
    for (arguments, words) in [
        (
            "sample plane --checkpoint ot.safetensors --method ddpm --out x.npy",
            &["ddpm", "score", "minibatch-ot:64"][..],
        ),
        ("sample plane --checkpoint ot.safetensors --method jump:A --out x.npy", &["jump:A", "exact flow"]),
        ("sample plane --checkpoint ot.safetensors --target moons --out x.npy", &["--target moons", "ring"]),
        ("curve plane --checkpoint ot.safetensors --measure kl --out x.csv", &["--measure kl"]),
        ("field plane --checkpoint missing.safetensors --t 0.5 --at 1,2", &["--checkpoint", "missing"]),
        ("sample plane --checkpoint codes.safetensors --code 5 --out x.npy", &["--code", "codes 1 to 4"]),
        ("sample plane --checkpoint ot.safetensors --code 1 --out x.npy", &["--code", "with codes"]),
        ("sample plane --guidance 2 --out x.npy", &["--guidance", "--checkpoint"]),
        ("curve plane --guidance 2 --out x.csv", &["--guidance", "--checkpoint"]),
        ("eval plane --checkpoint ot.safetensors --code 1", &["--code", "with codes"]),
        ("sample plane --checkpoint ot.safetensors --bandwidth 0.1 --out x.npy", &["--bandwidth", "ring"]),
        ("train plane --bandwidth 0.1 --out x.safetensors", &["--bandwidth", "points:FILE"]),
        ("sample plane --checkpoint codes.safetensors --guidance 11 --out x.npy", &["--guidance", "0 to 10"]),
        ("export plane --view miss --out x.png", &["--view miss", "--checkpoint"]),
        ("export plane --view paths --answer network --out x.png", &["--answer network", "--checkpoint"]),
        (
            "export plane --view miss --checkpoint codes.safetensors --target three --out x.png",
            &["--checkpoint codes.safetensors", "none of this flow"],
        ),
        ("eval plane --checkpoint grid.safetensors", &["flows on a grid", "tab Grid", "on the plane"]),
        (
            "sample grid --k 4 --steps 2 --particles 9 --denoiser ot.safetensors --out x.npy",
            &["flows on the plane", "tab Plane"],
        ),
        ("train plane --path vp --out x.safetensors", &["--path", "every path"]),
        ("train plane --pairs 9 --out x.safetensors", &["--pairs", "fresh"]),
        ("train plane --round-steps 9 --out x.safetensors", &["--round-steps", "reflow"]),
        ("train plane --temperature 2 --out x.safetensors", &["--temperature", "--codes"]),
        ("train plane --codes 4 --coupling reflow:1 --out x.safetensors", &["codes", "independent"]),
        ("train plane --codes 4 --target checkerboard --out x.safetensors", &["codes", "Gaussians"]),
        ("train plane --codes 17 --out x.safetensors", &["--codes", "2 to 16"]),
        ("train plane --out ot.safetensors", &["--out", "--resume", "--overwrite"]),
        ("train plane --steps 5 --resume ot.safetensors --out ot.safetensors", &["--steps 5", "30"]),
        ("train plane --lr 0.5 --resume ot.safetensors --out ot.safetensors", &["--lr", "0.002"]),
        ("train plane --resume grid.safetensors --out x.safetensors", &["--resume", "flows on a grid"]),
        ("train plane --out x.npy", &["--out", ".safetensors"]),
    ] {
        desk.refuse(2, arguments, words);
    }
    for help in ["train plane --help", "eval plane --help"] {
        assert!(desk.succeed(help).contains("Examples:"), "{help}");
    }
}
