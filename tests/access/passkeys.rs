//! Passkeys, made and used by an authenticator that somebody else wrote: 1Password's.

use access::{AccessError, Challenge, Enrolled, Factor, SignIn, Signed};
use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::AvailableBackend,
};
use passkey_types::{
    Passkey,
    ctap2::{Aaguid, Ctap2Error},
    webauthn::{CredentialCreationOptions, CredentialRequestOptions},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::hand::{Door, PASSWORD, laptop, phone};

/// The finger on the sensor; or nobody's.
struct Finger {
    is_the_owners: bool,
}

#[async_trait::async_trait]
impl UserValidationMethod for Finger {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(&self, _: UiHint<'a, Passkey>, presence: bool, verification: bool) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification: verification && self.is_the_owners })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// A browser with an authenticator that holds one passkey.
struct Browser {
    passkey: Option<Passkey>,
    origin: url::Url,
}

impl Browser {
    fn at(origin: &str) -> Self {
        Self { passkey: None, origin: origin.parse().unwrap() }
    }

    fn authenticator(&self) -> Authenticator<Option<Passkey>, Finger, AvailableBackend> {
        let finger = Finger { is_the_owners: true };
        let mut authenticator = Authenticator::new(Aaguid::new_empty(), self.passkey.clone(), finger, AvailableBackend);
        authenticator.set_make_credentials_with_signature_counter(true);
        authenticator
    }

    async fn create(&mut self, options: &Value) -> Value {
        let options: CredentialCreationOptions = serde_json::from_value(options.clone()).expect("the browser understands what is asked");
        let mut client = Client::new(self.authenticator());
        let made = client.register(&self.origin, options, DefaultClientData).await.expect("a passkey is made");
        self.passkey = client.authenticator().store().clone();
        serde_json::to_value(made).unwrap()
    }

    async fn get(&mut self, options: &Value) -> Value {
        let options: CredentialRequestOptions = serde_json::from_value(options.clone()).expect("the browser understands what is asked");
        let mut client = Client::new(self.authenticator());
        let signed = client.authenticate(&self.origin, options, DefaultClientData).await.expect("the passkey signs");
        self.passkey = client.authenticator().store().clone();
        serde_json::to_value(signed).unwrap()
    }
}

const HOME: &str = "https://guildhall.example";

async fn add(door: &Door, browser: &mut Browser, signed: Signed) -> Result<Enrolled, AccessError> {
    let ceremony = door.access.start_passkey_registration(signed, PASSWORD).await?;
    let made = browser.create(&ceremony.options).await;
    door.access.finish_passkey_registration(signed, ceremony.id, " Ana's key ", &made).await
}

async fn with_passkey(door: &Door, name: &str) -> (Browser, Enrolled) {
    door.person(name).await;
    let grant = door.sign_in(name).await;
    let mut browser = Browser::at(HOME);
    let enrolled = add(door, &mut browser, grant.signed).await.unwrap();
    door.letters().await;
    (browser, enrolled)
}

async fn challenged(door: &Door) -> (Challenge, Value) {
    let Ok(SignIn::Challenge(challenge)) = door.try_sign_in("ana@example.org", PASSWORD).await else { panic!("Ana has a passkey") };
    let options = challenge.passkey_options.clone().expect("the passkey is asked");
    (challenge, options)
}

fn answer(ceremony: Uuid, signed: Value) -> Factor {
    Factor::Passkey { ceremony, signed }
}

#[tokio::test]
async fn a15_a_passkey_is_added_and_signs_in_without_a_name_or_a_password() {
    let door = Door::open().await;
    door.person("Ana").await;
    let grant = door.sign_in("Ana").await;
    let mut browser = Browser::at(HOME);
    assert!(matches!(door.access.start_passkey_registration(grant.signed, "wrong").await, Err(AccessError::WrongPassword)));
    let ceremony = door.access.start_passkey_registration(grant.signed, PASSWORD).await.unwrap();
    let asked = &ceremony.options["publicKey"];
    assert_eq!((&asked["rp"]["id"], &asked["authenticatorSelection"]["residentKey"]), (&json!("guildhall.example"), &json!("required")));
    let made = browser.create(&ceremony.options).await;
    let enrolled = door.access.finish_passkey_registration(grant.signed, ceremony.id, " Ana's key ", &made).await.unwrap();
    assert_eq!((enrolled.recovery_codes.len(), enrolled.signed.factor_at), (10, Some(door.now())));
    let again = door.access.finish_passkey_registration(enrolled.signed, ceremony.id, "again", &made).await;
    assert!(matches!(again, Err(AccessError::BeginAgain)), "a ceremony counts once");
    assert_eq!(door.letters().await[0].subject, "A passkey was added");
    let known = door.access.person(grant.signed.person).await.unwrap();
    assert_eq!((known.passkeys.len(), known.passkeys[0].name.as_str(), known.has_totp), (1, "Ana's key", false));

    let ceremony = door.access.start_passkey_sign_in(&phone()).await.unwrap();
    let signed = browser.get(&ceremony.options).await;
    let grant = door.access.finish_passkey_sign_in(&phone(), ceremony.id, &signed).await.unwrap();
    assert_eq!((grant.signed.person, grant.signed.factor_at), (known.id, Some(door.now())), "it is both factors in one");
    assert_eq!(door.access.authenticate(&grant.access_token).await.unwrap(), grant.signed);
    let again = door.access.finish_passkey_sign_in(&phone(), ceremony.id, &signed).await;
    assert!(matches!(again, Err(AccessError::BeginAgain)), "what was signed counts once");
    let other = door.access.start_passkey_sign_in(&phone()).await.unwrap();
    let replayed = door.access.finish_passkey_sign_in(&phone(), other.id, &signed).await;
    assert!(matches!(replayed, Err(AccessError::WrongFactor)), "and for the question that was asked");
    assert_eq!(door.letters().await[0].subject, "A new device signed in");
}

#[tokio::test]
async fn a15_a_passkey_is_the_second_factor_of_a_password_and_of_a_session() {
    let door = Door::open().await;
    let (mut browser, enrolled) = with_passkey(&door, "Ana").await;
    let (challenge, options) = challenged(&door).await;
    assert!(!challenge.takes_totp);
    let signed = browser.get(&options).await;
    let (other, _) = challenged(&door).await;
    let elsewhere = door.access.answer_challenge(&laptop(), &other.token, &answer(Uuid::nil(), signed.clone())).await;
    assert!(matches!(elsewhere, Err(AccessError::WrongFactor)), "an answer fits its own challenge");
    let grant = door.access.answer_challenge(&laptop(), &challenge.token, &answer(Uuid::nil(), signed)).await.unwrap();
    assert_eq!(grant.signed.factor_at, Some(door.now()));

    door.pass(601);
    assert!(matches!(door.access.regenerate_recovery_codes(grant.signed).await, Err(AccessError::FactorNeeded)));
    let ceremony = door.access.start_passkey_factor(grant.signed).await.unwrap();
    let signed = browser.get(&ceremony.options).await;
    let theirs = door.access.show_factor(&laptop(), enrolled.signed, &answer(Uuid::nil(), signed.clone())).await;
    assert!(matches!(theirs, Err(AccessError::BeginAgain)));
    let (fresh, _, _) = door.access.show_factor(&laptop(), grant.signed, &answer(ceremony.id, signed)).await.unwrap();
    assert_eq!(door.access.regenerate_recovery_codes(fresh).await.unwrap().len(), 10);
}

#[tokio::test]
async fn a15_a_passkey_of_another_page_person_or_finger_is_refused() {
    let door = Door::open().await;
    let (mut browser, _) = with_passkey(&door, "Ana").await;

    // A page that looks like ours passes our question on
    let ceremony = door.access.start_passkey_sign_in(&phone()).await.unwrap();
    let mut options = ceremony.options.clone();
    options["publicKey"]["rpId"] = json!("guildha11.example");
    browser.origin = "https://guildha11.example".parse().unwrap();
    let signed = browser.get(&options).await;
    let phished = door.access.finish_passkey_sign_in(&phone(), ceremony.id, &signed).await;
    assert!(matches!(phished, Err(AccessError::WrongFactor)));
    browser.origin = HOME.parse().unwrap();

    // Whoever found the key has another finger
    let ceremony = door.access.start_passkey_sign_in(&phone()).await.unwrap();
    let mut options = ceremony.options.clone();
    options["publicKey"]["userVerification"] = json!("discouraged");
    let signed = browser.get(&options).await;
    let found = door.access.finish_passkey_sign_in(&phone(), ceremony.id, &signed).await;
    assert!(matches!(found, Err(AccessError::WrongFactor)), "presence alone is not enough");

    // Ben cannot use Ana's, nor finish what she began
    door.person("Ben").await;
    let ben = door.sign_in("Ben").await;
    let ceremony = door.access.start_passkey_sign_in(&phone()).await.unwrap();
    let mut signed = browser.get(&ceremony.options).await;
    signed["response"]["userHandle"] = json!(base64(ben.signed.person.0.as_bytes()));
    let stolen = door.access.finish_passkey_sign_in(&phone(), ceremony.id, &signed).await;
    assert!(matches!(stolen, Err(AccessError::WrongFactor)));
    for odd in [json!(null), json!({}), json!("text"), json!({"id": "x", "rawId": "eA", "type": "public-key", "response": {}})] {
        let ceremony = door.access.start_passkey_sign_in(&phone()).await.unwrap();
        let refused = door.access.finish_passkey_sign_in(&phone(), ceremony.id, &odd).await;
        assert!(matches!(refused, Err(AccessError::WrongFactor)), "{odd}");
    }
    let late = door.access.start_passkey_sign_in(&phone()).await.unwrap();
    let signed = browser.get(&late.options).await;
    door.pass(301);
    assert!(matches!(door.access.finish_passkey_sign_in(&phone(), late.id, &signed).await, Err(AccessError::BeginAgain)));
}

#[tokio::test]
async fn a15_a_copied_passkey_whose_counter_lags_behind_is_refused() {
    let door = Door::open().await;
    let (mut browser, _) = with_passkey(&door, "Ana").await;
    let copy = browser.passkey.clone();
    for _ in 0..2 {
        let ceremony = door.access.start_passkey_sign_in(&phone()).await.unwrap();
        let signed = browser.get(&ceremony.options).await;
        door.access.finish_passkey_sign_in(&phone(), ceremony.id, &signed).await.unwrap();
    }
    browser.passkey = copy;
    let ceremony = door.access.start_passkey_sign_in(&phone()).await.unwrap();
    let signed = browser.get(&ceremony.options).await;
    let refused = door.access.finish_passkey_sign_in(&phone(), ceremony.id, &signed).await;
    assert!(matches!(refused, Err(AccessError::WrongFactor)), "{refused:?}");
}

#[tokio::test]
async fn a15_a_removed_passkey_opens_nothing_and_only_its_owner_removes_it() {
    let door = Door::open().await;
    let (mut browser, enrolled) = with_passkey(&door, "Ana").await;
    let (challenge, options) = challenged(&door).await;
    let passkey = door.access.person(enrolled.signed.person).await.unwrap().passkeys[0].id();
    door.person("Ben").await;
    let ben = door.sign_in("Ben").await;
    assert!(matches!(door.access.remove_passkey(ben.signed, passkey).await, Err(AccessError::Nothing("passkey"))));
    door.access.remove_passkey(enrolled.signed, passkey).await.unwrap();
    assert!(matches!(door.access.remove_passkey(enrolled.signed, passkey).await, Err(AccessError::Nothing("passkey"))));
    let signed = browser.get(&options).await;
    let late = door.access.answer_challenge(&laptop(), &challenge.token, &answer(Uuid::nil(), signed)).await;
    assert!(matches!(late, Err(AccessError::WrongFactor)));
    let ceremony = door.access.start_passkey_sign_in(&phone()).await.unwrap();
    let signed = browser.get(&ceremony.options).await;
    assert!(matches!(door.access.finish_passkey_sign_in(&phone(), ceremony.id, &signed).await, Err(AccessError::WrongFactor)));
    assert_eq!(door.letters().await[0].subject, "A passkey was removed");
    assert_eq!(door.count("select count(*) from recovery_code").await, 0);
    door.sign_in("Ana").await;
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}
