//! A grammar as a recogniser searches it: states, and words that lead from one to the next.
//!
//! Built from the end: what may follow is a state before what leads to it is looked at, so that ways that go on
//! alike share the rest (as minimising an acyclic automaton word by word does: Daciuk, Mihov, Watson and Watson,
//! Computational Linguistics 26(1), 2000). The shipped grammar of the first question has a sixth of the states that
//! it has when every rule is written out where it is used.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::Expression;

/// An acyclic word network. A path from [`START`](Network::START) to [`FINAL`](Network::FINAL) is an utterance, and
/// all are equally likely beforehand.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Every word, once, in order.
    pub words: Vec<String>,
    pub states: u32,
    /// By the state they leave.
    pub arcs: Vec<Arc>,
}

/// From one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arc {
    pub from: u32,
    /// The place in [`Network::words`]; `None` says nothing.
    pub word: Option<u32>,
    pub to: u32,
}

/// Its words may be a caller's own.
impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("words", &self.words.len())
            .field("states", &self.states)
            .field("arcs", &self.arcs.len())
            .finish()
    }
}

impl Network {
    pub const START: u32 = 0;
    pub const FINAL: u32 = 1;

    /// The arcs that leave a state.
    pub fn from(&self, state: u32) -> &[Arc] {
        let first = self.arcs.partition_point(|arc| arc.from < state);
        let end = self.arcs.partition_point(|arc| arc.from <= state);
        self.arcs.get(first..end).unwrap_or_default()
    }

    /// What `root` says. `rule` looks rules up; they must not lead back to themselves.
    pub(super) fn build<'r>(root: &'r str, rule: &dyn Fn(&str) -> Option<&'r Expression>) -> Self {
        let mut builder = Builder {
            rule,
            words: BTreeMap::new(),
            states: vec![Vec::new()],
            known: BTreeMap::new(),
            entered: BTreeMap::new(),
        };
        let ways = builder.ways_of_rule(root, LAST);
        let first = builder.state(ways);
        builder.network(first)
    }
}

/// A word on the way to a state. Words have provisional numbers here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    word: Option<u32>,
    to: usize,
}

struct Builder<'r, 'l> {
    rule: &'l dyn Fn(&str) -> Option<&'r Expression>,
    words: BTreeMap<&'r str, u32>,
    /// The ways out of each state. [`LAST`] has none.
    states: Vec<Vec<Way>>,
    /// States by what they lead to: no two lead to the same.
    known: BTreeMap<Vec<Way>, usize>,
    /// The ways into rules, by the state that follows.
    entered: BTreeMap<(&'r str, usize), Vec<Way>>,
}

/// Where an utterance is complete.
const LAST: usize = 0;

/// So many ways are copied to where they may be taken; to more leads an arc without a word.
const COPIED_MAX: usize = 1;

impl<'r> Builder<'r, '_> {
    /// The ways to say `expression` and go on at `then`.
    fn ways(&mut self, expression: &'r Expression, then: usize) -> Vec<Way> {
        match expression {
            Expression::Void => Vec::new(),
            Expression::Word(word) => {
                let next = self.words.len() as u32;
                let word = *self.words.entry(word.as_str()).or_insert(next);
                vec![Way {
                    word: Some(word),
                    to: then,
                }]
            }
            Expression::Rule(name) => self.ways_of_rule(name, then),
            Expression::Sequence(parts) => match parts.split_first() {
                Some((first, rest)) => match self.after(rest, then) {
                    Some(then) => self.ways(first, then),
                    None => Vec::new(),
                },
                None => self.passing(then),
            },
            Expression::OneOf(ways) => {
                let mut all = Vec::new();
                for way in ways {
                    let ways = self.ways(way, then);
                    if ways.len() > COPIED_MAX {
                        let to = self.state(ways);
                        all.push(Way { word: None, to });
                    } else {
                        all.extend(ways);
                    }
                }
                unique(all)
            }
        }
    }

    fn ways_of_rule(&mut self, name: &'r str, then: usize) -> Vec<Way> {
        if let Some(known) = self.entered.get(&(name, then)) {
            return known.clone();
        }
        let ways = match (self.rule)(name) {
            Some(body) => self.ways(body, then),
            None => Vec::new(),
        };
        self.entered.insert((name, then), ways.clone());
        ways
    }

    /// The state from which `parts` lead to `then`; `None` when one of them can never be said.
    fn after(&mut self, parts: &'r [Expression], then: usize) -> Option<usize> {
        parts.iter().rev().try_fold(then, |then, part| {
            let ways = self.ways(part, then);
            (!ways.is_empty()).then(|| self.state(ways))
        })
    }

    /// On to a state without a word.
    fn passing(&self, to: usize) -> Vec<Way> {
        match self.states.get(to) {
            Some(ways) if !ways.is_empty() && ways.len() <= COPIED_MAX => ways.clone(),
            Some(_) | None => vec![Way { word: None, to }],
        }
    }

    /// The state that these ways leave from.
    fn state(&mut self, ways: Vec<Way>) -> usize {
        let ways = unique(ways);
        if let [Way { word: None, to }] = ways.as_slice() {
            return *to;
        }
        let next = self.states.len();
        let state = *self.known.entry(ways.clone()).or_insert(next);
        if state == next {
            self.states.push(ways);
        }
        state
    }

    /// Words and states in their final order: the states as they are reached from the first.
    fn network(&self, first: usize) -> Network {
        let mut numbers = BTreeMap::from([(first, Network::START), (LAST, Network::FINAL)]);
        let mut arcs = Vec::new();
        let mut open = vec![first];
        while let Some(state) = open.pop() {
            let from = numbers.get(&state).copied().unwrap_or_default();
            for way in self.states.get(state).into_iter().flatten() {
                let next = numbers.len() as u32;
                let to = *numbers.entry(way.to).or_insert_with(|| {
                    open.push(way.to);
                    next
                });
                arcs.push(Arc {
                    from,
                    word: way.word,
                    to,
                });
            }
        }
        // Words that only stood before what cannot be said are left out.
        let used: BTreeSet<u32> = arcs.iter().filter_map(|arc| arc.word).collect();
        let words = self.words.iter().filter(|(_, number)| used.contains(number));
        let sorted: BTreeMap<u32, u32> = words.clone().map(|(_, number)| *number).zip(0..).collect();
        for arc in &mut arcs {
            arc.word = arc.word.and_then(|word| sorted.get(&word).copied());
        }
        arcs.sort_unstable();
        Network {
            words: words.map(|(word, _)| (*word).to_owned()).collect(),
            states: numbers.len() as u32,
            arcs,
        }
    }
}

fn unique(mut ways: Vec<Way>) -> Vec<Way> {
    ways.sort_unstable();
    ways.dedup();
    ways
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
