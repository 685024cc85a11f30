//! A network of images is trained on the device as on the CPU, and a run goes from one to the other.

use crate::adapter;
use dfm_explorer::data::codec::image::{TokenSpec, Tokenizer};
use dfm_explorer::data::images::ImageSource;
use dfm_explorer::denoiser::sequence::Place;
use dfm_explorer::flow::{Kappa, SequenceSource};
use dfm_explorer::gpu::{DevicePreference, choose};
use dfm_explorer::model::sequence::{ImageModel, ImageNetConfig};
use dfm_explorer::sampler::sequence::{SequenceConfig, SequenceSetup, run_sequences};
use dfm_explorer::train::sequence::{ImageTrainConfig, ImageTrainer};
use std::ops::ControlFlow;
use std::sync::Arc;

pub const TESTS: super::Tests = &[("losses_are_those_of_the_cpu_and_a_run_goes_on", losses)];

fn losses() {
    let (device, cpu) = (adapter::burn_device(), choose(&DevicePreference::Cpu).expect("the CPU").device);
    // Kernels are compiled for a minute on a software driver: the other kinds of networks are compared on the CPU.
    let (spec, source) = (TokenSpec::Gray(16), SequenceSource::Uniform);
    let data = Arc::new(ImageSource::Shapes.load(8, 4).expect("shapes"));
    let tokenizer = Tokenizer::new(spec, &data.train, 4).expect("a tokenizer");
    let usual = ImageTrainer::usual_network(&data, &tokenizer, source);
    let network = ImageNetConfig { widths: [16, 16, 16], blocks: [1, 1, 1], ..usual };
    // The same is dropped wherever it is computed, and gradients are shortened alike.
    let (dropout, clip) = (0.25, Some(0.1));
    let config = ImageTrainConfig { batch: 4, warm_up: 2, dropout, clip, ..ImageTrainConfig::default() };
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
    let [on_cpu, on_device] = swapped.each_ref().map(ImageTrainer::device_memory);
    assert!(on_cpu.is_none() && on_device.is_some_and(|bytes| bytes > 1 << 16), "{on_device:?}");
    let bound = swapped
        .each_mut()
        .map(|run| run.hold_out(4, 2, &|| true).expect("a bound").expect("not stopped").bits);
    assert!((bound[0] - bound[1]).abs() < 1e-3 * bound[0], "{bound:?}");
    // Samples: what the answers stay on the device for. A number may fall beside the end of a value's part.
    let file = swapped[0].file().expect("a file");
    let models = [&cpu, &device].map(|device| ImageModel::of_file(&file).expect("a model").on(device));
    let sampled = [(0, None), (1, Some((2, 2.0)))].map(|(seed, class)| {
        let config = SequenceConfig { steps: 4, seed, ..SequenceConfig::default() };
        let runs = models.each_ref().map(|model| {
            let denoiser = model.asked_for(class).expect("a denoiser");
            let setup = SequenceSetup { denoiser: &*denoiser, config, count: 2, first: 0, given: None };
            let run = || run_sequences(setup, |_| ControlFlow::Continue(())).expect("a run");
            let first = run();
            assert_eq!(first, run(), "the same seed gives the same images");
            first.summary
        });
        (runs[0].passes, runs[1].passes)
    });
    assert!(sampled.iter().all(|(cpu, device)| cpu == device), "{sampled:?}");
    let places: Vec<Place> = (0..64).map(|token| Place { sequence: 0, token }).collect();
    let states: Vec<u16> = (0..64).map(|n| n % 16).collect();
    let entropies = models.each_ref().map(|model| {
        let answer = model.denoiser.ask_batch(&states, &[Kappa::new(0.4)]).expect("an answer");
        answer.entropy(&places).expect("entropies")
    });
    for (a, b) in entropies[0].iter().zip(&entropies[1]) {
        assert!((a - b).abs() < 1e-3, "{a} and {b} bits");
    }
}
