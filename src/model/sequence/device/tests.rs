//! Both ways to compute a network agree.

use super::super::Gradients;
use super::super::denoiser::GuidedImages;
use super::super::pass::Pass;
use super::super::tests::{batch, small, with_attention};
use super::*;
use crate::data::codec::image::TokenSpec;
use crate::denoiser::sequence::{Place, SequenceDenoiser};
use crate::flow::{Kappa, SequenceSource};
use crate::model::sequence::{ImageDenoiser, Trained as _};
use std::sync::Arc;

const CASES: [(TokenSpec, usize, SequenceSource, [bool; 3]); 6] = [
    (TokenSpec::Rgb(256), 0, SequenceSource::Mask, [false; 3]),
    (TokenSpec::Palette(7), 5, SequenceSource::Mask, [false; 3]),
    (TokenSpec::Gray(9), 5, SequenceSource::Uniform, [false; 3]),
    (TokenSpec::Palette(7), 0, SequenceSource::Uniform, [false; 3]),
    (TokenSpec::Gray(9), 5, SequenceSource::Mask, [true; 3]),
    (TokenSpec::Palette(7), 0, SequenceSource::Uniform, [false, true, true]),
];

/// The largest difference over the largest value.
fn apart(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let most = expected.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    found.iter().zip(expected).fold(0.0f32, |apart, (a, b)| apart.max((a - b).abs())) / most.max(1e-6)
}

fn agree_on(device: &Device) {
    for (spec, classes, source, attention) in CASES {
        let net = with_attention(spec, classes, source, attention);
        let batch = batch(&net);
        let on_device = DeviceNet::new(&net, device);
        let values = on_device.values(&net.values);
        let told: Vec<Told> = batch.iter().map(|e| Told { class: e.class, kappa: e.kappa }).collect();
        let states: Vec<u16> = batch.iter().flat_map(|e| e.state.clone()).collect();
        let parameters = on_device.parameters(&values);
        let [outputs, base] = on_device.infer(&parameters, &told, &states).expect("an answer");
        let prepared = net.prepare(false);
        let mut pass = Pass::default();
        let (mut all, mut bases) = (Vec::new(), Vec::new());
        for (told, example) in told.iter().zip(&batch) {
            net.infer(&prepared, *told, &example.state, &mut pass);
            all.extend_from_slice(&pass.outputs);
            bases.extend_from_slice(&pass.features.base);
        }
        assert!(apart(&base, &bases) < 1e-5, "{spec} {source}: bases {}", apart(&base, &bases));
        assert!(apart(&outputs, &all) < 1e-4, "{spec} {source}: outputs {}", apart(&outputs, &all));
        let mut room = Gradients::default();
        let expected = net.gradient(&batch, &mut room);
        let (loss, gradient) =
            on_device.part_of_gradient(&values, (&batch, batch.len()), Products::Single).expect("a gradient");
        assert!((loss - expected).abs() < 1e-4 * expected, "{spec} {source}: {loss} {expected}");
        let gradient = gradient.into_data().try_to_vec::<f32>().expect("numbers");
        let mut start = 0;
        for (name, shape) in net.arrays() {
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            let apart = apart(&gradient[range.clone()], &room.total[range]);
            assert!(apart < 1e-4, "{spec} {source} {name}: {apart}");
        }
    }
}

#[test]
fn both_engines_agree_on_the_cpu() {
    agree_on(&Device::flex());
}

/// The gradients of a batch in both precisions.
fn both_precisions(net: &ImageNet, device: &Device) -> [(f64, Vec<f32>); 2] {
    let (batch, on_device) = (batch(net), DeviceNet::new(net, device));
    let values = on_device.values(&net.values);
    [Products::Single, Products::Half].map(|products| {
        let found = on_device.part_of_gradient(&values, (&batch, batch.len()), products);
        let (loss, gradient) = found.expect("a gradient");
        (loss, gradient.into_data().try_to_vec::<f32>().expect("numbers"))
    })
}

#[test]
fn products_in_half_precision_are_off_in_the_third_digit() {
    for (spec, classes, source, attention) in CASES {
        let net = with_attention(spec, classes, source, attention);
        let [(full, expected), (loss, gradient)] = both_precisions(&net, &Device::flex());
        let what = format!("{spec} {source}");
        assert!(loss != full && (loss - full).abs() < 2e-3 * full, "{what}: {loss} {full}");
        let apart = apart(&gradient, &expected);
        assert!(apart < 0.02, "{what}: {apart}");
    }
}

#[test]
fn a_gradient_too_large_for_half_precision_is_asked_for_at_smaller_scales() {
    let (names, values) =
        (vec![("a".to_owned(), vec![2, 1])], Tensor::from_data([1.0f32, 2.0], &Device::flex()));
    let learnt = |products, times: f32| {
        let rows = Tensor::<2>::from_data([[3.0f32, 5.0]], &Device::flex());
        let loss = |p: &Parameters| p.product(rows.clone(), p.array(&(0..2), [2, 1])).reshape([1]) * times;
        let parameters = Parameters::learning(&names, &values, products);
        let (loss, gradient) = parameters.learn(loss).expect("a gradient");
        (loss, gradient.into_data().try_to_vec::<f32>().expect("numbers"))
    };
    for times in [1.0, 100.0, 1000.0] {
        let expected = (13.0 * f64::from(times), vec![3.0 * times, 5.0 * times]);
        assert_eq!(learnt(Products::Half, times), expected);
        assert_eq!(learnt(Products::Single, times), expected);
    }
    assert!(learnt(Products::Half, 1e6).0.is_nan(), "it says that there is none");
}

/// A network that says something, and the same on a device.
fn denoisers(spec: TokenSpec, classes: usize, source: SequenceSource) -> [ImageDenoiser; 2] {
    let net = Arc::new(small(spec, classes, source));
    let on_device = DeviceNet::new(&net, &Device::flex());
    let values = on_device.values(net.values());
    [ImageDenoiser::new(net.clone()), ImageDenoiser::of_values(net, on_device, &values)]
}

#[test]
fn answers_that_stay_on_a_device_are_those_of_the_cpu() {
    for (spec, classes, source, _) in CASES {
        let both = denoisers(spec, classes, source);
        let mut kinds: Vec<[Box<dyn SequenceDenoiser>; 2]> = vec![both.clone().map(|net| Box::new(net) as _)];
        if classes > 0 {
            let of_class = both.map(|net| net.of_class(2).expect("a class"));
            let guided = |net| Box::new(GuidedImages::new(net, 2.5).expect("guided")) as _;
            kinds.push(of_class.map(guided));
        }
        for [cpu, device] in kinds {
            let (n, k) = (cpu.tokens(), cpu.values());
            // More than go through the network together, at every κ; with a mask source some tokens are known.
            let count = AT_ONCE + 3;
            let top = source.vocabulary(k);
            let states: Vec<u16> = (0..count * n).map(|i| (i * i % 31 % top) as u16).collect();
            let kappas: Vec<Kappa> = (0..count).map(|b| Kappa::new(b as f64 / (count - 1) as f64)).collect();
            let [cpu, device] = [cpu, device].map(|net| net.ask_batch(&states, &kappas).expect("an answer"));
            let places: Vec<Place> = (0..count)
                .step_by(5)
                .chain([count - 1])
                .flat_map(|sequence| (0..n).map(move |token| Place { sequence, token }))
                .collect();
            let what = format!("{spec} {source}");
            let entropies = [&cpu, &device].map(|answer| answer.entropy(&places).expect("entropies"));
            for (a, b) in entropies[0].iter().zip(&entropies[1]) {
                assert!((a - b).abs() < 1e-4, "{what}: {a} and {b} bits");
            }
            let number = |i: usize| (i as f64 * 0.618_034).fract();
            let drawn: Vec<(Place, f64)> =
                places.iter().enumerate().map(|(i, place)| (*place, number(i))).collect();
            for temperature in [1.0, 0.6, 0.0] {
                let values = [&cpu, &device].map(|answer| answer.draw(&drawn, temperature).expect("values"));
                let same = values[0].iter().zip(&values[1]).filter(|(a, b)| a == b).count();
                // One number draws by component from a mixture on the CPU, and there first decides whether a token
                // of the uniform source stays: other values, with the same probabilities.
                let by_all_values = spec == TokenSpec::Palette(7) && source == SequenceSource::Mask;
                if by_all_values || temperature != 1.0 {
                    assert!(same as f64 > 0.998 * values[0].len() as f64, "{what} {temperature}: {same}");
                }
                let asked: Vec<(Place, u16)> =
                    places.iter().zip(&values[0]).map(|(place, value)| (*place, *value)).collect();
                let logs = [&cpu, &device].map(|answer| answer.log_probability(&asked).expect("logarithms"));
                for (a, b) in logs[0].iter().zip(&logs[1]) {
                    assert!((a - b).abs() < 1e-3, "{what} {temperature}: {a} and {b}");
                }
            }
        }
    }
}

#[test]
fn draws_on_a_device_have_their_probabilities_as_shares() {
    let [cpu, device] = denoisers(TokenSpec::Gray(9), 0, SequenceSource::Mask);
    let state = vec![9; device.tokens()];
    let answer = device.ask_batch(&state, &[Kappa::START]).expect("an answer");
    let mut p = vec![0.0; 9];
    cpu.ask(&state, &[Kappa::START]).expect("an answer").distribution(0, 5, &mut p);
    let count = 4096;
    let place = Place { sequence: 0, token: 5 };
    let asked: Vec<(Place, f64)> =
        (0..count).map(|i| (place, (f64::from(i) + 0.5) / f64::from(count))).collect();
    let values = answer.draw(&asked, 1.0).expect("values");
    for (value, p) in p.iter().enumerate() {
        let share = values.iter().filter(|x| usize::from(**x) == value).count() as f64 / f64::from(count);
        assert!((share - p).abs() < 2.0 / f64::from(count), "{value}: {share} {p}");
    }
    // The number nearest to 1 is a value, too.
    assert!(answer.draw(&[(place, 1.0 - f64::EPSILON / 2.0)], 1.0).expect("a value")[0] < 9);
}
