//! `hark serve` and `hark check`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use crate::config::SiteConfig;
use crate::engine::{DRAIN_MAX, Engine, check_dialplan};
use crate::media::ports::Ports;
use crate::ops::metrics::Metrics;
use crate::stt::chosen_models;
use crate::{commerce, confirm, flow, nlu, ops};

/// Where the configuration is.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Folder with engine.toml, trunks.toml, dialplan.toml and routing.toml.
    #[arg(long, default_value = "sip-config")]
    config: PathBuf,
    /// Override one setting of engine.toml for this run, e.g. --set sip.listen=127.0.0.1:5062.
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
}

pub(super) async fn run(args: ServeArgs) -> Result<()> {
    let config = SiteConfig::load(&args.config, &args.set)?;
    ops::log::init(&config.engine.log)?;
    let engine = Engine::start(config, Metrics::install()?).await?;
    stop_asked().await?;
    info!("stopping: no new calls; those under way may finish");
    tokio::select! {
        () = engine.stop(DRAIN_MAX) => {}
        asked = stop_asked() => asked?,
    }
    Ok(())
}

#[cfg(feature = "whisper")]
#[derive(Debug, Args)]
pub(super) struct SttServeArgs {
    #[command(flatten)]
    site: ServeArgs,
    /// Where to serve.
    #[arg(long, default_value = "127.0.0.1:50061")]
    listen: std::net::SocketAddr,
}

#[cfg(feature = "whisper")]
pub(super) async fn run_stt(args: SttServeArgs) -> Result<()> {
    let config = SiteConfig::load(&args.site.config, &args.site.set)?.engine;
    ops::log::init(&config.log)?;
    let server = crate::stt::remote::serve::SpeechServer::load(&config.hearing)?;
    let listener = crate::stt::remote::serve::SpeechServer::listen(args.listen).await?;
    info!(address = %listener.local_addr()?, model = %server.model().name, "serving open speech");
    let stop = async {
        if let Err(error) = stop_asked().await {
            tracing::warn!(%error, "no signals here: stopping");
        }
    };
    Ok(server.serve(listener, stop).await?)
}

#[expect(clippy::print_stdout, reason = "a command's answer belongs on the terminal")]
pub(super) fn check(args: &ServeArgs) -> Result<()> {
    let config = SiteConfig::load(&args.config, &args.set)?;
    let (flows, _) = flow::load(&config.engine.talk.models)?;
    nlu::load(&config.engine.talk.models)?;
    confirm::load(&config.engine.talk.models)?;
    check_dialplan(&config.dialplan, &flows, &config.trunks)?;
    ops::log::check(&config.engine.log)?;
    Ports::new(
        config.engine.media.bind,
        config.engine.media.first_port,
        config.engine.media.last_port,
    )?;
    commerce::check(&config.engine.commerce)?;
    for model in chosen_models(&config.engine.hearing)? {
        println!("{:?} model: {}", model.kind, model.name);
    }
    println!("{}: sound", args.config.display());
    println!(
        "SIP on {}, pages on {}",
        config.engine.sip.listen, config.engine.web.listen
    );
    println!(
        "{} agents, promise {} ms",
        config.routing.agents.len(),
        config.routing.promise_ms
    );
    Ok(())
}

/// Waits for SIGTERM or Ctrl-C.
pub(super) async fn stop_asked() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupt = tokio::signal::ctrl_c() => interrupt?,
    }
    Ok(())
}
