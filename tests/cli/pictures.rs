//! Animations as long, and cells as crisp, as was asked for.

use crate::desk::Desk;
use crate::small::SAMPLE;
use image::AnimationDecoder as _;

/// How long the frames of a GIF are shown, in ms.
fn delays(desk: &Desk, name: &str) -> Vec<u32> {
    let bytes = std::fs::read(desk.0.path().join(name)).expect("a file");
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(bytes)).expect("a GIF");
    let frames = decoder.into_frames().collect_frames().expect("frames");
    frames.iter().map(|frame| frame.delay().numer_denom_ms()).map(|(ms, one)| ms / one).collect()
}

#[test]
fn animations_take_as_long_as_was_asked_for() {
    let desk = Desk::new();
    let wall = SAMPLE.replace("--steps 4", "--steps 200");
    for (seconds, lasts) in [("0.5", 500), ("2.9", 2_900), ("6", 6_000)] {
        desk.succeed(&format!("{wall} --seconds {seconds} --out wall.gif"));
        let all = delays(&desk, "wall.gif");
        assert!(all.iter().all(|delay| *delay >= 20), "{all:?}");
        // Then the end is shown for a third of that.
        let whole: u32 = all.iter().sum();
        assert!(whole.abs_diff(lasts * 4 / 3) <= 20, "{seconds} s: {whole} ms");
        desk.succeed(&format!(
            "export --view timeline --k 4 --size 200x160 --no-caption --seconds {seconds} --out t.gif"
        ));
        let all = delays(&desk, "t.gif");
        let moving = if lasts == 500 { 25 } else { 48 };
        assert_eq!(all[..moving].iter().sum::<u32>(), lasts, "{seconds} s: {all:?}");
        assert!(all.iter().all(|delay| *delay >= 20));
    }
    // As long as ever where nothing is said.
    desk.succeed("export --view timeline --k 4 --size 200x160 --frames 5 --out t.gif");
    assert_eq!(delays(&desk, "t.gif"), [80; 17]);
    let report =
        desk.json("export --view timeline --k 4 --size 200x160 --frames 5 --seconds 1.5 --out t.gif");
    assert!(report["command"].as_str().is_some_and(|command| command.contains("--seconds 1.5")), "{report}");
    let timeline = "export --view timeline --k 4 --out no.gif";
    desk.refuse(
        2,
        &format!("{timeline} --frames 100 --seconds 1"),
        &["--seconds", "100 frames", "20 ms", "50"],
    );
    desk.refuse(2, "export --view mass --seconds 1 --out no.png", &["--seconds", "animation"]);
    desk.refuse(2, &format!("{SAMPLE} --seconds 1 --out no.png"), &["--seconds", ".gif"]);
}

#[test]
fn cells_of_a_figure_are_crisp_whatever_a_converter_does() {
    let desk = Desk::new();
    let svg = |k: usize, more: &str| {
        desk.succeed(&format!("export --view mass --k {k} {more} --t 0.5 --out f.svg"));
        std::fs::read_to_string(desk.0.path().join("f.svg")).expect("a figure")
    };
    for k in [2, 8, 63] {
        for more in ["", "--source mask", "--theme dark"] {
            let figure = svg(k, more);
            assert!(!figure.contains("<image") && figure.contains("crispEdges"), "K = {k} {more}");
            assert!(figure.len() < 250_000, "K = {k}: {} bytes", figure.len());
        }
    }
    for k in [64, 200] {
        let figure = svg(k, "");
        let data = figure.split("data:image/png;base64,").nth(1).and_then(|rest| rest.split('"').next());
        let width = png_width(data.expect("a picture"));
        assert!(width >= 1000 && (width as usize).is_multiple_of(k), "K = {k}: {width} pixels");
        assert!(figure.len() < 400_000, "K = {k}: {} bytes", figure.len());
    }
}

/// The width that the header of a PNG in base64 says: bytes 16 to 19.
fn png_width(base64: &str) -> u32 {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let bits = base64.bytes().take(32).fold(Vec::new(), |mut bits, c| {
        bits.extend((0..6).rev().map(|n| u32::from(value(c) >> n & 1)));
        bits
    });
    bits[128..160].iter().fold(0, |number, bit| 2 * number + bit)
}
