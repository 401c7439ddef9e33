//! AdamW over the one buffer of all weights, its pieces shared by the workers.

use rayon::prelude::*;

use crate::train::flat::layout::Layout;
use crate::train::flat::ops::{add, dot};
use crate::train::optim::{Moments, Step, step_part};

/// Numbers of a piece: small enough for the second cache, and the unit of the sum in the gradient's norm.
const PIECE: usize = 1 << 15;

/// Adds the gradients of all workers to that of the first, in their order; returns the norm of the sum.
pub(super) fn add_gradients(layout: &Layout, gradients: &mut [&mut [f32]]) -> f64 {
    let Some((total, others)) = gradients.split_first_mut() else {
        return 0.0;
    };
    let start = layout.trained.start;
    let squares: Vec<f64> = total[start..]
        .par_chunks_mut(PIECE)
        .enumerate()
        .map(|(idx, piece)| {
            let at = start + idx * PIECE;
            for other in others.iter() {
                add(piece, &other[at..at + piece.len()]);
            }
            f64::from(dot(piece, piece))
        })
        .collect();
    squares.iter().sum::<f64>().sqrt()
}

/// One step of every trained weight; `steps` gives that of each of the layout's places.
pub(super) fn update(
    layout: &Layout,
    weights: &mut [f32],
    moments: &mut Moments,
    gradient: &[f32],
    steps: &[Step],
) {
    let trained = layout.trained.clone();
    weights[trained.clone()]
        .par_chunks_mut(PIECE)
        .zip(moments.first[trained.clone()].par_chunks_mut(PIECE))
        .zip(moments.second[trained.clone()].par_chunks_mut(PIECE))
        .zip(gradient[trained.clone()].par_chunks(PIECE))
        .enumerate()
        .for_each(|(idx, (((weights, first), second), gradient))| {
            let begin = trained.start + idx * PIECE;
            let end = begin + weights.len();
            let at = layout
                .places
                .partition_point(|place| place.range.end <= begin);
            for (place, step) in layout.places.iter().zip(steps).skip(at) {
                if place.range.start >= end {
                    break;
                }
                let part = place.range.start.max(begin) - begin..place.range.end.min(end) - begin;
                step_part(
                    &mut weights[part.clone()],
                    &mut first[part.clone()],
                    &mut second[part.clone()],
                    &gradient[part],
                    *step,
                );
            }
        });
}
