//! One row through the graph by somebody who signed in, beside a bare actix handler that runs the same SQL.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use access::{Access, AccessConfig, Secret, SignIn, Visitor};
use actix_web::{App, HttpResponse, HttpServer, web};
use api::{Api, ApiConfig};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use kernel::{Clock, CoopId, PartyId, PersonId};
use partners::{Quota, Quotas};
use serde_json::json;
use uuid::Uuid;

use crate::{pgbench, report::Figure, world::World};

const CLIENTS: u32 = 8;
const PASSWORD: &str = "seven boats at dawn";
const ENDLESS: Quota = Quota { burst: u32::MAX, per_second: u32::MAX };

/// Requests a second that are answered with the party's name.
async fn load(
    request: impl Fn() -> Result<Request<Full<Bytes>>, hyper::http::Error> + Clone + Send + 'static,
) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let request = request.clone();
            tokio::spawn(async move {
                let http = Client::builder(TokioExecutor::new()).build_http();
                let mut done = 0_u32;
                while started.elapsed() < Duration::from_secs(pgbench::SECONDS.into()) {
                    let answer = http.request(request()?).await?.into_body().collect().await?.to_bytes();
                    if !answer.windows(6).any(|part| part == b"Party ") {
                        return Err(String::from_utf8_lossy(&answer).into());
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
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

/// Through sign-in, roles, limits and the graph.
async fn through_the_graph(world: &World, party: PartyId) -> Result<f64, Box<dyn Error>> {
    let secret = Secret::generate();
    let config = AccessConfig::new("https://bench.example", "https://bench.example".parse()?, secret);
    let access = Access::new(world.pools.orm.clone(), config.clone(), Clock::system())?;
    let person = identity::add_person(&world.pools.orm, PersonId(Uuid::now_v7()), "Ada", "ada@example.org").await?;
    let tx = db::begin(&world.pools.orm, world.coop.id).await?;
    identity::add_member(&tx, world.coop.id, person, "admin", None).await?;
    tx.commit().await?;
    access.give_password(person, PASSWORD).await?;
    let SignIn::Done(grant) = access.sign_in(&Visitor::new(None, "bench"), "ada@example.org", PASSWORD).await? else {
        return Err("there is no second factor".into());
    };
    let quotas = Quotas { key: ENDLESS, person: ENDLESS, coop: ENDLESS };
    let api = Api::start(ApiConfig { access: Some(config), quotas, ..ApiConfig::new(&world.url) }).await?;
    let (url, token, slug) = (format!("{}/graphql", api.url()), format!("Bearer {}", grant.access_token), world.coop.slug.clone());
    let id = URL_SAFE_NO_PAD.encode(format!("Party:{party}"));
    let body = Bytes::from(
        json!({"query": "query ($id: ID!) { node(id: $id) { ... on Party { handle name } } }", "variables": {"id": id}}).to_string(),
    );
    let measured = load(move || {
        Request::post(&url)
            .header("content-type", "application/json")
            .header("authorization", &token)
            .header("guildhall-co-op", &slug)
            .body(Full::from(body.clone()))
    })
    .await;
    api.stop().await;
    measured
}

/// The same statement in the same kind of transaction, and nothing around it.
async fn bare(pools: web::Data<db::Pools>, asked: web::Path<(i32, i64)>) -> HttpResponse {
    let (coop, party) = (CoopId(asked.0), PartyId(asked.1));
    let found = async {
        let tx = db::begin_reading(&pools.orm, coop).await?;
        let found = identity::parties_of(&tx, coop, &[party]).await?;
        tx.commit().await?;
        Ok::<_, sea_orm::DbErr>(found)
    };
    match found.await.as_deref() {
        Ok([party]) => HttpResponse::Ok().json(json!({"data": {"node": {"handle": party.handle, "name": party.name}}})),
        Ok(_) => HttpResponse::NotFound().finish(),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

async fn through_a_bare_handler(world: &World, party: PartyId) -> Result<f64, Box<dyn Error>> {
    let config = ApiConfig::new(&world.url);
    let pools = web::Data::new(db::app_pool(&world.url, config.connections).await?);
    let server = HttpServer::new(move || App::new().app_data(pools.clone()).route("/{coop}/{party}", web::post().to(bare)))
        .workers(config.threads)
        .disable_signals()
        .bind(("127.0.0.1", 0))?;
    let address = server.addrs()[0];
    let server = server.run();
    let (handle, serving) = (server.handle(), tokio::spawn(server));
    let url = format!("http://{address}/{}/{party}", world.coop.id);
    let measured = load(move || Request::post(&url).body(Full::default())).await;
    handle.stop(true).await;
    serving.await??;
    measured
}

pub(crate) async fn measure(world: &World) -> Result<Vec<Figure>, Box<dyn Error>> {
    let party = world.makers[0];
    let ours = through_the_graph(world, party).await?;
    let theirs = through_a_bare_handler(world, party).await?;
    Ok(vec![Figure {
        path: "ask the graph for one row, signed in, 8 clients",
        ours,
        reference: "a bare actix handler, the same SQL",
        theirs: Some(theirs),
        budget: "at least 60 %",
        note: "token, standing, limits and weight are looked at each time".to_owned(),
    }])
}
