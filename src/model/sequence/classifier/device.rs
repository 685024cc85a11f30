//! The same classifier as operations of burn, on any of its devices.

use super::super::Products;
use super::super::device::{Parameters, block, gather, normalise};
use super::{Classifier, ClassifierLayout, FEATURES, PIXELS, SIDE};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Images that go through it together; more of a batch follow.
const AT_ONCE: usize = 256;

/// A classifier on a device: what is the same whatever its parameters are.
#[derive(Clone)]
pub struct DeviceClassifier {
    layout: ClassifierLayout,
    device: Device,
}

impl DeviceClassifier {
    /// The classifier's sizes on `device`, without its parameters.
    pub fn new(classifier: &Classifier, device: &Device) -> Self {
        Self { layout: classifier.layout.clone(), device: device.clone() }
    }

    /// `values` \[P\] on the device.
    pub fn values(&self, values: &[f32]) -> Tensor<1> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &self.device)
    }

    /// What it sees in `images` \[B, 32, 32, 3\], \[B, [`FEATURES`]\], and the logits of their classes.
    fn forward(&self, p: &Parameters, images: &[u8]) -> [Tensor<2>; 2] {
        let b = images.len() / PIXELS;
        let bytes = images.iter().map(|byte| f32::from(*byte) / 63.75 - 2.0).collect();
        let pixels: Tensor<4> = Tensor::from_data(TensorData::new(bytes, [b, SIDE, SIDE, 3]), &self.device);
        let layout = &self.layout;
        let mut map = p.linear(&layout.stem, gather(pixels));
        for stage in 0..3 {
            map = layout.stages[stage].iter().fold(map, |map, at| block(p, at, (None, None), map));
            if let Some(smaller) = layout.smaller.get(stage) {
                map = p.linear(smaller, gather(map));
            }
        }
        let features = normalise(map).mean_dim(1).mean_dim(2);
        let logits = p.linear(&layout.head, features.clone());
        [features.reshape([b, FEATURES]), logits.reshape([b, layout.head.to])]
    }

    /// [`Classifier::features`].
    ///
    /// # Errors
    /// If the device fails.
    pub fn features(&self, values: &Tensor<1>, images: &[u8]) -> anyhow::Result<Vec<f32>> {
        let parameters = Parameters::of(&self.layout.names, values);
        let mut all = Vec::with_capacity(images.len() / PIXELS * FEATURES);
        for piece in images.chunks(AT_ONCE * PIXELS) {
            let [features, _] = self.forward(&parameters, piece);
            all.extend(features.try_into_data()?.try_into_vec::<f32>()?);
        }
        Ok(all)
    }

    /// The loss of [`Classifier::gradient`] and its gradient \[P\].
    ///
    /// # Errors
    /// If the device fails.
    pub fn gradient(
        &self,
        values: &Tensor<1>,
        images: &[u8],
        labels: &[u8],
    ) -> anyhow::Result<(f64, Tensor<1>)> {
        let labels: Vec<i32> = labels.iter().map(|label| i32::from(*label)).collect();
        let b = labels.len();
        let labels: Tensor<2, Int> = Tensor::from_data(TensorData::new(labels, [b, 1]), &self.device);
        Parameters::learning(&self.layout.names, values, Products::Single).learn(|parameters| {
            let [_, logits] = self.forward(parameters, images);
            log_softmax(logits, 1).gather(1, labels.clone()).mean().neg()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::ClassifierGradients;
    use super::*;
    use crate::data::images::ImageSource;

    #[test]
    fn it_sees_and_learns_what_the_one_on_the_cpu_does() {
        let set = ImageSource::Shapes.load(SIDE, 1).expect("shapes").train.first(6);
        let images: Vec<u8> = (0..6).flat_map(|i| set.image(i).to_vec()).collect();
        let labels: Vec<u8> = (0..6).map(|i| set.label(i).expect("a label")).collect();
        let mut classifier = Classifier::new(10, 3);
        // At first its head says nothing, and nothing before it learns.
        let numbers = classifier.values_mut().iter_mut().enumerate();
        numbers.for_each(|(i, x)| *x += 0.02 * (i as f32 * 0.7).sin());
        let on_device = DeviceClassifier::new(&classifier, &Device::flex());
        let values = on_device.values(classifier.values());
        let near = |found: &[f32], expected: &[f32], what: &str| {
            assert_eq!(found.len(), expected.len());
            let most = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
            for (a, b) in found.iter().zip(expected) {
                assert!((a - b).abs() < 1e-4 * most, "{what}: {a} {b} of {most}");
            }
        };
        let features = on_device.features(&values, &images).expect("features");
        near(&features, &classifier.features(&images), "features");
        let mut room = ClassifierGradients::default();
        let expected = classifier.gradient(&images, &labels, &mut room);
        let (loss, gradient) = on_device.gradient(&values, &images, &labels).expect("a gradient");
        assert!((loss - expected).abs() < 1e-5 * expected, "{loss} {expected}");
        let gradient = gradient.into_data().try_to_vec::<f32>().expect("numbers");
        let mut start = 0;
        for (name, shape) in &classifier.layout.names {
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            near(&gradient[range.clone()], &room.total[range], name);
        }
    }
}
