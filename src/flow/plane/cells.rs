//! A path on cells, exactly: masses, fluxes through edges, and the rate matrices of every generator that follows it
//! (plane.md 5.3).

use super::exact::PlaneAt;
use super::moving::{MovingLaw, MovingMixture};
use super::normal::{between, density};
use super::oblong::OblongComponent;
use super::products::ProductsAt;
use super::rectangles;
use crate::flow::error::FlowError;
use ndarray::{Array1, Array2, Axis, Zip, azip, s};

/// Cells of the plane: V an axis, the outer two of which reach to infinity.
#[derive(Clone, Debug, PartialEq)]
pub struct CellEdges {
    edges: Vec<f64>,
    width: f64,
}

/// Most cells an axis.
pub const MOST_CELLS: usize = 512;

impl CellEdges {
    /// V = `bins` cells an axis, of which the inner ones divide \[low, high\] evenly.
    ///
    /// # Errors
    /// If there are not 4 to [`MOST_CELLS`], or low < high does not hold.
    pub fn new(low: f64, high: f64, bins: usize) -> Result<Self, FlowError> {
        if !(4..=MOST_CELLS).contains(&bins) {
            return Err(FlowError::Range {
                what: "the number of cells an axis",
                given: bins as f64,
                expected: "a whole number from 4 to 512",
            });
        }
        let width = (high - low) / (bins - 2) as f64;
        if !(width > 0.0 && width.is_finite() && low.is_finite()) {
            return Err(FlowError::Range {
                what: "the upper end of the cells",
                given: high,
                expected: "a number above the lower end",
            });
        }
        let inner = (0..=bins - 2).map(|i| low + width * i as f64);
        let edges = std::iter::once(f64::NEG_INFINITY).chain(inner).chain([f64::INFINITY]).collect();
        Ok(Self { edges, width })
    }

    /// V.
    pub fn bins(&self) -> usize {
        self.edges.len() - 1
    }

    /// All V + 1 edges, −∞ and ∞ among them.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The width of an inner cell.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// The cell of a coordinate.
    pub fn cell_of(&self, x: f64) -> usize {
        let inner = (x - self.edges[1]) / self.width;
        // NaN counts as the lowest cell.
        (inner.floor() + 1.0).max(0.0).min((self.bins() - 1) as f64) as usize
    }
}

/// How much of each generator; all solve dP/dt = A P, and so does every blend whose first three parts add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Blend {
    /// The flow: mass goes through edges, upwind.
    pub flow: f64,
    /// Jumps on the plane (B), from where mass falls to where it rises.
    pub jump: f64,
    /// Jumps of one axis at a time (A).
    pub axis_jump: f64,
    /// g² of Langevin noise, which moves no mass.
    pub noise: f64,
}

impl Blend {
    /// The flow alone.
    pub const FLOW: Self = Self { flow: 1.0, jump: 0.0, axis_jump: 0.0, noise: 0.0 };
    /// Jumps on the plane alone.
    pub const JUMP: Self = Self { flow: 0.0, jump: 1.0, axis_jump: 0.0, noise: 0.0 };
    /// Jumps of axes alone.
    pub const AXIS_JUMP: Self = Self { flow: 0.0, jump: 0.0, axis_jump: 1.0, noise: 0.0 };
    /// w jumps and 1 − w flow, with noise g.
    pub fn superposition(w: f64, g: f64) -> Self {
        Self { flow: 1.0 - w, jump: w, axis_jump: 0.0, noise: g * g }
    }
}

/// Why some mixtures have no jumps of axes.
pub const NO_AXIS_JUMPS: &str =
    "a component is not round, so that its coordinates don't jump apart from each other; take jump:B";

/// Below this mass a cell keeps what it holds: its rates are ratios of numbers that are not there.
const EMPTY: f64 = 1e-120;

/// The path at one time on cells. Arrays are \[V, V\], axis 0 = first coordinate.
#[derive(Clone, Debug, PartialEq)]
pub struct CellsAt {
    /// P, adding up to 1.
    pub mass: Array2<f64>,
    /// What flows up through the edges of axis 0 \[V+1, V\] and of axis 1 \[V, V+1\], per unit of t.
    pub flux: [Array2<f64>; 2],
    /// dP/dt.
    pub slope: Array2<f64>,
    width: f64,
    /// For both axes, of every law: what leaves it \[laws, V\], where it goes, and the other axis's mass with the weights. None
    /// where a law is no product of axes.
    jumps: Option<[AxisJumps; 2]>,
}

/// The jumps of one axis, by law.
#[derive(Clone, Debug, PartialEq)]
struct AxisJumps {
    leaving: Array2<f64>,
    landing: Array2<f64>,
    others: Array2<f64>,
}

/// A flow whose laws are products of axes, at a time.
enum Factored<'a> {
    Moving(&'a MovingMixture),
    Products(&'a ProductsAt<'a>),
}

/// Masses \[laws, V\] and fluxes \[laws, V+1\] of one axis.
fn axis_tables(at: &Factored<'_>, axis: usize, edges: &[f64]) -> (Array2<f64>, Array2<f64>) {
    let laws = match at {
        Factored::Moving(moving) => moving.components.len(),
        Factored::Products(products) => products.products.laws[axis].len(),
    };
    let v = edges.len() - 1;
    let (mut mass, mut flux) = (Array2::zeros((laws, v)), Array2::zeros((laws, v + 1)));
    for j in 0..laws {
        match at {
            Factored::Moving(moving) => {
                let c = &moving.components[j];
                let scale = c.inverse.sqrt();
                let at = |edge: f64| (edge - c.mean[axis]) * scale;
                for (k, ends) in edges.windows(2).enumerate() {
                    mass[[j, k]] = between(at(ends[0]), at(ends[1]));
                }
                for (k, edge) in edges.iter().enumerate().filter(|(_, edge)| edge.is_finite()) {
                    let e = edge - c.mean[axis];
                    flux[[j, k]] = density(at(*edge)) * scale * (c.drift[axis] + c.growth * e);
                }
            }
            Factored::Products(products) => {
                let law = products.products.laws[axis][j];
                let below: Vec<f64> =
                    edges.iter().map(|edge| law.mass_below(products.point, *edge)).collect();
                for (k, ends) in below.windows(2).enumerate() {
                    // Rounding may say less.
                    mass[[j, k]] = (ends[1] - ends[0]).max(0.0);
                }
                for (k, edge) in edges.iter().enumerate() {
                    flux[[j, k]] = law.flux(products.point, *edge);
                }
            }
        }
    }
    (mass, flux)
}

/// Σ over the laws of the other axis: weights · b, or weightsᵀ · b.
fn weighted(at: &Factored<'_>, b: &Array2<f64>, transposed: bool) -> Array2<f64> {
    match at {
        Factored::Moving(moving) => {
            let weights: Array1<f64> = moving.components.iter().map(|c| c.weight()).collect();
            b * &weights.insert_axis(Axis(1))
        }
        Factored::Products(products) => match transposed {
            false => products.products.weights.dot(b),
            true => products.products.weights.t().dot(b),
        },
    }
}

/// Mass and the flux through the edges of axis 0 and of axis 1 of laws that are no products: what flows through a piece of an edge
/// is an integral of a normal law and of its first moment.
fn oblong_tables(moving: &MovingMixture<OblongComponent>, edges: &[f64]) -> (Array2<f64>, [Array2<f64>; 2]) {
    let v = edges.len() - 1;
    let mut mass = Array2::zeros((v, v));
    let mut flux = [Array2::zeros((v + 1, v)), Array2::zeros((v, v + 1))];
    for c in &moving.components {
        let (weight, mean, factor) = (c.weight(), c.mean(), c.factor());
        mass.scaled_add(weight, &rectangles::masses(mean, factor, edges));
        let (drift, slopes) = (c.drift(), c.slopes());
        for (axis, flux) in flux.iter_mut().enumerate() {
            let other = 1 - axis;
            let row = |axis: usize| [factor[2 * axis], factor[2 * axis + 1]];
            let ([a, b], [d, e]) = (row(axis), row(other));
            let (sd, shared) = (a.hypot(b), a * d + b * e);
            // The other coordinate where this one is known: its mean has this slope, and this is left of its width.
            let (slope, rest) = (shared / (sd * sd), (a * e - b * d).abs() / sd);
            let [own, across] = [slopes[2 * axis + axis], slopes[2 * axis + other]];
            for (k, edge) in edges.iter().enumerate().filter(|(_, edge)| edge.is_finite()) {
                let off = edge - mean[axis];
                let through = weight * density(off / sd) / sd;
                let at = |end: f64| (end - mean[other] - slope * off) / rest;
                for (j, ends) in edges.windows(2).enumerate() {
                    let (low, high) = (at(ends[0]), at(ends[1]));
                    let inside = between(low, high);
                    // ∫(y − M) of it.
                    let moment = slope * off * inside - rest * (density(high) - density(low));
                    let passing = through * ((drift[axis] + own * off) * inside + across * moment);
                    let place = if axis == 0 { [k, j] } else { [j, k] };
                    flux[place] += passing;
                }
            }
        }
    }
    (mass, flux)
}

impl CellsAt {
    /// Of a flow at a time.
    pub fn new(at: &PlaneAt<'_>, cells: &CellEdges) -> Self {
        let edges = cells.edges();
        let v = cells.bins();
        let factored = match at {
            PlaneAt::Moving(moving) => Ok(Factored::Moving(moving)),
            PlaneAt::Products(products) => Ok(Factored::Products(products)),
            PlaneAt::Oblong(moving) => Err(moving),
        };
        let (mass, flux, jumps) = match factored {
            Ok(at) => {
                let [(m1, f1), (m2, f2)] = [0, 1].map(|axis| axis_tables(&at, axis, edges));
                let others1 = weighted(&at, &m2, false);
                let others2 = weighted(&at, &m1, true);
                let mass = m1.t().dot(&others1);
                let flux = [f1.t().dot(&others1), m1.t().dot(&weighted(&at, &f2, false))];
                (mass, flux, Some([(f1, others1), (f2, others2)]))
            }
            Err(moving) => {
                let (mass, flux) = oblong_tables(moving, edges);
                (mass, flux, None)
            }
        };
        let net = |flux: &Array2<f64>, axis: usize| {
            let (low, high) =
                (flux.slice_axis(Axis(axis), (0..v).into()), flux.slice_axis(Axis(axis), (1..).into()));
            &low - &high
        };
        let slope = net(&flux[0], 0) + net(&flux[1], 1);
        let jumps = jumps.map(|both| {
            both.map(|(f, others)| {
                let rate = &f.slice(s![.., ..v]) - &f.slice(s![.., 1..]);
                let leaving = rate.mapv(|rate| (-rate).max(0.0));
                let mut landing = rate.mapv(|rate| rate.max(0.0));
                for mut row in landing.rows_mut() {
                    let total = row.sum().max(f64::MIN_POSITIVE);
                    row.mapv_inplace(|x| x / total);
                }
                AxisJumps { leaving, landing, others }
            })
        });
        Self { mass, flux, slope, width: cells.width(), jumps }
    }

    /// Refuses a blend of which there is none here: jumps of axes need laws that are products of them.
    ///
    /// # Errors
    /// Says so.
    pub fn refuse(&self, blend: &Blend) -> Result<(), FlowError> {
        match blend.axis_jump > 0.0 && self.jumps.is_none() {
            true => Err(FlowError::Unsupported(format!("jumps of axes: {NO_AXIS_JUMPS}"))),
            false => Ok(()),
        }
    }

    /// Mass that leaves each cell of p = P per unit of t, without the flow and the noise, which [`Self::edges`] has.
    fn leaving(&self, blend: &Blend) -> Array2<f64> {
        let mut leave = self.slope.mapv(|slope| blend.jump * (-slope).max(0.0));
        if let Some([first, second]) = self.axis_jumps_of(blend) {
            leave.scaled_add(blend.axis_jump, &first.leaving.t().dot(&first.others));
            leave.scaled_add(blend.axis_jump, &second.others.t().dot(&second.leaving));
        }
        leave
    }

    fn axis_jumps_of(&self, blend: &Blend) -> Option<&[AxisJumps; 2]> {
        self.jumps.as_ref().filter(|_| blend.axis_jump > 0.0)
    }

    /// What goes up and down through the inner edges of both axes, of p = P.
    fn edges(&self, blend: &Blend) -> [[Array2<f64>; 2]; 2] {
        let exchange = 0.5 * blend.noise / (self.width * self.width);
        [0, 1].map(|axis| {
            let v = self.mass.len_of(Axis(axis)) as isize;
            let flux = self.flux[axis].slice_axis(Axis(axis), (1..v).into());
            let low = self.mass.slice_axis(Axis(axis), (..v - 1).into());
            let high = self.mass.slice_axis(Axis(axis), (1..).into());
            let mixed = Zip::from(&low).and(&high).map_collect(|a, b| exchange * (a * b).sqrt());
            [1.0, -1.0].map(|sign| {
                Zip::from(&flux).and(&mixed).map_collect(|f, mixed| blend.flow * (sign * f).max(0.0) + mixed)
            })
        })
    }

    /// A p per unit of t, where p are any masses \[V, V\]: the rates are those that carry P. Of jumps that [`Self::refuse`]
    /// refuses there are none.
    pub fn apply(&self, blend: &Blend, p: &Array2<f64>) -> Array2<f64> {
        self.change(blend, p, 0.0)
    }

    /// p after a step of `h` in which a cell keeps e^(−hR) of its mass, R all its rates: masses stay ≥ 0 for any h, first
    /// order.
    pub fn step(&self, blend: &Blend, p: &Array2<f64>, h: f64) -> Array2<f64> {
        let mut next = self.change(blend, p, h);
        azip!((next in &mut next, p in p) *next = p + h * *next);
        next
    }

    fn change(&self, blend: &Blend, p: &Array2<f64>, h: f64) -> Array2<f64> {
        let mut leave = self.leaving(blend);
        let edges = self.edges(blend);
        let v = self.mass.nrows() as isize;
        for (axis, [up, down]) in edges.iter().enumerate() {
            let mut low = leave.slice_axis_mut(Axis(axis), (..v - 1).into());
            low += up;
            let mut high = leave.slice_axis_mut(Axis(axis), (1..).into());
            high += down;
        }
        // p/P, less where a cell empties within the step.
        let ratio = Zip::from(p).and(&self.mass).and(&leave).map_collect(|p, mass, leave| {
            if *mass <= EMPTY {
                return 0.0;
            }
            let emptied = h * leave / mass;
            let kept = if emptied > 1e-12 { -(-emptied).exp_m1() / emptied } else { 1.0 };
            p / mass * kept
        });
        let mut out = Array2::zeros(p.dim());
        for (axis, [up, down]) in edges.iter().enumerate() {
            let low = ratio.slice_axis(Axis(axis), (..v - 1).into());
            let high = ratio.slice_axis(Axis(axis), (1..).into());
            let moved = up * &low - down * &high;
            let mut below = out.slice_axis_mut(Axis(axis), (..v - 1).into());
            below -= &moved;
            let mut above = out.slice_axis_mut(Axis(axis), (1..).into());
            above += &moved;
        }
        if blend.jump > 0.0 {
            let falling = Zip::from(&self.slope).and(&ratio).map_collect(|s, r| (-s).max(0.0) * r);
            let rising: f64 = self.slope.iter().map(|s| s.max(0.0)).sum();
            let moved = falling.sum() / rising.max(f64::MIN_POSITIVE);
            azip!((out in &mut out, falling in &falling, slope in &self.slope)
                *out += blend.jump * (slope.max(0.0) * moved - falling));
        }
        if let Some([first, second]) = self.axis_jumps_of(blend) {
            let landing = &first.others * &first.leaving.dot(&ratio);
            out.scaled_add(blend.axis_jump, &first.landing.t().dot(&landing));
            let landing = &second.others * &second.leaving.dot(&ratio.t());
            out.scaled_add(blend.axis_jump, &landing.t().dot(&second.landing));
            let leaving = first.leaving.t().dot(&first.others) + second.others.t().dot(&second.leaving);
            azip!((out in &mut out, leaving in &leaving, ratio in &ratio) *out -= blend.axis_jump * leaving * ratio);
        }
        out
    }

    /// |A P − dP/dt|₁ / |dP/dt|₁: 0 to rounding for every blend whose first three parts add up to 1.
    pub fn residual(&self, blend: &Blend) -> f64 {
        let off: f64 = (self.apply(blend, &self.mass) - &self.slope).iter().map(|x| x.abs()).sum();
        off / self.slope.iter().map(|x| x.abs()).sum::<f64>().max(f64::MIN_POSITIVE)
    }

    /// Jumps a particle and unit of t on the plane (B): ½|dP/dt|₁, the fewest that any jump process can make.
    pub fn plane_jumps(&self) -> f64 {
        0.5 * self.slope.iter().map(|x| x.abs()).sum::<f64>()
    }

    /// Jumps a particle and unit of t of the two axes (A) as the cells see them: none within a cell.
    pub fn axis_jumps(&self) -> f64 {
        self.leaving(&Blend::AXIS_JUMP).sum()
    }

    /// Rates out of one cell to every other, per unit of t \[V, V\]; 0 for itself and from an empty cell.
    pub fn rates_from(&self, blend: &Blend, [i, j]: [usize; 2]) -> Array2<f64> {
        let mut one = Array2::zeros(self.mass.dim());
        one[[i, j]] = 1.0;
        let mut rates = self.apply(blend, &one);
        rates[[i, j]] = 0.0;
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::metrics::tv;
    use crate::flow::plane::{AffinePath, Boxes, Mixture, PlaneFlow, PlaneSource, PlaneTarget};

    fn three() -> PlaneFlow {
        let target = PlaneTarget::Mixture(Mixture::three());
        PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow")
    }

    fn flows() -> Vec<PlaneFlow> {
        let boxes = |source| {
            let target = PlaneTarget::Boxes(Boxes::checkerboard());
            PlaneFlow::new(target, source, AffinePath::CondOt).expect("a flow")
        };
        let trig = three().on(AffinePath::Trig).expect("trig");
        let target = PlaneTarget::Mixture(crate::flow::plane::tests::oblong());
        let covariances = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        vec![three(), trig, boxes(PlaneSource::Normal), boxes(PlaneSource::Square(2.0)), covariances]
    }

    fn cells() -> CellEdges {
        CellEdges::new(-3.6, 3.6, 24).expect("cells")
    }

    fn at(flow: &PlaneFlow, t: f64) -> CellsAt {
        CellsAt::new(&flow.at(t).expect("a time"), &cells())
    }

    fn sum(a: &Array2<f64>) -> f64 {
        a.iter().map(|x| x.abs()).sum()
    }

    #[test]
    fn the_numbers_of_the_note() {
        let here = at(&three(), 0.6);
        for (found, expected) in [
            (here.mass[[12, 12]], 0.004_879_589_838),
            (here.flux[0][[12, 12]], 0.009_354_574_514),
            (here.slope[[12, 12]], -0.065_516_167_549),
        ] {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn masses_and_their_slopes_are_closed() {
        let h = 1e-5;
        for flow in flows() {
            for t in [0.2, 0.6, 0.9] {
                let here = at(&flow, t);
                assert!((here.mass.sum() - 1.0).abs() < 1e-12 && here.slope.sum().abs() < 1e-12);
                let slope = (at(&flow, t + h).mass - at(&flow, t - h).mass) / (2.0 * h);
                assert!(
                    (&slope - &here.slope).iter().all(|x| x.abs() < 2e-6),
                    "{}",
                    sum(&(slope - &here.slope))
                );
            }
        }
    }

    #[test]
    fn every_generator_solves_the_same_equation() {
        let blends = [
            Blend::FLOW,
            Blend::JUMP,
            Blend::AXIS_JUMP,
            Blend { flow: 0.3, jump: 0.5, axis_jump: 0.2, noise: 0.7 },
            Blend::superposition(0.5, 0.5),
        ];
        for flow in flows() {
            for t in [0.2, 0.6, 0.9] {
                let here = at(&flow, t);
                for blend in blends.iter().filter(|blend| here.refuse(blend).is_ok()) {
                    assert!(here.residual(blend) < 1e-10, "{t} {blend:?} {}", here.residual(blend));
                }
                assert_eq!(here.refuse(&Blend::AXIS_JUMP).is_err(), flow.is_oblong());
                assert!(here.refuse(&Blend::JUMP).is_ok());
                let noise = Blend { noise: 0.7, ..Blend::default() };
                assert!(sum(&here.apply(&noise, &here.mass)) < 1e-12 * sum(&here.slope));
                // Trap: 1 + 1 in place of w + (1 − w).
                let both = Blend { flow: 1.0, jump: 1.0, ..Blend::default() };
                assert!((here.residual(&both) - 1.0).abs() < 1e-10);
            }
        }
    }

    #[test]
    fn steps_are_first_order_and_keep_masses_masses() {
        let flow = three();
        let blends = [
            (Blend::FLOW, [0.025, 0.013, 0.0063]),
            (Blend::JUMP, [0.0094, 0.0047, 0.0024]),
            (Blend { noise: 0.05, ..Blend::superposition(0.5, 0.0) }, [0.0141, 0.007_05, 0.003_52]),
        ];
        for (blend, expected) in blends {
            for (steps, expected) in [100u32, 200, 400].into_iter().zip(expected) {
                let h = 0.9 / f64::from(steps);
                let mut p = at(&flow, 0.0).mass;
                for k in 0..steps {
                    p = at(&flow, 0.9 * f64::from(k) / f64::from(steps)).step(&blend, &p, h);
                }
                let off = tv(&p, &at(&flow, 0.9).mass);
                assert!((off / expected - 1.0).abs() < 0.05, "{blend:?} {steps} {off}");
                assert!(p.iter().all(|p| *p >= 0.0) && (p.sum() - 1.0).abs() < 1e-12);
            }
        }
        // Steps of any length.
        let here = at(&flow, 0.9);
        let p = here.step(&Blend { flow: 1.0, jump: 0.0, axis_jump: 0.5, noise: 3.0 }, &here.mass, 50.0);
        assert!(p.iter().all(|p| *p >= 0.0) && (p.sum() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn jumps_a_particle_makes() {
        // plane.md 5.2: 2.12 of axes, 1.38 on the plane.
        let flow = three();
        let (mut axes, mut plane) = (0.0, 0.0);
        for k in 0..200 {
            let t = (f64::from(k) + 0.5) / 200.0;
            plane += at(&flow, t).plane_jumps() / 200.0;
            let PlaneAt::Moving(moving) = flow.at(t).expect("a time") else { panic!("a mixture") };
            axes += moving.axis_jump_flux() / 200.0;
        }
        assert!((axes - 2.124).abs() < 2e-3 && (plane - 1.379).abs() < 2e-3, "{axes} {plane}");
    }

    #[test]
    fn rates_out_of_a_cell_go_where_they_should() {
        let here = at(&three(), 0.45);
        let rates = here.rates_from(&Blend::FLOW, [10, 12]);
        assert!(rates.iter().filter(|r| **r > 0.0).count() <= 4 && rates.iter().all(|r| *r >= 0.0));
        let rates = here.rates_from(&Blend::AXIS_JUMP, [10, 12]);
        assert!(rates.indexed_iter().all(|((i, j), r)| *r <= 1e-15 || i == 10 || j == 12));
    }

    #[test]
    fn cells_are_found() {
        let cells = cells();
        assert_eq!(cells.bins(), 24);
        for x in [-1e300, -3.61, -3.59, 0.0, 3.59, 3.61, 1e300, f64::INFINITY, f64::NEG_INFINITY] {
            let cell = cells.cell_of(x);
            assert!(cells.edges()[cell] <= x && x <= cells.edges()[cell + 1], "{x}");
        }
        for (low, high, bins) in [(0.0, 1.0, 3), (1.0, 1.0, 24), (f64::NAN, 1.0, 24), (0.0, 1.0, 1000)] {
            assert!(CellEdges::new(low, high, bins).is_err());
        }
    }
}
