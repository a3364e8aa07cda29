//! Counts and what follows from them: shares with their uncertainty, by question, line and speaker.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::eval::conditions::Part;

/// What became of one utterance that was within the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Right,
    /// Nothing was accepted: in a call Hark asks again.
    Refused,
    /// Taken for something else.
    Wrong,
}

impl Outcome {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Refused => "refused",
            Self::Wrong => "wrong",
        }
    }
}

/// Outcomes counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) right: usize,
    pub(super) refused: usize,
    pub(super) wrong: usize,
}

impl Count {
    pub(super) fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Right => self.right += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Wrong => self.wrong += 1,
        }
    }

    pub(super) const fn total(self) -> usize {
        self.right + self.refused + self.wrong
    }

    fn figures(self) -> Figures {
        let n = self.total();
        Figures {
            n,
            right: part(self.right, n),
            interval: wilson(self.right, n),
            refused: part(self.refused, n),
            wrong: part(self.wrong, n),
        }
    }
}

/// Shares of one count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Figures {
    n: usize,
    right: f64,
    /// Of `right`, 95 %.
    interval: [f64; 2],
    refused: f64,
    wrong: f64,
}

/// One question over one line.
#[derive(Debug, Default)]
struct Score {
    inside: Count,
    speakers: BTreeMap<String, Count>,
    /// Utterances that the grammar does not have: how many, and how many of them were taken for an answer.
    outside: (usize, usize),
}

impl Score {
    fn merge(&mut self, other: &Self) {
        let sum = |into: &mut Count, from: &Count| {
            into.right += from.right;
            into.refused += from.refused;
            into.wrong += from.wrong;
        };
        sum(&mut self.inside, &other.inside);
        for (speaker, count) in &other.speakers {
            sum(self.speakers.entry(speaker.clone()).or_default(), count);
        }
        self.outside.0 += other.outside.0;
        self.outside.1 += other.outside.1;
    }
}

/// Every question over every line.
#[derive(Debug, Default)]
pub(super) struct Scores(BTreeMap<&'static str, BTreeMap<String, Score>>);

impl Scores {
    pub(super) fn inside(&mut self, question: &'static str, line: &str, speaker: &str, outcome: Outcome) {
        let score = self.score(question, line);
        score.inside.add(outcome);
        score.speakers.entry(speaker.to_owned()).or_default().add(outcome);
    }

    /// Notes whether something that the grammar does not have was accepted nevertheless.
    pub(super) fn outside(&mut self, question: &'static str, line: &str, accepted: bool) {
        let (n, taken) = &mut self.score(question, line).outside;
        *n += 1;
        *taken += usize::from(accepted);
    }

    fn score(&mut self, question: &'static str, line: &str) -> &mut Score {
        self.0
            .entry(question)
            .or_default()
            .entry(line.to_owned())
            .or_default()
    }

    pub(super) fn report(&self, part: Part, asr_model: &str) -> Report {
        let mut rows = Vec::new();
        for (question, lines) in &self.0 {
            let mut all = Score::default();
            for (line, score) in lines {
                all.merge(score);
                rows.push(Row::new(question, line, score, lines.len() == 1));
            }
            if lines.len() > 1 {
                rows.push(Row::new(question, "average", &all, true));
            }
        }
        Report {
            part,
            asr_model: asr_model.to_owned(),
            rows,
        }
    }
}

/// The figures of an evaluation.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    part: Part,
    asr_model: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    question: &'static str,
    line: String,
    #[serde(flatten)]
    inside: Option<Figures>,
    outside: Option<Outside>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    speakers: BTreeMap<String, Figures>,
}

/// What the grammar does not have.
#[derive(Debug, Serialize)]
struct Outside {
    n: usize,
    accepted: f64,
    interval: [f64; 2],
}

impl Row {
    fn new(question: &'static str, line: &str, score: &Score, with_speakers: bool) -> Self {
        let (n, taken) = score.outside;
        let speakers = score.speakers.iter();
        Self {
            question,
            line: line.to_owned(),
            inside: (score.inside.total() > 0).then(|| score.inside.figures()),
            outside: (n > 0).then(|| Outside {
                n,
                accepted: part(taken, n),
                interval: wilson(taken, n),
            }),
            speakers: speakers
                .filter(|(name, _)| with_speakers && !name.is_empty())
                .map(|(name, count)| (name.clone(), count.figures()))
                .collect(),
        }
    }
}

impl Report {
    pub(super) fn print(&self, json: bool) {
        if json {
            println!("{}", serde_json::json!(self));
            return;
        }
        println!("acoustic model     {}", self.asr_model);
        println!("recordings         {}", serde_json::json!(self.part));
        for row in &self.rows {
            row.print();
        }
    }
}

impl Row {
    fn print(&self) {
        println!("{}, {}", self.question, self.line);
        if let Some(figures) = &self.inside {
            println!("  expected         {}", text(figures));
        }
        if let Some(outside) = &self.outside {
            let [low, high] = percent(outside.interval);
            println!(
                "  not expected     {:.1} % accepted ({low} to {high}), {} utterances",
                outside.accepted * 100.0,
                outside.n
            );
        }
        // Of hundreds of speakers with a word each there is nothing to see.
        if self.speakers.len() <= SPEAKERS_PRINTED_MAX {
            for (speaker, figures) in &self.speakers {
                println!("    {speaker:<14} {}", text(figures));
            }
        }
    }
}

fn text(figures: &Figures) -> String {
    let [low, high] = percent(figures.interval);
    format!(
        "{:.1} % right ({low} to {high}), {:.1} % refused, {:.1} % wrong, {} utterances",
        figures.right * 100.0,
        figures.refused * 100.0,
        figures.wrong * 100.0,
        figures.n
    )
}

fn percent(interval: [f64; 2]) -> [String; 2] {
    interval.map(|edge| format!("{:.1}", edge * 100.0))
}

pub(super) fn part(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

/// Wilson's 95 % interval of a share (Wilson 1927): sound for few utterances and for shares near 0 and 1.
pub(crate) fn wilson(count: usize, of: usize) -> [f64; 2] {
    if of == 0 {
        return [0.0, 1.0];
    }
    let (n, share) = (of as f64, part(count, of));
    let squared = Z_95 * Z_95;
    let middle = share + squared / (2.0 * n);
    let half = Z_95 * (share * (1.0 - share) / n + squared / (4.0 * n * n)).sqrt();
    let whole = 1.0 + squared / n;
    [
        ((middle - half) / whole).max(0.0),
        ((middle + half) / whole).min(1.0),
    ]
}

/// Of the normal distribution, two-sided.
const Z_95: f64 = 1.959_964;
const SPEAKERS_PRINTED_MAX: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_wilsons() {
        let check = |count, of, expect: [f64; 2]| {
            let got = wilson(count, of);
            assert!(
                (got[0] - expect[0]).abs() < 5e-4 && (got[1] - expect[1]).abs() < 5e-4,
                "{count}/{of}: {got:?}"
            );
        };
        check(0, 10, [0.0, 0.2775]);
        check(10, 10, [0.7225, 1.0]);
        check(81, 263, [0.2553, 0.3662]);
        check(0, 0, [0.0, 1.0]);
    }

    #[test]
    fn lines_are_averaged_and_speakers_kept() {
        let mut scores = Scores::default();
        scores.inside("yes_no", "15 dB", "ann", Outcome::Right);
        scores.inside("yes_no", "6 dB", "ann", Outcome::Wrong);
        scores.outside("yes_no", "6 dB", true);
        let report = serde_json::json!(scores.report(Part::Test, "none"));
        let average = &report["rows"][2];
        assert_eq!(average["line"], "average");
        assert_eq!((&average["n"], &average["right"]), (&2.into(), &0.5.into()));
        assert_eq!(average["outside"]["accepted"], 1.0);
        assert_eq!(average["speakers"]["ann"]["wrong"], 0.5);
    }
}
