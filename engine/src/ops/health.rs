//! Whether this process takes calls, told to load balancers and to whoever admits calls.

use std::sync::Arc;

use tokio::sync::watch;

/// What `/ready` answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Models load, sockets are not bound yet.
    Starting,
    Accepting,
    /// Running calls finish, new ones are refused.
    Draining,
}

/// One shared answer. Clones see the same value.
#[derive(Debug, Clone)]
pub struct Health(Arc<watch::Sender<Readiness>>);

impl Default for Health {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Readiness::Starting)))
    }
}

impl Health {
    pub fn set(&self, readiness: Readiness) {
        let changed = self.0.send_replace(readiness) != readiness;
        if changed {
            tracing::info!(?readiness, "readiness changed");
        }
    }

    pub fn readiness(&self) -> Readiness {
        *self.0.borrow()
    }

    /// For owners that must act on a change, such as the drain.
    pub fn watch(&self) -> watch::Receiver<Readiness> {
        self.0.subscribe()
    }
}
