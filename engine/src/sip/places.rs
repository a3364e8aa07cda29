//! Who may hold a TCP connection: so many in all, so many from one address, few for strangers.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use super::memory::Standing;

/// Connections at once; the next is closed as it comes.
const ALL: usize = 512;
/// Of these, from one address: half, so that no peer shuts the others out.
const PER_SOURCE: usize = 256;
/// Of these, strangers' (where they are answered at all), and one stranger's.
const STRANGERS: usize = 32;
const PER_STRANGER: usize = 4;

/// The places that are taken.
#[derive(Debug, Default)]
pub(crate) struct Places {
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    strangers: usize,
    by_source: BTreeMap<IpAddr, usize>,
}

/// One place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    source: IpAddr,
    standing: Standing,
}

impl Places {
    /// A place for one more connection, if there is one for such a peer.
    pub(crate) fn take(self: &Arc<Self>, source: IpAddr, standing: Standing) -> Option<Place> {
        let mut taken = self.taken.lock().ok()?;
        let own = taken.by_source.get(&source).copied().unwrap_or(0);
        let free = match standing {
            Standing::Trunk | Standing::Called => own < PER_SOURCE,
            Standing::Stranger => own < PER_STRANGER && taken.strangers < STRANGERS,
        };
        if !free || taken.all >= ALL {
            return None;
        }
        taken.by_source.insert(source, own.saturating_add(1));
        taken.all = taken.all.saturating_add(1);
        if standing == Standing::Stranger {
            taken.strangers = taken.strangers.saturating_add(1);
        }
        drop(taken);
        Some(Place {
            places: self.clone(),
            source,
            standing,
        })
    }
}

impl Place {
    pub(crate) fn standing(&self) -> Standing {
        self.standing
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Ok(mut taken) = self.places.taken.lock() else {
            return;
        };
        taken.all = taken.all.saturating_sub(1);
        if self.standing == Standing::Stranger {
            taken.strangers = taken.strangers.saturating_sub(1);
        }
        let own = taken.by_source.remove(&self.source).unwrap_or(0);
        if own > 1 {
            taken.by_source.insert(self.source, own.saturating_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use super::super::memory::Standing;
    use super::{Place, Places};

    /// Takes as many places as there are for a peer of this standing, from as many addresses.
    fn fill(places: &Arc<Places>, standing: Standing, addresses: u8) -> Vec<Place> {
        let mut held = Vec::new();
        for last in 0..addresses {
            while let Some(place) = places.take(IpAddr::from([192, 0, 2, last]), standing) {
                held.push(place);
            }
        }
        held
    }

    #[test]
    fn strangers_have_few_places_and_leave_the_rest_to_trunks() {
        let places = Arc::new(Places::default());
        let one = fill(&places, Standing::Stranger, 1);
        assert_eq!(one.len(), 4);
        let strangers = fill(&places, Standing::Stranger, 100);
        assert_eq!(strangers.len(), 28);
        let trunk = fill(&places, Standing::Trunk, 1);
        assert_eq!(trunk.len(), 252, "256 for one address, 4 of which are taken");
        drop((one, strangers, trunk));
        assert_eq!(fill(&places, Standing::Trunk, 1).len(), 256);
    }

    #[test]
    fn no_address_takes_every_place() {
        let places = Arc::new(Places::default());
        let held = fill(&places, Standing::Trunk, 3);
        assert_eq!(held.len(), 512);
        assert!(
            places
                .take(IpAddr::from([192, 0, 2, 9]), Standing::Called)
                .is_none()
        );
    }
}
