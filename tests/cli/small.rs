//! The smallest calls that train and sample, and the smallest picture.

pub const TINY_GRID: &str = "train grid --k 4 --hidden 4 --batch 8 --steps 1 --device cpu";
pub const TINY_IMAGES: &str =
    "train images --data shapes --tokens gray:4 --size 8 --width 16 --batch 2 --minutes 0.0001";
pub const SAMPLE: &str =
    "sample images --denoiser independent:shapes@30 --tokens gray:16 --size 8 --n 1 --steps 4";

pub fn picture(side: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let bright = image::GrayImage::from_pixel(side, side, image::Luma([200]));
    image::DynamicImage::from(bright).write_to(&mut bytes, image::ImageFormat::Png).expect("PNG");
    bytes.into_inner()
}
