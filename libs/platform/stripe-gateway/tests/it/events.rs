use stripe_gateway::{
    Event, Payload,
    objects::{Charge, Dispute, DisputeStatus, Expandable, Metadata, Refund, Transfer},
    parse,
};

const CHARGE_UPDATED: &str = r#"{"id":"evt_1","object":"event","api_version":"2026-10-28.endive","created":1790000000,"livemode":true,
    "account":"acct_1","type":"charge.updated","pending_webhooks":1,"request":{"id":null},
    "data":{"previous_attributes":{"balance_transaction":null},"object":{"id":"ch_1","object":"charge","amount":2000,"amount_captured":2000,
    "currency":"eur","payment_intent":"pi_1","metadata":{"sale":"7"},"source_transfer":null,"created":1789999000,
    "balance_transaction":{"id":"txn_1","amount":2000,"fee":55,"net":1945,"currency":"eur","created":1789999000,"available_on":1790086400}}}}"#;

#[test]
fn an_event_and_its_object_are_read() {
    let event = Event::parse(CHARGE_UPDATED.as_bytes()).unwrap();
    assert_eq!((event.id.as_ref(), event.kind.as_ref(), event.account.as_deref()), ("evt_1", "charge.updated", Some("acct_1")));
    assert!(event.livemode);
    assert_eq!(event.created.timestamp(), 1_790_000_000);
    let charge: Charge = event.object().unwrap();
    assert_eq!(charge.metadata, Metadata::from([("sale".to_owned(), "7".to_owned())]));
    assert_eq!(charge.payment_intent, Some(Expandable::Id("pi_1".to_owned())));
    let moved = charge.balance_transaction.as_ref().and_then(Expandable::object).unwrap();
    assert_eq!((moved.fee, moved.net), (55, 1945));
    assert_eq!(charge.balance_transaction.unwrap().id(), "txn_1");
}

#[test]
fn a_missing_field_is_named_with_its_path() {
    let body = CHARGE_UPDATED.replace(r#""fee":55,"#, "");
    let error = Event::parse(body.as_bytes()).unwrap().object::<Charge>().unwrap_err();
    assert_eq!(error.path, "data.object.balance_transaction");
    assert!(error.message.starts_with("missing field `fee`"), "{error}");

    let body = CHARGE_UPDATED.replace(r#""amount":2000,"fee""#, r#""amount":20.5,"fee""#);
    let error = Event::parse(body.as_bytes()).unwrap().object::<Charge>().unwrap_err();
    assert_eq!(error.path, "data.object.balance_transaction.amount");

    let error = Event::parse(br#"{"id":"evt_1","type":"x"}"#).unwrap_err();
    assert!(error.to_string().starts_with("cannot read .: missing field `created`"), "{error}");
}

#[test]
fn thin_events_are_recognised() {
    let v2 =
        br#"{"id":"evt_test_1","object":"v2.core.event","type":"v1.charge.updated","livemode":false,"created":"2026-10-01T08:00:00.123Z",
        "related_object":{"id":"ch_1","type":"charge","url":"/v1/charges/ch_1"}}"#;
    let event = Event::parse(v2).unwrap();
    assert!(matches!(event.payload, Payload::Thin));
    assert_eq!(event.created.timestamp_millis(), 1_790_841_600_123);
    assert!(event.object::<Charge>().unwrap_err().message.contains("thin"));
    for without_object in [r#"{"id":"e","type":"x","created":1}"#, r#"{"id":"e","type":"x","created":1,"data":{}}"#] {
        assert!(matches!(Event::parse(without_object.as_bytes()).unwrap().payload, Payload::Thin));
    }
}

#[test]
fn what_is_not_an_event_is_an_error_and_nothing_worse() {
    let deep = "[".repeat(100_000);
    for body in ["", "null", "[]", "{", "\"evt_1\"", r#"{"id":1,"type":"x","created":1}"#, r#"{"id":"e","type":"x","created":1e99}"#, &deep]
    {
        assert!(Event::parse(body.as_bytes()).is_err(), "{body:.40}");
    }
    assert!(Event::parse(b"{\"id\":\"\xff\",\"type\":\"x\",\"created\":1}").is_err());
    assert!(Event::parse(CHARGE_UPDATED.replace("1790000000", "99999999999999999").as_bytes()).is_err());
}

#[test]
fn words_that_are_new_to_us_are_kept() {
    let json = br#"{"id":"dp_1","amount":5,"currency":"eur","charge":{"id":"ch_1","amount":5,"currency":"eur"},"status":"on_the_moon",
        "balance_transactions":null,"metadata":null}"#;
    let dispute: Dispute = parse(json).unwrap();
    assert_eq!(dispute.status, DisputeStatus::Other("on_the_moon".to_owned()));
    assert_eq!(dispute.status.to_string(), "on_the_moon");
    assert_eq!(dispute.charge.id(), "ch_1");
    assert_eq!(DisputeStatus::from("won"), DisputeStatus::Won);
}

#[test]
fn nulls_stand_for_what_is_not_there_yet() {
    let refund: Refund =
        parse(br#"{"id":"re_1","amount":5,"currency":"eur","status":null,"charge":null,"balance_transaction":null,"created":null}"#)
            .unwrap();
    assert_eq!((refund.status, refund.charge, refund.created), (None, None, None));
    let transfer: Transfer =
        parse(br#"{"id":"tr_1","amount":5,"currency":"eur","amount_reversed":null,"source_transaction":null}"#).unwrap();
    assert_eq!(transfer.amount_reversed, 0);
}

#[test]
fn escaped_text_is_unescaped() {
    let event = Event::parse(br#"{"id":"evt\u005f1","type":"x\/y","created":1}"#).unwrap();
    assert_eq!((event.id.as_ref(), event.kind.as_ref()), ("evt_1", "x/y"));
}
