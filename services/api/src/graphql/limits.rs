//! How much one request may ask for. Each number is far above what a screen needs and far below what hurts.

use std::time::Duration;

/// The largest body of a request: a long document with the variables of a bulk of input.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;
/// The largest document. The introspection of every tool there is stays under a tenth of it.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 64 * 1024;
/// Braces, brackets and parentheses within each other, fragments not counted in: looked at before parsing, which recurses.
pub(crate) const MAX_NESTING: usize = 48;
/// Fields within fields, fragments counted in. Tools' introspection asks for 15.
pub(crate) const MAX_DEPTH: usize = 16;
/// Aliases in a document: the same field under many names is the cheapest way to ask for much.
pub(crate) const MAX_ALIASES: usize = 30;
/// Fields that a document selects, each fragment as often as it is spread.
pub(crate) const MAX_FIELDS: usize = 2_000;
/// Directives in a document.
pub(crate) const MAX_DIRECTIVES: usize = 50;
/// The weight of an operation: a field weighs 1, a list as many times its fields as it may have rows.
pub(crate) const MAX_COST: usize = 20_000;
/// How long an operation may take; a screen that waits longer has lost its reader.
pub(crate) const MAX_TIME: Duration = Duration::from_secs(10);
/// Documents kept parsed, and documents that clients may call by their hash.
pub(crate) const MAX_DOCUMENTS: usize = 1_000;
/// The largest message of a web socket.
pub(crate) const MAX_MESSAGE_BYTES: usize = 128 * 1024;
/// Operations that one web socket may begin in its life.
pub(crate) const MAX_OPERATIONS_PER_SOCKET: usize = 200;
/// Web sockets that one process holds open.
pub(crate) const MAX_SOCKETS: usize = 2_000;
/// How long a web socket may stay silent before it says who it is.
pub(crate) const MAX_SILENCE: Duration = Duration::from_secs(10);
/// How long a web socket lives; clients connect again by themselves.
pub(crate) const MAX_SOCKET_LIFE: Duration = Duration::from_hours(1);
