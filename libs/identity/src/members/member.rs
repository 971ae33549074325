//! A member as others of the co-op see them.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{Actor, CoopId, PartyId, Permission, PersonId};
use sea_orm::{ActiveEnum as _, ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::{Identity, IdentityError, MembershipStatus, Role, RoleId, roles::role_of};

/// Members that are read at once at most: a page of a hundred, and one to see that there are more.
pub const MAX_MEMBERS: u32 = 101;

/// Somebody in a co-op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// The party they are paid as.
    pub party: Option<PartyId>,
    /// How they belong to the co-op.
    pub status: MembershipStatus,
    /// Why they are suspended, leaving or gone.
    pub reason: Option<String>,
    /// Since when they are a member.
    pub joined_at: DateTime<Utc>,
}

/// Which members, and where to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MembersAsk {
    /// Only those of that status; `None` leaves out only those who left.
    pub status: Option<MembershipStatus>,
    /// Those behind that one.
    pub after: Option<PersonId>,
    /// That many at most, and never more than [`MAX_MEMBERS`].
    pub first: u32,
}

#[derive(FromQueryResult)]
struct Row {
    person_id: Uuid,
    name: String,
    email: String,
    role_id: i32,
    role: String,
    permissions: Vec<String>,
    built_in: Option<String>,
    party_id: Option<i64>,
    status: String,
    reason: Option<String>,
    joined_at: DateTime<Utc>,
}

macro_rules! members {
    ($rest:literal) => {
        concat!(
            "select membership.person_id, person.name, person.email, role.role_id, role.name as role, role.permissions,
                    role.built_in, membership.party_id, membership.status::text as status, membership.reason, membership.joined_at
             from membership
             join person on person.person_id = membership.person_id
             join role on role.coop_id = membership.coop_id and role.role_id = membership.role_id
             where membership.coop_id = $1 and ",
            $rest
        )
    };
}

impl Identity {
    /// A page of the co-op's members, in the order in which they came to the house.
    pub async fn members(&self, actor: &Actor, ask: MembersAsk) -> Result<Vec<Member>, IdentityError> {
        const PAGE: &str = members!(
            "membership.person_id > $2 and (membership.status = nullif($3, '')::membership_status or ($3 = '' and membership.status <> 'left'))
             order by membership.person_id limit $4"
        );
        actor.require(Permission::MembersRead)?;
        let after = ask.after.map_or(Uuid::nil(), |person| person.0);
        let status = ask.status.map(|status| status.to_value()).unwrap_or_default();
        let values = [actor.coop.0.into(), after.into(), status.into(), i64::from(ask.first.min(MAX_MEMBERS)).into()];
        let tx = db::begin(&self.db, actor.coop).await?;
        let rows = Row::find_by_statement(statement(PAGE, values)).all(&tx).await?;
        tx.commit().await?;
        rows.into_iter().map(Member::try_from).collect()
    }

    /// A member of the co-op. Everybody may look at themselves.
    pub async fn member(&self, actor: &Actor, person: PersonId) -> Result<Member, IdentityError> {
        if actor.person() != Ok(person) {
            actor.require(Permission::MembersRead)?;
        }
        let tx = db::begin(&self.db, actor.coop).await?;
        let found = member(&tx, actor.coop, person).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Some members of the co-op, by number, in one statement; those who are none are left out.
    pub async fn members_by_id(&self, actor: &Actor, people: &[PersonId]) -> Result<Vec<Member>, IdentityError> {
        const SOME: &str = members!("membership.person_id = any ($2)");
        actor.require(Permission::MembersRead)?;
        let ids: Vec<Uuid> = people.iter().map(|person| person.0).collect();
        let tx = db::begin(&self.db, actor.coop).await?;
        let rows = Row::find_by_statement(statement(SOME, [actor.coop.0.into(), ids.into()])).all(&tx).await?;
        tx.commit().await?;
        rows.into_iter().map(Member::try_from).collect()
    }
}

/// A member, whatever their status.
pub(crate) async fn member(db: &impl ConnectionTrait, coop: CoopId, person: PersonId) -> Result<Member, IdentityError> {
    find(db, coop, person).await?.ok_or(IdentityError::NoMember(person))
}

/// The member, if there ever was one.
pub(crate) async fn find(db: &impl ConnectionTrait, coop: CoopId, person: PersonId) -> Result<Option<Member>, IdentityError> {
    const ONE: &str = members!("membership.person_id = $2");
    Row::find_by_statement(statement(ONE, [coop.0.into(), person.0.into()])).one(db).await?.map(Member::try_from).transpose()
}

/// The member, locked: whoever else changes them waits.
pub(crate) async fn lock(tx: &impl ConnectionTrait, coop: CoopId, person: PersonId) -> Result<Member, IdentityError> {
    const LOCK: &str = "select from membership where coop_id = $1 and person_id = $2 for no key update";
    tx.execute_raw(statement(LOCK, [coop.0.into(), person.0.into()])).await?;
    member(tx, coop, person).await
}

impl TryFrom<Row> for Member {
    type Error = IdentityError;

    fn try_from(row: Row) -> Result<Self, IdentityError> {
        Ok(Self {
            person: PersonId(row.person_id),
            name: row.name,
            email: row.email,
            role: role_of(RoleId(row.role_id), row.role, &row.permissions, row.built_in.as_deref()),
            party: row.party_id.map(PartyId),
            status: MembershipStatus::try_from_value(&row.status)?,
            reason: row.reason,
            joined_at: row.joined_at,
        })
    }
}
