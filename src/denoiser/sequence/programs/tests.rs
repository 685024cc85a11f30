//! Against enumeration of programs times triples: the twin of check_text.py, section 8.

use super::*;

/// Few programs of a small language, its docstrings and bodies as good as random.
fn few() -> Arc<ProgramTable> {
    let count = 40;
    let value = |program: usize, token: usize, below: usize| {
        ((program * 7 + token * token * 3 + program * token) % below) as u8
    };
    let mut table = ProgramTable {
        values: 16,
        docs: Vec::new(),
        outputs: Vec::new(),
        bodies: Vec::new(),
        weights: (0..count).map(|n| (n + 1) as f64 / (count * (count + 1) / 2) as f64).collect(),
        marks: [10, 11, 12],
    };
    for program in 0..count {
        table.docs.extend((0..DOC).map(|token| value(program, token, 16)));
        table.bodies.extend((0..TOKENS - BODY_AT).map(|token| value(program, token + 5, 14)));
        table.outputs.extend((0..INPUTS).map(|x| value(program % 9, x + 1, 97)));
    }
    Arc::new(table)
}

/// Texts, each with its probability.
fn texts(table: &ProgramTable) -> Vec<(Vec<u16>, f64)> {
    let each = |program| triples().map(move |inputs| (program, inputs));
    let text = |(program, inputs)| (table.text(program, inputs), table.weights[program] / TRIPLES);
    (0..table.len()).flat_map(each).map(text).collect()
}

/// p, ln of the weight.
fn brute(texts: &[(Vec<u16>, f64)], e: &Emissions) -> (Vec<f64>, f64) {
    let k = e.values();
    let mut p = vec![0.0; TOKENS * k];
    let mut total = 0.0;
    for (text, q) in texts {
        let weight =
            q * text.iter().enumerate().map(|(i, &v)| e.of_token(i)[usize::from(v)]).product::<f64>();
        total += weight;
        text.iter().enumerate().for_each(|(i, &v)| p[i * k + usize::from(v)] += weight);
    }
    p.iter_mut().for_each(|p| *p /= total);
    (p, total.ln())
}

fn far(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn posteriors_are_those_of_enumeration() {
    let table = few();
    let texts = texts(&table);
    assert_eq!(texts.len(), 40 * 120);
    let mut numbers = crate::flow::sequence::testing::Numbers::new(3);
    for source in [SequenceSource::Mask, SequenceSource::Uniform] {
        let denoiser = ProgramDenoiser::new(table.clone(), source);
        for kappa in [0.0, 0.3, 0.6, 0.9].map(Kappa::new) {
            let masks = ProgramDenoiser::new(table.clone(), SequenceSource::Mask);
            let text = masks.joint(&[16; TOKENS], Kappa::START, &mut || numbers.unit());
            let noise = |numbers: &mut crate::flow::sequence::testing::Numbers| match source {
                SequenceSource::Mask => 16,
                SequenceSource::Uniform => numbers.below(16) as u16,
            };
            let state: Vec<u16> = text
                .iter()
                .map(|&v| if numbers.unit() < kappa.value { v } else { noise(&mut numbers) })
                .collect();
            let e = denoiser.emissions(&state, kappa);
            let (p, log) = brute(&texts, &e);
            let found = denoiser.posterior(&[e]);
            assert!(far(&found.p, &p) < 1e-12, "{source} {kappa:?}");
            assert!((found.log_probability[0] - log).abs() < 1e-11, "{source} {kappa:?}");
            assert_eq!(found.wrong, [0]);
        }
    }
}

#[test]
fn what_fits_no_text_is_answered_by_those_with_the_fewest_wrong_tokens() {
    let table = few();
    let texts = texts(&table);
    let denoiser = ProgramDenoiser::new(table, SequenceSource::Mask);
    let mut numbers = crate::flow::sequence::testing::Numbers::new(4);
    for kept in [3, 6, 12, 48] {
        let mut state = vec![16; TOKENS];
        for at in numbers.choice(TOKENS, kept) {
            state[at] = numbers.below(16) as u16;
        }
        let wrong = |text: &[u16]| state.iter().zip(text).filter(|(z, v)| **z < 16 && z != v).count();
        let least = texts.iter().map(|(text, _)| wrong(text)).min().expect("a text");
        let nearest: Vec<_> = texts.iter().filter(|(text, _)| wrong(text) == least).cloned().collect();
        let (p, _) = brute(&nearest, &Emissions::new(vec![1.0; TOKENS * 16], 16));
        let found = denoiser.posteriors(&state, &[Kappa::START]).expect("a state");
        assert!(least > 0 && far(&found.p, &p) < 1e-12, "{least}");
        assert_eq!((found.wrong[0], denoiser.distance(&state)), (least, least));
        let text = denoiser.joint(&state, Kappa::START, &mut || numbers.unit());
        assert!(nearest.iter().any(|(other, _)| *other == text));
        let given = state.iter().map(|&x| (x < 16).then_some(x)).collect();
        let refused = denoiser.clone().with_given(given).expect_err("a contradiction");
        assert_eq!(refused, SequenceError::Contradiction { wrong: least });
        // A given token is never wrong: texts that have another one are no nearer.
        let (own, _) = &texts[7];
        let given: Vec<_> = own.iter().enumerate().map(|(at, x)| (at % 5 == 1).then_some(*x)).collect();
        let has_it =
            |text: &[u16]| text.iter().zip(&given).all(|(x, given)| given.is_none_or(|given| given == *x));
        let free = |text: &[u16]| {
            let of = |at: &usize| given[*at].is_none() && state[*at] < 16 && state[*at] != text[*at];
            (0..TOKENS).filter(of).count()
        };
        let fitting: Vec<_> = texts.iter().filter(|(text, _)| has_it(text)).collect();
        let least = fitting.iter().map(|(text, _)| free(text)).min().expect("a text");
        let nearest: Vec<_> = fitting.into_iter().filter(|(text, _)| free(text) == least).cloned().collect();
        let (p, _) = brute(&nearest, &Emissions::new(vec![1.0; TOKENS * 16], 16));
        let asked = denoiser.clone().with_given(given).expect("it fits");
        let found = asked.posteriors(&state, &[Kappa::START]).expect("a state");
        assert!(far(&found.p, &p) < 1e-12 && found.wrong[0] == least, "{least}");
        let text = asked.joint(&state, Kappa::START, &mut || numbers.unit());
        assert!(nearest.iter().any(|(other, _)| *other == text));
    }
}
