//! A and B: which one is being set, and how they differ.

use crate::experiment::Difference;
use crate::experiment::grid::Side;
use crate::ui::icons;
use crate::ui::shortcuts::{Command, hint};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{icon_button, mark_sections, segmented};
use egui::{RichText, Ui, Vec2};

/// Differences listed before the rest is only counted.
const LISTED: usize = 5;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareAction {
    /// Set the other one.
    Select(Side),
    /// The settings of the one being set for both.
    Copy,
    /// A becomes B and B becomes A.
    Swap,
    /// Only A.
    Close,
}

/// Draws the tabs above the controls, and what differs; marks the sections in which something does.
pub fn tabs(ui: &mut Ui, side: Side, differences: &[Difference]) -> Option<CompareAction> {
    let mut action = None;
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.spacing_mut().button_padding.x = 4.0;
        let mut chosen = side;
        // Three icon buttons and their gaps stand beside the tabs.
        ui.allocate_ui(Vec2::new(ui.available_width() - 3.0 * (28.0 + space::XS), 24.0), |ui| {
            let tooltip = |name| hint(&format!("The controls below set {name}"), Command::OtherSide);
            let (a, b) = (tooltip("A"), tooltip("B"));
            segmented(ui, "side", &mut chosen, [(Side::A, "A", a.as_str()), (Side::B, "B", b.as_str())]);
        });
        if chosen != side {
            action = Some(CompareAction::Select(chosen));
        }
        let copy = if side == Side::A { "Copy A to B" } else { "Copy B to A" };
        if icon_button(ui, icons::COPY, copy, false).clicked() {
            action = Some(CompareAction::Copy);
        }
        if icon_button(ui, icons::SWAP, "Swap A and B", false).clicked() {
            action = Some(CompareAction::Swap);
        }
        if icon_button(ui, icons::CLOSE, "Close B", false).clicked() {
            action = Some(CompareAction::Close);
        }
    });
    list(ui, differences);
    mark_sections(ui.ctx(), differences.iter().map(|d| (section_of(&d.field), in_words(d))));
    ui.add_space(space::XS);
    action
}

fn list(ui: &mut Ui, differences: &[Difference]) {
    let palette = theme::palette(ui);
    let line = |ui: &mut Ui, text: &str, color| {
        ui.add(egui::Label::new(RichText::new(text).font(theme::small()).color(color)).truncate())
            .on_hover_text(text);
    };
    ui.spacing_mut().item_spacing.y = 2.0;
    if differences.is_empty() {
        line(ui, "A and B are the same: change something in either.", palette.weak);
    }
    let hidden = differences.len().saturating_sub(LISTED);
    // One line for a count of one would hide what it could say.
    let listed = if hidden == 1 { differences.len() } else { differences.len() - hidden };
    for difference in &differences[..listed] {
        line(ui, &in_words(difference), palette.text);
    }
    if listed < differences.len() {
        let rest: Vec<_> = differences[listed..].iter().map(in_words).collect();
        let text = RichText::new(format!("and {hidden} more")).font(theme::small()).color(palette.weak);
        ui.label(text).on_hover_text(rest.join("\n"));
    }
}

/// “scheduler: quadratic | cubic”.
fn in_words(difference: &Difference) -> String {
    format!("{}: {} | {}", difference.name, difference.first, difference.second)
}

/// The section of the left panel in which a field is set.
fn section_of(field: &str) -> &'static str {
    match field {
        "flow.target" | "flow.k" | "flow.invert" => "Target",
        "flow.scheduler" => "Scheduler",
        "show" | "epsilon" | "early_error" => "Denoiser and training",
        "sampler.corrector_by" => "Corrector",
        field if field.starts_with("corrector") || field.starts_with("sampler.sweeps") => "Corrector",
        field if field.starts_with("sampler") => "Sampler",
        _ => "Source, coupling and path",
    }
}
