//! What can be set in the text lab: languages, who answers about them, what is given, and how texts are sampled and judged.

mod answering;
mod charts;
mod exhibit;
mod judged_runs;
mod judging;
mod lexicon;
mod measured;
mod model;
mod networks;
mod presets;
mod settings;
mod solving;
mod study;
mod topic;
mod view;
mod words;

pub use answering::Answering;
pub use charts::{Stair, areas_chart, stairs_of, truth_chart};
pub use exhibit::{ShownSide, TextExhibit, TextRecord};
pub use judged_runs::{JudgedSampler, judged_samplers};
pub use judging::TextJudge;
pub use lexicon::{Lexicon, Reading, Truth, truth_words};
pub use measured::{Measured, MeasuredTexts, judged_texts, solved_tasks};
pub use model::{TextError, TextModel, given_of, given_tokens, state_of, state_tokens};
pub use networks::{
    NetworkError, TaughtNetwork, Teller, text_network, text_network_for, text_networks,
    text_networks_by_answers, unmet,
};
pub use presets::TEXT_PRESETS;
pub use settings::{
    Answers, Coupling, MOST_TEXTS, MOST_TOKENS, TEXT_CORRECTOR, TextSettings, TextSide, TextTraining,
    prompt_of,
};
pub use solving::{Solver, tasks_of};
pub use study::{
    LanguageCurve, NetworkCurve, TRUTH_STEPS, TruthCurve, best_scheduler, truth_by_steps, truth_ways,
};
pub use topic::Topic;
pub use view::{TextSubject, TextView};
pub use words::{called, caption, language_words, side_contrasts, steps_between};
