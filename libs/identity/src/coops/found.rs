//! Founding a co-op.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{PartyId, PersonId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, FromQueryResult};

use super::{Coop, NewCoop, checks};
use crate::{
    BuiltIn, IdentityError, NewParty, PartyKind,
    members::{self, person},
    parties::{add_parties, free_handle},
    roles,
};

/// Co-ops that one person may found and have open: plenty for anyone, too few to fill the directory with.
pub const MAX_FOUNDED: i64 = 20;

/// A co-op and the founder's place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founded {
    /// The co-op.
    pub coop: Coop,
    /// The party that the founder is paid as.
    pub party: PartyId,
}

/// Founds a co-op with its own party, the party its taxes are owed to, and its first roles. Nobody is a member of it yet.
pub async fn found(db: &DatabaseConnection, new: NewCoop<'_>, now: DateTime<Utc>) -> Result<Coop, IdentityError> {
    let tx = db::begin_many(db, &[]).await?;
    let coop = found_in(&tx, new, None, now).await?;
    tx.commit().await?;
    Ok(coop)
}

/// Founds a co-op of which the person is the first admin, with a party of their own. The transaction names no co-op yet,
/// and sees the new one from then on: what else belongs to a founding, such as an agreement, goes into it as well.
/// A second time the slug is taken, also by the first.
pub async fn found_by(tx: &db::Tx, founder: PersonId, new: NewCoop<'_>, now: DateTime<Utc>) -> Result<Founded, IdentityError> {
    const FOUNDED: &str = "select count(*) as founded from coop where founded_by = $1 and status <> 'closed'";
    let who = person(tx, founder).await?;
    let row = tx.query_one_raw(statement(FOUNDED, [founder.0.into()])).await?;
    let before: i64 = row.map_or(Ok(0), |row| row.try_get("", "founded"))?;
    if before >= MAX_FOUNDED {
        return Err(IdentityError::TooManyFounded(MAX_FOUNDED));
    }
    let coop = found_in(tx, new, Some(founder), now).await?;
    let handle = free_handle(tx, coop.id, &who.name).await?;
    let own = NewParty { email: Some(who.email), ..party(PartyKind::Member, &handle, &who.name) };
    let party = add_parties(tx, coop.id, vec![own]).await?[0];
    members::add_member(tx, coop.id, founder, BuiltIn::Admin.name(), Some(party)).await?;
    Ok(Founded { coop, party })
}

#[derive(FromQueryResult)]
struct Made {
    coop_id: i32,
}

async fn found_in(tx: &db::Tx, new: NewCoop<'_>, by: Option<PersonId>, now: DateTime<Utc>) -> Result<Coop, IdentityError> {
    const INSERT: &str = "
        insert into coop (slug, name, country, currency, time_zone, founded_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (slug) do nothing returning coop_id";
    let (name, slug) = (checks::name(new.name)?, checks::slug(new.slug)?);
    let (country, zone) = (checks::country(new.country)?, checks::time_zone(new.time_zone)?);
    let values = [
        slug.into(),
        name.into(),
        country.into(),
        new.currency.code().into(),
        zone.name().into(),
        by.map(|person| person.0).into(),
        now.into(),
    ];
    let Some(made) = Made::find_by_statement(statement(INSERT, values)).one(tx).await? else {
        return Err(IdentityError::SlugTaken { slug: slug.to_owned(), free: free_slug(tx, slug).await? });
    };
    let id = kernel::CoopId(made.coop_id);
    db::name_coops(tx, &[id]).await?;
    add_parties(tx, id, vec![party(PartyKind::Coop, "co-op", name), party(PartyKind::Tax, "tax", "Tax authority")]).await?;
    roles::insert_built_in(tx, id).await?;
    super::coop(tx, id).await
}

fn party(kind: PartyKind, handle: &str, name: &str) -> NewParty {
    NewParty { kind, handle: handle.to_owned(), name: name.to_owned(), email: None, stripe_account: None, minimum_payout: 0 }
}

/// Numbers that are tried behind a slug that is taken.
const FREE_SLUGS_TRIED: i32 = 1_000;

/// A slug like that one that nobody has.
async fn free_slug(tx: &db::Tx, slug: &str) -> Result<String, DbErr> {
    const FREE: &str = "
        select left($1, $2 - 5) || '-' || number as slug from generate_series(2, $3) as number
        where not exists (select from coop where coop.slug = left($1, $2 - 5) || '-' || number)
        order by number limit 1";
    let longest = i32::try_from(checks::LONGEST_SLUG).expect("63 is a small number");
    let row = tx.query_one_raw(statement(FREE, [slug.into(), longest.into(), FREE_SLUGS_TRIED.into()])).await?;
    // Whoever finds a thousand of them taken sees a name that is taken, too
    row.map_or_else(|| Ok(slug.to_owned()), |row| row.try_get("", "slug"))
}
