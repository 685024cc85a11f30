//! What the training runs on images are, as their cards and losses tell it.

use super::early::EarlySamples;
use crate::train::sequence::{EarlyRow, HeldOut, ImageRunSettings, ImageTrainNews, KeptImageRun};
use crate::ui::sequence_runs::{Bound, RunCard, RunNews, SequenceRuns};
use egui::Ui;
use std::sync::Arc;

/// All runs of the window.
pub type ImageRuns = SequenceRuns<ImageTrainNews>;

impl RunNews for ImageTrainNews {
    type Settings = ImageRunSettings;
    type HeldOut = HeldOut;
    type Early = EarlySamples;
    const ONE: &'static str = "image";
    const ABOUT_BOUND: &'static str = "an upper bound of the negative log-likelihood";

    fn settings(&self) -> Option<&Arc<ImageRunSettings>> {
        self.settings.as_ref()
    }

    fn held_out(&self) -> &Arc<Vec<HeldOut>> {
        &self.held_out
    }

    fn bound(found: &HeldOut) -> Bound {
        Bound { seen: found.images, bits: found.bits, error: found.error, asked: found.asked }
    }

    fn early(&self) -> EarlySamples {
        EarlySamples::of(&self.early)
    }

    fn rows(early: &EarlySamples) -> Vec<EarlyRow> {
        early.rows()
    }

    fn show_early(ui: &mut Ui, early: &mut EarlySamples) {
        early.show_last(ui);
    }

    fn kept(&self) -> Vec<RunCard<Self>> {
        self.kept.iter().map(card).collect()
    }

    fn words(settings: &ImageRunSettings) -> [String; 2] {
        let what = settings.words();
        let full = format!("{}: {what}", settings.data);
        [what, full]
    }

    fn course(settings: &ImageRunSettings) -> String {
        settings.course()
    }

    fn names(runs: &[(u64, &ImageRunSettings)]) -> Vec<String> {
        ImageRunSettings::names(runs)
    }
}

fn card(kept: &KeptImageRun) -> RunCard<ImageTrainNews> {
    let training = &kept.training;
    RunCard {
        id: kept.number,
        settings: Arc::new(kept.settings.clone()),
        name: training.name.clone(),
        losses: Arc::new(training.losses.clone()),
        held_out: Arc::new(training.held_out.clone()),
        seen: training.images,
        seconds: training.seconds,
        file: Some(kept.file.clone()),
        early: EarlySamples::of(&training.early),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use crate::data::images::ImageSource;
    use crate::flow::SequenceSource;
    use crate::model::sequence::{ImageNetConfig, NetSize};
    use crate::train::TrainState;
    use crate::train::sequence::{ImageTrainConfig, ImageTrainStatus, ImageTraining, SequenceNews};

    fn settings(width: usize) -> ImageRunSettings {
        ImageRunSettings {
            data: ImageSource::Shapes,
            tokens: TokenSpec::Gray(8),
            side: 8,
            source: SequenceSource::Mask,
            network: ImageNetConfig::for_images(TokenSpec::Gray(8), 8, 10, SequenceSource::Mask)
                .sized_or_wide(NetSize::Small, width),
            config: ImageTrainConfig::default(),
        }
    }

    fn kept(number: u64, width: usize, name: &str) -> KeptImageRun {
        let held_out = vec![HeldOut { images: 64, seconds: 5.0, bits: 2.0, error: 0.1, asked: 8 }];
        let (losses, name) = (vec![[64.0, 3.0]], name.to_owned());
        let training = ImageTraining {
            config: ImageTrainConfig::default(),
            step: 8,
            images: 64,
            seconds: 6.0,
            held_out,
            losses,
            name,
            early: Vec::new(),
        };
        let file = format!("run-{number:04}.safetensors").into();
        KeptImageRun { number, file, settings: settings(width), training }
    }

    fn at(run: u64, width: usize, images: u64) -> ImageTrainStatus {
        let own = ImageTrainNews {
            settings: Some(Arc::new(settings(width))),
            kept: Arc::new(vec![kept(3, 16, ""), kept(5, 32, "wide")]),
            ..ImageTrainNews::default()
        };
        let losses = Arc::new(vec![[images as f64, 4.0]]);
        let news = SequenceNews { seen: images, losses, knows_kept: true, own, ..SequenceNews::default() };
        ImageTrainStatus { run, state: TrainState::Running, news, ..ImageTrainStatus::default() }
    }

    #[test]
    fn kept_runs_and_the_present_one_are_on_one_plot_with_their_names() {
        let mut log = ImageRuns::default();
        log.follow(&ImageTrainStatus::default());
        assert!(log.is_empty());
        log.follow(&at(6, 48, 10));
        log.follow(&at(6, 48, 20));
        let names = |log: &ImageRuns| log.losses().into_iter().map(|run| run.name).collect::<Vec<_>>();
        assert_eq!(names(&log), ["run 3: width 16", "wide", "run 6: width 48"]);
        let losses = log.losses();
        assert_eq!((losses[0].color, &losses[0].held_out[..]), (2, &[[64.0, 2.0]][..]));
        assert_eq!(losses[2].batches[..], [[20.0, 4.0]]);
        assert!(log.resumable(&at(6, 48, 20)).is_none(), "one is under way");
        // Hidden, it keeps its name and those of the others.
        log.toggle(3);
        assert_eq!(names(&log), ["wide", "run 6: width 48"]);
        assert!(
            log.about().starts_with("wide: gray:8 at 8×8") && log.about().contains(" | run 6: width 48: ")
        );
        log.toggle(3);
        log.call(6, "the third".to_owned());
        assert_eq!(log.notes(6).expect("there").name, "the third");
        log.forget(5);
        assert_eq!(names(&log), ["run 3: width 16", "the third"]);
        // One that goes on is the last, with the name that it had, and can go on again when it is let go of.
        log.follow(&at(3, 16, 80));
        assert_eq!(names(&log), ["the third", "run 3: width 16"]);
        let idle = ImageTrainStatus { news: SequenceNews::default(), ..ImageTrainStatus::default() };
        assert_eq!(log.resumable(&idle), None, "it was kept nowhere");
        log.get_mut(3).expect("there").file = Some("run-0003.safetensors".into());
        assert_eq!(log.resumable(&idle), Some((3, "run 3: width 16".to_owned())));
    }
}
