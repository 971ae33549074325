//! A real PostgreSQL of our own, run from the system's binaries: what `guildhall up` and the tests stand on.
//!
//! Everything lives under one root folder: `data/` (the cluster), `run/` (the socket), `log` (the server's words since its
//! last start), `port` (the port picked when none was asked for) and `lock`, which makes [`LocalPostgres::ensure`] safe to
//! call from several processes at once. The server outlives the process that started it; whoever wants it gone says
//! [`LocalPostgres::stop`].
//!
//! PostgreSQL refuses to run as root. A root caller therefore gets a server that runs as `postgres`, or as `nobody` where
//! that account does not exist; any other caller gets one that runs as themselves.
//!
//! Limits: it listens on 127.0.0.1 alone and trusts whoever can reach it there, so everyone with an account on the machine
//! can read it. It is for development, demonstrations and tests; production sets `DATABASE_URL`.

mod account;
mod binaries;
mod error;
mod install;
mod pidfile;
mod server;
mod settings;

pub use binaries::OLDEST_MAJOR;
pub use error::LocalPostgresError;
pub use install::install_if_missing;
pub use server::LocalPostgres;
pub use settings::Durability;
