//! The routing task: the one owner of the [`Router`], with a bounded way in and a bounded way out for
//! each call.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use engine_core::ids::CallId;
use engine_core::routing::command::{Assigned, RouteCommand};
use engine_core::routing::router::{Router, RouterConfig};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// How calls reach the router. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RouterHandle {
    inbox: mpsc::Sender<Message>,
}

/// One call's place at the router. When it is dropped, the call is withdrawn.
#[derive(Debug)]
pub struct CallRouting {
    call: CallId,
    inbox: mpsc::Sender<Message>,
    answers: mpsc::Receiver<Assigned>,
    /// Handed over with the first command; the router sees it close when `answers` is dropped.
    reply: mpsc::Sender<Assigned>,
}

/// The router cannot take the command: its inbox is full or it has ended. A call that asked for a
/// human must treat this as [`Assigned::NobodyFree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the router is overloaded or has ended")]
pub struct RouterBusy;

#[derive(Debug)]
struct Message {
    call: CallId,
    command: RouteCommand,
    reply: mpsc::Sender<Assigned>,
}

/// Starts the routing task. It ends when `stop` is cancelled or every handle is gone.
pub fn spawn(config: RouterConfig, stop: CancellationToken) -> (RouterHandle, tokio::task::JoinHandle<()>) {
    let (inbox, messages) = mpsc::channel(INBOX);
    let task = RoutingTask {
        router: Router::new(config),
        replies: BTreeMap::new(),
        messages,
    };
    (RouterHandle { inbox }, tokio::spawn(task.run(stop)))
}

impl RouterHandle {
    /// Opens a call's place at the router. Costs nothing until the first command.
    pub fn join(&self, call: CallId) -> CallRouting {
        let (reply, answers) = mpsc::channel(REPLIES);
        CallRouting {
            call,
            inbox: self.inbox.clone(),
            answers,
            reply,
        }
    }
}

impl CallRouting {
    /// Sends one command; never waits.
    pub fn request(&self, command: RouteCommand) -> Result<(), RouterBusy> {
        let message = Message {
            call: self.call.clone(),
            command,
            reply: self.reply.clone(),
        };
        self.inbox.try_send(message).map_err(|_| RouterBusy)
    }

    /// The next answer. Cancel-safe: use it in a `select!`. Pends for ever once the router has ended.
    pub async fn assigned(&mut self) -> Option<Assigned> {
        self.answers.recv().await
    }
}

impl Drop for CallRouting {
    fn drop(&mut self) {
        // Best effort; when the inbox is full, the sweep finds the closed reply channel.
        let _ = self.request(RouteCommand::Withdraw);
    }
}

struct RoutingTask {
    router: Router,
    /// The calls the router knows, with their way out.
    replies: BTreeMap<CallId, mpsc::Sender<Assigned>>,
    messages: mpsc::Receiver<Message>,
}

impl RoutingTask {
    async fn run(mut self, stop: CancellationToken) {
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            let wake = self.router.poll_timeout();
            tokio::select! {
                () = stop.cancelled() => return,
                message = self.messages.recv() => match message {
                    Some(message) => self.handle(message),
                    None => return,
                },
                () = sleep_until(wake) => self.router.handle_timeout(Instant::now()),
                _ = sweep.tick() => self.sweep(),
            }
            self.answer();
        }
    }

    fn handle(&mut self, message: Message) {
        let Message { call, command, reply } = message;
        debug!(%call, ?command, "routing");
        match &command {
            RouteCommand::Withdraw => self.replies.remove(&call),
            RouteCommand::Request { .. } | RouteCommand::Report { .. } => {
                self.replies.insert(call.clone(), reply)
            }
        };
        self.router.handle(Instant::now(), &call, command);
    }

    /// Withdraws calls that have gone without saying so.
    fn sweep(&mut self) {
        let gone: Vec<CallId> = self
            .replies
            .iter()
            .filter(|(_, reply)| reply.is_closed())
            .map(|(call, _)| call.clone())
            .collect();
        for call in gone {
            self.replies.remove(&call);
            self.router.handle(Instant::now(), &call, RouteCommand::Withdraw);
        }
    }

    fn answer(&mut self) {
        while let Some((call, assigned)) = self.router.poll() {
            let sent = self.replies.get(&call).map(|reply| reply.try_send(assigned));
            if !matches!(sent, Some(Ok(()))) {
                // Its channel holds more answers than a call can have waiting: it is gone or stuck.
                warn!(%call, "a call does not take its assignment; withdrawn");
                self.replies.remove(&call);
                self.router.handle(Instant::now(), &call, RouteCommand::Withdraw);
            }
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Commands that may wait for the router: several for each of some hundred calls. When full, the
/// call is told [`RouterBusy`].
const INBOX: usize = 1_024;
/// Answers that may wait for a call: it takes one before it can get the next.
const REPLIES: usize = 4;
/// How often calls that vanished are looked for.
const SWEEP: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine_core::ids::{AgentId, CallId};
    use engine_core::routing::agent::{Agent, TransferMethod};
    use engine_core::routing::command::{Assigned, RouteCommand};
    use engine_core::routing::router::RouterConfig;
    use tokio_util::sync::CancellationToken;

    use super::{RouterBusy, spawn};

    fn config() -> RouterConfig {
        let anna = Agent {
            id: AgentId::new("anna"),
            uri: "sip:anna@127.0.0.1".to_owned(),
            skills: vec!["sales".to_owned()],
            method: TransferMethod::Bridge,
        };
        let ring = Duration::from_secs(12);
        RouterConfig {
            agents: vec![anna],
            ring,
            queue_max: 10,
            ..RouterConfig::default()
        }
    }

    fn request() -> RouteCommand {
        RouteCommand::Request {
            skill: "sales".to_owned(),
            promise_ms: 30_000,
        }
    }

    #[tokio::test]
    async fn a_dropped_call_makes_room_for_the_next() {
        let (router, task) = spawn(config(), CancellationToken::new());
        let mut first = router.join(CallId::new("a"));
        let mut second = router.join(CallId::new("b"));
        first.request(request()).unwrap();
        let Some(Assigned::Agent { agent, .. }) = first.assigned().await else {
            panic!("no agent")
        };
        assert_eq!(agent.id, AgentId::new("anna"));
        second.request(request()).unwrap();
        drop(first);
        let assigned = tokio::time::timeout(Duration::from_secs(5), second.assigned()).await;
        assert!(
            matches!(assigned, Ok(Some(Assigned::Agent { .. }))),
            "{assigned:?}"
        );
        drop((router, second));
        task.await.unwrap();
    }

    #[tokio::test]
    async fn a_stopped_router_says_so() {
        let stop = CancellationToken::new();
        let (router, task) = spawn(config(), stop.clone());
        stop.cancel();
        task.await.unwrap();
        assert_eq!(router.join(CallId::new("a")).request(request()), Err(RouterBusy));
    }
}
