//! The commands about images from outside: the real program, its files and exit statuses.

use crate::desk::Desk;
use dfm_explorer::experiment::Recipe;
use dfm_explorer::experiment::images::ImageSettings;
use dfm_explorer::sampler::sequence::{SequenceMethod, SequenceSetup, run_sequences};
use image::{GrayImage, Luma, Rgb, RgbImage};
use std::io::Cursor;
use std::ops::ControlFlow;

const SMALL: &str = "--denoiser empirical:shapes@30 --tokens palette:16 --size 8 --n 6";

fn png(picture: impl Into<image::DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

/// The experiment inside a figure.
fn carried(desk: &Desk, name: &str) -> ImageSettings {
    let recipes = Recipe::all_in(&desk.0.path().join(name)).expect("a figure");
    recipes[0].settings(&ImageSettings::default()).expect("its experiment")
}

#[test]
fn images_come_out_as_tokens_as_a_wall_and_as_an_animation() {
    let desk = Desk::new();
    let report = desk.json(&format!("sample images {SMALL} --steps 12 --out tokens.npy"));
    assert_eq!((report["images"].as_u64(), report["tokens"].as_u64()), (Some(6), Some(64)));
    let nfe = report["nfe"].as_f64().expect("a number");
    assert!(nfe > 1.0 && nfe <= 12.0, "{nfe}");
    let tokens = desk.read::<i64>("tokens.npy");
    assert!(tokens.shape() == [6, 64] && tokens.iter().all(|token| (0..16).contains(token)));
    desk.succeed(&format!("sample images {SMALL} --steps 12 --out again.npy --quiet"));
    assert_eq!(desk.read::<i64>("again.npy"), tokens, "the same seed");
    desk.succeed(&format!("sample images {SMALL} --steps 12 --seed 1 --out other.npy --quiet"));
    assert!(desk.read::<i64>("other.npy") != tokens);
    desk.succeed(&format!("sample images {SMALL} --steps 12 --out wall.png"));
    desk.succeed(&format!("sample images {SMALL} --method maskgit --steps 12 --out run.gif"));
    desk.succeed(&format!("sample images {SMALL} --strip 6 --out strip.svg"));
    let svg = std::fs::read_to_string(desk.0.path().join("strip.svg")).expect("the strip");
    assert!(svg.matches("<image").count() == 36 && svg.contains("κ = 0.") && svg.contains("64 steps"));
    desk.refuse(2, &format!("sample images {SMALL} --strip 6 --out strip.gif"), &[".png, .svg or .pdf"]);
    // Dropped on the window, each gives its run back.
    let shown = |name: &str| {
        let shown = carried(&desk, name);
        (shown.model.to_string(), shown.images, shown.sides[0].sampler.method)
    };
    let of = |method| ("empirical:shapes@30".to_owned(), 6, method);
    assert_eq!(shown("wall.png"), of(SequenceMethod::Exact));
    assert_eq!(shown("run.gif"), of(SequenceMethod::MaskGit));
    assert_eq!(shown("strip.svg"), of(SequenceMethod::Exact));
    let size = |name: &str| image::image_dimensions(desk.0.path().join(name)).expect("a picture");
    assert_eq!((size("wall.png"), size("run.gif")), ((26 * 16, 17 * 16), (26 * 16, 17 * 16)));
}

#[test]
fn a_wall_shows_the_guess_or_the_entropy_too() {
    let desk = Desk::new();
    let read = |name: &str| image::open(desk.0.path().join(name)).expect("a picture").to_rgb8();
    let frames = |name: &str| {
        let bytes = std::fs::read(desk.0.path().join(name)).expect("a film");
        let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(bytes)).expect("a GIF");
        image::AnimationDecoder::into_frames(decoder).count()
    };
    let sample = format!("sample images {SMALL} --steps 8");
    desk.succeed(&format!("{sample} --out tokens.gif"));
    for show in ["guess", "entropy"] {
        desk.succeed(&format!("{sample} --show {show} --out {show}.gif"));
        assert_eq!(frames(&format!("{show}.gif")), frames("tokens.gif"), "{show}");
        assert_eq!(carried(&desk, &format!("{show}.gif")).shows.name(), show);
        desk.succeed(&format!("{sample} --show {show} --out {show}.png"));
        // From the recipe inside it the same is drawn again, at any time.
        desk.succeed(&format!("figure {show}.png --out again.png"));
        assert!(read("again.png") == read(&format!("{show}.png")), "{show}");
        desk.succeed(&format!("figure {show}.png --t 0.4 --out early.png"));
        assert!(read("early.png") != read("again.png"), "{show}");
    }
    // Of a figure of tokens, too: the images are below each other, and what is seen of them stands under them.
    desk.succeed(&format!("{sample} --out tokens.png"));
    desk.succeed("figure tokens.png --show entropy --out of-tokens.png");
    assert!(read("of-tokens.png") == read("entropy.png"));
    assert_eq!(carried(&desk, "of-tokens.png").shows.name(), "entropy");
    let [tokens, guess, entropy] = ["tokens.png", "guess.png", "entropy.png"].map(|name| read(name).height());
    assert!(tokens < guess && guess < entropy, "{tokens} {guess} {entropy}");
    desk.succeed("export --view mass --k 8 --out mass.png");
    desk.refuse(
        2,
        "figure mass.png --show guess --out no.png",
        &["--show guess", "mass.png", "leave it out"],
    );
    desk.refuse(2, "figure tokens.png --show guess --out no.csv", &["--show guess", "tokens.png"]);
    desk.refuse(2, "figure tokens.png --show noise --out no.png", &["--show", "entropy"]);
    let strip = format!("{sample} --strip 3 --show entropy --out strip.svg");
    desk.succeed(&strip);
    let svg = std::fs::read_to_string(desk.0.path().join("strip.svg")).expect("the strip");
    assert!(svg.contains(">bits a pixel<") && svg.contains(">4<"), "16 colours are four bits");
    desk.refuse(2, &format!("{sample} --show guess --out no.npy"), &["--show guess", ".png"]);
    desk.refuse(2, &format!("{sample} --show noise --out no.png"), &["--show", "noise", "guess"]);
}

#[test]
fn the_experiment_in_a_figure_gives_the_same_tokens() {
    let desk = Desk::new();
    let sample =
        format!("sample images {SMALL} --steps 9 --corrector 4,1,0.5 --temperature 0.8 --seed 7 --quiet");
    desk.succeed(&format!("{sample} --out tokens.npy"));
    desk.succeed(&format!("{sample} --out wall.png"));
    let images = carried(&desk, "wall.png");
    let model = images.model.load(images.side, images.tokens, images.source, images.seed).expect("a model");
    let setup = SequenceSetup {
        denoiser: &*model.denoiser,
        config: images.sides[0].config(images.seed),
        count: images.images,
        first: 0,
        given: None,
    };
    let done = run_sequences(setup, |_| ControlFlow::Continue(())).expect("samples");
    let tokens: Vec<i64> = done.states.iter().map(|&token| i64::from(token)).collect();
    assert_eq!(tokens, desk.read::<i64>("tokens.npy").into_raw_vec_and_offset().0);
}

#[test]
fn given_tokens_stay_and_a_mask_of_another_size_is_refused() {
    let desk = Desk::new();
    desk.write("photo.png", png(RgbImage::from_fn(40, 30, |x, _| Rgb([6 * x as u8, 200, 30]))));
    desk.write("mask.png", png(GrayImage::from_fn(8, 8, |x, _| Luma([if x < 4 { 255 } else { 0 }]))));
    desk.write("large.png", png(GrayImage::new(9, 9)));
    let sample = "sample images --denoiser independent:shapes@30 --tokens gray:16 --size 8 --n 3 --steps 4";
    desk.succeed(&format!("{sample} --given photo.png --mask mask.png --out filled.npy --quiet"));
    let tokens = desk.read::<i64>("filled.npy");
    let token = |image: usize, row: usize, column: usize| tokens[[image, 8 * row + column]];
    for row in 0..8 {
        for column in 0..4 {
            assert_eq!(token(0, row, column), token(2, 0, column), "given in every image");
        }
    }
    let filled = |image: usize| (0..8).map(move |row| token(image, row, 6)).collect::<Vec<_>>();
    assert!(filled(0) != filled(1));
    desk.succeed(&format!("{sample} --given photo.png --mask mask.png --out filled.png --quiet"));
    let shown = carried(&desk, "filled.png");
    assert_eq!(shown.given.expect("what is given").mask, ["####...."; 8]);
    let refused = format!("{sample} --given photo.png --mask large.png --out no.npy");
    desk.refuse(2, &refused, &["--mask large.png", "9×9", "8×8"]);
    desk.refuse(2, &format!("{sample} --given photo.png --out no.npy"), &["--mask"]);
    desk.refuse(2, &format!("{sample} --given no.png --mask mask.png --out no.npy"), &["--given no.png"]);
}

#[test]
fn settings_without_meaning_are_refused() {
    let desk = Desk::new();
    for (more, words) in [
        ("--method maskgit --corrector 12,2,0.25", &["maskgit", "--corrector"][..]),
        ("--method maskgit --source uniform", &["mask source"]),
        ("--choice-temperature 2", &["--choice-temperature"]),
        ("--corrector-by velocity", &["--corrector-by", "--corrector"]),
        ("--temperature 9", &["temperature"]),
        ("--steps 0", &["1 to 100000"]),
        ("--size 12", &["8, 16 or 32"]),
        ("--tokens rgb:1", &["rgb:L"]),
    ] {
        let tokens = if more.contains("--tokens") { "" } else { "--tokens gray:4" };
        let size = if more.contains("--size") { "" } else { "--size 8" };
        let sample = format!("sample images --denoiser empirical:shapes@5 --n 2 {tokens} {size}");
        desk.refuse(2, &format!("{sample} {more} --out no.png"), words);
    }
    let named = |denoiser: &str| format!("sample images --denoiser {denoiser} --out no.png");
    desk.refuse(2, &named("oracle"), &["--denoiser", "empirical:DATA"]);
    let small =
        "sample images --denoiser empirical:shapes@30 --tokens gray:4 --size 8 --n 2 --steps 3 --out no.npy";
    desk.refuse(2, &format!("{small} --class yacht"), &["--class yacht", "expected one of"]);
    desk.refuse(2, &format!("{small} --guidance 2"), &["--class"]);
    desk.refuse(2, &named("empirical:nowhere"), &["nowhere"]);
    desk.refuse(
        2,
        &named("empirical:shapes --n 2 --size 8").replace("no.png", "no.svg"),
        &[".png, .gif or .npy"],
    );
    assert!(!desk.exists("no.png"));
}

#[test]
fn what_a_denoiser_knows_is_measured_in_bits() {
    let desk = Desk::new();
    let tokens = "--tokens gray:4 --size 8";
    let of = |denoiser: &str, split: &str| {
        desk.json(&format!(
            "eval images --denoiser {denoiser} {tokens} --data shapes --split {split} --n 40 --strata 16"
        ))
    };
    let bits = |report: &serde_json::Value| report["bits_per_dimension"].as_f64();
    // 40 images of which it knows 40: log₂ 40 bits for 64 tokens, if no two are the same.
    let known = bits(&of("empirical:shapes@40", "train")).expect("finite");
    assert!((known - 40f64.log2() / 64.0).abs() < 0.03, "{known}");
    assert_eq!(bits(&of("empirical:shapes@40", "test")), None, "others are impossible");
    let guessed = bits(&of("independent:shapes@500", "test")).expect("finite");
    assert!(guessed > 0.5 && guessed < 2.0, "{guessed}");
    desk.refuse(2, &format!("eval images --denoiser empirical:shapes {tokens} --data nowhere"), &["nowhere"]);
}

#[test]
fn a_network_is_trained_taken_up_again_asked_and_sampled() {
    let desk = Desk::new();
    let small = "--data shapes --tokens gray:8 --size 8 --width 16 --batch 8";
    let first = desk
        .json(&format!("train images {small} --minutes 0.03 --out run.safetensors --give net.safetensors"));
    let (steps, images) =
        (first["steps"].as_u64().expect("steps"), first["images"].as_u64().expect("images"));
    assert!(steps > 0 && images == 8 * steps, "{first}");
    let more = "train images --minutes 0.02 --resume run.safetensors --out run.safetensors";
    let second = desk.json(more);
    assert!(second["steps"].as_u64() > Some(steps));
    // A network that was given away goes on with a fresh optimiser.
    let third = desk.json("train images --minutes 0.01 --resume net.safetensors --out other.safetensors");
    assert!(third["images"].as_u64() > Some(images) && third["steps"].as_u64() < second["steps"].as_u64());
    let size = |name: &str| std::fs::metadata(desk.0.path().join(name)).expect("a file").len();
    assert!(4 * size("net.safetensors") < size("run.safetensors"));
    let report = desk.json("eval images --denoiser net.safetensors --data shapes --n 20 --strata 4");
    let bits = report["bits_per_dimension"].as_f64().expect("finite");
    assert!((bits - first["bits_per_dimension"].as_f64().expect("finite")).abs() < 0.5, "{report} {first}");
    desk.succeed(
        "sample images --denoiser net.safetensors --n 4 --steps 5 --class star --guidance 2 --out g.png",
    );
    assert!(desk.exists("g.png"));
    desk.refuse(2, &format!("{more} --width 32"), &["--width 32", "16"]);
    desk.refuse(2, &format!("{more} --data cifar10"), &["--data cifar10", "shapes"]);
    desk.refuse(2, "sample images --denoiser net.safetensors --size 8 --out no.png", &["--size"]);
    desk.write("broken.safetensors", "no network");
    desk.refuse(2, "sample images --denoiser broken.safetensors --out no.png", &["broken.safetensors"]);
    desk.refuse(2, "train images --resume broken.safetensors --out no.safetensors", &["broken.safetensors"]);
    desk.refuse(2, "train images --width 20 --out no.safetensors", &["multiple of 16"]);
}

#[test]
fn a_run_with_a_length_ends_there_and_its_settings_are_its_own() {
    let desk = Desk::new();
    let small = "--data shapes --tokens gray:8 --size 8 --width 16 --batch 8 --minutes 5";
    let course = "--images 40 --dropout 0.25 --clip 0.5";
    let first = desk.json(&format!("train images {small} {course} --out run.safetensors"));
    let number = |report: &serde_json::Value, name: &str| {
        report[name].as_f64().unwrap_or_else(|| panic!("{name}: {report}"))
    };
    assert_eq!((number(&first, "images"), number(&first, "steps")), (40.0, 5.0));
    assert!(first["seconds_left"].is_null() && first["needed_device_bytes"].is_null(), "{first}");
    // Counted beforehand, and no more than was taken with program and images.
    let needed = number(&first, "needed_memory_bytes");
    assert!(needed > 1e6, "{first}");
    assert!(!cfg!(target_os = "linux") || needed < number(&first, "peak_memory_bytes"), "{first}");
    // Another length, batch and share for the rest of it.
    let more = "train images --minutes 5 --resume run.safetensors --out run.safetensors";
    let second = desk.json(&format!("{more} --images 60 --batch 4 --dropout 0"));
    assert_eq!((number(&second, "images"), number(&second, "steps")), (60.0, 10.0));
    let words = desk.run(&format!("{more} --images 64"));
    let said = String::from_utf8_lossy(&words.stderr).into_owned();
    assert!(
        words.status.success() && said.contains("0.1 million parameters in steps of 4 images needs about"),
        "{said}"
    );
    desk.refuse(2, more, &["has ended after 64 images", "--images above 64"]);
    desk.refuse(2, &format!("{more} --images 40"), &["--images 40", "the 64 images"]);
    desk.refuse(2, &format!("{more} --net medium"), &["--net medium", "width 16"]);
    let fresh = format!("train images {small} --out no.safetensors");
    for (wrong, words) in [
        ("--net huge", &["--net", "small, medium or large"][..]),
        ("--net large", &["--net", "--width"]),
        ("--dropout 0.95", &["--dropout", "0 to 0.9"]),
        ("--dropout -0.1", &["--dropout", "0 to 0.9"]),
        ("--dropout half", &["--dropout", "0 to 0.9"]),
        ("--clip 0", &["--clip", "above 0"]),
        ("--clip -1", &["--clip", "above 0"]),
        ("--clip inf", &["--clip", "above 0"]),
        ("--images 0", &["--images", "1 to 1000000000000"]),
        ("--images 1.5", &["--images", "whole number"]),
        ("--images -5", &["--images", "whole number"]),
    ] {
        desk.refuse(2, &format!("{fresh} {wrong}"), words);
    }
}

#[test]
fn the_networks_that_come_with_the_program_are_sampled_and_measured() {
    let desk = Desk::new();
    let report = desk.json("sample images --denoiser network:shapes --n 2 --steps 4 --out tokens.npy");
    assert_eq!(report["tokens"].as_u64(), Some(1024));
    let report = desk
        .json("eval images --denoiser network:shapes --data shapes --n 8 --strata 2 --frechet 24 --steps 4");
    let number = |name: &str| report[name].as_f64().unwrap_or_else(|| panic!("{name}: {report}"));
    assert!(number("bits_per_dimension") > 0.3 && number("bits_per_dimension") < 2.0);
    assert!(number("frechet") > number("frechet_floor") && number("frechet_floor") > 0.0);
    assert!(number("nfe") <= 4.0 && report["samples"].as_u64() == Some(24));
    let own = "sample images --denoiser network:cifar10 --size 16 --n 1 --out no.npy";
    desk.refuse(2, own, &["--size", "network:cifar10 has its own"]);
    desk.refuse(
        2,
        "sample images --denoiser network:cats --out no.npy",
        &["network:cifar10, network:shapes"],
    );
}

#[test]
fn quality_is_measured_against_passes_and_against_the_scheduler_of_training() {
    let desk = Desk::new();
    let report = desk.json(
        "eval nfe --denoiser empirical:shapes@40 --tokens palette:8 --data shapes --n 10 --steps 2,4 \
         --samplers linear,cubic+corrector,maskgit --out nfe.csv",
    );
    let points = report["points"].as_array().expect("points");
    assert_eq!(points.len(), 6);
    let csv = std::fs::read_to_string(desk.0.path().join("nfe.csv")).expect("a table");
    assert!(csv.starts_with("sampler,steps,nfe,frechet,frechet_floor") && csv.lines().count() == 7);
    assert!(csv.contains("\ncubic+corrector,4,") && csv.contains("\nmaskgit,2,2.0,"));
    let matrix =
        "eval matrix --tokens palette:8 --width 16 --images-seen 32 --steps 2 --n 4 --out matrix.csv";
    let report = desk.json(matrix);
    assert_eq!(report["entries"].as_array().map(Vec::len), Some(16));
    let csv = std::fs::read_to_string(desk.0.path().join("matrix.csv")).expect("a table");
    assert!(csv.contains("\nquadratic,cosine,32,"));
    desk.refuse(
        2,
        "eval nfe --denoiser empirical:shapes@5 --data shapes --samplers euler --out no.csv",
        &["--samplers", "maskgit"],
    );
    let small = "eval nfe --denoiser empirical:shapes@5 --size 8 --data shapes --steps 2 --out no.csv";
    desk.refuse(2, small, &["32×32"]);
    assert!(!desk.exists("no.csv"));
}

#[test]
fn copies_are_found_among_samples_and_among_images_that_were_sampled_before() {
    let desk = Desk::new();
    // What only remembers makes nothing but copies, in steps so small that no two tokens are drawn at once.
    let report = desk.json(&format!("eval copies {SMALL} --steps 2000 --out copies.csv"));
    let count = |name: &str| report[name].as_u64().unwrap_or_else(|| panic!("{name}: {report}"));
    assert_eq!([count("samples"), count("copies"), count("held_out")], [6, 6, 6]);
    assert_eq!([count("among"), count("pairs")], [4096, 4096]);
    assert_eq!(report["median_distance"].as_f64(), Some(0.0));
    assert!(report["held_out_median_distance"].as_f64() > Some(0.0), "{report}");
    assert!(report["pairs_median_distance"].as_f64() > report["held_out_median_distance"].as_f64());
    let found = report["found"].as_array().expect("an array");
    assert!(found.len() == 6 && found.iter().all(|one| one["distance"].as_f64() == Some(0.0)), "{report}");
    assert!(found.iter().all(|one| one["closer_than"].as_f64() > Some(0.99)), "{report}");
    let csv = std::fs::read_to_string(desk.0.path().join("copies.csv")).expect("a table");
    assert!(
        csv.starts_with("of,image,nearest,class,distance,closer_than,standard_error\nsample,0,"),
        "{csv}"
    );
    assert_eq!(csv.lines().filter(|line| line.starts_with("held out,")).count(), 6);
    // The same samples from their files: tokens, and the wall, whose pixels are cut apart again.
    desk.succeed(&format!("sample images {SMALL} --steps 2000 --out tokens.npy --quiet"));
    desk.succeed(&format!("sample images {SMALL} --steps 2000 --out wall.png --quiet"));
    let known = "eval copies --denoiser empirical:shapes@30 --tokens palette:16 --size 8";
    for file in ["tokens.npy", "wall.png"] {
        let again = desk.json(&format!("{known} --samples {file}"));
        assert_eq!(again["found"], report["found"], "{file}");
    }
    let words = desk.succeed(&format!("{known} --samples wall.png"));
    assert!(
        words.starts_with("6 of 6 images at distance 0: copies, compared with 4096 of shapes"),
        "{words}"
    );
    assert!(words.contains("the nearest: sample 0 is 0.0 from image "), "{words}");
    assert!(words.contains("closer than all of 4096 pairs"), "{words}");
    // A picture of something else is none, whatever its size.
    desk.write("photo.png", png(RgbImage::from_fn(40, 30, |x, y| Rgb([6 * x as u8, 8 * y as u8, 30]))));
    let other = desk.json(&format!("{known} --samples photo.png"));
    assert_eq!((other["samples"].as_u64(), other["copies"].as_u64()), (Some(1), Some(0)), "{other}");
    desk.refuse(2, &format!("{known} --samples none.npy"), &["--samples none.npy"]);
    desk.refuse(2, &format!("{known} --samples tokens.npy --n 4"), &["--n", "--samples"]);
    let larger = "eval copies --denoiser empirical:shapes@30 --tokens palette:16 --size 16";
    desk.refuse(2, &format!("{larger} --samples tokens.npy"), &["6×64", "N×256"]);
    let fewer = "eval copies --denoiser empirical:shapes@30 --tokens palette:2 --size 8";
    desk.refuse(2, &format!("{fewer} --samples tokens.npy"), &["from 0 to 1"]);
    desk.refuse(2, &format!("{known} --samples wall.png --out wall.png"), &["--out wall.png", ".csv"]);
    desk.refuse(2, &format!("{known} --data nowhere --n 1"), &["nowhere"]);
}

#[test]
fn digits_are_trained_sampled_and_counted_without_another_word() {
    let desk = Desk::new();
    let report = desk.json("train images --data digits --width 16 --minutes 0.02 --out run.safetensors");
    assert_eq!(report["mirrored"].as_bool(), Some(false), "{report}");
    let of_run = desk.json("sample images --denoiser run.safetensors --class 7 --n 1 --steps 2 --out n.npy");
    let of_set = desk.json("sample images --denoiser empirical:digits@30 --n 1 --steps 2 --out s.npy");
    assert_eq!([&of_run, &of_set].map(|of| of["tokens"].as_u64()), [Some(64); 2]);
    let eval = "eval images --data digits --n 4 --strata 1 --steps 16";
    let report = desk.json(&format!("{eval} --denoiser network:digits --frechet 20 --asked 30"));
    let number = |name: &str| report[name].as_f64().unwrap_or_else(|| panic!("{name}: {report}"));
    assert!(number("asked") == 30.0 && (24.0..=30.0).contains(&number("asked_right")), "{report}");
    assert!(number("frechet") > 0.0 && number("frechet_floor") > 0.0);
    // What only remembers is right as often as its set is.
    let known = desk.json(&format!("{eval} --split train --denoiser empirical:digits --asked 20"));
    assert!(known["asked_right"].as_u64() >= Some(18), "{known}");
    let other = format!("{eval} --denoiser network:digits --asked 10 --asked-guidance -1");
    desk.refuse(2, &other, &["--asked-guidance", "0 to 100"]);
    let unknown = format!("{eval} --denoiser independent:digits@30 --asked 10");
    desk.refuse(2, &unknown, &["--asked", "knows no classes"]);
    desk.refuse(
        2,
        "train images --resume run.safetensors --size 16 --out run.safetensors",
        &["--size 16", "8"],
    );
}

#[test]
fn a_classifier_is_trained_named_and_refused_where_it_is_none() {
    let desk = Desk::new();
    let report = desk.json("train classifier --data shapes --minutes 0.01 --out classifier.safetensors");
    assert!(report["images"].as_u64().is_some_and(|images| images >= 64));
    let eval = "eval images --denoiser empirical:shapes@20 --tokens gray:4 --data shapes --n 2 --strata 1 --frechet 4 \
                --steps 2";
    let report = desk.json(&format!("{eval} --classifier classifier.safetensors"));
    assert!(report["frechet"].as_f64().is_some());
    desk.write("none.safetensors", b"nothing");
    desk.refuse(2, &format!("{eval} --classifier none.safetensors"), &["--classifier", "none.safetensors"]);
    desk.refuse(2, "train classifier --data nowhere --out no.safetensors", &["nowhere"]);
}
