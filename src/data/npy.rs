//! Reads a square array of numbers from a NumPy `.npy` file, and writes arrays to one.

mod header;
#[cfg(test)]
pub(super) mod tests;

use std::io;
use std::path::Path;

use half::f16;
use ndarray::{Array2, ArrayD, IxDyn, ShapeBuilder};
use npyz::{DType, Deserialize, Endianness, NpyFile, NpyHeader, Order, TypeChar, WriterBuilder};

use super::atomic::atomic_write;
use super::error::DataError;
use super::pmf::{K_MAX, K_MIN};
use super::read::{MAX_ARRAY_BYTES, read_limited};
use header::preamble;

/// Reads the K×K array at `path` as it is (not normalised), in C order, axis 0 = token 1, axis 1 = token 2.
///
/// Accepts floats of 2, 4 and 8 bytes, integers of 1 to 8 bytes and booleans, of either byte order, in C and in
/// Fortran order, by whichever version of NumPy they were written. Axes of length 1 beside the two are dropped. 8-byte
/// integers beyond 2⁵³ are rounded. Nothing is allocated for a size that the header only claims.
///
/// # Errors
/// [`DataError`] naming `what` and `path`: unreadable, over 16 MiB, not an `.npy` file, complex, pickled or
/// structured, not square, a side outside [`K_MIN`]`..=`[`K_MAX`], truncated, or with bytes left over.
pub fn read_npy(path: &Path, what: &str) -> Result<Array2<f64>, DataError> {
    let bytes = read_limited(path, MAX_ARRAY_BYTES, what)?;
    decode(&bytes).map_err(|why| DataError::content(what, path, why))
}

/// [`read_npy`] on the bytes of a file.
///
/// # Errors
/// As [`read_npy`], but for the file itself; the error continues a sentence that starts with the file's name.
pub fn decode(bytes: &[u8]) -> Result<Array2<f64>, String> {
    let square = array(bytes, |shape| square_side(shape).map(|k| vec![k, k]))?;
    square.into_dimensionality().map_err(|e| format!("has data of the wrong size: {e}"))
}

/// The array in the bytes of a file with any number of axes, in C order.
///
/// # Errors
/// As [`decode`], but for the shape.
pub fn decode_any(bytes: &[u8]) -> Result<ArrayD<f64>, String> {
    array(bytes, |shape| {
        let axes: Option<Vec<usize>> = shape.iter().map(|n| usize::try_from(*n).ok()).collect();
        axes.ok_or_else(|| format!("is {}, larger than any memory", times(shape)))
    })
}

/// The array, of the axes that `seen_as` makes of its shape.
fn array(
    bytes: &[u8],
    seen_as: impl FnOnce(&[u64]) -> Result<Vec<usize>, String>,
) -> Result<ArrayD<f64>, String> {
    let (preamble_and_header, length) = preamble(bytes)?;
    let data = &bytes[length..];
    let header = NpyHeader::from_reader(&preamble_and_header[..])
        .map_err(|e| format!("has a header that cannot be read: {e}"))?;
    let item_bytes = check_dtype(&header.dtype())?;
    let shape = seen_as(header.shape())?;
    let expected = shape.iter().try_fold(item_bytes, |size, n| size.checked_mul(*n));
    let what = || {
        let descr = header.dtype().descr().replace('\'', "");
        format!("{} array of {descr}", times(&shape))
    };
    let expected = expected.ok_or_else(|| format!("claims an {}, larger than any memory", what()))?;
    if data.len() < expected {
        return Err(format!(
            "is truncated: a {} has {expected} bytes of data, this file has {}",
            what(),
            data.len()
        ));
    }
    if data.len() > expected {
        return Err(format!("has {} trailing bytes after its {}", data.len() - expected, what()));
    }
    let order = header.order();
    let values = read_values(header, data)?;
    let array = ArrayD::from_shape_vec(IxDyn(&shape).set_f(order == Order::Fortran), values)
        .map_err(|e| format!("has data of the wrong size: {e}"))?;
    Ok(array.as_standard_layout().into_owned())
}

/// A shape in words.
fn times(shape: &[impl ToString]) -> String {
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("×")
}

fn expected_size() -> String {
    format!("expected K×K with K from {K_MIN} to {K_MAX}")
}

/// The bytes of one item of a dtype that is accepted.
fn check_dtype(dtype: &DType) -> Result<usize, String> {
    const EXPECTED: &str = "expected real numbers (f2, f4, f8, i1 to i8, u1 to u8 or bool)";
    if dtype.uses_pickled_array() {
        return Err(format!("holds pickled Python objects: {EXPECTED}"));
    }
    let DType::Plain(ty) = dtype else {
        return Err(format!("holds a structured array: {EXPECTED}"));
    };
    match (ty.type_char(), ty.size_field()) {
        (TypeChar::Float, 2 | 4 | 8)
        | (TypeChar::Int | TypeChar::Uint, 1 | 2 | 4 | 8)
        | (TypeChar::Bool, 1) => Ok(ty.size_field() as usize),
        (TypeChar::Complex, _) => Err(format!("holds complex numbers ({ty}): {EXPECTED}")),
        _ => Err(format!("holds values of the dtype {ty}: {EXPECTED}")),
    }
}

fn square_side(shape: &[u64]) -> Result<usize, String> {
    let text = times(shape);
    // What numpy.squeeze would drop: a batch or a channel of one.
    let long: Vec<u64> = shape.iter().copied().filter(|length| *length != 1).collect();
    let shape = if shape.len() > 2 && long.len() == 2 { &long[..] } else { shape };
    match *shape {
        [] => Err(format!("holds a single number: {}", expected_size())),
        [rows, columns] if rows != columns => Err(format!("is {text}, not square: {}", expected_size())),
        [k, _] => match usize::try_from(k) {
            Ok(k) if (K_MIN..=K_MAX).contains(&k) => Ok(k),
            _ => Err(format!("is {text}: {}", expected_size())),
        },
        _ => {
            let axes = if shape.len() == 1 { "axis" } else { "axes" };
            let hint = match *shape {
                [n] if n.isqrt().pow(2) == n && (K_MIN..=K_MAX).contains(&(n.isqrt() as usize)) => {
                    let k = n.isqrt();
                    format!("; if it is a square, save it as one: .reshape({k}, {k})")
                }
                [] | [_] => String::new(),
                _ => "; save one plane of it, such as a[0]".to_owned(),
            };
            Err(format!("has {} {axes} ({text}): {}{hint}", shape.len(), expected_size()))
        }
    }
}

/// All items as f64, in the order of the file. The dtype has been through [`check_dtype`].
fn read_values(header: NpyHeader, data: &[u8]) -> Result<Vec<f64>, String> {
    fn cast<T: Deserialize>(
        header: NpyHeader,
        data: &[u8],
        to_f64: fn(T) -> f64,
    ) -> Result<Vec<f64>, String> {
        let values = NpyFile::with_header(header, data).into_vec::<T>();
        match values {
            Ok(values) => Ok(values.into_iter().map(to_f64).collect()),
            Err(e) => Err(format!("has data that cannot be read: {e}")),
        }
    }
    let DType::Plain(ty) = header.dtype() else {
        return Err("holds a structured array".into());
    };
    match (ty.type_char(), ty.size_field()) {
        // npyz does not know half precision.
        (TypeChar::Float, 2) => {
            let bits = |two: &[u8; 2]| match ty.endianness() {
                Endianness::Big => u16::from_be_bytes(*two),
                Endianness::Little | Endianness::Irrelevant => u16::from_le_bytes(*two),
            };
            Ok(data.as_chunks::<2>().0.iter().map(|two| f16::from_bits(bits(two)).to_f64()).collect())
        }
        (TypeChar::Float, 4) => cast::<f32>(header, data, f64::from),
        (TypeChar::Int, 1) => cast::<i8>(header, data, f64::from),
        (TypeChar::Int, 2) => cast::<i16>(header, data, f64::from),
        (TypeChar::Int, 4) => cast::<i32>(header, data, f64::from),
        (TypeChar::Int, _) => cast::<i64>(header, data, |v| v as f64),
        (TypeChar::Uint, 1) => cast::<u8>(header, data, f64::from),
        (TypeChar::Uint, 2) => cast::<u16>(header, data, f64::from),
        (TypeChar::Uint, 4) => cast::<u32>(header, data, f64::from),
        (TypeChar::Uint, _) => cast::<u64>(header, data, |v| v as f64),
        (TypeChar::Bool, _) => cast::<bool>(header, data, |v| f64::from(u8::from(v))),
        _ => cast::<f64>(header, data, |v| v),
    }
}

/// Writes `values` (C order) as a float64 `.npy` file of the given shape, atomically.
///
/// # Errors
/// [`DataError::Write`] where `shape` does not hold as many values as there are, or the file cannot be
/// written.
pub fn write_npy_f64(path: &Path, shape: &[usize], values: &[f64]) -> Result<(), DataError> {
    write_npy(path, shape, values, "<f8")
}

/// Writes `values` (C order) as an int64 `.npy` file of the given shape, atomically.
///
/// # Errors
/// As [`write_npy_f64`].
pub fn write_npy_i64(path: &Path, shape: &[usize], values: &[i64]) -> Result<(), DataError> {
    write_npy(path, shape, values, "<i8")
}

/// Little-endian whatever the machine, so that the same run gives the same file.
fn write_npy<T: npyz::Serialize + Copy>(
    path: &Path,
    shape: &[usize],
    values: &[T],
    descr: &str,
) -> Result<(), DataError> {
    let size = shape.iter().try_fold(1_usize, |product, n| product.checked_mul(*n));
    if size != Some(values.len()) {
        return Err(DataError::write(
            path,
            format!("{} values do not fill an array of shape {shape:?}", values.len()),
        ));
    }
    let invalid = |e: npyz::ParseTypeStrError| io::Error::other(e.to_string());
    atomic_write(path, |file| {
        let dtype = DType::Plain(descr.parse().map_err(invalid)?);
        let shape: Vec<u64> = shape.iter().map(|n| *n as u64).collect();
        let mut writer = npyz::WriteOptions::new().dtype(dtype).shape(&shape).writer(file).begin_nd()?;
        writer.extend(values.iter().copied())?;
        writer.finish()
    })
}
