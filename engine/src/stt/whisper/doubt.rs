//! What Whisper writes when it has heard nothing or lost its way: the same words over and over, sentences
//! of its training material, the prompt it was given, notes about sounds.

use std::collections::BTreeMap;

/// What a decoding gave, as far as it tells words from inventions.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Decoded {
    /// Trimmed, lower case.
    pub(super) text: String,
    /// Text tokens, special ones left out.
    pub(super) tokens: Vec<i32>,
    /// Mean of the tokens' natural logarithms of probability.
    pub(super) mean_log_probability: f32,
    pub(super) no_speech: f32,
    pub(super) seconds: f32,
}

/// Why a text is no transcript of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    Empty,
    NoSpeech,
    Unlikely,
    Repetition,
    TooFast,
    Prompt,
    Invention,
}

impl Doubt {
    /// The label of the metric.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoSpeech => "no_speech",
            Self::Unlikely => "unlikely",
            Self::Repetition => "repetition",
            Self::TooFast => "too_fast",
            Self::Prompt => "prompt",
            Self::Invention => "invention",
        }
    }

    /// The first doubt about what was decoded behind `phrases`.
    pub(super) fn about(decoded: &Decoded, phrases: &[String]) -> Option<Self> {
        let text = &decoded.text;
        let words = text.split_whitespace().count() as f32;
        let doubts = [
            (Self::Empty, text.is_empty()),
            (Self::NoSpeech, decoded.no_speech > NO_SPEECH_MAX),
            (Self::Unlikely, decoded.mean_log_probability < LOG_PROBABILITY_MIN),
            (
                Self::Repetition,
                repeats_itself(text) || is_monotonous(&decoded.tokens),
            ),
            (
                Self::TooFast,
                words > WORDS_PER_SECOND_MAX * decoded.seconds.max(1.0),
            ),
            (Self::Prompt, recites(text, phrases)),
            (
                Self::Invention,
                is_note(text) || is_invention(text, decoded.no_speech),
            ),
        ];
        doubts
            .into_iter()
            .find(|(_, applies)| *applies)
            .map(|(doubt, _)| doubt)
    }
}

/// A small context can make the model say the same words over and over.
fn repeats_itself(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=4).any(|length| {
        let same = |pair: &[&str]| pair.iter().take(length).eq(pair.iter().skip(length));
        let repeated = words.windows(2 * length).scan(0_usize, |run, pair| {
            *run = if same(pair) { *run + 1 } else { 0 };
            Some(*run)
        });
        repeated.max().unwrap_or(0) > 2 * length
    })
}

/// The last tokens say little: their entropy, in nats, lies under what whisper.cpp takes for a loop.
fn is_monotonous(tokens: &[i32]) -> bool {
    let Some(last) = tokens.len().checked_sub(ENTROPY_TOKENS) else {
        return false;
    };
    let mut counts = BTreeMap::new();
    for token in tokens.iter().skip(last) {
        *counts.entry(token).or_insert(0_u16) += 1;
    }
    let entropy: f32 = counts
        .values()
        .map(|count| f32::from(*count) / ENTROPY_TOKENS as f32)
        .map(|share| -share * share.ln())
        .sum();
    entropy < ENTROPY_MIN
}

/// The text is a stretch of the prompt that goes across two of its phrases: nobody names the catalogue in
/// its order.
fn recites(text: &str, phrases: &[String]) -> bool {
    let said: Vec<String> = words_of(text).collect();
    let (mut prompt, mut phrase_of) = (Vec::new(), Vec::new());
    for (number, phrase) in phrases.iter().enumerate() {
        for word in words_of(phrase) {
            prompt.push(word);
            phrase_of.push(number);
        }
    }
    said.len() >= RECITED_WORDS_MIN
        && prompt
            .windows(said.len())
            .zip(phrase_of.windows(said.len()))
            .any(|(words, phrases)| words == said && phrases.first() != phrases.last())
}

/// "[music]", "(coughs)", "♪": notes and no words.
fn is_note(text: &str) -> bool {
    let enclosed = |open: char, close: char| text.starts_with(open) && text.ends_with(close);
    enclosed('[', ']') || enclosed('(', ')') || enclosed('*', '*') || text.contains('♪')
}

/// What film subtitles taught it to hear in silence. Thanks are inventions only where there was little speech.
fn is_invention(text: &str, no_speech: f32) -> bool {
    let words: Vec<String> = words_of(text).collect();
    let said = words.join(" ");
    INVENTIONS.iter().any(|invention| said.starts_with(invention))
        || no_speech > THANKS_NO_SPEECH_MAX && matches!(said.as_str(), "thank you" | "thanks" | "you" | "bye")
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace()
        .map(|word| {
            word.chars()
                .filter(|c| c.is_alphanumeric() || *c == '\'')
                .flat_map(char::to_lowercase)
                .collect::<String>()
        })
        .filter(|word| !word.is_empty())
}

const INVENTIONS: &[&str] = &[
    "thank you for watching",
    "thanks for watching",
    "thank you so much for watching",
    "please subscribe",
    "like and subscribe",
    "subtitles by",
    "subtitles made by",
    "transcribed by",
    "transcript emily beynon",
    "i'll see you in the next video",
    "see you in the next video",
];

/// OpenAI's thresholds for "no speech" and for a text that is rather a guess.
const NO_SPEECH_MAX: f32 = 0.6;
const LOG_PROBABILITY_MIN: f32 = -1.0;
const THANKS_NO_SPEECH_MAX: f32 = 0.3;
/// whisper.cpp's measure of a loop: 2.4 nats over the last 32 tokens, which is 11 different ones.
const ENTROPY_TOKENS: usize = 32;
const ENTROPY_MIN: f32 = 2.4;
const WORDS_PER_SECOND_MAX: f32 = 8.0;
const RECITED_WORDS_MIN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Decoded {
        Decoded {
            text: text.to_owned(),
            mean_log_probability: -0.2,
            no_speech: 0.05,
            seconds: 4.0,
            ..Decoded::default()
        }
    }

    #[test]
    fn what_people_say_is_believed() {
        let phrases = ["harbour dark roast".to_owned(), "morning light".to_owned()];
        for text in [
            "i would like two bags please",
            "no no that is wrong",
            "bye bye bye",
            "thank you",
            "harbour dark roast please",
            "the harbour dark roast and the morning light",
            "well (laughs) i think so",
        ] {
            assert_eq!(Doubt::about(&decoded(text), &phrases), None, "{text}");
        }
    }

    #[test]
    fn inventions_are_told_from_words() {
        let phrases = ["harbour dark roast".to_owned(), "morning light".to_owned()];
        let check = |text: &str, expect: Doubt| {
            assert_eq!(Doubt::about(&decoded(text), &phrases), Some(expect), "{text}");
        };
        check("", Doubt::Empty);
        check("the the the the the the", Doubt::Repetition);
        check(
            "thank you thank you thank you thank you thank you",
            Doubt::Repetition,
        );
        check("Harbour dark roast, morning light.", Doubt::Prompt);
        check("dark roast, morning light", Doubt::Prompt);
        check("[music]", Doubt::Invention);
        check("(coughing)", Doubt::Invention);
        check("♪ la la ♪", Doubt::Invention);
        check("thank you for watching!", Doubt::Invention);
    }

    #[test]
    fn figures_of_the_decoder_are_heeded() {
        let sure = decoded("thank you");
        let check = |decoded: Decoded, expect: Option<Doubt>| {
            assert_eq!(Doubt::about(&decoded, &[]), expect, "{decoded:?}");
        };
        let no_speech = |no_speech| Decoded {
            no_speech,
            ..sure.clone()
        };
        check(no_speech(0.7), Some(Doubt::NoSpeech));
        check(no_speech(0.4), Some(Doubt::Invention));
        check(no_speech(0.2), None);
        let unlikely = Decoded {
            mean_log_probability: -1.2,
            ..sure.clone()
        };
        check(unlikely, Some(Doubt::Unlikely));
        let of_tokens = |different: i32| Decoded {
            tokens: (0..40).map(|n| n % different).collect(),
            ..sure.clone()
        };
        check(of_tokens(5), Some(Doubt::Repetition));
        check(of_tokens(25), None);
        let hurried = Decoded {
            text: "a b c d e f g h i j k".to_owned(),
            seconds: 0.5,
            ..sure.clone()
        };
        check(hurried, Some(Doubt::TooFast));
    }
}
