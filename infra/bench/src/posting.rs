//! One posting of six legs, alone in its transaction, beside the same statement sent by pgbench.

use std::{
    error::Error,
    thread,
    time::{Duration, Instant},
};

use ledger::{Account, AccountKind, Accounts, POST, Posting, PostingHead};
use uuid::Uuid;

use crate::{
    pgbench,
    report::Figure,
    world::{World, sold_at},
};

fn posting(world: &World) -> Result<Posting, Box<dyn Error>> {
    let head = PostingHead {
        coop: world.coop.id,
        kind: "bench",
        source: Uuid::now_v7().to_string(),
        currency: world.coop.currency,
        effective_at: sold_at(),
        available_at: sold_at(),
        sale: None,
        reverses: None,
        exchange: None,
    };
    let mut legs = vec![(Account::own(AccountKind::Unsettled), 500), (Account::own(AccountKind::CoopIncome), -100)];
    legs.extend(world.makers[..4].iter().map(|maker| (Account::of(AccountKind::MemberPayable, *maker), -100)));
    Ok(Posting::try_new(head, legs)?.ok_or("six legs are not nothing")?)
}

async fn post_for_a_while(world: &World) -> Result<u32, Box<dyn Error>> {
    let (pools, accounts) = (db::app_pool(&world.url, 1).await?, Accounts::default());
    let started = Instant::now();
    let mut posted = 0;
    while started.elapsed() < Duration::from_secs(pgbench::SECONDS.into()) {
        let posting = posting(world)?;
        let tx = db::begin_brief(&pools.orm, world.coop.id).await?;
        ledger::post(&tx, &accounts, &[posting]).await?;
        tx.commit().await?;
        posted += 1;
    }
    Ok(posted)
}

/// As a thread of the api serves: what it waits for wakes it, and no other thread on the way.
fn in_one_thread(world: &World) -> Result<u32, Box<dyn Error>> {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
            runtime.block_on(post_for_a_while(world)).map_err(|error| error.to_string())
        });
        Ok(thread.join().map_err(|_| "posting panicked")??)
    })
}

/// The posting statement with the values of such a posting written in.
async fn script(world: &World) -> Result<String, Box<dyn Error>> {
    let accounts: Vec<(i64, i64)> = sqlx::query_as(
        "select account_id, case kind when 'unsettled' then 500 else -100 end::int8 from account
         where kind in ('unsettled', 'coop_income', 'member_payable') order by account_id limit 6",
    )
    .fetch_all(&db::owner_pool(&world.url).await?)
    .await?;
    let list = |of: fn(&(i64, i64)) -> i64| accounts.iter().map(|row| of(row).to_string()).collect::<Vec<_>>().join(",");
    let values =
        ["1", "'pgbench'", "'s' || :n", "'EUR'", "6", "500", "timestamptz '2026-11-05'", "timestamptz '2026-11-05'", "''", "0", "''"];
    let legs = ["1,1,1,1,1,1".to_owned(), "1,2,3,4,5,6".to_owned(), list(|row| row.0), list(|row| row.1)];
    let arrays = values.iter().map(ToString::to_string).chain(legs);
    let mut sql = POST.to_owned();
    for (number, array) in arrays.enumerate().collect::<Vec<_>>().into_iter().rev() {
        sql = sql.replace(&format!("${}", number + 1), &format!("array[{array}]"));
    }
    Ok(format!("\\set n random(1, 9000000000000000000)\n{};\n", sql.trim()))
}

pub(crate) async fn measure(world: &World) -> Result<Vec<Figure>, Box<dyn Error>> {
    let mut figures = Vec::new();
    let ours = f64::from(in_one_thread(world)?) / f64::from(pgbench::SECONDS);
    let theirs = pgbench::run(&world.url, &script(world).await?, 1)?;
    figures.push(Figure {
        path: "post one 6-leg posting, alone, 1 client",
        ours,
        reference: "the same statement by pgbench",
        theirs: Some(theirs),
        budget: "at least 60 %",
        note: "ours opens the transaction, naming the co-op, and commits it: three round trips to its one".to_owned(),
    });
    Ok(figures)
}
