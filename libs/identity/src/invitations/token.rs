//! What stands in the letter.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::CoopId;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::InvitationId;
use crate::IdentityError;

/// How it begins, so that people and scanners of leaked secrets recognise it.
const PREFIX: &str = "ghi_";
/// Random bytes: nobody guesses them, so they are kept as a plain hash.
const SECRET: usize = 32;

/// The token of an invitation: which one it is, and the proof that one has its letter. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationToken {
    pub(super) coop: CoopId,
    pub(super) invitation: InvitationId,
    secret: [u8; SECRET],
}

impl InvitationToken {
    /// A new one.
    pub(super) fn generate(coop: CoopId, invitation: InvitationId) -> Self {
        let mut secret = [0; SECRET];
        getrandom::fill(&mut secret).expect("the operating system has random bytes");
        Self { coop, invitation, secret }
    }

    /// What is kept of it.
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.secret).to_vec()
    }

    /// As it stands in the letter.
    pub(super) fn to_text(&self) -> String {
        let bytes = [&self.coop.0.to_be_bytes()[..], self.invitation.0.as_bytes(), &self.secret].concat();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for InvitationToken {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text.trim().strip_prefix(PREFIX)?).ok()?;
            let (coop, rest) = bytes.split_first_chunk::<4>()?;
            let (invitation, secret) = rest.split_first_chunk::<16>()?;
            let invitation = InvitationId(Uuid::from_bytes(*invitation));
            Some(Self { coop: CoopId(i32::from_be_bytes(*coop)), invitation, secret: secret.try_into().ok()? })
        };
        read().ok_or(IdentityError::NoInvitation)
    }
}

impl fmt::Debug for InvitationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvitationToken({})", self.invitation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_is_never_shown() {
        let token = InvitationToken::generate(CoopId(42), InvitationId(Uuid::from_u128(7)));
        let text = token.to_text();
        assert_eq!(text.parse::<InvitationToken>().unwrap(), token);
        assert!(!format!("{token:?}").contains(&text[10..]));
        for wrong in ["", "ghi_", "ghi_AAAA", &text[4..], &text[..text.len() - 1], &format!("{text}A"), &format!("{text}AA")] {
            assert!(wrong.parse::<InvitationToken>().is_err(), "{wrong:?}");
        }
    }
}
