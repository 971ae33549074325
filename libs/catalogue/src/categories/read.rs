//! Categories, all and by number.

use db::statement;
use kernel::{Actor, CoopId, Permission};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{Category, CategoryId};
use crate::{Catalogue, CatalogueError};

macro_rules! categories {
    ($rest:literal) => {
        concat!("select category_id, handle, name, parent_id, depth, position from category where coop_id = $1", $rest)
    };
}

const ALL: &str = categories!(" order by depth, position, lower(name), category_id");
const SOME: &str = categories!(" and category_id = any ($2::int4[])");

#[derive(FromQueryResult)]
struct Row {
    category_id: i32,
    handle: String,
    name: String,
    parent_id: Option<i32>,
    depth: i16,
    position: i32,
}

impl Catalogue {
    /// All categories of the co-op, floor by floor: whoever has a parent comes after it.
    pub async fn categories(&self, actor: &Actor) -> Result<Vec<Category>, CatalogueError> {
        actor.require(Permission::CatalogueRead)?;
        let tx = db::begin_reading(&self.db, actor.coop).await?;
        let rows = Row::find_by_statement(statement(ALL, [actor.coop.0.into()])).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Category::from).collect())
    }
}

/// Those categories of a co-op that have these numbers, in no order.
pub async fn categories_of(db: &impl ConnectionTrait, coop: CoopId, categories: &[CategoryId]) -> Result<Vec<Category>, DbErr> {
    let ids = db::column(categories, |category| category.0);
    let rows = Row::find_by_statement(statement(SOME, [coop.0.into(), ids])).all(db).await?;
    Ok(rows.into_iter().map(Category::from).collect())
}

impl From<Row> for Category {
    fn from(row: Row) -> Self {
        Self {
            id: CategoryId(row.category_id),
            handle: row.handle,
            name: row.name,
            parent: row.parent_id.map(CategoryId),
            depth: row.depth,
            position: row.position,
        }
    }
}
