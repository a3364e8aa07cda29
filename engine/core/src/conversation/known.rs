//! What a sentence needs to be known before it can be said, and which steps make it known. A value that
//! is missing would be a hole in the sentence: "I only have of ".

use std::fmt;

use crate::conversation::condition::Subject;
use crate::conversation::facts::Fact;
use crate::conversation::flow::{Ask, Expect, Query, StepKind, Subject as Confirmable};
use crate::conversation::graph::{Edge, Effect};
use crate::conversation::operation::Operation;
use crate::conversation::prompt::{Field, Place};

/// A value of a sentence, or several that become known together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Needed<'f> {
    Slot(&'f str),
    Total,
    Order,
    Orders,
    /// What there is too little of.
    Short,
    Item,
    /// What was asked about it.
    ItemAsked,
    /// What a drink cannot be made with.
    DrinkUnmade,
    /// What comes near a drink that the shop does not have.
    DrinkNear,
    /// A drink that comes after this one.
    DrinkNext,
    /// Goods that do.
    GoodsNext,
    /// What a drink costs in each size.
    DrinkPrices,
    /// What the shop has against a voucher.
    VoucherRefused,
    /// When there is more of it.
    ItemLead,
    /// What there is instead of it.
    ItemSubstitute,
    /// What all is advised.
    Advice,
    /// What there is to choose from when one is asked about taste.
    AdviceChoices,
    AdviceSoldOut,
    Addresses,
    Days,
    /// A day that is not possible.
    DayRefused,
    /// What can come back.
    Returnable,
    /// When a subscription shall come, or how often.
    Rescheduled,
    /// To which days its next delivery can be moved, and how often it could come.
    Movable,
    Intervals,
    /// Until when it could have.
    ReturnLate,
    /// What is to come back, and what for.
    ReturnWish,
    /// What it comes to.
    ReturnTerms,
    /// What appointments can be for.
    Services,
    /// What this one is for.
    Service,
    /// Openings to choose from.
    Openings,
    /// What one can register for.
    Launches,
    Launch,
    /// What the caller has reserved.
    Reservations,
    Reservation,
    /// What is to be reserved, or given up.
    Wish,
}

/// What must be known for this value; `None` where the machine always has words, or another proof holds.
pub(crate) const fn needed(field: &Field) -> Option<Needed<'_>> {
    match field {
        Field::Slot(slot) => Some(Needed::Slot(slot.as_str())),
        Field::Known(place) => match place {
            Place::Total | Place::VoucherDiscount => Some(Needed::Total),
            Place::VoucherWhy => Some(Needed::VoucherRefused),
            Place::OrderNumber
            | Place::OrderLines
            | Place::OrderState
            | Place::OrderDue
            | Place::OrderAge
            | Place::OrderParcels
            | Place::OrderParcelsCount
            | Place::OrderTotal
            | Place::OrderRepeat
            | Place::OrderNext => Some(Needed::Order),
            Place::Orders | Place::OrdersKeys | Place::OrdersStates => Some(Needed::Orders),
            Place::ShortItem
            | Place::ShortAvailable
            | Place::ShortLeft
            | Place::ShortLead
            | Place::ShortSubstitute => Some(Needed::Short),
            Place::DrinkPrices => Some(Needed::DrinkPrices),
            Place::DrinkOne | Place::DrinkAt | Place::DrinkCosts => Some(Needed::Item),
            Place::ItemName | Place::ItemOne | Place::ItemIs | Place::ItemPrice | Place::ItemAbout => {
                Some(Needed::Item)
            }
            Place::DrinkUnmade => Some(Needed::DrinkUnmade),
            Place::DrinkNear => Some(Needed::DrinkNear),
            Place::DrinkNext => Some(Needed::DrinkNext),
            Place::GoodsNext => Some(Needed::GoodsNext),
            Place::ItemAnswer => Some(Needed::ItemAsked),
            Place::AdviceItems | Place::AdviceNames | Place::AdviceKeys => Some(Needed::Advice),
            Place::AdviceChoices => Some(Needed::AdviceChoices),
            Place::AdviceSoldOut => Some(Needed::AdviceSoldOut),
            Place::ItemLead => Some(Needed::ItemLead),
            Place::ItemSubstitute | Place::ItemSubstitutePrice => Some(Needed::ItemSubstitute),
            Place::Addresses | Place::AddressesKeys => Some(Needed::Addresses),
            Place::Days | Place::DaysKeys => Some(Needed::Days),
            Place::DayWished => Some(Needed::DayRefused),
            Place::WantedDay | Place::WantedRepeat => Some(Needed::Rescheduled),
            Place::OrderMovable => Some(Needed::Movable),
            Place::OrderIntervals => Some(Needed::Intervals),
            Place::ReturnOpen | Place::ReturnKeys => Some(Needed::Returnable),
            Place::ReturnLastDay => Some(Needed::ReturnLate),
            Place::ReturnLines | Place::ReturnInstead => Some(Needed::ReturnWish),
            Place::ReturnTerms => Some(Needed::ReturnTerms),
            Place::AppointmentServices | Place::AppointmentServicesKeys => Some(Needed::Services),
            Place::AppointmentService => Some(Needed::Service),
            Place::AppointmentOpenings | Place::AppointmentOpeningsKeys => Some(Needed::Openings),
            Place::Launches | Place::LaunchesKeys => Some(Needed::Launches),
            Place::LaunchName | Place::LaunchMost | Place::LaunchTerms => Some(Needed::Launch),
            Place::Reservations | Place::ReservationsKeys => Some(Needed::Reservations),
            Place::ReservationStanding => Some(Needed::Reservation),
            Place::ReservationWish => Some(Needed::Wish),
            // An empty draft is never read back; receipts are proved by `promises`.
            Place::Draft
            | Place::DrinkFirst
            | Place::Delivery
            | Place::DeliveryTo
            | Place::Range
            | Place::Task
            | Place::Cancels
            | Place::CallLater
            | Place::Intent
            | Place::Heard
            | Place::OrdersCount
            | Place::ChangeNext
            | Place::ChangeDay
            | Place::ChangeRepeat
            | Place::ChangeLines
            | Place::ChangeHow
            | Place::ChangeTerms
            | Place::ReservedWhat
            | Place::ReservedHow
            | Place::ReceiptNumber
            | Place::ReceiptTotal
            | Place::ReceiptPromise => None,
        },
    }
}

impl Needed<'_> {
    /// What a way out of a step does to it.
    pub(crate) fn after(self, kind: &StepKind, index: usize, edge: &Edge) -> Effect {
        if let StepKind::Decide { cases, .. } = kind {
            let said = cases.get(index).is_some_and(|case| self.is_asked_for(&case.when));
            return if said { Effect::Begins } else { Effect::Keeps };
        }
        match self {
            Self::Slot(slot) => slot_after(slot, kind, edge),
            Self::Total => total_after(kind, edge),
            Self::Order => order_after(kind, edge),
            Self::Orders => begins(is_lookup(kind, Query::ListOrders, &["one", "several"], edge)),
            Self::Short => short_after(kind, edge),
            Self::Item => begins(does(kind, &[Operation::ItemTake])),
            Self::DrinkPrices => begins(is_lookup(kind, Query::PriceDrink, &["priced"], edge)),
            Self::Advice | Self::AdviceChoices | Self::AdviceSoldOut => advice_after(kind),
            Self::Services => begins(is_lookup(kind, Query::ListOpenings, &["open", "none"], edge)),
            Self::Launches => begins(is_lookup(kind, Query::ListLaunches, &["open"], edge)),
            Self::Reservations => begins(is_lookup(
                kind,
                Query::ListReservations,
                &["one", "several"],
                edge,
            )),
            Self::Wish => wish_after(kind, edge),
            Self::Rescheduled => rescheduled_after(kind, edge),
            // Only a condition says so.
            Self::VoucherRefused
            | Self::DrinkUnmade
            | Self::DrinkNear
            | Self::DrinkNext
            | Self::GoodsNext
            | Self::ItemAsked
            | Self::ItemLead
            | Self::ItemSubstitute
            | Self::Addresses
            | Self::Days
            | Self::DayRefused
            | Self::Service
            | Self::Openings
            | Self::Launch
            | Self::Reservation
            | Self::Movable
            | Self::Intervals => Effect::Keeps,
            Self::Returnable => begins(is_lookup(kind, Query::CheckReturn, &["open"], edge)),
            Self::ReturnLate => begins(is_lookup(kind, Query::CheckReturn, &["late"], edge)),
            Self::ReturnWish => begins(is_lookup(kind, Query::QuoteReturn, &["priced", "short"], edge)),
            Self::ReturnTerms => begins(is_lookup(kind, Query::QuoteReturn, &["priced"], edge)),
        }
    }

    fn is_asked_for(self, when: &crate::conversation::condition::Condition) -> bool {
        let fact = |fact| when.requires(&Subject::Fact(fact));
        match self {
            Self::Slot(slot) => when.requires(&Subject::Slot(slot.to_owned())),
            Self::Order => fact(Fact::OrderKnown),
            Self::Item => fact(Fact::ItemKnown),
            Self::ItemAsked => fact(Fact::ItemAsked),
            Self::DrinkUnmade => fact(Fact::DrinkUnmade),
            Self::DrinkNear => fact(Fact::DrinkNear),
            Self::DrinkNext => fact(Fact::DrinkNext),
            Self::GoodsNext => fact(Fact::GoodsNext),
            Self::VoucherRefused => fact(Fact::VoucherRefused),
            Self::Advice => fact(Fact::AdviceOffered) || fact(Fact::AdviceFits),
            Self::AdviceChoices => fact(Fact::AdviceAsks),
            Self::AdviceSoldOut => fact(Fact::AdviceSoldOut),
            Self::Addresses => fact(Fact::AddressesCount),
            Self::Days => fact(Fact::DaysCount),
            Self::DayRefused => fact(Fact::DayRefused),
            Self::ItemLead => fact(Fact::ItemLead),
            Self::ItemSubstitute => fact(Fact::ItemSubstitute),
            Self::Service => fact(Fact::ServiceKnown),
            Self::Openings => fact(Fact::OpeningsOffered) || fact(Fact::OpeningsFit),
            Self::Launch => fact(Fact::LaunchKnown),
            Self::Reservation => fact(Fact::ReservationKnown),
            Self::Wish => fact(Fact::ReservationWanted),
            Self::Rescheduled => fact(Fact::ChangeWanted),
            Self::Movable => fact(Fact::OrderMovable),
            Self::Intervals => fact(Fact::OrderIntervals),
            Self::Total
            | Self::DrinkPrices
            | Self::Services
            | Self::Launches
            | Self::Reservations
            | Self::Orders
            | Self::Short
            | Self::Returnable
            | Self::ReturnLate
            | Self::ReturnWish
            | Self::ReturnTerms => false,
        }
    }

    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::Slot(_) => "ask for it first, or lead here from `when = \"slot.NAME\"`",
            Self::Total => "lead here from `priced` of a `lookup = \"quote\"`",
            Self::Order => "take one first: `find_order`, `order_take_latest` or `order_take_choice`",
            Self::Orders => "lead here from `one` or `several` of a `lookup = \"list_orders\"`",
            Self::Short => "lead here from `short` of a `lookup = \"check_stock\"`",
            Self::Item => "take one first: `do = \"item_take\"`",
            Self::ItemAsked => "lead here from `when = \"item.asked\"`",
            Self::DrinkUnmade => "lead here from `when = \"drink.unmade\"`",
            Self::DrinkNear => "lead here from `when = \"drink.near\"`",
            Self::DrinkNext => "lead here from `when = \"drink.next\"`",
            Self::DrinkPrices => "lead here from `priced` of a `lookup = \"price_drink\"`",
            Self::GoodsNext => "lead here from `when = \"goods.next\"`",
            Self::VoucherRefused => "lead here from `when = \"voucher.refused\"`",
            Self::Advice => "lead here from `when = \"advice.offered\"`",
            Self::AdviceChoices => "lead here from `when = \"advice.asks\"`",
            Self::AdviceSoldOut => "lead here from `when = \"advice.sold_out\"`",
            Self::Addresses => "lead here from `when = \"addresses.count\"`",
            Self::Days => "lead here from `when = \"days.count\"`",
            Self::DayRefused => "lead here from `when = \"day.refused\"`",
            Self::ItemLead => "lead here from `when = \"item.lead\"`",
            Self::ItemSubstitute => "lead here from `when = \"item.substitute\"`",
            Self::Returnable => "lead here from `open` of a `lookup = \"check_return\"`",
            Self::ReturnLate => "lead here from `late` of a `lookup = \"check_return\"`",
            Self::ReturnWish => "lead here from a `lookup = \"quote_return\"`",
            Self::ReturnTerms => "lead here from `priced` of a `lookup = \"quote_return\"`",
            Self::Services => "lead here from a `lookup = \"list_openings\"`",
            Self::Service => "lead here from `when = \"service.known\"`",
            Self::Openings => "lead here from `when = \"openings.offered\"`",
            Self::Launches => "lead here from `open` of a `lookup = \"list_launches\"`",
            Self::Launch => "lead here from `when = \"launch.known\"`",
            Self::Reservations => "lead here from `one` or `several` of a `lookup = \"list_reservations\"`",
            Self::Reservation => "lead here from `when = \"reservation.known\"`",
            Self::Rescheduled => {
                "lead here from `when = \"change.wanted\"`, after `do = \"change_move\"`, `\"change_rest\"` or `\"change_interval\"`"
            }
            Self::Movable => "lead here from `when = \"order.movable\"`",
            Self::Intervals => "lead here from `when = \"order.intervals\"`",
            Self::Wish => "lead here from `when = \"reservation.wanted\"`",
        }
    }
}

impl fmt::Display for Needed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slot(slot) => write!(f, "the slot `{slot}`"),
            Self::Total => f.write_str("the draft's total"),
            Self::Order => f.write_str("an order"),
            Self::Orders => f.write_str("the caller's orders"),
            Self::Short => f.write_str("what is short"),
            Self::Item => f.write_str("an item"),
            Self::ItemAsked => f.write_str("what was asked about an item"),
            Self::DrinkUnmade => f.write_str("what a drink cannot be made with"),
            Self::DrinkNear => f.write_str("what comes near a drink that is not on the menu"),
            Self::DrinkNext => f.write_str("a drink that comes after this one"),
            Self::GoodsNext => f.write_str("goods that come after a drink"),
            Self::DrinkPrices => f.write_str("what a drink costs in each size"),
            Self::VoucherRefused => f.write_str("what is wrong with a voucher"),
            Self::Advice => f.write_str("what is advised"),
            Self::AdviceChoices => f.write_str("what there is to choose from"),
            Self::AdviceSoldOut => f.write_str("what is sold out of what would suit"),
            Self::Addresses => f.write_str("the caller's addresses"),
            Self::Days => f.write_str("the days that the shop offers"),
            Self::DayRefused => f.write_str("a day that is not possible"),
            Self::ItemLead => f.write_str("when there is more of an item"),
            Self::ItemSubstitute => f.write_str("what there is instead of an item"),
            Self::Returnable => f.write_str("what can come back"),
            Self::ReturnLate => f.write_str("the last day of a return"),
            Self::ReturnWish => f.write_str("what comes back"),
            Self::ReturnTerms => f.write_str("what a return comes to"),
            Self::Services => f.write_str("what appointments can be for"),
            Self::Service => f.write_str("what the appointment is for"),
            Self::Openings => f.write_str("openings"),
            Self::Launches => f.write_str("what one can register for"),
            Self::Launch => f.write_str("a launch"),
            Self::Reservations => f.write_str("what the caller has reserved"),
            Self::Reservation => f.write_str("a reservation"),
            Self::Rescheduled => f.write_str("when a subscription is to come"),
            Self::Movable => f.write_str("the days to which a delivery can be moved"),
            Self::Intervals => f.write_str("how often a subscription could come"),
            Self::Wish => f.write_str("what is to be reserved"),
        }
    }
}

/// A wish is there until it is made anew, turned down, or sent.
fn wish_after(kind: &StepKind, edge: &Edge) -> Effect {
    let made_anew = does(
        kind,
        &[
            Operation::OpeningTake,
            Operation::LaunchRegister,
            Operation::ReservationCancel,
        ],
    );
    let turned_down = matches!(kind, StepKind::Confirm(_)) && edge.label == "no";
    if made_anew || turned_down || matches!(kind, StepKind::Commit { .. }) {
        Effect::Ends
    } else {
        Effect::Keeps
    }
}

/// The same of a change of a subscription.
fn rescheduled_after(kind: &StepKind, edge: &Edge) -> Effect {
    let made_anew = does(
        kind,
        &[
            Operation::ChangeMove,
            Operation::ChangeRest,
            Operation::ChangeInterval,
            Operation::ChangeSkip,
            Operation::ChangePause,
            Operation::ChangeResume,
            Operation::ChangeCancel,
            Operation::ChangeAmend,
            Operation::ChangeReturn,
        ],
    );
    let turned_down = matches!(kind, StepKind::Confirm(_)) && edge.label == "no";
    if made_anew || turned_down || matches!(kind, StepKind::Commit { .. }) {
        Effect::Ends
    } else {
        Effect::Keeps
    }
}

/// A price holds for the draft that was asked about, and for no other.
fn total_after(kind: &StepKind, edge: &Edge) -> Effect {
    let corrected =
        matches!(kind, StepKind::Confirm(_)) && ["changed", "which"].contains(&edge.label.as_str());
    let done = matches!(
        kind,
        StepKind::Commit {
            what: Confirmable::Draft,
            ..
        }
    ) && edge.label != "out_of_stock";
    if is_lookup(kind, Query::Quote, &["priced"], edge) {
        Effect::Begins
    } else if changes_draft(kind) || corrected || done {
        Effect::Ends
    } else {
        Effect::Keeps
    }
}

/// An order is spoken of until another is looked for in vain: whether there is one with the item that was
/// named, only a condition tells.
fn order_after(kind: &StepKind, edge: &Edge) -> Effect {
    let taken = does(
        kind,
        &[
            Operation::OrderTakeLatest,
            Operation::OrderTakeNewest,
            Operation::OrderTakeChoice,
            Operation::OrderTakeStanding,
            Operation::DraftTakeLast,
            Operation::DraftTakeUsual,
        ],
    );
    let in_vain = is_lookup(kind, Query::FindOrder, &["missing"], edge)
        || does(
            kind,
            &[
                Operation::OrderTakeItem,
                Operation::OrderTakeArrivedItem,
                Operation::OrderTakeNext,
            ],
        );
    if taken || is_lookup(kind, Query::FindOrder, &["found"], edge) {
        Effect::Begins
    } else if in_vain {
        Effect::Ends
    } else {
        Effect::Keeps
    }
}

/// What is advised is another after another wish, or when it is weighed anew.
fn advice_after(kind: &StepKind) -> Effect {
    let anew = [
        Operation::AdviceTake,
        Operation::AdviceOffer,
        Operation::AdviceOthers,
    ];
    if does(kind, &anew) {
        Effect::Ends
    } else {
        Effect::Keeps
    }
}

/// Stock is known until it is looked at again, and until the draft is another.
fn short_after(kind: &StepKind, edge: &Edge) -> Effect {
    let looks = matches!(
        kind,
        StepKind::Lookup {
            query: Query::CheckStock,
            ..
        }
    );
    let told = matches!(kind, StepKind::Commit { .. }) && edge.label == "out_of_stock";
    if told || (looks && edge.label == "short") {
        Effect::Begins
    } else if looks || changes_draft(kind) {
        Effect::Ends
    } else {
        Effect::Keeps
    }
}

fn changes_draft(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Do { operation, .. } if !operation.keeps_draft())
}

fn slot_after(slot: &str, kind: &StepKind, edge: &Edge) -> Effect {
    if matches!(kind, StepKind::Route { .. }) || does(kind, &[Operation::ForgetSlots]) {
        return Effect::Ends;
    }
    begins(
        kind.as_ask()
            .is_some_and(|ask| edge.label == slot || answers(ask, slot, edge)),
    )
}

/// Whether an ask leaves by this way with its own slot filled.
fn answers(ask: &Ask, slot: &str, edge: &Edge) -> bool {
    let answered = match ask.expect {
        // Yes, no and an intent are values of such a slot.
        Expect::YesNo | Expect::Open => !["on_silence", "give_up"].contains(&edge.label.as_str()),
        Expect::OneOf(_) | Expect::Digits { .. } | Expect::Item | Expect::Quantity { .. } | Expect::Drink => {
            edge.label == "next"
        }
    };
    ask.slot == slot && answered
}

const fn begins(known: bool) -> Effect {
    if known { Effect::Begins } else { Effect::Keeps }
}

fn is_lookup(kind: &StepKind, wanted: Query, branches: &[&str], edge: &Edge) -> bool {
    matches!(kind, StepKind::Lookup { query, .. } if *query == wanted)
        && branches.contains(&edge.label.as_str())
}

fn does(kind: &StepKind, operations: &[Operation]) -> bool {
    matches!(kind, StepKind::Do { operation, .. } if operations.contains(operation))
}
