//! The thread that owns a voice, and the bounded queue in front of it.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::tts::TtsError;
use crate::tts::sound::Sound;
use crate::tts::synthesiser::Synthesiser;

/// A handle to the voice's thread, which ends when the last handle is gone.
#[derive(Debug, Clone)]
pub(crate) struct Voice {
    queue: SyncSender<Request>,
    queue_max: usize,
    deadline: Duration,
}

#[derive(Debug)]
struct Request {
    text: String,
    reply: oneshot::Sender<Result<Sound, TtsError>>,
}

impl Voice {
    pub(crate) fn start(
        synthesiser: impl Synthesiser + 'static,
        queue_max: usize,
        deadline: Duration,
    ) -> Result<Self, TtsError> {
        let (queue, requests) = sync_channel(queue_max.max(1));
        let name = synthesiser.name();
        thread::Builder::new()
            .name("voice".to_owned())
            .spawn(move || run(synthesiser, &requests))
            .map_err(|error| TtsError::Voice {
                voice: name,
                reason: error.to_string(),
            })?;
        Ok(Self {
            queue,
            queue_max,
            deadline,
        })
    }

    /// Says `text`, or fails by the deadline or at once when too many wait.
    pub(crate) async fn say(&self, text: &str) -> Result<Sound, TtsError> {
        let (reply, answer) = oneshot::channel();
        match self.queue.try_send(Request {
            text: text.to_owned(),
            reply,
        }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Err(TtsError::Overloaded {
                    waiting: self.queue_max,
                });
            }
            Err(TrySendError::Disconnected(_)) => return Err(TtsError::Stopped),
        }
        match tokio::time::timeout(self.deadline, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_closed)) => Err(TtsError::Stopped),
            Err(_elapsed) => Err(TtsError::TooLate {
                limit_ms: u64::try_from(self.deadline.as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }
}

fn run(mut synthesiser: impl Synthesiser, requests: &Receiver<Request>) {
    while let Ok(request) = requests.recv() {
        // Whoever asked may have given up: then the work is not done.
        if !request.reply.is_closed() {
            let _gone = request.reply.send(synthesiser.say(&request.text));
        }
    }
}
