//! What asks for far too much, beside a trivial question: a refusal must not be the cheaper way to keep a processor busy.
//!
//! Each request has a connection of its own and is written as bytes, so that a body can be announced and left away.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use api::{Api, ApiConfig};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{pgbench, report::Figure, world::World};

const CLIENTS: u32 = 4;
const LEVELS: usize = 10_000;
const ALIASES: usize = 1_000;
const LARGE: usize = 10 << 20;
const BUDGET: &str = "at least 33 %: it costs three trivial questions at most";

/// What is sent, and a part of every right answer.
type Exchange = (Vec<u8>, &'static str);

fn post(body: &[u8], announced: usize) -> Vec<u8> {
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: bench\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {announced}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn asking(query: &str) -> Vec<u8> {
    let body = json!({"query": query}).to_string();
    post(body.as_bytes(), body.len())
}

/// Exchanges a second.
async fn load(address: &str, (request, expected): Exchange) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (address, request) = (address.to_owned(), request.clone());
            tokio::spawn(async move {
                let mut done = 0_u32;
                while started.elapsed() < Duration::from_secs(pgbench::SECONDS.into()) {
                    let mut stream = TcpStream::connect(&address).await?;
                    // What is too large need not be read to its end
                    let _ = stream.write_all(&request).await;
                    let mut answer = Vec::new();
                    let _ = stream.read_to_end(&mut answer).await;
                    if !answer.windows(expected.len()).any(|part| part == expected.as_bytes()) {
                        return Err(format!("no {expected} in {}", String::from_utf8_lossy(&answer)).into());
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

pub(crate) async fn measure(world: &World) -> Result<Vec<Figure>, Box<dyn Error>> {
    let api = Api::start(ApiConfig::new(&world.url)).await?;
    let address = api.url().trim_start_matches("http://").to_owned();
    let deep = format!("{{ {} id {} }}", "a { ".repeat(LEVELS), "}".repeat(LEVELS));
    let aliases = (0..ALIASES).map(|number| format!("a{number}: __typename")).collect::<Vec<_>>().join(" ");
    let refusals: [(&'static str, &'static str, Exchange); 3] = [
        ("refuse a query of 10,000 levels", "40 KB are read and their brackets counted up to the limit", (asking(&deep), "QUERY_TOO_DEEP")),
        (
            "refuse a query of 1,000 aliases",
            "it is parsed, and nothing of it is run",
            (asking(&format!("{{ {aliases} }}")), "TOO_MANY_ALIASES"),
        ),
        ("refuse a body of 10 MB", "by its announced length, before it is read", (post(&[b' '; 4096], LARGE), "BODY_TOO_LARGE")),
    ];
    let trivial = load(&address, (asking("{ __typename }"), "Query")).await?;
    let mut figures = Vec::new();
    for (path, note, exchange) in refusals {
        let ours = load(&address, exchange).await?;
        figures.push(Figure {
            path,
            ours,
            reference: "the query { __typename }, accepted",
            theirs: Some(trivial),
            budget: BUDGET,
            note: note.to_owned(),
        });
    }
    api.stop().await;
    Ok(figures)
}
