//! Percentiles of a handful of readings.

/// The value that `share` (0 to 1) of the readings do not exceed; the nearest rank. `None` of none.
pub(crate) fn percentile(sorted: &[u32], share: f64) -> Option<u32> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_nearest_rank() {
        let readings: Vec<u32> = (1..=100).collect();
        assert_eq!(percentile(&readings, 0.5), Some(50));
        assert_eq!(percentile(&readings, 0.99), Some(99));
        assert_eq!(percentile(&[7], 0.5), Some(7));
        assert_eq!(percentile(&[], 0.5), None);
    }
}
