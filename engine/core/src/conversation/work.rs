//! The shop's side of the talk: look-ups, the commit, and what their answers mean for the flow.

use crate::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use crate::conversation::advising::history;
use crate::conversation::event::{Directive, Outcome};
use crate::conversation::flow::{Place, Query, Subject};
use crate::conversation::machine::{Conversation, State};
use crate::conversation::memory::Known;
use crate::conversation::named::Named as _;
use crate::conversation::returning;
use crate::ids::{EffectId, IdempotencyKey, Sku};
use crate::nlu::decision::SlotValue;
use crate::shop::{Order, OrderState};

/// What is being waited for, and where its answers lead.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    Query {
        query: Query,
        branches: Vec<(&'static str, Place)>,
        failed: Place,
    },
    Commit {
        subject: Subject,
        key: IdempotencyKey,
        branches: Vec<(&'static str, Place)>,
    },
}

impl Conversation {
    /// Begins a look-up without waiting for it.
    pub(crate) fn prefetch(&mut self, query: Query) {
        if query == Query::FindCustomer
            && self.memory.customer == Known::NotAsked
            && let Some(action) = self.action(query)
        {
            let effect = self.act(action);
            self.memory.customer = Known::Asked;
            self.early = Some(effect);
        }
    }

    pub(crate) fn look_up(&mut self, query: Query, branches: &[(&'static str, Place)], failed: Place) {
        let work = Work::Query {
            query,
            branches: branches.to_vec(),
            failed,
        };
        if query == Query::FindCustomer {
            match (&self.memory.customer, self.early) {
                (Known::Answer(customer), _) => {
                    let branch = if customer.is_some() { "found" } else { "unknown" };
                    return self.branch_to(branches, branch, failed);
                }
                (Known::Asked, Some(effect)) => {
                    self.state = State::Working { effect, work };
                    return;
                }
                (Known::NotAsked | Known::Asked, _) => {}
            }
        }
        match self.action(query) {
            Some(action) => {
                let effect = self.act(action);
                self.state = State::Working { effect, work };
            }
            None => {
                let nothing = nothing_to_ask(query);
                self.branch_to(branches, nothing, failed);
            }
        }
    }

    /// The action of a query, from what is known. `None` when there is nothing to ask for.
    fn action(&self, query: Query) -> Option<Action> {
        match query {
            Query::FindCustomer => self
                .memory
                .caller
                .phone
                .clone()
                .map(|phone| Action::FindCustomer { phone }),
            Query::ListOrders => self.memory.customer().map(|customer| Action::ListOrders {
                customer: customer.id.clone(),
                limit: ORDERS_ASKED,
            }),
            Query::FindOrder => match self.memory.slots.get("digits") {
                Some(SlotValue::Digits(number)) => Some(Action::FindOrder {
                    number: number.clone(),
                }),
                Some(SlotValue::Text(_) | SlotValue::Number(_)) | None => None,
            },
            Query::CheckStock => {
                let mut skus: Vec<Sku> = self.memory.lines.iter().map(|line| line.sku.clone()).collect();
                // Beside the draft, which a question about something else must not change.
                skus.extend(self.memory.item.clone().filter(|item| !skus.contains(item)));
                (!skus.is_empty()).then_some(Action::CheckStock { skus })
            }
            Query::CheckAdvised => {
                let skus = self.memory.advising.skus();
                (!skus.is_empty()).then_some(Action::CheckStock { skus })
            }
            Query::PriceDrink => self.memory.draft_of_sized().map(|draft| Action::Quote { draft }),
            Query::Quote => self.memory.draft().map(|draft| Action::Quote { draft }),
            Query::CheckReturn | Query::QuoteReturn => {
                let wish = self.memory.return_wish();
                let order = self.memory.order.as_ref().zip(self.memory.customer());
                let priced = query == Query::QuoteReturn;
                order
                    .filter(|_| !priced || wish.is_some())
                    .map(|(order, customer)| Action::QuoteReturn {
                        customer: customer.id.clone(),
                        order: order.id.clone(),
                        wish: wish.filter(|_| priced),
                    })
            }
            Query::ListOpenings => Some(Action::ListOpenings {
                limit: OPENINGS_LIMIT,
            }),
            Query::ListLaunches => Some(Action::ListLaunches),
            Query::ListReservations => self.memory.customer().map(|customer| Action::ListReservations {
                customer: customer.id.clone(),
            }),
            Query::StopCalls => self.memory.caller.phone.is_some().then_some(Action::StopCalls),
            Query::PutOff => {
                let days = self.flows.policy.later_days;
                self.memory
                    .caller
                    .phone
                    .is_some()
                    .then_some(Action::PutOff { days })
            }
            Query::RequestCallback => {
                let reason = self.memory.reason.clone();
                // Without a number nobody can ring back.
                self.memory
                    .caller
                    .phone
                    .is_some()
                    .then(|| Action::RequestCallback {
                        reason,
                        summary: self.summary_to_keep(),
                    })
            }
        }
    }

    pub(crate) fn act(&mut self, action: Action) -> EffectId {
        self.effects = self.effects.next();
        let effect = self.effects;
        self.out.push_back(Directive::Act { effect, action });
        effect
    }

    pub(crate) fn action_done(&mut self, effect: EffectId, result: ActionResult) {
        let early = self.early == Some(effect);
        if early {
            self.early = None;
            self.learn_customer(&result);
        }
        match std::mem::replace(&mut self.state, State::Running) {
            State::Working {
                effect: awaited,
                work,
            } if awaited == effect => self.work_done(work, result),
            // An answer that nobody waits for.
            other @ (State::Running
            | State::Listening(_)
            | State::Working { .. }
            | State::Transferring { .. }
            | State::Ended) => {
                self.state = other;
                return;
            }
        }
        if self.hung_up {
            self.end_after_hang_up();
        } else {
            self.run();
        }
    }

    fn work_done(&mut self, work: Work, result: ActionResult) {
        match work {
            Work::Query {
                query,
                branches,
                failed,
            } => match self.learn(query, result) {
                // The wish for a day has found its day: what it costs then is asked anew.
                Ok(_) if query == Query::Quote && self.memory.settle_day() => {
                    self.look_up(query, &branches, failed);
                }
                // Each size is asked for by itself.
                Ok(_) if query == Query::PriceDrink && self.memory.draft_of_sized().is_some() => {
                    self.look_up(query, &branches, failed);
                }
                Ok(branch) => self.branch_to(&branches, branch, failed),
                Err(why) => {
                    self.note("failed", &format!("{}: {why}", query.name()));
                    self.memory.reason = "backend".to_owned();
                    self.go(failed);
                }
            },
            Work::Commit {
                subject,
                key,
                branches,
            } => {
                let branch = self.committed(subject, key, result);
                self.tell_too_late(branch);
                self.branch_to(&branches, branch, self.place);
            }
        }
    }

    /// Takes over what the shop answered, and says which branch that is.
    fn learn(&mut self, query: Query, result: ActionResult) -> Result<&'static str, ActionError> {
        let wrong = || ActionError::Refused(format!("not an answer to {}", query.name()));
        match (query, result?) {
            (Query::FindCustomer, ActionValue::Customer(customer)) => {
                let branch = if customer.is_some() { "found" } else { "unknown" };
                self.memory.customer = Known::Answer(customer);
                self.memory.settle_address();
                Ok(branch)
            }
            (Query::ListOrders, ActionValue::Orders(mut orders)) => {
                // Neither "the last one" nor "the usual" is a subscription.
                let standing =
                    |order: &Order| order.repeat_days.is_some() && order.state != OrderState::Cancelled;
                self.memory.standing = orders.iter().filter(|order| standing(order)).cloned().collect();
                orders.retain(|order| order.repeat_days.is_none());
                self.memory.bought = history(&orders);
                orders.truncate(ORDERS_MAX);
                self.memory.orders = orders;
                self.memory.set_aside.clear();
                Ok(match self.memory.orders.len() {
                    0 => "none",
                    1 => "one",
                    _ => "several",
                })
            }
            (Query::FindOrder, ActionValue::Order(order)) => {
                self.memory.order = order;
                Ok(if self.memory.order.is_some() {
                    "found"
                } else {
                    "missing"
                })
            }
            (Query::CheckStock, ActionValue::Stock(mut stock)) => {
                // What is not in the catalogue has no name to offer it by.
                for entry in &mut stock {
                    entry.substitutes.retain(|sku| self.catalogue.item(sku).is_some());
                    if self.memory.undeliverable.contains(&entry.sku) {
                        entry.lead_time_days = None;
                    }
                }
                self.memory.stock = stock;
                Ok(if self.is_short() { "short" } else { "enough" })
            }
            (Query::CheckAdvised, ActionValue::Stock(stock)) => Ok(self.memory.advising.learn(stock)),
            (Query::PriceDrink, ActionValue::Quote(quote)) => {
                self.memory.learn_sized(quote.total);
                Ok("priced")
            }
            (Query::Quote, ActionValue::Quote(quote)) => {
                self.memory.today = quote.today.or(self.memory.today);
                self.memory.quote = Some(quote);
                Ok("priced")
            }
            (Query::CheckReturn | Query::QuoteReturn, value) => returning::offer(value)
                .map(|offer| self.memory.learn_return(query, offer))
                .ok_or_else(wrong),
            (Query::ListOpenings | Query::ListReservations | Query::ListLaunches, value) => {
                self.memory.learn_reserving(query, value).ok_or_else(wrong)
            }
            (Query::StopCalls, ActionValue::CallsStopped) => {
                self.settle(Outcome::OptedOut);
                Ok("recorded")
            }
            // Promised and noted: so it is, also for who hangs up before they hear it.
            (Query::PutOff, ActionValue::PutOff) => {
                self.settle(Outcome::Postponed);
                Ok("recorded")
            }
            (Query::RequestCallback, ActionValue::CallbackRecorded) => {
                self.memory.callback_noted = true;
                Ok("recorded")
            }
            (_, _) => Err(wrong()),
        }
    }

    /// The item asked about, or else something of the draft.
    fn is_short(&self) -> bool {
        match self.memory.item {
            Some(_) => self.memory.item_stock().is_some_and(|stock| stock.available == 0),
            None => self.memory.short().is_some(),
        }
    }

    fn learn_customer(&mut self, result: &ActionResult) {
        self.memory.customer = match result {
            Ok(ActionValue::Customer(customer)) => Known::Answer(customer.clone()),
            // Asked again when it is needed: the shop may be back by then.
            Ok(_) | Err(_) => Known::NotAsked,
        };
        self.memory.settle_address();
    }

    /// The caller is gone. An order that was sent is waited for: its outcome is the call's.
    pub(crate) fn caller_left(&mut self) {
        self.hung_up = true;
        self.note("hung_up", "the caller left");
        if !matches!(
            self.state,
            State::Working {
                work: Work::Commit { .. },
                ..
            }
        ) {
            self.end_after_hang_up();
        }
    }

    fn end_after_hang_up(&mut self) {
        // Who leaves while a person is being rung has not got what they wanted last, whatever was answered before.
        let settled_little = matches!(self.outcome, Some(Outcome::Answered | Outcome::Declined));
        if settled_little && matches!(self.state, State::Transferring { .. }) {
            self.outcome = None;
        }
        let can_ring = self.memory.caller.phone.is_some();
        if self.is_noting_callback() {
            // It will be there, whether its answer is heard or not.
            self.settle(Outcome::CallbackRequested);
        } else if can_ring && !self.memory.unsure.is_empty() && !self.memory.callback_noted {
            // Nobody is left to be told: a human rings back once it is known.
            let summary = self.summary_to_keep();
            let reason = "order_unknown".to_owned();
            self.act(Action::RequestCallback { reason, summary });
            self.settle(Outcome::CallbackRequested);
        }
        self.end(Some(if self.is_unknown_who() {
            Outcome::NotReached
        } else {
            Outcome::Abandoned
        }));
    }

    const fn is_noting_callback(&self) -> bool {
        matches!(
            self.state,
            State::Working {
                work: Work::Query {
                    query: Query::RequestCallback,
                    ..
                },
                ..
            }
        )
    }

    pub(crate) fn branch_to(&mut self, branches: &[(&'static str, Place)], name: &str, failed: Place) {
        let place = branches
            .iter()
            .find(|(branch, _)| *branch == name)
            .map_or(failed, |(_, place)| *place);
        self.go(place);
    }
}

/// The branch of a query that has nothing to ask about: no number, no customer, no draft.
const fn nothing_to_ask(query: Query) -> &'static str {
    match query {
        Query::FindCustomer => "unknown",
        Query::ListOrders | Query::ListReservations | Query::CheckAdvised => "none",
        Query::FindOrder => "missing",
        Query::CheckStock => "enough",
        Query::Quote
        | Query::PriceDrink
        | Query::CheckReturn
        | Query::QuoteReturn
        | Query::ListOpenings
        | Query::ListLaunches
        | Query::StopCalls
        | Query::PutOff
        | Query::RequestCallback => "failed",
    }
}

/// Orders asked for: subscriptions are among them, however old, so as many as the contract allows.
const ORDERS_ASKED: u32 = 100;
/// Orders looked at: the choice by voice is among the newest few.
const ORDERS_MAX: usize = 5;
/// Openings looked at: some weeks of them.
const OPENINGS_LIMIT: u32 = 100;
