//! The network against a plain reading of the rules: the same sentences.

use std::collections::{BTreeMap, BTreeSet};

use super::{Arc, Network};
use crate::nlu::grammar::expression::Expression;
use crate::nlu::grammar::{Beside, Rules, Vocabulary, filled};
use crate::nlu::lexicon::Lexicon;
use crate::nlu::understand::tests::{GRAMMAR, catalogue};
use crate::pii::Pii;
use crate::speech::expectation::Expectation;

impl Network {
    /// Whether a path says these words.
    fn says(&self, words: &[&str]) -> bool {
        let mut here = BTreeSet::from([Self::START]);
        self.pass(&mut here);
        for word in words {
            let Ok(at) = self.words.binary_search_by(|known| known.as_str().cmp(word)) else {
                return false;
            };
            let taken = |arc: &&Arc| arc.word == Some(at as u32) && here.contains(&arc.from);
            here = self.arcs.iter().filter(taken).map(|arc| arc.to).collect();
            self.pass(&mut here);
        }
        here.contains(&Self::FINAL)
    }

    /// Follows arcs without words.
    fn pass(&self, here: &mut BTreeSet<u32>) {
        let mut open: Vec<u32> = here.iter().copied().collect();
        while let Some(from) = open.pop() {
            let nulls = self
                .arcs
                .iter()
                .filter(|arc| arc.from == from && arc.word.is_none());
            open.extend(nulls.map(|arc| arc.to).filter(|to| here.insert(*to)));
        }
    }

    /// Every utterance: for small grammars.
    pub(in crate::nlu) fn sentences(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![(Self::START, Vec::new())];
        while let Some((state, words)) = open.pop() {
            if state == Self::FINAL {
                found.insert(words.join(" "));
            }
            for arc in self.arcs.iter().filter(|arc| arc.from == state) {
                let word = arc.word.map(|word| self.words[word as usize].as_str());
                open.push((arc.to, words.iter().copied().chain(word).collect()));
            }
        }
        found
    }
}

/// A small congruential generator.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// Rules read plainly.
struct Reading<'r> {
    rules: &'r dyn Fn(&str) -> Option<&'r Expression>,
}

impl<'r> Reading<'r> {
    /// Something that the expression says; `None` where chance led to what cannot be said.
    fn say(&self, expression: &'r Expression, dice: &mut Dice, said: &mut Vec<&'r str>) -> Option<()> {
        match expression {
            Expression::Void => None,
            Expression::Word(word) => {
                said.push(word);
                Some(())
            }
            Expression::Rule(name) => self.say((self.rules)(name)?, dice, said),
            Expression::Sequence(parts) => parts.iter().try_for_each(|part| self.say(part, dice, said)),
            Expression::OneOf(ways) => self.say(&ways[dice.below(ways.len())], dice, said),
        }
    }

    /// Where in `words` the expression may end that begins at `from`.
    fn ends(&self, expression: &'r Expression, words: &[&str], from: usize) -> BTreeSet<usize> {
        match expression {
            Expression::Word(word) if words.get(from) == Some(&word.as_str()) => BTreeSet::from([from + 1]),
            Expression::Word(_) | Expression::Void => BTreeSet::new(),
            Expression::Rule(name) => match (self.rules)(name) {
                Some(body) => self.ends(body, words, from),
                None => BTreeSet::new(),
            },
            Expression::Sequence(parts) => parts.iter().fold(BTreeSet::from([from]), |here, part| {
                let ends = here.into_iter().map(|at| self.ends(part, words, at));
                ends.flatten().collect()
            }),
            Expression::OneOf(ways) => {
                let ends = ways.iter().map(|way| self.ends(way, words, from));
                ends.flatten().collect()
            }
        }
    }
}

fn built(rules: &[(&str, &str)]) -> Network {
    let bodies: BTreeMap<&str, Expression> = rules
        .iter()
        .map(|(name, body)| (*name, Expression::parse(body).unwrap()))
        .collect();
    Network::build("a", &|name| bodies.get(name))
}

#[test]
fn ways_that_go_on_alike_share_the_rest() {
    let network = built(&[
        ("a", "( one | two ) [ big ] cup | a <b>"),
        ("b", "small cup | cup"),
    ]);
    assert_eq!(
        network.sentences().into_iter().collect::<Vec<_>>(),
        [
            "a cup",
            "a small cup",
            "one big cup",
            "one cup",
            "two big cup",
            "two cup"
        ]
    );
    // Before the first word, after it (three kinds), after "big" or "small", at the end.
    assert!(network.states <= 6, "{network:?}");
}

#[test]
fn what_cannot_be_said_leads_nowhere() {
    let network = built(&[("a", "yes | no <VOID> | <b> please"), ("b", "<VOID>")]);
    assert_eq!(network.sentences(), BTreeSet::from(["yes".to_owned()]));
    assert_eq!(network.words, ["yes"]);
    let dead = built(&[("a", "<VOID>")]);
    assert!(dead.arcs.is_empty() && dead.sentences().is_empty());
}

#[test]
fn the_shipped_networks_say_what_their_rules_say() {
    let rules = Rules::parse(GRAMMAR.iter().copied()).unwrap();
    let lexicon = Lexicon::new(&catalogue());
    let phrases = ["when do you open", "when do you close", "something <wish>"];
    let phrases: BTreeSet<String> = phrases.iter().map(|phrase| (*phrase).to_owned()).collect();
    let vocabulary = Vocabulary {
        lexicon: &lexicon,
        phrases: &phrases,
        beside: &Beside {
            places: ["mill road", "mum's"]
                .map(|place| Pii::new(place.to_owned()))
                .into(),
            keys: 2,
        },
    };
    for expectation in [
        Expectation::YesNo,
        Expectation::Digits { min: 4, max: 6 },
        Expectation::Item,
        Expectation::Quantity { max: 20 },
        Expectation::Drink,
        Expectation::Open,
    ] {
        let filled = filled::fill(&expectation, &vocabulary);
        let look_up = |name: &str| filled.get(name).or_else(|| rules.body(name));
        let name = expectation.name();
        let network = Network::build(name, &look_up);
        let reading = Reading { rules: &look_up };
        let body = look_up(name).unwrap();
        let plainly = |words: &[&str]| reading.ends(body, words, 0).contains(&words.len());
        let mut dice = Dice(1);
        let mut compared = 0;
        while compared < 300 {
            let mut words = Vec::new();
            if reading.say(body, &mut dice, &mut words).is_none() {
                continue;
            }
            compared += 1;
            assert!(network.says(&words), "{name}: {words:?}");
            // One word left out, or said twice: mostly no sentence for either.
            let at = dice.below(words.len());
            let twice = words[at];
            if dice.below(2) == 0 {
                words.remove(at);
            } else {
                words.insert(at, twice);
            }
            assert_eq!(network.says(&words), plainly(&words), "{name}: {words:?}");
        }
        for _ in 0..300 {
            let words = walk(&network, &mut dice);
            assert!(plainly(&words), "{name}: {words:?}");
        }
    }
}

/// Any way through.
fn walk<'n>(network: &'n Network, dice: &mut Dice) -> Vec<&'n str> {
    let mut state = Network::START;
    let mut words = Vec::new();
    while state != Network::FINAL {
        let ways: Vec<_> = network.arcs.iter().filter(|arc| arc.from == state).collect();
        let way = ways[dice.below(ways.len())];
        words.extend(way.word.map(|word| network.words[word as usize].as_str()));
        state = way.to;
    }
    words
}
