//! The engine put together: models loaded, sockets bound, tasks started, and stopped in order.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use engine_core::call::input::Command;
use engine_core::call::site::Site;
use engine_core::conversation::ConfirmationPolicy;
use engine_core::conversation::flow::FlowSet;
use engine_core::nlu::lexicon::Lexicon;
use engine_core::shop::Catalogue;
use engine_core::source::FileError;
use engine_core::speech::vad::VadMode;
use engine_core::speech::verdict::Capabilities;
use thiserror::Error;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::call::door::Door;
use crate::call::outward::{Outward, OutwardRequest};
use crate::call::registry::Registry;
use crate::call::services::{CallNotice, Services};
use crate::commerce::{CommerceConfig, Shop};
use crate::config::SiteConfig;
use crate::flow::live::Reloader;
use crate::media::ports::Ports;
use crate::media::recorder::Recorder;
use crate::ops::health::{Health, Readiness};
use crate::ops::metrics::Metrics;
use crate::sip::{Admission, Dialplan, IncomingCall, SipHandle, SipStack, TrunkTable};
use crate::store::Store;
use crate::stt::{Hearing, ModelInfo};
use crate::tts::{Prompts, TtsConfig};
use crate::web::{BrowserCall, WebServer};
use crate::{confirm, flow, nlu, routing, web};

/// Browser calls that may wait to be taken in.
/// Requests for calls out that may wait; each is decided in milliseconds.
const OUTWARD_QUEUE: usize = 16;
const BROWSER_QUEUE: usize = 16;

/// Notices a slow watcher may fall behind before it loses some.
const NOTICES: usize = 1_024;

/// How long calls may go on after a stop was asked for, before they are hung up.
pub const DRAIN_MAX: Duration = Duration::from_secs(10);

/// How long a hung-up call may take to say goodbye and write its record.
const GOODBYE_MAX: Duration = Duration::from_secs(5);

/// How long the far ends may take to answer our last BYEs: time for three repetitions over UDP.
const BYES_MAX: Duration = Duration::from_secs(5);

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    pub sip_address: SocketAddr,
    pub web_address: SocketAddr,
    /// Which models hear, for people.
    pub models: Vec<ModelInfo>,
    pub registry: Registry,
    services: Services,
    admission: Arc<Admission>,
    health: Health,
    web: WebServer,
    calls: TaskTracker,
    stop: CancellationToken,
}

impl Engine {
    /// Starts everything. The shop must answer: its catalogue is what callers can name.
    pub async fn start(config: SiteConfig, metrics: Metrics) -> Result<Self> {
        let stop = CancellationToken::new();
        let limits = config.limits();
        let SiteConfig {
            engine,
            trunks,
            dialplan,
            routing,
        } = config;
        let engine_outward = engine.outward;
        let store = Store::open(&engine.store).await?;
        let (shop, catalogue) = open_shop(&engine.commerce, &store).await?;
        let talk = Talk::load(&engine.talk.models, catalogue)?;
        check_dialplan(&dialplan, &talk.flows, &trunks)?;
        let hearing = talk.start_hearing(&engine.hearing).await?;
        let voice = talk.start_voice(&engine.speaking)?;
        let site = talk.site(&hearing, limits);

        let (router, _routing) = routing::task::spawn(routing.router(), stop.clone());
        let dialplan = Arc::new(dialplan);
        let trunk_names = trunks.names().chain([web::TRUNK]).map(str::to_owned).collect();
        let (reloader, site) = Reloader::new(&engine.talk.models, Arc::clone(&dialplan), trunk_names, site);
        tokio::spawn(reloader.run(Arc::clone(&voice), Arc::clone(&hearing), stop.clone()));
        let admission = Admission::new(engine.sip.max_calls);
        let (sip, incoming) = SipStack::start(
            engine.sip,
            trunks,
            Dialplan::clone(&dialplan),
            Arc::clone(&admission),
            stop.clone(),
        )
        .await?;
        let services = Services {
            site,
            shop,
            store,
            hearing,
            voice,
            router,
            sip,
            ports: Ports::new(engine.media.bind, engine.media.first_port, engine.media.last_port)?,
            recorder: engine.media.recordings.as_deref().map(recorder).transpose()?,
            media: Arc::new(engine.media),
            notices: broadcast::channel(NOTICES).0,
        };

        let health = Health::default();
        let (outward, outward_calls) = mpsc::channel(OUTWARD_QUEUE);
        let (browsers, browser_calls) = mpsc::channel(BROWSER_QUEUE);
        let web_services = web::Services {
            calls: browsers,
            outward,
            admission: Arc::clone(&admission),
            dialplan,
            store: services.store.clone(),
            webrtc: engine.webrtc,
            health: health.clone(),
            metrics,
        };
        let web = WebServer::start(&engine.web, web_services).await?;
        let engine = Self {
            sip_address: sip_address(&services.sip)?,
            web_address: web.address(),
            models: services.hearing.describe().to_vec(),
            registry: Registry::default(),
            services,
            admission,
            health,
            web,
            calls: TaskTracker::new(),
            stop,
        };
        let outward = Outward::new(engine_outward, Arc::clone(&engine.admission));
        engine.open_door(incoming, browser_calls, outward, outward_calls);
        Ok(engine)
    }

    /// From here on there are calls.
    fn open_door(
        &self,
        incoming: mpsc::Receiver<IncomingCall>,
        browsers: mpsc::Receiver<BrowserCall>,
        outward: Outward,
        outward_calls: mpsc::Receiver<OutwardRequest>,
    ) {
        let door = Door {
            services: self.services.clone(),
            registry: self.registry.clone(),
            calls: self.calls.clone(),
            outward,
        };
        tokio::spawn(door.run(incoming, browsers, outward_calls, self.stop.clone()));
        self.health.set(Readiness::Accepting);
        info!(sip = %self.sip_address, web = %self.web_address, "hark takes calls");
    }

    /// What happens in calls, as it happens.
    pub fn watch(&self) -> broadcast::Receiver<CallNotice> {
        self.services.notices.subscribe()
    }

    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Refuses new calls, lets those under way finish within `patience`, then ends them with a goodbye.
    pub async fn stop(self, patience: Duration) {
        self.health.set(Readiness::Draining);
        self.admission.close();
        self.calls.close();
        if tokio::time::timeout(patience, self.calls.wait()).await.is_err() {
            warn!(calls = self.registry.len(), "ending the calls that remain");
            self.registry.send_all(&Command::Hangup);
            if tokio::time::timeout(GOODBYE_MAX, self.calls.wait())
                .await
                .is_err()
            {
                warn!(calls = self.registry.len(), "calls did not end in time");
            }
        }
        if !self.services.sip.drained(BYES_MAX).await {
            warn!(
                dialogs = self.services.sip.dialogs(),
                "some far ends have not answered our BYE"
            );
        }
        self.stop.cancel();
        self.web.stop().await;
        if let Err(error) = self.services.store.flush().await {
            warn!(%error, "the last records may be missing");
        }
        self.services.shop.close().await;
    }
}

async fn open_shop(config: &CommerceConfig, store: &Store) -> Result<(Shop, Catalogue)> {
    let shop = Shop::connect(config.clone(), store.clone()).await?;
    let catalogue = shop
        .catalogue()
        .await
        .with_context(|| format!("no catalogue from the shop at {}: is it running?", config.address))?;
    Ok((shop, catalogue))
}

fn sip_address(sip: &SipHandle) -> Result<SocketAddr> {
    let first = sip.addresses().first().map(|(_, address)| *address);
    first.context("no SIP transport is configured")
}

/// Renders what will surely be said, beside the rest of the start: a phrase not ready yet is rendered
/// when it is needed.
fn prerender(voice: Arc<Prompts>, talk: &Talk) {
    let phrases: Vec<(String, String)> = talk.prompts.fixed_phrases().collect();
    tokio::spawn(async move {
        if let Err(error) = voice.prerender(phrases).await {
            warn!(%error, "some phrases could not be rendered ahead");
        }
    });
}

/// What the dialplan names must exist: flows, and trunks (browsers are one).
pub fn check_dialplan(dialplan: &Dialplan, flows: &FlowSet, trunks: &TrunkTable) -> Result<(), FileError> {
    let flows: Vec<&str> = flows.names().collect();
    let trunks: Vec<&str> = trunks.names().chain([web::TRUNK]).collect();
    dialplan.check(&flows, &trunks)
}

fn recorder(folder: &Path) -> Result<Recorder, RecordingsError> {
    Recorder::start(folder).map_err(|source| RecordingsError {
        folder: folder.to_owned(),
        source,
    })
}

/// The folder of recordings does not take them.
#[derive(Debug, Error)]
#[error("{}: recordings cannot be written: {source}; set media.recordings to a folder that can", .folder.display())]
pub struct RecordingsError {
    folder: PathBuf,
    source: std::io::Error,
}

/// What a call can say and understand, loaded from `models/`.
#[derive(Debug)]
pub struct Talk {
    flows: Arc<FlowSet>,
    prompts: Arc<engine_core::conversation::prompt::PromptBook>,
    policy: Arc<ConfirmationPolicy>,
    understander: Arc<engine_core::nlu::understand::Understander>,
    lexicon: Arc<Lexicon>,
    grammars: Vec<(
        engine_core::speech::expectation::Expectation,
        Arc<engine_core::nlu::grammar::Grammar>,
    )>,
}

impl Talk {
    /// Loads flows, prompts and understanding, and compiles the grammars that no caller changes.
    pub fn load(models: &Path, catalogue: Catalogue) -> Result<Self> {
        let (flows, prompts) = flow::load_for_calls(models)?;
        let policy = confirm::load(models)?;
        let understander = nlu::load(models)?;
        let lexicon = Arc::new(Lexicon::new(&catalogue).with_brought(flows.brought()));
        let grammars = Site::compile_grammars(&flows, &understander, &lexicon);
        Ok(Self {
            flows,
            prompts,
            policy,
            understander,
            lexicon,
            grammars,
        })
    }

    /// Starts the recognisers on every word that these grammars know. Loading takes a second of
    /// computing, so it does not run on the runtime's own threads.
    pub async fn start_hearing(&self, config: &crate::stt::SttConfig) -> Result<Arc<Hearing>> {
        let words = self
            .grammars
            .iter()
            .flat_map(|(_, grammar)| grammar.words().iter().cloned())
            .collect();
        let config = config.clone();
        let pronunciations = self.understander.pronunciations().to_owned();
        let started =
            tokio::task::spawn_blocking(move || Hearing::start(&config, &words, &pronunciations)).await?;
        let hearing = started?;
        hearing.warm(self.grammars.iter().map(|(_, grammar)| grammar));
        Ok(hearing)
    }

    /// Starts the voice, and renders what will surely be said beside the rest of the start.
    fn start_voice(&self, config: &TtsConfig) -> Result<Arc<Prompts>> {
        let voice = Prompts::start(config)?;
        prerender(Arc::clone(&voice), self);
        Ok(voice)
    }

    fn site(self, hearing: &Hearing, limits: engine_core::call::site::SiteLimits) -> Site {
        let capabilities = hearing.capabilities();
        Site {
            flows: self.flows,
            prompts: self.prompts,
            policy: self.policy,
            understander: self.understander,
            lexicon: self.lexicon,
            grammars: self.grammars,
            capabilities: Capabilities {
                grammar: capabilities.grammar,
                open: capabilities.open,
            },
            hearing: hearing.versions(),
            vad: VadMode::default(),
            limits,
        }
    }
}
