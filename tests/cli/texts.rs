//! Languages from outside: what is known of a text, texts, curves, and how far they are from the language.

use crate::desk::Desk;
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key}: {value}"))
}

#[test]
fn a_field_of_text_has_its_four_parts() {
    let desk = Desk::new();
    let found = desk.json("field text --language sums --state 12+?=19");
    let alphabet: Vec<&str> =
        found["alphabet"].as_array().expect("symbols").iter().filter_map(Value::as_str).collect();
    assert_eq!(alphabet.concat(), "0123456789+-= ");
    let posterior = found["posterior"].as_array().expect("rows");
    assert_eq!(posterior.len(), 7);
    for (row, seen) in posterior.iter().zip("12+7=19".chars()) {
        let row = numbers(row);
        assert_eq!(row.len(), 14);
        let at = alphabet.iter().position(|symbol| *symbol == seen.to_string()).expect("a symbol");
        assert!((row[at] - 1.0).abs() < 1e-12, "{seen}");
    }
    assert!((number(&found, "log_probability") + 5000f64.ln()).abs() < 1e-12);
    assert_eq!(found["distance"], 0);
    let keys: Vec<&String> = found.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["alphabet", "distance", "log_probability", "posterior"]);
    let wrong = desk.json("field text --language sums --state 12+7=18");
    assert_eq!((wrong["log_probability"].clone(), &wrong["distance"]), (Value::Null, &Value::from(1)));
    // p_t(z) = Σ q(x) Π ((1−κ)/K + κ [z = x]): at κ = 0 nothing but noise.
    let noise = desk.json("field text --language sums --state 12+7=18 --source uniform --kappa 0");
    assert!((number(&noise, "log_probability") + 7.0 * 14f64.ln()).abs() < 1e-12);
    assert_eq!(noise["distance"], 1);
}

#[test]
fn words_of_a_file_are_a_language() {
    let desk = Desk::new();
    desk.write("list.txt", "kiwi\nkino\r\n\nlied\n");
    let found = desk.json("field text --language words:list.txt --state ki??");
    let alphabet = found["alphabet"].as_array().expect("symbols");
    assert_eq!((alphabet.len(), &alphabet[10]), (26, &Value::from("k")));
    assert!((number(&found, "log_probability") - (2f64 / 3.0).ln()).abs() < 1e-14);
    let third = numbers(&found["posterior"][2]);
    assert!((third[13] - 0.5).abs() < 1e-14 && (third[22] - 0.5).abs() < 1e-14, "n or w: {third:?}");
    let far = desk.json("field text --language words:list.txt --state xinx");
    assert_eq!(far["distance"], 2);
    let text = desk.succeed("field text --language words:list.txt --state ?i??");
    assert!(text.contains("k 0.6667") && text.contains("fits a text"), "{text}");
    // Given κ, ln p of the state has it.
    let at = desk.json("field text --language words:list.txt --state ki?? --kappa 0.5");
    assert!((number(&at, "log_probability") - (2f64 / 3.0 / 16.0).ln()).abs() < 1e-13);
}

#[test]
fn texts_are_sampled_around_what_is_given() {
    let desk = Desk::new();
    let found = desk.json("sample text --language sums --tokens 7 --given 12+?=19 --n 3 --steps 4");
    assert_eq!(found["texts"], serde_json::json!(["12+7=19", "12+7=19", "12+7=19"]));
    for source in ["mask", "uniform"] {
        let run =
            format!("sample text --language sums --source {source} --n 4 --steps 8 --seed 3 --given 12+?=");
        let found = desk.json(&run);
        let texts: Vec<&str> =
            found["texts"].as_array().expect("texts").iter().filter_map(Value::as_str).collect();
        assert_eq!(texts.len(), 4);
        for text in &texts {
            assert!(text.starts_with("12+") && &text[4..5] == "=" && text.len() == 64, "{text:?}");
        }
        assert_eq!(found["texts"], desk.json(&run)["texts"], "the same seed");
        // What is printed and what is written is the same.
        desk.succeed(&format!("{run} --out {source}.txt"));
        let written = std::fs::read_to_string(desk.0.path().join(format!("{source}.txt"))).expect("a file");
        assert_eq!(written.lines().collect::<Vec<_>>(), texts);
        assert_eq!(
            desk.succeed(&run).lines().map(str::trim_end).collect::<Vec<_>>(),
            texts.iter().map(|t| t.trim_end()).collect::<Vec<_>>()
        );
    }
    desk.succeed("sample text --language words --n 5 --denoiser joint --out words.json");
    let text = std::fs::read_to_string(desk.0.path().join("words.json")).expect("a file");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((value["texts"].as_array().map(Vec::len), &value["nfe"]), (Some(5), &Value::from(1.0)));
    let program = "????????????f(1)=10f(3)=14f(7)=22deff(x):";
    desk.refuse(2, &format!("sample text --language programs --given {program}"), &["--given", "alphabet"]);
    let mut run = desk.command("sample text --language programs --denoiser joint --n 2 --given");
    let output = run.arg("????????????f(1)=10f(3)=14f(7)=22def f(x):").output().expect("it starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.matches("f(1)=10 f(3)=14 f(7)=22\ndef f(x):\n    ").count() == 2, "{text}");
}

#[test]
fn a_curve_has_the_entropy_below_it_and_its_steps_above() {
    let desk = Desk::new();
    desk.write("list.txt", "kiwi\nkino\nlied\nlies\nkies\n");
    let found = desk
        .json("curve text --language words:list.txt --steps 1,4 --schedulers linear,best --out curve.csv");
    let entropy = 5f64.log2() / 4.0;
    assert!(
        (number(&found, "entropy") - entropy).abs() < 1e-12
            && (number(&found, "area") - entropy).abs() < 1e-12
    );
    assert_eq!(found["area_error"], 0.0);
    let points = found["points"].as_array().expect("points");
    assert_eq!(points.len(), 4);
    let excess = |n: usize| number(&points[n], "excess");
    assert!(excess(0) == excess(2) && excess(3) <= excess(1) + 1e-5 && excess(1) < excess(0), "{points:?}");
    let csv = std::fs::read_to_string(desk.0.path().join("curve.csv")).expect("a file");
    assert!(csv.starts_with("kappa,bits\n0.0,") && csv.lines().count() == 202, "{csv}");
    let told = desk.succeed("curve text --language sums --texts 4 --masks 9 --steps 16");
    assert!(told.contains("entropy 1.4617") && told.contains("best"), "{told}");
}

#[test]
fn a_sampler_is_judged_by_the_language() {
    let desk = Desk::new();
    desk.write("list.txt", "kiwi\nkino\nlied\nlies\nkies\n");
    let [one, many] = [1, 64]
        .map(|n| desk.json(&format!("eval text --language words:list.txt --steps {n} --n 200 --strata 2")));
    // Exactly, without samples: one step draws every letter for itself.
    assert!(number(&one, "exact_off") > 0.5 && number(&many, "exact_off") < 0.1, "{one} {many}");
    assert!((1.0 - number(&one, "grammatical") - number(&one, "exact_off")).abs() < 0.12, "{one}");
    assert!(number(&many, "exact_kl") < number(&one, "exact_kl"));
    let joint = desk.json("eval text --language sums --denoiser joint --n 8 --strata 2");
    assert_eq!((number(&joint, "grammatical"), number(&joint, "mean_distance")), (1.0, 0.0));
    assert_eq!(joint["statements"], joint["true_statements"]);
    let best = desk.json("eval text --language sums --tokens 16 --steps 4 --best --n 8 --strata 2");
    assert!(number(&best, "grammatical") <= 1.0 && best["exact_tv"].is_null());
}

#[test]
fn texts_that_were_written_are_read_again() {
    let desk = Desk::new();
    // In one step programs are full of tokens that do not belong beside each other.
    for language in ["programs --tokens 48", "sums", "ngram:2 --tokens 40"] {
        let sample = format!("sample text --language {language} --n 6 --steps 1");
        desk.succeed(&format!("{sample} --out a.txt"));
        desk.succeed(&format!("{sample} --out a.json"));
        let [lines, json] = ["a.txt", "a.json"]
            .map(|texts| desk.json(&format!("eval text --language {language} --texts {texts}")));
        assert_eq!(lines, json, "{language}");
        assert_eq!(lines["texts"], 6, "{language}");
    }
}

#[test]
fn what_is_no_language_or_no_text_of_it_is_refused() {
    let desk = Desk::new();
    let many: String = (0..1000).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
    desk.write("many.txt", many);
    desk.write("unequal.txt", "ab\nabc\n");
    desk.write("empty.txt", "");
    desk.write("binary.txt", b"ab\0\xff\xfe");
    desk.write("one.txt", "aaaa");
    let oversized = std::fs::File::create(desk.0.path().join("big.txt")).expect("a file");
    oversized.set_len(1_000_000_000).expect("a sparse file");
    for (language, words) in [
        ("chess", &["--language", "sums, tales"][..]),
        ("words:unequal.txt", &["unequal.txt", "one length"]),
        ("words:empty.txt", &["empty.txt", "no words"]),
        ("words:none.txt", &["none.txt", "No such file"]),
        ("ngram:9", &["1 to 7"]),
        ("ngram:3:empty.txt", &["empty.txt", "is empty"]),
        ("ngram:3:binary.txt", &["binary.txt"]),
        ("ngram:3:one.txt", &["one.txt", "single symbol"]),
        ("ngram:3:many.txt", &["many.txt", "1000 different letters", "at most 62", "at most half"]),
        ("ngram:3:big.txt", &["big.txt", "1000000000 bytes", "64 MiB"]),
        ("words:big.txt", &["big.txt", "4 MiB"]),
    ] {
        desk.refuse(2, &format!("sample text --language {language}"), words);
        desk.refuse(2, &format!("field text --language {language} --state a"), words);
        desk.refuse(2, &format!("curve text --language {language}"), words);
    }
    for (flags, words) in [
        ("field text --language sums --state 12x", &["--state", "'x'", "alphabet"][..]),
        ("field text --language words --state abc", &["--state", "3 tokens", "has 5"]),
        ("field text --language sums --state 1 --source uniform", &["--kappa"]),
        ("field text --language sums --state 1? --source uniform --kappa 0.5", &["no masks"]),
        ("field text --language sums --state 1 --kappa 1.5", &["--kappa", "0 to 1"]),
        ("sample text --language sums --tokens 3 --given 1234", &["--given", "4 tokens", "has 3"]),
        ("sample text --language sums --given ++", &["--given", "no text of this language fits"]),
        ("sample text --language sums --tokens 0", &["--tokens"]),
        ("sample text --language sums --out x.npy", &["--out", ".txt, .json"]),
        ("sample text --language sums --best --scheduler linear", &["--best"]),
        ("sample text --language sums --best --source uniform", &["--best", "mask source"]),
        ("sample text --language sums --best --time-grid kappa", &["--time-grid", "--best"]),
        ("sample text --language sums --method maskgit --source uniform", &["mask source"]),
        ("sample text --language words:unequal.txt --out unequal.txt", &["--out"]),
        ("curve text --language sums --schedulers worst", &["or best"]),
        ("curve text --language sums --texts 1", &["--texts"]),
        ("eval text --language programs --tokens 3", &["--tokens", "48"]),
        ("sample text --language words --tokens 9", &["--tokens", "4 to 8"]),
        ("sample text --language words:unequal.txt --tokens 9", &["--language", "unequal.txt"]),
        ("export --lab chess --out x.svg", &["--lab chess", "grid, plane or text"]),
        ("sample text --denoiser chess", &["network:programs", "ar:shakespeare-twin"]),
    ] {
        desk.refuse(2, flags, words);
    }
}

#[test]
fn the_grid_keeps_its_commands() {
    let desk = Desk::new();
    desk.succeed("field --k 4 --t 0.5 --quantity pmf --out p.npy");
    desk.refuse(2, "field --k 4", &["--t", "--quantity", "--out"]);
    desk.refuse(2, "curve", &["--out"]);
    assert!(
        desk.succeed("field --help").contains("text")
            && desk.succeed("field text --help").contains("--state")
    );
    for command in ["field", "sample", "curve", "eval"] {
        let help = desk.succeed(&format!("{command} text --help"));
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("Examples:"), "{command}");
        assert!(words.contains("network:programs, network:shakespeare, ar:shakespeare-twin"), "{command}");
    }
}
