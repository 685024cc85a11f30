//! A sampler's law on cells, without Monte-Carlo noise: by a lattice of starts, a raster or rate matrices (plane.md 3.4, 5.3).

use super::curve::{GoOn, shared};
use super::draw::Points;
use super::pushed::{pushed, raster_error};
use super::walk::{PlaneSetup, Walk, check, jump_nodes};
use super::{CurveSetup, Measure, PlaneSampler, Precision};
use crate::denoiser::plane::{Denoiser, Oracle};
use crate::flow::FlowError;
use crate::flow::metrics::tv;
use crate::flow::plane::{CellEdges, CellsAt, PlaneFlow, PlaneTarget, histogram};
use crate::sampler::SamplerError;

/// Cells an axis on which total variation is taken; beyond them on each side lies one more, without an end.
pub const TV_CELLS: usize = 32;

/// Half the side of the square that those cells divide.
pub fn tv_reach(target: &PlaneTarget) -> f64 {
    // 5.5 for the ring.
    target.reach() + 1.4
}

/// The cells.
///
/// # Errors
/// Never: the numbers fit.
pub fn tv_cells(target: &PlaneTarget) -> Result<CellEdges, FlowError> {
    let reach = tv_reach(target);
    CellEdges::new(-reach, reach, TV_CELLS + 2)
}

/// Total variation below this is rounding, and beside that of no sampler.
const ROUNDING: f64 = 1e-6;

/// A sampler's law on the cells of [`tv_cells`].
#[derive(Clone, Debug)]
pub struct SamplerMasses {
    /// Masses \[34, 34\]; what has left a raster is missing.
    pub masses: ndarray::Array2<f64>,
    /// The total variation to the target that an exact sampler would show at this precision.
    pub floor: f64,
    /// Steps.
    pub steps: usize,
    /// Evaluations.
    pub nfe: usize,
}

/// The law of a sampler on cells, without Monte-Carlo noise: by a lattice of starts, a raster or rate matrices.
///
/// # Errors
/// If the sampler has no meaning for the flow, can't be carried in any of these ways, or the denoiser fails.
pub fn sampler_masses(
    flow: &PlaneFlow,
    denoiser: &dyn Denoiser,
    sampler: PlaneSampler,
    precision: Precision,
) -> Result<SamplerMasses, SamplerError> {
    check(&sampler.validated()?, flow)?;
    let setup =
        CurveSetup { flow, denoiser, parts: &[], measure: Measure::Tv, precision, exact: None, seed: 0 };
    let of = (flow, denoiser);
    if sampler.method.is_deterministic() {
        let shared = whole(shared(setup, &|| true)?);
        let places = (&shared.starts, &shared.cells);
        let found = whole(masses_of(of, sampler, precision, places, &|| true)?);
        return Ok(SamplerMasses { floor: shared.floor, ..found });
    }
    let places = (&Points::default(), &tv_cells(flow.target())?);
    Ok(whole(masses_of(of, sampler, precision, places, &|| true)?))
}

/// The same where each part of all samples has a denoiser of its own, such as one for every code. The floor is that of the
/// exact flow.
///
/// # Errors
/// As those of [`sampler_masses`].
pub fn mixed_masses(
    flow: &PlaneFlow,
    parts: &[(f64, &dyn Denoiser)],
    sampler: PlaneSampler,
    precision: Precision,
) -> Result<SamplerMasses, SamplerError> {
    check(&sampler.validated()?, flow)?;
    let exact = Oracle::new(flow)?;
    let lattice = match sampler.method.is_deterministic() {
        true => {
            let measure = Measure::Tv;
            let denoiser = &exact;
            let setup = CurveSetup { flow, denoiser, parts: &[], measure, precision, exact: None, seed: 0 };
            Some(whole(shared(setup, &|| true)?))
        }
        false => None,
    };
    let (starts, cells) = match &lattice {
        Some(shared) => (shared.starts.clone(), shared.cells.clone()),
        None => (Points::default(), tv_cells(flow.target())?),
    };
    let found = whole(masses_of_parts((flow, parts), sampler, precision, (&starts, &cells), &|| true)?);
    Ok(SamplerMasses { floor: lattice.map_or(found.floor, |shared| shared.floor), ..found })
}

/// Those of all parts together. Steps and evaluations of an adaptive method are those of the part that took most.
pub(super) fn masses_of_parts(
    (flow, parts): (&PlaneFlow, &[(f64, &dyn Denoiser)]),
    sampler: PlaneSampler,
    precision: Precision,
    (starts, cells): (&Points, &CellEdges),
    go_on: GoOn<'_>,
) -> Result<Option<SamplerMasses>, SamplerError> {
    let masses = ndarray::Array2::zeros((cells.bins(), cells.bins()));
    let mut all = SamplerMasses { masses, floor: 0.0, steps: 0, nfe: 0 };
    for (share, denoiser) in parts {
        let Some(part) = masses_of((flow, *denoiser), sampler, precision, (starts, cells), go_on)? else {
            return Ok(None);
        };
        all.masses.scaled_add(*share, &part.masses);
        all.floor += share * part.floor;
        (all.steps, all.nfe) = (all.steps.max(part.steps), all.nfe.max(part.nfe));
    }
    Ok(Some(all))
}

fn masses_of(
    (flow, denoiser): (&PlaneFlow, &dyn Denoiser),
    sampler: PlaneSampler,
    precision: Precision,
    (starts, cells): (&Points, &CellEdges),
    go_on: GoOn<'_>,
) -> Result<Option<SamplerMasses>, SamplerError> {
    if sampler.method.is_deterministic() {
        let mut walk = Walk::new(PlaneSetup { flow, denoiser, sampler, seed: 0 }, starts.clone())?;
        if !walk.run(|_| go_on())? {
            return Ok(None);
        }
        let masses = histogram(walk.points(), cells);
        let (steps, nfe) = (walk.steps(), walk.evaluations());
        return Ok(Some(SamplerMasses { masses, floor: 0.0, steps, nfe }));
    }
    if sampler.method.jumps() {
        // A flow of few pairs ends beside its target, and one to points is left before its end.
        let on_path = flow.on(sampler.path)?;
        let end = jump_nodes(&on_path, &sampler).last().map_or(1.0, |node| node.t);
        let floor = tv(&CellsAt::new(&on_path.at(end)?, cells).mass, &flow.target().masses(cells));
        let floor = if floor > ROUNDING { floor } else { 0.0 };
        let of = |masses| SamplerMasses { masses, floor, steps: sampler.steps, nfe: sampler.steps };
        return Ok(cell_masses(flow, sampler, cells, go_on)?.map(of));
    }
    let Some(pushed) = pushed(flow, denoiser, sampler, precision.raster, go_on)? else { return Ok(None) };
    let floor =
        raster_error(flow.target(), pushed.raster.width()) + 0.5 * (1.0 - pushed.raster.total()).max(0.0);
    Ok(Some(SamplerMasses { masses: pushed.masses(), floor, steps: pushed.steps, nfe: pushed.steps }))
}

/// The masses on cells of a sampler that jumps: its rate matrices, step by step (plane.md 5.3). None if `go_on` said no.
///
/// # Errors
/// If the method does not jump, or the flow can't be evaluated.
pub fn cell_masses(
    flow: &PlaneFlow,
    sampler: PlaneSampler,
    cells: &CellEdges,
    go_on: GoOn<'_>,
) -> Result<Option<ndarray::Array2<f64>>, SamplerError> {
    if !sampler.method.jumps() {
        return Err(FlowError::Unsupported(format!("{}: it does not jump", sampler.method)).into());
    }
    check(&sampler, flow)?;
    let flow = flow.on(sampler.path)?;
    let nodes = jump_nodes(&flow, &sampler);
    let blend = sampler.method.blend(nodes[0].point);
    let mut mass = CellsAt::new(&flow.at(nodes[0].t)?, cells).mass;
    for pair in nodes.windows(2) {
        if !go_on() {
            return Ok(None);
        }
        mass = CellsAt::new(&flow.at(pair[0].t)?, cells).step(&blend, &mass, pair[1].t - pair[0].t);
    }
    Ok(Some(mass))
}

/// What was found where nothing could have stopped it.
fn whole<T>(found: Option<T>) -> T {
    match found {
        Some(found) => found,
        None => unreachable!("nothing was to stop it"),
    }
}
