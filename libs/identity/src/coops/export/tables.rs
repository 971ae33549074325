//! Which tables hold rows of co-ops, and which of their columns go out.

use db::statement;
use sea_orm::FromQueryResult;

use crate::IdentityError;

/// A table with rows of co-ops.
#[derive(FromQueryResult)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: String,
    /// The columns that go out, ready for a statement.
    pub(super) columns: String,
    /// How its rows are ordered: its primary key.
    pub(super) keys: String,
}

/// Every table of the house with a column `coop_id`, by name. What a table's audit hides is left out, and so are tables that a
/// crash may empty: they hold nothing beyond the moment.
const TABLES: &str = "
select listed.name, listed.columns, listed.keys from (
    select class.relname::text as name,
        (select coalesce(string_agg(quote_ident(attname), ', ' order by attnum), '') from pg_attribute
         where attrelid = class.oid and attnum > 0 and not attisdropped and attname <> all (hidden.columns)) as columns,
        (select coalesce(string_agg(quote_ident(attname), ', ' order by place), '1')
         from pg_index, unnest(indkey::smallint[]) with ordinality as part (number, place)
         join pg_attribute on attnum = number
         where indrelid = class.oid and indisprimary and attrelid = class.oid) as keys
    from pg_class class
    cross join lateral (
        select coalesce((select (string_to_array(encode(tgargs, 'escape'), '\\000'))[2]::text[] from pg_trigger
                         where tgrelid = class.oid and tgname = 'audited'), '{}') as columns
    ) hidden
    where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p') and class.relpersistence = 'p' and not class.relispartition
      and exists (select from pg_attribute where attrelid = class.oid and attname = 'coop_id' and not attisdropped)
) listed
order by listed.name";

pub(super) async fn tables(tx: &db::Tx) -> Result<Vec<Table>, IdentityError> {
    Ok(Table::find_by_statement(statement(TABLES, [])).all(tx).await?)
}
