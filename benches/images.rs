//! The network for images: a training step, and a pass over 64 images, as `tests/peer/image_network.py` times them in
//! PyTorch.

use dfm_explorer::data::tokens::{TokenSpec, Tokenizer};
use dfm_explorer::denoiser::sequence::SequenceDenoiser as _;
use dfm_explorer::flow::{Kappa, SequenceSource};
use dfm_explorer::model::image::{Example, Gradients, ImageDenoiser, ImageNet, ImageNetConfig};
use divan::Bencher;
use divan::counter::ItemsCount;
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
        Example { data, state, kappa: Kappa::new(0.5), class: Some((n % 10) as u16) }
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
