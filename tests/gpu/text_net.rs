//! A network for texts is trained on the device as on the CPU, and a run goes from one to the other.

use crate::adapter;
use dfm_explorer::data::language::{LanguageSpec, TextSource};
use dfm_explorer::flow::{Kappa, SequenceSource};
use dfm_explorer::gpu::{DevicePreference, choose};
use dfm_explorer::model::sequence::{TextNetConfig, TextNetwork};
use dfm_explorer::train::sequence::{TextTrainConfig, TextTrainer};
use std::sync::Arc;

pub const TESTS: super::Tests = &[("losses_are_those_of_the_cpu_and_a_run_goes_on", losses)];

fn losses() {
    let (device, cpu) = (adapter::burn_device(), choose(&DevicePreference::Cpu).expect("the CPU").device);
    let texts = Arc::new(TextSource::Language(LanguageSpec::Words(None)).load(None).expect("words"));
    // Kernels are compiled for a minute on a software driver: the other kinds of networks are compared on the CPU.
    let sizes = TextNetConfig::new(texts.tokens, texts.values(), SequenceSource::Uniform, false);
    let network = TextNetConfig { width: 16, blocks: 2, expansion: 2, ..sizes };
    let config =
        TextTrainConfig { batch: 4, warm_up: 2, dropout: 0.25, clip: Some(0.1), ..Default::default() };
    let mut runs = [&cpu, &device]
        .map(|device| TextTrainer::new(network, config.clone(), texts.clone(), device).expect("a run"));
    let step = |runs: &mut [TextTrainer; 2]| {
        let [cpu, device] = runs.each_mut().map(|run| run.step().expect("a step").bits);
        assert!((cpu - device).abs() < 1e-4 * cpu, "{cpu} and {device} bits a token");
    };
    (0..3).for_each(|_| step(&mut runs));
    // Each goes on where the other was.
    let [on_cpu, on_device] = runs.each_ref().map(|run| run.file().expect("a file"));
    let mut swapped = [
        TextTrainer::resume(&on_device, texts.clone(), &cpu).expect("a run"),
        TextTrainer::resume(&on_cpu, texts.clone(), &device).expect("a run"),
    ];
    step(&mut swapped);
    let file = swapped[0].file().expect("a file");
    let network = TextNetwork::of_file(&file).expect("a network");
    let states: Vec<u16> = (0..20).map(|n| n * n % 26).collect();
    let answers = [network.clone(), network.on(&device)].map(|network| {
        let denoiser = network.denoiser().expect("a denoiser");
        let answer = denoiser.ask(&states, &[Kappa::new(0.3); 4]).expect("an answer");
        let mut all = vec![0.0; 20 * 26];
        all.chunks_exact_mut(26).enumerate().for_each(|(at, p)| answer.distribution(at / 5, at % 5, p));
        all
    });
    for (a, b) in answers[0].iter().zip(&answers[1]) {
        assert!((a - b).abs() < 1e-4, "{a} and {b}");
    }
}
