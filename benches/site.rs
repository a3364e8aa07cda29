//! A demo shop and an engine in this process, and a folder for what they write.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use demo::merchant;
use engine::config::SiteConfig;
use engine::engine::Engine;
use engine::ops::metrics::Metrics;
use engine::stt::scripted::Scripted;
use engine_core::units::Confidence;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) engine: Engine,
    pub(crate) folder: TempDir,
    shop: CancellationToken,
}

impl Site {
    /// For so many calls at once. The engine is given the words of each caller's turns; without any, it recognises them.
    pub(crate) async fn open(calls: u32, words: &[&str]) -> Result<Self> {
        let shop = CancellationToken::new();
        let address = open_shop(shop.clone()).await?;
        let folder = tempfile::tempdir()?;
        let mut config =
            SiteConfig::load(Path::new("sip-config"), &settings(&address, folder.path(), calls))?;
        if !words.is_empty() {
            let words = words
                .iter()
                .map(|words| (words.to_lowercase(), Confidence::new(0.99)));
            config.engine.hearing.scripted = Some(Scripted::new(words));
        }
        let engine = Engine::start(config, Metrics::install()?).await?;
        Ok(Self { engine, folder, shop })
    }

    /// Where callers call.
    pub(crate) fn uri(&self) -> String {
        format!("sip:shop@127.0.0.1:{}", self.engine.sip_address.port())
    }

    pub(crate) async fn close(self) {
        self.engine.stop(Duration::from_secs(1)).await;
        self.shop.cancel();
    }
}

async fn open_shop(stop: CancellationToken) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(merchant::serve(
        listener,
        merchant::Shop::new(1),
        stop.cancelled_owned(),
    ));
    Ok(format!("http://{address}"))
}

fn settings(shop: &str, folder: &Path, calls: u32) -> Vec<String> {
    vec![
        format!("commerce.address={shop}"),
        "sip.listen=127.0.0.1:0".to_owned(),
        format!("sip.max_calls={}", calls + 1),
        "web.listen=127.0.0.1:0".to_owned(),
        format!("store.path={}", folder.join("hark.db").display()),
        format!("media.recordings={}", folder.join("recordings").display()),
    ]
}
