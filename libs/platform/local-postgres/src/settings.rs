//! The part of the server's configuration that is ours.

use std::path::Path;

/// What a crash of the machine may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was committed: fsync is on.
    Durable,
    /// Everything. For tests only: they throw the data away and want speed.
    Fast,
}

/// The file in the data folder that holds [`conf`]; `postgresql.conf` includes it.
pub(crate) const FILE: &str = "guildhall.conf";

/// Enough for a test run with one small pool for each of many databases.
const MAX_CONNECTIONS: u32 = 300;

/// Settings in the syntax of `postgresql.conf`. Equal text means that a running server need not be restarted.
pub(crate) fn conf(port: u16, sockets: &Path, durability: Durability) -> String {
    let sockets = sockets.display().to_string().replace('\'', "''");
    let mut conf = format!(
        "listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{sockets}'
max_connections = {MAX_CONNECTIONS}
timezone = 'UTC'
log_timezone = 'UTC'
jit = off                      # statements are short; compiling them costs more than it saves
"
    );
    conf.push_str(match durability {
        Durability::Durable => {
            "fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 512MB         # with the default of 128MB whoever settles a batch writes out other people's pages first
max_wal_size = 4GB             # a busy day's checkpoints come by time, not every few seconds
"
        }
        Durability::Fast => {
            "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\nwal_level = minimal\nmax_wal_senders = 0\n"
        }
    });
    conf
}
