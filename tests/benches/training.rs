//! Training on the CPU: one step of the reference library's network, and the seconds until a network is good.

use burn::tensor::Device;
use dfm_explorer::data::FlowSpec;
use dfm_explorer::flow::Scheduler;
use dfm_explorer::train::grid::{TrainConfig, Trainer};
use divan::Bencher;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn trainer(k: usize, config: TrainConfig) -> Trainer {
    let spec = FlowSpec { k: Some(k), scheduler: Scheduler::Quadratic, ..FlowSpec::default() };
    let path = Arc::new(spec.path().expect("the checkerboard"));
    Trainer::new(path, spec, config, &Device::flex()).expect("a trainer")
}

/// Embedding 128, three hidden layers of 128, K = 128, batch 4096: data, forward, backward and Adam.
#[divan::bench(sample_count = 60, sample_size = 1)]
fn step(bencher: Bencher) {
    let mut trainer = trainer(128, TrainConfig { batch: 4096, hidden: 128, ..TrainConfig::default() });
    trainer.train_step().expect("a step");
    bencher.bench_local(|| trainer.train_step().expect("a step"));
}

/// From the first weights to an exact gap below 0.05 nats per token at K = 64, with the default settings and the gap
/// measured every 25 steps.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn to_a_gap_of_0_05(bencher: Bencher) {
    bencher.bench_local(|| {
        let mut trainer = trainer(64, TrainConfig::default());
        loop {
            for _ in 0..25 {
                trainer.train_step().expect("a step");
            }
            if trainer.gap().expect("the gap").gap < 0.05 {
                return trainer.step();
            }
        }
    });
}
