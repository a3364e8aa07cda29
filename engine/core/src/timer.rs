//! Deadlines with names: a call knows not only when it must wake but why.

use std::time::Instant;

/// A fixed table of deadlines, one slot per reason. `R` is a small fieldless enum.
///
/// Setting a reason twice moves it. The order of equal deadlines is the order of `R`'s variants,
/// so that a replay takes the same path.
#[derive(Debug, Clone)]
pub struct Timers<R> {
    armed: Vec<(R, Instant)>,
}

impl<R: Copy + Ord> Default for Timers<R> {
    fn default() -> Self {
        Self { armed: Vec::new() }
    }
}

impl<R: Copy + Ord> Timers<R> {
    pub fn set(&mut self, reason: R, at: Instant) {
        self.cancel(reason);
        self.armed.push((reason, at));
    }

    pub fn cancel(&mut self, reason: R) {
        self.armed.retain(|(armed, _)| *armed != reason);
    }

    pub fn is_set(&self, reason: R) -> bool {
        self.armed.iter().any(|(armed, _)| *armed == reason)
    }

    /// The earliest deadline and its reason.
    pub fn next(&self) -> Option<(Instant, R)> {
        self.armed.iter().map(|(reason, at)| (*at, *reason)).min()
    }

    /// Takes the earliest reason whose deadline has passed; call until `None`.
    pub fn expired(&mut self, now: Instant) -> Option<R> {
        let (at, reason) = self.next()?;
        if at > now {
            return None;
        }
        self.cancel(reason);
        Some(reason)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Timers;

    #[test]
    fn fires_in_order_of_time_then_of_reason() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut timers = Timers::default();
        timers.set('b', at(10));
        timers.set('a', at(10));
        timers.set('c', at(5));
        timers.set('c', at(20));
        assert_eq!(timers.next(), Some((at(10), 'a')));
        assert_eq!(timers.expired(at(9)), None);
        assert_eq!(timers.expired(at(10)), Some('a'));
        assert_eq!(timers.expired(at(10)), Some('b'));
        assert_eq!(timers.expired(at(10)), None);
        assert!(timers.is_set('c'));
    }
}
