//! Gradients against differences, both engines against each other, and texts from left to right.

use super::device::DeviceTextNet;
use super::pass::TextPass;
use super::*;
use crate::denoiser::sequence::SequenceDenoiser;
use crate::flow::{Kappa, SequenceSource};
use crate::model::sequence::{Dropout, Gradients, Products, Trained, TrainedOnDevice};
use burn::tensor::Device;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Source, whether it is causal, whether it has convolutions, and how many blocks attention follows.
type Case = (SequenceSource, bool, bool, usize);

const MASK: Case = (SequenceSource::Mask, false, true, 0);
const UNIFORM: Case = (SequenceSource::Uniform, false, true, 0);
const CAUSAL: Case = (SequenceSource::Mask, true, true, 0);
const CASES: [Case; 5] = [
    MASK,
    UNIFORM,
    CAUSAL,
    (SequenceSource::Mask, false, true, 2),
    (SequenceSource::Uniform, false, false, 2),
];

/// A network that says something.
fn small((source, causal, convolution, attention): Case) -> TextNet {
    let sizes = TextNetConfig::new(19, 7, source, causal);
    let config = TextNetConfig { width: 16, blocks: 3, expansion: 2, convolution, attention, ..sizes };
    let mut net = TextNet::new(config, 3).expect("a network");
    // Away from its first weights everything has a gradient.
    net.values.iter_mut().enumerate().for_each(|(n, x)| *x += 0.1 * (n as f32 * 0.7).sin());
    net
}

fn batch(config: TextNetConfig) -> Vec<TextExample> {
    let example = |n: u16| {
        let data: Vec<u16> = (0..19).map(|i: u16| (i * i + 3 * n + i / 4) % 7).collect();
        let noise = |i: u16| match (config.causal, config.source) {
            (true, _) => data[usize::from(i)],
            (_, SequenceSource::Mask) => 7,
            (_, SequenceSource::Uniform) => (i + n) % 7,
        };
        let is_noise = |i: u16| !(i * 5 + n).is_multiple_of(3);
        let state = (0..19).map(|i| if is_noise(i) { noise(i) } else { data[usize::from(i)] }).collect();
        let learns = |i: &u16| config.causal || config.source == SequenceSource::Uniform || is_noise(*i);
        let dropout = (n == 2).then_some(Dropout { seed: 5, share: 0.3 });
        let learnt = (0..19).filter(learns).collect();
        TextExample { data, state, learnt, kappa: Kappa::new(0.2 + 0.1 * f64::from(n)), dropout }
    };
    (0..5).map(example).collect()
}

#[test]
fn gradients_are_those_of_differences() {
    for case in CASES {
        let mut net = small(case);
        let batch = batch(net.config());
        let mut room = Gradients::default();
        net.gradient(&batch, &mut room);
        let gradient = room.total.clone();
        let mut start = 0;
        for (name, shape) in net.arrays().to_vec() {
            // Along the gradient of one array the loss grows by its length.
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            let length = gradient[range.clone()].iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            assert!(length > 1e-6, "{case:?} {name} has no gradient");
            let step = 1e-3 / length.max(0.02);
            let mut at = |step: f64| {
                let before = net.values.clone();
                for (x, g) in net.values[range.clone()].iter_mut().zip(&gradient[range.clone()]) {
                    *x += (step * f64::from(*g) / length) as f32;
                }
                let loss = net.gradient(&batch, &mut room);
                net.values = before;
                loss
            };
            let difference = (at(step) - at(-step)) / (2.0 * step);
            let apart = (difference - length).abs();
            assert!(apart < 0.05 * length + 3e-5, "{case:?} {name}: {difference} {length}");
        }
    }
}

/// The largest difference over the largest value.
fn apart(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let most = expected.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    found.iter().zip(expected).fold(0.0f32, |apart, (a, b)| apart.max((a - b).abs())) / most.max(1e-6)
}

/// That a device computes the same logits, loss and gradient.
fn agree_on(device: &Device) {
    for case in CASES {
        let net = small(case);
        let batch = batch(net.config());
        let on_device = DeviceTextNet::new(&net, device);
        let values = on_device.values(net.values());
        let states: Vec<u16> = batch.iter().flat_map(|e| e.state.clone()).collect();
        let kappas: Vec<Kappa> = batch.iter().map(|e| e.kappa).collect();
        let parameters = on_device.parameters(&values);
        let found = on_device.infer(&parameters, &kappas, &states).expect("an answer");
        let (prepared, mut pass, mut expected) = (net.prepare(false), TextPass::default(), Vec::new());
        for example in &batch {
            net.infer(&prepared, example.kappa, &example.state, &mut pass);
            expected.extend_from_slice(&pass.outputs);
        }
        assert!(apart(&found, &expected) < 1e-4, "{case:?}: {}", apart(&found, &expected));
        let mut room = Gradients::default();
        let expected = net.gradient(&batch, &mut room);
        let (loss, gradient) =
            on_device.part_of_gradient(&values, (&batch, batch.len()), Products::Single).expect("a gradient");
        assert!((loss - expected).abs() < 1e-4 * expected, "{case:?}: {loss} {expected}");
        let gradient = gradient.into_data().try_to_vec::<f32>().expect("numbers");
        let mut start = 0;
        for (name, shape) in net.arrays() {
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            let apart = apart(&gradient[range.clone()], &room.total[range]);
            assert!(apart < 1e-4, "{case:?} {name}: {apart}");
        }
    }
}

#[test]
fn both_engines_agree_on_the_cpu() {
    agree_on(&Device::flex());
}

#[test]
fn a_gradient_is_broken_off_within_a_text_and_then_is_none() {
    for case in CASES {
        let net = small(case);
        let (batch, mut room) = (batch(net.config()), Gradients::default());
        let looks = AtomicUsize::new(0);
        let after = |most: usize| {
            looks.store(0, Ordering::Relaxed);
            move |looks: &AtomicUsize| looks.fetch_add(1, Ordering::Relaxed) < most
        };
        let all = after(usize::MAX);
        let whole = net.gradient_while(&batch, &mut room, &|| all(&looks));
        // Before each text, and before each of its three blocks on both ways.
        assert_eq!(looks.load(Ordering::Relaxed), 5 * (1 + 3 + 3), "{case:?}");
        for most in [0, 1, 4, 20] {
            let some = after(most);
            assert_eq!(net.gradient_while(&batch, &mut room, &|| some(&looks)), None, "{case:?} {most}");
        }
        // Nothing of it is left.
        assert_eq!(whole, Some(net.gradient(&batch, &mut room)));
    }
}

#[test]
fn outputs_are_the_same_to_the_last_bit_without_a_way_back() {
    for case in CASES {
        let net = small(case);
        let prepared = net.prepare(false);
        let (mut with, mut without) = (TextPass::default(), TextPass::default());
        for TextExample { state, kappa, .. } in batch(net.config()) {
            net.forward(&prepared, (kappa, None), &state, &mut with, &|| true);
            net.infer(&prepared, kappa, &state, &mut without);
            assert_eq!(with.outputs, without.outputs);
        }
    }
}

#[test]
fn a_denoiser_answers_with_distributions_and_keeps_what_is_known() {
    for case in [MASK, UNIFORM] {
        let net = Arc::new(small(case));
        let on_device = DeviceTextNet::new(&net, &Device::flex());
        let values = on_device.values(net.values());
        let denoiser = TextDenoiser::new(net.clone()).expect("a denoiser");
        let other = TextDenoiser::of_values(net.clone(), on_device, &values).expect("a denoiser");
        let examples = batch(net.config());
        let states: Vec<u16> = examples.iter().flat_map(|e| e.state.clone()).collect();
        let kappas: Vec<Kappa> = examples.iter().map(|e| e.kappa).collect();
        let [answer, other] = [&denoiser, &other].map(|d| d.ask(&states, &kappas).expect("an answer"));
        let (mut p, mut q) = ([0.0; 7], [0.0; 7]);
        for (at, &here) in states.iter().enumerate() {
            answer.distribution(at / 19, at % 19, &mut p);
            other.distribution(at / 19, at % 19, &mut q);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-5);
            assert!(p.iter().zip(q).all(|(p, q)| (p - q).abs() < 1e-4));
            if case == MASK && here < 7 {
                assert_eq!(p[usize::from(here)], 1.0);
            }
        }
        assert!(Reader::new(net).is_err(), "it does not foretell");
    }
}

#[test]
fn a_reader_writes_what_it_says_and_foretells_from_what_is_before_alone() {
    let net = Arc::new(small(CAUSAL));
    assert!(TextDenoiser::new(net.clone()).is_err(), "it is no denoiser");
    let reader = Reader::new(net.clone()).expect("a reader");
    let prepared = net.prepare(false);
    let mut given = vec![None; 19];
    given[4] = Some(3);
    let mut writing = reader.begin((0, 30), Some(&given), 1.0, 8);
    let mut steps = 0;
    while writing.step() {
        steps += 1;
    }
    let texts = writing.states();
    assert_eq!((steps, texts.len(), writing.written()), (19, 30 * 19, 19));
    assert!(texts.chunks(19).all(|text| text[4] == 3 && text.iter().all(|x| *x < 7)));
    // The same text whatever is written beside it, and as cold as can be the likeliest tokens of a whole pass.
    let mut one = reader.begin((29, 1), Some(&given), 1.0, 8);
    while one.step() {}
    assert_eq!(one.states(), texts[29 * 19..]);
    let mut cold = reader.begin((0, 1), None, 1e-6, 8);
    while cold.step() {}
    let text = cold.states();
    let mut pass = TextPass::default();
    net.infer(&prepared, Kappa::END, &text, &mut pass);
    let likeliest = |row: &[f32]| (0..7).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0) as u16;
    assert_eq!(pass.outputs.chunks(7).map(likeliest).collect::<Vec<_>>(), text);
    let before = pass.outputs.clone();
    let mut other = text.clone();
    other[10] = (other[10] + 1) % 7;
    net.infer(&prepared, Kappa::END, &other, &mut pass);
    assert_eq!(pass.outputs[..11 * 7], before[..11 * 7]);
    assert!(pass.outputs[11 * 7..] != before[11 * 7..]);
    // Probabilities of a text's tokens multiply.
    let logs = reader.log_probabilities(&texts);
    assert!(logs.len() == 30 && logs.iter().all(|log| *log < 0.0 && log.is_finite()));
}
