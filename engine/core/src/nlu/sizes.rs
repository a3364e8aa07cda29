//! What is asked about the sizes of drinks: "what sizes do you have", "how big is a large".

use super::enquiry::bare_question;
use super::normalize::Words;

/// What is asked about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsksSizes {
    /// Which there are.
    Which,
    /// How much one of them holds.
    HowBig,
}

impl AsksSizes {
    /// As conditions name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Which => "which",
            Self::HowBig => "how_big",
        }
    }
}

/// The question about sizes in an utterance, if it is one. Whether it is about drinks, whoever asks must know.
pub fn asks_sizes(words: &Words) -> Option<AsksSizes> {
    let all: Vec<&str> = words.iter().collect();
    let said = bare_question(&all);
    let has = |listed: &[&str]| said.iter().any(|word| listed.contains(word));
    let (first, second) = (said.first()?, said.get(1).copied().unwrap_or_default());
    if said.len() > WORDS_MAX || has(OTHERWISE) {
        return None;
    }
    match *first {
        "how" if BIG.contains(&second) && has(VERBS) => Some(AsksSizes::HowBig),
        "how" if second == "many" && has(MEASURES) => Some(AsksSizes::HowBig),
        "how" if second == "many" && has(SIZES) => Some(AsksSizes::Which),
        "what" | "what's" | "which" if has(SIZES) => {
            let of_one = has(&["it", "that", "a"]) && !has(&["sizes", "come", "have"]);
            Some(if of_one {
                AsksSizes::HowBig
            } else {
                AsksSizes::Which
            })
        }
        "do" | "does" | "are" | "is" | "sizes" | "in" | "any"
            if has(&["sizes"]) || (has(SIZES) && has(OTHERS)) =>
        {
            Some(AsksSizes::Which)
        }
        _ => None,
    }
}

const SIZES: &[&str] = &["size", "sizes"];
const MEASURES: &[&str] = &["ounces", "oz", "milliliters", "millilitres"];
const BIG: &[&str] = &["big", "large", "small"];
const OTHERS: &[&str] = &["another", "bigger", "different", "larger", "other", "smaller"];
const VERBS: &[&str] = &["is", "are", "would"];
/// Things whose size is another matter, or another order's.
const OTHERWISE: &[&str] = &[
    "bag", "bags", "box", "boxes", "discount", "hurry", "mug", "mugs", "my", "order", "pack", "packs",
    "package", "parcel",
];
const WORDS_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::{AsksSizes, asks_sizes};
    use crate::nlu::normalize::Words;

    #[test]
    fn questions_about_sizes() {
        let check = |text: &str, expect: Option<AsksSizes>| {
            assert_eq!(asks_sizes(&Words::new(text)), expect, "{text}");
        };
        check("what sizes do you have", Some(AsksSizes::Which));
        check("and which sizes does it come in", Some(AsksSizes::Which));
        check("what size does it come in", Some(AsksSizes::Which));
        check("do you have different sizes", Some(AsksSizes::Which));
        check("do you have a bigger size", Some(AsksSizes::Which));
        check("how big is it", Some(AsksSizes::HowBig));
        check("how big is a large", Some(AsksSizes::HowBig));
        check("what size is it", Some(AsksSizes::HowBig));
        check("how many ounces is that", Some(AsksSizes::HowBig));
        check("how many sizes do you have", Some(AsksSizes::Which));
        check("how big is the bag", None);
        check("how big is my order", None);
        check("a large latte", None);
        check("what size latte", Some(AsksSizes::Which));
        check("make it a large size", None);
    }
}
