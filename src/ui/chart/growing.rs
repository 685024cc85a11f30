//! Plots take the room that a panel has: where everything else leaves some, they are higher.

use crate::ui::focus::scrolled;
use egui::{Id, Ui};

/// So much higher than usual at most, and no higher than this share of their width.
const MOST: f32 = 3.2;
const OF_THE_WIDTH: f32 = 0.75;

/// What the plots of one panel have, and what they have been given so far in this picture.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Room {
    /// How much higher they are than usual.
    factor: f32,
    /// Heights they usually have, and those that they got, points.
    usual: f32,
    given: f32,
}

fn id() -> Id {
    Id::unique("room of plots")
}

/// The height of a plot that usually has `usual` points.
pub(super) fn height_of(ui: &Ui, usual: f32) -> f32 {
    let most = (OF_THE_WIDTH * ui.available_width()).max(usual);
    ui.data_mut(|data| {
        let Some(room) = data.get_temp::<Room>(id()) else { return usual };
        let given = (room.factor * usual).min(most).floor();
        data.insert_temp(id(), Room { usual: room.usual + usual, given: room.given + given, ..room });
        given
    })
}

/// Shows a panel that scrolls, whose plots are as high as there is room for. `name` tells it from others.
pub fn growing<R>(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let kept = Id::unique(("room of plots", name));
    let factor = ui.data(|data| data.get_temp::<f32>(kept)).unwrap_or(1.0);
    let room = ui.available_height();
    scrolled(ui, |ui| {
        ui.data_mut(|data| data.insert_temp(id(), Room { factor, usual: 0.0, given: 0.0 }));
        let top = ui.cursor().top();
        let shown = content(ui);
        let whole = ui.min_rect().bottom() - top;
        let measured = ui.data_mut(|data| {
            let measured = data.get_temp::<Room>(id());
            data.remove::<Room>(id());
            measured
        });
        if let Some(measured) = measured.filter(|measured| measured.usual > 0.0) {
            // All that is no plot stays as high as it is.
            let next = ((room - (whole - measured.given) - 1.0) / measured.usual).clamp(1.0, MOST);
            // A step of less than a point a plot would be none.
            if (next - factor).abs() > 0.01 {
                ui.data_mut(|data| data.insert_temp(kept, next));
                ui.ctx().request_repaint();
            }
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use crate::figure::{LinePlot, Series};
    use crate::ui::chart::{ChartUi, growing};
    use crate::ui::theme;
    use crate::view::Chart;
    use egui::{Rect, Vec2};
    use egui_kittest::Harness;

    /// Two plots with something between them in a panel of `size`: where they are.
    fn places(size: Vec2) -> [Rect; 2] {
        let line = Series::new("line", vec![[0.0, 0.0], [1.0, 2.0]]);
        let chart =
            Chart { plot: LinePlot { series: vec![line], ..LinePlot::default() }, ..Chart::default() };
        let mut harness =
            Harness::builder().with_size(size).with_context_setup(theme::install).build_ui_state(
                |ui, places: &mut [Rect; 2]| {
                    growing(ui, "test", |ui| {
                        places[0] = ChartUi::new("first", &chart).show(ui).response.rect;
                        ui.add_space(40.0);
                        places[1] = ChartUi::new("second", &chart).height(100.0).show(ui).response.rect;
                    });
                },
                [Rect::NOTHING; 2],
            );
        harness.run_steps(8);
        *harness.state()
    }

    #[test]
    fn plots_fill_a_high_panel_and_stay_as_they_are_in_a_low_one() {
        let [first, second] = places(Vec2::new(300.0, 120.0));
        // What is measured is the area between the axes: their labels take as much of both.
        assert_eq!(second.height() - first.height(), 23.0);
        assert!(first.height() < 77.0, "{first}");
        let [first, second] = places(Vec2::new(600.0, 420.0));
        assert!(first.height() > 130.0 && second.height() > first.height());
        assert!(second.bottom() <= 420.0 && second.bottom() > 380.0, "{second}");
        // No towers: a narrow panel has room below.
        let [first, second] = places(Vec2::new(200.0, 1400.0));
        assert!(first.height() <= 150.0 && second.height() <= 150.0, "{first} {second}");
    }
}
