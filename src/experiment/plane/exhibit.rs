//! What is set, made: the flows, their readings on a grid, runs of the samplers, and figures of them.

use super::learned::{Learned, PlaneAnswer};
use super::settings::{PlaneSettings, PlaneSide};
use super::study::sampler_curves;
use super::told::Draws;
use super::view::{PlaneChart, PlaneFigure};
use super::words::{called, caption, chart_caption};
use crate::denoiser::plane::{Denoiser, Oracle};
use crate::experiment::{Recipe, TimeAxis};
use crate::figure::{Drawing, Figure, HeatPanel, Scale};
use crate::flow::FlowError;
use crate::flow::metrics::{tv, tv_noise_floor};
use crate::flow::plane::{AffinePath, CellEdges, CellsAt, PlaneFlow, histogram};
use crate::sampler::plane::{
    LinearRun, LinearStepper, PlaneCoupling, PlaneCurves, PlaneMethod, PlaneSampler, PlaneSetup, Walk,
    coupled_flow, draw_source,
};
use crate::view::plane::{
    Board, History, NO_NETWORK, PlaneStyle, PlaneView, Scene, Shot, Tracks, WAYS, animation, history_chart,
    panel, path_chart, predictions_chart, row, samplers_chart, table,
};
use crate::view::{Chart, Entry, Table};
use std::sync::Arc;

/// Places of all samples in all frames together: about 100 MB.
const MOST_PLACES: usize = 12_000_000;
/// Frames of a run at most.
const MOST_FRAMES: usize = 400;
/// Cells an axis on which samples are compared with the target (plane.md 3.4).
const CELLS: usize = 32;
/// How far each pair of a coupling that is not independent is blurred.
const BLUR: f64 = 0.15;
/// Frames of an animation.
const FRAMES: usize = 48;

/// A flow that was built.
#[derive(Clone, Debug)]
pub struct BuiltSide {
    /// The flow.
    pub flow: Arc<PlaneFlow>,
    /// Its reading on a grid, or why it has none.
    pub board: Result<Arc<Board>, String>,
    /// A network of it, where there is one.
    pub learned: Option<Learned>,
}

impl BuiltSide {
    /// Of what is set. With a coupling that is not independent this takes seconds.
    ///
    /// # Errors
    /// Says why there is no such flow.
    pub fn of(side: &PlaneSide) -> Result<Self, String> {
        let target = side.load_target()?;
        let source = side.source.load(&target, side.half_width);
        let mut flow = PlaneFlow::new(target, source, side.path).map_err(|why| why.to_string())?;
        if side.coupling != PlaneCoupling::Independent {
            flow = coupled_flow(&flow, side.coupling, side.pairs, BLUR, 0).map_err(|why| why.to_string())?;
        }
        let board = Board::of(&flow).map(Arc::new);
        Ok(Self { flow: Arc::new(flow), board, learned: None })
    }

    /// The network, if it is one of this flow.
    pub fn network(&self) -> Option<&dyn Denoiser> {
        let learned = self.learned.as_ref().filter(|learned| learned.fits(&self.flow).is_ok())?;
        Some(&*learned.network)
    }

    /// Who says where the samples of a side go.
    ///
    /// # Errors
    /// If it should be a network and there is none that can serve the sampler.
    pub fn asked(&self, side: &PlaneSide, draws: Draws) -> Result<Asked<'_>, String> {
        let untold = |denoiser| Asked { denoiser, codes: Vec::new() };
        match (side.answer, &self.learned) {
            (PlaneAnswer::Exact, _) => {
                Ok(untold(Box::new(Oracle::new(&self.flow).map_err(|why| why.to_string())?)))
            }
            (PlaneAnswer::Network, None) => Err(NO_NETWORK.to_owned()),
            (PlaneAnswer::Network, Some(learned)) => {
                learned.serves(&self.flow, side.method)?;
                let Some(telling) = learned.telling(draws.told) else {
                    return Ok(untold(Box::new(learned.network.clone())));
                };
                let told = telling.each(draws.samples, draws.seed)?;
                let codes = told.codes.clone();
                Ok(Asked { denoiser: Box::new(told), codes })
            }
        }
    }

    /// The grid, if there is one.
    pub fn board(&self) -> Option<&Board> {
        self.board.as_deref().ok()
    }

    /// Half of |P − p| over the states of the grid: how far its path and the continuous one are apart at `t`.
    pub fn between_paths(&self, t: f64) -> Option<f64> {
        let board = self.board()?;
        let width = 2.0 * board.half_width() / board.cells() as f64;
        let inner = board.half_width() - width;
        let cells = CellEdges::new(-inner, inner, board.cells()).ok()?;
        let at = self.flow.at(t).ok()?;
        Some(board.distance(t, &CellsAt::new(&at, &cells).mass))
    }
}

/// Who says where the samples of a run go.
pub struct Asked<'a> {
    /// The exact velocity or a network.
    pub denoiser: Box<dyn Denoiser + 'a>,
    /// The code that each sample is told, counted from 0; empty where there are none.
    pub codes: Vec<usize>,
}

/// A run of a sampler.
#[derive(Clone, Debug, Default)]
pub struct Sampled {
    /// Where all samples were.
    pub tracks: Tracks,
    /// Evaluations of the velocity a sample.
    pub evaluations: usize,
    /// Steps.
    pub steps: usize,
    /// Jumps a sample, of methods that jump.
    pub jumps: Option<f64>,
    /// Half of |samples − target| over 32 × 32 cells at the end, and what as many exact samples have.
    pub distance: [f64; 2],
}

/// Runs a sampler on a flow; nothing where `go_on` said no.
///
/// # Errors
/// Says why the sampler can't run on this flow.
pub fn sampled(
    side: &PlaneSide,
    built: &BuiltSide,
    draws: Draws,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<Sampled>, String> {
    sampled_on(side, built, draws, None, go_on)
}

/// The same with linear steps of the exact velocity on a device, where there is one that takes them; of one that fails the CPU
/// takes over.
///
/// # Errors
/// As those of [`sampled`].
pub fn sampled_on(
    side: &PlaneSide,
    built: &BuiltSide,
    draws: Draws,
    stepper: Option<&mut dyn LinearStepper>,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<Sampled>, String> {
    let Draws { samples, seed, .. } = draws;
    let flow = &*built.flow;
    let Asked { denoiser, codes } = built.asked(side, draws)?;
    let stepper = stepper.filter(|_| side.answer == PlaneAnswer::Exact);
    let sampler = side.sampler();
    let starts = draw_source(flow.source(), samples, seed);
    let frames = (MOST_PLACES / samples.max(1)).clamp(2, MOST_FRAMES);
    let every = side.steps.div_ceil(frames).max(1);
    if let (Some(stepper), Some(run)) = (stepper, LinearRun::of(sampler, flow, seed)) {
        let from = run.starts(&sampler, [&starts[0], &starts[1]]);
        match stepper.frames(&run, from, every, go_on) {
            Ok(None) => return Ok(None),
            Ok(Some(frames)) => {
                let tracks = device_tracks(&run, sampler, every, frames);
                let steps = run.steps.len();
                return finished(flow, tracks, (seed, samples), [steps, steps], None).map(Some);
            }
            Err(_) => {}
        }
    }
    let setup = PlaneSetup { flow, denoiser: &*denoiser, sampler, seed };
    let mut walk = Walk::new(setup, starts).map_err(|why| why.to_string())?;
    let mut tracks = Tracks { codes, ..Tracks::default() };
    let mut steps = 0;
    loop {
        if steps % every == 0 || walk.is_done() {
            record(&walk, sampler.method, sampler.path, &mut tracks);
        }
        if walk.is_done() {
            break;
        }
        if !go_on() {
            return Ok(None);
        }
        walk.step().map_err(|why| why.to_string())?;
        steps += 1;
    }
    let jumps = sampler.method.jumps().then(|| walk.jumps() as f64 / samples.max(1) as f64);
    finished(flow, tracks, (seed, samples), [walk.evaluations(), walk.steps()], jumps).map(Some)
}

/// A run that has come to its end, with what stands beside it.
fn finished(
    flow: &PlaneFlow,
    mut tracks: Tracks,
    (seed, samples): (u64, usize),
    [evaluations, steps]: [usize; 2],
    jumps: Option<f64>,
) -> Result<Sampled, String> {
    // The first ones once more on the grid, and the pairs.
    tracks.accompany(flow, Board::of(flow).ok().as_ref(), WAYS, seed);
    let reach = flow.target().reach();
    let inner = reach * (1.0 - 2.0 / CELLS as f64);
    let cells = CellEdges::new(-inner, inner, CELLS).map_err(|why| why.to_string())?;
    let exact = flow.target().masses(&cells);
    let last = tracks.frames.last().map_or(&[][..], Vec::as_slice);
    let [x, y] = [0, 1].map(|axis| last.iter().map(|x| f64::from(x[axis])).collect::<Vec<_>>());
    let found = histogram([&x, &y], &cells);
    let distance = [tv(&found, &exact), tv_noise_floor(&exact, samples)];
    Ok(Sampled { tracks, evaluations, steps, jumps, distance })
}

/// The frames of a device with their times, in the path's own coordinates.
fn device_tracks(run: &LinearRun, sampler: PlaneSampler, every: usize, frames: Vec<Vec<[f32; 2]>>) -> Tracks {
    let numbers = (0..run.steps.len()).step_by(every).chain([run.steps.len()]);
    let mut tracks = Tracks::default();
    for (number, mut frame) in numbers.zip(frames) {
        let at = run.steps.get(number).map_or(1.0, |step| step.t);
        let (t, scale) = in_path(sampler.method, sampler.path, at, at);
        if scale != 1.0 {
            frame.iter_mut().flatten().for_each(|x| *x *= scale as f32);
        }
        tracks.times.push(t);
        tracks.frames.push(frame);
    }
    tracks
}

/// Time on a path, and what leads to its coordinates: DDPM and DDIM walk on the variance-preserving ones, whatever the path,
/// in t*; x/(α+σ) is the same on all.
fn in_path(method: PlaneMethod, path: AffinePath, t: f64, star: f64) -> (f64, f64) {
    if !matches!(method, PlaneMethod::Ddpm { .. } | PlaneMethod::Ddim { .. }) {
        return (t, 1.0);
    }
    let t = path.time_of(star);
    (t, star.hypot(1.0 - star) * path.at(t).scale())
}

/// Where the samples are now, in the path's own coordinates and time.
fn record(walk: &Walk<'_>, method: PlaneMethod, path: AffinePath, tracks: &mut Tracks) {
    let now = walk.now();
    let (t, scale) = in_path(method, path, now.t, now.t_star);
    tracks.record(t, walk.points(), scale);
}

/// Everything that figures are made from, as it was at one moment.
#[derive(Clone)]
pub struct Exhibit {
    /// All that is set.
    pub settings: PlaneSettings,
    /// The flows, one a side.
    pub sides: Vec<BuiltSide>,
    /// The runs, one a side, where there are any.
    pub runs: Vec<Option<Arc<Sampled>>>,
    /// The time of A.
    pub t: f64,
    /// Curves of samplers on the side that is being set, where they are shown.
    pub curves: Option<Arc<PlaneCurves>>,
}

impl Exhibit {
    /// Of what is set, with runs where `views` show samples.
    ///
    /// # Errors
    /// Says why there is no such flow, or the sampler can't run.
    pub fn of(settings: PlaneSettings, t: f64, views: &[PlaneView]) -> Result<Self, String> {
        Self::sampled(settings, t, views.iter().any(|view| view.needs_run()), None)
    }

    /// Of what is set, with what a figure needs of it; `learned` answers on the sides that ask a network, and is what a view
    /// compares with the exact flow.
    ///
    /// # Errors
    /// As those of [`Self::of`]; says what the network was trained on where that is another flow.
    pub fn for_figure(
        settings: PlaneSettings,
        t: f64,
        figure: &PlaneFigure,
        learned: Option<&Learned>,
    ) -> Result<Self, String> {
        let compares = figure.views.iter().any(|view| view.needs_network());
        let learned = learned.map(|learned| (learned, compares));
        let exhibit = Self::sampled(settings, t, figure.needs_run(), learned)?;
        if figure.chart != Some(PlaneChart::Samplers) {
            return Ok(exhibit);
        }
        let curves = exhibit.sampler_curves()?.map(Arc::new);
        Ok(Self { curves, ..exhibit })
    }

    /// Curves of the samplers that are compared, on the side that is being set.
    fn sampler_curves(&self) -> Result<Option<PlaneCurves>, String> {
        let settings = &self.settings;
        let side = settings.sides.chosen();
        let asks = settings.sides[side].answer == PlaneAnswer::Network;
        let built = &self.sides[side];
        let learned = built.learned.as_ref().filter(|_| asks);
        if asks && learned.is_none() {
            return Err(NO_NETWORK.to_owned());
        }
        let compared = settings.compared.compared(&settings.sides);
        sampler_curves(&built.flow, learned, (settings.told(), settings.seed), &compared, &|| true)
    }

    fn sampled(
        settings: PlaneSettings,
        t: f64,
        needs_run: bool,
        learned: Option<(&Learned, bool)>,
    ) -> Result<Self, String> {
        let build = |side: &PlaneSide| {
            let built = BuiltSide::of(side)?;
            let asks = side.answer == PlaneAnswer::Network;
            let Some((learned, _)) = learned.filter(|(_, compares)| asks || *compares) else {
                return Ok(built);
            };
            learned.fits(&built.flow)?;
            Ok(BuiltSide { learned: Some(learned.clone()), ..built })
        };
        let sides = settings.sides.iter().map(build).collect::<Result<Vec<_>, String>>()?;
        let of = settings.draws();
        let run = |(side, built): (&PlaneSide, &BuiltSide)| match needs_run {
            true => Ok(sampled(side, built, of, &|| true)?.map(Arc::new)),
            false => Ok(None),
        };
        let runs = settings.sides.iter().zip(&sides).map(run).collect::<Result<Vec<_>, String>>()?;
        Ok(Self { settings, sides, runs, t, curves: None })
    }

    /// The time of a side where A is at `t`.
    fn time_of(&self, side: usize, t: f64) -> f64 {
        let (axis, sides) = (self.settings.pace.axis, &self.settings.sides);
        sides[side].time_at(axis, sides[0].along(axis, t))
    }

    fn shot(&self, side: usize, view: PlaneView, t: f64) -> Shot<'_> {
        let t = self.time_of(side, t);
        let built = &self.sides[side];
        let window = self.settings.window_at(&self.settings.sides[side], t);
        Shot {
            scene: Scene {
                point: self.settings.point,
                blend: self.settings.sides[side].blend_at(t),
                network: built.network(),
                shows_network: self.settings.sides[side].answer == PlaneAnswer::Network,
                ..Scene::new(&built.flow, built.board(), t, window)
            },
            view,
            tracks: self.runs[side].as_ref().map(|run| &run.tracks),
            sample: self.settings.sample,
        }
    }

    /// The panels of views at the time `t` of A, those of all sides beside each other; those whose colours mean the same
    /// share one scale.
    ///
    /// # Errors
    /// Says why there is nothing to show.
    fn panels(&self, views: &[PlaneView], t: f64) -> Result<Vec<HeatPanel>, FlowError> {
        let names = called(&self.settings.sides);
        let mut all: Vec<(PlaneView, HeatPanel)> = Vec::new();
        for view in views {
            for (side, name) in names.iter().enumerate() {
                let heading = if names.len() > 1 { name.clone() } else { String::new() };
                let style = PlaneStyle { heading, ..PlaneStyle::default() };
                all.push((*view, panel(&self.shot(side, *view, t), &style)?));
            }
        }
        let scales: Vec<Scale> = all
            .iter()
            .map(|(view, panel)| {
                if !view.is_shared() {
                    return panel.scale;
                }
                let alike = all.iter().filter(|(other, _)| view.is_on_one_scale_with(*other));
                alike.map(|(_, panel)| panel.scale).reduce(Scale::union).unwrap_or(panel.scale)
            })
            .collect();
        Ok(all.into_iter().zip(scales).map(|((_, panel), scale)| HeatPanel { scale, ..panel }).collect())
    }

    fn words(&self, figure: &PlaneFigure) -> String {
        if figure.page.bare {
            return String::new();
        }
        let with_samples = figure.views.iter().any(|view| view.needs_run() || view.is_of_generator());
        let words = caption(&self.settings, self.t, with_samples);
        let (settings, mut sides) = (&self.settings.sides, self.sides.iter());
        let has_codes =
            |built: &BuiltSide| built.learned.as_ref().is_some_and(|known| known.latents.is_some());
        let tells = settings
            .iter()
            .any(|side| sides.next().is_some_and(has_codes) && side.answer == PlaneAnswer::Network);
        if with_samples && tells { format!("{words}, {}", self.settings.told().words()) } else { words }
    }

    /// What a file carries, so that it gives the experiment back.
    pub fn recipe(&self, figure: &PlaneFigure) -> String {
        Recipe::new(&self.settings).at(self.t).showing(figure).text()
    }

    /// A plot of what is set; of the side that is being set, where it is of one alone.
    ///
    /// # Errors
    /// Says why there is nothing to show.
    pub fn chart(&self, chart: PlaneChart) -> Result<Chart, String> {
        let (sides, sample) = (&self.settings.sides, self.settings.sample);
        let common = self.settings.pace.axis == TimeAxis::Kappa;
        let side = sides.chosen();
        let flow = &self.sides[side].flow;
        let run = |side: usize| {
            let run = self.runs.get(side).and_then(|run| run.as_ref());
            run.ok_or_else(|| "there is no run yet".to_owned())
        };
        Ok(match chart {
            PlaneChart::Path => path_chart(sides[side].path),
            PlaneChart::Samplers => {
                let curves = self.curves.as_deref().ok_or("no sampler has been measured yet")?;
                samplers_chart(curves)
            }
            PlaneChart::OneSample => {
                let names = called(sides);
                let of =
                    |n: usize| Ok(History { name: &names[n], tracks: &run(n)?.tracks, path: sides[n].path });
                let all = (0..sides.len()).map(of).collect::<Result<Vec<_>, String>>()?;
                history_chart(&all, sample, common)
            }
            PlaneChart::Predictions => predictions_chart(flow, &run(side)?.tracks, sample, common),
        })
    }

    /// The figure of views now.
    ///
    /// # Errors
    /// Says why there is nothing to show.
    pub fn figure(&self, figure: &PlaneFigure) -> Result<Figure, String> {
        if let Some(chart) = figure.chart {
            let caption = if figure.page.bare { String::new() } else { chart_caption(&self.settings, chart) };
            let drawing = Drawing::Plot(self.chart(chart)?.captioned(caption));
            return Ok(Figure { drawing, recipe: self.recipe(figure) });
        }
        let mut panels = self.panels(&figure.views, self.t).map_err(|why| why.to_string())?;
        let caption = self.words(figure);
        let drawing = match (panels.pop(), panels.is_empty()) {
            (Some(alone), true) => Drawing::Heat(Box::new(HeatPanel { caption, ..alone })),
            (last, _) => {
                panels.extend(last);
                row("", panels, caption)
            }
        };
        Ok(Figure { drawing, recipe: self.recipe(figure) })
    }

    /// The numbers of the first view, of every side; those of several say of which.
    ///
    /// # Errors
    /// Says why there is nothing to show.
    pub fn numbers(&self, figure: &PlaneFigure) -> Result<Table, String> {
        if let Some(chart) = figure.chart {
            return Ok(self.chart(chart)?.numbers);
        }
        let view = figure.views.first().copied().unwrap_or_default();
        let tables = (0..self.sides.len()).map(|side| table(&self.shot(side, view, self.t)));
        let tables = tables.collect::<Result<Vec<_>, _>>().map_err(|why| why.to_string())?;
        let names = called(&self.settings.sides);
        let several = tables.len() > 1;
        let mut all = Table::default();
        for (name, table) in names.into_iter().zip(tables) {
            let side = || several.then(|| name.clone());
            all.names = several.then(|| "side".to_owned()).into_iter().chain(table.names).collect();
            all.rows.extend(
                table.rows.into_iter().map(|row| side().map(Entry::from).into_iter().chain(row).collect()),
            );
        }
        Ok(all)
    }

    /// The views over the whole path as the bytes of a GIF; none where `go_on` stopped it.
    ///
    /// # Errors
    /// Says why it can't be made.
    pub fn gif(
        &self,
        figure: &PlaneFigure,
        go_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        if figure.chart.is_some() {
            return Err("a plot does not move: write it as .png, .svg, .pdf or .csv".to_owned());
        }
        let axis = self.settings.pace.axis;
        let first = &self.settings.sides[0];
        // Points without width have no density at the very end.
        let times: Vec<f64> =
            (0..FRAMES).map(|n| first.time_at(axis, n as f64 / (FRAMES - 1) as f64)).collect();
        let page = figure.page.page()?;
        let lasts = (1000.0 * figure.seconds).round() as u32;
        let (caption, recipe) = (self.words(figure), self.recipe(figure));
        animation(&times, lasts, |t| self.panels(&figure.views, t), (&caption, &recipe, page), go_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::plane::{PLANE_PRESETS, Told};

    #[test]
    fn every_preset_can_be_built_sampled_and_drawn() {
        for preset in PLANE_PRESETS.iter().filter(|preset| preset.train_for.is_none()) {
            let settings = PlaneSettings { particles: 200, ..preset.settings(3) };
            let views = settings.shown().to_vec();
            let exhibit = Exhibit::of(settings, preset.still_at, &views).expect(preset.name);
            let figure = PlaneFigure { views, ..PlaneFigure::default() };
            let drawn = exhibit.figure(&figure).expect(preset.name);
            let svg = drawn.to_svg(crate::figure::Page::default()).expect(preset.name);
            assert!(svg.contains("first coordinate"), "{}", preset.name);
            let numbers = exhibit.numbers(&figure).expect(preset.name);
            assert!(!numbers.rows.is_empty(), "{}", preset.name);
            let read = Recipe::read(exhibit.recipe(&figure).as_bytes()).expect("a recipe");
            assert_eq!(
                read.settings(&PlaneSettings::default()),
                Ok(exhibit.settings.clone()),
                "{}",
                preset.name
            );
        }
    }

    #[test]
    fn every_plot_is_drawn_carries_its_experiment_and_does_not_move() {
        let settings = PlaneSettings { particles: 20, sample: 3, ..PlaneSettings::default() };
        for chart in PlaneChart::ALL {
            let figure = PlaneFigure { chart: Some(chart), ..PlaneFigure::default() };
            let exhibit = Exhibit::for_figure(settings.clone(), 0.5, &figure, None).expect("an exhibit");
            assert_eq!(exhibit.runs[0].is_some(), chart.needs_run(), "{chart:?}");
            let drawn = exhibit.figure(&figure).expect("a figure");
            assert!(drawn.to_svg(crate::figure::Page::default()).is_ok());
            assert!(!exhibit.numbers(&figure).expect("numbers").rows.is_empty(), "{chart:?}");
            let read = Recipe::read(drawn.recipe.as_bytes()).expect("a recipe");
            assert_eq!(read.view::<PlaneFigure>(), Ok(Some(figure.clone())), "{chart:?}");
            assert!(exhibit.gif(&figure, &mut |_| true).is_err());
        }
    }

    #[test]
    fn samplers_end_near_the_target_and_ddpm_walks_in_the_coordinates_of_its_path() {
        for (method, path, times) in [
            ("euler", "cond-ot", "own"),
            ("ddpm", "vp", "ddpm"),
            ("ddim:0", "cond-ot", "ddpm"),
            ("tame:1", "cond-ot", "own"),
        ] {
            let side = PlaneSide {
                method: method.parse().expect("a method"),
                path: path.parse().expect("a path"),
                times: times.parse().expect("times"),
                steps: 128,
                ..PlaneSide::default()
            };
            let built = BuiltSide::of(&side).expect("a flow");
            let run = sampled(&side, &built, draws(4000, 1), &|| true).expect("a run").expect("all of it");
            let [found, floor] = run.distance;
            assert!(found < floor + 0.09, "{method} on {path}: {found} {floor}");
            let Tracks { times, frames, .. } = &run.tracks;
            assert!(
                times.is_sorted() && times.len() == 129 && times.last() == Some(&1.0),
                "{method} {times:?}"
            );
            // At every time they are as wide as the path's law: E|x|² = α² E|x₁|² + 2σ².
            for (t, frame) in times.iter().zip(frames) {
                let square =
                    frame.iter().map(|x| f64::from(x[0]).powi(2) + f64::from(x[1]).powi(2)).sum::<f64>();
                let point = side.path.at(*t);
                let expected =
                    point.alpha.powi(2) * built.flow.target().second_moment() + 2.0 * point.sigma.powi(2);
                let ratio = square / frame.len() as f64 / expected;
                assert!((0.85..1.15).contains(&ratio), "{method} on {path} at {t}: {ratio}");
            }
        }
        assert!(
            sampled(
                &PlaneSide::default(),
                &BuiltSide::of(&PlaneSide::default()).expect("a flow"),
                draws(10, 0),
                &|| false
            )
            .expect("no fault")
            .is_none()
        );
    }

    fn draws(samples: usize, seed: u64) -> Draws {
        Draws { samples, seed, told: Told::default() }
    }

    #[test]
    fn samples_of_a_network_are_told_codes_and_guided() {
        let side = PlaneSide { answer: PlaneAnswer::Network, steps: 4, ..PlaneSide::default() };
        let built = BuiltSide::of(&side).expect("a flow");
        let learned = Learned::fresh(&built.flow, 3);
        let built = BuiltSide { learned: Some(learned.clone()), ..built };
        let run = |told: Told| {
            let of = Draws { told, ..draws(60, 1) };
            sampled(&side, &built, of, &|| true).expect("a run").expect("all of it").tracks
        };
        let free = run(Told::default());
        assert_eq!(free.codes.len(), 60);
        assert!((0..3).all(|code| free.codes.contains(&code)), "{:?}", free.codes);
        let second = run(Told { code: Some(2), ..Told::default() });
        assert!(second.codes.iter().all(|code| *code == 1));
        // A sample is where its code leads it, whatever the others are told.
        for (n, code) in free.codes.iter().enumerate() {
            let same = free.frames[4][n] == second.frames[4][n];
            assert_eq!(same, *code == 1, "{n} {code}");
        }
        let untold = run(Told { guidance: 0.0, code: Some(2) });
        let unguided = run(Told { guidance: 0.0, code: None });
        assert!(untold.frames == unguided.frames && untold.frames != second.frames);
        let none = sampled(
            &side,
            &built,
            Draws { told: Told { code: Some(4), guidance: 1.0 }, ..draws(9, 1) },
            &|| true,
        );
        assert!(none.expect_err("three codes").contains("codes 1 to 3"));
        // What is learned − exact is a figure, of its own flow alone.
        let figure = PlaneFigure { views: vec![PlaneView::Miss], ..PlaneFigure::default() };
        let of = |target: &str| {
            let side = PlaneSide { target: target.parse().expect("a target"), ..PlaneSide::default() };
            let settings = PlaneSettings { sides: side.into(), particles: 9, ..PlaneSettings::default() };
            Exhibit::for_figure(settings, 0.5, &figure, Some(&learned))
        };
        let drawn = of("ring").expect("an exhibit").figure(&figure).expect("a figure");
        assert!(drawn.to_svg(crate::figure::Page::default()).is_ok());
        assert!(of("three").err().expect("another flow").contains("none of this flow"));
    }

    /// What a device does, done here.
    struct Twin;

    impl LinearStepper for Twin {
        fn frames(
            &mut self,
            run: &LinearRun,
            mut places: Vec<[f32; 2]>,
            every: usize,
            _: &dyn Fn() -> bool,
        ) -> Result<Option<Vec<Vec<[f32; 2]>>>, String> {
            let mut frames = vec![places.clone()];
            for number in 0..run.steps.len() {
                crate::sampler::plane::step_linear(&mut places, run, number);
                if (number + 1) % every == 0 || number + 1 == run.steps.len() {
                    frames.push(places.clone());
                }
            }
            Ok(Some(frames))
        }
    }

    #[test]
    fn a_device_gives_the_same_run_at_the_same_times() {
        for (method, path) in [("euler", "cond-ot"), ("ddpm", "vp"), ("tame:1", "trig")] {
            let side = PlaneSide {
                method: method.parse().expect("a method"),
                path: path.parse().expect("a path"),
                steps: 407,
                ..PlaneSide::default()
            };
            let built = BuiltSide::of(&side).expect("a flow");
            let here = sampled(&side, &built, draws(300, 1), &|| true).expect("a run").expect("all of it");
            let there = sampled_on(&side, &built, draws(300, 1), Some(&mut Twin), &|| true);
            let there = there.expect("a run").expect("all of it");
            assert_eq!((here.steps, here.evaluations), (there.steps, there.evaluations));
            assert_eq!(here.tracks.frames.len(), there.tracks.frames.len());
            let off = |a: &f64, b: &f64| (a - b).abs();
            assert!(here.tracks.times.iter().zip(&there.tracks.times).all(|(a, b)| off(a, b) < 1e-12));
            for (a, b) in here.tracks.frames.iter().zip(&there.tracks.frames) {
                let far = a.iter().zip(b).filter(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]) > 5e-3);
                assert!(far.count() < 15, "{method} on {path}");
            }
        }
    }

    #[test]
    fn the_board_is_a_third_apart_in_the_middle() {
        let preset = PLANE_PRESETS.iter().find(|preset| preset.name == "plane-grid").expect("a preset");
        let built = BuiltSide::of(&preset.settings(0).sides[0]).expect("a flow");
        // plane.md 4.
        assert!((built.between_paths(0.5).expect("a grid") - 0.333).abs() < 1e-3);
        assert!(built.between_paths(0.0).is_some_and(|tv| tv < 1e-9));
    }
}
