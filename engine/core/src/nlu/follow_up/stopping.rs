//! What shall not be, or not for a time: "cancel the latte", "cancel it", "put it on hold".

use super::{POINTING, is_assent};
use crate::nlu::asking::asks;
use crate::nlu::denied::denied;
use crate::nlu::normalize::Words;
use crate::nlu::wording::says_one_of;

/// "Cancel the latte", "I don't want the Kenya anymore": what is named shall not be. With nothing else wanted in it.
pub fn calls_off(words: &Words) -> bool {
    let text = words.text();
    let off = says_one_of(&text, CALLING_OFF);
    off && !words.iter().any(|word| NOT_OFF.contains(&word)) && !asks(words)
}

/// "Can you cancel it", "I changed my mind, I don't want it any more": it is to be cancelled.
pub fn cancels(words: &Words) -> bool {
    let text = words.text();
    let unwanted = says_one_of(&text, UNWANTED);
    let cancel = words.iter().any(|word| word == "cancel");
    let beside = |word: &str| {
        word == "cancel"
            || ASKING.contains(&word)
            || is_assent(word)
            || POINTING.contains(&word)
            || ITS_NAMES.contains(&word)
    };
    unwanted || (cancel && words.iter().all(beside))
}

/// "Stop it until January", "put it on hold": it is to rest for a time. `timed` where the time was named.
pub fn rests(words: &Words, timed: bool) -> bool {
    let text = words.text();
    let has = |phrases: &[&str]| says_one_of(&text, phrases);
    let all: Vec<&str> = words.iter().collect();
    let otherwise = asks(words) || denied(&all).is_some() || has(STARTING);
    let of_it = all
        .iter()
        .any(|word| POINTING.contains(word) || RESTED.contains(word));
    !otherwise && of_it && (has(RESTING) || (timed && has(STOPPING)))
}

const CALLING_OFF: &[&str] = &[
    "cancel",
    "call off",
    "don't want",
    "don't need",
    "no longer want",
    "no longer need",
    "don't make",
    "forget",
];
/// "I don't need anything else", "the mocha instead".
const NOT_OFF: &[&str] = &["anything", "else", "instead", "nothing"];
const ASKING: &[&str] = &[
    "can", "could", "i", "i'd", "we", "would", "like", "want", "need", "to", "may", "let's", "is",
    "possible", "still",
];
const ITS_NAMES: &[&str] = &["the", "my", "order", "for", "me", "one"];
const UNWANTED: &[&str] = &[
    "don't want it",
    "do not want it",
    "don't want that",
    "don't need it",
    "no longer want it",
    "no longer need it",
    "don't want them",
    "don't send it",
];
const RESTING: &[&str] = &["on hold", "pause", "suspend", "freeze"];
/// Those that may as well end it.
const STOPPING: &[&str] = &["stop", "hold", "halt", "interrupt"];
const STARTING: &[&str] = &["again", "restart", "resume", "don't", "never"];
/// "Put me on hold" is of the call.
const RESTED: &[&str] = &[
    "subscription",
    "subscriptions",
    "delivery",
    "deliveries",
    "standing",
];

#[cfg(test)]
mod tests {
    use super::{Words, calls_off, cancels, rests};

    #[test]
    fn an_order_is_called_off() {
        let check = |text: &str, expect: bool| assert_eq!(calls_off(&Words::new(text)), expect, "{text}");
        check("i don't want that anymore", true);
        check("actually forget it", true);
        check("i don't need anything else", false);
        check("no i don't want anything", false);
        check("cancel the latte and give me a mocha instead", false);
    }

    #[test]
    fn it_is_to_be_cancelled() {
        let check = |text: &str, expect: bool| assert_eq!(cancels(&Words::new(text)), expect, "{text}");
        check("cancel it", true);
        check("can you cancel it please", true);
        check("i'd like to cancel that order", true);
        check("i changed my mind i don't want it", true);
        check("never mind", false);
        check("cancel my appointment", false);
        check("cancel my subscription", false);
    }

    #[test]
    fn it_is_to_rest() {
        let check = |text: &str, timed: bool, expect: bool| {
            assert_eq!(rests(&Words::new(text), timed), expect, "{text}");
        };
        check("stop it until january i'm going on holiday", true, true);
        check("put it on hold for six weeks", true, true);
        check("can you put me on hold", false, false);
        check("don't pause it", false, false);
        check("can you pause a second", false, false);
        check("put it on hold", false, true);
        check("stop it", false, false);
        check("don't pause it until january", true, false);
        check("when is it on hold until", true, false);
        check("start it again in january", false, false);
    }
}
