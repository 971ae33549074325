//! What somebody is to a co-op, and to which co-ops they belong.
//!
//! Both are asked before any co-op is named, so they go through `memberships_of()` in the database, which answers for one
//! person at a time. One statement each.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, PartyId, Permissions, PersonId};
use sea_orm::{ActiveEnum as _, ConnectionTrait, DbErr, FromQueryResult};

use crate::{Coop, CoopStatus, IdentityError, MembershipStatus, RoleId, roles::granted};

/// A person's right to be in a co-op, and what they may do there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The co-op.
    pub coop: Coop,
    /// The party they are paid as.
    pub party: Option<PartyId>,
    /// What their role allows; nothing for somebody who is leaving, to whom only their own remains.
    pub permissions: Permissions,
}

/// One of a person's memberships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The co-op.
    pub coop: Coop,
    /// Their role in it.
    pub role: RoleId,
    /// What it is called.
    pub role_name: String,
    /// What it allows them now.
    pub permissions: Permissions,
    /// The party they are paid as.
    pub party: Option<PartyId>,
    /// How they belong to it.
    pub status: MembershipStatus,
    /// Why they are suspended, or leaving.
    pub reason: Option<String>,
    /// Since when they are a member.
    pub joined_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    coop_id: i32,
    slug: String,
    name: String,
    country: String,
    currency: String,
    time_zone: String,
    coop_status: String,
    coop_reason: Option<String>,
    takes_applications: bool,
    role_id: i32,
    role: String,
    permissions: Vec<String>,
    party_id: Option<i64>,
    status: String,
    reason: Option<String>,
    joined_at: DateTime<Utc>,
}

/// What the person is to the co-op of that slug. `None` for whoever is no active member: for a co-op that does not exist,
/// for a stranger, and for a member who is suspended or gone.
pub async fn standing(db: &impl ConnectionTrait, person: PersonId, coop_slug: &str) -> Result<Option<Standing>, IdentityError> {
    const STANDING: &str = "select * from memberships_of($1) where slug = $2 and status in ('active', 'leaving')";
    let row = Row::find_by_statement(statement(STANDING, [person.0.into(), coop_slug.into()])).one(db).await?;
    let membership = row.map(Membership::try_from).transpose()?;
    Ok(membership.map(|Membership { coop, party, permissions, .. }| Standing { coop, party, permissions }))
}

/// The co-ops that a person belongs to, by name; those they have left are not among them.
pub async fn memberships_of(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Membership>, IdentityError> {
    const MEMBERSHIPS: &str = "select * from memberships_of($1) where status <> 'left' order by name, coop_id";
    let rows = Row::find_by_statement(statement(MEMBERSHIPS, [person.0.into()])).all(db).await?;
    rows.into_iter().map(Membership::try_from).collect()
}

impl TryFrom<Row> for Membership {
    type Error = IdentityError;

    fn try_from(row: Row) -> Result<Self, IdentityError> {
        let status = MembershipStatus::try_from_value(&row.status)?;
        let permissions = match status {
            MembershipStatus::Active => granted(&row.permissions),
            MembershipStatus::Suspended | MembershipStatus::Leaving | MembershipStatus::Left => Permissions::default(),
        };
        let coop = Coop {
            id: CoopId(row.coop_id),
            currency: row.currency.parse().map_err(|error| DbErr::Type(format!("{error}")))?,
            zone: row.time_zone.parse().map_err(|_| IdentityError::TimeZone(row.time_zone))?,
            country: row.country,
            slug: row.slug,
            name: row.name,
            status: CoopStatus::try_from_value(&row.coop_status)?,
            status_reason: row.coop_reason,
            takes_applications: row.takes_applications,
        };
        Ok(Self {
            coop,
            role: RoleId(row.role_id),
            role_name: row.role,
            permissions,
            party: row.party_id.map(PartyId),
            status,
            reason: row.reason,
            joined_at: row.joined_at,
        })
    }
}
