//! Both ways to compute a network agree.

use super::super::Gradients;
use super::super::pass::Pass;
use super::super::tests::{batch, with_attention};
use super::*;
use crate::data::codec::image::TokenSpec;
use crate::flow::SequenceSource;

const CASES: [(TokenSpec, usize, SequenceSource, [bool; 3]); 6] = [
    (TokenSpec::Rgb(256), 0, SequenceSource::Mask, [false; 3]),
    (TokenSpec::Palette(7), 5, SequenceSource::Mask, [false; 3]),
    (TokenSpec::Gray(9), 5, SequenceSource::Uniform, [false; 3]),
    (TokenSpec::Palette(7), 0, SequenceSource::Uniform, [false; 3]),
    (TokenSpec::Gray(9), 5, SequenceSource::Mask, [true; 3]),
    (TokenSpec::Palette(7), 0, SequenceSource::Uniform, [false, true, true]),
];

/// The largest difference over the largest value.
fn apart(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let most = expected.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    found.iter().zip(expected).fold(0.0f32, |apart, (a, b)| apart.max((a - b).abs())) / most.max(1e-6)
}

fn agree_on(device: &Device) {
    for (spec, classes, source, attention) in CASES {
        let net = with_attention(spec, classes, source, attention);
        let batch = batch(&net);
        let on_device = DeviceNet::new(&net, device);
        let values = on_device.values(&net.values);
        let told: Vec<Told> = batch.iter().map(|e| Told { class: e.class, kappa: e.kappa }).collect();
        let states: Vec<u16> = batch.iter().flat_map(|e| e.state.clone()).collect();
        let parameters = on_device.parameters(&values, false);
        let [outputs, base] = on_device.infer(&parameters, &told, &states).expect("an answer");
        let prepared = net.prepare(false);
        let mut pass = Pass::default();
        let (mut all, mut bases) = (Vec::new(), Vec::new());
        for (told, example) in told.iter().zip(&batch) {
            net.infer(&prepared, *told, &example.state, &mut pass);
            all.extend_from_slice(&pass.outputs);
            bases.extend_from_slice(&pass.features.base);
        }
        assert!(apart(&base, &bases) < 1e-5, "{spec} {source}: bases {}", apart(&base, &bases));
        assert!(apart(&outputs, &all) < 1e-4, "{spec} {source}: outputs {}", apart(&outputs, &all));
        let mut room = Gradients::default();
        let expected = net.gradient(&batch, &mut room);
        let (loss, gradient) = on_device.gradient(&values, &batch).expect("a gradient");
        assert!((loss - expected).abs() < 1e-4 * expected, "{spec} {source}: {loss} {expected}");
        let gradient = gradient.into_data().try_to_vec::<f32>().expect("numbers");
        let mut start = 0;
        for (name, shape) in net.arrays() {
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            let apart = apart(&gradient[range.clone()], &room.total[range]);
            assert!(apart < 1e-4, "{spec} {source} {name}: {apart}");
        }
    }
}

#[test]
fn both_engines_agree_on_the_cpu() {
    agree_on(&Device::flex());
}
