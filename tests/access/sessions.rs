//! Sessions: refreshed, listed, ended, and never shared.

use access::{AccessError, SignIn};
use kernel::SessionId;
use uuid::Uuid;

use super::hand::{Door, PASSWORD, laptop, phone};

fn is_out<T>(error: &Result<T, AccessError>) -> bool {
    matches!(error, Err(AccessError::NotSignedIn(_)))
}

#[tokio::test]
async fn a15_a_refresh_token_is_good_once_and_makes_the_next() {
    let door = Door::open().await;
    door.person("Ana").await;
    let mut grant = door.sign_in("Ana").await;
    for _ in 0..5 {
        door.pass(600);
        assert!(is_out(&door.access.authenticate(&grant.access_token).await), "an access token lives ten minutes");
        let next = door.access.refresh(&laptop(), &grant.refresh_token).await.unwrap();
        assert_eq!(next.signed.session, grant.signed.session);
        assert_ne!(next.refresh_token, grant.refresh_token);
        assert_eq!(door.access.authenticate(&next.access_token).await.unwrap(), next.signed);
        grant = next;
    }
    for odd in ["", "ghr_", "ghr_AAAA", &grant.access_token, &grant.refresh_token[..40]] {
        assert!(is_out(&door.access.refresh(&laptop(), odd).await), "{odd}");
    }
    door.pass(31 * 86_400);
    assert!(is_out(&door.access.refresh(&laptop(), &grant.refresh_token).await), "a month unused is too long");
}

#[tokio::test]
async fn a15_a_spent_refresh_token_ends_the_session_for_everyone_and_its_owner_is_told() {
    let door = Door::open().await;
    door.person("Ana").await;
    let (stolen, other) = (door.sign_in("Ana").await, door.sign_in("Ana").await);
    let next = door.access.refresh(&laptop(), &stolen.refresh_token).await.unwrap();
    door.pass(11);
    assert!(is_out(&door.access.refresh(&phone(), &stolen.refresh_token).await), "the thief");
    assert!(is_out(&door.access.refresh(&laptop(), &next.refresh_token).await), "and the owner");
    assert!(is_out(&door.access.authenticate(&next.access_token).await));
    assert!(door.access.authenticate(&other.access_token).await.is_ok(), "another session is not touched");
    assert_eq!(door.count("select count(*) from session where ended_reason = 'reuse'").await, 1);
    let told = door.letters().await;
    assert_eq!((told.len(), told[0].subject.as_str()), (1, "A session was ended"));
    assert!(told[0].text.contains("Phone") && told[0].text.contains("2001:db8::5"), "{told:?}");
    assert_eq!(door.count("select count(*) from access_event where kind = 'reuse'").await, 1);
}

#[tokio::test]
async fn a15_the_same_refresh_token_twice_within_seconds_gets_the_same_successor() {
    let door = Door::open().await;
    door.person("Ana").await;
    let grant = door.sign_in("Ana").await;
    let (one, two) = (door.again(), door.again());
    let visitor = laptop();
    let (first, second) = tokio::join!(one.refresh(&visitor, &grant.refresh_token), two.refresh(&visitor, &grant.refresh_token));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.refresh_token, second.refresh_token, "two windows stay together");
    let third = door.access.refresh(&laptop(), &first.refresh_token).await.unwrap();
    assert!(is_out(&door.access.refresh(&laptop(), &grant.refresh_token).await), "once the successor was used, it is too late");
    assert!(is_out(&door.access.refresh(&laptop(), &third.refresh_token).await));
}

#[tokio::test]
async fn a15_sessions_are_listed_and_revoked_and_others_do_not_see_them() {
    let door = Door::open().await;
    door.person("Ana").await;
    door.person("Ben").await;
    let (first, ben) = (door.sign_in("Ana").await, door.sign_in("Ben").await);
    door.pass(60);
    let Ok(SignIn::Done(second)) = door.access.sign_in(&phone(), "ana@example.org", PASSWORD).await else { panic!("Ana is in") };
    let news = door.letters().await;
    assert_eq!((news.len(), news[0].subject.as_str()), (1, "A new device signed in"), "the first device is no news");

    let listed = door.access.sessions(first.signed).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|session| (session.id, session.device.as_str(), session.is_this)).collect();
    assert_eq!(shown, [(second.signed.session, "Phone", false), (first.signed.session, "Laptop", true)]);
    assert_eq!(listed[0].last_used_from, "2001:db8::5".parse().ok());

    for session in [ben.signed.session, SessionId(Uuid::now_v7())] {
        assert!(matches!(door.access.revoke(first.signed, session).await, Err(AccessError::Nothing("session"))), "not Ana's");
    }
    door.access.revoke(first.signed, second.signed.session).await.unwrap();
    assert!(matches!(door.access.revoke(first.signed, second.signed.session).await, Err(AccessError::Nothing("session"))));
    assert!(
        is_out(&door.access.authenticate(&second.access_token).await)
            && is_out(&door.access.refresh(&phone(), &second.refresh_token).await)
    );
    let (third, fourth) = (door.sign_in("Ana").await, door.sign_in("Ana").await);
    assert_eq!(door.access.revoke_others(first.signed).await.unwrap(), 2);
    assert!(is_out(&door.access.authenticate(&third.access_token).await) && is_out(&door.access.authenticate(&fourth.access_token).await));
    assert!(door.access.authenticate(&ben.access_token).await.is_ok());
    door.access.sign_out(first.signed).await.unwrap();
    door.access.sign_out(first.signed).await.unwrap();
    assert!(is_out(&door.access.authenticate(&first.access_token).await));
}

#[tokio::test]
async fn a15_a_revoked_session_is_noticed_by_another_process_within_five_seconds() {
    let door = Door::open().await;
    door.person("Ana").await;
    let (grant, other) = (door.sign_in("Ana").await, door.again());
    assert!(other.authenticate(&grant.access_token).await.is_ok());
    door.access.sign_out(grant.signed).await.unwrap();
    door.pass(5);
    assert!(is_out(&other.authenticate(&grant.access_token).await));
}

#[tokio::test]
async fn a15_requests_ask_nothing_of_the_database_and_the_last_use_is_written_once_a_minute() {
    let door = Door::open().await;
    door.person("Ana").await;
    let grant = door.sign_in("Ana").await;
    let used = || door.count("select extract(epoch from last_used_at)::int8 from session");
    let began = used().await;
    assert!(door.access.authenticate(&grant.access_token).await.is_ok());
    // whoever asks the database now waits for ever
    let owner = door.db.owner().await;
    let mut tx = owner.begin().await.unwrap();
    sqlx::raw_sql("lock table session, signing_key, person, throttle in access exclusive mode").execute(&mut *tx).await.unwrap();
    for _ in 0..1_000 {
        assert_eq!(door.access.authenticate(&grant.access_token).await.unwrap(), grant.signed);
    }
    tx.rollback().await.unwrap();
    for (secs, written) in [(30, 0), (30, 0), (3, 60), (30, 60), (30, 60), (4, 123)] {
        door.pass(secs);
        assert!(door.access.authenticate(&grant.access_token).await.is_ok());
        assert_eq!(used().await - began, written, "after another {secs} seconds");
    }
    owner.close().await;
}
