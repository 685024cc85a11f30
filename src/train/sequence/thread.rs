//! The thread that trains on images.

mod lab;

use super::{HeldOut, ImageTrainConfig, Mirror};
use crate::data::codec::image::TokenSpec;
use crate::data::images::ImageSource;
use crate::flow::SequenceSource;
use crate::model::sequence::ImageModel;
use crate::train::RunKeeping;
use crate::train::thread::{Status, TrainingThread};
pub use lab::ImageLab;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A killed program loses no more than this of a run, and the step it was in.
const SAVE_EVERY: Duration = Duration::from_secs(30);

/// What to train.
#[derive(Clone, Debug)]
pub enum ImageJob {
    /// A new network.
    Fresh {
        /// On which images.
        data: ImageSource,
        /// How they become tokens.
        tokens: TokenSpec,
        /// Pixels a side.
        side: usize,
        /// Where the flow starts.
        source: SequenceSource,
        /// Channels at full size, a multiple of 16 up to 256; twice and four times as many below.
        width: usize,
        /// How, but for whether images are mirrored.
        config: ImageTrainConfig,
        /// Whether they are.
        mirror: Mirror,
    },
    /// A run in a file goes on.
    File(PathBuf),
}

/// What the thread says of a run on images.
#[derive(Clone, Default)]
pub struct ImageTrainNews {
    /// What is trained, in words.
    pub about: String,
    /// Images seen in all.
    pub images: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// Images a second, since the run went on.
    pub rate: f64,
    /// The mean loss of the last steps, bits a token.
    pub bits: Option<f64>,
    /// Images seen, and the mean loss of some steps up to there, bits a token.
    pub losses: Arc<Vec<[f64; 2]>>,
    /// Every answer about images held out.
    pub held_out: Arc<Vec<HeldOut>>,
    /// The newest network.
    pub model: Option<Arc<ImageModel>>,
    /// Images that it had seen.
    pub model_images: u64,
    /// Counts up with every new one.
    pub version: u64,
    /// The newest run that was kept when the thread was started.
    pub kept: Option<PathBuf>,
}

/// What the thread last said.
pub type ImageTrainStatus = Status<ImageTrainNews>;

/// Owns the thread; dropping it saves the run and ends the thread.
pub type ImageTrainerThread = TrainingThread<ImageLab>;

impl ImageTrainerThread {
    /// Starts the thread, as [`TrainingThread::launch`] does. Runs are kept in `folder`, if there is one.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(folder: Option<PathBuf>, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let keeping = folder.map(|folder| RunKeeping { folder, every: SAVE_EVERY });
        Self::launch(keeping, wake, |board| Ok(ImageLab::new(board.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latest::testing::eventually;
    use crate::model::sequence::ImageFile;
    use crate::train::TrainState;

    fn job() -> ImageJob {
        ImageJob::Fresh {
            data: ImageSource::Shapes,
            tokens: TokenSpec::Gray(8),
            side: 8,
            source: SequenceSource::Mask,
            width: 16,
            config: ImageTrainConfig { batch: 8, ..ImageTrainConfig::default() },
            mirror: Mirror::Auto,
        }
    }

    #[test]
    fn a_run_trains_pauses_is_kept_and_goes_on_after_the_program_has_ended() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("runs");
        let thread = ImageTrainerThread::start(Some(folder.clone()), || {}).expect("a thread");
        thread.train(job());
        let running = eventually("steps", || Some(thread.status()).filter(|status| status.images >= 80));
        assert!(running.model.is_some() && running.state == TrainState::Running);
        eventually("a loss", || thread.status().bits);
        thread.run(false);
        let paused =
            eventually("rest", || Some(thread.status()).filter(|status| status.state == TrainState::Paused));
        let file = paused.file.clone().expect("a file");
        assert!(!ImageFile::read(&file).expect("kept").state.is_empty(), "with the state of its run");
        let given = home.path().join("given.safetensors");
        thread.save(given.clone(), true);
        let report = eventually("a report", || thread.status().report.1);
        assert!(report.is_ok_and(|text| text.contains("given")));
        assert!(ImageFile::read(&given).expect("given away").state.is_empty());
        drop(thread);

        let again = ImageTrainerThread::start(Some(folder), || {}).expect("a thread");
        let kept = eventually("the kept run", || again.status().news.kept);
        assert_eq!(kept, file);
        again.train(ImageJob::File(kept));
        let on =
            eventually("more steps", || Some(again.status()).filter(|status| status.images > paused.images));
        assert_eq!(on.file, Some(file), "in its own file");
        again.reset();
        eventually("nothing", || (again.status().state == TrainState::Idle).then_some(()));
    }

    #[test]
    fn what_can_not_be_trained_is_said_and_no_end() {
        let thread = ImageTrainerThread::start(None, || {}).expect("a thread");
        thread.train(ImageJob::File("no/such.safetensors".into()));
        let why = eventually("a message", || match thread.status().state {
            TrainState::Failed(why) => Some(why),
            _ => None,
        });
        assert!(why.contains("no/such.safetensors"), "{why}");
        thread.train(job());
        eventually("steps", || (thread.status().images > 0).then_some(()));
    }
}
