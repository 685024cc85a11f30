//! What can be asked of a flow at one time, by name, and its exact values.

use crate::cli::CliError;
use crate::flow::{Axis, FlowError, GridPath, Scheduler};
use ndarray::{Array2, Axis as Dim};
use std::fmt;
use std::str::FromStr;

/// A quantity of the flow at one time. Rates are per unit of t.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// p_t, \[V, V\].
    Pmf,
    /// dp/dt, \[V, V\].
    Slope,
    /// −dp/dt, \[V, V\]: what leaves minus what arrives.
    Divergence,
    /// The part of the divergence that moves one token, \[V, V\]; both parts add up to the whole.
    DivergenceAlong(Axis),
    /// Net flux upward through every cut, \[V+1, V\] along token 1, \[V, V+1\] along token 2.
    Current(Axis),
    /// Total flux out of every state, \[V, V\].
    Traffic,
    /// p(x₁ⁱ = y | x_t = z) over y, \[V\].
    Posterior(Axis, [usize; 2]),
    /// p(x₀ⁱ = y | x_t = z) over y, \[V\].
    NoisePosterior(Axis, [usize; 2]),
}

/// All names, for help and messages.
pub const EXPECTED: &str = "pmf, dpdt, divergence, divergence-1, divergence-2, current-1, current-2, traffic, \
    posterior:I,Z1,Z2 or noise-posterior:I,Z1,Z2 (token I = 1 or 2 in state Z1,Z2)";

impl FromStr for Quantity {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable =
            || FlowError::Unreadable { what: "quantity", given: text.to_owned(), expected: EXPECTED };
        let asked = |numbers: &str| -> Result<(Axis, [usize; 2]), FlowError> {
            let numbers: Vec<usize> = numbers
                .split(',')
                .map(|n| n.trim().parse().map_err(|_| unreadable()))
                .collect::<Result<_, _>>()?;
            match numbers[..] {
                [1, z1, z2] => Ok((Axis::First, [z1, z2])),
                [2, z1, z2] => Ok((Axis::Second, [z1, z2])),
                _ => Err(unreadable()),
            }
        };
        match (text, text.split_once(':')) {
            ("pmf", _) => Ok(Self::Pmf),
            ("dpdt", _) => Ok(Self::Slope),
            ("divergence", _) => Ok(Self::Divergence),
            ("divergence-1", _) => Ok(Self::DivergenceAlong(Axis::First)),
            ("divergence-2", _) => Ok(Self::DivergenceAlong(Axis::Second)),
            ("current-1", _) => Ok(Self::Current(Axis::First)),
            ("current-2", _) => Ok(Self::Current(Axis::Second)),
            ("traffic", _) => Ok(Self::Traffic),
            (_, Some(("posterior", state))) => asked(state).map(|(axis, z)| Self::Posterior(axis, z)),
            (_, Some(("noise-posterior", state))) => {
                asked(state).map(|(axis, z)| Self::NoisePosterior(axis, z))
            }
            _ => Err(unreadable()),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pmf => f.write_str("pmf"),
            Self::Slope => f.write_str("dpdt"),
            Self::Divergence => f.write_str("divergence"),
            Self::DivergenceAlong(axis) => write!(f, "divergence-{}", token(*axis)),
            Self::Current(axis) => write!(f, "current-{}", token(*axis)),
            Self::Traffic => f.write_str("traffic"),
            Self::Posterior(axis, [z1, z2]) => write!(f, "posterior:{},{z1},{z2}", token(*axis)),
            Self::NoisePosterior(axis, [z1, z2]) => write!(f, "noise-posterior:{},{z1},{z2}", token(*axis)),
        }
    }
}

/// 1 or 2, as people count tokens.
pub(in crate::cli) fn token(axis: Axis) -> usize {
    axis.index() + 1
}

/// The values of a quantity, in C order.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// `[V]` or a table as [`Quantity`] describes it.
    pub shape: Vec<usize>,
    /// As many as the shape holds; one column for a quantity over y.
    pub table: Array2<f64>,
}

impl Quantity {
    /// Whether it is per unit of time, i.e. proportional to κ'.
    pub fn is_rate(self) -> bool {
        !matches!(self, Self::Pmf | Self::Posterior(..) | Self::NoisePosterior(..))
    }

    /// Whether negative values mean something.
    pub fn is_signed(self) -> bool {
        self.is_rate() && self != Self::Traffic
    }

    /// The values at `t` in \[0, 1\].
    ///
    /// # Errors
    /// [`CliError::Input`] for a rate where κ' is infinite and for a state that the flow does not have.
    pub fn values(self, path: &GridPath, scheduler: Scheduler, t: f64) -> Result<Values, CliError> {
        let kappa = scheduler.at(t);
        let slope = scheduler.derivative(t);
        if self.is_rate() && slope.is_finite() && !path.has_finite_slope(kappa) {
            return Err(CliError::Input(format!(
                "--quantity {self} at --t {t}: the path {} begins infinitely fast for A below 1; choose a later t, or \
                 pmf or a posterior",
                path.conditional()
            )));
        }
        if path.metric().is_some() && matches!(self, Self::NoisePosterior(..)) {
            return Err(CliError::Input(format!(
                "--quantity {self}: on the path {} a state does not contain x₀; choose posterior, or another --path",
                path.conditional()
            )));
        }
        if self.is_rate() && !slope.is_finite() {
            return Err(CliError::Input(format!(
                "--quantity {self} at --t {t}: the scheduler {scheduler} has an infinite slope there, so every rate is \
                 infinite; choose a later t, or pmf or a posterior"
            )));
        }
        let v = path.vocabulary();
        if let Self::Posterior(_, z) | Self::NoisePosterior(_, z) = self
            && let Some(i) = (0..2).find(|&i| z[i] >= v)
        {
            return Err(CliError::Input(format!(
                "--quantity {self}: Z{} = {} is out of range: token values of this flow are 0 to {}",
                i + 1,
                z[i],
                v - 1
            )));
        }
        // 0 − x instead of −x: nothing moves is 0, not −0.
        let table = match self {
            Self::Pmf => path.pmf(kappa),
            Self::Slope => path.pmf_slope(kappa) * slope,
            Self::Divergence => 0.0 - path.pmf_slope(kappa) * slope,
            Self::DivergenceAlong(axis) => 0.0 - path.net_inflow(axis, kappa) * slope,
            Self::Current(axis) => path.edge_current(axis, kappa) * slope,
            Self::Traffic => path.traffic(kappa, 1.0, 0.0) * slope,
            Self::Posterior(axis, z) => path.posterior_at(axis, z, kappa).insert_axis(Dim(1)),
            Self::NoisePosterior(axis, z) => path.noise_posterior_at(axis, z, kappa).insert_axis(Dim(1)),
        };
        let shape = match self {
            Self::Posterior(..) | Self::NoisePosterior(..) => vec![v],
            _ => table.shape().to_vec(),
        };
        Ok(Values { shape, table: table.as_standard_layout().into_owned() })
    }
}
