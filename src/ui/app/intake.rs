//! Files that come into the window: dropped on it, chosen with *Open …*, or named on the command line.

use super::App;
use crate::experiment::Recipe;
use crate::ui::intake_reader::Opened;
use crate::ui::lab::{Claim, From};
use crate::ui::theme::{self, space};
use crate::ui::widgets::Tone;
use egui::{Button, Context, Id, Modal, RichText, Vec2};
use std::path::{Path, PathBuf};

/// Width of the question, points.
const WIDTH: f32 = 360.0;

/// Whether a lab may have a file.
pub(super) struct Question {
    lab: usize,
    file: PathBuf,
    /// What is asked, and what agreeing is called.
    words: [&'static str; 2],
}

impl App {
    /// What can be opened, for tooltips.
    pub(super) fn opened(&self) -> String {
        // Each kind once, with the most endings that a lab reads: “a picture (.png, .jpg)”.
        let mut all = vec!["a figure of this program".to_owned(), "a preset".to_owned()];
        let opens = self.labs.iter().map(|slot| slot.entry.opens).filter(|opens| !opens.is_empty());
        for opened in opens.flat_map(|opens| opens.split(", a ")) {
            let opened = format!("a {}", opened.trim_start_matches("a "));
            let kind = |text: &str| text.split(" (").next().map(str::to_owned);
            match all.iter_mut().find(|known| kind(known) == kind(&opened)) {
                Some(known) if known.len() < opened.len() => *known = opened,
                Some(_) => {}
                None => all.push(opened),
            }
        }
        format!(
            "{}. Files can be dropped on the window too, but not under Wayland; there and everywhere else dfm-explorer FILE \
             opens one at the start.",
            all.join(", ")
        )
    }

    /// Opens what was dropped and what was chosen since the last picture.
    pub(super) fn take_files(&mut self, ctx: &Context) {
        let dropped = ctx.input_mut(|input| std::mem::take(&mut input.raw.dropped_files));
        for file in dropped {
            self.open(file.path().to_owned());
        }
        while let Some(picked) = self.picker.next() {
            match picked {
                Ok((_, file)) => self.open(file),
                Err(why) => self.surroundings.messages.say_at(self.picker.take_place(), Tone::Error, why),
            }
        }
        while let Some((file, opened)) = self.reader.next() {
            self.take_file(file, opened, ctx);
        }
    }

    /// Opens a file in the lab that it is of, the present one before others, once it was read.
    pub fn open(&mut self, file: PathBuf) {
        self.reader.open(file);
    }

    fn take_file(&mut self, file: PathBuf, opened: Result<Opened, String>, ctx: &Context) {
        let said = match opened {
            Ok(Opened::Figure(text)) => self.open_figure(&file, &text),
            Ok(Opened::Json(bytes)) => self.open_preset(&file, &bytes),
            Ok(Opened::Folder | Opened::Other) => return self.offer(file, ctx),
            Err(why) => Err(why),
        };
        match said {
            Ok(said) => self.say(Tone::Plain, said),
            Err(why) => self.say(Tone::Error, why),
        }
    }

    /// The experiment of a figure.
    fn open_figure(&mut self, file: &Path, text: &str) -> Result<String, String> {
        let name = file.display();
        let taken = Recipe::carried(text).and_then(|recipe| self.take(&recipe, From::Figure(file)));
        let missing = taken.map_err(|why| format!("{name} {why}"))?;
        let said = format!("The experiment of {name} is back.");
        Ok(missing.map_or(said.clone(), |missing| format!("{said} {missing}")))
    }

    fn open_preset(&mut self, file: &Path, bytes: &[u8]) -> Result<String, String> {
        if let Ok(recipe @ Recipe { name: None, .. }) = Recipe::read(bytes) {
            // Printed by `dfm-explorer recipe`: an experiment, but no preset.
            let taken =
                self.take(&recipe, From::Figure(file)).map_err(|why| format!("{} {why}", file.display()))?;
            let said = format!("The experiment of {} is back.", file.display());
            return Ok(taken.map_or(said.clone(), |missing| format!("{said} {missing}")));
        }
        let (name, recipe) = self.presets.import(file, bytes)?;
        self.take(&recipe, From::Preset(&name)).map_err(|why| format!("{} {why}", file.display()))?;
        Ok(format!("The preset “{name}” is now among yours."))
    }

    /// Gives a file to the first lab that says it is its own, the present one before others. What looks like the file of one,
    /// but can't be taken by any, changes nothing.
    fn offer(&mut self, file: PathBuf, ctx: &Context) {
        let labs = std::iter::once(self.open).chain((0..self.labs.len()).filter(|lab| *lab != self.open));
        let claims: Vec<_> = labs.map(|lab| (lab, (self.labs[lab].entry.claims)(&file))).collect();
        let takes = |(_, claim): &&(usize, Claim)| matches!(claim, Claim::Yes | Claim::Asks(..));
        let looks = |(_, claim): &&(usize, Claim)| matches!(claim, Claim::Refused(_));
        match claims.iter().find(takes).or_else(|| claims.iter().find(looks)) {
            Some((lab, Claim::Asks(question, agree))) => {
                self.asked = Some(Question { lab: *lab, file, words: [question, agree] });
            }
            Some((_, Claim::Refused(why))) => self.say(Tone::Error, why.clone()),
            Some((lab, _)) => self.give(*lab, file, ctx),
            None => {
                let why = if has_ending(&file, "svg") || has_ending(&file, "pdf") {
                    "holds no experiment"
                } else {
                    "can’t be opened"
                };
                let all = self.labs.iter().map(|slot| slot.entry.opens).filter(|opens| !opens.is_empty());
                let all: Vec<_> = all.collect();
                let message = format!(
                    "{} {why}: expected {}, a preset (.json) or a figure of this program (.png, .svg, .pdf, .gif)",
                    file.display(),
                    all.join(", ")
                );
                self.say(Tone::Error, message);
            }
        }
    }

    fn give(&mut self, lab: usize, file: PathBuf, ctx: &Context) {
        if self.show(lab) {
            self.here.open(file, ctx);
        }
    }

    /// Asks what is to be asked about a file.
    pub(super) fn ask(&mut self, ctx: &Context) {
        let Some(question) = self.asked.take() else { return };
        let name = question.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let [asked, agree] = question.words;
        let shown = Modal::new(Id::unique("about a file")).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = space::S;
            ui.label(RichText::new(asked).font(theme::heading()));
            ui.label(format!(
                "{name} holds no experiment. As a figure of this program it would: other programs leave it out when they \
                 save a picture anew."
            ));
            ui.horizontal(|ui| {
                let palette = theme::palette(ui);
                let text = RichText::new(agree).color(palette.on_accent);
                let agreed =
                    ui.add(Button::new(text).fill(palette.accent).min_size(Vec2::new(110.0, 26.0))).clicked();
                let cancelled = ui.add(Button::new("Cancel").min_size(Vec2::new(80.0, 26.0))).clicked();
                (agreed || cancelled).then_some(agreed)
            })
            .inner
        });
        match shown.inner {
            _ if shown.should_close() => {}
            Some(false) => {}
            Some(true) => self.give(question.lab, question.file, ctx),
            None => self.asked = Some(question),
        }
    }
}

fn has_ending(file: &Path, ending: &str) -> bool {
    file.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}
