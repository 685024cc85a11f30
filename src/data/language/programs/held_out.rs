//! Functions that no network is trained on: one in ten, told by what they return.

use crate::flow::sequence::programs::INPUTS;

/// One function in so many is held out.
const ONE_IN: u32 = 10;

/// Whether the function that returns `outputs` \[10\] for 0 to 9 is held out: by a hash of them (FNV-1a of their bytes), so that
/// all programs that compute it are.
pub fn is_held_out(outputs: &[u8]) -> bool {
    let hash = outputs
        .iter()
        .take(INPUTS)
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    // The low bits of the last step are the last byte's alone.
    (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b) >> 8 & 0xffff < 0xffff / ONE_IN
}

#[cfg(test)]
mod tests {
    use super::super::program_table;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn one_function_in_ten_is_held_out_whatever_its_shape() {
        let table = program_table();
        let functions: BTreeSet<&[u8]> = (0..table.len()).map(|program| table.output(program)).collect();
        let held_out = functions.iter().filter(|outputs| is_held_out(outputs)).count();
        let share = held_out as f64 / functions.len() as f64;
        assert!((share - 0.1).abs() < 0.01, "{share} of {}", functions.len());
        let weight: f64 =
            (0..table.len()).filter(|n| is_held_out(table.output(*n))).map(|n| table.weights[n]).sum();
        assert!((weight - 0.1).abs() < 0.03, "{weight}");
    }
}
