//! A trained network as a denoiser: evaluated once per κ on all states, then read from the table.

use super::{CpuMlp, GridMlp, GridMlpConfig};
use crate::denoiser::grid::Denoiser;
use crate::flow::floor::LogPosterior;
use crate::flow::grid::{AxisKernel, Posterior};
use crate::flow::vectorized;
use crate::flow::vectors::single::exp;
use crate::flow::{Axis, GridPath, Kappa};
use burn::module::Module;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array2, Array3};
use rayon::prelude::*;
use std::sync::Arc;

/// States evaluated in one forward pass: bounds the memory of the activations.
const BATCH: usize = 8192;

/// A network on the grid, without its training machinery.
#[derive(Clone, Debug)]
pub struct NetworkDenoiser {
    config: GridMlpConfig,
    net: Net,
    keep_rate: f64,
    /// Whether a token that is not the mask is the datum's: then the network is not asked.
    reveals: bool,
}

/// Where it is computed.
#[derive(Clone, Debug)]
enum Net {
    /// By burn on its device.
    Burn(Box<GridMlp>, Device),
    /// By the same network written out for the CPU.
    Cpu(Arc<CpuMlp>),
}

/// ln p(y | z) on all V² states at one κ.
#[derive(Clone, Debug)]
pub struct LogTable {
    k: usize,
    v: usize,
    reveals: bool,
    /// \[V², 2, K\]
    rows: Vec<f32>,
}

impl NetworkDenoiser {
    /// `net` with the sizes `config`, asked about a path with the keep rate ρ: it is told the lifted κ, so that one
    /// network serves every keep rate (see [`Self::on`]).
    pub fn new(config: GridMlpConfig, net: &GridMlp, keep_rate: f64) -> Self {
        let net = net.valid();
        let device = net.devices().into_iter().next().unwrap_or_else(Device::flex);
        // A module of other sizes than `config` says is left to burn, which names the shapes when it fails.
        let on_cpu = if device == Device::flex() { CpuMlp::from_module(config, &net).ok() } else { None };
        let net = on_cpu.map_or_else(|| Net::Burn(Box::new(net), device), |net| Net::Cpu(Arc::new(net)));
        Self { config, net, keep_rate, reveals: config.mask }
    }

    /// The same of a network on the CPU.
    pub fn on_cpu(net: CpuMlp, keep_rate: f64) -> Self {
        let config = net.config();
        Self { config, net: Net::Cpu(Arc::new(net)), keep_rate, reveals: config.mask }
    }

    /// The same network asked about `path`, which may have another keep rate.
    #[must_use]
    pub fn on(&self, path: &GridPath) -> Self {
        Self { keep_rate: path.coupling().keep_rate(), reveals: path.reveals(), ..self.clone() }
    }

    /// The sizes of the network.
    pub fn config(&self) -> GridMlpConfig {
        self.config
    }

    /// Log-posteriors on all states at `kappa` of the path.
    ///
    /// # Errors
    /// If the device fails.
    pub fn log_table(&self, kappa: Kappa) -> anyhow::Result<LogTable> {
        let (k, v) = (self.config.k, self.config.vocabulary());
        let states: Vec<[u16; 2]> = (0..v * v).map(|s| [(s / v) as u16, (s % v) as u16]).collect();
        let rows = self.log_rows(&states, &vec![kappa; v * v])?;
        Ok(LogTable { k, v, reveals: self.reveals, rows })
    }

    /// ln p(y | z) of both tokens in states that are each at their own κ of the path: \[n, 2, K\].
    fn log_rows(&self, states: &[[u16; 2]], kappas: &[Kappa]) -> anyhow::Result<Vec<f32>> {
        let lifted: Vec<f32> = kappas.iter().map(|c| c.lifted(self.keep_rate).value as f32).collect();
        let (net, device) = match &self.net {
            Net::Cpu(net) => return Ok(net.log_posteriors(states, &lifted)),
            Net::Burn(net, device) => (net, device),
        };
        let mut rows = Vec::with_capacity(states.len() * 2 * self.config.k);
        for (batch, kappas) in states.chunks(BATCH).zip(lifted.chunks(BATCH)) {
            let n = batch.len();
            let tokens: Vec<i32> = batch.as_flattened().iter().map(|&x| i32::from(x)).collect();
            let logits = net.forward(
                Tensor::from_data(TensorData::new(tokens, [n, 2]), device),
                Tensor::from_data(TensorData::new(kappas.to_vec(), [n, 1]), device),
            );
            // The one wait for the device per batch.
            let logs = log_softmax(logits, 2).try_into_data()?;
            rows.extend_from_slice(
                logs.as_slice::<f32>().map_err(|e| anyhow::anyhow!("the network's output: {e:?}"))?,
            );
        }
        Ok(rows)
    }
}

impl LogTable {
    /// ln p(y | z) for y in 0..K as the network has it.
    fn row(&self, axis: Axis, z: [usize; 2]) -> &[f32] {
        let start = ((z[0] * self.v + z[1]) * 2 + axis.index()) * self.k;
        &self.rows[start..][..self.k]
    }

    /// Whether the token is revealed on a mask path: then its x₁ is known and the network is not asked.
    fn is_known(&self, axis: Axis, z: [usize; 2]) -> bool {
        self.reveals && z[axis.index()] < self.k
    }

    /// As a table of distributions, rounding of the log-softmax normalised away.
    pub fn to_posterior(&self) -> Posterior {
        let v = self.v;
        let axes = Axis::BOTH.map(|axis| {
            // [z1, z2, y], as the network has it.
            let mut rows = vec![0.0; v * v * v];
            rows.par_chunks_mut(v).enumerate().for_each(|(state, row)| {
                let z = [state / v, state % v];
                if self.is_known(axis, z) {
                    row[z[axis.index()]] = 1.0;
                    return;
                }
                vectorized!({
                    row.iter_mut().zip(self.row(axis, z)).for_each(|(p, log)| *p = f64::from(exp(*log)));
                    let total = row.iter().sum::<f64>();
                    row.iter_mut().for_each(|p| *p /= total);
                });
            });
            let by_state =
                Array3::from_shape_vec((v, v, v), rows).expect("as many entries as states and values");
            AxisKernel::Dense { axis, table: by_state.permuted_axes([2, 0, 1]) }
        });
        Posterior { axes }
    }
}

impl LogPosterior for LogTable {
    fn log_posterior(&self, axis: Axis, z: [usize; 2], out: &mut [f64]) {
        out.fill(f64::NEG_INFINITY);
        if self.is_known(axis, z) {
            out[z[axis.index()]] = 0.0;
            return;
        }
        for (out, &l) in out.iter_mut().zip(self.row(axis, z)) {
            *out = f64::from(l);
        }
    }
}

impl Denoiser for NetworkDenoiser {
    fn posterior(&self, kappa: Kappa) -> anyhow::Result<Posterior> {
        Ok(self.log_table(kappa)?.to_posterior())
    }

    fn posterior_rows(
        &self,
        axis: Axis,
        states: &[[u16; 2]],
        kappas: &[Kappa],
    ) -> anyhow::Result<Array2<f64>> {
        let (k, i) = (self.config.k, axis.index());
        let mut rows = Array2::zeros((states.len(), self.config.vocabulary()));
        let logs = self.log_rows(states, kappas)?;
        for ((row, state), mut out) in logs.chunks(2 * k).zip(states).zip(rows.outer_iter_mut()) {
            // A revealed token of a mask path is known; the network is not asked.
            if self.reveals && usize::from(state[i]) < k {
                out[usize::from(state[i])] = 1.0;
                continue;
            }
            let row = &row[i * k..][..k];
            let total: f64 = row.iter().map(|&l| f64::from(l).exp()).sum();
            for (out, &l) in out.iter_mut().zip(row) {
                *out = f64::from(l).exp() / total;
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_network_state_by_state_and_bans_the_mask() {
        let config = GridMlpConfig { k: 5, mask: true, hidden: 8 };
        let device = Device::flex();
        let net = config.init(3, &device);
        let denoiser = NetworkDenoiser::new(config, &net, 0.25);
        let kappa = Kappa::new(0.2);
        let posterior = denoiser.posterior(kappa).expect("flex does not fail");
        for z in [[5, 5], [5, 2], [1, 5], [3, 4]] {
            let tokens = TensorData::new(vec![z[0] as i32, z[1] as i32], [1, 2]);
            let asked = Tensor::full([1, 1], 0.25 + 0.75 * 0.2f32, &device);
            let logits = net.forward(Tensor::from_data(tokens, &device), asked);
            let logs = log_softmax(logits, 2).into_data().try_to_vec::<f32>().expect("f32");
            for axis in Axis::BOTH {
                let i = axis.index();
                let kernel = &posterior.axes[i];
                let sum: f64 = (0..6).map(|y| kernel.probability(y, z)).sum();
                assert!((sum - 1.0).abs() < 1e-12);
                assert_eq!(kernel.probability(5, z), 0.0, "the mask was predicted");
                let state = [z.map(|x| x as u16)];
                let row = denoiser.posterior_rows(axis, &state, &[kappa]).expect("flex does not fail");
                for y in 0..6 {
                    assert!((row[[0, y]] - kernel.probability(y, z)).abs() < 1e-6, "rows and table agree");
                }
                for y in 0..5 {
                    let expected =
                        if z[i] < 5 { f64::from(y == z[i]) } else { f64::from(logs[i * 5 + y]).exp() };
                    assert!((kernel.probability(y, z) - expected).abs() < 1e-6);
                }
            }
        }
    }
}
