use super::{Day, DayWish, Holiday, wishes};
use crate::civil::Weekday;
use crate::nlu::normalize::Words;

fn check(text: &str, expect: &[(&str, DayWish)]) {
    let words = Words::new(text);
    let found: Vec<(String, DayWish)> = wishes(&words)
        .into_iter()
        .map(|found| (words.span(found.start, found.end), found.wish))
        .collect();
    let expect: Vec<(String, DayWish)> = expect
        .iter()
        .map(|(span, wish)| ((*span).to_owned(), *wish))
        .collect();
    assert_eq!(found, expect, "for {text:?}");
}

const fn weekday(weekday: Weekday) -> Day {
    Day::Named {
        weekday: Some(weekday),
        next: false,
        day: None,
        month: None,
    }
}

const fn date(weekday: Option<Weekday>, day: u32, month: Option<u32>) -> Day {
    Day::Named {
        weekday,
        next: false,
        day: Some(day),
        month,
    }
}

const FRIDAY: Day = weekday(Weekday::Friday);
const MONDAY: Day = weekday(Weekday::Monday);

#[test]
fn days_are_said_in_many_ways() {
    check(
        "reorder my usual on friday",
        &[("on friday", DayWish::On(FRIDAY))],
    );
    check("tomorrow please", &[("tomorrow", DayWish::On(Day::In(1)))]);
    check(
        "yes but the day after tomorrow",
        &[("the day after tomorrow", DayWish::On(Day::In(2)))],
    );
    check(
        "send it in three days",
        &[("in three days", DayWish::On(Day::In(3)))],
    );
    check("in a week", &[("in a week", DayWish::On(Day::In(7)))]);
    check(
        "on friday the fourth",
        &[(
            "on friday the fourth",
            DayWish::On(date(Some(Weekday::Friday), 4, None)),
        )],
    );
    check(
        "for the fourth of december",
        &[("for the fourth of december", DayWish::On(date(None, 4, Some(12))))],
    );
    check(
        "december twenty seventh",
        &[("december twenty seventh", DayWish::On(date(None, 27, Some(12))))],
    );
    check(
        "december 4",
        &[("december 4", DayWish::On(date(None, 4, Some(12))))],
    );
    check(
        "on the 27th",
        &[("on the 27th", DayWish::On(date(None, 27, None)))],
    );
    check(
        "i need it as soon as possible",
        &[("as soon as possible", DayWish::Soonest)],
    );
    check("how about friday", &[("friday", DayWish::On(FRIDAY))]);
    check(
        "some time next week",
        &[("some time next week", DayWish::On(Day::NextWeek))],
    );
    check("this weekend", &[("this weekend", DayWish::On(Day::Weekend))]);
    let next = Day::Named {
        weekday: Some(Weekday::Friday),
        next: true,
        day: None,
        month: None,
    };
    check("next friday", &[("next friday", DayWish::On(next))]);
}

#[test]
fn days_have_bounds() {
    check(
        "not before monday",
        &[("not before monday", DayWish::From(MONDAY))],
    );
    check("monday or later", &[("monday or later", DayWish::From(MONDAY))]);
    check(
        "any time after monday",
        &[("any time after monday", DayWish::After(MONDAY))],
    );
    check("i need it by friday", &[("by friday", DayWish::By(FRIDAY))]);
    check(
        "friday at the latest",
        &[("friday at the latest", DayWish::By(FRIDAY))],
    );
    check("before friday", &[("before friday", DayWish::Before(FRIDAY))]);
    check("not on friday", &[("not on friday", DayWish::Not(FRIDAY))]);
    check(
        "any day but monday",
        &[("any day but monday", DayWish::Not(MONDAY))],
    );
    check(
        "friday or monday",
        &[("friday", DayWish::On(FRIDAY)), ("monday", DayWish::On(MONDAY))],
    );
}

#[test]
fn not_every_day_is_a_wish() {
    check("where is the order that should come on friday", &[]);
    check("when do you open on sunday", &[]);
    check("what i ordered on monday", &[]);
    check("the order from friday", &[]);
    check("reorder what i got last friday", &[]);
    check("i'd like to order two bags today", &[]);
    check("i need it today", &[("today", DayWish::On(Day::In(0)))]);
    check("the second one", &[]);
    check("the first", &[]);
    check("two bags of dark roast", &[]);
    check("in two bags", &[]);
    check("", &[]);
}

#[test]
fn holidays_are_days_where_a_word_makes_them_one() {
    let christmas = Day::Holiday(Holiday::On(12, 25));
    let unknown = Day::Holiday(Holiday::Unknown);
    check(
        "two bags on christmas",
        &[("on christmas", DayWish::On(christmas))],
    );
    check(
        "i need it before christmas day",
        &[("before christmas day", DayWish::Before(christmas))],
    );
    check(
        "two bags for christmas",
        &[("for christmas", DayWish::By(christmas))],
    );
    check(
        "by thanksgiving",
        &[(
            "by thanksgiving",
            DayWish::By(Day::Holiday(Holiday::Thanksgiving)),
        )],
    );
    check(
        "send it on easter monday",
        &[("on easter monday", DayWish::On(unknown))],
    );
    check(
        "it has to be here by my birthday",
        &[("by my birthday", DayWish::By(unknown))],
    );
    check("a present for my birthday", &[]);
    check("do you have a christmas blend", &[]);
    check("a christmas blend please", &[]);
}
