//! The shop as the core sees it: catalogue, customers, orders. Plain values; `commerce/` in the IO
//! half converts them from the shop's protobuf messages, which are the contract.

mod attribute;
mod reservation;

use serde::{Deserialize, Serialize};

use crate::civil::Date;
use crate::ids::{AddressId, CustomerId, OrderId, Sku};
use crate::pii::Pii;
use crate::units::Money;

pub use attribute::{Attribute, Trait};
pub use reservation::{
    Allocation, Launch, Launches, Opening, Openings, Reservation, ReservationReceipt, ReservationWish,
    Reservations, Reserved, Service, Standing, Wish,
};

/// One sellable thing. A drink is an item whose [`ItemKind`] is `Drink` and takes options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub sku: Sku,
    /// How Hark says it inside a sentence: "Harbour dark roast", "paper filters".
    pub name: String,
    /// Other ways callers say it: "the dark roast", "harbour dark".
    pub spoken: Vec<String>,
    pub kind: ItemKind,
    /// "bag", "box"; how one counts it. Empty for things counted by their name.
    pub unit: String,
    pub price: Money,
    /// As far as the shop states them.
    pub attributes: Vec<Attribute>,
}

impl Item {
    pub fn has(&self, attribute: Attribute) -> bool {
        self.attributes.contains(&attribute)
    }

    /// What the shop states of this trait.
    pub fn stated(&self, about: Trait) -> impl Iterator<Item = Attribute> {
        let own = self.attributes.iter().copied();
        own.filter(move |attribute| attribute.about() == about)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Delivered: beans.
    Beans,
    /// Delivered: grinders, filters, mugs.
    Equipment,
    /// Made and picked up.
    Drink,
}

/// Everything the shop sells. Fetched at start and refreshed; shared read-only by all calls.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Catalogue {
    pub items: Vec<Item>,
}

impl Catalogue {
    pub fn item(&self, sku: &Sku) -> Option<&Item> {
        self.items.iter().find(|item| item.sku == *sku)
    }
}

/// What the shop has of one item, and what it offers instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    pub sku: Sku,
    pub available: u32,
    /// Days until more arrives, when `available` is too little.
    pub lead_time_days: Option<u32>,
    pub substitutes: Vec<Sku>,
}

/// A customer found by caller number or by order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    pub name: Pii<String>,
    pub phone: Pii<String>,
    /// Where goods can go; the first is where they go when nobody says otherwise.
    pub addresses: Vec<Address>,
}

/// One of a customer's own addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub id: AddressId,
    /// As it is spoken: "home", "the office on Mill Road".
    pub label: Pii<String>,
    /// Other ways in which the customer says it.
    pub spoken: Vec<Pii<String>>,
}

/// One line of an order. `options` are a drink's choices ("size" -> "large"); empty for goods.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderLine {
    pub sku: Sku,
    /// The item's spoken name at the time of the order.
    pub name: String,
    pub quantity: u32,
    pub options: Vec<(String, String)>,
}

/// An order that exists at the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    /// What the caller knows it by: six digits.
    pub number: String,
    pub state: OrderState,
    pub lines: Vec<OrderLine>,
    pub total: Money,
    /// Days since it was placed.
    pub age_days: u32,
    /// Days until it should arrive; negative when overdue. `None` when unknown or done.
    pub due_in_days: Option<i32>,
    pub fulfilment: Fulfilment,
    /// A standing order comes again after so many days, each time for `total`. `None`: ordered once.
    pub repeat_days: Option<u32>,
    /// Two or more, or none: it goes in one.
    pub parcels: Vec<Parcel>,
    /// What of a standing order's deliveries can be changed. `None`: they can only be skipped or paused.
    pub terms: Option<StandingTerms>,
}

/// To what the deliveries of a standing order can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingTerms {
    /// The shop's day at the moment of the answer.
    pub today: Date,
    /// The first and the last day to which the next delivery can be moved.
    pub days: Option<(Date, Date)>,
    /// How many days there can be from one delivery to the next.
    pub intervals: Vec<u32>,
}

/// A part of an order that is sent by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub state: OrderState,
    pub lines: Vec<OrderLine>,
    pub due_in_days: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    Placed,
    Packing,
    Shipped,
    OutForDelivery,
    Delivered,
    /// A drink that waits at the counter.
    ReadyForPickup,
    Delayed,
    Lost,
    Cancelled,
    Returned,
    /// A standing order that rests.
    Paused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fulfilment {
    Delivery,
    Pickup,
}

/// An order as the caller wants it, before they have confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderDraft {
    pub customer: CustomerId,
    pub lines: Vec<OrderLine>,
    pub fulfilment: Fulfilment,
    /// What may come later, because the caller agreed to wait for it. In the order of the lines.
    #[serde(default)]
    pub delayed: Vec<Sku>,
    /// The code of a voucher, digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<String>,
    /// One of the customer's own addresses. `None`: the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressId>,
    /// The day on which it shall come, by the shop's calendar. `None`: as soon as the shop sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
}

/// What a draft would cost, and when it could come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// To pay, the discount taken off and the delivery fee added.
    pub total: Money,
    pub discount: Money,
    /// What the shop says of the voucher, where there is one.
    pub voucher: Option<VoucherVerdict>,
    /// Of the day in the draft.
    pub delivery_fee: Money,
    /// The shop's day at the moment of the answer.
    pub today: Option<Date>,
    /// Days on which it could come, the earliest first. Empty: the shop offers no choice.
    pub days: Vec<DeliveryDay>,
}

/// A day on which the shop could deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryDay {
    pub date: Date,
    pub fee: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoucherVerdict {
    Good,
    /// There is no such voucher.
    Unknown,
    Expired,
    /// This customer has had it.
    Used,
    /// It is for larger orders than this.
    TooSmall {
        least: Money,
    },
}

/// The shop's word that an order exists. Whoever states success must hold one; the commerce client
/// makes it from the shop's reply, and nothing else does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub order: OrderId,
    pub number: String,
    pub total: Money,
    /// Days until delivery, or minutes until pick-up, as the shop promised.
    pub promise: Promise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    DeliveryDays(u32),
    /// On the day that was chosen.
    DeliveryOn(Date),
    PickupMinutes(u32),
}

/// What may be done with an order that exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Cancel,
    /// A standing order rests until it is resumed.
    Pause,
    Resume,
    /// The next delivery of a standing order is left out.
    Skip,
    /// The deliveries of a standing order come at other times.
    Reschedule(Reschedule),
    /// Some of what was delivered comes back.
    Return(Return),
    /// It has these lines from now on.
    Amend(Vec<OrderLine>),
}

impl ChangeKind {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Skip => "skip",
            Self::Reschedule(Reschedule::NextOn(_)) => "move",
            Self::Reschedule(Reschedule::Every(_)) => "interval",
            Self::Return(_) => "return",
            Self::Amend(_) => "amend",
        }
    }
}

/// When a standing order comes from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reschedule {
    /// The next delivery on this day, nothing before it, and what follows reckoned from it.
    NextOn(Date),
    /// So many days from one delivery to the next, which stays where it is.
    Every(u32),
}

/// What comes back of an order, why, and what goes out for it; nothing instead means the money.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Return {
    pub lines: Vec<OrderLine>,
    pub reason: ReturnReason,
    pub instead: Vec<OrderLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    Damaged,
    /// Not what was ordered.
    Wrong,
    /// As ordered, and not to their liking.
    Unsuitable,
    Unneeded,
    /// They did not say.
    Unsaid,
}

/// What the shop says of a return before it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnOffer {
    /// The lines of the order, those that cannot come back among them.
    pub lines: Vec<ReturnLine>,
    /// What the return that was asked about would come to.
    pub balance: Balance,
    /// There is not enough of what would go out instead.
    pub short: bool,
}

/// One line of an order, and whether it can come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnLine {
    pub sku: Sku,
    /// How many of it could come back, or could have.
    pub quantity: u32,
    pub verdict: ReturnVerdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnVerdict {
    Open,
    /// The last day for it was so many days ago.
    Late {
        last_day_ago: u32,
    },
    /// The shop never takes it back.
    Never,
}

/// Money back, or money to pay, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Balance {
    pub refund: Money,
    pub to_pay: Money,
}

/// How a return that the shop has agreed to goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendBack {
    pub method: ReturnMethod,
    /// Days that are left for it.
    pub within_days: u32,
    pub balance: Balance,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnMethod {
    /// A label comes by e-mail.
    Label,
    /// Somebody comes for it.
    Collected,
    /// The customer brings it to the shop.
    Counter,
    /// Nothing need come back.
    Kept,
}

/// A change as the caller wants it, before they have confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderChange {
    pub customer: CustomerId,
    pub order: OrderId,
    pub change: ChangeKind,
}

/// The shop's word that an order was changed. Made from the shop's reply alone, like [`Receipt`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeReceipt {
    pub order: OrderId,
    pub number: String,
    pub change: ChangeKind,
    /// When it comes next, where it still does.
    pub due_in_days: Option<i32>,
    /// Of a return: how it goes on.
    pub send_back: Option<SendBack>,
}

/// What a caller has agreed to and the shop must be told, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Commitment {
    // First: an order has no such fields, and neither of them has an order's lines.
    Change(OrderChange),
    Reservation(ReservationWish),
    Order(OrderDraft),
}

impl Commitment {
    pub const fn customer(&self) -> &CustomerId {
        match self {
            Self::Change(change) => &change.customer,
            Self::Reservation(wish) => &wish.customer,
            Self::Order(draft) => &draft.customer,
        }
    }
}

impl From<OrderDraft> for Commitment {
    fn from(draft: OrderDraft) -> Self {
        Self::Order(draft)
    }
}

impl From<OrderChange> for Commitment {
    fn from(change: OrderChange) -> Self {
        Self::Change(change)
    }
}

impl From<ReservationWish> for Commitment {
    fn from(wish: ReservationWish) -> Self {
        Self::Reservation(wish)
    }
}
