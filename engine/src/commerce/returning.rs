//! Returns, between the shop's messages and the core's values.

use engine_core::ids::{CustomerId, OrderId, Sku};
use engine_core::shop::{
    Balance, OrderLine, Return, ReturnLine, ReturnMethod, ReturnOffer, ReturnReason, ReturnVerdict, SendBack,
};
use engine_core::units::Money;
use proto::commerce::v1 as wire;

use super::convert::{Checked, DAYS_MAX, LINES_MAX, QUANTITY_MAX, at_most, money, nonsense, text, wire_line};

pub(super) fn request(
    customer: &CustomerId,
    order: &OrderId,
    wish: Option<&Return>,
) -> wire::QuoteReturnRequest {
    wire::QuoteReturnRequest {
        customer_id: customer.as_str().to_owned(),
        order_id: order.as_str().to_owned(),
        wish: wish.map(self::wish),
    }
}

pub(super) fn wish(wish: &Return) -> wire::ReturnWish {
    let lines = |lines: &[OrderLine]| lines.iter().map(|line| wire_line(line, false)).collect();
    let reason = match wish.reason {
        ReturnReason::Damaged => wire::ReturnReason::Damaged,
        ReturnReason::Wrong => wire::ReturnReason::Wrong,
        ReturnReason::Unsuitable => wire::ReturnReason::Unsuitable,
        ReturnReason::Unneeded => wire::ReturnReason::Unneeded,
        ReturnReason::Unsaid => wire::ReturnReason::Unspecified,
    };
    wire::ReturnWish {
        lines: lines(&wish.lines),
        reason: reason.into(),
        instead: lines(&wish.instead),
    }
}

pub(super) fn offer(response: wire::QuoteReturnResponse) -> Checked<ReturnOffer> {
    let lines = response.lines.into_iter().take(LINES_MAX);
    Ok(ReturnOffer {
        lines: lines.map(line).collect::<Checked<_>>()?,
        balance: balance(response.refund, response.to_pay)?,
        short: response.short,
    })
}

fn line(line: wire::ReturnLine) -> Checked<ReturnLine> {
    let verdict = match line.verdict() {
        wire::ReturnVerdict::Unspecified => {
            return nonsense("lines.verdict", format!("unknown verdict {}", line.verdict));
        }
        wire::ReturnVerdict::Open => ReturnVerdict::Open,
        wire::ReturnVerdict::Late => ReturnVerdict::Late {
            last_day_ago: at_most("lines.last_day_ago", line.last_day_ago, DAYS_MAX)?,
        },
        wire::ReturnVerdict::Never => ReturnVerdict::Never,
    };
    Ok(ReturnLine {
        sku: Sku::new(text("lines.sku", line.sku)?),
        quantity: at_most("lines.quantity", line.quantity, QUANTITY_MAX)?,
        verdict,
    })
}

pub(super) fn send_back(send_back: wire::SendBack) -> Checked<SendBack> {
    let method = match send_back.method() {
        wire::ReturnMethod::Unspecified => {
            return nonsense("send_back.method", format!("unknown method {}", send_back.method));
        }
        wire::ReturnMethod::Label => ReturnMethod::Label,
        wire::ReturnMethod::Collected => ReturnMethod::Collected,
        wire::ReturnMethod::Counter => ReturnMethod::Counter,
        wire::ReturnMethod::Kept => ReturnMethod::Kept,
    };
    Ok(SendBack {
        method,
        within_days: at_most("send_back.within_days", send_back.within_days, DAYS_MAX)?,
        balance: balance(send_back.refund, send_back.to_pay)?,
    })
}

/// Left out is nothing; both at once would be said wrong.
fn balance(
    refund: Option<proto::common::v1::Money>,
    to_pay: Option<proto::common::v1::Money>,
) -> Checked<Balance> {
    let amount =
        |field, value: Option<_>| value.map_or(Ok(Money::default()), |value| money(field, Some(value)));
    let balance = Balance {
        refund: amount("refund", refund)?,
        to_pay: amount("to_pay", to_pay)?,
    };
    if balance.refund.minor > 0 && balance.to_pay.minor > 0 {
        return nonsense("to_pay", "there is a refund too".to_owned());
    }
    Ok(balance)
}
