//! Questions about what is or was: "did you get my order for two bags?", "which is cheaper, the Midnight or the Kenya?".
//! Who asks so may name goods, and orders none.

use super::normalize::Words;

/// Whether an utterance asks for something to be told, and not for something to be done.
pub(super) fn asks(words: &Words) -> bool {
    let mut rest = words.iter().skip_while(|word| BEFORE.contains(word));
    let (first, second) = (rest.next().unwrap_or_default(), rest.next().unwrap_or_default());
    match first {
        "did" | "was" | "were" | "has" | "which" | "who" | "whose" | "where's" | "when's" => true,
        // "What I want is two bags", "how about the dark roast", "when you can".
        "what" | "how" | "when" | "where" | "why" => AUXILIARIES.contains(&second),
        // "Is there a way to pay with cash", but not "is it possible to order two bags".
        "is" | "are" | "does" | "will" => !words.iter().any(|word| WISHING.contains(&word)),
        _ => false,
    }
}

/// What may stand before a question.
const BEFORE: &[&str] = &[
    "hi", "hello", "hey", "yes", "yeah", "no", "okay", "oh", "well", "and", "so", "but", "sorry", "wait",
    "please", "actually",
];
/// Who uses these wants to have something, in whatever form they ask.
const WISHING: &[&str] = &[
    "buy", "get", "have", "order", "possible", "reorder", "send", "usual",
];
/// What follows in a question, where a wish would go on otherwise.
const AUXILIARIES: &[&str] = &[
    "is", "are", "was", "were", "did", "do", "does", "has", "have", "will", "would", "much", "many", "long",
    "soon",
];

#[cfg(test)]
mod tests {
    use super::{Words, asks};

    #[test]
    fn a_question_is_no_wish() {
        let check = |text: &str, expect: bool| assert_eq!(asks(&Words::new(text)), expect, "{text}");
        check("did you get my order for two bags", true);
        check("which is cheaper, the midnight or the kenya", true);
        check("so how much are two bags", true);
        check("when will the dark roast be here", true);
        check("what about two bags of the dark roast", false);
        check("what i want is two bags of dark roast", false);
        check("how about the kenya", false);
        check("do you have the kenya", false);
        check("is there a way to pay with cash", true);
        check("is it possible to order two bags", false);
        check("can i get two bags", false);
        check("two bags of dark roast", false);
    }
}
