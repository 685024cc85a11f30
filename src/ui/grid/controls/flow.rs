//! Target, source, coupling and scheduler.

use super::{Action, ControlContext};
use crate::data::{PRESETS, SourceSpec, TargetSpec};
use crate::flow::{Coupling, Scheduler};
use crate::ui::grid::settings::Settings;
use crate::ui::icons;
use crate::ui::theme;
use crate::ui::widgets::{Choice, SliderRange, Tone, icon_button, notice, segmented, setting, slider};
use egui::{Button, ComboBox, RichText, TextEdit, Ui, Vec2};

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
        let width = ui.available_width() - 34.0;
        let response = ui.add_sized(Vec2::new(width, 22.0), edit);
        let file = Button::new(RichText::new(icons::FOLDER).font(theme::icon(15.0)));
        let open = ui.add_sized(Vec2::new(30.0, 22.0), file);
        open.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Open target file"));
        if open
            .on_hover_text(
                "Open a pmf (.npy, .csv) or a picture (.png). Files can be dropped on the window too.",
            )
            .clicked()
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
    let is_picture = matches!(&settings.flow.target, TargetSpec::File(p)
        if p.extension().is_some_and(|e| e.eq_ignore_ascii_case("png")));
    let fixed = matches!(settings.flow.target, TargetSpec::File(_)) && !is_picture;
    if let TargetSpec::File(path) = &settings.flow.target {
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        setting(ui, "file", "The file the target was read from.", |ui| {
            ui.add(egui::Label::new(name).truncate()).on_hover_text(path.display().to_string());
        });
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

/// Source and coupling.
pub(super) fn source(ui: &mut Ui, settings: &mut Settings, action: &mut Option<Action>) {
    setting(ui, "source", "p₀: what the path starts from.", |ui| {
        let mut kind = match settings.flow.source {
            SourceSpec::Uniform => 0,
            SourceSpec::Mask => 1,
            SourceSpec::File(_) => 2,
        };
        let choices = [
            (0, "uniform", "All K² states equally likely."),
            (1, "mask", "Both tokens start as the mask m, drawn as a margin row and column."),
            (2, "file …", "Any pmf K × K from a .npy or .csv file."),
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
    setting(ui, "coupling", "π(x₀, x₁): which noise is paired with which datum.", |ui| {
        let mut kind = match settings.flow.coupling {
            Coupling::Independent => 0,
            Coupling::Keep(_) => 1,
            Coupling::OptimalTransport(_) => 2,
        };
        let why = "One source state only: every coupling is the independent one.";
        let choices = [
            Choice::from((0, "indep.", "Independent: π = p₀ ⊗ q.")),
            Choice::from((
                1,
                "keep",
                "Each token of x₀ is kept from x₁ with probability ρ, else it comes from the source.",
            )),
            Choice {
                value: 2,
                label: "transport",
                tooltip: "Entropic optimal transport, cost |x₀ − x₁|² in units of the squared side, by Sinkhorn.",
                disabled: masked.then_some(why),
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

/// Scheduler and its parameters.
pub(super) fn scheduler(ui: &mut Ui, settings: &mut Settings) {
    let scheduler = &mut settings.flow.scheduler;
    let options = [
        (Scheduler::Linear, "linear", "κ = t"),
        (Scheduler::Quadratic, "quadratic", "κ = t²"),
        (Scheduler::Cubic, "cubic", "κ = t³"),
        (Scheduler::Cosine, "cosine", "κ = 1 − cos(πt/2)"),
        (Scheduler::Sin2, "sin²", "κ = sin²(πt/2): kinetic-optimal for a mask"),
        (Scheduler::Power(1.5), "power n", "κ = tⁿ"),
        (Scheduler::Hermite { a: 0.0, b: 2.0 }, "Hermite", "the cubic with κ′(0) = a and κ′(1) = b"),
    ];
    let same = |a: &Scheduler, b: &Scheduler| std::mem::discriminant(a) == std::mem::discriminant(b);
    let current = options.iter().find(|(s, ..)| same(s, scheduler)).map_or("", |(_, name, _)| name);
    let tooltip = "κ(t): how fast the path is walked. The path itself does not depend on it, and a network \
                   needs no retraining.";
    setting(ui, "κ(t)", tooltip, |ui| {
        let width = ui.available_width();
        ComboBox::from_id_salt("scheduler").selected_text(current).width(width).show_ui(ui, |ui| {
            for (option, name, formula) in options {
                let row = ui.selectable_label(same(&option, scheduler), format!("{name}    {formula}"));
                if row.clicked() && !same(&option, scheduler) {
                    *scheduler = option;
                }
            }
        });
    });
    match scheduler {
        Scheduler::Power(n) => {
            let tooltip = "n in (0, 100]. Below 1, κ′ is infinite at t = 0.";
            slider(ui, "n", tooltip, n, SliderRange::logarithmic(0.25..=8.0));
        }
        Scheduler::Hermite { a, b } => {
            slider(ui, "a = κ′(0)", "Slope at t = 0, in [0, 3].", a, SliderRange::linear(0.0..=3.0));
            slider(ui, "b = κ′(1)", "Slope at t = 1, in [0, 3].", b, SliderRange::linear(0.0..=3.0));
        }
        _ => {}
    }
}
