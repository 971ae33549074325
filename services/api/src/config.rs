//! How the doors are set up.

use std::{net::SocketAddr, sync::Arc, thread, time::Duration};

use access::AccessConfig;
use kernel::Clock;
use partners::Quotas;
use storage::Storage;
use stripe_gateway::Secret;

use crate::{Network, TrustedDocuments};

/// How long a request may take when nothing else is set: longer than any use case, shorter than proxies wait.
pub(crate) const ANSWER_TIME: Duration = Duration::from_secs(30);

/// The settings of one api.
#[derive(Clone, Debug)]
pub struct ApiConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database, as a member of the application's role.
    pub database_url: String,
    /// Connections to it that requests share; one more is kept for what happens beside them.
    pub connections: u32,
    /// Threads that serve.
    pub threads: usize,
    /// The signing secrets of the platform's webhook endpoint: one, or two while it is rolled.
    pub platform_secrets: Vec<Secret>,
    /// Those of the endpoint for connected accounts.
    pub connect_secrets: Vec<Secret>,
    /// The origins whose pages may read our answers, such as `https://app.example.org`; none without.
    pub allowed_origins: Vec<String>,
    /// How long a request may take until the head of its answer.
    pub answer_time: Duration,
    /// Whether somebody in front ends TLS: browsers are then told to come over it for ever.
    pub behind_tls: bool,
    /// The proxies in front: what they say of where a request comes from is believed. Without any it is the peer's address.
    pub trusted_proxies: Vec<Network>,
    /// What time it is, for the age of signatures.
    pub clock: Clock,
    /// How people prove who they are; without it nobody is let in but partners' keys.
    pub access: Option<AccessConfig>,
    /// Where the files of statements lie; without it they cannot be downloaded.
    pub storage: Option<Arc<Storage>>,
    /// How much of the house each key, each person and each co-op may use.
    pub quotas: Quotas,
    /// Whether `GET /graphql` shows a page to try the graph with: for development.
    pub graphiql: bool,
    /// Documents that clients may call by their hash without ever sending them.
    pub trusted_documents: Option<TrustedDocuments>,
    /// Whether no other documents are taken.
    pub trusted_only: bool,
}

impl ApiConfig {
    /// An api on this machine at a free port, with 16 connections and a thread per processor. Without secrets it believes
    /// nobody.
    pub fn new(database_url: impl Into<String>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database_url: database_url.into(),
            connections: 16,
            threads: thread::available_parallelism().map_or(1, std::num::NonZero::get),
            platform_secrets: Vec::new(),
            connect_secrets: Vec::new(),
            allowed_origins: Vec::new(),
            behind_tls: false,
            trusted_proxies: Vec::new(),
            answer_time: ANSWER_TIME,
            clock: Clock::system(),
            access: None,
            storage: None,
            quotas: Quotas::default(),
            graphiql: false,
            trusted_documents: None,
            trusted_only: false,
        }
    }
}
