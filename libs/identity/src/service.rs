//! Founding co-ops, adding parties and people, finding them again.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use db::{Sqlstate, sqlstate, statement};
use kernel::{CoopId, Currency, PartyId, PersonId};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr,
    EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use crate::{
    IdentityError, Party, PartyKind,
    entity::{coop, membership, party, person},
};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coop {
    /// Its number.
    pub id: CoopId,
    /// Its name in addresses and commands.
    pub slug: String,
    /// Its name on paper.
    pub name: String,
    /// The currency its books are kept in.
    pub currency: Currency,
    /// Where its days and months begin.
    pub zone: Tz,
}

/// What founding a co-op takes.
#[derive(Clone, Copy, Debug)]
pub struct NewCoop<'a> {
    /// Lower-case letters, digits and hyphens.
    pub slug: &'a str,
    /// Its name on paper.
    pub name: &'a str,
    /// ISO 3166 alpha-2.
    pub country: &'a str,
    /// The currency its books are kept in.
    pub currency: Currency,
    /// An IANA name such as `Europe/Amsterdam`.
    pub time_zone: &'a str,
}

/// What adding a party takes.
#[derive(Clone, Debug)]
pub struct NewParty {
    /// What it is to the co-op.
    pub kind: PartyKind,
    /// Its short name, unique in the co-op.
    pub handle: String,
    /// Its name on statements.
    pub name: String,
    /// Where its statements are mailed to.
    pub email: Option<String>,
    /// Its connected account at Stripe.
    pub stripe_account: Option<String>,
    /// It is not paid less than this, in minor units.
    pub minimum_payout: i64,
}

impl TryFrom<coop::Model> for Coop {
    type Error = IdentityError;

    fn try_from(row: coop::Model) -> Result<Self, IdentityError> {
        Ok(Self {
            id: CoopId(row.coop_id),
            currency: row.currency.parse().map_err(|error| DbErr::Type(format!("{error}")))?,
            zone: row.time_zone.parse().map_err(|_| IdentityError::TimeZone(row.time_zone))?,
            slug: row.slug,
            name: row.name,
        })
    }
}

/// Founds a co-op with its own party and the party its taxes are owed to.
pub async fn found(db: &DatabaseConnection, new: NewCoop<'_>, now: DateTime<Utc>) -> Result<Coop, IdentityError> {
    new.time_zone.parse::<Tz>().map_err(|_| IdentityError::TimeZone(new.time_zone.to_owned()))?;
    let row = coop::ActiveModel {
        slug: Set(new.slug.to_owned()),
        name: Set(new.name.to_owned()),
        country: Set(new.country.to_owned()),
        currency: Set(new.currency.code().to_owned()),
        time_zone: Set(new.time_zone.to_owned()),
        created_at: Set(now),
        ..Default::default()
    };
    let made = row.insert(db).await.map_err(|error| taken(error, "co-op", new.slug))?;
    let coop = Coop::try_from(made)?;
    let tx = db::begin(db, coop.id).await?;
    let own = |kind, handle: &str, name: &str| NewParty {
        kind,
        handle: handle.to_owned(),
        name: name.to_owned(),
        email: None,
        stripe_account: None,
        minimum_payout: 0,
    };
    add_parties(&tx, coop.id, vec![own(PartyKind::Coop, "co-op", new.name), own(PartyKind::Tax, "tax", "Tax authority")]).await?;
    tx.commit().await?;
    Ok(coop)
}

fn taken(error: DbErr, what: &'static str, name: &str) -> IdentityError {
    match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation) => IdentityError::Taken { what, name: name.to_owned() },
        _ => IdentityError::Db(error),
    }
}

/// The co-op of that slug.
pub async fn find_coop(db: &impl ConnectionTrait, slug: &str) -> Result<Coop, IdentityError> {
    let row = coop::Entity::directory().filter(coop::Column::Slug.eq(slug)).one(db).await?;
    row.ok_or_else(|| IdentityError::NoCoop(slug.to_owned()))?.try_into()
}

/// The co-op of that number.
pub async fn coop(db: &impl ConnectionTrait, id: CoopId) -> Result<Coop, IdentityError> {
    let row = coop::Entity::directory().filter(coop::Column::CoopId.eq(id.0)).one(db).await?;
    row.ok_or_else(|| IdentityError::NoCoop(id.to_string()))?.try_into()
}

/// Every co-op of the installation, by number: for the schedules of the worker.
pub async fn coops(db: &impl ConnectionTrait) -> Result<Vec<Coop>, IdentityError> {
    coop::Entity::directory().order_by_asc(coop::Column::CoopId).all(db).await?.into_iter().map(Coop::try_from).collect()
}

/// Adds parties in one statement and returns their numbers in the same order.
pub async fn add_parties(tx: &DatabaseTransaction, coop: CoopId, new: Vec<NewParty>) -> Result<Vec<PartyId>, IdentityError> {
    let handles: Vec<String> = new.iter().map(|party| party.handle.clone()).collect();
    let rows = new.into_iter().map(|new| party::ActiveModel {
        coop_id: Set(coop.0),
        kind: Set(new.kind),
        handle: Set(new.handle),
        name: Set(new.name),
        email: Set(new.email),
        stripe_account: Set(new.stripe_account),
        minimum_payout: Set(new.minimum_payout),
        ..Default::default()
    });
    let made =
        party::Entity::insert_many(rows).exec_with_returning(tx).await.map_err(|error| taken(error, "party", &handles.join(", ")))?;
    let connected = made.iter().filter_map(|row| Some((PartyId(row.party_id), row.stripe_account.clone()?)));
    name_accounts(tx, coop, connected.collect()).await?;
    Ok(made.into_iter().map(|row| PartyId(row.party_id)).collect())
}

/// Makes it known whose a connected account is, so that Stripe's events about it find their party.
async fn name_accounts(tx: &DatabaseTransaction, coop: CoopId, accounts: Vec<(PartyId, String)>) -> Result<(), DbErr> {
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
pub async fn connect_account(tx: &DatabaseTransaction, coop: CoopId, party: PartyId, account: &str) -> Result<(), IdentityError> {
    const CONNECT: &str = "update party set stripe_account = $3 where coop_id = $1 and party_id = $2";
    tx.execute_raw(statement(CONNECT, [coop.0.into(), party.0.into(), account.into()])).await?;
    Ok(name_accounts(tx, coop, vec![(party, account.to_owned())]).await?)
}

/// Every party of a co-op, by number.
pub async fn parties(db: &impl ConnectionTrait, coop: CoopId) -> Result<Vec<Party>, DbErr> {
    let rows = party::Entity::in_coop(coop).order_by_asc(party::Column::PartyId).all(db).await?;
    Ok(rows.into_iter().map(Party::from).collect())
}

/// Adds a person; one who has that address already stays who they are.
pub async fn add_person(db: &impl ConnectionTrait, id: PersonId, name: &str, email: &str) -> Result<PersonId, IdentityError> {
    const ADD: &str = "
        insert into person (person_id, name, email) values ($1, $2, $3)
        on conflict (lower(email)) do update set name = person.name returning person_id";
    let row = db.query_one_raw(statement(ADD, [id.0.into(), name.into(), email.into()])).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotInserted)?;
    Ok(PersonId(row.try_get("", "person_id")?))
}

/// Makes a person a member of a co-op, with a role and perhaps the party that is paid. Once a member, nothing changes.
pub async fn add_member(
    tx: &DatabaseTransaction,
    coop: CoopId,
    person: PersonId,
    role: &str,
    party: Option<PartyId>,
) -> Result<(), IdentityError> {
    let row = membership::ActiveModel {
        coop_id: Set(coop.0),
        person_id: Set(person.0),
        party_id: Set(party.map(|party| party.0)),
        role: Set(role.to_owned()),
    };
    membership::Entity::insert(row).on_conflict_do_nothing().exec(tx).await?;
    Ok(())
}

/// The people of a co-op: number, name, role.
pub async fn persons(db: &impl ConnectionTrait, coop: CoopId) -> Result<Vec<(PersonId, String, String)>, DbErr> {
    let members = membership::Entity::in_coop(coop).all(db).await?;
    let ids: Vec<uuid::Uuid> = members.iter().map(|member| member.person_id).collect();
    let named =
        person::Entity::directory().filter(sea_orm::sea_query::Expr::cust_with_values("person_id = any($1)", [ids])).all(db).await?;
    Ok(members
        .into_iter()
        .filter_map(|member| {
            let person = named.iter().find(|person| person.person_id == member.person_id)?;
            Some((PersonId(member.person_id), person.name.clone(), member.role))
        })
        .collect())
}

/// What Stripe says of a connected account, as of the moment it said so. An older word never overwrites a newer one.
/// Returns whether anything changed.
pub async fn update_account(
    tx: &DatabaseTransaction,
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
