//! The target that is drawn as cells: its canvas, its tools, and where boards are kept.

use super::PlaneLab;
use crate::data::{Drawing, TargetSpec, load_target, save_target};
use crate::flow::plane::PlaneFlow;
use crate::ui::editor::{Editor, EditorAction, Subject as _, canvas, tools};
use crate::ui::files::Purpose;
use crate::ui::labs::plane::board::BoardSide;
use crate::ui::saved_targets::{keep, title};
use crate::ui::widgets::Tone;
use egui::{Context, Ui};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl PlaneLab {
    /// Opens the editor of cells on the side that is being set, or closes it.
    pub fn edit_cells(&mut self) {
        self.hand = None;
        if self.editor.take().is_some() {
            return;
        }
        let (chosen, flow) = (self.settings.sides.chosen(), self.flow_of_what_is_set());
        let side = self.settings.sides.here_mut();
        match Editor::open(&BoardSide { side, flow }) {
            Some(editor) => self.editor = Some((chosen, editor)),
            None => {
                self.say(Tone::Error, "The target can’t be drawn on before its flow is there.".to_owned())
            }
        }
    }

    /// Whether cells are drawn.
    pub fn is_editing(&self) -> bool {
        self.editor.is_some()
    }

    /// The flow of the side that is being set, unless that is an older one.
    fn flow_of_what_is_set(&self) -> Option<Arc<PlaneFlow>> {
        let live = self.sides.get(self.settings.sides.chosen())?;
        match &live.built {
            Some((of, Ok(built))) if of.is_of_one_flow(self.settings.sides.here()) => {
                Some(built.flow.clone())
            }
            _ => None,
        }
    }

    /// The editor follows what is set elsewhere, and the side that is chosen.
    pub(super) fn follow_target(&mut self) {
        let (chosen, flow) = (self.settings.sides.chosen(), self.flow_of_what_is_set());
        let Some((of, editor)) = &mut self.editor else { return };
        let subject = BoardSide { side: self.settings.sides.here_mut(), flow };
        if *of == chosen {
            editor.follow(&subject);
        } else if let Some(mut other) = Editor::open(&subject) {
            (other.tool, other.brush) = (editor.tool, editor.brush);
            self.editor = Some((chosen, other));
        }
    }

    /// Draws the canvas.
    pub(super) fn canvas(&mut self, ui: &mut Ui) {
        let flow = self.flow_of_what_is_set();
        if let Some((_, editor)) = &mut self.editor {
            canvas(ui, editor, &mut BoardSide { side: self.settings.sides.here_mut(), flow });
        }
    }

    /// Draws its tools in place of the right panel; whether it is open.
    pub(super) fn edit(&mut self, ui: &mut Ui) -> bool {
        let flow = self.flow_of_what_is_set();
        let Some((_, editor)) = &mut self.editor else { return false };
        let mut subject = BoardSide { side: self.settings.sides.here_mut(), flow };
        match tools(ui, editor, &mut subject) {
            Some(EditorAction::Close) => self.editor = None,
            Some(EditorAction::Import) => self.picker.ask(Purpose::Target, ui.ctx()),
            Some(EditorAction::Save(kind)) => self.picker.ask(Purpose::SaveTarget(kind), ui.ctx()),
            Some(EditorAction::Keep) => match self.saved_boards.free_file(editor.name::<BoardSide<'_>>()) {
                Ok(file) => self.save_board(file, ui.ctx()),
                Err(why) => self.say(Tone::Error, format!("The target can’t be saved: {why}.")),
            },
            None => {}
        }
        true
    }

    /// Writes the board that is being drawn.
    pub(super) fn save_board(&mut self, file: PathBuf, ctx: &Context) {
        let Some(pmf) = self.editor.as_ref().map(|(_, editor)| editor.drawing().pmf()) else { return };
        let write = move |file: &Path| {
            let pmf = pmf.map_err(|error| error.to_string())?;
            save_target(file, &pmf).map_err(|error| error.to_string())
        };
        self.picker.write(ctx, move || keep(&file, write));
    }

    /// Takes a board that was kept, under its name.
    pub(super) fn use_board(&mut self, file: &Path) {
        let read = || {
            let pmf = load_target(&TargetSpec::File(file.to_owned()), None, false)?;
            // A board of more cells than the plane has takes too long for a view.
            Drawing::from_weights(&pmf)?.resampled(pmf.nrows().min(BoardSide::MOST_CELLS))
        };
        match read() {
            Ok(drawing) => self.settings.sides.here_mut().target = BoardSide::drawn(drawing, &title(file)),
            Err(why) => self.say(Tone::Error, why.to_string()),
        }
    }
}
