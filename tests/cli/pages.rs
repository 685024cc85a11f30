//! Figures for papers and slides: PDF, sizes in centimetres, fonts, transparent grounds; and the curves that `curve` draws.

use crate::desk::{Desk, stderr};
use dfm_explorer::figure::recipe::recipe_of;
use std::process::{Command, Output};

/// A program run in the folder; none where it is not installed, which is said.
fn tool(desk: &Desk, name: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(name).args(arguments).current_dir(desk.0.path()).output() {
        Ok(output) => Some(output),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: {name} is not here");
            None
        }
        Err(why) => panic!("{name}: {why}"),
    }
}

fn bytes(desk: &Desk, name: &str) -> Vec<u8> {
    std::fs::read(desk.0.path().join(name)).expect("the file")
}

const COLUMN: &str =
    "export --view mass --target moons --k 16 --source mask --t 0.6 --width 8.5cm --font-size 8";

#[test]
fn a_document_shows_what_the_picture_shows_and_its_words_can_be_found() {
    let desk = Desk::new();
    desk.succeed(&format!("{COLUMN} --out f.pdf"));
    desk.succeed(&format!("{COLUMN} --dpi 150 --out f.png"));
    let picture = image::load_from_memory(&bytes(&desk, "f.png")).expect("a picture").to_rgb8();
    assert_eq!(picture.width(), 502, "8.5 cm at 150 dots per inch");
    if let Some(drawn) = tool(&desk, "pdftoppm", &["-r", "150", "-png", "-singlefile", "f.pdf", "page"]) {
        assert!(drawn.status.success() && drawn.stderr.is_empty(), "{}", stderr(&drawn));
        let page = image::load_from_memory(&bytes(&desk, "page.png")).expect("a picture").to_rgb8();
        assert!(page.width().abs_diff(picture.width()) <= 1 && page.height().abs_diff(picture.height()) <= 1);
        // Two programs smooth letters and edges in their own ways; what is drawn is the same.
        let far = |x, y| {
            let [a, b] = [page.get_pixel(x, y), picture.get_pixel(x, y)];
            a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 96)
        };
        let (width, height) = (page.width().min(picture.width()), page.height().min(picture.height()));
        let all = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let apart = all().filter(|(x, y)| far(*x, *y)).count();
        assert!(apart * 50 < all().count(), "{apart} of {} pixels differ", all().count());
    }
    if let Some(text) = tool(&desk, "pdftotext", &["-layout", "f.pdf", "-"]) {
        let text = String::from_utf8(text.stdout).expect("UTF-8");
        for words in ["probability mass pₜ at t = 0.6", "token 1", "mask", "Moons on 16 × 16, mask source"]
        {
            assert!(text.contains(words), "{words} is not in: {text}");
        }
    }
    if let Some(fonts) = tool(&desk, "pdffonts", &["f.pdf"]) {
        let text = String::from_utf8(fonts.stdout).expect("UTF-8");
        assert!(text.contains("+Roboto-Regular") && text.contains("+Roboto-Medium"), "{text}");
        let embedded = text.lines().skip(2).all(|line| line.contains("yes yes yes"));
        assert!(embedded, "in part, and with their letters: {text}");
    }
}

#[test]
fn latex_takes_a_document_in_its_own_size() {
    let desk = Desk::new();
    desk.succeed(&format!("{COLUMN} --transparent --out f.pdf"));
    desk.write(
        "paper.tex",
        "\\documentclass{article}\\usepackage{graphicx}\\begin{document}\\setbox0\\hbox{\\includegraphics{f.pdf}}\
         \\typeout{WIDTH \\the\\wd0}\\box0\\end{document}\n",
    );
    let Some(run) = tool(&desk, "pdflatex", &["-interaction=nonstopmode", "-halt-on-error", "paper.tex"])
    else {
        return;
    };
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}");
    let width = said.split("WIDTH ").nth(1).and_then(|rest| rest.split("pt").next()).expect("a width");
    let width: f64 = width.trim().parse().expect("points");
    // TeX counts 72.27 points to the inch.
    assert!((width - 8.5 / 2.54 * 72.27).abs() < 0.1, "{width} pt");
    assert!(!said.contains("multiple pdfs") && !said.contains("PDF inclusion"), "{said}");
}

#[test]
fn a_page_is_as_it_was_asked_for_and_a_figure_can_be_set_on_another() {
    let desk = Desk::new();
    let report = desk.json(&format!("{COLUMN} --transparent --theme dark --no-caption --out f.png"));
    assert_eq!(report["width"], 1004, "8.5 cm at 300 dots per inch");
    let command = report["command"].as_str().expect("a command").to_owned();
    for flag in ["--size 8.5cm", "--font-size 8", "--transparent", "--theme dark", "--no-caption"] {
        assert!(command.contains(flag), "{flag} is not in {command}");
    }
    let png = bytes(&desk, "f.png");
    let picture = image::load_from_memory(&png).expect("a picture").to_rgba8();
    assert_eq!(picture.get_pixel(1, 1).0[3], 0, "nothing lies behind it");
    let dots = png.windows(4).position(|part| part == b"pHYs").expect("its size on paper");
    assert_eq!(png[dots + 4..dots + 8], 11_811u32.to_be_bytes(), "dots per metre");
    // The same again by its own command, and from the file.
    desk.succeed(command.strip_prefix("dfm-explorer ").expect("a command"));
    assert_eq!(bytes(&desk, "f.png"), png);
    desk.succeed("figure f.png --out same.png");
    let same = image::load_from_memory(&bytes(&desk, "same.png")).expect("a picture").to_rgba8();
    assert_eq!(same, picture);
    desk.succeed("figure f.png --width 12cm --theme light --out f.pdf");
    let recipe = recipe_of(&bytes(&desk, "f.pdf")).expect("it carries its experiment");
    assert!(recipe.contains("12cm") && recipe.contains("moons"), "{recipe}");
    let media = String::from_utf8_lossy(&bytes(&desk, "f.pdf")).into_owned();
    assert!(media.contains("/MediaBox [0 0 340.15"), "12 cm in points");
    // Read back like any other figure.
    desk.succeed("figure f.pdf --out again.svg");
    let svg = String::from_utf8(bytes(&desk, "again.svg")).expect("text");
    assert!(svg.contains("width=\"12cm\"") && !svg.contains("fill=\"#15171b\""), "light, and in its size");
    assert!(desk.succeed("recipe f.pdf").contains("\"moons\""));
    // All that draws takes it.
    desk.succeed("field --target moons --k 8 --t 0.5 --quantity pmf --width 6cm --out field.pdf");
    desk.succeed("figure f.pdf --out f.gif");
    let sample = "sample images --denoiser independent:shapes@30 --tokens gray:16 --size 8 --n 2 --steps 4";
    desk.succeed(&format!("{sample} --strip 3 --width 10cm --out strip.pdf"));
    assert!(recipe_of(&bytes(&desk, "strip.pdf")).is_some_and(|recipe| recipe.contains("10cm")));
    desk.succeed("figure strip.pdf --out strip.svg");
    for (arguments, words) in [
        ("--size 1200x900 --dpi 300 --out g.png", &["--dpi", "pixels"][..]),
        ("--width 8.5cm --height 600 --out g.png", &["--width", "600"]),
        ("--height 6cm --out g.png", &["--width"]),
        ("--width 1cm --out g.png", &["--width", "2cm"]),
        ("--width 8.5cm --size 600x500 --out g.png", &["--width", "--size"]),
        ("--dpi 10 --out g.png", &["--dpi", "36"]),
        ("--font-size 3 --out g.png", &["--font-size", "4 to 72"]),
        ("--width 4cm --font-size 40 --out g.png", &["--size", "4cm", "40 pt", "smaller text"]),
        ("--width 100cm --height 100cm --dpi 2400 --out g.png", &["--size"]),
        ("--width 8.5cm --out g.csv", &["--width", "numbers"]),
        ("--transparent --out g.csv", &["--transparent", "numbers"]),
    ] {
        desk.refuse(2, &format!("export --view mass --k 8 {arguments}"), words);
    }
    desk.refuse(2, "export --view timeline --k 8 --transparent --out g.gif", &["--transparent", "ground"]);
    desk.refuse(2, &format!("{sample} --width 10cm --out g.png"), &["--width", "--strip"]);
}

#[test]
fn curves_are_drawn_for_several_denoisers_and_say_which_lie_on_each_other() {
    let desk = Desk::new();
    let curve = "curve --target rings --k 8 --steps 1,4,16";
    let svg = |arguments: &str| {
        desk.succeed(&format!("{arguments} --out c.svg"));
        String::from_utf8(bytes(&desk, "c.svg")).expect("text")
    };
    // One evaluation a step, and the same for a frozen denoiser where a token moves at most once.
    let drawn = svg(&format!("{curve} --methods exact,euler,exact --scheduler cubic"));
    assert!(drawn.contains(">euler<") && drawn.contains("exact (lies on exact)"), "{drawn}");
    assert!(!drawn.contains("exact, cubic"), "the caption says the scheduler, once");
    assert_eq!(
        drawn.split_once("<metadata").map(|(_, drawn)| drawn.matches("cubic scheduler").count()),
        Some(1)
    );
    let drawn = svg(&format!("{curve} --method exact --schedulers linear,cubic"));
    assert!(drawn.contains("exact, linear") && drawn.contains("exact, cubic"));
    assert!(!drawn.contains("cubic scheduler") && !drawn.contains("linear scheduler"));
    let both = "--methods exact,euler --denoisers oracle,noisy:0.2";
    let report = desk.json(&format!("{curve} {both} --out c.pdf"));
    assert_eq!(report["points"].as_array().map(Vec::len), Some(2 * 2 * 3));
    assert_eq!(report["points"][6]["denoiser"], "noisy:0.2");
    desk.succeed(&format!("{curve} {both} --out c.csv"));
    let table = String::from_utf8(bytes(&desk, "c.csv")).expect("text");
    assert!(
        table.starts_with("denoiser,scheduler,method,") && table.contains("\nnoisy:0.2,quadratic,euler,16,"),
        "{table}"
    );
    desk.succeed("figure c.pdf --out again.svg");
    let again = String::from_utf8(bytes(&desk, "again.svg")).expect("text");
    assert_eq!(again.matches("noisy:0.2, euler").count(), 1, "{again}");
    desk.succeed(&format!("export --view curve --target rings --k 8 --steps 1,4 {both} --out e.svg"));
    let sample = "sample grid --target rings --k 8 --steps 4 --push --out p.npy";
    let named = desk.json(&format!("{sample} --denoiser oracle --method exact"));
    let usual = desk.json(sample);
    assert_eq!(usual["tv"], named["tv"]);
    desk.succeed("export --view particles --k 8 --steps 4 --t 0.5 --out cloud.svg");
    desk.refuse(2, &format!("{curve} --denoiser oracle {both} --out d.csv"), &["--denoiser"]);
    desk.refuse(2, "export --view mass --denoisers oracle --out d.png", &["--denoisers"]);
}
