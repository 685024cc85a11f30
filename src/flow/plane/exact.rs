//! A flow on the plane: target, source, coupling and path, and its exact values at any time (plane.md 1, 4).

use super::axis::{AxisLaw, Side};
use super::boxes::Boxes;
use super::fields::{Fields, PointFields};
use super::mixture::{Component, Gaussian, Mixture};
use super::moving::{MovingComponent, MovingMixture};
use super::oblong::{GaussianPair, OblongComponent};
use super::path::AffinePath;
use super::products::{Products, ProductsAt};
use crate::flow::error::{FlowError, in_range};
use ndarray::Array2;

/// Where a flow ends.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaneTarget {
    /// A mixture of Gaussians, or points.
    Mixture(Mixture),
    /// Even within the cells of a square.
    Boxes(Boxes),
}

/// Where it starts.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum PlaneSource {
    /// N(0, I).
    #[default]
    Normal,
    /// A mixture of Gaussians.
    Mixture(Mixture),
    /// Even on \[−L, L\]²; L.
    Square(f64),
}

/// Pairs (x₁, x₀) of a coupling that is not independent, each of the same weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    /// x₁.
    pub ones: Vec<[f64; 2]>,
    /// x₀, as many.
    pub zeros: Vec<[f64; 2]>,
}

/// Pairs of components of a mixture target and a normal source are summed over: at most so many.
pub const MOST_PRODUCTS: usize = 200_000;
/// Laws of an axis at most, where tables of their pairs are made.
const MOST_LAWS: usize = 1024;

/// A flow of which everything is known.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneFlow {
    path: AffinePath,
    target: PlaneTarget,
    source: PlaneSource,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Weight, data's component and noise's.
    Mixture(Vec<(f64, Component, Component)>),
    /// The same where not all of them are round.
    Oblong(Vec<GaussianPair>),
    Products(Products),
    Pairs(Pairs, f64),
}

impl PlaneFlow {
    /// Of independent x₁ and x₀.
    ///
    /// # Errors
    /// If the path's parameters or a square source's L (0.001 to 10⁶) are out of range, the source is made of points, there
    /// are too many pairs of components, or a component whose coordinates depend on each other meets a law that is even on
    /// squares.
    pub fn new(target: PlaneTarget, source: PlaneSource, path: AffinePath) -> Result<Self, FlowError> {
        path.validated()?;
        let kind = match (&target, &source) {
            (_, PlaneSource::Mixture(source)) if source.has_points() => {
                let why = "the source has points without width: expected standard deviations above 0";
                return Err(FlowError::Unsupported(why.to_owned()));
            }
            (PlaneTarget::Mixture(target), source) if !matches!(source, PlaneSource::Square(_)) => {
                component_pairs(target, source)?
            }
            _ => Kind::Products(products(&target, &source)?),
        };
        Ok(Self { path, target, source, kind })
    }

    /// Of pairs, each a straight line blurred by a normal `bandwidth`: what minibatch OT and reflow train on. Target and
    /// source are those of independent draws, for distances to them.
    ///
    /// # Errors
    /// If there are no pairs, not as many x₁ as x₀, or more than [`super::MOST_COMPONENTS`]; if the bandwidth is not from
    /// 0.001 to 100.
    pub fn of_pairs(
        target: PlaneTarget,
        source: PlaneSource,
        path: AffinePath,
        pairs: Pairs,
        bandwidth: f64,
    ) -> Result<Self, FlowError> {
        path.validated()?;
        in_range("the bandwidth of the pairs", bandwidth, 1e-3..=100.0, "a number from 0.001 to 100")?;
        let n = pairs.ones.len();
        if n == 0 || n != pairs.zeros.len() || n > super::MOST_COMPONENTS {
            return Err(FlowError::Coupling(format!(
                "{n} data and {} noises in pairs: expected as many of each, 1 to {}",
                pairs.zeros.len(),
                super::MOST_COMPONENTS
            )));
        }
        Ok(Self { path, target, source, kind: Kind::Pairs(pairs, bandwidth) })
    }

    /// The path.
    pub fn path(&self) -> AffinePath {
        self.path
    }

    /// The target.
    pub fn target(&self) -> &PlaneTarget {
        &self.target
    }

    /// The source.
    pub fn source(&self) -> &PlaneSource {
        &self.source
    }

    /// The same on another path.
    ///
    /// # Errors
    /// If the path's parameters are out of range.
    pub fn on(&self, path: AffinePath) -> Result<Self, FlowError> {
        Ok(Self { path: path.validated()?, ..self.clone() })
    }

    /// The pairs of a coupling that is not independent.
    pub fn pairs(&self) -> Option<&Pairs> {
        match &self.kind {
            Kind::Pairs(pairs, _) => Some(pairs),
            _ => None,
        }
    }

    /// Whether x̂₀ = −σ score, so that a score can be had from the velocity: the source is N(0, I) and the coupling
    /// independent (plane.md 3.3, 10).
    pub fn has_score_of_velocity(&self) -> bool {
        self.source == PlaneSource::Normal && !matches!(self.kind, Kind::Pairs(..))
    }

    /// Whether the coupling is independent: without it there are no scores that a network could learn, and no SDEs.
    pub fn is_independent(&self) -> bool {
        !matches!(self.kind, Kind::Pairs(..))
    }

    /// Whether it is a mixture whose components are not all round: their coordinates do not jump apart.
    pub fn is_oblong(&self) -> bool {
        matches!(self.kind, Kind::Oblong(_))
    }

    /// Everything at the time `t`.
    ///
    /// # Errors
    /// If `t` is not in \[0, 1\], or a velocity or density is infinite: at t = 1 with points, at the end of VP from a noise
    /// that is not centred.
    pub fn at(&self, t: f64) -> Result<PlaneAt<'_>, FlowError> {
        in_range("t", t, 0.0..=1.0, "a number from 0 to 1")?;
        let point = self.path.at(t);
        let infinite = || {
            let why = match t < 1.0 {
                true => "is too narrow for numbers",
                false => "has points without width, or a source whose speed has no limit",
            };
            FlowError::Infinite(format!(
                "at t = {t} the flow {why}: take an earlier t, or give the points a bandwidth"
            ))
        };
        match &self.kind {
            Kind::Mixture(pairs) => {
                let moving = pairs.iter().map(|(weight, one, zero)| {
                    MovingComponent::new(point, *weight, [one.mean, zero.mean], [one.sd, zero.sd])
                });
                let components = moving.collect::<Option<_>>().ok_or_else(infinite)?;
                Ok(PlaneAt::Moving(MovingMixture { components }))
            }
            Kind::Oblong(pairs) => {
                let moving = pairs.iter().map(|pair| OblongComponent::new(point, pair));
                let components = moving.collect::<Option<_>>().ok_or_else(infinite)?;
                Ok(PlaneAt::Oblong(MovingMixture { components }))
            }
            Kind::Pairs(pairs, bandwidth) => {
                let weight = 1.0 / pairs.ones.len() as f64;
                let moving = pairs
                    .ones
                    .iter()
                    .zip(&pairs.zeros)
                    .map(|(one, zero)| MovingComponent::pair(point, weight, [*one, *zero], *bandwidth));
                let components = moving.collect::<Option<_>>().ok_or_else(infinite)?;
                Ok(PlaneAt::Moving(MovingMixture { components }))
            }
            Kind::Products(products) => {
                let is_point = |law: &AxisLaw| {
                    let width = |side, factor: f64| match side {
                        Side::Normal { sd, .. } => factor * sd,
                        Side::Even { low, high } => factor * (high - low),
                    };
                    let off_centre = matches!(law.zero, Side::Normal { mean, .. } if mean != 0.0)
                        || matches!(law.zero, Side::Even { low, high } if low + high != 0.0);
                    width(law.one, point.alpha) + width(law.zero, point.sigma) <= 0.0
                        || (point.sigma_slope.is_infinite() && off_centre)
                };
                if products.laws.iter().flatten().any(is_point) {
                    return Err(infinite());
                }
                Ok(PlaneAt::Products(ProductsAt { products, point }))
            }
        }
    }
}

/// Pairs of a target's and a source's components.
fn component_pairs(target: &Mixture, source: &PlaneSource) -> Result<Kind, FlowError> {
    let source = match source {
        PlaneSource::Mixture(source) => source.clone(),
        _ => Mixture::normal(),
    };
    let n = target.len() * source.len();
    if n > MOST_PRODUCTS {
        return Err(FlowError::Unsupported(format!(
            "{} components of the target with {} of the source are {n} pairs: expected at most {MOST_PRODUCTS}",
            target.len(),
            source.len()
        )));
    }
    Ok(match (target.round_components(), source.round_components()) {
        (Some(ones), Some(zeros)) => {
            let each = |one: Component| zeros.iter().map(move |zero| (one.weight * zero.weight, one, *zero));
            Kind::Mixture(ones.into_iter().flat_map(each).collect())
        }
        _ => {
            let each = |one: Gaussian| source.components().map(move |zero| GaussianPair::new(one, zero));
            Kind::Oblong(target.components().flat_map(each).collect())
        }
    })
}

/// Both coordinates of a component, where they are independent.
fn sides(component: Gaussian) -> Result<[Side; 2], FlowError> {
    let Gaussian { mean, covariance, .. } = component;
    let sds = covariance.of_independent_coordinates().ok_or_else(|| {
        let why = "a component whose coordinates depend on each other (sxy is not 0) with a law that is even on squares: expected \
                   sxy = 0, or the source normal or a mixture";
        FlowError::Unsupported(why.to_owned())
    })?;
    Ok([0, 1].map(|axis| Side::Normal { mean: mean[axis], sd: sds[axis] }))
}

/// Each axis's laws and their weights.
fn products(target: &PlaneTarget, source: &PlaneSource) -> Result<Products, FlowError> {
    let ones: (Vec<[Side; 2]>, _) = match target {
        PlaneTarget::Mixture(mixture) => {
            let n = mixture.len();
            (
                mixture.components().map(sides).collect::<Result<_, _>>()?,
                Array2::from_diag(&ndarray::arr1(mixture.weights())).into_shape_with_order((n, n)).ok(),
            )
        }
        PlaneTarget::Boxes(boxes) => {
            let side = |i| boxes.cell(i);
            let sides =
                (0..boxes.side()).map(|i| [0; 2].map(|_| Side::Even { low: side(i)[0], high: side(i)[1] }));
            (sides.collect(), Some(boxes.pmf().clone()))
        }
    };
    let zeros: (Vec<[Side; 2]>, Vec<f64>) = match source {
        PlaneSource::Normal => (vec![[Side::Normal { mean: 0.0, sd: 1.0 }; 2]], vec![1.0]),
        PlaneSource::Square(half) => {
            in_range("half the side of the source", *half, 1e-3..=1e6, "a number from 0.001 to 1e6")?;
            (vec![[Side::Even { low: -half, high: *half }; 2]], vec![1.0])
        }
        PlaneSource::Mixture(mixture) => {
            (mixture.components().map(sides).collect::<Result<_, _>>()?, mixture.weights().to_vec())
        }
    };
    let (ones, weights) = ones;
    let weights = weights.unwrap_or_default();
    let (n, m) = (ones.len(), zeros.0.len());
    if n * m > MOST_LAWS {
        return Err(FlowError::Unsupported(format!(
            "{n} components of the target with {m} of the source: expected at most {MOST_LAWS} pairs where one of both is even \
             on squares"
        )));
    }
    let laws = [0, 1].map(|axis| {
        let each = |one: &[Side; 2]| {
            let one = one[axis];
            zeros.0.iter().map(move |zero| AxisLaw { one, zero: zero[axis] }).collect::<Vec<_>>()
        };
        ones.iter().flat_map(each).collect()
    });
    // A pair of laws belongs to the same noise on both axes.
    let mut all = Array2::zeros((n * m, n * m));
    for ((i, j), q) in weights.indexed_iter() {
        for (k, weight) in zeros.1.iter().enumerate() {
            all[[i * m + k, j * m + k]] = q * weight;
        }
    }
    Ok(Products { laws, weights: all })
}

/// A flow at one time.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaneAt<'a> {
    /// A sum of round Gaussians.
    Moving(MovingMixture),
    /// A sum of Gaussians of which one or more are not round.
    Oblong(MovingMixture<OblongComponent>),
    /// A sum of products of axes.
    Products(ProductsAt<'a>),
}

impl PlaneAt<'_> {
    /// u at the points (x, y) into `u`; all slices have the same length. Where no mass is it is that of the nearest place that
    /// has some, so that a sampler's step may err; [`Self::fields`] says NaN there.
    pub fn velocity(&self, x: [&[f64]; 2], u: [&mut [f64]; 2]) {
        match self {
            Self::Moving(moving) => moving.velocity(x, u),
            Self::Oblong(moving) => moving.velocity(x, u),
            Self::Products(products) => {
                let [u1, u2] = u;
                let points = x[0].iter().zip(x[1]);
                for ((x, y), (u1, u2)) in points.zip(u1.iter_mut().zip(u2)) {
                    [*u1, *u2] = products.velocity([*x, *y]);
                }
            }
        }
    }

    /// Everything at the points (x, y) into `fields`, which is made as long.
    pub fn fields(&self, x: [&[f64]; 2], fields: &mut Fields) {
        fields.resize(x[0].len());
        self.fields_from(x, fields, 0);
    }

    fn fields_from(&self, x: [&[f64]; 2], fields: &mut Fields, first: usize) {
        match self {
            Self::Moving(moving) => moving.fields(x, fields, first),
            Self::Oblong(moving) => moving.fields(x, fields, first),
            Self::Products(products) => products.fields(x, fields, first),
        }
    }

    /// Everything on the lattice of all (x, y), x outermost: entry `i * ys.len() + j` is (xs\[i\], ys\[j\]). A picture of
    /// 256 × 256 takes a few milliseconds; rows can be computed apart, each by a call of its own.
    pub fn lattice(&self, xs: &[f64], ys: &[f64], fields: &mut Fields) {
        fields.resize(xs.len() * ys.len());
        match self {
            Self::Products(products) => products.lattice(xs, ys, fields, 0),
            _ => {
                let mut row = vec![0.0; ys.len()];
                for (i, x) in xs.iter().enumerate() {
                    row.fill(*x);
                    self.fields_from([&row, ys], fields, i * ys.len());
                }
            }
        }
    }

    /// Everything at one point.
    pub fn point(&self, x: [f64; 2]) -> PointFields {
        let mut fields = Fields::zeros(1);
        self.fields([&[x[0]], &[x[1]]], &mut fields);
        fields.at(0)
    }

    /// Δp/p at a point; of mixtures alone.
    pub fn laplacian_share(&self, x: [f64; 2]) -> Option<f64> {
        match self {
            Self::Moving(moving) => Some(moving.laplacian_share(x)),
            Self::Oblong(moving) => Some(moving.laplacian_share(x)),
            Self::Products(_) => None,
        }
    }

    /// How many components or boxes there are.
    pub fn parts(&self) -> usize {
        match self {
            Self::Moving(moving) => moving.components.len(),
            Self::Oblong(moving) => moving.components.len(),
            Self::Products(products) => products.products.weights.len(),
        }
    }

    /// P(component | x): of a mixture in its order (data outermost), of boxes row by row. The rays of a clicked point.
    pub fn shares(&self, x: [f64; 2]) -> Vec<f64> {
        match self {
            Self::Moving(moving) => moving.shares(x),
            Self::Oblong(moving) => moving.shares(x),
            Self::Products(products) => products.shares(x),
        }
    }

    /// e^H of the [`shares`](Self::shares): how many components a point still belongs to.
    pub fn effective_components(&self, x: [f64; 2]) -> f64 {
        let entropy = |r: f64| if r > 0.0 { -r * r.ln() } else { 0.0 };
        self.shares(x).into_iter().map(entropy).sum::<f64>().exp()
    }

    /// ln p at a point, also where p is too small for a number.
    pub fn ln_density(&self, x: [f64; 2]) -> f64 {
        match self {
            Self::Moving(moving) => moving.ln_density(x),
            Self::Oblong(moving) => moving.ln_density(x),
            Self::Products(products) => products.at(x).density.ln(),
        }
    }

    /// u and its Jacobian \[∂₁u₁, ∂₂u₁, ∂₁u₂, ∂₂u₂\]; of mixtures alone.
    pub fn jacobian(&self, x: [f64; 2]) -> Option<([f64; 2], [f64; 4])> {
        match self {
            Self::Moving(moving) => Some(moving.jacobian(x)),
            Self::Oblong(moving) => Some(moving.jacobian(x)),
            Self::Products(_) => None,
        }
    }
}
