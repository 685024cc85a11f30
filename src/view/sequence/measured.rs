//! What was measured with the networks that come with the program: quality against passes, and against the scheduler a
//! network was trained with.

use crate::figure::{Dash, LinePlot, Look, Series};
use crate::view::{Chart, Table};
use serde::Deserialize;

/// One run of `eval nfe`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct NfePoint {
    /// The sampler's name.
    pub sampler: String,
    /// Its steps.
    pub steps: usize,
    /// Passes an image.
    pub nfe: f64,
    /// Squared Fréchet distance to real images.
    pub frechet: f64,
    /// That of as many real images held out.
    pub frechet_floor: Option<f64>,
    /// Of a finished image, nats.
    pub sequence_entropy: f64,
    /// Images sampled.
    pub samples: usize,
}

/// One entry of `eval matrix`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MatrixEntry {
    /// The scheduler that spread κ in training.
    pub trained: String,
    /// The one that is sampled with.
    pub sampled: String,
    /// Images the network has seen.
    pub images_seen: u64,
    /// Its held-out bound.
    pub bits_per_dimension: f64,
    /// Squared Fréchet distance to real images.
    pub frechet: f64,
    /// Steps of sampling.
    pub steps: usize,
    /// Images sampled.
    pub samples: usize,
}

/// One run of `eval images --asked`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct AskedPoint {
    /// The sampler's name.
    pub sampler: String,
    /// Classifier-free guidance.
    pub guidance: f64,
    /// Its steps.
    pub steps: usize,
    /// Images sampled, every class in turn.
    pub asked: usize,
    /// Those that the classifier takes for what was asked for.
    pub right: usize,
    /// The share of real images held out that it takes for what they are.
    pub real: f64,
}

/// Reads the rows of a CSV file of one of the commands.
///
/// # Errors
/// Names the row that can't be read.
pub fn read_rows<T: for<'de> Deserialize<'de>>(text: &str) -> Result<Vec<T>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// The samplers in the order they were measured.
fn samplers(points: &[NfePoint]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for point in points {
        if !names.contains(&point.sampler.as_str()) {
            names.push(&point.sampler);
        }
    }
    names
}

/// Fréchet distance against passes: a curve a sampler, and the floor.
pub fn nfe_chart(points: &[NfePoint]) -> Chart {
    let mut series: Vec<Series> = samplers(points)
        .into_iter()
        .enumerate()
        .map(|(color, name)| {
            let of = points.iter().filter(|point| point.sampler == name);
            let line = of.map(|point| [point.nfe, point.frechet]).collect();
            Series { look: Some(Look { color, ..Look::default() }), ..Series::new(name, line) }
        })
        .collect();
    let floor = points.iter().find_map(|point| point.frechet_floor);
    let [least, most] = [f64::min, f64::max].map(|of| points.iter().map(|p| p.nfe).reduce(of).unwrap_or(1.0));
    if let Some(floor) = floor {
        let look = Some(Look { color: 6, dash: Dash::Dashed, ..Look::default() });
        let line = vec![[least, floor], [most, floor]];
        series.push(Series { look, dashed: true, ..Series::new("as many real images held out", line) });
    }
    let mut numbers =
        Table::new(&["sampler", "steps", "nfe", "frechet", "frechet_floor", "sequence_entropy", "samples"]);
    numbers.rows.extend(points.iter().map(|p| {
        vec![
            p.sampler.clone().into(),
            p.steps.into(),
            p.nfe.into(),
            p.frechet.into(),
            p.frechet_floor.into(),
            p.sequence_entropy.into(),
            p.samples.into(),
        ]
    }));
    let samples = points.first().map_or(0, |point| point.samples);
    let plot = LinePlot {
        title: "samples against NFE".to_owned(),
        x_label: "denoiser evaluations an image (NFE)".to_owned(),
        y_label: "squared Fréchet distance".to_owned(),
        series,
        log_x: true,
        log_y: true,
        ..LinePlot::default()
    };
    let notes =
        vec![format!("{samples} images a point, in the features of a small classifier of this program")];
    Chart { plot, numbers, notes, ..Chart::default() }
}

/// The share that is what was asked for against steps: a curve a sampler and guidance, and that of real images.
pub fn asked_chart(points: &[AskedPoint]) -> Chart {
    let name = |point: &AskedPoint| match point.guidance {
        1.0 => point.sampler.clone(),
        guidance => format!("{}, guidance {guidance}", point.sampler),
    };
    let share = |point: &AskedPoint| point.right as f64 / point.asked.max(1) as f64;
    let mut series: Vec<Series> = Vec::new();
    for point in points {
        let (label, at) = (name(point), [point.steps as f64, share(point)]);
        match series.iter_mut().find(|series| series.label == label) {
            Some(series) => series.points.push(at),
            None => {
                let look = Some(Look { color: series.len(), ..Look::default() });
                series.push(Series { look, ..Series::new(&label, vec![at]) });
            }
        }
    }
    let steps = || points.iter().map(|point| point.steps as f64);
    let [least, most] = [f64::min, f64::max].map(|of| steps().reduce(of).unwrap_or(1.0));
    if let Some(real) = points.first().map(|point| point.real) {
        let look = Some(Look { color: 6, dash: Dash::Dashed, ..Look::default() });
        let line = vec![[least, real], [most, real]];
        series.push(Series { look, dashed: true, ..Series::new("real images held out", line) });
    }
    let mut numbers = Table::new(&["sampler", "guidance", "steps", "asked", "right", "real"]);
    numbers.rows.extend(points.iter().map(|p| {
        vec![
            p.sampler.clone().into(),
            p.guidance.into(),
            p.steps.into(),
            p.asked.into(),
            p.right.into(),
            p.real.into(),
        ]
    }));
    let asked = points.first().map_or(0, |point| point.asked);
    let plot = LinePlot {
        title: "samples that are what was asked for".to_owned(),
        x_label: "steps".to_owned(),
        y_label: "share of the samples".to_owned(),
        series,
        log_x: true,
        ..LinePlot::default()
    };
    let notes = vec![format!("{asked} images a point, by a small classifier of this program")];
    Chart { plot, numbers, notes, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_become_a_curve_a_sampler_and_guidance() {
        let text = "sampler,guidance,steps,asked,right,real\ncubic,1,4,200,150,0.95\ncubic,2,4,200,190,0.95\n\
                    cubic,1,8,200,180,0.95\n";
        let points: Vec<AskedPoint> = read_rows(text).expect("rows");
        let chart = asked_chart(&points);
        let labels: Vec<&str> = chart.plot.series.iter().map(|series| series.label.as_str()).collect();
        assert_eq!(labels, ["cubic", "cubic, guidance 2", "real images held out"]);
        assert_eq!(chart.plot.series[0].points, [[4.0, 0.75], [8.0, 0.9]]);
        assert_eq!(chart.plot.series[2].points, [[4.0, 0.95], [8.0, 0.95]]);
        assert_eq!(chart.numbers.rows.len(), 3);
        assert!(chart.notes[0].starts_with("200 images"));
    }

    #[test]
    fn rows_become_a_curve_a_sampler() {
        let text = "sampler,steps,nfe,frechet,frechet_floor,sequence_entropy,samples,seconds\n\
                    linear,4,3.5,9,0.5,2,64,1\ncubic,4,3.2,8,0.5,2,64,1\nlinear,8,7,4,0.5,2,64,1\n";
        let points: Vec<NfePoint> = read_rows(text).expect("rows");
        assert_eq!(samplers(&points), ["linear", "cubic"]);
        let chart = nfe_chart(&points);
        assert_eq!(chart.plot.series.len(), 3);
        assert_eq!(chart.plot.series[0].points, [[3.5, 9.0], [7.0, 4.0]]);
        assert_eq!(chart.plot.series[2].points, [[3.2, 0.5], [7.0, 0.5]]);
        assert_eq!(chart.numbers.rows.len(), 3);
        assert!(read_rows::<NfePoint>("sampler,steps\nlinear,x\n").is_err());
    }
}
