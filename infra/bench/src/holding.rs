//! Thirty-two buyers after the same variant: each hold in a transaction of its own, until nothing is left.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use kernel::{Clock, CoopId, ReservationId, VariantId};
use stock::{Demand, StockError, Wanted};
use uuid::Uuid;

use crate::{pgbench, report::Figure, shelf, world::World};

const BUYERS: u32 = 32;
/// Units of the hot variant, in lots of three makers; no more than are sold in a few seconds.
const UNITS: i32 = 6_000;
/// Other variants, for buyers who do not want the same.
const PRODUCTS: i64 = 500;

/// The hot variant's lots: three owners, so that the policy has to choose.
const HOT: &str = "
insert into lot (coop_id, lot_id, variant_id, party_id, quantity, received_at)
select lot.coop_id, (substr(lot.lot_id::text, 1, 15) || lpad(to_hex(number + 8), 3, '0') || substr(lot.lot_id::text, 19))::uuid, lot.variant_id,
       party.party_id, $2, now()
from (select * from lot where coop_id = $1 order by lot_id limit 1) lot
cross join generate_series(1, 3) as number
cross join lateral (select party_id from party where coop_id = $1 and kind = 'member' order by party_id offset number limit 1) party
returning lot_id, variant_id";
const THERE: &str = "
insert into movement (coop_id, movement_id, kind, lot_id, location_id, quantity, at)
select lot.coop_id, gen_random_uuid(), 'received', lot.lot_id, location.location_id, lot.quantity, now()
from lot, location where lot.coop_id = $1 and location.coop_id = $1 and lot.lot_id = any ($2)";
const HELD: &str =
    "select coalesce(sum(reserved), 0)::bigint, coalesce(sum(on_hand), 0)::bigint from stock where coop_id = $1 and lot_id = any ($2)";

/// What the buyers got, and how long each waited.
struct Rush {
    held: u32,
    refused: u32,
    seconds: f64,
    waits: Vec<Duration>,
}

impl Rush {
    fn p99(&mut self) -> Duration {
        self.waits.sort_unstable();
        self.waits.get(self.waits.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// One buyer, again and again, until there is nothing left or the time is up.
async fn buy(pools: db::Pools, coop: CoopId, variants: Vec<VariantId>, first: usize, ends: Instant) -> Result<Rush, StockError> {
    let (clock, began) = (Clock::system(), Instant::now());
    let mut rush = Rush { held: 0, refused: 0, seconds: 0.0, waits: Vec::new() };
    for turn in first.. {
        let now = clock.now();
        let demand = Demand {
            id: ReservationId(Uuid::now_v7()),
            source: "checkout".to_owned(),
            wanted: vec![Wanted { variant: variants[turn % variants.len()], lot: None, quantity: 1 }],
            location: None,
            through: None,
            until: now + TimeDelta::minutes(15),
        };
        let started = Instant::now();
        let tx = db::begin(&pools.orm, coop).await?;
        match stock::reserve(&tx, coop, &demand, now).await {
            Ok(_) => {
                tx.commit().await?;
                rush.held += 1;
                rush.waits.push(started.elapsed());
            }
            Err(StockError::Short { .. }) => {
                rush.refused += 1;
                break;
            }
            Err(error) => return Err(error),
        }
        if Instant::now() > ends {
            break;
        }
    }
    rush.seconds = began.elapsed().as_secs_f64();
    Ok(rush)
}

async fn rush(world: &World, variants: &[VariantId], most: Duration) -> Result<Rush, Box<dyn Error>> {
    let ends = Instant::now() + most;
    let pools = db::app_pool(&world.url, BUYERS).await?;
    let buyers: Vec<_> = (0..BUYERS)
        .map(|number| {
            let (pools, variants, coop) = (pools.clone(), variants.to_vec(), world.coop.id);
            tokio::spawn(buy(pools, coop, variants, usize::try_from(number * 17).unwrap_or_default(), ends))
        })
        .collect();
    let mut all = Rush { held: 0, refused: 0, seconds: 0.0, waits: Vec::new() };
    for buyer in buyers {
        let one = buyer.await??;
        all.held += one.held;
        all.refused += one.refused;
        all.seconds = all.seconds.max(one.seconds);
        all.waits.extend(one.waits);
    }
    Ok(all)
}

/// The statement that holds, alone, of one lot and with as many clients.
fn alone(world: &World, lot: Uuid, variant: Uuid) -> String {
    let coop = world.coop.id;
    let location = format!("(select location_id from location where coop_id = {coop})");
    format!(
        "select hold_stock({coop}, gen_random_uuid(), 'bench', '[]'::jsonb, now(), now() + interval '15 minutes',
            array['{variant}']::uuid[], array['{lot}']::uuid[], array[{location}], array['{nil}']::uuid[], array[1]);\n",
        nil = Uuid::nil()
    )
}

pub(crate) async fn measure(world: &World) -> Result<Vec<Figure>, Box<dyn Error>> {
    shelf::fill(world, &[world.coop.id], PRODUCTS).await?;
    let owner = db::owner_pool(&world.url).await?;
    let coop = world.coop.id.0;
    let hot: Vec<(Uuid, Uuid)> = sqlx::query_as(HOT).bind(coop).bind(UNITS / 3).fetch_all(&owner).await?;
    let (lots, variant): (Vec<Uuid>, Uuid) = (hot.iter().map(|row| row.0).collect(), hot.first().ok_or("there is a hot variant")?.1);
    sqlx::query(THERE).bind(coop).bind(&lots).execute(&owner).await?;
    let there = sqlx::query_scalar::<_, i64>("select sum(on_hand)::bigint from stock where coop_id = $1 and variant_id = $2");
    let there: i64 = there.bind(coop).bind(variant).fetch_one(&owner).await?;

    let mut run = rush(world, &[VariantId(variant)], Duration::from_mins(2)).await?;
    let (reserved, _): (i64, i64) = sqlx::query_as(HELD).bind(coop).bind(&lots).fetch_one(&owner).await?;
    if i64::from(run.held) != there || run.refused != BUYERS || reserved > i64::from(UNITS) {
        return Err(format!("{there} units were there, {} were held and {} buyers were refused", run.held, run.refused).into());
    }
    // The same lots again, for the statement alone
    sqlx::query(THERE).bind(coop).bind(&lots[..1]).execute(&owner).await?;
    sqlx::query("update stock set on_hand = 1000000 where coop_id = $1 and lot_id = $2").bind(coop).bind(lots[0]).execute(&owner).await?;
    let theirs = pgbench::run(&world.url, &alone(world, lots[0], variant), BUYERS)?;

    let others = "select variant_id from variant where coop_id = $1 and variant_id <> $2";
    let others: Vec<Uuid> = sqlx::query_scalar(others).bind(coop).bind(variant).fetch_all(&owner).await?;
    let others: Vec<VariantId> = others.into_iter().map(VariantId).collect();
    let mut spread = rush(world, &others, Duration::from_secs(pgbench::SECONDS.into())).await?;
    let note = |rush: &mut Rush| format!("p99 {:.1} ms", rush.p99().as_secs_f64() * 1000.0);
    Ok(vec![
        Figure {
            path: "hold one unit of a hot variant, 32 buyers",
            ours: f64::from(run.held) / run.seconds,
            reference: "the statement that holds, alone, of one lot, 32 clients",
            theirs: Some(theirs),
            budget: "no oversell, no deadlock",
            note: format!("{}; {there} units in 4 lots, all held, then every buyer refused", note(&mut run)),
        },
        Figure {
            path: "hold one unit of 999 variants, 32 buyers",
            ours: f64::from(spread.held) / spread.seconds,
            reference: "the statement that holds, alone, of one lot, 32 clients",
            theirs: Some(theirs),
            budget: "no oversell, no deadlock",
            note: note(&mut spread),
        },
    ])
}
