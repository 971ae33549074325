//! The books: what stands on the accounts, now and at any past moment, and whether everything agrees.

use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};
use db::statement;
use kernel::Permission;
use ledger::{AccountKind, Balance};
use sea_orm::{ConnectionTrait as _, FromQueryResult};

use super::{
    base::{Answer, Asking as _, BigInt, Money},
    parties::Party,
};

/// How many checks are looked back on.
const LATEST_CHECKS: i64 = 30;

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ledger::AccountKind", name = "AccountKind")]
pub(crate) enum LedgerAccountKind {
    /// What the co-op owes a party and may pay out.
    MemberPayable,
    /// What it owes but holds, while a dispute is open.
    Held,
    /// The co-op's own share.
    CoopIncome,
    /// Processor and dispute fees that the co-op bears.
    Fees,
    /// Tax the co-op has to remit.
    TaxPayable,
    /// Money at Stripe.
    Clearing,
    /// Money in the drawers, and collected outside.
    Cash,
    /// Paid by buyers, fee not known yet.
    Unsettled,
    /// Withdrawn by a bank while a dispute is open.
    Disputed,
    /// Payouts on their way.
    Transit,
    /// Paid to a party ahead of its sales.
    Advance,
    /// Retained patronage.
    Capital,
}

/// What stands on an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountBalance(Balance);

/// What stands on an account.
#[Object]
impl AccountBalance {
    /// What the account is for.
    async fn kind(&self) -> LedgerAccountKind {
        self.0.account.kind.into()
    }

    /// Whose it is; null for the co-op's own.
    async fn party(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        match self.0.account.party {
            Some(party) => Party::load(ctx, party).await,
            None => Ok(None),
        }
    }

    /// The sum of all debits; only grows.
    async fn debits(&self) -> Money {
        Money::of(self.0.debits, self.0.currency)
    }

    /// The sum of all credits; only grows.
    async fn credits(&self) -> Money {
        Money::of(self.0.credits, self.0.currency)
    }

    /// Credits less debits: what the co-op owes on it; negative when it is owed.
    async fn owed(&self) -> Money {
        Money::of(self.0.owed(), self.0.currency)
    }
}

/// What the co-op owes whoever asks.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct OwnBalance {
    /// What may be paid out when it is available; negative: the other way.
    payable: Money,
    /// What is held while a dispute is open.
    held: Money,
}

#[derive(Clone, Debug, FromQueryResult)]
struct CheckRow {
    checked_at: DateTime<Utc>,
    postings: i64,
    difference: Option<String>,
}

/// A nightly look at the books.
#[derive(Clone, Debug)]
pub(crate) struct LedgerCheck(CheckRow);

/// A nightly look at the books, which recomputes every sum, balance, closed month and seal.
#[Object]
impl LedgerCheck {
    /// When.
    async fn checked_at(&self) -> DateTime<Utc> {
        self.0.checked_at
    }

    /// How many postings were looked at.
    async fn postings(&self) -> BigInt {
        BigInt(self.0.postings)
    }

    /// The first thing that does not agree; null when everything does.
    async fn difference(&self) -> Option<&str> {
        self.0.difference.as_deref()
    }
}

#[derive(Debug, Default)]
pub(crate) struct BookQuery;

#[Object]
impl BookQuery {
    /// Every account of the co-op with what stands on it: now, or as of a moment, as known today.
    #[graphql(complexity = "100 + 100 * child_complexity")]
    async fn balances(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was effective up to and with this moment; now when nothing is said.")] as_of: Option<DateTime<Utc>>,
        #[graphql(desc = "Accounts for this alone.")] kind: Option<LedgerAccountKind>,
    ) -> Answer<Vec<AccountBalance>> {
        let actor = ctx.actor_who_may(Permission::LedgerRead)?;
        let tx = ctx.reading().await?;
        let balances = match as_of {
            Some(at) => ledger::as_of(&tx, actor.coop, at).await?,
            None => ledger::balances(&tx, actor.coop).await?,
        };
        tx.commit().await?;
        let kind = kind.map(AccountKind::from);
        Ok(balances.into_iter().filter(|balance| kind.is_none_or(|kind| balance.account.kind == kind)).map(AccountBalance).collect())
    }

    /// What the co-op owes whoever asks, in its own currency; null for those who are not paid.
    async fn my_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was effective up to and with this moment; now when nothing is said.")] as_of: Option<DateTime<Utc>>,
    ) -> Answer<Option<OwnBalance>> {
        let (actor, currency) = (ctx.actor()?, ctx.coop()?.currency);
        let Some(party) = actor.party else { return Ok(None) };
        let tx = ctx.reading().await?;
        let at = as_of.unwrap_or_else(|| ctx.house().clock.now());
        let balances = ledger::as_of_party(&tx, actor.coop, party, at).await?;
        tx.commit().await?;
        let of = |kind| balances.iter().filter(|one| one.account.kind == kind && one.currency == currency).map(Balance::owed).sum();
        Ok(Some(OwnBalance {
            payable: Money::of(of(AccountKind::MemberPayable), currency),
            held: Money::of(of(AccountKind::Held), currency),
        }))
    }

    /// The latest checks of the books, newest first.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn ledger_checks(&self, ctx: &Context<'_>) -> Answer<Vec<LedgerCheck>> {
        const LATEST: &str = "
            select checked_at, postings, difference from ledger_check where coop_id = $1 order by checked_at desc limit $2";
        let actor = ctx.actor_who_may(Permission::LedgerRead)?;
        let tx = ctx.reading().await?;
        let rows = tx.query_all_raw(statement(LATEST, [actor.coop.0.into(), LATEST_CHECKS.into()])).await?;
        tx.commit().await?;
        let read = |row: &sea_orm::QueryResult| CheckRow::from_query_result(row, "").map(LedgerCheck);
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }
}
