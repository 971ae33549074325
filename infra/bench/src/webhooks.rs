//! Webhooks accepted durably, beside pgbench inserting the same row with as many clients.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use api::{Api, ApiConfig};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use kernel::Clock;
use stripe_gateway::{Secret, signature};
use uuid::Uuid;

use crate::{pgbench, report::Figure, world::World};

const CLIENTS: u32 = 8;
const SECRET: &str = "whsec_bench";
/// A body is about as large as Stripe's `charge.updated`.
const FILLER: usize = 2_300;

fn body() -> String {
    let filler = "x".repeat(FILLER);
    format!(
        r#"{{"id":"evt_{}","object":"event","type":"invoice.paid","created":1793880000,"livemode":false,"api_version":"2026-10-28.endive","data":{{"object":{{"id":"in_1","filler":"{filler}"}}}}}}"#,
        Uuid::now_v7().simple()
    )
}

type Http = Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>;

async fn deliver(http: &Http, url: &str, secret: &Secret, clock: &Clock) -> Result<Duration, Box<dyn Error + Send + Sync>> {
    let body = body();
    let header = signature::sign(body.as_bytes(), secret, clock.now());
    let request =
        Request::post(url).header("stripe-signature", header).header("content-type", "application/json").body(Full::from(body))?;
    let started = Instant::now();
    let answer = http.request(request).await?;
    let status = answer.status();
    answer.into_body().collect().await?;
    if status.is_success() { Ok(started.elapsed()) } else { Err(format!("the api answered {status}").into()) }
}

/// Every client delivers for a while, one after another, at most one each `pause`; returns how long each delivery took.
async fn load(url: &str, pause: Duration) -> Result<Vec<Duration>, Box<dyn Error>> {
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let url = url.to_owned();
            tokio::spawn(async move {
                let (http, secret, clock) = (Client::builder(TokioExecutor::new()).build_http(), Secret::new(SECRET), Clock::system());
                let (started, mut times) = (Instant::now(), Vec::new());
                while started.elapsed() < Duration::from_secs(pgbench::SECONDS.into()) {
                    let next = Instant::now() + pause;
                    times.push(deliver(&http, &url, &secret, &clock).await?);
                    tokio::time::sleep_until(next.into()).await;
                }
                Ok::<_, Box<dyn Error + Send + Sync>>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await?.map_err(|error| error.to_string())?);
    }
    Ok(times)
}

pub(crate) async fn measure(world: &World) -> Result<Vec<Figure>, Box<dyn Error>> {
    let mut config = ApiConfig::new(&world.url);
    config.platform_secrets = vec![Secret::new(SECRET)];
    let api = Api::start(config).await?;
    let url = format!("{}/webhooks/stripe", api.url());
    let accepted = u32::try_from(load(&url, Duration::ZERO).await?.len())?;
    let ours = f64::from(accepted) / f64::from(pgbench::SECONDS);
    let mut half = load(&url, Duration::from_secs_f64(f64::from(CLIENTS) / (ours / 2.0))).await?;
    half.sort();
    let p99 = half.get(half.len() * 99 / 100).copied().unwrap_or_default();
    api.stop().await;

    let script = format!(
        "\\set n random(1, 9000000000000000000)
insert into stripe_event (event_id, connect, kind, body) values ('evt_' || :n, false, 'invoice.paid', '{}') on conflict (event_id) do nothing;
",
        body().replace("\":", "\": ") // pgbench takes a colon and a word for a variable
    );
    let theirs = pgbench::run(&world.url, &script, CLIENTS)?;
    Ok(vec![Figure {
        path: "accept a webhook durably, 8 clients",
        ours,
        reference: "pgbench, the same insert, 8 clients",
        theirs: Some(theirs),
        budget: "at least 60 %; p99 under 10 ms at half load",
        note: format!("p99 at half load {:.1} ms; the clients sign and share the machine", p99.as_secs_f64() * 1e3),
    }])
}
