//! What the lab asks beside the sampler: what the denoiser thinks of one image, and what is in a set of images.

use super::films::{Film, Still};
use crate::data::codec::image::Tokenizer;
use crate::data::images::{
    ImageData, ImageSource, MOST_PICTURE_BYTES, Neighbour, Spread, decode_picture, median, nearest,
};
use crate::data::read_limited;
use crate::view::sequence::{Insight, insight};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Images without end that a sample is compared with.
const COMPARED: u64 = 4096;
/// Neighbours of one sample that are shown.
pub const NEIGHBOURS: usize = 4;
/// Pairs of images to train on whose distances a sample's is judged by: a share of them is known to 0.8% at worst.
pub const PAIRS: u64 = 4096;

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
    /// Of every sample that was asked about.
    Nearest(Nearest),
    /// A picture \[R, R, 3\].
    Picture(Vec<u8>),
}

/// The images to train on that some samples are most like.
pub struct Nearest {
    /// The samples.
    pub samples: Vec<Compared>,
    /// How many images were looked at.
    pub among: u64,
    /// The names of their labels.
    pub classes: Vec<String>,
    /// How far images to train on are from each other, as the tokens show them.
    pub spread: Arc<Spread>,
    /// Where several samples were asked about: as many images held out, and the median of their distances to the nearest.
    pub held_out: Option<(usize, f64)>,
}

/// A sample and what it is like.
pub struct Compared {
    /// Its number on the wall.
    pub image: usize,
    /// Its pixels, \[R, R, 3\].
    pub pixels: Vec<u8>,
    /// The nearest first; at least one.
    pub found: Vec<Neighbour>,
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

    /// Looks for the nearest of each sample; one that is given up finds nothing.
    fn nearest(
        &self,
        (set, tokenizer): (WhichSet, Tokenizer),
        samples: Vec<(usize, Vec<u8>)>,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<Nearest, String> {
        let data = self.set(&set)?;
        let seen = |image: &[u8]| seen(&tokenizer, image);
        let among = data.train.len().unwrap_or(COMPARED);
        let several = samples.len() > 1;
        let (numbers, mut pictures): (Vec<usize>, Vec<_>) = samples.into_iter().unzip();
        // What is no copy is as far as this.
        let held_out = data.held_out.first(if several { numbers.len() } else { 0 });
        pictures.extend((0..held_out.len()).map(|image| seen(held_out.image(image))));
        let most = if several { 1 } else { NEIGHBOURS };
        let mut found = nearest(&data.train, among, &pictures, most, &seen, go_on).unwrap_or_default();
        // A set without images has no nearest one.
        found.retain(|found| !found.is_empty());
        let mut far: Vec<f64> = found.iter().skip(numbers.len()).map(|found| found[0].distance).collect();
        far.sort_by(f64::total_cmp);
        let spread = if found.is_empty() { None } else { self.spread((set, tokenizer), &data, go_on) };
        let samples = numbers.into_iter().zip(pictures).zip(found);
        let samples = samples.map(|((image, pixels), found)| Compared { image, pixels, found }).collect();
        let classes = data.classes.clone();
        let held_out = median(&far).map(|median| (far.len(), median));
        Ok(Nearest { samples, among, classes, spread: spread.unwrap_or_default(), held_out })
    }

    /// The spread of a set as some tokens show it, found once.
    fn spread(
        &self,
        (set, tokenizer): (WhichSet, Tokenizer),
        data: &ImageData,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Arc<Spread>> {
        let lock = || self.spread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., spread)) = lock().as_ref().filter(|known| (&known.0, &known.1) == (&set, &tokenizer))
        {
            return Some(spread.clone());
        }
        let seen = |image: &[u8]| seen(&tokenizer, image);
        let spread = Arc::new(Spread::of(
            &data.train,
            data.train.len().unwrap_or(COMPARED),
            PAIRS,
            set.seed,
            &seen,
            go_on,
        )?);
        *lock() = Some((set, tokenizer, spread.clone()));
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

/// An image as its tokens show it.
fn seen(tokenizer: &Tokenizer, image: &[u8]) -> Vec<u8> {
    tokenizer.decode(&tokenizer.encode(image)).unwrap_or_else(|_| image.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
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
        let Ok(SetAnswer::Nearest(answer)) = sets.answer(asked, &|| true) else { panic!("no neighbours") };
        let found = &answer.samples[0].found;
        assert_eq!((found[0].index, found[0].distance, found.len()), (7, 0.0, NEIGHBOURS));
        assert_eq!((answer.samples[0].image, &answer.samples[0].pixels), (3, &pixels));
        assert_eq!((answer.among, answer.spread.pairs() as u64, answer.held_out), (COMPARED, PAIRS, None));
        // A whole wall at once: a copy, and one that is none.
        let wall = vec![(0, first.clone()), (1, pixels.clone())];
        let asked = SetQuestion::Nearest { set: set.clone(), samples: wall, tokenizer: tokenizer.clone() };
        let Ok(SetAnswer::Nearest(answer)) = sets.answer(asked, &|| true) else { panic!("no neighbours") };
        let distances: Vec<_> = answer.samples.iter().map(|sample| sample.found[0].distance).collect();
        assert!(distances[0] > 0.0 && distances[1] == 0.0, "{distances:?}");
        let (held_out, median) = answer.held_out.expect("images held out");
        assert!(held_out == 2 && median > 0.0);
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
            assert!(matches!(given_up, Ok(SetAnswer::Nearest(found)) if found.samples.is_empty()));
        });
        let nowhere = sets.answer(SetQuestion::File("no/such.png".into(), 8), &|| true);
        assert!(nowhere.err().expect("no file").contains("no/such.png"));
    }
}
