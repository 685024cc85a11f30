//! Curves of distance to the target against evaluations, measured for a command.

use crate::cli::console::Console;
use crate::cli::{CliError, GlobalArgs};
use crate::experiment::grid::DenoiserSpec;
use crate::flow::GridPath;
use crate::sampler::SamplerError;
use crate::sampler::grid::{Curve, Method, Sampler, SamplerConfig, curve_point};
use std::sync::Arc;

/// The curve of every sampler with every denoiser at every number of `steps`, without Monte-Carlo noise, and a note on
/// each method that is left out, because the flow does not have it or its pmf takes too long: none of its curves is
/// half. It is said, too.
///
/// # Errors
/// Of a denoiser, and why a method is left out if no other is left.
pub(in crate::cli::grid) fn measured_curves(
    path: &Arc<GridPath>,
    (specs, global): (&[DenoiserSpec], &GlobalArgs),
    (samplers, steps): (&[Sampler], &[usize]),
    console: &Console,
) -> Result<(Vec<Curve>, Vec<String>), CliError> {
    let bar = console
        .bar((specs.len() * samplers.len() * steps.len()) as u64, "{bar:40} {pos} of {len} runs  {eta} left");
    let mut curves: Vec<Curve> = Vec::new();
    let mut left_out: Vec<(Method, String)> = Vec::new();
    for spec in specs {
        let denoiser = spec.build(path, global)?;
        let name = (specs.len() > 1).then(|| spec.to_string());
        for &sampler in samplers {
            let Sampler { scheduler, config } = sampler;
            let mut curve = Curve { denoiser: name.clone(), sampler, points: Vec::new(), error: None };
            for &steps in steps {
                bar.inc(1);
                if left_out.iter().any(|(gone, _)| *gone == config.method) {
                    continue;
                }
                let config = SamplerConfig { steps, ..config };
                match curve_point(path, denoiser.as_ref(), scheduler, config, || true) {
                    Err(SamplerError::Setting(why)) => left_out.push((config.method, why.to_string())),
                    done => curve.points.extend(done?),
                }
            }
            curves.push(curve);
        }
    }
    bar.finish_and_clear();
    // A method whose first steps are quick may turn out too slow later.
    let began = curves.iter().any(|curve| !curve.points.is_empty());
    curves.retain(|curve| left_out.iter().all(|(gone, _)| *gone != curve.sampler.config.method));
    match left_out.first() {
        Some((_, why)) if !began => return Err(CliError::Input(why.clone())),
        Some((method, why)) if curves.is_empty() => {
            return Err(CliError::Failed(format!("nothing was measured: {method} is left out: {why}")));
        }
        _ => {}
    }
    for (method, why) in &left_out {
        console.warn(&format!("{method} is left out: {why}"));
    }
    Ok((curves, left_out.iter().map(|(method, why)| format!("left out {method}: {why}")).collect()))
}
