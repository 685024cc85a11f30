//! What samples are told by a network with codes: which, and how strongly.

use crate::denoiser::plane::Denoiser;
use crate::flow::plane::Latents;
use crate::model::plane::{PlaneNetwork, ToldNetwork};
use crate::sampler::plane::draw_codes;
use std::sync::Arc;

/// Largest guidance.
pub const MOST_GUIDANCE: f64 = 10.0;

/// The codes of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// w of w v(z) + (1−w) v(∅): 1 is conditional, 0 unconditional.
    pub guidance: f64,
    /// The code of all samples, counted from 1; where there is none each draws its own from the prior.
    pub code: Option<usize>,
}

impl Default for Told {
    fn default() -> Self {
        Self { guidance: 1.0, code: None }
    }
}

impl Told {
    /// The law that codes of a table are drawn from.
    ///
    /// # Errors
    /// If the table has no such code.
    pub fn law(self, latents: &Latents) -> Result<Vec<f64>, String> {
        let prior = latents.prior();
        let Some(code) = self.code else { return Ok(prior) };
        if !(1..=prior.len()).contains(&code) {
            return Err(format!("code = {code}: the network has codes 1 to {}", prior.len()));
        }
        Ok((1..=prior.len()).map(|z| if z == code { 1.0 } else { 0.0 }).collect())
    }

    /// For people: “codes from the prior with guidance 1”.
    pub fn words(self) -> String {
        let Self { guidance, code } = self;
        match code {
            None => format!("codes from the prior with guidance {guidance}"),
            Some(code) => format!("code {code} with guidance {guidance}"),
        }
    }

    /// The code of each of `count` samples, counted from 0.
    ///
    /// # Errors
    /// As those of [`Self::law`].
    pub fn codes(self, latents: &Latents, count: usize, seed: u64) -> Result<Vec<usize>, String> {
        Ok(draw_codes(&self.law(latents)?, count, seed))
    }
}

/// A network with codes, and what it tells samples of them.
#[derive(Clone, Debug)]
pub struct Telling {
    /// The network.
    pub network: Arc<PlaneNetwork>,
    /// The table of its encoder.
    pub latents: Arc<Latents>,
    /// Which codes, and how strongly.
    pub told: Told,
}

impl Telling {
    fn with(&self, codes: Vec<usize>) -> ToldNetwork {
        ToldNetwork { network: self.network.clone(), codes, guidance: self.told.guidance }
    }

    /// The network that tells `count` samples theirs.
    ///
    /// # Errors
    /// As those of [`Told::law`].
    pub fn each(&self, count: usize, seed: u64) -> Result<ToldNetwork, String> {
        Ok(self.with(self.told.codes(&self.latents, count, seed)?))
    }

    /// One network for every code, with the share of the samples that are told it.
    ///
    /// # Errors
    /// As those of [`Told::law`].
    pub fn parts(&self) -> Result<Vec<(f64, ToldNetwork)>, String> {
        let codes = self.told.law(&self.latents)?.into_iter().enumerate().filter(|(_, share)| *share > 0.0);
        Ok(codes.map(|(code, share)| (share, self.with(vec![code]))).collect())
    }
}

/// Parts as those who carry masses take them.
pub fn denoisers(parts: &[(f64, ToldNetwork)]) -> Vec<(f64, &dyn Denoiser)> {
    parts.iter().map(|(share, network)| (*share, network as &dyn Denoiser)).collect()
}

/// How many samples a run has, and what they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draws {
    /// How many.
    pub samples: usize,
    /// Of all random numbers.
    pub seed: u64,
    /// What they are told where a network with codes is asked.
    pub told: Told,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::Mixture;

    #[test]
    fn codes_have_their_prior_or_are_the_chosen_one() {
        let latents = Latents::neighbours(Mixture::ring(), 4).expect("latents");
        let codes = Told::default().codes(&latents, 4000, 1).expect("codes");
        for z in 0..4 {
            let share = codes.iter().filter(|code| **code == z).count() as f64 / 4000.0;
            assert!((share - 0.25).abs() < 0.03, "{z}: {share}");
        }
        let third = Told { code: Some(3), ..Told::default() };
        assert_eq!(third.codes(&latents, 9, 1), Ok(vec![2; 9]));
        for code in [0, 5] {
            let why = Told { code: Some(code), ..third }.law(&latents).expect_err("no such code");
            assert!(why.contains("codes 1 to 4"), "{why}");
        }
    }
}
