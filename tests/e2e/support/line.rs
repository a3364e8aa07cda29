//! The whole engine with a pretend shop inside the test: real SIP, RTP and gRPC over loopback, and what
//! happens in its calls to be watched as it happens.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use demo::caller::{Action, Awaited, CallOptions, Script, Step};
use demo::merchant;
use engine::call::services::CallNotice;
use engine::config::SiteConfig;
use engine::engine::Engine;
use engine::ops::metrics::Metrics;
use engine_core::call::record::{CallRecord, TurnRecord};
use engine_core::ids::CallId;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::process::project;

/// How long a waiting caller's step may take before the call counts as stuck.
const STEP_MAX: Duration = Duration::from_secs(60);

/// An engine that takes calls.
pub struct Line {
    pub engine: Engine,
    pub shop: merchant::Shop,
    pub folder: TempDir,
}

impl Line {
    /// Opens a line with this `routing.toml`; the rest of the configuration is the project's own.
    pub async fn open(routing: &str) -> Result<Self> {
        Self::open_with(routing, &[]).await
    }

    /// The same with further settings: `section.key=value`.
    pub async fn open_with(routing: &str, more: &[String]) -> Result<Self> {
        let folder = TempDir::new()?;
        let config = folder.path().join("sip-config");
        std::fs::create_dir_all(&config)?;
        for name in ["engine.toml", "trunks.toml", "dialplan.toml"] {
            std::fs::copy(project().join("sip-config").join(name), config.join(name))?;
        }
        std::fs::write(config.join("routing.toml"), routing)?;

        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let shop_address = listener.local_addr()?;
        let shop = merchant::Shop::new(1);
        tokio::spawn(merchant::serve(listener, shop.clone(), std::future::pending()));
        let settings = [settings(folder.path(), &shop_address.to_string()), more.to_vec()].concat();
        let config = SiteConfig::load(&config, &settings)?;
        Ok(Self {
            engine: Engine::start(config, Metrics::detached()?).await?,
            shop,
            folder,
        })
    }

    /// A caller who dials `user` here and waits until Hark speaks; what follows is decided on the way.
    pub fn caller(&self, user: &str) -> CallOptions {
        let script = Script {
            voice: "rms".to_owned(),
            steps: vec![step(Action::WaitFor(Awaited::Speech))],
        };
        let port = self.engine.sip_address.port();
        let mut options = CallOptions::new(format!("sip:{user}@127.0.0.1:{port}"), script);
        options.from = "+15550142".to_owned();
        options
    }

    pub fn watch(&self, user: &str) -> Watch {
        Watch {
            notices: self.engine.watch(),
            user: user.to_owned(),
            call: None,
        }
    }
}

/// A step that may take its time.
pub fn step(action: Action) -> Step {
    Step {
        action,
        deadline: STEP_MAX,
    }
}

/// The one call that dialled this user.
pub struct Watch {
    notices: Receiver<CallNotice>,
    user: String,
    pub call: Option<CallId>,
}

/// What became known of a call.
pub enum News {
    Turn(Arc<TurnRecord>),
    Ended(Arc<CallRecord>),
}

impl Watch {
    /// The next thing that happens in the call, within `limit`.
    pub async fn next(&mut self, limit: Duration) -> Result<News> {
        timeout(limit, self.ours()).await.with_context(|| {
            format!(
                "nothing happened for {} s in the call to {}",
                limit.as_secs(),
                self.user
            )
        })?
    }

    /// Waits for the record.
    pub async fn end(&mut self, limit: Duration) -> Result<(Vec<Arc<TurnRecord>>, Arc<CallRecord>)> {
        let mut turns = Vec::new();
        loop {
            match self.next(limit).await? {
                News::Turn(turn) => turns.push(turn),
                News::Ended(record) => return Ok((turns, record)),
            }
        }
    }

    async fn ours(&mut self) -> Result<News> {
        loop {
            match self.notices.recv().await {
                Ok(CallNotice::Started { call, dialled, .. }) if dialled == self.user => {
                    self.call = Some(call)
                }
                Ok(CallNotice::Turn(turn)) if self.call.as_ref() == Some(&turn.call) => {
                    return Ok(News::Turn(turn));
                }
                Ok(CallNotice::Ended(record)) if self.call.as_ref() == Some(&record.call) => {
                    return Ok(News::Ended(record));
                }
                Ok(CallNotice::Started { .. } | CallNotice::Turn(_) | CallNotice::Ended(_)) => {}
                Err(RecvError::Lagged(missed)) => bail!("the watcher missed {missed} notices"),
                Err(RecvError::Closed) => bail!("the engine stopped"),
            }
        }
    }
}

/// The material beside the project (`HARK_SHARED`, else `../shared`); prints a word when it is absent.
pub fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("HARK_SHARED").map_or_else(|| project().join("../shared"), PathBuf::from);
    if folder.exists() {
        return Some(folder);
    }
    println!("skipped: no shared recordings here (set HARK_SHARED)");
    None
}

fn settings(folder: &Path, shop: &str) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let models = project().join("models").display().to_string();
    let mut settings = vec![
        "sip.listen=127.0.0.1:0".to_owned(),
        "web.listen=127.0.0.1:0".to_owned(),
        "media.bind=127.0.0.1".to_owned(),
        format!("media.recordings={}", path("recordings")),
        format!("store.path={}", path("hark.db")),
        format!("commerce.address=http://{shop}"),
        format!("talk.models={models}"),
        format!("hearing.models_folder={models}"),
    ];
    let telephone = std::env::var_os("HARK_SHARED")
        .map_or_else(|| project().join("../shared"), PathBuf::from)
        .join("models/telephone-en/hub4wsj_sc_8k");
    if std::env::var_os("HARK_MODELS").is_none() && telephone.exists() {
        settings.push(format!("hearing.acoustic_model={}", telephone.display()));
    }
    settings
}
