//! Documents: parsed once and kept, called by their hash, and in the trusted mode none but those of a file.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use async_graphql::parser::{parse_query, types::ExecutableDocument};
use lru::LruCache;
use sha2::{Digest as _, Sha256};

use super::{
    gate::{Code, Refused},
    limits::MAX_DOCUMENTS,
    weigh::{self, TooHeavy},
};

/// The SHA-256 of a document's text.
pub(crate) type Hash = [u8; 32];

/// Documents that may run, as a JSON object of hashes (SHA-256, hexadecimal) and texts.
#[derive(Clone, Debug, Default)]
pub struct TrustedDocuments(Arc<HashMap<Hash, String>>);

/// The file of trusted documents is of no use.
#[derive(Debug, thiserror::Error)]
pub enum TrustedError {
    /// It cannot be read.
    #[error("the trusted documents in {file} cannot be read")]
    Read {
        /// Which file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is no object of hashes and texts.
    #[error("the trusted documents in {file} are no JSON object of hashes and texts")]
    Json {
        /// Which file.
        file: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// A text does not have that hash.
    #[error("the trusted document {hash} does not have that SHA-256")]
    Hash {
        /// As the file has it.
        hash: String,
    },
}

impl TrustedDocuments {
    /// Reads the file.
    pub fn read(file: &Path) -> Result<Self, TrustedError> {
        let text = std::fs::read_to_string(file).map_err(|source| TrustedError::Read { file: file.to_owned(), source })?;
        let texts: HashMap<String, String> =
            serde_json::from_str(&text).map_err(|source| TrustedError::Json { file: file.to_owned(), source })?;
        Self::try_new(texts)
    }

    /// Takes hashes and texts.
    pub fn try_new(texts: impl IntoIterator<Item = (String, String)>) -> Result<Self, TrustedError> {
        let checked = texts.into_iter().map(|(hash, text)| {
            let real = hash_of(&text);
            if hash.eq_ignore_ascii_case(&hex::encode(real)) { Ok((real, text)) } else { Err(TrustedError::Hash { hash }) }
        });
        Ok(Self(Arc::new(checked.collect::<Result<_, _>>()?)))
    }
}

/// The documents of one process. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    trusted: TrustedDocuments,
    trusted_only: bool,
    parsed: Arc<Mutex<LruCache<Hash, Arc<ExecutableDocument>>>>,
    texts: Arc<Mutex<LruCache<Hash, Arc<str>>>>,
}

impl Documents {
    pub(crate) fn new(trusted: Option<TrustedDocuments>, trusted_only: bool) -> Self {
        let most = NonZeroUsize::new(MAX_DOCUMENTS).expect("the limit is above zero");
        Self {
            trusted: trusted.unwrap_or_default(),
            trusted_only,
            parsed: Arc::new(Mutex::new(LruCache::new(most))),
            texts: Arc::new(Mutex::new(LruCache::new(most))),
        }
    }

    /// The text that a client means by a hash, with or without the text itself, by the protocol of automatic persisted
    /// queries. What is sent with a text is kept for the next time.
    pub(crate) fn persisted(&self, hash: &str, text: &str) -> Result<Arc<str>, Refused> {
        let mut asked = Hash::default();
        hex::decode_to_slice(hash, &mut asked).map_err(|_| Refused::bad("sha256Hash is 64 hexadecimal digits"))?;
        if text.is_empty() {
            let kept = self.texts.lock().expect("nobody panics while holding the texts").get(&asked).cloned();
            let known = kept.or_else(|| self.trusted.0.get(&asked).map(|text| Arc::from(text.as_str())));
            return known.ok_or_else(|| Refused::new(Code::PersistedQueryNotFound, "PersistedQueryNotFound"));
        }
        if hash_of(text) != asked {
            return Err(Refused::bad("the document does not have that SHA-256"));
        }
        weigh::letters(text).map_err(Refused::from)?;
        let text: Arc<str> = Arc::from(text);
        if !self.trusted_only {
            self.texts.lock().expect("nobody panics while holding the texts").put(asked, Arc::clone(&text));
        }
        Ok(text)
    }

    /// The document of a text, weighed and parsed; from memory when it came before.
    pub(crate) fn parse(&self, text: &str) -> Result<Arc<ExecutableDocument>, Refused> {
        weigh::letters(text)?;
        let hash = hash_of(text);
        if self.trusted_only && !self.trusted.0.contains_key(&hash) {
            return Err(Refused::bad("only documents that were registered before are taken here"));
        }
        if let Some(known) = self.parsed.lock().expect("nobody panics while holding the documents").get(&hash) {
            return Ok(Arc::clone(known));
        }
        let document = parse_query(text).map_err(|error| Refused::parsing(&error))?;
        weigh::fields(&document)?;
        let document = Arc::new(document);
        self.parsed.lock().expect("nobody panics while holding the documents").put(hash, Arc::clone(&document));
        Ok(document)
    }
}

fn hash_of(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

impl From<TooHeavy> for Refused {
    fn from(heavy: TooHeavy) -> Self {
        let code = match heavy {
            TooHeavy::Deep => Code::QueryTooDeep,
            TooHeavy::Aliases => Code::TooManyAliases,
            TooHeavy::Long | TooHeavy::Fields | TooHeavy::Directives => Code::QueryTooComplex,
            TooHeavy::Circle | TooHeavy::Nul | TooHeavy::FarAway => Code::BadRequest,
        };
        Self::new(code, heavy.to_string())
    }
}
