//! What people carry: a short access token that anyone can verify, and a long refresh token that only we can read.

mod ed25519;
mod jwt;
mod keys;
mod refresh;

pub(crate) use jwt::{ACCESS_TOKEN_LIVES, Claims};
pub(crate) use keys::Keys;
pub(crate) use refresh::{RefreshToken, Verdict, judge};
