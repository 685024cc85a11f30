//! A network of images is trained on the device as on the CPU, and a run goes from one to the other.

use crate::adapter;
use dfm_explorer::data::codec::image::{TokenSpec, Tokenizer};
use dfm_explorer::data::images::ImageSource;
use dfm_explorer::flow::SequenceSource;
use dfm_explorer::gpu::{DevicePreference, choose};
use dfm_explorer::model::sequence::ImageNetConfig;
use dfm_explorer::train::sequence::{ImageTrainConfig, ImageTrainer};
use std::sync::Arc;

pub const TESTS: super::Tests = &[("losses_are_those_of_the_cpu_and_a_run_goes_on", losses)];

fn losses() {
    let (device, cpu) = (adapter::burn_device(), choose(DevicePreference::Cpu).expect("the CPU").device);
    // Kernels are compiled for a minute on a software driver: the other kinds of networks are compared on the CPU.
    let (spec, source) = (TokenSpec::Gray(16), SequenceSource::Uniform);
    let data = Arc::new(ImageSource::Shapes.load(8, 4).expect("shapes"));
    let tokenizer = Tokenizer::new(spec, &data.train, 4).expect("a tokenizer");
    let usual = ImageTrainer::usual_network(&data, &tokenizer, source);
    let network = ImageNetConfig { widths: [16, 16, 16], blocks: [1, 1, 1], ..usual };
    let config = ImageTrainConfig { batch: 4, warm_up: 2, ..ImageTrainConfig::default() };
    let mut runs = [&cpu, &device].map(|device| {
        ImageTrainer::new(network, config, (data.clone(), 4), tokenizer.clone(), device).expect("a run")
    });
    let step = |runs: &mut [ImageTrainer; 2]| {
        let [cpu, device] = runs.each_mut().map(|run| run.step().expect("a step").bits);
        assert!((cpu - device).abs() < 1e-4 * cpu, "{spec} {source}: {cpu} and {device} bits a token");
    };
    (0..3).for_each(|_| step(&mut runs));
    // Each goes on where the other was.
    let [on_cpu, on_device] = runs.each_ref().map(|run| run.file().expect("a file"));
    let mut swapped = [
        ImageTrainer::resume(&on_device, data.clone(), &cpu).expect("a run"),
        ImageTrainer::resume(&on_cpu, data.clone(), &device).expect("a run"),
    ];
    step(&mut swapped);
    let bound = swapped
        .each_mut()
        .map(|run| run.hold_out(4, 2, &|| true).expect("a bound").expect("not stopped").bits);
    assert!((bound[0] - bound[1]).abs() < 1e-3 * bound[0], "{bound:?}");
}
