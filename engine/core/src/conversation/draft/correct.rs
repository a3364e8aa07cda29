//! What an answer changes of a draft that was just read back.

use super::mentions::{Mentions, split_at_words};
use super::{
    DRINK_OPTIONS, add_quantity, adds, find_drink, is_drink, is_drink_item, more, put, scale, set_quantity,
};
use crate::conversation::memory::slot_text;
use crate::ids::Sku;
use crate::nlu::correction;
use crate::nlu::decision::{Decision, Slot};
use crate::nlu::drink::USUAL_SHOTS;
use crate::nlu::normalize::Words;
use crate::nlu::slots::LEFT_OUT;
use crate::nlu::wording::{says, says_one_of};
use crate::shop::{Catalogue, ItemKind, OrderLine};

/// What a correction did to the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Correction {
    /// Nothing in it concerned the draft.
    Unchanged,
    Changed(Vec<OrderLine>),
    /// Nothing would be left.
    Emptied,
    /// A quantity that could mean any of several lines.
    Which,
}

impl Correction {
    fn of(lines: &[OrderLine], changed: Vec<OrderLine>) -> Self {
        if changed == lines {
            Self::Unchanged
        } else if changed.is_empty() {
            Self::Emptied
        } else {
            Self::Changed(changed)
        }
    }
}

/// What an utterance means for a draft that was just read back.
pub(crate) fn correct(lines: &[OrderLine], decision: &Decision, catalogue: &Catalogue) -> Correction {
    let mentions = Mentions::of(decision);
    let beside = stays_beside(lines, &mentions);
    let mentions = if beside { mentions } else { mentions.settled() };
    if let Some(swapped) = swapped(lines, &mentions, decision, catalogue) {
        return swapped;
    }
    let mut changed = lines.to_vec();
    scale(&mut changed, decision, catalogue);
    // "The mug, not the Kenya" tells what goes by itself.
    let removes = removes(&decision.text) && decision.slot(LEFT_OUT).is_none();
    // "Take two bags off": two of one thing, and no new number for it.
    let off = says_one_of(&decision.text, TAKING_OFF) || counts_fewer(decision);
    let takes_off = mentions.items.len() < 2 && off;
    let takes_more = counts_more(decision);
    let drink = is_drink(lines, catalogue);
    let adds = says_one_of(&decision.text, MORE_WORDS);
    // What stands and is said again beside something new stays; else the first that is new takes its place.
    let instead = says_one_of(&decision.text, INSTEAD_WORDS);
    let again = mentions.items.iter().any(|(sku, quantity)| {
        let stays = quantity.map_or(!instead, |quantity| quantity > 0);
        stays && lines.iter().any(|line| line.sku == *sku)
    });
    let mut takes_its_place = !again && !beside && replaces(lines, decision);
    for (sku, quantity) in &mentions.items {
        let known = lines.iter().any(|line| line.sku == *sku);
        // A drink is picked up and goods are sent: neither turns into the other in an answer.
        if !known && drink != is_drink_item(catalogue, sku) {
            continue;
        }
        // "I don't want the filters", "yes, no filters though", of which there are none.
        if !known && !adds && (is_declined(decision, sku) || is_refused_beside(decision, sku)) {
            continue;
        }
        match (known, quantity) {
            (true, None) if removes || (lines.len() > 1 && is_refused(decision, sku)) => {
                changed.retain(|line| line.sku != *sku);
            }
            (true, Some(0)) => changed.retain(|line| line.sku != *sku),
            (true, Some(quantity)) if takes_off => take_off(&mut changed, sku, *quantity),
            (true, quantity) if adds => add_quantity(&mut changed, sku, quantity.unwrap_or(1)),
            (true, Some(quantity)) => set_quantity(&mut changed, sku, *quantity),
            (true, None) if is_one_of(decision, sku) => set_quantity(&mut changed, sku, 1),
            (true, None) => {}
            (false, quantity) if std::mem::take(&mut takes_its_place) => {
                replace(&mut changed, catalogue, sku, *quantity);
            }
            (false, quantity) => put(&mut changed, catalogue, sku, *quantity),
        }
    }
    match (mentions.loose, changed.as_mut_slice()) {
        (Some(quantity), [_, _, ..]) if quantity > 0 && mentions.items.is_empty() && is_of_each(decision) => {
            for line in lines {
                if takes_off {
                    take_off(&mut changed, &line.sku, quantity);
                } else if takes_more {
                    set_quantity(&mut changed, &line.sku, more(line.quantity, quantity));
                } else {
                    set_quantity(&mut changed, &line.sku, quantity);
                }
            }
        }
        (Some(quantity), [line, ..]) if beside && quantity > 0 => {
            let sku = line.sku.clone();
            if takes_off {
                take_off(&mut changed, &sku, quantity);
            } else if takes_more {
                line.quantity = more(line.quantity, quantity);
            } else {
                line.quantity = quantity;
            }
        }
        (Some(quantity), [line]) if takes_off => {
            let sku = line.sku.clone();
            take_off(&mut changed, &sku, quantity);
        }
        (Some(quantity), [line]) if adds => line.quantity = more(line.quantity, quantity),
        (Some(quantity), [line]) if quantity > 0 => line.quantity = quantity,
        (None, [line]) if mentions.items.is_empty() && correction::is_one_more(&decision.text) => {
            line.quantity = more(line.quantity, 1);
        }
        (None, [line]) if line.quantity > 1 && correction::is_only_fewer(&Words::new(&decision.text)) => {
            line.quantity -= 1;
        }
        (None, [line]) if drink && adds && is_named_again(decision, line) => {
            line.quantity = more(line.quantity, 1);
        }
        (Some(quantity), [_, _, ..]) if quantity > 0 => {
            let Some(line) = only_one_in(&mut changed, decision, catalogue) else {
                return Correction::Which;
            };
            let sku = line.sku.clone();
            if takes_off {
                take_off(&mut changed, &sku, quantity);
            } else if takes_more || adds {
                line.quantity = more(line.quantity, quantity);
            } else {
                line.quantity = quantity;
            }
        }
        (Some(_), [_, _, ..]) => return Correction::Which,
        (Some(_) | None, _) => {}
    }
    if drink {
        change_drink(&mut changed, decision, catalogue);
    }
    Correction::of(lines, changed)
}

/// "One of each": so many of everything that was read back, or is on offer.
pub(super) fn is_of_each(decision: &Decision) -> bool {
    let ends = decision.text.ends_with(" each");
    ends || says_one_of(&decision.text, OF_EACH)
}

/// "Ten dollars each" counts nothing; at the end of what is wanted it does.
const OF_EACH: &[&str] = &[
    "of each",
    "each of them",
    "each of those",
    "apiece",
    "of every one",
];

/// Whether words take something away from what there is.
pub(super) fn removes(text: &str) -> bool {
    says_one_of(text, REMOVAL_WORDS) || is_parted(text)
}

/// "Make it two, and some filters": the number is for the one thing that was read back, and that stays.
fn stays_beside(lines: &[OrderLine], mentions: &Mentions) -> bool {
    let [line] = lines else { return false };
    let another = mentions.items.iter().all(|(sku, _)| *sku != line.sku);
    mentions.loose.is_some() && !mentions.items.is_empty() && another
}

/// "Add two more, and some filters": the first number is one of more.
pub(crate) fn counts_more(decision: &Decision) -> bool {
    let counted = decision.slot("quantity").map_or("", |slot| slot.span.as_str());
    let parted = split_at_words(&decision.text, counted);
    parted.is_some_and(|(before, after)| {
        let before = says_one_of(before.trim(), MORE_WORDS);
        before || after.trim_start().starts_with("more")
    })
}

/// "One less", "two bags fewer": the number is one of fewer.
fn counts_fewer(decision: &Decision) -> bool {
    let counted = decision.slot("quantity").map_or("", |slot| slot.span.as_str());
    split_at_words(&decision.text, counted).is_some_and(|(_, after)| {
        let mut after = after.split_whitespace().skip_while(|word| UNITS.contains(word));
        !counted.is_empty() && after.next().is_some_and(|word| FEWER.contains(&word))
    })
}

/// "Make it three bags": the one line that is sold so.
fn only_one_in<'l>(
    lines: &'l mut [OrderLine],
    decision: &Decision,
    catalogue: &Catalogue,
) -> Option<&'l mut OrderLine> {
    let counted = decision.slot("quantity").map_or("", |slot| slot.span.as_str());
    let (_, after) = split_at_words(&decision.text, counted)?;
    let mut units = counted.split_whitespace().chain(after.split_whitespace());
    let unit = units.find(|word| UNITS.contains(word))?;
    let is_in = |line: &OrderLine| {
        let sold = catalogue.item(&line.sku).map(|item| item.unit.as_str());
        sold.is_some_and(|sold| !sold.is_empty() && unit.starts_with(sold))
    };
    let mut sold = lines.iter_mut().filter(|line| is_in(line));
    sold.next().filter(|_| sold.next().is_none())
}

const FEWER: &[&str] = &["fewer", "less"];
const UNITS: &[&str] = &["bag", "bags", "box", "boxes", "pack", "packs"];

/// "Replace the Brazil with Ethiopia", of several things: that one goes and the other takes its place. `None` where
/// nothing is named to go.
fn swapped(
    lines: &[OrderLine],
    mentions: &Mentions,
    decision: &Decision,
    catalogue: &Catalogue,
) -> Option<Correction> {
    let mut named = decision.slots.iter().filter(|slot| slot.name == LEFT_OUT);
    let gone = match (named.next(), named.next()) {
        (Some(only), None) => Sku::new(slot_text(&only.value)),
        (None, _) => gone_by_kind(lines, mentions, decision, catalogue)?,
        (Some(_), Some(_)) => return None,
    };
    let mut changed = lines.to_vec();
    let Some(at) = changed.iter().position(|line| line.sku == gone) else {
        // "No, the Kenya, not the Harbor", of which there is none: what comes is read like any correction.
        let mut coming = mentions.items.iter();
        let settled = lines.len() == 1 || coming.all(|(sku, _)| lines.iter().any(|line| line.sku == *sku));
        let corrects = settled && !mentions.items.is_empty() && says_one_of(&decision.text, INSTEAD_WORDS);
        return (!corrects).then_some(Correction::Unchanged);
    };
    let line = changed.remove(at);
    let (sku, quantity) = match mentions.items.as_slice() {
        // A drink in its place is an order of its own.
        [] => return Some(Correction::of(lines, changed)),
        [(sku, quantity)] => (sku, quantity.unwrap_or(line.quantity)),
        [_, _, ..] => return None,
    };
    match (changed.iter().any(|line| line.sku == *sku), catalogue.item(sku)) {
        // "The mug, not the Kenya", of both.
        (true, _) if says(&decision.text, "not") => {}
        (true, _) => add_quantity(&mut changed, sku, quantity),
        (false, Some(item)) => changed.insert(
            at,
            OrderLine {
                sku: sku.clone(),
                name: item.name.clone(),
                quantity,
                options: Vec::new(),
            },
        ),
        (false, None) => return Some(Correction::Unchanged),
    }
    Some(Correction::Changed(changed))
}

/// "Change the coffee in it to decaf": of the one coffee that is there, where a coffee is named to come.
fn gone_by_kind(
    lines: &[OrderLine],
    mentions: &Mentions,
    decision: &Decision,
    catalogue: &Catalogue,
) -> Option<Sku> {
    let is_beans = |sku: &Sku| {
        catalogue
            .item(sku)
            .is_some_and(|item| item.kind == ItemKind::Beans)
    };
    let [(new, _)] = mentions.items.as_slice() else {
        return None;
    };
    let refused = refuses(lines, mentions, decision);
    let asked = refused
        || SWAPPING.iter().any(|verb| {
            COFFEE
                .iter()
                .any(|coffee| says(&decision.text, &format!("{verb} {coffee}")))
        });
    let mut there = lines.iter().filter(|line| is_beans(&line.sku));
    let (Some(old), None) = (there.next(), there.next()) else {
        return None;
    };
    (asked && is_beans(new) && old.sku != *new).then(|| old.sku.clone())
}

/// "No, the dark one", of several things of which that is none: what was read back in its place was wrong.
fn refuses(lines: &[OrderLine], mentions: &Mentions, decision: &Decision) -> bool {
    let new = mentions
        .items
        .iter()
        .all(|(sku, _)| lines.iter().all(|line| line.sku != *sku));
    let leads = decision.text.split_whitespace().next();
    let no = leads.is_some_and(|word| ["no", "nope", "nah"].contains(&word));
    lines.len() > 1 && new && no && decision.correction && !adds(&decision.text) && !is_joined(&decision.text)
}

/// "No, and the Harbor", "no, with the Harbor": beside what there is.
fn is_joined(text: &str) -> bool {
    says_one_of(text, &["and", "with"])
}

const SWAPPING: &[&str] = &["change", "swap", "replace", "switch", "exchange", "trade"];
const COFFEE: &[&str] = &["the coffee", "the beans", "my coffee", "my beans"];

/// Whether the item is named only to say that it is not wanted: "I don't need filters", "the filters, I don't want those".
fn is_declined(decision: &Decision, sku: &Sku) -> bool {
    let names = |slot: &&Slot| slot.name == "item" && slot_text(&slot.value) == sku.as_str();
    let mut spans = decision.slots.iter().filter(names).map(|slot| slot.span.as_str());
    spans.any(|span| {
        REMOVAL_WORDS.iter().any(|words| {
            let before = DETERMINERS
                .iter()
                .any(|the| says(&decision.text, &format!("{words} {the}{span}")));
            let after = decision.text.split_once(span).is_some_and(|(_, rest)| {
                let end = rest.split_once(words).map(|(_, end)| end.trim());
                end.is_some_and(|end| end.is_empty() || POINTING_BACK.contains(&end))
            });
            before || after
        })
    })
}

/// "Actually no mugs", of several things. "No, the mugs" says which; "no, two mugs" how many.
fn is_refused(decision: &Decision, sku: &Sku) -> bool {
    let names = |slot: &&Slot| slot.name == "item" && slot_text(&slot.value) == sku.as_str();
    let mut spans = decision.slots.iter().filter(names).map(|slot| slot.span.as_str());
    spans.any(|span| says(&decision.text, &format!("no {span}")))
}

/// "Yes, no mug though", "but no mug": the rest was right.
fn is_refused_beside(decision: &Decision, sku: &Sku) -> bool {
    let names = |slot: &&Slot| slot.name == "item" && slot_text(&slot.value) == sku.as_str();
    let mut spans = decision.slots.iter().filter(names).map(|slot| slot.span.as_str());
    spans.any(|span| {
        let parts = split_at_words(&decision.text, &format!("no {span}"));
        parts.is_some_and(|(before, after)| {
            let beside = before.split_whitespace().next_back();
            after.trim_start().starts_with("though") || beside.is_some_and(|word| BESIDE_A_NO.contains(&word))
        })
    })
}

/// Words that correct nothing of what was read back, and say it: "I said Kenya, not Harbor" of a Kenya, "yes, no mug
/// though" where there is none.
pub(crate) fn stands_as_said(lines: &[OrderLine], decision: &Decision) -> bool {
    let has = |sku: &str| lines.iter().any(|line| line.sku.as_str() == sku);
    let goods = decision
        .slots
        .iter()
        .filter(|slot| ["item", LEFT_OUT].contains(&slot.name.as_str()));
    let mut given_up = 0_usize;
    for slot in goods {
        let sku = slot_text(&slot.value);
        let goes = slot.name == LEFT_OUT || is_refused_beside(decision, &Sku::new(sku.clone()));
        given_up += usize::from(goes);
        if goes == has(&sku) {
            return false;
        }
    }
    decision.correction && given_up > 0
}

/// "Take the Kenya off": what goes stands between the words that say so.
fn is_parted(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let takes = words.iter().position(|word| PARTING.contains(word));
    let after = takes.and_then(|at| words.get(at..)).unwrap_or_default();
    after.iter().any(|word| PARTS.contains(word))
}

/// So many fewer of it; none left, and the line goes.
fn take_off(lines: &mut Vec<OrderLine>, sku: &Sku, quantity: u32) {
    for line in lines.iter_mut().filter(|line| line.sku == *sku) {
        line.quantity = line.quantity.saturating_sub(quantity);
    }
    lines.retain(|line| line.quantity > 0);
}

/// "no, the light roast": of one line, another item takes its place, unless it is to be added.
fn replaces(lines: &[OrderLine], decision: &Decision) -> bool {
    lines.len() == 1 && decision.correction && !adds(&decision.text)
}

fn replace(lines: &mut [OrderLine], catalogue: &Catalogue, sku: &Sku, quantity: Option<u32>) {
    if let (Some(item), [line]) = (catalogue.item(sku), lines) {
        line.sku = sku.clone();
        line.name.clone_from(&item.name);
        line.quantity = quantity.unwrap_or(line.quantity);
    }
}

/// "make it a large", "a mocha instead": another drink, or an option of it.
fn change_drink(lines: &mut [OrderLine], decision: &Decision, catalogue: &Catalogue) {
    let [line] = lines else { return };
    let wanted = decision.slot("coffeeDrink").map(|slot| slot_text(&slot.value));
    if let Some(drink) = wanted.and_then(|wanted| find_drink(catalogue, &wanted)) {
        line.sku = drink.sku.clone();
        line.name.clone_from(&drink.name);
    }
    for (slot, option) in DRINK_OPTIONS {
        let Some(value) = decision.slot(slot).map(|slot| slot_text(&slot.value)) else {
            continue;
        };
        if value == USUAL_SHOTS {
            line.options.retain(|(name, _)| name != option);
            continue;
        }
        match line.options.iter_mut().find(|(name, _)| name == option) {
            Some((_, old)) => *old = value,
            None => line.options.push(((*option).to_owned(), value)),
        }
    }
    // The same drink is the same order, in whatever order its options were said.
    let place = |name: &str| DRINK_OPTIONS.iter().position(|(_, option)| *option == name);
    line.options.sort_by_key(|(name, _)| place(name));
}

/// "Another latte", said of a latte.
fn is_named_again(decision: &Decision, line: &OrderLine) -> bool {
    let drink = decision.slot("coffeeDrink").map(|slot| slot_text(&slot.value));
    let otherwise = DRINK_OPTIONS
        .iter()
        .any(|(slot, _)| decision.slot(slot).is_some());
    drink.is_some_and(|drink| line.name.eq_ignore_ascii_case(&drink)) && !otherwise
}

/// "No, a french press", of three: the article is how many.
fn is_one_of(decision: &Decision, sku: &Sku) -> bool {
    let names = |slot: &&Slot| slot.name == "item" && slot_text(&slot.value) == sku.as_str();
    let spans = decision.slots.iter().filter(names).map(|slot| slot.span.as_str());
    let with_article = |span: &str| {
        let mut forms = ONE_ARTICLES.iter().map(|article| format!("{article} {span}"));
        let denied = forms
            .clone()
            .any(|form| says(&decision.text, &format!("not {form}")));
        !span.is_empty() && !denied && forms.any(|form| says(&decision.text, &form))
    };
    decision.correction && spans.into_iter().any(with_article)
}

const REMOVAL_WORDS: &[&str] = &[
    "cancel",
    "remove",
    "without",
    "drop",
    "scratch",
    "delete",
    "take off",
    "take out",
    "off my order",
    "off the order",
    "off that order",
    "out of my order",
    "from my order",
    "leave out",
    "leave off",
    "don't want",
    "do not want",
    "don't need",
    "do not need",
    "skip",
    "forget",
    "no more",
    "not the",
];
const PARTING: &[&str] = &["take", "leave", "taking", "leaving"];
const PARTS: &[&str] = &["off", "out"];
/// Those that take a number of something away; "forget it, make it two" does not.
const TAKING_OFF: &[&str] = &[
    "remove",
    "drop",
    "delete",
    "take off",
    "take out",
    "off",
    "out of my order",
    "from my order",
    "leave out",
    "leave off",
];
/// What is named beside these goes, even where its name is said again.
const INSTEAD_WORDS: &[&str] = &["not", "instead"];
/// "Add two bags" of what is there already is two more of it.
const MORE_WORDS: &[&str] = &["add", "another", "more", "extra", "plus"];
const DETERMINERS: &[&str] = &["", "the ", "my ", "any ", "those ", "that "];
/// Before "no mug" these let the rest stand.
const BESIDE_A_NO: &[&str] = &[
    "yes", "yeah", "yep", "right", "correct", "but", "and", "okay", "sure", "with",
];
const POINTING_BACK: &[&str] = &["it", "them", "those", "that", "anymore", "any more"];
const ONE_ARTICLES: &[&str] = &["a", "an", "single"];
