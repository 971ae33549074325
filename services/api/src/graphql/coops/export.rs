//! Exports of a whole co-op.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use crate::graphql::{
    base::{Answer, BigInt, Kind},
    people::Person,
};

const KIND: Kind = Kind("CoOpExport");

/// Everything that the co-op has here, in one file: a `tar.gz` with a folder of JSON lines for each table.
#[derive(Debug)]
pub(crate) struct CoOpExport(pub(crate) identity::Export);

/// Everything that the co-op has here, in one file: a `tar.gz` with a folder of JSON lines for each table.
#[Object]
impl CoOpExport {
    /// Its id.
    async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// When it was asked for.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// Who asked for it; null for a partner's key.
    async fn asked_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.asked_by {
            Some(person) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }

    /// When it was made; null while it is being made.
    async fn made_at(&self) -> Option<DateTime<Utc>> {
        self.0.made.as_ref().map(|made| made.at)
    }

    /// Where the file lies in the house's storage.
    #[graphql(deprecation = "2027-06-01: ask for url, which is where it is downloaded")]
    async fn file(&self) -> Option<&str> {
        self.0.made.as_ref().map(|made| made.key.as_str())
    }

    /// Where it is downloaded, with the same authorization as the graph; null while it is being made.
    async fn url(&self) -> Option<String> {
        self.0.made.as_ref().map(|_| format!("/files/exports/{}.tar.gz", self.0.id))
    }

    /// How many rows it holds, of all tables.
    async fn rows(&self) -> Option<BigInt> {
        self.0.made.as_ref().map(|made| BigInt(made.rows))
    }

    /// Its size in bytes.
    async fn bytes(&self) -> Option<BigInt> {
        self.0.made.as_ref().map(|made| BigInt(made.bytes))
    }

    /// Its SHA-256, in hexadecimal.
    async fn sha256(&self) -> Option<String> {
        self.0.made.as_ref().map(|made| hex::encode(&made.sha256))
    }
}
