//! What the next run needs in memory, said where it is set; one that finds no room is not begun unless that is asked for.

use super::walls::weak;
use crate::data::memory;
use crate::experiment::images::TrainingSettings;
use crate::train::sequence::{DeviceRoom, ImageRunSettings, MemoryRoom, NoRoom, RunMemory};
use crate::ui::widgets::{Tone, notice};
use egui::{Label, Ui};
use std::time::{Duration, Instant};

/// The machine is asked anew what it has left after this time.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// Classes are known when the images are read; what is told of them is little.
const CLASSES: usize = 10;

/// See the module.
#[derive(Default)]
pub struct Needs {
    /// Where networks are trained, if that is not the CPU.
    device: Option<DeviceRoom>,
    /// Whether it has half precision.
    pub half: bool,
    /// Of which settings it was last asked, and when.
    asked: Option<(TrainingSettings, Instant)>,
    found: Option<Result<RunMemory, NoRoom>>,
    /// Whether a run is to be begun that finds no room.
    pub anyway: bool,
    /// The kept run that was last told to find none.
    told: Option<u64>,
}

impl Needs {
    /// Of a device with arrays of so many bytes at most, which may be in the memory of the machine, and whether it has half
    /// precision.
    pub fn on(device: Option<(u64, bool)>, half: bool) -> Self {
        let device = device.map(|(largest, shares)| DeviceRoom { largest, shares });
        Self { device, half, ..Self::default() }
    }

    fn check(&mut self, settings: &TrainingSettings) -> &Result<RunMemory, NoRoom> {
        let is_new =
            |(asked, at): &(TrainingSettings, Instant)| asked == settings && at.elapsed() < ASK_AGAIN;
        if !self.asked.as_ref().is_some_and(is_new) {
            self.asked = Some((settings.clone(), Instant::now()));
            self.found = None;
        }
        let room = self.room();
        self.found.get_or_insert_with(|| room().check(&settings.network(CLASSES), &settings.config.pace()))
    }

    fn room(&self) -> impl Fn() -> MemoryRoom + use<> {
        let device = self.device;
        move || MemoryRoom { left: memory::left(), device }
    }

    /// Why a run is not begun, if so.
    pub fn refusal(&mut self, settings: &TrainingSettings) -> Option<String> {
        let anyway = self.anyway;
        self.check(settings).as_ref().err().filter(|_| !anyway).map(words)
    }

    /// Why a kept run does not go on, if so. Asked for a second time, it does: its batch can't be set here.
    pub fn refusal_of_kept(&mut self, run: u64, settings: &ImageRunSettings) -> Option<String> {
        let insists = self.told.replace(run) == Some(run);
        let no_room = self.room()().check(&settings.network, &settings.config.pace()).err();
        let no_room = no_room.filter(|_| !insists && !self.anyway);
        if no_room.is_none() {
            self.told = None;
        }
        no_room
            .map(|NoRoom { why, .. }| format!("{}. Continue it again to train all the same.", sentence(&why)))
    }

    /// Says what the run needs.
    pub fn ui(&mut self, ui: &mut Ui, settings: &TrainingSettings) {
        let size = settings.network(CLASSES).parameter_words();
        match self.check(settings) {
            Ok(needs) => {
                let about = "Counted from the layers, besides the program and the images: parameters, their average, the \
                             optimiser’s state, what a step keeps of its images for the way back, and the file while it is \
                             written.";
                let text = weak(ui, format!("{size}, {}", needs.words()));
                ui.add(Label::new(text).wrap()).on_hover_text(about);
            }
            Err(no_room) => {
                notice(ui, Tone::Error, &words(no_room));
                let about = "The numbers are estimates, and memory may become free. A run that finds none on a GPU goes on on \
                             the CPU; one that takes all of the machine’s may end the program.";
                ui.checkbox(&mut self.anyway, "train all the same").on_hover_text(about);
            }
        }
    }
}

fn sentence(why: &str) -> String {
    let mut why = why.to_owned();
    if let Some(first) = why.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    why
}

/// Why there is no room, and what would find some.
fn words(NoRoom { why, batch }: &NoRoom) -> String {
    let why = sentence(why);
    match batch {
        Some(batch) => format!("{why}. A batch of {batch} fits."),
        None => format!("{why}. A smaller network may fit."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sequence::NetSize;

    fn kept_run(settings: &TrainingSettings) -> ImageRunSettings {
        ImageRunSettings {
            data: settings.data.clone(),
            tokens: settings.tokens,
            side: settings.side,
            source: settings.source,
            network: settings.network(CLASSES),
            config: settings.config,
        }
    }

    #[test]
    fn what_finds_no_room_is_refused_until_it_is_asked_for_all_the_same() {
        let mut needs = Needs::on(Some((1 << 20, false)), false);
        let mut settings = TrainingSettings { side: 32, net: NetSize::Large, ..TrainingSettings::default() };
        let why = needs.refusal(&settings).expect("no room");
        assert!(why.starts_with("A step of 32 images with 3") && why.contains("1 MiB at most"), "{why}");
        let kept = kept_run(&settings);
        let why = needs.refusal_of_kept(3, &kept).expect("no room");
        assert!(why.contains("1 MiB at most. Continue it again"), "{why}");
        assert!(needs.refusal_of_kept(4, &kept).is_some(), "another run is another question");
        assert_eq!(needs.refusal_of_kept(4, &kept), None);
        assert!(needs.refusal_of_kept(4, &kept).is_some(), "and so is the same one later");
        needs.anyway = true;
        assert_eq!((needs.refusal(&settings), needs.refusal_of_kept(3, &kept)), (None, None));
        (needs.anyway, needs.device) = (false, None);
        settings.net = NetSize::Small;
        assert_eq!(needs.refusal(&settings), None, "on the CPU there is room for a small one");
    }
}
