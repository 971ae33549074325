//! The server that all tests of this checkout share.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash as _, Hasher as _},
    path::PathBuf,
    sync::OnceLock,
};

use local_postgres::{Durability, LocalPostgres};

/// Where its data lies: outside of the checkout, since the server may run as another user who cannot enter it.
fn root() -> PathBuf {
    let mut checkout = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut checkout);
    let user = rustix::process::geteuid().as_raw();
    std::env::temp_dir().join(format!("guildhall-test-{user}-{:016x}", checkout.finish()))
}

/// The server, started when it is not running. It is made for speed: its data does not survive a crash of the machine.
///
/// # Panics
/// When PostgreSQL is not installed; the message says how to install it.
pub fn server() -> &'static LocalPostgres {
    static SERVER: OnceLock<LocalPostgres> = OnceLock::new();
    SERVER.get_or_init(|| match LocalPostgres::ensure(&root(), 0, Durability::Fast) {
        Ok(server) => server,
        Err(error) => panic!("the tests need a PostgreSQL server: {error}"),
    })
}

/// Stops the server and forgets its data.
///
/// # Errors
/// When it does not stop.
pub fn stop_server() -> Result<(), Box<dyn std::error::Error>> {
    if root().join("data").exists() {
        LocalPostgres::ensure(&root(), 0, Durability::Fast)?.stop()?;
        std::fs::remove_dir_all(root())?;
    }
    Ok(())
}
