//! What the views show is computed beside the window: a picture of 256 × 256 exact values takes longer than a frame may.

use crate::experiment::plane::{
    BuiltSide, CodesStudy, Compared, Draws, Learned, PlaneSide, Sampled, SharedCurves, Straight, StudiedSide,
    Told, Topic, codes_study, curves_of_sides, learned_straight, sampled_on, straight,
};
use crate::figure::Scale;
use crate::flow::plane::{Blend, PlaneFlow};
use crate::gpu::PlaneStepper;
use crate::sampler::plane::{LinearStepper, Straightness};
use crate::view::plane::{
    Bars, Board, BoardConserved, Conserved, Fan, Field, JumpRates, LATTICE, PlaneArrow, PlaneView,
    PlaneWindow, Scene, Shown, arrows, arrows_across, bars, conserved, fan, fields,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Every picture has a number of its own.
static PICTURES: AtomicU64 = AtomicU64::new(1);

/// What the views of one side show at one time.
#[derive(Clone, Debug)]
pub struct ViewQuestion {
    /// The number of the side.
    pub side: usize,
    /// The flow.
    pub built: BuiltSide,
    /// Its time.
    pub t: f64,
    /// What is seen of the plane.
    pub window: PlaneWindow,
    /// All of it, for the numbers.
    pub whole: PlaneWindow,
    /// Which views.
    pub views: Vec<PlaneView>,
    /// The point that is looked at.
    pub point: [f64; 2],
    /// The generator that the sampler follows.
    pub blend: Blend,
    /// Whether its network stands for the exact velocity.
    pub shows_network: bool,
}

impl PartialEq for ViewQuestion {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.built.flow, &other.built.flow)
            && self.side == other.side
            && (self.t, self.window, self.whole, self.point)
                == (other.t, other.window, other.whole, other.point)
            && (&self.views, self.blend) == (&other.views, other.blend)
            && (self.shows_network, &self.built.learned) == (other.shows_network, &other.built.learned)
    }
}

/// A heat map ready to be drawn.
#[derive(Clone, Debug)]
pub struct Heat {
    /// \[N, N\], index first · N + second.
    pub values: Arc<Vec<f32>>,
    /// A number of its own.
    pub version: u64,
    /// Its colours.
    pub scale: Scale,
    /// The largest and the least value, for what lies beyond colours that others share.
    pub ends: [f64; 2],
}

impl Heat {
    fn new(field: &Field) -> Self {
        let values: Vec<f32> = field.values.iter().map(|v| *v as f32).collect();
        let known = || field.values.iter().copied().filter(|v| v.is_finite());
        let ends = [known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max)];
        let version = PICTURES.fetch_add(1, Ordering::Relaxed);
        Self { values: Arc::new(values), version, scale: field.scale, ends }
    }

    /// The value of a cell.
    pub fn value(&self, [i, j]: [usize; 2]) -> Option<f32> {
        self.values.get(i * LATTICE + j).copied()
    }

    /// Whether values lie below and above the ends of a scale.
    pub fn beyond(&self, scale: Scale) -> [bool; 2] {
        let slack = 1e-6 * scale.max.abs();
        [self.ends[0] < scale.min - slack, self.ends[1] > scale.max + slack]
    }
}

/// The arrows of a view.
#[derive(Clone, Debug)]
pub struct Arrows {
    /// Which.
    pub view: PlaneView,
    /// All of them.
    pub all: Vec<PlaneArrow>,
    /// How many stand beside each other.
    pub across: f64,
}

/// What the views of a side show.
#[derive(Clone, Debug)]
pub struct ViewAnswer {
    /// Of what.
    pub of: ViewQuestion,
    /// A heat map for each view that is or has one below it.
    pub heats: Vec<(PlaneView, Heat)>,
    /// Arrows of those that have them.
    pub arrows: Vec<Arrows>,
    /// The rates out of the cell of the grid that the point lies in.
    pub bars: Option<Bars>,
    /// The cell that rates of the generator lead out of.
    pub cell: Option<[[f64; 2]; 2]>,
    /// Rates of jumps on the plane, and by axes, where particles jump or a view shows that.
    pub jumps: Option<(JumpRates, Option<JumpRates>)>,
    /// How far the generator is from solving the Kolmogorov forward equation.
    pub kolmogorov: Option<f64>,
    /// The point that is looked at.
    pub fan: Option<Fan>,
    /// The numbers of all of the plane.
    pub conserved: Option<Conserved>,
    /// Those of the grid that reads the same target, and how far both paths are apart.
    pub grid: Option<(BoardConserved, Option<f64>)>,
}

impl ViewAnswer {
    /// The heat map of a view, or the one below it.
    pub fn heat(&self, view: PlaneView) -> Option<&Heat> {
        self.heats.iter().find(|(of, _)| *of == view.ground()).map(|(_, heat)| heat)
    }

    /// The arrows of a view.
    pub fn arrows(&self, view: PlaneView) -> Option<&Arrows> {
        self.arrows.iter().find(|arrows| arrows.view == view)
    }
}

/// Answers for several sides; stops early, with what there is, where `go_on` says so.
///
/// # Errors
/// Says why a flow has no values at its time.
pub fn answer(
    questions: Vec<ViewQuestion>,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<ViewAnswer>, String> {
    let mut answers = Vec::new();
    for of in questions {
        if !go_on() {
            break;
        }
        answers.push(answer_one(of)?);
    }
    Ok(answers)
}

fn answer_one(of: ViewQuestion) -> Result<ViewAnswer, String> {
    let (flow, board): (&PlaneFlow, Option<&Board>) = (&of.built.flow, of.built.board());
    let network = of.built.network();
    let shows_network = of.shows_network;
    let usual = Scene::new(flow, board, of.t, of.window);
    let scene = Scene { point: of.point, blend: of.blend, network, shows_network, ..usual };
    let said = |why: crate::flow::FlowError| why.to_string();
    let mut grounds: Vec<PlaneView> = Vec::new();
    for view in of.views.iter().map(|view| view.ground()) {
        let can_be = (board.is_some() || !view.is_of_board()) && scene.can_show(view);
        if !grounds.contains(&view) && can_be {
            grounds.push(view);
        }
    }
    let found = fields(&scene, &grounds, LATTICE).map_err(said)?;
    let heats = grounds.into_iter().zip(found.iter().map(Heat::new)).collect();
    let mut all_arrows = Vec::new();
    let has_board =
        |view: &&PlaneView| view.without_score(flow).is_none() && (board.is_some() || !view.is_of_board());
    let has_arrows = |view: &&PlaneView| view.shown() == Shown::Arrows || **view == PlaneView::Miss;
    let can_show = |view: &&PlaneView| scene.can_show(**view);
    for view in of.views.iter().filter(has_arrows).filter(has_board).filter(can_show) {
        let all = arrows(&scene, *view).map_err(said)?;
        all_arrows.push(Arrows { view: *view, all, across: arrows_across(&scene, *view) });
    }
    let shows = |view: PlaneView| of.views.contains(&view);
    let bars = bars(&scene).filter(|_| shows(PlaneView::BoardRates));
    let cell = scene.cell_of_point().filter(|_| shows(PlaneView::Rates));
    let of_cells = of.views.iter().any(|view| view.is_of_cells());
    let kolmogorov = if of_cells { scene.kolmogorov_residual().ok() } else { None };
    let jumping = of.blend.jump + of.blend.axis_jump > 0.0;
    let of_jumps = jumping || shows(PlaneView::JumpRate) || shows(PlaneView::Landing);
    let jumps = if of_jumps { scene.jump_rates().ok() } else { None };
    let fan = fan(&scene, of.point).ok();
    let conserved = conserved(&Scene { window: of.whole, ..scene }).ok();
    let grid = board.map(|board| (board.conserved(of.t), of.built.between_paths(of.t)));
    Ok(ViewAnswer { of, heats, arrows: all_arrows, bars, cell, jumps, kolmogorov, fan, conserved, grid })
}

/// Builds the flow of a coupling, which takes a while.
///
/// # Errors
/// Never: why there is none is part of the answer.
pub fn build(side: PlaneSide, _: &(dyn Fn() -> bool + Sync)) -> Result<Built, String> {
    let built = BuiltSide::of(&side);
    Ok((side, built))
}

/// What was set, and its flow, or why there is none.
pub type Built = (PlaneSide, Result<BuiltSide, String>);

/// A run of a side's sampler.
#[derive(Clone, Debug)]
pub struct RunQuestion {
    /// What is set.
    pub side: PlaneSide,
    /// Its flow, and its network where that is asked.
    pub built: BuiltSide,
    /// How many samples, and what they are.
    pub draws: Draws,
}

impl RunQuestion {
    /// Whether nothing else is asked but of another network, if at all.
    pub fn differs_by_network_alone(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.built.flow, &other.built.flow)
            && self.side == other.side
            && self.draws == other.draws
    }
}

impl PartialEq for RunQuestion {
    fn eq(&self, other: &Self) -> bool {
        self.differs_by_network_alone(other) && self.built.learned == other.built.learned
    }
}

/// Runs it, on a device if there is one.
///
/// # Errors
/// Says why the sampler can't run on this flow.
pub fn run(
    question: &RunQuestion,
    mut stepper: Option<PlaneStepper>,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<Arc<Sampled>, String> {
    let stepper = stepper.as_mut().map(|stepper| stepper as &mut dyn LinearStepper);
    let found = sampled_on(&question.side, &question.built, question.draws, stepper, &|| go_on())?;
    // What was given up is no answer, whatever it is.
    Ok(Arc::new(found.unwrap_or_default()))
}

/// A measurement of flows.
#[derive(Clone, Debug)]
pub struct StudyQuestion {
    /// What of them.
    pub topic: Topic,
    /// Of the draws.
    pub seed: u64,
    /// The sides that it is about.
    pub sides: Vec<StudiedSide>,
    /// The networks of all runs on the flow that is being set, of straightness.
    pub runs: Vec<Learned>,
    /// Codes of the exact denoiser, and what samples are told.
    pub codes: (usize, Told),
    /// The samplers that are compared, where they are.
    pub compared: Option<Compared>,
}

impl StudyQuestion {
    /// Whether nothing else is asked but of other networks, if at all.
    pub fn differs_by_network_alone(&self, other: &Self) -> bool {
        self.compared == other.compared && self.is_of_same_flows(other)
    }

    /// Whether nothing else is asked but of other networks or samplers, if at all.
    pub fn is_of_same_flows(&self, other: &Self) -> bool {
        let same = |(a, b): (&StudiedSide, &StudiedSide)| {
            Arc::ptr_eq(&a.flow, &b.flow) && a.learned.is_some() == b.learned.is_some()
        };
        (self.topic, self.seed, self.codes) == (other.topic, other.seed, other.codes)
            && self.sides.len() == other.sides.len()
            && self.sides.iter().zip(&other.sides).all(same)
    }
}

impl PartialEq for StudyQuestion {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&StudiedSide, &StudiedSide)| a.learned == b.learned;
        self.differs_by_network_alone(other)
            && self.runs == other.runs
            && self.sides.iter().zip(&other.sides).all(same)
    }
}

/// What was measured.
#[derive(Clone, Debug)]
pub enum Study {
    /// Curves of samplers.
    Curves(Vec<SharedCurves>),
    /// How straight the sides are, and the networks of runs.
    Straight(Vec<Straight>, Vec<LearnedStraight>),
    /// What codes do.
    Codes(Arc<CodesStudy>),
}

/// A run, what its pairs are called, and how straight its network goes.
pub type LearnedStraight = (u64, String, Straightness);

/// Measures it.
///
/// # Errors
/// Says why it can't be had.
pub fn study(
    question: StudyQuestion,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<(StudyQuestion, Study), String> {
    let (sides, seed) = (&question.sides, question.seed);
    let found = match question.topic {
        Topic::Samplers => {
            let compared = question.compared.as_ref().ok_or("there are no samplers to compare")?;
            Study::Curves(curves_of_sides(sides, (question.codes.1, seed), compared, go_on))
        }
        Topic::Straight => {
            let mut exact: Vec<Straight> = Vec::new();
            for (number, side) in sides.iter().enumerate().take_while(|_| go_on()) {
                // Sides often share a flow.
                let same = sides[..number].iter().position(|other| Arc::ptr_eq(&other.flow, &side.flow));
                exact.push(match same {
                    Some(same) => exact[same],
                    None => straight(&side.flow, seed)?,
                });
            }
            let mut runs = Vec::new();
            for learned in question.runs.iter().take_while(|_| go_on()) {
                runs.push((learned.run, learned.pairs(), learned_straight(learned, seed)?));
            }
            Study::Straight(exact, runs)
        }
        Topic::Codes => {
            let (codes, told) = question.codes;
            let side = sides.first().ok_or("there is no side to measure")?;
            Study::Codes(Arc::new(codes_study(&side.flow, side.learned.as_ref(), (codes, told, seed))?))
        }
        Topic::Sample | Topic::Training => return Err("nothing is measured here".to_owned()),
    };
    Ok((question, found))
}
