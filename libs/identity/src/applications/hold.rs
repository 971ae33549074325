//! What expires blocks: whoever's needed requirement is not met any more is paid nothing until it is.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{Actor, Clock, CoopId, Permission, PersonId};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

use crate::{Identity, IdentityError};

/// Co-ops that are looked through in one transaction.
const COOPS_AT_ONCE: usize = 500;

/// Why a member is blocked, in sentences; empty for most. What is past its time counts at once.
pub async fn blocked_reasons(db: &impl ConnectionTrait, coop: CoopId, person: PersonId, now: DateTime<Utc>) -> Result<Vec<String>, DbErr> {
    const REASONS: &str = "
        select 'the requirement \"' || requirement.name || '\" ' || case
               when submission.status = 'refused' then 'was refused: ' || submission.reason || '; submit it again'
               else 'expired on ' || to_char(submission.expires_at at time zone coop.time_zone, 'YYYY-MM-DD') || '; submit it anew' end as reason
        from submission
        join coop on coop.coop_id = submission.coop_id
        join requirement on requirement.coop_id = submission.coop_id and requirement.requirement_id = submission.requirement_id
        where submission.coop_id = $1 and submission.person_id = $2 and requirement.needed and requirement.retired_at is null
          and (submission.status in ('expired', 'refused') or (submission.status = 'accepted' and submission.expires_at <= $3))
        order by submission.requirement_id";
    let rows = db.query_all_raw(statement(REASONS, [coop.0.into(), person.0.into(), now.into()])).await?;
    rows.iter().map(|row| row.try_get("", "reason")).collect()
}

impl Identity {
    /// Why a member of the co-op is blocked, in sentences. Everybody may ask that of themselves.
    pub async fn blocked_reasons(&self, actor: &Actor, person: PersonId) -> Result<Vec<String>, IdentityError> {
        if actor.person() != Ok(person) {
            actor.require(Permission::MembersRead)?;
        }
        let tx = db::begin(&self.db, actor.coop).await?;
        let reasons = blocked_reasons(&tx, actor.coop, person, self.clock.now()).await?;
        tx.commit().await?;
        Ok(reasons)
    }
}

/// Marks what has expired in these co-ops and holds the payouts of the members it belongs to. For the worker's schedule;
/// says how many submissions expired, and a second time there are none.
pub async fn expire_requirements(db: &DatabaseConnection, coops: &[CoopId], clock: &Clock) -> Result<u64, IdentityError> {
    const EXPIRE: &str = "
        update submission set status = 'expired' where coop_id = any ($1) and status = 'accepted' and expires_at <= $2";
    let mut expired = 0;
    for some in coops.chunks(COOPS_AT_ONCE) {
        let ids: Vec<i32> = some.iter().map(|coop| coop.0).collect();
        let tx = db::begin_many(db, some).await?;
        let found = tx.execute_raw(statement(EXPIRE, [ids.into(), clock.now().into()])).await?.rows_affected();
        if found > 0 {
            refresh(&tx, some).await?;
        }
        tx.commit().await?;
        expired += found;
    }
    Ok(expired)
}

/// Puts holds on the parties of members who do not meet what is needed, and takes off those that it put on before. A hold
/// that somebody else put on stays as it is.
pub(super) async fn refresh(tx: &db::Tx, coops: &[CoopId]) -> Result<(), DbErr> {
    const REFRESH: &str = "
        with blocked as (
            select membership.coop_id, membership.party_id, string_agg(
                '\"' || requirement.name || '\" ' || case submission.status when 'refused' then 'was refused' else 'has expired' end,
                ', ' order by requirement.requirement_id) as reason
            from submission
            join requirement on requirement.coop_id = submission.coop_id and requirement.requirement_id = submission.requirement_id
                and requirement.needed and requirement.retired_at is null
            join membership on membership.coop_id = submission.coop_id and membership.person_id = submission.person_id
                and membership.status in ('active', 'suspended') and membership.party_id is not null
            where submission.coop_id = any ($1) and submission.status in ('expired', 'refused')
            group by membership.coop_id, membership.party_id
        ), released as (
            update party set held_reason = null, held_by_requirement = false
            where coop_id = any ($1) and held_by_requirement
              and not exists (select from blocked where blocked.coop_id = party.coop_id and blocked.party_id = party.party_id)
        )
        update party set held_reason = blocked.reason, held_by_requirement = true
        from blocked
        where party.coop_id = blocked.coop_id and party.party_id = blocked.party_id
          and (party.held_reason is null or party.held_by_requirement) and party.held_reason is distinct from blocked.reason";
    let ids: Vec<i32> = coops.iter().map(|coop| coop.0).collect();
    tx.execute_raw(statement(REFRESH, [ids.into()])).await?;
    Ok(())
}
