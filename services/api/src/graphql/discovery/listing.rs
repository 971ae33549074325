//! Whether strangers find a co-op, and where.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use catalogue::{ListedPlace as Listed, Listing};
use kernel::{LocationId, PartyId, Permission};

use crate::graphql::{
    base::{Answer, Asking as _, Kind, payload},
    parties::{self, Party},
};

const LOCATION: Kind = Kind("Location");

/// What a co-op lets strangers find. Without it nothing is found.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ListCoOpInput {
    /// Whether strangers find the co-op at all.
    listed: bool,
    /// What it says of itself, at most 500 characters.
    about: Option<String>,
    /// Where its goods are found, at most 200 places; all of them, each time.
    places: Vec<ListedPlaceInput>,
}

/// A location that strangers may know of.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ListedPlaceInput {
    /// The location's id.
    location: ID,
    /// The party whose goods are found there; every maker's when nothing is said.
    maker: Option<ID>,
}

/// What a co-op lets strangers find.
#[derive(Debug, SimpleObject)]
pub(crate) struct CoOpListing {
    /// Whether strangers find the co-op at all.
    listed: bool,
    /// What it says of itself; may be empty.
    about: String,
    /// Where its goods are found.
    places: Vec<ListedPlace>,
}

/// A location that strangers may know of.
#[derive(Debug)]
pub(crate) struct ListedPlace(Listed);

/// A location that strangers may know of.
#[Object]
impl ListedPlace {
    /// The location's id.
    async fn location(&self) -> ID {
        LOCATION.id(self.0.location)
    }

    /// Whose goods are found there; null: every maker's.
    async fn maker(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        match self.0.maker {
            Some(maker) => Party::load(ctx, maker).await,
            None => Ok(None),
        }
    }
}

impl From<Listing> for CoOpListing {
    fn from(listing: Listing) -> Self {
        let Listing { listed, about, places } = listing;
        Self { listed, about, places: places.into_iter().map(ListedPlace).collect() }
    }
}

impl ListCoOpInput {
    fn read(self) -> Answer<Listing> {
        let place = |place: ListedPlaceInput| {
            let maker = place.maker.map(|maker| parties::KIND.key(&maker).map(PartyId)).transpose()?;
            Ok(Listed { location: LocationId(LOCATION.key(&place.location)?), maker })
        };
        let places = self.places.into_iter().map(place).collect::<Answer<_>>()?;
        Ok(Listing { listed: self.listed, about: self.about.unwrap_or_default(), places })
    }
}

payload! {
    /// What came of listing a co-op.
    ListCoOpPayload {
        /// What strangers find now.
        listing: CoOpListing
    }
}

#[derive(Debug, Default)]
pub(crate) struct ListingQuery;

#[Object]
impl ListingQuery {
    /// What the co-op lets strangers find.
    async fn co_op_listing(&self, ctx: &Context<'_>) -> Answer<CoOpListing> {
        let actor = ctx.actor_who_may(Permission::CoopManage)?;
        Ok(ctx.house().catalogue.listing(actor).await?.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct ListingMutation;

#[Object]
impl ListingMutation {
    /// Says what strangers find of the co-op: nothing, until it is listed. The same again changes nothing.
    async fn list_co_op(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be found.")] input: ListCoOpInput,
    ) -> Answer<ListCoOpPayload> {
        ListCoOpPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CoopManage)?;
            Ok(ctx.house().catalogue.list(actor, &input.read()?).await?.into())
        })
        .await
    }
}
