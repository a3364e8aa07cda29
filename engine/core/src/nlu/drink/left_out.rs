//! What shall not go into a drink: "no sugar", "hold the milk", "leave the cream out", "no extra shot".

use super::{USUAL_SHOTS, added, fixed};
use crate::nlu::wording::longest;

/// What words leave out.
pub(super) struct LeftOut {
    /// The option that is then wanted. Of extra milk there is none: the drink is made as it is anyhow.
    pub(super) wanted: Option<(&'static str, String)>,
    /// Words taken.
    pub(super) len: usize,
}

/// What is left out by the words that begin here.
pub(super) fn left_out(all: &[&str], at: usize) -> Option<LeftOut> {
    let lead = lead(all, at)?;
    let rest = all.get(at + lead.len..)?;
    let (wanted, len) = if let Some((name, what, len)) = added(rest) {
        let usual = lead.extra && name == "milkAmount";
        ((!usual).then(|| (name, format!("no {what}"))), len)
    } else {
        (Some((SHOTS, USUAL_SHOTS.to_owned())), lead.shots(rest)?)
    };
    let parted = rest.get(len).is_some_and(|word| PARTS.contains(word));
    (parted || !lead.parted).then_some(LeftOut {
        wanted,
        len: lead.len + len + usize::from(lead.parted),
    })
}

/// Whether what stands here is left out by the words before it.
pub(super) fn is_left_out(all: &[&str], at: usize) -> bool {
    (0..at).any(|start| {
        lead(all, start).is_some_and(|lead| {
            let parted = all.get(at + 1).is_some_and(|word| PARTS.contains(word));
            start + lead.len == at && (!lead.parted || parted)
        })
    })
}

/// The words that leave something out, with its article.
struct Lead {
    len: usize,
    /// "No extra ..."
    extra: bool,
    /// "Leave the ... out."
    parted: bool,
    /// "No" may also turn down what was read back: "no, a double shot".
    is_no: bool,
}

impl Lead {
    /// "No | extra shot", "without the | double shot": how many words behind the lead.
    fn shots(&self, rest: &[&str]) -> Option<usize> {
        if self.extra {
            return longest(rest, SHOT);
        }
        let (name, _, len) = fixed(rest)?;
        (name == SHOTS && !self.is_no).then_some(len)
    }
}

fn lead(all: &[&str], at: usize) -> Option<Lead> {
    let words = all.get(at..)?;
    let denied = at.checked_sub(1).and_then(|before| all.get(before));
    if denied.is_some_and(|word| NEVER.contains(word)) {
        return None;
    }
    let whole = longest(words, LEAVING_OUT);
    let verb = whole.or_else(|| longest(words, PARTING))?;
    let is_no = verb == 1 && words.first() == Some(&"no");
    let behind = |taken: usize, list: &[&str]| {
        let rest = words.get(taken..).unwrap_or_default();
        rest.iter().take_while(|word| list.contains(word)).count()
    };
    let articles = if is_no { 0 } else { behind(verb, ARTICLES) };
    let extra = behind(verb + articles, EXTRA);
    Some(Lead {
        len: verb + articles + extra,
        extra: extra > 0,
        parted: whole.is_none(),
        is_no,
    })
}

const SHOTS: &str = "numberOfShots";
const SHOT: &[&str] = &[
    "shot",
    "shots",
    "shot of espresso",
    "espresso shot",
    "espresso shots",
];
/// Before what shall not be in it.
const LEAVING_OUT: &[&str] = &[
    "no",
    "with no",
    "without",
    "hold",
    "skip",
    "minus",
    "omit",
    "remove",
    "drop",
    "lose",
    "leave out",
    "leave off",
    "take out",
    "take off",
    "don't add",
    "don't put",
    "don't want",
    "do not add",
    "do not put",
    "do not want",
];
/// Before it, with the other half behind it.
const PARTING: &[&str] = &["leave", "take", "keep"];
const PARTS: &[&str] = &["out", "off"];
/// What is not to be left out is wanted.
const NEVER: &[&str] = &["don't", "not", "never"];
const ARTICLES: &[&str] = &["a", "an", "any", "the", "my", "that"];
const EXTRA: &[&str] = &["extra", "added", "additional", "more"];

#[cfg(test)]
mod tests {
    use crate::nlu::drink::slots;
    use crate::nlu::normalize::Words;

    fn check(text: &str, expect: &str) {
        let found: Vec<String> = slots(&Words::new(text))
            .iter()
            .map(|s| format!("{}={}", s.name, s.value))
            .collect();
        assert_eq!(found.join(", "), expect, "for {text:?}");
    }

    #[test]
    fn what_is_left_out_is_not_put_in() {
        for without in [
            "with no extra sugar",
            "no added sugar",
            "without the sugar",
            "hold the sugar",
            "skip the sugar",
            "minus the sugar",
            "leave out the sugar",
            "leave the sugar out",
            "don't put any sugar in it",
        ] {
            check(
                &format!("a latte {without}"),
                "coffeeDrink=latte, sugarAmount=no sugar",
            );
        }
        check(
            "a mocha hold the whipped cream and no sugar",
            "coffeeDrink=mocha, milkAmount=no whipped cream, sugarAmount=no sugar",
        );
        check("a latte with no extra milk", "coffeeDrink=latte");
        check("a latte hold the syrup", "coffeeDrink=latte");
        check(
            "a latte without too much sugar",
            "coffeeDrink=latte, sugarAmount=a little bit of sugar",
        );
    }

    #[test]
    fn the_usual_shots() {
        for without in [
            "with no extra shot",
            "no extra shots",
            "without the extra shot",
            "with no double shot",
            "leave the extra shot out",
        ] {
            check(
                &format!("a latte {without}"),
                "coffeeDrink=latte, numberOfShots=usual shots",
            );
        }
        check(
            "a triple shot latte no extra shot",
            "numberOfShots=triple shot, coffeeDrink=latte",
        );
    }

    #[test]
    fn what_is_said_after_a_no_is_wanted() {
        check("no a double shot", "numberOfShots=double shot");
        check("no double shot", "numberOfShots=double shot");
        check("no an extra shot", "numberOfShots=double shot");
        check(
            "a latte don't leave out the sugar",
            "coffeeDrink=latte, sugarAmount=sugar",
        );
        check("take a latte with sugar", "coffeeDrink=latte, sugarAmount=sugar");
        check("i'll take milk and sugar", "milkAmount=milk, sugarAmount=sugar");
        check(
            "a latte with extra sugar",
            "coffeeDrink=latte, sugarAmount=a lot of sugar",
        );
    }
}
