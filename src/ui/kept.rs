//! What is computed once and shown in many frames.

use egui::{Context, Id};
use std::sync::{Arc, Weak};

/// What was made, and of which key.
struct Kept<K, T>(Arc<(K, Arc<T>)>);

// Derived, it would ask both to be cloned.
impl<K, T> Clone for Kept<K, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What `make` makes, made anew only when `key` is another one than before. `place` is where it is kept: one thing a place.
pub fn kept<K, T>(ctx: &Context, place: &str, key: K, make: impl FnOnce() -> T) -> Arc<T>
where
    K: PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    let id = Id::unique(("kept", place));
    if let Some(Kept(known)) = ctx.data(|data| data.get_temp::<Kept<K, T>>(id))
        && known.0 == key
    {
        return known.1.clone();
    }
    let made = Arc::new(make());
    ctx.data_mut(|data| data.insert_temp(id, Kept(Arc::new((key, made.clone())))));
    made
}

/// A shared value as a part of a key: equal to itself alone. It does not keep the value from being dropped.
pub struct Same<T>(Weak<T>);

impl<T> Same<T> {
    /// That of `value`.
    pub fn of(value: &Arc<T>) -> Self {
        Self(Arc::downgrade(value))
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_made_once() {
        let ctx = Context::default();
        let (mut made, shared) = (0, Arc::new(5));
        let mut ask = |place, key: &Arc<i32>| {
            *kept(&ctx, place, (Same::of(key), "linear"), || {
                made += 1;
                made
            })
        };
        assert_eq!(
            [ask("a", &shared), ask("a", &shared), ask("b", &shared), ask("a", &shared)],
            [1, 1, 2, 1]
        );
        // As large, and yet another one; what was kept last is gone then.
        let other = Arc::new(5);
        assert_eq!([ask("a", &other), ask("a", &shared)], [3, 4]);
        drop(other);
    }
}
