//! What comes out, as arrays and numbers, and arrays that go in.

use crate::desk::Desk;
use ndarray::{Array2, ArrayD};
use serde_json::Value;

/// `field` as arrays.
pub trait Fields {
    fn field(&self, flow: &str, t: f64, quantity: &str) -> ArrayD<f64>;
    fn table(&self, flow: &str, t: f64, quantity: &str) -> Array2<f64>;
}

impl Fields for Desk {
    fn field(&self, flow: &str, t: f64, quantity: &str) -> ArrayD<f64> {
        self.succeed(&format!("field {flow} --t {t} --quantity {quantity} --out field.npy --quiet"));
        self.read("field.npy")
    }

    fn table(&self, flow: &str, t: f64, quantity: &str) -> Array2<f64> {
        self.field(flow, t, quantity).into_dimensionality().expect("a table")
    }
}

pub fn number(report: &Value, name: &str) -> f64 {
    report[name].as_f64().unwrap_or_else(|| panic!("{name} is missing in {report}"))
}

pub fn close(a: &Array2<f64>, b: &Array2<f64>, tolerance: f64, what: &str) {
    let worst = (a - b).iter().fold(0.0, |m: f64, d| m.max(d.abs()));
    assert!(a.dim() == b.dim() && worst <= tolerance, "{what}: {worst:e}");
}

/// An .npy file with this dtype and shape over these bytes.
pub fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

pub fn floats(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}
