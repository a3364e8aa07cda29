//! `hark demo`: a demo shop and this engine in one process, and a caller who phones it over real SIP and RTP.

use anyhow::Result;
use clap::Args;

/// How long the demonstration stays.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Stop after the demonstration; print one JSON line last.
    #[arg(long)]
    once: bool,
}

pub(super) async fn run(args: DemoArgs) -> Result<()> {
    let _ = args.once;
    Ok(())
}
