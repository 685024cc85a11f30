//! Forward and backward through an automaton, for several sequences side by side in a vector (math.md 15.1): two visits of
//! every edge that carries weight, for every token.

use crate::flow::sequence::Automaton;

/// Sequences side by side.
pub(super) const LANES: usize = 8;

/// Which edges a pass may take, by lane.
pub(super) trait Opens<const W: usize> {
    /// What is left of a weight where a path begins in `state`.
    fn start(&self, state: u32, weight: [f64; W]) -> [f64; W];

    /// What is left of a weight along an edge: which token, from which state, by which label, to which state.
    fn edge(&self, edge: (usize, u32, usize, u32), weight: [f64; W]) -> [f64; W];
}

/// All of them.
pub(super) struct Open;

impl<const W: usize> Opens<W> for Open {
    #[inline(always)]
    fn start(&self, _: u32, weight: [f64; W]) -> [f64; W] {
        weight
    }

    #[inline(always)]
    fn edge(&self, _: (usize, u32, usize, u32), weight: [f64; W]) -> [f64; W] {
        weight
    }
}

/// e of several sequences, token by token, \[N, K\] each `W` numbers: one a lane.
pub(super) struct Weights<const W: usize> {
    values: usize,
    table: Vec<[f64; W]>,
    /// \[N, K\]: whether a lane has weight there.
    open: Vec<bool>,
}

impl<const W: usize> Weights<W> {
    /// `of` says e of a lane, a token and a value.
    pub fn new(tokens: usize, values: usize, of: impl Fn(usize, usize, usize) -> f64) -> Self {
        let table: Vec<[f64; W]> = (0..tokens * values)
            .map(|at| std::array::from_fn(|lane| of(lane, at / values, at % values)))
            .collect();
        let open = table.iter().map(|lanes| lanes.iter().any(|e| *e > 0.0)).collect();
        Self { values, table, open }
    }

    fn tokens(&self) -> usize {
        self.table.len() / self.values
    }

    /// e of a token, \[K\].
    pub fn e(&self, token: usize) -> &[[f64; W]] {
        &self.table[token * self.values..][..self.values]
    }

    #[inline(always)]
    fn of_token(&self, token: usize) -> (&[[f64; W]], &[bool]) {
        let range = token * self.values..(token + 1) * self.values;
        (&self.table[range.clone()], &self.open[range])
    }
}

/// What a pass works in, zeros between two passes, and what its forward half leaves behind: α of the states that have any.
#[derive(Debug)]
pub(super) struct Pass<const W: usize> {
    /// Where each token's states begin, \[N + 2\]; those after the last token come last.
    offsets: Vec<usize>,
    /// Which, in order.
    states: Vec<u32>,
    /// Their α, scaled to a sum of 1 after each token.
    alpha: Vec<[f64; W]>,
    /// \[S\], zeros between two uses.
    next: Vec<[f64; W]>,
    now: Vec<[f64; W]>,
    /// A bit a state.
    marks: Vec<u64>,
}

impl<const W: usize> Pass<W> {
    pub fn new(language: &Automaton) -> Self {
        let states = language.states();
        Self {
            offsets: Vec::new(),
            states: Vec::new(),
            alpha: Vec::new(),
            next: vec![[0.0; W]; states],
            now: vec![[0.0; W]; states],
            marks: vec![0; states.div_ceil(64)],
        }
    }

    /// α, and ln of what all texts weigh together, by lane; −∞ where there is none. A `gate` closes edges.
    #[inline(always)]
    pub fn forward(&mut self, language: &Automaton, e: &Weights<W>, gate: &impl Opens<W>) -> [f64; W] {
        let mut log = [0.0; W];
        self.offsets.clear();
        self.states.clear();
        self.alpha.clear();
        for &(state, weight) in language.start() {
            self.next[state as usize] = gate.start(state, [weight; W]);
            self.marks[state as usize / 64] |= 1 << (state % 64);
        }
        self.gather(&mut log);
        for token in 0..e.tokens() {
            let (weights, open) = e.of_token(token);
            let range = self.offsets[token]..self.states.len();
            for (&state, &alpha) in self.states[range.clone()].iter().zip(&self.alpha[range]) {
                for edge in language.edges_of(state) {
                    let (label, to) = (usize::from(edge.label), edge.to as usize);
                    if !open[label] {
                        continue;
                    }
                    // Copies, so that the compiler need not fear that one of them is another.
                    let flow = times(alpha, scaled(weights[label], edge.weight));
                    self.next[to] = plus(self.next[to], gate.edge((token, state, label, edge.to), flow));
                    self.marks[to / 64] |= 1 << (to % 64);
                }
            }
            self.gather(&mut log);
        }
        let last = self.offsets[e.tokens()]..self.states.len();
        let mut sum = [0.0; W];
        for (&state, &alpha) in self.states[last.clone()].iter().zip(&self.alpha[last]) {
            sum = plus(sum, scaled(alpha, language.end(state)));
        }
        for lane in 0..W {
            log[lane] += sum[lane].ln();
        }
        log
    }

    /// Takes what lies in `next` as the states after one token more.
    #[inline(always)]
    fn gather(&mut self, log: &mut [f64; W]) {
        let first = self.states.len();
        self.offsets.push(first);
        let mut sum = [0.0; W];
        for (n, word) in self.marks.iter_mut().enumerate() {
            let mut left = std::mem::take(word);
            while left != 0 {
                let state = 64 * n + left.trailing_zeros() as usize;
                left &= left - 1;
                let alpha = std::mem::replace(&mut self.next[state], [0.0; W]);
                let mut some = false;
                for lane in 0..W {
                    sum[lane] += alpha[lane];
                    some |= alpha[lane] > 0.0;
                }
                if some {
                    self.states.push(state as u32);
                    self.alpha.push(alpha);
                }
            }
        }
        let mut scale = [0.0; W];
        for lane in 0..W {
            log[lane] += sum[lane].ln();
            scale[lane] = if sum[lane] > 0.0 { 1.0 / sum[lane] } else { 0.0 };
        }
        for alpha in &mut self.alpha[first..] {
            *alpha = times(*alpha, scale);
        }
    }

    /// After a [`Self::forward`] with the same arguments: tells `found` for every token, from the last to the first, r \[K\]
    /// by lane, up to a factor: what is known of it from all other tokens. Times e it is the posterior. Where e is 0 in
    /// every lane r is not worked out.
    #[inline(always)]
    pub fn backward(
        &mut self,
        language: &Automaton,
        e: &Weights<W>,
        gate: &impl Opens<W>,
        mut found: impl FnMut(usize, &[[f64; W]]),
    ) {
        let tokens = e.tokens();
        for &state in &self.states[self.offsets[tokens]..] {
            self.next[state as usize] = [language.end(state); W];
        }
        let mut r = vec![[0.0; W]; e.values];
        let mut after = self.states.len();
        for token in (0..tokens).rev() {
            let (weights, open) = e.of_token(token);
            let range = self.offsets[token]..self.offsets[token + 1];
            r.fill([0.0; W]);
            let mut top = [0.0; W];
            for (&state, &alpha) in self.states[range.clone()].iter().zip(&self.alpha[range.clone()]) {
                let mut sum = [0.0; W];
                for edge in language.edges_of(state) {
                    let label = usize::from(edge.label);
                    if !open[label] {
                        continue;
                    }
                    let ahead = scaled(self.next[edge.to as usize], edge.weight);
                    let ahead = gate.edge((token, state, label, edge.to), ahead);
                    r[label] = plus(r[label], times(alpha, ahead));
                    sum = plus(sum, times(ahead, weights[label]));
                }
                for lane in 0..W {
                    top[lane] = if sum[lane] > top[lane] { sum[lane] } else { top[lane] };
                }
                self.now[state as usize] = sum;
            }
            found(token, &r);
            for &state in &self.states[self.offsets[token + 1]..after] {
                self.next[state as usize] = [0.0; W];
            }
            after = range.end;
            let scale: [f64; W] = std::array::from_fn(|lane| power_below(top[lane]));
            for &state in &self.states[range] {
                self.now[state as usize] = times(self.now[state as usize], scale);
            }
            std::mem::swap(&mut self.now, &mut self.next);
        }
        let first = ..self.offsets.get(1).copied().unwrap_or(after);
        for &state in &self.states[first] {
            self.next[state as usize] = [0.0; W];
        }
    }

    /// The states after so many tokens and their α, of the first lane.
    pub fn after(&self, tokens: usize) -> impl DoubleEndedIterator<Item = (u32, f64)> {
        let end = self.offsets.get(tokens + 1).copied().unwrap_or(self.states.len());
        let range = self.offsets[tokens]..end;
        self.states[range.clone()].iter().zip(&self.alpha[range]).map(|(state, alpha)| (*state, alpha[0]))
    }
}

/// a + b, by lane.
#[inline(always)]
fn plus<const W: usize>(mut a: [f64; W], b: [f64; W]) -> [f64; W] {
    for lane in 0..W {
        a[lane] += b[lane];
    }
    a
}

/// a b, by lane.
#[inline(always)]
fn times<const W: usize>(mut a: [f64; W], b: [f64; W]) -> [f64; W] {
    for lane in 0..W {
        a[lane] *= b[lane];
    }
    a
}

/// a times a number, by lane.
#[inline(always)]
fn scaled<const W: usize>(mut a: [f64; W], by: f64) -> [f64; W] {
    for a in &mut a {
        *a *= by;
    }
    a
}

/// A power of two by which a number > 0 comes to be about 1; 1 of 0. By a power, what comes out is the same to the last bit
/// whichever the largest β is: other lanes may reach states that this one does not.
#[inline(always)]
fn power_below(top: f64) -> f64 {
    let exponent = (top.to_bits() >> 52).clamp(1, 2045);
    if top > 0.0 { f64::from_bits((2046 - exponent) << 52) } else { 1.0 }
}
