//! What is known of the tokens of texts in the middle of a run, beside what they are.

use crate::denoiser::sequence::{BatchAnswer, ExactDenoiser, Place, SequenceDenoiser};
use crate::flow::{Kappa, SequenceSource};
use crate::sampler::sequence::SequenceMoment;
use std::f64::consts::LN_2;

/// Of B texts of N tokens at one moment, \[B, N\] each; shares in 255ths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextNotes {
    /// The likeliest symbol of p(x₁ⁱ | x_t); what is seen with a mask source is itself.
    pub likeliest: Vec<u16>,
    /// The entropy of p(x₁ⁱ | x_t), of log₂ K.
    pub entropy: Vec<u8>,
    /// How surely the token is already data: 1 of what a mask source shows, with a uniform one ρ = κ r / (κ r + (1−κ)/K),
    /// r being what the other tokens say of the symbol that stands here.
    pub data: Vec<u8>,
    /// KL(exact ‖ network) of p(x₁ⁱ | x_t), 255 for [`MOST_GAP`] bits and more; empty where no network answers, or nobody is exact.
    pub gap: Vec<u8>,
    /// How likely it is one of the wrong tokens, if as few as possible are wrong; 0 where a text of the language fits.
    pub wrong: Vec<u8>,
    /// How many tokens are wrong at least, \[B\].
    pub distance: Vec<u16>,
}

/// Who is asked about texts.
#[derive(Clone, Copy)]
pub struct Noted<'a> {
    /// Whose answers the run is made of.
    pub denoiser: &'a dyn SequenceDenoiser,
    /// Who says what is wrong: exact, with a mask source and nothing given.
    pub judge: Option<&'a dyn ExactDenoiser>,
    /// Whether the denoiser is exact, so that it notices when no text fits.
    pub notices: bool,
    /// The exact denoiser that a network is measured by, of the same source and given tokens.
    pub exact: Option<&'a dyn ExactDenoiser>,
}

/// The gap between exact and network that is drawn in the strongest colour, bits.
pub const MOST_GAP: f64 = 2.0;
/// Below it a draw is the likeliest symbol.
const COLD: f64 = 1e-9;

impl TextNotes {
    fn blank(states: &[u16], tokens: usize) -> Self {
        let len = states.len();
        Self {
            likeliest: states.to_vec(),
            entropy: vec![0; len],
            data: vec![0; len],
            gap: Vec::new(),
            wrong: vec![0; len],
            distance: vec![0; len / tokens.max(1)],
        }
    }

    /// Of texts that somebody writes who is not asked about states: what is written is known and nothing else; at the end `judge`
    /// says what is wrong.
    ///
    /// # Errors
    /// If the judge fails.
    pub fn written(
        states: &[u16],
        [n, k]: [usize; 2],
        judge: Option<&dyn ExactDenoiser>,
    ) -> anyhow::Result<Self> {
        let mut notes = Self::blank(states, n);
        for (at, &x) in states.iter().enumerate() {
            let is_known = usize::from(x) < k;
            (notes.entropy[at], notes.data[at]) = if is_known { (0, 255) } else { (255, 0) };
        }
        if let Some(judge) = judge {
            let all: Vec<usize> = (0..notes.distance.len()).collect();
            notes.judge(judge, states, &all, [n, k])?;
        }
        Ok(notes)
    }

    /// Writes down what is wrong of some texts.
    fn judge(
        &mut self,
        judge: &dyn ExactDenoiser,
        states: &[u16],
        some: &[usize],
        [n, k]: [usize; 2],
    ) -> anyhow::Result<()> {
        let batch: Vec<u16> = some.iter().flat_map(|&b| states[b * n..(b + 1) * n].iter().copied()).collect();
        let found = judge.posteriors(&batch, &vec![Kappa::START; some.len()])?;
        for (place, &b) in some.iter().enumerate() {
            self.distance[b] = found.wrong[place].min(usize::from(u16::MAX)) as u16;
            for token in 0..n {
                let x = usize::from(states[b * n + token]);
                let p = found.p.get((place * n + token) * k + x).copied().unwrap_or(1.0);
                let is_wrong = found.wrong[place] > 0 && x < k;
                self.wrong[b * n + token] = if is_wrong { byte(1.0 - p) } else { 0 };
            }
        }
        Ok(())
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        6 * self.likeliest.len() + 2 * self.distance.len()
    }
}

/// What is known at a moment of a run; `before` are the states and notes of an earlier one of the same run. The answer that the
/// moment has is used as far as it goes: only texts that changed and were not asked about are asked about here.
///
/// # Errors
/// If the denoiser fails.
pub fn noted(
    who: Noted<'_>,
    moment: &SequenceMoment<'_>,
    before: Option<(&[u16], &TextNotes)>,
) -> anyhow::Result<TextNotes> {
    let (n, k) = (who.denoiser.tokens(), who.denoiser.values());
    let (states, source) = (moment.states, who.denoiser.source());
    let before = before.filter(|(old, _)| old.len() == states.len());
    let mut notes = before.map_or_else(|| TextNotes::blank(states, n), |(_, notes)| notes.clone());
    let count = states.len() / n.max(1);
    let of = |b: usize| b * n..(b + 1) * n;
    let changed: Vec<usize> =
        (0..count).filter(|&b| before.is_none_or(|(old, _)| old[of(b)] != states[of(b)])).collect();
    let ended = moment.kappa.complement == 0.0;
    let mut off = false;
    if ended {
        for (at, &x) in states.iter().enumerate() {
            (notes.likeliest[at], notes.entropy[at], notes.data[at]) = (x, 0, 255);
        }
    } else {
        if let Some(answer) = moment.answer {
            off |= answer.off_support() > 0;
            fill(&mut notes, (answer, moment.asked), (states, moment.kappa, source), [n, k])?;
        }
        let is_asked = |b: &usize| moment.answer.is_some() && moment.asked.binary_search(b).is_ok();
        // With a uniform source all depends on κ.
        let rest: Vec<usize> = match source {
            SequenceSource::Mask => changed.iter().copied().filter(|b| !is_asked(b)).collect(),
            SequenceSource::Uniform => (0..count).filter(|b| !is_asked(b)).collect(),
        };
        if !rest.is_empty() {
            let batch: Vec<u16> = rest.iter().flat_map(|&b| states[of(b)].iter().copied()).collect();
            let answer = who.denoiser.ask_batch(&batch, &vec![moment.kappa; rest.len()])?;
            off |= answer.off_support() > 0;
            fill(&mut notes, (&*answer, &rest), (states, moment.kappa, source), [n, k])?;
        }
    }
    if let Some(exact) = who.exact {
        notes.gap.resize(states.len(), 0);
        let some: Vec<usize> = match source {
            SequenceSource::Mask => changed.clone(),
            SequenceSource::Uniform => (0..count).collect(),
        };
        if ended {
            notes.gap.fill(0);
        } else if !some.is_empty() {
            fill_gap(&mut notes.gap, (who.denoiser, exact), &some, (states, moment.kappa))?;
        }
    }
    let was_wrong = notes.distance.iter().any(|distance| *distance > 0);
    let asks = match source {
        SequenceSource::Mask => off || ended || was_wrong || !who.notices,
        // On the way it is full of noise.
        SequenceSource::Uniform => ended,
    };
    if let Some(judge) = who.judge.filter(|_| asks) {
        let some: Vec<usize> = if ended || was_wrong || off { (0..count).collect() } else { changed };
        notes.judge(judge, states, &some, [n, k])?;
    }
    Ok(notes)
}

fn byte(share: f64) -> u8 {
    (255.0 * share.clamp(0.0, 1.0)).round() as u8
}

/// Writes what `answer` says of the sequences `asked`.
fn fill(
    notes: &mut TextNotes,
    (answer, asked): (&dyn BatchAnswer, &[usize]),
    (states, kappa, source): (&[u16], Kappa, SequenceSource),
    [n, k]: [usize; 2],
) -> anyhow::Result<()> {
    let mut places = Vec::new();
    let mut at = Vec::new();
    for (sequence, &b) in asked.iter().enumerate() {
        for token in 0..n {
            let here = b * n + token;
            let is_seen = source == SequenceSource::Mask && usize::from(states[here]) < k;
            if is_seen {
                (notes.likeliest[here], notes.entropy[here], notes.data[here]) = (states[here], 0, 255);
            } else {
                places.push(Place { sequence, token });
                at.push(here);
            }
        }
    }
    let numbered: Vec<(Place, f64)> = places.iter().map(|place| (*place, 0.0)).collect();
    let likeliest = answer.draw(&numbered, COLD)?;
    let entropy = answer.entropy(&places)?;
    let most = (k as f64).log2();
    for ((&here, symbol), bits) in at.iter().zip(likeliest).zip(entropy) {
        (notes.likeliest[here], notes.entropy[here], notes.data[here]) = (symbol, byte(bits / most), 0);
    }
    if source == SequenceSource::Uniform {
        let questions: Vec<(Place, u16)> =
            places.iter().zip(&at).map(|(place, &here)| (*place, states[here])).collect();
        let logs = answer.log_probability(&questions)?;
        for (&here, log) in at.iter().zip(&logs) {
            notes.data[here] = byte(surely_data(log.exp(), kappa, k));
        }
    }
    Ok(())
}

/// Writes KL(exact ‖ network) of every token of some texts; 0 of what a mask source shows.
fn fill_gap(
    gap: &mut [u8],
    (network, exact): (&dyn SequenceDenoiser, &dyn ExactDenoiser),
    some: &[usize],
    (states, kappa): (&[u16], Kappa),
) -> anyhow::Result<()> {
    let (n, k) = (network.tokens(), network.values());
    let batch: Vec<u16> = some.iter().flat_map(|&b| states[b * n..(b + 1) * n].iter().copied()).collect();
    let kappas = vec![kappa; some.len()];
    let known = exact.posteriors(&batch, &kappas)?;
    let answer = network.ask(&batch, &kappas)?;
    let mut q = vec![0.0; k];
    for (place, &b) in some.iter().enumerate() {
        for token in 0..n {
            let here = b * n + token;
            gap[here] = 0;
            if network.source() == SequenceSource::Mask && usize::from(states[here]) < k {
                continue;
            }
            answer.distribution(place, token, &mut q);
            let p = &known.p[(place * n + token) * k..][..k];
            let nats: f64 = p.iter().zip(&q).filter(|(p, _)| **p > 0.0).map(|(p, q)| p * (p / q).ln()).sum();
            gap[here] = byte(nats / LN_2 / MOST_GAP);
        }
    }
    Ok(())
}

/// ρ of a token with a uniform source from p(x₁ = z | x_t) of the symbol z that stands there.
fn surely_data(p: f64, kappa: Kappa, k: usize) -> f64 {
    let noise = kappa.complement / k as f64;
    // What the others say, r ∝ p/e, e being the emission of a symbol.
    let [here, elsewhere] = [p / (noise + kappa.value), (1.0 - p) / noise];
    let r = here / (here + elsewhere);
    let rho = kappa.value * r / (kappa.value * r + noise);
    if rho.is_nan() { 0.0 } else { rho }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::sequence::AutomatonDenoiser;
    use crate::flow::sequence::testing::{Numbers, random_pdfa};
    use crate::sampler::sequence::{SequenceConfig, SequenceSetup, run_sequences};
    use std::ops::ControlFlow;
    use std::sync::Arc;

    #[test]
    fn notes_are_what_the_exact_posterior_says_at_every_step() {
        let language = Arc::new(random_pdfa(&mut Numbers::new(5), 6, 5, 2));
        let judge = AutomatonDenoiser::new(language.clone(), 9, SequenceSource::Mask).expect("a language");
        for source in [SequenceSource::Mask, SequenceSource::Uniform] {
            let exact = AutomatonDenoiser::new(language.clone(), 9, source).expect("a language");
            let config = SequenceConfig { steps: 12, seed: 3, ..SequenceConfig::default() };
            let setup = SequenceSetup { denoiser: &exact, config, count: 5, first: 0, given: None };
            let mut before: Option<(Vec<u16>, TextNotes)> = None;
            let mut wrong = 0;
            run_sequences(setup, |moment| {
                let who = Noted { denoiser: &exact, judge: Some(&judge), notices: true, exact: Some(&exact) };
                let known = before.as_ref().map(|(states, notes)| (states.as_slice(), notes));
                let notes = noted(who, moment, known).expect("notes");
                let p = exact.posteriors(moment.states, &[moment.kappa; 5]).expect("states");
                assert!(notes.gap.iter().all(|gap| *gap == 0), "it is as exact as itself");
                if moment.kappa.complement > 0.0 {
                    for (at, p) in p.p.chunks_exact(5).enumerate() {
                        let x = usize::from(moment.states[at]);
                        if source == SequenceSource::Mask && x < 5 {
                            assert_eq!((notes.likeliest[at], notes.data[at]), (x as u16, 255));
                            continue;
                        }
                        let top = p.iter().copied().fold(0.0, f64::max);
                        assert!((p[usize::from(notes.likeliest[at])] - top).abs() < 1e-9);
                        let bits = crate::flow::categorical::entropy_bits(p) / 5f64.log2();
                        assert!((f64::from(notes.entropy[at]) / 255.0 - bits).abs() < 3e-3);
                    }
                } else {
                    for (b, text) in moment.states.chunks_exact(9).enumerate() {
                        assert_eq!(usize::from(notes.distance[b]), judge.distance(text));
                        let marked: u32 = notes.wrong[b * 9..][..9].iter().map(|w| u32::from(*w)).sum();
                        assert_eq!(marked > 0, notes.distance[b] > 0);
                        // As many are wrong as must be.
                        assert!((f64::from(marked) / 255.0 - f64::from(notes.distance[b])).abs() < 0.05);
                        wrong += usize::from(notes.distance[b]);
                    }
                }
                before = Some((moment.states.to_vec(), notes));
                ControlFlow::Continue(())
            })
            .expect("a run");
            let _ = wrong;
        }
    }

    #[test]
    fn a_token_is_data_for_certain_at_the_end_and_never_in_the_beginning() {
        assert_eq!(surely_data(0.3, Kappa::START, 4), 0.0);
        // Nothing else speaks for any symbol: p = κ + (1−κ)/K.
        let kappa = Kappa::new(0.5);
        let p = 0.5 + 0.5 / 4.0;
        let rho = surely_data(p, kappa, 4);
        assert!((rho - 0.5).abs() < 1e-12, "{rho}");
        assert!(surely_data(1.0, kappa, 4) > 0.79, "it is the only one that fits");
    }
}
