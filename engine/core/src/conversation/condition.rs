//! Conditions of `decide` steps: facts of the call, compared and joined. `not`, then `and`, then `or`,
//! as in speech; no brackets: what needs them reads better as two steps.

use crate::conversation::document::did_you_mean;
use crate::conversation::named::{Named as _, named};

named! {
    /// What a condition can look at.
    Fact {
        CustomerKnown = "customer.known",
        PhoneKnown = "phone.known",
        OrdersCount = "orders.count",
        /// Orders still on their way.
        OrdersOpen = "orders.open",
        OrderKnown = "order.known",
        OrderState = "order.state",
        OrderOverdue = "order.overdue",
        OrderDue = "order.due",
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
        OrderIntervals = "order.intervals",
        /// There is a change to read back; none, because it is not possible, or because it is so already.
        ChangeWanted = "change.wanted",
        ChangeBeyond = "change.beyond",
        ChangeNeedless = "change.needless",
        /// Subscriptions of the caller.
        StandingCount = "standing.count",
        /// Lines of the order that can come back.
        ReturnOpen = "return.open",
        /// Lines of it that the caller wants to send back.
        ReturnChosen = "return.chosen",
        /// What was just named for it is not in the order at all.
        ReturnAbsent = "return.absent",
        /// What was just said tells why, whatever goods it names.
        ReturnExplained = "return.explained",
        /// There is more than one of the one thing that comes back.
        ReturnMany = "return.many",
        /// Lines that go out for it.
        ReturnInstead = "return.instead",
        /// The intent that was last heard.
        Intent = "intent",
        DraftLines = "draft.lines",
        /// Something was drafted that was not placed; an order that is being changed, and is as it was, is not.
        DraftPending = "draft.pending",
        /// An order is being changed, and not as it was.
        DraftAmends = "draft.amends",
        /// An order was sent whose fate is not known.
        OrderUnsure = "order.unsure",
        StockAvailable = "stock.available",
        StockSubstitute = "stock.substitute",
        StockLead = "stock.lead",
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
        ItemLead = "item.lead",
        /// The shop has something to offer instead of it.
        ItemSubstitute = "item.substitute",
        /// What was just said asks for all that the shop sells, or all of one kind.
        RangeAsked = "range.asked",
        /// What was just said looks for something by what it is like.
        AdviceSought = "advice.sought",
        /// What had better be asked before anything is advised: "roast", "use".
        AdviceAsks = "advice.asks",
        /// How much is advised, and whether it is all that they asked for.
        AdviceOffered = "advice.offered",
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
        OpeningsOffered = "openings.offered",
        OpeningsFit = "openings.fit",
        LaunchKnown = "launch.known",
        /// How many of it this caller can have.
        LaunchMost = "launch.most",
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
        SizesAsked = "sizes.asked",
        /// What was just said of a drink names something that none is made with.
        DrinkUnmade = "drink.unmade",
        AddressesCount = "addresses.count",
        /// By the last quote the day that they want is possible, or it is not, or it is not clear.
        DayChosen = "day.chosen",
        DayRefused = "day.refused",
        DayUnclear = "day.unclear",
        /// They want one, and the shop offers no choice.
        DayNotOffered = "day.not_offered",
        /// Days that the shop offers.
        DaysCount = "days.count",
        /// What was just asked about the delivery of what is being ordered: "day", "cost".
        DeliveryAsked = "delivery.asked",
        /// The talk has turned aside from something that is under way.
        CallAside = "call.aside",
        /// Why Hark calls: "usual", "standing".
        CallDue = "call.due",
        /// How many questions of this call were given up, not understood.
        CallGivenUp = "call.given_up",
        /// A promise to ring back is on record.
        CallbackNoted = "callback.noted",
    }
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
    fn is_true(&self) -> bool {
        match self {
            Self::Missing => false,
            Self::Truth(truth) => *truth,
            Self::Number(number) => *number != 0,
            Self::Text(text) => !text.is_empty(),
        }
    }
}

/// A fact, or a slot by name ("slot.size").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    Fact(Fact),
    Slot(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    AtLeast,
    AtMost,
    More,
    Less,
}

#[derive(Debug, Clone, PartialEq)]
struct Test {
    negated: bool,
    subject: Subject,
    compare: Option<(Operator, Value)>,
}

/// Any of the groups whose every test holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// As it was written.
    pub(crate) text: String,
    any: Vec<Vec<Test>>,
}

impl Condition {
    /// Reads "not customer.known", "orders.count >= 2 and slot.item", "order.state = delayed or order.overdue".
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut any = Vec::new();
        for group in text.split(" or ") {
            any.push(
                group
                    .split(" and ")
                    .map(parse_test)
                    .collect::<Result<Vec<_>, _>>()?,
            );
        }
        let text = text.trim().to_owned();
        Ok(Self { text, any })
    }

    pub(crate) fn holds(&self, value_of: impl Fn(&Subject) -> Value) -> bool {
        self.any
            .iter()
            .any(|all| all.iter().all(|test| test.holds(&value_of)))
    }

    /// Whether it can hold only where this is so.
    pub(crate) fn requires(&self, subject: &Subject) -> bool {
        let plain = |test: &Test| !test.negated && test.compare.is_none() && test.subject == *subject;
        self.any.iter().all(|all| all.iter().any(plain))
    }

    /// What is compared with which value.
    pub(crate) fn comparisons(&self) -> impl Iterator<Item = (&Subject, &Value)> {
        let tests = self.any.iter().flatten();
        tests.filter_map(|test| Some((&test.subject, &test.compare.as_ref()?.1)))
    }

    pub(crate) fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.any.iter().flatten().map(|test| &test.subject)
    }
}

impl Test {
    fn holds(&self, value_of: impl Fn(&Subject) -> Value) -> bool {
        let value = value_of(&self.subject);
        let holds = match &self.compare {
            None => value.is_true(),
            Some((operator, wanted)) => compare(&value, *operator, wanted),
        };
        holds != self.negated
    }
}

fn compare(value: &Value, operator: Operator, wanted: &Value) -> bool {
    let order = match (value, wanted) {
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        // Facts of different kinds are never equal, and never ordered.
        (
            Value::Missing | Value::Truth(_) | Value::Number(_) | Value::Text(_),
            Value::Missing | Value::Truth(_) | Value::Number(_) | Value::Text(_),
        ) => return operator == Operator::IsNot,
    };
    match operator {
        Operator::Is => order.is_eq(),
        Operator::IsNot => order.is_ne(),
        Operator::AtLeast => order.is_ge(),
        Operator::AtMost => order.is_le(),
        Operator::More => order.is_gt(),
        Operator::Less => order.is_lt(),
    }
}

fn parse_test(text: &str) -> Result<Test, String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let negated = words.first() == Some(&"not");
    if negated {
        words.remove(0);
    }
    let (subject, compare) = match words.as_slice() {
        [subject] => (subject, None),
        [subject, operator, value] => (subject, Some((parse_operator(operator)?, parse_value(value)))),
        [] | [_, _] | [_, _, _, ..] => {
            return Err(format!(
                "`{}` is not a condition; write a fact, or `fact = value`",
                text.trim()
            ));
        }
    };
    Ok(Test {
        negated,
        subject: parse_subject(subject)?,
        compare,
    })
}

fn parse_subject(text: &str) -> Result<Subject, String> {
    if let Some(slot) = text.strip_prefix("slot.") {
        return Ok(Subject::Slot(slot.to_owned()));
    }
    Fact::parse(text).map(Subject::Fact).ok_or_else(|| {
        format!(
            "no fact named `{text}`{}",
            did_you_mean(text, Fact::NAMES.iter().copied())
        )
    })
}

fn parse_operator(text: &str) -> Result<Operator, String> {
    match text {
        "=" | "==" => Ok(Operator::Is),
        "!=" => Ok(Operator::IsNot),
        ">=" => Ok(Operator::AtLeast),
        "<=" => Ok(Operator::AtMost),
        ">" => Ok(Operator::More),
        "<" => Ok(Operator::Less),
        _ => Err(format!("`{text}` is not a comparison; use =, !=, >=, <=, > or <")),
    }
}

fn parse_value(text: &str) -> Value {
    text.parse::<i64>()
        .map_or_else(|_| Value::Text(text.trim_matches('\'').to_owned()), Value::Number)
}

#[cfg(test)]
mod tests {
    use super::{Condition, Fact, Subject, Value};

    fn check(text: &str, expect: bool) {
        let condition = Condition::parse(text).unwrap();
        let facts = |subject: &Subject| match subject {
            Subject::Fact(Fact::OrdersCount) => Value::Number(2),
            Subject::Fact(Fact::CustomerKnown) => Value::Truth(true),
            Subject::Fact(Fact::OrderState) => Value::Text("delayed".to_owned()),
            Subject::Fact(_) | Subject::Slot(_) => Value::Missing,
        };
        assert_eq!(condition.holds(facts), expect, "{text}");
    }

    #[test]
    fn conditions_hold_or_not() {
        check("customer.known", true);
        check("not customer.known", false);
        check("orders.count >= 2", true);
        check("orders.count > 2", false);
        check("slot.size", false);
        check("not slot.size and customer.known", true);
        check("order.state = delayed", true);
        check("order.state != lost", true);
        check("order.state = lost or orders.count = 2", true);
        check("order.due < 3", false);
    }

    #[test]
    fn mistakes_are_explained() {
        let mistakes = ["ordres.count > 1", "orders.count ~ 1", "orders.count 1", ""];
        let said: Vec<_> = mistakes
            .iter()
            .map(|text| Condition::parse(text).unwrap_err())
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        no fact named `ordres.count`; did you mean `orders.count`?
        `~` is not a comparison; use =, !=, >=, <=, > or <
        `orders.count 1` is not a condition; write a fact, or `fact = value`
        `` is not a condition; write a fact, or `fact = value`
        ");
    }
}
