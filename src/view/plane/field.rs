//! The heat maps: exact values on a lattice over what is shown.

use super::{PlaneView, Scene, Shown};
use crate::figure::Scale;
use crate::flow::FlowError;
use crate::flow::plane::Fields;
use ndarray::Array2;
use rayon::prelude::*;

/// Cells along a side of a lattice.
pub const LATTICE: usize = 256;
/// Lines of a lattice that are computed at once.
const LINES: usize = 8;
/// Beyond this share of the values of a signed view colours do not change: single peaks would leave all else white.
const WITHIN: f64 = 0.99;

/// Values on a lattice, and their colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// \[N, N\], axis 0 to the right. What is not known, where no mass ever is, is not a number.
    pub values: Array2<f64>,
    /// Their colours.
    pub scale: Scale,
    /// Whether values lie below and above the ends of the scale.
    pub beyond: [bool; 2],
}

impl Field {
    /// With the colours of a view.
    pub fn new(view: PlaneView, values: Array2<f64>) -> Self {
        let scale = match view.ground().shown() {
            Shown::Signed => Scale::diverging(within(&values)),
            // A rate has no bound where there is hardly any mass.
            _ if matches!(view, PlaneView::JumpRate | PlaneView::Rates | PlaneView::Miss) => {
                Scale::sequential(within(&values))
            }
            _ => Scale::from_values_sequential(&values),
        };
        Self::on(values, scale)
    }

    /// On colours that others share.
    pub fn on(values: Array2<f64>, scale: Scale) -> Self {
        // Rounding is no value beyond.
        let slack = 1e-9 * scale.max.abs();
        let any = |beyond: &dyn Fn(f64) -> bool| values.iter().any(|v| v.is_finite() && beyond(*v));
        let beyond = [any(&|v| v < scale.min - slack), any(&|v| v > scale.max + slack)];
        Self { values, scale, beyond }
    }
}

/// The magnitude that all but the largest few values stay within.
fn within(values: &Array2<f64>) -> f64 {
    let mut all: Vec<f64> = values.iter().map(|v| v.abs()).filter(|v| v.is_finite() && *v > 0.0).collect();
    if all.is_empty() {
        return 0.0;
    }
    let place = ((all.len() - 1) as f64 * WITHIN) as usize;
    *all.select_nth_unstable_by(place, f64::total_cmp).1
}

/// The heat maps of several views at once on a lattice of `n` cells a side, one a view, each with its own colours: what lies
/// below arrows and particles is the density.
///
/// # Errors
/// Those of [`crate::flow::plane::PlaneFlow::at`]; of views of a grid if the flow has none.
pub fn fields(scene: &Scene<'_>, views: &[PlaneView], n: usize) -> Result<Vec<Field>, FlowError> {
    let grounds: Vec<PlaneView> = views.iter().map(|view| view.ground()).collect();
    let is_apart = |view: PlaneView| view.is_of_board() || view.is_of_cells() || view.needs_network();
    let of_plane: Vec<PlaneView> = grounds.iter().copied().filter(|view| !is_apart(*view)).collect();
    let mut on_lattice = lattice(scene, &of_plane, n)?.into_iter();
    let field = |view: PlaneView| {
        let values = match view {
            _ if view.is_of_board() => scene.on_board(view, n)?,
            _ if view.is_of_cells() => scene.on_cells(view, n)?,
            _ if view.needs_network() => scene.on_miss(n)?,
            _ => on_lattice.next().unwrap_or_default(),
        };
        Ok(Field::new(view, values))
    };
    grounds.into_iter().map(field).collect()
}

/// \[−∂ ln p/∂t\]₊ at a point.
fn leaving(fields: &Fields, n: usize) -> f64 {
    let along: f64 = (0..2).map(|i| fields.velocity[i][n] * fields.score[i][n]).sum();
    let rate = fields.divergence[n] + along;
    // What is not known stays so.
    if rate < 0.0 { 0.0 } else { rate }
}

/// The values of views \[N, N\], in their order.
fn lattice(scene: &Scene<'_>, views: &[PlaneView], n: usize) -> Result<Vec<Array2<f64>>, FlowError> {
    if views.is_empty() {
        return Ok(Vec::new());
    }
    let at = scene.flow.at(scene.t)?;
    let rising = if views.contains(&PlaneView::Landing) { scene.rising(&at) } else { 0.0 };
    let [xs, ys] = [0, 1].map(|axis| scene.window.middles(axis, n));
    // Mass and how it changes are much less work than everything.
    let of_mass =
        |view: &PlaneView| matches!(view, PlaneView::Density | PlaneView::Outflow | PlaneView::Landing);
    let is_mass_alone = views.iter().all(of_mass);
    // Lines are computed apart from each other.
    let parts: Vec<Vec<Vec<f64>>> = xs
        .par_chunks(LINES)
        .map(|xs| {
            let mut fields = Fields::default();
            if is_mass_alone {
                [fields.density, fields.slope] = at.lattice_masses(xs, &ys);
            } else {
                at.lattice(xs, &ys, &mut fields);
            }
            let of = |view: &PlaneView| match view {
                PlaneView::Outflow => fields.slope.iter().map(|slope| -slope).collect(),
                PlaneView::Divergence => fields.divergence.clone(),
                PlaneView::Spread => fields.trace_cov.clone(),
                PlaneView::Landing if rising > 0.0 => {
                    fields.slope.iter().map(|slope| slope.max(0.0) / rising).collect()
                }
                PlaneView::Landing => vec![0.0; fields.density.len()],
                PlaneView::JumpRate => (0..fields.len()).map(|n| leaving(&fields, n)).collect(),
                _ => fields.density.clone(),
            };
            views.iter().map(of).collect()
        })
        .collect();
    let whole = |place: usize| {
        let all: Vec<f64> = parts.iter().flat_map(|part| part[place].iter().copied()).collect();
        Array2::from_shape_vec((n, n), all).unwrap_or_default()
    };
    Ok((0..views.len()).map(whole).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Mixture, PlaneFlow, PlaneSource, PlaneTarget};
    use crate::view::plane::PlaneWindow;

    #[test]
    fn values_are_those_of_the_points_and_mass_is_one() {
        let flow =
            PlaneFlow::new(PlaneTarget::Mixture(Mixture::ring()), PlaneSource::Normal, AffinePath::CondOt)
                .expect("a flow");
        let scene = Scene::new(&flow, None, 0.5, PlaneWindow::around_origin(6.0));
        let views = [
            PlaneView::Outflow,
            PlaneView::Velocity,
            PlaneView::Divergence,
            PlaneView::Spread,
            PlaneView::JumpRate,
        ];
        let n = 60;
        let all = fields(&scene, &views, n).expect("fields");
        let [xs, ys] = [0, 1].map(|axis| scene.window.middles(axis, n));
        let at = flow.at(0.5).expect("a time");
        for (i, j) in [(0, 59), (31, 17), (40, 40)] {
            let point = at.point([xs[i], ys[j]]);
            let found = all.iter().map(|field| field.values[[i, j]]);
            let rate = (-point.slope / point.density).max(0.0);
            let expected = [-point.slope, point.density, point.divergence, point.trace_cov, rate];
            for (found, expected) in found.zip(expected) {
                assert!((found - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{found} {expected}");
            }
        }
        let area = (12.0f64 / n as f64).powi(2);
        assert!((all[1].values.sum() * area - 1.0).abs() < 1e-6, "the density is one of all");
        assert!((all[0].values.sum() * area).abs() < 1e-6, "what leaves arrives");
        assert!(all[0].scale.min == -all[0].scale.max && all[1].scale.min == 0.0);
        assert_eq!(all[1].beyond, [false, false]);
    }

    #[test]
    fn peaks_do_not_take_all_colours() {
        let mut values = Array2::from_shape_fn((100, 100), |(i, j)| (100 * i + j) as f64 / 1e4);
        values[[0, 0]] = -1e9;
        values[[5, 5]] = f64::NAN;
        let field = Field::new(PlaneView::Divergence, values);
        assert!((0.9..1.0).contains(&field.scale.max) && field.beyond == [true, true], "{:?}", field.scale);
    }
}
