//! Conditions of `decide` steps: facts of the call, compared and joined. `not`, then `and`, then `or`,
//! as in speech; no brackets: what needs them reads better as two steps.

use crate::conversation::document::did_you_mean;
use crate::conversation::facts::{Fact, Value};
use crate::conversation::named::Named as _;

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
