//! How often something may be tried, in PostgreSQL so that it holds across processes.
//!
//! Each account and each address has a bucket for each kind of thing. It holds `burst` tries and refills by one `every` so
//! many seconds; a row keeps when it would be full again (the generic cell rate algorithm), so asking and taking is one
//! statement and an idle bucket costs nothing. Buckets are named by the hash of what was typed, whether or not somebody
//! has it: an account that does not exist is locked out just like one that does.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use db::statement;
use kernel::PersonId;
use ring::digest::{SHA256, digest};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult};

use crate::{AccessError, people::Email};

/// How much a bucket holds and how quickly it refills.
struct Rate {
    name: &'static str,
    burst: f64,
    every_secs: f64,
}

/// Somebody mistypes a few times; a guesser gets 1,440 a day.
const SIGN_IN_OF_ACCOUNT: Rate = Rate { name: "sign_in:account", burst: 10.0, every_secs: 60.0 };
/// A market hall behind one address signs in on a Saturday morning.
const SIGN_IN_FROM_ADDRESS: Rate = Rate { name: "sign_in:address", burst: 50.0, every_secs: 3.0 };
/// Letters to one address: nobody's mailbox is flooded through us.
const LETTER_TO_ACCOUNT: Rate = Rate { name: "letter:account", burst: 4.0, every_secs: 600.0 };
const LETTER_FROM_ADDRESS: Rate = Rate { name: "letter:address", burst: 20.0, every_secs: 60.0 };
/// A code of six digits, three of which are good at any moment: 288 guesses a day find one in three years.
const FACTOR_OF_PERSON: Rate = Rate { name: "factor:person", burst: 5.0, every_secs: 300.0 };
/// Rows that somebody unknown may have made: passkey sign-ins that begin, links that are tried.
const BEGIN_FROM_ADDRESS: Rate = Rate { name: "begin:address", burst: 60.0, every_secs: 2.0 };

/// Public questions: somebody who turns a map over asks a few at once.
const LOOK_FROM_ADDRESS: Rate = Rate { name: "look:address", burst: 60.0, every_secs: 1.0 };

/// A bucket to take from.
pub(crate) struct Bucket {
    name: String,
    rate: &'static Rate,
}

impl Bucket {
    fn of(rate: &'static Rate, what: &str) -> Self {
        let hash = digest(&SHA256, what.as_bytes());
        Self { name: format!("{}:{}", rate.name, HEXLOWER.encode(&hash.as_ref()[..16])), rate }
    }

    fn from(rate: &'static Rate, address: Option<IpAddr>) -> Option<Self> {
        Some(Self::of(rate, &network(address?)))
    }

    /// To sign in to an account, from somewhere.
    pub(crate) fn sign_in(email: &Email, from: Option<IpAddr>) -> Vec<Self> {
        [Some(Self::account(email)), Self::from(&SIGN_IN_FROM_ADDRESS, from)].into_iter().flatten().collect()
    }

    /// The account's own, which a sign-in that succeeds fills again.
    pub(crate) fn account(email: &Email) -> Self {
        Self::of(&SIGN_IN_OF_ACCOUNT, &email.folded())
    }

    /// To have a letter sent.
    pub(crate) fn letter(email: &Email, from: Option<IpAddr>) -> Vec<Self> {
        let account = Self::of(&LETTER_TO_ACCOUNT, &email.folded());
        [Some(account), Self::from(&LETTER_FROM_ADDRESS, from)].into_iter().flatten().collect()
    }

    /// To show a second factor.
    pub(crate) fn factor(person: PersonId) -> Vec<Self> {
        vec![Self::of(&FACTOR_OF_PERSON, &person.to_string())]
    }

    /// To look at what is public.
    pub(crate) fn look(from: Option<IpAddr>) -> Vec<Self> {
        Self::from(&LOOK_FROM_ADDRESS, from).into_iter().collect()
    }

    /// To begin something without being known.
    pub(crate) fn begin(from: Option<IpAddr>) -> Vec<Self> {
        Self::from(&BEGIN_FROM_ADDRESS, from).into_iter().collect()
    }
}

/// What one subscriber has: a whole IPv4 address, the first 64 bits of an IPv6 address.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[derive(FromQueryResult)]
struct Refused {
    wait_secs: f64,
}

/// Takes from every bucket that has something left and tells the longest wait of those that have not. Buckets are locked in
/// the order of their names.
const TAKE: &str = "
with asked as (
    select bucket, make_interval(secs => every_secs) as every, make_interval(secs => every_secs * burst) as reach
    from unnest($2::text[], $3::float8[], $4::float8[]) as asked (bucket, every_secs, burst)
), took as (
    insert into throttle as known (bucket, free_at, reach)
    select bucket, $1::timestamptz + every, reach from asked order by bucket
    on conflict (bucket) do update
        set free_at = greatest(known.free_at, $1::timestamptz) + (excluded.free_at - $1::timestamptz), reach = excluded.reach
        where greatest(known.free_at, $1::timestamptz) + (excluded.free_at - $1::timestamptz) <= $1::timestamptz + excluded.reach
    returning bucket
)
select extract(epoch from coalesce(known.free_at + asked.every - asked.reach - $1::timestamptz, asked.every))::float8 as wait_secs
from asked left join throttle known on known.bucket = asked.bucket
where asked.bucket not in (select bucket from took)
order by wait_secs desc limit 1";

/// Takes a try from each bucket; refused when one is empty, with the time until it is not.
pub(crate) async fn take(db: &DatabaseConnection, buckets: Vec<Bucket>, now: DateTime<Utc>) -> Result<(), AccessError> {
    if buckets.is_empty() {
        return Ok(());
    }
    let every: Vec<f64> = buckets.iter().map(|bucket| bucket.rate.every_secs).collect();
    let burst: Vec<f64> = buckets.iter().map(|bucket| bucket.rate.burst).collect();
    let names: Vec<String> = buckets.into_iter().map(|bucket| bucket.name).collect();
    let refused = Refused::find_by_statement(statement(TAKE, [now.into(), names.into(), every.into(), burst.into()])).one(db).await?;
    match refused {
        None => Ok(()),
        #[expect(clippy::cast_possible_truncation, reason = "a wait is minutes, and a cast of a float saturates")]
        Some(Refused { wait_secs }) => Err(AccessError::TooOften(TimeDelta::milliseconds((wait_secs * 1000.0) as i64))),
    }
}

/// Fills a bucket again: what was tried succeeded.
pub(crate) async fn fill(db: &impl ConnectionTrait, bucket: &Bucket) -> Result<(), DbErr> {
    db.execute_raw(statement("delete from throttle where bucket = $1", [bucket.name.clone().into()])).await?;
    Ok(())
}

/// Somebody showed a right factor: their bucket is full again.
pub(crate) async fn fill_factor(db: &impl ConnectionTrait, person: PersonId) -> Result<(), DbErr> {
    fill(db, &Bucket::of(&FACTOR_OF_PERSON, &person.to_string())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_has_one_bucket_however_many_addresses_they_use() {
        let name = |text: &str| Bucket::from(&BEGIN_FROM_ADDRESS, Some(text.parse().unwrap())).unwrap().name;
        assert_eq!(name("2001:db8:1:2::1"), name("2001:db8:1:2:ffff::9"));
        assert_ne!(name("2001:db8:1:2::1"), name("2001:db8:1:3::1"));
        assert_eq!(name("::ffff:192.0.2.1"), name("192.0.2.1"));
        assert_ne!(name("192.0.2.1"), name("192.0.2.2"));
    }

    #[test]
    fn an_account_has_one_bucket_however_its_address_is_written() {
        let name = |text: &str| Bucket::account(&Email::parse(text).unwrap()).name;
        assert_eq!(name("Ana@Example.org"), name(" ana@example.org"));
        assert!(!name("ana@example.org").contains("ana"));
    }
}
