//! Exact fields: their shapes, their sums and what they have to do with each other, in every format.

use crate::desk::Desk;
use crate::numbers::{Fields, close, floats, npy, number};
use ndarray::{Array1, ArrayD, Axis, s};

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
