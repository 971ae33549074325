//! Ed25519 by ring, for jsonwebtoken: the one algorithm that tokens are signed with. Any other is not known here, so a token
//! cannot choose a weaker one.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "the signatures are what jsonwebtoken asks for")]

use std::sync::Once;

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
    signature::{self, Signer, Verifier},
};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };
static INSTALLED: Once = Once::new();

/// Lets jsonwebtoken use this; once in a process, whoever asks first.
pub(super) fn install() {
    INSTALLED.call_once(|| {
        let _ = PROVIDER.install_default(); // an error says that one is there already
    });
}

struct Hand(Ed25519KeyPair);

struct Eye(UnparsedPublicKey<Vec<u8>>);

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    if *algorithm != Algorithm::EdDSA || key.family() != AlgorithmFamily::Ed {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(Hand(Ed25519KeyPair::from_pkcs8(key.as_bytes()).map_err(|_| ErrorKind::InvalidEddsaKey)?)))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if *algorithm != Algorithm::EdDSA || key.family() != AlgorithmFamily::Ed {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(Eye(UnparsedPublicKey::new(&ED25519, key.try_get_as_bytes()?.to_vec()))))
}

impl Signer<Vec<u8>> for Hand {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for Hand {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

impl Verifier<Vec<u8>> for Eye {
    fn verify(&self, message: &[u8], mark: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.verify(message, mark).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Eye {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
