//! Target, source, coupling and scheduler.

use super::{Action, ControlContext};
use crate::data::{PRESETS, SourceSpec, TargetSpec};
use crate::experiment::grid::Settings;
use crate::flow::{ConditionalPath, Coupling, Metric, Scheduler};
use crate::ui::files::OTHER_WAYS;
use crate::ui::icons;
use crate::ui::saved_targets::saved_choice;
use crate::ui::theme;
use crate::ui::widgets::{
    Choice, SliderRange, Tone, icon_button, notice, scheduler_choice, segmented, setting, slider,
};
use egui::{Button, RichText, TextEdit, Ui, Vec2};
use std::path::{Path, PathBuf};

/// Presets, a word, a file, and K.
pub(super) fn target(
    ui: &mut Ui,
    settings: &mut Settings,
    context: &mut ControlContext<'_>,
    action: &mut Option<Action>,
) {
    let spacing = 4.0;
    let width = (ui.available_width() - 2.0 * spacing) / 3.0;
    ui.spacing_mut().item_spacing.x = spacing;
    let padding = std::mem::replace(&mut ui.spacing_mut().button_padding.x, 2.0);
    for row in PRESETS.chunks(3) {
        ui.horizontal(|ui| {
            for (title, spec) in row {
                let chosen = settings.flow.target == *spec;
                let label = RichText::new(*title).font(theme::small());
                let button = Button::selectable(chosen, label)
                    .frame_when_inactive(true)
                    .min_size(Vec2::new(width, 22.0));
                if ui.add_sized(Vec2::new(width, 22.0), button).clicked() {
                    if matches!(settings.flow.target, TargetSpec::File(_)) {
                        settings.flow.k = Some(64);
                    }
                    settings.flow.target = spec.clone();
                    settings.flow.invert = false;
                }
            }
        });
    }
    ui.spacing_mut().button_padding.x = padding;
    setting(ui, "word", "Draws up to 12 letters as the target.", |ui| {
        let edit = TextEdit::singleline(context.word).hint_text("DFM").char_limit(12);
        let width = ui.available_width() - 68.0;
        let response = ui.add_sized(Vec2::new(width, 22.0), edit);
        let color = if context.editing { theme::palette(ui).accent } else { theme::palette(ui).text };
        let pencil = Button::new(RichText::new(icons::DRAW).font(theme::icon(15.0)).color(color));
        let draw = ui.add_sized(Vec2::new(30.0, 22.0), pencil);
        draw.widget_info(|| {
            egui::WidgetInfo::selected(egui::Role::Button, true, context.editing, "Edit target")
        });
        if draw.on_hover_text("Edit the target by hand: brush, eraser, fill.").clicked() {
            *action = Some(Action::EditTarget);
        }
        let file = Button::new(RichText::new(icons::FOLDER).font(theme::icon(15.0)));
        let open = ui.add_sized(Vec2::new(30.0, 22.0), file);
        open.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Open target file"));
        if open.on_hover_text(format!("Open a pmf (.npy, .csv) or a picture (.png). {OTHER_WAYS}")).clicked()
        {
            *action = Some(Action::OpenTarget);
        }
        // An emptied field gives the word back that is still shown.
        if let (true, true, TargetSpec::Text(word)) =
            (response.lost_focus(), context.word.trim().is_empty(), &settings.flow.target)
        {
            context.word.clone_from(word);
        }
        if response.changed() && !context.word.trim().is_empty() {
            settings.flow.target = TargetSpec::Text(context.word.clone());
            settings.flow.invert = false;
            settings.flow.k = settings.flow.k.or(Some(64));
        }
    });
    saved_targets(ui, settings, context.saved, action);
    let is_picture = matches!(&settings.flow.target, TargetSpec::File(p)
        if p.extension().is_some_and(|e| e.eq_ignore_ascii_case("png")));
    let fixed = matches!(settings.flow.target, TargetSpec::File(_)) && !is_picture;
    if let TargetSpec::File(path) = &settings.flow.target {
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        setting(ui, "file", "The file the target was read from.", |ui| {
            ui.add(egui::Label::new(name).truncate()).on_hover_text(path.display().to_string());
        });
    }
    if let TargetSpec::Drawn { drawing, name } = &settings.flow.target {
        setting(
            ui,
            "drawn",
            "The target was drawn by hand. It is kept with settings and checkpoints, and the editor can give it a name.",
            |ui| {
                let k = drawing.k();
                let text = if name.is_empty() { format!("{k} × {k} cells, no name") } else { name.clone() };
                ui.add(egui::Label::new(text).truncate());
            },
        );
    }
    if is_picture {
        ui.checkbox(&mut settings.flow.invert, "bright = mass")
            .on_hover_text("Dark pixels carry the mass otherwise.");
    }
    let tooltip = "K, the number of token values per axis: 2 to 256. A pmf from a file has its own K.";
    ui.add_enabled_ui(!fixed, |ui| {
        let mut k = if fixed { context.actual_k } else { settings.flow.k.unwrap_or(64) } as f64;
        if slider(ui, "tokens K", tooltip, &mut k, SliderRange::counts(2.0..=256.0)) && !fixed {
            settings.flow.k = Some(k as usize);
        }
    });
    if let Some(error) = context.flow_error {
        notice(ui, Tone::Error, error);
    }
}

/// Targets that were saved, by name; nothing where there are none.
fn saved_targets(ui: &mut Ui, settings: &Settings, saved: &[PathBuf], action: &mut Option<Action>) {
    let chosen = |file: &Path| matches!(&settings.flow.target, TargetSpec::File(own) if own == file);
    let about = "Targets of one’s own that were kept by the editor.";
    if let Some(file) = saved_choice(ui, saved, about, &chosen) {
        *action = Some(Action::UseTarget(file));
    }
}

/// Source and coupling.
pub(super) fn source(ui: &mut Ui, settings: &mut Settings, action: &mut Option<Action>) {
    setting(ui, "source", "p₀: what the path starts from.", |ui| {
        let mut kind = match settings.flow.source {
            SourceSpec::Uniform => 0,
            SourceSpec::Mask => 1,
            SourceSpec::File(_) => 2,
        };
        let metric = matches!(settings.flow.conditional, ConditionalPath::Metric(_));
        let disabled = metric.then_some("A metric path starts at β = 0, which is uniform.");
        let choice = |value, label, tooltip| Choice { value, label, tooltip, disabled };
        let choices = [
            Choice::from((0, "uniform", "All K² states equally likely.")),
            choice(1, "mask", "Both tokens start as the mask m, drawn as a margin row and column."),
            choice(2, "file …", "Any pmf K × K from a .npy or .csv file."),
        ];
        if segmented(ui, "source", &mut kind, choices) {
            match kind {
                0 => settings.flow.source = SourceSpec::Uniform,
                1 => settings.flow.source = SourceSpec::Mask,
                _ => *action = Some(Action::OpenSource),
            }
            settings.reconcile();
        }
    });
    if let SourceSpec::File(file) = &settings.flow.source {
        let name = file.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        setting(ui, "file", "The file the source was read from.", |ui| {
            if icon_button(ui, icons::FOLDER, "Open another source file …", false).clicked() {
                *action = Some(Action::OpenSource);
            }
            ui.add(egui::Label::new(name).truncate()).on_hover_text(file.display().to_string());
        });
    }
    let masked = settings.flow.source == SourceSpec::Mask;
    let along_another = settings.flow.conditional != ConditionalPath::Mixture;
    setting(ui, "coupling", "π(x₀, x₁): which noise is paired with which datum.", |ui| {
        let mut kind = match settings.flow.coupling {
            Coupling::Independent => 0,
            Coupling::Keep(_) => 1,
            Coupling::OptimalTransport(_) => 2,
        };
        let needs = "Only the mixture path has couplings.";
        let why = "One source state only: every coupling is the independent one.";
        let choices = [
            Choice::from((0, "indep.", "Independent: π = p₀ ⊗ q.")),
            Choice {
                value: 1,
                label: "keep",
                tooltip: "Each token of x₀ is kept from x₁ with probability ρ, else it comes from the source.",
                disabled: along_another.then_some(needs),
            },
            Choice {
                value: 2,
                label: "transport",
                tooltip: "Entropic optimal transport, cost |x₀ − x₁|² in units of the squared side, by Sinkhorn.",
                disabled: masked.then_some(why).or(along_another.then_some(needs)),
            },
        ];
        if segmented(ui, "coupling", &mut kind, choices) {
            settings.flow.coupling = match kind {
                0 => Coupling::Independent,
                1 => Coupling::Keep(0.3),
                _ => Coupling::OptimalTransport(0.05),
            };
        }
    });
    match &mut settings.flow.coupling {
        Coupling::Independent => {}
        Coupling::Keep(rho) => {
            let tooltip = "ρ in [0, 1]: the path is the independent one at κ̃ = ρ + (1−ρ) κ.";
            slider(ui, "ρ", tooltip, rho, SliderRange::linear(0.0..=1.0));
        }
        Coupling::OptimalTransport(epsilon) => {
            let tooltip = "ε in [0.005, 1]: small pairs each source state with few near targets, large nears independence.";
            slider(ui, "ε", tooltip, epsilon, SliderRange::logarithmic(0.005..=1.0));
        }
    }
}

/// The conditional path and its parameters.
pub(super) fn path(ui: &mut Ui, settings: &mut Settings) {
    let coupled = settings.flow.coupling != Coupling::Independent;
    let not_uniform = settings.flow.source != SourceSpec::Uniform;
    setting(ui, "path", "p(xₜ | x₀, x₁) of one token, a function of κ.", |ui| {
        let mut kind = match settings.flow.conditional {
            ConditionalPath::Mixture => 0,
            ConditionalPath::ThreeWay(_) => 1,
            ConditionalPath::Metric(_) => 2,
        };
        let coupling = coupled.then_some("Needs the independent coupling.");
        let source = not_uniform.then_some("Needs the uniform source: the path starts at β = 0.");
        let choices = [
            Choice::from((0, "mixture", "(1−κ) δ(x₀) + κ δ(x₁).")),
            Choice {
                value: 1,
                label: "three-way",
                tooltip: "κ δ(x₁) + cκ(1−κ) uniform + (1−κ)(1−cκ) δ(x₀): on the way some tokens are anything.",
                disabled: coupling,
            },
            Choice {
                value: 2,
                label: "metric",
                tooltip: "softmax(−β d(x, x₁)), β = c (κ/(1−κ))ᵃ: through ever closer token values, with the \
                          kinetic-optimal velocity.",
                disabled: coupling.or(source),
            },
        ];
        if segmented(ui, "path", &mut kind, choices) {
            settings.flow.conditional = match kind {
                0 => ConditionalPath::Mixture,
                1 => ConditionalPath::ThreeWay(0.8),
                _ => ConditionalPath::Metric(Metric::default()),
            };
        }
    });
    match &mut settings.flow.conditional {
        ConditionalPath::Mixture => {}
        ConditionalPath::ThreeWay(c) => {
            let tooltip = "c in [0, 1]: weight of the uniform part cκ(1−κ). 0 is the mixture.";
            slider(ui, "c", tooltip, c, SliderRange::linear(0.0..=1.0));
        }
        ConditionalPath::Metric(Metric { power, c, a }) => {
            let tooltip = "lp in d(x, x₁) = (|x − x₁| / (K−1))^lp, 0.1 to 8.";
            slider(ui, "lp", tooltip, power, SliderRange::logarithmic(0.1..=8.0));
            let tooltip = "c in β = c (κ/(1−κ))ᵃ, 0.01 to 1000. The fine structure appears where β d ≈ 1: with many \
                           tokens only near κ = 1 unless c is large.";
            slider(ui, "c", tooltip, c, SliderRange::logarithmic(0.01..=1000.0));
            slider(ui, "a", "a in β = c (κ/(1−κ))ᵃ, 0.1 to 8.", a, SliderRange::logarithmic(0.1..=8.0));
        }
    }
}

/// Scheduler and its parameters.
pub(super) fn scheduler(ui: &mut Ui, settings: &mut Settings, kinetic: Option<Scheduler>) {
    scheduler_choice(ui, &mut settings.flow.scheduler, kinetic);
}
