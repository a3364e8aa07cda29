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

/// The word of success in a text, and what it may rest on.
pub(super) fn success_word(text: &str) -> Option<(&'static str, &'static [Claim])> {
    let text = text.to_lowercase();
    SUCCESS_WORDS
        .iter()
        .copied()
        .find(|(word, _)| text.contains(word))
}

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
