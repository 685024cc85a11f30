//! Experiments with images to start from, by name.

use super::infill::Region;
use super::settings::{ImageSettings, SideSettings};
use super::{ImageModelSpec, Images, Shipped};
use crate::data::codec::image::TokenSpec;
use crate::data::images::ImageSource;
use crate::experiment::{Pace, Preset, Sides, TimeAxis};
use crate::flow::Scheduler;
use crate::sampler::sequence::{SequenceConfig, SequenceMethod};

fn side(scheduler: Scheduler, steps: usize, corrector_on: bool) -> SideSettings {
    let sampler = SequenceConfig { scheduler, steps, ..SequenceConfig::default() };
    SideSettings { sampler, corrector_on, ..SideSettings::default() }
}

fn network(shipped: Shipped, images: usize, sides: impl Into<Sides<SideSettings>>) -> ImageSettings {
    ImageSettings {
        model: ImageModelSpec::Network(shipped),
        images,
        sides: sides.into(),
        ..ImageSettings::default()
    }
}

fn digits(model: ImageModelSpec, images: usize, sides: impl Into<Sides<SideSettings>>) -> ImageSettings {
    let (tokens, side) = TokenSpec::usual_of(&ImageSource::Digits);
    ImageSettings { model, tokens, side, images, sides: sides.into(), ..ImageSettings::default() }
}

/// All of them; the first is what the lab opens with.
pub const IMAGE_PRESETS: &[Preset<ImageSettings, Region>] = &[
    Preset {
        name: "images",
        title: "The exact denoiser remembers",
        about: "512 shapes and the exact posterior of their flow: every sample is one of them.",
        still_at: 0.75,
        train_for: None,
        opens: None,
        make: ImageSettings::default,
    },
    Preset {
        name: "images-network",
        title: "A network that learned shapes",
        about: "What a small network makes of masks: shapes that nobody has drawn.",
        still_at: 0.75,
        train_for: None,
        opens: None,
        make: || network(Shipped::Shapes, 25, side(Scheduler::Cubic, 64, false)),
    },
    Preset {
        name: "images-corrector",
        title: "A|B: corrector off against on",
        about: "Parallel draws leave grains of wrong colour; the paper’s corrector for images masks and mends them.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let sides = Sides::new(side(Scheduler::Cubic, 128, false), [side(Scheduler::Cubic, 128, true)]);
            network(Shipped::Shapes, 16, sides)
        },
    },
    Preset {
        name: "images-schedulers",
        title: "A|B: linear against cubic",
        about: "The same path, walked at other speeds: cubic takes its time while little is known. Along κ.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let sides = Sides::new(side(Scheduler::Linear, 16, false), [side(Scheduler::Cubic, 16, false)]);
            let pace = Pace { axis: TimeAxis::Kappa, ..Pace::default() };
            ImageSettings { pace, ..network(Shipped::Shapes, 16, sides) }
        },
    },
    Preset {
        name: "images-maskgit",
        title: "A|B: cubic against MaskGIT, 8 steps",
        about: "Each token by its own clock, or the most confident first: 8 steps each.",
        still_at: 0.6,
        train_for: None,
        opens: None,
        make: || {
            let maskgit = SideSettings {
                sampler: SequenceConfig {
                    method: SequenceMethod::MaskGit,
                    steps: 8,
                    ..SequenceConfig::default()
                },
                ..SideSettings::default()
            };
            network(Shipped::Shapes, 16, Sides::new(side(Scheduler::Cubic, 8, false), [maskgit]))
        },
    },
    Preset {
        name: "images-guidance",
        title: "A|B: guidance 1 against 4",
        about: "Rings alone: as the network knows the class, and exaggerated by classifier-free guidance.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let of =
                |guidance| SideSettings { class: Some(1), guidance, ..side(Scheduler::Cubic, 32, false) };
            network(Shipped::Shapes, 16, Sides::new(of(1.0), [of(4.0)]))
        },
    },
    Preset {
        name: "images-infill",
        title: "The other half",
        about: "The left half of a shape is given and kept at every step; paint what else is.",
        still_at: 0.8,
        train_for: None,
        opens: Some(Region::Left),
        make: || network(Shipped::Shapes, 16, side(Scheduler::Cubic, 64, true)),
    },
    Preset {
        name: "images-digits",
        title: "Digits: asked for by class",
        about: "A network learned handwritten digits in two minutes: threes alone, with guidance 1 and 3.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let of =
                |guidance| SideSettings { class: Some(3), guidance, ..side(Scheduler::Cubic, 32, false) };
            digits(ImageModelSpec::Network(Shipped::Digits), 16, Sides::new(of(1.0), [of(3.0)]))
        },
    },
    Preset {
        name: "images-digits-half",
        title: "Digits: half of it is given",
        about: "The left half of a digit is given and kept at every step; the network finds what goes with it.",
        still_at: 1.0,
        train_for: None,
        opens: Some(Region::Left),
        make: || digits(ImageModelSpec::Network(Shipped::Digits), 36, side(Scheduler::Cubic, 32, false)),
    },
    Preset {
        name: "images-digits-exact",
        title: "Digits: what remembering is",
        about: "The exact denoiser of the 1,500 digits to train on, token by token in 512 steps: every sample is one of them.",
        still_at: 1.0,
        train_for: None,
        opens: None,
        make: || {
            let known = Images { source: ImageSource::Digits, count: None };
            digits(ImageModelSpec::Empirical(known), 36, side(Scheduler::Cubic, 512, false))
        },
    },
    Preset {
        name: "images-cifar10",
        title: "CIFAR-10, channel by channel",
        about: "The network that was trained on CIFAR-10: 3,072 tokens an image, each a channel of a pixel.",
        still_at: 0.85,
        train_for: None,
        opens: None,
        make: || ImageSettings {
            tokens: TokenSpec::Rgb(256),
            ..network(Shipped::Cifar10, 9, side(Scheduler::Cubic, 64, false))
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid_and_has_its_own_name() {
        let mut names = std::collections::HashSet::new();
        for preset in IMAGE_PRESETS {
            assert!(names.insert(preset.name));
            let settings = preset.settings(7).validated().expect(preset.name);
            assert_eq!(settings.seed, 7);
            for side in &*settings.sides {
                assert!(side.config(7).checked_with(settings.source).is_ok(), "{}", preset.name);
            }
            assert!((0.0..=1.0).contains(&preset.still_at));
        }
    }
}
