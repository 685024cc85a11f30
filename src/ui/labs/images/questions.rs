//! What the lab asks beside the sampler: what the denoiser thinks of one image, and what is in a set of images.

use super::films::{Film, Still};
use crate::data::codec::image::Tokenizer;
use crate::data::images::{ImageData, ImageSource, MOST_PICTURE_BYTES, Spread, decode_picture};
use crate::data::read_limited;
use crate::view::sequence::{Copies, Insight, Originals, insight};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Neighbours of one sample that are shown.
pub const NEIGHBOURS: usize = 4;

/// Which image of which film, where.
#[derive(Clone)]
pub struct ThoughtQuestion {
    /// The film.
    pub film: Arc<Film>,
    /// Which image.
    pub image: usize,
    /// Which frame.
    pub frame: usize,
}

impl PartialEq for ThoughtQuestion {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.film, &other.film) && (self.image, self.frame) == (other.image, other.frame)
    }
}

/// One image, looked at closely.
#[derive(Clone)]
pub struct Thought {
    /// What was asked.
    pub question: ThoughtQuestion,
    /// Its tokens.
    pub still: Still,
    /// What the denoiser thinks of them.
    pub insight: Insight,
}

/// Asks the denoiser of the films about several images, one a side.
pub fn think(
    questions: Vec<ThoughtQuestion>,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Thought>, String> {
    let mut thoughts = Vec::new();
    for question in questions {
        if !go_on() {
            return Ok(Vec::new());
        }
        let ThoughtQuestion { film, image, frame } = &question;
        let Some(still) = film.still(*image, *frame) else { continue };
        let insight = insight(&*film.denoiser, &film.tokenizer, &still.state, still.kappa)
            .map_err(|error| format!("{error:#}"))?;
        thoughts.push(Thought { question, still, insight });
    }
    Ok(thoughts)
}

/// A set of images: what it is called, the seed of procedural ones, and pixels a side.
#[derive(Clone, Debug, PartialEq)]
pub struct WhichSet {
    /// Which set.
    pub source: ImageSource,
    /// Of procedural images.
    pub seed: u64,
    /// Pixels a side.
    pub side: usize,
}

/// What is asked of a set of images, or of a file.
pub enum SetQuestion {
    /// The images to train on that are most like each of some samples, as the tokens show them.
    Nearest {
        /// Which set.
        set: WhichSet,
        /// Samples by their numbers on the wall, \[R, R, 3\] each.
        samples: Vec<(usize, Vec<u8>)>,
        /// What tokens mean.
        tokenizer: Tokenizer,
    },
    /// An image held out, by its number; beyond the last it starts over.
    Picture {
        /// Which set.
        set: WhichSet,
        /// Its number.
        index: u64,
    },
    /// A picture in a file, at this many pixels a side.
    File(PathBuf, usize),
}

/// An answer.
pub enum SetAnswer {
    /// Of every sample that was asked about; none if it was given up.
    Nearest(Option<Copies>),
    /// A picture \[R, R, 3\].
    Picture(Vec<u8>),
}

/// Answers about sets of images, the last of which is kept. Several threads may ask at once.
#[derive(Default)]
pub struct Sets {
    known: Mutex<Option<(WhichSet, Arc<ImageData>)>>,
    spread: Mutex<Option<(WhichSet, Tokenizer, Arc<Spread>)>>,
}

impl Sets {
    /// Locked while a set is read, not while it is searched: two that ask for the same wait for it together, and a picture
    /// is there while its neighbours are still looked for.
    fn set(&self, which: &WhichSet) -> Result<Arc<ImageData>, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, data)) = known.as_ref().filter(|(of, _)| of == which) {
            return Ok(data.clone());
        }
        *known = None;
        let data = which.source.load(which.side, which.seed).map_err(|error| error.to_string())?;
        let data = Arc::new(data);
        *known = Some((which.clone(), data.clone()));
        Ok(data)
    }

    /// Looks for the nearest of each sample and, of several, of as many images held out.
    fn nearest(
        &self,
        (set, tokenizer): (WhichSet, Tokenizer),
        samples: Vec<(usize, Vec<u8>)>,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Copies>, String> {
        let data = self.set(&set)?;
        let originals = Originals { data: &data, tokenizer: &tokenizer, seed: set.seed };
        let wanted = if samples.len() > 1 { (1, samples.len()) } else { (NEIGHBOURS, 0) };
        Ok(originals.find(samples, wanted, || self.spread(&set, originals, go_on), go_on))
    }

    /// The spread of a set as some tokens show it, found once.
    fn spread(
        &self,
        set: &WhichSet,
        originals: Originals<'_>,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Arc<Spread>> {
        let lock = || self.spread.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |known: &&(WhichSet, Tokenizer, _)| (&known.0, &known.1) == (set, originals.tokenizer);
        if let Some((.., spread)) = lock().as_ref().filter(is_it) {
            return Some(spread.clone());
        }
        let spread = Arc::new(originals.spread(go_on)?);
        *lock() = Some((set.clone(), originals.tokenizer.clone(), spread.clone()));
        Some(spread)
    }

    /// Answers; a search that is given up finds nothing.
    ///
    /// # Errors
    /// If the set or the file can't be read.
    pub fn answer(
        &self,
        question: SetQuestion,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<SetAnswer, String> {
        match question {
            SetQuestion::Nearest { set, samples, tokenizer } => {
                self.nearest((set, tokenizer), samples, go_on).map(SetAnswer::Nearest)
            }
            SetQuestion::Picture { set, index } => {
                let data = self.set(&set)?;
                let mut pixels = vec![0; set.side * set.side * 3];
                let count = data.held_out.len().unwrap_or(u64::MAX);
                if count == 0 {
                    return Err(format!("{} has no images held out", set.source));
                }
                data.held_out.image(index % count, &mut pixels);
                Ok(SetAnswer::Picture(pixels))
            }
            SetQuestion::File(file, side) => {
                let bytes = read_limited(&file, MOST_PICTURE_BYTES, "picture").map_err(|e| e.to_string())?;
                let about = |why: String| format!("{} {why}", file.display());
                decode_picture(&bytes, side).map(SetAnswer::Picture).map_err(about)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use crate::view::sequence::{COMPARED, PAIRS};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn a_set_gives_its_images_and_the_nearest_of_them() {
        let sets = Sets::default();
        let set = WhichSet { source: ImageSource::Shapes, seed: 2, side: 8 };
        let Ok(SetAnswer::Picture(first)) =
            sets.answer(SetQuestion::Picture { set: set.clone(), index: 3 }, &|| true)
        else {
            panic!("no picture")
        };
        let data = ImageSource::Shapes.load(8, 2).expect("shapes");
        assert_eq!(first, data.held_out.first(4).image(3));
        let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(256), 8, None).expect("a tokenizer");
        let pixels = data.train.first(9).image(7).to_vec();
        let asked = SetQuestion::Nearest {
            set: set.clone(),
            samples: vec![(3, pixels.clone())],
            tokenizer: tokenizer.clone(),
        };
        let Ok(SetAnswer::Nearest(Some(answer))) = sets.answer(asked, &|| true) else {
            panic!("no neighbours")
        };
        let found = &answer.samples[0].found;
        assert_eq!((found[0].index, found[0].distance, found.len()), (7, 0.0, NEIGHBOURS));
        assert_eq!((answer.samples[0].image, &answer.samples[0].pixels), (3, &pixels));
        assert_eq!((answer.among, answer.spread.pairs() as u64, answer.held_out.len()), (COMPARED, PAIRS, 0));
        // A whole wall at once: a copy, and one that is none.
        let wall = vec![(0, first.clone()), (1, pixels.clone())];
        let asked = SetQuestion::Nearest { set: set.clone(), samples: wall, tokenizer: tokenizer.clone() };
        let Ok(SetAnswer::Nearest(Some(answer))) = sets.answer(asked, &|| true) else {
            panic!("no neighbours")
        };
        let distances: Vec<_> = answer.samples.iter().map(|sample| sample.found[0].distance).collect();
        assert!(distances[0] > 0.0 && distances[1] == 0.0, "{distances:?}");
        assert!(answer.held_out.len() == 2 && answer.held_out_median().is_some_and(|median| median > 0.0));
        assert!(Arc::ptr_eq(
            &answer.spread,
            &sets.spread.lock().expect("no panic").as_ref().expect("kept").2
        ));
        // A search that is under way keeps nobody else waiting, and ends when it is told to.
        let (begun, has_begun) = channel();
        let stopped = AtomicBool::new(false);
        let ask = |pixels: &Vec<u8>| SetQuestion::Nearest {
            set: set.clone(),
            samples: vec![(0, pixels.clone())],
            tokenizer: tokenizer.clone(),
        };
        std::thread::scope(|scope| {
            let search = scope.spawn(|| {
                sets.answer(ask(&pixels), &|| {
                    begun.send(()).expect("somebody waits");
                    while !stopped.load(Ordering::Relaxed) {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    false
                })
            });
            has_begun.recv_timeout(Duration::from_secs(60)).expect("it begins");
            let picture = sets.answer(SetQuestion::Picture { set: set.clone(), index: 0 }, &|| true);
            assert!(matches!(picture, Ok(SetAnswer::Picture(_))));
            stopped.store(true, Ordering::Relaxed);
            let given_up = search.join().expect("no panic");
            assert!(matches!(given_up, Ok(SetAnswer::Nearest(None))));
        });
        let nowhere = sets.answer(SetQuestion::File("no/such.png".into(), 8), &|| true);
        assert!(nowhere.err().expect("no file").contains("no/such.png"));
    }
}
