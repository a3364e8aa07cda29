//! A coffee-counter order: drink, roast, size, shots, milk and sugar, said in any order.
//!
//! Values are canonical phrases ("a little bit of soy milk", "twelve ounce", "double shot").

mod kinds;
mod left_out;
mod named_last;
mod phrases;

pub(crate) use self::kinds::{apart, apart_of, is_of_all};
use self::left_out::{is_left_out, left_out};
use self::phrases::{ADDED, AMOUNTS, COUNTED, ELSEWHERE, FIXED, NOT_MADE, ORDINARY, PLAIN};
use super::decision::{Slot, SlotValue};
use super::normalize::Words;
use super::number;
use super::wording::{begins, count, gives_up};
use crate::units::Confidence;

/// One option found, with the words that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrinkSlot {
    /// One of [`SLOTS`].
    pub name: &'static str,
    pub value: String,
    pub start: usize,
    pub end: usize,
}

/// The slots' names, as evaluations and shops know them.
pub const SLOTS: &[&str] = &[DRINK, "roast", SIZE, "numberOfShots", "sugarAmount", "milkAmount"];

/// What was said of a drink that Hark has no way to order: decaf, a syrup, a fourth shot. No drink without its name.
pub const UNMADE: &str = "unmade";

/// As many shots as are in the drink anyhow: "no extra shot".
pub(crate) const USUAL_SHOTS: &str = "usual shots";

/// The drinks that are known by name.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let drinks = phrases::FIXED.iter().filter(|(_, slot, _)| *slot == DRINK);
    drinks.map(|(_, _, name)| *name)
}

/// The sizes that are known by name, the smallest first, and not by what they hold: "small", not "eight ounce".
pub(crate) fn sizes() -> impl Iterator<Item = &'static str> {
    let sizes = phrases::FIXED.iter().filter(|(_, slot, _)| *slot == SIZE);
    sizes.map(|(_, _, size)| *size).filter(|size| !size.contains(' '))
}

/// Every option in the utterance, left to right. When one is said twice the last counts ("a small, no, a
/// large latte"), as people correct themselves forwards; "oat milk and no whipped cream" are both meant.
pub fn slots(words: &Words) -> Vec<DrinkSlot> {
    let all: Vec<&str> = words.iter().collect();
    let mut found: Vec<DrinkSlot> = Vec::new();
    for slot in mentions(&all) {
        // "A triple shot, no extra shot": what is wanted was said.
        if slot.value == USUAL_SHOTS && found.iter().any(|old| old.name == slot.name) {
            continue;
        }
        let joined = found.iter_mut().find(|old| is_joined(&all, old, &slot));
        if let Some(old) = joined {
            old.value = format!("{} and {}", old.value, slot.value);
            old.end = slot.end;
            continue;
        }
        found.retain(|old| old.name != slot.name || old.name == UNMADE);
        found.push(slot);
    }
    let unknown = found.iter().find(|slot| slot.name == DRINK).and_then(|drink| {
        let start = unknown_before(&all, &found, drink.start)?;
        Some(DrinkSlot {
            name: UNMADE,
            value: words.span(start, drink.start),
            start,
            end: drink.start,
        })
    });
    found.extend(unknown);
    found.sort_by_key(|slot| slot.start);
    found
}

/// "A dirty latte", "a large pumpkin spice latte": words between an article, a number or an option and the drink's name
/// that nothing here knows. Where they begin.
fn unknown_before(all: &[&str], found: &[DrinkSlot], drink: usize) -> Option<usize> {
    let is_option = |at: usize| found.iter().any(|slot| (slot.start..slot.end).contains(&at));
    let opens = |at: usize| {
        let word = all.get(at).copied().unwrap_or_default();
        ["a", "an"].contains(&word) || is_option(at) || number::number(&[word]).is_some()
    };
    let known = |at: usize| all.get(at).is_none_or(|word| opens(at) || PLAIN.contains(word));
    let start = (0..drink).rev().take_while(|at| !known(*at)).last()?;
    let opened = start.checked_sub(1).is_some_and(opens);
    (opened && drink - start <= UNKNOWN_WORDS_MAX).then_some(start)
}

/// An option as a slot of what was understood.
pub(crate) fn slot_of(option: &DrinkSlot, span: String, heard: Option<Confidence>) -> Slot {
    Slot {
        name: option.name.to_owned(),
        value: SlotValue::Text(option.value.clone()),
        span,
        confidence: heard.unwrap_or(Confidence::new(SURE)),
    }
}

/// "A large one please": nothing is said but how the drink shall be.
pub(crate) fn names_options_alone(words: &Words, options: &[DrinkSlot]) -> bool {
    let told = |at: usize| {
        options
            .iter()
            .any(|option| (option.start..option.end).contains(&at))
    };
    words
        .iter()
        .enumerate()
        .all(|(at, word)| told(at) || BESIDE_OPTIONS.contains(&word))
}

/// Where a first drink ends and a second begins, in "a small latte and two mochas".
fn joint(words: &Words) -> Option<(usize, usize)> {
    let all: Vec<&str> = words.iter().collect();
    let mentions = mentions(&all);
    let drinks: Vec<&DrinkSlot> = mentions.iter().filter(|slot| slot.name == DRINK).collect();
    let pairs = drinks.iter().zip(drinks.iter().skip(1));
    pairs.into_iter().find_map(|(first, second)| {
        let between = all.get(first.end..second.start)?;
        let (end, rest) =
            joined(between).or_else(|| listed(between).filter(|_| first.value != second.value))?;
        Some((first.end + end, first.end + rest))
    })
}

/// "... with milk | and then | a large", between two drinks.
fn joined(between: &[&str]) -> Option<(usize, usize)> {
    let also = between.iter().rposition(|word| JOINTS.contains(word))?;
    let before = between
        .get(..also)?
        .iter()
        .rposition(|word| !JOINTS.contains(word));
    Some((before.map_or(0, |last| last + 1), also + 1))
}

/// "A latte, a mocha": with an article or a number, and nothing that takes the first one back.
fn listed(between: &[&str]) -> Option<(usize, usize)> {
    let opens = |at: &usize| {
        let rest = between.get(*at..).unwrap_or_default();
        rest.first().is_some_and(|word| ["a", "an"].contains(word)) || number::number(rest).is_some()
    };
    let start = (0..between.len()).rev().find(opens)?;
    let taken_back = between.iter().any(|word| TAKING_BACK.contains(word));
    (!taken_back).then_some((start, start))
}

/// Every option as often as it is said.
fn mentions(all: &[&str]) -> Vec<DrinkSlot> {
    let mut found: Vec<DrinkSlot> = Vec::new();
    let mut at = 0;
    while let Some(rest) = all.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(without) = left_out(all, at) {
            let end = at + without.len;
            found.extend(without.wanted.map(|(name, value)| DrinkSlot {
                name,
                value,
                start: at,
                end,
            }));
            at = end;
            continue;
        }
        match unmade(rest).or_else(|| option(rest)) {
            // "coffee beans", "espresso cups": goods, not drinks.
            Some((_, _, len)) if all.get(at + len).is_some_and(|next| GOODS.contains(next)) => at += len + 1,
            Some((UNMADE, value, len)) if is_denied(all, at, &value) => at += len,
            Some((DRINK, _, len)) if is_taken_back(all, at) || is_in_order(all, at + len) => at += len,
            Some((DRINK, _, len)) if is_supply(all, at) => at += len,
            Some((DRINK, _, len))
                if is_negated(all, at) && (names_drink(&found) || is_drink_behind(all, at + len)) =>
            {
                at += len;
            }
            Some((name, _, len)) if ![DRINK, UNMADE].contains(&name) && is_negated(all, at) => at += len,
            Some((name, value, len)) => {
                found.push(DrinkSlot {
                    name,
                    value,
                    start: at,
                    end: at + len,
                });
                at += len;
            }
            None => at += 1,
        }
    }
    found
}

/// Two things to go in, with "and" between them.
fn is_joined(all: &[&str], old: &DrinkSlot, new: &DrinkSlot) -> bool {
    let goes_in = ["milkAmount", "sugarAmount"].contains(&old.name);
    let and = old.end + 1 == new.start && all.get(old.end) == Some(&"and");
    goes_in && old.name == new.name && and
}

/// "Not decaf", "no syrup": as it is made anyhow. Foam is there unless it is left out.
fn is_denied(all: &[&str], at: usize, value: &str) -> bool {
    let before = at.checked_sub(1).and_then(|at| all.get(at));
    let denied = before.is_some_and(|word| DENIALS.contains(word)) || is_left_out(all, at);
    denied && value != "foam"
}

/// "... instead of a latte", "a mocha than a latte": that one is not wanted.
fn is_taken_back(all: &[&str], at: usize) -> bool {
    let before = all.get(..at).unwrap_or_default();
    let before = before
        .strip_suffix(&["a"])
        .or(before.strip_suffix(&["an"]))
        .unwrap_or(before);
    gives_up(before)
}

/// "A triple, not a double", "oat milk not soy": that one is not wanted.
fn is_negated(all: &[&str], at: usize) -> bool {
    let before = all.get(..at).unwrap_or_default();
    let before = match before {
        [before @ .., "a" | "an" | "the"] => before,
        [..] => before,
    };
    matches!(before, [.., "not"]) && !matches!(before, [.., "why", "not"])
}

fn names_drink(found: &[DrinkSlot]) -> bool {
    found.iter().any(|option| option.name == DRINK)
}

/// "Not a latte, a mocha": another one is named behind it.
fn is_drink_behind(all: &[&str], from: usize) -> bool {
    let behind = |at: usize| all.get(at..).and_then(option);
    (from..all.len()).any(|at| behind(at).is_some_and(|(name, _, _)| name == DRINK))
}

/// Whether coffee is spoken of as a supply.
pub(crate) fn names_supply(words: &Words) -> bool {
    let all: Vec<&str> = words.iter().collect();
    (0..all.len()).any(|at| is_supply(&all, at))
}

/// "I need more coffee", "we're out of coffee": what one has at home, and no cup. "One more coffee" is one.
fn is_supply(all: &[&str], at: usize) -> bool {
    let (before, said) = (all.get(..at).unwrap_or_default(), all.get(at));
    let counted = |words: &[&str]| {
        let last = words.last().copied().unwrap_or_default();
        ["a", "an", "another"].contains(&last) || number::number(&[last]).is_some()
    };
    let supply = match before {
        [rest @ .., "more"] => !counted(rest),
        [.., "out" | "low" | "short", "of" | "on"] => true,
        _ => false,
    };
    supply && said == Some(&"coffee")
}

/// "The coffee in my order": goods that were ordered, whatever they are called.
fn is_in_order(all: &[&str], at: usize) -> bool {
    let after = all.get(at..).unwrap_or_default();
    matches!(
        after,
        [
            "in" | "on" | "from",
            "my" | "the" | "that" | "this" | "our",
            "order" | "last" | "next",
            ..
        ]
    )
}

/// What has no option, at the start of `words`, unless a longer phrase of the options begins there.
fn unmade(words: &[&str]) -> Option<(&'static str, String, usize)> {
    let phrase = NOT_MADE.iter().filter(|phrase| begins(words, phrase));
    let len = phrase
        .map(|phrase| count(phrase))
        .max()
        .or_else(|| shots(words))?;
    let shorter = option(words).is_none_or(|(_, _, known)| known < len);
    let said = words.get(..len)?.join(" ");
    shorter.then_some((UNMADE, said, len))
}

/// "Four shots": as many as there is no option for.
fn shots(words: &[&str]) -> Option<usize> {
    let number = number::number(words)?;
    let of_shots = words.get(number.len).is_some_and(|next| next.starts_with("shot"));
    let optional = (1..=3).contains(&number.value);
    (of_shots && !optional).then_some(number.len + 1)
}

/// "Regular", "just a plain one", asked which drink: nothing but how it is anyhow, of a coffee.
pub(crate) fn is_plain(words: &Words) -> bool {
    let known = |word: &str| PLAIN.contains(&word) || ["a", "an", "please", "thanks"].contains(&word);
    let ordinary = words.iter().any(|word| ORDINARY.contains(&word));
    ordinary
        && words
            .iter()
            .all(|word| known(word) && !["usual", "same", "my"].contains(&word))
}

/// Whether words, found as something else, are what no drink can be made.
pub(crate) fn is_unmade(said: &str) -> bool {
    NOT_MADE.contains(&said)
}

/// The option at the start of `words`: name, value, words taken.
fn option(words: &[&str]) -> Option<(&'static str, String, usize)> {
    amount(words)
        .or_else(|| fixed(words))
        .or_else(|| elsewhere(words))
}

/// "A double shot": what has one name.
fn fixed(words: &[&str]) -> Option<(&'static str, String, usize)> {
    FIXED
        .iter()
        .filter(|(phrase, _, _)| begins(words, phrase))
        .max_by_key(|(phrase, _, _)| count(phrase))
        .map(|(phrase, name, value)| (*name, (*value).to_owned(), count(phrase)))
}

/// "Two flat whites": a drink that other shops have.
fn elsewhere(words: &[&str]) -> Option<(&'static str, String, usize)> {
    let said = |name: &str| {
        let len = count(name);
        let said = words.get(..len).map(|said| said.join(" "));
        said.is_some_and(|said| said == name || said.strip_suffix('s') == Some(name))
    };
    let (name, _) = ELSEWHERE.iter().find(|(name, _)| said(name))?;
    Some((DRINK, (*name).to_owned(), count(name)))
}

/// Which of our drinks come near one that other shops have.
pub(crate) fn near(drink: &str) -> &'static [&'static str] {
    let known = ELSEWHERE.iter().find(|(name, _)| *name == drink);
    known.map_or(&[], |(_, near)| near)
}

/// "a little bit of soy milk": how much, then of what.
fn amount(words: &[&str]) -> Option<(&'static str, String, usize)> {
    if let Some(counted) = counted(words) {
        return Some(counted);
    }
    let (canonical, taken) = AMOUNTS
        .iter()
        .filter(|(phrase, _)| begins(words, phrase))
        .max_by_key(|(phrase, _)| count(phrase))
        .map_or(("", 0), |(phrase, canonical)| (*canonical, count(phrase)));
    let (name, what, len) = added(words.get(taken..)?)?;
    let value = if canonical.is_empty() {
        what.to_owned()
    } else {
        format!("{canonical} {what}")
    };
    Some((name, value, taken + len))
}

/// "Soy milk": what goes into a cup.
fn added(words: &[&str]) -> Option<(&'static str, &'static str, usize)> {
    ADDED
        .iter()
        .filter(|(phrase, _, _)| begins(words, phrase))
        .max_by_key(|(phrase, _, _)| count(phrase))
        .map(|(phrase, name, what)| (*name, *what, count(phrase)))
}

/// "two sugars".
fn counted(words: &[&str]) -> Option<(&'static str, String, usize)> {
    let number = number::number(words)?;
    let rest = words.get(number.len..)?;
    let (phrase, name) = COUNTED
        .iter()
        .filter(|(phrase, _)| begins(rest, phrase))
        .max_by_key(|(phrase, _)| count(phrase))?;
    let many = usize::try_from(number.value).ok();
    let many = many.and_then(|many| number::UNITS.get(many))?;
    Some((*name, format!("{many} {phrase}"), number.len + count(phrase)))
}

/// What stands between two drinks.
const JOINTS: &[&str] = &["and", "also", "plus", "then"];

/// Between two drinks these make one of it: the first is taken back, or goes into the second.
const TAKING_BACK: &[&str] = &[
    "no", "not", "or", "sorry", "wait", "actually", "mean", "meant", "rather", "make", "scratch", "than",
    "instead", "in", "into",
];

/// After a drink's name these make it something else.
const GOODS: &[&str] = &[
    "bean", "beans", "filter", "filters", "grinder", "grinders", "machine", "maker", "mug", "mugs", "cup",
    "cups", "press", "scale", "canister", "tamper", "shop", "pot",
];

const BESIDE_OPTIONS: &[&str] = &[
    "a", "an", "and", "just", "make", "it", "one", "please", "thanks", "the", "then", "with", "yes",
];
const SURE: f32 = 0.95;

/// "Pumpkin spice" is two.
const UNKNOWN_WORDS_MAX: usize = 2;
/// The slot of the drink itself.
pub(crate) const DRINK: &str = "coffeeDrink";
/// The slot of its size, which the shop's contract names as callers do.
pub(crate) const SIZE: &str = "size";

/// Before what has no option these leave it as it is made anyhow.
const DENIALS: &[&str] = &["no", "not", "without"];

#[cfg(test)]
mod tests {
    use super::{Words, joint, sizes, slots};

    fn check(text: &str, expect: &str) {
        let found: Vec<String> = slots(&Words::new(text))
            .iter()
            .map(|s| format!("{}={}", s.name, s.value))
            .collect();
        assert_eq!(found.join(", "), expect, "for {text:?}");
    }

    #[test]
    fn sizes_by_name() {
        assert_eq!(sizes().collect::<Vec<_>>(), ["small", "medium", "large"]);
    }

    #[test]
    fn a_supply_is_no_drink() {
        check("i need more coffee", "");
        check("we're out of coffee", "");
        check("one more coffee please", "coffeeDrink=coffee");
        check("two more coffees", "coffeeDrink=coffee");
        check("some coffee please", "coffeeDrink=coffee");
    }

    #[test]
    fn options_in_any_order() {
        check(
            "can i get a large iced mocha with a double shot and lots of brown sugar",
            "size=large, coffeeDrink=iced mocha, numberOfShots=double shot, sugarAmount=lots of brown sugar",
        );
        check(
            "medium roast twelve ounce house coffee with a little bit of soy milk please",
            "roast=medium roast, size=twelve ounce, coffeeDrink=house coffee, milkAmount=a little bit of soy milk",
        );
        check(
            "a medium light roast coffee",
            "size=medium, roast=light roast, coffeeDrink=coffee",
        );
        check(
            "latte with cream and sweetener",
            "coffeeDrink=latte, milkAmount=cream, sugarAmount=sweetener",
        );
        check("a small no a large latte", "size=large, coffeeDrink=latte");
        check("12oz americano", "size=twelve ounce, coffeeDrink=americano");
        check("where is my order", "");
        check("a triple not a double", "numberOfShots=triple shot");
        check("oat milk not soy", "milkAmount=oat milk");
        check("not soy but oat milk", "milkAmount=oat milk");
        check("a large latte not a mocha", "size=large, coffeeDrink=latte");
        check(
            "a latte not a lot of sugar",
            "coffeeDrink=latte, sugarAmount=a little bit of sugar",
        );
        check("not a latte a mocha", "coffeeDrink=mocha");
        check("why not a large latte", "size=large, coffeeDrink=latte");
        check(
            "a latte with two sugars",
            "coffeeDrink=latte, sugarAmount=two sugars",
        );
        check(
            "latte with 2 brown sugars",
            "coffeeDrink=latte, sugarAmount=two brown sugars",
        );
        check(
            "medium mocha no whipped cream",
            "size=medium, coffeeDrink=mocha, milkAmount=no whipped cream",
        );
        check(
            "a mocha with oat milk and no whipped cream",
            "coffeeDrink=mocha, milkAmount=oat milk and no whipped cream",
        );
        check("coffee beans and an espresso machine", "");
        check("swap the coffee on the order", "");
        check("a coffee in my cup", "coffeeDrink=coffee");
        check(
            "a large flat white with oat milk",
            "size=large, coffeeDrink=flat white, milkAmount=oat milk",
        );
        check("two macchiatos", "coffeeDrink=macchiato");
        check("a chai latte", "unmade=chai, coffeeDrink=latte");
    }

    /// The words of an order and the slots they are.
    type Part = (&'static str, &'static str);
    const SHOTS: [Part; 4] = [
        ("", ""),
        ("single shot ", "numberOfShots=single shot, "),
        ("double shot ", "numberOfShots=double shot, "),
        ("triple shot ", "numberOfShots=triple shot, "),
    ];
    const SIZES: [Part; 4] = [
        ("", ""),
        ("small ", "size=small, "),
        ("medium roast ", "roast=medium roast, "),
        (
            "twelve ounce light roast ",
            "size=twelve ounce, roast=light roast, ",
        ),
    ];
    const ADDED: [Part; 3] = [
        ("", ""),
        (" with some whole milk", ", milkAmount=some whole milk"),
        (" with a lot of sugar", ", sugarAmount=a lot of sugar"),
    ];

    #[test]
    fn options_are_heard_beside_each_other() {
        for article in ["a ", "an ", "one ", "the ", "some ", ""] {
            for (shots, shots_slot) in SHOTS {
                for (size, size_slots) in SIZES {
                    for (added, added_slot) in ADDED {
                        check(
                            &format!("can i get {article}{shots}{size}iced mocha{added}"),
                            &format!("{shots_slot}{size_slots}coffeeDrink=iced mocha{added_slot}"),
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn two_drinks_are_parted() {
        let check = |text: &str, expect: Option<(&str, &str)>| {
            let words = Words::new(text);
            let parts = joint(&words).map(|(end, rest)| (words.span(0, end), words.span(rest, words.len())));
            let expect = expect.map(|(first, second)| (first.to_owned(), second.to_owned()));
            assert_eq!(parts, expect, "{text}");
        };
        check("a cappuccino and a mocha", Some(("a cappuccino", "a mocha")));
        check(
            "a latte with milk and sugar and then a small latte with cream",
            Some(("a latte with milk and sugar", "a small latte with cream")),
        );
        check("a latte with milk and sugar", None);
        check("a latte no a mocha", None);
        check("a latte or a mocha", None);
        check("a latte a latte", None);
        check("a latte, two mochas", Some(("a latte", "two mochas")));
        check(
            "a latte no a mocha and an americano",
            Some(("a latte no a mocha", "an americano")),
        );
        check("an espresso and an espresso machine", None);
    }

    #[test]
    fn what_has_no_option_is_told() {
        check(
            "a small decaf latte",
            "size=small, unmade=decaf, coffeeDrink=latte",
        );
        check("an extra large latte", "unmade=extra large, coffeeDrink=latte");
        check("an iced latte", "unmade=iced, coffeeDrink=latte");
        check("an iced coffee", "coffeeDrink=iced coffee");
        check(
            "a latte with an extra shot and vanilla syrup",
            "coffeeDrink=latte, numberOfShots=double shot, unmade=vanilla syrup",
        );
        check("latte with four shots", "coffeeDrink=latte, unmade=four shots");
        check(
            "latte with three shots",
            "coffeeDrink=latte, numberOfShots=triple shot",
        );
        check(
            "latte with a couple of shots",
            "coffeeDrink=latte, numberOfShots=double shot",
        );
        check(
            "a latte with coconut milk",
            "coffeeDrink=latte, unmade=coconut milk",
        );
        check(
            "a cappuccino with no foam",
            "coffeeDrink=cappuccino, unmade=no foam",
        );
        check("a latte not decaf and no syrup", "coffeeDrink=latte");
        check("decaf beans", "");
        check("a dirty latte", "unmade=dirty, coffeeDrink=latte");
        check(
            "a large pumpkin spice latte",
            "size=large, unmade=pumpkin spice, coffeeDrink=latte",
        );
        check("two nitro coffees", "unmade=nitro, coffeeDrink=coffee");
        check("a nice cup of coffee", "coffeeDrink=coffee");
        check("a problem with coffee", "coffeeDrink=coffee");
        check("i'd like some coffee", "coffeeDrink=coffee");
    }

    #[test]
    fn one_drink_may_be_named_beside_another() {
        check("a mocha instead of a latte", "coffeeDrink=mocha");
        check("i'd rather have a mocha than a latte", "coffeeDrink=mocha");
        check(
            "two espresso shots in a latte",
            "numberOfShots=double shot, coffeeDrink=latte",
        );
        let parts = |text: &str| joint(&Words::new(text)).is_some();
        assert!(!parts("two espresso shots in a latte"));
        assert!(!parts("a mocha instead of a latte"));
    }
}
