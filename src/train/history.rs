//! The curve of a run: thinned out where it gets long.

/// Points that are kept; more would be finer than a plot.
pub const MOST_POINTS: usize = 800;

/// Appends a point; when there are too many, every second one goes.
pub fn add_point<P>(history: &mut Vec<P>, point: P) {
    if history.len() >= MOST_POINTS {
        let mut index = 0;
        history.retain(|_| {
            index += 1;
            index % 2 == 1
        });
    }
    history.push(point);
}
