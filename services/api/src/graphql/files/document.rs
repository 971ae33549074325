//! Documents that people submit for what a co-op requires, such as an insurance certificate.
//!
//! `GET /files/documents/{co-op}/{person}/{sha256}.pdf` is for whoever submitted it, and for those who review applications in
//! that co-op; the graph tells the path. `POST /files/requirements/{slug}/{requirement}?name=insurance.pdf` takes the bytes as the
//! body: what the graph takes in base64 has to fit into its smaller requests.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, Payload, Query},
};
use async_graphql::ID;
use bytes::Bytes;
use db::Acting;
use identity::{Answer, Checked, Document, Identity, IdentityError, MAX_DOCUMENT_BYTES, RequirementId};
use kernel::{Actor, CoopId, Permission, PersonId};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{asker, attachment, nothing, refused, unavailable};
use crate::{
    auth::Caller,
    graphql::{Graph, REQUIREMENT, base::Failure},
    problem, proxies,
};

/// The route of uploads, which may take longer than questions do.
pub(crate) const UPLOADS: &str = "/files/requirements/{co_op}/{requirement}";

/// What is called what.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    name: String,
}

fn identity(graph: &Graph) -> Identity {
    Identity::new(graph.house.db.clone(), graph.house.clock.clone())
}

/// The person behind a request; a key is nobody's.
fn person(caller: &Caller) -> Option<PersonId> {
    match caller {
        Caller::Person(signed) | Caller::Outsider(signed, _) | Caller::Actor(Some(signed), ..) => Some(signed.person),
        Caller::Stranger(_) | Caller::Actor(None, ..) => None,
    }
}

/// `GET /files/documents/{co_op}/{person}/{name}`
pub(crate) async fn document(graph: Data<Graph>, asked: HttpRequest, path: Path<(i32, Uuid, String)>) -> HttpResponse {
    let caller = match asker(&graph, &asked).await {
        Ok(caller) => caller,
        Err(answer) => return answer,
    };
    let (coop, of, name) = path.into_inner();
    let (coop, of) = (CoopId(coop), PersonId(of));
    let checklist = match (person(&caller), caller.actor()) {
        (Some(person), _) if person == of => identity(&graph).own_checklist(person, coop).await,
        (_, Some(actor)) if reviews(&actor, coop) => identity(&graph).checklist(&actor, of).await,
        (Some(_) | None, _) => return nothing(),
    };
    match fetch(&graph, checklist, &format!("documents/{coop}/{of}/{name}")).await {
        Ok(Some((name, content_type, bytes))) => attachment(&name, &content_type, bytes),
        Ok(None) => nothing(),
        Err(failure) => {
            tracing::error!(coop.id = %coop, ?failure, "a document could not be fetched");
            unavailable()
        }
    }
}

fn reviews(actor: &Actor, coop: CoopId) -> bool {
    actor.coop == coop && actor.permissions.contains(Permission::MembersReview)
}

type Fetched = Option<(String, String, Bytes)>;

/// The document of that key, if it is what stands there now.
async fn fetch(graph: &Graph, checklist: Result<Vec<Checked>, IdentityError>, key: &str) -> Result<Fetched, Failure> {
    let checklist = match checklist {
        Ok(checklist) => checklist,
        Err(error) if error.refusal().is_some() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let stored = checklist.into_iter().filter_map(|checked| checked.document).find(|document| document.key == key);
    let (Some(stored), Some(storage)) = (stored, &graph.house.storage) else { return Ok(None) };
    let bytes = storage.get(&stored.key).await.map_err(Failure::fault)?;
    Ok(Some((stored.name, stored.content_type, bytes)))
}

/// `POST /files/requirements/{co_op}/{requirement}`
pub(crate) async fn submit(
    graph: Data<Graph>,
    asked: HttpRequest,
    path: Path<(String, String)>,
    named: Query<Named>,
    body: Payload,
) -> HttpResponse {
    // Who it is comes first: a stranger's megabytes are not read
    let caller = match asker(&graph, &asked).await {
        Ok(caller) => caller,
        Err(answer) => return answer,
    };
    let (Some(person), Some(who)) = (person(&caller), caller.who()) else {
        return problem::answer(StatusCode::FORBIDDEN, "forbidden", "A key is nobody: documents are submitted by people.");
    };
    // What it really is, its bytes say. What a form of another site can send, a browser sends without asking
    let content_type = asked.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !identity::DOCUMENT_TYPES.contains(&content_type) {
        let message = format!("Send the file as {}.", identity::DOCUMENT_TYPES.join(", "));
        return problem::answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_type", &message);
    }
    let bytes = match body.to_bytes_limited(MAX_DOCUMENT_BYTES).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return problem::answer(StatusCode::BAD_REQUEST, "body_cut_off", "The file did not arrive in full."),
        Err(_) => {
            let message = format!("The file is larger than {MAX_DOCUMENT_BYTES} bytes; scan it smaller.");
            return problem::answer(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &message);
        }
    };
    let (slug, requirement) = path.into_inner();
    let submitted = Document { name: named.into_inner().name, bytes };
    let work = keep(&graph, person, (&slug, requirement), submitted);
    let acting = Acting::new(who, "submitRequirement", proxies::client(&asked));
    match db::acting(acting, work).await {
        Ok(Some(checked)) => HttpResponse::Ok().json(told(&checked)),
        Ok(None) => nothing(),
        Err(error) => error.refusal().map_or_else(
            || {
                tracing::error!(error = &error as &dyn std::error::Error, "a document could not be kept");
                unavailable()
            },
            |refusal| refused(&refusal),
        ),
    }
}

/// Keeps it; nothing where there is no such requirement, or no place for files.
async fn keep(
    graph: &Graph,
    person: PersonId,
    (slug, requirement): (&str, String),
    document: Document,
) -> Result<Option<Checked>, IdentityError> {
    let (Ok(id), Some(storage)) = (REQUIREMENT.key(&ID(requirement)), &graph.house.storage) else { return Ok(None) };
    let Ok(coop) = identity::find_coop(&graph.house.db, slug).await else { return Ok(None) };
    identity(graph).submit((person, coop.id), RequirementId(id), Answer::Document(document), storage).await.map(Some)
}

/// What became of it.
fn told(checked: &Checked) -> serde_json::Value {
    let document = checked.document.as_ref();
    json!({
        "name": document.map(|document| &document.name),
        "contentType": document.map(|document| &document.content_type),
        "sha256": document.map(|document| &document.sha256),
        "bytes": document.map(|document| document.size),
        "submittedAt": checked.submitted_at,
        "url": document.map(|document| url(&document.key)),
    })
}

/// The path under which a stored document is downloaded.
pub(crate) fn url(key: &str) -> String {
    format!("/files/{key}")
}
