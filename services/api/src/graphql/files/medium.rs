//! Pictures of products.
//!
//! `GET /files/media/{medium}` is for those who read the catalogue; the graph tells the path. `POST
//! /files/media?product={id}&alt=A%20blue%20mug` takes the bytes of a JPEG, PNG or WebP as the body, from those who may change
//! products. The same picture again is the one that is there.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, Payload, Query},
};
use async_graphql::ID;
use bytes::Bytes;
use catalogue::{CatalogueError, MAX_MEDIUM_BYTES, Medium, MediumId, NewMedium, PICTURE_TYPES};
use db::Acting;
use identity::CoopStatus;
use kernel::{Actor, Code, Permission, ProductId, Refusal};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{asker, nothing, refused, unavailable};
use crate::{
    auth::Caller,
    graphql::{
        Graph,
        catalogue::{MEDIUM, PRODUCT},
    },
    problem, proxies,
};

/// The route of uploads, which may take longer than questions do.
pub(crate) const PICTURES: &str = "/files/media";

/// Of what the picture is.
#[derive(Debug, Deserialize)]
pub(crate) struct Shows {
    product: String,
    #[serde(default)]
    alt: String,
}

/// `GET /files/media/{medium}`
pub(crate) async fn medium(graph: Data<Graph>, asked: HttpRequest, id: Path<Uuid>) -> HttpResponse {
    let caller = match asker(&graph, &asked).await {
        Ok(caller) => caller,
        Err(answer) => return answer,
    };
    let Some(actor) = caller.actor() else { return nothing() };
    match fetch(&graph, &actor, MediumId(*id)).await {
        Ok(Some((medium, bytes))) => HttpResponse::Ok()
            .content_type(medium.content_type)
            // Its bytes never change: whoever had it may keep it
            .insert_header((header::CACHE_CONTROL, "private, max-age=86400, immutable"))
            .insert_header((header::ETAG, format!("\"{}\"", hex::encode(&medium.sha256))))
            .body(bytes),
        Ok(None) => nothing(),
        Err(error) => {
            tracing::error!(coop.id = %actor.coop, error = &error as &dyn std::error::Error, "a picture could not be fetched");
            unavailable()
        }
    }
}

async fn fetch(graph: &Graph, actor: &Actor, id: MediumId) -> Result<Option<(Medium, Bytes)>, CatalogueError> {
    let Some(storage) = &graph.house.storage else { return Ok(None) };
    match graph.house.catalogue.medium(actor, id).await {
        Ok(medium) => {
            let bytes = storage.get(&medium.storage_key).await?;
            Ok(Some((medium, bytes)))
        }
        Err(error) if error.refusal().is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

/// `POST /files/media?product={id}`
pub(crate) async fn add(graph: Data<Graph>, asked: HttpRequest, shows: Query<Shows>, body: Payload) -> HttpResponse {
    // Who it is comes first: a stranger's megabytes are not read
    let caller = match asker(&graph, &asked).await {
        Ok(caller) => caller,
        Err(answer) => return answer,
    };
    let actor = match may_add(&caller) {
        Ok(actor) => actor,
        Err(refusal) => return refused(&refusal),
    };
    // What it really is, its bytes say. What a form of another site can send, a browser sends without asking
    let content_type = asked.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !PICTURE_TYPES.contains(&content_type) {
        let message = format!("Send the picture as {}.", PICTURE_TYPES.join(", "));
        return problem::answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_type", &message);
    }
    let bytes = match body.to_bytes_limited(MAX_MEDIUM_BYTES).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return problem::answer(StatusCode::BAD_REQUEST, "body_cut_off", "The picture did not arrive in full."),
        Err(_) => {
            let message = format!("The picture is larger than {MAX_MEDIUM_BYTES} bytes; save it smaller.");
            return problem::answer(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &message);
        }
    };
    let acting = Acting::new(actor.who, "addMedium", proxies::client(&asked));
    match db::acting(acting, keep(&graph, &actor, shows.into_inner(), bytes)).await {
        Ok(Some(medium)) => HttpResponse::Ok().json(told(&medium)),
        Ok(None) => nothing(),
        Err(error) => error.refusal().map_or_else(
            || {
                tracing::error!(coop.id = %actor.coop, error = &error as &dyn std::error::Error, "a picture could not be kept");
                unavailable()
            },
            |refusal| refused(&refusal),
        ),
    }
}

/// One who may change products of a co-op that is open.
fn may_add(caller: &Caller) -> Result<Actor, Refusal> {
    match caller {
        Caller::Actor(_, _, coop) if coop.status != CoopStatus::Open => {
            Err(Refusal::new(Code::NotNow, "the co-op is suspended or closed: what is there can be read, and nothing be changed"))
        }
        Caller::Actor(_, actor, _) => actor.require(Permission::CatalogueWrite).map(|()| *actor),
        Caller::Stranger(refusal) | Caller::Outsider(_, refusal) => Err(refusal.clone()),
        Caller::Person(_) => Err(Refusal::new(Code::InvalidInput, "name the co-op by its slug in the header Guildhall-Co-op")),
    }
}

/// Keeps it; nothing where there is no such product, or no place for files.
async fn keep(graph: &Graph, actor: &Actor, shows: Shows, bytes: Bytes) -> Result<Option<Medium>, CatalogueError> {
    let (Ok(product), Some(storage)) = (PRODUCT.key(&ID(shows.product)), &graph.house.storage) else { return Ok(None) };
    let new = NewMedium { product: ProductId(product), bytes, alt: shows.alt };
    graph.house.catalogue.add_medium(actor, new, storage).await.map(Some)
}

/// What became of it, in the graph's words.
fn told(medium: &Medium) -> serde_json::Value {
    json!({
        "id": MEDIUM.id(medium.id).as_str(),
        "url": format!("{PICTURES}/{}", medium.id),
        "contentType": medium.content_type,
        "bytes": medium.size,
        "width": medium.width,
        "height": medium.height,
        "alt": medium.alt,
        "position": medium.position,
        "sha256": hex::encode(&medium.sha256),
    })
}
