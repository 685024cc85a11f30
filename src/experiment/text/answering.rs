//! Who answers on a side, with all that its run, and what is noted of it on the way, need.

use super::lexicon::Lexicon;
use super::networks::{TaughtNetwork, Teller};
use super::settings::{Answers, TextSide};
use crate::data::language::Shape;
use crate::denoiser::sequence::{ExactDenoiser, SequenceDenoiser};
use crate::flow::{Kappa, Scheduler, SequenceSource};
use crate::model::sequence::Reader;
use crate::sampler::sequence::{SequenceMoment, SequenceRun, SequenceSummary};
use crate::view::sequence::{Noted, TextNotes, noted};
use std::ops::ControlFlow;
use std::sync::Arc;

/// See the module.
#[derive(Clone)]
pub struct Answering {
    /// The language, and what is given.
    pub lexicon: Arc<Lexicon>,
    /// Who is asked about states; of one that writes from left to right the exact denoiser that it is compared with.
    pub denoiser: Arc<dyn SequenceDenoiser>,
    /// What writes from left to right, where nobody denoises.
    pub reader: Option<Reader>,
    /// What a network is measured by, where that is quick.
    pub exact: Option<Arc<dyn ExactDenoiser>>,
    /// Whether a network answers.
    pub is_network: bool,
    /// Why what it answers means little, where it has never met such texts.
    pub unmet: Option<String>,
    /// The same of texts of which nothing is given.
    pub unmet_whole: Option<String>,
    side: TextSide,
    /// The best scheduler of the language, where the side takes that.
    best: Option<Scheduler>,
    /// Whether nobody need look for what is wrong before the end, unless who answers notices it.
    notices: bool,
}

impl Answering {
    /// On a side; `network` is the one that it names, if it names one.
    ///
    /// # Errors
    /// If there is none where one answers, or it is of other texts, or answers in another way.
    pub fn of(
        lexicon: &mut Lexicon,
        side: &TextSide,
        network: Option<&TaughtNetwork>,
    ) -> Result<Self, String> {
        // Only a flow starts somewhere.
        let source = if side.has_effect("source") { side.source } else { SequenceSource::Mask };
        let is_network = side.answers.is_network();
        let exact = |lexicon: &mut Lexicon, source| lexicon.exact(source).map_err(|why| why.to_string());
        let (denoiser, reader): (Arc<dyn SequenceDenoiser>, _) = match (is_network, network) {
            (false, _) => (exact(lexicon, source)?, None),
            (true, Some(network)) => match network.teller(side.answers, &lexicon.language)? {
                Teller::Denoiser(denoiser) => (denoiser, None),
                Teller::Reader(reader) => (exact(lexicon, SequenceSource::Mask)?, Some(reader)),
            },
            (true, None) => {
                let what = match side.answers {
                    Answers::Twin => "that writes from left to right",
                    _ => "that denoises",
                };
                return Err(format!("there is no network {what} yet: train one, or choose one"));
            }
        };
        let is_quick = is_quick(lexicon);
        let measured = is_network && reader.is_none() && is_quick;
        // Where there is none it is not measured.
        let measure = if measured { lexicon.exact(denoiser.source()).ok() } else { None };
        let unmet = network.filter(|_| is_network).and_then(|network| {
            let given: Vec<Vec<bool>> = (0..lexicon.texts).map(|text| lexicon.is_given(text)).collect();
            network.unmet(|token| given.iter().all(|given| given.get(token) == Some(&true)))
        });
        Ok(Self {
            lexicon: Arc::new(lexicon.clone()),
            denoiser,
            reader,
            exact: measure,
            is_network,
            unmet,
            unmet_whole: network.filter(|_| is_network).and_then(|network| network.unmet(|_| false)),
            side: *side,
            best: None,
            // Nobody but the exact denoiser notices what is wrong; looking for it is for languages where that is quick.
            notices: !is_network || !is_quick,
        })
    }

    /// The same in the steps of the best scheduler of the language, where it is there and the side takes it.
    #[must_use]
    pub fn stepping(self, best: Option<Scheduler>) -> Self {
        Self { best, ..self }
    }

    /// How fast it walks.
    pub fn scheduler(&self) -> Scheduler {
        match self.reader {
            Some(_) => Scheduler::Linear,
            None => self.side.config(0, self.best).walks_by(),
        }
    }

    /// What is known at a moment of its run; `before` are the states and notes of an earlier one.
    ///
    /// # Errors
    /// If a denoiser fails.
    pub fn notes(
        &self,
        moment: &SequenceMoment<'_>,
        before: Option<(&[u16], &TextNotes)>,
    ) -> anyhow::Result<TextNotes> {
        let judge = Some(&*self.lexicon.judge);
        if self.reader.is_some() {
            let sizes = [self.denoiser.tokens(), self.denoiser.values()];
            let ended = moment.kappa.complement == 0.0;
            return TextNotes::written(moment.states, sizes, judge.filter(|_| ended));
        }
        let (denoiser, exact) = (&*self.denoiser, self.exact.as_deref());
        noted(Noted { denoiser, judge, notices: self.notices, exact }, moment, before)
    }

    /// Samples. `observe` sees every moment and may break off.
    ///
    /// # Errors
    /// On settings without meaning together, or a denoiser that fails.
    pub fn run(
        &self,
        observe: &mut dyn FnMut(&SequenceMoment<'_>) -> ControlFlow<()>,
    ) -> Result<SequenceRun, String> {
        match &self.reader {
            Some(reader) => self.write(reader, observe),
            None => {
                let run = self.lexicon.run((&self.side, self.best), &*self.denoiser, observe);
                run.map_err(|why| why.to_string())
            }
        }
    }

    /// Writes texts from left to right, a token of each a step.
    fn write(
        &self,
        reader: &Reader,
        observe: &mut dyn FnMut(&SequenceMoment<'_>) -> ControlFlow<()>,
    ) -> Result<SequenceRun, String> {
        let lexicon = &self.lexicon;
        if lexicon.given.is_some() && lexicon.prompt().is_none() {
            let why = "one that writes from left to right takes the same given tokens for all texts";
            return Err(why.to_owned());
        }
        let (count, n) = (lexicon.texts, lexicon.language.tokens);
        let level = self.side.sampler.temperature.level;
        let mut writing = reader.begin((0, count), lexicon.prompt(), level, lexicon.seed());
        let mut summary = SequenceSummary { sequences: count, ..SequenceSummary::default() };
        loop {
            let states = writing.states();
            let t = summary.steps as f64 / n as f64;
            let ended = summary.steps == n;
            let moment = SequenceMoment {
                total: n,
                t,
                kappa: if ended { Kappa::END } else { Kappa::new(t) },
                states: &states,
                revealed: Some(t),
                answer: None,
                asked: &[],
                summary,
            };
            let goes_on = observe(&moment).is_continue();
            if ended || !goes_on {
                summary.finished = ended && goes_on;
                return Ok(SequenceRun { states, summary });
            }
            writing.step();
            summary.steps += 1;
            summary.passes += count;
            summary.drawn += count;
            summary.changed += count;
        }
    }
}

/// Whether it is quickly said what is wrong in a text: a pass takes as long as the language is large.
fn is_quick(lexicon: &Lexicon) -> bool {
    match &lexicon.language.shape {
        Shape::Automaton(automaton) => automaton.states() * lexicon.language.tokens < 200_000,
        Shape::Programs(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Reading, TextRecord, TextSettings, text_network};
    use super::*;
    use crate::data::language::programs;
    use crate::experiment::text::Coupling;

    #[test]
    fn a_network_of_a_file_writes_a_side_and_says_what_it_never_met() {
        let settings = TextSettings {
            language: "programs".parse().expect("programs"),
            texts: 4,
            coupling: Coupling::Given,
            prompt: "x + 6 : - 4 : first + itself · · f(1)=10 f(3)=14 f(7)=22 def f(x):".to_owned(),
            ..TextSettings::default()
        };
        let mut side = TextSide { answers: Answers::Network, ..TextSide::default() };
        side.sampler.steps = 6;
        let file = text_network("programs").expect("a network");
        let network = TaughtNetwork::of_file(&file).expect("a network");
        let mut lexicon = Lexicon::load(&Reading::of(&settings)).expect("programs");
        let answering = Answering::of(&mut lexicon, &side, Some(&network)).expect("a network answers");
        assert!(answering.is_network && answering.exact.is_some() && answering.unmet.is_none());
        assert!(answering.unmet_whole.is_some(), "its curve is that of whole texts");
        let record = TextRecord::of(&answering).expect("a run");
        let steps = record.trace.total_steps();
        assert!(steps <= 6 && record.notes[&steps].gap.len() == 4 * 48, "it is measured");
        let states = record.trace.states(record.trace.frames().len() - 1);
        let right = states.chunks_exact(48).filter(|text| programs::judged(text) == Some(true)).count();
        assert!(right >= 3, "{right} of 4 do what the docstring says");
        // Without a docstring it is asked about what it has never seen.
        let free = TextSettings { coupling: Coupling::Free, ..settings };
        let mut lexicon = Lexicon::load(&Reading::of(&free)).expect("programs");
        let answering = Answering::of(&mut lexicon, &side, Some(&network)).expect("a network answers");
        assert!(answering.unmet.is_some_and(|why| why.contains("docstring")));
        // One that denoises is no twin, and nobody is nobody.
        side.answers = Answers::Twin;
        let why = Answering::of(&mut lexicon, &side, Some(&network)).err().expect("no twin");
        assert!(why.contains("it does not write"), "{why}");
        let why = Answering::of(&mut lexicon, &side, None).err().expect("nobody");
        assert!(why.contains("no network that writes"), "{why}");
    }
}
