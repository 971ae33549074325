//! From where a request really comes, when proxies pass it on.
//!
//! Each proxy appends the address of who spoke to it, so the list is true from the right, as far as we know who wrote it: it is
//! read from the end, past the proxies that are trusted, up to the first address that is not one of theirs. What stands further
//! left was written by whoever asks. A peer that is no trusted proxy is taken for the client, whatever its headers say.
//!
//! Proxies write `X-Forwarded-For` or `Forwarded` (RFC 7239) and hand the other one on as the client sent it. Where both are
//! there and do not name the same client, neither is believed: the client is then known by the proxy's own address.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
};

use actix_web::{HttpRequest, http::header::HeaderMap};
use ipnet::IpNet;

const X_FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED: &str = "forwarded";
/// Proxies behind each other that are looked past; nobody has as many.
const MAX_HOPS: usize = 16;

/// A network such as `10.0.0.0/8` or `2001:db8::/32`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

/// A text that names no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a network such as 10.0.0.0/8 or 2001:db8::/32, or an address")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let text = text.trim();
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| NotANetwork)?;
        Ok(Self(network.trunc()))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The proxies whose word is believed. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Arc<[Network]>);

impl From<Vec<Network>> for Proxies {
    fn from(networks: Vec<Network>) -> Self {
        Self(networks.into())
    }
}

impl Proxies {
    /// The address of who asks: the peer's, or what trusted proxies say.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return peer;
        }
        let told = |name: &str, node: for<'a> fn(&'a str) -> Option<&'a str>| {
            headers.contains_key(name).then(|| self.told_by(peer, entries(headers, name).map(|entry| entry.and_then(node))))
        };
        match (told(X_FORWARDED_FOR, |entry| Some(entry)), told(FORWARDED, forwarded_for)) {
            (Some(client), None) | (None, Some(client)) => client,
            (Some(one), Some(other)) if one == other => one,
            (Some(_), Some(_)) | (None, None) => peer,
        }
    }

    /// The first address from the right that is none of a trusted proxy. What cannot be read ends the list: who wrote it is
    /// the last one that is known.
    fn told_by<'a>(&self, peer: IpAddr, entries: impl Iterator<Item = Option<&'a str>>) -> IpAddr {
        let mut known = peer;
        for entry in entries.take(MAX_HOPS) {
            let Some(address) = entry.and_then(address) else { break };
            known = address;
            if !self.trust(address) {
                break;
            }
        }
        known
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.0.contains(&address))
    }
}

/// The entries of a list over all headers of that name, the last first; `None` for a header that is no text.
fn entries<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = Option<&'a str>> {
    let values: Vec<&str> = headers.get_all(name).map(|value| value.to_str().unwrap_or_default()).collect();
    values.into_iter().rev().flat_map(|value| value.rsplit(',')).map(|entry| Some(entry.trim()))
}

/// The node of `for="[2001:db8::1]:4711";proto=https`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| value.trim_matches('"'))
    })
}

/// An address with or without a port, in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    text.parse::<IpAddr>().ok().or_else(bare).or_else(with_port).map(|address| address.to_canonical())
}

/// The address of who asks, by the rules above.
pub(crate) fn client(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    Some(request.app_data::<Proxies>().map_or_else(|| peer.to_canonical(), |proxies| proxies.client(peer, request.headers())))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn proxies(networks: &[&str]) -> Proxies {
        networks.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>().into()
    }

    fn client_of(proxies: &Proxies, peer: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &map).to_string()
    }

    #[test]
    fn the_right_most_address_that_is_no_proxy_is_the_client() {
        let known = proxies(&["10.0.0.0/8", "192.0.2.1", "2001:db8:ffff::/48"]);
        for (peer, list, client) in [
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.1, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
            ("10.0.0.1", "203.0.113.9:4711,10.9.9.9", "203.0.113.9"),
            ("::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:ffff::1", "[2001:db8::5]:443", "2001:db8::5"),
            ("2001:db8:ffff::1", "2001:db8::5, 2001:db8:ffff::2", "2001:db8::5"),
            ("10.0.0.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "203.0.113.9, unknown, 10.2.2.2", "10.2.2.2"),
            ("10.0.0.1", "203.0.113.9, 999.1.1.1", "10.0.0.1"),
            ("192.0.2.2", "203.0.113.9", "192.0.2.2"),
        ] {
            assert_eq!(client_of(&known, peer, &[(X_FORWARDED_FOR, list)]), client, "{peer}: {list}");
        }
        let twice = [(X_FORWARDED_FOR, "198.51.100.1"), (X_FORWARDED_FOR, "203.0.113.9")];
        assert_eq!(client_of(&known, "10.0.0.1", &twice), "203.0.113.9");
        assert_eq!(client_of(&Proxies::default(), "10.0.0.1", &twice), "10.0.0.1");
    }

    #[test]
    fn a_client_cannot_speak_past_its_proxy_in_the_header_that_the_proxy_does_not_write() {
        let known = proxies(&["10.0.0.0/8"]);
        let forwarded = "for=198.51.100.1, For=\"[2001:db8::5]:1\";proto=https;by=10.0.0.2";
        assert_eq!(client_of(&known, "10.0.0.1", &[(FORWARDED, forwarded)]), "2001:db8::5");
        assert_eq!(client_of(&known, "10.0.0.1", &[(FORWARDED, "for=_hidden")]), "10.0.0.1");
        for (listed, client) in [("2001:db8::5", "2001:db8::5"), ("198.51.100.1", "10.0.0.1")] {
            assert_eq!(client_of(&known, "10.0.0.1", &[(FORWARDED, forwarded), (X_FORWARDED_FOR, listed)]), client, "{listed}");
        }
    }

    #[test]
    fn a_network_is_written_with_or_without_its_length() {
        for (text, shown) in [(" 10.1.2.3/8 ", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("2001:db8::1", "2001:db8::1/128")] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), shown);
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0", "example.org", "*"] {
            assert_eq!(wrong.parse::<Network>(), Err(NotANetwork), "{wrong}");
        }
    }
}
