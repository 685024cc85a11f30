//! Colours that go from one to the next along a line.

use super::drawing::rgb;
use pdf_writer::types::FunctionShadingType;
use pdf_writer::{Chunk, Finish as _, Ref};
use resvg::usvg::{LinearGradient, Stop};

/// Writes a gradient in its own coordinates; nothing for one without colours.
pub(super) fn write_linear(objects: &mut Chunk, next: &mut Ref, gradient: &LinearGradient) -> Option<Ref> {
    let stops = gradient.stops();
    let function = match stops {
        [] => return None,
        [only] => between(objects, next, only, only),
        [first, second] => between(objects, next, first, second),
        _ => {
            let parts: Vec<Ref> =
                stops.windows(2).map(|two| between(objects, next, &two[0], &two[1])).collect();
            let id = next.bump();
            let mut whole = objects.stitching_function(id);
            whole.domain([0.0, 1.0]);
            whole.encode(parts.iter().flat_map(|_| [0.0, 1.0]));
            whole.bounds(stops[1..stops.len() - 1].iter().map(|stop| stop.offset().get()));
            whole.functions(parts);
            id
        }
    };
    let id = next.bump();
    let mut shading = objects.function_shading(id);
    shading.shading_type(FunctionShadingType::Axial).function(function);
    shading.coords([gradient.x1(), gradient.y1(), gradient.x2(), gradient.y2()]).extend([true, true]);
    shading.color_space().device_rgb();
    shading.finish();
    Some(id)
}

fn between(objects: &mut Chunk, next: &mut Ref, from: &Stop, to: &Stop) -> Ref {
    let id = next.bump();
    let mut function = objects.exponential_function(id);
    function.domain([0.0, 1.0]).c0(rgb(from.color())).c1(rgb(to.color())).n(1.0);
    id
}
