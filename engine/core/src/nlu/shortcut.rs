//! Commands that are understood everywhere, whatever was asked: agent, repeat, help, cancel, goodbye.
//! Only when they are all that was said, courtesy aside; longer sentences go to the model.

use super::normalize::Words;
use super::wording::is_courtesy;

/// The intent of a whole utterance that is a command.
pub fn command(words: &Words) -> Option<&'static str> {
    let beside = |word: &&str| is_courtesy(word) || BESIDE.contains(word);
    let core: Vec<&str> = words.iter().filter(|word| !beside(word)).collect();
    if core.is_empty() {
        return None;
    }
    let named = |words: &[&str]| {
        let text = words.join(" ");
        let known = COMMANDS.iter().find(|(phrase, _)| *phrase == text);
        known.map(|(_, intent)| *intent)
    };
    named(&core).or_else(|| match core.as_slice() {
        ["give", "me", "a", unit] | ["just", "a", unit] | ["a", unit] if A_WHILE.contains(unit) => Some(WAIT),
        // "Hold on a second" is a "hold on".
        [rest @ .., "for", "a", unit] | [rest @ .., "a", unit] if A_WHILE.contains(unit) => {
            named(rest).filter(|intent| *intent == WAIT)
        }
        _ => None,
    })
}

/// "Hello?", "hi there, good morning": who says no more than that waits for a question.
pub(super) fn is_greeting(words: &Words) -> bool {
    words.iter().all(|word| GREETING.contains(&word)) && words.iter().any(|word| GREETS.contains(&word))
}

/// Every intent that is a command.
pub fn intents() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|(_, intent)| *intent)
}

const WAIT: &str = "wait";
const A_WHILE: &[&str] = &["second", "sec", "minute", "moment", "bit"];
/// What may stand beside a command, courtesy aside.
const BESIDE: &[&str] = &["thanks", "hey", "now", "sorry", "hello", "hi"];

const GREETS: &[&str] = &["hi", "hello", "hey", "morning", "afternoon", "evening", "how"];
const GREETING: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "good",
    "morning",
    "afternoon",
    "evening",
    "there",
    "how",
    "are",
    "you",
    "doing",
    "today",
    "hark",
    "yes",
    "oh",
    "okay",
    "um",
    "uh",
];

const COMMANDS: &[(&str, &str)] = &[
    ("agent", "speak_to_agent"),
    ("an agent", "speak_to_agent"),
    ("operator", "speak_to_agent"),
    ("representative", "speak_to_agent"),
    ("human", "speak_to_agent"),
    ("a human", "speak_to_agent"),
    ("a person", "speak_to_agent"),
    ("real person", "speak_to_agent"),
    ("a real person", "speak_to_agent"),
    ("customer service", "speak_to_agent"),
    ("speak to an agent", "speak_to_agent"),
    ("talk to an agent", "speak_to_agent"),
    ("speak to a human", "speak_to_agent"),
    ("talk to a human", "speak_to_agent"),
    ("speak to someone", "speak_to_agent"),
    ("talk to someone", "speak_to_agent"),
    ("speak to a person", "speak_to_agent"),
    ("talk to a person", "speak_to_agent"),
    ("i want to speak to someone", "speak_to_agent"),
    ("i want to talk to someone", "speak_to_agent"),
    ("i want to speak to an agent", "speak_to_agent"),
    ("i want to talk to an agent", "speak_to_agent"),
    ("i want a human", "speak_to_agent"),
    ("repeat", "repeat"),
    ("repeat that", "repeat"),
    ("repeat it", "repeat"),
    ("can you repeat that", "repeat"),
    ("could you repeat that", "repeat"),
    ("can you say that again", "repeat"),
    ("could you say that again", "repeat"),
    ("say that again", "repeat"),
    ("say again", "repeat"),
    ("come again", "repeat"),
    ("again", "repeat"),
    ("what", "repeat"),
    ("pardon", "repeat"),
    ("pardon me", "repeat"),
    ("excuse me", "repeat"),
    ("what was that", "repeat"),
    ("what did you say", "repeat"),
    ("one more time", "repeat"),
    ("i didn't hear you", "repeat"),
    ("i didn't hear that", "repeat"),
    ("i didn't catch that", "repeat"),
    ("i didn't get that", "repeat"),
    ("help", "help"),
    ("help me", "help"),
    ("i need help", "help"),
    ("what can i say", "help"),
    ("what can you do", "help"),
    ("what are my options", "help"),
    ("what do i say", "help"),
    ("how does this work", "help"),
    ("cancel", "cancel"),
    ("cancel that", "cancel"),
    ("cancel it", "cancel"),
    ("cancel this", "cancel"),
    ("cancel everything", "cancel"),
    ("never mind", "cancel"),
    ("nevermind", "cancel"),
    ("forget it", "cancel"),
    ("forget about it", "cancel"),
    ("forget that", "cancel"),
    ("stop", "cancel"),
    ("scratch that", "cancel"),
    ("go back", "go_back"),
    ("back", "go_back"),
    ("take me back", "go_back"),
    ("the question before", "go_back"),
    ("wait", "wait"),
    ("hold on", "wait"),
    ("hang on", "wait"),
    ("can you hold on", "wait"),
    ("could you hold on", "wait"),
    ("bear with me", "wait"),
    ("one moment", "wait"),
    ("one second", "wait"),
    ("one minute", "wait"),
    ("let me think", "wait"),
    ("let me check", "wait"),
    ("let me see", "wait"),
    ("i'm thinking", "wait"),
    ("goodbye", "goodbye"),
    ("good bye", "goodbye"),
    ("bye", "goodbye"),
    ("bye bye", "goodbye"),
    ("bye now", "goodbye"),
    ("see you", "goodbye"),
    ("see you later", "goodbye"),
    ("that's all thank you goodbye", "goodbye"),
    ("thank you goodbye", "goodbye"),
    ("thank you bye", "goodbye"),
    ("no thank you goodbye", "goodbye"),
    ("no goodbye", "goodbye"),
    ("no bye", "goodbye"),
    ("have a good day", "goodbye"),
    ("have a nice day", "goodbye"),
    ("i'm done", "goodbye"),
    ("hang up", "goodbye"),
];

#[cfg(test)]
mod tests {
    use super::{Words, command, is_greeting};

    #[test]
    fn whole_utterances_only() {
        for (text, expect) in [
            ("agent please", Some("speak_to_agent")),
            ("Sorry, what was that?", Some("repeat")),
            ("okay bye", Some("goodbye")),
            ("never mind", Some("cancel")),
            ("go back please", Some("go_back")),
            ("hold on a second", Some("wait")),
            ("oh wait a minute please", Some("wait")),
            ("just a moment", Some("wait")),
            ("give me a sec", Some("wait")),
            ("wait make it two", None),
            ("for a minute", None),
            ("take it back", None),
            ("cancel my order from tuesday", None),
            ("please", None),
        ] {
            assert_eq!(command(&Words::new(text)), expect, "for {text:?}");
        }
    }

    #[test]
    fn greetings_want_nothing_yet() {
        for (text, expect) in [
            ("hi", true),
            ("Hello? Are you there?", true),
            ("good morning", true),
            ("hey, how are you doing today", true),
            ("yes", false),
            ("hello the usual please", false),
            ("are you there", false),
            ("how are my orders doing", false),
        ] {
            assert_eq!(is_greeting(&Words::new(text)), expect, "for {text:?}");
        }
    }
}
