//! A view as a figure.

use super::arrows::{Arrow, arrows, longest_arrow};
use super::kind::{ScaleMode, View};
use super::moves::MOST_TOKENS;
use super::{Moment, Scene, Style, ViewError};
use crate::figure::particles::place_in_cells;
use crate::figure::scale::format_value;
use crate::figure::{
    Arrows, CellMarks, CellWindow, Drawing, Figure, HeatPanel, Overlay, ParticleWay, Points, Scale, Strip,
    StripFrame, StripRow,
};
use crate::flow::counted;
use ndarray::Array2;

/// Arrows along a side, at most.
pub const ARROWS_A_SIDE: usize = 22;
/// Trails are drawn for this many particles; more would be a tangle.
const TRAILS: usize = 260;
/// Jumps over this many past frames are still seen.
pub const TRAIL_FRAMES: usize = 4;
/// Numbers of all frames of a strip together: about 200 MB.
pub(super) const MOST_NUMBERS: usize = 25_000_000;

/// What all pictures of a figure have in common.
#[derive(Clone, Debug)]
pub(super) struct Common {
    /// Their colours.
    scale: Scale,
    /// Their longest arrow.
    longest: f64,
    /// Cells along a side of a block that has one arrow.
    block: usize,
    /// What the caption must say about them.
    notes: Vec<String>,
}

impl Common {
    /// What the caption must say about them.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl Scene<'_> {
    /// `view` now, as a figure.
    ///
    /// # Errors
    /// Those of [`Self::values`].
    pub fn figure(&self, view: View, style: &Style) -> Result<Figure, ViewError> {
        Ok(finished(Drawing::Heat(Box::new(self.panel(view, style)?)), style))
    }

    /// `view` now, as a heat map with what lies over it.
    ///
    /// # Errors
    /// Those of [`Self::values`].
    pub fn panel(&self, view: View, style: &Style) -> Result<HeatPanel, ViewError> {
        self.panel_like(view, style, &self.common(view, &[self.t], style)?)
    }

    /// `view` at every one of `times` (not empty), beside each other, with one scale for all.
    ///
    /// # Errors
    /// Those of [`Self::values`] at any of the times, and [`ViewError::TooLarge`].
    pub fn strip(&self, view: View, times: &[f64], style: &Style) -> Result<Figure, ViewError> {
        let v = self.path.vocabulary();
        let most = MOST_NUMBERS / (v * v);
        if times.len() > most {
            return Err(ViewError::TooLarge { frames: times.len(), v, most });
        }
        let common = self.common(view, times, style)?;
        let row = self.strip_row(view, times, &common)?;
        let mut strip = self.strip_of(view, vec![row], style, &common);
        strip.caption = caption(style, common.notes);
        Ok(finished(Drawing::Strip(strip), style))
    }

    /// The frames of a strip.
    pub(super) fn strip_row(
        &self,
        view: View,
        times: &[f64],
        common: &Common,
    ) -> Result<StripRow, ViewError> {
        let mut panels = Vec::with_capacity(times.len());
        for &t in times {
            let scene = Scene { t, ..*self };
            let Moment { values, t } = scene.values(view)?;
            let kappa = self.kappa_of(view, t);
            let overlay = scene.overlay(view, common)?;
            panels.push(StripFrame { title: format!("t = {t:.2}, κ = {kappa:.2}"), values, overlay });
        }
        Ok(StripRow { label: String::new(), panels })
    }

    /// A strip of these rows, without caption.
    pub(super) fn strip_of(&self, view: View, rows: Vec<StripRow>, style: &Style, common: &Common) -> Strip {
        Strip {
            title: view.title(self.show).to_owned(),
            unit: view.unit().to_owned(),
            section: style.marks.section,
            ..Strip::new(rows, self.layout(), common.scale)
        }
    }

    /// `view` at `t` as one frame of an animation at `times`: all of them have the same size, scale and caption.
    ///
    /// # Errors
    /// Those of [`Self::values`] at any of the times.
    pub fn frame_figure(
        &self,
        view: View,
        t: f64,
        times: &[f64],
        style: &Style,
    ) -> Result<Figure, ViewError> {
        self.frame_like(view, t, style, &self.common(view, times, style)?)
    }

    pub(super) fn frame_like(
        &self,
        view: View,
        t: f64,
        style: &Style,
        common: &Common,
    ) -> Result<Figure, ViewError> {
        Ok(finished(Drawing::Heat(Box::new(self.frame_panel(view, t, style, common)?)), style))
    }

    /// The heat map of a frame.
    pub(super) fn frame_panel(
        &self,
        view: View,
        t: f64,
        style: &Style,
        common: &Common,
    ) -> Result<HeatPanel, ViewError> {
        let mut panel = Scene { t, ..*self }.panel_like(view, style, common)?;
        // The caption is the same for every frame, and so is the length of the title.
        panel.caption = caption(style, common.notes.clone());
        let t = Scene { t, ..*self }.shown_at(view)?;
        panel.title = format!("{}, t = {t:.3}, κ = {:.3}", view.title(self.show), self.kappa_of(view, t));
        Ok(panel)
    }

    /// The time of what `view` shows: the present one, or that of the run's last step before it.
    ///
    /// # Errors
    /// Those of [`Self::values`].
    pub fn shown_at(&self, view: View) -> Result<f64, ViewError> {
        Ok(self.values(view)?.t)
    }

    /// κ at the time of what `view` shows: of the run's own scheduler where a run is shown.
    pub fn kappa_of(&self, view: View, t: f64) -> f64 {
        let run = self.run.filter(|_| view.needs_run(self.show));
        run.map_or(self.scheduler, |run| run.scheduler).kappa(t)
    }

    /// What the pictures of `view` at `times` have in common.
    pub(super) fn common(&self, view: View, times: &[f64], style: &Style) -> Result<Common, ViewError> {
        let at = |t: &f64| Scene { t: *t, ..*self };
        let mut notes = Vec::new();
        let scale = match (style.ends, style.scale) {
            (Some(ends), _) => {
                notes.push(format!("shared scale: colours end at {}", format_value(ends.most)));
                view.scale_up_to(ends.most)
            }
            (None, ScaleMode::Fixed) => view.fixed_scale(self),
            (None, ScaleMode::PerFrame) => {
                let mut all: Option<Scale> = None;
                for t in times {
                    let one = view.scale_of(self.path, &at(t).values(view)?.values);
                    all = Some(all.map_or(one, |known| known.union(one)));
                }
                all.unwrap_or_else(|| view.fixed_scale(self))
            }
        };
        let block = arrow_block(self, style.marks.section);
        let mut longest = 0.0;
        if let Some(kind) = view.arrows() {
            longest = match (style.ends.and_then(|ends| ends.arrow), style.scale) {
                (Some(arrow), _) => arrow,
                (None, ScaleMode::Fixed) => longest_arrow(self.path, self.scheduler, kind, block),
                (None, ScaleMode::PerFrame) => {
                    let mut most = 0.0f64;
                    for t in times {
                        let all = arrows(&at(t), kind, block)?.values;
                        most = all.iter().map(Arrow::length).fold(most, f64::max);
                    }
                    most
                }
            };
            notes.push(format!("ground: mass from 0 to {}", format_value(scale.max)));
            if block > 1 {
                notes.push(format!("an arrow is the mean of {block} × {block} cells"));
            }
            notes.extend(kind.absence(self.path).map(|why| why.replace('\n', " ")));
        } else {
            let mut most = 0.0f64;
            for t in times {
                most = most.max(beyond(scale, &at(t).values(view)?.values));
            }
            if most > 0.0 {
                let end = format_value(scale.max);
                notes.push(format!("colours end at {end}, values go to {}", format_value(most)));
            }
        }
        if view == View::Particles {
            notes.push("ground: mass".to_owned());
        }
        if let Some(count) = self.run.filter(|_| view.needs_run(self.show)).and_then(|run| run.estimated_from)
        {
            notes.push(format!("the sampler’s pmf is estimated from {}", counted(count, "particle")));
        }
        if view == View::PosteriorError {
            notes.push("grey: no posterior, since p = 0".to_owned());
        }
        if let Some(particle) = style.marks.particle {
            notes.push(format!("particle {particle} and its way from the start"));
        }
        if let Some(section) = style.marks.section {
            let [x, y] = [0, 1].map(|i| {
                let [from, to] = [section.min[i], section.min[i] + section.size[i]];
                format!("{}–{}", format_value(f64::from(from)), format_value(f64::from(to)))
            });
            notes.push(format!("section: {x} × {y} cells"));
        }
        Ok(Common { scale, longest, block, notes })
    }

    /// The heat map with what lies over it.
    fn panel_like(&self, view: View, style: &Style, common: &Common) -> Result<HeatPanel, ViewError> {
        let Moment { values, t } = self.values(view)?;
        let mut notes = common.notes.clone();
        if view == View::PosteriorError {
            let errors = self.run.and_then(|run| run.trace.frames.get(run.trace.at(t)?));
            if let Some(error) = errors.and_then(|frame| frame.extras.posterior_error.as_ref()) {
                notes.push(format!("mean under p: {} nats", format_value(error.mean)));
            }
        }
        let kappa = format_value(self.kappa_of(view, t));
        let title = format!("{} at t = {}, κ = {kappa}", view.title(self.show), format_value(t));
        let mut panel = HeatPanel::new(title, values, self.layout(), common.scale);
        panel.unit = view.unit().to_owned();
        panel.overlay = self.overlay(view, common)?;
        panel.marks = self.cell_marks(view, style)?;
        panel.section = style.marks.section;
        panel.caption = caption(style, notes);
        Ok(panel)
    }

    /// Arrows or particles over the map.
    fn overlay(&self, view: View, common: &Common) -> Result<Option<Overlay>, ViewError> {
        if view == View::Particles {
            return Ok(Some(Overlay::Points(self.cloud()?)));
        }
        let Some(kind) = view.arrows() else { return Ok(None) };
        let place = |a: &Arrow| [f64::from(a.at[0]), f64::from(a.at[1]), a.vector[0], a.vector[1]];
        Ok(Some(Overlay::Arrows(Arrows {
            arrows: arrows(self, kind, common.block)?.values.iter().map(place).collect(),
            longest: common.longest,
            block: common.block as f64,
            unit: kind.unit().to_owned(),
            pointed: None,
        })))
    }

    /// Numbers, moves and the followed particle, as the window shows them.
    fn cell_marks(&self, view: View, style: &Style) -> Result<CellMarks, ViewError> {
        let marks = style.marks;
        let small = view == View::Mass && self.path.data_tokens() <= MOST_TOKENS;
        let exists = |z: &[usize; 2]| z.iter().all(|token| *token < self.path.vocabulary());
        let cell = marks.cell.filter(exists);
        let moves = match (marks.moves.filter(|_| small), cell) {
            (Some(kind), chosen) => Some(self.all_moves(kind, chosen)),
            (None, Some(z)) => Some(self.moves_from(z)),
            (None, None) => None,
        };
        let way = marks.particle.map(|particle| -> Result<_, ViewError> {
            let (run, index) = self.frame_index()?;
            let way = run.trace.way(particle).ok_or(ViewError::NotYet)?;
            Ok(ParticleWay { particle, states: way.until(index) })
        });
        Ok(CellMarks { numbers: small, moves, way: way.transpose()?, cell })
    }

    /// The particles of the run and their last jumps.
    fn cloud(&self) -> Result<Points, ViewError> {
        let (run, index) = self.frame_index()?;
        let layout = self.layout();
        // Trails end in the middle of what a dot may take.
        let place = |n: usize, state| place_in_cells(n, state, &layout, 8.0);
        let mut trails = Vec::new();
        for age in (0..TRAIL_FRAMES.min(index)).rev() {
            let [before, after] =
                [index - age - 1, index - age].map(|at| run.trace.particles.states(at, TRAILS));
            let fresh = 1.0 - age as f32 / TRAIL_FRAMES as f32;
            let jumps = before.into_iter().zip(after).enumerate().filter(|(_, (from, to))| from != to);
            trails.extend(jumps.map(|(n, (from, to))| {
                let [[x0, y0], [x1, y1]] = [place(n, from), place(n, to)];
                ([x0, y0, x1, y1], fresh)
            }));
        }
        Ok(Points { states: run.trace.particles.states(index, usize::MAX), trails, colors: Vec::new() })
    }
}

/// Cells along a side of a block that has one arrow: fewer where fewer are shown.
pub(super) fn arrow_block(scene: &Scene<'_>, section: Option<CellWindow>) -> usize {
    let shown = section.map_or(f32::INFINITY, |section| section.size[0]);
    (shown.min(scene.path.data_tokens() as f32).ceil() as usize).div_ceil(ARROWS_A_SIDE)
}

/// `count` times from 0 to 1, both ends included; one alone is the end.
pub fn times(count: usize) -> Vec<f64> {
    match count {
        0 | 1 => vec![1.0],
        _ => (0..count).map(|j| j as f64 / (count - 1) as f64).collect(),
    }
}

pub(in crate::view) fn finished(drawing: Drawing, style: &Style) -> Figure {
    Figure { drawing, recipe: style.recipe.clone() }
}

pub(in crate::view) fn caption(style: &Style, notes: Vec<String>) -> String {
    let Some(settings) = &style.caption else { return String::new() };
    let parts = std::iter::once(settings.clone()).chain(notes).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("; ")
}

/// The largest magnitude that lies beyond the scale by more than rounding; 0 if none does. The data cells and the mask
/// margin count alike: what is cut off must be said.
fn beyond(scale: Scale, values: &Array2<f64>) -> f64 {
    let most = values.iter().copied().filter(|x| x.is_finite()).fold(0.0, |m: f64, x| m.max(x.abs()));
    if most > scale.max * (1.0 + 1e-9) { most } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FlowSpec, SourceSpec};
    use crate::flow::{Corrector, GridPath, Scheduler};
    use crate::view::grid::{DivergencePart, Ends, MoveKind, Show};

    fn path(k: usize, source: SourceSpec) -> GridPath {
        FlowSpec { k: Some(k), source, ..FlowSpec::default() }.path().expect("path")
    }

    fn scene(path: &GridPath) -> Scene<'_> {
        let (show, part, corrector) = (Show::Exact, DivergencePart::Total, Corrector::OFF);
        Scene { path, scheduler: Scheduler::Linear, t: 0.5, show, corrector, part, run: None }
    }

    fn heat(figure: Figure) -> HeatPanel {
        match figure.drawing {
            Drawing::Heat(panel) => *panel,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_frame_of_an_animation_says_where_its_colours_end() {
        let path = path(8, SourceSpec::Mask);
        let (scene, times) = (scene(&path), times(5));
        // Masks hold far more than any data cell does.
        let style = Style { caption: Some("settings".to_owned()), ..Style::default() };
        let of = |t: f64| heat(scene.frame_figure(View::Mass, t, &times, &style).expect("a frame"));
        let first = of(0.0);
        assert!(first.caption.starts_with("settings; colours end at"), "{}", first.caption);
        assert!(first.caption.ends_with("values go to 1"), "all is masked at first: {}", first.caption);
        for t in &times[1..] {
            let frame = of(*t);
            assert_eq!((&frame.caption, frame.scale), (&first.caption, first.scale), "t = {t}");
        }
        let ends = Style { ends: Some(Ends { most: 0.25, arrow: None }), ..style };
        let shared = heat(scene.figure(View::Mass, &ends).expect("a figure"));
        assert_eq!(shared.scale, Scale::sequential(0.25));
        assert!(shared.caption.contains("shared scale: colours end at 0.25"));
    }

    #[test]
    fn strips_hold_arrows_and_only_as_many_frames_as_there_is_memory_for() {
        let small = path(8, SourceSpec::Uniform);
        let strip = scene(&small).strip(View::Currents, &times(20), &Style::default()).expect("a strip");
        let Drawing::Strip(strip) = strip.drawing else { panic!("a strip") };
        let longest = strip.rows[0].panels.iter().map(|frame| match &frame.overlay {
            Some(Overlay::Arrows(arrows)) => arrows.longest,
            other => panic!("{other:?}"),
        });
        let longest: Vec<f64> = longest.collect();
        assert!(longest.len() == 20 && longest.iter().all(|l| *l == longest[0] && *l > 0.0));
        let large = path(256, SourceSpec::Uniform);
        let refused = scene(&large).strip(View::Mass, &times(382), &Style::default());
        assert_eq!(refused.err(), Some(ViewError::TooLarge { frames: 382, v: 256, most: 381 }));
    }

    #[test]
    fn a_section_has_finer_arrows_and_small_grids_have_numbers_and_moves() {
        let path = path(64, SourceSpec::Uniform);
        let arrows_of = |section: Option<CellWindow>| {
            let mut style = Style::default();
            style.marks.section = section;
            match heat(scene(&path).figure(View::Currents, &style).expect("a figure")).overlay {
                Some(Overlay::Arrows(arrows)) => arrows.block,
                other => panic!("{other:?}"),
            }
        };
        let part = CellWindow { min: [10.0, 20.0], size: [16.0; 2] };
        assert_eq!((arrows_of(None), arrows_of(Some(part))), (3.0, 1.0));

        let four = self::path(4, SourceSpec::Uniform);
        let mut style = Style::default();
        style.marks.moves = Some(MoveKind::Fluxes);
        let marks = heat(scene(&four).figure(View::Mass, &style).expect("a figure")).marks;
        assert!(marks.numbers && marks.moves.is_some_and(|moves| moves.moves.len() == 96));
        let plain = heat(scene(&four).figure(View::Divergence, &style).expect("a figure")).marks;
        assert!(!plain.numbers && plain.moves.is_none());
    }
}
