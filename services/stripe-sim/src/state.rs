//! Everything the stand-in knows, in memory behind one lock.
//!
//! An object is the very JSON that Stripe would answer, with a few fields of our own whose names begin with `_`, which no answer
//! shows. Every change goes through [`State::change`] as a [`Record`], so that replaying the journal rebuilds the same state.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::{
    clock::SimClock,
    config::SimConfig,
    counters::Counters,
    due::Due,
    error::{ApiError, SimError},
    faults::{Faults, RateLimit},
    funds::Funds,
    idempotency::{Answers, Kept},
    journal::{Journal, Record},
    outbox::Outbox,
    random::Random,
};

/// The version whose objects the stand-in shows.
pub const API_VERSION: &str = "2026-10-28.endive";

#[derive(Debug)]
struct Row {
    owner: String,
    object: Value,
}

/// What the request being served is called in the events it makes.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) request_id: String,
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: SimConfig,
    /// The platform's own account id.
    pub(crate) platform: String,
    /// Where the stand-in answers, without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) clock: SimClock,
    pub(crate) random: Random,
    pub(crate) answers: Answers,
    pub(crate) outbox: Outbox,
    pub(crate) faults: Faults,
    pub(crate) rate_limit: RateLimit,
    pub(crate) counters: Counters,
    /// Set while a request is served; the asynchronous half has none.
    pub(crate) origin: Option<Origin>,
    rows: HashMap<String, Row>,
    /// Ids by owner and kind, oldest first.
    order: HashMap<(String, String), Vec<String>>,
    funds: HashMap<String, Funds>,
    schedule: BTreeMap<(i64, u64), Due>,
    scheduled: u64,
    journal: Option<Journal>,
    unsaved: Vec<Record>,
}

impl State {
    /// The state of an earlier run, or a fresh one.
    pub(crate) fn open(config: SimConfig) -> Result<Self, SimError> {
        let mut state = Self {
            platform: "acct_guildhallplatform".to_owned(),
            base_url: String::new(),
            clock: SimClock::starting(config.start_clock),
            random: Random::from_time(),
            answers: Answers::default(),
            outbox: Outbox::new(&config),
            faults: Faults::default(),
            rate_limit: RateLimit::new(config.requests_per_second),
            counters: Counters::default(),
            origin: None,
            rows: HashMap::new(),
            order: HashMap::new(),
            funds: HashMap::new(),
            schedule: BTreeMap::new(),
            scheduled: 0,
            journal: None,
            unsaved: Vec::new(),
            config,
        };
        if let Some(dir) = state.config.state_dir.clone() {
            for record in Journal::read(&dir)? {
                state.apply(record);
            }
            state.journal = Some(Journal::start(&dir, state.records())?);
        }
        Ok(state)
    }

    /// The whole state as records, objects in the order in which they were made.
    fn records(&self) -> impl Iterator<Item = Record> {
        let clock = Record::Clock { mode: self.clock.mode() };
        let objects = self
            .order
            .iter()
            .flat_map(|((owner, _), ids)| ids.iter().map(|id| Record::Put { owner: owner.clone(), object: self.rows[id].object.clone() }));
        let answers = self.answers.remembered(self.now()).map(|(scope, key, kept)| Record::Answered {
            scope: scope.to_owned(),
            key: key.to_owned(),
            kept: kept.clone(),
        });
        let queued = self.outbox.waiting().map(|(event, endpoint)| Record::Queued { event, endpoint });
        let due = self.schedule.iter().map(|(&(at, order), due)| Record::Scheduled { at, order, due: due.clone() });
        std::iter::once(clock).chain(objects).chain(answers).chain(queued).chain(due)
    }

    /// Unix seconds of the stand-in's clock.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().timestamp()
    }

    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        self.random.id(prefix)
    }

    /// Applies a change and remembers it for the journal.
    pub(crate) fn change(&mut self, record: Record) {
        if self.journal.is_some() {
            self.unsaved.push(record.clone());
        }
        self.apply(record);
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::Put { owner, object } => self.insert(owner, object),
            Record::Removed { id } => self.remove(&id),
            Record::Clock { mode } => self.clock.set(mode),
            Record::Answered { scope, key, kept } => self.answers.keep(scope, key, kept),
            Record::Queued { event, endpoint } => self.outbox.push(event, endpoint),
            Record::Delivered { event, endpoint } => self.outbox.forget(&event, &endpoint),
            Record::Scheduled { at, order, due } => {
                self.scheduled = self.scheduled.max(order);
                self.schedule.insert((at, order), due);
            }
            Record::Ran { at, order } => {
                self.schedule.remove(&(at, order));
            }
        }
    }

    fn insert(&mut self, owner: String, object: Value) {
        let id = text(&object, "id").to_owned();
        if let Some(row) = self.rows.get_mut(&id) {
            row.object = object;
            return;
        }
        let kind = text(&object, "object").to_owned();
        if kind == "balance_transaction" {
            self.funds.entry(owner.clone()).or_default().add(&object);
        }
        self.order.entry((owner.clone(), kind)).or_default().push(id.clone());
        self.rows.insert(id, Row { owner, object });
    }

    fn remove(&mut self, id: &str) {
        if let Some(row) = self.rows.remove(id)
            && let Some(ids) = self.order.get_mut(&(row.owner, text(&row.object, "object").to_owned()))
        {
            ids.retain(|known| known != id);
        }
    }

    /// Writes what the request changed; called once, before its answer.
    pub(crate) fn save(&mut self) -> Result<(), SimError> {
        if let Some(journal) = &mut self.journal
            && !self.unsaved.is_empty()
        {
            journal.append(&self.unsaved)?;
            self.unsaved.clear();
        }
        Ok(())
    }

    /// Keeps the object, new or changed.
    pub(crate) fn put(&mut self, owner: &str, object: &Value) {
        self.change(Record::Put { owner: owner.to_owned(), object: object.clone() });
    }

    /// The object of that id, whoever owns it.
    pub(crate) fn find(&self, id: &str) -> Option<&Value> {
        self.rows.get(id).map(|row| &row.object)
    }

    /// Who owns the object.
    pub(crate) fn owner(&self, id: &str) -> Option<&str> {
        self.rows.get(id).map(|row| row.owner.as_str())
    }

    /// The owner's object of that kind and id, or Stripe's complaint that there is none; `param` names where the id stood.
    pub(crate) fn get(&self, owner: &str, kind: &str, id: &str, param: Option<&str>) -> Result<&Value, ApiError> {
        let row = self.rows.get(id).filter(|row| row.owner == owner && text(&row.object, "object") == kind);
        row.map(|row| &row.object).ok_or_else(|| ApiError::missing(kind, id, param))
    }

    /// The owner's objects of a kind, oldest first.
    pub(crate) fn all(&self, owner: &str, kind: &str) -> impl DoubleEndedIterator<Item = &Value> + use<'_> {
        let ids = self.order.get(&(owner.to_owned(), kind.to_owned())).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.find(id))
    }

    /// Edits an object that exists and answers its new form; nothing for an id that does not.
    pub(crate) fn update(&mut self, id: &str, edit: impl FnOnce(&mut Value)) -> Value {
        let Some(row) = self.rows.get(id) else { return Value::Null };
        let (owner, mut object) = (row.owner.clone(), row.object.clone());
        edit(&mut object);
        self.put(&owner, &object);
        object
    }

    /// The money of an account.
    pub(crate) fn funds(&self, owner: &str) -> Funds {
        self.funds.get(owner).cloned().unwrap_or_default()
    }

    /// What an account may spend now in a currency (lower case), in minor units.
    pub(crate) fn available(&self, owner: &str, currency: &str) -> i64 {
        self.funds.get(owner).map_or(0, |funds| funds.available(currency, self.now()))
    }

    /// Has something happen at a moment of the clock; a past moment is now.
    pub(crate) fn schedule(&mut self, at: i64, due: Due) {
        let twin = self.schedule.range((at, 0)..=(at, u64::MAX)).any(|(_, known)| *known == due);
        if !twin {
            self.change(Record::Scheduled { at, order: self.scheduled + 1, due });
        }
    }

    /// Has something happen right after the answer, or as much later as the configuration says.
    pub(crate) fn follow_up(&mut self, due: Due) {
        let wait = i64::try_from(self.config.asynchronous_after.as_secs()).unwrap_or_default();
        self.schedule(self.now() + wait, due);
    }

    /// Takes the first thing due by `now`, with those that say the same.
    pub(crate) fn take_due(&mut self, now: i64) -> Option<(i64, u64, Due)> {
        let (&(at, order), due) = self.schedule.first_key_value().filter(|((at, _), _)| *at <= now)?;
        let due = due.clone();
        let twins = self.schedule.range(..=(now, u64::MAX)).filter(|(_, twin)| **twin == due);
        let twins: Vec<_> = twins.map(|(key, _)| *key).collect();
        for (at, order) in twins {
            self.change(Record::Ran { at, order });
        }
        Some((at, order, due))
    }

    /// Tells the endpoints of an account what happened to one of its objects.
    pub(crate) fn emit(&mut self, owner: &str, kind: &str, object: &Value, previous: Option<Value>) {
        let endpoints = self.listeners(owner, kind);
        let mut data = json!({"object": self.render(object)});
        if let Some(previous) = previous {
            data["previous_attributes"] = previous;
        }
        let (request_id, key) = match &self.origin {
            Some(origin) => (json!(origin.request_id), json!(origin.idempotency_key)),
            None => (Value::Null, Value::Null),
        };
        let mut event = json!({
            "id": self.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "livemode": false,
            "pending_webhooks": endpoints.len(),
            "request": {"id": request_id, "idempotency_key": key},
            "type": kind,
        });
        if owner != self.platform {
            event["account"] = json!(owner);
        }
        self.put(owner, &event);
        for endpoint in endpoints {
            self.change(Record::Queued { event: text(&event, "id").to_owned(), endpoint });
        }
    }

    /// Ids of the enabled endpoints that hear of such an event of that account.
    pub(crate) fn listeners(&self, owner: &str, kind: &str) -> Vec<String> {
        let connect = owner != self.platform;
        let listens = |endpoint: &&Value| {
            endpoint["_connect"] == json!(connect)
                && endpoint["status"] == "enabled"
                && endpoint["enabled_events"].as_array().is_some_and(|kinds| kinds.iter().any(|known| *known == "*" || *known == kind))
        };
        self.all(&self.platform, "webhook_endpoint").filter(listens).map(|endpoint| text(endpoint, "id").to_owned()).collect()
    }

    /// The object as an answer shows it.
    pub(crate) fn render(&self, object: &Value) -> Value {
        let Value::Object(fields) = object else { return object.clone() };
        let mut shown: Value =
            fields.iter().filter(|(name, _)| !name.starts_with('_')).map(|(name, value)| (name.clone(), value.clone())).collect();
        if object["object"] == "balance_transaction" {
            let settled = object["available_on"].as_i64().is_some_and(|at| at <= self.now());
            shown["status"] = json!(if settled { "available" } else { "pending" });
        }
        shown
    }

    /// Keeps the answer of a request for its idempotency key.
    pub(crate) fn keep_answer(&mut self, scope: &str, key: &str, kept: Kept) {
        self.change(Record::Answered { scope: scope.to_owned(), key: key.to_owned(), kept });
    }
}

/// A text field, empty when it is absent or null.
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

/// A whole-number field, 0 when it is absent or null.
pub(crate) fn int(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_default()
}
