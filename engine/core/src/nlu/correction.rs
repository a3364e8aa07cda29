//! Corrections of what was read back: "no, make it two", "actually three", "i said the dark one",
//! "not the light but the dark roast", "oat milk instead".

use std::ops::Range;

use super::normalize::Words;
use super::wording::{longest, says_one_of};

/// Where the new value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Words that carry the new value; those outside speak of the old one.
    pub range: Range<usize>,
    /// True when the words can mean nothing else; false ("no ...") when it takes a value to make it one.
    pub certain: bool,
}

/// "One more", "add another one": of what was read back.
pub fn is_one_more(text: &str) -> bool {
    says_one_of(text, &["one more", "another one"])
}

/// The same and nothing else: what it is one more of, the read-back has said.
pub fn is_only_one_more(words: &Words) -> bool {
    let core: Vec<&str> = words
        .iter()
        .filter(|word| !BESIDE_ONE_MORE.contains(word))
        .collect();
    matches!(
        core[..],
        ["one", "more"] | ["another", "one"] | ["another"] | ["one", "extra"]
    )
}

/// "Less", "make it fewer": one less than was read back, where no number says how many.
pub fn is_only_fewer(words: &Words) -> bool {
    let beside = |word: &&str| BESIDE_ONE_MORE.contains(word) || *word == "make";
    let core: Vec<&str> = words.iter().filter(|word| !beside(word)).collect();
    matches!(core[..], ["less"] | ["fewer"])
}

const BESIDE_ONE_MORE: &[&str] = &[
    "and", "add", "actually", "i'd", "i", "like", "want", "need", "give", "me", "please", "thanks", "oh",
    "of", "them", "those", "that", "it", "yes", "can", "get", "have", "bag", "pack",
];

/// Finds a correction, wherever in the utterance it begins. The last marker wins: "make it two no three".
pub fn correction(words: &Words) -> Option<Correction> {
    let all: Vec<&str> = words.iter().collect();
    if let Some(range) = replaced(&all) {
        return Some(Correction { range, certain: true });
    }
    let mut found: Option<Correction> = None;
    // Where the old value begins, if it comes last: "i said B not A".
    let mut old = None;
    for at in 0..all.len() {
        let rest = all.get(at..).unwrap_or_default();
        if let Some(new) = found.as_mut()
            && at < new.range.end
            && takes_back(&all, new.range.start, at)
        {
            new.range.end = at;
            old = Some(at + 1);
            continue;
        }
        if let Some(len) = longest(rest, CERTAIN) {
            found = Some(Correction {
                range: at + len..all.len(),
                certain: true,
            });
        } else if let Some(len) = longest(rest, LIKELY)
            && old != Some(at)
            && !gives_up_next(&all, found.as_ref(), at)
            && (at == 0 || found.is_some() || all.get(at - 1).is_some_and(|w| BEFORE.contains(w)))
        {
            let certain = found.as_ref().is_some_and(|f: &Correction| f.certain);
            found = Some(Correction {
                range: at + len..all.len(),
                certain,
            });
        }
    }
    found
        .filter(|correction| !correction.range.is_empty())
        .or_else(|| before_not(&all))
}

/// Whether the "not" here takes back what follows it, behind a new value that begins at `start`: "B not A", "B and not A".
fn takes_back(words: &[&str], start: usize, at: usize) -> bool {
    let new = words.get(start..at).unwrap_or_default();
    let said = new
        .iter()
        .any(|word| !BEFORE.contains(word) && !JOINED.contains(word));
    let joined = new
        .last()
        .is_some_and(|word| NOT_BEHIND.contains(word) && !JOINED.contains(word));
    words.get(at) == Some(&"not") && at + 1 < words.len() && said && !joined
}

/// "B but not A": the "but" begins no value.
fn gives_up_next(words: &[&str], found: Option<&Correction>, at: usize) -> bool {
    let but = words.get(at..at + 2) == Some(&["but", "not"]);
    but && found.is_some_and(|found| takes_back(words, found.range.start, at + 1))
}

/// "B not A", where nothing else corrects: what stands before it.
fn before_not(words: &[&str]) -> Option<Correction> {
    let not = words.iter().position(|word| *word == "not")?;
    let start = start(words);
    if start >= not || not + 1 >= words.len() {
        return None;
    }
    let joined = words.get(not - 1).is_some_and(|word| NOT_BEHIND.contains(word));
    (!joined).then_some(Correction {
        range: start..not,
        certain: false,
    })
}

/// Behind these "not" takes nothing back: "why not", "it's not", "and not".
const NOT_BEHIND: &[&str] = &[
    "absolutely",
    "am",
    "and",
    "are",
    "better",
    "but",
    "can",
    "certainly",
    "could",
    "definitely",
    "did",
    "do",
    "does",
    "had",
    "has",
    "have",
    "i'd",
    "i'm",
    "if",
    "is",
    "it's",
    "or",
    "really",
    "should",
    "so",
    "that's",
    "was",
    "were",
    "will",
    "why",
    "would",
];
/// Behind a new value they do: "the kenya and not the harbor".
const JOINED: &[&str] = &["and", "but"];

/// "not A but B", "B instead of A", "B rather than A", "B not A", "B instead": the stretch of B.
fn replaced(words: &[&str]) -> Option<Range<usize>> {
    let place = |word: &str| words.iter().position(|w| *w == word);
    if let (Some(not), Some(but)) = (place("not"), place("but"))
        && not < but
    {
        return Some(but + 1..words.len()).filter(|r| !r.is_empty());
    }
    let pairs = words.windows(2);
    let given_up = pairs.into_iter().position(|pair| GIVING_UP.contains(&pair));
    match (given_up, start(words)) {
        // "Instead of A, B".
        (Some(at), start) if at == start => Some(at + 2..words.len()),
        (Some(at), start) => Some(start..at),
        (None, start) => {
            let instead = place("instead").filter(|at| *at > 0)?;
            Some(start..instead)
        }
    }
}

/// Past "no", "yes but" and the like at the beginning.
fn start(words: &[&str]) -> usize {
    words
        .iter()
        .take_while(|w| BEFORE.contains(w) || **w == "no" || **w == "nope")
        .count()
}

const GIVING_UP: &[&[&str]] = &[&["instead", "of"], &["rather", "than"]];

const CERTAIN: &[&str] = &[
    "make it",
    "make that",
    "make them",
    "make this",
    "i said",
    "i meant",
    "i mean",
    "i meant to say",
    "i asked for",
    "change it to",
    "change that to",
    "change this to",
    "change them to",
    "change the quantity to",
    "change it",
    "switch it to",
    "switch that to",
    "i wanted",
    "it should be",
    "that should be",
    "should be",
    "it's supposed to be",
    "correction",
    "let's make it",
    "can you make it",
    "could you make it",
    "can we make it",
    "better make it",
    "i'd rather have",
    "i would rather have",
    "rather",
];

const LIKELY: &[&str] = &[
    "no",
    "nope",
    "no no",
    "actually",
    "sorry",
    "no sorry",
    "wait",
    "no wait",
    "no actually",
    "yes but",
    "but",
    "not",
    "just",
    "only",
    "no just",
    "no only",
    "hold on",
    "no it's",
    "it's",
    "no i want",
    "no i need",
    "no i'd like",
    "well",
];

/// What may stand before a likely marker.
const BEFORE: &[&str] = &[
    "no", "nope", "yes", "yeah", "yep", "okay", "oh", "well", "wait", "sorry", "actually", "but", "right",
    "sure", "please",
];

#[cfg(test)]
mod tests {
    use super::{Words, correction, is_only_fewer};

    fn check(text: &str, expect: Option<(&str, bool)>) {
        let words = Words::new(text);
        let found = correction(&words).map(|c| (words.span(c.range.start, c.range.end), c.certain));
        assert_eq!(
            found,
            expect.map(|(span, certain)| (span.to_owned(), certain)),
            "for {text:?}"
        );
    }

    #[test]
    fn fewer_and_no_number() {
        let check = |text: &str, expect: bool| assert_eq!(is_only_fewer(&Words::new(text)), expect, "{text}");
        check("less", true);
        check("make it less please", true);
        check("less sugar", false);
        check("one less", false);
    }

    #[test]
    fn the_new_value_is_found() {
        check("no make it two", Some(("two", true)));
        check("make that three bags", Some(("three bags", true)));
        check("actually three", Some(("three", false)));
        check("no i said the dark one", Some(("the dark one", true)));
        check("not the light but the dark roast", Some(("the dark roast", true)));
        check("no two please", Some(("two please", false)));
        check("yes but make it two", Some(("two", true)));
        check("the kenya instead of the brazil", Some(("the kenya", true)));
        check("no a latte rather than the kenya", Some(("a latte", true)));
        check(
            "instead of the brazil the kenya",
            Some(("the brazil the kenya", true)),
        );
        check("no almond milk instead", Some(("almond milk", true)));
        check("make it two no three", Some(("three", true)));
        check("two bags of the dark roast", None);
        check("no", None);
        check("a triple not a double", Some(("a triple", false)));
        check("oat milk not soy", Some(("oat milk", false)));
        check("no i said kenya not harbor", Some(("kenya", true)));
        check("i meant kenya not harbor", Some(("kenya", true)));
        check("no three bags not two", Some(("three bags", false)));
        check("no three bags not just two", Some(("three bags", false)));
        check("no the kenya but not the harbor", Some(("the kenya but", false)));
        check("i said kenya and not harbor", Some(("kenya and", true)));
        check("make it two not three no four", Some(("four", true)));
        check("yes but not the kenya", Some(("the kenya", false)));
        check(
            "no not the kenya the sunrise",
            Some(("the kenya the sunrise", false)),
        );
        check("no please not kenya", Some(("kenya", false)));
        check("i said i do not want the kenya", Some(("want the kenya", true)));
        check("it's not harbor it's kenya", Some(("kenya", false)));
        check("that's not right", None);
        check("why not", None);
        check("not", None);
        check("not not", None);
    }
}
