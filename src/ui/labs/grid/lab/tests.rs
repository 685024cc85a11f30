//! The lab as a user meets it: driven by the labels on the screen.

mod drawing;

use super::*;
use crate::data::TargetSpec;
use crate::experiment::grid::PRESETS;
use crate::experiment::grid::Settings;
use crate::latest::testing::eventually;
use crate::sampler::grid::{PmfCarrier, Setup, run};
use crate::ui::arrange::pane_rects;
use crate::ui::export::Exported;
use crate::ui::files::dropped_file;
use crate::ui::lab::{Lab as _, Surroundings};
use crate::ui::labs::grid::export::{Content, PlotContent};
use crate::ui::labs::grid::inspector::Tab;
use crate::ui::theme;
use crate::view::grid::View;
use crate::view::grid::early_numbers;
use egui::Context;
use egui::{Rect, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::ops::ControlFlow;
use std::sync::Arc;

fn small() -> Settings {
    let mut settings = Settings { particles: 200, ..Settings::default() };
    settings.flow.k = Some(8);
    settings.sampler.steps = 8;
    (settings.train.batch, settings.train.hidden) = (64, 8);
    settings
}

fn lab(settings: impl Into<Document>) -> Harness<'static, GridLab> {
    lab_with(settings, None)
}

fn lab_with(settings: impl Into<Document>, keeping: Option<RunKeeping>) -> Harness<'static, GridLab> {
    let lab = GridLab::new(&Surroundings::of_a_test(), keeping, settings).expect("a lab");
    let mut harness = Harness::builder()
        .with_size(Vec2::new(1280.0, 1400.0))
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, lab: &mut GridLab| {
                lab.ui(ui);
                // As the window does.
                lab.messages.show(ui.ctx());
            },
            lab,
        );
    harness.state_mut().hold_at(0.5);
    harness
}

fn until(harness: &mut Harness<'_, GridLab>, what: &str, wanted: impl Fn(&GridLab) -> bool) {
    eventually(what, || {
        harness.step();
        wanted(harness.state()).then_some(())
    });
}

#[test]
fn a_figure_of_sides_is_called_by_what_differs() {
    let mut document = Document::from(small());
    document.sides.compare();
    document.sides[1].flow.scheduler = Scheduler::Linear;
    let harness = lab(document);
    let lab = harness.state();
    let view = lab.snapshot(1, &lab.sides.statuses(), Content::View(View::Currents));
    let options = <Snapshot as Exported>::Options::default();
    assert_eq!(view.file_stem(&options), "currents_A-quadratic_B-linear");
    let mut alone = options;
    alone.all_sides = false;
    assert_eq!(view.file_stem(&alone), "currents_B-linear");
    let plot = lab.snapshot(0, &lab.sides.statuses(), Content::Plot(PlotContent::Kappa));
    assert_eq!(plot.file_stem(&options), "kappa_A-quadratic_B-linear");
}

#[test]
fn panes_fill_the_area_without_overlap() {
    let area = Rect::from_min_size(egui::pos2(10.0, 20.0), Vec2::new(808.0, 608.0));
    for count in 1..=4 {
        let rects = pane_rects(area, count);
        assert_eq!(rects.len(), count);
        for (i, a) in rects.iter().enumerate() {
            assert!(area.expand(0.01).contains_rect(*a));
            assert!(rects[i + 1..].iter().all(|b| !a.shrink(0.1).intersects(*b)));
        }
    }
}

#[test]
fn every_preset_is_drawn_and_comes_to_rest() {
    for preset in PRESETS {
        let mut harness = lab(preset.settings(0));
        until(&mut harness, preset.name, |lab| lab.is_settled());
        assert!(harness.state().here().sampler.status().error.is_none(), "{}", preset.name);
    }
}

#[test]
fn choosing_the_mask_source_rebuilds_the_path_and_drops_transport() {
    let mut settings = small();
    settings.flow.coupling = crate::flow::Coupling::OptimalTransport(0.1);
    let mut harness = lab(settings);
    harness.step();
    harness.get_by_label("mask").click();
    until(&mut harness, "a mask path", |lab| lab.here().path.has_mask());
    assert_eq!(harness.state().here().settings.flow.coupling, crate::flow::Coupling::Independent);
    until(&mut harness, "a run on it", |lab| {
        lab.here().scene(&lab.here().sampler.status(), 0.5).result.is_some_and(|r| r.summary.is_some())
    });
}

#[test]
fn playing_moves_time_and_the_step_buttons_land_on_steps() {
    let mut harness = lab(small());
    harness.step();
    harness.get_by_label("One sampler step forward  (right arrow)").click();
    harness.step();
    harness.step();
    assert_eq!(harness.state().playback.t, 0.625);
    harness.get_by_label("Play  (space)").click();
    until(&mut harness, "motion", |lab| lab.playback.t > 0.63);
    harness.get_by_label("Pause  (space)").click();
    until(&mut harness, "a pause", |lab| !lab.playback.playing);
}

#[test]
fn training_runs_shows_itself_pauses_and_resets() {
    let mut harness = lab(small());
    harness.step();
    harness.get_by_label("Train").click();
    until(&mut harness, "learned mass", |lab| {
        let sampler = lab.here().sampler.status();
        let learned = sampler.result.as_ref().is_some_and(|r| r.request.show() == Show::Learned);
        learned && lab.training().history.len() > 1
    });
    assert_eq!(harness.state().here().settings.show, Show::Learned);
    assert!(harness.state().here().settings.views.contains(&View::Sampled));
    harness.get_by_label("Pause").click();
    until(&mut harness, "a pause", |lab| lab.training().state == TrainState::Paused);
    // A scheduler can be changed under a trained network; a target makes it a stranger.
    harness.state_mut().here_mut().settings.flow.scheduler = Scheduler::Cosine;
    until(&mut harness, "a new gap", |lab| {
        lab.gap_scheduler == Some(Scheduler::Cosine) && lab.training().history.len() == 1
    });
    assert!(harness.query_by_label_contains("trained on another flow").is_none());
    harness.state_mut().here_mut().settings.flow.target = TargetSpec::Moons;
    until(&mut harness, "moons", |lab| lab.here().path_spec.target == TargetSpec::Moons);
    harness.step();
    assert!(harness.query_by_label_contains("trained on another flow").is_some());
    // So does another keep rate, on which the network is asked at that rate's κ̃.
    harness.state_mut().here_mut().settings.flow.target = TargetSpec::Checkerboard;
    harness.state_mut().here_mut().settings.flow.coupling = crate::flow::Coupling::Keep(0.5);
    until(&mut harness, "a run with kept tokens", |lab| {
        let status = lab.here().sampler.status();
        let kept = |r: &super::super::sampler_thread::SampleResult| {
            r.path.coupling() == crate::flow::Coupling::Keep(0.5) && r.request.show() == Show::Learned
        };
        status.said.result.is_some_and(|r| kept(&r) && r.summary.is_some())
    });
    let status = harness.state().here().sampler.status();
    let result = status.said.result.expect("the run");
    let mut expected = PmfCarrier::new(&result.path);
    let network = result.request.network.as_ref().expect("a network").on(&result.path);
    let setup = Setup { path: &result.path, scheduler: Scheduler::Cosine, config: result.request.config };
    run(setup, &network, &mut expected, |_, _| ControlFlow::Continue(())).expect("the same run");
    let shown = &result.trace.frames.last().expect("frames").pmf;
    let error = (shown - &expected.pmf).iter().fold(0.0f64, |m, d| m.max(d.abs()));
    assert!(error < 1e-12, "{error:e} {:?} {:?}", result.request.scheduler, result.request.config);
    harness.get_by_label_contains("Reset: put the network away").click();
    until(&mut harness, "a reset", |lab| lab.training().state == TrainState::Idle);
    until(&mut harness, "the exact views", |lab| lab.here().settings.show == Show::Exact);
}

#[test]
fn runs_are_kept_compared_shown_and_forgotten() {
    let mut harness = lab(small());
    harness.step();
    harness.get_by_label("Train").click();
    until(&mut harness, "a run", |lab| lab.training().step > 0);
    // Samples are taken whatever is shown, and whatever sampler is set.
    harness.state_mut().here_mut().settings.show = Show::Exact;
    harness.state_mut().here_mut().settings.sampler.steps = 3;
    until(&mut harness, "a first gap and sample", |lab| {
        lab.runs.runs.first().is_some_and(|run| !run.history.is_empty() && !run.samples.is_empty())
    });
    // The first is due after a second of training; on a busy machine it comes late.
    assert!(harness.state().runs.runs[0].samples[0].seconds >= 1.0);
    let of = harness.state().sides.here().settings.clone();
    let early = harness.state().runs.exported_early();
    let PlotContent::Early(runs, flows) = early else { panic!("early samples") };
    let (pmf, k) = (&runs[0].samples[0].2, of.flow.k.expect("K"));
    assert!((pmf.sum() - 1.0).abs() < 1e-9 && runs[0].k == k && flows.starts_with("run 1: "), "{flows}");
    assert_eq!(early_numbers(&runs).rows.len(), k * k * runs[0].samples.len());
    harness.get_by_label("Pause").click();
    until(&mut harness, "a pause", |lab| lab.training().state == TrainState::Paused);
    harness.state_mut().here_mut().settings.train.hidden = 16;
    harness.step();
    harness.get_by_label_contains("New run on the present flow").click();
    until(&mut harness, "a second run", |lab| {
        lab.runs.runs.len() == 2 && lab.runs.runs[1].history.len() > 1 && lab.training().network.is_some()
    });
    harness.state_mut().pause_training();
    until(&mut harness, "a pause", |lab| lab.training().state == TrainState::Paused && lab.is_settled());
    let widths: Vec<_> = harness.state().runs.runs.iter().map(|run| run.config.hidden).collect();
    assert_eq!(widths, [8, 16]);
    harness.get_by_label("runs").click();
    harness.step();
    harness.step();
    assert!(harness.query_by_label_contains("width 8").is_some());
    harness.get_by_label("show").click();
    until(&mut harness, "the first run's network", |lab| {
        let result = lab.here().sampler.status().said.result;
        lab.runs.shown == Some(1)
            && result.is_some_and(|r| r.request.network.as_ref().is_some_and(|n| n.config().hidden == 8))
    });
    harness.get_by_label("Forget run 1").click();
    harness.step();
    harness.step();
    assert_eq!((harness.state().runs.runs.len(), harness.state().runs.shown), (1, None));
}

#[test]
fn a_run_that_was_kept_is_offered_at_the_next_start_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let keeping = || Some(RunKeeping::in_folder(folder.path().join("runs")));
    let mut settings = small();
    settings.flow.target = TargetSpec::Rings;
    let mut harness = lab_with(settings, keeping());
    until(&mut harness, "rings", |lab| lab.is_settled());
    assert!(harness.query_by_label_contains("Continue run").is_none());
    harness.get_by_label("Train").click();
    until(&mut harness, "a gap", |lab| lab.training().step > 20 && !lab.training().history.is_empty());
    drop(harness);

    let mut harness = lab_with(small(), keeping());
    until(&mut harness, "the kept run", |lab| lab.training().knows_kept);
    harness.run_steps(2);
    assert_eq!(
        harness.state().here().settings.flow.target,
        TargetSpec::Checkerboard,
        "nothing is forced on anybody"
    );
    let kept = harness.state().runs.runs[0].step;
    harness.get_by_label("Continue run 1: rings").click();
    until(&mut harness, "more steps on its flow", |lab| {
        lab.training().step > kept && lab.here().path_spec.target == TargetSpec::Rings
    });
    let lab = harness.state();
    assert_eq!((lab.here().settings.show, lab.runs.runs.len()), (Show::Learned, 1));
    assert!(lab.runs.runs[0].file.as_ref().is_some_and(|file| file.ends_with("run-0001.safetensors")));
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("Continue run").is_none());
    assert!(harness.query_by_label_contains("run 1 goes on from step").is_some());
    // Put away it is offered again, and forgotten it is gone.
    harness.get_by_label_contains("Reset: put the network away").click();
    until(&mut harness, "a reset", |lab| lab.training().state == TrainState::Idle);
    harness.run_steps(2);
    assert!(harness.query_by_label("Continue run 1: rings").is_some());
    harness.get_by_label("runs").click();
    harness.run_steps(2);
    harness.get_by_label("Forget run 1").click();
    let file = folder.path().join("runs").join("run-0001.safetensors");
    until(&mut harness, "its file to go", |lab| lab.runs.runs.is_empty() && !file.exists());
}

#[test]
fn a_and_b_show_the_same_step_while_one_of_them_is_behind() {
    let mut b = small();
    b.flow.target = TargetSpec::Moons;
    let document = Document::from(Sides::new(small(), [b]).set_at(1));
    let mut harness = lab(document);
    until(&mut harness, "rest", |lab| lab.is_settled());
    let lab = harness.state();
    // A run on its way is one whose last steps are missing.
    let until_step = |status: &super::super::sampler_thread::SamplerStatus, steps: usize| {
        let mut status = status.clone();
        let mut result = (**status.result.as_ref().expect("a run")).clone();
        result.trace.frames.truncate(steps + 1);
        result.summary = None;
        status.said.result = Some(Arc::new(result));
        status
    };
    let shown = |statuses: &Statuses, t| {
        [0, 1].map(|side| {
            let scene = lab.sides.scene(side, statuses, t);
            let frame = scene.frame().map(|frame| scene.result.expect("a run").trace.frames[frame].t);
            assert_eq!(scene.of_views().frame().ok().map(|(_, frame)| frame.t), frame);
            // What needs no run is where the play-head is.
            assert_eq!(scene.t, t);
            frame.expect("a step")
        })
    };
    let (a, b) = (lab.sides.of(0).sampler.status(), lab.sides.of(1).sampler.status());
    let both = |a: &_, b: &_| Statuses(vec![Clone::clone(a), Clone::clone(b)]);
    assert_eq!(shown(&both(&a, &b), 0.83), [0.75; 2], "both are finished");
    assert_eq!(shown(&both(&a, &b), 1.0), [1.0; 2]);
    assert_eq!(shown(&both(&a, &until_step(&b, 4)), 0.83), [0.5; 2], "B is behind");
    assert_eq!(shown(&both(&until_step(&a, 2), &until_step(&b, 4)), 0.83), [0.25; 2], "A is further behind");
    assert_eq!(
        shown(&both(&until_step(&a, 2), &until_step(&b, 4)), 0.2),
        [0.125; 2],
        "the play-head is before"
    );
}

#[test]
fn the_flow_that_is_set_is_trained_and_the_other_side_says_whether_the_network_fits() {
    let mut b = small();
    (b.flow.k, b.flow.target, b.flow.scheduler) = (Some(6), TargetSpec::Moons, Scheduler::Cubic);
    let document = Document::from(Sides::new(small(), [b]).set_at(1));
    let mut harness = lab(document);
    until(&mut harness, "rest", |lab| lab.is_settled());
    harness.get_by_label("Train").click();
    until(&mut harness, "steps", |lab| lab.training().step > 5 && lab.training().network.is_some());
    let flow = harness.state().training().news.flow.expect("a flow");
    assert_eq!((flow.target, flow.k, flow.scheduler), (TargetSpec::Moons, Some(6), Scheduler::Cubic));
    let shows =
        |harness: &Harness<'_, GridLab>| [0, 1].map(|side| harness.state().sides.of(side).settings.show);
    assert_eq!(shows(&harness), [Show::Exact, Show::Learned]);
    until(&mut harness, "a learned run of B", |lab| {
        let result = lab.sides.of(1).sampler.status().said.result;
        result.is_some_and(|r| r.request.show() == Show::Learned)
    });
    harness.get_by_label("Pause").click();
    until(&mut harness, "a pause", |lab| lab.training().state == TrainState::Paused);
    // B's scheduler is the gap's, A's is not.
    harness.state_mut().sides.of_mut(0).settings.flow.scheduler = Scheduler::Cosine;
    harness.run_steps(3);
    assert_eq!(harness.state().training().news.flow.map(|f| f.scheduler), Some(Scheduler::Cubic));
    harness.state_mut().sides.of_mut(1).settings.flow.scheduler = Scheduler::Linear;
    until(&mut harness, "another gap", |lab| {
        lab.training().news.flow.is_some_and(|f| f.scheduler == Scheduler::Linear)
    });
    // A has other tokens: it says why it can't show the network.
    harness.state_mut().command(Command::OtherSide);
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("does not fit this one: it was trained for K = 6").is_some());
    harness.get_by_label("learned").click();
    harness.run_steps(2);
    assert_eq!(shows(&harness)[0], Show::Exact);
    // With the same tokens it shows it, and says that it was trained on another flow.
    harness.state_mut().here_mut().settings.flow.k = Some(6);
    until(&mut harness, "six tokens", |lab| lab.here().path.data_tokens() == 6);
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("trained on another flow").is_some());
    harness.get_by_label("learned").click();
    until(&mut harness, "a learned run of A", |lab| {
        let result = lab.sides.of(0).sampler.status().said.result;
        result.is_some_and(|r| r.request.show() == Show::Learned && r.path.data_tokens() == 6)
    });
}

#[test]
fn what_has_no_effect_on_a_path_can_not_be_chosen() {
    let mut settings = small();
    settings.flow.source = crate::data::SourceSpec::Mask;
    settings.flow.conditional = crate::flow::ConditionalPath::ThreeWay(0.5);
    (settings.epsilon, settings.early_error) = (0.2, true);
    settings.train.loss = crate::train::grid::LossKind::Gkl;
    let mut harness = lab(settings);
    until(&mut harness, "rest", |lab| lab.is_settled());
    let request = harness.state().here().sampler.status().said.result.expect("a run").request.clone();
    let asked = crate::experiment::grid::DenoiserSpec::Noisy(0.2);
    assert_eq!(request.denoiser, asked, "it is asked for as it is made");
    assert!(harness.query_by_label_contains("train another path with the cross-entropy").is_some());
    harness.get_by_label("Train").click();
    harness.run_steps(3);
    assert!(!harness.state().training().starting && harness.state().training().report.1.is_none());
}

#[test]
fn overshooting_is_offered_only_where_it_is_done() {
    let mut settings = small();
    settings.corrector_on = true;
    settings.flow.coupling = crate::flow::Coupling::OptimalTransport(0.1);
    let mut harness = lab(settings);
    until(&mut harness, "transport", |lab| {
        lab.here().path_spec.coupling != crate::flow::Coupling::Independent
    });
    harness.run_steps(2);
    let chosen = |harness: &Harness<'_, GridLab>, label: &str| {
        format!("{:?}", harness.get_by_label(label).accesskit_node().toggled())
    };
    assert!(chosen(&harness, "exp.").contains("True") && chosen(&harness, "overshoot").contains("False"));
    harness.get_by_label("overshoot").click();
    harness.run_steps(2);
    assert!(chosen(&harness, "exp.").contains("True"), "it can't be chosen");
    harness.get_by_label("velocity").click();
    harness.run_steps(2);
    assert_eq!(harness.state().here().settings.sampler.corrector_by, crate::sampler::CorrectorBy::Velocity);
}

#[test]
fn the_arrow_and_the_curve_under_the_pointer_are_read_out_with_their_units() {
    let mut settings = small();
    settings.views[2] = View::Currents;
    let mut harness = lab(settings);
    until(&mut harness, "rest", |lab| lab.is_settled());
    let view = harness.get_all_by_label("states").nth(2).expect("the currents").rect();
    harness.hover_at(view.center() + Vec2::new(0.05, -0.05) * view.width());
    harness.run_steps(3);
    let texts = texts(&harness);
    let read = texts.iter().find(|text| text.starts_with("(4, 4)")).expect("a read-out");
    assert!(read.contains('°') && read.ends_with("mass / time"), "{read}");
    // At whatever height the pointer is, κ(t) = t² is said.
    let named = harness.get_all_by_label("scheduler").map(|node| node.rect());
    let plot = named.max_by(|a, b| a.left().total_cmp(&b.left())).expect("the plot, right of the choice");
    for height in [0.2, 0.5, 0.8] {
        harness.hover_at(plot.min + Vec2::new(0.4, height) * plot.size());
        harness.run_steps(3);
        let texts = self::texts(&harness);
        let t = texts.iter().find_map(|text| text.strip_prefix("t = ")?.parse::<f64>().ok()).expect("a time");
        let said = texts.iter().filter_map(|text| text.parse::<f64>().ok());
        assert!((0.2..0.6).contains(&t) && said.into_iter().any(|x| (x - t * t).abs() < 2e-3), "{texts:?}");
    }
}

/// Everything that is written in the picture.
fn texts(harness: &Harness<'_, GridLab>) -> Vec<String> {
    fn collect(shape: &egui::Shape, all: &mut Vec<String>) {
        match shape {
            egui::Shape::Text(text) => all.push(text.galley.text().to_owned()),
            egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    harness.output().shapes.iter().for_each(|clipped| collect(&clipped.shape, &mut all));
    all
}

#[test]
fn a_bad_file_is_reported_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bad.csv");
    std::fs::write(&file, "1,2\n3,-4\n").expect("write");
    let mut harness = lab(small());
    until(&mut harness, "a first run", |lab| lab.is_settled());
    let before = harness.state().here().path.clone();
    harness.state_mut().here_mut().use_target(file.clone());
    until(&mut harness, "an error", |lab| lab.here().sampler.status().path_error.is_some());
    harness.step();
    // Beside the target, and in the place of every view: the last good flow is not the one that is set.
    let said = harness.query_all_by_label_contains("has the negative value").count();
    assert_eq!(said, 1 + harness.state().here().settings.panes, "the message says why");
    assert!(Arc::ptr_eq(&before, &harness.state().here().path), "the last good flow is still there");
    // Nor is it exported or trained on under the other one's name.
    harness.get_all_by_label("Export this view").next().expect("a button").click();
    harness.run_steps(2);
    assert!(!harness.state().is_asking());
    assert!(harness.query_by_label_contains("There is nothing to export").is_some());
    harness.state_mut().train();
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("There is nothing to train on").is_some());
    // The same file, mended on disk and opened again, is read again.
    std::fs::write(&file, "1,2\n3,4\n").expect("write");
    harness.state_mut().here_mut().use_target(file);
    until(&mut harness, "the mended file", |lab| lab.here().path.data_tokens() == 2);
}

#[test]
fn a_file_that_is_gone_is_reported_and_the_window_still_opens() {
    let mut settings = small();
    settings.flow.target = TargetSpec::File("gone.npy".into());
    let mut harness = lab(settings.clone());
    until(&mut harness, "an error", |lab| lab.here().sampler.status().path_error.is_some());
    harness.step();
    assert!(harness.query_all_by_label_contains("cannot read target gone.npy").next().is_some());
    assert_eq!(harness.state().here().settings, settings, "the settings are kept");
}

#[test]
fn a_file_that_grew_is_opened_again_under_every_view() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("target.npy");
    let write = |k: usize| {
        crate::data::write_npy_f64(&file, &[k, k], &vec![1.0; k * k]).expect("write");
    };
    write(8);
    let mut settings = small();
    settings.views = [View::Sampled, View::Difference, View::Currents, View::Divergence];
    let mut harness = lab(settings);
    harness.state_mut().here_mut().use_target(file.clone());
    until(&mut harness, "8 × 8", |lab| lab.here().path.data_tokens() == 8 && lab.is_settled());
    harness.state_mut().train();
    until(&mut harness, "a learned run", |lab| {
        lab.here().sampler.status().said.result.is_some_and(|r| r.request.show() == Show::Learned)
    });
    write(16);
    harness.state_mut().here_mut().use_target(file);
    until(&mut harness, "16 × 16", |lab| lab.here().path.data_tokens() == 16);
    for _ in 0..20 {
        harness.step();
    }
    assert!(harness.query_by_label_contains("trained on another flow").is_some());
}

#[test]
fn a_checkpoint_brings_its_flow_and_a_bad_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("flow.safetensors");
    let mut settings = small();
    settings.flow.target = TargetSpec::Rings;
    let mut harness = lab(settings);
    until(&mut harness, "rings", |lab| lab.is_settled());
    harness.state_mut().train();
    until(&mut harness, "a few steps", |lab| lab.training().step > 5);
    harness.state_mut().pause_training();
    until(&mut harness, "a pause", |lab| lab.training().state == TrainState::Paused);
    harness.state_mut().use_file(Ok((Purpose::Save, file.clone())), &Context::default());
    until(&mut harness, "the file", |_| file.exists());
    harness.state_mut().apply("small", small().into());
    harness.state_mut().trainer.reset();
    until(&mut harness, "a reset", |lab| lab.training().state == TrainState::Idle);
    harness.state_mut().use_file(dropped_file(file.clone()), &Context::default());
    until(&mut harness, "the network on its own flow", |lab| {
        lab.here().path_spec.target == TargetSpec::Rings
            && lab.training().network.is_some()
            && lab.is_settled()
    });
    assert_eq!(harness.state().here().settings.show, Show::Learned);
    assert!(harness.query_by_label_contains("trained on another flow").is_none());
    std::fs::write(&file, b"no checkpoint").expect("write");
    harness.state_mut().use_file(dropped_file(file), &Context::default());
    until(&mut harness, "a refusal", |lab| {
        lab.messages
            .last()
            .is_some_and(|(tone, text)| tone == Tone::Error && text.contains("flow.safetensors"))
    });
    assert!(harness.state().training().network.is_some(), "the network is still there");
    harness.state_mut().use_file(dropped_file("notes.txt".into()), &Context::default());
    assert!(harness.state().messages.last().is_some_and(|(_, text)| text.contains("notes.txt")));
}

#[test]
fn a_paused_window_asks_for_no_pictures() {
    let mut harness = lab(small());
    until(&mut harness, "rest", |lab| lab.is_settled());
    // A few more for animations of the toolkit itself.
    for _ in 0..30 {
        harness.step();
    }
    assert!(!harness.ctx.has_requested_repaint(), "{:?}", harness.ctx.repaint_causes());
}

/// Drags what has `label` by a vector.
fn drag_by(harness: &mut Harness<'_, GridLab>, label: &str, along: Vec2) {
    let from = harness.get_by_label(label).rect().center();
    drag(harness, from, from + along);
}

fn drag(harness: &mut Harness<'_, GridLab>, from: egui::Pos2, to: egui::Pos2) {
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    harness.hover_at(from + (to - from) * 0.5);
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.step();
}

#[test]
fn the_kappa_curve_is_shaped_by_its_handles() {
    let mut settings = small();
    settings.flow.scheduler = Scheduler::Quadratic;
    let mut harness = lab(settings);
    until(&mut harness, "rest", |lab| lab.is_settled());
    harness.get_by_label("shape it").click();
    harness.step();
    harness.step();
    assert_eq!(harness.state().here().settings.flow.scheduler, Scheduler::Hermite { a: 0.0, b: 2.0 });
    assert!(harness.query_by_label("shape it").is_none(), "there are handles now");
    let t = harness.state().playback.t;
    drag_by(&mut harness, "tangent at t = 0", Vec2::new(0.0, -40.0));
    let Scheduler::Hermite { a, b } = harness.state().here().settings.flow.scheduler else {
        panic!("no Hermite")
    };
    assert!((0.5..2.5).contains(&a) && b == 2.0, "{a} {b}");
    drag_by(&mut harness, "tangent at t = 1", Vec2::new(0.0, -300.0));
    assert_eq!(harness.state().here().settings.flow.scheduler, Scheduler::Hermite { a, b: 0.0 });
    drag_by(&mut harness, "tangent at t = 1", Vec2::new(0.0, 300.0));
    assert_eq!(harness.state().here().settings.flow.scheduler, Scheduler::Hermite { a, b: 3.0 });
    assert_eq!(harness.state().playback.t, t, "the play-head stays");
}

#[test]
fn a_powers_curve_is_dragged_to_the_pointer_but_only_by_the_curve() {
    let mut settings = small();
    settings.flow.scheduler = Scheduler::Power(1.0);
    let mut harness = lab(settings);
    until(&mut harness, "rest", |lab| lab.is_settled());
    let plot = harness.get_by_label("power curve").rect();
    let corner = plot.left_top() + Vec2::new(20.0, 12.0);
    drag(&mut harness, corner, plot.center());
    assert_eq!(
        harness.state().here().settings.flow.scheduler,
        Scheduler::Power(1.0),
        "the curve was not touched"
    );
    drag(&mut harness, plot.center(), plot.center() + Vec2::new(0.0, 0.2 * plot.height()));
    let Scheduler::Power(n) = harness.state().here().settings.flow.scheduler else { panic!("no power") };
    assert!((1.5..2.4).contains(&n), "{n}");
}

/// A pinned cell in the middle of the first view.
fn click_middle(harness: &mut Harness<'_, GridLab>, pane: usize) -> egui::Pos2 {
    let at = harness.get_all_by_label("states").nth(pane).expect("a view").rect().center();
    harness.hover_at(at);
    harness.step();
    drag(harness, at, at);
    harness.step();
    at
}

#[test]
fn a_cell_is_previewed_pinned_moved_by_arrows_and_let_go() {
    let mut harness = lab(small());
    until(&mut harness, "rest", |lab| lab.is_settled());
    click_middle(&mut harness, 0);
    let pinned = harness.state().inspector.pinned.expect("a pinned cell");
    assert!(pinned.iter().all(|z| (2..6).contains(z)), "{pinned:?}");
    let name = format!("z = ({}, {})", pinned[0], pinned[1]);
    assert!(harness.query_by_label(&name).is_some());
    let mass =
        harness.state().here().path.pmf_at(pinned, harness.state().here().settings.flow.scheduler.at(0.5));
    let shown = crate::figure::scale::format_value(mass);
    assert!(harness.get_all_by_label(&shown).count() > 0, "pₜ(z) = {shown}");
    let t = harness.state().playback.t;
    harness.state_mut().command(Command::StepForward);
    harness.step();
    harness.state_mut().command(Command::CellDown);
    harness.step();
    assert_eq!(harness.state().inspector.pinned, Some([pinned[0] + 1, pinned[1] - 1]));
    assert_eq!(harness.state().playback.t, t, "the timeline did not see the arrow");
    harness.state_mut().command(Command::ReleaseCell);
    harness.step();
    assert_eq!(harness.state().inspector.pinned, None);
    harness.state_mut().command(Command::StepForward);
    harness.step();
    assert_eq!(harness.state().playback.t, 0.625, "now it does");
    // Whatever the pointer is over is shown, not pinned.
    let over = harness.get_all_by_label("states").next().expect("a view").rect();
    harness.hover_at(over.center() + Vec2::new(0.2 * over.width(), 0.0));
    for _ in 0..3 {
        harness.step();
    }
    let hovered = harness.state().inspector.cell().expect("a cell under the pointer");
    assert!(hovered[0] > pinned[0] && harness.state().inspector.pinned.is_none());
    assert!(harness.query_by_label(&format!("z = ({}, {})", hovered[0], hovered[1])).is_some());
}

#[test]
fn an_impossible_state_and_the_mask_say_what_they_are() {
    let mut settings = small();
    settings.flow.source = crate::data::SourceSpec::Mask;
    let mut harness = lab(settings);
    until(&mut harness, "rest", |lab| lab.is_settled());
    harness.state_mut().hold_at(0.0);
    harness.state_mut().inspector.pick(Picked::Cell([1, 1]));
    harness.step();
    harness.step();
    assert!(harness.query_by_label_contains("impossible now").is_some());
    harness.state_mut().inspector.pick(Picked::Cell([8, 8]));
    harness.step();
    harness.step();
    assert!(harness.query_by_label("z = (m, m)").is_some());
    assert!(harness.query_by_label_contains("impossible now").is_none());
    harness.get_by_label("p(x₀ | xₜ)").click();
    harness.step();
    harness.step();
    assert!(harness.query_by_label("posterior of x₀, token 2").is_some());
}

#[test]
fn an_error_is_chosen_with_the_denoiser_and_comes_back_as_it_was() {
    let mut harness = lab(small());
    let error = |harness: &Harness<'_, GridLab>| harness.state().here().settings.epsilon;
    assert_eq!((error(&harness), harness.query_by_label("error ε").is_some()), (0.0, false));
    harness.get_by_label("exact + error ε").click();
    harness.run_steps(3);
    assert!(error(&harness) > 0.0 && harness.query_by_label("error ε").is_some());
    harness.state_mut().here_mut().settings.epsilon = 0.35;
    harness.run_steps(2);
    // The sampler of the left panel has an “exact”, too, but no choice of that name.
    let exact = harness.get_all_by_role_and_label(egui::accesskit::Role::RadioButton, "exact").next();
    exact.expect("a choice").click();
    harness.run_steps(3);
    assert_eq!((error(&harness), harness.query_by_label("error ε").is_some()), (0.0, false));
    harness.get_by_label("exact + error ε").click();
    harness.run_steps(3);
    assert_eq!(error(&harness), 0.35);
}

#[test]
fn the_shown_denoisers_posterior_stands_beside_the_exact_one() {
    let mut settings = small();
    settings.epsilon = 0.4;
    let mut harness = lab(settings);
    until(&mut harness, "rest", |lab| lab.is_settled());
    harness.state_mut().inspector.pick(Picked::Cell([2, 3]));
    for _ in 0..3 {
        harness.step();
    }
    until(&mut harness, "an answer", |lab| lab.is_settled());
    harness.step();
    // Beside the posteriors of both tokens, and in the choice of denoisers.
    assert_eq!(harness.get_all_by_label("exact + error ε").count(), 3);
    let lab = harness.state();
    let kappa = lab.here().settings.flow.scheduler.at(0.5);
    let status = lab.here().sampler.status();
    let request = &status.result.as_ref().expect("a run").request;
    let opinion = lab.opinions.about(request, &lab.here().path, [2, 3], kappa).expect("the answer");
    for axis in crate::flow::Axis::BOTH {
        let exact = lab.here().path.posterior_at(axis, [2, 3], kappa);
        let noisy = &opinion.rows.as_ref().expect("no error")[axis.index()];
        for (exact, noisy) in exact.iter().zip(noisy) {
            assert!((0.6 * exact + 0.4 / 8.0 - noisy).abs() < 1e-12, "{exact} {noisy}");
        }
    }
}

#[test]
fn a_particle_is_followed_and_its_jumps_lead_the_play_head() {
    let mut harness = lab(small());
    until(&mut harness, "rest", |lab| lab.is_settled());
    harness.get_by_label("particle").click();
    harness.step();
    harness.step();
    harness.get_by_label("Next particle").click();
    harness.step();
    harness.step();
    assert_eq!(harness.state().inspector.followed, Some(0));
    harness.get_by_label("Previous particle").click();
    harness.step();
    harness.step();
    assert_eq!(harness.state().inspector.followed, Some(199));
    let result = harness.state().here().sampler.status().said.result.expect("a run");
    // One that moves: at K = 8 nearly all do.
    let (n, jump) =
        (0..200).find_map(|n| result.trace.way(n)?.jumps.first().map(|jump| (n, *jump))).expect("a jump");
    harness.state_mut().inspector.followed = Some(n);
    harness.step();
    let frame = result.trace.frames[jump.frame].clone();
    harness.get_by_label(&format!("jump at step {}, token {}", frame.step, jump.axis.index() + 1)).click();
    harness.step();
    harness.step();
    assert_eq!(harness.state().playback, Playback { t: frame.t, playing: false });
    // A click in the particles view takes the nearest one, and the same again lets it go.
    harness.state_mut().inspector.followed = None;
    harness.step();
    let view = harness.get_all_by_label("states").nth(3).expect("the particles").rect();
    let lab = harness.state();
    assert_eq!(lab.here().settings.views[3], View::Particles);
    let statuses = lab.sides.statuses();
    let layout = lab.scene(0, &statuses).of_views().layout();
    let window = crate::figure::CellWindow::whole(&layout);
    let square = crate::ui::cell_square::Square { rect: view, layout, window };
    let state = result.trace.particles.state(jump.frame, 42).expect("a particle");
    let at = crate::ui::labs::grid::particles::place(&square, 42, state);
    drag(&mut harness, at, at);
    harness.step();
    assert_eq!(harness.state().inspector.followed, Some(42));
    // With its panel open a click in any view does, however far the next particle is; no cell is pinned by it.
    harness.state_mut().inspector.followed = None;
    harness.step();
    harness.step();
    assert_eq!(harness.state().inspector.tab, Tab::Particle);
    click_middle(&mut harness, 0);
    assert!(harness.state().inspector.followed.is_some() && harness.state().inspector.pinned.is_none());
}

#[test]
fn a_move_is_read_where_the_pointer_is() {
    let mut settings = small();
    settings.flow.k = Some(4);
    let mut harness = lab(settings);
    until(&mut harness, "rest", |lab| lab.is_settled());
    // With the pointer elsewhere the middle cell.
    harness.state_mut().command(Command::PinCell);
    harness.step();
    let z = harness.state().inspector.pinned.expect("a pinned cell");
    let view = harness.get_all_by_label("states").next().expect("a view").rect();
    let middle = |z: [usize; 2]| {
        let [x, y] = z.map(|token| (token as f32 + 0.5) / 4.0);
        view.left_bottom() + Vec2::new(x * view.width(), -y * view.height())
    };
    let to = [z[0], z[1] - 1];
    // Off the arrow, in the corner of its cell.
    harness.hover_at(middle(to) + Vec2::splat(0.1 * view.width()));
    for _ in 0..3 {
        harness.step();
    }
    let lab = harness.state();
    let scheduler = lab.here().settings.flow.scheduler;
    let out =
        crate::sampler::grid::Outgoing::new(&lab.here().path, scheduler, crate::flow::Corrector::OFF, 0.5, z)
            .expect("rates");
    let rate = out.rates[1][to[1]];
    assert!(harness.query_by_label(&format!("({}, {}) → ({}, {})", z[0], z[1], to[0], to[1])).is_some());
    for value in [rate, out.mass * rate] {
        let value = crate::figure::scale::format_value(value);
        assert!(harness.get_all_by_label(&value).count() > 0, "{value}");
    }
    harness.hover_at(middle([z[0] - 1, z[1] - 1]) + Vec2::splat(0.1 * view.width()));
    for _ in 0..3 {
        harness.step();
    }
    assert!(harness.query_by_label("flux pₜ(z) u(y, z)").is_none(), "one move changes one token");
}

#[test]
fn the_small_grid_shows_arrows_of_all_states_on_demand() {
    let mut settings = small();
    settings.flow.k = Some(4);
    let mut harness = lab(settings);
    until(&mut harness, "rest", |lab| lab.is_settled());
    harness.get_by_label("fluxes").click();
    harness.step();
    harness.step();
    assert_eq!(harness.state().here().settings.moves, crate::experiment::grid::Moves::Fluxes);
    harness.get_by_label("fluxes").click();
    harness.step();
    harness.step();
    assert_eq!(harness.state().here().settings.moves, crate::experiment::grid::Moves::Off);
    harness.state_mut().here_mut().settings.flow.k = Some(16);
    until(&mut harness, "a larger grid", |lab| lab.here().path.data_tokens() == 16);
    harness.step();
    assert!(harness.query_by_label("fluxes").is_none(), "too many to be told apart");
}

#[test]
fn wheel_drag_keys_and_double_click_zoom_all_views() {
    let mut harness = lab(small());
    until(&mut harness, "rest", |lab| lab.is_settled());
    let view = harness.get_all_by_label("states").next().expect("a view").rect();
    let window = |harness: &Harness<'_, GridLab>| {
        let lab = harness.state();
        let statuses = lab.sides.statuses();
        lab.zoom.window(&lab.scene(0, &statuses).of_views().layout())
    };
    let whole = window(&harness);
    let scroll = |harness: &mut Harness<'_, GridLab>, at: egui::Pos2, up: f32| {
        harness.hover_at(at);
        harness.step();
        harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: Vec2::new(0.0, up),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: egui::Modifiers::NONE,
        });
        // Scrolling is smoothed over some frames.
        harness.run_steps(40);
    };
    // At a quarter from the left and a quarter from below, twice as large: the cell under the pointer stays.
    let at = view.left_bottom() + Vec2::new(0.25, -0.25) * view.width();
    scroll(&mut harness, at, 200.0);
    let twice = window(&harness);
    assert!((twice.size[0] / whole.size[0] - 0.5).abs() < 0.02, "{twice:?}");
    for i in 0..2 {
        let under = twice.min[i] + 0.25 * twice.size[i];
        assert!((under - 0.25 * whole.size[i]).abs() < 0.05, "{twice:?}");
    }
    // To the left by a quarter of the view: what is shown moves to the right by a quarter of itself.
    drag(&mut harness, view.center(), view.center() - Vec2::new(0.25 * view.width(), 0.0));
    let panned = window(&harness);
    assert!((panned.min[0] - twice.min[0] - 0.25 * twice.size[0]).abs() < 0.05, "{panned:?}");
    assert_eq!((panned.min[1], panned.size), (twice.min[1], twice.size));
    // Every view has a button that shows all again.
    let buttons: Vec<_> = harness.get_all_by_label_contains("×").filter(|b| b.rect().top() < 500.0).collect();
    assert!(buttons.len() >= 2, "{} buttons", buttons.len());
    harness.state_mut().command(Command::ZoomIn);
    harness.step();
    assert!((window(&harness).size[0] * 1.5 - panned.size[0]).abs() < 0.01);
    harness.state_mut().command(Command::ZoomOut);
    harness.step();
    assert!((window(&harness).size[0] - panned.size[0]).abs() < 0.01);
    harness.state_mut().command(Command::ZoomWhole);
    harness.step();
    assert_eq!(window(&harness), whole);
    // A pinch, and back by a double click.
    harness.hover_at(at);
    harness.event(egui::Event::Zoom(3.0));
    harness.step();
    assert!(window(&harness).size[0] < 0.4 * whole.size[0]);
    // In one frame: the test's frames are too far apart for two clicks to count as one.
    for pressed in [true, false, true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
        harness.input_mut().events.push(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
    }
    harness.step();
    assert_eq!(window(&harness), whole, "a double click");
}
