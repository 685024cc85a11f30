//! The generator that a method follows in the limit of small steps, as rates between cells (plane.md 5.3).

use super::setting::{Noise, PlaneMethod};
use crate::flow::plane::{Blend, PathPoint};

impl PlaneMethod {
    /// Its blend of flow, jumps and noise at a point of its path. DDPM becomes the SDE with the memoryless noise, DDIM with η
    /// the one with η² of it.
    pub fn blend(self, point: PathPoint) -> Blend {
        let noisy = |noise: Noise| {
            let squared = noise.squared(point);
            Blend { noise: if squared.is_finite() { squared } else { 0.0 }, ..Blend::FLOW }
        };
        match self {
            Self::Euler | Self::Midpoint | Self::Heun | Self::Rk4 | Self::Dopri5 { .. } => Blend::FLOW,
            Self::Ddpm { .. } => noisy(Noise::Memoryless(1.0)),
            Self::Ddim { eta } => noisy(Noise::Memoryless(eta * eta)),
            Self::Sde(noise) => noisy(noise),
            Self::AxisJump => Blend::AXIS_JUMP,
            Self::PlaneJump => Blend::JUMP,
            Self::Superposition { w, g } => Blend::superposition(w, g),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::AffinePath;

    #[test]
    fn parts_of_every_method_add_up_and_noise_is_its_own() {
        let point = AffinePath::VP.at(0.4);
        for method in
            ["euler", "dopri5", "ddim:0", "ddpm", "sde:0.5", "jump:A", "jump:B", "superposition:0.3,0.5"]
        {
            let blend = method.parse::<PlaneMethod>().expect(method).blend(point);
            assert!((blend.flow + blend.jump + blend.axis_jump - 1.0).abs() < 1e-15, "{method}");
        }
        let noise = |method: &str| method.parse::<PlaneMethod>().expect(method).blend(point).noise;
        assert_eq!((noise("euler"), noise("ddim:0")), (0.0, 0.0));
        assert!((noise("ddpm") - AffinePath::VP.beta(0.4)).abs() < 1e-9);
        assert!((noise("sde:0.5") - 0.5 * noise("ddpm")).abs() < 1e-12);
        assert!((noise("superposition:0.3,0.5") - 0.25).abs() < 1e-15);
    }
}
