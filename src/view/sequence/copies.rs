//! Whether samples are copies: the images to train on that each is most like, and how near that is among the distances of
//! such images to each other.

use crate::data::codec::image::Tokenizer;
use crate::data::images::{ImageData, Neighbour, Spread, median, nearest};
use crate::flow::counted;
use crate::view::{Entry, Table};
use std::sync::Arc;

/// Images without end that a sample is compared with.
pub const COMPARED: u64 = 4096;
/// Pairs of images to train on whose distances a sample's is judged by: a share of them is known to 0.8% at worst.
pub const PAIRS: u64 = 4096;

/// What samples are compared with: a set of images, as tokens show them.
#[derive(Clone, Copy)]
pub struct Originals<'a> {
    /// The set.
    pub data: &'a ImageData,
    /// What tokens mean.
    pub tokenizer: &'a Tokenizer,
    /// Of the pairs that are drawn by chance.
    pub seed: u64,
}

/// A sample, or an image held out, and what it is like.
pub struct Compared {
    /// Its number.
    pub image: usize,
    /// Its pixels, \[R, R, 3\].
    pub pixels: Vec<u8>,
    /// The nearest first; at least one.
    pub found: Vec<Neighbour>,
}

/// The images to train on that some samples are most like.
pub struct Copies {
    /// The samples.
    pub samples: Vec<Compared>,
    /// Images held out, which are no copies.
    pub held_out: Vec<Compared>,
    /// How many images were looked at.
    pub among: u64,
    /// The names of their labels.
    pub classes: Vec<String>,
    /// How far images to train on are from each other, as the tokens show them.
    pub spread: Arc<Spread>,
}

impl Originals<'_> {
    /// How many images samples are compared with.
    pub fn count(&self) -> u64 {
        self.data.train.len().unwrap_or(COMPARED)
    }

    /// An image as its tokens show it.
    pub fn seen(&self, image: &[u8]) -> Vec<u8> {
        self.tokenizer.decode(&self.tokenizer.encode(image)).unwrap_or_else(|_| image.to_vec())
    }

    /// How far they are from each other. `None` if `go_on` said no.
    pub fn spread(&self, go_on: &(dyn Fn() -> bool + Sync)) -> Option<Spread> {
        Spread::of(&self.data.train, self.count(), PAIRS, self.seed, &|image| self.seen(image), go_on)
    }

    /// The `most` that are nearest to each of `samples`, numbered pixels \[R, R, 3\] as the tokens show them, and to each of
    /// the first `held_out` images held out; how far all are from each other is asked of `spread`. `None` if `go_on` said no.
    pub fn find(
        &self,
        samples: Vec<(usize, Vec<u8>)>,
        (most, held_out): (usize, usize),
        spread: impl FnOnce() -> Option<Arc<Spread>>,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Copies> {
        let count = samples.len();
        let (mut numbers, mut pictures): (Vec<usize>, Vec<_>) = samples.into_iter().unzip();
        let beside = self.data.held_out.first(held_out);
        numbers.extend(0..beside.len());
        pictures.extend((0..beside.len()).map(|image| self.seen(beside.image(image))));
        let seen = |image: &[u8]| self.seen(image);
        let found = nearest(&self.data.train, self.count(), &pictures, most, &seen, go_on)?;
        let all = numbers.into_iter().zip(pictures).zip(found);
        let all = all.map(|((image, pixels), found)| Compared { image, pixels, found });
        let (samples, held_out): (Vec<_>, Vec<_>) = all.enumerate().partition(|(n, _)| *n < count);
        // A set without images has no nearest one.
        let there = |all: Vec<(usize, Compared)>| {
            all.into_iter().map(|(_, one)| one).filter(|one| !one.found.is_empty()).collect()
        };
        let classes = self.data.classes.clone();
        let (samples, held_out) = (there(samples), there(held_out));
        Some(Copies { samples, held_out, among: self.count(), classes, spread: spread()? })
    }
}

impl Compared {
    /// How far the nearest one is.
    pub fn distance(&self) -> f64 {
        self.found[0].distance
    }
}

/// The distances to the nearest ones, ascending.
fn distances(all: &[Compared]) -> Vec<f64> {
    let mut distances: Vec<f64> = all.iter().map(Compared::distance).collect();
    distances.sort_by(f64::total_cmp);
    distances
}

impl Copies {
    /// How many samples are images to train on.
    pub fn copies(&self) -> usize {
        self.samples.iter().filter(|sample| sample.distance() == 0.0).count()
    }

    /// The sample that is nearest to an image to train on.
    pub fn nearest(&self) -> Option<&Compared> {
        self.samples.iter().min_by(|a, b| a.distance().total_cmp(&b.distance()))
    }

    /// The median of the samples' distances to their nearest image to train on.
    pub fn median(&self) -> Option<f64> {
        median(&distances(&self.samples))
    }

    /// The same of the images held out.
    pub fn held_out_median(&self) -> Option<f64> {
        median(&distances(&self.held_out))
    }

    /// How many copies there are, in words.
    pub fn verdict(&self) -> String {
        let of = counted(self.samples.len(), "image");
        match self.copies() {
            0 => format!("no copy among {of}"),
            copies => format!("{copies} of {of} at distance 0: copies"),
        }
    }

    /// The medians in words.
    pub fn medians(&self) -> Option<String> {
        let held_out = self.held_out_median();
        let held_out = held_out.map(|median| format!("; of {} held out {median:.1}", self.held_out.len()));
        self.median().map(|median| format!("median distance {median:.1}{}", held_out.unwrap_or_default()))
    }

    /// How near a distance is among those of pairs of images to train on, in words.
    pub fn judged(&self, distance: f64) -> Option<String> {
        judged(&self.spread, distance)
    }

    /// The class of a neighbour.
    pub fn class(&self, near: &Neighbour) -> Option<&str> {
        self.classes.get(usize::from(near.label?)).map(String::as_str)
    }

    /// A row for every sample, and for every image held out.
    pub fn numbers(&self) -> Table {
        let mut table =
            Table::new(&["of", "image", "nearest", "class", "distance", "closer_than", "standard_error"]);
        let samples = self.samples.iter().map(|one| ("sample", one));
        for (of, one) in samples.chain(self.held_out.iter().map(|one| ("held out", one))) {
            let near = &one.found[0];
            let share = self.spread.share_beyond(near.distance);
            table.rows.push(vec![
                of.to_owned().into(),
                one.image.into(),
                (near.index as usize).into(),
                self.class(near).map_or(Entry::Empty, |class| class.to_owned().into()),
                near.distance.into(),
                share.map(|[share, _]| share).into(),
                share.map(|[_, error]| error).into(),
            ]);
        }
        table
    }
}

fn judged(spread: &Spread, distance: f64) -> Option<String> {
    let [share, error] = spread.share_beyond(distance)?;
    let pairs = spread.pairs();
    Some(match share {
        1.0 => format!("closer than all of {pairs} pairs"),
        0.0 => format!("no closer than any of {pairs} pairs"),
        // No digit after the point would tell it from all.
        _ if share >= 0.9995 => {
            let others = ((1.0 - share) * pairs as f64).round();
            format!("closer than all but {others} of {pairs} pairs")
        }
        _ => format!("closer than {:.1} ± {:.1}% of pairs", 100.0 * share, 100.0 * error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use crate::data::images::ImageSource;

    #[test]
    fn a_distance_is_judged_by_the_pairs() {
        let data = ImageSource::Shapes.load(8, 1).expect("shapes");
        let seen = |image: &[u8]| image.to_vec();
        let spread = Spread::of(&data.train, 50, 400, 1, &seen, &|| true).expect("not stopped");
        assert_eq!(judged(&spread, 0.0).as_deref(), Some("closer than all of 400 pairs"));
        assert_eq!(judged(&spread, 255.0).as_deref(), Some("no closer than any of 400 pairs"));
        let half = judged(&spread, spread.median().expect("pairs")).expect("pairs");
        assert_eq!(half, "closer than 50.0 ± 2.5% of pairs");
        assert_eq!(judged(&Spread::default(), 1.0), None);
    }

    #[test]
    fn copies_are_counted_and_images_held_out_are_none() {
        let data = ImageSource::Shapes.load(8, 3).expect("shapes");
        let tokenizer = Tokenizer::new(TokenSpec::Palette(16), &data.train, 3).expect("a tokenizer");
        let set = Originals { data: &data, tokenizer: &tokenizer, seed: 3 };
        let copy = |index: usize| set.seen(data.train.first(index + 1).image(index));
        let samples = vec![(4, copy(7)), (5, vec![128; 8 * 8 * 3]), (6, copy(90))];
        let spread = || set.spread(&|| true).map(Arc::new);
        let found = set.find(samples, (1, 3), spread, &|| true).expect("not stopped");
        let near = |one: &Compared| (one.image, one.found[0].index, one.distance() == 0.0);
        let [first, second, third] = &found.samples[..] else { panic!("three samples") };
        assert_eq!([near(first), near(third)], [(4, 7, true), (6, 90, true)]);
        assert!(second.distance() > 0.0);
        assert_eq!((found.copies(), found.verdict().as_str()), (2, "2 of 3 images at distance 0: copies"));
        assert_eq!((found.median(), found.held_out.len(), found.among), (Some(0.0), 3, COMPARED));
        assert!(found.held_out_median().is_some_and(|median| median > 0.0));
        let csv = found.numbers().to_csv();
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(lines.len(), 7);
        let of_first: Vec<_> = lines[1].split(',').collect();
        assert_eq!(of_first[..3], ["sample", "4", "7"]);
        assert_eq!(of_first[4..], ["0", "1", "0"], "{csv}");
        assert!(lines[4].starts_with("held out,0,"), "{csv}");
        assert!(set.find(vec![(0, copy(1))], (1, 0), || None, &|| true).is_none());
    }
}
