//! Small widgets that every panel is made of.

mod arrow_scale;
mod color_bar;
mod icon_button;
mod listed;
mod named;
mod notice;
mod scheduler_choice;
mod section;
mod seed_field;
mod segmented;
mod setting;
mod table;
mod target_name;
mod title;

pub use arrow_scale::{ArrowScale, LONGEST_IN_LEGEND, arrow_color, drawn_share};
pub use color_bar::{WIDTH as COLOR_BAR_WIDTH, color_bar, color_bar_below};
pub use icon_button::icon_button;
pub use listed::{list_button, listed};
pub use named::named_choice;
pub use notice::{Tone, notice};
pub use scheduler_choice::scheduler_choice;
pub use section::{is_section_open, mark_sections, section, sections, set_section_open, set_sections};
pub use seed_field::seed_field;
pub use segmented::{Choice, segmented};
pub use setting::{ABOVE_ZERO, SliderRange, setting, slider};
pub use table::{Row, row, table};
pub use target_name::target_name;
pub use title::title;
