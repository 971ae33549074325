//! Founding the demo's co-op: people, parties with their accounts at Stripe, agreements, and every sale of the month, placed.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use identity::{Coop, NewCoop, NewParty, PartyKind};
use kernel::{CoopId, Month, PartyId, PersonId, SaleId};
use orders::{Agreements, Channel, NewLine, NewSale, Payment};
use splits::{Owner, Terms};
use stripe_gateway::{AccountAsk, IdempotencyKey};
use uuid::{NoContext, Timestamp, Uuid};

use super::{
    SLUG, STREAMS_AT_ONCE,
    cast::{AFFILIATES, Account, CONTRIBUTORS, MAKERS, POOL, TREASURERS, VENUES, email},
    month::{Place, PlannedSale, SECOND_VERSION_DAY},
    stand_in::StandIn,
    terms,
};
use crate::{failure::Failure, house::House};

/// The co-op as it stands before its first sale.
pub(super) struct Opened {
    pub(super) coop: Coop,
    pub(super) sales: Vec<SaleId>,
    /// Who drafts payouts, and who approves them.
    pub(super) treasurers: [PersonId; 2],
}

/// The demo's parties by handle.
pub(super) struct Parties {
    by_handle: HashMap<&'static str, PartyId>,
    pub(super) pool: PartyId,
}

impl Parties {
    /// A party of the cast.
    pub(super) fn named(&self, handle: &str) -> PartyId {
        self.by_handle[handle]
    }
}

/// A party of the cast that is still to be added.
struct Member {
    kind: PartyKind,
    handle: &'static str,
    name: &'static str,
    minimum_payout: i64,
    account: Account,
}

fn cast() -> Vec<Member> {
    let makers = MAKERS.iter().map(|maker| Member {
        kind: PartyKind::Member,
        handle: maker.handle,
        name: maker.name,
        minimum_payout: maker.minimum_payout,
        account: maker.account,
    });
    let partner = |kind| {
        move |partner: &super::cast::Partner| Member {
            kind,
            handle: partner.handle,
            name: partner.name,
            minimum_payout: 1_000,
            account: Account::Ready,
        }
    };
    let venues = VENUES.iter().map(partner(PartyKind::Venue));
    let affiliates = AFFILIATES.iter().map(partner(PartyKind::Affiliate));
    let pool = Member { kind: PartyKind::Pool, handle: POOL.0, name: POOL.1, minimum_payout: 0, account: Account::None };
    makers.chain(venues).chain(affiliates).chain([pool]).collect()
}

/// Founds the co-op as of the month's beginning and places the sales, which nobody has paid yet.
pub(super) async fn open(house: &House, stand_in: &StandIn, month: Month, sales: &[PlannedSale]) -> Result<Opened, Failure> {
    let new = NewCoop {
        slug: SLUG,
        name: "Harbour Makers",
        country: "NL",
        currency: "EUR".parse().map_err(Failure::fault)?,
        time_zone: super::ZONE.name(),
    };
    let begins = month.starts_at(&super::ZONE);
    let cast = cast();
    let accounts = accounts(house, stand_in, &cast, begins).await?;
    let coop = identity::found(&house.pools.orm, new, begins).await?;
    let tx = db::begin(&house.pools.orm, coop.id).await?;
    let mut treasurers = [PersonId(Uuid::nil()); 2];
    for ((name, handle), person) in TREASURERS.iter().zip(&mut treasurers) {
        *person = identity::add_person(&tx, PersonId(Uuid::now_v7()), name, &email(handle)).await?;
        identity::add_member(&tx, coop.id, *person, "treasurer", None).await?;
    }
    let new = cast.iter().map(|member| NewParty {
        kind: member.kind,
        handle: member.handle.to_owned(),
        name: member.name.to_owned(),
        email: Some(email(member.handle)),
        stripe_account: accounts.get(member.handle).cloned(),
        minimum_payout: member.minimum_payout,
    });
    let ids = identity::add_parties(&tx, coop.id, new.collect()).await?;
    let by_handle: HashMap<&'static str, PartyId> = cast.iter().map(|member| member.handle).zip(ids).collect();
    let parties = Parties { pool: by_handle[POOL.0], by_handle };
    let second_from = begins + TimeDelta::days(i64::from(SECOND_VERSION_DAY) - 1);
    let versions = terms::adopt(&tx, coop.id, &parties, (month, begins, second_from)).await?;
    let terms = versions.terms(&tx, &Agreements::default(), coop.id, sales).await?;
    let new: Vec<NewSale> =
        sales.iter().zip(&terms).enumerate().map(|(place, (sale, terms))| new_sale(place, sale, terms, &parties)).collect();
    for some in new.chunks(500) {
        orders::place(&tx, coop.id, some).await?;
    }
    tx.commit().await?;
    Ok(Opened { coop, sales: new.iter().map(|sale| sale.id).collect(), treasurers })
}

/// Opens the accounts at Stripe, and has most owners tell what Stripe must know.
async fn accounts(
    house: &House,
    stand_in: &StandIn,
    cast: &[Member],
    begins: DateTime<Utc>,
) -> Result<HashMap<&'static str, String>, Failure> {
    let wanted = cast.iter().filter(|member| member.account != Account::None);
    let opened = stream::iter(wanted).map(|member| async move {
        let ask = AccountAsk { country: Some("NL".to_owned()), email: Some(email(member.handle)), ..AccountAsk::default() };
        let key = IdempotencyKey::try_new(format!("demo-account-{}-{}", member.handle, begins.timestamp()))?;
        Ok::<_, Failure>((member, house.gateway.create_account(&ask, &key).await?.id))
    });
    let opened: Vec<(&Member, String)> = opened.buffered(STREAMS_AT_ONCE).try_collect().await?;
    // Later by the stand-in's clock: of two words of the same second, which is the newer could not be told
    stand_in.turn_to(stand_in.now().await? + TimeDelta::minutes(10)).await?;
    for (_, account) in opened.iter().filter(|(member, _)| member.account == Account::Ready) {
        stand_in.onboard(account).await?;
    }
    Ok(opened.into_iter().map(|(member, account)| (member.handle, account)).collect())
}

fn new_sale(place: usize, sale: &PlannedSale, terms: &[orders::TermsId], parties: &Parties) -> NewSale {
    let seconds = u64::try_from(sale.sold_at.timestamp()).unwrap_or_default();
    let lines = sale.lines.iter().zip(terms).map(|(line, terms)| NewLine {
        sku: line.good.sku.to_owned(),
        description: line.good.description.to_owned(),
        quantity: line.quantity,
        amount: line.amount(),
        tax: line.tax(),
        discount: line.discount,
        terms: *terms,
        owners: vec![Owner {
            party: parties.named(line.maker.map_or(CONTRIBUTORS[0].0, |maker| MAKERS[maker].handle)),
            terms: Terms::Share,
            quantity: i64::from(line.quantity),
        }],
    });
    let (channel, payment, venue) = match sale.place {
        Place::Web => (Channel::Web, Payment::Stripe, None),
        Place::Stream => (Channel::Stream, Payment::Stripe, None),
        Place::Stall { venue, cash } => {
            (Channel::Till, if cash { Payment::Cash } else { Payment::Stripe }, Some(parties.named(VENUES[venue].handle)))
        }
    };
    NewSale {
        id: SaleId(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0))),
        channel,
        payment,
        reference: Some(format!("HM-{:04}", place + 1)),
        currency: "EUR".parse().expect("the euro is a known currency"),
        sold_at: sale.sold_at,
        buyer: Some(format!("buyer-{:03}", place * 7 % 311)),
        venue,
        affiliate: sale.affiliate.map(|place| parties.named(AFFILIATES[place].handle)),
        payment_intent: None,
        lines: lines.collect(),
    }
}

/// Whether the demo's co-op is there already, and which month of it was closed.
pub(super) async fn find(house: &House) -> Result<Option<(CoopId, Option<DateTime<Utc>>)>, Failure> {
    let Some(coop) = identity::coops(&house.pools.orm).await?.into_iter().find(|coop| coop.slug == SLUG) else { return Ok(None) };
    let tx = db::begin(&house.pools.orm, coop.id).await?;
    let closed = ledger::closed_until(&tx, coop.id).await?;
    tx.commit().await?;
    Ok(Some((coop.id, closed)))
}
