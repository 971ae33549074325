//! Offers, by number and by maker.

use std::collections::HashMap;

use db::statement;
use kernel::{Actor, CoopId, Money, OfferId, PartyId, Permission, VariantId};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::{Offer, Price};
use crate::{Catalogue, CatalogueError, Channel, MAX_PAGE};

/// How the database writes "all channels".
pub(crate) const ALL_CHANNELS: &str = "all";

macro_rules! offers {
    ($rest:literal) => {
        concat!(
            "select offer.offer_id, offer.variant_id, offer.party_id, offer.sku, offer.created_at, offer.withdrawn_at,
                    price.currency, price.channel, price.amount
             from ",
            $rest,
            " offer
             left join lateral (select currency::text as currency, channel::text as channel, channel as place, amount from price
                 where coop_id = $1 and offer_id = offer.offer_id offset 0) price on true
             order by offer.offer_id desc, price.currency, price.place"
        )
    };
}

const SOME: &str = offers!(
    "unnest($2::uuid[]) as asked (id)
     cross join lateral (select * from offer where coop_id = $1 and offer_id = asked.id offset 0)"
);
const OF_MAKER: &str =
    offers!("(select * from offer where coop_id = $1 and party_id = $2 and offer_id < $3 order by offer_id desc limit $4)");

impl Catalogue {
    /// A page of what a maker offers, latest first. Makers see their own; others take the permission.
    pub async fn offers(&self, actor: &Actor, maker: PartyId, after: Option<OfferId>, first: u32) -> Result<Vec<Offer>, CatalogueError> {
        if actor.party != Some(maker) {
            actor.require(Permission::CatalogueRead)?;
        }
        let after = after.map_or(Uuid::max(), |after| after.0);
        let values = [actor.coop.0.into(), maker.0.into(), after.into(), i64::from(first.min(MAX_PAGE)).into()];
        let tx = db::begin_reading(&self.db, actor.coop).await?;
        let rows = tx.query_all_raw(statement(OF_MAKER, values)).await?;
        tx.commit().await?;
        Ok(gathered(&rows)?)
    }
}

/// These offers with their prices, in no order that means anything.
pub async fn offers_of(db: &impl ConnectionTrait, coop: CoopId, offers: &[OfferId]) -> Result<Vec<Offer>, DbErr> {
    let mut offers = offers.to_vec();
    offers.sort_unstable();
    offers.dedup(); // asked for twice, its prices would come twice
    let ids = db::column(&offers, |offer| offer.0);
    gathered(&db.query_all_raw(statement(SOME, [coop.0.into(), ids])).await?)
}

fn gathered(rows: &[QueryResult]) -> Result<Vec<Offer>, DbErr> {
    let (mut offers, mut places): (Vec<Offer>, HashMap<OfferId, usize>) = (Vec::new(), HashMap::new());
    for row in rows {
        let id = OfferId(row.try_get("", "offer_id")?);
        let place = *places.entry(id).or_insert(offers.len());
        if place == offers.len() {
            offers.push(Offer {
                id,
                variant: VariantId(row.try_get("", "variant_id")?),
                maker: PartyId(row.try_get("", "party_id")?),
                sku: row.try_get("", "sku")?,
                created_at: row.try_get("", "created_at")?,
                withdrawn_at: row.try_get("", "withdrawn_at")?,
                prices: Vec::new(),
            });
        }
        offers[place].prices.extend(price_in(row)?);
    }
    Ok(offers)
}

/// The price in a row; none where the offer has none.
pub(crate) fn price_in(row: &QueryResult) -> Result<Option<Price>, DbErr> {
    if row.try_get::<Option<String>>("", "currency")?.is_none() {
        return Ok(None);
    }
    let amount = Money::new(row.try_get("", "amount")?, db::parsed(row, "currency")?);
    let channel: String = row.try_get("", "channel")?;
    let channel = if channel == ALL_CHANNELS { None } else { Some(Channel::decode(&channel)?) };
    Ok(Some(Price { amount, channel }))
}
