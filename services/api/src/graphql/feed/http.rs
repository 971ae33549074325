//! `GET /catalogue/changes?since=…` and `GET /catalogue/snapshot`, for devices that speak plain HTTP: with an ETag that is the
//! version of the catalogue, so that asking whether there is anything new costs one row.
//!
//! | parameter | says |
//! |---|---|
//! | `since` | the version up to which the device has everything; 0 for nothing |
//! | `first` | how many changes at most, 1 to 500 |
//! | `channel` | where it sells: `web`, `till`, `stream` or `subscription`; everywhere without it |

use std::{
    io::{Cursor, Read as _},
    iter,
};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web::{Data, Query},
};
use bytes::Bytes;
use catalogue::{CatalogueError, Channel, FeedAsk, MAX_FEED};
use flate2::read::GzDecoder;
use futures_util::stream;
use kernel::{Actor, Code, Refusal};
use serde::Deserialize;

use crate::{
    auth::{Caller, Shown},
    graphql::Graph,
    problem,
    rate::Rate,
};

/// How bodies are written. Grows when the same version of a catalogue is told otherwise than before.
const FORMAT: u32 = 1;
/// Changes of a page when nothing is said.
const USUAL_PAGE: u32 = 100;
/// What a snapshot costs of the co-op's budget: as much as a few hundred products.
const SNAPSHOT_COST: usize = 2_000;
/// What one change costs: a product with its variants, offers and prices.
const CHANGE_COST: usize = 5;
/// A snapshot is unpacked in pieces of so many bytes for those who cannot.
const PIECE: usize = 64 * 1024;

/// What is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    #[serde(default)]
    since: i64,
    first: Option<u32>,
    channel: Option<String>,
}

type Parameters = Result<Query<Wanted>, actix_web::Error>;

/// One who acts in a co-op, what they want, and what they may still ask for.
struct Device {
    actor: Actor,
    slug: String,
    wanted: Wanted,
    channel: Option<Channel>,
    rate: Rate,
}

/// `GET /catalogue/changes`
pub(crate) async fn changes(graph: Data<Graph>, asked: HttpRequest, parameters: Parameters) -> HttpResponse {
    let cost = |wanted: &Wanted| 1 + CHANGE_COST * wanted.first.unwrap_or(USUAL_PAGE) as usize;
    let device = match Device::of(&graph, &asked, parameters, cost).await {
        Ok(device) => device,
        Err(answer) => return answer,
    };
    let catalogue = &graph.house.catalogue;
    if let Some(answer) = device.unchanged(&graph, &asked).await {
        return answer;
    }
    let ask = FeedAsk { since: device.wanted.since, first: device.wanted.first.unwrap_or(USUAL_PAGE), channel: device.channel };
    match catalogue.changes(&device.actor, ask).await {
        Ok(feed) => device.answer(StatusCode::OK, feed.version).json(feed),
        Err(error) => device.no(&error),
    }
}

/// `GET /catalogue/snapshot`
pub(crate) async fn snapshot(graph: Data<Graph>, asked: HttpRequest, parameters: Parameters) -> HttpResponse {
    let device = match Device::of(&graph, &asked, parameters, |_| SNAPSHOT_COST).await {
        Ok(device) => device,
        Err(answer) => return answer,
    };
    if let Some(answer) = device.unchanged(&graph, &asked).await {
        return answer;
    }
    match graph.house.catalogue.snapshot(&device.actor, device.channel).await {
        Ok(snapshot) => {
            let mut answer = device.answer(StatusCode::OK, snapshot.version);
            answer.content_type("application/json");
            if takes_gzip(&asked) {
                answer.insert_header((header::CONTENT_ENCODING, "gzip")).body(snapshot.gzip)
            } else {
                answer.streaming(unpacked(snapshot.gzip))
            }
        }
        Err(error) => device.no(&error),
    }
}

impl Device {
    async fn of(graph: &Graph, asked: &HttpRequest, parameters: Parameters, cost: impl Fn(&Wanted) -> usize) -> Result<Self, HttpResponse> {
        let caller = graph.gatekeeper.look(&Shown::by(asked)).await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "nobody could be asked who wants the catalogue");
            problem::answer(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "This cannot be told now; try again in a while.")
        })?;
        let (actor, slug) = match caller {
            Caller::Actor(_, actor, coop) => (actor, coop.slug.clone()),
            Caller::Stranger(refusal) | Caller::Outsider(_, refusal) => return Err(refused(&refusal)),
            Caller::Person(_) => {
                return Err(refused(&Refusal::new(Code::InvalidInput, "name the co-op by its slug in the header Guildhall-Co-op")));
            }
        };
        let (wanted, channel) = read(parameters).map_err(|refusal| refused(&refusal))?;
        let rate = Rate::default();
        if let Err(refusal) = rate.take(&graph.house.limits, &actor, cost(&wanted)).await {
            let mut answer = HttpResponse::build(StatusCode::TOO_MANY_REQUESTS);
            rate.tell(&mut answer);
            telemetry::count_refusal(refusal.code, "catalogue");
            return Err(answer.json(serde_json::json!({"code": "too_many", "message": refusal.message})));
        }
        Ok(Self { actor, slug, wanted, channel, rate })
    }

    /// 304 where the device has the body of this version; `None` where it has not, or where something is wrong, which is found out anew.
    async fn unchanged(&self, graph: &Graph, asked: &HttpRequest) -> Option<HttpResponse> {
        let known = asked.headers().get(header::IF_NONE_MATCH)?.to_str().ok()?;
        let version = graph.house.catalogue.feed_version(&self.actor).await.ok()?.version;
        let tag = self.tag(version);
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        known.split(',').any(|known| opaque(known) == opaque(&tag)).then(|| self.answer(StatusCode::NOT_MODIFIED, version).finish())
    }

    /// Names what a body of this address says: the same version of the same co-op's catalogue is told alike. Weak, because it may be compressed.
    fn tag(&self, version: i64) -> String {
        format!("W/\"{FORMAT}-{}-{version}\"", self.slug)
    }

    fn answer(&self, status: StatusCode, version: i64) -> HttpResponseBuilder {
        let mut answer = HttpResponse::build(status);
        self.rate.tell(&mut answer);
        answer
            .insert_header((header::ETAG, self.tag(version)))
            .insert_header((header::CACHE_CONTROL, "private, no-cache"))
            .insert_header((header::VARY, "authorization, guildhall-co-op, accept-encoding"));
        answer
    }

    fn no(&self, error: &CatalogueError) -> HttpResponse {
        let Some(refusal) = error.refusal() else {
            tracing::error!(coop.id = %self.actor.coop, error = error as &dyn std::error::Error, "the catalogue could not be told");
            return problem::answer(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "This cannot be told now; try again in a while.");
        };
        refused(&refusal)
    }
}

fn read(parameters: Parameters) -> Result<(Wanted, Option<Channel>), Refusal> {
    let invalid = |message: String| Refusal::new(Code::InvalidInput, message);
    let wanted = parameters.map_err(|error| invalid(format!("the parameters are since, first and channel: {error}")))?.into_inner();
    if wanted.first.is_some_and(|first| !(1..=MAX_FEED).contains(&first)) {
        return Err(invalid(format!("first is 1 to {MAX_FEED}")));
    }
    let channel = wanted
        .channel
        .as_deref()
        .map(|word| Channel::of_word(word).ok_or_else(|| invalid("channel is web, till, stream or subscription".to_owned())));
    let channel = channel.transpose()?;
    Ok((wanted, channel))
}

fn refused(refusal: &Refusal) -> HttpResponse {
    let (status, code) = match refusal.code {
        Code::InvalidInput => (StatusCode::BAD_REQUEST, "invalid_input"),
        Code::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        Code::Conflict => (StatusCode::CONFLICT, "conflict"),
        Code::SignInNeeded => (StatusCode::UNAUTHORIZED, "sign_in_needed"),
        Code::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
        Code::SecondFactorNeeded => (StatusCode::FORBIDDEN, "second_factor_needed"),
        // The catalogue has begun anew, or is too large for one download: what was asked for is not to be had any more
        Code::NotNow => (StatusCode::GONE, "not_now"),
        Code::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
    };
    telemetry::count_refusal(refusal.code, "catalogue");
    problem::answer(status, code, &refusal.message)
}

/// Whether whoever asks can unpack; who says nothing about it can.
fn takes_gzip(asked: &HttpRequest) -> bool {
    let Some(said) = asked.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else { return true };
    said.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let name = name.trim();
        (name.eq_ignore_ascii_case("gzip") || name == "*") && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

/// A snapshot for those who cannot unpack it, piece by piece.
fn unpacked(gzip: Vec<u8>) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    let mut packed = GzDecoder::new(Cursor::new(gzip));
    stream::iter(iter::from_fn(move || {
        let mut piece = vec![0; PIECE];
        match packed.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some(Ok(Bytes::from(piece)))
            }
            Err(error) => Some(Err(error)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let asks = |said: &str| takes_gzip(&TestRequest::default().insert_header((header::ACCEPT_ENCODING, said)).to_http_request());
        assert!(takes_gzip(&TestRequest::default().to_http_request()));
        for yes in ["gzip", "deflate, GZIP;q=0.5", "br, *"] {
            assert!(asks(yes), "{yes}");
        }
        for no in ["identity", "br", "gzip;q=0, br", ""] {
            assert!(!asks(no), "{no}");
        }
    }
}
