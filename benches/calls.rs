//! Whole calls in real time: a demo shop and an engine in this process, the callers in another.
//!
//! The words of each turn are given to the engine beforehand (recognition takes no time) unless
//! `--recognise` asks for the models, so that what is left above a turn's endpoint is Hark's own:
//! understanding, conversation, the shop over gRPC, the voice, the queues between them, the socket.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use demo::caller::{Action, Awaited, CallOptions, Script, Step};
use demo::merchant::people::CUSTOMERS;
use engine::call::services::CallNotice;
use engine::engine::Engine;
use engine_core::call::record::TurnRecord;
use engine_core::units::SampleRate;
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use crate::percentile::percentile;
use crate::site::Site;
use crate::{RELEASE, warn_of_debug};

#[derive(Debug, clap::Args)]
pub(crate) struct CallsArgs {
    /// How many calls at once; one run for each number.
    #[arg(long, value_delimiter = ',', default_value = "1,20,100")]
    calls: Vec<u32>,
    /// Recognise the callers' words with the models, instead of giving them.
    #[arg(long)]
    recognise: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CallersArgs {
    uri: String,
    calls: u32,
    /// Folder with the sentences, `0.wav`, `1.wav`, ...
    sentences: PathBuf,
}

/// What every caller says, in turn.
const SENTENCES: [&str; 5] = [
    "I'd like to reorder my last order",
    "make it two",
    "yes",
    "where is my order",
    "goodbye",
];

/// Between one caller's dialling and the next one's: no two turns fall together by design.
const STAGGER: Duration = Duration::from_millis(73);

/// No run of calls takes longer; then it is given up.
const RUN_MAX: Duration = Duration::from_secs(180);

/// What one number of parallel calls came to.
#[derive(Debug)]
struct Run {
    calls: u32,
    /// Calls whose every sentence was said and answered.
    completed: usize,
    turns: usize,
    /// Milliseconds from the endpoint's decision to the first packet of the answer, sorted.
    own: Vec<u32>,
    /// The same, of turns that did not ask the shop.
    own_without_shop: Vec<u32>,
    /// Share of one core that one call takes.
    core_per_call: f64,
}

pub(crate) fn run(args: &CallsArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(args))
}

async fn measure(args: &CallsArgs) -> Result<()> {
    let most = args.calls.iter().max().copied().unwrap_or(1);
    let given = if args.recognise { &[][..] } else { &SENTENCES };
    let site = Site::open(most, given).await?;
    record_sentences(&site.engine, site.folder.path()).await?;

    let mut runs = Vec::new();
    for calls in &args.calls {
        runs.push(one_run(&site, *calls).await?);
    }
    site.close().await;
    if args.json {
        println!("{}", json(&runs, args.recognise));
    } else {
        tell(&runs, args.recognise);
    }
    Ok(())
}

async fn record_sentences(engine: &Engine, folder: &Path) -> Result<()> {
    for (index, sentence) in SENTENCES.iter().enumerate() {
        let sound = engine
            .services()
            .voice
            .render("bench", sentence, SampleRate::Hz8000)
            .await?;
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::create(folder.join(format!("{index}.wav")), spec)?;
        for sample in sound.iter() {
            wav.write_sample(*sample)?;
        }
        wav.finalize()?;
    }
    Ok(())
}

async fn one_run(site: &Site, calls: u32) -> Result<Run> {
    let notices = site.engine.watch();
    let (cpu_before, began) = (cpu_time()?, Instant::now());
    let callers = tokio::process::Command::new(std::env::current_exe()?)
        .arg("callers")
        .arg(site.uri())
        .arg(calls.to_string())
        .arg(site.folder.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let gathered = tokio::time::timeout(RUN_MAX, gather(notices, calls));
    let (told, output) = tokio::join!(gathered, callers.wait_with_output());
    let (turns, talked) = told.with_context(|| format!("{calls} calls did not end in {RUN_MAX:?}"))??;
    let cpu = cpu_time()?.saturating_sub(cpu_before);
    let output = String::from_utf8(output?.stdout)?;
    let completed = output
        .trim()
        .parse()
        .with_context(|| format!("the callers said {output:?} after {:?}", began.elapsed()))?;

    let own_of = |turn: &TurnRecord| Some(turn.latency.reply_ms?.saturating_sub(turn.latency.endpoint_ms?));
    let mut own: Vec<u32> = turns.iter().filter_map(|turn| own_of(turn)).collect();
    let without_shop = turns.iter().filter(|turn| turn.latency.action_ms.is_none());
    let mut own_without_shop: Vec<u32> = without_shop.filter_map(|turn| own_of(turn)).collect();
    own.sort_unstable();
    own_without_shop.sort_unstable();
    Ok(Run {
        calls,
        completed,
        turns: turns.len(),
        own,
        own_without_shop,
        core_per_call: cpu.as_secs_f64() / talked.as_secs_f64(),
    })
}

/// All turns until so many calls have ended, and how long they talked in sum.
async fn gather(
    mut notices: broadcast::Receiver<CallNotice>,
    calls: u32,
) -> Result<(Vec<std::sync::Arc<TurnRecord>>, Duration)> {
    let (mut turns, mut ended, mut talked) = (Vec::new(), 0, Duration::ZERO);
    while ended < calls {
        match notices.recv().await {
            Ok(CallNotice::Turn(turn)) => turns.push(turn),
            Ok(CallNotice::Ended(record)) => {
                ended += 1;
                talked += Duration::from_millis(u64::from(record.duration_ms));
            }
            Ok(CallNotice::Started { .. }) => {}
            Err(error) => bail!("notices of calls were lost: {error}"),
        }
    }
    Ok((turns, talked))
}

/// Processor time of this process, user and system.
fn cpu_time() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("this bench needs Linux's /proc")?;
    // proc(5): the name stands in parentheses; utime and stime are fields 14 and 15, in ticks of 10 ms.
    let (_, after_name) = stat.rsplit_once(") ").context("/proc/self/stat")?;
    let ticks: u64 = after_name
        .split(' ')
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().unwrap_or_default())
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}

fn tell(runs: &[Run], recognised: bool) {
    warn_of_debug();
    let words = if recognised { "recognised" } else { "given" };
    println!(
        "words {words}; own time: from the decision that a turn is over to the first packet of the answer, ms"
    );
    println!("calls  completed  turns   own p50  p99   without the shop p50  p99   calls a core holds");
    for run in runs {
        let p =
            |readings: &[u32], share| percentile(readings, share).map_or("-".to_owned(), |ms| ms.to_string());
        println!(
            "{:>5}  {:>9}  {:>5}   {:>7}  {:>3}   {:>20}  {:>3}   {:>18.0}",
            run.calls,
            run.completed,
            run.turns,
            p(&run.own, 0.5),
            p(&run.own, 0.99),
            p(&run.own_without_shop, 0.5),
            p(&run.own_without_shop, 0.99),
            1.0 / run.core_per_call,
        );
    }
}

fn json(runs: &[Run], recognised: bool) -> serde_json::Value {
    let rows: Vec<_> = runs
        .iter()
        .map(|run| {
            serde_json::json!({
                "calls": run.calls,
                "completed": run.completed,
                "turns": run.turns,
                "own_p50_ms": percentile(&run.own, 0.5),
                "own_p99_ms": percentile(&run.own, 0.99),
                "own_without_shop_p50_ms": percentile(&run.own_without_shop, 0.5),
                "own_without_shop_p99_ms": percentile(&run.own_without_shop, 0.99),
                "core_per_call": run.core_per_call,
            })
        })
        .collect();
    serde_json::json!({"release": RELEASE, "recognised": recognised, "runs": rows})
}

/// The other process: makes the calls and prints how many were completed.
pub(crate) fn dial(args: &CallersArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut under_way = JoinSet::new();
        for index in 0..args.calls {
            let mut options = CallOptions::new(args.uri.clone(), script(&args.sentences));
            // Different customers, so that no two callers hear the same sentences.
            options.from = format!("+1555{:04}", 100 + index % CUSTOMERS);
            under_way.spawn(async move {
                tokio::time::sleep(STAGGER * index).await;
                demo::caller::run(options).await
            });
        }
        let mut completed = 0;
        while let Some(report) = under_way.join_next().await {
            completed += u32::from(report??.completed);
        }
        println!("{completed}");
        Ok(())
    })
}

fn script(sentences: &Path) -> Script {
    let step = |action| Step {
        action,
        deadline: Duration::from_secs(20),
    };
    let mut steps = Vec::new();
    for index in 0..SENTENCES.len() {
        steps.push(step(Action::WaitFor(Awaited::Silence {
            length: Duration::from_millis(900),
        })));
        steps.push(step(Action::Play {
            file: sentences.join(format!("{index}.wav")),
        }));
    }
    steps.push(step(Action::ExpectHangup));
    Script {
        voice: "rms".to_owned(),
        steps,
    }
}
