//! One phrase word by word, and where an utterance says it.

use std::ops::Range;

use super::WORDS_MIN;
use super::hearing::counted;
use crate::nlu::decision::Decision;
use crate::nlu::normalize::Words;
use crate::nlu::preference::preferences;

/// What an utterance has for the open places of phrases.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    goods: bool,
    /// Wishes about goods, each by the number of words from its first to the end of the utterance, and of
    /// those after it.
    wishes: Vec<(usize, usize)>,
}

impl Said {
    pub(super) fn of(decision: &Decision) -> Self {
        let words = Words::new(&decision.text);
        let wishes = preferences(&words).into_iter();
        Self {
            goods: decision.slots.iter().any(|slot| slot.name == "item"),
            wishes: wishes
                .map(|found| (words.len() - found.start, words.len() - found.end))
                .collect(),
        }
    }

    /// Whether the first `taken` of these last words of the utterance are what the place stands for.
    fn fills(&self, place: &str, words: &[&str], taken: usize) -> bool {
        if place == THING {
            return self.goods;
        }
        if place == NAME {
            return taken <= NAME_WORDS_MAX;
        }
        let after = words.len() - taken;
        let mut wishes = self.wishes.iter();
        // Whatever stands between them; the last one ends here.
        wishes.any(|(from, left)| *from <= words.len() && *left == after)
    }
}

/// One phrase, word by word; `<thing>` stands for goods, with or without a number, `<wish>` for what somebody
/// wants of them, `<name>` for a word or two of any kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phrase(Vec<String>);

impl Phrase {
    pub(super) fn new(text: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut rest = text;
        while let Some((place, at)) = PLACES
            .iter()
            .filter_map(|p| Some((*p, rest.find(p)?)))
            .min_by_key(|(_, at)| *at)
        {
            let (before, after) = rest.split_at(at);
            words.extend_from_slice(Words::new(before).as_slice());
            words.push(place.to_owned());
            rest = after.get(place.len()..).unwrap_or_default();
        }
        words.extend_from_slice(Words::new(rest).as_slice());
        Self(words)
    }

    pub(super) fn text(&self) -> String {
        self.0.join(" ")
    }

    /// Whether it has words enough to be looked for, and one that says what is wanted.
    pub(super) fn is_findable(&self) -> bool {
        self.len() >= WORDS_MIN && counted(self.0.iter().map(String::as_str)) > 0
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has a place for goods or wishes.
    pub(super) fn has_place(&self) -> bool {
        self.0.iter().any(|word| PLACES.contains(&word.as_str()))
    }

    pub(super) fn has_name(&self) -> bool {
        self.0.iter().any(|word| word == NAME)
    }

    pub(super) fn has_wish(&self) -> bool {
        self.0.iter().any(|word| word == WISH)
    }

    /// What is said of it word for word.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .map(String::as_str)
            .filter(|word| !PLACES.contains(word))
    }

    /// The words that say it; those of the goods in it count too, where goods were named, and those of wishes.
    pub(super) fn found_in(&self, words: &[&str], said: &Said) -> Option<Range<usize>> {
        (0..words.len()).find_map(|from| {
            let length = fits(&self.0, words.get(from..)?, said)?;
            Some(from..from + length)
        })
    }
}

/// How many of the first words this phrase takes, if they say it.
fn fits(phrase: &[String], words: &[&str], said: &Said) -> Option<usize> {
    let Some((first, rest)) = phrase.split_first() else {
        return Some(0);
    };
    if !PLACES.contains(&first.as_str()) {
        let after = words.split_first().filter(|(word, _)| *word == first)?.1;
        return fits(rest, after, said).map(|length| length + 1);
    }
    let most = words.len().min(PLACE_WORDS_MAX);
    let mut lengths = (1..=most).rev().filter(|taken| said.fills(first, words, *taken));
    lengths.find_map(|taken| {
        let after = words.get(taken..)?;
        fits(rest, after, said).map(|length| length + taken)
    })
}

/// Whether what follows a "<" is one of the places.
pub(super) fn begins_place(text: &str) -> bool {
    place_names().any(|name| text.strip_prefix(name).is_some_and(|rest| rest.starts_with('>')))
}

pub(super) fn place_names() -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(|place| place.trim_matches(['<', '>']))
}

/// "two bags of the Harbor dark roast and a pack of filters".
const PLACE_WORDS_MAX: usize = 12;
/// As the grammars call goods with their number, and what somebody wants of them.
const THING: &str = "<thing>";
const WISH: &str = "<wish>";
/// What nobody knows beforehand: what a launch is called. Of topics alone, as no grammar has it.
const NAME: &str = "<name>";
const NAME_WORDS_MAX: usize = 2;
const PLACES: &[&str] = &[THING, WISH, NAME];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_may_stand_in_a_phrase() {
        let check = |text: &str, names_goods: bool, expect: Option<&str>| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let phrase = Phrase::new("add <thing> to my order");
            let said = Said {
                goods: names_goods,
                ..Said::default()
            };
            let found = phrase.found_in(&words, &said);
            let found = found.and_then(|at| words.get(at)).map(|words| words.join(" "));
            assert_eq!(found.as_deref(), expect, "{text}");
        };
        let order = "add two bags of dark roast to my order";
        check(order, true, Some(order));
        check(
            "please add filters to my order today",
            true,
            Some("add filters to my order"),
        );
        check(order, false, None);
        check("add to my order", true, None);
    }

    #[test]
    fn wishes_may_stand_in_a_phrase() {
        let check = |text: &str, expect: Option<&str>| {
            let said = Said::of(&Decision {
                text: text.to_owned(),
                ..Decision::default()
            });
            let words: Vec<&str> = text.split_whitespace().collect();
            let phrase = Phrase::new("something <wish>");
            let found = phrase.found_in(&words, &said);
            let found = found.and_then(|at| words.get(at)).map(|words| words.join(" "));
            assert_eq!(found.as_deref(), expect, "{text}");
        };
        check("i'd like something dark", Some("something dark"));
        check(
            "something that's dark but not too expensive for my mother",
            Some("something that's dark but not too expensive"),
        );
        check("something for my mother", None);
        check("dark or something", None);
    }
}
