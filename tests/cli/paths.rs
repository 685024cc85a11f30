//! Other paths and schedulers than the mixture with a named one.

use crate::desk::Desk;
use crate::numbers::{Fields, close, number};

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
