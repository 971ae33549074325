//! Saving a batch.

use db::{Sqlstate, sqlstate};
use kernel::{Actor, CoopId, Permission, ProductId};

use super::{
    SaveProduct,
    decide::{Batch, wanted_handle},
    known::Known,
    write,
};
use crate::{Catalogue, CatalogueError, Flaw, Outcome, Policy, flaw::Flaws};

/// The most products that are saved at once.
pub const MAX_BATCH: usize = 1_000;

impl Catalogue {
    /// Makes and changes products with everything about them; tells row by row what came of it. Under
    /// [`Policy::AllOrNothing`] flaws are an error and nothing is saved. The same batch again changes nothing.
    #[tracing::instrument(name = "catalogue.save_products", skip_all, fields(coop.id = %actor.coop, rows = wishes.len()))]
    pub async fn save_products(
        &self,
        actor: &Actor,
        wishes: Vec<SaveProduct>,
        policy: Policy,
    ) -> Result<Vec<Outcome<ProductId>>, CatalogueError> {
        actor.require(Permission::CatalogueWrite)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let done = save(&tx, (actor.coop, self.now()), wishes, policy).await?;
        tx.commit().await.map_err(taken)?;
        Ok(done)
    }
}

/// The same within a transaction, for whoever may.
pub async fn save(
    tx: &db::Tx,
    (coop, now): (CoopId, chrono::DateTime<chrono::Utc>),
    wishes: Vec<SaveProduct>,
    policy: Policy,
) -> Result<Vec<Outcome<ProductId>>, CatalogueError> {
    if wishes.len() > MAX_BATCH {
        return Err(CatalogueError::TooMany);
    }
    let handles: Vec<String> = wishes.iter().filter_map(wanted_handle).collect();
    let mut batch = Batch::new(Known::of(tx, coop, &wishes, handles).await?, now);
    let (mut rows, mut outcomes) = (Vec::with_capacity(wishes.len()), Vec::with_capacity(wishes.len()));
    for wish in wishes {
        let (mut flaws, id) = (Flaws::default(), wish.which.id());
        let row = batch.decide(wish, &mut flaws).filter(|_| flaws.lets_through(policy));
        outcomes.push(Outcome { saved: row.as_ref().map(|_| id), flaws: flaws.found });
        rows.extend(row);
    }
    refuse_all_for_one(&outcomes, policy)?;
    write::write(tx, (coop, now), &rows).await.map_err(taken)?;
    Ok(outcomes)
}

/// Under [`Policy::AllOrNothing`] the flaws of all rows are the error; the first part of their paths is the row.
pub(crate) fn refuse_all_for_one<T>(outcomes: &[Outcome<T>], policy: Policy) -> Result<(), CatalogueError> {
    let of_row = |(place, outcome): (usize, &Outcome<T>)| -> Vec<Flaw> {
        let under = |flaw: &Flaw| {
            let path = std::iter::once(place.to_string()).chain(flaw.path.iter().cloned()).collect();
            Flaw { path, code: flaw.code, message: flaw.message.clone() }
        };
        outcome.flaws.iter().map(under).collect()
    };
    if policy != Policy::AllOrNothing || outcomes.iter().all(|outcome| outcome.flaws.is_empty()) {
        return Ok(());
    }
    Err(CatalogueError::Flawed(outcomes.iter().enumerate().flat_map(of_row).collect()))
}

/// What was free when it was looked up was taken since.
pub(crate) fn taken(error: sea_orm::DbErr) -> CatalogueError {
    match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation | Sqlstate::ConstraintViolation) => CatalogueError::Taken,
        _ => error.into(),
    }
}
