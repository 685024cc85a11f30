//! What training needs of a network, whatever it reads: its parameters in one array, and the gradient of a batch, on the CPU and
//! on a device.

use super::pass::Pass;
use super::{DeviceNet, Example, GoOn, Gradients, ImageNet, Products};
use burn::tensor::{Device, Tensor};

/// A network that can be trained.
pub trait Trained: Clone + Send {
    /// What it learns from.
    type Example: Sync;
    /// The room of one thread.
    type Pass: Default + Send + Sync;
    /// The same network on a device.
    type OnDevice: TrainedOnDevice<Example = Self::Example>;

    /// All parameters.
    fn values(&self) -> &[f32];

    /// All parameters, to be changed.
    fn values_mut(&mut self) -> &mut [f32];

    /// The mean loss of a batch, nats a token, and its gradient into `room.total`. `None` if `go_on` said no on the way.
    fn gradient_while(
        &self,
        batch: &[Self::Example],
        room: &mut Gradients<Self::Pass>,
        go_on: &GoOn,
    ) -> Option<f64>;

    /// The same, whatever comes.
    fn gradient(&self, batch: &[Self::Example], room: &mut Gradients<Self::Pass>) -> f64 {
        // Nothing breaks it off.
        self.gradient_while(batch, room, &|| true).unwrap_or(f64::NAN)
    }

    /// Its sizes on `device`.
    fn on_device(&self, device: &Device) -> Self::OnDevice;
}

/// A network on a device, whose parameters are apart from it.
pub trait TrainedOnDevice: Clone + Sync {
    /// What it learns from.
    type Example: Sync;

    /// Where it is.
    fn device(&self) -> &Device;

    /// What a part of a batch of that size adds to the mean loss at `values` \[P\], and to its gradient \[P\]. The device has all
    /// of the part in its memory: at most [`super::AT_ONCE`] of them find room where a run does.
    ///
    /// # Errors
    /// If the device fails.
    fn part_of_gradient(
        &self,
        values: &Tensor<1>,
        part: (&[Self::Example], usize),
        products: Products,
    ) -> anyhow::Result<(f64, Tensor<1>)>;
}

impl Trained for ImageNet {
    type Example = Example;
    type Pass = Pass;
    type OnDevice = DeviceNet;

    fn values(&self) -> &[f32] {
        self.values()
    }

    fn values_mut(&mut self) -> &mut [f32] {
        self.values_mut()
    }

    fn gradient_while(&self, batch: &[Example], room: &mut Gradients, go_on: &GoOn) -> Option<f64> {
        self.gradient_while(batch, room, go_on)
    }

    fn on_device(&self, device: &Device) -> DeviceNet {
        DeviceNet::new(self, device)
    }
}

impl TrainedOnDevice for DeviceNet {
    type Example = Example;

    fn device(&self) -> &Device {
        self.device()
    }

    fn part_of_gradient(
        &self,
        values: &Tensor<1>,
        part: (&[Example], usize),
        products: Products,
    ) -> anyhow::Result<(f64, Tensor<1>)> {
        self.part_of_gradient(values, part, products)
    }
}
