//! Experiments with texts to start from, by name.

use super::settings::{Answers, Coupling, TextSettings, TextSide};
use super::topic::Topic;
use crate::data::language::LanguageSpec;
use crate::experiment::{Pace, Preset, Sides, TimeAxis};
use crate::flow::{Scheduler, SequenceSource};
use crate::sampler::sequence::{SequenceConfig, SequenceMethod, Temperature};
use crate::view::sequence::TextLayer;

fn by(scheduler: Scheduler, steps: usize) -> TextSide {
    let usual = TextSide::default();
    TextSide { sampler: SequenceConfig { scheduler, steps, ..usual.sampler }, ..usual }
}

fn linear(steps: usize) -> TextSide {
    by(Scheduler::Linear, steps)
}

fn of(language: LanguageSpec, texts: usize, sides: impl Into<Sides<TextSide>>) -> TextSettings {
    TextSettings { language, texts, sides: sides.into(), ..TextSettings::default() }
}

fn given(prompt: &str, settings: TextSettings) -> TextSettings {
    TextSettings { coupling: Coupling::Given, prompt: prompt.to_owned(), ..settings }
}

const SHAKESPEARE: LanguageSpec = LanguageSpec::Ngram { order: 5, file: None };

/// All of them, each with what it opens beside the pages; the first is what the lab opens with.
pub const TEXT_PRESETS: &[Preset<TextSettings, Topic>] = &[
    Preset {
        name: "text",
        title: "Sums: true statements out of masks",
        about: "The exact denoiser of 12+7=19: a mask shows its likeliest digit, and what two draws at once spoil is underlined.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: TextSettings::default,
    },
    Preset {
        name: "text-given",
        title: "What is missing of 12+?=19",
        about: "A prompt with a hole: the flow of those texts alone that have what is given.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || given("12+?=19 ??-?3=20 4?+?=50 ", of(LanguageSpec::Sums, 16, linear(32))),
    },
    Preset {
        name: "text-uniform",
        title: "A|B: masks against letters at random",
        about: "From a uniform source a letter can be taken back: a wrong one need not stay.",
        still_at: 0.85,
        train_for: None,
        opens: None,
        make: || {
            let uniform = TextSide { source: SequenceSource::Uniform, ..linear(16) };
            of(LanguageSpec::Sums, 16, Sides::new(linear(16), [uniform]))
        },
    },
    Preset {
        name: "text-steps",
        title: "A|B|C: one step, 8, 64",
        about: "Letters that are drawn at once do not know of each other: nothing is true after one step.",
        still_at: 1.0,
        train_for: None,
        opens: Some(Topic::Truth),
        make: || of(LanguageSpec::Sums, 12, Sides::new(linear(1), [linear(8), linear(64)])),
    },
    Preset {
        name: "text-joint",
        title: "A|B: letters apart against whole texts",
        about: "The same exact knowledge in one step: letter by letter nothing is true, text by text all is.",
        still_at: 1.0,
        train_for: None,
        opens: Some(Topic::Areas),
        make: || {
            let joint = TextSide { answers: Answers::Joint, ..linear(1) };
            of(LanguageSpec::Sums, 16, Sides::new(linear(1), [joint]))
        },
    },
    Preset {
        name: "text-maskgit",
        title: "A|B: MaskGIT, all true and not fair",
        about: "The surest letters first: every statement is true, and the easy ones come more often than the language has them.",
        still_at: 0.7,
        train_for: None,
        opens: None,
        make: || {
            let maskgit = TextSide {
                sampler: SequenceConfig {
                    method: SequenceMethod::MaskGit,
                    steps: 64,
                    choice_temperature: 0.0,
                    ..SequenceConfig::default()
                },
                ..TextSide::default()
            };
            of(LanguageSpec::Sums, 16, Sides::new(linear(64), [maskgit]))
        },
    },
    Preset {
        name: "text-corrector",
        title: "A|B: corrector off against on",
        about: "The paper’s corrector for text masks letters again. It mends a network; a perfect denoiser has nothing to mend.",
        still_at: 0.7,
        train_for: None,
        opens: None,
        make: || {
            let on = TextSide { corrector_on: true, ..linear(64) };
            of(LanguageSpec::Sums, 16, Sides::new(linear(64), [on]))
        },
    },
    Preset {
        name: "text-best",
        title: "A|B|C: the best grid of a redundant language",
        about: "Tales give all away by their first letters: a slow start costs less. Along κ.",
        still_at: 0.35,
        train_for: None,
        opens: Some(Topic::Areas),
        make: || {
            // With fewer steps hardly a text is whole, whatever the grid.
            let best = TextSide { best: true, ..linear(64) };
            let sides = Sides::new(linear(64), [by(Scheduler::Quadratic, 64), best]);
            let pace = Pace { axis: TimeAxis::Kappa, ..Pace::default() };
            TextSettings { pace, ..of(LanguageSpec::Tales, 12, sides) }
        },
    },
    Preset {
        name: "text-tales",
        title: "Tales that remember",
        about: "A name and a thing come back sixty letters later: one letter of it, and all the others are known.",
        still_at: 0.2,
        train_for: None,
        opens: None,
        make: || of(LanguageSpec::Tales, 12, by(Scheduler::Quadratic, 64)),
    },
    Preset {
        name: "text-words",
        title: "Words: hangman with exact odds",
        about: "Sixty-four words of five letters, all equally likely in the list.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || of(LanguageSpec::Words(None), 64, linear(16)),
    },
    Preset {
        name: "text-shakespeare",
        title: "Shakespeare by five letters",
        about: "The exact 5-gram language of his plays: real statistics, and still an exact denoiser.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: || of(SHAKESPEARE, 6, linear(64)),
    },
    Preset {
        name: "text-shakespeare-network",
        title: "A|B|C: five letters, a network, left to right",
        about: "The exact 5-gram language beside two networks of 1.7 million parameters that have read the plays: one fills in masks, its \
                twin writes one letter after the other.",
        still_at: 0.7,
        train_for: None,
        opens: None,
        make: || {
            let by = |answers| TextSide { answers, ..linear(64) };
            let sides = Sides::new(linear(64), [by(Answers::Network), by(Answers::Twin)]);
            let [network, twin] = ["shakespeare", "shakespeare-twin"].map(|name| Some(name.to_owned()));
            TextSettings { network, twin, race: true, ..of(SHAKESPEARE, 3, sides) }
        },
    },
    Preset {
        name: "text-prefix",
        title: "Beginnings of texts, carried on",
        about: "The paper’s conditional coupling: of every text a beginning of a length of its own is given.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: || TextSettings { coupling: Coupling::Prefix, ..of(LanguageSpec::Sums, 16, linear(32)) },
    },
    Preset {
        name: "text-temperature",
        title: "A|B: τ = 1 against τ(1−t)²",
        about: "The paper’s falling temperature. Errors come from letters drawn apart, not from rare ones: it hardly helps.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let usual = linear(16);
            let cold =
                SequenceConfig { temperature: Temperature { level: 1.0, fading: true }, ..usual.sampler };
            of(LanguageSpec::Sums, 16, Sides::new(usual, [TextSide { sampler: cold, ..usual }]))
        },
    },
    Preset {
        name: "text-race",
        title: "A|B|C race: flow, blocks of 8, left to right",
        about: "After as many evaluations each: 16 parallel steps, blocks, and one letter after the other, which is exact and slow.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || {
            let blocks = |block, steps| {
                let side = linear(steps);
                let sampler = SequenceConfig { method: SequenceMethod::Blocks, block, ..side.sampler };
                TextSide { sampler, ..side }
            };
            let sides = Sides::new(linear(16), [blocks(8, 32), blocks(1, 64)]);
            TextSettings { race: true, ..of(LanguageSpec::Sums, 12, sides) }
        },
    },
    Preset {
        name: "text-sure",
        title: "A|B: surer than 0.9 against linear",
        about: "What practice does: all that is surer than 0.9 at once, else the surest one. Nearly everything is true; the NFE say what it cost.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let side = linear(64);
            let sampler = SequenceConfig { method: SequenceMethod::Confidence, ..side.sampler };
            of(LanguageSpec::Sums, 16, Sides::new(TextSide { sampler, ..side }, [linear(32)]))
        },
    },
    Preset {
        name: "text-code",
        title: "Code: from docstring to program",
        about: "31,242 toy programs, exactly: the docstring is given, program and examples appear.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: || given("x + 6 : - 4 : first + itself · · ", of(LanguageSpec::Programs, 9, linear(24))),
    },
    Preset {
        name: "text-code-network",
        title: "Code: exact beside a network",
        about: "Docstring and examples are given: A is the exact denoiser, B a network of 0.8 million parameters that has never seen one \
                function in ten.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: || {
            let network = TextSide { answers: Answers::Network, ..linear(16) };
            let pages = of(LanguageSpec::Programs, 6, Sides::new(linear(16), [network]));
            let pages = TextSettings { network: Some("programs".to_owned()), ..pages };
            given("x + 6 : - 4 : first + itself · · f(1)=10 f(3)=14 f(7)=22 def f(x):", pages)
        },
    },
    Preset {
        name: "text-examples",
        title: "Code: from three examples to programs",
        about: "Many programs do what three examples say; even perfect knowledge guesses the right one in 42 of 100 tasks.",
        still_at: 0.7,
        train_for: None,
        opens: Some(Topic::Judge),
        make: || {
            let examples = "? ? ? ? ? ? ? ? ? ? ? ? f(1)=10 f(3)=14 f(7)=22 def f(x):";
            given(examples, of(LanguageSpec::Programs, 12, linear(48)))
        },
    },
    Preset {
        name: "text-infill",
        title: "Code: what is missing in the middle",
        about: "Docstring and parts of the program are given; the rest is filled in. Paint on the large page what else is.",
        still_at: 0.5,
        train_for: None,
        opens: None,
        make: || {
            let hole = "x + 6 : ? ? : first ? ? · · ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? def f(x): a = x ? ? \\n b = ? - 4 \\n \
                        return a ? b ■";
            TextSettings {
                shows: TextLayer::Tokens,
                ..given(hole, of(LanguageSpec::Programs, 9, linear(24)))
            }
        },
    },
];

#[cfg(test)]
mod tests {
    use super::super::{Lexicon, Reading};
    use super::*;

    #[test]
    fn every_preset_is_valid_and_has_its_own_name() {
        let mut names = std::collections::HashSet::new();
        for preset in TEXT_PRESETS {
            assert!(names.insert(preset.name) && preset.name.starts_with("text"));
            let settings = preset.settings(7).validated().expect(preset.name);
            assert_eq!(settings.seed, 7);
            for side in &*settings.sides {
                assert!(side.config(7, None).checked_with(side.source).is_ok(), "{}", preset.name);
            }
            assert!((0.0..=1.0).contains(&preset.still_at));
            // What is given fits a text. Shakespeare takes seconds and has nothing given.
            if settings.language != SHAKESPEARE {
                let lexicon = Lexicon::load(&Reading::of(&settings));
                assert!(lexicon.is_ok(), "{}: {:?}", preset.name, lexicon.err());
            }
        }
    }
}
