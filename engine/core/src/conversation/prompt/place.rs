//! The values that sentences may name, besides slots.

use super::claim::Claim;
use crate::conversation::named::named;

named! {
    /// The values that exist besides slots.
    Place {
        /// The lines of the draft, and where and when they shall come where that was chosen.
        Draft = "draft",
        /// Where and when it shall come: "to your home on Friday".
        Delivery = "delivery",
        /// Where it goes, also where nobody had to choose: "your home".
        DeliveryTo = "delivery.to",
        /// What the shop sells, a few of each kind; of one kind, where that was asked for.
        Range = "range",
        /// What comes near a drink that the shop does not have: "a latte or a cappuccino".
        DrinkNear = "drink.near",
        /// The drink asked about, with the options that were said: "a large latte"; at what price: "from four dollars",
        /// "at five dollars"; and as a verb: "starts at four dollars", "is five dollars".
        DrinkOne = "drink.one",
        DrinkAt = "drink.at",
        DrinkCosts = "drink.costs",
        /// It in each size, with its price.
        DrinkPrices = "drink.prices",
        /// The drink that is taken now, where others come after it: "the latte".
        DrinkFirst = "drink.first",
        /// Goods that come after it: "the Kenya".
        GoodsNext = "goods.next",
        /// The drinks that come after this one: "the mocha".
        DrinkNext = "drink.next",
        /// What was just said of a drink, and none is made with: "decaf".
        DrinkUnmade = "drink.unmade",
        /// What the draft costs, as the shop quoted it; with what a voucher takes off, where there is one.
        Total = "total",
        /// Why the voucher is not taken: "it has expired".
        VoucherWhy = "voucher.why",
        /// What it takes off.
        VoucherDiscount = "voucher.discount",
        /// What the flow under way is about: "check on an order".
        Task = "task",
        /// How long "later" is on calls that Hark makes: "a week".
        CallLater = "call.later",
        /// What "cancel" drops: "that order".
        Cancels = "cancels",
        /// What an intent heard uncertainly would mean.
        Intent = "intent",
        /// A value heard uncertainly: "four one seven, two two zero".
        Heard = "heard",
        OrderNumber = "order.number",
        OrderLines = "order.lines",
        OrderState = "order.state",
        OrderDue = "order.due",
        OrderAge = "order.age",
        /// What is in each of its parcels and how that stands: "The one with a mug has shipped."
        OrderParcels = "order.parcels",
        /// "two".
        OrderParcelsCount = "order.parcels_count",
        OrderTotal = "order.total",
        /// "every four weeks", of a subscription.
        OrderRepeat = "order.repeat",
        /// "the next delivery comes in nine days", "the next delivery has no date yet".
        OrderNext = "order.next",
        OrdersCount = "orders.count",
        /// The orders to choose from: "one from yesterday for ..., or one from ...".
        Orders = "orders",
        /// The same by keys: "press one for ...".
        OrdersKeys = "orders.keys",
        /// How each of them stands, a sentence for each.
        OrdersStates = "orders.states",
        ShortItem = "short.item",
        ShortAvailable = "short.available",
        /// So many of it, with what they are counted in: "forty-five bags of Kenya".
        ShortLeft = "short.left",
        ShortLead = "short.lead",
        ShortSubstitute = "short.substitute",
        ItemName = "item.name",
        /// One of it: "an espresso".
        ItemOne = "item.one",
        /// "is", or "are" where its name is of several: "Paper filters are six dollars a pack".
        ItemIs = "item.is",
        ItemPrice = "item.price",
        /// "in three days", when there will be more of it.
        ItemLead = "item.lead",
        /// What the shop would send instead, and its price.
        ItemSubstitute = "item.substitute",
        ItemSubstitutePrice = "item.substitute_price",
        /// All that the shop states of it, and its price.
        ItemAbout = "item.about",
        /// The answer to what the caller has asked about it: "yes, it's organic".
        ItemAnswer = "item.answer",
        /// What is advised, each with its price and a reason.
        AdviceItems = "advice.items",
        /// The names alone.
        AdviceNames = "advice.names",
        AdviceKeys = "advice.keys",
        /// Answers to what is asked about taste: "light, medium or dark".
        AdviceChoices = "advice.choices",
        /// What would have suited and is sold out.
        AdviceSoldOut = "advice.sold_out",
        /// The caller's addresses, to choose from: "your home or the office on Mill Road".
        Addresses = "addresses",
        AddressesKeys = "addresses.keys",
        /// The days to choose from, the nearest two: "tomorrow or on Friday".
        Days = "days",
        DaysKeys = "days.keys",
        /// The day that is not possible: "on Sunday".
        DayWished = "day.wished",
        /// What can come back of an order: "two bags of Midnight blend or a mug".
        ReturnOpen = "return.open",
        /// The same by keys, and all of it.
        ReturnKeys = "return.keys",
        /// "three days ago", the last day on which it was possible.
        ReturnLastDay = "return.last_day",
        /// What is to come back, and what goes out for it.
        ReturnLines = "return.lines",
        ReturnInstead = "return.instead",
        /// "you get thirty dollars back", "we send you a mug, and there's nothing to pay".
        ReturnTerms = "return.terms",
        /// Of a subscription: the days to which its next delivery can be moved: "from tomorrow to Thursday, September third".
        OrderMovable = "order.movable",
        /// How often it could come, the three nearest: "every two weeks, every three weeks or every six weeks".
        OrderIntervals = "order.intervals",
        /// When it shall come next, and how often, as the caller wants it: "on Friday, March twentieth", "every two weeks".
        WantedDay = "wanted.day",
        WantedRepeat = "wanted.repeat",
        /// Of a subscription that was moved, by the shop's word: "on Friday, March twentieth".
        ChangeDay = "change.day",
        /// How often it comes now.
        ChangeRepeat = "change.repeat",
        /// Of a changed order: "the next delivery comes in nine days".
        ChangeNext = "change.next",
        /// Of an order whose lines were changed: what it has now.
        ChangeLines = "change.lines",
        /// Of a return: "please send it back within fourteen days with the label that comes by e-mail".
        ChangeHow = "change.how",
        /// As `return.terms`, by the shop's word.
        ChangeTerms = "change.terms",
        /// What appointments can be for: "a grinder repair or a tasting".
        AppointmentServices = "appointment.services",
        AppointmentServicesKeys = "appointment.services_keys",
        /// What this one is for.
        AppointmentService = "appointment.service",
        /// The openings on offer: "tomorrow at ten in the morning or on Friday at noon".
        AppointmentOpenings = "appointment.openings",
        AppointmentOpeningsKeys = "appointment.openings_keys",
        /// What one can register for.
        Launches = "launches",
        LaunchesKeys = "launches.keys",
        LaunchName = "launch.name",
        /// How many of it this caller can have.
        LaunchMost = "launch.most",
        /// "first come, first served, and it's here on Friday".
        LaunchTerms = "launch.terms",
        /// What the caller has reserved, each with how it stands.
        Reservations = "reservations",
        ReservationsKeys = "reservations.keys",
        /// The one spoken of, with how it stands.
        ReservationStanding = "reservation.standing",
        /// What is to be reserved, or given up: "a grinder repair tomorrow at ten in the morning".
        ReservationWish = "reservation.wish",
        /// What was, by the shop's word.
        ReservedWhat = "reserved.what",
        /// "you're number four on the waiting list, and nothing is promised yet".
        ReservedHow = "reserved.how",
        ReceiptNumber = "receipt.number",
        ReceiptTotal = "receipt.total",
        /// "in three days", "in five minutes".
        ReceiptPromise = "receipt.promise",
    }
}

impl Place {
    const fn needs_receipt(self) -> bool {
        matches!(
            self,
            Self::ReceiptNumber | Self::ReceiptTotal | Self::ReceiptPromise
        )
    }

    /// What a prompt must state to name this value.
    pub(super) const fn needs(self) -> Option<Claim> {
        if self.needs_receipt() {
            Some(Claim::Placed)
        } else if matches!(
            self,
            Self::ChangeNext
                | Self::ChangeDay
                | Self::ChangeRepeat
                | Self::ChangeLines
                | Self::ChangeHow
                | Self::ChangeTerms
        ) {
            Some(Claim::Changed)
        } else if matches!(self, Self::ReservedWhat | Self::ReservedHow) {
            Some(Claim::Reserved)
        } else {
            None
        }
    }
}
