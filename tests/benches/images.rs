//! The network for images: a training step, and a pass over 64 images, as `tests/peer/image_network.py` times them in
//! PyTorch; and what a picture of a wall of 64 images costs while it is played.

use dfm_explorer::data::codec::image::{TokenSpec, Tokenizer};
use dfm_explorer::denoiser::sequence::{Independent, SequenceDenoiser as _};
use dfm_explorer::flow::{Corrector, Kappa, SequenceSource};
use dfm_explorer::model::sequence::{
    Example, Gradients, ImageDenoiser, ImageNet, ImageNetConfig, Trained as _,
};
use dfm_explorer::sampler::sequence::{SequenceConfig, SequenceSetup, SequenceTrace, run_sequences};
use dfm_explorer::view::sequence::Wall;
use divan::Bencher;
use divan::counter::ItemsCount;
use std::ops::ControlFlow;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn network() -> ImageNet {
    let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(256), 32, None).expect("a tokenizer");
    let config = ImageNetConfig::for_tokens(&tokenizer, 10, SequenceSource::Mask);
    ImageNet::new(config, &tokenizer, 0).expect("a network")
}

/// Images half of whose tokens are masked.
fn examples(count: usize) -> Vec<Example> {
    let data = |n: usize| (0..3072).map(|token| ((7 * token + 31 * n) % 256) as u16).collect::<Vec<_>>();
    let example = |n: usize| {
        let data = data(n);
        let known = |token: usize| (token * token + n) % 7 < 4;
        let state = data.iter().enumerate().map(|(token, x)| if known(token) { *x } else { 256 }).collect();
        Example { data, state, kappa: Kappa::new(0.5), class: Some((n % 10) as u16), dropout: None }
    };
    (0..count).map(example).collect()
}

/// The gradient of a batch of 32.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn gradient(bencher: Bencher) {
    let (net, batch, mut room) = (network(), examples(32), Gradients::default());
    bencher.counter(ItemsCount::new(32usize)).bench_local(|| net.gradient(&batch, &mut room));
}

/// A pass over 64.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn pass(bencher: Bencher) {
    let denoiser = ImageDenoiser::new(Arc::new(network()));
    let states: Vec<u16> = examples(64).into_iter().flat_map(|example| example.state).collect();
    let kappas = vec![Kappa::new(0.5); 64];
    bencher
        .counter(ItemsCount::new(64usize))
        .bench_local(|| denoiser.ask(&states, &kappas).expect("an answer"));
}

/// The next frame of a stored trace of 64 images of 3,072 tokens and 64 steps with a corrector, as pixels: a wall that
/// plays needs one every 33 ms.
#[divan::bench(sample_count = 100, sample_size = 1)]
fn play(bencher: Bencher) {
    let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(256), 32, None).expect("a tokenizer");
    let set: Vec<u8> = (0..20 * 3072usize).map(|n| (n * n / 11 % 256) as u8).collect();
    let denoiser = Independent::new(set, 3072, 256, 0.5, SequenceSource::Mask).expect("a denoiser");
    let config = SequenceConfig { corrector: Corrector::IMAGES, ..SequenceConfig::default() };
    let setup = SequenceSetup { denoiser: &denoiser, config, count: 64, first: 0, given: None };
    let mut trace = SequenceTrace::new(3072);
    run_sequences(setup, |moment| {
        trace.record(moment);
        ControlFlow::Continue(())
    })
    .expect("a run");
    let (wall, last) = (Wall::of(&tokenizer, 64), trace.frames().len() - 1);
    let (mut states, mut frame) = (trace.states(0), 0);
    bencher.bench_local(|| {
        let next = if frame == last { 0 } else { frame + 1 };
        states = trace.carried(&states, frame, next);
        frame = next;
        wall.pixels(&states).expect("a picture")
    });
}
