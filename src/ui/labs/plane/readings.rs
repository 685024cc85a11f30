//! The right panel: the path, what is conserved, the run, and the point that is looked at.

use super::headed::headed;
use super::lab::PlaneLab;
use crate::figure::scale::format_value;
use crate::ui::chart::{ChartUi, growing};
use crate::ui::kept::kept;
use crate::ui::side_tabs::whose;
use crate::ui::widgets::{Row, row, table, title};
use crate::view::plane::{JumpRates, path_chart};
use egui::Ui;

/// Draws the panel for one side; whether the path's chart is to be exported.
pub fn readings(ui: &mut Ui, lab: &PlaneLab, side: usize, heading: Option<&str>) -> bool {
    let mut export = false;
    growing(ui, "plane readings", |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        if let Some(heading) = heading {
            whose(ui, side, heading);
        }
        let [t, star] = lab.now(side);
        let path = lab.settings().sides[side].path;
        let about = "xₜ = α x₁ + σ x₀, and t*, the time of the same mixture on the straight path.";
        export = headed(ui, ("Mixing", about), "Export the path …");
        let chart = kept(ui.ctx(), "path of mixing", path, || path_chart(path));
        ChartUi::new("path of mixing", &chart).over_path(t).axis_names().legend(true).show(ui);
        let point = path.at(t);
        title(ui, "Now", "Read off the exact path.");
        let mut rows = vec![
            row("t", "Time of the path.", format!("{t:.4}")),
            row("t*", "α/(α+σ): the κ of the plane, what networks and samplers take.", format!("{star:.4}")),
            row("α, σ", "The parts of x₁ and x₀.", format!("{:.4}, {:.4}", point.alpha, point.sigma)),
            row("ln α/σ", "Half the logarithm of the signal-to-noise ratio.", number(point.log_ratio())),
        ];
        if let Some(conserved) = lab.answer(side).and_then(|answer| answer.conserved) {
            rows.extend([
                row("mass", "∫ p over all that is seen unmagnified: 1 but for what lies beyond it.", format!("{:.6}", conserved.mass)),
                row("leaving", "∫ −∂p/∂t over the same: 0 but for what crosses its edge.", number(conserved.leaving)),
                row("mass moved", "½ ∫ |∂p/∂t|, per unit of time.", number(conserved.moved)),
                row(
                    "residual",
                    "Σ|Δp/Δt + div(p u)| / Σ|div(p u)|: the densities at two moments against velocity and score between them.",
                    number(conserved.residual),
                ),
            ]);
        }
        if let Some(residual) = lab.answer(side).and_then(|answer| answer.kolmogorov) {
            let about = "|A P − dP/dt|₁ / |dP/dt|₁ on 64 × 64 cells, of the generator that the sampler follows: 0 but for rounding.";
            rows.push(row("KFE residual", about, number(residual)));
        }
        table(ui, "plane now", rows);
        board(ui, lab, side);
        jumps(ui, lab, side);
        samples(ui, lab, side);
        looked_at(ui, lab, side);
    });
    export
}

fn number(x: f64) -> String {
    match x {
        x if x.is_nan() => "–".to_owned(),
        x if x.is_infinite() => "∞".to_owned(),
        x => format_value(x),
    }
}

fn pair([x, y]: [f64; 2]) -> String {
    format!("({}, {})", number(x), number(y))
}

/// The grid that reads the same target, where there is one.
fn board(ui: &mut Ui, lab: &PlaneLab, side: usize) {
    let Some(answer) = lab.answer(side) else { return };
    let (Some(board), Some((numbers, between))) = (answer.of.built.board(), answer.grid) else { return };
    title(
        ui,
        "On the grid",
        "The same target and source as two tokens with κ = t. The continuous forward and backward forms are one field; the \
         discrete ones are two with one divergence. Both rates grow like κ′/(1−κ).",
    );
    let between = between.map_or_else(|| "–".to_owned(), |tv| format!("{tv:.4}"));
    table(
        ui,
        "plane grid",
        vec![
            row("states", "K × K.", format!("{0} × {0}", board.cells())),
            row("Σ p", "Mass of all states.", format!("{:.6}", numbers.mass)),
            row("Σ −dp/dt", "What leaves some states arrives in others.", number(numbers.leaving)),
            row(
                "residual",
                "Σ|Δp/Δt + div| / Σ|div|: masses at two moments against the discrete flow between them.",
                number(numbers.residual),
            ),
            row(
                "between the paths",
                "½ Σ |P − p| over the states: continuous against discrete mass.",
                between,
            ),
        ],
    );
}

/// Rates of jumps, where particles jump or a view shows where.
fn jumps(ui: &mut Ui, lab: &PlaneLab, side: usize) {
    let Some(answer) = lab.answer(side) else { return };
    let Some((on_plane, by_axes)) = answer.jumps else { return };
    title(
        ui,
        "Jumps",
        "On the plane (B) particles leave where the density falls and land where it rises, the fewest jumps there can be. By axes \
         (A) one coordinate jumps at a time, with the component as latent.",
    );
    let axes =
        |value: fn(JumpRates) -> f64| by_axes.map_or_else(|| "–".to_owned(), |rates| number(value(rates)));
    let blend = answer.of.blend;
    let mut rows = vec![
        row("λ on the plane", "[−∂p/∂t]₊/p at the point, per unit of time.", number(on_plane.here)),
        row(
            "λ by axes",
            "Σ rⱼ λⱼ(xᵢ) over components and both axes at the point; on targets of Gaussians alone.",
            axes(|rates| rates.here),
        ),
        row("mean, plane", "E λ = ∫ [∂p/∂t]₊: jumps a particle and unit of time.", number(on_plane.mean)),
        row("mean, axes", "The same of jumps by axes.", axes(|rates| rates.mean)),
    ];
    if blend.jump + blend.axis_jump > 0.0 {
        let of_axes = by_axes.filter(|_| blend.axis_jump > 0.0).map_or(0.0, |rates| rates.mean);
        let mean = blend.jump * on_plane.mean + blend.axis_jump * of_axes;
        rows.push(row("mean of this one", "Of the sampler that is set: its part of jumps.", number(mean)));
    }
    table(ui, "plane jumps", rows);
}

fn samples(ui: &mut Ui, lab: &PlaneLab, side: usize) {
    title(ui, "Samples", "The run of the sampler that is set.");
    let run = lab.run(side);
    let of = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let mut rows = vec![
        row(
            "NFE",
            "Evaluations of the velocity a sample, in the whole run.",
            of(run.map(|run| run.evaluations.to_string())),
        ),
        row(
            "steps",
            "Steps of the run; of an adaptive method those it took.",
            of(run.map(|run| run.steps.to_string())),
        ),
        row(
            "TV at the end",
            "½ |samples − target| over 32 × 32 cells. Compare it with the next line: what is more is the sampler’s own error.",
            of(run.map(|run| format!("{:.4}", run.distance[0]))),
        ),
        row(
            "of exact samples",
            "What as many samples of the target itself have on average: the noise of counting.",
            of(run.map(|run| format!("{:.4}", run.distance[1]))),
        ),
    ];
    if let Some(jumps) = run.and_then(|run| run.jumps) {
        rows.push(row("jumps a sample", "In the whole run, on average.", format!("{jumps:.3}")));
    }
    table(ui, "plane samples", rows);
}

fn looked_at(ui: &mut Ui, lab: &PlaneLab, side: usize) {
    title(ui, "Point", "What is known exactly at the point that was clicked last in a view.");
    let Some(fan) = lab.answer(side).and_then(|answer| answer.fan.as_ref()) else { return };
    let fields = fan.fields;
    let (score_about, score) = match lab.flow(side) {
        Some(flow) if !flow.is_independent() => {
            ("Pairs that are not independent have none that a velocity would give.", "–".to_owned())
        }
        _ => ("∇ ln p.", pair(fields.score)),
    };
    let rows: Vec<Row> = vec![
        row("x", "Click a view to choose another one.", pair(fan.at)),
        row("p", "Density, per unit of area.", number(fields.density)),
        row("u", "Velocity.", pair(fields.velocity)),
        row("score", score_about, score),
        row("div u", "Divergence of the velocity.", number(fields.divergence)),
        row("∂p/∂t", "How the density changes here.", number(fields.slope)),
        row("x̂₁", "E[x₁ | x]: where it comes from in the data, on average.", pair(fields.one)),
        row("x̂₀", "E[x₀ | x]: which noise, on average.", pair(fields.zero)),
        row(
            "tr Cov[x₁|x]",
            "How far apart the data still are that it may come from.",
            number(fields.trace_cov),
        ),
        row("components", "e^H of P(component | x): to how many it still belongs.", number(fan.components)),
    ];
    table(ui, "plane point", rows);
}
