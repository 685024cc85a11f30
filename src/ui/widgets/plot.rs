//! What all plots of the right panels have in common.

use crate::figure::scale::format_value;
use crate::figure::ticks::nice_ticks;
use crate::ui::theme::{self, Palette};
use egui::{Color32, RichText, Ui};
use egui_plot::{GridMark, HoverPosition, Line, Plot, PlotPoints, VLine};

/// Height of one plot, points.
const HEIGHT: f32 = 77.0;

/// A plot's or table's title.
pub fn title(ui: &mut Ui, text: &str, tooltip: &str) {
    ui.add_space(2.0);
    ui.label(RichText::new(text).font(theme::heading())).on_hover_text(tooltip);
}

/// A plot that can only be looked at.
pub fn frame<'a>(id: &'a str, palette: &Palette) -> Plot<'a> {
    Plot::new(id)
        .height(HEIGHT)
        .show_background(false)
        .grid_color(palette.line)
        .grid_fade(0.0)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .y_axis_min_width(32.0)
        .set_margin_fraction(egui::Vec2::new(0.0, 0.06))
}

/// What a plot says of the point under the pointer: the coordinates as `words` has them, with their units, and on a curve
/// its name.
pub fn read_out<'a>(
    words: impl Fn([f64; 2]) -> String + 'a,
) -> impl Fn(&HoverPosition<'_>) -> Option<String> + 'a {
    move |pointer| match pointer {
        HoverPosition::NearDataPoint { plot_name, position, .. } => {
            let words = words([position.x, position.y]);
            Some(if plot_name.is_empty() { words } else { format!("{plot_name}\n{words}") })
        }
        HoverPosition::Elsewhere { position } => Some(words([position.x, position.y])),
    }
}

/// A plot over the path: t from 0 to 1 with a tick every quarter, and from 0 to `top` upward in `unit`, which may be
/// empty.
pub fn over_time<'a>(id: &'a str, top: f64, unit: &'static str, palette: &Palette) -> Plot<'a> {
    frame(id, palette)
        .label_formatter(read_out(move |[t, y]| {
            format!("t = {t:.3}\n{} {unit}", format_value(y)).trim_end().to_owned()
        }))
        .auto_bounds([false, false])
        .default_x_bounds(0.0, 1.0)
        .default_y_bounds(-0.03 * top, 1.06 * top)
        // A plot remembers its bounds; these change with what is drawn.
        .reset()
        .x_grid_spacer(|_| (0..=4).map(|j| GridMark { value: f64::from(j) / 4.0, step_size: 0.5 }).collect())
        .x_axis_formatter(|mark, _| match mark.value {
            0.0 => "0".to_owned(),
            0.5 => "0.5".to_owned(),
            1.0 => "1".to_owned(),
            _ => String::new(),
        })
        // The step size says how prominent a tick is; these few always are.
        .y_grid_spacer(move |_| {
            let ticks = nice_ticks(0.0, top, 3).into_iter().filter(|tick| *tick <= 1.06 * top);
            ticks.map(|value| GridMark { value, step_size: top }).collect()
        })
        .y_axis_formatter(|mark, _| format_value(mark.value))
}

/// A curve.
pub fn line(name: &str, points: Vec<[f64; 2]>, color: Color32) -> Line<'static> {
    Line::new(name.to_owned(), PlotPoints::from(points)).color(color).width(1.8)
}

/// Where the timeline is.
pub fn play_head(t: f64, color: Color32) -> VLine {
    VLine::new("", t).color(color).width(1.0)
}
