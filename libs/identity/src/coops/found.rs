//! Founding a co-op.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::PersonId;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DatabaseConnection, DatabaseTransaction};

use super::{Coop, NewCoop};
use crate::{IdentityError, NewParty, PartyKind, entity::coop, error::taken, parties::add_parties, roles};

/// Founds a co-op with its own party, the party its taxes are owed to, and its first roles. Nobody is a member of it yet.
pub async fn found(db: &DatabaseConnection, new: NewCoop<'_>, now: DateTime<Utc>) -> Result<Coop, IdentityError> {
    let tx = db::begin_many(db, &[]).await?;
    let coop = found_in(&tx, new, None, now).await?;
    tx.commit().await?;
    Ok(coop)
}

/// The same in a transaction, which sees the new co-op from then on.
async fn found_in(tx: &DatabaseTransaction, new: NewCoop<'_>, by: Option<PersonId>, now: DateTime<Utc>) -> Result<Coop, IdentityError> {
    new.time_zone.parse::<Tz>().map_err(|_| IdentityError::TimeZone(new.time_zone.to_owned()))?;
    let row = coop::ActiveModel {
        slug: Set(new.slug.to_owned()),
        name: Set(new.name.to_owned()),
        country: Set(new.country.to_owned()),
        currency: Set(new.currency.code().to_owned()),
        time_zone: Set(new.time_zone.to_owned()),
        founded_by: Set(by.map(|person| person.0)),
        created_at: Set(now),
        ..Default::default()
    };
    let made = row.insert(tx).await.map_err(|error| taken(error, "co-op", new.slug))?;
    let coop = Coop::try_from(made)?;
    db::name_coops(tx, &[coop.id]).await?;
    let own = |kind, handle: &str, name: &str| NewParty {
        kind,
        handle: handle.to_owned(),
        name: name.to_owned(),
        email: None,
        stripe_account: None,
        minimum_payout: 0,
    };
    add_parties(tx, coop.id, vec![own(PartyKind::Coop, "co-op", new.name), own(PartyKind::Tax, "tax", "Tax authority")]).await?;
    roles::insert_built_in(tx, coop.id).await?;
    Ok(coop)
}
