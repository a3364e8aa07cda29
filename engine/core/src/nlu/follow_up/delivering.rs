//! Where and when it comes, and what that costs: "send it to my office", "when would it arrive?"

use crate::nlu::normalize::Words;
use crate::nlu::wording::says_one_of;

/// "Can I have it delivered on Friday instead", "can you send it to my office": it is to come elsewhere, or on another
/// day. `told` where a place or a day was named.
pub fn moves(words: &Words, told: bool) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word));
    let asks = words.iter().next().is_some_and(|word| QUESTIONS.contains(&word));
    !asks && has(DELIVERING) && (told || has(OTHERWISE))
}

/// What is asked about the delivery of what is being ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsksDelivery {
    /// "When would it arrive?"
    Day,
    /// "How much is shipping?"
    Cost,
}

impl AsksDelivery {
    /// As conditions name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Cost => "cost",
        }
    }
}

/// The question about delivery in an utterance that speaks of no order by name.
pub fn asks_delivery(words: &Words) -> Option<AsksDelivery> {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word));
    let text = words.text();
    let any = |phrases: &[&str]| says_one_of(&text, phrases);
    if has(SHIPPING) && (any(HOW_MUCH) || has(COSTS)) {
        Some(AsksDelivery::Cost)
    } else if any(WHEN) && has(COMING) && !has(ITS_OTHERS) {
        Some(AsksDelivery::Day)
    } else {
        None
    }
}

const DELIVERING: &[&str] = &[
    "deliver",
    "delivered",
    "delivery",
    "ship",
    "shipped",
    "shipping",
    "send",
    "sent",
    "come",
    "arrive",
    "here",
    "address",
];
const OTHERWISE: &[&str] = &[
    "instead",
    "different",
    "another",
    "change",
    "later",
    "earlier",
    "sooner",
    "reschedule",
    "move",
    "update",
    "switch",
    "elsewhere",
];
/// Who begins so wants to know.
const QUESTIONS: &[&str] = &[
    "when", "where", "will", "is", "has", "does", "did", "what", "why", "how", "was",
];
const SHIPPING: &[&str] = &["shipping", "delivery", "postage"];
const HOW_MUCH: &[&str] = &["how much", "do i pay", "is there a charge"];
const COSTS: &[&str] = &[
    "cost", "costs", "charge", "charges", "free", "fee", "fees", "included", "extra",
];
const WHEN: &[&str] = &[
    "when",
    "how long",
    "how soon",
    "how fast",
    "how quickly",
    "what day",
    "which day",
];
const COMING: &[&str] = &[
    "arrive",
    "come",
    "here",
    "delivered",
    "deliver",
    "ship",
    "shipped",
    "take",
    "get",
    "delivery",
];
const ITS_OTHERS: &[&str] = &[
    "order",
    "orders",
    "package",
    "parcel",
    "last",
    "my",
    "subscription",
    "stuff",
];

#[cfg(test)]
mod tests {
    use super::{AsksDelivery, Words, asks_delivery, moves};

    #[test]
    fn it_is_to_come_otherwise() {
        let check = |text: &str, told: bool, expect: bool| {
            assert_eq!(moves(&Words::new(text), told), expect, "{text}");
        };
        check("can i have it delivered on friday instead", true, true);
        check("can you change the delivery address", false, true);
        check("can you send it to my office", true, true);
        check("can you have it here by friday", true, true);
        check("is it here yet", false, false);
        check("will it come on friday", true, false);
        check("can you send it", false, false);
    }

    #[test]
    fn questions_about_delivery() {
        let check = |text: &str, expect: Option<AsksDelivery>| {
            assert_eq!(asks_delivery(&Words::new(text)), expect, "{text}");
        };
        check("when will it arrive", Some(AsksDelivery::Day));
        check("how long does delivery take", Some(AsksDelivery::Day));
        check("how much is shipping", Some(AsksDelivery::Cost));
        check("is delivery free", Some(AsksDelivery::Cost));
        check("when will my order arrive", None);
        check("how much is the kenya", None);
    }
}
