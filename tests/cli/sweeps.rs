//! Corrector iterations: what they cost, mend and leave as a bias.

use crate::desk::Desk;
use crate::numbers::number;

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
