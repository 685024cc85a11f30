//! A slot between two threads in which only the newest value counts.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Values put in while an older one still waits replace it: dragging a slider never queues work.
#[derive(Debug, Default)]
pub struct Latest<T> {
    slot: Mutex<Slot<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Slot<T> {
    value: Option<T>,
    closed: bool,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { value: None, closed: false }
    }
}

impl<T> Latest<T> {
    /// Empty and open.
    pub fn new() -> Self {
        Self { slot: Mutex::default(), changed: Condvar::new() }
    }

    /// Replaces what is in the slot.
    pub fn put(&self, value: T) {
        self.lock().value = Some(value);
        self.changed.notify_one();
    }

    /// Takes what is there, without waiting.
    pub fn take(&self) -> Option<T> {
        self.lock().value.take()
    }

    /// Whether something waits, or the slot was closed: a reason to stop what one is doing.
    pub fn is_pending(&self) -> bool {
        let slot = self.lock();
        slot.value.is_some() || slot.closed
    }

    /// Whether something waits for which `matters` holds.
    pub fn is_pending_and(&self, matters: impl FnOnce(&T) -> bool) -> bool {
        self.lock().value.as_ref().is_some_and(matters)
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Waits for a value; `None` once the slot is closed.
    pub fn wait(&self) -> Option<T> {
        let mut slot = self.lock();
        loop {
            if slot.closed {
                return None;
            }
            if let Some(value) = slot.value.take() {
                return Some(value);
            }
            slot = self.changed.wait(slot).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Wakes the waiting side for the last time.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// A value is replaced as a whole, so a panic elsewhere can't leave half of one behind.
    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a panic said.
pub fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "an unknown panic".to_owned())
}

#[cfg(test)]
pub(crate) mod testing {
    use std::time::{Duration, Instant};

    /// Asks until there is an answer; a minute is far more than anything in the tests takes.
    pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if let Some(answer) = ask() {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("never came: {what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn only_the_newest_value_is_seen() {
        let slot = Latest::new();
        slot.put(1);
        slot.put(2);
        assert!(slot.is_pending());
        assert_eq!((slot.take(), slot.take()), (Some(2), None));
    }

    #[test]
    fn closing_wakes_a_waiting_thread() {
        let slot = Arc::new(Latest::<u8>::new());
        let other = slot.clone();
        let waiting = std::thread::spawn(move || other.wait());
        slot.close();
        assert_eq!(waiting.join().expect("the thread ends"), None);
    }
}
