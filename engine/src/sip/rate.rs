//! Token buckets: how many new calls a source, and everyone together, may try per second.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

/// Sources remembered. Beyond that the whole memory is dropped, since only the rates of the last seconds count.
const MAX_SOURCES: usize = 10_000;

/// Fills at `per_second`, holds twice that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    per_second: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            tokens: per_second * 2.0,
            filled: now,
        }
    }

    /// Takes one token, if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let waited = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + waited * self.per_second).min(self.per_second * 2.0);
        self.filled = now;
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

/// One bucket for everyone, one for each source.
#[derive(Debug)]
pub(crate) struct Rates {
    everyone: Bucket,
    per_source: u32,
    sources: HashMap<IpAddr, Bucket>,
}

impl Rates {
    pub(crate) fn new(per_second: u32, per_source: u32, now: Instant) -> Self {
        Self {
            everyone: Bucket::new(per_second, now),
            per_source,
            sources: HashMap::new(),
        }
    }

    /// Whether `source` may begin one more now. A source over its own rate does not use up everyone's.
    pub(crate) fn allow(&mut self, source: IpAddr, now: Instant) -> bool {
        if self.sources.len() >= MAX_SOURCES && !self.sources.contains_key(&source) {
            self.sources.clear();
        }
        let per_source = self.per_source;
        let own = self
            .sources
            .entry(source)
            .or_insert_with(|| Bucket::new(per_source, now));
        own.take(now) && self.everyone.take(now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Rates;

    #[test]
    fn a_source_gets_its_burst_then_its_rate_and_leaves_room_for_others() {
        let start = Instant::now();
        let mut rates = Rates::new(10, 2, start);
        let (a, b) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let passed = (0..100).filter(|_| rates.allow(a, start)).count();
        assert_eq!(passed, 4);
        assert!(rates.allow(b, start));
        let later = start + Duration::from_millis(500);
        assert!(rates.allow(a, later));
        assert!(!rates.allow(a, later));
    }

    #[test]
    fn everyone_together_is_limited_too() {
        let start = Instant::now();
        let mut rates = Rates::new(3, 100, start);
        let passed = (0..50u8)
            .filter(|n| rates.allow(std::net::IpAddr::from([192, 0, 2, *n]), start))
            .count();
        assert_eq!(passed, 6);
    }
}
