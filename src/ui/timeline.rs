//! The timeline below the views: where on the path one is, and how it plays.

use crate::experiment::{Pace, TimeAxis, along, time_at};
use crate::flow::Scheduler;
use crate::ui::icons;
use crate::ui::shortcuts::{Command, hint};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{icon_button, segmented};
use egui::{Align2, ComboBox, Context, FontId, Mesh, Rect, Sense, Stroke, Ui, Vec2, pos2};
use std::time::{Duration, Instant};

/// One passage of the path at normal speed, seconds.
const PASSAGE: f64 = 8.0;
/// Steps in which a timeline that does not glide passes the path.
const STEPS_A_PASSAGE: f64 = 16.0;

/// What the numbers at the end take, and a timeline that has room for more than its buttons, points.
const READ_OUT: f32 = 134.0;
/// Shortest rail that leaves room for numbers beside it, points.
const SHORTEST: f32 = 150.0;
/// One of the numbers, points.
const EACH: f32 = 44.0;
const ROOM_FOR_CHOICES: f32 = 480.0;

/// Where the timeline is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Playback {
    /// Time in \[0, 1\].
    pub t: f64,
    /// Whether it moves.
    pub playing: bool,
}

impl Playback {
    /// Moves on by `seconds` of real time, evenly along the chosen axis.
    fn advance(&mut self, seconds: f64, pace: Pace, scheduler: Scheduler) {
        if !self.playing {
            return;
        }
        let mut at = along(pace.axis, scheduler, self.t) + seconds * pace.speed / PASSAGE;
        if at > 1.0 {
            if pace.looped {
                at %= 1.0;
            } else {
                at = 1.0;
                self.playing = false;
            }
        }
        self.t = time_at(pace.axis, scheduler, at);
    }

    /// Plays or pauses; at the end it plays from the start.
    pub fn toggle(&mut self) {
        if !self.playing && self.t >= 1.0 {
            self.t = 0.0;
        }
        self.playing = !self.playing;
    }

    /// Carries out a command of the play-head, which steps along `times`; false if it is none.
    pub fn command(&mut self, command: Command, times: &[f64]) -> bool {
        match command {
            Command::Play => self.toggle(),
            Command::StepForward | Command::StepBack => self.step(times, command == Command::StepForward),
            Command::Start => self.t = 0.0,
            Command::End => self.t = 1.0,
            _ => return false,
        }
        true
    }

    /// To the next or the previous sampler step.
    pub fn step(&mut self, times: &[f64], forward: bool) {
        self.playing = false;
        let here = self.t;
        let to = if forward {
            times.iter().copied().find(|&t| t > here + 1e-9)
        } else {
            times.iter().copied().rev().find(|&t| t < here - 1e-9)
        };
        if let Some(to) = to {
            self.t = to;
        }
    }
}

/// Lets the play-head follow real time, from picture to picture.
#[derive(Debug, Default)]
pub struct Clock {
    last_frame: Option<Instant>,
    /// Share of a passage that is due to the next step of a timeline that steps.
    due: f64,
    /// Between two pictures while time runs.
    pub frame_interval: Duration,
    /// The timeline steps instead of gliding.
    pub reduce_motion: bool,
}

impl Clock {
    /// Moves `playback` on by the time since the last picture, and asks for the next one.
    pub fn advance(&mut self, ctx: &Context, playback: &mut Playback, pace: Pace, scheduler: Scheduler) {
        let now = Instant::now();
        let passed = self.last_frame.map_or(0.0, |last| (now - last).as_secs_f64());
        self.last_frame = Some(now);
        if !playback.playing {
            return;
        }
        if !self.reduce_motion {
            // After a pause of the window itself (minimised, suspended) time goes on from where it was.
            playback.advance(passed.min(0.1), pace, scheduler);
            ctx.request_repaint_after(self.frame_interval);
            return;
        }
        let passages_a_second = pace.speed / PASSAGE;
        self.due += passed.min(1.0) * passages_a_second;
        let steps = (self.due * STEPS_A_PASSAGE).floor();
        if steps > 0.0 {
            self.due -= steps / STEPS_A_PASSAGE;
            playback.advance(steps / STEPS_A_PASSAGE / passages_a_second, pace, scheduler);
        }
        let wait = (1.0 / STEPS_A_PASSAGE - self.due) / passages_a_second;
        ctx.request_repaint_after(Duration::from_secs_f64(wait.max(0.001)));
    }
}

/// The time in which all paths are one, beside t: what it is called in a lab, and what running along it means.
#[derive(Clone, Copy, Debug)]
pub struct CommonTime {
    name: &'static str,
    about: &'static str,
}

/// That of discrete flows.
pub const KAPPA: CommonTime =
    CommonTime { name: "κ", about: "The axis is κ: all schedulers then walk at the same speed." };
/// That of the plane (plane.md 3.1).
pub const T_STAR: CommonTime = CommonTime {
    name: "t*",
    about: "The axis is t* = α/(α+σ): all paths then have the same mixture of noise and data at once.",
};

/// Where the sides are.
pub enum Places<'a> {
    /// Their t and common time: one of both is the same for all.
    Together(&'a [[f64; 2]]),
    /// They go by another clock: its name, what it shows, and how far each of them is by its own.
    Apart(&'static str, String, Vec<String>),
}

impl<'a, T: AsRef<[[f64; 2]]> + ?Sized> From<&'a T> for Places<'a> {
    fn from(sides: &'a T) -> Self {
        Self::Together(sides.as_ref())
    }
}

impl Places<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Together(sides) => sides.len(),
            Self::Apart(.., sides) => sides.len() + 1,
        }
    }
}

/// Draws the timeline; `times` are the sampler's steps, `places` say where the sides are, and in which `common` time.
pub fn timeline<'a>(
    ui: &mut Ui,
    pace: &mut Pace,
    scheduler: Scheduler,
    playback: &mut Playback,
    (times, places, common): (&[f64], impl Into<Places<'a>>, CommonTime),
) {
    let places = places.into();
    ui.horizontal_centered(|ui| {
        let wide = ui.available_width() >= ROOM_FOR_CHOICES;
        ui.spacing_mut().item_spacing.x = space::XS;
        if icon_button(ui, icons::TO_START, &hint("To the start", Command::Start), false).clicked() {
            playback.t = 0.0;
        }
        if icon_button(ui, icons::STEP_BACK, &hint("One sampler step back", Command::StepBack), false)
            .clicked()
        {
            playback.step(times, false);
        }
        let (icon, name) = if playback.playing { (icons::PAUSE, "Pause") } else { (icons::PLAY, "Play") };
        if icon_button(ui, icon, &hint(name, Command::Play), playback.playing).clicked() {
            playback.toggle();
        }
        if icon_button(
            ui,
            icons::STEP_FORWARD,
            &hint("One sampler step forward", Command::StepForward),
            false,
        )
        .clicked()
        {
            playback.step(times, true);
        }
        if icon_button(ui, icons::LOOP, "Start over at the end", pace.looped).clicked() {
            pace.looped = !pace.looped;
        }
        let axis = pace.axis;
        if wide {
            pace_choices(ui, pace, common);
        }
        ui.add_space(space::S);
        let room = READ_OUT + EACH * places.count().saturating_sub(1) as f32;
        let read_out = if ui.available_width() > room + SHORTEST { room } else { 0.0 };
        let width = ui.available_width() - read_out;
        rail(ui, width, axis, scheduler, playback, times);
        if read_out == 0.0 {
            return;
        }
        read_outs(ui, read_out - space::S, axis, (&places, common));
    });
}

/// t and the common time: the one along which all sides go together once, the other of each side in its colour. Of sides that
/// go by another clock that one, and how far each is.
fn read_outs(ui: &mut Ui, width: f32, axis: TimeAxis, (places, common): (&Places<'_>, CommonTime)) {
    let palette = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 24.0), Sense::hover());
    let mut at = rect.left_center();
    let mut word = |text: String, width: f32, color| {
        let font = FontId::proportional(theme::text::BODY);
        let drawn = ui.painter().text(at, Align2::LEFT_CENTER, text, font, color);
        at.x += width.max(drawn.width() + 5.0);
    };
    let sides = match places {
        Places::Together(sides) => sides,
        Places::Apart(clock, shown, each) => {
            word(format!("{clock} {shown}"), EACH, palette.text);
            for (side, text) in each.iter().enumerate() {
                word(text.clone(), EACH, palette.series[side]);
            }
            return;
        }
    };
    for (place, name) in ["t", common.name].into_iter().enumerate() {
        let together = sides.len() == 1 || (place == 0) == (axis == TimeAxis::T);
        let shown = if together { &sides[..1] } else { sides };
        word(name.to_owned(), 12.0, palette.text);
        for (side, values) in shown.iter().enumerate() {
            let color = if together { palette.text } else { palette.series[side] };
            word(format!("{:.3}", values[place]), EACH, color);
        }
        word(String::new(), 4.0, palette.text);
    }
}

/// How fast, and along which axis.
fn pace_choices(ui: &mut Ui, pace: &mut Pace, common: CommonTime) {
    ComboBox::from_id_salt("speed")
        .width(56.0)
        .selected_text(format!("{}×", pace.speed))
        .show_ui(ui, |ui| {
            for speed in [0.1, 0.25, 0.5, 1.0, 2.0, 4.0] {
                ui.selectable_value(&mut pace.speed, speed, format!("{speed}×"));
            }
        })
        .response
        .on_hover_text("Speed: 1× passes the path in 8 seconds.");
    ui.add_space(space::S);
    ui.allocate_ui(Vec2::new(64.0, 24.0), |ui| {
        let choices = [(TimeAxis::T, "t", "The axis is time."), (TimeAxis::Kappa, common.name, common.about)];
        segmented(ui, "axis", &mut pace.axis, choices);
    });
}

fn rail(
    ui: &mut Ui,
    width: f32,
    axis: TimeAxis,
    scheduler: Scheduler,
    playback: &mut Playback,
    times: &[f64],
) {
    let palette = theme::palette(ui);
    let (rect, mut response) = ui.allocate_exact_size(Vec2::new(width, 40.0), Sense::click_and_drag());
    let span = rect.x_range().shrink(8.0);
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
        let position = f64::from((at.x - span.min) / (span.max - span.min));
        playback.t = time_at(axis, scheduler, position);
        playback.playing = false;
        response.mark_changed();
    }
    let t = playback.t;
    response.widget_info(|| egui::WidgetInfo::slider(true, t, "timeline"));
    response.on_hover_cursor(egui::CursorIcon::PointingHand);
    let painter = ui.painter();
    let y = rect.center().y - 4.0;
    let x = |position: f64| egui::lerp(span, position as f32);
    // Ticks of the sampler's steps: fewer than one a pixel, or they would be a bar.
    if times.len() as f32 <= span.span() / 3.0 {
        let color = theme::mix(palette.panel, palette.weak, 0.55);
        let mut ticks = Mesh::default();
        for &time in times {
            let at = x(along(axis, scheduler, time));
            ticks.add_colored_rect(
                Rect::from_min_max(pos2(at - 0.5, y - 5.0), pos2(at + 0.5, y + 5.0)),
                color,
            );
        }
        painter.add(ticks);
    }
    let bar = |to: f32| Rect::from_min_max(pos2(span.min, y - 2.0), pos2(to, y + 2.0));
    painter.rect_filled(bar(span.max), 2.0, theme::mix(palette.panel, palette.text, 0.18));
    let now = x(along(axis, scheduler, t));
    painter.rect_filled(bar(now), 2.0, palette.accent);
    painter.circle_filled(pos2(now, y), 7.0, palette.accent);
    painter.circle_stroke(pos2(now, y), 7.0, Stroke::new(2.0, palette.panel));
    for (position, label) in [(0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")] {
        let at = pos2(x(position), y + 9.0);
        painter.text(at, Align2::CENTER_TOP, label, theme::small(), palette.weak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playing_passes_the_path_once_in_eight_seconds_along_either_axis() {
        for axis in [TimeAxis::T, TimeAxis::Kappa] {
            let pace = Pace { axis, looped: false, ..Pace::default() };
            let mut playback = Playback { t: 0.0, playing: true };
            for _ in 0..400 {
                playback.advance(0.01, pace, Scheduler::Cubic);
            }
            let at = along(axis, Scheduler::Cubic, playback.t);
            assert!((at - 0.5).abs() < 1e-6, "{axis:?}: {at}");
            for _ in 0..500 {
                playback.advance(0.01, pace, Scheduler::Cubic);
            }
            assert_eq!(playback, Playback { t: 1.0, playing: false });
        }
    }

    #[test]
    fn a_loop_starts_over_and_steps_land_on_steps() {
        let mut playback = Playback { t: 0.99, playing: true };
        playback.advance(0.16, Pace::default(), Scheduler::Linear);
        assert!((playback.t - 0.01).abs() < 1e-9);
        let times = [0.0, 0.25, 0.5, 1.0];
        playback.step(&times, true);
        assert_eq!(playback, Playback { t: 0.25, playing: false });
        playback.step(&times, false);
        playback.step(&times, false);
        assert_eq!(playback.t, 0.0);
    }
}
