//! One simulated call: the conversation core in virtual time, an honest caller, hearing with errors, and the
//! demo shop's books.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use demo::merchant;
use engine_core::conversation::action::{Action, ActionResult, ActionValue};
use engine_core::conversation::event::{Directive, Event, Listen, Outcome, Speech, TransferResult};
use engine_core::conversation::{CallerFacts, ConfirmationPolicy, Conversation, FlowSet, PromptBook};
use engine_core::ids::CallId;
use engine_core::nlu::decision::Decision;
use engine_core::nlu::grammar;
use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::understand::{self, Understander};
use engine_core::shop::Catalogue;
use engine_core::speech::expectation::Expectation;
use engine_core::speech::verdict::VerdictResult;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::caller::{Caller, Deed, Keys, is_said_back};
use super::ears::Errors;
use super::person::{Calendar, Person};
use super::vocabulary::Vocabulary;
use super::wish::Wish;
use crate::commerce::local::LocalShop;

/// What every call needs, loaded once.
#[derive(Debug)]
pub(super) struct House {
    flows: Arc<FlowSet>,
    prompts: Arc<PromptBook>,
    understander: Arc<Understander>,
    catalogue: Arc<Catalogue>,
    lexicon: Lexicon,
    shop: LocalShop,
    /// The demonstration's caller, to whom there is but one way, and others.
    first: Person,
    others: Vec<Person>,
    calendar: Calendar,
    /// The words that each question's grammar knows, in order.
    vocabularies: Mutex<Vec<(Expectation, Arc<Vocabulary>)>>,
}

/// What became of one call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Called {
    pub(super) seed: u64,
    pub(super) placed: u32,
    /// Orders that are not what the caller wanted, or one too many.
    pub(super) wrong: u32,
    /// Of these, to another address than the caller wanted.
    pub(super) wrong_address: u32,
    /// On another day, or on one where none was wanted.
    pub(super) wrong_day: u32,
    /// How often the caller was asked to confirm an order.
    pub(super) asked: u32,
    /// Of these, by keys alone.
    pub(super) by_key: u32,
    /// How often a change of where or when was said back, for them to object to.
    pub(super) said_back: u32,
    pub(super) turns: u32,
    pub(super) seconds: f64,
    pub(super) outcome: Option<Outcome>,
    pub(super) transcript: String,
}

impl House {
    pub(super) fn load(models: &Path) -> anyhow::Result<Self> {
        let (flows, prompts) = crate::flow::load(models)?;
        let understander = crate::nlu::load(models)?;
        let catalogue = Arc::new(LocalShop::catalogue());
        let mut shop = LocalShop::new(BOOKS_SEED);
        let phones = (0..merchant::CUSTOMERS).map(merchant::phone);
        let (people, calendar) = Person::callers(&mut shop, phones);
        let mut people = people.into_iter();
        let first = people.next();
        let first = first.context("no customer of the demo shop has an order that can be had again")?;
        Ok(Self {
            lexicon: Lexicon::new(&catalogue).with_brought(flows.brought()),
            flows,
            prompts,
            understander,
            catalogue,
            shop,
            first,
            others: people.collect(),
            calendar,
            vocabularies: Mutex::default(),
        })
    }

    /// Whose call it is: the first one's in one of three.
    fn person(&self, rng: &mut StdRng) -> &Person {
        let other = rng.random_range(0..self.others.len().max(1));
        let other = self.others.get(other).filter(|_| rng.random_bool(2.0 / 3.0));
        other.unwrap_or(&self.first)
    }

    fn vocabulary(&self, expectation: &Expectation) -> Arc<Vocabulary> {
        let mut known = self.vocabularies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, words)) = known.iter().find(|(other, _)| other == expectation) {
            return Arc::clone(words);
        }
        let vocabulary = grammar::Vocabulary {
            lexicon: &self.lexicon,
            phrases: self.flows.phrases(),
            beside: &grammar::Beside::default(),
        };
        let grammar = self.understander.grammar(expectation, &vocabulary);
        let words = Arc::new(Vocabulary::new(grammar.words().iter().cloned()));
        if known.len() < VOCABULARIES_MAX {
            known.push((expectation.clone(), Arc::clone(&words)));
        }
        words
    }

    /// Plays the call of this seed.
    pub(super) fn call(
        &self,
        seed: u64,
        errors: &Errors,
        keys: Keys,
        policy: &Arc<ConfirmationPolicy>,
        tell: bool,
    ) -> Called {
        let mut rng = StdRng::seed_from_u64(seed);
        let person = self.person(&mut rng);
        let wish = Wish::random(person, &self.calendar.days, &self.catalogue, &mut rng);
        let facts = CallerFacts {
            call: CallId::new(format!("simulated-{seed}")),
            phone: Some(person.phone.clone()),
            destination: None,
            purpose: None,
        };
        let mut conversation = Conversation::new(
            Arc::clone(&self.flows),
            Arc::clone(&self.prompts),
            Arc::clone(&self.catalogue),
            facts,
            seed,
        )
        .under(Arc::clone(policy));
        if keys == Keys::Absent {
            conversation.keyless();
        }
        let mut play = Play {
            house: self,
            conversation,
            shop: self.shop.clone(),
            caller: Caller::new(wish, keys, person, &self.calendar, &self.catalogue),
            person,
            said: Vec::new(),
            listen: None,
            hand_over: false,
            read_back_steps: BTreeSet::new(),
            tell,
            called: Called {
                seed,
                placed: 0,
                wrong: 0,
                wrong_address: 0,
                wrong_day: 0,
                asked: 0,
                by_key: 0,
                said_back: 0,
                turns: 0,
                seconds: 0.0,
                outcome: None,
                transcript: String::new(),
            },
        };
        play.tell(Event::Start);
        while play.called.outcome.is_none() {
            play.turn(errors, &mut rng);
        }
        play.called
    }
}

struct Play<'h> {
    house: &'h House,
    conversation: Conversation,
    shop: LocalShop,
    caller: Caller<'h>,
    person: &'h Person,
    /// Since the caller last had the floor.
    said: Vec<Speech>,
    listen: Option<Listen>,
    hand_over: bool,
    read_back_steps: BTreeSet<String>,
    tell: bool,
    called: Called,
}

impl Play<'_> {
    /// The caller's turn, or an agent's.
    fn turn(&mut self, errors: &Errors, rng: &mut StdRng) {
        if std::mem::take(&mut self.hand_over) {
            self.called.seconds += TRANSFER_S;
            return self.tell(Event::Transfer(TransferResult::Connected));
        }
        let Some(listen) = self.listen.take() else {
            // Neither a question nor the end: a fault that the simulation must not hide by waiting.
            return self.tell(Event::HungUp);
        };
        self.called.turns += 1;
        let said = std::mem::take(&mut self.said);
        let event = match self.caller.answers(&listen, &said, rng) {
            Deed::HangsUp => Event::HungUp,
            Deed::SaysNothing => {
                self.write(|| "caller: (nothing)".to_owned());
                self.called.seconds += OBJECTION_S;
                Event::Silence
            }
            Deed::Presses(key) => {
                self.write(|| format!("caller: (key {key})"));
                self.called.seconds += KEY_S;
                Event::Keyed(key.to_string())
            }
            Deed::Says(words) => self.hear(&words, &listen.expectation, errors, rng),
        };
        self.tell(event);
    }

    fn hear(&mut self, words: &str, expectation: &Expectation, errors: &Errors, rng: &mut StdRng) -> Event {
        let count = words.split_whitespace().count();
        self.called.seconds += REACTION_S + WORD_S * count as f64 + ENDPOINT_S;
        let vocabulary = self.house.vocabulary(expectation);
        let verdict = errors.hear(words, expectation, &vocabulary, rng);
        match verdict.map(|verdict| verdict.result) {
            Some(VerdictResult::Words {
                transcript, disputed, ..
            }) => {
                self.write(|| {
                    format!(
                        "caller: {words}\n        heard \"{}\" {}",
                        transcript.text, transcript.confidence
                    )
                });
                let context = understand::Context {
                    expectation,
                    lexicon: &self.house.lexicon,
                    candidates: &[],
                };
                let decision =
                    self.house
                        .understander
                        .understand(&transcript.text, transcript.confidence, &context);
                let decision = Decision { disputed, ..decision };
                Event::Heard(self.house.flows.hear(decision))
            }
            Some(VerdictResult::Unrecognised) | None => {
                self.write(|| format!("caller: {words}\n        not recognised"));
                Event::NotUnderstood
            }
        }
    }

    fn tell(&mut self, event: Event) {
        self.conversation.handle(event);
        while let Some(directive) = self.conversation.poll() {
            self.obey(directive);
        }
    }

    fn obey(&mut self, directive: Directive) {
        match directive {
            Directive::Say(speech) => {
                self.write(|| format!("hark:   {}", speech.text));
                self.called.seconds += speech.text.split_whitespace().count() as f64 * SPOKEN_WORD_S;
                self.caller.hears(&speech);
                self.said.push(speech);
            }
            Directive::Listen(listen) => {
                if self.read_back_steps.contains(&listen.step) {
                    let last = self.said.last().map_or("", |speech| speech.prompt.as_str());
                    let said_back = is_said_back(last);
                    self.called.said_back += u32::from(said_back);
                    self.called.asked += u32::from(!said_back);
                    self.called.by_key += u32::from(last.contains("_keys"));
                }
                self.listen = Some(listen);
            }
            Directive::HandOver(_) => self.hand_over = true,
            Directive::Act { effect, action } => {
                self.called.seconds += SHOP_S;
                let result = self.act(&action);
                self.conversation.handle(Event::ActionDone { effect, result });
            }
            Directive::Note(note) => {
                self.write(|| format!("        # {}: {}", note.what, note.why));
                if note.what == "readback" {
                    self.read_back_steps.insert(note.step);
                }
            }
            Directive::End { outcome } => {
                self.write(|| format!("        end: {outcome:?}"));
                self.called.outcome = Some(outcome);
            }
        }
    }

    /// The shop, and the judge: what it got must be what the caller wants, once.
    fn act(&mut self, action: &Action) -> ActionResult {
        let result = self.shop.answer(action);
        if let (Action::PlaceOrder { order, .. }, Ok(ActionValue::Placed(_))) = (action, &result) {
            self.called.placed += 1;
            let wish = &self.caller.wish;
            let wrong = wish.wrong_in(order.value(), self.person);
            let right = self.called.placed == 1 && !wrong.any();
            self.called.wrong += u32::from(!right);
            self.called.wrong_address += u32::from(wrong.address);
            self.called.wrong_day += u32::from(wrong.day);
            let text = format!(
                "        ordered, {}: wanted {wish:?}, got {:?}",
                if right { "right" } else { "WRONG" },
                order.value()
            );
            self.write(|| text);
        }
        result
    }

    fn write(&mut self, line: impl FnOnce() -> String) {
        if self.tell {
            self.called.transcript.push_str(&line());
            self.called.transcript.push('\n');
        }
    }
}

/// The books of the shop: any will do, always the same.
const BOOKS_SEED: u64 = 1;
/// Questions whose grammars are kept: those without a caller's own choices are few.
const VOCABULARIES_MAX: usize = 64;
/// Virtual time, in seconds: a word of Hark's, a word of the caller's, their reaction, the silence that ends a
/// turn or lets a change stand, a key, an answer of the shop, a transfer.
const SPOKEN_WORD_S: f64 = 0.33;
const WORD_S: f64 = 0.35;
const REACTION_S: f64 = 0.6;
const ENDPOINT_S: f64 = 0.4;
const OBJECTION_S: f64 = 1.2;
const KEY_S: f64 = 2.0;
const SHOP_S: f64 = 0.05;
const TRANSFER_S: f64 = 15.0;
