//! Sending and receiving.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, Utc};
use db::{column, statement};
use kernel::{Actor, CoopId, LocationId, LotId, Permission, PersonId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Deserialize;
use uuid::Uuid;

use super::{NewTransfer, Transfer, TransferLine};
use crate::{Movement, MovementKind, Stock, StockError, TransferId, locations, lots, record, words};

/// Lots in one transfer.
const MAX_LINES: usize = 500;

#[derive(FromQueryResult)]
struct Row {
    transfer_id: Uuid,
    from_id: Uuid,
    to_id: Uuid,
    note: Option<String>,
    sent_at: DateTime<Utc>,
    sent_by: Option<Uuid>,
    received_at: Option<DateTime<Utc>>,
    received_by: Option<Uuid>,
    lines: String,
}

#[derive(Deserialize)]
struct LineRow {
    lot: LotId,
    sent: i32,
    received: Option<i32>,
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "select transfer_id, from_id, to_id, note, sent_at, sent_by, received_at, received_by,
                    (select json_agg(json_build_object('lot', lot_id, 'sent', sent, 'received', received) order by lot_id)
                     from stock_transfer_line line
                     where line.coop_id = stock_transfer.coop_id and line.transfer_id = stock_transfer.transfer_id)::text as lines
             from stock_transfer where coop_id = $1 and ",
            $where
        )
    };
}

impl TryFrom<Row> for Transfer {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let lines: Vec<LineRow> = serde_json::from_str(&row.lines).map_err(|error| DbErr::Json(error.to_string()))?;
        Ok(Self {
            id: TransferId(row.transfer_id),
            from: LocationId(row.from_id),
            to: LocationId(row.to_id),
            note: row.note,
            sent_at: row.sent_at,
            sent_by: row.sent_by.map(PersonId),
            received_at: row.received_at,
            received_by: row.received_by.map(PersonId),
            lines: lines.into_iter().map(|LineRow { lot, sent, received }| TransferLine { lot, sent, received }).collect(),
        })
    }
}

/// The transfers of these numbers; those that are not there are left out.
pub async fn transfers_of(db: &impl ConnectionTrait, coop: CoopId, ids: &[TransferId]) -> Result<Vec<Transfer>, StockError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = Row::find_by_statement(statement(select!("transfer_id = any ($2)"), [coop.0.into(), ids.into()])).all(db).await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
}

/// Transfers in the order of their numbers, after that one; of those that are under way alone, if that is asked.
pub async fn transfers_page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    under_way: bool,
    (limit, after): (i64, Option<TransferId>),
) -> Result<Vec<Transfer>, StockError> {
    const PAGE: &str = select!("transfer_id > $2 and (not $3 or received_at is null) order by transfer_id limit $4");
    let values = [coop.0.into(), after.map_or(Uuid::nil(), |after| after.0).into(), under_way.into(), limit.into()];
    let rows = Row::find_by_statement(statement(PAGE, values)).all(db).await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
}

async fn get(db: &impl ConnectionTrait, coop: CoopId, id: TransferId) -> Result<Transfer, StockError> {
    transfers_of(db, coop, &[id]).await?.pop().ok_or(StockError::NoTransfer(id))
}

impl Stock {
    /// Sends goods: they leave their location and are under way. The same transfer again is the same one.
    #[tracing::instrument(name = "stock.send", skip_all, fields(coop.id = %actor.coop, transfer.id = %new.id))]
    pub async fn send(&self, actor: &Actor, new: &NewTransfer) -> Result<Transfer, StockError> {
        const SEND: &str = "
            insert into stock_transfer (coop_id, transfer_id, from_id, to_id, note, sent_at, sent_by) values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (coop_id, transfer_id) do nothing";
        const LINES: &str = "
            insert into stock_transfer_line (coop_id, transfer_id, lot_id, sent)
            select $1, $2, lot_id, sent from unnest($3::uuid[], $4::int4[]) as line (lot_id, sent)";
        actor.require(Permission::StockWrite)?;
        let lines = words::once_each(&new.lines, MAX_LINES)?;
        for quantity in lines.values() {
            words::units(*quantity)?;
        }
        if new.from == new.to {
            return Err(StockError::Invalid("goods are sent to another location than where they lie".to_owned()));
        }
        let (note, now, coop) = (words::reason(new.note.as_deref())?, self.clock.now().trunc_subsecs(6), actor.coop);
        let lines: Vec<(LotId, i32)> = lines.into_iter().collect();
        let lot_ids: Vec<LotId> = lines.iter().map(|(lot, _)| *lot).collect();
        let tx = db::begin(&self.db, coop).await?;
        locations::open(&tx, coop, &[new.from, new.to]).await?;
        lots::known(&tx, coop, &lot_ids).await?;
        let by = actor.person().ok().map(|person| person.0);
        let values = [coop.0.into(), new.id.0.into(), new.from.0.into(), new.to.0.into(), note.into(), now.into(), by.into()];
        if tx.execute_raw(statement(SEND, values)).await?.rows_affected() > 0 {
            let values = [coop.0.into(), new.id.0.into(), column(&lines, |(lot, _)| lot.0), column(&lines, |(_, sent)| *sent)];
            tx.execute_raw(statement(LINES, values)).await?;
            let leaving = |(lot, sent): &(LotId, i32)| Movement {
                transfer: Some(new.id),
                ..Movement::new(MovementKind::Transferred, (*lot, new.from), -sent, now)
            };
            record(&tx, coop, &lines.iter().map(leaving).collect::<Vec<_>>()).await?;
        }
        let sent = get(&tx, coop, new.id).await?;
        let known: Vec<(LotId, i32)> = sent.lines.iter().map(|line| (line.lot, line.sent)).collect();
        if (sent.from, sent.to, known) != (new.from, new.to, lines) {
            return Err(StockError::taken("transfer", new.id));
        }
        tx.commit().await?;
        Ok(sent)
    }

    /// Takes goods in: what arrived lies at the location, what did not is lost. A lot that is not named has arrived whole. Again with
    /// the same numbers: nothing more happens.
    #[tracing::instrument(name = "stock.take_in", skip_all, fields(coop.id = %actor.coop, transfer.id = %id))]
    pub async fn take_in(&self, actor: &Actor, id: TransferId, arrived: &[(LotId, i32)]) -> Result<Transfer, StockError> {
        const TAKE_IN: &str = "
            update stock_transfer set received_at = $3, received_by = $4 where coop_id = $1 and transfer_id = $2 and received_at is null";
        const LINES: &str = "
            update stock_transfer_line line set received = arrived.received from unnest($3::uuid[], $4::int4[]) as arrived (lot_id, received)
            where line.coop_id = $1 and line.transfer_id = $2 and line.lot_id = arrived.lot_id";
        actor.require(Permission::StockWrite)?;
        let (now, coop) = (self.clock.now().trunc_subsecs(6), actor.coop);
        let tx = db::begin(&self.db, coop).await?;
        let by = actor.person().ok().map(|person| person.0);
        let first = tx.execute_raw(statement(TAKE_IN, [coop.0.into(), id.0.into(), now.into(), by.into()])).await?.rows_affected() > 0;
        let sent = get(&tx, coop, id).await?;
        let lines = arrivals(&sent, arrived)?;
        if !first {
            let known: Vec<(LotId, i32)> = sent.lines.iter().filter_map(|line| Some((line.lot, line.received?))).collect();
            return if known == lines { Ok(sent) } else { Err(StockError::taken("transfer", id)) };
        }
        let values = [coop.0.into(), id.0.into(), column(&lines, |(lot, _)| lot.0), column(&lines, |(_, received)| *received)];
        tx.execute_raw(statement(LINES, values)).await?;
        record(&tx, coop, &arrival(&sent, &lines, now)).await?;
        let received = get(&tx, coop, id).await?;
        tx.commit().await?;
        Ok(received)
    }
}

/// How many units of each lot have arrived.
fn arrivals(sent: &Transfer, arrived: &[(LotId, i32)]) -> Result<Vec<(LotId, i32)>, StockError> {
    let said: BTreeMap<LotId, i32> = if arrived.is_empty() { BTreeMap::new() } else { words::once_each(arrived, MAX_LINES)? };
    if let Some(stranger) = said.keys().find(|lot| !sent.lines.iter().any(|line| line.lot == **lot)) {
        return Err(StockError::Invalid(format!("lot {stranger} is not in the transfer")));
    }
    let line = |line: &TransferLine| {
        let received = said.get(&line.lot).copied().unwrap_or(line.sent);
        if (0..=line.sent).contains(&received) {
            return Ok((line.lot, received));
        }
        let sentence =
            format!("{} of lot {} were sent, so {received} cannot arrive; count the stock for what is found besides", line.sent, line.lot);
        Err(StockError::Invalid(sentence))
    };
    sent.lines.iter().map(line).collect()
}

/// All that was sent comes in, and what is missing is lost there: what is under way comes to nothing.
fn arrival(sent: &Transfer, lines: &[(LotId, i32)], now: DateTime<Utc>) -> Vec<Movement> {
    let mut movements = Vec::with_capacity(lines.len());
    for (line, (lot, received)) in sent.lines.iter().zip(lines) {
        let place = (*lot, sent.to);
        let transfer = Some(sent.id);
        movements.push(Movement { transfer, ..Movement::new(MovementKind::Transferred, place, line.sent, now) });
        if *received < line.sent {
            let reason = Some("missing on arrival".to_owned());
            movements.push(Movement { reason, transfer, ..Movement::new(MovementKind::Lost, place, received - line.sent, now) });
        }
    }
    movements
}
