//! Gradients against finite differences and against burn's own.

use super::*;
use burn::tensor::Device;

fn batch(codes: usize, n: usize) -> PlaneExamples {
    let wave = |count: usize, step: f32, shift: f32| -> Vec<f32> {
        (0..count).map(|j| (j as f32 * step + shift).sin()).collect()
    };
    PlaneExamples {
        asked: wave(3 * n, 0.7, 0.0),
        answers: wave(2 * n, 1.3, 0.4),
        data: if codes > 0 { wave(2 * n, 0.9, 1.0) } else { Vec::new() },
        gumbel: wave(codes * n, 0.37, 2.0),
        told: if codes > 0 { (0..n).map(|j| j % 4 != 0).collect() } else { Vec::new() },
        temperature: 0.8,
        drawn: false,
    }
}

#[test]
fn gradients_are_those_of_differences_and_of_burn() {
    for (codes, n, all_told, drawn) in [
        (0, 70, true, false),
        (3, 131, true, false),
        (3, 131, false, false),
        (3, 131, true, true),
        (3, 131, false, true),
    ] {
        let config = PlaneNetConfig { width: 9, layers: 2, codes };
        let net = config.init(3);
        let mut batch = PlaneExamples { drawn, ..batch(codes, n) };
        if all_told {
            batch.told.fill(true);
        }
        let mut room = PlaneGradients::default();
        let loss = net.gradient(&batch, &mut room);
        let gradient = room.total.clone();
        assert_eq!(gradient.len(), config.parameters());
        let mut other = PlaneGradients::default();
        let of_encoder = &gradient[net.parts()[0].len()..];
        assert_eq!(
            drawn,
            codes > 0 && of_encoder.iter().all(|slope| *slope == 0.0),
            "by drawn codes it does not learn"
        );
        // The loss is over those that are told a code, the gradient that of all: a difference shows it where all are told.
        let differences =
            if batch.counted() == n { gradient.len() - if drawn { of_encoder.len() } else { 0 } } else { 0 };
        for at in (0..differences).step_by(17) {
            let moved = |by: f32| {
                let mut values = net.values().to_vec();
                values[at] += by;
                net.with_values(values).gradient(&batch, &mut PlaneGradients::default())
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            let found = f64::from(gradient[at]);
            assert!((slope - found).abs() < 2e-3 * (1.0 + found.abs()), "{at}: {slope} {found}");
        }
        // Used memory may hold anything.
        net.gradient(&super::tests::batch(codes, 10), &mut other);
        assert_eq!(net.gradient(&batch, &mut other), loss);
        assert_eq!(other.total, gradient);
        let device = DevicePlaneNet::new(config, &Device::flex());
        let (there, on_device) = device.gradient(&device.values(net.values()), &batch).expect("a gradient");
        assert!((there - loss).abs() < 1e-4, "{there} {loss}");
        let on_device = on_device.into_data().try_to_vec::<f32>().expect("numbers");
        for (at, (a, b)) in on_device.iter().zip(&gradient).enumerate() {
            assert!((a - b).abs() < 1e-4 * (1.0 + b.abs()), "{at}: {a} {b}");
        }
    }
}

#[test]
fn chances_of_codes_are_a_law_and_a_denoiser_is_the_velocity_seen_otherwise() {
    use crate::denoiser::plane::{Denoiser as _, LatentDenoiser as _};
    let config = PlaneNetConfig { width: 8, layers: 1, codes: 5 };
    let network = PlaneNetwork::new(config.init(1));
    let data: Vec<[f64; 2]> = (0..70).map(|j| [f64::from(j).sin(), 0.1 * f64::from(j)]).collect();
    let chances = network.net().code_chances(&data);
    for row in chances.chunks_exact(5) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5 && row.iter().all(|p| *p > 0.0));
    }
    assert!(config.init(1) == config.init(1) && config.init(1) != config.init(2));
    // D = x̃ + (1−t*) v at x̃ = x t*, t* = 1/(1+T).
    let (x, y) = (vec![1.5; 3], vec![-0.5, 0.0, 2.0]);
    let (mut d, mut v) = ([vec![0.0; 3], vec![0.0; 3]], [vec![0.0; 3], vec![0.0; 3]]);
    let [d1, d2] = &mut d;
    network.denoised(3.0, None, [&x, &y], [d1, d2]);
    let inner = [&x, &y].map(|x| x.iter().map(|x| 0.25 * x).collect::<Vec<f64>>());
    let [v1, v2] = &mut v;
    network.at(0.25).expect("a time").velocity([&inner[0], &inner[1]], [v1, v2]).expect("a velocity");
    for i in 0..3 {
        assert!((d[1][i] - inner[1][i] - 0.75 * v[1][i]).abs() < 1e-12);
    }
    assert_eq!(network.codes(), 5);
}
