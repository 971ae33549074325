//! A batch of rows that give money back: each finds its sale, or is parked with a reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{CoopId, SaleId};
use orders::{OrdersError, Refund, RefundStatus, RefundedLine, Sale};
use sha2::{Digest as _, Sha256};

use crate::{
    Imports, ImportsError,
    repo::{self, Wanted},
    row::Row,
    sales::reference,
};

/// How many sales to the same buyer are looked through for one row: with more than one in question, it is parked anyway.
const LOOKED_THROUGH: i64 = 20;

/// A row that gives back, and the name under which it does so once.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) row: Row,
}

/// Names rows that give back. The same row has the same name in every file; of several rows that say the same, the second has
/// another name than the first.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<String, u32>);

impl Names {
    pub(crate) fn name(&mut self, row: &Row) -> String {
        let mut hash = Sha256::new();
        for part in [&row.sale_id, &row.sold_at.to_rfc3339(), &row.sku, &row.quantity.to_string(), &row.unit_price.to_string(), &row.buyer]
        {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let name = format!("import:{}:{}", row.sale_id, hex::encode(&hash.finalize()[..8]));
        let times = self.0.entry(name.clone()).and_modify(|times| *times += 1).or_insert(1);
        format!("{name}:{times}")
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// In the books; whether it was before.
    Booked { known: bool },
    /// It waits, because of this.
    Parked(String),
}

/// What a batch came to.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// One for each row, in their order.
    pub(crate) fates: Vec<Fate>,
    /// What the ledger has for those that are in the books.
    pub(crate) posted: i64,
}

/// Refunds of a dry run, which later batches have to know of although nothing is saved.
pub(crate) type Planned = BTreeMap<SaleId, Vec<Refund>>;

impl Imports {
    /// Books each row on its sale where that is known. With `planned`, nothing is written.
    pub(crate) async fn book_refunds(&self, tx: &db::Tx, asked: &[Asked], mut planned: Option<&mut Planned>) -> Result<Done, ImportsError> {
        let coop = self.coop.id;
        repo::take_turn(tx, coop).await?;
        let known = repo::known_refunds(tx, coop, asked.iter().map(|row| row.key.clone()).collect()).await?;
        let wanted: Vec<Wanted> = asked.iter().map(|asked| Wanted::of(&asked.row)).collect();
        let candidates = repo::candidates(tx, coop, &wanted, LOOKED_THROUGH).await?;
        let ids: BTreeSet<(CoopId, SaleId)> =
            candidates.iter().flat_map(|(named, similar)| named.iter().chain(similar)).map(|sale| (coop, *sale)).collect();
        let (mut sales, mut standing) = orders::load(tx, &self.agreements, &ids).await?;
        if let Some(planned) = &planned {
            for (sale, refunds) in planned.iter() {
                if let Some(sale) = sales.get_mut(&(coop, *sale)) {
                    refunds.iter().cloned().for_each(|refund| sale.saw_refund(refund));
                }
            }
        }
        let mut done = Done::default();
        let mut sources = Vec::new();
        let mut dry = 0;
        for (asked, candidates) in asked.iter().zip(candidates) {
            if known.contains(&asked.key) {
                sources.push(asked.key.clone());
                done.fates.push(Fate::Booked { known: true });
                continue;
            }
            let (sale, lines) = match find(&sales, coop, &asked.row, candidates) {
                Ok(found) => found,
                Err(reason) => {
                    done.fates.push(Fate::Parked(reason));
                    continue;
                }
            };
            let refund = asked.refund(lines);
            if let Some(planned) = &mut planned {
                dry += refund.amount;
                planned.entry(sale).or_default().push(refund.clone());
            }
            sales.get_mut(&(coop, sale)).ok_or(OrdersError::NoSale(sale))?.saw_refund(refund);
            sources.push(asked.key.clone());
            done.fates.push(Fate::Booked { known: false });
        }
        if planned.is_none() {
            let mut booked = BTreeMap::new();
            for (key, mut sale) in sales.into_iter().filter(|(_, sale)| sale.is_changed()) {
                let booking = sale.book(&mut standing)?;
                booked.insert(key, (sale, booking));
            }
            orders::save(tx, &self.accounts, &booked, &standing).await?;
        }
        done.posted = dry + repo::posted(tx, coop, "refund", sources).await?;
        Ok(done)
    }
}

impl Wanted {
    fn of(row: &Row) -> Self {
        Self {
            reference: reference(&row.sale_id),
            buyer: row.buyer.clone(),
            sku: row.sku.clone(),
            unit_price: row.unit_price,
            at: row.sold_at,
        }
    }
}

impl Asked {
    fn refund(&self, lines: Vec<RefundedLine>) -> Refund {
        Refund {
            id: self.key.clone(),
            amount: self.row.amount(),
            lines: Some(lines),
            status: RefundStatus::Succeeded,
            reason: Some(format!(
                "imported: {} units of {} given back by {}",
                self.row.quantity.unsigned_abs(),
                self.row.sku,
                self.row.sale_id
            )),
            actor: None,
            refunded_at: self.row.sold_at,
            applied: None,
        }
    }
}

/// The sale that a row gives back, and how it lies over that sale's lines; else why it is parked.
fn find(
    sales: &BTreeMap<(CoopId, SaleId), Sale>,
    coop: CoopId,
    row: &Row,
    (named, similar): (Option<SaleId>, Vec<SaleId>),
) -> Result<(SaleId, Vec<RefundedLine>), String> {
    let of = |id: SaleId| sales.get(&(coop, id)).and_then(|sale| lay_out(sale, row)).map(|lines| (id, lines));
    if let Some(named) = named {
        return of(named).ok_or_else(|| {
            let units = row.quantity.unsigned_abs();
            format!("sale {} has no {units} units of {} at that price left to give back; correct the row", row.sale_id, row.sku)
        });
    }
    if row.buyer.is_empty() {
        return Err(format!("no sale is called {} and the row names no buyer; give it the sale_id of the sale it gives back", row.sale_id));
    }
    let mut found = similar.into_iter().filter_map(of);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(format!(
            "no sale is called {}, and no earlier imported one to buyer {} has that much of {} at that price left; import the original, or give the row its sale_id",
            row.sale_id, row.buyer, row.sku
        )),
        (Some((one, _)), Some((other, _))) => {
            let name = |id| {
                sales.get(&(coop, id)).and_then(|sale| sale.reference.as_deref()?.strip_prefix("import:")).unwrap_or_default().to_owned()
            };
            Err(format!("it may give back sale {} or {}, or others; give it the sale_id of the one it means", name(one), name(other)))
        }
    }
}

/// Lays a row over the lines of a sale with the same sku and price, from the first; `None` when less than that is left.
fn lay_out(sale: &Sale, row: &Row) -> Option<Vec<RefundedLine>> {
    let mut left = row.amount();
    let mut parts = Vec::new();
    for line in sale.lines.iter().filter(|line| line.sku == row.sku && line.amount == i64::from(line.quantity) * row.unit_price) {
        let part = left.min(line.amount - returned(sale, line.number));
        if part > 0 {
            parts.push(RefundedLine { line: line.number, amount: part });
            left -= part;
        }
    }
    // What was given back over the sale as a whole takes from every line, even when no row says so
    let total_left =
        sale.gross - sale.refunds.values().filter(|refund| refund.status != RefundStatus::Failed).map(|refund| refund.amount).sum::<i64>();
    (left == 0 && row.amount() <= total_left).then_some(parts)
}

/// What has gone back of a line, or is about to.
fn returned(sale: &Sale, line: i16) -> i64 {
    let refunds = sale.refunds.values().filter(|refund| refund.status != RefundStatus::Failed);
    let parts = refunds.filter_map(|refund| refund.applied.as_ref().or(refund.lines.as_ref())).flatten();
    parts.filter(|part| part.line == line).map(|part| part.amount).sum()
}
