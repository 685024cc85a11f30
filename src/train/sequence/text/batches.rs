//! Which texts a step sees, and how much of them: a function of the seed and the step's number.

use super::{Prompt, TextTrainConfig};
use crate::data::language::TextSet;
use crate::flow::{Kappa, SequenceSource};
use crate::model::sequence::{Dropout, TextExample, TextNetConfig};
use crate::random::{Purpose, stream};
use rand::seq::SliceRandom as _;
use rand::{Rng, RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// The batch of step `number`. How much of each text is known is stratified over the batch.
pub(super) fn batch(
    config: &TextTrainConfig,
    network: &TextNetConfig,
    texts: &TextSet,
    number: u64,
) -> Vec<TextExample> {
    let mut rng = stream(config.seed, Purpose::Batches, number);
    let seeds: Vec<u64> = (0..config.batch).map(|_| rng.next_u64()).collect();
    let each = seeds.into_par_iter().enumerate();
    each.map(|(j, seed)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let data = texts.text(&mut || rng.random());
        let place = (j as f64 + rng.random::<f64>()) / config.batch as f64;
        let prompt = config.prompts[rng.random_range(0..config.prompts.len())];
        let dropout = (config.dropout > 0.0).then_some(Dropout { seed, share: config.dropout });
        TextExample { dropout, ..example(network, prompt, data, place, &mut rng) }
    })
    .collect()
}

/// Texts \[B, N\] that are held out, each on its way once, always in the same way.
pub(super) fn asked(config: &TextTrainConfig, network: &TextNetConfig, texts: &[u16]) -> Vec<TextExample> {
    let count = texts.len() / network.tokens;
    let each = texts.par_chunks_exact(network.tokens).enumerate();
    each.map(|(j, text)| {
        let mut rng = stream(0, Purpose::Bound, j as u64);
        // Neighbours are not alike: the strata go through the texts in another order.
        let stratum = j * 0x9e37 % count.max(1);
        let place = (stratum as f64 + rng.random::<f64>()) / count as f64;
        let prompt = config.prompts[j % config.prompts.len()];
        example(network, prompt, text.to_vec(), place, &mut rng)
    })
    .collect()
}

/// A text on its way, of which the `prompt` is given. With a mask source m of the other tokens are masked, m ~ U{1…} by the
/// `place` in \[0, 1) that it has there; with the uniform one κ is that place. A causal network sees what comes before: it
/// learns what comes after the prompt, and what is open within it is hidden.
pub(super) fn example(
    network: &TextNetConfig,
    prompt: Prompt,
    data: Vec<u16>,
    place: f64,
    rng: &mut impl Rng,
) -> TextExample {
    let n = data.len();
    let given = prompt.draw(&data, rng);
    let unknown = network.values as u16;
    let mut state = data.clone();
    let mut kappa = Kappa::END;
    let learnt: Vec<u16> = if network.causal {
        let after = given.iter().rposition(|given| *given).map_or(0, |last| last + 1);
        (0..after).filter(|i| !given[*i]).for_each(|i| state[i] = unknown);
        (after..n).map(|i| i as u16).collect()
    } else {
        let mut open: Vec<u16> = (0..n).filter(|i| !given[*i]).map(|i| i as u16).collect();
        match network.source {
            SequenceSource::Mask => {
                let masked = ((place * open.len() as f64) as usize + 1).min(open.len());
                let (masked, _) = open.partial_shuffle(rng, masked);
                masked.sort_unstable();
                let learnt = masked.to_vec();
                learnt.iter().for_each(|i| state[usize::from(*i)] = unknown);
                kappa = Kappa::new(1.0 - learnt.len() as f64 / n as f64);
                learnt
            }
            SequenceSource::Uniform => {
                kappa = Kappa::new(place);
                for i in &open {
                    if rng.random::<f64>() >= kappa.value {
                        state[usize::from(*i)] = rng.random_range(0..unknown);
                    }
                }
                open
            }
        }
    };
    TextExample { data, state, learnt, kappa, dropout: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::language::TextSource;

    fn of(source: &str, flow: SequenceSource, causal: bool, prompts: &[Prompt]) -> Vec<TextExample> {
        let texts = source.parse::<TextSource>().and_then(|source| source.load(None)).expect("texts");
        let network = TextNetConfig::new(texts.tokens, texts.values(), flow, causal);
        let config = TextTrainConfig { batch: 96, prompts: prompts.to_vec(), ..TextTrainConfig::default() };
        let all = batch(&config, &network, &texts, 3);
        let states = |batch: &[TextExample]| batch.iter().map(|e| e.state.clone()).collect::<Vec<_>>();
        assert_eq!(states(&batch(&config, &network, &texts, 3)), states(&all));
        assert!(states(&batch(&config, &network, &texts, 4)) != states(&all));
        all
    }

    #[test]
    fn as_many_tokens_are_masked_as_their_stratum_says() {
        for (j, e) in of("sums", SequenceSource::Mask, false, &[Prompt::Nothing]).iter().enumerate() {
            // 96 texts of 64 tokens: two of each number in three.
            assert!((e.learnt.len() as f64 - 64.0 * (j as f64 + 0.5) / 96.0).abs() <= 1.0, "{j}");
            for (i, (state, data)) in e.state.iter().zip(&e.data).enumerate() {
                let masked = e.learnt.contains(&(i as u16));
                assert_eq!(*state, if masked { 14 } else { *data });
            }
        }
        let noisy = of("sums", SequenceSource::Uniform, false, &[Prompt::Nothing]);
        let kept: usize =
            noisy.iter().map(|e| e.state.iter().zip(&e.data).filter(|(a, b)| a == b).count()).sum();
        let share = kept as f64 / (96.0 * 64.0);
        assert!((share - (0.5 + 0.5 / 14.0)).abs() < 0.03, "{share}");
    }

    #[test]
    fn what_is_given_is_never_masked_and_what_a_causal_network_learns_comes_after_it() {
        for prompt in Prompt::ALL {
            assert_eq!(prompt.to_string().parse(), Ok(prompt));
            for e in of("programs", SequenceSource::Mask, false, &[prompt]) {
                let shown = match prompt {
                    Prompt::Nothing | Prompt::Prefix => 0..0,
                    Prompt::Docstring => 0..28,
                    Prompt::Examples | Prompt::Hidden => 12..28,
                };
                assert_eq!(e.state[shown.clone()], e.data[shown]);
                assert!(!e.learnt.is_empty());
            }
            for e in of("programs", SequenceSource::Mask, true, &[prompt]) {
                let first = usize::from(e.learnt[0]);
                assert_eq!(e.learnt, (first as u16..48).collect::<Vec<_>>());
                assert_eq!(e.state[first..], e.data[first..]);
                if prompt == Prompt::Examples {
                    assert!(first == 28 && e.state[..12] == [35; 12]);
                }
            }
        }
        assert!("all".parse::<Prompt>().is_err());
    }
}
