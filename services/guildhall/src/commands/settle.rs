//! `guildhall settle`: the inbox into the books, now.

use serde_json::json;

use crate::{
    failure::Failure,
    house::House,
    output::{number, table},
};

pub(crate) async fn run(house: &House) -> Result<(), Failure> {
    let db = &house.pools.orm;
    let settlement = house.settlement();
    let before = settlement::inbox(db).await?;
    let of = u64::try_from(before.new + before.waiting).unwrap_or_default();
    let told = async || {
        let left = settlement::inbox(db).await.ok()?;
        Some((of.saturating_sub(u64::try_from(left.new + left.waiting).ok()?), of))
    };
    let settled = house.output.watch_count("settling", settlement.run_until_still(settlement::BATCH), told).await?;
    let inbox = settlement::inbox(db).await?;
    house.output.answer(&json!({"settled": settled, "inbox": inbox}), || {
        let mut shown = table(&["events", "in this run", "in the inbox"]);
        shown.add_row(vec!["into the books".into(), number(settled.done), number(inbox.done)]);
        shown.add_row(vec!["kept, nothing to book".into(), number(settled.kept), number(inbox.kept)]);
        shown.add_row(vec!["waiting for another object".into(), number(settled.waiting), number(inbox.waiting)]);
        shown.add_row(vec!["parked".into(), number(settled.parked), number(inbox.parked)]);
        shown.to_string()
    })?;
    match inbox.parked {
        0 => Ok(()),
        parked => Err(Failure::NeedsPerson(format!("{parked} events are parked; see them with `guildhall replay --list`"))),
    }
}
