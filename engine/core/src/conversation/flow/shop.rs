//! What a flow asks the shop, and what it commits there; each answer has a branch.

use crate::conversation::named::named;

named! {
    /// What is confirmed and committed.
    Subject {
        /// A new order.
        Draft = "draft",
        /// A change of an order that exists.
        Change = "change",
        /// An appointment or a place in a launch, to have or to give up.
        Reservation = "reservation",
    }
}

impl Subject {
    /// The answers to a commit, each with its branch.
    pub(crate) const fn branches(self) -> &'static [&'static str] {
        match self {
            Self::Draft => COMMIT_BRANCHES,
            Self::Change => CHANGE_BRANCHES,
            Self::Reservation => RESERVATION_BRANCHES,
        }
    }
}

named! {
    /// What a flow can ask the shop.
    Query {
        FindCustomer = "find_customer",
        ListOrders = "list_orders",
        FindOrder = "find_order",
        CheckStock = "check_stock",
        /// What there is of what suits the caller.
        CheckAdvised = "check_advised",
        /// What the drink asked about costs as it was asked for, or in each size.
        PriceDrink = "price_drink",
        Quote = "quote",
        /// What of the order spoken of can come back.
        CheckReturn = "check_return",
        /// What the return that was put together would come to.
        QuoteReturn = "quote_return",
        /// What appointments there are for, and when.
        ListOpenings = "list_openings",
        /// What the caller has reserved.
        ListReservations = "list_reservations",
        /// What one can register for.
        ListLaunches = "list_launches",
        RequestCallback = "request_callback",
        /// Hark is not to call this number again.
        StopCalls = "stop_calls",
        /// Nor for some days, `later_days` of the policy.
        PutOff = "put_off",
    }
}

impl Query {
    /// The answers a flow must have a branch for, besides `failed`.
    pub(crate) const fn branches(self) -> &'static [&'static str] {
        match self {
            Self::FindCustomer => &["found", "unknown"],
            Self::ListOrders => &["none", "one", "several"],
            Self::FindOrder => &["found", "missing"],
            Self::CheckStock => &["enough", "short"],
            Self::CheckAdvised => &["some", "none"],
            Self::Quote | Self::PriceDrink => &["priced"],
            Self::CheckReturn => &["open", "late", "never"],
            Self::QuoteReturn => &["priced", "short"],
            Self::ListOpenings | Self::ListLaunches => &["open", "none"],
            Self::ListReservations => &["none", "one", "several"],
            Self::RequestCallback | Self::StopCalls | Self::PutOff => &["recorded"],
        }
    }
}

/// The answers to a commit, each with its branch. `again`: this very draft was placed in this call.
const COMMIT_BRANCHES: &[&str] = &[
    "placed",
    "unknown",
    "refused",
    "out_of_stock",
    "unavailable",
    "again",
];

/// The answers to a change of an order.
const CHANGE_BRANCHES: &[&str] = &["made", "unknown", "refused", "unavailable"];

/// The answers to a reservation. `taken`: others were faster, and nothing was done.
const RESERVATION_BRANCHES: &[&str] = &["made", "taken", "unknown", "refused", "unavailable"];
