//! The command line: what it understands, and how each job ends.

mod demonstration;
mod serve;

use std::future::Future;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use engine_core::source::FileError;

use crate::calls::{self, CallbacksArgs, CallsArgs, CallsError};
use crate::confirm::{self, ConfirmCommand};
use crate::eval::{self, EvalCommand};
use crate::flow::{self, FlowArgs};
use crate::models::{self, ModelsCommand, ModelsError};
use crate::nlu::{self, train::Command as NluCommand};
use crate::ops::log::{self, LogConfig};
use crate::review::{self, ReviewArgs, ReviewError};
use crate::store::StoreError;

/// The phone line that sells: a voice-commerce telephony engine.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Take calls until stopped.
    ///
    /// Reads sip-config/ and models/, connects to the shop, and answers calls by SIP and from browsers.
    /// The first SIGTERM or Ctrl-C refuses new calls and lets those under way finish; the second ends them.
    Serve(serve::ServeArgs),
    /// Serve open speech recognition to other Harks, from a Whisper file.
    ///
    /// By gRPC, as proto/engine/v1/speech.proto has it. The others name this address in [hearing.remote].
    #[cfg(feature = "whisper")]
    SttServe(serve::SttServeArgs),
    /// Check every file that `serve` would read, and say what it would do.
    Check(serve::ServeArgs),
    /// Show Hark at work: a demo shop, a real call over SIP, then a line open for yours.
    Demo(demonstration::DemoArgs),
    /// Call a SIP URI as a scripted caller, and say how long each reply took.
    Call(demo::caller::CallArgs),
    /// List calls, or tell one turn by turn: `hark calls show last`.
    Calls(CallsArgs),
    /// List promises to ring back; mark one as done.
    Callbacks(CallbacksArgs),
    /// Label what Hark was not sure of, so that it learns.
    Review(ReviewArgs),
    /// Work with conversation flows.
    Flow(FlowArgs),
    /// Try the confirmation policy: calls with errors of hearing, simulated.
    #[command(subcommand)]
    Confirm(ConfirmCommand),
    /// Measure how well Hark hears and understands, on labelled sets.
    #[command(subcommand)]
    Eval(EvalCommand),
    /// List the speech models that Hark can use, or fetch one.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Work on understanding: train the intent model.
    #[command(subcommand)]
    Nlu(NluCommand),
}

impl Cli {
    /// Does the job.
    pub fn run(self) -> ExitCode {
        if !self.command.serves() {
            end_with_the_reader();
        }
        match self.command {
            Job::Serve(args) => on_runtime(serve::run(args)),
            #[cfg(feature = "whisper")]
            Job::SttServe(args) => on_runtime(serve::run_stt(args)),
            Job::Check(args) => finish(serve::check(&args)),
            Job::Demo(args) => on_runtime(demonstration::run(args)),
            Job::Call(args) => on_runtime_with_code(demo::caller::call_and_tell(&args)),
            Job::Calls(args) => on_runtime(calls::run(args)),
            Job::Callbacks(args) => on_runtime(calls::run_callbacks(args)),
            Job::Review(args) => on_runtime(review::run(args)),
            Job::Flow(args) => flow::run(&args),
            Job::Confirm(command) => finish(confirm::run(&command)),
            Job::Eval(command) => finish(evaluate(command)),
            Job::Models(command) => finish(models::run(command).map_err(Into::into)),
            Job::Nlu(command) => finish(nlu::train::run(&command)),
        }
    }
}

impl Job {
    /// Whether others depend on it, who see nothing of what it prints.
    const fn serves(&self) -> bool {
        #[cfg(feature = "whisper")]
        if matches!(self, Self::SttServe(_)) {
            return true;
        }
        matches!(self, Self::Serve(_) | Self::Demo(_))
    }
}

/// The log is for whoever asks for it (`HARK_LOG`); what was measured goes to standard output.
fn evaluate(command: EvalCommand) -> anyhow::Result<()> {
    log::init(&LogConfig {
        filter: "warn".into(),
        json: false,
    })?;
    Ok(eval::run(command)?)
}

/// `hark flow test | head` ends when `head` does, without a word.
#[expect(clippy::exit, reason = "what would have been printed has no reader any more")]
fn end_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let told = panic.payload_as_str().unwrap_or_default();
        if told.starts_with("failed printing to stdout: Broken pipe") {
            std::process::exit(SIGPIPE);
        }
        usual(panic);
    }));
}

/// What a shell reports of a program that wrote to nobody.
const SIGPIPE: i32 = 141;

fn on_runtime(job: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    on_runtime_with_code(async { finish(job.await) })
}

fn on_runtime_with_code(job: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(job),
        Err(error) => finish(Err(error.into())),
    }
}

/// An error with its causes; a cause that its error has quoted is not said again.
pub(crate) fn told_once(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(feature = "whisper")]
fn is_stt_serve_error(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.is::<crate::stt::remote::serve::ServeError>()
}

#[cfg(not(feature = "whisper"))]
const fn is_stt_serve_error(_cause: &(dyn std::error::Error + 'static)) -> bool {
    false
}

/// 0, or 1, or 2 when it was the input's fault.
#[expect(
    clippy::print_stderr,
    reason = "the last word of a command belongs on the terminal"
)]
fn finish(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("hark: {}", told_once(&error));
    let input_at_fault = error.chain().any(|cause| {
        cause.is::<FileError>()
            || cause.is::<crate::sip::SipStartError>()
            || cause.is::<crate::stt::SttStartError>()
            || cause.is::<crate::web::WebError>()
            || cause.is::<crate::nlu::LoadError>()
            || cause.is::<crate::eval::EvalError>()
            || cause.is::<engine_core::conversation::LoadErrors>()
            || cause.is::<crate::media::ports::PortsError>()
            || cause.is::<crate::commerce::CommerceError>()
            || cause.is::<CallsError>()
            || cause.is::<ReviewError>()
            || cause.is::<StoreError>()
            || cause.is::<ModelsError>()
            || cause.is::<crate::ops::log::LogError>()
            || cause.is::<crate::engine::RecordingsError>()
            || is_stt_serve_error(cause)
    });
    ExitCode::from(if input_at_fault { 2 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::told_once;

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("the disk is full").context("cannot write: the disk is full");
        assert_eq!(told_once(&error), "cannot write: the disk is full");
        let error = anyhow::anyhow!("the disk is full").context("cannot write");
        assert_eq!(told_once(&error), "cannot write: the disk is full");
    }
}
