//! The constants were made by the official packages, npm `stripe` 23.1.0 (`webhooks.generateTestHeaderString`) and PyPI `stripe` 16.1.0, which agree.

use chrono::{DateTime, TimeDelta, Utc};
use stripe_gateway::{
    Secret,
    signature::{SignatureError, TOLERANCE_SECS, sign, verify},
};

const SIGNED_AT: i64 = 1_790_000_000;
const SECRET: &str = "whsec_tests_only_5f2d1c";
const ROLLED: &str = "whsec_tests_only_rolled";

const PLAIN: &str = r#"{"id":"evt_1","object":"event","type":"charge.updated"}"#;
const PLAIN_SIGNED: &str = "316835350cd0a8428d8d028ffd884133c257bc97341351cc488a15a37673463e";
const PLAIN_SIGNED_ROLLED: &str = "528cb432750a01e340b62dbe76a4d1630e01ad5acd19bb17cc6ba9ca1222429f";

const UNICODE: &str = "{\"note\":\"Größe — 12 €, \\u20ac\",\"n\":[1, 2 ,3]}\n";
const UNICODE_SIGNED: &str = "4a22785033650b7c22979f8104a521629f405ff2b61ec486f01cf43c3a133a64";
const UNICODE_SIGNED_ROLLED: &str = "ee6ee2e8f9aaf4ddcc032ee23b1dde48834fe4b8d02217bc421d3f64d4ec82a2";

fn moment(after_signing: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(SIGNED_AT, 0).expect("in the calendar") + TimeDelta::seconds(after_signing)
}

fn check(header: &str, body: &str, secrets: &[&str]) -> Result<(), SignatureError> {
    let secrets: Vec<_> = secrets.iter().copied().map(Secret::new).collect();
    verify(header, body.as_bytes(), &secrets, moment(10))
}

#[test]
fn what_the_official_packages_sign_is_believed() {
    for (body, secret, signature) in [
        (PLAIN, SECRET, PLAIN_SIGNED),
        (PLAIN, ROLLED, PLAIN_SIGNED_ROLLED),
        (UNICODE, SECRET, UNICODE_SIGNED),
        (UNICODE, ROLLED, UNICODE_SIGNED_ROLLED),
    ] {
        let header = format!("t={SIGNED_AT},v1={signature}");
        assert_eq!(check(&header, body, &[secret]), Ok(()));
        assert_eq!(sign(body.as_bytes(), &Secret::new(secret), moment(0)), header);
    }
}

#[test]
fn a_secret_can_be_rolled_from_either_side() {
    let both = format!("t={SIGNED_AT},v1={PLAIN_SIGNED},v1={PLAIN_SIGNED_ROLLED}");
    assert_eq!(check(&both, PLAIN, &[SECRET]), Ok(()));
    assert_eq!(check(&both, PLAIN, &[ROLLED]), Ok(()));
    let new = format!("t={SIGNED_AT},v1={PLAIN_SIGNED_ROLLED}");
    assert_eq!(check(&new, PLAIN, &[SECRET, ROLLED]), Ok(()));
    assert_eq!(check(&new, PLAIN, &[SECRET]), Err(SignatureError::NoMatch));
    assert_eq!(check(&new, PLAIN, &[]), Err(SignatureError::NoMatch));
}

#[test]
fn other_schemes_and_spaces_do_not_matter() {
    let header = format!("v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39, t={SIGNED_AT} ,v2=x,v1={PLAIN_SIGNED},,=");
    assert_eq!(check(&header, PLAIN, &[SECRET]), Ok(()));
    let downgraded = format!("t={SIGNED_AT},v0={PLAIN_SIGNED}");
    assert_eq!(check(&downgraded, PLAIN, &[SECRET]), Err(SignatureError::NoSignature));
}

#[test]
fn one_changed_byte_is_noticed() {
    let header = format!("t={SIGNED_AT},v1={PLAIN_SIGNED}");
    for at in 0..PLAIN.len() {
        let mut body = PLAIN.as_bytes().to_vec();
        body[at] ^= 1;
        assert_eq!(verify(&header, &body, &[Secret::new(SECRET)], moment(0)), Err(SignatureError::NoMatch));
    }
    let later = format!("t={},v1={PLAIN_SIGNED}", SIGNED_AT + 1);
    assert_eq!(check(&later, PLAIN, &[SECRET]), Err(SignatureError::NoMatch));
}

#[test]
fn old_and_future_signatures_are_refused() {
    let header = format!("t={SIGNED_AT},v1={PLAIN_SIGNED}");
    let at = |after| verify(&header, PLAIN.as_bytes(), &[Secret::new(SECRET)], moment(after));
    let limit = i64::try_from(TOLERANCE_SECS).unwrap();
    assert_eq!(at(limit), Ok(()));
    assert_eq!(at(-limit), Ok(()));
    assert_eq!(at(limit + 1), Err(SignatureError::OutsideTolerance { skew_secs: 301 }));
    assert_eq!(at(-limit - 1), Err(SignatureError::OutsideTolerance { skew_secs: 301 }));
}

#[test]
fn headers_that_are_not_one_are_refused() {
    assert_eq!(check("", PLAIN, &[SECRET]), Err(SignatureError::NoTimestamp));
    assert_eq!(check("t=soon,v1=00", PLAIN, &[SECRET]), Err(SignatureError::NoTimestamp));
    assert_eq!(check("t=1790000000", PLAIN, &[SECRET]), Err(SignatureError::NoSignature));
    assert_eq!(check("t=1790000000,v1=316835", PLAIN, &[SECRET]), Err(SignatureError::NoSignature));
    assert_eq!(check("t=-9223372036854775808,v1=zz", PLAIN, &[SECRET]), Err(SignatureError::NoSignature));
}

#[test]
fn a_flood_of_candidates_is_cut_off() {
    let flood = format!("t={SIGNED_AT}{},v1={PLAIN_SIGNED}", format!(",v1={UNICODE_SIGNED}").repeat(1000));
    assert_eq!(check(&flood, PLAIN, &[SECRET]), Err(SignatureError::NoMatch));
}
