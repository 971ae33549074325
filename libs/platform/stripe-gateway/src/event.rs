//! The envelope of a webhook or of an entry of Stripe's event list.
//!
//! One pass reads the envelope and leaves the object inside as the borrowed slice of JSON that it is; settlement then reads only the objects
//! it settles. Snapshot events carry their object; thin events name it only, and are recognised as such.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, TimeZone, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, Visitor},
};
use serde_json::value::RawValue;

use crate::parse::{ParseError, parse};

/// One event, borrowing from the body it was read from.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// `evt_…`: the same however often the event is delivered.
    pub id: Cow<'a, str>,
    /// Stripe's `type`, such as `charge.updated`.
    pub kind: Cow<'a, str>,
    /// The connected account (`acct_…`) it happened on; absent for the platform's own events.
    pub account: Option<String>,
    /// False for test mode. Live Connect endpoints receive test events as well.
    pub livemode: bool,
    /// When it happened; whole seconds for snapshot events, so ties are common.
    pub created: DateTime<Utc>,
    /// The API version the object is rendered in.
    pub api_version: Option<String>,
    /// What it happened to.
    pub payload: Payload<'a>,
}

/// What an event tells about its object.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// The object as it was at that moment.
    Snapshot(&'a RawValue),
    /// Nothing but its name: a thin event.
    Thin,
}

impl<'a> Event<'a> {
    /// Reads the envelope of a raw body.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let envelope: Envelope<'a> = parse(body)?;
        let payload = match (envelope.object.as_deref(), envelope.data.and_then(|data| data.object)) {
            (Some("v2.core.event"), _) | (_, None) => Payload::Thin,
            (_, Some(object)) => Payload::Snapshot(object),
        };
        Ok(Self {
            id: envelope.id,
            kind: envelope.kind,
            account: envelope.account,
            livemode: envelope.livemode,
            created: envelope.created.0,
            api_version: envelope.api_version,
            payload,
        })
    }

    /// Reads the object inside as a `T` of [`crate::objects`]; the path of an error starts at `data.object`.
    pub fn object<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        const AT: &str = "data.object";
        match self.payload {
            Payload::Thin => Err(ParseError::new(AT, "this is a thin event: it carries no object")),
            Payload::Snapshot(object) => parse(object.get().as_bytes()).map_err(|error| {
                let path = if error.path == "." { AT.to_owned() } else { format!("{AT}.{}", error.path) };
                ParseError::new(path, error.message)
            }),
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    object: Option<String>,
    account: Option<String>,
    #[serde(default)]
    livemode: bool,
    created: Moment,
    api_version: Option<String>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

/// Unix seconds in snapshot events, RFC 3339 in thin ones.
struct Moment(DateTime<Utc>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

struct MomentVisitor;

impl Visitor<'_> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Unix seconds or an RFC 3339 date and time")
    }

    fn visit_i64<E: de::Error>(self, secs: i64) -> Result<Moment, E> {
        Utc.timestamp_opt(secs, 0).single().map(Moment).ok_or_else(|| E::custom("a moment outside the calendar"))
    }

    fn visit_u64<E: de::Error>(self, secs: u64) -> Result<Moment, E> {
        self.visit_i64(i64::try_from(secs).map_err(E::custom)?)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
        DateTime::parse_from_rfc3339(text).map(|moment| Moment(moment.to_utc())).map_err(E::custom)
    }
}
