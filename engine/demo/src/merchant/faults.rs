//! Ways to make the shop misbehave: slowness, errors before and after the order is placed, absence.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use proto::demo::v1::Faults;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tonic::Status;

/// The switches, shared by all services. Draws come from a seed, so a run can be repeated.
#[derive(Debug, Clone)]
pub struct Switches {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    faults: Faults,
    rng: StdRng,
}

impl Switches {
    pub fn new(seed: u64, faults: Faults) -> Self {
        let inner = Inner {
            faults: within_limits(faults),
            rng: StdRng::seed_from_u64(seed),
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Replaces all switches; rates are clamped to 0..1 and the wait to a minute.
    pub fn set(&self, faults: Faults) -> Faults {
        let faults = within_limits(faults);
        self.with(|inner| inner.faults = faults);
        faults
    }

    /// What happens to a call before the shop looks at it.
    pub async fn before(&self) -> Result<(), Status> {
        let (faults, fails) = self.with(|inner| {
            let fails = inner.rng.random_bool(inner.faults.error_rate);
            (inner.faults, fails)
        });
        if faults.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(faults.latency_ms.into())).await;
        }
        if faults.unavailable {
            return Err(Status::unavailable("the demo shop is switched off"));
        }
        if fails {
            return Err(Status::internal("the demo shop fails, as its switches say"));
        }
        Ok(())
    }

    /// What happens after an order is placed and before the caller learns of it.
    pub fn after_commit(&self) -> Result<(), Status> {
        if self.with(|inner| inner.rng.random_bool(inner.faults.error_after_commit_rate)) {
            return Err(Status::unavailable(
                "the demo shop drops its answer, as its switches say",
            ));
        }
        Ok(())
    }

    fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn within_limits(faults: Faults) -> Faults {
    let rate = |rate: f64| if rate.is_nan() { 0.0 } else { rate.clamp(0.0, 1.0) };
    Faults {
        latency_ms: faults.latency_ms.min(60_000),
        error_rate: rate(faults.error_rate),
        error_after_commit_rate: rate(faults.error_after_commit_rate),
        unavailable: faults.unavailable,
    }
}
