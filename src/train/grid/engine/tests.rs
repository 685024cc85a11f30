//! Both engines take the same steps.

use super::*;
use crate::data::FlowSpec;
use crate::flow::grid::testing::small_target;
use crate::flow::{Coupling, GridPath, Source};
use crate::model::grid::GridRecipe;
use crate::train::grid::PairSampler;
use std::sync::Arc;

fn values(arrays: Arrays) -> Vec<(String, Vec<f32>)> {
    arrays.into_iter().map(|(name, data)| (name, data.try_to_vec::<f32>().expect("f32"))).collect()
}

#[test]
fn both_engines_take_the_same_steps_and_keep_the_same_arrays() {
    for source in [Source::Uniform, Source::Mask] {
        for loss in [LossKind::Ce, LossKind::Gkl] {
            let path = GridPath::new(&small_target(6), &source, Coupling::Independent).expect("path");
            let network = GridMlpConfig { k: 6, mask: path.has_mask(), hidden: 16 };
            let pairs = PairSampler::new(Arc::new(path), 5);
            let mut engines: [Box<dyn Engine>; 2] = [
                Box::new(BurnEngine::new(network, 3, &Device::flex())),
                Box::new(CpuEngine::new(network, 3).expect("an engine")),
            ];
            for number in 1..=6 {
                let batch = pairs.batch(number, 300);
                let [reference, ours] = [0, 1].map(|n| {
                    let kappas = batch.kappas.iter().map(|k| k.value as f32).collect();
                    let step = Step {
                        batch: &batch,
                        reveals: network.mask,
                        kappas,
                        learning_rate: 1e-2,
                        loss,
                        number,
                    };
                    engines[n].step(step).expect("a step")
                });
                assert!((ours - reference).abs() < 2e-4 * reference.abs().max(1.0), "{ours} {reference}");
            }
            let [reference, ours] = engines.each_ref().map(|engine| values(engine.arrays()));
            assert_eq!(ours.len(), reference.len());
            for ((name, a), (other, b)) in ours.iter().zip(&reference) {
                assert_eq!((name, a.len()), (other, b.len()));
                // Adam divides by the gradient's size: where it is rounding, so is the step.
                let error = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.len() as f32;
                assert!(error < 2e-4, "{source:?} {loss} {name}: {error}");
            }
        }
    }
}

#[test]
fn a_run_changes_engines_by_its_checkpoint() {
    let network = GridMlpConfig { k: 6, mask: false, hidden: 16 };
    let path = GridPath::new(&small_target(6), &Source::Uniform, Coupling::Independent).expect("path");
    let pairs = PairSampler::new(Arc::new(path), 5);
    let mut burn = BurnEngine::new(network, 3, &Device::flex());
    let batch = pairs.batch(1, 64);
    let step = |number| Step {
        batch: &batch,
        reveals: false,
        kappas: batch.kappas.iter().map(|k| k.value as f32).collect(),
        learning_rate: 1e-2,
        loss: LossKind::Ce,
        number,
    };
    burn.step(step(1)).expect("a step");
    let recipe = GridRecipe::new(network, serde_json::json!({"flow": FlowSpec::default()}));
    let checkpoint = Checkpoint { recipe, tensors: burn.arrays() };
    let mut cpu = resumed(&checkpoint, 1, &Device::flex()).expect("the same arrays");
    assert_eq!(values(cpu.arrays()), values(burn.arrays()));
    assert!((cpu.step(step(2)).expect("a step") - burn.step(step(2)).expect("a step")).abs() < 1e-5);
    let back = BurnEngine::resume(&checkpoint, 1, &Device::flex()).expect("the same arrays");
    assert_eq!(values(back.arrays()).len(), values(cpu.arrays()).len());
}
