//! Guessing is slow, everywhere at once, and says nothing of who exists.

use access::{Access, AccessError, NewPerson, Visitor};
use kernel::Code;

use super::hand::{Door, PASSWORD, laptop, phone};

async fn guess(access: &Access, visitor: &Visitor, email: &str) -> AccessError {
    access.sign_in(visitor, email, "not the password").await.unwrap_err()
}

#[tokio::test]
async fn a15_an_account_is_guessed_ten_times_and_no_more_whichever_process_is_asked_and_whether_it_exists() {
    let door = Door::open().await;
    door.person("Ana").await;
    let processes = [door.again(), door.again()];
    let hashed = |access: &Access| access.passwords_hashed();
    for (email, writing) in [("ana@example.org", "ANA@Example.org"), ("nobody@example.org", "Nobody@example.org")] {
        for round in 0..10 {
            assert!(matches!(guess(&processes[round % 2], &laptop(), email).await, AccessError::WrongPassword), "{email} {round}");
        }
        for process in &processes {
            let before = hashed(process);
            let refused = guess(process, &phone(), writing).await.refusal().unwrap();
            assert_eq!((refused.code, refused.message.as_str()), (Code::TooMany, "too often in too short a time; try again in 60 seconds"));
            assert_eq!(hashed(process), before, "what is refused costs no hash");
        }
    }
    let refused = door.try_sign_in("ana@example.org", PASSWORD).await.unwrap_err();
    assert!(matches!(refused, AccessError::TooOften(_)), "the right password waits, too");
    door.pass(60);
    door.sign_in("Ana").await;
    for _ in 0..10 {
        assert!(matches!(guess(&processes[0], &laptop(), "ana@example.org").await, AccessError::WrongPassword), "who got in begins afresh");
    }
    assert_eq!(door.count("select count(*) from throttle where bucket like '%ana%'").await, 0, "buckets do not name people");
}

#[tokio::test]
async fn a15_one_address_tries_fifty_accounts_and_no_more() {
    let door = Door::open().await;
    for number in 0..50 {
        let error = guess(&door.access, &laptop(), &format!("maker-{number}@example.org")).await;
        assert!(matches!(error, AccessError::WrongPassword), "{number}");
    }
    let error = guess(&door.access, &laptop(), "maker-50@example.org").await;
    assert_eq!(error.to_string(), "too often in too short a time; try again in 3 seconds");
    assert!(matches!(guess(&door.access, &phone(), "maker-51@example.org").await, AccessError::WrongPassword), "another address may");
}

#[tokio::test]
async fn a15_tries_at_the_same_moment_are_all_counted() {
    let door = Door::open().await;
    let access = [door.again(), door.again()];
    let visitor = laptop();
    let tries = (0..30).map(|round| guess(&access[round % 2], &visitor, "ana@example.org"));
    let wrong = futures_util::future::join_all(tries).await.into_iter().filter(|error| matches!(error, AccessError::WrongPassword));
    assert_eq!(wrong.count(), 10);
}

#[tokio::test]
async fn a15_nobodys_mailbox_is_flooded() {
    let door = Door::open().await;
    door.person("Ana").await;
    let new = |email: &str| NewPerson { name: "Ana".to_owned(), email: email.to_owned(), password: PASSWORD.to_owned() };
    for email in ["ana@example.org", "nobody@example.org"] {
        let sent = i32::from(email.starts_with("ana"));
        for _ in sent..4 {
            door.access.request_password_reset(&laptop(), email).await.unwrap();
        }
        for visitor in [laptop(), phone()] {
            let refused = door.access.request_password_reset(&visitor, email).await.unwrap_err();
            assert_eq!(refused.to_string(), "too often in too short a time; try again in 10 minutes");
            assert!(matches!(door.access.sign_up(&visitor, &new(email)).await, Err(AccessError::TooOften(_))));
        }
    }
    door.pass(600);
    door.access.request_password_reset(&laptop(), "ana@example.org").await.unwrap();
}

#[tokio::test]
async fn a15_a_full_bucket_is_forgotten() {
    let door = Door::open().await;
    guess(&door.access, &laptop(), "nobody@example.org").await;
    let buckets = "select count(*) from throttle";
    assert_eq!(door.count(buckets).await, 2);
    door.access.tidy().await.unwrap();
    assert_eq!(door.count(buckets).await, 2);
    door.pass(61);
    door.access.tidy().await.unwrap();
    assert_eq!(door.count(buckets).await, 0);
}
