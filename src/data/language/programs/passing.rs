//! Whether a program does what its examples say, and Pass@k: how often at least one of k samples is right.

use super::interpreter::run;
use crate::flow::sequence::programs::{BODY_AT, DOC, EXAMPLE, EXAMPLES};

/// Whether the body of a text \[48\] returns what the three examples of the text say; none if it does not run.
pub fn judged(text: &[u16]) -> Option<bool> {
    let outputs = run(text.get(BODY_AT..)?).ok()?;
    let shown = |n: usize| {
        let [_, x, _, tens, ones] = *text.get(DOC + n * EXAMPLE..)?.first_chunk()?;
        let is_digit = |token: u16| token < 10;
        let all = is_digit(x) && is_digit(tens) && is_digit(ones);
        Some(all && outputs[usize::from(x)] == i64::from(10 * tens + ones))
    };
    (0..EXAMPLES).map(shown).collect::<Option<Vec<bool>>>().map(|all| all.into_iter().all(|right| right))
}

/// 1 − C(n−c, k)/C(n, k): the unbiased estimate from n = `samples` of which c = `right` are right, k = `of` ≤ n. The plug-in
/// 1 − (1 − c/n)ᵏ is biased downward.
pub fn pass_at(samples: usize, right: usize, of: usize) -> f64 {
    let wrong = samples - right.min(samples);
    if of > samples || wrong < of {
        return 1.0;
    }
    // C(w, k)/C(n, k) as a product of factors below 1.
    1.0 - (0..of).map(|j| (wrong - j) as f64 / (samples - j) as f64).product::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_unbiased_and_the_plug_in_is_not() {
        let (p, n, k): (f64, usize, usize) = (0.23, 9, 4);
        let choose = |n: usize, c: usize| (0..c).map(|j| (n - j) as f64 / (j + 1) as f64).product::<f64>();
        let chance = |c: usize| choose(n, c) * p.powi(c as i32) * (1.0 - p).powi((n - c) as i32);
        let mean = |of: &dyn Fn(usize) -> f64| (0..=n).map(|c| chance(c) * of(c)).sum::<f64>();
        let exact = 1.0 - (1.0 - p).powi(k as i32);
        assert!((mean(&|c| pass_at(n, c, k)) - exact).abs() < 1e-14);
        let plug_in = mean(&|c| 1.0 - (1.0 - c as f64 / n as f64).powi(k as i32));
        assert!((exact - 0.6485).abs() < 1e-4 && (plug_in - 0.5810).abs() < 1e-4);
        assert_eq!((pass_at(9, 0, 4), pass_at(9, 6, 4), pass_at(9, 9, 9)), (0.0, 1.0, 1.0));
    }
}
