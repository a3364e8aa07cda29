//! The demo shop without a network: its books answer a conversation directly. For conversation tests,
//! which want the shop's own rules and no clock.

use demo::merchant::catalogue::PRODUCTS;
use demo::merchant::ledger::{Ledger, Refusal};
use engine_core::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use engine_core::shop::{Catalogue, OrderDraft, ReservationWish};
use proto::commerce::v1 as wire;

use super::convert::{self, Nonsense};
use super::{reserving, returning};

/// The books of one seed, as a conversation sees them.
#[derive(Debug, Clone)]
pub struct LocalShop {
    pub ledger: Ledger,
}

impl LocalShop {
    pub fn new(seed: u64) -> Self {
        Self {
            ledger: Ledger::new(seed),
        }
    }

    /// Everything the demo shop sells.
    pub fn catalogue() -> Catalogue {
        let items = PRODUCTS.iter().map(|row| convert::item(row.to_item()));
        Catalogue {
            items: items.filter_map(Result::ok).collect(),
        }
    }

    /// Does one action, as the shop behind gRPC would.
    pub fn answer(&mut self, action: &Action) -> ActionResult {
        match action {
            Action::FindCustomer { phone } => {
                let customer = self.ledger.find_customer(phone.expose()).cloned();
                let customer = customer.map(convert::customer).transpose();
                customer.map(ActionValue::Customer).map_err(senseless)
            }
            Action::ListOrders { customer, limit } => {
                let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
                let orders = self.ledger.orders_of(customer.as_str(), limit);
                let orders = orders.into_iter().map(convert::order).collect::<Result<_, _>>();
                orders.map(ActionValue::Orders).map_err(senseless)
            }
            Action::FindOrder { number } => {
                let order = self.ledger.find_order(number);
                let order = order.map(convert::order).transpose();
                order.map(ActionValue::Order).map_err(senseless)
            }
            Action::CheckStock { skus } => {
                let levels = skus.iter().filter_map(|sku| self.ledger.stock_of(sku.as_str()));
                let levels = levels.map(convert::stock).collect::<Result<_, _>>();
                levels.map(ActionValue::Stock).map_err(senseless)
            }
            Action::Quote { draft } => self.quote(draft),
            Action::QuoteReturn {
                customer,
                order,
                wish,
            } => {
                let request = returning::request(customer, order, wish.as_ref());
                let response = self.ledger.quote_return(&request).map_err(refused)?;
                returning::offer(response)
                    .map(ActionValue::Return)
                    .map_err(senseless)
            }
            Action::PlaceOrder { order, key } => {
                let draft = convert::draft(order.value());
                let answer = self.ledger.place(key.as_str(), draft).map_err(refused)?;
                placed(answer)
            }
            Action::ChangeOrder { change, key } => {
                let change = change.value();
                let request = convert::change(key.as_str(), change);
                let response = self.ledger.change(request).map_err(refused)?;
                let receipt = convert::changed(&change.change, &change.order, response);
                receipt.map(ActionValue::Changed).map_err(senseless)
            }
            Action::ListOpenings { limit } => {
                let openings = reserving::openings(self.ledger.list_openings("", *limit));
                openings.map(ActionValue::Openings).map_err(senseless)
            }
            Action::ListReservations { customer } => {
                let reservations = reserving::reservations(self.ledger.list_reservations(customer.as_str()));
                reservations.map(ActionValue::Reservations).map_err(senseless)
            }
            Action::ListLaunches => {
                let launches = reserving::launches(self.ledger.list_launches());
                launches.map(ActionValue::Launches).map_err(senseless)
            }
            Action::Reserve { wish, key } => self.reserve(key.as_str(), wish.value()),
            // Noted in Hark's own store, which no test fills.
            Action::RequestCallback { .. } => Ok(ActionValue::CallbackRecorded),
            Action::StopCalls => Ok(ActionValue::CallsStopped),
            Action::PutOff { .. } => Ok(ActionValue::PutOff),
        }
    }

    fn reserve(&mut self, key: &str, wish: &ReservationWish) -> ActionResult {
        let receipt = match reserving::request(key, wish) {
            reserving::Request::Reserve(request) => {
                let response = self.ledger.reserve(request).map_err(refused)?;
                reserving::reserved(&wish.reservation, response).map_err(senseless)?
            }
            reserving::Request::Cancel(request) => {
                let response = self.ledger.cancel_reservation(request).map_err(refused)?;
                Some(reserving::cancelled(&wish.reservation, response).map_err(senseless)?)
            }
        };
        receipt.map(ActionValue::Reserved).ok_or(ActionError::Taken)
    }

    fn quote(&self, draft: &OrderDraft) -> ActionResult {
        let response = self.ledger.quote_order(&convert::draft(draft)).map_err(refused)?;
        convert::quote(response)
            .map(ActionValue::Quote)
            .map_err(senseless)
    }
}

fn placed(answer: wire::PlaceOrderResponse) -> ActionResult {
    match convert::placed(answer).map_err(senseless)? {
        convert::Answer::Placed(receipt) => Ok(ActionValue::Placed(receipt)),
        convert::Answer::OutOfStock { sku, available } => Err(ActionError::OutOfStock { sku, available }),
    }
}

fn refused(refusal: Refusal) -> ActionError {
    ActionError::Refused(refusal.to_string())
}

fn senseless(nonsense: Nonsense) -> ActionError {
    ActionError::Unavailable(nonsense.to_string())
}
