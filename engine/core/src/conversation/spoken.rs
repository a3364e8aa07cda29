//! Values as a person says them: numbers, money, digits in groups, days, lists, quantities. English;
//! another language is another file of the same functions.

pub(crate) mod advice;
pub(crate) mod answer;
pub mod day;
pub(crate) mod range;
pub mod reservation;

use crate::civil::Date;
use crate::nlu::number::{TENS, UNITS};
use crate::shop::{
    Balance, Catalogue, Item, OrderLine, OrderState, Quote, ReturnMethod, SendBack, VoucherVerdict,
};
use crate::units::Money;

/// Digits are read in threes, with a breath between: what a listener can write down.
const DIGIT_GROUP: usize = 3;

/// "one hundred and twenty-three". Above 999,999,999 digit by digit.
pub fn number(value: u64) -> String {
    match value {
        0..=19 => word(UNITS, value).to_owned(),
        20..=99 => {
            let tens = word(TENS, value / 10 - 2);
            if value.is_multiple_of(10) {
                tens.to_owned()
            } else {
                format!("{tens}-{}", word(UNITS, value % 10))
            }
        }
        100..=999 => join_parts(value / 100, "hundred", value % 100),
        1_000..=999_999 => join_parts(value / 1_000, "thousand", value % 1_000),
        1_000_000..=999_999_999 => join_parts(value / 1_000_000, "million", value % 1_000_000),
        _ => digits(&value.to_string()),
    }
}

fn join_parts(count: u64, unit: &str, rest: u64) -> String {
    let head = format!("{} {unit}", number(count));
    match rest {
        0 => head,
        1..=99 => format!("{head} and {}", number(rest)),
        _ => format!("{head} {}", number(rest)),
    }
}

fn word(words: &[&'static str], index: u64) -> &'static str {
    usize::try_from(index)
        .ok()
        .and_then(|index| words.get(index))
        .copied()
        .unwrap_or_default()
}

/// "twenty-three dollars and fifty cents", "one dollar", "eighty cents".
pub fn money(amount: Money) -> String {
    let minor = amount.minor.unsigned_abs();
    let (dollars, cents) = (minor / 100, minor % 100);
    let major = |count| counted(count, "dollar", "dollars");
    let minor = |count| counted(count, "cent", "cents");
    let said = match (dollars, cents) {
        (0, cents) => minor(cents),
        (dollars, 0) => major(dollars),
        (dollars, cents) => format!("{} and {}", major(dollars), minor(cents)),
    };
    if amount.minor < 0 {
        format!("minus {said}")
    } else {
        said
    }
}

/// "fourteen dollars a bag".
pub fn price(item: &Item) -> String {
    let price = money(item.price);
    if item.unit.is_empty() {
        price
    } else {
        format!("{price} {}", with_article(&item.unit))
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// "417220" as "four one seven, two two zero". What is not a digit is left out.
pub fn digits(text: &str) -> String {
    let words: Vec<&str> = text
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .map(|digit| word(UNITS, u64::from(digit)))
        .collect();
    words
        .chunks(DIGIT_GROUP)
        .map(|group| group.join(" "))
        .collect::<Vec<_>>()
        .join(", ")
}

/// "a", "a and b", "a, b and c".
pub fn list(parts: &[String]) -> String {
    list_with(parts, "and")
}

/// The same with a word of choice: "a, b or c".
pub fn list_with(parts: &[String], last: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// When something will be: "today", "tomorrow", "in three days", "two days ago" when it should have been.
pub fn due(days: i32) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        2.. => format!("in {}", counted(u64::from(days.unsigned_abs()), "day", "days")),
        _ => ago(days.unsigned_abs()),
    }
}

/// When something was: "today", "yesterday", "three days ago", "two weeks ago".
pub fn ago(days: u32) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        2..=13 => format!("{} days ago", number(u64::from(days))),
        14..=59 => format!("{} weeks ago", number(u64::from(days / 7))),
        _ => format!("{} months ago", number(u64::from(days / 30))),
    }
}

/// The same by days and weeks alone: "sixteen days ago", "twenty-one weeks ago".
pub fn weeks_ago(days: u32) -> String {
    match days {
        0..=13 => ago(days),
        14..=27 => format!("{} days ago", number(u64::from(days))),
        _ => format!("{} weeks ago", number(u64::from(days / 7))),
    }
}

/// "the next delivery comes in nine days"; a shop need not know the day.
pub fn next_delivery(due_in_days: Option<i32>) -> String {
    match due_in_days {
        Some(days) => format!("the next delivery comes {}", due(days)),
        None => "the next delivery has no date yet".to_owned(),
    }
}

/// "thirty dollars", "twenty-seven dollars with your voucher of three dollars", "twenty dollars with six
/// dollars for that day".
pub fn total(quote: &Quote) -> String {
    let voucher = format!("your voucher of {}", money(quote.discount));
    let fee = format!("{} for that day", money(quote.delivery_fee));
    let parts = [
        (quote.discount.minor > 0, voucher),
        (quote.delivery_fee.minor > 0, fee),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(holds, part)| holds.then_some(part))
        .collect();
    if parts.is_empty() {
        money(quote.total)
    } else {
        format!("{} with {}", money(quote.total), list(&parts))
    }
}

/// "today", "tomorrow", "on Friday", "on Friday, December fourth"; with the date where nobody knows what day it is.
pub fn on_day(date: Date, today: Option<Date>) -> String {
    day::day(date, today.unwrap_or(Date::EPOCH))
}

/// The ways in which a caller may choose a day.
pub fn day_forms(date: Date, today: Option<Date>) -> Vec<String> {
    let weekday = day::weekday(date.weekday()).to_lowercase();
    let ordinal = day::ordinal(date.day());
    let days = today.map(|today| date.days_from(today));
    let mut forms = Vec::new();
    if days == Some(1) {
        forms.push("tomorrow".to_owned());
    }
    if matches!(days, Some(1..=7)) {
        forms.push(weekday.clone());
    }
    forms.push(format!("{weekday} the {ordinal}"));
    forms.push(format!("the {ordinal}"));
    forms
}

/// An address as one says it to whom it belongs: "home" is "your home", "the office" stays.
pub fn place(label: &str) -> String {
    let first = label.split(' ').next().unwrap_or_default();
    let own = ["the", "your", "a", "an", "our"].contains(&first.to_lowercase().as_str());
    let named = first.starts_with(char::is_uppercase);
    if own || named {
        label.to_owned()
    } else {
        format!("your {label}")
    }
}

/// What is wrong with a voucher.
pub fn voucher(verdict: VoucherVerdict) -> String {
    match verdict {
        VoucherVerdict::Good => String::new(),
        VoucherVerdict::Unknown => "I don't find a voucher with that number".to_owned(),
        VoucherVerdict::Expired => "that voucher has expired".to_owned(),
        VoucherVerdict::Used => "that voucher was used before".to_owned(),
        VoucherVerdict::TooSmall { least } => {
            format!("that voucher is for orders of {} or more", money(least))
        }
    }
}

/// "you get thirty dollars back", "it's three dollars more", "there's nothing to pay".
pub fn balance(balance: Balance) -> String {
    if balance.refund.minor > 0 {
        format!("you get {} back", money(balance.refund))
    } else if balance.to_pay.minor > 0 {
        format!("it's {} more", money(balance.to_pay))
    } else {
        "there's nothing to pay".to_owned()
    }
}

/// What the customer does to send something back.
pub fn send_back(way: SendBack) -> String {
    let days = || counted(u64::from(way.within_days), "day", "days");
    match way.method {
        ReturnMethod::Label => format!(
            "a label for the parcel comes by e-mail, please send it within {}",
            days()
        ),
        ReturnMethod::Collected => format!("somebody will come for it within {}", days()),
        ReturnMethod::Counter => format!("please bring it to the shop within {}", days()),
        ReturnMethod::Kept => "you needn't send anything back".to_owned(),
    }
}

/// "every week", "every four weeks", "every ten days".
pub fn every(days: u32) -> String {
    match (days, days % 7) {
        (1, _) => "every day".to_owned(),
        (7, _) => "every week".to_owned(),
        (_, 0) => format!("every {} weeks", number(u64::from(days / 7))),
        (_, _) => format!("every {} days", number(u64::from(days))),
    }
}

/// "a week", "three weeks", "ten days".
pub fn span(days: u32) -> String {
    match (days, days % 7) {
        (1, _) => "a day".to_owned(),
        (7, _) => "a week".to_owned(),
        (_, 0) => format!("{} weeks", number(u64::from(days / 7))),
        (_, _) => format!("{} days", number(u64::from(days))),
    }
}

/// "three to four minutes" has no place on a telephone: "five minutes", "one minute".
pub fn minutes(count: u32) -> String {
    counted(u64::from(count), "minute", "minutes")
}

/// The rest of "it ...": "has shipped".
pub const fn state(state: OrderState) -> &'static str {
    match state {
        OrderState::Placed => "has been received, and we'll pack it soon",
        OrderState::Packing => "is being packed right now",
        OrderState::Shipped => "has shipped",
        OrderState::OutForDelivery => "is out for delivery",
        OrderState::Delivered => "has been delivered",
        OrderState::ReadyForPickup => "is ready at the counter",
        OrderState::Delayed => "is running late",
        OrderState::Lost => "seems to have gone missing",
        OrderState::Cancelled => "was cancelled",
        OrderState::Returned => "was returned",
        OrderState::Paused => "is paused",
    }
}

/// "two bags of Harbour dark roast", "a box of paper filters", "two large lattes with oat milk".
pub fn line(line: &OrderLine, catalogue: &Catalogue) -> String {
    if !line.options.is_empty() {
        return drink(line);
    }
    let unit = catalogue.item(&line.sku).map_or("", |item| item.unit.as_str());
    let name = &line.name;
    match (unit, line.quantity) {
        ("", 1) => with_article(name),
        ("", quantity) => format!("{} {}", number(u64::from(quantity)), plural(name)),
        (unit, 1) => format!("{} of {name}", with_article(unit)),
        (unit, quantity) => format!("{} {} of {name}", number(u64::from(quantity)), plural(unit)),
    }
}

/// Every line, as a list.
pub fn lines(lines: &[OrderLine], catalogue: &Catalogue) -> String {
    list(
        &lines
            .iter()
            .map(|entry| line(entry, catalogue))
            .collect::<Vec<_>>(),
    )
}

/// Options before the name are what one says before it ("large", "dark roast"); the others follow.
fn drink(line: &OrderLine) -> String {
    let option = |name: &str| {
        line.options
            .iter()
            .find(|(option, _)| option == name)
            .map(|(_, value)| value.trim().to_owned())
    };
    let before = ["size", "roast", "shots"].into_iter().filter_map(option);
    let name = before.chain([line.name.clone()]).collect::<Vec<_>>().join(" ");
    let counted = match line.quantity {
        1 => with_article(&name),
        quantity => format!("{} {}", number(u64::from(quantity)), plural(&name)),
    };
    let with: Vec<String> = ["milk", "sugar"].into_iter().filter_map(option).collect();
    if with.is_empty() {
        counted
    } else {
        format!("{counted} with {}", list(&with))
    }
}

/// "a latte", "an espresso". By the first letter, which is right for what a shop sells.
pub fn with_article(name: &str) -> String {
    let vowel = name
        .chars()
        .next()
        .is_some_and(|first| "aeiouAEIOU".contains(first));
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// The verb of a name: "paper filters are", "a french press is".
pub fn is_or_are(name: &str) -> &'static str {
    if is_of_several(name) { "are" } else { "is" }
}

/// Whether a name is that of several things.
pub fn is_of_several(name: &str) -> bool {
    name.ends_with('s') && !name.ends_with("ss")
}

/// The plural of a phrase's last word: "box" to "boxes", "pack of filters" stays countable by "pack".
pub fn plural(phrase: &str) -> String {
    if let Some((head, tail)) = phrase.split_once(" of ") {
        return format!("{} of {tail}", plural(head));
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| phrase.ends_with(ending));
    if is_of_several(phrase) {
        return phrase.to_owned();
    }
    if ends(&["ss", "x", "ch", "sh", "z"]) {
        return format!("{phrase}es");
    }
    match phrase.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        Some(_) | None => format!("{phrase}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Sku;

    #[test]
    fn numbers() {
        let check = |value, expect: &str| assert_eq!(number(value), expect);
        check(0, "zero");
        check(19, "nineteen");
        check(20, "twenty");
        check(42, "forty-two");
        check(100, "one hundred");
        check(123, "one hundred and twenty-three");
        check(1_001, "one thousand and one");
        check(12_345, "twelve thousand three hundred and forty-five");
        check(2_000_000, "two million");
        check(
            1_000_000_000,
            "one zero zero, zero zero zero, zero zero zero, zero",
        );
    }

    #[test]
    fn spans() {
        let check = |days, expect: &str| assert_eq!(span(days), expect);
        check(1, "a day");
        check(7, "a week");
        check(10, "ten days");
        check(21, "three weeks");
    }

    #[test]
    fn amounts() {
        let check = |minor, expect: &str| assert_eq!(money(Money::from_minor(minor)), expect);
        check(2_350, "twenty-three dollars and fifty cents");
        check(100, "one dollar");
        check(80, "eighty cents");
        check(101, "one dollar and one cent");
        check(0, "zero cents");
        check(-500, "minus five dollars");
    }

    #[test]
    fn digit_groups() {
        let check = |text, expect: &str| assert_eq!(digits(text), expect);
        check("417220", "four one seven, two two zero");
        check("12", "one two");
        check("4-1", "four one");
        check("", "");
    }

    #[test]
    fn days() {
        assert_eq!(
            [0, 1, 5, -1, -3].map(due),
            ["today", "tomorrow", "in five days", "yesterday", "three days ago"]
        );
        assert_eq!(
            [0, 1, 13, 21, 90].map(ago),
            [
                "today",
                "yesterday",
                "thirteen days ago",
                "three weeks ago",
                "three months ago"
            ]
        );
    }

    #[test]
    fn places() {
        let check = |label: &str, expect: &str| assert_eq!(place(label), expect);
        check("home", "your home");
        check("the office on Mill Road", "the office on Mill Road");
        check("Anna's house", "Anna's house");
    }

    #[test]
    fn rhythms() {
        assert_eq!(
            [1, 7, 28, 10].map(every),
            ["every day", "every week", "every four weeks", "every ten days"]
        );
    }

    #[test]
    fn lists() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&parts), "a, b and c");
        assert_eq!(list_with(&parts[..2], "or"), "a or b");
        assert_eq!(list(&parts[..1]), "a");
    }

    #[test]
    fn plurals() {
        let check = |one, many: &str| assert_eq!(plural(one), many);
        check("bag", "bags");
        check("box", "boxes");
        check("latte", "lattes");
        check("berry", "berries");
        check("tray", "trays");
        check("paper filters", "paper filters");
        check("pouch of tea", "pouches of tea");
    }

    #[test]
    fn drinks() {
        let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut order = OrderLine {
            sku: Sku::new("DRK-1"),
            name: "latte".to_owned(),
            quantity: 1,
            options: vec![
                option("milk", "oat milk"),
                option("size", "large"),
                option("sugar", "no sugar"),
            ],
        };
        let catalogue = Catalogue::default();
        assert_eq!(
            line(&order, &catalogue),
            "a large latte with oat milk and no sugar"
        );
        order.quantity = 2;
        order.options.truncate(2);
        assert_eq!(line(&order, &catalogue), "two large lattes with oat milk");
    }
}
