//! Drawing the target by hand: Gaussians and points are placed on the views, moved, widened and taken away, and the flow
//! follows.

use super::square::Square;
use crate::experiment::plane::{DRAWN_HALF, MOST_DRAWN, PlaneSide, PlaneTargetSpec, Sketch};
use crate::flow::plane::Component;
use crate::ui::theme;
use crate::ui::widgets::{SliderRange, Tone, notice, slider, target_name};
use egui::{Button, Color32, CursorIcon, Pos2, Response, RichText, Stroke, Ui, Vec2};

/// Where the timeline is put when drawing begins: nearly at the data, where points, too, have a density.
pub const BESIDE_DATA: f64 = 0.99;
/// How far a pointer may be from a centre to take hold of it, points.
const REACH: f32 = 9.0;
/// Standard deviation of the first one.
const USUAL_SD: f64 = 0.2;
/// The least one that a wheel leads to, and the largest of the slider.
const SDS: [f64; 2] = [0.02, 1.5];
/// Along a line drawn with the pointer they follow each other at so many standard deviations, and never closer than that.
const SPACING: f64 = 1.25;
const CLOSEST: f64 = 0.1;
/// Points of scrolling that double a standard deviation.
const SCROLL_DOUBLES: f32 = 200.0;

/// What a pointer does to a drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gesture {
    /// It is pressed here, in a pane, on a component or on none.
    Press([f64; 2], usize, Option<usize>),
    /// It is held, and is here now.
    Drag([f64; 2]),
    /// A component gets so many times its width.
    Widen(usize, f64),
    /// A component is taken away.
    Remove(usize),
}

/// What a press that lasts does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Press {
    /// Moves a component, which lies so far from the pointer.
    Moves { number: usize, off: [f64; 2] },
    /// Places one after the other; the last one is here.
    Places { last: [f64; 2] },
}

/// The hand while it draws.
#[derive(Clone, Debug)]
pub struct Hand {
    /// Standard deviation of the next one.
    sd: f64,
    /// The one whose numbers are in the panel.
    selected: Option<usize>,
    press: Option<(usize, Press)>,
    /// The next one that is placed is alone.
    afresh: bool,
    /// The side that is drawn on.
    side: usize,
    /// The name as it is being typed.
    typed: Option<String>,
}

impl Hand {
    /// Ready to draw on a side.
    pub fn new(side: usize) -> Self {
        Self { sd: USUAL_SD, selected: None, press: None, afresh: false, side, typed: None }
    }

    /// What is seen of a drawing: nothing where it is begun afresh.
    pub fn seen(&self, sketch: Sketch) -> Sketch {
        if self.afresh { Sketch::default().called(sketch.name()) } else { sketch }
    }

    /// Draws on that side from now on.
    pub fn turn_to(&mut self, side: usize) {
        if side != self.side {
            *self = Self { sd: self.sd, ..Self::new(side) };
        }
    }

    /// The pointer is up.
    pub fn let_go(&mut self) {
        self.press = None;
    }

    /// The one that is selected, of a drawing as it is now.
    pub fn selected(&self, sketch: &Sketch) -> Option<(usize, Component)> {
        let number = self.selected?;
        Some((number, *sketch.components().get(number)?))
    }

    /// The drawing after a gesture, where that changes it.
    pub fn apply(&mut self, gesture: Gesture, sketch: &Sketch) -> Option<Sketch> {
        match gesture {
            Gesture::Press(at, pane, Some(number)) => {
                let centre = sketch.components().get(number)?.mean;
                let off = [centre[0] - at[0], centre[1] - at[1]];
                self.selected = Some(number);
                self.press = Some((pane, Press::Moves { number, off }));
                None
            }
            Gesture::Press(at, pane, None) => {
                self.press = Some((pane, Press::Places { last: at }));
                self.placed(sketch, at)
            }
            Gesture::Drag(at) => match &mut self.press.as_mut()?.1 {
                Press::Moves { number, off } => {
                    let mean = within([at[0] + off[0], at[1] + off[1]]);
                    Some(sketch.clone().with_changed(*number, |c| Component { mean, ..c }))
                }
                Press::Places { last } => {
                    // Evenly along the line, however far the pointer has come since the last picture.
                    let step = (SPACING * self.sd).max(CLOSEST);
                    let far = (at[0] - last[0]).hypot(at[1] - last[1]);
                    let from = *last;
                    let place =
                        |n: usize| [0, 1].map(|i| from[i] + (at[i] - from[i]) * n as f64 * step / far);
                    let count = (far / step) as usize;
                    let places: Vec<_> = (1..=count).map(place).collect();
                    *last = *places.last()?;
                    let mut after = sketch.clone();
                    for at in places {
                        after = self.placed(&after, at).unwrap_or(after);
                    }
                    (after != *sketch).then_some(after)
                }
            },
            Gesture::Widen(number, factor) => {
                self.selected = Some(number);
                let sd = (sketch.components().get(number)?.sd.max(SDS[0]) * factor).clamp(SDS[0], SDS[1]);
                self.sd = sd;
                Some(sketch.clone().with_changed(number, |c| Component { sd, ..c }))
            }
            Gesture::Remove(number) => self.without(sketch, number),
        }
    }

    /// With one more at a place.
    fn placed(&mut self, sketch: &Sketch, at: [f64; 2]) -> Option<Sketch> {
        if sketch.is_full() {
            return None;
        }
        self.afresh = false;
        self.selected = Some(sketch.components().len());
        Some(sketch.clone().with(within(at), self.sd))
    }

    /// Without one. The last one stays the target until there is another: nothing is none.
    fn without(&mut self, sketch: &Sketch, number: usize) -> Option<Sketch> {
        self.selected = None;
        let rest = sketch.clone().without(number);
        self.afresh = rest.is_empty();
        (!self.afresh && rest != *sketch).then_some(rest)
    }

    /// Without the one that is selected.
    pub fn without_selected(&mut self, sketch: &Sketch) -> Option<Sketch> {
        let (number, _) = self.selected(sketch)?;
        self.without(sketch, number)
    }
}

/// A place that is shown whole.
fn within(at: [f64; 2]) -> [f64; 2] {
    at.map(|x| x.clamp(-DRAWN_HALF, DRAWN_HALF))
}

/// The component under a position: the nearest one that can be taken hold of, or, with `wide`, within whose circle it is.
fn under(square: &Square, sketch: &Sketch, at: Pos2, wide: bool) -> Option<usize> {
    let per_unit = square.rect.width() / (2.0 * square.window.half) as f32;
    let far = |c: &Component| square.position(c.mean).distance(at);
    let reach = |c: &Component| if wide { REACH.max(c.sd as f32 * per_unit) } else { REACH };
    let all = sketch.components().iter().enumerate().filter(|(_, c)| far(c) <= reach(c));
    all.min_by(|(_, a), (_, b)| far(a).total_cmp(&far(b))).map(|(number, _)| number)
}

/// What the pointer does in a pane.
pub fn gesture(
    ui: &Ui,
    square: &Square,
    response: &Response,
    (hand, sketch): (&Hand, &Sketch),
    pane: usize,
) -> Option<Gesture> {
    let held = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down());
    if let Some(at) = response.interact_pointer_pos().filter(|_| held) {
        return match hand.press {
            None => Some(Gesture::Press(square.point(at), pane, under(square, sketch, at, false))),
            Some((of, _)) if of == pane => Some(Gesture::Drag(square.point(at))),
            Some(_) => None,
        };
    }
    // Pressed and let go between two pictures.
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.clicked() && hand.press.is_none()) {
        return Some(Gesture::Press(square.point(at), pane, under(square, sketch, at, false)));
    }
    let at = response.hover_pos().filter(|at| square.rect.contains(*at))?;
    if response.secondary_clicked() {
        return under(square, sketch, at, false).map(Gesture::Remove);
    }
    let scrolled = ui.input(|i| i.smooth_scroll_delta().y);
    let number = under(square, sketch, at, true).filter(|_| scrolled != 0.0)?;
    Some(Gesture::Widen(number, f64::from((scrolled / SCROLL_DOUBLES).exp2())))
}

/// Draws centres and widths of all components, and where the next one would be.
pub fn draw(ui: &Ui, square: &Square, response: &Response, (hand, sketch): (&Hand, &Sketch)) {
    let palette = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(square.rect.intersect(ui.clip_rect()));
    let per_unit = square.rect.width() / (2.0 * square.window.half) as f32;
    let ring = |at: Pos2, sd: f64, width: f32, color: Color32| {
        let radius = (sd as f32 * per_unit).max(3.5);
        painter.circle_stroke(at, radius, Stroke::new(width + 2.0, palette.background.gamma_multiply(0.6)));
        painter.circle_stroke(at, radius, Stroke::new(width, color));
    };
    for (number, component) in sketch.components().iter().enumerate() {
        let at = square.position(component.mean);
        let is_selected = hand.selected == Some(number);
        ring(at, component.sd, if is_selected { 2.5 } else { 1.25 }, palette.mark);
        painter.circle_filled(at, if is_selected { 3.5 } else { 2.0 }, palette.mark);
    }
    let Some(at) = response.hover_pos().filter(|at| square.rect.contains(*at)) else { return };
    let icon = match (hand.press, under(square, sketch, at, false)) {
        (Some((_, Press::Moves { .. })), _) => CursorIcon::Grabbing,
        (None, Some(_)) => CursorIcon::Grab,
        _ => {
            ring(at, hand.sd, 1.0, palette.mark.gamma_multiply(0.6));
            CursorIcon::Crosshair
        }
    };
    ui.ctx().set_cursor_icon(icon);
}

/// What is asked for beside the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandWish {
    /// Save it among those of the user’s own.
    Keep,
    /// Save it as a file.
    Save,
}

/// The numbers of what is drawn, and what can be done with all of it.
pub fn hand_panel(ui: &mut Ui, hand: &mut Hand, side: &mut PlaneSide, sketch: &Sketch) -> Option<HandWish> {
    let mut wish = None;
    let mut after = None;
    let about = "On any view: click to place, drag to move one or to draw a line of them, turn the wheel over one to widen it, \
                 click it with the right button to take it away.";
    notice(ui, Tone::Plain, about);
    if sketch.is_full() {
        notice(ui, Tone::Warning, &format!("There are {MOST_DRAWN}: no more fit."));
    }
    let mut typed = hand.typed.take();
    if let Some(name) = target_name(ui, &mut typed, sketch.name(), !sketch.is_empty())
        && name != sketch.name()
    {
        after = Some(sketch.clone().called(&name));
    }
    hand.typed = typed;
    let selected = hand.selected(sketch);
    let mut sd = selected.map_or(hand.sd, |(_, component)| component.sd);
    let about =
        "The standard deviation of the one that is marked, and of the next one, 0 to 100; 0 is a point.";
    if slider(ui, "sd", about, &mut sd, SliderRange::linear(0.0..=SDS[1]).typed(0.0..=100.0)) {
        // Less than the last digit that is kept is a point.
        hand.sd = if sd < 1e-4 { 0.0 } else { sd };
        let sd = hand.sd;
        after = selected.map(|(number, _)| sketch.clone().with_changed(number, |c| Component { sd, ..c }));
    }
    let mut weight = selected.map_or(1.0, |(_, component)| component.weight);
    ui.add_enabled_ui(selected.is_some(), |ui| {
        let about = "The weight of the one that is marked, beside those of all others, 0.001 to 1000.";
        let range = SliderRange::logarithmic(0.05..=20.0).typed(0.001..=1000.0);
        if slider(ui, "weight", about, &mut weight, range)
            && let Some((number, _)) = selected
        {
            after = Some(sketch.clone().with_changed(number, |c| Component { weight, ..c }));
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::space::XS;
        let small =
            |text: &str| Button::new(RichText::new(text).font(theme::small())).min_size(Vec2::new(0.0, 22.0));
        let some = !sketch.is_empty();
        let none = "Nothing is drawn yet.";
        let remove = ui.add_enabled(selected.is_some(), small("remove"));
        let about = "Takes away the one that is marked.  (Delete)";
        if remove.on_hover_text(about).on_disabled_hover_text("Click one to mark it.").clicked() {
            after = hand.without_selected(sketch);
        }
        let clear = ui.add_enabled(some, small("clear"));
        let about = "Begins afresh: the target stays until the next one is placed.";
        if clear.on_hover_text(about).on_disabled_hover_text(none).clicked() {
            (hand.afresh, hand.selected) = (true, None);
        }
        let keep = ui.add_enabled(some, small("keep"));
        let about = "Saves it under its name in the list of one’s own drawings.";
        if keep.on_hover_text(about).on_disabled_hover_text(none).clicked() {
            wish = Some(HandWish::Keep);
        }
        let save = ui.add_enabled(some, small("save .csv"));
        let about = "Rows weight,x,y,sd: a mixture for --target mixture:FILE and for every other program.";
        if save.on_hover_text(about).on_disabled_hover_text(none).clicked() {
            wish = Some(HandWish::Save);
        }
    });
    if let Some(after) = after {
        (side.target, side.reach) = (PlaneTargetSpec::Drawn(after), None);
    }
    wish
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::plane::PlaneWindow;

    #[test]
    fn a_press_places_or_takes_hold_and_a_drag_moves_or_draws_a_line() {
        let mut hand = Hand::new(0);
        let mut sketch = Sketch::default();
        let mut does = |hand: &mut Hand, gesture| {
            if let Some(after) = hand.apply(gesture, &sketch) {
                sketch = after;
            }
            sketch.clone()
        };
        does(&mut hand, Gesture::Press([0.0, 1.0], 2, None));
        // Less than a step along, and then one.
        assert_eq!(does(&mut hand, Gesture::Drag([0.2, 1.0])).components().len(), 1);
        assert_eq!(does(&mut hand, Gesture::Drag([0.3, 1.0])).components().len(), 2);
        let line = does(&mut hand, Gesture::Drag([0.8, 1.0]));
        let along: Vec<f64> = line.components().iter().map(|c| c.mean[0]).collect();
        assert_eq!(along, [0.0, 0.25, 0.5, 0.75], "as even as the pointer is not");
        does(&mut hand, Gesture::Remove(3));
        does(&mut hand, Gesture::Remove(2));
        hand.let_go();
        assert_eq!(does(&mut hand, Gesture::Drag([2.0, 1.0])).components().len(), 2, "nothing is held");
        does(&mut hand, Gesture::Press([0.05, 1.0], 2, Some(0)));
        let moved = does(&mut hand, Gesture::Drag([-9.0, 2.0]));
        assert_eq!(moved.components()[0].mean, [-DRAWN_HALF, 2.0], "it stays in view");
        hand.let_go();
        let wide = does(&mut hand, Gesture::Widen(1, 2.0));
        assert!((wide.components()[1].sd - 0.4).abs() < 1e-9 && hand.selected == Some(1));
        let one = does(&mut hand, Gesture::Remove(0));
        assert_eq!((one.components().len(), hand.selected), (1, None));
        // Nothing is no target: the last one stays until another is placed, which is then alone.
        assert_eq!(does(&mut hand, Gesture::Remove(0)), one);
        assert!(hand.seen(one.clone()).is_empty());
        let fresh = hand.apply(Gesture::Press([1.0; 2], 0, None), &hand.seen(one)).expect("a drawing");
        assert_eq!((fresh.components().len(), fresh.components()[0].sd), (1, 0.4));
    }

    #[test]
    fn the_nearest_centre_is_taken_hold_of_and_a_circle_is_widened() {
        let rect = egui::Rect::from_min_size(Pos2::ZERO, Vec2::splat(200.0));
        let square = Square { rect, window: PlaneWindow::around_origin(2.0), is_above: false };
        let sketch = Sketch::default().with([0.0, 0.0], 0.5).with([0.1, 0.0], 0.1);
        assert_eq!(under(&square, &sketch, Pos2::new(104.0, 100.0), false), Some(1));
        assert_eq!(under(&square, &sketch, Pos2::new(100.0, 101.0), false), Some(0));
        let aside = Pos2::new(80.0, 100.0);
        assert_eq!([true, false].map(|wide| under(&square, &sketch, aside, wide)), [Some(0), None]);
    }
}
