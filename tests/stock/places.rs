//! Where things lie: locations, transfers in two steps, stock counts.

use ::stock::{CountId, LocationChange, LocationKind, NewCount, NewLocation, NewTransfer, Spot, TransferId};
use kernel::{Code, LocationId, LotId};
use uuid::Uuid;

use super::stage::{Stage, refused};
use crate::world::in_coop;

fn transfer(stage: &Stage, lines: &[(LotId, i32)]) -> NewTransfer {
    NewTransfer {
        id: TransferId(Uuid::now_v7()),
        from: stage.studio,
        to: stage.stall,
        lines: lines.to_vec(),
        note: Some("for Saturday".to_owned()),
    }
}

#[tokio::test]
async fn b5_a_transfer_is_sent_then_received_and_what_is_missing_is_lost() {
    let stage = Stage::open().await;
    let (mugs, scarves) = (stage.lot(0, stage.mug, 10).await, stage.lot(1, stage.scarf, 4).await);
    let new = transfer(&stage, &[(mugs, 6), (scarves, 4)]);
    let sent = stage.stock.send(&stage.ana, &new).await.unwrap();
    assert_eq!(stage.stock.send(&stage.ana, &new).await.unwrap(), sent, "twice is once");
    assert_eq!((stage.at(mugs, stage.studio).await, stage.at(mugs, stage.stall).await), (4, 0), "under way it is nowhere");
    assert_eq!(refused(stage.reserve(&stage.demand(&[(stage.scarf, 1)])).await).0, Code::NotNow, "and is sold by nobody");

    let received = stage.stock.take_in(&stage.ana, new.id, &[(mugs, 5)]).await.unwrap();
    let missing: Vec<_> = received.lines.iter().map(|line| (line.lot, line.missing())).collect();
    assert_eq!(missing, [(mugs, Some(1)), (scarves, Some(0))]);
    assert_eq!(stage.stock.take_in(&stage.ana, new.id, &[(mugs, 5)]).await.unwrap(), received, "twice is once");
    assert_eq!(refused(stage.stock.take_in(&stage.ana, new.id, &[(mugs, 6)]).await).0, Code::Conflict);
    assert_eq!((stage.at(mugs, stage.stall).await, stage.at(scarves, stage.stall).await), (5, 4));
    let coop = stage.coop.id;
    let sums = in_coop(&stage.db, coop, async |tx| ::stock::sums_of_lots(tx, coop, &[mugs]).await.unwrap()[0].1).await;
    assert_eq!((sums.under_way, sums.lost, sums.on_hand), (0, 1, 9));
    let open = in_coop(&stage.db, coop, async |tx| ::stock::transfers_page(tx, coop, true, (10, None)).await.unwrap()).await;
    assert!(open.is_empty());
}

#[tokio::test]
async fn what_cannot_be_sent_or_received_is_refused() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 5).await;
    stage.reserve(&stage.demand(&[(stage.mug, 2)])).await.unwrap();
    let (code, sentence) = refused(stage.stock.send(&stage.ana, &transfer(&stage, &[(lot, 4)])).await);
    assert_eq!(code, Code::NotNow);
    assert!(sentence.contains("2 of them reserved"), "{sentence}");
    let twice = transfer(&stage, &[(lot, 1), (lot, 1)]);
    assert_eq!(refused(stage.stock.send(&stage.ana, &twice).await).0, Code::InvalidInput);
    let nowhere = NewTransfer { to: LocationId(Uuid::now_v7()), ..transfer(&stage, &[(lot, 1)]) };
    assert_eq!(refused(stage.stock.send(&stage.ana, &nowhere).await).0, Code::NotFound);
    let there = NewTransfer { to: stage.studio, ..transfer(&stage, &[(lot, 1)]) };
    assert_eq!(refused(stage.stock.send(&stage.ana, &there).await).0, Code::InvalidInput);
    let sent = stage.stock.send(&stage.ana, &transfer(&stage, &[(lot, 3)])).await.unwrap();
    assert_eq!(refused(stage.stock.take_in(&stage.ana, sent.id, &[(lot, 4)]).await).0, Code::InvalidInput, "more than was sent");
    assert_eq!(refused(stage.stock.take_in(&stage.ana, sent.id, &[(LotId(Uuid::now_v7()), 1)]).await).0, Code::InvalidInput);
    assert_eq!(refused(stage.stock.take_in(&stage.ana, TransferId(Uuid::now_v7()), &[]).await).0, Code::NotFound);
    assert_eq!(refused(stage.stock.take_in(&stage.maker(0), sent.id, &[]).await).0, Code::Forbidden);
    stage.stock.take_in(&stage.ana, sent.id, &[]).await.unwrap();
    assert_eq!((stage.at(lot, stage.studio).await, stage.at(lot, stage.stall).await), (2, 3));
}

#[tokio::test]
async fn what_is_counted_is_what_lies_there() {
    let stage = Stage::open().await;
    let (mugs, scarves) = (stage.lot(0, stage.mug, 10).await, stage.lot(1, stage.scarf, 4).await);
    stage.reserve(&stage.demand(&[(stage.mug, 7)])).await.unwrap();
    let count =
        |lines: &[(LotId, i32)]| NewCount { id: CountId(Uuid::now_v7()), location: stage.studio, lines: lines.to_vec(), note: None };
    let new = count(&[(mugs, 8), (scarves, 5)]);
    let counted = stage.stock.count(&stage.ana, &new).await.unwrap();
    assert_eq!(stage.stock.count(&stage.ana, &new).await.unwrap(), counted, "twice is once");
    let lines: Vec<_> = counted.lines.iter().map(|line| (line.expected, line.counted)).collect();
    assert_eq!(lines, [(10, 8), (4, 5)]);
    assert_eq!((stage.level(mugs).await, stage.level(scarves).await), ((8, 7, 0), (5, 0, 0)));
    let (code, sentence) = refused(stage.stock.count(&stage.ana, &count(&[(mugs, 6)])).await);
    assert_eq!(code, Code::NotNow, "somebody waits for seven");
    assert!(sentence.contains(&mugs.to_string()), "{sentence}");
    assert_eq!(refused(stage.stock.count(&stage.ana, &NewCount { lines: vec![(mugs, 9)], ..new }).await).0, Code::Conflict);
    // A lot is found where nobody had put it
    let found = NewCount { location: stage.stall, ..count(&[(scarves, 1)]) };
    stage.stock.count(&stage.ana, &found).await.unwrap();
    assert_eq!(stage.level(scarves).await, (6, 0, 0));
}

#[tokio::test]
async fn a_location_is_archived_when_nothing_lies_there_and_takes_nothing_in_afterwards() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 2).await;
    let archive = LocationChange { archived: Some(true), ..LocationChange::default() };
    assert_eq!(refused(stage.stock.change_location(&stage.ana, stage.studio, archive.clone()).await).0, Code::NotNow);
    let sent = stage.stock.send(&stage.ana, &transfer(&stage, &[(lot, 2)])).await.unwrap();
    assert_eq!(
        refused(stage.stock.change_location(&stage.ana, stage.stall, archive.clone()).await).0,
        Code::NotNow,
        "goods are on their way"
    );
    let closed = stage.stock.change_location(&stage.ana, stage.studio, archive).await.unwrap();
    assert!(closed.archived_at.is_some());
    assert_eq!(refused(stage.stock.receive(&stage.ana, &[stage.new_lot(0, stage.mug, 1)]).await).0, Code::NotFound);
    stage.stock.take_in(&stage.ana, sent.id, &[]).await.unwrap();
    let open = LocationChange { archived: Some(false), name: Some(" Atelier ".to_owned()), spot: Spot::try_new(52.37, 4.9).ok() };
    let opened = stage.stock.change_location(&stage.ana, stage.studio, open).await.unwrap();
    assert_eq!((opened.name.as_str(), opened.archived_at, opened.spot.map(Spot::latitude)), ("Atelier", None, Some(52.37)));
    let same_name = NewLocation { id: LocationId(Uuid::now_v7()), kind: LocationKind::Van, name: "atelier".to_owned(), spot: None };
    assert_eq!(refused(stage.stock.create_location(&stage.ana, same_name).await).0, Code::Conflict);
    assert!(Spot::try_new(91.0, 0.0).is_err() && Spot::try_new(f64::NAN, 0.0).is_err());
}
