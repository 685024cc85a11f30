//! Samples over time, as a sampler has made them.

/// Where every sample was after every step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tracks {
    /// The times of the frames, from the start on.
    pub times: Vec<f64>,
    /// \[frames\]\[samples\].
    pub frames: Vec<Vec<[f32; 2]>>,
}

impl Tracks {
    /// The last frame at or before `t`; none where there is none yet.
    pub fn frame_at(&self, t: f64) -> Option<usize> {
        let known = self.times.len().min(self.frames.len());
        let after = self.times[..known].partition_point(|time| *time <= t + 1e-9);
        after.checked_sub(1)
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.frames.first().map_or(0, Vec::len)
    }

    /// The ways of the first `count` samples up to a frame, as far as they are numbers.
    pub fn ways(&self, count: usize, frame: usize) -> impl Iterator<Item = Vec<[f64; 2]>> {
        let frames = &self.frames[..(frame + 1).min(self.frames.len())];
        (0..count.min(self.samples())).map(move |n| {
            let places = frames.iter().map(move |frame| frame[n].map(f64::from));
            places.take_while(|x| x.iter().all(|x| x.is_finite())).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_of_a_time_is_the_last_one_before_it() {
        let tracks = Tracks {
            times: vec![0.0, 0.5, 1.0],
            frames: vec![vec![[0.0, 0.0]; 3], vec![[1.0, 2.0]; 3], vec![[f32::NAN, 0.0]; 3]],
        };
        assert_eq!([0.0, 0.49, 0.5, 0.9, 1.0].map(|t| tracks.frame_at(t)), [0, 0, 1, 1, 2].map(Some));
        assert_eq!((Tracks::default().frame_at(0.5), tracks.samples()), (None, 3));
        let ways: Vec<_> = tracks.ways(2, 2).collect();
        assert_eq!(ways, [vec![[0.0, 0.0], [1.0, 2.0]], vec![[0.0, 0.0], [1.0, 2.0]]]);
    }
}
