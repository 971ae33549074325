use chrono::DateTime;
use stripe_gateway::{BalanceTransactionsAsk, EventsAsk};

use crate::server::{Server, ok};

fn transfers(ids: &[&str], has_more: bool) -> String {
    let data: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":"{id}","amount":1,"currency":"eur"}}"#)).collect();
    format!(r#"{{"object":"list","has_more":{has_more},"data":[{}]}}"#, data.join(","))
}

#[tokio::test]
async fn all_pages_of_a_group_are_read() {
    let server = Server::start([ok(&transfers(&["tr_3", "tr_2"], true)), ok(&transfers(&["tr_1"], false))]).await;
    let found = server.gateway().list_transfers("run 7&x").await.unwrap();
    assert_eq!(found.iter().map(|transfer| transfer.id.as_str()).collect::<Vec<_>>(), ["tr_3", "tr_2", "tr_1"]);
    let lines: Vec<_> = server.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(lines[0], "GET /v1/transfers?limit=100&transfer_group=run+7%26x");
    assert_eq!(lines[1], "GET /v1/transfers?limit=100&starting_after=tr_2&transfer_group=run+7%26x");
}

#[tokio::test]
async fn an_empty_page_ends_a_list_whatever_it_says() {
    let server = Server::start([ok(&transfers(&[], true))]).await;
    assert!(server.gateway().list_transfers("run-7").await.unwrap().is_empty());
}

#[tokio::test]
async fn balance_transactions_are_listed_by_range_and_cursor() {
    let entry = r#"{"id":"txn_1","amount":1000,"fee":55,"net":945,"currency":"eur","created":1790000000,"available_on":1790086400,
        "exchange_rate":1.0835,"reporting_category":"charge","type":"charge","source":"ch_1",
        "fee_details":[{"amount":55,"currency":"eur","type":"stripe_fee"}]}"#;
    let server = Server::start([ok(&format!(r#"{{"has_more":true,"data":[{entry}]}}"#)), ok(entry)]).await;
    let ask = BalanceTransactionsAsk {
        from: DateTime::from_timestamp(1_789_900_000, 0),
        before: DateTime::from_timestamp(1_790_000_001, 0),
        starting_after: Some("txn_9".to_owned()),
    };
    let page = server.gateway().list_balance_transactions(&ask).await.unwrap();
    assert!(page.has_more);
    let one = server.gateway().get_balance_transaction("txn_1").await.unwrap();
    assert_eq!(page.data, [one]);
    assert_eq!(page.data[0].exchange_rate.as_ref().unwrap().to_string(), "1.0835");
    assert_eq!(page.data[0].available_on.timestamp(), 1_790_086_400);
    assert_eq!(
        server.seen()[0].line.replace("%5B", "[").replace("%5D", "]"),
        "GET /v1/balance_transactions?created[gte]=1789900000&created[lt]=1790000001&limit=100&starting_after=txn_9"
    );
}

#[tokio::test]
async fn listed_events_keep_their_bytes() {
    let event = r#"{"id":"evt_1","object":"event", "type":"charge.updated","created":1790000000,"data":{"object":{"id":"ch_1"}}}"#;
    let server = Server::start([ok(&format!(r#"{{"has_more":false,"data":[{event}]}}"#))]).await;
    let ask =
        EventsAsk { since: DateTime::from_timestamp(1_789_999_000, 0), ending_before: Some("evt_0".to_owned()), ..EventsAsk::default() };
    let page = server.gateway().list_events(&ask).await.unwrap();
    assert_eq!(page.data[0].body(), event);
    assert_eq!(page.data[0].event().unwrap().kind, "charge.updated");
    assert_eq!(
        server.seen()[0].line.replace("%5B", "[").replace("%5D", "]"),
        "GET /v1/events?created[gte]=1789999000&ending_before=evt_0&limit=100"
    );
}
