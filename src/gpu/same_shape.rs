//! The same shape in every frame in which it would look the same: a shape made anew counts as another one, and what is other
//! than before is drawn again ([`super::redraw`]).

use eframe::egui::{Context, Id, PaintCallback};

/// The shape of the last frame with this `id` if `key`, which says all that is seen, is the same, else what `make` makes.
pub(super) fn same_shape<K: Clone + PartialEq + Send + Sync + 'static>(
    ctx: &Context,
    id: Id,
    key: K,
    make: impl FnOnce() -> PaintCallback,
) -> PaintCallback {
    let last: Option<(K, PaintCallback)> = ctx.data(|data| data.get_temp(id));
    match last {
        Some((last, shape)) if last == key => shape,
        _ => {
            let shape = make();
            ctx.data_mut(|data| data.insert_temp(id, (key, shape.clone())));
            shape
        }
    }
}
