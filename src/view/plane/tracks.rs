//! Samples over time, as a sampler has made them, and what stands beside them: particles that jump on the grid, and the
//! straight pairs that the flow was made of.

use super::Board;
use crate::flow::plane::PlaneFlow;
use crate::sampler::plane::{Hop, draw_target, hops};

/// Where every sample was after every step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tracks {
    /// The times of the frames, from the start on.
    pub times: Vec<f64>,
    /// \[frames\]\[samples\].
    pub frames: Vec<Vec<[f32; 2]>>,
    /// The code that each sample is told, counted from 0; empty where there are none.
    pub codes: Vec<usize>,
    /// The first samples once more, jumping on the grid from the same starts, where there is one.
    pub jumping: Vec<Jumping>,
    /// The first pairs x₀, x₁ of the coupling.
    pub pairs: Vec<[[f64; 2]; 2]>,
}

/// A particle that jumps from cell to cell and keeps its place within them.
#[derive(Clone, Debug, PartialEq)]
pub struct Jumping {
    /// Times and places: the start, and after every jump.
    pub places: Vec<(f64, [f64; 2])>,
}

impl Jumping {
    /// From a point on; none beyond all cells.
    pub fn of(board: &Board, start: [f64; 2], particle: usize, seed: u64) -> Option<Self> {
        let (cell, share) = board.cell_of(start)?;
        let jumps = hops(board.path(), cell, particle, seed).into_iter();
        let place = |hop: Hop| (hop.kappa, board.point_in(hop.to, share));
        Some(Self { places: std::iter::once((0.0, start)).chain(jumps.map(place)).collect() })
    }

    /// Where it has been up to `t`.
    pub fn way(&self, t: f64) -> Vec<[f64; 2]> {
        self.places.iter().take_while(|(time, _)| *time <= t).map(|(_, x)| *x).collect()
    }
}

impl Tracks {
    /// One more frame: where the samples are at `t`, times `scale`.
    pub fn record(&mut self, t: f64, [x, y]: [&[f64]; 2], scale: f64) {
        self.times.push(t);
        self.frames.push(x.iter().zip(y).map(|(x, y)| [(x * scale) as f32, (y * scale) as f32]).collect());
    }

    /// What stands beside the first `count` samples.
    pub fn accompany(&mut self, flow: &PlaneFlow, board: Option<&Board>, count: usize, seed: u64) {
        let Some(starts) = self.frames.first() else { return };
        let starts: Vec<[f64; 2]> = starts.iter().take(count).map(|x| x.map(f64::from)).collect();
        if let Some(board) = board {
            let jumping = starts.iter().enumerate().map(|(n, x)| Jumping::of(board, *x, n, seed));
            self.jumping = jumping.collect::<Option<_>>().unwrap_or_default();
        }
        self.pairs = match flow.pairs() {
            Some(pairs) => pairs.zeros.iter().zip(&pairs.ones).take(count).map(|(a, b)| [*a, *b]).collect(),
            None => {
                let [x, y] = draw_target(flow.target(), starts.len(), seed);
                starts.iter().zip(x.into_iter().zip(y)).map(|(from, (x, y))| [*from, [x, y]]).collect()
            }
        };
    }

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

    /// The way of one sample up to a frame, as far as it is numbers.
    pub fn way(&self, sample: usize, frame: usize) -> Vec<[f64; 2]> {
        let frames = &self.frames[..(frame + 1).min(self.frames.len())];
        let places = frames.iter().filter_map(|frame| Some(frame.get(sample)?.map(f64::from)));
        places.take_while(|x| x.iter().all(|x| x.is_finite())).collect()
    }

    /// The ways of the first `count` samples up to a frame.
    pub fn ways(&self, count: usize, frame: usize) -> impl Iterator<Item = Vec<[f64; 2]>> {
        (0..count.min(self.samples())).map(move |n| self.way(n, frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Boxes, Mixture, PlaneSource, PlaneTarget};

    #[test]
    fn the_frame_of_a_time_is_the_last_one_before_it() {
        let tracks = Tracks {
            times: vec![0.0, 0.5, 1.0],
            frames: vec![vec![[0.0, 0.0]; 3], vec![[1.0, 2.0]; 3], vec![[f32::NAN, 0.0]; 3]],
            ..Tracks::default()
        };
        assert_eq!([0.0, 0.49, 0.5, 0.9, 1.0].map(|t| tracks.frame_at(t)), [0, 0, 1, 1, 2].map(Some));
        assert_eq!((Tracks::default().frame_at(0.5), tracks.samples()), (None, 3));
        let ways: Vec<_> = tracks.ways(2, 2).collect();
        assert_eq!(ways, [vec![[0.0, 0.0], [1.0, 2.0]], vec![[0.0, 0.0], [1.0, 2.0]]]);
        assert!(tracks.way(7, 2).is_empty());
    }

    #[test]
    fn a_jumping_particle_begins_where_the_sliding_one_does_and_pairs_are_the_coupling_s() {
        let target = PlaneTarget::Boxes(Boxes::checkerboard());
        let half = match &target {
            PlaneTarget::Boxes(boxes) => boxes.half_width(),
            PlaneTarget::Mixture(_) => unreachable!(),
        };
        let flow = PlaneFlow::new(target, PlaneSource::Square(half), AffinePath::CondOt).expect("a flow");
        let board = Board::of(&flow).expect("a board");
        let mut tracks =
            Tracks { times: vec![0.0], frames: vec![vec![[0.3, -1.2], [3.9, 3.9]]], ..Tracks::default() };
        tracks.accompany(&flow, Some(&board), 80, 1);
        assert_eq!((tracks.jumping.len(), tracks.pairs.len()), (2, 2));
        for (jumping, start) in tracks.jumping.iter().zip(&tracks.frames[0]) {
            let way = jumping.way(1.0);
            assert!((0..2).all(|i| (way[0][i] - f64::from(start[i])).abs() < 1e-6));
            for pair in way.windows(2) {
                assert_eq!((0..2).filter(|i| (pair[0][*i] - pair[1][*i]).abs() > 1e-6).count(), 1);
            }
            // In the end it lies where the target has mass.
            let (cell, _) = board.cell_of(way[way.len() - 1]).expect("a cell");
            assert!(board.mass(1.0)[cell] > 0.0);
            assert_eq!(jumping.way(0.0).len(), 1);
        }
        let ring = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(ring, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        tracks.jumping.clear();
        tracks.accompany(&flow, None, 1, 1);
        assert!(tracks.jumping.is_empty() && tracks.pairs.len() == 1);
    }
}
