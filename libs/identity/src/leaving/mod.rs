//! Leaving a co-op: leaving, then left.
//!
//! Whoever leaves loses their role at once and keeps seeing what is their own. Their party is paid what it is owed by the
//! next payout run, however little that is: its minimum goes, and so does a hold that a requirement had put on it. When
//! nothing is owed either way and no payout is under way, they have left: at once if it is so, otherwise when
//! [`finish_leaving`] finds it so. The membership stays as a row and the party with all that was sold and paid, so
//! statements, sales and the audit go on naming them; money that comes in later, from a sale that was not settled yet, is
//! paid as any other.

mod finish;

use db::statement;
use kernel::{Actor, PersonId};
use sea_orm::ConnectionTrait as _;

pub(crate) use finish::open;
pub use finish::{Open, finish_leaving};

use crate::{
    Identity, IdentityError, Member, MembershipStatus,
    members::{changeable, lock, member, set_status},
    words,
};

/// Somebody on the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Who, and whether they are leaving or have left.
    pub member: Member,
    /// What is still to be settled; empty for those who have left.
    pub open: Vec<Open>,
}

impl Identity {
    /// The actor leaves the co-op. Leaving already: goes on with it.
    #[tracing::instrument(name = "identity.leave", skip_all, fields(coop.id = %actor.coop))]
    pub async fn leave(&self, actor: &Actor) -> Result<Departure, IdentityError> {
        let person = actor.person()?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = lock(&tx, actor.coop, person).await?;
        self.see_out(tx, actor, was, "left of their own accord").await
    }

    /// Sees a member off. Leaving already: the first reason stays.
    #[tracing::instrument(name = "identity.see_off", skip_all, fields(coop.id = %actor.coop, person.id = %person))]
    pub async fn see_off(&self, actor: &Actor, person: PersonId, reason: &str) -> Result<Departure, IdentityError> {
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = changeable(&tx, actor, person).await?;
        let reason = words::reason(reason)?;
        self.see_out(tx, actor, was, &reason).await
    }

    async fn see_out(&self, tx: db::Tx, actor: &Actor, was: Member, reason: &str) -> Result<Departure, IdentityError> {
        const LET_GO: &str = "
            update party set minimum_payout = 0, held_by_requirement = false,
                held_reason = case when held_by_requirement then null else held_reason end
            where coop_id = $1 and party_id = $2";
        let person = was.person;
        match was.status {
            MembershipStatus::Active | MembershipStatus::Suspended => {
                set_status(&tx, self, (actor, person), MembershipStatus::Leaving, Some(reason)).await?;
                if let Some(party) = was.party {
                    tx.execute_raw(statement(LET_GO, [actor.coop.0.into(), party.0.into()])).await?;
                }
            }
            MembershipStatus::Leaving | MembershipStatus::Left => {}
        }
        finish::finish(&tx, &[actor.coop], self.clock.now()).await?;
        let member = member(&tx, actor.coop, person).await?;
        let open = match (member.status, member.party) {
            (MembershipStatus::Leaving, Some(party)) => finish::open(&tx, actor.coop, Some(party)).await?,
            _ => Vec::new(),
        };
        tx.commit().await?;
        Ok(Departure { member, open })
    }
}
