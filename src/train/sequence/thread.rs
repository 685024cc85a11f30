//! The thread that trains on images.

use super::lab::{SequenceLab, SequenceNews, SequenceStatus, Watched};
use super::{
    EarlyRow, HeldOut, ImageRunSettings, ImageTrainConfig, ImageTrainer, ImageTraining, Images,
    KeptSequenceRun, Mirror, kept,
};
use crate::data::codec::image::{TokenSpec, Tokenizer};
use crate::data::images::ImageSource;
use crate::flow::SequenceSource;
use crate::model::sequence::{ImageFile, ImageModel, NetSize};
use crate::train::thread::TrainingThread;
use crate::train::{Keeper, TrainError};
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many images held out are asked about, in how many parts of the path.
const HELD_OUT: (usize, usize) = (64, 2);

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

/// What the thread says of a run on images alone.
#[derive(Clone, Default)]
pub struct ImageTrainNews {
    /// What the run was started with; none without a run.
    pub settings: Option<Arc<ImageRunSettings>>,
    /// The early samples that it had when it was taken up.
    pub early: Arc<Vec<EarlyRow>>,
    /// Every answer about images held out.
    pub held_out: Arc<Vec<HeldOut>>,
    /// The newest network.
    pub model: Option<Arc<ImageModel>>,
    /// The runs that were kept when the thread was started, the one written last at the end.
    pub kept: Arc<Vec<KeptImageRun>>,
}

/// What the thread last said.
pub type ImageTrainStatus = SequenceStatus<ImageTrainNews>;

/// A run that was kept.
pub type KeptImageRun = KeptSequenceRun<ImageRunSettings, ImageTraining>;

/// Owns the thread; dropping it saves the run and ends the thread.
pub type ImageTrainerThread = TrainingThread<SequenceLab<Images>>;

impl Watched for Images {
    const THREAD: &'static str = "image trainer";
    type Job = ImageJob;
    type News = ImageTrainNews;

    fn file_of(job: &ImageJob) -> Option<&Path> {
        match job {
            ImageJob::Fresh { .. } => None,
            ImageJob::File(file) => Some(file),
        }
    }

    fn make(job: &ImageJob, device: &Device) -> Result<ImageTrainer, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        match job {
            ImageJob::Fresh { data, tokens, side, source, net, width, config, mirror } => {
                let seed = config.seed;
                let data = Arc::new(data.load(*side, seed).map_err(|e| words(&e))?);
                let config = ImageTrainConfig { flips: mirror.of(&data), ..*config };
                let tokenizer = Tokenizer::new(*tokens, &data.train, seed).map_err(|e| words(&e))?;
                let usual = ImageTrainer::usual_network(&data, &tokenizer, *source);
                let network = usual.sized_or_wide(*net, *width);
                ImageTrainer::new(network, config, (data, seed), tokenizer, device).map_err(|e| words(&e))
            }
            ImageJob::File(path) => {
                let read = ImageFile::read(path).map_err(|e| words(&e))?;
                let recipe = &read.recipe;
                let data = recipe.data.load(recipe.tokenizer.side(), recipe.data_seed);
                let data = data.map_err(|e| words(&e))?;
                ImageTrainer::resume(&read, Arc::new(data), device)
                    .map_err(|error| format!("{}: {error}", path.display()))
            }
        }
    }

    fn find_kept(keeper: &mut Keeper, news: &mut ImageTrainNews) -> Vec<String> {
        let (runs, messages) = keeper.read_all(kept::read::<Self>);
        news.kept = Arc::new(runs);
        messages
    }

    fn lasting(news: &ImageTrainNews) -> ImageTrainNews {
        ImageTrainNews { kept: news.kept.clone(), ..ImageTrainNews::default() }
    }

    fn begin(trainer: &ImageTrainer, news: &mut SequenceNews<ImageTrainNews>) {
        let (settings, training) = (trainer.settings(), trainer.training());
        (news.about, news.name) = (settings.words(), training.name.clone());
        (news.own.settings, news.own.early) = (Some(Arc::new(settings)), Arc::new(training.early.clone()));
    }

    fn tell(trainer: &ImageTrainer, news: &mut SequenceNews<ImageTrainNews>) {
        let held_out = &trainer.training().held_out;
        if news.own.held_out.len() != held_out.len() {
            news.own.held_out = Arc::new(held_out.clone());
        }
    }

    fn show(trainer: &mut ImageTrainer, device: &Device, news: &mut ImageTrainNews) -> Result<(), String> {
        let file = trainer.file().map_err(|e| e.to_string())?;
        let model = ImageModel::of_file(&file).map_err(|e| format!("{e:#}"))?;
        news.model = Some(Arc::new(model.on(device)));
        Ok(())
    }

    fn hold_out(trainer: &mut ImageTrainer, go_on: &dyn Fn() -> bool) -> Result<(), TrainError> {
        let (count, parts) = HELD_OUT;
        trainer.hold_out(count, parts, go_on).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latest::testing::eventually;
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
        let running = eventually("steps", || Some(thread.status()).filter(|status| status.seen >= 80));
        assert!(running.own.model.is_some() && running.state == TrainState::Running);
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
        let kept = eventually("the kept run", || again.status().own.kept.last().cloned());
        assert_eq!((&kept.file, kept.training.images), (&file, paused.seen));
        assert_eq!(
            (kept.training.losses.len(), kept.settings.network.size_words()),
            (paused.losses.len(), "width 16".to_owned())
        );
        assert!(!kept.training.losses.is_empty());
        again.train(ImageJob::File(kept.file));
        let on = eventually("more steps", || Some(again.status()).filter(|status| status.seen > paused.seen));
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
            let begun = |status: &ImageTrainStatus| status.run == number && status.seen > 0;
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
        let kept = eventually("both", || Some(again.status().news.own.kept).filter(|kept| kept.len() == 2));
        let said = |n: usize| (kept[n].training.name.as_str(), kept[n].training.early.clone());
        assert_eq!(said(0), ("the very first", vec![row(64)]));
        assert_eq!(said(1), ("the next", vec![row(8)]));
        again.train(ImageJob::File(kept[0].file.clone()));
        let on = eventually("the first", || Some(again.status()).filter(|status| status.run == 1));
        assert_eq!((on.name.as_str(), &*on.own.early), ("the very first", &vec![row(64)]));
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
        eventually("steps", || (thread.status().seen > 100).then_some(()));
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
        let kept = again.status().news.own.kept;
        assert_eq!(kept.iter().map(|run| run.number).collect::<Vec<_>>(), [1]);
        assert!(kept[0].training.losses.is_empty() && kept[0].training.name.is_empty());
        again.train(ImageJob::File(path));
        eventually("it goes on", || (again.status().seen > kept[0].training.images).then_some(()));
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
        let at_rest = |status: &ImageTrainStatus| status.state == TrainState::Paused && status.seen > 0;
        let ended = eventually("the end", || Some(thread.status()).filter(at_rest));
        assert_eq!((ended.seen, ended.left), (64, None), "whole steps");
        let said = eventually("words", || thread.status().report.1).expect("no problem");
        assert!(said.contains("60 images"), "{said}");
        let settings = ended.own.settings.as_ref().expect("settings");
        assert_eq!((settings.config.images, settings.config.clip), (60, Some(1.0)));
        assert!(!ImageFile::read(&ended.file.expect("a file")).expect("kept").state.is_empty());
        thread.run(true);
        eventually("more steps", || (thread.status().seen > 100).then_some(()));
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
        eventually("steps", || (thread.status().seen > 0).then_some(()));
    }
}
