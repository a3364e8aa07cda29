//! How callers say that they feel about it: "I'm really annoyed". It adds nothing to what they want.

use std::ops::Range;

/// Where it is said.
pub fn feeling(words: &[&str]) -> Option<Range<usize>> {
    let feels = words.iter().position(|word| FEELINGS.contains(word))?;
    let before = words.get(..feels)?.iter().rev();
    let beside = before.take_while(|word| SAYING_SO.contains(word)).count();
    (beside > 0).then(|| feels - beside..feels + 1)
}

const FEELINGS: &[&str] = &[
    "angry",
    "annoyed",
    "disappointed",
    "frustrated",
    "furious",
    "irritated",
    "mad",
    "pissed",
    "unhappy",
    "upset",
    "worried",
];
const SAYING_SO: &[&str] = &[
    "and", "i'm", "i", "am", "we're", "we", "are", "it", "makes", "me", "a", "bit", "getting", "pretty",
    "quite", "really", "so", "starting", "to", "get", "very",
];

#[cfg(test)]
mod tests {
    use super::feeling;

    #[test]
    fn how_they_feel_is_found_with_its_words() {
        let check = |text: &str, expect: Option<&str>| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let found = feeling(&words)
                .and_then(|at| words.get(at))
                .map(|said| said.join(" "));
            assert_eq!(found.as_deref(), expect, "{text}");
        };
        check("my order's late i'm really annoyed", Some("i'm really annoyed"));
        check("i am so upset my coffee is stale", Some("i am so upset"));
        check("annoyed customers", None);
        check("where is my order", None);
    }
}
