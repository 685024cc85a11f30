//! Flags of texts that would change nothing are refused by name, and only where somebody said them.

use crate::desk::{Desk, stderr};

#[test]
fn whole_texts_have_nothing_of_a_sampler() {
    let desk = Desk::new();
    let joint = [
        "sample text --tokens 7 --n 2",
        "eval text --tokens 7 --n 2 --strata 1",
        "eval code --tasks 2 --samples 2",
    ];
    for run in joint {
        for flag in
            ["--steps 64", "--temperature 1", "--corrector 1,1,1", "--method maskgit", "--scheduler cubic"]
        {
            let name = flag.split(' ').next().expect("a name");
            let words = [name, "--denoiser joint", "whole texts at once", "leave it out"];
            desk.refuse(2, &format!("{run} --denoiser joint {flag}"), &words);
        }
        desk.succeed(&format!("{run} --denoiser joint"));
    }
    for flag in ["--source mask", "--best", "--time-grid kappa", "--confidence 0.5", "--block 2"] {
        desk.refuse(
            2,
            &format!("sample text --denoiser joint {flag}"),
            &["--denoiser joint", "leave it out"],
        );
    }
    desk.refuse(
        2,
        "export --lab text --denoiser joint --steps 8 --out x.svg",
        &["--steps", "--denoiser joint"],
    );
    // Beside one who goes in steps they have their use.
    desk.succeed("eval code --tasks 2 --samples 2 --denoiser joint,exact --steps 4");
}

#[test]
fn texts_of_a_file_are_not_sampled() {
    let desk = Desk::new();
    desk.write("sums.txt", "12+7=19 1+1=3\n3-1=2 4+\n1+1=2\n");
    for flag in
        ["--steps 4", "--temperature 0.5", "--corrector 1,1,1", "--block 2", "--n 3", "--strata 2", "--best"]
    {
        let name = flag.split(' ').next().expect("a name");
        let run = format!("eval text --language sums --texts sums.txt {flag}");
        desk.refuse(2, &run, &[name, "--texts", "samples none", "leave it out"]);
    }
    let said = |more: &str| desk.succeed(&format!("eval text --language sums --texts sums.txt {more}"));
    assert!(said("").contains("\n3 of 4 complete statements are true"), "{}", said(""));
    // A text as long as those of the language may be cut off: 1+1=2 of 1+1=20.
    assert!(said("--tokens 5").contains("\n2 of 3 complete statements are true"), "{}", said("--tokens 5"));
    desk.write("ones.txt", "1".repeat(20));
    let told = desk.succeed("eval text --language sums --texts ones.txt");
    assert!(told.contains("token entropy 0.000 bits"), "nothing has no sign: {told}");
    desk.write("strange.txt", "愛は川の水 ab");
    let strange = "eval text --language ngram:2 --texts strange.txt";
    desk.refuse(2, strange, &["--texts strange.txt", "5 of its 8 letters", "at most half"]);
}

#[test]
fn curves_refuse_what_they_do_not_draw() {
    let desk = Desk::new();
    for (flags, words) in [
        ("--of truth --steps 4", &["--steps", "--of truth", "samplers of its own"][..]),
        ("--of truth --schedulers linear", &["--schedulers"]),
        ("--of perplexity --steps 16,64", &["--steps", "--of perplexity"]),
        ("--of perplexity --masks 9", &["--masks", "no information curve"]),
        ("--of perplexity --denoiser network:programs --language sums", &["--language", "has learned"]),
        ("--language words --masks 9", &["--masks", "exact, not estimated"]),
        ("--language words --denoiser network:shakespeare", &["--language: words of 128 letters"]),
        ("--denoiser network:shakespeare", &["learned from", "--language ngram:ORDER"]),
    ] {
        desk.refuse(2, &format!("curve text {flags}"), words);
    }
    let told = desk.succeed("curve text --of truth --language words --texts 4 --masks 9");
    assert!(told.contains("MaskGIT, choice temperature 0 "), "{told}");
}

#[test]
fn views_refuse_what_they_do_not_show() {
    let desk = Desk::new();
    let no_curve = "the information curve is that of a mask source and of the exact method";
    for (flags, words) in [
        ("--view areas --source uniform", &["--source uniform", no_curve][..]),
        ("--view areas --method maskgit", &["--method maskgit", no_curve]),
        ("--view areas --denoiser joint", &["--denoiser joint", no_curve]),
        ("--view areas --corrector 1,1,1", &["--corrector", no_curve]),
        ("--view areas --given 12+", &["--given", "whole texts"]),
        ("--view areas --temperature 0.5", &["--temperature", "no texts are drawn"]),
        ("--view areas -n 4", &["--n:", "no texts are drawn"]),
        ("--view areas --seed 1", &["--seed"]),
        ("--view areas --t 0.5", &["--t:", "--view areas"]),
        ("--view truth --steps 4", &["--steps", "--view truth"]),
        ("--view truth --denoiser joint", &["--denoiser joint", "exact denoiser"]),
        ("--view entropy --show guess", &["--show", "--view entropy"]),
        ("--view text -n 4 --picked 4", &["--picked 4", "there are 4 texts", "from 0 to 3"]),
        ("--picked 1", &["--picked", "--view text or strip", "--view page"]),
        ("--columns 4", &["--columns", "--view strip"]),
        ("--seconds 4", &["--seconds", "FILE.gif"]),
        ("--view strip --t 0.5", &["--t:", "--view strip"]),
    ] {
        desk.refuse(2, &format!("export --lab text {flags} --out x.svg"), words);
    }
    desk.refuse(2, "export --lab text --t 0.5 --out x.gif", &["--t:", "stands still"]);
    desk.refuse(2, "sample text --t 0.5 --out x.gif", &["--t:", "every time"]);
    desk.refuse(2, "sample text --t 1", &["--t:", "--out FILE.svg"]);
    let small = "export --lab text --tokens 7 -n 2 --steps 2";
    desk.succeed(&format!("{small} --view text --picked 1 --t 0.5 --show guess --out text.svg"));
    desk.succeed(&format!("{small} --view strip --picked 1 --columns 2 --out strip.svg"));
    desk.succeed(&format!("{small} --view timeline --seconds 1 --out line.gif"));
}

#[test]
fn a_field_is_of_sums_and_of_the_exact_denoiser_unless_another_is_said() {
    let desk = Desk::new();
    let said = desk.json("field text --language sums --state 1+1=?");
    assert_eq!(desk.json("field text --state 1+1=?"), said);
    assert_eq!(desk.json("field text --state 1+1=? --denoiser exact --source mask"), said);
    desk.refuse(2, "field text --state 1 --denoiser joint", &["--denoiser joint", "expected exact"]);
    let both = "field text --state 1 --denoiser network:programs --language sums";
    desk.refuse(2, both, &["--language", "network:programs", "leave it out"]);
    let state = format!("'{}'", "?".repeat(48));
    let other =
        format!("field text --state {state} --denoiser network:programs --source uniform --kappa 0.5");
    desk.refuse(2, &other, &["--source uniform differs from mask", "programs"]);
    let idle = format!("field text --state {state} --denoiser network:programs --kappa 0.5");
    desk.refuse(2, &idle, &["--kappa", "the same at every κ", "leave it out"]);
    let sizes = "train text --size live --width 32 --blocks 1 --steps 1 --out x.safetensors";
    desk.refuse(2, sizes, &["--size", "--width and --blocks", "leave it out"]);
}

#[test]
fn what_is_exact_runs_on_no_device_and_a_uniform_bound_stands_alone() {
    let desk = Desk::new();
    for run in [
        "sample text --tokens 7 -n 2 --steps 2",
        "field --k 5 --t 0.3 --quantity pmf --out pmf.csv",
        "export --view mass --k 5 --out mass.svg",
    ] {
        let run = desk.run(&format!("{run} --device gpu:7"));
        let words = stderr(&run);
        assert!(
            run.status.success() && words.contains("warning: --device gpu:7: nothing here runs"),
            "{words}"
        );
    }
    let cpu = desk.run("sample text --tokens 7 -n 2 --steps 2 --device cpu");
    assert!(stderr(&cpu).is_empty(), "it does run there: {}", stderr(&cpu));
    let eval = "eval text --tokens 16 --n 4 --strata 1 --steps 4";
    let [mask, uniform] =
        ["mask", "uniform"].map(|source| desk.succeed(&format!("{eval} --source {source}")));
    assert!(mask.contains("entropy of the language 1."), "{mask}");
    assert!(
        uniform.contains("above the entropy") && !uniform.contains("entropy of the language 1."),
        "{uniform}"
    );
    desk.write("one.txt", "kiwi\n");
    let told = desk.succeed("eval text --language words:one.txt --n 2 --steps 2");
    assert!(told.contains("bound 0.0000") && !told.contains("-0.0000"), "nothing has no sign: {told}");
}
