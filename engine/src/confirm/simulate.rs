//! `hark confirm simulate`.

use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use engine_core::conversation::ConfirmationPolicy;
use serde::Serialize;

use super::call::House;
use super::caller::Keys;
use super::ears::Errors;
use super::figures::{Figures, Sums, most_wrong_of_none};
#[cfg(test)]
use super::vocabulary::Confusion;

#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// How many calls.
    #[arg(long, default_value_t = 10_000)]
    calls: u64,
    /// The first call's seed; the others follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    errors: Errors,
    /// What becomes of Hark's wish for a key.
    #[arg(long, value_enum, default_value_t = Keys::Pressed)]
    keys: Keys,
    /// The folder that holds `flows/`, `prompts/`, `nlu/` and `policy/`.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// The policy, instead of the folder's.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Try a grid of order rows and name the cheapest (in seconds a call, a human's included) that these calls show to
    /// have no more wrong orders than this in 100,000: at most 1 takes --calls 400000, at most 100 4,000.
    #[arg(long, value_name = "WRONG")]
    target: Option<f64>,
    /// Exit with code 1 when there are more wrong orders than this.
    #[arg(long, value_name = "WRONG")]
    wrong_max: Option<usize>,
    /// Exit with code 1 when an order takes more confirmations than this on average.
    #[arg(long, value_name = "MEAN")]
    confirmations_max: Option<f64>,
    /// Print each call's transcript.
    #[arg(long)]
    tell: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A point of the grid.
#[derive(Debug, Serialize)]
struct Tried {
    keypad_risk: f32,
    yes: f32,
    figures: Figures,
}

pub(super) fn run(args: &SimulateArgs) -> anyhow::Result<()> {
    let house = House::load(&args.models)?;
    let policy = match &args.policy {
        Some(file) => super::load_file(file)?,
        None => super::load(&args.models)?,
    };
    let mut out = io::stdout().lock();
    if let Some(target) = args.target {
        return pick(args, &house, &policy, target, &mut out);
    }
    if args.tell {
        for seed in args.seed..args.seed.saturating_add(args.calls) {
            let called = house.call(seed, &args.errors, args.keys, &policy, true);
            writeln!(out, "call {seed}\n{}", called.transcript)?;
        }
    }
    let figures = play(&house, args, &policy);
    if args.json {
        serde_json::to_writer(&mut out, &figures)?;
        writeln!(out)?;
    } else {
        writeln!(out, "policy                   {}", policy.version())?;
        figures.print(&mut out)?;
    }
    judge(args, &figures)
}

/// Every call, on every core.
fn play(house: &House, args: &SimulateArgs, policy: &Arc<ConfirmationPolicy>) -> Figures {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let sums = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let mut sums = Sums::default();
                    for at in (worker..args.calls).step_by(threads as usize) {
                        let seed = args.seed.wrapping_add(at);
                        sums.add(&house.call(seed, &args.errors, args.keys, policy, false));
                    }
                    sums
                })
            })
            .collect();
        let done = workers.into_iter().filter_map(|worker| worker.join().ok());
        done.fold(Sums::default(), Sums::join)
    });
    sums.figures()
}

fn judge(args: &SimulateArgs, figures: &Figures) -> anyhow::Result<()> {
    if figures.calls as u64 != args.calls {
        anyhow::bail!(
            "only {} of {} calls were played to their end",
            figures.calls,
            args.calls
        );
    }
    if let Some(most) = args.wrong_max.filter(|most| figures.wrong > *most) {
        anyhow::bail!("{} wrong orders, {most} allowed", figures.wrong);
    }
    let mean = figures.confirmations_per_order.mean;
    if let Some(most) = args.confirmations_max.filter(|most| mean > *most) {
        anyhow::bail!("{mean:.2} confirmations an order, {most} allowed");
    }
    Ok(())
}

/// The same calls under every point of the grid.
fn pick(
    args: &SimulateArgs,
    house: &House,
    policy: &ConfirmationPolicy,
    target: f64,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    can_be_shown(target, args.calls)?;
    let mut tried = Vec::new();
    for keypad_risk in KEYPAD_RISKS {
        for yes in YESES {
            let policy = Arc::new(policy.with_order_rows(keypad_risk, yes));
            let figures = play(house, args, &policy);
            if !args.json {
                writeln!(
                    out,
                    "keypad from risk {keypad_risk:.2}, yes from {yes:.2}: {} wrong, {:.2} confirmations, {:.1} s, {:.1} % to a human",
                    figures.wrong,
                    figures.confirmations_per_order.mean,
                    figures.seconds.mean,
                    figures.transferred.share * 100.0
                )?;
                out.flush()?;
            }
            tried.push(Tried {
                keypad_risk,
                yes,
                figures,
            });
        }
    }
    let allowed = |one: &&Tried| one.figures.most_wrong() <= target;
    let cheapest = tried
        .iter()
        .filter(allowed)
        .min_by(|a, b| cost_s(&a.figures).total_cmp(&cost_s(&b.figures)));
    if args.json {
        serde_json::to_writer(
            &mut *out,
            &serde_json::json!({ "tried": tried, "cheapest": cheapest }),
        )?;
        writeln!(out)?;
        return Ok(());
    }
    match cheapest {
        Some(best) => {
            writeln!(
                out,
                "\ncheapest that is shown (95 %) to have at most {target} wrong in 100,000: risk = {:.2} for keypad, yes = {:.2}",
                best.keypad_risk, best.yes
            )?;
            best.figures.print(out)?;
        }
        None => writeln!(
            out,
            "\nno policy of the grid is shown to have so few wrong orders on such a line: raise --calls, or the target"
        )?,
    }
    Ok(())
}

/// Whether so many calls say anything of so few wrong orders.
fn can_be_shown(target: f64, calls: u64) -> anyhow::Result<()> {
    let least = most_wrong_of_none(usize::try_from(calls)?);
    anyhow::ensure!(
        least <= target,
        "--target {target}: {calls} calls without a wrong order show no more than at most {least:.1} in 100,000; \
         raise --calls"
    );
    Ok(())
}

/// What a call costs: its seconds, and those of the human who takes it over.
fn cost_s(figures: &Figures) -> f64 {
    figures.seconds.mean + HUMAN_S * figures.transferred.share
}

/// From which risk on an order needs a key, from never to nearly always.
const KEYPAD_RISKS: [f32; 6] = [1.0, 0.20, 0.10, 0.06, 0.04, 0.02];
/// How sure a spoken yes must be.
const YESES: [f32; 4] = [0.5, 0.65, 0.8, 0.9];
/// A human's time for one call, in seconds.
const HUMAN_S: f64 = 180.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn house() -> House {
        House::load(std::path::Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../models"
        )))
        .unwrap()
    }

    const CLEAN: Errors = Errors {
        confuse: 0.0,
        confusion: Confusion::Any,
        insert: 0.0,
        lose: 0.0,
        reject: 0.0,
        right: 0.95,
        wrong: 0.55,
        second: false,
    };

    fn played(errors: Errors, calls: u64) -> Figures {
        let (house, policy) = (house(), Arc::new(ConfirmationPolicy::shipped()));
        let mut sums = Sums::default();
        for seed in 0..calls {
            let called = house.call(seed, &errors, Keys::Pressed, &policy, true);
            if called.wrong > 0 || (errors == CLEAN && called.placed != 1) {
                panic!("seed {seed}: {}", called.transcript);
            }
            sums.add(&called);
        }
        sums.figures()
    }

    #[test]
    fn on_clean_speech_everyone_gets_their_order_and_is_hardly_bothered() {
        let figures = played(CLEAN, 150);
        assert_eq!(figures.wrong, 0);
        assert!(figures.confirmations_per_order.mean <= 2.0, "{figures:?}");
    }

    #[test]
    fn a_target_takes_the_calls_that_can_show_it() {
        let check = |target: f64, calls: u64, expect: Option<&str>| {
            let refused = can_be_shown(target, calls).err().map(|error| error.to_string());
            assert_eq!(refused.as_deref(), expect, "{target} by {calls}");
        };
        check(100.0, 4_000, None);
        check(
            100.0,
            500,
            Some(
                "--target 100: 500 calls without a wrong order show no more than at most 762.4 in 100,000; \
                 raise --calls",
            ),
        );
    }

    #[test]
    fn mishearing_costs_time_and_never_an_order() {
        let noisy = Errors {
            confuse: 0.1,
            insert: 0.01,
            lose: 0.02,
            reject: 0.03,
            ..CLEAN
        };
        let figures = played(noisy, 150);
        assert_eq!(figures.wrong, 0);
        assert!(figures.ordered.share > 0.6, "{figures:?}");
    }
}
