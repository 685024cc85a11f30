//! Random automata, as check_text.py makes them, and all their texts.

use super::{Automaton, Edge};

/// Numbers that are as good as random.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// In \[0, 1).
    pub fn unit(&mut self) -> f64 {
        // xorshift64*.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 * 2f64.powi(-53)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }

    /// A flat Dirichlet draw.
    pub fn simplex(&mut self, n: usize) -> Vec<f64> {
        let all: Vec<f64> = (0..n).map(|_| -(1.0 - self.unit()).ln()).collect();
        let total: f64 = all.iter().sum();
        all.into_iter().map(|x| x / total).collect()
    }

    /// `count` different numbers below `of`.
    pub fn choice(&mut self, of: usize, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..of).collect();
        for n in 0..count {
            let other = n + self.below(of - n);
            all.swap(n, other);
        }
        all.truncate(count);
        all
    }
}

/// `fan` edges from every state to any state by any label, and with `end` any ω.
pub(crate) fn random_hmm(numbers: &mut Numbers, s: usize, k: usize, fan: usize, end: bool) -> Automaton {
    let mut edges = Vec::new();
    for from in 0..s {
        let weights = numbers.simplex(fan);
        for (at, weight) in numbers.choice(k * s, fan).into_iter().zip(weights) {
            edges.push((from as u32, Edge { to: (at % s) as u32, label: (at / s) as u16, weight }));
        }
    }
    let start = numbers.simplex(s);
    let end = end.then(|| (0..s).map(|_| numbers.unit()).collect());
    Automaton::new(k, s, edges, (0..).zip(start), end).expect("an automaton")
}

/// `fan` edges from every state, each by another label.
pub(crate) fn random_pdfa(numbers: &mut Numbers, s: usize, k: usize, fan: usize) -> Automaton {
    let mut edges = Vec::new();
    for from in 0..s {
        let weights = numbers.simplex(fan);
        for (label, weight) in numbers.choice(k, fan).into_iter().zip(weights) {
            edges.push((from as u32, Edge { to: numbers.below(s) as u32, label: label as u16, weight }));
        }
    }
    Automaton::new(k, s, edges, [(0, 1.0)], None).expect("an automaton")
}

/// Every text of `tokens` tokens and its probability, 0 for most.
pub(crate) fn table(language: &Automaton, tokens: usize) -> Vec<(Vec<u16>, f64)> {
    let k = language.values();
    let text = |mut n: usize| {
        let each = (0..tokens).map(|_| {
            let value = n % k;
            n /= k;
            value as u16
        });
        each.collect::<Vec<_>>()
    };
    let total = language.log_total(tokens);
    let all = (0..k.pow(tokens as u32)).map(text);
    all.map(|text| {
        let p = (language.log_weight(&text) - total).exp();
        (text, p)
    })
    .collect()
}
