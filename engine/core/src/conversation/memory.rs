//! What a conversation knows: the caller, the shop's answers, the draft, what was heard. Facts for
//! conditions (`facts`) and values for prompts are read from here, and only here.

use std::collections::BTreeMap;

use crate::civil::Date;
use crate::conversation::advising::Advising;
use crate::conversation::amending::HeardOut;
use crate::conversation::answering::Enquired;
use crate::conversation::confirm::Confirmed;
use crate::conversation::delivery::Delivery;
use crate::conversation::draft::{Mentions, counts_more};
use crate::conversation::just_placed::Placed;
use crate::conversation::ranking::Bought;
use crate::conversation::rescheduling::NotMoved;
use crate::conversation::reserving::Reserving;
use crate::conversation::returning::Returning;
use crate::conversation::sizing::Sized;
use crate::conversation::told::Told;
use crate::ids::{CallId, CustomerId, IdempotencyKey, OrderId, Sku};
use crate::nlu::decision::{Decision, Slot, SlotValue};
use crate::nlu::drink;
use crate::pii::Pii;
use crate::shop::{
    Catalogue, ChangeReceipt, Customer, Fulfilment, Item, Order, OrderChange, OrderDraft, OrderLine,
    OrderState, Quote, Receipt, ReservationReceipt, ReservationWish, Stock, VoucherVerdict,
};

/// What is known of the caller before a word is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerFacts {
    pub call: CallId,
    /// The caller's number as the network showed it; `None` when withheld or from a browser.
    pub phone: Option<Pii<String>>,
    /// The flow that the dialled number stands for: after the greeting the talk goes there, as if the
    /// caller had asked for it. `None`, or the root flow: the caller says what they want.
    pub destination: Option<String>,
    /// Why Hark calls them; `None` where they have called.
    pub purpose: Option<Purpose>,
}

/// Why Hark calls somebody. What it is about is asked of the shop, when it is known who is on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// What they usually order is due.
    UsualDue,
    /// Their subscription comes soon.
    StandingDue,
}

impl Purpose {
    /// As conditions and dialogues name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UsualDue => "usual",
            Self::StandingDue => "standing",
        }
    }
}

/// An answer that may be on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Known<T> {
    #[default]
    NotAsked,
    Asked,
    /// `None`: looked for and not there.
    Answer(Option<T>),
}

#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub(crate) caller: CallerFacts,
    pub(crate) customer: Known<Customer>,
    /// Newest first.
    pub(crate) orders: Vec<Order>,
    /// Those of them that are not offered to choose from, newest first: they count where they are named.
    pub(crate) set_aside: Vec<Order>,
    /// Those that come again by themselves, newest first.
    pub(crate) standing: Vec<Order>,
    /// The order spoken of.
    pub(crate) order: Option<Order>,
    /// What they have bought, as far back as the shop tells.
    pub(crate) bought: Vec<Bought>,
    pub(crate) lines: Vec<OrderLine>,
    /// What an order that is being changed had; empty for a new one.
    pub(crate) held: Vec<OrderLine>,
    pub(crate) fulfilment: Fulfilment,
    /// Where it shall go and when it shall come, as far as the caller has said.
    pub(crate) delivery: Delivery,
    pub(crate) stock: Vec<Stock>,
    /// What is short and shall be delivered later, with the caller's consent.
    pub(crate) delayed: Vec<Sku>,
    /// What was short in this order, and something else was taken for it: it is not offered in its turn.
    pub(crate) short_before: Vec<Sku>,
    /// What comes near a drink that was wanted and that the shop does not have.
    pub(crate) near_drinks: Vec<String>,
    /// Of the orders to choose from, those that what was said fits alike; none, where it did not say which.
    pub(crate) alike: Vec<OrderId>,
    /// The item spoken of in a question.
    pub(crate) item: Option<Sku>,
    /// What was asked about it, or about what is on offer.
    pub(crate) enquired: Option<Enquired>,
    /// What the caller was told of, one question after the other.
    pub(crate) told: Told,
    /// A drink as it was asked about, or in each size.
    pub(crate) sized: Vec<Sized>,
    /// Orders of this call, the last one last; and whether nothing else was spoken of since.
    pub(crate) placed: Vec<Placed>,
    pub(crate) just_placed: bool,
    /// What was to be halved had an odd number.
    pub(crate) rounded: bool,
    pub(crate) quote: Option<Quote>,
    /// The shop's day, as its last quote had it.
    pub(crate) today: Option<Date>,
    /// The code of the voucher for the next order; it outlives a draft that is dropped.
    pub(crate) voucher: Option<String>,
    pub(crate) confirmed: Option<Confirmed<OrderDraft>>,
    /// What was read back before where or when was changed at it.
    pub(crate) heard_out: Option<HeardOut>,
    pub(crate) receipts: Vec<(IdempotencyKey, Receipt)>,
    /// The receipt spoken of.
    pub(crate) receipt: Option<Receipt>,
    /// What is to become of the order spoken of.
    pub(crate) change: Option<OrderChange>,
    pub(crate) confirmed_change: Option<Confirmed<OrderChange>>,
    /// Why the next delivery of a subscription cannot come as was wanted.
    pub(crate) not_moved: Option<NotMoved>,
    /// What is to come back of it.
    pub(crate) returning: Returning,
    /// Changes that the shop has made in this call, the last one last.
    pub(crate) changes: Vec<ChangeReceipt>,
    /// An appointment or a place in a launch that is being arranged.
    pub(crate) reserving: Reserving,
    /// Advice under way.
    pub(crate) advising: Advising,
    pub(crate) confirmed_wish: Option<Confirmed<ReservationWish>>,
    /// What the shop has reserved or given up in this call, the last one last.
    pub(crate) reserved: Vec<ReservationReceipt>,
    /// What others were faster to take, once for each answer.
    pub(crate) taken: Vec<String>,
    /// Sent, fate unknown.
    pub(crate) unsure: Vec<IdempotencyKey>,
    /// Sent, and turned down for want of stock: these keys are used up.
    pub(crate) short_keys: Vec<IdempotencyKey>,
    /// What the shop did not take although its delay was accepted: no date is offered for it again.
    pub(crate) undeliverable: Vec<Sku>,
    pub(crate) slots: BTreeMap<String, SlotValue>,
    /// The last thing understood, with its slots in the order of the words.
    pub(crate) heard: Decision,
    /// A second wish of the same breath, for when the first is served.
    pub(crate) later: Option<Decision>,
    /// What the task began with.
    pub(crate) opening: Decision,
    /// Why a human is needed, as metrics count it.
    pub(crate) reason: String,
    /// What the wish for a human is about, in the caller's words; empty where they did not say.
    pub(crate) human_about: String,
    /// Something else is under way, and will be gone on with.
    pub(crate) aside: bool,
    /// How often a question was given up because no answer to it was understood.
    pub(crate) given_up: u32,
    /// A promise to ring back is on record.
    pub(crate) callback_noted: bool,
    /// Of a call that Hark makes: it is the right person.
    pub(crate) reached: bool,
}

/// The draft, the advice and the slots at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    lines: Vec<OrderLine>,
    held: Vec<OrderLine>,
    fulfilment: Fulfilment,
    delivery: Delivery,
    stock: Vec<Stock>,
    delayed: Vec<Sku>,
    item: Option<Sku>,
    advising: Advising,
    slots: BTreeMap<String, SlotValue>,
}

impl Memory {
    pub(crate) fn new(caller: CallerFacts) -> Self {
        Self {
            caller,
            customer: Known::NotAsked,
            orders: Vec::new(),
            set_aside: Vec::new(),
            standing: Vec::new(),
            order: None,
            bought: Vec::new(),
            lines: Vec::new(),
            held: Vec::new(),
            fulfilment: Fulfilment::Delivery,
            delivery: Delivery::default(),
            stock: Vec::new(),
            delayed: Vec::new(),
            short_before: Vec::new(),
            near_drinks: Vec::new(),
            alike: Vec::new(),
            item: None,
            enquired: None,
            told: Told::default(),
            sized: Vec::new(),
            placed: Vec::new(),
            just_placed: false,
            rounded: false,
            quote: None,
            today: None,
            voucher: None,
            confirmed: None,
            heard_out: None,
            receipts: Vec::new(),
            receipt: None,
            change: None,
            confirmed_change: None,
            not_moved: None,
            returning: Returning::default(),
            changes: Vec::new(),
            reserving: Reserving::default(),
            advising: Advising::default(),
            confirmed_wish: None,
            reserved: Vec::new(),
            taken: Vec::new(),
            unsure: Vec::new(),
            short_keys: Vec::new(),
            undeliverable: Vec::new(),
            slots: BTreeMap::new(),
            heard: Decision::default(),
            later: None,
            opening: Decision::default(),
            reason: String::new(),
            human_about: String::new(),
            aside: false,
            given_up: 0,
            callback_noted: false,
            reached: false,
        }
    }

    pub(crate) fn customer(&self) -> Option<&Customer> {
        match &self.customer {
            Known::Answer(customer) => customer.as_ref(),
            Known::NotAsked | Known::Asked => None,
        }
    }

    /// The draft as the shop would get it. `None` while there is nothing in it or nobody to order.
    pub(crate) fn draft(&self) -> Option<OrderDraft> {
        if self.lines.is_empty() {
            return None;
        }
        let customer = match (self.customer(), self.fulfilment) {
            (Some(customer), Fulfilment::Delivery | Fulfilment::Pickup) => customer.id.clone(),
            // A drink is handed to whoever names its number: no account is needed.
            (None, Fulfilment::Pickup) => CustomerId::new(GUEST),
            (None, Fulfilment::Delivery) => return None,
        };
        let mut delayed: Vec<Sku> = Vec::new();
        for line in &self.lines {
            if self.delayed.contains(&line.sku) && !delayed.contains(&line.sku) {
                delayed.push(line.sku.clone());
            }
        }
        Some(OrderDraft {
            customer,
            lines: self.lines.clone(),
            fulfilment: self.fulfilment,
            delayed,
            // A voucher is for new orders.
            voucher: self.voucher.clone().filter(|_| self.held.is_empty()),
            address: self.address().map(|address| address.id.clone()),
            day: self.day(),
        })
    }

    /// Forgets the draft and everything that hung on it.
    pub(crate) fn drop_draft(&mut self) {
        self.lines.clear();
        self.held.clear();
        self.stock.clear();
        self.delayed.clear();
        self.short_before.clear();
        self.quote = None;
        self.confirmed = None;
        self.heard_out = None;
        self.fulfilment = Fulfilment::Delivery;
        self.delivery = Delivery::default();
    }

    /// What was said of goods before now counts for nothing else: "a latte instead", of two bags, is one latte.
    pub(crate) fn forget_goods(&mut self) {
        for name in ["item", "quantity"] {
            if self.heard.slot(name).is_none() {
                self.slots.remove(name);
            }
        }
    }

    /// What a question found, so that one can go back to it.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            lines: self.lines.clone(),
            held: self.held.clone(),
            fulfilment: self.fulfilment,
            delivery: self.delivery.clone(),
            stock: self.stock.clone(),
            delayed: self.delayed.clone(),
            item: self.item.clone(),
            advising: self.advising.clone(),
            slots: self.slots.clone(),
        }
    }

    /// Everything as it was at the mark; nothing that was confirmed since counts.
    pub(crate) fn return_to(&mut self, mark: Mark) {
        // What the shop has said of these very lines still holds: whoever was turned aside from them goes on with it.
        let same = self.lines == mark.lines
            && self.held == mark.held
            && self.fulfilment == mark.fulfilment
            && self.delivery == mark.delivery;
        let quote = self.quote.take().filter(|_| same);
        self.drop_draft();
        self.quote = quote;
        self.lines = mark.lines;
        self.held = mark.held;
        self.fulfilment = mark.fulfilment;
        self.delivery = mark.delivery;
        self.stock = mark.stock;
        self.delayed = mark.delayed;
        self.item = mark.item;
        self.advising = mark.advising;
        self.slots = mark.slots;
    }

    /// Takes over what an utterance gave. A slot said twice keeps its first value here; the draft
    /// reads all of them from `heard`.
    pub(crate) fn hear(&mut self, decision: Decision) {
        for slot in decision.slots.iter().rev() {
            self.slots.insert(slot.name.clone(), slot.value.clone());
        }
        if decision.slot("quantity").is_some() {
            self.slots.remove(MORE);
            if counts_more(&decision) {
                self.slots
                    .insert(MORE.to_owned(), SlotValue::Text("yes".to_owned()));
            }
        }
        self.rounded = false;
        self.heard = decision;
    }

    /// What the caller wants of some goods: as just heard, or, `at_first`, as the task began, where only a
    /// question about something else was answered since ("which order?").
    pub(crate) fn wished(&self, at_first: bool) -> &Decision {
        let of_drink = |slot: &Slot| drink::SLOTS.contains(&slot.name.as_str());
        let says_nothing = Mentions::of(&self.heard).is_empty() && !self.heard.slots.iter().any(of_drink);
        if at_first && says_nothing {
            &self.opening
        } else {
            &self.heard
        }
    }

    pub(crate) fn slot_text(&self, name: &str) -> Option<String> {
        self.slots.get(name).map(slot_text)
    }

    /// The first line of the draft of which the shop has too little and whose delay was not accepted.
    pub(crate) fn short(&self) -> Option<(&OrderLine, &Stock)> {
        self.lines.iter().find_map(|line| {
            let stock = self.stock.iter().find(|stock| stock.sku == line.sku)?;
            let there = stock.available.saturating_add(self.held_of(&line.sku));
            let is_short = there < line.quantity && !self.delayed.contains(&line.sku);
            is_short.then_some((line, stock))
        })
    }

    /// How many the order that is being changed has already.
    fn held_of(&self, sku: &Sku) -> u32 {
        let held = self.held.iter().filter(|line| line.sku == *sku);
        held.fold(0, |sum: u32, line| sum.saturating_add(line.quantity))
    }

    /// What the shop would send instead of what is short.
    pub(crate) fn substitute<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c Item> {
        let (_, stock) = self.short()?;
        self.offerable(stock).find_map(|sku| catalogue.item(sku))
    }

    /// What the shop would send instead of something, less what has been short in this order.
    pub(crate) fn offerable<'s>(&'s self, stock: &'s Stock) -> impl Iterator<Item = &'s Sku> {
        let skus = stock.substitutes.iter();
        skus.filter(|sku| !self.short_before.contains(sku))
    }

    /// What there is of the item asked about.
    pub(crate) fn item_stock(&self) -> Option<&Stock> {
        let item = self.item.as_ref()?;
        self.stock.iter().find(|stock| stock.sku == *item)
    }

    /// What the shop would send instead of it.
    pub(crate) fn item_substitute<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c Item> {
        let mut skus = self.item_stock()?.substitutes.iter();
        skus.find_map(|sku| catalogue.item(sku))
    }

    /// The orders that are worth a question: those on their way, or else the latest.
    pub(crate) fn choices(&self) -> Vec<&Order> {
        let open: Vec<&Order> = self
            .orders
            .iter()
            .filter(|order| is_open(order.state))
            .take(CHOICES_MAX)
            .collect();
        let mut choices = if open.is_empty() {
            self.orders.iter().take(CHOICES_MAX).collect()
        } else {
            open
        };
        if choices.iter().any(|order| self.alike.contains(&order.id)) {
            choices.retain(|order| self.alike.contains(&order.id));
        }
        choices
    }

    pub(crate) fn voucher_verdict(&self) -> Option<VoucherVerdict> {
        self.quote.as_ref().and_then(|quote| quote.voucher)
    }
}

/// The slot that says that the number heard last is one of more: "two more", and asked of which.
pub(crate) const MORE: &str = "more";

/// The customer id of a pick-up order by somebody the shop does not know.
pub const GUEST: &str = "";

/// More than three things in a row and the ear has lost the first.
pub(crate) const CHOICES_MAX: usize = 3;

/// Whether an order is still on its way to the caller.
pub(crate) const fn is_open(state: OrderState) -> bool {
    match state {
        OrderState::Placed
        | OrderState::Packing
        | OrderState::Shipped
        | OrderState::OutForDelivery
        | OrderState::ReadyForPickup
        | OrderState::Delayed
        | OrderState::Lost => true,
        OrderState::Delivered | OrderState::Cancelled | OrderState::Returned | OrderState::Paused => false,
    }
}

pub(crate) fn slot_text(value: &SlotValue) -> String {
    match value {
        SlotValue::Text(text) | SlotValue::Digits(text) => text.clone(),
        SlotValue::Number(number) => number.to_string(),
    }
}
