//! A view of several flows: colours that hold for all, and all beside each other.

use super::animation::{AnimationError, animated};
use super::picture::{MOST_NUMBERS, arrow_block, caption, finished};
use super::{Arrow, Ends, ScaleMode, Scene, Style, View, ViewError, arrows, longest_arrow};
use crate::figure::{Drawing, Figure, Page, PanelRow, Strip, StripRow};
use crate::view::{Entry, Numbers, Table};

/// Where the colours and arrows of `view` end, so that the pictures of all `scenes` at these `times` can be compared: the
/// larger ones, as the window has them.
///
/// # Errors
/// Those of [`Scene::values`].
pub fn shared_ends(
    scenes: &[Scene<'_>],
    view: View,
    times: &[Vec<f64>],
    style: &Style,
) -> Result<Ends, ViewError> {
    let (mut most, mut longest) = (0.0f64, None::<f64>);
    for (scene, times) in scenes.iter().zip(times) {
        let block = arrow_block(scene, style.marks.section);
        let kind = view.arrows().filter(|kind| kind.absence(scene.path).is_none());
        let larger = |known: Option<f64>, found: f64| Some(known.map_or(found, |known| known.max(found)));
        if style.scale == ScaleMode::Fixed {
            most = most.max(view.fixed_scale(scene).max);
            if let Some(kind) = kind {
                longest = larger(longest, longest_arrow(scene.path, scene.scheduler, kind, block));
            }
            continue;
        }
        for &t in times {
            let scene = Scene { t, ..*scene };
            most = most.max(view.scale_of(scene.path, &scene.values(view)?.values).max);
            if let Some(kind) = kind {
                let all = arrows(&scene, kind, block)?.values;
                longest = larger(longest, all.iter().map(Arrow::length).fold(0.0, f64::max));
            }
        }
    }
    Ok(Ends { most, arrow: longest.filter(|longest| *longest > 0.0) })
}

/// Characters of what sets a side apart that have room over its picture.
const LONGEST_LABEL: usize = 32;

/// What one of several is called over its picture: its letter, and what sets it apart, as much of that as there is room for.
pub fn heading(name: &str, label: &str) -> String {
    let mut shown = String::new();
    for part in label.split(", ").filter(|part| !part.is_empty()) {
        if shown.chars().count() + part.chars().count() > LONGEST_LABEL {
            return if shown.is_empty() { name.to_owned() } else { format!("{name} {shown} …") };
        }
        shown += if shown.is_empty() { "" } else { ", " };
        shown += part;
    }
    if shown.is_empty() { name.to_owned() } else { format!("{name} {shown}") }
}

/// Its letter alone, before a caption that says all of it.
pub fn letter(heading: &str) -> &str {
    heading.split(' ').next().unwrap_or(heading)
}

/// `view` of several flows now, beside each other on the scale that the styles share; each has a `heading` and a caption of
/// its own.
///
/// # Errors
/// Those of [`Scene::values`].
pub fn compared_figure(
    scenes: &[Scene<'_>],
    view: View,
    headings: &[String],
    styles: &[Style],
) -> Result<Figure, ViewError> {
    let mut panels = Vec::new();
    let mut captions = Vec::new();
    for ((heading, scene), style) in headings.iter().zip(scenes).zip(styles) {
        let mut panel = scene.panel(view, style)?;
        panel.title = format!("{heading}: {}", panel.title);
        if style.caption.is_some() {
            captions.push(format!("{}: {}", letter(heading), panel.caption));
        }
        panels.push(panel);
    }
    let mut row = PanelRow::new("", panels);
    row.caption = captions.join(". ");
    let usual = Style::default();
    Ok(finished(Drawing::Row(row), styles.first().unwrap_or(&usual)))
}

/// `view` of several flows at times of their own, a row of frames each, on the scale that the styles share.
///
/// # Errors
/// Those of [`Scene::strip`], and if they have not the same states.
pub fn compared_strip(
    scenes: &[Scene<'_>],
    view: View,
    times: &[Vec<f64>],
    headings: &[String],
    styles: &[Style],
) -> Result<Figure, ViewError> {
    let (Some(first), Some(style)) = (scenes.first(), styles.first()) else { return Err(ViewError::NotYet) };
    let mut rows = Vec::new();
    let mut captions = Vec::new();
    let mut common = None;
    for (((scene, style), times), heading) in scenes.iter().zip(styles).zip(times).zip(headings) {
        if scene.layout() != first.layout() {
            return Err(ViewError::OtherStates);
        }
        let own = scene.common(view, times, style)?;
        let v = scene.path.vocabulary();
        let most = MOST_NUMBERS / (v * v * scenes.len());
        if times.len() > most {
            return Err(ViewError::TooLarge { frames: times.len(), v, most });
        }
        rows.push(StripRow { label: heading.clone(), ..scene.strip_row(view, times, &own)? });
        if style.caption.is_some() {
            captions.push(format!("{}: {}", letter(heading), caption(style, own.notes().to_vec())));
        }
        common.get_or_insert(own);
    }
    let common = common.ok_or(ViewError::NotYet)?;
    let strip = first.strip_of(view, rows, style, &common);
    Ok(finished(Drawing::Strip(Strip { caption: captions.join(". "), ..strip }), style))
}

/// `view` of several flows over the whole path as a GIF, beside each other; see [`Scene::animation`].
///
/// # Errors
/// Those of [`Scene::animation`].
pub fn compared_animation(
    scenes: &[Scene<'_>],
    view: View,
    times: &[Vec<f64>],
    (headings, styles): (&[String], &[Style]),
    (lasts, page): (Option<u32>, Page),
    go_on: impl FnMut(f64) -> bool,
) -> Result<(Vec<u8>, [u32; 2]), AnimationError> {
    let usual = Style::default();
    let style = styles.first().unwrap_or(&usual);
    let commons = scenes.iter().zip(styles).zip(times);
    let commons: Vec<_> =
        commons.map(|((scene, style), times)| scene.common(view, times, style)).collect::<Result<_, _>>()?;
    let frame = |index: usize| {
        let (mut panels, mut captions) = (Vec::new(), Vec::new());
        for (side, scene) in scenes.iter().enumerate() {
            let mut panel = scene.frame_panel(view, times[side][index], &styles[side], &commons[side])?;
            panel.title = format!("{}: {}", headings[side], panel.title);
            if styles[side].caption.is_some() {
                captions.push(format!("{}: {}", letter(&headings[side]), panel.caption));
            }
            panels.push(panel);
        }
        let row = PanelRow { caption: captions.join(". "), ..PanelRow::new("", panels) };
        Ok(finished(Drawing::Row(row), style))
    };
    let count = times.iter().map(Vec::len).min().unwrap_or(0);
    animated(count, frame, (lasts, &style.recipe, page), go_on)
}

/// The numbers behind these figures at `times` of each side, one row a state, arrow or particle, with side, time and κ.
///
/// # Errors
/// Those of [`Scene::values`].
pub fn compared_numbers(
    scenes: &[Scene<'_>],
    view: View,
    times: &[Vec<f64>],
    names: &[&str],
) -> Result<Table, ViewError> {
    let mut all = Table::default();
    for ((name, scene), times) in names.iter().zip(scenes).zip(times) {
        let Numbers::Table(table) = scene.numbers_over(view, times)? else { continue };
        all.names = std::iter::once("side".to_owned()).chain(table.names).collect();
        let side = || std::iter::once(Entry::from((*name).to_owned()));
        all.rows.extend(table.rows.into_iter().map(|row| side().chain(row).collect::<Vec<_>>()));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;
    use crate::flow::{Corrector, Scheduler};
    use crate::view::grid::{DivergencePart, Show};

    #[test]
    fn a_heading_says_what_it_has_room_for() {
        assert_eq!(heading("A", ""), "A");
        assert_eq!(heading("B", "cubic, corrector on"), "B cubic, corrector on");
        let long = "a file with a rather long name of its own.npy";
        assert_eq!(heading("B", &format!("cubic, 8 steps, {long}, corrector on")), "B cubic, 8 steps …");
        assert_eq!(heading("C", long), "C");
        assert_eq!(letter("B cubic, 8 steps …"), "B");
    }

    #[test]
    fn both_have_the_larger_scale_and_the_longer_arrow() {
        let path = |k| FlowSpec { k: Some(k), ..FlowSpec::default() }.path().expect("path");
        let paths = [path(16), path(8)];
        let scene = |index: usize, scheduler| Scene {
            path: &paths[index],
            scheduler,
            t: 0.6,
            show: Show::Exact,
            corrector: Corrector::OFF,
            part: DivergencePart::Total,
            run: None,
        };
        let scenes = [scene(0, Scheduler::Linear), scene(1, Scheduler::Cubic)];
        let headings = [heading("A", "linear"), heading("B", "")];
        for mode in [ScaleMode::Fixed, ScaleMode::PerFrame] {
            let style = Style { scale: mode, ..Style::default() };
            for view in [View::Mass, View::Divergence, View::Currents] {
                let times = [vec![0.6], vec![0.6]];
                let ends = shared_ends(&scenes, view, &times, &style).expect("ends");
                let own: Vec<_> = scenes
                    .iter()
                    .zip(&times)
                    .map(|(scene, times)| {
                        let one = std::slice::from_ref(scene);
                        shared_ends(one, view, std::slice::from_ref(times), &style).expect("ends")
                    })
                    .collect();
                assert_eq!(ends.most, own[0].most.max(own[1].most), "{view:?}");
                assert_eq!(ends.arrow.is_some(), view == View::Currents);
                assert_eq!(ends.arrow, [own[0].arrow, own[1].arrow].into_iter().flatten().reduce(f64::max));
                let shared = Style { ends: Some(ends), ..style.clone() };
                let figure =
                    compared_figure(&scenes, view, &headings, &[shared.clone(), shared]).expect("a figure");
                let Drawing::Row(row) = figure.drawing else { panic!("a row") };
                assert_eq!(row.panels[0].scale, row.panels[1].scale, "{view:?}");
                assert!(
                    row.panels[0].title.starts_with("A linear: ") && row.panels[1].title.starts_with("B: ")
                );
                let numbers = compared_numbers(&scenes, view, &times, &["A", "B"]).expect("numbers");
                let of = |side: &str| numbers.rows.iter().filter(|r| r[0] == side.to_owned().into()).count();
                let expected = if view == View::Currents { [of("A"), of("B")] } else { [256, 64] };
                assert_eq!([of("A"), of("B")], expected, "{view:?}");
                assert!(of("B") > 0 && numbers.rows.iter().all(|row| row.len() == numbers.names.len()));
            }
        }
    }
}
