//! The frame around the views of a lab: what is left, right and below, which of it is hidden, and how wide it is.
//!
//! All labs have the same one. What is hidden and how wide a panel is belongs to the window, and is kept between starts.

use crate::experiment::{PanelState, PanelStates};
use crate::ui::texture::ground;
use crate::ui::theme::{self, space};
use egui::{
    CentralPanel, Context, CursorIcon, Frame, Id, Margin, Panel, Rect, Sense, Stroke, Ui, WidgetInfo,
};

/// The narrowest panel, points: its widest row still fits, and nothing lies on anything else.
const LEAST: f32 = 240.0;
/// Where the views would have less than this beside both panels, the right one gives way, points.
const LEAST_VIEWS: f32 = 300.0;
/// What the views keep of the width of a window at least, as a share of it.
const OF_THE_VIEWS: f32 = 0.3;
/// Width of the strip at the edge of a panel that can be dragged, points.
const HANDLE: f32 = 8.0;
/// In a window wider than this the right panel takes a share of what is more, unless it was dragged; points.
const WIDE_WINDOW: f32 = 1280.0;
/// That share, and the most it comes to, points.
const SHARE: f32 = 0.2;
const WIDEST_UNASKED: f32 = 480.0;

/// Which of the two at the sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelSide {
    /// The controls.
    Left,
    /// Plots and read-outs.
    Right,
}

impl PanelSide {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left panel",
            Self::Right => "right panel",
        }
    }

    /// How it is set.
    pub fn of(self, all: &mut PanelStates) -> &mut PanelState {
        match self {
            Self::Left => &mut all.left,
            Self::Right => &mut all.right,
        }
    }

    /// Its width in a window of `window` points, where nobody has dragged it.
    fn usual_width(self, window: f32) -> f32 {
        match self {
            Self::Left => theme::CONTROLS_WIDTH,
            Self::Right => {
                let more = SHARE * (window - WIDE_WINDOW).max(0.0);
                (theme::PLOTS_WIDTH + more).min(WIDEST_UNASKED).round()
            }
        }
    }
}

/// How the frame is now.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    panels: PanelStates,
    /// Nothing but views and timeline.
    presenting: bool,
    /// Where the views are.
    middle: Option<Rect>,
}

fn id() -> Id {
    Id::unique("panels of the window")
}

fn shown(ctx: &Context) -> Shown {
    ctx.data(|data| data.get_temp(id())).unwrap_or_default()
}

fn change(ctx: &Context, change: impl FnOnce(&mut Shown)) {
    ctx.data_mut(|data| change(data.get_temp_mut_or_default(id())));
}

/// How wide a panel is in a window of `window` points, and the most it can be.
fn width_of(side: PanelSide, panels: &mut PanelStates, window: f32) -> (f32, f32) {
    let most = (0.5 * (1.0 - OF_THE_VIEWS) * window).max(side.usual_width(window));
    let width = side.of(panels).width.unwrap_or(side.usual_width(window));
    (width.clamp(LEAST, most), most)
}

/// Whether there is room for a panel beside the other one and the views.
pub fn has_room(ctx: &Context, side: PanelSide) -> bool {
    let (mut panels, window) = (shown(ctx).panels, ctx.content_rect().width());
    if side == PanelSide::Left || panels.left.hidden {
        return true;
    }
    let both = [PanelSide::Left, PanelSide::Right].map(|side| width_of(side, &mut panels, window).0);
    window - both[0] - both[1] >= LEAST_VIEWS
}

/// What is hidden, and how wide the panels are.
pub fn panels(ctx: &Context) -> PanelStates {
    shown(ctx).panels
}

/// Sets what is hidden, and how wide the panels are.
pub fn set_panels(ctx: &Context, panels: PanelStates) {
    change(ctx, |shown| shown.panels = panels);
}

/// Whether nothing but views and timeline is shown.
pub fn set_presenting(ctx: &Context, presenting: bool) {
    change(ctx, |shown| shown.presenting = presenting);
}

/// Where the views are, as of the last picture.
pub fn middle_rect(ctx: &Context) -> Rect {
    shown(ctx).middle.unwrap_or(ctx.content_rect())
}

/// The ground of the window has the colour of the panels: filled twice, a driver on the CPU would take twice as long.
fn bar() -> Frame {
    Frame::new().inner_margin(Margin::symmetric(12, 4))
}

/// Shows a panel at a side, unless it is hidden. One that is `needed` is there all the same, but for a presentation.
pub fn side_panel<R>(
    ui: &mut Ui,
    side: PanelSide,
    needed: bool,
    content: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    let Shown { mut panels, presenting, .. } = shown(ui.ctx());
    let state = *side.of(&mut panels);
    let hidden = state.hidden || !has_room(ui.ctx(), side);
    if presenting || (hidden && !needed) {
        return None;
    }
    let (width, most) = width_of(side, &mut panels, ui.ctx().content_rect().width());
    let panel = match side {
        PanelSide::Left => Panel::left("left panel"),
        PanelSide::Right => Panel::right("right panel"),
    };
    let panel = panel.exact_size(width).resizable(false).frame(bar());
    let shown = panel.show(ui, content);
    handle(ui, side, shown.response.rect, LEAST..=most);
    Some(shown.inner)
}

/// The edge of a panel that is dragged to make it wider.
fn handle(ui: &Ui, side: PanelSide, panel: Rect, range: std::ops::RangeInclusive<f32>) {
    let edge = match side {
        PanelSide::Left => panel.right(),
        PanelSide::Right => panel.left(),
    };
    let strip = Rect::from_x_y_ranges(edge - 0.5 * HANDLE..=edge + 0.5 * HANDLE, panel.y_range());
    // Not focusable: there is no key to drag with.
    let response = ui.interact(strip, ui.scope_id().with(("edge", side.name())), Sense::CLICK | Sense::DRAG);
    let name = format!("edge of the {}", side.name());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Splitter, true, &name));
    let asked = match response.interact_pointer_pos() {
        _ if response.double_clicked() => Some(None),
        Some(at) if response.dragged() => {
            let width = if side == PanelSide::Left { at.x - panel.left() } else { panel.right() - at.x };
            Some(Some(width.clamp(*range.start(), *range.end()).round()))
        }
        _ => None,
    };
    if let Some(width) = asked {
        change(ui.ctx(), |shown| side.of(&mut shown.panels).width = width);
        ui.ctx().request_repaint();
    }
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        let line = Stroke::new(2.0, theme::palette(ui).accent);
        ui.painter().vline(edge, panel.y_range(), line);
    }
}

/// Shows what is below the views.
pub fn bottom_panel(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    Panel::bottom("timeline").exact_size(theme::TIMELINE_HEIGHT).frame(bar()).show(ui, content);
}

/// Shows the views in all the room that is left.
pub fn middle(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    CentralPanel::default().frame(Frame::new().inner_margin(Margin::same(space::S as i8))).show(ui, |ui| {
        let whole = ui.max_rect().expand(space::S);
        change(ui.ctx(), |shown| shown.middle = Some(whole));
        ground(&ui.painter().with_clip_rect(whole), 0, whole, theme::palette(ui).background);
        content(ui);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Pos2, Vec2, vec2};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    /// Both panels with a word each.
    fn window(panels: PanelStates, size: Vec2) -> Harness<'static, PanelStates> {
        let mut harness = Harness::builder()
            .with_size(size)
            .with_context_setup(move |ctx| {
                theme::install(ctx);
                set_panels(ctx, panels);
            })
            .build_ui_state(
                |ui, now: &mut PanelStates| {
                    side_panel(ui, PanelSide::Left, false, |ui| ui.label("controls"));
                    side_panel(ui, PanelSide::Right, false, |ui| ui.label("plots"));
                    middle(ui, |_| ());
                    *now = super::panels(ui.ctx());
                },
                panels,
            );
        harness.run_steps(2);
        harness
    }

    fn drag(harness: &mut Harness<'_, PanelStates>, from: Pos2, to: Pos2) {
        let button = egui::PointerButton::Primary;
        let press = |pos, pressed| egui::Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        harness.hover_at(from);
        harness.run_steps(2);
        harness.event(press(from, true));
        harness.run_steps(1);
        harness.hover_at(to);
        harness.run_steps(2);
        harness.event(press(to, false));
        harness.run_steps(2);
    }

    #[test]
    fn an_edge_is_dragged_as_far_as_there_is_room() {
        let mut harness = window(PanelStates::default(), vec2(1280.0, 700.0));
        assert!(harness.query_by_label("controls").is_some() && harness.query_by_label("plots").is_some());
        let edge = harness.get_by_label("edge of the left panel").rect().center();
        drag(&mut harness, edge, edge + vec2(60.0, 0.0));
        let width = harness.state().left.width.expect("a width");
        assert!((width - theme::CONTROLS_WIDTH - 60.0).abs() < 2.0, "{width}");
        let edge = harness.get_by_label("edge of the right panel").rect().center();
        drag(&mut harness, edge, egui::pos2(5.0, edge.y));
        assert_eq!(harness.state().right.width, Some((0.35f32 * 1280.0).round()), "the views keep some room");
        let edge = harness.get_by_label("edge of the right panel").rect().center();
        drag(&mut harness, edge, egui::pos2(1279.0, edge.y));
        assert_eq!(harness.state().right.width, Some(LEAST));
    }

    #[test]
    fn what_is_hidden_leaves_its_room_to_the_views() {
        let hidden = PanelState { hidden: true, width: Some(300.0) };
        let panels = PanelStates { left: hidden, right: PanelState { hidden: false, width: Some(300.0) } };
        let harness = window(panels, vec2(1000.0, 600.0));
        assert!(harness.query_by_label("controls").is_none() && harness.query_by_label("plots").is_some());
        // Where there is no room for both, the controls stay.
        let both = window(PanelStates::default(), vec2(700.0, 400.0));
        assert!(both.query_by_label("controls").is_some() && both.query_by_label("plots").is_none());
        let views = middle_rect(&harness.ctx);
        // Around the whole there is a margin here.
        assert_eq!((views.left(), views.right()), (8.0, 692.0));
        set_presenting(&harness.ctx, true);
        let mut harness = harness;
        harness.run_steps(2);
        assert!(harness.query_by_label("plots").is_none());
        assert_eq!(middle_rect(&harness.ctx).width(), 984.0);
    }

    #[test]
    fn plots_get_more_room_in_a_wide_window() {
        let width = |window| PanelSide::Right.usual_width(window);
        assert_eq!([1000.0, 1280.0, 1920.0, 4000.0].map(width), [252.0, 252.0, 380.0, WIDEST_UNASKED]);
    }
}
