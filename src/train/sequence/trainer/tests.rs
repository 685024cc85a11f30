//! A run on small shapes: saved, taken up again, given away; and files that are none.

use super::*;
use crate::data::codec::image::TokenSpec;
use crate::data::images::ImageSource;
use crate::model::sequence::Head;
use crate::train::note_out_of_memory;
use crate::train::sequence::engine::Engine;
use crate::train::sequence::spare::Spare;
use std::time::{Duration, Instant};

fn trainer(spec: TokenSpec, source: SequenceSource) -> ImageTrainer {
    let data = Arc::new(ImageSource::Shapes.load(8, 4).expect("shapes"));
    let tokenizer = Tokenizer::new(spec, &data.train, 4).expect("a tokenizer");
    let usual = ImageTrainer::usual_network(&data, &tokenizer, source);
    let network = ImageNetConfig { widths: [16, 32, 32], blocks: [1, 1, 1], ..usual };
    let config = ImageTrainConfig { batch: 8, warm_up: 5, ..ImageTrainConfig::default() };
    ImageTrainer::new(network, config, (data, 4), tokenizer, &Device::flex()).expect("a trainer")
}

#[test]
fn a_run_that_was_saved_and_taken_up_again_goes_on_to_the_last_digit() {
    let mut whole = trainer(TokenSpec::Rgb(256), SequenceSource::Mask);
    let mut losses: Vec<f64> = Vec::new();
    for _ in 0..3 {
        losses.push(whole.step().expect("a step").bits);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.safetensors");
    whole.file().expect("a file").write(&path, false).expect("written");
    let mut file = ImageFile::read(&path).expect("read");
    // JSON may give the last digit of a measured time back as its neighbour.
    let seconds = |recipe: &mut ImageRecipe| recipe.training["seconds"].take().as_f64().expect("a number");
    let mut recipe = whole.file().expect("a file").recipe;
    let (written, before) = (seconds(&mut file.recipe), seconds(&mut recipe));
    assert!((written - before).abs() < 1e-12, "{written} {before}");
    assert_eq!(file.recipe, recipe);
    file.recipe.training["seconds"] = written.into();
    let mut half = ImageTrainer::resume(&file, whole.subject.data.clone(), &Device::flex()).expect("a run");
    for _ in 0..3 {
        let (a, b) = (whole.step().expect("a step"), half.step().expect("a step"));
        assert_eq!((a.bits, a.step, a.seen), (b.bits, b.step, b.seen));
    }
    let [whole, half] = [whole, half].map(|run| run.engine.state().expect("numbers"));
    assert!(whole.optimizer.average == half.optimizer.average && whole.values == half.values);
}

#[test]
fn a_run_in_half_precision_learns_as_one_in_single_does() {
    let [single, half] = [Products::Single, Products::Half].map(|products| {
        let mut run = trainer(TokenSpec::Palette(16), SequenceSource::Mask);
        let net = run.engine.sizes().clone();
        let first = State::first(net.values());
        run.engine = Engine::on_device(net, first, &Device::flex());
        let config = ImageTrainConfig { products, learning_rate: 5e-3, ..run.training.config };
        run.set_config(config).expect("in range");
        assert_eq!(run.training.config.products, products);
        (0..24).map(|_| run.step().expect("a step").bits).collect::<Vec<f64>>()
    });
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    assert!(mean(&half[16..]) < mean(&half[..8]), "{half:?}");
    assert!(
        half != single && (mean(&half[16..]) / mean(&single[16..]) - 1.0).abs() < 0.02,
        "{half:?} {single:?}"
    );
    // The network that is written out for the CPU multiplies in single precision, and its run says so.
    let mut own = trainer(TokenSpec::Palette(16), SequenceSource::Mask);
    own.set_config(ImageTrainConfig { products: Products::Half, ..own.training.config }).expect("in range");
    assert_eq!(own.training.config.products, Products::Single);
}

#[test]
fn a_run_whose_device_is_lost_goes_on_on_the_cpu_from_its_copy() {
    let mut run = trainer(TokenSpec::Palette(16), SequenceSource::Uniform);
    assert!(run.rescued().is_none(), "the CPU is not lost");
    run.step().expect("a step");
    let kept = (run.engine.state().expect("numbers"), run.training.clone());
    run.spare = Some(Spare { kept, until: Instant::now() + Duration::from_secs(3600) });
    let after = [run.step(), run.step()].map(|step| step.expect("a step"));
    let mut rescued = run.rescued().expect("a copy");
    assert_eq!((rescued.training.images, rescued.training.step), (8, 1));
    for expected in after {
        let found = rescued.step().expect("a step");
        assert_eq!((found.bits, found.seen), (expected.bits, expected.seen));
    }
    // A copy that is due is of the run as it is then.
    run.spare.as_mut().expect("a copy").until = Instant::now();
    run.step().expect("a step");
    assert_eq!(run.rescued().expect("a copy").training.images, 32);
}

#[test]
fn a_run_whose_device_has_no_memory_left_is_rescued_and_what_may_fit_is_said() {
    let mut run = trainer(TokenSpec::Palette(16), SequenceSource::Mask);
    run.step().expect("a step");
    let kept = (run.engine.state().expect("numbers"), run.training.clone());
    run.spare = Some(Spare { kept, until: Instant::now() + Duration::from_secs(3600) });
    run.step().expect("a step");
    assert!(run.out_of_memory("the device is gone").is_none());
    note_out_of_memory();
    let error = run.out_of_memory("the device is gone").expect("no memory").to_string();
    let mut run = run.rescued().expect("a copy");
    assert_eq!(error, "the GPU has no memory left for a step of 8 images: try a batch of 4");
    assert_eq!(run.training.images, 8, "as it was when it was copied");
    let config = ImageTrainConfig { batch: 4, ..run.training.config };
    run.set_config(config).expect("settings");
    assert_eq!(run.step().expect("a step").seen, 12);
}

#[test]
fn a_network_that_was_given_away_goes_on_with_fresh_moments_where_its_images_were() {
    let mut first = trainer(TokenSpec::Palette(16), SequenceSource::Mask);
    first.step().expect("a step");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("given.safetensors");
    first.file().expect("a file").write(&path, true).expect("written");
    let file = ImageFile::read(&path).expect("read");
    assert!(file.state.is_empty());
    let average = first.engine.state().expect("numbers").optimizer.average;
    let worst =
        file.weights.iter().zip(&average).map(|(a, b)| (a - b).abs() / (1e-3 + b.abs())).fold(0.0, f32::max);
    assert!(worst < 1e-3, "half precision: {worst}");
    let size = std::fs::metadata(&path).expect("a file").len() as usize;
    assert!(size < 2 * average.len() + 20_000, "{size}");
    let mut second = ImageTrainer::resume(&file, first.subject.data.clone(), &Device::flex()).expect("a run");
    let report = second.step().expect("a step");
    assert_eq!((report.step, report.seen), (1, 16));
}

#[test]
fn training_lowers_the_held_out_bound_with_either_head_and_source() {
    for (spec, source, head) in [
        (TokenSpec::Gray(16), SequenceSource::Mask, Head::Logistics(5)),
        (TokenSpec::Palette(16), SequenceSource::Mask, Head::Categorical),
        (TokenSpec::Gray(8), SequenceSource::Uniform, Head::Logistics(5)),
    ] {
        let mut trainer = trainer(spec, source);
        assert_eq!(trainer.network().head, head);
        let config = ImageTrainConfig { batch: 32, average: 0.9, ..trainer.training().config };
        trainer.set_config(config).expect("settings");
        let before = trainer.hold_out(24, 4, &|| true).expect("a bound").expect("not stopped");
        for _ in 0..60 {
            trainer.step().expect("a step");
        }
        let after = trainer.hold_out(24, 4, &|| true).expect("a bound").expect("not stopped");
        assert!(after.bits < 0.93 * before.bits, "{spec} {source}: {} {}", before.bits, after.bits);
        assert_eq!(trainer.training().held_out, [before, after]);
    }
}

#[test]
fn files_that_are_no_such_file_are_refused() {
    let trainer = trainer(TokenSpec::Gray(16), SequenceSource::Mask);
    let file = trainer.file().expect("a file");
    let bytes = file.to_bytes(false).expect("bytes");
    assert!(ImageFile::from_bytes(&bytes).is_ok());
    for cut in [0, 7, 200, bytes.len() - 1] {
        assert!(ImageFile::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
    let spoilt = |change: &dyn Fn(&mut ImageFile)| {
        let mut file = file.clone();
        change(&mut file);
        let bytes = file.to_bytes(false);
        bytes.and_then(|bytes| ImageFile::from_bytes(&bytes).map(|_| ())).expect_err("spoilt")
    };
    assert!(spoilt(&|file| file.weights[5] = f32::NAN).contains("NaN"));
    assert!(spoilt(&|file| file.recipe.version = 9).contains("version 9"));
    assert!(spoilt(&|file| file.recipe.network.widths[0] = 48).contains("short"));
    assert!(spoilt(&|file| file.recipe.network.side = 16).contains("16"));
    assert!(spoilt(&|file| file.recipe.classes.clear()).contains("classes"));
    let mut half_a_run = file.clone();
    half_a_run.state.remove("second");
    let why = ImageTrainer::resume(&half_a_run, trainer.subject.data.clone(), &Device::flex())
        .err()
        .expect("not whole");
    assert!(why.to_string().contains("second"), "{why}");
}
