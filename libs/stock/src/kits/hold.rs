//! Holding a kit, and what it comes to in the lines of a sale.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::{Actor, CoopId, Currency, PartyId, ReservationId, VariantId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use splits::{Owner, Terms};
use uuid::Uuid;

use super::{Kit, Split, Weighed, kit, shares};
use crate::promises::{self, Buyer, Hold, PromiseError, Promises, open_to, positive};

const MAX_KITS: i32 = 1_000;
const MAX_HOLD_MINUTES: i32 = 10_080;
const MAX_MINOR: i64 = 1_000_000_000_000;
/// The whole of a price, in the unit of owners' shares.
const WHOLE: i128 = 1_000_000;

/// Kits to be held.
#[derive(Clone, Debug)]
pub struct HoldKit {
    /// The number of the reservation: holding again with it is the same hold.
    pub reservation: ReservationId,
    /// Which kit.
    pub kit: VariantId,
    /// For whom.
    pub buyer: Buyer,
    /// How many.
    pub quantity: i32,
    /// For how long.
    pub hold_minutes: i32,
}

/// Kits that are held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KitHold {
    /// What holds all of their components.
    pub reservation: ReservationId,
    /// Which kit.
    pub kit: VariantId,
    /// How many.
    pub quantity: i32,
    /// How long they are held.
    pub until: DateTime<Utc>,
}

/// A component as a line of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KitLine {
    /// Which component.
    pub variant: VariantId,
    /// Units.
    pub quantity: i32,
    /// Its part of the price, in minor units. The lines of a kit sum to its price.
    pub amount: i64,
    /// Whose units are sold, as a line of a sale takes them.
    pub owners: Vec<Owner>,
}

#[derive(FromQueryResult)]
struct HoldRow {
    kit_id: Uuid,
    quantity: i32,
    expires_at: DateTime<Utc>,
    state: String,
}

/// Units of a component that one owner has in the hold, under one version of terms.
#[derive(FromQueryResult)]
struct Units {
    variant_id: Uuid,
    party_id: i64,
    quantity: i32,
    owner_share: Option<i32>,
    owner_price: Option<i64>,
    terms_currency: Option<String>,
    price: Option<i64>,
}

impl Promises {
    /// Holds all components of kits or none. Again with the same reservation: the same.
    #[tracing::instrument(name = "kits.hold", skip_all, fields(coop.id = %actor.coop, variant.id = %ask.kit))]
    pub async fn hold_kit(&self, actor: &Actor, ask: HoldKit) -> Result<KitHold, PromiseError> {
        const INSERT: &str = "insert into kit_reservation (coop_id, reservation_id, kit_id, quantity) values ($1, $2, $3, $4)";
        let (coop, now) = (actor.coop, self.clock.now());
        open_to(&ask.buyer, actor, || PromiseError::NoKit(ask.kit))?;
        positive("the quantity", ask.quantity, MAX_KITS)?;
        positive("the minutes of a hold", ask.hold_minutes, MAX_HOLD_MINUTES)?;
        let tx = db::begin(&self.db, coop).await?;
        if let Some((known, is_held)) = find(&tx, coop, ask.reservation, now).await? {
            if !is_held {
                return Err(PromiseError::Lapsed);
            }
            return if (known.kit, known.quantity) == (ask.kit, ask.quantity) { Ok(known) } else { Err(PromiseError::Taken) };
        }
        let kit = kit::get(&tx, coop, ask.kit).await?;
        let lines: Vec<(VariantId, i32)> = kit.components.iter().map(|part| (part.variant, part.quantity * ask.quantity)).collect();
        let until = now + TimeDelta::minutes(i64::from(ask.hold_minutes));
        promises::hold(&tx, coop, &Hold { id: ask.reservation, source: "kit", lines: &lines, location: None, until, now }).await?;
        let values = [coop.0.into(), ask.reservation.0.into(), ask.kit.0.into(), ask.quantity.into()];
        tx.execute_raw(statement(INSERT, values)).await?;
        tx.commit().await?;
        Ok(KitHold { reservation: ask.reservation, kit: ask.kit, quantity: ask.quantity, until })
    }

    /// What held kits come to as lines of a sale at `price` for all of them: one line for each component, summing to the price to
    /// the cent, each with the owners of the units that are held.
    pub async fn kit_lines(
        &self,
        coop: CoopId,
        reservation: ReservationId,
        (price, currency): (i64, Currency),
        channel: &str,
    ) -> Result<Vec<KitLine>, PromiseError> {
        let tx = db::begin(&self.db, coop).await?;
        let lines = kit_lines(&tx, coop, reservation, (price, currency), channel).await?;
        tx.commit().await?;
        Ok(lines)
    }
}

/// The same within a transaction: for a checkout.
pub async fn kit_lines(
    db: &impl ConnectionTrait,
    coop: CoopId,
    reservation: ReservationId,
    (price, currency): (i64, Currency),
    channel: &str,
) -> Result<Vec<KitLine>, PromiseError> {
    if !(0..=MAX_MINOR).contains(&price) {
        return Err(PromiseError::Invalid(format!("a price is 0 to {MAX_MINOR} minor units")));
    }
    let (held, _) = find(db, coop, reservation, DateTime::UNIX_EPOCH).await?.ok_or(PromiseError::NoReservation(reservation))?;
    let kit = kit::get(db, coop, held.kit).await?;
    let units = units(db, coop, reservation, currency, channel).await?;
    let weighed = weighed(&kit, &units).ok_or(PromiseError::NoWeights { kit: kit.variant, currency })?;
    let amounts = shares(price, &weighed).ok_or(PromiseError::NoWeights { kit: kit.variant, currency })?;
    let line = |(component, amount): (&super::Component, i64)| {
        let quantity = component.quantity * held.quantity;
        let of_it = units.iter().filter(|unit| unit.variant_id == component.variant.0);
        KitLine { variant: component.variant, quantity, amount, owners: owners(of_it, (amount, quantity), currency) }
    };
    Ok(kit.components.iter().zip(amounts).map(line).collect())
}

/// What each component weighs; `None` when one has no price to weigh by.
fn weighed(kit: &Kit, units: &[Units]) -> Option<Vec<Weighed>> {
    let of = |component: &super::Component| {
        let weight = match kit.split {
            Split::Weights => component.weight?,
            Split::ListPrice => units
                .iter()
                .filter(|unit| unit.variant_id == component.variant.0)
                .try_fold(0_i64, |sum, unit| sum.checked_add(unit.price?.checked_mul(i64::from(unit.quantity))?))?,
        };
        Some(Weighed { variant: component.variant, weight })
    };
    kit.components.iter().map(of).collect()
}

/// Whose units a line sells. An owner's share of the price becomes a fixed price for a unit, rounded down: what is over stays
/// with the co-op, as with every fixed price.
fn owners<'a>(units: impl Iterator<Item = &'a Units>, (amount, quantity): (i64, i32), currency: Currency) -> Vec<Owner> {
    let mut sums: BTreeMap<(PartyId, Terms), i64> = BTreeMap::new();
    for unit in units {
        let terms = match (unit.owner_price, unit.owner_share) {
            (Some(price), _) if unit.terms_currency.as_deref() == Some(currency.code()) => Terms::FixedPrice(price),
            (_, Some(share)) => {
                let each = i128::from(amount) * i128::from(share) / (WHOLE * i128::from(quantity));
                Terms::FixedPrice(i64::try_from(each).expect("a share of a unit is no larger than the line"))
            }
            (_, None) => Terms::Share,
        };
        *sums.entry((PartyId(unit.party_id), terms)).or_default() += i64::from(unit.quantity);
    }
    sums.into_iter().map(|((party, terms), quantity)| Owner { party, terms, quantity }).collect()
}

async fn units(
    db: &impl ConnectionTrait,
    coop: CoopId,
    reservation: ReservationId,
    currency: Currency,
    channel: &str,
) -> Result<Vec<Units>, PromiseError> {
    // The owner's own price first, then the lowest that anybody asks; of each, that of the channel before that of all
    const UNITS: &str = "
        select lot.variant_id, lot.party_id, sum(line.quantity)::int4 as quantity, version.owner_share, version.owner_price,
               version.currency::text as terms_currency, min(list.amount) as price
        from reservation_line line
        join lot on lot.coop_id = line.coop_id and lot.lot_id = line.lot_id
        left join consignment_version version on version.coop_id = lot.coop_id and version.version_id = lot.version_id
        left join lateral (
            select price.amount from offer
            join price on price.coop_id = offer.coop_id and price.offer_id = offer.offer_id and price.currency = $3
                and price.channel::text in ($4, 'all')
            where offer.coop_id = lot.coop_id and offer.variant_id = lot.variant_id and offer.withdrawn_at is null
            order by offer.party_id = lot.party_id desc, price.channel::text = $4 desc, price.amount limit 1
        ) list on true
        where line.coop_id = $1 and line.reservation_id = $2
        group by lot.variant_id, lot.party_id, version.owner_share, version.owner_price, version.currency
        order by lot.variant_id, lot.party_id";
    let values = [coop.0.into(), reservation.0.into(), currency.code().into(), channel.into()];
    Ok(Units::find_by_statement(statement(UNITS, values)).all(db).await?)
}

/// The kits of a reservation, and whether they are held or were sold.
async fn find(
    db: &impl ConnectionTrait,
    coop: CoopId,
    id: ReservationId,
    now: DateTime<Utc>,
) -> Result<Option<(KitHold, bool)>, PromiseError> {
    const FIND: &str = "
        select kit_reservation.kit_id, kit_reservation.quantity, reservation.expires_at, reservation.state::text as state from kit_reservation
        join reservation on reservation.coop_id = kit_reservation.coop_id and reservation.reservation_id = kit_reservation.reservation_id
        where kit_reservation.coop_id = $1 and kit_reservation.reservation_id = $2";
    let row = HoldRow::find_by_statement(statement(FIND, [coop.0.into(), id.0.into()])).one(db).await?;
    let read = |row: HoldRow| {
        let is_held = row.state == "confirmed" || (row.state == "held" && row.expires_at > now);
        (KitHold { reservation: id, kit: VariantId(row.kit_id), quantity: row.quantity, until: row.expires_at }, is_held)
    };
    Ok(row.map(read))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kits::Component;

    fn units(variant: u128, party: i64, quantity: i32, price: i64) -> Units {
        Units {
            variant_id: Uuid::from_u128(variant),
            party_id: party,
            quantity,
            owner_share: None,
            owner_price: None,
            terms_currency: None,
            price: Some(price),
        }
    }

    #[test]
    fn b14_a_component_without_a_price_is_named_and_not_given_away() {
        let component = |number| Component { variant: VariantId(Uuid::from_u128(number)), quantity: 1, weight: None };
        let kit = Kit { variant: VariantId(Uuid::nil()), split: Split::ListPrice, components: vec![component(1), component(2)] };
        let mut held = vec![units(1, 7, 1, 500), units(2, 8, 1, 300)];
        assert_eq!(weighed(&kit, &held).map(|all| all.iter().map(|one| one.weight).collect()), Some(vec![500, 300]));
        held[1].price = None;
        assert_eq!(weighed(&kit, &held), None);
    }

    proptest! {
        #[test]
        fn b14_owners_hold_the_units_of_their_line_and_never_take_more_than_it(
            amount in 0..1_000_000_000_i64,
            parts in prop::collection::vec((1..9_i64, 1..20_i32, prop::option::of(0..=1_000_000_i32)), 1..8),
        ) {
            let held: Vec<Units> =
                parts.iter().map(|(party, quantity, share)| Units { owner_share: *share, ..units(1, *party, *quantity, 1) }).collect();
            let quantity: i32 = parts.iter().map(|(_, quantity, _)| quantity).sum();
            let owners = owners(held.iter(), (amount, quantity), "EUR".parse().unwrap());
            prop_assert_eq!(owners.iter().map(|owner| owner.quantity).sum::<i64>(), i64::from(quantity));
            let fixed = |owner: &Owner| if let Terms::FixedPrice(price) = owner.terms { price * owner.quantity } else { 0 };
            prop_assert!(owners.iter().map(fixed).sum::<i64>() <= amount);
        }
    }
}
