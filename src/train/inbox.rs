//! Orders to a thread, which takes all of them at once: none queues however fast they come, and none is lost.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What can be ordered; of each kind the newest order.
pub(super) trait Orders: Default {
    /// Whether nothing is ordered.
    fn is_empty(&self) -> bool;
}

/// Orders that have not been taken yet.
#[derive(Default)]
pub(super) struct Inbox<O> {
    orders: Mutex<O>,
    arrived: Condvar,
}

impl<O: Orders> Inbox<O> {
    /// Adds an order, or changes those that wait.
    pub fn put(&self, change: impl FnOnce(&mut O)) {
        change(&mut self.lock());
        self.arrived.notify_one();
    }

    /// Whether an order waits.
    pub fn is_pending(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Everything that was ordered; with `wait` not before there is something.
    pub fn take(&self, wait: bool) -> O {
        let mut orders = self.lock();
        while wait && orders.is_empty() {
            orders = self.arrived.wait(orders).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut *orders)
    }

    fn lock(&self) -> MutexGuard<'_, O> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
