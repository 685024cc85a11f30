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
    let squares: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    (squares as f64 / a.len().max(1) as f64).sqrt()
}

/// The `most` of the first `count` images of `part` that are nearest to `pixels` \[R, R, 3\], the nearest first. Compared are
/// the images as `seen` shows them. `None` if `go_on` said no.
pub fn nearest(
    part: &Part,
    count: u64,
    pixels: &[u8],
    most: usize,
    seen: &(dyn Fn(&[u8]) -> Vec<u8> + Sync),
    go_on: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<Neighbour>> {
    let count = part.len().map_or(count, |len| len.min(count));
    // All by their bytes, then the best of them as they are seen: what is seen costs more.
    let mut all: Vec<(u64, f64)> = (0..count)
        .into_par_iter()
        .map_init(
            || vec![0; pixels.len()],
            |image, index| {
                if go_on() {
                    part.image(index, image);
                    Some((index, rms(image, pixels)))
                } else {
                    None
                }
            },
        )
        .collect::<Option<_>>()?;
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    all.truncate(8 * most);
    let look = |(index, _): (u64, f64)| {
        let mut image = vec![0; pixels.len()];
        let label = part.image(index, &mut image);
        let distance = rms(&seen(&image), pixels);
        Neighbour { index, pixels: image, label, distance }
    };
    let mut found: Vec<Neighbour> = all.into_iter().map(look).collect();
    found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    found.truncate(most);
    Some(found)
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
        let found = nearest(&data.train, 200, &picture, 3, &seen, &|| true).expect("not stopped");
        assert_eq!((found.len(), found[0].index, found[0].distance), (3, 137, 0.0));
        assert!(found[1].distance > 1.0 && found[1].distance <= found[2].distance);
        assert!(nearest(&data.train, 200, &picture, 3, &seen, &|| false).is_none());
        let brute = (0..200).map(|i| rms(&seen(data.train.first(200).image(i)), &picture));
        let mut brute: Vec<f64> = brute.collect();
        brute.sort_by(f64::total_cmp);
        assert!((brute[1] - found[1].distance).abs() < 3.0, "the second one nearly so");
    }
}
