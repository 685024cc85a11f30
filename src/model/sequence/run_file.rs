//! What files of runs have in common: the weights that answer, and further arrays as long as they are, by name.

use crate::model::file::{self, Header, Precision};
use crate::model::{gather, parts};
use std::collections::{BTreeMap, BTreeSet};

/// Name of the array of the weights that answer: their running average.
const NET: &str = "net";

/// Further arrays as long as the weights, by name.
pub(super) type Further = BTreeMap<String, Vec<f32>>;

/// Names and shapes of a network's arrays.
pub(super) type Names = [(String, Vec<usize>)];

/// The bytes of a file; in `half` precision without the state of the run.
///
/// # Errors
/// If a number is not finite, or too large for half precision: such a file could not be read.
pub(super) fn encode<H: Header>(
    recipe: &H,
    names: &Names,
    (weights, state): (&[f32], &Further),
    half: bool,
) -> Result<Vec<u8>, String> {
    let net = std::iter::once((NET, weights));
    let state = state.iter().filter(|_| !half).map(|(name, values)| (name.as_str(), &values[..]));
    let groups: Vec<_> = net.chain(state).collect();
    let total: usize = names.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    if groups.iter().any(|(_, values)| values.len() != total) {
        return Err("an array is short, or long".to_owned());
    }
    let precision = if half { Precision::Half } else { Precision::Single };
    let arrays = groups.into_iter().flat_map(|(group, values)| {
        parts(names, values, group).map(move |(name, shape, values)| (name, shape, values, precision))
    });
    file::encode(recipe, arrays)
}

/// The recipe, the weights and the state in the bytes of a file; `names` are those of a recipe's network.
///
/// # Errors
/// Says what is wrong with them.
pub(super) fn decode<H: Header>(
    bytes: &[u8],
    names: impl Fn(&H) -> Vec<(String, Vec<usize>)>,
) -> Result<(H, Vec<f32>, Further), String> {
    let (recipe, arrays) = file::decode::<H>(bytes)?;
    let names = names(&recipe);
    let groups: BTreeSet<&str> = arrays.keys().filter_map(|name| Some(name.split_once('.')?.0)).collect();
    let group = |group: &str| Ok((group.to_owned(), gather(&names, &arrays, group)?));
    let mut state = groups.into_iter().map(group).collect::<Result<BTreeMap<_, _>, String>>()?;
    let weights = state.remove(NET).ok_or("its weights are missing")?;
    Ok((recipe, weights, state))
}
