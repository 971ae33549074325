//! Who is what to which co-op.

use identity::MembershipStatus;
use kernel::{Permission, Permissions, PersonId};
use test_support::TestDb;
use uuid::Uuid;

use super::people::{actor, member, person};
use crate::world::{coop_with_makers, in_coop};

#[tokio::test]
async fn a2_one_person_holds_different_roles_in_several_coops() {
    let db = TestDb::new().await;
    let (harbour, makers) = coop_with_makers(&db, "harbour", 1).await;
    let (quarry, _) = coop_with_makers(&db, "quarry", 0).await;
    coop_with_makers(&db, "elsewhere", 0).await;
    let ana = member(&db, harbour.id, "Ana", "admin").await;
    in_coop(&db, quarry.id, async |tx| identity::add_member(tx, quarry.id, ana, "member", None).await.unwrap()).await;
    let ben = person(&db, "Ben").await;
    in_coop(&db, harbour.id, async |tx| identity::add_member(tx, harbour.id, ben, "treasurer", Some(makers[0])).await.unwrap()).await;

    let memberships = identity::memberships_of(&db.pools.orm, ana).await.unwrap();
    let shown: Vec<_> = memberships.iter().map(|one| (one.coop.slug.as_str(), one.role_name.as_str())).collect();
    assert_eq!(shown, [("harbour", "admin"), ("quarry", "member")]);
    assert_eq!(memberships[0].permissions, Permissions::all());
    assert_eq!(memberships[1].status, MembershipStatus::Active);

    let (there, here) = (actor(&db, ana, "quarry").await, actor(&db, ana, "harbour").await);
    assert!(here.require(Permission::RolesManage).is_ok() && there.require(Permission::RolesManage).is_err());
    let standing = identity::standing(&db.pools.orm, ben, "harbour").await.unwrap().unwrap();
    assert_eq!((standing.coop, standing.party), (harbour, Some(makers[0])));
    assert!(standing.permissions.contains(Permission::PayoutsApprove) && !standing.permissions.contains(Permission::RolesManage));
}

#[tokio::test]
async fn a_stranger_has_no_standing_anywhere() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
    let ana = member(&db, coop.id, "Ana", "admin").await;
    let standing = async |person, slug| identity::standing(&db.pools.orm, person, slug).await.unwrap();
    assert!(standing(ana, "harbour").await.is_some());
    assert!(standing(ana, "nowhere").await.is_none());
    assert!(standing(person(&db, "Eve").await, "harbour").await.is_none());
    assert!(standing(PersonId(Uuid::now_v7()), "harbour").await.is_none());
    assert!(identity::memberships_of(&db.pools.orm, PersonId(Uuid::now_v7())).await.unwrap().is_empty());
}

#[tokio::test]
async fn asking_where_somebody_belongs_opens_no_hole_in_the_wall() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
    member(&db, coop.id, "Ana", "admin").await;
    let (other, _) = coop_with_makers(&db, "quarry", 0).await;
    for table in ["membership", "role"] {
        let count = format!("select count(*) from {table}");
        let unnamed: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(count.clone())).fetch_one(&db.pools.sqlx).await.unwrap();
        assert_eq!(unnamed, 0, "{table}: nothing named, nothing seen");
        let mut tx = db.pools.sqlx.begin().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("set local guildhall.coops = '{}'", other.id))).execute(&mut *tx).await.unwrap();
        let seen: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("{count} where coop_id = {}", coop.id))).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(seen, 0, "{table}: another co-op named, nothing of this one seen");
    }
}
