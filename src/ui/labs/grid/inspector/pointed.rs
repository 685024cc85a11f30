//! What one move is, where the pointer is: its rate and its flux.

use super::moves::Move;
use super::token_name;
use crate::figure::scale::format_value;
use crate::sampler::grid::Outgoing;
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::theme::{self, space};
use egui::{Grid, PopupAnchor, Response, RichText, Tooltip, Ui};

/// Says what the `pointed` move of a view is.
pub fn read_out(ui: &Ui, response: &Response, scene: SideScene<'_>, pointed: Move) {
    let palette = theme::palette(ui);
    let id = response.id.with("move");
    let tooltip =
        Tooltip::always_open(ui.ctx().clone(), response.layer_id, id, PopupAnchor::Pointer).gap(12.0);
    tooltip.show(|ui| {
        let small = |text: &str| RichText::new(text).font(theme::small());
        ui.spacing_mut().interact_size.y = 15.0;
        let name = |z: [usize; 2]| {
            let [first, second] = z.map(|token| token_name(scene.path, token));
            format!("({first}, {second})")
        };
        ui.label(format!("{} → {}", name(pointed.z), name(pointed.to())));
        match numbers(scene, pointed) {
            Err(why) => _ = ui.label(small(&why).color(palette.weak)),
            Ok([rate, flux]) => {
                Grid::new(id).num_columns(3).spacing([space::S, 1.0]).show(ui, |ui| {
                    for (name, value, unit) in
                        [("rate u(y, z)", rate, "1 / time"), ("flux pₜ(z) u(y, z)", flux, "mass / time")]
                    {
                        ui.label(small(name).color(palette.weak));
                        ui.label(small(&format_value(value)));
                        ui.label(small(unit).color(palette.weak));
                        ui.end_row();
                    }
                });
            }
        }
    });
}

/// Rate and flux of a move, or why it has none.
pub(super) fn numbers(scene: SideScene<'_>, of: Move) -> Result<[f64; 2], String> {
    let corrector = scene.settings.effective_sampler().corrector;
    let out = Outgoing::new(scene.path, scene.scheduler(), corrector, scene.t, of.z)
        .map_err(|why| why.to_string())?;
    let rate = out.rates[of.axis.index()][of.y];
    Ok([rate, out.mass * rate])
}
