//! The dialog as a user meets it.

use super::*;
use crate::data::{Drawing, TargetSpec};
use crate::experiment::Recipe;
use crate::experiment::grid::Document;
use crate::experiment::grid::Look;
use crate::experiment::grid::{Moves, Settings};
use crate::flow::Scheduler;
use crate::latest::testing::eventually;
use crate::ui::lab::Surroundings;
use crate::ui::labs::grid::GridLab;
use crate::ui::shortcuts::Command;
use crate::ui::theme;
use crate::view::grid::View;
use egui::Vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::Path;

fn lab() -> Harness<'static, GridLab> {
    let mut settings = Settings { particles: 200, panes: 1, ..Settings::default() };
    settings.flow.k = Some(8);
    settings.sampler.steps = 8;
    let lab = GridLab::new(&Surroundings::of_a_test(), None, settings).expect("a lab");
    let mut harness = Harness::builder()
        // High enough that all plots are on the screen.
        .with_size(Vec2::new(1280.0, 1300.0))
        .with_context_setup(theme::install)
        .build_ui_state(|ui, lab: &mut GridLab| lab.ui(ui), lab);
    harness.state_mut().hold_at(0.5);
    harness
}

fn settle(harness: &mut Harness<'_, GridLab>) {
    // The first frame may not have asked yet.
    harness.step();
    harness.step();
    eventually("rest", || {
        harness.step();
        harness.state().is_settled().then_some(())
    });
}

#[test]
fn every_view_can_be_saved_from_its_pane() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = lab();
    for view in View::ALL {
        harness.state_mut().here_mut().settings.views[0] = view;
        settle(&mut harness);
        harness.get_by_label("Export this view").click();
        settle(&mut harness);
        for (format, ending) in [("PNG", "png"), ("SVG", "svg"), ("PDF", "pdf"), ("CSV", "csv")] {
            if harness.query_by_label("Cancel").is_none() {
                harness.get_by_label("Export this view").click();
                settle(&mut harness);
            }
            harness.get_by_label(format).click();
            settle(&mut harness);
            let file = folder.path().join(format!("f.{ending}"));
            harness.state_mut().export_to(file.clone());
            settle(&mut harness);
            let bytes = std::fs::read(&file).unwrap_or_else(|e| panic!("{view:?} {format}: {e}"));
            std::fs::remove_file(&file).expect("removed");
            if format != "CSV" {
                let command = command_in(&bytes);
                let start = format!("dfm-explorer export --view {} --target", view.name());
                assert!(command.starts_with(&start) && command.contains("--k 8"), "{command}");
                assert_eq!(command.contains("--denoiser oracle"), view.needs_run(Show::Exact), "{command}");
            }
            assert!(bytes.len() > 100, "{view:?} {format}");
        }
        assert!(harness.query_by_label("Cancel").is_none(), "it closes when the file is there");
    }
}

#[test]
fn an_animation_is_written_or_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = lab();
    settle(&mut harness);
    harness.get_by_label("Export this view").click();
    settle(&mut harness);
    harness.get_by_label("animation").click();
    settle(&mut harness);
    let file = folder.path().join("t.gif");
    harness.state_mut().export_to(file.clone());
    harness.step();
    harness.get_by_label("Stop").click();
    settle(&mut harness);
    assert!(!file.exists(), "nothing of a stopped animation is left");
    harness.state_mut().export_to(file.clone());
    settle(&mut harness);
    let gif = std::fs::read(&file).expect("the animation");
    let recipe = command_in(&gif);
    assert!(recipe.contains("--view timeline") && recipe.contains("--frames 48 --seconds 4 "), "{recipe}");
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(&gif)).expect("a GIF");
    let frames = image::AnimationDecoder::into_frames(decoder).collect_frames().expect("frames");
    let took = frames[..48].iter().map(|frame| frame.delay().numer_denom_ms().0).sum::<u32>();
    assert_eq!(took, 4_000, "as long as the dialog says");
    assert!(harness.query_by_label("Cancel").is_none());
}

fn recipe_in(figure: &[u8]) -> Recipe {
    Recipe::in_figure(figure).expect("a recipe").expect("readable")
}

fn command_in(figure: &[u8]) -> String {
    recipe_in(figure).command.expect("a command")
}

/// Presses a button that opens the dialog, and saves what it shows.
fn saved(harness: &mut Harness<'_, GridLab>, button: &str, format: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    harness.get_by_label(button).click();
    settle(harness);
    harness.get_by_label(format).click();
    settle(harness);
    let file = folder.path().join(format!("f.{}", format.to_lowercase()));
    harness.state_mut().export_to(file.clone());
    settle(harness);
    std::fs::read(&file).unwrap_or_else(|e| panic!("{button} {format}: {e}"))
}

#[test]
fn every_plot_has_its_button_figure_and_numbers() {
    let mut harness = lab();
    settle(&mut harness);
    let columns = |plot: Plot| match plot {
        Plot::Kappa => "t,kappa",
        Plot::Rates => "t,rate",
        Plot::Distances => "t,kappa,tv_particles,noise_floor,tv_pmf",
        Plot::Sweeps => "sweeps,\"parallel, from pₜ\",\"parallel, from p₀\",\"one by one, from p₀\"",
        Plot::Curves => "scheduler,method,corrector,sweeps,steps,nfe,tv,kl,js,off_support,clipped_steps",
        Plot::Gap | Plot::Runs => "run,step,seconds,loss,floor,gap",
        Plot::Early => "run,seconds,step,token_1,token_2,value",
        Plot::Cell => "value,token_1,token_2",
        Plot::Log => "step,t,kappa,token,from,to",
    };
    for plot in Plot::ALL {
        harness.state_mut().here_mut().settings.sampler.sweeps.count =
            if plot == Plot::Sweeps { 3 } else { 0 };
        let look = match plot {
            Plot::Cell => Some(Look::Cell([3, 4])),
            Plot::Log => Some(Look::Particle(5)),
            _ => None,
        };
        harness.state_mut().look_at(look);
        settle(&mut harness);
        if plot == Plot::Runs {
            harness.get_by_label("runs").click();
            settle(&mut harness);
        }
        let csv = String::from_utf8(saved(&mut harness, plot.button(), "CSV")).expect("text");
        let (titles, rows) = csv.split_once('\n').expect("titles");
        assert_eq!(titles, columns(plot));
        let learned = matches!(plot, Plot::Gap | Plot::Runs);
        assert_eq!(rows.trim().is_empty(), learned, "{plot:?}: nothing was learned yet");
        let svg = saved(&mut harness, plot.button(), "SVG");
        let recipe = recipe_in(&svg);
        assert_eq!(recipe.command.is_none(), learned || plot == Plot::Sweeps, "{plot:?}");
        assert!(recipe.settings::<Document>(&Document::default()).is_ok(), "{plot:?}: all is there");
        if let Some(command) = &recipe.command {
            // What the command line refuses would be no command.
            use clap::Parser as _;
            let words = crate::data::shell::words(command).expect("words");
            crate::cli::Cli::try_parse_from(words).unwrap_or_else(|why| panic!("{plot:?}: {command}: {why}"));
        }
        if plot == Plot::Curves {
            let text = String::from_utf8(svg).expect("text");
            assert!(text.contains("present setting: TV") && text.matches("euler").count() >= 3);
        }
    }
}

#[test]
fn marks_and_the_magnified_part_are_as_on_the_screen() {
    let mut harness = lab();
    harness.state_mut().here_mut().settings.flow.k = Some(4);
    harness.state_mut().here_mut().settings.moves = Moves::Rates;
    settle(&mut harness);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let all = text(saved(&mut harness, "Export this view", "SVG"));
    assert_eq!(all.matches("stroke-opacity").count(), 2 * 96 + 2, "every move with its halo, and the legend");
    assert!(command_in(all.as_bytes()).contains("--moves rates"));

    harness.state_mut().here_mut().settings.moves = Moves::Off;
    harness.state_mut().look_at(Some(Look::Particle(3)));
    harness.state_mut().command(crate::ui::shortcuts::Command::ZoomIn);
    settle(&mut harness);
    let followed = text(saved(&mut harness, "Export this view", "SVG"));
    let recipe = command_in(followed.as_bytes());
    for flag in ["--follow 3", "--section ", "--denoiser oracle", "--steps 8", "--particles 200"] {
        assert!(recipe.contains(flag), "{flag}: {recipe}");
    }
    assert!(followed.contains("section: "));
    harness.get_by_label("Export this view").click();
    settle(&mut harness);
    harness.get_by_label("Magnified as on the screen").click();
    harness.get_by_label("Marks as on the screen").click();
    settle(&mut harness);
    let folder = tempfile::tempdir().expect("a folder");
    harness.state_mut().export_to(folder.path().join("plain.svg"));
    settle(&mut harness);
    let plain = std::fs::read(folder.path().join("plain.svg")).expect("the figure");
    let recipe = command_in(&plain);
    assert!(!recipe.contains("--follow") && !recipe.contains("--section"), "{recipe}");
}

#[test]
fn a_drawn_target_comes_back_with_its_figure() {
    let mut harness = lab();
    let weights = ndarray::Array2::from_shape_fn((8, 8), |(i, j)| f64::from(u8::from(i > j)) + 0.1);
    let target = TargetSpec::drawn(Drawing::from_weights(&weights).expect("a drawing"));
    harness.state_mut().here_mut().settings.flow.target = target.clone();
    settle(&mut harness);
    let png = saved(&mut harness, "Export this view", "PNG");
    let recipe = recipe_in(&png);
    let svg = String::from_utf8(saved(&mut harness, "Export this view", "SVG")).expect("text");
    let (_, drawn) = svg.split_once("</metadata>").expect("a recipe");
    assert!(drawn.contains("Drawn target on 8") && !drawn.contains("drawn:"), "the caption has no pixels");
    let back = reopened(&recipe, Path::new("figure.png"), &Document::default()).expect("its experiment");
    assert_eq!((&back.document.sides[0].flow.target, back.t), (&target, Some(0.5)));
}

#[test]
fn a_and_b_share_their_colours_and_stand_beside_each_other() {
    let mut harness = lab();
    harness.state_mut().here_mut().settings.views[0] = View::Divergence;
    harness.state_mut().command(Command::Compare);
    harness.state_mut().here_mut().settings.flow.scheduler = Scheduler::Cubic;
    settle(&mut harness);
    let scale_of = |recipe: &str| {
        let (_, rest) = recipe.split_once("--scale ").expect("a scale of its own");
        rest.split_whitespace().next().expect("a number").to_owned()
    };
    let mut scales = Vec::new();
    for side in 0..2 {
        harness.get_all_by_label("Export this view").nth(side).expect("a pane of each").click();
        settle(&mut harness);
        harness.get_by_label("SVG").click();
        // Off for the first, on for the second.
        harness.get_by_label("A|B in one figure").click();
        settle(&mut harness);
        let folder = tempfile::tempdir().expect("a folder");
        harness.state_mut().export_to(folder.path().join("f.svg"));
        settle(&mut harness);
        let svg = std::fs::read_to_string(folder.path().join("f.svg")).expect("the figure");
        assert!(svg.contains("shared scale"));
        let recipe = command_in(svg.as_bytes());
        if side == 1 {
            assert!(
                svg.contains(">A quadratic: divergence") && svg.contains(">B cubic: divergence"),
                "both are there"
            );
            let (a, b) = recipe.split_once(" && ").expect("two commands");
            assert!(a.contains("--scheduler quadratic") && b.contains("--scheduler cubic"), "{recipe}");
            assert!(a.ends_with("f-a.svg") && b.ends_with("f-b.svg"));
            harness.get_all_by_label("Export this view").nth(side).expect("a pane of each").click();
            settle(&mut harness);
            harness.get_by_label("CSV").click();
            settle(&mut harness);
            harness.state_mut().export_to(folder.path().join("f.csv"));
            settle(&mut harness);
            let csv = std::fs::read_to_string(folder.path().join("f.csv")).expect("the numbers");
            assert!(csv.contains("\nA,") && csv.contains("\nB,"), "of both");
            scales.extend([scale_of(a), scale_of(b)]);
        } else {
            scales.push(scale_of(&recipe));
        }
    }
    assert!(scales.iter().all(|scale| *scale == scales[0]), "{scales:?}");
}

#[test]
fn a_picture_a_drawing_and_numbers_are_copied_and_a_page_is_remembered() {
    let mut harness = lab();
    settle(&mut harness);
    let copied = |harness: &mut Harness<'_, GridLab>, format: &str| {
        harness.get_by_label("Export this view").click();
        settle(harness);
        harness.get_by_label(format).click();
        settle(harness);
        harness.get_by_label("Copy").click();
        eventually("a copy", || {
            harness.step();
            let mut commands = harness.output().platform_output.commands.iter();
            commands
                .find(|command| {
                    matches!(command, egui::OutputCommand::CopyImage(_) | egui::OutputCommand::CopyText(_))
                })
                .cloned()
        })
    };
    let egui::OutputCommand::CopyImage(picture) = copied(&mut harness, "PNG") else { panic!("no picture") };
    assert!(picture.size[0] > 600 && picture.pixels.iter().any(|pixel| pixel.r() < 100));
    let egui::OutputCommand::CopyText(svg) = copied(&mut harness, "SVG") else { panic!("no text") };
    assert!(svg.starts_with("<svg") && recipe_in(svg.as_bytes()).command.is_some());
    let egui::OutputCommand::CopyText(table) = copied(&mut harness, "CSV") else { panic!("no text") };
    assert_eq!(table.lines().count(), 8);
    harness.get_by_label("Export this view").click();
    settle(&mut harness);
    harness.get_by_label("PDF").click();
    harness.get_by_label("Transparent").click();
    harness.get_by_label("Text of").click();
    settle(&mut harness);
    let copy = harness.get_by_label("Copy");
    assert!(copy.accesskit_node().is_disabled(), "a document can’t be copied");
    let folder = tempfile::tempdir().expect("a folder");
    for n in 0..2 {
        let file = folder.path().join(format!("{n}.pdf"));
        harness.state_mut().export_to(file.clone());
        settle(&mut harness);
        let command = command_in(&std::fs::read(&file).expect("a document"));
        assert!(command.contains("--font-size 9") && command.contains("--transparent"), "{command}");
        harness.get_by_label("Export this view").click();
        settle(&mut harness);
    }
}
