//! Experiments of the text lab without its window.

use crate::desk::{Desk, stderr};
use dfm_explorer::experiment::Recipe;
use dfm_explorer::experiment::text::{Answers, Coupling, TextSettings, TextSubject, TextView};
use dfm_explorer::flow::SequenceSource;

fn settings() -> TextSettings {
    let mut settings = TextSettings { tokens: Some(12), texts: 3, ..TextSettings::default() };
    (settings.coupling, settings.prompt) = (Coupling::Given, "12+?=19".to_owned());
    settings.sides[0].sampler.steps = 4;
    settings.sides.compare();
    settings.sides[1].best = true;
    settings
}

fn write(desk: &Desk, name: &str, subject: TextSubject) {
    let view = TextView { subject, columns: 3, seconds: 0.5, ..TextView::default() };
    desk.write(name, Recipe::new(&settings()).at(0.5).showing(&view).text());
}

fn text(desk: &Desk, name: &str) -> String {
    std::fs::read_to_string(desk.0.path().join(name)).expect("a text")
}

#[test]
fn a_page_is_drawn_with_text_as_text_and_gives_its_experiment_back() {
    let desk = Desk::new();
    write(&desk, "page.json", TextSubject::Page);
    for out in ["a.svg", "a.png", "a.pdf"] {
        assert!(desk.succeed(&format!("figure page.json --t 1 --out {out}")).contains(out));
        let recipe = Recipe::read(desk.succeed(&format!("recipe {out}")).as_bytes()).expect("a recipe");
        assert_eq!((recipe.lab.as_str(), recipe.t), ("text", Some(1.0)));
        assert_eq!(recipe.settings(&TextSettings::default()), Ok(settings()));
    }
    let svg = text(&desk, "a.svg");
    // Each letter has a place of its own.
    let words: String = svg.split('<').filter_map(|tag| Some(tag.split_once('>')?.1)).collect();
    assert!(words.contains("12+") && words.contains("=19") && !svg.contains("<image"), "{svg}");
    desk.succeed("figure page.json --size 500x300 --out a.gif");
    assert!(desk.succeed("recipe a.gif").contains("timeline"));
    desk.refuse(2, "figure page.json --out b.csv", &["no numbers", ".svg"]);
    desk.refuse(2, "figure page.json --t 0.5 --out b.gif", &["--t", "no single time"]);
}

#[test]
fn strips_and_curves_are_drawn_and_curves_are_numbers() {
    let desk = Desk::new();
    write(&desk, "strip.json", TextSubject::Strip);
    desk.succeed("figure strip.json --show guess --out strip.svg");
    assert!(text(&desk, "strip.svg").contains("κ = 1.00"));
    write(&desk, "areas.json", TextSubject::Areas);
    desk.succeed("figure areas.json --out areas.csv");
    assert!(text(&desk, "areas.csv").starts_with("curve,kappa,bits_a_token\ng,0,"));
    write(&desk, "entropy.json", TextSubject::Entropy);
    desk.succeed("figure entropy.json --out entropy.csv");
    assert_eq!(text(&desk, "entropy.csv").lines().count(), 1 + 2 * 5);
    // A side whose steps do not stand on the curve is no staircase beside it.
    let mut uniform = settings();
    uniform.sides[1].source = SequenceSource::Uniform;
    let view = TextView { subject: TextSubject::Areas, ..TextView::default() };
    desk.write("uniform.json", Recipe::new(&uniform).showing(&view).text());
    let run = desk.run("figure uniform.json --out uniform.csv");
    assert!(run.status.success() && stderr(&run).contains("it is left out"), "{}", stderr(&run));
    let curves = |name: &str| {
        let mut all: Vec<String> = text(&desk, name)
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap_or("").to_owned())
            .collect();
        all.dedup();
        all.len()
    };
    assert_eq!((curves("areas.csv"), curves("uniform.csv")), (3, 2));
    let bad = TextSettings { prompt: "12+8=19".to_owned(), ..settings() };
    desk.write("bad.json", Recipe::new(&bad).text());
    desk.refuse(2, "figure bad.json --out c.png", &["bad.json", "no text of this language fits"]);
}

#[test]
fn orders_are_sampled_from_the_command_line() {
    let desk = Desk::new();
    let found =
        desk.json("sample text --language sums --tokens 12 --n 4 --method blocks --block 1 --steps 12");
    assert_eq!(found["nfe"], 12.0);
    let sure = desk
        .json("sample text --language sums --tokens 12 --n 4 --method confidence --confidence 1 --steps 12");
    assert_eq!((sure["nfe"].clone(), sure["off_support"].clone()), (12.0.into(), 0.into()));
    desk.refuse(2, "sample text --language sums --confidence 0.5", &["--confidence", "confidence alone"]);
    desk.refuse(
        2,
        "sample text --language sums --method blocks --corrector 1,1,1",
        &["--corrector", "left to right"],
    );
    desk.refuse(2, "sample text --language sums --method blocks --source uniform", &["mask source"]);
}

/// A docstring and three examples.
const TASK: &str = "x + 6 : - 4 : first + itself · · f(1)=10 f(3)=14 f(7)=22 def f(x):";

#[test]
fn pages_of_networks_are_drawn_and_say_what_the_network_never_met() {
    let desk = Desk::new();
    let page = "export --lab text --denoiser network:programs -n 2 --steps 4 --device cpu";
    let drawn = desk.run(&format!("{page} --given '{TASK}' --out page.svg"));
    assert!(drawn.status.success() && stderr(&drawn).is_empty(), "{}", stderr(&drawn));
    // What was drawn comes back, with the network by its name.
    let recipe = Recipe::read(desk.succeed("recipe page.svg").as_bytes()).expect("a recipe");
    let settings = recipe.settings(&TextSettings::default()).expect("settings");
    assert_eq!(
        (settings.network.as_deref(), settings.sides[0].answers),
        (Some("programs"), Answers::Network)
    );
    desk.succeed("figure page.svg --out again.png --device cpu");
    assert!(text(&desk, "page.svg").contains("network programs"), "the caption names it");
    // Without its docstring it is no network of programs any more.
    let drawn = desk.run(&format!("{page} --view strip --out strip.svg"));
    assert!(drawn.status.success() && stderr(&drawn).contains("(docstring)"), "{}", stderr(&drawn));
    let sampled = desk.run("sample text --denoiser network:programs -n 1 --steps 2 --device cpu");
    assert!(stderr(&sampled).contains("tokens 1 to 28"), "{}", stderr(&sampled));
    let areas = "export --lab text --denoiser network:programs --steps 4 --device cpu --view areas";
    desk.succeed(&format!("{areas} --out areas.csv"));
    assert!(text(&desk, "areas.csv").contains("g_theta,"));
    desk.refuse(2, &format!("{page} --out programs.svg --language sums"), &["--language sums", "programs"]);
    // One that was in training is in no file.
    let mut settings = TextSettings { network: None, ..settings };
    desk.write("trained.json", Recipe::new(&settings).text());
    desk.refuse(2, "figure trained.json --out a.svg", &["trained.json", "in training", "save its run"]);
    settings.network = Some("none.safetensors".to_owned());
    desk.write("none.json", Recipe::new(&settings).text());
    desk.refuse(2, "figure none.json --out a.svg", &["none.json", "none.safetensors"]);
}

#[test]
fn texts_are_printed_when_quiet_and_sums_are_the_usual_language() {
    let desk = Desk::new();
    let texts = desk.succeed("--quiet sample text --tokens 7 -n 3 --denoiser joint");
    assert!(texts.lines().count() == 3 && texts.contains('='), "{texts}");
    assert_eq!(desk.succeed("--quiet sample text --tokens 7 -n 3 --out texts.txt"), "");
    let found = desk.json("eval text --tokens 8 -n 4 --strata 1 --steps 4");
    assert!(found["statements"].is_u64(), "{found}");
    assert!(desk.succeed("curve text --tokens 8 --texts 4 --masks 4 --steps 4").starts_with("sums"));
    // As large as a slide, whatever the page is.
    desk.succeed("sample text --tokens 64 -n 16 --steps 3 --out page.gif");
    let gif = std::fs::read(desk.0.path().join("page.gif")).expect("a GIF");
    let side = |at: usize| usize::from(gif[at]) + 256 * usize::from(gif[at + 1]);
    assert!((480..=960).contains(&side(6)) && side(8) <= 960, "{} × {}", side(6), side(8));
}
