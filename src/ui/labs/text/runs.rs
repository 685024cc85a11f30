//! What the training runs on texts are, as their cards and losses tell it.

use crate::flow::counted;
use crate::train::sequence::{EarlyText, KeptTextRun, TextHeldOut, TextRunSettings, TextTrainNews};
use crate::ui::sequence_runs::{Bound, RunCard, RunNews, SequenceRuns};
use crate::ui::theme;
use egui::{FontId, Label, RichText, Ui};
use std::sync::Arc;

/// Letters of a sample that are shown.
const SHOWN: usize = 96;

/// All runs of the window.
pub type TextRuns = SequenceRuns<TextTrainNews>;

impl RunNews for TextTrainNews {
    type Settings = TextRunSettings;
    type HeldOut = TextHeldOut;
    type Early = Arc<Vec<EarlyText>>;
    const ONE: &'static str = "text";
    const ABOUT_BOUND: &'static str = "an upper bound of the negative log-likelihood, or of a network that writes from left to right itself";

    fn settings(&self) -> Option<&Arc<TextRunSettings>> {
        self.settings.as_ref()
    }

    fn held_out(&self) -> &Arc<Vec<TextHeldOut>> {
        &self.held_out
    }

    fn bound(found: &TextHeldOut) -> Bound {
        Bound { seen: found.texts, bits: found.bits, error: found.error, asked: found.asked }
    }

    fn early(&self) -> Arc<Vec<EarlyText>> {
        self.early.clone()
    }

    fn follow_early(&self, early: &mut Arc<Vec<EarlyText>>) {
        early.clone_from(&self.early);
    }

    fn show_early(ui: &mut Ui, early: &mut Arc<Vec<EarlyText>>) {
        if let Some(newest) = early.last() {
            sample(ui, newest.texts, &newest.sample);
        }
    }

    fn kept(&self) -> Vec<RunCard<Self>> {
        self.kept.iter().map(card).collect()
    }

    fn words(settings: &TextRunSettings) -> [String; 2] {
        // The texts are a part of it.
        [settings.words(), settings.words()]
    }

    fn course(settings: &TextRunSettings) -> String {
        settings.course()
    }

    fn names(runs: &[(u64, &TextRunSettings)]) -> Vec<String> {
        TextRunSettings::names(runs)
    }
}

fn card(kept: &KeptTextRun) -> RunCard<TextTrainNews> {
    let training = &kept.training;
    RunCard {
        id: kept.number,
        settings: Arc::new(kept.settings.clone()),
        name: training.name.clone(),
        losses: Arc::new(training.losses.clone()),
        held_out: Arc::new(training.held_out.clone()),
        seen: training.texts,
        seconds: training.seconds,
        file: Some(kept.file.clone()),
        early: Arc::new(training.early.clone()),
    }
}

/// Draws what a network wrote when it had `seen` so many texts.
pub fn sample(ui: &mut Ui, seen: u64, text: &str) {
    let text: String = text.chars().take(SHOWN).map(|c| if c == '\n' { '¶' } else { c }).collect();
    let weak = theme::palette(ui).weak;
    ui.label(RichText::new(counted(seen, "text")).font(theme::small()).color(weak));
    ui.add(Label::new(RichText::new(text).font(FontId::monospace(11.0))).wrap());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::language::{LanguageSpec, TextSource};
    use crate::flow::SequenceSource;
    use crate::model::sequence::TextNetConfig;
    use crate::train::TrainState;
    use crate::train::sequence::{SequenceNews, TextTrainConfig, TextTrainStatus};

    fn at(run: u64, causal: bool, sample: &str) -> TextTrainStatus {
        let settings = TextRunSettings {
            source: TextSource::Language(LanguageSpec::Sums),
            network: TextNetConfig::new(64, 14, SequenceSource::Mask, causal),
            config: TextTrainConfig::default(),
        };
        let own = TextTrainNews {
            settings: Some(Arc::new(settings)),
            held_out: Arc::new(vec![TextHeldOut {
                texts: 64,
                seconds: 5.0,
                bits: 2.0,
                error: 0.1,
                asked: 8,
            }]),
            early: Arc::new(vec![EarlyText { texts: 64, sample: sample.to_owned() }]),
            ..TextTrainNews::default()
        };
        let losses = Arc::new(vec![[run as f64, 4.0]]);
        let news = SequenceNews { seen: 64, losses, knows_kept: true, own, ..SequenceNews::default() };
        TextTrainStatus { run, state: TrainState::Running, news, ..TextTrainStatus::default() }
    }

    #[test]
    fn a_denoiser_and_its_twin_stand_beside_each_other_with_what_they_wrote() {
        let mut runs = TextRuns::default();
        runs.follow(&at(1, false, "1+1=2"));
        runs.follow(&at(2, true, "7-5=3"));
        runs.follow(&at(2, true, "7-5=2"));
        let names: Vec<String> = runs.losses().into_iter().map(|run| run.name).collect();
        assert_eq!(names, ["run 1: mask source", "run 2: left to right"]);
        let losses = runs.losses();
        assert_eq!((losses[1].color, &losses[1].held_out[..]), (1, &[[64.0, 2.0]][..]));
        let wrote = |runs: &mut TextRuns, run| runs.get_mut(run).expect("there").early[0].sample.clone();
        assert_eq!((wrote(&mut runs, 1), wrote(&mut runs, 2)), ("1+1=2".to_owned(), "7-5=2".to_owned()));
        runs.call(1, "the first".to_owned());
        let notes = runs.notes(1).expect("there");
        assert_eq!(
            (notes.name.as_str(), notes.early.len()),
            ("the first", 0),
            "its thread keeps what it wrote"
        );
        runs.forget(2);
        assert!(runs.about().starts_with("sums in 64 tokens, mask source"), "{}", runs.about());
    }
}
