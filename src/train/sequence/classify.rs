//! Training the classifier whose features distances between sets of images are measured in.

use super::Mirror;
use super::batches::mirror;
use super::spare::Spare;
use crate::data::images::{ImageData, ImageSource, Part};
use crate::flow::metrics::Moments;
use crate::model::sequence::{
    Classifier, ClassifierFile, ClassifierGradients, ClassifierRecipe, DeviceClassifier, FEATURES,
};
use crate::random::{Purpose, stream};
use crate::train::TrainError;
use crate::train::optimizer::{DeviceOptimizer, Optimizer, Stride};
use burn::tensor::{Device, Tensor};
use rand::RngExt;
use std::sync::Arc;

/// Images a step.
const BATCH: usize = 64;
/// Adam's learning rate at the start; it falls to nothing along half a cosine.
const RATE: f64 = 2e-3;
/// How much a step forgets the weights, times the learning rate.
const WEIGHT_DECAY: f64 = 0.05;
/// Pixels an image is shifted by, at most.
const SHIFT: i64 = 4;
const SIDE: usize = 32;
/// Images whose statistics are taken at a time.
const CHUNK: usize = 512;
/// Images to train on that the statistics are of, of a set without end.
const REFERENCE: usize = 10_000;

/// A run.
pub struct ClassifierTrainer {
    data: Arc<ImageData>,
    engine: Engine,
    seed: u64,
    mirrored: bool,
    steps: u64,
    /// Seconds spent, as the caller says.
    pub seconds: f64,
    /// As it was a moment ago, and after how many steps, where the device can be lost.
    spare: Option<Spare<(Classifier, Optimizer, u64)>>,
}

/// What computes its steps.
enum Engine {
    /// The classifier as it is written out.
    Cpu(Box<(Classifier, Optimizer, ClassifierGradients)>),
    /// burn, on a device.
    Device(Box<DeviceEngine>),
}

struct DeviceEngine {
    /// Has the sizes; its numbers are the first ones.
    sizes: Classifier,
    net: DeviceClassifier,
    values: Tensor<1>,
    optimizer: DeviceOptimizer,
}

impl Engine {
    fn new(classifier: Classifier, device: &Device) -> Self {
        if *device == Device::flex() {
            let optimizer = Optimizer::without_average(classifier.values());
            return Self::on_cpu(classifier, optimizer);
        }
        let net = DeviceClassifier::new(&classifier, device);
        let values = net.values(classifier.values());
        let zeros = values.zeros_like();
        // Nothing is kept of the old average: it is where the parameters are.
        let optimizer = DeviceOptimizer { average: values.clone(), first: zeros.clone(), second: zeros };
        Self::Device(Box::new(DeviceEngine { sizes: classifier, net, values, optimizer }))
    }

    fn on_cpu(classifier: Classifier, optimizer: Optimizer) -> Self {
        Self::Cpu(Box::new((classifier, optimizer, ClassifierGradients::default())))
    }

    /// One update of everything; the loss, after which nothing has changed if it is no number.
    fn step(&mut self, pixels: &[u8], labels: &[u8], stride: Stride) -> Result<f64, TrainError> {
        match self {
            Self::Cpu(engine) => {
                let (classifier, optimizer, room) = &mut **engine;
                let loss = classifier.gradient(pixels, labels, room);
                if loss.is_finite() {
                    optimizer.step(classifier.values_mut(), &room.total, stride);
                }
                Ok(loss)
            }
            Self::Device(engine) => {
                let DeviceEngine { net, values, optimizer, .. } = &mut **engine;
                let (loss, gradient) = net.gradient(values, pixels, labels).map_err(TrainError::Device)?;
                if loss.is_finite() {
                    *values = optimizer.step(values.clone(), gradient, stride);
                }
                Ok(loss)
            }
        }
    }

    fn features(&self, pixels: &[u8]) -> Result<Vec<f32>, TrainError> {
        match self {
            Self::Cpu(engine) => Ok(engine.0.features(pixels)),
            Self::Device(engine) => engine.net.features(&engine.values, pixels).map_err(TrainError::Device),
        }
    }

    fn classifier(&self) -> Result<Classifier, TrainError> {
        match self {
            Self::Cpu(engine) => Ok(engine.0.clone()),
            Self::Device(engine) => engine.classifier(),
        }
    }
}

impl DeviceEngine {
    fn classifier(&self) -> Result<Classifier, TrainError> {
        Classifier::from_values(self.sizes.classes(), read(&self.values)?).map_err(TrainError::Misfit)
    }

    /// For the CPU.
    fn state(&self, steps: u64) -> Result<(Classifier, Optimizer, u64), TrainError> {
        let (first, second) = (read(&self.optimizer.first)?, read(&self.optimizer.second)?);
        Ok((self.classifier()?, Optimizer { average: Vec::new(), first, second }, steps))
    }
}

/// The numbers of an array on a device.
fn read(tensor: &Tensor<1>) -> Result<Vec<f32>, TrainError> {
    let data = tensor.clone().try_into_data().map_err(|e| TrainError::Device(e.into()))?;
    data.try_into_vec::<f32>().map_err(|e| TrainError::Device(e.into()))
}

impl ClassifierTrainer {
    /// On images of 32 × 32 pixels with classes, computed on `device`.
    ///
    /// # Errors
    /// If the images have another size, or fewer than two classes.
    pub fn new(data: Arc<ImageData>, seed: u64, mirror: Mirror, device: &Device) -> Result<Self, TrainError> {
        if data.train.side() != SIDE || data.classes.len() < 2 {
            let why = format!(
                "a classifier needs images of {SIDE}×{SIDE} pixels in at least two classes: {} has {} classes",
                data.source,
                data.classes.len()
            );
            return Err(TrainError::Misfit(why));
        }
        let classifier = Classifier::new(data.classes.len(), seed);
        let spare = (*device != Device::flex())
            .then(|| Spare::new((classifier.clone(), Optimizer::without_average(classifier.values()), 0)));
        let engine = Engine::new(classifier, device);
        Ok(Self { mirrored: mirror.of(&data), data, engine, seed, steps: 0, seconds: 0.0, spare })
    }

    /// Whether it is on the CPU, which can't be lost.
    pub fn is_on_cpu(&self) -> bool {
        self.spare.is_none()
    }

    /// Goes on on the CPU from the last copy in memory, after the device has failed; false on the CPU itself, which can't be
    /// lost.
    pub fn leave_device(&mut self) -> bool {
        let Some(Spare { kept: (classifier, optimizer, steps), .. }) = self.spare.take() else {
            return false;
        };
        (self.engine, self.steps) = (Engine::on_cpu(classifier, optimizer), steps);
        true
    }

    /// Whether images are seen mirrored as often as not.
    pub fn mirrored(&self) -> bool {
        self.mirrored
    }

    /// Images seen.
    pub fn images(&self) -> u64 {
        self.steps * BATCH as u64
    }

    /// One step, `share` of the whole run being over; the loss of its batch, nats.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] if the loss is no number any more, [`TrainError::Device`] if the device fails.
    pub fn step(&mut self, share: f64) -> Result<f64, TrainError> {
        let number = self.steps + 1;
        let mut rng = stream(self.seed, Purpose::Batches, number);
        let (mut pixels, mut labels) =
            (Vec::with_capacity(BATCH * SIDE * SIDE * 3), Vec::with_capacity(BATCH));
        let mut image = vec![0; SIDE * SIDE * 3];
        for j in 0..BATCH {
            let index = match self.data.train.len() {
                Some(count) => rng.random_range(0..count.max(1)),
                None => (number - 1) * BATCH as u64 + j as u64,
            };
            labels.push(self.data.train.image(index, &mut image).unwrap_or(0));
            if self.mirrored && rng.random() {
                mirror(&mut image, SIDE);
            }
            let shift = [0, 1].map(|_| rng.random_range(-SHIFT..=SHIFT));
            shifted(&image, shift, &mut pixels);
        }
        // A short warm-up, then half a cosine.
        let warm = (number as f64 / 30.0).min(1.0);
        let rate = RATE * warm * 0.5 * (1.0 + (std::f64::consts::PI * share.clamp(0.0, 1.0)).cos());
        let stride = Stride { number, learning_rate: rate, weight_decay: WEIGHT_DECAY, keep: 0.0 };
        let loss = self.engine.step(&pixels, &labels, stride)?;
        if !loss.is_finite() {
            return Err(TrainError::Diverged { loss: loss as f32, step: number, learning_rate: rate });
        }
        self.steps = number;
        if let (Some(spare), Engine::Device(engine)) = (&mut self.spare, &self.engine) {
            spare.renew(|| engine.state(number))?;
        }
        Ok(loss)
    }

    /// The share of the first `count` images held out that it classifies rightly, and how many those are.
    fn accuracy(&self, classifier: &Classifier, count: usize) -> (f64, usize) {
        let set = self.data.held_out.first(count);
        let pixels: Vec<u8> = (0..set.len()).flat_map(|i| set.image(i).to_vec()).collect();
        let found = classifier.classify(&pixels);
        let right = (0..set.len()).filter(|&i| set.label(i) == Some(found[i])).count();
        (right as f64 / set.len().max(1) as f64, set.len())
    }

    /// The file, with the statistics of all images to train on.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn file(&self) -> Result<ClassifierFile, TrainError> {
        let classifier = self.engine.classifier()?;
        let count = self.data.train.len().map_or(REFERENCE, |len| len as usize);
        let (accuracy, held_out) = self.accuracy(&classifier, usize::MAX);
        let mut features = Vec::with_capacity(count * FEATURES);
        for start in (0..count).step_by(CHUNK) {
            let pixels = pixels_of(&self.data.train, start, CHUNK.min(count - start));
            features.extend(self.engine.features(&pixels)?);
        }
        Ok(ClassifierFile {
            recipe: ClassifierRecipe {
                version: ClassifierRecipe::VERSION,
                data: ImageSource::clone(&self.data.source),
                classes: self.data.classes.clone(),
                images: self.images(),
                seconds: self.seconds,
                accuracy,
                held_out,
                reference: count,
            },
            classifier,
            reference: Moments::of(&features, FEATURES),
        })
    }
}

/// `count` images of a part from `start` on, \[count, R, R, 3\].
pub fn pixels_of(part: &Part, start: usize, count: usize) -> Vec<u8> {
    let size = part.side() * part.side() * 3;
    let mut all = vec![0; count * size];
    for (n, image) in all.chunks_exact_mut(size).enumerate() {
        part.image((start + n) as u64, image);
    }
    all
}

/// The image, shifted; what comes in is what is nearest to it.
fn shifted(image: &[u8], [dx, dy]: [i64; 2], out: &mut Vec<u8>) {
    let last = SIDE as i64 - 1;
    for y in 0..SIDE as i64 {
        for x in 0..SIDE as i64 {
            let at = ((y + dy).clamp(0, last) * SIDE as i64 + (x + dx).clamp(0, last)) as usize;
            out.extend_from_slice(&image[3 * at..3 * at + 3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_learned_and_what_is_learned_tells_sets_apart() {
        let data = Arc::new(ImageSource::Shapes.load(32, 0).expect("shapes"));
        let mut trainer =
            ClassifierTrainer::new(data.clone(), 0, Mirror::Auto, &Device::flex()).expect("a trainer");
        let accuracy = |trainer: &ClassifierTrainer| {
            trainer.accuracy(&trainer.engine.classifier().expect("a classifier"), 300).0
        };
        let before = accuracy(&trainer);
        for step in 0..100 {
            trainer.step(f64::from(step) / 100.0).expect("a step");
        }
        let after = accuracy(&trainer);
        assert!(after > before + 0.1, "{before} {after}");
        let seen = |pixels: &[u8]| Moments::of(&trainer.engine.features(pixels).expect("features"), FEATURES);
        let real = seen(&pixels_of(&data.train, 0, 400));
        let other = seen(&pixels_of(&data.train, 400, 400));
        let noisy: Vec<u8> = pixels_of(&data.train, 400, 400)
            .iter()
            .enumerate()
            .map(|(i, x)| x ^ ((i % 7) as u8 * 36))
            .collect();
        assert!(real.frechet(&other) < real.frechet(&seen(&noisy)), "noise is farther than chance");
        let small = ImageSource::Shapes.load(8, 0).expect("shapes");
        assert!(ClassifierTrainer::new(Arc::new(small), 0, Mirror::Auto, &Device::flex()).is_err());
    }

    #[test]
    fn a_lost_device_is_left_for_the_cpu_where_the_copy_is() {
        let data = Arc::new(ImageSource::Shapes.load(32, 0).expect("shapes"));
        let trainer =
            || ClassifierTrainer::new(data.clone(), 0, Mirror::Auto, &Device::flex()).expect("a trainer");
        let (mut run, mut other) = (trainer(), trainer());
        assert!(!run.leave_device(), "the CPU is not lost");
        run.step(0.0).expect("a step");
        if let Engine::Cpu(engine) = &run.engine {
            run.spare = Some(Spare::new((engine.0.clone(), engine.1.clone(), 1)));
        }
        let after = run.step(0.1).expect("a step");
        assert!(run.leave_device() && run.steps == 1);
        other.step(0.0).expect("a step");
        assert_eq!([run.step(0.1).expect("a step"), other.step(0.1).expect("a step")], [after; 2]);
    }

    #[test]
    fn a_shift_moves_pixels_and_repeats_the_edge() {
        let image: Vec<u8> = (0..SIDE * SIDE * 3).map(|i| (i / 3 % SIDE) as u8).collect();
        let mut out = Vec::new();
        shifted(&image, [3, 0], &mut out);
        assert_eq!([out[0], out[3 * 20], out[3 * 31]], [3, 23, 31]);
    }
}
