//! Issuing statements: from the books of a closed month to rows that never change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use identity::{Coop, Party};
use jobs::Job;
use kernel::{Currency, Month, PartyId};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    CoopHead, Document, FORMAT, MonthAccount, Owed, PartyHead, RenderStatement, Replaced, Sealed, StatementId, Statements, StatementsError,
    assemble::lines_of,
    gather::{Movement, Span, facts, moved_parties, movements, owed_before},
    repo,
};

/// Parties per transaction: enough that the cost of a statement is its own, few enough that a lost connection loses little.
const PARTIES_PER_BATCH: usize = 500;

/// What [`Statements::freeze`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frozen {
    /// New statements and new revisions, by party.
    pub issued: Vec<IssuedNow>,
    /// How many were issued before and say the same still.
    pub unchanged: usize,
}

/// A statement or a revision that was just issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedNow {
    /// It.
    pub id: StatementId,
    /// Its number.
    pub number: String,
    /// Its revision.
    pub revision: u32,
    /// Whose.
    pub party: PartyId,
    /// In which currency.
    pub currency: Currency,
    /// What is owed when the month ends, in minor units.
    pub closing: i64,
}

/// A month that statements are made of: its bounds, and what was owed to everybody before and after it.
struct Press<'a> {
    coop: &'a Coop,
    month: Month,
    span: Span,
    opening: HashMap<(PartyId, Currency), Owed>,
    closing: HashMap<(PartyId, Currency), Owed>,
}

impl Statements {
    /// Issues the statement of every party that was owed something when the month began or whose account moved in it, and
    /// has the files made and mailed. The month must be closed. What was issued before and says the same stays as it is;
    /// what says something else is issued again under the same number, as the next revision.
    #[tracing::instrument(name = "statements.freeze", skip_all, fields(coop.id = %coop.id, %month), err)]
    pub async fn freeze(&self, coop: &Coop, month: Month) -> Result<Frozen, StatementsError> {
        let tx = db::begin(&self.db, coop.id).await?;
        let (_, closed) = repo::span(&tx, coop.id, month, coop.zone).await?;
        tx.commit().await?;
        if !closed {
            return Err(StatementsError::NotClosed(month));
        }
        self.settle_close(coop, month, None).await?;
        let tx = db::begin_snapshot(&self.db, coop.id).await?;
        let press = Press::of(&tx, coop, month).await?;
        let parties = press.parties(&tx).await?;
        tx.commit().await?;
        let mut frozen = Frozen::default();
        for batch in parties.chunks(PARTIES_PER_BATCH) {
            self.freeze_batch(&press, batch, &mut frozen).await?;
        }
        Ok(frozen)
    }

    async fn freeze_batch(&self, press: &Press<'_>, parties: &[PartyId], frozen: &mut Frozen) -> Result<(), StatementsError> {
        let Press { coop, month, .. } = *press;
        let now = self.clock.now();
        let series = format!("statement {month}");
        let tx = db::begin_many(&self.db, &[coop.id]).await?; // planned for the true size of the batch
        let last = repo::lock_series(&tx, coop.id, &series).await?;
        let before = repo::latest(&tx, coop.id, month, parties).await?;
        let mut number = last;
        let mut new = Vec::new();
        for mut document in press.documents(&tx, parties, now).await? {
            match before.get(&(document.party.id, document.currency)) {
                Some(earlier) if earlier.document.says_the_same_as(&document) => {
                    frozen.unchanged += 1;
                    continue;
                }
                Some(earlier) => replace(&mut document, earlier),
                None => {
                    number += 1;
                    document.number = format!("{month}-{number:04}");
                    document.revision = 1;
                }
            }
            let moment = u64::try_from(now.timestamp()).unwrap_or_default();
            let id = StatementId(Uuid::new_v7(Timestamp::from_unix(NoContext, moment, now.timestamp_subsec_nanos())));
            new.push((id, document.seal()));
        }
        if number > last {
            repo::move_series(&tx, coop.id, &series, number).await?;
        }
        repo::insert(&tx, coop.id, month, &new, now).await?;
        let jobs: Result<Vec<Job>, _> = new
            .iter()
            .map(|(id, _)| Job::try_new(coop.id, &RenderStatement { statement: *id }).map(|job| job.once(id.to_string())))
            .collect();
        jobs::enqueue_all(&tx, &jobs?).await?;
        tx.commit().await?;
        frozen.issued.extend(new.into_iter().map(issued_now));
        Ok(())
    }

    /// What the statements of a month would say now, stored nowhere: of all parties, or of those asked for. The month may be
    /// open. They are revision 0 and have no number of their own.
    pub async fn preview(&self, coop: &Coop, month: Month, of: Option<&[PartyId]>) -> Result<Vec<Document>, StatementsError> {
        let tx = db::begin_snapshot(&self.db, coop.id).await?;
        let press = Press::of(&tx, coop, month).await?;
        let mut parties = press.parties(&tx).await?;
        parties.retain(|party| of.is_none_or(|of| of.contains(party)));
        let mut documents = Vec::new();
        for batch in parties.chunks(PARTIES_PER_BATCH) {
            documents.extend(press.documents(&tx, batch, self.clock.now()).await?);
        }
        tx.commit().await?;
        Ok(documents)
    }
}

impl<'a> Press<'a> {
    async fn of(db: &impl ConnectionTrait, coop: &'a Coop, month: Month) -> Result<Self, DbErr> {
        let (span, _) = repo::span(db, coop.id, month, coop.zone).await?;
        let opening = owed_before(db, coop.id, span.from).await?;
        Ok(Self { coop, month, span, opening, closing: owed_before(db, coop.id, span.until).await? })
    }

    /// Everybody who gets a statement, by number.
    async fn parties(&self, db: &impl ConnectionTrait) -> Result<Vec<PartyId>, DbErr> {
        let mut parties: BTreeSet<PartyId> = moved_parties(db, self.coop.id, self.span).await?;
        parties.extend(self.opening.keys().chain(self.closing.keys()).map(|(party, _)| *party));
        Ok(parties.into_iter().collect())
    }

    /// The month of each of these parties, which come by number, as documents that have no number yet: four to ten
    /// statements for any number of parties.
    async fn documents(&self, tx: &db::Tx, parties: &[PartyId], now: DateTime<Utc>) -> Result<Vec<Document>, StatementsError> {
        let Self { coop, month, span, .. } = *self;
        let moved = movements(tx, coop.id, span, parties).await?;
        let facts = facts(tx, coop.id, &moved, span.until).await?;
        let heads: HashMap<PartyId, Party> = identity::parties(tx, coop.id).await?.into_iter().map(|party| (party.id, party)).collect();
        let mut by_account: BTreeMap<(PartyId, Currency), &[Movement]> = BTreeMap::new();
        for key in self.opening.keys().chain(self.closing.keys()).filter(|(party, _)| parties.binary_search(party).is_ok()) {
            by_account.insert(*key, &[]);
        }
        for chunk in moved.chunk_by(|a, b| (a.party, a.currency) == (b.party, b.currency)) {
            by_account.insert((chunk[0].party, chunk[0].currency), chunk);
        }
        let mut documents = Vec::with_capacity(by_account.len());
        for (key, moved) in by_account {
            let (party, currency) = key;
            let Some(head) = heads.get(&party) else { continue };
            let (lines, payouts) = lines_of(moved, &facts, coop.zone);
            let at = |balances: &HashMap<_, Owed>| balances.get(&key).copied().unwrap_or_default();
            let account = MonthAccount::try_new(at(&self.opening), lines, payouts, at(&self.closing))
                .map_err(|source| StatementsError::DoesNotAddUp { party, month, source })?;
            documents.push(Document {
                format: FORMAT,
                number: format!("{month}-preview"),
                revision: 0,
                replaces: None,
                issued_on: now.with_timezone(&coop.zone).date_naive(),
                co_op: CoopHead { slug: coop.slug.clone(), name: coop.name.clone() },
                party: PartyHead { id: party, handle: head.handle.clone(), name: head.name.clone() },
                month,
                currency,
                account,
            });
        }
        Ok(documents)
    }
}

/// The next revision in the place of an earlier one.
fn replace(document: &mut Document, earlier: &Sealed) {
    document.number.clone_from(&earlier.document.number);
    document.revision = earlier.document.revision + 1;
    document.replaces =
        Some(Replaced { revision: earlier.document.revision, issued_on: earlier.document.issued_on, hash: earlier.hash_hex() });
}

fn issued_now((id, Sealed { document, .. }): (StatementId, Sealed)) -> IssuedNow {
    IssuedNow {
        id,
        party: document.party.id,
        currency: document.currency,
        closing: document.account.closing().total,
        revision: document.revision,
        number: document.number,
    }
}
