//! `ReservationService` over the books. The day is the one that it is where the demo runs (UTC).

use std::time::{SystemTime, UNIX_EPOCH};

use engine_core::civil::Date;
use proto::commerce::v1::reservation_service_server::ReservationService;
use proto::commerce::v1::{
    CancelReservationRequest, CancelReservationResponse, ListLaunchesRequest, ListLaunchesResponse,
    ListOpeningsRequest, ListOpeningsResponse, ListReservationsRequest, ListReservationsResponse,
    ReserveRequest, ReserveResponse,
};
use tonic::{Request, Response, Status, async_trait};
use tracing::info;

use super::Shop;
use super::ledger::Ledger;
use super::service::refused;

const OPENINGS_MAX: u32 = 200;
const DAY_SECONDS: u64 = 24 * 60 * 60;

#[async_trait]
impl ReservationService for Shop {
    async fn list_openings(
        &self,
        request: Request<ListOpeningsRequest>,
    ) -> Result<Response<ListOpeningsResponse>, Status> {
        self.switches.before().await?;
        let ListOpeningsRequest { service_id, limit } = request.into_inner();
        if !(1..=OPENINGS_MAX).contains(&limit) {
            return Err(Status::invalid_argument("limit must be 1 to 200"));
        }
        Ok(Response::new(
            self.on_this_day(|ledger| ledger.list_openings(&service_id, limit)),
        ))
    }

    async fn list_reservations(
        &self,
        request: Request<ListReservationsRequest>,
    ) -> Result<Response<ListReservationsResponse>, Status> {
        self.switches.before().await?;
        let customer_id = request.into_inner().customer_id;
        Ok(Response::new(
            self.on_this_day(|ledger| ledger.list_reservations(&customer_id)),
        ))
    }

    async fn list_launches(
        &self,
        _: Request<ListLaunchesRequest>,
    ) -> Result<Response<ListLaunchesResponse>, Status> {
        self.switches.before().await?;
        Ok(Response::new(self.on_this_day(|ledger| ledger.list_launches())))
    }

    async fn reserve(&self, request: Request<ReserveRequest>) -> Result<Response<ReserveResponse>, Status> {
        self.switches.before().await?;
        let request = request.into_inner();
        let key = request.idempotency_key.clone();
        let response = self
            .on_this_day(|ledger| ledger.reserve(request))
            .map_err(refused)?;
        info!(key, "reservation answered");
        self.switches.after_commit()?;
        Ok(Response::new(response))
    }

    async fn cancel_reservation(
        &self,
        request: Request<CancelReservationRequest>,
    ) -> Result<Response<CancelReservationResponse>, Status> {
        self.switches.before().await?;
        let request = request.into_inner();
        let key = request.idempotency_key.clone();
        let response = self
            .on_this_day(|ledger| ledger.cancel_reservation(request))
            .map_err(refused)?;
        info!(key, "reservation given up");
        self.switches.after_commit()?;
        Ok(Response::new(response))
    }
}

impl Shop {
    fn on_this_day<T>(&self, f: impl FnOnce(&mut Ledger) -> T) -> T {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let today = u32::try_from(now.as_secs() / DAY_SECONDS)
            .ok()
            .and_then(Date::from_days);
        self.with(|ledger| {
            if let Some(today) = today {
                ledger.set_today(today);
            }
            f(ledger)
        })
    }
}
