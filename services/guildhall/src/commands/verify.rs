//! `guildhall verify`: do the books, and the stock, agree with themselves?

use serde_json::json;

use crate::{
    failure::Failure,
    house::House,
    output::{number, table},
};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The co-op, by its slug; all of them when not given
    #[arg(long, env = "GUILDHALL_COOP")]
    co_op: Option<String>,
}

pub(crate) async fn run(house: &House, args: &Args) -> Result<(), Failure> {
    let coops = match &args.co_op {
        Some(slug) => vec![identity::find_coop(&house.pools.orm, slug).await?],
        None => identity::coops(&house.pools.orm).await?,
    };
    let mut shown = table(&["co-op", "postings", "entries", "seals", "movements", "verdict"]);
    let mut verdicts = Vec::with_capacity(coops.len());
    let mut first = None;
    for coop in coops {
        let verdict = house.output.watch(&format!("verifying {}", coop.slug), ledger::verify(&house.pools.orm, coop.id)).await?;
        let tx = db::begin(&house.pools.orm, coop.id).await?;
        ledger::record_check(&tx, coop.id, &verdict).await?;
        tx.commit().await?;
        let goods = house.output.watch(&format!("counting {}", coop.slug), stock::verify(&house.pools.orm, coop.id)).await?;
        let difference = verdict.difference.as_ref().map(ToString::to_string);
        let difference = difference.or_else(|| goods.difference.as_ref().map(ToString::to_string));
        shown.add_row(vec![
            coop.slug.clone().into(),
            number(verdict.postings),
            number(verdict.entries),
            number(verdict.seals),
            number(goods.movements),
            difference.clone().unwrap_or_else(|| "agrees".to_owned()).into(),
        ]);
        verdicts.push(json!({"co_op": coop.slug, "postings": verdict.postings, "entries": verdict.entries, "seals": verdict.seals, "movements": goods.movements,
            "agrees": difference.is_none(), "difference": difference}));
        first =
            first.or_else(|| difference.map(|difference| format!("the books or the stock of {} do not agree: {difference}", coop.slug)));
    }
    house.output.answer(&json!({"co_ops": verdicts}), || shown.to_string())?;
    first.map_or(Ok(()), |first| Err(Failure::Differs(first)))
}
