//! Undo and redo of the image lab's settings.

use super::settings::ImageSettings;

/// Steps that are remembered.
const MOST: usize = 200;

/// What was set before, and what was undone.
#[derive(Debug)]
pub struct Steps {
    past: Vec<ImageSettings>,
    present: ImageSettings,
    future: Vec<ImageSettings>,
}

/// Without what is no step of its own: where one looks, and how time plays.
fn essence(settings: &ImageSettings) -> ImageSettings {
    let usual = ImageSettings::default();
    ImageSettings {
        here: 0,
        picked: None,
        layer: None,
        pace: usual.pace,
        trained: false,
        training: usual.training,
        ..settings.clone()
    }
}

impl Steps {
    /// From these settings on.
    pub fn new(present: ImageSettings) -> Self {
        Self { past: Vec::new(), present, future: Vec::new() }
    }

    /// Looks whether something else is set. While a button of the pointer is `held` a change is not over.
    pub fn watch(&mut self, now: &ImageSettings, held: bool) {
        if held || *now == self.present {
            return;
        }
        let before = std::mem::replace(&mut self.present, now.clone());
        if essence(&before) != essence(now) {
            self.past.push(before);
            self.future.clear();
            if self.past.len() > MOST {
                self.past.remove(0);
            }
        }
    }

    /// Whether there is something to undo, and to redo.
    pub fn can(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }

    /// The settings before the last step.
    pub fn undo(&mut self) -> Option<ImageSettings> {
        let before = self.past.pop()?;
        self.future.push(std::mem::replace(&mut self.present, before));
        Some(self.present.clone())
    }

    /// The settings before the last undo.
    pub fn redo(&mut self) -> Option<ImageSettings> {
        let after = self.future.pop()?;
        self.past.push(std::mem::replace(&mut self.present, after));
        Some(self.present.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_is_one_step_and_looking_around_is_none() {
        let first = ImageSettings::default();
        let mut steps = Steps::new(first.clone());
        let with = |images: usize| ImageSettings { images, ..first.clone() };
        steps.watch(&with(10), true);
        steps.watch(&with(12), true);
        steps.watch(&with(12), false);
        let looking = ImageSettings { picked: Some(3), ..with(12) };
        steps.watch(&looking, false);
        assert_eq!(steps.can(), (true, false));
        assert_eq!(steps.undo().map(|s| s.images), Some(36));
        assert_eq!((steps.undo(), steps.can()), (None, (false, true)));
        assert_eq!(steps.redo(), Some(looking.clone()));
        steps.undo();
        steps.watch(&with(7), false);
        assert_eq!(steps.can(), (true, false), "a new change ends redo");
        for images in 0..300 {
            steps.watch(&with(1 + images % 60), false);
        }
        assert_eq!(steps.past.len(), MOST);
    }
}
