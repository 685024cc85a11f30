//! Curves of TV against evaluations: what `sample` measures, for several samplers at once.

use crate::desk::{Desk, stderr};

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
fn a_curve_of_nothing_is_a_failure_and_says_so_when_quiet_too() {
    let desk = Desk::new();
    // One step of the trapezoidal rule looks at nothing ahead and is quick; four are too many terms.
    let curve = "curve --k 70 --methods trapezoidal --steps 1,4 --out c.csv";
    for quiet in ["", " --quiet"] {
        desk.refuse(1, &format!("{curve}{quiet}"), &["nothing was measured", "trapezoidal", "V = 70"]);
    }
    desk.succeed("curve --k 70 --methods trapezoidal,exact --steps 1,4 --out c.csv");
}
