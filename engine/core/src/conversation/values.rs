//! The values that prompts name, as they are said.

use crate::civil::Date;
use crate::conversation::answering::Enquired;
use crate::conversation::choosing;
use crate::conversation::memory::{Memory, slot_text};
use crate::conversation::prompt::{Field, Place, Statement};
use crate::conversation::reserving::Reserving;
use crate::conversation::sizing;
use crate::conversation::spoken::{self, advice, answer, range, reservation};
use crate::nlu::decision::SlotValue;
use crate::nlu::normalize::Words;
use crate::nlu::range::{Range, asks_range};
use crate::shop::{
    Balance, Catalogue, ChangeKind, ChangeReceipt, Item, Order, OrderLine, OrderState, Promise, Receipt,
    Reschedule, Reservation, Reserved, Stock,
};

/// What the machine adds to the memory: names that depend on the flow under way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Context<'a> {
    pub(crate) task: &'a str,
    pub(crate) cancels: &'a str,
    pub(crate) intent: &'a str,
    pub(crate) heard: &'a str,
    pub(crate) later_days: u32,
}

/// A value in words; empty when it is not known.
pub(crate) fn value(field: &Field, memory: &Memory, catalogue: &Catalogue, context: Context<'_>) -> String {
    let place = match field {
        Field::Slot(name) => return slot(name, memory, catalogue),
        Field::Known(place) => *place,
    };
    let order = memory.order.as_ref();
    let (known, day) = (&memory.reserving, memory.reserving.today);
    let short = memory.short();
    let item = memory.item.as_ref().and_then(|sku| catalogue.item(sku));
    let words = match place {
        Place::Draft => Some(draft(memory, catalogue)),
        Place::Delivery => Some(delivery(memory).trim_start().to_owned()),
        Place::DeliveryTo => memory
            .goes_to()
            .map(|address| spoken::place(address.label.expose())),
        Place::Range => Some(range::range(asked_range(memory), catalogue)),
        Place::DrinkUnmade => Some(spoken::list(&memory.unmade())),
        Place::DrinkNear => Some(spoken::list_with(&near_drinks(memory), "or")),
        Place::DrinkNext => Some(spoken::list(&memory.next_drinks())),
        Place::DrinkOne => item.map(|item| match memory.sized_up() {
            Some((line, _)) => spoken::line(line, catalogue),
            None => spoken::range::one(item),
        }),
        Place::DrinkAt => item.map(|item| match memory.sized_up() {
            Some((_, price)) => format!("at {}", spoken::money(price)),
            None => format!("from {}", spoken::price(item)),
        }),
        Place::DrinkCosts => item.map(|item| match memory.sized_up() {
            Some((_, price)) => format!("is {}", spoken::money(price)),
            None => format!("starts at {}", spoken::price(item)),
        }),
        Place::DrinkPrices => Some(sizing::prices(&memory.sized, catalogue)),
        Place::DrinkFirst => memory.lines.first().map(|line| {
            let name = &line.name;
            let several = line.quantity > 1;
            format!(
                "the {}",
                if several {
                    spoken::plural(name)
                } else {
                    name.clone()
                }
            )
        }),
        Place::GoodsNext => Some(spoken::list(&next_goods(memory, catalogue))),
        Place::Total => memory.quote.as_ref().map(spoken::total),
        Place::VoucherWhy => memory.voucher_verdict().map(spoken::voucher),
        Place::VoucherDiscount => memory.quote.as_ref().map(|quote| spoken::money(quote.discount)),
        Place::Task => Some(context.task.to_owned()),
        Place::CallLater => Some(spoken::span(context.later_days)),
        Place::Cancels => Some(context.cancels.to_owned()),
        Place::Intent => Some(context.intent.to_owned()),
        Place::Heard => Some(context.heard.to_owned()),
        Place::OrderNumber => order.map(|order| spoken::digits(&order.number)),
        Place::OrderLines => order.map(|order| spoken::lines(&order.lines, catalogue)),
        Place::OrderState => order.map(|order| spoken::state(order.state).to_owned()),
        Place::OrderDue => order.and_then(|order| order.due_in_days).map(spoken::due),
        Place::OrderParcels => order.map(|order| parcels(order, catalogue)),
        Place::OrderParcelsCount => order.map(parcels_count),
        Place::OrderAge => order.map(|order| spoken::ago(order.age_days)),
        Place::OrderTotal => order.map(|order| spoken::money(order.total)),
        Place::OrderNext => order.map(|order| spoken::next_delivery(order.due_in_days)),
        Place::OrderRepeat => order.and_then(|order| order.repeat_days).map(spoken::every),
        Place::OrdersCount => Some(spoken::number(
            u64::try_from(memory.orders.len()).unwrap_or(u64::MAX),
        )),
        Place::Orders => Some(spoken::list_with(&described(memory), "or")),
        Place::OrdersKeys => Some(by_keys(&described(memory))),
        Place::OrdersStates => Some(states(memory, catalogue)),
        Place::ShortItem => short.map(|(line, _)| line.name.clone()),
        Place::ShortAvailable => short.map(|(_, stock)| spoken::number(u64::from(stock.available))),
        Place::ShortLeft => short.map(|(line, stock)| left(line, stock, catalogue)),
        Place::ShortLead => short.and_then(|(_, stock)| stock.lead_time_days).map(in_days),
        Place::ShortSubstitute => memory.substitute(catalogue).map(|item| item.name.clone()),
        Place::ItemName => item.map(|item| item.name.clone()),
        Place::ItemOne => item.map(spoken::range::one),
        Place::ItemIs => item.map(|item| spoken::is_or_are(&item.name).to_owned()),
        Place::ItemPrice => item.map(spoken::price),
        Place::ItemAnswer => memory.enquired.as_ref().map(|asked| answered(asked, catalogue)),
        Place::AdviceItems => Some(advice::items(&memory.advising.offered, catalogue)),
        Place::AdviceNames => Some(spoken::list_with(&advised(memory, catalogue), "or")),
        Place::AdviceKeys => Some(by_keys(&advised(memory, catalogue))),
        Place::AdviceChoices => Some(advice::choices(&memory.advising.choices)),
        Place::AdviceSoldOut => memory.sold_out(catalogue).map(|item| item.name.clone()),
        Place::ItemAbout => item.map(advice::about),
        Place::AppointmentServices => Some(spoken::list_with(&services(known), "or")),
        Place::AppointmentServicesKeys => Some(by_keys(&services(known))),
        Place::AppointmentService => known.service().map(|service| service.name.clone()),
        Place::AppointmentOpenings => day.map(|today| reservation::openings(&known.offered, today)),
        Place::AppointmentOpeningsKeys => {
            day.map(|today| by_keys(&reservation::moments(&known.offered, today)))
        }
        Place::Launches => Some(spoken::list_with(&launches(known), "or")),
        Place::LaunchesKeys => Some(by_keys(&launches(known))),
        Place::LaunchName => known.launch.as_ref().map(|launch| launch.name.clone()),
        Place::LaunchMost => known.most().map(|most| spoken::number(u64::from(most))),
        Place::LaunchTerms => launch_terms(known),
        Place::Reservations => Some(spoken::list(&standings(known))),
        Place::ReservationsKeys => Some(by_keys(&standings(known))),
        Place::ReservationStanding => reservation_standing(known),
        Place::ReservationWish => reservation_wish(known),
        Place::ItemLead => memory
            .item_stock()
            .and_then(|stock| stock.lead_time_days)
            .map(in_days),
        Place::ItemSubstitute => memory.item_substitute(catalogue).map(|item| item.name.clone()),
        Place::ItemSubstitutePrice => memory.item_substitute(catalogue).map(spoken::price),
        Place::Addresses => Some(spoken::list_with(&places(memory), "or")),
        Place::AddressesKeys => Some(by_keys(&places(memory))),
        Place::Days => Some(spoken::list_with(&days(memory), "or")),
        Place::DaysKeys => Some(by_keys(&days(memory))),
        Place::DayWished => memory
            .refused_day()
            .map(|date| spoken::on_day(date, memory.today)),
        Place::ReturnOpen => Some(spoken::list_with(&open_lines(memory, catalogue), "or")),
        Place::ReturnKeys => {
            let mut choices = open_lines(memory, catalogue);
            choices.push("all of it".to_owned());
            Some(by_keys(&choices))
        }
        Place::ReturnLastDay => memory.returning.last_day_ago().map(spoken::ago),
        Place::ReturnLines => Some(spoken::lines(&memory.returning.lines, catalogue)),
        Place::ReturnInstead => Some(spoken::lines(&memory.returning.instead, catalogue)),
        Place::ReturnTerms => Some(return_terms(
            &memory.returning.instead,
            memory.returning.balance,
            catalogue,
        )),
        Place::OrderMovable => movable(memory),
        Place::OrderIntervals => {
            let all = memory.intervals_to_name();
            let all: Vec<String> = all.into_iter().map(spoken::every).collect();
            Some(spoken::list_with(&all, "or"))
        }
        Place::WantedDay => memory.moved_to().map(|date| on_day_of_terms(date, memory)),
        Place::WantedRepeat => memory.repeats_every().map(spoken::every),
        // Never asked for: the book refuses these in prompts that hold no receipt.
        Place::ReservedWhat
        | Place::ReservedHow
        | Place::ChangeNext
        | Place::ChangeDay
        | Place::ChangeRepeat
        | Place::ChangeLines
        | Place::ChangeHow
        | Place::ChangeTerms
        | Place::ReceiptNumber
        | Place::ReceiptTotal
        | Place::ReceiptPromise => None,
    };
    words.unwrap_or_default()
}

/// The same in a success sentence: the receipt's own values come from the receipt alone.
pub(crate) fn stated(
    field: &Field,
    statement: Statement<'_>,
    memory: &Memory,
    catalogue: &Catalogue,
    context: Context<'_>,
) -> String {
    match (field, statement) {
        (Field::Known(Place::ReceiptNumber), Statement::Placed(receipt)) => spoken::digits(&receipt.number),
        (Field::Known(Place::ReceiptTotal), Statement::Placed(receipt)) => spoken::money(receipt.total),
        (Field::Known(Place::ReceiptPromise), Statement::Placed(receipt)) => promise(receipt, memory.today),
        (Field::Known(Place::ChangeNext), Statement::Changed(receipt)) => {
            spoken::next_delivery(receipt.due_in_days)
        }
        (Field::Known(Place::ChangeDay), Statement::Changed(receipt)) => change_day(receipt, memory),
        (Field::Known(Place::ChangeRepeat), Statement::Changed(receipt)) => match receipt.change {
            ChangeKind::Reschedule(Reschedule::Every(days)) => spoken::every(days),
            ChangeKind::Reschedule(Reschedule::NextOn(_))
            | ChangeKind::Cancel
            | ChangeKind::Pause
            | ChangeKind::Resume
            | ChangeKind::Skip
            | ChangeKind::Amend(_)
            | ChangeKind::Return(_) => String::new(),
        },
        (Field::Known(Place::ChangeLines), Statement::Changed(receipt)) => match &receipt.change {
            ChangeKind::Amend(lines) => spoken::lines(lines, catalogue),
            ChangeKind::Cancel
            | ChangeKind::Pause
            | ChangeKind::Resume
            | ChangeKind::Skip
            | ChangeKind::Reschedule(_)
            | ChangeKind::Return(_) => String::new(),
        },
        (Field::Known(Place::ChangeHow), Statement::Changed(receipt)) => {
            receipt.send_back.map(spoken::send_back).unwrap_or_default()
        }
        (Field::Known(Place::ChangeTerms), Statement::Changed(receipt)) => {
            receipt_terms(receipt, catalogue).unwrap_or_default()
        }
        (Field::Known(Place::ReservedWhat), Statement::Reserved(receipt)) => {
            reservation::reserved(&receipt.reservation.what, today(memory, &receipt.reservation))
        }
        (Field::Known(Place::ReservedHow), Statement::Reserved(receipt)) => {
            reservation::outcome(&receipt.reservation.what, today(memory, &receipt.reservation))
        }
        (
            Field::Known(_) | Field::Slot(_),
            Statement::Placed(_) | Statement::Changed(_) | Statement::Reserved(_),
        ) => value(field, memory, catalogue, context),
    }
}

/// "from tomorrow to Thursday, September third".
fn movable(memory: &Memory) -> Option<String> {
    let (first, last) = memory.movable()?;
    let day = |date| {
        let said = on_day_of_terms(date, memory);
        said.strip_prefix("on ").map_or(said.clone(), str::to_owned)
    };
    Some(format!("from {} to {}", day(first), day(last)))
}

fn on_day_of_terms(date: Date, memory: &Memory) -> String {
    spoken::on_day(date, memory.terms().map(|terms| terms.today))
}

/// The day that the shop has given it, which is counted from the day of its terms.
fn change_day(receipt: &ChangeReceipt, memory: &Memory) -> String {
    let today = memory.terms().map(|terms| terms.today);
    let days = receipt.due_in_days.and_then(|days| u32::try_from(days).ok());
    match today.zip(days) {
        Some((today, days)) => spoken::on_day(today.plus(days), Some(today)),
        None => spoken::due(receipt.due_in_days.unwrap_or_default()),
    }
}

fn asked_range(memory: &Memory) -> Range {
    asks_range(&Words::new(&memory.heard.text)).unwrap_or(Range::All)
}

/// So many of a line as there are.
fn left(line: &OrderLine, stock: &Stock, catalogue: &Catalogue) -> String {
    let line = OrderLine {
        quantity: stock.available,
        ..line.clone()
    };
    spoken::line(&line, catalogue)
}

fn answered(enquired: &Enquired, catalogue: &Catalogue) -> String {
    let items: Vec<&Item> = enquired.of.iter().filter_map(|sku| catalogue.item(sku)).collect();
    answer::answer(enquired.asks, &items, enquired.named)
}

fn advised(memory: &Memory, catalogue: &Catalogue) -> Vec<String> {
    advice::names(&memory.advising.offered, catalogue)
}

fn services(known: &Reserving) -> Vec<String> {
    known
        .services
        .iter()
        .map(|service| service.name.clone())
        .collect()
}

fn near_drinks(memory: &Memory) -> Vec<String> {
    let names = memory.near_drinks.iter();
    names.map(|name| spoken::with_article(name)).collect()
}

fn next_goods(memory: &Memory, catalogue: &Catalogue) -> Vec<String> {
    let goods = memory.next_goods();
    let items = goods.iter().filter_map(|sku| catalogue.item(sku));
    items.map(|item| format!("the {}", item.name)).collect()
}

fn launches(known: &Reserving) -> Vec<String> {
    known.launches.iter().map(|launch| launch.name.clone()).collect()
}

fn launch_terms(known: &Reserving) -> Option<String> {
    let (launch, today) = (known.launch.as_ref()?, known.today?);
    Some(reservation::terms(launch, today))
}

/// What the caller has, each with how it stands.
fn standings(known: &Reserving) -> Vec<String> {
    let Some(today) = known.today else {
        return Vec::new();
    };
    let all = known.reservations.iter();
    all.map(|of| reservation::standing(of, today)).collect()
}

fn reservation_standing(known: &Reserving) -> Option<String> {
    let (of, today) = (known.reservation.as_ref()?, known.today?);
    Some(reservation::standing(of, today))
}

fn reservation_wish(known: &Reserving) -> Option<String> {
    let (wish, today) = (known.wish.as_ref()?, known.today?);
    Some(reservation::wish(&wish.reservation, today))
}

/// The shop's day, as it was last told.
fn today(memory: &Memory, of: &Reservation) -> Date {
    memory.reserving.today.unwrap_or(match &of.what {
        Reserved::Appointment { opening, .. } => opening.date,
        Reserved::Registration { .. } => Date::EPOCH,
    })
}

/// "The one from yesterday, a mug, has shipped. The one from ..."
fn states(memory: &Memory, catalogue: &Catalogue) -> String {
    let sentences: Vec<String> = memory
        .choices()
        .into_iter()
        .map(|order| {
            let age = spoken::ago(order.age_days);
            if order.parcels.is_empty() {
                let lines = spoken::lines(&order.lines, catalogue);
                format!(
                    "The one from {age}, {lines}, {}.",
                    stands(order.state, order.due_in_days)
                )
            } else {
                let count = parcels_count(order);
                format!(
                    "The one from {age} comes in {count} parcels. {}",
                    parcels(order, catalogue)
                )
            }
        })
        .collect();
    sentences.join(" ")
}

/// "The one with a bag of Kenya has been delivered. The one with two mugs has shipped, and should be with you tomorrow."
fn parcels(order: &Order, catalogue: &Catalogue) -> String {
    let sentences: Vec<String> = order
        .parcels
        .iter()
        .map(|parcel| {
            let lines = spoken::lines(&parcel.lines, catalogue);
            format!(
                "The one with {lines} {}.",
                stands(parcel.state, parcel.due_in_days)
            )
        })
        .collect();
    sentences.join(" ")
}

fn parcels_count(order: &Order) -> String {
    spoken::number(u64::try_from(order.parcels.len().max(1)).unwrap_or(u64::MAX))
}

/// "has shipped, and should be with you tomorrow", "has shipped, and should have come two days ago".
fn stands(state: OrderState, due_in_days: Option<i32>) -> String {
    let due = match due_in_days {
        Some(days @ ..0) => format!(", and should have come {}", spoken::due(days)),
        Some(days) => format!(", and should be with you {}", spoken::due(days)),
        None => String::new(),
    };
    format!("{}{due}", spoken::state(state))
}

/// "a bag of Harbor dark roast to the office on Friday"; where and when only where that was chosen.
fn draft(memory: &Memory, catalogue: &Catalogue) -> String {
    let lines = spoken::lines(&memory.lines, catalogue);
    format!("{lines}{}", delivery(memory))
}

fn delivery(memory: &Memory) -> String {
    let to = memory
        .address()
        .map(|address| format!(" to {}", spoken::place(address.label.expose())));
    let on = memory
        .day()
        .map(|date| format!(" {}", spoken::on_day(date, memory.today)));
    format!("{}{}", to.unwrap_or_default(), on.unwrap_or_default())
}

fn places(memory: &Memory) -> Vec<String> {
    let addresses = memory.addresses().iter();
    addresses
        .map(|address| spoken::place(address.label.expose()))
        .collect()
}

fn days(memory: &Memory) -> Vec<String> {
    let days = memory.days_to_name().into_iter();
    days.map(|date| spoken::on_day(date, memory.today)).collect()
}

fn promise(receipt: &Receipt, today: Option<Date>) -> String {
    match receipt.promise {
        Promise::DeliveryDays(days) => in_days(days),
        Promise::DeliveryOn(date) => spoken::on_day(date, today),
        Promise::PickupMinutes(minutes) => format!("in {}", spoken::minutes(minutes)),
    }
}

/// "you get thirty dollars back", "we send you a mug, and there's nothing to pay".
fn return_terms(instead: &[OrderLine], balance: Balance, catalogue: &Catalogue) -> String {
    let money = spoken::balance(balance);
    if instead.is_empty() {
        money
    } else {
        format!("we send you {}, and {money}", spoken::lines(instead, catalogue))
    }
}

fn receipt_terms(receipt: &ChangeReceipt, catalogue: &Catalogue) -> Option<String> {
    let send_back = receipt.send_back?;
    match &receipt.change {
        ChangeKind::Return(wish) => Some(return_terms(&wish.instead, send_back.balance, catalogue)),
        ChangeKind::Cancel
        | ChangeKind::Pause
        | ChangeKind::Resume
        | ChangeKind::Skip
        | ChangeKind::Reschedule(_)
        | ChangeKind::Amend(_) => None,
    }
}

fn open_lines(memory: &Memory, catalogue: &Catalogue) -> Vec<String> {
    let lines = memory.returning.open.iter();
    lines.map(|line| spoken::line(line, catalogue)).collect()
}

fn in_days(days: u32) -> String {
    spoken::due(i32::try_from(days).unwrap_or(i32::MAX))
}

/// A SKU is said by its item's name, digits digit by digit.
fn slot(name: &str, memory: &Memory, catalogue: &Catalogue) -> String {
    let Some(value) = memory.slots.get(name) else {
        return String::new();
    };
    let text = slot_text(value);
    let item = catalogue.items.iter().find(|item| item.sku.as_str() == text);
    match (item, value) {
        (Some(item), _) => item.name.clone(),
        (None, SlotValue::Digits(digits)) => spoken::digits(digits),
        (None, SlotValue::Number(number)) => spoken::number(u64::from(*number)),
        (None, SlotValue::Text(text)) => text.clone(),
    }
}

/// The orders to choose from, as one tells them apart by ear: "the light roast from two days ago".
fn described(memory: &Memory) -> Vec<String> {
    choosing::described(&memory.choices())
}

fn by_keys(choices: &[String]) -> String {
    let keyed = choices
        .iter()
        .zip(1_u64..)
        .map(|(choice, key)| {
            // "For Saturday", where the days themselves are "on Saturday".
            let choice = choice.strip_prefix("on ").unwrap_or(choice);
            format!("press {} for {choice}", spoken::number(key))
        })
        .collect::<Vec<_>>();
    spoken::list_with(&keyed, "or")
}
