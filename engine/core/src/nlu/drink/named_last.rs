//! Drinks whose name comes once, behind the last of them: "a large and a small latte".

use super::{DRINK, DrinkSlot, JOINTS, SIZE, mentions};
use crate::nlu::normalize::Words;
use crate::nlu::number;

/// The same words with the name told of the first drink too: "a large latte and a small latte".
pub(super) fn named_each(words: &Words) -> Words {
    let all: Vec<&str> = words.iter().collect();
    match first_nameless(&all) {
        Some((end, drink)) => Words::new(&format!(
            "{} {} {}",
            words.span(0, end),
            words.span(drink.start, drink.end),
            words.span(end, words.len())
        )),
        None => words.clone(),
    }
}

/// Where a size ends that stands for a drink, before "and", and the drink that is named behind it.
fn first_nameless(all: &[&str]) -> Option<(usize, DrinkSlot)> {
    let options = mentions(all);
    let drink = options.iter().find(|option| option.name == DRINK)?;
    let counts = |at: usize| {
        let word = all.get(at..=at);
        word.is_some_and(|word| {
            ["a", "an"].iter().any(|article| *word == [*article]) || number::number(word).is_some()
        })
    };
    let is_option = |at: usize| {
        options
            .iter()
            .any(|option| (option.start..option.end).contains(&at))
    };
    // From an end back over options to the number or article before them.
    let opening = |end: usize| {
        let begin = (0..end).rev().take_while(|at| is_option(*at)).last()?;
        begin.checked_sub(1).filter(|at| counts(*at))
    };
    let second = opening(drink.start)?;
    let joint = second.checked_sub(1)?;
    let sized = options
        .iter()
        .any(|option| option.end == joint && option.name == SIZE);
    let joined = all.get(joint).is_some_and(|word| JOINTS.contains(word));
    (joined && sized && opening(joint).is_some()).then(|| (joint, drink.clone()))
}

#[cfg(test)]
mod tests {
    use super::{Words, named_each};

    #[test]
    fn the_name_is_of_both() {
        let check = |text: &str, expect: &str| assert_eq!(named_each(&Words::new(text)).text(), expect);
        check("a large and a small latte", "a large latte and a small latte");
        check(
            "can i get two large and one small iced mocha with sugar",
            "can i get two large iced mocha and one small iced mocha with sugar",
        );
        for whole in [
            "a large latte and a small mocha",
            "a medium roast and a large latte",
            "a large latte and a small one",
            "a large double shot latte",
            "large and small lattes",
        ] {
            check(whole, whole);
        }
    }
}
