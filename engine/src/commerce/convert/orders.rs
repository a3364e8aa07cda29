//! Orders that exist at the shop.

use engine_core::ids::{OrderId, Sku};
use engine_core::shop::{Fulfilment, Order, OrderLine, OrderState, Parcel, StandingTerms};
use proto::commerce::v1 as wire;

use super::{Checked, DAYS_MAX, LINES_MAX, QUANTITY_MAX, at_most, money, nonsense, shortened, text};
use crate::commerce::civil::date;

pub(in crate::commerce) fn order(order: wire::Order) -> Checked<Order> {
    check_count("order.lines", order.lines.len())?;
    let lines: Vec<OrderLine> = order.lines.iter().cloned().map(line).collect::<Checked<_>>()?;
    Ok(Order {
        state: state("order.state", order.state)?,
        parcels: parcels(&order, &lines)?,
        fulfilment: fulfilment(&order)?,
        repeat_days: repeat_days(&order)?,
        id: OrderId::new(text("order.id", order.id)?),
        number: order_number(order.number)?,
        lines,
        total: money("order.total", order.total)?,
        age_days: at_most("order.age_days", order.age_days, DAYS_MAX)?,
        due_in_days: due("order.due_in_days", order.due_in_days)?,
        terms: order.standing_terms.map(standing_terms).transpose()?,
    })
}

/// Days and intervals that nobody could choose are none.
fn standing_terms(terms: wire::StandingTerms) -> Checked<StandingTerms> {
    const FIELD: &str = "order.standing_terms";
    if terms.intervals.len() > INTERVALS_MAX {
        return nonsense(
            "order.standing_terms.intervals",
            format!("{INTERVALS_MAX} at most are allowed"),
        );
    }
    let days = match (terms.first_day, terms.last_day) {
        (None, None) => None,
        (first, last) => Some((
            date("order.standing_terms.first_day", first)?,
            date("order.standing_terms.last_day", last)?,
        )),
    };
    let today = date("order.standing_terms.today", terms.today)?;
    if days.is_some_and(|(first, last)| last < first || first < today) {
        return nonsense(FIELD, "its days are in no order".to_owned());
    }
    if terms
        .intervals
        .iter()
        .any(|days| !(1..=INTERVAL_MAX).contains(days))
    {
        return nonsense(
            "order.standing_terms.intervals",
            format!("1 to {INTERVAL_MAX} days are allowed"),
        );
    }
    Ok(StandingTerms {
        today,
        days,
        intervals: terms.intervals,
    })
}

/// A single parcel is the order itself.
fn parcels(order: &wire::Order, lines: &[OrderLine]) -> Checked<Vec<Parcel>> {
    if order.parcels.len() < 2 {
        return Ok(Vec::new());
    }
    check_count("order.parcels", order.parcels.len())?;
    let parcels: Vec<Parcel> = order.parcels.iter().map(parcel).collect::<Checked<_>>()?;
    for line in lines {
        let sent = units(parcels.iter().flat_map(|parcel| &parcel.lines), &line.sku);
        let ordered = units(lines, &line.sku);
        if sent != ordered {
            return nonsense(
                "order.parcels.lines",
                format!("{sent} of an item in them, {ordered} in the order"),
            );
        }
    }
    Ok(parcels)
}

fn parcel(parcel: &wire::Parcel) -> Checked<Parcel> {
    check_count("order.parcels.lines", parcel.lines.len())?;
    Ok(Parcel {
        state: state("order.parcels.state", parcel.state)?,
        lines: parcel.lines.iter().cloned().map(line).collect::<Checked<_>>()?,
        due_in_days: due("order.parcels.due_in_days", parcel.due_in_days)?,
    })
}

fn units<'a>(lines: impl IntoIterator<Item = &'a OrderLine>, sku: &Sku) -> u32 {
    let of_it = lines.into_iter().filter(|line| line.sku == *sku);
    of_it.map(|line| line.quantity).sum()
}

fn check_count(field: &'static str, count: usize) -> Checked<()> {
    if (1..=LINES_MAX).contains(&count) {
        return Ok(());
    }
    nonsense(field, format!("1 to {LINES_MAX} are allowed, got {count}"))
}

fn line(line: wire::OrderLine) -> Checked<OrderLine> {
    let quantity = at_most("order.lines.quantity", line.quantity, QUANTITY_MAX)?;
    if quantity == 0 {
        return nonsense("order.lines.quantity", "is 0".to_owned());
    }
    let options = line.options.into_iter().take(LINES_MAX);
    Ok(OrderLine {
        sku: Sku::new(text("order.lines.sku", line.sku)?),
        name: text("order.lines.name", line.name)?,
        quantity,
        options: options.map(|option| (option.name, option.value)).collect(),
    })
}

fn state(field: &'static str, state: i32) -> Checked<OrderState> {
    Ok(match wire::OrderState::try_from(state).unwrap_or_default() {
        wire::OrderState::Unspecified => {
            return nonsense(field, format!("unknown state {state}"));
        }
        wire::OrderState::Placed => OrderState::Placed,
        wire::OrderState::Packing => OrderState::Packing,
        wire::OrderState::Shipped => OrderState::Shipped,
        wire::OrderState::OutForDelivery => OrderState::OutForDelivery,
        wire::OrderState::Delivered => OrderState::Delivered,
        wire::OrderState::ReadyForPickup => OrderState::ReadyForPickup,
        wire::OrderState::Delayed => OrderState::Delayed,
        wire::OrderState::Lost => OrderState::Lost,
        wire::OrderState::Cancelled => OrderState::Cancelled,
        wire::OrderState::Returned => OrderState::Returned,
        wire::OrderState::Paused => OrderState::Paused,
    })
}

fn fulfilment(order: &wire::Order) -> Checked<Fulfilment> {
    match order.fulfilment() {
        wire::Fulfilment::Unspecified => {
            nonsense("order.fulfilment", format!("unknown value {}", order.fulfilment))
        }
        wire::Fulfilment::Delivery => Ok(Fulfilment::Delivery),
        wire::Fulfilment::Pickup => Ok(Fulfilment::Pickup),
    }
}

/// `None` for what was ordered once.
fn repeat_days(order: &wire::Order) -> Checked<Option<u32>> {
    match wire::OrderKind::try_from(order.kind) {
        Err(_) => nonsense("order.kind", format!("unknown kind {}", order.kind)),
        Ok(wire::OrderKind::Unspecified) => Ok(None),
        Ok(wire::OrderKind::Standing) if order.repeat_days == 0 => {
            nonsense("order.repeat_days", "is 0 in a standing order".to_owned())
        }
        Ok(wire::OrderKind::Standing) => at_most("order.repeat_days", order.repeat_days, DAYS_MAX).map(Some),
    }
}

pub(super) fn order_number(number: String) -> Checked<String> {
    if number.is_empty() || number.len() > 12 || !number.chars().all(|c| c.is_ascii_digit()) {
        return nonsense(
            "order.number",
            format!("{:?} is not a short digit string", shortened(&number)),
        );
    }
    Ok(number)
}

fn due(field: &'static str, days: Option<i32>) -> Checked<Option<i32>> {
    days.map(|days| at_most(field, days.unsigned_abs(), DAYS_MAX).map(|_| days))
        .transpose()
}

/// How many ways to choose how often something comes.
const INTERVALS_MAX: usize = 20;
/// Days.
const INTERVAL_MAX: u32 = 366;

#[cfg(test)]
mod tests {
    use engine_core::shop::OrderState;
    use proto::commerce::v1 as wire;
    use proto::common::v1::Money;

    use super::order;
    use crate::commerce::convert::tests::{good_order, money};

    /// `spoil` makes a good order bad; the error must name the field.
    fn check(spoil: impl FnOnce(&mut wire::Order), field: &str) {
        let mut spoiled = good_order();
        spoil(&mut spoiled);
        assert_eq!(order(spoiled).unwrap_err().field, field);
    }

    #[test]
    fn a_good_order_comes_through() {
        let order = order(good_order()).unwrap();
        assert_eq!(
            (order.number.as_str(), order.total.minor, order.due_in_days),
            ("482917", 1450, Some(-1))
        );
    }

    #[test]
    fn nonsense_names_its_field() {
        check(|order| order.total = money(-1), "order.total");
        check(|order| order.total = None, "order.total");
        check(|order| order.total = Some(Money::default()), "order.total");
        check(|order| order.state = 99, "order.state");
        check(|order| order.fulfilment = 0, "order.fulfilment");
        check(|order| order.kind = 9, "order.kind");
        check(
            |order| order.kind = wire::OrderKind::Standing.into(),
            "order.repeat_days",
        );
        check(|order| order.lines.clear(), "order.lines");
        check(|order| order.lines[0].quantity = 0, "order.lines.quantity");
        check(|order| order.lines[0].quantity = u32::MAX, "order.lines.quantity");
        check(
            |order| order.lines[0].name = "a\u{7}b".to_owned(),
            "order.lines.name",
        );
        check(|order| order.number = "12a456".to_owned(), "order.number");
        check(|order| order.age_days = u32::MAX, "order.age_days");
        check(|order| order.due_in_days = Some(i32::MIN), "order.due_in_days");
        check(|order| order.id = "x".repeat(10_000), "order.id");
    }

    #[test]
    fn what_of_a_subscription_can_be_changed() {
        use proto::common::v1::Date;
        let day = |month, day| {
            Some(Date {
                year: 2026,
                month,
                day,
            })
        };
        let terms = || wire::StandingTerms {
            today: day(3, 4),
            first_day: day(3, 5),
            last_day: day(8, 1),
            intervals: vec![7, 28],
        };
        let with = |terms| {
            let mut standing = good_order();
            standing.standing_terms = Some(terms);
            order(standing)
        };
        assert_eq!(with(terms()).unwrap().terms.unwrap().intervals, [7, 28]);
        let fixed = wire::StandingTerms {
            first_day: None,
            last_day: None,
            ..terms()
        };
        assert_eq!(with(fixed).unwrap().terms.unwrap().days, None);
        let spoilt = |spoil: fn(&mut wire::StandingTerms), field: &str| {
            let mut spoilt = terms();
            spoil(&mut spoilt);
            assert_eq!(with(spoilt).unwrap_err().field, field);
        };
        spoilt(|terms| terms.today = None, "order.standing_terms.today");
        spoilt(|terms| terms.last_day = None, "order.standing_terms.last_day");
        spoilt(|terms| terms.intervals.push(0), "order.standing_terms.intervals");
        spoilt(
            |terms| terms.intervals = vec![7; 30],
            "order.standing_terms.intervals",
        );
        spoilt(
            |terms| {
                terms.first_day = terms.today.map(|_| Date {
                    year: 2025,
                    month: 1,
                    day: 1,
                })
            },
            "order.standing_terms",
        );
    }

    fn in_two(order: &mut wire::Order) {
        let lines = order.lines.clone();
        order.lines[0].quantity *= 2;
        let parcel = |state: wire::OrderState| wire::Parcel {
            state: state.into(),
            lines: lines.clone(),
            due_in_days: Some(1),
        };
        order.parcels = vec![
            parcel(wire::OrderState::Delivered),
            parcel(wire::OrderState::Shipped),
        ];
    }

    #[test]
    fn parcels_hold_what_was_ordered() {
        let mut split = good_order();
        in_two(&mut split);
        let states: Vec<OrderState> = order(split.clone())
            .unwrap()
            .parcels
            .iter()
            .map(|parcel| parcel.state)
            .collect();
        assert_eq!(states, [OrderState::Delivered, OrderState::Shipped]);

        split.parcels.truncate(1);
        assert_eq!(order(split).unwrap().parcels, [], "one parcel is the order");

        let spoilt = |spoil: fn(&mut wire::Parcel), field| {
            check(
                |order| {
                    in_two(order);
                    spoil(&mut order.parcels[1]);
                },
                field,
            );
        };
        spoilt(|parcel| parcel.lines[0].quantity += 1, "order.parcels.lines");
        spoilt(|parcel| parcel.lines.clear(), "order.parcels.lines");
        spoilt(|parcel| parcel.state = 99, "order.parcels.state");
        spoilt(
            |parcel| parcel.due_in_days = Some(i32::MAX),
            "order.parcels.due_in_days",
        );
    }

    #[test]
    fn what_makes_no_sense_is_told_without_anybodys_data() {
        let told = |spoil: &dyn Fn(&mut wire::Order)| {
            let mut spoiled = good_order();
            spoil(&mut spoiled);
            order(spoiled).unwrap_err().to_string()
        };
        let number = told(&|order| order.number = "15557654321".to_owned() + "000");
        assert!(!number.contains("765"), "{number}");
        let name = told(&|order| order.lines[0].name = "Wilhelmina\u{7}".to_owned());
        assert!(!name.contains("Wilhelmina"), "{name}");
    }
}
