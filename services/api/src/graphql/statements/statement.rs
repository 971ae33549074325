//! A statement as the graph shows it.

use async_graphql::{Context, ID, Json, Object, SimpleObject};
use chrono::{DateTime, Utc};
use statements::{FileKind, StatementHead};

use crate::graphql::{
    base::{Answer, Asking as _, CurrencyCode, Failure, Kind, Money, MonthOf},
    parties::Party,
};

pub(crate) const KIND: Kind = Kind("Statement");

/// A party's frozen account of a month: opening + lines = closing.
#[derive(Clone, Debug)]
pub(crate) struct Statement(pub(crate) StatementHead);

/// Where the files of a statement are fetched, with the same authorization as the graph.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct StatementFiles {
    /// The path of the PDF.
    pdf: String,
    /// The path of the CSV, one row per line.
    csv: String,
    /// The path of the JSON, byte for byte what was hashed.
    json: String,
}

/// A party's frozen account of a month: opening + lines = closing.
#[Object]
impl Statement {
    /// Its id: of this revision.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// Its number, the same for all revisions.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Which revision it is.
    async fn revision(&self) -> u32 {
        self.0.revision
    }

    /// Whose it is.
    async fn party(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        Party::load(ctx, self.0.party).await
    }

    /// Of which month.
    async fn month(&self) -> MonthOf {
        MonthOf(self.0.month)
    }

    /// The currency of its amounts.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }

    /// What was owed when the month began.
    async fn opening(&self) -> Money {
        Money::of(self.0.opening, self.0.currency)
    }

    /// What is owed when it ends, what is held included.
    async fn closing(&self) -> Money {
        Money::of(self.0.closing, self.0.currency)
    }

    /// The part of the closing balance that is held.
    async fn held(&self) -> Money {
        Money::of(self.0.held, self.0.currency)
    }

    /// The SHA-256 of its document, in hexadecimal digits.
    async fn hash(&self) -> &str {
        &self.0.hash
    }

    /// When it was issued.
    async fn issued_at(&self) -> DateTime<Utc> {
        self.0.issued_at
    }

    /// When its party first looked at it.
    async fn viewed_at(&self) -> Option<DateTime<Utc>> {
        self.0.viewed_at
    }

    /// The whole document: every line with its sale, agreement and arithmetic.
    #[graphql(complexity = 20)]
    async fn document(&self, ctx: &Context<'_>) -> Answer<Json<serde_json::Value>> {
        let document = ctx.loaders()?.load(self.0.id).await?.ok_or_else(|| Failure::fault("a statement has a document"))?;
        Ok(Json(serde_json::from_str(&document)?))
    }

    /// Where its files are fetched.
    async fn files(&self) -> StatementFiles {
        let path = |kind: FileKind| format!("/files/statements/{}-r{}.{}", self.0.number, self.0.revision, kind.extension());
        StatementFiles { pdf: path(FileKind::Pdf), csv: path(FileKind::Csv), json: path(FileKind::Json) }
    }
}
