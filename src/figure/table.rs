//! Arrays of a figure as text: rows of numbers, where what is not finite is `null`.

use ndarray::Array2;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) fn serialize<S: Serializer>(values: &Array2<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    let rows: Vec<Vec<Option<f64>>> = values
        .outer_iter()
        .map(|row| row.iter().map(|v| Some(*v).filter(|v| v.is_finite())).collect())
        .collect();
    rows.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Array2<f64>, D::Error> {
    let rows: Vec<Vec<Option<f64>>> = Vec::deserialize(deserializer)?;
    let columns = rows.first().map_or(0, Vec::len);
    if let Some(row) = rows.iter().find(|row| row.len() != columns) {
        return Err(D::Error::invalid_length(row.len(), &format!("rows of {columns} numbers").as_str()));
    }
    let values = rows.iter().flatten().map(|v| v.unwrap_or(f64::NAN)).collect();
    Array2::from_shape_vec((rows.len(), columns), values).map_err(D::Error::custom)
}
