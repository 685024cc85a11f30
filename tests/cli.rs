//! The command line from outside: the real program, its files and exit statuses.

mod desk;

use desk::{Desk, stderr};
use dfm_explorer::cli::grid::Quantity;
use dfm_explorer::cli::shot::ShotSize;
use dfm_explorer::experiment::grid::DenoiserSpec;
use dfm_explorer::flow::metrics;
use dfm_explorer::model::grid::Checkpoint;
use ndarray::{Array1, Array2, ArrayD, Axis, s};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// `field` as arrays.
trait Fields {
    fn field(&self, flow: &str, t: f64, quantity: &str) -> ArrayD<f64>;
    fn table(&self, flow: &str, t: f64, quantity: &str) -> Array2<f64>;
}

impl Fields for Desk {
    fn field(&self, flow: &str, t: f64, quantity: &str) -> ArrayD<f64> {
        self.succeed(&format!("field {flow} --t {t} --quantity {quantity} --out field.npy --quiet"));
        self.read("field.npy")
    }

    fn table(&self, flow: &str, t: f64, quantity: &str) -> Array2<f64> {
        self.field(flow, t, quantity).into_dimensionality().expect("a table")
    }
}

fn number(report: &Value, name: &str) -> f64 {
    report[name].as_f64().unwrap_or_else(|| panic!("{name} is missing in {report}"))
}

fn close(a: &Array2<f64>, b: &Array2<f64>, tolerance: f64, what: &str) {
    let worst = (a - b).iter().fold(0.0, |m: f64, d| m.max(d.abs()));
    assert!(a.dim() == b.dim() && worst <= tolerance, "{what}: {worst:e}");
}

/// An .npy file with this dtype and shape over these bytes.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn floats(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Flows that between them take every code path: product and other sources, all couplings, with and without mask.
fn flows(desk: &Desk) -> Vec<(&'static str, usize, bool)> {
    let source: Vec<f64> = (0..36).map(|i| f64::from((i * 7) % 11)).collect();
    desk.write("source.npy", npy("'<f8'", "(6, 6)", &floats(&source)));
    vec![
        ("--k 6 --target moons", 6, false),
        ("--k 6 --source mask --scheduler cosine", 7, true),
        ("--k 6 --target rings --source source.npy --scheduler sin2", 6, false),
        ("--k 6 --target pinwheel --coupling keep:0.3 --scheduler linear", 6, false),
        ("--k 6 --source mask --coupling keep:0.3 --scheduler hermite:0.5,2", 7, true),
        ("--k 6 --target spiral --coupling ot:0.05 --scheduler cubic", 6, false),
    ]
}

#[test]
fn every_field_quantity_has_its_shape_and_obeys_the_continuity_equation() {
    let desk = Desk::new();
    for (flow, v, mask) in flows(&desk) {
        for t in [0.0, 0.4, 1.0] {
            let get = |quantity: &str| desk.table(flow, t, quantity);
            let p = get("pmf");
            assert_eq!(p.dim(), (v, v));
            assert!((p.sum() - 1.0).abs() < 1e-12 && p.iter().all(|&p| p >= 0.0), "{flow} {t}");
            let whole = get("divergence");
            let parts = [get("divergence-1"), get("divergence-2")];
            close(&(&parts[0] + &parts[1]), &whole, 1e-14, flow);
            close(&(0.0 - get("dpdt")), &whole, 1e-15, flow);
            assert!(whole.sum().abs() < 1e-14, "{flow} {t}");
            let traffic = get("traffic");
            assert!(traffic.dim() == (v, v) && traffic.iter().all(|&x| x >= 0.0));
            // What leaves a state net is part of what leaves it at all.
            assert!(whole.iter().zip(&traffic).all(|(net, out)| *net <= out + 1e-14), "{flow} {t}");
            for axis in 0..2 {
                let current = get(&format!("current-{}", axis + 1));
                let mut shape = [v, v];
                shape[axis] += 1;
                assert_eq!(current.shape(), shape);
                for end in [0, v] {
                    assert!(current.index_axis(Axis(axis), end).iter().all(|&c| c == 0.0), "{flow} {t}");
                }
                if mask {
                    assert!(current.iter().all(|&c| c == 0.0), "{flow} {t}");
                    continue;
                }
                let (below, above) = match axis {
                    0 => (current.slice(s![..v, ..]), current.slice(s![1.., ..])),
                    _ => (current.slice(s![.., ..v]), current.slice(s![.., 1..])),
                };
                close(&(&above - &below), &parts[axis], 1e-14, flow);
            }
        }
        // The slope is that of the pmf.
        let (t, e) = (0.4, 1e-5);
        let difference = (desk.table(flow, t + e, "pmf") - desk.table(flow, t - e, "pmf")) / (2.0 * e);
        close(&difference, &desk.table(flow, t, "dpdt"), 1e-8, flow);
    }
}

#[test]
fn posteriors_are_distributions_and_average_to_the_marginals() {
    let desk = Desk::new();
    let flow = "--k 3 --target gaussians --source mask";
    let p = desk.table(flow, 0.6, "pmf");
    let q = desk.table(flow, 1.0, "pmf");
    for token in [1, 2] {
        let mut mean = Array1::<f64>::zeros(4);
        for z1 in 0..4 {
            for z2 in 0..4 {
                for kind in ["posterior", "noise-posterior"] {
                    let d = desk.field(flow, 0.6, &format!("{kind}:{token},{z1},{z2}"));
                    assert_eq!(d.shape(), [4]);
                    assert!((d.sum() - 1.0).abs() < 1e-12, "{kind}");
                    if kind == "posterior" {
                        mean = mean + d.into_dimensionality::<ndarray::Ix1>().expect("[V]") * p[[z1, z2]];
                    }
                }
            }
        }
        let marginal = q.sum_axis(Axis(2 - token));
        assert!((mean - marginal).iter().all(|d| d.abs() < 1e-12), "token {token}");
    }
}

#[test]
fn a_field_is_the_same_in_every_format() {
    let desk = Desk::new();
    let ask = |quantity: &str, out: &str| {
        desk.json(&format!("field --k 5 --t 0.3 --quantity {quantity} --out {out}"))
    };
    let report = ask("dpdt", "a.npy");
    ask("dpdt", "a.csv");
    let table: ArrayD<f64> = desk.read("a.npy");
    let text = std::fs::read_to_string(desk.0.path().join("a.csv")).expect("the file");
    let rows: Vec<Vec<f64>> =
        text.lines().map(|l| l.split(',').map(|x| x.parse().expect("a number")).collect()).collect();
    for (i, row) in rows.iter().enumerate() {
        assert!(row.iter().eq(&table.index_axis(Axis(0), i)), "row = token 1");
    }
    assert_eq!(report["shape"], serde_json::json!([5, 5]));
    // A reader of JSON may take the last digit for another one.
    let most = table.iter().copied().fold(f64::MIN, f64::max);
    assert!((number(&report, "max") / most - 1.0).abs() <= 2.0 * f64::EPSILON);
    assert!((number(&report, "kappa") - 0.09).abs() < 1e-15);
    ask("posterior:1,2,3", "p.csv");
    assert_eq!(std::fs::read_to_string(desk.0.path().join("p.csv")).expect("the file").lines().count(), 5);
    for quantity in ["pmf", "divergence", "traffic", "posterior:2,0,4"] {
        ask(quantity, "a.svg");
        let svg = std::fs::read_to_string(desk.0.path().join("a.svg")).expect("the file");
        // A caption may be broken into lines anywhere.
        let text: String =
            svg.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect();
        let text = text.split_whitespace().collect::<String>();
        for word in ["probability", "--targetcheckerboard--k5", "t=0.3", "κ=0.09"] {
            assert!(text.contains(word), "{quantity}: {text}");
        }
        assert_eq!(text.contains("/unittime"), !quantity.contains('p'), "{quantity}");
        ask(quantity, "a.PNG");
        assert!(std::fs::read(desk.0.path().join("a.PNG")).expect("the file").starts_with(b"\x89PNG"));
    }
}

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
fn other_paths_are_exact_fields_and_have_samplers_that_end_at_the_target() {
    let desk = Desk::new();
    for (path, source) in
        [("three-way:0.8", "uniform"), ("three-way:1", "mask"), ("metric:2,3,0.9", "uniform")]
    {
        let flow = format!("--target rings --k 8 --source {source} --path {path} --scheduler linear");
        let (slope, one, two) = (
            desk.table(&flow, 0.4, "dpdt"),
            desk.table(&flow, 0.4, "divergence-1"),
            desk.table(&flow, 0.4, "divergence-2"),
        );
        close(&(&one + &two), &slope.mapv(|x| -x), 1e-13, path);
        let (before, after) = (desk.table(&flow, 0.4 - 1e-5, "pmf"), desk.table(&flow, 0.4 + 1e-5, "pmf"));
        close(&((after - before) / 2e-5), &slope, 1e-7, path);
        let bias = |method: &str, steps: usize, more: &str| {
            let flags =
                format!("sample grid {flow} --denoiser oracle --method {method} --steps {steps} {more}");
            number(&desk.json(&format!("{flags} --out p.npy")), "tv")
        };
        for method in ["exact", "exponential", "adaptive", "tau"] {
            let (few, many) = (bias(method, 16, "--push"), bias(method, 64, "--push"));
            // The adaptive rule takes as many steps as the rates need, whatever the least number is.
            let gain = if method == "adaptive" { 1.0 } else { 0.5 };
            assert!(many < gain * few && many < 0.06, "{path} {method}: {few} {many}");
        }
        let cloud =
            format!("sample grid {flow} --denoiser oracle --method exact --steps 16 --particles 40000");
        let cloud = desk.json(&format!("{cloud} --out c.npy"));
        let expected = bias("exact", 16, "--push");
        let slack = 2.0 * number(&cloud, "noise_floor");
        assert!((number(&cloud, "tv") - expected).abs() < slack, "{path}: {cloud} {expected}");
        if path.starts_with("three-way") {
            assert!(bias("ctmc", 1, "--push") < 1e-4, "{path}");
            assert!(
                bias("exact", 256, "--push --corrector 2,1,1") < 0.03,
                "{path}: a corrector keeps the path"
            );
        }
    }
}

#[test]
fn sweeps_and_corrector_kernels_are_counted_and_differ() {
    let desk = Desk::new();
    let flow =
        "sample grid --target rings --k 8 --source mask --denoiser noisy-early:0.4 --method exact --push";
    let report = |more: &str| desk.json(&format!("{flow} --steps 32 --out p.npy {more}"));
    let plain = report("");
    let one_by_one = report("--sweeps 2");
    assert_eq!(number(&one_by_one, "nfe"), 32.0 + 31.0 * 4.0);
    assert_eq!(number(&report("--sweeps 2,parallel"), "nfe"), 32.0 + 31.0 * 2.0);
    assert!(number(&one_by_one, "tv") < number(&plain, "tv"), "sweeps mend an early error");
    let by = |kernel: &str| number(&report(&format!("--corrector 2,1,1 --corrector-by {kernel}")), "tv");
    let (overshoot, exponential) = (by("overshoot"), by("exponential"));
    assert!(overshoot != exponential && by("velocity") != exponential);
    assert_eq!(number(&report("--corrector 2,1,1"), "tv"), overshoot, "overshoot is the default");
}

#[test]
fn parallel_sweeps_say_their_bias_and_it_halves_with_the_share() {
    let desk = Desk::new();
    let flow = "--target rings --k 8 --scheduler linear";
    let sample = |sweeps: &str| {
        let run = "--denoiser oracle --method exact --steps 9 --push --out p.npy";
        desk.json(&format!("sample grid {flow} {run} --sweeps {sweeps}"))
    };
    assert_eq!(sample("2")["sweep_bias"], serde_json::Value::Null, "one token at a time there is none");
    let bias = |sweeps: &str| number(&sample(sweeps), "sweep_bias");
    let (whole, half, quarter) = (bias("2,parallel"), bias("2,parallel,0.5"), bias("2,parallel,0.25"));
    assert!(whole > 1.8 * half && (half / quarter - 2.0).abs() < 0.3, "{whole} {half} {quarter}");
    assert_eq!(bias("7,parallel"), whole, "however many");

    // The same, sweep by sweep at a held time.
    let held = |more: &str| desk.json(&format!("sweeps {flow} --t 0.6 --out s.csv {more}"));
    let report = held("--sweeps 300,parallel,0.5");
    let tv: Vec<f64> = report["tv"].as_array().expect("tv").iter().filter_map(|x| x.as_f64()).collect();
    let end = number(&report, "sweep_bias");
    assert!(tv.len() == 301 && tv[0] == 0.0 && tv[1] > 0.0 && report["settled"] == true, "{report}");
    assert!((tv[300] - end).abs() < 1e-6 && end < half + 1e-9, "{} {end}", tv[300]);
    let table = std::fs::read_to_string(desk.0.path().join("s.csv")).expect("the table");
    assert_eq!((table.lines().next(), table.lines().count()), (Some("sweep,tv"), 302));
    assert_eq!(table.lines().last(), Some(format!("300,{}", tv[300]).as_str()));
    let in_turn = held("--sweeps 40");
    let rest = in_turn["tv"].as_array().expect("tv").iter().filter_map(|x| x.as_f64());
    assert!(rest.fold(0.0, f64::max) < 1e-13 && number(&in_turn, "sweep_bias") == 0.0, "{in_turn}");
    let mixed = held("--sweeps 40 --from source");
    let tv: Vec<f64> = mixed["tv"].as_array().expect("tv").iter().filter_map(|x| x.as_f64()).collect();
    assert!(tv[0] > 0.1 && tv[40] < 1e-4, "{mixed}");
    desk.refuse(2, "sweeps --t 0.6 --sweeps 0 --out s.csv", &["--sweeps 0", "at least one"]);
    desk.refuse(2, "sweeps --t 0.6 --sweeps 5,parallel,1.5 --out s.csv", &["--sweeps", "SHARE"]);
    desk.refuse(2, "sweeps --path metric:1,3,1 --t 0.6 --sweeps 5 --out s.csv", &["metric:1,3,1", "mixture"]);
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

#[test]
fn the_kinetic_scheduler_fits_the_source() {
    let desk = Desk::new();
    let pmf = |flags: &str| desk.table(&format!("--target rings --k 8 {flags}"), 0.3, "pmf");
    let named = pmf("--source mask --scheduler kinetic");
    close(&named, &pmf("--source mask --scheduler sin2"), 1e-15, "mask");
    let named = pmf("--source uniform --scheduler kinetic");
    close(&named, &pmf("--source uniform --scheduler kinetic:0.125"), 1e-15, "uniform");
    let kept = pmf("--source uniform --coupling keep:0.2 --scheduler kinetic");
    close(&kept, &pmf("--source uniform --coupling keep:0.2 --scheduler kinetic:0.3"), 1e-12, "keep");
    let metric = "--path metric:1,3,1 --t 0.3 --quantity pmf --out x.npy";
    let why = ["kinetic", "metric:1,3,1", "geodesic"];
    desk.refuse(2, &format!("field --scheduler kinetic {metric}"), &why);
    desk.refuse(2, "curve --path metric:1,3,1 --schedulers kinetic --out x.csv", &why);
    let report =
        desk.json("curve --target rings --k 8 --source mask --schedulers kinetic,sin2 --steps 4 --out c.csv");
    let points = report["points"].as_array().expect("points");
    assert_eq!((&points[0]["scheduler"], &points[0]["tv"]), (&"kinetic:0".into(), &points[1]["tv"]));
}

#[test]
fn a_method_that_lacks_something_spoils_no_other_s_curve() {
    let desk = Desk::new();
    let curve = "--target rings --k 8 --steps 8 --corrector 2,1,1 --out c.csv --json";
    let output = desk.run(&format!("curve --methods exact,midpoint,maskgit {curve}"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stderr(&output);
    for words in ["midpoint takes no --corrector", "measured without", "maskgit is left out", "mask source"] {
        assert!(said.contains(words), "{words} is not in: {said}");
    }
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("json");
    let points = report["points"].as_array().expect("points");
    let names: Vec<_> = points.iter().filter_map(|point| point["method"].as_str()).collect();
    assert_eq!(names, ["exact", "midpoint"]);
    let plain = desk.json("curve --target rings --k 8 --steps 8 --methods midpoint --out c.csv");
    assert_eq!(plain["points"][0]["tv"], points[1]["tv"]);
    desk.refuse(2, &format!("curve --methods midpoint,ctmc {curve}"), &["takes no --corrector"]);
    desk.refuse(2, "curve --methods maskgit --k 8 --out c.csv", &["mask source"]);
}

#[test]
fn curves_are_what_sample_measures() {
    let desk = Desk::new();
    let flow = "--target rings --k 8";
    let report = desk.json(&format!(
        "curve {flow} --methods exact,tau --schedulers linear,cosine --schedulers hermite:0,2 --steps 1,8 --out c.csv"
    ));
    let points = report["points"].as_array().expect("points");
    assert_eq!(points.len(), 2 * 3 * 2);
    for point in points {
        let named = |key: &str| point[key].as_str().expect("a name").to_owned();
        let sample = desk.json(&format!(
            "sample grid {flow} --scheduler {} --method {} --steps {} --denoiser oracle --push --out p.npy",
            named("scheduler"),
            named("method"),
            point["steps"]
        ));
        for name in ["tv", "kl", "js", "off_support", "nfe"] {
            assert_eq!(point[name], sample[name], "{name} of {point}");
        }
    }
    let table = std::fs::read_to_string(desk.0.path().join("c.csv")).expect("the table");
    assert_eq!(table.lines().count(), 13);
    assert!(table.starts_with("scheduler,method,steps,nfe,tv,kl,js,off_support,clipped_steps\n"));
    assert!(table.contains("\"hermite:0,2\",tau,8,8,"), "{table}");
    desk.refuse(2, "curve --methods exact,none --out d.csv", &["--methods", "none", "exact"]);
    desk.refuse(2, "curve --schedulers linear,t^2 --out d.csv", &["--schedulers", "t^2"]);
    desk.refuse(2, "curve --steps 1,0 --out d.csv", &["--steps", "1 to 100000"]);
    desk.refuse(2, "curve --out d.npy", &["--out d.npy", ".csv"]);
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
fn bad_target_and_source_files_are_refused() {
    let desk = Desk::new();
    let pmf = |values: [f64; 4]| npy("'<f8'", "(2, 2)", &floats(&values));
    desk.write("good.npy", pmf([0.1, 0.2, 0.3, 0.4]));
    desk.write("negative.npy", pmf([0.5, -0.1, 0.3, 0.3]));
    desk.write("nan.npy", pmf([0.5, f64::NAN, 0.3, 0.2]));
    desk.write("infinite.npy", pmf([0.5, f64::INFINITY, 0.3, 0.2]));
    desk.write("zero.npy", pmf([0.0; 4]));
    desk.write("empty.npy", npy("'<f8'", "(0, 0)", &[]));
    desk.write("complex.npy", npy("'<c16'", "(2, 2)", &floats(&[0.0; 8])));
    desk.write("pickled.npy", npy("'|O'", "(2, 2)", b"\x80\x04]\x94."));
    desk.write("oblong.npy", npy("'<f8'", "(2, 3)", &floats(&[1.0; 6])));
    desk.write("huge.npy", npy("'<f8'", "(257, 257)", &floats(&vec![1.0; 257 * 257])));
    desk.write("claims.npy", npy("'<f8'", "(99999999, 99999999)", &floats(&[1.0; 4])));
    desk.write("truncated.npy", &pmf([0.25; 4])[..140]);
    desk.write("nothing.npy", []);
    desk.write("negative.csv", "1,2\n-3,4\n");
    desk.write("word.csv", "1,2\nx,4\n");
    desk.write("ragged.csv", "1,2\n3\n");
    desk.write("nothing.csv", "");
    desk.write("broken.png", b"\x89PNG\r\n\x1a\n???");
    let oversized = std::fs::File::create(desk.0.path().join("oversized.npy")).expect("a file");
    oversized.set_len(1 << 34).expect("a sparse file");
    let files = [
        ("negative.npy", "negative"),
        ("nan.npy", "NaN"),
        ("infinite.npy", "infinite"),
        ("zero.npy", "zero"),
        ("empty.npy", "empty"),
        ("complex.npy", "complex"),
        ("pickled.npy", "pickle"),
        ("oblong.npy", "square"),
        ("huge.npy", "257"),
        ("claims.npy", "99999999"),
        ("truncated.npy", "truncated"),
        ("nothing.npy", "nothing.npy"),
        ("oversized.npy", "MiB"),
        ("negative.csv", "negative"),
        ("word.csv", "x"),
        ("ragged.csv", "row"),
        ("nothing.csv", "nothing.csv"),
        ("missing.npy", "No such file"),
        ("missing.csv", "No such file"),
    ];
    let tail = "--t 0.5 --quantity pmf --out out.npy";
    for (file, word) in files {
        desk.refuse(2, &format!("field --target {file} {tail}"), &[file, word]);
        desk.refuse(2, &format!("field --k 2 --source {file} {tail}"), &[file, word]);
    }
    desk.refuse(2, &format!("field --target broken.png {tail}"), &["broken.png"]);
    desk.refuse(2, &format!("field --target good.npy --k 3 {tail}"), &["good.npy", "2×2", "K = 3"]);
    desk.refuse(2, &format!("field --source good.npy --k 3 {tail}"), &["good.npy", "2×2", "K = 3"]);
    desk.refuse(2, &format!("field --target good.npy --invert {tail}"), &["--invert", "good.npy"]);
    // Every other command reads its flow the same way.
    desk.refuse(
        2,
        "sample grid --target nan.npy --denoiser oracle --method exact --steps 2 --push --out o.npy",
        &["nan.npy"],
    );
    desk.refuse(2, "train grid --target nan.npy --steps 1 --out o.safetensors", &["nan.npy"]);
    let p = desk.table("--target good.npy", 1.0, "pmf");
    close(&p, &ndarray::arr2(&[[0.1, 0.2], [0.3, 0.4]]), 1e-15, "axis 0 = token 1");
}

#[test]
fn values_out_of_range_are_refused() {
    let desk = Desk::new();
    let field = |flags: &str| format!("field {flags} --quantity pmf --out out.npy");
    for (flags, words) in [
        ("--t 0.5 --k 1", &["--k", "2 to 256"][..]),
        ("--t 0.5 --k 257", &["--k", "2 to 256"]),
        ("--t 0.5 --k -3", &["--k", "2 to 256"]),
        ("--t 0.5 --k many", &["--k", "many"]),
        ("--t -0.1", &["--t", "-0.1", "0 to 1"]),
        ("--t 1.1", &["--t", "1.1"]),
        ("--t nan", &["--t", "nan"]),
        ("--t 0.5 --target nowhere", &["--target", "nowhere", "checkerboard"]),
        ("--t 0.5 --target text:", &["--target"]),
        ("--t 0.5 --source noise", &["--source", "noise", "uniform"]),
        ("--t 0.5 --coupling keep:1.5", &["--coupling", "1.5", "0 to 1"]),
        ("--t 0.5 --coupling keep:-0.1", &["--coupling", "-0.1"]),
        ("--t 0.5 --coupling ot:1.5", &["--coupling", "1.5"]),
        ("--t 0.5 --coupling ot:nan", &["--coupling"]),
        ("--t 0.5 --coupling ot:0.1 --source mask", &["ot", "mask"]),
        ("--t 0.5 --scheduler hermite:3.5,0", &["--scheduler", "3.5", "0 to 3"]),
        ("--t 0.5 --scheduler hermite:0,-1", &["--scheduler", "-1"]),
        ("--t 0.5 --scheduler hermite:1", &["--scheduler"]),
        ("--t 0.5 --scheduler power:0", &["--scheduler", "above 0"]),
        ("--t 0.5 --scheduler power:-2", &["--scheduler", "-2"]),
        ("--t 0.5 --scheduler power:inf", &["--scheduler"]),
        ("--t 0.5 --scheduler fast", &["--scheduler", "fast", "linear"]),
        ("--t 0.5 --invert", &["--invert", ".png"]),
        ("--t 0.5 --seed -1", &["--seed"]),
        ("--t 0.5 --device tpu", &["--device", "tpu", "auto, cpu or gpu"]),
        ("--t 0.5 --nonsense", &["--nonsense"]),
        ("", &["--t"]),
    ] {
        desk.refuse(2, &field(flags), words);
    }
    let field = |quantity: &str| format!("field --k 4 --t 0.5 --quantity {quantity} --out out.npy");
    desk.refuse(2, &field("heat"), &["--quantity", "heat", "divergence"]);
    desk.refuse(2, &field("posterior:3,0,0"), &["--quantity"]);
    desk.refuse(2, &field("posterior:1,4,0"), &["posterior:1,4,0", "Z1 = 4", "0 to 3"]);
    desk.refuse(2, &field("noise-posterior:2,0,9"), &["Z2 = 9", "0 to 3"]);
    for quantity in ["dpdt", "divergence", "divergence-2", "current-1", "traffic"] {
        let flags = format!("field --k 4 --t 0 --scheduler power:0.5 --quantity {quantity} --out out.npy");
        desk.refuse(2, &flags, &["--t 0", "power:0.5", "infinite"]);
    }
    desk.table("--k 4 --scheduler power:0.5", 0.0, "pmf");

    let flags = "sample grid --k 80 --out out.npy --denoiser oracle --method trapezoidal --steps 2 --push";
    desk.refuse(2, flags, &["V = 80", "particles"]);

    let sample = "sample grid --k 4 --out out.npy";
    for (flags, words) in [
        ("--denoiser oracle --method exact --steps 0 --push", &["--steps", "1 to 100000"][..]),
        ("--denoiser oracle --method exact --steps 100001 --push", &["--steps", "1 to 100000"]),
        ("--denoiser oracle --method exact --steps 2 --particles 0", &["--particles", "1 to 10000000"]),
        ("--denoiser oracle --method exact --steps 2 --particles 10000001", &["--particles"]),
        ("--denoiser oracle --method exact --steps 2", &["--particles", "--push"]),
        ("--denoiser oracle --method exact --steps 2 --push --particles 5", &["--particles", "--push"]),
        ("--denoiser noisy:1.5 --method exact --steps 2 --push", &["--denoiser", "noisy:1.5", "0 to 1"]),
        ("--denoiser noisy:-1 --method exact --steps 2 --push", &["--denoiser", "noisy:-1"]),
        ("--denoiser psychic --method exact --steps 2 --push", &["--denoiser", "psychic", "oracle"]),
        ("--denoiser no.safetensors --method exact --steps 2 --push", &["--denoiser", "no.safetensors"]),
        (
            "--denoiser oracle --method ctmc --steps 2 --push --corrector 1,1,1",
            &["--method ctmc", "--corrector"],
        ),
        ("--denoiser oracle --method maskgit --steps 2 --push", &["maskgit", "mask source"]),
        ("--denoiser oracle --method exact --steps 2 --push --sweeps -1", &["--sweeps", "0 to 1000"]),
        ("--denoiser oracle --method exact --steps 2 --push --sweeps 2,serial", &["--sweeps", "parallel"]),
        ("--denoiser oracle --method ctmc --steps 2 --push --sweeps 2", &["--method ctmc", "--sweeps"]),
        ("--denoiser oracle --method ctmc --steps 2 --push --time-grid kappa", &["ctmc", "--time-grid"]),
        (
            "--denoiser oracle --method euler --steps 2 --push --corrector 1,1,1 --corrector-by velocity",
            &["--corrector-by", "exact"],
        ),
        (
            "--denoiser oracle --coupling ot:0.5 --method exact --steps 2 --push --corrector 1,1,1 --corrector-by overshoot",
            &["--corrector-by overshoot", "transport"],
        ),
        (
            "--denoiser oracle --method exact --steps 2 --push --corrector 1,1,1 --corrector-by magic",
            &["--corrector-by", "magic", "overshoot"],
        ),
        (
            "--denoiser oracle --path metric:2,3,1 --method exact --steps 2 --push --corrector 1,1,1",
            &["corrector", "metric:2,3,1"],
        ),
        ("--denoiser oracle --path metric:2,3,1 --method ctmc --steps 2 --push", &["ctmc", "metric:2,3,1"]),
        (
            "--denoiser oracle --path metric:2,3,1 --source mask --method exact --steps 2 --push",
            &["metric:2,3,1", "uniform source"],
        ),
        (
            "--denoiser oracle --path three-way:0.5 --coupling keep:0.1 --method exact --steps 2 --push",
            &["three-way:0.5", "independent coupling"],
        ),
        ("--denoiser oracle --path three-way:2 --method exact --steps 2 --push", &["--path", "0 to 1"]),
        (
            "--denoiser oracle --path zigzag --method exact --steps 2 --push",
            &["--path", "zigzag", "three-way:C"],
        ),
        (
            "--denoiser oracle --scheduler kinetic:1 --method exact --steps 2 --push",
            &["--scheduler", "0.999"],
        ),
        (
            "--denoiser oracle --method ctmc --steps 2 --push --choice-temperature 1",
            &["--choice-temperature", "maskgit"],
        ),
        ("--denoiser oracle --method magic --steps 2 --push", &["--method", "magic", "exponential"]),
        ("--denoiser oracle --method exact --steps 2 --push --temperature 0", &["--temperature", "above 0"]),
        (
            "--denoiser oracle --method exact --steps 2 --push --temperature 4.1",
            &["--temperature", "at most 4"],
        ),
        ("--denoiser oracle --method exact --steps 2 --push --corrector -1,0,0", &["--corrector", "-1"]),
        ("--denoiser oracle --method exact --steps 2 --push --corrector 1,-2,0", &["--corrector", "-2"]),
        ("--denoiser oracle --method exact --steps 2 --push --corrector 1,2", &["--corrector", "1,2"]),
        (
            "--denoiser oracle --method exact --steps 2 --push --time-grid s",
            &["--time-grid", "t, kappa or geometric"],
        ),
    ] {
        desk.refuse(2, &format!("{sample} {flags}"), words);
    }
    let train = "train grid --k 4 --out out.safetensors";
    for (flags, words) in [
        ("--steps 0", &["--steps"][..]),
        ("--seconds 0", &["--seconds"]),
        ("--seconds -1", &["--seconds"]),
        ("--steps 1 --seconds 1", &["--steps", "--seconds"]),
        ("--steps 1 --batch 0", &["--batch", "1 to 65536"]),
        ("--steps 1 --hidden 1025", &["--hidden", "1 to 1024"]),
        ("--steps 1 --lr 0", &["--lr"]),
        ("--steps 1 --lr 1.5", &["--lr", "at most 1"]),
        ("--steps 1 --loss mse", &["--loss", "ce or gkl"]),
        ("--steps 1 --resume no.safetensors", &["--resume", "no.safetensors"]),
    ] {
        desk.refuse(2, &format!("{train} {flags}"), words);
    }
    for size in ["100x100", "1280", "8000x800", "1280x5000"] {
        desk.refuse(2, &format!("shot --size {size} --theme dark --out out.png"), &["--size", size]);
    }
    desk.refuse(2, "shot --size 1280x800 --theme pink --out out.png", &["--theme", "pink"]);
    desk.refuse(2, "fly", &["fly"]);
}

#[test]
fn the_ends_of_ranges_are_allowed() {
    let desk = Desk::new();
    for flags in [
        "--k 2 --t 0",
        "--k 256 --t 1",
        "--t 1e-300",
        "--k 4 --t 0.5 --scheduler hermite:0,3 --coupling keep:1",
    ] {
        desk.succeed(&format!("field {flags} --quantity pmf --out p.npy"));
        let p: ArrayD<f64> = desk.read("p.npy");
        assert!((p.sum() - 1.0).abs() < 1e-12, "{flags}");
    }
    for flags in ["--steps 1 --particles 1 --temperature 4", "--steps 2 --particles 3 --corrector 0,0,0"] {
        desk.json(&format!("sample grid --k 2 --denoiser noisy:1 --method adaptive {flags} --out o.npy"));
    }
}

#[test]
fn names_round_trip() {
    for name in ["oracle", "noisy:0", "noisy:0.25", "noisy:1", "a/b.safetensors"] {
        assert_eq!(name.parse::<DenoiserSpec>().map(|s| s.to_string()), Ok(name.to_owned()));
    }
    for bad in
        ["", "Oracle", "noisy", "noisy:", "noisy:-0.1", "noisy:1.1", "noisy:nan", "net.npy", "safetensors"]
    {
        let error = bad.parse::<DenoiserSpec>().expect_err(bad).to_string();
        assert!(error.contains("oracle, noisy:EPS") && error.contains(bad), "{error}");
    }
    for name in
        ["pmf", "dpdt", "divergence", "divergence-1", "divergence-2", "current-1", "current-2", "traffic"]
    {
        assert_eq!(name.parse::<Quantity>().map(|q| q.to_string()), Ok(name.to_owned()));
    }
    for name in ["posterior:1,3,4", "noise-posterior:2,0,64"] {
        assert_eq!(name.parse::<Quantity>().map(|q| q.to_string()), Ok(name.to_owned()));
    }
    for bad in ["", "PMF", "divergence-3", "posterior", "posterior:", "posterior:0,1,1", "posterior:3,1,1"] {
        assert!(bad.parse::<Quantity>().is_err(), "{bad}");
    }
    for bad in ["posterior:1,1", "posterior:1,-1,0", "posterior:1,1,1,1", "noise-posterior:1,a,b"] {
        assert!(bad.parse::<Quantity>().is_err(), "{bad}");
    }
    assert_eq!("1280x800".parse(), Ok(ShotSize { width: 1280, height: 800 }));
    assert!("640x360".parse::<ShotSize>().is_ok() && "7680x4320".parse::<ShotSize>().is_ok());
    for bad in ["", "1280", "x", "639x360", "640x359", "7681x800", "1280x4321", "-1280x800", "1280×800"] {
        assert!(bad.parse::<ShotSize>().is_err(), "{bad}");
    }
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
fn output_files_are_checked_before_anything_is_computed() {
    let desk = Desk::new();
    // The target does not exist: only a check of --out that comes first does not mention it.
    let field = |out: &str| format!("field --target no.npy --t 0.5 --quantity pmf --out {out}");
    desk.refuse(2, &field("out.txt"), &["--out out.txt", ".npy, .csv, .png or .svg"]);
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
