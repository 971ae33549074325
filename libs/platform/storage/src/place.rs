//! Reads a URL and opens the place it names.

use std::{path::PathBuf, sync::Arc, time::Duration};

use object_store::{
    ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut},
    local::LocalFileSystem,
    prefix::PrefixStore,
};
use url::Url;

use crate::{StorageError, http::HyperConnector};

/// A request to S3 is tried this often and this long in all, so that a job fails while somebody is still looking.
const MOST_RETRIES: usize = 4;
const LONGEST_TRYING: Duration = Duration::from_mins(1);

pub(crate) struct Place {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// How errors call it.
    pub(crate) name: String,
    /// A folder has nowhere to note what type a file has.
    pub(crate) keeps_types: bool,
}

pub(crate) fn open(url: &str, settings: Vec<(String, String)>) -> Result<Place, StorageError> {
    let parsed = Url::parse(url).map_err(|error| bad(url, error.to_string()))?;
    // A URL with a password must not be repeated in errors or logs.
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(bad(parsed.scheme(), "credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(bad(parsed.scheme(), "nothing may follow the path; settings belong into AWS_… variables"));
    }
    match parsed.scheme() {
        "file" => {
            let folder = parsed.to_file_path().map_err(|()| bad(url, "write file:///path/to/folder"))?;
            open_folder(folder)
        }
        "s3" => open_bucket(&parsed, settings),
        _ => Err(bad(url, "write file:///path/to/folder or s3://bucket/prefix")),
    }
}

fn bad(url: &str, why: impl Into<String>) -> StorageError {
    StorageError::BadUrl { url: url.to_owned(), why: why.into() }
}

fn open_folder(folder: PathBuf) -> Result<Place, StorageError> {
    let name = folder.display().to_string();
    std::fs::create_dir_all(&folder).map_err(|source| StorageError::Folder { place: name.clone(), source })?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|source| unopened(&name, source))?.with_fsync(true);
    Ok(Place { store: Arc::new(store), name, keeps_types: false })
}

fn open_bucket(url: &Url, settings: Vec<(String, String)>) -> Result<Place, StorageError> {
    let bucket = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad(url.as_str(), "the bucket is missing"))?;
    let prefix = url.path().trim_matches('/');
    let name = format!("s3://{bucket}/{prefix}");
    let mut builder = AmazonS3Builder::new();
    for (key, value) in settings {
        // Variables such as AWS_PAGER are other programs' business.
        if let Ok(key) = key.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    let retry = RetryConfig { max_retries: MOST_RETRIES, retry_timeout: LONGEST_TRYING, ..RetryConfig::default() };
    let store = builder
        .with_bucket_name(bucket)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(retry)
        .with_http_connector(HyperConnector)
        .build()
        .map_err(|source| unopened(&name, source))?;
    if prefix.is_empty() {
        return Ok(Place { store: Arc::new(store), name, keeps_types: true });
    }
    let prefix = crate::key::parse(prefix)?;
    Ok(Place { store: Arc::new(PrefixStore::new(store, prefix)), name, keeps_types: true })
}

fn unopened(name: &str, source: object_store::Error) -> StorageError {
    StorageError::Store { doing: "open", key: String::new(), place: name.to_owned(), source: Box::new(source) }
}
