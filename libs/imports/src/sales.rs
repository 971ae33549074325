//! A batch of sales: looked up, placed, paid and settled in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::{AgreementVersionId, CoopId, SaleId};
use orders::{Booking, Channel, FeeKnown, NewLine, NewSale, OrdersError, Payment, Sale, TermsId};
use splits::{Owner, Terms};
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    Imports, ImportsError,
    repo::{self, KnownSale, LineKey},
    row::Row,
};

/// The most lines of one sale: their numbers are small, and nobody sells more in one go.
const MAX_LINES: usize = 10_000;

/// The name of an imported sale among the co-op's sales.
pub(crate) fn reference(sale_id: &str) -> String {
    format!("import:{sale_id}")
}

/// A sale as its rows tell it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) sale_id: String,
    pub(crate) sold_at: DateTime<Utc>,
    pub(crate) gross: i64,
    channel: Channel,
    buyer: String,
    pub(crate) rows: Vec<Row>,
}

impl Draft {
    /// Makes one sale of its rows, at least one; on failure, why they are not one sale.
    pub(crate) fn try_new(rows: Vec<Row>, zone: Tz) -> Result<Self, String> {
        let first = &rows[0];
        if rows.len() > MAX_LINES {
            return Err(format!("sale {} has more than {MAX_LINES} lines; give parts of it a sale_id of their own", first.sale_id));
        }
        let day = |row: &Row| row.sold_at.with_timezone(&zone).date_naive();
        for row in &rows {
            let differs = if row.channel != first.channel {
                "channel"
            } else if row.buyer != first.buyer {
                "buyer"
            } else if day(row) != day(first) {
                "day"
            } else {
                continue;
            };
            return Err(format!(
                "lines {} and {} of sale {} differ in their {differs}; correct one, or give them sale_ids of their own",
                first.line, row.line, first.sale_id
            ));
        }
        let gross: i128 = rows.iter().map(|row| i128::from(row.amount())).sum();
        let gross = i64::try_from(gross).ok().filter(|gross| *gross <= splits::MAX_MINOR);
        let gross = gross.ok_or_else(|| format!("sale {} comes to more than one sale can; correct its prices", first.sale_id))?;
        if gross == 0 {
            return Err(format!(
                "sale {} has no price on any line: nobody paid and nobody is owed; give it one or leave it out",
                first.sale_id
            ));
        }
        let sold_at = rows.iter().map(|row| row.sold_at).min().unwrap_or(first.sold_at);
        Ok(Self { sale_id: first.sale_id.clone(), sold_at, gross, channel: first.channel, buyer: first.buyer.clone(), rows })
    }

    fn line_keys(&self) -> Vec<LineKey> {
        let mut keys: Vec<LineKey> = self.rows.iter().map(|row| (row.sku.clone(), row.quantity, row.amount(), row.maker)).collect();
        keys.sort();
        keys
    }

    /// How many of its rows say the same as another.
    pub(crate) fn repeated(&self) -> usize {
        let keys = self.line_keys();
        keys.windows(2).filter(|pair| pair[0] == pair[1]).count()
    }

    /// How a sale of the same name in the books differs from this one; `None` when it does not.
    fn differs(&self, known: &KnownSale) -> Option<String> {
        let mut lines = known.lines.clone();
        lines.sort();
        let what = if lines != self.line_keys() {
            "other lines"
        } else if known.sold_at != self.sold_at {
            "another date"
        } else {
            return None;
        };
        Some(format!(
            "sale {} is in the books already, with {what}; what is booked is not changed: refund it there, or give this one another sale_id",
            self.sale_id
        ))
    }

    fn to_sale(&self, terms: TermsId, currency: kernel::Currency, now: DateTime<Utc>) -> NewSale {
        let lines = self.rows.iter().map(|row| NewLine {
            sku: row.sku.clone(),
            description: row.description.clone(),
            quantity: row.quantity,
            amount: row.amount(),
            tax: 0,
            discount: 0,
            terms,
            owners: vec![Owner { party: row.maker, terms: Terms::Share, quantity: i64::from(row.quantity) }],
        });
        NewSale {
            id: fresh_id(now),
            channel: self.channel,
            payment: Payment::Outside,
            reference: Some(reference(&self.sale_id)),
            currency,
            sold_at: self.sold_at,
            buyer: Some(self.buyer.clone()).filter(|buyer| !buyer.is_empty()),
            venue: None,
            affiliate: None,
            payment_intent: None,
            lines: lines.collect(),
        }
    }
}

fn fresh_id(now: DateTime<Utc>) -> SaleId {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    SaleId(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos())))
}

/// What a batch came to.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Sales that are in the books, by their place in the batch; whether they were before.
    pub(crate) booked: BTreeMap<usize, bool>,
    /// Sales that do not go in, by their place in the batch, and why.
    pub(crate) refused: BTreeMap<usize, String>,
    /// What the ledger has for all that are in the books.
    pub(crate) posted: i64,
}

/// The version that holds for a sale of that moment; the first for those from before.
fn version_at(versions: &BTreeMap<DateTime<Utc>, AgreementVersionId>, at: DateTime<Utc>) -> Option<AgreementVersionId> {
    versions.range(..=at).next_back().or_else(|| versions.first_key_value()).map(|(_, version)| *version)
}

impl Imports {
    /// Brings the sales of `drafts` in whose places are not in `refused` yet. When one cannot be booked, nothing is written
    /// and its place and reason are returned as the error: leave it out and try again.
    pub(crate) async fn book_sales(
        &self,
        tx: &db::Tx,
        drafts: &[Draft],
        refused: &BTreeMap<usize, String>,
        dry_run: bool,
    ) -> Result<Result<Done, (usize, String)>, ImportsError> {
        let coop = self.coop.id;
        repo::take_turn(tx, coop).await?;
        let mut done = Done { refused: refused.clone(), ..Done::default() };
        let references: Vec<String> = drafts.iter().map(|draft| reference(&draft.sale_id)).collect();
        let known = repo::known_sales(tx, coop, &references).await?;
        let mut sources = Vec::new();
        let mut new = BTreeMap::new();
        let mut terms = BTreeMap::new();
        for (place, draft) in drafts.iter().enumerate().filter(|(place, _)| !refused.contains_key(place)) {
            if let Some(known) = known.get(&references[place]) {
                if let Some(reason) = draft.differs(known) {
                    done.refused.insert(place, reason);
                } else {
                    done.booked.insert(place, true);
                    sources.push(known.id.to_string());
                }
                continue;
            }
            let version = version_at(&self.versions, draft.sold_at).ok_or_else(|| ImportsError::NoAgreement(self.coop.name.clone()))?;
            let terms = match terms.get(&version) {
                Some(terms) => *terms,
                None => *terms.entry(version).or_insert(orders::terms(tx, &self.agreements, coop, &[version]).await?),
            };
            new.insert(place, draft.to_sale(terms, self.coop.currency, self.now));
        }
        done.posted = repo::posted(tx, coop, "payment", sources).await?;
        match self.settle(tx, &new, dry_run).await? {
            Ok(posted) => done.posted += posted,
            Err(refusal) => return Ok(Err(refusal)),
        }
        done.booked.extend(new.into_keys().map(|place| (place, false)));
        Ok(Ok(done))
    }

    /// Places new sales and settles them at once: the money is with the co-op, and nobody took a fee. Returns what was posted.
    async fn settle(
        &self,
        tx: &db::Tx,
        new: &BTreeMap<usize, NewSale>,
        dry_run: bool,
    ) -> Result<Result<i64, (usize, String)>, ImportsError> {
        if new.is_empty() {
            return Ok(Ok(0));
        }
        let coop = self.coop.id;
        let sales: Vec<NewSale> = new.values().cloned().collect();
        orders::place(tx, coop, &sales).await?;
        let wanted: BTreeSet<(CoopId, SaleId)> = sales.iter().map(|sale| (coop, sale.id)).collect();
        let (mut loaded, mut standing) = orders::load(tx, &self.agreements, &wanted).await?;
        let mut booked = BTreeMap::new();
        for (place, sale) in new {
            let key = (coop, sale.id);
            let mut sale = loaded.remove(&key).ok_or(OrdersError::NoSale(sale.id))?;
            match pay_outside(&mut sale).and_then(|()| sale.book(&mut standing)) {
                Ok(booking) => drop(booked.insert(key, (sale, booking))),
                Err(error) => match error.refusal() {
                    Some(refusal) => return Ok(Err((*place, refusal.message))),
                    None => return Err(error.into()),
                },
            }
        }
        if dry_run {
            return Ok(Ok(booked.values().map(|(sale, _): &(Sale, Booking)| sale.paid).sum()));
        }
        orders::save(tx, &self.accounts, &booked, &standing).await?;
        let sources = sales.iter().map(|sale| sale.id.to_string()).collect();
        Ok(Ok(repo::posted(tx, coop, "payment", sources).await?))
    }
}

fn pay_outside(sale: &mut Sale) -> Result<(), OrdersError> {
    sale.saw_payment(sale.gross, sale.currency.code(), None)?;
    sale.saw_fee(FeeKnown {
        balance_transaction: String::new(),
        gross: sale.gross,
        fee: 0,
        currency: sale.currency,
        exchange_rate: None,
        at: sale.sold_at,
        available_at: sale.sold_at,
    });
    Ok(())
}
