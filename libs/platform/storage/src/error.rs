//! What can go wrong with a file, and where.

/// Why a file was not stored or found. `place` is the folder or bucket, never with credentials.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The place is not described well enough to be used.
    #[error("{url:?} is not a place for files: {why}")]
    BadUrl {
        /// The URL, or only its scheme where it may hold a secret.
        url: String,
        /// What is wrong and what would mend it.
        why: String,
    },
    /// The key could lead elsewhere or would not read the same everywhere.
    #[error("{key:?} cannot be the key of a file: {why}")]
    BadKey {
        /// The key.
        key: String,
        /// The rule it breaks.
        why: &'static str,
    },
    /// Nothing is stored under the key.
    #[error("there is no file {key} in {place}")]
    NotFound {
        /// The key.
        key: String,
        /// The folder or bucket.
        place: String,
    },
    /// Something else is stored under the key already. It stays.
    #[error("{key} in {place} is frozen: it exists with other bytes")]
    Frozen {
        /// The key.
        key: String,
        /// The folder or bucket.
        place: String,
    },
    /// The folder could not be made.
    #[error("the folder {place} cannot be made")]
    Folder {
        /// The folder.
        place: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The place failed; trying again later may help.
    #[error("cannot {doing} {key} in {place}")]
    Store {
        /// What was tried: `store`, `read`, `look for`, `open`.
        doing: &'static str,
        /// The key; empty when the place itself could not be opened.
        key: String,
        /// The folder or bucket.
        place: String,
        /// What it answered.
        source: Box<object_store::Error>,
    },
}
