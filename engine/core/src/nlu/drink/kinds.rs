//! One drink named once and wanted in several ways: "two lattes, one with oat milk and one with skim", "a large latte
//! and a small one". Each way is told as a drink of its own.

use super::named_last::named_each;
use super::{DRINK, DrinkSlot, JOINTS, SIZE, TAKING_BACK, joint, mentions};
use crate::nlu::normalize::Words;
use crate::nlu::number;
use crate::nlu::wording::{begins, count, ends, longest, says, says_one_of};

/// The drinks in these words, each with what was said of it: at most so many, the last with all the rest.
pub(crate) fn apart(words: &Words, most: usize) -> Vec<Words> {
    let mut parts = Vec::new();
    let mut rest = named_each(words);
    while let Some((end, start)) = joint(&rest).filter(|_| parts.len() + 1 < most) {
        parts.push(Words::new(&rest.span(0, end)));
        rest = Words::new(&rest.span(start, rest.len()));
    }
    parts.push(rest);
    let parts = shared(parts);
    let told = parts
        .iter()
        .flat_map(|part| kinds(part).unwrap_or_else(|| vec![part.clone()]));
    let told: Vec<Words> = told.collect();
    if told.len() > most { parts } else { told }
}

/// "A latte and a cappuccino, both large": what is said of all of them is told with each.
fn shared(parts: Vec<Words>) -> Vec<Words> {
    let Some(last) = parts.last().filter(|_| parts.len() > 1) else {
        return parts;
    };
    let all: Vec<&str> = last.iter().collect();
    let options = mentions(&all);
    let drink = options.iter().find(|option| option.name == DRINK);
    let behind = drink.map_or(all.len(), |drink| drink.end)..all.len();
    if let Some((own, told)) = shared_at_the_end(last, behind.start, &options) {
        return told_with_each(parts.iter(), &own, &told);
    }
    let lead = |at: usize| {
        let rest = all.get(at..).unwrap_or_default();
        let len = longest(rest, SHARING)?;
        let tells = options.iter().any(|option| option.start >= at + len);
        tells.then_some((at, at + len))
    };
    let Some((end, told)) = behind.into_iter().find_map(lead) else {
        return parts;
    };
    let told = last.span(told, all.len());
    told_with_each(parts.iter(), &last.span(0, end), &told)
}

/// "Both with oat milk", "oat milk in both": what is said is said of every drink.
pub(crate) fn is_of_all(words: &Words) -> bool {
    let all: Vec<&str> = words.iter().collect();
    (0..all.len()).any(|at| {
        let rest = all.get(at..).unwrap_or_default();
        SHARING.iter().chain(SHARED).any(|phrase| begins(rest, phrase))
    })
}

/// "... and a cappuccino | with oat milk | in both": the last drink's own words, and what is said of all of them.
fn shared_at_the_end(last: &Words, behind: usize, options: &[DrinkSlot]) -> Option<(String, String)> {
    let all: Vec<&str> = last.iter().collect();
    let end = all.iter().rposition(|word| !AT_THE_END.contains(word))? + 1;
    let said = all.get(..end)?;
    let known = SHARED.iter().filter(|phrase| ends(said, phrase));
    let phrase = known.max_by_key(|phrase| phrase.len())?;
    let from = end - count(phrase);
    let tells = options
        .iter()
        .any(|option| option.start >= behind && option.end <= from);
    tells.then(|| (last.span(0, behind), last.span(behind, from)))
}

/// Every drink with what is said of all of them; of the last one only its own words.
fn told_with_each<'p>(parts: impl ExactSizeIterator<Item = &'p Words>, own: &str, told: &str) -> Vec<Words> {
    let before = parts.len() - 1;
    let before = parts.take(before).map(Words::text);
    let each = before
        .chain([own.to_owned()])
        .map(|part| Words::new(&format!("{part} {told}")));
    each.collect()
}

/// The ways in words that answer a read-back of several of one drink: "one with oat milk and one with skim". At least two,
/// or one "of them"; `drink` is how many there are and what they are called.
pub(crate) fn apart_of(drink: (u32, &str), words: &Words) -> Option<Vec<Words>> {
    let all: Vec<&str> = words.iter().collect();
    let said = Said {
        options: mentions(&all),
        words: &all,
    };
    let starts = |at: &usize| {
        let rest = all.get(*at..).unwrap_or_default();
        let led = number::number(rest).is_some() || LEADS.iter().any(|(lead, _)| begins(rest, lead));
        led || said.size(*at).is_some()
    };
    let start = (0..all.len()).find(starts)?;
    let (before, said) = (all.get(..start)?, all.get(start..)?.join(" "));
    let counted = number::number(all.get(start..)?);
    // "One with oat milk": of two, the other is made as it was.
    let made = counted.is_some_and(|counted| {
        let next = all.get(start + counted.len);
        let tells = next.is_some_and(|word| TELLING.contains(word))
            || mentions(&all)
                .iter()
                .any(|option| option.start == start + counted.len);
        counted.value < drink.0 && tells
    });
    let rest = all.get(start..)?;
    let numbers = (0..rest.len()).filter(|at| rest.get(*at..).and_then(number::number).is_some());
    // "One large, one small".
    let made = made || numbers.count() > 1;
    let several = made || says(&said, "and") || says_one_of(&said, OF_THEM);
    // "Just one with oat milk" is fewer of them.
    let fewer = before.iter().any(|word| FEWER.contains(word));
    let (many, name) = drink;
    let said = OF_THEM
        .iter()
        .fold(said, |said, phrase| said.replace(&format!(" {phrase}"), ""));
    let all = format!("{} {name} {said}", in_words(many));
    let of_this = || kinds(&Words::new(&all)).filter(|kinds| kinds.len() > 1);
    (several && !fewer).then(of_this).flatten()
}

/// One way of a drink that is named before it.
struct Way {
    /// Where it begins, and where what is said of it does.
    start: usize,
    told: usize,
    many: Many,
    /// "A small one": a word of it that stands for the drink.
    pronoun: Option<usize>,
    /// "A small": its size stands for the drink.
    is_size: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Many {
    Counted(u32),
    /// "The others": as many as are left.
    Rest,
}

/// The same drink in several ways, each told as a drink of its own; `None` where it is wanted in one.
fn kinds(words: &Words) -> Option<Vec<Words>> {
    let all: Vec<&str> = words.iter().collect();
    let said = Said {
        options: mentions(&all),
        words: &all,
    };
    let mut drinks = said.options.iter().filter(|option| option.name == DRINK);
    let (drink, None) = (drinks.next()?, drinks.next()) else {
        return None;
    };
    let ordered = said.ordered(drink);
    let mut ways = Vec::new();
    let mut at = drink.end;
    while at < all.len() {
        match said.way(at, ordered.many) {
            Some(way) => {
                at = way.told.max(at + 1);
                ways.push(way);
            }
            None => at += 1,
        }
    }
    let last = ways.last()?.start;
    let taken_back =
        |at: &usize| !said.is_option(*at) && all.get(*at).is_some_and(|word| TAKING_BACK.contains(word));
    if (drink.end..last).any(|at| taken_back(&at)) {
        return None;
    }
    said.told(drink, &ordered, &ways)
}

/// How many of a drink, and where the words for it begin and end.
struct Ordered {
    many: u32,
    start: usize,
    end: usize,
}

struct Said<'w> {
    words: &'w [&'w str],
    options: Vec<DrinkSlot>,
}

impl Said<'_> {
    fn is_option(&self, at: usize) -> bool {
        self.options
            .iter()
            .any(|option| (option.start..option.end).contains(&at))
    }

    /// "Two large lattes": the number before the options that stand before the drink.
    fn ordered(&self, drink: &DrinkSlot) -> Ordered {
        let begin = (0..drink.start).rev().take_while(|at| self.is_option(*at)).last();
        let end = begin.unwrap_or(drink.start);
        let counted = (0..end).find_map(|start| {
            let rest = self.words.get(start..end)?;
            let number = number::number(rest)?;
            (number.len == rest.len()).then_some(Ordered {
                many: number.value,
                start,
                end,
            })
        });
        let one = || {
            let before = end.checked_sub(1).and_then(|at| self.words.get(at));
            let article = before.is_some_and(|word| ARTICLES.contains(word));
            Ordered {
                many: 1,
                start: end - usize::from(article),
                end,
            }
        };
        counted.unwrap_or_else(one)
    }

    /// The way that begins here, of a drink of which so many were ordered. Beside one, another comes only behind "and".
    fn way(&self, at: usize, ordered: u32) -> Option<Way> {
        if self.is_option(at) {
            return None;
        }
        let rest = self.words.get(at..)?;
        let joined = self.is_behind(at, JOINTS);
        let way = |len: usize, many: Many, pronoun: Option<usize>| Way {
            start: at,
            told: at + len,
            many,
            pronoun,
            is_size: false,
        };
        if let Some(pronoun) = self.pronoun(at) {
            return (ordered > 1 || joined).then(|| way(1, Many::Counted(1), Some(pronoun)));
        }
        if self.size(at).is_some() && !self.is_behind(at, COUNTING) {
            return (ordered > 1 || joined).then(|| Way {
                is_size: true,
                ..way(1, Many::Counted(1), None)
            });
        }
        let named = LEADS.iter().filter(|(lead, _)| begins(rest, lead));
        if let Some((lead, many)) = named.max_by_key(|(lead, _)| lead.len()) {
            let other = rest.first() == Some(&"another");
            return (ordered > 1 || other).then(|| way(count(lead), *many, None));
        }
        let number = number::number(rest)?;
        let tells = self.tells(at + number.len) && !self.is_behind(at, COUNTING);
        (tells && (ordered > 1 || joined)).then(|| way(number.len, Many::Counted(number.value), None))
    }

    /// Whether what begins here says how it is made: "one | with oat milk", but not "one | pump of syrup".
    fn tells(&self, at: usize) -> bool {
        let word = self.words.get(at);
        self.is_option(at) || word.is_some_and(|word| TELLING.contains(word) || PLAIN.contains(word))
    }

    fn is_behind(&self, at: usize, words: &[&str]) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.words.get(at));
        before.is_some_and(|word| words.contains(word))
    }

    /// Where "one" stands, in "a small one" or "an oat milk one".
    fn pronoun(&self, at: usize) -> Option<usize> {
        let article = self.words.get(at).filter(|word| ARTICLES.contains(word));
        article?;
        let end = (at + 1..self.words.len()).find(|at| !self.is_option(*at))?;
        (end > at + 1 && self.words.get(end) == Some(&"one")).then_some(end)
    }

    /// Where the size ends, in "a small" and nothing it could be the size of.
    fn size(&self, at: usize) -> Option<usize> {
        let article = self.words.get(at).filter(|word| ARTICLES.contains(word));
        article?;
        let size = self.options.iter().find(|option| option.start == at + 1)?;
        let next = self.words.get(size.end);
        let lists = [JOINTS, ARTICLES, TELLING, AT_THE_END];
        let ends = next.is_none_or(|next| lists.iter().any(|list| list.contains(next)));
        (size.name == SIZE && ends).then_some(size.end)
    }

    /// Each way as a drink of its own; those of which nothing was said come last.
    fn told(&self, drink: &DrinkSlot, ordered: &Ordered, ways: &[Way]) -> Option<Vec<Words>> {
        let first = ways.first()?.start;
        let mut common = self
            .words
            .get(drink.end..self.without_joints(drink.end, first))?
            .join(" ");
        let counted = ways
            .iter()
            .fold(0, |sum: u32, way| sum.saturating_add(way.many.counted()));
        // "Two mochas, a large", and nothing of the other: who knows.
        let sizes = ways.iter().any(|way| way.is_size);
        if sizes && ordered.many > 1 && counted != ordered.many {
            return None;
        }
        let begins = |way: &Way| way.start;
        let ends = ways.iter().skip(1).map(begins).chain([self.words.len()]);
        let mut kinds = Vec::new();
        let mut special = 0;
        for (way, end) in ways.iter().zip(ends) {
            let end = self.without_joints(way.told, end);
            let said: Vec<&str> = (way.told..end)
                .filter(|at| way.pronoun != Some(*at))
                .filter_map(|at| self.words.get(at).copied())
                .collect();
            let is_special = (way.told..end).any(|at| self.is_option(at));
            let is_plain = said.iter().any(|word| PLAIN.contains(word));
            if !is_special && !is_plain {
                return None;
            }
            special += usize::from(is_special);
            let many = match way.many {
                Many::Counted(many) => many,
                Many::Rest => ordered.many.checked_sub(counted)?,
            };
            kinds.push((many, said.join(" ")));
        }
        // "A latte with oat milk, and one without."
        let first_differs = ordered.many == 1 && (drink.end..first).any(|at| self.is_option(at));
        let differs = special > 0 || first_differs;
        let rest = ways.iter().any(|way| way.many == Many::Rest);
        match ordered.many {
            // "A latte with oat milk, and one with skim": what follows the first is said of that alone.
            1 => kinds.insert(0, (1, std::mem::take(&mut common))),
            many if rest => kinds.retain(|(number, _)| *number > 0 && *number < many),
            many => {
                let plain = many.checked_sub(counted)?;
                kinds.extend((plain > 0).then(|| (plain, String::new())));
            }
        }
        let before = self.words.get(..ordered.start)?.join(" ");
        let name = self.words.get(ordered.end..drink.end)?.join(" ");
        let texts = kinds.iter().enumerate().map(|(at, (many, said))| {
            let before = if at == 0 { before.as_str() } else { "" };
            let many = in_words(*many);
            format!("{before} {many} {name} {common} {said}")
        });
        (differs && kinds.len() > 1).then(|| texts.map(|text| Words::new(&text)).collect())
    }

    /// Where the words between these places end, without "and" behind them.
    fn without_joints(&self, start: usize, end: usize) -> usize {
        let between = self.words.get(start..end).unwrap_or_default();
        let last = between.iter().rposition(|word| !JOINTS.contains(word));
        last.map_or(start, |last| start + last + 1)
    }
}

impl Many {
    const fn counted(self) -> u32 {
        match self {
            Self::Counted(many) => many,
            Self::Rest => 0,
        }
    }
}

fn in_words(many: u32) -> String {
    let known = usize::try_from(many).ok().and_then(|at| number::UNITS.get(at));
    known.map_or_else(|| many.to_string(), |word| (*word).to_owned())
}

const ARTICLES: &[&str] = &["a", "an"];
const AT_THE_END: &[&str] = &["please", "thanks"];
/// What is said behind these is said of each drink before them.
const SHARING: &[&str] = &[
    "both",
    "both of them",
    "all",
    "all of them",
    "all three",
    "all three of them",
    "each",
    "each of them",
    "each one",
];
/// What is said before these is.
const SHARED: &[&str] = &[
    "both",
    "in both",
    "in both of them",
    "for both",
    "for both of them",
    "on both",
    "in all of them",
    "in all three",
    "for all of them",
    "in each",
    "in each of them",
    "for each",
];
const OF_THEM: &[&str] = &["of them", "of those", "of these"];
const FEWER: &[&str] = &["just", "only", "it", "that"];
/// What begins another way of the same drink, besides a number.
const LEADS: &[(&str, Many)] = &[
    ("another", Many::Counted(1)),
    ("another one", Many::Counted(1)),
    ("the other", Many::Counted(1)),
    ("the other one", Many::Counted(1)),
    ("the first", Many::Counted(1)),
    ("the first one", Many::Counted(1)),
    ("the second", Many::Counted(1)),
    ("the second one", Many::Counted(1)),
    ("the third", Many::Counted(1)),
    ("the third one", Many::Counted(1)),
    ("the others", Many::Rest),
    ("the rest", Many::Rest),
];
/// Behind a number these say how so many are made; before one they make it count something else.
const TELLING: &[&str] = &["with", "without", "of", "having", "made", "should"];
const COUNTING: &[&str] = &["with", "for", "at", "in"];
/// Of a drink as it is made anyhow.
const PLAIN: &[&str] = &["black", "normal", "plain", "regular", "without"];

#[cfg(test)]
mod tests {
    use super::{Words, apart, apart_of};

    fn check(text: &str, expect: &[&str]) {
        let told = apart(&Words::new(text), 4);
        let told: Vec<String> = told.iter().map(Words::text).collect();
        assert_eq!(told, expect, "{text}");
    }

    #[test]
    fn one_drink_in_several_ways() {
        check(
            "two lattes, one with oat milk and one with skim",
            &["one lattes with oat milk", "one lattes with skim"],
        );
        check(
            "can i get two large lattes please one with sugar and the other without",
            &[
                "can i get one large lattes please with sugar",
                "one large lattes please without",
            ],
        );
        check(
            "three mochas, two small and one large",
            &["two mochas small", "one mochas large"],
        );
        check(
            "four lattes, one with soy milk and the rest with oat milk",
            &["one lattes with soy milk", "three lattes with oat milk"],
        );
        check(
            "a latte and a mocha with oat milk in both please",
            &["a latte with oat milk", "a mocha with oat milk"],
        );
        check(
            "two cappuccinos, one with oat milk",
            &["one cappuccinos with oat milk", "one cappuccinos"],
        );
        check(
            "a large latte and a small one",
            &["one large latte", "one large latte small"],
        );
        check(
            "a large latte with oat milk and a small one",
            &["one large latte with oat milk", "one large latte small"],
        );
        check(
            "a latte with oat milk and another with skim milk",
            &["one latte with oat milk", "one latte with skim milk"],
        );
        check(
            "a latte with oat milk and one without",
            &["one latte with oat milk", "one latte without"],
        );
        check(
            "an espresso and two lattes, one decaf and one with sugar",
            &["an espresso", "one lattes decaf", "one lattes with sugar"],
        );
    }

    #[test]
    fn a_size_stands_for_its_drink() {
        let large_and_small = &["one mochas large", "one mochas small"];
        check("two mochas, a large and a small", large_and_small);
        check(
            "two mochas, a large and a small please",
            &["one mochas large", "one mochas small please"],
        );
        check("two mochas a large one and a small one", large_and_small);
        check(
            "three lattes, two large and one small",
            &["two lattes large", "one lattes small"],
        );
        check(
            "three lattes, two large and a small",
            &["two lattes large", "one lattes small"],
        );
        check(
            "two lattes, a large with oat milk and a small",
            &["one lattes large with oat milk", "one lattes small"],
        );
        check(
            "a large latte and a small",
            &["one large latte", "one large latte small"],
        );
    }

    #[test]
    fn what_is_said_of_both() {
        check(
            "a latte and a cappuccino, both large",
            &["a latte large", "a cappuccino large"],
        );
        check(
            "a latte and two mochas both of them with oat milk please",
            &["a latte with oat milk please", "two mochas with oat milk please"],
        );
        check(
            "a latte, a mocha and an espresso, all with sugar",
            &[
                "a latte with sugar",
                "a mocha with sugar",
                "an espresso with sugar",
            ],
        );
        check(
            "a latte and a mocha that's all",
            &["a latte", "a mocha that's all"],
        );
        check(
            "both a latte and a large mocha",
            &["both a latte", "a large mocha"],
        );
    }

    #[test]
    fn the_drink_that_was_read_back_in_several_ways() {
        let check = |many: u32, text: &str, expect: &[&str]| {
            let told = apart_of((many, "large latte"), &Words::new(text)).unwrap_or_default();
            let told: Vec<String> = told.iter().map(Words::text).collect();
            assert_eq!(told, expect, "{text}");
        };
        check(
            2,
            "one with oat milk and one with skim",
            &["one large latte with oat milk", "one large latte with skim"],
        );
        check(
            3,
            "no, make one of them with soy milk",
            &["one large latte with soy milk", "two large latte"],
        );
        check(
            2,
            "a large and a small",
            &["one large latte large", "one large latte small"],
        );
        check(2, "make it a large and a double shot", &[]);
        check(2, "make it a small", &[]);
        check(2, "just one with oat milk", &[]);
        check(2, "make it one with oat milk and sugar", &[]);
        check(
            2,
            "one with oat milk",
            &["one large latte with oat milk", "one large latte"],
        );
        check(2, "two with oat milk", &[]);
        check(2, "make one large", &["one large latte large", "one large latte"]);
        check(
            2,
            "one large one small",
            &["one large latte large", "one large latte small"],
        );
        check(2, "with oat milk and sugar", &[]);
        check(2, "yes", &[]);
    }

    #[test]
    fn one_drink_in_one_way() {
        for text in [
            "two lattes with two sugars",
            "two lattes with one pump of vanilla",
            "two lattes with oat milk",
            "two lattes, no, one with oat milk",
            "two lattes for the two of us with oat milk",
            "two lattes at one with oat milk",
            "a latte with oat milk and one sugar",
            "a latte and two croissants",
            "two lattes, three with oat milk",
            "two mochas, a large",
            "two lattes, make it a large and a small",
            "two lattes both large",
            "one with oat milk and one with skim",
        ] {
            check(text, &[&Words::new(text).text()]);
        }
    }
}
