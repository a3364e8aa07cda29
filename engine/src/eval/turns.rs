//! `hark eval turns`: when does Hark take its turn? Recordings of people are put on a telephone line and
//! played, in virtual time, to the listener of a call with its voice activity detection and the grammar
//! recogniser's partial results. Told are the delay from the true end of speech to the end of the
//! turn, and how often the turn was ended too early; for Hark's rules and for fixed silences.

mod clips;
mod figures;
mod play;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use engine_core::speech::endpointing::Endpointer;
use engine_core::speech::expectation::Expectation;
use serde::Serialize;

use crate::eval::EvalError;
use crate::eval::audio::load;
use crate::eval::codec::LineCodec;
use crate::eval::hear::model_names;
use crate::eval::line::{Line as Wire, Loss, Noise};
use crate::eval::site::Site;
use crate::eval::turns::clips::{Clip, Group};
use crate::eval::turns::figures::{Figures, Tally};
use crate::eval::turns::play::{Line, Turn};
use crate::stt::RecogniserKind;
use crate::stt::config::SttConfig;

/// Arguments of `hark eval turns`.
#[derive(Debug, Clone, Args)]
pub struct TurnsArgs {
    /// Folder with the recordings: words/, an4/, drinks/, digits/.
    #[arg(long, value_name = "DIR", default_value = "../shared/speech")]
    speech: PathBuf,
    /// Which half of the recordings, by the last bit of the file name's SHA-256 (`--part` of the other
    /// evaluations takes another). Rules were tuned on `tune` alone.
    #[arg(long, value_enum, default_value = "test")]
    half: Half,
    /// Only this group of recordings.
    #[arg(long, value_enum)]
    only: Option<Group>,
    /// At most this many recordings of each group, spread over its names.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Mix noise this many dB below the active speech, all through the call.
    #[arg(long, value_name = "DB", allow_negative_numbers = true, requires = "noise")]
    snr: Option<f32>,
    /// The noise (WAV or FLAC).
    #[arg(long, value_name = "FILE", requires = "snr")]
    noise: Option<PathBuf>,
    /// What the line is coded with.
    #[arg(long, value_enum, default_value_t = LineCodec::Pcmu)]
    codec: LineCodec,
    /// Lose this many of 100 packets; the jitter buffer's delay then counts too.
    #[arg(long, value_name = "PERCENT")]
    loss: Option<f32>,
    /// Packets are lost three in a row on average, not one by one.
    #[arg(long, requires = "loss")]
    bursts: bool,
    /// Fixed silences to compare with, in milliseconds.
    #[arg(long, value_name = "MS", value_delimiter = ',', default_value = "300,500,700")]
    fixed: Vec<u32>,
    /// Write one line per recording: group, name, delay, reason, words.
    #[arg(long, value_name = "FILE")]
    details: Option<PathBuf>,
    /// Folder of models.
    #[arg(long, value_name = "DIR", default_value = "models")]
    models: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Half {
    Tune,
    Test,
    All,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Report {
    half: Half,
    /// "clean", "15 dB", "Opus, 3 % lost in bursts".
    line: String,
    asr_model: String,
    /// One point of a curve each: a group of recordings under one rule.
    points: Vec<Figures>,
}

pub(super) fn run(args: &TurnsArgs) -> Result<(), EvalError> {
    let site = Site::load(&args.models)?;
    let clips = clips::load_all(&args.speech, args.half, args.only)?;
    let expectations: Vec<Expectation> = Group::ALL.iter().map(|group| group.expectation()).collect();
    let config = play::one_decoder(SttConfig {
        models_folder: args.models.clone(),
        ..SttConfig::default()
    });
    let hearing = site.hearing(&config, &expectations)?;
    let wire = wire(args)?;
    let mut tallies: Vec<Tally> = Vec::new();
    let mut details = String::new();
    for group in Group::ALL {
        let expectation = group.expectation();
        let grammar = site.grammar(&expectation);
        let mut ours = Tally::new(group, "ours".to_owned());
        let mut fixed: Vec<(u32, Tally)> = args
            .fixed
            .iter()
            .map(|wait_ms| (*wait_ms, Tally::new(group, format!("fixed {wait_ms}"))))
            .collect();
        let of_group: Vec<&Clip> = clips.iter().filter(|clip| clip.group == group).collect();
        let every = of_group
            .len()
            .div_ceil(args.limit.unwrap_or(usize::MAX).max(1))
            .max(1);
        for clip in of_group.into_iter().step_by(every) {
            let stream = clips::on_a_line(clip, &wire)?;
            let play = |line: &mut Line, endpointer: Endpointer| -> Result<Turn, EvalError> {
                line.play(&stream, &expectation, &grammar, endpointer)
            };
            let turn = play(&mut Line::new(&hearing), Endpointer::default())?;
            tell(&mut details, clip, stream.speech_end_ms, &turn);
            ours.count(stream.speech_end_ms, &turn);
            for (wait_ms, tally) in &mut fixed {
                let turn = play(&mut Line::deaf(), Endpointer::fixed(*wait_ms))?;
                tally.count(stream.speech_end_ms, &turn);
            }
        }
        tallies.push(ours);
        tallies.extend(fixed.into_iter().map(|(_, tally)| tally));
    }
    if let Some(file) = &args.details {
        fs::write(file, details).map_err(|error| EvalError::File {
            file: file.clone(),
            reason: error.to_string(),
        })?;
    }
    let report = Report {
        half: args.half,
        line: wire.name,
        asr_model: model_names(&hearing, RecogniserKind::Grammar),
        points: tallies.iter().filter_map(Tally::figures).collect(),
    };
    print(&report, args.json);
    Ok(())
}

fn wire(args: &TurnsArgs) -> Result<Wire, EvalError> {
    let noise = match (&args.noise, args.snr) {
        (Some(file), Some(snr_db)) => Some(Noise::new(&load(file)?, args.codec, snr_db)?),
        (Some(_), None) | (None, _) => None,
    };
    let loss = args.loss.map(|percent| Loss::new(percent, args.bursts));
    Ok(Wire::new(args.codec, noise, loss))
}

fn tell(details: &mut String, clip: &Clip, speech_end_ms: u32, turn: &Turn) {
    let delay = turn.cut_ms.map_or_else(
        || "-".to_owned(),
        |cut_ms| (i64::from(cut_ms) - i64::from(speech_end_ms)).to_string(),
    );
    let _ = writeln!(
        details,
        "{}\t{}\t{delay}\t{}\t{}\t{}",
        clip.group.name(),
        clip.name,
        turn.voiced_end_ms.map_or_else(
            || "-".to_owned(),
            |end| (i64::from(end) - i64::from(speech_end_ms)).to_string()
        ),
        turn.reason,
        turn.partials
    );
}

fn print(report: &Report, json: bool) {
    if json {
        println!("{}", serde_json::json!(report));
        return;
    }
    println!(
        "half {:?}, line {}, acoustic model {}",
        report.half, report.line, report.asr_model
    );
    println!(
        "{:<10} {:<10} {:>4} {:>7} {:>22} {:>6} {:>6} {:>6}",
        "group", "rule", "n", "missed", "cut off % (95 %)", "p50", "p95", "max"
    );
    for point in &report.points {
        let [low, high] = point.cut_off_95.map(|edge| 100.0 * edge);
        let cut = format!("{:.1} ({low:.1} to {high:.1})", 100.0 * point.cut_off);
        println!(
            "{:<10} {:<10} {:>4} {:>7} {:>22} {:>6} {:>6} {:>6}",
            point.group, point.rule, point.n, point.missed, cut, point.p50_ms, point.p95_ms, point.max_ms
        );
        for (reason, count) in &point.reasons {
            println!("{:>60}  {count}", reason);
        }
    }
}
