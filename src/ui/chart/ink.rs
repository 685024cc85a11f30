//! Lines, marks and bars, with the patterns and shapes that the figure gives them.

use super::ChartArea;
use crate::figure::{Dash, Look, Marker, Series};
use crate::ui::theme::Palette;
use egui::{Color32, Mesh, Pos2, Rect, Shape, Stroke, Vec2};

/// One of the figure's colours, as the theme has it.
pub fn color(palette: &Palette, index: usize) -> Color32 {
    palette.series[index % palette.series.len()]
}

/// Width of a line; of one among many.
pub fn width(look: Look, many: bool) -> f32 {
    match (look.thick, many) {
        (true, _) => 2.6,
        (false, true) => 1.3,
        (false, false) => 1.7,
    }
}

/// A line in its pattern.
pub fn line(shapes: &mut Vec<Shape>, points: Vec<Pos2>, stroke: Stroke, dash: Dash) {
    let lengths = |first: usize| -> Vec<f32> {
        dash.lengths().iter().skip(first).step_by(2).map(|length| *length as f32 * stroke.width).collect()
    };
    if dash == Dash::Solid {
        shapes.push(Shape::line(points, stroke));
    } else {
        Shape::dashed_line_many_with_offset(&points, stroke, &lengths(0), &lengths(1), 0.0, shapes);
    }
}

/// A mark with a thin rim, which keeps crossing ones apart.
pub fn mark(at: Pos2, radius: f32, color: Color32, palette: &Palette, marker: Marker) -> Shape {
    let rim = Stroke::new(0.75, palette.panel);
    if marker == Marker::Disc {
        return Shape::Circle(egui::epaint::CircleShape { center: at, radius, fill: color, stroke: rim });
    }
    if marker == Marker::Cross {
        // Its outline is not convex.
        let stroke = Stroke::new(0.7 * radius, color);
        let bar = |x: f32| {
            Shape::line_segment([at - radius * Vec2::new(x, 1.0), at + radius * Vec2::new(x, 1.0)], stroke)
        };
        return Shape::Vec(vec![bar(1.0), bar(-1.0)]);
    }
    let corner = |[x, y]: &[f64; 2]| at + radius * Vec2::new(*x as f32, *y as f32);
    Shape::convex_polygon(marker.corners().iter().map(corner).collect(), color, rim)
}

/// Bars from 0 up; `points` are the ends of their tops. Between slim ones there is no gap: it would be all that is seen.
pub fn bars(series: &Series, area: &ChartArea, color: Color32) -> Shape {
    let mut mesh = Mesh::default();
    for top in series.points.chunks_exact(2).filter(|top| top[0][1] > 0.0) {
        let (left, right) = (area.position(top[0]), area.position([top[1][0], 0.0]));
        let width = right.x - left.x;
        let gap = if width < 4.0 { (0.1 * width).max(0.5 * (1.0 - width)) } else { 0.0 };
        mesh.add_colored_rect(Rect::from_two_pos(left, right).expand2(Vec2::new(gap, 0.0)), color);
    }
    Shape::mesh(mesh)
}
