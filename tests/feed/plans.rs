//! The search reads by its indexes, though the wall stands before it.

use sqlx::{AssertSqlSafe, PgPool, Row as _};
use test_support::TestDb;

const PRODUCTS: usize = 20_000;
/// Somebody who owns the schema and is no superuser, as in production; a role that every server has.
const OWNER: &str = "pg_monitor";

async fn run(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// How a role reads, the co-op named.
async fn plan(pool: &PgPool, role: &str, query: &str) -> String {
    let mut connection = pool.acquire().await.unwrap();
    let set = format!("set role {role}; set guildhall.coops = '1'; set random_page_cost = 1.1; set jit = off");
    sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *connection).await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(format!("explain {query}"))).fetch_all(&mut *connection).await.unwrap();
    sqlx::raw_sql("reset all; reset role").execute(&mut *connection).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn words_codes_and_spelling_are_found_by_index_by_the_owner_s_functions_and_could_not_be_by_the_application() {
    let db = TestDb::new().await;
    let owner = db.owner().await;
    run(
        &owner,
        &format!(
            "insert into coop (coop_id, slug, name, country, currency, time_zone) values (1, 'harbour', 'Harbour', 'NL', 'EUR', 'UTC');
             insert into product_search select 1, gen_random_uuid(), 'active', null, '{{}}', '{{}}', array[n % 50], array['material=' || n % 30],
                 array['sku-' || n], 'word' || n % 997 || ' thing', to_tsvector('simple', 'word' || n % 997 || ' thing')
             from generate_series(1, {PRODUCTS}) n;
             analyze product_search;
             alter table product_search owner to {OWNER};
             drop policy of_the_search on product_search;
             create policy of_the_search on product_search for select to {OWNER} using (true);
             grant execute on function search_matches, has_stock to {OWNER}"
        ),
    )
    .await;
    let matches = |query: &str, question: &str| {
        format!("select * from search_matches(1, {query}, {question}, 'web', '2026-11-20', '{{active}}', null, null, null, null, null, null, null)
            order by rank desc, product_id desc limit 21")
    };
    let typed = plan(&owner, OWNER, &matches("'word7'", "'''word7'' | ''word7'':*'")).await;
    assert!(typed.contains("product_search_by_words") && !typed.contains("Seq Scan"), "{typed}");
    let almost = plan(&owner, OWNER, &matches("'wodr77'", "null")).await;
    assert!(almost.contains("product_search_by_spelling") && !almost.contains("Seq Scan"), "{almost}");
    let newest = plan(&owner, OWNER, &matches("null", "null")).await;
    assert!(newest.contains("Backward") && !newest.contains("Sort"), "newest first is the order of the key: {newest}");
    // Why there are functions: should PostgreSQL learn to do this, they can go
    let direct = plan(&owner, "guildhall_app", "select product_id from product_search where coop_id = 1 and document @@ 'word7'").await;
    assert!(!direct.contains("product_search_by_words"), "{direct}");
    owner.close().await;
}

#[tokio::test]
async fn nobody_searches_a_co_op_that_the_transaction_has_not_named() {
    let db = TestDb::new().await;
    for call in ["search_products(1, '{}', false, null, null, 5)", "search_facets(1, '{}', false, 5)"] {
        let mut tx = db.pools.sqlx.begin().await.unwrap();
        sqlx::raw_sql("set local guildhall.coops = '2'").execute(&mut *tx).await.unwrap();
        let refused = sqlx::query(AssertSqlSafe(format!("select * from {call}"))).fetch_all(&mut *tx).await.unwrap_err();
        assert_eq!(refused.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(), Some("42501"), "{refused}");
    }
}
