//! What a sentence states, and the words that state success whoever writes them.

use crate::conversation::document::{Scope, did_you_mean};

/// What a prompt says of itself by `states = "..."`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// An order exists.
    Placed,
    /// An order was changed.
    Changed,
    /// Something was reserved, or given up.
    Reserved,
    /// The caller talks to a machine.
    Machine,
    /// The words sound like success and are none: "you ordered it yesterday".
    Nothing,
}

/// What may be written there.
pub(crate) const CLAIMS: &[&str] = &["placed", "changed", "reserved", "machine", "nothing"];

impl Claim {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Changed => "changed",
            Self::Reserved => "reserved",
            Self::Machine => "machine",
            Self::Nothing => "nothing",
        }
    }
}

pub(super) fn read_claim(table: &Scope<'_>) -> Option<Claim> {
    let word = table.word("states")?;
    match word.text.as_str() {
        "placed" => Some(Claim::Placed),
        "changed" => Some(Claim::Changed),
        "reserved" => Some(Claim::Reserved),
        "machine" => Some(Claim::Machine),
        "nothing" => Some(Claim::Nothing),
        other => {
            let hint = did_you_mean(other, CLAIMS.iter().copied());
            table.blame(
                "states",
                format!("`{other}` is none of {}{hint}", CLAIMS.join(", ")),
            );
            None
        }
    }
}

/// Whether the words themselves tell that a machine speaks, in a sentence that does not deny it.
pub(super) fn tells_of_machine(text: &str) -> bool {
    text.split(['.', '?', '!']).any(|sentence| {
        let sentence = sentence.to_lowercase().replace('\u{2019}', "'");
        let mut words = sentence.split(|c: char| !c.is_alphanumeric() && c != '\'');
        let denies = words
            .clone()
            .any(|word| DENIALS.contains(&word) || word.ends_with("n't"));
        !denies && words.any(|word| MACHINE_WORDS.contains(&word))
    })
}

/// The word of success in a text, and what it may rest on.
pub(super) fn success_word(text: &str) -> Option<(&'static str, &'static [Claim])> {
    let text = text.to_lowercase();
    SUCCESS_WORDS
        .iter()
        .copied()
        .find(|(word, _)| text.contains(word))
}

/// Words for what speaks: a prompt that states that it is a machine must have one of them.
pub(super) const MACHINE_WORDS: &[&str] = &[
    "automated",
    "virtual",
    "assistant",
    "machine",
    "robot",
    "computer",
    "ai",
];
/// "I'm no robot."
const DENIALS: &[&str] = &["no", "not", "never"];

/// Words of success, and what they may rest on: a prompt with one of them must say what it states.
const SUCCESS_WORDS: &[(&str, &[Claim])] = &[
    ("placed", &[Claim::Placed]),
    ("ordered", &[Claim::Placed]),
    ("order is in", &[Claim::Placed]),
    ("all set", &[Claim::Placed, Claim::Changed, Claim::Reserved]),
    ("is confirmed", &[Claim::Placed, Claim::Changed, Claim::Reserved]),
    ("on its way", &[Claim::Placed]),
    ("i've cancelled", &[Claim::Changed, Claim::Reserved]),
    ("is cancelled now", &[Claim::Changed, Claim::Reserved]),
    ("i've paused", &[Claim::Changed]),
    ("return is arranged", &[Claim::Changed]),
    ("i've changed", &[Claim::Changed]),
    ("is paused now", &[Claim::Changed]),
    ("is booked", &[Claim::Reserved]),
    ("it's booked", &[Claim::Reserved]),
    ("you're booked", &[Claim::Reserved]),
    ("i've booked", &[Claim::Reserved]),
    ("put you down", &[Claim::Reserved]),
    ("you're registered", &[Claim::Reserved]),
];

#[cfg(test)]
mod tests {
    use super::tells_of_machine;

    #[test]
    fn a_machine_says_so_in_words() {
        let check = |text: &str, expect: bool| assert_eq!(tells_of_machine(text), expect, "{text}");
        check("Hi, this is Hark, the coffee shop's automated assistant.", true);
        check("Good morning! You're speaking with a computer.", true);
        check("This is Hark, an AI.", true);
        check("Hi, this is Hark from the coffee shop.", false);
        check("Don't worry. A robot speaks.", true);
        check("I'm not a robot, I'm Anna.", false);
        check("This isn't a machine.", false);
        check("We sell assistants' aprons and maize.", false);
    }
}
