//! How much memory a run needs, said before it begins, and whether there is room for it.

use super::Pace;
use crate::data::memory::in_words;
use crate::flow::counted;
use crate::model::sequence::{AT_ONCE, CountedGradient};
use crate::train::TrainError;

/// Bytes of a number.
const NUMBER: u64 = size_of::<f32>() as u64;
/// Arrays as long as the parameters: themselves, their average and the two moments.
const OF_A_RUN: u64 = 4;
/// Of the same length while a file is written: the four copied, and the four in the file's form.
const OF_A_FILE: u64 = 8;
/// On a device while a step is made of a gradient: the moments and the rest before and after it.
const OF_A_STEP: u64 = 4;

/// What a run needs besides its images or texts and the program.
///
/// Measured: with 60 MiB for program and images it is within 8% of the high-water mark of training on the CPU, for seven
/// networks from 77 MiB to 2.8 GiB (the three named sizes on shapes of 32 × 32 pixels of rgb:256 within 4%); the question
/// about 256 images held out takes up to 60 MiB more. Of a small network for digits on a software driver, batches of 16, burn's
/// allocator held 41.6 MiB where 41.9 are counted; of one with 0.1 million parameters, batches of 4, 15 MiB where 5.4 are
/// counted: pages, and the 64 images of a question, are more than the run itself there.
///
/// Of texts, with 93 MiB for program and Shakespeare, it is within 9% on the CPU for five networks up to 2.6 GiB; of one with
/// attention over 1,024 tokens the question about texts held out takes 80 MiB more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunMemory {
    /// Bytes of the machine.
    pub machine: u64,
    /// Bytes on another device than the CPU, and those of the largest array there.
    pub device: Option<[u64; 2]>,
}

/// What there is for a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryRoom {
    /// Bytes that the machine has left; none if nobody knows.
    pub left: Option<u64>,
    /// The device, if it is not the CPU.
    pub device: Option<DeviceRoom>,
}

/// What is known of a device. How much memory it has in all, it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceRoom {
    /// Bytes of the largest array.
    pub largest: u64,
    /// Whether it computes in the memory of the machine, as a software driver does.
    pub shares: bool,
}

/// Why a run finds no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRoom {
    /// In words, without what could be done.
    pub why: String,
    /// The largest batch that would find room, if one of a power of two does.
    pub batch: Option<usize>,
}

impl RunMemory {
    /// Of a run of `network` at this `pace`.
    pub fn of(network: &impl CountedGradient, pace: &Pace, on_device: bool) -> Self {
        let parameters = network.parameters() as u64;
        if !on_device {
            let gradient = network.gradient_on_cpu(pace.batch) as u64;
            return Self { machine: NUMBER * parameters * (OF_A_RUN + OF_A_FILE) + gradient, device: None };
        }
        let gradient = network.gradient_on_device(pace.batch, pace.dropout > 0.0);
        // Activations are gone when the step is made.
        let step = gradient.all.max(NUMBER as usize * (OF_A_STEP * parameters) as usize) as u64;
        Self {
            // The first parameters, and the copy for the case that the device is lost.
            machine: NUMBER * parameters * (1 + OF_A_RUN + OF_A_FILE),
            device: Some([NUMBER * parameters * OF_A_RUN + step, gradient.largest as u64]),
        }
    }

    /// In words: “about 310 MiB”.
    pub fn words(&self) -> String {
        match self.device {
            None => format!("about {}", in_words(self.machine)),
            Some([device, _]) => {
                format!("about {} on the GPU and {} beside it", in_words(device), in_words(self.machine))
            }
        }
    }

    /// Whether there is room for it: why not.
    fn lacks(&self, room: &MemoryRoom) -> Option<String> {
        let shares = room.device.is_some_and(|device| device.shares);
        let [on_device, largest] = self.device.unwrap_or_default();
        let of_machine = self.machine + if shares { on_device } else { 0 };
        if let Some(left) = room.left.filter(|left| of_machine > *left) {
            return Some(format!(
                "needs about {} of memory, and the machine has {} left",
                in_words(of_machine),
                in_words(left)
            ));
        }
        let device = room.device.filter(|device| largest > device.largest)?;
        Some(format!(
            "needs an array of {}, and those of the GPU have {} at most",
            in_words(largest),
            in_words(device.largest)
        ))
    }
}

impl MemoryRoom {
    /// What a run of `network` at this `pace` needs.
    ///
    /// # Errors
    /// If there is less.
    pub fn check<N: CountedGradient>(&self, network: &N, pace: &Pace) -> Result<RunMemory, NoRoom> {
        let of = |batch| RunMemory::of(network, &Pace { batch, ..*pace }, self.device.is_some());
        let needs = of(pace.batch);
        let Some(lacks) = needs.lacks(self) else { return Ok(needs) };
        let fits = |batch: &usize| *batch < pace.batch && of(*batch).lacks(self).is_none();
        let batch = (0..12).rev().map(|power| 1 << power).find(fits);
        let (examples, network) = (counted(pace.batch, N::ONE), network.parameter_words());
        Err(NoRoom { why: format!("a step of {examples} with {network} {lacks}"), batch })
    }
}

/// That a step of `batch` of `what` has found no room on the device, where `smaller` ones may.
pub(super) fn out_of_memory(batch: usize, what: &'static str, smaller: Option<usize>) -> TrainError {
    let instead = smaller.map_or("a smaller network".to_owned(), |batch| format!("a batch of {batch}"));
    TrainError::OutOfMemory { batch, what, instead }
}

/// What to try where a batch has found no room: half of the images that a device computes at a time; none of one image.
pub fn smaller_batch(batch: usize) -> Option<usize> {
    (batch.min(AT_ONCE) / 2).checked_ilog2().map(|power| 1 << power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_batch_is_named_where_there_is_one() {
        for (batch, smaller) in [
            (1, None),
            (2, Some(1)),
            (3, Some(1)),
            (32, Some(16)),
            (64, Some(32)),
            (4096, Some(32)),
            (40, Some(16)),
        ] {
            assert_eq!(smaller_batch(batch), smaller, "{batch}");
        }
        let words = |batch| out_of_memory(batch, "image", smaller_batch(batch)).to_string();
        assert_eq!(words(32), "the GPU has no memory left for a step of 32 images: try a batch of 16");
        assert_eq!(words(1), "the GPU has no memory left for a step of 1 image: try a smaller network");
    }
    use crate::data::codec::image::TokenSpec;
    use crate::flow::SequenceSource;
    use crate::model::sequence::{ImageNetConfig, NetSize, TextNetConfig};
    use crate::train::sequence::ImageTrainConfig;

    const GIB: u64 = 1 << 30;

    fn network(size: NetSize) -> ImageNetConfig {
        ImageNetConfig::for_images(TokenSpec::Rgb(256), 32, 10, SequenceSource::Mask).sized(size)
    }

    #[test]
    fn a_batch_that_fits_is_named_where_one_does() {
        let config = ImageTrainConfig { batch: 64, ..ImageTrainConfig::default() };
        let check = |size, room: MemoryRoom| room.check(&network(size), &config.pace());
        let on_gpu =
            |largest, left, shares| MemoryRoom { left, device: Some(DeviceRoom { largest, shares }) };
        let whole = check(NetSize::Large, on_gpu(2 * GIB, Some(9 * GIB), false)).expect("room");
        let [device, largest] = whole.device.expect("on a device");
        assert!(device > 4 * GIB && largest < GIB, "{whole:?}");
        // Nothing is known: there is room.
        assert_eq!(check(NetSize::Large, on_gpu(2 * GIB, None, true)), Ok(whole));
        // A software driver computes in the machine's memory: half of the images need less than that.
        let halves = on_gpu(2 * GIB, Some(whole.machine + device - 1), true);
        let found = check(NetSize::Large, halves).expect_err("no room");
        assert_eq!(found.batch, Some(32));
        assert!(
            found.why.starts_with("a step of 64 images with 3") && found.why.contains("GiB left"),
            "{found:?}"
        );
        // Half of the images have arrays half as large, but for that of all parameters.
        let medium = check(NetSize::Medium, on_gpu(2 * GIB, None, false)).expect("room");
        let [_, largest] = medium.device.expect("on a device");
        let halved = check(NetSize::Medium, on_gpu(largest / 2, None, false)).expect_err("no room");
        assert!(halved.why.contains("an array of 72 MiB") && halved.batch == Some(32), "{halved:?}");
        let tiny = check(NetSize::Medium, on_gpu(1 << 20, None, false)).expect_err("no room");
        assert_eq!(tiny.batch, None);
        // On the CPU an image is computed after the other: a batch makes no difference, but its first four images.
        let cpu = |left| check(NetSize::Large, MemoryRoom { left: Some(left), device: None });
        let needs = cpu(64 * GIB).expect("room").machine;
        assert_eq!(cpu(needs - 1).expect_err("no room").batch, Some(32));
        assert_eq!(cpu(1 << 20).expect_err("no room").batch, None);
    }

    #[test]
    fn more_of_a_network_for_texts_needs_more() {
        let usual = TextNetConfig::new(128, 34, SequenceSource::Mask, false);
        let pace = |batch| Pace { batch, ..ImageTrainConfig::default().pace() };
        for on_device in [false, true] {
            let of = |network: TextNetConfig, batch| {
                let RunMemory { machine, device } = RunMemory::of(&network, &pace(batch), on_device);
                machine + device.map_or(0, |[all, _]| all)
            };
            let least = of(usual, 4);
            for more in [
                TextNetConfig { width: 144, ..usual },
                TextNetConfig { blocks: 7, ..usual },
                TextNetConfig { tokens: 129, ..usual },
                TextNetConfig { values: 35, ..usual },
                TextNetConfig { attention: 1, ..usual },
                TextNetConfig { source: SequenceSource::Uniform, ..usual },
            ] {
                assert!(of(more, 4) > least, "{more:?} on a device: {on_device}");
            }
            assert!(of(usual, 5) > least);
        }
        let room = MemoryRoom { left: Some(1 << 20), device: None };
        let why = room.check(&usual, &pace(16)).expect_err("no room").why;
        assert!(why.starts_with("a step of 16 texts with 0.8 million parameters needs about"), "{why}");
    }

    #[test]
    fn more_of_everything_needs_more() {
        let of = |size, batch, on_device, dropout| {
            let config = ImageTrainConfig { batch, dropout, ..ImageTrainConfig::default() };
            let RunMemory { machine, device } = RunMemory::of(&network(size), &config.pace(), on_device);
            machine + device.map_or(0, |[all, _]| all)
        };
        for on_device in [false, true] {
            assert!(of(NetSize::Small, 32, on_device, 0.0) < of(NetSize::Medium, 32, on_device, 0.0));
            assert!(of(NetSize::Medium, 32, on_device, 0.0) < of(NetSize::Large, 32, on_device, 0.0));
        }
        assert!(of(NetSize::Small, 32, true, 0.0) < of(NetSize::Small, 32, true, 0.1));
        // In pieces of 64 images.
        assert!(of(NetSize::Small, 32, true, 0.0) < of(NetSize::Small, 64, true, 0.0));
        assert_eq!(of(NetSize::Small, 64, true, 0.0), of(NetSize::Small, 4096, true, 0.0));
    }
}
