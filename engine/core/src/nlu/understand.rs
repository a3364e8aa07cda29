//! One utterance in, one [`Decision`] out. Rules decide what was asked for (yes or no, digits, a choice), a
//! model decides what was not, and the expectation says which of the two is believed.

mod several;

use super::correction::{self, Correction};
use super::decision::{Answer, Decision, Evidence, ScoredIntent, Slot};
use super::denied;
use super::displeasure::displeasure;
use super::drink;
use super::grammar::{Grammar, Rules, Vocabulary};
use super::ground;
use super::human::human_wished;
use super::intent::{Classified, IntentModel, ORDER_DRINK, OUT_OF_SCOPE};
use super::key::key_aloud;
use super::left_out;
use super::lexicon::Lexicon;
use super::normalize::Words;
use super::other_orders::names_order;
use super::preference::preferences;
use super::shortcut;
use super::slip;
use super::slots::{self, ADDRESS, DAY, ITEM, LEFT_OUT, Placed, UNKNOWN};
use super::strange;
use super::unknown;
use super::weighing;
use super::yes_no;
use crate::source::FileError;
use crate::speech::expectation::{Candidate, Expectation};
use crate::units::Confidence;

/// A file's name (for messages) and its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedText {
    pub name: String,
    pub text: String,
}

/// The contents of `models/nlu/en`, read by whoever has a file system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NluFiles {
    /// `grammar/*.jsgf`.
    pub grammar: Vec<NamedText>,
    /// `intent.model`: its name and bytes.
    pub model: (String, Vec<u8>),
    /// `pronunciations.dict`: words that CMUdict lacks.
    pub pronunciations: NamedText,
}

/// What is known besides the words.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub expectation: &'a Expectation,
    pub lexicon: &'a Lexicon,
    /// Further things that may be named: the caller's orders, their usual items. Found as slot `choice`.
    pub candidates: &'a [Candidate],
}

/// Understands. Immutable, shared by all calls in an `Arc`; one utterance takes well under a millisecond.
#[derive(Debug, Clone)]
pub struct Understander {
    rules: Rules,
    model: IntentModel,
    pronunciations: NamedText,
}

impl Understander {
    /// Reads the files' contents; a fault names file and line.
    pub fn new(files: NluFiles) -> Result<Self, FileError> {
        let texts = files.grammar.iter().map(|f| (f.name.as_str(), f.text.as_str()));
        let model = IntentModel::parse(&files.model.0, &files.model.1)?;
        Ok(Self {
            rules: Rules::parse(texts)?,
            model,
            pronunciations: files.pronunciations,
        })
    }

    /// What `text` means, given how sure the recogniser was of it. Any text has an answer.
    pub fn understand(&self, text: &str, recognition: Confidence, context: &Context<'_>) -> Decision {
        let words = Words::new(text);
        if human_wished(&words).is_some() && shortcut::command(&words).is_none() {
            return Self::wish_for_human(&words, recognition);
        }
        self.several_wishes(&words, recognition, context)
            .unwrap_or_else(|| self.one_wish(&words, recognition, context))
    }

    /// Whatever else is said beside it.
    fn wish_for_human(words: &Words, recognition: Confidence) -> Decision {
        decided(
            words,
            recognition,
            ruled(words, SPEAK_TO_AGENT, 0.97, "rule:human"),
        )
    }

    fn one_wish(&self, words: &Words, recognition: Confidence, context: &Context<'_>) -> Decision {
        decided(words, recognition, self.read(words, context))
    }

    fn read(&self, words: &Words, context: &Context<'_>) -> Reading {
        if words.is_empty() {
            return Reading {
                decided_by: "rule:empty".to_owned(),
                ..Reading::default()
            };
        }
        if let Some(answer) = yes_no::plain(words) {
            return plain_answer(words, answer);
        }
        if let Some(intent) = shortcut::command(words) {
            return ruled(words, intent, 0.97, "rule:command");
        }
        if matches!(context.expectation, Expectation::Open) && shortcut::is_greeting(words) {
            return ruled(words, "repeat", 0.95, "rule:greeting");
        }
        if matches!(context.expectation, Expectation::YesNo) {
            let by_one = if correction::is_only_one_more(words) {
                Some("rule:one_more")
            } else {
                correction::is_only_fewer(words).then_some("rule:one_fewer")
            };
            if let Some(rule) = by_one {
                return Reading {
                    correction: true,
                    ..ruled(words, ANSWER, 0.95, rule)
                };
            }
        }
        if is_key(words, context.expectation) {
            // What the key means, the question knows.
            return Reading {
                decided_by: "rule:key".to_owned(),
                ..Reading::default()
            };
        }
        if let Some(rest) = denied::without_denied(words)
            && matches!(context.expectation, Expectation::Open)
        {
            // "Don't cancel it": nothing is asked for, or only what stands beside it.
            return if rest.is_empty() {
                Reading {
                    decided_by: "rule:denied".to_owned(),
                    ..Reading::default()
                }
            } else {
                self.read(&rest, context)
            };
        }
        let goods_asked = matches!(
            context.expectation,
            Expectation::Open | Expectation::YesNo | Expectation::Item
        );
        let at_hand = !matches!(context.expectation, Expectation::Open);
        if let Some(found) = ground::ground(words, at_hand).filter(|_| goods_asked) {
            return self.read_ground(words, found, context);
        }
        let mut placed = slots::all(words, context.expectation, context.lexicon, context.candidates);
        left_out::mark(words, context.expectation, &mut placed);
        let correction = corrected(words, context.expectation, &placed);
        let mut placed = match &correction {
            Some(correction) => without_old_values(placed, correction),
            None => slip::without_slips(words, placed),
        };
        let beside = doubt_beside(words, &mut placed);
        if matches!(context.expectation, Expectation::YesNo)
            && placed.is_empty()
            && yes_no::is_double_negative(words)
        {
            return Reading {
                sure: 0.5,
                decided_by: DOUBLE_NEGATIVE.to_owned(),
                ..Reading::default()
            };
        }
        let mut reading = if answers(context.expectation, &placed) || correction.is_some() {
            answered(words, context.expectation, &placed)
        } else {
            opened(&self.model, words, context.expectation, &placed)
        };
        reading.correction = correction.is_some();
        if reading.correction {
            // Kept for the record; whoever reads a correction does not read its yes or no.
            reading.answer = yes_no::leading(words).map(|found| found.answer);
        }
        reading.evidence.extend(beside);
        placed.extend(self.unknown(words, context, &reading, &placed));
        placed.extend(self.unmade_beside(words, context, &placed));
        reading.slots = placed.into_iter().map(|p| p.slot).collect();
        reading
    }

    /// What is ordered by a name that is neither the shop's nor among what the model was taught.
    fn unknown(
        &self,
        words: &Words,
        context: &Context<'_>,
        reading: &Reading,
        placed: &[Placed],
    ) -> Option<Placed> {
        let open = matches!(context.expectation, Expectation::Open);
        let orders = |best: &ScoredIntent| best.name == "reorder";
        if !open || !reading.intents.first().is_some_and(orders) || !preferences(words).is_empty() {
            return None;
        }
        let (start, end) = unknown::named(words, placed, &|word| self.model.knows(word))?;
        Some(slots::said(words, UNKNOWN, (start, end)))
    }

    /// "A bag of Kenya, ground for espresso": read without what it is to be ground for, which is told apart.
    fn read_ground(&self, words: &Words, (start, end): (usize, usize), context: &Context<'_>) -> Reading {
        let rest = words
            .iter()
            .enumerate()
            .filter(|(at, _)| *at < start || end <= *at);
        let rest: Vec<&str> = rest.map(|(_, word)| word).collect();
        let mut reading = self.read(&Words::new(&rest.join(" ")), context);
        let told = slots::said(words, slots::GROUND, (start, end)).slot;
        reading.slots.push(told);
        reading
    }

    /// What is wanted beside a drink and is none of the shop's.
    fn unmade_beside(&self, words: &Words, context: &Context<'_>, placed: &[Placed]) -> Option<Placed> {
        let drinks = match context.expectation {
            Expectation::Open | Expectation::Drink | Expectation::YesNo => {
                placed.iter().any(|p| p.slot.name == drink::DRINK)
            }
            Expectation::OneOf { .. }
            | Expectation::Item
            | Expectation::Quantity { .. }
            | Expectation::Digits { .. } => false,
        };
        let found =
            unknown::beside_drink(words, placed, &|word| self.model.knows(word)).filter(|_| drinks)?;
        Some(slots::said(words, drink::UNMADE, found))
    }

    /// The grammar of what is expected. Takes milliseconds: callers keep it as long as question and
    /// vocabulary stay the same.
    pub fn grammar(&self, expectation: &Expectation, vocabulary: &Vocabulary<'_>) -> Grammar {
        Grammar::compile(expectation, vocabulary, &self.rules)
    }

    /// Every intent that an utterance may be understood as.
    pub fn intents(&self) -> Vec<String> {
        let ruled = shortcut::intents().map(str::to_owned);
        let mut intents: Vec<String> = self.model.labels().iter().cloned().chain(ruled).collect();
        intents.sort();
        intents.dedup();
        intents
    }

    /// The intent model's name and version.
    pub fn version(&self) -> &str {
        self.model.version()
    }

    /// ARPAbet lines ("word  W ER D") for words that CMUdict lacks.
    pub fn pronunciations(&self) -> &str {
        &self.pronunciations.text
    }
}

/// A decision in the making.
#[derive(Debug, Default)]
struct Reading {
    intents: Vec<ScoredIntent>,
    answer: Option<Answer>,
    slots: Vec<Slot>,
    correction: bool,
    sure: f32,
    evidence: Vec<Evidence>,
    decided_by: String,
}

fn decided(words: &Words, recognition: Confidence, mut reading: Reading) -> Decision {
    if words.cut {
        reading.decided_by.push_str("+cut");
    }
    Decision {
        text: words.text(),
        intents: reading.intents,
        answer: reading.answer,
        slots: reading.slots,
        correction: reading.correction,
        confidence: Confidence::new(recognition.get() * reading.sure),
        recognition: Some(recognition),
        disputed: false,
        displeasure: displeasure(words),
        then: None,
        evidence: reading.evidence,
        decided_by: reading.decided_by,
    }
}

fn plain_answer(words: &Words, answer: Answer) -> Reading {
    let name = match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
    };
    Reading {
        answer: Some(answer),
        ..ruled(words, name, 0.98, "rule:yes_no")
    }
}

fn ruled(words: &Words, intent: &str, sure: f32, rule: &str) -> Reading {
    Reading {
        intents: vec![ScoredIntent {
            name: intent.to_owned(),
            confidence: Confidence::new(sure),
        }],
        sure,
        evidence: vec![Evidence {
            word: words.text(),
            weight: 1.0,
        }],
        decided_by: rule.to_owned(),
        ..Reading::default()
    }
}

/// "Press one" is of the keypad, whatever goods are called so. Where a number is typed, it is that number.
fn is_key(words: &Words, expectation: &Expectation) -> bool {
    let typed = matches!(
        expectation,
        Expectation::Digits { .. } | Expectation::Quantity { .. }
    );
    !typed && key_aloud(&words.text()).is_some_and(|key| key.pointed)
}

/// The correction, if there is something to correct and something to put in its place.
fn corrected(words: &Words, expectation: &Expectation, placed: &[Placed]) -> Option<Correction> {
    let marked = correction::correction(words).filter(|found| {
        let inside = placed
            .iter()
            .any(|p| p.start >= found.range.start && p.end <= found.range.end);
        // At an open question nothing has been read back: "the usual, but make it two" is one wish, and so is
        // "something fruity but not light".
        let one_wish = matches!(expectation, Expectation::Open)
            && (placed.iter().any(|p| p.start < found.range.start)
                || preferences(words)
                    .iter()
                    .any(|wish| wish.start < found.range.start));
        // "No, I want the Kenya", after a price was told: a wish like any other.
        // And so is "the same again, five instead".
        let names = |p: &Placed| [ITEM, drink::DRINK, "reference"].contains(&p.slot.name.as_str());
        // "Send my order to my office instead" is one of an order that stands.
        let named = placed.iter().any(names) || names_order(words);
        let first_wish = matches!(expectation, Expectation::Open) && named;
        inside && !one_wish && !first_wish
    });
    marked.or_else(|| {
        matches!(expectation, Expectation::YesNo)
            .then(|| bare_value(words, placed))
            .flatten()
    })
}

/// A value and nothing else, said to a read-back, is the value that should have been read: "two bags",
/// "yes, the dark roast".
fn bare_value(words: &Words, placed: &[Placed]) -> Option<Correction> {
    let start = yes_no::leading(words).map_or(0, |found| found.len);
    let said = |at: usize, word: &str| {
        placed.iter().any(|p| p.start <= at && at < p.end) || BESIDE_VALUES.contains(&word)
    };
    let bare = !placed.is_empty()
        && words
            .iter()
            .enumerate()
            .skip(start)
            .all(|(at, word)| said(at, word));
    bare.then(|| Correction {
        range: start..words.len(),
        certain: true,
    })
}

/// A name beside a word that nothing explains is a doubtful one; the record says why.
fn doubt_beside(words: &Words, placed: &mut [Placed]) -> Vec<Evidence> {
    let strange = strange::strange(words, placed);
    for named in placed
        .iter_mut()
        .filter(|p| strange.contains(&(p.start.wrapping_sub(1))))
    {
        named.slot.confidence = Confidence::new(named.slot.confidence.get() * strange::KEPT);
    }
    let told = |at: &usize| Evidence {
        word: words.span(*at, at + 1),
        weight: strange::KEPT - 1.0,
    };
    strange.iter().map(told).collect()
}

/// In a correction only the new value counts.
fn without_old_values(placed: Vec<Placed>, correction: &Correction) -> Vec<Placed> {
    let new = |p: &Placed| p.slot.name == LEFT_OUT || is_new(p, &correction.range);
    placed.into_iter().filter(new).collect()
}

/// "Send it to ..." begins like a yes, "not before ..." and "no sugar" like a no: such a value may begin before the
/// correction does.
fn is_new(placed: &Placed, range: &std::ops::Range<usize>) -> bool {
    let name = placed.slot.name.as_str();
    let whole = !([ADDRESS, DAY].contains(&name) || LEFT_OUT_OF_DRINKS.contains(&name));
    let begins = if whole {
        placed.start
    } else {
        placed.end.saturating_sub(1)
    };
    begins >= range.start && placed.end <= range.end
}

/// Whether what was asked for is there.
fn answers(expectation: &Expectation, placed: &[Placed]) -> bool {
    let has = |name: &str| placed.iter().any(|p| p.slot.name == name);
    match expectation {
        Expectation::YesNo | Expectation::Open => false,
        Expectation::Digits { .. } => has("digits"),
        Expectation::OneOf { .. } => has("choice"),
        Expectation::Item => has("item") || has("reference"),
        Expectation::Quantity { .. } => has("quantity"),
        Expectation::Drink => placed
            .iter()
            .any(|p| super::drink::SLOTS.contains(&p.slot.name.as_str())),
    }
}

fn answered(words: &Words, expectation: &Expectation, placed: &[Placed]) -> Reading {
    let drink = placed
        .iter()
        .any(|p| super::drink::SLOTS.contains(&p.slot.name.as_str()));
    let sure = placed
        .iter()
        .map(|p| p.slot.confidence.get())
        .fold(1.0_f32, f32::min)
        .min(0.97);
    let intent = if drink { ORDER_DRINK } else { ANSWER };
    let mut reading = ruled(words, intent, sure, &format!("rule:{}", expectation.name()));
    reading.evidence = evidence_of(placed);
    reading
}

fn evidence_of(placed: &[Placed]) -> Vec<Evidence> {
    placed
        .iter()
        .map(|p| Evidence {
            word: p.slot.span.clone(),
            weight: p.slot.confidence.get(),
        })
        .collect()
}

/// Nothing that was asked for: the model decides, nudged by the question and by the values found.
fn opened(model: &IntentModel, words: &Words, expectation: &Expectation, placed: &[Placed]) -> Reading {
    let alone = bare_value(words, placed).is_some();
    let read = |words: &Words| {
        let mut read = model.classify(words);
        weighing::by_question(&mut read.intents, expectation);
        weighing::by_form(&mut read.intents, words);
        weighing::by_values(&mut read.intents, words, expectation, placed, alone);
        read
    };
    let best = |read: &Classified| read.intents.first().map(|intent| intent.name.clone());
    let mut read_as = read(words);
    let businesses: &[&str] = match best(&read_as).as_deref() {
        Some(OUT_OF_SCOPE) => &["reorder"],
        // "For New Year's Eve" resembles what is said at a parting.
        Some(talk) if TALK.contains(&talk) => &["reorder", "order_status"],
        Some(_) | None => &[],
    };
    if !businesses.is_empty()
        && let Some(rest) = without_delivery(words, placed)
    {
        let rest = read(&rest);
        if best(&rest).is_some_and(|name| businesses.contains(&name.as_str())) {
            read_as = rest;
        }
    }
    let Classified {
        mut intents,
        evidence,
    } = read_as;
    let answer = modelled_answer(words, expectation, &intents).filter(|_| placed.is_empty());
    intents.retain(|i| i.confidence.get() >= WORTH_KEEPING && !(alone && TALK.contains(&i.name.as_str())));
    let sure = intents.first().map_or(0.0, |i| i.confidence.get());
    Reading {
        intents,
        answer,
        sure,
        evidence,
        decided_by: model.version().to_owned(),
        ..Reading::default()
    }
}

/// An order without where and when, whose words say nothing about what is wanted.
fn without_delivery(words: &Words, placed: &[Placed]) -> Option<Words> {
    let said = |p: &&Placed| [slots::ADDRESS, slots::DAY].contains(&p.slot.name.as_str());
    let told: Vec<&Placed> = placed.iter().filter(said).collect();
    let rest: Vec<&str> = words
        .iter()
        .enumerate()
        .filter(|(at, _)| !told.iter().any(|p| (p.start..p.end).contains(at)))
        .map(|(_, word)| word)
        .collect();
    (!told.is_empty() && !rest.is_empty()).then(|| Words::new(&rest.join(" ")))
}

/// To a yes-or-no question, an unfamiliar yes must be a clear one, with no condition attached.
fn modelled_answer(words: &Words, expectation: &Expectation, intents: &[ScoredIntent]) -> Option<Answer> {
    let best = intents
        .first()
        .filter(|_| matches!(expectation, Expectation::YesNo))?;
    let says_no = yes_no::leading(words).is_some_and(|found| found.answer == Answer::No);
    let conditional = words.iter().any(|word| CONDITIONS.contains(&word));
    match best.name.as_str() {
        "yes" if best.confidence.get() >= CLEAR_YES && !says_no && !conditional => Some(Answer::Yes),
        "no" if best.confidence.get() >= CLEAR_NO => Some(Answer::No),
        _ => None,
    }
}

/// The rule that leaves two negations open.
pub(crate) const DOUBLE_NEGATIVE: &str = "rule:double_negative";
/// Intents below this probability are not worth a place in the record.
const WORTH_KEEPING: f32 = 0.01;
/// What is said of the talk itself: a value and nothing else says none of it, whatever it resembles.
const SPEAK_TO_AGENT: &str = "speak_to_agent";
const TALK: &[&str] = &["goodbye", "repeat", "help", "speak_to_agent", "wait"];
const CLEAR_YES: f32 = 0.85;
const CLEAR_NO: f32 = 0.6;

/// A yes with one of these is not a plain one.
const CONDITIONS: &[&str] = &[
    "after", "and", "before", "but", "can", "could", "don't", "except", "first", "how", "if", "instead",
    "not", "only", "unless", "wait", "what", "when", "where", "why", "without",
];
/// What a drink may be wanted without.
const LEFT_OUT_OF_DRINKS: &[&str] = &["milkAmount", "sugarAmount", "numberOfShots"];
/// What may stand beside a value without adding to it.
const BESIDE_VALUES: &[&str] = &[
    "a", "an", "bag", "bags", "box", "boxes", "fewer", "just", "less", "of", "one", "only", "pack", "packs",
    "please", "thank", "thanks", "the", "them", "those", "with", "you",
];

/// The intent of an utterance that answers what was asked: its meaning is in the slots.
pub const ANSWER: &str = "answer";

#[cfg(test)]
#[path = "understand_tests.rs"]
pub(crate) mod tests;
