//! Who asks, as resolvers see it. The first line of each says what it needs.

use access::Signed;
use async_graphql::{Context, parser::types::OperationType};
use identity::{Coop, CoopStatus};
use kernel::{Actor, Code, Permission, PersonId, Refusal};

use super::{Answer, Failure};
use crate::{
    auth::Caller,
    graphql::{House, loaders::Loaders},
};

/// What a resolver may ask of its context.
pub(crate) trait Asking {
    /// The services.
    fn house(&self) -> &House;
    /// One who acts in a co-op.
    fn actor(&self) -> Answer<&Actor>;
    /// One who acts in a co-op, even to change one that is suspended or closed: to open it again.
    fn actor_though_closed(&self) -> Answer<&Actor>;
    /// One who acts in a co-op and may do this.
    fn actor_who_may(&self, permission: Permission) -> Answer<&Actor>;
    /// Somebody who signed in, whether or not they named a co-op.
    fn signed(&self) -> Answer<Signed>;
    /// The same, by their number.
    fn person(&self) -> Answer<PersonId> {
        Ok(self.signed()?.person)
    }
    /// One who may, and showed a second factor a few minutes ago: for what moves money.
    fn actor_with_fresh_factor(&self, permission: Permission) -> Answer<(&Actor, PersonId)>;
    /// The loaders of the request.
    fn loaders(&self) -> Answer<&Loaders>;
    /// The actor's co-op.
    fn coop(&self) -> Answer<&Coop>;
    /// A transaction that sees the actor's co-op as it is at one moment.
    async fn reading(&self) -> Answer<db::Tx>;
}

impl Asking for Context<'_> {
    fn house(&self) -> &House {
        self.data_unchecked::<House>()
    }

    fn actor(&self) -> Answer<&Actor> {
        let actor = self.actor_though_closed()?;
        if let Caller::Actor(_, _, coop) = self.data_unchecked::<Caller>()
            && coop.status != CoopStatus::Open
            && changes(self)
        {
            let sentence = "the co-op is suspended or closed: what is there can be read, and nothing be changed";
            return Err(Refusal::new(Code::NotNow, sentence).into());
        }
        Ok(actor)
    }

    fn actor_though_closed(&self) -> Answer<&Actor> {
        match self.data_unchecked::<Caller>() {
            Caller::Actor(_, actor, _) => Ok(actor),
            Caller::Stranger(refusal) => Err(Failure::Stranger(refusal.clone())),
            Caller::Outsider(_, refusal) => Err(refusal.clone().into()),
            Caller::Person(_) => Err(Refusal::new(Code::InvalidInput, "name the co-op by its slug in the header Guildhall-Co-op").into()),
        }
    }

    fn actor_who_may(&self, permission: Permission) -> Answer<&Actor> {
        let actor = self.actor()?;
        actor.require(permission)?;
        Ok(actor)
    }

    fn signed(&self) -> Answer<Signed> {
        match self.data_unchecked::<Caller>() {
            Caller::Person(signed) | Caller::Outsider(signed, _) | Caller::Actor(Some(signed), ..) => Ok(*signed),
            Caller::Actor(None, actor, _) => {
                actor.person()?;
                Err(Failure::fault("an actor without a person is a key"))
            }
            Caller::Stranger(refusal) => Err(Failure::Stranger(refusal.clone())),
        }
    }

    fn actor_with_fresh_factor(&self, permission: Permission) -> Answer<(&Actor, PersonId)> {
        let actor = self.actor_who_may(permission)?;
        let person = actor.require_fresh_factor(self.house().clock.now())?;
        Ok((actor, person))
    }

    fn loaders(&self) -> Answer<&Loaders> {
        self.actor()?;
        Ok(self.data_unchecked::<Loaders>())
    }

    fn coop(&self) -> Answer<&Coop> {
        self.actor_though_closed()?;
        match self.data_unchecked::<Caller>() {
            Caller::Actor(_, _, coop) => Ok(coop),
            Caller::Stranger(_) | Caller::Person(_) | Caller::Outsider(..) => Err(Failure::fault("an actor has a co-op")),
        }
    }

    async fn reading(&self) -> Answer<db::Tx> {
        Ok(db::begin_snapshot(&self.house().db, self.actor()?.coop).await?)
    }
}

/// Whether the operation may change something.
fn changes(ctx: &Context<'_>) -> bool {
    ctx.query_env.operation.node.ty == OperationType::Mutation
}
