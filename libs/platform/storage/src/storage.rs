//! The four things one can do with a file.

use std::fmt;

use bytes::Bytes;
use object_store::{Attribute, Attributes, ObjectStoreExt, PutMode, PutOptions, path::Path};

use crate::{
    StorageError, key,
    place::{self, Place},
};

/// A place for finished files, each written once. Cheap to share behind an `Arc`.
pub struct Storage(Place);

impl Storage {
    /// Opens `file:///path/to/folder` (made when missing) or `s3://bucket/prefix`. S3 takes its credentials, region and
    /// endpoint from the `AWS_…` variables of this process.
    pub fn from_url(url: &str) -> Result<Self, StorageError> {
        let named = |(key, value): (std::ffi::OsString, std::ffi::OsString)| Some((key.into_string().ok()?, value.into_string().ok()?));
        let settings = std::env::vars_os().filter_map(named).filter(|(key, _)| key.starts_with("AWS_"));
        Self::with_settings(url, settings)
    }

    /// The same with the `AWS_…` variables given: `("AWS_ENDPOINT_URL", "http://localhost:9000")`. Names that are not
    /// settings of S3 are passed over.
    pub fn with_settings(url: &str, settings: impl IntoIterator<Item = (String, String)>) -> Result<Self, StorageError> {
        Ok(Self(place::open(url, settings.into_iter().collect())?))
    }

    /// Stores a file for good. The same bytes again change nothing; other bytes are [`StorageError::Frozen`]. The content
    /// type, such as `application/pdf`, is kept where the place can keep it.
    pub async fn put(&self, key: &str, bytes: Bytes, content_type: &str) -> Result<(), StorageError> {
        let path = key::parse(key)?;
        let mut options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        if self.0.keeps_types {
            options.attributes = Attributes::from_iter([(Attribute::ContentType, content_type.to_owned())]);
        }
        match self.0.store.put_opts(&path, bytes.clone().into(), options).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                let frozen = || StorageError::Frozen { key: key.to_owned(), place: self.0.name.clone() };
                if self.read(key, &path).await? == bytes { Ok(()) } else { Err(frozen()) }
            }
            Err(source) => Err(self.failed("store", key, source)),
        }
    }

    /// The bytes of a file, or [`StorageError::NotFound`].
    pub async fn get(&self, key: &str) -> Result<Bytes, StorageError> {
        self.read(key, &key::parse(key)?).await
    }

    /// Is there a file under this key?
    pub async fn exists(&self, key: &str) -> Result<bool, StorageError> {
        match self.0.store.head(&key::parse(key)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(self.failed("look for", key, source)),
        }
    }

    async fn read(&self, key: &str, path: &Path) -> Result<Bytes, StorageError> {
        let file = self.0.store.get(path).await.map_err(|source| self.failed("read", key, source))?;
        file.bytes().await.map_err(|source| self.failed("read", key, source))
    }

    fn failed(&self, doing: &'static str, key: &str, source: object_store::Error) -> StorageError {
        let (key, place) = (key.to_owned(), self.0.name.clone());
        match source {
            object_store::Error::NotFound { .. } => StorageError::NotFound { key, place },
            source => StorageError::Store { doing, key, place, source: Box::new(source) },
        }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Storage").field(&self.0.name).finish()
    }
}
