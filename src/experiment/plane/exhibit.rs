//! What is set, made: the flows, their readings on a grid, runs of the samplers, and figures of them.

use super::learned::{Learned, PlaneAnswer};
use super::settings::{PlaneSettings, PlaneSide};
use super::view::PlaneFigure;
use super::words::{called, caption};
use crate::denoiser::plane::{Denoiser, Oracle};
use crate::experiment::Recipe;
use crate::figure::{Drawing, Figure, HeatPanel, Scale};
use crate::flow::FlowError;
use crate::flow::metrics::{tv, tv_noise_floor};
use crate::flow::plane::{AffinePath, CellEdges, CellsAt, PlaneFlow, histogram};
use crate::sampler::plane::{PlaneCoupling, PlaneMethod, PlaneSetup, Walk, coupled_flow, draw_source};
use crate::view::plane::{
    Board, NO_NETWORK, PlaneStyle, PlaneView, Scene, Shot, Tracks, WAYS, animation, panel, row, table,
};
use crate::view::{Entry, Table};
use std::sync::Arc;

/// Places of all samples in all frames together: about 100 MB.
const MOST_PLACES: usize = 12_000_000;
/// Frames of a run at most.
const MOST_FRAMES: usize = 400;
/// Cells an axis on which samples are compared with the target (plane.md 3.4).
const CELLS: usize = 32;
/// Pairs of a coupling that is not independent, and how far each is blurred: every value is a sum over all of them.
const PAIRS: usize = 512;
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
        let target = side.target.load()?;
        let source = side.source.load(&target);
        let mut flow = PlaneFlow::new(target, source, side.path).map_err(|why| why.to_string())?;
        if side.coupling != PlaneCoupling::Independent {
            flow = coupled_flow(&flow, side.coupling, PAIRS, BLUR, 0).map_err(|why| why.to_string())?;
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
    pub fn asked(&self, side: &PlaneSide) -> Result<Box<dyn Denoiser + '_>, String> {
        match (side.answer, &self.learned) {
            (PlaneAnswer::Exact, _) => Ok(Box::new(Oracle::new(&self.flow).map_err(|why| why.to_string())?)),
            (PlaneAnswer::Network, None) => Err(NO_NETWORK.to_owned()),
            (PlaneAnswer::Network, Some(learned)) => {
                learned.serves(&self.flow, side.method)?;
                Ok(Box::new(learned.network.clone()))
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
    (samples, seed): (usize, u64),
    go_on: &dyn Fn() -> bool,
) -> Result<Option<Sampled>, String> {
    let (flow, denoiser) = (&*built.flow, built.asked(side)?);
    let sampler = side.sampler();
    let starts = draw_source(flow.source(), samples, seed);
    let setup = PlaneSetup { flow, denoiser: &*denoiser, sampler, seed };
    let mut walk = Walk::new(setup, starts).map_err(|why| why.to_string())?;
    let frames = (MOST_PLACES / samples.max(1)).clamp(2, MOST_FRAMES);
    let every = side.steps.div_ceil(frames).max(1);
    let mut tracks = Tracks::default();
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
    // The first ones once more on the grid, and the pairs.
    tracks.accompany(flow, Board::of(flow).ok().as_ref(), WAYS, seed);
    let reach = flow.target().reach();
    let inner = reach * (1.0 - 2.0 / CELLS as f64);
    let cells = CellEdges::new(-inner, inner, CELLS).map_err(|why| why.to_string())?;
    let exact = flow.target().masses(&cells);
    let found = histogram(walk.points(), &cells);
    Ok(Some(Sampled {
        tracks,
        evaluations: walk.evaluations(),
        steps: walk.steps(),
        jumps: sampler.method.jumps().then(|| walk.jumps() as f64 / samples.max(1) as f64),
        distance: [tv(&found, &exact), tv_noise_floor(&exact, samples)],
    }))
}

/// Where the samples are now, in the path's own coordinates and time.
fn record(walk: &Walk<'_>, method: PlaneMethod, path: AffinePath, tracks: &mut Tracks) {
    let now = walk.now();
    let is_diffusion = matches!(method, PlaneMethod::Ddpm { .. } | PlaneMethod::Ddim { .. });
    // DDPM and DDIM walk on the variance-preserving coordinates, whatever the path: x/(α+σ) is the same on all.
    let (t, scale) = if is_diffusion {
        let star = now.t_star;
        let t = path.time_of(star);
        (t, star.hypot(1.0 - star) * path.at(t).scale())
    } else {
        (now.t, 1.0)
    };
    let [x, y] = walk.points();
    tracks.times.push(t);
    tracks.frames.push(x.iter().zip(y).map(|(x, y)| [(x * scale) as f32, (y * scale) as f32]).collect());
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
}

impl Exhibit {
    /// Of what is set, with runs where `views` show samples.
    ///
    /// # Errors
    /// Says why there is no such flow, or the sampler can't run.
    pub fn of(settings: PlaneSettings, t: f64, views: &[PlaneView]) -> Result<Self, String> {
        let sides = settings.sides.iter().map(BuiltSide::of).collect::<Result<Vec<_>, _>>()?;
        let needs_run = views.iter().any(|view| view.needs_run());
        let of = (settings.particles, settings.seed);
        let run = |(side, built): (&PlaneSide, &BuiltSide)| match needs_run {
            true => Ok(sampled(side, built, of, &|| true)?.map(Arc::new)),
            false => Ok(None),
        };
        let runs = settings.sides.iter().zip(&sides).map(run).collect::<Result<Vec<_>, String>>()?;
        Ok(Self { settings, sides, runs, t })
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
                let alike = all.iter().filter(|(other, _)| view.is_on_one_scale_with(*other));
                alike.map(|(_, panel)| panel.scale).reduce(Scale::union).unwrap_or(panel.scale)
            })
            .collect();
        Ok(all.into_iter().zip(scales).map(|((_, panel), scale)| HeatPanel { scale, ..panel }).collect())
    }

    fn words(&self, figure: &PlaneFigure) -> String {
        let with_samples = figure.views.iter().any(|view| view.needs_run() || view.is_of_generator());
        if figure.page.bare { String::new() } else { caption(&self.settings, self.t, with_samples) }
    }

    /// What a file carries, so that it gives the experiment back.
    pub fn recipe(&self, figure: &PlaneFigure) -> String {
        Recipe::new(&self.settings).at(self.t).showing(figure).text()
    }

    /// The figure of views now.
    ///
    /// # Errors
    /// Says why there is nothing to show.
    pub fn figure(&self, figure: &PlaneFigure) -> Result<Figure, String> {
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
    use crate::experiment::plane::PLANE_PRESETS;

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
            let run = sampled(&side, &built, (4000, 1), &|| true).expect("a run").expect("all of it");
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
                (10, 0),
                &|| false
            )
            .expect("no fault")
            .is_none()
        );
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
