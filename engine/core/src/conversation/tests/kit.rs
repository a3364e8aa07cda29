//! The pretend shop and the scripted caller of conversation tests.
//!
//! A line of a script is `words = meaning`; a meaning is a list of `yes`, `no`, `~` (a correction),
//! `intent:NAME[@CONFIDENCE]`, `SLOT:VALUE`, `@CONFIDENCE`, `^RECOGNITION`, `by:model` and `disputed`. A line in brackets is something else that
//! happens: `[silence]`, `[mumble]`, `[key 1]`, `[hang up]`, `[agent free]`, `[nobody free]`, `[waiting]`.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::civil::Date;
use crate::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use crate::conversation::event::{BargeIn, Directive, Event, Outcome, TransferResult};
use crate::conversation::machine::State;
use crate::conversation::{CallerFacts, Conversation, FlowSet, PromptBook, Source};
use crate::ids::{AddressId, CallId, CustomerId, EffectId, IdempotencyKey, OrderId, Sku};
use crate::nlu::decision::{Answer, Decision, ScoredIntent, Slot, SlotValue};
use crate::pii::Pii;
use crate::shop::{
    Address, Attribute, Balance, Catalogue, ChangeKind, ChangeReceipt, Customer, DeliveryDay, Fulfilment,
    Item, ItemKind, Order, OrderChange, OrderDraft, OrderLine, OrderState, Promise, Quote, Receipt, Return,
    ReturnLine, ReturnMethod, ReturnOffer, ReturnVerdict, SendBack, Stock, VoucherVerdict,
};
use crate::speech::endpointing::Pace;
use crate::units::{Confidence, Money};

/// The flows that ship.
pub(crate) fn flow_sources() -> Vec<Source> {
    sources("flows")
}

/// The wording that ships.
pub(crate) fn prompt_sources() -> Vec<Source> {
    sources("prompts/en")
}

/// Every file of a folder of `models/`, so that a new flow is tested with the others.
fn sources(folder: &str) -> Vec<Source> {
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
    let entries = std::fs::read_dir(format!("{models}/{folder}")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    paths
        .iter()
        .map(|path| {
            Source::new(
                format!("{folder}/{}", name(path)),
                std::fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

pub(crate) fn shipped() -> (Arc<FlowSet>, Arc<PromptBook>) {
    let flows = FlowSet::load(&flow_sources()).unwrap_or_else(|errors| panic!("{errors}"));
    let prompts = PromptBook::load(&prompt_sources()).unwrap_or_else(|errors| panic!("{errors}"));
    (Arc::new(flows), Arc::new(prompts))
}

/// The shop as a test wants it.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) known: bool,
    pub(crate) addresses: Vec<Address>,
    /// Days on which it can deliver, with what each costs more.
    pub(crate) days: Vec<(&'static str, i64)>,
    pub(crate) orders: Vec<Order>,
    pub(crate) stock: Vec<Stock>,
    /// What goes wrong, by action name; each once.
    pub(crate) faults: Vec<(&'static str, ActionError)>,
    /// Actions that are never answered.
    pub(crate) hangs: Option<&'static str>,
    pub(crate) placed: Vec<(IdempotencyKey, OrderDraft)>,
    /// What each key was answered with, once and for all.
    pub(crate) answers: Vec<(IdempotencyKey, ActionResult)>,
    pub(crate) callbacks: Vec<String>,
    pub(crate) changed: Vec<OrderChange>,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            known: true,
            addresses: vec![address("home", &["house"])],
            days: Vec::new(),
            orders: vec![order(
                "417220",
                OrderState::Delivered,
                21,
                None,
                &[("BNS-DARK", 1)],
            )],
            stock: Vec::new(),
            faults: Vec::new(),
            hangs: None,
            placed: Vec::new(),
            answers: Vec::new(),
            callbacks: Vec::new(),
            changed: Vec::new(),
        }
    }
}

pub(crate) fn address(label: &str, spoken: &[&str]) -> Address {
    Address {
        id: AddressId::new(format!("at-{}", label.replace(' ', "-").to_lowercase())),
        label: Pii::new(label.to_owned()),
        spoken: spoken.iter().map(|form| Pii::new((*form).to_owned())).collect(),
    }
}

/// The shop's day in every test: a Tuesday.
pub(crate) const TODAY: &str = "2026-11-24";

pub(crate) fn order(
    number: &str,
    state: OrderState,
    age_days: u32,
    due_in_days: Option<i32>,
    lines: &[(&str, u32)],
) -> Order {
    let catalogue = catalogue();
    let lines = lines
        .iter()
        .map(|(sku, quantity)| line(&catalogue, sku, *quantity))
        .collect::<Vec<_>>();
    Order {
        id: OrderId::new(format!("order-{number}")),
        number: number.to_owned(),
        state,
        total: total(&lines, &catalogue),
        lines,
        age_days,
        due_in_days,
        fulfilment: Fulfilment::Delivery,
        repeat_days: None,
    }
}

fn line(catalogue: &Catalogue, sku: &str, quantity: u32) -> OrderLine {
    let sku = Sku::new(sku);
    let name = catalogue.item(&sku).unwrap().name.clone();
    OrderLine {
        sku,
        name,
        quantity,
        options: Vec::new(),
    }
}

pub(crate) fn stock(sku: &str, available: u32, lead_time_days: Option<u32>, substitutes: &[&str]) -> Stock {
    let substitutes = substitutes.iter().map(|sku| Sku::new(*sku)).collect();
    Stock {
        sku: Sku::new(sku),
        available,
        lead_time_days,
        substitutes,
    }
}

fn total(lines: &[OrderLine], catalogue: &Catalogue) -> Money {
    lines.iter().fold(Money::default(), |sum, line| {
        let price = catalogue.item(&line.sku).unwrap().price;
        sum.plus(price.times(line.quantity).unwrap()).unwrap()
    })
}

/// A dollar off for 111111; 222222 has expired.
fn quote(draft: &OrderDraft, days: &[(&'static str, i64)]) -> Quote {
    let sum = total(&draft.lines, &catalogue()).minor;
    let voucher = draft.voucher.as_deref().map(|code| match code {
        "111111" => VoucherVerdict::Good,
        "222222" => VoucherVerdict::Expired,
        _ => VoucherVerdict::Unknown,
    });
    let discount = if voucher == Some(VoucherVerdict::Good) {
        100
    } else {
        0
    };
    let days: Vec<DeliveryDay> = days
        .iter()
        .map(|(date, fee)| DeliveryDay {
            date: Date::parse(date).unwrap(),
            fee: Money::from_minor(*fee),
        })
        .collect();
    let chosen = days.iter().find(|day| Some(day.date) == draft.day);
    let fee = chosen.map_or(0, |day| day.fee.minor);
    Quote {
        total: Money::from_minor(sum - discount + fee),
        discount: Money::from_minor(discount),
        voucher,
        delivery_fee: Money::from_minor(fee),
        today: (!days.is_empty()).then(|| Date::parse(TODAY).unwrap()),
        days,
    }
}

fn balance(wish: &Return) -> Balance {
    let sum = |lines: &[OrderLine]| total(lines, &catalogue()).minor;
    let owed = sum(&wish.instead) - sum(&wish.lines);
    Balance {
        refund: Money::from_minor((-owed).max(0)),
        to_pay: Money::from_minor(owed.max(0)),
    }
}

pub(crate) fn catalogue() -> Catalogue {
    let item = |sku: &str, name: &str, kind, unit: &str, cents| Item {
        sku: Sku::new(sku),
        name: name.to_owned(),
        spoken: Vec::new(),
        kind,
        unit: unit.to_owned(),
        price: Money::from_minor(cents),
        attributes: match sku {
            "BNS-DARK" => vec![Attribute::RoastDark, Attribute::UseEspresso],
            "BNS-LIGHT" => vec![Attribute::RoastLight, Attribute::FlavourFruit],
            _ => Vec::new(),
        },
    };
    Catalogue {
        items: vec![
            item("BNS-DARK", "Harbour dark roast", ItemKind::Beans, "bag", 1_450),
            item("BNS-LIGHT", "Morning light roast", ItemKind::Beans, "bag", 1_500),
            item("EQP-FILT", "paper filters", ItemKind::Equipment, "box", 600),
            item("DRK-LATTE", "latte", ItemKind::Drink, "", 450),
            item("DRK-ESPR", "espresso", ItemKind::Drink, "", 300),
        ],
    }
}

impl Shop {
    fn answer(&mut self, action: Action) -> ActionResult {
        if let Some(index) = self.faults.iter().position(|(name, _)| *name == action.name()) {
            let fault = self.faults.remove(index);
            match (&fault.1, action) {
                (ActionError::Unknown(_), Action::PlaceOrder { order, key }) => {
                    drop(self.order(key, order.value().clone()));
                }
                (ActionError::Unknown(_), Action::ChangeOrder { change, key }) => {
                    drop(self.change(key, change.value()));
                }
                (ActionError::OutOfStock { .. }, Action::PlaceOrder { key, .. }) => {
                    self.answers.push((key, Err(fault.1.clone())));
                }
                _ => {}
            }
            return Err(fault.1);
        }
        Ok(match action {
            Action::FindCustomer { phone } => ActionValue::Customer(self.known.then(|| Customer {
                id: CustomerId::new("anna"),
                name: Pii::new("Anna".to_owned()),
                phone,
                addresses: self.addresses.clone(),
            })),
            Action::ListOrders { .. } => ActionValue::Orders(self.orders.clone()),
            Action::FindOrder { number } => {
                ActionValue::Order(self.orders.iter().find(|order| order.number == number).cloned())
            }
            Action::CheckStock { skus } => {
                ActionValue::Stock(skus.iter().map(|sku| self.stock_of(sku)).collect())
            }
            Action::Quote { draft } => ActionValue::Quote(quote(&draft, &self.days)),
            Action::QuoteReturn { order, wish, .. } => return self.quote_return(&order, wish.as_ref()),
            Action::PlaceOrder { order, key } => return self.order(key, order.value().clone()),
            Action::ChangeOrder { change, key } => return self.change(key, change.value()),
            Action::ListOpenings { .. }
            | Action::ListReservations { .. }
            | Action::ListLaunches
            | Action::Reserve { .. } => return Err(ActionError::Unavailable("no calendar here".to_owned())),
            Action::StopCalls => ActionValue::CallsStopped,
            Action::PutOff { .. } => ActionValue::PutOff,
            Action::RequestCallback { reason, summary } => {
                self.callbacks.push(format!("{reason}: {summary}"));
                ActionValue::CallbackRecorded
            }
        })
    }

    /// Delivered goods come back for two months, filters never.
    fn quote_return(&self, order: &OrderId, wish: Option<&Return>) -> ActionResult {
        let order = self.orders.iter().find(|known| known.id == *order);
        let order = order.ok_or(ActionError::Refused("no such order".to_owned()))?;
        let verdict = |line: &OrderLine| match (line.sku.as_str(), order.age_days.saturating_sub(60)) {
            ("EQP-FILT", _) => ReturnVerdict::Never,
            (_, 0) => ReturnVerdict::Open,
            (_, last_day_ago) => ReturnVerdict::Late { last_day_ago },
        };
        let lines = order.lines.iter().map(|line| ReturnLine {
            sku: line.sku.clone(),
            quantity: line.quantity,
            verdict: verdict(line),
        });
        let short = |line: &OrderLine| self.stock_of(&line.sku).available < line.quantity;
        Ok(ActionValue::Return(ReturnOffer {
            lines: lines.collect(),
            balance: wish.map(balance).unwrap_or_default(),
            short: wish.is_some_and(|wish| wish.instead.iter().any(short)),
        }))
    }

    fn stock_of(&self, sku: &Sku) -> Stock {
        let known = self.stock.iter().find(|stock| stock.sku == *sku);
        known
            .cloned()
            .unwrap_or_else(|| stock(sku.as_str(), 100, None, &[]))
    }

    /// As the contract has it: the first answer to a key is the only one, and what is short is taken
    /// only where the caller waits for it and more is on order.
    fn order(&mut self, key: IdempotencyKey, draft: OrderDraft) -> ActionResult {
        if let Some((_, answer)) = self.answers.iter().find(|(known, _)| *known == key) {
            return answer.clone();
        }
        let own = |id: &AddressId| self.addresses.iter().any(|address| address.id == *id);
        let day = |day: Date| self.days.iter().any(|(date, _)| *date == day.to_string());
        if !draft.address.as_ref().is_none_or(own) || !draft.day.is_none_or(day) {
            return Err(ActionError::Refused(
                "draft.address_id or draft.delivery_date".to_owned(),
            ));
        }
        let short = |line: &&OrderLine| self.stock_of(&line.sku).available < line.quantity;
        let waits = |line: &OrderLine| {
            let lead = self.stock_of(&line.sku).lead_time_days;
            lead.filter(|_| draft.delayed.contains(&line.sku))
        };
        let refused = draft
            .lines
            .iter()
            .filter(short)
            .find(|line| waits(line).is_none());
        let answer = match refused {
            Some(line) => Err(ActionError::OutOfStock {
                sku: line.sku.clone(),
                available: self.stock_of(&line.sku).available,
            }),
            None => {
                let wait_days = draft.lines.iter().filter(short).filter_map(waits).max();
                Ok(ActionValue::Placed(self.place(
                    key.clone(),
                    draft,
                    wait_days.unwrap_or(0),
                )))
            }
        };
        self.answers.push((key, answer.clone()));
        answer
    }

    /// The first answer to a key is the only one here too.
    fn change(&mut self, key: IdempotencyKey, change: &OrderChange) -> ActionResult {
        if let Some((_, answer)) = self.answers.iter().find(|(known, _)| *known == key) {
            return answer.clone();
        }
        let balance = match &change.change {
            ChangeKind::Return(wish) => balance(wish),
            ChangeKind::Cancel
            | ChangeKind::Pause
            | ChangeKind::Resume
            | ChangeKind::Skip
            | ChangeKind::Amend(_) => Balance::default(),
        };
        let order = self.orders.iter_mut().find(|order| order.id == change.order);
        let answer = match order {
            None => Err(ActionError::Refused("no such order".to_owned())),
            Some(order) => {
                match &change.change {
                    ChangeKind::Return(_) => order.state = OrderState::Returned,
                    ChangeKind::Amend(lines) => order.lines.clone_from(lines),
                    ChangeKind::Cancel => order.state = OrderState::Cancelled,
                    ChangeKind::Pause => order.state = OrderState::Paused,
                    ChangeKind::Resume => order.state = OrderState::Placed,
                    ChangeKind::Skip => order.due_in_days = order.due_in_days.map(|days| days + 28),
                }
                self.changed.push(change.clone());
                Ok(ActionValue::Changed(ChangeReceipt {
                    order: order.id.clone(),
                    number: order.number.clone(),
                    change: change.change.clone(),
                    due_in_days: order.due_in_days,
                    send_back: matches!(change.change, ChangeKind::Return(_)).then_some(SendBack {
                        method: ReturnMethod::Label,
                        within_days: 14,
                        balance,
                    }),
                }))
            }
        };
        self.answers.push((key, answer.clone()));
        answer
    }

    fn place(&mut self, key: IdempotencyKey, draft: OrderDraft, wait_days: u32) -> Receipt {
        let promise = match (draft.fulfilment, draft.day) {
            (Fulfilment::Delivery, Some(day)) => Promise::DeliveryOn(day),
            (Fulfilment::Delivery, None) => Promise::DeliveryDays(3 + wait_days),
            (Fulfilment::Pickup, _) => Promise::PickupMinutes(8),
        };
        let total = total(&draft.lines, &catalogue());
        self.placed.push((key, draft));
        let number = format!("{}", 500_000 + self.placed.len());
        Receipt {
            order: OrderId::new(format!("order-{number}")),
            number,
            total,
            promise,
        }
    }
}

/// One call being played.
pub(crate) struct Play {
    pub(crate) conversation: Conversation,
    pub(crate) shop: Shop,
    pub(crate) transcript: String,
    pub(crate) outcome: Option<Outcome>,
    waiting: VecDeque<(EffectId, Action)>,
    notes: bool,
    unanswered: Option<(EffectId, Action)>,
    floor: bool,
}

impl Play {
    pub(crate) fn new(shop: Shop) -> Self {
        Self::dialled(shop, None)
    }

    /// A call to a number that stands for a flow.
    pub(crate) fn dialled(shop: Shop, destination: Option<&str>) -> Self {
        let caller = CallerFacts {
            call: CallId::new("call-1"),
            phone: Some(Pii::new("+15550100".to_owned())),
            destination: destination.map(str::to_owned),
            purpose: None,
        };
        Self::called_by(caller, shop)
    }

    /// A caller whose number is withheld, or who calls from a browser.
    pub(crate) fn without_number(shop: Shop) -> Self {
        let caller = CallerFacts {
            call: CallId::new("call-1"),
            phone: None,
            destination: None,
            purpose: None,
        };
        Self::called_by(caller, shop)
    }

    fn called_by(caller: CallerFacts, shop: Shop) -> Self {
        let (flows, prompts) = shipped();
        let conversation = Conversation::new(flows, prompts, Arc::new(catalogue()), caller, 1);
        let mut play = Self {
            conversation,
            shop,
            transcript: String::new(),
            outcome: None,
            waiting: VecDeque::new(),
            notes: false,
            unanswered: None,
            floor: false,
        };
        play.tell(Event::Start);
        play
    }

    /// Plays a script to its end and returns what was said by both.
    pub(crate) fn script(mut self, script: &str) -> Self {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.line(line);
        }
        self
    }

    /// The caller's line carries no keys.
    pub(crate) fn without_keys(mut self) -> Self {
        self.conversation.keyless();
        self
    }

    pub(crate) fn with_notes(mut self) -> Self {
        self.notes = true;
        self
    }

    pub(crate) fn line(&mut self, line: &str) {
        let event = match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(special) => special_event(special),
            None => Event::Heard(decision(line)),
        };
        let words = line.split(" = ").next().unwrap_or(line);
        writeln!(self.transcript, "caller: {words}").unwrap();
        let answers = matches!(
            event,
            Event::Heard(_) | Event::NotUnderstood | Event::Silence | Event::Keyed(_)
        );
        if answers && matches!(self.conversation.state, State::Listening(_)) {
            // The question is used up: another must follow, or a human, or the end.
            self.floor = false;
        }
        self.tell(event);
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.conversation.handle(event);
        loop {
            while let Some(directive) = self.conversation.poll() {
                self.obey(directive);
            }
            let Some((effect, action)) = self.waiting.pop_front() else {
                return;
            };
            if self.shop.hangs == Some(action.name()) {
                self.unanswered = Some((effect, action));
                continue;
            }
            let result = self.shop.answer(action);
            self.conversation.handle(Event::ActionDone { effect, result });
        }
    }

    /// Whether somebody else is to act: the caller has the floor, or a human is being looked for.
    pub(crate) fn waits(&self) -> bool {
        self.floor
    }

    /// Answers, at last, what the shop left open; with a fault if there is one.
    pub(crate) fn finish(&mut self, fault: Option<ActionError>) {
        let (effect, action) = self.unanswered.take().expect("something is open");
        let result = match fault {
            Some(fault) => Err(fault),
            None => self.shop.answer(action),
        };
        self.tell(Event::ActionDone { effect, result });
    }

    fn obey(&mut self, directive: Directive) {
        self.floor |= matches!(directive, Directive::Listen(_) | Directive::HandOver(_));
        assert!(
            self.outcome.is_none(),
            "nothing may follow the end: {directive:?}"
        );
        let line = match directive {
            Directive::Say(speech) => {
                let protected = if speech.barge_in == BargeIn::Protected {
                    " (protected)"
                } else {
                    ""
                };
                format!("hark:   {}{protected}", speech.text)
            }
            Directive::Listen(listen) => {
                let pace = match listen.pace {
                    Pace::Usual => "",
                    Pace::Patient => ", patiently",
                };
                let expects = listen.expectation.name();
                format!("        ... {} {expects}{pace}", listen.step)
            }
            Directive::Act { effect, action } => {
                let name = action.name();
                self.waiting.push_back((effect, action));
                format!("        -> {name}")
            }
            Directive::HandOver(hand_over) => format!(
                "        -> hand over to {} ({}): {}",
                hand_over.skill, hand_over.reason, hand_over.summary
            ),
            Directive::End { outcome } => {
                self.outcome = Some(outcome);
                format!("        end: {outcome:?}")
            }
            Directive::Note(note) if self.notes => {
                format!("        # {} {}: {}", note.step, note.what, note.why)
            }
            Directive::Note(note) => {
                assert_ne!(note.what, "fault", "{}: {}", note.step, note.why);
                return;
            }
        };
        writeln!(self.transcript, "{line}").unwrap();
    }
}

fn special_event(text: &str) -> Event {
    match text {
        "silence" => Event::Silence,
        "mumble" => Event::NotUnderstood,
        "hang up" => Event::HungUp,
        "agent free" => Event::Transfer(TransferResult::Connected),
        "nobody free" => Event::Transfer(TransferResult::NobodyFree),
        "waiting" => Event::StillWaiting,
        other => Event::Keyed(other.strip_prefix("key ").expect("a known event").to_owned()),
    }
}

fn decision(line: &str) -> Decision {
    let (words, meaning) = line.split_once(" = ").unwrap_or((line, ""));
    let mut decision = Decision {
        text: words.to_lowercase().replace([',', '.', '?', '!'], ""),
        confidence: Confidence::new(0.95),
        decided_by: "test".to_owned(),
        ..Decision::default()
    };
    for token in meaning.split_whitespace() {
        match token.split_once(':') {
            None if token == "yes" => decision.answer = Some(Answer::Yes),
            None if token == "no" => decision.answer = Some(Answer::No),
            None if token == "~" => decision.correction = true,
            None if token == "disputed" => decision.disputed = true,
            None if token.starts_with('^') => {
                decision.recognition = Some(Confidence::new(token.trim_start_matches('^').parse().unwrap()));
            }
            None => decision.confidence = Confidence::new(token.trim_start_matches('@').parse().unwrap()),
            Some(("intent", name)) => {
                let (name, sure) = name.split_once('@').unwrap_or((name, "0.9"));
                let confidence = Confidence::new(sure.parse().unwrap());
                decision.intents.push(ScoredIntent {
                    name: name.to_owned(),
                    confidence,
                });
            }
            // As a model's decisions are marked.
            Some(("by", name)) => decision.decided_by = format!("{name}@test"),
            Some((name, value)) => decision.slots.push(slot(name, value)),
        }
    }
    decision
}

fn slot(name: &str, value: &str) -> Slot {
    let value = match name {
        "quantity" => SlotValue::Number(value.parse().unwrap()),
        "digits" => SlotValue::Digits(value.to_owned()),
        _ => SlotValue::Text(value.replace('+', " ")),
    };
    Slot {
        name: name.to_owned(),
        value,
        span: String::new(),
        confidence: Confidence::new(0.95),
    }
}
