//! What one utterance names of goods, and how many of each.

use super::QUANTITY_MAX;
use crate::ids::Sku;
use crate::nlu::decision::{Decision, SlotValue};
use crate::nlu::wording::says_one_of;

/// Things named in one utterance, in the order of the words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mentions {
    pub(crate) items: Vec<(Sku, Option<u32>)>,
    /// A quantity that belongs to no item named.
    pub(crate) loose: Option<u32>,
}

impl Mentions {
    /// "two bags of dark roast and filters": a number belongs to the item that follows it, unless what follows is
    /// another thing ("filters, two packs, and the kenyan"); else to the one before ("dark roast, two bags"). "Make it
    /// two, and some filters" counts what was spoken of before.
    pub(crate) fn of(decision: &Decision) -> Self {
        let mut mentions = Self::default();
        // A number whose item has not come yet.
        let mut counted = None;
        let said = Said::all(decision);
        for (at, part) in said.iter().enumerate() {
            if part.joined {
                mentions.loose = mentions.loose.or(counted.take());
            }
            match &part.what {
                What::Item(sku) => mentions.items.push((sku.clone(), counted.take())),
                What::Count(quantity) => {
                    let open = mentions.items.last_mut().filter(|_| belongs_before(&said, at));
                    match open {
                        Some((_, missing @ None)) => *missing = Some(*quantity),
                        Some((_, Some(_))) | None => counted = Some(*quantity),
                    }
                }
            }
        }
        match mentions.items.last_mut() {
            Some((_, missing @ None)) => *missing = counted,
            Some((_, Some(_))) | None => mentions.loose = mentions.loose.or(counted),
        }
        mentions
    }

    /// The same where nothing was spoken of before: "two, and make it the Kenya".
    pub(crate) fn settled(mut self) -> Self {
        let mut open = self.items.iter_mut().filter(|(_, quantity)| quantity.is_none());
        if let Some((_, missing)) = open.next() {
            *missing = self.loose.take();
        }
        self
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.items.is_empty() && self.loose.is_none()
    }
}

/// A thing or a number, as it was said.
struct Said {
    what: What,
    /// "And" or the like stands between it and the one before.
    joined: bool,
}

enum What {
    Item(Sku),
    Count(u32),
}

impl Said {
    fn all(decision: &Decision) -> Vec<Self> {
        let mut rest = decision.text.as_str();
        let mut said = Vec::new();
        for slot in &decision.slots {
            let what = match (slot.name.as_str(), &slot.value) {
                ("quantity", SlotValue::Number(quantity)) if *quantity <= QUANTITY_MAX => {
                    What::Count(*quantity)
                }
                ("item", SlotValue::Text(sku)) => What::Item(Sku::new(sku.clone())),
                (_, SlotValue::Text(_) | SlotValue::Number(_) | SlotValue::Digits(_)) => continue,
            };
            // Slots of an earlier utterance have no place in these words.
            let (between, after) = split_at_words(rest, &slot.span).unwrap_or(("", rest));
            rest = after;
            if matches!(what, What::Count(_)) && is_old(between) {
                continue;
            }
            let joined = says_one_of(between.trim(), JOINTS);
            said.push(Self { what, joined });
        }
        said
    }
}

/// "Three mugs, not two": a number behind these is the one that was.
fn is_old(before: &str) -> bool {
    let before = format!(" {}", before.trim());
    OLD.iter().any(|words| before.ends_with(&format!(" {words}"))) && !before.ends_with(" why not")
}

/// The text before these words, and behind them.
pub(super) fn split_at_words<'t>(text: &'t str, words: &str) -> Option<(&'t str, &'t str)> {
    let whole = |before: &str, after: &str| {
        (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || after.starts_with(' '))
    };
    let mut places = text.match_indices(words).filter(|_| !words.is_empty());
    places.find_map(|(at, found)| {
        let (before, after) = (text.get(..at)?, text.get(at + found.len()..)?);
        whole(before, after).then_some((before, after))
    })
}

/// Whether the number at this place counts the item before it: nothing parts the two, and what follows is another
/// thing, or has a number behind it as well ("filters two packs kenyan three bags").
fn belongs_before(said: &[Said], at: usize) -> bool {
    let is = |at: usize, item: bool| {
        let part = said.get(at);
        part.filter(|part| matches!(part.what, What::Item(_)) == item)
    };
    let named_before = at.checked_sub(1).and_then(|before| is(before, true)).is_some();
    let apart = said.get(at).is_some_and(|count| count.joined);
    let next = is(at + 1, true);
    let parted = next.is_some_and(|next| next.joined);
    let next_counted = next.is_some() && is(at + 2, false).is_some_and(|count| !count.joined);
    let ends = said.get(at + 3).is_none_or(|part| part.joined);
    named_before && !apart && (parted || (next_counted && ends))
}

const OLD: &[&str] = &["not", "instead of", "rather than"];
/// What comes behind these is another thing.
const JOINTS: &[&str] = &["and", "also", "plus", "then"];
