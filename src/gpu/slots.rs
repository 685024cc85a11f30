//! What a pass keeps for every pane from frame to frame, and frees once the pane is gone.

use std::collections::HashMap;

/// A slot that was not painted for this many frames is freed.
const FRAMES_KEPT: u64 = 120;

/// Things of panes, by number.
pub(super) struct Slots<S> {
    slots: HashMap<u64, (u64, S)>,
    /// Frames with at least one use so far.
    frame: u64,
    /// Whether some slot was used in the present frame.
    frame_is_open: bool,
}

impl<S> Default for Slots<S> {
    fn default() -> Self {
        Self { slots: HashMap::new(), frame: 0, frame_is_open: false }
    }
}

impl<S> Slots<S> {
    /// The slot `id` to be painted in this frame, made anew where there is none that `fits`; none where that fails.
    pub fn get_or_make<E>(
        &mut self,
        id: u64,
        fits: impl FnOnce(&S) -> bool,
        make: impl FnOnce() -> Result<S, E>,
    ) -> Option<&mut S> {
        self.frame_is_open = true;
        if self.slots.get(&id).is_none_or(|(_, slot)| !fits(slot)) {
            match make() {
                Ok(slot) => _ = self.slots.insert(id, (self.frame, slot)),
                Err(_) => _ = self.slots.remove(&id),
            }
        }
        let (painted, slot) = self.slots.get_mut(&id)?;
        *painted = self.frame;
        Some(slot)
    }

    /// The slot `id`, if there is one.
    pub fn get(&self, id: u64) -> Option<&S> {
        self.slots.get(&id).map(|(_, slot)| slot)
    }

    /// To be called at least once after all slots of a frame; further calls do nothing.
    pub fn end_frame(&mut self) {
        if std::mem::take(&mut self.frame_is_open) {
            self.frame += 1;
            self.slots.retain(|_, (painted, _)| *painted + FRAMES_KEPT >= self.frame);
        }
    }
}
