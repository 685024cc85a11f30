//! Where the window is: kept between starts, on a monitor, and no larger than can be drawn.

use crate::experiment::WindowPlace;
use egui::{Context, Rect, Vec2, ViewportCommand, pos2, vec2};

/// At the very first start, points.
pub(super) const DEFAULT_SIZE: Vec2 = vec2(1280.0, 800.0);
/// The smallest window, points, where the monitor has room for it: panels scroll, and nothing lies on anything else.
const LEAST_SIZE: Vec2 = vec2(920.0, 500.0);
/// What a desktop takes for title bars, panels and docks, points.
const DESKTOP: Vec2 = vec2(24.0, 88.0);
/// What it takes of a monitor on which it would look lost.
const SHARE_OF_A_LARGE_ONE: f32 = 0.75;
/// It does where that is so many times the usual size.
const LOST: f32 = 1.2;
/// So much of its title bar has to be seen of a window that can be moved, points.
const GRIP: Vec2 = vec2(80.0, 8.0);
/// Height of the strip at the top of a window in which it is taken hold of, points.
const TITLE_BAR: f32 = 32.0;

/// Pixels that a point may have on a screen of very small ones.
const FINEST: f32 = 3.0;

/// The size to open a window with that is to have `size` points, so that it is drawn on any screen if `largest` pixels a
/// side can be: how many pixels a point has there is known only once it is open, and one that can't be drawn at all would
/// end the program.
pub(super) fn opened(size: Vec2, largest: f32) -> Vec2 {
    size.min(Vec2::splat((largest / FINEST).floor()))
}

/// Where the window is now, in points of text of the usual size. Its size and place while it is minimised or fills the
/// screen are none to come back to.
pub(super) fn place(ctx: &Context, before: Option<WindowPlace>) -> Option<WindowPlace> {
    let viewport = ctx.input(|input| input.viewport().clone());
    if viewport.minimized == Some(true) {
        return before;
    }
    if viewport.fullscreen == Some(true) {
        return before;
    }
    if let (Some(true), Some(before)) = (viewport.maximized, before) {
        return Some(WindowPlace { maximized: true, ..before });
    }
    // Whatever the size of the text.
    let zoom = ctx.zoom_factor();
    let size = zoom * ctx.content_rect().size();
    Some(WindowPlace {
        position: viewport.outer_rect.map(|rect| [zoom * rect.left(), zoom * rect.top()]),
        size: [size.x, size.y],
        maximized: viewport.maximized == Some(true),
    })
}

/// The same command where text and controls, and with them points, are `zoom` times as large.
pub(super) fn with_text(command: ViewportCommand, zoom: f32) -> ViewportCommand {
    match command {
        ViewportCommand::InnerSize(size) => ViewportCommand::InnerSize(size / zoom),
        ViewportCommand::MinInnerSize(size) => ViewportCommand::MinInnerSize(size / zoom),
        ViewportCommand::MaxInnerSize(size) => ViewportCommand::MaxInnerSize(size / zoom),
        ViewportCommand::OuterPosition(at) => ViewportCommand::OuterPosition(at / zoom),
        other => other,
    }
}

/// What has to be done with a window that was [`opened`] at the place that was `kept`, or at no place in particular with
/// [`DEFAULT_SIZE`], so that it is seen on one of `monitors` (points; the main one first), and with no side longer than the
/// `largest` that can be drawn (pixels, of which a point has `scale`).
pub(super) fn arrangement(
    kept: Option<WindowPlace>,
    monitors: &[Rect],
    (largest, scale): (f32, f32),
) -> Vec<ViewportCommand> {
    let wanted = kept.map_or(DEFAULT_SIZE, |kept| Vec2::from(kept.size));
    let most = Vec2::splat((largest / scale).floor());
    let mut commands = Vec::new();
    if opened(wanted, largest) != wanted {
        commands.push(ViewportCommand::InnerSize(wanted));
    }
    if let Some(main) = monitors.first() {
        let desktop = monitors.iter().fold(*main, |all, monitor| all.union(*monitor));
        if desktop.width() > most.x || desktop.height() > most.y {
            // Most desktops then don't let it be stretched, or fill the screen, any further.
            commands.push(ViewportCommand::MaxInnerSize(most));
        }
        commands.push(ViewportCommand::MinInnerSize(LEAST_SIZE.min(main.size() - DESKTOP).min(most)));
        commands.extend(moves(kept, monitors, *main));
    }
    // One that would fill a larger screen could not be drawn.
    let fills = monitors.iter().all(|monitor| monitor.width() <= most.x && monitor.height() <= most.y);
    commands.retain(|command| fills || *command != ViewportCommand::Maximized(true));
    for command in &mut commands {
        if let ViewportCommand::InnerSize(size) = command {
            *size = size.min(most);
        }
    }
    commands
}

/// Where to, and how large.
fn moves(kept: Option<WindowPlace>, monitors: &[Rect], main: Rect) -> Vec<ViewportCommand> {
    let Some(kept) = kept else {
        let fits = (DEFAULT_SIZE + DESKTOP).x <= main.width() && (DEFAULT_SIZE + DESKTOP).y <= main.height();
        let share = (SHARE_OF_A_LARGE_ONE * main.size()).round();
        let most = LOST * DEFAULT_SIZE;
        if fits && share.x > most.x && share.y > most.y {
            let corner = main.min + 0.5 * (main.size() - share - vec2(0.0, TITLE_BAR));
            return vec![ViewportCommand::InnerSize(share), ViewportCommand::OuterPosition(corner)];
        }
        if fits {
            return Vec::new();
        }
        // Only the desktop knows what of a small screen is free.
        let size = (main.size() - DESKTOP).min(DEFAULT_SIZE);
        return vec![ViewportCommand::InnerSize(size), ViewportCommand::Maximized(true)];
    };
    let size = Vec2::from(kept.size);
    let at = kept.position.map(|[x, y]| Rect::from_min_size(pos2(x, y), size));
    // Of two that are apart on both axes the product of the negative sides would be positive.
    let overlap = |at: Rect, monitor: &Rect| at.intersect(*monitor).size().max(Vec2::ZERO);
    let shared = |monitor: &Rect| at.map_or(0.0, |at| overlap(at, monitor).x * overlap(at, monitor).y);
    let home = monitors.iter().max_by(|a, b| shared(a).total_cmp(&shared(b)));
    // Where none shares anything with the window, the main one.
    let home = *home.filter(|home| shared(home) > 0.0).unwrap_or(&main);
    let in_reach = |at: Rect| {
        let title = Rect::from_min_size(at.min, vec2(at.width(), TITLE_BAR));
        monitors.iter().any(|monitor| {
            let seen = title.intersect(*monitor);
            seen.width() >= GRIP.x && seen.height() >= GRIP.y
        })
    };
    let is_lost = at.is_some_and(|at| !in_reach(at));
    let most = home.size() - vec2(0.0, TITLE_BAR);
    // One that fills the screen has a size beside the panels of the desktop to come back to.
    let is_changed = is_lost || kept.maximized || size.x > most.x || size.y > most.y;
    let fitting = if is_changed { size.min(home.size() - DESKTOP) } else { size };
    let mut commands = Vec::new();
    if fitting != size {
        commands.push(ViewportCommand::InnerSize(fitting));
    }
    if is_lost {
        let corner = home.min + 0.5 * (home.size() - fitting - vec2(0.0, TITLE_BAR)).max(Vec2::ZERO);
        commands.push(ViewportCommand::OuterPosition(corner));
    }
    if kept.maximized {
        // Asked for before the window is shown, it has no effect on some desktops.
        commands.push(ViewportCommand::Maximized(true));
    }
    commands
}

/// The size to ask for where a window of `px` pixels has a side longer than the `largest` that can be drawn, points.
pub(super) fn drawable(px: Vec2, largest: f32, pixels_per_point: f32) -> Option<Vec2> {
    (px.max_elem() > largest).then(|| px.min(Vec2::splat(largest)) / pixels_per_point)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monitor(x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(x, y), vec2(width, height))
    }

    fn kept(position: [f32; 2], size: [f32; 2]) -> Option<WindowPlace> {
        Some(WindowPlace { position: Some(position), size, maximized: false })
    }

    /// Where to, and how large; the smallest size comes first.
    fn moved(kept: Option<WindowPlace>, monitors: &[Rect]) -> Vec<ViewportCommand> {
        let mut commands = arrangement(kept, monitors, (65_536.0, 1.0));
        if let Some(main) = monitors.first() {
            let ViewportCommand::MinInnerSize(least) = commands.remove(0) else { panic!("{commands:?}") };
            assert!(least.x < main.width() && least.y < main.height(), "{least}");
        }
        commands
    }

    #[test]
    fn a_first_window_fits_its_monitor() {
        assert_eq!(moved(None, &[monitor(0.0, 0.0, 1920.0, 1080.0)]), []);
        let large = moved(None, &[monitor(0.0, 0.0, 2560.0, 1440.0)]);
        let corner = pos2(320.0, 164.0);
        let expected =
            [ViewportCommand::InnerSize(vec2(1920.0, 1080.0)), ViewportCommand::OuterPosition(corner)];
        assert_eq!(large, expected);
        // The same pixels where text is larger.
        let larger = large.into_iter().map(|command| with_text(command, 2.0)).collect::<Vec<_>>();
        assert_eq!(larger[0], ViewportCommand::InnerSize(vec2(960.0, 540.0)));
        // Without a monitor that is known of nothing can be said.
        assert_eq!(moved(None, &[]), []);
        for (width, height) in [(1280.0, 720.0), (1366.0, 768.0), (1093.0, 614.0), (1280.0, 800.0)] {
            let commands = moved(None, &[monitor(0.0, 0.0, width, height)]);
            let [ViewportCommand::InnerSize(size), ViewportCommand::Maximized(true)] = commands[..] else {
                panic!("{width} × {height}: {commands:?}")
            };
            assert!(size.x < width && size.y <= height - DESKTOP.y, "{size}");
        }
    }

    #[test]
    fn a_kept_place_is_taken_again_where_it_can_be_seen() {
        let two = [monitor(0.0, 0.0, 1920.0, 1080.0), monitor(1920.0, 0.0, 1920.0, 1080.0)];
        assert_eq!(moved(kept([100.0, 50.0], [1280.0, 800.0]), &two), []);
        assert_eq!(moved(kept([2200.0, 50.0], [1280.0, 800.0]), &two), []);
        // Half off the edge is where somebody has put it.
        assert_eq!(moved(kept([-600.0, 50.0], [1280.0, 800.0]), &two[..1]), []);
        let maximized =
            kept([100.0, 50.0], [1280.0, 800.0]).map(|kept| WindowPlace { maximized: true, ..kept });
        assert_eq!(moved(maximized, &two), [ViewportCommand::Maximized(true)]);
    }

    #[test]
    fn a_place_off_every_monitor_is_brought_back() {
        let one = [monitor(0.0, 0.0, 1920.0, 1080.0)];
        for position in
            [[2200.0, 50.0], [-1270.0, 50.0], [50.0, -400.0], [50.0, 1075.0], [90_000.0, -90_000.0]]
        {
            let commands = moved(kept(position, [1280.0, 800.0]), &one);
            let [ViewportCommand::OuterPosition(corner)] = commands[..] else {
                panic!("{position:?}: {commands:?}")
            };
            let window = Rect::from_min_size(corner, vec2(1280.0, 800.0));
            assert!(one[0].contains_rect(window), "{window}");
        }
    }

    #[test]
    fn a_lost_window_comes_to_the_main_monitor_however_far_away_it_was() {
        let two = [monitor(0.0, 0.0, 1920.0, 1080.0), monitor(1920.0, 0.0, 1280.0, 1024.0)];
        for position in [[9000.0, 9000.0], [-9000.0, -9000.0], [-9000.0, 9000.0]] {
            let commands = moved(kept(position, [1280.0, 800.0]), &two);
            let [ViewportCommand::OuterPosition(corner)] = commands[..] else {
                panic!("{position:?}: {commands:?}")
            };
            assert!(two[0].contains_rect(Rect::from_min_size(corner, vec2(1280.0, 800.0))), "{corner}");
        }
    }

    #[test]
    fn a_window_larger_than_its_monitor_or_than_can_be_drawn_is_made_smaller() {
        let one = [monitor(0.0, 0.0, 1920.0, 1080.0)];
        let commands = moved(kept([0.0, 0.0], [9000.0, 800.0]), &one);
        assert_eq!(commands, [ViewportCommand::InnerSize(vec2(1896.0, 800.0))]);
        // Its title bar would not have room.
        let commands = moved(kept([0.0, 0.0], [1280.0, 1060.0]), &one);
        assert_eq!(commands, [ViewportCommand::InnerSize(vec2(1280.0, 992.0))]);
        assert_eq!(drawable(vec2(9000.0, 800.0), 8192.0, 2.0), Some(vec2(4096.0, 400.0)));
        assert_eq!(drawable(vec2(8192.0, 800.0), 8192.0, 2.0), None);
    }

    #[test]
    fn no_window_is_opened_or_made_larger_than_can_be_drawn() {
        // Whatever the screen has, the first size is drawn; then it is as large as it was, if that can be.
        assert_eq!(opened(DEFAULT_SIZE, 16_384.0), DEFAULT_SIZE);
        assert_eq!(FINEST * opened(DEFAULT_SIZE, 2_048.0).max_elem(), 2_046.0);
        let one = [monitor(0.0, 0.0, 1920.0, 1080.0)];
        let limits = (2_048.0, 1.0);
        assert_eq!(arrangement(None, &one, limits)[0], ViewportCommand::InnerSize(DEFAULT_SIZE));
        assert_eq!(arrangement(None, &[], limits), [ViewportCommand::InnerSize(DEFAULT_SIZE)]);
        // On a larger desktop it is held back.
        let two = [one[0], monitor(1920.0, 0.0, 1920.0, 1080.0)];
        let place = kept([10.0, 10.0], [3000.0, 900.0]);
        for (monitors, limits) in [(&two[..], (2_048.0, 1.0)), (&one[..], (2_048.0, 2.0))] {
            let most = limits.0 / limits.1;
            let commands = arrangement(place, monitors, limits);
            assert!(commands.contains(&ViewportCommand::MaxInnerSize(Vec2::splat(most))), "{commands:?}");
            for command in &commands {
                if let ViewportCommand::InnerSize(size) | ViewportCommand::MinInnerSize(size) = command {
                    assert!(size.max_elem() <= most, "{commands:?}");
                }
            }
            assert!(commands.iter().any(|command| matches!(command, ViewportCommand::InnerSize(_))));
        }
        // And it does not fill a screen that is larger.
        let maximized = place.map(|place| WindowPlace { maximized: true, ..place });
        let fills = |limits| arrangement(maximized, &one, limits).contains(&ViewportCommand::Maximized(true));
        assert!(fills((2_048.0, 1.0)) && !fills((2_048.0, 2.0)));
        // The usual one is not.
        let usual = arrangement(None, &two, (16_384.0, 1.0));
        assert!(
            !usual.iter().any(|command| matches!(command, ViewportCommand::MaxInnerSize(_))),
            "{usual:?}"
        );
    }
}
