//! Texts and programs judged from outside, one's own text made fit to be learned from, and what of it is refused.

use crate::desk::Desk;
use crate::numbers::number;
use serde_json::Value;

fn text(desk: &Desk, name: &str) -> String {
    std::fs::read_to_string(desk.0.path().join(name)).expect("a file")
}

#[test]
fn texts_of_a_file_are_judged_beside_real_ones_and_cheats() {
    let desk = Desk::new();
    desk.write("cheat.txt", "I will NOT be the man ".repeat(40));
    let found = desk.json("eval text --texts cheat.txt --tokens 128");
    assert_eq!((&found["texts"], &found["grammatical"]), (&Value::from(6), &Value::Null));
    let judge = &found["judge"];
    assert_eq!((&judge["order"], &judge["letters"]), (&Value::from(5), &Value::from(1_200_000)));
    // Better than Shakespeare, and given away by its repetitions.
    let references = judge["references"].as_array().expect("references");
    assert_eq!(references.len(), 3);
    assert!(number(judge, "bits") < number(&references[0], "bits") - 0.5, "{judge}");
    assert!(number(judge, "distinct_8grams") < 0.1 && number(&references[0], "distinct_8grams") > 0.9);
    assert!((number(judge, "token_entropy") - 3.29).abs() < 0.05, "{judge}");
    assert!(number(judge, "longest_copy") >= 10.0 && number(judge, "known_words") == 1.0);
    desk.write("sums.txt", "12+7=19\n12+7=18\n1+1=2 \n");
    let found = desk.json("eval text --language sums --texts sums.txt");
    assert!((number(&found, "grammatical") - 2.0 / 3.0).abs() < 1e-12, "{found}");
    assert!((number(&found, "mean_distance") - 1.0 / 3.0).abs() < 1e-12, "{found}");
    assert_eq!((&found["statements"], &found["true_statements"]), (&Value::from(3), &Value::from(2)));
    let told = desk.succeed("eval text --language sums --texts sums.txt");
    assert!(told.contains("5-gram judge") && told.contains("texts of the language"), "{told}");
    // What is sampled is judged, too.
    desk.write("own.txt", "to be or not to be, that is the question: ".repeat(60));
    let sampled = desk.json("eval text --language ngram:2:own.txt --tokens 32 --n 8 --steps 8 --strata 2");
    assert!(number(&sampled["judge"], "bits") > 0.0 && number(&sampled["judge"], "letters") > 2000.0);
}

#[test]
fn programs_are_written_for_tasks() {
    let desk = Desk::new();
    let run =
        "eval code --task examples --denoiser joint,exact --tasks 6 --samples 4 --steps 8 --out pass.csv";
    let found = desk.json(run);
    let points = found["points"].as_array().expect("points");
    let names: Vec<&str> = points.iter().filter_map(|point| point["denoiser"].as_str()).collect();
    assert_eq!(names, ["joint", "exact"]);
    // Whole programs do what is shown, and some of them what is not.
    assert_eq!((number(&points[0], "compiles"), number(&points[0], "shown")), (1.0, 1.0));
    let pass = points[0]["pass"].as_array().expect("Pass@k");
    assert!(pass.len() == 4 && number(&pass[3], "pass") >= number(&pass[0], "pass"), "{pass:?}");
    assert!(number(&points[1], "nfe") > 1.0);
    assert!(text(&desk, "pass.csv").starts_with("denoiser,masked_share,k,pass,error\njoint,1,1,"));
    let held_out =
        "eval code --task docstring --held-out --tasks 5 --samples 2 --steps 2 --masked-share 0,0.5";
    let found = desk.json(&format!("{held_out} --out infill.svg"));
    let points = found["points"].as_array().expect("points");
    assert!(points.iter().all(|point| number(&point["pass"][0], "pass") == 1.0), "{found}");
    assert!(text(&desk, "infill.svg").contains("compiles@1"));
    desk.succeed(&format!("{held_out} --out infill.csv"));
    let csv = text(&desk, "infill.csv");
    assert!(
        csv.starts_with("denoiser,masked_share,k,pass,error,compiles,compiles_error\nexact,0,1,1,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 1 + 2 * 2, "{csv}");
    let told = desk.succeed(held_out);
    assert!(told.contains("held out") && told.contains("50% masked"), "{told}");
    for (flags, words) in [
        ("--task nothing", &["--task", "docstring, examples or hidden:P"][..]),
        ("--masked-share 1.5", &["--masked-share", "0 to 1"]),
        ("--denoiser best", &["--denoiser"]),
        ("--width 8cm", &["--width", "--out"]),
        ("--out pass.gif", &["--out", ".csv"]),
        ("--samples 0", &["--samples"]),
    ] {
        desk.refuse(2, &format!("eval code --tasks 2 {flags}"), words);
    }
}

#[test]
fn ones_own_text_is_tidied_and_read() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.0.path().join("texts/more")).expect("folders");
    let many: String = (0..100).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
    desk.write("texts/a.txt", "\u{201c}To  be\u{201d}, or\tnot?\r\n\r\n\r\n".repeat(30));
    desk.write("texts/more/b.md", format!("That is {many} the question\n"));
    desk.write("texts/more/broken.txt", b"ab\xff");
    desk.write("texts/more/picture.png", b"no text");
    let found = desk.json("data text --from texts --out own.txt");
    assert_eq!((&found["files"], found["left_out"].as_array().map(Vec::len)), (&Value::from(2), Some(1)));
    assert!(
        found["left_out"][0]["file"].as_str().is_some_and(|file| file.ends_with("broken.txt")),
        "{found}"
    );
    let dropped = found["dropped"].as_array().expect("a list");
    assert!(dropped.len() > 30 && number(&dropped[0], "count") == 1.0, "{found}");
    let own = text(&desk, "own.txt");
    assert!(own.starts_with("\"to be\", or not?\n\n\"to be\""), "{own}");
    assert_eq!(own.chars().count() as f64, number(&found, "letters"));
    assert_eq!(number(&found, "letters"), number(&found, "training") + number(&found, "held_out"));
    // It is read as it stands: nothing is dropped any more.
    let sample = desk.run("sample text --language ngram:3:own.txt --tokens 16 --n 2 --denoiser joint");
    assert_eq!((sample.status.code(), sample.stderr.len()), (Some(0), 0));
    desk.refuse(2, "data text --from texts --out own.txt", &["--out own.txt", "--overwrite"]);
    let again = desk.succeed("data text --from own.txt --out again.txt");
    assert_eq!(text(&desk, "again.txt"), own);
    assert!(again.contains("licence") && !again.contains("dropped"), "{again}");
}

#[test]
fn what_is_no_text_is_refused() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.0.path().join("nothing")).expect("a folder");
    desk.write("empty.txt", "");
    desk.write("binary.txt", b"ab\0cd");
    desk.write("latin.txt", b"caf\xe9");
    desk.write("one.txt", "aaaa");
    desk.write("blank.txt", " \n\n ");
    let oversized = std::fs::File::create(desk.0.path().join("big.txt")).expect("a file");
    oversized.set_len(1_000_000_000).expect("a sparse file");
    for (from, words) in [
        ("empty.txt", &["--from empty.txt", "is empty"][..]),
        ("blank.txt", &["blank.txt"]),
        ("binary.txt", &["binary.txt", "zero bytes"]),
        ("latin.txt", &["latin.txt", "byte 4 is not UTF-8"]),
        ("one.txt", &["one.txt", "single symbol"]),
        ("big.txt", &["big.txt", "1000000000 bytes", "64 MiB"]),
        ("none.txt", &["none.txt", "No such file"]),
        ("nothing", &["nothing", "no .txt or .md file"]),
    ] {
        desk.refuse(2, &format!("data text --from {from} --out x.txt"), words);
    }
    desk.refuse(2, "data text --from one.txt --out x.csv", &["--out", ".txt"]);
    desk.refuse(2, "data text --from one.txt --out one.txt", &["--out"]);
    for (from, words) in [
        ("empty.txt", &["--texts", "empty.txt", "no texts"][..]),
        ("latin.txt", &["latin.txt", "UTF-8"]),
        ("one.txt", &["one.txt", "text 1", "'a'"]),
        ("big.txt", &["big.txt", "64 MiB"]),
        ("none.txt", &["none.txt"]),
    ] {
        desk.refuse(2, &format!("eval text --language sums --texts {from}"), words);
    }
    desk.refuse(2, "eval text --language words --texts one.txt", &["--texts", "4 tokens", "has 5"]);
    desk.refuse(2, "eval text --texts one.txt --steps 4", &["--texts", "--steps"]);
}

#[test]
fn pages_and_plots_of_texts_are_figures() {
    let desk = Desk::new();
    desk.write("list.txt", "kiwi\nkino\nlied\nlies\nkies\n");
    desk.succeed(
        "sample text --language sums --tokens 24 --n 2 --steps 4 --t 0.5 --show guess --out page.svg",
    );
    let page = text(&desk, "page.svg");
    assert!(page.contains("<text") && page.contains("<metadata"), "text as text, and where it is from");
    desk.succeed("sample text --language words:list.txt --n 3 --steps 3 --given ki?? --out page.gif");
    assert!(desk.exists("page.gif"));
    desk.succeed("export --lab text --view strip --language words:list.txt --n 1 --steps 3 --out strip.svg");
    assert!(text(&desk, "strip.svg").contains("κ = "));
    desk.succeed("export text --view areas --language words:list.txt --steps 4 --out areas.csv");
    assert!(text(&desk, "areas.csv").starts_with("curve,kappa,bits_a_token"));
    desk.refuse(2, "export --lab text --view areas --language sums --out x.gif", &["--out", ".svg"]);
    desk.refuse(2, "export --lab text --view board --language sums --out x.svg", &["--view", "page"]);
    desk.refuse(2, "sample text --language sums --n 65 --out x.svg", &["-n 65", "64"]);
    desk.refuse(2, "sample text --language sums --t 0.5", &["--t", "--out"]);
    desk.succeed("curve text --language words:list.txt --steps 4 --schedulers linear,best --out areas.svg");
    assert!(text(&desk, "areas.svg").contains("parallel steps"));
    let truth = desk.json("curve text --of truth --language words:list.txt --texts 8 --out truth.svg");
    let points = truth["points"].as_array().expect("points");
    let last = points.last().expect("the reference");
    assert_eq!((&last["sampler"], &last["share"]), (&Value::from("whole texts at once"), &Value::from(1.0)));
    assert!(text(&desk, "truth.svg").contains("words of the list"));
    let run = "curve text --of perplexity --language sums --tokens 16 --texts 4";
    let found = desk.json(&format!("{run} --out perplexity.csv"));
    assert_eq!(found["judge"], "5-gram judge");
    // True texts, numbers of steps, temperatures, MaskGIT and the corrector, one cheat, and whole texts at once.
    assert_eq!(found["points"].as_array().map(Vec::len), Some(1 + 4 + 6 + 2 + 1 + 1));
    assert!(text(&desk, "perplexity.csv").starts_with("texts,trail,count,bits_a_letter"));
    desk.succeed(&format!("{run} --out perplexity.svg"));
    assert!(text(&desk, "perplexity.svg").contains("left is not better"));
    for (flags, words) in [
        ("--of perplexity --language programs", &["--of perplexity", "programs"][..]),
        ("--of truth --language sums --denoiser joint", &["--denoiser"]),
        ("--of perplexity --language sums --denoiser joint", &["--denoiser joint"]),
        ("--of nothing --language sums", &["--of"]),
        ("--language sums --width 8cm", &["--width", "--out"]),
    ] {
        desk.refuse(2, &format!("curve text {flags}"), words);
    }
}
