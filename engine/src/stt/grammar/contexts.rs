//! Left contexts: what was spoken before a word shapes its first sound.
//!
//! libpocketsphinx 0.8 keeps one model of a word's first phone for each state of a network, that of the first of
//! all phones that may come before (`fsg_lextree.c`: the search for a known model never finds that there is none).
//! A word that begins an utterance and may also stand within one would be compared with the wrong sound. So the
//! states that are reached before the first word are told from the same states later, before the library sees them.

use std::collections::BTreeMap;

use engine_core::nlu::grammar::network::{Arc, Network};

use crate::stt::dictionary::alternative;

/// The network with every pronunciation of a word on an arc of its own, and with states of their own before the
/// first word. `sounds` gives a word's pronunciations.
pub(crate) fn unfolded(network: &Network, sounds: impl Fn(&str) -> Vec<String>) -> Network {
    let (words, ways) = spoken(network, sounds);
    let mut numbers = BTreeMap::from([
        ((Network::START, Before::FirstWord), Network::START),
        ((Network::FINAL, Before::Later), Network::FINAL),
    ]);
    let mut arcs = Vec::new();
    let mut open = vec![(Network::START, Before::FirstWord)];
    while let Some((state, before)) = open.pop() {
        let from = numbers.get(&(state, before)).copied().unwrap_or_default();
        for arc in network.from(state) {
            // Nothing is said after the end, whatever led to it.
            let later = arc.word.is_some() || arc.to == Network::FINAL;
            let reached = (arc.to, if later { Before::Later } else { before });
            let next = numbers.len() as u32;
            let to = *numbers.entry(reached).or_insert_with(|| {
                open.push(reached);
                next
            });
            let way = |word| Arc { from, word, to };
            match arc.word.map(|word| ways.get(word as usize)) {
                Some(spoken) => arcs.extend(spoken.into_iter().flatten().map(|word| way(Some(*word)))),
                None => arcs.push(way(None)),
            }
        }
    }
    arcs.sort_unstable();
    Network {
        words,
        states: numbers.len() as u32,
        arcs,
    }
}

/// What a state comes before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Before {
    FirstWord,
    Later,
}

/// Words as the dictionary has them (`the`, `the(2)`), and by word of the network the places of its own.
fn spoken(network: &Network, sounds: impl Fn(&str) -> Vec<String>) -> (Vec<String>, Vec<Vec<u32>>) {
    let mut words = Vec::new();
    let mut ways = Vec::with_capacity(network.words.len());
    for word in &network.words {
        let first = words.len() as u32;
        words.extend((0..sounds(word).len()).map(|number| alternative(word, number)));
        ways.push((first..words.len() as u32).collect());
    }
    (words, ways)
}

#[cfg(test)]
mod tests {
    use engine_core::nlu::grammar::Grammar;

    use super::{Arc, Network, unfolded};

    fn sounds(word: &str) -> Vec<String> {
        let sounds: &[&str] = match word {
            "no" => &["N OW"],
            "the" => &["DH AH", "DH IY"],
            _ => &["T IY"],
        };
        sounds.iter().map(|sound| (*sound).to_owned()).collect()
    }

    /// How many states have an arc with this word.
    fn states_before(network: &Network, word: &str) -> usize {
        let says = |arc: &&Arc| arc.word.is_some_and(|at| network.words[at as usize] == word);
        let mut states: Vec<u32> = network.arcs.iter().filter(says).map(|arc| arc.from).collect();
        states.dedup();
        states.len()
    }

    #[test]
    fn a_word_has_a_beginning_and_a_middle_and_all_its_sounds() {
        let phrases = ["no", "no tea", "the no", "the tea"];
        let phrases = phrases.iter().map(|phrase| (*phrase).to_owned()).collect();
        let plain = Grammar::of_phrases("test", &phrases).network;
        let unfolded = unfolded(&plain, sounds);
        assert_eq!(unfolded.words, ["no", "tea", "the", "the(2)"]);
        // Before the first word and behind "the".
        assert_eq!(states_before(&unfolded, "no"), 2);
        for pronounced in ["the", "the(2)"] {
            assert_eq!(states_before(&unfolded, pronounced), 1, "{pronounced}");
        }
    }

    #[test]
    fn what_a_beginning_without_a_word_leads_to_is_told_from_the_same_later() {
        let arc = |from, word, to| Arc { from, word, to };
        // [ the ] tea: one state has "tea", reached by silence and by "the".
        let plain = Network {
            words: vec!["tea".to_owned(), "the".to_owned()],
            states: 3,
            arcs: vec![arc(0, None, 2), arc(0, Some(1), 2), arc(2, Some(0), 1)],
        };
        assert_eq!(states_before(&plain, "tea"), 1);
        assert_eq!(states_before(&unfolded(&plain, sounds), "tea"), 2);
    }
}
