//! Merging facts into sales, in memory.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{CoopId, SaleId};
use orders::{Booking, OrdersError, Sale, Standing};

use crate::{Fact, fact::FeeName, inbox::Fate, resolve::Known};

/// A fact with its event and the sale it is about.
pub(crate) struct Resolved {
    pub(crate) event_id: String,
    pub(crate) fact: Fact,
    pub(crate) key: (CoopId, SaleId),
}

/// What applying a batch gives.
#[derive(Default)]
pub(crate) struct Applied {
    pub(crate) booked: BTreeMap<(CoopId, SaleId), (Sale, Booking)>,
    pub(crate) fates: Vec<(String, Fate)>,
    /// Events of sales that could not be booked as a whole: each is tried by itself.
    pub(crate) singly: Vec<String>,
    pub(crate) learnt: Vec<(String, CoopId, SaleId)>,
}

/// Merges every fact into its sale, then books each sale once. A fact that its sale refuses is parked; when booking fails,
/// nothing of that sale is kept, and its events are tried one by one (or parked, when there was but one).
pub(crate) fn apply(facts: Vec<Resolved>, mut sales: BTreeMap<(CoopId, SaleId), Sale>, standing: &mut Standing, known: &Known) -> Applied {
    let mut applied = Applied::default();
    let mut merged: BTreeMap<(CoopId, SaleId), Vec<(String, Fate)>> = BTreeMap::new();
    for Resolved { event_id, fact, key } in facts {
        let Some(sale) = sales.get_mut(&key) else {
            applied.fates.push((event_id, Fate::Parked(Some(key.0), OrdersError::NoSale(key.1).to_string())));
            continue;
        };
        applied
            .learnt
            .extend(objects(&fact).into_iter().filter(|object| !known.owners.contains_key(object)).map(|object| (object, key.0, key.1)));
        let fate = match merge(sale, fact, known) {
            Ok(None) => Fate::Done(Some(key.0)),
            Ok(Some(object)) => Fate::Waiting(object),
            Err(error) => Fate::Parked(Some(key.0), error.to_string()),
        };
        merged.entry(key).or_default().push((event_id, fate));
    }
    for (key, mut fates) in merged {
        let Some(mut sale) = sales.remove(&key).filter(Sale::is_changed) else {
            applied.fates.append(&mut fates);
            continue;
        };
        let before = standing.carried();
        match sale.book(standing) {
            Ok(booking) => {
                applied.booked.insert(key, (sale, booking));
                applied.fates.append(&mut fates);
            }
            Err(error) => {
                standing.restore(before);
                match fates.as_mut_slice() {
                    [(event_id, _)] => applied.fates.push((event_id.clone(), Fate::Parked(Some(key.0), error.to_string()))),
                    _ => applied.singly.extend(fates.into_iter().map(|(event_id, _)| event_id)),
                }
                applied.learnt.retain(|(_, coop, sale)| (*coop, *sale) != key);
            }
        }
    }
    let mut seen = BTreeSet::new();
    applied.learnt.retain(|(object, _, _)| seen.insert(object.clone()));
    applied
}

/// The Stripe objects that belong to the fact's sale.
fn objects(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::Payment { sale, .. } | Fact::Linked { sale } => sale.objects.clone(),
        Fact::Refund { .. }
        | Fact::Dispute { .. }
        | Fact::Account { .. }
        | Fact::Transfer { .. }
        | Fact::BankPayout { .. }
        | Fact::Nothing => Vec::new(),
    }
}

/// Merges one fact; returns the balance transaction that it has to wait for, if it has to.
fn merge(sale: &mut Sale, fact: Fact, known: &Known) -> Result<Option<String>, OrdersError> {
    match fact {
        Fact::Payment { amount, currency, charge, fee, .. } => {
            sale.saw_payment(amount, &currency, charge.as_deref())?;
            match fee {
                Some(FeeName::Known(fee)) => sale.saw_fee(fee),
                Some(FeeName::Named(id)) => match known.fees.get(&id) {
                    Some(fee) => sale.saw_fee(fee.clone()),
                    None => return Ok(Some(id)),
                },
                None => {}
            }
        }
        Fact::Refund { refund, .. } => sale.saw_refund(refund),
        Fact::Dispute { dispute, .. } => sale.saw_dispute(dispute),
        Fact::Linked { .. } | Fact::Account { .. } | Fact::Transfer { .. } | Fact::BankPayout { .. } | Fact::Nothing => {}
    }
    Ok(None)
}
