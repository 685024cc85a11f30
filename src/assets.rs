//! The files that are part of the program: fonts for the window, the figures and drawn words, and trained networks.
//! What is large and used in several places is a `static`: of a `const` each place may get a copy of its own.

/// Roboto (Apache-2.0): text and figures. Its digits all have one width.
pub const ROBOTO_REGULAR: &[u8] = include_bytes!("../assets/fonts/Roboto-Regular.ttf");
/// Roboto Medium: headings and drawn words.
pub const ROBOTO_MEDIUM: &[u8] = include_bytes!("../assets/fonts/Roboto-Medium.ttf");
/// A subset of Noto Sans CJK (OFL-1.1): Chinese, Japanese and Korean letters, which Roboto lacks.
pub static NOTO_CJK: &[u8] = include_bytes!("../assets/fonts/NotoSansCJK-subset.otf");
/// A subset of Noto Sans (OFL-1.1): Hebrew, Arabic, Devanagari, Thai, Armenian and Georgian letters.
pub static NOTO_SCRIPTS: &[u8] = include_bytes!("../assets/fonts/NotoSans-scripts-subset.ttf");
/// Phosphor (MIT): icons.
pub const PHOSPHOR: &[u8] = include_bytes!("../assets/fonts/Phosphor.ttf");
/// A network trained on CIFAR-10; its card is in `assets/checkpoints`.
pub const CIFAR10_NETWORK: &[u8] = include_bytes!("../assets/checkpoints/cifar10.safetensors");
/// A network trained on procedural shapes; its card is there, too.
pub const SHAPES_NETWORK: &[u8] = include_bytes!("../assets/checkpoints/shapes.safetensors");
/// A classifier of CIFAR-10 with the statistics of what it sees in it.
pub const CIFAR10_CLASSIFIER: &[u8] = include_bytes!("../assets/checkpoints/cifar10-classifier.safetensors");
/// A classifier of procedural shapes, and its statistics.
pub const SHAPES_CLASSIFIER: &[u8] = include_bytes!("../assets/checkpoints/shapes-classifier.safetensors");
/// A network trained on handwritten digits.
pub const DIGITS_NETWORK: &[u8] = include_bytes!("../assets/checkpoints/digits.safetensors");
/// A classifier of them, and its statistics.
pub const DIGITS_CLASSIFIER: &[u8] = include_bytes!("../assets/checkpoints/digits-classifier.safetensors");
/// A network that writes toy programs from their docstrings.
pub const PROGRAMS_NETWORK: &[u8] = include_bytes!("../assets/checkpoints/programs.safetensors");
/// A network that fills in the letters of Shakespeare's plays.
pub const SHAKESPEARE_NETWORK: &[u8] = include_bytes!("../assets/checkpoints/shakespeare.safetensors");
/// The same blocks, trained to write them from left to right.
pub const SHAKESPEARE_TWIN: &[u8] = include_bytes!("../assets/checkpoints/shakespeare-twin.safetensors");
/// 1,797 handwritten digits (CC BY 4.0): where they are from stands in `assets/data/README.md`.
pub const DIGITS: &[u8] = include_bytes!("../assets/data/digits.gz");
/// Words of 4 to 8 letters, written for this program.
pub const WORDS: &str = include_str!("../assets/data/words.txt");
/// 1.2 million letters of Shakespeare's plays, packed: where they are from stands in `assets/data/README.md`.
pub const SHAKESPEARE: &[u8] = include_bytes!("../assets/data/shakespeare.gz");
/// Macbeth and As You Like It, which are held out.
pub const SHAKESPEARE_HELD_OUT: &[u8] = include_bytes!("../assets/data/shakespeare-held-out.gz");
/// What `eval nfe` measured with the network for shapes.
pub const SHAPES_NFE: &str = include_str!("../assets/measured/shapes-nfe.csv");
/// What `eval nfe` measured with the network for CIFAR-10.
pub const CIFAR10_NFE: &str = include_str!("../assets/measured/cifar10-nfe.csv");
/// What `eval matrix` measured on shapes.
pub const SHAPES_MATRIX: &str = include_str!("../assets/measured/shapes-matrix.csv");
/// What `eval images --asked` measured with the network for handwritten digits.
pub const DIGITS_ASKED: &str = include_str!("../assets/measured/digits-asked.csv");
