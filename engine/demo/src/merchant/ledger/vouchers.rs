//! Vouchers: what each takes off, from what order on, and once for each customer.

use proto::commerce::v1::{OrderDraft, QuoteOrderResponse, VoucherVerdict};

use super::super::calendar;
use super::{Ledger, Refusal, money};

/// One voucher of the shop's.
struct Voucher {
    code: &'static str,
    /// Cents off, and hundredths of the sum off.
    off_minor: i64,
    off_percent: i64,
    /// For orders from so many cents on.
    least_minor: i64,
    expired: bool,
}

const VOUCHERS: &[Voucher] = &[
    Voucher {
        code: "246810",
        off_minor: 0,
        off_percent: 10,
        least_minor: 0,
        expired: false,
    },
    Voucher {
        code: "135790",
        off_minor: 500,
        off_percent: 0,
        least_minor: 3_000,
        expired: false,
    },
    Voucher {
        code: "999000",
        off_minor: 1_000,
        off_percent: 0,
        least_minor: 0,
        expired: true,
    },
];

impl Ledger {
    /// What a draft would cost, and what its voucher is worth.
    pub fn quote_order(&self, draft: &OrderDraft) -> Result<QuoteOrderResponse, Refusal> {
        let sum = self.quote(draft)?;
        let (verdict, discount, least) = self.voucher(draft, sum);
        let fee = self.day_fee(draft).unwrap_or_default();
        let delivery_days = self.delivery_days(draft);
        let today = (!delivery_days.is_empty()).then(|| calendar::day(self.today()));
        Ok(QuoteOrderResponse {
            total: Some(money(sum - discount + fee)),
            today,
            delivery_days,
            delivery_fee: (fee > 0).then(|| money(fee)),
            discount: (discount > 0).then(|| money(discount)),
            voucher: verdict.into(),
            voucher_least: (verdict == VoucherVerdict::TooSmall).then(|| money(least)),
        })
    }

    /// What is to be paid for it now. A voucher that is not good places nothing.
    pub(super) fn to_pay(&self, draft: &OrderDraft) -> Result<i64, Refusal> {
        let sum = self.quote(draft)?;
        match self.voucher(draft, sum) {
            (VoucherVerdict::Good | VoucherVerdict::Unspecified, discount, _) => {
                Ok(sum - discount + self.day_fee(draft).unwrap_or_default())
            }
            (
                VoucherVerdict::Unknown
                | VoucherVerdict::Expired
                | VoucherVerdict::Used
                | VoucherVerdict::TooSmall,
                ..,
            ) => Err(Refusal::NotNow("the voucher is not good")),
        }
    }

    /// The voucher of an order that is placed is gone for this customer.
    pub(super) fn use_up(&mut self, draft: &OrderDraft) {
        if !draft.voucher.is_empty() && !draft.customer_id.is_empty() {
            let had = (draft.customer_id.clone(), draft.voucher.clone());
            self.vouchers.insert(had);
        }
    }

    /// The verdict, the discount and the least sum, in cents.
    fn voucher(&self, draft: &OrderDraft, sum: i64) -> (VoucherVerdict, i64, i64) {
        if draft.voucher.is_empty() {
            return (VoucherVerdict::Unspecified, 0, 0);
        }
        let Some(voucher) = VOUCHERS.iter().find(|voucher| voucher.code == draft.voucher) else {
            return (VoucherVerdict::Unknown, 0, 0);
        };
        let had = (draft.customer_id.clone(), draft.voucher.clone());
        if voucher.expired {
            (VoucherVerdict::Expired, 0, 0)
        } else if self.vouchers.contains(&had) {
            (VoucherVerdict::Used, 0, 0)
        } else if sum < voucher.least_minor {
            (VoucherVerdict::TooSmall, 0, voucher.least_minor)
        } else {
            let off = voucher.off_minor + sum * voucher.off_percent / 100;
            (VoucherVerdict::Good, off.min(sum), 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::commerce::v1::{Fulfilment, OrderDraft, OrderLine, VoucherVerdict};

    use super::super::{Ledger, Refusal};

    fn draft(voucher: &str, quantity: u32) -> OrderDraft {
        OrderDraft {
            customer_id: "C0001".to_owned(),
            lines: vec![OrderLine {
                sku: "BEAN-HARBOR-DARK".to_owned(),
                quantity,
                ..OrderLine::default()
            }],
            fulfilment: Fulfilment::Delivery.into(),
            voucher: voucher.to_owned(),
            ..OrderDraft::default()
        }
    }

    fn check(voucher: &str, quantity: u32, expect: (VoucherVerdict, i64)) {
        let quote = Ledger::new(1).quote_order(&draft(voucher, quantity)).unwrap();
        let total = quote.total.clone().unwrap().minor_units;
        assert_eq!((quote.voucher(), total), expect, "{voucher} for {quantity}");
    }

    #[test]
    fn what_a_voucher_takes_off() {
        check("", 2, (VoucherVerdict::Unspecified, 2900));
        check("246810", 2, (VoucherVerdict::Good, 2610));
        check("135790", 2, (VoucherVerdict::TooSmall, 2900));
        check("135790", 3, (VoucherVerdict::Good, 3850));
        check("999000", 2, (VoucherVerdict::Expired, 2900));
        check("123456", 2, (VoucherVerdict::Unknown, 2900));
    }

    #[test]
    fn a_voucher_is_used_up_by_the_order_and_not_by_its_repetition() {
        let mut ledger = Ledger::new(1);
        let first = ledger.place("k1", draft("246810", 2)).unwrap();
        assert_eq!(ledger.place("k1", draft("246810", 2)), Ok(first));
        let order = ledger.orders_of("C0001", 1).remove(0);
        assert_eq!(order.total.unwrap().minor_units, 2610);
        let second = ledger.place("k2", draft("246810", 1));
        assert!(matches!(second, Err(Refusal::NotNow(_))), "{second:?}");
        let quote = ledger.quote_order(&draft("246810", 1)).unwrap();
        assert_eq!(quote.voucher(), VoucherVerdict::Used);
    }
}
