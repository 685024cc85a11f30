//! The real window on a display of its own, driven by a mouse and keys: what only the real event loop shows. Ignored where
//! there is no adapter, no Xvfb or no xdotool.

use dfm_explorer::gpu::adapters;
use dfm_explorer::ui::controls;
use eframe::egui::{Pos2, Rect, vec2};
use libtest_mimic::{Arguments, Trial};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Nothing that is waited for takes as long, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Said of every picture.
const FRAME: &str = "a frame took";

fn main() {
    let exists = |program: &str| {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
    };
    let ignored = !exists("Xvfb") || !exists("xdotool") || adapters().is_empty();
    let tests: [(&str, fn()); 5] = [
        ("dialogs_of_the_grid_lab_while_it_plays", || dialogs_while_it_plays(false)),
        ("dialogs_of_the_image_lab_while_it_plays", || dialogs_while_it_plays(true)),
        ("a_first_window_fits_a_small_screen", a_first_window_fits_a_small_screen),
        ("a_place_off_the_screen_is_brought_back", a_place_off_the_screen_is_brought_back),
        ("a_window_larger_than_can_be_drawn", a_window_larger_than_can_be_drawn),
    ];
    let trial = |(name, test): (&'static str, fn())| {
        let run = move || {
            test();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(ignored)
    };
    let mut arguments = Arguments::from_args();
    // One after the other: each of them keeps all cores busy.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, tests.into_iter().map(trial).collect()).exit();
}

/// A screen, and the folder of a user who sits there.
struct Desktop {
    server: Child,
    display: String,
    home: TempDir,
}

impl Desktop {
    fn new(width: u32, height: u32) -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        let output = server.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut number).expect("the number of the display");
        let display = format!(":{}", number.trim());
        Self { server, display, home: tempfile::tempdir().expect("a folder") }
    }

    /// With what was kept of a window before.
    fn with_state(self, entries: &str) -> Self {
        let state = format!("{{\"format\": \"dfm-explorer state\", {entries}}}");
        std::fs::write(self.home.path().join("state.json"), state).expect("written");
        self
    }

    fn start(&self) -> Program<'_> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dfm-explorer"))
            .env("DISPLAY", &self.display)
            .env("DFM_EXPLORER_DATA", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env("RUST_LOG", "dfm_explorer=trace")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let said = Arc::new(Mutex::new(Vec::new()));
        let (errors, lines) = (child.stderr.take().expect("its messages"), said.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                lines.lock().expect("the lines").push(line);
            }
        });
        let mut program = Program { desktop: self, child, said };
        // The first pictures take so long that a click meant for one of them would be a long press.
        program.frames(30);
        // Without a window manager nobody gives it the keyboard.
        self.xdotool("search --sync --onlyvisible --name DFM windowfocus");
        program.frames(2);
        program
    }

    fn xdotool(&self, arguments: &str) -> String {
        let output = Command::new("xdotool")
            .env("DISPLAY", &self.display)
            .args(arguments.split_whitespace())
            .output()
            .expect("xdotool starts");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Where the window is, pixels.
    fn window(&self) -> Option<Rect> {
        let text = self.xdotool("search --onlyvisible --name DFM getwindowgeometry --shell");
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.strip_prefix('=')?.parse::<f32>().ok()
        };
        let at = Pos2::new(value("X")?, value("Y")?);
        Some(Rect::from_min_size(at, vec2(value("WIDTH")?, value("HEIGHT")?)))
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        _ = self.server.kill();
        _ = self.server.wait();
    }
}

/// The program with its window.
struct Program<'a> {
    desktop: &'a Desktop,
    child: Child,
    /// What it has written so far, line by line.
    said: Arc<Mutex<Vec<String>>>,
}

impl Program<'_> {
    /// How many lines hold `words`.
    fn count(&self, words: &str) -> usize {
        self.said.lock().expect("the lines").iter().filter(|line| line.contains(words)).count()
    }

    fn wait(&mut self, what: &str, mut is_there: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !is_there(self) {
            let ended = self.child.try_wait().expect("its state");
            let lines =
                || self.said.lock().expect("the lines").iter().rev().take(12).cloned().collect::<Vec<_>>();
            assert!(ended.is_none(), "it ended with {ended:?} before {what}: {:#?}", lines());
            assert!(start.elapsed() < PATIENCE, "{what} does not come: {:#?}", lines());
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    /// Waits for so many more pictures.
    fn frames(&mut self, count: usize) {
        let until = self.count(FRAME) + count;
        self.wait("the next pictures", |program| program.count(FRAME) >= until);
    }

    fn click(&mut self, place: Rect) {
        let at = place.center();
        // As a hand does: it rests on the control before it presses it.
        self.desktop.xdotool(&format!("mousemove {} {}", at.x.round(), at.y.round()));
        self.frames(3);
        self.desktop.xdotool("click 1");
        self.frames(3);
    }

    fn press(&mut self, keys: &str) {
        self.desktop.xdotool(&format!("key {keys}"));
        self.frames(3);
    }
}

impl Drop for Program<'_> {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Fifty times an export with its preview, and between them menus, sheets, dialogs and the other theme.
fn dialogs_while_it_plays(images: bool) {
    let desktop = Desktop::new(1400, 900);
    let tab = if images { "images" } else { "grid" };
    let size = "\"window\": {\"position\": [0, 0], \"size\": [1280, 800], \"maximized\": false}";
    let desktop = desktop.with_state(&format!("\"tab\": \"{tab}\", \"playing\": true, {size}"));
    let places = controls(vec2(1280.0, 800.0), if images { "images" } else { "grid" }).expect("the controls");
    let find = |name: &str| {
        let place = places.iter().find(|(known, _)| known.starts_with(name));
        place.unwrap_or_else(|| panic!("no {name} among {places:?}")).1
    };
    let mut program = desktop.start();
    assert_eq!(desktop.window().map(|window| window.size()), Some(vec2(1280.0, 800.0)));
    let export = if images { find("export …") } else { find("Export this view") };
    let (presets, gear) = (find("presets"), find("Preferences"));
    let theme = find("Light theme");
    for round in 0..50 {
        let opened = (0..5).any(|_| {
            let seen = program.count("a preview is shown");
            program.click(export);
            if images {
                // The first one of its menu.
                program.click(export.translate(vec2(0.0, export.height() + 12.0)));
            }
            // On a machine that stalls a click may have become a long press: that is tried again.
            let until = program.count(FRAME) + 300;
            program.wait("a preview", |program| {
                program.count("a preview is shown") > seen || program.count(FRAME) >= until
            });
            let is_open = program.count("a preview is shown") > seen;
            program.frames(2);
            if !is_open {
                program.press("Escape");
            }
            is_open
        });
        assert!(opened, "no export in round {round}");
        let closed = program.count("the export is closed");
        program.press("Escape");
        program.wait(&format!("the end of it in round {round}"), |program| {
            program.count("the export is closed") > closed
        });
        match round % 5 {
            0 => {
                program.click(presets);
                program.press("Escape");
            }
            1 => {
                program.press("F1");
                program.press("Escape");
            }
            2 => program.click(theme),
            3 => {
                program.press("ctrl+s");
                program.press("Escape");
            }
            _ => {
                program.click(gear);
                program.press("Escape");
                // A presentation and back, the panels away and back.
                for keys in ["F5", "Escape", "F7", "F8", "F7", "F8"] {
                    program.press(keys);
                }
                if !images {
                    // A and B, and A alone.
                    program.press("b");
                    program.press("b");
                }
            }
        }
    }
    program.press("g");
    program.press("g");
    assert_eq!(program.count("not drawn as it should be"), 0, "{:?}", program.said);
}

fn is_within(window: Option<Rect>, width: f32, height: f32) -> bool {
    window.is_some_and(|window| Rect::from_min_size(Pos2::ZERO, vec2(width, height)).contains_rect(window))
}

fn a_first_window_fits_a_small_screen() {
    // 1366 × 768 at 125 %.
    let desktop = Desktop::new(1093, 614);
    let mut program = desktop.start();
    program.wait("a window on the screen", |program| is_within(program.desktop.window(), 1093.0, 614.0));
    program.frames(3);
}

fn a_place_off_the_screen_is_brought_back() {
    let place = "\"window\": {\"position\": [5000, 4000], \"size\": [1200, 700], \"maximized\": false}";
    let desktop = Desktop::new(1366, 768).with_state(&format!("{place}, \"playing\": true"));
    let mut program = desktop.start();
    program.wait("a window on the screen", |program| is_within(program.desktop.window(), 1366.0, 768.0));
    program.frames(3);
}

fn a_window_larger_than_can_be_drawn() {
    let place = "\"window\": {\"position\": [0, 0], \"size\": [9000, 300], \"maximized\": false}";
    let desktop = Desktop::new(20_000, 400).with_state(&format!("{place}, \"playing\": true"));
    let mut program = desktop.start();
    program.frames(3);
    // More than any driver draws.
    desktop.xdotool("search --onlyvisible --name DFM windowsize 19000 300");
    program.frames(5);
    program.wait("a smaller window", |program| {
        program.desktop.window().is_some_and(|window| window.width() < 17_000.0)
    });
    program.frames(5);
}
