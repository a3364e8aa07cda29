//! `hark eval speech`: word error rate and sentence accuracy on a list of recordings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use engine_core::nlu::grammar::Grammar;
use engine_core::nlu::normalize::Words;
use engine_core::speech::recognition::{RecogniserKind, RecognitionResult};
use engine_core::units::SampleRate;
use serde::Serialize;

use crate::eval::EvalError;
use crate::eval::audio::{Telephone, load};
use crate::eval::hear::{HeardClip, Listener};
use crate::stt::Hearing;
use crate::stt::config::SttConfig;

/// Arguments of `hark eval speech`.
#[derive(Debug, Clone, Args)]
pub struct SpeechArgs {
    /// Tab-separated, with a header line naming at least `path` and `transcript`.
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// Reject answers below this confidence instead of the configured one; 0 rejects nothing.
    #[arg(long, value_name = "0..1")]
    reject_below: Option<f32>,
    /// Folder of models.
    #[arg(long, value_name = "DIR", default_value = "models")]
    models: PathBuf,
    /// Write one line per recording: path, confidence, heard, transcript.
    #[arg(long, value_name = "FILE")]
    details: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    path: PathBuf,
    words: Vec<String>,
}

/// The figures.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Figures {
    n: usize,
    /// Substituted, missing and added words by words spoken.
    word_error_rate: f64,
    /// Recordings without any error.
    sentence_accuracy: f64,
    rejected: f64,
    /// Processing time by duration of the audio.
    rtf: f64,
    /// Who answered: "whisper" where open speech is available, else "grammar" of the transcripts.
    recogniser: &'static str,
    asr_model: String,
}

pub(super) fn run(args: &SpeechArgs) -> Result<(), EvalError> {
    let text = fs::read_to_string(&args.manifest).map_err(|error| EvalError::File {
        file: args.manifest.clone(),
        reason: error.to_string(),
    })?;
    let lines = parse(&args.manifest, &text)?;
    let mut config = SttConfig {
        models_folder: args.models.clone(),
        ..SttConfig::default()
    };
    if let Some(limit) = args.reject_below {
        config.grammar.reject_below = limit;
    }
    let grammar = Arc::new(grammar_of(&lines));
    let hearing = Hearing::start(&config, &grammar.words, "")?;
    let (figures, details) = measure(&lines, &hearing, &grammar)?;
    if let Some(file) = &args.details {
        fs::write(file, details).map_err(|error| EvalError::File {
            file: file.clone(),
            reason: error.to_string(),
        })?;
    }
    print(&figures, args.json);
    Ok(())
}

fn measure(
    lines: &[Line],
    hearing: &Hearing,
    grammar: &Arc<Grammar>,
) -> Result<(Figures, String), EvalError> {
    let telephone = Telephone::new(None)?;
    let kind = if hearing.capabilities().open {
        RecogniserKind::Whisper
    } else {
        RecogniserKind::Grammar
    };
    let (mut errors, mut spoken, mut right, mut rejected) = (0, 0, 0, 0);
    let (mut audio_s, mut took_s) = (0.0, 0.0);
    let mut details = String::new();
    for line in lines {
        let samples = telephone.carry(&load(&line.path)?, 0)?;
        let clip = Listener::new(hearing).hear(&samples, SampleRate::Hz8000, grammar)?;
        let (text, confidence) = text_of(&clip, kind);
        let heard: Vec<String> = Words::new(&text).iter().map(str::to_owned).collect();
        let wrong = distance(&line.words, &heard);
        errors += wrong;
        spoken += line.words.len();
        right += usize::from(wrong == 0);
        rejected += usize::from(text.is_empty());
        audio_s += samples.len() as f64 / 8_000.0;
        took_s += clip.took.as_secs_f64();
        details.push_str(&format!(
            "{}\t{confidence:.3}\t{text}\t{}\n",
            line.path.display(),
            line.words.join(" ")
        ));
    }
    let part = |count: usize, of: usize| count as f64 / of.max(1) as f64;
    let model = hearing.describe().iter().find(|model| model.kind == kind);
    let figures = Figures {
        n: lines.len(),
        word_error_rate: part(errors, spoken),
        sentence_accuracy: part(right, lines.len()),
        rejected: part(rejected, lines.len()),
        rtf: if audio_s > 0.0 { took_s / audio_s } else { 0.0 },
        recogniser: if kind == RecogniserKind::Whisper {
            "whisper"
        } else {
            "grammar"
        },
        asr_model: model.map_or_else(String::new, |model| model.name.clone()),
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

fn parse(file: &Path, text: &str) -> Result<Vec<Line>, EvalError> {
    let wrong = |line: usize, reason: &str| EvalError::Line {
        file: file.to_owned(),
        line,
        reason: reason.to_owned(),
    };
    let mut rows = text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty());
    let (_, header) = rows
        .next()
        .ok_or_else(|| wrong(1, "empty; the first line names the columns"))?;
    let column = |name: &str| header.split('\t').position(|field| field.trim() == name);
    let path = column("path").ok_or_else(|| wrong(1, "no column `path`"))?;
    let transcript = column("transcript").ok_or_else(|| wrong(1, "no column `transcript`"))?;
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    rows.map(|(number, row)| {
        let field = |index: usize| {
            row.split('\t')
                .nth(index)
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let path = field(path).ok_or_else(|| wrong(number + 1, "no path"))?;
        let words = Words::new(field(transcript).unwrap_or_default())
            .iter()
            .map(str::to_owned)
            .collect();
        Ok(Line {
            path: folder.join(path),
            words,
        })
    })
    .collect()
}

/// Every transcript as one alternative: what the fast recogniser can be asked.
fn grammar_of(lines: &[Line]) -> Grammar {
    let sentences: BTreeSet<String> = lines
        .iter()
        .map(|line| line.words.join(" "))
        .filter(|s| !s.is_empty())
        .collect();
    let words = lines.iter().flat_map(|line| line.words.iter().cloned()).collect();
    let alternatives: Vec<String> = sentences.into_iter().collect();
    let jsgf = format!(
        "#JSGF V1.0;\ngrammar eval;\npublic <utterance> = {};\n",
        alternatives.join(" | ")
    );
    Grammar {
        key: 1,
        name: "eval",
        jsgf,
        words,
    }
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
    println!("sentences right    {:.1} %", figures.sentence_accuracy * 100.0);
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

    #[test]
    fn a_manifest_names_its_columns() {
        let file = Path::new("dir/list.tsv");
        let lines = parse(file, "speaker\ttranscript\tpath\nann\tYes please\ta.wav\n\n").unwrap();
        assert_eq!(lines[0].path, Path::new("dir/a.wav"));
        assert_eq!(lines[0].words, ["yes", "please"]);
        let error = parse(file, "path\ttext\n").unwrap_err().to_string();
        assert_eq!(error, "dir/list.tsv:1: no column `transcript`");
        let error = parse(file, "path\ttranscript\n\tyes\n").unwrap_err().to_string();
        assert_eq!(error, "dir/list.tsv:2: no path");
    }
}
