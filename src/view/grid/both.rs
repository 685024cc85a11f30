//! A view of two flows: colours that hold for both, and both beside each other.

use super::picture::{arrow_block, finished};
use super::{Arrow, Ends, ScaleMode, Scene, Style, View, ViewError, arrows, longest_arrow};
use crate::figure::{Drawing, Figure, PanelRow};
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

/// `view` of A and B now, beside each other on the scale that `style` shares; each has a caption of its own.
///
/// # Errors
/// Those of [`Scene::values`].
pub fn both_figure(scenes: [Scene<'_>; 2], view: View, styles: [Style; 2]) -> Result<Figure, ViewError> {
    let mut panels = Vec::new();
    let mut captions = Vec::new();
    for ((name, scene), style) in ["A", "B"].into_iter().zip(scenes).zip(&styles) {
        let mut panel = scene.panel(view, style)?;
        panel.title = format!("{name}: {}", panel.title);
        if style.caption.is_some() {
            captions.push(format!("{name}: {}", panel.caption));
        }
        panels.push(panel);
    }
    let mut row = PanelRow::new("", panels);
    let style = &styles[0];
    if style.caption.is_some() {
        row.caption = captions.join(". ");
    }
    Ok(finished(Drawing::Row(row), style))
}

/// The numbers behind [`both_figure`], one row a state, arrow or particle, with its side, time and κ.
///
/// # Errors
/// Those of [`Scene::values`].
pub fn both_numbers(scenes: [Scene<'_>; 2], view: View) -> Result<Table, ViewError> {
    let mut all = Table::default();
    for (name, scene) in ["A", "B"].into_iter().zip(scenes) {
        // Over a single time, so that both have one layout whatever the view.
        let Numbers::Table(table) = scene.numbers_over(view, &[scene.t])? else { continue };
        all.names = std::iter::once("side".to_owned()).chain(table.names).collect();
        let side = || std::iter::once(Entry::from(name.to_owned()));
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
                let figure = both_figure(scenes, view, [shared.clone(), shared]).expect("a figure");
                let Drawing::Row(row) = figure.drawing else { panic!("a row") };
                assert_eq!(row.panels[0].scale, row.panels[1].scale, "{view:?}");
                assert!(row.panels[1].title.starts_with("B: "));
                let numbers = both_numbers(scenes, view).expect("numbers");
                let of = |side: &str| numbers.rows.iter().filter(|r| r[0] == side.to_owned().into()).count();
                let expected = if view == View::Currents { [of("A"), of("B")] } else { [256, 64] };
                assert_eq!([of("A"), of("B")], expected, "{view:?}");
                assert!(of("B") > 0 && numbers.rows.iter().all(|row| row.len() == numbers.names.len()));
            }
        }
    }
}
