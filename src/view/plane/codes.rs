//! Discrete latents as figures: which mode has which code, and samples and their lines in the colour of their code.

use super::picture::{PlaneStyle, Shot, panel, row, table};
use super::{PlaneView, PlaneWindow, Tracks};
use crate::figure::{CellLayout, Drawing, HeatPanel, Scale};
use crate::flow::FlowError;
use crate::flow::plane::{Latents, PlaneFlow};
use crate::view::{Entry, Table};
use ndarray::Array2;

/// P(code | datum of a mode): codes to the right, modes upward, both counted from 1; and its numbers, a row a mode.
pub fn modes_by_codes(latents: &Latents) -> (Drawing, Table) {
    let encoder = latents.encoder();
    let (modes, codes) = encoder.dim();
    // So many cells along both sides that every code and every mode has whole ones.
    let side = modes / common_factor(modes, codes) * codes;
    let values = Array2::from_shape_fn((side, side), |(i, j)| encoder[[j * modes / side, i * codes / side]]);
    let scale = Scale::sequential(1.0);
    let mut map = HeatPanel::new("codes of the modes", values, CellLayout::new(side, false), scale);
    map.ranges = Some([codes, modes].map(|count| [0.5, count as f64 + 0.5]));
    map.whole = true;
    map.unit = "P(code | mode)".to_owned();
    (map.x_label, map.y_label) = ("code".to_owned(), "mode".to_owned());
    let mut numbers = Table::new(&["mode", "x", "y", "weight"]);
    numbers.names.extend((1..=codes).map(|code| format!("code_{code}")));
    let rows = latents.target().components().zip(encoder.rows()).enumerate();
    numbers.rows.extend(rows.map(|(mode, (component, chances))| {
        let known = [(mode + 1) as f64, component.mean[0], component.mean[1], component.weight];
        known.into_iter().chain(chances.iter().copied()).map(Entry::from).collect()
    }));
    (Drawing::Heat(Box::new(map)), numbers)
}

fn common_factor(a: usize, b: usize) -> usize {
    if b == 0 { a.max(1) } else { common_factor(b, a % b) }
}

/// Samples and the lines that led the first of them there, in the colour of their code; and where they are, a row a sample.
///
/// # Errors
/// Those of [`panel`].
pub fn samples_by_code(
    flow: &PlaneFlow,
    tracks: &Tracks,
    window: PlaneWindow,
) -> Result<(Drawing, Table), FlowError> {
    // Points without width have no density at the very end.
    let t = if flow.at(1.0).is_ok() { 1.0 } else { tracks.times.iter().rev().nth(1).copied().unwrap_or(0.0) };
    let shot = |view| Shot { tracks: Some(tracks), ..Shot::of(flow, None, t, window, view) };
    let [points, lines] = [PlaneView::Particles, PlaneView::Paths].map(shot);
    let style = PlaneStyle::default();
    let [mut first, mut second] = [panel(&points, &style)?, panel(&lines, &style)?];
    (first.title, second.title) = ("samples by code".to_owned(), "their lines, x/(1+T)".to_owned());
    Ok((row("", vec![first, second], String::new()), table(&points)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Figure, Page};
    use crate::flow::plane::{AffinePath, Mixture, PlaneSource, PlaneTarget};

    #[test]
    fn codes_are_a_map_of_whole_cells_and_a_row_a_mode() {
        for codes in [1, 3, 8] {
            let latents = Latents::neighbours(Mixture::ring(), codes).expect("latents");
            let (drawing, numbers) = modes_by_codes(&latents);
            let Drawing::Heat(map) = &drawing else { panic!("{drawing:?}") };
            let side = map.layout.data;
            assert!(side.is_multiple_of(8) && side.is_multiple_of(codes) && side <= 8 * codes);
            // What a mode has of all codes adds up to 1, as often as a code has cells.
            for row in map.values.columns() {
                assert!((row.sum() - (side / codes) as f64).abs() < 1e-9);
            }
            assert_eq!((numbers.names.len(), numbers.rows.len()), (4 + codes, 8));
            let svg = Figure { drawing, recipe: String::new() }.to_svg(Page::default()).expect("a drawing");
            assert!(svg.contains(">mode<") && !svg.contains(">1.5<"), "{svg}");
        }
    }

    #[test]
    fn samples_have_their_codes_and_lines_beside_them() {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let frames = vec![vec![[0.0, 1.0]; 5], vec![[2.0, 0.5]; 5]];
        let tracks =
            Tracks { times: vec![0.0, 1.0], frames, codes: vec![0, 1, 2, 1, 0], ..Tracks::default() };
        let window = PlaneWindow::around_origin(4.0);
        let (drawing, numbers) = samples_by_code(&flow, &tracks, window).expect("a drawing");
        let Drawing::Row(row) = &drawing else { panic!("{drawing:?}") };
        assert_eq!(row.panels.len(), 2);
        assert_eq!((numbers.names.last().map(String::as_str), numbers.rows.len()), (Some("code"), 5));
        assert_eq!(numbers.rows[2], [2.0, 1.0, 2.0, 0.5, 3.0].map(Entry::from));
    }
}
