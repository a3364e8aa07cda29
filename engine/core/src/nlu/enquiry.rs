//! What somebody asks about a thing: "is it organic?", "how strong is the second one?", "what does it cost?". Only
//! whole questions: "anything organic" is a wish, and "the organic one" an answer.

use super::normalize::Words;
use super::preference::{Found, Want, preferences};
use super::wording::longest;
use crate::shop::{Attribute, Trait};

/// A question about something that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enquiry {
    pub asks: Asks,
    pub of: Of,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Whether it is so.
    Is(Attribute),
    /// What it is like in this.
    About(Trait),
    Price,
}

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// What is spoken of: "it", "they", "which of them".
    It,
    /// What the words name.
    Named,
}

/// The question that all the words are, if they are one.
pub fn enquiry(words: &Words) -> Option<Enquiry> {
    let all: Vec<&str> = words.iter().collect();
    let said = bare_question(&all);
    // "Tell me whether" stands before it.
    let stated = said.len() + leading(&all) < all.len();
    if said.len() > WORDS_MAX || said.iter().any(|word| OTHERWISE.contains(word)) {
        return None;
    }
    let wishes = preferences(&Words::new(&said.join(" ")));
    let (asks, after) = match *said.first()? {
        "how" => (degree(said)?, 2),
        "what" | "what's" | "which" => (open(said, &wishes)?, 1),
        _ => (whether(said, stated, &wishes)?, 0),
    };
    let rest = said.get(after..).unwrap_or_default();
    let points = said.first() == Some(&"which") || rest.iter().any(|word| POINTING.contains(word));
    let of = if points { Of::It } else { Of::Named };
    Some(Enquiry { asks, of })
}

/// How questions that need no name are worded, for recognisers.
pub fn worded() -> impl Iterator<Item = &'static str> {
    WORDED.iter().copied()
}

/// The question without what leads to it: "oh, and can you tell me | what it costs".
pub(super) fn bare_question<'a, 'w>(words: &'a [&'w str]) -> &'a [&'w str] {
    let after = words.get(leading(words)..).unwrap_or_default();
    after
        .get(longest(after, INDIRECT).unwrap_or(0)..)
        .unwrap_or_default()
}

/// How many words of no weight a question begins with.
pub(super) fn leading(words: &[&str]) -> usize {
    let mut leading = 0;
    while let Some(len) = words.get(leading..).and_then(|rest| longest(rest, LEADING)) {
        leading += len;
    }
    leading
}

/// "How strong is it", "how much does it cost".
fn degree(said: &[&str]) -> Option<Asks> {
    let word = |at: usize| said.get(at).copied().unwrap_or_default();
    if word(1) == "much" && word(2) == "caffeine" {
        return Some(Asks::About(Trait::Caffeine));
    }
    let known = DEGREES.iter().find(|(degree, _)| *degree == word(1));
    let asks = known.map(|(_, asks)| *asks)?;
    let verb = said.iter().skip(2).any(|word| VERBS.contains(word));
    verb.then_some(asks)
}

/// "What does it cost", "what roast is it", "which one is stronger".
fn open(said: &[&str], wishes: &[Found]) -> Option<Asks> {
    let says = |listed: &[&str]| said.iter().any(|word| listed.contains(word));
    if !said.iter().any(|word| VERBS.contains(word) || *word == "what's") {
        return None;
    }
    let topic = TOPICS.iter().find(|(listed, _)| says(listed));
    let topic = topic.map(|(_, asks)| *asks);
    if said.first() == Some(&"which") && topic.is_none() {
        // "Which is the cheapest coffee" looks for another one.
        let of_these = said
            .get(1)
            .is_some_and(|word| ["are", "is", "of", "one", "one's"].contains(word));
        return wishes.last().filter(|_| of_these).and_then(compared);
    }
    topic
}

fn compared(found: &Found) -> Option<Asks> {
    match found.preference.want {
        Want::Has(attribute) | Want::Lacks(attribute) => Some(Asks::About(attribute.about())),
        Want::More(about) | Want::Less(about) => Some(Asks::About(about)),
        Want::Cheap | Want::Cheaper | Want::AtMost(_) => Some(Asks::Price),
        Want::LikeLast | Want::Untried | Want::Any => None,
    }
}

/// "Is it organic", "does it have caffeine", "can I use it for espresso"; `stated`: "whether it's organic".
fn whether(said: &[&str], stated: bool, wishes: &[Found]) -> Option<Asks> {
    let word = |at: usize| said.get(at).copied().unwrap_or_default();
    let caffeine = said.contains(&"caffeine");
    let begins = match word(0) {
        "is" | "isn't" | "are" | "aren't" if word(1) == "there" => caffeine,
        "is" | "isn't" | "are" | "aren't" | "was" | "does" | "doesn't" | "has" | "will" | "would" => {
            POINTING.contains(&word(1)) || word(1) == "the" || said.len() > 2
        }
        "can" | "could" => word(1) == "it" || (word(1) == "i" && MAKING.contains(&word(2))),
        first => stated && (STATING.contains(&first) || word(1) == "is" || word(2) == "is"),
    };
    if !begins {
        return None;
    }
    if caffeine {
        return Some(Asks::About(Trait::Caffeine));
    }
    if said.contains(&"expensive") {
        return Some(Asks::Price);
    }
    if said.contains(&"or") {
        return either(wishes);
    }
    let found = wishes.last()?;
    let turned = word(0).ends_with("n't");
    match found.preference.want {
        // What sort of thing it is, its name says.
        Want::Has(attribute) | Want::Lacks(attribute) if attribute.about() == Trait::Sort => None,
        Want::Has(attribute) => Some(Asks::Is(attribute)),
        Want::Lacks(attribute) if turned => Some(Asks::Is(attribute)),
        Want::Lacks(_)
        | Want::More(_)
        | Want::Less(_)
        | Want::AtMost(_)
        | Want::Cheap
        | Want::Cheaper
        | Want::LikeLast
        | Want::Untried
        | Want::Any => compared(found),
    }
}

/// "Is it light or dark".
fn either(wishes: &[Found]) -> Option<Asks> {
    let mut about = wishes.iter().map(compared);
    let first = about.next()?;
    about.all(|other| other == first).then_some(first)?
}

/// A greeting, "hold on one second". An answer is none: "no, is it organic" was asked something else.
const LEADING: &[&str] = &[
    "actually",
    "and",
    "but",
    "hang on",
    "hello",
    "hey",
    "hi",
    "hmm",
    "hold on",
    "just",
    "oh",
    "okay",
    "one second",
    "please",
    "right",
    "so",
    "sorry",
    "wait",
    "well",
];
/// What stands before a question that is told: "can you tell me whether".
const INDIRECT: &[&str] = &[
    "can you tell me",
    "can you tell me if",
    "can you tell me whether",
    "could you tell me",
    "could you tell me if",
    "could you tell me whether",
    "do you know",
    "do you know if",
    "do you know whether",
    "i'd like to know",
    "i'd like to know if",
    "i want to know",
    "i want to know if",
    "tell me",
    "tell me if",
    "tell me whether",
];
/// Words of somebody who wants something, or speaks of another matter than what a thing is like.
const OTHERWISE: &[&str] = &[
    "another",
    "any",
    "anything",
    "bring",
    "cancel",
    "cheapest",
    "deliver",
    "delivered",
    "delivery",
    "else",
    "give",
    "i'd",
    "i'll",
    "instead",
    "make",
    "me",
    "my",
    "need",
    "no",
    "nothing",
    "open",
    "order",
    "other",
    "others",
    "rather",
    "repair",
    "send",
    "ship",
    "shipping",
    "something",
    "stock",
    "sold",
    "take",
    "today",
    "tomorrow",
    "want",
    "we",
    "yes",
    "you",
    "your",
];
const POINTING: &[&str] = &[
    "both", "it", "it's", "that", "that's", "these", "they", "this", "those",
];
const STATING: &[&str] = &["it", "it's", "that", "that's", "they", "this"];
const VERBS: &[&str] = &[
    "are", "cost", "costs", "does", "do", "has", "is", "it's", "one's", "that's", "was",
];
const MAKING: &[&str] = &["brew", "grind", "put", "use"];
const DEGREES: &[(&str, Asks)] = &[
    ("much", Asks::Price),
    ("expensive", Asks::Price),
    ("strong", Asks::About(Trait::Strength)),
    ("mild", Asks::About(Trait::Strength)),
    ("intense", Asks::About(Trait::Strength)),
    ("bitter", Asks::About(Trait::Strength)),
    ("dark", Asks::About(Trait::Roast)),
    ("light", Asks::About(Trait::Roast)),
    ("roasted", Asks::About(Trait::Roast)),
];
const TOPICS: &[(&[&str], Asks)] = &[
    (&["cost", "costs", "price"], Asks::Price),
    (&["roast", "roasted"], Asks::About(Trait::Roast)),
    (
        &[
            "flavor", "flavors", "flavour", "flavours", "notes", "taste", "tastes",
        ],
        Asks::About(Trait::Flavour),
    ),
];
/// Longer than any question of this kind.
const WORDS_MAX: usize = 12;
const WORDED: &[&str] = &[
    "is it organic",
    "is it decaf",
    "is it strong",
    "is it mild",
    "is it dark",
    "is it light",
    "is it fruity",
    "is it good for espresso",
    "is it good for filter coffee",
    "is it good for a french press",
    "does it have caffeine",
    "how strong is it",
    "how dark is it",
    "what roast is it",
    "how much is it",
    "what does it cost",
    "what does it taste like",
];

#[cfg(test)]
mod tests {
    use super::{Asks, Enquiry, Of, enquiry, worded};
    use crate::nlu::normalize::Words;
    use crate::shop::{Attribute, Trait};

    fn check(text: &str, expect: Option<(Asks, Of)>) {
        let expect = expect.map(|(asks, of)| Enquiry { asks, of });
        assert_eq!(enquiry(&Words::new(text)), expect, "for {text:?}");
    }

    #[test]
    fn questions_about_what_was_named() {
        let organic = Asks::Is(Attribute::GrownOrganic);
        check("Is it organic?", Some((organic, Of::It)));
        check("isn't that organic", Some((organic, Of::It)));
        check("okay, and is that one organic?", Some((organic, Of::It)));
        check("can you tell me if it's organic", Some((organic, Of::It)));
        check("is the second one organic", Some((organic, Of::Named)));
        check("is the dark roast organic", Some((organic, Of::Named)));
        check("is it decaf", Some((Asks::Is(Attribute::CaffeineNone), Of::It)));
        check(
            "does it have caffeine",
            Some((Asks::About(Trait::Caffeine), Of::It)),
        );
        check(
            "is there caffeine in it",
            Some((Asks::About(Trait::Caffeine), Of::It)),
        );
        check(
            "is it a dark roast",
            Some((Asks::Is(Attribute::RoastDark), Of::It)),
        );
        check("is it too strong", Some((Asks::About(Trait::Strength), Of::It)));
        check(
            "can I use it for espresso",
            Some((Asks::Is(Attribute::UseEspresso), Of::It)),
        );
        check(
            "does it work in a French press",
            Some((Asks::Is(Attribute::UseFrenchPress), Of::It)),
        );
        check("how strong is it", Some((Asks::About(Trait::Strength), Of::It)));
        check(
            "how dark is the second one",
            Some((Asks::About(Trait::Roast), Of::Named)),
        );
        check(
            "which one is stronger",
            Some((Asks::About(Trait::Strength), Of::It)),
        );
        check("what does it cost", Some((Asks::Price, Of::It)));
        check("how much is that", Some((Asks::Price, Of::It)));
        check("how much is the Midnight blend", Some((Asks::Price, Of::Named)));
        check("what roast is it", Some((Asks::About(Trait::Roast), Of::It)));
        check(
            "what does it taste like",
            Some((Asks::About(Trait::Flavour), Of::It)),
        );
        check("is it light or dark", Some((Asks::About(Trait::Roast), Of::It)));
        check("which one's cheaper", Some((Asks::Price, Of::It)));
        check("is it expensive", Some((Asks::Price, Of::It)));
    }

    #[test]
    fn wishes_and_answers_are_none() {
        for text in [
            "anything organic",
            "is there anything cheaper",
            "do you have it in dark",
            "the organic one",
            "organic",
            "it is",
            "that is right",
            "make it dark",
            "is it the usual",
            "can I have the dark one",
            "which coffee is good for espresso",
            "what would you recommend",
            "how much is the delivery",
            "what does it cost to send it back",
            "no, is it organic",
            "is it a grinder",
            "how many do you have",
            "where is it",
            "is it organic or under ten dollars",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn what_recognisers_listen_for_is_understood() {
        for form in worded() {
            assert!(
                enquiry(&Words::new(form)).is_some_and(|found| found.of == Of::It),
                "{form}"
            );
        }
    }
}
