//! A scripted SIP caller: `callsim sip:shop@127.0.0.1:5060 --script engine/demo/scripts/reorder.toml`.

use std::process::ExitCode;

use clap::Parser;
use demo::caller::{CallArgs, call_and_tell};

#[derive(Debug, Parser)]
#[command(name = "callsim", version)]
struct Cli {
    #[command(flatten)]
    call: CallArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    call_and_tell(&Cli::parse().call).await
}
