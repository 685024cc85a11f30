//! Every colour, size and font of the window.

use crate::assets;
use crate::figure::{DARK_SERIES_COLORS, SERIES_COLORS};
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, FontTweak, Margin, Stroke,
    TextStyle, Vec2,
};
use std::sync::Arc;

/// Spacing scale in points.
pub mod space {
    /// Between things that belong together.
    pub const XS: f32 = 4.0;
    /// Between rows.
    pub const S: f32 = 8.0;
    /// Between groups.
    pub const L: f32 = 16.0;
}

/// Text sizes in points.
pub mod text {
    /// Axes, units, notes.
    pub const SMALL: f32 = 11.5;
    /// Everything else.
    pub const BODY: f32 = 13.0;
    /// Titles.
    pub const HEADING: f32 = 14.5;
}

/// How long a control takes to change its look, unless motion is reduced.
pub const ANIMATION_SECONDS: f32 = 0.08;

/// Width of the left panel, points.
pub const CONTROLS_WIDTH: f32 = 268.0;
/// Width of the right panel, points.
pub const PLOTS_WIDTH: f32 = 252.0;
/// Height of the timeline, points.
pub const TIMELINE_HEIGHT: f32 = 54.0;
/// Height of the top bar, points.
pub const TOP_HEIGHT: f32 = 40.0;

/// The colours of one theme.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Behind the panes.
    pub background: Color32,
    /// Side panels and bars.
    pub panel: Color32,
    /// A pane or an input field.
    pub raised: Color32,
    /// Lines between them.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that steps back.
    pub weak: Color32,
    /// The one accent.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Something to look at.
    pub warning: Color32,
    /// Something that went wrong.
    pub error: Color32,
    /// Curves: the colours that figures have, in shades that suit the ground.
    pub series: [Color32; SERIES_COLORS.len()],
    /// Particles over any heat map.
    pub particle: Color32,
    /// What is inspected, over any heat map: a hue that neither colour map has.
    pub mark: Color32,
}

/// Colours that are written as #rrggbb.
const fn shades(written: &[&str; SERIES_COLORS.len()]) -> [Color32; SERIES_COLORS.len()] {
    const fn part(written: &[u8], at: usize) -> u8 {
        const fn digit(c: u8) -> u8 {
            if c.is_ascii_digit() { c - b'0' } else { c - b'a' + 10 }
        }
        16 * digit(written[at]) + digit(written[at + 1])
    }
    let mut shades = [Color32::BLACK; SERIES_COLORS.len()];
    let mut n = 0;
    while n < shades.len() {
        let hex = written[n].as_bytes();
        shades[n] = Color32::from_rgb(part(hex, 1), part(hex, 3), part(hex, 5));
        n += 1;
    }
    shades
}

const DARK: Palette = Palette {
    background: Color32::from_rgb(0x0f, 0x11, 0x15),
    panel: Color32::from_rgb(0x17, 0x1a, 0x20),
    raised: Color32::from_rgb(0x20, 0x24, 0x2c),
    line: Color32::from_rgb(0x2c, 0x31, 0x3b),
    text: Color32::from_rgb(0xe1, 0xe5, 0xec),
    weak: Color32::from_rgb(0x9a, 0xa3, 0xb2),
    accent: Color32::from_rgb(0x5f, 0xb0, 0xff),
    on_accent: Color32::from_rgb(0x08, 0x15, 0x24),
    warning: Color32::from_rgb(0xf0, 0xb4, 0x4c),
    error: Color32::from_rgb(0xff, 0x7b, 0x72),
    series: shades(&DARK_SERIES_COLORS),
    particle: Color32::from_rgb(0xff, 0xd1, 0x66),
    mark: Color32::from_rgb(0xff, 0x6e, 0xd0),
};

const LIGHT: Palette = Palette {
    background: Color32::from_rgb(0xee, 0xf0, 0xf3),
    panel: Color32::from_rgb(0xf9, 0xfa, 0xfb),
    raised: Color32::from_rgb(0xff, 0xff, 0xff),
    line: Color32::from_rgb(0xd5, 0xda, 0xe1),
    text: Color32::from_rgb(0x1b, 0x20, 0x28),
    weak: Color32::from_rgb(0x5b, 0x66, 0x75),
    accent: Color32::from_rgb(0x0b, 0x65, 0xc2),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    warning: Color32::from_rgb(0x9a, 0x5f, 0x00),
    error: Color32::from_rgb(0xb4, 0x23, 0x18),
    series: [
        Color32::from_rgb(0x00, 0x72, 0xb2),
        Color32::from_rgb(0xd5, 0x5e, 0x00),
        Color32::from_rgb(0x00, 0x85, 0x62),
        Color32::from_rgb(0xa8, 0x4f, 0x8b),
        Color32::from_rgb(0xb0, 0x7a, 0x00),
        Color32::from_rgb(0x36, 0x95, 0xca),
        Color32::from_rgb(0x1b, 0x20, 0x28),
        Color32::from_rgb(0x6a, 0x3d, 0x9a),
        Color32::from_rgb(0x7a, 0x7a, 0x1a),
    ],
    particle: Color32::from_rgb(0xc2, 0x3b, 0x00),
    mark: Color32::from_rgb(0xc4, 0x0a, 0x8a),
};

/// The colours of the theme `ui` is drawn in.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    of(ui.visuals().dark_mode)
}

/// The colours of the dark or the light theme.
pub fn of(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// Small text.
pub fn small() -> FontId {
    FontId::proportional(text::SMALL)
}

/// Titles.
pub fn heading() -> FontId {
    FontId::new(text::HEADING, FontFamily::Name("medium".into()))
}

/// Icons at body size.
pub fn icon(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("icons".into()))
}

/// Installs fonts and both themes.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        let mut style = (*ctx.style_of(theme)).clone();
        dress(&mut style, of(theme == egui::Theme::Dark));
        ctx.set_style_of(theme, style);
    }
}

/// Corners of a control.
pub fn corners(ui: &egui::Ui) -> CornerRadius {
    ui.visuals().widgets.inactive.corner_radius
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for (name, bytes) in [
        ("roboto", assets::ROBOTO_REGULAR),
        ("roboto-medium", assets::ROBOTO_MEDIUM),
        ("phosphor", assets::PHOSPHOR),
    ] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    for (name, bytes) in [("noto-cjk", assets::NOTO_CJK), ("noto-scripts", assets::NOTO_SCRIPTS)] {
        // They carry no hints, and to find some the toolkit would look through all their letters.
        let tweak = FontTweak { hinting: Some(false), ..FontTweak::default() };
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes).tweak(tweak)));
    }
    let mut fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    // The others have no arrows; the last ones are for names of files in other scripts.
    fallback.extend(["Hack", "noto-cjk", "noto-scripts"].map(str::to_owned));
    let family = |first: &str| std::iter::once(first.to_owned()).chain(fallback.clone()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, family("roboto"));
    fonts.families.insert(FontFamily::Name("medium".into()), family("roboto-medium"));
    fonts.families.insert(FontFamily::Name("icons".into()), vec!["phosphor".to_owned()]);
    fonts
}

fn dress(style: &mut egui::Style, p: &Palette) {
    style.text_styles = [
        (TextStyle::Small, small()),
        (TextStyle::Body, FontId::proportional(text::BODY)),
        (TextStyle::Button, FontId::proportional(text::BODY)),
        (TextStyle::Heading, heading()),
        (TextStyle::Monospace, FontId::proportional(text::BODY)),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(space::S, 6.0);
    style.spacing.button_padding = Vec2::new(space::S, 3.0);
    style.spacing.interact_size = Vec2::new(28.0, 22.0);
    style.spacing.slider_rail_height = 4.0;
    style.spacing.icon_width = 14.0;
    style.spacing.tooltip_width = 340.0;
    style.spacing.menu_margin = Margin::same(6);
    // All entries of a menu, where the window has room.
    style.spacing.combo_height = 400.0;
    // The bar keeps to a gutter of its own: it must not lie over the controls it scrolls.
    style.spacing.scroll = egui::style::ScrollStyle { bar_width: 6.0, ..egui::style::ScrollStyle::solid() };
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style.animation_time = ANIMATION_SECONDS;

    let v = &mut style.visuals;
    v.override_text_color = None;
    v.panel_fill = p.panel;
    v.window_fill = p.panel;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.extreme_bg_color = p.raised;
    v.text_edit_bg_color = Some(p.raised);
    v.faint_bg_color = p.raised;
    v.weak_text_color = Some(p.weak);
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.warning;
    v.error_fg_color = p.error;
    v.selection.bg_fill = p.accent;
    v.selection.stroke = Stroke::new(1.0, p.on_accent);
    v.slider_trailing_fill = true;
    v.handle_shape = egui::style::HandleShape::Circle;
    v.popup_shadow.color = Color32::from_black_alpha(if v.dark_mode { 90 } else { 30 });
    v.window_corner_radius = CornerRadius::same(6);
    v.menu_corner_radius = CornerRadius::same(6);
    let states = [
        (&mut v.widgets.noninteractive, p.panel, p.line, p.text),
        (&mut v.widgets.inactive, p.raised, p.line, p.text),
        (&mut v.widgets.hovered, mix(p.raised, p.text, 0.08), mix(p.line, p.text, 0.25), p.text),
        (&mut v.widgets.active, mix(p.raised, p.accent, 0.25), p.accent, p.text),
        (&mut v.widgets.open, p.raised, mix(p.line, p.text, 0.25), p.text),
    ];
    for (state, fill, line, text) in states {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = CornerRadius::same(4);
        state.expansion = 0.0;
    }
    // Rails and empty check boxes must be seen on the panel in both themes.
    v.widgets.inactive.bg_fill = mix(p.panel, p.text, 0.16);
}

/// A little of `b` in `a`.
pub fn mix(a: Color32, b: Color32, share: f32) -> Color32 {
    let channel = |a: u8, b: u8| (f32::from(a) + share * (f32::from(b) - f32::from(a))).round() as u8;
    Color32::from_rgb(channel(a.r(), b.r()), channel(a.g(), b.g()), channel(a.b(), b.b()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG relative luminance contrast.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let luminance = |c: Color32| {
            let linear = |x: u8| {
                let x = f64::from(x) / 255.0;
                if x <= 0.04045 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn names_in_other_scripts_have_glyphs_in_every_family_of_text() {
        let mut fonts = egui::epaint::text::Fonts::new(Default::default(), fonts());
        for font in [FontId::proportional(text::BODY), heading()] {
            for name in [
                "流動 데이터 흐름 ようこそ 繁體 ｱ％ ㄅ",
                "\u{1112}\u{1173}\u{1105}",
                "Ελληνικά Кириллица Tiếng Việt",
                "שלום مرحبا नमस्ते สวัสดี Հայերեն ქართული",
                "→ κₜ − ½ “…”",
            ] {
                for letter in name.chars() {
                    assert!(fonts.has_glyph(&font, letter), "{letter:?} of {name} is a box");
                }
            }
            assert!(!fonts.has_glyph(&font, '\u{e123}'), "a box is seen as one");
        }
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        for p in [&DARK, &LIGHT] {
            for ground in [p.background, p.panel, p.raised] {
                assert!(contrast(p.text, ground) > 7.0);
                assert!(contrast(p.weak, ground) > 4.5, "{:?} on {ground:?}", p.weak);
                assert!(contrast(p.error, ground) > 4.5 && contrast(p.warning, ground) > 4.5);
            }
            assert!(contrast(p.on_accent, p.accent) > 4.5);
            assert!(contrast(p.mark, p.background) > 3.0);
            for series in p.series {
                assert!(
                    contrast(series, p.panel) > if p.panel == DARK.panel { 4.5 } else { 3.0 },
                    "{series:?}"
                );
            }
        }
    }

    /// In degrees; none of a grey or a black.
    fn hue(color: Color32) -> Option<f32> {
        let color = egui::ecolor::Hsva::from(color);
        (color.s > 0.4 && color.v > 0.05).then_some(360.0 * color.h)
    }

    #[test]
    fn curves_have_the_hues_of_figures() {
        for p in [&DARK, &LIGHT] {
            for (shade, printed) in p.series.into_iter().zip(SERIES_COLORS) {
                let printed = Color32::from_hex(printed).expect("a colour");
                let apart = |(a, b): (f32, f32)| (a - b).abs().min(360.0 - (a - b).abs());
                let hues = hue(shade).zip(hue(printed));
                assert!(
                    hues.map_or(hue(shade) == hue(printed), |hues| apart(hues) < 15.0),
                    "{shade:?} {printed:?}"
                );
            }
        }
    }
}
