//! A few colours that stand for all: k-means in OKLab, where equal distances look equally far apart.

use crate::data::error::DataError;
use crate::data::images::Part;
use crate::data::oklab::{Lab, distance_squared, linear_light, oklab, srgb_byte};
use crate::random::{Purpose, stream};
use rand::seq::index;
use rand::{Rng, RngExt as _};
use rayon::prelude::*;

/// Pixels that a palette is made for.
const SAMPLE: usize = 1 << 16;
/// Images they are taken from, where there are so many.
const IMAGES: usize = 1 << 12;
/// Rounds of k-means at most; it is often done before.
const ROUNDS: usize = 40;

/// From 2 to 256 different sRGB colours, by the token that stands for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    colors: Vec<[u8; 3]>,
    /// The colours in OKLab, one list an axis, so that distances to all are found a vector at a time.
    axes: [Vec<f32>; 3],
}

impl Palette {
    /// These colours.
    ///
    /// # Errors
    /// [`DataError::Tokens`]: fewer than 2, more than 256, or one of them twice.
    pub fn new(colors: Vec<[u8; 3]>) -> Result<Self, DataError> {
        if !(2..=256).contains(&colors.len()) {
            return Err(DataError::tokens(format!(
                "a palette of {} colours: expected 2 to 256",
                colors.len()
            )));
        }
        let mut sorted = colors.clone();
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(DataError::tokens(format!("a palette with the colour {:?} twice", twice[0])));
        }
        Ok(Self::of_different(colors))
    }

    /// The best `count` (2..=256) colours for a sample of 65,536 pixels from `images`, from dark to light: k-means from a
    /// start by k-means++ (Arthur and Vassilvitskii 2007). The same for the same seed.
    ///
    /// # Errors
    /// [`DataError::Tokens`] for images with fewer different colours, and as [`Self::new`].
    pub fn fit(images: &Part, count: usize, seed: u64) -> Result<Self, DataError> {
        if !(2..=256).contains(&count) {
            return Err(DataError::tokens(format!("a palette of {count} colours: expected 2 to 256")));
        }
        let mut rng = stream(seed, Purpose::Palette, 0);
        let sample = sample(images, &mut rng);
        let places: Vec<Lab> = sample.par_iter().map(|color| oklab(*color)).collect();
        let mut centres = spread(&places, count, &mut rng);
        settle(&places, &mut centres);
        let mut colors: Vec<[u8; 3]> = centres.iter().map(|c| linear_light(*c).map(srgb_byte)).collect();
        colors.sort_unstable();
        colors.dedup();
        // Colours that fell together in rounding leave their place to those that are worst off.
        while colors.len() < count {
            let palette = Self::of_different(colors.clone());
            let gaps: Vec<f32> = places
                .par_iter()
                .map(|place| distance_squared(palette.lab(palette.nearest(*place)), *place))
                .collect();
            let worst = (0..gaps.len()).max_by(|a, b| gaps[*a].total_cmp(&gaps[*b]));
            match worst.filter(|i| gaps[*i] > 0.0) {
                Some(worst) => colors.push(sample[worst]),
                None => {
                    return Err(DataError::tokens(format!(
                        "the images have only {} different colours: a palette of {count} is too large",
                        colors.len()
                    )));
                }
            }
        }
        colors.sort_by(|a, b| oklab(*a)[0].total_cmp(&oklab(*b)[0]));
        Ok(Self::of_different(colors))
    }

    fn of_different(colors: Vec<[u8; 3]>) -> Self {
        let labs: Vec<Lab> = colors.iter().map(|color| oklab(*color)).collect();
        let axes = std::array::from_fn(|axis| labs.iter().map(|lab| lab[axis]).collect());
        Self { colors, axes }
    }

    /// The colours, by token.
    pub fn colors(&self) -> &[[u8; 3]] {
        &self.colors
    }

    /// The token of the colour that looks most like this one; the first of two that do so equally.
    pub fn token(&self, color: [u8; 3]) -> u16 {
        self.nearest(oklab(color)) as u16
    }

    fn lab(&self, token: usize) -> Lab {
        std::array::from_fn(|axis| self.axes[axis][token])
    }

    fn nearest(&self, place: Lab) -> usize {
        nearest(&self.axes, place)
    }
}

/// The index of the place in `axes` that is nearest.
fn nearest(axes: &[Vec<f32>; 3], place: Lab) -> usize {
    let [x, y, z] = axes;
    let mut distances = [f32::INFINITY; 256];
    for (distance, ((x, y), z)) in distances.iter_mut().zip(x.iter().zip(y).zip(z)) {
        *distance = distance_squared([*x, *y, *z], place);
    }
    let mut least = [f32::INFINITY; 16];
    for distances in distances.as_chunks::<16>().0 {
        for (least, distance) in least.iter_mut().zip(distances) {
            *least = if distance < least { *distance } else { *least };
        }
    }
    let least = least.into_iter().fold(f32::INFINITY, f32::min);
    distances.iter().position(|distance| *distance == least).unwrap_or(0)
}

/// Pixels of images all over the set.
fn sample(images: &Part, rng: &mut impl Rng) -> Vec<[u8; 3]> {
    let len = images.len().map_or(IMAGES, |len| usize::try_from(len).unwrap_or(usize::MAX));
    let count = len.min(IMAGES);
    let pixels = images.side() * images.side();
    let each = SAMPLE.div_ceil(count.max(1)).min(pixels);
    let mut image = vec![0; 3 * pixels];
    let mut sample = Vec::with_capacity(count * each);
    for i in index::sample(rng, len, count) {
        images.image(i as u64, &mut image);
        let (colors, _) = image.as_chunks::<3>();
        sample.extend(index::sample(rng, pixels, each).into_iter().map(|p| colors[p]));
    }
    sample
}

/// Where k-means++ begins: each next place is drawn in proportion to its squared distance from the nearest before.
fn spread(places: &[Lab], count: usize, rng: &mut impl Rng) -> Vec<Lab> {
    let Some(first) = places.get(rng.random_range(0..places.len().max(1))) else { return Vec::new() };
    let mut centres = vec![*first];
    let mut gaps = vec![f32::INFINITY; places.len()];
    while centres.len() < count {
        let newest = centres[centres.len() - 1];
        for (gap, place) in gaps.iter_mut().zip(places) {
            *gap = gap.min(distance_squared(newest, *place));
        }
        let total: f64 = gaps.iter().map(|gap| f64::from(*gap)).sum();
        let mut left = rng.random::<f64>() * total;
        let drawn = gaps.iter().position(|gap| {
            left -= f64::from(*gap);
            left < 0.0
        });
        match drawn {
            Some(drawn) => centres.push(places[drawn]),
            // All places are taken.
            None => break,
        }
    }
    centres
}

/// Lloyd's rounds: each place goes to its nearest centre, each centre to the mean of its places.
fn settle(places: &[Lab], centres: &mut [Lab]) {
    let mut owners = Vec::new();
    for _ in 0..ROUNDS {
        let axes = std::array::from_fn(|axis| centres.iter().map(|centre| centre[axis]).collect());
        let now: Vec<usize> = places.par_iter().map(|place| nearest(&axes, *place)).collect();
        if now == owners {
            return;
        }
        owners = now;
        // In the order of the places, so that the result is the same on any number of threads.
        let mut sums = vec![([0.0f64; 3], 0u32); centres.len()];
        for (owner, place) in owners.iter().zip(places) {
            let (sum, count) = &mut sums[*owner];
            for (sum, place) in sum.iter_mut().zip(place) {
                *sum += f64::from(*place);
            }
            *count += 1;
        }
        for (centre, (sum, count)) in centres.iter_mut().zip(sums) {
            // A centre without places stays where it is.
            if count > 0 {
                *centre = sum.map(|sum| (sum / f64::from(count)) as f32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::images::{ImageSet, ImageSource};

    fn stored(side: usize, pixels: Vec<u8>) -> Part {
        Part::Stored(ImageSet::new(side, pixels, Vec::new(), Vec::new()).expect("a set"))
    }

    #[test]
    fn as_many_colours_as_there_are_are_found_exactly() {
        let colors = [[0, 0, 0], [200, 30, 40], [20, 160, 60], [250, 240, 90]];
        let pixels: Vec<u8> = (0..16 * 16).flat_map(|i| colors[(i * i / 7) % 4]).collect();
        let palette = Palette::fit(&stored(16, pixels.clone()), 4, 9).expect("a palette");
        let mut found = palette.colors().to_vec();
        found.sort_unstable();
        let mut expected = colors.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
        let why = Palette::fit(&stored(16, pixels), 5, 9).expect_err("too many").to_string();
        assert!(why.contains("only 4 different colours: a palette of 5"), "{why}");
        assert!(Palette::fit(&stored(16, Vec::new()), 2, 0).is_err());
    }

    #[test]
    fn more_colours_lie_closer_and_closer_than_a_cube_of_as_many() {
        let part = ImageSource::Shapes.load(16, 0).expect("shapes").train;
        let set = part.first(200);
        let mean = |shown: &dyn Fn([u8; 3]) -> [u8; 3]| {
            let (colors, _) = set.pixels().as_chunks::<3>();
            let gaps = colors.iter().map(|c| f64::from(distance_squared(oklab(*c), oklab(shown(*c)))).sqrt());
            gaps.sum::<f64>() / colors.len() as f64
        };
        let gap = |count| {
            let palette = Palette::fit(&part, count, 0).expect("a palette");
            mean(&|color| palette.colors()[usize::from(palette.token(color))])
        };
        let cube = |byte: u8| (f64::from(byte) / 51.0).round() as u8 * 51;
        let (few, some, many, cube) = (gap(8), gap(64), gap(216), mean(&|c| c.map(cube)));
        assert!(few > 1.8 * some && some > 1.4 * many, "{few} {some} {many}");
        assert!(many < 0.6 * cube && many < 0.03, "{many} {cube}");
    }

    #[test]
    fn a_palette_is_the_same_for_the_same_seed_and_goes_from_dark_to_light() {
        let part = ImageSource::Shapes.load(8, 0).expect("shapes").train;
        let palette = Palette::fit(&part, 32, 4).expect("a palette");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        assert_eq!(pool.install(|| Palette::fit(&part, 32, 4)), Ok(palette.clone()));
        assert_ne!(Palette::fit(&part, 32, 5), Ok(palette.clone()));
        assert!(palette.axes[0].is_sorted());
    }

    #[test]
    fn the_nearest_colour_is_that_of_a_plain_search() {
        let colors: Vec<[u8; 3]> =
            (0..77u32).map(|i| [(i * 37) as u8, (i * 91) as u8, (i * 53) as u8]).collect();
        let palette = Palette::new(colors.clone()).expect("a palette");
        for i in 0..500u32 {
            let color = [(i * 7) as u8, (i * 13) as u8, (i * 29) as u8];
            let gap = |c: &[u8; 3]| distance_squared(oklab(*c), oklab(color));
            let plain = (0..77).min_by(|a, b| gap(&colors[*a]).total_cmp(&gap(&colors[*b])));
            assert_eq!(Some(usize::from(palette.token(color))), plain);
        }
        for (token, color) in colors.iter().enumerate() {
            assert_eq!(usize::from(palette.token(*color)), token);
        }
    }

    #[test]
    fn what_is_no_palette_is_refused() {
        let why = |colors| Palette::new(colors).expect_err("no palette").to_string();
        assert!(why(vec![[1, 2, 3]]).contains("1 colours: expected 2 to 256"));
        assert!(why(vec![[0; 3]; 257]).contains("257 colours"));
        assert!(why(vec![[1, 2, 3], [0; 3], [1, 2, 3]]).contains("[1, 2, 3] twice"));
    }
}
