//! A pool of connections to a mail server.

use std::time::Duration;

use lettre::{AsyncSmtpTransport, Tokio1Executor, transport::smtp::PoolConfig};
use url::{Host, Url};

use crate::MailError;

pub(crate) type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// Mail servers commonly allow a client this many connections at once.
const MOST_CONNECTIONS: u32 = 4;

/// Servers hang up on idle clients after some minutes; we go first.
const LONGEST_IDLE: Duration = Duration::from_mins(1);

/// One command may wait this long for its answer.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// Opens `smtps://` (TLS from the first byte) or `smtp://` (STARTTLS is required, except on this machine or with `?tls=none`).
pub(crate) fn open(mut url: Url) -> Result<Smtp, MailError> {
    let scheme = url.scheme().to_owned();
    let bad = |why: String| MailError::BadUrl { scheme: scheme.clone(), why };
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    match (scheme.as_str(), tls.as_deref()) {
        ("smtps", None) | ("smtp", Some("required" | "opportunistic")) => {}
        // lettre reads a URL without the parameter as plain text.
        ("smtp", Some("none")) => url.set_query(None),
        ("smtp", None) if is_here(&url) => {}
        ("smtp", None) => url.set_query(Some("tls=required")),
        _ => return Err(bad("tls may be required, opportunistic or none, for smtp alone".to_owned())),
    }
    if url.username().is_empty() != url.password().is_none() {
        return Err(bad("a user needs a password and a password needs a user".to_owned()));
    }
    let builder = Smtp::from_url(url.as_str()).map_err(|error| bad(error.to_string()))?;
    let pool = PoolConfig::new().max_size(MOST_CONNECTIONS).idle_timeout(LONGEST_IDLE);
    Ok(builder.timeout(Some(COMMAND_LIMIT)).pool_config(pool).build())
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        // The url crate does not know smtp, so it leaves addresses as text.
        Some(Host::Domain(name)) => name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
