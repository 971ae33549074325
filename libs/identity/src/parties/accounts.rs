//! Parties and their accounts at Stripe.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, PartyId};
use sea_orm::{ConnectionTrait as _, DbErr};

use crate::IdentityError;

/// Makes it known whose a connected account is, so that Stripe's events about it find their party.
pub(super) async fn name_accounts(tx: &db::Tx, coop: CoopId, accounts: Vec<(PartyId, String)>) -> Result<(), DbErr> {
    const NAME: &str = "
        insert into stripe_ref (object_id, coop_id, party_id)
        select new.object_id, $1, new.party_id from unnest($2::text[], $3::int8[]) as new (object_id, party_id)
        on conflict (object_id) do nothing";
    if accounts.is_empty() {
        return Ok(());
    }
    let (parties, objects): (Vec<i64>, Vec<String>) = accounts.into_iter().map(|(party, account)| (party.0, account)).unzip();
    tx.execute_raw(statement(NAME, [coop.0.into(), objects.into(), parties.into()])).await?;
    Ok(())
}

/// Connects a party with its account at Stripe.
pub async fn connect_account(tx: &db::Tx, coop: CoopId, party: PartyId, account: &str) -> Result<(), IdentityError> {
    const CONNECT: &str = "update party set stripe_account = $3 where coop_id = $1 and party_id = $2";
    tx.execute_raw(statement(CONNECT, [coop.0.into(), party.0.into(), account.into()])).await?;
    Ok(name_accounts(tx, coop, vec![(party, account.to_owned())]).await?)
}

/// What Stripe says of a connected account, as of the moment it said so. An older word never overwrites a newer one.
/// Returns whether anything changed.
pub async fn update_account(
    tx: &db::Tx,
    (coop, party): (CoopId, PartyId),
    payouts_enabled: bool,
    reason: Option<&str>,
    said_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    const UPDATE: &str = "
        update party set payouts_enabled = $3, payouts_reason = $4, account_seen_at = $5
        where coop_id = $1 and party_id = $2 and (account_seen_at is null or account_seen_at < $5
              or (account_seen_at = $5 and payouts_enabled and not $3))";
    let values = [coop.0.into(), party.0.into(), payouts_enabled.into(), reason.into(), said_at.into()];
    Ok(tx.execute_raw(statement(UPDATE, values)).await?.rows_affected() > 0)
}
