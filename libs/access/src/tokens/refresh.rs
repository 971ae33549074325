//! Refresh tokens: opaque outside, `ghr_` and base64 of session, generation and MAC inside.
//!
//! Each use makes the next generation; what is kept is the session's seed and its present generation. A token is the MAC of
//! both under the configuration's secret, so the database alone makes none, a forged one is told from a spent one, and a
//! spent one is recognised however old it is.
//!
//! **Twice in a row.** A client that loses the answer, or has two windows, may send the same token again. Within [`GRACE`]
//! of its first use, and while the next one is unused, it gets the very same successor. After that, or once the successor was
//! used, a spent token means that two hold the session, and it ends for both.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::SessionId;
use uuid::Uuid;

use crate::secret::Keyring;

/// How long a spent token still gets the successor that it got before.
const GRACE: TimeDelta = TimeDelta::seconds(10);

const PREFIX: &str = "ghr_";
const MAC: usize = 32;

/// A token as it was read; nothing is believed of it before [`RefreshToken::is_of`] says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    pub(crate) session: SessionId,
    pub(crate) generation: i32,
    mac: [u8; MAC],
}

impl RefreshToken {
    /// The token of a generation.
    pub(crate) fn make(ring: &Keyring, session: SessionId, seed: &[u8], generation: i32) -> String {
        let mac = ring.mac(&message(session, seed, generation));
        let bytes = [&session.0.as_bytes()[..], &generation.to_be_bytes(), &mac].concat();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim().strip_prefix(PREFIX)?).ok()?;
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, mac) = rest.split_first_chunk::<4>()?;
        Some(Self {
            session: SessionId(Uuid::from_bytes(*session)),
            generation: i32::from_be_bytes(*generation),
            mac: mac.try_into().ok()?,
        })
    }

    /// Whether we made it for a session with that seed.
    pub(crate) fn is_of(&self, ring: &Keyring, seed: &[u8]) -> bool {
        ring.is_mac(&message(self.session, seed, self.generation), &self.mac)
    }
}

fn message(session: SessionId, seed: &[u8], generation: i32) -> Vec<u8> {
    [b"refresh token", &session.0.as_bytes()[..], &generation.to_be_bytes(), seed].concat()
}

/// What a token that we made is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The present one: the next generation begins.
    Next,
    /// The one before, sent twice: the same successor again.
    Again,
    /// A spent one: two hold the session.
    Reuse,
}

/// Judges the generation of a token against the session's.
pub(crate) fn judge(shown: i32, present: i32, rotated_at: DateTime<Utc>, now: DateTime<Utc>) -> Verdict {
    if shown >= present {
        Verdict::Next
    } else if shown == present - 1 && now - rotated_at <= GRACE {
        Verdict::Again
    } else {
        Verdict::Reuse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    #[test]
    fn only_the_token_before_and_only_for_a_moment_may_come_twice() {
        let at = DateTime::UNIX_EPOCH;
        assert_eq!(judge(7, 7, at, at + GRACE * 100), Verdict::Next);
        assert_eq!(judge(6, 7, at, at + GRACE), Verdict::Again);
        assert_eq!(judge(6, 7, at, at + GRACE + TimeDelta::milliseconds(1)), Verdict::Reuse);
        assert_eq!(judge(5, 7, at, at), Verdict::Reuse);
    }

    #[test]
    fn a_token_is_of_its_session_seed_generation_and_secret_alone() {
        let ring = Keyring::new(&Secret::generate(), &[]);
        let session = SessionId(Uuid::from_u128(7));
        let text = RefreshToken::make(&ring, session, b"seed", 3);
        let token = RefreshToken::parse(&text).unwrap();
        assert_eq!((token.session, token.generation), (session, 3));
        assert!(token.is_of(&ring, b"seed"));
        assert!(!token.is_of(&ring, b"another"));
        assert!(!RefreshToken { generation: 4, ..token }.is_of(&ring, b"seed"));
        assert!(!RefreshToken { session: SessionId(Uuid::from_u128(8)), ..token }.is_of(&ring, b"seed"));
        assert!(!token.is_of(&Keyring::new(&Secret::generate(), &[]), b"seed"));
        for wrong in ["", "ghr_", "ghr_AAAA", &text[..text.len() - 2], text.strip_prefix("ghr_").unwrap()] {
            assert_eq!(RefreshToken::parse(wrong), None, "{wrong}");
        }
    }
}
