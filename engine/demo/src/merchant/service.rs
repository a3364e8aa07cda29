//! The contracts of `proto/commerce/v1` over the books, and the fault switches.

use proto::commerce::v1::customer_service_server::CustomerService;
use proto::commerce::v1::inventory_service_server::InventoryService;
use proto::commerce::v1::order_service_server::OrderService;
use proto::commerce::v1::{
    ChangeOrderRequest, ChangeOrderResponse, CheckStockRequest, CheckStockResponse, FindCustomerRequest,
    FindCustomerResponse, FindOrderRequest, FindOrderResponse, ListItemsRequest, ListItemsResponse,
    ListOrdersRequest, ListOrdersResponse, PlaceOrderRequest, PlaceOrderResponse, QuoteOrderRequest,
    QuoteOrderResponse, QuoteReturnRequest, QuoteReturnResponse,
};
use proto::demo::v1::fault_service_server::FaultService;
use proto::demo::v1::{SetFaultsRequest, SetFaultsResponse};
use tonic::{Request, Response, Status, async_trait};
use tracing::info;

use super::Shop;
use super::catalogue::PRODUCTS;
use super::ledger::Refusal;

const PAGE_MAX: usize = 100;
const SKUS_MAX: usize = 100;
const ORDERS_MAX: usize = 100;

#[async_trait]
impl InventoryService for Shop {
    async fn list_items(
        &self,
        request: Request<ListItemsRequest>,
    ) -> Result<Response<ListItemsResponse>, Status> {
        self.switches.before().await?;
        let ListItemsRequest {
            page_size,
            page_token,
        } = request.into_inner();
        let start = if page_token.is_empty() {
            Ok(0)
        } else {
            page_token.parse::<usize>()
        };
        let start = start.map_err(|_| Status::invalid_argument("page_token is not one of this shop's"))?;
        let size = match usize::try_from(page_size) {
            Ok(size @ 1..=PAGE_MAX) => size,
            Ok(_) | Err(_) => PAGE_MAX,
        };
        let items: Vec<_> = PRODUCTS
            .iter()
            .skip(start)
            .take(size)
            .map(|row| row.to_item())
            .collect();
        let end = start.saturating_add(items.len());
        let next_page_token = if end < PRODUCTS.len() {
            end.to_string()
        } else {
            String::new()
        };
        Ok(Response::new(ListItemsResponse {
            items,
            next_page_token,
        }))
    }

    async fn check_stock(
        &self,
        request: Request<CheckStockRequest>,
    ) -> Result<Response<CheckStockResponse>, Status> {
        self.switches.before().await?;
        let skus = request.into_inner().skus;
        if skus.len() > SKUS_MAX {
            return Err(Status::invalid_argument("at most 100 skus"));
        }
        let levels = self.with(|ledger| skus.iter().filter_map(|sku| ledger.stock_of(sku)).collect());
        Ok(Response::new(CheckStockResponse { levels }))
    }
}

#[async_trait]
impl CustomerService for Shop {
    async fn find_customer(
        &self,
        request: Request<FindCustomerRequest>,
    ) -> Result<Response<FindCustomerResponse>, Status> {
        self.switches.before().await?;
        let phone = request.into_inner().phone;
        let customer = self.with(|ledger| ledger.find_customer(&phone).cloned());
        Ok(Response::new(FindCustomerResponse { customer }))
    }
}

#[async_trait]
impl OrderService for Shop {
    async fn quote_return(
        &self,
        request: Request<QuoteReturnRequest>,
    ) -> Result<Response<QuoteReturnResponse>, Status> {
        self.switches.before().await?;
        let request = request.into_inner();
        let response = self
            .with(|ledger| ledger.quote_return(&request))
            .map_err(refused)?;
        Ok(Response::new(response))
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        self.switches.before().await?;
        let ListOrdersRequest { customer_id, limit } = request.into_inner();
        let limit = match usize::try_from(limit) {
            Ok(limit @ 1..=ORDERS_MAX) => limit,
            Ok(_) | Err(_) => return Err(Status::invalid_argument("limit must be 1 to 100")),
        };
        let orders = self.with(|ledger| ledger.orders_of(&customer_id, limit));
        Ok(Response::new(ListOrdersResponse { orders }))
    }

    async fn find_order(
        &self,
        request: Request<FindOrderRequest>,
    ) -> Result<Response<FindOrderResponse>, Status> {
        self.switches.before().await?;
        let number = request.into_inner().number;
        let order = self.with(|ledger| ledger.find_order(&number));
        Ok(Response::new(FindOrderResponse { order }))
    }

    async fn quote_order(
        &self,
        request: Request<QuoteOrderRequest>,
    ) -> Result<Response<QuoteOrderResponse>, Status> {
        self.switches.before().await?;
        let draft = request.into_inner().draft.unwrap_or_default();
        let response = self.with(|ledger| ledger.quote_order(&draft)).map_err(refused)?;
        Ok(Response::new(response))
    }

    async fn place_order(
        &self,
        request: Request<PlaceOrderRequest>,
    ) -> Result<Response<PlaceOrderResponse>, Status> {
        self.switches.before().await?;
        let PlaceOrderRequest {
            idempotency_key,
            draft,
        } = request.into_inner();
        let draft = draft.unwrap_or_default();
        let answer = self
            .with(|ledger| ledger.place(&idempotency_key, draft))
            .map_err(refused)?;
        info!(key = idempotency_key, "order answered");
        self.switches.after_commit()?;
        Ok(Response::new(answer))
    }

    async fn change_order(
        &self,
        request: Request<ChangeOrderRequest>,
    ) -> Result<Response<ChangeOrderResponse>, Status> {
        self.switches.before().await?;
        let request = request.into_inner();
        let key = request.idempotency_key.clone();
        let response = self.with(|ledger| ledger.change(request)).map_err(refused)?;
        info!(key, "change answered");
        self.switches.after_commit()?;
        Ok(Response::new(response))
    }
}

#[async_trait]
impl FaultService for Shop {
    async fn set_faults(
        &self,
        request: Request<SetFaultsRequest>,
    ) -> Result<Response<SetFaultsResponse>, Status> {
        let faults = self.set_faults(request.into_inner().faults.unwrap_or_default());
        info!(?faults, "faults set");
        Ok(Response::new(SetFaultsResponse { faults: Some(faults) }))
    }
}

pub(super) fn refused(refusal: Refusal) -> Status {
    let why = refusal.to_string();
    match refusal {
        Refusal::NoKey | Refusal::BadKey | Refusal::BadDraft(_) | Refusal::BadField { .. } => {
            Status::invalid_argument(why)
        }
        Refusal::KeyReused => Status::already_exists(why),
        Refusal::NoOrder | Refusal::NoReservation => Status::not_found(why),
        Refusal::NotNow(_) | Refusal::NotThatDay(_) => Status::failed_precondition(why),
        Refusal::Full => Status::resource_exhausted(why),
    }
}
