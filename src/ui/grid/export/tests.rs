//! The dialog as a user meets it.

use super::super::settings::Settings;
use super::*;
use crate::figure::recipe::recipe_of;
use crate::latest::testing::eventually;
use crate::ui::grid::GridLab;
use burn::tensor::Device;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

fn lab() -> Harness<'static, GridLab> {
    let mut settings = Settings { particles: 200, panes: 1, ..Settings::default() };
    settings.flow.k = Some(8);
    settings.sampler.steps = 8;
    let lab = GridLab::new(&Context::default(), Device::flex(), None, settings).expect("a lab");
    let mut harness = Harness::builder()
        .with_size(Vec2::new(1280.0, 900.0))
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
        for (format, ending) in [("PNG", "png"), ("SVG", "svg"), ("CSV", "csv")] {
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
                let command = recipe_of(&bytes).expect("a recipe");
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
    assert!(recipe_of(&gif).expect("a recipe").contains("--view timeline"));
    assert!(harness.query_by_label("Cancel").is_none());
}
