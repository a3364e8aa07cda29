//! What Hark is expected to say: a prompt by its name, words, or both. Words match whatever their case
//! and punctuation; `*` stands for anything.

/// "reorder.readback", "two bags * right", or a name and words: `reorder.readback "two bags"`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pattern {
    /// The prompt's name, without its variant.
    pub(super) prompt: Option<String>,
    /// Runs of words, between which anything may stand.
    words: Vec<Vec<String>>,
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("what does Hark say? Write a prompt's name or words of it".to_owned());
        }
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        if is_name(first) {
            return Ok(Self {
                prompt: Some(first.to_owned()),
                ..Self::words(rest.trim().trim_matches('"'))
            });
        }
        Ok(Self::words(text.trim_matches('"')))
    }

    pub(super) fn words(text: &str) -> Self {
        let runs = text.split('*').map(fold).filter(|run| !run.is_empty());
        Self {
            prompt: None,
            words: runs.collect(),
        }
    }

    /// Whether a sentence is the one meant. `prompt` as speech has it: "reorder.readback/0".
    pub(super) fn matches(&self, prompt: &str, text: &str) -> bool {
        let name = prompt.split('/').next().unwrap_or(prompt);
        self.prompt.as_deref().is_none_or(|wanted| wanted == name) && self.is_in(text)
    }

    /// Whether the words stand in a text, in this order.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let said = fold(text);
        let mut rest = said.as_slice();
        self.words.iter().all(|run| {
            let at = rest
                .windows(run.len())
                .position(|window| window == run.as_slice());
            rest = at.and_then(|at| rest.get(at + run.len()..)).unwrap_or_default();
            at.is_some()
        })
    }
}

/// "reorder.readback": a file and a key.
fn is_name(word: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    word.split_once('.')
        .is_some_and(|(file, key)| plain(file) && plain(key))
}

fn fold(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn check(pattern: &str, expect: bool) {
        let said = "That's two bags of Harbor dark roast, twenty-nine dollars in all. Shall I order it?";
        let pattern = Pattern::parse(pattern).unwrap();
        assert_eq!(pattern.matches("reorder.readback/1", said), expect, "{pattern:?}");
    }

    #[test]
    fn names_and_words() {
        check("reorder.readback", true);
        check("reorder.readback two bags", true);
        check("reorder.readback \"three bags\"", false);
        check("reorder.success", false);
        check("TWO BAGS * shall i order it", true);
        check("shall i order it * two bags", false);
        check("two bags of harbor", true);
        check("two harbor", false);
    }
}
