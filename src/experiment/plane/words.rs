//! The settings of the plane lab in words: what differs between two sets of them, and what a caption says.

use super::choice::SamplerChoice;
use super::learned::PlaneAnswer;
use super::settings::{PlaneSettings, PlaneSide};
use super::target::{GRID_HALF, PlaneSourceSpec, is_drawn, target_words};
use super::view::PlaneChart;
use crate::data::plane::PlaneTargetSpec;
use crate::experiment::{Change, Difference, NAMES, Sides, between, changes, contrasts, labels};
use crate::flow::counted;
use crate::flow::plane::AffinePath;
use crate::sampler::plane::{Measure, Noise, PlaneCoupling, PlaneMethod, PlaneTimes, Precision, TV_CELLS};

/// Fields of the settings whose name on the screen is another than their own.
const FIELDS: &[(&str, &str)] = &[
    ("panes", "number of views"),
    ("views", "views"),
    ("window", "zoom"),
    ("pace.axis", "axis of the timeline"),
    ("pace.looped", "start over at the end"),
];

/// The same of a side.
const SIDE_FIELDS: &[(&str, &str)] = &[("times", "time grid"), ("width", "width of points")];

/// Every change from one set of settings to another that is a step, each with whose it is: all but where one looks.
///
/// # Errors
/// Another number of sides is a step of its own.
pub fn steps_between(
    first: &PlaneSettings,
    second: &PlaneSettings,
) -> Result<Vec<(String, Difference)>, Change> {
    let whole = |settings: &PlaneSettings| PlaneSettings {
        point: [0.0; 2],
        sample: 0,
        window: None,
        sides: Sides::default(),
        compared: SamplerChoice::default(),
        ..settings.clone()
    };
    let all = between(&whole(first), &whole(second), FIELDS).into_iter().map(in_plane_words);
    let mut found: Vec<_> = all.map(|change| (String::new(), change)).collect();
    if first.window != second.window {
        let said = |settings: &PlaneSettings| match settings.window {
            Some(window) => format!("±{:.3}", window.half),
            None => "all".to_owned(),
        };
        found.push((String::new(), Difference::named("zoom", [said(first), said(second)])));
    }
    found.extend(choices(&first.compared, &second.compared).map(|found| (String::new(), found)));
    found.extend(changes(&first.sides, &second.sides, differences)?);
    Ok(found)
}

/// How two choices of compared samplers differ: what the other has not, as whole lists can't be read.
fn choices(first: &SamplerChoice, second: &SamplerChoice) -> impl Iterator<Item = Difference> {
    let without = |a: &SamplerChoice, b: &SamplerChoice| {
        let only = a.methods.iter().filter(|method| !b.has(**method)).map(ToString::to_string);
        let only = only.collect::<Vec<_>>().join(", ");
        if only.is_empty() { "–".to_owned() } else { only }
    };
    let on = |choice: &SamplerChoice| if choice.own { "on" } else { "off" }.to_owned();
    let all = [
        ("compared samplers", [without(first, second), without(second, first)]),
        ("comparing the set samplers", [on(first), on(second)]),
        ("measure", [first.measure.to_string(), second.measure.to_string()]),
    ];
    let differ = |(_, [a, b]): &(&str, [String; 2])| a != b;
    all.into_iter().filter(differ).map(|(name, values)| Difference::named(name, values))
}

/// The axis that files call kappa in every lab.
fn in_plane_words(found: Difference) -> Difference {
    let said =
        |value: String| if found.field == "pace.axis" && value == "kappa" { "t*".to_owned() } else { value };
    Difference { first: said(found.first), second: said(found.second), ..found }
}

/// How the settings of two sides differ. A drawing has its name in place of all its components, which nobody can read.
pub fn differences(first: &PlaneSide, second: &PlaneSide) -> Vec<Difference> {
    let mut all = between(first, second, SIDE_FIELDS);
    if let Some(target) = all.iter_mut().find(|found| found.field == "target") {
        let said = |side: &PlaneSide, value: &mut String| {
            if is_drawn(&side.target) {
                *value = target_words(&side.target);
            }
        };
        said(first, &mut target.first);
        said(second, &mut target.second);
        if target.first == target.second {
            target.second = format!("other {}", target.second);
        }
    }
    all
}

/// What each side is called: its settings in a few words where it is alone, else its letter and what sets it apart.
pub fn called(sides: &[PlaneSide]) -> Vec<String> {
    if let [alone] = sides {
        return vec![sampler_words(alone)];
    }
    let labels = labels(sides.len(), &contrasts(sides, differences));
    NAMES.iter().zip(labels).map(|(name, label)| format!("{name} {label}").trim_end().to_owned()).collect()
}

/// All that makes the views; of the samplers only where samples are shown.
pub fn caption(settings: &PlaneSettings, t: f64, with_samples: bool) -> String {
    let mut parts = vec![sides_words(&settings.sides, with_samples)];
    parts.push(format!("t = {}", (1e4 * t).round() / 1e4));
    if with_samples {
        parts.push(format!("{}, seed {}", counted(settings.particles, "sample"), settings.seed));
    }
    parts.join(", ")
}

/// All that makes a plot of what is set; of the side that is being set, where it is of one alone.
pub fn chart_caption(settings: &PlaneSettings, chart: PlaneChart) -> String {
    let (side, seed) = (settings.sides.here(), settings.seed);
    let sample = format!("sample {} of {}, seed {seed}", settings.sample, settings.particles);
    match chart {
        PlaneChart::Path => path_words(side),
        // Each sampler has its own path.
        PlaneChart::Samplers => {
            let measure = match settings.compared.measure {
                Measure::Tv => format!(
                    "TV on {TV_CELLS} × {TV_CELLS} cells; floors: what measuring so shows of the exact flow"
                ),
                Measure::EndPoint => {
                    format!("ends beside those of RK4 in {} steps", Precision::LIVE.fine_steps)
                }
                Measure::Kl => "KL of the sampler’s law".to_owned(),
            };
            format!("{}, seed {seed}, {measure}", law_words(side))
        }
        PlaneChart::OneSample => format!("{}, {sample}", sides_words(&settings.sides, true)),
        PlaneChart::Predictions => format!("{}, {sample}", sides_words(std::slice::from_ref(side), true)),
    }
}

/// The flows of sides, and how they are sampled.
fn sides_words(sides: &[PlaneSide], with_samples: bool) -> String {
    let of = |side: &PlaneSide| {
        let sampler = if with_samples { format!(", {}", sampler_words(side)) } else { String::new() };
        format!("{}, {}{sampler}", law_words(side), path_words(side))
    };
    sides.iter().map(of).collect::<Vec<_>>().join(" | ")
}

fn path_words(side: &PlaneSide) -> String {
    match side.path {
        AffinePath::CondOt => "path cond-OT".to_owned(),
        other => format!("path {other}"),
    }
}

/// Target, source, how they are paired, and who answers.
pub fn law_words(side: &PlaneSide) -> String {
    let pairs = match side.pairs {
        PlaneSide::PAIRS => String::new(),
        pairs => format!(", {}", counted(pairs, "pair")),
    };
    let coupling = match side.coupling {
        PlaneCoupling::Independent => String::new(),
        PlaneCoupling::MinibatchOt(batch) => format!(", minibatch OT of {batch}{pairs}"),
        PlaneCoupling::Reflow(rounds) => {
            format!(", {} of reflow{pairs}", counted(rounds, "round"))
        }
    };
    let answer = match side.answer {
        PlaneAnswer::Exact => "",
        PlaneAnswer::Network => ", answered by a network",
    };
    let has_square = matches!(side.target, PlaneTargetSpec::Board | PlaneTargetSpec::Grid(..))
        || side.source == PlaneSourceSpec::Square;
    let square = match has_square && side.half_width != GRID_HALF {
        true => format!(" of half side {}", side.half_width),
        false => String::new(),
    };
    let width = match side.target {
        PlaneTargetSpec::Points(_) => format!(" of width {}", side.width),
        _ => String::new(),
    };
    format!("{}{width}, {}{square}{coupling}{answer}", target_words(&side.target), side.source.words())
}

/// A sampler as a caption says it: “Euler, 64 steps”.
fn sampler_words(side: &PlaneSide) -> String {
    let method = match side.method {
        PlaneMethod::Euler => "Euler".to_owned(),
        PlaneMethod::Midpoint => "midpoint".to_owned(),
        PlaneMethod::Heun => "Heun".to_owned(),
        PlaneMethod::Rk4 => "RK4".to_owned(),
        PlaneMethod::Dopri5 { tol } => {
            let tol = tol.unwrap_or(PlaneMethod::USUAL_TOLERANCE);
            format!("Dormand–Prince with tolerance {tol}")
        }
        PlaneMethod::Ddpm { tilde: true } => "DDPM".to_owned(),
        PlaneMethod::Ddpm { tilde: false } => "DDPM with β".to_owned(),
        PlaneMethod::Ddim { eta } => format!("DDIM with η = {eta}"),
        PlaneMethod::Sde(Noise::Memoryless(part)) => format!("SDE with {part} of the memoryless noise"),
        PlaneMethod::Sde(Noise::Tame(eta)) => format!("SDE with tame noise η = {eta}"),
        PlaneMethod::AxisJump => "jumps by axes".to_owned(),
        PlaneMethod::PlaneJump => "jumps on the plane".to_owned(),
        PlaneMethod::Superposition { w, g } => format!("superposition with w = {w}, g = {g}"),
    };
    let steps = match side.method {
        PlaneMethod::Dopri5 { .. } => String::new(),
        _ => format!(", {}", counted(side.steps, "step")),
    };
    let times = match side.times {
        PlaneTimes::Own => "",
        PlaneTimes::TStar => " even in t*",
        PlaneTimes::Ddpm => " of DDPM’s grid",
        PlaneTimes::LogSnr => " even in ln(α/σ)",
        PlaneTimes::Edm => " of EDM’s grid",
    };
    format!("{method}{steps}{times}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_speaks_in_words_and_sides_are_called_by_what_differs() {
        let mut settings = PlaneSettings { seed: 7, ..PlaneSettings::default() };
        assert_eq!(
            caption(&settings, 0.5, true),
            "ring of eight Gaussians, normal source, path cond-OT, Euler, 64 steps, t = 0.5, 4000 samples, seed 7"
        );
        assert_eq!(
            caption(&settings, 1.0 / 3.0, false),
            "ring of eight Gaussians, normal source, path cond-OT, t = 0.3333"
        );
        settings.sides.compare();
        settings.sides[1].method = PlaneMethod::Sde(Noise::Tame(1.0));
        assert_eq!(called(&settings.sides), ["A euler", "B tame 1"]);
        let before = PlaneSettings { sides: settings.sides.clone(), ..PlaneSettings::default() };
        let mut after = before.clone();
        (after.point, after.sides[1].steps) = ([2.0, 2.0], 8);
        let steps = steps_between(&before, &after).expect("of one number");
        let said = Change::of(&steps).map(|change| change.name);
        assert_eq!(said.as_deref(), Some("steps of B 64 to 8"), "where one looks is no step");
    }

    #[test]
    fn a_step_says_which_samplers_are_compared_anew() {
        let before = PlaneSettings::default();
        let named = |after: &PlaneSettings| {
            Change::of(&steps_between(&before, after).expect("of one number")).map(|change| change.name)
        };
        assert_eq!(named(&before), None);
        let with = |compared| PlaneSettings { compared, ..before.clone() };
        let heun = "heun".parse().expect("a method");
        assert_eq!(
            named(&with(before.compared.with(heun, true))).as_deref(),
            Some("compared samplers – to heun")
        );
        let kl = SamplerChoice { measure: Measure::Kl, ..before.compared.clone() };
        assert_eq!(named(&with(kl)).as_deref(), Some("measure tv to kl"));
        let own = SamplerChoice { own: true, ..before.compared.clone() };
        assert_eq!(named(&with(own)).as_deref(), Some("comparing the set samplers off to on"));
    }

    #[test]
    fn a_drawing_is_named_and_t_star_is_called_so() {
        let side =
            |target: &str| PlaneSide { target: target.parse().expect("a target"), ..PlaneSide::default() };
        let (two, moved) = (side("drawn:1,0,0,0.2/1,1,1,0.2"), side("drawn:1,0,0,0.2/1,2,1,0.2"));
        let said = |a: &PlaneSide, b: &PlaneSide| {
            let settings =
                |side: &PlaneSide| PlaneSettings { sides: side.clone().into(), ..Default::default() };
            let steps = steps_between(&settings(a), &settings(b)).expect("of one number");
            Change::of(&steps).expect("a step").name
        };
        assert_eq!(said(&side("ring"), &two), "target ring to 2 drawn Gaussians");
        assert_eq!(said(&two, &moved), "target 2 drawn Gaussians to other 2 drawn Gaussians");
        assert_eq!(said(&two, &side("drawn:hearts:1,0,0,0.2")), "target 2 drawn Gaussians to hearts");
        let mut along = PlaneSettings::default();
        along.pace.axis = crate::experiment::TimeAxis::Kappa;
        let steps = steps_between(&PlaneSettings::default(), &along).expect("of one number");
        let words = Change::of(&steps).map(|change| change.name);
        assert_eq!(words.as_deref(), Some("axis of the timeline t to t*"));
    }

    #[test]
    fn every_name_belongs_to_a_setting() {
        let window = Some(crate::view::plane::PlaneWindow::around_origin(1.0));
        let whole = PlaneSettings { window, ..PlaneSettings::default() };
        let whole = serde_json::to_value(whole).expect("json");
        let side = serde_json::to_value(PlaneSide::default()).expect("json");
        for (names, of) in [(FIELDS, whole), (SIDE_FIELDS, side)] {
            for (field, _) in names {
                let pointer = format!("/{}", field.replace('.', "/"));
                assert!(of.pointer(&pointer).is_some(), "there is no setting {field}");
            }
        }
    }
}
