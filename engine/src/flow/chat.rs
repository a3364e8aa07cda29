//! `hark flow chat`: the conversation in a terminal, by text, with the real understanding, flows and
//! wording, against a shop. What is typed is taken as heard without doubt.

use std::io::{self, BufRead, IsTerminal as _, Write};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use demo::merchant;
use engine_core::conversation::action::Action;
use engine_core::conversation::event::{Directive, Event, Outcome, TransferResult};
use engine_core::conversation::{CallerFacts, Conversation, FlowSet, PromptBook};
use engine_core::ids::{CallId, EffectId};
use engine_core::nlu::decision::Decision;
use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::understand::{Context, Understander};
use engine_core::pii::Pii;
use engine_core::speech::expectation::Expectation;
use engine_core::units::Confidence;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::commerce::{CommerceConfig, Shop};
use crate::store::{Store, StoreConfig};

/// Talk to Hark in a terminal.
///
/// Type what the caller says. A line that begins with a slash is something else:
/// /key 1, /silence, /mumble (not understood), /agent (one is free), /nobody (none is), /hangup.
#[derive(Debug, Args)]
pub(super) struct ChatArgs {
    /// The folder that holds `flows/`, `prompts/` and `nlu/`.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// The shop's gRPC address, "http://127.0.0.1:50051"; without it a demo shop of its own is started.
    #[arg(long)]
    shop: Option<String>,
    /// The number the call seems to come from; empty for a withheld one.
    #[arg(long, default_value = merchant::DEMO_CALLER)]
    phone: String,
    /// Chooses among the wordings, and the demo shop's customers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Show understanding and decisions as well.
    #[arg(long)]
    why: bool,
}

/// Chats on standard input and output until the conversation or the input ends.
pub(super) fn run(args: &ChatArgs) -> anyhow::Result<()> {
    let (flows, prompts) = super::load(&args.models)?;
    let policy = crate::confirm::load(&args.models)?;
    let understander = crate::nlu::load(&args.models)?;
    let runtime = Runtime::new().context("cannot start the runtime")?;
    let scratch = Scratch::new();
    let shop = runtime.block_on(open_shop(args, &scratch))?;
    let mut chat = Chat::new(&runtime, shop, understander, flows, prompts, args)?;
    chat.conversation = chat.conversation.under(policy);
    chat.echo = !io::stdin().is_terminal();
    chat.talk(&mut io::stdin().lock(), &mut io::stdout().lock())?;
    Ok(())
}

/// The shop asked for, or one of our own on a free port of this machine.
async fn open_shop(args: &ChatArgs, scratch: &Scratch) -> anyhow::Result<Shop> {
    let address = match &args.shop {
        Some(address) => address.clone(),
        None => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = format!("http://{}", listener.local_addr()?);
            // It serves until the program ends.
            tokio::spawn(merchant::serve(
                listener,
                merchant::Shop::new(args.seed).by_the_clock(),
                std::future::pending(),
            ));
            address
        }
    };
    let config = StoreConfig {
        path: scratch.0.join("chat.db"),
        ..StoreConfig::default()
    };
    let store = Store::open(&config).await?;
    Ok(Shop::connect(
        CommerceConfig {
            address,
            ..CommerceConfig::default()
        },
        store,
    )
    .await?)
}

/// A folder for the outbox of one chat, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("hark-chat-{}", uuid::Uuid::now_v7())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it lies in the system's own folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One conversation by text.
struct Chat<'r> {
    runtime: &'r Runtime,
    shop: Shop,
    understander: Arc<Understander>,
    lexicon: Lexicon,
    flows: Arc<FlowSet>,
    conversation: Conversation,
    call: CallId,
    /// What the last question expects.
    expectation: Expectation,
    why: bool,
    /// Whether lines are written out as they are read: nobody sees them typed.
    echo: bool,
}

impl<'r> Chat<'r> {
    fn new(
        runtime: &'r Runtime,
        shop: Shop,
        understander: Arc<Understander>,
        flows: Arc<FlowSet>,
        prompts: Arc<PromptBook>,
        args: &ChatArgs,
    ) -> anyhow::Result<Self> {
        let catalogue = Arc::new(runtime.block_on(shop.catalogue())?);
        let lexicon = Lexicon::new(&catalogue).with_brought(flows.brought());
        let call = CallId::new(format!("chat-{}", uuid::Uuid::now_v7()));
        let phone = (!args.phone.is_empty()).then(|| Pii::new(args.phone.clone()));
        let caller = CallerFacts {
            call: call.clone(),
            phone,
            destination: None,
            purpose: None,
        };
        let conversation = Conversation::new(Arc::clone(&flows), prompts, catalogue, caller, args.seed);
        let (expectation, why) = (Expectation::Open, args.why);
        Ok(Self {
            runtime,
            shop,
            understander,
            lexicon,
            flows,
            conversation,
            call,
            expectation,
            why,
            echo: true,
        })
    }

    /// Reads lines and answers them; the outcome, when the conversation came to one.
    fn talk(mut self, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<Option<Outcome>> {
        let mut outcome = self.tell(Event::Start, output)?;
        while outcome.is_none() {
            write!(output, "> ")?;
            output.flush()?;
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line)? == 0 {
                if self.echo {
                    writeln!(output, "/hangup")?;
                }
                outcome = self.tell(Event::HungUp, output)?;
                break;
            }
            // What is no UTF-8 is answered like any other words that nobody understands.
            let line = String::from_utf8_lossy(&line);
            if self.echo {
                writeln!(output, "{}", readable(line.trim()))?;
            }
            let event = self.event(line.trim(), output)?;
            outcome = self.tell(event, output)?;
        }
        Ok(outcome)
    }

    fn event(&self, line: &str, output: &mut impl Write) -> io::Result<Event> {
        let event = match line.split_once(' ').unwrap_or((line, "")) {
            ("/key", keys) => Event::Keyed(keys.to_owned()),
            ("/silence" | "", _) => Event::Silence,
            ("/mumble", _) => Event::NotUnderstood,
            ("/agent", _) => Event::Transfer(TransferResult::Connected),
            ("/nobody", _) => Event::Transfer(TransferResult::NobodyFree),
            ("/hangup", _) => Event::HungUp,
            (_, _) => {
                let decision = self.understand(line);
                if self.why {
                    writeln!(output, "  [{}]", explain(&decision))?;
                }
                Event::Heard(decision)
            }
        };
        Ok(event)
    }

    fn understand(&self, line: &str) -> Decision {
        let context = Context {
            expectation: &self.expectation,
            lexicon: &self.lexicon,
            candidates: &[],
        };
        let decision = self.understander.understand(line, Confidence::CERTAIN, &context);
        self.flows.hear(decision)
    }

    /// Tells the conversation what happened and does what it wants, until it waits for the caller.
    fn tell(&mut self, event: Event, output: &mut impl Write) -> io::Result<Option<Outcome>> {
        let heard = matches!(event, Event::Heard(_));
        self.conversation.handle(event);
        let (mut outcome, mut silent) = (None, true);
        while let Some(directive) = self.conversation.poll() {
            silent &= matches!(directive, Directive::Note(_));
            match directive {
                Directive::Say(speech) => writeln!(output, "{}", speech.text)?,
                Directive::Listen(listen) => self.expectation = listen.expectation,
                Directive::Act { effect, action } => self.act(effect, action),
                Directive::HandOver(hand_over) => {
                    writeln!(
                        output,
                        "  [to {}: {}] (/agent or /nobody)",
                        hand_over.skill, hand_over.summary
                    )?;
                }
                Directive::Note(note) if self.why => {
                    writeln!(output, "  [{} {}: {}]", note.step, note.what, note.why)?;
                }
                Directive::Note(_) => {}
                Directive::End { outcome: ended } => {
                    writeln!(output, "  [{}]", ended.name())?;
                    outcome = Some(ended);
                }
            }
        }
        if heard && silent {
            writeln!(output, "  [no answer: a person is being rung; /agent or /nobody]")?;
        }
        Ok(outcome)
    }

    fn act(&mut self, effect: EffectId, action: Action) {
        let result = self.runtime.block_on(self.shop.act(&self.call, action, DEADLINE));
        self.conversation.handle(Event::ActionDone { effect, result });
    }
}

/// A line as a terminal may show it: nothing in it steers the terminal, and its end is left out where it never ends.
fn readable(line: &str) -> String {
    if line.is_empty() {
        return "/silence".to_owned();
    }
    let mut shown: String = line
        .chars()
        .take(LINE_SHOWN_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if line.chars().nth(LINE_SHOWN_MAX).is_some() {
        shown.push_str(" ...");
    }
    shown
}

/// "reorder 0.95, item=BNS-1; by rule:phrases".
fn explain(decision: &Decision) -> String {
    let intent = decision.intent().map_or_else(
        || "no intent".to_owned(),
        |intent| format!("{} {}", intent.name, intent.confidence),
    );
    let slots: String = decision
        .slots
        .iter()
        .map(|slot| format!(", {}=\"{}\"", slot.name, slot.span))
        .collect();
    format!(
        "{intent}{slots}; sure {} by {}",
        decision.confidence, decision.decided_by
    )
}

/// Letters of a line that are written out.
const LINE_SHOWN_MAX: usize = 400;
/// Nobody waits longer than this at a keyboard either.
const DEADLINE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> ChatArgs {
        let models = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"));
        ChatArgs {
            models,
            shop: None,
            phone: merchant::DEMO_CALLER.to_owned(),
            seed: 1,
            why: true,
        }
    }

    fn chat(args: &ChatArgs, lines: &str) -> (String, Option<Outcome>) {
        let (flows, prompts) = super::super::load(&args.models).unwrap();
        let understander = crate::nlu::load(&args.models).unwrap();
        let runtime = Runtime::new().unwrap();
        let scratch = Scratch::new();
        let shop = runtime.block_on(open_shop(args, &scratch)).unwrap();
        let chat = Chat::new(&runtime, shop, understander, flows, prompts, args).unwrap();
        let mut output = Vec::new();
        let outcome = chat.talk(&mut lines.as_bytes(), &mut output).unwrap();
        (String::from_utf8(output).unwrap(), outcome)
    }

    #[test]
    fn the_demonstration_goes_through_with_real_understanding_and_a_real_shop() {
        let (said, outcome) = chat(
            &args(),
            "I'd like to reorder my last order\nmake it two\nyes\nwhere is my order\ngoodbye\n",
        );
        assert_eq!(outcome, Some(Outcome::OrderPlaced), "{said}");
        assert!(said.contains("\n> make it two\n"), "{said}");
        assert!(said.contains("two bags of"), "{said}");
        assert_eq!(said.matches(" placed: order ").count(), 1, "{said}");
    }

    #[test]
    fn a_drink_by_a_stranger_is_read_back_and_placed() {
        let args = ChatArgs {
            phone: String::new(),
            ..args()
        };
        let (said, outcome) = chat(
            &args,
            "a large latte with oat milk please\nyes please\nno thank you\n",
        );
        assert_eq!(outcome, Some(Outcome::OrderPlaced), "{said}");
        assert!(said.contains("large latte with oat milk"), "{said}");
    }

    #[test]
    fn who_leaves_while_a_person_is_rung_was_not_answered() {
        let (said, outcome) = chat(&args(), "how much is the kenya\nspeak to a human\n/hangup\n");
        assert!(said.contains("[to support: "), "{said}");
        assert!(!said.contains("[answered]"), "{said}");
        assert_eq!(outcome, Some(Outcome::Abandoned), "{said}");
    }
}
