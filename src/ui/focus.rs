//! The keyboard: what is focused has a ring, and is scrolled into view.

use super::theme;
use egui::{Context, Id, Rect, ScrollArea, Stroke, StrokeKind, Ui};

/// What had the keyboard at the end of the last picture.
fn last_id() -> Id {
    Id::unique("what had the keyboard")
}

/// Draws the ring, whatever the widget is, after everything else. A click gives no widget the keyboard but a text field:
/// the ring is seen where keys are used.
pub fn ring(ctx: &Context) {
    let focused = ctx.memory(|memory| memory.focused());
    ctx.data_mut(|data| data.insert_temp(last_id(), focused));
    let Some(response) = focused.and_then(|id| ctx.read_response(id)) else { return };
    // What is scrolled away has none.
    let seen = response.interact_rect;
    if !seen.is_positive() {
        return;
    }
    let palette = theme::of(ctx.theme() == egui::Theme::Dark);
    let around = response.rect.expand(1.0);
    let clip = Rect::from_min_max(
        egui::pos2(
            if seen.left() > response.rect.left() { seen.left() } else { around.left() - 2.0 },
            if seen.top() > response.rect.top() { seen.top() } else { around.top() - 2.0 },
        ),
        egui::pos2(
            if seen.right() < response.rect.right() { seen.right() } else { around.right() + 2.0 },
            if seen.bottom() < response.rect.bottom() { seen.bottom() } else { around.bottom() + 2.0 },
        ),
    );
    let painter = ctx.layer_painter(response.layer_id).with_clip_rect(clip);
    // On the accent itself the dark or light line inside is what is seen.
    painter.rect_stroke(around, 5.0, Stroke::new(3.0, palette.panel), StrokeKind::Middle);
    painter.rect_stroke(around, 5.0, Stroke::new(2.0, palette.accent), StrokeKind::Outside);
}

/// Shows `content` in all the room there is; what does not fit is scrolled to, by the keyboard too.
pub fn scrolled<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let area = ScrollArea::vertical().auto_shrink(false);
    area.show(ui, |ui| {
        let shown = content(ui);
        scroll_to_focused(ui);
        shown
    })
    .inner
}

/// Scrolls to what in this part of a picture has got the keyboard since the last one.
fn scroll_to_focused(ui: &Ui) {
    let focused = ui.memory(|memory| memory.focused());
    let before = ui.data(|data| data.get_temp::<Option<Id>>(last_id())).flatten();
    if focused == before {
        return;
    }
    let Some(response) = focused.and_then(|id| ui.ctx().read_response(id)) else { return };
    let is_inside = response.layer_id == ui.layer_id() && ui.min_rect().contains(response.rect.center());
    if is_inside {
        ui.scroll_to_rect(response.rect.expand(theme::space::S), None);
    }
}

/// What is known of the menus at the end of a picture.
#[derive(Clone, Copy, Default)]
struct Menus {
    open: bool,
    /// What had the keyboard before one opened.
    opener: Option<Id>,
    /// Pictures in which it may still be given back.
    returns: u8,
}

/// Keeps a menu open whatever is chosen in it: called by what is drawn in it.
pub fn stay_open(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(stays_id(), true));
}

fn stays_id() -> Id {
    Id::unique("a menu that stays")
}

/// Makes keys do in a menu what a click does: what is chosen closes it, and once it is closed what opened it has the keyboard
/// again. To be called after everything is drawn.
pub fn menus(ctx: &Context) {
    let id = Id::unique("menus and keys");
    let mut menus = ctx.data(|data| data.get_temp::<Menus>(id)).unwrap_or_default();
    let stays = ctx.data_mut(|data| data.remove_temp::<bool>(stays_id())).unwrap_or_default();
    let chosen =
        ctx.input(|input| input.key_pressed(egui::Key::Enter) || input.key_pressed(egui::Key::Space));
    if menus.open && chosen && !stays {
        egui::Popup::close_all(ctx);
        ctx.request_repaint();
    }
    let open = egui::Popup::is_any_open(ctx);
    let before = ctx.data(|data| data.get_temp::<Option<Id>>(last_id())).flatten();
    match (menus.open, open) {
        // A key that opens one gives its button the keyboard in the same picture.
        (false, true) => menus.opener = before.or_else(|| ctx.memory(|memory| memory.focused())),
        (true, false) => menus.returns = 3,
        _ => {}
    }
    menus.open = open;
    if menus.returns > 0 {
        menus.returns -= 1;
        let (focused, asked) = ctx.memory(|memory| (memory.focused(), memory.top_modal_layer().is_some()));
        match menus.opener {
            // What a dialog asks for comes first.
            Some(opener) if focused.is_none() && !asked => {
                ctx.memory_mut(|memory| memory.request_focus(opener));
                menus.returns = 0;
            }
            _ => ctx.request_repaint(),
        }
    }
    ctx.data_mut(|data| data.insert_temp(id, menus));
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Key, Vec2};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn a_choice_by_key_closes_its_menu_and_what_opened_it_has_the_keyboard_again() {
        let mut harness = Harness::builder().with_size(Vec2::new(300.0, 300.0)).build_ui_state(
            |ui, chosen: &mut u32| {
                _ = ui.button("before");
                egui::ComboBox::from_label("number").selected_text(format!("{chosen} is set")).show_ui(
                    ui,
                    |ui| {
                        for n in 0..3 {
                            ui.selectable_value(chosen, n, format!("take {n}"));
                        }
                    },
                );
                menus(ui.ctx());
                ring(ui.ctx());
            },
            0,
        );
        let press = |harness: &mut Harness<'_, u32>, key| {
            harness.key_press(key);
            harness.run_steps(4);
        };
        for key in [Key::Tab, Key::Tab, Key::Enter] {
            press(&mut harness, key);
        }
        assert!(egui::Popup::is_any_open(&harness.ctx) && harness.query_by_label("take 2").is_some());
        harness.get_by_label("take 2").focus();
        harness.run_steps(2);
        press(&mut harness, Key::Enter);
        assert_eq!(*harness.state(), 2);
        assert!(!egui::Popup::is_any_open(&harness.ctx));
        let focused =
            harness.ctx.memory(|memory| memory.focused()).and_then(|id| harness.ctx.read_response(id));
        let combo = harness.get_by_label("number").rect();
        assert!(
            focused.is_some_and(|response| combo.intersects(response.rect)),
            "the combo box has the keyboard"
        );
    }

    #[test]
    fn what_tab_reaches_is_scrolled_into_view_and_has_a_ring() {
        let mut harness = Harness::builder()
            .with_size(Vec2::new(200.0, 120.0))
            .with_context_setup(theme::install)
            .build_ui(|ui| {
                scrolled(ui, |ui| {
                    for n in 0..20 {
                        _ = ui.button(format!("button {n}"));
                    }
                });
                ring(ui.ctx());
            });
        harness.run_steps(2);
        assert!(harness.get_by_label("button 12").rect().top() > 120.0);
        let ring_around = |harness: &Harness<'_>, at: Rect| {
            harness.output().shapes.iter().any(|clipped| match &clipped.shape {
                egui::Shape::Rect(rect) => rect.stroke.width == 2.0 && rect.rect == at.expand(1.0),
                _ => false,
            })
        };
        for n in 0..13 {
            harness.key_press(Key::Tab);
            harness.run_steps(30);
            let at = harness.get_by_label(&format!("button {n}")).rect();
            assert!(at.top() >= 0.0 && at.bottom() <= 120.0, "button {n} at {at}");
            assert!(ring_around(&harness, at), "button {n} has no ring");
        }
        harness.key_press_modifiers(egui::Modifiers::SHIFT, Key::Tab);
        harness.run_steps(30);
        let at = harness.get_by_label("button 11").rect();
        assert!(ring_around(&harness, at), "and back");
    }
}
