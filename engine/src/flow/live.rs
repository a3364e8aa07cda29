//! Flows, wording and policy that change while calls go on: files are looked at once a second, proved like
//! at the start, and used by new calls. A call keeps what it began with; what is not sound changes nothing.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use engine_core::call::site::Site;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{FLOWS, PROMPTS};
use crate::confirm;
use crate::sip::Dialplan;
use crate::stt::Hearing;
use crate::tts::Prompts;

/// What the next call gets. Clones see the same.
#[derive(Debug, Clone)]
pub struct LiveSite(watch::Receiver<Arc<Site>>);

impl LiveSite {
    pub fn now(&self) -> Arc<Site> {
        Arc::clone(&self.0.borrow())
    }
}

/// Watches the files and switches.
#[derive(Debug)]
pub struct Reloader {
    models: PathBuf,
    /// Its destinations must exist in every version.
    dialplan: Arc<Dialplan>,
    trunks: Vec<String>,
    site: watch::Sender<Arc<Site>>,
    seen: Fingerprint,
}

/// What a look at the files led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Unchanged,
    /// New calls get this version.
    Switched(String),
    /// The files are not sound, and why; the version that runs stays.
    Refused(String),
}

impl Reloader {
    /// `site` is what was loaded from `models` at the start.
    pub fn new(models: &Path, dialplan: Arc<Dialplan>, trunks: Vec<String>, site: Site) -> (Self, LiveSite) {
        count_version(&site.talk_version(), 1.0);
        let (sender, receiver) = watch::channel(Arc::new(site));
        let reloader = Self {
            seen: Fingerprint::of(models),
            models: models.to_owned(),
            dialplan,
            trunks,
            site: sender,
        };
        (reloader, LiveSite(receiver))
    }

    /// Looks until stopped. What is new is spoken and compiled ahead, so that no caller waits for it.
    pub async fn run(mut self, voice: Arc<Prompts>, hearing: Arc<Hearing>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let looked = tokio::task::spawn_blocking(move || {
                let look = self.look();
                (self, look)
            });
            let Ok((reloader, look)) = looked.await else {
                warn!("flows are no longer looked at: the look failed");
                return;
            };
            self = reloader;
            match look {
                Look::Unchanged => {}
                Look::Switched(version) => {
                    let site = Arc::clone(&self.site.borrow());
                    let understanding = site.understander.version();
                    info!(
                        version,
                        understanding, "what is said or understood changed: new calls use it"
                    );
                    hearing.warm(site.grammars.iter().map(|(_, grammar)| grammar));
                    prepare(&voice, &site).await;
                }
                Look::Refused(why) => {
                    warn!(%why, "what was changed is refused; the running version stays")
                }
            }
        }
    }

    /// Looks once; files that have not changed since the last look are not read.
    pub fn look(&mut self) -> Look {
        let now = Fingerprint::of(&self.models);
        if now == self.seen {
            return Look::Unchanged;
        }
        self.seen = now;
        match self.load() {
            Ok(site) => {
                let (before, version) = (self.site.borrow().talk_version(), site.talk_version());
                count_version(&before, 0.0);
                count_version(&version, 1.0);
                metrics::counter!("hark_flow_reloads_total", "result" => "switched").increment(1);
                self.site.send_replace(Arc::new(site));
                Look::Switched(version)
            }
            Err(why) => {
                metrics::counter!("hark_flow_reloads_total", "result" => "refused").increment(1);
                Look::Refused(why)
            }
        }
    }

    fn load(&self) -> Result<Site, String> {
        let (flows, prompts) = super::load_for_calls(&self.models).map_err(|error| error.to_string())?;
        let policy = confirm::load(&self.models).map_err(|error| error.to_string())?;
        let understander = crate::nlu::load(&self.models).map_err(|error| error.to_string())?;
        let names: Vec<&str> = flows.names().collect();
        let trunks: Vec<&str> = self.trunks.iter().map(String::as_str).collect();
        self.dialplan
            .check(&names, &trunks)
            .map_err(|error| error.to_string())?;
        Ok(self.site.borrow().talking(flows, prompts, policy, understander))
    }
}

/// Fixed sentences are spoken once, so that no caller waits for them.
async fn prepare(voice: &Prompts, site: &Site) {
    for (prompt, text) in site.prompts.fixed_phrases() {
        let rate = engine_core::units::SampleRate::Hz8000;
        if let Err(error) = voice.render(&prompt, &text, rate).await {
            warn!(%error, prompt, "a phrase could not be rendered ahead");
        }
    }
}

fn count_version(version: &str, value: f64) {
    metrics::gauge!("hark_flows_info", "version" => version.to_owned()).set(value);
}

/// What tells whether a file has changed: when it was written, and how long it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Fingerprint(BTreeMap<PathBuf, (Option<SystemTime>, u64)>);

impl Fingerprint {
    fn of(models: &Path) -> Self {
        let mut files = BTreeMap::new();
        for folder in [FLOWS, PROMPTS, POLICY, UNDERSTANDING, GRAMMARS] {
            // A folder that cannot be read is a change like any other: loading says why.
            let Ok(entries) = fs::read_dir(models.join(folder)) else {
                continue;
            };
            for entry in entries.filter_map(Result::ok) {
                let path = entry.path();
                let read = |extension: &OsStr| READ.iter().any(|read| extension == *read);
                if path.extension().is_some_and(read)
                    && let Ok(about) = entry.metadata()
                {
                    files.insert(path, (about.modified().ok(), about.len()));
                }
            }
        }
        Self(files)
    }
}

/// How soon a change is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const POLICY: &str = "policy";
const UNDERSTANDING: &str = "nlu/en";
const GRAMMARS: &str = "nlu/en/grammar";
/// Flows, wording and policy; the trained model; the grammars' rules.
const READ: &[&str] = &["toml", "model", "jsgf"];

#[cfg(test)]
mod tests;
