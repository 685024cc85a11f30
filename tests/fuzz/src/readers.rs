//! Every reader of the program, called on bytes that somebody else wrote. It may refuse them, with words; it may not
//! panic, or accept what it can't stand for afterwards. Shared by the fuzzer and by the ordinary test of its seeds.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dfm_explorer::cli::Cli;
use dfm_explorer::cli::grid::Quantity;
use dfm_explorer::data::codec::image::{NEUTRAL, TokenSpec, Tokenizer};
use dfm_explorer::data::images::cifar10::{Batch, archive, batch};
use dfm_explorer::data::images::{ImageSource, decode_picture};
use dfm_explorer::data::language::programs::Prompt;
use dfm_explorer::data::language::{self, LanguageSpec, TextSource, programs};
use dfm_explorer::data::plane::{PlaneTargetSpec, decode_mixture, decode_points};
use dfm_explorer::data::{
    FlowSpec, K_MAX, K_MIN, SourceSpec, TargetSpec, csv, load_target, normalise, npy, png, text,
};
use dfm_explorer::denoiser::grid::Noisy;
use dfm_explorer::denoiser::sequence::SequenceDenoiser as _;
use dfm_explorer::experiment::grid::{DenoiserSpec, Document};
use dfm_explorer::experiment::images::{ImageModelSpec, ImageSettings};
use dfm_explorer::experiment::plane::PlaneSettings;
use dfm_explorer::experiment::{Recipe, Settings as _, State, preset_name};
use dfm_explorer::figure::{PageSize, recipe};
use dfm_explorer::flow::plane::{AffinePath, Mixture, PlaneFlow, PlaneSource, PlaneTarget};
use dfm_explorer::flow::{ConditionalPath, Corrector, Coupling, GridPath, Kappa, Scheduler, SequenceSource};
use dfm_explorer::model::grid::Checkpoint;
use dfm_explorer::model::sequence::{Head, ImageDenoiser, ImageFile, TextFile, TextNetwork};
use dfm_explorer::sampler::grid::{Method, PmfCarrier, SamplerConfig, Setup, Sweeps, run};
use dfm_explorer::sampler::plane::{PlaneCoupling, PlaneMethod, PlaneTimes};
use dfm_explorer::sampler::sequence::{SequenceMethod, Temperature};
use dfm_explorer::sampler::{CorrectorBy, TimeGrid};
use dfm_explorer::train::grid::{LossKind, Trainer, TrainingRecord};
use dfm_explorer::train::sequence::{ImageTraining, RunRecord as _, TextTraining};
use dfm_explorer::view::grid::Subject;
use ndarray::Array2;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::{Debug, Display};
use std::ops::ControlFlow;
use std::str::FromStr;
use std::sync::Arc;

/// Tries a reader on the content of a file or an argument; whether it was accepted.
pub type Reader = fn(&[u8]) -> bool;

/// All of them, by the name of their folder of seeds.
pub const READERS: [(&str, Reader); 18] = [
    ("npy", |bytes| is_weights(npy::decode(bytes))),
    ("csv", |bytes| is_weights(csv::decode(bytes))),
    ("png", a_picture),
    ("photo", a_photo),
    ("cifar10", a_data_set),
    ("tokens", a_tokenizer),
    ("drawn", a_drawing),
    ("word", a_word),
    ("language", a_language),
    ("checkpoint", a_checkpoint),
    ("network", |bytes| a_network(bytes) | a_text_network(bytes)),
    ("recipe", |bytes| recipe::recipe_of(bytes).is_some()),
    ("state", a_state),
    ("preset", a_preset),
    ("flow", a_flow),
    ("value", a_value),
    ("arguments", arguments),
    ("plane", a_plane),
];

fn is_weights(read: Result<Array2<f64>, String>) -> bool {
    match read {
        Ok(values) => {
            let k = values.nrows();
            assert!((K_MIN..=K_MAX).contains(&k) && values.is_square());
            if let Ok(pmf) = normalise(values, "x") {
                assert_pmf(&pmf);
            }
            true
        }
        Err(why) => refused(why),
    }
}

fn refused(why: impl Display) -> bool {
    assert!(!why.to_string().is_empty());
    false
}

fn assert_pmf(pmf: &Array2<f64>) {
    assert!(pmf.iter().all(|p| p.is_finite() && *p >= 0.0), "{pmf}");
    let sum: f64 = pmf.iter().sum();
    assert!((sum - 1.0).abs() < 1e-9, "the sum is {sum}");
}

/// At a K and with a polarity that depend on the file, so that all of them come up; and once more with its checksums put
/// right, without which hardly a changed byte would be looked at.
fn a_picture(bytes: &[u8]) -> bool {
    let decoded = |bytes: &[u8]| png::decode(bytes, K_MIN + bytes.len() % 15, bytes.len() % 2 == 1);
    is_weights(decoded(&with_checksums(bytes)));
    is_weights(decoded(bytes))
}

/// The picture within the text of a drawn target.
fn a_drawing(png: &[u8]) -> bool {
    let drawn = |png: &[u8]| is_target(&format!("drawn:{}", BASE64_STANDARD.encode(png)));
    drawn(&with_checksums(png));
    drawn(png)
}

/// A target as files name it; it must be one, at its own K and at another.
fn is_target(text: &str) -> bool {
    if !in_json::<TargetSpec>(text) {
        return false;
    }
    let spec = TargetSpec::try_from(text.to_owned()).expect("JSON says the same");
    for k in [None, Some(5)] {
        assert_pmf(&load_target(&spec, k, false).expect("a drawing that is accepted has mass"));
    }
    true
}

/// A picture of any kind as a small square, at a side that depends on the file.
fn a_photo(bytes: &[u8]) -> bool {
    let side = 1 + bytes.len() % 9;
    let decoded = |bytes: &[u8]| match decode_picture(bytes, side) {
        Ok(pixels) => {
            assert_eq!(pixels.len(), side * side * 3);
            true
        }
        Err(why) => refused(why),
    };
    if bytes.starts_with(b"\x89PNG") {
        decoded(&with_checksums(bytes));
    }
    decoded(bytes)
}

/// Small files that are looked for in an archive.
const BATCHES: [Batch; 2] = [Batch { name: "a.bin", images: 1 }, Batch { name: "b.bin", images: 2 }];

/// The archive of a data set, or records as they are in its files.
fn a_data_set(bytes: &[u8]) -> bool {
    let mut files = [0; BATCHES.len()];
    let unpacked = archive::read(bytes, &BATCHES, |index, file| {
        assert_eq!(file.len(), BATCHES[index].bytes());
        files[index] += 1;
        records(&file).map(|_| ())
    });
    match unpacked {
        Ok(()) => {
            assert_eq!(files, [1, 1]);
            true
        }
        Err(error) => {
            refused(error.into_inner(|why| why));
            records(bytes).is_ok_and(|count| count > 0)
        }
    }
}

fn records(bytes: &[u8]) -> Result<usize, String> {
    let records = batch::decode(bytes).inspect_err(|why| assert!(!why.is_empty()))?;
    let count = records.labels.len();
    assert!(records.labels.iter().all(|label| *label < 10));
    assert_eq!((count * batch::RECORD_BYTES, count * 3072), (bytes.len(), records.pixels.len()));
    Ok(count)
}

/// A tokenizer as checkpoints keep it, after a line of them tokens, both as JSON.
fn a_tokenizer(bytes: &[u8]) -> bool {
    let Some((tokenizer, tokens)) = std::str::from_utf8(bytes).ok().and_then(|text| text.split_once('\n'))
    else {
        return false;
    };
    let tokenizer: Tokenizer = match serde_json::from_str(tokenizer) {
        Ok(tokenizer) => tokenizer,
        Err(error) => return refused(error),
    };
    survives_json(&tokenizer);
    let mut tokens: Vec<u16> = match serde_json::from_str(tokens) {
        Ok(tokens) => tokens,
        Err(error) => return refused(error),
    };
    // A few tokens stand for as many as are needed.
    let n = tokenizer.tokens();
    if !tokens.is_empty() && tokens.len() < n {
        tokens = tokens.iter().copied().cycle().take(n).collect();
    }
    let seen = match tokenizer.draw(&tokens, NEUTRAL) {
        Ok(seen) => seen,
        Err(error) => return refused(error),
    };
    let data = tokenizer.encode(&seen);
    assert!(data.len() == n && data.iter().all(|token| usize::from(*token) < tokenizer.values()));
    let again = tokenizer.decode(&data).expect("tokens of an image");
    assert_eq!(tokenizer.encode(&again), data);
    match tokenizer.decode(&tokens) {
        Ok(pixels) => assert_eq!((pixels, data), (seen, tokens)),
        Err(error) => _ = refused(error),
    }
    true
}

fn with_checksums(png: &[u8]) -> Vec<u8> {
    let mut png = png.to_vec();
    let mut start = 8;
    while let Some(length) = png.get(start..start + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes)
    {
        let (named, end) = (start + 4, start + 8 + length as usize);
        let Some(crc) = png.get(named..end).map(crc32) else { break };
        let Some(place) = png.get_mut(end..end + 4) else { break };
        place.copy_from_slice(&crc.to_be_bytes());
        start = end + 4;
    }
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    let shift = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc)))
}

fn a_word(bytes: &[u8]) -> bool {
    let Ok(word) = std::str::from_utf8(bytes) else { return false };
    is_weights(text::draw_word(word, 8).map_err(|error| error.to_string()))
}

/// Words, a text whose n-grams are an automaton, the name of a language, or a program that is run.
fn a_language(bytes: &[u8]) -> bool {
    let mut accepted = false;
    if let Ok(words) = language::words_in(bytes) {
        assert!(!words.is_empty());
        accepted |= language::words(&words).is_ok();
    }
    if let Ok(corpus) = language::corpus_of(bytes) {
        assert!(corpus.letters.iter().all(|&letter| usize::from(letter) < corpus.alphabet.len()));
        for order in [1, 3, 7] {
            let made = language::ngram(&corpus.letters, corpus.alphabet.len(), order);
            assert!(
                made.is_ok_and(|made| made.is_stochastic() && made.is_deterministic())
                    || corpus.letters.len() < order
            );
        }
        is_judged(&corpus);
        accepted = true;
    }
    if let Ok(tidy) = language::tidied(bytes) {
        assert_eq!(tidy.letters, tidy.text.chars().count());
        // What is tidy stays as it is, but where nothing but blanks is left.
        if let Ok(again) = language::tidied(tidy.text.as_bytes()) {
            assert_eq!((again.text, again.dropped), (tidy.text, Vec::new()));
        }
    }
    let sums = language::Alphabet::of_letters("0123456789+-= \n".chars()).expect("its letters differ");
    for how in [(false, false), (false, true), (true, false), (true, true)] {
        if let Ok(found) = language::texts_in(bytes, &sums, how) {
            assert!(found.texts.iter().flatten().all(|&token| usize::from(token) < sums.len()));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        accepted |=
            comes_back::<LanguageSpec>(text) | comes_back::<TextSource>(text) | comes_back::<Prompt>(text);
        let alphabet = programs::alphabet().expect("its symbols differ");
        if let Ok(tokens) = alphabet.read(text) {
            let mask = alphabet.len() as u16;
            let tokens: Vec<u16> = tokens.into_iter().map(|token| token.unwrap_or(mask)).collect();
            _ = programs::run(&tokens);
            _ = programs::judged(&tokens);
            _ = programs::pretty(&tokens);
        }
    }
    accepted
}

/// Every text has a probability, and all letters after anything together 1; what it has copied is there.
fn is_judged(corpus: &language::Corpus) {
    let symbols = corpus.alphabet.symbols();
    let judge = language::Judge::new(corpus.letters.clone(), 16, symbols, language::JUDGE_ORDER);
    let judge = judge.expect("letters of at most 64 symbols");
    let text: Vec<u8> = corpus.letters.iter().rev().take(64).copied().collect();
    let all: f64 = (0..symbols.len()).map(|letter| judge.probability(&text, letter as u8)).sum();
    assert!((all - 1.0).abs() < 1e-9 && judge.bits(&text).is_finite());
    let copy = language::longest_copy(&text, &corpus.letters);
    assert!(text[copy.at..][..copy.length] == corpus.letters[copy.from..][..copy.length]);
}

/// A checkpoint that is opened is written as it was, and trains on where it is small enough to try.
fn a_checkpoint(bytes: &[u8]) -> bool {
    let checkpoint = match Checkpoint::from_bytes(bytes) {
        Ok(checkpoint) => checkpoint,
        Err(why) => return refused(why),
    };
    let again = checkpoint.to_bytes().expect("it was read");
    let again = Checkpoint::from_bytes(&again).expect("it was written");
    assert_eq!(checkpoint.recipe.network, again.recipe.network);
    assert!(is_same(&checkpoint.recipe.training, &again.recipe.training), "{:?}", checkpoint.recipe);
    assert_eq!(checkpoint.tensors, again.tensors);
    match TrainingRecord::of(&checkpoint) {
        Ok(record) => goes_on(&checkpoint, record),
        Err(error) => refused(error),
    }
}

/// The same of a network for texts.
fn a_text_network(bytes: &[u8]) -> bool {
    let file = match TextFile::from_bytes(bytes) {
        Ok(file) => file,
        Err(why) => return refused(why),
    };
    let again = file.to_bytes(false).expect("it was read");
    let again = TextFile::from_bytes(&again).expect("it was written");
    assert!((&file.weights, &file.state) == (&again.weights, &again.state));
    assert_eq!(file.recipe.network, again.recipe.network);
    if let Err(error) = TextTraining::of(&file.recipe) {
        refused(error);
    }
    if file.weights.len() > 20_000 {
        return true;
    }
    let network = TextNetwork::of_file(&file).expect("it was looked at");
    if let Some(denoiser) = network.denoiser() {
        let state = vec![0; denoiser.tokens()];
        let answer = denoiser.ask(&state, &[Kappa::new(0.5)]).expect("data are states");
        assert!(usize::from(answer.draw(0, 0, 1.0, 0.5)) < denoiser.values());
    }
    if let Some(reader) = network.reader() {
        assert!(reader.begin((0, 1), None, 1.0, 0).step());
    }
    true
}

/// A network for images that is opened is written as it was, and answers where it is small enough to try.
fn a_network(bytes: &[u8]) -> bool {
    let file = match ImageFile::from_bytes(bytes) {
        Ok(file) => file,
        Err(why) => return refused(why),
    };
    let again = file.to_bytes(false).expect("it was read");
    let again = ImageFile::from_bytes(&again).expect("it was written");
    assert!((&file.weights, &file.state) == (&again.weights, &again.state));
    assert_eq!(file.recipe.network, again.recipe.network);
    if let Err(error) = ImageTraining::of(&file.recipe) {
        refused(error);
    }
    let network = match file.network() {
        Ok(network) => network,
        Err(why) => return refused(why),
    };
    if network.values().len() > 20_000 {
        return true;
    }
    let denoiser = ImageDenoiser::new(Arc::new(network));
    let state = vec![0; denoiser.tokens()];
    let answer = denoiser.ask(&state, &[Kappa::new(0.5)]).expect("data are states");
    assert!(usize::from(answer.draw(0, 0, 1.0, 0.5)) < denoiser.values());
    true
}

fn goes_on(checkpoint: &Checkpoint, record: TrainingRecord) -> bool {
    let network = checkpoint.recipe.network;
    if network.k > 8 || network.hidden > 8 || record.config.batch > 64 || reads_files(&record.flow) {
        return true;
    }
    let path = match record.flow.path() {
        Ok(path) => Arc::new(path),
        Err(error) => return refused(error),
    };
    match Trainer::resume(path, record.flow, checkpoint, &burn::tensor::Device::flex()) {
        Ok(mut trainer) => match trainer.train_step() {
            Ok(_) => trainer.step() > record.step,
            Err(error) => refused(error),
        },
        Err(error) => refused(error),
    }
}

fn reads_files(flow: &FlowSpec) -> bool {
    matches!(flow.target, TargetSpec::File(_)) || matches!(flow.source, SourceSpec::File(_))
}

fn survives_json<T: Serialize + DeserializeOwned>(value: &T) {
    let json = |value: &T| serde_json::to_value(value).expect("JSON");
    let text = serde_json::to_string(value).expect("JSON");
    let again: T = serde_json::from_str(&text).expect("what was written can be read");
    assert!(is_same(&json(value), &json(&again)), "{text}");
}

/// Equality but for the last digit of a fraction, which serde_json without its `float_roundtrip` may read wrongly.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((n, a), (m, b))| n == m && is_same(a, b))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Number(x), Value::Number(y)) => {
            let close = |x: f64, y: f64| (x - y).abs() <= 2.0 * f64::EPSILON * x.abs();
            x == y || x.is_f64() && x.as_f64().zip(y.as_f64()).is_some_and(|(x, y)| close(x, y))
        }
        _ => a == b,
    }
}

/// What the window keeps between starts: the next start must accept it again.
fn a_state(bytes: &[u8]) -> bool {
    let kept = match State::read(bytes) {
        Ok(kept) => kept,
        Err(why) => return refused(why),
    };
    let Ok(Value::Object(mut again)) = serde_json::to_value(&kept) else { panic!("no object") };
    again.insert("format".to_owned(), "dfm-explorer state".into());
    State::read(Value::Object(again).to_string().as_bytes()).expect("what was kept can be read");
    let wrong = kept.labs.keys().find_map(|lab| kept.recipe(lab)?.and_then(|recipe| settings(&recipe)).err());
    wrong.is_none_or(refused)
}

/// Whether the settings of a recipe are good, and stay so.
fn settings(recipe: &Recipe) -> Result<(), String> {
    if recipe.lab == PlaneSettings::LAB {
        return recipe.settings(&PlaneSettings::default()).map(|_| ());
    }
    if recipe.lab == ImageSettings::LAB {
        return recipe.settings(&ImageSettings::default()).map(|_| ());
    }
    let document = recipe.settings(&Document::default())?;
    for mut settings in document.sides.iter().cloned() {
        settings.reconcile();
        settings.extras();
        let settings = settings.validated().expect("no setting has left its range");
        settings.effective_sampler().validated().expect("no setting has left its range");
    }
    Ok(())
}

fn a_preset(bytes: &[u8]) -> bool {
    let recipe = match Recipe::read(bytes) {
        Ok(recipe) => recipe,
        Err(why) => return refused(why),
    };
    assert_eq!(Recipe::read(recipe.text().as_bytes()).as_ref(), Ok(&recipe));
    let name = preset_name(recipe.name.as_deref().unwrap_or_default()).map(|_| ());
    name.and_then(|()| settings(&recipe)).map_or_else(refused, |()| true)
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct FlowAndSampler {
    flow: FlowSpec,
    sampler: SamplerConfig,
    epsilon: f64,
}

/// A flow and a sampler whose settings are all in range: small ones are built and walked.
fn a_flow(bytes: &[u8]) -> bool {
    let FlowAndSampler { flow, sampler, epsilon } = match serde_json::from_slice(bytes) {
        Ok(read) => read,
        Err(error) => return refused(error),
    };
    let flow = match flow.validated() {
        Ok(flow) => flow,
        Err(error) => return refused(error),
    };
    let config = match sampler.validated() {
        Ok(config) => config,
        Err(error) => return refused(error),
    };
    if reads_files(&flow) {
        return true;
    }
    let flow = FlowSpec { k: Some(2 + flow.k.unwrap_or(4) % 7), ..flow };
    match flow.path() {
        Ok(path) => is_walked(Arc::new(path), flow.scheduler, config, epsilon),
        Err(error) => refused(error),
    }
}

fn is_walked(path: Arc<GridPath>, scheduler: Scheduler, config: SamplerConfig, epsilon: f64) -> bool {
    for t in [0.0, 1e-9, 0.3, 0.999_999, 1.0] {
        let kappa = scheduler.at(t);
        assert!((0.0..=1.0).contains(&kappa.value) && (0.0..=1.0).contains(&kappa.complement), "{kappa:?}");
        assert_pmf(&path.pmf(kappa));
        let back = scheduler.kappa(scheduler.inverse(kappa.value));
        assert!((back - kappa.value).abs() < 1e-6, "{scheduler} at {t}: {} came back as {back}", kappa.value);
    }
    let mut config = SamplerConfig { steps: config.steps.min(3), ..config };
    config.sweeps.count = config.sweeps.count.min(2);
    let mut carrier = PmfCarrier::new(&path);
    let setup = Setup { path: &path, scheduler, config };
    let denoiser = match Noisy::new(path.clone(), epsilon) {
        Ok(denoiser) => denoiser,
        Err(error) => return refused(error),
    };
    match run(setup, &denoiser, &mut carrier, |_, _| ControlFlow::Continue(())) {
        Ok(_) => {
            assert_pmf(&carrier.pmf);
            true
        }
        Err(error) => refused(error),
    }
}

/// Rows of a mixture or of points, as text or as an array: what is accepted makes a flow with finite values.
fn a_plane(bytes: &[u8]) -> bool {
    let is_npy = bytes.starts_with(b"\x93NUMPY");
    let mixture = decode_mixture(bytes, is_npy);
    let points = decode_points(bytes, is_npy, 1000);
    let target = match (mixture, points) {
        (Ok(mixture), _) => mixture,
        (Err(_), Ok(points)) => match Mixture::of_points(&points, 0.1) {
            Ok(mixture) => mixture,
            Err(why) => return refused(why),
        },
        (Err(why), Err(other)) => return refused(why) | refused(other),
    };
    assert!((target.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9);
    if target.len() > 200 {
        return true;
    }
    let flow = PlaneFlow::new(PlaneTarget::Mixture(target), PlaneSource::Normal, AffinePath::CondOt);
    let flow = flow.expect("a mixture and N(0, I)");
    let at = flow.at(0.5).expect("every mixture has width half-way");
    let point = at.point([0.5, -0.25]);
    assert!(point.density >= 0.0 && point.velocity.iter().all(|u| u.is_finite()), "{point:?}");
    true
}

/// A value in words, as on the command line and within files: all kinds are tried.
fn a_value(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut accepted = false;
    accepted |= comes_back::<TargetSpec>(text);
    accepted |= comes_back::<SourceSpec>(text);
    accepted |= comes_back::<Coupling>(text);
    accepted |= comes_back::<ConditionalPath>(text);
    accepted |= comes_back::<Scheduler>(text);
    accepted |= comes_back::<Corrector>(text);
    accepted |= comes_back::<CorrectorBy>(text);
    accepted |= comes_back::<Sweeps>(text);
    accepted |= comes_back::<Method>(text);
    accepted |= comes_back::<TimeGrid>(text);
    accepted |= comes_back::<LossKind>(text);
    accepted |= comes_back::<Subject>(text);
    accepted |= comes_back::<PageSize>(text);
    accepted |= comes_back::<Quantity>(text);
    accepted |= comes_back::<DenoiserSpec>(text);
    accepted |= comes_back::<TokenSpec>(text);
    accepted |= comes_back::<SequenceSource>(text);
    accepted |= comes_back::<SequenceMethod>(text);
    accepted |= comes_back::<Temperature>(text);
    accepted |= comes_back::<Head>(text);
    accepted |= comes_back::<PlaneTargetSpec>(text);
    accepted |= comes_back::<PlaneMethod>(text);
    accepted |= comes_back::<PlaneTimes>(text);
    accepted |= comes_back::<PlaneCoupling>(text);
    accepted |= comes_back::<AffinePath>(text);
    accepted |= in_json::<TargetSpec>(text);
    // Whatever is no other name is that of a folder, which does not make it a value.
    comes_back::<ImageSource>(text);
    comes_back::<ImageModelSpec>(text);
    accepted
}

fn comes_back<T: FromStr<Err: Display + Debug> + Display + PartialEq + Debug>(text: &str) -> bool {
    match text.parse::<T>() {
        Ok(value) => {
            assert_eq!(value.to_string().parse::<T>().expect("what was written can be read"), value);
            true
        }
        Err(error) => refused(error),
    }
}

/// What only files may say, such as a whole drawing.
fn in_json<T: Serialize + DeserializeOwned>(text: &str) -> bool {
    match serde_json::from_value::<T>(Value::from(text)) {
        Ok(value) => {
            survives_json(&value);
            true
        }
        Err(error) => refused(error),
    }
}

/// A command line, a line a word.
fn arguments(bytes: &[u8]) -> bool {
    use clap::Parser as _;
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    match Cli::try_parse_from(std::iter::once("dfm-explorer").chain(text.lines())) {
        Ok(_) => true,
        Err(error) => refused(error),
    }
}
