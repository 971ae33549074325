//! `GET /files/exports/0197….tar.gz`: a finished export of the whole co-op, for those who manage it.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use bytes::Bytes;
use identity::{ExportId, Identity};
use kernel::{Actor, Permission};

use super::{asker, attachment, nothing, unavailable};
use crate::graphql::{Graph, base::Failure};

/// How the name of an export ends.
const ENDING: &str = ".tar.gz";

/// `GET /files/exports/{name}`
pub(crate) async fn export(graph: Data<Graph>, asked: HttpRequest, name: Path<String>) -> HttpResponse {
    let caller = match asker(&graph, &asked).await {
        Ok(caller) => caller,
        Err(answer) => return answer,
    };
    let Some(actor) = caller.actor().filter(|actor| actor.permissions.contains(Permission::CoopManage)) else { return nothing() };
    let Some(id) = name.strip_suffix(ENDING).and_then(|id| id.parse().ok()).map(ExportId) else { return nothing() };
    match fetch(&graph, &actor, id).await {
        Ok(Some(bytes)) => attachment(&name, "application/gzip", bytes),
        Ok(None) => nothing(),
        Err(failure) => {
            tracing::error!(coop.id = %actor.coop, ?failure, "an export could not be fetched");
            unavailable()
        }
    }
}

async fn fetch(graph: &Graph, actor: &Actor, id: ExportId) -> Result<Option<Bytes>, Failure> {
    let Some(storage) = &graph.house.storage else { return Ok(None) };
    let identity = Identity::new(graph.house.db.clone(), graph.house.clock.clone());
    let exports = identity.exports(actor).await?;
    match exports.into_iter().find(|export| export.id == id).and_then(|export| export.made) {
        Some(made) => Ok(Some(storage.get(&made.key).await.map_err(Failure::fault)?)),
        None => Ok(None),
    }
}
