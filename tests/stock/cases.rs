//! A question for each root field of the stock, for the walk over the graph.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::graph::app::App;

/// What of Harbour the questions about its stock are about.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    pub(crate) studio: String,
    pub(crate) stall: String,
    pub(crate) lot: String,
    pub(crate) transfer: String,
    pub(crate) allocation: String,
    pub(crate) reservation: String,
    variant: String,
    owner: String,
}

pub(crate) const CREATE_LOCATION: &str = "mutation ($id: UUID!, $name: String!, $kind: LocationKind!) {
    createLocation(input: {id: $id, name: $name, kind: $kind, spot: {latitude: 52.37, longitude: 4.9}}) { location { id } problems { code message } } }";
pub(crate) const RECEIVE: &str = "mutation ($lots: [LotInput!]!) { receiveLots(lots: $lots) { lots { id } problems { code message } } }";
pub(crate) const SEND: &str =
    "mutation ($input: SendTransferInput!) { sendTransfer(input: $input) { transfer { id } problems { code message } } }";
pub(crate) const ALLOCATE: &str = "mutation ($input: AllocateStockInput!) { allocateStock(input: $input) { allocation { id quantity taken } problems { code message } } }";
pub(crate) const RESERVE: &str = "mutation ($input: ReserveStockInput!) {
    reserveStock(input: $input) { reservation { id state lines { quantity owner { id } lot { id } } } problems { code message } } }";

/// A number that nothing has yet.
pub(crate) fn number() -> Value {
    json!(Uuid::now_v7())
}

impl Shelf {
    /// All ids.
    pub(crate) fn all(&self) -> [&str; 6] {
        let Self { studio, stall, lot, transfer, allocation, reservation, variant: _, owner: _ } = self;
        [studio, stall, lot, transfer, allocation, reservation].map(String::as_str)
    }

    /// Puts forty of a variant of an owner into Harbour's studio: some set aside, some held, some on their way to a stall.
    pub(crate) async fn of(app: &App, variant: &str, owner: &str) -> Self {
        let location = async |name: &str, kind: &str| {
            let made = app.admin.ask(CREATE_LOCATION, json!({"id": number(), "name": name, "kind": kind})).await;
            made.text("/createLocation/location/id")
        };
        let (studio, stall) = (location("Walked studio", "STUDIO").await, location("Walked stall", "STALL").await);
        let lot = json!({"id": number(), "movementId": number(), "variant": variant, "owner": owner, "quantity": 40, "location": studio});
        let lot = app.admin.ask(RECEIVE, json!({"lots": [lot]})).await.text("/receiveLots/lots/0/id");
        let sent = json!({"id": number(), "from": studio, "to": stall, "lines": [{"lot": lot, "quantity": 5}]});
        let aside = json!({"id": number(), "movementId": number(), "lot": lot, "location": studio, "purpose": "STREAM", "quantity": 3});
        let held = json!({"id": number(), "lines": [{"variant": variant, "quantity": 2}], "location": studio});
        Self {
            transfer: app.admin.ask(SEND, json!({"input": sent})).await.text("/sendTransfer/transfer/id"),
            allocation: app.admin.ask(ALLOCATE, json!({"input": aside})).await.text("/allocateStock/allocation/id"),
            reservation: app.admin.ask(RESERVE, json!({"input": held})).await.text("/reserveStock/reservation/id"),
            variant: variant.to_owned(),
            owner: owner.to_owned(),
            studio,
            stall,
            lot,
        }
    }
}

/// Root field, whether it takes a permission, the question, its variables. What ends something comes last.
#[expect(clippy::too_many_lines, reason = "a table: a row for each root field")]
pub(crate) fn cases(shelf: &Shelf) -> Vec<(&'static str, bool, &'static str, Value)> {
    let Shelf { studio, stall, lot, transfer, allocation, reservation, variant, owner } = shelf;
    vec![
        ("locations", false, "{ locations { id kind name latitude longitude archivedAt } }", json!({})),
        (
            "lots",
            false,
            "{ lots(first: 3) { nodes { id quantity owner { id } variant { id stock { available } } terms { id } sums { received onHand underWay }
                places { location { id } level { onHand reserved allocated available } } allocations(first: 3) { nodes { id taken } }
                movements(first: 3) { nodes { id kind quantity recordedBy { name } } } } } }",
            json!({}),
        ),
        ("lot", false, "query ($id: ID!) { lot(id: $id) { id receivedAt expiresAt endsAt recalledAt closedAt } }", json!({"id": lot})),
        ("consignmentTerms", false, "{ consignmentTerms { nodes { id name version ownerPercent ending pool { id } } } }", json!({})),
        ("stockPolicy", false, "{ stockPolicy }", json!({})),
        ("stockMovements", true, "{ stockMovements { nodes { id kind at lot { id } location { id } } } }", json!({})),
        (
            "stockTransfers",
            true,
            "{ stockTransfers(underWay: true) { nodes { id from { id } to { id } sentBy { name } lines { sent received lot { id } } } } }",
            json!({}),
        ),
        ("stockCounts", true, "{ stockCounts { nodes { id location { id } lines { expected counted lot { id } } } } }", json!({})),
        (
            "reservations",
            true,
            "{ reservations(state: HELD) { nodes { id source expiresAt lines { quantity lot { id } owner { id } ownerPrice { shown } } } } }",
            json!({}),
        ),
        ("createLocation", true, CREATE_LOCATION, json!({"id": number(), "name": "Van", "kind": "VAN"})),
        (
            "changeLocation",
            true,
            "mutation ($id: ID!) { changeLocation(id: $id, input: {name: \"Walked stall 2\"}) { location { id name } problems { code } } }",
            json!({"id": stall}),
        ),
        (
            "adoptConsignmentTerms",
            true,
            "mutation ($pool: ID!) { adoptConsignmentTerms(input: {name: \"Walk\", ownerPercent: 62.5, minimumPrice: \"500\",
                markdowns: [{afterDays: 30, percentOff: 20}], expiresAfterDays: 90, graceDays: 7, ending: POOL, pool: $pool}) {
                terms { id version ownerPercent markdowns { percentOff } } problems { code } } }",
            json!({"pool": owner}),
        ),
        (
            "receiveLots",
            true,
            RECEIVE,
            json!({"lots": [{"id": number(), "movementId": number(), "variant": variant, "owner": owner, "quantity": 2, "location": studio}]}),
        ),
        (
            "reportMovement",
            true,
            "mutation ($input: ReportMovementInput!) { reportMovement(input: $input) { lot { id sums { lost } } problems { code } } }",
            json!({"input": {"id": number(), "kind": "LOST", "lot": lot, "location": studio, "quantity": 1, "reason": "it fell"}}),
        ),
        ("setStockPolicy", true, "mutation { setStockPolicy(policy: ROTATION) { policy problems { code } } }", json!({})),
        (
            "countStock",
            true,
            "mutation ($input: CountStockInput!) { countStock(input: $input) { count { id lines { expected counted } } problems { code } } }",
            json!({"input": {"id": number(), "location": studio, "lines": [{"lot": lot, "quantity": 30}]}}),
        ),
        (
            "allocateStock",
            true,
            ALLOCATE,
            json!({"input": {"id": number(), "movementId": number(), "lot": lot, "location": studio, "purpose": "WEB", "quantity": 1}}),
        ),
        (
            "pullBackAllocation",
            true,
            "mutation ($id: ID!, $movement: UUID!) { pullBackAllocation(id: $id, movementId: $movement) { allocation { id quantity } problems { code } } }",
            json!({"id": allocation, "movement": number()}),
        ),
        ("reserveStock", true, RESERVE, json!({"input": {"id": number(), "lines": [{"variant": variant, "quantity": 1}]}})),
        (
            "releaseReservation",
            true,
            "mutation ($id: ID!) { releaseReservation(id: $id) { reservation { id state } problems { code } } }",
            json!({"id": reservation}),
        ),
        (
            "sendTransfer",
            true,
            SEND,
            json!({"input": {"id": number(), "from": studio, "to": stall, "lines": [{"lot": lot, "quantity": 1}]}}),
        ),
        (
            "receiveTransfer",
            true,
            "mutation ($id: ID!) { receiveTransfer(id: $id, arrived: []) { transfer { id lines { missing } } problems { code } } }",
            json!({"id": transfer}),
        ),
        ("recallLot", false, "mutation ($id: ID!) { recallLot(id: $id) { lot { id recalledAt } problems { code } } }", json!({"id": lot})),
    ]
}
