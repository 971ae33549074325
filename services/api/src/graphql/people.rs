//! People, as far as the graph names them beside what they did.

use async_graphql::{Context, ID, SimpleObject};
use kernel::PersonId;

use super::base::{Answer, Asking as _, Kind};

pub(crate) const KIND: Kind = Kind("Person");

/// Somebody who can sign in, by name.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Person {
    /// Their id.
    id: ID,
    /// What they call themselves.
    name: String,
}

impl Person {
    /// Somebody who belongs, or belonged, to the actor's co-op.
    pub(crate) async fn load(ctx: &Context<'_>, person: PersonId) -> Answer<Option<Self>> {
        Ok(ctx.loaders()?.load(person).await?.map(|name| Self { id: KIND.id(person), name }))
    }
}
