//! All values in an utterance, each bound to its words and none claimed twice.

use super::dates::{self, period, wish};
use super::decision::{Slot, SlotValue};
use super::destination;
use super::drink::{self, DrinkSlot};
use super::lexicon::{ItemSpan, Lexicon, Names};
use super::measure;
use super::normalize::Words;
use super::number;
use super::preference;
use super::reference;
use super::times;
use crate::civil::Date;
use crate::shop::ItemKind;
use crate::speech::expectation::{Candidate, Expectation};
use crate::units::Confidence;

/// A slot with the place of its words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) slot: Slot,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Everything found, in the order spoken.
pub(super) fn all(
    words: &Words,
    expectation: &Expectation,
    lexicon: &Lexicon,
    candidates: &[Candidate],
) -> Vec<Placed> {
    let mut placed = Vec::new();
    digits(words, expectation, &mut placed);
    // "Next friday" is not the friday on offer; but where times are on offer, a day may be one of their names.
    if offers_days(expectation) {
        days(words, &mut placed);
    }
    // "Something dark" looks for another one; "the dark one" is one of those on offer.
    if preference::is_vague(words) {
        wishes(words, expectation, &mut placed);
    }
    let all: Vec<&str> = words.iter().collect();
    if !placed.iter().any(is_wish) && !dates::names_day_of_month(&all) {
        choices(words, expectation, candidates, &mut placed);
    }
    wishes(words, expectation, &mut placed);
    days(words, &mut placed);
    periods(words, &mut placed);
    addresses(words, true, &mut placed);
    goods_and_drinks(words, expectation, lexicon, &mut placed);
    scaled(words, expectation, &mut placed);
    addresses(words, false, &mut placed);
    references(words, &mut placed);
    quantities(words, &mut placed);
    placed.sort_by_key(|p| (p.start, rank(&p.slot.name)));
    placed
}

/// The best reading of ambiguous words comes before its alternatives.
fn rank(name: &str) -> u8 {
    u8::from(name == ITEM_ALTERNATIVE)
}

fn place(words: &Words, name: &str, value: SlotValue, (start, end): (usize, usize), sure: f32) -> Placed {
    let slot = Slot {
        name: name.to_owned(),
        value,
        span: words.span(start, end),
        confidence: Confidence::new(sure),
    };
    Placed { slot, start, end }
}

/// These words, as they were said.
pub(super) fn said(words: &Words, name: &str, (start, end): (usize, usize)) -> Placed {
    let value = SlotValue::Text(words.span(start, end));
    place(words, name, value, (start, end), 0.95)
}

fn free(placed: &[Placed], start: usize, end: usize) -> bool {
    placed.iter().all(|p| p.end <= start || end <= p.start)
}

/// A digit string when one was asked for, or when it is long enough to be nothing else.
fn digits(words: &Words, expectation: &Expectation, placed: &mut Vec<Placed>) {
    let (min, max, asked) = match expectation {
        Expectation::Digits { min, max } => (usize::from(*min), usize::from(*max), true),
        Expectation::YesNo
        | Expectation::OneOf { .. }
        | Expectation::Item
        | Expectation::Quantity { .. }
        | Expectation::Drink
        | Expectation::Open => (UNASKED_DIGITS_MIN, ORDER_DIGITS_MAX, false),
    };
    let Some(found) = number::digits(words.as_slice()) else {
        return;
    };
    // "Two hundred and fifty grams".
    let weighed = words.as_slice().get(found.start..).and_then(measure::weight);
    if weighed.is_some() && !asked {
        return;
    }
    let best = found.best(min, max);
    let fits = (min..=max).contains(&best.len());
    if fits || asked {
        let sure = if fits { 1.0 } else { 0.3 };
        placed.push(place(
            words,
            "digits",
            SlotValue::Digits(best.to_owned()),
            (found.start, found.end),
            sure,
        ));
    }
}

/// Whether days are what is to be chosen among.
fn offers_days(expectation: &Expectation) -> bool {
    matches!(expectation, Expectation::OneOf { candidates }
        if candidates.first().is_some_and(|first| Date::parse(&first.value).is_some()))
}

/// When it shall come, as it was said.
fn days(words: &Words, placed: &mut Vec<Placed>) {
    for found in wish::wishes(words) {
        if free(placed, found.start, found.end) {
            let value = SlotValue::Text(words.span(found.start, found.end));
            placed.push(place(words, DAY, value, (found.start, found.end), 0.95));
        }
    }
}

/// How long something shall last, as it was said.
fn periods(words: &Words, placed: &mut Vec<Placed>) {
    let all: Vec<&str> = words.iter().collect();
    for start in 0..all.len() {
        let rest = all.get(start..).unwrap_or_default();
        let bare = |len: &usize| {
            let behind = rest.get(*len..).unwrap_or_default();
            start == 0 && behind.iter().all(|word| BEHIND_A_UNIT.contains(word))
        };
        let long = period::period(rest, false).or_else(|| period::period(rest, true).filter(bare));
        if let Some(end) = long
            .map(|len| start + len)
            .filter(|end| free(placed, start, *end))
        {
            let value = SlotValue::Text(words.span(start, end));
            placed.push(place(words, PERIOD, value, (start, end), 0.95));
        }
    }
}

/// Where it shall go, as it was said. Goods are looked for before what may be a place or not.
fn addresses(words: &Words, sent: bool, placed: &mut Vec<Placed>) {
    let taken = |at: usize| !free(placed, at, at + 1);
    for found in destination::destinations(words, taken) {
        if found.sent == sent && free(placed, found.start, found.end) {
            let value = SlotValue::Text(words.span(found.from, found.end));
            placed.push(place(words, ADDRESS, value, (found.start, found.end), 0.95));
        }
    }
}

/// One of the things on offer, by its names or its place in the list.
fn choices(words: &Words, expectation: &Expectation, more: &[Candidate], placed: &mut Vec<Placed>) {
    let asked = expectation.candidates();
    let named = |candidate: &&Candidate| ![WISH, ASKS].contains(&candidate.value.as_str());
    let offered: Vec<&Candidate> = asked.iter().chain(more).filter(named).collect();
    if let Some(candidate) = said_alone(words, &offered) {
        let value = SlotValue::Text(candidate.value.clone());
        placed.push(place(words, "choice", value, (0, words.len()), IN_FULL));
        return;
    }
    let forms = offered
        .iter()
        .enumerate()
        .flat_map(|(at, c)| c.spoken.iter().map(move |form| (at, form.as_str())));
    let found = Names::new(forms).find(words);
    let best = found
        .iter()
        .filter_map(|f| f.values.first().map(|(at, score)| (f, *at, *score)));
    for (span, at, score) in best {
        // Two that fit alike is no choice, unless nothing else was said.
        let share = if span.values.len() > 1 { score / 2.0 } else { score };
        if let Some(candidate) = offered.get(at)
            && free(placed, span.start, span.end)
        {
            let value = SlotValue::Text(candidate.value.clone());
            placed.push(place(words, "choice", value, (span.start, span.end), share));
        }
    }
    by_place(words, asked, placed);
}

/// "That's me": a choice of words that name nothing by themselves must be all that is said, with a "hello" before it at
/// most, and be said of no other.
fn said_alone<'c>(words: &Words, offered: &[&'c Candidate]) -> Option<&'c Candidate> {
    let said = words.iter().skip_while(|word| BEFORE_A_CHOICE.contains(word));
    let said = said.collect::<Vec<_>>().join(" ");
    let is_said = |form: &String| !said.is_empty() && Words::new(form).text() == said;
    let mut named = offered
        .iter()
        .filter(|candidate| candidate.spoken.iter().any(is_said));
    let only = named.next();
    only.copied().filter(|_| named.next().is_none())
}

/// Where advice is given, what the caller wants of it is an answer too. A comparison ("cheaper") is one even
/// if it names what it compares with.
fn wishes(words: &Words, expectation: &Expectation, placed: &mut Vec<Placed>) {
    if !expectation
        .candidates()
        .iter()
        .any(|candidate| candidate.value == WISH)
    {
        return;
    }
    let mut found = preference::preferences(words);
    // "The cheaper one" of those on offer is one of them.
    found.retain(|found| free(placed, found.start, found.end));
    if found.iter().any(|found| found.preference.want.is_relative()) {
        placed.retain(|p| p.slot.name != "choice");
    }
    // Beside a wish, what only resembles a name is none.
    if !found.is_empty() {
        placed.retain(|p| p.slot.name != "choice" || is_wish(p) || p.slot.confidence.get() >= NAMED);
    }
    for found in found {
        let value = SlotValue::Text(WISH.to_owned());
        placed.push(place(words, "choice", value, (found.start, found.end), 0.95));
    }
}

fn is_wish(placed: &Placed) -> bool {
    placed.slot.name == "choice" && placed.slot.value == SlotValue::Text(WISH.to_owned())
}

/// Less is a likeness.
const NAMED: f32 = 0.6;

/// Options of a drink that go into it.
const POURED: &[&str] = &["milkAmount", "sugarAmount"];
const BEFORE_A_CHOICE: &[&str] = &["hello", "hi", "oh", "okay", "well", "um", "uh"];
const BESIDE_A_PLACE: &[&str] = &["the", "option", "choice", "please", "thanks"];
/// What the first, second and third on offer are called by their place alone.
const PLACES: &[&[&str]] = &[&["first"], &["two", "second"], &["three", "third"]];
/// How sure a choice is that is said word by word.
const IN_FULL: f32 = 0.95;
/// The choice of another wish, which its words tell.
pub const WISH: &str = "wish";

/// A question about what is on offer, which its words tell; no choice is made by it.
pub const ASKS: &str = "asks";

/// The choice of everything on offer: "both", "all of them".
pub const ALL: &str = "all";

/// "the second one", "number two", "all of them".
fn by_place(words: &Words, asked: &[Candidate], placed: &mut Vec<Placed>) {
    if asked.is_empty() || placed.iter().any(|p| p.slot.name == "choice") {
        return;
    }
    let Some(found) = reference::reference(words) else {
        return by_place_alone(words, asked, placed);
    };
    let all = found.value == "all" || (found.value == "both" && asked.len() == 2);
    if all && asked.len() > 1 {
        let value = SlotValue::Text(ALL.to_owned());
        placed.push(place(words, "choice", value, (found.start, found.end), 0.9));
        return;
    }
    let index = match found.value {
        "first" => Some(0),
        "second" => Some(1),
        "third" => Some(2),
        // "the last one" of a list is its end.
        "last_order" => asked.len().checked_sub(1),
        _ => None,
    };
    if let Some(candidate) = index.and_then(|at| asked.get(at)) {
        let value = SlotValue::Text(candidate.value.clone());
        placed.push(place(words, "choice", value, (found.start, found.end), 0.9));
    }
}

/// "Second", "the two": a place and nothing else, where a wish would have more words.
fn by_place_alone(words: &Words, asked: &[Candidate], placed: &mut Vec<Placed>) {
    let beside = |word: &&str| !(BEFORE_A_CHOICE.contains(word) || BESIDE_A_PLACE.contains(word));
    let said: Vec<&str> = words.iter().filter(beside).collect();
    let [place] = said.as_slice() else { return };
    let wishes = asked.iter().any(|candidate| candidate.value == WISH);
    let index = PLACES.iter().position(|forms| forms.contains(place));
    if let Some(candidate) = index.and_then(|at| asked.get(at)).filter(|_| !wishes) {
        let value = SlotValue::Text(candidate.value.clone());
        placed.push(self::place(words, "choice", value, (0, words.len()), 0.9));
    }
}

/// Goods by the catalogue, drinks by their own words; where both claim words, the longer name wins.
fn goods_and_drinks(words: &Words, expectation: &Expectation, lexicon: &Lexicon, placed: &mut Vec<Placed>) {
    let drinks_only = matches!(expectation, Expectation::Drink);
    let goods: Vec<ItemSpan> = if drinks_only {
        Vec::new()
    } else {
        goods(words, lexicon, placed)
    };
    let covered = |d: &DrinkSlot| {
        let inside = goods.iter().find(|g| g.start <= d.start && d.end <= g.end);
        inside.is_some_and(|g| g.end - g.start > d.end - d.start || by_the_bag(words, g.start))
    };
    let mut options: Vec<DrinkSlot> = drink::slots(words).into_iter().filter(|d| !covered(d)).collect();
    let named = options.iter().any(|d| d.name == "coffeeDrink");
    // "make it a large" of a drink that was read back. A roast is as likely to be a bag of beans.
    let read_back = matches!(expectation, Expectation::YesNo) && !named;
    // "The decaf": of goods that were read back, another one of them.
    options.retain(|d| {
        d.name != drink::UNMADE || named || !goods.iter().any(|g| g.start < d.end && d.start < g.end)
    });
    options.retain(|d| !read_back || (d.name != "roast" && !counts_units(words, d)));
    // "Do you have oat milk" asks for no milk pitcher.
    let poured = options.iter().filter(|d| POURED.contains(&d.name));
    let poured: Vec<(usize, usize)> = poured.map(|d| (d.start, d.end)).collect();
    let is_poured = |span: &ItemSpan| {
        poured
            .iter()
            .any(|(start, end)| *start <= span.start && span.end <= *end)
    };
    let is_drink = drinks_only || named || read_back;
    let is_drink = is_drink
        && !matches!(
            expectation,
            Expectation::Digits { .. } | Expectation::Quantity { .. }
        );
    if is_drink {
        for option in options {
            let value = SlotValue::Text(option.value);
            placed.push(place(words, option.name, value, (option.start, option.end), 0.95));
        }
    }
    for span in goods {
        if free(placed, span.start, span.end) && !is_poured(&span) {
            items(words, &span, placed);
        }
    }
}

/// "two bags of the ...": what follows is delivered, not poured.
fn by_the_bag(words: &Words, start: usize) -> bool {
    let before = words.as_slice().get(..start).unwrap_or_default();
    let unit = before
        .iter()
        .rev()
        .find(|word| !matches!(word.as_str(), "of" | "the" | "your" | "that"));
    unit.is_some_and(|word| UNITS.contains(&word.as_str()))
}

fn goods(words: &Words, lexicon: &Lexicon, placed: &[Placed]) -> Vec<ItemSpan> {
    let mut spans = lexicon.find(words);
    for span in &mut spans {
        span.items.retain(|item| match item.kind {
            ItemKind::Beans | ItemKind::Equipment => true,
            ItemKind::Drink => false,
        });
    }
    spans.retain(|span| !span.items.is_empty() && free(placed, span.start, span.end));
    // "To the office on Mill Road" is no milk pitcher.
    let places = destination::destinations(words, |at| !free(placed, at, at + 1));
    let in_place = |span: &ItemSpan| {
        let best = span.items.first().map_or(0.0, |item| item.score);
        let inside = places
            .iter()
            .any(|place| place.start <= span.start && span.end <= place.end);
        inside && best < CLEARLY_NAMED
    };
    spans.retain(|span| !in_place(span) && !is_time_off(words, span));
    spans
}

/// "Until I'm back from my holidays", "on public holidays": days, and no holiday blend.
fn is_time_off(words: &Words, span: &ItemSpan) -> bool {
    let all = words.as_slice();
    let named = all.get(span.start..span.end).unwrap_or_default();
    let next = all.get(span.end).map(String::as_str);
    let days = matches!(named, [only] if HOLIDAYS.contains(&only.as_str()));
    days && !next.is_some_and(|word| OF_GOODS.contains(&word) || UNITS.contains(&word))
}

fn items(words: &Words, span: &ItemSpan, placed: &mut Vec<Placed>) {
    #[expect(clippy::cast_precision_loss, reason = "at most a handful")]
    let share = span.items.len() as f32;
    for (at, item) in span.items.iter().enumerate() {
        let name = if at == 0 { "item" } else { ITEM_ALTERNATIVE };
        let value = SlotValue::Text(item.sku.as_str().to_owned());
        placed.push(place(
            words,
            name,
            value,
            (span.start, span.end),
            item.score / share,
        ));
    }
}

/// "Double it", of an order; what it resembles of a drink's shots is none.
fn scaled(words: &Words, expectation: &Expectation, placed: &mut Vec<Placed>) {
    let asked = matches!(
        expectation,
        Expectation::Open | Expectation::YesNo | Expectation::Item
    );
    let goods = |at: usize| placed.iter().any(|p| p.slot.name == ITEM && p.start == at);
    let of_draft = !matches!(expectation, Expectation::Open);
    let of_named = || times::times_of(words, &goods).filter(|_| of_draft);
    let Some(found) = times::times(words).or_else(of_named).filter(|_| asked) else {
        return;
    };
    let inside = |p: &Placed| p.start < found.end && found.start < p.end;
    if !found.or_shots {
        placed.retain(|p| p.slot.name != SHOTS || !inside(p));
    }
    if found.or_shots || free(placed, found.start, found.end) {
        let value = SlotValue::Number(found.halves);
        placed.push(place(words, TIMES, value, (found.start, found.end), 0.95));
    }
}

fn references(words: &Words, placed: &mut Vec<Placed>) {
    if let Some(found) = reference::reference(words)
        && free(placed, found.start, found.end)
    {
        let value = SlotValue::Text(found.value.to_owned());
        placed.push(place(words, "reference", value, (found.start, found.end), 0.95));
    }
}

/// Numbers that count things; not those of digit strings, sizes or "the dark one".
fn quantities(words: &Words, placed: &mut Vec<Placed>) {
    let all = words.as_slice();
    let mut at = 0;
    while at < all.len() {
        if let Some(len) = all.get(at..).and_then(measure::weight) {
            if free(placed, at, at + len) {
                let value = SlotValue::Text(words.span(at, at + len));
                placed.push(place(words, WEIGHT, value, (at, at + len), 0.95));
            }
            at += len;
            continue;
        }
        let Some(found) = all.get(at..).and_then(number::number) else {
            let len = one_unit(all, at).filter(|len| free(placed, at, at + len));
            if let Some(len) = len {
                placed.push(place(
                    words,
                    "quantity",
                    SlotValue::Number(1),
                    (at, at + len),
                    0.95,
                ));
            }
            at += len.unwrap_or(1);
            continue;
        };
        let end = at + found.len;
        if let Some(past) = measure::end(all, at, end) {
            at = past;
            continue;
        }
        if free(placed, at, end) && counts(words, at, end, placed) {
            placed.push(place(
                words,
                "quantity",
                SlotValue::Number(found.value),
                (at, end),
                0.95,
            ));
        }
        at = end;
    }
}

/// "A bag of it", "just a bag", "a single one": one, as said as "two bags", and how many words say so. Behind
/// "another" and the like it is none.
fn one_unit(words: &[String], at: usize) -> Option<usize> {
    let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
    let len = match (word(at), word(at + 1)) {
        ("a", "single") => 2,
        ("a" | "single", _) => 1,
        _ => return None,
    };
    let (unit, behind) = (word(at + len), word(at + len + 1));
    let ends = behind.is_empty() || BEHIND_A_UNIT.contains(&behind);
    let one = (UNITS.contains(&unit) && ends) || (unit == "one" && word(at + len - 1) == "single");
    one.then_some(len)
}

/// "A single bag" is no single shot.
fn counts_units(words: &Words, option: &DrinkSlot) -> bool {
    let next = words
        .as_slice()
        .get(option.end)
        .map(String::as_str)
        .unwrap_or_default();
    option.name == SHOTS && (UNITS.contains(&next) || next == "one")
}

/// "one" is a pronoun more often than a number.
fn counts(words: &Words, start: usize, end: usize, placed: &[Placed]) -> bool {
    let word = |at: Option<usize>| {
        at.and_then(|at| words.as_slice().get(at))
            .map(String::as_str)
            .unwrap_or_default()
    };
    if word(Some(start)) != "one" || end - start > 1 {
        return true;
    }
    let before = word(start.checked_sub(1));
    let after = word(Some(end));
    let pronoun = PRONOUN_BEFORE.contains(&before)
        || placed
            .iter()
            .any(|p| p.end == start && p.slot.name != "reference");
    !pronoun && !PRONOUN_AFTER.contains(&after)
}

/// Where the caller wants it sent, in their own words.
pub const ADDRESS: &str = "address";
/// When they want it, in their own words.
pub const DAY: &str = "day";

/// For how long, or until when, in their own words.
pub const PERIOD: &str = "period";

/// How much it should weigh, in the caller's words: of goods that are sold by the piece.
pub const WEIGHT: &str = "weight";

/// That beans shall be ground, in the caller's words.
pub const GROUND: &str = "ground";

/// How many times as many as it was, in halves: 1 is half of it, 4 is twice as many.
pub const TIMES: &str = "times";
/// The slot of how many shots are in a drink.
pub const SHOTS: &str = "numberOfShots";

/// The slot of an item by its number in the catalogue.
pub const ITEM: &str = "item";
/// Goods that are ordered by a name that nobody knows.
pub const UNKNOWN: &str = "unknown";
/// The slot of one that is not wanted: "but not the filters".
pub const LEFT_OUT: &str = "left_out";

/// Further readings of the words of the `item` slot before it.
pub const ITEM_ALTERNATIVE: &str = "item_alternative";

/// Half of a name is none where a place may be named as well.
const CLEARLY_NAMED: f32 = 0.6;
/// Shorter digit runs are counts, not numbers of orders.
const UNASKED_DIGITS_MIN: usize = 5;
const ORDER_DIGITS_MAX: usize = 12;

const UNITS: &[&str] = &[
    "bag", "bags", "pack", "packs", "box", "boxes", "pound", "pounds", "kilo", "kilos",
];

const HOLIDAYS: &[&str] = &["holiday", "holidays"];
/// What makes goods of the word before it: "the holiday one".
const OF_GOODS: &[&str] = &["beans", "blend", "coffee", "edition", "one", "ones"];

/// What may follow "a bag" where the bag is all that is said.
const BEHIND_A_UNIT: &[&str] = &["of", "please", "thanks", "thank", "only", "then", "is"];

const PRONOUN_BEFORE: &[&str] = &[
    "the", "that", "this", "which", "last", "first", "second", "third", "other", "another", "same", "dark",
    "light", "medium", "new", "no", "any", "small", "large", "big", "next", "wrong", "right",
];
const PRONOUN_AFTER: &[&str] = &["second", "moment", "minute", "sec", "more", "time", "thing"];
