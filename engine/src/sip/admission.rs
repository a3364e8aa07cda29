//! How many calls at once, and whether any at all. The gate is for calls that come in, by SIP or from a
//! browser; a leg that such a call dials to an agent goes with its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The gate that every call passes, whatever kind of leg it begins with.
#[derive(Debug)]
pub struct Admission {
    max_calls: u32,
    calls: AtomicU32,
    closed: AtomicBool,
}

/// A place among the calls in progress, given back when dropped.
#[derive(Debug)]
pub struct CallPermit {
    gate: Arc<Admission>,
}

/// Why no place was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `max_calls` are in progress.
    Full,
    /// Closed on purpose: shutting down, or the store cannot record.
    Closed,
}

impl Admission {
    pub fn new(max_calls: u32) -> Arc<Self> {
        Arc::new(Self {
            max_calls,
            calls: AtomicU32::new(0),
            closed: AtomicBool::new(false),
        })
    }

    /// Takes a place, or says why there is none.
    pub fn enter(self: &Arc<Self>) -> Result<CallPermit, Refusal> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Refusal::Closed);
        }
        self.calls
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |calls| {
                (calls < self.max_calls).then_some(calls.saturating_add(1))
            })
            .map_err(|_| Refusal::Full)?;
        Ok(CallPermit { gate: self.clone() })
    }

    /// Lets no more calls in; those in progress go on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub fn open(&self) {
        self.closed.store(false, Ordering::Relaxed);
    }

    /// Calls in progress.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Acquire)
    }
}

impl Drop for CallPermit {
    fn drop(&mut self) {
        self.gate.calls.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Refusal};

    #[test]
    fn a_place_is_given_back_when_its_permit_goes() {
        let gate = Admission::new(1);
        let permit = gate.enter().unwrap();
        assert_eq!(gate.enter().unwrap_err(), Refusal::Full);
        drop(permit);
        assert!(gate.enter().is_ok());
        gate.close();
        assert_eq!(gate.enter().unwrap_err(), Refusal::Closed);
        gate.open();
        assert_eq!(gate.calls(), 0);
    }
}
