//! `hark eval speech`: word error rate and sentence accuracy on a list of recordings.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use engine_core::nlu::grammar::Grammar;
use engine_core::nlu::normalize::Words;
use engine_core::speech::recognition::{RecogniserKind, RecognitionResult};
use serde::Serialize;

use crate::eval::EvalError;
use crate::eval::audio::load;
use crate::eval::conditions::{Conditions, Details, seed_of};
use crate::eval::hear::{HeardClip, Listener, model_names};
use crate::eval::line::Line;
use crate::eval::manifest::{self, Entry};
use crate::eval::score::{part, wilson};
use crate::stt::Hearing;

/// Arguments of `hark eval speech`.
#[derive(Debug, Clone, Args)]
pub struct SpeechArgs {
    /// Tab-separated, with a header line naming at least `path` and `transcript`.
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    #[command(flatten)]
    conditions: Conditions,
}

/// The figures.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Figures {
    n: usize,
    /// Substituted, missing and added words by words spoken.
    word_error_rate: f64,
    /// Recordings without any error.
    sentence_accuracy: f64,
    /// Of `sentence_accuracy`, 95 %.
    interval: [f64; 2],
    rejected: f64,
    /// Processing time by duration of the audio.
    rtf: f64,
    /// Who answered: "whisper" where open speech is available, else "grammar" of the transcripts.
    recogniser: &'static str,
    asr_model: String,
}

pub(super) fn run(args: &SpeechArgs) -> Result<(), EvalError> {
    let conditions = &args.conditions;
    let entries: Vec<Entry> = manifest::read(&args.manifest)?
        .into_iter()
        .filter(|entry| conditions.part.has(&entry.name()))
        .collect();
    let grammar = Arc::new(grammar_of(&entries));
    let vocabulary = grammar.words().iter().cloned().collect();
    let hearing = Hearing::start(&conditions.hearing(), &vocabulary, "")?;
    let (figures, details) = measure(&entries, &conditions.lines()?, &hearing, &grammar)?;
    conditions.keep(&details)?;
    print(&figures, conditions.json);
    Ok(())
}

fn measure(
    entries: &[Entry],
    lines: &[Line],
    hearing: &Hearing,
    grammar: &Arc<Grammar>,
) -> Result<(Figures, Details), EvalError> {
    let kind = if hearing.capabilities().open {
        RecogniserKind::Whisper
    } else {
        RecogniserKind::Grammar
    };
    let (mut n, mut errors, mut spoken, mut right, mut rejected) = (0, 0, 0, 0, 0);
    let (mut audio_s, mut took_s) = (0.0, 0.0);
    let mut details = Details::default();
    for entry in entries {
        let sound = load(&entry.path)?;
        for line in lines {
            let carried = line.carry(&line.in_band(&sound)?, seed_of(&entry.name()))?;
            let clip = Listener::new(hearing).hear(&carried, line.rate(), grammar)?;
            let (text, confidence) = text_of(&clip, kind);
            let heard: Vec<String> = Words::new(&text).iter().map(str::to_owned).collect();
            let wrong = distance(&entry.words, &heard);
            n += 1;
            errors += wrong;
            spoken += entry.words.len();
            right += usize::from(wrong == 0);
            rejected += usize::from(text.is_empty());
            audio_s += carried.speech.len() as f64 / f64::from(line.rate().hz());
            took_s += clip.took.as_secs_f64();
            let (name, confidence) = (entry.name(), format!("{confidence:.3}"));
            details.add(&[&name, &line.name, &confidence, &text, &entry.words.join(" ")]);
        }
    }
    let figures = Figures {
        n,
        word_error_rate: part(errors, spoken),
        sentence_accuracy: part(right, n),
        interval: wilson(right, n),
        rejected: part(rejected, n),
        rtf: if audio_s > 0.0 { took_s / audio_s } else { 0.0 },
        recogniser: if kind == RecogniserKind::Whisper {
            "whisper"
        } else {
            "grammar"
        },
        asr_model: model_names(hearing, kind),
    };
    Ok((figures, details))
}

/// The words and the confidence of one recogniser's answer; empty when it rejected or failed.
fn text_of(clip: &HeardClip, kind: RecogniserKind) -> (String, f32) {
    let answer = clip
        .results
        .iter()
        .find(|recognised| recognised.recogniser == kind);
    match answer.map(|recognised| &recognised.result) {
        Some(RecognitionResult::Final(transcript)) => (transcript.text.clone(), transcript.confidence.get()),
        Some(RecognitionResult::Rejected { confidence }) => (String::new(), confidence.get()),
        Some(RecognitionResult::Partial { .. } | RecognitionResult::Failed { .. }) | None => {
            (String::new(), 0.0)
        }
    }
}

/// Every transcript as one alternative: what the fast recogniser can be asked.
fn grammar_of(lines: &[Entry]) -> Grammar {
    let sentences: BTreeSet<String> = lines
        .iter()
        .map(|line| line.words.join(" "))
        .filter(|s| !s.is_empty())
        .collect();
    Grammar::of_phrases("eval", &sentences)
}

/// Levenshtein's distance in words.
fn distance(spoken: &[String], heard: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (index, word) in spoken.iter().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        let mut next = vec![left];
        for (other, above) in heard.iter().zip(row.iter().skip(1)) {
            let here = (diagonal + usize::from(word != other))
                .min(left + 1)
                .min(above + 1);
            diagonal = *above;
            left = here;
            next.push(here);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn print(figures: &Figures, json: bool) {
    if json {
        println!("{}", serde_json::json!(figures));
        return;
    }
    println!("recordings         {}", figures.n);
    println!("word error rate    {:.1} %", figures.word_error_rate * 100.0);
    let [low, high] = figures.interval.map(|edge| edge * 100.0);
    println!(
        "sentences right    {:.1} % ({low:.1} to {high:.1})",
        figures.sentence_accuracy * 100.0
    );
    println!("rejected           {:.1} %", figures.rejected * 100.0);
    println!("time by duration   {:.3}", figures.rtf);
    println!(
        "answered by        {} ({})",
        figures.recogniser, figures.asr_model
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_words_in_error() {
        let check = |spoken: &str, heard: &str, expect: usize| {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(
                distance(&words(spoken), &words(heard)),
                expect,
                "{spoken} / {heard}"
            );
        };
        check("make it two", "make it two", 0);
        check("make it two", "make two", 1);
        check("make it two", "take it to", 2);
        check("", "yes", 1);
        check("yes", "", 1);
    }
}
