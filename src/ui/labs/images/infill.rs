//! Which tokens are given: a picture, and what of it is painted over.

use crate::data::codec::image::Tokenizer;
use crate::experiment::images::{Base, KeptInfill, Region, given_tokens};
use crate::sampler::sequence::Given;
use std::sync::Arc;

/// The picture and its painted mask.
#[derive(Clone, Debug)]
pub struct Infill {
    /// Whether any tokens are given.
    pub on: bool,
    /// What the picture is.
    pub base: Base,
    /// Radius of the brush, pixels.
    pub brush: f64,
    /// Whether the brush makes free what is given, instead of the other way round.
    pub opens: bool,
    side: usize,
    /// \[R, R, 3\], once it is there.
    pixels: Option<Vec<u8>>,
    /// \[R, R\] row by row.
    given: Vec<bool>,
    /// Of which picture, tokenizer and mask the tokens were made.
    made: Option<(Tokenizer, Arc<Given>)>,
}

impl Default for Infill {
    fn default() -> Self {
        let mut infill = Self {
            on: false,
            base: Base::Data(0),
            brush: 3.0,
            opens: true,
            side: 32,
            pixels: None,
            given: Vec::new(),
            made: None,
        };
        infill.set_side(32);
        infill
    }
}

impl Infill {
    /// As it was kept, with a picture still to be had.
    pub fn resumed(kept: &KeptInfill) -> Self {
        let mut infill = Self { on: true, base: kept.base.clone(), ..Self::default() };
        infill.set_side(kept.mask.len());
        infill.given = kept.mask.iter().flat_map(|row| row.bytes().map(|sign| sign == b'#')).collect();
        infill
    }

    /// As a file can keep it, if anything is given and its picture can be had again.
    pub fn kept(&self) -> Option<KeptInfill> {
        if !self.on || self.base == Base::Sample {
            return None;
        }
        Some(KeptInfill::new(self.base.clone(), &self.given, self.side))
    }

    /// For images of another size: the mask begins with the left half, and the picture has to be had anew.
    pub fn set_side(&mut self, side: usize) {
        if self.side != side || self.given.is_empty() {
            self.side = side;
            self.given = vec![false; side * side];
            self.pixels = None;
            self.give(Region::Left);
        }
    }

    /// Pixels a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The picture \[R, R, 3\].
    pub fn pixels(&self) -> Option<&[u8]> {
        self.pixels.as_deref()
    }

    /// Which pixels are given, \[R, R\].
    pub fn given(&self) -> &[bool] {
        &self.given
    }

    /// Takes another picture; false of one that has another size, which is none.
    pub fn set_pixels(&mut self, pixels: Vec<u8>) -> bool {
        let fits = pixels.len() == 3 * self.side * self.side;
        if fits {
            self.pixels = Some(pixels);
            self.made = None;
        }
        fits
    }

    /// Gives a region.
    pub fn give(&mut self, region: Region) {
        let side = self.side;
        for (at, given) in self.given.iter_mut().enumerate() {
            let (x, y) = (at % side, at / side);
            let middle = |v: usize| v >= side / 4 && v < side - side / 4;
            *given = match region {
                Region::Left => x < side / 2,
                Region::Top => y < side / 2,
                Region::Frame => !(middle(x) && middle(y)),
                Region::All => true,
                Region::Nothing => false,
                Region::Inverse => !*given,
            };
        }
        self.made = None;
    }

    /// Paints from one place to another, in pixels from the upper left corner.
    pub fn paint(&mut self, from: [f64; 2], to: [f64; 2]) {
        let length = (to[0] - from[0]).hypot(to[1] - from[1]);
        let steps = (2.0 * length).ceil().max(1.0) as usize;
        for step in 0..=steps {
            let share = step as f64 / steps as f64;
            let center = [0, 1].map(|axis| from[axis] + share * (to[axis] - from[axis]));
            for (at, given) in self.given.iter_mut().enumerate() {
                let dx = (at % self.side) as f64 + 0.5 - center[0];
                let dy = (at / self.side) as f64 + 0.5 - center[1];
                // The smallest brush still paints the pixel it is in.
                if dx.hypot(dy) <= self.brush.max(0.5) || (dx.abs() <= 0.5 && dy.abs() <= 0.5) {
                    *given = !self.opens;
                }
            }
        }
        self.made = None;
    }

    /// The tokens that are given, if any are.
    pub fn tokens(&mut self, tokenizer: &Tokenizer) -> Option<Arc<Given>> {
        let pixels = self.pixels.as_ref().filter(|_| self.on && self.side == tokenizer.side())?;
        if let Some((_, made)) = self.made.as_ref().filter(|(of, _)| of == tokenizer) {
            return Some(made.clone());
        }
        let given = Arc::new(given_tokens(pixels, &self.given, tokenizer));
        self.made = Some((tokenizer.clone(), given.clone()));
        Some(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;

    #[test]
    fn a_mask_is_kept_sign_by_sign() {
        let mut infill = Infill { on: true, base: Base::File("a b.png".into()), ..Infill::default() };
        infill.set_side(8);
        infill.give(Region::Frame);
        infill.paint([0.5, 0.5], [0.5, 0.5]);
        let kept = infill.kept().expect("a mask");
        assert_eq!((kept.mask.len(), &kept.mask[7][..], &kept.mask[4][..]), (8, "########", "##....##"));
        assert_eq!(kept.validated(), Ok(()));
        let text = serde_json::to_string(&kept).expect("text");
        let again = Infill::resumed(&serde_json::from_str(&text).expect("the same"));
        assert_eq!((again.given(), again.side(), again.kept()), (infill.given(), 8, Some(kept.clone())));
        assert!(Infill { base: Base::Sample, ..again.clone() }.kept().is_none());
        assert!(Infill { on: false, ..again }.kept().is_none());
        for wrong in [vec![], vec!["#".repeat(8); 7], vec!["#".repeat(9); 8], vec!["x".repeat(8); 8]] {
            let why = KeptInfill { mask: wrong, ..kept.clone() }.validated().expect_err("refused");
            assert!(why.to_string().contains("rows"), "{why}");
        }
    }

    #[test]
    fn what_is_painted_is_given_token_by_token() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(256), 8, None).expect("a tokenizer");
        let mut infill = Infill { on: true, ..Infill::default() };
        assert_eq!(infill.tokens(&tokenizer), None, "there is no picture yet");
        infill.set_side(8);
        assert!(infill.set_pixels((0..192).collect()));
        let given = infill.tokens(&tokenizer).expect("tokens");
        assert!(Arc::ptr_eq(&given, &infill.tokens(&tokenizer).expect("tokens")), "the same until painted");
        let value = |given: &Given, x: usize, y: usize| given.value(0, 3 * (8 * y + x) + 1, 192);
        assert_eq!((value(&given, 3, 2), value(&given, 4, 2)), (Some(3 * 19 + 1), None));
        infill.brush = 1.0;
        infill.paint([1.5, 0.5], [1.5, 7.5]);
        let opened = infill.tokens(&tokenizer).expect("tokens");
        assert_eq!((value(&opened, 1, 5), value(&opened, 3, 5)), (None, Some(3 * 43 + 1)));
        infill.opens = false;
        infill.paint([7.5, 7.5], [7.5, 7.5]);
        infill.give(Region::Inverse);
        let last = infill.tokens(&tokenizer).expect("tokens");
        assert_eq!((value(&last, 1, 5), value(&last, 7, 7)), (Some(3 * 41 + 1), None));
        assert!(!infill.set_pixels(vec![0; 5]));
        assert_eq!(infill.pixels().map(<[u8]>::len), Some(192), "no picture of this size");
        for (region, count) in
            [(Region::All, 64), (Region::Nothing, 0), (Region::Top, 32), (Region::Frame, 48)]
        {
            infill.give(region);
            assert_eq!(infill.given().iter().filter(|given| **given).count(), count, "{region:?}");
        }
    }
}
