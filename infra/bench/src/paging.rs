//! A page of fifty products with variants, prices, stock and makers: through the graph, beside a bare actix handler that runs the same
//! statements; and what it costs where there are more products, and more co-ops.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use access::{Access, AccessConfig, Secret};
use actix_web::{App, HttpResponse, HttpServer, web};
use api::{Api, ApiConfig};
use bytes::Bytes;
use catalogue::{Catalogue, ProductsAsk};
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use identity::{NewCoop, NewParty, PartyKind};
use kernel::{Actor, Clock, CoopId, Permissions, PersonId, SessionId, VariantId, Who};
use partners::{Quota, Quotas};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    pgbench,
    report::Figure,
    serving::{Served, processor_time},
    shelf,
    world::{World, sold_at},
};

/// The arguments that make this program a server; the address of the database follows.
pub(crate) const SERVE_GRAPH: &str = "--serve-graph";
pub(crate) const SERVE_BARE: &str = "--serve-bare";

const CLIENTS: u32 = 8;
const ENDLESS: Quota = Quota { burst: u32::MAX, per_second: u32::MAX };
const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "seven boats at dawn";
/// The budget's page.
const PAGE: u32 = 50;
const FEW: i64 = 1_000;
const MANY: i64 = 100_000;
/// Co-ops in all, and the products of each of the further ones.
const COOPS: u32 = 1_000;
const OF_EACH: i64 = 100;

const SIGN_IN: &str = "mutation ($email: String!, $password: String!) {
    signIn(email: $email, password: $password) { signedIn { tokens { accessToken } } problems { message } } }";
const PRODUCTS: &str = "{ products(first: 50, filter: {status: ACTIVE}) { nodes { id handle title variants { id sku options
    stock { onHand available } offers { id maker { name } prices { amount { minor currency } } } } } } }";

/// An api without quotas.
pub(crate) async fn serve_graph(database_url: &str) -> Result<(), Box<dyn Error>> {
    let access = AccessConfig::new("https://bench.example", "https://bench.example".parse()?, Secret::generate());
    let quotas = Quotas { key: ENDLESS, person: ENDLESS, coop: ENDLESS };
    let mut api = Api::start(ApiConfig { access: Some(access), quotas, ..ApiConfig::new(database_url) }).await?;
    println!("{}", api.url());
    api.wait().await;
    Err("the api ended by itself".into())
}

/// The same statements in the same kind of transaction, the same JSON, and nothing around it.
pub(crate) async fn serve_bare(database_url: &str) -> Result<(), Box<dyn Error>> {
    let config = ApiConfig::new(database_url);
    let pools = web::Data::new(db::app_pool(database_url, config.connections).await?);
    let server = HttpServer::new(move || App::new().app_data(pools.clone()).route("/{coop}", web::post().to(bare)))
        .workers(config.threads)
        .bind(("127.0.0.1", 0))?;
    println!("http://{}", server.addrs()[0]);
    Ok(server.run().await?)
}

async fn bare(pools: web::Data<db::Pools>, coop: web::Path<i32>) -> HttpResponse {
    match page(&pools, CoopId(*coop)).await {
        Ok(page) => HttpResponse::Ok().json(page),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

async fn page(pools: &db::Pools, coop: CoopId) -> Result<Value, Box<dyn Error>> {
    let who = Who::Person { person: PersonId(Uuid::nil()), session: SessionId(Uuid::nil()), factor_at: None };
    let actor = Actor { coop, who, party: None, permissions: Permissions::all() };
    let ask = ProductsAsk { status: Some(catalogue::ProductStatus::Active), first: PAGE + 1, ..ProductsAsk::default() };
    let products = Catalogue::new(pools.orm.clone(), Clock::system()).products(&actor, &ask).await?;
    let tx = db::begin_reading(&pools.orm, coop).await?;
    let ids: Vec<_> = products.iter().take(PAGE as usize).map(|product| product.id).collect();
    let variants = catalogue::variants_of(&tx, coop, &ids).await?;
    let levels = stock::levels_of_variants(&tx, coop, &variants.iter().map(|variant| variant.id).collect::<Vec<VariantId>>()).await?;
    let mut makers: Vec<_> = variants.iter().flat_map(|variant| variant.offers.iter().map(|offer| offer.maker)).collect();
    makers.sort_unstable();
    makers.dedup();
    let makers = identity::parties_of(&tx, coop, &makers).await?;
    tx.commit().await?;
    let offer = |offer: &catalogue::Offer| {
        let maker = makers.iter().find(|maker| maker.id == offer.maker).map(|maker| &maker.name);
        let prices: Vec<Value> =
            offer.prices.iter().map(|price| json!({"amount": {"minor": price.amount.minor, "currency": price.amount.currency}})).collect();
        json!({"id": offer.id, "maker": {"name": maker}, "prices": prices})
    };
    let variant = |variant: &catalogue::Variant| {
        let level = levels.iter().find(|(id, _)| *id == variant.id).map(|(_, level)| *level).unwrap_or_default();
        json!({"id": variant.id, "sku": variant.sku, "options": variant.options, "stock": {"onHand": level.on_hand, "available": level.available()},
            "offers": variant.offers.iter().map(offer).collect::<Vec<_>>()})
    };
    let nodes: Vec<Value> = products
        .iter()
        .take(PAGE as usize)
        .map(|product| {
            let own: Vec<Value> = variants.iter().filter(|one| one.product == product.id).map(variant).collect();
            json!({"id": product.id, "handle": product.handle, "title": product.title, "variants": own})
        })
        .collect();
    Ok(json!({"data": {"products": {"nodes": nodes}}}))
}

type Ask = std::sync::Arc<dyn Fn(usize) -> Result<Request<Full<Bytes>>, hyper::http::Error> + Send + Sync>;

/// Pages a second, each a full one.
async fn load(ask: &Ask) -> Result<(f64, u32), Box<dyn Error>> {
    let started = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let ask = ask.clone();
            tokio::spawn(async move {
                let http = Client::builder(TokioExecutor::new()).build_http();
                let mut done = 0_u32;
                while started.elapsed() < Duration::from_secs(pgbench::SECONDS.into()) {
                    let request = ask((done * CLIENTS + client) as usize)?;
                    let answer = http.request(request).await?.into_body().collect().await?.to_bytes();
                    let full = answer.windows(9).filter(|part| part == b"\"handle\":").count();
                    if full != PAGE as usize {
                        return Err(format!("{full} products in {}", String::from_utf8_lossy(&answer[..answer.len().min(600)])).into());
                    }
                    done += 1;
                }
                Ok::<u32, Box<dyn Error + Send + Sync>>(done)
            })
        })
        .collect();
    let mut done = 0;
    for client in clients {
        done += client.await?.map_err(|error| error.to_string())?;
    }
    Ok((f64::from(done) / started.elapsed().as_secs_f64(), done))
}

/// Asks the graph for its page, as Ada, in one of these co-ops after the other.
fn through_the_graph(url: &str, token: &str, slugs: Vec<String>) -> Ask {
    let (url, token) = (format!("{url}/graphql"), format!("Bearer {token}"));
    let body = Bytes::from(json!({"query": PRODUCTS}).to_string());
    std::sync::Arc::new(move |turn| {
        Request::post(&url)
            .header("content-type", "application/json")
            .header("authorization", &token)
            .header("guildhall-co-op", &slugs[turn % slugs.len()])
            .body(Full::from(body.clone()))
    })
}

fn through_a_bare_handler(url: &str, coop: CoopId) -> Ask {
    let url = format!("{url}/{coop}");
    std::sync::Arc::new(move |_| Request::post(&url).body(Full::default()))
}

async fn signed_in(url: &str) -> Result<String, Box<dyn Error>> {
    let body = json!({"query": SIGN_IN, "variables": {"email": EMAIL, "password": PASSWORD}}).to_string();
    let request = Request::post(format!("{url}/graphql")).header("content-type", "application/json").body(Full::<Bytes>::from(body))?;
    let http = Client::builder(TokioExecutor::new()).build_http();
    let answer: Value = serde_json::from_slice(&http.request(request).await?.into_body().collect().await?.to_bytes())?;
    let token = answer.pointer("/data/signIn/signedIn/tokens/accessToken").and_then(Value::as_str);
    Ok(token.ok_or_else(|| format!("nobody is let in: {answer}"))?.to_owned())
}

/// Ada, who is an admin wherever she is asked to be.
async fn ada(world: &World) -> Result<PersonId, Box<dyn Error>> {
    let config = AccessConfig::new("https://bench.example", "https://bench.example".parse()?, Secret::generate());
    let access = Access::new(world.pools.orm.clone(), config, Clock::system())?;
    let person = identity::add_person(&world.pools.orm, PersonId(Uuid::now_v7()), "Ada", EMAIL).await?;
    access.give_password(person, PASSWORD).await?;
    Ok(person)
}

/// A co-op of three makers, with Ada in it.
async fn found(world: &World, slug: &str, ada: PersonId) -> Result<CoopId, Box<dyn Error>> {
    let new = NewCoop { slug, name: slug, country: "NL", currency: "EUR".parse()?, time_zone: "Europe/Amsterdam" };
    let coop = identity::found(&world.pools.orm, new, sold_at()).await?.id;
    let maker = |number: u32| NewParty {
        kind: PartyKind::Member,
        handle: format!("maker-{number}"),
        name: format!("Maker {number}"),
        email: None,
        stripe_account: None,
        minimum_payout: 0,
    };
    let tx = db::begin(&world.pools.orm, coop).await?;
    identity::add_parties(&tx, coop, (1..=3).map(maker).collect()).await?;
    identity::add_member(&tx, coop, ada, "admin", None).await?;
    tx.commit().await?;
    Ok(coop)
}

pub(crate) async fn measure(world: &World) -> Result<Vec<Figure>, Box<dyn Error>> {
    let owner = db::owner_pool(&world.url).await?;
    let ada = ada(world).await?;
    let small = found(world, "small", ada).await?;
    shelf::fill(world, &[small], FEW).await?;
    let (graph, handler) = (Served::start(SERVE_GRAPH, &world.url)?, Served::start(SERVE_BARE, &world.url)?);
    let token = signed_in(&graph.url).await?;
    let in_small = through_the_graph(&graph.url, &token, vec!["small".to_owned()]);
    load(&in_small).await?; // so that everything is planned, in memory and known
    let before = processor_time(&graph, &owner).await?;
    let (ours, pages) = load(&in_small).await?;
    let cost = processor_time(&graph, &owner).await?.saturating_sub(before) / pages;
    load(&through_a_bare_handler(&handler.url, small)).await?;
    let (theirs, _) = load(&through_a_bare_handler(&handler.url, small)).await?;

    let large = found(world, "large", ada).await?;
    shelf::fill(world, &[large], MANY).await?;
    let in_large = through_the_graph(&graph.url, &token, vec!["large".to_owned()]);
    load(&in_large).await?;
    let (of_many, _) = load(&in_large).await?;

    let mut slugs = vec!["small".to_owned()];
    let mut further = Vec::new();
    for number in 1..COOPS - 1 {
        let slug = format!("co-op-{number}");
        further.push(found(world, &slug, ada).await?);
        slugs.push(slug);
    }
    shelf::fill(world, &further, OF_EACH).await?;
    let in_all = through_the_graph(&graph.url, &token, slugs);
    load(&in_all).await?;
    let (among_many, _) = load(&in_all).await?;
    Ok(vec![
        Figure {
            path: "50 products with variants, prices, stock and makers, 8 clients",
            ours,
            reference: "a bare actix handler, the same statements and JSON",
            theirs: Some(theirs),
            budget: "at least 50 %; under 3 ms of processor, server and PostgreSQL together",
            note: format!("{:.2} ms of processor a page", cost.as_secs_f64() * 1000.0),
        },
        Figure {
            path: "the same page of 100,000 products",
            ours: of_many,
            reference: "of 1,000 products",
            theirs: Some(ours),
            budget: "the same within 20 %",
            note: "one co-op".to_owned(),
        },
        Figure {
            path: "the same page among 1,000 co-ops",
            ours: among_many,
            reference: "of one co-op",
            theirs: Some(ours),
            budget: "the same within 20 %",
            note: "another co-op each time; 200,000 products in all".to_owned(),
        },
    ])
}
