//! Networks for texts from outside: trained, taken up again, given away, asked and judged; and what is refused.

use crate::desk::{Desk, stderr};
use crate::numbers::number;

const TINY: &str = "--width 16 --blocks 2 --batch 4 --device cpu";

#[test]
fn a_network_learns_words_goes_on_and_is_asked() {
    let desk = Desk::new();
    let train = format!("train text --language words {TINY}");
    let first = desk.json(&format!("{train} --steps 40 --out a.safetensors --give g.safetensors"));
    assert_eq!((first["steps"].as_u64(), first["texts"].as_u64()), (Some(40), Some(160)));
    assert!(number(&first, "tokens_per_second") > 0.0 && first["seconds_left"].is_null());
    let on =
        desk.json("train text --steps 60 --batch 4 --device cpu --resume a.safetensors --out a.safetensors");
    assert_eq!(on["steps"].as_u64(), Some(60));
    // A network that was given away goes on with a fresh optimiser.
    let fresh =
        desk.json("train text --steps 50 --device cpu --batch 4 --resume g.safetensors --out b.safetensors");
    assert_eq!((fresh["steps"].as_u64(), fresh["texts"].as_u64()), (Some(10), Some(200)));

    let sample = desk.json("sample text --denoiser network:a.safetensors --n 3 --given ?a --device cpu");
    let texts: Vec<&str> =
        sample["texts"].as_array().expect("texts").iter().filter_map(|text| text.as_str()).collect();
    assert!(texts.len() == 3 && texts.iter().all(|text| text.len() == 5 && &text[1..2] == "a"), "{texts:?}");
    let found = desk.json("eval text --denoiser a.safetensors --n 32 --strata 4 --device cpu");
    // At most the bound of a network that knows nothing but that there are 26 letters.
    assert!(number(&found, "bits") < 5.0 && number(&found, "gap") > 0.0, "{found}");
    let apart = number(&found, "bits") - number(&found, "entropy") - number(&found, "gap");
    assert!(apart.abs() < 1.0, "{found}");
    let field = desk.json("field text --denoiser network:g.safetensors --state ?a??? --device cpu");
    assert_eq!(field["posterior"][1][0], 1.0);
    assert!(field["distance"].is_null());
    let words = desk.succeed("field text --denoiser g.safetensors --state ?a??? --device cpu");
    assert!(words.starts_with("a network of words:"), "{words}");
}

#[test]
fn the_twin_writes_from_left_to_right_and_a_uniform_source_is_told_kappa() {
    let desk = Desk::new();
    desk.write("a.txt", "to be or not to be, that is the question: ".repeat(40));
    let train = format!("train text --language text:a.txt --tokens 8 {TINY} --steps 30");
    let twin = desk.json(&format!("{train} --ar --out twin.safetensors"));
    assert!(number(&twin, "held_out_bits") < 4.5, "{twin}");
    let sample = desk.json("sample text --denoiser ar:twin.safetensors --n 2 --given to --device cpu");
    assert!(sample["texts"][1].as_str().is_some_and(|text| text.starts_with("to") && text.len() == 8));
    assert_eq!(sample["nfe"], 8.0);
    let found = desk.json("eval text --denoiser ar:twin.safetensors --n 16 --device cpu");
    assert!(
        found["autoregressive"] == true && found["entropy"].is_null() && found["gap"].is_null(),
        "{found}"
    );
    let whole = desk.json("field text --denoiser ar:twin.safetensors --state question --device cpu");
    assert!(number(&whole, "log_probability") < 0.0);
    desk.json(&format!("{train} --source uniform --out u.safetensors"));
    desk.json("sample text --denoiser network:u.safetensors --n 2 --steps 8 --device cpu");
    desk.refuse(2, "field text --denoiser u.safetensors --state question", &["--kappa"]);
    for (run, words) in [
        ("sample text --denoiser network:twin.safetensors", &["expected ar:"][..]),
        ("sample text --denoiser ar:u.safetensors", &["expected network:"]),
        ("sample text --denoiser network:u.safetensors --source mask", &["--source mask", "uniform"]),
        ("sample text --denoiser network:u.safetensors --tokens 9", &["--tokens 9", "8"]),
        ("sample text --denoiser network:u.safetensors --language sums", &["--language sums", "text:a.txt"]),
        ("sample text --denoiser network:u.safetensors --best", &["--best"]),
        (
            "sample text --denoiser ar:twin.safetensors --steps 8",
            &["--steps", "left to right", "temperature alone"],
        ),
        ("sample text --denoiser twin.safetensors --source uniform", &["--source", "left to right"]),
        (
            "sample text --denoiser ar:twin.safetensors --temperature 0.5,fading",
            &["fading", "one temperature"],
        ),
        ("eval text --denoiser ar:twin.safetensors --corrector 1,1,1", &["--corrector", "left to right"]),
        ("eval text --denoiser ar:twin.safetensors --strata 4", &["--strata", "exactly"]),
        (
            "export --lab text --denoiser ar:twin.safetensors --steps 4 --out x.svg",
            &["--steps", "left to right"],
        ),
        (
            "export --lab text --view areas --denoiser u.safetensors --out x.svg",
            &["u.safetensors", "mask source"],
        ),
        ("field text --denoiser u.safetensors --state question --source mask", &["--source mask", "uniform"]),
        (
            "field text --denoiser ar:twin.safetensors --state question --kappa 1",
            &["--kappa", "left to right"],
        ),
        ("sample text --denoiser network:none.safetensors", &["none.safetensors"]),
        ("sample text --denoiser network:a.txt", &["a.txt can't be used"]),
        ("sample text --denoiser chess", &["network:CKPT"]),
        ("sample text --language text", &["--language text", "nobody knows it exactly"]),
        ("eval text --language text", &["nobody knows it exactly"]),
        ("sample images --denoiser u.safetensors --out x.png", &["a network for texts"]),
    ] {
        desk.refuse(2, run, words);
    }
}

#[test]
fn programs_are_learned_from_their_prompts() {
    let desk = Desk::new();
    let found = desk.json(&format!(
        "train text --language programs --prompt docstring,hidden {TINY} --steps 12 --out p.safetensors"
    ));
    assert!(number(&found, "held_out_bits") > 0.0);
    desk.json(&format!("train text --language programs --ar {TINY} --steps 4 --out t.safetensors"));
    let told = desk.json("eval text --denoiser p.safetensors --n 4 --strata 1 --steps 4 --device cpu");
    assert!(number(&told, "compiles") <= 1.0 && number(&told, "gap") > 0.0, "{told}");
}

#[test]
fn steps_are_counted_over_all_calls_whatever_the_batch() {
    let desk = Desk::new();
    let train = format!("train text --language words {TINY}");
    let first = desk.run(&format!("{train} --steps 10 --out a.safetensors"));
    let said = stderr(&first);
    assert!(first.status.success() && said.contains("in steps of 4 texts needs about"), "{said}");
    let more = "train text --device cpu --resume a.safetensors --out a.safetensors";
    let second = desk.json(&format!("{more} --batch 2 --steps 16"));
    assert_eq!((second["steps"].as_u64(), second["texts"].as_u64()), (Some(16), Some(40 + 12)));
    desk.refuse(2, &format!("{more} --steps 16"), &["--steps 16", "the 16 steps", "a.safetensors"]);
    desk.refuse(2, &format!("{more} --steps 9 --batch 64"), &["--steps 9", "the 16 steps"]);
    desk.refuse(2, &format!("{more} --minutes 5"), &["has ended after 16 steps", "--steps above 16"]);
    // What has ended can still be given away, and that goes on after all of its steps.
    let given = desk.run(&format!("{more} --give g.safetensors"));
    assert!(given.status.success() && stderr(&given).contains("nothing is trained"), "{}", stderr(&given));
    let fresh = "train text --device cpu --resume g.safetensors --out b.safetensors --batch 8";
    desk.refuse(2, &format!("{fresh} --steps 16"), &["the 16 steps"]);
    let fresh = desk.json(&format!("{fresh} --steps 20"));
    assert_eq!((fresh["steps"].as_u64(), fresh["texts"].as_u64()), (Some(4), Some(52 + 4 * 8)));
    desk.refuse(2, "train text --resume b.safetensors --out b.safetensors --steps 20", &["the 20 steps"]);
}

#[test]
fn a_text_that_is_another_one_now_is_noticed() {
    let desk = Desk::new();
    let text = "to be or not to be, that is the question: ".repeat(40);
    desk.write("a.txt", &text);
    let train = format!("train text --language text:a.txt --tokens 8 {TINY} --steps 2 --out a.safetensors");
    desk.json(&train);
    let more = "train text --device cpu --resume a.safetensors --out a.safetensors";
    desk.write("a.txt", format!("{text}to be"));
    let longer = desk.run(&format!("{more} --steps 4"));
    let said = stderr(&longer);
    assert!(longer.status.success(), "{said}");
    assert!(said.contains("text:a.txt: it had 1680 letters when the run began, and has 1685 now"), "{said}");
    desk.write("a.txt", text.replace('q', "z"));
    desk.refuse(2, &format!("{more} --steps 6"), &["a.safetensors", "other symbols"]);
}

#[test]
fn what_can_not_be_trained_is_refused() {
    let desk = Desk::new();
    desk.write("short.txt", "ab");
    desk.json(&format!("train text --language words {TINY} --steps 2 --out a.safetensors"));
    for (run, words) in [
        ("--language chess --out x.safetensors", &["--language", "text:FILE"][..]),
        ("--language text:none.txt --out x.safetensors", &["none.txt"]),
        ("--language text:short.txt --out x.safetensors", &["short.txt", "too few"]),
        (
            "--language sums --prompt docstring --out x.safetensors",
            &["--prompt docstring", "expected none or prefix"],
        ),
        (
            "--language sums --attention 3 --blocks 2 --out x.safetensors",
            &["--attention 3", "as there are blocks, 2"],
        ),
        (
            "--language programs --tokens 3 --out x.safetensors",
            &["--tokens", "every text of programs has 48"],
        ),
        (
            "--language programs --prompt docstring --source uniform --out x.safetensors",
            &["--prompt docstring", "expected none"],
        ),
        ("--language sums --prompt all --out x.safetensors", &["prefix"]),
        ("--width 20 --out x.safetensors", &["multiple of 16"]),
        ("--ar --source mask --out x.safetensors", &["--source"]),
        ("--out x.txt", &[".safetensors"]),
        ("--out a.safetensors", &["a.safetensors", "--overwrite"]),
        (
            "--resume a.safetensors --language sums --out b.safetensors",
            &["--language sums differs from words"],
        ),
        ("--resume a.safetensors --width 32 --out b.safetensors", &["--width 32 differs from 16"]),
        ("--resume a.safetensors --ar --out b.safetensors", &["--ar"]),
        ("--resume a.safetensors --seed 5 --out b.safetensors", &["--seed 5 differs from 0"]),
        ("--resume short.txt --out b.safetensors", &["short.txt"]),
    ] {
        desk.refuse(2, &format!("train text {run}"), words);
    }
}
