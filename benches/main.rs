//! What Hark costs. `media`: the packet path, in nanoseconds and as a ratio to copying one frame on the
//! same machine, which is the number that travels. `nlu`: the time to understand an utterance. `calls`: whole calls over SIP and RTP, the time of a
//! turn above its endpoint, and how much of a core a call takes. `barge-in`: how soon a prompt stops. Run with `--release`.

mod barge_in;
mod calls;
mod media;
mod nlu;
mod percentile;
mod site;
mod timing;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about, max_term_width = 100)]
struct Args {
    #[command(subcommand)]
    bench: Bench,
}

/// Measures Hark. A figure is a median; compare ratios, not nanoseconds, between machines.
#[derive(Debug, Subcommand)]
enum Bench {
    /// The pieces of one leg's media, in virtual time.
    Media(MediaArgs),
    /// Understanding one utterance, its decision included, in microseconds.
    Nlu,
    /// Parallel calls against a whole engine and the demo shop, each in real time.
    Calls(calls::CallsArgs),
    /// How soon Hark is silent when a caller speaks into a prompt, in real time.
    BargeIn(barge_in::BargeInArgs),
    /// The far end of `calls`: it dials, so that the engine's process has its processor time to itself.
    #[command(hide = true)]
    Callers(calls::CallersArgs),
}

#[derive(Debug, clap::Args)]
struct MediaArgs {
    /// Only measurements whose name contains this.
    filter: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<()> {
    match Args::parse().bench {
        Bench::Media(args) => measure_media(&args),
        Bench::Nlu => nlu::run(),
        Bench::Calls(args) => calls::run(&args),
        Bench::BargeIn(args) => barge_in::run(&args),
        Bench::Callers(args) => calls::dial(&args),
    }
}

fn measure_media(args: &MediaArgs) -> anyhow::Result<()> {
    let filter = args.filter.as_deref().unwrap_or_default();
    let baseline = timing::median_ns(media::copy_of_a_frame());
    let mut rows = Vec::new();
    for (name, work) in media::all() {
        if name.contains(filter) {
            rows.push((name, timing::median_ns(work)));
        }
    }
    let leg = rows
        .iter()
        .find(|(name, _)| *name == media::LEG_TICK)
        .map(|(_, ns)| *ns);
    let legs = leg.map(|ns| (media::TICK_NS / ns) as u64);
    if args.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, ns)| serde_json::json!({"name": name, "median_ns": ns, "ratio": ns / baseline}))
            .collect();
        let all = serde_json::json!({
            "release": RELEASE, "frame_copy_ns": baseline, "rows": rows, "legs_per_core": legs
        });
        println!("{}", serde_json::to_string(&all)?);
        return Ok(());
    }
    warn_of_debug();
    println!("{:<44} {:>12} {:>10}", "", "median ns", "x copy");
    for (name, ns) in &rows {
        println!("{name:<44} {ns:>12.0} {:>10.0}", ns / baseline);
    }
    if let Some(legs) = legs {
        println!("media alone, one core carries {legs} legs (20 ms over one leg's tick)");
    }
    Ok(())
}

const RELEASE: bool = !cfg!(debug_assertions);

fn warn_of_debug() {
    if !RELEASE {
        println!("(not a release build: these times mean little)");
    }
}
