//! Everything that is drawn or stepped on a graphics device, against its CPU twin, in one binary. On a machine without a
//! graphics adapter these tests are ignored, and said to be: never passed.

mod adapter;
mod cells;
mod heatmap;
mod image_net;
mod marks;
mod picture;
mod plane;
mod redraw;
mod small;
mod step;
mod text_net;
mod window;

use libtest_mimic::{Arguments, Trial};

/// The tests of a file, by name.
type Tests = &'static [(&'static str, fn())];

fn main() {
    let ignored = adapter::is_missing();
    let files: [(&str, Tests); 10] = [
        ("cells", cells::TESTS),
        ("heatmap", heatmap::TESTS),
        ("image_net", image_net::TESTS),
        ("marks", marks::TESTS),
        ("picture", picture::TESTS),
        ("plane", plane::TESTS),
        ("redraw", redraw::TESTS),
        ("small", small::TESTS),
        ("step", step::TESTS),
        ("text_net", text_net::TESTS),
    ];
    let mut trials = window::trials(ignored);
    for (file, tests) in files {
        for &(name, test) in tests {
            let run = move || {
                test();
                Ok(())
            };
            trials.push(Trial::test(format!("{file}::{name}"), run).with_ignored_flag(ignored));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
