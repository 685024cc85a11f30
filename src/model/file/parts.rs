//! All parameters of a network in one array, and the arrays by name that they are in files.

use super::Arrays;

/// The arrays of a group, shaped as `layout` says or flat, put one after the other.
///
/// # Errors
/// If one is missing, of another shape or not of 32-bit numbers.
pub fn gather<S: AsRef<str>>(
    layout: &[(S, Vec<usize>)],
    arrays: &Arrays,
    group: &str,
) -> Result<Vec<f32>, String> {
    let mut values = Vec::with_capacity(layout.iter().map(|(_, shape)| length(shape)).sum());
    for (name, shape) in layout {
        values.extend_from_slice(numbers(arrays, &format!("{group}.{}", name.as_ref()), shape)?);
    }
    Ok(values)
}

/// The reverse of [`gather`]: name with that of the group, shape and numbers of each array. Of fewer numbers than `layout`
/// asks for, those that there are.
pub fn parts<'a, S: AsRef<str>>(
    layout: &'a [(S, Vec<usize>)],
    values: &'a [f32],
    group: &'a str,
) -> impl Iterator<Item = (String, &'a [usize], &'a [f32])> {
    let mut rest = values;
    layout.iter().map(move |(name, shape)| {
        let (part, after) = rest.split_at(length(shape).min(rest.len()));
        rest = after;
        (format!("{group}.{}", name.as_ref()), &shape[..], part)
    })
}

/// The numbers of the array `name` of this shape, or flat.
///
/// # Errors
/// If it is missing, of another shape or not of 32-bit numbers.
pub(in crate::model) fn numbers<'a>(
    arrays: &'a Arrays,
    name: &str,
    shape: &[usize],
) -> Result<&'a [f32], String> {
    let data = arrays.get(name).ok_or_else(|| format!("array {name} is missing"))?;
    let given = data.shape().to_vec();
    if given != shape && given != [length(shape)] {
        return Err(format!("array {name} has shape {given:?}, expected {shape:?}"));
    }
    data.as_slice::<f32>().map_err(|e| format!("array {name}: {e:?}"))
}

fn length(shape: &[usize]) -> usize {
    shape.iter().product()
}
