//! Making categories, moving and deleting them.

use db::{Sqlstate, sqlstate, statement};
use kernel::{Actor, CoopId, Permission};
use sea_orm::{ConnectionTrait as _, DbErr, QueryResult};

use super::{Category, CategoryId, MAX_CATEGORIES, MAX_DEPTH, categories_of};
use crate::{Catalogue, CatalogueError, Change, words};

/// The most letters of a name.
const LONGEST_NAME: usize = 80;

/// What a category is to be. What is `None` stays as it is; a new one takes a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveCategory {
    /// Its name.
    pub name: Option<String>,
    /// Its name in addresses; of a new one made of its name where nothing is said.
    pub handle: Option<String>,
    /// The one it lies in.
    pub parent: Change<CategoryId>,
    /// Its place among its siblings.
    pub position: Option<i32>,
}

impl Catalogue {
    /// Makes a category. A second attempt is refused by the handle.
    #[tracing::instrument(name = "catalogue.create_category", skip_all, fields(coop.id = %actor.coop))]
    pub async fn create_category(&self, actor: &Actor, wish: SaveCategory) -> Result<Category, CatalogueError> {
        const COUNT: &str = "select count(*) as count from category where coop_id = $1";
        const INSERT: &str = "
            insert into category (coop_id, handle, name, parent_id, depth, position) values ($1, $2, $3, nullif($4, 0), $5, $6)
            returning category_id";
        actor.require(Permission::CatalogueWrite)?;
        let coop = actor.coop;
        let name = name(wish.name.as_deref().unwrap_or_default())?;
        let handle = handle(wish.handle.as_deref().unwrap_or(&words::handle_of(&name)))?;
        let position = position(wish.position.unwrap_or(0))?;
        let tx = db::begin(&self.db, coop).await?;
        lock(&tx, coop).await?;
        let count: i64 = single(tx.query_one_raw(statement(COUNT, [coop.0.into()])).await?)?.try_get("", "count")?;
        if count >= MAX_CATEGORIES {
            return Err(CatalogueError::TooManyCategories);
        }
        let (parent, depth) = below(&tx, coop, wish.parent.over(None)).await?;
        let values = [coop.0.into(), handle.into(), name.into(), parent.into(), depth.into(), position.into()];
        let row = single(tx.query_one_raw(statement(INSERT, values)).await.map_err(taken)?)?;
        self.done(tx, coop, CategoryId(row.try_get("", "category_id")?)).await
    }

    /// Changes a category; with it everything below it moves.
    #[tracing::instrument(name = "catalogue.update_category", skip_all, fields(coop.id = %actor.coop, category.id = %id))]
    pub async fn update_category(&self, actor: &Actor, id: CategoryId, wish: SaveCategory) -> Result<Category, CatalogueError> {
        actor.require(Permission::CatalogueWrite)?;
        let coop = actor.coop;
        let tx = db::begin(&self.db, coop).await?;
        lock(&tx, coop).await?;
        let was = categories_of(&tx, coop, &[id]).await?.pop().ok_or(CatalogueError::NoCategory(id))?;
        let becomes = Category {
            id,
            name: wish.name.as_deref().map(name).transpose()?.unwrap_or(was.name),
            handle: wish.handle.as_deref().map(handle).transpose()?.unwrap_or(was.handle),
            parent: wish.parent.over(was.parent),
            depth: was.depth,
            position: wish.position.map(position).transpose()?.unwrap_or(was.position),
        };
        update(&tx, coop, &becomes).await?;
        self.done(tx, coop, id).await
    }

    /// Deletes a category that nothing is in. One that is gone already is not found.
    #[tracing::instrument(name = "catalogue.delete_category", skip_all, fields(coop.id = %actor.coop, category.id = %id))]
    pub async fn delete_category(&self, actor: &Actor, id: CategoryId) -> Result<(), CatalogueError> {
        const DELETE: &str = "delete from category where coop_id = $1 and category_id = $2";
        actor.require(Permission::CatalogueWrite)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let deleted =
            tx.execute_raw(statement(DELETE, [actor.coop.0.into(), id.0.into()])).await.map_err(|error| match sqlstate(&error) {
                Some(Sqlstate::ConstraintViolation) => CatalogueError::CategoryInUse,
                _ => error.into(),
            })?;
        if deleted.rows_affected() == 0 {
            return Err(CatalogueError::NoCategory(id));
        }
        tx.commit().await?;
        Ok(())
    }

    async fn done(&self, tx: db::Tx, coop: CoopId, id: CategoryId) -> Result<Category, CatalogueError> {
        let found = categories_of(&tx, coop, &[id]).await?.pop().ok_or(CatalogueError::NoCategory(id))?;
        tx.commit().await?;
        Ok(found)
    }
}

fn name(name: &str) -> Result<String, CatalogueError> {
    words::line(name, LONGEST_NAME).ok_or(CatalogueError::BadCategory("its name has 1 to 80 characters on one line"))
}

fn handle(handle: &str) -> Result<String, CatalogueError> {
    let handle = handle.trim();
    if words::is_handle(handle, 80) {
        Ok(handle.to_owned())
    } else {
        Err(CatalogueError::BadCategory("its handle has 1 to 80 lower-case letters, digits and hyphens, beginning with a letter or digit"))
    }
}

fn position(position: i32) -> Result<i32, CatalogueError> {
    if words::is_position(position) { Ok(position) } else { Err(CatalogueError::BadCategory("its position is 0 to 1,000,000")) }
}

fn single(row: Option<QueryResult>) -> Result<QueryResult, DbErr> {
    row.ok_or_else(|| DbErr::RecordNotFound("a statement that always answers".to_owned()))
}

fn taken(error: DbErr) -> CatalogueError {
    match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation) => CatalogueError::CategoryTaken,
        _ => error.into(),
    }
}

/// The tree is changed by one at a time.
async fn lock(tx: &db::Tx, coop: CoopId) -> Result<(), DbErr> {
    const LOCK: &str = "select from category where coop_id = $1 order by category_id for no key update";
    tx.execute_raw(statement(LOCK, [coop.0.into()])).await?;
    Ok(())
}

/// The number of the parent, 0 for none, and how deep its children lie.
async fn below(tx: &db::Tx, coop: CoopId, parent: Option<CategoryId>) -> Result<(i32, i16), CatalogueError> {
    let Some(parent) = parent else { return Ok((0, 1)) };
    let found = categories_of(tx, coop, &[parent]).await?.pop().ok_or(CatalogueError::NoCategory(parent))?;
    if found.depth >= MAX_DEPTH { Err(CatalogueError::TooDeep) } else { Ok((parent.0, found.depth + 1)) }
}

/// The category and everything below it, in one statement: the floors of parents and children are checked at its end.
async fn update(tx: &db::Tx, coop: CoopId, becomes: &Category) -> Result<(), CatalogueError> {
    const BRANCH: &str = "
        with recursive branch as (
            select category_id, depth from category where coop_id = $1 and category_id = $2
            union all
            select category.category_id, category.depth from branch join category
                on category.coop_id = $1 and coalesce(category.parent_id, 0) = branch.category_id
        ) select coalesce(max(depth), 0)::smallint as deepest, coalesce(bool_or(category_id = $3), false) as holds from branch";
    const UPDATE: &str = "
        with recursive branch as (
            select category_id from category where coop_id = $1 and category_id = $2
            union all
            select category.category_id from branch join category
                on category.coop_id = $1 and coalesce(category.parent_id, 0) = branch.category_id
        )
        update category
        set depth = category.depth + $3,
            name = case when category.category_id = $2 then $4 else category.name end,
            handle = case when category.category_id = $2 then $5 else category.handle end,
            parent_id = case when category.category_id = $2 then nullif($6, 0) else category.parent_id end,
            position = case when category.category_id = $2 then $7 else category.position end
        from branch where category.coop_id = $1 and category.category_id = branch.category_id";
    let (parent, depth) = below(tx, coop, becomes.parent).await?;
    let row = single(tx.query_one_raw(statement(BRANCH, [coop.0.into(), becomes.id.0.into(), parent.into()])).await?)?;
    let (deepest, holds): (i16, bool) = (row.try_get("", "deepest")?, row.try_get("", "holds")?);
    if holds {
        return Err(CatalogueError::BelowItself);
    }
    let deeper = depth - becomes.depth;
    if deepest + deeper > MAX_DEPTH {
        return Err(CatalogueError::TooDeep);
    }
    let values = [
        coop.0.into(),
        becomes.id.0.into(),
        deeper.into(),
        becomes.name.as_str().into(),
        becomes.handle.as_str().into(),
        parent.into(),
        becomes.position.into(),
    ];
    tx.execute_raw(statement(UPDATE, values)).await.map_err(taken)?;
    Ok(())
}
