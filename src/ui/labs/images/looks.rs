//! What the walls show instead of tokens: asked of the denoiser beside the window, and kept for a while.

use super::films::Film;
use super::walls::SideView;
use crate::ui::job::Worker;
use crate::view::sequence::{Aspect, Wall, aspect_pixels};
use image::RgbaImage;
use std::collections::VecDeque;
use std::sync::Arc;

/// Walls that are kept: of 64 images of 32 pixels a side 70 MB.
const KEPT: usize = 256;

/// A wall: of which film, at which step, and what it shows.
#[derive(Clone)]
pub struct LookQuestion {
    /// The film.
    pub film: Arc<Film>,
    /// The step of a frame of it, which stays that of this frame while others are left out.
    pub step: usize,
    /// What is shown.
    pub aspect: Aspect,
}

impl PartialEq for LookQuestion {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.film, &other.film) && (self.step, self.aspect) == (other.step, other.aspect)
    }
}

/// A wall as it is seen.
#[derive(Clone)]
pub struct Look {
    /// Which wall.
    pub of: LookQuestion,
    /// Its pixels, one a pixel of the images.
    pub pixels: Arc<RgbaImage>,
}

/// Sees several walls, one a side.
pub fn look(questions: Vec<LookQuestion>, go_on: &(dyn Fn() -> bool + Sync)) -> Result<Vec<Look>, String> {
    let mut looks = Vec::new();
    for of in questions {
        let film = &*of.film;
        let (states, t) = {
            let reel = film.lock();
            let trace = reel.trace();
            let Some(frame) = trace.frame_at(of.step) else { continue };
            // Frames are left out as a long film grows: another one would be seen under this one's name.
            if trace.frames().get(frame) != Some(&of.step) {
                continue;
            }
            let Some(record) = trace.records().get(of.step) else { continue };
            (trace.states(frame), record.t)
        };
        let who = (&*film.denoiser, &film.tokenizer);
        let seen = aspect_pixels(of.aspect, who, &states, film.scheduler.at(t), go_on);
        let Some(images) = seen.map_err(|error| error.to_string())? else { return Ok(Vec::new()) };
        let pixels = Arc::new(Wall::of(&film.tokenizer, film.count).of_images(&images));
        looks.push(Look { of, pixels });
    }
    Ok(looks)
}

/// The walls that were seen, and the thread that sees more.
pub struct Looks {
    worker: Worker<Vec<LookQuestion>, Vec<Look>>,
    asked: Vec<LookQuestion>,
    kept: VecDeque<Look>,
    /// Why the last ones could not be seen.
    pub problem: Option<String>,
}

impl Looks {
    /// With its thread.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn start(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let worker = Worker::answering("walls", wake, look)?;
        Ok(Self { worker, asked: Vec::new(), kept: VecDeque::new(), problem: None })
    }

    /// What the walls are to show.
    fn wanted(views: &[SideView], aspect: Aspect) -> Vec<Option<LookQuestion>> {
        let question = |view: &SideView| {
            let film = view.film.clone()?;
            let step = *film.lock().trace().frames().get(view.shown.frame?)?;
            Some(LookQuestion { film, step, aspect })
        };
        views.iter().map(|view| question(view).filter(|_| aspect != Aspect::Tokens)).collect()
    }

    fn found(&self, wanted: &LookQuestion) -> Option<Look> {
        self.kept.iter().rev().find(|look| look.of == *wanted).cloned()
    }

    /// Takes what was found, gives it to the views, and asks for what is missing.
    pub fn follow(&mut self, views: &mut [SideView], aspect: Aspect) {
        if let Some(answer) = self.worker.take() {
            self.problem = answer.as_ref().err().cloned();
            self.kept.extend(answer.unwrap_or_default());
        }
        let is_shown = |film: &Arc<Film>| {
            views.iter().filter_map(|view| view.film.as_ref()).any(|shown| Arc::ptr_eq(shown, film))
        };
        self.kept.retain(|look| is_shown(&look.of.film));
        self.kept.drain(..self.kept.len().saturating_sub(KEPT));
        let wanted = Self::wanted(views, aspect);
        let mut missing = Vec::new();
        for (view, wanted) in views.iter_mut().zip(wanted) {
            let Some(wanted) = wanted else {
                (view.look, view.waits) = (None, false);
                continue;
            };
            let found = self.found(&wanted);
            view.waits = found.is_none();
            match found {
                Some(found) => view.look = Some(found),
                None => {
                    // The last picture stays, unless it shows something else or has another size.
                    let like = |look: &Look| {
                        let (film, of) = (&wanted.film, &look.of.film);
                        look.of.aspect == aspect && film.count == of.count && film.tokenizer == of.tokenizer
                    };
                    view.look = view.look.take().filter(like);
                    missing.push(wanted);
                }
            }
        }
        if missing.is_empty() {
            // What was under way is of no use any more, but for a film that is played on.
            if aspect == Aspect::Tokens && !self.asked.is_empty() {
                self.worker.stop();
                self.asked.clear();
                self.problem = None;
            }
            return;
        }
        // Along films that are still shown one after the other: a question that is always given up for the next is never
        // answered. Anything else takes the place of what is under way.
        let still = |asked: &LookQuestion| {
            let mut shown = views.iter().filter_map(|view| view.film.as_ref());
            asked.aspect == aspect && shown.any(|film| Arc::ptr_eq(film, &asked.film))
        };
        let goes_on = self.asked.iter().all(still);
        let failed = self.problem.is_some() && missing == self.asked;
        let busy = self.worker.has_more();
        if !failed && (!busy || !goes_on) {
            self.asked.clone_from(&missing);
            self.worker.ask(missing);
        }
    }

    /// Whether something is still to come.
    pub fn has_more(&self) -> bool {
        self.worker.has_more()
    }
}
