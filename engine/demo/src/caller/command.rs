//! The command line of the scripted caller, for `callsim` and `hark call` alike.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::{CallEvent, CallOptions, CallReport, Script, run};
use clap::Args;
use tokio::sync::mpsc;

/// Calls a SIP URI over UDP, follows a script, and says how long each reply took. Exits with 0 when
/// the script was followed to its end, 1 when it was not, 2 when no call could be made.
#[derive(Debug, Args)]
pub struct CallArgs {
    /// Whom to call: sip:shop@192.0.2.1:5060
    uri: String,
    /// What to do: a TOML file of steps.
    #[arg(long, value_name = "FILE")]
    script: PathBuf,
    /// The caller's number.
    #[arg(long, value_name = "NUMBER", default_value = "callsim")]
    from: String,
    /// Keep a stereo recording: caller left, far end right.
    #[arg(long, value_name = "WAV")]
    record: Option<PathBuf>,
    /// Print one JSON object instead of what happens.
    #[arg(long)]
    json: bool,
    /// How long it may ring, in seconds.
    #[arg(long, default_value_t = 30)]
    ring: u64,
    /// How long the call may last, in seconds.
    #[arg(long, default_value_t = 300)]
    limit: u64,
}

/// Makes the call and prints what came of it.
pub async fn call_and_tell(args: &CallArgs) -> ExitCode {
    match call(args).await {
        Ok(report) => {
            show(&report, args.json);
            ExitCode::from(u8::from(!report.completed))
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

async fn call(args: &CallArgs) -> anyhow::Result<CallReport> {
    let mut options = CallOptions::new(&args.uri, Script::load(&args.script)?);
    options.from.clone_from(&args.from);
    options.record.clone_from(&args.record);
    options.ring = Duration::from_secs(args.ring);
    options.call = Duration::from_secs(args.limit);
    let (events, mut heard) = mpsc::channel(256);
    // Dropped at once when nobody is to hear, so that the printing ends.
    options.events = (!args.json).then_some(events);
    let printing = async move {
        while let Some(event) = heard.recv().await {
            println!("{}", line(&event));
        }
    };
    let (report, ()) = tokio::join!(run(options), printing);
    Ok(report?)
}

fn line(event: &CallEvent) -> String {
    match event {
        CallEvent::Progress { status } => format!("   {status}"),
        CallEvent::Answered => "   answered".to_owned(),
        CallEvent::Step {
            step,
            action,
            content,
        } => format!("{step:>2} {action} {content}"),
        CallEvent::FarEndSpeaks { at_ms } => format!("   far end speaks at {at_ms} ms"),
        CallEvent::Reply { step, reply_ms } => format!("   replied to step {step} after {reply_ms} ms"),
        CallEvent::Ended { by, cause } => format!("   ended by {by}: {cause}"),
    }
}

fn show(report: &CallReport, json: bool) {
    if json {
        match serde_json::to_string(report) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("cannot write the report: {error}"),
        }
        return;
    }
    let rtp = &report.rtp;
    println!(
        "   {} packets sent, {} received, {} lost, jitter {:.1} ms, own clock at most {} ms late",
        rtp.sent_packets, rtp.received_packets, rtp.lost_packets, rtp.jitter_ms, rtp.clock_late_max_ms
    );
    if let Some(failure) = &report.failure {
        println!("   failed: {failure}");
    }
}
