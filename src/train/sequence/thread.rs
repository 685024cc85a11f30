//! The thread that trains on images.

mod lab;

use super::{EarlyRow, HeldOut, ImageRunSettings, ImageTrainConfig, KeptImageRun, Mirror};
use crate::data::codec::image::TokenSpec;
use crate::data::images::ImageSource;
use crate::flow::SequenceSource;
use crate::model::sequence::{ImageModel, NetSize};
use crate::train::RunKeeping;
use crate::train::thread::{Status, TrainingThread};
use burn::tensor::Device;
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
        /// Its size.
        net: NetSize,
        /// Channels at full size of a small one, a multiple of 16 up to 256; twice and four times as many below.
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
    /// What the run was started with; none without a run.
    pub settings: Option<Arc<ImageRunSettings>>,
    /// The name that it had when it was taken up, if it was given one.
    pub name: String,
    /// The early samples that it had then.
    pub early: Arc<Vec<EarlyRow>>,
    /// Images seen in all.
    pub images: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// Images a second, since the run went on.
    pub rate: f64,
    /// Seconds until all images of its length are seen, where it has one.
    pub left: Option<f64>,
    /// Bytes that its device has taken at most, where that is not the CPU.
    pub device_memory: Option<u64>,
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
    /// The runs that were kept when the thread was started, the one written last at the end.
    pub kept: Arc<Vec<KeptImageRun>>,
    /// Whether those have been looked for.
    pub knows_kept: bool,
}

/// What the thread last said.
pub type ImageTrainStatus = Status<ImageTrainNews>;

/// Owns the thread; dropping it saves the run and ends the thread.
pub type ImageTrainerThread = TrainingThread<ImageLab>;

impl ImageTrainerThread {
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
        Self::launch(keeping, wake, move |board| Ok(ImageLab::new(device.clone(), board.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latest::testing::eventually;
    use crate::model::sequence::ImageFile;
    use crate::train::TrainState;
    use crate::train::sequence::{MOST_EARLY, RunNotes};

    fn job() -> ImageJob {
        ImageJob::Fresh {
            data: ImageSource::Shapes,
            tokens: TokenSpec::Gray(8),
            side: 8,
            source: SequenceSource::Mask,
            net: NetSize::Small,
            width: 16,
            config: ImageTrainConfig { batch: 8, ..ImageTrainConfig::default() },
            mirror: Mirror::Auto,
        }
    }

    #[test]
    fn a_run_trains_pauses_is_kept_and_goes_on_after_the_program_has_ended() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("runs");
        let thread =
            ImageTrainerThread::start(&Device::flex(), Some(folder.clone()), || {}).expect("a thread");
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

        let again = ImageTrainerThread::start(&Device::flex(), Some(folder), || {}).expect("a thread");
        let kept = eventually("the kept run", || again.status().news.kept.last().cloned());
        assert_eq!((&kept.file, kept.training.images), (&file, paused.images));
        assert_eq!(
            (kept.training.losses.len(), kept.settings.net.as_str()),
            (paused.losses.len(), "width 16")
        );
        assert!(!kept.training.losses.is_empty());
        again.train(ImageJob::File(kept.file));
        let on =
            eventually("more steps", || Some(again.status()).filter(|status| status.images > paused.images));
        assert_eq!(on.file, Some(file), "in its own file");
        // JSON may give the last digit back as its neighbour.
        let same = |(a, b): (&[f64; 2], &[f64; 2])| a[0] == b[0] && (a[1] - b[1]).abs() < 1e-9;
        assert!(on.losses.len() >= paused.losses.len(), "its curve goes on");
        assert!(on.losses.iter().zip(paused.losses.iter()).all(same));
        again.reset();
        eventually("nothing", || (again.status().state == TrainState::Idle).then_some(()));
    }

    #[test]
    fn what_is_said_of_a_run_stays_with_it_whether_it_is_the_present_one_or_not() {
        let home = tempfile::tempdir().expect("a folder");
        let start = || {
            ImageTrainerThread::start(&Device::flex(), Some(home.path().to_owned()), || {}).expect("a thread")
        };
        let thread = start();
        let train = |number: u64| {
            thread.train(job());
            let begun = |status: &ImageTrainStatus| status.run == number && status.images > 0;
            eventually("steps", || Some(thread.status()).filter(begun));
        };
        let row = |images: u64| EarlyRow { images, png: Arc::from([7u8; 9]) };
        let note = |run: u64, name: &str, early: Vec<EarlyRow>| {
            thread.order(vec![RunNotes { run, name: name.to_owned(), early }]);
            eventually("it is taken", || (!thread.has_orders()).then_some(()));
        };
        train(1);
        note(1, "", vec![row(64)]);
        train(2);
        note(2, "the second", vec![row(8), row(16)]);
        // The first one is in its file alone by now, and stays the older one.
        note(1, "the first", vec![row(64)]);
        thread.order(vec![RunNotes { run: 1, name: "the very first".to_owned(), early: vec![row(64)] }]);
        thread.order(vec![RunNotes { run: 2, name: "the next".to_owned(), early: vec![row(8)] }]);
        thread.reset();
        drop(thread);
        let again = start();
        let kept = eventually("both", || Some(again.status().news.kept).filter(|kept| kept.len() == 2));
        let said = |n: usize| (kept[n].training.name.as_str(), kept[n].training.early.clone());
        assert_eq!(said(0), ("the very first", vec![row(64)]));
        assert_eq!(said(1), ("the next", vec![row(8)]));
        again.train(ImageJob::File(kept[0].file.clone()));
        let on = eventually("the first", || Some(again.status()).filter(|status| status.run == 1));
        assert_eq!((on.name.as_str(), &*on.early), ("the very first", &vec![row(64)]));
        // A network that is given away has a name, and no samples.
        let given = home.path().join("given.safetensors");
        again.save(given.clone(), true);
        eventually("a report", || again.status().report.1).expect("saved");
        let given = ImageFile::read(&given).expect("given away").recipe.training;
        assert!(given.get("early").is_none() && given.get("name").is_some());
    }

    #[test]
    fn a_run_that_was_kept_before_there_were_names_is_listed_and_one_with_too_many_samples_is_set_aside() {
        let home = tempfile::tempdir().expect("a folder");
        let thread = ImageTrainerThread::start(&Device::flex(), Some(home.path().to_owned()), || {})
            .expect("a thread");
        thread.train(job());
        eventually("steps", || (thread.status().images > 100).then_some(()));
        thread.run(false);
        drop(thread);
        let path = home.path().join("run-0001.safetensors");
        let mut file = ImageFile::read(&path).expect("kept");
        let record = file.recipe.training.as_object_mut().expect("a record");
        record.retain(|name, _| !["losses", "name", "early"].contains(&name.as_str()));
        file.write(&path, false).expect("written");
        let row = serde_json::json!({ "images": 8, "png": "AAAA" });
        file.recipe.training["early"] = vec![row; MOST_EARLY + 1].into();
        file.write(&home.path().join("run-0002.safetensors"), false).expect("written");
        std::fs::write(home.path().join("run-0003.safetensors"), b"nothing").expect("written");
        let again = ImageTrainerThread::start(&Device::flex(), Some(home.path().to_owned()), || {})
            .expect("a thread");
        let report = eventually("a report", || again.status().report.1).expect_err("two are set aside");
        assert!(report.contains("9 rows of early samples") && report.contains("run-0003"), "{report}");
        let kept = again.status().news.kept;
        assert_eq!(kept.iter().map(|run| run.number).collect::<Vec<_>>(), [1]);
        assert!(kept[0].training.losses.is_empty() && kept[0].training.name.is_empty());
        again.train(ImageJob::File(path));
        eventually("it goes on", || (again.status().images > kept[0].training.images).then_some(()));
    }

    #[test]
    fn a_run_with_a_length_pauses_at_its_end_and_can_go_on() {
        let home = tempfile::tempdir().expect("a folder");
        let thread = ImageTrainerThread::start(&Device::flex(), Some(home.path().to_owned()), || {})
            .expect("a thread");
        let ImageJob::Fresh { data, tokens, side, source, net, width, config, mirror } = job() else {
            panic!("a fresh one")
        };
        let config = ImageTrainConfig { images: 60, dropout: 0.25, clip: Some(1.0), ..config };
        thread.train(ImageJob::Fresh { data, tokens, side, source, net, width, config, mirror });
        let at_rest = |status: &ImageTrainStatus| status.state == TrainState::Paused && status.images > 0;
        let ended = eventually("the end", || Some(thread.status()).filter(at_rest));
        assert_eq!((ended.images, ended.left), (64, None), "whole steps");
        let said = eventually("words", || thread.status().report.1).expect("no problem");
        assert!(said.contains("60 images"), "{said}");
        let settings = ended.settings.as_ref().expect("settings");
        assert_eq!((settings.config.images, settings.config.clip), (60, Some(1.0)));
        assert!(!ImageFile::read(&ended.file.expect("a file")).expect("kept").state.is_empty());
        thread.run(true);
        eventually("more steps", || (thread.status().images > 100).then_some(()));
    }

    #[test]
    fn what_can_not_be_trained_is_said_and_no_end() {
        let thread = ImageTrainerThread::start(&Device::flex(), None, || {}).expect("a thread");
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
