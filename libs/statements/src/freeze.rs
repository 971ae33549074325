//! Issuing statements: from the books of a closed month to rows that never change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use identity::{Coop, Party};
use jobs::Job;
use kernel::{Currency, Month, PartyId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
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

/// What was owed to everybody before and after a month.
struct Balances {
    opening: HashMap<(PartyId, Currency), Owed>,
    closing: HashMap<(PartyId, Currency), Owed>,
}

impl Balances {
    async fn of(db: &impl ConnectionTrait, coop: &Coop, span: Span) -> Result<Self, DbErr> {
        Ok(Self { opening: owed_before(db, coop.id, span.from).await?, closing: owed_before(db, coop.id, span.until).await? })
    }

    fn parties(&self) -> impl Iterator<Item = PartyId> + '_ {
        self.opening.keys().chain(self.closing.keys()).map(|(party, _)| *party)
    }
}

impl Statements {
    /// Issues the statement of every party that was owed something when the month began or whose account moved in it, and
    /// has the files made and mailed. The month must be closed. What was issued before and says the same stays as it is;
    /// what says something else is issued again under the same number, as the next revision.
    #[tracing::instrument(name = "statements.freeze", skip_all, fields(coop.id = %coop.id, %month), err)]
    pub async fn freeze(&self, coop: &Coop, month: Month) -> Result<Frozen, StatementsError> {
        let tx = db::begin(&self.db, coop.id).await?;
        let (span, closed) = repo::span(&tx, coop.id, month, coop.zone).await?;
        tx.commit().await?;
        if !closed {
            return Err(StatementsError::NotClosed(month));
        }
        self.settle_close(coop, month, None).await?;
        let tx = db::begin_snapshot(&self.db, coop.id).await?;
        let balances = Balances::of(&tx, coop, span).await?;
        let mut parties = moved_parties(&tx, coop.id, span).await?;
        tx.commit().await?;
        parties.extend(balances.parties());
        let parties: Vec<PartyId> = parties.into_iter().collect();
        let mut frozen = Frozen::default();
        for batch in parties.chunks(PARTIES_PER_BATCH) {
            self.freeze_batch(coop, (month, span), &balances, batch, &mut frozen).await?;
        }
        Ok(frozen)
    }

    async fn freeze_batch(
        &self,
        coop: &Coop,
        (month, span): (Month, Span),
        balances: &Balances,
        parties: &[PartyId],
        frozen: &mut Frozen,
    ) -> Result<(), StatementsError> {
        let now = self.clock.now();
        let series = format!("statement {month}");
        let tx = db::begin(&self.db, coop.id).await?;
        let last = repo::lock_series(&tx, coop.id, &series).await?;
        let before = repo::latest(&tx, coop.id, month, parties).await?;
        let accounts = accounts(&tx, coop, (month, span), balances, parties).await?;
        let mut number = last;
        let mut new = Vec::new();
        for (party, currency, account) in accounts {
            let earlier = before.get(&(party.id, currency));
            let mut document = Document {
                format: FORMAT,
                number: String::new(),
                revision: 1,
                replaces: None,
                issued_on: now.with_timezone(&coop.zone).date_naive(),
                co_op: CoopHead { slug: coop.slug.clone(), name: coop.name.clone() },
                party,
                month,
                currency,
                account,
            };
            match earlier {
                Some(earlier) if earlier.document.says_the_same_as(&document) => {
                    frozen.unchanged += 1;
                    continue;
                }
                Some(earlier) => replace(&mut document, earlier),
                None => {
                    number += 1;
                    document.number = format!("{month}-{number:04}");
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
    /// open.
    pub async fn preview(&self, coop: &Coop, month: Month, of: Option<&[PartyId]>) -> Result<Vec<Document>, StatementsError> {
        let tx = db::begin_snapshot(&self.db, coop.id).await?;
        let (span, _) = repo::span(&tx, coop.id, month, coop.zone).await?;
        let balances = Balances::of(&tx, coop, span).await?;
        let mut parties: BTreeSet<PartyId> = moved_parties(&tx, coop.id, span).await?;
        parties.extend(balances.parties());
        if let Some(of) = of {
            parties.retain(|party| of.contains(party));
        }
        let parties: Vec<PartyId> = parties.into_iter().collect();
        let mut documents = Vec::new();
        for batch in parties.chunks(PARTIES_PER_BATCH) {
            for (party, currency, account) in accounts(&tx, coop, (month, span), &balances, batch).await? {
                documents.push(Document {
                    format: FORMAT,
                    number: format!("{month}-preview"),
                    revision: 0,
                    replaces: None,
                    issued_on: self.clock.now().with_timezone(&coop.zone).date_naive(),
                    co_op: CoopHead { slug: coop.slug.clone(), name: coop.name.clone() },
                    party,
                    month,
                    currency,
                    account,
                });
            }
        }
        tx.commit().await?;
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

/// The month of each of these parties, by party and currency: four to ten statements, whatever their number.
async fn accounts(
    tx: &DatabaseTransaction,
    coop: &Coop,
    (month, span): (Month, Span),
    balances: &Balances,
    parties: &[PartyId],
) -> Result<Vec<(PartyHead, Currency, MonthAccount)>, StatementsError> {
    let moved = movements(tx, coop.id, span, parties).await?;
    let facts = facts(tx, coop.id, &moved, span.until).await?;
    let heads: HashMap<PartyId, Party> = identity::parties(tx, coop.id).await?.into_iter().map(|party| (party.id, party)).collect();
    let mut by_account: BTreeMap<(PartyId, Currency), &[Movement]> = BTreeMap::new();
    for key in balances.opening.keys().chain(balances.closing.keys()).filter(|(party, _)| parties.binary_search(party).is_ok()) {
        by_account.insert(*key, &[]);
    }
    for chunk in moved.chunk_by(|a, b| (a.party, a.currency) == (b.party, b.currency)) {
        by_account.insert((chunk[0].party, chunk[0].currency), chunk);
    }
    let mut accounts = Vec::with_capacity(by_account.len());
    for (key, moved) in by_account {
        let (party, currency) = key;
        let Some(head) = heads.get(&party) else { continue };
        let (lines, payouts) = lines_of(moved, &facts, coop.zone);
        let at = |balances: &HashMap<_, Owed>| balances.get(&key).copied().unwrap_or_default();
        let account = MonthAccount::try_new(at(&balances.opening), lines, payouts, at(&balances.closing))
            .map_err(|source| StatementsError::DoesNotAddUp { party, month, source })?;
        accounts.push((PartyHead { id: party, handle: head.handle.clone(), name: head.name.clone() }, currency, account));
    }
    Ok(accounts)
}
