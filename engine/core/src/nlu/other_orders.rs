//! What is said of orders that stand, with nothing under way or after another one's status was told.

use super::normalize::Words;

/// "Both my orders", "the order I placed this morning".
pub fn names_order(words: &Words) -> bool {
    words.iter().any(|word| ["order", "orders"].contains(&word))
}

/// "And the Kenya?", "what about the one with the mugs?": nothing but what it is about. `goods` are the words that name it.
pub fn asks_besides(words: &Words, goods: &str) -> bool {
    let goods: Vec<&str> = goods.split_whitespace().collect();
    let mut rest = words.iter().filter(|word| !goods.contains(word));
    let opens = words.iter().next().is_some_and(|word| OPENING.contains(&word));
    let which = words.iter().any(|word| ["the", "my"].contains(&word));
    opens && which && rest.all(|word| OPENING.contains(&word) || AROUND.contains(&word))
}

const OPENING: &[&str] = &["and", "what", "how", "where", "where's", "what's"];
const AROUND: &[&str] = &[
    "about", "the", "my", "one", "with", "order", "of", "for", "is", "then", "other",
];

#[cfg(test)]
mod tests {
    use super::{Words, asks_besides};

    #[test]
    fn another_order_is_asked_about() {
        let check = |text: &str, expect: bool| {
            assert_eq!(asks_besides(&Words::new(text), "kenya"), expect, "{text}");
        };
        check("and the kenya", true);
        check("what about the one with the kenya", true);
        check("where's my kenya order", true);
        check("and a kenya", false);
        check("and add the kenya", false);
        check("what does the kenya cost", false);
        check("the kenya", false);
    }
}
