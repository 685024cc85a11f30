//! What there is to be said: over the views for a while, near what it is about, and in a list where it can be read again.

use super::focus::stay_open;
use super::icons;
use super::panels::middle_rect;
use super::theme::{self, space};
use super::widgets::{Tone, icon_button, notice};
use egui::{
    Align2, Area, Button, Context, Frame, Id, Label, Margin, Order, Popup, Pos2, Rect, RichText, ScrollArea,
    Stroke, Ui, Vec2,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So many can be read again.
const MOST: usize = 30;
/// So many lie over the views at once.
const MOST_SHOWN: usize = 3;
/// Width of their text, points.
const WIDTH: f32 = 380.0;
/// While the pointer rests on one it stays, and so long after.
const STAYS: Duration = Duration::from_secs(2);

/// How long one is shown: what went wrong is longer, and matters more.
fn time_of(tone: Tone) -> Duration {
    Duration::from_secs(match tone {
        Tone::Plain => 5,
        Tone::Warning => 12,
        Tone::Error => 20,
    })
}

struct Message {
    number: u64,
    tone: Tone,
    text: String,
    /// Where it belongs, if it is about a control.
    at: Option<Pos2>,
    when: Instant,
    /// Until when it is shown, once it was seen.
    until: Option<Instant>,
    gone: bool,
}

#[derive(Default)]
struct Inner {
    /// The newest last.
    all: VecDeque<Message>,
    next: u64,
    /// Whether there are warnings that nobody has looked up since.
    unread: bool,
}

/// Everything that was said, for all labs. Clones are the same.
#[derive(Clone, Default)]
pub struct Messages(Arc<Mutex<Inner>>);

impl Messages {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something.
    pub fn say(&self, tone: Tone, text: impl Into<String>) {
        self.say_at(None, tone, text);
    }

    /// Says something near a place, that of the control it is about.
    pub fn say_at(&self, at: Option<Pos2>, tone: Tone, text: impl Into<String>) {
        let (text, mut inner) = (text.into(), self.lock());
        // Said once more it is no other message.
        inner.all.retain(|known| known.text != text);
        let number = inner.next;
        inner.next += 1;
        inner.unread |= tone != Tone::Plain;
        let (when, until, gone) = (Instant::now(), None, false);
        inner.all.push_back(Message { number, tone, text, at, when, until, gone });
        while inner.all.len() > MOST {
            inner.all.pop_front();
        }
    }

    /// Says what became of something: what was done, or why it could not be.
    pub fn tell(&self, at: Option<Pos2>, outcome: Result<String, String>) {
        match outcome {
            Ok(done) => self.say_at(at, Tone::Plain, done),
            Err(why) => self.say_at(at, Tone::Error, why),
        }
    }

    /// What was said last.
    #[cfg(test)]
    pub fn last(&self) -> Option<(Tone, String)> {
        self.lock().all.back().map(|message| (message.tone, message.text.clone()))
    }

    /// Draws those whose time has not passed over everything else.
    pub fn show(&self, ctx: &Context) {
        let now = Instant::now();
        let mut inner = self.lock();
        let mut wait: Option<Duration> = None;
        let middle = middle_rect(ctx);
        // Beside a control of before it would lie on the dialog that was opened since.
        let asks = ctx.memory(|memory| memory.top_modal_layer().is_some());
        let mut bottom = middle.bottom() - space::S;
        let mut shown = 0;
        for message in inner.all.iter_mut().rev().filter(|message| !message.gone) {
            let until = *message.until.get_or_insert(now + time_of(message.tone));
            shown += 1;
            if until <= now || shown > MOST_SHOWN {
                message.gone = true;
                continue;
            }
            let own = message.at.filter(|_| !asks);
            let place = match own {
                Some(at) => at - Vec2::new(0.0, space::L),
                None => Pos2::new(middle.center().x, bottom),
            };
            let (rect, is_read, dismissed) = toast(ctx, message, place);
            if own.is_none() {
                bottom = rect.top() - space::S;
            }
            message.gone |= dismissed;
            if is_read {
                message.until = Some(until.max(now + STAYS));
            }
            let left = message.until.unwrap_or(until).saturating_duration_since(now);
            wait = Some(wait.map_or(left, |wait| wait.min(left)));
        }
        if let Some(wait) = wait {
            ctx.request_repaint_after(wait);
        }
    }

    /// The button in the top bar with all that was said.
    pub fn menu(&self, ui: &mut Ui) {
        let unread = self.lock().unread;
        let name = if unread { "Messages: there are warnings" } else { "Messages" };
        let button = icon_button(ui, icons::BELL, name, false);
        if unread {
            let at = button.rect.right_top() + Vec2::new(-7.0, 7.0);
            ui.painter().circle_filled(at, 3.5, theme::palette(ui).warning);
        }
        let list = Popup::menu(&button).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
        list.width(WIDTH).show(|ui| {
            stay_open(ui.ctx());
            self.lock().unread = false;
            ui.set_width(WIDTH);
            let palette = theme::palette(ui);
            let small = |text: &str| RichText::new(text).font(theme::small()).color(palette.weak);
            let inner = self.lock();
            if inner.all.is_empty() {
                ui.label(small("Nothing was said yet."));
            }
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for message in inner.all.iter().rev() {
                    notice(ui, message.tone, &message.text);
                    ui.label(small(&ago(message.when.elapsed())));
                }
            });
        });
    }
}

/// How long ago it was.
fn ago(time: Duration) -> String {
    match time.as_secs() / 60 {
        0 => "just now".to_owned(),
        minutes @ 1..60 => format!("{minutes} min ago"),
        minutes => format!("{} h ago", minutes / 60),
    }
}

/// One of them: where it is, whether the pointer is on it, and whether it was put away.
fn toast(ctx: &Context, message: &Message, place: Pos2) -> (Rect, bool, bool) {
    let palette = theme::of(ctx.theme() == egui::Theme::Dark);
    let (icon, color) = match message.tone {
        Tone::Plain => (icons::DONE, palette.accent),
        Tone::Warning => (icons::WARNING, palette.warning),
        Tone::Error => (icons::WARNING, palette.error),
    };
    let area = Area::new(Id::unique(("message", message.number)))
        .order(Order::Tooltip)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(place)
        .fade_in(false);
    let shown = area.show(ctx, |ui| {
        let frame = Frame::popup(ui.style())
            .fill(palette.raised)
            .stroke(Stroke::new(1.0, color))
            .inner_margin(Margin { left: 10, right: 6, top: 6, bottom: 6 });
        frame
            .show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = space::S;
                    ui.label(RichText::new(icon).font(theme::icon(16.0)).color(color));
                    ui.scope(|ui| {
                        ui.set_max_width(WIDTH.min(0.6 * ctx.content_rect().width()));
                        ui.add(Label::new(RichText::new(&message.text).color(palette.text)).wrap());
                    });
                    let label = RichText::new(icons::CLOSE).font(theme::icon(12.0)).color(palette.weak);
                    let button = ui.add(Button::new(label).small().frame_when_inactive(false));
                    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Dismiss"));
                    button.on_hover_text("Dismiss. All that was said is in the list of messages.").clicked()
                })
                .inner
            })
            .inner
    });
    let rect = shown.response.rect;
    let pointed = ctx.pointer_hover_pos().is_some_and(|at| rect.contains(at));
    (rect, pointed, shown.inner)
}

/// Where a hand is at work: on the control that has the keyboard, or at the pointer.
pub fn hand(ctx: &Context) -> Option<Pos2> {
    let focused = ctx.memory(|memory| memory.focused()).and_then(|id| ctx.read_response(id));
    focused.map(|response| response.rect.center_top()).or_else(|| ctx.pointer_latest_pos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    fn window() -> Harness<'static, Messages> {
        Harness::builder()
            .with_size(Vec2::new(800.0, 600.0))
            .with_context_setup(theme::install)
            .build_ui_state(
                |ui, messages: &mut Messages| {
                    messages.menu(ui);
                    messages.show(ui.ctx());
                },
                Messages::default(),
            )
    }

    #[test]
    fn what_was_said_goes_and_can_be_read_again() {
        let mut harness = window();
        let messages = harness.state().clone();
        messages.say(Tone::Warning, "mind the gap");
        messages.say(Tone::Plain, "saved");
        messages.say(Tone::Warning, "mind the gap");
        harness.run_steps(3);
        assert_eq!(harness.query_all_by_label("mind the gap").count(), 1, "said twice, shown once");
        // It lies over what is there: nothing has moved.
        let bell = harness.get_by_label("Messages: there are warnings").rect();
        for message in &mut messages.lock().all {
            message.until = Some(Instant::now());
        }
        harness.run_steps(3);
        assert!(harness.query_by_label("mind the gap").is_none(), "its time has passed");
        assert_eq!(harness.get_by_label("Messages: there are warnings").rect(), bell);
        harness.get_by_label("Messages: there are warnings").click();
        harness.run_steps(3);
        assert!(
            harness.query_by_label("mind the gap").is_some() && harness.query_by_label("saved").is_some()
        );
        harness.key_press(egui::Key::Escape);
        harness.run_steps(3);
        assert!(harness.query_by_label("Messages").is_some(), "they were read");
    }

    #[test]
    fn one_about_a_control_lies_at_it_and_can_be_put_away() {
        let mut harness = window();
        harness.state().say_at(Some(Pos2::new(400.0, 300.0)), Tone::Plain, "Saved");
        harness.run_steps(3);
        let at = harness.get_by_label("Saved").rect();
        assert!(at.bottom() < 300.0 && at.distance_to_pos(Pos2::new(400.0, 300.0)) < 40.0, "{at}");
        harness.get_by_label("Dismiss").click();
        harness.run_steps(3);
        assert!(harness.query_by_label("Saved").is_none());
    }

    #[test]
    fn no_more_than_a_few_are_kept_and_shown() {
        let messages = Messages::default();
        for n in 0..2 * MOST {
            messages.say(Tone::Plain, format!("number {n}"));
        }
        assert_eq!(messages.lock().all.len(), MOST);
        assert_eq!(messages.last(), Some((Tone::Plain, format!("number {}", 2 * MOST - 1))));
    }
}
