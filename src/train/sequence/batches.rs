//! Which images a step sees, and how noisy: a function of the seed and the step's number.

use super::ImageTrainConfig;
use crate::data::codec::image::Tokenizer;
use crate::data::images::Part;
use crate::flow::SequenceSource;
use crate::model::sequence::{Dropout, Example, ImageNetConfig};
use crate::random::{Purpose, stream};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// The batch of step `number`. t is uniform in (0, 1) and stratified over the batch; κ is the scheduler's.
pub(super) fn batch(
    config: &ImageTrainConfig,
    network: &ImageNetConfig,
    tokenizer: &Tokenizer,
    images: &Part,
    number: u64,
) -> Vec<Example> {
    let mut rng = stream(config.seed, Purpose::Batches, number);
    let seeds: Vec<u64> = (0..config.batch).map(|_| rng.next_u64()).collect();
    let each = seeds.into_par_iter().enumerate();
    each.map(|(j, seed)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let index = match images.len() {
            Some(count) => rng.random_range(0..count.max(1)),
            // Of images without end none is seen twice.
            None => number.wrapping_sub(1).wrapping_mul(config.batch as u64) + j as u64,
        };
        let mut pixels = vec![0; tokenizer.side() * tokenizer.side() * 3];
        let label = images.image(index, &mut pixels);
        if config.flips && rng.random() {
            mirror(&mut pixels, tokenizer.side());
        }
        let kappa = config.scheduler.at((j as f64 + rng.random::<f64>()) / config.batch as f64);
        let data = tokenizer.encode(&pixels);
        let noise = |rng: &mut ChaCha8Rng| match network.source {
            SequenceSource::Mask => network.values as u16,
            SequenceSource::Uniform => rng.random_range(0..network.values as u16),
        };
        let state = data
            .iter()
            .map(|&datum| if rng.random::<f64>() < kappa.value { datum } else { noise(&mut rng) })
            .collect();
        let told = network.classes > 0 && rng.random::<f64>() >= config.untold;
        let dropout = (config.dropout > 0.0).then_some(Dropout { seed, share: config.dropout });
        Example { data, state, kappa, class: label.filter(|_| told).map(u16::from), dropout }
    })
    .collect()
}

/// Left becomes right in an image \[side, side, 3\].
pub(super) fn mirror(pixels: &mut [u8], side: usize) {
    for row in pixels.chunks_exact_mut(side * 3) {
        row.as_chunks_mut::<3>().0.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use crate::data::images::ImageSource;

    #[test]
    fn a_batch_is_that_of_its_number_and_as_noisy_as_its_kappa_says() {
        let data = ImageSource::Shapes.load(8, 0).expect("shapes");
        let tokenizer = Tokenizer::new(TokenSpec::Gray(16), &data.train, 0).expect("a tokenizer");
        for source in [SequenceSource::Mask, SequenceSource::Uniform] {
            let network = ImageNetConfig::for_tokens(&tokenizer, 10, source);
            let config = ImageTrainConfig { batch: 200, ..ImageTrainConfig::default() };
            let of = |number| batch(&config, &network, &tokenizer, &data.train, number);
            let all = of(3);
            let states = |batch: &[Example]| batch.iter().map(|e| e.state.clone()).collect::<Vec<_>>();
            assert_eq!(states(&of(3)), states(&all));
            assert!(states(&of(4)) != states(&all));
            for (j, example) in all.iter().enumerate() {
                let within = (j as f64 / 200.0)..((j + 1) as f64 / 200.0);
                assert!(within.contains(&example.kappa.value));
                let same = example.data.iter().zip(&example.state).filter(|(a, b)| a == b).count();
                let most = 64.0 * (example.kappa.value + example.kappa.complement / 16.0) + 26.0;
                assert!((same as f64) < most);
                if source == SequenceSource::Mask {
                    assert!(example.state.iter().zip(&example.data).all(|(s, d)| s == d || *s == 16));
                }
            }
            let kept: usize =
                all.iter().map(|e| e.data.iter().zip(&e.state).filter(|(a, b)| a == b).count()).sum();
            let share = kept as f64 / (200.0 * 64.0);
            let expected = if source == SequenceSource::Mask { 0.5 } else { 0.5 + 0.5 / 16.0 };
            assert!((share - expected).abs() < 0.03, "{share}");
            let untold = all.iter().filter(|e| e.class.is_none()).count();
            assert!((10..60).contains(&untold), "{untold}");
        }
    }

    #[test]
    fn a_mirror_twice_is_none() {
        let image: Vec<u8> = (0..4 * 4 * 3).collect();
        let mut turned = image.clone();
        mirror(&mut turned, 4);
        assert_eq!(turned[..6], [9, 10, 11, 6, 7, 8]);
        mirror(&mut turned, 4);
        assert_eq!(turned, image);
    }
}
