//! A coffee company over gRPC: inventory, orders, customers, with fault switches. Everything it knows
//! comes from a seed and lives in memory: two shops of one seed are equal, and a restart forgets.

pub mod calendar;
pub mod catalogue;
pub mod faults;
pub mod ledger;
pub mod people;
mod reservations;
mod service;

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use proto::FILE_DESCRIPTOR_SET;
use proto::commerce::v1::Order;
use proto::commerce::v1::customer_service_server::CustomerServiceServer;
use proto::commerce::v1::inventory_service_server::InventoryServiceServer;
use proto::commerce::v1::order_service_server::OrderServiceServer;
use proto::commerce::v1::reservation_service_server::ReservationServiceServer;
use proto::demo::v1::Faults;
use proto::demo::v1::fault_service_server::FaultServiceServer;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use faults::Switches;
use ledger::{Ledger, Now};
pub use people::{CUSTOMERS, DEMO_CALLER, phone};

/// The pretend shop. Clones share the same books.
#[derive(Debug, Clone)]
pub struct Shop {
    ledger: Arc<Mutex<Ledger>>,
    switches: Switches,
    /// Looks at the clock before each request; else it is always the same morning.
    clock: Option<fn() -> Now>,
}

/// Why the shop cannot serve.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error("gRPC server: {0}")]
    Transport(#[from] tonic::transport::Error),
    #[error("gRPC reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

impl Shop {
    /// The shop of this seed, in good health.
    pub fn new(seed: u64) -> Self {
        Self::with_faults(seed, Faults::default())
    }

    pub fn with_faults(seed: u64, faults: Faults) -> Self {
        let ledger = Arc::new(Mutex::new(Ledger::new(seed)));
        Self {
            ledger,
            switches: Switches::new(seed, faults),
            clock: None,
        }
    }

    /// The same, living in the present: delivery days are those of the clock, in UTC.
    #[must_use]
    pub fn by_the_clock(mut self) -> Self {
        self.clock = Some(|| {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            Now::of_unix(since.map_or(0, |since| since.as_secs()))
        });
        self
    }

    /// Replaces all fault switches; answers with what is in force.
    pub fn set_faults(&self, faults: Faults) -> Faults {
        self.switches.set(faults)
    }

    /// Every order placed since the start, with its idempotency key. For tests.
    pub fn placed(&self) -> Vec<(String, Order)> {
        self.with(|ledger| ledger.placed())
    }

    /// What was reserved and given up since the start. For tests.
    pub fn reservations(&self) -> Vec<String> {
        self.with(|ledger| ledger.reservations())
    }

    /// How many of this SKU are on the shelf. For tests.
    pub fn available(&self, sku: &str) -> Option<u32> {
        self.with(|ledger| ledger.stock_of(sku))
            .map(|level| level.available)
    }

    fn with<T>(&self, f: impl FnOnce(&mut Ledger) -> T) -> T {
        // A poisoned lock means that a handler panicked between two statements; the books stay usable.
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(clock) = self.clock {
            ledger.set_now(clock());
        }
        f(&mut ledger)
    }
}

/// Serves `shop` with health and reflection until `stop` is done, then closes its connections.
pub async fn serve(
    listener: TcpListener,
    shop: Shop,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let (reporter, health) = tonic_health::server::health_reporter();
    report(&reporter, ServingStatus::Serving).await;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    Server::builder()
        .add_service(health)
        .add_service(reflection().build_v1()?)
        // Most tools still ask by the older name.
        .add_service(reflection().build_v1alpha()?)
        .add_service(InventoryServiceServer::new(shop.clone()))
        .add_service(CustomerServiceServer::new(shop.clone()))
        .add_service(OrderServiceServer::new(shop.clone()))
        .add_service(ReservationServiceServer::new(shop.clone()))
        .add_service(FaultServiceServer::new(shop))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop)
        .await?;
    Ok(())
}

async fn report(reporter: &HealthReporter, status: ServingStatus) {
    for service in [
        "commerce.v1.InventoryService",
        "commerce.v1.CustomerService",
        "commerce.v1.OrderService",
        "commerce.v1.ReservationService",
    ] {
        reporter.set_service_status(service, status).await;
    }
}
