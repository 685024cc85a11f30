//! Experiments of the plane lab without its window.

use crate::desk::Desk;
use dfm_explorer::experiment::Recipe;
use dfm_explorer::experiment::plane::{PLANE_PRESETS, PlaneFigure, PlaneSettings};
use dfm_explorer::view::plane::PlaneView;

/// A preset as a file, with few samples.
fn preset(desk: &Desk, name: &str) -> PlaneSettings {
    let preset = PLANE_PRESETS.iter().find(|preset| preset.name == name).expect("a preset");
    let settings = PlaneSettings { particles: 50, ..preset.settings(3) };
    let recipe = Recipe { name: Some(name.to_owned()), ..Recipe::new(&settings) };
    desk.write("preset.json", recipe.text());
    settings
}

fn text(desk: &Desk, name: &str) -> String {
    std::fs::read_to_string(desk.0.path().join(name)).expect("a text")
}

#[test]
fn a_preset_is_drawn_and_its_figure_gives_it_back() {
    let desk = Desk::new();
    let settings = preset(&desk, "plane-grid");
    for out in ["a.svg", "a.png", "a.pdf"] {
        assert!(desk.succeed(&format!("figure preset.json --t 0.5 --out {out}")).contains(out));
        let recipe = Recipe::read(desk.succeed(&format!("recipe {out}")).as_bytes()).expect("a recipe");
        assert_eq!((recipe.lab.as_str(), recipe.t), ("plane", Some(0.5)));
        assert_eq!(recipe.settings(&PlaneSettings::default()), Ok(settings.clone()));
        let figure: PlaneFigure = recipe.view().expect("a view").expect("one");
        assert_eq!(figure.views, settings.shown());
    }
    // A figure of a figure is of what that shows.
    desk.succeed("figure a.svg --out a.csv");
    assert!(text(&desk, "a.csv").starts_with("sample,t,x,y\n"));
}

#[test]
fn sides_with_samples_are_numbers_and_an_animation() {
    let desk = Desk::new();
    let mut settings = preset(&desk, "plane-ode-sde");
    settings.views[0] = PlaneView::Particles;
    settings.panes = 2;
    desk.write("preset.json", Recipe::new(&settings).text());
    desk.succeed("figure preset.json --t 1 --out a.csv");
    let text = text(&desk, "a.csv");
    assert!(text.starts_with("side,sample,t,x,y\n") && text.lines().count() == 1 + 2 * 50, "{text}");
    desk.succeed("figure preset.json --size 600x400 --out a.gif");
    assert!(desk.succeed("recipe a.gif").contains("plane"));
    desk.refuse(2, "figure preset.json --t 0.5 --out b.gif", &["--t", "no single time"]);
    desk.write("bad.json", Recipe::new(&settings).text().replace("\"particles\": 50", "\"particles\": 0"));
    desk.refuse(2, "figure bad.json --out c.png", &["bad.json", "particles = 0"]);
}

#[test]
fn what_is_drawn_by_hand_is_a_target_of_every_command_and_comes_back_from_a_figure() {
    let desk = Desk::new();
    desk.write("mine.csv", "weight,x,y,sd\n1,0,0,0.2\n3,2,-1,0.3\n");
    let at = "field plane --t 0.5 --at 0.4,-0.2 --target";
    let drawn = "drawn:1,0,0,0.2/3,2,-1,0.3";
    assert_eq!(desk.json(&format!("{at} {drawn}")), desk.json(&format!("{at} mixture:mine.csv")));
    let named = "'drawn:two blots:1,0,0,0.2/3,2,-1,0.3'";
    desk.succeed(&format!(
        "export plane --view density,particles --particles 9 --target {named} --out d.png"
    ));
    let recipe = Recipe::read(desk.succeed("recipe d.png").as_bytes()).expect("a recipe");
    let settings: PlaneSettings = recipe.settings(&PlaneSettings::default()).expect("settings");
    assert_eq!(settings.sides[0].target.to_string(), "drawn:two blots:1,0,0,0.2/3,2,-1,0.3");
    desk.succeed("figure d.png --out again.svg");
    assert!(text(&desk, "again.svg").contains("two blots, normal source"), "its caption has its name");
    let train = "train plane --width 8 --layers 1 --steps 3 --device cpu --out net.safetensors";
    desk.succeed(&format!("{train} --target {named}"));
    // A network of it gives the drawing back, and is none of another one.
    desk.succeed("export plane --checkpoint net.safetensors --view miss --out miss.png");
    assert!(desk.succeed("recipe miss.png").contains("drawn:two blots:0.25,0,0,0.2/0.75,2,-1,0.3"));
    let asked = "sample plane --checkpoint net.safetensors --steps 2 --particles 9 --out s.npy --target";
    desk.succeed(&format!("{asked} {named}"));
    desk.refuse(2, &format!("{asked} drawn:1,0,0,0.2/3,2,-1,0.4"), &["--target drawn:", "two blots"]);
    for (target, words) in [
        ("drawn:", "weight,x,y,sd"),
        ("drawn:1,0,0", "component 1"),
        ("drawn:1,0,0,-1", "standard deviation"),
    ] {
        desk.refuse(
            2,
            &format!("export plane --view density --target {target} --out x.png"),
            &["--target", words],
        );
    }
}
