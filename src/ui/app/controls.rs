//! Where the controls of the window are: for tests that use the real one with a mouse.

use super::{App, Keeping};
use crate::experiment::State;
use crate::gpu::{DevicePreference, adapters, choose};
use crate::ui::lab::Surroundings;
use crate::ui::labs::LABS;
use egui::accesskit::NodeId;
use egui::{Context, RawInput, Rect, Vec2, pos2};
use std::collections::BTreeMap;

/// Names and places (points) of all controls that a window of `size` points has at the very first start, with the
/// lab of this name open; row by row.
///
/// # Errors
/// If the labs can't be built, or there is no adapter that the window would name.
pub fn controls(size: Vec2, lab: &str) -> anyhow::Result<Vec<(String, Rect)>> {
    let ctx = Context::default();
    ctx.enable_accesskit();
    // Its name in the corner moves the buttons beside it.
    let adapter = adapters().into_iter().next().ok_or_else(|| anyhow::anyhow!("no graphics adapter"))?;
    let state = State { lab: lab.to_owned(), ..State::default() };
    let choice = choose(&DevicePreference::Cpu)?;
    let surroundings = Surroundings::new(&ctx, &choice, true);
    let mut app = App::drawn_by(LABS, adapter, &choice, surroundings, state, Keeping::default())?;
    let mut found: BTreeMap<NodeId, (String, Rect)> = BTreeMap::new();
    // The layout has settled by the third one.
    for _ in 0..3 {
        let screen_rect = Some(Rect::from_min_size(egui::Pos2::ZERO, size));
        let mut output = ctx.run_ui(RawInput { screen_rect, ..RawInput::default() }, |ui| app.draw(ui));
        let update = output.platform_output.accesskit_update.take();
        output.drop_without_applying_deltas();
        found = update
            .into_iter()
            .flat_map(|update| update.nodes)
            .filter_map(|(id, node)| {
                let (name, at) = (node.label()?.to_owned(), node.bounds()?);
                let [x0, y0, x1, y1] = [at.x0, at.y0, at.x1, at.y1].map(|side| side as f32);
                Some((id, (name, Rect::from_min_max(pos2(x0, y0), pos2(x1, y1)))))
            })
            .collect();
    }
    let mut controls: Vec<_> = found.into_values().collect();
    controls.sort_by(|(_, a), (_, b)| a.top().total_cmp(&b.top()).then(a.left().total_cmp(&b.left())));
    Ok(controls)
}
