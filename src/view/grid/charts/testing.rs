//! What tests of charts share.

use crate::view::{Entry, Table};

/// The numbers of a column; NaN where there is none.
pub fn column(table: &Table, name: &str) -> Vec<f64> {
    let index = table.names.iter().position(|n| n == name).expect("a column");
    let number = |row: &Vec<Entry>| match row[index] {
        Entry::Number(x) => x,
        _ => f64::NAN,
    };
    table.rows.iter().map(number).collect()
}
