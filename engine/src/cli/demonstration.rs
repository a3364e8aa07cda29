//! `hark demo`: a demo shop and this engine, and a caller who phones it over real SIP and RTP.
//!
//! Shop, engine and caller share a process but nothing else: they talk gRPC, SIP and RTP over loopback.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use demo::caller::{CallOptions, CallReport, Script};
use demo::merchant::{self, DEMO_CALLER};
use engine_core::call::record::{CallRecord, Heard, TurnRecord};
use engine_core::conversation::action::{Action, ActionValue};
use engine_core::ids::CallId;
use engine_core::pii::Pii;
use engine_core::shop::Order;
use engine_core::source::FileError;
use serde_json::json;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::serve::stop_asked;
use crate::call::services::CallNotice;
use crate::calls::clock;
use crate::commerce::Shop;
use crate::config::SiteConfig;
use crate::engine::{DRAIN_MAX, Engine};
use crate::ops;
use crate::ops::log::LogConfig;
use crate::ops::metrics::Metrics;
use crate::store::now_ms;

/// The customers and orders of the demo shop.
const SHOP_SEED: u64 = 1;

/// How long the shop may take to answer us (not the caller).
const SHOP_WAIT: Duration = Duration::from_secs(3);

/// How long the record may come after the caller has hung up.
const RECORD_WAIT: Duration = Duration::from_secs(10);

/// What the scripted caller says.
const SCRIPT: &str = include_str!("../../demo/scripts/reorder.toml");

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Stop after the demonstration; print one JSON line last. Exit 0 only if the order stands at the
    /// shop exactly once, with quantity two.
    #[arg(long)]
    once: bool,
    /// Folder with engine.toml, trunks.toml, dialplan.toml and routing.toml.
    #[arg(long, default_value = "sip-config")]
    config: PathBuf,
    /// Override one setting of engine.toml, e.g. --set sip.listen=127.0.0.1:5062.
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
}

/// The call was not what it should be; what happened has been told.
#[derive(Debug, Error)]
#[error("the order does not stand at the shop exactly once with quantity two")]
struct NotRight;

pub(super) async fn run(args: DemoArgs) -> Result<()> {
    ops::log::init(&LogConfig {
        filter: "warn".into(),
        json: false,
    })?;
    let stop = CancellationToken::new();
    let shop_address = open_shop(stop.clone()).await?;
    let mut config = site(&args, &shop_address, &own_folder(now_ms()))?;
    if let Some(address) = own_address() {
        config.trunks.admit("this-machine", address);
    }
    let store = config.engine.store.path.clone();
    let engine = Engine::start(config, Metrics::install()?).await?;
    tell_start(&engine, &shop_address);

    let shown = show_a_call(&engine).await?;
    shown.tell(&store);
    if !args.once {
        tell_how_to_call(&engine, &store);
        stop_asked().await?;
    }
    engine
        .stop(if args.once {
            Duration::from_secs(1)
        } else {
            DRAIN_MAX
        })
        .await;
    stop.cancel();
    if args.once {
        say(&shown.json().to_string());
    }
    if shown.is_right() {
        Ok(())
    } else {
        Err(NotRight.into())
    }
}

/// The configured site with the demo shop, and with records of its own: the outbox would send the open
/// orders of a line in use to the demo shop, which knows none of its customers. A demonstration alone
/// takes free ports, so that it disturbs nothing; a line that stays up takes the configured ones, so that
/// a softphone finds it. What `--set` says wins.
fn site(args: &DemoArgs, shop_address: &str, folder: &Path) -> Result<SiteConfig, FileError> {
    let records = SiteConfig::load(&args.config, &args.set)?.engine.media.recordings;
    let mut settings = vec![
        format!("commerce.address={shop_address}"),
        format!("store.path={}", folder.join("hark.db").display()),
    ];
    if records.is_some() {
        settings.push(format!(
            "media.recordings={}",
            folder.join("recordings").display()
        ));
    }
    if args.once {
        settings.extend(["sip.listen=127.0.0.1:0", "web.listen=127.0.0.1:0"].map(str::to_owned));
    }
    settings.extend(args.set.iter().cloned());
    SiteConfig::load(&args.config, &settings)
}

/// One for each run: the demo shop forgets all orders, so none of an earlier run may be sent to it.
fn own_folder(now_ms: i64) -> PathBuf {
    let time = clock::utc(now_ms).replace([' ', ':'], "-");
    Path::new("var/demo").join(format!("{time}-{}", std::process::id()))
}

async fn open_shop(stop: CancellationToken) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("no port for the demo shop")?;
    let address = listener.local_addr()?;
    let shop = merchant::Shop::new(SHOP_SEED).by_the_clock();
    tokio::spawn(async move {
        if let Err(error) = merchant::serve(listener, shop, stop.cancelled_owned()).await {
            tracing::error!(%error, "the demo shop has stopped");
        }
    });
    Ok(format!("http://{address}"))
}

/// What the demonstration came to.
struct Shown {
    report: CallReport,
    turns: Vec<Arc<TurnRecord>>,
    record: Arc<CallRecord>,
    new_orders: Vec<Order>,
    recording: Option<PathBuf>,
    model: String,
}

async fn show_a_call(engine: &Engine) -> Result<Shown> {
    let shop = &engine.services().shop;
    let before = orders(shop).await?;
    let notices = engine.watch();
    let mut options = CallOptions::new(
        format!("sip:shop@127.0.0.1:{}", engine.sip_address.port()),
        Script::parse("reorder.toml", SCRIPT, Path::new("engine/demo/scripts"))?,
    );
    options.from = DEMO_CALLER.to_owned();
    let (report, watched) = tokio::join!(demo::caller::run(options), watch(notices));
    let (turns, record) = watched?;
    let after = orders(shop).await?;
    let new_orders = after
        .into_iter()
        .filter(|order| before.iter().all(|known| known.id != order.id))
        .collect();
    let recording = engine
        .services()
        .recorder
        .as_ref()
        .map(|recorder| recorder.path(&record.call));
    let model = engine
        .models
        .iter()
        .map(|model| model.name.clone())
        .collect::<Vec<_>>()
        .join(", ");
    Ok(Shown {
        report: report?,
        turns,
        record,
        new_orders,
        recording,
        model,
    })
}

/// The demo caller's orders, as the shop's gRPC service reports them.
async fn orders(shop: &Shop) -> Result<Vec<Order>> {
    let us = CallId::new("demonstration");
    let phone = Pii::new(DEMO_CALLER.to_owned());
    let found = shop.act(&us, Action::FindCustomer { phone }, SHOP_WAIT).await?;
    let ActionValue::Customer(Some(customer)) = found else {
        bail!("the demo shop does not know its own demo customer");
    };
    let listed = shop
        .act(
            &us,
            Action::ListOrders {
                customer: customer.id,
                limit: 50,
            },
            SHOP_WAIT,
        )
        .await?;
    let ActionValue::Orders(orders) = listed else {
        bail!("the shop answered a list of orders with {listed:?}");
    };
    Ok(orders)
}

/// Prints the call as it happens, until its record.
async fn watch(
    mut notices: broadcast::Receiver<CallNotice>,
) -> Result<(Vec<Arc<TurnRecord>>, Arc<CallRecord>)> {
    let mut turns = Vec::new();
    let longest = Duration::from_secs(300) + RECORD_WAIT;
    timeout(longest, async {
        loop {
            match notices.recv().await {
                Ok(CallNotice::Started { call, .. }) => say(&format!("\ncall {call}")),
                Ok(CallNotice::Turn(turn)) => {
                    say(&describe(&turn));
                    turns.push(turn);
                }
                Ok(CallNotice::Ended(record)) => return Ok((turns, record)),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => bail!("the engine stopped during the call"),
            }
        }
    })
    .await
    .context("the call did not end")?
}

/// One turn as people read it: the caller, what was made of it, Hark.
fn describe(turn: &TurnRecord) -> String {
    let mut lines = Vec::new();
    match &turn.heard {
        Heard::Nothing => {}
        Heard::Silence => lines.push("caller  (silence)".to_owned()),
        Heard::Unrecognised => lines.push("caller  (not understood)".to_owned()),
        Heard::Keys { digits } => lines.push(format!("caller  keys {digits}")),
        Heard::Speech { transcript, .. } => {
            lines.push(format!(
                "caller  \"{}\"  (heard with {})",
                transcript.text, transcript.confidence
            ));
        }
    }
    if let Some(decision) = &turn.decision {
        let intent = decision.intent().map_or("nothing", |intent| intent.name.as_str());
        lines.push(format!(
            "        {intent} at {}, by {}",
            decision.confidence, decision.decided_by
        ));
    }
    if let Some(ms) = turn.latency.reply_ms {
        let split = format!(
            "endpoint {} ms, recognition {} ms, shop {} ms",
            turn.latency.endpoint_ms.unwrap_or(0),
            turn.latency.recognition_ms.unwrap_or(0),
            turn.latency.action_ms.unwrap_or(0)
        );
        lines.push(format!("        answered after {ms} ms ({split})"));
    }
    lines.extend(turn.said.iter().map(|text| format!("Hark    {text}")));
    lines.join("\n")
}

impl Shown {
    /// One new order, of quantity two, and a call that says that it placed one.
    fn is_right(&self) -> bool {
        let [order] = self.new_orders.as_slice() else {
            return false;
        };
        let twice = order.lines.iter().map(|line| line.quantity).eq([2]);
        twice && self.record.orders.len() == 1 && self.report.completed
    }

    fn tell(&self, store: &Path) {
        say(&format!(
            "\nthe call ended: {} ({:?}, {} turns)",
            self.record.ended_by, self.record.outcome, self.record.turns
        ));
        say("the shop's order service reports as new:");
        for order in &self.new_orders {
            let lines: Vec<String> = order
                .lines
                .iter()
                .map(|line| format!("{} x {}", line.quantity, line.name))
                .collect();
            say(&format!(
                "  order {}: {}, {}, {:?}",
                order.number,
                lines.join(", "),
                order.total,
                order.state
            ));
        }
        if self.new_orders.is_empty() {
            say("  nothing");
        }
        if let Some(failure) = &self.report.failure {
            say(&format!("the scripted caller gave up: {failure}"));
        }
        if let Some(recording) = &self.recording {
            say(&format!(
                "recording: {} (caller left, Hark right)",
                recording.display()
            ));
        }
        say(&format!(
            "record:    hark calls show {} --store {}",
            self.record.call,
            store.display()
        ));
    }

    fn json(&self) -> serde_json::Value {
        let turns: Vec<_> = self.turns.iter().filter_map(|turn| turn_json(turn)).collect();
        let orders: Vec<_> = self
            .new_orders
            .iter()
            .map(|order| json!({ "number": order.number, "lines": order.lines, "total": order.total.to_string() }))
            .collect();
        json!({
            "outcome": self.record.outcome,
            "orders": orders,
            "turns": turns,
            "recording": self.recording,
            "asr_model": self.model,
        })
    }
}

/// A turn in which the caller said something.
fn turn_json(turn: &TurnRecord) -> Option<serde_json::Value> {
    let heard = match &turn.heard {
        Heard::Speech { transcript, .. } => transcript.text.as_str(),
        Heard::Keys { digits } => digits.as_str(),
        Heard::Unrecognised => "",
        Heard::Nothing | Heard::Silence => return None,
    };
    let intent = turn
        .decision
        .as_ref()
        .and_then(|decision| decision.intent())
        .map(|intent| &intent.name);
    Some(json!({ "heard": heard, "intent": intent, "latency_ms": turn.latency.reply_ms }))
}

fn tell_start(engine: &Engine, shop_address: &str) {
    say(&format!("demo shop   {shop_address} (gRPC)"));
    say(&format!(
        "Hark        SIP {}, pages http://{}",
        engine.sip_address, engine.web_address
    ));
    for model in &engine.models {
        say(&format!("hears with  {} ({})", model.name, model.measured));
    }
}

fn tell_how_to_call(engine: &Engine, store: &Path) {
    let port = engine.sip_address.port();
    say(&format!(
        "\nHark stays up. Call it:\n  softphone  sip:shop@127.0.0.1:{port} (no account; PCMU or PCMA)\n  \
         baresip    baresip -e \"/uanew <sip:{DEMO_CALLER}@127.0.0.1>;regint=0\" -e \"/dial sip:shop@127.0.0.1:{port}\"\n  \
         browser    http://{}\n\
         Call as {DEMO_CALLER} to have orders (a browser has no number). Try \"I'd like to reorder my last order\",\n\
         \"where is my order\", \"a large latte with oat milk\".\n\
         Calls so far: hark calls --store {}. Stop with Ctrl-C.",
        engine.web_address,
        store.display()
    ));
}

/// The address that this machine's programs call from when they do not choose loopback. Connecting a UDP
/// socket sends nothing; it only asks the routing table.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((ELSEWHERE, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// A documentation address (RFC 5737), which nobody has.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

#[expect(clippy::print_stdout, reason = "the demonstration is what it prints")]
fn say(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{DemoArgs, own_folder, site};

    const CONFIG: &str = "../sip-config";

    fn args(set: &[&str]) -> DemoArgs {
        DemoArgs {
            once: true,
            config: PathBuf::from(CONFIG),
            set: set.iter().map(|setting| (*setting).to_owned()).collect(),
        }
    }

    #[test]
    fn a_demonstration_keeps_off_the_records_of_a_line_in_use() {
        let own = Path::new("var/demo/x");
        let site = |set: &[&str]| site(&args(set), "http://127.0.0.1:1", own).unwrap().engine;
        let plain = site(&[]);
        assert_eq!(plain.store.path, own.join("hark.db"));
        assert_eq!(plain.media.recordings, Some(own.join("recordings")));
        let set = site(&["store.path=elsewhere.db", "media.recordings=sounds"]);
        assert_eq!(set.store.path, Path::new("elsewhere.db"));
        assert_eq!(set.media.recordings, Some(PathBuf::from("sounds")));
    }

    #[test]
    fn every_run_has_a_folder_of_its_own() {
        let first = own_folder(0);
        assert!(
            first.starts_with("var/demo/") && first != own_folder(1_000),
            "{first:?}"
        );
        let name = first.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("1970-01-01-00-00-00-"), "{name}");
    }
}
