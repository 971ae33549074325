//! Codes of an authenticator app: RFC 6238 with SHA-1, six digits and thirty seconds, which every app understands.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::PersonId;
use ring::hmac;
use sea_orm::{ConnectionTrait, DbErr};

use crate::{AccessError, secret::Keyring};

/// Bytes of a shared secret, as RFC 4226 recommends.
pub(super) const SECRET_LENGTH: usize = 20;
const STEP_SECS: i64 = 30;
/// Codes of the step before and the step after are taken, for clocks that differ.
const SKEW: i64 = 1;
const SEAL: &str = "totp";

/// The code of a step.
fn code(secret: &[u8], step: i64) -> u32 {
    // SHA-1 is what the apps speak; as a MAC it is not broken
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let mac = hmac::sign(&key, &step.to_be_bytes());
    let mac = mac.as_ref();
    let start = usize::from(mac[mac.len() - 1] & 0xf);
    let word = u32::from_be_bytes([mac[start] & 0x7f, mac[start + 1], mac[start + 2], mac[start + 3]]);
    word % 1_000_000
}

/// The step that a code belongs to, if it is one of now.
fn step_of(secret: &[u8], shown: &str, now: DateTime<Utc>) -> Option<i64> {
    let digits: String = shown.chars().filter(|letter| !letter.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let shown: u32 = digits.parse().ok()?;
    let present = now.timestamp() / STEP_SECS;
    // Every step is compared, whichever it is
    (present - SKEW..=present + SKEW).fold(None, |found, step| if code(secret, step) == shown { Some(step) } else { found })
}

pub(super) fn seal(ring: &Keyring, secret: &[u8]) -> Vec<u8> {
    ring.seal(SEAL, secret)
}

/// Takes a code of a person's app, once: the step is used up, and those before it. `is_new` is an app that is being enrolled.
pub(super) async fn take(
    db: &impl ConnectionTrait,
    ring: &Keyring,
    person: PersonId,
    (shown, is_new): (&str, bool),
    now: DateTime<Utc>,
) -> Result<(), AccessError> {
    const SELECT: &str = "select sealed_secret from totp where person_id = $1 and (confirmed_at is null) = $2";
    const USE_UP: &str = "
        update totp set last_step = $3, confirmed_at = coalesce(confirmed_at, $4)
        where person_id = $1 and (confirmed_at is null) = $2 and last_step < $3";
    let row = db.query_one_raw(statement(SELECT, [person.0.into(), is_new.into()])).await?;
    let missing = if is_new { AccessError::BeginAgain } else { AccessError::WrongFactor };
    let sealed: Vec<u8> = row.map(|row| row.try_get("", "sealed_secret")).transpose()?.ok_or(missing)?;
    let secret = ring.open(SEAL, &sealed).ok_or(AccessError::Sealed("an authenticator app"))?;
    let step = step_of(&secret, shown, now).ok_or(AccessError::WrongFactor)?;
    let used = db.execute_raw(statement(USE_UP, [person.0.into(), is_new.into(), step.into(), now.into()])).await?;
    if used.rows_affected() == 0 {
        return Err(AccessError::WrongFactor);
    }
    Ok(())
}

/// Keeps an app that is not confirmed yet; `false` when there is a confirmed one.
pub(super) async fn keep(db: &impl ConnectionTrait, person: PersonId, sealed: Vec<u8>, now: DateTime<Utc>) -> Result<bool, DbErr> {
    const UPSERT: &str = "
        insert into totp as known (person_id, sealed_secret, made_at) values ($1, $2, $3)
        on conflict (person_id) do update set sealed_secret = excluded.sealed_secret, made_at = excluded.made_at, last_step = 0
        where known.confirmed_at is null";
    Ok(db.execute_raw(statement(UPSERT, [person.0.into(), sealed.into(), now.into()])).await?.rows_affected() > 0)
}

/// Removes the app; `false` when there is none.
pub(super) async fn remove(db: &impl ConnectionTrait, person: PersonId) -> Result<bool, DbErr> {
    const DELETE: &str = "delete from totp where person_id = $1 and confirmed_at is not null";
    Ok(db.execute_raw(statement(DELETE, [person.0.into()])).await?.rows_affected() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of its eight digits
        let secret = b"12345678901234567890";
        let times = [(59, 287_082), (1_111_111_109, 81_804), (1_111_111_111, 50_471), (1_234_567_890, 5_924), (2_000_000_000, 279_037)];
        for (time, expected) in times {
            assert_eq!(code(secret, time / STEP_SECS), expected, "at {time}");
        }
    }

    #[test]
    fn a_code_is_good_half_a_minute_before_and_after() {
        let secret = b"12345678901234567890";
        let at = |secs| DateTime::from_timestamp(secs, 0).unwrap();
        assert_eq!(step_of(secret, "287 082", at(59)), Some(1));
        assert_eq!(step_of(secret, "287082", at(29)), Some(1));
        assert_eq!(step_of(secret, "287082", at(89)), Some(1));
        assert_eq!(step_of(secret, "287082", at(90)), None);
        for wrong in ["", "28708", "2870822", "+87082", "２87082"] {
            assert_eq!(step_of(secret, wrong, at(59)), None, "{wrong}");
        }
    }
}
