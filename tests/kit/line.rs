//! A network path for packets: delay, jitter, bursts of loss (Gilbert 1960, Elliott 1963), duplication,
//! reordering.

use std::time::{Duration, Instant};

use rand::Rng;
use rand::rngs::StdRng;

/// How a path treats packets. Probabilities are from 0 to 1, per packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineQuality {
    pub delay_ms: u64,
    /// Added to the delay, evenly from 0.
    pub jitter_ms: u64,
    /// From the good state to the bad one, and back.
    pub to_bad: f64,
    pub to_good: f64,
    /// Loss in the bad state; the good one loses nothing.
    pub loss_in_bad: f64,
    pub duplicate: f64,
    /// Sent 30 ms late, so that the next one overtakes it.
    pub reorder: f64,
}

impl LineQuality {
    pub const CLEAN: Self = Self {
        delay_ms: 20,
        jitter_ms: 0,
        to_bad: 0.0,
        to_good: 1.0,
        loss_in_bad: 0.0,
        duplicate: 0.0,
        reorder: 0.0,
    };

    /// Anything from clean to 3 % loss in bursts with 40 ms of jitter.
    pub fn random(rng: &mut StdRng) -> Self {
        if rng.random_bool(0.4) {
            return Self::CLEAN;
        }
        Self {
            delay_ms: rng.random_range(5..120),
            jitter_ms: rng.random_range(0..40),
            to_bad: rng.random_range(0.0..0.01),
            to_good: rng.random_range(0.2..0.6),
            loss_in_bad: rng.random_range(0.3..1.0),
            duplicate: rng.random_range(0.0..0.01),
            reorder: rng.random_range(0.0..0.01),
        }
    }
}

/// One direction.
#[derive(Debug)]
pub struct Line {
    quality: LineQuality,
    bad: bool,
}

impl Line {
    pub const fn new(quality: LineQuality) -> Self {
        Self { quality, bad: false }
    }

    /// When a packet sent now arrives: never, once, or twice.
    pub fn carry(&mut self, now: Instant, rng: &mut StdRng) -> Vec<Instant> {
        let quality = self.quality;
        self.bad = rng.random_bool(if self.bad {
            1.0 - quality.to_good
        } else {
            quality.to_bad
        });
        if self.bad && rng.random_bool(quality.loss_in_bad) {
            return Vec::new();
        }
        let copies = if rng.random_bool(quality.duplicate) { 2 } else { 1 };
        let mut arrivals = Vec::with_capacity(copies);
        for _ in 0..copies {
            let jitter = if quality.jitter_ms == 0 {
                0
            } else {
                rng.random_range(0..quality.jitter_ms)
            };
            let late = if rng.random_bool(quality.reorder) { 30 } else { 0 };
            arrivals.push(now + Duration::from_millis(quality.delay_ms + jitter + late));
        }
        arrivals
    }

    pub const fn delay(&self) -> Duration {
        Duration::from_millis(self.quality.delay_ms + self.quality.jitter_ms / 2)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::{Line, LineQuality};

    #[test]
    fn loss_comes_in_bursts_and_a_clean_line_only_delays() {
        let start = Instant::now();
        let mut rng = StdRng::seed_from_u64(1);
        let mut clean = Line::new(LineQuality::CLEAN);
        assert_eq!(clean.carry(start, &mut rng), [start + Duration::from_millis(20)]);
        let bursty = LineQuality {
            to_bad: 0.01,
            to_good: 0.2,
            loss_in_bad: 1.0,
            ..LineQuality::CLEAN
        };
        let mut line = Line::new(bursty);
        let lost: Vec<bool> = (0..20_000)
            .map(|_| line.carry(start, &mut rng).is_empty())
            .collect();
        let total = lost.iter().filter(|lost| **lost).count();
        let bursts = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        // 0.01 / (0.01 + 0.2) of the packets, five at a time.
        assert!((700..1_250).contains(&total), "{total} lost");
        assert!(total > 3 * bursts, "{total} in {bursts} bursts");
    }
}
