//! Where stock lies.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use kernel::{LocationId, Permission};
use stock::{LocationChange, NewLocation, Spot};
use uuid::Uuid;

use super::{LOCATION, location_id, stock};
use crate::graphql::base::{Answer, Asking as _, payload};

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::LocationKind")]
pub(crate) enum LocationKind {
    /// Where things are made or kept.
    Studio,
    /// A shop of the co-op's own.
    Shop,
    /// A stall at a market.
    Stall,
    /// Something that drives.
    Van,
    /// Where what is sold on the web is packed.
    Web,
}

/// A place that stock can lie at.
#[derive(Clone, Debug)]
pub(crate) struct Location(pub(crate) stock::Location);

/// A place that stock can lie at.
#[Object]
impl Location {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        LOCATION.id(self.0.id)
    }

    /// What kind of place it is.
    async fn kind(&self) -> LocationKind {
        self.0.kind.into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Degrees north; null for what does not stay anywhere.
    async fn latitude(&self) -> Option<f64> {
        self.0.spot.map(Spot::latitude)
    }

    /// Degrees east.
    async fn longitude(&self) -> Option<f64> {
        self.0.spot.map(Spot::longitude)
    }

    /// Since when nothing comes in and nothing is sold there; null while it is in use.
    async fn archived_at(&self) -> Option<DateTime<Utc>> {
        self.0.archived_at
    }
}

impl Location {
    /// A location of the actor's co-op.
    pub(super) async fn load(ctx: &Context<'_>, id: LocationId) -> Answer<Option<Self>> {
        Ok(ctx.loaders()?.load(id).await?.map(Self))
    }
}

/// The location of that id.
pub(crate) async fn location(ctx: &Context<'_>, id: &ID) -> Answer<Option<Location>> {
    match LOCATION.key(id) {
        Ok(key) => Location::load(ctx, LocationId(key)).await,
        Err(_) => Ok(None),
    }
}

/// A point on the earth, in degrees.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct SpotInput {
    /// North of the equator, south with a minus.
    latitude: f64,
    /// East of Greenwich, west with a minus.
    longitude: f64,
}

impl SpotInput {
    fn parse(self) -> Answer<Spot> {
        Ok(Spot::try_new(self.latitude, self.longitude)?)
    }
}

/// What making a location takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateLocationInput {
    /// Its number, a UUIDv7 of yours: making it again with it is the same location.
    id: Uuid,
    /// What kind of place it is.
    kind: LocationKind,
    /// What people call it.
    name: String,
    /// Where it is, if it stays anywhere.
    spot: Option<SpotInput>,
}

/// What of a location is to be different; what is not given stays.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ChangeLocationInput {
    /// What people call it.
    name: Option<String>,
    /// Where it is.
    spot: Option<SpotInput>,
    /// Whether nothing comes in and nothing is sold there any more. Nothing may lie there then.
    archived: Option<bool>,
}

payload! {
    /// What came of making a location.
    CreateLocationPayload {
        /// The location.
        location: Location
    }
}
payload! {
    /// What came of changing a location.
    ChangeLocationPayload {
        /// The location as it is now.
        location: Location
    }
}

#[derive(Debug, Default)]
pub(crate) struct LocationQuery;

#[Object]
impl LocationQuery {
    /// Every location of the co-op, archived ones included, in the order in which they were made.
    #[graphql(complexity = "20 + 20 * child_complexity")]
    async fn locations(&self, ctx: &Context<'_>) -> Answer<Vec<Location>> {
        let actor = ctx.actor()?;
        let tx = ctx.reading().await?;
        let found = ::stock::locations(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(Location).collect())
    }
}

#[derive(Debug, Default)]
pub(crate) struct LocationMutation;

#[Object]
impl LocationMutation {
    /// Makes a location.
    async fn create_location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is.")] input: CreateLocationInput,
    ) -> Answer<CreateLocationPayload> {
        CreateLocationPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let spot = input.spot.map(SpotInput::parse).transpose()?;
            let new = NewLocation { id: LocationId(input.id), kind: input.kind.into(), name: input.name, spot };
            Ok(Location(stock(ctx).create_location(actor, new).await?))
        })
        .await
    }

    /// Changes a location, archives it, or takes it into use again.
    async fn change_location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which location.")] id: ID,
        #[graphql(desc = "What is to be different.")] input: ChangeLocationInput,
    ) -> Answer<ChangeLocationPayload> {
        ChangeLocationPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let spot = input.spot.map(SpotInput::parse).transpose()?;
            let change = LocationChange { name: input.name, spot, archived: input.archived };
            Ok(Location(stock(ctx).change_location(actor, location_id(&id)?, change).await?))
        })
        .await
    }
}
