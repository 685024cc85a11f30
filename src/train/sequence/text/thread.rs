//! The thread that trains on texts.
//!
//! ```text
//! let thread = TextTrainerThread::start(&device, Some(folder), || repaint())?;
//! thread.train(TextJob::Fresh { source, tokens, network, config });   // it runs at once
//! let status = thread.status();   // status.state, .bits, .rate, .losses, .held_out, .samples, .model
//! thread.pause(); thread.go(); thread.save(path, half); thread.reset();
//! ```

use super::{EarlyText, KeptTextRun, TextHeldOut, TextLab, TextRunSettings, TextTrainConfig};
use crate::data::language::{Alphabet, TextSource};
use crate::flow::SequenceSource;
use crate::model::sequence::{TextNetwork, TextSize};
use crate::train::RunKeeping;
use crate::train::thread::{Status, TrainingThread};
use burn::tensor::Device;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A killed program loses no more than this of a run, and the step it was in.
const SAVE_EVERY: Duration = Duration::from_secs(30);

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

/// What a person has to say of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct TextNotes {
    /// The number of the run.
    pub run: u64,
    /// Its name; empty if it was given none.
    pub name: String,
}

/// What the thread says of a run on texts.
#[derive(Clone, Default)]
pub struct TextTrainNews {
    /// What is trained, in words.
    pub about: String,
    /// What the run was started with; none without a run.
    pub settings: Option<Arc<TextRunSettings>>,
    /// What its tokens mean; none without a run.
    pub alphabet: Option<Arc<Alphabet>>,
    /// The name that it had when it was taken up, if it was given one.
    pub name: String,
    /// Texts seen in all.
    pub texts: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// Texts a second, since the run went on.
    pub rate: f64,
    /// Tokens a second, since the run went on.
    pub token_rate: f64,
    /// Seconds until all texts of its length are seen, where it has one.
    pub left: Option<f64>,
    /// Bytes that its device has taken at most, where that is not the CPU.
    pub device_memory: Option<u64>,
    /// The mean loss of the last steps, bits a token.
    pub bits: Option<f64>,
    /// Texts seen, and the mean loss of some steps up to there, bits a token.
    pub losses: Arc<Vec<[f64; 2]>>,
    /// Every answer about texts held out.
    pub held_out: Arc<Vec<TextHeldOut>>,
    /// The newest texts that the network has written, \[B, N\] each, with the texts that it had seen then.
    pub samples: Arc<Vec<Vec<u16>>>,
    /// Texts that the network of the samples had seen.
    pub sample_texts: u64,
    /// One sample of each of its first networks, and the newest one's.
    pub early: Arc<Vec<EarlyText>>,
    /// The newest network.
    pub model: Option<Arc<TextNetwork>>,
    /// Texts that it had seen.
    pub model_texts: u64,
    /// Counts up with every new one.
    pub version: u64,
    /// The runs that were kept when the thread was started, the one written last at the end.
    pub kept: Arc<Vec<KeptTextRun>>,
    /// Whether those have been looked for.
    pub knows_kept: bool,
}

/// What the thread last said.
pub type TextTrainStatus = Status<TextTrainNews>;

/// Owns the thread; dropping it saves the run and ends the thread.
pub type TextTrainerThread = TrainingThread<TextLab>;

impl TextTrainerThread {
    /// Starts the thread, as [`TrainingThread::launch`] does; it trains on `device`. Runs are kept in `folder`, if there is
    /// one.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        device: &Device,
        folder: Option<PathBuf>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let device = device.clone();
        let keeping = folder.map(|folder| RunKeeping { folder, every: SAVE_EVERY });
        Self::launch(keeping, wake, move |board| Ok(TextLab::new(device.clone(), board.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::language::LanguageSpec;
    use crate::latest::testing::eventually;
    use crate::model::sequence::TextFile;
    use crate::train::TrainState;

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
        let running = eventually("steps", || Some(thread.status()).filter(|status| status.texts >= 40));
        assert!(running.model.is_some() && running.state == TrainState::Running && running.token_rate > 0.0);
        assert!(running.samples.iter().all(|text| text.len() == 5) && !running.samples.is_empty());
        thread.order(vec![TextNotes { run: running.run, name: "the first".to_owned() }]);
        thread.pause();
        let at_rest = |status: &TextTrainStatus| status.state == TrainState::Paused && status.texts > 0;
        let paused = eventually("rest", || Some(thread.status()).filter(at_rest));
        let file = paused.file.clone().expect("a file");
        let given = home.path().join("given.safetensors");
        thread.save(given.clone(), true);
        eventually("a report", || thread.status().report.1).expect("saved");
        assert!(TextFile::read(&given).expect("given away").state.is_empty());
        drop(thread);
        let again = start();
        let kept = eventually("the kept run", || again.status().news.kept.last().cloned());
        assert_eq!(
            (&kept.file, kept.training.texts, kept.training.name.as_str()),
            (&file, paused.texts, "the first")
        );
        again.train(TextJob::File(kept.file));
        let on =
            eventually("more steps", || Some(again.status()).filter(|status| status.texts > paused.texts));
        assert_eq!(on.file, Some(file), "in its own file");
        // The twin takes its place.
        again.train(job(true));
        let twin = eventually("the twin", || Some(again.status()).filter(|s| s.run > on.run && s.texts >= 8));
        assert!(
            twin.model.as_ref().is_some_and(|model| model.reader().is_some()) && !twin.samples.is_empty()
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
