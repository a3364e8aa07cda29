//! The pretend shop as a program: `demo-shop --listen 127.0.0.1:0 --print-address`.

use std::io::Write;
use std::net::SocketAddr;

use anyhow::Context;
use clap::Parser;
use demo::merchant::{Shop, serve};
use proto::demo::v1::Faults;
use tokio::net::TcpListener;
use tracing::info;

/// A pretend coffee company over gRPC (inventory, orders, customers), with health, reflection and
/// switches that make it misbehave. It keeps nothing: a restart forgets all orders.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:50051", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The same seed makes the same customers, orders and order numbers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the address as the first line of standard output, for scripts.
    #[arg(long)]
    print_address: bool,
    /// Wait so many milliseconds before answering.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    latency_ms: u32,
    /// Fail this share of calls (0 to 1) before anything has happened.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    error_rate: f64,
    /// Fail this share of orders (0 to 1) after they have been placed.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    error_after_commit_rate: f64,
    /// Refuse every call.
    #[arg(long)]
    unavailable: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let args = Args::parse();
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let address = listener.local_addr()?;
    if args.print_address {
        let mut out = std::io::stdout();
        writeln!(out, "{address}")?;
        out.flush()?;
    }
    info!(%address, seed = args.seed, "the demo shop is open");
    let faults = Faults {
        latency_ms: args.latency_ms,
        error_rate: args.error_rate,
        error_after_commit_rate: args.error_after_commit_rate,
        unavailable: args.unavailable,
    };
    serve(
        listener,
        Shop::with_faults(args.seed, faults).by_the_clock(),
        stopped(),
    )
    .await
    .context("the demo shop stopped")
}

/// Done at Ctrl-C or SIGTERM.
async fn stopped() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
