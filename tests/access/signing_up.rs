//! Signing up, forgotten passwords, changed addresses.

use access::{AccessError, NewPerson, SignIn};
use kernel::Code;

use super::hand::{Door, PASSWORD, laptop, phone};

fn ana(password: &str) -> NewPerson {
    NewPerson { name: "Ana Ferreira".to_owned(), email: "Ana@Example.org".to_owned(), password: password.to_owned() }
}

#[tokio::test]
async fn a15_a_person_signs_up_confirms_the_address_and_is_in() {
    let door = Door::open().await;
    door.access.sign_up(&laptop(), &ana(PASSWORD)).await.unwrap();
    assert!(matches!(door.try_sign_in("ana@example.org", PASSWORD).await, Err(AccessError::WrongPassword)), "not confirmed yet");
    assert_eq!(door.count("select count(*) from person").await, 0, "nobody holds an address that is not confirmed");
    let letters = door.letters().await;
    assert_eq!((letters.len(), letters[0].subject.as_str()), (1, "Confirm your address"));
    assert!(letters[0].to.contains("Ana@Example.org") && !letters[0].text.contains("Ferreira"), "{letters:?}");
    let token = letters[0].token();
    assert_eq!(door.count("select count(*) from mail_token where token_hash = sha256('token')").await, 0);
    let person = door.access.verify_email(&laptop(), &token).await.unwrap();
    assert!(matches!(door.access.verify_email(&laptop(), &token).await, Err(AccessError::DeadLink)), "a link counts once");

    let Ok(SignIn::Done(grant)) = door.try_sign_in(" ANA@example.org", PASSWORD).await else { panic!("Ana is in") };
    assert_eq!(grant.signed.person, person);
    assert_eq!(door.access.authenticate(&grant.access_token).await.unwrap(), grant.signed);
    let known = door.access.person(person).await.unwrap();
    assert_eq!((known.name.as_str(), known.email.as_str()), ("Ana Ferreira", "Ana@Example.org"));
    let shown = format!("{grant:?} {known:?} {:?} {:?}", ana(PASSWORD), door.config);
    for secret in [&grant.access_token, &grant.refresh_token, PASSWORD, &door.config.secret.to_text()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a15_nothing_tells_whether_an_address_is_known() {
    let door = Door::open().await;
    door.person("Ana").await;
    let work = async |email: &str| {
        let (hashed, jobs, rows) = (door.access.passwords_hashed(), "select count(*) from jobs.job", "select count(*) from mail_token");
        let before = (door.count(jobs).await, door.count(rows).await);
        let new = NewPerson { email: email.to_owned(), ..ana(PASSWORD) };
        door.access.sign_up(&laptop(), &new).await.unwrap();
        door.access.request_password_reset(&laptop(), email).await.unwrap();
        let refused = door.try_sign_in(email, "not the password").await.unwrap_err();
        let after = (door.count(jobs).await, door.count(rows).await);
        (
            refused.to_string(),
            refused.refusal().unwrap().code,
            door.access.passwords_hashed() - hashed,
            after.0 - before.0,
            after.1 - before.1,
        )
    };
    let (known, unknown) = (work("ana@example.org").await, work("nobody@example.org").await);
    assert_eq!(known, unknown, "the same answers, hashes, jobs and rows");
    assert_eq!((known.1, known.2, known.3, known.4), (Code::SignInNeeded, 2, 2, 2));

    let letters: Vec<(String, String)> = door.letters().await.into_iter().map(|mail| (mail.to, mail.subject)).collect();
    let expected = [
        ("Ana", "ana@example.org", "You have an account already"),
        ("Ana", "ana@example.org", "Choose a new password"),
        ("", "nobody@example.org", "Confirm your address"),
    ];
    assert_eq!(letters.len(), expected.len(), "{letters:?}");
    for ((to, subject), (name, email, wanted)) in letters.iter().zip(expected) {
        assert!(to.contains(email) && to.starts_with(name) && subject == wanted, "{to}: {subject}");
    }
}

#[tokio::test]
async fn a15_a_password_is_reset_by_a_link_that_counts_once_and_ends_every_session() {
    let door = Door::open().await;
    door.person("Ana").await;
    let old = door.sign_in("Ana").await;
    door.access.request_password_reset(&phone(), "ana@example.org").await.unwrap();
    door.access.request_password_reset(&phone(), "ana@example.org").await.unwrap();
    let letters = door.letters().await;
    let (first, second) = (letters[0].token(), letters[1].token());
    let refused = door.access.reset_password(&phone(), &first, "short").await.unwrap_err().refusal().unwrap();
    assert_eq!(refused.code, Code::InvalidInput);
    door.access.reset_password(&phone(), &first, "another seven boats").await.unwrap();
    for dead in [&first, &second, "made up"] {
        let again = door.access.reset_password(&phone(), dead, "a third password").await;
        assert!(matches!(again, Err(AccessError::DeadLink)), "{dead}");
    }
    assert!(
        door.access.authenticate(&old.access_token).await.is_err() && door.access.refresh(&laptop(), &old.refresh_token).await.is_err()
    );
    assert!(door.try_sign_in("ana@example.org", PASSWORD).await.is_err());
    assert!(door.try_sign_in("ana@example.org", "another seven boats").await.is_ok());
    assert_eq!(door.letters().await[0].subject, "Your password was set anew");

    door.access.request_password_reset(&phone(), "ana@example.org").await.unwrap();
    let late = door.letters().await[0].token();
    door.pass(3_601);
    assert!(matches!(door.access.reset_password(&phone(), &late, "too late by a second").await, Err(AccessError::DeadLink)));
}

#[tokio::test]
async fn a15_changing_the_password_takes_the_old_one_and_ends_the_other_sessions() {
    let door = Door::open().await;
    door.person("Ana").await;
    let (other, this) = (door.sign_in("Ana").await, door.sign_in("Ana").await);
    let wrong = door.access.change_password(this.signed, "not the password", "another seven boats").await;
    assert!(matches!(wrong, Err(AccessError::WrongPassword)));
    door.access.change_password(this.signed, PASSWORD, "another seven boats").await.unwrap();
    assert!(door.access.authenticate(&this.access_token).await.is_ok());
    assert!(door.access.authenticate(&other.access_token).await.is_err());
    assert!(door.try_sign_in("ana@example.org", PASSWORD).await.is_err());
    assert_eq!(door.letters().await[0].subject, "Your password was changed");
}

#[tokio::test]
async fn a15_a_new_address_counts_when_it_is_confirmed_and_the_old_one_is_told() {
    let door = Door::open().await;
    let ana = door.person("Ana").await;
    door.person("Ben").await;
    let grant = door.sign_in("Ana").await;
    door.access.change_email(&laptop(), grant.signed, PASSWORD, "ana@harbour.example").await.unwrap();
    door.access.change_email(&laptop(), grant.signed, PASSWORD, "ben@example.org").await.unwrap();
    let letters = door.letters().await;
    assert_eq!(letters[1].subject, "You have an account already", "Ben is told, Ana is not");
    assert_eq!(door.access.person(ana).await.unwrap().email, "ana@example.org");
    assert_eq!(door.access.verify_email(&laptop(), &letters[0].token()).await.unwrap(), ana);
    assert_eq!(door.access.person(ana).await.unwrap().email, "ana@harbour.example");
    assert!(door.try_sign_in("ana@example.org", PASSWORD).await.is_err());
    assert!(door.try_sign_in("ana@harbour.example", PASSWORD).await.is_ok());
    let news = door.letters().await;
    assert!(news[0].to.contains("ana@example.org") && news[0].subject == "Your address was changed", "{news:?}");
}

#[tokio::test]
async fn a15_a_new_password_gives_up_what_was_begun_with_the_old_one() {
    let door = Door::open().await;
    let ana = door.person("Ana").await;
    let thief = door.sign_in("Ana").await;
    door.access.change_email(&phone(), thief.signed, PASSWORD, "thief@example.org").await.unwrap();
    door.access.request_password_reset(&laptop(), "ana@example.org").await.unwrap();
    let letters = door.letters().await;
    door.access.reset_password(&laptop(), &letters[1].token(), "another seven boats").await.unwrap();
    assert!(matches!(door.access.verify_email(&phone(), &letters[0].token()).await, Err(AccessError::DeadLink)));
    assert_eq!(door.access.person(ana).await.unwrap().email, "ana@example.org");
}

#[tokio::test]
async fn a15_what_cannot_be_a_name_an_address_or_a_password_is_refused_with_the_reason() {
    let door = Door::open().await;
    let refused = async |name: &str, email: &str, password: &str| {
        let new = NewPerson { name: name.to_owned(), email: email.to_owned(), password: password.to_owned() };
        let refusal = door.access.sign_up(&laptop(), &new).await.unwrap_err().refusal().unwrap();
        assert_eq!(refusal.code, Code::InvalidInput);
        refusal.message
    };
    assert_eq!(refused(" ", "ana@example.org", PASSWORD).await, "a name has 1 to 200 characters, in one line");
    assert_eq!(refused("Ana", "ana", PASSWORD).await, "that is not a mail address; write name@example.org");
    assert_eq!(refused("Ana", "ana@example.org", "short").await, "a password has 10 to 200 characters; this has 5");
    assert!(refused("Ana", "ana@example.org", "password123").await.contains("first that are guessed"));
    assert!(refused("Ana", "ana@example.org", "ANA@example.org").await.contains("your name or address"));
    assert_eq!(door.access.passwords_hashed(), 0, "nothing is hashed for what is refused");
}

#[tokio::test]
async fn a15_a_password_is_hashed_anew_when_passwords_cost_more() {
    let door = Door::open().await;
    door.person("Ana").await;
    let dearer = access::PasswordCost { memory_kib: 16, passes: 2, lanes: 1 };
    let config = access::AccessConfig { cost: dearer, ..door.config.clone() };
    let access = access::Access::new(door.db.pools.orm.clone(), config, door.clock.clone()).unwrap();
    let is_dearer = "select count(*) from password where hash like '$argon2id$v=19$m=16,t=2,p=1$%'";
    assert_eq!(door.count(is_dearer).await, 0);
    assert!(access.sign_in(&laptop(), "ana@example.org", "not the password").await.is_err());
    assert_eq!(door.count(is_dearer).await, 0, "only who knows it can have it hashed anew");
    for hashed in [3, 4] {
        assert!(access.sign_in(&laptop(), "ana@example.org", PASSWORD).await.is_ok());
        assert_eq!((door.count(is_dearer).await, access.passwords_hashed()), (1, hashed));
    }
    assert_eq!(access::PasswordCost::RECOMMENDED, access::PasswordCost { memory_kib: 19_456, passes: 2, lanes: 1 }, "OWASP's least");
}
