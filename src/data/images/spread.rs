//! How far images of a set are from each other: what the distance of a sample to its nearest one is to be judged by.

use super::{Part, rms};
use crate::random::{Purpose, stream};
use rand::RngExt;
use rayon::prelude::*;

/// Distances of pairs of images of a set that were drawn by chance, in levels of 255 as [`rms`] measures them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// Ascending.
    distances: Vec<f64>,
}

impl Spread {
    /// Of `pairs` pairs of two different ones of the first `count` images of `part`, as `seen` shows them: the same for the
    /// same seed. It is empty if there are fewer than two images. `None` if `go_on` said no.
    pub fn of(
        part: &Part,
        count: u64,
        pairs: u64,
        seed: u64,
        seen: &(dyn Fn(&[u8]) -> Vec<u8> + Sync),
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let count = part.len().map_or(count, |len| len.min(count));
        if count < 2 {
            return Some(Self::default());
        }
        let image = |index| {
            let mut pixels = vec![0; 3 * part.side() * part.side()];
            part.image(index, &mut pixels);
            seen(&pixels)
        };
        let distance = |pair| {
            let mut rng = stream(seed, Purpose::Pairs, pair);
            let first = rng.random_range(0..count);
            // Any other one.
            let other = rng.random_range(0..count - 1);
            let second = other + u64::from(other >= first);
            go_on().then(|| rms(&image(first), &image(second)))
        };
        let mut distances: Vec<f64> = (0..pairs).into_par_iter().map(distance).collect::<Option<_>>()?;
        distances.sort_by(f64::total_cmp);
        Some(Self { distances })
    }

    /// How many pairs.
    pub fn pairs(&self) -> usize {
        self.distances.len()
    }

    /// The distance that half of the pairs are below.
    pub fn median(&self) -> Option<f64> {
        median(&self.distances)
    }

    /// The share of all pairs that are further from each other than `distance`, with its standard error; none without pairs.
    pub fn share_beyond(&self, distance: f64) -> Option<[f64; 2]> {
        let pairs = self.pairs() as f64;
        let beyond = self.pairs() - self.distances.partition_point(|known| *known <= distance);
        let share = beyond as f64 / pairs;
        (pairs > 0.0).then(|| [share, (share * (1.0 - share) / pairs).sqrt()])
    }
}

/// The middle one of ascending numbers, or the mean of both.
pub fn median(ascending: &[f64]) -> Option<f64> {
    let half = ascending.len() / 2;
    let upper = *ascending.get(half)?;
    Some(if ascending.len() % 2 == 1 { upper } else { 0.5 * (ascending[half - 1] + upper) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::images::ImageSource;

    #[test]
    fn a_sample_of_pairs_is_near_the_spread_of_all_and_is_the_same_again() {
        let data = ImageSource::Shapes.load(8, 3).expect("shapes");
        let all = data.train.first(60);
        let distances = (0..60).flat_map(|i| (0..i).map(move |j| (i, j)));
        let mut distances: Vec<f64> = distances.map(|(i, j)| rms(all.image(i), all.image(j))).collect();
        distances.sort_by(f64::total_cmp);
        let seen = |image: &[u8]| image.to_vec();
        let spread = Spread::of(&data.train, 60, 3000, 5, &seen, &|| true).expect("not stopped");
        assert_eq!(spread.pairs(), 3000);
        for tenth in 1..10 {
            let at = distances[tenth * distances.len() / 10];
            let [share, error] = spread.share_beyond(at).expect("pairs");
            let exact = 1.0 - tenth as f64 / 10.0;
            assert!((share - exact).abs() < 4.0 * error + 1e-3, "{share} ± {error} for {exact}");
        }
        assert!(spread.distances[0] >= distances[0], "no image is its own partner");
        assert_eq!(Some(spread), Spread::of(&data.train, 60, 3000, 5, &seen, &|| true));
        assert_eq!(Spread::of(&data.train, 60, 3000, 5, &seen, &|| false), None);
        let nothing = Spread::of(&data.train, 1, 3000, 5, &seen, &|| true).expect("not stopped");
        assert_eq!((nothing.pairs(), nothing.share_beyond(1.0), nothing.median()), (0, None, None));
    }

    #[test]
    fn a_share_is_of_the_pairs_that_are_further_apart() {
        let spread = Spread { distances: vec![1.0, 2.0, 2.0, 4.0] };
        let share = |at| spread.share_beyond(at).expect("pairs");
        assert_eq!([share(0.5), share(4.0)], [[1.0, 0.0], [0.0, 0.0]]);
        assert_eq!(share(2.0), [0.25, (0.25f64 * 0.75 / 4.0).sqrt()]);
        assert_eq!((spread.median(), median(&[1.0, 5.0, 6.0])), (Some(2.0), Some(5.0)));
    }
}
