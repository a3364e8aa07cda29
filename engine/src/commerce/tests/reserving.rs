//! Appointments over real gRPC, and through the outbox.

use std::time::Duration;

use engine_core::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use engine_core::conversation::confirm::{Readback, Verdict};
use engine_core::ids::{CustomerId, IdempotencyKey};
use engine_core::shop::{Opening, Openings, ReservationReceipt, ReservationWish, Wish};
use proto::demo::v1::Faults;

use super::lab::{LONG, Lab, call};
use crate::commerce::Shop;
use crate::store::orders::Settlement;

async fn openings(shop: &Shop) -> Openings {
    match shop.act(&call(), Action::ListOpenings { limit: 50 }, LONG).await {
        Ok(ActionValue::Openings(openings)) => openings,
        other => panic!("no openings: {other:?}"),
    }
}

fn book(opening: &Opening, service: &str) -> Wish {
    Wish::Appointment {
        opening: opening.clone(),
        service: service.to_owned(),
    }
}

fn reserve(customer: &str, reservation: Wish, key: &str) -> Action {
    let wish = ReservationWish {
        customer: CustomerId::new(customer),
        reservation,
    };
    let Verdict::Confirmed(wish) = Readback::new(wish).keyed('1') else {
        panic!("one is yes")
    };
    Action::Reserve {
        wish,
        key: IdempotencyKey::new(key),
    }
}

fn receipt(result: ActionResult) -> ReservationReceipt {
    match result {
        Ok(ActionValue::Reserved(receipt)) => receipt,
        other => panic!("no receipt: {other:?}"),
    }
}

#[tokio::test]
async fn an_appointment_is_made_once_for_a_key_and_given_up_once() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let there = openings(&shop).await;
    let repair = there
        .services
        .iter()
        .find(|service| service.id.as_str() == "grinder_repair");
    let repair = repair.unwrap();
    let opening = there
        .openings
        .iter()
        .find(|opening| opening.service == repair.id)
        .unwrap();
    assert!(opening.date > there.today);

    let wish = book(opening, &repair.name);
    let first = receipt(
        shop.act(&call(), reserve("C0001", wish.clone(), "b1"), LONG)
            .await,
    );
    let again = receipt(
        shop.act(&call(), reserve("C0001", wish.clone(), "b1"), LONG)
            .await,
    );
    assert_eq!(first, again);
    assert_eq!(lab.shop.reservations().len(), 1);
    assert!(matches!(lab.settled("b1").await, Settlement::Reserved { .. }));

    // One grinder at a time: the next customer is told so, and may take another opening.
    let late = shop.act(&call(), reserve("C0002", wish, "b2"), LONG).await;
    assert_eq!(late, Err(ActionError::Taken));
    assert_eq!(lab.settled("b2").await, Settlement::Taken);
    assert!(!openings(&shop).await.openings.contains(opening));

    let give_up = Wish::Cancel(first.reservation.clone());
    let given_up = receipt(shop.act(&call(), reserve("C0001", give_up, "b3"), LONG).await);
    assert_eq!(
        (given_up.given_up, given_up.reservation),
        (true, first.reservation)
    );
    assert!(openings(&shop).await.openings.contains(opening));
}

#[tokio::test]
async fn an_appointment_whose_answer_is_lost_is_made_once_and_known_in_the_end() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let there = openings(&shop).await;
    let opening = there.openings.first().unwrap();
    let service = there
        .services
        .iter()
        .find(|service| service.id == opening.service)
        .unwrap();
    lab.shop.set_faults(Faults {
        error_after_commit_rate: 1.0,
        ..Faults::default()
    });
    let lost = reserve("C0001", book(opening, &service.name), "b1");
    let lost = shop.act(&call(), lost, Duration::from_millis(300)).await;
    assert!(matches!(lost, Err(ActionError::Unknown(_))), "{lost:?}");
    lab.shop.set_faults(Faults::default());
    assert!(matches!(lab.settled("b1").await, Settlement::Reserved { .. }));
    assert_eq!(lab.shop.reservations().len(), 1);
}
