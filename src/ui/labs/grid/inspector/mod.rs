//! A closer look: one cell with its posteriors and rates, or one particle with all its jumps.

mod cell;
mod moves;
mod opinion;
mod particle;
mod pointed;
mod trail;

pub use cell::cell_panel;
pub use moves::{
    MOST_TOKENS, draw_all as draw_all_moves, draw_from as draw_moves_from, shows_all as shows_all_moves,
};
pub use opinion::{Opinion, OpinionThread};
pub use particle::particle_panel;
pub use pointed::read_out as read_out_move;
pub use trail::draw as draw_trail;

use super::export::FrozenSide;
use super::fields::SideScene;
use crate::flow::GridPath;
use crate::sampler::grid::Way;
use crate::ui::cell_square::Square;
use crate::ui::theme;
use crate::view::grid::CellBars;
use crate::view::grid::Show;
use egui::{Stroke, StrokeKind, Ui};
use std::sync::Arc;

/// What the right panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Curves and read-outs of the whole flow.
    #[default]
    Plots,
    /// One cell.
    Cell,
    /// One particle.
    Particle,
    /// Training runs.
    Runs,
}

/// Something in a view that was clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// A state.
    Cell([usize; 2]),
    /// A particle.
    Particle(usize),
}

/// What is marked in the views.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// The state under inspection, and whether it is pinned.
    pub cell: Option<([usize; 2], bool)>,
    /// The particle that is followed.
    pub particle: Option<Arc<Followed>>,
    /// Whether a click takes the nearest particle, however far and in whichever view; else a cell, but for a click on a
    /// particle.
    pub takes_particles: bool,
}

/// The particle that is followed, and its way in a run as far as it has got.
#[derive(Debug)]
pub struct Followed {
    /// Its number.
    pub particle: usize,
    /// All its jumps.
    pub way: Way,
    /// The run, and how many frames of it there were.
    run: (u64, usize),
}

/// Which cell and which particle are looked at. It belongs to the window, not to an experiment.
#[derive(Debug, Default)]
pub struct Inspector {
    /// What the right panel shows.
    pub tab: Tab,
    /// The state that stays, whatever is under the pointer.
    pub pinned: Option<[usize; 2]>,
    /// The state under the pointer.
    pub hovered: Option<[usize; 2]>,
    /// The particle that is followed.
    pub followed: Option<usize>,
    /// Its way, found once for a run: in a run of a million particles that takes milliseconds.
    way: Option<Arc<Followed>>,
    /// Whether the noise posterior p(x₀ | x_t) is shown in place of the posterior p(x₁ | x_t).
    pub noise: bool,
}

impl Inspector {
    /// The state that is shown: the pinned one, or the one under the pointer.
    pub fn cell(&self) -> Option<[usize; 2]> {
        self.pinned.or(self.hovered)
    }

    /// What the views should mark.
    pub fn marks(&self) -> Marks {
        // The hovered cell is marked only while somebody looks at what the panel says about it.
        let hovered = self.hovered.filter(|_| self.tab == Tab::Cell);
        let cell = self.pinned.map(|z| (z, true)).or(hovered.map(|z| (z, false)));
        Marks { cell, particle: self.way.clone(), takes_particles: self.tab == Tab::Particle }
    }

    /// The way of the particle that is followed, in the run of `scene`.
    pub fn way(&self) -> Option<&Followed> {
        self.way.as_deref()
    }

    /// Takes over what the present path and run are: lets go of what they do not have, and finds the particle's way.
    pub fn follow(&mut self, scene: SideScene<'_>) {
        self.fit(scene.path, scene.result.map(|result| result.trace.particles.count()));
        let (Some(particle), Some(result)) = (self.followed, scene.result) else {
            self.way = None;
            return;
        };
        let run = (result.request.id, result.trace.frames.len());
        if self.way.as_ref().is_none_or(|known| (known.particle, known.run) != (particle, run)) {
            self.way = result.trace.way(particle).map(|way| Arc::new(Followed { particle, way, run }));
        }
    }

    /// Takes over a click in a view: a second one on the same cell or particle lets it go.
    pub fn pick(&mut self, picked: Picked) {
        match picked {
            Picked::Cell(z) if self.pinned == Some(z) => self.pinned = None,
            Picked::Cell(z) => (self.pinned, self.tab) = (Some(z), Tab::Cell),
            Picked::Particle(n) if self.followed == Some(n) => self.followed = None,
            Picked::Particle(n) => (self.followed, self.tab) = (Some(n), Tab::Particle),
        }
    }

    /// Lets go of what the present path or run does not have.
    fn fit(&mut self, path: &GridPath, particles: Option<usize>) {
        let exists = |z: &[usize; 2]| z.iter().all(|token| *token < path.vocabulary());
        self.pinned = self.pinned.filter(exists);
        self.hovered = self.hovered.filter(exists);
        if let Some(count) = particles {
            self.followed = self.followed.filter(|n| *n < count);
        }
    }

    /// Pins the state under the pointer, or lets it go if it is the pinned one. With the pointer elsewhere and nothing pinned
    /// it is the `middle` one.
    pub fn pin(&mut self, middle: [usize; 2]) {
        if let Some(z) = self.hovered.or(Some(middle).filter(|_| self.pinned.is_none())) {
            self.pick(Picked::Cell(z));
        }
    }

    /// Moves the pinned cell, if there is one, by one value of `token` (0 or 1).
    pub fn move_pinned(&mut self, path: &GridPath, token: usize, up: bool) {
        if let Some(z) = &mut self.pinned {
            let last = path.vocabulary() - 1;
            z[token] = if up { (z[token] + 1).min(last) } else { z[token].saturating_sub(1) };
        }
    }

    /// What the views of `path` should mark: a cell only where it exists, a particle only in the run it was found in,
    /// which the experiment that is `looked_at` has.
    pub fn marks_on(&self, path: &GridPath, looked_at: bool) -> Marks {
        let marks = self.marks();
        let exists = |(z, _): &([usize; 2], bool)| z.iter().all(|token| *token < path.vocabulary());
        Marks { cell: marks.cell.filter(exists), particle: marks.particle.filter(|_| looked_at), ..marks }
    }
}

impl Inspector {
    /// The posteriors that the panel of the cell shows, to be exported.
    pub fn exported_cell(&self, scene: SideScene<'_>, opinions: &OpinionThread) -> Option<CellBars> {
        let z = self.cell()?;
        let opinion = if self.noise { None } else { cell::asked(scene, z, opinions) };
        Some(cell_bars(FrozenSide::of(scene).scene(), z, self.noise, opinion.as_ref()))
    }
}

/// The posteriors of a state, with what the shown denoiser says about x₁.
fn cell_bars(scene: SideScene<'_>, z: [usize; 2], noise: bool, opinion: Option<&Opinion>) -> CellBars {
    let exact = CellBars::exact(scene.path, scene.kappa(), z, noise);
    let rows = opinion.and_then(|opinion| opinion.rows.as_ref().ok());
    let name = if scene.settings.show == Show::Learned { "learned" } else { "exact + error ε" };
    CellBars { other: rows.map(|rows| (rows.each_ref().map(|row| row.to_vec()), name.to_owned())), ..exact }
}

/// A token's value as the axes name it.
pub fn token_name(path: &GridPath, token: usize) -> String {
    if token == path.data_tokens() { "m".to_owned() } else { token.to_string() }
}

/// Frames the marked cell.
pub fn draw_mark(ui: &Ui, square: &Square, z: [usize; 2], pinned: bool) {
    let palette = theme::palette(ui);
    let [x, y] = z.map(|token| square.layout.span_of(token));
    let cell = egui::Rect::from_two_pos(square.position([x.start, y.start]), square.position([x.end, y.end]));
    // A cell of a large grid is smaller than its frame: the frame lies around it.
    let frame = cell.expand(1.0);
    let painter = ui.painter().with_clip_rect(square.rect.expand(4.0));
    painter.rect_stroke(frame, 1.0, Stroke::new(3.0, palette.background), StrokeKind::Outside);
    let width = if pinned { 2.0 } else { 1.0 };
    painter.rect_stroke(frame, 1.0, Stroke::new(width, palette.mark), StrokeKind::Outside);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;

    fn path(k: usize) -> GridPath {
        FlowSpec { k: Some(k), ..FlowSpec::default() }.path().expect("path")
    }

    #[test]
    fn a_pinned_cell_stays_until_it_is_clicked_again_or_does_not_exist() {
        let mut inspector = Inspector { hovered: Some([1, 2]), ..Inspector::default() };
        assert_eq!(inspector.cell(), Some([1, 2]));
        assert_eq!(inspector.marks().cell, None, "nobody looks at it");
        inspector.pick(Picked::Cell([3, 4]));
        assert_eq!((inspector.cell(), inspector.tab), (Some([3, 4]), Tab::Cell));
        assert_eq!(inspector.marks().cell, Some(([3, 4], true)));
        inspector.fit(&path(8), None);
        assert_eq!(inspector.pinned, Some([3, 4]));
        inspector.fit(&path(4), None);
        assert_eq!(inspector.pinned, None);
        inspector.pick(Picked::Cell([3, 3]));
        inspector.pick(Picked::Cell([3, 3]));
        assert_eq!(inspector.pinned, None);
        inspector.hovered = None;
        inspector.pin([2, 2]);
        assert_eq!(inspector.pinned, Some([2, 2]), "the pointer is elsewhere");
        inspector.pin([0, 0]);
        assert_eq!(inspector.pinned, Some([2, 2]), "it has been moved by the arrows perhaps");
        inspector.hovered = Some([1, 3]);
        inspector.pin([0, 0]);
        assert_eq!(inspector.pinned, Some([1, 3]));
        inspector.pin([0, 0]);
        assert_eq!(inspector.pinned, None);
        inspector.pick(Picked::Particle(7));
        inspector.fit(&path(4), Some(8));
        assert_eq!(inspector.followed, Some(7));
        inspector.fit(&path(4), Some(7));
        assert_eq!(inspector.followed, None);
    }
}
