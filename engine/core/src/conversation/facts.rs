//! What conditions can look at: the facts of a call, what each of them can be, and how it stands.

use crate::conversation::condition::Subject;
use crate::conversation::delivery::{On, To};
use crate::conversation::draft::{
    is_bare_number, is_beside_order, is_ground, is_of_which_line, is_weighed, orders_named, puts_in,
};
use crate::conversation::memory::{Memory, is_open};
use crate::conversation::named::named;
use crate::conversation::next_drink::wants_drink_sent;
use crate::conversation::rescheduling::NotMoved;
use crate::nlu::asking::asks_whether_had;
use crate::nlu::decision::SlotValue;
use crate::nlu::follow_up::asks_delivery;
use crate::nlu::normalize::Words;
use crate::nlu::range::asks_range;
use crate::shop::{Allocation, Fulfilment, Order, OrderState, Promise, VoucherVerdict};

/// What a fact can be, where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// So, or not.
    Truth,
    Number,
    /// One of several names.
    Name,
}

/// A fact's value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Missing,
    Truth(bool),
    Number(i64),
    Text(String),
}

impl Value {
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Missing => false,
            Self::Truth(truth) => *truth,
            Self::Number(number) => *number != 0,
            Self::Text(text) => !text.is_empty(),
        }
    }
}

/// The facts with their names and kinds; one without a kind is so, or is not.
macro_rules! facts {
    (kind) => { Kind::Truth };
    (kind $kind:ident) => { Kind::$kind };
    ($($(#[$doc:meta])* $fact:ident = $name:literal $(: $kind:ident)?,)*) => {
        named! {
            /// What a condition can look at.
            Fact { $($(#[$doc])* $fact = $name,)* }
        }

        impl Fact {
            pub(crate) const fn kind(self) -> Kind {
                match self {
                    $(Self::$fact => facts!(kind $($kind)?),)*
                }
            }
        }
    };
}

facts! {
    CustomerKnown = "customer.known",
    PhoneKnown = "phone.known",
    OrdersCount = "orders.count": Number,
    /// Orders still on their way.
    OrdersOpen = "orders.open": Number,
    OrderKnown = "order.known",
    OrderState = "order.state": Name,
    OrderOverdue = "order.overdue",
    OrderDue = "order.due": Number,
    /// The day on which it should come is known; 0 for `order.due` is today.
    OrderDated = "order.dated",
    /// It goes in several parcels.
    OrderSplit = "order.split",
    /// The order spoken of was placed in this call.
    OrderNew = "order.new",
    /// It comes again by itself.
    OrderStanding = "order.standing",
    /// Of a subscription: the shop moves its next delivery, and has other intervals for it.
    OrderMovable = "order.movable",
    OrderIntervals = "order.intervals": Number,
    /// There is a change to read back; none, because it is not possible, or because it is so already.
    ChangeWanted = "change.wanted",
    ChangeBeyond = "change.beyond",
    ChangeNeedless = "change.needless",
    /// Subscriptions of the caller.
    StandingCount = "standing.count": Number,
    /// Lines of the order that can come back.
    ReturnOpen = "return.open": Number,
    /// Lines of it that the caller wants to send back.
    ReturnChosen = "return.chosen": Number,
    /// What was just named for it is not in the order at all.
    ReturnAbsent = "return.absent",
    /// What was just said tells why, whatever goods it names.
    ReturnExplained = "return.explained",
    /// There is more than one of the one thing that comes back.
    ReturnMany = "return.many",
    /// Lines that go out for it.
    ReturnInstead = "return.instead": Number,
    /// The intent that was last heard.
    Intent = "intent": Name,
    DraftLines = "draft.lines": Number,
    /// Something was drafted that was not placed; an order that is being changed, and is as it was, is not.
    DraftPending = "draft.pending",
    /// An order is being changed, and not as it was.
    DraftAmends = "draft.amends",
    /// An order was sent whose fate is not known.
    OrderUnsure = "order.unsure",
    StockAvailable = "stock.available": Number,
    StockSubstitute = "stock.substitute",
    StockLead = "stock.lead": Number,
    ReceiptKnown = "receipt.known",
    /// What was ordered is picked up.
    ReceiptPickup = "receipt.pickup",
    ItemKnown = "item.known",
    /// The caller has asked what it is like.
    ItemAsked = "item.asked",
    /// The caller has asked whether it can be had.
    ItemWhether = "item.whether",
    /// What the caller wants of an order is something in addition.
    ItemAdded = "item.added",
    /// What was just named, asked which, is ordered and not only asked about: by a number, a wish, or with more beside it.
    ItemOrdered = "item.ordered",
    /// Days until there is more of it; true when known, also for 0.
    ItemLead = "item.lead": Number,
    /// The shop has something to offer instead of it.
    ItemSubstitute = "item.substitute",
    /// What was just said asks for all that the shop sells, or all of one kind.
    RangeAsked = "range.asked",
    /// What was just said looks for something by what it is like.
    AdviceSought = "advice.sought",
    /// What had better be asked before anything is advised: "roast", "use".
    AdviceAsks = "advice.asks": Name,
    /// How much is advised, and whether it is all that they asked for.
    AdviceOffered = "advice.offered": Number,
    AdviceFits = "advice.fits",
    /// Something would have suited, and is sold out.
    AdviceSoldOut = "advice.sold_out",
    /// They want something like what they had last, and nobody knows what that was.
    AdviceLastUnknown = "advice.last_unknown",
    /// The caller has given a voucher for the next order; by the last quote it is good, or it is not.
    VoucherKnown = "voucher.known",
    VoucherGood = "voucher.good",
    VoucherRefused = "voucher.refused",
    /// It is known what the appointment is for.
    ServiceKnown = "service.known",
    /// How many openings there are to choose from, and whether they are what was asked for.
    OpeningsOffered = "openings.offered": Number,
    OpeningsFit = "openings.fit",
    LaunchKnown = "launch.known",
    /// How many of it this caller can have.
    LaunchMost = "launch.most": Number,
    /// They asked for more.
    LaunchOver = "launch.over",
    /// Nothing is left to promise: a registration goes to the waiting list.
    LaunchFull = "launch.full",
    /// They are registered for it already.
    LaunchRegistered = "launch.registered",
    /// A reservation of theirs is spoken of.
    ReservationKnown = "reservation.known",
    /// There is something to read back and reserve, or to give up.
    ReservationWanted = "reservation.wanted",
    /// The caller wants it sent to an address that is none of theirs, or that is not clear.
    AddressUnknown = "address.unknown",
    /// Of what is picked up: the caller wants it sent somewhere, or wants it on another day than today.
    AddressForPickup = "address.for_pickup",
    DayForPickup = "day.for_pickup",
    /// Something else was wanted in the same breath, and waits for its turn.
    WishNext = "wish.next",
    /// Of a drink that the shop does not have: something comes near it.
    DrinkNear = "drink.near",
    /// A drink, or drinks at all, were just wanted sent, and nothing was said of where.
    DrinkSent = "drink.sent",
    /// Another drink was wanted in the same breath.
    DrinkNext = "drink.next",
    /// Goods, and no other drink, were wanted in the same breath.
    GoodsNext = "goods.next",
    /// Goods were just named beside an order that was made before, which is wanted again.
    DraftBeside = "draft.beside",
    /// A number was just said of such an order, and it is open which line of it is meant.
    DraftWhich = "draft.which",
    /// A number was just said, and neither goods nor an order of which it is one.
    DraftCounted = "draft.counted",
    /// What was just said of the goods weighs them.
    DraftWeighed = "draft.weighed",
    /// The order spoken of is picked up.
    OrderPickup = "order.pickup",
    /// It wants them ground.
    DraftGround = "draft.ground",
    /// Half of an odd number was wanted, and it was rounded up.
    DraftRounded = "draft.rounded",
    /// What is being ordered, or changed, is picked up.
    DraftPickup = "draft.pickup",
    /// A drink was asked about as it is made with options, or in its sizes: the shop knows what that costs.
    DrinkSized = "drink.sized",
    /// What was just asked about the sizes of drinks: "which", "how_big".
    SizesAsked = "sizes.asked": Name,
    /// What was just said of a drink names something that none is made with.
    DrinkUnmade = "drink.unmade",
    AddressesCount = "addresses.count": Number,
    /// By the last quote the day that they want is possible, or it is not, or it is not clear.
    DayChosen = "day.chosen",
    DayRefused = "day.refused",
    DayUnclear = "day.unclear",
    /// They want one, and the shop offers no choice.
    DayNotOffered = "day.not_offered",
    /// Days that the shop offers.
    DaysCount = "days.count": Number,
    /// What was just asked about the delivery of what is being ordered: "day", "cost".
    DeliveryAsked = "delivery.asked": Name,
    /// The talk has turned aside from something that is under way.
    CallAside = "call.aside",
    /// Why Hark calls: "usual", "standing".
    CallDue = "call.due": Name,
    /// How many questions of this call were given up, not understood.
    CallGivenUp = "call.given_up": Number,
    /// A promise to ring back is on record.
    CallbackNoted = "callback.noted",
}

impl Memory {
    pub(crate) fn value_of(&self, subject: &Subject) -> Value {
        match subject {
            Subject::Slot(name) => match self.slots.get(name) {
                None => Value::Missing,
                Some(SlotValue::Number(number)) => Value::Number(i64::from(*number)),
                Some(SlotValue::Text(text) | SlotValue::Digits(text)) => Value::Text(text.clone()),
            },
            Subject::Fact(fact) => self.fact(*fact),
        }
    }

    fn fact(&self, fact: Fact) -> Value {
        let short = self.short();
        match fact {
            Fact::CustomerKnown => Value::Truth(self.customer().is_some()),
            Fact::PhoneKnown => Value::Truth(self.caller.phone.is_some()),
            Fact::OrdersCount => count(self.orders.len()),
            Fact::OrdersOpen => count(self.orders.iter().filter(|order| is_open(order.state)).count()),
            Fact::OrderKnown => Value::Truth(self.order.is_some()),
            Fact::OrderState => self.order.as_ref().map_or(Value::Missing, |order| {
                Value::Text(state_name(order.state).to_owned())
            }),
            Fact::OrderOverdue => Value::Truth(self.order_due().is_some_and(|days| days < 0)),
            Fact::OrderDue => self
                .order_due()
                .map_or(Value::Missing, |days| Value::Number(i64::from(days))),
            Fact::OrderDated => Value::Truth(self.order_due().is_some()),
            Fact::OrderSplit => Value::Truth(self.order.as_ref().is_some_and(|o| !o.parcels.is_empty())),
            Fact::OrderNew => Value::Truth(self.order.as_ref().is_some_and(|order| self.placed_here(order))),
            Fact::OrderStanding => Value::Truth(self.order.as_ref().is_some_and(|o| o.repeat_days.is_some())),
            Fact::OrderMovable => Value::Truth(self.movable().is_some()),
            Fact::OrderIntervals => count(self.terms().map_or(0, |terms| terms.intervals.len())),
            Fact::ChangeWanted => Value::Truth(self.change.is_some()),
            Fact::ChangeBeyond => Value::Truth(self.not_moved == Some(NotMoved::Beyond)),
            Fact::ChangeNeedless => Value::Truth(self.not_moved == Some(NotMoved::Needless)),
            Fact::StandingCount => count(self.standing.len()),
            Fact::Intent => self
                .heard
                .intent()
                .map_or(Value::Missing, |intent| Value::Text(intent.name.clone())),
            Fact::ReturnOpen => count(self.returning.open.len()),
            Fact::ReturnChosen => count(self.returning.lines.len()),
            Fact::ReturnAbsent => Value::Truth(self.is_return_absent()),
            Fact::ReturnExplained => Value::Truth(self.explained().is_some()),
            Fact::ReturnMany => Value::Truth(self.returning.is_open_how_many()),
            Fact::ReturnInstead => count(self.returning.instead.len()),
            Fact::DraftLines => count(self.lines.len()),
            Fact::DraftAmends => Value::Truth(!self.held.is_empty() && self.held != self.lines),
            Fact::DraftPending => Value::Truth(!self.lines.is_empty() && self.held != self.lines),
            Fact::OrderUnsure => Value::Truth(!self.unsure.is_empty()),
            Fact::StockAvailable => short.map_or(Value::Missing, |(_, stock)| {
                Value::Number(i64::from(stock.available))
            }),
            Fact::StockSubstitute => {
                Value::Truth(short.is_some_and(|(_, stock)| self.offerable(stock).next().is_some()))
            }
            Fact::StockLead => short
                .and_then(|(_, stock)| stock.lead_time_days)
                .map_or(Value::Missing, |days| Value::Number(i64::from(days))),
            Fact::ReceiptKnown => Value::Truth(self.receipt.is_some()),
            Fact::ReceiptPickup => {
                let promise = self.receipt.as_ref().map(|receipt| receipt.promise);
                Value::Truth(matches!(promise, Some(Promise::PickupMinutes(_))))
            }
            Fact::AddressForPickup => Value::Truth(self.is_picked_up() && self.delivery.names_place()),
            Fact::DayForPickup => Value::Truth(self.is_picked_up() && self.delivery.names_day()),
            Fact::DrinkUnmade => Value::Truth(!self.unmade().is_empty()),
            Fact::WishNext => Value::Truth(self.later.is_some()),
            Fact::DrinkNear => Value::Truth(!self.near_drinks.is_empty()),
            Fact::DrinkSent => Value::Truth(wants_drink_sent(&self.heard)),
            Fact::DrinkNext => Value::Truth(!self.next_drinks().is_empty()),
            Fact::GoodsNext => Value::Truth(!self.next_goods().is_empty() && self.next_drinks().is_empty()),
            Fact::DraftBeside => Value::Truth(is_beside_order(&self.heard)),
            Fact::DraftWhich => Value::Truth(is_of_which_line(self)),
            Fact::DraftCounted => Value::Truth(is_bare_number(&self.heard)),
            Fact::OrderPickup => {
                let order = self.order.as_ref();
                Value::Truth(order.is_some_and(|order| order.fulfilment == Fulfilment::Pickup))
            }
            Fact::DraftGround => Value::Truth(is_ground(&self.heard)),
            Fact::DraftRounded => Value::Truth(self.rounded),
            Fact::DrinkSized => Value::Truth(!self.sized.is_empty()),
            Fact::SizesAsked => {
                let asked = self.sizes_asked();
                asked.map_or(Value::Missing, |asked| Value::Text(asked.name().to_owned()))
            }
            Fact::DraftPickup => Value::Truth(self.fulfilment == Fulfilment::Pickup),
            Fact::DraftWeighed => Value::Truth(is_weighed(&self.heard)),
            Fact::ItemKnown => Value::Truth(self.item.is_some()),
            Fact::ItemWhether => Value::Truth(asks_whether_had(&Words::new(&self.heard.text))),
            Fact::ItemAdded => Value::Truth(puts_in(&self.wished(true).text)),
            Fact::ItemOrdered => Value::Truth(orders_named(&self.heard)),
            Fact::ItemAsked => Value::Truth(self.enquired.is_some()),
            Fact::ItemLead => {
                let lead = self.item_stock().and_then(|stock| stock.lead_time_days);
                lead.map_or(Value::Missing, |days| Value::Number(i64::from(days)))
            }
            Fact::ItemSubstitute => Value::Truth(
                self.item_stock()
                    .is_some_and(|stock| !stock.substitutes.is_empty()),
            ),
            Fact::RangeAsked => Value::Truth(asks_range(&Words::new(&self.heard.text)).is_some()),
            Fact::AdviceSought => Value::Truth(self.seeks_advice()),
            Fact::AdviceAsks => match self.advising.asks {
                Some(about) => Value::Text(about.name().to_owned()),
                None => Value::Missing,
            },
            Fact::AdviceOffered => count(self.advising.offered.len()),
            Fact::AdviceFits => Value::Truth(self.advising.fits),
            Fact::AdviceSoldOut => Value::Truth(self.advising.sold_out.is_some()),
            Fact::AdviceLastUnknown => Value::Truth(self.advising.last_unknown),
            Fact::VoucherKnown => Value::Truth(self.voucher.is_some()),
            Fact::VoucherGood => Value::Truth(self.voucher_verdict() == Some(VoucherVerdict::Good)),
            Fact::VoucherRefused => Value::Truth(
                self.voucher_verdict()
                    .is_some_and(|verdict| verdict != VoucherVerdict::Good),
            ),
            Fact::ServiceKnown => Value::Truth(self.reserving.service().is_some()),
            Fact::OpeningsOffered => count(self.reserving.offered.len()),
            Fact::OpeningsFit => Value::Truth(self.reserving.fits),
            Fact::LaunchKnown => Value::Truth(self.reserving.launch.is_some()),
            Fact::LaunchMost => {
                let most = self.reserving.most();
                most.map_or(Value::Missing, |most| Value::Number(i64::from(most)))
            }
            Fact::LaunchOver => Value::Truth(self.wants_too_many()),
            Fact::LaunchFull => Value::Truth(
                self.reserving
                    .launch
                    .as_ref()
                    .is_some_and(|launch| matches!(launch.allocation, Allocation::FirstCome { left: 0, .. })),
            ),
            Fact::LaunchRegistered => Value::Truth(self.reserving.registered().is_some()),
            Fact::ReservationKnown => Value::Truth(self.reserving.reservation.is_some()),
            Fact::ReservationWanted => Value::Truth(self.reserving.wish.is_some()),
            Fact::AddressUnknown => Value::Truth(self.delivery.to == To::Unknown),
            Fact::AddressesCount => count(self.addresses().len()),
            Fact::DayChosen => Value::Truth(self.day().is_some()),
            Fact::DayRefused => Value::Truth(self.refused_day().is_some()),
            Fact::DayUnclear => Value::Truth(self.delivery.on == On::Unclear),
            Fact::DayNotOffered => Value::Truth(self.delivery.on == On::NotOffered),
            Fact::DaysCount => count(self.days().len()),
            Fact::DeliveryAsked => asks_delivery(&Words::new(&self.heard.text))
                .map_or(Value::Missing, |asked| Value::Text(asked.name().to_owned())),
            Fact::CallAside => Value::Truth(self.aside),
            Fact::CallDue => {
                let purpose = self.caller.purpose;
                purpose.map_or(Value::Missing, |purpose| Value::Text(purpose.name().to_owned()))
            }
            Fact::CallGivenUp => Value::Number(i64::from(self.given_up)),
            Fact::CallbackNoted => Value::Truth(self.callback_noted),
        }
    }

    fn order_due(&self) -> Option<i32> {
        self.order.as_ref().and_then(|order| order.due_in_days)
    }

    fn placed_here(&self, order: &Order) -> bool {
        self.receipts.iter().any(|(_, receipt)| receipt.order == order.id)
    }
}

/// A state's name in conditions.
pub(crate) const fn state_name(state: OrderState) -> &'static str {
    match state {
        OrderState::Placed => "placed",
        OrderState::Packing => "packing",
        OrderState::Shipped => "shipped",
        OrderState::OutForDelivery => "out_for_delivery",
        OrderState::Delivered => "delivered",
        OrderState::ReadyForPickup => "ready_for_pickup",
        OrderState::Delayed => "delayed",
        OrderState::Lost => "lost",
        OrderState::Cancelled => "cancelled",
        OrderState::Returned => "returned",
        OrderState::Paused => "paused",
    }
}

/// All of them.
pub(crate) const STATES: [OrderState; 11] = [
    OrderState::Placed,
    OrderState::Packing,
    OrderState::Shipped,
    OrderState::OutForDelivery,
    OrderState::Delivered,
    OrderState::ReadyForPickup,
    OrderState::Delayed,
    OrderState::Lost,
    OrderState::Cancelled,
    OrderState::Returned,
    OrderState::Paused,
];

fn count(length: usize) -> Value {
    Value::Number(i64::try_from(length).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Fact, Kind, Value};
    use crate::conversation::memory::{CallerFacts, Memory, Purpose};
    use crate::conversation::named::Named as _;
    use crate::ids::CallId;

    /// What is compared with a fact of another kind is refused when flows are read.
    #[test]
    fn facts_are_of_their_kinds() {
        let memory = Memory::new(CallerFacts {
            call: CallId::new("call"),
            phone: None,
            destination: None,
            purpose: Some(Purpose::UsualDue),
        });
        for fact in Fact::ALL {
            let value = memory.fact(*fact);
            let fits = match fact.kind() {
                Kind::Truth => matches!(value, Value::Truth(_)),
                Kind::Number => matches!(value, Value::Number(_) | Value::Missing),
                Kind::Name => matches!(value, Value::Text(_) | Value::Missing),
            };
            assert!(fits, "{} is {value:?}", fact.name());
        }
    }
}
