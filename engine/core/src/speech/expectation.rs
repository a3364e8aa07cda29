//! What the dialogue expects to hear next. It decides three things at once: the grammar, the
//! endpoint, and how the answer must be confirmed.

use serde::{Deserialize, Serialize};

/// What the caller was asked for. Global commands (agent, repeat, help, cancel, goodbye) and
/// corrections are always understood besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Expectation {
    /// Yes or no, or a correction of what was read back ("make it two").
    YesNo,
    /// A digit string whose length is known, such as an order number.
    Digits { min: u8, max: u8 },
    /// One of these, by any of their spoken forms: the caller's own orders, two substitutes, ...
    OneOf { candidates: Vec<Candidate> },
    /// An item of the catalogue, with or without a quantity.
    Item,
    /// A small whole number.
    Quantity { max: u32 },
    /// A drink with its options, in any order.
    Drink,
    /// Anything the shop's line is for: an intent, with whatever slots come along.
    Open,
}

/// One choice of [`Expectation::OneOf`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// What the choice means: an order id, a SKU.
    pub value: String,
    /// Every way to say it, best first.
    pub spoken: Vec<String>,
}

impl Expectation {
    /// The class's name in logs, metrics and records.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::YesNo => "yes_no",
            Self::Digits { .. } => "digits",
            Self::OneOf { .. } => "one_of",
            Self::Item => "item",
            Self::Quantity { .. } => "quantity",
            Self::Drink => "drink",
            Self::Open => "open",
        }
    }

    /// The choices on offer, if it is a choice.
    pub fn candidates(&self) -> &[Candidate] {
        match self {
            Self::OneOf { candidates } => candidates,
            Self::YesNo
            | Self::Digits { .. }
            | Self::Item
            | Self::Quantity { .. }
            | Self::Drink
            | Self::Open => &[],
        }
    }

    /// How many words such an answer mostly has, where that is known: what takes many more to fit is
    /// rather something else that was said.
    pub const fn usual_words(&self) -> Option<u8> {
        match self {
            Self::YesNo => Some(1),
            Self::Digits { max, .. } => Some(*max),
            Self::OneOf { .. } | Self::Item | Self::Quantity { .. } | Self::Drink | Self::Open => None,
        }
    }

    /// Whether such an answer is known to take long enough to fit a recogniser to the noise of its line: a drink does,
    /// with all that goes into it; a word or two does not. Of what is said at other questions nobody has measured it.
    pub const fn is_told_at_length(&self) -> bool {
        match self {
            Self::Drink => true,
            Self::YesNo
            | Self::Digits { .. }
            | Self::OneOf { .. }
            | Self::Item
            | Self::Quantity { .. }
            | Self::Open => false,
        }
    }
}
