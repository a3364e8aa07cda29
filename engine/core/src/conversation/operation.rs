//! What a flow can do with what it has in hand, and how it is done: draft, order spoken of, change, return.

use crate::conversation::delivery::{Delivery, On};
use crate::conversation::draft;
use crate::conversation::machine::Conversation;
use crate::conversation::memory::{Memory, is_open};
use crate::conversation::named::named;
use crate::nlu::decision::{Slot, SlotValue};
use crate::nlu::normalize::Words;
use crate::nlu::slots::ITEM;
use crate::nlu::sound::stem;
use crate::shop::{ChangeKind, Order, OrderLine, OrderState};

named! {
    /// What a flow can do with what it has in hand. Pure and immediate.
    Operation {
        /// Take over the lines of the caller's last order.
        DraftTakeLast = "draft_take_last",
        /// Take over the lines that the caller orders most often.
        DraftTakeUsual = "draft_take_usual",
        /// Take over the lines of the order spoken of, to change it.
        DraftTakeOrder = "draft_take_order",
        /// Add the items heard, with their quantities.
        DraftAdd = "draft_add",
        /// The same of one item, as many as were said before it was named: "two bags", "of what?", "the Kenya".
        DraftAddCounted = "draft_add_counted",
        /// Apply what was heard to the draft, as a correction.
        DraftCorrect = "draft_correct",
        /// Order what the shop offers instead of the item asked about.
        DraftItemSubstitute = "draft_item_substitute",
        /// Put the substitute in the place of what is short.
        DraftSubstitute = "draft_substitute",
        /// Order anew one thing of the order spoken of, the one chosen or the only one, as many as were said.
        DraftLineAnew = "draft_line_anew",
        /// Keep only as many as there are of what is short.
        DraftTakeAvailable = "draft_take_available",
        /// Remove what is short.
        DraftDropShort = "draft_drop_short",
        /// Accept that what is short comes later.
        AcceptDelay = "accept_delay",
        /// As many of what is short as were just said, or what else was named instead of it.
        DraftShortNumber = "draft_short_number",
        /// Make the draft the drink that the slots describe.
        DraftDrink = "draft_drink",
        DraftClear = "draft_clear",
        /// The order spoken of is the latest one still under way, or else the latest.
        OrderTakeLatest = "order_take_latest",
        /// The order spoken of is the one placed last, whatever has become of it.
        OrderTakeNewest = "order_take_newest",
        /// The order spoken of is the one chosen.
        OrderTakeChoice = "order_take_choice",
        /// The order spoken of is the one still under way that was placed before it, if there is one.
        OrderTakeNext = "order_take_next",
        /// The order spoken of is the latest with the item that was named, under way rather than not, if there is one.
        OrderTakeItem = "order_take_item",
        /// The same among those that have arrived.
        OrderTakeArrivedItem = "order_take_arrived_item",
        /// The order spoken of is the one with the number that was named, if the caller has it.
        OrderTakeNumber = "order_take_number",
        /// Only orders that have arrived are to be chosen from, and lately, where there are newer ones.
        OrdersKeepDelivered = "orders_keep_delivered",
        /// The order spoken of is the caller's subscription.
        OrderTakeStanding = "order_take_standing",
        /// The order spoken of is to be cancelled, and so on; done only after a yes, by a commit.
        ChangeCancel = "change_cancel",
        ChangePause = "change_pause",
        ChangeResume = "change_resume",
        ChangeSkip = "change_skip",
        /// The next delivery of a subscription comes when was said, or it comes as often as was said; nothing is wanted
        /// where that is not possible.
        ChangeMove = "change_move",
        /// The same, where nothing is to come before that: it is no wish to have a delivery sooner.
        ChangeRest = "change_rest",
        ChangeInterval = "change_interval",
        /// The order spoken of is to have the lines of the draft.
        ChangeAmend = "change_amend",
        /// The return that was put together.
        ChangeReturn = "change_return",
        /// All comes back that can, or what was named, or chosen, or so many of it.
        ReturnAll = "return_all",
        ReturnNamed = "return_named",
        ReturnChosen = "return_chosen",
        ReturnSoMany = "return_so_many",
        /// Of two things named, one goes and the other is wanted for it.
        ReturnSwap = "return_swap",
        /// The reason is what was said already.
        ReturnReason = "return_reason",
        /// For the money, the same things again, or the item that was named.
        ReturnForMoney = "return_for_money",
        ReturnForSame = "return_for_same",
        ReturnForOther = "return_for_other",
        /// The code that was heard is for the next order, or none is.
        VoucherTake = "voucher_take",
        VoucherDrop = "voucher_drop",
        /// What the appointment is for, as far as was said.
        ServiceTake = "service_take",
        /// Openings that fit what was said, or what is near it.
        OpeningsOffer = "openings_offer",
        OpeningsLater = "openings_later",
        OpeningsEarlier = "openings_earlier",
        /// The opening chosen is the one to book; done only after a yes, by a commit.
        OpeningTake = "opening_take",
        /// The launch that was named or chosen, or the only one.
        LaunchTake = "launch_take",
        /// Only the one that was named.
        LaunchTakeNamed = "launch_take_named",
        /// The caller is to be registered for it.
        LaunchRegister = "launch_register",
        /// The reservation chosen, or the only one, or what the caller has of the launch, is spoken of.
        ReservationTake = "reservation_take",
        ReservationTakeLaunch = "reservation_take_launch",
        /// It is to be given up.
        ReservationCancel = "reservation_cancel",
        /// It goes to the address that was chosen, or to the first.
        AddressTake = "address_take",
        AddressFirst = "address_first",
        /// It comes on the day that was chosen, or whenever the shop sends it.
        DayTake = "day_take",
        DayDrop = "day_drop",
        /// What the caller wants of something they are to be advised about.
        AdviceTake = "advice_take",
        /// The best of what suits and is there; others than those on offer.
        AdviceOffer = "advice_offer",
        AdviceOthers = "advice_others",
        /// What was chosen of that, or the first of it, is the item spoken of.
        AdviceChoose = "advice_choose",
        /// Order the item spoken of.
        DraftItem = "draft_item",
        /// Order all that is advised.
        DraftAdvised = "draft_advised",
        /// Nothing was said about where or when.
        DeliveryDrop = "delivery_drop",
        /// The item spoken of, for questions about it.
        ItemTake = "item_take",
        /// On a call that Hark makes: it is the right person.
        PersonReached = "person_reached",
        ForgetSlots = "forget_slots",
    }
}

impl Operation {
    /// Whether what was confirmed is still what would be ordered.
    pub(crate) const fn keeps_draft(self) -> bool {
        match self {
            Self::OrderTakeLatest
            | Self::OrderTakeNewest
            | Self::OrderTakeNext
            | Self::OrderTakeChoice
            | Self::OrderTakeItem
            | Self::OrderTakeArrivedItem
            | Self::OrderTakeNumber
            | Self::OrdersKeepDelivered
            | Self::OrderTakeStanding
            | Self::ChangeCancel
            | Self::ChangePause
            | Self::ChangeResume
            | Self::ChangeSkip
            | Self::ChangeMove
            | Self::ChangeRest
            | Self::ChangeInterval
            | Self::ChangeReturn
            | Self::ChangeAmend
            | Self::ReturnAll
            | Self::ReturnNamed
            | Self::ReturnSwap
            | Self::ReturnReason
            | Self::ReturnChosen
            | Self::ReturnSoMany
            | Self::ReturnForMoney
            | Self::ReturnForSame
            | Self::ReturnForOther
            | Self::ServiceTake
            | Self::OpeningsOffer
            | Self::OpeningsLater
            | Self::OpeningsEarlier
            | Self::OpeningTake
            | Self::LaunchTake
            | Self::LaunchTakeNamed
            | Self::LaunchRegister
            | Self::ReservationTake
            | Self::ReservationTakeLaunch
            | Self::ReservationCancel
            | Self::AdviceTake
            | Self::AdviceOffer
            | Self::AdviceOthers
            | Self::AdviceChoose
            | Self::ItemTake
            | Self::PersonReached
            | Self::ForgetSlots => true,
            Self::DraftTakeLast
            | Self::DraftTakeOrder
            | Self::DraftTakeUsual
            | Self::DraftAdd
            | Self::DraftAddCounted
            | Self::DraftLineAnew
            | Self::DraftCorrect
            | Self::DraftItemSubstitute
            | Self::DraftItem
            | Self::DraftAdvised
            | Self::DraftSubstitute
            | Self::DraftTakeAvailable
            | Self::DraftDropShort
            | Self::AcceptDelay
            | Self::DraftShortNumber
            | Self::DraftDrink
            | Self::VoucherTake
            | Self::VoucherDrop
            | Self::AddressTake
            | Self::AddressFirst
            | Self::DayTake
            | Self::DayDrop
            | Self::DeliveryDrop
            | Self::DraftClear => false,
        }
    }
}

impl Conversation {
    pub(crate) fn operate(&mut self, operation: Operation) {
        let memory = &mut self.memory;
        let catalogue = &self.catalogue;
        match operation {
            Operation::DraftTakeLast => draft::take_last(memory, catalogue),
            Operation::DraftTakeUsual => draft::take_usual(memory, catalogue),
            Operation::DraftTakeOrder => draft::take_order(memory),
            Operation::DraftAdd => draft::add(memory, catalogue),
            Operation::DraftAddCounted => draft::add_counted(memory, catalogue),
            Operation::DraftLineAnew => draft::take_line_anew(memory),
            Operation::DraftCorrect => draft::apply_heard(memory, catalogue),
            Operation::DraftItemSubstitute => draft::take_item_substitute(memory, catalogue),
            Operation::DraftSubstitute => draft::substitute(memory, catalogue),
            Operation::DraftTakeAvailable => draft::take_available(memory),
            Operation::DraftDropShort => draft::drop_short(memory),
            Operation::AcceptDelay => draft::accept_delay(memory),
            Operation::DraftShortNumber => draft::take_number(memory, catalogue),
            Operation::DraftDrink => draft::take_drink(memory, catalogue),
            Operation::DraftClear => {
                memory.drop_draft();
                memory.forget_goods();
            }
            Operation::OrderTakeLatest => {
                let open = memory.orders.iter().find(|order| is_open(order.state));
                memory.order = open.or_else(|| memory.orders.first()).cloned();
            }
            Operation::OrderTakeNewest => memory.order = memory.orders.first().cloned(),
            Operation::OrderTakeNext => memory.order = memory.next_under_way().cloned(),
            Operation::OrderTakeChoice => {
                let choice = memory.slot_text("choice");
                let chosen = memory
                    .orders
                    .iter()
                    .find(|order| Some(order.id.as_str()) == choice.as_deref());
                memory.order = chosen.cloned();
            }
            Operation::OrderTakeItem => {
                take_bought_for_named(memory);
                let under_way = latest_with_named(memory, is_open);
                memory.order = under_way.or_else(|| latest_with_named(memory, |_| true));
            }
            Operation::OrderTakeArrivedItem => {
                take_bought_for_named(memory);
                memory.order = latest_with_named(memory, |state| state == OrderState::Delivered);
            }
            Operation::OrderTakeNumber => {
                let number = memory.slot_text("digits");
                let mut orders = memory.orders.iter();
                memory.order = orders
                    .find(|order| Some(&order.number) == number.as_ref())
                    .cloned();
            }
            Operation::OrdersKeepDelivered => keep_delivered(memory),
            Operation::OrderTakeStanding => memory.order = memory.standing.first().cloned(),
            Operation::ChangeCancel => memory.want(ChangeKind::Cancel),
            Operation::ChangePause => memory.want(ChangeKind::Pause),
            Operation::ChangeResume => memory.want(ChangeKind::Resume),
            Operation::ChangeSkip => memory.want(ChangeKind::Skip),
            Operation::ChangeMove => memory.want_move(),
            Operation::ChangeRest => memory.want_rest(),
            Operation::ChangeInterval => memory.want_interval(),
            Operation::ChangeAmend => memory.want(ChangeKind::Amend(memory.lines.clone())),
            Operation::ChangeReturn => memory.want_return(),
            Operation::ReturnAll => memory.return_all(),
            Operation::ReturnNamed => memory.return_named(),
            Operation::ReturnSwap => memory.return_swap(),
            Operation::ReturnReason => memory.return_reason(),
            Operation::ReturnChosen => memory.return_chosen(),
            Operation::ReturnSoMany => memory.return_so_many(),
            Operation::ReturnForMoney => memory.return_for_money(),
            Operation::ReturnForSame => memory.return_for_same(),
            Operation::ReturnForOther => memory.return_for_other(catalogue),
            Operation::VoucherTake => {
                memory.voucher = match memory.slots.get("digits") {
                    Some(SlotValue::Digits(code)) => Some(code.clone()),
                    Some(SlotValue::Text(_) | SlotValue::Number(_)) | None => None,
                };
            }
            Operation::VoucherDrop => memory.voucher = None,
            Operation::ServiceTake => memory.take_service(),
            Operation::OpeningsOffer => memory.offer_openings(),
            Operation::OpeningsLater => memory.offer_later(),
            Operation::OpeningsEarlier => memory.offer_earlier(),
            Operation::OpeningTake => memory.take_opening(),
            Operation::LaunchTake => memory.take_launch(),
            Operation::LaunchTakeNamed => memory.take_named_launch(),
            Operation::LaunchRegister => memory.register(),
            Operation::ReservationTake => memory.take_reservation(),
            Operation::ReservationTakeLaunch => memory.take_registered(),
            Operation::ReservationCancel => memory.give_up_reservation(),
            Operation::AddressTake => memory.take_address(),
            Operation::AddressFirst => memory.take_first_address(),
            Operation::DayTake => memory.take_day(),
            Operation::DayDrop => memory.delivery.on = On::Unsaid,
            Operation::AdviceTake => self.take_preferences(),
            Operation::AdviceOffer => self.offer_advice(),
            Operation::AdviceOthers => self.offer_others(),
            Operation::AdviceChoose => self.take_advised(),
            Operation::DraftItem => draft::take_item(memory, catalogue),
            Operation::DraftAdvised => draft::take_advised(memory, catalogue),
            Operation::DeliveryDrop => memory.delivery = Delivery::default(),
            Operation::ItemTake => draft::speak_of_named(memory, catalogue),
            Operation::PersonReached => memory.reached = true,
            Operation::ForgetSlots => memory.slots.clear(),
        }
    }
}

/// Who has something on its way or has got something lately does not mean what came half a year ago, unless they name it.
fn keep_delivered(memory: &mut Memory) {
    let arrived = |order: &Order| order.state == OrderState::Delivered;
    let lately = |order: &Order| order.age_days <= LATELY_DAYS;
    let recent = memory
        .orders
        .iter()
        .any(|order| is_open(order.state) || (arrived(order) && lately(order)));
    let orders = std::mem::take(&mut memory.orders);
    let (kept, aside) = orders
        .into_iter()
        .partition(|order| arrived(order) && (lately(order) || !recent));
    memory.orders = kept;
    memory.set_aside.extend::<Vec<Order>>(aside);
}

/// "A kettle", of somebody who has never had the one that is called so and has had a stove kettle: that one is meant.
fn take_bought_for_named(memory: &mut Memory) {
    let orders = memory.orders.iter().chain(&memory.set_aside);
    let lines: Vec<OrderLine> = orders.flat_map(|order| &order.lines).cloned().collect();
    let meant = |slot: &Slot| {
        let SlotValue::Text(sku) = &slot.value else {
            return None;
        };
        if slot.name != ITEM || lines.iter().any(|line| line.sku.as_str() == sku) {
            return None;
        }
        let mut named = lines.iter().filter(|line| is_called(line, &slot.span));
        named.next().map(|line| line.sku.as_str().to_owned())
    };
    let mut known = None;
    for slot in memory.opening.slots.iter_mut().chain(&mut memory.heard.slots) {
        if let Some(sku) = meant(slot) {
            known = Some(sku.clone());
            slot.value = SlotValue::Text(sku);
        }
    }
    if let Some(sku) = known {
        memory.slots.insert(ITEM.to_owned(), SlotValue::Text(sku));
    }
}

/// Whether all of these words stand in its name.
fn is_called(line: &OrderLine, words: &str) -> bool {
    let name = Words::new(&line.name);
    let name: Vec<String> = name.iter().map(stem).collect();
    let said: Vec<String> = words.split_whitespace().map(stem).collect();
    !said.is_empty() && said.iter().all(|word| name.contains(word))
}

/// Older orders are not offered by themselves.
const LATELY_DAYS: u32 = 92;

/// The latest order in such a state that holds what was just named.
fn latest_with_named(memory: &Memory, state: impl Fn(OrderState) -> bool) -> Option<Order> {
    let named = draft::Mentions::of(&memory.heard).items;
    let has = |order: &&Order| {
        let mut lines = order.lines.iter();
        lines.any(|line| named.iter().any(|(sku, _)| *sku == line.sku))
    };
    let orders = memory.orders.iter().chain(&memory.set_aside);
    let mut orders = orders.filter(|order| state(order.state));
    orders.find(has).cloned()
}
