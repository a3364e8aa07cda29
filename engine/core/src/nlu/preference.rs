//! What somebody who wants advice says of their taste: "something dark but not too expensive", "without caffeine,
//! under ten dollars", "lighter", "like the one I had last time". Each wish keeps the words that gave it.

mod forms;
mod price;

use super::normalize::Words;
use super::wording::{begins, count};
use crate::shop::{Attribute, Trait};

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    pub want: Want,
    /// It must be so. Otherwise it is better if it is.
    pub firm: bool,
    /// The words that gave it.
    pub span: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Has(Attribute),
    Lacks(Attribute),
    /// Of a roast or a strength, than what is spoken of.
    More(Trait),
    Less(Trait),
    /// In minor units of the shop's currency, whatever currency was named.
    AtMost(u32),
    Cheap,
    /// Than what is spoken of.
    Cheaper,
    LikeLast,
    /// What they have not had yet.
    Untried,
    /// No preference.
    Any,
}

impl Want {
    /// Whether it only means something beside what was offered.
    pub const fn is_relative(self) -> bool {
        matches!(self, Self::More(_) | Self::Less(_) | Self::Cheaper)
    }

    /// Its opposite, where it has one.
    const fn negated(self) -> Option<Self> {
        match self {
            Self::Has(attribute) => Some(Self::Lacks(attribute)),
            Self::Lacks(attribute) => Some(Self::Has(attribute)),
            Self::More(about) => Some(Self::Less(about)),
            Self::Less(about) => Some(Self::More(about)),
            Self::AtMost(_) | Self::Cheap | Self::Cheaper | Self::LikeLast | Self::Untried | Self::Any => {
                None
            }
        }
    }

    const fn is_firm(self) -> bool {
        match self {
            Self::Has(_)
            | Self::Lacks(_)
            | Self::More(_)
            | Self::Less(_)
            | Self::AtMost(_)
            | Self::Cheaper => true,
            Self::Cheap | Self::LikeLast | Self::Untried | Self::Any => false,
        }
    }
}

/// A wish with the place of its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub preference: Preference,
    pub start: usize,
    pub end: usize,
}

/// Every wish, in the order spoken. "No preference" counts only where nothing else was said.
pub fn preferences(words: &Words) -> Vec<Found> {
    let all = words.as_slice();
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let Some((want, end)) = wish_at(all, at) else {
            at += 1;
            continue;
        };
        let from = found.last().map_or(0, |before| before.end);
        let (want, start) = match negator(all, from, at) {
            Some(start) => (want.negated(), start),
            None => (Some(want), at),
        };
        if let Some(want) = want {
            let preference = Preference {
                want,
                firm: want.is_firm() && !is_hedged(all, start, end),
                span: words.span(start, end),
            };
            found.push(Found {
                preference,
                start,
                end,
            });
        }
        // What follows names the thing that it is compared with.
        if all.get(end).is_some_and(|word| word == "than") {
            break;
        }
        at = end;
    }
    if found.iter().any(|one| one.preference.want != Want::Any) {
        found.retain(|one| one.preference.want != Want::Any);
    }
    found
}

/// Whether the words look for something instead of naming it: "something dark" is no Harbor dark roast.
pub fn is_vague(words: &Words) -> bool {
    let says = |listed: &[&str]| words.iter().any(|word| listed.contains(&word));
    says(VAGUE) && !(says(&["about"]) && says(&["tell", "more"]))
}

/// Whether somebody asks what is good.
pub fn asks_advice(words: &Words) -> bool {
    words.iter().any(|word| RECOMMENDING.contains(&word))
}

/// Whether somebody looks for something by what it is like.
pub fn seeks(words: &Words) -> bool {
    is_vague(words) && !preferences(words).is_empty()
}

/// How wishes are worded.
pub fn worded() -> impl Iterator<Item = &'static str> {
    forms::FORMS.iter().map(|(form, _)| *form)
}

/// The commonest wording of each wish: what a recogniser listens for besides much else.
pub fn common() -> impl Iterator<Item = &'static str> {
    let first = |at: usize, want: Want| forms::FORMS.iter().take(at).all(|(_, other)| *other != want);
    let rows = forms::FORMS.iter().enumerate();
    rows.filter(move |(at, (_, want))| *want != Want::Any && first(*at, *want))
        .map(|(_, (form, _))| *form)
}

/// The wish that begins here, and the place after its last word.
fn wish_at(all: &[String], at: usize) -> Option<(Want, usize)> {
    let rest = all.get(at..)?;
    let before = at
        .checked_sub(1)
        .and_then(|at| all.get(at))
        .map_or("", String::as_str);
    if let Some((minor, length)) = price::ceiling(rest) {
        return Some((Want::AtMost(minor), at + length));
    }
    if let Some(length) = like_last(rest, before) {
        return Some((Want::LikeLast, at + length));
    }
    // "Nothing too dark" speaks of dark, not of what is too dark.
    let complains = |form: &str| form.starts_with("too ") && NEGATORS.contains(&before);
    let fitting = forms::FORMS
        .iter()
        .filter(|(form, _)| begins(rest, form) && !complains(form));
    let (form, want) = fitting.max_by_key(|(form, _)| form.len())?;
    Some((*want, at + count(form)))
}

/// "like the one i had last time", "similar to my usual"; "i'd like the usual" is another thing.
fn like_last(rest: &[String], before: &str) -> Option<usize> {
    let first = rest.first().map(String::as_str)?;
    if !LIKE.contains(&first) || WISHING.contains(&before) {
        return None;
    }
    let told = rest.iter().skip(1).take(LIKE_WORDS_MAX);
    let told = told.take_while(|word| PAST.contains(&word.as_str()) || BETWEEN.contains(&word.as_str()));
    let told: Vec<&str> = told.map(String::as_str).collect();
    let last = told.iter().rposition(|word| PAST.contains(word))?;
    Some(last + 2)
}

/// Where the words begin that turn the wish at `at` round: "not too dark", "i don't like fruity ones".
fn negator(all: &[String], from: usize, at: usize) -> Option<usize> {
    let word = |at: usize| all.get(at).map_or("", String::as_str);
    let mut here = at;
    for _ in 0..NEGATED_WITHIN {
        here = here.checked_sub(1).filter(|here| *here >= from)?;
        let said = word(here);
        // "No, dark": at the beginning it answers.
        if NEGATORS.contains(&said) && !(said == "no" && here == 0) {
            return Some(here);
        }
        if said == "but" && word(here.saturating_sub(1)) == "anything" {
            return Some(here - 1);
        }
        let dislikes = LIKING.contains(&said) && here > from && DONT.contains(&word(here.saturating_sub(1)));
        if dislikes {
            return Some(here - 1);
        }
        if !BEFORE_WISH.contains(&said) {
            return None;
        }
    }
    None
}

/// "Fruity if possible", "maybe a bit sweet".
fn is_hedged(all: &[String], start: usize, end: usize) -> bool {
    let before = all
        .get(start.saturating_sub(HEDGE_WITHIN)..start)
        .unwrap_or_default();
    let after = all.iter().skip(end).map(String::as_str);
    let after: Vec<&str> = after
        .skip_while(|word| NOUNS.contains(word))
        .take(HEDGE_WITHIN)
        .collect();
    let after = after.join(" ");
    before.iter().any(|word| HEDGES_BEFORE.contains(&word.as_str()))
        || HEDGES_AFTER.iter().any(|hedge| after.starts_with(hedge))
}

const VAGUE: &[&str] = &[
    "something",
    "anything",
    "have",
    "got",
    "there",
    "else",
    "which",
    "what",
];
const RECOMMENDING: &[&str] = &[
    "recommend",
    "recommendation",
    "suggest",
    "suggestion",
    "advise",
    "advice",
    "best",
];
const LIKE: &[&str] = &["like", "similar", "close", "resembles"];
/// "I'd like ...".
const WISHING: &[&str] = &[
    "i'd", "i", "would", "we'd", "you", "don't", "we", "really", "they",
];
const PAST: &[&str] = &[
    "before", "bought", "got", "had", "last", "ordered", "previous", "time", "usual", "usually", "always",
];
const BETWEEN: &[&str] = &[
    "a", "bag", "beans", "coffee", "drink", "get", "have", "i", "i've", "it", "my", "of", "one", "order",
    "that", "the", "thing", "to", "what",
];
const LIKE_WORDS_MAX: usize = 10;
const NEGATORS: &[&str] = &[
    "aren't", "avoid", "hate", "isn't", "never", "no", "non", "not", "nothing", "without",
];
const DONT: &[&str] = &["didn't", "doesn't", "don't", "never", "not"];
const LIKING: &[&str] = &["like", "need", "want"];
const BEFORE_WISH: &[&str] = &[
    "a", "all", "any", "anything", "as", "it", "it's", "of", "overly", "quite", "really", "so", "that",
    "that's", "the", "them", "too", "very",
];
const NEGATED_WITHIN: usize = 4;
const HEDGES_BEFORE: &[&str] = &[
    "ideally",
    "maybe",
    "perhaps",
    "possibly",
    "preferably",
    "slightly",
];
const HEDGES_AFTER: &[&str] = &[
    "if possible",
    "if you can",
    "if you have",
    "ideally",
    "maybe",
    "perhaps",
    "preferably",
    "would be nice",
    "would be good",
];
const NOUNS: &[&str] = &["one", "ones", "coffee", "beans", "roast"];
const HEDGE_WITHIN: usize = 3;

#[cfg(test)]
mod tests;
