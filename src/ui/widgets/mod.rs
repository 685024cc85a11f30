//! Small widgets that every panel is made of.

mod color_bar;
mod icon_button;
mod notice;
mod section;
mod segmented;
mod setting;

pub use color_bar::{WIDTH as COLOR_BAR_WIDTH, color_bar};
pub use icon_button::icon_button;
pub use notice::{Tone, notice};
pub use section::section;
pub use segmented::{Choice, segmented};
pub use setting::{SliderRange, setting, slider};
