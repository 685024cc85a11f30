//! What weights are added and multiplied as: plain numbers, or pairs that count wrong tokens (math.md 15.2).

/// A number of a semiring.
pub(super) trait Weight: Copy {
    const ZERO: Self;
    const ONE: Self;
    fn is_zero(self) -> bool;
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn scaled(self, by: f64) -> Self;
}

impl Weight for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    fn is_zero(self) -> bool {
        self == 0.0
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn times(self, other: Self) -> Self {
        self * other
    }

    fn scaled(self, by: f64) -> Self {
        self * by
    }
}

/// w εᵈ for ε → 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wrong {
    pub tokens: u16,
    pub weight: f64,
}

impl Wrong {
    /// A token that is right, or not.
    pub fn token(e: f64) -> Self {
        if e > 0.0 { Self { tokens: 0, weight: e } } else { Self { tokens: 1, weight: 1.0 } }
    }
}

impl Weight for Wrong {
    const ZERO: Self = Self { tokens: u16::MAX, weight: 0.0 };
    const ONE: Self = Self { tokens: 0, weight: 1.0 };

    fn is_zero(self) -> bool {
        self.weight == 0.0
    }

    fn plus(self, other: Self) -> Self {
        match self.tokens.cmp(&other.tokens) {
            std::cmp::Ordering::Less => self,
            std::cmp::Ordering::Equal => Self { weight: self.weight + other.weight, ..self },
            std::cmp::Ordering::Greater => other,
        }
    }

    fn times(self, other: Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Self::ZERO;
        }
        Self { tokens: self.tokens.saturating_add(other.tokens), weight: self.weight * other.weight }
    }

    fn scaled(self, by: f64) -> Self {
        Self { weight: self.weight * by, ..self }
    }
}
