//! Beans that are wanted ground: "a bag of Kenya, ground for espresso". What they are to be ground for names no drink and
//! looks for no other coffee.

use super::normalize::Words;

/// Where the words stand that want it ground. `any`: also of what was spoken of before, as in "can you grind it".
pub(super) fn ground(words: &Words, any: bool) -> Option<(usize, usize)> {
    let all: Vec<&str> = words.iter().collect();
    (0..all.len()).find_map(|at| {
        let rest = all.get(at..)?;
        let before = all.get(..at)?;
        let told = match rest {
            ["pre", "ground", ..]
            | ["freshly", "ground", ..]
            | ["coarsely", "ground", ..]
            | ["finely", "ground", ..] => 2,
            ["ground", "floor" | "level", ..] => return None,
            ["ground" | "preground", ..] => 1,
            ["grind", "it" | "them" | "that" | "those", ..] if any || at > 1 => 2,
            ["grind", "the" | "my", "beans" | "coffee", ..] if any => 3,
            [..] => return None,
        };
        // "Whole beans, not ground" is what the shop has.
        if matches!(before, [.., "not" | "aren't" | "isn't" | "don't" | "never"]) {
            return None;
        }
        // "The ground was cold" is none.
        let named = matches!(before, [.., "the"]) && matches!(rest, ["ground", ..]);
        let end = at + told + purpose(rest.get(told..)?);
        (!named).then(|| (at - leading(before), end))
    })
}

/// "... and can you | grind it".
fn leading(before: &[&str]) -> usize {
    let leads = before.iter().rev();
    leads.take_while(|word| LEADING.contains(word)).count()
}

/// "For an espresso machine", "coarse": what it is for, up to the next thing.
fn purpose(rest: &[&str]) -> usize {
    let fine = rest.iter().take_while(|word| FINENESS.contains(word)).count();
    let after = rest.get(fine..).unwrap_or_default();
    if !matches!(after, ["for" | "to", ..]) {
        return fine;
    }
    let end = after.iter().position(|word| ENDING.contains(word));
    fine + end.unwrap_or(after.len()).min(PURPOSE_WORDS_MAX)
}

const LEADING: &[&str] = &[
    "and", "can", "could", "you", "please", "also", "have", "get", "it", "them", "but",
];
const FINENESS: &[&str] = &[
    "coarse", "coarsely", "extra", "fine", "finely", "medium", "please", "up", "me",
];
const ENDING: &[&str] = &[
    "and",
    "but",
    "please",
    "thanks",
    "plus",
    "or",
    "delivered",
    "sent",
];
const PURPOSE_WORDS_MAX: usize = 5;

#[cfg(test)]
mod tests {
    use super::ground;
    use crate::nlu::normalize::Words;

    #[test]
    fn beans_are_wanted_ground() {
        let check = |text: &str, any: bool, expect: &str| {
            let words = Words::new(text);
            let found = ground(&words, any).map(|(from, to)| words.span(from, to));
            assert_eq!(found.unwrap_or_default(), expect, "{text}");
        };
        check("a bag of kenya ground for espresso", false, "ground for espresso");
        check("two bags of ground coffee and a mug", false, "ground");
        check(
            "a bag of kenya and grind it for a french press please",
            false,
            "and grind it for a french press",
        );
        check("can you grind it for me", true, "can you grind it for me");
        check("do you grind the beans", false, "");
        check("a coffee grinder", true, "");
        check("on the ground floor", true, "");
        check("two bags of kenya not ground", false, "");
        check("don't grind it please", true, "");
    }
}
