//! `GET /files/statements/2026-11-0007-r1.pdf`: the files of a statement, for those who may see it in the graph.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use kernel::{Actor, Permission};
use statements::{FileKind, Issued};

use super::{asker, attachment, nothing, unavailable};
use crate::graphql::Graph;

/// A file by its name: the statement's number, its revision, its kind.
fn named(name: &str) -> Option<(&str, u32, FileKind)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let kind = [FileKind::Pdf, FileKind::Csv, FileKind::Json].into_iter().find(|kind| kind.extension() == extension)?;
    let (number, revision) = stem.rsplit_once("-r")?;
    Some((number, revision.parse().ok()?, kind))
}

/// `GET /files/statements/{name}`
pub(crate) async fn file(graph: Data<Graph>, asked: HttpRequest, name: Path<String>) -> HttpResponse {
    let caller = match asker(&graph, &asked).await {
        Ok(caller) => caller,
        Err(answer) => return answer,
    };
    let Some(actor) = caller.actor() else { return nothing() };
    match fetch(&graph, &actor, &name).await {
        Ok(Some((kind, bytes))) => attachment(&name, kind.content_type(), bytes),
        Ok(None) => nothing(),
        Err(error) => {
            tracing::error!(coop.id = %actor.coop, error = &error as &dyn std::error::Error, "a statement's file could not be fetched");
            unavailable()
        }
    }
}

type Fetched = Option<(FileKind, bytes::Bytes)>;

async fn fetch(graph: &Graph, actor: &Actor, name: &str) -> Result<Fetched, statements::StatementsError> {
    let Some((number, revision, kind)) = named(name) else { return Ok(None) };
    let issued: Issued = match graph.house.statements.get(actor.coop, number, Some(revision)).await {
        Ok(issued) => issued,
        Err(error) if error.refusal().is_some() => return Ok(None),
        Err(error) => return Err(error),
    };
    let document = &issued.sealed.document;
    if !actor.permissions.contains(Permission::StatementsRead) && actor.party != Some(document.party.id) {
        return Ok(None);
    }
    let bytes = match (kind, &graph.house.storage) {
        (FileKind::Json, _) => bytes::Bytes::from(issued.sealed.json.clone()),
        (FileKind::Csv, _) => bytes::Bytes::from(statements::csv(document)),
        (FileKind::Pdf, Some(storage)) if issued.rendered_at.is_some() => storage.get(&statements::key(document, kind)).await?,
        // Not typeset yet, or stored elsewhere
        (FileKind::Pdf, _) => return Ok(None),
    };
    Ok(Some((kind, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_number_revision_and_kind() {
        assert_eq!(named("2026-11-0007-r2.pdf"), Some(("2026-11-0007", 2, FileKind::Pdf)));
        for wrong in ["", "2026-11-0007.pdf", "2026-11-0007-r2", "2026-11-0007-rx.pdf", "2026-11-0007-r1.exe"] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }
}
