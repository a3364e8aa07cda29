//! The calls under way, for operators: how many, end one, end all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use engine_core::call::input::Command;
use engine_core::ids::CallId;
use tokio::sync::mpsc;

/// Commands that may wait for one call.
const INBOX: usize = 8;

/// Shared by the doors and by whoever drains. The lock is held for a map operation, never across an await.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    calls: Arc<Mutex<BTreeMap<CallId, mpsc::Sender<Command>>>>,
}

/// A call's entry; leaving the registry is dropping it.
#[derive(Debug)]
pub struct Entry {
    call: CallId,
    registry: Registry,
}

impl Registry {
    /// Enters a call; its commands arrive in the receiver.
    pub fn enter(&self, call: CallId) -> (Entry, mpsc::Receiver<Command>) {
        let (sender, inbox) = mpsc::channel(INBOX);
        self.lock().insert(call.clone(), sender);
        metrics::gauge!("hark_calls_active").increment(1.0);
        (
            Entry {
                call,
                registry: self.clone(),
            },
            inbox,
        )
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Sends a command to one call. False when there is no such call or its inbox is full.
    pub fn send(&self, call: &CallId, command: Command) -> bool {
        self.lock()
            .get(call)
            .is_some_and(|inbox| inbox.try_send(command).is_ok())
    }

    /// Sends a command to every call.
    pub fn send_all(&self, command: &Command) {
        for inbox in self.lock().values() {
            // A full inbox already holds a command that ends the call.
            let _ = inbox.try_send(command.clone());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<CallId, mpsc::Sender<Command>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.call);
        metrics::gauge!("hark_calls_active").decrement(1.0);
    }
}
