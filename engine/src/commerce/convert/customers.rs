//! Who buys, and where goods can go.

use engine_core::ids::{AddressId, CustomerId};
use engine_core::pii::Pii;
use engine_core::shop::{Address, Customer};
use proto::commerce::v1 as wire;

use super::{Checked, LINES_MAX, text};

pub(in crate::commerce) fn customer(customer: wire::Customer) -> Checked<Customer> {
    Ok(Customer {
        id: CustomerId::new(text("customer.id", customer.id)?),
        name: Pii::new(text("customer.name", customer.name)?),
        phone: Pii::new(text("customer.phone", customer.phone)?),
        addresses: customer
            .addresses
            .into_iter()
            .take(ADDRESSES_MAX)
            .map(address)
            .collect::<Checked<_>>()?,
    })
}

fn address(address: wire::Address) -> Checked<Address> {
    let spoken = address.spoken_names.into_iter().take(LINES_MAX);
    let spoken = spoken.map(|name| text("customer.addresses.spoken_names", name).map(Pii::new));
    Ok(Address {
        id: AddressId::new(text("customer.addresses.id", address.id)?),
        label: Pii::new(text("customer.addresses.label", address.label)?),
        spoken: spoken.collect::<Checked<_>>()?,
    })
}

const ADDRESSES_MAX: usize = 20;
