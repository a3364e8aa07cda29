//! Questions about what is or was: "did you get my order for two bags?", "which is cheaper, the Midnight or the Kenya?".
//! Who asks so may name goods, and orders none.

use super::enquiry::{bare_question, leading};
use super::follow_up::begins_with_wish;
use super::normalize::Words;
use super::wording::longest;

/// Whether an utterance asks for something to be told, and not for something to be done.
pub(crate) fn asks(words: &Words) -> bool {
    let all: Vec<&str> = words.iter().collect();
    let all = without_answer(&all);
    let mut rest = all.iter().skip(leading(all)).copied();
    let (first, second) = (rest.next().unwrap_or_default(), rest.next().unwrap_or_default());
    match first {
        "did" | "was" | "were" | "has" | "which" | "who" | "whose" | "where's" | "when's" => true,
        // "What I want is two bags", "how about the dark roast", "when you can".
        "what" | "how" | "when" | "where" | "why" => AUXILIARIES.contains(&second),
        // "Is there a way to pay with cash", but not "is it possible to order two bags".
        // "Will I be charged twice if I order two bags?"
        "will" if second == "i" => true,
        "is" | "are" | "does" | "will" => !words.iter().any(|word| WISHING.contains(&word)),
        _ => false,
    }
}

/// "Do you have mochas", "the price of a latte": whether what is named can be had, or what it costs, and no wish for it.
pub(crate) fn asks_of_named(words: &Words) -> bool {
    asks_whether_had(words) || asks_price(words)
}

/// "Do you have mochas", "have you got the Kenya". Of "anything for espresso" nothing is named.
pub(crate) fn asks_whether_had(words: &Words) -> bool {
    let all: Vec<&str> = words.iter().collect();
    let said = bare_question(without_answer(&all));
    let names = !says_any(said, LOOKING) && !says_any(said, OWN) && !is_of_what_is_in(said);
    names && longest(said, HAVING).is_some()
}

fn asks_price(words: &Words) -> bool {
    let all: Vec<&str> = words.iter().collect();
    let said = bare_question(without_answer(&all));
    // Behind a wish ("two lattes, how much is that") it is asked of what was wished for.
    let asked = said.strip_prefix(&["the"]).unwrap_or(said);
    let priced = longest(asked, PRICE_OF).is_some();
    let what = said.first().is_some_and(|word| ["what", "what's"].contains(word));
    let charged = longest(asked, CHARGED_FOR);
    let named = asked.get(charged.unwrap_or_default()..).unwrap_or_default();
    let names = !says_any(named, LOOKING) && !begins_with_wish(words);
    names && (charged.is_some() || priced || (what && says_any(said, PRICES)))
}

/// The words behind "yes" or "no", and what may stand before that.
fn without_answer<'a, 'w>(all: &'a [&'w str]) -> &'a [&'w str] {
    let before = leading(all);
    let answers = |word: &&&str| ["no", "yes", "yeah"].contains(*word);
    all.get(before)
        .filter(answers)
        .and(all.get(before + 1..))
        .unwrap_or(all)
}

/// "Are there nuts in the mocha", "is there a warranty on it": of what is named, and not whether there is any.
fn is_of_what_is_in(said: &[&str]) -> bool {
    says_any(said, &["in", "on"]) && !says_any(said, AT_HAND)
}

fn says_any(said: &[&str], listed: &[&str]) -> bool {
    said.iter().any(|word| listed.contains(word))
}

/// Who uses these wants to have something, in whatever form they ask.
const WISHING: &[&str] = &[
    "buy", "get", "have", "order", "possible", "reorder", "send", "usual",
];
/// Who says these looks for something by what it is like or for, or wants it for somebody.
const LOOKING: &[&str] = &["anything", "something", "else", "for", "me"];
/// What they speak of is an order of theirs.
const OWN: &[&str] = &["my", "our"];
/// "In stock", "on the menu".
const AT_HAND: &[&str] = &["stock", "store", "shop", "menu", "hand", "offer", "sale"];
const PRICES: &[&str] = &["price", "prices", "cost", "costs"];
const PRICE_OF: &[&str] = &[
    "price of",
    "prices of",
    "cost of",
    "how much is",
    "how much are",
    "how much does",
    "how much do",
];
/// "For" is in these of what is named.
const CHARGED_FOR: &[&str] = &[
    "how much for",
    "what do you charge for",
    "how much do you charge for",
    "how much do you want for",
    "price for",
];
/// How somebody begins who wants to know whether there is such a thing.
const HAVING: &[&str] = &[
    "do you have",
    "do you sell",
    "do you serve",
    "do you make",
    "do you do",
    "do you offer",
    "do you carry",
    "do you guys have",
    "do you guys make",
    "have you got",
    "you have",
    "you sell",
    "you serve",
    "you make",
    "is there",
    "are there",
];
/// What follows in a question, where a wish would go on otherwise.
const AUXILIARIES: &[&str] = &[
    "is", "are", "was", "were", "did", "do", "does", "has", "have", "will", "would", "much", "many", "long",
    "soon", "big", "heavy", "old", "fresh",
];

#[cfg(test)]
mod tests {
    use super::{Words, asks, asks_of_named, asks_whether_had};

    #[test]
    fn a_question_is_no_wish() {
        let check = |text: &str, expect: bool| assert_eq!(asks(&Words::new(text)), expect, "{text}");
        check("did you get my order for two bags", true);
        check("will i be charged twice if i order two bags", true);
        check("will you send me two bags", false);
        check("which is cheaper, the midnight or the kenya", true);
        check("so how much are two bags", true);
        check("when will the dark roast be here", true);
        check("what about two bags of the dark roast", false);
        check("what i want is two bags of dark roast", false);
        check("how about the kenya", false);
        check("do you have the kenya", false);
        check("is there a way to pay with cash", true);
        check("is it possible to order two bags", false);
        check("one was broken", false);
        check("hold on, which is cheaper", true);
        check("can i get two bags", false);
        check("two bags of dark roast", false);
    }

    #[test]
    fn what_is_named_may_only_be_asked_about() {
        let check = |text: &str, expect: bool| assert_eq!(asks_of_named(&Words::new(text)), expect, "{text}");
        check("do you have a cappuccino", true);
        check("hi, do you serve mochas", true);
        check("can you tell me if you have mochas", true);
        check("have you got lattes with oat milk", true);
        check("what is the price of an espresso", true);
        check("price of a latte", true);
        check("can you tell me what an espresso costs", true);
        check("do you have the kenya in stock", true);
        check("are there nuts in the mocha", false);
        check("is there a warranty on the grinder", false);
        check("two large lattes please how much is that", false);
        check("do you have my latte", false);
        check("do you have anything for espresso", false);
        check("i'd like a latte, how much is it", false);
        check("can i have a cappuccino", false);
        check("can you make me a latte", false);
        check("a cappuccino please", false);
        assert!(asks_whether_had(&Words::new("do you have a cappuccino")));
        assert!(!asks_whether_had(&Words::new("how much is a cappuccino")));
    }
}
