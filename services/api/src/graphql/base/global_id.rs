//! Ids as the world sees them: one opaque text for each thing, that says what it is. It names no co-op: whoever asks looks
//! in the co-op that they act in, and finds nothing of another's.

use std::str::FromStr;

use async_graphql::ID;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Code, Refusal};

use super::Answer;

/// The longest id that is looked at, in bytes.
const MAX_BYTES: usize = 256;

/// What an id can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind(pub(crate) &'static str);

/// The id of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GlobalId {
    /// The name of its type in the schema.
    pub(crate) kind: String,
    /// Its key in its co-op.
    pub(crate) key: String,
}

impl Kind {
    /// The id of a thing of this kind.
    pub(crate) fn id(self, key: impl std::fmt::Display) -> ID {
        ID(URL_SAFE_NO_PAD.encode(format!("{}:{key}", self.0)))
    }

    /// The key behind an id of this kind. Of another kind, or no id at all: there is no such thing.
    pub(crate) fn key<K: FromStr>(self, id: &ID) -> Answer<K> {
        let key = GlobalId::read(id).filter(|read| read.kind == self.0).and_then(|read| read.key.parse().ok());
        Ok(key.ok_or_else(|| self.missing(id))?)
    }

    /// There is no such thing here.
    pub(crate) fn missing(self, id: &ID) -> Refusal {
        let shown: String = id.chars().take(MAX_BYTES).collect();
        Refusal::new(Code::NotFound, format!("there is no {} {shown:?}", self.0))
    }
}

impl GlobalId {
    /// What an id says; nothing when it is none.
    pub(crate) fn read(id: &ID) -> Option<Self> {
        if id.len() > MAX_BYTES {
            return None;
        }
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?).ok()?;
        let (kind, key) = text.split_once(':')?;
        Some(Self { kind: kind.to_owned(), key: key.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_its_own_kind_only() {
        let (party, run) = (Kind("Party"), Kind("PayoutRun"));
        let id = party.id(7);
        assert_eq!(party.key::<i64>(&id).ok(), Some(7));
        assert!(run.key::<i64>(&id).is_err());
        for wrong in ["", "7", "UGFydHk", "UGFydHk6eA", "%%%", &"A".repeat(1_000)] {
            assert!(party.key::<i64>(&ID(wrong.to_owned())).is_err(), "{wrong}");
        }
    }
}
