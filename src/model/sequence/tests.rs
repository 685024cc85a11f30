//! A whole network: gradients, threads, and answers.

use super::pass::{Pass, Told};
use super::*;
use crate::data::codec::image::{Palette, TokenSpec};
use crate::denoiser::sequence::SequenceDenoiser;
use crate::flow::{Kappa, SequenceSource};
use std::sync::Arc;

fn tokenizer(spec: TokenSpec) -> Tokenizer {
    let colors = |count| (0..count).map(|n: u16| [(n * 37 % 256) as u8, (n * 11) as u8, 255 - n as u8]);
    let palette = match spec {
        TokenSpec::Palette(count) => Some(Palette::new(colors(count).collect()).expect("a palette")),
        _ => None,
    };
    Tokenizer::with_palette(spec, 8, palette).expect("a tokenizer")
}

pub(super) fn small(spec: TokenSpec, classes: usize, source: SequenceSource) -> ImageNet {
    with_attention(spec, classes, source, [false; 3])
}

pub(super) fn with_attention(
    spec: TokenSpec,
    classes: usize,
    source: SequenceSource,
    attention: [bool; 3],
) -> ImageNet {
    let tokenizer = tokenizer(spec);
    let usual = ImageNetConfig::for_tokens(&tokenizer, classes, source);
    let config = ImageNetConfig {
        widths: [16, if attention[1] { 64 } else { 32 }, 16],
        blocks: [1, 2, 1],
        attention,
        ..usual
    };
    let mut net = ImageNet::new(config, &tokenizer, 3).expect("a network");
    // A new network's blocks and head do nothing yet, and so have no gradients to speak of.
    let mut rng = stream(5, Purpose::Weights, 1);
    net.values.iter_mut().for_each(|x| *x += 0.1 * (rng.random::<f32>() - 0.5));
    net
}

pub(super) fn batch(net: &ImageNet) -> Vec<Example> {
    let config = net.config();
    let k = config.values as u16;
    let mut rng = stream(7, Purpose::Batches, 0);
    let mut example = |n: u16| {
        let kappa = Kappa::new((f64::from(n) + 0.5) / 5.0);
        let data: Vec<u16> = (0..config.tokens()).map(|_| rng.random_range(0..k)).collect();
        let state = data.iter().map(|&x| {
            if rng.random::<f64>() < kappa.value {
                return x;
            }
            if config.source == SequenceSource::Mask { k } else { rng.random_range(0..k) }
        });
        let state = state.collect();
        // Of some images some channels are dropped.
        let dropout = (n > 2).then_some(Dropout { seed: u64::from(n), share: 0.2 });
        let class = (n.is_multiple_of(2) && config.classes > 0).then_some(n);
        Example { data, state, kappa, class, dropout }
    };
    (0..5).map(&mut example).collect()
}

#[test]
fn gradients_are_those_of_differences() {
    for (spec, classes, source, attention) in [
        (TokenSpec::Rgb(256), 0, SequenceSource::Mask, [false; 3]),
        (TokenSpec::Palette(7), 5, SequenceSource::Mask, [false; 3]),
        (TokenSpec::Gray(9), 5, SequenceSource::Uniform, [false; 3]),
        (TokenSpec::Gray(9), 5, SequenceSource::Mask, [true, true, true]),
        (TokenSpec::Gray(9), 0, SequenceSource::Uniform, [false, true, true]),
    ] {
        let mut net = with_attention(spec, classes, source, attention);
        let batch = batch(&net);
        let mut room = Gradients::default();
        net.gradient(&batch, &mut room);
        let gradient = room.total.clone();
        assert!(gradient.iter().all(|g| g.is_finite()));
        let mut start = 0;
        for (name, shape) in net.arrays().to_vec() {
            // Along the gradient of one array the loss grows by its length.
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            let length = gradient[range.clone()].iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            assert!(length > 1e-6, "{spec} {name} has no gradient");
            // Far above rounding, and short enough for the loss to be straight.
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
            assert!(
                (difference - length).abs() < 0.05 * length + 3e-5,
                "{spec} {source} {name}: {difference} {length}"
            );
        }
    }
}

#[test]
fn outputs_are_the_same_to_the_last_bit_without_a_way_back() {
    for (spec, source, attention) in [
        (TokenSpec::Rgb(256), SequenceSource::Mask, [false; 3]),
        (TokenSpec::Palette(7), SequenceSource::Uniform, [true; 3]),
    ] {
        let net = with_attention(spec, 3, source, attention);
        let prepared = net.prepare(false);
        let (mut with, mut without) = (Pass::default(), Pass::default());
        // The room of one image is used for the next.
        for Example { state, kappa, class, .. } in batch(&net) {
            let told = Told { class, kappa };
            net.forward(&prepared, (told, None), &state, &mut with);
            net.infer(&prepared, told, &state, &mut without);
            assert_eq!(with.outputs, without.outputs);
        }
    }
}

#[test]
fn a_loss_and_its_gradient_do_not_depend_on_the_threads() {
    let net = small(TokenSpec::Gray(9), 0, SequenceSource::Mask);
    let batch = batch(&net);
    let [one, four] = [1, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let mut room = Gradients::default();
        let loss = pool.install(|| net.gradient(&batch, &mut room));
        (loss, room.total)
    });
    assert!(one == four);
}

#[test]
fn answers_are_distributions_known_tokens_stay_and_a_new_network_says_what_is_around() {
    for (spec, source) in [
        (TokenSpec::Rgb(16), SequenceSource::Mask),
        (TokenSpec::Palette(7), SequenceSource::Mask),
        (TokenSpec::Gray(9), SequenceSource::Uniform),
    ] {
        let net = Arc::new(small(spec, 3, source));
        let denoiser = ImageDenoiser::new(net.clone());
        let (n, k) = (denoiser.tokens(), denoiser.values());
        let examples = batch(&net);
        let states: Vec<u16> = examples.iter().flat_map(|e| e.state.clone()).collect();
        let kappas: Vec<Kappa> = examples.iter().map(|e| e.kappa).collect();
        let answer = denoiser.ask(&states, &kappas).expect("an answer");
        let other = denoiser.of_class(1).expect("a class").ask(&states, &kappas).expect("an answer");
        assert!(denoiser.of_class(3).is_err());
        let (mut p, mut q) = (vec![0.0; k], vec![0.0; k]);
        let mut differ = false;
        for sequence in 0..examples.len() {
            for token in (0..n).step_by(5) {
                let here = usize::from(states[sequence * n + token]);
                answer.distribution(sequence, token, &mut p);
                other.distribution(sequence, token, &mut q);
                differ |= p != q;
                assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-5 && p.iter().all(|p| *p >= 0.0));
                for (value, p) in p.iter().enumerate() {
                    let log = answer.log_probability(sequence, token, value as u16);
                    assert!((log.exp() - p).abs() < 1e-4, "{spec}: {} {p}", log.exp());
                }
                if source == SequenceSource::Mask && here < k {
                    assert_eq!(p[here], 1.0);
                    assert_eq!(usize::from(answer.draw(sequence, token, 1.0, 0.7)), here);
                }
                let mut counts = vec![0.0; k];
                (0..400).for_each(|u| {
                    counts[usize::from(answer.draw(sequence, token, 1.0, (f64::from(u) + 0.5) / 400.0))] +=
                        1.0 / 400.0;
                });
                let worst = counts.iter().zip(&p).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(worst < 0.02, "{spec}: {worst}");
            }
        }
        assert!(differ, "a class changes nothing");
    }
    let net = ImageNet::new(
        ImageNetConfig::for_tokens(&tokenizer(TokenSpec::Gray(256)), 0, SequenceSource::Mask),
        &tokenizer(TokenSpec::Gray(256)),
        0,
    );
    let denoiser = ImageDenoiser::new(Arc::new(net.expect("a network")));
    let mut state = vec![256; 64];
    state[..8].fill(220);
    state[56..].fill(30);
    let answer = denoiser.ask(&state, &[Kappa::new(0.25)]).expect("an answer");
    let mut p = [0.0; 256];
    let mut mean = |token| {
        answer.distribution(0, token, &mut p);
        p.iter().enumerate().map(|(value, p)| value as f64 * p).sum::<f64>()
    };
    assert!(mean(9) > mean(25) && mean(25) > mean(50), "{} {} {}", mean(9), mean(25), mean(50));
}
