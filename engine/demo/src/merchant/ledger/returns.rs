//! What the shop takes back: beans for two weeks, equipment for a month, drinks never. Money, or other goods in
//! an order of their own.

use std::collections::BTreeMap;

use proto::commerce::v1::{
    ChangeOrderRequest, ChangeOrderResponse, Fulfilment, ItemKind, Order, OrderDraft, OrderLine, OrderState,
    QuoteReturnRequest, QuoteReturnResponse, ReturnLine, ReturnMethod, ReturnReason, ReturnVerdict,
    ReturnWish, SendBack,
};

use super::{DELIVERY_DAYS, Ledger, Refusal, catalogue, line_total, money, named, product_of, refuse};

/// Days from the order on which its goods can come back.
const BEANS_DAYS: u32 = 14;
const EQUIPMENT_DAYS: u32 = 30;
/// What came damaged and cost less than this is not worth the parcel, in cents.
const WORTH_SENDING: i64 = 5_000;
/// Until when a parcel must be on its way, and until when somebody comes for it.
const LABEL_DAYS: u32 = 14;
const COLLECTED_DAYS: u32 = 3;

impl Ledger {
    /// What of an order could come back, and what a return would come to.
    pub fn quote_return(&mut self, request: &QuoteReturnRequest) -> Result<QuoteReturnResponse, Refusal> {
        let order = self.own_order(&request.customer_id, &request.order_id)?.clone();
        let lines = self.return_lines(&order);
        let Some(wish) = &request.wish else {
            return Ok(QuoteReturnResponse {
                lines,
                ..QuoteReturnResponse::default()
            });
        };
        let owed = balance(wish)?;
        Ok(QuoteReturnResponse {
            lines,
            refund: (owed < 0).then(|| money(-owed)),
            to_pay: (owed > 0).then(|| money(owed)),
            short: self.is_short_of(&wish.instead),
        })
    }

    /// Takes goods back and sends what goes out for them.
    pub(super) fn take_back(&mut self, request: &ChangeOrderRequest) -> Result<ChangeOrderResponse, Refusal> {
        let order = self.own_order(&request.customer_id, &request.order_id)?.clone();
        let Some(wish) = request.return_wish.as_ref().filter(|wish| !wish.lines.is_empty()) else {
            return refuse("return_wish is missing".to_owned());
        };
        let open = self.return_lines(&order);
        for line in &wish.lines {
            let takes = |open: &&ReturnLine| {
                open.sku == line.sku
                    && open.verdict() == ReturnVerdict::Open
                    && line.quantity <= open.quantity
            };
            if line.quantity == 0 || !open.iter().any(|open| takes(&open)) {
                return Err(Refusal::NotNow("that can not come back"));
            }
        }
        if self.is_short_of(&wish.instead) {
            return Err(Refusal::NotNow(
                "there is not enough of what should go out instead",
            ));
        }
        let owed = balance(wish)?;
        for line in &wish.lines {
            let key = (order.id.clone(), line.sku.clone());
            *self.returned.entry(key).or_default() += line.quantity;
        }
        self.send_instead(&request.customer_id, &wish.instead);
        let all_back = self.return_lines(&order).is_empty();
        let kept = self.own_order(&request.customer_id, &request.order_id)?;
        if all_back {
            kept.set_state(OrderState::Returned);
        }
        Ok(ChangeOrderResponse {
            order: Some(kept.clone()),
            send_back: Some(send_back(wish, owed)),
        })
    }

    /// What of an order is still with the customer. Nothing of one that has not arrived.
    fn return_lines(&self, order: &Order) -> Vec<ReturnLine> {
        if order.state() != OrderState::Delivered {
            return Vec::new();
        }
        let mut quantities: BTreeMap<&str, u32> = BTreeMap::new();
        for line in &order.lines {
            *quantities.entry(&line.sku).or_default() += line.quantity;
        }
        let left = |(sku, quantity): (&str, u32)| {
            let key = (order.id.clone(), sku.to_owned());
            let back = self.returned.get(&key).copied().unwrap_or_default();
            let quantity = quantity.saturating_sub(back);
            let (verdict, last_day_ago) = verdict(sku, order.age_days);
            (quantity > 0).then(|| ReturnLine {
                sku: sku.to_owned(),
                quantity,
                verdict: verdict.into(),
                last_day_ago,
            })
        };
        quantities.into_iter().filter_map(left).collect()
    }

    fn is_short_of(&self, lines: &[OrderLine]) -> bool {
        let draft = OrderDraft {
            lines: lines.to_vec(),
            ..OrderDraft::default()
        };
        self.short_of(&draft).next().is_some()
    }

    fn send_instead(&mut self, customer_id: &str, lines: &[OrderLine]) {
        if lines.is_empty() {
            return;
        }
        for line in lines {
            if let Some(left) = self.stock.get_mut(line.sku.as_str()) {
                *left = left.saturating_sub(line.quantity);
            }
        }
        let total = lines.iter().filter_map(|line| line_total(line).ok()).sum();
        let order = Order {
            state: OrderState::Placed.into(),
            lines: lines.iter().map(named).collect(),
            total: Some(money(total)),
            due_in_days: i32::try_from(DELIVERY_DAYS).ok(),
            fulfilment: Fulfilment::Delivery.into(),
            ..Order::default()
        };
        self.enter(customer_id.to_owned(), order);
    }
}

fn verdict(sku: &str, age_days: u32) -> (ReturnVerdict, u32) {
    let days = match catalogue::product(sku).map(|row| row.kind) {
        Some(ItemKind::Beans) => BEANS_DAYS,
        Some(ItemKind::Equipment) => EQUIPMENT_DAYS,
        Some(ItemKind::Drink | ItemKind::Unspecified) | None => return (ReturnVerdict::Never, 0),
    };
    match age_days.saturating_sub(days) {
        0 => (ReturnVerdict::Open, 0),
        late => (ReturnVerdict::Late, late),
    }
}

/// What the customer owes, in cents; what they get back is negative.
fn balance(wish: &ReturnWish) -> Result<i64, Refusal> {
    let sum = |lines: &[OrderLine]| {
        let mut totals = lines.iter().map(line_total);
        totals.try_fold(0_i64, |sum, total| Ok(sum.saturating_add(total?)))
    };
    for line in &wish.instead {
        if product_of(line)?.kind == ItemKind::Drink {
            return refuse(format!("{} is a drink: drinks are not sent", line.sku));
        }
    }
    Ok(sum(&wish.instead)? - sum(&wish.lines)?)
}

fn send_back(wish: &ReturnWish, owed: i64) -> SendBack {
    let worth: i64 = wish.lines.iter().filter_map(|line| line_total(line).ok()).sum();
    let bulky =
        |line: &OrderLine| catalogue::product(&line.sku).is_some_and(|row| row.kind == ItemKind::Equipment);
    let (method, within_days) = match wish.reason() {
        ReturnReason::Damaged if worth < WORTH_SENDING => (ReturnMethod::Kept, 0),
        ReturnReason::Wrong => (ReturnMethod::Collected, COLLECTED_DAYS),
        ReturnReason::Damaged
        | ReturnReason::Unsuitable
        | ReturnReason::Unneeded
        | ReturnReason::Unspecified => {
            if wish.lines.iter().any(bulky) {
                (ReturnMethod::Collected, COLLECTED_DAYS)
            } else {
                (ReturnMethod::Label, LABEL_DAYS)
            }
        }
    };
    SendBack {
        method: method.into(),
        within_days,
        refund: (owed < 0).then(|| money(-owed)),
        to_pay: (owed > 0).then(|| money(owed)),
    }
}

#[cfg(test)]
#[path = "returns_tests.rs"]
mod tests;
