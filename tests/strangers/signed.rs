//! Stripe's own package signs; the door believes what it signs, and nothing that it would not believe itself.

use ::settlement::{BATCH, Settlement};
use ledger::{Account, AccountKind};
use stripe_gateway::{Secret, signature};

use super::{
    NOW, SECRET,
    house::{House, event, refunded},
    npm::StripePackage,
};

#[tokio::test]
async fn g1_g9_what_stripes_package_signed_is_taken_in_and_settled() {
    let Some(package) = StripePackage::get().await else { return };
    let house = House::open().await;
    let sale = house.sale().await;
    let mut events = house.paid(sale);
    events.push(refunded(sale, 1000));
    events.push(event("evt_zoe", "customer.created", &serde_json::json!({"id": "cus_1", "name": "Zoë 🧶", "note": "line\nbreak"})));
    for (header, body) in package.sign(&events).await.iter().zip(&events) {
        let answer = house.deliver(header, body).await;
        assert_eq!(answer.status, 200, "{header}: {answer:?}");
    }
    let settlement = Settlement::new(house.db.pools.clone(), None, false);
    let settled = settlement.run_until_still(BATCH).await.unwrap();
    assert_eq!((settled.done, settled.kept), (4, 1), "{settled:?}");

    let owed = house.shop.owed(&house.db).await;
    assert_eq!(owed[&Account::own(AccountKind::Clearing)], -(3000 - 70 - 1000), "paid, less Stripe's fee, less the refund");
    assert_eq!(owed.values().sum::<i64>(), 0);
    let makers = house.shop.makers.iter().map(|maker| owed[&Account::of(AccountKind::MemberPayable, *maker)]);
    assert!(makers.clone().all(|owed| owed > 0), "every maker has a share of what is left: {owed:?}");
    house.api.stop().await;
}

#[tokio::test]
async fn g1_a_body_that_changed_after_stripes_package_signed_it_is_refused() {
    let Some(package) = StripePackage::get().await else { return };
    let house = House::open().await;
    let body = house.paid(house.sale().await).remove(0);
    let headers = package.sign(std::slice::from_ref(&body)).await;
    for changed in [body.replace("3000", "9000"), format!("{body} "), body.replace(':', ": ")] {
        let answer = house.deliver(&headers[0], &changed).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.body.contains("bad_signature"), "{answer:?}");
    }
    assert_eq!(house.inbox().await.new, 0, "nothing was kept");
    assert_eq!(house.deliver(&headers[0], &body).await.status, 200, "as it was signed, it is believed");
    house.api.stop().await;
}

/// Headers for a body that Stripe's package signed with `good`: what each shows, and the header.
fn headers(good: &str, body: &str) -> Vec<(&'static str, String)> {
    let (time, right) = good.split_once(',').expect("a header has two parts");
    let signed = |secret: &str, secs: i64| signature::sign(body.as_bytes(), &Secret::new(secret), NOW + chrono::TimeDelta::seconds(secs));
    let wrong = format!("v1={}", "0".repeat(64));
    let late = signed(SECRET, -1);
    let late = late.split_once(',').expect("a header has two parts").1;
    vec![
        ("good", good.to_owned()),
        ("our own signer", signed(SECRET, 0)),
        ("two signatures, the second good", format!("{time},{wrong},{right}")),
        ("two signatures, the first good", format!("{time},{right},{wrong}")),
        ("two signatures, none good", format!("{time},{wrong},{wrong}")),
        ("signature first, time last", format!("{right},{time}")),
        ("an unknown scheme beside", format!("{time},v0={},v9=x,{right}", "f".repeat(64))),
        ("an unknown scheme only", format!("{time},{}", right.replace("v1=", "v0="))),
        ("another secret", signed("whsec_other", 0)),
        ("a secret without its prefix", signed("platform", 0)),
        ("as old as allowed", signed(SECRET, -300)),
        ("a second too old", signed(SECRET, -301)),
        ("a day old", signed(SECRET, -86_400)),
        ("a clock a little ahead", signed(SECRET, 200)),
        ("another second's signature", format!("{time},{late}")),
        ("two times, the last one signed", format!("t=1,{time},{right}")),
        ("two times, the first one signed", format!("{time},t=1,{right}")),
        ("a signature cut short", good[..good.len() - 1].to_owned()),
        ("a signature too long", format!("{good}0")),
        ("no time", right.to_owned()),
        ("no signature", time.to_owned()),
        ("a time in words", format!("t=now,{right}")),
        ("empty values", "t=,v1=".to_owned()),
        ("garbage", "hello, stripe = world;;;".to_owned()),
        ("a lone comma", ",".to_owned()),
        ("only a scheme", "v1".to_owned()),
    ]
}

#[tokio::test]
async fn g1_the_door_and_stripes_package_believe_the_same_headers() {
    let Some(package) = StripePackage::get().await else { return };
    let house = House::open().await;
    let body = event("evt_1", "customer.created", &serde_json::json!({"id": "cus_1", "name": "Zoë"}));
    let good = package.sign(std::slice::from_ref(&body)).await.remove(0);
    let table = headers(&good, &body);
    let deliveries: Vec<(String, String)> = table.iter().map(|(_, header)| (header.clone(), body.clone())).collect();
    let verdicts = package.judge(&deliveries).await;
    let mut believed = 0;
    for ((shows, header), verdict) in table.iter().zip(&verdicts) {
        let answer = house.deliver(header, &body).await;
        let expected = if verdict == "believed" { 200 } else { 400 };
        assert_eq!(answer.status, expected, "{shows}: the package says {verdict:?}, the door {answer:?} to {header}");
        believed += usize::from(answer.status == 200);
    }
    assert_eq!((believed, table.len()), (9, 26), "{verdicts:#?}");
    house.api.stop().await;
}
