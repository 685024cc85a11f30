//! The thread that trains on texts.
//!
//! ```text
//! let thread = TextTrainerThread::start(&device, Some(folder), || repaint())?;
//! thread.train(TextJob::Fresh { source, tokens, network, config });   // it runs at once
//! let status = thread.status();   // status.state, .bits, .rate, .losses, .own.held_out, .own.samples, .own.model
//! thread.pause(); thread.go(); thread.save(path, half); thread.reset();
//! ```

use super::{EarlyText, TextHeldOut, TextRunSettings, TextTrainConfig, TextTrainer, TextTraining, Texts};
use crate::data::language::{Alphabet, TextSource};
use crate::flow::{Scheduler, SequenceSource};
use crate::model::sequence::{TextFile, TextNetConfig, TextNetwork, TextSize};
use crate::sampler::sequence::{SequenceConfig, SequenceSetup, run_sequences};
use crate::train::sequence::lab::{SequenceLab, SequenceNews, SequenceStatus, Watched};
use crate::train::sequence::{KeptSequenceRun, kept};
use crate::train::thread::TrainingThread;
use crate::train::{Keeper, TrainError};
use burn::tensor::Device;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Texts that are written to be looked at, and in how many steps at most.
const SAMPLES: usize = 2;
const STEPS: usize = 32;

/// What to train.
#[derive(Clone, Debug)]
pub enum TextJob {
    /// A new network.
    Fresh {
        /// On what.
        source: TextSource,
        /// N, tokens of a text; none for as many as usual.
        tokens: Option<usize>,
        /// Where the flow starts.
        flow: SequenceSource,
        /// Whether it writes from left to right instead: the autoregressive twin.
        causal: bool,
        /// Its size.
        size: TextSize,
        /// How.
        config: TextTrainConfig,
    },
    /// A run in a file goes on.
    File(PathBuf),
}

/// What the thread says of a run on texts alone.
#[derive(Clone, Default)]
pub struct TextTrainNews {
    /// What the run was started with; none without a run.
    pub settings: Option<Arc<TextRunSettings>>,
    /// What its tokens mean; none without a run.
    pub alphabet: Option<Arc<Alphabet>>,
    /// Tokens a second, since the run went on.
    pub token_rate: f64,
    /// Every answer about texts held out.
    pub held_out: Arc<Vec<TextHeldOut>>,
    /// The newest texts that the newest network has written, \[B, N\] each.
    pub samples: Arc<Vec<Vec<u16>>>,
    /// One sample of each of its first networks, and the newest one's.
    pub early: Arc<Vec<EarlyText>>,
    /// The newest network.
    pub model: Option<Arc<TextNetwork>>,
    /// The runs that were kept when the thread was started, the one written last at the end.
    pub kept: Arc<Vec<KeptTextRun>>,
}

/// What the thread last said.
pub type TextTrainStatus = SequenceStatus<TextTrainNews>;

/// A run that was kept.
pub type KeptTextRun = KeptSequenceRun<TextRunSettings, TextTraining>;

/// Owns the thread; dropping it saves the run and ends the thread.
pub type TextTrainerThread = TrainingThread<SequenceLab<Texts>>;

/// What `count` texts are that a network writes from nothing, always with the same random numbers: \[N\] each.
///
/// # Errors
/// If its device fails.
fn samples(network: &TextNetwork, count: usize) -> anyhow::Result<Vec<Vec<u16>>> {
    let TextNetConfig { tokens, .. } = network.config;
    let states = match (network.denoiser(), network.reader()) {
        (Some(denoiser), _) => {
            let steps = STEPS.min(tokens);
            let config = SequenceConfig { steps, scheduler: Scheduler::Linear, ..SequenceConfig::default() };
            let setup = SequenceSetup { denoiser: &*denoiser, config, count, first: 0, given: None };
            run_sequences(setup, |_| ControlFlow::Continue(()))?.states
        }
        (None, Some(reader)) => {
            let mut writing = reader.begin((0, count), None, 1.0, 0);
            while writing.step() {}
            writing.states()
        }
        (None, None) => Vec::new(),
    };
    Ok(states.chunks_exact(tokens).map(<[u16]>::to_vec).collect())
}

impl Watched for Texts {
    const THREAD: &'static str = "text trainer";
    type Job = TextJob;
    type News = TextTrainNews;

    fn file_of(job: &TextJob) -> Option<&Path> {
        match job {
            TextJob::Fresh { .. } => None,
            TextJob::File(file) => Some(file),
        }
    }

    fn make(job: &TextJob, device: &Device) -> Result<TextTrainer, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        match job {
            TextJob::Fresh { source, tokens, flow, causal, size, config } => {
                let texts = source.load(*tokens).map_err(|e| words(&e))?;
                let network = TextNetConfig::new(texts.tokens, texts.values(), *flow, *causal).sized(*size);
                TextTrainer::new(network, config.clone(), Arc::new(texts), device).map_err(|e| words(&e))
            }
            TextJob::File(path) => {
                let read = TextFile::read(path).map_err(|e| words(&e))?;
                let texts = read.recipe.data.load(Some(read.recipe.network.tokens)).map_err(|e| words(&e))?;
                TextTrainer::resume(&read, Arc::new(texts), device)
                    .map_err(|error| format!("{}: {error}", path.display()))
            }
        }
    }

    fn find_kept(keeper: &mut Keeper, news: &mut TextTrainNews) -> Vec<String> {
        let (runs, messages) = keeper.read_all(kept::read::<Self>);
        news.kept = Arc::new(runs);
        messages
    }

    fn lasting(news: &TextTrainNews) -> TextTrainNews {
        TextTrainNews { kept: news.kept.clone(), ..TextTrainNews::default() }
    }

    fn begin(trainer: &TextTrainer, news: &mut SequenceNews<TextTrainNews>) {
        let settings = trainer.settings();
        (news.about, news.name) = (settings.words(), trainer.training().name.clone());
        news.own.settings = Some(Arc::new(settings));
        news.own.alphabet = Some(Arc::new(trainer.texts().alphabet.clone()));
    }

    fn tell(trainer: &TextTrainer, news: &mut SequenceNews<TextTrainNews>) {
        news.own.token_rate = news.rate * trainer.sizes().tokens as f64;
        let held_out = &trainer.training().held_out;
        if news.own.held_out.len() != held_out.len() {
            news.own.held_out = Arc::new(held_out.clone());
        }
    }

    /// And what it writes.
    fn show(trainer: &mut TextTrainer, device: &Device, news: &mut TextTrainNews) -> Result<(), String> {
        let network = trainer.network().map_err(|error| error.to_string())?;
        let written = samples(&network, SAMPLES).map_err(|error| format!("{error:#}"))?;
        let texts = trainer.training().texts;
        if let Some(first) = written.first().filter(|_| texts > 0) {
            trainer.keep_early(EarlyText { texts, sample: network.alphabet.write(first) });
        }
        news.samples = Arc::new(written);
        news.early = Arc::new(trainer.training().early.clone());
        news.model = Some(Arc::new(network.on(device)));
        Ok(())
    }

    fn hold_out(trainer: &mut TextTrainer, go_on: &dyn Fn() -> bool) -> Result<(), TrainError> {
        trainer.hold_out(go_on).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::language::LanguageSpec;
    use crate::latest::testing::eventually;
    use crate::train::TrainState;
    use crate::train::sequence::RunNotes;

    fn job(causal: bool) -> TextJob {
        TextJob::Fresh {
            source: TextSource::Language(LanguageSpec::Words(None)),
            tokens: None,
            flow: SequenceSource::Mask,
            causal,
            size: TextSize::Live,
            config: TextTrainConfig { batch: 4, ..TextTrainConfig::default() },
        }
    }

    #[test]
    fn a_run_trains_shows_what_it_writes_is_kept_and_goes_on_after_the_program_has_ended() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("runs");
        let start =
            || TextTrainerThread::start(&Device::flex(), Some(folder.clone()), || {}).expect("a thread");
        let thread = start();
        thread.train(job(false));
        let running = eventually("steps", || Some(thread.status()).filter(|status| status.seen >= 40));
        assert!(
            running.own.model.is_some()
                && running.state == TrainState::Running
                && running.own.token_rate > 0.0
        );
        assert!(running.own.samples.iter().all(|text| text.len() == 5) && !running.own.samples.is_empty());
        thread.order(vec![RunNotes { run: running.run, name: "the first".to_owned(), early: Vec::new() }]);
        thread.pause();
        let at_rest = |status: &TextTrainStatus| status.state == TrainState::Paused && status.seen > 0;
        let paused = eventually("rest", || Some(thread.status()).filter(at_rest));
        let file = paused.file.clone().expect("a file");
        let given = home.path().join("given.safetensors");
        thread.save(given.clone(), true);
        eventually("a report", || thread.status().report.1).expect("saved");
        assert!(TextFile::read(&given).expect("given away").state.is_empty());
        drop(thread);
        let again = start();
        let kept = eventually("the kept run", || again.status().own.kept.last().cloned());
        assert_eq!(
            (&kept.file, kept.training.texts, kept.training.name.as_str()),
            (&file, paused.seen, "the first")
        );
        again.train(TextJob::File(kept.file));
        let on = eventually("more steps", || Some(again.status()).filter(|status| status.seen > paused.seen));
        assert_eq!(on.file, Some(file), "in its own file");
        // The twin takes its place.
        again.train(job(true));
        let twin = eventually("the twin", || Some(again.status()).filter(|s| s.run > on.run && s.seen >= 8));
        assert!(
            twin.own.model.as_ref().is_some_and(|model| model.reader().is_some())
                && !twin.own.samples.is_empty()
        );
        again.reset();
        eventually("nothing", || (again.status().state == TrainState::Idle).then_some(()));
        again.train(TextJob::File("no/such.safetensors".into()));
        let why = eventually("a message", || match again.status().state {
            TrainState::Failed(why) => Some(why),
            _ => None,
        });
        assert!(why.contains("no/such.safetensors"), "{why}");
    }
}
