//! Second factors: an authenticator app, and codes for the day on which the phone is lost.

use access::{AccessError, Challenge, Factor, Grant, SignIn, Signed};
use data_encoding::BASE32_NOPAD;
use kernel::{Actor, Code, CoopId, Permissions};
use ring::hmac;

use super::hand::{Door, PASSWORD, laptop, phone};

/// An app as a stranger would write it from the standard.
struct App(Vec<u8>);

impl App {
    fn code(&self, door: &Door, steps: i64) -> Factor {
        let step = door.now().timestamp() / 30 + steps;
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0), &step.to_be_bytes());
        let mac = mac.as_ref();
        let at = usize::from(mac[19] & 15);
        let number = u32::from_be_bytes(mac[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        Factor::Totp(format!("{:06}", number % 1_000_000))
    }

    fn digits(&self, door: &Door, steps: i64) -> String {
        let Factor::Totp(code) = self.code(door, steps) else { unreachable!("an app has codes") };
        code
    }
}

/// A person with an app: the session in which it was added, the app, the recovery codes.
async fn with_app(door: &Door, name: &str) -> (Signed, App, Vec<String>) {
    door.person(name).await;
    let grant = door.sign_in(name).await;
    let enrolment = door.access.enrol_totp(grant.signed, PASSWORD).await.unwrap();
    let app = App(BASE32_NOPAD.decode(enrolment.secret.as_bytes()).unwrap());
    let enrolled = door.access.confirm_totp(grant.signed, &app.digits(door, 0)).await.unwrap();
    door.letters().await;
    door.pass(30);
    (enrolled.signed, app, enrolled.recovery_codes)
}

async fn challenged(door: &Door, name: &str) -> Challenge {
    match door.try_sign_in(&format!("{}@example.org", name.to_lowercase()), PASSWORD).await.unwrap() {
        SignIn::Challenge(challenge) => challenge,
        SignIn::Done(_) => panic!("{name} got in without a second factor"),
    }
}

async fn answer(door: &Door, challenge: &Challenge, factor: &Factor) -> Result<Grant, AccessError> {
    door.access.answer_challenge(&laptop(), &challenge.token, factor).await
}

#[tokio::test]
async fn a15_an_app_is_added_by_its_first_code_and_a_password_alone_lets_nobody_in_any_more() {
    let door = Door::open().await;
    door.person("Ana").await;
    let grant = door.sign_in("Ana").await;
    assert!(matches!(door.access.enrol_totp(grant.signed, "not the password").await, Err(AccessError::WrongPassword)));
    let first = door.access.enrol_totp(grant.signed, PASSWORD).await.unwrap();
    let enrolment = door.access.enrol_totp(grant.signed, PASSWORD).await.unwrap();
    assert_ne!(first.secret, enrolment.secret, "beginning again makes another");
    assert_eq!(enrolment.url, format!("otpauth://totp/Guildhall%3Aana%40example.org?secret={}&issuer=Guildhall", enrolment.secret));
    door.sign_in("Ana").await; // not confirmed: nothing changed

    let app = App(BASE32_NOPAD.decode(enrolment.secret.as_bytes()).unwrap());
    assert!(matches!(door.access.confirm_totp(grant.signed, "000000").await, Err(AccessError::WrongFactor)));
    let enrolled = door.access.confirm_totp(grant.signed, &app.digits(&door, 0)).await.unwrap();
    assert_eq!((enrolled.recovery_codes.len(), enrolled.signed.factor_at), (10, Some(door.now())));
    assert_eq!(door.access.authenticate(&enrolled.access_token).await.unwrap(), enrolled.signed);
    let known = door.access.person(grant.signed.person).await.unwrap();
    assert_eq!((known.has_totp, known.recovery_codes_left), (true, 10));
    assert_eq!(door.letters().await[0].subject, "An authenticator app was added");
    let shown = format!("{enrolment:?} {enrolled:?} {:?}", app.code(&door, 0));
    assert!(!shown.contains(&enrolment.secret) && !shown.contains(&enrolled.recovery_codes[0]) && !shown.contains(&enrolled.access_token));
    assert!(matches!(door.access.enrol_totp(enrolled.signed, PASSWORD).await, Err(AccessError::Already(_))));

    let challenge = challenged(&door, "Ana").await;
    assert!(challenge.takes_totp && challenge.passkey_options.is_none());
    assert!(matches!(door.access.authenticate(&challenge.token).await, Err(AccessError::NotSignedIn(_))));
}

#[tokio::test]
async fn a15_a13_a_code_lets_in_once_and_is_fresh_for_a_while() {
    let door = Door::open().await;
    let (_, app, _) = with_app(&door, "Ana").await;
    let (one, two) = (challenged(&door, "Ana").await, challenged(&door, "Ana").await);
    let code = app.code(&door, 0);
    let grant = answer(&door, &one, &code).await.unwrap();
    assert_eq!(grant.signed.factor_at, Some(door.now()));
    assert!(matches!(answer(&door, &two, &code).await, Err(AccessError::WrongFactor)), "the same code again");
    assert!(matches!(answer(&door, &two, &app.code(&door, -1)).await, Err(AccessError::WrongFactor)), "an older one after it");
    assert!(matches!(answer(&door, &one, &app.code(&door, 1)).await, Err(AccessError::BeginAgain)), "a challenge counts once");
    assert!(answer(&door, &two, &app.code(&door, 1)).await.is_ok(), "the next code is another");

    let actor = |signed: Signed| Actor { coop: CoopId(1), who: signed.into(), party: None, permissions: Permissions::default() };
    let signed = door.access.authenticate(&grant.access_token).await.unwrap();
    assert!(actor(signed).require_fresh_factor(door.now()).is_ok());
    door.pass(601);
    let later = door.access.refresh(&laptop(), &grant.refresh_token).await.unwrap();
    let signed = door.access.authenticate(&later.access_token).await.unwrap();
    assert_eq!(actor(signed).require_fresh_factor(door.now()).unwrap_err().code, Code::SecondFactorNeeded);
    let (_, token, _) = door.access.show_factor(&laptop(), signed, &app.code(&door, 0)).await.unwrap();
    assert!(matches!(door.access.show_factor(&laptop(), signed, &app.code(&door, 0)).await, Err(AccessError::WrongFactor)));
    let signed = door.access.authenticate(&token).await.unwrap();
    assert!(actor(signed).require_fresh_factor(door.now()).is_ok());
    let again = door.access.refresh(&laptop(), &later.refresh_token).await.unwrap();
    assert_eq!(again.signed.factor_at, signed.factor_at, "a refresh keeps it, and makes it no fresher");
}

#[tokio::test]
async fn a15_a_challenge_bears_five_wrong_answers_in_all_and_five_minutes() {
    let door = Door::open().await;
    let (_, app, _) = with_app(&door, "Ana").await;
    let wrong = Factor::Totp("000000".to_owned());
    let (one, two) = (challenged(&door, "Ana").await, challenged(&door, "Ana").await);
    for challenge in [&one, &one, &one, &two, &two] {
        assert!(matches!(answer(&door, challenge, &wrong).await, Err(AccessError::WrongFactor)));
    }
    let refused = answer(&door, &two, &app.code(&door, 0)).await.unwrap_err();
    assert_eq!(refused.to_string(), "too often in too short a time; try again in 5 minutes", "however many challenges there are");
    door.pass(300);
    assert!(matches!(answer(&door, &two, &app.code(&door, 0)).await, Err(AccessError::BeginAgain)), "it is too old by now");
    assert!(answer(&door, &challenged(&door, "Ana").await, &app.code(&door, 0)).await.is_ok());
    assert!(matches!(answer(&door, &Challenge { token: "made up".to_owned(), ..one }, &wrong).await, Err(AccessError::BeginAgain)));
}

#[tokio::test]
async fn a15_a_recovery_code_opens_once_and_its_owner_is_told() {
    let door = Door::open().await;
    let (signed, _, codes) = with_app(&door, "Ana").await;
    let (ben, _, _) = with_app(&door, "Ben").await;
    let code = Factor::RecoveryCode(codes[0].to_uppercase().replace('-', " "));
    assert!(matches!(answer(&door, &challenged(&door, "Ben").await, &code).await, Err(AccessError::WrongFactor)), "it is Ana's");
    let grant = answer(&door, &challenged(&door, "Ana").await, &code).await.unwrap();
    assert!(matches!(answer(&door, &challenged(&door, "Ana").await, &code).await, Err(AccessError::WrongFactor)), "once");
    assert_eq!(door.letters().await[0].subject, "A recovery code was used");
    assert_eq!(door.access.person(signed.person).await.unwrap().recovery_codes_left, 9);
    assert_eq!(door.count("select count(*) from recovery_code where used_at is not null").await, 1);

    let fresh = door.access.regenerate_recovery_codes(grant.signed).await.unwrap();
    assert_eq!(fresh.len(), 10);
    let old = Factor::RecoveryCode(codes[1].clone());
    assert!(matches!(answer(&door, &challenged(&door, "Ana").await, &old).await, Err(AccessError::WrongFactor)), "the old ones are gone");
    assert!(answer(&door, &challenged(&door, "Ana").await, &Factor::RecoveryCode(fresh[1].clone())).await.is_ok());
    assert_eq!(door.access.person(ben.person).await.unwrap().recovery_codes_left, 10, "Ben's are untouched");
}

#[tokio::test]
async fn a15_whoever_has_an_app_shows_it_before_anything_about_the_door_is_changed() {
    let door = Door::open().await;
    let (signed, app, _) = with_app(&door, "Ana").await;
    door.pass(600);
    let stale = door.access.remove_totp(signed).await.unwrap_err();
    assert_eq!(stale.refusal().unwrap().code, Code::SecondFactorNeeded);
    assert!(matches!(door.access.regenerate_recovery_codes(signed).await, Err(AccessError::FactorNeeded)));
    assert!(matches!(door.access.start_passkey_registration(signed, PASSWORD).await, Err(AccessError::FactorNeeded)));
    assert!(matches!(door.access.change_password(signed, PASSWORD, "another seven boats").await, Err(AccessError::FactorNeeded)));
    assert!(matches!(door.access.change_email(&laptop(), signed, PASSWORD, "b@example.org").await, Err(AccessError::FactorNeeded)));

    let (fresh, _, _) = door.access.show_factor(&laptop(), signed, &app.code(&door, 0)).await.unwrap();
    door.access.remove_totp(fresh).await.unwrap();
    assert!(matches!(door.access.remove_totp(fresh).await, Err(AccessError::Nothing(_))));
    assert!(matches!(door.access.regenerate_recovery_codes(fresh).await, Err(AccessError::Nothing(_))));
    assert_eq!(door.letters().await[0].subject, "Your authenticator app was removed");
    assert_eq!(door.count("select count(*) from recovery_code").await, 0, "codes go with the last factor");
    door.sign_in("Ana").await;
}

#[tokio::test]
async fn a15_a_reset_password_does_not_take_the_second_factor_away() {
    let door = Door::open().await;
    let (_, app, _) = with_app(&door, "Ana").await;
    door.access.request_password_reset(&phone(), "ana@example.org").await.unwrap();
    let token = door.letters().await[0].token();
    let begun = challenged(&door, "Ana").await;
    door.access.reset_password(&phone(), &token, PASSWORD).await.unwrap();
    assert!(matches!(answer(&door, &begun, &app.code(&door, 0)).await, Err(AccessError::BeginAgain)), "the old password opened that");
    let challenge = challenged(&door, "Ana").await;
    assert!(answer(&door, &challenge, &app.code(&door, 0)).await.is_ok());
}
