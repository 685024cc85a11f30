//! Jump processes that follow a path: of one normal axis in closed form, and on the plane (plane.md 5.1, 5.2).

use super::moving::{MovingComponent, MovingLaw, MovingMixture};
use super::normal::{density, distribution};

/// How one axis of a moving normal law N(m, v) is followed by jumps alone. In y = (x − m)/√v mass changes by
/// D(y) = ∂ ln p/∂t = a(y² − 1) + b y, with a = v'/2v and b = m'/√v: particles leave where D < 0 at the rate −D, and land
/// where D > 0 in proportion to Dφ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisJump {
    /// a.
    pub a: f64,
    /// b.
    pub b: f64,
    /// Jumps a particle and unit of t: ∫\[D\]₊φ.
    pub flux: f64,
    /// The two y where D = 0, in order; ±∞ where there is only one.
    pub roots: [f64; 2],
}

impl AxisJump {
    /// From a = v'/2v and b = m'/√v.
    pub fn new(a: f64, b: f64) -> Self {
        // −(ay + b)φ(y) is ∫Dφ.
        let inside = |y: f64| if y.is_infinite() { 0.0 } else { -(a * y + b) * density(y) };
        let roots = if a.abs() < 1e-12 * (1.0 + b.abs()) {
            if b > 0.0 { [0.0, f64::INFINITY] } else { [f64::NEG_INFINITY, 0.0] }
        } else {
            // The larger root in size by the formula, the other by their product −1: no cancellation.
            let q = -0.5 * (b + b.signum() * (b * b + 4.0 * a * a).sqrt()) / a;
            let (one, other) = if q == 0.0 { (1.0, -1.0) } else { (q, -1.0 / q) };
            [one.min(other), one.max(other)]
        };
        Self { a, b, flux: (inside(roots[1]) - inside(roots[0])).abs(), roots }
    }

    /// Of axis 0 or 1 of a moving component.
    pub fn of(component: &MovingComponent, axis: usize) -> Self {
        Self::new(component.growth, component.drift[axis] * component.inverse.sqrt())
    }

    /// D(y).
    pub fn growth(&self, y: f64) -> f64 {
        self.a * (y * y - 1.0) + self.b * y
    }

    /// λ(y) = \[−D\]₊, jumps a unit of t.
    pub fn rate(&self, y: f64) -> f64 {
        (-self.growth(y)).max(0.0)
    }

    /// Whether particles land between the roots (else outside).
    fn lands_inside(&self) -> bool {
        self.growth(0.5 * (self.roots[0].max(-40.0) + self.roots[1].min(40.0))) > 0.0
    }

    /// P(landing ≤ y).
    pub fn landing_below(&self, y: f64) -> f64 {
        if self.flux <= 0.0 {
            return distribution(y);
        }
        let inside = |y: f64| if y.is_infinite() { 0.0 } else { -(self.a * y + self.b) * density(y) };
        let below = if self.lands_inside() {
            inside(y.clamp(self.roots[0], self.roots[1])) - inside(self.roots[0])
        } else {
            // Outside: all of the left tail, then what lies right of the second root.
            let left = inside(y.min(self.roots[0]));
            left + if y > self.roots[1] { inside(y) - inside(self.roots[1]) } else { 0.0 }
        };
        (below / self.flux).clamp(0.0, 1.0)
    }

    /// The y at which a particle lands whose number in \[0, 1) is `u`: the inverse of [`Self::landing_below`].
    pub fn landing(&self, u: f64) -> f64 {
        let (mut low, mut high) = if self.lands_inside() {
            (self.roots[0].max(-40.0), self.roots[1].min(40.0))
        } else {
            (-40.0, 40.0)
        };
        for _ in 0..52 {
            let middle = 0.5 * (low + high);
            if self.landing_below(middle) < u { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }
}

/// C(z) of the conditional jumps on cond-OT to a datum at z: C/(1−t) jumps a unit of t, C ln 1/(1−t) up to t
/// (Holderrieth 2410.20587; plane.md 5.1).
pub fn jump_constant(z: f64) -> f64 {
    let root = (z * z + 4.0).sqrt();
    let (up, down) = (0.5 * (z + root), 0.5 * (z - root));
    up * density(down) - down * density(up)
}

/// The chance that a particle of rate `rate` jumps within `h`: 1 − e^(−hλ). hλ itself is no probability (plane.md 10).
pub fn jump_chance(rate: f64, h: f64) -> f64 {
    -(-h * rate).exp_m1()
}

impl MovingMixture {
    /// Jumps a particle and unit of t when each axis jumps by itself, with the component as latent (plane.md 5.2, A).
    pub fn axis_jump_flux(&self) -> f64 {
        let of = |c: &MovingComponent| [0, 1].map(|axis| AxisJump::of(c, axis).flux).iter().sum::<f64>();
        self.components.iter().map(|c| c.weight() * of(c)).sum()
    }

    /// Rates rⱼ λⱼ of the per-axis jumps of a particle at x into `rates`, by component and axis: entry 2j + axis.
    pub fn axis_jump_rates(&self, x: [f64; 2], rates: &mut Vec<f64>) {
        rates.clear();
        rates.extend(self.components.iter().map(|c| c.log_weight(x)));
        let most = rates.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        rates.iter_mut().for_each(|l| *l = (*l - most).exp());
        let total: f64 = rates.iter().sum();
        let n = rates.len();
        rates.resize(2 * n, 0.0);
        // From the last on, for a component's two entries lie where shares of later ones were.
        for (j, c) in self.components.iter().enumerate().rev() {
            let share = rates[j] / total;
            let width = c.inverse.sqrt();
            for axis in [0, 1] {
                let y = (x[axis] - c.mean[axis]) * width;
                let growth = c.growth * (y * y - 1.0) + c.drift[axis] * width * y;
                rates[2 * j + axis] = share * (-growth).max(0.0);
            }
        }
    }

    /// Where a particle's coordinate lands that jumps on `axis` with component `j`; `u` in \[0, 1) is its number.
    pub fn axis_landing(&self, j: usize, axis: usize, u: f64) -> f64 {
        let c = &self.components[j];
        c.mean[axis] + AxisJump::of(c, axis).landing(u) / c.inverse.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(f: impl Fn(f64) -> f64) -> f64 {
        let h = 1e-4;
        (-120_000..120_000).map(|i| f((f64::from(i) + 0.5) * h) * h).sum()
    }

    #[test]
    fn the_constants_of_the_note() {
        let (z, root) = (1.3f64, (1.3f64 * 1.3 + 4.0).sqrt());
        let jump = AxisJump::new(-1.0 / 0.5, z / 0.5);
        assert!((jump.roots[0] + 0.542_686_044).abs() < 1e-9 && (jump.roots[1] - 1.842_686_044).abs() < 1e-9);
        assert!((jump_constant(z) - 0.674_108_395).abs() < 1e-9, "{root}");
        assert!((jump.flux - 1.348_216_790).abs() < 1e-8);
        assert!((jump_constant(0.0) - 0.483_94).abs() < 1e-5);
        assert!((jump_constant(0.0) * 100f64.ln() - 2.2286).abs() < 1e-4);
    }

    #[test]
    fn the_conditional_jump_is_that_of_the_paper() {
        // ∂ ln p/∂t = −k/(1−t)³, k = x² − (t+1)xz − (1−t)² + tz² = (1−t)²(y² − zy − 1).
        for (z, t) in [(0.0, 0.3), (1.3, 0.5), (-2.2, 0.9)] {
            let s: f64 = 1.0 - t;
            let jump = AxisJump::new(-1.0 / s, z / s);
            for y in [-2.0, -0.3, 0.4, 1.7] {
                let x = t * z + s * y;
                let k = x * x - (t + 1.0) * x * z - s * s + t * z * z;
                assert!((k - s * s * (y * y - z * y - 1.0)).abs() < 1e-12);
                assert!((jump.growth(y) + k / s.powi(3)).abs() < 1e-9 * (1.0 + k.abs() / s.powi(3)));
            }
        }
    }

    #[test]
    fn as_much_lands_as_leaves_on_any_normal_path() {
        for (m, v, dm, dv) in
            [(0.7, 0.3f64, 1.1, -0.5), (-0.2, 0.5, 0.4, 0.6), (1.0, 0.4, -2.0, -1e-14), (0.0, 1.0, 0.0, 0.8)]
        {
            let jump = AxisJump::new(dv / (2.0 * v), dm / v.sqrt());
            let up = sum(|y| jump.growth(y).max(0.0) * density(y));
            let down = sum(|y| jump.rate(y) * density(y));
            assert!(
                (up - jump.flux).abs() < 1e-6 && (down - jump.flux).abs() < 1e-6,
                "{m} {jump:?} {up} {down}"
            );
            for y in [-1.7, -0.4, 0.3, 2.1] {
                let below = sum(|x| if x < y { jump.growth(x).max(0.0) * density(x) } else { 0.0 });
                assert!((jump.landing_below(y) - below / jump.flux).abs() < 1e-4, "{jump:?} {y}");
            }
            for u in [0.01, 0.3, 0.77, 0.999] {
                assert!((jump.landing_below(jump.landing(u)) - u).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn trap_a_rate_times_a_step_is_no_probability() {
        // z = 0, t = .9, h = .05: 8.3% of the particles have hλ > 1.
        let jump = AxisJump::new(-10.0, 0.0);
        let share = sum(|y| if 0.05 * jump.rate(y) > 1.0 { density(y) } else { 0.0 });
        assert!((share - 0.083).abs() < 1e-3, "{share}");
        assert!(jump_chance(1e9, 0.05) <= 1.0 && jump_chance(0.0, 0.05) == 0.0);
    }

    #[test]
    fn trap_the_kernel_at_the_posterior_mean_is_wrong() {
        // Two points ±1.5, t = .5: the posterior mean of kernels solves the equation, the kernel at x̂₁ is .95 off.
        let (t, h) = (0.5, 0.0025);
        let s = 1.0 - t;
        let at = |i: i32| -5.0 + h * f64::from(i);
        let test = |x: f64| (-(x - 1.2) * (x - 1.2)).exp();
        let of = |z: f64, x: f64| density((x - t * z) / s) / s;
        let jump = |z: f64| AxisJump::new(-1.0 / s, z / s);
        let landing = |z: f64| {
            let j = jump(z);
            let weight = |x: f64| j.growth((x - t * z) / s).max(0.0) * of(z, x);
            let total: f64 = (0..=4000).map(|i| weight(at(i))).sum();
            (0..=4000).map(|i| weight(at(i)) * test(at(i))).sum::<f64>() / total
        };
        let zs = [-1.5, 1.5];
        let rate = |z: f64, x: f64| jump(z).rate((x - t * z) / s);
        let (mut want, mut got, mut plugged) = (0.0, 0.0, 0.0);
        let landings = zs.map(landing);
        for i in 0..=4000 {
            let x = at(i);
            let p = zs.map(|z| 0.5 * of(z, x));
            for (k, z) in zs.into_iter().enumerate() {
                want += p[k] * jump(z).growth((x - t * z) / s) * test(x) * h;
                got += p[k] * rate(z, x) * (landings[k] - test(x)) * h;
            }
            if i % 4 == 0 {
                let all = p[0] + p[1];
                let mean = (p[0] * zs[0] + p[1] * zs[1]) / all;
                plugged += all * rate(mean, x) * (landing(mean) - test(x)) * 4.0 * h;
            }
        }
        assert!((got - want).abs() < 1e-6, "{got} {want}");
        assert!(((plugged / want - 1.0).abs() - 0.95).abs() < 0.02, "{plugged} {want}");
    }
}
