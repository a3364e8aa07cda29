//! How displeased a caller sounds, by their words: swearing, insults, and saying that they have said it before.
//! It decides nothing by itself; the dialogue fetches a human sooner.

use super::normalize::Words;
use super::wording::says;

/// Points of displeasure, at most [`MAX`]. Two mean that one more misunderstanding is one too many.
pub fn displeasure(words: &Words) -> u8 {
    let text = words.text();
    let points = PHRASES
        .iter()
        .filter(|(phrase, _)| says(&text, phrase))
        .map(|(_, points)| *points)
        .fold(0_u8, u8::saturating_add);
    points.min(MAX)
}

/// Nobody is more displeased than this.
pub const MAX: u8 = 4;

const PHRASES: &[(&str, u8)] = &[
    ("fuck", 3),
    ("fucking", 3),
    ("fucked", 3),
    ("shit", 2),
    ("bullshit", 3),
    ("damn", 1),
    ("goddamn", 2),
    ("damn it", 1),
    ("hell", 1),
    ("crap", 1),
    ("idiot", 2),
    ("idiots", 2),
    ("moron", 2),
    ("stupid", 2),
    ("useless", 2),
    ("ridiculous", 2),
    ("terrible", 1),
    ("awful", 1),
    ("horrible", 1),
    ("unacceptable", 2),
    ("furious", 2),
    ("angry", 1),
    ("annoying", 1),
    ("frustrating", 1),
    ("frustrated", 1),
    ("sick of this", 2),
    ("fed up", 2),
    ("waste of time", 2),
    ("wasting my time", 2),
    ("i already told you", 2),
    ("i told you", 1),
    ("i just told you", 2),
    ("i just said", 1),
    ("i already said", 2),
    ("how many times", 2),
    ("for the last time", 2),
    ("are you deaf", 2),
    ("you don't understand", 1),
    ("never understands me", 1),
    ("not what i said", 1),
    ("this isn't working", 1),
    ("this doesn't work", 1),
    ("for god's sake", 2),
    ("oh my god", 1),
];

#[cfg(test)]
mod tests {
    use super::{MAX, displeasure};
    use crate::nlu::normalize::Words;

    #[test]
    fn words_tell() {
        let check = |text: &str, expect: u8| assert_eq!(displeasure(&Words::new(text)), expect, "{text}");
        check("two bags of dark roast please", 0);
        check("yes please", 0);
        check("hello", 0);
        check("I already told you", 2);
        check("this is ridiculous", 2);
        check("your stupid fucking machine", MAX);
    }
}
