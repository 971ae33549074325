//! Closing a co-op for good.

use db::statement;
use kernel::{Actor, Permission};
use sea_orm::ConnectionTrait as _;

use super::{Coop, coop, settings::locked};
use crate::{CoopStatus, Identity, IdentityError, leaving};

impl Identity {
    /// Closes a suspended co-op: it can be read, and nothing changes ever again. Before that nothing is owed either way,
    /// nothing is on its way, and everything was exported since it was suspended. Tax that is owed to an authority stays in
    /// the books: paying it is not done here. Closed already: stays as it is.
    #[tracing::instrument(name = "identity.close_coop", skip_all, fields(coop.id = %actor.coop))]
    pub async fn close_coop(&self, actor: &Actor) -> Result<Coop, IdentityError> {
        const EXPORTED: &str = "
            select exists (select from coop_export join coop on coop.coop_id = coop_export.coop_id
                where coop_export.coop_id = $1 and made_at is not null and asked_at >= coop.status_at) as exported";
        const CLOSE: &str = "update coop set status = 'closed', status_at = $2, takes_applications = false where coop_id = $1";
        const REVOKE: &str = "
            update invitation set status = 'revoked', closed_at = $2, token_hash = null where coop_id = $1 and status = 'open'";
        actor.require(Permission::CoopManage)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        match locked(&tx, actor).await? {
            Coop { status: CoopStatus::Open, .. } => return Err(IdentityError::SuspendFirst),
            closed @ Coop { status: CoopStatus::Closed, .. } => return Ok(closed),
            Coop { status: CoopStatus::Suspended, .. } => {}
        }
        let open = leaving::open(&tx, actor.coop, None).await?;
        if let Some(first) = open.first() {
            return Err(IdentityError::StillOpen { count: open.len(), what: first.what.clone(), amount: first.amount });
        }
        let row = tx.query_one_raw(statement(EXPORTED, [actor.coop.0.into()])).await?;
        if !row.map_or(Ok(false), |row| row.try_get("", "exported"))? {
            return Err(IdentityError::ExportFirst);
        }
        let now = self.clock.now();
        tx.execute_raw(statement(CLOSE, [actor.coop.0.into(), now.into()])).await?;
        tx.execute_raw(statement(REVOKE, [actor.coop.0.into(), now.into()])).await?;
        let closed = coop(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(closed)
    }
}
