//! An endless set of pictures that needs no file: coloured, shaded shapes before soft backgrounds.

mod outline;
mod paint;
mod scene;

use super::set::ImageSet;
use crate::random::{Purpose, stream};
use outline::OUTLINES;
use rayon::prelude::*;
use scene::ShapeScene;
use std::ops::Range;

/// The set of a seed. Each picture is a function of the seed, its index and the side alone, so that none is ever stored
/// and a run that is resumed sees the same ones; another side shows the same scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shapes {
    seed: u64,
    side: usize,
}

impl Shapes {
    /// The pictures of `seed` with `side` pixels a side, which is positive.
    pub fn new(seed: u64, side: usize) -> Self {
        Self { seed, side }
    }

    /// Pixels a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The names of the classes, by label.
    pub fn classes() -> Vec<String> {
        OUTLINES.map(|(_, name)| name.to_owned()).to_vec()
    }

    /// Paints picture `index` (below 2⁵⁶) into `pixels` \[side, side, 3\]; its label.
    pub fn paint(&self, index: u64, pixels: &mut [u8]) -> u8 {
        let scene = ShapeScene::draw(&mut stream(self.seed, Purpose::Shapes, index));
        paint::paint(&scene, self.side, pixels);
        scene.label
    }

    /// Picture `index` as pixels \[side, side, 3\], with its label.
    pub fn image(&self, index: u64) -> (Vec<u8>, u8) {
        let mut pixels = vec![0; self.side * self.side * 3];
        let label = self.paint(index, &mut pixels);
        (pixels, label)
    }

    /// The pictures of these indices as a set.
    pub fn set(&self, indices: Range<u64>) -> ImageSet {
        let painted: Vec<_> = indices.into_par_iter().map(|index| self.image(index)).collect();
        let (pixels, labels): (Vec<_>, Vec<_>) = painted.into_iter().unzip();
        ImageSet::painted(self.side, pixels.concat(), labels, Self::classes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_function_of_seed_index_and_side() {
        let shapes = Shapes::new(3, 16);
        let (pixels, label) = shapes.image(1000);
        assert_eq!(Shapes::new(3, 16).image(1000), (pixels.clone(), label));
        assert_ne!(shapes.image(1001).0, pixels);
        assert_ne!(Shapes::new(4, 16).image(1000).0, pixels);
        let set = shapes.set(998..1002);
        assert_eq!((set.image(2), set.label(2)), (&pixels[..], Some(label)));
    }

    #[test]
    fn another_side_shows_the_same_scene() {
        let fine = Shapes::new(0, 64).set(0..100);
        let coarse = Shapes::new(0, 32).set(0..100);
        assert_eq!(fine.labels(), coarse.labels());
        let halved = fine.resized(32).expect("smaller");
        let apart = |a: &[u8], b: &[u8]| -> f64 {
            let squares = a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
            (squares.sum::<f64>() / a.len() as f64).sqrt()
        };
        // Only edges differ, by how they are smoothed; two scenes are some 80 levels apart.
        let same = apart(halved.pixels(), coarse.pixels());
        let other = apart(&halved.pixels()[3 * 1024..], coarse.pixels());
        assert!(same < 8.0 && other > 40.0, "{same} {other}");
    }

    #[test]
    fn classes_are_equally_frequent_and_every_shape_stands_out() {
        let set = Shapes::new(1, 32).set(0..4000);
        for (label, outline) in OUTLINES.iter().enumerate() {
            let count = set.labels().iter().filter(|l| usize::from(**l) == label).count();
            // Six standard deviations of 4000 draws at a tenth.
            assert!(count.abs_diff(400) < 114, "{} {count}", outline.1);
        }
        for i in 0..set.len() {
            let luma =
                |p: &[u8]| 0.2126 * f64::from(p[0]) + 0.7152 * f64::from(p[1]) + 0.0722 * f64::from(p[2]);
            let lumas: Vec<f64> = set.image(i).chunks_exact(3).map(luma).collect();
            let (least, most) = lumas.iter().fold((255.0f64, 0.0f64), |(a, b), &l| (a.min(l), b.max(l)));
            assert!(most - least > 30.0, "picture {i}: {least} to {most}");
        }
    }
}
