//! A view as a figure, and as numbers.

use super::arrows::{arrows, longest_arrow};
use super::kind::{ScaleMode, View};
use super::{Moment, Scene, ViewError};
use crate::figure::particles::place_in_cells;
use crate::figure::scale::format_value;
use crate::figure::{
    Arrows, Drawing, Figure, HeatPanel, LinePlot, Overlay, Points, Scale, Series, Strip, StripFrame, StripRow,
};
use crate::flow::{Corrector, GridPath, Scheduler};
use crate::sampler;
use ndarray::Array2;

/// Arrows along a side, at most.
pub const ARROWS_A_SIDE: usize = 22;
/// Trails are drawn for this many particles; more would be a tangle.
const TRAILS: usize = 260;
/// Jumps over this many past frames are still seen.
pub const TRAIL_FRAMES: usize = 4;
/// The jump rate is drawn up to here; it is infinite at t = 1.
const HIGHEST_RATE: f64 = 12.0;

/// What a figure says besides the view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Style {
    /// Colours of a moment, or of the whole path.
    pub scale: ScaleMode,
    /// The settings in small print; what a figure must say about its colours is added. `None` leaves out both.
    pub caption: Option<String>,
    /// The command that makes the figure again.
    pub recipe: String,
}

/// A table of numbers with the names of its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// One a column.
    pub names: Vec<String>,
    /// Each as long as `names`.
    pub rows: Vec<Vec<f64>>,
}

/// A curve with its name in the legend.
pub type NamedCurve = (String, Vec<[f64; 2]>);

impl Table {
    /// As CSV with titles and every digit.
    pub fn to_csv(&self) -> String {
        let lines = self.rows.iter().map(|row| row.iter().map(f64::to_string).collect::<Vec<_>>().join(","));
        let mut text = std::iter::once(self.names.join(",")).chain(lines).collect::<Vec<_>>().join("\n");
        text.push('\n');
        text
    }
}

/// The numbers of a figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// \[V, V\], row = token 1.
    Grid(Array2<f64>),
    /// Everything else.
    Table(Table),
}

impl Scene<'_> {
    /// `view` now, as a figure.
    ///
    /// # Errors
    /// Those of [`Self::values`].
    pub fn figure(&self, view: View, style: &Style) -> Result<Figure, ViewError> {
        Ok(finished(Drawing::Heat(self.panel(view, style, None)?), style))
    }

    /// `view` at every one of `times` (not empty), beside each other, with one scale for all.
    ///
    /// # Errors
    /// Those of [`Self::values`] at any of the times.
    pub fn strip(&self, view: View, times: &[f64], style: &Style) -> Result<Figure, ViewError> {
        let moments = self.moments(view, times)?;
        let scale = match style.scale {
            ScaleMode::Fixed => view.fixed_scale(self),
            ScaleMode::PerFrame => moments
                .iter()
                .map(|moment| view.scale_of(self.path, &moment.values))
                .reduce(Scale::union)
                .unwrap_or_else(|| view.fixed_scale(self)),
        };
        let mut notes = Vec::new();
        let most = moments.iter().map(|m| beyond(scale, &m.values)).fold(0.0, f64::max);
        if most > 0.0 {
            notes.push(format!("single values go to {}", format_value(most)));
        }
        let frames = moments.into_iter().map(|moment| StripFrame {
            title: format!("t = {:.2}, κ = {:.2}", moment.t, self.kappa_at(moment.t)),
            values: moment.values,
        });
        let row = StripRow { label: String::new(), panels: frames.collect() };
        let mut strip = Strip::new(vec![row], self.layout(), scale);
        strip.title = view.title(self.show).to_owned();
        strip.unit = view.unit().to_owned();
        strip.caption = caption(style, notes);
        Ok(finished(Drawing::Strip(strip), style))
    }

    /// `view` at `t` as one frame of an animation: all of them have the same size and scale.
    ///
    /// # Errors
    /// Those of [`Self::values`].
    pub fn frame_figure(&self, view: View, t: f64, style: &Style) -> Result<Figure, ViewError> {
        let style = Style { scale: ScaleMode::Fixed, ..style.clone() };
        let scene = Scene { t, ..*self };
        let mut panel = scene.panel(view, &style, style.caption.clone())?;
        panel.title = format!("{}, t = {t:.3}, κ = {:.3}", view.title(self.show), self.kappa_at(t));
        Ok(finished(Drawing::Heat(panel), &style))
    }

    /// The numbers behind [`Self::figure`]: values of states, arrows of single cells, or states of particles.
    ///
    /// # Errors
    /// Those of [`Self::values`].
    pub fn numbers(&self, view: View) -> Result<Numbers, ViewError> {
        let table = |names: &[&str], rows| {
            Numbers::Table(Table { names: names.iter().map(|&name| name.to_owned()).collect(), rows })
        };
        if let Some(kind) = view.arrows() {
            let all = arrows(self, kind, 1)?.values;
            let rows = all.iter().map(|arrow| {
                let [x, y] = arrow.at.map(|c| f64::from(c) - 0.5);
                vec![x, y, arrow.vector[0], arrow.vector[1]]
            });
            return Ok(table(&["token_1", "token_2", "along_1", "along_2"], rows.collect()));
        }
        if view == View::Particles {
            let (run, index) = self.frame_index()?;
            let states = run.trace.particles.states(index, usize::MAX);
            let rows = states.iter().map(|state| state.map(f64::from).to_vec()).collect();
            return Ok(table(&["token_1", "token_2"], rows));
        }
        Ok(Numbers::Grid(self.values(view)?.values))
    }

    /// The numbers behind [`Self::strip`] and an animation, one row a time and state.
    ///
    /// # Errors
    /// Those of [`Self::values`].
    pub fn numbers_over(&self, view: View, times: &[f64]) -> Result<Numbers, ViewError> {
        let mut names: Vec<String> = ["t", "kappa"].map(str::to_owned).into();
        let mut rows = Vec::new();
        for &t in times {
            let scene = Scene { t, ..*self };
            let at = vec![t, self.kappa_at(t)];
            match scene.numbers(view)? {
                Numbers::Grid(values) => {
                    names.truncate(2);
                    names.extend(["token_1", "token_2", "value"].map(str::to_owned));
                    rows.extend(
                        values.indexed_iter().map(|((z1, z2), value)| {
                            [at.as_slice(), &[z1 as f64, z2 as f64, *value]].concat()
                        }),
                    );
                }
                Numbers::Table(table) => {
                    names.truncate(2);
                    names.extend(table.names);
                    rows.extend(table.rows.into_iter().map(|row| [at.as_slice(), &row].concat()));
                }
            }
        }
        Ok(Numbers::Table(Table { names, rows }))
    }

    fn moments(&self, view: View, times: &[f64]) -> Result<Vec<Moment<Array2<f64>>>, ViewError> {
        times.iter().map(|&t| Scene { t, ..*self }.values(view)).collect()
    }

    fn kappa_at(&self, t: f64) -> f64 {
        self.run.map_or(self.scheduler, |run| run.scheduler).kappa(t)
    }

    /// The heat map with what lies over it; `fixed` replaces the caption.
    fn panel(&self, view: View, style: &Style, fixed: Option<String>) -> Result<HeatPanel, ViewError> {
        let Moment { values, t } = self.values(view)?;
        let scale = view.scale(self, &values, style.scale);
        let mut notes = Vec::new();
        let most = beyond(scale, &values);
        if most > 0.0 && view.arrows().is_none() {
            notes.push(format!(
                "colours end at {}, values go to {}",
                format_value(scale.max),
                format_value(most)
            ));
        }
        let overlay = match view.arrows() {
            Some(kind) => {
                let block = self.path.data_tokens().div_ceil(ARROWS_A_SIDE);
                let all = arrows(self, kind, block)?.values;
                let longest = match style.scale {
                    ScaleMode::Fixed => longest_arrow(self.path, self.scheduler, kind, block),
                    ScaleMode::PerFrame => all.iter().map(super::Arrow::length).fold(0.0, f64::max),
                };
                notes.push(format!("ground: mass from 0 to {}", format_value(scale.max)));
                if block > 1 {
                    notes.push(format!("an arrow is the mean of {block} × {block} cells"));
                }
                if let Some(why) = kind.absence(self.path) {
                    notes.push(why.replace('\n', " "));
                }
                Some(Overlay::Arrows(Arrows {
                    arrows: all
                        .iter()
                        .map(|a| [f64::from(a.at[0]), f64::from(a.at[1]), a.vector[0], a.vector[1]])
                        .collect(),
                    longest,
                    block: block as f64,
                    unit: kind.unit().to_owned(),
                }))
            }
            None if view == View::Particles => {
                let points = self.cloud()?;
                notes.push("ground: mass".to_owned());
                Some(Overlay::Points(points))
            }
            None => None,
        };
        if view == View::PosteriorError {
            notes.push("grey: no posterior, since p = 0".to_owned());
            let errors = self.run.and_then(|run| run.trace.frames.get(run.trace.at(t)?));
            if let Some(error) = errors.and_then(|frame| frame.extras.posterior_error.as_ref()) {
                notes.push(format!("mean under p: {} nats", format_value(error.mean)));
            }
        }
        let kappa = format_value(self.kappa_at(t));
        let title = format!("{} at t = {}, κ = {kappa}", view.title(self.show), format_value(t));
        let mut panel = HeatPanel::new(title, values, self.layout(), scale);
        panel.unit = view.unit().to_owned();
        panel.overlay = overlay;
        panel.caption = fixed.unwrap_or_else(|| caption(style, notes));
        Ok(panel)
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
        Ok(Points { states: run.trace.particles.states(index, usize::MAX), trails })
    }
}

/// `count` times from 0 to 1, both ends included; one alone is the end.
pub fn times(count: usize) -> Vec<f64> {
    match count {
        0 | 1 => vec![1.0],
        _ => (0..count).map(|j| j as f64 / (count - 1) as f64).collect(),
    }
}

/// κ over t.
pub fn kappa_figure(scheduler: Scheduler, style: &Style) -> Figure {
    let points = (0..=200).map(|j| f64::from(j) / 200.0).map(|t| [t, scheduler.kappa(t)]).collect();
    curves("scheduler", "κ", vec![(String::new(), points)], style)
}

/// Jump rates over t as far as they are finite and not far above what can be seen; with a corrector both directions.
pub fn rates_figure(path: &GridPath, scheduler: Scheduler, corrector: Corrector, style: &Style) -> Figure {
    let rate = |t: f64| sampler::rates(corrector, path, scheduler, t);
    let curve = |f: &dyn Fn(f64) -> f64| -> Vec<[f64; 2]> {
        (0..=400).map(|j| f64::from(j) / 400.0).map(|t| [t, f(t)]).filter(|p| p[1] <= HIGHEST_RATE).collect()
    };
    let forward = curve(&|t| rate(t).0);
    if !corrector.is_on() {
        return curves("jump rate κ′/(1−κ)", "1 / time", vec![(String::new(), forward)], style);
    }
    let backward = curve(&|t| rate(t).1);
    let series = vec![("α κ′/(1−κ), data".to_owned(), forward), ("β κ′/κ, noise".to_owned(), backward)];
    curves("rates with corrector", "1 / time", series, style)
}

fn curves(title: &str, y_label: &str, series: Vec<NamedCurve>, style: &Style) -> Figure {
    let series = series.into_iter().map(|(label, points)| Series { label, points, dashed: false }).collect();
    let plot = LinePlot {
        title: title.to_owned(),
        x_label: "t".to_owned(),
        y_label: y_label.to_owned(),
        series,
        caption: caption(style, Vec::new()),
        ..LinePlot::default()
    };
    finished(Drawing::Plot(plot), style)
}

/// TV to the target against evaluations: one named curve of `[NFE, TV]` a sampler.
pub fn curve_figure(samplers: Vec<NamedCurve>, style: &Style) -> Figure {
    let series =
        samplers.into_iter().map(|(label, points)| Series { label, points, dashed: false }).collect();
    let plot = LinePlot {
        title: "TV to the target, exactly".to_owned(),
        x_label: "denoiser evaluations (NFE)".to_owned(),
        y_label: "TV".to_owned(),
        series,
        log_x: true,
        log_y: true,
        caption: caption(style, Vec::new()),
    };
    finished(Drawing::Plot(plot), style)
}

/// The points of all curves of a plot, one row a point; the first column counts the curves.
pub fn numbers_of_plot(plot: &LinePlot) -> Numbers {
    let names = ["series", "x", "y"].map(str::to_owned).into();
    let all = plot.series.iter().enumerate();
    let rows = all.flat_map(|(n, s)| s.points.iter().map(move |p| vec![n as f64, p[0], p[1]])).collect();
    Numbers::Table(Table { names, rows })
}

fn finished(drawing: Drawing, style: &Style) -> Figure {
    Figure { drawing, recipe: style.recipe.clone() }
}

fn caption(style: &Style, notes: Vec<String>) -> String {
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
