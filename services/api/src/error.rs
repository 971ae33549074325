//! Why the doors stay shut.

use std::{io, net::SocketAddr};

/// Why an api did not start.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Another program listens there, or this machine does not have the address.
    #[error("the api cannot listen on port {} of {}: {source}", address.port(), address.ip())]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// People cannot prove who they are as it is configured.
    #[error("the api cannot let anybody sign in")]
    Access(#[from] access::AccessError),
    /// The database cannot be reached.
    #[error("the api cannot reach its database")]
    Database(#[from] sqlx::Error),
}
