//! What a partner shows: `ghk_<prefix>_<secret><checksum>`.
//!
//! ```text
//! ghk_ 3fK9aZ01 _ Xy…(43 of 0-9A-Za-z) 0aB3xQ
//! |    |          |                    CRC-32 of everything before it, base 62, six digits
//! |    |          256 random bits: 43 digits of base 62
//! |    names the key, not secret, the same through all rotations
//! what scanners for leaked secrets look for: ghk_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}
//! ```
//!
//! The checksum tells a typo, or somebody else's token, from a key that is not known, without a look-up. It proves nothing.
//!
//! A secret of 256 random bits cannot be guessed, so a plain SHA-256 of the token is kept. Slow hashes such as argon2
//! make the guessing of passwords dear, of which there are few to try; here they would only make each request dear.

use std::fmt;

use sha2::{Digest as _, Sha256};

const MARK: &str = "ghk_";
const PREFIX_DIGITS: usize = 8;
/// 62^43 is a little more than 2^256.
const SECRET_DIGITS: usize = 43;
/// 62^6 is more than 2^32.
const CHECK_DIGITS: usize = 6;
const LENGTH: usize = MARK.len() + PREFIX_DIGITS + 1 + SECRET_DIGITS + CHECK_DIGITS;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token in full. It exists when a key is made or rotated, is told once and kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// What a text that is shown as a key looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As ours are; whether it is known is another question.
    Key,
    /// It begins as ours do, but letters are missing, too many or mixed up.
    Mistyped,
    /// Something else.
    Other,
}

/// What is kept of a token that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) prefix: String,
    pub(crate) hash: [u8; 32],
}

impl Token {
    /// A new secret for the key of that prefix.
    pub(crate) fn make(prefix: &str) -> Result<Self, getrandom::Error> {
        let body = format!("{MARK}{prefix}_{}", random_digits(SECRET_DIGITS)?);
        let check = checksum(&body);
        Ok(Self(body + &check))
    }

    /// The token, to be told to whoever made it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// Whether a text can be a key, without looking anywhere.
pub fn form(text: &str) -> Form {
    match (parse(text), text.starts_with(MARK)) {
        (Some(_), _) => Form::Key,
        (None, true) => Form::Mistyped,
        (None, false) => Form::Other,
    }
}

/// The prefix and the hash of a token that is well formed.
pub(crate) fn parse(text: &str) -> Option<Shown> {
    if text.len() != LENGTH || !text.is_ascii() {
        return None;
    }
    let (prefix, secret) = text.strip_prefix(MARK)?.split_once('_')?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (body, check) = text.split_at(LENGTH - CHECK_DIGITS);
    let is_ours = prefix.len() == PREFIX_DIGITS && is_digits(prefix) && is_digits(secret) && checksum(body) == check;
    is_ours.then(|| Shown { prefix: prefix.to_owned(), hash: Sha256::digest(text).into() })
}

/// A name for a new key.
pub(crate) fn new_prefix() -> Result<String, getrandom::Error> {
    random_digits(PREFIX_DIGITS)
}

fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes()) as usize;
    let mut digits = [0; CHECK_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % DIGITS.len()];
        rest /= DIGITS.len();
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// Evenly distributed digits from the system's source of randomness.
fn random_digits(count: usize) -> Result<String, getrandom::Error> {
    let mut digits = String::with_capacity(count);
    let mut bytes = [0; 64];
    while digits.len() < count {
        getrandom::fill(&mut bytes)?;
        // 248 is the largest multiple of 62 in a byte: what is above would favour the first digits
        let fair = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(DIGITS[usize::from(*byte) % DIGITS.len()]));
        digits.extend(fair.take(count - digits.len()));
    }
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token() -> Token {
        Token::make(&new_prefix().unwrap()).unwrap()
    }

    #[test]
    fn a_token_reads_back_and_is_never_the_same() {
        let token = token();
        let shown = parse(token.reveal()).unwrap();
        assert_eq!(shown.hash, token.hash());
        assert_eq!(&token.reveal()[4..12], shown.prefix);
        assert_ne!(token, Token::make(&shown.prefix).unwrap(), "the same prefix, another secret");
        assert_eq!(format!("{token:?}"), "Token(***)");
    }

    #[test]
    fn what_is_no_token_of_ours_is_told_apart() {
        let token = token();
        assert_eq!(form(token.reveal()), Form::Key);
        assert_eq!(form(&token.reveal()[..LENGTH - 1]), Form::Mistyped);
        assert_eq!(form(&format!("{}0", token.reveal())), Form::Mistyped);
        assert_eq!(form(&format!("ghk_{}", "é".repeat(29))), Form::Mistyped);
        assert_eq!(form("eyJhbGciOiJFZERTQSJ9.e30.x"), Form::Other);
        assert_eq!(form(""), Form::Other);
    }

    proptest! {
        #[test]
        fn every_single_typo_and_swap_is_noticed(place in 4..LENGTH - 1, digit in 0..62_usize) {
            let token = token();
            let mut typo = token.reveal().as_bytes().to_vec();
            if typo[place] != b'_' && typo[place] != DIGITS[digit] {
                typo[place] = DIGITS[digit];
                prop_assert_eq!(form(std::str::from_utf8(&typo).unwrap()), Form::Mistyped);
            }
            let mut swapped = token.reveal().as_bytes().to_vec();
            swapped.swap(place, place + 1);
            if swapped != token.reveal().as_bytes() {
                prop_assert_eq!(form(std::str::from_utf8(&swapped).unwrap()), Form::Mistyped);
            }
        }
    }
}
