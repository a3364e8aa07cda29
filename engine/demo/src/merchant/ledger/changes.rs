//! What becomes of orders that exist: each change once for its key, and only while it can still be made.

use proto::commerce::v1::{
    ChangeOrderRequest, ChangeOrderResponse, Order, OrderChange, OrderDraft, OrderState, StandingTerms,
};
use proto::common::v1 as common;

use super::{Ledger, Refusal, check_key, money, named, refuse};
use crate::merchant::calendar;

/// A standing order that is resumed comes again so soon.
const RESUME_DAYS: i32 = 3;

/// So far can a delivery be moved, and so often can it come, in days.
const MOVED_DAYS_MAX: u32 = 183;
const INTERVALS: [u32; 6] = [7, 14, 21, 28, 42, 56];

impl Ledger {
    /// Changes an order, exactly once for each key.
    pub fn change(&mut self, request: ChangeOrderRequest) -> Result<ChangeOrderResponse, Refusal> {
        check_key(&request.idempotency_key)?;
        if let Some((before, answer)) = self.changes.get(&request.idempotency_key) {
            return if *before == request {
                Ok(answer.clone())
            } else {
                Err(Refusal::KeyReused)
            };
        }
        let change = request.change();
        let answer = match change {
            OrderChange::Return => self.take_back(&request)?,
            OrderChange::Amend => self.amend(&request)?,
            OrderChange::Unspecified
            | OrderChange::Cancel
            | OrderChange::Pause
            | OrderChange::Resume
            | OrderChange::Skip => self.alter(&request, change)?,
            OrderChange::Move | OrderChange::Interval => self.reschedule(&request)?,
        };
        self.changes
            .insert(request.idempotency_key.clone(), (request, answer.clone()));
        Ok(answer)
    }

    fn alter(
        &mut self,
        request: &ChangeOrderRequest,
        change: OrderChange,
    ) -> Result<ChangeOrderResponse, Refusal> {
        let before = self.own_order(&request.customer_id, &request.order_id)?.clone();
        let after = changed(&before, change)?;
        if after.state() == OrderState::Cancelled && before.repeat_days == 0 {
            for line in &before.lines {
                if let Some(left) = self.stock.get_mut(line.sku.as_str()) {
                    *left = left.saturating_add(line.quantity);
                }
            }
        }
        *self.own_order(&request.customer_id, &request.order_id)? = after.clone();
        Ok(ChangeOrderResponse {
            order: Some(after),
            send_back: None,
        })
    }

    /// Another day for the next delivery of a standing order, or more or fewer of them.
    fn reschedule(&mut self, request: &ChangeOrderRequest) -> Result<ChangeOrderResponse, Refusal> {
        let before = self.own_order(&request.customer_id, &request.order_id)?.clone();
        let Some(terms) = self.standing_terms(&before) else {
            return Err(Refusal::NotNow("no standing order that can be moved"));
        };
        let mut after = before;
        if request.change() == OrderChange::Move {
            let Some(date) = request.next_date.and_then(calendar::date) else {
                return refuse("next_date is missing".to_owned());
            };
            let day = |date: Option<common::Date>| date.and_then(calendar::date);
            if day(terms.first_day).is_none_or(|first| date < first)
                || day(terms.last_day).is_none_or(|last| last < date)
            {
                return Err(Refusal::NotNow("not to that day"));
            }
            after.due_in_days = Some(date.days_from(self.today()));
        } else if terms.intervals.contains(&request.repeat_days) {
            after.repeat_days = request.repeat_days;
        } else {
            return Err(Refusal::NotNow("not that often"));
        }
        *self.own_order(&request.customer_id, &request.order_id)? = after.clone();
        Ok(ChangeOrderResponse {
            order: Some(self.as_told(&after)),
            send_back: None,
        })
    }

    /// An order with what can be changed of it today.
    pub(super) fn as_told(&self, order: &Order) -> Order {
        Order {
            standing_terms: self.standing_terms(order),
            ..order.clone()
        }
    }

    fn standing_terms(&self, order: &Order) -> Option<StandingTerms> {
        let runs = order.repeat_days > 0 && order.state() == OrderState::Placed;
        (runs && !self.fixed_days).then(|| StandingTerms {
            today: Some(calendar::day(self.today())),
            first_day: Some(calendar::day(self.today().plus(1))),
            last_day: Some(calendar::day(self.today().plus(MOVED_DAYS_MAX))),
            intervals: INTERVALS.to_vec(),
        })
    }

    /// Its standing orders can only be skipped or paused from now on, for tests.
    pub const fn keep_days(&mut self) {
        self.fixed_days = true;
    }

    /// Other lines for an order that has not left the shop.
    fn amend(&mut self, request: &ChangeOrderRequest) -> Result<ChangeOrderResponse, Refusal> {
        let before = self.own_order(&request.customer_id, &request.order_id)?.clone();
        if !matches!(before.state(), OrderState::Placed | OrderState::Packing) || before.repeat_days > 0 {
            return Err(Refusal::NotNow("it has left the shop"));
        }
        let draft = OrderDraft {
            customer_id: request.customer_id.clone(),
            lines: request.lines.clone(),
            fulfilment: before.fulfilment,
            ..OrderDraft::default()
        };
        let total = self.quote(&draft)?;
        // What the order had lies on the shelf again while the new lines are taken from it.
        let mut shelf = self.stock.clone();
        for line in &before.lines {
            if let Some(left) = shelf.get_mut(line.sku.as_str()) {
                *left = left.saturating_add(line.quantity);
            }
        }
        for line in &draft.lines {
            let left = shelf.get_mut(line.sku.as_str()).map(|left| {
                let enough = left.checked_sub(line.quantity);
                *left = enough.unwrap_or_default();
                enough
            });
            if left.flatten().is_none() {
                return Err(Refusal::NotNow("there is not enough of it"));
            }
        }
        self.stock = shelf;
        let order = self.own_order(&request.customer_id, &request.order_id)?;
        order.lines = draft.lines.iter().map(named).collect();
        order.total = Some(money(total));
        Ok(ChangeOrderResponse {
            order: Some(order.clone()),
            send_back: None,
        })
    }

    /// The order with this id, if it is this customer's.
    pub(super) fn own_order(&mut self, customer_id: &str, order_id: &str) -> Result<&mut Order, Refusal> {
        let books = self.orders.iter_mut().chain(&mut self.standing);
        let mut own = books.filter(|entry| entry.customer_id == customer_id);
        own.find(|entry| entry.order.id == order_id)
            .map(|entry| &mut entry.order)
            .ok_or(Refusal::NoOrder)
    }

    /// What was changed since the start, by key. For tests.
    pub fn changed(&self) -> Vec<(String, OrderChange, Order)> {
        let told = |(key, (request, answer)): (&String, &(ChangeOrderRequest, ChangeOrderResponse))| {
            Some((key.clone(), request.change(), answer.order.clone()?))
        };
        self.changes.iter().filter_map(told).collect()
    }
}

/// The order after a change, if it can still be made.
fn changed(order: &Order, change: OrderChange) -> Result<Order, Refusal> {
    let mut after = order.clone();
    let standing = order.repeat_days > 0;
    let repeat = i32::try_from(order.repeat_days).unwrap_or(i32::MAX);
    match (change, order.state()) {
        (OrderChange::Cancel, OrderState::Placed | OrderState::Packing) => {
            after.set_state(OrderState::Cancelled);
            after.due_in_days = None;
        }
        (OrderChange::Cancel, OrderState::Paused) if standing => after.set_state(OrderState::Cancelled),
        (OrderChange::Pause, OrderState::Placed) if standing => {
            after.set_state(OrderState::Paused);
            after.due_in_days = None;
        }
        (OrderChange::Resume, OrderState::Paused) if standing => {
            after.set_state(OrderState::Placed);
            after.due_in_days = Some(RESUME_DAYS);
        }
        (OrderChange::Skip, OrderState::Placed) if standing => {
            after.due_in_days = order.due_in_days.map(|days| days.saturating_add(repeat));
        }
        (
            OrderChange::Unspecified
            | OrderChange::Return
            | OrderChange::Amend
            | OrderChange::Move
            | OrderChange::Interval,
            _,
        ) => {
            return refuse("change is missing".to_owned());
        }
        (OrderChange::Cancel, _) => return Err(Refusal::NotNow("it has left the shop")),
        (OrderChange::Pause | OrderChange::Resume | OrderChange::Skip, _) => {
            return Err(Refusal::NotNow("no standing order in that state"));
        }
    }
    Ok(after)
}
