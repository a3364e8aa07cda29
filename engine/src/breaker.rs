//! A circuit breaker before something outside (the shop, a remote recogniser): after some failures in a
//! row nobody asks it for a while, so that callers do not wait for one deadline after another.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Closed lets everything through; open refuses; then one probe decides.
#[derive(Debug)]
pub(crate) struct Breaker {
    /// The gauge that shows 1 while it is open.
    gauge: &'static str,
    state: Mutex<State>,
    /// Failures in a row that open it.
    failures_max: u32,
    /// How long it stays open, and how long a probe may take before another is let through.
    pause: Duration,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    Probing { since: Instant },
}

/// What a failure or a success means for the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// It answered, if only to refuse.
    Well,
    /// No answer, or one that says that it is ill.
    Ill,
}

impl Breaker {
    pub(crate) fn new(gauge: &'static str, failures_max: u32, pause: Duration) -> Self {
        Self {
            gauge,
            state: Mutex::new(State::Closed { failures: 0 }),
            failures_max: failures_max.max(1),
            pause,
        }
    }

    /// Whether a request may go out now. After an open time the first one to ask becomes the probe.
    pub(crate) fn admit(&self, now: Instant) -> bool {
        self.with(|state| match *state {
            State::Closed { .. } => true,
            State::Open { until } if now < until => false,
            State::Probing { since } if now < since + self.pause => false,
            State::Open { .. } | State::Probing { .. } => {
                *state = State::Probing { since: now };
                true
            }
        })
    }

    /// Whether [`Self::admit`] would refuse now; takes no probe.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        self.with(|state| match *state {
            State::Closed { .. } => false,
            State::Open { until } => now < until,
            State::Probing { since } => now < since + self.pause,
        })
    }

    /// How an admitted request went.
    pub(crate) fn record(&self, now: Instant, health: Health) {
        let opened = self.with(|state| {
            let failures = match (*state, health) {
                (_, Health::Well) => {
                    *state = State::Closed { failures: 0 };
                    return false;
                }
                (State::Closed { failures }, Health::Ill) => failures + 1,
                // A failed probe, or a straggler from before.
                (State::Open { .. } | State::Probing { .. }, Health::Ill) => self.failures_max,
            };
            let opens = failures >= self.failures_max;
            *state = if opens {
                State::Open {
                    until: now + self.pause,
                }
            } else {
                State::Closed { failures }
            };
            opens
        });
        metrics::gauge!(self.gauge).set(f64::from(u8::from(opened)));
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Breaker, Health};

    #[test]
    fn opens_after_failures_in_a_row_and_closes_by_one_probe() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let breaker = Breaker::new("gauge", 3, Duration::from_millis(100));
        for health in [Health::Ill, Health::Ill, Health::Well, Health::Ill, Health::Ill] {
            assert!(breaker.admit(at(0)));
            breaker.record(at(0), health);
        }
        assert!(
            !breaker.is_open(at(0)),
            "a success in between starts the count again"
        );
        breaker.record(at(0), Health::Ill);
        assert!(!breaker.admit(at(99)));
        assert!(breaker.admit(at(100)), "the probe");
        assert!(!breaker.admit(at(101)), "only one probe at a time");
        breaker.record(at(110), Health::Ill);
        assert!(!breaker.admit(at(209)));
        assert!(breaker.admit(at(210)));
        breaker.record(at(211), Health::Well);
        assert!(breaker.admit(at(211)) && breaker.admit(at(211)));
    }

    #[test]
    fn a_probe_that_never_reports_does_not_block_for_ever() {
        let start = Instant::now();
        let breaker = Breaker::new("gauge", 1, Duration::from_millis(100));
        breaker.record(start, Health::Ill);
        assert!(breaker.admit(start + Duration::from_millis(100)));
        assert!(!breaker.admit(start + Duration::from_millis(199)));
        assert!(breaker.admit(start + Duration::from_millis(200)));
    }
}
