//! Against enumeration of all texts: the twins of check_text.py, sections 1, 2 and 7.

use super::*;
use crate::denoiser::sequence::Empirical;
use crate::denoiser::sequence::testing::{KAPPAS, all_states, distribution_of, few_sequences};
use crate::flow::sequence::Edge;
use crate::flow::sequence::testing::{Numbers, random_hmm, random_pdfa, table};

const N: usize = 5;
const K: usize = 3;

fn languages() -> [Arc<Automaton>; 3] {
    let numbers = &mut Numbers::new(7);
    [
        random_hmm(numbers, 4, K, 6, true).into(),
        random_pdfa(numbers, 4, K, 2).into(),
        random_hmm(numbers, 9, K, 4, false).into(),
    ]
}

fn denoiser(language: &Arc<Automaton>, source: SequenceSource) -> AutomatonDenoiser {
    AutomatonDenoiser::new(language.clone(), N, source).expect("a language")
}

/// p_{1|t} and ln p_t by enumeration.
fn brute(texts: &[(Vec<u16>, f64)], e: &Emissions) -> (Vec<f64>, f64) {
    let mut p = vec![0.0; N * K];
    let mut total = 0.0;
    for (text, q) in texts {
        let weight =
            q * text.iter().enumerate().map(|(i, &v)| e.of_token(i)[usize::from(v)]).product::<f64>();
        total += weight;
        text.iter().enumerate().for_each(|(i, &v)| p[i * K + usize::from(v)] += weight);
    }
    p.iter_mut().for_each(|p| *p /= total);
    (p, total.ln())
}

fn far(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Any V × V path, a pmf source, or a noised text: e of all kinds.
fn emissions(numbers: &mut Numbers, way: usize, text: &[u16]) -> Emissions {
    let kappa = Kappa::new([0.4, 0.4, 0.9, 0.3, 0.5][way]);
    let noised = |numbers: &mut Numbers| -> Vec<u16> {
        text.iter().map(|&v| if numbers.unit() < kappa.value { v } else { numbers.below(K) as u16 }).collect()
    };
    match way {
        0 => {
            let seen: Vec<u16> =
                text.iter().map(|&v| if numbers.unit() < kappa.value { v } else { K as u16 }).collect();
            Emissions::of(&seen, None, SequenceSource::Mask, K, kappa)
        }
        1 | 2 => Emissions::of(&noised(numbers), None, SequenceSource::Uniform, K, kappa),
        3 => {
            let noise = numbers.simplex(K);
            Emissions::from_noise(&noised(numbers), None, Some(&noise), K, kappa)
        }
        _ => Emissions::new((0..N).flat_map(|_| numbers.simplex(K)).collect(), K),
    }
}

#[test]
fn posteriors_of_every_path_are_those_of_enumeration() {
    let numbers = &mut Numbers::new(1);
    for language in languages() {
        let texts = table(&language, N);
        let exact = denoiser(&language, SequenceSource::Uniform);
        for way in 0..5 {
            // An odd number, so that the last vector is not full.
            let all: Vec<Emissions> = (0..27)
                .map(|_| {
                    let text = exact.joint(&[0; N], Kappa::START, &mut || numbers.unit());
                    emissions(numbers, way, &text)
                })
                .collect();
            let found = exact.posterior(&all);
            for (n, e) in all.iter().enumerate() {
                let (p, log) = brute(&texts, e);
                assert!(far(&found.p[n * N * K..][..N * K], &p) < 1e-13, "path {way}");
                assert!((found.log_probability[n] - log).abs() < 1e-12, "path {way}");
                // Alone it is the same to the last bit.
                let alone = exact.posterior(&all[n..=n]);
                assert_eq!(alone.p, found.p[n * N * K..][..N * K]);
                assert_eq!(alone.log_probability[0], found.log_probability[n]);
            }
            assert_eq!(found.wrong, [0; 27]);
        }
    }
}

#[test]
fn what_is_left_out_gives_the_share_of_data_and_the_noise() {
    // r ∝ p/e; ρ = κ r(z) / (κ r(z) + (1−κ) p₀(z)); p_{1|t} = (1−ρ) r + ρ δ_z.
    let numbers = &mut Numbers::new(2);
    for language in languages() {
        let exact = denoiser(&language, SequenceSource::Uniform);
        for kappa in [0.3, 0.9].map(Kappa::new) {
            let state: Vec<u16> = (0..N).map(|_| numbers.below(K) as u16).collect();
            let p = exact.posteriors(&state, &[kappa]).expect("states").p;
            let e = exact.emissions(&state, kappa);
            for (token, p) in p.chunks(K).enumerate() {
                let r: Vec<f64> = p.iter().zip(e.of_token(token)).map(|(p, e)| p / e).collect();
                let total: f64 = r.iter().sum();
                let z = usize::from(state[token]);
                let from_data = kappa.value * r[z] / total;
                let rho = from_data / (from_data + kappa.complement / K as f64);
                for v in 0..K {
                    let mixed = (1.0 - rho) * r[v] / total + if v == z { rho } else { 0.0 };
                    assert!((mixed - p[v]).abs() < 1e-13);
                }
            }
        }
    }
}

#[test]
fn a_joint_draw_has_the_probability_of_its_text() {
    let numbers = &mut Numbers::new(4);
    for language in languages() {
        let texts = table(&language, N);
        let exact = denoiser(&language, SequenceSource::Mask);
        let likely = texts.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("a text");
        let mut state = vec![K as u16; N];
        (state[0], state[3]) = (likely.0[0], likely.0[3]);
        let mut counts = std::collections::BTreeMap::new();
        const DRAWS: usize = 20_000;
        for _ in 0..DRAWS {
            let text = exact.joint(&state, Kappa::START, &mut || numbers.unit());
            *counts.entry(text).or_insert(0.0) += 1.0 / DRAWS as f64;
        }
        let fits = |text: &[u16]| text[0] == state[0] && text[3] == state[3];
        let total: f64 = texts.iter().filter(|(text, _)| fits(text)).map(|(_, q)| q).sum();
        for (text, q) in texts.iter().filter(|(text, _)| fits(text)) {
            let p = q / total;
            let found: f64 = counts.get(text).copied().unwrap_or_default();
            assert!((found - p).abs() < 5.0 * (p / DRAWS as f64).sqrt() + 1e-4, "{text:?}: {found} {p}");
        }
        assert!(counts.keys().all(|text| fits(text) && language.log_weight(text).is_finite()));
        assert!((exact.log_probability(&state, None) - total.ln()).abs() < 1e-12);
    }
}

#[test]
fn what_fits_no_text_is_answered_by_those_with_the_fewest_wrong_tokens() {
    let numbers = &mut Numbers::new(5);
    let mut impossible = 0;
    // A given token is never wrong: texts that have another one are no nearer.
    for (language, is_given) in languages().into_iter().flat_map(|of| [(of.clone(), false), (of, true)]) {
        let mut texts = table(&language, N);
        let mut exact = denoiser(&language, SequenceSource::Mask);
        let likely = texts.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("a text").0[1];
        if is_given {
            texts.retain(|(text, _)| text[1] == likely);
            let given = (0..N).map(|at| (at == 1).then_some(likely)).collect();
            exact = exact.with_given(given).expect("it fits");
        }
        let states: Vec<u16> = (0..60 * N)
            .map(|_| if numbers.unit() < 0.75 { numbers.below(K) as u16 } else { K as u16 })
            .collect();
        let found = exact.posteriors(&states, &[Kappa::START; 60]).expect("states");
        for (n, state) in states.chunks(N).enumerate() {
            let counts = |at: usize| usize::from(state[at]) < K && (at != 1 || !is_given);
            let wrong = |text: &[u16]| (0..N).filter(|at| counts(*at) && state[*at] != text[*at]).count();
            let there = texts.iter().filter(|(_, q)| *q > 0.0);
            let least = there.clone().map(|(text, _)| wrong(text)).min().expect("a text");
            impossible += usize::from(least > 0);
            let nearest: Vec<_> = there.filter(|(text, _)| wrong(text) == least).cloned().collect();
            let (p, log) = brute(&nearest, &Emissions::new(vec![1.0; N * K], K));
            assert!(far(&found.p[n * N * K..][..N * K], &p) < 1e-13, "{state:?}");
            assert_eq!(found.wrong[n], least);
            assert!(is_given || exact.distance(state) == least);
            let expected = if least == 0 { log } else { f64::NEG_INFINITY };
            assert!(
                found.log_probability[n] == expected || (found.log_probability[n] - expected).abs() < 1e-12
            );
            let drawn = exact.joint(state, Kappa::START, &mut || numbers.unit());
            assert!(nearest.iter().any(|(text, _)| *text == drawn), "{state:?}");
        }
        let answer = exact.ask(&states, &[Kappa::START; 60]).expect("an answer");
        assert_eq!(answer.off_support(), found.wrong.iter().filter(|wrong| **wrong > 0).count());
    }
    assert!(impossible > 40, "only {impossible} contexts are impossible");
}

#[test]
fn given_tokens_are_certain_on_every_path() {
    for language in languages() {
        let texts = table(&language, N);
        let likely = texts.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("a text").0.clone();
        let mut given = vec![None; N];
        (given[1], given[4]) = (Some(likely[1]), Some(likely[4]));
        let fitting: Vec<_> =
            texts.iter().filter(|(text, _)| text[1] == likely[1] && text[4] == likely[4]).cloned().collect();
        for source in [SequenceSource::Mask, SequenceSource::Uniform] {
            let exact = denoiser(&language, source).with_given(given.clone()).expect("it fits");
            let mask = exact.source() == SequenceSource::Mask;
            let state: Vec<u16> = (0..N).map(|i| if mask { K as u16 } else { i as u16 % 3 }).collect();
            let kappa = Kappa::new(0.6);
            let e = Emissions::of(&state, None, source, K, kappa);
            let open = Emissions::new(
                (0..N)
                    .flat_map(|i| if given[i].is_some() { vec![1.0; K] } else { e.of_token(i).to_vec() })
                    .collect(),
                K,
            );
            let found = exact.posteriors(&state, &[kappa]).expect("a state");
            assert!(far(&found.p, &brute(&fitting, &open).0) < 1e-13, "{source}");
        }
    }
    let [_, deterministic, _] = languages();
    let none = table(&deterministic, N).into_iter().find(|(_, q)| *q == 0.0).expect("no text").0;
    let refused = denoiser(&deterministic, SequenceSource::Mask)
        .with_given(none.iter().copied().map(Some).collect())
        .expect_err("a contradiction");
    assert!(matches!(refused, SequenceError::Contradiction { wrong: 1.. }), "{refused}");
    let short = denoiser(&deterministic, SequenceSource::Mask).with_given(vec![None; 2]);
    assert!(matches!(short, Err(SequenceError::Batch { .. })));
    let alien = denoiser(&deterministic, SequenceSource::Mask).with_given(vec![Some(3); N]);
    assert!(matches!(alien, Err(SequenceError::Value { .. })));
}

#[test]
fn ln_p_of_a_state_has_kappa_where_it_is_said() {
    let [language, ..] = languages();
    let exact = denoiser(&language, SequenceSource::Mask);
    let state = [0, 3, 3, 3, 3];
    let seen = exact.log_probability(&state, None);
    let kappa = Kappa::new(0.25);
    let expected = seen + 0.25f64.ln() + 4.0 * 0.75f64.ln();
    assert!((exact.log_probability(&state, Some(kappa)) - expected).abs() < 1e-12);
    assert_eq!(exact.log_probability(&state, Some(Kappa::START)), f64::NEG_INFINITY);
    assert!((exact.log_probability(&[3; 5], Some(Kappa::START))).abs() < 1e-12);
    let uniform = denoiser(&language, SequenceSource::Uniform);
    assert!((uniform.log_probability(&[0; 5], Some(Kappa::START)) + 5.0 * 3f64.ln()).abs() < 1e-12);
}

#[test]
fn the_entropy_of_a_deterministic_language_is_that_of_its_texts() {
    let numbers = &mut Numbers::new(9);
    for end in [false, true] {
        let mut language = random_pdfa(numbers, 5, 4, 3);
        if end {
            let edges: Vec<(u32, Edge)> = (0..5)
                .flat_map(|s| language.edges_of(s).iter().map(move |e| (s, *e)).collect::<Vec<_>>())
                .collect();
            let ends = (0..5).map(|_| numbers.unit()).collect();
            language = Automaton::new(4, 5, edges, [(0, 0.5)], Some(ends)).expect("an automaton");
        }
        let expected: f64 =
            table(&language, 6).iter().filter(|(_, q)| *q > 0.0).map(|(_, q)| -q * q.ln()).sum();
        assert!((language.entropy(6).expect("one path") - expected).abs() < 1e-12);
        assert_eq!(language.is_stochastic(), !end);
    }
    assert_eq!(random_hmm(numbers, 4, 3, 6, false).entropy(3), None);
}

#[test]
fn a_set_of_words_is_the_empirical_posterior() {
    let words = few_sequences(6, 3, 3);
    let mut edges = Vec::new();
    let mut states = 1;
    for word in words.chunks(3) {
        let mut from = 0;
        for &label in word {
            edges.push((from, Edge { to: states, label: label.into(), weight: 1.0 }));
            (from, states) = (states, states + 1);
        }
    }
    let language = Arc::new(Automaton::new(3, states as usize, edges, [(0, 1.0)], None).expect("a trie"));
    for source in [SequenceSource::Mask, SequenceSource::Uniform] {
        let ours = AutomatonDenoiser::new(language.clone(), 3, source).expect("words");
        let theirs = Empirical::new(words.clone(), 3, 3, source).expect("words");
        for state in all_states(3, source.vocabulary(3)) {
            for kappa in KAPPAS {
                let [a, b] =
                    [ours.ask(&state, &[kappa]), theirs.ask(&state, &[kappa])].map(|a| a.expect("one"));
                for token in 0..3 {
                    let [a, b] = [&a, &b].map(|answer| distribution_of(&**answer, 3, 0, token));
                    assert!(far(&a, &b) < 1e-12, "{source} {state:?} {kappa:?}: {a:?} {b:?}");
                }
            }
        }
    }
}

#[test]
fn a_language_without_such_a_text_is_refused() {
    let edges = [(0, Edge { to: 1, label: 0, weight: 1.0 })];
    let one = Arc::new(Automaton::new(2, 2, edges, [(0, 1.0)], None).expect("an automaton"));
    let of = |tokens| AutomatonDenoiser::new(one.clone(), tokens, SequenceSource::Mask);
    assert!(of(1).is_ok());
    for tokens in [0, 2] {
        assert_eq!(of(tokens).err(), Some(SequenceError::NoText { tokens }));
    }
    assert!(matches!(of(1 << 23), Err(SequenceError::Large { states: 2, .. })));
}
