//! The target that is drawn by hand: what a hand does in a pane, and where drawings are kept.

use super::PlaneLab;
use crate::data::atomic_write;
use crate::data::plane::read_mixture;
use crate::experiment::plane::{PlaneTargetSpec, Sketch};
use crate::flow::plane::PlaneTarget;
use crate::ui::files::Purpose;
use crate::ui::labs::plane::controls::Wish;
use crate::ui::labs::plane::hand::{BESIDE_DATA, Gesture, Hand, HandWish};
use crate::ui::saved_targets::{keep, title};
use crate::ui::widgets::Tone;
use egui::{Context, Key, Modifiers};
use std::io::Write as _;
use std::path::{Path, PathBuf};

impl PlaneLab {
    /// Whether a target is drawn by hand, as Gaussians or as cells.
    pub fn is_drawing(&self) -> bool {
        self.hand.is_some() || self.editor.is_some()
    }

    /// Begins to draw on the side that is being set, or stops.
    pub fn draw(&mut self) {
        self.editor = None;
        if self.hand.take().is_none() {
            self.hand = Some(Hand::new(self.settings.sides.chosen()));
            self.set_time(BESIDE_DATA, false);
        }
    }

    /// What a hand finds on a side: a mixture that is not too much for it, else nothing.
    pub(super) fn sketch(&self, side: usize) -> Sketch {
        match (&self.settings.sides.side(side).target, self.flow(side)) {
            (PlaneTargetSpec::Drawn(sketch), _) => sketch.clone(),
            (_, Some(flow)) => match flow.target() {
                PlaneTarget::Mixture(mixture) => Sketch::of(mixture, "").unwrap_or_default(),
                PlaneTarget::Boxes(_) => Sketch::default(),
            },
            _ => Sketch::default(),
        }
    }

    /// What the pointer does in a pane of a side.
    pub(super) fn draw_on(&mut self, side: usize, gesture: Gesture) {
        self.change_drawing(side, |hand, sketch| hand.apply(gesture, sketch));
    }

    fn change_drawing(&mut self, side: usize, change: impl FnOnce(&mut Hand, &Sketch) -> Option<Sketch>) {
        let Some(mut hand) = self.hand.take() else { return };
        self.settings.sides.choose(side);
        hand.turn_to(side);
        let sketch = hand.seen(self.sketch(side));
        if let Some(after) = change(&mut hand, &sketch) {
            let side = self.settings.sides.here_mut();
            (side.target, side.reach) = (PlaneTargetSpec::Drawn(after), None);
        }
        self.hand = Some(hand);
    }

    /// A press that is over, and the keys of a drawing.
    pub(super) fn follow_hand(&mut self, ctx: &Context) {
        let Some(hand) = &mut self.hand else { return };
        if !ctx.input(|input| input.pointer.primary_down()) {
            hand.let_go();
        }
        if ctx.text_edit_focused() {
            return;
        }
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Delete) || pressed(Key::Backspace) {
            let side = self.settings.sides.chosen();
            self.change_drawing(side, Hand::without_selected);
        }
    }

    /// Does what the left panel asks for.
    pub(super) fn grant(&mut self, wish: Wish, ctx: &Context) {
        match wish {
            Wish::OpenTarget => self.picker.ask(Purpose::Target, ctx),
            Wish::Draw => self.draw(),
            Wish::Edit => self.edit_cells(),
            Wish::Hand(HandWish::Save) => self.picker.ask(Purpose::SaveTarget("csv"), ctx),
            Wish::Hand(HandWish::Keep) => {
                let name = self.sketch(self.settings.sides.chosen()).name().to_owned();
                match self.saved.free_file(&name) {
                    Ok(file) => self.save_drawing(file, ctx),
                    Err(why) => self.say(Tone::Error, format!("The target can’t be saved: {why}.")),
                }
            }
            Wish::Use(file) if self.saved_boards.files().contains(&file) => self.use_board(&file),
            Wish::Use(file) => self.use_drawing(&file),
        }
    }

    /// Writes the drawing of the side that is being set, as a mixture.
    pub(super) fn save_drawing(&mut self, file: PathBuf, ctx: &Context) {
        let rows = self.sketch(self.settings.sides.chosen()).csv();
        let write = move |file: &Path| {
            let written = atomic_write(file, |out| out.write_all(rows.as_bytes()));
            written.map_err(|error| error.to_string())
        };
        self.picker.write(ctx, move || keep(&file, write));
    }

    /// Takes a drawing that was kept, under its name.
    fn use_drawing(&mut self, file: &Path) {
        let read = || {
            let mixture = read_mixture(file, "target")?;
            // A name that files may have and drawings may not is left out.
            Sketch::of(&mixture, &title(file)).or_else(|_| Sketch::of(&mixture, ""))
        };
        match read() {
            Ok(sketch) => {
                let side = self.settings.sides.here_mut();
                (side.target, side.reach) = (PlaneTargetSpec::Drawn(sketch), None);
            }
            Err(why) => self.say(Tone::Error, why.to_string()),
        }
    }
}
