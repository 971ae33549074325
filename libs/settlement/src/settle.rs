//! One batch: claimed, settled and marked in one transaction.

use std::collections::BTreeSet;

use kernel::{CoopId, SaleId};
use payouts::TransferFact;
use stripe_gateway::Event;
use tracing::Instrument as _;

use crate::{
    Fact, Settlement, SettlementError,
    apply::{Applied, Resolved, apply},
    inbox::{Claimed, Fate, claim_next, claim_these, mark},
    resolve::{Known, link},
    transfers::{self, PartyFacts},
};

/// How many events a batch takes: enough that statements are shared, few enough that a poison event is found quickly.
pub const BATCH: u32 = 500;

/// What a batch, or several, came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Settled {
    /// Events looked at.
    pub claimed: usize,
    /// Their effect is in the books.
    pub done: usize,
    /// They need another object first.
    pub waiting: usize,
    /// They say nothing that the books know of.
    pub kept: usize,
    /// They could not be settled; the reason is with them.
    pub parked: usize,
}

impl std::ops::AddAssign for Settled {
    fn add_assign(&mut self, other: Self) {
        self.claimed += other.claimed;
        self.done += other.done;
        self.waiting += other.waiting;
        self.kept += other.kept;
        self.parked += other.parked;
    }
}

/// What a batch leaves to be done in transactions of their own; these events are still new.
#[derive(Default)]
struct Left {
    /// Each by itself: their sale could not be booked with all of them.
    singly: Vec<String>,
    /// All together: they are about parties. Sales lock balances last, payouts before balances; in one transaction the two
    /// could wait for each other.
    apart: Vec<String>,
}

pub(crate) async fn next(settlement: &Settlement, limit: u32) -> Result<Settled, SettlementError> {
    let tx = db::begin_global(&settlement.pools.orm).await?;
    let claimed = claim_next(&tx, limit).await?;
    if claimed.is_empty() {
        return Ok(Settled::default());
    }
    let ids: Vec<String> = claimed.iter().map(|event| event.event_id.clone()).collect();
    match batch(settlement, tx, claimed).await {
        Ok((settled, left)) => finish(settlement, settled, left).await,
        Err(error) if error.is_passing() => Err(error),
        Err(error) => halves(settlement, ids, error).await,
    }
}

/// Settles these events, whichever of them are still new.
async fn these(settlement: &Settlement, ids: &[String]) -> Result<(Settled, Left), SettlementError> {
    let tx = db::begin_global(&settlement.pools.orm).await?;
    let claimed = claim_these(&tx, ids).await?;
    batch(settlement, tx, claimed).await
}

/// Finds the events that make a batch fail: halves it until what fails is one event, and parks that.
async fn halves(settlement: &Settlement, ids: Vec<String>, error: SettlementError) -> Result<Settled, SettlementError> {
    let mut sum = Settled::default();
    let mut work = vec![(ids, error)];
    while let Some((ids, error)) = work.pop() {
        if let [poison] = ids.as_slice() {
            sum += park(settlement, poison, &error).await?;
            continue;
        }
        for half in ids.chunks(ids.len().div_ceil(2)) {
            match these(settlement, half).await {
                Ok((settled, left)) => sum += Box::pin(finish(settlement, settled, left)).await?,
                Err(error) if error.is_passing() => return Err(error),
                Err(error) => work.push((half.to_vec(), error)),
            }
        }
    }
    Ok(sum)
}

/// Settles what a batch left to transactions of their own.
async fn finish(settlement: &Settlement, mut sum: Settled, left: Left) -> Result<Settled, SettlementError> {
    if !left.apart.is_empty() {
        match these(settlement, &left.apart).await {
            Ok((settled, _)) => sum += settled,
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => sum += Box::pin(halves(settlement, left.apart, error)).await?,
        }
    }
    for event in left.singly {
        match these(settlement, std::slice::from_ref(&event)).await {
            Ok((settled, _)) => sum += settled,
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => sum += park(settlement, &event, &error).await?,
        }
    }
    Ok(sum)
}

async fn park(settlement: &Settlement, event_id: &str, error: &SettlementError) -> Result<Settled, SettlementError> {
    tracing::error!(event = event_id, error = error as &dyn std::error::Error, "event {event_id} cannot be settled and is parked");
    let tx = db::begin_global(&settlement.pools.orm).await?;
    let mut reason = error.to_string();
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        reason = format!("{reason}: {deeper}");
        cause = deeper;
    }
    mark(&tx, &[(event_id.to_owned(), Fate::Parked(None, reason))]).await?;
    tx.commit().await?;
    Ok(Settled { claimed: 1, parked: 1, ..Settled::default() })
}

/// Settles what was claimed and commits. The work belongs to the traces in which the events came.
async fn batch(settlement: &Settlement, tx: db::Tx, claimed: Vec<Claimed>) -> Result<(Settled, Left), SettlementError> {
    let span = tracing::info_span!("settlement.batch", events = claimed.len(), coop.id = tracing::field::Empty);
    telemetry::follow(&span, claimed.iter().filter_map(|event| event.traceparent.as_deref()));
    settle_batch(settlement, tx, claimed).instrument(span).await
}

async fn settle_batch(settlement: &Settlement, tx: db::Tx, claimed: Vec<Claimed>) -> Result<(Settled, Left), SettlementError> {
    let mut fates = Vec::with_capacity(claimed.len());
    let mut facts = Vec::with_capacity(claimed.len());
    for event in claimed {
        match Event::parse(event.body.as_bytes()).and_then(|parsed| Fact::of(&parsed, settlement.livemode)) {
            Ok(Fact::Nothing) => fates.push((event.event_id, Fate::Kept)),
            Ok(fact) => facts.push((event.event_id, fact)),
            Err(error) => fates.push((event.event_id, Fate::Parked(None, error.to_string()))),
        }
    }
    let known = Known::look_up(&tx, facts.iter().map(|(_, fact)| fact)).await?;
    let (about_sales, about_parties) = resolve(facts, &known, &mut fates);

    let keys: BTreeSet<(CoopId, SaleId)> = about_sales.iter().map(|resolved| resolved.key).collect();
    let coops: BTreeSet<CoopId> = keys.iter().map(|(coop, _)| *coop).chain(about_parties.coops()).collect();
    tracing::Span::current().record("coop.id", coops.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    db::name_coops(&tx, &coops.into_iter().collect::<Vec<_>>()).await?;
    if keys.is_empty() {
        if !about_parties.is_empty() {
            transfers::apply(settlement, &tx, about_parties, &mut fates).await?;
        }
        mark(&tx, &fates).await?;
        tx.commit().await?;
        return Ok((count(&fates), Left::default()));
    }
    let (sales, mut standing) = orders::load(&tx, &settlement.agreements, &keys).await?;
    let Applied { booked, fates: mut more, singly, learnt } = apply(about_sales, sales, &mut standing, &known);
    fates.append(&mut more);
    mark(&tx, &fates).await?;
    link(&tx, &learnt).await?;
    // Last, since it locks balances that other batches wait for
    orders::save(&tx, &settlement.accounts, &booked, &standing).await?;
    tx.commit().await?;
    Ok((count(&fates), Left { singly, apart: about_parties.into_events() }))
}

/// Finds whose each fact is; those of nobody known wait, or are parked when there is nothing to wait for.
fn resolve(facts: Vec<(String, Fact)>, known: &Known, fates: &mut Vec<(String, Fate)>) -> (Vec<Resolved>, PartyFacts) {
    let mut about_sales = Vec::with_capacity(facts.len());
    let mut about_parties = PartyFacts::default();
    for (event_id, fact) in facts {
        match &fact {
            Fact::Payment { sale, .. } | Fact::Linked { sale } | Fact::Refund { sale, .. } | Fact::Dispute { sale, .. } => {
                match known.sale(sale) {
                    Ok(key) => about_sales.push(Resolved { event_id, fact, key }),
                    Err(Some(object)) => fates.push((event_id, Fate::Waiting(object))),
                    Err(None) => fates.push((event_id, Fate::Parked(None, "it names no sale, payment intent or charge".to_owned()))),
                }
            }
            Fact::Account { account, .. } | Fact::BankPayout { account, .. } => match known.party(account) {
                Some(party) => about_parties.push(event_id, fact, party),
                None => fates.push((event_id, Fate::Waiting(account.clone()))),
            },
            Fact::Transfer { transfer, at } => match payouts::marked(transfer) {
                Some((coop, payout)) => about_parties.push_transfer(event_id, TransferFact::of(coop, payout, transfer, *at)),
                None => fates.push((event_id, Fate::Kept)), // somebody else's
            },
            Fact::Nothing => fates.push((event_id, Fate::Kept)),
        }
    }
    (about_sales, about_parties)
}

fn count(fates: &[(String, Fate)]) -> Settled {
    let mut settled = Settled { claimed: fates.len(), ..Settled::default() };
    for (_, fate) in fates {
        match fate {
            Fate::Done(_) => settled.done += 1,
            Fate::Kept => settled.kept += 1,
            Fate::Waiting(_) => settled.waiting += 1,
            Fate::Parked(..) => settled.parked += 1,
        }
    }
    settled
}
