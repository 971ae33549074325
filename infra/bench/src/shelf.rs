//! Products on a shelf: each with two variants, each of these offered by one maker at one price, with ten units at hand.
//!
//! They are written beneath the triggers, as a restore would write them: a hundred thousand products are there in seconds.

use std::error::Error;

use kernel::CoopId;
use sqlx::PgConnection;

use crate::world::World;

/// $1: the co-op, $2: how many products. Numbers grow with the products, as those of UUIDv7 do; variants, offers and lots share theirs.
const FILL: &str = "
create temp table shelf on commit drop as
select coop, number, side,
       (lpad(to_hex(number), 12, '0') || '7000' || '8000' || lpad(to_hex(coop), 12, '0'))::uuid as product_id,
       (lpad(to_hex(number), 12, '0') || '7' || lpad(to_hex(side), 3, '0') || '8001' || lpad(to_hex(coop), 12, '0'))::uuid as id,
       (lpad('', 12, '0') || '7000' || '8002' || lpad(to_hex(coop), 12, '0'))::uuid as location_id,
       makers.ids[1 + number % cardinality(makers.ids)] as maker
from (select $1::integer as coop) one
cross join (select array_agg(party_id order by party_id) as ids from party where coop_id = $1 and kind = 'member') makers
cross join generate_series(1, $2::bigint) as number
cross join generate_series(1, 2) as side;
insert into product (coop_id, product_id, handle, status, option_names)
select coop, product_id, 'product-' || number, 'active', '{size}' from shelf where side = 1;
insert into product_text (coop_id, product_id, language, title, description)
select coop, product_id, 'en', 'Mug number ' || number, 'Thrown by hand, glazed in grey, and good for ' || number % 40 || ' years of tea.' from shelf where side = 1;
insert into publication (coop_id, product_id, channel, visible_from) select coop, product_id, 'web', '2026-01-01' from shelf where side = 1;
insert into variant (coop_id, variant_id, product_id, sku, options, position)
select coop, id, product_id, 'mug-' || number || '-' || side, array[case side when 1 then 'small' else 'large' end], side from shelf;
insert into offer (coop_id, offer_id, variant_id, party_id) select coop, id, id, maker from shelf;
insert into price (coop_id, offer_id, currency, amount) select coop, id, 'EUR', 1200 + number % 900 + side from shelf;
insert into location (coop_id, location_id, kind, name) select distinct coop, location_id, 'shop'::location_kind, 'The shop' from shelf;
insert into lot (coop_id, lot_id, variant_id, party_id, quantity, received_at) select coop, id, id, maker, 10, '2026-11-01' from shelf;
insert into stock (coop_id, lot_id, location_id, variant_id, on_hand) select coop, id, location_id, id, 10 from shelf";

/// Fills the shelf of a co-op.
async fn fill_one(owner: &mut PgConnection, coop: CoopId, products: i64) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("begin; set local session_replication_role = replica").execute(&mut *owner).await?;
    let sql = FILL.replace("$1", &coop.to_string()).replace("$2", &products.to_string());
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *owner).await?;
    sqlx::raw_sql("commit").execute(owner).await?;
    Ok(())
}

/// Fills the shelves of co-ops, and has the planner look at them.
pub(crate) async fn fill(world: &World, coops: &[CoopId], products: i64) -> Result<(), Box<dyn Error>> {
    let pool = db::owner_pool(&world.url).await?;
    let mut owner = pool.acquire().await?;
    for coop in coops {
        fill_one(&mut owner, *coop, products).await?;
    }
    sqlx::raw_sql("vacuum analyze").execute(&mut *owner).await?;
    Ok(())
}
