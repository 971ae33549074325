//! Token buckets that two processes share.

use chrono::TimeDelta;
use kernel::{Actor, ApiKeyId, Who};
use partners::{Limits, Quota, Quotas, Verdict};
use sqlx::Row as _;
use uuid::Uuid;

use super::{Stage, coop_with_ana};

const SMALL: Quotas = Quotas {
    key: Quota { burst: 100, per_second: 10 },
    person: Quota { burst: 40, per_second: 4 },
    coop: Quota { burst: 1_000, per_second: 100 },
};

impl Stage {
    fn limits(&self, quotas: Quotas) -> Limits {
        Limits::new(self.db.pools.orm.clone(), quotas, self.clock.clone())
    }

    fn some_key(&self) -> Actor {
        Actor { who: Who::Key(ApiKeyId(Uuid::now_v7())), ..self.ana }
    }

    /// The tokens in the bucket of an actor, or of its co-op.
    async fn tokens(&self, bucket: Uuid) -> f64 {
        let row = sqlx::query("select tokens from rate_bucket where bucket = $1").bind(bucket).fetch_one(&self.db.owner().await).await;
        #[expect(clippy::cast_precision_loss, reason = "a bucket holds less than 2^52 millionths")]
        let tokens = row.unwrap().get::<i64, _>(0) as f64 / 1e6;
        tokens
    }
}

/// How much passes until the first refusal, one token at a time.
async fn spend(limits: &Limits, actor: &Actor) -> u32 {
    let mut spent = 0;
    while limits.take(actor, 1).await.allowed {
        spent += 1;
    }
    spent
}

#[tokio::test]
async fn j3_a_bucket_is_emptied_once_whoever_empties_it() {
    let stage = Stage::new().await;
    let (limits, key) = (stage.limits(SMALL), stage.some_key());
    assert_eq!(limits.take(&key, 30).await, Verdict { allowed: true, limit: 100, remaining: 70, reset_secs: 3, retry_after_secs: None });
    assert_eq!(spend(&limits, &key).await, 70);
    assert_eq!(
        limits.take(&key, 30).await,
        Verdict { allowed: false, limit: 100, remaining: 0, reset_secs: 10, retry_after_secs: Some(3) }
    );
    // What was promised holds
    stage.clock.advance(TimeDelta::seconds(3));
    assert!(limits.take(&key, 30).await.allowed);
    assert!(!limits.take(&key, 1).await.allowed);
    // It does not fill above its brim
    stage.clock.advance(TimeDelta::hours(1));
    assert_eq!(spend(&limits, &key).await, 100);
    // A person has a bucket of another size; a cost above a whole bucket takes it whole
    assert!(limits.take(&stage.ana, 5_000).await.allowed);
    assert_eq!(limits.take(&stage.ana, 5_000).await.retry_after_secs, Some(10));
}

#[tokio::test]
async fn j3_two_processes_together_let_through_what_the_bucket_holds() {
    let stage = Stage::new().await;
    let key = stage.some_key();
    let two = [stage.limits(SMALL), stage.limits(SMALL)];
    let mut tasks = tokio::task::JoinSet::new();
    for limits in two.iter().cycle().take(16) {
        let limits = limits.clone();
        tasks.spawn(async move { spend(&limits, &key).await });
    }
    assert_eq!(tasks.join_all().await.iter().sum::<u32>(), 100);
}

#[tokio::test]
async fn j3_two_processes_overshoot_by_their_leases_at_most() {
    let stage = Stage::new().await;
    let key = stage.some_key();
    let (here, there) = (stage.limits(SMALL), stage.limits(SMALL));
    // Both take a lease of a twentieth, spend one token of it, and the bucket fills up again behind them
    let begun = [here.take(&key, 1).await, there.take(&key, 1).await];
    assert!(begun.iter().all(|verdict| verdict.allowed));
    stage.clock.advance(TimeDelta::seconds(1));
    let passed = spend(&here, &key).await + spend(&there, &key).await;
    assert_eq!(passed, 100 + 2 * 4, "a full bucket, and what is left of two leases");
    // Over time there is nothing to gain by it
    for _ in 0..20 {
        stage.clock.advance(TimeDelta::seconds(1));
        assert_eq!(spend(&here, &key).await + spend(&there, &key).await, 10);
    }
}

#[tokio::test]
async fn j3_a_lease_spares_statements_and_what_is_left_of_it_goes_back() {
    let stage = Stage::new().await;
    let (limits, key) = (stage.limits(SMALL), stage.some_key());
    let Who::Key(id) = key.who else { unreachable!("it is a key") };
    for _ in 0..3 {
        limits.take(&key, 1).await;
        assert!((stage.tokens(id.0).await - 95.0).abs() < 1e-9, "one lease is out, of which three requests are served");
    }
    assert!((stage.tokens(Uuid::nil()).await - 950.0).abs() < 1e-9, "the co-op's lease is a twentieth of its own bucket");
    // Two tokens of the lease are left when it ends; a slow bucket shows that they come back
    let slow = Quotas { key: Quota { burst: 100, per_second: 0 }, ..SMALL };
    let (limits, key) = (stage.limits(slow), stage.some_key());
    let Who::Key(id) = key.who else { unreachable!("it is a key") };
    limits.take(&key, 3).await;
    stage.clock.advance(TimeDelta::seconds(5));
    limits.take(&key, 1).await;
    assert!((stage.tokens(id.0).await - 92.0).abs() < 1e-9, "100 - 3 spent - the next lease of 5");
    assert_eq!(spend(&limits, &key).await, 96);
}

#[tokio::test]
async fn j3_a_co_op_shares_one_bucket_and_leaves_other_co_ops_theirs() {
    let stage = Stage::new().await;
    let (_, eve) = coop_with_ana(&stage.db, "island").await;
    let tight = Quotas { coop: Quota { burst: 150, per_second: 1 }, ..SMALL };
    let limits = stage.limits(tight);
    let keys = [stage.some_key(), stage.some_key()];
    assert!(limits.take(&keys[0], 90).await.allowed);
    let refused = limits.take(&keys[1], 90).await;
    assert_eq!(
        (refused.allowed, refused.limit, refused.retry_after_secs),
        (false, 150, Some(30)),
        "its own bucket is full, the co-op's is not"
    );
    assert!(limits.take(&keys[1], 60).await.allowed, "what was refused took nothing");
    let theirs = Actor { who: keys[0].who, ..eve };
    assert!(limits.take(&theirs, 90).await.allowed);
}

#[tokio::test]
async fn j3_requests_pass_while_the_limiter_cannot_reach_its_buckets() {
    let stage = Stage::new().await;
    let (limits, key) = (stage.limits(SMALL), stage.some_key());
    assert_eq!(spend(&limits, &key).await, 100);
    let owner = stage.db.owner().await;
    sqlx::query("revoke update on rate_bucket from guildhall_app").execute(&owner).await.unwrap();
    stage.clock.advance(TimeDelta::seconds(10));
    for _ in 0..300 {
        assert!(limits.take(&key, 1).await.allowed);
    }
    sqlx::query("grant update on rate_bucket to guildhall_app").execute(&owner).await.unwrap();
    stage.clock.advance(TimeDelta::seconds(10));
    let spent = spend(&limits, &key).await;
    assert!((100..=105).contains(&spent), "the limit holds again: {spent}");
}
