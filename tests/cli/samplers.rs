//! Where samplers end: in closed forms, at the target, and in the same place for the same seed.

use crate::desk::{Desk, stderr};
use crate::numbers::{Fields, close, number};
use dfm_explorer::flow::metrics;
use dfm_explorer::model::grid::Checkpoint;
use ndarray::{Array2, ArrayD, Axis};

#[test]
fn the_exact_step_on_a_mask_path_ends_in_its_closed_form() {
    // math.md 5.1: (1−S) q + S q¹ q², S = Σ (κ_{j+1} − κ_j)²; equal steps of κ make it 1/n.
    let desk = Desk::new();
    let q = desk.table("--k 8 --target moons --source mask", 1.0, "pmf");
    let product = q.sum_axis(Axis(1)).insert_axis(Axis(1)).dot(&q.sum_axis(Axis(0)).insert_axis(Axis(0)));
    for (flags, n, kappa) in [
        ("--scheduler quadratic", 6usize, (|t: f64| t * t) as fn(f64) -> f64),
        ("--scheduler linear", 1, |t| t),
        ("--scheduler sin2 --time-grid kappa", 10, |t| t),
    ] {
        let report = desk.json(&format!(
            "sample grid --k 8 --target moons --source mask {flags} --denoiser oracle --method exact --steps {n} --push \
             --out pushed.npy"
        ));
        let node = |j: usize| kappa(j as f64 / n as f64);
        let s: f64 = (0..n).map(|j| (node(j + 1) - node(j)).powi(2)).sum();
        let expected = &q * (1.0 - s) + &(&product * s);
        let pushed: Array2<f64> = desk.read("pushed.npy").into_dimensionality().expect("[V, V]");
        close(&pushed, &expected, 1e-12, flags);
        assert_eq!(report["nfe"], n);
        for (name, value) in [
            ("tv", metrics::tv(&q, &pushed)),
            ("kl", metrics::kl(&q, &pushed)),
            ("js", metrics::js(&q, &pushed)),
            ("off_support", metrics::off_support(&q, &pushed)),
        ] {
            assert!((number(&report, name) - value).abs() < 1e-14, "{name}");
        }
        assert!(number(&report, "seconds") >= 0.0);
        assert!(report.get("noise_floor").is_none() && report.get("clipped_steps").is_none());
    }
}

#[test]
fn particles_are_a_seeded_sample_of_what_push_computes() {
    let desk = Desk::new();
    let ask = |carrier: &str, out: &str| {
        desk.json(&format!(
            "sample grid --k 5 --target rings --source mask --denoiser noisy:0.3 --method euler --steps 7 --corrector \
             3,1,0.5 --temperature 0.9 {carrier} --out {out}"
        ))
    };
    let pushed_report = ask("--push", "pushed.npy");
    let report = ask("--particles 40000", "a.npy");
    ask("--particles 40000 --seed 0", "b.npy");
    ask("--particles 40000 --seed 1", "c.npy");
    let bytes = |name: &str| std::fs::read(desk.0.path().join(name)).expect("the file");
    assert!(bytes("a.npy") == bytes("b.npy") && bytes("a.npy") != bytes("c.npy"));
    let states: ArrayD<i64> = desk.read("a.npy");
    assert_eq!(states.shape(), [40000, 2]);
    let mut histogram = Array2::<f64>::zeros((6, 6));
    for state in states.axis_iter(Axis(0)) {
        histogram[[state[0] as usize, state[1] as usize]] += 1.0 / 40000.0;
    }
    let pushed: Array2<f64> = desk.read("pushed.npy").into_dimensionality().expect("[V, V]");
    assert!(metrics::tv(&pushed, &histogram) < 3.0 * metrics::tv_noise_floor(&pushed, 40000));
    assert!((number(&report, "tv") - number(&pushed_report, "tv")).abs() < 0.02);
    assert!(number(&report, "noise_floor") > 0.0 && number(&report, "noise_floor") < 0.02);
    assert_eq!(report["nfe"], 7);
}

#[test]
fn too_long_euler_steps_are_counted_and_said() {
    let desk = Desk::new();
    let flags = "sample grid --k 4 --scheduler sin2 --corrector 12,2,0.25 --denoiser oracle --method euler \
                 --steps 5 --push --out a.npy";
    assert!(number(&desk.json(flags), "clipped_steps") >= 1.0);
    let warning = stderr(&desk.run(flags));
    assert!(warning.contains("warning: ") && warning.contains("of 5 steps"), "{warning}");
    for method in ["exact", "exponential", "adaptive"] {
        let report = desk.json(&flags.replace("euler", method));
        assert!(report.get("clipped_steps").is_none(), "{method}");
    }
}

#[test]
fn events_end_at_the_target_and_confidence_does_not() {
    let desk = Desk::new();
    let flow = "sample grid --target rings --k 8 --source mask --denoiser oracle --out p.npy";
    let events = desk.json(&format!("{flow} --method ctmc --steps 200 --push"));
    assert!(number(&events, "tv") < 1e-4, "{events}");
    let cloud = desk.json(&format!("{flow} --method ctmc --steps 1 --particles 20000"));
    assert!(number(&cloud, "tv") < 2.0 * number(&cloud, "noise_floor"), "{cloud}");
    let confident = |steps: usize, more: &str| {
        number(&desk.json(&format!("{flow} --method maskgit --steps {steps} --push {more}")), "tv")
    };
    let (two, many) = (confident(2, "--choice-temperature 0"), confident(64, "--choice-temperature 0"));
    assert!(two > 0.01 && (two - many).abs() < 1e-9, "more rounds do not help: {two} {many}");
    assert!(confident(64, "--choice-temperature 1000") < two, "chance does");
}

#[test]
fn two_stage_methods_are_pushed_exactly_or_say_what_they_would_take() {
    let desk = Desk::new();
    let run = |flow: &str, method: &str, more: &str| {
        format!("sample grid {flow} --denoiser oracle --method {method} --steps 8 --out p.npy {more}")
    };
    let tv = |flow: &str, method: &str| number(&desk.json(&run(flow, method, "--push")), "tv");
    let wide = "--target rings --k 64";
    assert!(tv(wide, "midpoint") < 0.97 * tv(wide, "exact"), "the midpoint rule at K = 64");
    let masked = "--target rings --k 64 --source mask";
    assert!(tv(masked, "trapezoidal") < 0.95 * tv(masked, "exact"), "from masks the trapezoidal rule, too");
    let cloud = desk.json(&run("--target rings --k 8", "midpoint", "--particles 100000"));
    let slack = 2.0 * number(&cloud, "noise_floor");
    assert!((number(&cloud, "tv") - tv("--target rings --k 8", "midpoint")).abs() < slack, "{cloud}");
    desk.refuse(2, &run("--target rings --k 80", "trapezoidal", "--push"), &["V = 80", "particles"]);
    assert!(desk.json(&run("--target rings --k 80", "trapezoidal", "--particles 100"))["tv"].is_f64());
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

#[test]
fn a_seed_is_the_same_run_on_any_number_of_threads() {
    let desk = Desk::new();
    let run = |threads: &str, arguments: &str| {
        let output =
            desk.command(arguments).env("RAYON_NUM_THREADS", threads).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", stderr(&output));
        std::fs::read(desk.0.path().join("out.npy")).unwrap_or_default()
    };
    for (method, more) in [
        ("exact", ""),
        ("tau", ""),
        ("ctmc", ""),
        ("trapezoidal", ""),
        ("exact", "--corrector 12,2,0.25"),
        ("exact", "--corrector 2,1,1 --corrector-by exponential --sweeps 2"),
        ("euler", "--sweeps 2,parallel,0.5 --coupling ot:0.1"),
        ("exact", "--path metric:1,3,0.9"),
        ("tau", "--path metric:1,3,0.9"),
        ("exact", "--path three-way:0.8 --corrector 2,1,1"),
    ] {
        let flags =
            format!("sample grid --k 12 --denoiser oracle --method {method} --steps 6 --particles 20000");
        let flags = format!("{flags} {more} --seed 5 --quiet --out out.npy");
        assert!(run("1", &flags) == run("3", &flags), "{method} {more}");
    }
    let train = |threads, name: &str| {
        run(threads, &format!("train grid --k 12 --steps 25 --batch 300 --device cpu --quiet --out {name}"));
        Checkpoint::read(&desk.0.path().join(name)).expect("a checkpoint").tensors
    };
    assert!(train("1", "one.safetensors") == train("3", "three.safetensors"), "training");
}
