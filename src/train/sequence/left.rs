//! How long a run still goes on.

/// Seconds in words: “40 s left”, “12 min left”, “3 h 20 min left”.
pub fn left_words(seconds: f64) -> String {
    match (seconds.max(0.0).ceil(), (seconds.max(0.0) / 60.0).ceil()) {
        (seconds, _) if seconds < 100.0 => format!("{seconds:.0} s left"),
        (_, minutes) if minutes < 100.0 => format!("{minutes:.0} min left"),
        (_, minutes) => format!("{:.0} h {:02.0} min left", (minutes / 60.0).floor(), minutes % 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::sequence::{ImageTrainConfig, ImageTraining, RunRecord as _};

    #[test]
    fn a_run_with_a_length_says_how_long_it_takes_and_ends_once() {
        let at = |images, length| {
            let config = ImageTrainConfig { images: length, batch: 32, ..ImageTrainConfig::default() };
            let text = format!(
                r#"{{"config": {}, "step": 1, "images": {images}, "seconds": 1}}"#,
                serde_json::to_string(&config).expect("JSON")
            );
            serde_json::from_str::<ImageTraining>(&text).expect("a run")
        };
        assert_eq!(at(200, 1000).seconds_left(16.0), Some(50.0));
        assert_eq!(at(200, 1000).seconds_left(0.0), None);
        assert_eq!([at(1000, 1000), at(1200, 1000), at(200, 0)].map(|run| run.seconds_left(1.0)), [None; 3]);
        let ends = [968, 999, 1000, 1024, 1031, 1032, 5000].map(|images| at(images, 1000).has_just_ended());
        assert_eq!(ends, [false, false, true, true, true, false, false]);
        assert!(!at(0, 0).has_just_ended() && !at(64, 0).has_just_ended());
    }

    #[test]
    fn seconds_are_said_as_one_would() {
        for (seconds, words) in [
            (0.0, "0 s left"),
            (39.2, "40 s left"),
            (99.5, "2 min left"),
            (720.0, "12 min left"),
            (12_000.0, "3 h 20 min left"),
            (360_000.0, "100 h 00 min left"),
        ] {
            assert_eq!(left_words(seconds), words);
        }
    }
}
