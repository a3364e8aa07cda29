//! What the media path costs, in nanoseconds: the median of many runs, and its ratio to copying one
//! frame on the same machine, which is the number that travels. Run with `--release`.

mod media;
mod timing;

use clap::Parser;

/// Measures the media path. A figure is a median over runs; compare ratios, not nanoseconds, between machines.
#[derive(Debug, Parser)]
struct Args {
    /// Only measurements whose name contains this.
    filter: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let filter = args.filter.unwrap_or_default();
    let baseline = timing::median_ns(media::copy_of_a_frame());
    let mut rows = Vec::new();
    for (name, work) in media::all() {
        if name.contains(&filter) {
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
        let release = !cfg!(debug_assertions);
        let all = serde_json::json!({"release": release, "frame_copy_ns": baseline, "rows": rows, "legs_per_core": legs});
        println!("{}", serde_json::to_string(&all)?);
        return Ok(());
    }
    if cfg!(debug_assertions) {
        println!("(not a release build: nanoseconds mean little)");
    }
    println!("{:<44} {:>12} {:>10}", "", "median ns", "x copy");
    for (name, ns) in &rows {
        println!("{name:<44} {ns:>12.0} {:>10.0}", ns / baseline);
    }
    if let Some(legs) = legs {
        println!("media alone, one core carries {legs} legs (20 ms over one leg's tick)");
    }
    Ok(())
}
