//! Products brought in from a file, beside the same rows written by bare statements; and what devices are told of them.

use std::{
    error::Error,
    fmt::Write as _,
    time::{Duration, Instant},
};

use catalogue::{Catalogue, FeedAsk};
use identity::{Coop, NewCoop};
use imports::products::{Options, ProductFile, ProductImports};
use kernel::{Actor, Clock, CoopId, PartyId, Permissions, PersonId, SessionId, Who};
use uuid::Uuid;

use crate::{
    pgbench,
    report::{Figure, Level},
    shelf,
    world::{World, sold_at},
};

/// Products of the file, each of two variants with a price and ten units.
const PRODUCTS: usize = 5_000;
/// Changes that a device takes at once.
const CHANGES: u32 = 100;
const DEVICES: u32 = 8;

fn file() -> String {
    let mut text = String::from("handle,title,description,option1_name,option1_value,sku,maker,currency,price,location,quantity\n");
    for number in 1..=PRODUCTS {
        for (side, size) in ["small", "large"].into_iter().enumerate() {
            let _ = writeln!(
                text,
                "mug-{number},Mug number {number},\"Thrown by hand, glazed in grey, and good for {} years of tea.\",size,{size},mug-{number}-{side},maker-{},EUR,{}.{:02},The shop,10",
                number % 40,
                1 + number % 3,
                12 + number % 9,
                number % 100
            );
        }
    }
    text
}

async fn found(world: &World, slug: &str) -> Result<Coop, Box<dyn Error>> {
    let new = NewCoop { slug, name: slug, country: "NL", currency: "EUR".parse()?, time_zone: "Europe/Amsterdam" };
    let coop = identity::found(&world.pools.orm, new, sold_at()).await?;
    let tx = db::begin(&world.pools.orm, coop.id).await?;
    let maker = |number: u32| identity::NewParty {
        kind: identity::PartyKind::Member,
        handle: format!("maker-{number}"),
        name: format!("Maker {number}"),
        email: None,
        stripe_account: None,
        minimum_payout: 0,
    };
    identity::add_parties(&tx, coop.id, (1..=3).map(maker).collect()).await?;
    tx.commit().await?;
    Ok(coop)
}

/// Somebody who may do everything.
fn admin(coop: CoopId) -> Actor {
    let who = Who::Person { person: PersonId(Uuid::nil()), session: SessionId(Uuid::nil()), factor_at: None };
    Actor { coop, who, party: None::<PartyId>, permissions: Permissions::all() }
}

/// Pages of changes a second, by devices that begin at different versions.
async fn listen(world: &World, coop: CoopId, last: i64) -> Result<f64, Box<dyn Error>> {
    let catalogue = Catalogue::new(world.pools.orm.clone(), Clock::system());
    let started = Instant::now();
    let devices: Vec<_> = (0..DEVICES)
        .map(|device| {
            let catalogue = catalogue.clone();
            tokio::spawn(async move {
                let (mut pages, mut since) = (0_u32, i64::from(device) * 97);
                while started.elapsed() < Duration::from_secs(pgbench::SECONDS.into()) {
                    let page = catalogue.changes(&admin(coop), FeedAsk { since, first: CHANGES, channel: None }).await;
                    let page = page.map_err(|error| error.to_string())?;
                    since = if page.more { page.until } else { (since + 31) % last };
                    pages += 1;
                }
                Ok::<u32, String>(pages)
            })
        })
        .collect();
    let mut pages = 0;
    for device in devices {
        pages += device.await??;
    }
    Ok(f64::from(pages) / started.elapsed().as_secs_f64())
}

pub(crate) async fn measure(world: &World) -> Result<(Vec<Figure>, Vec<Level>), Box<dyn Error>> {
    let coop = found(world, "imported").await?;
    let owner = db::owner_pool(&world.url).await?;
    sqlx::query("insert into location (coop_id, location_id, kind, name) values ($1, gen_random_uuid(), 'shop', 'The shop')")
        .bind(coop.id.0)
        .execute(&owner)
        .await?;
    let (text, imports) = (file(), ProductImports::new(world.pools.orm.clone(), coop.clone(), Clock::system()));
    let file = ProductFile { name: "products.csv", bytes: text.as_bytes() };
    let started = Instant::now();
    let report = imports.import(file, &Options::default(), None, &mut |_| {}).await?;
    let seconds = started.elapsed().as_secs_f64();
    if report.rows.created != PRODUCTS * 2 {
        return Err(format!("{} of {} rows made something: {:?}", report.rows.created, PRODUCTS * 2, report.rejected.first()).into());
    }
    let started = Instant::now();
    imports.import(file, &Options::default(), None, &mut |_| {}).await?;
    let again = started.elapsed().as_secs_f64();

    let bare = found(world, "bare").await?;
    let started = Instant::now();
    shelf::fill(world, &[bare.id], i64::try_from(PRODUCTS)?).await?;
    let theirs = started.elapsed().as_secs_f64();

    let catalogue = Catalogue::new(world.pools.orm.clone(), Clock::system());
    let version = catalogue.feed_version(&admin(coop.id)).await?.version;
    let pages = listen(world, coop.id, version).await?;
    let rows = f64::from(u32::try_from(PRODUCTS * 2)?);
    let snapshot = catalogue.snapshot(&admin(coop.id), None).await?;
    Ok((
        vec![
            Figure {
                path: "import rows of a product file",
                ours: rows / seconds,
                reference: "the same rows by a statement for each table, beneath the triggers",
                theirs: Some(rows / theirs),
                budget: "–",
                note: "products, variants, offers, prices, lots and units; audit, feed and search are written with them".to_owned(),
            },
            Figure {
                path: "import the same file again",
                ours: rows / again,
                reference: "the first time",
                theirs: Some(rows / seconds),
                budget: "–",
                note: "nothing changes".to_owned(),
            },
            Figure {
                path: "tell a device 100 changes of the catalogue, 8 devices",
                ours: pages,
                reference: "–",
                theirs: None,
                budget: "–",
                note: "products told whole, with variants, offers and prices".to_owned(),
            },
        ],
        vec![Level {
            what: "a snapshot of 10,000 variants, compressed",
            value: f64::from(u32::try_from(snapshot.gzip.len())?) / 1_000_000.0,
            unit: "MB",
            budget: "under 1 MB",
            note: format!("{PRODUCTS} products, version {}", snapshot.version),
        }],
    ))
}
