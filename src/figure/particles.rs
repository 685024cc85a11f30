//! A cloud of particles as pixels: the CPU twin of shaders/particles.wgsl.
//!
//! [`splat`] counts the dots on every pixel; [`opacity`] turns a count into what that many dots over each other cover.
//! So no order matters, and density stays readable with a million particles.

use image::RgbaImage;

use super::over::lay_over;
use super::raster::CellLayout;
use super::window::CellWindow;

/// 2³² over the plastic number and over its square: a sequence that fills the unit square evenly.
const SPREAD: [u32; 2] = [3_242_174_889, 2_447_445_413];
/// Bits of a particle's offset within its cell.
const OFFSET_BITS: u32 = 13;
/// Bits of a pixel's fraction.
const FRACTION_BITS: u32 = 4;
/// Longest span of a token in 1/16 px: its product with an offset must stay below 2³².
const LONGEST: f32 = (1 << (32 - OFFSET_BITS)) as f32 - 1.0;

/// How a cloud is drawn: everything but the states.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    /// Width and height of the picture.
    pub size_px: [u32; 2],
    /// \[V\]: where token 1 begins and how long it is, to the right; then token 2, from the top, growing upward; in
    /// 1/16 px.
    pub spans: Vec<[i32; 4]>,
    /// Diameter of a dot in pixels.
    pub dot: u32,
    /// −ln(1 − opacity) of a single dot.
    pub strength: f32,
    /// sRGB.
    pub color: [u8; 3],
}

impl Cloud {
    /// `count` particles on the part `window` of `layout`, in a picture of `size_px` pixels. Dots are smaller and
    /// fainter where there are many, so that the mean density covers less than half of the ground.
    pub fn new(
        count: usize,
        layout: &CellLayout,
        window: CellWindow,
        size_px: [u32; 2],
        px_per_point: f32,
        color: [u8; 3],
    ) -> Self {
        let per_cell = window.px_per_cell(size_px.map(|side| side as f32));
        let inset = inset(per_cell[0].min(per_cell[1]) / px_per_point);
        let spans = (0..layout.tokens())
            .map(|token| {
                let span = layout.span_of(token);
                let length = span.end - span.start;
                let start = span.start + inset * length;
                let sixteenths = (1 << FRACTION_BITS) as f32;
                let [x, y] = window.to_px([start; 2], size_px.map(|side| side as f32));
                let [w, h] = per_cell.map(|px| {
                    (length * (1.0 - 2.0 * inset) * px * sixteenths).round().clamp(0.0, LONGEST) as i32
                });
                // Upward from a border begins with the last sixteenth above it.
                [(x * sixteenths).round() as i32, w, (y * sixteenths).round() as i32 - 1, h]
            })
            .collect();
        let extent = layout.extent();
        let area = extent * per_cell[0] * extent * per_cell[1];
        let few = (3000.0 / count.max(1) as f32).powf(0.25);
        let zoom = (extent / window.size[0].max(window.size[1])).sqrt();
        let whole_side = (size_px[0].min(size_px[1])) as f32;
        let dot = (0.0084 * whole_side * few * zoom).clamp(px_per_point, 5.0 * px_per_point).round().max(1.0);
        // Dots on a pixel, if all states were equally likely.
        let density = count as f32 * dot * dot / area.max(1.0);
        let strength = (0.5 / density.max(1e-6)).clamp(FAINTEST, BOLDEST);
        Self { size_px, spans, dot: dot as u32, strength, color }
    }
}

/// Opacity of a single dot where there are more than can be told apart: 5%.
const FAINTEST: f32 = 0.051;
/// And where there are few: 85%.
const BOLDEST: f32 = 1.9;

/// The share of a cell, at either side, that particles keep away from: cells large enough to be told apart show as
/// such, and small ones have no seams.
fn inset(cell_points: f32) -> f32 {
    0.1 * ((cell_points - 12.0) / 24.0).clamp(0.0, 1.0)
}

/// Where particle `n` in the given state lies, in cells.
pub fn place_in_cells(n: usize, state: [u16; 2], layout: &CellLayout, cell_points: f32) -> [f32; 2] {
    let inset = inset(cell_points);
    [0, 1].map(|i| {
        let span = layout.span_of(usize::from(state[i]));
        let offset = ((n as u32).wrapping_mul(SPREAD[i]) >> (32 - OFFSET_BITS)) as f32;
        let within = inset + (1.0 - 2.0 * inset) * offset / (1 << OFFSET_BITS) as f32;
        span.start + within * (span.end - span.start)
    })
}

/// Particle n's place in 1/16 px: its cell, and an offset of its own within it.
fn place(n: u32, [x, width]: [i32; 2], [y, height]: [i32; 2]) -> [i32; 2] {
    let within = |i: usize, length: i32| {
        let offset = n.wrapping_mul(SPREAD[i]) >> (32 - OFFSET_BITS);
        (offset.wrapping_mul(length as u32) >> OFFSET_BITS) as i32
    };
    [x + within(0, width), y - within(1, height)]
}

/// How many dots lie on each pixel, `[height · width]`. States that are not on the grid are left out.
pub fn splat(states: &[[u16; 2]], cloud: &Cloud) -> Vec<u32> {
    let [width, height] = cloud.size_px.map(|side| side as i32);
    let side = cloud.dot as i32;
    let half = (side - 1) * (1 << (FRACTION_BITS - 1));
    let mut counts = vec![0u32; width as usize * height as usize];
    for (n, state) in states.iter().enumerate() {
        let [Some(column), Some(row)] = state.map(|token| cloud.spans.get(usize::from(token))) else {
            continue;
        };
        let first =
            place(n as u32, [column[0], column[1]], [row[2], row[3]]).map(|at| (at - half) >> FRACTION_BITS);
        for j in 0..side {
            for i in 0..side {
                // Twice the distance from the dot's centre.
                let away = [2 * i - (side - 1), 2 * j - (side - 1)];
                let (x, y) = (first[0] + i, first[1] + j);
                let round = away[0] * away[0] + away[1] * away[1] <= side * side;
                if round && (0..width).contains(&x) && (0..height).contains(&y) {
                    counts[y as usize * width as usize + x as usize] += 1;
                }
            }
        }
    }
    counts
}

/// What `dots` over each other cover, whatever their order.
pub fn opacity(dots: u32, strength: f32) -> f32 {
    1.0 - (-(dots as f32) * strength).exp()
}

/// Draws particles over `image`, which has the size of `cloud`.
pub fn draw_particles(image: &mut RgbaImage, states: &[[u16; 2]], cloud: &Cloud) {
    let counts = splat(states, cloud);
    for (pixel, dots) in image.pixels_mut().zip(counts) {
        lay_over(pixel, cloud.color, opacity(dots, cloud.strength));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    fn cloud(count: usize, layout: &CellLayout, side: u32) -> Cloud {
        Cloud::new(count, layout, CellWindow::whole(layout), [side; 2], 1.0, [255, 0, 0])
    }

    #[test]
    fn every_particle_lies_in_its_cell() {
        for (k, mask) in [(2, false), (7, true), (64, true)] {
            let layout = CellLayout::new(k, mask);
            let side = 640;
            let cloud = Cloud { dot: 1, ..cloud(1000, &layout, side) };
            let v = layout.tokens() as u16;
            for n in 0..1000u16 {
                let state = [n % v, (n / 3) % v];
                let mut states = vec![[u16::MAX; 2]; usize::from(n)];
                states.push(state);
                let counts = splat(&states, &cloud);
                let at = counts.iter().position(|&c| c == 1).expect("one dot");
                assert_eq!(counts.iter().sum::<u32>(), 1);
                let cells_per_px = layout.extent() / side as f32;
                let x = (at as u32 % side) as f32 + 0.5;
                let y = (side - at as u32 / side) as f32 - 0.5;
                let exact = place_in_cells(usize::from(n), state, &layout, 1.0 / cells_per_px);
                let cell = exact.map(|x| layout.cell_at(x).map(|token| token as u16));
                assert_eq!(cell, state.map(Some), "K {k}, particle {n}");
                for (px, cell) in [x, y].into_iter().zip(exact) {
                    assert!((px - cell / cells_per_px).abs() < 0.75, "K {k}: {px} {}", cell / cells_per_px);
                }
            }
        }
    }

    #[test]
    fn dots_are_round_whole_and_cut_at_the_border() {
        let layout = CellLayout::new(2, false);
        let base = cloud(1, &layout, 40);
        for (dot, pixels) in [(1, 1), (2, 4), (3, 9), (4, 12), (5, 21)] {
            // The second particle, which lies well inside of its cell.
            let counts = splat(&[[u16::MAX; 2], [0, 1]], &Cloud { dot, ..base.clone() });
            assert_eq!(counts.iter().sum::<u32>(), pixels, "diameter {dot}");
        }
        let corner = CellWindow { min: [1.0, 1.0], size: [1.0, 1.0] };
        let zoomed = Cloud::new(1, &layout, corner, [40; 2], 1.0, [0; 3]);
        assert_eq!(splat(&[[0, 0]], &zoomed).iter().sum::<u32>(), 0, "outside of the window");
        assert!(splat(&[[1, 1]], &zoomed).iter().sum::<u32>() > 0);
    }

    #[test]
    fn a_million_uniform_particles_cover_less_than_half_and_evenly() {
        let layout = CellLayout::new(64, false);
        let cloud = cloud(1_000_000, &layout, 317);
        let states: Vec<[u16; 2]> =
            (0..1_000_000u32).map(|n| [(n / 64 % 64) as u16, (n % 64) as u16]).collect();
        let counts = splat(&states, &cloud);
        let mean = counts.iter().sum::<u32>() as f32 / counts.len() as f32;
        assert!((mean - 1e6 / (317.0 * 317.0)).abs() < 0.2, "{mean}");
        let covered = opacity(mean as u32, cloud.strength);
        assert!((0.3..0.5).contains(&covered), "{covered}");
        // Twice and half of the mean can be told from it.
        assert!(opacity(2 * mean as u32, cloud.strength) > covered + 0.15);
        assert!(opacity(mean as u32 / 2, cloud.strength) < covered - 0.1);
        // No seams between cells: a row of pixels along a border holds as many as any other, within 25%.
        let rows: Vec<u32> = counts.chunks(317).map(|row| row.iter().sum()).collect();
        let (low, high) = (rows.iter().min().expect("rows"), rows.iter().max().expect("rows"));
        assert!(*high < low + low / 4, "{low} {high}");
    }

    #[test]
    fn the_picture_is_the_colour_where_particles_are() {
        let layout = CellLayout::new(2, false);
        let cloud = cloud(4, &layout, 80);
        let mut image = RgbaImage::from_pixel(80, 80, Rgba([0, 0, 0, 255]));
        draw_particles(&mut image, &[[1, 1]; 4], &cloud);
        assert!(image.enumerate_pixels().all(|(x, y, p)| p[0] == 0 || (x >= 40 && y < 40)));
        assert!(image.pixels().any(|p| p[0] > 200));
    }
}
