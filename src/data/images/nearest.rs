//! Which images of a set are most like a picture.

use super::Part;
use rayon::prelude::*;

/// One image of a set, and how far it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// Its number in the set.
    pub index: u64,
    /// Its pixels, \[R, R, 3\].
    pub pixels: Vec<u8>,
    /// Its label, where it has one.
    pub label: Option<u8>,
    /// Root of the mean squared difference of the sRGB values as they are stored, in levels of 255.
    pub distance: f64,
}

/// Root of the mean squared difference of two pictures, in levels of 255.
pub fn rms(a: &[u8], b: &[u8]) -> f64 {
    // Sums of so many squares fit 32 bits, of which more are added at once.
    const PART: usize = 1 << 14;
    let squares = |(a, b): (&[u8], &[u8])| -> u64 {
        a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum::<u32>().into()
    };
    let squares: u64 = a.chunks(PART).zip(b.chunks(PART)).map(squares).sum();
    (squares as f64 / a.len().max(1) as f64).sqrt()
}

/// The nearest images found so far, by number and distance, the nearest first.
type Found = Vec<(u64, f64)>;

/// For each of the `pictures` \[R, R, 3\] the `most` of the first `count` images of `part` that are nearest to it, the nearest
/// first. Compared are the images as `seen` shows them. `None` if `go_on` said no.
pub fn nearest(
    part: &Part,
    count: u64,
    pictures: &[Vec<u8>],
    most: usize,
    seen: &(dyn Fn(&[u8]) -> Vec<u8> + Sync),
    go_on: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<Vec<Neighbour>>> {
    let count = part.len().map_or(count, |len| len.min(count));
    let empty = || vec![0; 3 * part.side() * part.side()];
    // All by their bytes, then the best of them as they are seen: what is seen costs more.
    let kept = 8 * most;
    let nothing = || vec![Found::new(); pictures.len()];
    let look = |(mut image, mut found): (Vec<u8>, Vec<Found>), index| {
        go_on().then(|| {
            part.image(index, &mut image);
            for (found, picture) in found.iter_mut().zip(pictures) {
                keep(found, (index, rms(&image, picture)), kept);
            }
            (image, found)
        })
    };
    let both = |mut found: Vec<Found>, others: Vec<Found>| {
        for (found, others) in found.iter_mut().zip(others) {
            others.into_iter().for_each(|other| keep(found, other, kept));
        }
        Some(found)
    };
    let found = (0..count)
        .into_par_iter()
        .try_fold(|| (empty(), nothing()), look)
        .map(|found| found.map(|(_, found)| found))
        .try_reduce(nothing, both)?;
    let best = |(found, picture): (Found, &Vec<u8>)| {
        let look = |(index, _)| {
            let mut image = empty();
            let label = part.image(index, &mut image);
            let distance = rms(&seen(&image), picture);
            Neighbour { index, pixels: image, label, distance }
        };
        let mut found: Vec<Neighbour> = found.into_iter().map(look).collect();
        found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        found.truncate(most);
        found
    };
    Some(found.into_iter().zip(pictures).map(best).collect())
}

/// Keeps one more if it is among the best; of two as near the first in the set, whoever found it.
fn keep(found: &mut Found, one: (u64, f64), most: usize) {
    let at = found.partition_point(|known| (known.1, known.0) < (one.1, one.0));
    if at < most {
        found.insert(at, one);
        found.truncate(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::{TokenSpec, Tokenizer};
    use crate::data::images::ImageSource;

    #[test]
    fn an_image_of_the_set_is_found_as_its_tokens_show_it() {
        let data = ImageSource::Shapes.load(16, 3).expect("shapes");
        let tokenizer = Tokenizer::new(TokenSpec::Palette(16), &data.train, 3).expect("a palette");
        let seen = |image: &[u8]| tokenizer.decode(&tokenizer.encode(image)).expect("an image");
        let picture = seen(data.train.first(200).image(137));
        let other = seen(data.train.first(200).image(20));
        let pictures = [picture.clone(), other];
        let found = nearest(&data.train, 200, &pictures, 3, &seen, &|| true).expect("not stopped");
        assert_eq!((found.len(), found[1][0].index, found[1][0].distance), (2, 20, 0.0));
        let found = &found[0];
        assert_eq!((found.len(), found[0].index, found[0].distance), (3, 137, 0.0));
        assert!(found[1].distance > 1.0 && found[1].distance <= found[2].distance);
        assert!(nearest(&data.train, 200, &pictures, 3, &seen, &|| false).is_none());
        let brute = (0..200).map(|i| rms(&seen(data.train.first(200).image(i)), &picture));
        let mut brute: Vec<f64> = brute.collect();
        brute.sort_by(f64::total_cmp);
        assert!((brute[1] - found[1].distance).abs() < 3.0, "the second one nearly so");
    }

    #[test]
    fn distances_of_large_pictures_do_not_overflow() {
        let size = 256 * 256 * 3;
        assert_eq!(rms(&vec![0; size], &vec![255; size]), 255.0);
        assert_eq!(rms(&[0, 3, 10, 7], &[4, 0, 10, 7]), 2.5);
    }
}
