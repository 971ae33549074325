//! The signature that Stripe puts on a webhook, checked on the raw bytes of the body.
//!
//! The header reads `t=UNIX,v1=HEX[,v1=HEX…]`. A `v1` is HMAC-SHA256 over `"{t}.{body}"`, keyed with the whole `whsec_…` string. While
//! a secret is rolled there are several `v1`, and we may hold several secrets: one match is enough. Other schemes are ignored.
//! The match is decided before the age, so that a forger learns nothing about our clock.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac, digest::CtOutput};
use sha2::Sha256;

use crate::Secret;

/// How far the signed moment may lie from ours, in seconds, before as well as after.
pub const TOLERANCE_SECS: u64 = 300;

/// How many `v1` candidates of one header are looked at; Stripe sends one, or two while a secret is rolled.
const MAX_CANDIDATES: usize = 16;

/// HMAC-SHA256 has 32 bytes.
const DIGEST_LEN: usize = 32;

type HmacSha256 = Hmac<Sha256>;

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header has no readable `t=`.
    #[error("the Stripe-Signature header carries no timestamp")]
    NoTimestamp,
    /// The header has no readable `v1=`.
    #[error("the Stripe-Signature header carries no v1 signature")]
    NoSignature,
    /// None of the signatures was made with one of our secrets over this body.
    #[error("no signature in the Stripe-Signature header matches the body")]
    NoMatch,
    /// Rightly signed, but too long ago, or too far ahead.
    #[error("the signature was made {skew_secs} s away from now, more than {TOLERANCE_SECS} s")]
    OutsideTolerance {
        /// The distance between the signed moment and now, in seconds.
        skew_secs: u64,
    },
}

/// Checks that `body`, byte for byte as received, was signed with one of `secrets` within [`TOLERANCE_SECS`] of `now`.
pub fn verify(header: &str, body: &[u8], secrets: &[Secret], now: DateTime<Utc>) -> Result<(), SignatureError> {
    let parsed = Header::parse(header)?;
    let mut matched = false;
    for secret in secrets {
        let ours = CtOutput::new(digest(secret, parsed.timestamp_text, body).finalize().into_bytes());
        for theirs in &parsed.candidates {
            // `|` and not `||`: the time taken does not tell which of them matched.
            matched |= ours == CtOutput::<HmacSha256>::new((*theirs).into());
        }
    }
    if !matched {
        return Err(SignatureError::NoMatch);
    }
    let skew_secs = now.timestamp().abs_diff(parsed.timestamp);
    if skew_secs > TOLERANCE_SECS {
        return Err(SignatureError::OutsideTolerance { skew_secs });
    }
    Ok(())
}

/// The header that Stripe would send with `body` at the moment `at`; stand-ins, tests and benches sign with it.
pub fn sign(body: &[u8], secret: &Secret, at: DateTime<Utc>) -> String {
    let timestamp = at.timestamp().to_string();
    let signature = hex::encode(digest(secret, &timestamp, body).finalize().into_bytes());
    format!("t={timestamp},v1={signature}")
}

fn digest(secret: &Secret, timestamp: &str, body: &[u8]) -> HmacSha256 {
    let mut mac = HmacSha256::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

struct Header<'a> {
    /// As written: the digest covers this text, not the number.
    timestamp_text: &'a str,
    timestamp: i64,
    candidates: Vec<[u8; DIGEST_LEN]>,
}

impl<'a> Header<'a> {
    fn parse(header: &'a str) -> Result<Self, SignatureError> {
        let mut timestamp = None;
        let mut candidates = Vec::new();
        for (scheme, value) in header.split(',').filter_map(|part| part.trim().split_once('=')) {
            match scheme {
                "t" => timestamp = value.parse().ok().map(|parsed| (value, parsed)),
                "v1" if candidates.len() < MAX_CANDIDATES => {
                    let mut bytes = [0; DIGEST_LEN];
                    if hex::decode_to_slice(value, &mut bytes).is_ok() {
                        candidates.push(bytes);
                    }
                }
                _ => {}
            }
        }
        let (timestamp_text, timestamp) = timestamp.ok_or(SignatureError::NoTimestamp)?;
        if candidates.is_empty() {
            return Err(SignatureError::NoSignature);
        }
        Ok(Self { timestamp_text, timestamp, candidates })
    }
}
