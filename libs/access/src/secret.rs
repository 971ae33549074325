//! The secret of the configuration, and what is made from it: seals for what is stored, and MACs.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{self, HKDF_SHA256},
    hmac,
};

use crate::random::random;

/// Bytes of a secret.
const LENGTH: usize = 32;
/// The name by which a seal says which secret it was made with.
const NAME_LENGTH: usize = 4;

/// Thirty-two random bytes that an operator keeps: who has them and the database can make tokens. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; LENGTH]);

/// A text that is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is 32 random bytes in base64; `openssl rand -base64 32` makes one")]
pub struct NotASecret;

impl Secret {
    /// A new one.
    pub fn generate() -> Self {
        Self(random())
    }

    /// As it is written into a file or a variable.
    pub fn to_text(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl FromStr for Secret {
    type Err = NotASecret;

    fn from_str(text: &str) -> Result<Self, NotASecret> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| NotASecret)?;
        bytes.try_into().map(Self).map_err(|_| NotASecret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is made from the secrets: the first seals and signs, each opens and verifies, so that a secret can be replaced.
pub(crate) struct Keyring(Vec<Ring>);

struct Ring {
    name: [u8; NAME_LENGTH],
    seal: LessSafeKey,
    mac: hmac::Key,
}

impl Keyring {
    pub(crate) fn new(secret: &Secret, former: &[Secret]) -> Self {
        Self(std::iter::once(secret).chain(former).map(Ring::new).collect())
    }

    fn current(&self) -> &Ring {
        self.0.first().expect("a keyring begins with the current secret")
    }

    /// Seals bytes for one purpose; for another they do not open.
    pub(crate) fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let ring = self.current();
        // Random nonces are safe for 2^32 seals of a secret; there are a few for each person and letter
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = plain.to_vec();
        ring.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut sealed)
            .expect("AES-GCM seals up to 64 GiB");
        [&ring.name[..], &nonce, &sealed].concat()
    }

    /// What was sealed for that purpose; `None` when it was not, or with a secret that is not known any more.
    pub(crate) fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (name, rest) = sealed.split_first_chunk::<NAME_LENGTH>()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
        let ring = self.0.iter().find(|ring| ring.name == *name)?;
        let mut bytes = rest.to_vec();
        let opened = ring.seal.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(purpose), &mut bytes).ok()?.len();
        bytes.truncate(opened);
        Some(bytes)
    }

    /// The MAC of a message by the current secret.
    pub(crate) fn mac(&self, message: &[u8]) -> [u8; 32] {
        hmac::sign(&self.current().mac, message).as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// Whether one of the secrets made that MAC; compared in constant time.
    pub(crate) fn is_mac(&self, message: &[u8], mac: &[u8]) -> bool {
        self.0.iter().any(|ring| hmac::verify(&ring.mac, message, mac).is_ok())
    }
}

impl Ring {
    fn new(secret: &Secret) -> Self {
        let salt = hkdf::Salt::new(HKDF_SHA256, b"guildhall access");
        let root = salt.extract(&secret.0);
        let derive = |purpose: &'static [u8], out: &mut [u8]| {
            let info = [purpose];
            let made = root.expand(&info, HKDF_SHA256).and_then(|made| made.fill(out));
            made.expect("one block of HKDF is never too long");
        };
        let (mut name, mut seal, mut mac) = ([0; 32], [0; 32], [0; 32]);
        derive(b"name", &mut name);
        derive(b"seal", &mut seal);
        derive(b"mac", &mut mac);
        Self {
            name: *name.first_chunk().expect("32 bytes begin with 4"),
            seal: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &seal).expect("AES-256 takes 32 bytes")),
            mac: hmac::Key::new(hmac::HMAC_SHA256, &mac),
        }
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} secrets)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_for_its_purpose_only_and_survives_a_new_secret() {
        let (old, new) = (Secret::generate(), Secret::generate());
        let sealed = Keyring::new(&old, &[]).seal("totp", b"shared");
        let ring = Keyring::new(&new, std::slice::from_ref(&old));
        assert_eq!(ring.open("totp", &sealed).as_deref(), Some(&b"shared"[..]));
        assert_eq!(ring.open("letter", &sealed), None);
        assert_eq!(Keyring::new(&new, &[]).open("totp", &sealed), None);
        for end in 0..sealed.len() {
            assert_eq!(ring.open("totp", &sealed[..end]), None, "cut to {end} bytes");
        }
    }

    #[test]
    fn a_mac_of_a_former_secret_counts_until_that_is_dropped() {
        let (old, new) = (Secret::generate(), Secret::generate());
        let mac = Keyring::new(&old, &[]).mac(b"message");
        assert!(Keyring::new(&new, std::slice::from_ref(&old)).is_mac(b"message", &mac));
        assert!(!Keyring::new(&new, &[]).is_mac(b"message", &mac));
        assert!(!Keyring::new(&old, &[]).is_mac(b"another", &mac));
    }

    #[test]
    fn a_secret_is_read_from_text_and_never_shown() {
        let secret = Secret::generate();
        assert_eq!(secret.to_text().parse(), Ok(secret.clone()));
        assert_eq!("short".parse::<Secret>(), Err(NotASecret));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
