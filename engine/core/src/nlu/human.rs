//! "Can I speak to a person about my order": who says that they want a person gets one, whatever else they speak of.
//! What they say besides is what it is about.

use super::normalize::Words;
use super::wording::{self, is_courtesy};

/// An explicit wish for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What it is about, in the caller's words; empty where they have not said.
    pub about: String,
}

/// The wish in an utterance. A question after one, an earlier talk with one and one that is not wanted are none.
pub fn human_wished(words: &Words) -> Option<Wish> {
    let all: Vec<&str> = words.iter().collect();
    let (start, end) = (0..all.len()).find_map(|at| {
        let (words, before) = (all.get(at..)?, all.get(..at)?);
        let asked = asked(words).filter(|_| !is_denied(before, NEAR));
        // What stands before whom they call may be of something else: "my order never arrived, agent please".
        let called = || called(words, at == begins(&all)).filter(|_| !is_denied(before, 1));
        Some((at, at + asked.or_else(called)?))
    })?;
    let (before, after) = (all.get(..start)?, all.get(end..)?);
    Some(Wish {
        about: about(before, after),
    })
}

/// Words of a wish that these begin with: "speak to a person".
fn asked(words: &[&str]) -> Option<usize> {
    let mut asking = ASKING.iter().filter(|(phrase, _)| wording::begins(words, phrase));
    asking.find_map(|(phrase, whom)| {
        let length = wording::count(phrase);
        Some(length + person(words.get(length..)?, whom)?)
    })
}

/// "Agent, it's about an invoice", "my order never came, agent please": no more than whom they want.
fn called(words: &[&str], first: bool) -> Option<usize> {
    let length = person(words, PERSONS)?;
    let rest = words.get(length..)?;
    let please = rest.first() == Some(&"please");
    let goes_on = rest.first().is_some_and(|word| GOING_ON.contains(word));
    let called = if first {
        please || goes_on
    } else {
        please && rest.len() == 1
    };
    called.then_some(length)
}

/// "A real person", "the manager", "sales".
fn person(words: &[&str], whom: &[&str]) -> Option<usize> {
    let leading = words.iter().take_while(|word| LEADING.contains(word)).count();
    let named = wording::longest(words.get(leading..)?, whom)?;
    let length = leading + named;
    // "An agent's manual", "the support team".
    let team = words.get(length).is_some_and(|word| TEAMS.contains(word));
    Some(length + usize::from(team))
}

/// "I don't want to talk to a person": the words before say that it is not wanted, or that it has been.
fn is_denied(before: &[&str], near: usize) -> bool {
    // "Do I talk to a person?" asks; "how do I talk to a person?" wishes.
    let asks = before.ends_with(&["do", "i"]) && !before.contains(&"how");
    let near = before.iter().rev().take(near);
    let mut near = near.take_while(|word| !CLAUSE.contains(word));
    asks || near.any(|word| DENYING.contains(word))
}

/// Where the first word stands that is no courtesy.
fn begins(words: &[&str]) -> usize {
    let courtesy = |word: &&&str| is_courtesy(word) || GREETING.contains(*word);
    words.iter().take_while(courtesy).count()
}

/// What is said before and after the wish, without what only joins it.
fn about(before: &[&str], after: &[&str]) -> String {
    let after = trimmed(after);
    let before = if after.is_empty() {
        trimmed(before)
    } else {
        Vec::new()
    };
    let told = if after.is_empty() { before } else { after };
    // "I don't want to talk to a machine, give me a person."
    let denies = told.first().is_some_and(|word| DENYING.contains(word));
    if denies || (told.len() < 2 && !told.iter().any(|word| word.len() > 4)) {
        return String::new();
    }
    told.join(" ")
}

fn trimmed<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let beside = |word: &&str| is_courtesy(word) || JOINING.contains(word);
    let start = words.iter().take_while(|word| beside(word)).count();
    let mut told: Vec<&str> = words.iter().skip(start).copied().collect();
    while told.last().is_some_and(&beside) {
        told.pop();
    }
    told
}

/// What asks for whom.
const ASKING: &[(&str, &[&str])] = &[
    ("speak to", ANYBODY),
    ("speak with", ANYBODY),
    ("talk to", ANYBODY),
    ("talk with", ANYBODY),
    ("chat with", ANYBODY),
    ("get me", PERSONS),
    ("give me", PERSONS),
    ("i want", PERSONS),
    ("i need", PERSONS),
    ("i'd like", PERSONS),
    ("i would like", PERSONS),
    ("connect me to", DEPARTMENTS),
    ("connect me with", DEPARTMENTS),
    ("transfer me to", DEPARTMENTS),
    ("put me through to", DEPARTMENTS),
    ("pass me to", DEPARTMENTS),
    ("pass me on to", DEPARTMENTS),
    ("switch me to", DEPARTMENTS),
];
const PERSONS: &[&str] = &[
    "human being",
    "human",
    "person",
    "agent",
    "operator",
    "representative",
    "supervisor",
    "customer service",
    "customer support",
    "customer care",
];
const ANYBODY: &[&str] = &[
    "human being",
    "human",
    "person",
    "agent",
    "operator",
    "representative",
    "supervisor",
    "manager",
    "someone",
    "somebody",
    "anyone",
    "anybody",
    "customer service",
    "customer support",
    "customer care",
    "support",
    "sales",
];
const DEPARTMENTS: &[&str] = &[
    "human being",
    "human",
    "person",
    "agent",
    "operator",
    "representative",
    "supervisor",
    "manager",
    "someone",
    "somebody",
    "customer service",
    "customer support",
    "customer care",
    "support",
    "sales",
    "billing",
    "accounts",
    "returns",
    "repairs",
    "complaints",
];
const LEADING: &[&str] = &["a", "an", "the", "your", "some", "real", "live", "actual"];
const TEAMS: &[&str] = &["team", "department", "people", "desk"];
/// What follows who is called first.
const GOING_ON: &[&str] = &[
    "about",
    "it's",
    "it",
    "my",
    "i",
    "i'm",
    "i've",
    "because",
    "for",
    "now",
    "regarding",
    "concerning",
];
/// Words before a wish that make it none.
const DENYING: &[&str] = &[
    "don't", "not", "no", "never", "without", "did", "didn't", "before",
];
const CLAUSE: &[&str] = &[
    "and", "but", "just", "so", "please", "can", "could", "i'd", "instead",
];
const NEAR: usize = 3;
const GREETING: &[&str] = &["hi", "hello", "hey", "yes", "no", "sorry", "um", "uh", "an", "a"];
/// What joins the wish and what it is about.
const JOINING: &[&str] = &[
    "about",
    "regarding",
    "concerning",
    "because",
    "it's",
    "it",
    "is",
    "and",
    "so",
    "hi",
    "hello",
    "hey",
    "can",
    "could",
    "may",
    "i",
    "i'd",
    "like",
    "want",
    "to",
    "need",
    "let",
    "me",
    "you",
    "that",
    "there",
    "here",
    "how",
    "do",
    "now",
    "sorry",
    "would",
    "thanks",
    "thank",
    "in",
    "at",
    "who",
    "yes",
    "no",
    "um",
    "uh",
    "for",
    "with",
];

#[cfg(test)]
mod tests {
    use super::{Words, human_wished};

    #[test]
    fn who_wants_a_person_says_so_and_what_it_is_about() {
        let check = |text: &str, about: &str| {
            let wish = human_wished(&Words::new(text)).map(|wish| wish.about);
            assert_eq!(wish.as_deref(), Some(about), "{text}");
        };
        check("can I speak to a person about my order", "my order");
        check("agent please, about my order", "my order");
        check("person please, my order never arrived", "my order never arrived");
        check("I need a human, my grinder is broken", "my grinder is broken");
        check("agent, it's about an invoice", "an invoice");
        check("put me through to sales", "");
        check("transfer me to the returns department please", "");
        check(
            "I want to talk to someone about my broken grinder",
            "my broken grinder",
        );
        check("let me talk to a human about my subscription", "my subscription");
        check("my order never arrived, agent please", "my order never arrived");
        check("can I talk to a real person please", "");
        check("how do I speak to a human", "");
        check("I don't want to talk to a machine, give me a person", "");
    }

    #[test]
    fn who_only_speaks_of_one_wishes_for_none() {
        for text in [
            "are you a real person",
            "do I talk to a person",
            "am I talking to a human",
            "do I talk to a computer or a person",
            "I don't want to talk to a person",
            "I don't need an agent",
            "no agent please",
            "a bag of Kenya please",
            "I talked to an agent yesterday",
            "did I speak to a person yesterday",
            "give me a bag of the dark roast",
            "I need someone to repair my grinder",
            "is this a real person",
        ] {
            assert_eq!(human_wished(&Words::new(text)), None, "{text}");
        }
    }
}
