//! A run on words: saved, taken up again, given away; what it learns of them; and what can not be trained.

use super::*;
use crate::data::language::{LanguageSpec, TextSource};
use crate::train::sequence::Prompt;

fn small(
    source: LanguageSpec,
    flow: SequenceSource,
    causal: bool,
    prompt: Prompt,
) -> Result<TextTrainer, TrainError> {
    let texts = Arc::new(TextSource::Language(source).load(None).expect("texts"));
    let sizes = TextNetConfig::new(texts.tokens, texts.values(), flow, causal);
    let network = TextNetConfig { width: 32, blocks: 2, expansion: 2, ..sizes };
    let config =
        TextTrainConfig { batch: 8, warm_up: 5, prompts: vec![prompt], ..TextTrainConfig::default() };
    TextTrainer::new(network, config, texts, &Device::flex())
}

fn words(flow: SequenceSource, causal: bool) -> TextTrainer {
    small(LanguageSpec::Words(None), flow, causal, Prompt::Nothing).expect("a trainer")
}

#[test]
fn a_run_that_was_saved_and_taken_up_again_goes_on_to_the_last_digit() {
    for (flow, causal) in
        [(SequenceSource::Mask, false), (SequenceSource::Uniform, false), (SequenceSource::Mask, true)]
    {
        let mut whole = words(flow, causal);
        (0..3).for_each(|_| _ = whole.step().expect("a step"));
        whole.hold_out(&|| true).expect("no trouble").expect("an answer");
        (0..3).for_each(|_| _ = whole.step().expect("a step"));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.safetensors");
        whole.file().expect("a file").write(&path, false).expect("written");
        let file = TextFile::read(&path).expect("read");
        let mut half =
            TextTrainer::resume(&file, whole.subject.texts.clone(), &Device::flex()).expect("a run");
        for _ in 0..3 {
            let (a, b) = (whole.step().expect("a step"), half.step().expect("a step"));
            assert_eq!((a.bits, a.step, a.seen), (b.bits, b.step, b.seen));
        }
        assert!(whole.best.is_some() && whole.best == half.best);
        assert_eq!(
            whole.judge(50, &|| true).expect("no trouble").map(|found| found.bits),
            half.judge(50, &|| true).expect("no trouble").map(|found| found.bits)
        );
        // Given away it is the best network, in half precision and without its state.
        let given = folder.path().join("given.safetensors");
        half.file().expect("a file").write(&given, true).expect("written");
        let given = TextFile::read(&given).expect("read");
        assert!(given.state.is_empty());
        let close = given.weights.iter().zip(whole.best.as_ref().expect("best"));
        assert!(close.into_iter().all(|(a, b)| (a - b).abs() <= 1e-3 * b.abs() + 1e-6));
        let mut fresh =
            TextTrainer::resume(&given, whole.subject.texts.clone(), &Device::flex()).expect("a run");
        assert_eq!(fresh.step().expect("a step").step, 1, "with fresh moments");
        assert_eq!(TextNetwork::of_file(&given).expect("a network").reader().is_some(), causal);
    }
}

#[test]
fn another_batch_leaves_as_many_steps_as_before() {
    let mut run = words(SequenceSource::Mask, false).training;
    (run.earlier, run.step, run.texts, run.config.texts) = (5, 10, 120, 120 + 7 * 8);
    let end = |batch, steps| {
        let config = TextTrainConfig { batch, ..run.config.clone() };
        run.ending(config, steps).texts
    };
    assert_eq!((end(8, None), end(3, None)), (120 + 7 * 8, 120 + 7 * 3));
    assert_eq!((end(8, Some(16)), end(3, Some(18)), end(3, Some(15))), (120 + 8, 120 + 3 * 3, 120));
    run.config.texts = 0;
    let endless = run.ending(TextTrainConfig { batch: 3, ..run.config.clone() }, None);
    assert_eq!(endless.texts, 0);
}

#[test]
fn a_step_that_is_broken_off_leaves_the_run_as_it_was() {
    let [mut whole, mut broken] = [0; 2].map(|_| words(SequenceSource::Mask, false));
    for wanted in [true, false] {
        let found = broken.step_while(&|| wanted).expect("no trouble");
        assert_eq!(found.is_some(), wanted);
    }
    whole.step().expect("a step");
    assert_eq!(whole.training.step, broken.training.step);
    assert_eq!(whole.step().expect("a step").bits, broken.step().expect("a step").bits);
}

#[test]
fn it_learns_words_and_its_twin_knows_their_probability() {
    for causal in [false, true] {
        let mut run = words(SequenceSource::Mask, causal);
        let first = run.hold_out(&|| true).expect("no trouble").expect("an answer");
        // 26 letters are 4.7 bits.
        assert!((first.bits - 4.7).abs() < 0.2, "{first:?}");
        (0..250).for_each(|_| _ = run.step().expect("a step"));
        let last = run.hold_out(&|| true).expect("no trouble").expect("an answer");
        assert!(last.bits < first.bits - 0.5 && last.error < 0.2, "{last:?}");
        assert_eq!(run.training().best, Some(last));
        assert!(run.hold_out(&|| false).expect("no trouble").is_none());
    }
}

#[test]
fn what_can_not_be_trained_is_refused() {
    let refused = |source, flow, prompt| match small(source, flow, false, prompt) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it is trained"),
    };
    let (mask, uniform) = (SequenceSource::Mask, SequenceSource::Uniform);
    assert!(refused(LanguageSpec::Sums, mask, Prompt::Docstring).contains("docstring: it is of programs"));
    assert!(refused(LanguageSpec::Programs, uniform, Prompt::Docstring).contains("expected none"));
    let run = words(mask, false);
    let mut file = run.file().expect("a file");
    let sums = Arc::new(TextSource::Language(LanguageSpec::Sums).load(Some(5)).expect("sums"));
    assert!(TextTrainer::resume(&file, sums, &Device::flex()).is_err());
    file.state.remove("first");
    let why = TextTrainer::resume(&file, run.subject.texts.clone(), &Device::flex())
        .map(|_| ())
        .expect_err("half a state");
    assert!(why.to_string().contains("first is missing"), "{why}");
    file.recipe.symbols.pop();
    assert!(
        TextFile::from_bytes(&file.to_bytes(false).expect("bytes"))
            .expect_err("too few symbols")
            .contains("25")
    );
}
