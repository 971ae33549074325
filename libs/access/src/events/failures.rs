//! Wrong passwords and wrong factors: in memory at once, in the database a few seconds later.

use std::{collections::HashMap, net::IpAddr, sync::Mutex};

use chrono::{DateTime, Utc};
use db::{column, statement};
use kernel::PersonId;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::EventKind;
use crate::Visitor;

/// Failures that wait at the same time; more are not kept, and the throttle lets few through.
const MAX_WAITING: usize = 10_000;

type Key = (PersonId, EventKind, Option<IpAddr>);

/// The failures that are not written yet, one for each person, kind and address.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<HashMap<Key, (DateTime<Utc>, String)>>);

impl Failures {
    /// Notes a failure: an addition in memory, whoever it was.
    pub(crate) fn note(&self, person: PersonId, kind: EventKind, visitor: Option<&Visitor>, at: DateTime<Utc>) {
        let mut waiting = self.0.lock().expect("nobody panics with the failures in hand");
        let key = (person, kind, visitor.and_then(|visitor| visitor.address).map(|address| address.to_canonical()));
        if waiting.len() < MAX_WAITING || waiting.contains_key(&key) {
            waiting.insert(key, (at, visitor.map(|visitor| visitor.device.clone()).unwrap_or_default()));
        }
    }

    /// Writes them down in one statement; what cannot be written is noted again.
    pub(crate) async fn write(&self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        const INSERT: &str = "
            insert into access_event (person_id, event_id, kind, device, happened_from, at)
            select person_id, event_id, kind, nullif(device, ''), nullif(address, '')::inet, at
            from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
                as failed (person_id, event_id, kind, device, address, at)";
        let taken: Vec<_> = std::mem::take(&mut *self.0.lock().expect("nobody panics with the failures in hand")).into_iter().collect();
        if taken.is_empty() {
            return Ok(());
        }
        let values = [
            column(&taken, |((person, ..), _)| person.0),
            column(&taken, |_| Uuid::now_v7()),
            column(&taken, |((_, kind, _), _)| kind.name().to_owned()),
            column(&taken, |(_, (_, device))| device.clone()),
            column(&taken, |((.., address), _)| address.map(|address| address.to_string()).unwrap_or_default()),
            column(&taken, |(_, (at, _))| *at),
        ];
        let written = db.execute_raw(statement(INSERT, values)).await;
        if written.is_err() {
            let mut waiting = self.0.lock().expect("nobody panics with the failures in hand");
            for (key, failed) in taken {
                waiting.entry(key).or_insert(failed);
            }
        }
        written.map(|_| ())
    }
}
