//! Steps that whoever runs the call decides while it goes on: they are done after the script's, in order.
//!
//! A voice takes its time, so sounds are made ready beside the call and never in its clock.

use std::future::pending;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::clip::{Clip, ClipError};
use super::run::sound_of;
use super::script::Step;

/// A step with its sound, or why it has none.
pub(super) type Prepared = Result<(Step, Option<Clip>), ClipError>;

/// Steps that may wait to be done; then whoever gives them waits.
const WAITING: usize = 8;

/// The steps to come. Dropping it ends their preparation.
#[derive(Debug)]
pub(super) struct Further {
    prepared: mpsc::Receiver<Prepared>,
    _preparing: JoinSet<()>,
}

impl Further {
    pub(super) fn new(voice: String, mut steps: mpsc::Receiver<Step>) -> Self {
        let (ready, prepared) = mpsc::channel(WAITING);
        let mut preparing = JoinSet::new();
        preparing.spawn(async move {
            while let Some(step) = steps.recv().await {
                let sound = sound_of(&voice, &step).await;
                if ready.send(sound.map(|clip| (step, clip))).await.is_err() {
                    return;
                }
            }
        });
        Self {
            prepared,
            _preparing: preparing,
        }
    }

    /// The next step; `None` when there will be no more. Cancel-safe.
    pub(super) async fn next(further: &mut Option<Self>) -> Option<Prepared> {
        match further {
            Some(further) => further.prepared.recv().await,
            None => pending().await,
        }
    }
}
