//! `guildhall explain`: "why did I get 7.31?"

use db::statement;
use kernel::{Code, CoopId, SaleId};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use crate::{failure::Failure, house::House};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// A sale, by its number or its name in the system it came from; or a line of a statement, as in 2026-11-0007/3
    what: String,
    /// The co-op, by its slug; the only one when not given
    #[arg(long, env = "GUILDHALL_COOP")]
    co_op: Option<String>,
}

pub(crate) async fn run(house: &House, args: &Args) -> Result<(), Failure> {
    let coop = house.coop(args.co_op.as_deref()).await?;
    let statements = house.statements();
    if let Ok(sale) = args.what.parse().map(SaleId) {
        let explained = statements.explain_sale(coop.id, sale).await?;
        return house.output.answer(&explained, || explained.to_string());
    }
    if let Some(sale) = by_reference(house, coop.id, &args.what).await? {
        let explained = statements.explain_sale(coop.id, sale).await?;
        return house.output.answer(&explained, || explained.to_string());
    }
    let Some((number, line)) = args.what.rsplit_once('/').and_then(|(number, line)| Some((number, line.parse().ok()?))) else {
        let message = format!("there is no sale {:?} in {}; a statement's line is written as 2026-11-0007/3", args.what, coop.slug);
        return Err(Failure::refused(Code::NotFound, message));
    };
    let explained = statements.explain_line(coop.id, number, line).await?;
    house.output.answer(&explained, || explained.to_string())
}

async fn by_reference(house: &House, coop: CoopId, reference: &str) -> Result<Option<SaleId>, Failure> {
    let tx = db::begin(&house.pools.orm, coop).await?;
    let sql = "select sale_id from sale where coop_id = $1 and reference = $2";
    let row = tx.query_one_raw(statement(sql, [coop.0.into(), reference.into()])).await?;
    tx.commit().await?;
    Ok(row.map(|row| row.try_get::<Uuid>("", "sale_id")).transpose()?.map(SaleId))
}
