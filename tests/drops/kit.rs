//! Kits of lots of several owners: all components or none, shared to the cent.

use ::stock::{
    StockError,
    kits::{Component, HoldKit, Kit, KitHold, NewKit, Split},
    promises::PromiseError,
};
use kernel::{Code, ReservationId, VariantId};
use splits::{Owner, Terms};

use super::stage::{Stage, code, reservation};

impl Stage {
    async fn kit_of(&self, sku: &str, split: Split, components: &[(VariantId, i32, Option<i64>)]) -> Kit {
        let part = |(variant, quantity, weight): &(VariantId, i32, Option<i64>)| Component {
            variant: *variant,
            quantity: *quantity,
            weight: *weight,
        };
        let new = NewKit { variant: self.variant(sku, None).await, split, components: components.iter().map(part).collect() };
        let made = self.promises.create_kit(&self.ana, new.clone()).await.unwrap();
        assert_eq!(self.promises.create_kit(&self.ana, new).await.unwrap(), made, "twice is once");
        made
    }

    async fn hold(&self, kit: &Kit, id: ReservationId, quantity: i32) -> Result<KitHold, PromiseError> {
        let (actor, buyer) = (self.ana, ::stock::promises::Buyer::person(self.ana.person().unwrap()));
        self.promises.hold_kit(&actor, HoldKit { reservation: id, kit: kit.variant, buyer, quantity, hold_minutes: 15 }).await
    }

    fn owner(&self, maker: usize, quantity: i64) -> Owner {
        Owner { party: self.makers[maker], terms: Terms::Share, quantity }
    }
}

#[tokio::test]
async fn b14_a_box_takes_lots_of_several_owners_and_shares_its_price_by_what_they_cost() {
    let stage = Stage::open().await;
    let (mug, soap) = (stage.variant("mug", Some(1_500)).await, stage.variant("soap", Some(500)).await);
    stage.lot(mug, 0, 1, stage.studio).await;
    stage.lot(mug, 1, 3, stage.studio).await;
    stage.lot(soap, 2, 9, stage.stall).await;
    let kit = stage.kit_of("box", Split::ListPrice, &[(mug, 1, None), (soap, 2, None)]).await;
    let id = reservation();
    let held = stage.hold(&kit, id, 2).await.unwrap();
    assert_eq!(stage.hold(&kit, id, 2).await.unwrap(), held, "twice is once");
    assert_eq!((stage.free(mug, None).await, stage.free(soap, None).await), (2, 5));

    let lines = stage.promises.kit_lines(stage.coop.id, id, (3_999, stage.coop.currency), "web").await.unwrap();
    // Mugs weigh 2 x 1500 and soaps 4 x 500
    let told: Vec<_> = lines.iter().map(|line| (line.variant, line.quantity, line.amount)).collect();
    assert_eq!(told, [(mug, 2, 2_399), (soap, 4, 1_600)]);
    assert_eq!(lines[0].owners, [stage.owner(0, 1), stage.owner(1, 1)]);
    assert_eq!(lines[1].owners, [stage.owner(2, 4)]);
}

#[tokio::test]
async fn b14_where_one_component_is_missing_nothing_is_held() {
    let stage = Stage::open().await;
    let (mug, soap) = (stage.variant("mug", None).await, stage.variant("soap", None).await);
    stage.lot(mug, 0, 5, stage.studio).await;
    stage.lot(soap, 1, 1, stage.studio).await;
    let kit = stage.kit_of("box", Split::Weights, &[(mug, 1, Some(2)), (soap, 1, Some(1))]).await;
    let short = stage.hold(&kit, reservation(), 2).await.unwrap_err();
    assert!(matches!(short, PromiseError::Stock(StockError::Short { variant, .. }) if variant == soap), "{short}");
    assert_eq!((stage.free(mug, None).await, stage.free(soap, None).await), (5, 1));
    let id = reservation();
    stage.hold(&kit, id, 1).await.unwrap();
    let lines = stage.promises.kit_lines(stage.coop.id, id, (100, stage.coop.currency), "web").await.unwrap();
    assert_eq!(lines.iter().map(|line| line.amount).collect::<Vec<_>>(), [67, 33]);
}

#[tokio::test]
async fn b14_a_kit_without_prices_a_kit_of_kits_and_another_coops_kit_are_refused() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    stage.lot(mug, 0, 5, stage.studio).await;
    let kit = stage.kit_of("box", Split::ListPrice, &[(mug, 1, None)]).await;
    let id = reservation();
    stage.hold(&kit, id, 1).await.unwrap();
    let unpriced = stage.promises.kit_lines(stage.coop.id, id, (100, stage.coop.currency), "web").await;
    assert!(matches!(unpriced, Err(PromiseError::NoWeights { .. })));
    let crate_of = NewKit {
        variant: stage.variant("crate", None).await,
        split: Split::ListPrice,
        components: vec![Component { variant: kit.variant, quantity: 2, weight: None }],
    };
    assert_eq!(code(stage.promises.create_kit(&stage.ana, crate_of.clone()).await), Code::InvalidInput);
    assert_eq!(code(stage.promises.create_kit(&stage.buyer().0, crate_of).await), Code::Forbidden);
    let neighbour = stage.neighbour().await;
    assert_eq!(code(stage.promises.kit(neighbour.coop, kit.variant).await), Code::NotFound);
    assert_eq!(code(stage.promises.kit_lines(neighbour.coop, id, (100, stage.coop.currency), "web").await), Code::NotFound);
}
