//! Tests do not see each other's data.

use test_support::TestDb;

#[tokio::test]
async fn each_test_has_a_database_of_its_own_that_goes_with_it() {
    let (one, other) = (TestDb::new().await, TestDb::new().await);
    let person = "insert into person (person_id, name, email) values (gen_random_uuid(), 'Ana', 'ana@example.org')";
    sqlx::query(person).execute(&one.owner().await).await.unwrap();
    let people: i64 = sqlx::query_scalar("select count(*) from person").fetch_one(&other.pools.sqlx).await.unwrap();
    assert_eq!(people, 0);
    let url = one.url.clone();
    drop(one);
    assert!(db::app_pool(&url, 1).await.is_err(), "the database is gone");
}
