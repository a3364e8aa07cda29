//! A headless Chromium under remote control (Chrome DevTools Protocol over WebSocket), with a WAV
//! file as its microphone.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Starting Chromium on a busy machine takes seconds.
const START_MAX: Duration = Duration::from_secs(60);
const COMMAND_MAX: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);

const FLAGS: [&str; 14] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--window-size=800,900",
    "--remote-debugging-port=0",
];

/// One browser with one page. Dropping it kills the browser.
pub struct Chromium {
    child: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    last_id: u64,
    _profile: TempDir,
}

/// Where Chromium is, or `None` after saying that it is missing.
pub fn installed() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&std::env::var_os("PATH")?)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        println!("skipped: chromium is not installed (apt-get install chromium)");
    }
    found
}

impl Chromium {
    /// Starts the browser on `url`; `microphone` is what it hears, over and over.
    pub async fn start(program: &Path, microphone: &Path, url: &str) -> Result<Self> {
        let profile = TempDir::new()?;
        let mut child = Command::new(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!(
                "--use-file-for-fake-audio-capture={}",
                microphone.display()
            ))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting chromium")?;
        let endpoint = timeout(START_MAX, endpoint(profile.path(), &mut child))
            .await
            .context("chromium opened no debugging port")??;
        let (socket, _) = tokio_tungstenite::connect_async(endpoint).await?;
        let mut browser = Self {
            child,
            socket,
            session: String::new(),
            last_id: 0,
            _profile: profile,
        };
        let target = browser
            .command("Target.createTarget", json!({ "url": url }))
            .await?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.command("Target.attachToTarget", attach).await?;
        browser.session = attached["sessionId"].as_str().context("no session")?.to_owned();
        let loaded = format!("location.href === '{url}' && document.readyState === 'complete'");
        browser.wait_for(&loaded).await?;
        Ok(browser)
    }

    /// The value of an expression in the page; promises are awaited. Counts as a user's gesture.
    pub async fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let parameters = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let answer = self.command("Runtime.evaluate", parameters).await?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            bail!("{expression}: {thrown}");
        }
        Ok(answer["result"]["value"].clone())
    }

    /// Waits until an expression is true in the page.
    pub async fn wait_for(&mut self, condition: &str) -> Result<()> {
        let deadline = Instant::now() + COMMAND_MAX;
        loop {
            // A page that is still loading may lack what the condition names.
            let value = self.evaluate(condition).await;
            if matches!(value, Ok(Value::Bool(true))) {
                return Ok(());
            }
            if Instant::now() > deadline {
                let state = self.evaluate("document.body.innerText").await;
                bail!("not in {COMMAND_MAX:?}: {condition} (last {value:?}); the page says {state:?}");
            }
            sleep(POLL).await;
        }
    }

    /// Writes a picture of the page to `$HARK_SCREENSHOTS/name.png`, if that is set.
    pub async fn screenshot(&mut self, name: &str) -> Result<()> {
        let Some(folder) = std::env::var_os("HARK_SCREENSHOTS") else {
            return Ok(());
        };
        let answer = self.command("Page.captureScreenshot", json!({})).await?;
        let picture = base64(answer["data"].as_str().context("no picture")?);
        std::fs::write(PathBuf::from(folder).join(format!("{name}.png")), picture)?;
        Ok(())
    }

    /// Ends the browser without a goodbye, as a crash would.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    async fn command(&mut self, method: &str, params: Value) -> Result<Value> {
        timeout(COMMAND_MAX, self.exchange(method, params))
            .await
            .with_context(|| method.to_owned())?
    }

    async fn exchange(&mut self, method: &str, params: Value) -> Result<Value> {
        self.last_id += 1;
        let mut request = json!({ "id": self.last_id, "method": method, "params": params });
        if !self.session.is_empty() {
            request["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(request.to_string())).await?;
        loop {
            let message = self
                .socket
                .next()
                .await
                .context("chromium closed the debugging socket")??;
            let Message::Text(text) = message else { continue };
            let answer: Value = serde_json::from_str(&text)?;
            if answer["id"] != json!(self.last_id) {
                continue;
            }
            if let Some(error) = answer.get("error") {
                bail!("{method}: {error}");
            }
            return Ok(answer["result"].clone());
        }
    }
}

/// Chromium writes its debugging port and path into its profile once it listens.
async fn endpoint(profile: &Path, child: &mut Child) -> Result<String> {
    let file = profile.join("DevToolsActivePort");
    loop {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if let Some((port, path)) = text.split_once('\n') {
            return Ok(format!("ws://127.0.0.1:{port}{}", path.trim()));
        }
        if let Some(status) = child.try_wait()? {
            bail!("chromium ended at once: {status}");
        }
        sleep(POLL).await;
    }
}

/// RFC 4648 §4, as the DevTools protocol carries pictures.
fn base64(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => Some(u32::from(c - b'A')),
        b'a'..=b'z' => Some(u32::from(c - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(c - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u32> = text.bytes().filter_map(value).collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let word = (0..4).fold(0, |word, i| word << 6 | four.get(i).copied().unwrap_or(0));
        word.to_be_bytes().into_iter().skip(1).take(four.len() - 1)
    });
    bytes.collect()
}
