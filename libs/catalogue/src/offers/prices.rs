//! Prices in batches.

use std::collections::{HashMap, HashSet};

use db::{column, statement};
use kernel::{Actor, Code, CoopId, Currency, OfferId, PartyId, Permission};
use sea_orm::{ConnectionTrait as _, DbErr, Value};

use super::{make::may_change, read::ALL_CHANNELS};
use crate::{
    Catalogue, CatalogueError, Channel, Outcome, Policy,
    flaw::{Flaw, Trail},
    saving::{MOST_MINOR, PriceRow, is_amount, refuse_all_for_one, write_prices},
};

/// The most prices that are set at once.
pub const MAX_PRICES: usize = 5_000;

/// What an offer is to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetPrice {
    /// Which offer.
    pub offer: OfferId,
    /// In what.
    pub currency: Currency,
    /// Where; `None`: wherever there is no price of its own.
    pub channel: Option<Channel>,
    /// Minor units, tax inside; `None` takes the price away.
    pub amount: Option<i64>,
}

type Key = (OfferId, Currency, Option<Channel>);

impl Catalogue {
    /// Sets prices and takes prices away; others of the same offers stay. Makers do so with their own offers; with others'
    /// it takes the permission. Tells row by row what came of it; the same batch again changes nothing.
    #[tracing::instrument(name = "catalogue.set_prices", skip_all, fields(coop.id = %actor.coop, rows = wishes.len()))]
    pub async fn set_prices(&self, actor: &Actor, wishes: &[SetPrice], policy: Policy) -> Result<Vec<Outcome<OfferId>>, CatalogueError> {
        if actor.party.is_none() {
            actor.require(Permission::CatalogueWrite)?;
        }
        if wishes.len() > MAX_PRICES {
            return Err(CatalogueError::TooMany);
        }
        let tx = db::begin(&self.db, actor.coop).await?;
        let makers = makers(&tx, actor.coop, wishes).await?;
        let (mut seen, mut outcomes, mut kept) = (HashSet::new(), Vec::with_capacity(wishes.len()), Vec::new());
        for wish in wishes {
            match checked(actor, wish, &makers, &mut seen) {
                Ok(()) => {
                    kept.push(*wish);
                    outcomes.push(Outcome { saved: Some(wish.offer), flaws: Vec::new() });
                }
                Err(flaw) => outcomes.push(Outcome { saved: None, flaws: vec![flaw] }),
            }
        }
        refuse_all_for_one(&outcomes, policy)?;
        write(&tx, actor.coop, &kept).await?;
        tx.commit().await?;
        Ok(outcomes)
    }
}

fn checked(actor: &Actor, wish: &SetPrice, makers: &HashMap<OfferId, PartyId>, seen: &mut HashSet<Key>) -> Result<(), Flaw> {
    let row = Trail::default();
    let maker = makers.get(&wish.offer).ok_or_else(|| row.field("offer").flaw(Code::NotFound, "there is no such offer"))?;
    may_change(actor, *maker).map_err(|error| row.field("offer").flaw(Code::Forbidden, error.to_string()))?;
    if wish.amount.is_some_and(|amount| !is_amount(amount)) {
        return Err(row.field("amount").invalid(format!("a price is 0 to {MOST_MINOR} minor units")));
    }
    if !seen.insert((wish.offer, wish.currency, wish.channel)) {
        return Err(row.flaw(Code::Conflict, "another row of this batch is about the same price"));
    }
    Ok(())
}

/// Whose the offers are, those that there are. They are locked, so that none is priced and withdrawn at once.
async fn makers(tx: &db::Tx, coop: CoopId, wishes: &[SetPrice]) -> Result<HashMap<OfferId, PartyId>, DbErr> {
    const MAKERS: &str = "
        select offer.offer_id, offer.party_id from unnest($2::uuid[]) as asked (id)
        cross join lateral (select offer_id, party_id from offer where coop_id = $1 and offer_id = asked.id for no key update) offer";
    let mut ids: Vec<OfferId> = wishes.iter().map(|wish| wish.offer).collect();
    ids.sort_unstable(); // two batches lock in one order
    ids.dedup();
    let rows = tx.query_all_raw(statement(MAKERS, [coop.0.into(), column(&ids, |id| id.0)])).await?;
    rows.iter().map(|row| Ok((OfferId(row.try_get("", "offer_id")?), PartyId(row.try_get("", "party_id")?)))).collect()
}

async fn write(tx: &db::Tx, coop: CoopId, wishes: &[SetPrice]) -> Result<(), DbErr> {
    const TAKE_AWAY: &str = "
        delete from price using unnest($2::uuid[], $3::text[], $4::text[]) as gone (offer, currency, channel)
        where price.coop_id = $1 and price.offer_id = gone.offer and price.currency = gone.currency::bpchar
          and price.channel = gone.channel::price_channel";
    let gone: Vec<&SetPrice> = wishes.iter().filter(|wish| wish.amount.is_none()).collect();
    if !gone.is_empty() {
        let channel = |wish: &&SetPrice| wish.channel.map_or(ALL_CHANNELS, Channel::word).to_owned();
        let values: [Value; 4] = [
            coop.0.into(),
            column(&gone, |wish| wish.offer.0),
            column(&gone, |wish| wish.currency.code().to_owned()),
            column(&gone, channel),
        ];
        tx.execute_raw(statement(TAKE_AWAY, values)).await?;
    }
    let price =
        |wish: &SetPrice| Some(PriceRow { offer: wish.offer, currency: wish.currency, channel: wish.channel, amount: wish.amount? });
    write_prices(tx, coop, &wishes.iter().filter_map(price).collect::<Vec<_>>()).await
}
