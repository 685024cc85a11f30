//! A network as a denoiser: of the straight path, told codes or none, and with its codes of y + T n.

use super::PlaneNetwork;
use crate::denoiser::plane::{Denoiser, DenoiserAt, LatentDenoiser};
use std::sync::Arc;

struct At<'a> {
    network: &'a PlaneNetwork,
    t_star: f64,
}

impl Denoiser for PlaneNetwork {
    /// Of a network with codes: told none.
    fn at(&self, t_star: f64) -> anyhow::Result<Box<dyn DenoiserAt + '_>> {
        Ok(Box::new(At { network: self, t_star }))
    }
}

impl DenoiserAt for At<'_> {
    fn velocity(&self, x: [&[f64]; 2], v: [&mut [f64]; 2]) -> anyhow::Result<()> {
        self.network.velocity_at(self.t_star, None, x, v);
        Ok(())
    }
}

/// One that answers with codes and tells each particle of a run its own.
#[derive(Clone, Debug)]
pub struct ToldNetwork<D = PlaneNetwork> {
    /// Who is asked: the network, or the best denoiser there is.
    pub network: Arc<D>,
    /// The code of each particle, counted from 0; of those beyond it is the last one.
    pub codes: Vec<usize>,
    /// w of w v(z) + (1−w) v(∅), which is w D(z) + (1−w) D(∅) of the denoisers (plane.md 6).
    pub guidance: f64,
}

struct ToldAt<'a, D> {
    of: &'a ToldNetwork<D>,
    t_star: f64,
}

impl<D: LatentDenoiser + Send> Denoiser for ToldNetwork<D> {
    fn at(&self, t_star: f64) -> anyhow::Result<Box<dyn DenoiserAt + '_>> {
        Ok(Box::new(ToldAt { of: self, t_star }))
    }

    fn ends(&self) -> bool {
        self.network.ends()
    }
}

impl<D: LatentDenoiser + Send> DenoiserAt for ToldAt<'_, D> {
    /// As if the particles were the first ones.
    fn velocity(&self, x: [&[f64]; 2], v: [&mut [f64]; 2]) -> anyhow::Result<()> {
        self.velocity_from(0, x, v)
    }

    fn velocity_from(&self, first: usize, x: [&[f64]; 2], [v1, v2]: [&mut [f64]; 2]) -> anyhow::Result<()> {
        let ToldNetwork { network, codes, guidance } = self.of;
        let ask = |code, x: [&[f64]; 2], v: [&mut [f64]; 2]| network.velocity(self.t_star, code, x, v);
        if *guidance != 1.0 {
            ask(None, x, [&mut *v1, &mut *v2]);
        }
        if *guidance == 0.0 {
            return Ok(());
        }
        let code_of = |i: usize| codes.get(first + i).or(codes.last()).copied().unwrap_or_default();
        // Those of one code are asked for together.
        let mut order: Vec<usize> = (0..x[0].len()).collect();
        order.sort_by_key(|i| code_of(*i));
        for group in order.chunk_by(|a, b| code_of(*a) == code_of(*b)) {
            let [a, b] = x.map(|x| group.iter().map(|i| x[*i]).collect::<Vec<f64>>());
            let (mut with1, mut with2) = (vec![0.0; group.len()], vec![0.0; group.len()]);
            ask(Some(code_of(group[0])), [&a, &b], [&mut with1, &mut with2]);
            for (i, with) in group.iter().zip(with1.into_iter().zip(with2)) {
                for (v, with) in [(&mut v1[*i], with.0), (&mut v2[*i], with.1)] {
                    *v = if *guidance == 1.0 { with } else { guidance * with + (1.0 - guidance) * *v };
                }
            }
        }
        Ok(())
    }
}

impl LatentDenoiser for PlaneNetwork {
    fn codes(&self) -> usize {
        self.net().config().codes
    }

    /// x̃ = x/(1+T) and t* = 1/(1+T); D = x̂₁ = x̃ + (1−t*)v (plane.md 3.1).
    fn denoised(&self, level: f64, code: Option<usize>, x: [&[f64]; 2], d: [&mut [f64]; 2]) {
        let t_star = 1.0 / (1.0 + level);
        let [first, second] = x.map(|x| x.iter().map(|x| x * t_star).collect::<Vec<f64>>());
        let [d1, d2] = d;
        self.velocity_at(t_star, code, [&first, &second], [&mut *d1, &mut *d2]);
        for (d, x) in [(d1, &first), (d2, &second)] {
            d.iter_mut().zip(x).for_each(|(d, x)| *d = x + (1.0 - t_star) * *d);
        }
    }

    fn velocity(&self, t_star: f64, code: Option<usize>, x: [&[f64]; 2], v: [&mut [f64]; 2]) {
        self.velocity_at(t_star, code, x, v);
    }

    fn ends(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plane::PlaneNetConfig;

    #[test]
    fn every_particle_is_told_its_own_code_and_guidance_weighs_it() {
        let net = PlaneNetConfig { width: 8, layers: 2, codes: 3 }.init(1);
        let network = Arc::new(PlaneNetwork::new(net));
        let (x, y) = ([0.3, -1.0, 2.0, 0.3], [1.0, 0.2, -0.7, 1.0]);
        let alone = |code: Option<usize>, i: usize| {
            let (mut a, mut b) = ([0.0], [0.0]);
            network.velocity_at(0.4, code, [&x[i..=i], &y[i..=i]], [&mut a, &mut b]);
            [a[0], b[0]]
        };
        let told = |guidance: f64, first: usize| {
            let told = ToldNetwork { network: network.clone(), codes: vec![9, 2, 0, 2, 1], guidance };
            let (mut a, mut b) = ([0.0; 4], [0.0; 4]);
            let at = told.at(0.4).expect("an answer");
            at.velocity_from(first, [&x, &y], [&mut a, &mut b]).expect("velocities");
            (0..4).map(|i| [a[i], b[i]]).collect::<Vec<_>>()
        };
        // The numbers of the particles begin at 1.
        for (i, code) in [2, 0, 2, 1].into_iter().enumerate() {
            let (with, without) = (alone(Some(code), i), alone(None, i));
            assert!(with != without);
            for w in [0.0, 1.0, 2.5] {
                let found = told(w, 1)[i];
                for axis in [0, 1] {
                    let expected = w * with[axis] + (1.0 - w) * without[axis];
                    assert!((found[axis] - expected).abs() < 1e-6, "{i} {w}: {found:?} {expected}");
                }
            }
        }
        assert_ne!(alone(Some(2), 0), alone(Some(1), 3));
    }

    #[test]
    fn the_best_denoiser_of_one_code_has_the_velocity_of_the_flow() {
        use crate::denoiser::plane::Oracle;
        use crate::flow::plane::{AffinePath, Latents, Mixture, PlaneFlow, PlaneSource, PlaneTarget};
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let exact = Oracle::new(&flow).expect("exact");
        let latents = Arc::new(Latents::neighbours(Mixture::ring(), 1).expect("latents"));
        let told = ToldNetwork { network: latents, codes: vec![0], guidance: 1.0 };
        let (x, y) = ([0.3, 1.0, -2.0], [0.1, 0.5, 1.5]);
        let of = |denoiser: &dyn Denoiser, t_star: f64| {
            let (mut a, mut b) = ([0.0; 3], [0.0; 3]);
            let at = denoiser.at(t_star).expect("an answer");
            at.velocity([&x, &y], [&mut a, &mut b]).expect("velocities");
            [a, b]
        };
        for t_star in [0.02, 0.5, 0.98] {
            let (known, found) = (of(&exact, t_star), of(&told, t_star));
            let off = known.iter().flatten().zip(found.iter().flatten()).map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f64::max) < 1e-9, "{t_star}: {known:?} {found:?}");
        }
        assert!(Denoiser::ends(&exact) && !Denoiser::ends(&told));
    }
}
