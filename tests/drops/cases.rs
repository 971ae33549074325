//! A case for each root field about promises, and what of Harbour they are about.

use ::stock::{
    LocationKind, NewLocation, NewLot, Stock,
    deposits::{Of, Part},
    drops::{NewDrop, Opening},
    kits::{Component, HoldKit, NewKit, Split},
    pickups::NewPickup,
    preorders::{NewPreorder, NewRound},
    promises::{Buyer, DropId, EntryId, PreorderId, Promises, RoundId, RsvpId, SlotId},
    slots::{NewRsvp, NewSlot},
    waitlists::NewEntry,
};
use chrono::TimeDelta;
use kernel::{LocationId, LotId, MovementId, ReservationId, VariantId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::stage::variant;
use crate::graph::{
    app::App,
    joining::{actor, global_id},
};

/// What of Harbour the questions about promises are about.
pub(crate) struct Promised {
    pub(super) variant: String,
    kit: String,
    unmade: String,
    person: String,
    pub(super) stall: String,
    pub(super) drop: String,
    slot: String,
    place: String,
    begun: String,
    pub(super) round: String,
    preorder: String,
    deposit: String,
    place_deposit: String,
    entry: String,
    pub(super) pickup: String,
    kits: String,
    pub(super) code: String,
}

impl Promised {
    /// Fills Harbour with one of each.
    #[expect(clippy::too_many_lines, reason = "one of each kind, and what it needs")]
    pub(crate) async fn of(app: &App) -> Self {
        let (ada, now) = (actor(&app.harbour, &app.admin), app.clock.now());
        let buyer = Buyer::person(ada.person().expect("a person"));
        let stock = Stock::new(app.db.pools.orm.clone(), app.clock.clone());
        let promises = Promises::new(app.db.pools.orm.clone(), app.clock.clone());
        let (coop, maker) = (app.harbour.coop.id, app.harbour.makers[0]);
        let made = async |sku| variant(&app.db, (coop, maker), sku, Some(1_000)).await;
        let (cup, cups, rack) = (made("promised-cup").await, made("promised-cups").await, made("promised-rack").await);
        let stall = LocationId(Uuid::now_v7());
        let place = NewLocation { id: stall, kind: LocationKind::Stall, name: "Stall of promises".to_owned(), spot: None };
        stock.create_location(&ada, place).await.expect("a stall is made");
        let (id, movement) = (LotId(Uuid::now_v7()), MovementId(Uuid::now_v7()));
        let lot = NewLot { id, movement, variant: cup, owner: maker, terms: None, quantity: 50, location: stall };
        stock.receive(&ada, &[lot]).await.expect("a lot comes in");

        let drop = DropId(Uuid::now_v7());
        let opening = Opening { opens_at: now, ends_at: None, leads: Vec::new() };
        let name = "First cups".to_owned();
        let new = NewDrop { id: drop, name, opening, per_buyer: 9, quantity: 20, hold_minutes: 60, variants: vec![cup] };
        promises.create_drop(&ada, new).await.expect("a drop is made");

        let slot_at = async |hours: i64| {
            let (id, starts_at) = (SlotId(Uuid::now_v7()), now + TimeDelta::hours(hours));
            let name = format!("Throwing {hours}");
            let ends_at = starts_at + TimeDelta::hours(2);
            let new = NewSlot { id, name, variant: None, location: Some(stall), starts_at, ends_at, capacity: 9 };
            promises.create_slot(&ada, new).await.expect("a slot is made");
            let place = NewRsvp { id: RsvpId(Uuid::now_v7()), slot: id, buyer: buyer.clone(), name: "Ada".to_owned() };
            (id, promises.rsvp(&ada, place).await.expect("there is a place").id)
        };
        let ((slot, place), (_, begun)) = (slot_at(24).await, slot_at(-1).await);

        let (round, currency) = (RoundId(Uuid::now_v7()), app.harbour.coop.currency);
        let new = NewRound {
            id: round,
            variant: rack,
            ship_by: now.date_naive(),
            closes_at: None,
            quantity: 9,
            currency,
            price: 5_000,
            deposit: 1_000,
            forfeit_bps: 10_000,
            hold_hours: 24,
        };
        promises.open_round(&ada, new).await.expect("a round is opened");
        let preorder = PreorderId(Uuid::now_v7());
        let new = NewPreorder { id: preorder, round, buyer: buyer.clone(), email: None, quantity: 1 };
        promises.place_preorder(&ada, new).await.expect("it is ordered");
        let terms = ::stock::deposits::Terms { currency, total: 2_000, deposit: 500, forfeit_bps: 0 };
        let place_deposit = promises.ask_deposit(&ada, Of::Rsvp(begun), terms).await.expect("a deposit is asked for").id;
        promises.record_payment(&ada, place_deposit, Part::Deposit).await.expect("it is paid");

        let entry = EntryId(Uuid::now_v7());
        let new = NewEntry { id: entry, variant: rack, buyer: buyer.clone(), email: None, quantity: 1, hold_minutes: 60 };
        promises.join_waitlist(&ada, new).await.expect("they stand in the line");

        let components = vec![Component { variant: cup, quantity: 2, weight: None }];
        promises.create_kit(&ada, NewKit { variant: cups, split: Split::ListPrice, components }).await.expect("a kit is made");
        let kits = ReservationId(Uuid::now_v7());
        let ask = HoldKit { reservation: kits, kit: cups, buyer: buyer.clone(), quantity: 1, hold_minutes: 60 };
        promises.hold_kit(&ada, ask).await.expect("it is held");
        let pickup = ReservationId(Uuid::now_v7());
        let (opens_at, closes_at) = (now, now + TimeDelta::hours(3));
        let new = NewPickup { reservation: pickup, buyer, location: stall, lines: vec![(cup, 1)], opens_at, closes_at };
        let code = promises.hold_for_pickup(&ada, new).await.expect("it waits").code;
        let of = |variant: VariantId| global_id("Variant", &variant);
        Self {
            variant: of(cup),
            kit: of(cups),
            unmade: of(rack),
            person: global_id("Person", &ada.person().expect("a person")),
            stall: global_id("Location", &stall),
            drop: global_id("Drop", &drop),
            slot: global_id("Slot", &slot),
            place: global_id("Place", &place),
            begun: global_id("Place", &begun),
            round: global_id("PreorderRound", &round),
            preorder: global_id("Preorder", &preorder),
            deposit: global_id("Deposit", &preorder),
            place_deposit: global_id("Deposit", &place_deposit),
            entry: global_id("WaitlistEntry", &entry),
            pickup: global_id("Reservation", &pickup),
            kits: global_id("Reservation", &kits),
            code,
        }
    }

    /// All that names something of Harbour.
    pub(crate) fn all(&self) -> Vec<&str> {
        let Self { variant, kit, unmade, stall, drop, slot, place, begun, round, preorder, deposit, place_deposit, .. } = self;
        let some = [variant, kit, unmade, stall, drop, slot, place, begun, round, preorder, deposit, place_deposit];
        some.into_iter().chain([&self.entry, &self.pickup, &self.kits, &self.code]).map(String::as_str).collect()
    }
}

/// A field, whether it takes a permission, a question and its variables. Those that end something come last.
pub(crate) type Case = (&'static str, bool, &'static str, Value);

/// Every case.
pub(crate) fn cases(of: &Promised) -> Vec<Case> {
    reading(of).into_iter().chain(making(of)).chain(taking(of)).chain(ending(of)).collect()
}

fn reading(of: &Promised) -> Vec<Case> {
    vec![
        (
            "drops",
            false,
            "{ drops { nodes { id name opensAt endsAt earlyAccess { level minutes } perBuyer quantity taken variants { id sku } } } }",
            json!({}),
        ),
        ("drop", false, "query ($id: ID!) { drop(id: $id) { id name holdMinutes taken } }", json!({"id": of.drop})),
        ("slots", false, "{ slots { nodes { id name startsAt capacity taken variant { id } location { id name } } } }", json!({})),
        ("slot", false, "query ($id: ID!) { slot(id: $id) { id name taken } }", json!({"id": of.slot})),
        (
            "preorderRounds",
            false,
            "{ preorderRounds { nodes { id shipBy taken price { shown } deposit { shown } variant { id } } } }",
            json!({}),
        ),
        (
            "preorders",
            true,
            "query ($round: ID!) { preorders(filter: {round: $round, late: false}) { nodes { id state shipBy deposit { id state due { shown } } } } }",
            json!({"round": of.round}),
        ),
        ("myPreorders", false, "{ myPreorders { nodes { id quantity state } } }", json!({})),
        ("waitlist", true, "query ($of: ID!) { waitlist(variant: $of) { nodes { id state quantity } } }", json!({"of": of.unmade})),
        ("myWaitlist", false, "{ myWaitlist { nodes { id state offeredUntil } } }", json!({})),
        ("kits", false, "{ kits { nodes { split variant { id } components { quantity weight variant { id } } } } }", json!({})),
        ("kit", false, "query ($of: ID!) { kit(variant: $of) { split components { quantity } } }", json!({"of": of.kit})),
        (
            "kitLines",
            true,
            "query ($of: ID!) { kitLines(reservation: $of, price: \"1999\") { quantity amount { shown } owners { quantity party { id } fixedPrice { shown } } } }",
            json!({"of": of.kits}),
        ),
        ("pickup", false, "query ($of: ID!) { pickup(reservation: $of) { code qr state closesAt } }", json!({"of": of.pickup})),
        (
            "pickups",
            true,
            "query ($at: ID!) { pickups(location: $at) { nodes { reservation location { id } state opensAt collectedAt } } }",
            json!({"at": of.stall}),
        ),
    ]
}

fn making(of: &Promised) -> Vec<Case> {
    vec![
        (
            "createDrop",
            true,
            "mutation ($key: String!, $input: CreateDropInput!) { createDrop(idempotencyKey: $key, input: $input) { drop { id } problems { code } } }",
            json!({"key": "walk-drop", "input": {"name": "More cups", "opensAt": "2026-12-24T12:00:00Z", "perBuyer": 1, "quantity": 5,
                "earlyAccess": [{"level": 2, "minutes": 30}], "variants": [of.variant]}}),
        ),
        (
            "changeDrop",
            true,
            "mutation ($id: ID!) { changeDrop(id: $id, input: {quantity: 30}) { drop { quantity } problems { code } } }",
            json!({"id": of.drop}),
        ),
        (
            "setBuyerLevel",
            true,
            "mutation ($who: ID!) { setBuyerLevel(person: $who, level: 3) { level problems { code } } }",
            json!({"who": of.person}),
        ),
        (
            "createSlot",
            true,
            "mutation ($input: CreateSlotInput!) { createSlot(idempotencyKey: \"walk-slot\", input: $input) { slot { id } problems { code } } }",
            json!({"input": {"name": "Glazing", "startsAt": "2026-12-24T12:00:00Z", "endsAt": "2026-12-24T14:00:00Z", "capacity": 5,
                "location": of.stall}}),
        ),
        (
            "changeSlot",
            true,
            "mutation ($id: ID!) { changeSlot(id: $id, input: {capacity: 12}) { slot { capacity } problems { code } } }",
            json!({"id": of.slot}),
        ),
        (
            "openPreorders",
            true,
            "mutation ($input: OpenPreordersInput!) { openPreorders(idempotencyKey: \"walk-round\", input: $input) { round { id } problems { code } } }",
            json!({"input": {"variant": of.unmade, "shipBy": "2027-02-01", "quantity": 5, "price": "4000", "deposit": "1000"}}),
        ),
        (
            "changePreorders",
            true,
            "mutation ($id: ID!) { changePreorders(id: $id, input: {shipBy: \"2027-03-01\"}) { round { shipBy } problems { code } } }",
            json!({"id": of.round}),
        ),
        (
            "createKit",
            true,
            "mutation ($input: CreateKitInput!) { createKit(input: $input) { kit { split } problems { code } } }",
            json!({"input": {"variant": of.kit, "split": "LIST_PRICE", "components": [{"variant": of.variant, "quantity": 2}]}}),
        ),
        (
            "askDeposit",
            true,
            "mutation ($of: ID!) { askDeposit(of: $of, input: {currency: \"EUR\", total: \"900\", deposit: \"300\", forfeitBps: 0}) { deposit { id } problems { code } } }",
            json!({"of": of.kits}),
        ),
        (
            "askBalance",
            true,
            "mutation ($id: ID!) { askBalance(id: $id, by: \"2026-12-24T12:00:00Z\") { deposit { state balanceDueAt } problems { code } } }",
            json!({"id": of.place_deposit}),
        ),
    ]
}

fn taking(of: &Promised) -> Vec<Case> {
    vec![
        (
            "claimDrop",
            false,
            "mutation ($id: ID!, $of: ID!) { claimDrop(idempotencyKey: \"walk-claim\", input: {drop: $id, lines: [{variant: $of, quantity: 1}]}) { claim { reservation quantity until } problems { code } } }",
            json!({"id": of.drop, "of": of.variant}),
        ),
        (
            "takePlace",
            false,
            "mutation ($id: ID!) { takePlace(slot: $id, name: \"Ada\") { place { id state } problems { code } } }",
            json!({"id": of.slot}),
        ),
        (
            "placePreorder",
            false,
            "mutation ($id: ID!) { placePreorder(idempotencyKey: \"walk-order\", input: {round: $id, quantity: 1}) { preorder { id } problems { code } } }",
            json!({"id": of.round}),
        ),
        (
            "joinWaitlist",
            false,
            "mutation ($of: ID!) { joinWaitlist(input: {variant: $of}) { entry { id state } problems { code } } }",
            json!({"of": of.unmade}),
        ),
        (
            "holdKit",
            false,
            "mutation ($of: ID!) { holdKit(idempotencyKey: \"walk-kit\", input: {variant: $of, quantity: 1}) { hold { reservation until } problems { code } } }",
            json!({"of": of.kit}),
        ),
        (
            "holdForPickup",
            false,
            "mutation ($input: HoldForPickupInput!) { holdForPickup(idempotencyKey: \"walk-pickup\", input: $input) { pickup { code } problems { code } } }",
            json!({"input": {"location": of.stall, "lines": [{"variant": of.variant, "quantity": 1}], "opensAt": "2026-12-01T12:00:00Z",
                "closesAt": "2026-12-02T12:00:00Z"}}),
        ),
        (
            "serveWaitingLines",
            true,
            "mutation { serveWaitingLines { served { preorders offers forfeited } problems { code } } }",
            json!({}),
        ),
    ]
}

fn ending(of: &Promised) -> Vec<Case> {
    vec![
        (
            "collectPickup",
            true,
            "mutation ($at: ID!, $code: String!) { collectPickup(location: $at, code: $code) { pickup { state } problems { code } } }",
            json!({"at": of.stall, "code": of.code}),
        ),
        (
            "markPlace",
            true,
            "mutation ($id: ID!) { markPlace(id: $id, came: true) { place { state } problems { code } } }",
            json!({"id": of.begun}),
        ),
        (
            "recordDepositPayment",
            true,
            "mutation ($id: ID!) { recordDepositPayment(id: $id, part: DEPOSIT) { deposit { state } problems { code } } }",
            json!({"id": of.deposit}),
        ),
        (
            "cancelPlace",
            false,
            "mutation ($id: ID!) { cancelPlace(id: $id) { place { state } problems { code } } }",
            json!({"id": of.place}),
        ),
        (
            "cancelPreorder",
            false,
            "mutation ($id: ID!) { cancelPreorder(id: $id) { preorder { state } problems { code } } }",
            json!({"id": of.preorder}),
        ),
        (
            "leaveWaitlist",
            false,
            "mutation ($id: ID!) { leaveWaitlist(id: $id) { entry { state } problems { code } } }",
            json!({"id": of.entry}),
        ),
    ]
}
