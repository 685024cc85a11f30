//! A, B and C in every lab: which one is being set, how they differ, and what can be done with them.

use super::icons;
use super::shortcuts::{Command, hint};
use super::theme::{self, space};
use super::widgets::{Choice, icon_button, mark_sections, segmented};
use crate::experiment::{Contrast, MOST_SIDES, NAMES, Sides};
use egui::text::{LayoutJob, TextFormat};
use egui::{Button, RichText, Ui, Vec2};

/// Differences listed before the rest is only counted.
const LISTED: usize = 5;
/// Lines of the window that one of them may take: three sides seldom have room in one.
const ROWS: usize = 2;
/// Width of a button beside the tabs with the room before it, points.
const BUTTON: f32 = 28.0 + space::XS;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideAction {
    /// Set that one.
    Choose(usize),
    /// One more.
    Add,
    /// The settings of the one being set for all.
    Copy,
    /// It changes places with the one before it.
    Swap,
    /// It goes.
    Close,
}

impl SideAction {
    /// Carries it out; what it is called where it is a step that says more than what it changes.
    pub fn on<S: Clone>(self, sides: &mut Sides<S>) -> Option<String> {
        let name = NAMES[sides.chosen()];
        match self {
            Self::Choose(side) => sides.choose(side),
            Self::Add => sides.add(),
            Self::Close => sides.close(sides.chosen()),
            Self::Copy => {
                sides.copy_to_all();
                let others = if sides.len() == 2 { NAMES[sides.next()] } else { "the others" };
                return Some(format!("copy of {name} to {others}"));
            }
            Self::Swap => {
                sides.swap();
                let mut both = [name, NAMES[sides.chosen()]];
                both.sort_unstable();
                return Some(format!("swap of {} and {}", both[0], both[1]));
            }
        }
        None
    }

    /// What belongs to the sides goes with them: `chosen` was the one being set before, `now` it is another.
    pub fn on_rows<T>(self, rows: &mut Vec<T>, [chosen, now]: [usize; 2]) {
        match self {
            Self::Close => _ = rows.remove(chosen),
            Self::Swap => rows.swap(chosen, now),
            Self::Choose(_) | Self::Add | Self::Copy => {}
        }
    }
}

/// The button of the top bar that opens and closes what stands beside A; whether it was pressed.
pub fn compare_button(ui: &mut Ui, comparing: bool, about: &str) -> bool {
    ui.add_space(space::S);
    let button =
        Button::selectable(comparing, "A|B").frame_when_inactive(true).min_size(Vec2::new(40.0, 24.0));
    ui.add(button).on_hover_text(hint(about, Command::Compare)).clicked()
}

/// The buttons of the top bar that say how many of the `panes` are seen; which was pressed.
pub fn views_buttons(ui: &mut Ui, panes: usize, comparing: bool) -> Option<Command> {
    ui.add_space(space::S);
    let mut pressed = None;
    // With A and B every view is there once a side: one row or two.
    let shown = if comparing { 2 * panes.div_ceil(2) } else { panes };
    for (count, icon, name) in [
        (1, icons::ONE, "One view"),
        (2, icons::TWO, "Two views"),
        (3, icons::THREE, "Three views"),
        (4, icons::FOUR, "Four views"),
    ] {
        let odd = comparing && count % 2 == 1;
        let name = match (odd, comparing) {
            (true, _) => format!("{name}: not with A|B, which shows every view once a side"),
            (false, true) => {
                let rows = if count == 2 { "One view" } else { "Two views" };
                hint(&format!("{rows} of each side"), Command::Views(count))
            }
            (false, false) => hint(name, Command::Views(count)),
        };
        ui.add_enabled_ui(!odd, |ui| {
            if icon_button(ui, icon, &name, shown == count).clicked() {
                pressed = Some(Command::Views(count));
            }
        });
    }
    pressed
}

/// Draws the tabs above the controls where there are several, and what differs; marks the sections in which something does,
/// which `section_of` a field tells.
pub fn side_tabs(
    ui: &mut Ui,
    (chosen, count): (usize, usize),
    contrasts: &[Contrast],
    section_of: fn(&str) -> &'static str,
) -> Option<SideAction> {
    mark_sections(ui.ctx(), contrasts.iter().map(|c| (section_of(&c.field), in_words(c))));
    if count < 2 {
        return None;
    }
    let mut action = None;
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.spacing_mut().button_padding.x = 4.0;
        let mut side = chosen;
        ui.allocate_ui(Vec2::new(ui.available_width() - 4.0 * BUTTON, 24.0), |ui| {
            let tooltips =
                NAMES.map(|name| hint(&format!("The controls below set {name}"), Command::OtherSide));
            let choices = NAMES.iter().zip(&tooltips).take(count).enumerate();
            let choices =
                choices.map(|(value, (label, tooltip))| Choice { value, label, tooltip, disabled: None });
            segmented(ui, "side", &mut side, choices);
        });
        if side != chosen {
            action = Some(SideAction::Choose(side));
        }
        let name = NAMES[chosen];
        let mut button = |ui: &mut Ui, icon, about: &str, wish| {
            if icon_button(ui, icon, about, false).clicked() {
                action = Some(wish);
            }
        };
        ui.add_enabled_ui(count < MOST_SIDES, |ui| {
            let about = match NAMES.get(count) {
                Some(next) => format!("{next} beside the others"),
                None => "There is room for no more".to_owned(),
            };
            button(ui, icons::PLUS, &about, SideAction::Add);
        });
        let others = if count == 2 { NAMES[1 - chosen] } else { "the others" };
        button(ui, icons::COPY, &format!("Copy {name} to {others}"), SideAction::Copy);
        let before = NAMES[if chosen == 0 { 1 } else { chosen - 1 }];
        let mut both = [name, before];
        both.sort_unstable();
        button(ui, icons::SWAP, &format!("Swap {} and {}", both[0], both[1]), SideAction::Swap);
        button(ui, icons::CLOSE, &format!("Close {name}"), SideAction::Close);
    });
    list(ui, &NAMES[..count], contrasts);
    ui.add_space(space::XS);
    action
}

/// Says of which side something is, “A linear”, in its colour.
pub fn whose(ui: &mut Ui, side: usize, heading: &str) {
    let text = RichText::new(heading).font(theme::small()).color(theme::palette(ui).series[side]);
    ui.add(egui::Label::new(text).truncate());
}

fn list(ui: &mut Ui, names: &[&str], contrasts: &[Contrast]) {
    let palette = theme::palette(ui);
    let line = |ui: &mut Ui, text: &str, color| {
        let format = TextFormat::simple(theme::small(), color);
        let mut job = LayoutJob::simple_format(text.to_owned(), format);
        job.wrap.max_rows = ROWS;
        ui.add(egui::Label::new(job).wrap()).on_hover_text(text);
    };
    ui.spacing_mut().item_spacing.y = 2.0;
    if contrasts.is_empty() {
        let (last, others) = names.split_last().unwrap_or((&"", &[]));
        let text = format!("{} and {last} are the same: change something in one of them.", others.join(", "));
        ui.add(egui::Label::new(RichText::new(text).font(theme::small()).color(palette.weak)).wrap());
    }
    let hidden = contrasts.len().saturating_sub(LISTED);
    // One line for a count of one would hide what it could say.
    let listed = if hidden == 1 { contrasts.len() } else { contrasts.len() - hidden };
    for contrast in &contrasts[..listed] {
        line(ui, &in_words(contrast), palette.text);
    }
    if listed < contrasts.len() {
        let rest: Vec<_> = contrasts[listed..].iter().map(in_words).collect();
        let text = RichText::new(format!("and {hidden} more")).font(theme::small()).color(palette.weak);
        ui.label(text).on_hover_text(rest.join("\n"));
    }
}

/// “scheduler: quadratic | cubic”.
fn in_words(contrast: &Contrast) -> String {
    let said = |value: &String| if value.is_empty() { "–".to_owned() } else { value.clone() };
    let values: Vec<String> = contrast.values.iter().map(said).collect();
    format!("{}: {}", contrast.name, values.join(" | "))
}
