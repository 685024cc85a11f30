//! How images come out: a row an image or a setting, a column a time of the path.

use super::aspect::{Seen, WallError};
use crate::figure::{Picture, PictureRow, Pictures};
use crate::sampler::sequence::SequenceTrace;
use std::ops::Range;

/// The images `images` of each trace at `columns` ≥ 2 times whose κ are as evenly spread as its frames allow, from the
/// start to the end. A trace has a name, which its first row carries.
///
/// # Errors
/// If the states are none of the tokenizer's, or a denoiser fails.
pub fn denoising_strip(
    runs: &[(String, Seen<'_>)],
    images: Range<usize>,
    columns: usize,
) -> Result<Pictures, WallError> {
    let mut rows = Vec::new();
    for (name, seen) in runs {
        let each = 3 * seen.tokenizer.side().pow(2);
        let moments = spread(seen.trace, columns.max(2)).into_iter();
        let moments = moments.map(|(frame, kappa)| Ok((kappa, seen.images(frame, images.clone())?)));
        let moments: Vec<(f64, Vec<u8>)> = moments.collect::<Result<_, WallError>>()?;
        let count = moments.first().map_or(0, |(_, pixels)| pixels.len() / each);
        for image in 0..count {
            let picture = |(kappa, pixels): &(f64, Vec<u8>)| Picture {
                title: format!("κ = {kappa:.2}"),
                pixels: pixels[image * each..][..each].to_vec(),
            };
            let label = if image == 0 { name.clone() } else { String::new() };
            rows.push(PictureRow { label, pictures: moments.iter().map(picture).collect() });
        }
    }
    let first = runs.first().map(|(_, seen)| seen);
    let title = first.and_then(|seen| seen.aspect.title()).unwrap_or_default().to_owned();
    let bar = first.and_then(|seen| seen.aspect.bar(seen.tokenizer));
    Ok(Pictures { title, rows, bar, ..Pictures::default() })
}

/// The images of a strip of `rows` rows: from the one that is picked, or as many before it as there are too few after it.
pub fn rows_from(picked: Option<usize>, rows: usize, images: usize) -> Range<usize> {
    let rows = rows.min(images);
    let first = picked.unwrap_or(0).min(images - rows);
    first..first + rows
}

/// Frames of a trace, each with its κ.
fn spread(trace: &SequenceTrace, columns: usize) -> Vec<(usize, f64)> {
    let kappas: Vec<f64> = trace
        .frames()
        .iter()
        .map(|&step| trace.records().get(step).map_or(0.0, |record| record.kappa))
        .collect();
    let nearest = |wanted: f64| {
        let far = |kappa: f64| (kappa - wanted).abs();
        let best = kappas.iter().enumerate().min_by(|a, b| far(*a.1).total_cmp(&far(*b.1)));
        best.map(|(frame, kappa)| (frame, *kappa))
    };
    (0..columns).filter_map(|column| nearest(column as f64 / (columns - 1) as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::{NEUTRAL, TokenSpec, Tokenizer};
    use crate::denoiser::sequence::Independent;
    use crate::flow::{Scheduler, SequenceSource};
    use crate::sampler::sequence::{SequenceConfig, SequenceSetup, run_sequences};
    use crate::view::sequence::Aspect;
    use std::ops::ControlFlow;

    #[test]
    fn columns_go_evenly_from_noise_to_data() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Gray(4), 8, None).expect("a tokenizer");
        let denoiser = Independent::new(vec![1; 64], 64, 4, 0.5, SequenceSource::Mask).expect("a denoiser");
        let config = SequenceConfig { steps: 200, scheduler: Scheduler::Cubic, ..SequenceConfig::default() };
        let mut trace = SequenceTrace::new(64);
        let setup = SequenceSetup { denoiser: &denoiser, config, count: 3, first: 0, given: None };
        let run = run_sequences(setup, |moment| {
            trace.record(moment);
            ControlFlow::Continue(())
        });
        let end = run.expect("a run").states;
        let seen = Seen {
            trace: &trace,
            denoiser: &denoiser,
            tokenizer: &tokenizer,
            scheduler: Scheduler::Cubic,
            aspect: Aspect::Tokens,
        };
        let runs = [("cubic".to_owned(), seen), ("again".to_owned(), seen)];
        let strip = denoising_strip(&runs, 0..2, 5).expect("a strip");
        let labels: Vec<_> = strip.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(labels, ["cubic", "", "again", ""]);
        let row = &strip.rows[1].pictures;
        let titles: Vec<_> = row.iter().map(|picture| picture.title.as_str()).collect();
        assert_eq!(titles, ["κ = 0.00", "κ = 0.25", "κ = 0.50", "κ = 0.75", "κ = 1.00"]);
        let known =
            |picture: &Picture| picture.pixels.as_chunks::<3>().0.iter().filter(|c| **c != NEUTRAL).count();
        assert_eq!((known(&row[0]), known(&row[4])), (0, 64));
        assert!(row.windows(2).all(|two| known(&two[0]) < known(&two[1])));
        assert_eq!(row[4].pixels, tokenizer.decode(&end[64..128]).expect("an image"));
    }
}
