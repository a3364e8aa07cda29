//! A stopwatch that is honest on a busy machine: many short runs, and the median of them.

use std::time::{Duration, Instant};

/// The median time of one call of `work`, in nanoseconds.
pub(crate) fn median_ns(mut work: Box<dyn FnMut()>) -> f64 {
    let per_run = calls_per_run(&mut work);
    let mut runs: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..per_run {
                work();
            }
            start.elapsed().as_nanos() as f64 / f64::from(per_run)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs.get(RUNS / 2).copied().unwrap_or(f64::NAN)
}

/// Enough calls that one run is long against the clock's resolution and short against a time slice.
fn calls_per_run(work: &mut dyn FnMut()) -> u32 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < RUN {
        work();
        calls += 1;
    }
    calls
}

const RUNS: usize = 101;
const RUN: Duration = Duration::from_millis(2);
