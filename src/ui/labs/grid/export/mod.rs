//! The export of a pane or a plot.

mod options;
mod plot;
mod reopen;
mod snapshot;

pub use plot::{Plot, PlotContent, asked, export_button};
pub use reopen::{Reopened, reopened};
pub use snapshot::{Content, FrozenSide, Snapshot};

use crate::experiment::grid::NETWORK_FILE;
use crate::figure::most_frames;
use crate::ui::export::{Exported, Format, PageOptions, small};
use crate::ui::theme::space;
use crate::ui::widgets::{Choice, segmented};
use crate::view::grid::Show;
use egui::Ui;
use image::RgbaImage;
use options::{Options, Over};

impl Exported for Snapshot {
    type Options = Options;

    fn fitting(&self, options: Options) -> Options {
        let over = if self.view().is_some() { options.over } else { Over::Now };
        Options { over, ..options }.consistent()
    }

    fn seen(options: Options) -> Options {
        Options { format: Format::Png, ..options }
    }

    fn common(options: &mut Options) -> (&mut Format, &mut PageOptions) {
        (&mut options.format, &mut options.page)
    }

    fn page<'a>(&self, options: &'a mut Options) -> Option<&'a mut PageOptions> {
        Some(&mut options.page)
    }

    fn choices(&self, ui: &mut Ui, options: &mut Options) {
        if self.view().is_some() {
            time(ui, options);
        }
        ui.add_space(space::XS);
        ui.label(small("Format"));
        let formats: &[Format] = match options.over {
            Over::Timeline => &[Format::Gif, Format::Csv],
            _ => &[Format::Png, Format::Svg, Format::Pdf, Format::Csv],
        };
        segmented(ui, "export format", &mut options.format, formats.iter().map(|format| format.choice()));
    }

    fn more_choices(&self, ui: &mut Ui, options: &mut Options) {
        as_on_the_screen(ui, options, self);
    }

    fn file_stem(&self, options: &Options) -> String {
        Self::file_stem(self, options)
    }

    fn notes(&self) -> Vec<String> {
        made_again(self)
    }

    fn preview(&self, options: &Options) -> Result<RgbaImage, String> {
        Self::preview(self, options)
    }

    fn bytes(
        &self,
        options: &Options,
        name: &str,
        go_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        Self::bytes(self, options, name, go_on)
    }
}

/// Now, several times, or all of them.
fn time(ui: &mut Ui, options: &mut Options) {
    ui.label(small("Time"));
    let times = [
        Choice::from((Over::Now, "now", "The moment the button was pressed.")),
        (Over::Strip, "strip", "Several times beside each other.").into(),
        (Over::Timeline, "animation", "The whole path.").into(),
    ];
    segmented(ui, "export time", &mut options.over, times);
    *options = options.consistent();
    if options.over != Over::Now {
        ui.horizontal(|ui| {
            ui.label(small("Frames"));
            let room = most_frames(options.lasts()).min(1000);
            let (frames, range) = match options.over {
                Over::Strip => (&mut options.strip_frames, 1..=1000),
                _ => (&mut options.timeline_frames, 2..=room),
            };
            ui.add(egui::DragValue::new(frames).range(range).speed(0.2));
            if options.over == Over::Timeline {
                let about = "From noise to data; then it shows the end for a third of that. No frame is shown for less \
                             than 20 ms.";
                ui.label(small("Takes")).on_hover_text(about);
                let seconds = &mut options.timeline_seconds;
                ui.add(egui::DragValue::new(seconds).range(0.5..=60.0).suffix(" s").speed(0.05));
            }
        });
    }
    ui.add_space(space::XS);
}

/// What of the screen the figure takes over.
fn as_on_the_screen(ui: &mut Ui, options: &mut Options, snapshot: &Snapshot) {
    if snapshot.can_show_all() {
        ui.checkbox(&mut options.all_sides, "A|B in one figure").on_hover_text(
            "All on the same colours; else the one whose button was pressed, on these colours, too.",
        );
    }
    if snapshot.is_marked() && options.over != Over::Strip {
        ui.checkbox(&mut options.marks, "Marks as on the screen").on_hover_text(
            "Arrows of the moves, the pinned cell with its rates, and the way of the followed particle.",
        );
    }
    if snapshot.section.is_some() {
        ui.checkbox(&mut options.section, "Magnified as on the screen")
            .on_hover_text("Only the part of the cells that the views show; else all of them.");
    }
}

/// What is needed to make the figure again by its command.
fn made_again(snapshot: &Snapshot) -> Vec<String> {
    let show = snapshot.here().settings.show;
    let (network, none) = match &snapshot.content {
        Content::View(view) => (show == Show::Learned && view.needs_run(show), false),
        Content::Plot(PlotContent::Gaps(..) | PlotContent::Early(..)) => (false, true),
        Content::Plot(PlotContent::Sweeps(..)) => (false, false),
        Content::Plot(plot) => (plot.needs_network(show), false),
    };
    let mut lines = Vec::new();
    if network {
        lines.push(format!(
            "To make this figure again by its command, save the checkpoint as {NETWORK_FILE}."
        ));
    }
    if none {
        lines.push("No command makes this figure again: the window alone keeps its runs.".to_owned());
    }
    if snapshot.here().flow().whole_flags().len() > LONGEST_ARGUMENT {
        lines.push(
            "The drawn target is too large for a command line: save it in the editor and give its file as --target, or \
             drop the figure on the window."
                .to_owned(),
        );
    }
    lines
}

/// Longer arguments are refused by Linux (128 KiB).
const LONGEST_ARGUMENT: usize = 130_000;

#[cfg(test)]
mod tests;
