//! How soon Hark is silent when a caller speaks into a prompt: from the first loud sample of the caller's to the last loud
//! packet of Hark's, both on the caller's clock, over SIP and RTP. The jitter buffer, the voice activity and the pacing of
//! both ends are in it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo::caller::{Action, Awaited, CallOptions, Interruption, Script, Step};
use demo::merchant::people::CUSTOMERS;
use tokio::task::JoinSet;

use crate::percentile::percentile;
use crate::site::Site;
use crate::{RELEASE, warn_of_debug};

#[derive(Debug, clap::Args)]
pub(crate) struct BargeInArgs {
    /// How many interruptions, each in a call of its own.
    #[arg(long, default_value_t = 40)]
    calls: u32,
    /// How many of these calls at once.
    #[arg(long, default_value_t = 4)]
    at_once: u32,
    /// A folder of recordings to interrupt with, WAV at 8 or 16 kHz; without it, a synthetic voice says "stop".
    #[arg(long, value_name = "DIR")]
    words: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What is heard of each turn, whatever is said: a long answer to be interrupted, then what ends it.
const WORDS: [&str; 2] = ["what coffee do you have", "goodbye"];

/// Into the prompt: past its first words, before its last.
const AFTER_MS: [u64; 4] = [700, 1_100, 1_500, 1_900];

pub(crate) fn run(args: &BargeInArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(args))
}

async fn measure(args: &BargeInArgs) -> Result<()> {
    ensure!(
        args.calls > 0 && args.at_once > 0,
        "--calls and --at-once are 1 or more"
    );
    let sounds = sounds(args)?;
    let site = Site::open(args.at_once, &WORDS).await?;
    let mut stopped = Vec::new();
    let mut went_on = 0;
    let mut under_way = JoinSet::new();
    let all: Vec<u32> = (0..args.calls).collect();
    for together in all.chunks(args.at_once as usize) {
        for index in together.iter().copied() {
            let sound = sounds
                .iter()
                .cycle()
                .nth(index as usize)
                .context("no recordings")?;
            let mut options = CallOptions::new(site.uri(), script(sound.clone(), index));
            options.from = format!("+1555{:04}", 100 + index % CUSTOMERS);
            under_way.spawn(async move {
                tokio::time::sleep(STAGGER * (index % 16)).await;
                demo::caller::run(options).await
            });
        }
        while let Some(report) = under_way.join_next().await {
            let report = report??;
            let step = report.steps.iter().find(|step| step.action == "barge_in");
            match step.and_then(|step| step.far_end_stopped_ms) {
                Some(ms) => stopped.push(u32::try_from(ms)?),
                None => went_on += 1,
            }
        }
    }
    site.close().await;
    stopped.sort_unstable();
    tell(args, &stopped, went_on);
    Ok(())
}

fn sounds(args: &BargeInArgs) -> Result<Vec<Interruption>> {
    let Some(folder) = &args.words else {
        return Ok(vec![Interruption::Said("stop".to_owned())]);
    };
    let entries = std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|kind| kind == "wav"));
    files.sort();
    ensure!(!files.is_empty(), "{}: no WAV file in it", folder.display());
    Ok(files.into_iter().map(Interruption::Played).collect())
}

fn script(sound: Interruption, index: u32) -> Script {
    let after = AFTER_MS
        .iter()
        .cycle()
        .nth(index as usize)
        .copied()
        .unwrap_or_default();
    let step = |action| Step {
        action,
        deadline: Duration::from_secs(20),
    };
    let silence = Action::WaitFor(Awaited::Silence {
        length: Duration::from_millis(900),
    });
    let question = Action::Say {
        text: "What coffee do you have?".to_owned(),
    };
    let interruption = Action::BargeIn {
        sound,
        after: Duration::from_millis(after),
    };
    Script {
        voice: "rms".to_owned(),
        steps: [silence, question, interruption, Action::Hangup].map(step).into(),
    }
}

fn tell(args: &BargeInArgs, stopped: &[u32], went_on: u32) {
    let p = |share| percentile(stopped, share);
    if args.json {
        let all = serde_json::json!({
            "release": RELEASE, "interruptions": args.calls, "stopped": stopped.len(), "went_on": went_on,
            "p50_ms": p(0.5), "p95_ms": p(0.95), "max_ms": p(1.0),
        });
        println!("{all}");
        return;
    }
    warn_of_debug();
    let ms = |share| p(share).map_or("-".to_owned(), |ms| ms.to_string());
    println!("from the caller's first loud sample to Hark's last loud packet, ms");
    println!("interruptions  stopped  went on   p50   p95   most");
    println!(
        "{:>13}  {:>7}  {went_on:>7}   {:>3}   {:>3}   {:>4}",
        args.calls,
        stopped.len(),
        ms(0.5),
        ms(0.95),
        ms(1.0),
    );
}

/// Between one caller's dialling and the next one's.
const STAGGER: Duration = Duration::from_millis(73);
