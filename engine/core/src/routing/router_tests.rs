use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{DeskState, Router, RouterConfig};
use crate::ids::{AgentId, AssignmentId, CallId};
use crate::routing::agent::{Agent, TransferMethod};
use crate::routing::command::{Assigned, AttemptResult, RouteCommand};

fn agent(id: &str, skills: &[&str]) -> Agent {
    let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
    Agent {
        id: AgentId::new(id),
        uri: format!("sip:{id}@example.com"),
        skills,
        method: TransferMethod::Bridge,
    }
}

fn config() -> RouterConfig {
    RouterConfig {
        agents: vec![agent("anna", &["sales", "support"]), agent("ben", &["sales"])],
        priority: BTreeMap::from([("support".to_owned(), 1)]),
        ring: Duration::from_secs(12),
        wrap_up: Duration::from_secs(10),
        rest: Duration::from_secs(60),
        queue_max: 5,
    }
}

/// A router on a clock of its own, whose answers are kept as lines.
struct Site {
    router: Router,
    start: Instant,
    s: u64,
    assignments: BTreeMap<String, AssignmentId>,
}

impl Site {
    fn new(config: RouterConfig) -> Self {
        Self {
            router: Router::new(config),
            start: Instant::now(),
            s: 0,
            assignments: BTreeMap::new(),
        }
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_secs(self.s)
    }

    fn request(&mut self, call: &str, skill: &str) -> Vec<String> {
        self.tell(
            call,
            RouteCommand::Request {
                skill: skill.to_owned(),
                promise_ms: 30_000,
            },
        )
    }

    fn report(&mut self, call: &str, result: AttemptResult) -> Vec<String> {
        let assignment = self.assignments[call];
        self.tell(call, RouteCommand::Report { assignment, result })
    }

    fn tell(&mut self, call: &str, command: RouteCommand) -> Vec<String> {
        self.router.handle(self.now(), &CallId::new(call), command);
        self.answers()
    }

    /// Lets time pass second by second; lines are stamped.
    fn wait(&mut self, seconds: u64) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..seconds {
            self.s += 1;
            if self.router.poll_timeout().is_some_and(|at| at <= self.now()) {
                self.router.handle_timeout(self.now());
            }
            lines.extend(
                self.answers()
                    .into_iter()
                    .map(|line| format!("{}s {line}", self.s)),
            );
        }
        lines
    }

    fn answers(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some((call, assigned)) = self.router.poll() {
            lines.push(match assigned {
                Assigned::Agent {
                    assignment,
                    agent,
                    ring_ms,
                } => {
                    self.assignments.insert(call.to_string(), assignment);
                    format!("{call}: {} for {ring_ms} ms", agent.id)
                }
                Assigned::NobodyFree => format!("{call}: nobody"),
            });
        }
        lines
    }
}

#[test]
fn the_first_free_agent_with_the_skill_is_called() {
    let mut site = Site::new(config());
    assert_eq!(site.request("a", "support"), ["a: anna for 12000 ms"]);
    assert_eq!(site.request("b", "sales"), ["b: ben for 12000 ms"]);
    assert_eq!(site.request("c", "cooking"), ["c: nobody"]);
}

#[test]
fn no_answer_rests_the_agent_and_tries_the_next() {
    let mut site = Site::new(config());
    site.request("a", "sales");
    site.s = 12;
    assert_eq!(site.report("a", AttemptResult::NoAnswer), ["a: ben for 12000 ms"]);
    assert_eq!(site.report("a", AttemptResult::Connected), [""; 0]);
    // Anna rests for a minute: nobody for support within the promise, so it is said at once.
    assert_eq!(site.request("b", "support"), ["b: nobody"]);
    site.wait(60);
    assert_eq!(site.request("c", "support"), ["c: anna for 12000 ms"]);
}

#[test]
fn a_phone_that_rings_out_unreported_is_taken_back() {
    let mut site = Site::new(config());
    site.request("a", "sales");
    assert_eq!(site.wait(40), ["15s a: ben for 12000 ms", "30s a: nobody"]);
}

#[test]
fn who_waits_too_long_is_told_before_the_promise_breaks() {
    let mut site = Site::new(config());
    for call in ["a", "b"] {
        site.request(call, "sales");
        site.report(call, AttemptResult::Connected);
    }
    assert_eq!(site.request("c", "sales"), [""; 0]);
    assert_eq!(site.wait(40), ["22s c: nobody"]);
}

#[test]
fn wrap_up_comes_before_the_next_caller_and_the_ring_fits_the_promise() {
    let mut site = Site::new(config());
    for call in ["a", "b"] {
        site.request(call, "sales");
        site.report(call, AttemptResult::Connected);
    }
    site.request("c", "sales");
    site.s = 10;
    assert_eq!(site.report("b", AttemptResult::Ended), [""; 0]);
    assert_eq!(site.wait(15), ["20s c: ben for 7000 ms"]);
}

#[test]
fn priority_goes_first_and_equals_in_order_of_arrival() {
    let mut site = Site::new(config());
    for call in ["a", "b"] {
        site.request(call, "sales");
        site.report(call, AttemptResult::Connected);
    }
    for (call, skill) in [("c", "sales"), ("d", "sales"), ("e", "support")] {
        assert_eq!(site.request(call, skill), [""; 0]);
    }
    site.report("a", AttemptResult::Ended);
    site.report("b", AttemptResult::Ended);
    assert_eq!(
        site.wait(10),
        ["10s e: anna for 12000 ms", "10s c: ben for 12000 ms"]
    );
}

#[test]
fn who_withdraws_frees_the_agent_at_once() {
    let mut site = Site::new(config());
    site.request("a", "support");
    assert_eq!(site.request("b", "support"), [""; 0]);
    assert_eq!(site.tell("a", RouteCommand::Withdraw), ["b: anna for 12000 ms"]);
}

#[test]
fn an_agent_who_listens_to_the_summary_is_not_taken_back() {
    let mut site = Site::new(config());
    site.request("a", "sales");
    site.s = 11;
    site.report("a", AttemptResult::Answered);
    assert_eq!(site.wait(18), [""; 0]);
    assert_eq!(site.report("a", AttemptResult::Connected), [""; 0]);
    assert_eq!(site.wait(60), [""; 0]);
}

#[test]
fn a_conversation_that_was_reported_late_is_one_all_the_same() {
    let mut site = Site::new(config());
    site.request("a", "sales");
    let late = RouteCommand::Report {
        assignment: site.assignments["a"],
        result: AttemptResult::Connected,
    };
    assert_eq!(site.wait(16), ["15s a: ben for 12000 ms"]);
    site.tell("a", late);
    assert_eq!(
        site.request("b", "sales"),
        ["b: ben for 12000 ms"],
        "ben is free again"
    );
    assert_eq!(site.request("c", "support"), [""; 0], "anna talks");
}

#[test]
fn a_full_queue_and_an_empty_office_say_so_at_once() {
    let mut site = Site::new(RouterConfig {
        queue_max: 0,
        ..config()
    });
    assert_eq!(site.request("a", "sales"), ["a: nobody"]);
    let mut site = Site::new(config());
    for id in ["anna", "ben"] {
        site.router.handle_presence(site.now(), &AgentId::new(id), false);
    }
    assert_eq!(site.request("a", "sales"), ["a: nobody"]);
    site.router
        .handle_presence(site.now(), &AgentId::new("ben"), true);
    assert_eq!(site.request("a", "sales"), ["a: ben for 12000 ms"]);
}

#[derive(Debug, Clone)]
enum Step {
    Request {
        call: usize,
        support: bool,
        promise_ms: u32,
    },
    Report {
        call: usize,
        result: AttemptResult,
    },
    Withdraw {
        call: usize,
    },
    Presence {
        anna: bool,
        present: bool,
    },
    Wait {
        ms: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let call = || 0usize..8;
    let result = prop_oneof![
        proptest::strategy::Just(AttemptResult::Answered),
        proptest::strategy::Just(AttemptResult::Connected),
        proptest::strategy::Just(AttemptResult::NoAnswer),
        proptest::strategy::Just(AttemptResult::Ended),
    ];
    prop_oneof![
        (call(), any::<bool>(), 0u32..60_000).prop_map(|(call, support, promise_ms)| Step::Request {
            call,
            support,
            promise_ms
        }),
        (call(), result).prop_map(|(call, result)| Step::Report { call, result }),
        call().prop_map(|call| Step::Withdraw { call }),
        (any::<bool>(), any::<bool>()).prop_map(|(anna, present)| Step::Presence { anna, present }),
        (0u64..20_000).prop_map(|ms| Step::Wait { ms }),
        (0u64..20_000).prop_map(|ms| Step::Wait { ms }),
    ]
}

/// What a caller is owed.
#[derive(Default)]
struct Owed {
    promised: Option<Instant>,
    assignment: Option<AssignmentId>,
}

proptest! {
    /// No agent has two calls, every promise is kept or openly given up in time, and nothing waits for ever.
    #[test]
    fn promises_are_kept_or_given_up_in_time(steps in prop::collection::vec(step(), 1..120)) {
        let mut router = Router::new(config());
        let mut now = Instant::now();
        let mut owed: BTreeMap<CallId, Owed> = BTreeMap::new();
        let end = [Step::Wait { ms: 60_000 }, Step::Wait { ms: 60_000 }];
        const SUMMARY: Duration = Duration::from_secs(20);
        for step in steps.into_iter().chain(end) {
            let id = |call: usize| CallId::new(call.to_string());
            match step {
                Step::Request { call, support, promise_ms } => {
                    let busy = router.desks().any(|(_, state)| matches!(
                        state, DeskState::Ringing { call: with, .. } | DeskState::Talking { call: with, .. }
                        if *with == id(call)));
                    if !busy && owed.get(&id(call)).is_none_or(|owed| owed.promised.is_none()) {
                        let promised = now + Duration::from_millis(u64::from(promise_ms));
                        owed.insert(id(call), Owed { promised: Some(promised), assignment: None });
                        let skill = if support { "support" } else { "sales" }.to_owned();
                        router.handle(now, &id(call), RouteCommand::Request { skill, promise_ms });
                    }
                }
                Step::Report { call, result } => {
                    if let Some(owed) = owed.get_mut(&id(call)) && let Some(assignment) = owed.assignment {
                        let current = router.desks().any(|(_, state)| state.is_on(&id(call), assignment));
                        match result {
                            // The promise is kept once somebody picks up; the summary may take a little longer.
                            AttemptResult::Answered if current => {
                                owed.promised = owed.promised.map(|at| at.max(now + SUMMARY));
                            }
                            AttemptResult::Connected => owed.promised = None,
                            AttemptResult::Ended if current => owed.promised = None,
                            AttemptResult::Answered | AttemptResult::Ended | AttemptResult::NoAnswer => {}
                        }
                        router.handle(now, &id(call), RouteCommand::Report { assignment, result });
                    }
                }
                Step::Withdraw { call } => {
                    owed.remove(&id(call));
                    router.handle(now, &id(call), RouteCommand::Withdraw);
                }
                Step::Presence { anna, present } => {
                    let agent = AgentId::new(if anna { "anna" } else { "ben" });
                    router.handle_presence(now, &agent, present);
                }
                Step::Wait { ms } => {
                    let until = now + Duration::from_millis(ms);
                    while let Some(at) = router.poll_timeout().filter(|at| *at <= until) {
                        prop_assert!(at >= now || router.poll_timeout() == Some(at));
                        now = now.max(at);
                        router.handle_timeout(now);
                        prop_assert!(router.poll_timeout() > Some(now) || router.poll_timeout().is_none());
                        take_answers(&mut router, now, &mut owed)?;
                    }
                    now = until;
                }
            }
            take_answers(&mut router, now, &mut owed)?;
            let mut with: Vec<&CallId> = router.desks().filter_map(|(_, state)| match state {
                DeskState::Ringing { call, .. } | DeskState::Talking { call, .. } => Some(call),
                DeskState::Free | DeskState::NotBefore(_) => None,
            }).collect();
            let count = with.len();
            with.sort();
            with.dedup();
            prop_assert_eq!(with.len(), count, "a call has two agents");
            for (call, owed) in &owed {
                prop_assert!(owed.promised.is_none_or(|promised| now <= promised), "promise to {call} broken");
            }
        }
        prop_assert_eq!(router.waiting(), 0);
    }
}

fn take_answers(
    router: &mut Router,
    now: Instant,
    owed: &mut BTreeMap<CallId, Owed>,
) -> Result<(), proptest::test_runner::TestCaseError> {
    while let Some((call, assigned)) = router.poll() {
        let owed = owed.get_mut(&call);
        prop_assert!(owed.is_some(), "an answer to {call}, who asked for nothing");
        let Some(owed) = owed else { continue };
        match assigned {
            Assigned::Agent {
                assignment, ring_ms, ..
            } => {
                let rung_out = now + Duration::from_millis(u64::from(ring_ms));
                prop_assert!(owed.promised.is_some_and(|promised| rung_out < promised));
                owed.assignment = Some(assignment);
            }
            Assigned::NobodyFree => {
                prop_assert!(owed.promised.is_some_and(|promised| now <= promised));
                owed.promised = None;
            }
        }
    }
    Ok(())
}
