//! Where finished files lie: a folder by default, an S3 bucket by configuration.
//!
//! Files are frozen. A key is written once; writing the same bytes again changes nothing, so a job may repeat itself, and
//! other bytes under the same key are refused. Both kinds of place decide this themselves (a hard link, `If-None-Match: *`),
//! so it also holds between processes.
//!
//! S3 is reached over hyper and rustls with ring, see `http.rs`; it is set up by the usual `AWS_…` variables.

mod error;
mod http;
mod key;
mod place;
mod storage;

pub use error::StorageError;
pub use storage::Storage;
