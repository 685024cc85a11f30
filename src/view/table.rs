//! The numbers of a figure as text.

use ndarray::Array2;

/// One entry of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// With every digit.
    Number(f64),
    /// A name, such as that of a sampler.
    Name(String),
    /// Nothing: there is no such value.
    Empty,
}

impl From<f64> for Entry {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Entry {
    fn from(number: usize) -> Self {
        Self::Number(number as f64)
    }
}

impl From<String> for Entry {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<Option<f64>> for Entry {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }
}

impl Entry {
    /// As CSV: names that hold a comma or a quote are quoted.
    fn to_csv(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Name(name) if name.contains([',', '"', '\n']) => {
                format!("\"{}\"", name.replace('"', "\"\""))
            }
            Self::Name(name) => name.clone(),
            Self::Empty => String::new(),
        }
    }
}

/// A table with the names of its columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// One a column.
    pub names: Vec<String>,
    /// Each as long as `names`.
    pub rows: Vec<Vec<Entry>>,
}

impl Table {
    /// With these columns, and no row yet.
    pub fn new(names: &[&str]) -> Self {
        Self { names: names.iter().map(|&name| name.to_owned()).collect(), rows: Vec::new() }
    }

    /// Of numbers alone.
    pub(super) fn of_numbers(names: &[&str], rows: impl IntoIterator<Item = Vec<f64>>) -> Self {
        let rows = rows.into_iter().map(|row| row.into_iter().map(Entry::from).collect());
        Self { rows: rows.collect(), ..Self::new(names) }
    }

    /// As CSV with titles and every digit.
    pub fn to_csv(&self) -> String {
        let lines = self.rows.iter().map(|row| row.iter().map(Entry::to_csv).collect::<Vec<_>>().join(","));
        let names = self.names.iter().map(|name| Entry::from(name.clone()).to_csv()).collect::<Vec<_>>();
        let mut text = std::iter::once(names.join(",")).chain(lines).collect::<Vec<_>>().join("\n");
        text.push('\n');
        text
    }
}

/// The numbers of a figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// \[V, V\], row = token 1.
    Grid(Array2<f64>),
    /// Everything else.
    Table(Table),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_of_csv_gets_back_is_what_was_written() {
        let mut table = Table::new(&["scheduler", "tv, exactly", "floor"]);
        for name in ["hermite:0,2", "say \"hi\"", "linear"] {
            table.rows.push(vec![name.to_owned().into(), 0.1f64.into(), None.into()]);
        }
        let text = table.to_csv();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().expect("titles").get(1), Some("tv, exactly"));
        let read: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        let names: Vec<_> = read.iter().map(|row| row[0].to_owned()).collect();
        assert_eq!(names, ["hermite:0,2", "say \"hi\"", "linear"]);
        assert!(read.iter().all(|row| row[1].parse() == Ok(0.1) && row[2].is_empty()));
    }
}
