//! Webhooks that wait to be delivered, and in what manner.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{config::SimConfig, random::Random};

/// One event on its way to one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) event: String,
    pub(crate) endpoint: String,
    /// Tries so far.
    pub(crate) tries: u32,
    not_before: Instant,
}

/// How deliveries are made; each field that is given replaces the one before.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Manner {
    /// Nothing leaves while true.
    pub(crate) hold: Option<bool>,
    /// Deliveries leave in an order shuffled by this seed; `0` ends the shuffling.
    pub(crate) shuffle_seed: Option<u64>,
    /// How many extra copies of each new delivery are sent.
    pub(crate) duplicate: Option<u32>,
    /// How long each new delivery waits.
    pub(crate) delay_ms: Option<u64>,
}

/// What a sender does next.
#[derive(Debug)]
pub(crate) enum Step {
    Send(Delivery),
    /// Nothing before that moment; `None`: nothing until something changes.
    Wait(Option<Instant>),
}

#[derive(Debug)]
pub(crate) struct Outbox {
    queue: VecDeque<Delivery>,
    sending: Vec<Delivery>,
    hold: bool,
    shuffle: Option<Random>,
    duplicate: u32,
    delay: Duration,
    attempts: u32,
    backoff: Duration,
    backoff_most: Duration,
}

impl Outbox {
    pub(crate) fn new(config: &SimConfig) -> Self {
        Self {
            queue: VecDeque::new(),
            sending: Vec::new(),
            hold: false,
            shuffle: None,
            duplicate: 0,
            delay: Duration::ZERO,
            attempts: config.webhook_attempts.max(1),
            backoff: config.webhook_backoff,
            backoff_most: config.webhook_backoff_most,
        }
    }

    pub(crate) fn push(&mut self, event: String, endpoint: String) {
        let delivery = Delivery { event, endpoint, tries: 0, not_before: Instant::now() + self.delay };
        for _ in 0..self.duplicate {
            self.queue.push_back(delivery.clone());
        }
        self.queue.push_back(delivery);
    }

    /// Drops what waits of a delivery: it was made in an earlier life of the journal.
    pub(crate) fn forget(&mut self, event: &str, endpoint: &str) {
        let same = |delivery: &Delivery| delivery.event == event && delivery.endpoint == endpoint;
        if let Some(at) = self.sending.iter().position(same) {
            self.sending.swap_remove(at);
        } else if let Some(at) = self.queue.iter().position(same) {
            self.queue.remove(at);
        }
    }

    pub(crate) fn set(&mut self, manner: Manner) {
        self.hold = manner.hold.unwrap_or(self.hold);
        self.duplicate = manner.duplicate.unwrap_or(self.duplicate);
        self.delay = manner.delay_ms.map_or(self.delay, Duration::from_millis);
        if let Some(seed) = manner.shuffle_seed {
            self.shuffle = (seed != 0).then(|| Random::new(seed));
        }
    }

    /// The next delivery to make, now counted as being sent.
    pub(crate) fn take(&mut self) -> Step {
        if self.hold {
            return Step::Wait(None);
        }
        let now = Instant::now();
        let due = |delivery: &Delivery| delivery.not_before <= now;
        let drawn = self.shuffle.as_mut().filter(|_| !self.queue.is_empty()).map(|random| random.below(self.queue.len()));
        let drawn = drawn.filter(|at| due(&self.queue[*at]));
        match drawn.or_else(|| self.queue.iter().position(due)).and_then(|at| self.queue.remove(at)) {
            Some(delivery) => {
                self.sending.push(delivery.clone());
                Step::Send(delivery)
            }
            None => Step::Wait(self.queue.iter().map(|delivery| delivery.not_before).min()),
        }
    }

    /// Puts a failed delivery back to be tried again; false when that was the last try.
    pub(crate) fn retry(&mut self, mut delivery: Delivery) -> bool {
        delivery.tries += 1;
        if delivery.tries >= self.attempts {
            return false;
        }
        self.forget(&delivery.event, &delivery.endpoint);
        let doublings = delivery.tries.saturating_sub(1).min(16);
        delivery.not_before = Instant::now() + self.backoff.saturating_mul(1 << doublings).min(self.backoff_most);
        self.queue.push_back(delivery);
        true
    }

    /// Deliveries queued or being sent.
    pub(crate) fn len(&self) -> usize {
        self.queue.len() + self.sending.len()
    }

    pub(crate) const fn held(&self) -> bool {
        self.hold
    }

    /// Event and endpoint of each delivery that is not made yet.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (String, String)> {
        self.sending.iter().chain(&self.queue).map(|delivery| (delivery.event.clone(), delivery.endpoint.clone()))
    }
}
