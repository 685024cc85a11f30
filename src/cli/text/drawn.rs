//! Charts that the commands about texts write: as numbers, or as a figure on a page.

use crate::cli::CliError;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::page_args::{PageArgs, page_of};
use crate::view::Chart;
use crate::view::grid::Style;
use std::path::Path;

/// What a chart is written as.
const KINDS: [Kind; 4] = [Kind::Csv, Kind::Png, Kind::Svg, Kind::Pdf];

/// Where a chart goes, checked before anything is computed.
pub struct Drawn<'a> {
    out: Option<(&'a Path, Kind)>,
    page: &'a PageArgs,
}

impl<'a> Drawn<'a> {
    /// Checks the file and the page; neither need be given.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag.
    pub fn checked(out: Option<&'a Path>, page: &'a PageArgs, inputs: &Inputs<'_>) -> Result<Self, CliError> {
        let out = match out {
            Some(out) => Some((out, output::check(out, &KINDS, inputs)?)),
            None => None,
        };
        match (out, page.first()) {
            (Some((_, kind)), _) => page.refuse_for(kind)?,
            (None, Some(flag)) => {
                let why = format!("{flag}: it is of a figure; give --out FILE.svg, or leave it out");
                return Err(CliError::Input(why));
            }
            (None, None) => {}
        }
        Ok(Self { out, page })
    }

    /// Whether numbers are written.
    pub fn is_numbers(&self) -> bool {
        self.out.is_some_and(|(_, kind)| kind == Kind::Csv)
    }

    /// Writes it, if it is to be: `caption` says what was set.
    ///
    /// # Errors
    /// [`CliError`] naming the file or the size.
    pub fn write(&self, chart: &Chart, caption: String) -> Result<(), CliError> {
        let Some((out, kind)) = self.out else { return Ok(()) };
        if kind == Kind::Csv {
            return output::write_bytes(out, chart.numbers.to_csv().as_bytes());
        }
        let kept = self.page.kept()?;
        let style = Style { caption: (!kept.bare).then_some(caption), ..Style::default() };
        output::write_figure(out, kind, &chart.figure(&style), page_of(&kept)?)?;
        Ok(())
    }
}
