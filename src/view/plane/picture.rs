//! A view as a figure, and its numbers.

use super::{
    Bars, Board, PlaneArrow, PlaneView, PlaneWindow, Scene, Shown, Tracks, arrows, arrows_across, bars, fan,
    fields, longest,
};
use crate::figure::recipe::into_gif;
use crate::figure::{
    Arrows, Behind, CellLayout, Drawing, Figure, FigureError, HeatPanel, Line, Lines, Overlay, POINTED, Page,
    PanelRow, Points, Scale, encode_gif_while, even_delays, most_frames,
};
use crate::flow::FlowError;
use crate::flow::plane::PlaneFlow;
use crate::view::Table;

/// Cells along a side of a figure's lattice.
const CELLS: usize = 128;
/// Ways that are drawn: more would be a tangle.
pub const WAYS: usize = 80;
/// What is drawn of a view besides what it shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaneStyle {
    /// The colours, where they are shared with other panels.
    pub scale: Option<Scale>,
    /// The longest arrow, where it is shared.
    pub longest: Option<f64>,
    /// What the title says besides the name of the view.
    pub heading: String,
}

/// A view of one side at one moment.
#[derive(Clone, Copy)]
pub struct Shot<'a> {
    /// What is looked at.
    pub scene: Scene<'a>,
    /// Which view.
    pub view: PlaneView,
    /// The samples, once there are some.
    pub tracks: Option<&'a Tracks>,
    /// The sample that is followed.
    pub sample: usize,
}

impl<'a> Shot<'a> {
    /// The same at another time.
    #[must_use]
    pub fn at(self, t: f64) -> Self {
        Self { scene: Scene { t, ..self.scene }, ..self }
    }

    /// Of a flow without samples, all that a command line knows.
    pub fn of(
        flow: &'a PlaneFlow,
        board: Option<&'a Board>,
        t: f64,
        window: PlaneWindow,
        view: PlaneView,
    ) -> Self {
        Self { scene: Scene::new(flow, board, t, window), view, tracks: None, sample: 0 }
    }
}

/// A view as a heat map with what lies over it.
///
/// # Errors
/// Those of [`fields`].
pub fn panel(shot: &Shot<'_>, style: &PlaneStyle) -> Result<HeatPanel, FlowError> {
    let Shot { scene, view, .. } = shot;
    let field = fields(scene, &[*view], CELLS)?.remove(0);
    let whose = if scene.asks_network(*view) { " of the network" } else { "" };
    // Bars have no colour bar that says how long they are.
    let scale = match (view, bars(scene)) {
        (PlaneView::BoardRates, Some(bars)) => format!(", {}", bars.scale()),
        _ => String::new(),
    };
    let mut title = format!("{}{whose}, t = {:.3}{scale}", view.title(), scene.t);
    if !style.heading.is_empty() {
        title = format!("{}: {title}", style.heading);
    }
    let scale = style.scale.unwrap_or(field.scale);
    let mut panel = HeatPanel::new(title, field.values, CellLayout::new(CELLS, false), scale);
    panel.ranges = Some([0, 1].map(|axis| scene.window.range(axis)));
    (panel.x_label, panel.y_label) = ("first coordinate".to_owned(), "second coordinate".to_owned());
    panel.unit = view.ground().unit().to_owned();
    panel.behind = if view.is_veiled() { Behind::Pale } else { Behind::Clear };
    panel.overlay = over(shot, style)?;
    Ok(panel)
}

fn over(shot: &Shot<'_>, style: &PlaneStyle) -> Result<Option<Overlay>, FlowError> {
    let Shot { scene, view, tracks, sample } = shot;
    let cell = |x: [f64; 2]| scene.window.in_cells(x, CELLS);
    Ok(match view {
        _ if view.shown() == Shown::Arrows || *view == PlaneView::Miss => {
            let all = arrows(scene, *view)?;
            let longest = style.longest.unwrap_or_else(|| longest(&all));
            let pointed = if *view == PlaneView::Velocity { Some(pointed(scene)?) } else { None };
            let arrow = |arrow: &PlaneArrow| {
                let [x, y] = cell(arrow.at).map(f64::from);
                [x, y, arrow.vector[0], arrow.vector[1]]
            };
            Some(Overlay::Arrows(Arrows {
                arrows: all.iter().map(arrow).collect(),
                longest,
                block: CELLS as f64 / arrows_across(scene, *view),
                unit: view.unit().to_owned(),
                pointed: pointed.as_ref().map(arrow),
            }))
        }
        PlaneView::Particles => tracks.and_then(|tracks| {
            let frame = &tracks.frames[tracks.frame_at(scene.t)?];
            let place = |x: &[f32; 2]| {
                let cell = cell(x.map(f64::from));
                let fits = cell.iter().all(|x| (0.0..CELLS as f32).contains(x));
                fits.then(|| cell.map(|x| x as u16))
            };
            let places: Vec<_> = frame.iter().map(place).collect();
            let seen = |n: &usize| places[*n].is_some();
            let colors =
                (0..tracks.codes.len().min(places.len())).filter(seen).map(|n| tracks.codes[n]).collect();
            Some(Overlay::Points(Points {
                states: places.into_iter().flatten().collect(),
                trails: Vec::new(),
                colors,
            }))
        }),
        PlaneView::Paths | PlaneView::Pairs => tracks.and_then(|tracks| {
            let frame = tracks.frame_at(scene.t)?;
            let pair = |pair: &[[f64; 2]; 2]| Line {
                points: pair.map(cell).to_vec(),
                color: 5,
                width: 0.5,
                dot: false,
                filled: false,
            };
            let straight = tracks.pairs.iter().filter(|_| *view == PlaneView::Pairs).map(pair);
            let way = |(n, way): (usize, Vec<[f64; 2]>)| {
                let usual = way_line(way, &cell);
                Line { width: 0.8, color: tracks.codes.get(n).copied().unwrap_or(usual.color), ..usual }
            };
            Some(lines(straight.chain(tracks.ways(WAYS, frame).enumerate().map(way)).collect()))
        }),
        PlaneView::Slide => tracks.and_then(|tracks| {
            let way = tracks.way(*sample, tracks.frame_at(scene.t)?);
            Some(lines(vec![way_line(way, &cell)]))
        }),
        PlaneView::BoardJump => tracks.and_then(|tracks| {
            let way = tracks.jumping.get(*sample % tracks.jumping.len().max(1))?.way(scene.t);
            Some(lines(vec![way_line(way, &cell)]))
        }),
        PlaneView::BoardPaths => tracks.map(|tracks| {
            let ways = tracks.jumping.iter().map(|jumping| jumping.way(scene.t));
            lines(ways.map(|way| Line { width: 0.8, ..way_line(way, &cell) }).collect())
        }),
        PlaneView::BoardRates => scene.board.zip(bars(scene)).map(|(board, bars)| {
            let bar = |(at, rate): &([usize; 2], f64)| {
                let [[left, foot], [right, top]] = bars.bar(*rate);
                let corners = [[left, foot], [right, foot], [right, top], [left, top]];
                let points = corners.map(|share| cell(board.point_in(*at, share))).to_vec();
                Line { points, color: 1, width: 0.0, dot: false, filled: true }
            };
            let frame = [0.0, 1.0].map(|share| board.point_in(bars.from, [share; 2]));
            // Numbers of narrower bars would lie on each other.
            let side = 2.0 * board.half_width() / board.cells() as f64;
            let fits = side > NUMBERED * 2.0 * scene.window.half;
            let number = |(at, rate): &([usize; 2], f64)| {
                let [[left, _], [right, top]] = bars.bar(*rate);
                let [x, y] = board.point_in(*at, [0.5 * (left + right), top]);
                (cell([x, y + ABOVE * 2.0 * scene.window.half]), Bars::words(*rate))
            };
            Overlay::Lines(Lines {
                lines: bars.to.iter().map(bar).chain([outline(frame, &cell)]).collect(),
                words: bars.to.iter().filter(|_| fits).map(number).collect(),
                rings: vec![(cell(scene.point), POINTED)],
            })
        }),
        PlaneView::Rates => scene.cell_of_point().map(|frame| lines(vec![outline(frame, &cell)])),
        PlaneView::Fan => {
            let fan = fan(scene, scene.point)?;
            let from = cell(fan.at);
            let ray = |ray: &super::Ray| Line {
                points: vec![from, cell(ray.to)],
                color: 1,
                width: ray_width(ray.share),
                dot: true,
                filled: false,
            };
            let mut lines: Vec<Line> = fan.rays.iter().map(ray).collect();
            lines.push(Line {
                points: vec![from, cell(fan.fields.one)],
                color: POINTED,
                width: 1.2,
                dot: true,
                filled: false,
            });
            // Beyond the end of its ray, as far as in the window.
            let beyond = WORDS * (2.0 * scene.window.half);
            let words =
                fan.rays.iter().filter_map(|ray| Some((cell(ray.beyond(fan.at, beyond)?), ray.words()?)));
            Some(Overlay::Lines(Lines { words: words.collect(), rings: vec![(from, POINTED)], lines }))
        }
        _ => None,
    })
}

fn lines(lines: Vec<Line>) -> Overlay {
    Overlay::Lines(Lines { lines, ..Lines::default() })
}

/// A way with a dot where it has led.
fn way_line(way: Vec<[f64; 2]>, cell: &impl Fn([f64; 2]) -> [f32; 2]) -> Line {
    Line { points: way.into_iter().map(cell).collect(), color: 1, width: 1.6, dot: true, filled: false }
}

/// The frame of a cell of which two opposite corners are given.
fn outline([low, high]: [[f64; 2]; 2], cell: &impl Fn([f64; 2]) -> [f32; 2]) -> Line {
    let corners = [low, [high[0], low[1]], high, [low[0], high[1]], low];
    Line { points: corners.map(cell).to_vec(), color: POINTED, width: 1.6, dot: false, filled: false }
}

/// The velocity at the point that is looked at.
fn pointed(scene: &Scene<'_>) -> Result<PlaneArrow, FlowError> {
    let fields = scene.flow.at(scene.t)?.point(scene.point);
    Ok(PlaneArrow { at: scene.point, vector: fields.velocity, density: fields.density })
}

/// Cells of at least this part of the map have numbers over their bars, and how far over them.
const NUMBERED: f64 = 0.12;
const ABOVE: f64 = 0.025;

/// How far beyond the end of a ray its share is written, in parts of the map.
const WORDS: f64 = 0.06;

/// How wide a ray is drawn, px: its share of 9.
fn ray_width(share: f64) -> f64 {
    (9.0 * share).max(0.4)
}

/// Panels beside each other.
pub fn row(title: &str, panels: Vec<HeatPanel>, caption: String) -> Drawing {
    let mut row = PanelRow::new(title, panels);
    row.caption = caption;
    Drawing::Row(row)
}

/// The numbers of a view: those of its heat map or its arrows, point by point; of samples, where they are.
///
/// # Errors
/// Those of [`fields`].
pub fn table(shot: &Shot<'_>) -> Result<Table, FlowError> {
    let Shot { scene, view, tracks, sample } = shot;
    let window = scene.window;
    Ok(match view {
        _ if view.shown() == Shown::Arrows => {
            let rows = arrows(scene, *view)?;
            let row = |arrow: PlaneArrow| {
                vec![arrow.at[0], arrow.at[1], arrow.vector[0], arrow.vector[1], arrow.density]
            };
            let name = view.name();
            let names = ["x", "y", &format!("{name}_x"), &format!("{name}_y"), "density"];
            Table::of_numbers(&names, rows.into_iter().map(row))
        }
        PlaneView::Particles | PlaneView::Paths | PlaneView::Pairs | PlaneView::Slide => {
            let mut rows = Vec::new();
            if let Some((tracks, last)) = tracks.and_then(|tracks| Some((tracks, tracks.frame_at(scene.t)?)))
            {
                let samples = match view {
                    PlaneView::Particles => 0..tracks.samples(),
                    PlaneView::Slide => *sample..(*sample + 1).min(tracks.samples()),
                    _ => 0..WAYS.min(tracks.samples()),
                };
                let first = if *view == PlaneView::Particles { last } else { 0 };
                for frame in first..=last {
                    rows.extend(samples.clone().map(|n| {
                        let x = tracks.frames[frame][n];
                        // Codes are counted from 1 wherever they are seen.
                        let code = tracks.codes.get(n).map(|code| (code + 1) as f64);
                        let known = [n as f64, tracks.times[frame], f64::from(x[0]), f64::from(x[1])];
                        known.into_iter().chain(code).collect::<Vec<f64>>()
                    }));
                }
            }
            let has_codes = tracks.is_some_and(|tracks| !tracks.codes.is_empty());
            let names = ["sample", "t", "x", "y", "code"];
            Table::of_numbers(&names[..if has_codes { 5 } else { 4 }], rows)
        }
        PlaneView::BoardJump | PlaneView::BoardPaths => {
            let all = tracks.iter().flat_map(|tracks| tracks.jumping.iter().enumerate());
            let followed = |n: usize| *view == PlaneView::BoardPaths || n == *sample % WAYS;
            let rows = all.filter(|(n, _)| followed(*n)).flat_map(|(n, jumping)| {
                let places = jumping.places.iter().take_while(|(t, _)| *t <= scene.t);
                places.map(move |(t, x)| vec![n as f64, *t, x[0], x[1]])
            });
            Table::of_numbers(&["sample", "t", "x", "y"], rows)
        }
        PlaneView::BoardRates => {
            let all = bars(scene);
            let rows = all.iter().flat_map(|bars| {
                let row = |((to, rate), from): (&([usize; 2], f64), [usize; 2])| {
                    vec![from[0] as f64, from[1] as f64, to[0] as f64, to[1] as f64, *rate]
                };
                bars.to.iter().map(move |bar| row((bar, bars.from)))
            });
            Table::of_numbers(&["z1", "z2", "y1", "y2", "rate"], rows)
        }
        PlaneView::Fan => {
            let fan = fan(scene, scene.point)?;
            let rows =
                fan.rays.into_iter().map(|ray| vec![fan.at[0], fan.at[1], ray.to[0], ray.to[1], ray.share]);
            Table::of_numbers(&["x", "y", "to_x", "to_y", "probability"], rows)
        }
        _ => {
            let field = fields(scene, &[*view], CELLS)?.remove(0);
            let [xs, ys] = [0, 1].map(|axis| window.middles(axis, CELLS));
            let rows = field.values.indexed_iter().map(|((i, j), value)| vec![xs[i], ys[j], *value]);
            Table::of_numbers(&["x", "y", view.name()], rows)
        }
    })
}

/// Frames of an animation beyond its end are held for a third of its time, at most so many.
const HOLD: usize = 12;

/// Panels at every one of `times` as the bytes of a GIF that takes `lasts` ms, with one scale for each panel; `go_on` is told
/// how much is done, in \[0, 1\], and may stop it.
///
/// # Errors
/// Says why it can't be made; [`FigureError::Stopped`] in words where it was stopped.
pub fn animation(
    times: &[f64],
    lasts: u32,
    frame: impl Fn(f64) -> Result<Vec<HeatPanel>, FlowError>,
    (caption, recipe, page): (&str, &str, Page),
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Vec<u8>>, String> {
    if times.len() > most_frames(lasts) {
        let most = most_frames(lasts);
        return Err(format!("{} frames do not fit into {} ms: choose at most {most}", times.len(), lasts));
    }
    let mut all = Vec::new();
    for (n, t) in times.iter().enumerate() {
        if !go_on(0.3 * n as f64 / times.len() as f64) {
            return Ok(None);
        }
        all.push(frame(*t).map_err(|why| why.to_string())?);
    }
    // One scale a panel, over the whole time.
    for place in 0..all.first().map_or(0, Vec::len) {
        let whole = all.iter().map(|panels| panels[place].scale).reduce(Scale::union);
        let longest = all.iter().filter_map(|panels| match &panels[place].overlay {
            Some(Overlay::Arrows(arrows)) => Some(arrows.longest),
            _ => None,
        });
        let longest = longest.reduce(f64::max);
        for panels in &mut all {
            let panel = &mut panels[place];
            panel.scale = whole.unwrap_or(panel.scale);
            if let (Some(Overlay::Arrows(arrows)), Some(longest)) = (&mut panel.overlay, longest) {
                arrows.longest = longest;
            }
        }
    }
    let mut frames = Vec::new();
    let count = all.len();
    for (n, panels) in all.into_iter().enumerate() {
        if !go_on(0.3 + 0.4 * n as f64 / count as f64) {
            return Ok(None);
        }
        let mut row = PanelRow::new("", panels);
        row.progress = Some(times[n]);
        row.caption = caption.to_owned();
        let figure = Figure { drawing: Drawing::Row(row), recipe: String::new() };
        frames.push(figure.to_image(page).map_err(|why| why.to_string())?);
    }
    let held = (lasts / 3) as usize;
    let hold = HOLD.min(most_frames(held as u32)).max(1);
    if let Some(last) = frames.last().cloned() {
        frames.extend(std::iter::repeat_n(last, hold));
    }
    let delays = [even_delays(lasts, count), even_delays(held as u32, hold)].concat();
    let whole = frames.len() as f64;
    match encode_gif_while(&frames, &delays, |n| go_on(0.7 + 0.3 * n as f64 / whole)) {
        Ok(gif) => Ok(Some(if recipe.is_empty() { gif } else { into_gif(gif, recipe) })),
        Err(FigureError::Stopped) => Ok(None),
        Err(why) => Err(why.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Ground;
    use crate::flow::plane::{AffinePath, Mixture, PlaneSource, PlaneTarget};

    #[test]
    fn every_view_has_a_figure_and_numbers_and_axes_are_those_of_the_plane() {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let frames = vec![vec![[0.0, 1.0]; 9], vec![[2.0, 0.5]; 9]];
        let codes = (0..9).map(|n| n % 3).collect();
        let tracks = Tracks { times: vec![0.0, 0.5], frames, codes, ..Tracks::default() };
        let window = PlaneWindow { center: [0.5, 0.0], half: 4.0 };
        for view in PlaneView::GROUPS.iter().flat_map(|(_, views)| views.iter().copied()) {
            let shot = Shot { tracks: Some(&tracks), ..Shot::of(&flow, None, 0.5, window, view) };
            if view.is_of_board() || view.needs_network() {
                assert!(panel(&shot, &PlaneStyle::default()).is_err());
                continue;
            }
            let panel = panel(&shot, &PlaneStyle::default()).expect("a panel");
            if let Some(Overlay::Points(points)) = &panel.overlay {
                assert_eq!(points.colors, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
            }
            let drawing = row("", vec![panel], String::new());
            let figure = Figure { drawing, recipe: String::new() };
            let svg =
                figure.to_svg(Page { ground: Ground::opaque(true), ..Page::default() }).expect("a drawing");
            assert!(svg.contains(">−2<") && svg.contains(">4<") && !svg.contains("token"), "{view:?}");
            let numbers = table(&shot).expect("numbers");
            assert!(!numbers.rows.is_empty(), "{view:?}");
            assert!(view != PlaneView::Particles || numbers.names.last().is_some_and(|name| name == "code"));
        }
    }

    #[test]
    fn bars_say_their_rates_and_an_arrow_that_is_pointed_out_has_its_own_colour() {
        use crate::flow::plane::Boxes;
        let pmf = ndarray::array![[0.1, 0.2], [0.3, 0.4]];
        let boxes = PlaneTarget::Boxes(Boxes::new(pmf, 2.0).expect("a pmf"));
        let flow = PlaneFlow::new(boxes, PlaneSource::Square(2.0), AffinePath::CondOt).expect("a flow");
        let board = Board::of(&flow).expect("a board");
        let window = PlaneWindow::around_origin(2.0);
        let svg = |view: PlaneView| {
            let shot = Shot::of(&flow, Some(&board), 0.5, window, view);
            let panel = panel(&shot, &PlaneStyle::default()).expect("a panel");
            let figure = Figure { drawing: row("", vec![panel], String::new()), recipe: String::new() };
            figure.to_svg(Page::default()).expect("a drawing")
        };
        let rates = svg(PlaneView::BoardRates);
        let bars = board.bars([0.0; 2], 0.5).expect("a cell");
        for (_, rate) in &bars.to {
            assert!(rates.contains(&format!(">{}<", Bars::words(*rate))), "{rate}: {rates}");
        }
        assert!(rates.contains("up to 0.") && rates.contains("/ time"), "{rates}");
        let mark = "#c40a8a";
        assert_eq!(svg(PlaneView::Velocity).matches(mark).count(), 2, "an arrow and its ring");
        assert_eq!(svg(PlaneView::Score).matches(mark).count(), 0);
    }

    #[test]
    fn an_animation_has_one_scale_and_can_be_stopped() {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let window = PlaneWindow::around_origin(4.0);
        let frame = |t: f64| {
            let shot = Shot::of(&flow, None, t, window, PlaneView::Density);
            Ok(vec![panel(&shot, &PlaneStyle::default())?])
        };
        let page = Page { size: "240x240".parse().ok(), ..Page::default() };
        let made = |go: bool| animation(&[0.0, 0.5], 400, frame, ("", "{}", page), &mut |_| go);
        let gif = made(true).expect("an animation").expect("all of it");
        assert_eq!(crate::figure::recipe::recipe_of(&gif).as_deref(), Some("{}"));
        assert_eq!(made(false), Ok(None));
    }
}
