//! What the door remembers: how fast messages came, which calls it has seen, who is being called.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::config::SipConfig;
use super::rate::{Bucket, Rates};
use super::rules::Request;

/// Messages remembered of one kind.
const MAX_SEEN: usize = 8_192;
/// How long they are remembered: the life of a transaction (64*T1).
const SEEN_FOR: Duration = Duration::from_secs(32);
/// Messages per second for each INVITE per second allowed: a call has many messages.
const MESSAGES_PER_INVITE: u32 = 50;

/// How well we know an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A trunk holds it: it may call.
    Trunk,
    /// We call it, or talk with it on a call that we placed.
    Called,
    Stranger,
}

/// What an INVITE outside any dialog is, compared with those seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Novelty {
    New,
    Retransmission,
    Merged,
    TooFast,
}

/// What a merged request has in common with the first (RFC 3261 §8.2.2.2).
type CallKey = (String, String, u32);

pub(crate) struct Memory {
    /// New calls.
    invites: Rates,
    /// Messages of trunks and of those we call. Nothing that a stranger sends is taken from it.
    from_known: Bucket,
    from_strangers: Rates,
    calls: Recent<CallKey, String>,
    /// Dialogs that somebody outside every trunk has ended: the BYE may come again.
    ended: Recent<String, ()>,
    /// Addresses we call, and how many calls each has.
    called: BTreeMap<IpAddr, u32>,
}

impl Memory {
    pub(crate) fn new(config: &SipConfig, now: Instant) -> Self {
        let messages = config.invites_per_second.saturating_mul(MESSAGES_PER_INVITE);
        let per_source = config
            .invites_per_second_per_source
            .saturating_mul(MESSAGES_PER_INVITE);
        Self {
            invites: Rates::new(
                config.invites_per_second,
                config.invites_per_second_per_source,
                now,
            ),
            from_known: Bucket::new(messages, now),
            from_strangers: Rates::new(messages, per_source, now),
            calls: Recent::default(),
            ended: Recent::default(),
            called: BTreeMap::new(),
        }
    }

    /// Whether one more message is looked at now.
    pub(crate) fn may_send(&mut self, source: IpAddr, standing: Standing, now: Instant) -> bool {
        match standing {
            Standing::Trunk | Standing::Called => self.from_known.take(now),
            Standing::Stranger => self.from_strangers.allow(source, now),
        }
    }

    pub(crate) fn novelty(&mut self, request: &Request, source: IpAddr, now: Instant) -> Novelty {
        let key = (request.call_id.clone(), request.from_tag.clone(), request.cseq);
        match self.calls.find(&key, now) {
            Some(branch) if *branch == request.branch => return Novelty::Retransmission,
            Some(_) => return Novelty::Merged,
            None => {}
        }
        if !self.invites.allow(source, now) {
            return Novelty::TooFast;
        }
        self.calls.remember(key, request.branch.clone(), now);
        Novelty::New
    }

    pub(crate) fn remember_end(&mut self, dialog: String, now: Instant) {
        if !self.has_ended(&dialog, now) {
            self.ended.remember(dialog, (), now);
        }
    }

    pub(crate) fn has_ended(&mut self, dialog: &String, now: Instant) -> bool {
        self.ended.find(dialog, now).is_some()
    }

    pub(crate) fn calls(&self, address: IpAddr) -> bool {
        self.called.contains_key(&address)
    }

    pub(crate) fn begin_calling(&mut self, address: IpAddr) {
        let calls = self.called.entry(address).or_default();
        *calls = calls.saturating_add(1);
    }

    pub(crate) fn end_calling(&mut self, address: IpAddr) {
        if let Some(calls) = self.called.get_mut(&address) {
            *calls = calls.saturating_sub(1);
            if *calls == 0 {
                self.called.remove(&address);
            }
        }
    }
}

/// Things seen within the life of a transaction; the oldest are forgotten first when there are too many.
struct Recent<K, V> {
    seen: HashMap<K, V>,
    order: VecDeque<(Instant, K)>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self {
            seen: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<K: Clone + Eq + Hash, V> Recent<K, V> {
    fn find(&mut self, key: &K, now: Instant) -> Option<&V> {
        self.forget_old(now);
        self.seen.get(key)
    }

    fn remember(&mut self, key: K, value: V, now: Instant) {
        self.seen.insert(key.clone(), value);
        self.order.push_back((now, key));
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((at, _)) = self.order.front() {
            if now.saturating_duration_since(*at) < SEEN_FOR && self.order.len() < MAX_SEEN {
                break;
            }
            if let Some((_, key)) = self.order.pop_front() {
                self.seen.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::{Duration, Instant};

    use super::super::config::SipConfig;
    use super::{Memory, SEEN_FOR, Standing};

    #[test]
    fn a_flood_of_strangers_takes_nothing_from_trunks_nor_all_from_other_strangers() {
        let now = Instant::now();
        let mut memory = Memory::new(&SipConfig::default(), now);
        let at = |last: u8| IpAddr::from([192, 0, 2, last]);
        let passed = (0..100_000)
            .filter(|_| memory.may_send(at(1), Standing::Stranger, now))
            .count();
        // Twice the 20 calls a second that one source may try, of 50 messages each.
        assert_eq!(passed, 2_000);
        assert!(memory.may_send(at(2), Standing::Stranger, now));
        for other in 0..=255 {
            for _ in 0..2_000 {
                memory.may_send(at(other), Standing::Stranger, now);
            }
        }
        assert!(!memory.may_send(at(3), Standing::Stranger, now));
        assert!(memory.may_send(at(3), Standing::Called, now));
        assert!(memory.may_send(at(4), Standing::Trunk, now));
    }

    #[test]
    fn an_address_is_called_until_its_last_call_is_over() {
        let now = Instant::now();
        let mut memory = Memory::new(&SipConfig::default(), now);
        let phone = IpAddr::from([192, 0, 2, 1]);
        memory.begin_calling(phone);
        memory.begin_calling(phone);
        memory.end_calling(phone);
        assert!(memory.calls(phone));
        memory.end_calling(phone);
        assert!(!memory.calls(phone));
    }

    #[test]
    fn an_ended_dialog_is_remembered_for_the_life_of_a_transaction() {
        let now = Instant::now();
        let mut memory = Memory::new(&SipConfig::default(), now);
        memory.remember_end("dialog".to_owned(), now);
        let later = now + SEEN_FOR - Duration::from_millis(1);
        assert!(memory.has_ended(&"dialog".to_owned(), later));
        assert!(!memory.has_ended(&"dialog".to_owned(), now + SEEN_FOR));
    }
}
