//! Small widgets that every panel is made of.

mod color_bar;
mod icon_button;
mod named;
mod notice;
mod section;
mod segmented;
mod setting;

pub use color_bar::{WIDTH as COLOR_BAR_WIDTH, color_bar};
pub use icon_button::icon_button;
pub use named::named_choice;
pub use notice::{Tone, notice};
pub use section::{is_section_open, mark_sections, section, sections, set_section_open, set_sections};
pub use segmented::{Choice, segmented};
pub use setting::{SliderRange, setting, slider};
