//! The loss of a batch and its gradient.

use super::answer::Opinion;
use super::dropout::Dropout;
use super::pass::{Pass, Prepared, Told};
use super::{ImageNet, ImageNetConfig};
use crate::flow::{Kappa, SequenceSource};
use rayon::prelude::*;

/// An image on its way.
#[derive(Clone, Debug)]
pub struct Example {
    /// The datum's tokens \[N\].
    pub data: Vec<u16>,
    /// Those of the state \[N\].
    pub state: Vec<u16>,
    /// The state's κ.
    pub kappa: Kappa,
    /// What the network is told of its class.
    pub class: Option<u16>,
    /// What is dropped inside the network, if anything.
    pub dropout: Option<Dropout>,
}

/// Says whether what is computed is still wanted.
pub type GoOn<'a> = dyn Fn() -> bool + Sync + 'a;

/// Groups whose gradients are added up on their own: the same on any number of threads.
pub(super) const GROUPS: usize = 4;

/// Room for gradients.
pub struct Gradients<P = Pass> {
    groups: Vec<Group<P>>,
    /// By every parameter, of the mean loss.
    pub total: Vec<f32>,
}

impl<P> Default for Gradients<P> {
    fn default() -> Self {
        Self { groups: Vec::new(), total: Vec::new() }
    }
}

/// The room of a group: of what is on its way, `pass`, and of sums.
#[derive(Default)]
pub(super) struct Group<P> {
    pub pass: P,
    pub slopes: Vec<f32>,
    pub gradient: Vec<f32>,
    pub loss: f64,
}

impl<P: Default + Send + Sync> Gradients<P> {
    /// The mean over `batch` of the losses that `take` adds to its group, and the sum of the gradients \[P\], P = `parameters`,
    /// that it adds there into [`Self::total`]. `None`, and no sum, if it said of an example that it was broken off, or `go_on`
    /// said no before one.
    pub(super) fn add_up<E: Sync>(
        &mut self,
        batch: &[E],
        parameters: usize,
        go_on: &GoOn,
        take: impl Fn(&mut Group<P>, &E) -> bool + Sync,
    ) -> Option<f64> {
        self.groups.resize_with(GROUPS, Group::default);
        let size = batch.len().div_ceil(GROUPS).max(1);
        let pieces = self.groups.par_iter_mut().enumerate();
        let is_whole = pieces.all(|(n, group)| {
            group.gradient.clear();
            group.gradient.resize(parameters, 0.0);
            group.loss = 0.0;
            batch.iter().skip(n * size).take(size).all(|example| go_on() && take(group, example))
        });
        if !is_whole {
            return None;
        }
        let Self { groups, total } = self;
        total.clear();
        total.resize(parameters, 0.0);
        const BLOCK: usize = 1 << 14;
        total.par_chunks_mut(BLOCK).enumerate().for_each(|(n, total)| {
            for group in &*groups {
                let part = &group.gradient[n * BLOCK..][..total.len()];
                total.iter_mut().zip(part).for_each(|(total, x)| *total += x);
            }
        });
        Some(groups.iter().map(|group| group.loss).sum::<f64>() / batch.len().max(1) as f64)
    }
}

impl ImageNet {
    /// The mean over `batch` of each example's loss in nats a token, and its gradient into `room.total`. `None` if `go_on` said
    /// no before one of them.
    ///
    /// The loss of an example is −ln p(x₁ⁱ | x) averaged over its masked tokens with a mask source, over all tokens with
    /// the uniform one. With κ uniform in (0, 1) the expectation of the first is the negative ELBO (math.md 6).
    pub(super) fn gradient_while(
        &self,
        batch: &[Example],
        room: &mut Gradients,
        go_on: &GoOn,
    ) -> Option<f64> {
        let prepared = self.prepare(true);
        room.add_up(batch, self.values.len(), go_on, |group, example| {
            group.take(self, &prepared, example, batch.len());
            true
        })
    }
}

impl Group<Pass> {
    fn take(&mut self, net: &ImageNet, prepared: &Prepared, example: &Example, batch: usize) {
        let told = Told { class: example.class, kappa: example.kappa };
        net.forward(prepared, (told, example.dropout), &example.state, &mut self.pass);
        self.slopes.clear();
        self.slopes.resize(self.pass.outputs.len(), 0.0);
        let Some(loss) = losses(&net.config, example, &self.pass, batch, &mut self.slopes) else { return };
        self.loss += loss;
        net.backward(prepared, told, &self.slopes, &mut self.pass, &mut self.gradient);
    }
}

/// The loss of one example and its share of the gradient by the outputs; none where nothing is to be learnt.
fn losses(
    config: &ImageNetConfig,
    example: &Example,
    pass: &Pass,
    batch: usize,
    slopes: &mut [f32],
) -> Option<f64> {
    let size = config.head.outputs(config.values);
    let masks = config.source == SequenceSource::Mask;
    let mask = config.values as u16;
    let open = |token: &usize| !masks || example.state[*token] == mask;
    let tokens: Vec<usize> = (0..example.data.len()).filter(open).collect();
    if tokens.is_empty() {
        return None;
    }
    let weight = 1.0 / (tokens.len() * batch) as f32;
    let mut loss = 0.0;
    for &token in &tokens {
        let opinion = Opinion::of(config, &pass.outputs, &pass.features.base, token);
        let slope = &mut slopes[token * size..][..size];
        let (datum, here) = (usize::from(example.data[token]), usize::from(example.state[token]));
        loss -= f64::from(if masks {
            opinion.gradient(datum, -weight, slope)
        } else {
            mixed(opinion, datum, here, example.kappa, config.values, weight, slope)
        });
    }
    Some(loss / tokens.len() as f64)
}

/// ln D(datum) of the posterior that the network's r gives with a uniform source:
/// D(y) = ((1−κ)/K r(y) + κ r(z) \[y = z\]) / ((1−κ)/K + κ r(z)), which is sure of z at κ = 1 (math.md 2.2).
pub(super) fn mixed(
    opinion: Opinion<'_>,
    datum: usize,
    here: usize,
    kappa: Kappa,
    values: usize,
    weight: f32,
    slope: &mut [f32],
) -> f32 {
    let (k, noise) = (kappa.value as f32, kappa.complement as f32 / values as f32);
    let r_here = opinion.log_p(here).exp();
    let below = noise + k * r_here;
    // d ln below / d ln r(z).
    let kept = k * r_here / below;
    if datum == here {
        // D(z) = r(z) (noise + κ) / below.
        let log = opinion.gradient(here, -weight * (1.0 - kept), slope);
        return log + (noise + k).ln() - below.ln();
    }
    opinion.gradient(here, weight * kept, slope);
    opinion.gradient(datum, -weight, slope) + noise.max(f32::MIN_POSITIVE).ln() - below.ln()
}
