//! What the database refuses, whatever the application forgets.

use ::stock::{Difference, Movement, MovementKind, StockError, record, verify};
use db::{Sqlstate, sqlstate};
use kernel::ReservationId;
use sea_orm::ConnectionTrait as _;
use sqlx::AssertSqlSafe;

use super::stage::Stage;

/// What the database says to the application's role.
async fn says(stage: &Stage, sql: &str) -> Option<Sqlstate> {
    let tx = db::begin(&stage.db.pools.orm, stage.coop.id).await.unwrap();
    let error = match tx.execute_unprepared(sql).await {
        Ok(_) => tx.commit().await.expect_err("it is refused at the end, if not before"),
        Err(error) => error,
    };
    sqlstate(&error)
}

#[tokio::test]
async fn the_application_cannot_write_sums_nor_change_what_has_happened() {
    let stage = Stage::open().await;
    stage.lot(0, stage.mug, 3).await;
    stage.reserve(&stage.demand(&[(stage.mug, 1)])).await.unwrap();
    for sql in [
        "update stock set on_hand = 100",
        "update stock set reserved = 0",
        "insert into stock (coop_id, lot_id, location_id, variant_id) select coop_id, lot_id, location_id, variant_id from stock",
        "delete from stock",
        "update stock_allocation set taken = 0",
        "update lot set party_id = party_id + 1",
        "update reservation set source = 'mine'",
        "delete from reservation",
        "delete from lot",
        "select refuse_short(1, null, null, 1)",
    ] {
        assert_eq!(says(&stage, sql).await, Some(Sqlstate::InsufficientPrivilege), "{sql}");
    }
    for sql in ["update movement set quantity = 9", "delete from movement", "update reservation_line set quantity = 2"] {
        let said = says(&stage, sql).await;
        assert!(matches!(said, Some(Sqlstate::InsufficientPrivilege | Sqlstate::AppendOnly)), "{sql}: {said:?}");
    }
}

#[tokio::test]
async fn what_is_confirmed_is_sold_to_the_unit_and_what_is_over_stays_over() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 3).await;
    let held = stage.reserve(&stage.demand(&[(stage.mug, 2)])).await.unwrap();
    let confirm = "update reservation set state = 'confirmed', closed_at = now()";
    assert_eq!(says(&stage, confirm).await, Some(Sqlstate::ConstraintViolation), "nothing was sold");
    let sold = |quantity: i32| Movement {
        reservation: Some(held.id),
        ..Movement::new(MovementKind::Sold, (lot, stage.studio), -quantity, stage.clock.now())
    };
    let tx = db::begin(&stage.db.pools.orm, stage.coop.id).await.unwrap();
    let unconfirmed = record(&tx, stage.coop.id, &[sold(2)]).await;
    assert!(matches!(unconfirmed, Err(StockError::Db(_))), "{unconfirmed:?}");
    drop(tx);
    let tx = db::begin(&stage.db.pools.orm, stage.coop.id).await.unwrap();
    tx.execute_unprepared(confirm).await.unwrap();
    record(&tx, stage.coop.id, &[sold(1)]).await.unwrap();
    assert_eq!(sqlstate(&tx.commit().await.unwrap_err()), Some(Sqlstate::ConstraintViolation), "one of two");
    stage.confirm(held.id).await.unwrap();
    assert_eq!(says(&stage, "update reservation set state = 'released'").await, Some(Sqlstate::ConstraintViolation));
    let line = format!(
        "insert into reservation_line (coop_id, reservation_id, line, variant_id, lot_id, location_id, quantity)
         select {}, '{}', 9, variant_id, lot_id, location_id, 1 from stock",
        stage.coop.id, held.id
    );
    assert_eq!(says(&stage, &line).await, Some(Sqlstate::ConstraintViolation), "a hold that is over holds nothing more");
}

#[tokio::test]
async fn a_lot_that_has_too_little_is_named_and_nothing_of_the_statement_stays() {
    let stage = Stage::open().await;
    let (mugs, scarves) = (stage.lot(0, stage.mug, 3).await, stage.lot(1, stage.scarf, 3).await);
    let lost = |lot, quantity: i32| Movement::new(MovementKind::Lost, (lot, stage.studio), -quantity, stage.clock.now());
    let tx = db::begin(&stage.db.pools.orm, stage.coop.id).await.unwrap();
    let Err(StockError::LotShort(short)) = record(&tx, stage.coop.id, &[lost(mugs, 1), lost(scarves, 4)]).await else {
        panic!("it is refused")
    };
    assert_eq!((short.lot, short.location, short.wanted, short.on_hand), (scarves, stage.studio, 4, 3));
    drop(tx);
    // The same lot twice in a statement counts on its sum
    let tx = db::begin(&stage.db.pools.orm, stage.coop.id).await.unwrap();
    assert!(matches!(record(&tx, stage.coop.id, &[lost(mugs, 2), lost(mugs, 2)]).await, Err(StockError::LotShort(_))));
    drop(tx);
    assert_eq!((stage.level(mugs).await, stage.level(scarves).await), ((3, 0, 0), (3, 0, 0)));
    let nowhere = Movement::new(MovementKind::Lost, (mugs, stage.stall), -1, stage.clock.now());
    let tx = db::begin(&stage.db.pools.orm, stage.coop.id).await.unwrap();
    assert!(matches!(record(&tx, stage.coop.id, &[nowhere]).await, Err(StockError::LotShort(short)) if short.on_hand == 0));
}

#[tokio::test]
async fn the_check_names_what_was_tampered_with() {
    let mut stage = Stage::open().await;
    stage.db.allow_difference();
    let lot = stage.lot(0, stage.mug, 3).await;
    let held: ReservationId = stage.sell(&[(stage.mug, 1)]).await.id;
    let verdict = verify(&stage.db.pools.orm, stage.coop.id).await.unwrap();
    assert_eq!((verdict.movements, verdict.difference), (2, None));
    let owner = stage.db.owner().await;
    let coops = format!("set guildhall.coops = '{}'", stage.coop.id);
    let tampered = async |sql: &str| {
        let mut connection = owner.acquire().await.unwrap();
        for sql in [coops.as_str(), sql] {
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *connection).await.unwrap();
        }
        verify(&stage.db.pools.orm, stage.coop.id).await.unwrap().difference
    };
    let found = tampered("update stock set on_hand = on_hand + 1").await;
    assert!(matches!(found, Some(Difference::Sums { lot: named, sums: [3, 0, 0], records: [2, 0, 0], .. }) if named == lot), "{found:?}");
    tampered("update stock set on_hand = on_hand - 1").await;
    let found = tampered("update lot set quantity = 4").await;
    assert_eq!(found, Some(Difference::Lot { lot, quantity: 4, received: 3 }));
    tampered("update lot set quantity = 3").await;
    tampered("alter table reservation_line disable trigger append_only; update reservation_line set quantity = 2").await;
    let found = verify(&stage.db.pools.orm, stage.coop.id).await.unwrap().difference;
    assert_eq!(found, Some(Difference::Reservation(held)));
}
